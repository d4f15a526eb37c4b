//! Every step of a recipe, against the same in floating point; recipes in all modes; `millrace recipes`.

#[path = "support/conversion.rs"]
mod conversion;
#[path = "support/reference.rs"]
mod reference;

use image::{ColorType, DynamicImage, ImageFormat, RgbaImage};
use millrace::model::recipe::{
    Axis, Colour, Crop, Encoding, Filter, FitBox, Format, Gravity, PictureMark, Placement, Resize, Sharpen, Size, Step,
    TextMark,
};
use millrace::model::{Failure, Output, Recipe};
use reference::{Plain, cubic, lanczos3, luma, psnr, triangle};
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// The picture that all steps work on.
const SIZE: (u32, u32) = (96, 64);

fn as_kind(kind: ColorType) -> DynamicImage {
    let deep = DynamicImage::ImageRgba16(reference::sample(SIZE.0, SIZE.1));
    match kind {
        ColorType::L8 => DynamicImage::ImageLuma8(deep.to_luma8()),
        ColorType::La16 => DynamicImage::ImageLumaA16(deep.to_luma_alpha16()),
        ColorType::Rgb8 => DynamicImage::ImageRgb8(deep.to_rgb8()),
        ColorType::Rgba8 => DynamicImage::ImageRgba8(deep.to_rgba8()),
        ColorType::Rgb16 => DynamicImage::ImageRgb16(deep.to_rgb16()),
        _ => deep,
    }
}

const KINDS: [ColorType; 6] =
    [ColorType::L8, ColorType::La16, ColorType::Rgb8, ColorType::Rgba8, ColorType::Rgb16, ColorType::Rgba16];

fn png(pixels: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png).expect("encoded");
    bytes.into_inner()
}

fn convert(picture: &[u8], recipe: Recipe) -> Result<(Output, Vec<u8>), Failure> {
    conversion::convert("a.png", picture, recipe)
}

fn converted(picture: &DynamicImage, steps: Vec<Step>) -> DynamicImage {
    let recipe = Recipe::new("test", steps, Encoding::to(Format::Png));
    let (output, bytes) = convert(&png(picture), recipe).expect("converted");
    let result = image::load_from_memory(&bytes).expect("readable");
    assert_eq!(output.size_out, Some((result.width(), result.height())));
    result
}

struct Case {
    step: Step,
    /// How near the result must be, in dB: with 8 bits, and with 16.
    near: (f64, f64),
    wanted: Box<dyn Fn(&Plain) -> Plain>,
}

fn case(step: Step, near: (f64, f64), wanted: impl Fn(&Plain) -> Plain + 'static) -> Case {
    Case { step, near, wanted: Box::new(wanted) }
}

/// No more than what rounding the result costs.
const ROUNDED: (f64, f64) = (57.0, 95.0);
const EXACT: (f64, f64) = (f64::INFINITY, f64::INFINITY);

fn resize(size: Size) -> Resize {
    Resize { size, enlarge: true, filter: Filter::Lanczos3, linear: false }
}

fn goal(width: u32, height: u32) -> FitBox {
    FitBox { width, height }
}

fn red_mark(placement: Placement) -> Step {
    let mark = png(&DynamicImage::ImageRgba8(RgbaImage::from_pixel(40, 20, image::Rgba([255, 0, 0, 255]))));
    Step::Watermark(PictureMark { path: "red.png".into(), bytes: Arc::from(mark), placement })
}

fn resizing() -> Vec<Case> {
    let lanczos = |width, height| move |from: &Plain| from.resized((width, height), 3.0, lanczos3);
    let with = |filter| Step::Resize(Resize { filter, ..resize(Size::Exact(goal(40, 50))) });
    vec![
        case(Step::Resize(resize(Size::Fit(goal(48, 48)))), (50.0, 70.0), lanczos(48, 32)),
        case(Step::Resize(resize(Size::Fit(goal(200, 200)))), (50.0, 70.0), lanczos(200, 133)),
        case(Step::Resize(resize(Size::Exact(goal(31, 77)))), (50.0, 70.0), lanczos(31, 77)),
        case(Step::Resize(resize(Size::Percent(25.0))), (50.0, 70.0), lanczos(24, 16)),
        case(Step::Resize(resize(Size::Longest(24))), (50.0, 70.0), lanczos(24, 16)),
        case(Step::Resize(resize(Size::Shortest(32))), (50.0, 70.0), lanczos(48, 32)),
        case(Step::Resize(Resize::to(Size::Fit(goal(500, 500)))), EXACT, Plain::clone),
        // To 60×40, of which the upper right 40×40 stay.
        case(Step::Resize(resize(Size::Fill(goal(40, 40), Gravity::TopRight))), (50.0, 70.0), |from| {
            from.resized((60, 40), 3.0, lanczos3).part((20, 0), (40, 40))
        }),
        case(with(Filter::Mitchell), (50.0, 70.0), |from| {
            from.resized((40, 50), 2.0, |x| cubic(1.0 / 3.0, 1.0 / 3.0, x))
        }),
        case(with(Filter::Bilinear), (50.0, 70.0), |from| from.resized((40, 50), 1.0, triangle)),
        // Sides for which no place lies between two pixels.
        case(Step::Resize(Resize { filter: Filter::Nearest, ..resize(Size::Exact(goal(64, 128))) }), EXACT, |from| {
            Plain::made(64, 128, |x, y| from.at((2 * x + 1) * 96 / 128, (2 * y + 1) * 64 / 256))
        }),
        case(Step::Resize(Resize { linear: true, ..resize(Size::Longest(24)) }), (45.0, 70.0), |from| {
            from.in_light(|light| light.resized((24, 16), 3.0, lanczos3))
        }),
    ]
}

fn cutting_and_turning() -> Vec<Case> {
    let pixels = |x, y, width, height| Step::Crop(Crop::Pixels { x, y, width, height });
    let ratio = |width, height, gravity| Step::Crop(Crop::Ratio { ratio: goal(width, height), gravity });
    let rotate = |degrees| Step::Rotate { degrees, background: Colour::WHITE };
    vec![
        case(pixels(10, 20, 30, 40), EXACT, |from| from.part((10, 20), (30, 40))),
        case(pixels(90, 60, 30, 40), EXACT, |from| from.part((90, 60), (6, 4))),
        case(ratio(1, 1, Gravity::Right), EXACT, |from| from.part((32, 0), (64, 64))),
        case(ratio(4, 1, Gravity::Bottom), EXACT, |from| from.part((0, 40), (96, 24))),
        case(rotate(90.0), EXACT, |from| Plain::made(64, 96, |x, y| from.at(y, 63 - x))),
        case(rotate(-90.0), EXACT, |from| Plain::made(64, 96, |x, y| from.at(95 - y, x))),
        case(rotate(180.0), EXACT, |from| Plain::made(96, 64, |x, y| from.at(95 - x, 63 - y))),
        case(rotate(360.0), EXACT, Plain::clone),
        case(rotate(20.0), (54.0, 80.0), |from| turned(from, 20.0)),
        case(rotate(-135.0), (54.0, 80.0), |from| turned(from, -135.0)),
        case(Step::Flip(Axis::Horizontal), EXACT, |from| Plain::made(96, 64, |x, y| from.at(95 - x, y))),
        case(Step::Flip(Axis::Vertical), EXACT, |from| Plain::made(96, 64, |x, y| from.at(x, 63 - y))),
    ]
}

/// Turned onto white, with Catmull-Rom.
fn turned(from: &Plain, degrees: f64) -> Plain {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let (across, down) = (from.width as f64, from.height as f64);
    let width = (across * cosine.abs() + down * sine.abs()).ceil();
    let height = (across * sine.abs() + down * cosine.abs()).ceil();
    let premultiplied = from.premultiplied();
    let onto_white = Plain::made(width as usize, height as usize, |x, y| {
        let (dx, dy) = (x as f64 + 0.5 - width / 2.0, y as f64 + 0.5 - height / 2.0);
        let (at_x, at_y) = (dx * cosine + dy * sine + across / 2.0, dy * cosine - dx * sine + down / 2.0);
        let near = |at: f64, length: usize| (at as i64 - 3).max(0) as usize..((at + 4.0).max(0.0) as usize).min(length);
        let (mut sum, mut outside) = ([0.0; 4], 1.0);
        for row in near(at_y, from.height) {
            for column in near(at_x, from.width) {
                let weight = cubic(0.0, 0.5, column as f64 + 0.5 - at_x) * cubic(0.0, 0.5, row as f64 + 0.5 - at_y);
                outside -= weight;
                for (total, value) in sum.iter_mut().zip(premultiplied.at(column, row)) {
                    *total += weight * value;
                }
            }
        }
        sum.map(|total| total + outside)
    });
    onto_white
        .map(|pixel| pixel.map(|value| value.max(0.0)))
        .map(|mut pixel| {
            pixel[3] = pixel[3].min(1.0);
            pixel
        })
        .unpremultiplied()
}

fn toning() -> Vec<Case> {
    let saturated = |from: &Plain, factor: f64| {
        from.map(|pixel| {
            let gray = luma(pixel);
            let [r, g, b] =
                [pixel[0], pixel[1], pixel[2]].map(|value| (gray + (value - gray) * factor).clamp(0.0, 1.0));
            [r, g, b, pixel[3]]
        })
    };
    vec![
        case(Step::Grayscale, ROUNDED, move |from| saturated(from, 0.0)),
        case(Step::Brightness(20.0), ROUNDED, |from| from.tone(|value| value + 0.2)),
        case(Step::Brightness(-35.5), ROUNDED, |from| from.tone(|value| value - 0.355)),
        case(Step::Contrast(40.0), ROUNDED, |from| from.tone(|value| (value - 0.5) * 1.4 + 0.5)),
        case(Step::Contrast(-90.0), ROUNDED, |from| from.tone(|value| (value - 0.5) * 0.1 + 0.5)),
        case(Step::Saturation(60.0), ROUNDED, move |from| saturated(from, 1.6)),
        case(Step::Saturation(-50.0), ROUNDED, move |from| saturated(from, 0.5)),
        case(Step::Gamma(2.2), ROUNDED, |from| from.tone(|value| value.powf(1.0 / 2.2))),
        case(Step::Gamma(0.5), ROUNDED, |from| from.tone(|value| value.powf(2.0))),
        case(Step::AutoContrast { clip: 0.0 }, (46.0, 80.0), |from| {
            let seen = || from.pixels.iter().filter(|pixel| pixel[3] > 0.0).flat_map(|pixel| &pixel[..3]).copied();
            let (low, high) = (seen().fold(1.0, f64::min), seen().fold(0.0, f64::max));
            from.tone(|value| (value - low) / (high - low))
        }),
    ]
}

fn blurring() -> Vec<Case> {
    let blurs = [0.5, 1.0, 2.7, 5.0, 20.0].map(|sigma| {
        // Reached far over its edges, the kernel's end counts more.
        case(Step::Blur { sigma }, (54.0, 60.0), move |from| from.blurred(sigma))
    });
    let sharpen = |threshold| Step::Sharpen(Sharpen { sigma: 2.0, amount: 1.5, threshold });
    let sharpened = |from: &Plain, least: f64| {
        let blurred = from.blurred(2.0);
        Plain::made(from.width, from.height, |x, y| {
            let (pixel, blurred) = (from.at(x, y), blurred.at(x, y));
            let value = |at: usize| {
                let difference = pixel[at] - blurred[at];
                let added = if difference.abs() > least { 1.5 * difference } else { 0.0 };
                (pixel[at] + added).clamp(0.0, 1.0)
            };
            [value(0), value(1), value(2), pixel[3]]
        })
    };
    blurs
        .into_iter()
        .chain([
            case(sharpen(0), (46.0, 54.0), move |from| sharpened(from, 0.0)),
            case(sharpen(20), (35.0, 42.0), move |from| sharpened(from, 20.0 / 255.0)),
        ])
        .collect()
}

fn adding() -> Vec<Case> {
    let placement = Placement { gravity: Gravity::BottomRight, margin: 4, opacity: 0.5, scale: 0.5, tile: false };
    let red = [1.0, 0.0, 0.0, 0.5];
    let orange = Colour { r: 255, g: 128, b: 0, a: 255 };
    vec![
        case(Step::Border { width: 3, colour: orange }, EXACT, |from| {
            Plain::made(102, 70, |x, y| {
                let inside = (3..99).contains(&x) && (3..67).contains(&y);
                if inside { from.at(x - 3, y - 3) } else { [1.0, f64::from(128.0_f32 / 255.0), 0.0, 1.0] }
            })
        }),
        case(Step::Flatten(Colour::WHITE), ROUNDED, |from| from.map(|pixel| Plain::over(pixel, [1.0; 4]))),
        // Half of 64 pixels long, and half as high.
        case(red_mark(placement), ROUNDED, move |from| {
            Plain::made(96, 64, |x, y| {
                let inside = (60..92).contains(&x) && (44..60).contains(&y);
                if inside { Plain::over(red, from.at(x, y)) } else { from.at(x, y) }
            })
        }),
        case(red_mark(Placement { tile: true, ..placement }), ROUNDED, move |from| {
            Plain::made(96, 64, |x, y| {
                let inside = x >= 4 && y >= 4 && (x - 4) % 36 < 32 && (y - 4) % 20 < 16;
                if inside { Plain::over(red, from.at(x, y)) } else { from.at(x, y) }
            })
        }),
    ]
}

#[test]
fn every_step_does_what_it_does_in_floating_point() {
    let cases = [resizing(), cutting_and_turning(), toning(), blurring(), adding()];
    let mut faults = Vec::new();
    for Case { step, near, wanted } in cases.into_iter().flatten() {
        for kind in KINDS {
            let picture = as_kind(kind);
            let wanted = wanted(&Plain::of(&picture));
            let result = converted(&picture, vec![step.clone()]);
            let is_deep = kind.bytes_per_pixel() / kind.channel_count() == 2;
            let size = (result.width() as usize, result.height() as usize);
            assert_eq!(size, (wanted.width, wanted.height), "{step:?} of {kind:?}");
            let found = psnr(&Plain::of(&result), &wanted);
            let least = if is_deep { near.1 } else { near.0 };
            if found < least.min(150.0) {
                faults.push(format!("{step:?} of {kind:?}: {found:.1} dB, less than {least}"));
            }
            let depth = |color: ColorType| color.bytes_per_pixel() / color.channel_count();
            assert_eq!(depth(result.color()), depth(kind), "{step:?} keeps the depth of {kind:?}");
            let flattened = matches!(step, Step::Flatten(_));
            assert_eq!(result.color().has_alpha(), kind.has_alpha() && !flattened, "{step:?} of {kind:?}");
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn borders_of_one_colour_are_trimmed() {
    let framed = Step::Border { width: 7, colour: Colour { r: 250, g: 250, b: 250, a: 255 } };
    for kind in KINDS {
        let picture = as_kind(kind);
        let trimmed = converted(&picture, vec![framed.clone(), Step::Trim { tolerance: 8 }]);
        assert_eq!((trimmed.width(), trimmed.height()), SIZE, "{kind:?}");
    }
    let plain = DynamicImage::ImageRgb8(image::RgbImage::from_pixel(9, 5, image::Rgb([7, 7, 7])));
    let kept = converted(&plain, vec![Step::Trim { tolerance: 0 }]);
    assert_eq!((kept.width(), kept.height()), (9, 5), "there is nothing inside");
}

#[test]
fn text_goes_where_it_should_and_nowhere_else() {
    let black = DynamicImage::ImageRgb8(image::RgbImage::new(400, 300));
    let write = |placement: Placement, text: &str| {
        let mark = TextMark { text: text.into(), colour: Colour { r: 255, g: 200, b: 0, a: 255 }, placement };
        converted(&black, vec![Step::Text(mark)]).to_rgb8()
    };
    let placement = Placement { gravity: Gravity::BottomRight, margin: 10, opacity: 1.0, scale: 0.1, tile: false };
    let once = write(placement, "© Millrace");
    let lit: Vec<(u32, u32)> =
        once.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[0] > 128).map(|(x, y, _)| (x, y)).collect();
    let (left, right) = (lit.iter().map(|p| p.0).min(), lit.iter().map(|p| p.0).max());
    let (top, bottom) = (lit.iter().map(|p| p.1).min(), lit.iter().map(|p| p.1).max());
    assert!(lit.len() > 300, "{} pixels", lit.len());
    assert!(left > Some(200) && right <= Some(390) && right > Some(370), "{left:?} to {right:?}");
    assert!(top >= Some(260) && bottom <= Some(290), "{top:?} to {bottom:?}");
    assert!(once.pixels().all(|pixel| pixel.0[2] == 0), "no blue in it");
    // A line as wide as a book still fits.
    let long = write(placement, &"wide ".repeat(99));
    assert!(long.pixels().any(|pixel| pixel.0[0] > 0));
    assert!(long.enumerate_pixels().all(|(x, _, pixel)| pixel.0[0] == 0 || (10..390).contains(&x)));
    let tiled = write(Placement { tile: true, ..placement }, "x");
    let quarters = [(0, 0), (200, 0), (0, 150), (200, 150)];
    assert!(quarters.iter().all(|(x, y)| (0..200).any(|at| tiled.get_pixel(x + at, y + at % 150).0[0] > 0)));
}

#[test]
fn gray_stays_gray_until_colour_comes() {
    let gray = as_kind(ColorType::L8);
    let color = |steps| converted(&gray, steps).color();
    assert_eq!(color(vec![Step::Border { width: 1, colour: Colour::WHITE }]), ColorType::L8);
    assert_eq!(color(vec![Step::Border { width: 1, colour: Colour { r: 9, ..Colour::WHITE } }]), ColorType::Rgb8);
    assert_eq!(color(vec![Step::Rotate { degrees: 5.0, background: Colour::TRANSPARENT }]), ColorType::La8);
    assert_eq!(converted(&as_kind(ColorType::Rgba16), vec![Step::Grayscale]).color(), ColorType::La16);
}

#[test]
fn a_step_that_cannot_be_done_says_why() {
    let check = |step: Step, words: &str| {
        let recipe = Recipe::new("test", vec![step], Encoding::SAME);
        let failure = convert(&png(&as_kind(ColorType::Rgb8)), recipe).expect_err(words);
        assert!(failure.sentence.contains(words) && failure.sentence.contains("a.png"), "{failure:?}");
    };
    check(Step::Crop(Crop::Pixels { x: 96, y: 0, width: 5, height: 5 }), "leaves nothing of 96×64 pixels");
    check(Step::Resize(resize(Size::Exact(goal(65_535, 65_535)))), "at most 500 megapixels");
    let placement = Placement { gravity: Gravity::Center, margin: 0, opacity: 1.0, scale: 0.5, tile: false };
    let mark = |bytes: &[u8]| PictureMark { path: "logo.png".into(), bytes: Arc::from(bytes), placement };
    check(Step::Watermark(mark(b"no picture")), "the watermark logo.png is not a picture");
    let whole = png(&as_kind(ColorType::Rgb8));
    check(Step::Watermark(mark(&whole[..whole.len() / 2])), "the watermark logo.png is damaged");
}

#[test]
fn a_picture_stays_as_it_lies_where_that_is_wanted() {
    let mut jpeg = Vec::new();
    let pixels = image::RgbImage::from_pixel(30, 20, image::Rgb([90, 90, 90]));
    DynamicImage::ImageRgb8(pixels).write_to(&mut Cursor::new(&mut jpeg), ImageFormat::Jpeg).expect("encoded");
    let mut turned = jpeg[..2].to_vec();
    turned.extend(b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    turned.extend(&jpeg[2..]);
    for (auto_orient, size) in [(true, (10, 15)), (false, (15, 10))] {
        let step = Step::Resize(Resize::to(Size::Longest(15)));
        let recipe = Recipe { auto_orient, ..Recipe::new("test", vec![step], Encoding::to(Format::Png)) };
        assert_eq!(convert(&turned, recipe).expect("converted").0.size_out, Some(size), "{auto_orient}");
    }
}

/// A recipe file that uses every step.
const EVERY_STEP: &str = r##"
name = "Every step"
[[step]]
op = "resize"
width = 300
filter = "mitchell"
linear = true
[[step]]
op = "crop"
ratio = "4:3"
gravity = "top"
[[step]]
op = "crop"
x = 2
y = 2
width = 200
height = 150
[[step]]
op = "trim"
tolerance = 3
[[step]]
op = "rotate"
degrees = 12.5
background = "#20304080"
[[step]]
op = "flip"
direction = "horizontal"
[[step]]
op = "brightness"
amount = 5
[[step]]
op = "contrast"
amount = 10
[[step]]
op = "saturation"
amount = 20
[[step]]
op = "gamma"
gamma = 1.1
[[step]]
op = "auto-contrast"
[[step]]
op = "blur"
sigma = 1.2
[[step]]
op = "sharpen"
[[step]]
op = "text"
text = "© Somebody\nsomewhere"
gravity = "top-left"
[[step]]
op = "watermark"
path = "logo.png"
tile = true
[[step]]
op = "flatten"
color = "white"
[[step]]
op = "border"
width = 4
color = "#c04020"
[[step]]
op = "grayscale"
[output]
format = "png"
"##;

/// Runs the program with this state folder.
fn millrace(state: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
    command.args(arguments).env("MILLRACE_STATE", state).stdin(Stdio::null()).output().expect("started")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_recipe_of_every_step_gives_the_same_bytes_in_every_mode() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    fs::write(path("every.toml"), EVERY_STEP).expect("written");
    RgbaImage::from_pixel(30, 12, image::Rgba([0, 90, 200, 160])).save(path("logo.png")).expect("written");
    fs::create_dir(path("in")).expect("a folder");
    for kind in KINDS {
        fs::write(
            path(&format!("in/{kind:?}.png")),
            png(&as_kind(kind).resize_exact(700, 500, image::imageops::Triangle)),
        )
        .expect("written");
    }
    let mut results = Vec::new();
    for mode in ["serial", "threads", "processes", "mixed"] {
        let out = path(mode);
        let arguments = ["convert", &path("in"), "-o", &out, "--recipe", &path("every.toml"), "--mode", mode];
        let output = millrace(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{mode}: {}", text(&output.stderr));
        results.push(KINDS.map(|kind| fs::read(Path::new(&out).join(format!("{kind:?}.png"))).expect("written")));
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes in every mode");
    let rgb = image::load_from_memory(&results[0][2]).expect("readable");
    assert_eq!(rgb.color(), ColorType::L8, "gray in the end, and nothing to be seen through");
}

#[test]
fn recipes_are_listed_shown_checked_and_imported() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let run = |arguments: &[&str], status: i32| {
        let output = millrace(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    };
    let (list, _) = run(&["recipes", "list"], 0);
    for name in ["Web 1920", "Thumbnail 512", "WebP lossless"] {
        assert!(list.contains(name), "{list}");
        let (shown, _) = run(&["recipes", "show", name], 0);
        fs::write(path("shown.toml"), &shown).expect("written");
        assert!(run(&["recipes", "check", &path("shown.toml")], 0).0.contains(name));
    }
    fs::write(path("every.toml"), EVERY_STEP).expect("written");
    let (_, error) = run(&["recipes", "import", &path("every.toml")], 2);
    assert!(error.contains("step 15 (watermark): cannot read logo.png: there is no such file"), "{error}");
    RgbaImage::new(3, 3).save(path("logo.png")).expect("written");
    run(&["recipes", "import", &path("every.toml")], 0);
    fs::remove_file(path("logo.png")).expect("gone");
    assert!(run(&["recipes", "list"], 0).0.contains("Every step"));
    let (lines, _) = run(&["recipes", "list", "--json"], 0);
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.len() == 4 && lines[3]["name"] == "Every step" && lines[3]["built_in"] == false, "{lines:?}");
    let (shown, _) = run(&["recipes", "show", "every step"], 0);
    fs::write(path("shown.toml"), &shown).expect("written");
    run(&["recipes", "check", &path("shown.toml")], 0);
    fs::write(path("a.png"), png(&as_kind(ColorType::Rgb8))).expect("written");
    run(&["convert", &path("a.png"), "-o", &path("out"), "--recipe", "every STEP"], 0);
    assert!(Path::new(&path("out/a.png")).exists());

    fs::write(path("bad.toml"), shown.replace("sigma = 1.2", "sigma = -1")).expect("written");
    for command in ["check", "import"] {
        let (_, error) = run(&["recipes", command, &path("bad.toml")], 2);
        assert!(error.contains("step 12 (blur): sigma must be from 0.1 to 250, not -1"), "{error}");
    }
    let (_, error) = run(&["convert", &path("a.png"), "-o", &path("out"), "--recipe", &path("bad.toml")], 2);
    assert!(error.contains("step 12 (blur)"), "{error}");
    fs::write(path("clash.toml"), "name = \"Web 1920\"\n").expect("written");
    let (_, error) = run(&["recipes", "import", &path("clash.toml")], 2);
    assert!(error.contains("built in"), "{error}");
    let (_, error) = run(&["recipes", "show", "Sepia"], 2);
    assert!(error.contains("\"Sepia\"") && error.contains("\"Every step\""), "{error}");
}

#[test]
fn what_this_build_cannot_do_is_said_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let text_of = |words: &str| format!("name = \"T\"\n[[step]]\nop = \"text\"\ntext = \"{words}\"\n");
    fs::write(path("cjk.toml"), text_of("© 漢字")).expect("written");
    fs::write(path("latin.toml"), text_of("© Ann")).expect("written");
    fs::write(path("avif.toml"), "name = \"A\"\n[output]\nformat = \"avif\"\n").expect("written");
    fs::write(path("a.png"), png(&as_kind(ColorType::Rgb8))).expect("written");
    let run = |arguments: &[&str], status: i32, words: &[&str]| {
        let output = millrace(folder.path(), arguments);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {told}");
        assert!(words.iter().all(|word| told.contains(word)), "{arguments:?}: {told}");
    };
    let letter = ["step 1 (text)", "漢"];
    run(&["recipes", "check", &path("cjk.toml")], 2, &letter);
    run(&["recipes", "import", &path("cjk.toml")], 2, &letter);
    run(&["convert", &path("a.png"), "-o", &path("out"), "--recipe", &path("cjk.toml")], 2, &letter);
    run(&["recipes", "check", &path("latin.toml")], 0, &[]);
    let mark_of = |name: &str| format!("name = \"M\"\n[[step]]\nop = \"watermark\"\npath = \"{name}\"\n");
    let whole = fs::read(path("a.png")).expect("a picture");
    fs::write(path("cut.png"), &whole[..whole.len() / 2]).expect("written");
    let mut vast = whole.clone();
    vast[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&vast[12..29]);
    vast[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    fs::write(path("vast.png"), &vast).expect("written");
    fs::write(path("other.png"), b"PF\n1 1\n-1.0\n\0\0\0\0\0\0\0\0\0\0\0\0").expect("written");
    for (name, word) in [("cut.png", "damaged"), ("vast.png", "16384×16384"), ("other.png", "TIFF, BMP")] {
        fs::write(path("mark.toml"), mark_of(name)).expect("written");
        for action in ["check", "import"] {
            run(&["recipes", action, &path("mark.toml")], 2, &["step 1 (watermark)", name, word]);
        }
    }
    fs::write(path("mark.toml"), mark_of("a.png")).expect("written");
    run(&["recipes", "check", &path("mark.toml")], 0, &[]);
    let (status, words) = if cfg!(feature = "avif") { (0, &[][..]) } else { (2, &["without AVIF"][..]) };
    run(&["recipes", "check", &path("avif.toml")], status, words);
    run(&["convert", &path("a.png"), "-o", &path("out"), "--format", "avif"], status, words);
    run(&["convert", &path("a.png"), "-o", &path("out"), "--recipe", &path("avif.toml")], status, words);
    assert_eq!(Path::new(&path("out")).exists(), cfg!(feature = "avif"), "nothing was begun");
}
