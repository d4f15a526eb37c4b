//! JPEG: decoding it without taking a damaged file for a whole one.

#[cfg(not(feature = "turbojpeg"))]
mod plain;
#[cfg(feature = "turbojpeg")]
pub(super) mod planes;
mod segments;
#[cfg(feature = "turbojpeg")]
mod turbo;

use super::decode::{Allowed, Need, Picture};
use super::fault::{Fault, too_short};
use crate::model::Failure;
use crate::model::recipe::FitBox;
use image::error::ImageError;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
pub(super) use segments::{Segments, without_meta};
use std::io::Cursor;

/// Decodes a JPEG file. A file that is cut short or damaged fails: half a picture is none.
pub(super) fn decode(bytes: &[u8], name: &str, fit: Option<FitBox>, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    let segments = Segments::read(bytes);
    if segments::is_ls(bytes) {
        return Err(Fault::unsupported("it is packed as JPEG-LS").failure(name, "JPEG"));
    }
    if !segments.ends || segments.lacks {
        return Err(too_short(name));
    }
    decode_whole(bytes, name, fit, &segments, allowed)
}

impl Need {
    /// Of a JPEG file of a size that is decoded to another, with so many channels.
    pub(super) fn of_jpeg(full: (u32, u32), decoded: (u32, u32), channels: u64) -> Need {
        let area = u64::from(decoded.0) * u64::from(decoded.1);
        // Inks become light beside them.
        let inks = if channels == 4 { area * 4 } else { 0 };
        let pixels = area * channels.min(3);
        Need { size: full, pixels, decoding: pixels + inks, is_deep: false, has_alpha: false }
    }
}

/// The size that a file of this size is decoded to, or more where that depends on its orientation.
#[cfg(feature = "turbojpeg")]
pub(super) fn decoded_size(full: (u32, u32), fit: Option<FitBox>) -> (u32, u32) {
    let Some(fit) = fit else { return full };
    let lying = turbo::decodable_at(full, fit.apply(full.0, full.1));
    let (width, height) = fit.apply(full.1, full.0);
    let standing = turbo::decodable_at(full, (height, width));
    let scale = if lying.denom() < standing.denom() { lying } else { standing };
    (scale.scale(full.0 as usize) as u32, scale.scale(full.1 as usize) as u32)
}

/// The size that a file of this size is decoded to.
#[cfg(not(feature = "turbojpeg"))]
pub(super) fn decoded_size(full: (u32, u32), _: Option<FitBox>) -> (u32, u32) {
    full
}

/// Says in Adobe's way that four channels are inks, which are then stored the other way round.
#[cfg(feature = "turbojpeg")]
fn has_adobe_mark(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(1 << 16)]
        .windows(9)
        .any(|window| window.starts_with(b"\xff\xee") && window[4..] == *b"Adobe")
}

/// Samples of a JPEG file within another file: their meaning is the other's.
#[derive(Debug)]
pub(super) struct Channels {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) per_pixel: usize,
    pub(super) samples: Vec<u8>,
}

/// Checks that a part of a picture is about as large as it should be. Encoders fill up to whole blocks.
fn check_part((width, height): (u32, u32), size: (u32, u32)) -> Result<(), Fault> {
    let most = |side: u32| side.saturating_add(64);
    if width > most(size.0) || height > most(size.1) {
        return Err(Fault::damaged("a part of it is larger than it says"));
    }
    Ok(())
}

/// Decodes a file within another one through the image crate, if it is at most about so large.
pub(super) fn decode_part_with_image(
    bytes: &[u8],
    format: ImageFormat,
    size: (u32, u32),
) -> Result<DynamicImage, Fault> {
    let refused = |error: ImageError| Fault::damaged(error.to_string());
    let decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(refused)?;
    check_part(decoder.dimensions(), size)?;
    DynamicImage::from_decoder(decoder).map_err(refused)
}

#[cfg(not(feature = "turbojpeg"))]
pub(super) use plain::decode_part;
#[cfg(not(feature = "turbojpeg"))]
use plain::decode_whole;
#[cfg(feature = "turbojpeg")]
pub(super) use turbo::decode_part;
#[cfg(feature = "turbojpeg")]
use turbo::decode_whole;
