//! PNG: with a palette where there are few colours, packed as hard as was asked for.

use super::super::{StepError, Target};
use crate::model::recipe::PngEffort;
use image::{ColorType, DynamicImage, RgbaImage};
use png::{BitDepth, Compression, Encoder, Filter};
use std::collections::HashMap;

/// The most colours that a palette has.
const MOST_COLOURS: usize = 256;

pub(super) fn encode(pixels: &DynamicImage, target: Target) -> Result<Vec<u8>, StepError> {
    let palette = if target.encoding.palette { Palette::of(pixels) } else { None };
    let refused = |error: png::EncodingError| StepError::Refused(error.to_string());
    let effort = target.encoding.png;
    let mut encoded = Vec::new();
    match &palette {
        Some(palette) => write_palette(&mut encoded, palette, pixels, effort),
        None => write_pixels(&mut encoded, pixels, effort),
    }
    .map_err(refused)?;
    if effort == PngEffort::Optimised {
        let options = oxipng::Options::from_preset(3);
        return oxipng::optimize_from_memory(&encoded, &options).map_err(|error| StepError::Refused(error.to_string()));
    }
    Ok(encoded)
}

/// A file with transparency and without a palette, as the frames of an animation have to be alike.
pub(super) fn rgba(pixels: &RgbaImage, effort: PngEffort) -> Result<Vec<u8>, StepError> {
    let mut encoded = Vec::new();
    let (size, samples) = (pixels.dimensions(), pixels.as_raw());
    let result = write_samples(&mut encoded, size, (png::ColorType::Rgba, BitDepth::Eight), samples, effort);
    result.map_err(|error| StepError::Refused(error.to_string()))?;
    Ok(encoded)
}

fn compression(effort: PngEffort) -> Compression {
    match effort {
        PngEffort::Fast | PngEffort::Optimised => Compression::Fast,
        PngEffort::Small => Compression::High,
    }
}

fn write_pixels(out: &mut Vec<u8>, pixels: &DynamicImage, effort: PngEffort) -> Result<(), png::EncodingError> {
    let color = match pixels.color() {
        ColorType::L8 | ColorType::L16 => png::ColorType::Grayscale,
        ColorType::La8 | ColorType::La16 => png::ColorType::GrayscaleAlpha,
        ColorType::Rgba8 | ColorType::Rgba16 => png::ColorType::Rgba,
        _ => png::ColorType::Rgb,
    };
    let is_deep = pixels.color().bytes_per_pixel() > pixels.color().channel_count();
    let size = (pixels.width(), pixels.height());
    if is_deep {
        // PNG has the high byte first.
        let words = pixels.as_bytes().chunks_exact(2);
        let swapped: Vec<u8> = words.flat_map(|word| u16::from_ne_bytes([word[0], word[1]]).to_be_bytes()).collect();
        write_samples(out, size, (color, BitDepth::Sixteen), &swapped, effort)
    } else {
        write_samples(out, size, (color, BitDepth::Eight), pixels.as_bytes(), effort)
    }
}

fn write_samples(
    out: &mut Vec<u8>,
    (width, height): (u32, u32),
    (color, depth): (png::ColorType, BitDepth),
    samples: &[u8],
    effort: PngEffort,
) -> Result<(), png::EncodingError> {
    let mut encoder = Encoder::new(out, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.set_compression(compression(effort));
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    writer.finish()
}

/// Few colours, each with its place.
pub(super) struct Palette {
    colours: Vec<[u8; 4]>,
    places: HashMap<[u8; 4], u8>,
}

impl Palette {
    /// The colours of a picture, if it has few. Gray pictures are as small without.
    fn of(pixels: &DynamicImage) -> Option<Palette> {
        let mut palette = Palette { colours: Vec::new(), places: HashMap::new() };
        let mut last = None;
        match pixels {
            DynamicImage::ImageRgb8(rgb) => {
                for pixel in rgb.pixels() {
                    let [r, g, b] = pixel.0;
                    palette.add([r, g, b, 255], &mut last)?;
                }
            }
            DynamicImage::ImageRgba8(rgba) => {
                for pixel in rgba.pixels() {
                    palette.add(pixel.0, &mut last)?;
                }
            }
            _ => return None,
        }
        palette.sort();
        Some(palette)
    }

    fn add(&mut self, colour: [u8; 4], last: &mut Option<[u8; 4]>) -> Option<()> {
        if *last != Some(colour) && !self.places.contains_key(&colour) {
            if self.colours.len() == MOST_COLOURS {
                return None;
            }
            self.places.insert(colour, 0);
            self.colours.push(colour);
        }
        *last = Some(colour);
        Some(())
    }

    /// What shines through comes first, so that the list of it is short; then by lightness, so that neighbours are alike.
    fn sort(&mut self) {
        let light = |[r, g, b, _]: [u8; 4]| u32::from(r) * 3 + u32::from(g) * 6 + u32::from(b);
        self.colours.sort_by_key(|colour| (colour[3], light(*colour), *colour));
        self.places = self.colours.iter().zip(0..=u8::MAX).map(|(colour, place)| (*colour, place)).collect();
    }

    fn bits(&self) -> (BitDepth, usize) {
        match self.colours.len() {
            0..=2 => (BitDepth::One, 1),
            3..=4 => (BitDepth::Two, 2),
            5..=16 => (BitDepth::Four, 4),
            _ => (BitDepth::Eight, 8),
        }
    }
}

fn write_palette(
    out: &mut Vec<u8>,
    palette: &Palette,
    pixels: &DynamicImage,
    effort: PngEffort,
) -> Result<(), png::EncodingError> {
    let (width, height) = (pixels.width(), pixels.height());
    let (depth, bits) = palette.bits();
    let mut encoder = Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(depth);
    encoder
        .set_palette(palette.colours.iter().flat_map(|colour| [colour[0], colour[1], colour[2]]).collect::<Vec<u8>>());
    let clear: Vec<u8> = palette.colours.iter().map(|colour| colour[3]).take_while(|alpha| *alpha < 255).collect();
    if !clear.is_empty() {
        encoder.set_trns(clear);
    }
    encoder.set_compression(if effort == PngEffort::Fast { Compression::Balanced } else { Compression::High });
    encoder.set_filter(Filter::NoFilter);
    let row_bytes = (width as usize * bits).div_ceil(8);
    let mut packed = vec![0_u8; row_bytes * height as usize];
    let mut put = |x: usize, y: usize, colour: [u8; 4]| {
        let place = palette.places.get(&colour).copied().unwrap_or(0);
        let at = x * bits;
        packed[y * row_bytes + at / 8] |= place << (8 - bits - at % 8);
    };
    match pixels {
        DynamicImage::ImageRgb8(rgb) => rgb.enumerate_pixels().for_each(|(x, y, pixel)| {
            put(x as usize, y as usize, [pixel.0[0], pixel.0[1], pixel.0[2], 255]);
        }),
        DynamicImage::ImageRgba8(rgba) => {
            rgba.enumerate_pixels().for_each(|(x, y, pixel)| put(x as usize, y as usize, pixel.0));
        }
        _ => {}
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&packed)?;
    writer.finish()
}
