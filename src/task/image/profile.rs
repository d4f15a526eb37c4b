//! Profiles of colours: which can be relied on, and those that PNG files tell in their own chunks.

use super::chunks::{self, Chunk};
use super::colour::Chromaticities;
use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, HLG_LUT_TABLE, LocalizableString, MatrixCoefficients, PQ_LUT_TABLE,
    ProfileText, ToneReprCurve, TransferCharacteristics, WHITE_POINT_D50,
};

const SRGB: Chromaticities =
    Chromaticities { white: [0.3127, 0.329], red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06] };

/// How far chromaticities and exponents may be off and still mean sRGB: writers round, and some say 2.2.
const MOST_OFF: f32 = 0.01;

/// A profile, unless it is damaged.
pub(super) fn sound(icc: Option<Vec<u8>>) -> Option<Vec<u8>> {
    icc.filter(|icc| has_its_tags(icc).is_some() && ColorProfile::new_from_slice(icc).is_ok())
}

/// Whether it is as long as it says, and everything that it lists is there.
fn has_its_tags(icc: &[u8]) -> Option<()> {
    let number = |at: usize| Some(u32::from_be_bytes(*icc.get(at..)?.first_chunk()?) as usize);
    let icc_has = |end: usize| (end <= icc.len()).then_some(());
    icc_has(number(0)?)?;
    (icc.get(36..40)? == b"acsp").then_some(())?;
    let tags = number(128)?;
    icc_has(tags.checked_mul(12)?.checked_add(132)?)?;
    (0..tags).try_for_each(|nth| icc_has(number(136 + nth * 12)?.checked_add(number(140 + nth * 12)?)?))
}

/// The profile of a PNG file. `embedded` is the one that lies in it. What the chunks say takes precedence as the third
/// edition of its specification has it.
pub(super) fn of_png(bytes: &[u8], embedded: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut told = Told::default();
    for Chunk { name, data } in chunks::png(bytes).take_while(|chunk| &chunk.name != b"IDAT") {
        match &name {
            b"IHDR" => told.is_gray = data.get(9).is_some_and(|kind| kind & 2 == 0),
            b"cICP" => told.code_points = code_points(data),
            b"sRGB" => told.is_srgb = true,
            b"gAMA" => told.exponent = exponent(data),
            b"cHRM" => told.chromaticities = chromaticities(data),
            _ => {}
        }
    }
    match told.code_points {
        Some(points) => told.of_code_points(points),
        None => sound(embedded).or_else(|| told.of_measures()),
    }
}

/// What the chunks of a PNG file say.
#[derive(Default)]
struct Told {
    is_gray: bool,
    is_srgb: bool,
    code_points: Option<CicpProfile>,
    /// By which numbers become light.
    exponent: Option<f32>,
    chromaticities: Option<Chromaticities>,
}

impl Told {
    fn of_code_points(&self, points: CicpProfile) -> Option<Vec<u8>> {
        let is_srgb_curve = points.transfer_characteristics == TransferCharacteristics::Srgb;
        if is_srgb_curve && (self.is_gray || points.color_primaries == CicpColorPrimaries::Bt709) {
            return None;
        }
        let mut profile = ColorProfile::new_from_cicp(points);
        let curve = match points.transfer_characteristics {
            TransferCharacteristics::Smpte2084 => ToneReprCurve::Lut(PQ_LUT_TABLE.to_vec()),
            TransferCharacteristics::Hlg => ToneReprCurve::Lut(HLG_LUT_TABLE.to_vec()),
            _ => profile.red_trc.take()?,
        };
        let (primaries, transfer) = (points.color_primaries as u8, points.transfer_characteristics as u8);
        self.finished(profile, curve, &format!("cICP {primaries}/{transfer}"))
    }

    fn of_measures(&self) -> Option<Vec<u8>> {
        let exponent = self.exponent.filter(|_| !self.is_srgb)?;
        let chromaticities = self.chromaticities.filter(|_| !self.is_gray).unwrap_or(SRGB);
        let is_usual = (exponent - 2.2).abs() <= 2.2 * MOST_OFF;
        if is_usual && chromaticities.is_near(SRGB, MOST_OFF) {
            return None;
        }
        let mut profile = ColorProfile::new_srgb();
        chromaticities.give_to(&mut profile);
        self.finished(profile, ToneReprCurve::Parametric(vec![exponent]), &format!("gAMA {:.5}", exponent.recip()))
    }

    fn finished(&self, mut profile: ColorProfile, curve: ToneReprCurve, name: &str) -> Option<Vec<u8>> {
        if self.is_gray {
            profile = ColorProfile::new_gray_with_gamma(1.0);
            profile.gray_trc = Some(curve);
        } else {
            profile.red_trc = Some(curve.clone());
            profile.green_trc = Some(curve.clone());
            profile.blue_trc = Some(curve);
        }
        profile.media_white_point = Some(WHITE_POINT_D50.to_xyzd());
        profile.chromatic_adaptation = None;
        let name = LocalizableString::new("en".to_owned(), "US".to_owned(), name.to_owned());
        profile.description = Some(ProfileText::Localizable(vec![name]));
        let mut encoded = profile.encode().ok()?;
        // When it was made would be another moment in every run.
        encoded.get_mut(24..36)?.copy_from_slice(&[7, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
        Some(encoded)
    }
}

/// Code points of colours in their whole range. `None`: they do not say enough for a profile.
fn code_points(data: &[u8]) -> Option<CicpProfile> {
    let [primaries, transfer, 0, 1] = *data else { return None };
    let points = CicpProfile {
        color_primaries: primaries.try_into().ok()?,
        transfer_characteristics: transfer.try_into().ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    ColorProfile::new_from_cicp(points).red_trc.map(|_| points)
}

fn exponent(data: &[u8]) -> Option<f32> {
    let number = u32::from_be_bytes(data.try_into().ok()?);
    // From a hundredth to ten; anything else is a mistake.
    (10_000..=10_000_000).contains(&number).then(|| 100_000.0 / number as f32)
}

fn chromaticities(data: &[u8]) -> Option<Chromaticities> {
    let numbers: &[[u8; 4]; 8] = data.as_chunks().0.try_into().ok()?;
    let [wx, wy, rx, ry, gx, gy, bx, by] = numbers.map(|number| u32::from_be_bytes(number) as f32 / 100_000.0);
    Some(Chromaticities { white: [wx, wy], red: [rx, ry], green: [gx, gy], blue: [bx, by] })
        .filter(|told| told.make_sense())
}
