//! What tells one version of a file from another: its `ETag` and when it was last modified (RFC 9110, section 8.8). Bytes of
//! two answers are only ever put together under the same validator.

use reqwest::header::{DATE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// Longer ones are no use: they are kept with every part.
const MAX_LENGTH: usize = 512;

/// A file that changed in the second in which it was sent could change again within it (RFC 9110, section 8.8.2.2).
const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// The same by this machine's clock, which may be wrong by a little.
const SETTLED_AFTER_HERE: Duration = Duration::from_mins(1);

/// The validators of an answer, as sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Validator {
    /// The `ETag`, weak or strong.
    pub(super) etag: Option<String>,
    /// `Last-Modified`, where it had settled when the answer was sent.
    pub(super) last_modified: Option<String>,
}

impl Validator {
    /// What an answer's head says. `now` is for servers that do not tell the time.
    pub(super) fn of(headers: &HeaderMap, now: SystemTime) -> Validator {
        let etag = text(headers, ETAG);
        let last_modified = text(headers, LAST_MODIFIED).filter(|modified| {
            let date = |text: &str| httpdate::parse_http_date(text).ok();
            let Some(modified) = date(modified) else { return false };
            match text(headers, DATE).as_deref().and_then(date) {
                Some(sent) => sent >= modified + SETTLED_AFTER,
                None => now >= modified + SETTLED_AFTER_HERE,
            }
        });
        Validator { etag, last_modified }
    }

    /// What to send as `If-Range`: a strong `ETag`, else the date. `None`: nothing tells whether the file is still the same.
    pub(super) fn if_range(&self) -> Option<HeaderValue> {
        self.strong_etag().or(self.last_modified.as_deref()).and_then(|text| HeaderValue::from_str(text).ok())
    }

    /// Whether an answer is of the same version. What was relied on must be there again, and nothing may differ.
    pub(super) fn holds_for(&self, headers: &HeaderMap) -> bool {
        let same = |own: Option<&str>, name: HeaderName| match (own, text(headers, name)) {
            (Some(own), Some(theirs)) => Some(own == theirs),
            _ => None,
        };
        let by_etag = same(self.etag.as_deref(), ETAG);
        let by_date = same(self.last_modified.as_deref(), LAST_MODIFIED);
        let relied_on = if self.strong_etag().is_some() { by_etag } else { by_date };
        relied_on == Some(true) && by_etag != Some(false) && by_date != Some(false)
    }

    fn strong_etag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| etag.starts_with('"') && etag.len() >= 2 && etag.ends_with('"'))
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty() && text.len() <= MAX_LENGTH).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn validator(pairs: &[(&'static str, &'static str)]) -> Validator {
        Validator::of(&headers(pairs), SystemTime::now())
    }

    #[test]
    fn only_what_cannot_be_mistaken_is_relied_on() {
        let relied_on = |pairs: &[(&'static str, &'static str)]| {
            validator(pairs).if_range().map(|value| value.to_str().expect("text").to_owned())
        };
        assert_eq!(relied_on(&[("etag", "\"a\""), ("last-modified", OLD)]).as_deref(), Some("\"a\""));
        assert_eq!(relied_on(&[("etag", "W/\"a\""), ("last-modified", OLD)]).as_deref(), Some(OLD));
        for nothing in [
            &[][..],
            &[("etag", "W/\"a\"")],
            &[("etag", "a")],
            &[("etag", "\"")],
            &[("last-modified", "yesterday")],
            &[("last-modified", OLD), ("date", OLD)],
        ] {
            assert_eq!(relied_on(nothing), None, "{nothing:?}");
        }
        assert_eq!(relied_on(&[("last-modified", OLD), ("date", LATER)]).as_deref(), Some(OLD));
    }

    #[test]
    fn any_difference_is_another_version() {
        let own = validator(&[("etag", "\"a\""), ("last-modified", OLD)]);
        assert!(own.holds_for(&headers(&[("etag", "\"a\""), ("last-modified", OLD)])));
        assert!(own.holds_for(&headers(&[("etag", "\"a\"")])));
        assert!(!own.holds_for(&headers(&[("etag", "\"b\""), ("last-modified", OLD)])));
        assert!(!own.holds_for(&headers(&[("etag", "\"a\""), ("last-modified", LATER)])));
        assert!(!own.holds_for(&headers(&[("last-modified", OLD)])), "the ETag is missing");
        let weak = validator(&[("etag", "W/\"a\""), ("last-modified", OLD)]);
        assert!(weak.holds_for(&headers(&[("last-modified", OLD)])));
        assert!(!weak.holds_for(&headers(&[("last-modified", OLD), ("etag", "W/\"b\"")])));
        assert!(!weak.holds_for(&headers(&[("etag", "W/\"a\"")])), "the date is missing");
    }
}
