//! Colours by their profiles: to sRGB.

use super::decode::Picture;
use image::{ColorType, DynamicImage, GrayImage, ImageBuffer, RgbImage, RgbaImage};
use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, DataColorSpace, Layout, Matrix3d, TransformOptions};

/// Light from 0 to 1 of a number of sRGB, from 0 to 1 as well.
pub(super) fn light_of(encoded: f32) -> f32 {
    if encoded <= 0.040_45 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// The number of sRGB for so much light.
pub(super) fn encoded_of(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// Where white and the primaries of a range of colours lie, x and y of each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chromaticities {
    pub(super) white: [f32; 2],
    pub(super) red: [f32; 2],
    pub(super) green: [f32; 2],
    pub(super) blue: [f32; 2],
}

impl Chromaticities {
    /// From light of these primaries to light of others, a row for each of those.
    pub(super) fn to(self, other: Chromaticities) -> [[f32; 3]; 3] {
        other.colorants().inverse().mat_mul(self.colorants()).to_f32().v
    }

    /// Whether they span a range with white in it: each primary has a share of its light.
    pub(super) fn make_sense(self) -> bool {
        self.white[1] > 0.0 && self.colorants().v[1].iter().all(|share| *share > 1e-6 && *share < 2.0)
    }

    /// Whether none is further from the other's than so much.
    pub(super) fn is_near(self, other: Chromaticities, most: f32) -> bool {
        let all = |of: Chromaticities| [of.white, of.red, of.green, of.blue].concat();
        all(self).iter().zip(all(other)).all(|(a, b)| (a - b).abs() <= most)
    }

    /// Lets a profile be for them.
    pub(super) fn give_to(self, profile: &mut ColorProfile) {
        let (white, primaries) = self.points();
        profile.update_rgb_colorimetry(white.to_xyyb(), primaries);
    }

    fn colorants(self) -> Matrix3d {
        let (white, primaries) = self.points();
        ColorProfile::colorants_matrix(white.to_xyyb(), primaries)
    }

    fn points(self) -> (Chromaticity, ColorPrimaries) {
        let [white, red, green, blue] =
            [self.white, self.red, self.green, self.blue].map(|[x, y]| Chromaticity::new(x, y));
        (white, ColorPrimaries { red, green, blue })
    }
}

/// Brings a picture to sRGB, and leaves out its profile.
pub(super) fn bring_to_srgb(picture: &mut Picture) {
    if let Some(converted) = picture.icc.take().and_then(|icc| to_srgb(&picture.pixels, &icc)) {
        picture.pixels = converted;
    }
}

/// Brings colours of sRGB to a profile for pixels with colours. `None`: it has no way there.
pub(super) fn of_srgb(colours: &RgbaImage, icc: &[u8]) -> Option<RgbaImage> {
    let to = ColorProfile::new_from_slice(icc).ok().filter(|to| to.color_space == DataColorSpace::Rgb)?;
    let from = ColorProfile::new_srgb();
    let transform = from.create_transform_8bit(Layout::Rgba, &to, Layout::Rgba, TransformOptions::default()).ok()?;
    let mut out = vec![0; colours.as_raw().len()];
    transform.transform(colours, &mut out).ok()?;
    RgbaImage::from_raw(colours.width(), colours.height(), out)
}

/// The same picture in sRGB. `None`: the profile makes no sense, or is not for pixels of this kind.
pub(super) fn to_srgb(pixels: &DynamicImage, icc: &[u8]) -> Option<DynamicImage> {
    let from = ColorProfile::new_from_slice(icc).ok()?;
    match (from.color_space, pixels.color().has_color()) {
        (DataColorSpace::Rgb, true) => rgb(pixels, &from),
        // As if each gray were a colour, which then is gray again.
        (DataColorSpace::Rgb, false) => rgb(pixels, &from).map(|colours| match colours {
            DynamicImage::ImageRgb8(_) => DynamicImage::ImageLuma8(colours.to_luma8()),
            DynamicImage::ImageRgba8(_) => DynamicImage::ImageLumaA8(colours.to_luma_alpha8()),
            DynamicImage::ImageRgb16(_) => DynamicImage::ImageLuma16(colours.to_luma16()),
            _ => DynamicImage::ImageLumaA16(colours.to_luma_alpha16()),
        }),
        (DataColorSpace::Gray, false) => gray(pixels, &from),
        _ => None,
    }
}

fn rgb(pixels: &DynamicImage, from: &ColorProfile) -> Option<DynamicImage> {
    let to = ColorProfile::new_srgb();
    let (width, height) = (pixels.width(), pixels.height());
    let layout = if pixels.color().has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let options = TransformOptions::default();
    match pixels.color() {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => {
            let transform = from.create_transform_8bit(layout, &to, layout, options).ok()?;
            let source =
                if layout == Layout::Rgba { pixels.to_rgba8().into_raw() } else { pixels.to_rgb8().into_raw() };
            let mut out = vec![0; source.len()];
            transform.transform(&source, &mut out).ok()?;
            if layout == Layout::Rgba {
                RgbaImage::from_raw(width, height, out).map(DynamicImage::ImageRgba8)
            } else {
                RgbImage::from_raw(width, height, out).map(DynamicImage::ImageRgb8)
            }
        }
        _ => {
            let transform = from.create_transform_16bit(layout, &to, layout, options).ok()?;
            let source =
                if layout == Layout::Rgba { pixels.to_rgba16().into_raw() } else { pixels.to_rgb16().into_raw() };
            let mut out = vec![0; source.len()];
            transform.transform(&source, &mut out).ok()?;
            if layout == Layout::Rgba {
                ImageBuffer::from_raw(width, height, out).map(DynamicImage::ImageRgba16)
            } else {
                ImageBuffer::from_raw(width, height, out).map(DynamicImage::ImageRgb16)
            }
        }
    }
}

/// Gray stays gray: sRGB's gray is as light in every channel.
fn gray(pixels: &DynamicImage, from: &ColorProfile) -> Option<DynamicImage> {
    let to = ColorProfile::new_srgb();
    let (width, height) = (pixels.width(), pixels.height());
    let luma = pixels.to_luma16().into_raw();
    let transform = from.create_transform_16bit(Layout::Gray, &to, Layout::Rgb, TransformOptions::default()).ok()?;
    let mut out = vec![0; luma.len() * 3];
    transform.transform(&luma, &mut out).ok()?;
    let light = || out.iter().step_by(3).copied();
    let is_deep = pixels.color().bytes_per_pixel() > pixels.color().channel_count();
    let narrow = |value: u16| ((u32::from(value) + 128) / 257) as u8;
    if !pixels.color().has_alpha() && !is_deep {
        return GrayImage::from_raw(width, height, light().map(narrow).collect()).map(DynamicImage::ImageLuma8);
    }
    if !pixels.color().has_alpha() {
        return ImageBuffer::from_raw(width, height, light().collect()).map(DynamicImage::ImageLuma16);
    }
    let alpha = pixels.to_luma_alpha16();
    let pairs = light().zip(alpha.pixels().map(|pixel| pixel.0[1])).flat_map(|(light, alpha)| [light, alpha]);
    if is_deep {
        ImageBuffer::from_raw(width, height, pairs.collect()).map(DynamicImage::ImageLumaA16)
    } else {
        ImageBuffer::from_raw(width, height, pairs.map(narrow).collect()).map(DynamicImage::ImageLumaA8)
    }
}
