//! JPEG through libjpeg-turbo.

use super::super::decode::{Allowed, Need, Picture, check, upright};
use super::super::fault::Fault;
use super::super::inks;
use super::{Channels, Segments, check_part, has_adobe_mark, segments};
use crate::model::recipe::FitBox;
use crate::model::{ErrorKind, Failure};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use turbojpeg::{Colorspace, Decompressor, Image, PixelFormat, ScalingFactor};

/// A progressive file with more scans than any encoder writes is made to take long.
pub(super) const MAX_SCANS: u32 = 500;

/// While at least this many times the target's size is left, decoding at a fraction costs nothing that can be
/// seen: measured, 55 dB against a float Lanczos3 reference.
const SPARE: usize = 3;

/// Decodes a file that has its end marker.
pub(super) fn decode_whole(
    bytes: &[u8],
    name: &str,
    fit: Option<FitBox>,
    segments: &Segments,
    allowed: &Allowed<'_>,
) -> Result<Picture, Failure> {
    match decode_once(bytes, name, fit, segments, allowed) {
        // Only the first warning is told. What is wrong between the segments of the head harms nobody, but may hide worse.
        Err(Told::Warning(words)) if is_about_the_head(&words) => {
            let clean = segments::clean(bytes);
            decode_once(&clean, name, fit, segments, allowed).map_err(|told| told.failure(name))
        }
        result => result.map_err(|told| told.failure(name)),
    }
}

/// What libjpeg-turbo said, or what was found before it could say anything.
pub(super) enum Told {
    Warning(String),
    Failed(Failure),
}

impl Told {
    fn failure(self, name: &str) -> Failure {
        match self {
            Told::Warning(words) => damaged(name, &words),
            Told::Failed(failure) => failure,
        }
    }
}

impl From<Failure> for Told {
    fn from(failure: Failure) -> Told {
        Told::Failed(failure)
    }
}

fn decode_once(
    bytes: &[u8],
    name: &str,
    fit: Option<FitBox>,
    segments: &Segments,
    allowed: &Allowed<'_>,
) -> Result<Picture, Told> {
    let refused = |error: turbojpeg::Error| Told::Warning(error.to_string());
    let mut decompressor = Decompressor::new().map_err(refused)?;
    let header = decompressor.read_header(bytes).map_err(refused)?;
    let format = decoded(header.colorspace);
    let full = (header.width as u32, header.height as u32);
    let samples = header.width as u64 * header.height as u64 * format.size() as u64;
    check(name, full, samples, allowed.limits)?;
    let meta = segments.meta();
    let orientation = meta.orientation().unwrap_or(Orientation::NoTransforms);
    let size_in = upright(full, orientation);
    let scale = match fit {
        Some(fit) if !header.is_lossless => decodable_at(full, upright(fit.apply(size_in.0, size_in.1), orientation)),
        _ => ScalingFactor::ONE,
    };
    decompressor.set_scaling_factor(scale).map_err(refused)?;
    decompressor.set_scan_limit(MAX_SCANS).map_err(refused)?;
    let (width, height) = (scale.scale(header.width), scale.scale(header.height));
    let pitch = width * format.size();
    // A progressive file is decoded as a whole, at its full size, whatever comes out.
    let coefficients = if segments.progressive { samples * size_of::<i16>() as u64 } else { 0 };
    (allowed.reserve)(Need::of_jpeg(full, (width as u32, height as u32), format.size() as u64).beside(coefficients))?;
    let mut pixels = vec![0; pitch * height];
    let image = Image { pixels: pixels.as_mut_slice(), width, pitch, height, format };
    match decompressor.decompress(bytes, image) {
        Err(error) if !is_harmless(&error.to_string(), bytes) => return Err(refused(error)),
        Ok(()) | Err(_) => {}
    }
    let (width, height) = (width as u32, height as u32);
    let mut icc = segments.icc.clone();
    let pixels = match format {
        PixelFormat::GRAY => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        PixelFormat::CMYK => {
            if has_adobe_mark(bytes) {
                for ink in &mut pixels {
                    *ink = !*ink;
                }
            }
            // The profile of the inks does not describe what becomes of them.
            let rgb = inks::to_rgb(&pixels, icc.take().as_deref());
            RgbImage::from_raw(width, height, rgb).map(DynamicImage::ImageRgb8)
        }
        _ => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
    };
    let pixels = pixels.ok_or_else(|| Failure::new(ErrorKind::Decode, format!("{name} has no pixels")))?;
    Ok(Picture { pixels, orientation, icc, size_in, meta })
}

/// What the colours of a file are decoded to.
fn decoded(colours: Colorspace) -> PixelFormat {
    match colours {
        Colorspace::Gray => PixelFormat::GRAY,
        Colorspace::RGB | Colorspace::YCbCr => PixelFormat::RGB,
        Colorspace::CMYK | Colorspace::YCCK => PixelFormat::CMYK,
    }
}

/// Decodes a JPEG file within another file: one that should be at most so large.
pub(in super::super) fn decode_part(bytes: &[u8], size: (u32, u32)) -> Result<Channels, Fault> {
    let refused = |error: turbojpeg::Error| Fault::damaged(why(&error.to_string()).to_owned());
    let mut decompressor = Decompressor::new().map_err(refused)?;
    let header = decompressor.read_header(bytes).map_err(refused)?;
    let format = decoded(header.colorspace);
    check_part((header.width as u32, header.height as u32), size)?;
    decompressor.set_scan_limit(MAX_SCANS).map_err(refused)?;
    let pitch = header.width * format.size();
    let mut samples = vec![0; pitch * header.height];
    let image = Image { pixels: samples.as_mut_slice(), width: header.width, pitch, height: header.height, format };
    match decompressor.decompress(bytes, image) {
        Err(error) if !is_harmless(&error.to_string(), bytes) => return Err(refused(error)),
        Ok(()) | Err(_) => {}
    }
    let (width, height) = (header.width as u32, header.height as u32);
    Ok(Channels { width, height, per_pixel: format.size(), samples })
}

/// Whether a warning is about what lies between or within the segments before the picture's data.
fn is_about_the_head(warning: &str) -> bool {
    warning.contains("bad ICC marker")
        || warning.split_once("extraneous bytes before marker 0x").is_some_and(|(_, marker)| {
            u8::from_str_radix(marker.get(..2).unwrap_or_default(), 16)
                .is_ok_and(|marker| !matches!(marker, 0xd0..=0xd9))
        })
}

/// The smallest fraction that leaves enough for the target, which lies as the file does.
pub(super) fn decodable_at(full: (u32, u32), target: (u32, u32)) -> ScalingFactor {
    let leaves_enough = |scale: &ScalingFactor| {
        scale.scale(full.0 as usize) >= SPARE * target.0 as usize
            && scale.scale(full.1 as usize) >= SPARE * target.1 as usize
    };
    [ScalingFactor::ONE_EIGHTH, ScalingFactor::ONE_QUARTER, ScalingFactor::ONE_HALF]
        .into_iter()
        .find(leaves_enough)
        .unwrap_or(ScalingFactor::ONE)
}

/// Some cameras pad the data before the end marker, which libjpeg-turbo warns about as it does of damage. Left-over
/// picture data is never all zeros or all ones.
pub(super) fn is_harmless(warning: &str, bytes: &[u8]) -> bool {
    let count = warning.split_once(" extraneous bytes before marker 0xd9").map(|(before, _)| before);
    let count = count.and_then(|before| before.rsplit(' ').next()?.parse::<usize>().ok());
    let end = bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]);
    let (Some(count), Some(end)) = (count, end) else { return false };
    bytes[end.saturating_sub(count)..end].iter().all(|byte| matches!(byte, 0 | 0xff))
}

fn why(words: &str) -> &str {
    words.rsplit_once(": ").map_or(words, |(_, why)| why)
}

fn damaged(name: &str, words: &str) -> Failure {
    let why = why(words);
    let failure = if why.starts_with("Unsupported") {
        Failure::new(ErrorKind::Unsupported, format!("{name} is a JPEG of a kind that Millrace does not read: {why}"))
    } else if why.contains("dimensions too large") || why.contains("too big") || why.contains("supported pixels") {
        Failure::new(ErrorKind::Limit, format!("{name} is too large: {why}"))
    } else {
        Failure::new(ErrorKind::Decode, format!("{name} is damaged: {why}"))
    };
    failure.with_details(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_decoded_only_where_enough_is_left() {
        let scale = |full, target| decodable_at(full, target).denom();
        assert_eq!(scale((4000, 3000), (1920, 1440)), 1, "a half would leave 1.04 times the target");
        assert_eq!(scale((4000, 3000), (512, 384)), 2);
        assert_eq!(scale((8000, 6000), (512, 384)), 4);
        assert_eq!(scale((16_000, 9000), (320, 180)), 8);
    }

    #[test]
    fn warnings_about_the_head_are_told_from_others() {
        assert!(is_about_the_head("Corrupt JPEG data: 5 extraneous bytes before marker 0xdb"));
        assert!(!is_about_the_head("Corrupt JPEG data: 5 extraneous bytes before marker 0xd3"));
        assert!(!is_about_the_head("Corrupt JPEG data: bad Huffman code"));
    }

    #[test]
    fn padding_is_harmless_and_left_over_data_is_not() {
        let warning = "Corrupt JPEG data: 3 extraneous bytes before marker 0xd9";
        assert!(is_harmless(warning, b"....\0\0\0\xff\xd9"));
        assert!(!is_harmless(warning, b"....\0\x12\0\xff\xd9"));
        assert!(!is_harmless("Corrupt JPEG data: bad Huffman code", b"....\0\0\0\xff\xd9"));
    }
}
