//! Files that a server packed for the way, although it was asked not to: unpacked once all of it is there.

use super::BUFFER_BYTES;
use super::part::Part;
use super::response::Coding;
use super::transfer::Transfer;
use crate::model::{ErrorKind, Failure, filename};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::cell::RefCell;
use std::io::{self, Cursor, Read};

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
    let packed = Packed { part: &part, at: 0, length, unread: &unread };
    let mut reader = reader(packed, coding).map_err(|error| damaged(&error))?;
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

/// What came of a packed body.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) bytes: Vec<u8>,
    /// Whether the packing ended before its end.
    pub(super) is_cut: bool,
}

/// The first `most` bytes of what is packed in these; all that there are where they were cut short after some.
pub(super) fn unpacked(packed: &[u8], coding: Coding, most: usize) -> io::Result<Unpacked> {
    let mut bytes = Vec::new();
    let read = reader(packed, coding).and_then(|reader| reader.take(most as u64).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && !bytes.is_empty() => {
            Ok(Unpacked { bytes, is_cut: true })
        }
        // A body without a byte is an empty page, whatever it says of its coding.
        Err(error) if !packed.is_empty() => Err(error),
        _ => Ok(Unpacked { bytes, is_cut: false }),
    }
}

fn reader<'a>(mut packed: impl Read + 'a, coding: Coding) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match coding {
        Coding::Gzip => Box::new(MultiGzDecoder::new(packed)),
        Coding::Deflate => {
            let mut begin = Vec::new();
            packed.by_ref().take(2).read_to_end(&mut begin)?;
            let (has_head, packed) = (is_zlib(&begin), Cursor::new(begin).chain(packed));
            if has_head { Box::new(ZlibDecoder::new(packed)) } else { Box::new(DeflateDecoder::new(packed)) }
        }
        Coding::Plain => Box::new(packed),
    })
}

/// Whether what is packed with deflate begins with the head that belongs there. Some servers leave it out, and browsers
/// take that.
fn is_zlib(begin: &[u8]) -> bool {
    matches!(begin, [method, flags]
        if method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    #[test]
    fn every_packing_is_taken_and_one_that_ends_too_early_says_so() {
        let page: Vec<u8> = (0..3000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        for packer in [&mut gzip as &mut dyn Write, &mut zlib, &mut raw] {
            packer.write_all(&page).expect("packed");
        }
        for (packed, coding) in [
            (gzip.finish().expect("packed"), Coding::Gzip),
            (zlib.finish().expect("packed"), Coding::Deflate),
            (raw.finish().expect("packed"), Coding::Deflate),
        ] {
            let whole = unpacked(&packed, coding, page.len()).expect("unpacked");
            assert!(whole.bytes == page && !whole.is_cut, "{coding:?}");
            let cut = unpacked(&packed[..packed.len() / 2], coding, page.len() + 1).expect("a beginning");
            assert!(cut.is_cut && page.starts_with(&cut.bytes), "{coding:?}");
            unpacked(&packed[..1], coding, page.len()).expect_err("nothing");
            assert!(unpacked(&[], coding, page.len()).expect("nothing at all").bytes.is_empty());
        }
        unpacked(b"plain text, and not packed", Coding::Deflate, 100).expect_err("not packed");
    }
}
