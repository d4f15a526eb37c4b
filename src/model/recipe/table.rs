//! The fields of every step and of the output, in one table: what each is called, what it takes and how it begins. Files
//! are read and checked by it, and an editor is drawn from it.

use super::file::names;
use super::size::FitBox;

/// One field of a step or of the output.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What files call it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What its number counts. Empty where that is clear.
    pub unit: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What it is in a new step. Where files may leave it out, what that means.
    pub start: Start,
    /// It counts only while these other fields have one of these values.
    pub when: &'static [(&'static str, &'static [&'static str])],
}

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// A number within a range.
    Number(f64, f64),
    /// A whole number within a range.
    Whole(u32, u32),
    /// The same, or nothing: 0 stands for that, and is called so.
    WholeOr(u32, u32, &'static str),
    /// Yes or no.
    Switch,
    /// One of several names.
    Choice(fn() -> Vec<&'static str>),
    /// The same, or nothing, which is called so.
    ChoiceOr(&'static str, fn() -> Vec<&'static str>),
    /// A colour, as files write it.
    Colour,
    /// Words on one line.
    Words,
    /// Words on several lines.
    Lines,
    /// The path of a picture.
    Picture,
}

/// What a field begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    /// A number.
    Number(f64),
    /// Yes or no.
    Switch(bool),
    /// Words.
    Text(&'static str),
}

/// A kind of step. Crop has two that share their op.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// What files call it.
    pub op: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Its fields, in the order in which people think of them.
    pub fields: &'static [Field],
}

const fn field(name: &'static str, title: &'static str, takes: Takes, start: Start) -> Field {
    Field { name, title, unit: "", takes, start, when: &[] }
}

const fn number(name: &'static str, title: &'static str, (least, most): (f64, f64), start: f64) -> Field {
    field(name, title, Takes::Number(least, most), Start::Number(start))
}

const fn whole(name: &'static str, title: &'static str, (least, most): (u32, u32), start: u32) -> Field {
    field(name, title, Takes::Whole(least, most), Start::Number(start as f64))
}

const fn switch(name: &'static str, title: &'static str, start: bool) -> Field {
    field(name, title, Takes::Switch, Start::Switch(start))
}

const fn choice(
    name: &'static str,
    title: &'static str,
    choices: fn() -> Vec<&'static str>,
    start: &'static str,
) -> Field {
    field(name, title, Takes::Choice(choices), Start::Text(start))
}

const fn colour(name: &'static str, title: &'static str, start: &'static str) -> Field {
    field(name, title, Takes::Colour, Start::Text(start))
}

impl Field {
    const fn in_unit(mut self, unit: &'static str) -> Field {
        self.unit = unit;
        self
    }

    const fn when(mut self, when: &'static [(&'static str, &'static [&'static str])]) -> Field {
        self.when = when;
        self
    }

    /// Whether a number is within the range. The error is a sentence that begins with the field's name.
    pub(super) fn check(&self, value: f64) -> Result<(), String> {
        let (least, most) = self.range();
        if (least..=most).contains(&value) {
            return Ok(());
        }
        Err(format!("{} must be from {least} to {most}, not {value}", self.name))
    }

    /// The least and the most of a number; of a field that takes none, all numbers.
    pub fn range(&self) -> (f64, f64) {
        match self.takes {
            Takes::Number(least, most) => (least, most),
            Takes::Whole(least, most) | Takes::WholeOr(least, most, _) => (f64::from(least), f64::from(most)),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// The number that stands for the field where it is left out.
    pub(super) const fn usual_number(&self) -> Option<f64> {
        match self.start {
            Start::Number(number) => Some(number),
            _ => None,
        }
    }
}

/// A side of a picture, in pixels.
const SIDES: (u32, u32) = (1, FitBox::MAX_SIDE);
/// What a mode of resizing needs.
const BOXES: &[(&str, &[&str])] = &[("mode", &["fill", "exact"])];

pub(super) const WIDTH: Field = whole("width", "Width", SIDES, 1920).in_unit("px").when(BOXES);
pub(super) const HEIGHT: Field = whole("height", "Height", SIDES, 1080).in_unit("px").when(BOXES);
pub(super) const FIT_WIDTH: Field = side_of_fit("width", "Width", 1920);
pub(super) const FIT_HEIGHT: Field = side_of_fit("height", "Height", 1080);
pub(super) const SIDE: Field =
    whole("size", "Side", SIDES, 1920).in_unit("px").when(&[("mode", &["longest", "shortest"])]);
pub(super) const PERCENT: Field =
    number("percent", "Percent", (0.01, 1000.0), 50.0).in_unit("%").when(&[("mode", &["percent"])]);
pub(super) const X: Field = whole("x", "From the left", (0, u32::MAX), 0).in_unit("px");
pub(super) const Y: Field = whole("y", "From the top", (0, u32::MAX), 0).in_unit("px");
pub(super) const CROP_WIDTH: Field = whole("width", "Width", (1, u32::MAX), 1000).in_unit("px");
pub(super) const CROP_HEIGHT: Field = whole("height", "Height", (1, u32::MAX), 1000).in_unit("px");
pub(super) const TOLERANCE: Field = whole("tolerance", "Tolerance", (0, 255), 10);
pub(super) const DEGREES: Field = number("degrees", "Clockwise", (-360.0, 360.0), 90.0).in_unit("°");
pub(super) const BACKGROUND: Field = colour("background", "Background", "#ffffff");
pub(super) const AMOUNT: Field = number("amount", "Amount", (-100.0, 100.0), 10.0).in_unit("%");
pub(super) const GAMMA: Field = number("gamma", "Gamma", (0.1, 10.0), 1.2);
pub(super) const BLUR_SIGMA: Field = number("sigma", "Sigma", (0.1, 250.0), 2.0).in_unit("px");
pub(super) const SHARPEN_SIGMA: Field = number("sigma", "Sigma", (0.1, 250.0), 1.0).in_unit("px");
pub(super) const SHARPEN_AMOUNT: Field = number("amount", "Amount", (0.0, 10.0), 1.0).in_unit("×");
pub(super) const THRESHOLD: Field = whole("threshold", "Threshold", (0, 255), 0);
pub(super) const MARGIN: Field = whole("margin", "Margin", (0, 10_000), 16).in_unit("px");
pub(super) const TEXT_COLOUR: Field = colour("color", "Colour", "#ffffff");
pub(super) const TEXT_OPACITY: Field = number("opacity", "Opacity", (0.0, 1.0), 1.0);
pub(super) const TEXT_SCALE: Field = number("scale", "Scale", (0.001, 1.0), 0.05);
pub(super) const MARK_OPACITY: Field = number("opacity", "Opacity", (0.0, 1.0), 0.5);
pub(super) const MARK_SCALE: Field = number("scale", "Scale", (0.001, 1.0), 0.2);
pub(super) const BORDER_WIDTH: Field = whole("width", "Width", (1, 10_000), 20).in_unit("px");
pub(super) const BORDER_COLOUR: Field = colour("color", "Colour", "#000000");
pub(super) const FLATTEN_COLOUR: Field = colour("color", "Colour", "#ffffff");
pub(super) const CLIP: Field = number("clip", "Lost at each end", (0.0, 49.0), 0.5).in_unit("%");
pub(super) const QUALITY: Field = Field {
    takes: Takes::WholeOr(1, 100, "By format"),
    start: Start::Number(0.0),
    when: &[("format", &["same", "jpeg", "webp", "avif"]), ("lossless", &["false"])],
    ..whole("quality", "Quality", (1, 100), 0)
};
/// Below this no picture could be seen.
pub(super) const LEAST_TARGET_BYTES: u64 = 1024;

const fn side_of_fit(name: &'static str, title: &'static str, start: u32) -> Field {
    let field = whole(name, title, SIDES, start).in_unit("px").when(&[("mode", &["fit"])]);
    Field { takes: Takes::WholeOr(SIDES.0, SIDES.1, "Any"), ..field }
}

const GRAVITY: Field = choice("gravity", "Keep the", names::gravities, "center");
const PLACE: Field = choice("gravity", "Where", names::gravities, "bottom-right");
const TILE: Field = switch("tile", "All over", false);

const RESIZE: &[Field] = &[
    choice("mode", "Mode", names::size_modes, "longest"),
    SIDE,
    FIT_WIDTH,
    FIT_HEIGHT,
    WIDTH,
    HEIGHT,
    PERCENT,
    GRAVITY.when(&[("mode", &["fill"])]),
    switch("enlarge", "May grow", false),
    choice("filter", "Filter", names::filters, "lanczos3"),
    switch("linear", "In linear light", false),
];

const TEXT: &[Field] = &[
    field("text", "Text", Takes::Lines, Start::Text("Text")),
    TEXT_COLOUR,
    PLACE,
    MARGIN,
    TEXT_OPACITY,
    TEXT_SCALE,
    TILE,
];

const WATERMARK: &[Field] =
    &[field("path", "Picture", Takes::Picture, Start::Text("")), PLACE, MARGIN, MARK_OPACITY, MARK_SCALE, TILE];

const fn shape(op: &'static str, title: &'static str, fields: &'static [Field]) -> Shape {
    Shape { op, title, fields }
}

/// Every kind of step, in the order of the documentation.
pub const SHAPES: &[Shape] = &[
    shape("resize", "Resize", RESIZE),
    shape("crop", "Crop to a ratio", &[field("ratio", "Ratio", Takes::Words, Start::Text("16:9")), GRAVITY]),
    shape("crop", "Crop to pixels", &[X, Y, CROP_WIDTH, CROP_HEIGHT]),
    shape("trim", "Trim borders", &[TOLERANCE]),
    shape("rotate", "Rotate", &[DEGREES, BACKGROUND]),
    shape("flip", "Flip", &[choice("direction", "Direction", names::axes, "horizontal")]),
    shape("grayscale", "Grayscale", &[]),
    shape("brightness", "Brightness", &[AMOUNT]),
    shape("contrast", "Contrast", &[AMOUNT]),
    shape("saturation", "Saturation", &[AMOUNT]),
    shape("gamma", "Gamma", &[GAMMA]),
    shape("blur", "Blur", &[BLUR_SIGMA]),
    shape("sharpen", "Sharpen", &[SHARPEN_SIGMA, SHARPEN_AMOUNT, THRESHOLD]),
    shape("text", "Text", TEXT),
    shape("watermark", "Watermark", WATERMARK),
    shape("border", "Border", &[BORDER_WIDTH, BORDER_COLOUR]),
    shape("flatten", "Flatten", &[FLATTEN_COLOUR]),
    shape("auto-contrast", "Auto-contrast", &[CLIP]),
];

/// The fields of the output. What each begins with is what it means to leave it out.
pub const OUTPUT: &[Field] = &[
    field("format", "Format", Takes::ChoiceOr("same", names::formats), Start::Text("same")),
    switch("lossless", "Lossless", false).when(&[("format", &["same", "webp"])]),
    QUALITY,
    Field {
        takes: Takes::WholeOr(LEAST_TARGET_BYTES as u32, u32::MAX, "No limit"),
        start: Start::Number(0.0),
        when: QUALITY.when,
        ..whole("target_size", "At most", (LEAST_TARGET_BYTES as u32, u32::MAX), 0).in_unit("bytes")
    },
    switch("progressive", "Progressive", false).when(&[("format", &["same", "jpeg"])]),
    choice("chroma", "Chroma", names::chromas, "420").when(&[("format", &["same", "jpeg", "avif"])]),
    choice("png", "PNG packing", names::png_efforts, "fast").when(&[("format", &["same", "png"])]),
    switch("palette", "Keep a palette", true).when(&[("format", &["same", "png", "gif"])]),
    choice("metadata", "Metadata", names::metadata, "essential"),
    switch("strip_gps", "Remove the place (GPS)", false),
    choice("color", "Colours", names::colour_rules, "keep"),
    switch("keep_16_bit", "Keep 16 bits", true),
    choice("frames", "Frames", names::frames, "all"),
    switch("keep_original_if_larger", "Keep the original if larger", false),
];
