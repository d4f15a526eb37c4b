//! Turning one picture into another: read, decode, turn upright, do the steps, encode, write. The same input gives the
//! same bytes wherever it runs.

mod animation;
mod bmp;
mod chunks;
mod colour;
mod decode;
mod encode;
mod facts;
mod fault;
mod foresight;
mod ico;
mod inks;
mod jpeg;
mod jxl;
mod kind;
mod meta;
mod original;
mod pfm;
mod profile;
mod room;
mod source;
mod steps;
mod tga;
mod tiff;
mod whole;

use super::{Ctx, UNASKED_BYTES};
use crate::model::filename;
use crate::model::recipe::{Encoding, Format};
use crate::model::task::{NonPictures, Piece};
use crate::model::{Convert, ErrorKind, Failure, Output};
use animation::Shape;
use decode::{Allowed, Need};
pub use facts::run as facts;
use foresight::Foreseen;
use image::DynamicImage;
use image::metadata::Orientation;
use kind::Kind;
use original::Done;
use room::{Content, Made, Room, write};
use source::Contents;
use std::io::{self, Seek, Write};
use std::path::Path;
pub use steps::{check_marks, check_texts};

/// The steps that progress counts: read, decode, the recipe's, encode, write.
const STEPS: u64 = 5;

/// The most that a picture may cost. Checked against its header before anything is allocated.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Pixels of the decoded picture, and of what steps make of it.
    pub pixels: u64,
    /// Bytes of the decoded picture.
    pub decoded_bytes: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
}

/// For every picture: a 24,000 × 20,000 scan passes.
pub const LIMITS: Limits = Limits { pixels: 500_000_000, decoded_bytes: 2 << 30, file_bytes: 2 << 30 };

/// Runs one conversion to its end.
///
/// # Errors
///
/// Fails where the file cannot be read or decoded, where the picture or what becomes of it is too large or there is no
/// memory for it, where a step or the format cannot take it, where the output cannot be written, and once cancelled.
pub fn run(convert: &Convert, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    let input = ctx
        .files
        .input
        .as_deref()
        .ok_or_else(|| Failure::new(ErrorKind::Io, format!("There is no file for {}", convert.name)))?;
    let recipe = &*convert.recipe;
    let failed = |error: StepError| error.failure(&convert.name);
    let (mut file, length) = source::open(ctx.handles, input, &convert.name, LIMITS)?;
    let room = Room::of(ctx, convert, length);
    if length > UNASKED_BYTES {
        let unread = |error: io::Error| Failure::from_io("read", Path::new(&convert.name), &error);
        match foresight::look(&mut file, length, convert).map_err(unread)? {
            Some(Foreseen { need, times }) => {
                decode::check(&convert.name, need.size, 0, LIMITS)?;
                room.ask(need, times)?;
            }
            None => room.ask_bytes(length)?,
        }
    }
    let bytes = source::read(file, length, &convert.name)?;
    step(ctx, 1)?;
    let kind = match source::contents(&bytes, &convert.name) {
        Contents::Picture(kind) => kind,
        Contents::Other(_) if may_be_kept(convert) => return keep(&bytes, convert, ctx),
        Contents::Other(what) => return Err(source::unsupported(&convert.name, what)),
    };
    let mut target = target_of(recipe.output, kind, &bytes);
    encode::check_target_size(target).map_err(failed)?;
    let name = output_name(&convert.name, target.format);
    if convert.existing.contains(&name) {
        return Ok(Output { name, bytes_in: length, existing: true, ..Output::default() });
    }
    let reserve = |need: Need| room.ask(need, 1);
    let allowed = Allowed { limits: LIMITS, reserve: &reserve };
    #[cfg(feature = "turbojpeg")]
    if let Some(made) = by_planes(&bytes, kind, target, &allowed, &room)? {
        return room.finish(name, made);
    }
    if let Some(made) = animated(&bytes, kind, target, &allowed, &room)? {
        return room.finish(name, made);
    }
    let mut picture = decode::decode(&bytes, kind, &convert.name, steps::fit_of(recipe), &allowed)?;
    if !recipe.auto_orient {
        target.left = picture.orientation;
    }
    // Needed again only where it may be the result itself.
    let bytes = Some(bytes).filter(|_| recipe.output.keep_original_if_larger);
    step(ctx, 2)?;
    for step in steps::begin(&mut picture, recipe).map_err(failed)? {
        ctx.checkpoint()?;
        steps::apply(&mut picture, step).map_err(failed)?;
    }
    step(ctx, 3)?;
    let mut encoded = encode::encode(&picture, target).map_err(failed)?;
    let done = Done::of(&picture);
    let original = bytes.as_deref().and_then(|bytes| original::instead(bytes, kind, recipe, target, &done));
    if let Some(original) = original.filter(|original| original.len() < encoded.len()) {
        encoded = original;
    }
    let file = Content::Bytes(encoded);
    room.finish(name, Made { file, size_in: done.size_in, size_out: done.size, pieces: Vec::new() })
}

/// Converts a JPEG file to a JPEG file without making colours in between, where that is possible.
#[cfg(feature = "turbojpeg")]
fn by_planes(
    bytes: &[u8],
    kind: Kind,
    target: Target,
    allowed: &Allowed<'_>,
    room: &Room<'_>,
) -> Result<Option<Made>, Failure> {
    let convert = room.convert;
    if kind != Kind::Jpeg {
        return Ok(None);
    }
    let made = jpeg::planes::convert(bytes, &convert.name, &convert.recipe, target, allowed)?;
    Ok(made.map(|made| Made {
        file: Content::Bytes(encode::finished_jpeg(&made.jpeg, &made.picture, target, made.size_out)),
        size_in: made.picture.size_in,
        size_out: made.size_out,
        pieces: Vec::new(),
    }))
}

/// Converts an animation with all its frames, if it is one and more than its first frame is wanted.
fn animated(
    bytes: &[u8],
    kind: Kind,
    target: Target,
    allowed: &Allowed<'_>,
    room: &Room<'_>,
) -> Result<Option<Made>, Failure> {
    let (convert, name) = (room.convert, &room.convert.name);
    let Some(shape) = animation::shape(target.encoding.frames, target.format) else { return Ok(None) };
    let Some(animation) = animation::of(bytes, kind, name, allowed)? else { return Ok(None) };
    let (has_profile, meta, orientation) = (animation.icc.is_some(), animation.meta.clone(), animation.orientation);
    let left = if convert.recipe.auto_orient { Orientation::NoTransforms } else { orientation };
    let target = Target { left, ..target };
    let mut file = room.output()?;
    let made = animation::convert(animation, name, &convert.recipe, target, shape, room, &file)?;
    let pieces = pieces(name, target.format, &made.ends);
    let mut length = made.length;
    if shape == Shape::Moving && target.encoding.keep_original_if_larger {
        let (size_in, size) = (made.size_in, made.size_out);
        let done = Done { size_in, size, orientation, has_profile, is_deep: false, meta: &meta };
        let original = original::instead(bytes, kind, &convert.recipe, target, &done);
        if let Some(original) = original.filter(|original| (original.len() as u64) < length) {
            length = original.len() as u64;
            let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(&original));
            written.map_err(|error| room.unsaved(&error))?;
        }
    }
    Ok(Some(Made { file: Content::Written(length), size_in: made.size_in, size_out: made.size_out, pieces }))
}

/// The files that lie behind one another in the output.
fn pieces(name: &str, format: Format, ends: &[u64]) -> Vec<Piece> {
    let digits = ends.len().to_string().len().max(4);
    let stem = filename::split(name).0;
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let numbered = starts.zip(ends).zip(1_usize..);
    numbered
        .map(|((start, end), number)| Piece {
            name: filename::sanitized(&format!("{stem}-{number:0digits$}.{}", format.extension())),
            bytes: end - start,
        })
        .collect()
}

fn step(ctx: &Ctx<'_>, done: u64) -> Result<(), Failure> {
    ctx.progress(done, Some(STEPS));
    ctx.checkpoint()
}

/// An encoding with its format decided.
#[derive(Debug, Clone, Copy)]
struct Target {
    format: Format,
    /// What else was asked for.
    encoding: Encoding,
    /// What still has to turn the pixels upright, where they are to lie as they lay.
    left: Orientation,
}

impl Target {
    /// Whether the pixels are to be kept exactly.
    fn is_lossless(self) -> bool {
        self.encoding.lossless || !self.format.has_quality()
    }

    fn quality(self) -> u8 {
        self.encoding.quality.unwrap_or(Encoding::default_quality(self.format))
    }
}

fn target_of(mut encoding: Encoding, kind: Kind, bytes: &[u8]) -> Target {
    let format = encoding.format.unwrap_or(match kind {
        Kind::Jpeg if encoding.lossless => Format::Webp,
        Kind::Jpeg => Format::Jpeg,
        Kind::Webp => Format::Webp,
        Kind::Gif => Format::Gif,
        Kind::Tiff => Format::Tiff,
        Kind::Bmp => Format::Bmp,
        _ => Format::Png,
    });
    let nothing_said = encoding.format.is_none() && encoding.quality.is_none() && encoding.target_size.is_none();
    encoding.lossless |= nothing_said && kind == Kind::Webp && source::is_lossless_webp(bytes);
    Target { format, encoding, left: Orientation::NoTransforms }
}

/// The input's name with the extension of what is written. An extension that says so already stays as it is.
pub fn output_name(name: &str, format: Format) -> String {
    let says_so = match filename::split(name).1 {
        Some(extension) => match format {
            Format::Jpeg => ["jpg", "jpeg"].iter().any(|known| extension.eq_ignore_ascii_case(known)),
            Format::Tiff => ["tif", "tiff"].iter().any(|known| extension.eq_ignore_ascii_case(known)),
            _ => extension.eq_ignore_ascii_case(format.extension()),
        },
        None => false,
    };
    let name = if says_so { name.to_owned() } else { filename::with_extension(name, format.extension()) };
    let safe = filename::sanitized(&name);
    if filename::split(&safe).1.is_some() {
        return safe;
    }
    // Nothing of what stood before the extension may stay.
    format!("_.{}", format.extension())
}

fn may_be_kept(convert: &Convert) -> bool {
    convert.non_pictures == NonPictures::Keep && !filename::is_picture(Path::new(&convert.name))
}

/// Passes a file on as it is.
fn keep(bytes: &[u8], convert: &Convert, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    write(bytes, ctx, &convert.name)?;
    ctx.progress(STEPS, Some(STEPS));
    let length = bytes.len() as u64;
    let name = filename::sanitized(&convert.name);
    Ok(Output { name, bytes_in: length, bytes_out: length, ..Output::default() })
}

/// Why a step did not work, without the file's name.
#[derive(Debug, thiserror::Error)]
enum StepError {
    /// The picture does not go into the format.
    #[error("{format} pictures have at most {side} pixels a side, and this one is {width}×{height}; make it smaller with a fit", format = format.title())]
    TooLarge { format: Format, side: u32, width: u32, height: u32 },
    /// A step would make more pixels than any picture may have.
    #[error("it would become {width}×{height} pixels, and pictures may have at most {most} megapixels")]
    TooMany { width: u32, height: u32, most: u64 },
    /// A crop that leaves nothing.
    #[error("a crop that begins at {x}, {y} leaves nothing of {width}×{height} pixels")]
    Outside { x: u32, y: u32, width: u32, height: u32 },
    /// The codec or the resizer refused.
    #[error("{0}")]
    Refused(String),
}

impl StepError {
    fn failure(self, name: &str) -> Failure {
        let kind = match self {
            StepError::TooLarge { .. } | StepError::TooMany { .. } => ErrorKind::Limit,
            StepError::Refused(_) | StepError::Outside { .. } => ErrorKind::Unsupported,
        };
        Failure::new(kind, format!("{name} could not be converted: {self}"))
    }
}

/// 8 bits a channel, keeping gray and transparency.
fn to_8_bits(pixels: &DynamicImage) -> DynamicImage {
    use image::ColorType;
    match pixels.color() {
        ColorType::L16 => DynamicImage::ImageLuma8(pixels.to_luma8()),
        ColorType::La16 => DynamicImage::ImageLumaA8(pixels.to_luma_alpha8()),
        color if color.has_alpha() => DynamicImage::ImageRgba8(pixels.to_rgba8()),
        _ => DynamicImage::ImageRgb8(pixels.to_rgb8()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_named_after_their_inputs() {
        assert_eq!(output_name("a.png", Format::Jpeg), "a.jpg");
        assert_eq!(output_name("A.JPEG", Format::Jpeg), "A.JPEG");
        assert_eq!(output_name("scan", Format::Webp), "scan.webp");
        assert_eq!(output_name("v1.2 draft", Format::Png), "v1.2 draft.png");
        assert_eq!(output_name("..png", Format::Webp), "_.webp");
        assert_eq!(output_name("\u{fffd}\u{fffd}.png", Format::Png), "_.png");
        assert_eq!(output_name(".hidden.png", Format::Png), "_hidden.png");
    }
}
