//! A recipe as a TOML file: `name`, a `[[step]]` table for each step, one `[output]`. What is written here is read here
//! as the same recipe. Pictures of watermarks are named and not contained: whoever reads the file reads them too.

mod fields;
mod read;
mod write;

use super::output::{Chroma, ColourRule, Encoding, Format, Frames, Metadata, PngEffort};
use super::step::{Axis, Filter};
use super::{Recipe, Step};

/// The names of things in files, with what they stand for. The first of several is the one that is written.
type Names<T> = &'static [(&'static str, T)];

const FILTERS: Names<Filter> = &[
    ("lanczos3", Filter::Lanczos3),
    ("mitchell", Filter::Mitchell),
    ("bilinear", Filter::Bilinear),
    ("nearest", Filter::Nearest),
];
const AXES: Names<Axis> = &[("horizontal", Axis::Horizontal), ("vertical", Axis::Vertical)];
const FORMATS: Names<Format> = &[
    ("jpeg", Format::Jpeg),
    ("png", Format::Png),
    ("webp", Format::Webp),
    ("tiff", Format::Tiff),
    ("gif", Format::Gif),
    ("bmp", Format::Bmp),
    ("avif", Format::Avif),
    ("jpg", Format::Jpeg),
    ("tif", Format::Tiff),
];
const CHROMAS: Names<Chroma> = &[("444", Chroma::Full), ("422", Chroma::Half), ("420", Chroma::Quarter)];
const PNG_EFFORTS: Names<PngEffort> =
    &[("fast", PngEffort::Fast), ("small", PngEffort::Small), ("optimised", PngEffort::Optimised)];
const METADATA: Names<Metadata> =
    &[("all", Metadata::All), ("essential", Metadata::Essential), ("none", Metadata::None)];
const COLOUR_RULES: Names<ColourRule> = &[("keep", ColourRule::Keep), ("srgb", ColourRule::Srgb)];
const FRAMES: Names<Frames> = &[("all", Frames::All), ("first", Frames::First), ("extract", Frames::Extract)];

fn name_of<T: PartialEq>(names: Names<T>, value: &T) -> &'static str {
    names.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}

/// The value of this name. The error lists the names there are.
fn named<T: Copy>(names: Names<T>, what: &str, text: &str) -> Result<T, String> {
    let found = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("{what} can be {}, not \"{text}\"", names.join(", "))
    })
}

macro_rules! read_by_name {
    ($($type:ty: $names:ident, $what:literal;)*) => {$(
        impl std::str::FromStr for $type {
            type Err = String;
            /// Reads the name that recipes and options use.
            fn from_str(text: &str) -> Result<$type, String> {
                named($names, $what, text)
            }
        }
    )*};
}

read_by_name! {
    Chroma: CHROMAS, "chroma";
    PngEffort: PNG_EFFORTS, "the effort for PNG";
    Metadata: METADATA, "metadata";
    ColourRule: COLOUR_RULES, "color";
    Frames: FRAMES, "frames";
}

impl Recipe {
    /// Reads a recipe. The error is a sentence that says where: line and column of what is no TOML, otherwise the number
    /// and the op of the step. Watermarks have their path as it is written, and no bytes yet.
    pub fn from_toml(text: &str) -> Result<Recipe, String> {
        let recipe = read::recipe(text)?;
        recipe.check()?;
        Ok(recipe)
    }

    /// Writes a recipe for [`Recipe::from_toml`].
    pub fn to_toml(&self) -> String {
        write::recipe(self)
    }

    /// Whether its numbers make sense and go together. The error is a sentence that names the step.
    pub fn check(&self) -> Result<(), String> {
        let is_name = !self.name.trim().is_empty() && self.name.chars().count() <= Recipe::MAX_NAME_CHARS;
        if !is_name || self.name.chars().any(char::is_control) {
            return Err(format!(
                "name must have 1 to {} characters that can be seen, not {:?}",
                Recipe::MAX_NAME_CHARS,
                self.name
            ));
        }
        if self.steps.len() > Recipe::MAX_STEPS {
            return Err(format!("a recipe has at most {} steps, not {}", Recipe::MAX_STEPS, self.steps.len()));
        }
        for (step, number) in self.steps.iter().zip(1..) {
            step.check().map_err(|error| at_step(number, step.op(), &error))?;
        }
        self.output.check().map_err(|error| format!("output: {error}"))?;
        if self.output.format == Some(Format::Avif) && !cfg!(feature = "avif") {
            return Err(format!("output: {}", Format::NO_AVIF));
        }
        Ok(())
    }
}

/// A sentence about a step.
pub(super) fn at_step(number: usize, op: &str, error: &str) -> String {
    format!("step {number} ({op}): {error}")
}

#[cfg(test)]
mod tests;
