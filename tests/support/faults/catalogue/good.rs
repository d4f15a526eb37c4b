//! Answers that are as they should be, in every shape that they may have.

use super::super::Fault;
use super::super::Must::Succeed;
use super::super::reply::Reply;
use super::as_it_should_be;

pub(super) fn faults() -> Vec<Fault> {
    let fault = |name: &str, answer: fn(&super::Ask<'_>) -> Reply| Fault::new(name, Succeed, answer);
    vec![
        fault("good-ranges", as_it_should_be),
        fault("good-plain", |ask| Reply::plain(ask.file)),
        fault("good-validators", |ask| Reply::whole(ask.file)),
        fault("good-closing", |ask| ask.good().closing()),
        fault("good-chunked", |ask| Reply::whole(ask.file).chunked(10_000)),
        fault("good-chunked-small", |ask| Reply::whole(ask.file).chunked(7)).len(20_000),
        fault("good-chunked-one", |ask| Reply::whole(ask.file).chunked(1 << 30)),
        fault("good-chunk-extensions", |ask| {
            let body = ask.file.bytes();
            let mut wire = format!("{:X};name=\"va;lue\";other\r\n", body.len()).into_bytes();
            wire.extend(body);
            wire.extend(b"\r\n000;last\r\n\r\n");
            Reply::whole(ask.file).chunks(wire)
        }),
        fault("good-trailers", |ask| {
            let mut wire = super::super::reply::in_chunks(&ask.file.bytes(), 50_000);
            wire.extend(b"0\r\nX-Checked: yes\r\nContent-Length: 3\r\n\r\n");
            Reply::whole(ask.file).header("Trailer", "X-Checked").chunks(wire)
        }),
        fault("good-until-close", |ask| Reply::whole(ask.file).until_close().closing()),
        fault("good-http-1.0", |ask| Reply::whole(ask.file).line("HTTP/1.0 200 OK").until_close()),
        fault("good-http-1.0-length", |ask| Reply::whole(ask.file).line("HTTP/1.0 200 OK").closing_silently()),
        fault("good-http-1.0-keep-alive", |ask| {
            Reply::whole(ask.file).line("HTTP/1.0 200 OK").header("Connection", "keep-alive")
        }),
        fault("good-empty-length", as_it_should_be).len(0),
        fault("good-empty-chunked", |ask| Reply::plain(ask.file).chunked(10)).len(0),
        fault("good-empty-until-close", |ask| Reply::plain(ask.file).until_close().closing()).len(0),
        fault("good-one-byte", as_it_should_be).len(1),
        fault("good-large", as_it_should_be).len(12_000_000),
        fault("good-large-chunked", |ask| Reply::whole(ask.file).chunked(1 << 20)).len(12_000_000),
        fault("good-late", |ask| ask.good().late(400)),
        fault("good-in-pieces", |ask| ask.good().slowly(20_000, 20)),
        fault("good-single-bytes", |ask| ask.good().slowly(1, 0)).len(3000),
        fault("good-head-in-single-bytes", |ask| ask.good().head_slowly(1, 0)),
        fault("good-no-reason", |ask| Reply::whole(ask.file).line("HTTP/1.1 200")),
        fault("good-blank-reason", |ask| Reply::whole(ask.file).line("HTTP/1.1 200 ")),
        fault("good-odd-reason", |ask| Reply::whole(ask.file).line("HTTP/1.1 200 Not Found, just kidding")),
        fault("good-query", |ask| {
            if ask.rest == "/file.bin?a=b&c=%20d/e" { ask.good() } else { Reply::status("404 Not Found") }
        })
        .path("/file.bin?a=b&c=%20d/e"),
        fault(
            "good-fragment",
            |ask| {
                if ask.rest == "/file.bin" { ask.good() } else { Reply::status("400 Bad Request") }
            },
        )
        .path("/file.bin#page=2"),
        fault("good-more-follows", |ask| {
            // A second answer that nobody asked for, right behind the first.
            let mut body = ask.file.bytes();
            let length = body.len().to_string();
            body.extend(Reply::page("200 OK").head());
            Reply::whole(ask.file).length(&length).body(body)
        }),
    ]
}
