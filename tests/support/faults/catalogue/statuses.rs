//! Answers with another status than 200: for good, for a while, and with words about when to come back.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::Reply;
use super::super::{Fault, HALF};
use super::{HTTP, NO_HTTP, once};
use std::time::{Duration, SystemTime};

/// With a body that would make a fine file.
const ALWAYS: [&str; 36] = [
    "201 Created",
    "202 Accepted",
    "203 Non-Authoritative Information",
    "204 No Content",
    "205 Reset Content",
    "206 Partial Content",
    "226 IM Used",
    "299 Whatever",
    "300 Multiple Choices",
    "304 Not Modified",
    "305 Use Proxy",
    "399 Whatever",
    "400 Bad Request",
    "401 Unauthorized",
    "402 Payment Required",
    "403 Forbidden",
    "404 Not Found",
    "406 Not Acceptable",
    "407 Proxy Authentication Required",
    "408 Request Timeout",
    "410 Gone",
    "412 Precondition Failed",
    "416 Range Not Satisfiable",
    "418 I'm a teapot",
    "421 Misdirected Request",
    "425 Too Early",
    "429 Too Many Requests",
    "451 Unavailable For Legal Reasons",
    "499 Whatever",
    "500 Internal Server Error",
    "501 Not Implemented",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Timeout",
    "599 Whatever",
    "999 Request Denied",
];

/// Those that may be over the next time.
const PASSING: [&str; 7] = ["408", "425", "429", "500", "502", "503", "504"];

pub(super) fn faults() -> Vec<Fault> {
    let mut faults: Vec<Fault> = ALWAYS
        .into_iter()
        .map(|status| Fault::new(format!("status-{}", &status[..3]), Fail(HTTP), move |_| page(status)))
        .collect();
    faults.extend(
        PASSING
            .into_iter()
            .map(|number| once(format!("status-{number}-once"), Succeed, move |_| page(&format!("{number} For Now")))),
    );
    faults.extend([
        Fault::new("status-503-twice", Succeed, |ask| {
            if ask.turn < 2 { page("503 Service Unavailable") } else { ask.good() }
        }),
        Fault::new("status-503-between-pieces", Succeed, |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            1 | 2 | 4 => page("503 Service Unavailable"),
            3 => ask.good().cut(120_000),
            _ => ask.good(),
        }),
        Fault::new("status-401-after-the-cut", Fail(&["http", "connect", "verify"]), |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            _ => page("401 Unauthorized"),
        }),
        once("status-404-once", Either(HTTP), |_| page("404 Not Found")),
    ]);
    faults.extend(come_back());
    faults.extend(informational());
    faults
}

/// Statuses whose answers have no body get none.
fn page(status: &str) -> Reply {
    match &status[..3] {
        "204" | "304" => {
            let mut reply = Reply::status(status);
            reply.framing = super::super::reply::Framing::Untold;
            reply.closing()
        }
        "205" => Reply::status(status),
        _ => Reply::page(status),
    }
}

/// Retry-After in every form.
fn come_back() -> Vec<Fault> {
    let busy = |value: &str| page("503 Service Unavailable").header("Retry-After", value);
    let date = |ahead: i64| {
        let now = SystemTime::now();
        let span = Duration::from_secs(ahead.unsigned_abs());
        httpdate::fmt_http_date(if ahead < 0 { now - span } else { now + span })
    };
    let for_hours = |name: &str, value: &'static str| {
        // Nobody waits that long; it has to fail at once.
        Fault::new(name, Fail(HTTP), move |_| busy(value)).limit(10)
    };
    vec![
        once("retry-after-2-seconds", Succeed, move |_| busy("2")).look(|tally| at_least(tally, 2)),
        once("retry-after-2-seconds-429", Succeed, |_| page("429 Too Many Requests").header("Retry-After", "2")),
        once("retry-after-date", Succeed, move |_| busy(&date(3))),
        once("retry-after-past", Succeed, move |_| busy(&date(-3600))),
        once("retry-after-zero", Succeed, move |_| busy("0")),
        once("retry-after-nonsense", Succeed, move |_| busy("soon, or later")),
        once("retry-after-negative", Succeed, move |_| busy("-5")),
        once("retry-after-fraction", Succeed, move |_| busy("1.5")),
        once("retry-after-blank", Succeed, move |_| busy("")),
        once("retry-after-two", Succeed, move |_| busy("1").header("Retry-After", "2")),
        // What is no number that fits, may be nonsense or very long.
        once("retry-after-endless-digits", Either(HTTP), move |_| busy("99999999999999999999999999999")),
        for_hours("retry-after-hours", "36000"),
        for_hours("retry-after-years", "4000000000"),
        Fault::new("retry-after-far-date", Fail(HTTP), move |_| busy("Fri, 31 Dec 2100 23:59:59 GMT")).limit(10),
        Fault::new("retry-after-always", Fail(HTTP), move |_| busy("1")),
    ]
}

fn at_least(tally: &super::super::Tally, requests: usize) -> Result<(), String> {
    let asked = tally.asked.len();
    if asked >= requests { Ok(()) } else { Err(format!("{asked} requests")) }
}

/// Answers of the hundreds, which come before the real one.
fn informational() -> Vec<Fault> {
    let before = |name: &str, must, bytes: String| Fault::new(name, must, move |ask| ask.good().after(bytes.clone()));
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
    vec![
        before("status-100-before", Succeed, "HTTP/1.1 100 Continue\r\n\r\n".to_owned()),
        before("status-102-before", Succeed, "HTTP/1.1 102 Processing\r\n\r\n".to_owned()),
        before("status-103-before", Succeed, hints.to_owned()),
        before("status-103-ten-times", Succeed, hints.repeat(10)),
        before("status-103-many-times", Either(NO_HTTP), hints.repeat(5000)),
        Fault::new("status-101-always", Fail(NO_HTTP), |_| {
            Reply::raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        }),
        Fault::new("status-100-only", Fail(&["http", "connect", "stalled"]), |_| {
            Reply::raw("HTTP/1.1 100 Continue\r\n\r\n")
        }),
        Fault::new("status-100-for-ever", Fail(&["http", "connect", "stalled", "timeout"]), |_| {
            Reply::raw("HTTP/1.1 100 Continue\r\n\r\n".repeat(2000)).head_slowly(25, 20)
        }),
    ]
}
