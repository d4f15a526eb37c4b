//! Links in text that people wrote: in prose, Markdown, HTML, quoted mail, with brackets and full stops around them.

use std::borrow::Cow;
use std::ops::Range;

/// What stands at the end of a link and belongs to the sentence around it.
const STOPS: &[char] = &['.', ',', ';', ':', '!', '?', '\'', '*', '…', '’', '。', '，', '、', '；', '：', '！', '？'];

/// Quotes and their like, which no link has in it.
const QUOTES: &[char] = &['<', '>', '"', '`', '“', '”', '„', '«', '»', '‹', '›'];

/// Brackets, opening and closing.
const BRACKETS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('{', '}'), ('（', '）'), ('「', '」'), ('【', '】')];

/// Longer words are no links that anybody means.
const MAX_LINK_BYTES: usize = 16 << 10;

/// Longer words are no schemes.
const MAX_SCHEME_BYTES: usize = 64;

/// The links of a line, in their order: everything with a scheme, and hosts that begin with `www.`. The line may be a whole
/// page: each of its bytes is looked at a few times only.
pub(super) fn links(line: &str) -> Vec<Cow<'_, str>> {
    let mut found = Vec::new();
    let mut open = [0i32; BRACKETS.len()];
    let is_html = line.contains('<');
    let (mut schemes, mut hosts) = (Starts::new(line, "://"), Starts::new(line, "www."));
    let mut at = 0;
    while let Some(start) = next_start(line, at, &mut schemes, &mut hosts) {
        line[at..start].chars().for_each(|c| count(&mut open, c, 1));
        let end = start + length(&line[..start], &line[start..], open);
        found.extend(of_word(line, start..end, is_html));
        at = end;
    }
    found
}

/// Where a pattern occurs, found once each.
struct Starts<'a> {
    line: &'a str,
    pattern: &'static str,
    next: Option<usize>,
}

impl<'a> Starts<'a> {
    fn new(line: &'a str, pattern: &'static str) -> Starts<'a> {
        Starts { line, pattern, next: line.find(pattern) }
    }

    /// The first at or after this place.
    fn from(&mut self, at: usize) -> Option<usize> {
        if self.next.is_some_and(|next| next < at) {
            self.next = self.line[at..].find(self.pattern).map(|next| at + next);
        }
        self.next
    }
}

/// Where the next link begins.
fn next_start(line: &str, from: usize, schemes: &mut Starts<'_>, hosts: &mut Starts<'_>) -> Option<usize> {
    let mut at = from;
    loop {
        let colon = schemes.from(at);
        let host = hosts.from(at).filter(|host| colon.is_none_or(|colon| *host < colon));
        if let Some(host) = host {
            let before = line[..host].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && !"/.-_@:=".contains(c)) {
                return Some(host);
            }
            at = host + "www.".len();
            // The scheme of what follows may begin within.
            if colon.is_none_or(|colon| at < colon) {
                continue;
            }
        }
        let colon = colon?;
        let scheme = scheme_length(&line[from..colon]);
        if scheme > 0 {
            return Some(colon - scheme);
        }
        at = colon + "://".len();
    }
}

/// How long the scheme is that this text ends with.
fn scheme_length(text: &str) -> usize {
    let text = &text[text.floor_char_boundary(text.len().saturating_sub(MAX_SCHEME_BYTES))..];
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
        count(&mut inside, c, 1);
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

fn count(open: &mut [i32; BRACKETS.len()], c: char, by: i32) {
    for (count, (opening, closing)) in open.iter_mut().zip(BRACKETS) {
        *count += by * (i32::from(c == opening) - i32::from(c == closing));
    }
}

/// The link among the characters of this place, without what belongs to the text around it.
fn of_word(line: &str, place: Range<usize>, is_html: bool) -> Option<Cow<'_, str>> {
    if place.len() > MAX_LINK_BYTES {
        return None;
    }
    let is_alone = place.start == 0 && place.end == line.len();
    let (before, mut word) = (&line[..place.start], &line[place]);
    if is_alone {
        word = word.trim_end_matches([',', ';']);
    } else {
        let mut inside = [0i32; BRACKETS.len()];
        word.chars().for_each(|c| count(&mut inside, c, 1));
        loop {
            let last = word.chars().next_back()?;
            let is_closing = BRACKETS.iter().zip(inside).any(|((_, closing), left)| *closing == last && left < 0);
            let is_emphasis = last == '_' && before.ends_with('_');
            if !(STOPS.contains(&last) || is_closing || is_emphasis) {
                break;
            }
            count(&mut inside, last, -1);
            word = &word[..word.len() - last.len_utf8()];
        }
    }
    let word = if is_html || before.ends_with(['"', '\'']) { unescaped(word) } else { Cow::Borrowed(word) };
    match word.split_once("://") {
        Some((_, "")) => None,
        Some(_) => Some(word),
        None => {
            let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
            let labels: Vec<&str> = host.split('.').collect();
            let is_host = labels.len() > 2 && labels.iter().all(|label| !label.is_empty());
            is_host.then(|| Cow::Owned(format!("https://{word}")))
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

    #[test]
    fn long_lines_cost_no_more_than_they_are_long() {
        for (text, expected) in [
            ("www.a.b ".repeat(200_000), 200_000),
            (format!("<p>{}", "<a href=\"http://h/a\">".repeat(100_000)), 100_000),
            ("x://".repeat(300_000), 0),
            (format!("http://h/{}", ".)".repeat(500_000)), 0),
            (format!("a http://h/{} b", ").".repeat(8_000)).repeat(50), 50),
            ("xwww.".repeat(300_000), 0),
            ("a".repeat(2_000_000) + "://", 0),
            ("(".repeat(1_000_000) + " http://h/a", 1),
        ] {
            let began = std::time::Instant::now();
            let count = links(&text).len();
            assert_eq!(count, expected, "{}…", &text[..40]);
            // Squares of these lengths would take hours.
            assert!(began.elapsed().as_secs() < 20, "{:?}: {}…", began.elapsed(), &text[..40]);
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
