//! Putting metadata and colour profiles into files that encoders wrote without.

use super::super::chunks;
use super::resolution::Resolution;
use super::{Meta, exif};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// The most that a JPEG segment holds besides its length.
const SEGMENT: usize = 65_533;
const EXIF_MARK: &[u8] = b"Exif\0\0";
const XMP_MARK: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const RESOURCE_MARK: &[u8] = b"Photoshop 3.0\0";
const ICC_MARK: &[u8] = b"ICC_PROFILE\0";

/// A JPEG file with these, behind its first segment. What is too large for the format is left out.
pub(in super::super) fn into_jpeg(jpeg: &[u8], meta: &Meta, icc: Option<&[u8]>) -> Vec<u8> {
    let after_first = match jpeg.get(2..6) {
        Some([0xff, 0xe0, high, low]) => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 2,
    };
    let (head, rest) = jpeg.split_at(after_first.min(jpeg.len()));
    let (mut head, mut segments) = (head.to_vec(), Vec::new());
    let resolution = meta.exif.as_deref().and_then(Resolution::of_exif);
    let is_said = resolution.is_some_and(|resolution| resolution.into_jfif(&mut head));
    if let Some(exif) = unsaid(meta, is_said) {
        segment(&mut segments, 0xe1, &[EXIF_MARK, exif]);
    }
    if let Some(xmp) = &meta.xmp {
        segment(&mut segments, 0xe1, &[XMP_MARK, xmp]);
    }
    if let Some(iptc) = &meta.iptc {
        segment(&mut segments, 0xed, &[RESOURCE_MARK, &resource(iptc)]);
    }
    if let Some(icc) = icc {
        let parts = icc.chunks(SEGMENT - ICC_MARK.len() - 2);
        // Larger profiles than 255 parts, 16 MB, do not fit the format.
        if let Ok(count) = u8::try_from(parts.len()) {
            for (part, number) in parts.zip(1_u8..) {
                segment(&mut segments, 0xe2, &[ICC_MARK, &[number, count], part]);
            }
        }
    }
    [&head, &segments, rest].concat()
}

/// EXIF data that tell more than the format itself, which may say the resolution already.
fn unsaid(meta: &Meta, says_resolution: bool) -> Option<&[u8]> {
    meta.exif.as_deref().filter(|exif| !says_resolution || !exif::says_resolution_alone(exif))
}

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if length <= SEGMENT {
        out.extend([0xff, marker]);
        out.extend((length as u16 + 2).to_be_bytes());
        for part in parts {
            out.extend(*part);
        }
    }
}

/// IPTC records as Photoshop keeps them.
fn resource(iptc: &[u8]) -> Vec<u8> {
    let mut resource = b"8BIM\x04\x04\0\0".to_vec();
    resource.extend((iptc.len() as u32).to_be_bytes());
    resource.extend(iptc);
    resource.resize(resource.len().next_multiple_of(2), 0);
    resource
}

/// A PNG file with these, behind its header.
pub(in super::super) fn into_png(png: &[u8], meta: &Meta, icc: Option<&[u8]>) -> Vec<u8> {
    const HEADER_END: usize = 33;
    let mut new = Vec::new();
    if let Some(icc) = icc {
        chunk(&mut new, b"iCCP", &[b"ICC profile\0\0", &deflated(icc)]);
    }
    let resolution = meta.exif.as_deref().and_then(Resolution::of_exif);
    let there = chunks::png(png).find(|chunk| &chunk.name == b"pHYs").map(|chunk| chunk.data.to_vec());
    // Less than one pixel to the metre is none there.
    let added = resolution.map(Resolution::png).filter(|data| there.is_none() && Resolution::of_png(data).is_some());
    if let Some(data) = &added {
        chunk(&mut new, b"pHYs", &[data]);
    }
    let said = there.or(added).as_deref().and_then(Resolution::of_png);
    let is_said = resolution.zip(said).is_some_and(|(resolution, said)| resolution.is_about(said));
    if let Some(exif) = unsaid(meta, is_said) {
        chunk(&mut new, b"eXIf", &[exif]);
    }
    if let Some(xmp) = &meta.xmp {
        chunk(&mut new, b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", xmp]);
    }
    if let Some(iptc) = &meta.iptc {
        let resource = resource(iptc);
        let mut text = format!("\niptc\n{:8}\n", resource.len());
        for line in resource.chunks(36) {
            text.push_str(&data_encoding::HEXLOWER.encode(line));
            text.push('\n');
        }
        chunk(&mut new, b"zTXt", &[b"Raw profile type iptc\0\0", &deflated(text.as_bytes())]);
    }
    let (head, rest) = png.split_at(HEADER_END.min(png.len()));
    [head, &new, rest].concat()
}

pub(super) fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    encoder.write_all(data).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// Writes a chunk of a PNG file.
pub(in super::super) fn chunk(out: &mut Vec<u8>, name: &[u8; 4], parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.extend((length as u32).to_be_bytes());
    let mut crc = flate2::Crc::new();
    for part in [&name[..]].iter().chain(parts) {
        crc.update(part);
        out.extend(*part);
    }
    out.extend(crc.sum().to_be_bytes());
}

/// Marks of the extended header of WebP.
const HAS_ICC: u8 = 0x20;
pub(in super::super) const HAS_ALPHA: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// A WebP file with these, in an extended header and chunks before and after the picture.
pub(in super::super) fn into_webp(
    webp: Vec<u8>,
    meta: &Meta,
    icc: Option<&[u8]>,
    (width, height): (u32, u32),
) -> Vec<u8> {
    if icc.is_none() && meta.exif.is_none() && meta.xmp.is_none() {
        return webp;
    }
    extended(&webp, meta, icc, (width, height))
}

/// A WebP file that may have a profile already, with metadata.
pub(in super::super) fn add_to_webp(webp: Vec<u8>, meta: &Meta, size: (u32, u32)) -> Vec<u8> {
    if meta.exif.is_none() && meta.xmp.is_none() { webp } else { extended(&webp, meta, None, size) }
}

fn extended(webp: &[u8], meta: &Meta, icc: Option<&[u8]>, size: (u32, u32)) -> Vec<u8> {
    let chunks = webp.get(12..).unwrap_or_default();
    let (flags, chunks) = match chunks.strip_prefix(b"VP8X") {
        Some(header) => (header.get(4).copied().unwrap_or(HAS_ALPHA), chunks.get(18..).unwrap_or_default()),
        // A lossless picture says itself whether it has transparency; the header must not contradict.
        None if chunks.starts_with(b"VP8L") => {
            (if chunks.get(12).is_some_and(|byte| byte & 0x10 != 0) { HAS_ALPHA } else { 0 }, chunks)
        }
        None => (0, chunks),
    };
    let head = webp_head(flags, meta, icc, size);
    let tail = webp_tail(meta);
    let length = (b"WEBP".len() + head.len() + chunks.len() + tail.len()) as u32;
    [&b"RIFF"[..], &length.to_le_bytes(), b"WEBP", &head, chunks, &tail].concat()
}

/// The chunks of a WebP file before its picture: an extended header with these marks, and what belongs there.
pub(in super::super) fn webp_head(
    mut flags: u8,
    meta: &Meta,
    icc: Option<&[u8]>,
    (width, height): (u32, u32),
) -> Vec<u8> {
    for (there, flag) in [(icc.is_some(), HAS_ICC), (meta.exif.is_some(), HAS_EXIF), (meta.xmp.is_some(), HAS_XMP)] {
        flags |= if there { flag } else { 0 };
    }
    let side = |length: u32| (length - 1).to_le_bytes();
    let header = [&[flags, 0, 0, 0][..], &side(width)[..3], &side(height)[..3]].concat();
    let mut head = Vec::new();
    riff_chunk(&mut head, *b"VP8X", &header);
    if let Some(icc) = icc {
        riff_chunk(&mut head, *b"ICCP", icc);
    }
    head
}

/// The chunks behind its picture.
pub(in super::super) fn webp_tail(meta: &Meta) -> Vec<u8> {
    let mut tail = Vec::new();
    if let Some(exif) = &meta.exif {
        riff_chunk(&mut tail, *b"EXIF", exif);
    }
    if let Some(xmp) = &meta.xmp {
        riff_chunk(&mut tail, *b"XMP ", xmp);
    }
    tail
}

/// Writes a chunk of a WebP file.
pub(in super::super) fn riff_chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    out.extend(name);
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out.resize(out.len().next_multiple_of(2), 0);
}

#[cfg(test)]
mod tests {
    use super::super::exif::Entries;
    use super::*;

    #[test]
    fn a_png_says_the_resolution_once_and_wherever_it_fits() {
        let header = [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &[0; 17]].concat();
        let said = |per_inch: u32, divisor: u32| {
            let main = exif::resolution_entries([per_inch; 2], divisor, 2, true).to_vec();
            let exif = Some(Entries { big_endian: true, main, ..Entries::default() }.write());
            let png = into_png(&header, &Meta { exif, ..Meta::default() }, None);
            chunks::png(&png).map(|chunk| chunk.name).collect::<Vec<_>>()
        };
        assert_eq!(said(300, 1), [*b"IHDR", *b"pHYs"]);
        assert_eq!(said(1, 100), [*b"IHDR", *b"eXIf"], "less than a pixel to the metre");
    }
}
