//! Whether a file is there to its end, by what its own structure says. Decoders stop at the last pixel that they need, and
//! some fill in what is missing; a file that was cut short is a failure all the same.

use super::chunks::{self, Block};
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
    chunks::png(bytes).any(|chunk| &chunk.name == b"IEND")
}

/// The file is as long as it says.
fn webp(bytes: &[u8]) -> bool {
    let Some(length) = bytes.get(4..8) else { return false };
    let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
    length.saturating_add(8) <= bytes.len()
}

/// The trailer follows the last block.
fn gif(bytes: &[u8]) -> bool {
    chunks::gif(bytes).any(|block| block == Block::Trailer)
}

/// A file in boxes has the last one in full.
fn boxes(bytes: &[u8]) -> bool {
    !chunks::is_boxed(bytes) || chunks::jxl(bytes).map(|part| part.bytes.len()).sum::<usize>() == bytes.len()
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
