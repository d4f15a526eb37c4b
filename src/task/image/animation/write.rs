//! Putting frames together: GIF, animated PNG, animated WebP. Each frame covers the whole canvas and is packed by itself, so
//! that frames can be packed side by side.

use super::super::chunks::{self, Chunk};
use super::super::meta::embed::{chunk, riff_chunk};
use super::super::{StepError, Target, encode};
use super::rgba;
use crate::model::recipe::Format;
use gif::{DisposalMethod, Encoder, Repeat};
use image::DynamicImage;

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
    Ok(match target.format {
        Format::Gif => {
            let mut pixels = rgba(pixels.clone());
            let (width, height) = pixels.dimensions();
            // A pixel is there or it is not.
            let clear = pixels.pixels_mut().map(|pixel| {
                if pixel.0[3] < 128 {
                    pixel.0 = [0; 4];
                } else {
                    pixel.0[3] = 255;
                }
                pixel.0[3] == 0
            });
            let has_clear = clear.fold(false, |any, clear| any | clear);
            let mut frame = gif::Frame::from_rgba_speed(width as u16, height as u16, &mut pixels, 10);
            frame.delay = ((delay_ms + 5) / 10).min(65_535) as u16;
            frame.dispose = if has_clear { DisposalMethod::Background } else { DisposalMethod::Keep };
            frame.make_lzw_pre_encoded();
            Packed::Gif(Box::new(frame))
        }
        Format::Png => Packed::Png(encode::png_rgba(&rgba(pixels.clone()), target)?, delay_ms),
        _ => Packed::Webp(encode::webp(pixels, target)?, delay_ms),
    })
}

/// A file that grows by a frame at a time.
pub(super) struct Writer {
    format: Format,
    plays: Option<u32>,
    frames: u32,
    size: (u32, u32),
    gif: Option<Encoder<Vec<u8>>>,
    trouble: Option<StepError>,
    /// What follows the header.
    body: Vec<u8>,
    /// The numbers of the chunks that have one.
    sequence: u32,
    has_alpha: bool,
}

impl Writer {
    pub(super) fn new(format: Format, plays: Option<u32>) -> Writer {
        Writer {
            format,
            plays,
            frames: 0,
            size: (0, 0),
            gif: None,
            trouble: None,
            body: Vec::new(),
            sequence: 0,
            has_alpha: false,
        }
    }

    /// How many bytes there are so far.
    pub(super) fn len(&self) -> u64 {
        self.body.len() as u64
    }

    pub(super) fn add(&mut self, packed: Packed, size: (u32, u32)) {
        self.size = size;
        match packed {
            Packed::File(file) => self.body.extend(file),
            Packed::Gif(frame) => {
                if let Err(error) = self.add_gif(&frame) {
                    self.trouble = Some(StepError::Refused(error.to_string()));
                }
            }
            Packed::Png(png, delay_ms) => self.add_png(&png, delay_ms),
            Packed::Webp(webp, delay_ms) => self.add_webp(&webp, delay_ms),
        }
        self.frames += 1;
    }

    fn add_gif(&mut self, frame: &gif::Frame<'_>) -> Result<(), gif::EncodingError> {
        if self.gif.is_none() {
            let mut encoder = Encoder::new(Vec::new(), frame.width, frame.height, &[])?;
            match self.plays {
                None => encoder.set_repeat(Repeat::Infinite)?,
                // Once is what a file says that says nothing.
                Some(0 | 1) => {}
                Some(plays) => encoder.set_repeat(Repeat::Finite((plays - 1).min(65_535) as u16))?,
            }
            self.gif = Some(encoder);
        }
        self.gif.as_mut().map_or(Ok(()), |encoder| encoder.write_lzw_pre_encoded_frame(frame))
    }

    fn add_png(&mut self, png: &[u8], delay_ms: u32) {
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
        chunk(&mut self.body, b"fcTL", &control);
        self.sequence += 1;
        for Chunk { data, .. } in chunks::png(png).filter(|part| &part.name == b"IDAT") {
            if self.frames == 0 {
                chunk(&mut self.body, b"IDAT", &[data]);
            } else {
                chunk(&mut self.body, b"fdAT", &[&number(self.sequence), data]);
                self.sequence += 1;
            }
        }
    }

    fn add_webp(&mut self, webp: &[u8], delay_ms: u32) {
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
            self.has_alpha |= match &name {
                b"ALPH" => true,
                b"VP8L" => data.get(4).is_some_and(|byte| byte & 0x10 != 0),
                _ => false,
            };
            riff_chunk(&mut frame, name, data);
        }
        riff_chunk(&mut self.body, *b"ANMF", &frame);
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, StepError> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        if let Some(encoder) = self.gif {
            return encoder.into_inner().map_err(|error| StepError::Refused(error.to_string()));
        }
        let (width, height) = self.size;
        Ok(match self.body.get(4..8) {
            Some(b"fcTL") => {
                let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
                chunk(&mut out, b"IHDR", &[&width.to_be_bytes(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]]);
                chunk(&mut out, b"acTL", &[&self.frames.to_be_bytes(), &self.plays.unwrap_or(0).to_be_bytes()]);
                out.extend(self.body);
                chunk(&mut out, b"IEND", &[]);
                out
            }
            _ if self.format == Format::Webp && self.body.starts_with(b"ANMF") => {
                let flags = if self.has_alpha { 0x12 } else { 0x02 };
                let (right, bottom) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
                let mut body = b"WEBP".to_vec();
                riff_chunk(&mut body, *b"VP8X", &[&[flags, 0, 0, 0][..], &right[..3], &bottom[..3]].concat());
                let plays = (self.plays.unwrap_or(0).min(65_535) as u16).to_le_bytes();
                riff_chunk(&mut body, *b"ANIM", &[&[0; 4][..], &plays].concat());
                body.extend(self.body);
                [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
            }
            _ => self.body,
        })
    }
}
