//! What the segments of a JPEG file say.

use super::super::meta::gather::resource;
use super::super::meta::resolution::Resolution;
use super::super::meta::{Meta, Said};
use super::super::tiff::directory::File;

/// What precedes the TIFF header in an APP1 segment with EXIF data.
const EXIF_MARK: &[u8] = b"Exif\0\0";

/// What begins an APP1 segment with an XMP document.
const XMP_MARK: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// What begins an APP2 segment with an index of further pictures.
const MPF_MARK: &[u8] = b"MPF\0";

/// What begins an APP2 segment with a part of a colour profile; its number and the count follow.
const ICC_MARK: &[u8] = b"ICC_PROFILE\0";

/// What a JPEG file says about itself besides its pixels.
#[derive(Debug, Default, PartialEq)]
pub(in super::super) struct Segments {
    /// The TIFF structure with the orientation in it.
    pub(in super::super) exif: Option<Vec<u8>>,
    /// The XMP document.
    pub(in super::super) xmp: Option<Vec<u8>>,
    /// The IPTC records.
    pub(in super::super) iptc: Option<Vec<u8>>,
    /// What JFIF says of its size in print.
    pub(in super::super) resolution: Option<Resolution>,
    /// The colour profile.
    pub(in super::super) icc: Option<Vec<u8>>,
    /// Whether it is made of several scans, each finer than the one before.
    pub(in super::super) progressive: bool,
    /// Whether the end marker follows the picture's data: a file that was cut short has none.
    pub(in super::super) ends: bool,
    /// Whether the file ends before a further picture that it names: another exposure, a map of depths.
    pub(in super::super) lacks: bool,
}

impl Segments {
    /// Walks the markers of a file. Whatever is malformed is left out.
    pub(in super::super) fn read(bytes: &[u8]) -> Segments {
        let mut segments = Segments::default();
        let mut icc_parts: Vec<(u8, &[u8])> = Vec::new();
        for Segment { marker, start, body } in segments_of(bytes) {
            match marker {
                0xd9 => segments.ends = true,
                0xc2 => segments.progressive = true,
                0xe0 if segments.resolution.is_none() => segments.resolution = Resolution::of_jfif(body),
                0xe1 if segments.exif.is_none() && body.starts_with(EXIF_MARK) => {
                    segments.exif = Some(body[EXIF_MARK.len()..].to_vec());
                }
                0xe1 if segments.xmp.is_none() => segments.xmp = body.strip_prefix(XMP_MARK).map(<[u8]>::to_vec),
                0xed if segments.iptc.is_none() => segments.iptc = resource(body),
                0xe2 if body.starts_with(MPF_MARK) => {
                    let room = bytes.len() - (start + 4 + MPF_MARK.len());
                    segments.lacks |= lacks_pictures(&body[MPF_MARK.len()..], room);
                }
                0xe2 => {
                    icc_parts
                        .extend(body.strip_prefix(ICC_MARK).and_then(|part| Some((*part.first()?, part.get(2..)?))));
                }
                _ => {}
            }
        }
        icc_parts.sort_by_key(|(number, _)| *number);
        let icc: Vec<u8> = icc_parts.into_iter().flat_map(|(_, part)| part).copied().collect();
        segments.icc = (!icc.is_empty()).then_some(icc);
        segments
    }

    /// What it says besides its pixels and their colours.
    pub(in super::super) fn meta(&self) -> Meta {
        let said = Said { resolution: self.resolution, ..Said::default() };
        Meta { exif: self.exif.clone(), xmp: self.xmp.clone(), iptc: self.iptc.clone(), said }
    }
}

/// Whether a file is packed as JPEG-LS, which has little but its markers in common with JPEG.
pub(super) fn is_ls(bytes: &[u8]) -> bool {
    segments_of(bytes).take_while(|segment| segment.marker != 0xda).any(|segment| segment.marker == 0xf7)
}

/// A marker of a JPEG file, with what belongs to it.
#[derive(Debug, Clone, Copy)]
struct Segment<'a> {
    marker: u8,
    /// Where the marker begins.
    start: usize,
    /// Behind the length; empty where there is none.
    body: &'a [u8],
}

impl Segment<'_> {
    fn has_body(self) -> bool {
        !matches!(self.marker, 0x01 | 0xd0..=0xd9)
    }

    fn end(self) -> usize {
        self.start + if self.has_body() { 4 + self.body.len() } else { 2 }
    }
}

/// The segments of a file up to the end marker of its picture, or to the last one that is there in full.
fn segments_of(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut at = Some(2);
    std::iter::from_fn(move || {
        let start = next_marker(bytes, at.take()?)?;
        let mut segment = Segment { marker: bytes[start + 1], start, body: &[] };
        if segment.has_body() {
            let length = usize::from(u16::from_be_bytes(*bytes.get(start + 2..)?.first_chunk()?));
            segment.body = bytes.get(start + 4..start + 2 + length.max(2))?;
        }
        at = Some(segment.end()).filter(|_| segment.marker != 0xd9);
        Some(segment)
    })
}

/// The next marker from `at` on. Within entropy-coded data, stuffed zeros and fill bytes are no markers.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let marker = at + memchr::memchr(0xff, bytes.get(at..)?)?;
        if !matches!(bytes.get(marker + 1)?, 0 | 0xff) {
            return Some(marker);
        }
        at = marker + 1;
    }
}

/// Whether an index of pictures names one that does not lie within so many bytes, counted from the index.
fn lacks_pictures(index: &[u8], room: usize) -> bool {
    let Ok((file, first)) = File::open(index) else { return false };
    let Ok(directory) = file.directory(first) else { return false };
    let entries = directory.bytes(file, 0xb002).unwrap_or_default();
    (0..entries.len() / 16).any(|entry| {
        let at = directory.fields.get(&0xb002).map_or(0, |field| field.at) + entry * 16;
        let (length, offset) = (file.u32(at + 4).unwrap_or(0) as usize, file.u32(at + 8).unwrap_or(0) as usize);
        // The first picture is the file itself, and has no offset.
        offset > 0 && offset.saturating_add(length) > room
    })
}

/// The file with nothing in its head but what decoding needs.
#[cfg(feature = "turbojpeg")]
pub(super) fn clean(bytes: &[u8]) -> Vec<u8> {
    let mut clean = vec![0xff, 0xd8];
    for segment in segments_of(bytes).filter(|segment| segment.has_body()) {
        if segment.marker == 0xda {
            clean.extend(&bytes[segment.start..]);
            break;
        }
        let is_kept = match segment.marker {
            0xee => segment.body.len() >= 12,
            0xe1..=0xed | 0xef | 0xfe => false,
            _ => true,
        };
        if is_kept {
            clean.extend(&bytes[segment.start..segment.end()]);
        }
    }
    clean
}

/// The first picture of a file with its colour profile, and nothing else that it says: no resolution, no thumbnail, no words
/// between its scans, no further pictures behind it. `None`: it has no end.
pub(in super::super) fn without_meta(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut bare = vec![0xff, 0xd8];
    let mut segments = segments_of(bytes).peekable();
    while let Some(segment) = segments.next() {
        let whole = &bytes[segment.start..segment.end()];
        match segment.marker {
            0xd9 => {
                bare.extend(whole);
                return Some(bare);
            }
            // The data of the picture follows, up to the next marker.
            0x01 | 0xd0..=0xd7 | 0xda => bare.extend(&bytes[segment.start..segments.peek()?.start]),
            // JFIF tells the resolution, or without a unit the shape of a pixel, and has room for a thumbnail.
            0xe0 if segment.body.starts_with(b"JFIF\0") && segment.body.len() >= 14 => {
                bare.extend([0xff, 0xe0, 0, 16]);
                bare.extend(&segment.body[..7]);
                bare.extend(if segment.body[7] == 0 { &segment.body[7..12] } else { &[0, 0, 1, 0, 1] });
                bare.extend([0, 0]);
            }
            0xe2 if segment.body.starts_with(ICC_MARK) => bare.extend(whole),
            // Adobe's mark tells how to decode it.
            0xee if segment.body.starts_with(b"Adobe") => bare.extend(&whole[..whole.len().min(16)]),
            0xe0..=0xfe => {}
            _ => bare.extend(whole),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::meta::embed::into_jpeg;
    use super::*;

    #[test]
    fn a_profile_goes_in_and_comes_out_whole() {
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xda, 0, 2, 9, 9, 0xff, 0, 9, 0xff, 0xd9];
        let icc: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        let read = Segments::read(&into_jpeg(&jpeg, &Meta::default(), Some(&icc)));
        assert_eq!(read.icc, Some(icc));
        assert!(read.ends);
        assert!(!Segments::read(&jpeg[..jpeg.len() - 2]).ends, "a cut file has no end");
    }

    #[test]
    fn a_thumbnails_end_marker_is_not_the_files() {
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe1, 0, 12];
        jpeg.extend(b"Exif\0\0\xff\xd8\xff\xd9");
        jpeg.extend([0xff, 0xda, 0, 2, 1, 2, 3]);
        let read = Segments::read(&jpeg);
        assert!(read.exif.is_some() && !read.ends);
    }
}
