//! Servers that handle ranges in their own ways: that refuse them, ignore them, or lie about what they send. The first
//! answer breaks off in the middle, and then the rest is asked for. A plain request is always answered well, so there is
//! always a way to the file.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::Reply;
use super::super::{Ask, Fault, HALF, LEN};
use super::{ANY, BROKEN, HTTP, resumed};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = refusals();
    faults.extend(ignored());
    faults.extend(lies_in_the_head());
    faults.extend(lies_in_the_body());
    faults.extend(unasked());
    faults
}

fn refusals() -> Vec<Fault> {
    let mut faults: Vec<Fault> = [
        ("400", "400 Bad Request"),
        ("403", "403 Forbidden"),
        ("404", "404 Not Found"),
        ("405", "405 Method Not Allowed"),
        ("501", "501 Not Implemented"),
    ]
    .into_iter()
    .map(|(number, status)| resumed(&format!("range-refused-{number}"), Succeed, move |_| Reply::page(status)))
    .collect();
    faults.extend([
        resumed("range-416-always", Succeed, |_| Reply::status("416 Range Not Satisfiable")),
        resumed("range-416-with-the-size", Succeed, |ask| {
            Reply::status("416 Range Not Satisfiable").header("Content-Range", format!("bytes */{}", ask.file.len))
        }),
        resumed("range-416-with-another-size", Succeed, |_| {
            Reply::status("416 Range Not Satisfiable").header("Content-Range", "bytes */100000")
        }),
        // All the bytes had come, but not the end of the answer.
        Fault::new("range-416-at-the-end", Succeed, |ask| match ask.turn {
            0 => {
                let reply = Reply::whole(ask.file).header("Accept-Ranges", "bytes").chunked(50_000);
                let almost = reply.wire_body().len() - 5;
                reply.cut(almost)
            }
            _ => ask.good(),
        }),
        // Perhaps only for now: who keeps asking for the rest may give up in the end.
        resumed("range-refused-500", Either(HTTP), |_| Reply::page("500 Internal Server Error")),
        resumed("range-refused-503", Either(HTTP), |_| Reply::page("503 Service Unavailable")),
        resumed("range-cut-before-head", Either(BROKEN), |_| Reply::nothing()),
        resumed("range-204", Succeed, |_| Reply::status("204 No Content").closing()),
        resumed("range-304", Succeed, |ask| Reply::status("304 Not Modified").validators(ask.file)),
        // The first time only: the next resume is answered.
        Fault::new("range-503-once", Succeed, |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            1 => Reply::page("503 Service Unavailable"),
            _ => ask.good(),
        }),
    ]);
    faults
}

fn ignored() -> Vec<Fault> {
    vec![
        resumed("range-ignored", Succeed, |ask| Reply::whole(ask.file)),
        Fault::new("range-ignored-and-cut-again", Succeed, |ask| match ask.turn {
            0 => Reply::whole(ask.file).cut(HALF),
            1 => Reply::whole(ask.file).cut(HALF + 100_000),
            2 => Reply::whole(ask.file).cut(HALF / 2),
            _ => Reply::whole(ask.file),
        }),
        Fault::new("range-promised-and-ignored", Succeed, |ask| {
            let reply = Reply::whole(ask.file).header("Accept-Ranges", "bytes");
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("range-promised-and-ignored-always-cut", Fail(BROKEN), |ask| {
            Reply::whole(ask.file).header("Accept-Ranges", "bytes").cut(HALF)
        }),
        Fault::new("range-denied-and-honoured", Succeed, |ask| {
            let reply = ask.good().with("Accept-Ranges", "none");
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("range-not-mentioned-and-honoured", Succeed, |ask| {
            let reply = ask.good().without("Accept-Ranges");
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        resumed("range-ignored-in-chunks", Succeed, |ask| Reply::whole(ask.file).chunked(30_000)),
        resumed("range-ignored-until-close", Succeed, |ask| Reply::whole(ask.file).until_close()),
    ]
}

/// The bytes of the part that is asked for, under another head.
fn part_said_to_be(ask: &Ask<'_>, range: &str) -> Reply {
    ask.good().with("Content-Range", range)
}

fn lies_in_the_head() -> Vec<Fault> {
    let said = |name: &str, must, range: fn(u64) -> String| {
        resumed(name, must, move |ask| part_said_to_be(ask, &range(ask.start())))
    };
    let last = LEN - 1;
    vec![
        said("range-wrong-start", Succeed, |start| format!("bytes {}-{}/{LEN}", start + 1, LEN - 1)),
        said("range-start-0", Succeed, |_| format!("bytes 0-{}/{LEN}", LEN - 1)),
        said("range-wrong-end", Succeed, |start| format!("bytes {start}-{}/{LEN}", LEN - 1000)),
        said("range-end-behind-the-total", Succeed, |start| format!("bytes {start}-{LEN}/{LEN}")),
        said("range-end-before-start", Succeed, |start| format!("bytes {start}-0/{LEN}")),
        said("range-wrong-total", Succeed, |start| format!("bytes {start}-{}/{}", LEN - 1, LEN + 5000)),
        said("range-total-unknown", Succeed, |start| format!("bytes {start}-{}/*", LEN - 1)),
        said("range-other-unit", Succeed, |start| format!("pages {start}-{}/{LEN}", LEN - 1)),
        said("range-no-unit", Succeed, |start| format!("{start}-{}/{LEN}", LEN - 1)),
        said("range-equals-sign", Succeed, |start| format!("bytes={start}-{}/{LEN}", LEN - 1)),
        said("range-negative", Succeed, |start| format!("bytes -{start}-{}/{LEN}", LEN - 1)),
        said("range-huge", Succeed, |start| format!("bytes {start}-18446744073709551616/18446744073709551617")),
        said("range-garbage", Succeed, |_| "who knows".to_owned()),
        resumed("range-not-said", Succeed, |ask| ask.good().without("Content-Range")),
        resumed("range-said-twice", Succeed, move |ask| {
            ask.good().header("Content-Range", format!("bytes 0-{last}/{LEN}"))
        }),
        resumed("range-multipart", Succeed, |ask| {
            let part = ask.good().body;
            let head = format!(
                "--edge\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {}-{}/{LEN}\r\n\r\n",
                ask.start(),
                LEN - 1
            );
            Reply::status("206 Partial Content")
                .header("Content-Type", "multipart/byteranges; boundary=edge")
                .validators(ask.file)
                .body([head.as_bytes(), &part, b"\r\n--edge--\r\n"].concat())
        }),
    ]
}

fn lies_in_the_body() -> Vec<Fault> {
    // The head says what was asked for, and the bytes are from somewhere else.
    let shifted = |ask: &Ask<'_>, by: i64| {
        let from = ask.start().saturating_add_signed(by);
        let longer = ask.file.clone().with_len(ask.file.len + 1_000_000);
        let bytes = longer.slice(from..from + (ask.file.len - ask.start()));
        ask.good().body(bytes)
    };
    vec![
        resumed("range-shifted-by-one", Succeed, move |ask| shifted(ask, 1)),
        resumed("range-shifted-back-by-one", Succeed, move |ask| shifted(ask, -1)),
        resumed("range-shifted-by-a-block", Succeed, move |ask| shifted(ask, 4096)),
        resumed("range-from-the-start", Succeed, move |ask| shifted(ask, -(ask.start().cast_signed()))),
        resumed("range-all-zeros", Succeed, |ask| {
            let zeros = vec![0; ask.good().body.len()];
            ask.good().body(zeros)
        }),
        resumed("range-all-of-it-as-a-part", Succeed, |ask| {
            // Status and head of a part, the body of the whole.
            ask.good().body(ask.file.bytes())
        }),
        resumed("range-more-bytes", Succeed, |ask| {
            let more = [ask.good().body, vec![7; 5000]].concat();
            ask.good().body(more)
        }),
        resumed("range-fewer-bytes", Succeed, |ask| {
            let mut fewer = ask.good().body;
            fewer.truncate(fewer.len() / 2);
            ask.good().body(fewer)
        }),
        resumed("range-no-bytes", Succeed, |ask| ask.good().body("")),
        // Less than was asked for, and honest about it.
        Fault::new("range-smaller-than-asked", Succeed, |ask| {
            if ask.turn == 0 {
                return ask.good().cut(HALF);
            }
            let start = ask.start();
            if start == 0 { ask.good() } else { Reply::part(ask.file, start..LEN.min(start + 100_000)) }
        }),
        resumed("range-larger-than-asked", Succeed, |ask| {
            // More than was asked for, and honest about it.
            Reply::part(ask.file, ask.start().saturating_sub(10_000)..LEN)
        }),
        resumed("range-in-chunks", Succeed, |ask| ask.good().chunked(10_000)),
        resumed("range-until-close", Succeed, |ask| ask.good().until_close()),
        // Ever less of it comes, until it is less than what is looked at again.
        resumed("range-until-close-cut", Either(BROKEN), |ask| {
            let half = ask.good().body.len() / 2;
            ask.good().until_close().cut(half)
        }),
    ]
}

fn unasked() -> Vec<Fault> {
    let only_plain = |ask: &Ask<'_>| ask.request.header("range").is_none();
    vec![
        // The body is whole, but the server says that it is a part. It may be refused.
        Fault::new("part-unasked-of-everything", Either(HTTP), |ask| Reply::part(ask.file, 0..LEN)),
        Fault::new("part-unasked-of-the-start", Either(HTTP), move |ask| {
            if only_plain(ask) { Reply::part(ask.file, 0..LEN / 2) } else { ask.good() }
        }),
        Fault::new("part-unasked-of-the-end", Either(ANY), move |ask| {
            if only_plain(ask) { Reply::part(ask.file, LEN / 2..LEN) } else { ask.good() }
        }),
        Fault::new("part-unasked-without-range", Either(ANY), |ask| {
            Reply::whole(ask.file).line("HTTP/1.1 206 Partial Content")
        }),
        Fault::new("whole-with-content-range", Either(ANY), |ask| {
            Reply::whole(ask.file).header("Content-Range", format!("bytes 1000-{}/{LEN}", LEN - 1))
        }),
    ]
}
