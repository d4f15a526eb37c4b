//! Which answers are a file, and which are the part of it that was asked for. Everything else is a failure or a doubt, also
//! where its body would make a fine file: an error page, a part that nobody asked for, bytes from another place.

use super::part::Head;
use super::retry;
use crate::model::{ErrorKind, Failure, RetryHint};
use hyper::body::Bytes;
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER,
    TRANSFER_ENCODING,
};
use reqwest::{Response, StatusCode};
use std::ops::Range;
use std::time::{Duration, SystemTime};

/// How the bytes of a whole file are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// As they are.
    Plain,
    /// Packed with gzip, although nobody asked for that.
    Gzip,
    /// Packed with deflate.
    Deflate,
}

/// Accepts the head of an answer to a question for a whole file, or says why not.
pub(super) fn check(status: StatusCode, headers: &HeaderMap, shown: &str) -> Result<Coding, Failure> {
    if status != StatusCode::OK {
        return Err(no_success(status, headers, shown));
    }
    if let Some(coding) = transfer_coding(headers) {
        let sentence =
            format!("The server sent {shown} packed as {coding} for the way, which Millrace does not unpack");
        return Err(Failure::new(ErrorKind::Unsupported, sentence));
    }
    let codings = codings(headers);
    match codings.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(Coding::Plain),
        ["gzip" | "x-gzip"] => Ok(Coding::Gzip),
        ["deflate"] => Ok(Coding::Deflate),
        _ => Err(Failure::new(
            ErrorKind::Unsupported,
            format!(
                "The server sent {shown} packed as {}, although the plain bytes were asked for",
                codings.join(", ")
            ),
        )),
    }
}

/// What an answer to a question for a part of a file is.
#[derive(Debug, PartialEq)]
pub(super) enum Ranged {
    /// The bytes that were asked for, up to here.
    Part(u64),
    /// The whole file: the server does not know ranges, or the file is another by now.
    Whole,
    /// Something that cannot be put together with what is there, and why.
    Doubt(&'static str),
    /// No part, and it will not be otherwise later.
    Unwilling(&'static str),
    /// No bytes at all; it may go better later.
    Refused(Failure),
}

/// Checks all that the head of an answer says against what was asked for and what is known of the file.
pub(super) fn check_range(
    status: StatusCode,
    headers: &HeaderMap,
    wanted: &Range<u64>,
    head: &Head,
    shown: &str,
) -> Ranged {
    match status {
        StatusCode::PARTIAL_CONTENT => {}
        StatusCode::OK => return Ranged::Whole,
        status => {
            let failure = no_success(status, headers, shown);
            return if failure.retry != RetryHint::Never || asks_to_wait(status, headers) {
                Ranged::Refused(failure)
            } else if matches!(status.as_u16(), 404 | 410 | 412 | 416) {
                Ranged::Doubt("the part that was asked for is not there any more")
            } else {
                Ranged::Unwilling("the server refuses to send a part")
            };
        }
    }
    let is_multipart = headers.get(CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().get(..20).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/byteranges"))
    });
    if is_multipart {
        return Ranged::Doubt("the server sent several parts in one");
    }
    if !codings(headers).is_empty() || transfer_coding(headers).is_some() {
        return Ranged::Doubt("the server packed the part");
    }
    let Some((bytes, total)) = content_range(headers) else {
        return Ranged::Doubt("the server does not say which part it sent");
    };
    if total != head.total {
        return Ranged::Doubt("the file has another length now");
    }
    if bytes.start != wanted.start || bytes.end > wanted.end {
        return Ranged::Doubt("the server sent another part than was asked for");
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    if length.is_some_and(|length: u64| length != bytes.end - bytes.start) {
        return Ranged::Doubt("the part has another length than the server says");
    }
    if !head.validator.holds_for(headers) {
        return Ranged::Doubt("the file is another by now");
    }
    Ranged::Part(bytes.end)
}

/// The bytes and the total of `Content-Range: bytes 0-99/1000`. `None` unless all three are there and make sense.
pub(super) fn content_range(headers: &HeaderMap) -> Option<(Range<u64>, u64)> {
    let mut values = headers.get_all(CONTENT_RANGE).iter();
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else { return None };
    let (unit, rest) = value.trim().split_once(' ')?;
    let (bytes, total) = rest.trim().split_once('/')?;
    let (first, last) = bytes.trim().split_once('-')?;
    let number = |text: &str| -> Option<u64> {
        let text = text.trim();
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
    };
    let (first, last, total) = (number(first)?, number(last)?, number(total)?);
    let is_sane = unit.eq_ignore_ascii_case("bytes") && first <= last && last < total;
    // Not before it is known to be below another number: the largest has no next.
    is_sane.then(|| (first..last + 1, total))
}

/// An answer of whose body the first piece may have been looked at.
#[derive(Debug)]
pub(super) struct Answer {
    response: Response,
    first: Option<Bytes>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Answer {
        Answer { response, first: None }
    }
}

impl Answer {
    /// The first piece of the body, which comes again as the first [`Answer::chunk`].
    pub(super) async fn peek(&mut self) -> reqwest::Result<&[u8]> {
        if self.first.is_none() {
            self.first = self.response.chunk().await?;
        }
        Ok(self.first.as_deref().unwrap_or_default())
    }

    /// The next piece of the body; `None` after the last.
    pub(super) async fn chunk(&mut self) -> reqwest::Result<Option<Bytes>> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.response.chunk().await,
        }
    }
}

/// Whether a server says that it sends parts.
pub(super) fn offers_ranges(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT_RANGES).iter().any(|value| value.as_bytes().eq_ignore_ascii_case(b"bytes"))
}

/// Whether an answer says that it is a web page: what servers send instead of a file that is gone, or before a log-in.
pub(super) fn is_page(headers: &HeaderMap) -> bool {
    let sent = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let sent = sent.unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|page| essence.eq_ignore_ascii_case(page))
}

/// Whether a body that begins like this is a web page. Where the head says so (`says_so`), any text is: it may be no more
/// than a sentence. Otherwise only what is unmistakable.
pub(super) fn holds_a_page(begin: &[u8], says_so: bool) -> bool {
    let begin = &begin[..begin.len().min(1024)];
    let is_utf16 = begin.starts_with(b"\xff\xfe") || begin.starts_with(b"\xfe\xff");
    let is_text = is_utf16 || !begin.iter().any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f));
    let head = String::from_utf8_lossy(begin).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let is_page = head.starts_with("<!doctype html") || head.starts_with("<html");
    is_page || head.starts_with("<?xml") && head.contains("<html") || says_so && is_text
}

fn asks_to_wait(status: StatusCode, headers: &HeaderMap) -> bool {
    matches!(status.as_u16(), 429 | 503) && headers.contains_key(RETRY_AFTER)
}

fn no_success(status: StatusCode, headers: &HeaderMap, shown: &str) -> Failure {
    let wait = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| retry::wait_asked_for(text, SystemTime::now()));
    let mut failure = Failure::new(ErrorKind::Http, sentence(status, shown));
    failure.retry = retry::after_status(status.as_u16(), wait);
    if let (RetryHint::Never, 429 | 503, Some(wait)) = (failure.retry, status.as_u16(), wait) {
        failure.sentence.push_str("; it asks to come back in ");
        failure.sentence.push_str(&long_wait(wait));
    }
    failure
}

fn sentence(status: StatusCode, shown: &str) -> String {
    let number = status.as_u16();
    let answer = status.canonical_reason().map_or_else(|| number.to_string(), |reason| format!("{number} {reason}"));
    match number {
        206 => format!("The server sent only a part ({answer}) of {shown}, although all of it was asked for"),
        200..=299 | 304 => format!("The server answered {answer}, which comes without a file, for {shown}"),
        300 => format!("The server answered {answer}, a choice of several links, for {shown}: try one of those"),
        301..=303 | 307 | 308 => format!("The server answered {answer} without saying where to for {shown}"),
        401 => format!("The server answered {answer} for {shown}: it wants a name and a password"),
        _ => format!("The server answered {answer} for {shown}"),
    }
}

fn long_wait(wait: Duration) -> String {
    match wait.as_secs().div_ceil(60) {
        minutes @ 0..120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes.div_ceil(60)),
    }
}

/// A transfer coding that is not taken off by the time an answer is read: `chunked` is.
fn transfer_coding(headers: &HeaderMap) -> Option<String> {
    let mut codings = listed(headers, TRANSFER_ENCODING);
    codings.retain(|coding| coding != "chunked");
    codings.pop()
}

/// The content codings that are no `identity`, in order.
fn codings(headers: &HeaderMap) -> Vec<String> {
    listed(headers, CONTENT_ENCODING)
}

fn listed(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|coding| String::from_utf8_lossy(coding).trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn failure(status: u16, header: Option<(&'static str, &'static str)>) -> Option<Failure> {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        check(StatusCode::from_u16(status).expect("a status"), &headers, "http://host/a").err()
    }

    #[test]
    fn only_200_with_plain_bytes_is_a_file() {
        assert_eq!(failure(200, None), None);
        assert_eq!(failure(200, Some(("content-encoding", "identity"))), None);
        assert_eq!(failure(200, Some(("content-encoding", "identity, GZip"))), None, "unpacked later");
        let packed = failure(200, Some(("content-encoding", "identity, Zstd"))).expect("refused");
        assert_eq!(packed.kind, ErrorKind::Unsupported);
        assert!(packed.sentence.contains("packed as zstd"), "{packed}");
        for status in [201, 204, 206, 300, 304, 401, 404, 418, 500, 599] {
            let failure = failure(status, None).expect("refused");
            assert_eq!(failure.kind, ErrorKind::Http, "{status}");
            assert!(failure.sentence.contains(&status.to_string()), "{failure}");
        }
        for (status, words) in [
            (300, "a choice of several links"),
            (302, "without saying where to"),
            (304, "304 Not Modified, which comes without a file"),
            (308, "without saying where to"),
        ] {
            assert!(failure(status, None).is_some_and(|failure| failure.sentence.contains(words)), "{status}");
        }
        assert_eq!(
            failure(404, None).map(|failure| failure.sentence).as_deref(),
            Some("The server answered 404 Not Found for http://host/a")
        );
    }

    #[test]
    fn a_server_that_asks_for_hours_is_not_waited_for() {
        let busy = failure(503, Some(("retry-after", "7200"))).expect("refused");
        assert_eq!(busy.retry, RetryHint::Never);
        assert!(busy.sentence.ends_with("it asks to come back in 2 hours"), "{busy}");
        let soon = failure(429, Some(("retry-after", "2"))).expect("refused");
        assert_eq!(soon.retry, RetryHint::AfterMs(2000));
    }

    const OLD: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn ranged(status: u16, pairs: &[(&'static str, &str)]) -> Ranged {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).expect("a value"));
        }
        let validator = super::super::validator::Validator { etag: None, last_modified: Some(OLD.into()) };
        let head = Head::new(1000, validator, ("a".into(), false), None, "http://host/a");
        let status = StatusCode::from_u16(status).expect("a status");
        check_range(status, &headers, &(100..200), &head, "http://host/a")
    }

    #[test]
    fn a_part_counts_only_if_all_about_it_is_right() {
        let date = ("last-modified", OLD);
        let range = |text: &'static str| ("content-range", text);
        assert_eq!(ranged(206, &[range("bytes 100-199/1000"), date]), Ranged::Part(200));
        assert_eq!(ranged(206, &[range("bytes 100-150/1000"), date]), Ranged::Part(151), "less is a beginning");
        assert_eq!(ranged(206, &[range("Bytes 100-199/1000"), date, ("content-length", "100")]), Ranged::Part(200));
        for wrong in [
            &[range("bytes 100-199/1000")][..],
            &[range("bytes 100-199/1000"), ("last-modified", "Sun, 06 Nov 1994 08:49:38 GMT")],
            &[range("bytes 100-199/1000"), date, ("content-length", "99")],
            &[range("bytes 100-199/1000"), date, ("content-encoding", "gzip")],
            &[range("bytes 100-199/1000"), range("bytes 100-199/1000"), date],
            &[range("bytes 100-200/1000"), date],
            &[range("bytes 99-199/1000"), date],
            &[range("bytes 101-199/1000"), date],
            &[range("bytes 100-199/1001"), date],
            &[range("bytes 100-199/*"), date],
            &[range("bytes 150-149/1000"), date],
            &[range("items 100-199/1000"), date],
            &[range("bytes +100-199/1000"), date],
            &[date],
            &[range("bytes 100-199/1000"), date, ("content-type", "multipart/byteranges; boundary=x")],
        ] {
            assert!(matches!(ranged(206, wrong), Ranged::Doubt(_)), "{wrong:?}");
        }
    }

    #[test]
    fn other_answers_to_a_question_for_a_part() {
        assert_eq!(ranged(200, &[]), Ranged::Whole);
        for status in [404, 410, 412, 416] {
            assert!(matches!(ranged(status, &[]), Ranged::Doubt(_)), "{status}");
        }
        for status in [400, 401, 403, 405, 501] {
            assert!(matches!(ranged(status, &[]), Ranged::Unwilling(_)), "{status}");
        }
        for status in [429, 500, 503] {
            assert!(matches!(ranged(status, &[]), Ranged::Refused(_)), "{status}");
        }
        assert!(matches!(ranged(503, &[("retry-after", "86400")]), Ranged::Refused(_)));
    }

    #[test]
    fn pages_are_told_from_files() {
        for page in ["<!DOCTYPE html><p>", " \n<html>", "<?xml version='1.0'?><html>"] {
            assert!(holds_a_page(page.as_bytes(), false), "{page}");
        }
        for page in ["File not found.", "", "<center><h1>", "\u{feff}<!-- -->"] {
            assert!(holds_a_page(page.as_bytes(), true) && !holds_a_page(page.as_bytes(), false), "{page}");
        }
        assert!(holds_a_page(b"\xff\xfe<\0h\0", true));
        for file in [&b"PK\x03\x04\x14\0"[..], b"\xff\xd8\xff\xe0\0\x10JFIF", b"\x89PNG\r\n\x1a\n\0\0"] {
            assert!(!holds_a_page(file, true), "{file:?}");
        }
    }
}
