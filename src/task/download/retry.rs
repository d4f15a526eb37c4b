//! Whether an answer that is no success may be one later. Pure: the clock is handed in.

use crate::model::RetryHint;
use std::time::{Duration, SystemTime};

/// A server that asks for more than this is not waited for; a person decides.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(10);

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What a status says about a retry, given how long the server asks to wait.
pub(super) fn after_status(status: u16, wait: Option<Duration>) -> RetryHint {
    match (status, wait) {
        (429 | 503, Some(wait)) if wait > LONGEST_WAIT => RetryHint::Never,
        (429 | 503, Some(wait)) if !wait.is_zero() => RetryHint::AfterMs(wait.as_millis() as u64),
        // No time was named, but some is asked for.
        (429 | 503, _) => RetryHint::AfterMs(1000),
        (408 | 425 | 500 | 502 | 504, _) => RetryHint::CanHelp,
        _ => RetryHint::Never,
    }
}

/// How long a `Retry-After` header asks to wait: seconds, or a date.
pub(super) fn wait_asked_for(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than a number holds is longer than anybody waits.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    Some(date(header)?.duration_since(now).unwrap_or_default())
}

/// A date. Some servers name another day of the week than it was; the rest of it counts all the same.
fn date(text: &str) -> Option<SystemTime> {
    let (_, rest) = text.split_at(text.find([',', ' '])?);
    let days = DAYS.into_iter().flat_map(|day| [day, &day[..3]]);
    days.map(|day| format!("{day}{rest}")).find_map(|date| httpdate::parse_http_date(&date).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use RetryHint::{AfterMs, CanHelp, Never};

    #[test]
    fn a_status_says_whether_a_retry_can_help() {
        let seconds = |n| Some(Duration::from_secs(n));
        for (status, wait, hint) in [
            (404, None, Never),
            (403, seconds(5), Never),
            (410, None, Never),
            (501, None, Never),
            (204, None, Never),
            (206, None, Never),
            (408, None, CanHelp),
            (425, None, CanHelp),
            (429, None, AfterMs(1000)),
            (500, seconds(5), CanHelp),
            (502, None, CanHelp),
            (504, None, CanHelp),
            (503, None, AfterMs(1000)),
            (503, seconds(0), AfterMs(1000)),
            (503, seconds(5), AfterMs(5000)),
            (429, seconds(600), AfterMs(600_000)),
            (429, seconds(601), Never),
            (503, seconds(u64::MAX), Never),
        ] {
            assert_eq!(after_status(status, wait), hint, "{status} {wait:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        for (header, wait) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Mon, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Saturday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Fri Nov  6 08:50:37 1994", Some(60)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 31 Feb 1995 08:50:37 GMT", None),
            ("", None),
            ("-3", None),
            ("+3", None),
            ("soon", None),
        ] {
            assert_eq!(wait_asked_for(header, now), wait.map(Duration::from_secs), "{header}");
        }
    }
}
