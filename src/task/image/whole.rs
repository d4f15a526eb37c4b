//! Whether a file is there to its end, by what its own structure says. Decoders stop at the last pixel that they need, and
//! some fill in what is missing; a file that was cut short is a failure all the same.

use super::fault::Fault;
use super::kind::Kind;

/// Checks the kinds that tell where they end.
pub(super) fn check(bytes: &[u8], kind: Kind) -> Result<(), Fault> {
    let is_whole = match kind {
        Kind::Png => png(bytes),
        Kind::Webp => webp(bytes),
        Kind::Gif => gif(bytes),
        Kind::Qoi => bytes.ends_with(b"\0\0\0\0\0\0\0\x01"),
        Kind::Pnm => plain_pnm(bytes),
        Kind::Jxl => boxes(bytes),
        _ => true,
    };
    if is_whole { Ok(()) } else { Err(Fault::Short) }
}

/// The last chunk is there, with its checksum.
fn png(bytes: &[u8]) -> bool {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        at += length.saturating_add(12);
        if &head[4..] == b"IEND" {
            return at <= bytes.len();
        }
    }
    false
}

/// The file is as long as it says.
fn webp(bytes: &[u8]) -> bool {
    let Some(length) = bytes.get(4..8) else { return false };
    let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
    length.saturating_add(8) <= bytes.len()
}

/// The trailer follows the last block.
fn gif(bytes: &[u8]) -> bool {
    walk_gif(bytes, |_, _| ())
}

/// Goes through the blocks of a GIF file, and answers whether they end with the trailer. `see` is told the mark of each
/// block, and its body up to the next one.
pub(super) fn walk_gif(bytes: &[u8], mut see: impl FnMut(u8, &[u8])) -> bool {
    let table = |packed: u8| if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) };
    let Some(packed) = bytes.get(10) else { return false };
    let mut at = 13 + table(*packed);
    loop {
        let Some(&mark) = bytes.get(at) else { return false };
        let start = match mark {
            0x3b => return true,
            0x21 => at + 2,
            0x2c => match bytes.get(at + 9) {
                Some(packed) => at + 10 + table(*packed) + 1,
                None => return false,
            },
            // Some writers leave zeros between blocks.
            0 => {
                at += 1;
                continue;
            }
            _ => return false,
        };
        at = start;
        loop {
            let Some(&length) = bytes.get(at) else { return false };
            at += 1 + usize::from(length);
            if length == 0 {
                break;
            }
        }
        see(mark, bytes.get(start..at).unwrap_or_default());
    }
}

/// A file in boxes has the last one in full.
fn boxes(bytes: &[u8]) -> bool {
    let mut rest = if bytes.starts_with(b"\0\0\0\x0cJXL ") { bytes } else { return true };
    while !rest.is_empty() {
        let Some(head) = rest.first_chunk::<8>() else { return false };
        let length = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
            // To the end of the file.
            0 => return true,
            1 => match rest.get(8..).and_then(|rest| rest.first_chunk()) {
                Some(length) => usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX),
                None => return false,
            },
            length => length as usize,
        };
        match rest.get(length.max(8)..) {
            Some(tail) => rest = tail,
            None => return false,
        }
    }
    true
}

/// The last number of a plain file is followed by white space, or it may have had more digits.
fn plain_pnm(bytes: &[u8]) -> bool {
    !matches!(bytes, [b'P', b'2' | b'3', ..]) || bytes.last().is_some_and(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_lack_their_end_are_found() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\0IENDcrc!";
        let gif = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
        let webp = b"RIFF\x08\0\0\0WEBPVP8 ";
        for (bytes, kind) in [(&png[..], Kind::Png), (gif, Kind::Gif), (webp, Kind::Webp), (b"P2 1 1 9 5\n", Kind::Pnm)]
        {
            assert!(check(bytes, kind).is_ok(), "{kind:?}");
            // Of plain text only a last number that may go on is found here; what lacks numbers is found in decoding.
            let from = if kind == Kind::Pnm { bytes.len() - 1 } else { 4 };
            for length in from..bytes.len() {
                assert!(check(&bytes[..length], kind).is_err(), "{kind:?} of {length} bytes");
            }
        }
    }
}
