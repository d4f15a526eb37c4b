//! The frames of an animation, one after another: the whole of it is never held.

use super::super::decode::{Allowed, check};
use super::super::fault::Fault;
use super::super::kind::Kind;
use super::super::meta::Meta;
use super::super::meta::gather::gather;
use super::apng;
use crate::model::{ErrorKind, Failure};
use image::codecs::{gif::GifDecoder, webp::WebPDecoder};
use image::error::ImageError;
use image::{AnimationDecoder, DynamicImage, Frame, ImageDecoder, Rgba};
use std::io::Cursor;

/// More frames than anybody looks at.
const MOST_FRAMES: usize = 10_000;

/// The pixels of all frames together: an hour of work for one core.
const MOST_PIXELS: u64 = 20_000_000_000;

/// One frame, composed.
pub(super) struct Still {
    pub(super) pixels: DynamicImage,
    pub(super) delay_ms: u32,
}

/// A picture that moves.
pub(in super::super) struct Animation<'a> {
    pub(in super::super) size: (u32, u32),
    pub(in super::super) frames: usize,
    /// How often it plays; `None` is for ever.
    pub(super) plays: Option<u32>,
    pub(in super::super) icc: Option<Vec<u8>>,
    pub(in super::super) meta: Meta,
    pub(super) stills: Stills<'a>,
}

type Stills<'a> = Box<dyn Iterator<Item = Result<Still, Fault>> + 'a>;

/// The animation in a file. `None`: it has one frame.
pub(in super::super) fn of<'a>(
    bytes: &'a [u8],
    kind: Kind,
    name: &str,
    allowed: &Allowed<'_>,
) -> Result<Option<Animation<'a>>, Failure> {
    let (frames, plays) = match kind {
        Kind::Gif => gif(bytes),
        Kind::Png => png(bytes),
        Kind::Webp => webp(bytes),
        _ => return Ok(None),
    };
    if frames < 2 {
        return Ok(None);
    }
    super::super::whole::check(bytes, kind).map_err(|fault| fault.failure(name, "picture"))?;
    open(bytes, kind, name, allowed, (frames, plays)).map(Some)
}

fn open<'a>(
    bytes: &'a [u8],
    kind: Kind,
    name: &str,
    allowed: &Allowed<'_>,
    (frames, plays): (usize, Option<u32>),
) -> Result<Animation<'a>, Failure> {
    let refused = |error: ImageError| fault(&error).failure(name, "picture");
    let reader = || Cursor::new(bytes);
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(allowed.limits.decoded_bytes);
    let (size, icc, stills): (_, _, Stills<'a>) = match kind {
        Kind::Gif => {
            let mut decoder = GifDecoder::new(reader()).map_err(refused)?;
            decoder.set_limits(limits).map_err(refused)?;
            (decoder.dimensions(), None, Box::new(decoder.into_frames().map(still)))
        }
        Kind::Png => {
            let open = apng::Frames::open(bytes, allowed.limits.decoded_bytes);
            let mut frames = open.map_err(|fault| fault.failure(name, "picture"))?;
            (frames.size(), frames.icc(), Box::new(std::iter::from_fn(move || Some(frames.next()))))
        }
        _ => {
            let mut decoder = WebPDecoder::new(reader()).map_err(refused)?;
            decoder.set_limits(limits).map_err(refused)?;
            // Frames that are taken away leave nothing. Otherwise the decoder lets them stay.
            decoder.set_background_color(Rgba([0; 4])).map_err(refused)?;
            let icc = decoder.icc_profile().ok().flatten();
            (decoder.dimensions(), icc, Box::new(decoder.into_frames().map(still)))
        }
    };
    let pixels = u64::from(size.0) * u64::from(size.1);
    check(name, size, pixels * 4, allowed.limits)?;
    if frames > MOST_FRAMES || pixels.saturating_mul(frames as u64) > MOST_PIXELS {
        let (width, height) = size;
        let sentence = format!(
            "{name} is too large: it has {frames} frames of {width}×{height} pixels, and an animation may have {MOST_FRAMES} and {} gigapixels altogether",
            MOST_PIXELS / 1_000_000_000
        );
        return Err(Failure::new(ErrorKind::Limit, sentence));
    }
    // A file that promises more frames than it has was cut.
    let stills = Counted { stills, left: frames, failed: false };
    Ok(Animation { size, frames, plays, icc, meta: gather(bytes, kind), stills: Box::new(stills) })
}

/// Frames, which have to be as many as there are said to be.
struct Counted<'a> {
    stills: Stills<'a>,
    left: usize,
    failed: bool,
}

impl Iterator for Counted<'_> {
    type Item = Result<Still, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 || self.failed {
            return None;
        }
        self.left -= 1;
        let still = self.stills.next().unwrap_or(Err(Fault::Short));
        self.failed = still.is_err();
        Some(still)
    }
}

fn still(frame: Result<Frame, ImageError>) -> Result<Still, Fault> {
    let frame = frame.map_err(|error| fault(&error))?;
    let (numerator, denominator) = frame.delay().numer_denom_ms();
    let delay_ms = (f64::from(numerator) / f64::from(denominator.max(1))).round() as u32;
    Ok(Still { pixels: DynamicImage::ImageRgba8(frame.into_buffer()), delay_ms })
}

fn fault(error: &ImageError) -> Fault {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Fault::Short,
        ImageError::Unsupported(_) => Fault::unsupported(error.to_string()),
        _ => Fault::damaged(error.to_string()),
    }
}

/// How many frames there are, and how often they play.
fn gif(bytes: &[u8]) -> (usize, Option<u32>) {
    let mut frames = 0;
    let mut plays = Some(1);
    super::super::whole::walk_gif(bytes, |mark, body| match mark {
        0x2c => frames += 1,
        // So many times again; none for ever.
        _ if body.starts_with(b"\x0bNETSCAPE2.0\x03\x01") => {
            let again = body.get(14..16).map_or(0, |again| u32::from(u16::from_le_bytes([again[0], again[1]])));
            plays = if again == 0 { None } else { Some(again + 1) };
        }
        _ => {}
    });
    (frames, plays)
}

fn png(bytes: &[u8]) -> (usize, Option<u32>) {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((head, tail)) = rest.split_at_checked(8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        match (&head[4..], tail.first_chunk::<8>()) {
            (b"acTL", Some(control)) => {
                let number =
                    |at: usize| u32::from_be_bytes([control[at], control[at + 1], control[at + 2], control[at + 3]]);
                return (number(0) as usize, Some(number(4)).filter(|plays| *plays > 0));
            }
            (b"IDAT", _) => break,
            _ => {}
        }
        rest = tail.get(length.saturating_add(4)..).unwrap_or_default();
    }
    (1, None)
}

fn webp(bytes: &[u8]) -> (usize, Option<u32>) {
    let (mut frames, mut plays) = (0, None);
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let Some((head, tail)) = rest.split_at_checked(8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        match &head[..4] {
            b"ANMF" => frames += 1,
            b"ANIM" => {
                let said = tail.get(4..6).map_or(0, |plays| u32::from(u16::from_le_bytes([plays[0], plays[1]])));
                plays = Some(said).filter(|plays| *plays > 0);
            }
            _ => {}
        }
        rest = tail.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
    (frames, plays)
}
