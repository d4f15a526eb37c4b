//! The frames of an animation, one after another: the whole of it is never held.

use super::super::chunks::{self, Block};
use super::super::decode::{Allowed, check, failure};
use super::super::fault::{Fault, caught};
use super::super::kind::Kind;
use super::super::meta::Meta;
use super::super::meta::gather::gather;
use super::super::profile;
use super::{apng, webp};
use crate::model::{ErrorKind, Failure};
use image::codecs::{gif::GifDecoder, webp::WebPDecoder};
use image::error::ImageError;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, Frame, ImageDecoder};
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
    /// As its frames are stored.
    pub(in super::super) size: (u32, u32),
    pub(in super::super) frames: usize,
    /// How often it plays; `None` is for ever.
    pub(super) plays: Option<u32>,
    pub(in super::super) icc: Option<Vec<u8>>,
    pub(in super::super) meta: Meta,
    /// What turns its frames upright.
    pub(in super::super) orientation: Orientation,
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
    let (frames, plays) = told(bytes, kind);
    if frames < 2 {
        return Ok(None);
    }
    super::super::whole::check(bytes, kind).map_err(|fault| fault.failure(name, "picture"))?;
    let opened = caught(|| open(bytes, kind, name, allowed, (frames, plays)));
    opened.unwrap_or_else(|fault| Err(fault.failure(name, "picture"))).map(Some)
}

fn open<'a>(
    bytes: &'a [u8],
    kind: Kind,
    name: &str,
    allowed: &Allowed<'_>,
    (frames, plays): (usize, Option<u32>),
) -> Result<Animation<'a>, Failure> {
    let refused = |error: ImageError| failure(name, &error);
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
            (
                frames.size(),
                profile::of_png(bytes, frames.icc()),
                Box::new(std::iter::from_fn(move || Some(frames.next()))),
            )
        }
        _ => {
            let mut decoder = WebPDecoder::new(reader()).map_err(refused)?;
            decoder.set_limits(limits.clone()).map_err(refused)?;
            let (size, icc) = (decoder.dimensions(), profile::sound(decoder.icc_profile().ok().flatten()));
            (size, icc, Box::new(webp::Frames::new(chunks::webp(bytes), size, limits)))
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
    let meta = gather(bytes, kind);
    let orientation = meta.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(Animation { size, frames, plays, icc, meta, orientation, stills: Box::new(stills) })
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
        let still = caught(|| self.stills.next()).and_then(|still| still.unwrap_or(Err(Fault::Short)));
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

/// What an error of the image crate says of a frame.
pub(super) fn fault(error: &ImageError) -> Fault {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Fault::Short,
        ImageError::Unsupported(_) => Fault::unsupported(error.to_string()),
        _ => Fault::damaged(error.to_string()),
    }
}

/// Whether a file has more than one frame.
pub(in super::super) fn moves(bytes: &[u8], kind: Kind) -> bool {
    told(bytes, kind).0 > 1
}

/// How many frames there are said to be, and how often they play.
fn told(bytes: &[u8], kind: Kind) -> (usize, Option<u32>) {
    match kind {
        Kind::Gif => told_by_gif(bytes),
        Kind::Png => told_by_png(bytes),
        Kind::Webp => told_by_webp(bytes),
        _ => (1, None),
    }
}

fn told_by_gif(bytes: &[u8]) -> (usize, Option<u32>) {
    let mut frames = 0;
    let mut plays = Some(1);
    for block in chunks::gif(bytes) {
        match block {
            Block::Frame(_) => frames += 1,
            // So many times again; none for ever.
            Block::Extension(_, body) if block.is_of(b"NETSCAPE2.0") && body[14..].starts_with(b"\x03\x01") => {
                let again = body.get(16..18).map_or(0, |again| u32::from(u16::from_le_bytes([again[0], again[1]])));
                plays = if again == 0 { None } else { Some(again + 1) };
            }
            _ => {}
        }
    }
    (frames, plays)
}

fn told_by_png(bytes: &[u8]) -> (usize, Option<u32>) {
    let control = chunks::png(bytes).take_while(|chunk| &chunk.name != b"IDAT").find(|chunk| &chunk.name == b"acTL");
    let number = |at: usize| Some(u32::from_be_bytes(*control?.data.get(at..)?.first_chunk()?));
    match (number(0), number(4)) {
        (Some(frames), Some(plays)) => (frames as usize, Some(plays).filter(|plays| *plays > 0)),
        _ => (1, None),
    }
}

fn told_by_webp(bytes: &[u8]) -> (usize, Option<u32>) {
    let (mut frames, mut plays) = (0, None);
    for chunk in chunks::webp(bytes) {
        match &chunk.name {
            b"ANMF" => frames += 1,
            b"ANIM" => {
                let said = chunk.data.get(4..6).map_or(0, |plays| u32::from(u16::from_le_bytes([plays[0], plays[1]])));
                plays = Some(said).filter(|plays| *plays > 0);
            }
            _ => {}
        }
    }
    (frames, plays)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_at_which_its_decoder_panics_is_the_last() {
        let stills: Stills<'_> = Box::new(std::iter::from_fn(|| panic!("no such row")));
        let mut counted = Counted { stills, left: 2, failed: false };
        let Some(Err(Fault::Damaged(why))) = counted.next() else { panic!("it is damaged") };
        assert!(why.contains("no such row"), "{why}");
        assert!(counted.next().is_none());
    }
}
