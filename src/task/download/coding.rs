//! Files that a server packed for the way, although it was asked not to: unpacked once all of it is there.

use super::BUFFER_BYTES;
use super::part::Part;
use super::response::Coding;
use super::transfer::Transfer;
use crate::model::{ErrorKind, Failure, filename};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::io::{self, Read};

/// A file that unpacks to more than this many times its size does so to do harm.
const MOST_TIMES: u64 = 1100;

/// What is larger than this is not unpacked: all of it is held in memory for that.
const MOST_BYTES: u64 = 256 << 20;

/// Whether a name says that the file itself is packed with gzip. Servers that find `Content-Encoding` for such files by
/// their names mean the file as it is.
pub(super) fn is_named_packed(name: &str) -> bool {
    let extension = filename::split(name).1.unwrap_or_default();
    ["gz", "tgz", "svgz"].iter().any(|packed| extension.eq_ignore_ascii_case(packed))
}

/// Unpacks the first `length` bytes of a part, over themselves. Answers the new length.
pub(super) fn unpack(part: &mut Part<'_>, length: u64, coding: Coding, of: &Transfer<'_>) -> Result<u64, Failure> {
    let damaged = |error: &io::Error| {
        let sentence = format!("{} came packed, and what came cannot be unpacked: {error}", of.shown);
        Failure::new(ErrorKind::Verify, sentence).retryable()
    };
    if length > MOST_BYTES {
        let sentence = format!("{} came packed, and is too large to be unpacked", of.shown);
        return Err(Failure::new(ErrorKind::Unsupported, sentence));
    }
    let mut unpacked = 0;
    let mut piece = vec![0; BUFFER_BYTES];
    {
        let mut packed = vec![0; length as usize];
        part.read(&mut packed, 0)?;
        let mut reader = reader(&packed, coding);
        loop {
            of.ctx.checkpoint()?;
            let read = reader.read(&mut piece).map_err(|error| damaged(&error))?;
            if read == 0 {
                break;
            }
            if unpacked + read as u64 > length.saturating_mul(MOST_TIMES) {
                return Err(damaged(&io::Error::other("it does not end")));
            }
            part.write_plain(&piece[..read], unpacked)?;
            unpacked += read as u64;
        }
    }
    Ok(unpacked)
}

/// The first `most` bytes of what is packed in these; all that there are where they were cut short after some.
pub(super) fn unpacked(packed: &[u8], coding: Coding, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match reader(packed, coding).take(most as u64).read_to_end(&mut bytes) {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof || bytes.is_empty() => Err(error),
        _ => Ok(bytes),
    }
}

fn reader(packed: &[u8], coding: Coding) -> Box<dyn Read + '_> {
    match coding {
        Coding::Gzip => Box::new(MultiGzDecoder::new(packed)),
        Coding::Deflate => Box::new(ZlibDecoder::new(packed)),
        Coding::Plain => Box::new(packed),
    }
}
