//! From pixels to bytes. A colour profile goes along wherever it still describes the pixels and the format can hold it;
//! elsewhere the pixels are brought to sRGB, which is what pictures without a profile are taken for.

#[cfg(feature = "avif")]
mod avif;
mod jpeg;
mod png;
mod tiff;
mod webp;

use super::decode::Picture;
use super::meta::{Meta, embed, resolution};
use super::{StepError, Target, colour, to_8_bits};
use crate::model::recipe::{ColourRule, Format};
use image::codecs::{bmp::BmpEncoder, gif::GifEncoder};
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, RgbaImage};
use std::borrow::Cow;

/// Encodes a picture, all in memory.
pub(super) fn encode(picture: &Picture, target: Target) -> Result<Vec<u8>, StepError> {
    let size = (picture.pixels.width(), picture.pixels.height());
    check_size(size, target.format)?;
    let (pixels, icc) = prepared(picture, target);
    let extras = Extras { meta: picture.meta.kept(&target.encoding, size, target.left), icc: icc.map(<[u8]>::to_vec) };
    match target.encoding.target_size {
        Some(most) if !target.is_lossless() => within(most, target, |target| with_extras(&pixels, target, &extras)),
        _ => with_extras(&pixels, target, &extras),
    }
}

/// The pixels of a frame as its format takes them, and their profile if it goes along.
pub(super) fn plain(picture: &Picture, target: Target) -> (Cow<'_, DynamicImage>, Option<&[u8]>) {
    prepared(picture, target)
}

/// Fails for a size that was asked for where there is nothing to search for it.
pub(super) fn check_target_size(target: Target) -> Result<(), StepError> {
    if target.encoding.target_size.is_none() || target.format.has_quality() {
        return Ok(());
    }
    let format = target.format.title();
    let words = format!("target_size does not go with {format}, which has no quality to lower; choose another format");
    Err(StepError::Refused(words))
}

/// A frame as a PNG file with transparency.
pub(super) fn png_rgba(pixels: &RgbaImage, target: Target) -> Result<Vec<u8>, StepError> {
    png::rgba(pixels, target.encoding.png)
}

/// A frame as a WebP file.
pub(super) fn webp(pixels: &DynamicImage, target: Target) -> Result<Vec<u8>, StepError> {
    webp::encode(pixels, target)
}

/// Puts what goes along into a JPEG file that is encoded already.
#[cfg(feature = "turbojpeg")]
pub(super) fn finished_jpeg(jpeg: &[u8], picture: &Picture, target: Target, size: (u32, u32)) -> Vec<u8> {
    embed::into_jpeg(jpeg, &picture.meta.kept(&target.encoding, size, target.left), picture.icc.as_deref())
}

/// What goes into a file besides the pixels.
struct Extras {
    meta: Meta,
    icc: Option<Vec<u8>>,
}

/// Fails for a picture that is too large for a format.
pub(super) fn check_size((width, height): (u32, u32), format: Format) -> Result<(), StepError> {
    let side = max_side(format);
    if width > side || height > side { Err(StepError::TooLarge { format, side, width, height }) } else { Ok(()) }
}

fn max_side(format: Format) -> u32 {
    match format {
        Format::Jpeg => 65_500,
        Format::Webp => 16_383,
        Format::Gif | Format::Avif => 65_535,
        Format::Png | Format::Tiff | Format::Bmp => i32::MAX as u32,
    }
}

/// The pixels as the format takes them, and their profile if it goes along.
fn prepared(picture: &Picture, target: Target) -> (Cow<'_, DynamicImage>, Option<&[u8]>) {
    let mut pixels = Cow::Borrowed(&picture.pixels);
    let mut icc = picture.icc.as_deref();
    let holds_profiles = !matches!(target.format, Format::Gif | Format::Bmp | Format::Avif);
    // Lossy WebP has colour planes for gray pictures too, which a gray profile does not describe.
    let stays_gray = !matches!(target.format, Format::Webp | Format::Gif | Format::Bmp | Format::Avif);
    if let Some(profile) = icc {
        let fits = describes(profile, &pixels) && (pixels.color().has_color() || stays_gray);
        if target.encoding.color == ColourRule::Srgb || !holds_profiles || !fits {
            if let Some(converted) = colour::to_srgb(&pixels, profile) {
                pixels = Cow::Owned(converted);
            }
            icc = None;
        }
    }
    let is_deep = pixels.color().bytes_per_pixel() > pixels.color().channel_count();
    let holds_depth = matches!(target.format, Format::Png | Format::Tiff) && target.encoding.keep_16_bit;
    if is_deep && !holds_depth {
        pixels = Cow::Owned(to_8_bits(&pixels));
    }
    (pixels, icc)
}

/// Whether a profile is for pixels of this kind: its header names the colour space.
fn describes(icc: &[u8], pixels: &DynamicImage) -> bool {
    match icc.get(16..20) {
        Some(b"RGB ") => pixels.color().has_color(),
        Some(b"GRAY") => !pixels.color().has_color(),
        _ => false,
    }
}

fn with_extras(pixels: &DynamicImage, target: Target, extras: &Extras) -> Result<Vec<u8>, StepError> {
    let (meta, icc) = (&extras.meta, extras.icc.as_deref());
    let size = (pixels.width(), pixels.height());
    Ok(match target.format {
        Format::Jpeg => embed::into_jpeg(&jpeg::encode(pixels, target)?, meta, icc),
        Format::Png => embed::into_png(&png::encode(pixels, target)?, meta, icc),
        Format::Webp => embed::into_webp(webp::encode(pixels, target)?, meta, icc, size),
        Format::Tiff => tiff::encode(pixels, meta, icc),
        Format::Gif => gif(pixels)?,
        Format::Bmp => resolution::into_bmp(bmp(pixels)?, meta.exif.as_deref()),
        #[cfg(feature = "avif")]
        Format::Avif => avif::encode(pixels, target, meta)?,
        #[cfg(not(feature = "avif"))]
        Format::Avif => return Err(StepError::Refused(Format::NO_AVIF.to_owned())),
    })
}

/// The best quality at which the file has at most so many bytes, found in a few tries.
fn within(
    most: u64,
    target: Target,
    encode: impl Fn(Target) -> Result<Vec<u8>, StepError>,
) -> Result<Vec<u8>, StepError> {
    let at = |quality: u8| {
        let mut target = target;
        target.encoding.quality = Some(quality);
        encode(target)
    };
    let fits = |encoded: &Vec<u8>| encoded.len() as u64 <= most;
    let best = target.quality();
    let mut found = Some(at(best)?).filter(fits);
    // From here on `low` fits, or nothing is known of it; `high` does not fit.
    let (mut low, mut high) = (0, best);
    while found.is_none() || low > 0 {
        let middle = low + (high - low) / 2;
        if middle == low {
            break;
        }
        let encoded = at(middle)?;
        if fits(&encoded) {
            (low, found) = (middle, Some(encoded));
        } else {
            high = middle;
        }
    }
    found.ok_or_else(|| {
        StepError::Refused(format!(
            "it does not fit {most} bytes as {} at any quality; allow more, or make it smaller with a fit",
            target.format.title()
        ))
    })
}

fn gif(pixels: &DynamicImage) -> Result<Vec<u8>, StepError> {
    let mut encoded = Vec::new();
    let frame = image::Frame::new(pixels.to_rgba8());
    let result = GifEncoder::new(&mut encoded).encode_frame(frame);
    result.map_err(|error| StepError::Refused(error.to_string()))?;
    Ok(encoded)
}

fn bmp(pixels: &DynamicImage) -> Result<Vec<u8>, StepError> {
    let mut encoded = Vec::new();
    let result = pixels.write_with_encoder(BmpEncoder::new(&mut encoded));
    result.map_err(|error| StepError::Refused(error.to_string()))?;
    Ok(encoded)
}

/// Lays a picture with transparency onto white.
fn on_white(pixels: &DynamicImage) -> RgbImage {
    let rgba = pixels.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        Rgb([over_white(r, a), over_white(g, a), over_white(b, a)])
    })
}

/// The same for a gray one.
fn gray_on_white(pixels: &DynamicImage) -> GrayImage {
    let gray = pixels.to_luma_alpha8();
    GrayImage::from_fn(gray.width(), gray.height(), |x, y| {
        let [light, alpha] = gray.get_pixel(x, y).0;
        Luma([over_white(light, alpha)])
    })
}

fn over_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}
