//! What the segments of a JPEG file say.

use super::super::meta::Meta;
use super::super::meta::gather::resource;
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
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Segments {
    /// The TIFF structure with the orientation in it.
    pub(in super::super) exif: Option<Vec<u8>>,
    /// The XMP document.
    pub(in super::super) xmp: Option<Vec<u8>>,
    /// The IPTC records.
    pub(in super::super) iptc: Option<Vec<u8>>,
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
        let mut at = 2;
        while let Some(marker_at) = next_marker(bytes, at) {
            let marker = bytes[marker_at + 1];
            at = marker_at + 2;
            match marker {
                0xd9 => {
                    segments.ends = true;
                    break;
                }
                0x01 | 0xd0..=0xd8 => continue,
                0xc2 => segments.progressive = true,
                _ => {}
            }
            let Some(body) = segment_body(bytes, at) else { break };
            at += 2 + body.len();
            match marker {
                0xe1 if segments.exif.is_none() && body.starts_with(EXIF_MARK) => {
                    segments.exif = Some(body[EXIF_MARK.len()..].to_vec());
                }
                0xe1 if segments.xmp.is_none() => segments.xmp = body.strip_prefix(XMP_MARK).map(<[u8]>::to_vec),
                0xed if segments.iptc.is_none() => segments.iptc = resource(body),
                0xe2 if body.starts_with(MPF_MARK) => {
                    let start = at - body.len() + MPF_MARK.len();
                    segments.lacks |= lacks_pictures(&body[MPF_MARK.len()..], bytes.len() - start);
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
        Meta { exif: self.exif.clone(), xmp: self.xmp.clone(), iptc: self.iptc.clone() }
    }
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

fn segment_body(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    bytes.get(at + 2..at + length.max(2))
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
    let mut at = 2;
    while let Some(marker_at) = next_marker(bytes, at) {
        let marker = bytes[marker_at + 1];
        at = marker_at + 2;
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            continue;
        }
        let Some(body) = segment_body(bytes, at) else { break };
        if marker == 0xda {
            clean.extend(&bytes[marker_at..]);
            break;
        }
        at += 2 + body.len();
        let is_kept = match marker {
            0xee => body.len() >= 12,
            0xe1..=0xed | 0xef | 0xfe => false,
            _ => true,
        };
        if is_kept {
            clean.extend(&bytes[marker_at..at]);
        }
    }
    clean
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
