//! The image task on real files: good ones of every format, and everything that is not.

use image::{DynamicImage, GrayImage, ImageBuffer, ImageEncoder, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use millrace::model::recipe::{Encoding, Format, Resize, Size, Step};
use millrace::model::task::NonPictures;
use millrace::model::{Assignment, AttemptId, Convert, ErrorKind, Failure, Files, JobId, Output, Recipe, Task};
use millrace::task::{self, Control, Net, Signal};
use proptest::prelude::*;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const SAME: Encoding = Encoding::SAME;

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("result.part")
    }

    /// Runs one conversion and answers the bytes too. A failure must leave nothing behind.
    fn convert(
        &self,
        input: &Path,
        name: &str,
        recipe: Recipe,
        other: NonPictures,
    ) -> Result<(Output, Vec<u8>), Failure> {
        fs::remove_file(self.output()).ok();
        let task = Task::Convert(Convert {
            recipe: Arc::new(recipe),
            name: name.to_owned(),
            non_pictures: other,
            existing: Vec::new(),
            threads: 2,
        });
        let files = Files { input: Some(input.to_owned()), output: self.output() };
        let assignment = Assignment { attempt: AttemptId { job: JobId(0), number: 1 }, task, files };
        let (result, _) = task::attempt(&assignment, &Net::default(), &Control::default(), &|_| ());
        assert_eq!(result.is_ok(), self.output().exists(), "{result:?}");
        result.map(|output| {
            let bytes = fs::read(self.output()).expect("the output");
            assert_eq!(output.bytes_out, bytes.len() as u64);
            (output, bytes)
        })
    }

    fn convert_bytes(&self, name: &str, bytes: &[u8], recipe: Recipe) -> Result<(Output, Vec<u8>), Failure> {
        let input = self.file(name, bytes);
        let result = self.convert(&input, name, recipe, NonPictures::Fail);
        assert_eq!(fs::read(&input).expect("still there"), bytes, "the original stays as it was");
        result
    }
}

fn recipe(fit: Option<u32>, output: Encoding) -> Recipe {
    let steps = fit.map(|side| Step::Resize(Resize::to(Size::Longest(side)))).into_iter().collect();
    Recipe::new("test", steps, output)
}

fn to(format: Format) -> Encoding {
    Encoding::to(format)
}

/// Red at the top left, green at the top right, blue at the bottom left, white at the bottom right.
fn quarters(width: u32, height: u32) -> RgbImage {
    ImageBuffer::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([220, 20, 20]),
        (false, true) => Rgb([20, 200, 20]),
        (true, false) => Rgb([20, 20, 220]),
        (false, false) => Rgb([240, 240, 240]),
    })
}

fn encoded(pixels: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

fn quarters_as(format: ImageFormat) -> Vec<u8> {
    encoded(&DynamicImage::ImageRgb8(quarters(120, 80)), format)
}

fn is_near(pixel: &Rgb<u8>, wanted: [u8; 3]) -> bool {
    pixel.0.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 40)
}

const GOOD: [(&str, ImageFormat); 9] = [
    ("a.jpg", ImageFormat::Jpeg),
    ("a.png", ImageFormat::Png),
    ("a.webp", ImageFormat::WebP),
    ("a.gif", ImageFormat::Gif),
    ("a.bmp", ImageFormat::Bmp),
    ("a.tiff", ImageFormat::Tiff),
    ("a.tga", ImageFormat::Tga),
    ("a.ppm", ImageFormat::Pnm),
    ("a.qoi", ImageFormat::Qoi),
];

#[test]
fn every_format_is_read_and_written() {
    let bench = Bench::new();
    for (name, format) in GOOD {
        let bytes = quarters_as(format);
        for target in [Format::Jpeg, Format::Png, Format::Webp] {
            let (output, written) = bench.convert_bytes(name, &bytes, recipe(Some(60), to(target))).expect(name);
            assert_eq!((output.size_in, output.size_out), (Some((120, 80)), Some((60, 40))), "{name}");
            assert_eq!(output.bytes_in, bytes.len() as u64);
            let pixels = image::load_from_memory(&written).expect("readable").to_rgb8();
            assert!(is_near(pixels.get_pixel(10, 10), [220, 20, 20]), "{name} to {target:?}");
            assert!(is_near(pixels.get_pixel(50, 30), [240, 240, 240]), "{name} to {target:?}");
            let again = bench.convert_bytes(name, &bytes, recipe(Some(60), to(target))).expect(name).1;
            assert_eq!(written, again, "the same bytes each time");
        }
    }
}

#[test]
fn the_format_stays_where_none_is_asked_for() {
    let bench = Bench::new();
    for (name, format, wanted) in [
        ("a.jpg", ImageFormat::Jpeg, "a.jpg"),
        ("a.webp", ImageFormat::WebP, "a.webp"),
        ("a.bmp", ImageFormat::Bmp, "a.bmp"),
        ("a.qoi", ImageFormat::Qoi, "a.png"),
        ("wrong.png", ImageFormat::Jpeg, "wrong.jpg"),
    ] {
        let (output, _) = bench.convert_bytes(name, &quarters_as(format), recipe(None, SAME)).expect(name);
        assert_eq!(output.name, wanted);
        assert_eq!(output.size_out, Some((120, 80)));
    }
}

#[test]
fn pictures_are_never_enlarged() {
    let bench = Bench::new();
    let result = bench.convert_bytes("a.png", &quarters_as(ImageFormat::Png), recipe(Some(4000), SAME));
    assert_eq!(result.expect("converted").0.size_out, Some((120, 80)));
}

/// An EXIF segment that says nothing but the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    tiff
}

fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, marker]);
    bytes.extend((body.len() as u16 + 2).to_be_bytes());
    bytes.extend(body);
    bytes.extend(&jpeg[2..]);
    bytes
}

#[test]
fn every_orientation_is_turned_upright_once() {
    let bench = Bench::new();
    let (red, green, blue, white) = ([220, 20, 20], [20, 200, 20], [20, 20, 220], [240, 240, 240]);
    // Where the stored corners come to lie: top left, top right, bottom left, bottom right.
    let upright = [
        (1, [red, green, blue, white]),
        (2, [green, red, white, blue]),
        (3, [white, blue, green, red]),
        (4, [blue, white, red, green]),
        (5, [red, blue, green, white]),
        (6, [blue, red, white, green]),
        (7, [white, green, blue, red]),
        (8, [green, white, red, blue]),
    ];
    let jpeg = encoded(&DynamicImage::ImageRgb8(quarters(1200, 800)), ImageFormat::Jpeg);
    for (orientation, corners) in upright {
        let tagged = with_segment(&jpeg, 0xe1, &[b"Exif\0\0".as_slice(), &exif(orientation)].concat());
        for fit in [None, Some(90)] {
            let (output, written) = bench.convert_bytes("a.jpg", &tagged, recipe(fit, SAME)).expect("converted");
            let sideways = orientation >= 5;
            let size = if sideways { (800, 1200) } else { (1200, 800) };
            assert_eq!(output.size_in, Some(size), "orientation {orientation}");
            let pixels = image::load_from_memory(&written).expect("readable").to_rgb8();
            let (width, height) = pixels.dimensions();
            assert_eq!(width < height, sideways, "orientation {orientation}");
            let at = [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| pixels.get_pixel(width * x / 4, height * y / 4));
            for (pixel, wanted) in at.into_iter().zip(corners) {
                assert!(is_near(pixel, wanted), "orientation {orientation}: {pixel:?}, not {wanted:?}");
            }
            let read = exif::Reader::new().read_from_container(&mut Cursor::new(&written));
            assert!(read.is_err(), "the tag is gone, or a viewer would turn it twice");
        }
    }
}

#[test]
fn cut_and_damaged_files_fail() {
    let bench = Bench::new();
    let noisy = DynamicImage::ImageRgb8(ImageBuffer::from_fn(300, 200, |x, y| {
        let noise = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(2_246_822_519)).wrapping_mul(40_503);
        Rgb([(noise >> 24) as u8, (noise >> 16) as u8, (x + y) as u8])
    }));
    for (name, format) in GOOD {
        let whole = encoded(&noisy, format);
        for percent in [1, 10, 50, 90, 99] {
            let cut = &whole[..whole.len() * percent / 100];
            let failure = bench.convert_bytes(name, cut, recipe(Some(64), to(Format::Jpeg))).expect_err(name);
            let fits = matches!(failure.kind, ErrorKind::Decode | ErrorKind::Unsupported);
            assert!(fits && failure.sentence.contains(name), "{name} at {percent} %: {failure:?}");
        }
    }
    let whole = encoded(&noisy, ImageFormat::Jpeg);
    let mut holed = whole.clone();
    holed[whole.len() / 3..whole.len() / 2].fill(0x55);
    let failure = bench.convert_bytes("holed.jpg", &holed, recipe(None, SAME));
    if cfg!(feature = "turbojpeg") {
        assert_eq!(failure.expect_err("damaged").kind, ErrorKind::Decode);
    }
}

#[test]
fn what_is_no_picture_is_named() {
    let bench = Bench::new();
    let check = |name: &str, bytes: &[u8], kind: ErrorKind, words: &str| {
        let failure = bench.convert_bytes(name, bytes, recipe(None, SAME)).expect_err(name);
        assert!(
            failure.kind == kind && failure.sentence.contains(words) && failure.sentence.contains(name),
            "{failure:?}"
        );
    };
    check("empty.jpg", b"", ErrorKind::Decode, "is empty");
    check("page.jpg", b"<!DOCTYPE html><html><body>404</body></html>", ErrorKind::Unsupported, "a web page");
    check("notes.txt", b"just words", ErrorKind::Unsupported, "not a picture");
    check("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1", ErrorKind::Unsupported, "a HEIC picture");
    check("noise.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0garbage garbage", ErrorKind::Decode, "ends too early");
    let missing = bench.convert(Path::new("/nowhere/a.jpg"), "a.jpg", recipe(None, SAME), NonPictures::Fail);
    assert!(missing.expect_err("missing").sentence.contains("no such file"));
    let folder = bench.convert(bench.folder.path(), "pictures", recipe(None, SAME), NonPictures::Fail);
    assert!(folder.expect_err("a folder").sentence.contains("is a folder, not a file"));
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_dangling_links_are_answered_at_once() {
    let bench = Bench::new();
    let check = |path: &Path, words: &str| {
        let result = bench.convert(path, "odd.jpg", recipe(None, SAME), NonPictures::Fail);
        let failure = result.expect_err("no picture");
        assert!(failure.sentence.contains(words), "{failure:?}");
    };
    let pipe = bench.folder.path().join("pipe.jpg");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).expect("a pipe");
    check(&pipe, "is a pipe, not a file");
    check(Path::new("/dev/zero"), "is a device, not a file");
    let link = bench.folder.path().join("link.jpg");
    std::os::unix::fs::symlink("/nowhere", &link).expect("a link");
    check(&link, "a link to a file that is not there");
}

#[cfg(target_os = "linux")]
#[test]
fn names_of_any_bytes_are_read() {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new();
    let path = bench.folder.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe.jpg"));
    fs::write(&path, quarters_as(ImageFormat::Jpeg)).expect("written");
    let name = path.file_name().expect("a name").to_string_lossy();
    assert!(bench.convert(&path, &name, recipe(None, SAME), NonPictures::Fail).is_ok());
}

#[test]
fn other_files_pass_through_where_that_is_wanted() {
    let bench = Bench::new();
    let notes = bench.file("notes.txt", b"just words");
    let (output, bytes) = bench.convert(&notes, "notes.txt", recipe(None, SAME), NonPictures::Keep).expect("kept");
    assert_eq!((output.name.as_str(), bytes.as_slice()), ("notes.txt", b"just words".as_slice()));
    let fake = bench.file("fake.jpg", b"just words");
    let failure = bench.convert(&fake, "fake.jpg", recipe(None, SAME), NonPictures::Keep);
    assert!(failure.is_err(), "what calls itself a picture must be one");
}

#[test]
fn headers_that_lie_about_their_size_cost_nothing() {
    let bench = Bench::new();
    let mut bmp = quarters_as(ImageFormat::Bmp);
    bmp[18..26].copy_from_slice(&[0, 0, 1, 0, 0, 0, 1, 0]);
    let mut png = quarters_as(ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let mut qoi = quarters_as(ImageFormat::Qoi);
    qoi[4..12].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    for (name, bytes) in [("a.bmp", bmp), ("a.png", png), ("a.qoi", qoi)] {
        let failure = bench.convert_bytes(name, &bytes, recipe(None, SAME)).expect_err(name);
        assert!(matches!(failure.kind, ErrorKind::Limit | ErrorKind::Decode), "{failure:?}");
    }
}

#[test]
fn gray_depth_and_transparency_are_kept_where_the_format_can() {
    let bench = Bench::new();
    let load = |bytes: &[u8]| image::load_from_memory(bytes).expect("readable");
    let gray = DynamicImage::ImageLuma8(GrayImage::from_pixel(40, 40, Luma([90])));
    let (_, jpeg) = bench
        .convert_bytes("g.png", &encoded(&gray, ImageFormat::Png), recipe(Some(20), to(Format::Jpeg)))
        .expect("gray");
    assert_eq!(load(&jpeg).color(), image::ColorType::L8);
    let deep = DynamicImage::ImageRgb16(ImageBuffer::from_pixel(40, 40, Rgb([0x1234, 0x5678, 0x9abc])));
    let (_, png) =
        bench.convert_bytes("d.png", &encoded(&deep, ImageFormat::Png), recipe(Some(20), SAME)).expect("deep");
    assert_eq!(load(&png).to_rgb16().get_pixel(5, 5).0, [0x1234, 0x5678, 0x9abc]);
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(40, 40, Rgba([200, 0, 0, 0])));
    let clear = encoded(&clear, ImageFormat::Png);
    let (_, jpeg) = bench.convert_bytes("c.png", &clear, recipe(None, to(Format::Jpeg))).expect("clear");
    assert!(is_near(load(&jpeg).to_rgb8().get_pixel(5, 5), [255, 255, 255]), "transparency becomes white");
    for quality in [None, Some(80)] {
        let output = Encoding { quality, lossless: quality.is_none(), ..to(Format::Webp) };
        let (_, webp) = bench.convert_bytes("c.png", &clear, recipe(None, output)).expect("clear");
        assert_eq!(load(&webp).to_rgba8().get_pixel(5, 5).0[3], 0, "WebP keeps it");
    }
}

#[test]
fn colour_profiles_go_along() {
    let bench = Bench::new();
    let icc = moxcms::ColorProfile::new_pro_photo_rgb().encode().expect("a profile");
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_icc_profile(icc.clone()).expect("a profile");
    encoder.write_image(quarters(40, 40).as_raw(), 40, 40, image::ExtendedColorType::Rgb8).expect("encoded");
    let jpeg =
        with_segment(&quarters_as(ImageFormat::Jpeg), 0xe2, &[b"ICC_PROFILE\0\x01\x01".as_slice(), &icc].concat());
    for (name, bytes) in [("a.png", png), ("a.jpg", jpeg)] {
        for (format, quality) in
            [(Format::Jpeg, None), (Format::Png, None), (Format::Webp, None), (Format::Webp, Some(80))]
        {
            let output = Encoding { quality, lossless: format == Format::Webp && quality.is_none(), ..to(format) };
            let (_, written) = bench.convert_bytes(name, &bytes, recipe(Some(30), output)).expect(name);
            let reader = image::ImageReader::new(Cursor::new(&written)).with_guessed_format().expect("known");
            let mut decoder = reader.into_decoder().expect("readable");
            let kept = image::ImageDecoder::icc_profile(&mut decoder).expect("readable");
            assert_eq!(kept.as_ref(), Some(&icc), "{name} to {format:?} {quality:?}");
            DynamicImage::from_decoder(decoder).expect("the pixels are there too");
        }
    }
}

#[test]
fn what_is_too_large_or_of_another_kind_is_told_as_that() {
    let bench = Bench::new();
    let check = |name: &str, bytes: &[u8], kind: ErrorKind, words: &str| {
        let failure = bench.convert_bytes(name, bytes, recipe(None, to(Format::Png))).expect_err(name);
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.sentence.contains(words), "{failure}");
    };
    check(
        "a.pfm",
        b"PF\n20000 20000\n-1.0\n\0\0\0\0",
        ErrorKind::Limit,
        "20000×20000 is 6866 MiB once unpacked, of at most 2048",
    );
    let hdr = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 20000 +X 20000\n\x02\x02\x4e\x20";
    check("a.hdr", hdr, ErrorKind::Limit, "20000×20000 is 4577 MiB once unpacked, of at most 2048");
    let mut bmp = b"BM\x36\0\x03\0\0\0\0\0\x36\0\0\0\x28\0\0\0\0\0\x01\0\x01\0\0\0\x01\0\x18\0".to_vec();
    bmp.resize(54 + 65_536 * 3, 0);
    check("a.bmp", &bmp, ErrorKind::Limit, "65536×1, and a BMP may have 65535 pixels a side");
    for frames in [1, 2] {
        let mut body = b"WEBPVP8X\x0a\0\0\0\x02\0\0\0\xff\xff\xff\xff\xff\xffANIM\x06\0\0\0\0\0\0\0\0\0".to_vec();
        body.extend(b"ANMF\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".repeat(frames));
        let webp = [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat();
        check("a.webp", &webp, ErrorKind::Limit, "more pixels than any picture may");
    }
    let ls = b"\xff\xd8\xff\xf7\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\0\0\0\xff\xd9";
    check("a.jls", ls, ErrorKind::Unsupported, "JPEG-LS");
    check("a.jls", &ls[..24], ErrorKind::Unsupported, "JPEG-LS");
}

#[test]
fn a_profile_that_unpacks_to_a_mass_is_left_out() {
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_icc_profile(vec![0; 100 << 20]).expect("a profile");
    encoder.write_image(quarters(8, 8).as_raw(), 8, 8, image::ExtendedColorType::Rgb8).expect("encoded");
    assert!(png.len() < 1 << 20, "packed, it is small");
    let (output, converted) = Bench::new().convert_bytes("a.png", &png, recipe(None, SAME)).expect("converted");
    assert_eq!(output.size_out, Some((8, 8)));
    assert!(!converted.windows(4).any(|window| window == b"iCCP"));
}

#[test]
fn quality_changes_the_size_and_a_side_that_does_not_fit_is_named() {
    let bench = Bench::new();
    let noisy =
        DynamicImage::ImageRgb8(ImageBuffer::from_fn(200, 200, |x, y| Rgb([(x * y) as u8, (x ^ y) as u8, x as u8])));
    let png = encoded(&noisy, ImageFormat::Png);
    for format in [Format::Jpeg, Format::Webp] {
        let size = |quality| {
            let output = Encoding { quality: Some(quality), ..to(format) };
            bench.convert_bytes("n.png", &png, recipe(None, output)).expect("converted").1.len()
        };
        assert!(size(20) < size(60) && size(60) < size(95), "{format:?}");
    }
    let wide = encoded(&DynamicImage::ImageLuma8(GrayImage::new(20_000, 2)), ImageFormat::Png);
    let failure = bench.convert_bytes("wide.png", &wide, recipe(None, to(Format::Webp))).expect_err("too wide");
    assert!(failure.kind == ErrorKind::Limit && failure.sentence.contains("16383"), "{failure:?}");
}

#[test]
fn a_cancelled_attempt_writes_nothing_and_a_panic_is_a_failure() {
    let bench = Bench::new();
    let input = bench.file("a.png", &quarters_as(ImageFormat::Png));
    let task = Task::Convert(Convert {
        recipe: Arc::new(recipe(None, SAME)),
        name: "a.png".into(),
        non_pictures: NonPictures::Fail,
        existing: Vec::new(),
        threads: 2,
    });
    let files = Files { input: Some(input), output: bench.output() };
    let assignment = Assignment { attempt: AttemptId { job: JobId(0), number: 1 }, task, files };
    let control = Control::default();
    // Cancelled in the middle, after the picture was decoded.
    let cancel_at_2 = |progress: millrace::model::Progress| {
        if progress.done == 2 {
            control.set(Signal::Cancel);
        }
    };
    let (result, _) = task::attempt(&assignment, &Net::default(), &control, &cancel_at_2);
    assert_eq!(result, Err(Failure::cancelled()));
    assert!(!bench.output().exists());
    let panic_at_5 = |progress: millrace::model::Progress| assert!(progress.done < 5, "on purpose");
    let (result, _) = task::attempt(&assignment, &Net::default(), &Control::default(), &panic_at_5);
    let failure = result.expect_err("a panic");
    assert!(
        failure.kind == ErrorKind::Crashed && failure.sentence.contains("a.png panicked: on purpose"),
        "{failure:?}"
    );
    assert!(!bench.output().exists(), "what was written before the panic is gone");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbled_files_end_one_way_or_the_other(
        which in 0..GOOD.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        fit in prop::option::of(1..100_u32),
    ) {
        let (name, format) = GOOD[which];
        let mut bytes = quarters_as(format);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let bench = Bench::new();
        if let Ok((_, written)) = bench.convert_bytes(name, &bytes, recipe(fit, to(Format::Png))) {
            prop_assert!(image::load_from_memory(&written).is_ok(), "what is called done can be read");
        }
    }
}
