//! What a TIFF directory says about its picture, checked as far as that goes without reading the picture.

use super::super::fault::Fault;
use super::directory::{Directory, File};

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

/// The picture of one directory.
#[derive(Debug)]
pub(super) struct Layout {
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
    pub(super) offsets: Vec<u64>,
    pub(super) counts: Vec<u64>,
    /// How many pixels share their colour, across and down.
    pub(super) subsampling: (u32, u32),
}

impl Layout {
    pub(super) fn read(file: File<'_>, directory: &Directory) -> Result<Layout, Fault> {
        let number = |tag| directory.number(file, tag);
        let side = |tag| {
            let side = number(tag).ok_or_else(|| Fault::damaged("it does not say how large it is"))?;
            u32::try_from(side).map_err(|_| Fault::damaged("it says that it has a side of billions of pixels"))
        };
        let (width, height) = (side(256)?, side(257)?);
        let compression = number(259).unwrap_or(1);
        let photometric = number(262).unwrap_or(u64::from(!matches!(compression, 2..=4)));
        let meaning = meaning(photometric)?;
        let bits = directory.numbers(file, 258).unwrap_or_else(|| vec![1]);
        let samples = number(277).unwrap_or(if bits.len() > 1 { bits.len() as u64 } else { 1 });
        let samples = usize::try_from(samples).ok().filter(|samples| (1..=64).contains(samples));
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
        let alpha = alpha(directory.numbers(file, 338).as_deref(), samples, meaning);
        let lists = if tiled && directory.fields.contains_key(&324) { (324, 325) } else { (273, 279) };
        let offsets = directory.numbers(file, lists.0);
        let ycbcr = directory.numbers(file, 530).unwrap_or_else(|| vec![2, 2]);
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
            offsets: offsets.ok_or_else(|| Fault::damaged("it does not say where its pixels are"))?,
            counts: directory.numbers(file, lists.1).unwrap_or_default(),
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
        self.sample == Sample::Float || is_gray && (self.bits > 16 || self.sample == Sample::Signed && self.bits > 8)
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
        let start = *self.offsets.get(chunk).ok_or(Fault::Short)?;
        let start = usize::try_from(start).map_err(|_| Fault::Short)?;
        let rest = file.bytes.get(start..).filter(|rest| !rest.is_empty()).ok_or(Fault::Short)?;
        match self.counts.get(chunk).copied() {
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
