//! Formats in and out, metadata, colours, and files that mean harm: in every mode, and by independent eyes where there are
//! any.

#[path = "support/conversion.rs"]
mod conversion;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/pictures.rs"]
mod pictures;
#[path = "support/tiffs.rs"]
mod tiffs;

use hostile::Wanted;
use image::{DynamicImage, RgbImage};
use millrace::engine::{Engine, EngineConfig};
use millrace::model::recipe::{Chroma, ColourRule, Encoding, FitBox, Format, Metadata, PngEffort, Resize, Size, Step};
use millrace::model::{
    Batch, BatchOptions, Command, ErrorKind, Event, Failure, JobSpec, LaneCounts, Mode, Outcome, Output, Recipe,
};
use pictures::{FORMATS, as_file, psnr, sample, smooth, with_segment};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What can be written by every build.
const WRITTEN: [Format; 6] = [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff, Format::Gif, Format::Bmp];

fn convert(name: &str, bytes: &[u8], steps: Vec<Step>, output: Encoding) -> Result<(Output, Vec<u8>), Failure> {
    conversion::convert(name, bytes, Recipe::new("test", steps, output))
}

fn load(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).expect("what is called done can be read")
}

fn lossless(format: Format) -> Encoding {
    Encoding { lossless: format == Format::Webp, ..Encoding::to(format) }
}

#[test]
fn every_format_in_becomes_every_format_out() {
    let pixels = smooth(96, 64);
    for (extension, _) in FORMATS {
        let bytes = as_file(&pixels, extension);
        let name = format!("a.{extension}");
        for format in WRITTEN {
            let (output, written) = convert(&name, &bytes, Vec::new(), lossless(format))
                .unwrap_or_else(|failure| panic!("{name}: {failure}"));
            assert_eq!((output.size_in, output.size_out), (Some((96, 64)), Some((96, 64))));
            let wanted = match extension {
                "pgm" => DynamicImage::ImageLuma8(DynamicImage::ImageRgb8(pixels.clone()).into_luma8()).into_rgb8(),
                _ => pixels.clone(),
            };
            // A palette and JPEG's blocks cost something; HDR keeps eight bits of light.
            let least = match (extension, format) {
                ("hdr", Format::Gif | Format::Jpeg) => 30.0,
                ("hdr", _) => 45.0,
                ("gif" | "jpg", _) | (_, Format::Gif | Format::Jpeg) => 30.0,
                _ => 60.0,
            };
            let like = psnr(&load(&written).into_rgb8(), &wanted);
            assert!(like >= least, "{name} to {}: {like:.1} dB", format.title());
        }
    }
}

#[test]
fn avif_is_written_or_said_to_be_left_out() {
    let result = convert("a.png", &sample("png"), Vec::new(), Encoding::to(Format::Avif));
    if cfg!(feature = "avif") {
        assert_eq!(result.expect("written").1[4..12], *b"ftypavif");
    } else {
        let failure = result.expect_err("left out");
        assert!(failure.kind == ErrorKind::Unsupported && failure.sentence.contains("without AVIF"), "{failure}");
    }
}

#[test]
fn options_of_the_formats_do_what_they_say() {
    let png = sample("png");
    let size = |output: Encoding| convert("a.png", &png, Vec::new(), output).expect("converted").1.len();
    let jpeg = |chroma| Encoding { chroma, quality: Some(90), ..Encoding::to(Format::Jpeg) };
    if cfg!(feature = "turbojpeg") {
        assert!(size(jpeg(Chroma::Quarter)) < size(jpeg(Chroma::Half)));
        assert!(size(jpeg(Chroma::Half)) < size(jpeg(Chroma::Full)));
        let progressive = Encoding { progressive: true, ..Encoding::to(Format::Jpeg) };
        let (_, written) = convert("a.png", &png, Vec::new(), progressive).expect("converted");
        assert!(written.windows(2).any(|pair| pair == [0xff, 0xc2]), "a progressive frame");
    }
    let packed = |png| size(Encoding { png, ..Encoding::to(Format::Png) });
    assert!(
        packed(PngEffort::Optimised) <= packed(PngEffort::Small) && packed(PngEffort::Small) <= packed(PngEffort::Fast)
    );
    // Few colours keep a palette, and all of them exactly.
    let few = RgbImage::from_fn(64, 64, |x, y| image::Rgb([(x / 16 * 60) as u8, (y / 16 * 60) as u8, 77]));
    let (_, written) = convert("few.png", &as_file(&few, "png"), Vec::new(), Encoding::to(Format::Png)).expect("few");
    assert_eq!(written[25], 3, "the colour type of a palette");
    assert_eq!(load(&written).into_rgb8(), few);
}

#[test]
fn a_target_size_is_kept_or_said_to_be_out_of_reach() {
    let detail = RgbImage::from_fn(300, 300, |x, y| {
        let noise = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(2_246_822_519)) >> 24;
        image::Rgb([noise as u8, (x ^ y) as u8, y as u8])
    });
    let png = as_file(&detail, "png");
    for format in [Format::Jpeg, Format::Webp] {
        let encoding = |target_size| Encoding { target_size: Some(target_size), ..Encoding::to(format) };
        let (_, written) = convert("a.png", &png, Vec::new(), encoding(20_000)).expect("fits");
        assert!((10_000..=20_000).contains(&written.len()), "{} bytes", written.len());
        let failure = convert("a.png", &png, Vec::new(), encoding(1024)).expect_err("too small");
        assert!(failure.sentence.contains("1024 bytes"), "{failure}");
    }
}

#[test]
fn the_original_stays_where_the_result_would_be_larger() {
    let pixels = DynamicImage::ImageRgb8(smooth(96, 64));
    let mut small = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut small, 20);
    pixels.write_with_encoder(encoder).expect("encoded");
    let exif = [b"Exif\0\0".as_slice(), &exif(1)].concat();
    let tagged = with_segment(&small, 0xe1, &exif);
    let keep = |metadata| Encoding { quality: Some(95), keep_original_if_larger: true, metadata, ..Encoding::SAME };
    let result = |encoding, steps| convert("a.jpg", &tagged, steps, encoding).expect("converted").1;
    assert_eq!(result(keep(Metadata::All), Vec::new()), tagged, "byte for byte");
    let bare = result(keep(Metadata::None), Vec::new());
    assert_eq!(load(&bare), load(&tagged), "the same pixels");
    assert!(bare.len() < tagged.len() && !bare.windows(4).any(|window| window == b"Exif"));
    let fit = Step::Resize(Resize::to(Size::Fit(FitBox { width: 48, height: 48 })));
    assert_eq!(load(&result(keep(Metadata::All), vec![fit])).width(), 48, "what was asked for is done");
}

#[test]
fn the_original_stays_as_it_lies_where_it_is_not_to_be_turned() {
    let pixels = DynamicImage::ImageRgb8(smooth(96, 64));
    let mut small = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut small, 20);
    pixels.write_with_encoder(encoder).expect("encoded");
    let tagged = with_segment(&small, 0xe1, &[b"Exif\0\0".as_slice(), &exif(6)].concat());
    let output =
        Encoding { quality: Some(95), keep_original_if_larger: true, metadata: Metadata::All, ..Encoding::SAME };
    let result = |auto_orient, side| {
        let fit = Step::Resize(Resize::to(Size::Fit(FitBox { width: side, height: 64 })));
        let recipe = Recipe { auto_orient, ..Recipe::new("test", vec![fit], output) };
        conversion::convert("a.jpg", &tagged, recipe).expect("converted").1
    };
    assert_eq!(result(false, 96), tagged, "byte for byte");
    let turned = load(&result(true, 96));
    assert_eq!((turned.width(), turned.height()), (43, 64), "what was asked for is done");
    assert_eq!(load(&result(false, 48)).width(), 48);
}

/// EXIF data that says the orientation, an author, a place and a maker.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x04\0".to_vec();
    tiff.extend(b"\x0f\x01\x02\0\x04\0\0\0Cam\0");
    tiff.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend(b"\x3b\x01\x02\0\x04\0\0\0Ann\0");
    tiff.extend(b"\x25\x88\x04\0\x01\0\0\0\x3e\0\0\0");
    tiff.extend([0; 4]);
    // The directory of the place: north, and so many degrees.
    tiff.extend(b"\x02\0\x01\0\x02\0\x02\0\0\0N\0\0\0\x02\0\x05\0\x03\0\0\0\x5c\0\0\0\0\0\0\0");
    tiff.extend([48_u32, 1, 8, 1, 0, 1].iter().flat_map(|number| number.to_le_bytes()));
    tiff
}

const XMP: &[u8] = br#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Brush" exif:GPSLatitude="48,8.0N"/></rdf:RDF></x:xmpmeta>"#;

fn tagged_jpeg(orientation: u8) -> Vec<u8> {
    let jpeg = sample("jpg");
    let jpeg = with_segment(&jpeg, 0xe1, &[b"http://ns.adobe.com/xap/1.0/\0".as_slice(), XMP].concat());
    with_segment(&jpeg, 0xe1, &[b"Exif\0\0".as_slice(), &exif(orientation)].concat())
}

/// What exiftool says of a file, or nothing where it is not installed.
fn exiftool(bytes: &[u8], extension: &str) -> Option<BTreeMap<String, String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(format!("a.{extension}"));
    fs::write(&path, bytes).expect("written");
    let output = std::process::Command::new("exiftool").args(["-j", "-n", "-G1", "-a"]).arg(&path).output().ok()?;
    let said: Vec<BTreeMap<String, serde_json::Value>> = serde_json::from_slice(&output.stdout).expect("JSON");
    let said = said.into_iter().next()?;
    Some(said.into_iter().map(|(name, value)| (name, value.to_string().trim_matches('"').to_owned())).collect())
}

#[test]
fn metadata_is_kept_thinned_and_dropped() {
    let jpeg = tagged_jpeg(6);
    let mut seen = 0;
    for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff] {
        let say = |metadata, strip_gps| {
            let output = Encoding { metadata, strip_gps, ..Encoding::to(format) };
            let (_, written) = convert("a.jpg", &jpeg, Vec::new(), output).expect("converted");
            assert_eq!((load(&written).width(), load(&written).height()), (64, 96), "upright");
            exiftool(&written, format.extension())
        };
        let Some(all) = say(Metadata::All, false) else { continue };
        seen += 1;
        let title = format.title();
        let has = |said: &BTreeMap<String, String>, name: &str| said.contains_key(name);
        assert_eq!(all.get("IFD0:Artist").map(String::as_str), Some("Ann"), "{title}: {all:?}");
        assert_eq!(all.get("IFD0:Orientation").map(String::as_str), Some("1"), "{title}");
        assert!(has(&all, "IFD0:Make") && has(&all, "GPS:GPSLatitude") && has(&all, "XMP-xmp:CreatorTool"), "{title}");
        assert!(has(&all, "XMP-exif:GPSLatitude"), "{title}: {all:?}");
        assert!(!all.keys().any(|name| name.ends_with(":Warning") || name.ends_with(":Error")), "{title}: {all:?}");
        let placeless = say(Metadata::All, true).expect("said");
        assert!(!placeless.keys().any(|name| name.contains("GPS")), "{title}: {placeless:?}");
        assert!(has(&placeless, "IFD0:Make") && has(&placeless, "XMP-xmp:CreatorTool"), "{title}");
        let essential = say(Metadata::Essential, false).expect("said");
        assert!(has(&essential, "IFD0:Artist") && !has(&essential, "IFD0:Make"), "{title}: {essential:?}");
        assert!(!essential.keys().any(|name| name.contains("GPS")), "{title}: {essential:?}");
        let none = say(Metadata::None, false).expect("said");
        assert!(!has(&none, "IFD0:Artist") && !none.keys().any(|name| name.starts_with("XMP")), "{title}: {none:?}");
    }
    if seen == 0 {
        println!("exiftool is not installed: metadata was looked at by nobody else");
    }
}

#[test]
fn the_resolution_goes_from_format_to_format() {
    let mut file = sample("bmp");
    file[38..46].copy_from_slice(&[11_811_u32, 11_811].map(u32::to_le_bytes).concat());
    let bmp = file.clone();
    let has = |file: &[u8], part: &[u8]| file.windows(part.len()).any(|window| window == part);
    let metre = [&b"pHYs"[..], &[0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 1]].concat();
    let inch = [&300_u32.to_le_bytes()[..], &1_u32.to_le_bytes()].concat();
    for metadata in [Metadata::Essential, Metadata::All] {
        let mut from = "bmp";
        for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff, Format::Bmp] {
            let output = Encoding { metadata, ..lossless(format) };
            file = convert(&format!("a.{from}"), &file, Vec::new(), output).expect("converted").1;
            let says = match format {
                Format::Jpeg => file[6..18] == *b"JFIF\0\x01\x01\x01\x01\x2c\x01\x2c" && !has(&file, b"Exif"),
                Format::Png => has(&file, &metre) && !has(&file, b"eXIf"),
                Format::Bmp => file[38..46] == bmp[38..46],
                _ => has(&file, &inch),
            };
            assert!(says, "{from} to {}, {metadata:?}", format.title());
            from = format.extension();
        }
    }
    let none = Encoding { metadata: Metadata::None, ..Encoding::to(Format::Png) };
    assert!(!has(&convert("a.bmp", &bmp, Vec::new(), none).expect("converted").1, b"pHYs"));
}

#[test]
fn every_orientation_is_upright_in_every_format() {
    let stored = DynamicImage::ImageRgb8(smooth(96, 64));
    for orientation in 1..=8 {
        let jpeg = {
            let mut bytes = Vec::new();
            let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 98);
            stored.write_with_encoder(encoder).expect("encoded");
            with_segment(&bytes, 0xe1, &[b"Exif\0\0".as_slice(), &exif(orientation)].concat())
        };
        let mut upright = stored.clone();
        upright.apply_orientation(image::metadata::Orientation::from_exif(orientation).expect("one of eight"));
        let upright = upright.into_rgb8();
        for format in WRITTEN {
            let output = Encoding { metadata: Metadata::All, ..lossless(format) };
            let (made, written) = convert("a.jpg", &jpeg, Vec::new(), output).expect("converted");
            assert_eq!(made.size_in, Some(upright.dimensions()));
            let like = psnr(&load(&written).into_rgb8(), &upright);
            assert!(like > 28.0, "orientation {orientation} as {}: {like:.1} dB", format.title());
        }
        // What stands in a TIFF, PNG or WebP file counts as much.
        let through = |format| {
            let output = Encoding { metadata: Metadata::All, ..lossless(format) };
            convert("a.jpg", &jpeg, Vec::new(), output).expect("converted").1
        };
        for format in [Format::Tiff, Format::Png, Format::Webp] {
            let name = format!("a.{}", format.extension());
            let (made, _) = convert(&name, &through(format), Vec::new(), Encoding::to(Format::Png)).expect("again");
            assert_eq!(made.size_out, Some(upright.dimensions()), "turned once and not twice");
        }
    }
}

#[test]
fn profiles_go_along_or_the_pixels_become_srgb() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().expect("a profile");
    let red = RgbImage::from_pixel(32, 32, image::Rgb([200, 30, 30]));
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    image::ImageEncoder::set_icc_profile(&mut encoder, profile.clone()).expect("a profile");
    DynamicImage::ImageRgb8(red).write_with_encoder(encoder).expect("encoded");
    for format in WRITTEN {
        let holds = !matches!(format, Format::Gif | Format::Bmp);
        for color in [ColourRule::Keep, ColourRule::Srgb] {
            let output = Encoding { color, quality: None, ..lossless(format) };
            let (_, written) = convert("p3.png", &png, Vec::new(), output).expect("converted");
            let kept = written.windows(4).any(|window| window == b"iCCP" || window == b"ICCP")
                || written.windows(12).any(|window| window == b"ICC_PROFILE\0")
                || written.windows(profile.len()).any(|window| window == profile);
            assert_eq!(kept, holds && color == ColourRule::Keep, "{}", format.title());
            let pixel = load(&written).into_rgb8().get_pixel(16, 16).0;
            let is_srgb = pixel[0] > 212;
            assert_eq!(is_srgb, !kept, "{}: P3's red is redder than sRGB's: {pixel:?}", format.title());
        }
    }
}

#[test]
fn sixteen_bits_stay_where_the_format_can() {
    let deep = DynamicImage::ImageRgb16(image::ImageBuffer::from_fn(40, 40, |x, y| {
        image::Rgb([(x * 1600 + 7) as u16, (y * 1600 + 3) as u16, 0x1234])
    }));
    let mut png = std::io::Cursor::new(Vec::new());
    deep.write_to(&mut png, image::ImageFormat::Png).expect("encoded");
    for format in [Format::Png, Format::Tiff] {
        let (_, written) = convert("d.png", png.get_ref(), Vec::new(), Encoding::to(format)).expect("converted");
        assert_eq!(load(&written), deep, "{}", format.title());
        let flat = Encoding { keep_16_bit: false, ..Encoding::to(format) };
        let (_, written) = convert("d.png", png.get_ref(), Vec::new(), flat).expect("converted");
        assert_eq!(load(&written).color(), image::ColorType::Rgb8);
    }
}

/// Converts files with a whole engine.
fn through_an_engine(mode: Mode, files: &[PathBuf], out: &Path) -> BTreeMap<u32, Outcome> {
    let lanes = LaneCounts { fetch: 2, mill: 2 };
    let worker_program = PathBuf::from(env!("CARGO_BIN_EXE_millrace"));
    let config = EngineConfig { mode, lanes, worker_program, ..EngineConfig::for_this_machine().expect("a config") };
    let engine = Engine::start(config, None, || {}).expect("an engine");
    let fit = Step::Resize(Resize::to(Size::Fit(FitBox { width: 64, height: 64 })));
    let options = BatchOptions {
        recipe: Some(Arc::new(Recipe::new("small", vec![fit], Encoding::to(Format::Png)))),
        deadline_ms: Some(20_000),
        ..BatchOptions::to(out)
    };
    let jobs = files.iter().map(|file| JobSpec::file(file.to_string_lossy(), file.clone(), PathBuf::new())).collect();
    engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
    let mut outcomes = BTreeMap::new();
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        match engine.events().recv_deadline(deadline).expect("it comes to an end") {
            Event::JobFinished(report) => drop(outcomes.insert(report.job.0, report.outcome.clone())),
            Event::BatchFinished(_) => return outcomes,
            _ => {}
        }
    }
}

#[test]
fn files_that_mean_harm_cost_a_row_each_in_every_mode() {
    let corpus = hostile::corpus();
    assert!(corpus.len() >= 120, "{} files", corpus.len());
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<PathBuf> = corpus.iter().map(|file| folder.path().join(&file.name)).collect();
    for (path, file) in files.iter().zip(&corpus) {
        fs::write(path, &file.bytes).expect("written");
    }
    let mut first = None;
    for mode in [Mode::Serial, Mode::Threads, Mode::Processes] {
        let started = Instant::now();
        let outcomes = through_an_engine(mode, &files, &folder.path().join(mode.as_str()));
        println!("{mode}: {} files in {:.1} s", corpus.len(), started.elapsed().as_secs_f64());
        let mut wrong = Vec::new();
        for (file, (_, outcome)) in corpus.iter().zip(&outcomes) {
            match outcome {
                Outcome::Done(_) if file.wanted == Wanted::Failure => wrong.push(format!("{}: done", file.name)),
                Outcome::Done(made) => drop(load(&fs::read(made.first()).expect("the output"))),
                Outcome::Failed(failure) => {
                    let is_told = failure.sentence.contains(&file.name);
                    let is_plain =
                        !matches!(failure.kind, ErrorKind::Crashed | ErrorKind::Quarantined | ErrorKind::Timeout);
                    if !is_told || !is_plain {
                        wrong.push(format!("{}: {:?}: {}", file.name, failure.kind, failure.sentence));
                    }
                }
                other => wrong.push(format!("{}: {other:?}", file.name)),
            }
        }
        assert!(wrong.is_empty(), "{mode}:\n{}", wrong.join("\n"));
        assert_eq!(outcomes.len(), corpus.len());
        let states: Vec<_> = outcomes.values().map(Outcome::state).collect();
        assert_eq!(*first.get_or_insert(states.clone()), states, "{mode} ends as the others do");
    }
    for (path, file) in files.iter().zip(&corpus) {
        assert_eq!(fs::read(path).expect("still there"), file.bytes, "{} stays as it was", file.name);
    }
}

#[test]
fn odd_tiffs_are_read() {
    let check = |title: &str, file: &[u8], pixels: &[[u8; 3]]| {
        let (_, png) =
            convert("odd.tif", file, Vec::new(), Encoding { keep_16_bit: false, ..Encoding::to(Format::Png) })
                .unwrap_or_else(|failure| panic!("{title}: {failure}"));
        let found: Vec<[u8; 3]> = load(&png).into_rgb8().pixels().map(|pixel| pixel.0).collect();
        assert_eq!(found, pixels, "{title}");
    };
    let gray = |values: [u8; 4]| values.map(|value| [value; 3]);
    let base = |bits: u32, photometric: u32| -> Vec<(u16, Vec<u32>)> {
        vec![
            (256, vec![2]),
            (257, vec![2]),
            (258, vec![bits]),
            (259, vec![1]),
            (262, vec![photometric]),
            (277, vec![1]),
            (278, vec![2]),
        ]
    };
    let file = |fields: Vec<(u16, Vec<u32>)>, more: &[(u16, &[u32])], chunks: &[&[u8]], big| {
        let mut fields: Vec<(u16, &[u32])> = fields.iter().map(|(tag, values)| (*tag, values.as_slice())).collect();
        fields.retain(|(tag, _)| !more.iter().any(|(other, _)| other == tag));
        fields.extend(more);
        tiffs::odd_tiff(&fields, chunks, big)
    };
    check("1 bit, white is zero", &file(base(1, 0), &[], &[&[0x40, 0x80]], false), &gray([255, 0, 0, 255]));
    check("2 bits", &file(base(2, 1), &[], &[&[0x10, 0xb0]], false), &gray([0, 85, 170, 255]));
    check("4 bits", &file(base(4, 1), &[], &[&[0x0f, 0x8f]], false), &gray([0, 255, 136, 255]));
    check("bits from the low end", &file(base(1, 1), &[(266, &[2])], &[&[0x02, 0x01]], false), &gray([0, 255, 255, 0]));
    for big in [false, true] {
        let words = [0_u16, 0x4040, 0x8080, 0xffff];
        let data: Vec<u8> =
            words.iter().flat_map(|word| if big { word.to_be_bytes() } else { word.to_le_bytes() }).collect();
        check("16 bits", &file(base(16, 1), &[], &[&data], big), &gray([0, 64, 128, 255]));
        let floats = [0.0_f32, 0.25, 0.5, 1.0];
        let data: Vec<u8> =
            floats.iter().flat_map(|value| if big { value.to_be_bytes() } else { value.to_le_bytes() }).collect();
        check("floats", &file(base(32, 1), &[(339, &[3])], &[&data], big), &gray([0, 64, 128, 255]));
        let numbers = [-100_i32, 0, 101, 300];
        let data: Vec<u8> =
            numbers.iter().flat_map(|value| if big { value.to_be_bytes() } else { value.to_le_bytes() }).collect();
        check("measurements", &file(base(32, 1), &[(339, &[2])], &[&data], big), &gray([0, 64, 128, 255]));
        let numbers = [0_u32, 0x4000_0000, 0x8000_0000, u32::MAX];
        let data: Vec<u8> =
            numbers.iter().flat_map(|value| if big { value.to_be_bytes() } else { value.to_le_bytes() }).collect();
        check("32 bits", &file(base(32, 1), &[], &[&data], big), &gray([0, 64, 128, 255]));
        let data: Vec<u8> = [0x8000_0000_u32, 0x8000_0001, 0x8000_0100, 0x8000_2000]
            .iter()
            .flat_map(|value| if big { value.to_be_bytes() } else { value.to_le_bytes() })
            .collect();
        check("an almost flat gray of 32 bits", &file(base(32, 1), &[], &[&data], big), &gray([128; 4]));
        let data: Vec<u8> = [-100_i16, 0, 101, 300]
            .iter()
            .flat_map(|value| if big { value.to_be_bytes() } else { value.to_le_bytes() })
            .collect();
        check("measurements of 16 bits", &file(base(16, 1), &[(339, &[2])], &[&data], big), &gray([0, 64, 128, 255]));
    }
    let data = [-128_i8, -64, 0, 127].map(i8::cast_unsigned);
    check("measurements of 8 bits", &file(base(8, 1), &[(339, &[2])], &[&data], false), &gray([0, 64, 128, 255]));
    check("differences", &file(base(8, 1), &[(317, &[2])], &[&[10, 20, 30, 226]], false), &gray([10, 30, 30, 0]));
    let palette: Vec<u32> = (0..48).map(|n| (n % 16) * 0x1111 / if n < 16 { 1 } else { 2 }).collect();
    let colours = [[0, 0, 0], [0x11, 0x08, 0x08], [0x22, 0x11, 0x11], [0xff, 0x7f, 0x7f]];
    check("a palette of 4 bits", &file(base(4, 3), &[(320, &palette)], &[&[0x01, 0x2f]], false), &colours);
    let rgb: &[(u16, &[u32])] = &[(258, &[8, 8, 8]), (277, &[3])];
    let signed = [-128_i8, 0, 127, 1, 2, 3, 4, 5, 6, -1, -2, -3].map(i8::cast_unsigned);
    let wanted = [[0, 128, 255], [129, 130, 131], [132, 133, 134], [127, 126, 125]];
    check("signed colours", &file(base(8, 2), &[rgb, &[(339, &[2])]].concat(), &[&signed], false), &wanted);
    let planes: &[&[u8]] = &[&[1, 2, 3, 4], &[5, 6, 7, 8], &[9, 10, 11, 12]];
    let wanted = [[1, 5, 9], [2, 6, 10], [3, 7, 11], [4, 8, 12]];
    check("planes", &file(base(8, 2), &[rgb, &[(284, &[2])]].concat(), planes, false), &wanted);
    let mut tile = vec![0; 256];
    (tile[0], tile[1], tile[16], tile[17]) = (1, 2, 3, 4);
    check("a tile", &file(base(8, 1), &[(322, &[16]), (323, &[16])], &[&tile], false), &gray([1, 2, 3, 4]));
    let rows: &[(u16, &[u32])] = &[(322, &[16]), (323, &[16])];
    check("a tile without what is not seen", &file(base(8, 1), rows, &[&tile[..32]], false), &gray([1, 2, 3, 4]));
    let packed = [&[0x01, 1, 2, 0xf3, 0, 0x01, 3, 4][..], &[0xf3, 0], &[0xf1, 0].repeat(14)].concat();
    let packed_rows: &[(u16, &[u32])] = &[(322, &[16]), (323, &[16]), (259, &[32_773])];
    check("a packed tile", &file(base(8, 1), packed_rows, &[&packed], false), &gray([1, 2, 3, 4]));
    let cut = file(base(8, 1), packed_rows, &[&packed[..packed.len() - 2]], false);
    let failure = convert("cut.tif", &cut, Vec::new(), Encoding::to(Format::Png)).expect_err("it lacks a row");
    assert!(failure.sentence.contains("cut.tif is damaged"), "{failure}");
    let waves = file(base(8, 1), &[(259, &[34_712])], &[&[0; 4]], false);
    let failure = convert("waves.tif", &waves, Vec::new(), Encoding::to(Format::Png)).expect_err("not read");
    assert!(failure.sentence.contains("packed as JPEG 2000"), "{failure}");
    check("two strips", &file(base(8, 1), &[(278, &[1])], &[&[1, 2], &[3, 4]], false), &gray([1, 2, 3, 4]));
    check("PackBits", &file(base(8, 1), &[(259, &[32_773])], &[&[0xfd, 7]], false), &gray([7; 4]));
    // Both lines: vertical, vertical; the first line white, the second as the one above, and the end of the block.
    check("fax", &file(base(1, 0), &[(259, &[4])], &[&[0xc0, 0x01, 0x00, 0x10]], false), &gray([255; 4]));
    let inks: &[(u16, &[u32])] = &[(258, &[8, 8, 8, 8]), (277, &[4])];
    let data = [0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 255];
    let wanted = [[255, 255, 255], [0, 255, 255], [255, 0, 255], [0, 0, 0]];
    check("inks", &file(base(8, 5), inks, &[&data], false), &wanted);
}
