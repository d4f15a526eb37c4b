//! One link, literal or with patterns.

use super::budget::Budget;
use super::pattern::{Pattern, PatternError};
use crate::model::link::masked;
use crate::model::{ErrorKind, Failure, JobSpec, LinkDetails};
use url::Url;

/// A job for one link as it is written, refused if it is none that can be fetched.
pub fn from_link(text: &str) -> JobSpec {
    with_details(text, LinkDetails::default())
}

/// Jobs for a link that may have patterns in it.
///
/// # Errors
///
/// Fails where [`Pattern::parse`] does. A link that cannot be fetched is a refused job.
pub fn from_pattern(text: &str) -> Result<Vec<JobSpec>, PatternError> {
    let pattern = Pattern::parse(text.trim())?;
    Ok(pattern.links().map(|link| from_link(&link)).collect())
}

/// Jobs for a link out of a text, which may have patterns in it. One copied from a browser may have brackets that mean
/// nothing, so a bad pattern is taken as it is written.
pub(super) fn from_pasted(text: &str, budget: &mut Budget) -> Vec<JobSpec> {
    match budget.pattern(text) {
        Err(PatternError::Bad { .. }) => vec![from_link(text)],
        Err(error) => vec![refused(text, bad_pattern(&error))],
        Ok(pattern) => pattern.links().map(|link| from_link(&link)).collect(),
    }
}

/// A job for one link of whose file something is known.
pub(super) fn with_details(text: &str, details: LinkDetails) -> JobSpec {
    match parse(text.trim()) {
        Ok(mut url) => {
            url.set_fragment(None);
            JobSpec::link_with(masked(text), url.as_str(), details)
        }
        Err(failure) => refused(text, failure),
    }
}

/// Whether a word looks like a link of any kind.
pub(super) fn has_scheme(word: &str) -> bool {
    word.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty() && !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// The address of a link that can be fetched.
pub(super) fn parse(text: &str) -> Result<Url, Failure> {
    let refuse = |sentence: String| Err(Failure::new(ErrorKind::Url, sentence));
    let shown = masked(text);
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            let scheme = url.scheme();
            refuse(format!("\"{shown}\" cannot be fetched: Millrace fetches http and https links, not {scheme}"))
        }
        Ok(url) if url.host_str().is_none_or(str::is_empty) => {
            refuse(format!("\"{shown}\" names no host to fetch from"))
        }
        Ok(url) => Ok(url),
        Err(url::ParseError::RelativeUrlWithoutBase) if text.contains('.') && !text.contains(char::is_whitespace) => {
            refuse(format!("\"{shown}\" is not a link; did you mean https://{shown}?"))
        }
        Err(url::ParseError::RelativeUrlWithoutBase) => Err(neither_link_nor_file(text)),
        Err(error) => refuse(format!("\"{shown}\" is not a link that can be fetched: {error}")),
    }
}

pub(super) fn neither_link_nor_file(text: &str) -> Failure {
    let text = &masked(text);
    let short: String = text.chars().take(80).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    let sentence = format!("\"{short}{dots}\" is neither a link nor a file; links begin with http:// or https://");
    Failure::new(ErrorKind::Url, sentence)
}

pub(super) fn bad_pattern(error: &PatternError) -> Failure {
    Failure::new(ErrorKind::Url, error.to_string())
}

pub(super) fn refused(input: &str, failure: Failure) -> JobSpec {
    JobSpec::refused(masked(input), failure)
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn links_are_taken_and_everything_else_is_refused_with_a_reason() {
        let check = |text: &str, expected: &str| {
            let told = told(&[from_link(text)]);
            assert!(told[0].contains(expected), "{text}: {told:?}");
        };
        check("http://host/a.jpg#part", "http://host/a.jpg");
        check("HTTPS://Host/ä b.jpg", "https://host/%C3%A4%20b.jpg");
        check(
            "ftp://host/a.jpg",
            "NO \"ftp://host/a.jpg\" cannot be fetched: Millrace fetches http and https links, not ftp",
        );
        check("example.org/a.jpg", "did you mean https://example.org/a.jpg?");
        check("nonsense", "NO \"nonsense\" is neither a link nor a file");
        check("http://", "NO \"http://\" is not a link that can be fetched: empty host");
        check("http://host:99999/", "NO \"http://host:99999/\" is not a link that can be fetched");
        assert_eq!(from_link("http://me:secret@host/a").input(), "http://***@host/a");
        assert!(!told(&[from_link("ftp://me:secret@host/a")])[0].contains("secret"));
    }

    #[test]
    fn patterns_become_a_job_for_each_link() {
        let jobs = from_pattern(" http://host/[1-3].jpg ").expect("a pattern");
        assert_eq!(told(&jobs), ["http://host/1.jpg", "http://host/2.jpg", "http://host/3.jpg"]);
        assert_eq!(jobs[2].input(), "http://host/3.jpg");
        assert!(from_pattern("http://host/[3-1].jpg").is_err());
        assert!(told(&super::super::from_typed("http://host/[3-1]"))[0].contains("runs backwards"));
        assert_eq!(told(&from_pasted("http://host/?a[]=1", &mut Budget::default())), ["http://host/?a[]=1"]);
        assert!(
            told(&from_pasted("http://host/[0-9999999]", &mut Budget::default()))[0]
                .contains("stands for 10000000 links")
        );
    }
}
