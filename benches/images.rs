//! What `scripts/bench-images` cannot do by itself: photographs to measure with, how near a result is to the truth, and
//! what libjpeg-turbo takes for its part alone. Prints what it finds as JSON.

#![expect(clippy::print_stdout, reason = "what it finds is its output")]

use image::{ImageReader, RgbImage};
use millrace::task::cpu_time;
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["photographs", folder, count, width, height] => {
            let number = |text: &str| text.parse::<u32>().expect("a number");
            for seed in 0..number(count) {
                let pixels = photograph(seed, number(width), number(height));
                let path = Path::new(folder).join(format!("photo-{seed:02}"));
                std::fs::write(path.with_extension("jpg"), jpeg(&pixels, 92)).expect("written");
                pixels.save(path.with_extension("png")).expect("written");
            }
        }
        ["psnr", original, result] => {
            println!("{:.2}", psnr(&reference(&load(original), &load(result)), &load(result)));
        }
        // How much a JPEG lost beside the same encoder's JPEG of the truth.
        ["loss", original, result, quality] => {
            let result = load(result);
            let truth = rounded(&reference(&load(original), &result));
            let best = decoded(&jpeg(&truth, quality.parse().expect("a quality")));
            let truth = as_floats(&truth);
            println!("{:.2} {:.2}", psnr(&truth, &result), psnr(&truth, &best));
        }
        ["blur", original, result, sigma] => {
            let truth = blurred(&load(original), sigma.parse().expect("a number"));
            println!("{:.2}", psnr(&truth, &load(result)));
        }
        ["floor", side, rest @ ..] => println!("{:.2}", floor(side.parse().expect("a number"), rest)),
        _ => println!("run by make bench-images"),
    }
}

fn load(path: &str) -> RgbImage {
    if Path::new(path).extension().is_some_and(|extension| extension == "jpg") {
        return decoded(&std::fs::read(path).expect("a file"));
    }
    ImageReader::open(path).expect("a file").decode().expect("a picture").into_rgb8()
}

/// Clouds of several sizes, edges, and grain: packs about as a photograph does, each seed another.
fn photograph(seed: u32, width: u32, height: u32) -> RgbImage {
    let hash = |x: u32, y: u32| {
        let mixed = x
            .wrapping_mul(374_761_393)
            .wrapping_add(y.wrapping_mul(668_265_263))
            .wrapping_add(seed.wrapping_mul(982_451_653));
        let mixed = (mixed ^ mixed >> 13).wrapping_mul(1_274_126_177);
        ((mixed ^ mixed >> 16) & 0xffff) as f32 / 65_535.0
    };
    let cloud = |x: f32, y: f32, layer: u32| {
        let (left, top) = (x.floor(), y.floor());
        let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
        let (u, v) = (smooth(x - left), smooth(y - top));
        let corner = |dx: u32, dy: u32| hash(left as u32 + dx + layer * 7919, top as u32 + dy);
        let above = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * u;
        let below = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * u;
        above + (below - above) * v
    };
    RgbImage::from_fn(width, height, |x, y| {
        let at = |scale: f32, layer| cloud(x as f32 / scale, y as f32 / scale, layer);
        let light = at(700.0, 0) * 0.5 + at(150.0, 1) * 0.25 + at(40.0, 2) * 0.15 + at(9.0, 3) * 0.1;
        let edge = if at(300.0, 4) > 0.55 { 0.25 } else { 0.0 };
        let grain = (hash(x, y) - 0.5) * 0.035;
        let part =
            |shift: f32| ((light + edge * shift + grain) * 235.0 + at(500.0, 5) * 40.0 * shift).clamp(0.0, 255.0) as u8;
        image::Rgb([part(1.0), part(0.6), part(-0.4)])
    })
}

fn jpeg(pixels: &RgbImage, quality: i32) -> Vec<u8> {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let format = turbojpeg::PixelFormat::RGB;
    let image = turbojpeg::Image { pixels: pixels.as_raw().as_slice(), width, pitch: width * 3, height, format };
    turbojpeg::compress(image, quality, turbojpeg::Subsamp::Sub2x2).expect("encoded").to_vec()
}

fn decoded(jpeg: &[u8]) -> RgbImage {
    let image = turbojpeg::decompress(jpeg, turbojpeg::PixelFormat::RGB).expect("decoded");
    RgbImage::from_raw(image.width as u32, image.height as u32, image.pixels).expect("as many as there should be")
}

/// Rows of floating-point samples.
struct Floats {
    width: usize,
    height: usize,
    samples: Vec<f32>,
}

fn as_floats(pixels: &RgbImage) -> Floats {
    let samples = pixels.as_raw().iter().map(|value| f32::from(*value)).collect();
    Floats { width: pixels.width() as usize, height: pixels.height() as usize, samples }
}

fn rounded(floats: &Floats) -> RgbImage {
    let samples = floats.samples.iter().map(|value| value.round().clamp(0.0, 255.0) as u8).collect();
    RgbImage::from_raw(floats.width as u32, floats.height as u32, samples).expect("as many as there should be")
}

/// The original made as small as the result, by Lanczos3 in floating point.
fn reference(original: &RgbImage, result: &RgbImage) -> Floats {
    let lanczos = |x: f64| {
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) };
        if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
    };
    let weights = |from: usize, to: usize| -> Vec<(usize, Vec<f32>)> {
        let scale = from as f64 / to as f64;
        let stretch = scale.max(1.0);
        let of = |at: usize| {
            let middle = (at as f64 + 0.5) * scale;
            let first = (middle - 3.0 * stretch).floor().max(0.0) as usize;
            let last = ((middle + 3.0 * stretch).ceil() as usize).min(from);
            let raw: Vec<f64> = (first..last).map(|x| lanczos((x as f64 + 0.5 - middle) / stretch)).collect();
            let sum: f64 = raw.iter().sum();
            (first, raw.iter().map(|weight| (weight / sum) as f32).collect())
        };
        (0..to).map(of).collect()
    };
    let across = weights(original.width() as usize, result.width() as usize);
    let down = weights(original.height() as usize, result.height() as usize);
    turned(&along(&turned(&along(&as_floats(original), &across)), &down))
}

/// Sums along each row, by weights.
fn along(from: &Floats, weights: &[(usize, Vec<f32>)]) -> Floats {
    let mut samples = Vec::with_capacity(weights.len() * from.height * 3);
    for row in from.samples.chunks_exact(from.width * 3) {
        for (first, weights) in weights {
            let mut sums = [0.0_f32; 3];
            for (pixel, weight) in row[first * 3..].chunks_exact(3).zip(weights) {
                (0..3).for_each(|channel| sums[channel] += pixel[channel] * weight);
            }
            samples.extend(sums);
        }
    }
    Floats { width: weights.len(), height: from.height, samples }
}

fn turned(from: &Floats) -> Floats {
    let mut samples = Vec::with_capacity(from.samples.len());
    for x in 0..from.width {
        for y in 0..from.height {
            let at = (y * from.width + x) * 3;
            samples.extend(&from.samples[at..at + 3]);
        }
    }
    Floats { width: from.height, height: from.width, samples }
}

/// The true Gaussian, edges repeated.
fn blurred(original: &RgbImage, sigma: f64) -> Floats {
    let reach = (sigma * 5.0).ceil() as i64;
    let kernel: Vec<f64> = (-reach..=reach).map(|x| (-(x * x) as f64 / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f64 = kernel.iter().sum();
    let weights = |length: usize| -> Vec<(usize, Vec<f32>)> {
        let of = |at: i64| {
            let (first, last) = ((at - reach).max(0), (at + reach).min(length as i64 - 1));
            let mut row = vec![0.0; (last - first + 1) as usize];
            for (weight, x) in kernel.iter().zip(at - reach..) {
                row[(x.clamp(first, last) - first) as usize] += (weight / sum) as f32;
            }
            (first as usize, row)
        };
        (0..length as i64).map(of).collect()
    };
    let across = along(&as_floats(original), &weights(original.width() as usize));
    turned(&along(&turned(&across), &weights(original.height() as usize)))
}

fn psnr(truth: &Floats, result: &RgbImage) -> f64 {
    let differences =
        truth.samples.iter().zip(result.as_raw()).map(|(a, b)| f64::from(a.clamp(0.0, 255.0) - f32::from(*b)).powi(2));
    10.0 * (255.0 * 255.0 / (differences.sum::<f64>() / truth.samples.len() as f64)).log10()
}

/// The processor time of libjpeg-turbo alone, in milliseconds a picture: decoding as far as Millrace would for this side, and
/// encoding a picture of the size that comes out.
fn floor(side: u32, files: &[&str]) -> f64 {
    use turbojpeg::{Decompressor, Image, PixelFormat, ScalingFactor, Subsamp};
    let mut milliseconds = 0.0;
    for file in files {
        let bytes = std::fs::read(file).expect("a file");
        let started = cpu_time::of_this_thread();
        let mut decompressor = Decompressor::new().expect("a decompressor");
        let header = decompressor.read_header(&bytes).expect("a header");
        let longest = header.width.max(header.height) as u32;
        let factors = [ScalingFactor::ONE_EIGHTH, ScalingFactor::ONE_QUARTER, ScalingFactor::ONE_HALF];
        let scale = factors
            .into_iter()
            .find(|scale| scale.scale(longest as usize) as u32 >= 3 * side)
            .unwrap_or(ScalingFactor::ONE);
        decompressor.set_scaling_factor(scale).expect("a fraction");
        let (width, height) = (scale.scale(header.width), scale.scale(header.height));
        let mut pixels = vec![0; width * height * 3];
        let image = Image { pixels: pixels.as_mut_slice(), width, pitch: width * 3, height, format: PixelFormat::RGB };
        decompressor.decompress(&bytes, image).expect("decoded");
        let (small_width, small_height) =
            (side as usize * width / width.max(height), side as usize * height / width.max(height));
        let image = Image {
            pixels: pixels.as_slice(),
            width: small_width,
            pitch: width * 3,
            height: small_height,
            format: PixelFormat::RGB,
        };
        turbojpeg::compress(image, 85, Subsamp::Sub2x2).expect("encoded");
        milliseconds += cpu_time::of_this_thread().saturating_sub(started).as_secs_f64() * 1000.0;
    }
    milliseconds / files.len() as f64
}
