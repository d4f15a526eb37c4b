//! The steps of recipes once more, in floating point and as plainly as they can be written: what the quick ones are
//! measured against. Numbers are 0 to 1, red, green, blue and transparency.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use image::{DynamicImage, ImageBuffer, Rgba, Rgba32FImage};

#[derive(Clone)]
pub(crate) struct Plain {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<[f64; 4]>,
}

impl Plain {
    pub(crate) fn of(pixels: &DynamicImage) -> Plain {
        let wide: Rgba32FImage = pixels.to_rgba32f();
        Plain {
            width: wide.width() as usize,
            height: wide.height() as usize,
            pixels: wide.pixels().map(|pixel| pixel.0.map(f64::from)).collect(),
        }
    }

    pub(crate) fn made(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [f64; 4]) -> Plain {
        let pixels = (0..width * height).map(|at| pixel(at % width, at / width)).collect();
        Plain { width, height, pixels }
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> [f64; 4] {
        self.pixels[y * self.width + x]
    }

    /// The nearest pixel where the place lies outside.
    pub(crate) fn clamped(&self, x: i64, y: i64) -> [f64; 4] {
        self.at(x.clamp(0, self.width as i64 - 1) as usize, y.clamp(0, self.height as i64 - 1) as usize)
    }

    pub(crate) fn map(&self, change: impl Fn([f64; 4]) -> [f64; 4]) -> Plain {
        Plain { pixels: self.pixels.iter().map(|pixel| change(*pixel)).collect(), ..*self }
    }

    /// Changes colours and leaves transparency.
    pub(crate) fn tone(&self, change: impl Fn(f64) -> f64) -> Plain {
        let limited = |value| change(value).clamp(0.0, 1.0);
        self.map(|[r, g, b, a]| [limited(r), limited(g), limited(b), a])
    }

    pub(crate) fn premultiplied(&self) -> Plain {
        self.map(|[r, g, b, a]| [r * a, g * a, b * a, a])
    }

    pub(crate) fn unpremultiplied(&self) -> Plain {
        self.map(|[r, g, b, a]| {
            let colour = |value: f64| if a > 0.0 { (value / a).clamp(0.0, 1.0) } else { 0.0 };
            [colour(r), colour(g), colour(b), a.clamp(0.0, 1.0)]
        })
    }

    fn transposed(&self) -> Plain {
        Plain::made(self.height, self.width, |x, y| self.at(y, x))
    }

    fn resized_across(&self, width: usize, reach: f64, kernel: impl Fn(f64) -> f64) -> Plain {
        let scale = self.width as f64 / width as f64;
        let widened = scale.max(1.0);
        Plain::made(width, self.height, |x, y| {
            let middle = (x as f64 + 0.5) * scale;
            let (mut sum, mut weights) = ([0.0; 4], 0.0);
            for from in 0..self.width {
                let distance = (from as f64 + 0.5 - middle) / widened;
                if distance.abs() < reach {
                    let weight = kernel(distance);
                    weights += weight;
                    for (total, value) in sum.iter_mut().zip(self.at(from, y)) {
                        *total += weight * value;
                    }
                }
            }
            sum.map(|total| total / weights)
        })
    }

    /// Resampled with a kernel that reaches so far.
    pub(crate) fn resized(&self, size: (usize, usize), reach: f64, kernel: impl Fn(f64) -> f64 + Copy) -> Plain {
        let across = self.premultiplied().resized_across(size.0, reach, kernel);
        across.transposed().resized_across(size.1, reach, kernel).transposed().unpremultiplied()
    }

    pub(crate) fn in_light(&self, work: impl Fn(&Plain) -> Plain) -> Plain {
        let light = |v: f64| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
        let encoded = |v: f64| if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        work(&self.tone(light)).tone(encoded)
    }

    pub(crate) fn part(&self, (left, top): (usize, usize), (width, height): (usize, usize)) -> Plain {
        Plain::made(width, height, |x, y| self.at(left + x, top + y))
    }

    pub(crate) fn blurred(&self, sigma: f64) -> Plain {
        let reach = (sigma * 6.0).ceil() as i64;
        let kernel: Vec<f64> = (-reach..=reach).map(|d| (-(d as f64).powi(2) / (2.0 * sigma * sigma)).exp()).collect();
        let all: f64 = kernel.iter().sum();
        let across = |picture: &Plain| {
            Plain::made(picture.width, picture.height, |x, y| {
                let mut sum = [0.0; 4];
                for (weight, d) in kernel.iter().zip(-reach..) {
                    for (total, value) in sum.iter_mut().zip(picture.clamped(x as i64 + d, y as i64)) {
                        *total += weight / all * value;
                    }
                }
                sum
            })
        };
        across(&across(&self.premultiplied()).transposed()).transposed().unpremultiplied()
    }

    /// Laid over `below`, pixel by pixel.
    pub(crate) fn over([r, g, b, a]: [f64; 4], below: [f64; 4]) -> [f64; 4] {
        let behind = below[3] * (1.0 - a);
        let all = a + behind;
        let mixed = |above: f64, below: f64| if all > 0.0 { (above * a + below * behind) / all } else { 0.0 };
        [mixed(r, below[0]), mixed(g, below[1]), mixed(b, below[2]), all]
    }
}

pub(crate) fn luma([r, g, b, _]: [f64; 4]) -> f64 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

pub(crate) fn lanczos3(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) };
    sinc(x) * sinc(x / 3.0)
}

pub(crate) fn triangle(x: f64) -> f64 {
    1.0 - x.abs()
}

/// Cubic kernels: B = C = 1/3 is Mitchell's, B = 0 and C = 1/2 Catmull-Rom.
pub(crate) fn cubic(b: f64, c: f64, x: f64) -> f64 {
    let x = x.abs();
    let near = (12.0 - 9.0 * b - 6.0 * c) * x.powi(3) + (-18.0 + 12.0 * b + 6.0 * c) * x.powi(2) + (6.0 - 2.0 * b);
    let far = (-b - 6.0 * c) * x.powi(3)
        + (6.0 * b + 30.0 * c) * x.powi(2)
        + (-12.0 * b - 48.0 * c) * x
        + (8.0 * b + 24.0 * c);
    match x {
        x if x < 1.0 => near / 6.0,
        x if x < 2.0 => far / 6.0,
        _ => 0.0,
    }
}

/// How near two pictures of one size are, in dB, transparency premultiplied: 58.9 is what rounding to 8 bits costs.
pub(crate) fn psnr(a: &Plain, b: &Plain) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let (a, b) = (a.premultiplied(), b.premultiplied());
    let errors = a.pixels.iter().flatten().zip(b.pixels.iter().flatten()).map(|(a, b)| (a - b).powi(2));
    let mean = errors.sum::<f64>() / (a.pixels.len() * 4) as f64;
    if mean == 0.0 { f64::INFINITY } else { -10.0 * mean.log10() }
}

/// A picture with slopes, edges, fine lines and dark parts; with transparency a part of it is clear.
pub(crate) fn sample(width: u32, height: u32) -> ImageBuffer<Rgba<u16>, Vec<u16>> {
    ImageBuffer::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let wave = 0.5 + 0.4 * (f64::from(x) * 0.7).sin() * (f64::from(y) * 0.31).cos();
        let edge = if (u - 0.5).powi(2) + (v - 0.5).powi(2) < 0.09 { 0.85 } else { 0.1 };
        let alpha = (1.3 - 1.6 * ((u - 0.4).powi(2) + (v - 0.6).powi(2)).sqrt()).clamp(0.0, 1.0);
        Rgba(
            [0.05 + 0.9 * u, wave * (0.3 + 0.7 * v), edge * (1.0 - 0.4 * u), alpha]
                .map(|value| (value * 65_535.0).round() as u16),
        )
    })
}
