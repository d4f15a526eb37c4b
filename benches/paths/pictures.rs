//! Conversions as a lane runs them, from file to file, on a picture of its own making. What each is about takes most of it: the
//! others read or write BMP, which costs next to nothing.

use super::twice;
use image::{ImageBuffer, ImageFormat, Rgb, RgbImage};
use millrace::model::recipe::{Encoding, Format, Resize, Size, Step};
use millrace::model::task::NonPictures;
use millrace::model::{Assignment, AttemptId, Convert, Files, JobId, Recipe, Task};
use millrace::task::{self, Control, Net};
use std::path::Path;
use std::sync::Arc;

/// Slopes, waves and grain: packs about as a photograph does.
fn photograph(width: u32, height: u32) -> RgbImage {
    ImageBuffer::from_fn(width, height, |x, y| {
        let wave = (x * 13 + y * 7) / 16 % 512;
        let wave = if wave < 256 { wave } else { 511 - wave };
        let grain = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(2_246_822_519)) >> 28;
        Rgb([wave as u8, (x * 240 / width + grain) as u8, (y * 240 / height + grain) as u8])
    })
}

fn convert(format: ImageFormat, (width, height): (u32, u32), recipe: Recipe, wanted: (u32, u32)) {
    let name = recipe.name.replace(' ', "-");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("counts-{name}"));
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder");
    let input = folder.join("in");
    photograph(width, height).save_with_format(&input, format).expect("written");
    let files = Files { input: Some(input), output: folder.join("out") };
    let convert = Convert {
        recipe: Arc::new(recipe),
        name: "in".to_owned(),
        non_pictures: NonPictures::Fail,
        existing: Vec::new(),
        threads: 1,
    };
    let attempt = AttemptId { job: JobId(0), number: 1 };
    let assignment = Assignment { attempt, task: Task::Convert(convert), files };
    let (net, control) = (Net::default(), Control::default());
    twice(|| {
        // The one of before; nothing is written over.
        std::fs::remove_file(&assignment.files.output).ok();
        let (result, _) = task::attempt(&assignment, &net, &control, &|_| ());
        assert_eq!(result.expect("converted").size_out, Some(wanted));
    });
    std::fs::remove_dir_all(&folder).expect("removed");
}

pub(crate) fn thumbnail() {
    let recipe = Recipe::named("Thumbnail 512").expect("a built-in recipe");
    convert(ImageFormat::Jpeg, (2048, 1536), recipe, (512, 384));
}

pub(crate) fn resized() {
    let steps = vec![Step::Resize(Resize::to(Size::Longest(640)))];
    convert(ImageFormat::Bmp, (1600, 1200), Recipe::new("resized", steps, Encoding::to(Format::Bmp)), (640, 480));
}

pub(crate) fn png() {
    convert(ImageFormat::Bmp, (1024, 768), Recipe::new("png", Vec::new(), Encoding::to(Format::Png)), (1024, 768));
}
