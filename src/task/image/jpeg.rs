//! JPEG: what its segments say, and decoding it without taking a damaged file for a whole one.

use super::decode::{Allowed, Picture, decode_with_image};
use crate::model::recipe::FitBox;
use crate::model::{ErrorKind, Failure};
use image::ImageFormat;
use image::metadata::Orientation;

/// What precedes the TIFF header in an APP1 segment with EXIF data.
const EXIF_MARK: &[u8] = b"Exif\0\0";

/// What begins an APP2 segment with a part of a colour profile; its number and the count follow.
const ICC_MARK: &[u8] = b"ICC_PROFILE\0";

/// The most of a profile that one segment holds.
const ICC_PART_BYTES: usize = 65_535 - 2 - ICC_MARK.len() - 2;

/// What a JPEG file says about itself besides its pixels.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Segments {
    /// The TIFF structure with the orientation in it.
    pub(super) exif: Option<Vec<u8>>,
    /// The colour profile.
    pub(super) icc: Option<Vec<u8>>,
    /// Whether it is made of several scans, each finer than the one before.
    pub(super) progressive: bool,
    /// Whether the end marker follows the picture's data: a file that was cut short has none.
    pub(super) ends: bool,
}

impl Segments {
    /// Walks the markers of a file. Whatever is malformed is left out.
    pub(super) fn read(bytes: &[u8]) -> Segments {
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
                0xe1 if segments.exif.is_none() => segments.exif = body.strip_prefix(EXIF_MARK).map(<[u8]>::to_vec),
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

    fn orientation(&self) -> Orientation {
        let exif = self.exif.as_deref();
        exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
    }
}

/// The next marker from `at` on. Within entropy-coded data, stuffed zeros and fill bytes are no markers.
fn next_marker(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..)?.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff))?;
    Some(at + pair)
}

fn segment_body(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    bytes.get(at + 2..at + length.max(2))
}

/// Puts a colour profile into a JPEG file that has none: after its first segment.
pub(super) fn with_icc(jpeg: &[u8], icc: &[u8]) -> Vec<u8> {
    let after_first = match jpeg.get(2..4) {
        Some([0xff, 0xe0]) => 4 + segment_body(jpeg, 4).map_or(0, |body| 2 + body.len()),
        _ => 2,
    };
    let parts = icc.chunks(ICC_PART_BYTES);
    // Larger profiles than 255 parts, 16 MB, do not fit the format.
    let Ok(count) = u8::try_from(parts.len()) else { return jpeg.to_vec() };
    let (head, rest) = jpeg.split_at(after_first);
    let mut with_icc = head.to_vec();
    for (part, number) in parts.zip(1_u8..) {
        let length = (2 + ICC_MARK.len() + 2 + part.len()) as u16;
        with_icc.extend([0xff, 0xe2]);
        with_icc.extend(length.to_be_bytes());
        with_icc.extend(ICC_MARK);
        with_icc.extend([number, count]);
        with_icc.extend(part);
    }
    with_icc.extend(rest);
    with_icc
}

/// Decodes a JPEG file. A file that is cut short or damaged fails: half a picture is none.
pub(super) fn decode(bytes: &[u8], name: &str, fit: Option<FitBox>, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    let segments = Segments::read(bytes);
    if !segments.ends {
        return Err(Failure::new(ErrorKind::Decode, format!("{name} is damaged: the file ends too early")));
    }
    decode_whole(bytes, name, fit, &segments, allowed)
}

#[cfg(not(feature = "turbojpeg"))]
fn decode_whole(
    bytes: &[u8],
    name: &str,
    _: Option<FitBox>,
    segments: &Segments,
    allowed: &Allowed<'_>,
) -> Result<Picture, Failure> {
    let picture = decode_with_image(bytes, ImageFormat::Jpeg, name, allowed)?;
    let orientation = segments.orientation();
    let size_in = super::decode::upright((picture.pixels.width(), picture.pixels.height()), orientation);
    Ok(Picture { orientation, icc: segments.icc.clone(), size_in, ..picture })
}

#[cfg(feature = "turbojpeg")]
use turbo::decode_whole;

#[cfg(feature = "turbojpeg")]
mod turbo {
    use super::super::decode::{check, upright};
    use super::{Allowed, ErrorKind, Failure, FitBox, ImageFormat, Picture, Segments, decode_with_image};
    use image::{DynamicImage, GrayImage, RgbImage};
    use turbojpeg::{Colorspace, Decompressor, Image, PixelFormat, ScalingFactor};

    /// A progressive file with more scans than any encoder writes is made to take long.
    const MAX_SCANS: u32 = 500;

    /// While at least this many times the target's size is left, decoding at a fraction costs nothing that can be
    /// seen: measured, 55 dB against a float Lanczos3 reference.
    const SPARE: usize = 3;

    /// Decodes a file that has its end marker.
    pub(in super::super) fn decode_whole(
        bytes: &[u8],
        name: &str,
        fit: Option<FitBox>,
        segments: &Segments,
        allowed: &Allowed<'_>,
    ) -> Result<Picture, Failure> {
        let refused = |error: turbojpeg::Error| damaged(name, &error);
        let mut decompressor = Decompressor::new().map_err(refused)?;
        let header = decompressor.read_header(bytes).map_err(refused)?;
        let gray = match header.colorspace {
            Colorspace::Gray => true,
            Colorspace::RGB | Colorspace::YCbCr => false,
            // Inks are beyond libjpeg-turbo's own conversion. Their profile does not describe what comes out.
            Colorspace::CMYK | Colorspace::YCCK => {
                let picture = decode_with_image(bytes, ImageFormat::Jpeg, name, allowed)?;
                return Ok(Picture { icc: None, ..picture });
            }
        };
        let full = (header.width as u32, header.height as u32);
        let format = if gray { PixelFormat::GRAY } else { PixelFormat::RGB };
        check(name, full, (header.width * header.height * format.size()) as u64, allowed.limits)?;
        let orientation = segments.orientation();
        let size_in = upright(full, orientation);
        let scale = match fit {
            Some(fit) if !header.is_lossless => scale_for(full, upright(fit.apply(size_in.0, size_in.1), orientation)),
            _ => ScalingFactor::ONE,
        };
        decompressor.set_scaling_factor(scale).map_err(refused)?;
        decompressor.set_scan_limit(MAX_SCANS).map_err(refused)?;
        let (width, height) = (scale.scale(header.width), scale.scale(header.height));
        let pitch = width * format.size();
        // A progressive file is decoded as a whole, at its full size, whatever comes out.
        let samples = header.width * header.height * format.size();
        let coefficients = if segments.progressive { samples * size_of::<i16>() } else { 0 };
        (allowed.reserve)(full, (pitch * height + coefficients) as u64)?;
        let mut pixels = vec![0; pitch * height];
        let image = Image { pixels: pixels.as_mut_slice(), width, pitch, height, format };
        match decompressor.decompress(bytes, image) {
            Err(error) if !is_harmless(&error.to_string(), bytes) => return Err(damaged(name, &error)),
            Ok(()) | Err(_) => {}
        }
        let (width, height) = (width as u32, height as u32);
        let pixels = if gray {
            GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
        } else {
            RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
        };
        let pixels = pixels.ok_or_else(|| Failure::new(ErrorKind::Decode, format!("{name} has no pixels")))?;
        Ok(Picture { pixels, orientation, icc: segments.icc.clone(), size_in })
    }

    /// The smallest fraction that leaves enough for the target, which lies as the file does.
    fn scale_for(full: (u32, u32), target: (u32, u32)) -> ScalingFactor {
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
    fn is_harmless(warning: &str, bytes: &[u8]) -> bool {
        let count = warning.split_once(" extraneous bytes before marker 0xd9").map(|(before, _)| before);
        let count = count.and_then(|before| before.rsplit(' ').next()?.parse::<usize>().ok());
        let end = bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]);
        let (Some(count), Some(end)) = (count, end) else { return false };
        bytes[end.saturating_sub(count)..end].iter().all(|byte| matches!(byte, 0 | 0xff))
    }

    fn damaged(name: &str, error: &turbojpeg::Error) -> Failure {
        let words = error.to_string();
        let why = words.rsplit_once(": ").map_or(words.as_str(), |(_, why)| why);
        let failure = if why.starts_with("Unsupported") {
            Failure::new(
                ErrorKind::Unsupported,
                format!("{name} is a JPEG of a kind that Millrace does not read: {why}"),
            )
        } else {
            Failure::new(ErrorKind::Decode, format!("{name} is damaged: {why}"))
        };
        failure.with_details(words.clone())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_fraction_is_decoded_only_where_enough_is_left() {
            let scale = |full, target| scale_for(full, target).denom();
            assert_eq!(scale((4000, 3000), (1920, 1440)), 1, "a half would leave 1.04 times the target");
            assert_eq!(scale((4000, 3000), (512, 384)), 2);
            assert_eq!(scale((8000, 6000), (512, 384)), 4);
            assert_eq!(scale((16_000, 9000), (320, 180)), 8);
        }

        #[test]
        fn padding_is_harmless_and_left_over_data_is_not() {
            let warning = "Corrupt JPEG data: 3 extraneous bytes before marker 0xd9";
            assert!(is_harmless(warning, b"....\0\0\0\xff\xd9"));
            assert!(!is_harmless(warning, b"....\0\x12\0\xff\xd9"));
            assert!(!is_harmless("Corrupt JPEG data: bad Huffman code", b"....\0\0\0\xff\xd9"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_goes_in_and_comes_out_whole() {
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xda, 0, 2, 9, 9, 0xff, 0, 9, 0xff, 0xd9];
        let icc: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        let read = Segments::read(&with_icc(&jpeg, &icc));
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
