//! What results must not tell, and what they must be where the original's own bytes could stand for them: hidden words in
//! every place that a file has for them, pictures that are not what they were, and colours by their profiles.

#[path = "support/conversion.rs"]
mod conversion;
#[path = "support/pictures.rs"]
mod pictures;

use image::codecs::gif::GifEncoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Delay, DynamicImage, Frame, Rgba, RgbaImage};
use millrace::model::recipe::{
    Colour, ColourRule, Encoding, Filter, Format, Frames, Gravity, Metadata, PictureMark, Placement, PngEffort, Resize,
    Size, Step, TextMark,
};
use millrace::model::task::NonPictures;
use millrace::model::{Assignment, AttemptId, Convert, Failure, Files, JobId, Output, Recipe, Task};
use millrace::task::{self, Control, Net};
use pictures::{smooth, with_segment};
use std::io::Cursor;

fn convert(name: &str, bytes: &[u8], steps: Vec<Step>, output: Encoding) -> Result<(Output, Vec<u8>), Failure> {
    conversion::convert(name, bytes, Recipe::new("test", steps, output))
}

/// The same without turning it upright.
fn as_it_lies(name: &str, bytes: &[u8], output: Encoding) -> (Output, Vec<u8>) {
    let recipe = Recipe { auto_orient: false, ..Recipe::new("test", Vec::new(), output) };
    conversion::convert(name, bytes, recipe).expect("converted")
}

fn load(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).expect("what is called done can be read")
}

fn has(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

/// What nobody is to read.
const SECRET: &[u8] = b"at home, 48.137 north";

/// EXIF data with an author, an orientation and a maker.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x03\0\x0f\x01\x02\0\x16\0\0\0\x32\0\0\0".to_vec();
    tiff.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend(b"\x3b\x01\x02\0\x04\0\0\0Ann\0\0\0\0\0");
    tiff.extend(SECRET);
    tiff.push(0);
    tiff
}

fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(data);
    [&(data.len() as u32).to_be_bytes()[..], name, data, &crc.sum().to_be_bytes()].concat()
}

/// A PNG file with more chunks behind its header.
fn png_with(png: &[u8], chunks: &[u8]) -> Vec<u8> {
    [&png[..33], chunks, &png[33..]].concat()
}

fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = [&name[..], &(data.len() as u32).to_le_bytes(), data].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// A WebP file with an extended header, with more chunks at its end. `flags` say what they are.
fn webp_with(webp: &[u8], flags: u8, chunks: &[u8]) -> Vec<u8> {
    assert!(webp[12..].starts_with(b"VP8X"), "an extended header");
    let mut bytes = [webp, chunks].concat();
    bytes[20] |= flags;
    let length = (bytes.len() - 8) as u32;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// Two frames of one colour each, the second shown for longer.
fn moving(size: (u32, u32)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(image::codecs::gif::Repeat::Infinite).expect("written");
    for colour in [[250, 0, 0, 255], [0, 0, 250, 255]] {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(size.0, size.1, Rgba(colour)))).expect("written");
    }
    drop(encoder);
    bytes
}

fn moving_as(format: Format, size: (u32, u32)) -> Vec<u8> {
    let output = Encoding { quality: Some(5).filter(|_| format.has_quality()), ..Encoding::to(format) };
    convert("a.gif", &moving(size), Vec::new(), output).expect("converted").1
}

/// A small file of each kind that says its secret wherever it can, and the same without it.
fn files_that_tell() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let pixels = DynamicImage::ImageRgb8(smooth(96, 64));
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 10);
    pixels.write_with_encoder(encoder).expect("encoded");
    let exif_part = [b"Exif\0\0", exif(1).as_slice()].concat();
    let second = with_segment(&jpeg, 0xe1, &exif_part);
    let mut telling = with_segment(&second, 0xfe, SECRET);
    telling = with_segment(&telling, 0xeb, &[b"JP".as_slice(), SECRET].concat());
    telling = with_segment(&telling, 0xe2, &[b"MPF\0".as_slice(), SECRET].concat());
    // A comment behind the data of the picture is as good a place as any.
    telling.truncate(telling.len() - 2);
    telling.extend([0xff, 0xfe, 0, SECRET.len() as u8 + 2]);
    telling.extend(SECRET);
    telling.extend([0xff, 0xd9]);
    let jpegs = ("a.jpg", [telling, second].concat(), jpeg);

    let optimised = Encoding { png: PngEffort::Optimised, ..Encoding::to(Format::Png) };
    let (_, png) = convert("a.jpg", &jpegs.2, Vec::new(), optimised).expect("converted");
    let text = png_chunk(b"tEXt", &[b"Author\0".as_slice(), SECRET].concat());
    let own = png_chunk(b"caBX", SECRET);
    let telling = png_with(&png, &[text, own, png_chunk(b"eXIf", &exif(1))].concat());
    let pngs = ("a.png", [telling.as_slice(), SECRET].concat(), png);

    let webp = moving_as(Format::Webp, (40, 20));
    let chunks = [riff_chunk(b"EXIF", &exif(1)), riff_chunk(b"XMP ", SECRET), riff_chunk(b"mine", SECRET)].concat();
    let telling = webp_with(&webp, 0x0c, &chunks);
    let webps = ("a.webp", [telling.as_slice(), SECRET].concat(), webp);

    // All frames but the first are small parts of the picture; written anew, each is as large as it.
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    let many = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)) >> 28;
    let first = RgbaImage::from_fn(80, 60, |x, y| Rgba([(many(x, y) * 16) as u8, 40, 80, 255]));
    encoder.encode_frame(Frame::new(first)).expect("written");
    for place in 0..6 {
        let part = RgbaImage::from_pixel(4, 4, Rgba([255; 4]));
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder.encode_frame(Frame::from_parts(part, place * 9, 9, delay)).expect("written");
    }
    drop(encoder);
    let part = [&[SECRET.len() as u8][..], SECRET, &[0]].concat();
    let comment = [b"\x21\xfe", part.as_slice()].concat();
    let own = [b"\x21\xff\x0bXMP DataXMP", part.as_slice()].concat();
    let before = gif.len() - 1;
    let telling = [&gif[..before], &comment, &own, b";", SECRET].concat();
    vec![jpegs, pngs, webps, ("a.gif", telling, gif)]
}

#[test]
fn originals_that_stay_tell_nothing_that_was_to_go() {
    for (name, telling, bare) in files_that_tell() {
        assert!(has(&telling, SECRET), "{name}");
        let keep = Encoding { keep_original_if_larger: true, strip_gps: true, ..Encoding::SAME };
        let quality = Some(100).filter(|_| name == "a.jpg");
        let lossless = name == "a.webp";
        let keep = Encoding { quality, lossless, ..keep };
        let all = Encoding { metadata: Metadata::All, strip_gps: false, ..keep };
        assert!(convert(name, &telling, Vec::new(), all).expect("converted").1 == telling, "{name} stays as it is");
        let none = Encoding { metadata: Metadata::None, ..keep };
        let (_, made) = convert(name, &telling, Vec::new(), none).expect("converted");
        assert!(!has(&made, SECRET), "{name} still tells");
        assert_eq!(made.len(), bare.len(), "{name} is the original");
        assert_eq!(load(&made), load(&telling), "{name} is the same picture");
        let (_, made) = convert(name, &telling, Vec::new(), keep).expect("converted");
        assert!(!has(&made, SECRET), "{name} with what is essential still tells");
        assert_eq!(load(&made), load(&telling), "{name} is the same picture");
    }
}

#[test]
fn a_plain_tiff_stays_where_the_result_would_be_larger() {
    // One bit a pixel, without order.
    let noise = |n: u32| (n.wrapping_mul(2_654_435_761).wrapping_add(n >> 3).wrapping_mul(2_246_822_519) >> 22) as u8;
    let data: Vec<u8> = (0..32 * 256).map(noise).collect();
    let mut tiff = b"II*\0\x08\x20\0\0".to_vec();
    tiff.extend(&data);
    let fields = [(256, 256), (257, 256), (258, 1), (259, 1), (262, 1), (273, 8), (277, 1), (278, 256), (279, 8192)];
    let file = |more: &[(u16, u32)]| {
        let all: Vec<(u16, u32)> = fields.iter().chain(more).copied().collect();
        let mut file = tiff.clone();
        file.extend((all.len() as u16).to_le_bytes());
        for (tag, value) in all {
            file.extend([&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0], &value.to_le_bytes()].concat());
        }
        file.extend([0; 4]);
        file
    };
    let keep = Encoding { keep_original_if_larger: true, ..Encoding::SAME };
    let result = |file: &[u8], output| convert("a.tif", file, Vec::new(), output).expect("converted").1;
    assert!(result(&file(&[]), keep) == file(&[]));
    // What somebody's program noted goes.
    assert!(result(&file(&[(50_000, 7)]), keep) != file(&[(50_000, 7)]));
}

#[test]
fn a_picture_that_became_smaller_and_larger_is_another_one() {
    let fine = DynamicImage::ImageRgb8(image::RgbImage::from_fn(64, 64, |x, y| {
        image::Rgb([if (x + y) % 2 == 0 { 255 } else { 0 }; 3])
    }));
    let mut png = Cursor::new(Vec::new());
    fine.write_to(&mut png, image::ImageFormat::Png).expect("encoded");
    let optimised = Encoding { png: PngEffort::Optimised, ..Encoding::to(Format::Png) };
    let (_, png) = convert("a.png", png.get_ref(), Vec::new(), optimised).expect("converted");
    let percent = |percent| {
        let size = Size::Percent(percent);
        Step::Resize(Resize { enlarge: true, filter: Filter::Nearest, ..Resize::to(size) })
    };
    let plain = convert("a.png", &png, vec![percent(50.0), percent(200.0)], Encoding::SAME).expect("converted").1;
    let keep = Encoding { keep_original_if_larger: true, ..Encoding::SAME };
    let kept = convert("a.png", &png, vec![percent(50.0), percent(200.0)], keep).expect("converted").1;
    assert!(load(&plain).to_rgb8() != load(&png).to_rgb8());
    assert_eq!(load(&kept).to_rgb8(), load(&plain).to_rgb8());
}

fn frames_of_webp(bytes: &[u8]) -> usize {
    WebPDecoder::new(Cursor::new(bytes)).expect("a WebP").into_frames().count()
}

#[test]
fn the_first_frame_alone_does_not_move() {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    for _ in 0..2 {
        let detail = DynamicImage::ImageRgb8(smooth(96, 64)).into_rgba8();
        encoder.encode_frame(Frame::new(detail)).expect("written");
    }
    drop(encoder);
    let coarse = Encoding { quality: Some(5), ..Encoding::to(Format::Webp) };
    let (_, webp) = convert("a.gif", &gif, Vec::new(), coarse).expect("converted");
    assert_eq!(frames_of_webp(&webp), 2);
    let first =
        Encoding { frames: Frames::First, lossless: true, keep_original_if_larger: true, ..Encoding::to(Format::Webp) };
    let (_, made) = convert("a.webp", &webp, Vec::new(), first).expect("converted");
    assert!(made.len() > webp.len(), "or nothing would be to choose");
    assert!(!has(&made, b"ANMF"), "it still moves");
}

#[test]
fn what_moves_is_turned_upright_like_any_picture() {
    let webp = moving_as(Format::Webp, (40, 20));
    let png = moving_as(Format::Png, (40, 20));
    let turned = [
        ("a.webp", Format::Webp, webp_with(&webp, 0x08, &riff_chunk(b"EXIF", &exif(6)))),
        ("a.png", Format::Png, png_with(&png, &png_chunk(b"eXIf", &exif(6)))),
    ];
    for (name, format, bytes) in turned {
        for metadata in [Metadata::All, Metadata::Essential, Metadata::None] {
            let output = Encoding { metadata, ..Encoding::to(format) };
            let (made, upright) = convert(name, &bytes, Vec::new(), output).expect("converted");
            assert_eq!((made.size_in, made.size_out), (Some((20, 40)), Some((20, 40))), "{name}");
            assert_eq!((load(&upright).width(), load(&upright).height()), (20, 40), "{name}");
            // Turned once and not twice.
            let again = convert(name, &upright, Vec::new(), Encoding::to(format)).expect("converted").0;
            assert_eq!(again.size_out, Some((20, 40)), "{name}");
            let (made, lying) = as_it_lies(name, &bytes, output);
            assert_eq!(made.size_out, Some((40, 20)), "{name}");
            let again = convert(name, &lying, Vec::new(), Encoding::to(format)).expect("converted").0;
            assert_eq!(again.size_out, Some((20, 40)), "{name}, {metadata:?}: it says how it lies");
        }
        let files = Encoding { frames: Frames::Extract, ..Encoding::to(Format::Jpeg) };
        let (made, _) = convert(name, &bytes, Vec::new(), files).expect("converted");
        assert_eq!(made.size_out, Some((20, 40)), "{name}");
    }
}

#[test]
fn a_picture_that_lies_says_so_and_nothing_else() {
    let jpeg = with_segment(&pictures::sample("jpg"), 0xe1, &[b"Exif\0\0", exif(6).as_slice()].concat());
    for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff] {
        let none = Encoding { metadata: Metadata::None, ..Encoding::to(format) };
        let (made, lying) = as_it_lies("a.jpg", &jpeg, none);
        assert_eq!(made.size_out, Some((96, 64)));
        assert!(!has(&lying, b"Ann") && !has(&lying, SECRET), "{}", format.title());
        let name = format!("a.{}", format.extension());
        let (made, _) = convert(&name, &lying, Vec::new(), Encoding::to(Format::Png)).expect("converted");
        assert_eq!(made.size_out, Some((64, 96)), "{}", format.title());
    }
}

#[test]
fn gray_on_white_stays_gray() {
    let gray =
        DynamicImage::ImageLumaA8(image::GrayAlphaImage::from_fn(32, 32, |x, _| image::LumaA([100, (x * 8) as u8])));
    let png = png_of(&gray, profile(&moxcms::ColorProfile::new_gray_with_gamma(1.8)));
    let (_, jpeg) = convert("a.png", &png, Vec::new(), Encoding::to(Format::Jpeg)).expect("converted");
    assert!(has(&jpeg, b"ICC_PROFILE\0"), "the profile goes along");
    assert_eq!(load(&jpeg).color(), image::ColorType::L8, "with the gray that it describes");
    assert!(load(&jpeg).to_luma8().get_pixel(0, 16).0[0] > 250, "what is clear is white");
}

/// A picture of one colour as a PNG file with a profile.
fn png_of(pixels: &DynamicImage, profile: Vec<u8>) -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    image::ImageEncoder::set_icc_profile(&mut encoder, profile).expect("a profile");
    pixels.write_with_encoder(encoder).expect("encoded");
    png
}

fn profile(profile: &moxcms::ColorProfile) -> Vec<u8> {
    profile.encode().expect("a profile")
}

fn border(r: u8, g: u8, b: u8) -> Step {
    Step::Border { width: 4, colour: Colour { r, g, b, a: 255 } }
}

fn like(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 2)
}

/// What is seen at a place, by the profile that the file has.
fn seen(written: &[u8], x: u32, y: u32) -> [u8; 3] {
    let (_, png) =
        convert("seen.png", written, Vec::new(), Encoding { color: ColourRule::Srgb, ..Encoding::to(Format::Png) })
            .expect("converted");
    load(&png).to_rgb8().get_pixel(x, y).0
}

#[test]
fn colours_of_steps_look_the_same_in_every_profile() {
    let wide = profile(&moxcms::ColorProfile::new_pro_photo_rgb());
    let pixels = DynamicImage::ImageRgb8(image::RgbImage::from_pixel(40, 40, image::Rgb([90, 120, 60])));
    let png = png_of(&pixels, wide);
    let middle = seen(&png, 20, 20);
    let mut mark = Cursor::new(Vec::new());
    let tile = RgbaImage::from_pixel(8, 8, Rgba([200, 60, 40, 255]));
    tile.write_to(&mut mark, image::ImageFormat::Png).expect("encoded");
    let placement = Placement { gravity: Gravity::TopLeft, margin: 0, opacity: 1.0, scale: 0.5, tile: false };
    let mark = PictureMark { path: "mark.png".into(), bytes: mark.into_inner().into(), placement };
    let clear = DynamicImage::ImageRgba8(RgbaImage::new(40, 40));
    let clear = png_of(&clear, profile(&moxcms::ColorProfile::new_pro_photo_rgb()));
    for color in [ColourRule::Keep, ColourRule::Srgb] {
        let output = Encoding { color, ..Encoding::to(Format::Png) };
        let (_, made) = convert("a.png", &png, vec![border(128, 128, 128)], output).expect("converted");
        assert!(like(seen(&made, 1, 1), [128; 3]), "{:?}", seen(&made, 1, 1));
        assert!(like(seen(&made, 24, 24), middle), "the picture looks as it did");
        assert_eq!(has(&made, b"iCCP"), color == ColourRule::Keep, "and keeps its profile");
        let (_, made) = convert("a.png", &png, vec![Step::Watermark(mark.clone())], output).expect("converted");
        assert!(like(seen(&made, 8, 8), [200, 60, 40]), "{:?}", seen(&made, 8, 8));
        let orange = Colour { r: 230, g: 140, b: 20, a: 255 };
        let (_, made) = convert("a.png", &clear, vec![Step::Flatten(orange)], output).expect("converted");
        assert!(like(seen(&made, 8, 8), [230, 140, 20]), "{:?}", seen(&made, 8, 8));
    }
}

#[test]
fn gray_keeps_its_meaning_beside_colours() {
    let linear = || profile(&moxcms::ColorProfile::new_gray_with_gamma(1.0));
    let gray = DynamicImage::ImageLuma8(image::GrayImage::from_pixel(40, 40, image::Luma([64])));
    let png = png_of(&gray, linear());
    for steps in [vec![border(255, 0, 0)], vec![border(128, 128, 128)]] {
        let (_, made) = convert("a.png", &png, steps.clone(), Encoding::to(Format::Png)).expect("converted");
        let middle = seen(&made, 24, 24);
        assert!(like(middle, [137; 3]), "{middle:?} after {steps:?}");
    }
    let (_, made) = convert("a.png", &png, vec![border(255, 255, 255)], Encoding::to(Format::Png)).expect("converted");
    assert!(has(&made, b"iCCP") && load(&made).color() == image::ColorType::L8, "white is white in its profile too");
    // A profile for colours describes each gray as well. The picture stays gray.
    let png = png_of(&gray, profile(&moxcms::ColorProfile::new_pro_photo_rgb()));
    let (_, made) = convert("a.png", &png, Vec::new(), Encoding::to(Format::Png)).expect("converted");
    assert_eq!(load(&made).color(), image::ColorType::L8);
    assert!(like(seen(&made, 8, 8), [79; 3]), "{:?}", seen(&made, 8, 8));
}

#[test]
fn colours_that_a_png_tells_in_chunks_are_a_profile() {
    let numbers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let gamma = |number: u32| png_chunk(b"gAMA", &number.to_be_bytes());
    let display_p3 = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000];
    let p3 = png_chunk(b"cHRM", &numbers(&display_p3));
    let usual = png_chunk(b"cHRM", &numbers(&[31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]));
    let nonsense = png_chunk(b"cHRM", &numbers(&[31_270, 0, 0, 0, 0, 0, 0, 0]));
    let code_points = |points: [u8; 4]| png_chunk(b"cICP", &points);
    let srgb = png_chunk(b"sRGB", &[0]);
    let gray = [64, 64, 64];
    let red = [200, 30, 30];
    let red_of_p3 = seen(&png_of(&flat(red), profile(&moxcms::ColorProfile::new_display_p3())), 8, 8);
    assert!(red_of_p3[0] > 212, "{red_of_p3:?}");
    let check = |title: &str, pixel: [u8; 3], chunks: &[&[u8]], wanted: [u8; 3], stays: bool| {
        let mut png = Cursor::new(Vec::new());
        flat(pixel).write_to(&mut png, image::ImageFormat::Png).expect("encoded");
        let png = png_with(png.get_ref(), &chunks.concat());
        let (_, made) = convert("a.png", &png, Vec::new(), Encoding::to(Format::Png)).expect("converted");
        assert_eq!(has(&made, b"iCCP"), stays, "{title}: whether there is a profile");
        assert_eq!(load(&made).to_rgb8().get_pixel(8, 8).0, pixel, "{title}: the numbers stay");
        for file in [&png, &made] {
            assert!(like(seen(file, 8, 8), wanted), "{title}: {:?}", seen(file, 8, 8));
        }
    };
    check("nothing", red, &[], red, false);
    check("light", gray, &[&gamma(100_000)], [137; 3], true);
    check("sRGB in numbers", red, &[&gamma(45_455), &usual], red, false);
    check("sRGB beside numbers", gray, &[&srgb, &gamma(100_000)], gray, false);
    // A power has less light below than the curve of Display P3.
    check("P3 in numbers", red, &[&gamma(45_455), &p3], [220, 0, 0], true);
    check("primaries alone", red, &[&p3], red, false);
    check("primaries that make no sense", gray, &[&gamma(100_000), &nonsense], [137; 3], true);
    check("P3 by its code", red, &[&code_points([12, 13, 0, 1])], red_of_p3, true);
    check("sRGB by its code", red, &[&gamma(100_000), &code_points([1, 13, 0, 1])], red, false);
    check("a code before the others", gray, &[&srgb, &code_points([1, 8, 0, 1])], [137; 3], true);
    check("a code of no range", gray, &[&code_points([2, 2, 0, 1])], gray, false);
    let mut png = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(image::GrayImage::from_pixel(16, 16, image::Luma([64])))
        .write_to(&mut png, image::ImageFormat::Png)
        .expect("encoded");
    let png = png_with(png.get_ref(), &gamma(100_000));
    let (_, made) = convert("a.png", &png, Vec::new(), Encoding::to(Format::Png)).expect("converted");
    assert!(has(&made, b"iCCP") && load(&made).color() == image::ColorType::L8, "gray has a profile of gray");
    assert!(like(seen(&made, 8, 8), [137; 3]), "{:?}", seen(&made, 8, 8));
    let moving = png_with(&moving_as(Format::Png, (32, 24)), &code_points([12, 13, 0, 1]));
    let (_, made) = convert("a.png", &moving, Vec::new(), Encoding::to(Format::Png)).expect("converted");
    assert!(has(&made, b"iCCP"), "what moves as well");
}

#[test]
fn a_bmp_may_have_a_profile() {
    let profile = profile(&moxcms::ColorProfile::new_display_p3());
    let mut header = vec![0_u8; 124];
    let mut put = |at: usize, number: u32| header[at..at + 4].copy_from_slice(&number.to_le_bytes());
    put(0, 124);
    put(4, 1);
    put(8, 1);
    put(12, 24 << 16 | 1);
    put(112, 124 + 4);
    put(116, profile.len() as u32);
    header[56..60].copy_from_slice(b"DEBM");
    let length = (14 + 124 + 4 + profile.len()) as u32;
    let file =
        [b"BM", &length.to_le_bytes()[..], &[0; 4], &138_u32.to_le_bytes(), &header, &[30, 30, 200, 0], &profile];
    let (_, made) = convert("a.bmp", &file.concat(), Vec::new(), Encoding::to(Format::Png)).expect("converted");
    assert!(has(&made, b"iCCP"));
    assert!(seen(&made, 0, 0)[0] > 212, "{:?}", seen(&made, 0, 0));
}

#[test]
fn a_damaged_profile_is_left_out() {
    let good = profile(&moxcms::ColorProfile::new_display_p3());
    let mut many_tags = good.clone();
    many_tags[128..132].copy_from_slice(&9683_u32.to_be_bytes());
    let mut no_mark = good.clone();
    no_mark[36..40].fill(0);
    let (cut, short) = (good[..good.len() - 1].to_vec(), b"abc".to_vec());
    for (title, profile) in [("tags", many_tags), ("mark", no_mark), ("cut", cut), ("short", short)] {
        let mut jpeg = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
        image::ImageEncoder::set_icc_profile(&mut encoder, profile.clone()).expect("a profile");
        flat([200, 30, 30]).write_with_encoder(encoder).expect("encoded");
        for (name, bytes) in [("a.png", png_of(&flat([200, 30, 30]), profile)), ("a.jpg", jpeg)] {
            for format in [Format::Png, Format::Jpeg] {
                let resize = Step::Resize(Resize::to(Size::Longest(8)));
                let (_, made) = convert(name, &bytes, vec![resize], Encoding::to(format)).expect("converted");
                assert!(!has(&made, b"iCCP") && !has(&made, b"ICC_PROFILE"), "{title}: {name} to {}", format.title());
            }
        }
    }
}

/// A picture of one colour.
fn flat(pixel: [u8; 3]) -> DynamicImage {
    DynamicImage::ImageRgb8(image::RgbImage::from_pixel(16, 16, image::Rgb(pixel)))
}

#[test]
fn what_moves_has_a_profile_only_where_that_describes_it() {
    let with = |icc: &moxcms::ColorProfile| {
        let mut packed = flate2::write::ZlibEncoder::new(b"icc\0\0".to_vec(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &profile(icc)).expect("packed");
        let chunk = png_chunk(b"iCCP", &packed.finish().expect("packed"));
        png_with(&moving_as(Format::Png, (32, 24)), &chunk)
    };
    let wide = with(&moxcms::ColorProfile::new_pro_photo_rgb());
    let gray = with(&moxcms::ColorProfile::new_gray_with_gamma(1.0));
    for (format, chunk) in [(Format::Png, b"iCCP"), (Format::Webp, b"ICCP")] {
        for (input, color, stays) in
            [(&wide, ColourRule::Keep, true), (&wide, ColourRule::Srgb, false), (&gray, ColourRule::Keep, false)]
        {
            let output = Encoding { color, keep_original_if_larger: false, ..Encoding::to(format) };
            let (_, made) = convert("a.png", input, Vec::new(), output).expect("converted");
            assert_eq!(has(&made, chunk), stays, "{} {color:?}", format.title());
            if format == Format::Webp {
                assert_eq!(made[20] & 0x20 != 0, stays, "its header says the same: {color:?}");
            }
        }
    }
}

#[test]
fn light_becomes_as_bright_as_it_is_in_sixteen_bits() {
    let steps: Vec<f32> = (0..64).map(|n| n as f32 / 63.0).collect();
    let srgb = |light: f32| if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    let mut hdr = Vec::new();
    let light: Vec<image::Rgb<f32>> = steps.iter().map(|value| image::Rgb([*value; 3])).collect();
    image::codecs::hdr::HdrEncoder::new(&mut hdr).encode(&light, 64, 1).expect("encoded");
    let numbers =
        |times: usize| steps.iter().flat_map(move |value| value.to_le_bytes().repeat(times)).collect::<Vec<u8>>();
    let pfm = [b"PF\n64 1\n-1.0\n".as_slice(), &numbers(3)].concat();
    let gray = [b"Pf\n64 1\n-1.0\n".as_slice(), &numbers(1)].concat();
    // HDR keeps eight bits of light and a power of two.
    for (name, bytes, play) in [("a.hdr", hdr, 0.01), ("a.pfm", pfm, 0.000_1), ("b.pfm", gray, 0.000_1)] {
        let (_, made) = convert(name, &bytes, Vec::new(), Encoding::SAME).expect("converted");
        let made = load(&made);
        assert!(made.color().bytes_per_pixel() / made.color().channel_count() == 2, "{name} has 16 bits");
        for (pixel, light) in made.to_rgb16().pixels().zip(&steps) {
            let (is, wanted) = (f32::from(pixel.0[1]) / 65_535.0, srgb(*light));
            assert!((is - wanted).abs() <= play, "{name}: {light} became {is}, not {wanted}");
        }
        let flat = Encoding { keep_16_bit: false, ..Encoding::SAME };
        let (_, made) = convert(name, &bytes, Vec::new(), flat).expect("converted");
        assert!(matches!(load(&made).color(), image::ColorType::L8 | image::ColorType::Rgb8), "{name}");
    }
}

#[test]
fn a_size_that_nobody_can_search_for_is_refused() {
    let sized = |format| Encoding { target_size: Some(2000), format, ..Encoding::SAME };
    for (name, bytes, format, words) in [
        ("a.png", pictures::sample("png"), None, "PNG"),
        ("a.tif", pictures::sample("tiff"), None, "TIFF"),
        ("a.gif", moving((40, 20)), None, "GIF"),
        ("a.gif", moving((40, 20)), Some(Format::Webp), "an animation"),
    ] {
        let failure = convert(name, &bytes, Vec::new(), sized(format)).expect_err("refused");
        let told = &failure.sentence;
        assert!(told.contains(name) && told.contains("target_size") && told.contains(words), "{failure}");
    }
    let first = Encoding { frames: Frames::First, ..sized(Some(Format::Webp)) };
    assert!(convert("a.gif", &moving((40, 20)), Vec::new(), first).expect("converted").1.len() <= 2000);
}

#[test]
fn text_that_the_font_cannot_write_is_refused() {
    let placement = Placement { gravity: Gravity::Center, margin: 0, opacity: 1.0, scale: 0.2, tile: false };
    let text = |text: &str| Step::Text(TextMark { text: text.to_owned(), colour: Colour::BLACK, placement });
    let png = pictures::sample("png");
    for (words, letter) in [("© 漢字", "漢"), ("hi 🙂", "🙂"), ("سلام", "س")] {
        let failure = convert("a.png", &png, vec![text(words)], Encoding::SAME).expect_err("refused");
        assert!(failure.sentence.contains(letter) && failure.sentence.contains("a.png"), "{failure}");
        let recipe = Recipe::new("test", vec![text("fine"), text(words)], Encoding::SAME);
        let told = millrace::engine::check_texts(&recipe).expect_err("told before");
        assert!(told.contains(letter) && told.contains("step 2"), "{told}");
    }
    for words in ["© Ann Ünal, Škoda & Τέχνη", "two\nlines with\u{a0}spaces", "Ёлка – 50 % → “done” …"]
    {
        convert("a.png", &png, vec![text(words)], Encoding::SAME).expect(words);
    }
}

/// The CPU time of frames is counted wherever they were worked on, and is no less on more threads.
#[test]
fn the_time_of_all_frames_is_counted() {
    let large = moving((1500, 1500));
    let took = |threads| {
        let folder = tempfile::tempdir().expect("a folder");
        let input = folder.path().join("a.gif");
        std::fs::write(&input, &large).expect("written");
        let blur = Step::Blur { sigma: 3.0 };
        let recipe = std::sync::Arc::new(Recipe::new("test", vec![blur], Encoding::to(Format::Webp)));
        let name = "a.gif".to_owned();
        let task =
            Task::Convert(Convert { recipe, name, non_pictures: NonPictures::Fail, existing: Vec::new(), threads });
        let files = Files { input: Some(input), output: folder.path().join("out") };
        let assignment = Assignment { attempt: AttemptId { job: JobId(0), number: 1 }, task, files };
        let (result, timing) = task::attempt(&assignment, &Net::default(), &Control::default(), &|_| ());
        result.expect("converted");
        (timing, std::fs::read(folder.path().join("out")).expect("the output"))
    };
    let ((alone, one), (together, two)) = (took(1), took(2));
    assert!(one == two, "the same bytes on one thread and on two");
    let share = together.cpu_us as f64 / alone.cpu_us as f64;
    assert!((0.75..1.8).contains(&share), "{} µs alone, {} µs together", alone.cpu_us, together.cpu_us);
}
