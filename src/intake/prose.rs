//! Links in text that people wrote: in prose, Markdown, HTML, quoted mail, with brackets and full stops around them.

use std::borrow::Cow;
use std::ops::Range;

/// What stands at the end of a link and belongs to the sentence around it.
const STOPS: &[char] = &['.', ',', ';', ':', '!', '?', '\'', '*', '…', '’', '。', '，', '、', '；', '：', '！', '？'];

/// Quotes and their like, which no link has in it.
const QUOTES: &[char] = &['<', '>', '"', '`', '“', '”', '„', '«', '»', '‹', '›'];

/// Brackets, opening and closing.
const BRACKETS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('{', '}'), ('（', '）'), ('「', '」'), ('【', '】')];

/// The links of a line, in their order: everything with a scheme, and hosts that begin with `www.`.
pub(super) fn links(line: &str) -> Vec<Cow<'_, str>> {
    let mut found = Vec::new();
    let mut open = [0i32; BRACKETS.len()];
    let mut at = 0;
    while let Some(start) = next_start(line, at) {
        line[at..start].chars().for_each(|c| count(&mut open, c));
        let end = start + length(&line[..start], &line[start..], open);
        found.extend(of_word(line, start..end));
        at = end;
    }
    found
}

/// Where the next link begins.
fn next_start(line: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = &line[at..];
        let colon = rest.find("://");
        // Nothing before a scheme's colon that is not a bare host of its own.
        let bare = rest[..colon.unwrap_or(rest.len())].match_indices("www.").find(|(place, _)| {
            let before = line[..at + place].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric() && !"/.-_@:=".contains(c))
        });
        if let Some((place, _)) = bare {
            return Some(at + place);
        }
        let colon = at + colon?;
        let scheme = scheme_length(&line[at..colon]);
        if scheme > 0 {
            return Some(colon - scheme);
        }
        at = colon + "://".len();
    }
}

/// How long the scheme is that this text ends with.
fn scheme_length(text: &str) -> usize {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let run = &text[text.trim_end_matches(is_part).len()..];
    let lower = run.to_ascii_lowercase();
    // A word may have run into it.
    match ["https", "http"].into_iter().find(|scheme| lower.ends_with(scheme)) {
        Some(scheme) => scheme.len(),
        None => run.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).len(),
    }
}

/// How much of `rest` is the link that it begins with. `open` are the brackets around it.
fn length(before: &str, rest: &str, open: [i32; BRACKETS.len()]) -> usize {
    let is_quoted = before.ends_with('\'');
    let mut inside = [0i32; BRACKETS.len()];
    for (at, c) in rest.char_indices() {
        let is_end = c.is_whitespace() || c.is_control() || QUOTES.contains(&c) || is_quoted && c == '\'';
        let begins_another = matches!(c, ',' | ';' | '|') && begins_with_http(&rest[at + 1..]);
        count(&mut inside, c);
        // A bracket that was opened before the link ends it.
        let closes = (0..BRACKETS.len()).any(|kind| inside[kind] < 0 && open[kind] > 0);
        if is_end || begins_another || closes {
            return at;
        }
    }
    rest.len()
}

fn begins_with_http(text: &str) -> bool {
    ["http://", "https://"]
        .into_iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)))
}

fn count(open: &mut [i32; BRACKETS.len()], c: char) {
    for (count, (opening, closing)) in open.iter_mut().zip(BRACKETS) {
        *count += i32::from(c == opening) - i32::from(c == closing);
    }
}

/// The link among the characters of this place, without what belongs to the text around it.
fn of_word(line: &str, place: Range<usize>) -> Option<Cow<'_, str>> {
    let is_alone = place.start == 0 && place.end == line.len();
    let (before, mut word) = (&line[..place.start], &line[place]);
    if is_alone {
        word = word.trim_end_matches([',', ';']);
    } else {
        loop {
            let mut inside = [0i32; BRACKETS.len()];
            word.chars().for_each(|c| count(&mut inside, c));
            let last = word.chars().next_back()?;
            let is_closing = BRACKETS.iter().zip(inside).any(|((_, closing), left)| *closing == last && left < 0);
            let is_emphasis = last == '_' && before.ends_with('_');
            if !(STOPS.contains(&last) || is_closing || is_emphasis) {
                break;
            }
            word = &word[..word.len() - last.len_utf8()];
        }
    }
    let word: Cow<'_, str> =
        if line.contains('<') || before.ends_with(['"', '\'']) { unescaped(word) } else { Cow::Borrowed(word) };
    match word.split_once("://") {
        Some((_, "")) => None,
        Some(_) => Some(word),
        None => {
            let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
            let labels = host.split('.').filter(|label| !label.is_empty()).count();
            (labels > 2 || labels == 2 && host.split('.').count() == 3).then(|| Cow::Owned(format!("https://{word}")))
        }
    }
}

/// The ampersands of HTML as they are meant.
fn unescaped(word: &str) -> Cow<'_, str> {
    if word.contains("&amp;") || word.contains("&#") {
        Cow::Owned(word.replace("&amp;", "&").replace("&#38;", "&").replace("&#x26;", "&").replace("&#39;", "'"))
    } else {
        Cow::Borrowed(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_are_found_in_what_people_write() {
        for (line, expected) in [
            ("http://h/a.jpg", &["http://h/a.jpg"][..]),
            ("http://h/a?b.", &["http://h/a?b."]),
            ("see http://h/a.jpg.", &["http://h/a.jpg"]),
            ("see <http://h/a>, (http://h/b) and \"http://h/c\"!", &["http://h/a", "http://h/b", "http://h/c"]),
            ("Wikipedia (https://h/wiki/Mill_(grinding)).", &["https://h/wiki/Mill_(grinding)"]),
            ("http://h/a)b.jpg", &["http://h/a)b.jpg"]),
            (
                "[a mill](https://h/a_b.jpg \"Title\") and ![x](http://h/y.png)",
                &["https://h/a_b.jpg", "http://h/y.png"],
            ),
            ("[http://h/a](http://h/b)", &["http://h/a", "http://h/b"]),
            ("**http://h/a** _http://h/b_ `http://h/c`", &["http://h/a", "http://h/b", "http://h/c"]),
            ("<a href='http://h/a?x=1&amp;y=2'>", &["http://h/a?x=1&y=2"]),
            ("<img src=http://h/i.png><b>http://h/b</b>", &["http://h/i.png", "http://h/b"]),
            ("> > http://h/quoted>", &["http://h/quoted"]),
            ("http://h/1,http://h/2;https://h/3", &["http://h/1", "http://h/2", "https://h/3"]),
            ("https://web.example/2020/http://h/a", &["https://web.example/2020/http://h/a"]),
            (
                "at www.example.org/a.jpg, or (www.example.com).",
                &["https://www.example.org/a.jpg", "https://www.example.com"],
            ),
            ("www. is short, ww.www.x", &[]),
            ("me@www.example.org", &[]),
            ("see:HTTP://h/a or ftp://h/b", &["HTTP://h/a", "ftp://h/b"]),
            ("Bild:http://h/ä.jpg。", &["http://h/ä.jpg"]),
            ("「http://h/水車」を見て", &["http://h/水車"]),
            ("http://h/[1-3].jpg, http://[::1]:80/{a,b}", &["http://h/[1-3].jpg", "http://[::1]:80/{a,b}"]),
            (":// and http:// and a://", &[]),
            ("nothing here", &[]),
        ] {
            assert_eq!(links(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_looked_through(line in "([a-z:/.()<>\"'&;,| ]|http://|www\\.|\\PC){0,40}") {
            for link in links(&line) {
                prop_assert!(link.contains("://") && !link.contains(char::is_whitespace), "{:?} of {:?}", link, line);
            }
        }
    }
}
