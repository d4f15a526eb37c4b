//! Pixels as rows of numbers, whatever they are made of.

use super::super::colour::encoded_of;
use crate::model::recipe::Colour;
use image::{ColorType, DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, LumaA, RgbImage, RgbaImage};

/// One number of a pixel: 8 or 16 bits.
pub(super) trait Sample: Copy + Default + PartialEq + 'static {
    /// The largest value.
    const MOST: f32;
    fn to_f32(self) -> f32;
    /// Rounded, and kept within the range.
    fn of_f32(value: f32) -> Self;
    /// The same share of the range as of 0 to 255.
    fn of_u8(value: u8) -> Self;
    /// Its place in a table with an entry for each value.
    fn index(self) -> usize;
}

impl Sample for u8 {
    const MOST: f32 = 255.0;
    fn to_f32(self) -> f32 {
        f32::from(self)
    }
    fn of_f32(value: f32) -> u8 {
        (value + 0.5) as u8
    }
    fn of_u8(value: u8) -> u8 {
        value
    }
    fn index(self) -> usize {
        usize::from(self)
    }
}

impl Sample for u16 {
    const MOST: f32 = 65_535.0;
    fn to_f32(self) -> f32 {
        f32::from(self)
    }
    fn of_f32(value: f32) -> u16 {
        (value + 0.5) as u16
    }
    fn of_u8(value: u8) -> u16 {
        u16::from(value) * 257
    }
    fn index(self) -> usize {
        usize::from(self)
    }
}

/// How the numbers of a pixel are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) height: usize,
    /// 1 or 3, and one more for transparency.
    pub(super) channels: usize,
    pub(super) has_alpha: bool,
}

impl Shape {
    /// How many channels have colour or gray.
    pub(super) fn colours(self) -> usize {
        self.channels - usize::from(self.has_alpha)
    }
}

/// What works on pixels of either depth.
pub(super) trait Work {
    type Answer;
    fn on<T: Sample>(self, samples: &mut [T], shape: Shape) -> Self::Answer;
}

/// Does it with the pixels, which [`plain`] made.
pub(super) fn work<W: Work>(pixels: &mut DynamicImage, job: W) -> W::Answer {
    let shape = shape(pixels);
    match pixels {
        DynamicImage::ImageLuma8(buffer) => job.on(&mut *buffer, shape),
        DynamicImage::ImageLumaA8(buffer) => job.on(&mut *buffer, shape),
        DynamicImage::ImageRgb8(buffer) => job.on(&mut *buffer, shape),
        DynamicImage::ImageRgba8(buffer) => job.on(&mut *buffer, shape),
        DynamicImage::ImageLuma16(buffer) => job.on(&mut *buffer, shape),
        DynamicImage::ImageLumaA16(buffer) => job.on(&mut *buffer, shape),
        DynamicImage::ImageRgb16(buffer) => job.on(&mut *buffer, shape),
        DynamicImage::ImageRgba16(buffer) => job.on(&mut *buffer, shape),
        other => {
            *other = plain(std::mem::take(other));
            work(other, job)
        }
    }
}

pub(super) fn shape(pixels: &DynamicImage) -> Shape {
    let color = pixels.color();
    Shape {
        width: pixels.width() as usize,
        height: pixels.height() as usize,
        channels: usize::from(color.channel_count()),
        has_alpha: color.has_alpha(),
    }
}

pub(super) fn is_deep(pixels: &DynamicImage) -> bool {
    pixels.color().bytes_per_pixel() / pixels.color().channel_count() > 1
}

/// 8 or 16 bits a channel. Numbers with a fraction are light, which takes 16.
pub(super) fn plain(pixels: DynamicImage) -> DynamicImage {
    use DynamicImage as D;
    let share = |share: f32| u16::of_f32(share * u16::MOST);
    let encoded = |light: f32| share(encoded_of(light.clamp(0.0, 1.0)));
    match pixels {
        D::ImageRgb32F(light) => {
            let (width, height) = light.dimensions();
            let words = light.iter().map(|light| encoded(*light)).collect();
            ImageBuffer::from_raw(width, height, words).map(D::ImageRgb16).unwrap_or_default()
        }
        D::ImageRgba32F(light) => {
            let (width, height) = light.dimensions();
            let of_pixel = |&[r, g, b, a]: &[f32; 4]| [encoded(r), encoded(g), encoded(b), share(a.clamp(0.0, 1.0))];
            let words = light.as_chunks().0.iter().flat_map(of_pixel).collect();
            ImageBuffer::from_raw(width, height, words).map(D::ImageRgba16).unwrap_or_default()
        }
        D::ImageLuma8(_)
        | D::ImageLumaA8(_)
        | D::ImageRgb8(_)
        | D::ImageRgba8(_)
        | D::ImageLuma16(_)
        | D::ImageLumaA16(_)
        | D::ImageRgb16(_)
        | D::ImageRgba16(_) => pixels,
        other => D::ImageRgba8(other.to_rgba8()),
    }
}

/// An empty picture of the same kind.
pub(super) fn like(pixels: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    DynamicImage::new(width, height, pixels.color())
}

/// Makes room for a colour: gray becomes RGB where it is not gray, and transparency is added where it is not solid.
pub(super) fn make_room_for(pixels: &mut DynamicImage, colour: Colour) {
    let is_gray = colour.r == colour.g && colour.g == colour.b;
    make_room(pixels, !is_gray, !colour.is_solid());
}

/// Makes room for colours, for transparency, or for both.
pub(super) fn make_room(pixels: &mut DynamicImage, colours: bool, alpha: bool) {
    let color = pixels.color();
    let (colours, alpha) = (colours || color.has_color(), alpha || color.has_alpha());
    if (colours, alpha) == (color.has_color(), color.has_alpha()) {
        return;
    }
    *pixels = match (is_deep(pixels), colours, alpha) {
        (false, false, _) => DynamicImage::ImageLumaA8(pixels.to_luma_alpha8()),
        (false, true, false) => DynamicImage::ImageRgb8(pixels.to_rgb8()),
        (false, true, true) => DynamicImage::ImageRgba8(pixels.to_rgba8()),
        (true, false, _) => DynamicImage::ImageLumaA16(pixels.to_luma_alpha16()),
        (true, true, false) => DynamicImage::ImageRgb16(pixels.to_rgb16()),
        (true, true, true) => DynamicImage::ImageRgba16(pixels.to_rgba16()),
    };
}

/// A colour as one pixel of this shape. Gray takes the red channel: [`make_room_for`] saw to it that all are the same.
pub(super) fn pixel_of<T: Sample>(colour: Colour, shape: Shape) -> Vec<T> {
    let [r, g, b, a] = colour.channels().map(T::of_u8);
    match (shape.colours(), shape.has_alpha) {
        (1, false) => vec![r],
        (1, true) => vec![r, a],
        (_, false) => vec![r, g, b],
        (_, true) => vec![r, g, b, a],
    }
}

/// Leaves out the transparency. What was behind it becomes visible.
pub(super) fn without_alpha(pixels: &DynamicImage) -> DynamicImage {
    match pixels.color() {
        ColorType::La8 => DynamicImage::ImageLuma8(pixels.to_luma8()),
        ColorType::La16 => DynamicImage::ImageLuma16(pixels.to_luma16()),
        ColorType::Rgba16 => DynamicImage::ImageRgb16(pixels.to_rgb16()),
        ColorType::Rgba8 => DynamicImage::ImageRgb8(pixels.to_rgb8()),
        _ => pixels.clone(),
    }
}

/// A picture from its numbers; `None` where they are too few.
pub(super) fn assemble_8(shape: Shape, samples: Vec<u8>) -> Option<DynamicImage> {
    let (width, height) = (shape.width as u32, shape.height as u32);
    Some(match (shape.colours(), shape.has_alpha) {
        (1, false) => DynamicImage::ImageLuma8(GrayImage::from_raw(width, height, samples)?),
        (1, true) => DynamicImage::ImageLumaA8(GrayAlphaImage::from_raw(width, height, samples)?),
        (_, false) => DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, samples)?),
        (_, true) => DynamicImage::ImageRgba8(RgbaImage::from_raw(width, height, samples)?),
    })
}

/// The same for 16 bits.
pub(super) fn assemble_16(shape: Shape, samples: Vec<u16>) -> Option<DynamicImage> {
    let (width, height) = (shape.width as u32, shape.height as u32);
    Some(match (shape.colours(), shape.has_alpha) {
        (1, false) => DynamicImage::ImageLuma16(ImageBuffer::from_raw(width, height, samples)?),
        (1, true) => DynamicImage::ImageLumaA16(ImageBuffer::<LumaA<u16>, _>::from_raw(width, height, samples)?),
        (_, false) => DynamicImage::ImageRgb16(ImageBuffer::from_raw(width, height, samples)?),
        (_, true) => DynamicImage::ImageRgba16(ImageBuffer::from_raw(width, height, samples)?),
    })
}
