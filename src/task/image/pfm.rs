//! PFM: PNM with floating-point numbers, which are light, from the bottom up.

use super::colour::encoded_of;
use super::decode::{Allowed, Need, Picture, check};
use super::fault::Fault;
use crate::model::Failure;
use image::{ColorType, DynamicImage, ImageBuffer};

/// Decodes a file.
pub(super) fn decode(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    read(bytes, name, allowed).map_err(|fault| fault.failure(name, "PFM"))
}

/// What decoding will ask for, from the beginning of a file.
pub(super) fn foresee(head: &[u8]) -> Option<Need> {
    Header::read(head).ok().map(|header| header.need())
}

struct Header {
    width: u32,
    height: u32,
    /// Negative where the lowest byte of a number comes first.
    scale: f32,
    channels: usize,
    /// Where the numbers begin.
    end: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Header, Fault> {
        let mut at = 2;
        let mut word = || -> Option<&str> {
            let start = at + bytes.get(at..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
            let end = start + bytes[start..].iter().position(u8::is_ascii_whitespace)?;
            at = end + 1;
            std::str::from_utf8(&bytes[start..end]).ok()
        };
        let mut number = || word().ok_or(Fault::Short);
        let nonsense = || Fault::damaged("its header makes no sense");
        let width: u32 = number()?.parse().map_err(|_| nonsense())?;
        let height: u32 = number()?.parse().map_err(|_| nonsense())?;
        let scale: f32 = number()?.parse().map_err(|_| nonsense())?;
        let channels = if bytes[1] == b'F' { 3 } else { 1 };
        Ok(Header { width, height, scale, channels, end: at })
    }

    fn need(&self) -> Need {
        let size = (self.width, self.height);
        if self.channels == 3 {
            return Need::of(size, ColorType::Rgb32F);
        }
        Need::of(size, ColorType::L16).beside(u64::from(size.0).saturating_mul(u64::from(size.1)).saturating_mul(4))
    }
}

fn read(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Fault> {
    let header = Header::read(bytes)?;
    let Header { width, height, scale, channels, end } = header;
    let need = header.need();
    check(name, need.size, need.decoding, allowed.limits)?;
    let row = width as usize * channels;
    let data = bytes.get(end..end + 4 * row * height as usize).ok_or(Fault::Short)?;
    (allowed.reserve)(need)?;
    let value = |bytes: &[u8]| {
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if scale < 0.0 { f32::from_le_bytes(bytes) } else { f32::from_be_bytes(bytes) }
    };
    let rows = data.chunks_exact(4 * row).rev();
    let pixels = if channels == 3 {
        let values = rows.flat_map(|row| row.chunks_exact(4).map(value)).collect();
        ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageRgb32F)
    } else {
        let values: Vec<f32> = rows.flat_map(|row| row.chunks_exact(4).map(value)).collect();
        // Some writers count to 255, which is no light any more.
        let is_light = values.iter().all(|&value| value <= 1.0);
        let encoded = |value: f32| if is_light { encoded_of(value.max(0.0)) } else { value / 255.0 };
        let words =
            values.iter().map(|value| (encoded(*value) * 65_535.0).round().clamp(0.0, 65_535.0) as u16).collect();
        ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageLuma16)
    };
    let pixels = pixels.ok_or(Fault::Short)?;
    Ok(Picture::new(pixels, None))
}
