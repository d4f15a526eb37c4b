//! The links of a page to choose from: what the sheet shows, and what follows from each choice. No egui.

use super::effect::Effect;
use super::state::State;
use crate::intake;
use crate::model::page::{LinkKind, Page};
use std::path::Path;
use std::sync::Arc;

/// Extensions of pages. A link without any is most likely one, too.
const PAGES: [&str; 10] = ["html", "htm", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "cgi", "cfm"];

/// What a person does with a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Grab {
    /// Read this page.
    Read(String),
    /// The page that was pasted is wanted as it is.
    Decline,
    /// Show the links that match this.
    Match(String),
    /// Show these kinds, or all.
    Kind(Option<LinkKind>),
    /// Take the link of this number, or leave it.
    Toggle(usize),
    /// Take all that are shown, or none of them.
    All(bool),
    /// Queue what is shown and taken.
    Queue,
    Close,
}

/// The sheet over the window.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) page: Arc<Page>,
    /// What was asked for.
    pub(crate) input: String,
    pub(crate) pattern: String,
    /// Why the pattern is none.
    pub(crate) complaint: Option<String>,
    pub(crate) kind: Option<LinkKind>,
    taken: Vec<bool>,
    shown: Vec<usize>,
}

impl Sheet {
    pub(crate) fn new(input: &str, page: &Arc<Page>) -> Sheet {
        let count = page.links.len();
        Sheet {
            page: Arc::clone(page),
            input: input.to_owned(),
            pattern: String::new(),
            complaint: None,
            kind: None,
            taken: vec![true; count],
            shown: (0..count).collect(),
        }
    }

    /// The numbers of the links that are shown.
    pub(crate) fn shown(&self) -> &[usize] {
        &self.shown
    }

    pub(crate) fn takes(&self, link: usize) -> bool {
        self.taken.get(link).is_some_and(|taken| *taken)
    }

    /// How many are shown and taken.
    pub(crate) fn count(&self) -> usize {
        self.shown.iter().filter(|link| self.takes(**link)).count()
    }

    /// How many there are of a kind, or of all.
    pub(crate) fn of(&self, kind: Option<LinkKind>) -> usize {
        self.page.links.iter().filter(|link| kind.is_none_or(|kind| link.kind == kind)).count()
    }

    fn show(&mut self) {
        let text = self.pattern.trim();
        // A word is looked for anywhere.
        let is_word = !text.contains(['*', '?', '[', '{']);
        let glob = if is_word { format!("*{text}*") } else { text.to_owned() };
        match intake::Filter::new(&[glob], &[]) {
            Ok(filter) => {
                self.complaint = None;
                let wanted = |number: &usize| {
                    let link = &self.page.links[*number];
                    self.kind.is_none_or(|kind| link.kind == kind) && filter.wants(&link.url)
                };
                self.shown = (0..self.page.links.len()).filter(wanted).collect();
            }
            // What was shown stays while the pattern is half typed.
            Err(_) => self.complaint = Some("This is no pattern yet; write one such as *.jpg".to_owned()),
        }
    }
}

/// Applies a choice.
pub(super) fn reduce(state: &mut State, grab: Grab) -> Vec<Effect> {
    match (grab, &mut state.sheet) {
        (Grab::Read(url), _) => {
            state.offer = None;
            return vec![Effect::ReadPage(url)];
        }
        (Grab::Decline, _) => state.offer = None,
        (Grab::Close, sheet) => *sheet = None,
        (Grab::Match(pattern), Some(sheet)) => {
            sheet.pattern = pattern;
            sheet.show();
        }
        (Grab::Kind(kind), Some(sheet)) => {
            sheet.kind = kind;
            sheet.show();
        }
        (Grab::Toggle(link), Some(sheet)) => {
            if let Some(taken) = sheet.taken.get_mut(link) {
                *taken = !*taken;
            }
        }
        (Grab::All(all), Some(sheet)) => {
            for link in &sheet.shown {
                sheet.taken[*link] = all;
            }
        }
        (Grab::Queue, Some(sheet)) => {
            let taken = sheet.shown.iter().filter(|link| sheet.takes(**link));
            let links: Vec<String> = taken.map(|link| sheet.page.links[*link].url.clone()).collect();
            if !links.is_empty() {
                state.sheet = None;
                return vec![Effect::QueueLinks(links)];
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Whether a link leads to a page as far as its path tells.
pub(crate) fn looks_like_a_page(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split(['?', '#']).next().unwrap_or_default().split_once('/').map_or("", |(_, path)| path);
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some(extension) if !path.ends_with('/') => PAGES.iter().any(|page| extension.eq_ignore_ascii_case(page)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::page::PageLink;

    #[test]
    fn pages_are_told_by_their_paths() {
        for (url, is_page) in [
            ("http://h", true),
            ("http://h.example/", true),
            ("http://h/v1.2/", true),
            ("http://h/gallery", true),
            ("http://h/a.HTML?x=1.jpg", true),
            ("http://h/a.php#b.jpg", true),
            ("http://h/a.jpg", false),
            ("http://h/a.tar.gz?page.html", false),
        ] {
            assert_eq!(looks_like_a_page(url), is_page, "{url}");
        }
    }

    #[test]
    fn what_is_shown_and_taken_is_counted() {
        let link = |url: &str, kind| PageLink { url: url.to_owned(), kind };
        let links = vec![
            link("http://h/a.jpg", LinkKind::Picture),
            link("http://h/b.JPG", LinkKind::Link),
            link("http://h/c.mp4", LinkKind::Media),
        ];
        let page = Arc::new(Page { title: "T".into(), links, partial: false });
        let mut sheet = Sheet::new("http://h/", &page);
        assert_eq!((sheet.count(), sheet.of(None), sheet.of(Some(LinkKind::Media))), (3, 3, 1));
        for (pattern, shown) in [("*.jpg", 2), ("jpg", 2), ("", 3), ("*.gif", 0)] {
            sheet.pattern = pattern.into();
            sheet.show();
            assert_eq!(sheet.shown().len(), shown, "{pattern}");
        }
        (sheet.pattern, sheet.kind) = ("*.[".into(), Some(LinkKind::Link));
        sheet.show();
        assert!(sheet.complaint.is_some() && sheet.shown().is_empty(), "what was shown stays");
        sheet.pattern.clear();
        sheet.show();
        assert!(sheet.complaint.is_none() && sheet.shown() == [1]);
    }
}
