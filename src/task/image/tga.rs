//! TGA, which has no mark of its own and no checks. A 32-bit picture is transparent also where its header forgets to say so.

use super::decode::{Allowed, Need, Picture, check};
use super::fault::Fault;
use crate::model::Failure;
use image::{ColorType, DynamicImage, GrayImage, RgbImage, RgbaImage};

/// Decodes a file.
pub(super) fn decode(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    read(bytes, name, allowed).map_err(|fault| fault.failure(name, "TGA"))
}

/// What decoding will ask for, from the beginning of a file.
pub(super) fn foresee(head: &[u8]) -> Option<Need> {
    let header: &[u8; 18] = head.first_chunk()?;
    let number = |at: usize| u32::from(u16::from_le_bytes([header[at], header[at + 1]]));
    Some(need((number(12), number(14))))
}

fn need(size: (u32, u32)) -> Need {
    let need = Need::of(size, ColorType::Rgba8);
    // What was unpacked lies beside them, and then the same the other way up.
    need.beside(need.pixels)
}

fn read(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Fault> {
    let header: [u8; 18] = *bytes.first_chunk().ok_or(Fault::Short)?;
    let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let (has_palette, kind) = (header[1], header[2]);
    let (first, count, entry_bits) = (usize::from(number(3)), usize::from(number(5)), header[7]);
    let size = (u32::from(number(12)), u32::from(number(14)));
    let (bits, descriptor) = (header[16], header[17]);
    // A file that has more than its pixels has a footer at its end.
    let footer = &bytes[bytes.len().saturating_sub(26)..];
    if footer.windows(10).any(|window| window == b"TRUEVISION") && !bytes.ends_with(b"TRUEVISION-XFILE.\0") {
        return Err(Fault::Short);
    }
    if has_palette > 1 || !matches!(kind, 1..=3 | 9..=11) || !matches!(bits, 1 | 8 | 15 | 16 | 24 | 32) {
        return Err(Fault::damaged("its header makes no sense"));
    }
    let pixels = size.0 as usize * size.1 as usize;
    check(name, size, pixels as u64 * 4, allowed.limits)?;
    let step = usize::from(bits).div_ceil(8);
    (allowed.reserve)(need(size))?;
    let palette_start = 18 + usize::from(header[0]);
    let entry = usize::from(entry_bits).div_ceil(8);
    let palette_bytes = if has_palette == 1 { count * entry } else { 0 };
    let palette = bytes.get(palette_start..palette_start + palette_bytes).ok_or(Fault::Short)?;
    let data = &bytes[palette_start + palette_bytes..];
    if bits == 1 {
        return one_bit(data, kind, size, descriptor);
    }
    let stored =
        if kind >= 9 { unpacked(data, step, pixels)? } else { data.get(..pixels * step).ok_or(Fault::Short)?.to_vec() };
    let indexed = kind & 7 == 1;
    if indexed && (has_palette == 0 || entry == 0 || step != 1) {
        return Err(Fault::damaged("its palette is missing"));
    }
    let pixel = |at: usize| -> [u8; 4] {
        let stored = &stored[at * step..][..step];
        if indexed {
            let index = usize::from(stored[0]).checked_sub(first);
            let colour = index.and_then(|index| palette.get(index * entry..(index + 1) * entry));
            colour.map_or([0, 0, 0, 255], |colour| self::colour(colour, entry_bits, true))
        } else {
            self::colour(stored, if kind & 7 == 3 { 8 } else { bits }, descriptor & 15 != 0)
        }
    };
    // 32 bits that are clear everywhere mean that nobody thought of transparency.
    let of_bits = if indexed { entry_bits } else { bits };
    let has_alpha =
        (of_bits == 32 || of_bits == 16 && !indexed && descriptor & 15 != 0) && (0..pixels).any(|at| pixel(at)[3] != 0);
    let image = if kind & 7 == 3 && step == 1 {
        GrayImage::from_raw(size.0, size.1, stored).map(DynamicImage::ImageLuma8)
    } else if has_alpha {
        let samples = (0..pixels).flat_map(pixel).collect();
        RgbaImage::from_raw(size.0, size.1, samples).map(DynamicImage::ImageRgba8)
    } else {
        let samples = (0..pixels)
            .flat_map(|at| {
                let [r, g, b, _] = pixel(at);
                [r, g, b]
            })
            .collect();
        RgbImage::from_raw(size.0, size.1, samples).map(DynamicImage::ImageRgb8)
    };
    let image = upright(image.ok_or(Fault::Short)?, descriptor);
    Ok(Picture::new(image, None))
}

/// Black and white, eight pixels a byte, each row from a byte on.
fn one_bit(data: &[u8], kind: u8, size: (u32, u32), descriptor: u8) -> Result<Picture, Fault> {
    let (width, row_bytes) = (size.0 as usize, (size.0 as usize).div_ceil(8));
    let wanted = row_bytes * size.1 as usize;
    let packed = if kind >= 9 { unpacked(data, 1, wanted)? } else { data.get(..wanted).ok_or(Fault::Short)?.to_vec() };
    let light = |row: &[u8], x: usize| if row[x / 8] >> (7 - x % 8) & 1 == 1 { 255 } else { 0 };
    let rows = packed.chunks_exact(row_bytes.max(1));
    let samples = rows.flat_map(|row| (0..width).map(move |x| light(row, x))).collect();
    let image = GrayImage::from_raw(size.0, size.1, samples).map(DynamicImage::ImageLuma8).ok_or(Fault::Short)?;
    Ok(Picture::new(upright(image, descriptor), None))
}

/// Turns a picture as its header says it lies.
fn upright(image: DynamicImage, descriptor: u8) -> DynamicImage {
    let image = if descriptor & 0x20 == 0 { image.flipv() } else { image };
    if descriptor & 0x10 == 0 { image } else { image.fliph() }
}

fn colour(stored: &[u8], bits: u8, alpha_counts: bool) -> [u8; 4] {
    match (stored, bits) {
        ([low, high], 15 | 16) => {
            let word = u16::from_le_bytes([*low, *high]);
            let part = |shift: u16| (u32::from(word >> shift & 31) * 255 / 31) as u8;
            let alpha = if bits == 16 && alpha_counts && word >> 15 == 0 { 0 } else { 255 };
            [part(10), part(5), part(0), alpha]
        }
        // Gray with transparency.
        ([gray, alpha], _) => [*gray, *gray, *gray, *alpha],
        ([b, g, r], _) => [*r, *g, *b, 255],
        ([b, g, r, a], _) => [*r, *g, *b, *a],
        ([gray], _) => [*gray, *gray, *gray, 255],
        _ => [0; 4],
    }
}

/// Unpacks runs.
fn unpacked(data: &[u8], step: usize, pixels: usize) -> Result<Vec<u8>, Fault> {
    let wanted = pixels * step;
    let mut unpacked = Vec::with_capacity(wanted.min(data.len().saturating_mul(128)));
    let mut rest = data;
    while unpacked.len() < wanted {
        let [head, tail @ ..] = rest else { return Err(Fault::Short) };
        let count = usize::from(head & 127) + 1;
        let length = if head & 128 == 0 { count * step } else { step };
        let stored = tail.get(..length).ok_or(Fault::Short)?;
        rest = &tail[length..];
        let room = wanted - unpacked.len();
        if head & 128 == 0 {
            unpacked.extend(&stored[..length.min(room)]);
        } else {
            (0..count.min(room / step)).for_each(|_| unpacked.extend(stored));
        }
    }
    Ok(unpacked)
}
