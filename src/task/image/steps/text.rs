//! Text as a mark, with a font that is part of the program: the same pixels on every machine. Text with letters that the
//! font lacks (Chinese, Japanese, Korean, Arabic, emoji) is refused, and nothing is shaped from right to left.

use super::StepError;
use super::mark;
use crate::model::recipe::{Colour, Recipe, Step, TextMark};
use ab_glyph::{Font, FontRef, OutlinedGlyph, Point, PxScale, PxScaleFont, ScaleFont, point};
use image::{DynamicImage, Rgba, RgbaImage};

static INTER: &[u8] = include_bytes!("../../../../assets/fonts/Inter-SemiBold.otf");

/// The smallest letters, in pixels a line.
const LEAST: f32 = 2.0;

/// Whether all text of a recipe can be written.
///
/// # Errors
///
/// Fails for a letter that the font lacks. The error is a sentence that names the step.
pub fn check_texts(recipe: &Recipe) -> Result<(), String> {
    let font = font().map_err(|error| error.to_string())?;
    for (step, number) in recipe.steps.iter().zip(1..) {
        if let Step::Text(text) = step {
            check(&text.text, &font).map_err(|error| format!("step {number} (text): {error}"))?;
        }
    }
    Ok(())
}

fn font() -> Result<FontRef<'static>, StepError> {
    FontRef::try_from_slice(INTER).map_err(|error| StepError::Refused(format!("no font: {error}")))
}

/// Fails for text with a letter that the font does not have.
fn check(text: &str, font: &FontRef<'_>) -> Result<(), StepError> {
    let lacks = |letter: &char| !letter.is_whitespace() && font.glyph_id(*letter).0 == 0;
    text.chars().find(lacks).map_or(Ok(()), |letter| {
        let code = u32::from(letter);
        let words = format!("the font has no letter \"{letter}\" (U+{code:04X}); leave it out, or use a watermark");
        Err(StepError::Refused(words))
    })
}

/// Writes text onto a picture.
pub(super) fn write(pixels: &mut DynamicImage, text: &TextMark) -> Result<(), StepError> {
    let font = font()?;
    check(&text.text, &font)?;
    let picture = (pixels.width(), pixels.height());
    let room = mark::room(picture, &text.placement);
    let wanted = (f64::from(picture.0.min(picture.1)) * text.placement.scale) as f32;
    let (width, height) = extent(&text.text, &font.as_scaled(wanted.max(LEAST)));
    let fits = (room.0 as f32 / width.max(1.0)).min(room.1 as f32 / height.max(1.0)).min(1.0);
    let scale = PxScale::from((wanted.max(LEAST) * fits).max(LEAST / 2.0));
    let mark = drawn(&text.text, &font.as_scaled(scale), text.colour, room);
    mark::blend(pixels, &mark, &text.placement);
    Ok(())
}

type Scaled<'a, 'b> = PxScaleFont<&'a FontRef<'b>>;

/// The width and height that text takes, in pixels.
fn extent(text: &str, font: &Scaled<'_, '_>) -> (f32, f32) {
    let width = text.split('\n').map(|line| set(line, font, 0.0).1).fold(0.0, f32::max);
    (width, text.split('\n').count() as f32 * font.height())
}

/// Sets a line: its letters, and where it ends.
fn set(line: &str, font: &Scaled<'_, '_>, baseline: f32) -> (Vec<OutlinedGlyph>, f32) {
    let (mut letters, mut x) = (Vec::new(), 0.0);
    let mut before = None;
    for letter in line.chars() {
        let mut glyph = font.scaled_glyph(letter);
        if let Some(before) = before {
            x += font.kern(before, glyph.id);
        }
        glyph.position = Point { x, y: baseline };
        before = Some(glyph.id);
        x += font.h_advance(glyph.id);
        letters.extend(font.outline_glyph(glyph));
    }
    (letters, x)
}

/// Draws text as a picture of its own, no larger than `most`.
fn drawn(text: &str, font: &Scaled<'_, '_>, colour: Colour, most: (u32, u32)) -> RgbaImage {
    let (width, height) = extent(text, font);
    let side = |length: f32, most: u32| (length.ceil() as u32).clamp(1, most.max(1));
    let (width, height) = (side(width, most.0), side(height, most.1));
    let Colour { r, g, b, a } = colour;
    let mut mark = RgbaImage::from_pixel(width, height, Rgba([r, g, b, 0]));
    for (number, line) in text.split('\n').enumerate() {
        let baseline = font.ascent() + number as f32 * font.height();
        for letter in set(line, font, baseline).0 {
            let corner = letter.px_bounds().min;
            draw(&mut mark, &letter, point(corner.x, corner.y), a);
        }
    }
    mark
}

fn draw(mark: &mut RgbaImage, letter: &OutlinedGlyph, corner: Point, alpha: u8) {
    letter.draw(|x, y, covered| {
        let (x, y) = (corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y));
        let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        if let Some(pixel) = place.and_then(|(x, y)| mark.get_pixel_mut_checked(x, y)) {
            // Letters may touch: what covers more counts.
            let covered = (covered.clamp(0.0, 1.0) * f32::from(alpha) + 0.5) as u8;
            pixel.0[3] = pixel.0[3].max(covered);
        }
    });
}
