//! Animations: every frame, composed to the whole canvas, goes through the recipe as a picture of its own. Frames are
//! decoded one after another, worked on side by side a few at a time, and put together in their order: what comes out
//! depends neither on how many cores there are nor on which frame is done first.

mod apng;
mod source;
mod webp;
mod write;

pub(super) use source::{Animation, moves, of};

use super::decode::{Need, Picture, upright};
use super::{Room, StepError, Target, colour, encode, steps};
use crate::model::Failure;
use crate::model::recipe::{Format, Frames, Recipe};
use crate::task::{Ctx, cpu_time};
use image::{ColorType, DynamicImage};
use source::Still;
use std::fs::File;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;
use write::Packed;

/// The most frames that are worked on at the same time: each takes as much memory as a picture.
pub(super) const MOST_AT_ONCE: usize = 4;

/// Whether a format can be animated.
fn is_held_by(format: Format) -> bool {
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

/// How many frames are worked on at the same time where so many threads are allowed.
fn at_once(threads: u16) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    usize::from(threads).min(cores).clamp(1, MOST_AT_ONCE)
}

/// How many pictures there are at a time, at most: those that are worked on, and the canvases of the decoder.
pub(super) fn pictures_at_once(threads: u16) -> u64 {
    at_once(threads) as u64 + 2
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
    let at_once = at_once(room.convert.threads);
    room.ask(need(animation.size), pictures_at_once(room.convert.threads))?;
    room.ctx.host.repeats(animation.frames as u64);
    let (plays, profile, meta) = (animation.plays, animation.icc, animation.meta);
    let orientation = animation.orientation;
    let size_in = upright(animation.size, orientation);
    if shape == Shape::Moving && target.encoding.target_size.is_some() {
        let words = "target_size does not go with an animation; leave it out, or take its first frame alone";
        return Err(failed(StepError::Refused(words.to_owned())));
    }
    let (total, mut done) = (animation.frames as u64, 0);
    let mut stills = animation.stills;
    let work = |still: Still| -> Result<(Packed, (u32, u32), bool), StepError> {
        let mut picture = Picture { orientation, size_in, ..Picture::new(still.pixels, profile.clone()) };
        if profile.as_deref().is_some_and(|icc| icc.get(16..20) == Some(b"GRAY")) {
            // What moves is stored in colours, which a profile for gray does not describe.
            picture.pixels = DynamicImage::ImageLumaA8(picture.pixels.to_luma_alpha8());
            colour::bring_to_srgb(&mut picture);
        }
        for step in steps::begin(&mut picture, recipe)? {
            steps::apply(&mut picture, step)?;
        }
        let size = (picture.pixels.width(), picture.pixels.height());
        Ok(match shape {
            Shape::Files => {
                let picture = Picture { meta: meta.clone(), ..picture };
                (Packed::File(encode::encode(&picture, target)?), size, false)
            }
            Shape::Moving => {
                let (pixels, icc) = encode::plain(&picture, target);
                (write::pack(&pixels, still.delay_ms, target)?, size, icc.is_some())
            }
        })
    };
    let (mut out, mut size_out, mut ends) = (None, None, Vec::new());
    let unsaved = |error: io::Error| room.unsaved(&error);
    loop {
        let batch: Vec<Still> =
            stills.by_ref().take(at_once).collect::<Result<_, _>>().map_err(|fault| fault.failure(name, "picture"))?;
        if batch.is_empty() {
            break;
        }
        for result in side_by_side(batch, &work) {
            let (packed, size, profile_stays) = result.map_err(failed)?;
            if *size_out.get_or_insert(size) != size && shape == Shape::Moving {
                let words = "its frames come out in different sizes; leave out the step that looks at what is in each";
                return Err(failed(StepError::Refused(words.to_owned())));
            }
            if out.is_none() {
                let meta = meta.kept(&target.encoding, size, target.left);
                let icc = profile.as_deref().filter(|_| profile_stays);
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

/// Works on a few things at once, and answers in their order. This thread does its part; the others' time is added to its.
fn side_by_side<T: Send, U: Send>(things: Vec<T>, work: &(impl Fn(T) -> U + Sync)) -> Vec<U> {
    let others = things.len().saturating_sub(1);
    let waiting = Mutex::new(things.into_iter().enumerate());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let some = || -> Vec<(usize, U)> { std::iter::from_fn(next).map(|(place, thing)| (place, work(thing))).collect() };
    let mut results = thread::scope(|scope| {
        let start = || {
            let some = || (some(), cpu_time::of_this_thread());
            // One that cannot be had leaves its part to the rest.
            thread::Builder::new().name("frames".into()).spawn_scoped(scope, some).ok()
        };
        let others: Vec<_> = (0..others).filter_map(|_| start()).collect();
        let mut results = some();
        for other in others {
            match other.join() {
                Ok((of_other, took)) => {
                    results.extend(of_other);
                    cpu_time::add(took);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Eight bits a channel and transparency: what all formats that move have.
fn rgba(pixels: DynamicImage) -> image::RgbaImage {
    match pixels {
        DynamicImage::ImageRgba8(pixels) => pixels,
        other => other.into_rgba8(),
    }
}
