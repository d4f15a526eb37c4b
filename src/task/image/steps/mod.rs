//! The steps of a recipe, each from pixels to pixels. They keep 16 bits a channel and transparency, gray pictures stay
//! gray unless a step brings colour, and a picture of one pixel is one like any other.

mod blur;
mod border;
mod crop;
mod mark;
mod paint;
mod plan;
mod resize;
mod samples;
mod text;
mod tone;
mod turn;

pub use mark::check_marks;
pub(super) use plan::memory;
pub use text::check_texts;

use super::decode::Picture;
use super::{LIMITS, StepError};
use crate::model::recipe::{Filter, FitBox, Recipe, Size, Step};
use image::DynamicImage;
use image::metadata::Orientation;

/// The box that a decoder may have in mind: detail that the first step would take away need not be decoded.
pub(super) fn fit_of(recipe: &Recipe) -> Option<FitBox> {
    let Some(Step::Resize(resize)) = recipe.steps.first() else { return None };
    // An average of encoded values is none of light, and nearest picks single pixels.
    if !recipe.auto_orient || resize.linear || resize.filter == Filter::Nearest {
        return None;
    }
    match resize.size {
        Size::Fit(fit) => Some(fit),
        Size::Longest(side) => Some(FitBox::square(side)),
        _ => None,
    }
}

/// Whether the first step comes before a picture is turned upright: what turns a smaller picture turns fewer pixels. A cut
/// depends on where up is.
fn turns_later(recipe: &Recipe) -> bool {
    matches!(recipe.steps.first(), Some(Step::Resize(resize)) if recipe.auto_orient && !matches!(resize.size, Size::Fill(..)))
}

/// Turns a picture upright where the recipe wants that, does the first step together with it where that is cheaper, and
/// answers the steps that are left for [`apply`].
pub(super) fn begin<'a>(picture: &mut Picture, recipe: &'a Recipe) -> Result<&'a [Step], StepError> {
    picture.pixels = samples::plain(std::mem::take(&mut picture.pixels));
    let orientation = if recipe.auto_orient { picture.orientation } else { Orientation::NoTransforms };
    match recipe.steps.split_first() {
        Some((Step::Resize(resize), rest)) if turns_later(recipe) => {
            // The target follows from the original's size, so that a decoder's fraction does not round it another way.
            let target = resize.size.apply(picture.size_in, resize.enlarge);
            let stored = super::decode::upright(target.scaled, orientation);
            resize::to(&mut picture.pixels, resize, stored)?;
            picture.pixels.apply_orientation(orientation);
            Ok(rest)
        }
        _ => {
            picture.pixels.apply_orientation(orientation);
            Ok(&recipe.steps)
        }
    }
}

/// Does one step.
pub(super) fn apply(picture: &mut Picture, step: &Step) -> Result<(), StepError> {
    let step = paint::suited(picture, step);
    on_pixels(&mut picture.pixels, &step, picture.icc.as_deref())
}

/// Does one step. A colour profile describes the pixels, so they must stay of its kind.
fn on_pixels(pixels: &mut DynamicImage, step: &Step, icc: Option<&[u8]>) -> Result<(), StepError> {
    match step {
        Step::Resize(resize) => resize::resize(pixels, resize)?,
        Step::Crop(crop) => crop::crop(pixels, *crop)?,
        Step::Trim { tolerance } => crop::trim(pixels, *tolerance),
        Step::Rotate { degrees, background } => turn::rotate(pixels, *degrees, *background)?,
        Step::Flip(axis) => turn::flip(pixels, *axis),
        Step::Grayscale => tone::grayscale(pixels, icc.is_some()),
        Step::Brightness(percent) => tone::brightness(pixels, *percent),
        Step::Contrast(percent) => tone::contrast(pixels, *percent),
        Step::Saturation(percent) => tone::saturation(pixels, *percent),
        Step::Gamma(gamma) => tone::gamma(pixels, *gamma),
        Step::Blur { sigma } => blur::blur(pixels, *sigma)?,
        Step::Sharpen(sharpen) => blur::sharpen(pixels, *sharpen)?,
        Step::Text(text) => text::write(pixels, text)?,
        Step::Watermark(picture) => mark::lay(pixels, picture, icc)?,
        Step::Border { width, colour } => border::border(pixels, *width, *colour)?,
        Step::Flatten(colour) => border::flatten(pixels, *colour),
        Step::AutoContrast { clip } => tone::auto_contrast(pixels, *clip),
    }
    Ok(())
}

/// Fails for a picture that would have more pixels than any may have.
fn check_size((width, height): (u32, u32)) -> Result<(), StepError> {
    if u64::from(width) * u64::from(height) > LIMITS.pixels || width > i32::MAX as u32 || height > i32::MAX as u32 {
        return Err(StepError::TooMany { width, height, most: LIMITS.pixels / 1_000_000 });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
