//! From pixels to bytes. A colour profile goes along wherever it still describes the pixels.

use super::decode::Picture;
use super::{StepError, Target, jpeg, to_8_bits, webp};
use crate::model::recipe::Format;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{ColorType, DynamicImage, ImageEncoder, Rgb, RgbImage};

/// Encodes a picture, all in memory.
pub(super) fn encode(picture: &Picture, target: Target) -> Result<Vec<u8>, StepError> {
    let (width, height) = (picture.pixels.width(), picture.pixels.height());
    let side = max_side(target.format);
    if width > side || height > side {
        return Err(StepError::TooLarge { format: target.format, side, width, height });
    }
    let icc = picture.icc.as_deref().filter(|icc| describes(icc, &picture.pixels));
    match target.format {
        Format::Jpeg => encode_jpeg(&picture.pixels, target.quality(), icc),
        Format::Png => encode_png(&picture.pixels, icc),
        Format::Webp if target.encoding.lossless => encode_webp_lossless(&picture.pixels, icc),
        Format::Webp => webp::encode_lossy(&picture.pixels, target.quality(), icc),
        other => Err(StepError::Refused(format!("{} is not written yet", other.title()))),
    }
}

fn max_side(format: Format) -> u32 {
    match format {
        Format::Jpeg => 65_500,
        Format::Webp => 16_383,
        Format::Gif | Format::Avif => 65_535,
        Format::Png | Format::Tiff | Format::Bmp => i32::MAX as u32,
    }
}

/// Whether a profile is for pixels of this kind: its header names the colour space.
fn describes(icc: &[u8], pixels: &DynamicImage) -> bool {
    match icc.get(16..20) {
        Some(b"RGB ") => pixels.color().has_color(),
        Some(b"GRAY") => !pixels.color().has_color(),
        _ => false,
    }
}

fn encode_jpeg(pixels: &DynamicImage, quality: u8, icc: Option<&[u8]>) -> Result<Vec<u8>, StepError> {
    let flat = match pixels.color() {
        ColorType::L8 => None,
        ColorType::L16 => Some(DynamicImage::ImageLuma8(pixels.to_luma8())),
        color if color.has_alpha() => Some(DynamicImage::ImageRgb8(on_white(pixels))),
        ColorType::Rgb8 => None,
        _ => Some(DynamicImage::ImageRgb8(pixels.to_rgb8())),
    };
    let encoded = jpeg_bytes(flat.as_ref().unwrap_or(pixels), quality)?;
    Ok(match icc.filter(|icc| describes(icc, flat.as_ref().unwrap_or(pixels))) {
        Some(icc) => jpeg::with_icc(&encoded, icc),
        None => encoded,
    })
}

/// Encodes 8-bit gray or RGB.
#[cfg(feature = "turbojpeg")]
fn jpeg_bytes(pixels: &DynamicImage, quality: u8) -> Result<Vec<u8>, StepError> {
    use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};
    let (format, subsamp) = match pixels.color() {
        ColorType::L8 => (PixelFormat::GRAY, Subsamp::Gray),
        _ => (PixelFormat::RGB, Subsamp::Sub2x2),
    };
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let image = Image { pixels: pixels.as_bytes(), width, pitch: width * format.size(), height, format };
    let encoded = Compressor::new().and_then(|mut compressor| {
        compressor.set_quality(i32::from(quality))?;
        compressor.set_subsamp(subsamp)?;
        compressor.compress_to_vec(image)
    });
    encoded.map_err(|error| StepError::Refused(error.to_string()))
}

/// Encodes 8-bit gray or RGB.
#[cfg(not(feature = "turbojpeg"))]
fn jpeg_bytes(pixels: &DynamicImage, quality: u8) -> Result<Vec<u8>, StepError> {
    let mut encoded = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut encoded, quality);
    pixels.write_with_encoder(encoder).map_err(|error| StepError::Refused(error.to_string()))?;
    Ok(encoded)
}

/// Lays a picture with transparency onto white.
fn on_white(pixels: &DynamicImage) -> RgbImage {
    let rgba = pixels.to_rgba8();
    let blend = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u32::from(channel), u32::from(alpha));
        ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        Rgb([blend(r, a), blend(g, a), blend(b, a)])
    })
}

fn encode_png(pixels: &DynamicImage, icc: Option<&[u8]>) -> Result<Vec<u8>, StepError> {
    let mut encoded = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut encoded, CompressionType::Fast, FilterType::Adaptive);
    write_with(pixels, encoder, icc)?;
    Ok(encoded)
}

fn encode_webp_lossless(pixels: &DynamicImage, icc: Option<&[u8]>) -> Result<Vec<u8>, StepError> {
    let mut encoded = Vec::new();
    let in_8_bits = (pixels.color().bytes_per_pixel() != pixels.color().channel_count()).then(|| to_8_bits(pixels));
    write_with(in_8_bits.as_ref().unwrap_or(pixels), WebPEncoder::new_lossless(&mut encoded), icc)?;
    Ok(encoded)
}

fn write_with(pixels: &DynamicImage, mut encoder: impl ImageEncoder, icc: Option<&[u8]>) -> Result<(), StepError> {
    if let Some(icc) = icc {
        encoder.set_icc_profile(icc.to_vec()).map_err(|error| StepError::Refused(error.to_string()))?;
    }
    let float = matches!(pixels.color(), ColorType::Rgb32F | ColorType::Rgba32F).then(|| to_8_bits(pixels));
    let pixels = float.as_ref().unwrap_or(pixels);
    pixels.write_with_encoder(encoder).map_err(|error| StepError::Refused(error.to_string()))
}
