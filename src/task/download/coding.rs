//! Files that a server packed for the way, although it was asked not to: unpacked once all of it is there.

use super::BUFFER_BYTES;
use super::part::Part;
use super::response::Coding;
use super::transfer::Transfer;
use crate::model::{ErrorKind, Failure, filename};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::cell::RefCell;
use std::io::{self, Read};

/// A file that unpacks to more than this many times its size does so to do harm.
const MOST_TIMES: u64 = 1100;

/// Whether a name says that the file itself is packed with gzip. Servers that find `Content-Encoding` for such files by
/// their names mean the file as it is.
pub(super) fn is_named_packed(name: &str) -> bool {
    let extension = filename::split(name).1.unwrap_or_default();
    ["gz", "tgz", "svgz"].iter().any(|packed| extension.eq_ignore_ascii_case(packed))
}

/// Unpacks the first `length` bytes of a part, over themselves. Answers the new length.
pub(super) fn unpack(part: &mut Part<'_>, length: u64, coding: Coding, of: &Transfer<'_>) -> Result<u64, Failure> {
    // An answer without a body is an empty file, whatever it says of its coding.
    let unpacked = if length == 0 { 0 } else { unpack_behind(part, length, coding, of)? };
    let mut piece = vec![0; BUFFER_BYTES];
    let mut at = 0;
    while at < unpacked {
        of.ctx.checkpoint()?;
        let piece = &mut piece[..BUFFER_BYTES.min((unpacked - at) as usize)];
        part.read(piece, length + at)?;
        part.write_plain(piece, at)?;
        at += piece.len() as u64;
    }
    Ok(unpacked)
}

/// Unpacks to behind the packed bytes: they are longer unpacked, and would be written over before they are read.
fn unpack_behind(part: &mut Part<'_>, length: u64, coding: Coding, of: &Transfer<'_>) -> Result<u64, Failure> {
    let (part, unread) = (RefCell::new(part), RefCell::new(None));
    let damaged = |error: &io::Error| {
        unread.take().unwrap_or_else(|| {
            let sentence = format!("{} came packed, and what came cannot be unpacked: {error}", of.shown);
            Failure::new(ErrorKind::Verify, sentence).retryable()
        })
    };
    let mut reader = reader(Packed { part: &part, at: 0, length, unread: &unread }, coding);
    let mut piece = vec![0; BUFFER_BYTES];
    let mut unpacked = 0;
    loop {
        of.ctx.checkpoint()?;
        let read = reader.read(&mut piece).map_err(|error| damaged(&error))?;
        if read == 0 {
            return Ok(unpacked);
        }
        if unpacked + read as u64 > length.saturating_mul(MOST_TIMES) {
            return Err(damaged(&io::Error::other("it does not end")));
        }
        part.borrow_mut().write_plain(&piece[..read], length + unpacked)?;
        unpacked += read as u64;
    }
}

/// The packed bytes of a part, one piece after another.
struct Packed<'a, 'p, 'f> {
    part: &'a RefCell<&'p mut Part<'f>>,
    at: u64,
    length: u64,
    /// Why the part could not be read.
    unread: &'a RefCell<Option<Failure>>,
}

impl Read for Packed<'_, '_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = buffer.len().min((self.length - self.at) as usize);
        self.part.borrow().read(&mut buffer[..bytes], self.at).map_err(|failure| {
            self.unread.replace(Some(failure));
            io::Error::other("it cannot be read")
        })?;
        self.at += bytes as u64;
        Ok(bytes)
    }
}

/// The first `most` bytes of what is packed in these; all that there are where they were cut short after some.
pub(super) fn unpacked(packed: &[u8], coding: Coding, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match reader(packed, coding).take(most as u64).read_to_end(&mut bytes) {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof || bytes.is_empty() && !packed.is_empty() => {
            Err(error)
        }
        _ => Ok(bytes),
    }
}

fn reader<'a>(packed: impl Read + 'a, coding: Coding) -> Box<dyn Read + 'a> {
    match coding {
        Coding::Gzip => Box::new(MultiGzDecoder::new(packed)),
        Coding::Deflate => Box::new(ZlibDecoder::new(packed)),
        Coding::Plain => Box::new(packed),
    }
}
