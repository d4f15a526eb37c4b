//! Links that stand for many, written as curl and aria2 know them: `http://host/{a,b}/[001-100].jpg`.
//!
//! `[1-10]`, `[1-10:2]`, `[001-100]` with zeros in front, `[a-f]` and `{one,two}`; several in one link give every
//! combination, the last one running fastest. A backslash before a bracket, brace or comma takes its meaning away. The
//! address of a host such as `[::1]` is no pattern, nor is anything after a `#`.

use crate::model::link::masked;
use std::borrow::Cow;
use std::net::Ipv6Addr;

/// The most links that one pattern may stand for.
pub const MAX_LINKS: u64 = 1_000_000;

/// A link with patterns in it; one without is a pattern that stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern<'a> {
    parts: Vec<Part<'a>>,
    count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part<'a> {
    Text(Cow<'a, str>),
    Words(Vec<Cow<'a, str>>),
    Numbers { first: u64, last: u64, step: u64, width: usize },
    Letters { first: u8, last: u8, step: u64 },
}

/// Why a link is no pattern, as a sentence that names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Something in brackets or braces makes no sense.
    #[error(
        "\"{link}\" has a bad pattern: \"{part}\" {why}; where no pattern is meant, write %5B %5D for brackets and %7B %7D for braces"
    )]
    Bad {
        /// The link, without credentials.
        link: String,
        /// The part in brackets or braces.
        part: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It stands for more links than anybody means.
    #[error("\"{link}\" stands for {count} links, and {MAX_LINKS} are the most at a time; make its ranges smaller")]
    TooMany {
        /// The link, without credentials.
        link: String,
        /// How many it stands for.
        count: u128,
    },
    /// It stands for more links than its list or paste has room for.
    #[error(
        "\"{link}\" stands for {count} links, and the patterns before it leave room for {left} of the {MAX_LINKS} at a time; give it another time"
    )]
    NoRoom {
        /// The link, without credentials.
        link: String,
        /// How many it stands for.
        count: u64,
        /// How many there is room for.
        left: u64,
    },
}

const BACKWARDS: &str = "runs backwards";
const NO_RANGE: &str = "is no range such as [1-10], [001-100], [1-10:2] or [a-f]";

impl<'a> Pattern<'a> {
    /// Reads a link.
    ///
    /// # Errors
    ///
    /// Fails for brackets and braces that make no sense, and for a pattern that stands for more than [`MAX_LINKS`]
    /// links.
    pub fn parse(link: &'a str) -> Result<Pattern<'a>, PatternError> {
        let bad = |(part, why): (&str, _)| PatternError::Bad { link: masked(link), part: masked(part), why };
        let parts = parts(link).map_err(bad)?;
        let count = parts.iter().map(|part| u128::from(part.count())).fold(1, u128::saturating_mul);
        match u64::try_from(count) {
            Ok(count) if count <= MAX_LINKS => Ok(Pattern { parts, count }),
            _ => Err(PatternError::TooMany { link: masked(link), count }),
        }
    }

    /// How many links it stands for: 1 to [`MAX_LINKS`].
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The links it stands for, in order.
    pub fn links(&self) -> impl Iterator<Item = String> {
        (0..self.count).map(|number| self.link(number))
    }

    fn link(&self, number: u64) -> String {
        let mut stride = self.count;
        let mut link = String::new();
        for part in &self.parts {
            stride /= part.count();
            part.write(number / stride % part.count(), &mut link);
        }
        link
    }
}

impl Part<'_> {
    /// How many it stands for, at least 1.
    fn count(&self) -> u64 {
        match self {
            Part::Text(_) => 1,
            Part::Words(words) => words.len() as u64,
            Part::Numbers { first, last, step, .. } => (last - first) / step + 1,
            Part::Letters { first, last, step } => u64::from(last - first) / step + 1,
        }
    }

    fn write(&self, number: u64, link: &mut String) {
        match self {
            Part::Text(text) => link.push_str(text),
            Part::Words(words) => link.push_str(&words[number as usize]),
            Part::Numbers { first, step, width, .. } => {
                link.push_str(&format!("{:0width$}", first + number * step));
            }
            Part::Letters { first, step, .. } => link.push((first + (number * step) as u8).into()),
        }
    }
}

/// The parts of a link, or the part that is wrong and why.
fn parts(link: &str) -> Result<Vec<Part<'_>>, (&str, &'static str)> {
    let (pattern, fragment) = link.split_at(link.find('#').unwrap_or(link.len()));
    let host_start = pattern.find("://").map_or(0, |at| at + 3);
    let host_end = pattern[host_start..].find(['/', '?']).map_or(pattern.len(), |at| host_start + at);
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some(at) = unescaped(rest, &['[', ']', '{', '}']) {
        let (before, group) = rest.split_at(at);
        let place = pattern.len() - group.len();
        let close = match group.as_bytes()[0] {
            b'[' => ']',
            b'{' => '}',
            _ => return Err((&group[..1], "closes nothing")),
        };
        let end = unescaped(&group[1..], &[close]).map(|end| end + 1).ok_or((group, "is not closed"))?;
        let inside = &group[1..end];
        let is_address = (host_start..host_end).contains(&place) && inside.parse::<Ipv6Addr>().is_ok();
        let part = match close {
            ']' if is_address => Ok(Part::Text(group[..=end].into())),
            ']' => range(inside),
            _ => words(inside),
        };
        parts.extend([Part::Text(plain(before)), part.map_err(|why| (&group[..=end], why))?]);
        rest = &group[end + 1..];
    }
    parts.push(Part::Text(plain(rest)));
    parts.push(Part::Text(fragment.into()));
    Ok(parts)
}

/// Where the first of some characters stands that has no backslash before it.
fn unescaped(text: &str, wanted: &[char]) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if !is_escaped && wanted.contains(&c) {
            return Some(at);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    None
}

/// A text without the backslashes that take a meaning away. Others stay.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut chars = text.chars().peekable();
    let mut plain = String::new();
    while let Some(c) = chars.next() {
        if c != '\\' || !chars.peek().is_some_and(|next| "[]{},".contains(*next)) {
            plain.push(c);
        } else {
            plain.extend(chars.next());
        }
    }
    plain.into()
}

fn words(inside: &str) -> Result<Part<'_>, &'static str> {
    if inside.is_empty() {
        return Err("is empty");
    }
    if unescaped(inside, &['{', '[', ']']).is_some() {
        return Err("has a pattern in a pattern");
    }
    let mut words = Vec::new();
    let mut rest = inside;
    while let Some(at) = unescaped(rest, &[',']) {
        words.push(plain(&rest[..at]));
        rest = &rest[at + 1..];
    }
    words.push(plain(rest));
    Ok(Part::Words(words))
}

fn range(inside: &str) -> Result<Part<'static>, &'static str> {
    let (ends, step) = inside.split_once(':').unwrap_or((inside, "1"));
    let (from, to) = ends.split_once('-').ok_or(NO_RANGE)?;
    let step = number(step).filter(|step| *step > 0).ok_or(NO_RANGE)?;
    if let (Some(first), Some(last)) = (letter(from), letter(to)) {
        let is_one_case = first.is_ascii_lowercase() == last.is_ascii_lowercase();
        return match first <= last {
            _ if !is_one_case => Err(NO_RANGE),
            true => Ok(Part::Letters { first, last, step }),
            false => Err(BACKWARDS),
        };
    }
    let (first, last) = number(from).zip(number(to)).ok_or(NO_RANGE)?;
    let width = if from.starts_with('0') { from.len() } else { 0 };
    if first <= last { Ok(Part::Numbers { first, last, step, width }) } else { Err(BACKWARDS) }
}

fn letter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => Some(*letter),
        _ => None,
    }
}

/// A number of digits alone. So long that nobody means it is none.
fn number(text: &str) -> Option<u64> {
    let is_number = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links(pattern: &str) -> Vec<String> {
        Pattern::parse(pattern).expect(pattern).links().collect()
    }

    #[test]
    fn patterns_stand_for_links() {
        for (pattern, expected) in [
            ("http://h/a.jpg", &["http://h/a.jpg"][..]),
            ("http://h/[1-3].jpg", &["http://h/1.jpg", "http://h/2.jpg", "http://h/3.jpg"]),
            ("http://h/[08-10]", &["http://h/08", "http://h/09", "http://h/10"]),
            ("http://h/[099-101]", &["http://h/099", "http://h/100", "http://h/101"]),
            ("http://h/[0-1]", &["http://h/0", "http://h/1"]),
            ("http://h/[1-10:4]", &["http://h/1", "http://h/5", "http://h/9"]),
            ("http://h/[5-5]", &["http://h/5"]),
            ("http://h/[a-c]", &["http://h/a", "http://h/b", "http://h/c"]),
            ("http://h/[A-E:2]", &["http://h/A", "http://h/C", "http://h/E"]),
            ("http://{one,two}.h/", &["http://one.h/", "http://two.h/"]),
            ("http://h/x{,-large}.jpg", &["http://h/x.jpg", "http://h/x-large.jpg"]),
            ("http://h/{a}", &["http://h/a"]),
            ("http://h/{a\\,b,c}", &["http://h/a,b", "http://h/c"]),
            ("http://h/{a,b}/[1-2]", &["http://h/a/1", "http://h/a/2", "http://h/b/1", "http://h/b/2"]),
            ("http://[::1]:80/[1-2]", &["http://[::1]:80/1", "http://[::1]:80/2"]),
            ("http://h[1-2].example/", &["http://h1.example/", "http://h2.example/"]),
            ("http://h/%5B1-2%5D", &["http://h/%5B1-2%5D"]),
            ("http://h/\\[1-2\\]", &["http://h/[1-2]"]),
            ("http://h/a\\b", &["http://h/a\\b"]),
            ("http://h/a#[1-2]", &["http://h/a#[1-2]"]),
            ("", &[""]),
        ] {
            assert_eq!(links(pattern), expected, "{pattern}");
        }
        assert_eq!(links("http://h/[001-100].jpg")[99], "http://h/100.jpg");
        assert_eq!(links("http://h/[1-1000]/{a,b}[a-z]").len(), 52_000);
    }

    #[test]
    fn bad_patterns_are_named() {
        for (pattern, part, why) in [
            ("http://h/[9-1]", "[9-1]", "runs backwards"),
            ("http://h/[z-a]", "[z-a]", "runs backwards"),
            ("http://h/[a-", "[a-", "is not closed"),
            ("http://h/{a,b", "{a,b", "is not closed"),
            ("http://h/{}", "{}", "is empty"),
            ("http://h/{a,{b,c}}", "{a,{b,c}", "has a pattern in a pattern"),
            ("http://h/[1-2", "[1-2", "is not closed"),
            ("http://h/1-2]", "]", "closes nothing"),
            ("http://h/[]", "[]", NO_RANGE),
            ("http://h/[7]", "[7]", NO_RANGE),
            ("http://h/[a-Z]", "[a-Z]", NO_RANGE),
            ("http://h/[a-9]", "[a-9]", NO_RANGE),
            ("http://h/[1-9:0]", "[1-9:0]", NO_RANGE),
            ("http://h/[1-9:x]", "[1-9:x]", NO_RANGE),
            ("http://h/[+1-9]", "[+1-9]", NO_RANGE),
            ("http://h/[::1]", "[::1]", NO_RANGE),
        ] {
            let expected = PatternError::Bad { link: pattern.into(), part: part.into(), why };
            assert_eq!(Pattern::parse(pattern), Err(expected));
        }
        let secret = Pattern::parse("http://me:secret@h/[9-1]").expect_err("backwards").to_string();
        assert!(secret.contains("http://***@h/[9-1]") && !secret.contains("secret"), "{secret}");
        for (pattern, count) in [("http://h/[0-1000000]", 1_000_001), ("http://h/[1-1001][1-1000]", 1_001_000)] {
            assert_eq!(Pattern::parse(pattern), Err(PatternError::TooMany { link: pattern.into(), count }));
        }
        assert!(Pattern::parse(&"[1-999999999999999999]".repeat(50)).is_err());
    }

    /// What a pattern of these pieces stands for, worked out one piece after another: texts, words and numbers.
    fn expanded(pieces: &[Piece]) -> (String, Vec<String>) {
        let (mut pattern, mut links) = ("http://h/".to_owned(), vec!["http://h/".to_owned()]);
        for piece in pieces {
            let (written, each) = match piece {
                Piece::Text(text) => (text.clone(), vec![text.clone()]),
                Piece::Words(words) => (format!("{{{}}}", words.join(",")), words.clone()),
                Piece::Numbers { first, more, step, width } => {
                    let each = (*first..=first + more).step_by(*step).map(|number| format!("{number:0width$}"));
                    let (from, to) = (format!("{first:0width$}"), format!("{:0width$}", first + more));
                    (format!("[{from}-{to}:{step}]"), each.collect())
                }
                Piece::Letters { first, last, step } => {
                    let each = (*first..=*last).step_by(*step).map(String::from).collect();
                    (format!("[{first}-{last}:{step}]"), each)
                }
            };
            pattern += &written;
            links = links.iter().flat_map(|link| each.iter().map(move |end| format!("{link}{end}"))).collect();
        }
        (pattern, links)
    }

    #[derive(Debug, Clone)]
    enum Piece {
        Text(String),
        Words(Vec<String>),
        Numbers { first: usize, more: usize, step: usize, width: usize },
        Letters { first: char, last: char, step: usize },
    }

    fn piece() -> impl Strategy<Value = Piece> {
        let numbers = (1..200_usize, 0..12_usize, 1..5_usize, prop_oneof![Just(1), Just(4)]);
        prop_oneof![
            "[a-z./?=-]{0,5}".prop_map(Piece::Text),
            prop::collection::vec("[a-z0-9.]{0,3}", 1..4)
                .prop_filter("no empty braces", |words| words.len() > 1 || !words[0].is_empty())
                .prop_map(Piece::Words),
            numbers.prop_map(|(first, more, step, width)| Piece::Numbers { first, more, step, width }),
            (proptest::char::range('a', 'm'), proptest::char::range('m', 'z'), 1..9_usize)
                .prop_map(|(first, last, step)| Piece::Letters { first, last, step }),
        ]
    }

    proptest! {
        #[test]
        fn a_pattern_is_every_combination_in_order(pieces in prop::collection::vec(piece(), 0..4)) {
            let (pattern, expected) = expanded(&pieces);
            assert_eq!(links(&pattern), expected, "{pattern}");
        }

        #[test]
        fn any_text_is_a_pattern_or_refused(text in "(http://h/)?([\\[\\]{},:\\\\#a-c0-9-]|\\[[0-9]-[0-9]\\]|\\PC){0,20}") {
            if let Ok(pattern) = Pattern::parse(&text) {
                pattern.links().take(200).for_each(drop);
                let plain = !text.contains(['[', ']', '{', '}', '\\']);
                assert!(!plain || pattern.links().eq([text.clone()]));
            }
        }
    }
}
