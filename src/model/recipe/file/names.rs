//! What files call things that are one of several.

use crate::model::recipe::output::{Chroma, ColourRule, Format, Frames, Metadata, PngEffort};
use crate::model::recipe::size::Gravity;
use crate::model::recipe::step::{Axis, Filter};

/// The names of things in files, with what they stand for. The first of several is the one that is written.
pub(super) type Names<T> = &'static [(&'static str, T)];

pub(super) const FILTERS: Names<Filter> = &[
    ("lanczos3", Filter::Lanczos3),
    ("mitchell", Filter::Mitchell),
    ("bilinear", Filter::Bilinear),
    ("nearest", Filter::Nearest),
];
pub(super) const AXES: Names<Axis> = &[("horizontal", Axis::Horizontal), ("vertical", Axis::Vertical)];
pub(super) const FORMATS: Names<Format> = &[
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
pub(super) const CHROMAS: Names<Chroma> = &[("444", Chroma::Full), ("422", Chroma::Half), ("420", Chroma::Quarter)];
pub(super) const PNG_EFFORTS: Names<PngEffort> =
    &[("fast", PngEffort::Fast), ("small", PngEffort::Small), ("optimised", PngEffort::Optimised)];
pub(super) const METADATA: Names<Metadata> =
    &[("all", Metadata::All), ("essential", Metadata::Essential), ("none", Metadata::None)];
pub(super) const COLOUR_RULES: Names<ColourRule> = &[("keep", ColourRule::Keep), ("srgb", ColourRule::Srgb)];
pub(super) const FRAMES: Names<Frames> =
    &[("all", Frames::All), ("first", Frames::First), ("extract", Frames::Extract)];

pub(super) fn name_of<T: PartialEq>(names: Names<T>, value: &T) -> &'static str {
    names.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}

/// The value of this name. The error lists the names there are.
pub(super) fn named<T: Copy>(names: Names<T>, what: &str, text: &str) -> Result<T, String> {
    let found = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("{what} can be {}, not \"{text}\"", names.join(", "))
    })
}

/// The names that are written.
fn written<T: PartialEq>(names: Names<T>) -> Vec<&'static str> {
    names.iter().filter(|(name, value)| name_of(names, value) == *name).map(|(name, _)| *name).collect()
}

macro_rules! lists {
    ($($list:ident: $names:expr;)*) => {$(
        pub(in crate::model::recipe) fn $list() -> Vec<&'static str> {
            written($names)
        }
    )*};
}

lists! {
    axes: AXES;
    chromas: CHROMAS;
    colour_rules: COLOUR_RULES;
    filters: FILTERS;
    formats: FORMATS;
    frames: FRAMES;
    gravities: Gravity::NAMES;
    metadata: METADATA;
    png_efforts: PNG_EFFORTS;
}

/// The modes of resizing.
pub(in crate::model::recipe) fn size_modes() -> Vec<&'static str> {
    vec!["longest", "shortest", "fit", "fill", "exact", "percent"]
}
