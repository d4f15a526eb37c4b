//! Animations through a recipe: every frame, its time, how often it plays; and each frame as a file.

#[path = "support/conversion.rs"]
mod conversion;

use image::codecs::gif::GifEncoder;
use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{AnimationDecoder, Delay, Frame, Rgba, RgbaImage};
use millrace::model::recipe::{Encoding, FitBox, Format, Frames, Resize, Size, Step};
use millrace::model::{ErrorKind, Failure, Output, Recipe};
use std::io::Cursor;

const FORMATS: [Format; 3] = [Format::Gif, Format::Png, Format::Webp];
const COLOURS: [[u8; 4]; 5] =
    [[250, 0, 0, 255], [0, 250, 0, 255], [0, 0, 250, 255], [250, 250, 0, 255], [0, 250, 250, 255]];

fn convert(name: &str, bytes: &[u8], steps: Vec<Step>, output: Encoding) -> Result<(Output, Vec<u8>), Failure> {
    conversion::convert(name, bytes, Recipe::new("test", steps, output))
}

/// Each frame of one colour, with a clear corner, shown for 100, 200, … ms, three times.
fn moving() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(image::codecs::gif::Repeat::Finite(2)).expect("written");
    for (colour, number) in COLOURS.into_iter().zip(1..) {
        let pixels = RgbaImage::from_fn(40, 30, |x, y| if x + y < 10 { Rgba([0; 4]) } else { Rgba(colour) });
        let delay = Delay::from_numer_denom_ms(number * 100, 1);
        encoder.encode_frame(Frame::from_parts(pixels, 0, 0, delay)).expect("written");
    }
    drop(encoder);
    bytes
}

fn frames(bytes: &[u8], format: Format) -> Vec<Frame> {
    let reader = Cursor::new(bytes);
    let frames = match format {
        Format::Gif => GifDecoder::new(reader).expect("a GIF").into_frames(),
        Format::Png => PngDecoder::new(reader).expect("a PNG").apng().expect("frames").into_frames(),
        _ => WebPDecoder::new(reader).expect("a WebP").into_frames(),
    };
    frames.collect_frames().expect("all of them")
}

fn plays(bytes: &[u8], format: Format) -> u32 {
    let after = |mark: &[u8], skip: usize| {
        bytes.windows(mark.len()).position(|window| window == mark).expect("a mark") + mark.len() + skip
    };
    match format {
        Format::Gif => u32::from(bytes[after(b"NETSCAPE2.0\x03\x01", 0)]) + 1,
        Format::Png => u32::from(bytes[after(b"acTL", 7)]),
        _ => u32::from(bytes[after(b"ANIM", 8)]),
    }
}

fn check(bytes: &[u8], format: Format, size: (u32, u32)) {
    let title = format.title();
    let frames = frames(bytes, format);
    assert_eq!(frames.len(), COLOURS.len(), "{title}");
    for ((frame, colour), number) in frames.iter().zip(COLOURS).zip(1..) {
        let pixels = frame.buffer();
        assert_eq!(pixels.dimensions(), size, "{title}");
        let middle = pixels.get_pixel(size.0 / 2, size.1 / 2).0;
        assert!(
            middle.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 12),
            "{title} {number}: {middle:?}, not {colour:?}"
        );
        assert!(pixels.get_pixel(1, 1).0[3] < 20, "{title} {number}: what is clear stays clear");
        assert_eq!(frame.delay().numer_denom_ms(), (number * 100, 1), "{title}");
    }
    assert_eq!(plays(bytes, format), 3, "{title}");
}

#[test]
fn frames_times_and_plays_survive_every_way() {
    let fit = || vec![Step::Resize(Resize::to(Size::Fit(FitBox { width: 20, height: 20 })))];
    for format in FORMATS {
        let output = Encoding { lossless: format == Format::Webp, ..Encoding::to(format) };
        let (made, bytes) = convert("a.gif", &moving(), Vec::new(), output).expect("converted");
        assert_eq!((made.size_in, made.size_out), (Some((40, 30)), Some((40, 30))));
        check(&bytes, format, (40, 30));
        let again = convert("a.gif", &moving(), Vec::new(), output).expect("converted").1;
        assert_eq!(bytes, again, "the same bytes each time");
        for other in FORMATS {
            let name = format!("a.{}", format.extension());
            let (made, small) = convert(&name, &bytes, fit(), Encoding::to(other)).expect("converted");
            assert_eq!(made.size_out, Some((20, 15)));
            check(&small, other, (20, 15));
        }
    }
}

#[test]
fn formats_that_do_not_move_take_the_first_frame() {
    for format in [Format::Jpeg, Format::Tiff, Format::Bmp] {
        let (_, bytes) = convert("a.gif", &moving(), Vec::new(), Encoding::to(format)).expect("converted");
        let middle = image::load_from_memory(&bytes).expect("readable").into_rgb8().get_pixel(20, 15).0;
        assert!(middle[0] > 230 && middle[1] < 25, "{}: {middle:?}", format.title());
    }
    let first = Encoding { frames: Frames::First, ..Encoding::to(Format::Gif) };
    let (_, bytes) = convert("a.gif", &moving(), Vec::new(), first).expect("converted");
    assert_eq!(frames(&bytes, Format::Gif).len(), 1);
}

#[test]
fn each_frame_becomes_a_file() {
    let extract = Encoding { frames: Frames::Extract, ..Encoding::to(Format::Jpeg) };
    let (made, bytes) = convert("dance.gif", &moving(), Vec::new(), extract).expect("converted");
    let names: Vec<&str> = made.pieces.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names[..2], ["dance-0001.jpg", "dance-0002.jpg"]);
    assert_eq!(made.pieces.len(), COLOURS.len());
    let mut rest = bytes.as_slice();
    for (part, colour) in made.pieces.iter().zip(COLOURS) {
        let (file, tail) = rest.split_at(part.bytes as usize);
        let middle = image::load_from_memory(file).expect("a file of its own").into_rgb8().get_pixel(20, 15).0;
        assert!(middle.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 12), "{}: {middle:?}", part.name);
        rest = tail;
    }
    assert!(rest.is_empty());
}

#[test]
fn what_was_cut_or_has_no_end_fails() {
    for format in FORMATS {
        let (_, whole) = convert("a.gif", &moving(), Vec::new(), Encoding::to(format)).expect("converted");
        let name = format!("a.{}", format.extension());
        for left in [whole.len() - 1, whole.len() - 2, whole.len() * 2 / 3, whole.len() / 3] {
            let failure = convert(&name, &whole[..left], Vec::new(), Encoding::SAME).expect_err("cut");
            assert!(failure.kind == ErrorKind::Decode && failure.sentence.contains(&name), "{failure}");
        }
    }
    let mut endless = moving();
    endless.pop();
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\x80\0\0\0\xff\xff\xff\x02\x02\x44\x01\0";
    (0..12_000).for_each(|_| endless.extend(frame));
    endless.push(0x3b);
    let failure = convert("endless.gif", &endless, Vec::new(), Encoding::SAME).expect_err("too many");
    assert!(failure.kind == ErrorKind::Limit && failure.sentence.contains("frames"), "{failure}");
}

#[test]
fn the_original_stays_where_the_result_would_be_larger() {
    let coarse = Encoding { quality: Some(10), ..Encoding::to(Format::Webp) };
    let (_, small) = convert("a.gif", &moving(), Vec::new(), coarse).expect("made");
    let fine = Encoding { quality: Some(100), lossless: true, ..Encoding::to(Format::Webp) };
    let (_, large) = convert("a.webp", &small, Vec::new(), fine).expect("made");
    assert!(large.len() > small.len(), "{} and {} bytes", large.len(), small.len());
    let keep = Encoding { keep_original_if_larger: true, ..fine };
    let (made, kept) = convert("a.webp", &small, Vec::new(), keep).expect("made");
    assert!(kept == small && made.bytes_out == small.len() as u64);
    let fit = Step::Resize(Resize::to(Size::Fit(FitBox { width: 20, height: 20 })));
    let (made, _) = convert("a.webp", &small, vec![fit], keep).expect("made");
    assert_eq!(made.size_out, Some((20, 15)), "what was asked for is done");
}

#[test]
fn what_is_too_wide_for_a_format_is_refused_by_name() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 70_000, 2);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_animated(2, 0).expect("set");
    let mut writer = encoder.write_header().expect("written");
    writer.write_image_data(&vec![9; 140_000]).expect("written");
    writer.write_image_data(&vec![99; 140_000]).expect("written");
    writer.finish().expect("written");
    for (format, side) in [(Format::Gif, "65535"), (Format::Webp, "16383")] {
        let failure = convert("wide.png", &bytes, Vec::new(), Encoding::to(format)).expect_err("too wide");
        assert!(failure.kind == ErrorKind::Limit && failure.sentence.contains(side), "{failure}");
    }
    let (made, _) = convert("wide.png", &bytes, Vec::new(), Encoding::to(Format::Png)).expect("PNG has no such side");
    assert_eq!(made.size_out, Some((70_000, 2)));
}

/// Which of the places of a square 10 pixels wide, one behind the other, are filled in each frame of a PNG that moves.
fn squares(bytes: &[u8]) -> Vec<Vec<bool>> {
    let filled = |frame: &Frame| (0..4).map(|place| frame.buffer().get_pixel(place * 10 + 5, 5).0[3] > 200).collect();
    frames(bytes, Format::Png).iter().map(filled).collect()
}

#[test]
fn frames_of_a_png_are_taken_away_as_they_say() {
    use png::{BlendOp, DisposeOp};
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 40, 10);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(5, 0).expect("set");
    let mut writer = encoder.write_header().expect("written");
    writer.write_image_data(&[0; 40 * 10 * 4]).expect("written");
    for (place, dispose) in
        [(0, DisposeOp::None), (1, DisposeOp::Background), (1, DisposeOp::Previous), (3, DisposeOp::None)]
    {
        writer.set_frame_dimension(10, 10).expect("set");
        writer.set_frame_position(place * 10, 0).expect("set");
        writer.set_dispose_op(dispose).expect("set");
        writer.set_blend_op(BlendOp::Over).expect("set");
        writer.write_image_data(&[255; 10 * 10 * 4]).expect("written");
    }
    writer.finish().expect("written");
    let (_, made) = convert("a.png", &bytes, Vec::new(), Encoding::to(Format::Png)).expect("converted");
    let [no, yes] = [false, true];
    let expected = [[no, no, no, no], [yes, no, no, no], [yes, yes, no, no], [yes, yes, no, no], [yes, no, no, yes]];
    assert_eq!(squares(&made), expected.map(|frame| frame.to_vec()));
}

#[test]
fn nothing_of_a_frame_shows_through_the_next_one() {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    let opaque = |number: usize| number.is_multiple_of(2);
    for (number, colour) in COLOURS.into_iter().enumerate() {
        let is_there = |x| opaque(number) || x > 20;
        let pixels = RgbaImage::from_fn(40, 30, |x, _| if is_there(x) { Rgba(colour) } else { Rgba([0; 4]) });
        encoder.encode_frame(Frame::new(pixels)).expect("written");
    }
    drop(encoder);
    for format in FORMATS {
        let (_, bytes) = convert("a.gif", &gif, Vec::new(), Encoding::to(format)).expect("converted");
        for (number, frame) in frames(&bytes, format).iter().enumerate() {
            let alpha = frame.buffer().get_pixel(5, 5).0[3];
            assert_eq!(alpha > 200, opaque(number), "{} {number}: {alpha}", format.title());
        }
    }
}

/// Where frames of an animated WebP are marked: it is taken away afterwards, and not blended.
fn webp_marks(webp: &[u8]) -> Vec<usize> {
    (0..webp.len() - 24).filter(|at| webp[*at..].starts_with(b"ANMF")).map(|at| at + 23).collect()
}

#[test]
fn what_is_opaque_is_blended_as_it_is() {
    let frame =
        |number: u32| RgbaImage::from_fn(40, 10, |x, y| Rgba([(x * 6) as u8, (y * 25) as u8, number as u8, 255]));
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 40, 10);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(4, 0).expect("set");
    let mut writer = encoder.write_header().expect("written");
    for number in 0..4 {
        writer.write_image_data(&frame(number)).expect("written");
    }
    writer.finish().expect("written");
    let lossless = Encoding { lossless: true, ..Encoding::to(Format::Webp) };
    let (_, mut webp) = convert("a.png", &png, Vec::new(), lossless).expect("converted");
    for at in webp_marks(&webp) {
        webp[at] = 0;
    }
    let (_, made) = convert("a.webp", &webp, Vec::new(), Encoding::to(Format::Png)).expect("converted");
    for (made, number) in frames(&made, Format::Png).iter().zip(0..) {
        assert!(*made.buffer() == frame(number), "{number}");
    }
}

#[test]
fn frames_of_a_webp_that_are_taken_away_leave_nothing() {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    for place in 0..4 {
        let pixels = RgbaImage::from_fn(40, 10, |x, _| if x / 10 == place { Rgba([255; 4]) } else { Rgba([0; 4]) });
        encoder.encode_frame(Frame::new(pixels)).expect("written");
    }
    drop(encoder);
    let lossless = Encoding { lossless: true, ..Encoding::to(Format::Webp) };
    let (_, mut webp) = convert("a.gif", &gif, Vec::new(), lossless).expect("converted");
    // Each frame is laid over what is there, and taken away afterwards.
    for at in webp_marks(&webp) {
        webp[at] = 1;
    }
    let (_, made) = convert("a.webp", &webp, Vec::new(), Encoding::to(Format::Png)).expect("converted");
    let expected: Vec<Vec<bool>> = (0..4).map(|place| (0..4).map(|at| at == place).collect()).collect();
    assert_eq!(squares(&made), expected);
}
