//! Colours wider than sRGB that a file keeps as XYB. jxl-oxide brings them to their own range by way of sRGB, and cuts off what
//! lies outside of that. Here it hands out the XYB, and the way to the file's own colours leads past sRGB.

use super::super::colour::Chromaticities;
use jxl_color::{AsIlluminant, AsPrimaries, ColorEncodingWithProfile, ColorTransform, NullCms};
use jxl_oxide::color::{ColourEncoding, ColourSpace, Primaries, TransferFunction, WhitePoint};
use jxl_oxide::image::ExtraChannelType;
use jxl_oxide::{EnumColourEncoding, ImageStream, JxlImage, RenderingIntent};
use moxcms::{ColorProfile, DataColorSpace, Layout, ToneReprCurve, TransformF32Executor, TransformOptions};
use std::error::Error;
use std::sync::Arc;

/// How many pixels are converted at a time.
const PIXELS_AT_ONCE: usize = 16 << 10;

/// The range of the widest profile in use for photographs, which is that of photo printing.
const WIDEST: Chromaticities =
    Chromaticities { white: [0.3457, 0.3585], red: [0.7347, 0.2653], green: [0.1596, 0.8404], blue: [0.0366, 0.0001] };

pub(super) type AnyError = Box<dyn Error + Send + Sync>;

/// The way from XYB to the colours of a file.
pub(super) struct Wide {
    /// Of the file's own colours.
    pub(super) icc: Vec<u8>,
    /// What is added to each receptor's signal, and its cube root.
    bias: [(f32, f32); 3],
    /// From the receptors to light of some primaries, a row for each.
    matrix: [[f32; 3]; 3],
    encoded: Encoded,
}

/// From that light to the file's own numbers.
enum Encoded {
    /// Of the file's own primaries.
    Curves(ColorTransform),
    /// Of the widest range, by the file's profile.
    Profile(Arc<TransformF32Executor>),
}

impl Wide {
    /// Has an image hand out XYB, if its colours are kept so and may lie outside of sRGB.
    pub(super) fn begin(image: &mut JxlImage) -> Result<Option<Wide>, AnyError> {
        let metadata = &image.image_header().metadata;
        // Spots of ink are laid over the finished colours.
        let has_spots = metadata.ec_info.iter().any(|extra| matches!(extra.ty, ExtraChannelType::SpotColour { .. }));
        if !metadata.xyb_encoded || has_spots {
            return Ok(None);
        }
        let (icc, range, encoded) = match own_encoding(image) {
            Some(own) if is_wide(&own) => {
                let light = EnumColourEncoding { tf: TransferFunction::Linear, ..own.clone() };
                let [from, to] = [&light, &own].map(|encoding| ColorEncodingWithProfile::new(encoding.clone()));
                let (opsin, tones) = (&metadata.opsin_inverse_matrix, &metadata.tone_mapping);
                let curves = ColorTransform::new(&from, &to, opsin, tones, &NullCms)?;
                let range = Chromaticities::of(own.white_point, own.primaries);
                (image.rendered_icc(), range, Encoded::Curves(curves))
            }
            Some(_) => return Ok(None),
            None => match image.original_icc().and_then(|icc| Some((icc, by_profile(icc)?))) {
                Some((icc, transform)) => (icc.to_vec(), WIDEST, Encoded::Profile(transform)),
                None => return Ok(None),
            },
        };
        let opsin = &metadata.opsin_inverse_matrix;
        let brightness = metadata.tone_mapping.intensity_target;
        let of_srgb = Chromaticities::of(WhitePoint::D65, Primaries::Srgb).to(range);
        let matrix = of_srgb.map(|from_srgb| {
            let of_receptor = |at: usize| (0..3).map(|row| from_srgb[row] * opsin.inv_mat[row][at]).sum::<f32>();
            [0, 1, 2].map(|at| of_receptor(at) * SDR_NITS / brightness)
        });
        let bias = opsin.opsin_bias.map(|bias| (bias, bias.cbrt()));
        image.request_color_encoding(EnumColourEncoding::xyb(RenderingIntent::Perceptual));
        Ok(Some(Wide { icc, bias, matrix, encoded }))
    }

    /// Writes the samples of a picture, from 0 to 1 and each as `narrowed` makes it.
    pub(super) fn write<S>(
        &self,
        stream: &mut ImageStream<'_>,
        out: &mut [S],
        narrowed: impl Fn(f32) -> S,
    ) -> Result<(), AnyError> {
        let channels = stream.channels() as usize;
        let mut samples = vec![0.0_f32; PIXELS_AT_ONCE * channels];
        let mut planes = [const { Vec::new() }; 3];
        for part in out.chunks_mut(samples.len()) {
            let samples = &mut samples[..part.len()];
            stream.write_to_buffer(samples);
            planes.iter_mut().for_each(Vec::clear);
            for pixel in samples.chunks_exact(channels) {
                let light = self.light([pixel[0], pixel[1], pixel[2]]);
                planes.iter_mut().zip(light).for_each(|(plane, value)| plane.push(value));
            }
            self.encoded.apply(&mut planes)?;
            for (at, (pixel, written)) in
                samples.chunks_exact(channels).zip(part.chunks_exact_mut(channels)).enumerate()
            {
                for (channel, written) in written.iter_mut().enumerate() {
                    let value = planes.get(channel).map_or(pixel[channel], |plane| plane[at]);
                    *written = narrowed(value.clamp(0.0, 1.0));
                }
            }
        }
        Ok(())
    }

    fn light(&self, [x, y, b]: [f32; 3]) -> [f32; 3] {
        let signals = [y + x, y - x, b];
        let receptors: [f32; 3] = std::array::from_fn(|at| {
            let (bias, root) = self.bias[at];
            (signals[at] - root).powi(3) + bias
        });
        self.matrix.map(|row| row.iter().zip(receptors).map(|(factor, value)| factor * value).sum())
    }
}

impl Encoded {
    fn apply(&self, planes: &mut [Vec<f32>; 3]) -> Result<(), AnyError> {
        let [red, green, blue] = planes;
        match self {
            Encoded::Curves(curves) => {
                curves.run(&mut [red, green, blue])?;
            }
            Encoded::Profile(transform) => {
                let light: Vec<f32> = red
                    .iter()
                    .zip(&*green)
                    .zip(&*blue)
                    .flat_map(|((red, green), blue)| [*red, *green, *blue])
                    .collect();
                let mut numbers = vec![0.0; light.len()];
                transform.transform(&light, &mut numbers)?;
                for (at, [r, g, b]) in numbers.as_chunks().0.iter().enumerate() {
                    (red[at], green[at], blue[at]) = (*r, *g, *b);
                }
            }
        }
        Ok(())
    }
}

fn is_wide(own: &EnumColourEncoding) -> bool {
    let is_srgb = own.primaries == Primaries::Srgb && own.white_point == WhitePoint::D65;
    own.colour_space == ColourSpace::Rgb && !is_srgb
}

/// From light of the widest range to the numbers of a profile. `None`: it is damaged, or not for three colours.
fn by_profile(icc: &[u8]) -> Option<Arc<TransformF32Executor>> {
    let to = ColorProfile::new_from_slice(icc).ok().filter(|to| to.color_space == DataColorSpace::Rgb)?;
    let mut from = ColorProfile::new_srgb();
    WIDEST.give_to(&mut from);
    let line = Some(ToneReprCurve::Parametric(vec![1.0]));
    (from.red_trc, from.green_trc, from.blue_trc) = (line.clone(), line.clone(), line);
    from.create_transform_f32(Layout::Rgb, &to, Layout::Rgb, TransformOptions::default()).ok()
}

impl Chromaticities {
    fn of(white: WhitePoint, primaries: Primaries) -> Chromaticities {
        let [red, green, blue] = primaries.as_primaries();
        Chromaticities { white: white.as_illuminant(), red, green, blue }
    }
}

/// The brightness of white, in nits, where a file says nothing of it; XYB counts by it.
const SDR_NITS: f32 = 255.0;

/// What an image says of its colours, in words or by a profile that says no more.
fn own_encoding(image: &JxlImage) -> Option<EnumColourEncoding> {
    let of_profile = || ColorEncodingWithProfile::with_icc(image.original_icc()?).ok();
    match &image.image_header().metadata.colour_encoding {
        ColourEncoding::Enum(own) => Some(own.clone()),
        ColourEncoding::IccProfile(_) => match of_profile()?.encoding() {
            ColourEncoding::Enum(own) => Some(own.clone()),
            ColourEncoding::IccProfile(_) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::LIMITS;
    use super::super::super::decode::Allowed;

    /// Eight by eight pixels of 0, 220, 170 by libjxl, and what that makes of them again.
    const DISPLAY_P3: (&[u8], [u8; 3]) = (
        b"\xff\x0a\x41\x40\x42\x26\x37\x02\x00\x12\x88\x02\x00\xd8\x00\x5d\xe5\x12\x00\x00\x15\x2a\xa3\x8c\
        \x1b\xbc\x9c\xeb\xf9\xf2\x43\x87\xc5\xb4\x8d\xeb\x0c\x6d\xb5\x6d\x61\x49\xa2\xc8\x38\x36\x49\x27\
        \x70\x48\x12\xab\xc0\xc6\x05\x18\x86\x31\x18\x60\xe6\xd0\xf5\x76\x20\x58\x95\x24\x00",
        [5, 220, 169],
    );
    const BT2100_PQ: (&[u8], [u8; 3]) = (
        b"\xff\x0a\x41\x40\x42\x1e\x3d\x02\x00\x12\x88\x02\x00\xdc\x00\x5d\xe5\x12\x00\x00\x15\x2a\xa3\x8c\
        \x1b\xbc\x9c\xeb\xf9\xf2\x43\x87\xc5\xb4\x8d\xeb\x0c\x6d\xb5\x6d\x61\x49\xa2\xc8\x38\x36\x49\x27\
        \x70\x48\x12\x6b\xc1\xc6\x05\x98\x81\x01\x00\x1b\x98\xb9\xe7\x8e\x0d\x07\x82\x55\x49\x02",
        [0, 220, 170],
    );
    const BT2100_HLG: (&[u8], [u8; 3]) = (
        b"\xff\x0a\x41\x40\x42\x9e\x81\x08\x00\x12\x88\x02\x00\xd8\x00\x5d\xe5\x12\x00\x00\x15\x2a\xa3\x8c\
        \x1b\xbc\x9c\xeb\xf9\xf2\x43\x87\xc5\xb4\x8d\xeb\x0c\x6d\xb5\x6d\x61\x49\xa2\xc8\x38\x36\x49\x27\
        \x70\x48\x12\x8b\xc0\xc6\x05\x18\x86\x81\x61\x30\x73\xe6\x56\x7b\x20\x58\x95\x24\x00",
        [15, 220, 170],
    );

    /// The same of 60, 200, 90 by the profile of a range that has no name.
    const BY_PROFILE: (&str, [u8; 3]) = (
        "/wpBQAqHDAMS5gFQUpvyWZ7XEUJ7lLZI2Su0/CFSgtxsUe687OLA5i5nJoEzk9TWl1Nj456AmwBexYD/haUV7zHY1HUijMMGytKm\
        mpbiAUJOAUoeCgFCyr6aprKW3Pnv0ya3STyHHXyFzZVNPUWlA345OflqSnsbKlsGRAYmBrYJ5ZwDn5Jg0T2EtgEFZcF+KxCTCAfy\
        oL5yoPZWGXzoNIxnjMHzNQASiADcAL/KKAEAUKEyyrjBy7meLz90WEzbuM7QVtsWliSKjGOTdAKHJLESbFyAYRhgDGDm8Kv9gWBV\
        kgA=",
        [60, 200, 90],
    );

    #[test]
    fn colours_outside_of_srgb_stay_as_they_are() {
        let by_profile = data_encoding::BASE64.decode(BY_PROFILE.0.as_bytes()).expect("a file");
        let by_profile = (&*by_profile, BY_PROFILE.1);
        let files = [("P3", DISPLAY_P3), ("PQ", BT2100_PQ), ("HLG", BT2100_HLG), ("a profile", by_profile)];
        for (title, (file, wanted)) in files {
            let allowed = Allowed { limits: LIMITS, reserve: &|_| Ok(()) };
            let picture = super::super::decode(file, "a.jxl", &allowed).expect("decoded");
            let found = picture.pixels.into_rgb8();
            assert_eq!(found.dimensions(), (8, 8));
            for pixel in found.pixels() {
                let off = pixel.0.iter().zip(wanted).map(|(found, wanted)| found.abs_diff(wanted)).max();
                assert!(off <= Some(2), "{title}: {pixel:?}, not {wanted:?}");
            }
            assert!(picture.icc.is_some(), "{title} says what its colours are");
        }
    }
}
