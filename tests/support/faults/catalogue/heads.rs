//! Heads that are no heads, or too much of one.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::Reply;
use super::super::{Ask, Fault};
use super::{ANY, NO_HTTP, once};

/// Of strangers that do not speak HTTP: some wait for more, and some hang up.
const STRANGE: &[&str] = &["http", "connect", "verify", "unsupported", "stalled", "timeout"];

/// First lines instead of `HTTP/1.1 200 OK`.
const LINES: [(&str, &str, super::Must); 18] = [
    ("line-garbage", "what do you want", Fail(NO_HTTP)),
    ("line-no-status", "HTTP/1.1", Fail(NO_HTTP)),
    ("line-no-status-but-a-blank", "HTTP/1.1 ", Fail(NO_HTTP)),
    ("line-status-in-letters", "HTTP/1.1 abc OK", Fail(NO_HTTP)),
    ("line-status-20", "HTTP/1.1 20 OK", Fail(NO_HTTP)),
    ("line-status-2000", "HTTP/1.1 2000 OK", Fail(NO_HTTP)),
    ("line-status-000", "HTTP/1.1 000 OK", Fail(NO_HTTP)),
    ("line-status-negative", "HTTP/1.1 -200 OK", Fail(NO_HTTP)),
    ("line-status-099", "HTTP/1.1 099 OK", Fail(NO_HTTP)),
    ("line-lower-case", "http/1.1 200 ok", Either(NO_HTTP)),
    ("line-http-0.9", "HTTP/0.9 200 OK", Either(NO_HTTP)),
    ("line-http-1.2", "HTTP/1.2 200 OK", Either(NO_HTTP)),
    ("line-http-2", "HTTP/2 200 OK", Either(NO_HTTP)),
    ("line-http-9.9", "HTTP/9.9 200 OK", Either(NO_HTTP)),
    ("line-shoutcast", "ICY 200 OK", Either(NO_HTTP)),
    ("line-two-blanks", "HTTP/1.1  200  OK", Either(NO_HTTP)),
    ("line-blank-before", " HTTP/1.1 200 OK", Either(NO_HTTP)),
    ("line-reason-in-bytes", "HTTP/1.1 200 \u{e4}\u{202e}", Either(NO_HTTP)),
];

pub(super) fn faults() -> Vec<Fault> {
    let mut faults: Vec<Fault> = LINES
        .into_iter()
        .map(|(name, line, must)| Fault::new(name, must, move |ask| Reply::whole(ask.file).line(line)))
        .collect();
    faults.extend(strangers());
    faults.extend(headers());
    faults
}

fn strangers() -> Vec<Fault> {
    let bytes = |name: &str, must, bytes: &'static [u8]| Fault::new(name, must, move |_| Reply::raw(bytes));
    vec![
        bytes("stranger-ssh", Fail(STRANGE), b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
        bytes("stranger-smtp", Fail(STRANGE), b"220 mail.example ESMTP\r\n500 unrecognized command\r\n"),
        bytes("stranger-ftp", Fail(STRANGE), b"220 Welcome\r\n530 Please log in\r\n"),
        bytes("stranger-tls", Fail(STRANGE), b"\x15\x03\x01\x00\x02\x02\x0a"),
        bytes("stranger-tls-handshake", Fail(STRANGE), b"\x16\x03\x03\x00\x31\x02\x00\x00\x2d\x03\x03"),
        bytes("stranger-http-2", Fail(STRANGE), b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80"),
        bytes("stranger-nul", Fail(STRANGE), &[0; 4096]),
        bytes("stranger-line-breaks", Fail(STRANGE), b"\r\n\r\n\r\n\r\n"),
        bytes("stranger-json", Fail(STRANGE), b"{\"error\":\"no\"}\n"),
        bytes("stranger-page", Fail(STRANGE), b"<!DOCTYPE html><html><body>Hello</body></html>"),
        Fault::new("stranger-http-0.9", Fail(STRANGE), |ask| Reply::raw(ask.file.bytes())),
        Fault::new("stranger-random", Fail(STRANGE), |ask| Reply::raw(ask.file.slice(0..5000))),
        once("stranger-random-once", Either(STRANGE), |ask| Reply::raw(ask.file.slice(0..5000))),
        bytes("head-never-ends-politely", Fail(STRANGE), b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"),
        bytes("head-of-nul", Fail(STRANGE), b"HTTP/1.1 200 OK\r\n\0\0\0: \0\r\n\r\n"),
    ]
}

fn headers() -> Vec<Fault> {
    // A proper answer with bytes of one's own among its headers.
    let among = |name: &str, must, bytes: fn() -> Vec<u8>| {
        Fault::new(name, must, move |ask| {
            let body = ask.file.bytes();
            let length = format!("Content-Length: {}\r\n\r\n", body.len());
            Reply::raw([b"HTTP/1.1 200 OK\r\n", bytes().as_slice(), length.as_bytes(), &body].concat())
        })
    };
    let broken_lines = |ask: &Ask<'_>, line_break: &str| {
        let body = ask.file.bytes();
        let head = format!("HTTP/1.1 200 OK\nContent-Type: x/y\nContent-Length: {}\n\n", body.len());
        Reply::raw([head.replace('\n', line_break).as_bytes(), &body].concat())
    };
    vec![
        among("header-without-colon", Either(NO_HTTP), || b"This is no header\r\n".to_vec()),
        among("header-blank-before-colon", Either(NO_HTTP), || b"X-Blank : 1\r\n".to_vec()),
        among("header-folded", Either(NO_HTTP), || b"X-Folded: one\r\n two\r\n\tthree\r\n".to_vec()),
        among("header-folded-at-once", Either(NO_HTTP), || b" X-Folded: one\r\n".to_vec()),
        among("header-without-name", Either(NO_HTTP), || b": value\r\n".to_vec()),
        among("header-name-in-bytes", Either(NO_HTTP), || b"X-\xff\xfe: value\r\n".to_vec()),
        among("header-value-in-bytes", Succeed, || b"X-Bytes: \xff\xfe\x80\r\n".to_vec()),
        among("header-value-with-nul", Either(NO_HTTP), || b"X-Nul: a\0b\r\n".to_vec()),
        among("header-value-blank", Succeed, || b"X-Blank:\r\nX-Blanks:     \r\n".to_vec()),
        among("header-carriage-return", Either(NO_HTTP), || b"X-Return: a\rb\r\n".to_vec()),
        among("headers-90", Succeed, || many(90)),
        among("headers-2000", Either(NO_HTTP), || many(2000)),
        among("header-of-1-mb", Either(ANY), || format!("X-Long: {}\r\n", "x".repeat(1 << 20)).into_bytes()),
        among("header-of-10-mb", Fail(ANY), || format!("X-Long: {}\r\n", "x".repeat(10 << 20)).into_bytes()),
        among("headers-of-10-mb", Fail(ANY), || many(800_000)),
        among("header-connection-nonsense", Succeed, || b"Connection: maybe, later\r\nKeep-Alive: never\r\n".to_vec()),
        among("header-upgrade", Succeed, || b"Connection: upgrade\r\nUpgrade: h2c, websocket\r\n".to_vec()),
        among("header-refresh", Succeed, || b"Refresh: 0; url=http://127.0.0.1:1/\r\nLocation: /nowhere\r\n".to_vec()),
        among("header-cookies", Succeed, || b"Set-Cookie: a=b; Path=/\r\nSet-Cookie: \xff=; ;;\r\n".to_vec()),
        Fault::new("line-feeds-only", Either(NO_HTTP), move |ask| broken_lines(ask, "\n")),
        Fault::new("carriage-returns-only", Fail(STRANGE), move |ask| broken_lines(ask, "\r")),
        Fault::new("line-breaks-before", Either(NO_HTTP), |ask| Reply::whole(ask.file).after("\r\n\r\n")),
        Fault::new("head-in-slow-pieces", Succeed, |ask| ask.good().head_slowly(6, 4)),
        once("head-of-bytes-once", Either(STRANGE), |_| Reply::raw("HTTP/1.1 2\u{0}0 OK\r\n\r\n")),
    ]
}

fn many(count: usize) -> Vec<u8> {
    (0..count).flat_map(|n| format!("X-{n}: {n}\r\n").into_bytes()).collect()
}
