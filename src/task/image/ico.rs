//! Icons and cursors of Windows: the largest picture of the file. Each is a PNG, or a BMP of twice the height whose lower
//! half says what can be seen through.

use super::decode::{Allowed, Need, Picture, check, decode_with_image, foresee_with_image};
use super::fault::Fault;
use super::kind::Kind;
use super::whole;
use crate::model::Failure;
use image::{ColorType, DynamicImage, ImageFormat, RgbaImage};
use std::io::Cursor;

/// Decodes the largest picture of a file.
pub(super) fn decode(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    read(bytes, name, allowed).map_err(|fault| fault.failure(name, "ICO"))
}

fn read(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Fault> {
    let (start, length) = largest(bytes, bytes.len())?;
    let rest = bytes.get(start..).ok_or(Fault::Short)?;
    if rest.starts_with(b"\x89PNG") {
        let png = rest.get(..length).unwrap_or(rest);
        whole::check(png, Kind::Png)?;
        return Ok(decode_with_image(png, ImageFormat::Png, name, allowed)?);
    }
    let bitmap = Bitmap::read(rest)?;
    let need = bitmap.need();
    check(name, need.size, need.pixels, allowed.limits)?;
    (allowed.reserve)(need)?;
    let pixels = DynamicImage::ImageRgba8(bitmap.pixels(rest)?);
    Ok(Picture::new(pixels, None))
}

/// Where the largest picture of a file of this length begins, and how long it is.
pub(super) fn largest(head: &[u8], file_length: usize) -> Result<(usize, usize), Fault> {
    let count = usize::from(u16_at(head, 4)?);
    let entries = head.get(6..6 + 16 * count).ok_or(Fault::Short)?;
    let number =
        |entry: &[u8], at: usize| entry[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    if entries.chunks_exact(16).any(|entry| number(entry, 8).saturating_add(number(entry, 12)) > file_length) {
        return Err(Fault::Short);
    }
    let side = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
    // The last of the largest, as they are most often sorted.
    let entry = entries.chunks_exact(16).max_by_key(|entry| (side(entry[0]) * side(entry[1]), entry[6]));
    let entry = entry.ok_or_else(|| Fault::damaged("there is no picture in it"))?;
    Ok((number(entry, 12), number(entry, 8)))
}

/// What decoding a picture of a file will ask for, from the beginning of that picture.
pub(super) fn foresee(picture: &[u8]) -> Option<Need> {
    if picture.starts_with(b"\x89PNG") {
        return foresee_with_image(Cursor::new(picture), ImageFormat::Png);
    }
    Bitmap::read(picture).ok().map(|bitmap| bitmap.need())
}

struct Bitmap {
    width: u32,
    height: u32,
    bits: usize,
    /// Where the palette begins.
    header: usize,
    colours: usize,
}

impl Bitmap {
    fn read(bytes: &[u8]) -> Result<Bitmap, Fault> {
        let header = u32_at(bytes, 0)? as usize;
        if !(40..=256).contains(&header) {
            return Err(Fault::damaged("its bitmap has no header"));
        }
        let (width, double) = (u32_at(bytes, 4)?.cast_signed(), u32_at(bytes, 8)?.cast_signed());
        let bits = usize::from(u16_at(bytes, 14)?);
        if !matches!(bits, 1 | 4 | 8 | 16 | 24 | 32) {
            return Err(Fault::unsupported(format!("it has {bits} bits a pixel")));
        }
        if !matches!(u32_at(bytes, 16)?, 0 | 3) {
            return Err(Fault::unsupported("its bitmap is packed"));
        }
        let used = u32_at(bytes, 32)? as usize;
        let colours = match bits {
            1..=8 if used == 0 || used > 256 => 1 << bits,
            1..=8 => used,
            _ => 0,
        };
        Ok(Bitmap { width: width.unsigned_abs(), height: double.unsigned_abs() / 2, bits, header, colours })
    }

    fn need(&self) -> Need {
        Need::of((self.width, self.height), ColorType::Rgba8)
    }

    fn pixels(&self, bytes: &[u8]) -> Result<RgbaImage, Fault> {
        let (width, height) = (self.width as usize, self.height as usize);
        let palette = bytes.get(self.header..self.header + 4 * self.colours).ok_or(Fault::Short)?;
        let row = (width * self.bits).div_ceil(32) * 4;
        let start = self.header + 4 * self.colours;
        let colours = bytes.get(start..start + row * height).ok_or(Fault::Short)?;
        let mask_row = width.div_ceil(32) * 4;
        let mask = bytes.get(start + row * height..).unwrap_or_default();
        let has_alpha = self.bits == 32 && colours.chunks_exact(4).any(|pixel| pixel[3] != 0);
        if !has_alpha && mask.len() < mask_row * height && self.bits != 32 {
            return Err(Fault::Short);
        }
        Ok(RgbaImage::from_fn(self.width, self.height, |x, y| {
            let (x, y) = (x as usize, height - 1 - y as usize);
            let row = &colours[y * row..][..row];
            let mut colour = self.colour(row, x, palette);
            if !has_alpha {
                let hidden = mask.get(y * mask_row + x / 8).is_some_and(|byte| byte >> (7 - x % 8) & 1 == 1);
                colour[3] = if hidden { 0 } else { 255 };
            }
            image::Rgba(colour)
        }))
    }

    fn colour(&self, row: &[u8], x: usize, palette: &[u8]) -> [u8; 4] {
        match self.bits {
            bits @ (1 | 4 | 8) => {
                let at = x * bits;
                let index = row[at / 8] >> (8 - bits - at % 8) & ((1_u16 << bits) - 1) as u8;
                palette.get(usize::from(index) * 4..).map_or([0; 4], |colour| match colour {
                    [b, g, r, ..] => [*r, *g, *b, 255],
                    _ => [0; 4],
                })
            }
            16 => {
                let word = u16::from_le_bytes([row[2 * x], row[2 * x + 1]]);
                let part = |shift: u16| (u32::from(word >> shift & 31) * 255 / 31) as u8;
                [part(10), part(5), part(0), 255]
            }
            bits => {
                let pixel = &row[x * bits / 8..];
                [pixel[2], pixel[1], pixel[0], if bits == 32 { pixel[3] } else { 255 }]
            }
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Fault> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|bytes| u16::from_le_bytes(*bytes)).ok_or(Fault::Short)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Fault> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|bytes| u32::from_le_bytes(*bytes)).ok_or(Fault::Short)
}
