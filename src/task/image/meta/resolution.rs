//! How large a picture is in print. EXIF data and TIFF say it as fractions, others in a few bytes of their own.

use super::exif::{self, Entry};

/// Millimetres of an inch.
const INCH_MM: f64 = 25.4;

/// Pixels to a unit of length, across and down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Resolution {
    x: f64,
    y: f64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Inch,
    Centimetre,
    Metre,
}

impl Unit {
    fn mm(self) -> f64 {
        match self {
            Unit::Inch => INCH_MM,
            Unit::Centimetre => 10.0,
            Unit::Metre => 1000.0,
        }
    }
}

impl Resolution {
    fn new(x: f64, y: f64, unit: Unit) -> Option<Resolution> {
        let is_one = |number: f64| number.is_finite() && number > 0.0;
        (is_one(x) && is_one(y)).then_some(Resolution { x, y, unit })
    }

    /// What follows JFIF's mark in a JPEG file says. Without a unit it is the shape of a pixel.
    pub(in super::super) fn of_jfif(body: &[u8]) -> Option<Resolution> {
        let [_, _, unit, x1, x0, y1, y0, ..] = body.strip_prefix(b"JFIF\0")? else { return None };
        if [*x1, *x0, *y1, *y0] == [0, 1, 0, 1] {
            // What programs write that know of none, with a unit or without.
            return None;
        }
        let unit = match unit {
            1 => Unit::Inch,
            2 => Unit::Centimetre,
            _ => return None,
        };
        Resolution::new(u16::from_be_bytes([*x1, *x0]).into(), u16::from_be_bytes([*y1, *y0]).into(), unit)
    }

    /// A chunk `pHYs` says.
    pub(super) fn of_png(chunk: &[u8]) -> Option<Resolution> {
        let (x, rest) = chunk.split_first_chunk()?;
        let (y, [1]) = rest.split_first_chunk()? else { return None };
        Resolution::new(u32::from_be_bytes(*x).into(), u32::from_be_bytes(*y).into(), Unit::Metre)
    }

    /// The header of a BMP file says, from where it tells its own length.
    pub(super) fn of_bmp(header: &[u8]) -> Option<Resolution> {
        let number = |at: usize| Some(u32::from_le_bytes(*header.get(at..)?.first_chunk()?));
        if number(0)? < 40 {
            return None;
        }
        let (x, y) = (number(24)?.cast_signed(), number(28)?.cast_signed());
        Resolution::new(x.into(), y.into(), Unit::Metre)
    }

    /// EXIF data say.
    pub(super) fn of_exif(exif: &[u8]) -> Option<Resolution> {
        let ([x, y], unit) = exif::resolution(exif)?;
        let unit = match unit {
            2 => Unit::Inch,
            3 => Unit::Centimetre,
            _ => return None,
        };
        Resolution::new(x, y, unit)
    }

    /// The same to another unit.
    fn to(self, unit: Unit) -> Resolution {
        let factor = unit.mm() / self.unit.mm();
        Resolution { x: self.x * factor, y: self.y * factor, unit }
    }

    /// The same in whole numbers.
    fn whole(self) -> Resolution {
        Resolution { x: self.x.round(), y: self.y.round(), ..self }
    }

    /// Its fields in EXIF data.
    pub(super) fn entries(self, big_endian: bool) -> [Entry; 3] {
        let inches = self.to(Unit::Inch).whole();
        // A metre has no whole number of them, even where somebody meant 300 to the inch.
        let (told, divisor) = match self.unit {
            Unit::Metre if inches.to(Unit::Metre).whole() == self => (inches, 1),
            Unit::Metre => (Resolution { unit: Unit::Centimetre, ..self }, 100),
            _ => (self, 1),
        };
        exif::resolution_entries(
            [told.x as u32, told.y as u32],
            divisor,
            if told.unit == Unit::Inch { 2 } else { 3 },
            big_endian,
        )
    }

    /// Says it in the first segment of a JPEG file, unless that says something else: without a unit, two numbers that differ
    /// are the shape of a pixel. Answers whether it is said there.
    pub(super) fn into_jfif(self, head: &mut [u8]) -> bool {
        let whole = self.to(Unit::Inch).whole();
        let Some([b'J', b'F', b'I', b'F', 0, _, _, unit, x1, x0, y1, y0, ..]) = head.get_mut(6..) else { return false };
        let fits = |number: f64| (1.0..=f64::from(u16::MAX)).contains(&number);
        if *unit == 0 && (*x1, *x0) == (*y1, *y0) && fits(whole.x) && fits(whole.y) {
            *unit = 1;
            [*x1, *x0] = (whole.x as u16).to_be_bytes();
            [*y1, *y0] = (whole.y as u16).to_be_bytes();
        }
        Resolution::of_jfif(&head[6..]).is_some_and(|said| said.to(Unit::Inch).whole() == whole)
    }

    /// As a chunk `pHYs` has it.
    pub(super) fn png(self) -> Vec<u8> {
        let metre = self.to(Unit::Metre).whole();
        [&(metre.x as u32).to_be_bytes()[..], &(metre.y as u32).to_be_bytes(), &[1]].concat()
    }

    /// Whether this is the same to an inch.
    pub(super) fn is_about(self, other: Resolution) -> bool {
        self.to(Unit::Inch).whole() == other.to(Unit::Inch).whole()
    }

    /// Says it in the header of a BMP file.
    fn into_bmp(self, bmp: &mut [u8]) {
        let metre = self.to(Unit::Metre).whole();
        if let Some(room) = bmp.get_mut(38..46) {
            room[..4].copy_from_slice(&(metre.x as i32).to_le_bytes());
            room[4..].copy_from_slice(&(metre.y as i32).to_le_bytes());
        }
    }
}

/// A BMP file that says the resolution that EXIF data say.
pub(in super::super) fn into_bmp(mut bmp: Vec<u8>, exif: Option<&[u8]>) -> Vec<u8> {
    if let Some(resolution) = exif.and_then(Resolution::of_exif) {
        resolution.into_bmp(&mut bmp);
    }
    bmp
}

/// A BMP file that says none.
pub(super) fn out_of_bmp(mut bmp: Vec<u8>) -> Vec<u8> {
    let header = bmp.get(14..).and_then(|header| header.first_chunk()).map_or(0, |length| u32::from_le_bytes(*length));
    if let Some(said) = bmp.get_mut(38..46).filter(|_| header >= 40) {
        said.fill(0);
    }
    bmp
}

#[cfg(test)]
mod tests {
    use super::super::exif::Entries;
    use super::*;

    fn bmp(per_metre: u32) -> Vec<u8> {
        let mut header = vec![0; 40];
        header[0] = 40;
        header[24..28].copy_from_slice(&per_metre.to_le_bytes());
        header[28..32].copy_from_slice(&per_metre.to_le_bytes());
        header
    }

    #[test]
    fn each_says_it_in_its_way_and_exif_takes_it_all() {
        let png = |per_metre: u32| [&per_metre.to_be_bytes()[..], &per_metre.to_be_bytes(), &[1]].concat();
        let exact = |resolution: Resolution| {
            let main = resolution.entries(true).to_vec();
            let exif = Entries { big_endian: true, main, ..Entries::default() }.write();
            assert!(exif::says_resolution_alone(&exif));
            let read = Resolution::of_exif(&exif).expect("said");
            (read.x, read.unit)
        };
        let jfif = |unit: u8, density: u8| {
            Resolution::of_jfif(&[b'J', b'F', b'I', b'F', 0, 1, 1, unit, 0, density, 0, density, 0, 0])
        };
        let said = [
            (jfif(1, 240), (240.0, Unit::Inch)),
            (jfif(2, 118), (118.0, Unit::Centimetre)),
            (Resolution::of_png(&png(11_811)), (300.0, Unit::Inch)),
            (Resolution::of_png(&png(10_000)), (254.0, Unit::Inch)),
            (Resolution::of_png(&png(10_015)), (100.15, Unit::Centimetre)),
            (Resolution::of_bmp(&bmp(2835)), (72.0, Unit::Inch)),
        ];
        for (resolution, wanted) in said {
            let resolution = resolution.expect("said");
            assert_eq!(exact(resolution), wanted);
            assert!(Resolution::of_png(&resolution.png()).is_some_and(|read| read.is_about(resolution)));
        }
        assert_eq!(jfif(0, 1).or(jfif(1, 0)), None, "the shape of a pixel, and nothing");
        let resolution = jfif(1, 72).expect("said");
        for (x, y, is_said) in [(1, 1, true), (2, 1, false)] {
            let mut head = [&b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0"[..], &[0, x, 0, y, 0, 0]].concat();
            assert_eq!(resolution.into_jfif(&mut head), is_said);
            let told = if is_said { [1, 0, 72, 0, 72] } else { [0, 0, x, 0, y] };
            assert_eq!(head[13..18], told, "a shape stays");
        }
        assert_eq!(Resolution::of_bmp(&bmp(0)).or(Resolution::of_png(&[0, 0, 0, 1, 0, 0, 0, 1, 0])), None);
    }
}
