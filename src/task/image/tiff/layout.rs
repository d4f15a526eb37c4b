//! What a TIFF directory says about its picture, checked as far as that goes without reading the picture.

use super::super::decode::Need;
use super::super::fault::Fault;
use super::directory::{Directory, Field, File};
use super::samples::Canvas;

/// What a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    Whole,
    Signed,
    Float,
}

/// What the channels mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Gray { white_is_zero: bool },
    Rgb,
    Palette,
    Inks,
    YCbCr,
    Lab { signed: bool },
}

impl Meaning {
    /// How many channels it has without transparency.
    pub(super) fn channels(self) -> usize {
        match self {
            Meaning::Gray { .. } | Meaning::Palette => 1,
            Meaning::Inks => 4,
            Meaning::Rgb | Meaning::YCbCr | Meaning::Lab { .. } => 3,
        }
    }
}

/// What the channel after those of the colour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alpha {
    None,
    /// Colours are as they are.
    Straight,
    /// Colours are multiplied by it.
    Premultiplied,
}

/// More channels than any picture has.
const MOST_SAMPLES: usize = 64;

/// The picture of one directory.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of each sample.
    pub(super) bits: u32,
    /// Samples of a pixel.
    pub(super) samples: usize,
    pub(super) sample: Sample,
    pub(super) meaning: Meaning,
    pub(super) alpha: Alpha,
    pub(super) compression: u64,
    /// Each channel is stored by itself.
    pub(super) planar: bool,
    pub(super) predictor: u64,
    /// The lowest bit of a byte comes first.
    pub(super) reversed: bool,
    pub(super) tiled: bool,
    /// The size of a strip or tile.
    pub(super) chunk: (u32, u32),
    /// How many chunks lie side by side, and how many above one another.
    pub(super) grid: (u32, u32),
    /// The lists of where each chunk lies and of how long it is: read number by number, since they may be of any length.
    pub(super) offsets: Field,
    pub(super) counts: Option<Field>,
    /// How many pixels share their colour, across and down.
    pub(super) subsampling: (u32, u32),
}

impl Layout {
    pub(in super::super) fn read(file: File<'_>, directory: &Directory) -> Result<Layout, Fault> {
        let number = |tag| directory.number(file, tag);
        let side = |tag| {
            let side = number(tag).ok_or_else(|| Fault::damaged("it does not say how large it is"))?;
            u32::try_from(side).map_err(|_| Fault::damaged("it says that it has a side of billions of pixels"))
        };
        let (width, height) = (side(256)?, side(257)?);
        let compression = number(259).unwrap_or(1);
        let photometric = number(262).unwrap_or(u64::from(!matches!(compression, 2..=4)));
        let meaning = meaning(photometric)?;
        let bits = directory.numbers(file, 258, MOST_SAMPLES + 1).unwrap_or_else(|| vec![1]);
        let samples = number(277).unwrap_or(if bits.len() > 1 { bits.len() as u64 } else { 1 });
        let samples = usize::try_from(samples).ok().filter(|samples| (1..=MOST_SAMPLES).contains(samples));
        let samples = samples.ok_or_else(|| Fault::unsupported("it has an odd number of channels"))?;
        if bits.iter().take(samples).any(|&other| other != bits[0]) {
            return Err(Fault::unsupported("its channels have different depths"));
        }
        let bits = u32::try_from(bits[0]).ok().filter(|bits| matches!(bits, 1..=16 | 24 | 32 | 64));
        let bits = bits.ok_or_else(|| Fault::unsupported("it has an odd number of bits a channel"))?;
        if samples < meaning.channels() {
            return Err(Fault::damaged("it has fewer channels than its colours need"));
        }
        let sample = match number(339).unwrap_or(1) {
            2 => Sample::Signed,
            3 => Sample::Float,
            _ => Sample::Whole,
        };
        if sample == Sample::Float && !matches!(bits, 16 | 24 | 32 | 64) {
            return Err(Fault::unsupported(format!("it has floating-point numbers of {bits} bits")));
        }
        let tiled = directory.fields.contains_key(&322);
        let chunk = if tiled { (side(322)?, side(323)?) } else { (width, strip_height(number(278), height)) };
        if width == 0 || height == 0 || chunk.0 == 0 || chunk.1 == 0 {
            return Err(Fault::damaged("it has a side of no pixels"));
        }
        let alpha = alpha(directory.numbers(file, 338, 1).as_deref(), samples, meaning);
        let lists = if tiled && directory.fields.contains_key(&324) { (324, 325) } else { (273, 279) };
        let list = |tag| directory.fields.get(&tag).copied().filter(|list| list.count > 0);
        let ycbcr = directory.numbers(file, 530, 2).unwrap_or_else(|| vec![2, 2]);
        let part = |at: usize| ycbcr.get(at).copied().filter(|part| matches!(part, 1 | 2 | 4)).unwrap_or(1) as u32;
        Ok(Layout {
            width,
            height,
            bits,
            samples,
            sample,
            meaning,
            alpha,
            compression,
            planar: number(284) == Some(2) && samples > 1,
            predictor: number(317).unwrap_or(1),
            reversed: number(266) == Some(2),
            tiled,
            chunk,
            grid: (width.div_ceil(chunk.0), height.div_ceil(chunk.1)),
            offsets: list(lists.0).ok_or_else(|| Fault::damaged("it does not say where its pixels are"))?,
            counts: list(lists.1),
            subsampling: if meaning == Meaning::YCbCr { (part(0), part(1)) } else { (1, 1) },
        })
    }

    /// The channels of a pixel that are looked at.
    pub(super) fn kept(&self) -> usize {
        self.meaning.channels() + usize::from(self.alpha != Alpha::None)
    }

    /// Whether its numbers have no range that everybody agrees on: those of measurements.
    pub(super) fn has_open_range(&self) -> bool {
        let is_gray = matches!(self.meaning, Meaning::Gray { .. });
        self.sample == Sample::Float || is_gray && self.sample == Sample::Signed
    }

    /// The bytes of the canvas: the channels as they are stored.
    pub(super) fn canvas_bytes(&self) -> u64 {
        self.area().saturating_mul((self.kept() * Canvas::sample_bytes(self)) as u64)
    }

    fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// What decoding takes: the canvas, the largest chunk, and the colours where they are others than those of the canvas.
    pub(in super::super) fn need(&self) -> Need {
        let canvas = self.canvas_bytes();
        let has_alpha = self.alpha != Alpha::None;
        let sample_bytes = Canvas::sample_bytes(self) as u64;
        let kept = self.kept() as u64;
        // Bytes of a pixel as it comes out, and whether it takes the place of the one on the canvas.
        let (pixel, in_place) = match self.meaning {
            Meaning::Palette | Meaning::Inks => (3 + u64::from(has_alpha), false),
            Meaning::YCbCr | Meaning::Lab { .. } => (kept, sample_bytes == 1),
            Meaning::Gray { .. } if sample_bytes == 4 => (kept * 2, false),
            Meaning::Gray { .. } | Meaning::Rgb => (kept * sample_bytes, true),
        };
        let pixels = self.area().saturating_mul(pixel);
        // Chunks that are pictures have up to four channels once decoded, and the oldest are the whole of it.
        let chunk = match self.compression {
            super::OLD_JPEG => self.area().saturating_mul(3),
            super::JPEG | super::WEBP => {
                u64::from(self.chunk.0).saturating_mul(u64::from(self.chunk.1)).saturating_mul(4)
            }
            _ => self.chunk_bytes(0) as u64,
        };
        let is_deep = sample_bytes > 1 && matches!(self.meaning, Meaning::Gray { .. } | Meaning::Rgb);
        let colours = match self.meaning {
            _ if !in_place => pixels,
            // Floating-point numbers become 16 bits.
            Meaning::Rgb if sample_bytes == 4 => canvas / 2,
            _ => 0,
        };
        let decoding = canvas.saturating_add(chunk.max(colours));
        Need { size: (self.width, self.height), pixels, decoding, is_deep, has_alpha }
    }

    /// The samples of a pixel within one chunk.
    pub(super) fn samples_in_chunk(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// The bytes of one row of a chunk, once unpacked.
    pub(super) fn row_bytes(&self) -> usize {
        (self.chunk.0 as usize * self.samples_in_chunk() * self.bits as usize).div_ceil(8)
    }

    /// How many rows the chunks of this row of the grid hold: the last strip may be shorter.
    pub(super) fn rows(&self, row: u32) -> u32 {
        if self.tiled { self.chunk.1 } else { self.chunk.1.min(self.height - row * self.chunk.1) }
    }

    /// The bytes that one chunk has once unpacked, where colour is as fine as brightness.
    pub(super) fn chunk_bytes(&self, row: u32) -> usize {
        self.row_bytes().saturating_mul(self.rows(row) as usize)
    }

    /// The data of a chunk. Old writers leave out how long it is.
    pub(super) fn data<'a>(&self, file: File<'a>, chunk: usize) -> Result<&'a [u8], Fault> {
        let start = file.nth(self.offsets, chunk).ok_or(Fault::Short)?;
        let start = usize::try_from(start).map_err(|_| Fault::Short)?;
        let rest = file.bytes.get(start..).filter(|rest| !rest.is_empty()).ok_or(Fault::Short)?;
        match self.counts.and_then(|counts| file.nth(counts, chunk)) {
            None | Some(0) => Ok(rest),
            Some(count) => {
                let count = usize::try_from(count).map_err(|_| Fault::Short)?;
                match rest.get(..count) {
                    Some(data) => Ok(data),
                    // Some writers count more than they write; what is there must then be enough.
                    None if self.compression == 1 => Ok(rest),
                    None => Err(Fault::Short),
                }
            }
        }
    }
}

fn strip_height(rows: Option<u64>, height: u32) -> u32 {
    rows.and_then(|rows| u32::try_from(rows).ok()).filter(|&rows| rows > 0).map_or(height, |rows| rows.min(height))
}

fn meaning(photometric: u64) -> Result<Meaning, Fault> {
    Ok(match photometric {
        0 => Meaning::Gray { white_is_zero: true },
        1 | 4 => Meaning::Gray { white_is_zero: false },
        2 => Meaning::Rgb,
        3 => Meaning::Palette,
        5 => Meaning::Inks,
        6 => Meaning::YCbCr,
        8 => Meaning::Lab { signed: true },
        9 => Meaning::Lab { signed: false },
        32_803 | 34_892 => return Err(Fault::unsupported("it holds the raw data of a camera")),
        32_844 | 32_845 => return Err(Fault::unsupported("it holds logarithms of light")),
        other => return Err(Fault::unsupported(format!("its colours are of kind {other}"))),
    })
}

fn alpha(extra: Option<&[u64]>, samples: usize, meaning: Meaning) -> Alpha {
    if samples <= meaning.channels() {
        return Alpha::None;
    }
    match extra.and_then(|extra| extra.first()) {
        Some(1) => Alpha::Premultiplied,
        Some(2) => Alpha::Straight,
        // A fourth channel of RGB that nobody explains is transparency in practice; of others it is anything.
        None if meaning == Meaning::Rgb && samples == 4 => Alpha::Straight,
        Some(_) | None => Alpha::None,
    }
}
