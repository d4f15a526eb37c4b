//! From the channels of a TIFF picture to a picture as the steps know it.

use super::super::fault::Fault;
use super::super::inks;
use super::layout::{Alpha, Layout, Meaning, Sample};
use super::samples::Canvas;
use image::{DynamicImage, ImageBuffer, Pixel};

/// Makes a picture of a canvas. `palette` is field 320, `profile` describes inks.
pub(super) fn picture(
    canvas: Canvas,
    layout: &Layout,
    palette: Option<&[u64]>,
    profile: Option<&[u8]>,
) -> Result<DynamicImage, Fault> {
    let size = (layout.width, layout.height);
    let canvas = match layout.meaning {
        Meaning::Palette => return from_palette(&canvas, layout, palette),
        Meaning::Inks => return from_inks(canvas, layout, profile),
        Meaning::Lab { signed } => from_lab(bytes(canvas), layout.kept(), signed),
        Meaning::YCbCr => from_ycbcr(bytes(canvas), layout.kept()),
        Meaning::Gray { .. } | Meaning::Rgb => canvas,
    };
    let gray = matches!(layout.meaning, Meaning::Gray { .. });
    // Gray pictures of floating-point numbers have no type of their own.
    let canvas = match canvas {
        Canvas::Floats(values) if gray => Canvas::Words(stretched(&values, layout.sample == Sample::Float)),
        canvas => canvas,
    };
    let canvas = match layout.meaning {
        Meaning::Gray { white_is_zero: true } => inverted(canvas, layout.kept()),
        _ => canvas,
    };
    let canvas = if layout.alpha == Alpha::Premultiplied { straight(canvas, layout.kept()) } else { canvas };
    let image = match (canvas, layout.kept()) {
        (Canvas::Bytes(data), 1) => buffer(size, data).map(DynamicImage::ImageLuma8),
        (Canvas::Bytes(data), 2) => buffer(size, data).map(DynamicImage::ImageLumaA8),
        (Canvas::Bytes(data), 3) => buffer(size, data).map(DynamicImage::ImageRgb8),
        (Canvas::Bytes(data), _) => buffer(size, data).map(DynamicImage::ImageRgba8),
        (Canvas::Words(data), 1) => buffer(size, data).map(DynamicImage::ImageLuma16),
        (Canvas::Words(data), 2) => buffer(size, data).map(DynamicImage::ImageLumaA16),
        (Canvas::Words(data), 3) => buffer(size, data).map(DynamicImage::ImageRgb16),
        (Canvas::Words(data), _) => buffer(size, data).map(DynamicImage::ImageRgba16),
        (Canvas::Floats(data), 3) => buffer(size, data).map(DynamicImage::ImageRgb32F),
        (Canvas::Floats(data), _) => buffer(size, data).map(DynamicImage::ImageRgba32F),
    };
    image.ok_or(Fault::Short)
}

fn buffer<P: Pixel>((width, height): (u32, u32), data: Vec<P::Subpixel>) -> Option<ImageBuffer<P, Vec<P::Subpixel>>> {
    ImageBuffer::from_raw(width, height, data)
}

/// Fractions from 0 to 1 fill the range, and so do numbers up to 255 and those up to 65,535; others are stretched from the
/// least to the most.
fn stretched(values: &[f32], fractions: bool) -> Vec<u16> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (least, most) = finite().fold((f32::MAX, f32::MIN), |(least, most), value| (least.min(value), most.max(value)));
    let (from, to) = match (least, most) {
        (0.0.., ..=1.0) if fractions => (0.0, 1.0),
        (0.0.., ..=255.0) => (0.0, 255.0),
        (0.0.., ..=65_535.0) => (0.0, 65_535.0),
        _ => (least, most),
    };
    let scale = if to > from { 65_535.0 / (to - from) } else { 0.0 };
    values.iter().map(|value| ((value - from) * scale).round().clamp(0.0, 65_535.0) as u16).collect()
}

fn bytes(canvas: Canvas) -> Vec<u8> {
    match canvas {
        Canvas::Bytes(data) => data,
        Canvas::Words(data) => data.into_iter().map(|word| (word >> 8) as u8).collect(),
        Canvas::Floats(data) => data.into_iter().map(|value| (value * 255.0).round() as u8).collect(),
    }
}

fn inverted(canvas: Canvas, kept: usize) -> Canvas {
    match canvas {
        Canvas::Bytes(mut data) => {
            data.iter_mut().step_by(kept).for_each(|value| *value = !*value);
            Canvas::Bytes(data)
        }
        Canvas::Words(mut data) => {
            data.iter_mut().step_by(kept).for_each(|value| *value = !*value);
            Canvas::Words(data)
        }
        Canvas::Floats(mut data) => {
            data.iter_mut().step_by(kept).for_each(|value| *value = 1.0 - *value);
            Canvas::Floats(data)
        }
    }
}

/// Divides colours by their transparency.
fn straight(mut canvas: Canvas, kept: usize) -> Canvas {
    match &mut canvas {
        Canvas::Bytes(data) => divide(data, kept, |value, alpha| match alpha {
            0 => 0,
            alpha => ((u32::from(value) * 255 + u32::from(alpha) / 2) / u32::from(alpha)).min(255) as u8,
        }),
        Canvas::Words(data) => divide(data, kept, |value, alpha| match alpha {
            0 => 0,
            alpha => ((u64::from(value) * 65_535 + u64::from(alpha) / 2) / u64::from(alpha)).min(65_535) as u16,
        }),
        Canvas::Floats(data) => divide(data, kept, |value, alpha| if alpha > 0.0 { value / alpha } else { 0.0 }),
    }
    canvas
}

fn divide<T: Copy>(data: &mut [T], kept: usize, by: impl Fn(T, T) -> T) {
    for pixel in data.chunks_exact_mut(kept) {
        if let [colours @ .., alpha] = pixel {
            for value in colours {
                *value = by(*value, *alpha);
            }
        }
    }
}

fn from_palette(canvas: &Canvas, layout: &Layout, palette: Option<&[u64]>) -> Result<DynamicImage, Fault> {
    let palette = palette.ok_or_else(|| Fault::damaged("its palette is missing"))?;
    let entries = palette.len() / 3;
    // Some writers fill only the lower half of the numbers.
    let shift = if palette.iter().all(|&value| value < 256) { 0 } else { 8 };
    let colour = |index: usize| -> [u8; 3] {
        let part = |plane: usize| palette.get(plane * entries + index).map_or(0, |&value| (value >> shift) as u8);
        if index < entries { [part(0), part(1), part(2)] } else { [0; 3] }
    };
    let colours: Vec<[u8; 3]> = (0..entries.min(65_536)).map(colour).collect();
    let kept = layout.kept();
    let size = (layout.width, layout.height);
    let look_up = |index: usize| colours.get(index).copied().unwrap_or_default();
    let indices: Box<dyn Iterator<Item = (usize, u8)>> = match canvas {
        Canvas::Bytes(data) => {
            Box::new(data.chunks_exact(kept).map(|pixel| (pixel[0] as usize, *pixel.last().unwrap_or(&255))))
        }
        Canvas::Words(data) => Box::new(
            data.chunks_exact(kept).map(|pixel| (pixel[0] as usize, (*pixel.last().unwrap_or(&65_535) >> 8) as u8)),
        ),
        Canvas::Floats(_) => return Err(Fault::damaged("its palette has fractions for indices")),
    };
    if kept == 2 {
        let data = indices.flat_map(|(index, alpha)| {
            let [r, g, b] = look_up(index);
            [r, g, b, alpha]
        });
        buffer(size, data.collect()).map(DynamicImage::ImageRgba8).ok_or(Fault::Short)
    } else {
        let data = indices.flat_map(|(index, _)| look_up(index));
        buffer(size, data.collect()).map(DynamicImage::ImageRgb8).ok_or(Fault::Short)
    }
}

fn from_inks(canvas: Canvas, layout: &Layout, profile: Option<&[u8]>) -> Result<DynamicImage, Fault> {
    let kept = layout.kept();
    let mut data = bytes(canvas);
    let alpha = (kept == 5).then(|| data.iter().skip(4).step_by(5).copied().collect::<Vec<u8>>());
    if kept == 5 {
        data = data.chunks_exact(5).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]).collect();
    }
    let colours = inks::to_rgb(&data, profile);
    let size = (layout.width, layout.height);
    let Some(alpha) = alpha else {
        return buffer(size, colours).map(DynamicImage::ImageRgb8).ok_or(Fault::Short);
    };
    let data = colours.chunks_exact(3).zip(alpha).flat_map(|(rgb, alpha)| [rgb[0], rgb[1], rgb[2], alpha]).collect();
    buffer(size, data).map(DynamicImage::ImageRgba8).ok_or(Fault::Short)
}

/// As JPEG has it; other coefficients are not seen in practice.
fn from_ycbcr(mut data: Vec<u8>, kept: usize) -> Canvas {
    for pixel in data.chunks_exact_mut(kept) {
        let (y, cb, cr) = (f32::from(pixel[0]), f32::from(pixel[1]) - 128.0, f32::from(pixel[2]) - 128.0);
        pixel[0] = (y + 1.402 * cr).round() as u8;
        pixel[1] = (y - 0.344_14 * cb - 0.714_14 * cr).round() as u8;
        pixel[2] = (y + 1.772 * cb).round() as u8;
    }
    Canvas::Bytes(data)
}

/// CIE L*a*b* at D50, to sRGB.
fn from_lab(mut data: Vec<u8>, kept: usize, signed: bool) -> Canvas {
    let part = |value: u8| if signed { f32::from(value.cast_signed()) } else { f32::from(value) - 128.0 };
    let inverse = |t: f32| if t > 6.0 / 29.0 { t * t * t } else { 3.0 * (6.0_f32 / 29.0).powi(2) * (t - 4.0 / 29.0) };
    let encoded = |linear: f32| {
        let linear = linear.clamp(0.0, 1.0);
        let value = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
        (value * 255.0).round() as u8
    };
    for pixel in data.chunks_exact_mut(kept) {
        let lightness = (f32::from(pixel[0]) * 100.0 / 255.0 + 16.0) / 116.0;
        let x = 0.964_22 * inverse(lightness + part(pixel[1]) / 500.0);
        let y = inverse(lightness);
        let z = 0.825_21 * inverse(lightness - part(pixel[2]) / 200.0);
        pixel[0] = encoded(3.133_856 * x - 1.616_867 * y - 0.490_615 * z);
        pixel[1] = encoded(-0.978_768 * x + 1.916_142 * y + 0.033_454 * z);
        pixel[2] = encoded(0.071_945 * x - 0.228_991 * y + 1.405_243 * z);
    }
    Canvas::Bytes(data)
}
