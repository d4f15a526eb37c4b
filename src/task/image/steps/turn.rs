//! Turning and mirroring.

use super::samples::{self, Sample, Shape, Work};
use super::{StepError, check_size};
use crate::model::recipe::{Axis, Colour};
use image::DynamicImage;

pub(super) fn flip(pixels: &mut DynamicImage, axis: Axis) {
    // In place, the image crate would take 16 bits through 8.
    *pixels = match axis {
        Axis::Horizontal => pixels.fliph(),
        Axis::Vertical => pixels.flipv(),
    };
}

/// Turns clockwise. A quarter turn moves pixels, any other interpolates (Catmull-Rom) and fills the corners.
pub(super) fn rotate(pixels: &mut DynamicImage, degrees: f64, background: Colour) -> Result<(), StepError> {
    let degrees = degrees.rem_euclid(360.0);
    if degrees == 0.0 {
        return Ok(());
    }
    if degrees % 90.0 == 0.0 {
        *pixels = match degrees as u32 {
            90 => pixels.rotate90(),
            180 => pixels.rotate180(),
            _ => pixels.rotate270(),
        };
        return Ok(());
    }
    let (width, height) = turned_size((pixels.width(), pixels.height()), degrees);
    check_size((width, height))?;
    samples::make_room_for(pixels, background);
    let mut turned = samples::like(pixels, width, height);
    let to = samples::shape(&turned);
    let rotation = Rotation { degrees, background, to };
    match samples::work(pixels, rotation) {
        Turned::Bytes(bytes) => turned = samples::assemble_8(to, bytes).unwrap_or(turned),
        Turned::Words(words) => turned = samples::assemble_16(to, words).unwrap_or(turned),
    }
    *pixels = turned;
    Ok(())
}

/// The size of what holds the whole turned picture.
pub(super) fn turned_size((width, height): (u32, u32), degrees: f64) -> (u32, u32) {
    let quarter = degrees.rem_euclid(180.0);
    if quarter == 0.0 {
        return (width, height);
    }
    if quarter % 90.0 == 0.0 {
        return (height, width);
    }
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let (width, height) = (f64::from(width), f64::from(height));
    let side = |length: f64| (length - 1e-6).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
    (side(width * cosine.abs() + height * sine.abs()), side(width * sine.abs() + height * cosine.abs()))
}

struct Rotation {
    degrees: f64,
    background: Colour,
    to: Shape,
}

enum Turned {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

impl Work for Rotation {
    type Answer = Turned;

    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) -> Turned {
        let values = self.values(samples, shape);
        if T::MOST > 255.0 {
            Turned::Words(values.map(u16::of_f32).collect())
        } else {
            Turned::Bytes(values.map(u8::of_f32).collect())
        }
    }
}

/// What surrounds a place: the sum of the pixels there, premultiplied, and how much of it lies within the picture.
#[derive(Clone, Copy, Default)]
struct Sum {
    colours: [f32; 3],
    alpha: f32,
    inside: f32,
}

impl Rotation {
    /// The numbers of the turned picture, in order.
    fn values<'a, T: Sample>(&self, samples: &'a [T], from: Shape) -> impl Iterator<Item = f32> + use<'a, T> {
        let (sine, cosine) = self.degrees.to_radians().sin_cos();
        let to = self.to;
        let middle = |length: usize| length as f64 / 2.0;
        let background: Vec<f32> = samples::pixel_of::<T>(self.background, to).into_iter().map(T::to_f32).collect();
        (0..to.width * to.height).flat_map(move |at| {
            // From the middle of the pixel in the turned picture back to the place in the one that is turned.
            let x = (at % to.width) as f64 + 0.5 - middle(to.width);
            let y = (at / to.width) as f64 + 0.5 - middle(to.height);
            let source_x = x * cosine + y * sine + middle(from.width) - 0.5;
            let source_y = y * cosine - x * sine + middle(from.height) - 0.5;
            let sum = sample_at(samples, from, source_x, source_y);
            finish::<T>(sum, &background, to).into_iter().take(to.channels)
        })
    }
}

/// Lays what was found onto the background, and undoes the premultiplication.
fn finish<T: Sample>(sum: Sum, background: &[f32], to: Shape) -> [f32; 4] {
    // Next to an edge the weights swing: together with the background's they are always 1.
    let outside = 1.0 - sum.inside;
    let behind = if to.has_alpha { background[to.channels - 1] / T::MOST } else { 1.0 };
    let alpha = (sum.alpha + behind * outside).clamp(0.0, 1.0);
    let mut pixel = [0.0; 4];
    for channel in 0..to.colours() {
        let value = sum.colours[channel] + background[channel] * behind * outside;
        pixel[channel] = if alpha > 0.0 { (value / alpha).clamp(0.0, T::MOST) } else { 0.0 };
    }
    if to.has_alpha {
        pixel[to.channels - 1] = alpha * T::MOST;
    }
    pixel
}

fn sample_at<T: Sample>(samples: &[T], shape: Shape, x: f64, y: f64) -> Sum {
    let (left, top) = (x.floor(), y.floor());
    let mut sum = Sum::default();
    let is_far = |at: f64, length: usize| at < -3.0 || at > length as f64 + 2.0;
    if is_far(left, shape.width) || is_far(top, shape.height) {
        return sum;
    }
    let (across, down) = (weights((x - left) as f32), weights((y - top) as f32));
    for (row, down) in (top as i64 - 1..).zip(down) {
        let Some(row) = usize::try_from(row).ok().filter(|row| *row < shape.height) else { continue };
        for (column, across) in (left as i64 - 1..).zip(across) {
            let Some(column) = usize::try_from(column).ok().filter(|column| *column < shape.width) else { continue };
            let at = (row * shape.width + column) * shape.channels;
            let pixel = &samples[at..at + shape.channels];
            let weight = across * down;
            let alpha = if shape.has_alpha { pixel[shape.channels - 1].to_f32() / T::MOST } else { 1.0 };
            sum.inside += weight;
            sum.alpha += weight * alpha;
            for (total, sample) in sum.colours.iter_mut().zip(&pixel[..shape.colours()]) {
                *total += weight * alpha * sample.to_f32();
            }
        }
    }
    sum
}

/// The four weights of Catmull-Rom for a place this far behind the second pixel.
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [0.5 * (-t3 + 2.0 * t2 - t), 0.5 * (3.0 * t3 - 5.0 * t2 + 2.0), 0.5 * (-3.0 * t3 + 4.0 * t2 + t), 0.5 * (t3 - t2)]
}
