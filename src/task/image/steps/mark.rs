//! Marks on a picture: where they go, and pictures as marks.

use super::super::colour;
use super::super::fault::caught;
use super::StepError;
use super::samples::{self, Sample, Shape, Work};
use crate::model::recipe::{PictureMark, Placement, Recipe, Step};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageReader, RgbaImage};
use std::fmt::Display;
use std::io::Cursor;

/// The most pixels of a picture that is laid onto others.
const MAX_PIXELS: u64 = 16_000_000;

/// Lays a picture onto another, in the colours of its profile.
pub(super) fn lay(pixels: &mut DynamicImage, picture: &PictureMark, icc: Option<&[u8]>) -> Result<(), StepError> {
    let decoded = decoded(picture)?;
    let room = room((pixels.width(), pixels.height()), &picture.placement);
    let longest = f64::from(pixels.width().min(pixels.height())) * picture.placement.scale;
    let scale = (longest / f64::from(decoded.width().max(decoded.height())))
        .min(f64::from(room.0) / f64::from(decoded.width()))
        .min(f64::from(room.1) / f64::from(decoded.height()));
    let side = |length: u32, most: u32| ((f64::from(length) * scale).round() as u32).clamp(1, most.max(1));
    let (width, height) = (side(decoded.width(), room.0), side(decoded.height(), room.1));
    let mut mark = RgbaImage::new(width, height);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    let from = DynamicImage::ImageRgba8(decoded);
    let mut to = DynamicImage::ImageRgba8(std::mem::take(&mut mark));
    Resizer::new().resize(&from, &mut to, &options).map_err(|error| StepError::Refused(error.to_string()))?;
    let mark = to.into_rgba8();
    let suited = icc.and_then(|icc| colour::of_srgb(&mark, icc)).unwrap_or(mark);
    blend(pixels, &suited, &picture.placement);
    Ok(())
}

/// Whether all pictures that a recipe lays onto others can be decoded. Their bytes are there.
///
/// # Errors
///
/// Fails for a picture that is damaged, too large or none. The error is a sentence that names the step.
pub fn check_marks(recipe: &Recipe) -> Result<(), String> {
    for (step, number) in recipe.steps.iter().zip(1..) {
        if let Step::Watermark(picture) = step {
            decoded(picture).map_err(|error| format!("step {number} (watermark): {error}"))?;
        }
    }
    Ok(())
}

/// Width and height of a mark's file, from its header.
pub(super) fn header_size(picture: &PictureMark) -> Option<(u32, u32)> {
    ImageReader::new(Cursor::new(&*picture.bytes)).with_guessed_format().ok()?.into_dimensions().ok()
}

fn bad(picture: &PictureMark, why: impl Display) -> StepError {
    StepError::Refused(format!("the watermark {} {why}", picture.path))
}

fn decoded(picture: &PictureMark) -> Result<RgbaImage, StepError> {
    if picture.bytes.is_empty() {
        return Err(bad(picture, "was not read with the recipe"));
    }
    let (width, height) = header_size(picture).ok_or_else(|| bad(picture, PictureMark::NOT_READ))?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS || width == 0 || height == 0 {
        let most = MAX_PIXELS / 1_000_000;
        return Err(bad(picture, format_args!("has {width}×{height} pixels, of at most {most} millions")));
    }
    let mut reader = ImageReader::new(Cursor::new(&*picture.bytes))
        .with_guessed_format()
        .map_err(|error| bad(picture, format_args!("cannot be read: {error}")))?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 16);
    reader.limits(limits);
    let decoded = caught(|| reader.decode()).map_err(|_| bad(picture, "is damaged"))?;
    decoded.map(DynamicImage::into_rgba8).map_err(|error| bad(picture, format_args!("is damaged: {error}")))
}

/// What a mark may fill: the picture without its margins, or without them where they would leave nothing.
pub(super) fn room(picture: (u32, u32), placement: &Placement) -> (u32, u32) {
    let (x, y) = margins(picture, placement.margin);
    (picture.0 - 2 * x, picture.1 - 2 * y)
}

/// The margins at the sides and at top and bottom: at most a quarter of the picture each.
fn margins(picture: (u32, u32), margin: u32) -> (u32, u32) {
    (margin.min(picture.0 / 4), margin.min(picture.1 / 4))
}

/// Lays a mark onto a picture, once or all over. What juts out is left out.
pub(super) fn blend(pixels: &mut DynamicImage, mark: &RgbaImage, placement: &Placement) {
    if mark.width() == 0 || mark.height() == 0 {
        return;
    }
    let has_colour =
        mark.pixels().any(|pixel| pixel.0[3] > 0 && (pixel.0[0] != pixel.0[1] || pixel.0[1] != pixel.0[2]));
    samples::make_room(pixels, has_colour, false);
    let picture = (pixels.width(), pixels.height());
    let margins = margins(picture, placement.margin);
    let opacity = placement.opacity as f32;
    if placement.tile {
        let steps = |length: u32, size: u32, margin: u32| (margin..length).step_by((size + margin).max(1) as usize);
        let places = steps(picture.1, mark.height(), margins.1)
            .flat_map(|y| steps(picture.0, mark.width(), margins.0).map(move |x| (x, y)));
        samples::work(pixels, Blend { mark, opacity, places });
    } else {
        let (x, y) = placement.gravity.place(room(picture, placement), mark.dimensions());
        samples::work(pixels, Blend { mark, opacity, places: std::iter::once((x + margins.0, y + margins.1)) });
    }
}

struct Blend<'a, P> {
    mark: &'a RgbaImage,
    opacity: f32,
    /// Of which there may be as many as the picture has pixels.
    places: P,
}

impl<P: Iterator<Item = (u32, u32)>> Work for Blend<'_, P> {
    type Answer = ();

    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) {
        for (left, top) in self.places {
            let width = (self.mark.width() as usize).min(shape.width - left as usize);
            let height = (self.mark.height() as usize).min(shape.height - top as usize);
            for (y, row) in self.mark.rows().take(height).enumerate() {
                let start = ((top as usize + y) * shape.width + left as usize) * shape.channels;
                let onto = samples[start..start + width * shape.channels].chunks_exact_mut(shape.channels);
                for (pixel, mark) in onto.zip(row) {
                    over(pixel, mark.0, self.opacity, shape);
                }
            }
        }
    }
}

/// Lays one pixel of a mark onto one of a picture.
fn over<T: Sample>(pixel: &mut [T], mark: [u8; 4], opacity: f32, shape: Shape) {
    let above = f32::from(mark[3]) / 255.0 * opacity;
    if above <= 0.0 {
        return;
    }
    let below =
        if shape.has_alpha { pixel[shape.channels - 1].to_f32() / T::MOST * (1.0 - above) } else { 1.0 - above };
    let all = above + below;
    for (sample, mark) in pixel[..shape.colours()].iter_mut().zip(mark) {
        let value = (T::of_u8(mark).to_f32() * above + sample.to_f32() * below) / all;
        *sample = T::of_f32(value.min(T::MOST));
    }
    if shape.has_alpha {
        pixel[shape.channels - 1] = T::of_f32((all * T::MOST).min(T::MOST));
    }
}
