//! What steps will take, from nothing but a picture's size: memory is asked for before anything is decoded.

use super::{StepError, border, crop, mark, turn};
use crate::model::recipe::{Crop, Recipe, Step};

/// The most bytes that a picture and its steps take at the same time. `decoded` is what the decoder needs, for a picture
/// of this width and height, stored in whatever direction. Fails where a step would make more pixels than any picture may
/// have.
pub(in super::super) fn memory(recipe: &Recipe, (width, height): (u32, u32), decoded: u64) -> Result<u64, StepError> {
    match (along(recipe, (width, height), decoded), along(recipe, (height, width), decoded)) {
        (Ok(lying), Ok(standing)) => Ok(lying.max(standing)),
        (Ok(most), Err(_)) | (Err(_), Ok(most)) => Ok(most),
        (Err(error), Err(_)) => Err(error),
    }
}

/// What is encoded in the end, or turned upright, needs a second picture and some room.
fn at_rest(bytes: u64) -> u64 {
    bytes.saturating_mul(5) / 2
}

fn along(recipe: &Recipe, mut size: (u32, u32), decoded: u64) -> Result<u64, StepError> {
    let bytes_per_pixel = match decoded.div_ceil(pixels(size).max(1)) {
        0..=4 => 4,
        _ => 8,
    };
    let bytes = |size| pixels(size).saturating_mul(bytes_per_pixel);
    // A decoder may have left out what the first step takes away.
    let (mut most, mut before) = (at_rest(decoded), decoded);
    for step in &recipe.steps {
        let after = size_after(step, size);
        super::check_size(after)?;
        let result = bytes(after);
        most = most.max(while_at(step, (size, before), (after, result))).max(at_rest(result));
        (size, before) = (after, result);
    }
    Ok(most)
}

fn pixels((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

/// What one step holds at the same time, given width, height and bytes before and after it.
fn while_at(step: &Step, (size, before): ((u32, u32), u64), (after, result): ((u32, u32), u64)) -> u64 {
    let both = before.saturating_add(result);
    match step {
        Step::Resize(resize) => {
            // Premultiplied, and resampled in one direction; in linear light all of that twice as large.
            let bytes_per_row = before / u64::from(size.1).max(1);
            let halfway = bytes_per_row
                .saturating_mul(u64::from(after.1))
                .max((result / u64::from(after.1).max(1)).saturating_mul(u64::from(size.1)));
            let sum = both.saturating_add(before).saturating_add(halfway);
            if resize.linear { sum.saturating_mul(2).saturating_add(both) } else { sum }
        }
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
