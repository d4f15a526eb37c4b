//! Answers, good ones and broken ones: made of a proper answer and of what goes wrong with it.

use super::truth::File;
use super::wire::{NoSuchRange, Request};
use std::time::{Duration, SystemTime};

/// An answer, and how it travels.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// Bytes before the answer itself.
    pub(crate) before: Vec<u8>,
    /// With its line break.
    pub(crate) status: Vec<u8>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) framing: Framing,
    pub(crate) body: Vec<u8>,
    pub(crate) happenings: Vec<(Place, Happening)>,
    pub(crate) pace: Option<Pace>,
    /// Whether the connection stays open afterwards.
    pub(crate) keep: bool,
    /// Whether the first line is all there is: bytes that are no answer, or no proper one.
    pub(crate) bare: bool,
}

/// How the end of the body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length,
    /// In chunks of this many bytes.
    Chunked(usize),
    /// Not by a header of its own: by the end of the connection, or by what the fault says.
    Untold,
}

/// Where in an answer something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// After so many bytes of the head.
    Head(usize),
    /// After so many bytes of the body.
    Body(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    Close,
    Reset,
    Wait(Duration),
    /// Nothing more comes, and the connection stays open.
    Hold,
}

/// How fast the bytes go out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) bytes: usize,
    pub(crate) pause: Duration,
    /// Whether the head goes out like this too.
    pub(crate) in_head: bool,
}

impl Reply {
    /// An answer with this status, such as `404 Not Found`.
    pub(crate) fn status(status: &str) -> Reply {
        Reply {
            before: Vec::new(),
            status: format!("HTTP/1.1 {status}\r\n").into_bytes(),
            headers: vec![("Date".to_owned(), httpdate::fmt_http_date(SystemTime::now()).into_bytes())],
            framing: Framing::Length,
            body: Vec::new(),
            happenings: Vec::new(),
            pace: None,
            keep: true,
            bare: false,
        }
    }

    /// Bytes instead of an answer.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Reply {
        let status = bytes.into();
        Reply { status, framing: Framing::Untold, keep: false, bare: true, ..Reply::status("") }
    }

    /// All of a file, from a server that knows no ranges and nothing about the file.
    pub(crate) fn plain(file: &File) -> Reply {
        Reply::status("200 OK").header("Content-Type", "application/octet-stream").body(file.bytes())
    }

    /// All of a file with its validators, from a server that knows no ranges.
    pub(crate) fn whole(file: &File) -> Reply {
        Reply::plain(file).validators(file)
    }

    /// What a good server answers, which knows ranges and `If-Range`.
    pub(crate) fn ranged(file: &File, request: &Request) -> Reply {
        let valid = request.header("if-range").is_none_or(|validator| is_current(file, validator));
        let range = if valid { request.range(file.len) } else { Ok(None) };
        let reply = match range {
            Ok(None) => Reply::whole(file),
            Ok(Some(range)) => Reply::part(file, range),
            Err(NoSuchRange) => {
                let total = format!("bytes */{}", file.len);
                Reply::status("416 Range Not Satisfiable").header("Content-Range", &total).validators(file)
            }
        };
        reply.header("Accept-Ranges", "bytes")
    }

    /// A part of a file, as it should be sent.
    pub(crate) fn part(file: &File, range: std::ops::Range<u64>) -> Reply {
        let of = format!("bytes {}-{}/{}", range.start, range.end - 1, file.len);
        Reply::status("206 Partial Content")
            .header("Content-Type", "application/octet-stream")
            .header("Content-Range", &of)
            .validators(file)
            .body(file.slice(range))
    }

    /// A page for people, as it comes where a file was.
    pub(crate) fn page(status: &str) -> Reply {
        let page = "<!DOCTYPE html><html><title>Sorry</title><p>Please sign in to go on.</html>";
        Reply::status(status).header("Content-Type", "text/html; charset=utf-8").body(page)
    }

    pub(crate) fn redirect(to: &str) -> Reply {
        Reply::status("302 Found").header("Location", to)
    }

    /// The connection ends without a byte.
    pub(crate) fn nothing() -> Reply {
        Reply::raw("")
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Reply {
        self.body = body.into();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Reply {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Reply {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self
    }

    /// Another value instead of what there is.
    pub(crate) fn with(self, name: &str, value: impl AsRef<[u8]>) -> Reply {
        self.without(name).header(name, value)
    }

    pub(crate) fn validators(mut self, file: &File) -> Reply {
        for (name, value) in [("ETag", &file.etag), ("Last-Modified", &file.modified)] {
            if let Some(value) = value {
                self = self.with(name, value);
            }
        }
        self
    }

    /// Another first line, as it is, without its line break.
    pub(crate) fn line(mut self, line: &str) -> Reply {
        self.status = format!("{line}\r\n").into_bytes();
        self
    }

    /// Bytes before the answer.
    pub(crate) fn after(mut self, bytes: impl Into<Vec<u8>>) -> Reply {
        self.before = bytes.into();
        self
    }

    pub(crate) fn chunked(mut self, bytes: usize) -> Reply {
        self.framing = Framing::Chunked(bytes);
        self
    }

    /// The length is told by this header instead.
    pub(crate) fn length(mut self, value: &str) -> Reply {
        self.framing = Framing::Untold;
        self.keep = false;
        self.header("Content-Length", value)
    }

    /// The body ends where the connection does.
    pub(crate) fn until_close(mut self) -> Reply {
        (self.framing, self.keep) = (Framing::Untold, false);
        self
    }

    /// Bytes that are sent as they are, told to be in chunks.
    pub(crate) fn chunks(self, wire: impl Into<Vec<u8>>) -> Reply {
        self.until_close().header("Transfer-Encoding", "chunked").body(wire)
    }

    pub(crate) fn closing(mut self) -> Reply {
        self.keep = false;
        self.header("Connection", "close")
    }

    /// Closes afterwards without a word about it.
    pub(crate) fn closing_silently(mut self) -> Reply {
        self.keep = false;
        self
    }

    pub(crate) fn at(mut self, place: Place, happening: Happening) -> Reply {
        self.happenings.push((place, happening));
        self
    }

    /// The connection ends after so many bytes of the body.
    pub(crate) fn cut(self, at: usize) -> Reply {
        self.at(Place::Body(at), Happening::Close)
    }

    pub(crate) fn hold(self, at: usize) -> Reply {
        self.at(Place::Body(at), Happening::Hold)
    }

    pub(crate) fn wait(self, at: usize, ms: u64) -> Reply {
        self.at(Place::Body(at), Happening::Wait(Duration::from_millis(ms)))
    }

    /// The connection is reset after so many bytes of the body, which get there before.
    pub(crate) fn reset(self, at: usize) -> Reply {
        self.wait(at, 60).at(Place::Body(at), Happening::Reset)
    }

    pub(crate) fn late(self, ms: u64) -> Reply {
        self.at(Place::Head(0), Happening::Wait(Duration::from_millis(ms)))
    }

    /// So many bytes of the body at a time.
    pub(crate) fn slowly(mut self, bytes: usize, pause_ms: u64) -> Reply {
        self.pace = Some(Pace { bytes, pause: Duration::from_millis(pause_ms), in_head: false });
        self
    }

    /// So many bytes of the head at a time.
    pub(crate) fn head_slowly(mut self, bytes: usize, pause_ms: u64) -> Reply {
        self.pace = Some(Pace { bytes, pause: Duration::from_millis(pause_ms), in_head: true });
        self
    }

    /// The head as it goes over the wire, with everything before it.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = [self.before.as_slice(), &self.status].concat();
        if self.bare {
            return head;
        }
        for (name, value) in &self.headers {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        match self.framing {
            Framing::Length => head.extend(format!("Content-Length: {}\r\n", self.body.len()).bytes()),
            Framing::Chunked(_) => head.extend(b"Transfer-Encoding: chunked\r\n"),
            Framing::Untold => {}
        }
        head.extend(b"\r\n");
        head
    }

    /// The body as it goes over the wire.
    pub(crate) fn wire_body(&self) -> Vec<u8> {
        match self.framing {
            Framing::Chunked(bytes) => [in_chunks(&self.body, bytes), b"0\r\n\r\n".to_vec()].concat(),
            Framing::Length | Framing::Untold => self.body.clone(),
        }
    }
}

/// Without the last, empty chunk.
pub(crate) fn in_chunks(body: &[u8], bytes: usize) -> Vec<u8> {
    let mut wire = Vec::with_capacity(body.len() + 1024);
    for chunk in body.chunks(bytes) {
        wire.extend(format!("{:x}\r\n", chunk.len()).bytes());
        wire.extend(chunk);
        wire.extend(b"\r\n");
    }
    wire
}

/// Weak validators are no validators of ranges.
fn is_current(file: &File, validator: &str) -> bool {
    let strong = file.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
    strong == Some(validator) || file.modified.as_deref() == Some(validator)
}
