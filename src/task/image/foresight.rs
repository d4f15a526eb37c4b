//! What a large file will take, before it is read: memory is asked for once, and the file itself is part of it.

use super::animation::MOST_AT_ONCE;
use super::jpeg;
use super::kind::Kind;
use super::tiff::directory::File as Tiff;
use crate::model::recipe::FitBox;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Where the header of a picture is, in nearly every file.
const HEAD_BYTES: u64 = 512 << 10;

/// Width, height and the bytes of the decoded picture, or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreseen {
    pub(super) size: (u32, u32),
    pub(super) decoded: u64,
}

/// Looks into a file of this length, and leaves it at its beginning. `fit` lets a decoder skip detail.
pub(super) fn look(file: &mut File, length: u64, fit: Option<FitBox>) -> io::Result<Foreseen> {
    let head = part(file, 0)?;
    let kind = Kind::of(&head);
    let directory = if kind == Some(Kind::Tiff) { tiff(file, &head)? } else { None };
    file.rewind()?;
    let known = directory.or_else(|| of_head(&head, kind?, fit));
    Ok(known.unwrap_or_else(|| {
        // Nobody knows; what packs little is told by its length, and what packs much has a header to be found.
        Foreseen { size: (1, 1), decoded: length.saturating_mul(4) }
    }))
}

fn part(file: &mut File, at: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(HEAD_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn of_head(head: &[u8], kind: Kind, fit: Option<FitBox>) -> Option<Foreseen> {
    let le = |at: usize| Some(u32::from(u16::from_le_bytes(*head.get(at..)?.first_chunk()?)));
    let le_32 = |at: usize| Some(u32::from_le_bytes(*head.get(at..)?.first_chunk()?));
    let be_32 = |at: usize| Some(u32::from_be_bytes(*head.get(at..)?.first_chunk()?));
    let (size, bytes) = match kind {
        Kind::Jpeg => return jpeg(head, fit),
        Kind::Png => ((be_32(16)?, be_32(20)?), if *head.get(24)? == 16 { 8 } else { 4 }),
        Kind::Gif => ((le(6)?, le(8)?), 4),
        Kind::Bmp if le_32(14)? == 12 => ((le(18)?, le(20)?), 4),
        Kind::Bmp => ((le_32(18)?, le_32(22)?.cast_signed().unsigned_abs()), if le(28)? <= 24 { 3 } else { 4 }),
        Kind::Qoi => ((be_32(4)?, be_32(8)?), 4),
        Kind::Tga => ((le(12)?, le(14)?), 8),
        // The most that the format has.
        Kind::Webp => ((16_383, 16_383), 4),
        _ => return None,
    };
    let size = if kind == Kind::Webp { webp(head)? } else { size };
    // Of an animation, several frames are worked on at once.
    let moves = match kind {
        Kind::Gif => true,
        Kind::Webp => head.get(12..16) == Some(b"VP8X") && head.get(20).is_some_and(|flags| flags & 2 != 0),
        Kind::Png => head.windows(4).any(|window| window == b"acTL"),
        _ => false,
    };
    let bytes = if moves { bytes * (MOST_AT_ONCE as u64 + 1) } else { bytes };
    Some(Foreseen { size, decoded: u64::from(size.0).saturating_mul(u64::from(size.1)).saturating_mul(bytes) })
}

fn webp(head: &[u8]) -> Option<(u32, u32)> {
    let three = |at: usize| {
        let bytes = head.get(at..at + 3)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]))
    };
    match head.get(12..16)? {
        b"VP8X" => Some((three(24)? + 1, three(27)? + 1)),
        b"VP8L" => {
            let bits = u32::from_le_bytes(*head.get(21..)?.first_chunk()?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => Some((three(26)? & 0x3fff, three(28)? & 0x3fff)),
    }
}

fn jpeg(head: &[u8], fit: Option<FitBox>) -> Option<Foreseen> {
    let mut at = 2;
    loop {
        let [0xff, marker, high, low] = *head.get(at..at + 4)? else { return None };
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let frame = head.get(at + 5..at + 10)?;
            let side = |at: usize| u32::from(u16::from_be_bytes([frame[at], frame[at + 1]]));
            let size = (side(2), side(0));
            let samples = |(width, height): (u32, u32)| u64::from(width) * u64::from(height) * u64::from(frame[4]);
            let decoded = samples(jpeg::decoded_size(size, fit));
            // In several scans, all coefficients are held; four channels become three beside them.
            let coefficients = if matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce) { samples(size) * 2 } else { 0 };
            let beside = if frame[4] == 4 { decoded } else { 0 };
            return Some(Foreseen { size, decoded: decoded + coefficients + beside });
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
}

/// The directory of a TIFF file may lie anywhere. Where its longer values lie does not matter here.
fn tiff(file: &mut File, head: &[u8]) -> io::Result<Option<Foreseen>> {
    let Ok((whole, first)) = Tiff::open(head) else { return Ok(None) };
    let mut bytes = head.to_vec();
    let mut at = first;
    if first as usize + 4096 > head.len() {
        // As if the directory lay right behind the header.
        bytes = head[..16.min(head.len())].to_vec();
        bytes.extend(part(file, first)?);
        at = 16;
    }
    let read = Tiff { bytes: &bytes, ..whole };
    let Ok(directory) = read.directory(at) else { return Ok(None) };
    let number = |tag: u16| directory.number(read, tag);
    let (Some(width), Some(height)) = (number(256), number(257)) else { return Ok(None) };
    let size = (width.min(u64::from(u32::MAX)) as u32, height.min(u64::from(u32::MAX)) as u32);
    // Several depths lie elsewhere; no sample has more than 32 bits once decoded.
    let samples = number(277).unwrap_or(1).clamp(1, 5);
    let depth = match directory.elsewhere.get(&258) {
        Some(at) => {
            let bytes = part(file, *at)?;
            bytes
                .first_chunk()
                .map(|bytes| if read.big_endian { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) })
        }
        None => number(258).map_or(Some(1), |depth| u16::try_from(depth).ok()),
    };
    let bytes = match depth {
        Some(0..=8) => 1,
        Some(9..=16) => 2,
        // No sample has more than 32 bits once decoded.
        _ => 4,
    };
    let of_pixels = |width: u64, height: u64| width.saturating_mul(height).saturating_mul(samples * bytes);
    let (all, rows) = (of_pixels(width, height), number(278).unwrap_or(height).min(height));
    let chunk = match (number(322), number(323)) {
        (Some(width), Some(height)) => of_pixels(width, height),
        _ => of_pixels(width, rows),
    };
    Ok(Some(Foreseen { size, decoded: all.saturating_add(chunk) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_large_tiff_tells_its_size_from_its_end() {
        let mut bytes = b"II*\0\0\0\x10\0".to_vec();
        bytes.resize(1 << 20, 0);
        bytes.extend(b"\x02\0\0\x01\x04\0\x01\0\0\0\x20\x03\0\0\x01\x01\x03\0\x01\0\0\0\x58\x02\0\0\0\0\0\0");
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&bytes).expect("written");
        let foreseen = look(&mut file, bytes.len() as u64, None).expect("read");
        assert_eq!(foreseen, Foreseen { size: (800, 600), decoded: 800 * 600 * 2 });
        assert_eq!(file.stream_position().expect("a place"), 0);
    }
}
