//! Gaussian blur, and sharpening by it.

use super::StepError;
use super::samples::{self, Sample, Shape, Work};
use crate::model::recipe::Sharpen;
use image::DynamicImage;
use libblur::{
    BlurError, BlurImage, BlurImageMut, ConvolutionMode, EdgeMode, FastBlurChannels, GaussianBlurParams,
    ThreadingPolicy, gaussian_blur, gaussian_blur_u16,
};

/// Blurs with transparency premultiplied: what cannot be seen does not bleed into what can.
pub(super) fn blur(pixels: &mut DynamicImage, sigma: f64) -> Result<(), StepError> {
    let is_seen_through = pixels.color().has_alpha() && samples::work(pixels, IsSeenThrough);
    if !is_seen_through {
        return gauss(pixels, sigma);
    }
    let is_deep = samples::is_deep(pixels);
    let shape = samples::shape(pixels);
    // In 8 bits little would be left of the colour of what is nearly clear.
    let premultiplied = samples::work(pixels, Premultiply);
    *pixels = samples::assemble_16(shape, premultiplied).unwrap_or_default();
    gauss(pixels, sigma)?;
    samples::work(pixels, Unpremultiply);
    if !is_deep {
        *pixels = super::super::to_8_bits(pixels);
    }
    Ok(())
}

/// Adds what blurring takes away.
pub(super) fn sharpen(pixels: &mut DynamicImage, sharpen: Sharpen) -> Result<(), StepError> {
    let mut blurred = pixels.clone();
    blur(&mut blurred, sharpen.sigma)?;
    let blurred = if samples::is_deep(&blurred) {
        Blurred::Words(samples::work(&mut blurred, Words))
    } else {
        Blurred::Bytes(blurred.into_bytes())
    };
    samples::work(pixels, Unsharp { sharpen, blurred: &blurred });
    Ok(())
}

/// How far the kernel reaches, in standard deviations: what lies beyond is less than a part in a thousand.
const REACH: f64 = 3.3;

fn gauss(pixels: &mut DynamicImage, sigma: f64) -> Result<(), StepError> {
    let kernel = 2 * ((sigma * REACH).ceil() as u32).max(1) + 1;
    let params = GaussianBlurParams::new(kernel, sigma);
    let (width, height) = (pixels.width(), pixels.height());
    let failed = |error: BlurError| StepError::Refused(error.to_string());
    let edges = EdgeMode::Clamp.as_2d();
    let shape = samples::shape(pixels);
    let channels = match shape.channels {
        1 => FastBlurChannels::Plane,
        3 => FastBlurChannels::Channels3,
        4 => FastBlurChannels::Channels4,
        // Two channels are unknown there: as four they are blurred together with their neighbours.
        _ => return gauss_of_two(pixels, sigma),
    };
    if samples::is_deep(pixels) {
        let words = samples::work(pixels, Words);
        let mut blurred = vec![0; words.len()];
        let mut to = BlurImageMut::borrow(&mut blurred, width, height, channels);
        let from = BlurImage::borrow(&words, width, height, channels);
        gaussian_blur_u16(&from, &mut to, params, edges, ThreadingPolicy::Single, ConvolutionMode::Exact)
            .map_err(failed)?;
        *pixels = samples::assemble_16(shape, blurred).unwrap_or_default();
        return Ok(());
    }
    let mut blurred = vec![0; pixels.as_bytes().len()];
    let mut to = BlurImageMut::borrow(&mut blurred, width, height, channels);
    let from = BlurImage::borrow(pixels.as_bytes(), width, height, channels);
    // In fixed point the weights of a wide kernel are too small to be told apart.
    gaussian_blur(&from, &mut to, params, edges, ThreadingPolicy::Single, ConvolutionMode::Exact).map_err(failed)?;
    *pixels = samples::assemble_8(shape, blurred).unwrap_or_default();
    Ok(())
}

/// Gray with transparency goes by way of RGBA.
fn gauss_of_two(pixels: &mut DynamicImage, sigma: f64) -> Result<(), StepError> {
    let is_deep = samples::is_deep(pixels);
    samples::make_room(pixels, true, true);
    gauss(pixels, sigma)?;
    *pixels = if is_deep {
        DynamicImage::ImageLumaA16(pixels.to_luma_alpha16())
    } else {
        DynamicImage::ImageLumaA8(pixels.to_luma_alpha8())
    };
    Ok(())
}

struct IsSeenThrough;

impl Work for IsSeenThrough {
    type Answer = bool;
    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) -> bool {
        let solid = T::of_u8(255);
        samples.chunks_exact(shape.channels).any(|pixel| pixel.last() != Some(&solid))
    }
}

/// The numbers as they are, in 16 bits.
struct Words;

impl Work for Words {
    type Answer = Vec<u16>;
    fn on<T: Sample>(self, samples: &mut [T], _: Shape) -> Vec<u16> {
        samples.iter().map(|sample| sample.index() as u16).collect()
    }
}

/// 16 bits a channel, colours times transparency.
struct Premultiply;

impl Work for Premultiply {
    type Answer = Vec<u16>;
    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) -> Vec<u16> {
        let scale = u16::MOST / T::MOST;
        let mut words = Vec::with_capacity(samples.len());
        for pixel in samples.chunks_exact(shape.channels) {
            let alpha = pixel[shape.channels - 1].to_f32();
            let colours = pixel[..shape.channels - 1].iter();
            words.extend(colours.map(|sample| u16::of_f32(sample.to_f32() * scale * (alpha / T::MOST))));
            words.push(u16::of_f32(alpha * scale));
        }
        words
    }
}

struct Unpremultiply;

impl Work for Unpremultiply {
    type Answer = ();
    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) {
        for pixel in samples.chunks_exact_mut(shape.channels) {
            let alpha = pixel[shape.channels - 1].to_f32() / T::MOST;
            for sample in &mut pixel[..shape.channels - 1] {
                *sample = if alpha > 0.0 { T::of_f32((sample.to_f32() / alpha).min(T::MOST)) } else { T::default() };
            }
        }
    }
}

enum Blurred {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

struct Unsharp<'a> {
    sharpen: Sharpen,
    blurred: &'a Blurred,
}

impl Work for Unsharp<'_> {
    type Answer = ();
    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) {
        match self.blurred {
            Blurred::Bytes(bytes) => self.add(samples, bytes, shape),
            Blurred::Words(words) => self.add(samples, words, shape),
        }
    }
}

impl Unsharp<'_> {
    fn add<T: Sample, B: Sample>(&self, samples: &mut [T], blurred: &[B], shape: Shape) {
        let threshold = T::of_u8(self.sharpen.threshold).to_f32();
        let amount = self.sharpen.amount as f32;
        let colours = shape.colours();
        for (pixel, blurred) in samples.chunks_exact_mut(shape.channels).zip(blurred.chunks_exact(shape.channels)) {
            for (sample, blurred) in pixel[..colours].iter_mut().zip(blurred) {
                let difference = sample.to_f32() - blurred.to_f32();
                if difference.abs() > threshold {
                    *sample = T::of_f32((sample.to_f32() + amount * difference).clamp(0.0, T::MOST));
                }
            }
        }
    }
}
