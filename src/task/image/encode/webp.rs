//! WebP: lossy through libwebp, lossless through the image crate.

use super::super::{StepError, Target};
use image::DynamicImage;
use image::codecs::webp::WebPEncoder;
use webp::Encoder;

pub(super) fn encode(pixels: &DynamicImage, target: Target) -> Result<Vec<u8>, StepError> {
    if target.is_lossless() { lossless(pixels) } else { lossy(pixels, target.quality()) }
}

fn lossy(pixels: &DynamicImage, quality: u8) -> Result<Vec<u8>, StepError> {
    let (width, height) = (pixels.width(), pixels.height());
    let encoded = match pixels {
        DynamicImage::ImageRgb8(rgb) => Encoder::from_rgb(rgb, width, height).encode_simple(false, f32::from(quality)),
        DynamicImage::ImageRgba8(rgba) => {
            Encoder::from_rgba(rgba, width, height).encode_simple(false, f32::from(quality))
        }
        other if other.color().has_alpha() => {
            Encoder::from_rgba(&other.to_rgba8(), width, height).encode_simple(false, f32::from(quality))
        }
        other => Encoder::from_rgb(&other.to_rgb8(), width, height).encode_simple(false, f32::from(quality)),
    };
    let encoded = encoded.map_err(|error| StepError::Refused(format!("libwebp refused: {error:?}")))?;
    Ok(encoded.to_vec())
}

fn lossless(pixels: &DynamicImage) -> Result<Vec<u8>, StepError> {
    let mut encoded = Vec::new();
    let result = pixels.write_with_encoder(WebPEncoder::new_lossless(&mut encoded));
    result.map_err(|error| StepError::Refused(error.to_string()))?;
    Ok(encoded)
}
