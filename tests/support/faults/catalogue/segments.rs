//! A file that is fetched by several connections at once, with one of them wrong.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::Reply;
use super::super::truth::{File, base64, sha256};
use super::super::{Ask, Fault};
use super::{ANY, BROKEN, HTTP, STALLED, as_it_should_be};

const LEN: u64 = 8_000_000;

fn segmented(name: &str, must: super::Must, answer: impl Fn(&Ask<'_>) -> Reply + Send + Sync + 'static) -> Fault {
    // Slow enough that further connections are worth it.
    let answer = move |ask: &Ask<'_>| {
        let reply = answer(ask);
        if reply.pace.is_some() { reply } else { reply.slowly(150_000, 50) }
    };
    Fault::new(name, must, answer).len(LEN).options(&["--segments", "4", "--per-host", "4"]).limit(45)
}

/// The second connection for a part that is not the first one does this, the first time.
fn one(name: &str, happens: fn(Reply) -> Reply) -> Fault {
    segmented(name, Succeed, move |ask| if ask.turn == 1 { happens(ask.good()) } else { ask.good() })
}

/// Whoever asks for something behind the start gets this.
fn later(name: &str, must: super::Must, answer: fn(&Ask<'_>) -> Reply) -> Fault {
    segmented(name, must, move |ask| if ask.resumes() { answer(ask) } else { ask.good() })
}

pub(super) fn faults() -> Vec<Fault> {
    let by_etag = |ask: &Ask<'_>, file: &File| Reply::ranged(file, ask.request);
    vec![
        segmented("segments-good", Succeed, as_it_should_be),
        segmented("segments-plain", Succeed, |ask| Reply::plain(ask.file)),
        segmented("segments-no-length", Succeed, |ask| Reply::plain(ask.file).chunked(100_000)),
        segmented("segments-small-file", Succeed, as_it_should_be).len(1000),
        segmented("segments-empty-file", Succeed, as_it_should_be).len(0),
        segmented("segments-redirected", Succeed, |ask| {
            if ask.rest == "/target" { ask.good() } else { Reply::redirect("target") }
        }),
        one("segments-one-cut", |reply| reply.cut(100_000)),
        one("segments-one-reset", |reply| reply.reset(100_000)),
        one("segments-one-without-an-answer", |_| Reply::nothing()),
        one("segments-one-stalls", |reply| reply.hold(100_000)),
        one("segments-one-stalls-before-it-answers", |reply| reply.late(20_000)),
        one("segments-one-503", |_| Reply::page("503 Service Unavailable")),
        one("segments-one-page", |_| Reply::page("200 OK")),
        one("segments-one-redirected", |_| Reply::redirect("file.bin")),
        segmented(
            "segments-one-slow",
            Succeed,
            |ask| {
                if ask.turn == 1 { ask.good().slowly(1000, 50) } else { ask.good() }
            },
        )
        .options(&["--min-speed", "100000"]),
        segmented("segments-all-cut", Succeed, |ask| ask.good().cut(1_500_000)),
        segmented("segments-all-stall-always-plain", Fail(STALLED), |ask| Reply::plain(ask.file).hold(100_000)),
        later("segments-whole-to-each", Succeed, |ask| Reply::whole(ask.file)),
        later("segments-page-to-each", Succeed, |_| Reply::page("200 OK")),
        later("segments-403-to-each", Succeed, |_| Reply::page("403 Forbidden")),
        later("segments-416-to-each", Succeed, |_| Reply::status("416 Range Not Satisfiable")),
        later("segments-503-to-each", Either(HTTP), |_| Reply::page("503 Service Unavailable")),
        later("segments-reset-each", Either(BROKEN), |ask| ask.good().reset(0)),
        later("segments-stall-each", Either(STALLED), |ask| ask.good().hold(0)),
        later("segments-not-said", Succeed, |ask| ask.good().without("Content-Range")),
        later("segments-wrong-start", Succeed, |ask| {
            ask.good().with("Content-Range", format!("bytes {}-{}/{LEN}", ask.start() + 1, LEN - 1))
        }),
        // The first answer is right, all parts are of another file, and agree with each other.
        later("segments-of-another-file", Succeed, |ask| {
            let other = ask.file.changed().with_etag(ask.file.etag.as_deref());
            Reply::ranged(&other.with_modified(ask.file.modified.as_deref()), ask.request)
        }),
        // Two versions, and never so much at a time that they would meet.
        later("segments-of-two-files-in-small-parts", Succeed, |ask| {
            let other = ask.file.changed().with_etag(ask.file.etag.as_deref());
            let other = other.with_modified(ask.file.modified.as_deref());
            let file = if ask.start() >= LEN / 2 { &other } else { ask.file };
            let len = (ask.good().body.len() as u64).min(LEN / 4);
            Reply::part(file, ask.start()..ask.start() + len)
        }),
        // The head is right, the bytes are not: whether that can be seen depends on what the parts have in common.
        later("segments-shifted", Succeed, |ask| {
            let mut body = ask.good().body;
            body.rotate_left(1);
            ask.good().body(body)
        }),
        later("segments-from-the-start", Either(ANY), |ask| {
            let len = ask.good().body.len() as u64;
            ask.good().body(ask.file.slice(0..len))
        }),
        // Never more than this at a time, and honest about it.
        later("segments-fewer-bytes", Succeed, |ask| {
            let len = (ask.good().body.len() as u64).min(700_000);
            Reply::part(ask.file, ask.start()..ask.start() + len)
        }),
        later("segments-more-bytes", Succeed, |ask| Reply::part(ask.file, ask.start()..LEN)),
        segmented("segments-changed", Succeed, move |ask| {
            if ask.turn == 0 { ask.good() } else { by_etag(ask, &ask.file.changed()) }
        })
        // The first answer may be read to its end.
        .right(Clone::clone)
        .right(File::changed),
        segmented("segments-changed-unheeded", Succeed, move |ask| {
            let mut request = ask.request.clone();
            request.headers.remove("if-range");
            let file = if ask.turn == 0 { ask.file.clone() } else { ask.file.changed() };
            Reply::ranged(&file, &request)
        })
        .right(Clone::clone)
        .right(File::changed),
        segmented("segments-etag-of-every-answer", Succeed, move |ask| {
            let file = ask.file.clone().with_etag(Some(&format!("\"{}\"", ask.turn))).with_modified(None);
            by_etag(ask, &file)
        }),
        segmented("segments-no-validators", Succeed, |ask| ask.good().without("ETag").without("Last-Modified")),
        segmented("segments-total-unknown", Succeed, |ask| {
            let range = ask.request.range(LEN).ok().flatten();
            match range {
                Some(range) => ask.good().with("Content-Range", format!("bytes {}-{}/*", range.start, range.end - 1)),
                None => ask.good(),
            }
        }),
        segmented("segments-digest-right", Succeed, |ask| {
            let sum = base64(&sha256(&ask.file.bytes()));
            ask.good().header("Repr-Digest", format!("sha-256=:{sum}:"))
        })
        .len(2_500_000),
        segmented("segments-digest-wrong", Fail(&["verify"]), |ask| {
            ask.good().header("Repr-Digest", format!("sha-256=:{}:", base64(&sha256(b"else"))))
        }),
        segmented("segments-of-two-files-digest-tells", Either(ANY), |ask| {
            // Same validators, other bytes: only the sum tells.
            let sum = base64(&sha256(&ask.file.bytes()));
            let of_other = ask.file.changed().with_etag(ask.file.etag.as_deref());
            let other = of_other.with_modified(ask.file.modified.as_deref());
            let file = if ask.resumes() { &other } else { ask.file };
            Reply::ranged(file, ask.request).header("Repr-Digest", format!("sha-256=:{sum}:"))
        })
        .len(2_500_000),
    ]
}
