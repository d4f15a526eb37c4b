//! JPEG XL, read through jxl-oxide.

mod wide;

use super::decode::{Allowed, Need, Picture, check};
use super::fault::Fault;
use super::inks;
use crate::model::{ErrorKind, Failure};
use image::{DynamicImage, ImageBuffer};
use jxl_oxide::color::{ColourEncoding, ColourSpace, TransferFunction};
use jxl_oxide::{AllocTracker, InitializeResult, JxlImage, JxlThreadPool, PixelFormat, UninitializedJxlImage};
use std::io::Read;
use wide::Wide;

/// What decoding takes for each sample of the picture: several planes of 32 bits.
const BYTES_PER_SAMPLE: u64 = 16;

/// Where the header of a file has ended: before it there may be metadata, and a profile is part of it.
const MOST_FORESEEING: u64 = 4 << 20;

/// Decodes a file; of an animation, its first frame.
pub(super) fn decode(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    read(bytes, name, allowed).map_err(|fault| fault.failure(name, "JPEG XL"))
}

/// What decoding will ask for, from the beginning of a file.
pub(super) fn foresee(mut file: impl Read) -> Option<Need> {
    let mut start = start(MOST_FORESEEING as usize * 4);
    let (mut part, mut fed) = (vec![0; 64 << 10], 0);
    while fed < MOST_FORESEEING {
        let length = file.read(&mut part).ok().filter(|length| *length > 0)?;
        start.feed_bytes(&part[..length]).ok()?;
        fed += length as u64;
        match start.try_init().ok()? {
            InitializeResult::Initialized(image) => return Some(need(&image)),
            InitializeResult::NeedMoreData(more) => start = more,
        }
    }
    None
}

fn start(most_bytes: usize) -> UninitializedJxlImage {
    let tracker = AllocTracker::with_limit(most_bytes);
    JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(tracker).build_uninit()
}

fn is_deep(image: &JxlImage) -> bool {
    image.image_header().metadata.bit_depth.bits_per_sample() > 8
}

fn need(image: &JxlImage) -> Need {
    let (size, format) = ((image.width(), image.height()), image.pixel_format());
    let samples = u64::from(size.0).saturating_mul(u64::from(size.1)).saturating_mul(format.channels() as u64);
    let is_deep = is_deep(image);
    let pixels = samples.saturating_mul(if is_deep { 2 } else { 1 });
    Need { size, pixels, decoding: pixels, is_deep, has_alpha: format.has_alpha() }
        .beside(samples.saturating_mul(BYTES_PER_SAMPLE))
}

/// What a file does with its colours where there is no profile of them. jxl-oxide would make one, and panics.
fn colours_without_profile(encoding: &ColourEncoding) -> Option<&'static str> {
    let ColourEncoding::Enum(told) = encoding else { return None };
    match (told.colour_space, told.tf) {
        (ColourSpace::Unknown, _) | (_, TransferFunction::Unknown) => Some("does not say what its colours are"),
        (ColourSpace::Xyb, _) => Some("hands out its colours as XYB"),
        _ => None,
    }
}

fn read(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Fault> {
    let refused = |error: Box<dyn std::error::Error + Send + Sync>| match error.downcast_ref::<std::io::Error>() {
        Some(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => Fault::Short,
        _ if error.to_string().contains("memory") => {
            Fault::Failed(Failure::new(ErrorKind::Limit, format!("{name} would take more memory than a picture may")))
        }
        _ => Fault::damaged(error.to_string()),
    };
    let mut start = start(usize::try_from(allowed.limits.decoded_bytes * 2).unwrap_or(usize::MAX));
    start.feed_bytes(bytes).map_err(refused)?;
    let InitializeResult::Initialized(mut image) = start.try_init().map_err(refused)? else {
        return Err(Fault::Short);
    };
    if let Some(does) = colours_without_profile(&image.image_header().metadata.colour_encoding) {
        let sentence = format!("{name} {does}, so there is no showing them");
        return Err(Fault::Failed(Failure::new(ErrorKind::Unsupported, sentence)));
    }
    let format = image.pixel_format();
    let need = need(&image);
    check(name, need.size, need.pixels, allowed.limits)?;
    (allowed.reserve)(need)?;
    image.feed_bytes(&[]).map_err(refused)?;
    image.finalize().map_err(refused)?;
    if !image.is_loading_done() || image.num_loaded_keyframes() == 0 {
        return Err(Fault::Short);
    }
    let icc = image.rendered_icc();
    let wide = Wide::begin(&mut image).map_err(refused)?;
    let icc = wide.as_ref().map_or(icc, |wide| wide.icc.clone());
    let render = image.render_frame(0).map_err(refused)?;
    let mut stream = render.stream();
    let (width, height, channels) = (stream.width(), stream.height(), stream.channels() as usize);
    let length = width as usize * height as usize * channels;
    let pixels = if need.is_deep && !format.has_black() {
        let mut words = vec![0_u16; length];
        match &wide {
            Some(wide) => {
                wide.write(&mut stream, &mut words, |value| (value * 65_535.0).round() as u16).map_err(refused)?;
            }
            None => _ = stream.write_to_buffer(&mut words),
        }
        match channels {
            1 => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageLuma16),
            2 => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageLumaA16),
            3 => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageRgb16),
            _ => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageRgba16),
        }
    } else {
        let mut bytes = vec![0_u8; length];
        match &wide {
            Some(wide) => {
                wide.write(&mut stream, &mut bytes, |value| (value * 255.0).round() as u8).map_err(refused)?;
            }
            None => _ = stream.write_to_buffer(&mut bytes),
        }
        match (format, channels) {
            // Stored as light is: 0 is full ink.
            (PixelFormat::Cmyk, 4) => {
                for ink in &mut bytes {
                    *ink = !*ink;
                }
                ImageBuffer::from_raw(width, height, inks::to_rgb(&bytes, Some(&icc))).map(DynamicImage::ImageRgb8)
            }
            (PixelFormat::Cmyka, _) => return Err(Fault::unsupported("it has inks and transparency")),
            (_, 1) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
            (_, 2) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8),
            (_, 3) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
            _ => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
        }
    };
    let icc = (!format.has_black() && !icc.is_empty()).then_some(icc);
    let pixels = pixels.ok_or(Fault::Short)?;
    // The decoder has turned it upright already.
    Ok(Picture::new(pixels, icc))
}
