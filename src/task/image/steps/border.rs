//! Borders, and what lies behind transparency.

use super::samples::{self, Sample, Shape, Work};
use super::{StepError, check_size};
use crate::model::recipe::Colour;
use image::{DynamicImage, GenericImage};

/// Puts a border of this many pixels around a picture.
pub(super) fn border(pixels: &mut DynamicImage, width: u32, colour: Colour) -> Result<(), StepError> {
    let size = bordered_size((pixels.width(), pixels.height()), width);
    check_size(size)?;
    samples::make_room_for(pixels, colour);
    let mut bordered = samples::like(pixels, size.0, size.1);
    samples::work(&mut bordered, Fill(colour));
    copy_into(&mut bordered, pixels, width)?;
    *pixels = bordered;
    Ok(())
}

/// The size of a picture with a border.
pub(super) fn bordered_size((width, height): (u32, u32), border: u32) -> (u32, u32) {
    let both = border.saturating_mul(2);
    (width.saturating_add(both), height.saturating_add(both))
}

struct Fill(Colour);

impl Work for Fill {
    type Answer = ();
    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) {
        let pixel = samples::pixel_of::<T>(self.0, shape);
        samples.chunks_exact_mut(shape.channels).for_each(|place| place.copy_from_slice(&pixel));
    }
}

/// Copies a picture into one of the same kind. A copy through [`DynamicImage`] itself would go by way of 8 bits.
fn copy_into(onto: &mut DynamicImage, pixels: &DynamicImage, at: u32) -> Result<(), StepError> {
    use DynamicImage as D;
    let copied = match (onto, pixels) {
        (D::ImageLuma8(onto), D::ImageLuma8(from)) => onto.copy_from(from, at, at),
        (D::ImageLumaA8(onto), D::ImageLumaA8(from)) => onto.copy_from(from, at, at),
        (D::ImageRgb8(onto), D::ImageRgb8(from)) => onto.copy_from(from, at, at),
        (D::ImageRgba8(onto), D::ImageRgba8(from)) => onto.copy_from(from, at, at),
        (D::ImageLuma16(onto), D::ImageLuma16(from)) => onto.copy_from(from, at, at),
        (D::ImageLumaA16(onto), D::ImageLumaA16(from)) => onto.copy_from(from, at, at),
        (D::ImageRgb16(onto), D::ImageRgb16(from)) => onto.copy_from(from, at, at),
        (D::ImageRgba16(onto), D::ImageRgba16(from)) => onto.copy_from(from, at, at),
        (onto, from) => onto.copy_from(from, at, at),
    };
    copied.map_err(|error| StepError::Refused(error.to_string()))
}

/// Lays a picture onto a colour. One without transparency stays as it is.
pub(super) fn flatten(pixels: &mut DynamicImage, colour: Colour) {
    if !pixels.color().has_alpha() {
        return;
    }
    samples::make_room_for(pixels, colour);
    samples::work(pixels, Under(colour));
    *pixels = samples::without_alpha(pixels);
}

struct Under(Colour);

impl Work for Under {
    type Answer = ();
    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) {
        let under: Vec<f32> = samples::pixel_of::<T>(self.0, shape).into_iter().map(T::to_f32).collect();
        let last = shape.channels - 1;
        for pixel in samples.chunks_exact_mut(shape.channels) {
            let alpha = pixel[last].to_f32() / T::MOST;
            for (sample, under) in pixel[..last].iter_mut().zip(&under) {
                *sample = T::of_f32(sample.to_f32() * alpha + under * (1.0 - alpha));
            }
            pixel[last] = T::of_u8(255);
        }
    }
}
