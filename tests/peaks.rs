//! The most memory that a process held while it did one thing: one test, because others beside it would count too.

#[path = "support/conversion.rs"]
mod conversion;

use image::{DynamicImage, GrayImage, ImageFormat};
use millrace::model::Recipe;
use millrace::model::recipe::{Encoding, Format, Gravity, PictureMark, Placement, Step};
use std::io::Cursor;

const MIB: u64 = 1 << 20;

/// A TIFF file of 2 × 2 pixels whose lists of offsets and lengths have so many numbers of a byte each.
fn long_lists(numbers: u32) -> Vec<u8> {
    let list = 8 + 2 + 9 * 12 + 4;
    let fields: [(u16, u16, u32, u32); 9] = [
        (256, 4, 1, 2),
        (257, 4, 1, 2),
        (258, 4, 1, 8),
        (259, 4, 1, 1),
        (262, 4, 1, 1),
        (273, 1, numbers, list),
        (277, 4, 1, 1),
        (278, 4, 1, 2),
        (279, 1, numbers, list),
    ];
    let mut bytes = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, count, value) in fields {
        bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes.resize(bytes.len() + numbers as usize, 4);
    bytes
}

fn written(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("encoded");
    bytes.into_inner()
}

/// How much more than ever before the process held during a conversion; what it got beforehand counts too.
fn grown(name: &str, bytes: &[u8], recipe: Recipe) -> u64 {
    let before = millrace::task::peak_memory();
    conversion::convert(name, bytes, recipe).unwrap_or_else(|failure| panic!("{failure}"));
    millrace::task::peak_memory() - before
}

#[cfg(target_os = "linux")]
#[test]
fn no_list_grows_with_the_file_or_the_picture() {
    let png = Encoding::to(Format::Png);
    let length = 40 * MIB as u32;
    let bytes = long_lists(length);
    let lists = grown("lists.tif", &bytes, Recipe::new("test", Vec::new(), png));
    drop(bytes);
    assert!(lists < 100 * MIB, "{} MiB for a file of 40", lists / MIB);
    // A mark of one pixel, everywhere: as many places as there are pixels.
    let mark = written(&DynamicImage::ImageLuma8(GrayImage::new(1, 1)));
    let placement = Placement { gravity: Gravity::Center, margin: 0, opacity: 0.5, scale: 0.000_25, tile: true };
    let mark = Step::Watermark(PictureMark { path: "dot.png".to_owned(), bytes: mark.into(), placement });
    let wide = written(&DynamicImage::ImageLuma8(GrayImage::new(5000, 4000)));
    let places = grown("wide.png", &wide, Recipe::new("test", vec![mark], png));
    assert!(places < 100 * MIB, "{} MiB for a picture of 20", places / MIB);
}
