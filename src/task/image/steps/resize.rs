//! Resampling: Lanczos3, with transparency premultiplied.

use super::super::decode::{Picture, upright};
use super::super::{StepError, to_8_bits};
use crate::model::recipe::Resize;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{ColorType, DynamicImage};

/// Makes a picture fit a box once it is upright. It is never enlarged.
pub(super) fn resize(picture: &mut Picture, resize: &Resize) -> Result<(), StepError> {
    // The target follows from the original's size, so that a decoder's fraction does not round it another way.
    let target = resize.size.apply(picture.size_in, resize.enlarge).scaled;
    let (width, height) = upright(target, picture.orientation);
    if (picture.pixels.width(), picture.pixels.height()) == (width, height) {
        return Ok(());
    }
    if matches!(picture.pixels.color(), ColorType::Rgb32F | ColorType::Rgba32F) {
        picture.pixels = to_8_bits(&picture.pixels);
    }
    let mut resized = DynamicImage::new(width, height, picture.pixels.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(&picture.pixels, &mut resized, &options)
        .map_err(|error| StepError::Refused(error.to_string()))?;
    picture.pixels = resized;
    Ok(())
}
