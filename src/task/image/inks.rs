//! Cyan, magenta, yellow and black to sRGB: by their profile where there is a good one, by a rule of thumb otherwise.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Converts four inks a pixel, 0 for none and 255 for full.
pub(super) fn to_rgb(inks: &[u8], profile: Option<&[u8]>) -> Vec<u8> {
    profile.and_then(|profile| by_profile(inks, profile)).unwrap_or_else(|| by_thumb(inks))
}

fn by_profile(inks: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    let from = ColorProfile::new_from_slice(profile).ok()?;
    if from.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let to = ColorProfile::new_srgb();
    let transform = from.create_transform_8bit(Layout::Rgba, &to, Layout::Rgb, TransformOptions::default()).ok()?;
    let mut rgb = vec![0; inks.len() / 4 * 3];
    transform.transform(inks, &mut rgb).ok()?;
    Some(rgb)
}

fn by_thumb(inks: &[u8]) -> Vec<u8> {
    let light = |ink: u8, black: u8| {
        let (ink, black) = (u32::from(255 - ink), u32::from(255 - black));
        ((ink * black + 127) / 255) as u8
    };
    inks.chunks_exact(4).flat_map(|ink| [light(ink[0], ink[3]), light(ink[1], ink[3]), light(ink[2], ink[3])]).collect()
}

#[cfg(test)]
mod tests {
    use super::to_rgb;

    #[test]
    fn inks_without_a_profile_darken_white() {
        let inks = [0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255];
        assert_eq!(to_rgb(&inks, None), [255, 255, 255, 0, 255, 255, 0, 0, 0]);
        assert_eq!(to_rgb(&inks, Some(b"no profile")), to_rgb(&inks, None));
    }
}
