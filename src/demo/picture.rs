//! Generated landscapes: a sky, a sun and layered ridges. The same number always gives the same bytes.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{ColorType, Delay, DynamicImage, Frame, ImageFormat, ImageResult, Rgb, RgbImage};
use std::io::Cursor;

/// Pictures are drawn at this size and enlarged: drawing is the slow part.
const DRAWN: (u32, u32) = (480, 320);

/// Sky above, sky at the horizon, near ridge.
const PALETTES: [[[u8; 3]; 3]; 6] = [
    [[38, 46, 92], [246, 178, 132], [24, 20, 44]],
    [[94, 158, 214], [232, 240, 244], [30, 74, 92]],
    [[250, 150, 120], [255, 224, 170], [92, 38, 58]],
    [[20, 62, 74], [120, 210, 160], [8, 24, 34]],
    [[120, 110, 180], [240, 196, 214], [44, 36, 78]],
    [[190, 206, 220], [246, 246, 240], [70, 88, 104]],
];

/// The file formats of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Jpeg,
    Png,
    Webp,
}

impl Form {
    pub(super) fn of_name(name: &str) -> Form {
        match name.rsplit('.').next() {
            Some("png") => Form::Png,
            Some("webp") => Form::Webp,
            _ => Form::Jpeg,
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Form::Jpeg => "image/jpeg",
            Form::Png => "image/png",
            Form::Webp => "image/webp",
        }
    }
}

/// One landscape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    number: u32,
}

impl Scene {
    pub(super) fn numbered(number: u32) -> Scene {
        Scene { number }
    }

    /// The bytes of a picture file.
    pub(super) fn encoded(self, form: Form) -> Vec<u8> {
        let side = if self.number.is_multiple_of(3) { 2400 } else { 1200 + (self.number % 5) * 160 };
        let mut pixels = DynamicImage::new(side, side * 2 / 3, ColorType::Rgb8);
        let bilinear = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        let enlarged = Resizer::new().resize(&DynamicImage::ImageRgb8(self.drawn()), &mut pixels, &bilinear);
        debug_assert!(enlarged.is_ok(), "8-bit RGB can be enlarged");
        let mut bytes = Cursor::new(Vec::new());
        let encoded = match form {
            Form::Jpeg => pixels.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 90)),
            Form::Png => pixels.write_to(&mut bytes, ImageFormat::Png),
            Form::Webp => pixels.write_to(&mut bytes, ImageFormat::WebP),
        };
        debug_assert!(encoded.is_ok(), "8-bit RGB goes into every format of the demo");
        bytes.into_inner()
    }

    /// An animated GIF: so many frames of this landscape, the view moving on from one to the next.
    pub(super) fn moving(self, frames: u32) -> ImageResult<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
        let drawn = DynamicImage::ImageRgb8(self.drawn());
        let (width, height) = (DRAWN.0 * 2 / 3, DRAWN.1);
        for number in 0..frames {
            let left = number * (DRAWN.0 - width) / frames.max(1);
            let view = drawn.crop_imm(left, 0, width, height).into_rgba8();
            encoder.encode_frame(Frame::from_parts(view, 0, 0, Delay::from_numer_denom_ms(80, 1)))?;
        }
        drop(encoder);
        Ok(bytes)
    }

    fn drawn(self) -> RgbImage {
        let [above, horizon, near] = PALETTES[self.number as usize % PALETTES.len()];
        let (width, height) = DRAWN;
        let ridges: Vec<Vec<f32>> = (0..4).map(|layer| (0..width).map(|x| self.ridge(layer, x)).collect()).collect();
        let sun = (width as f32 * (0.25 + 0.1 * (self.number % 6) as f32), height as f32 * 0.42);
        RgbImage::from_fn(width, height, |x, y| {
            let down = y as f32 / height as f32;
            let nearest = ridges.iter().rposition(|ridge| down > ridge[x as usize]);
            let colour = if let Some(layer) = nearest {
                mixed(horizon, near, 0.35 + 0.2 * layer as f32)
            } else {
                let (dx, dy) = (x as f32 - sun.0, y as f32 - sun.1);
                let glow = (1.0 - (dx * dx + dy * dy).sqrt() / 90.0).clamp(0.0, 1.0);
                mixed(mixed(above, horizon, (down * 1.7).min(1.0)), [255, 244, 214], glow * glow)
            };
            let grain =
                (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)).wrapping_mul(3_266_489_917) >> 29;
            Rgb(colour.map(|channel| channel.saturating_add(grain as u8)))
        })
    }

    /// How far down a ridge begins, as a share of the height.
    fn ridge(self, layer: u32, x: u32) -> f32 {
        let phase = (self.number * 7 + layer * 13) as f32;
        let x = x as f32 / 480.0;
        let base = 0.46 + 0.13 * layer as f32;
        base + 0.06 * (x * 7.0 + phase).sin()
            + 0.03 * (x * 19.0 + phase * 1.7).sin()
            + 0.012 * (x * 47.0 + phase * 2.3).sin()
    }
}

/// From `a` to `b`; `share` of 1 is all `b`.
fn mixed(a: [u8; 3], b: [u8; 3], share: f32) -> [u8; 3] {
    std::array::from_fn(|channel| {
        let (a, b) = (f32::from(a[channel]), f32::from(b[channel]));
        (a + (b - a) * share.clamp(0.0, 1.0)) as u8
    })
}
