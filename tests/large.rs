//! Large files, and small ones that would become large: what they take is known before they are read, so that the budget for
//! memory holds and no whole file is called damaged.

#[path = "support/conversion.rs"]
mod conversion;
#[path = "support/pictures.rs"]
mod pictures;
#[path = "support/program.rs"]
mod program;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageFormat, RgbImage, Rgba, RgbaImage};
use millrace::model::recipe::{Encoding, FitBox, Format, Resize, Size, Step};
use millrace::model::{Failure, Output, Recipe};
use program::millrace;
use std::fs;
use std::io::Cursor;
use std::time::{Duration, Instant};

const MODES: [&str; 4] = ["serial", "threads", "processes", "mixed"];
const MIB: usize = 1 << 20;

/// Bytes that no format packs, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn colours(width: u32, height: u32) -> RgbImage {
    RgbImage::from_raw(width, height, noise((width * height * 3) as usize)).expect("enough of it")
}

fn by_image(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(colours(width, height)).write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// A JPEG file with segments of this many bytes before its frame.
fn jpeg_behind(length: usize) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 100);
    DynamicImage::ImageRgb8(colours(2000, 2000)).write_with_encoder(encoder).expect("encoded");
    let mut bytes = jpeg[..2].to_vec();
    for part in noise(length).chunks(60_000) {
        bytes.extend([0xff, 0xeb]);
        bytes.extend((part.len() as u16 + 2).to_be_bytes());
        bytes.extend(part);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A PNG file with a chunk of this many bytes before its pixels.
fn png_behind(length: usize) -> Vec<u8> {
    let png = by_image(1800, 1800, ImageFormat::Png);
    let mut bytes = png[..33].to_vec();
    let data = [&b"noIs"[..], &noise(length)].concat();
    bytes.extend((length as u32).to_be_bytes());
    bytes.extend(&data);
    let mut sum = flate2::Crc::new();
    sum.update(&data);
    bytes.extend(sum.sum().to_be_bytes());
    bytes.extend(&png[33..]);
    bytes
}

fn tga(rle: bool) -> Vec<u8> {
    let (width, height) = (2200_u16, 1500_u16);
    let mut bytes = vec![0, 0, if rle { 10 } else { 2 }, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([24, 0x20]);
    let pixels = noise(usize::from(width) * usize::from(height) * 3);
    if !rle {
        bytes.extend(pixels);
        return bytes;
    }
    for part in pixels.chunks(128 * 3) {
        bytes.push((part.len() / 3 - 1) as u8);
        bytes.extend(part);
    }
    bytes
}

/// An icon that says that it is 256 pixels wide, and is larger.
fn ico(width: u32, height: u32, bits: u16) -> Vec<u8> {
    let mut bitmap = 40_u32.to_le_bytes().to_vec();
    bitmap.extend(width.to_le_bytes());
    bitmap.extend((height * 2).to_le_bytes());
    bitmap.extend(1_u16.to_le_bytes());
    bitmap.extend(bits.to_le_bytes());
    bitmap.extend([0; 24]);
    if bits == 1 {
        bitmap.extend([0, 0, 0, 0, 255, 255, 255, 0]);
    }
    let row = (width as usize * usize::from(bits)).div_ceil(32) * 4;
    bitmap.extend(noise(row * height as usize));
    bitmap.extend(vec![0; (width as usize).div_ceil(32) * 4 * height as usize]);
    let mut bytes = b"\0\0\x01\0\x01\0\0\0\0\0\x01\0".to_vec();
    bytes.extend(bits.to_le_bytes());
    bytes.extend((bitmap.len() as u32).to_le_bytes());
    bytes.extend(22_u32.to_le_bytes());
    bytes.extend(bitmap);
    bytes
}

fn icon_of_png() -> Vec<u8> {
    let png = by_image(1800, 1800, ImageFormat::Png);
    let mut bytes = b"\0\0\x01\0\x01\0\0\0\0\0\x01\0\x20\0".to_vec();
    bytes.extend((png.len() as u32).to_le_bytes());
    bytes.extend(22_u32.to_le_bytes());
    bytes.extend(png);
    bytes
}

/// Whole pictures, one after another.
fn gif(sides: u32, frames: usize) -> Vec<u8> {
    let side = sides as u16;
    let mut bytes = Vec::new();
    let palette: Vec<u8> = (0..=255).flat_map(|value| [value, 255 - value, value / 2]).collect();
    let mut encoder = gif::Encoder::new(&mut bytes, side, side, &palette).expect("written");
    for _ in 0..frames {
        let pixels = noise((sides * sides) as usize);
        encoder.write_frame(&gif::Frame::from_indexed_pixels(side, side, pixels, None)).expect("written");
    }
    drop(encoder);
    bytes
}

fn apng() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1300, 1300);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).expect("set");
    let mut writer = encoder.write_header().expect("written");
    for _ in 0..2 {
        writer.write_image_data(&noise(1300 * 1300 * 3)).expect("written");
    }
    writer.finish().expect("written");
    bytes
}

fn converted(name: &str, bytes: &[u8], steps: Vec<Step>, output: Encoding) -> Result<(Output, Vec<u8>), Failure> {
    conversion::convert(name, bytes, Recipe::new("test", steps, output))
}

/// Files of more than 8 MiB, of every kind that is read and in the ways that hide how large they are.
fn large() -> Vec<(&'static str, Vec<u8>)> {
    let header = |text: &str, length: usize| [text.as_bytes(), &noise(length)].concat();
    let text = (0..2_400_000).map(|number: u32| (number * 7 % 256).to_string()).collect::<Vec<_>>().join(" ");
    let values = noise(3 * 900 * 900 * 4).iter().map(|byte| byte & 0x3f).collect::<Vec<_>>();
    let bmp = by_image(1800, 1800, ImageFormat::Bmp);
    let mut footed = tga(true);
    footed.extend(b"\0\0\0\0\0\0\0\0TRUEVISION-XFILE.\0");
    vec![
        ("behind.jpg", jpeg_behind(5 * MIB)),
        ("plain.png", by_image(1800, 1800, ImageFormat::Png)),
        ("behind.png", png_behind(MIB)),
        ("plain.webp", by_image(1800, 1800, ImageFormat::WebP)),
        ("still.gif", gif(2800, 1)),
        ("moving.gif", gif(2000, 2)),
        ("moving.png", apng()),
        ("plain.tiff", by_image(1800, 1800, ImageFormat::Tiff)),
        ("plain.bmp", bmp.clone()),
        ("headless.dib", bmp[14..].to_vec()),
        ("bitmap.ico", ico(1700, 1500, 32)),
        ("png.ico", icon_of_png()),
        ("plain.tga", tga(false)),
        ("packed.tga", tga(true)),
        ("footed.dat", footed),
        ("bits.pbm", header("P4\n8800 8800\n", 8800 * 8800 / 8)),
        ("words.pgm", header("P5\n2200 2200\n65535\n", 2200 * 2200 * 2)),
        ("text.pgm", format!("P2\n2000 1200\n255\n{text}\n").into_bytes()),
        ("plain.ppm", header("P6\n# with words\n1800 1800\n255\n", 1800 * 1800 * 3)),
        (
            "any.pam",
            header("P7\nWIDTH 1600\nHEIGHT 1600\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n", 1600 * 1600 * 4),
        ),
        ("colours.pfm", [b"PF\n900 900\n-1.0\n".as_slice(), &values].concat()),
        ("gray.pfm", [b"Pf\n2700 900\n-1.0\n".as_slice(), &values].concat()),
        ("plain.qoi", by_image(1600, 1600, ImageFormat::Qoi)),
        ("plain.hdr", pictures::as_file(&colours(1800, 1800), "hdr")),
        ("plain.jxl", pictures::as_file(&colours(1800, 1800), "jxl")),
    ]
}

#[test]
fn large_files_of_every_kind_are_converted() {
    let fit = Step::Resize(Resize::to(Size::Fit(FitBox { width: 64, height: 64 })));
    for (name, bytes) in large() {
        assert!(bytes.len() > 8 * MIB, "{name} has {} bytes", bytes.len());
        let started = Instant::now();
        let (made, _) = converted(name, &bytes, vec![fit.clone()], Encoding::to(Format::Png))
            .unwrap_or_else(|failure| panic!("{failure}"));
        assert!(made.size_out.is_some_and(|(width, height)| width.max(height) == 64), "{name}");
        println!("{name}: {:.1} s", started.elapsed().as_secs_f64());
    }
}

#[cfg(feature = "turbojpeg")]
#[test]
fn inks_with_a_large_profile_are_converted() {
    let pixels = noise(1500 * 1500 * 4);
    let mut compressor = turbojpeg::Compressor::new().expect("a compressor");
    compressor.set_quality(100).expect("set");
    compressor.set_subsamp(turbojpeg::Subsamp::None).expect("set");
    let image = turbojpeg::Image {
        pixels: pixels.as_slice(),
        width: 1500,
        pitch: 6000,
        height: 1500,
        format: turbojpeg::PixelFormat::CMYK,
    };
    let jpeg = compressor.compress_to_vec(image).expect("encoded");
    let mut bytes = jpeg[..2].to_vec();
    for (part, number) in noise(600_000).chunks(60_000).zip(1..) {
        bytes.extend([0xff, 0xe2]);
        bytes.extend((part.len() as u16 + 16).to_be_bytes());
        bytes.extend([b"ICC_PROFILE\0".as_slice(), &[number, 10], part].concat());
    }
    bytes.extend(&jpeg[2..]);
    assert!(bytes.len() > 8 * MIB, "{} bytes", bytes.len());
    let (made, _) = converted("inks.jpg", &bytes, Vec::new(), Encoding::to(Format::Jpeg)).expect("converted");
    assert_eq!(made.size_out, Some((1500, 1500)));
}

#[test]
fn steps_of_large_animations_fit_what_was_foreseen() {
    for (name, bytes) in [("moving.gif", gif(2000, 2)), ("moving.png", apng())] {
        let fit = Step::Resize(Resize::to(Size::Percent(10.0)));
        let steps = vec![Step::Grayscale, Step::Blur { sigma: 1.0 }, fit];
        let (made, _) = converted(name, &bytes, steps, Encoding::SAME).expect("converted");
        assert!(made.bytes_out > 0, "{name}");
    }
}

fn lines(output: &std::process::Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn what_grows_beyond_the_budget_is_refused_in_every_mode() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    // 1 bit a pixel becomes 32.
    fs::write(path("bits.ico"), ico(7000, 7000, 1)).expect("written");
    // 1 byte becomes 3, beside it.
    let palette: Vec<u8> = (0..768_u32).flat_map(|value| (value as u16 * 85).to_le_bytes()).collect();
    let mut tiff = b"II*\0\x08\0\0\0\x09\0".to_vec();
    let fields: [(u16, u16, u32, u32); 9] = [
        (256, 4, 1, 5000),
        (257, 4, 1, 5000),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 3),
        (273, 4, 1, 8 + 2 + 9 * 12 + 4 + 1536),
        (278, 4, 1, 5000),
        (279, 4, 1, 25_000_000),
        (320, 3, 768, 8 + 2 + 9 * 12 + 4),
    ];
    for (tag, kind, count, value) in fields {
        tiff.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        tiff.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    tiff.extend([0; 4]);
    tiff.extend(palette);
    tiff.extend(noise(25_000_000));
    fs::write(path("indices.tif"), tiff).expect("written");
    for mode in MODES {
        for (name, least) in [("bits.ico", 196), ("indices.tif", 100)] {
            let (input, out, budget) = (path(name), path(mode), format!("{least}MiB"));
            let line =
                ["convert", &input, "-o", &out, "--format", "jpeg", "--mode", mode, "--memory", &budget, "--json"];
            let output = millrace(&line, b"");
            let lines = lines(&output);
            assert_eq!(lines[0]["error_kind"], "memory", "{mode}: {output:?}");
        }
    }
}

#[test]
fn frames_as_files_are_not_gathered_in_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let dance = |frames: u8| {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
        for number in 0..frames {
            let pixels = RgbaImage::from_pixel(1000, 1000, Rgba([number, 90, 9, 255]));
            encoder.encode_frame(Frame::new(pixels)).expect("written");
        }
        drop(encoder);
        bytes
    };
    fs::write(path("short.gif"), dance(50)).expect("written");
    // More than the files of a single picture may have in a worker.
    fs::write(path("long.gif"), dance(150)).expect("written");
    for (mode, name, frames) in [
        ("serial", "short.gif", 50),
        ("threads", "short.gif", 50),
        ("mixed", "short.gif", 50),
        ("processes", "long.gif", 150),
    ] {
        let (input, out) = (path(name), path(mode));
        let line = ["convert", &input, "-o", &out, "--extract-frames", "--format", "bmp", "--mode", mode];
        let output = millrace(&[&line[..], &["--memory", "128MiB", "--json"]].concat(), b"");
        assert!(output.status.success(), "{mode}: {output:?}");
        assert_eq!(fs::read_dir(&out).expect("a folder").count(), frames, "{mode}");
        let peak = lines(&output).last().and_then(|line| line["peak_rss_bytes"].as_u64()).expect("measured");
        println!("{mode}: {} MiB", peak >> 20);
        assert!(peak < 130 << 20, "{mode}: {} MiB for {frames} files of 3 MB", peak >> 20);
        fs::remove_dir_all(&out).expect("removed");
    }
}

/// A TIFF file of gray pixels, and pages behind it that name long lists, each leading to the next and the last to itself.
fn pages(count: u32) -> Vec<u8> {
    const NUMBERS: u32 = 800_000;
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let mut fields = |fields: &[(u16, u32, u32)], next: u32| {
        bytes.extend((fields.len() as u16).to_le_bytes());
        for (tag, count, value) in fields {
            bytes.extend([&tag.to_le_bytes()[..], &[4, 0], &count.to_le_bytes(), &value.to_le_bytes()].concat());
        }
        bytes.extend(next.to_le_bytes());
    };
    let size = |fields: u32| 2 + 12 * fields + 4;
    let (second, lists) = (8 + size(9), 8 + size(9) + count * size(3));
    let plain =
        [(256, 1, 2), (257, 1, 2), (258, 1, 8), (259, 1, 1), (262, 1, 1), (273, 1, 0), (277, 1, 1), (278, 1, 2)];
    fields(&[&plain[..], &[(279, 1, 4)]].concat(), second);
    for page in 0..count {
        let next = second + (page + 1).min(count - 1) * size(3);
        fields(&[(259, 1, 8), (273, NUMBERS, lists), (279, NUMBERS, lists + NUMBERS * 4)], next);
    }
    bytes.resize(bytes.len() + NUMBERS as usize * 8, 0);
    bytes
}

#[test]
fn pages_that_share_their_lists_or_lead_to_themselves_take_no_time() {
    for count in [1, 900] {
        let started = Instant::now();
        let (made, _) =
            converted("pages.tif", &pages(count), Vec::new(), Encoding::to(Format::Png)).expect("converted");
        assert_eq!(made.size_out, Some((2, 2)));
        assert!(started.elapsed() < Duration::from_secs(10), "{count}: {:?}", started.elapsed());
    }
}

#[test]
fn a_part_of_a_tiff_is_not_larger_than_it_says() {
    let gray = DynamicImage::ImageLuma8(GrayImage::new(3000, 3000));
    for (compression, photometric, format) in [(50_001, 2, ImageFormat::WebP), (7, 1, ImageFormat::Jpeg)] {
        let mut part = Cursor::new(Vec::new());
        let pixels = if format == ImageFormat::WebP { DynamicImage::ImageRgb8(gray.to_rgb8()) } else { gray.clone() };
        pixels.write_to(&mut part, format).expect("encoded");
        let part = part.into_inner();
        let samples = if photometric == 2 { 3 } else { 1 };
        let fields: [(u16, u32); 10] = [
            (256, 64),
            (257, 64),
            (258, 8),
            (259, compression),
            (262, photometric),
            (277, samples),
            (322, 64),
            (323, 64),
            (324, 8 + 2 + 10 * 12 + 4),
            (325, part.len() as u32),
        ];
        let mut tiff = b"II*\0\x08\0\0\0\x0a\0".to_vec();
        for (tag, value) in fields {
            tiff.extend([&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0], &value.to_le_bytes()].concat());
        }
        tiff.extend([0; 4]);
        tiff.extend(part);
        let failure = converted("part.tif", &tiff, Vec::new(), Encoding::to(Format::Png)).expect_err("too large");
        assert!(failure.sentence.contains("larger than it says"), "{failure}");
    }
}
