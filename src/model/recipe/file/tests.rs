//! Recipes written and read again, and garbled ones.

use crate::model::recipe::{
    Axis, Chroma, Colour, ColourRule, Crop, Encoding, Filter, FitBox, Format, Frames, Gravity, Metadata, PictureMark,
    Placement, PngEffort, Recipe, Resize, Sharpen, Size, Step, TextMark,
};
use proptest::prelude::*;
use std::sync::Arc;

fn side() -> impl Strategy<Value = u32> {
    prop_oneof![1..=FitBox::MAX_SIDE, Just(1), Just(FitBox::MAX_SIDE)]
}

fn a_box() -> impl Strategy<Value = FitBox> {
    (side(), side()).prop_map(|(width, height)| FitBox { width, height })
}

fn gravity() -> impl Strategy<Value = Gravity> {
    prop::sample::select(Gravity::NAMES).prop_map(|(_, gravity)| gravity)
}

fn colour() -> impl Strategy<Value = Colour> {
    any::<[u8; 4]>().prop_map(|[r, g, b, a]| Colour { r, g, b, a })
}

fn size() -> impl Strategy<Value = Size> {
    prop_oneof![
        a_box().prop_map(Size::Fit),
        (a_box(), gravity()).prop_map(|(goal, gravity)| Size::Fill(goal, gravity)),
        a_box().prop_map(Size::Exact),
        (0.01..=100.0).prop_map(Size::Percent),
        side().prop_map(Size::Longest),
        side().prop_map(Size::Shortest),
    ]
}

fn resize() -> impl Strategy<Value = Resize> {
    let filter = prop::sample::select(vec![Filter::Lanczos3, Filter::Mitchell, Filter::Bilinear, Filter::Nearest]);
    (size(), any::<bool>(), filter, any::<bool>()).prop_map(|(size, enlarge, filter, linear)| Resize {
        size,
        enlarge,
        filter,
        linear,
    })
}

fn placement() -> impl Strategy<Value = Placement> {
    (gravity(), 0..=10_000_u32, 0.0..=1.0, 0.001..=1.0, any::<bool>())
        .prop_map(|(gravity, margin, opacity, scale, tile)| Placement { gravity, margin, opacity, scale, tile })
}

fn step() -> impl Strategy<Value = Step> {
    let words = "[ -~äß漢🙂\n\"'\\\\]{0,40}x";
    prop_oneof![
        resize().prop_map(Step::Resize),
        (any::<u32>(), any::<u32>(), 1..=u32::MAX, 1..=u32::MAX)
            .prop_map(|(x, y, width, height)| Step::Crop(Crop::Pixels { x, y, width, height })),
        (a_box(), gravity()).prop_map(|(ratio, gravity)| Step::Crop(Crop::Ratio { ratio, gravity })),
        any::<u8>().prop_map(|tolerance| Step::Trim { tolerance }),
        (-360.0..=360.0, colour()).prop_map(|(degrees, background)| Step::Rotate { degrees, background }),
        any::<bool>().prop_map(|across| Step::Flip(if across { Axis::Horizontal } else { Axis::Vertical })),
        Just(Step::Grayscale),
        (-100.0..=100.0).prop_map(Step::Brightness),
        (-100.0..=100.0).prop_map(Step::Contrast),
        (-100.0..=100.0).prop_map(Step::Saturation),
        (0.1..=10.0).prop_map(Step::Gamma),
        (0.1..=250.0).prop_map(|sigma| Step::Blur { sigma }),
        (0.1..=250.0, 0.0..=10.0, any::<u8>()).prop_map(|(sigma, amount, threshold)| Step::Sharpen(Sharpen {
            sigma,
            amount,
            threshold
        })),
        (words, colour(), placement()).prop_map(|(text, colour, placement)| Step::Text(TextMark {
            text,
            colour,
            placement
        })),
        ("[ -~ä漢\"\\\\]{1,40}", placement())
            .prop_map(|(path, placement)| { Step::Watermark(PictureMark { path, bytes: Arc::from([]), placement }) }),
        (1..=10_000_u32, colour()).prop_map(|(width, colour)| Step::Border { width, colour }),
        colour().prop_map(|colour| Step::Flatten(Colour { a: 255, ..colour })),
        (0.0..=49.0).prop_map(|clip| Step::AutoContrast { clip }),
    ]
}

fn output() -> impl Strategy<Value = Encoding> {
    let one_of_three = 0..3_usize;
    let switches = any::<[bool; 6]>();
    let is_written = |format: &Format| *format != Format::Avif || cfg!(feature = "avif");
    let formats: Vec<Format> = Format::ALL.into_iter().filter(is_written).collect();
    let format = prop::option::of(prop::sample::select(formats));
    (
        format,
        prop::option::of(1..=100_u8),
        switches,
        prop::option::of(1024..u64::from(u32::MAX)),
        [one_of_three.clone(), one_of_three.clone(), one_of_three.clone(), one_of_three],
    )
        .prop_map(|(format, quality, switches, target_size, [chroma, png, metadata, frames])| Encoding {
            format,
            quality,
            progressive: switches[0],
            chroma: [Chroma::Full, Chroma::Half, Chroma::Quarter][chroma],
            png: [PngEffort::Fast, PngEffort::Small, PngEffort::Optimised][png],
            palette: switches[1],
            lossless: false,
            target_size,
            keep_original_if_larger: switches[2],
            metadata: [Metadata::All, Metadata::Essential, Metadata::None][metadata],
            strip_gps: switches[3],
            color: if switches[4] { ColourRule::Keep } else { ColourRule::Srgb },
            keep_16_bit: switches[5],
            frames: [Frames::All, Frames::First, Frames::Extract][frames],
        })
        .prop_map(|encoding| match encoding.check() {
            Ok(()) => encoding,
            Err(_) => Encoding { quality: None, target_size: None, lossless: encoding.progressive, ..encoding },
        })
        .prop_map(|encoding| Encoding { lossless: encoding.lossless && encoding.format.is_none(), ..encoding })
}

fn recipe() -> impl Strategy<Value = Recipe> {
    ("[ -~äß漢🙂]{0,60}x", any::<bool>(), prop::collection::vec(step(), 0..12), output())
        .prop_map(|(name, auto_orient, steps, output)| Recipe { name, auto_orient, steps, output })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_the_same(recipe in recipe()) {
        let text = recipe.to_toml();
        prop_assert_eq!(Recipe::from_toml(&text), Ok(recipe), "{}", text);
    }

    #[test]
    fn recipes_cross_processes_and_journals(recipe in recipe(), picture in prop::collection::vec(any::<u8>(), 0..100)) {
        let mut recipe = recipe;
        for (_, mark) in recipe.marks_mut() {
            mark.bytes = Arc::from(picture.clone());
        }
        let wire = postcard::to_stdvec(&recipe).expect("packed");
        prop_assert_eq!(&postcard::from_bytes::<Recipe>(&wire).expect("unpacked"), &recipe);
        let journal = serde_json::to_string(&recipe).expect("packed");
        prop_assert_eq!(&serde_json::from_str::<Recipe>(&journal).expect("unpacked"), &recipe);
    }

    #[test]
    fn garbled_recipes_are_refused_or_read(recipe in recipe(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..8)) {
        let mut text: Vec<char> = recipe.to_toml().chars().collect();
        for (at, letter) in edits {
            let at = at.index(text.len());
            text[at] = letter;
        }
        if let Ok(read) = Recipe::from_toml(&text.into_iter().collect::<String>()) {
            prop_assert!(read.check().is_ok());
        }
    }
}

#[test]
fn built_in_recipes_are_read_as_they_are_shown() {
    for recipe in Recipe::built_in() {
        assert_eq!(Recipe::from_toml(&recipe.to_toml()), Ok(recipe));
    }
}

#[test]
fn what_is_left_out_is_as_usual() {
    let text = "name = \"short\"\n[[step]]\nop = \"resize\"\nwidth = 640\n[[step]]\nop = \"sharpen\"\n";
    let recipe = Recipe::from_toml(text).expect("a recipe");
    assert!(recipe.auto_orient);
    assert_eq!(recipe.output, Encoding::SAME);
    let fit = Size::Fit(FitBox { width: 640, height: FitBox::MAX_SIDE });
    let sharpen = Sharpen { sigma: 1.0, amount: 1.0, threshold: 0 };
    assert_eq!(recipe.steps, [Step::Resize(Resize::to(fit)), Step::Sharpen(sharpen)]);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let check = |text: &str, words: &[&str]| {
        let error = Recipe::from_toml(text).expect_err(text);
        for word in words {
            assert!(error.contains(word), "{text}\nsays: {error}\nnot: {word}");
        }
    };
    let step = |lines: &str, words: &[&str]| {
        check(&format!("name = \"x\"\n[[step]]\nop = \"grayscale\"\n[[step]]\n{lines}\n"), words);
    };
    check("", &["name is missing"]);
    check("name = \"\"", &["name must have"]);
    check("name = 3", &["name must be text", "3"]);
    check("name = \"x\"\nname = \"y\"", &["line 2, column 1", "duplicate"]);
    check("name = \"x\"\n\n[[step]\nop = 1", &["line 3, column"]);
    check("name = \"x\"\nsteps = []", &["\"steps\"", "name, auto_orient, step, output"]);
    check("name = \"x\"\nstep = 1", &["[[step]]"]);
    check("name = \"x\"\nstep = [1]", &["step 1 must be a table"]);
    check("name = \"x\"\noutput = 1", &["[output]"]);
    check("name = \"x\"\n[output]\nquality = 0", &["output: quality must be from 1 to 100, not 0"]);
    check("name = \"x\"\n[output]\nformat = \"heic\"", &["output: format can be jpeg", "\"heic\""]);
    check("name = \"x\"\n[output]\nformat = \"png\"\nquality = 5", &["output: quality does not go with PNG"]);
    check("name = \"x\"\n[output]\nformat = \"jpeg\"\nlossless = true", &["output: lossless does not go with JPEG"]);
    check("name = \"x\"\n[output]\ntarget_size = 5", &["output: target_size must be at least"]);
    check("name = \"x\"\n[output]\nformt = \"png\"", &["output: there is no field \"formt\""]);
    step("sigma = 3", &["step 2: op is missing"]);
    step("op = \"blurr\"", &["step 2: there is no step \"blurr\"", "auto-contrast"]);
    step("op = \"blur\"\nsigma = 0", &["step 2 (blur): sigma must be from 0.1 to 250, not 0"]);
    step("op = \"blur\"\nsigma = nan", &["step 2 (blur): sigma must be", "NaN"]);
    step("op = \"blur\"\nsigma = \"much\"", &["step 2 (blur): sigma must be a number, not \"much\""]);
    step("op = \"blur\"", &["step 2 (blur): sigma is missing"]);
    step("op = \"blur\"\nsigma = 2\nradius = 3", &["step 2 (blur): there is no field \"radius\" here", "sigma"]);
    step("op = \"resize\"\nwidth = 0", &["step 2 (resize): width must be from 1 to 65535, not 0"]);
    step("op = \"resize\"\nwidth = -4", &["not -4"]);
    step("op = \"resize\"\nwidth = 1.5", &["width must be a whole number, not 1.5"]);
    step("op = \"resize\"", &["step 2 (resize): width or height is missing"]);
    step("op = \"resize\"\nmode = \"stretch\"\nwidth = 3", &["step 2 (resize): mode can be fit, fill"]);
    step("op = \"resize\"\nmode = \"percent\"\npercent = 200", &["enlarge = true"]);
    step("op = \"resize\"\nmode = \"longest\"\nsize = 5\nwidth = 3", &["there is no field \"width\""]);
    step("op = \"crop\"\nratio = \"16/9\"", &["step 2 (crop): ratio must be two whole numbers such as \"16:9\""]);
    step("op = \"rotate\"\ndegrees = 400", &["step 2 (rotate): degrees must be from -360 to 360"]);
    step("op = \"flip\"", &["step 2 (flip): direction is missing"]);
    step("op = \"flip\"\ndirection = \"up\"", &["direction can be horizontal, vertical, not \"up\""]);
    step("op = \"border\"\nwidth = 2\ncolor = \"reddish\"", &["step 2 (border): color: \"reddish\" is not a colour"]);
    step("op = \"flatten\"\ncolor = \"#ff000080\"", &["step 2 (flatten): color must be a solid colour"]);
    step("op = \"text\"\ntext = \" \"", &["step 2 (text): text must say something"]);
    step("op = \"text\"\ntext = \"a\"\nopacity = 50", &["step 2 (text): opacity must be from 0 to 1, not 50"]);
    step("op = \"watermark\"\npath = \"\"", &["step 2 (watermark): path must name a picture"]);
    step("op = \"auto-contrast\"\nclip = 50", &["step 2 (auto-contrast): clip must be from 0 to 49"]);
    step("op = \"grayscale\"\nwidth = 1", &["step 2 (grayscale): there is no field \"width\" here"]);
}

#[test]
fn too_many_steps_are_refused() {
    let text = format!("name = \"x\"\n{}", "[[step]]\nop = \"grayscale\"\n".repeat(Recipe::MAX_STEPS + 1));
    assert!(Recipe::from_toml(&text).is_err_and(|error| error.contains("at most 100 steps")));
}
