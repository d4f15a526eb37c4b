//! Which answers are a file: status 200 with the bytes as they are. Everything else is a failure, also where its body
//! would make a fine file (an error page, a part that nobody asked for).

use super::retry;
use crate::model::{ErrorKind, Failure, RetryHint};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// Accepts the head of an answer, or says why not.
pub(super) fn check(status: StatusCode, headers: &HeaderMap, shown: &str) -> Result<(), Failure> {
    if status != StatusCode::OK {
        return Err(no_success(status, headers, shown));
    }
    match coding(headers) {
        Some(coding) => Err(Failure::new(
            ErrorKind::Unsupported,
            format!("The server sent {shown} packed as {coding}, although the plain bytes were asked for"),
        )),
        None => Ok(()),
    }
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
        200..=299 => format!("The server answered {answer}, which comes without a file, for {shown}"),
        300..=399 => format!("The server answered {answer} without saying where to for {shown}"),
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

/// The content coding that is no `identity`, if there is one.
fn coding(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|coding| String::from_utf8_lossy(coding).trim().to_ascii_lowercase())
        .find(|coding| !coding.is_empty() && coding != "identity")
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
        let packed = failure(200, Some(("content-encoding", "identity, GZip"))).expect("refused");
        assert_eq!(packed.kind, ErrorKind::Unsupported);
        assert!(packed.sentence.contains("packed as gzip"), "{packed}");
        for status in [201, 204, 206, 300, 304, 401, 404, 418, 500, 599] {
            let failure = failure(status, None).expect("refused");
            assert_eq!(failure.kind, ErrorKind::Http, "{status}");
            assert!(failure.sentence.contains(&status.to_string()), "{failure}");
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
}
