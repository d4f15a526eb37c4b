//! Animations: every frame, composed to the whole canvas, goes through the recipe as a picture of its own. Frames are
//! decoded one after another, worked on side by side a few at a time, and put together in their order: what comes out
//! depends neither on how many cores there are nor on which frame is done first.

mod apng;
mod source;
mod write;

pub(super) use source::{Animation, of};

use super::decode::{Need, Picture};
use super::{Room, StepError, Target, encode, steps};
use crate::model::Failure;
use crate::model::recipe::{ColourRule, Format, Frames, Recipe};
use crate::task::Ctx;
use image::{ColorType, DynamicImage};
use source::Still;
use std::fs::File;
use std::io;
use write::Packed;

/// Whether a format can be animated.
pub(super) fn is_held_by(format: Format) -> bool {
    matches!(format, Format::Gif | Format::Png | Format::Webp)
}

/// How the frames of an animation are put together, if more than the first one is wanted.
pub(super) fn shape(frames: Frames, format: Format) -> Option<Shape> {
    match frames {
        Frames::Extract => Some(Shape::Files),
        Frames::All if is_held_by(format) => Some(Shape::Moving),
        Frames::All | Frames::First => None,
    }
}

/// What one frame takes.
pub(super) fn need(size: (u32, u32)) -> Need {
    Need::of(size, ColorType::Rgba8)
}

/// How many frames are worked on at the same time: each takes as much memory as a picture.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}

/// How many pictures there are at a time: those that are worked on, and the canvases of the decoder.
pub(super) fn pictures_at_once() -> u64 {
    at_once() as u64 + 2
}

/// What becomes of an animation.
#[derive(Debug)]
pub(super) struct Made {
    /// How many bytes were written.
    pub(super) length: u64,
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

/// Takes every frame of an animation through a recipe, into a file that is empty so far.
pub(super) fn convert(
    animation: Animation<'_>,
    name: &str,
    recipe: &Recipe,
    target: Target,
    shape: Shape,
    room: &Room<'_>,
    file: &File,
) -> Result<Made, Failure> {
    let failed = |error: StepError| error.failure(name);
    let size_in = animation.size;
    let at_once = at_once();
    room.ask(need(size_in), pictures_at_once())?;
    room.ctx.host.repeats(animation.frames as u64);
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
    let icc = profile.as_deref().filter(|_| target.encoding.color == ColourRule::Keep);
    let (mut out, mut size_out, mut ends) = (None, None, Vec::new());
    let unsaved = |error: io::Error| room.unsaved(&error);
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
            if out.is_none() {
                let meta = meta.kept(&target.encoding, size, target.left);
                let head = write::Head { size, frames: total as u32, plays, meta, icc };
                out = Some(write::Writer::begin(file, target, shape, &head).map_err(unsaved)?);
            }
            if let Some(out) = &mut out {
                out.add(packed).map_err(unsaved)?;
                ends.push(out.len());
            }
            done += 1;
        }
        on_the_way(room.ctx, done, total)?;
    }
    let (out, size_out) = out.zip(size_out).ok_or_else(|| super::fault::too_short(name))?;
    let length = out.finish().map_err(unsaved)?;
    if shape == Shape::Moving {
        ends.clear();
    }
    Ok(Made { length, ends, size_in, size_out })
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
