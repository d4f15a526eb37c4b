//! What steps will take, from nothing but a picture's size: memory is asked for before anything is decoded.

use super::super::decode::Need;
use super::{StepError, border, crop, mark, turn};
use crate::model::recipe::{Crop, Recipe, Step};

/// The most bytes that a picture and its steps take at the same time. Fails where a step would make more pixels than any
/// picture may have.
pub(in super::super) fn memory(recipe: &Recipe, need: Need) -> Result<u64, StepError> {
    let (width, height) = need.size;
    match (along(recipe, (width, height), need), along(recipe, (height, width), need)) {
        (Ok(lying), Ok(standing)) => Ok(lying.max(standing)),
        (Ok(most), Err(_)) | (Err(_), Ok(most)) => Ok(most),
        (Err(error), Err(_)) => Err(error),
    }
}

/// What is encoded in the end needs a second picture and some room.
fn at_rest(bytes: u64) -> u64 {
    bytes.saturating_mul(5) / 2
}

fn along(recipe: &Recipe, mut size: (u32, u32), need: Need) -> Result<u64, StepError> {
    let bytes_per_pixel = if need.is_deep { 8 } else { 4 };
    let mut kind = Kind { is_deep: need.is_deep, has_alpha: need.has_alpha };
    // A decoder may have left out what the first step takes away.
    let mut before = need.pixels;
    let mut most = need.decoding;
    if !super::turns_later(recipe) {
        most = most.max(turning(before));
    }
    for step in &recipe.steps {
        let after = size_after(step, size);
        super::check_size(after)?;
        let result = pixels(after).saturating_mul(bytes_per_pixel);
        most = most.max(while_at(step, kind, (size, before), (after, result))).max(turning(result));
        kind.has_alpha |= !matches!(step, Step::Resize(_) | Step::Crop(_) | Step::Trim { .. });
        (size, before) = (after, result);
    }
    Ok(most.max(at_rest(before)))
}

/// What matters of pixels besides how many there are.
#[derive(Debug, Clone, Copy)]
struct Kind {
    is_deep: bool,
    has_alpha: bool,
}

/// What is turned upright lies beside what it was.
fn turning(bytes: u64) -> u64 {
    bytes.saturating_mul(2)
}

fn pixels((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

/// What one step holds at the same time, given width, height and bytes before and after it.
fn while_at(step: &Step, kind: Kind, (size, before): ((u32, u32), u64), (after, result): ((u32, u32), u64)) -> u64 {
    let both = before.saturating_add(result);
    match step {
        Step::Resize(resize) if resize.linear => {
            // Light has 16 bits a channel or, of 16 bits, 32, and then always colours, made by way of 16.
            let (bytes, way) = if kind.is_deep { (16, 8) } else { (8, 0) };
            let (from, to) = (pixels(size).saturating_mul(bytes), pixels(after).saturating_mul(bytes));
            let making = before.saturating_add(from).saturating_add(pixels(size).saturating_mul(way));
            making.max(resampling(kind, (size, from), (after, to))).max(to.saturating_add(result))
        }
        Step::Resize(_) => resampling(kind, (size, before), (after, result)),
        // With transparency in 16 bits: the picture, premultiplied, a copy of that, and the result; measured.
        Step::Blur { .. } => before.saturating_mul(7),
        Step::Sharpen(_) => before.saturating_mul(8),
        Step::Watermark(picture) => {
            let file = mark::header_size(picture).map_or(0, pixels);
            both.saturating_add(before).saturating_add(file.saturating_mul(12))
        }
        Step::Text(_) => both.saturating_add(before),
        _ => both.saturating_add(before / 2),
    }
}

/// Resampled in one direction and then in the other, with transparency premultiplied in a copy.
fn resampling(kind: Kind, (size, before): ((u32, u32), u64), (after, result): ((u32, u32), u64)) -> u64 {
    let halfway = (before / u64::from(size.1).max(1))
        .saturating_mul(u64::from(after.1))
        .max((result / u64::from(after.1).max(1)).saturating_mul(u64::from(size.1)));
    let copy = if kind.has_alpha { before } else { 0 };
    before.saturating_add(copy).saturating_add(halfway).saturating_add(result)
}

/// The largest size that a picture may have after a step.
pub(super) fn size_after(step: &Step, size: (u32, u32)) -> (u32, u32) {
    match step {
        Step::Resize(resize) => resize.size.apply(size, resize.enlarge).cut,
        Step::Crop(Crop::Pixels { x, y, width, height }) => {
            let side = |of: u32, from: u32, length: u32| length.min(of.saturating_sub(from)).max(1);
            (side(size.0, *x, *width), side(size.1, *y, *height))
        }
        Step::Crop(Crop::Ratio { ratio, .. }) => crop::of_ratio(size, *ratio),
        Step::Rotate { degrees, .. } => turn::turned_size(size, *degrees),
        Step::Border { width, .. } => border::bordered_size(size, *width),
        _ => size,
    }
}
