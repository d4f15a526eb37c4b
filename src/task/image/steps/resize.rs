//! Resampling, with transparency premultiplied.

use super::super::colour::{encoded_of, light_of};
use super::samples::{self, Sample, Shape, Work};
use super::{StepError, check_size};
use crate::model::recipe::{Filter, Resize, Size};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, Rgb32FImage, Rgba32FImage};

/// A part of a picture, in pixels and fractions of them: left, top, width, height.
type Part = (f64, f64, f64, f64);

/// Resizes a picture that is upright.
pub(super) fn resize(pixels: &mut DynamicImage, resize: &Resize) -> Result<(), StepError> {
    let from = (pixels.width(), pixels.height());
    let goal = resize.size.apply(from, resize.enlarge);
    if !matches!(resize.size, Size::Fill(..)) {
        return to(pixels, resize, goal.scaled);
    }
    // What is cut off is never made: of a thin line it would be a mass.
    let (left, top) = goal.gravity.place(goal.scaled, goal.cut);
    let across = f64::from(from.0) / f64::from(goal.scaled.0);
    let down = f64::from(from.1) / f64::from(goal.scaled.1);
    let part =
        (f64::from(left) * across, f64::from(top) * down, f64::from(goal.cut.0) * across, f64::from(goal.cut.1) * down);
    part_to(pixels, resize, part, goal.cut)
}

/// Resizes to this width and height.
pub(super) fn to(pixels: &mut DynamicImage, resize: &Resize, goal: (u32, u32)) -> Result<(), StepError> {
    let whole = (0.0, 0.0, f64::from(pixels.width()), f64::from(pixels.height()));
    part_to(pixels, resize, whole, goal)
}

fn part_to(pixels: &mut DynamicImage, resize: &Resize, part: Part, goal: (u32, u32)) -> Result<(), StepError> {
    let size = (f64::from(goal.0), f64::from(goal.1));
    if size == (f64::from(pixels.width()), f64::from(pixels.height())) && (part.2, part.3) == size {
        return Ok(());
    }
    check_size(goal)?;
    if !resize.linear {
        *pixels = resample(pixels, resize.filter, part, goal)?;
        return Ok(());
    }
    let (is_deep, shape) = (samples::is_deep(pixels), samples::shape(pixels));
    let light = if is_deep { deep_to_light(pixels) } else { to_light(pixels) };
    *pixels = DynamicImage::default();
    let light = resample(&light, resize.filter, part, goal)?;
    *pixels = if is_deep { light_to_deep(&light, shape) } else { of_light(&light) };
    Ok(())
}

fn resample(pixels: &DynamicImage, filter: Filter, part: Part, goal: (u32, u32)) -> Result<DynamicImage, StepError> {
    let mut resized = samples::like(pixels, goal.0, goal.1);
    let algorithm = match filter {
        Filter::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
        Filter::Mitchell => ResizeAlg::Convolution(FilterType::Mitchell),
        Filter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
        Filter::Nearest => ResizeAlg::Nearest,
    };
    // Rounding must not lead out of the picture.
    let (width, height) = (f64::from(pixels.width()), f64::from(pixels.height()));
    let (left, top) = (part.0.clamp(0.0, width), part.1.clamp(0.0, height));
    let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(filter != Filter::Nearest).crop(
        left,
        top,
        part.2.min(width - left),
        part.3.min(height - top),
    );
    Resizer::new().resize(pixels, &mut resized, &options).map_err(|error| StepError::Refused(error.to_string()))?;
    Ok(resized)
}

/// 8-bit sRGB as 16-bit light: 20 steps and more for each of its own.
fn to_light(pixels: &mut DynamicImage) -> DynamicImage {
    struct ToLight;
    impl Work for ToLight {
        type Answer = Option<DynamicImage>;
        fn on<T: Sample>(self, samples: &mut [T], shape: Shape) -> Option<DynamicImage> {
            let table: Vec<u16> =
                (0..=255_u8).map(|value| u16::of_f32(light_of(f32::from(value) / 255.0) * u16::MOST)).collect();
            let mut light = Vec::with_capacity(samples.len());
            for pixel in samples.chunks_exact(shape.channels) {
                let (colours, alpha) = pixel.split_at(shape.colours());
                light.extend(colours.iter().map(|sample| table[sample.index()]));
                light.extend(alpha.iter().map(|sample| sample.index() as u16 * 257));
            }
            samples::assemble_16(shape, light)
        }
    }
    samples::work(pixels, ToLight).unwrap_or_default()
}

fn of_light(light: &DynamicImage) -> DynamicImage {
    let shape = samples::shape(light);
    let table: Vec<u8> =
        (0..=u16::MAX).map(|value| u8::of_f32(encoded_of(f32::from(value) / u16::MOST) * u8::MOST)).collect();
    let of = |samples: &[u16]| {
        let mut encoded = Vec::with_capacity(samples.len());
        for pixel in samples.chunks_exact(shape.channels) {
            let (colours, alpha) = pixel.split_at(shape.colours());
            encoded.extend(colours.iter().map(|&sample| table[usize::from(sample)]));
            encoded.extend(alpha.iter().map(|&sample| ((u32::from(sample) + 128) / 257) as u8));
        }
        encoded
    };
    let encoded = match light {
        DynamicImage::ImageLuma16(buffer) => of(buffer),
        DynamicImage::ImageLumaA16(buffer) => of(buffer),
        DynamicImage::ImageRgb16(buffer) => of(buffer),
        DynamicImage::ImageRgba16(buffer) => of(buffer),
        _ => Vec::new(),
    };
    samples::assemble_8(shape, encoded).unwrap_or_default()
}

/// 16-bit sRGB as light in floating point, always with three colours: dark values would run together in 16 bits.
fn deep_to_light(pixels: &DynamicImage) -> DynamicImage {
    let table: Vec<f32> = (0..=u16::MAX).map(|value| light_of(f32::from(value) / u16::MOST)).collect();
    let light = |sample: u16| table[usize::from(sample)];
    let (width, height) = (pixels.width(), pixels.height());
    if pixels.color().has_alpha() {
        let rgba = pixels.to_rgba16();
        let of = rgba.pixels().flat_map(|pixel| {
            let [r, g, b, a] = pixel.0;
            [light(r), light(g), light(b), f32::from(a) / u16::MOST]
        });
        Rgba32FImage::from_raw(width, height, of.collect()).map(DynamicImage::ImageRgba32F).unwrap_or_default()
    } else {
        let rgb = pixels.to_rgb16();
        let of = rgb.as_raw().iter().map(|&sample| light(sample));
        Rgb32FImage::from_raw(width, height, of.collect()).map(DynamicImage::ImageRgb32F).unwrap_or_default()
    }
}

fn light_to_deep(light: &DynamicImage, before: Shape) -> DynamicImage {
    let shape = Shape { width: light.width() as usize, height: light.height() as usize, ..before };
    let of = |samples: &[f32], channels: usize| {
        let mut encoded = Vec::with_capacity(samples.len());
        for pixel in samples.chunks_exact(channels) {
            let colours = pixel[..shape.colours()].iter();
            encoded.extend(colours.map(|light| u16::of_f32(encoded_of(light.clamp(0.0, 1.0)) * u16::MOST)));
            encoded.extend(pixel.get(3).map(|alpha| u16::of_f32(alpha * u16::MOST)));
        }
        encoded
    };
    let encoded = match light {
        DynamicImage::ImageRgb32F(buffer) => of(buffer, 3),
        DynamicImage::ImageRgba32F(buffer) => of(buffer, 4),
        _ => Vec::new(),
    };
    samples::assemble_16(shape, encoded).unwrap_or_default()
}
