//! Lists of links: one a line, then what is known of its file, separated by tabs.

use super::budget::Budget;
use super::link::{self, refused};
use super::pattern::Pattern;
use super::refusals::Refusals;
use crate::model::checksum::Algorithm;
use crate::model::link::masked;
use crate::model::{Checksum, ErrorKind, Failure, JobSpec, LinkDetails, charset, filename};
use std::fmt::Display;

const FIELDS: &str = "the fields are sha256=HEX, sha512=HEX, sha1=HEX, md5=HEX, name=NAME and mirror=URL";

/// The text of a list: UTF-16 by its byte order mark, else UTF-8, else what it looks like.
pub(super) fn decoded(bytes: &[u8]) -> String {
    charset::encoding_of(bytes, None).decode(bytes).0.into_owned()
}

/// Jobs for the lines of a list. `#` begins a comment.
pub(super) fn jobs(text: &str) -> Vec<JobSpec> {
    let mut budget = Budget::default();
    lines(text)
        .flat_map(|(number, line)| of_line(line, &format_args!("Line {number} of the list"), &mut budget))
        .collect()
}

/// Jobs for a text file that may be a list: it is one if it has a link in it, at the beginning of a line. Other lines are
/// refused, but not more of them than a person reads.
pub(super) fn if_any(text: &str) -> Option<Vec<JobSpec>> {
    let is_link = |line: &str| line.split_whitespace().next().is_some_and(link::has_scheme);
    if !lines(text).any(|(_, line)| is_link(line)) {
        return None;
    }
    let (mut refusals, mut budget) = (Refusals::default(), Budget::default());
    let mut jobs = Vec::new();
    for (number, line) in lines(text) {
        if is_link(line) {
            jobs.extend(of_line(line, &format_args!("Line {number} of the list"), &mut budget));
        } else {
            jobs.extend(refusals.line(line));
        }
    }
    jobs.extend(refusals.rest());
    Some(jobs)
}

/// Whether a line of pasted text is one of a list with more than links in it.
pub(super) fn is_line_with_fields(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(link::has_scheme) && words.next().is_some_and(is_field)
}

fn is_field(word: &str) -> bool {
    word.split_once('=').is_some_and(|(key, _)| matches!(key, "name" | "mirror") || Algorithm::named(key).is_some())
}

/// The jobs of one line. `place` begins the sentences about it.
pub(super) fn of_line(line: &str, place: &dyn Display, budget: &mut Budget) -> Vec<JobSpec> {
    let mut fields = line.split('\t').map(str::trim).filter(|field| !field.is_empty());
    let link = fields.next().unwrap_or_default();
    let link = link.split_once(" #").map_or(link, |(link, _comment)| link.trim_end());
    // A link with spaces in it is fetched as it is, but nobody's file is called that.
    if let Some(field) = link.split_whitespace().skip(1).find(|word| is_field(word)) {
        let why = format!("\"{}\" follows a space; the fields of a line are separated by tabs", masked(field));
        return vec![refused(link, Failure::new(ErrorKind::Unsupported, format!("{place}: {why}")))];
    }
    let details = match details(fields.take_while(|field| !field.starts_with('#'))) {
        Ok(details) => details,
        Err(why) => return vec![refused(link, Failure::new(ErrorKind::Unsupported, format!("{place}: {why}")))],
    };
    if details != LinkDetails::default()
        && let Ok(count) = Pattern::parse(link).map(|pattern| pattern.count())
        && count > 1
    {
        let why = format!("its fields are about one file, and its pattern stands for {count}; give each its own line");
        return vec![refused(link, Failure::new(ErrorKind::Unsupported, format!("{place}: {why}")))];
    }
    match budget.pattern(link) {
        Ok(pattern) => pattern.links().map(|link| link::with_details(&link, details.clone())).collect(),
        Err(error) => vec![refused(link, Failure::new(ErrorKind::Url, format!("{place}: {error}")))],
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(lines_of(text).map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// The lines of a text, whichever system wrote it: a carriage return alone ends one too.
pub(super) fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('\r'))
}

/// What the fields of a line tell, or which is wrong and why.
fn details<'a>(fields: impl Iterator<Item = &'a str>) -> Result<LinkDetails, String> {
    let mut details = LinkDetails::default();
    for field in fields {
        let (key, value) = field.split_once('=').ok_or_else(|| format!("\"{field}\" is not a field; {FIELDS}"))?;
        match (key, Algorithm::named(key)) {
            (_, Some(algorithm)) => {
                let checksum = Checksum::from_hex(algorithm, value).map_err(|error| format!("{key}: {error}"))?;
                if details.checksum.as_ref().is_some_and(|other| other.algorithm() == algorithm && *other != checksum) {
                    return Err(format!("it has two different checksums in {key}"));
                }
                // The stronger one tells more.
                if details.checksum.as_ref().is_none_or(|other| other.algorithm() < algorithm) {
                    details.checksum = Some(checksum);
                }
            }
            ("name", _) if !filename::has_name(value) => return Err(format!("\"{field}\" holds no name")),
            ("name", _) => details.name = Some(filename::sanitized(value)),
            ("mirror", _) => {
                details.mirrors.push(link::parse(value).map_err(|failure| format!("mirror: {failure}"))?.into());
            }
            _ => return Err(format!("\"{field}\" is not a field that a list has; {FIELDS}")),
        }
    }
    Ok(details)
}

#[cfg(test)]
mod tests {
    use super::super::from_text;
    use super::super::tests::told;
    use super::*;
    use crate::model::Source;
    use std::path::Path;

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        let text = "http://h/1\r\nhttp://h/2\rhttp://h/3\n\nhttp://h/x\tnonsense\r# no\rhttp://h/4\r";
        assert_eq!(told(&jobs(text)), told(&jobs(&text.replace("\r\n", "\n").replace('\r', "\n"))));
        assert_eq!(jobs(text).len(), 5);
        let refused = told(&jobs(text));
        assert!(refused.iter().any(|line| line.contains("Line 5")), "{refused:?}");
        assert_eq!(from_text(text, Path::new("/out")).jobs.len(), 5);
    }

    const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_list_has_comments_names_and_windows_line_ends() {
        let text = "# photos\r\nhttp://h/1.jpg\r\n\r\nhttp://h/2.jpg\tname=two/../b.jpg\t# the second\r\n  # x\r\nhttp://h/3.jpg # third\r\nhttp://h/4.jpg\tname=Track #4.mp3\r\n";
        for list in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            text.encode_utf16().fold(vec![0xff, 0xfe], |bytes, unit| [bytes, unit.to_le_bytes().to_vec()].concat()),
            text.encode_utf16().fold(vec![0xfe, 0xff], |bytes, unit| [bytes, unit.to_be_bytes().to_vec()].concat()),
        ] {
            let told = told(&jobs(&decoded(&list)));
            assert_eq!(
                told,
                ["http://h/1.jpg", "http://h/2.jpg as b.jpg", "http://h/3.jpg", "http://h/4.jpg as Track #4.mp3"]
            );
        }
    }

    #[test]
    fn fields_are_kept() {
        let line = format!(
            "http://h/a\tsha256={}\tmirror=http://m/a b\tmirror=https://n/a\tname= n.jpg",
            SHA256.to_uppercase()
        );
        let jobs = jobs(&line);
        let details = match jobs[0].source() {
            Source::Link { url: "http://h/a", details } => details,
            other => panic!("{other:?}"),
        };
        assert_eq!(details.checksum.as_ref().map(ToString::to_string), Some(format!("sha256={SHA256}")));
        assert_eq!(details.mirrors, ["http://m/a%20b", "https://n/a"]);
        assert_eq!(details.name.as_deref(), Some("n.jpg"));
        assert_eq!(jobs[0].input(), "http://h/a");
    }

    #[test]
    fn a_bad_line_is_refused_with_its_number_and_field() {
        let text = [
            "http://h/0",
            "http://h/1\tsha256=00",
            "http://h/2\tsize=3",
            "http://h/3\tfree words",
            "http://h/4\tmirror=ftp://m/a",
            "http://h/5\tname=..",
            "http://h/[6-1]",
            "http://h/[1-7]\tname=seven",
            "ftp://h/8",
            "nonsense",
            &format!("http://h/10\tsha256={SHA256}\tsha256={}", "0".repeat(64)),
        ];
        let told = told(&jobs(&text.join("\n")));
        assert_eq!(told[0], "http://h/0");
        for (line, told, words) in [
            (2, &told[1], "sha256: \"00\" is not a SHA-256 checksum"),
            (3, &told[2], "\"size=3\" is not a field"),
            (4, &told[3], "\"free words\" is not a field"),
            (5, &told[4], "mirror: \"ftp://m/a\" cannot be fetched"),
            (6, &told[5], "\"name=..\" holds no name"),
            (7, &told[6], "\"[6-1]\" runs backwards"),
            (8, &told[7], "its pattern stands for 7"),
            (11, &told[10], "two different checksums"),
        ] {
            assert!(told.starts_with(&format!("NO Line {line} of the list: ")) && told.contains(words), "{told}");
        }
        assert!(told[8].contains("not ftp") && told[9].contains("neither a link nor a file"), "{told:?}");
    }

    #[test]
    fn fields_after_spaces_are_no_part_of_the_link() {
        for field in [&format!("sha256={SHA256}"), "SHA-512=x", "name=b.jpg", "mirror=http://m/a"] {
            let line = format!("http://h/a {field}");
            for jobs in [jobs(&line), if_any(&line).expect("a list"), from_text(&line, Path::new("/out")).jobs] {
                let told = told(&jobs);
                assert!(told.len() == 1 && told[0].contains("separated by tabs"), "{told:?}");
                assert!(told[0].contains(field), "{told:?}");
            }
        }
        let fine = ["http://h/a b.jpg", "http://h/a size=3", "http://h/a?x=1 # name=b"].join("\n");
        assert_eq!(told(&jobs(&fine)), ["http://h/a%20b.jpg", "http://h/a%20size=3", "http://h/a?x=1"]);
    }

    #[test]
    fn the_patterns_of_one_list_share_a_budget() {
        let text =
            "http://h/[1-600000]\nhttp://h/a\nhttp://h/[1-500000]\nhttp://h/[1-400000]\nhttp://h/[1-2]\nhttp://h/b";
        for jobs in [jobs(text), if_any(text).expect("a list"), from_text(text, Path::new("/out")).jobs] {
            assert_eq!(jobs.len(), 600_000 + 1 + 1 + 400_000 + 1 + 1);
            let told = told(&jobs[600_000..=600_001]);
            assert_eq!(told[0], "http://h/a");
            assert!(told[1].contains("stands for 500000 links") && told[1].contains("room for 400000"), "{told:?}");
            assert_eq!(jobs.iter().filter(|job| matches!(job.source(), Source::Refused(_))).count(), 2);
        }
    }

    #[test]
    fn a_text_file_is_a_list_if_a_line_begins_with_a_link() {
        assert_eq!(if_any("Dear reader,\nsee http://h/a for more\n"), None);
        let told = told(&if_any("my links\nhttp://h/[1-2]\nftp://h/x\n").expect("a list"));
        assert_eq!(told[1..3], ["http://h/1", "http://h/2"]);
        assert!(told.len() == 4 && told[0].contains("\"my links\" is neither") && told[3].contains("not ftp"));
        assert_eq!(if_any(&format!("{}http://h/a", "prose\n".repeat(500))).map(|jobs| jobs.len()), Some(22));
    }
}
