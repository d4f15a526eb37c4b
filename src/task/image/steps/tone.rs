//! Brightness and colour: each number by a table, or each pixel by its brightness.

use super::samples::{self, Sample, Shape, Work};
use image::{ColorType, DynamicImage};

/// How bright red, green and blue are (Rec. 709).
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

pub(super) fn brightness(pixels: &mut DynamicImage, percent: f64) {
    let added = percent as f32 / 100.0;
    by_table(pixels, |value| value + added);
}

pub(super) fn contrast(pixels: &mut DynamicImage, percent: f64) {
    let factor = 1.0 + percent as f32 / 100.0;
    by_table(pixels, |value| (value - 0.5) * factor + 0.5);
}

pub(super) fn gamma(pixels: &mut DynamicImage, gamma: f64) {
    let power = 1.0 / gamma as f32;
    by_table(pixels, |value| value.powf(power));
}

/// Changes every number but transparency, by a function from 0..1 to 0..1.
fn by_table(pixels: &mut DynamicImage, change: impl Fn(f32) -> f32) {
    struct ByTable<F>(F);
    impl<F: Fn(f32) -> f32> Work for ByTable<F> {
        type Answer = ();
        fn on<T: Sample>(self, samples: &mut [T], shape: Shape) {
            let most = T::MOST as usize;
            let table: Vec<T> =
                (0..=most).map(|value| T::of_f32((self.0)(value as f32 / T::MOST).clamp(0.0, 1.0) * T::MOST)).collect();
            // Without transparency all numbers are alike, and the pixels need not be told apart.
            let pixel_length = if shape.has_alpha { shape.channels } else { samples.len().max(1) };
            let changed = if shape.has_alpha { shape.channels - 1 } else { samples.len() };
            for pixel in samples.chunks_exact_mut(pixel_length) {
                for sample in &mut pixel[..changed] {
                    *sample = table[sample.index()];
                }
            }
        }
    }
    samples::work(pixels, ByTable(change));
}

fn luma<T: Sample>(pixel: &[T]) -> f32 {
    match pixel {
        [r, g, b, ..] => r.to_f32() * LUMA[0] + g.to_f32() * LUMA[1] + b.to_f32() * LUMA[2],
        [gray, ..] => gray.to_f32(),
        [] => 0.0,
    }
}

pub(super) fn saturation(pixels: &mut DynamicImage, percent: f64) {
    struct Saturate(f32);
    impl Work for Saturate {
        type Answer = ();
        fn on<T: Sample>(self, samples: &mut [T], shape: Shape) {
            if shape.colours() != 3 {
                return;
            }
            for pixel in samples.chunks_exact_mut(shape.channels) {
                let gray = luma(pixel);
                for sample in &mut pixel[..3] {
                    *sample = T::of_f32((gray + (sample.to_f32() - gray) * self.0).clamp(0.0, T::MOST));
                }
            }
        }
    }
    samples::work(pixels, Saturate(1.0 + percent as f32 / 100.0));
}

/// Takes the colours away. The three channels stay, all the same, where a profile describes them: without it the
/// brightness would be another.
pub(super) fn grayscale(pixels: &mut DynamicImage, has_profile: bool) {
    saturation(pixels, -100.0);
    if has_profile {
        return;
    }
    *pixels = match pixels.color() {
        ColorType::Rgb8 | ColorType::Rgba8 => gray_8(pixels, pixels.as_bytes()),
        ColorType::Rgb16 => pixels.as_rgb16().and_then(|rgb| gray_16(pixels, rgb)),
        ColorType::Rgba16 => pixels.as_rgba16().and_then(|rgba| gray_16(pixels, rgba)),
        _ => return,
    }
    .unwrap_or_default();
}

fn gray_8(pixels: &DynamicImage, samples: &[u8]) -> Option<DynamicImage> {
    let shape = samples::shape(pixels);
    let gray = Shape { channels: shape.channels - 2, ..shape };
    samples::assemble_8(gray, without_two(samples, shape))
}

fn gray_16(pixels: &DynamicImage, samples: &[u16]) -> Option<DynamicImage> {
    let shape = samples::shape(pixels);
    let gray = Shape { channels: shape.channels - 2, ..shape };
    samples::assemble_16(gray, without_two(samples, shape))
}

/// Of three channels that are the same, one; and transparency.
fn without_two<T: Copy>(samples: &[T], shape: Shape) -> Vec<T> {
    samples.chunks_exact(shape.channels).flat_map(|pixel| &pixel[2..]).copied().collect()
}

/// Stretches what the channels say to the whole range, all alike, so that at each end this percentage of the pixels is
/// lost: those of which a channel would go beyond it.
pub(super) fn auto_contrast(pixels: &mut DynamicImage, clip: f64) {
    if let Some((low, high)) = samples::work(pixels, Range { clip }) {
        by_table(pixels, |value| (value - low) / (high - low));
    }
}

/// Finds the darkest and the brightest value that count, 0 to 1; none where they are the same.
struct Range {
    clip: f64,
}

impl Work for Range {
    type Answer = Option<(f32, f32)>;

    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) -> Self::Answer {
        let mut darkest = vec![0_u64; T::MOST as usize + 1];
        let mut brightest = darkest.clone();
        for pixel in samples.chunks_exact(shape.channels) {
            // What cannot be seen does not count.
            if !shape.has_alpha || pixel[shape.channels - 1] != T::default() {
                let channels = || pixel[..shape.colours()].iter().map(|sample| sample.index());
                darkest[channels().min().unwrap_or_default()] += 1;
                brightest[channels().max().unwrap_or_default()] += 1;
            }
        }
        let all: u64 = darkest.iter().sum();
        let lost = (all as f64 * self.clip / 100.0) as u64;
        let low = place_of(darkest.iter(), lost)?;
        let high = brightest.len() - 1 - place_of(brightest.iter().rev(), lost)?;
        (low < high).then(|| (low as f32 / T::MOST, high as f32 / T::MOST))
    }
}

/// The first place with more than so many before it and at it.
fn place_of<'a>(counts: impl Iterator<Item = &'a u64>, lost: u64) -> Option<usize> {
    let mut so_far = 0;
    for (place, count) in counts.enumerate() {
        so_far += count;
        if so_far > lost {
            return Some(place);
        }
    }
    None
}
