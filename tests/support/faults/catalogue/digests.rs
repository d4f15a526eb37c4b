//! Sums that servers send with a file, and those that people give. A file that does not match is never kept.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::Reply;
use super::super::truth::{base64, sha256};
use super::super::{Ask, Fault, HALF};
use super::as_it_should_be;

const VERIFY: &[&str] = &["verify"];

/// The sum in the form of RFC 9530.
fn sum(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", base64(&sha256(bytes)))
}

fn right(ask: &Ask<'_>) -> String {
    sum(&ask.file.bytes())
}

fn wrong() -> String {
    sum(b"something else")
}

/// One bit is not as it was.
fn flipped(ask: &Ask<'_>) -> Vec<u8> {
    let mut bytes = ask.file.bytes();
    bytes[HALF + 77] ^= 4;
    bytes
}

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = sent();
    faults.extend(damaged());
    faults.extend(given());
    faults
}

fn sent() -> Vec<Fault> {
    let with = |name: &str, must, header: &'static str, value: fn(&Ask<'_>) -> String| {
        Fault::new(name, must, move |ask| ask.good().header(header, value(ask)))
    };
    let old = |ask: &Ask<'_>| format!("SHA-256={}", base64(&sha256(&ask.file.bytes())));
    vec![
        with("repr-digest-right", Succeed, "Repr-Digest", right),
        with("repr-digest-wrong", Fail(VERIFY), "Repr-Digest", |_| wrong()),
        with("repr-digest-unknown", Succeed, "Repr-Digest", |_| "sha-9000=:AAAA:".to_owned()),
        with("repr-digest-unknown-and-right", Succeed, "Repr-Digest", |ask| format!("unixsum=:AAA=:, {}", right(ask))),
        with("repr-digest-unknown-and-wrong", Fail(VERIFY), "Repr-Digest", |_| format!("unixsum=:AAA=:, {}", wrong())),
        with("repr-digest-with-a-parameter", Succeed, "Repr-Digest", |ask| format!("{};a=1", right(ask))),
        // What cannot be read says nothing, or says that something is wrong.
        with("repr-digest-nonsense", Either(VERIFY), "Repr-Digest", |_| "sha-256=:not base64 at all:".to_owned()),
        with("repr-digest-too-short", Either(VERIFY), "Repr-Digest", |_| "sha-256=:AAAA:".to_owned()),
        with("repr-digest-blank", Succeed, "Repr-Digest", |_| String::new()),
        with("content-digest-right", Succeed, "Content-Digest", |ask| sum(&ask.good().body)),
        with("content-digest-wrong", Fail(VERIFY), "Content-Digest", |_| wrong()),
        with("digest-right", Succeed, "Digest", old),
        with("digest-wrong", Either(VERIFY), "Digest", |_| format!("SHA-256={}", base64(&sha256(b"else")))),
        with("digest-old-algorithm", Succeed, "Digest", |_| "UNIXsum=30637".to_owned()),
        Fault::new("repr-digest-right-and-pieces", Succeed, |ask| {
            let reply = ask.good().header("Repr-Digest", right(ask));
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("repr-digest-right-at-first-only", Succeed, |ask| {
            if ask.turn == 0 { ask.good().header("Repr-Digest", right(ask)).cut(HALF) } else { ask.good() }
        }),
        // The sum of a part is that of the part.
        Fault::new("content-digest-of-the-parts", Succeed, |ask| {
            let reply = ask.good();
            let of_part = sum(&reply.body);
            let reply = reply.header("Content-Digest", of_part);
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("want-digest-ignored", Succeed, |ask| ask.good().without("Repr-Digest")),
    ]
}

/// Bytes that are not those of the sum.
fn damaged() -> Vec<Fault> {
    vec![
        Fault::new("digest-tells-a-flipped-bit", Fail(VERIFY), |ask| {
            Reply::whole(ask.file).body(flipped(ask)).header("Repr-Digest", right(ask))
        }),
        Fault::new("digest-tells-a-flipped-bit-once", Either(VERIFY), |ask| {
            let reply = Reply::whole(ask.file).header("Repr-Digest", right(ask));
            if ask.turn == 0 { reply.body(flipped(ask)) } else { reply }
        }),
        // Without a length a file that is cut looks whole; the sum tells.
        Fault::new("digest-tells-a-cut-once", Either(VERIFY), |ask| {
            let reply = Reply::plain(ask.file).until_close().closing().header("Repr-Digest", right(ask));
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("digest-tells-a-cut", Fail(VERIFY), |ask| {
            Reply::plain(ask.file).until_close().closing().header("Repr-Digest", right(ask)).cut(HALF)
        }),
        Fault::new("digest-tells-a-length-too-short", Fail(VERIFY), |ask| {
            Reply::plain(ask.file).length("200000").header("Repr-Digest", right(ask))
        }),
        // Far behind what a resume looks at again, a bit of the rest is wrong.
        Fault::new("digest-tells-a-rest-with-a-flipped-bit", Either(VERIFY), |ask| {
            let mut reply = ask.good().header("Repr-Digest", right(ask));
            if ask.turn == 0 {
                return reply.cut(HALF);
            }
            if ask.resumes() {
                let near_the_end = reply.body.len() - 1000;
                reply.body[near_the_end] ^= 1;
            }
            reply
        }),
    ]
}

/// Sums on the command line.
fn given() -> Vec<Fault> {
    vec![
        Fault::new("sha256-given-right", Succeed, as_it_should_be).options(&["--sha256", "RIGHT"]),
        Fault::new("sha256-given-wrong", Fail(VERIFY), as_it_should_be).options(&["--sha256", "WRONG"]),
        Fault::new("sha256-given-right-and-pieces", Succeed, |ask| ask.good().cut(150_000))
            .options(&["--sha256", "RIGHT"]),
        Fault::new("sha256-given-of-a-longer-file", Fail(VERIFY), |ask| {
            let file = ask.file.clone().with_len(HALF as u64);
            Reply::ranged(&file, ask.request)
        })
        .options(&["--sha256", "RIGHT"]),
        Fault::new("sha256-given-and-a-flipped-bit", Fail(VERIFY), |ask| Reply::plain(ask.file).body(flipped(ask)))
            .options(&["--sha256", "RIGHT"]),
        Fault::new("sha256-given-and-the-server-is-wrong", Either(VERIFY), |ask| {
            ask.good().header("Repr-Digest", wrong())
        })
        .options(&["--sha256", "RIGHT"]),
    ]
}
