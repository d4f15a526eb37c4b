//! Pictures to test with, in every format that is read, and what two of them differ by.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// The extensions of the formats that are read, with what writes them where that is the image crate.
pub(crate) const FORMATS: [(&str, Option<ImageFormat>); 14] = [
    ("jpg", Some(ImageFormat::Jpeg)),
    ("png", Some(ImageFormat::Png)),
    ("webp", Some(ImageFormat::WebP)),
    ("gif", Some(ImageFormat::Gif)),
    ("tiff", Some(ImageFormat::Tiff)),
    ("bmp", Some(ImageFormat::Bmp)),
    ("ico", Some(ImageFormat::Ico)),
    ("tga", Some(ImageFormat::Tga)),
    ("ppm", Some(ImageFormat::Pnm)),
    ("pgm", None),
    ("pfm", None),
    ("qoi", Some(ImageFormat::Qoi)),
    ("hdr", None),
    ("jxl", None),
];

/// Smooth colours with a little detail: what survives both JPEG and a palette.
pub(crate) fn smooth(width: u32, height: u32) -> RgbImage {
    ImageBuffer::from_fn(width, height, |x, y| {
        let wave = ((x as f32 / 9.0).sin() * 20.0 + (y as f32 / 7.0).cos() * 20.0) as i32;
        let part = |value: u32| (value as i32 * 180 / 100 + 40 + wave).clamp(0, 255) as u8;
        Rgb([part(x * 100 / width), part(y * 100 / height), part(100 - x * 100 / width)])
    })
}

/// A whole file of a format.
pub(crate) fn sample(extension: &str) -> Vec<u8> {
    as_file(&smooth(96, 64), extension)
}

/// A picture as a file of a format.
pub(crate) fn as_file(pixels: &RgbImage, extension: &str) -> Vec<u8> {
    let (width, height) = pixels.dimensions();
    let format = FORMATS.iter().find(|(known, _)| *known == extension).and_then(|(_, format)| *format);
    let mut bytes = Cursor::new(Vec::new());
    if let Some(format) = format {
        DynamicImage::ImageRgb8(pixels.clone()).write_to(&mut bytes, format).expect("encoded");
        return bytes.into_inner();
    }
    match extension {
        "pgm" => {
            let gray = DynamicImage::ImageRgb8(pixels.clone()).into_luma8();
            let numbers: Vec<String> = gray.as_raw().iter().map(u8::to_string).collect();
            format!("P2\n{width} {height}\n255\n{}\n", numbers.join(" ")).into_bytes()
        }
        "pfm" => {
            let rows = pixels.as_raw().chunks_exact(width as usize * 3).rev();
            let values = rows.flatten().flat_map(|value| light(*value).to_le_bytes());
            format!("PF\n{width} {height}\n-1.0\n").into_bytes().into_iter().chain(values).collect()
        }
        "hdr" => {
            let light: Vec<Rgb<f32>> = pixels.pixels().map(|pixel| Rgb(pixel.0.map(light))).collect();
            let encoder = image::codecs::hdr::HdrEncoder::new(&mut bytes);
            encoder.encode(&light, width as usize, height as usize).expect("encoded");
            bytes.into_inner()
        }
        _ => {
            let options = zune_core::options::EncoderOptions::new(
                width as usize,
                height as usize,
                zune_core::colorspace::ColorSpace::RGB,
                zune_core::bit_depth::BitDepth::Eight,
            );
            let mut bytes = Vec::new();
            zune_jpegxl::JxlSimpleEncoder::new(pixels.as_raw(), options).encode(&mut bytes).expect("encoded");
            bytes
        }
    }
}

/// The light that a number of sRGB stands for, from 0 to 1.
fn light(value: u8) -> f32 {
    let encoded = f32::from(value) / 255.0;
    if encoded <= 0.040_45 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// A progressive JPEG file.
#[cfg(feature = "turbojpeg")]
pub(crate) fn progressive() -> Vec<u8> {
    let pixels = smooth(96, 64);
    let mut compressor = turbojpeg::Compressor::new().expect("a compressor");
    compressor.set_progressive(true).expect("progressive");
    let image = turbojpeg::Image {
        pixels: pixels.as_raw().as_slice(),
        width: 96,
        pitch: 96 * 3,
        height: 64,
        format: turbojpeg::PixelFormat::RGB,
    };
    compressor.compress_to_vec(image).expect("encoded")
}

/// A JPEG file with one segment more.
pub(crate) fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, marker]);
    bytes.extend((body.len() as u16 + 2).to_be_bytes());
    bytes.extend(body);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// How much one picture is like another, in decibels.
pub(crate) fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: f64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
    let mean = sum / a.as_raw().len() as f64;
    if mean == 0.0 { 100.0 } else { 10.0 * (255.0 * 255.0 / mean).log10() }
}
