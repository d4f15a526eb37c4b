//! Lengths that are lies, and bodies that say in more than one way where they end.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::{Reply, in_chunks};
use super::super::{Ask, Fault, HALF, LEN};
use super::{ANY, BROKEN, HTTP, NO_HTTP, once};

const IMPROPER: &[&str] = NO_HTTP;
/// What is too much to be true, or more than came.
const TOO_MUCH: &[&str] = &["connect", "verify", "http", "limit", "disk_full"];

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = lengths();
    faults.extend(chunks());
    faults
}

fn lengths() -> Vec<Fault> {
    let told = |name: &str, must, length: &'static str| {
        Fault::new(name, must, move |ask| Reply::plain(ask.file).length(length))
    };
    let first_half = |fault: Fault| {
        let half = fault.file.slice(0..HALF as u64);
        // Where the length ends, the file ends. Who sees that more came may refuse it.
        fault.right_bytes(half)
    };
    vec![
        told("length-too-long", Fail(BROKEN), "401000"),
        told("length-one-too-long", Fail(BROKEN), "400001"),
        once("length-too-long-once", Succeed, |ask| Reply::whole(ask.file).length("401000")),
        first_half(told("length-too-short", Either(BROKEN), "200000")),
        told("length-negative", Fail(HTTP), "-400000"),
        told("length-no-number", Fail(HTTP), "many"),
        told("length-hexadecimal", Fail(HTTP), "0x61A80"),
        told("length-fraction", Fail(HTTP), "400000.0"),
        told("length-with-a-plus", Either(HTTP), "+400000"),
        told("length-with-zeros", Either(HTTP), "00000000000000400000"),
        told("length-blank", Either(NO_HTTP), ""),
        told("length-2-to-the-62", Fail(TOO_MUCH), "4611686018427387904"),
        told("length-2-to-the-63", Fail(TOO_MUCH), "9223372036854775808"),
        told("length-2-to-the-64", Fail(TOO_MUCH), "18446744073709551616"),
        told("length-endless-digits", Fail(TOO_MUCH), "99999999999999999999999999999999999999999"),
        Fault::new("length-twice-the-same", Either(HTTP), |ask| {
            Reply::plain(ask.file).length("400000").header("Content-Length", "400000")
        }),
        Fault::new("length-twice-in-a-list", Either(HTTP), |ask| Reply::plain(ask.file).length("400000, 400000")),
        Fault::new("length-two-different", Fail(HTTP), |ask| {
            Reply::plain(ask.file).length("400000").header("Content-Length", "200000")
        }),
        Fault::new("length-two-in-a-list", Fail(HTTP), |ask| Reply::plain(ask.file).length("400000, 200000")),
        Fault::new("length-zero-with-a-body", Either(BROKEN), |ask| Reply::plain(ask.file).length("0"))
            .right_bytes(Vec::new()),
        Fault::new("length-and-chunks", Either(NO_HTTP), |ask| {
            let wire = ended(ask, 10_000);
            Reply::plain(ask.file).chunks(wire).header("Content-Length", LEN.to_string())
        }),
        // The chunks count where both are there.
        Fault::new("wrong-length-and-chunks", Either(NO_HTTP), |ask| {
            let wire = ended(ask, 10_000);
            Reply::plain(ask.file).chunks(wire).header("Content-Length", "1000")
        }),
        Fault::new("huge-length-and-chunks", Either(TOO_MUCH), |ask| {
            let wire = ended(ask, 10_000);
            Reply::plain(ask.file).chunks(wire).header("Content-Length", "9223372036854775807")
        }),
    ]
}

fn chunks() -> Vec<Fault> {
    let wire = |name: &str, must, make: fn(&Ask<'_>) -> Vec<u8>| {
        Fault::new(name, must, move |ask| Reply::plain(ask.file).chunks(make(ask)))
    };
    vec![
        wire("chunk-larger-than-sent", Fail(IMPROPER), |ask| {
            [format!("{:x}\r\n", LEN + 1000).as_bytes(), &ask.file.bytes()].concat()
        }),
        wire("chunk-smaller-than-sent", Fail(IMPROPER), |ask| {
            [b"100\r\n", ask.file.bytes().as_slice(), b"\r\n0\r\n\r\n"].concat()
        }),
        wire("chunk-end-missing", Fail(IMPROPER), |ask| in_chunks(&ask.file.bytes(), 10_000)),
        once("chunk-end-missing-once", Succeed, |ask| {
            Reply::whole(ask.file).chunks(in_chunks(&ask.file.bytes(), 10_000))
        }),
        // The last line break of all is missing.
        wire("chunk-end-unfinished", Either(IMPROPER), |ask| {
            [in_chunks(&ask.file.bytes(), 10_000).as_slice(), b"0\r\n"].concat()
        }),
        wire("chunk-head-garbage", Fail(IMPROPER), |ask| [b"zz\r\n", ask.file.bytes().as_slice()].concat()),
        wire("chunk-head-garbage-later", Fail(IMPROPER), |ask| {
            [in_chunks(&ask.file.bytes()[..HALF], 10_000).as_slice(), b"<html>\r\nsorry\r\n"].concat()
        }),
        wire("chunk-head-negative", Fail(IMPROPER), |ask| [b"-5\r\n", ask.file.bytes().as_slice()].concat()),
        wire("chunk-head-blank", Fail(IMPROPER), |ask| [b"\r\n", ask.file.bytes().as_slice()].concat()),
        wire("chunk-head-prefixed", Fail(IMPROPER), |ask| {
            [b"0x61A80\r\n", ask.file.bytes().as_slice(), b"\r\n0\r\n\r\n"].concat()
        }),
        wire("chunk-size-overflows", Fail(IMPROPER), |ask| {
            [b"10000000000061A80\r\n", ask.file.bytes().as_slice(), b"\r\n0\r\n\r\n"].concat()
        }),
        wire("chunk-size-largest", Fail(IMPROPER), |ask| {
            [b"ffffffffffffffff\r\n", ask.file.bytes().as_slice()].concat()
        }),
        wire("chunk-head-endless", Fail(ANY), |_| [b"1;".as_slice(), "x".repeat(2_000_000).as_bytes()].concat()),
        wire("chunk-trailers-endless", Either(ANY), |ask| {
            let trailers = "X-More: and more\r\n".repeat(100_000);
            [in_chunks(&ask.file.bytes(), 10_000).as_slice(), b"0\r\n", trailers.as_bytes(), b"\r\n"].concat()
        }),
        wire("chunk-bare-line-feeds", Either(IMPROPER), |ask| {
            [format!("{LEN:x}\n").as_bytes(), &ask.file.bytes(), b"\n0\n\n"].concat()
        }),
        wire("chunk-no-line-break-behind", Fail(IMPROPER), |ask| {
            [b"30d40\r\n", &ask.file.bytes()[..HALF], b"30d40\r\n", &ask.file.bytes()[HALF..], b"\r\n0\r\n\r\n"]
                .concat()
        }),
        Fault::new("chunked-twice", Either(IMPROPER), |ask| {
            Reply::plain(ask.file).chunks(ended(ask, 10_000)).header("Transfer-Encoding", "chunked")
        }),
        Fault::new("chunked-on-http-1.0", Either(IMPROPER), |ask| {
            Reply::plain(ask.file).chunks(ended(ask, 10_000)).line("HTTP/1.0 200 OK")
        }),
        Fault::new("chunked-said-but-plain", Fail(IMPROPER), |ask| Reply::plain(ask.file).chunks(ask.file.bytes())),
        Fault::new("chunked-but-not-said", Either(IMPROPER), |ask| {
            // Nobody can know; what was sent is the file.
            Reply::plain(ask.file).until_close().body(ended(ask, 10_000))
        })
        .right_chunked(10_000),
    ]
}

/// The file in chunks, with the last one.
fn ended(ask: &Ask<'_>, bytes: usize) -> Vec<u8> {
    [in_chunks(&ask.file.bytes(), bytes).as_slice(), b"0\r\n\r\n"].concat()
}

impl Fault {
    fn right_chunked(self, bytes: usize) -> Fault {
        let wire = [in_chunks(&self.file.bytes(), bytes).as_slice(), b"0\r\n\r\n"].concat();
        self.right_bytes(wire)
    }
}
