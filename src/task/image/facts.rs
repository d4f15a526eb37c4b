//! What a picture's file says of itself: read for somebody who looks at it, and beside every conversion. Only what stands
//! in front of the pixels is unpacked, and no text is longer than a line.

use super::Limits;
use super::decode;
use super::kind::Kind;
use super::meta::exif::Entries;
use super::meta::gather::gather;
use super::profile;
use super::source::{self, Contents};
use crate::model::{Failure, Output, PictureFacts};
use crate::task::Ctx;
use image::{ImageDecoder, ImageFormat};
use std::io::Cursor;

/// A file larger than this is not looked into.
const LIMITS: Limits = Limits { pixels: u64::MAX, decoded_bytes: u64::MAX, file_bytes: 128 << 20 };

/// The longest text, in letters.
const LONGEST: usize = 80;

const MAKE: u16 = 271;
const MODEL: u16 = 272;
const CHANGED: u16 = 306;
const TAKEN: u16 = 36_867;

/// Reads the facts of the input. `name` is for sentences.
///
/// # Errors
///
/// Fails where the file cannot be read, is empty, has more than 128 MiB or is no picture that Millrace reads, where
/// there is no memory for it, and once cancelled.
pub fn run(name: &str, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    let input = ctx.files.input.as_deref().unwrap_or_else(|| std::path::Path::new(name));
    let (file, length) = source::open(ctx.handles, input, name, LIMITS)?;
    ctx.reserve(name, length)?;
    let bytes = source::read(file, length, name)?;
    ctx.checkpoint()?;
    match source::contents(&bytes, name) {
        Contents::Picture(kind) => {
            Ok(Output { bytes_in: length, facts: Some(Box::new(facts(&bytes, kind))), ..Output::default() })
        }
        Contents::Other(what) => Err(source::unsupported(name, what)),
    }
}

fn facts(bytes: &[u8], kind: Kind) -> PictureFacts {
    let meta = gather(bytes, kind);
    let exif = meta.exif.as_deref().and_then(Entries::of).unwrap_or_default();
    let said = |entries: &[super::meta::exif::Entry], tag| {
        let entry = entries.iter().find(|entry| entry.tag == tag && entry.kind == 2)?;
        line(&String::from_utf8_lossy(&entry.value))
    };
    let (make, model) = (said(&exif.main, MAKE), said(&exif.main, MODEL));
    let camera = match (make, model) {
        // Most models begin with their maker.
        (Some(make), Some(model)) if !model.starts_with(make.split(' ').next().unwrap_or(&make)) => {
            line(&format!("{make} {model}"))
        }
        (make, model) => model.or(make),
    };
    PictureFacts {
        format: kind.name().to_owned(),
        profile: profile_of(bytes, kind).map(|icc| profile_name(&icc).unwrap_or_else(|| "unnamed".to_owned())),
        camera,
        taken: said(&exif.exif, TAKEN).or_else(|| said(&exif.main, CHANGED)),
        orientation: meta.orientation().map(image::metadata::Orientation::to_exif),
        has_place: !exif.place.is_empty(),
    }
}

/// The colour profile, where there is one.
fn profile_of(bytes: &[u8], kind: Kind) -> Option<Vec<u8>> {
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Webp => ImageFormat::WebP,
        Kind::Tiff => ImageFormat::Tiff,
        _ => return None,
    };
    let mut decoder = decode::header_by_image(Cursor::new(bytes), format, bytes.len() as u64).ok()?;
    let embedded = decoder.icc_profile().ok().flatten();
    if kind == Kind::Png { profile::of_png(bytes, embedded) } else { profile::sound(embedded) }
}

/// The description within a profile: plain in its second version, in several languages since its fourth.
fn profile_name(icc: &[u8]) -> Option<String> {
    let number = |at: usize| Some(u32::from_be_bytes(icc.get(at..at + 4)?.try_into().ok()?) as usize);
    let tags = number(128)?.min(100);
    let entry = (0..tags).map(|nth| 132 + nth * 12).find(|at| icc.get(*at..*at + 4) == Some(b"desc".as_slice()))?;
    let tag = icc.get(number(entry + 4)?..)?;
    let tag = tag.get(..number(entry + 8)?.min(tag.len()))?;
    let part = |at: usize| Some(u32::from_be_bytes(tag.get(at..at + 4)?.try_into().ok()?) as usize);
    let text = match tag.get(..4)? {
        b"desc" => String::from_utf8_lossy(tag.get(12..12_usize.checked_add(part(8)?)?)?).into_owned(),
        b"mluc" => {
            let (length, at) = (part(20)?.min(512), part(24)?);
            let units = tag.get(at..at.checked_add(length)?)?.chunks_exact(2);
            String::from_utf16_lossy(&units.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<u16>>())
        }
        _ => return None,
    };
    line(&text)
}

/// One line of text for the eye. `None` where nothing is left of it.
fn line(text: &str) -> Option<String> {
    let text = text.split('\0').next().unwrap_or_default();
    let plain: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile whose only tag is this.
    fn icc(tag: &[u8]) -> Vec<u8> {
        let mut icc = vec![0; 128];
        icc.extend(1_u32.to_be_bytes());
        icc.extend(b"desc");
        icc.extend(144_u32.to_be_bytes());
        icc.extend((tag.len() as u32).to_be_bytes());
        icc.extend(tag);
        icc
    }

    #[test]
    fn profiles_of_both_versions_have_names() {
        let old = [b"desc\0\0\0\0".as_slice(), &5_u32.to_be_bytes(), b"sRGB\0"].concat();
        assert_eq!(profile_name(&icc(&old)).as_deref(), Some("sRGB"));
        let text: Vec<u8> = "Display P3".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let head = [1_u32, 12].map(u32::to_be_bytes).concat();
        let place = [text.len() as u32, 28].map(u32::to_be_bytes).concat();
        let new = [b"mluc\0\0\0\0".as_slice(), &head, b"enUS", &place, &text].concat();
        assert_eq!(profile_name(&icc(&new)).as_deref(), Some("Display P3"));
    }

    #[test]
    fn damaged_profiles_have_none() {
        let old = icc(&[b"desc\0\0\0\0".as_slice(), &5_u32.to_be_bytes(), b"sRGB\0"].concat());
        for length in 0..old.len() {
            assert_eq!(profile_name(&old[..length]), None, "cut to {length}");
        }
        for at in 128..old.len() {
            let mut damaged = old.clone();
            damaged[at] = 0xff;
            // Whatever it says, nothing panics.
            profile_name(&damaged);
        }
    }

    #[test]
    fn a_line_is_short_and_plain() {
        assert_eq!(line("  Canon\u{7}\0rest"), Some("Canon".to_owned()));
        assert_eq!(line(" \0x"), None);
        assert_eq!(line(&"x".repeat(500)).map(|line| line.len()), Some(LONGEST));
    }
}
