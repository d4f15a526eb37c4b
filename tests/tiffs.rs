//! The rarer kinds of TIFF: deep and premultiplied colours, colours that are no RGB, faxes, and chunks that are JPEGs. Each
//! is made here field by field, and what comes out is compared with what the specification makes of it.

#[path = "support/conversion.rs"]
mod conversion;
#[path = "support/tiffs.rs"]
mod tiffs;

use conversion::convert;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
use millrace::model::Recipe;
use millrace::model::recipe::{Encoding, Format};
use std::io::Write;
use tiffs::odd_tiff;

/// 2 × 2 pixels of so many channels of so many bits, with further fields.
fn file(channels: u32, bits: u32, photometric: u32, more: &[(u16, &[u32])], chunks: &[&[u8]]) -> Vec<u8> {
    let depths = vec![bits; channels as usize];
    let (two, none, meaning, samples) = (&[2][..], &[1][..], [photometric], [channels]);
    let mut fields: Vec<(u16, &[u32])> =
        vec![(256, two), (257, two), (258, &depths), (259, none), (262, &meaning), (277, &samples), (278, two)];
    fields.retain(|(tag, _)| !more.iter().any(|(other, _)| other == tag));
    fields.extend(more);
    odd_tiff(&fields, chunks, false)
}

fn read(title: &str, file: &[u8]) -> DynamicImage {
    let output = Encoding { keep_16_bit: false, ..Encoding::to(Format::Png) };
    let (_, png) = convert("rare.tif", file, Recipe::new("test", Vec::new(), output))
        .unwrap_or_else(|failure| panic!("{title}: {failure}"));
    image::load_from_memory(&png).expect("a picture")
}

/// Compares with pixels of 8 bits and alpha, each of which may be off by `off`.
fn check(title: &str, file: &[u8], off: u8, pixels: &[[u8; 4]]) {
    let found: Vec<[u8; 4]> = read(title, file).into_rgba8().pixels().map(|pixel| pixel.0).collect();
    let differs = |one: &[u8; 4], other: &[u8; 4]| one.iter().zip(other).any(|(one, other)| one.abs_diff(*other) > off);
    let wrong = found.len() != pixels.len() || found.iter().zip(pixels).any(|(found, wanted)| differs(found, wanted));
    assert!(!wrong, "{title}: {found:?} and not {pixels:?}");
}

fn gray(values: [u8; 4]) -> [[u8; 4]; 4] {
    values.map(|value| [value, value, value, 255])
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("packed")
}

#[test]
fn deep_colours() {
    let data = words(&[0, 0x8080, 0xffff, 0x4040, 0x2020, 0x1010, 0, 0, 0, 0xffff, 0xffff, 0xffff]);
    let wanted = [[0, 128, 255, 255], [64, 32, 16, 255], [0, 0, 0, 255], [255; 4]];
    check("16 bits", &file(3, 16, 2, &[], &[&data]), 0, &wanted);
    let data = words(&[0, 0x8080, 0xffff, 0x8080, 0xffff, 0, 0, 0xffff, 0, 0, 0, 0, 1, 1, 1, 0xffff]);
    let wanted = [[0, 128, 255, 128], [255, 0, 0, 255], [0, 0, 0, 0], [0, 0, 0, 255]];
    check("16 bits with alpha", &file(4, 16, 2, &[(338, &[2])], &[&data]), 0, &wanted);
    let data = words(&[0xffff, 0xffff, 0x8080, 0x8080, 0, 0xffff, 0x4040, 0xffff]);
    let wanted = [[255; 4], [128; 4], [0, 0, 0, 255], [64, 64, 64, 255]];
    check("gray of 16 bits with alpha", &file(2, 16, 1, &[(338, &[2])], &[&data]), 0, &wanted);
    let data = words(&[0xffff, 0, 0x8080, 0x4040]);
    check("16 bits, white is zero", &file(1, 16, 0, &[], &[&data]), 0, &gray([0, 255, 127, 191]));
    // Floating-point colours are linear light.
    let data = floats(&[0.0, 0.5, 1.0, 0.25, 0.25, 0.25, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let wanted = [[0, 188, 255, 255], [137, 137, 137, 255], [0, 0, 0, 255], [255; 4]];
    check("floats", &file(3, 32, 2, &[(339, &[3, 3, 3])], &[&data]), 1, &wanted);
    let data = floats(&[0.5, 0.25, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.4, 0.8, 1.0]);
    let wanted = [[255, 188, 0, 128], [255; 4], [0, 0, 0, 0], [124, 170, 231, 255]];
    let premultiplied: &[(u16, &[u32])] = &[(339, &[3, 3, 3, 3]), (338, &[1])];
    check("floats with alpha", &file(4, 32, 2, premultiplied, &[&data]), 1, &wanted);
}

#[test]
fn colours_that_were_multiplied_by_their_alpha() {
    let data = [100_u8, 50, 25, 128, 255, 255, 255, 255, 0, 0, 0, 0, 10, 20, 40, 64];
    let wanted = [[199, 100, 50, 128], [255; 4], [0, 0, 0, 0], [40, 80, 159, 64]];
    check("8 bits", &file(4, 8, 2, &[(338, &[1])], &[&data]), 1, &wanted);
    let data: Vec<u16> = data.iter().map(|value| u16::from(*value) * 0x101).collect();
    check("16 bits", &file(4, 16, 2, &[(338, &[1])], &[&words(&data)]), 1, &wanted);
    let gray = [64, 128, 255, 255, 0, 0, 100, 200];
    let wanted = [[128, 128, 128, 128], [255; 4], [0; 4], [128, 128, 128, 200]];
    check("gray", &file(2, 8, 1, &[(338, &[1])], &[&gray]), 1, &wanted);
    let straight = [[100, 50, 25, 128], [255; 4], [0; 4], [10, 20, 40, 64]];
    check("straight", &file(4, 8, 2, &[(338, &[2])], &[&straight.concat()]), 0, &straight);
}

#[test]
fn colours_that_are_no_rgb() {
    // One pair of colours for each pixel, and one for all four; without colour, brightness is all there is.
    let full = [10, 128, 128, 200, 128, 128, 255, 128, 128, 76, 85, 255];
    let wanted = [[10, 10, 10, 255], [200, 200, 200, 255], [255; 4], [254, 0, 0, 255]];
    check("YCbCr", &file(3, 8, 6, &[(530, &[1, 1])], &[&full]), 1, &wanted);
    let shared = [10, 20, 30, 40, 128, 128];
    check("shared YCbCr", &file(3, 8, 6, &[(530, &[2, 2])], &[&shared]), 1, &gray([10, 20, 30, 40]));
    // Lightness 0, 50.2 and 100 of 100, by the definition of CIE L*a*b* and the curve of sRGB.
    let lab = [0, 0, 0, 128, 0, 0, 255, 0, 0, 255, 0, 0];
    check("L*a*b*", &file(3, 8, 8, &[], &[&lab]), 2, &gray([0, 120, 255, 255]));
    let icc = [0, 128, 128, 128, 128, 128, 255, 128, 128, 255, 128, 128];
    check("L*a*b* of ICC", &file(3, 8, 9, &[], &[&icc]), 2, &gray([0, 120, 255, 255]));
    let red = [138, 80, 67].repeat(4);
    let found = read("red", &file(3, 8, 8, &[], &[&red])).into_rgb8().get_pixel(0, 0).0;
    assert!(found[0] > 235 && found[1] < 60 && found[2] < 60, "red is {found:?}");
    let palette: Vec<u32> = [[0xffff, 0, 0x8080], [0, 0xffff, 0x4040], [0, 0, 0x2020]]
        .iter()
        .flat_map(|channel: &[u32; 3]| channel.iter().copied().chain(std::iter::repeat(0)).take(256))
        .collect();
    let wanted = [[255, 0, 0, 255], [0, 255, 0, 128], [128, 64, 32, 0], [0, 0, 0, 255]];
    let data = [0, 255, 1, 128, 2, 0, 3, 255];
    check("a palette with alpha", &file(2, 8, 3, &[(320, &palette), (338, &[2])], &[&data]), 0, &wanted);
    let inks = [[0, 0, 0, 0, 255], [255, 0, 0, 0, 255], [0, 0, 0, 0, 128], [0, 0, 0, 255, 255]].concat();
    let wanted = [[255, 255, 255, 255], [0, 255, 255, 255], [255, 255, 255, 128], [0, 0, 0, 255]];
    check("inks with alpha", &file(5, 8, 5, &[(338, &[2])], &[&inks]), 1, &wanted);
}

/// Sixteen pixels a row: four white, eight black, four white.
fn fax(compression: u32, options: u32, packed: &[u8], rows: u32) -> Vec<u8> {
    let (tag, options, rows) = (if compression == 4 { 293 } else { 292 }, [options], [rows]);
    let compression = [compression];
    let fields: &[(u16, &[u32])] =
        &[(256, &[16]), (257, &rows), (278, &rows), (258, &[1]), (259, &compression), (tag, &options)];
    file(1, 1, 0, fields, &[packed])
}

/// Bits as written, filled up to bytes.
fn bits(written: &str) -> Vec<u8> {
    let bits: Vec<u8> = written.bytes().filter(|bit| matches!(bit, b'0' | b'1')).map(|bit| bit - b'0').collect();
    bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | (bit << (7 - at)))).collect()
}

#[test]
fn faxes() {
    // The codes are those of ITU-T T.4 and T.6: white 4, black 8, white 4; end of line; horizontal and vertical modes.
    let (line, end) = ("1011 000101 1011", "000000000001");
    let row = || (0..16).map(|x| [if (4..12).contains(&x) { 0 } else { 255 }; 3]).flat_map(|[v, ..]| [[v, v, v, 255]]);
    let wanted: Vec<[u8; 4]> = (0..3).flat_map(|_| row()).collect();
    let byte_aligned = format!("{line}00").repeat(3);
    check("Huffman", &fax(2, 0, &bits(&byte_aligned), 3), 0, &wanted);
    let one = format!("{end}{line}").repeat(3) + &end.repeat(6);
    check("group 3", &fax(3, 0, &bits(&one), 3), 0, &wanted);
    // After each end of line a bit says whether the line is one by itself; here the others go by the one above.
    let vertical = "1 1 1";
    let two = format!("{end}1{line}{end}0{vertical}{end}0{vertical}");
    check("group 3 in two dimensions", &fax(3, 1, &bits(&two), 3), 0, &wanted);
    let horizontal = "001 1011 000101";
    let four = format!("{horizontal} 1 {vertical} {vertical} {end}{end}");
    check("group 4", &fax(4, 0, &bits(&four), 3), 0, &wanted);
    // One pixel to the right, and one to the left of the edges above; then the edges are passed by.
    let moved = format!("{horizontal} 1 011 010 1 0001 1 {end}{end}");
    let mut wanted: Vec<[u8; 4]> = row().collect();
    wanted.extend((0..16).map(|x| if (5..11).contains(&x) { [0, 0, 0, 255] } else { [255; 4] }));
    wanted.extend([[255; 4]; 16]);
    check("group 4 with edges that move", &fax(4, 0, &bits(&moved), 3), 0, &wanted);
    // What ends early is white, what makes no sense is told.
    let early = format!("{horizontal} 1 {end}{end}");
    let mut wanted: Vec<[u8; 4]> = row().collect();
    wanted.extend([[255; 4]; 32]);
    check("group 4 that ends early", &fax(4, 0, &bits(&early), 3), 0, &wanted);
}

#[test]
fn packed_chunks() {
    let rgb: [u8; 12] = [10, 20, 30, 11, 22, 33, 200, 100, 50, 190, 110, 40];
    let wanted = [[10, 20, 30, 255], [11, 22, 33, 255], [200, 100, 50, 255], [190, 110, 40, 255]];
    check("deflate", &file(3, 8, 2, &[(259, &[8])], &[&deflated(&rgb)]), 0, &wanted);
    check("the older deflate", &file(3, 8, 2, &[(259, &[32_946])], &[&deflated(&rgb)]), 0, &wanted);
    let differences: Vec<u8> = rgb
        .chunks(6)
        .flat_map(|row| {
            let next = |at: usize| row[at].wrapping_sub(if at < 3 { 0 } else { row[at - 3] });
            (0..6).map(next).collect::<Vec<_>>()
        })
        .collect();
    check("differences", &file(3, 8, 2, &[(259, &[8]), (317, &[2])], &[&deflated(&differences)]), 0, &wanted);
    let deep = [1000_u16, 3000, 60_000, 50_000];
    let differences = [1000, 2000, 60_000, 50_000_u16.wrapping_sub(60_000)];
    let wanted = gray(deep.map(|value| (f64::from(value) / 257.0).round() as u8));
    let fields: &[(u16, &[u32])] = &[(259, &[8]), (317, &[2])];
    check("deep differences", &file(1, 16, 1, fields, &[&deflated(&words(&differences))]), 1, &wanted);
    // Floating-point differences: the bytes of a row by their weight, the heaviest first, and then their differences.
    let values = [[0.0_f32, 0.25], [0.5, 1.0]];
    let rows = values.iter().flat_map(|row| {
        let by_weight: Vec<u8> =
            (0..4).flat_map(|weight| row.iter().map(move |value| value.to_be_bytes()[weight])).collect();
        (0..8).map(|at| by_weight[at].wrapping_sub(if at == 0 { 0 } else { by_weight[at - 1] })).collect::<Vec<_>>()
    });
    let packed = deflated(&rows.collect::<Vec<u8>>());
    let fields: &[(u16, &[u32])] = &[(259, &[8]), (317, &[3]), (339, &[3])];
    check("differences of floats", &file(1, 32, 1, fields, &[&packed]), 1, &gray([0, 64, 128, 255]));
}

#[test]
fn chunks_that_are_jpegs() {
    let jpeg = |data: &[u8], kind: ExtendedColorType| {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 100).write_image(data, 16, 16, kind).expect("encoded");
        bytes
    };
    let side: &[(u16, &[u32])] = &[(256, &[16]), (257, &[16]), (278, &[16]), (259, &[7])];
    let ramp: Vec<u8> = (0..256).map(|at| (at % 16 * 16) as u8).collect();
    let wanted: Vec<[u8; 4]> = ramp.iter().map(|value| [*value, *value, *value, 255]).collect();
    check("gray", &file(1, 8, 1, side, &[&jpeg(&ramp, ExtendedColorType::L8)]), 3, &wanted);
    let colours: Vec<u8> = ramp.iter().flat_map(|value| [*value, 255 - *value, 128]).collect();
    let wanted: Vec<[u8; 4]> = colours.chunks(3).map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    check("colours", &file(3, 8, 6, side, &[&jpeg(&colours, ExtendedColorType::Rgb8)]), 6, &wanted);
    let cut = &jpeg(&ramp, ExtendedColorType::L8)[..200];
    let failure = convert("cut.tif", &file(1, 8, 1, side, &[cut]), Recipe::same_size()).expect_err("it is cut");
    assert!(failure.sentence.contains("cut.tif"), "{failure}");
}
