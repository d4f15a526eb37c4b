//! JPEG through the image crate: slower, but without C.

use super::super::decode::{Allowed, Picture, decode_with_image};
use super::super::fault::Fault;
use super::{Channels, Segments, decode_part_with_image};
use crate::model::Failure;
use crate::model::recipe::FitBox;
use image::{DynamicImage, ImageFormat};

/// Decodes a file that has its end marker.
pub(super) fn decode_whole(
    bytes: &[u8],
    name: &str,
    _: Option<FitBox>,
    segments: &Segments,
    allowed: &Allowed<'_>,
) -> Result<Picture, Failure> {
    let picture = decode_with_image(bytes, ImageFormat::Jpeg, name, allowed)?;
    Ok(Picture { icc: segments.icc.clone(), ..picture }.with_meta(segments.meta()))
}

/// Decodes a JPEG file within another file.
pub(in super::super) fn decode_part(bytes: &[u8], size: (u32, u32)) -> Result<Channels, Fault> {
    let image = decode_part_with_image(bytes, ImageFormat::Jpeg, size)?;
    let (width, height) = (image.width(), image.height());
    Ok(match image {
        DynamicImage::ImageLuma8(gray) => Channels { width, height, per_pixel: 1, samples: gray.into_raw() },
        other => Channels { width, height, per_pixel: 3, samples: other.into_rgb8().into_raw() },
    })
}
