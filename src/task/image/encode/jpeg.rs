//! JPEG: 8-bit gray or RGB, on white where something shines through.

use super::super::{StepError, Target};
use super::{gray_on_white, on_white};
use image::{ColorType, DynamicImage};

pub(super) fn encode(pixels: &DynamicImage, target: Target) -> Result<Vec<u8>, StepError> {
    let flat = match pixels.color() {
        ColorType::L8 | ColorType::Rgb8 => None,
        // Gray on white is gray, and its profile goes along with it.
        ColorType::La8 | ColorType::La16 => Some(DynamicImage::ImageLuma8(gray_on_white(pixels))),
        color if color.has_alpha() => Some(DynamicImage::ImageRgb8(on_white(pixels))),
        ColorType::L16 => Some(DynamicImage::ImageLuma8(pixels.to_luma8())),
        _ => Some(DynamicImage::ImageRgb8(pixels.to_rgb8())),
    };
    bytes(flat.as_ref().unwrap_or(pixels), target)
}

#[cfg(feature = "turbojpeg")]
fn bytes(pixels: &DynamicImage, target: Target) -> Result<Vec<u8>, StepError> {
    use crate::model::recipe::Chroma;
    use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};
    let (format, subsamp) = match (pixels.color(), target.encoding.chroma) {
        (ColorType::L8, _) => (PixelFormat::GRAY, Subsamp::Gray),
        (_, Chroma::Full) => (PixelFormat::RGB, Subsamp::None),
        (_, Chroma::Half) => (PixelFormat::RGB, Subsamp::Sub2x1),
        (_, Chroma::Quarter) => (PixelFormat::RGB, Subsamp::Sub2x2),
    };
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let image = Image { pixels: pixels.as_bytes(), width, pitch: width * format.size(), height, format };
    let encoded = Compressor::new().and_then(|mut compressor| {
        compressor.set_quality(i32::from(target.quality()))?;
        compressor.set_subsamp(subsamp)?;
        compressor.set_progressive(target.encoding.progressive)?;
        compressor.compress_to_vec(image)
    });
    encoded.map_err(|error| StepError::Refused(error.to_string()))
}

/// Knows neither scans nor how finely colour is kept.
#[cfg(not(feature = "turbojpeg"))]
fn bytes(pixels: &DynamicImage, target: Target) -> Result<Vec<u8>, StepError> {
    let mut encoded = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut encoded, target.quality());
    pixels.write_with_encoder(encoder).map_err(|error| StepError::Refused(error.to_string()))?;
    Ok(encoded)
}
