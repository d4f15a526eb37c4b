//! When the original's own bytes are the better result: the new file would be larger, and nothing that was asked for makes
//! it another picture.

use super::Target;
use super::decode::Picture;
use super::kind::Kind;
use super::meta::{Meta, embed, strip};
use crate::model::recipe::{ColourRule, Format, Metadata, Recipe, Step};
use image::metadata::Orientation;

/// The original with the metadata that is wanted. `None`: something about its pixels or its format is to be different.
/// `picture` has been through all steps.
pub(super) fn instead(bytes: &[u8], kind: Kind, recipe: &Recipe, target: Target, picture: &Picture) -> Option<Vec<u8>> {
    let size = (picture.pixels.width(), picture.pixels.height());
    let same_format = matches!(
        (kind, target.format),
        (Kind::Jpeg, Format::Jpeg)
            | (Kind::Png, Format::Png)
            | (Kind::Webp, Format::Webp)
            | (Kind::Gif, Format::Gif)
            | (Kind::Tiff, Format::Tiff)
            | (Kind::Bmp, Format::Bmp)
    );
    // A resize that was not needed has changed nothing.
    let unchanged = picture.orientation == Orientation::NoTransforms
        && size == picture.size_in
        && recipe.steps.iter().all(|step| matches!(step, Step::Resize(_)));
    let converted = target.encoding.color == ColourRule::Srgb && picture.icc.is_some();
    let flattened = !target.encoding.keep_16_bit
        && picture.pixels.color().bytes_per_pixel() > picture.pixels.color().channel_count();
    if !same_format || !unchanged || converted || flattened {
        return None;
    }
    let all = target.encoding.metadata == Metadata::All && !target.encoding.strip_gps;
    if all || picture.meta == Meta::default() && kind != Kind::Tiff {
        return Some(bytes.to_vec());
    }
    let kept = picture.meta.kept(&target.encoding, size, target.left);
    let bare = strip::without_meta(bytes, kind)?;
    Some(match kind {
        Kind::Jpeg => embed::into_jpeg(&bare, &kept, None),
        Kind::Png => embed::into_png(&bare, &kept, None),
        _ => embed::add_to_webp(bare, &kept, size),
    })
}
