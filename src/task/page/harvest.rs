//! What the tags of a page name, as it is written there.

use crate::model::page::LinkKind;
use html5gum::{DefaultEmitter, HtmlString, StartTag, State, StringReader, Token, Tokenizer};
use std::borrow::Cow;

/// Everything of interest in a page, in order.
#[derive(Debug, Default)]
pub(super) struct Harvest {
    /// The first title that is the page's own, and not a drawing's.
    pub(super) title: String,
    /// What references are relative to, where the page says so: for all of them, wherever it stands.
    pub(super) base: Option<String>,
    pub(super) references: Vec<(LinkKind, String)>,
}

/// What the tokens so far mean for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Page,
    Title,
    /// In a drawing, whose titles are not the page's.
    Svg,
}

impl Harvest {
    pub(super) fn of(html: &str) -> Harvest {
        let mut harvest = Harvest::default();
        let mut place = Place::Page;
        let mut tokens = tokens(html);
        while let Some(Ok(token)) = tokens.next() {
            match token {
                Token::StartTag(tag) => {
                    match tag.name.as_slice() {
                        b"title" if place == Place::Page && harvest.title.is_empty() => place = Place::Title,
                        b"svg" if !tag.self_closing => place = Place::Svg,
                        // Read as tags: without scripts, this is what a reader sees.
                        b"noscript" => tokens.set_state(State::Data),
                        _ => {}
                    }
                    harvest.see(&tag);
                }
                Token::EndTag(tag) => match (place, tag.name.as_slice()) {
                    (Place::Title, b"title") | (_, b"svg") => place = Place::Page,
                    _ => {}
                },
                Token::String(text) if place == Place::Title => harvest.title.push_str(&String::from_utf8_lossy(&text)),
                _ => {}
            }
        }
        harvest
    }

    fn see(&mut self, tag: &StartTag<()>) {
        use LinkKind::{Link, Media, Picture};
        match tag.name.as_slice() {
            b"a" | b"area" => self.take(Link, attribute(tag, "href")),
            b"img" => self.take_picture(tag),
            b"source" => {
                self.take(Media, attribute(tag, "src"));
                self.take_picture_sizes(tag);
            }
            b"video" | b"audio" => {
                self.take(Media, attribute(tag, "src"));
                self.take(Picture, attribute(tag, "poster"));
            }
            b"base" if self.base.is_none() => self.base = attribute(tag, "href").map(Cow::into_owned),
            b"link" if has_word(tag, "rel", "image_src") => self.take(Picture, attribute(tag, "href")),
            b"meta" => {
                let name = attribute(tag, "property").or_else(|| attribute(tag, "name"));
                let kind = match name.unwrap_or_default().to_ascii_lowercase().as_str() {
                    "og:image" | "og:image:url" | "og:image:secure_url" | "twitter:image" | "twitter:image:src" => {
                        Picture
                    }
                    "og:video" | "og:video:url" | "og:video:secure_url" | "og:audio" | "og:audio:url" => Media,
                    _ => return,
                };
                self.take(kind, attribute(tag, "content"));
            }
            _ => {}
        }
    }

    fn take(&mut self, kind: LinkKind, reference: Option<Cow<'_, str>>) {
        self.references.extend(reference.map(|reference| (kind, reference.into_owned())));
    }

    fn take_picture(&mut self, tag: &StartTag<()>) {
        for name in ["src", "data-src"] {
            self.take(LinkKind::Picture, attribute(tag, name));
        }
        self.take_picture_sizes(tag);
    }

    fn take_picture_sizes(&mut self, tag: &StartTag<()>) {
        for name in ["srcset", "data-srcset"] {
            let sizes = attribute(tag, name).unwrap_or_default();
            self.references.extend(candidates(&sizes).map(|size| (LinkKind::Picture, size.to_owned())));
        }
    }
}

/// The tags of a page and what is between them. What stands in scripts, styles and the like is no tag.
pub(super) fn tokens(html: &str) -> Tokenizer<StringReader<'_>> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter)
}

/// The value of an attribute.
pub(super) fn attribute<'a>(tag: &'a StartTag<()>, name: &str) -> Option<Cow<'a, str>> {
    let value: &HtmlString = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value))
}

fn has_word(tag: &StartTag<()>, name: &str, word: &str) -> bool {
    attribute(tag, name).is_some_and(|value| value.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case(word)))
}

/// The addresses of a `srcset`: each up to a blank, then descriptors up to a comma that stands in no parentheses. Commas
/// within an address belong to it, those at its end do not.
fn candidates(srcset: &str) -> impl Iterator<Item = &str> {
    let mut rest = srcset;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        let bare = address.trim_end_matches(',');
        rest = if bare.len() < address.len() { after } else { after_descriptors(after) };
        (!bare.is_empty()).then_some(bare)
    })
}

fn after_descriptors(text: &str) -> &str {
    let mut depth = 0_usize;
    let end = text.find(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    &text[end.unwrap_or(text.len())..]
}
