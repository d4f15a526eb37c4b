//! Animations: every frame, composed to the whole canvas, goes through the recipe as a picture of its own. Frames are
//! decoded one after another, worked on side by side a few at a time, and put together in their order: what comes out
//! depends neither on how many cores there are nor on which frame is done first.

mod apng;
mod source;
mod write;

pub(super) use source::{Animation, of};

use super::decode::Picture;
use super::meta::embed;
use super::{Room, StepError, Target, encode, steps};
use crate::model::Failure;
use crate::model::recipe::{Format, Recipe};
use crate::task::Ctx;
use image::DynamicImage;
use source::Still;
use write::Packed;

/// The most frames that are worked on at the same time: each takes as much memory as a picture.
pub(super) const MOST_AT_ONCE: usize = 4;

/// Whether a format can be animated.
pub(super) fn is_held_by(format: Format) -> bool {
    matches!(format, Format::Gif | Format::Png | Format::Webp)
}

/// What becomes of an animation.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    /// Where each file ends, where every frame is one.
    pub(super) ends: Vec<u64>,
    pub(super) size_in: (u32, u32),
    pub(super) size_out: (u32, u32),
}

/// How the frames are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One file that moves.
    Moving,
    /// A file for each, one behind the other.
    Files,
}

/// Takes every frame of an animation through a recipe.
pub(super) fn convert(
    animation: Animation<'_>,
    name: &str,
    recipe: &Recipe,
    target: Target,
    shape: Shape,
    room: &Room<'_>,
) -> Result<Made, Failure> {
    let failed = |error: StepError| error.failure(name);
    let size_in = animation.size;
    let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_AT_ONCE);
    // The decoder holds up to three canvases.
    let canvas = u64::from(size_in.0) * u64::from(size_in.1) * 4;
    room.ask_times(size_in, canvas, at_once as u64 + 2)?;
    let (plays, profile, meta) = (animation.plays, animation.icc, animation.meta);
    let (total, mut done) = (animation.frames as u64, 0);
    let mut stills = animation.stills;
    let work = |still: Still| -> Result<(Packed, (u32, u32)), StepError> {
        let mut picture = Picture { icc: profile.clone(), ..Picture::new(still.pixels, None) };
        for step in steps::begin(&mut picture, recipe)? {
            steps::apply(&mut picture.pixels, step, picture.icc.is_some())?;
        }
        let size = (picture.pixels.width(), picture.pixels.height());
        let packed = match shape {
            Shape::Files => Packed::File(encode::encode(&Picture { meta: meta.clone(), ..picture }, target)?),
            Shape::Moving => write::pack(&encode::plain(&picture, target), still.delay_ms, target)?,
        };
        Ok((packed, size))
    };
    let mut out = write::Writer::new(target.format, plays);
    let (mut size_out, mut ends) = (None, Vec::new());
    loop {
        let batch: Vec<Still> =
            stills.by_ref().take(at_once).collect::<Result<_, _>>().map_err(|fault| fault.failure(name, "picture"))?;
        if batch.is_empty() {
            break;
        }
        for result in side_by_side(batch, &work) {
            let (packed, size) = result.map_err(failed)?;
            if *size_out.get_or_insert(size) != size && shape == Shape::Moving {
                let words = "its frames come out in different sizes; leave out the step that looks at what is in each";
                return Err(failed(StepError::Refused(words.to_owned())));
            }
            out.add(packed, size);
            ends.push(out.len());
            done += 1;
        }
        on_the_way(room.ctx, done, total)?;
    }
    let size_out = size_out.ok_or_else(|| super::fault::too_short(name))?;
    let mut bytes = out.finish().map_err(failed)?;
    if shape == Shape::Moving {
        ends.clear();
        let kept = meta.kept(&target.encoding, size_out, target.left);
        let icc = profile.filter(|_| target.encoding.color == crate::model::recipe::ColourRule::Keep);
        bytes = match target.format {
            Format::Png => embed::into_png(&bytes, &kept, icc.as_deref()),
            Format::Webp => embed::into_webp(bytes, &kept, icc.as_deref(), size_out),
            _ => bytes,
        };
    }
    Ok(Made { bytes, ends, size_in, size_out })
}

/// Progress within the steps from decoding to encoding.
fn on_the_way(ctx: &Ctx<'_>, done: u64, total: u64) -> Result<(), Failure> {
    ctx.progress(1000 + done * 3000 / total.max(done).max(1), Some(super::STEPS * 1000));
    ctx.checkpoint()
}

/// Works on a few things at once, and answers in their order. One is done here.
fn side_by_side<T: Send, U: Send>(things: Vec<T>, work: &(impl Fn(T) -> U + Sync)) -> Vec<U> {
    let mut things = things.into_iter();
    let Some(first) = things.next() else { return Vec::new() };
    std::thread::scope(|scope| {
        let others: Vec<_> = things.map(|thing| scope.spawn(move || work(thing))).collect();
        let mut results = vec![work(first)];
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// Eight bits a channel and transparency: what all formats that move have.
fn rgba(pixels: DynamicImage) -> image::RgbaImage {
    match pixels {
        DynamicImage::ImageRgba8(pixels) => pixels,
        other => other.into_rgba8(),
    }
}
