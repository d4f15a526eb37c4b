//! AVIF through rav1e, in Rust.

use super::super::meta::Meta;
use super::super::{StepError, Target};
use image::DynamicImage;
use ravif::{Encoder, Img};

/// 1 is slowest and smallest, 10 quickest.
const SPEED: u8 = 6;

pub(super) fn encode(pixels: &DynamicImage, target: Target, meta: &Meta) -> Result<Vec<u8>, StepError> {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let mut encoder =
        Encoder::new().with_quality(f32::from(target.quality())).with_speed(SPEED).with_num_threads(Some(1));
    if let Some(exif) = &meta.exif {
        encoder = encoder.with_exif(exif.clone());
    }
    let encoded = if pixels.color().has_alpha() {
        let rgba = pixels.to_rgba8();
        let samples: Vec<_> =
            rgba.pixels().map(|pixel| ravif::RGBA8::new(pixel.0[0], pixel.0[1], pixel.0[2], pixel.0[3])).collect();
        encoder.encode_rgba(Img::new(&samples, width, height))
    } else {
        let rgb = pixels.to_rgb8();
        let samples: Vec<_> = rgb.pixels().map(|pixel| ravif::RGB8::new(pixel.0[0], pixel.0[1], pixel.0[2])).collect();
        encoder.encode_rgb(Img::new(&samples, width, height))
    };
    encoded.map(|encoded| encoded.avif_file).map_err(|error| StepError::Refused(error.to_string()))
}
