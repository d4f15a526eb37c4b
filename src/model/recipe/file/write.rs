//! From a recipe to TOML. A step's fields are all there, so that they can be seen and changed; of the output only what
//! is not usual.

use super::{
    AXES, CHROMAS, COLOUR_RULES, Encoding, FILTERS, FORMATS, FRAMES, METADATA, Names, PNG_EFFORTS, Recipe, Step,
    name_of,
};
use crate::model::recipe::{Crop, FitBox, Gravity, Placement, Resize, Size};
use std::fmt::Display;
use toml::Value;

pub(super) fn recipe(recipe: &Recipe) -> String {
    let mut text = Text(String::new());
    text.string("name", &recipe.name);
    if !recipe.auto_orient {
        text.bare("auto_orient", false);
    }
    for step in &recipe.steps {
        text.0.push_str("\n[[step]]\n");
        text.string("op", step.op());
        write_step(&mut text, step);
    }
    text.0.push_str("\n[output]\n");
    output(&mut text, &recipe.output);
    text.0
}

struct Text(String);

impl Text {
    /// A number or a switch.
    fn bare(&mut self, name: &str, value: impl Display) {
        self.0.push_str(&format!("{name} = {value}\n"));
    }

    fn string(&mut self, name: &str, value: &str) {
        self.bare(name, Value::String(value.to_owned()));
    }

    /// A value that has a name, unless it is the usual one.
    fn named<T: PartialEq + Default>(&mut self, name: &str, names: Names<T>, value: &T) {
        if *value != T::default() {
            self.string(name, name_of(names, value));
        }
    }

    /// A switch, unless it is as usual.
    fn switch(&mut self, name: &str, value: bool, usual: bool) {
        if value != usual {
            self.bare(name, value);
        }
    }
}

fn write_step(text: &mut Text, step: &Step) {
    match step {
        Step::Resize(resize) => write_resize(text, resize),
        Step::Crop(Crop::Pixels { x, y, width, height }) => {
            text.bare("x", x);
            text.bare("y", y);
            text.bare("width", width);
            text.bare("height", height);
        }
        Step::Crop(Crop::Ratio { ratio, gravity }) => {
            text.string("ratio", &format!("{}:{}", ratio.width, ratio.height));
            text.string("gravity", name_of(Gravity::NAMES, gravity));
        }
        Step::Trim { tolerance } => text.bare("tolerance", tolerance),
        Step::Rotate { degrees, background } => {
            text.bare("degrees", degrees);
            text.string("background", &background.to_string());
        }
        Step::Flip(axis) => text.string("direction", name_of(AXES, axis)),
        Step::Grayscale => {}
        Step::Brightness(amount) | Step::Contrast(amount) | Step::Saturation(amount) => text.bare("amount", amount),
        Step::Gamma(gamma) => text.bare("gamma", gamma),
        Step::Blur { sigma } => text.bare("sigma", sigma),
        Step::Sharpen(sharpen) => {
            text.bare("sigma", sharpen.sigma);
            text.bare("amount", sharpen.amount);
            text.bare("threshold", sharpen.threshold);
        }
        Step::Text(mark) => {
            text.string("text", &mark.text);
            text.string("color", &mark.colour.to_string());
            write_placement(text, &mark.placement);
        }
        Step::Watermark(mark) => {
            text.string("path", &mark.path);
            write_placement(text, &mark.placement);
        }
        Step::Border { width, colour } => {
            text.bare("width", width);
            text.string("color", &colour.to_string());
        }
        Step::Flatten(colour) => text.string("color", &colour.to_string()),
        Step::AutoContrast { clip } => text.bare("clip", clip),
    }
}

fn write_resize(text: &mut Text, resize: &Resize) {
    let sides = |text: &mut Text, mode: &str, goal: FitBox| {
        text.string("mode", mode);
        text.bare("width", goal.width);
        text.bare("height", goal.height);
    };
    match resize.size {
        Size::Fit(goal) => {
            text.string("mode", "fit");
            let (width, height) = (goal.width, goal.height);
            // A side without a limit need not be named, but one has to be.
            if width != FitBox::MAX_SIDE || height == FitBox::MAX_SIDE {
                text.bare("width", width);
            }
            if height != FitBox::MAX_SIDE {
                text.bare("height", height);
            }
        }
        Size::Fill(goal, gravity) => {
            sides(text, "fill", goal);
            text.string("gravity", name_of(Gravity::NAMES, &gravity));
        }
        Size::Exact(goal) => sides(text, "exact", goal),
        Size::Percent(percent) => {
            text.string("mode", "percent");
            text.bare("percent", percent);
        }
        Size::Longest(side) => {
            text.string("mode", "longest");
            text.bare("size", side);
        }
        Size::Shortest(side) => {
            text.string("mode", "shortest");
            text.bare("size", side);
        }
    }
    text.bare("enlarge", resize.enlarge);
    text.string("filter", name_of(FILTERS, &resize.filter));
    text.bare("linear", resize.linear);
}

fn write_placement(text: &mut Text, placement: &Placement) {
    text.string("gravity", name_of(Gravity::NAMES, &placement.gravity));
    text.bare("margin", placement.margin);
    text.bare("opacity", placement.opacity);
    text.bare("scale", placement.scale);
    text.bare("tile", placement.tile);
}

fn output(text: &mut Text, output: &Encoding) {
    let usual = Encoding::SAME;
    if let Some(format) = &output.format {
        text.string("format", name_of(FORMATS, format));
    }
    if let Some(quality) = output.quality {
        text.bare("quality", quality);
    }
    text.switch("progressive", output.progressive, usual.progressive);
    text.named("chroma", CHROMAS, &output.chroma);
    text.named("png", PNG_EFFORTS, &output.png);
    text.switch("palette", output.palette, usual.palette);
    text.switch("lossless", output.lossless, usual.lossless);
    if let Some(bytes) = output.target_size {
        text.bare("target_size", bytes);
    }
    text.switch("keep_original_if_larger", output.keep_original_if_larger, usual.keep_original_if_larger);
    text.named("metadata", METADATA, &output.metadata);
    text.switch("strip_gps", output.strip_gps, usual.strip_gps);
    text.named("color", COLOUR_RULES, &output.color);
    text.switch("keep_16_bit", output.keep_16_bit, usual.keep_16_bit);
    text.named("frames", FRAMES, &output.frames);
}
