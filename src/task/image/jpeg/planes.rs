//! From JPEG to a smaller JPEG without ever making colours: brightness and the two planes of colour are resized by
//! themselves, as they are stored. That is half the resampling, since colour is stored at half the size, and no way there and
//! back. Only where nothing else is to be done.

use super::super::decode::{Allowed, Need, Picture, check, upright};
use super::super::{StepError, Target, profile};
use super::Segments;
use super::turbo::{Told, decodable_at, is_harmless};
use crate::model::Failure;
use crate::model::recipe::{Chroma, ColourRule, Filter, Format, Recipe, Resize, Size, Step};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage};
use turbojpeg::{Colorspace, Compressor, Decompressor, Subsamp, YuvImage};

/// A picture that never had colours, encoded.
#[derive(Debug)]
pub(in super::super) struct Made {
    /// Without metadata.
    pub(in super::super) jpeg: Vec<u8>,
    /// The original without its pixels.
    pub(in super::super) picture: Picture,
    pub(in super::super) size_out: (u32, u32),
}

/// The one step that is left to do, if the planes can do it.
fn only_step(recipe: &Recipe, target: Target) -> Option<&Resize> {
    let encoding = &target.encoding;
    let encodes = target.format == Format::Jpeg
        && encoding.chroma == Chroma::Quarter
        && encoding.color == ColourRule::Keep
        && encoding.target_size.is_none()
        && !encoding.keep_original_if_larger;
    let [Step::Resize(resize)] = recipe.steps.as_slice() else { return None };
    let resizes = !resize.linear && !matches!(resize.size, Size::Fill(..)) && resize.filter != Filter::Nearest;
    (encodes && resizes && recipe.auto_orient).then_some(resize)
}

/// Converts a file, or answers that it has to be done the long way.
pub(in super::super) fn convert(
    bytes: &[u8],
    name: &str,
    recipe: &Recipe,
    target: Target,
    allowed: &Allowed<'_>,
) -> Result<Option<Made>, Failure> {
    let Some(resize) = only_step(recipe, target) else { return Ok(None) };
    let segments = Segments::read(bytes);
    if !segments.ends || segments.lacks {
        return Ok(None);
    }
    match through(bytes, name, resize, target, &segments, allowed) {
        Ok(made) => Ok(made),
        // The long way may know better, and says what is wrong.
        Err(Told::Warning(_)) => Ok(None),
        Err(Told::Failed(failure)) => Err(failure),
    }
}

fn through(
    bytes: &[u8],
    name: &str,
    resize: &Resize,
    target: Target,
    segments: &Segments,
    allowed: &Allowed<'_>,
) -> Result<Option<Made>, Told> {
    let refused = |error: turbojpeg::Error| Told::Warning(error.to_string());
    let mut decompressor = Decompressor::new().map_err(refused)?;
    let header = decompressor.read_header(bytes).map_err(refused)?;
    let known = matches!(header.subsamp, Subsamp::None | Subsamp::Sub2x1 | Subsamp::Sub2x2 | Subsamp::Sub1x2);
    let icc = profile::sound(segments.icc.clone());
    let describes = icc.as_deref().is_none_or(|icc| icc.get(16..20) == Some(b"RGB "));
    if header.colorspace != Colorspace::YCbCr || header.is_lossless || !known || !describes {
        return Ok(None);
    }
    let full = (header.width as u32, header.height as u32);
    check(name, full, header.width as u64 * header.height as u64 * 3, allowed.limits)?;
    let meta = segments.meta();
    let orientation = meta.orientation().unwrap_or(Orientation::NoTransforms);
    let size_in = upright(full, orientation);
    let size_out = resize.size.apply(size_in, resize.enlarge).scaled;
    let goal = upright(size_out, orientation);
    // Where a side is odd, planes are padded, and colour lies half a pixel beside where it should once the picture is turned.
    if goal.0 > 65_500 || goal.1 > 65_500 || goal.0 % 2 == 1 || goal.1 % 2 == 1 {
        return Ok(None);
    }
    let scale = decodable_at(full, goal);
    decompressor.set_scaling_factor(scale).map_err(refused)?;
    decompressor.set_scan_limit(super::turbo::MAX_SCANS).map_err(refused)?;
    let from = (scale.scale(header.width), scale.scale(header.height));
    let parts = (header.subsamp.mcu_width() / 8, header.subsamp.mcu_height() / 8);
    if !from.0.is_multiple_of(parts.0) || !from.1.is_multiple_of(parts.1) {
        return Ok(None);
    }
    let colour = (from.0 / parts.0, from.1 / parts.1);
    let length = from.0 * from.1 + 2 * colour.0 * colour.1;
    let samples = header.width * header.height * 3;
    let coefficients = if segments.progressive { samples * size_of::<i16>() } else { 0 };
    // What the long way takes, in case that it has to be gone.
    (allowed.reserve)(Need::of_jpeg(full, (from.0 as u32, from.1 as u32), 3).beside(coefficients as u64))?;
    let mut stored = vec![0; length];
    let image =
        YuvImage { pixels: stored.as_mut_slice(), width: from.0, align: 1, height: from.1, subsamp: header.subsamp };
    match decompressor.decompress_to_yuv(bytes, image) {
        Err(error) if !is_harmless(&error.to_string(), bytes) => return Err(refused(error)),
        Ok(()) | Err(_) => {}
    }
    let (brightness, colours) = stored.split_at(from.0 * from.1);
    let (blue, red) = colours.split_at(colour.0 * colour.1);
    let goal = (goal.0 as usize, goal.1 as usize);
    let small = (goal.0 / 2, goal.1 / 2);
    let filter = resize.filter;
    let mut planes = Vec::with_capacity(goal.0 * goal.1 * 3 / 2);
    for (plane, size, goal) in [(brightness, from, goal), (blue, colour, small), (red, colour, small)] {
        let resized = resized(plane, size, goal, filter).map_err(|error| error.failure(name))?;
        planes.extend(turned(resized, goal, orientation));
    }
    drop(stored);
    let image = YuvImage {
        pixels: planes.as_slice(),
        width: size_out.0 as usize,
        align: 1,
        height: size_out.1 as usize,
        subsamp: Subsamp::Sub2x2,
    };
    let encoded = Compressor::new().and_then(|mut compressor| {
        compressor.set_quality(i32::from(target.quality()))?;
        compressor.set_subsamp(Subsamp::Sub2x2)?;
        compressor.set_progressive(target.encoding.progressive)?;
        compressor.compress_yuv_to_vec(image)
    });
    let jpeg = encoded.map_err(refused)?;
    let picture = Picture { pixels: DynamicImage::default(), orientation, icc, size_in, meta };
    Ok(Some(Made { jpeg, picture, size_out }))
}

fn resized(
    plane: &[u8],
    (width, height): (usize, usize),
    goal: (usize, usize),
    filter: Filter,
) -> Result<Vec<u8>, StepError> {
    let refused = |error: &dyn std::fmt::Display| StepError::Refused(error.to_string());
    if (width, height) == goal {
        return Ok(plane.to_vec());
    }
    let from = ImageRef::new(width as u32, height as u32, plane, PixelType::U8).map_err(|error| refused(&error))?;
    let mut to = Image::new(goal.0 as u32, goal.1 as u32, PixelType::U8);
    let filter = match filter {
        Filter::Mitchell => FilterType::Mitchell,
        Filter::Bilinear => FilterType::Bilinear,
        Filter::Lanczos3 | Filter::Nearest => FilterType::Lanczos3,
    };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new().resize(&from, &mut to, &options).map_err(|error| refused(&error))?;
    Ok(to.into_vec())
}

fn turned(plane: Vec<u8>, (width, height): (usize, usize), orientation: Orientation) -> Vec<u8> {
    if orientation == Orientation::NoTransforms {
        return plane;
    }
    let gray = GrayImage::from_raw(width as u32, height as u32, plane);
    let mut gray = DynamicImage::ImageLuma8(gray.unwrap_or_default());
    gray.apply_orientation(orientation);
    gray.into_bytes()
}
