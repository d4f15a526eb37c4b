//! BMP. The image crate decodes it, once what it does not know is put as it does.

use super::decode::{Allowed, Need, Picture, check, decode_with_image};
use super::fault::Fault;
use crate::model::{ErrorKind, Failure};
use image::{ColorType, ImageFormat};
use std::borrow::Cow;

const FILE_HEADER: usize = 14;
/// The header that everybody reads.
const PLAIN_HEADER: usize = 40;
/// The one of the fifth version.
const LONGEST_HEADER: usize = 124;
/// The most that the image crate reads.
const MAX_SIDE: u32 = 65_535;

/// Decodes a file.
pub(super) fn decode(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    read(bytes, name, allowed).map_err(|fault| fault.failure(name, "BMP"))
}

/// Decodes a file that lacks its first header, as the clipboard of Windows has it.
pub(super) fn decode_dib(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    let length = bytes.len() as u64;
    let allowed = Allowed { reserve: &|need| (allowed.reserve)(need.beside(length)), ..*allowed };
    with_file_header(bytes)
        .and_then(|bytes| read(&bytes, name, &allowed))
        .map_err(|fault| fault.failure(name, "BMP without a header"))
}

/// What decoding a file of this length will ask for, from its beginning.
pub(super) fn foresee(head: &[u8], length: u64) -> Option<Need> {
    let header = Header::read(head)?;
    let color = if matches!(header.bits, 1..=8 | 24) { ColorType::Rgb8 } else { ColorType::Rgba8 };
    let size = (header.width.unsigned_abs(), header.height.unsigned_abs());
    Some(Need::of(size, color).beside(header.beside(length)))
}

/// The same where the first header is missing.
pub(super) fn foresee_dib(head: &[u8], length: u64) -> Option<Need> {
    Some(foresee(&with_file_header(head).ok()?, length)?.beside(length))
}

fn read(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Fault> {
    let header = Header::read(bytes).ok_or(Fault::Short)?;
    let size = (header.width.unsigned_abs(), header.height.unsigned_abs());
    check(name, size, u64::from(size.0) * u64::from(size.1) * 3, allowed.limits)?;
    if size.0.max(size.1) > MAX_SIDE {
        let sentence =
            format!("{name} is too large: it is {}×{}, and a BMP may have {MAX_SIDE} pixels a side", size.0, size.1);
        return Err(Failure::new(ErrorKind::Limit, sentence).into());
    }
    // It says how long it is, and some writers say nothing or what the pixels take.
    let said = bytes.get(2..6).and_then(|said| said.first_chunk()).map_or(0, |said| u32::from_le_bytes(*said) as usize);
    if said > bytes.len() {
        return Err(Fault::Short);
    }
    if !header.is_packed() {
        let row = (u64::from(size.0) * u64::from(header.bits)).div_ceil(32) * 4;
        // The last row need not be filled up.
        let padding = row - (u64::from(size.0) * u64::from(header.bits)).div_ceil(8);
        let wanted = u64::from(header.offset) + row * u64::from(size.1) - padding;
        if matches!(header.compression, 0 | 3 | 6) && (bytes.len() as u64) < wanted {
            return Err(Fault::Short);
        }
    }
    let bytes = mended(bytes, &header);
    let beside = header.beside(bytes.len() as u64);
    let allowed = Allowed { reserve: &|need| (allowed.reserve)(need.beside(beside)), ..*allowed };
    let mut picture = decode_with_image(&bytes, ImageFormat::Bmp, name, &allowed)?;
    if header.is_top_down() {
        picture.pixels = picture.pixels.flipv();
    }
    picture.icc = header.profile(&bytes);
    Ok(picture)
}

struct Header {
    /// Where the pixels begin.
    offset: u32,
    /// How long the second header is.
    length: usize,
    width: i32,
    height: i32,
    planes: u16,
    bits: u16,
    compression: u32,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Header> {
        let u16_at = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let u32_at = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let (offset, length) = (u32_at(10)?, u32_at(14)? as usize);
        Some(if length == 12 {
            let (width, height) = (i32::from(u16_at(18)?), i32::from(u16_at(20)?));
            Header { offset, length, width, height, planes: u16_at(22)?, bits: u16_at(24)?, compression: 0 }
        } else {
            let (width, height) = (u32_at(18)?.cast_signed(), u32_at(22)?.cast_signed());
            let compression = if length >= 20 { u32_at(30)? } else { 0 };
            Header { offset, length, width, height, planes: u16_at(26)?, bits: u16_at(28)?, compression }
        })
    }

    /// The profile that lies in the file, which only the longest header can name.
    fn profile(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let header = bytes.get(FILE_HEADER..FILE_HEADER + LONGEST_HEADER).filter(|_| self.length == LONGEST_HEADER)?;
        let u32_at = |at: usize| Some(u32::from_le_bytes(*header.get(at..)?.first_chunk()?) as usize);
        let start = FILE_HEADER.checked_add(u32_at(112)?)?;
        (header.get(56..60)? == b"DEBM").then_some(())?;
        bytes.get(start..start.checked_add(u32_at(116)?)?).map(<[u8]>::to_vec)
    }

    fn is_packed(&self) -> bool {
        matches!(self.compression, 1 | 2)
    }

    /// Packed, and yet its first row comes first.
    fn is_top_down(&self) -> bool {
        self.is_packed() && self.height < 0
    }

    fn is_of_os2(&self) -> bool {
        self.length == 64 || (16..PLAIN_HEADER).contains(&self.length)
    }

    /// Whether it has to be put in other words.
    fn is_odd(&self) -> bool {
        self.is_of_os2() || self.planes != 1 || self.is_top_down()
    }

    /// What a file of this length takes beside its pixels: a second one with another header, and the rows turned round.
    fn beside(&self, length: u64) -> u64 {
        let pixels = u64::from(self.width.unsigned_abs()) * u64::from(self.height.unsigned_abs());
        (if self.is_odd() { length } else { 0 }) + if self.is_top_down() { pixels * 4 } else { 0 }
    }
}

/// The file with a header that everybody reads.
fn mended<'a>(bytes: &'a [u8], header: &Header) -> Cow<'a, [u8]> {
    let (of_os2, top_down) = (header.is_of_os2(), header.is_top_down());
    if !header.is_odd() {
        return Cow::Borrowed(bytes);
    }
    let mut mended = bytes.to_vec();
    if of_os2 {
        let end = (FILE_HEADER + header.length).min(bytes.len());
        let mut plain = bytes[FILE_HEADER..end].to_vec();
        plain.resize(PLAIN_HEADER, 0);
        plain[..4].copy_from_slice(&(PLAIN_HEADER as u32).to_le_bytes());
        let offset = (header.offset as usize + PLAIN_HEADER).saturating_sub(header.length) as u32;
        mended = bytes[..FILE_HEADER].to_vec();
        mended[10..].copy_from_slice(&offset.to_le_bytes());
        mended.extend(plain);
        mended.extend(&bytes[end..]);
    }
    if header.length >= 16 && mended.len() >= FILE_HEADER + 16 {
        mended[26..28].copy_from_slice(&1_u16.to_le_bytes());
        if top_down {
            mended[22..26].copy_from_slice(&header.height.wrapping_neg().to_le_bytes());
        }
    }
    Cow::Owned(mended)
}

fn with_file_header(dib: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut file = b"BM\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(dib);
    let header = Header::read(&file).ok_or(Fault::Short)?;
    let used = dib.get(32..36).map_or(0, |used| u32::from_le_bytes([used[0], used[1], used[2], used[3]]) as usize);
    let colours = match header.bits {
        bits @ 1..=8 if header.length == 12 || used == 0 => 1 << bits,
        _ if header.length == 12 => 0,
        _ => used.min(256),
    };
    let masks = if header.length == PLAIN_HEADER && header.compression == 3 { 12 } else { 0 };
    let entry = if header.length == 12 { 3 } else { 4 };
    let offset = (FILE_HEADER + header.length + masks + colours * entry) as u32;
    file[10..14].copy_from_slice(&offset.to_le_bytes());
    Ok(file)
}

/// Whether a file looks like a BMP that lacks its first header.
pub(super) fn is_dib(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map(|length| u32::from_le_bytes(*length));
    matches!(length, Some(12 | 40 | 52 | 56 | 64 | 108 | 124)) && bytes.get(12..14) == Some(&[1, 0])
}
