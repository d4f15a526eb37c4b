//! From TOML to a recipe.

use super::fields::Fields;
use super::{
    AXES, CHROMAS, COLOUR_RULES, Encoding, FILTERS, FORMATS, FRAMES, METADATA, PNG_EFFORTS, Recipe, Step, at_step,
};
use crate::model::recipe::table::{self, Field, SHAPES};
use crate::model::recipe::{Crop, FitBox, Gravity, PictureMark, Placement, Resize, Sharpen, Size, TextMark};
use std::sync::Arc;
use toml::{Table, Value};

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

pub(super) fn one_step((step, number): (Value, usize)) -> Result<Step, String> {
    let Value::Table(table) = step else { return Err(format!("step {number} must be a table, under [[step]]")) };
    let mut fields = Fields::of(table);
    let op = fields.needed_text("op").map_err(|error| format!("step {number}: {error}"))?;
    let op = op.trim();
    if !SHAPES.iter().any(|shape| shape.op == op) {
        let mut known: Vec<&str> = SHAPES.iter().map(|shape| shape.op).collect();
        known.dedup();
        let known = known.join(", ");
        return Err(format!("step {number}: there is no step \"{op}\"; the steps are {known}"));
    }
    read_step(op, &mut fields).and_then(|step| fields.end().map(|()| step)).map_err(|error| at_step(number, op, &error))
}

fn read_step(op: &str, fields: &mut Fields) -> Result<Step, String> {
    Ok(match op {
        "resize" => Step::Resize(resize(fields)?),
        "crop" => Step::Crop(crop(fields)?),
        "trim" => Step::Trim { tolerance: fields.usual_whole(&table::TOLERANCE)? as u8 },
        "rotate" => {
            Step::Rotate { degrees: fields.number(&table::DEGREES)?, background: fields.colour(&table::BACKGROUND)? }
        }
        "flip" => Step::Flip(fields.choice("direction", AXES)?.ok_or("direction is missing: horizontal or vertical")?),
        "grayscale" => Step::Grayscale,
        "brightness" => Step::Brightness(fields.number(&table::AMOUNT)?),
        "contrast" => Step::Contrast(fields.number(&table::AMOUNT)?),
        "saturation" => Step::Saturation(fields.number(&table::AMOUNT)?),
        "gamma" => Step::Gamma(fields.number(&table::GAMMA)?),
        "blur" => Step::Blur { sigma: fields.number(&table::BLUR_SIGMA)? },
        "sharpen" => Step::Sharpen(Sharpen {
            sigma: fields.usual_number(&table::SHARPEN_SIGMA)?,
            amount: fields.usual_number(&table::SHARPEN_AMOUNT)?,
            threshold: fields.usual_whole(&table::THRESHOLD)? as u8,
        }),
        "text" => Step::Text(TextMark {
            text: fields.needed_text("text")?,
            colour: fields.colour(&table::TEXT_COLOUR)?,
            placement: placement(fields, &table::TEXT_OPACITY, &table::TEXT_SCALE)?,
        }),
        "watermark" => Step::Watermark(PictureMark {
            path: fields.needed_text("path")?,
            bytes: Arc::from([]),
            placement: placement(fields, &table::MARK_OPACITY, &table::MARK_SCALE)?,
        }),
        "border" => {
            Step::Border { width: fields.whole(&table::BORDER_WIDTH)?, colour: fields.colour(&table::BORDER_COLOUR)? }
        }
        "flatten" => Step::Flatten(fields.colour(&table::FLATTEN_COLOUR)?),
        _ => Step::AutoContrast { clip: fields.usual_number(&table::CLIP)? },
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
            let mut side = |field| Ok::<_, String>(fields.whole_if_any(field)?.unwrap_or(FitBox::MAX_SIDE));
            Size::Fit(FitBox { width: side(&table::FIT_WIDTH)?, height: side(&table::FIT_HEIGHT)? })
        }
        "fill" => Size::Fill(sides(fields)?, gravity(fields, Gravity::Center)?),
        "exact" => Size::Exact(sides(fields)?),
        "percent" => Size::Percent(fields.number(&table::PERCENT)?),
        "longest" => Size::Longest(fields.whole(&table::SIDE)?),
        "shortest" => Size::Shortest(fields.whole(&table::SIDE)?),
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
    Ok(FitBox { width: fields.whole(&table::WIDTH)?, height: fields.whole(&table::HEIGHT)? })
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
            .ok_or_else(|| format!("ratio must be two whole numbers such as \"16:9\", not \"{text}\""))?;
        return Ok(Crop::Ratio { ratio, gravity: gravity(fields, Gravity::Center)? });
    }
    Ok(Crop::Pixels {
        x: fields.usual_whole(&table::X)?,
        y: fields.usual_whole(&table::Y)?,
        width: fields.whole(&table::CROP_WIDTH)?,
        height: fields.whole(&table::CROP_HEIGHT)?,
    })
}

fn placement(fields: &mut Fields, opacity: &Field, scale: &Field) -> Result<Placement, String> {
    Ok(Placement {
        gravity: gravity(fields, Gravity::BottomRight)?,
        margin: fields.usual_whole(&table::MARGIN)?,
        opacity: fields.usual_number(opacity)?,
        scale: fields.usual_number(scale)?,
        tile: fields.switch("tile", false)?,
    })
}

pub(super) fn output(table: Table) -> Result<Encoding, String> {
    let mut fields = Fields::of(table);
    let quality = fields.whole_if_any(&table::QUALITY)?.map(|quality| quality as u8);
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
