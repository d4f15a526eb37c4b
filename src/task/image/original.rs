//! When the original's own bytes are the better result: the new file would be larger, and nothing that was asked for makes
//! it another picture.

use super::Target;
use super::animation;
use super::decode::{Picture, upright};
use super::kind::Kind;
use super::meta::{Meta, embed, resolution, strip};
use crate::model::recipe::{ColourRule, Format, Frames, Metadata, Recipe, Step};
use image::metadata::Orientation;

/// A picture that has been through all steps, or all frames of an animation that have.
pub(super) struct Done<'a> {
    pub(super) size_in: (u32, u32),
    pub(super) size: (u32, u32),
    /// What still turns it upright.
    pub(super) orientation: Orientation,
    pub(super) has_profile: bool,
    /// It has more than 8 bits a channel.
    pub(super) is_deep: bool,
    pub(super) meta: &'a Meta,
}

impl Done<'_> {
    pub(super) fn of(picture: &Picture) -> Done<'_> {
        Done {
            size_in: picture.size_in,
            size: (picture.pixels.width(), picture.pixels.height()),
            orientation: picture.orientation,
            has_profile: picture.icc.is_some(),
            is_deep: picture.pixels.color().bytes_per_pixel() > picture.pixels.color().channel_count(),
            meta: &picture.meta,
        }
    }
}

/// The original with the metadata that is wanted. `None`: something about its pixels or its format is to be different.
pub(super) fn instead(bytes: &[u8], kind: Kind, recipe: &Recipe, target: Target, done: &Done<'_>) -> Option<Vec<u8>> {
    let same_format = matches!(
        (kind, target.format),
        (Kind::Jpeg, Format::Jpeg)
            | (Kind::Png, Format::Png)
            | (Kind::Webp, Format::Webp)
            | (Kind::Gif, Format::Gif)
            | (Kind::Tiff, Format::Tiff)
            | (Kind::Bmp, Format::Bmp)
    );
    // What is to lie as it lay has its sides as they are stored.
    let begun = upright(done.size_in, target.left);
    // A resize that was not needed has changed nothing.
    let keeps_size = |step: &Step| match step {
        Step::Resize(resize) => {
            let goal = resize.size.apply(begun, resize.enlarge);
            (goal.scaled, goal.cut) == (begun, begun)
        }
        _ => false,
    };
    let unchanged = done.orientation == target.left && recipe.steps.iter().all(keeps_size);
    let converted = target.encoding.color == ColourRule::Srgb && done.has_profile;
    let flattened = !target.encoding.keep_16_bit && done.is_deep;
    let stands_still = target.encoding.frames != Frames::All && animation::moves(bytes, kind);
    if !same_format || !unchanged || converted || flattened || stands_still {
        return None;
    }
    if target.encoding.metadata == Metadata::All && !target.encoding.strip_gps {
        return Some(bytes.to_vec());
    }
    if kind == Kind::Tiff && target.encoding.metadata == Metadata::None {
        return None;
    }
    let kept = done.meta.kept(&target.encoding, done.size, target.left);
    let bare = strip::without_meta(bytes, kind)?;
    Some(match kind {
        Kind::Jpeg => embed::into_jpeg(&bare, &kept, None),
        Kind::Png => embed::into_png(&bare, &kept, None),
        Kind::Webp => embed::add_to_webp(bare, &kept, done.size),
        Kind::Bmp => resolution::into_bmp(bare, kept.exif.as_deref()),
        _ => bare,
    })
}
