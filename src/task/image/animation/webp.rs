//! The frames of a WebP that moves, put together as its specification says (RFC 9649, 2.7). The decoder of the image crate
//! makes what is opaque a little darker where it is blended.

use super::super::chunks::{self, Chunk};
use super::source::{Still, fault};
use crate::task::image::fault::Fault;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, Limits, RgbaImage, imageops};
use std::io::Cursor;

/// The mark of the extended header that a picture has transparency.
const HAS_ALPHA: u8 = 0x10;

/// The frames, one after another.
pub(super) struct Frames<I> {
    chunks: I,
    size: (u32, u32),
    /// Empty before the first frame.
    canvas: RgbaImage,
    limits: Limits,
    /// The place that is cleared before the next one.
    cleared: Option<Place>,
}

/// A part of the canvas.
#[derive(Debug, Clone, Copy)]
struct Place {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl<'a, I: Iterator<Item = Chunk<'a>>> Frames<I> {
    /// Of these chunks the frames.
    pub(super) fn new(chunks: I, size: (u32, u32), limits: Limits) -> Frames<I> {
        Frames { chunks, size, canvas: RgbaImage::new(0, 0), limits, cleared: None }
    }

    fn compose(&mut self, frame: Chunk<'a>) -> Result<Still, Fault> {
        let Some((head, _)) = frame.data.split_first_chunk::<16>() else { return Err(Fault::Short) };
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], 0]);
        let place = Place { x: number(0) * 2, y: number(3) * 2, width: number(6) + 1, height: number(9) + 1 };
        if place.x + place.width > self.size.0 || place.y + place.height > self.size.1 {
            return Err(Fault::damaged("a frame lies outside the picture"));
        }
        if self.canvas.is_empty() {
            self.canvas = RgbaImage::new(self.size.0, self.size.1);
        }
        if let Some(cleared) = self.cleared.take() {
            self.put(&RgbaImage::new(cleared.width, cleared.height), cleared, imageops::replace);
        }
        let (delay_ms, marks) = (number(12), head[15]);
        let pixels = self.read(frame, place)?;
        let replaces = marks & 2 != 0;
        self.put(&pixels, place, if replaces { imageops::replace } else { imageops::overlay });
        self.cleared = Some(place).filter(|_| marks & 1 != 0);
        Ok(Still { pixels: DynamicImage::ImageRgba8(self.canvas.clone()), delay_ms })
    }

    fn put(&mut self, pixels: &RgbaImage, at: Place, how: fn(&mut RgbaImage, &RgbaImage, i64, i64)) {
        how(&mut self.canvas, pixels, at.x.into(), at.y.into());
    }

    /// The picture of a frame, which is decoded as a file of its own.
    fn read(&self, frame: Chunk<'a>, place: Place) -> Result<RgbaImage, Fault> {
        let is_lossy_without_alpha = !chunks::webp_frame(frame).any(|chunk| matches!(&chunk.name, b"ALPH" | b"VP8L"));
        let marks = if is_lossy_without_alpha { 0 } else { HAS_ALPHA };
        let side = |length: u32| (length - 1).to_le_bytes();
        let header = [&[marks, 0, 0, 0][..], &side(place.width)[..3], &side(place.height)[..3]].concat();
        let header = Chunk { name: *b"VP8X", data: &header };
        let file = chunks::webp_of(std::iter::once(header).chain(chunks::webp_frame(frame)));
        let mut decoder = WebPDecoder::new(Cursor::new(&file)).map_err(|error| fault(&error))?;
        decoder.set_limits(self.limits.clone()).map_err(|error| fault(&error))?;
        let pixels = DynamicImage::from_decoder(decoder).map_err(|error| fault(&error))?.into_rgba8();
        if pixels.dimensions() != (place.width, place.height) {
            return Err(Fault::damaged("a frame has another size than it says"));
        }
        Ok(pixels)
    }
}

impl<'a, I: Iterator<Item = Chunk<'a>>> Iterator for Frames<I> {
    type Item = Result<Still, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.chunks.find(|chunk| &chunk.name == b"ANMF")?;
        Some(self.compose(frame))
    }
}
