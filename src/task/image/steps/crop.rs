//! Parts of pictures.

use super::StepError;
use super::samples::{self, Sample, Shape, Work};
use crate::model::recipe::{Crop, FitBox};
use image::DynamicImage;

pub(super) fn crop(pixels: &mut DynamicImage, crop: Crop) -> Result<(), StepError> {
    let (of_width, of_height) = (pixels.width(), pixels.height());
    match crop {
        Crop::Pixels { x, y, width, height } => {
            if x >= of_width || y >= of_height {
                return Err(StepError::Outside { x, y, width: of_width, height: of_height });
            }
            cut(pixels, (x, y), (width.min(of_width - x), height.min(of_height - y)));
        }
        Crop::Ratio { ratio, gravity } => {
            let part = of_ratio((of_width, of_height), ratio);
            cut(pixels, gravity.place((of_width, of_height), part), part);
        }
    }
    Ok(())
}

/// The largest width and height of this ratio within a picture.
pub(super) fn of_ratio((width, height): (u32, u32), ratio: FitBox) -> (u32, u32) {
    let wanted = f64::from(ratio.width) / f64::from(ratio.height);
    let across = (f64::from(height) * wanted).round();
    if across <= f64::from(width) {
        ((across as u32).max(1), height)
    } else {
        (width, ((f64::from(width) / wanted).round() as u32).clamp(1, height))
    }
}

fn cut(pixels: &mut DynamicImage, (x, y): (u32, u32), (width, height): (u32, u32)) {
    if (width, height) != (pixels.width(), pixels.height()) {
        *pixels = pixels.crop_imm(x, y, width, height);
    }
}

/// Cuts off borders of the colour of the upper left corner. A picture of nothing else stays as it is.
pub(super) fn trim(pixels: &mut DynamicImage, tolerance: u8) {
    if let Some((left, top, right, bottom)) = samples::work(pixels, Inside { tolerance }) {
        cut(pixels, (left as u32, top as u32), ((right - left) as u32, (bottom - top) as u32));
    }
}

/// Finds the rectangle that differs from the border: its left, top, right and bottom, the last two behind it.
struct Inside {
    tolerance: u8,
}

impl Work for Inside {
    type Answer = Option<(usize, usize, usize, usize)>;

    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) -> Self::Answer {
        let row_length = shape.width * shape.channels;
        let corner = samples.get(..shape.channels)?.to_vec();
        let tolerance = T::of_u8(self.tolerance).to_f32();
        let differs = |pixel: &[T]| {
            let clear = |pixel: &[T]| shape.has_alpha && pixel.last() == Some(&T::default());
            let is_far = |(a, b): (&T, &T)| (a.to_f32() - b.to_f32()).abs() > tolerance;
            !(clear(pixel) && clear(&corner)) && pixel.iter().zip(&corner).any(is_far)
        };
        let rows: Vec<&[T]> = samples.chunks_exact(row_length).collect();
        let has_some = |row: &&[T]| row.chunks_exact(shape.channels).any(differs);
        let top = rows.iter().position(has_some)?;
        let bottom = rows.iter().rposition(has_some)? + 1;
        let (mut left, mut right) = (shape.width, 0);
        for row in &rows[top..bottom] {
            // Only what lies outside of what was found so far can widen it.
            let mut pixels = row.chunks_exact(shape.channels);
            left = pixels.clone().take(left).position(differs).unwrap_or(left);
            right = pixels.rposition(differs).map_or(right, |at| right.max(at + 1));
        }
        Some((left, top, right, bottom))
    }
}
