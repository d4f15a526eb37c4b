//! From TOML to a recipe.

use super::fields::Fields;
use super::{
    AXES, CHROMAS, COLOUR_RULES, Encoding, FILTERS, FORMATS, FRAMES, METADATA, PNG_EFFORTS, Recipe, Step, at_step,
};
use crate::model::recipe::{Colour, Crop, FitBox, Gravity, PictureMark, Placement, Resize, Sharpen, Size, TextMark};
use std::sync::Arc;
use toml::{Table, Value};

/// Every op, in the order of the documentation.
const OPS: [&str; 17] = [
    "resize",
    "crop",
    "trim",
    "rotate",
    "flip",
    "grayscale",
    "brightness",
    "contrast",
    "saturation",
    "gamma",
    "blur",
    "sharpen",
    "text",
    "watermark",
    "border",
    "flatten",
    "auto-contrast",
];

const SIDES: (u32, u32) = (1, FitBox::MAX_SIDE);
const EDGE: (u32, u32) = (0, 10_000);

pub(super) fn recipe(text: &str) -> Result<Recipe, String> {
    let table: Table = toml::from_str(text).map_err(|error| no_toml(text, &error))?;
    let mut fields = Fields::of(table);
    let name = fields.needed_text("name")?;
    let auto_orient = fields.switch("auto_orient", true)?;
    let steps = match fields.take("step") {
        None => Vec::new(),
        Some(Value::Array(steps)) => steps.into_iter().zip(1..).map(one_step).collect::<Result<_, _>>()?,
        Some(_) => return Err("each step must be a table of its own, under [[step]]".to_owned()),
    };
    let output = match fields.take("output") {
        None => Encoding::SAME,
        Some(Value::Table(table)) => output(table).map_err(|error| format!("output: {error}"))?,
        Some(_) => return Err("output must be a table, under [output]".to_owned()),
    };
    fields.end()?;
    Ok(Recipe { name, auto_orient, steps, output })
}

/// Where a text stops being TOML.
fn no_toml(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    format!("line {line}, column {column}: {message}")
}

fn one_step((step, number): (Value, usize)) -> Result<Step, String> {
    let Value::Table(table) = step else { return Err(format!("step {number} must be a table, under [[step]]")) };
    let mut fields = Fields::of(table);
    let op = fields.needed_text("op").map_err(|error| format!("step {number}: {error}"))?;
    let op = op.trim();
    if !OPS.contains(&op) {
        let known = OPS.join(", ");
        return Err(format!("step {number}: there is no step \"{op}\"; the steps are {known}"));
    }
    read_step(op, &mut fields).and_then(|step| fields.end().map(|()| step)).map_err(|error| at_step(number, op, &error))
}

fn read_step(op: &str, fields: &mut Fields) -> Result<Step, String> {
    Ok(match op {
        "resize" => Step::Resize(resize(fields)?),
        "crop" => Step::Crop(crop(fields)?),
        "trim" => Step::Trim { tolerance: fields.whole("tolerance", (0, 255), Some(10))? as u8 },
        "rotate" => Step::Rotate {
            degrees: fields.number("degrees", None)?,
            background: fields.colour("background", Colour::WHITE)?,
        },
        "flip" => Step::Flip(fields.choice("direction", AXES)?.ok_or("direction is missing: horizontal or vertical")?),
        "grayscale" => Step::Grayscale,
        "brightness" => Step::Brightness(fields.number("amount", None)?),
        "contrast" => Step::Contrast(fields.number("amount", None)?),
        "saturation" => Step::Saturation(fields.number("amount", None)?),
        "gamma" => Step::Gamma(fields.number("gamma", None)?),
        "blur" => Step::Blur { sigma: fields.number("sigma", None)? },
        "sharpen" => Step::Sharpen(Sharpen {
            sigma: fields.number("sigma", Some(1.0))?,
            amount: fields.number("amount", Some(1.0))?,
            threshold: fields.whole("threshold", (0, 255), Some(0))? as u8,
        }),
        "text" => Step::Text(TextMark {
            text: fields.needed_text("text")?,
            colour: fields.colour("color", Colour::WHITE)?,
            placement: placement(fields, 1.0, 0.05)?,
        }),
        "watermark" => Step::Watermark(PictureMark {
            path: fields.needed_text("path")?,
            bytes: Arc::from([]),
            placement: placement(fields, 0.5, 0.2)?,
        }),
        "border" => Step::Border {
            width: fields.whole("width", (1, EDGE.1), None)?,
            colour: fields.colour("color", Colour::BLACK)?,
        },
        "flatten" => Step::Flatten(fields.colour("color", Colour::WHITE)?),
        _ => Step::AutoContrast { clip: fields.number("clip", Some(0.5))? },
    })
}

fn resize(fields: &mut Fields) -> Result<Resize, String> {
    let mode = fields.text("mode")?.unwrap_or_else(|| "fit".to_owned());
    let size = match mode.as_str() {
        "fit" => {
            if !fields.has("width") && !fields.has("height") {
                return Err("width or height is missing".to_owned());
            }
            // A side that is not named is not limited.
            let mut side = |name| fields.whole(name, SIDES, Some(FitBox::MAX_SIDE));
            Size::Fit(FitBox { width: side("width")?, height: side("height")? })
        }
        "fill" => Size::Fill(sides(fields)?, gravity(fields, Gravity::Center)?),
        "exact" => Size::Exact(sides(fields)?),
        "percent" => Size::Percent(fields.number("percent", None)?),
        "longest" => Size::Longest(fields.whole("size", SIDES, None)?),
        "shortest" => Size::Shortest(fields.whole("size", SIDES, None)?),
        other => {
            return Err(format!("mode can be fit, fill, exact, percent, longest or shortest, not \"{other}\""));
        }
    };
    Ok(Resize {
        size,
        enlarge: fields.switch("enlarge", false)?,
        filter: fields.choice("filter", FILTERS)?.unwrap_or_default(),
        linear: fields.switch("linear", false)?,
    })
}

fn sides(fields: &mut Fields) -> Result<FitBox, String> {
    Ok(FitBox { width: fields.whole("width", SIDES, None)?, height: fields.whole("height", SIDES, None)? })
}

fn gravity(fields: &mut Fields, usual: Gravity) -> Result<Gravity, String> {
    Ok(fields.choice("gravity", Gravity::NAMES)?.unwrap_or(usual))
}

fn crop(fields: &mut Fields) -> Result<Crop, String> {
    if let Some(text) = fields.text("ratio")? {
        let side = |side: &str| side.trim().parse::<u32>().ok().filter(|side| (1..=FitBox::MAX_SIDE).contains(side));
        let ratio = text
            .split_once(':')
            .and_then(|(width, height)| Some(FitBox { width: side(width)?, height: side(height)? }))
            .ok_or_else(|| format!("ratio must be one such as \"16:9\", not \"{text}\""))?;
        return Ok(Crop::Ratio { ratio, gravity: gravity(fields, Gravity::Center)? });
    }
    let (any, some) = ((0, u32::MAX), (1, u32::MAX));
    Ok(Crop::Pixels {
        x: fields.whole("x", any, Some(0))?,
        y: fields.whole("y", any, Some(0))?,
        width: fields.whole("width", some, None)?,
        height: fields.whole("height", some, None)?,
    })
}

fn placement(fields: &mut Fields, opacity: f64, scale: f64) -> Result<Placement, String> {
    Ok(Placement {
        gravity: gravity(fields, Gravity::BottomRight)?,
        margin: fields.whole("margin", EDGE, Some(16))?,
        opacity: fields.number("opacity", Some(opacity))?,
        scale: fields.number("scale", Some(scale))?,
        tile: fields.switch("tile", false)?,
    })
}

fn output(table: Table) -> Result<Encoding, String> {
    let mut fields = Fields::of(table);
    let quality = if fields.has("quality") { Some(fields.whole("quality", (1, 100), None)? as u8) } else { None };
    let usual = Encoding::SAME;
    let encoding = Encoding {
        format: fields.choice("format", FORMATS)?,
        quality,
        progressive: fields.switch("progressive", usual.progressive)?,
        chroma: fields.choice("chroma", CHROMAS)?.unwrap_or_default(),
        png: fields.choice("png", PNG_EFFORTS)?.unwrap_or_default(),
        palette: fields.switch("palette", usual.palette)?,
        lossless: fields.switch("lossless", usual.lossless)?,
        target_size: target_size(&mut fields)?,
        keep_original_if_larger: fields.switch("keep_original_if_larger", usual.keep_original_if_larger)?,
        metadata: fields.choice("metadata", METADATA)?.unwrap_or_default(),
        strip_gps: fields.switch("strip_gps", usual.strip_gps)?,
        color: fields.choice("color", COLOUR_RULES)?.unwrap_or_default(),
        keep_16_bit: fields.switch("keep_16_bit", usual.keep_16_bit)?,
        frames: fields.choice("frames", FRAMES)?.unwrap_or_default(),
    };
    fields.end()?;
    Ok(encoding)
}

fn target_size(fields: &mut Fields) -> Result<Option<u64>, String> {
    match fields.take("target_size") {
        None => Ok(None),
        Some(Value::Integer(bytes)) if bytes >= 0 => Ok(Some(bytes as u64)),
        Some(other) => Err(format!("target_size must be a number of bytes, not {other}")),
    }
}
