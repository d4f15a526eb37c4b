//! Colours that steps bring. Recipes write them in sRGB; on a picture with another profile they have to look the same.

use super::super::colour;
use super::super::decode::Picture;
use crate::model::recipe::{Colour, Step};
use image::{Rgba, RgbaImage};
use std::borrow::Cow;

/// The step with its colour as the profile of the picture writes it. Where the profile has no such colour, the picture
/// becomes sRGB before.
pub(super) fn suited<'a>(picture: &mut Picture, step: &'a Step) -> Cow<'a, Step> {
    let Some(icc) = picture.icc.as_deref().filter(|_| brings_colour(step)) else { return Cow::Borrowed(step) };
    let mut step = step.clone();
    let of_picture = RgbaImage::from_pixel(1, 1, Rgba(colour_of(&mut step).map_or([0; 4], |colour| colour.channels())));
    // A profile for gray has no colours, and one for colours none for gray pixels.
    let suited = Some(icc).filter(|_| picture.pixels.color().has_color());
    match suited.and_then(|icc| colour::of_srgb(&of_picture, icc)) {
        Some(suited) => {
            if let Some(colour) = colour_of(&mut step) {
                let [r, g, b, _] = suited.get_pixel(0, 0).0;
                *colour = Colour { r, g, b, ..*colour };
            }
        }
        None => colour::bring_to_srgb(picture),
    }
    Cow::Owned(step)
}

/// Whether a step brings a colour that is not the same in every profile, as black and white are.
fn brings_colour(step: &Step) -> bool {
    let colour = match step {
        Step::Text(text) => text.colour,
        Step::Border { colour, .. } | Step::Flatten(colour) => *colour,
        Step::Rotate { degrees, background } if degrees % 90.0 != 0.0 => *background,
        Step::Watermark(_) => return true,
        _ => return false,
    };
    colour.a > 0 && ![[0; 3], [255; 3]].contains(&[colour.r, colour.g, colour.b])
}

fn colour_of(step: &mut Step) -> Option<&mut Colour> {
    match step {
        Step::Text(text) => Some(&mut text.colour),
        Step::Border { colour, .. } | Step::Flatten(colour) | Step::Rotate { background: colour, .. } => Some(colour),
        _ => None,
    }
}
