//! Taking metadata out of files without touching their pixels.

use super::super::kind::Kind;

/// The file without metadata; its colour profile stays. `None`: that is not possible for files of this kind.
pub(in super::super) fn without_meta(bytes: &[u8], kind: Kind) -> Option<Vec<u8>> {
    match kind {
        Kind::Jpeg => jpeg(bytes),
        Kind::Png => png(bytes),
        Kind::Webp => webp(bytes),
        _ => None,
    }
}

fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..2)?.to_vec();
    let mut at = 2;
    loop {
        let [0xff, marker, high, low] = *bytes.get(at..at + 4)? else { return None };
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let segment = bytes.get(at..end)?;
        match marker {
            // Everything from the first scan on.
            0xda => {
                let end = bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9])? + 2;
                out.extend(bytes.get(at..end)?);
                return Some(out);
            }
            0xe2 if segment[4..].starts_with(b"ICC_PROFILE\0") => out.extend(segment),
            // JFIF and Adobe's mark tell how to decode it.
            0xe1..=0xed | 0xef | 0xfe => {}
            _ => out.extend(segment),
        }
        at = end;
    }
}

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..8)?.to_vec();
    let mut at = 8;
    loop {
        let head = bytes.get(at..at + 8)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let end = at.checked_add(length)?.checked_add(12)?;
        if !matches!(&head[4..], b"eXIf" | b"iTXt" | b"tEXt" | b"zTXt" | b"tIME") {
            out.extend(bytes.get(at..end)?);
        }
        if &head[4..] == b"IEND" {
            return Some(out);
        }
        at = end;
    }
}

fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..12)?.to_vec();
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let end = at.checked_add(8)?.checked_add(length.next_multiple_of(2))?;
        let start = out.len();
        if !matches!(&head[..4], b"EXIF" | b"XMP ") {
            out.extend(bytes.get(at..end)?);
        }
        if &head[..4] == b"VP8X" && length >= 10 {
            // Neither EXIF nor XMP.
            out[start + 8] &= !0x0c;
        }
        at = end;
    }
    let length = (out.len() - 8) as u32;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Some(out)
}
