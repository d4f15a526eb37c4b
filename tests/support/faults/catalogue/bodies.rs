//! Bodies that are packed on the way, although the plain bytes were asked for.

use super::super::Must::{Either, Succeed};
use super::super::reply::Reply;
use super::super::truth::gzip;
use super::super::{Ask, Fault, HALF};
use super::{NO_HTTP, resumed};

/// Who does not unpack refuses.
const PACKED: &[&str] = &["unsupported", "http", "verify"];

pub(super) fn faults() -> Vec<Fault> {
    let packed =
        |ask: &Ask<'_>| Reply::whole(ask.file).header("Content-Encoding", "gzip").body(gzip(&ask.file.bytes()));
    let said = |name: &str, must, coding: &'static str| {
        Fault::new(name, must, move |ask| ask.good().header("Content-Encoding", coding))
    };
    vec![
        Fault::new("gzip", Either(PACKED), packed),
        Fault::new("gzip-chunked", Either(PACKED), move |ask| packed(ask).chunked(10_000)),
        Fault::new("gzip-until-close", Either(PACKED), move |ask| packed(ask).until_close()),
        Fault::new("gzip-cut-once", Either(&["unsupported", "http", "verify", "connect"]), move |ask| {
            if ask.turn == 0 { packed(ask).cut(HALF) } else { packed(ask) }
        }),
        Fault::new("gzip-with-ranges", Either(&["unsupported", "http", "verify", "connect"]), move |ask| {
            // The ranges are those of the packed bytes.
            let bytes = packed(ask).body;
            let reply = match ask.request.range(bytes.len() as u64) {
                Ok(Some(range)) => {
                    let of = format!("bytes {}-{}/{}", range.start, range.end - 1, bytes.len());
                    let part = bytes[range.start as usize..range.end as usize].to_vec();
                    packed(ask).line("HTTP/1.1 206 Partial Content").header("Content-Range", of).body(part)
                }
                _ => packed(ask),
            };
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new(
            "gzip-only-at-first",
            Either(PACKED),
            move |ask| if ask.turn == 0 { packed(ask) } else { ask.good() },
        ),
        resumed("gzip-only-the-rest", Succeed, |ask| {
            let rest = gzip(&ask.good().body);
            ask.good().header("Content-Encoding", "gzip").body(rest)
        }),
        resumed("gzip-only-the-rest-as-whole", Succeed, move |ask| packed(ask)),
        Fault::new("gzip-damaged", Either(PACKED), move |ask| {
            let mut reply = packed(ask);
            reply.body[100_000] ^= 1;
            reply
        }),
        said("gzip-said-but-plain", Either(PACKED), "gzip"),
        said("x-gzip-said-but-plain", Either(PACKED), "X-GZIP"),
        said("br-said-but-plain", Either(PACKED), "br"),
        said("zstd-said-but-plain", Either(PACKED), "zstd"),
        said("coding-unknown", Either(PACKED), "martian"),
        said("coding-list", Either(PACKED), "identity, gzip"),
        said("coding-identity", Succeed, "identity"),
        said("coding-blank", Succeed, ""),
        // A packed file that the server takes for a packed answer: both the packing and what is in it are right.
        Fault::new("gzip-file-said-to-be-packed", Either(PACKED), packed)
            .path("/file.bin.gz")
            .right(Clone::clone)
            .right_packed(),
        Fault::new("transfer-gzip-chunked", Either(NO_HTTP), |ask| {
            let body = super::super::reply::in_chunks(&gzip(&ask.file.bytes()), 10_000);
            let wire = [body.as_slice(), b"0\r\n\r\n"].concat();
            Reply::whole(ask.file).until_close().header("Transfer-Encoding", "gzip, chunked").body(wire)
        }),
        Fault::new("transfer-gzip", Either(NO_HTTP), |ask| {
            let packed = gzip(&ask.file.bytes());
            Reply::whole(ask.file).until_close().header("Transfer-Encoding", "gzip").body(packed)
        }),
        Fault::new("transfer-gzip-in-two-lines", Either(NO_HTTP), |ask| {
            let body = super::super::reply::in_chunks(&gzip(&ask.file.bytes()), 10_000);
            let wire = [body.as_slice(), b"0\r\n\r\n"].concat();
            Reply::whole(ask.file).header("Transfer-Encoding", "gzip").chunks(wire)
        }),
        // An old word that some take for a body without an end.
        Fault::new("transfer-identity", Either(&["http", "connect", "verify", "unsupported", "stalled"]), |ask| {
            Reply::whole(ask.file).header("Transfer-Encoding", "identity")
        }),
        Fault::new("transfer-unknown", Either(NO_HTTP), |ask| {
            Reply::whole(ask.file).until_close().header("Transfer-Encoding", "martian")
        }),
    ]
}

impl Fault {
    fn right_packed(self) -> Fault {
        let packed = gzip(&self.file.bytes());
        self.right_bytes(packed)
    }
}
