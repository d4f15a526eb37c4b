//! The frames of a PNG that moves, put together as its specification says (PNG, third edition, 12.8). The one of the
//! image crate brings back the wrong canvas where a frame is taken away after another was cleared, and reads no 16 bits.

use super::source::Still;
use crate::task::image::fault::Fault;
use image::{DynamicImage, RgbaImage, imageops};
use png::{BlendOp, ColorType, Decoder, DisposeOp, FrameControl, Limits, Reader, Transformations};
use std::io::{Cursor, ErrorKind};

/// The frames, one after another. 16 bits become 8.
pub(super) struct Frames<'a> {
    reader: Reader<Cursor<&'a [u8]>>,
    canvas: RgbaImage,
    /// The last frame, and the canvas from before it where that comes back.
    last: Option<(FrameControl, Option<RgbaImage>)>,
    /// The first picture is for programs that show no animation.
    is_first_hidden: bool,
}

impl<'a> Frames<'a> {
    pub(super) fn open(bytes: &'a [u8], most_bytes: u64) -> Result<Frames<'a>, Fault> {
        let limits = Limits { bytes: usize::try_from(most_bytes).unwrap_or(usize::MAX) };
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let reader = decoder.read_info().map_err(|error| fault(&error))?;
        let is_first_hidden = reader.info().frame_control.is_none();
        Ok(Frames { reader, canvas: RgbaImage::new(0, 0), last: None, is_first_hidden })
    }

    pub(super) fn size(&self) -> (u32, u32) {
        self.reader.info().size()
    }

    pub(super) fn icc(&self) -> Option<Vec<u8>> {
        self.reader.info().icc_profile.as_deref().map(<[u8]>::to_vec)
    }

    /// The next frame on its canvas.
    pub(super) fn next(&mut self) -> Result<Still, Fault> {
        if self.is_first_hidden {
            self.is_first_hidden = false;
            self.read()?;
        }
        if self.canvas.is_empty() {
            let (width, height) = self.size();
            self.canvas = RgbaImage::new(width, height);
        }
        match self.last.take() {
            Some((last, _)) if last.dispose_op == DisposeOp::Background => {
                self.put(&RgbaImage::new(last.width, last.height), &last, imageops::replace);
            }
            Some((_, Some(before))) => self.canvas = before,
            _ => {}
        }
        let pixels = self.read()?;
        let control = *self.reader.info().frame_control().ok_or(Fault::Short)?;
        let before = (control.dispose_op == DisposeOp::Previous).then(|| self.canvas.clone());
        match control.blend_op {
            BlendOp::Source => self.put(&pixels, &control, imageops::replace),
            BlendOp::Over => self.put(&pixels, &control, imageops::overlay),
        }
        self.last = Some((control, before));
        let seconds =
            f64::from(control.delay_num) / f64::from(if control.delay_den == 0 { 100 } else { control.delay_den });
        Ok(Still { pixels: DynamicImage::ImageRgba8(self.canvas.clone()), delay_ms: (seconds * 1000.0).round() as u32 })
    }

    /// Puts pixels onto the canvas where a frame has its place.
    fn put(&mut self, pixels: &RgbaImage, at: &FrameControl, how: impl Fn(&mut RgbaImage, &RgbaImage, i64, i64)) {
        how(&mut self.canvas, pixels, at.x_offset.into(), at.y_offset.into());
    }

    /// The next picture in the file, as it is.
    fn read(&mut self) -> Result<RgbaImage, Fault> {
        let most = self.reader.output_buffer_size().ok_or_else(|| Fault::damaged("it is too large"))?;
        let mut bytes = vec![0; most];
        let info = self.reader.next_frame(&mut bytes).map_err(|error| fault(&error))?;
        bytes.truncate(info.buffer_size());
        let bytes = match info.color_type {
            ColorType::GrayscaleAlpha => {
                bytes.as_chunks::<2>().0.iter().flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]).collect()
            }
            ColorType::Rgba => bytes,
            _ => return Err(Fault::damaged("its colours are odd")),
        };
        RgbaImage::from_raw(info.width, info.height, bytes).ok_or_else(|| Fault::damaged("a frame is too short"))
    }
}

fn fault(error: &png::DecodingError) -> Fault {
    match error {
        png::DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Fault::Short,
        _ => Fault::damaged(error.to_string()),
    }
}
