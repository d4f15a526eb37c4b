//! Putting frames together: GIF, animated PNG, animated WebP. Each frame covers the whole canvas and is packed by itself, so
//! that frames can be packed side by side.

use super::super::chunks::{self, Chunk};
use super::super::meta::Meta;
use super::super::meta::embed::{self, chunk, riff_chunk};
use super::super::{StepError, Target, encode};
use super::{Shape, rgba};
use crate::model::recipe::Format;
use gif::{DisposalMethod, Encoder, EncodingError, Repeat};
use image::DynamicImage;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

/// A frame, packed.
pub(super) enum Packed {
    Gif(Box<gif::Frame<'static>>),
    /// The chunks of a file of its own, and for how long it is shown.
    Png(Vec<u8>, u32),
    Webp(Vec<u8>, u32),
    /// A file of its own.
    File(Vec<u8>),
}

/// Packs one frame.
pub(super) fn pack(pixels: &DynamicImage, delay_ms: u32, target: Target) -> Result<Packed, StepError> {
    encode::check_size((pixels.width(), pixels.height()), target.format)?;
    Ok(match target.format {
        Format::Gif => {
            let mut pixels = rgba(pixels.clone());
            let (width, height) = pixels.dimensions();
            // A pixel is there or it is not.
            for pixel in pixels.pixels_mut() {
                if pixel.0[3] < 128 {
                    pixel.0 = [0; 4];
                } else {
                    pixel.0[3] = 255;
                }
            }
            let mut frame = gif::Frame::from_rgba_speed(width as u16, height as u16, &mut pixels, 10);
            frame.delay = ((delay_ms + 5) / 10).min(65_535) as u16;
            // Nothing of it shows through the next one.
            frame.dispose = DisposalMethod::Background;
            frame.make_lzw_pre_encoded();
            Packed::Gif(Box::new(frame))
        }
        Format::Png => Packed::Png(encode::png_rgba(&rgba(pixels.clone()), target)?, delay_ms),
        _ => Packed::Webp(encode::webp(pixels, target)?, delay_ms),
    })
}

/// A file that grows by a frame at a time: what is packed is written, and not held.
pub(super) struct Writer<'a> {
    out: BufWriter<&'a File>,
    gif: Option<Encoder<BufWriter<&'a File>>>,
    /// How many bytes there are so far; of GIF only its encoder knows.
    length: u64,
    target: Target,
    shape: Shape,
    size: (u32, u32),
    frames: u32,
    /// What follows the frames.
    tail: Vec<u8>,
    /// The marks of the extended header of WebP.
    flags: u8,
    /// The numbers of the chunks that have one.
    sequence: u32,
}

/// What is said of all frames together.
pub(super) struct Head<'a> {
    pub(super) size: (u32, u32),
    /// How many will come.
    pub(super) frames: u32,
    pub(super) plays: Option<u32>,
    pub(super) meta: Meta,
    pub(super) icc: Option<&'a [u8]>,
}

/// The mark of the extended header of a WebP file that there are frames.
const MOVES: u8 = 0x02;

/// Where the marks are.
const WEBP_FLAGS_AT: u64 = 20;

impl<'a> Writer<'a> {
    /// Writes what comes before the frames into an empty file.
    pub(super) fn begin(file: &'a File, target: Target, shape: Shape, head: &Head<'_>) -> io::Result<Writer<'a>> {
        let (size, out) = (head.size, BufWriter::new(file));
        let (length, frames, sequence, tail) = (0, 0, 0, Vec::new());
        let mut writer = Writer { out, gif: None, length, target, shape, size, frames, tail, flags: 0, sequence };
        let plays = head.plays.unwrap_or(0);
        match target.format {
            _ if shape == Shape::Files => {}
            Format::Gif => writer.gif = Some(gif_of(file, head).map_err(unwritten)?),
            Format::Png => {
                let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
                chunk(&mut png, b"IHDR", &[&size.0.to_be_bytes(), &size.1.to_be_bytes(), &[8, 6, 0, 0, 0]]);
                let mut png = embed::into_png(&png, &head.meta, head.icc);
                chunk(&mut png, b"acTL", &[&head.frames.to_be_bytes(), &plays.to_be_bytes()]);
                writer.put(&png)?;
                chunk(&mut writer.tail, b"IEND", &[]);
            }
            _ => {
                writer.put(b"RIFF\0\0\0\0WEBP")?;
                let mut webp = embed::webp_head(MOVES, &head.meta, head.icc, size);
                writer.flags = webp[8];
                let plays = (plays.min(65_535) as u16).to_le_bytes();
                riff_chunk(&mut webp, *b"ANIM", &[&[0; 4][..], &plays].concat());
                writer.put(&webp)?;
                writer.tail = embed::webp_tail(&head.meta);
            }
        }
        Ok(writer)
    }

    /// How many bytes there are so far.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    pub(super) fn add(&mut self, packed: Packed) -> io::Result<()> {
        match (packed, &mut self.gif) {
            (Packed::Gif(frame), Some(gif)) => gif.write_lzw_pre_encoded_frame(&frame).map_err(unwritten)?,
            (Packed::Gif(_), None) => {}
            (Packed::File(file), _) => self.put(&file)?,
            (Packed::Png(png, delay_ms), _) => self.add_png(&png, delay_ms)?,
            (Packed::Webp(webp, delay_ms), _) => self.add_webp(&webp, delay_ms)?,
        }
        self.frames += 1;
        Ok(())
    }

    fn add_png(&mut self, png: &[u8], delay_ms: u32) -> io::Result<()> {
        let number = |value: u32| value.to_be_bytes();
        // Milliseconds where they fit, and hundredths of a second elsewhere.
        let (delay, unit) = if delay_ms <= 65_535 { (delay_ms, 1000_u16) } else { (delay_ms / 10, 100) };
        let delay = (delay.min(65_535) as u16).to_be_bytes();
        let control = [
            &number(self.sequence)[..],
            &number(self.size.0),
            &number(self.size.1),
            &[0; 8],
            &delay,
            &unit.to_be_bytes(),
            &[0, 0],
        ];
        let mut parts = Vec::with_capacity(png.len());
        chunk(&mut parts, b"fcTL", &control);
        self.sequence += 1;
        for Chunk { data, .. } in chunks::png(png).filter(|part| &part.name == b"IDAT") {
            if self.frames == 0 {
                chunk(&mut parts, b"IDAT", &[data]);
            } else {
                chunk(&mut parts, b"fdAT", &[&number(self.sequence), data]);
                self.sequence += 1;
            }
        }
        self.put(&parts)
    }

    fn add_webp(&mut self, webp: &[u8], delay_ms: u32) -> io::Result<()> {
        let mut frame = Vec::new();
        let three = |value: u32| [value as u8, (value >> 8) as u8, (value >> 16) as u8];
        frame.extend([0; 6]);
        frame.extend(three(self.size.0 - 1));
        frame.extend(three(self.size.1 - 1));
        frame.extend(three(delay_ms.min(0x00ff_ffff)));
        // In the place of what was there before, not over it.
        frame.push(2);
        for Chunk { name, data } in chunks::webp(webp).filter(|part| matches!(&part.name, b"ALPH" | b"VP8 " | b"VP8L"))
        {
            let has_alpha = match &name {
                b"ALPH" => true,
                b"VP8L" => data.get(4).is_some_and(|byte| byte & 0x10 != 0),
                _ => false,
            };
            self.flags |= if has_alpha { embed::HAS_ALPHA } else { 0 };
            riff_chunk(&mut frame, name, data);
        }
        let mut part = Vec::with_capacity(frame.len() + 8);
        riff_chunk(&mut part, *b"ANMF", &frame);
        self.put(&part)
    }

    /// Writes what is left. Answers how long the file is.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        if let Some(gif) = self.gif {
            let mut out = gif.into_inner().map_err(unwritten)?;
            out.flush()?;
            return out.stream_position();
        }
        let tail = std::mem::take(&mut self.tail);
        self.put(&tail)?;
        if self.shape == Shape::Moving && self.target.format == Format::Webp {
            let too_long = |_| io::Error::new(io::ErrorKind::FileTooLarge, "a WebP file has at most 4 GiB");
            let length = u32::try_from(self.length - 8).map_err(too_long)?;
            self.out.seek(SeekFrom::Start(4))?;
            self.out.write_all(&length.to_le_bytes())?;
            self.out.seek(SeekFrom::Start(WEBP_FLAGS_AT))?;
            self.out.write_all(&[self.flags])?;
        }
        self.out.flush()?;
        Ok(self.length)
    }
}

fn gif_of<'a>(file: &'a File, head: &Head<'_>) -> Result<Encoder<BufWriter<&'a File>>, EncodingError> {
    // Frames that are too large were refused.
    let mut encoder = Encoder::new(BufWriter::new(file), head.size.0 as u16, head.size.1 as u16, &[])?;
    match head.plays {
        None => encoder.set_repeat(Repeat::Infinite)?,
        // Once is what a file says that says nothing.
        Some(0 | 1) => {}
        Some(plays) => encoder.set_repeat(Repeat::Finite((plays - 1).min(65_535) as u16))?,
    }
    Ok(encoder)
}

fn unwritten(error: EncodingError) -> io::Error {
    match error {
        EncodingError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
