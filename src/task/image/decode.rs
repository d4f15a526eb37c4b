//! From bytes to pixels, within limits that are checked before anything is allocated.

use super::fault::{caught, too_short};
use super::kind::Kind;
use super::meta::Meta;
use super::meta::gather::gather;
use super::{Limits, bmp, ico, jpeg, jxl, pfm, profile, tga, tiff, whole};
use crate::model::recipe::FitBox;
use crate::model::{ErrorKind, Failure};
use image::error::{ImageError, LimitErrorKind, UnsupportedErrorKind};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use std::error::Error;
use std::io::{BufRead, Cursor, Seek};

/// How much larger than its file a picture's metadata may become when it is unpacked, in bytes. A colour profile that
/// does not fit is left out.
const MAX_METADATA_BYTES: u64 = 16 << 20;

/// A decoded picture on its way through a recipe.
#[derive(Debug)]
pub(super) struct Picture {
    /// The pixels as stored: not yet turned upright.
    pub(super) pixels: DynamicImage,
    /// What turns them upright.
    pub(super) orientation: Orientation,
    /// The colour profile, kept with the picture.
    pub(super) icc: Option<Vec<u8>>,
    /// Width and height of the original, upright.
    pub(super) size_in: (u32, u32),
    /// What else it says.
    pub(super) meta: Meta,
}

impl Picture {
    /// Pixels that are upright already, for all that they say themselves.
    pub(super) fn new(pixels: DynamicImage, icc: Option<Vec<u8>>) -> Picture {
        let size_in = (pixels.width(), pixels.height());
        Picture { pixels, orientation: Orientation::NoTransforms, icc, size_in, meta: Meta::default() }
    }

    /// The same, turned as the metadata says.
    pub(super) fn with_meta(self, meta: Meta) -> Picture {
        let orientation = meta.orientation().unwrap_or(self.orientation);
        let size_in = upright((self.pixels.width(), self.pixels.height()), orientation);
        Picture { orientation, size_in, meta, ..self }
    }
}

/// What a picture may take.
pub(super) struct Allowed<'a> {
    pub(super) limits: Limits,
    /// Waits until there is memory for decoding a picture, and for what is made of it.
    pub(super) reserve: &'a dyn Fn(Need) -> Result<(), Failure>,
}

/// What decoding a picture takes, known from its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// Width and height, however it lies.
    pub(super) size: (u32, u32),
    /// Bytes of the pixels that come out.
    pub(super) pixels: u64,
    /// The most bytes that there are at the same time until they are out, the pixels included.
    pub(super) decoding: u64,
    /// Whether there are more than 8 bits a channel.
    pub(super) is_deep: bool,
    pub(super) has_alpha: bool,
}

impl Need {
    /// Of pixels of this kind, with nothing beside them.
    pub(super) fn of(size: (u32, u32), color: ColorType) -> Need {
        let pixels =
            u64::from(size.0).saturating_mul(u64::from(size.1)).saturating_mul(u64::from(color.bytes_per_pixel()));
        let is_deep = color.bytes_per_pixel() > color.channel_count();
        // Floating-point numbers become 16 bits at most, beside themselves.
        let is_float = matches!(color, ColorType::Rgb32F | ColorType::Rgba32F);
        let decoding = if is_float { pixels.saturating_add(pixels / 2) } else { pixels };
        Need { size, pixels, decoding, is_deep, has_alpha: color.has_alpha() }
    }

    /// The same with so many bytes beside the pixels while they are decoded.
    pub(super) fn beside(self, bytes: u64) -> Need {
        Need { decoding: self.decoding.saturating_add(bytes), ..self }
    }
}

/// Decodes a picture; of an animation, its first frame. `fit` lets a decoder skip detail that would not be seen.
pub(super) fn decode(
    bytes: &[u8],
    kind: Kind,
    name: &str,
    fit: Option<FitBox>,
    allowed: &Allowed<'_>,
) -> Result<Picture, Failure> {
    caught(|| decode_kind(bytes, kind, name, fit, allowed)).unwrap_or_else(|fault| Err(fault.failure(name, "picture")))
}

fn decode_kind(
    bytes: &[u8],
    kind: Kind,
    name: &str,
    fit: Option<FitBox>,
    allowed: &Allowed<'_>,
) -> Result<Picture, Failure> {
    whole::check(bytes, kind).map_err(|fault| fault.failure(name, "picture"))?;
    let by_image = |format| decode_with_image(bytes, format, name, allowed);
    let picture = match kind {
        // It needs to know how the picture lies before it decodes.
        Kind::Jpeg => {
            let picture = jpeg::decode(bytes, name, fit, allowed)?;
            return Ok(Picture { icc: profile::sound(picture.icc), ..picture });
        }
        Kind::Tiff => tiff::decode(bytes, name, allowed),
        Kind::Bmp => bmp::decode(bytes, name, allowed),
        Kind::Dib => bmp::decode_dib(bytes, name, allowed),
        Kind::Ico => ico::decode(bytes, name, allowed),
        Kind::Tga => tga::decode(bytes, name, allowed),
        Kind::Pfm => pfm::decode(bytes, name, allowed),
        Kind::Jxl => jxl::decode(bytes, name, allowed),
        Kind::Png => by_image(ImageFormat::Png),
        Kind::Webp => by_image(ImageFormat::WebP),
        Kind::Gif => by_image(ImageFormat::Gif),
        Kind::Pnm => by_image(ImageFormat::Pnm),
        Kind::Qoi => by_image(ImageFormat::Qoi),
        Kind::Hdr => by_image(ImageFormat::Hdr),
    }?;
    let icc = match kind {
        Kind::Png => profile::of_png(bytes, picture.icc),
        _ => profile::sound(picture.icc),
    };
    let (picture, meta) = (Picture { icc, ..picture }, gather(bytes, kind));
    // JPEG XL says in its own way how it lies, and the decoder has seen to it.
    Ok(if kind == Kind::Jxl { Picture { meta, ..picture } } else { picture.with_meta(meta) })
}

/// Decodes through the image crate.
pub(super) fn decode_with_image(
    bytes: &[u8],
    format: ImageFormat,
    name: &str,
    allowed: &Allowed<'_>,
) -> Result<Picture, Failure> {
    let failed = |error: ImageError| failure(name, &error);
    let mut decoder = header_by_image(Cursor::new(bytes), format, bytes.len() as u64).map_err(failed)?;
    let (width, height) = decoder.dimensions();
    check(name, (width, height), decoder.total_bytes(), allowed.limits)?;
    (allowed.reserve)(Need::of((width, height), decoder.color_type()))?;
    let mut own_limits = image::Limits::default();
    own_limits.max_alloc = Some(allowed.limits.decoded_bytes);
    decoder.set_limits(own_limits).map_err(failed)?;
    // Metadata that cannot be read must not cost the picture.
    let icc = decoder.icc_profile().ok().flatten().filter(|icc| !icc.is_empty());
    let pixels = DynamicImage::from_decoder(decoder).map_err(failed)?;
    Ok(Picture::new(pixels, icc))
}

/// Reads a header through the image crate.
pub(super) fn header_by_image<'a>(
    reader: impl BufRead + Seek + 'a,
    format: ImageFormat,
    length: u64,
) -> Result<impl ImageDecoder + 'a, ImageError> {
    let mut reader = ImageReader::with_format(reader, format);
    reader.limits(metadata_limits(length));
    reader.into_decoder()
}

/// What reading the header of a file of this length may take.
pub(super) fn metadata_limits(length: u64) -> image::Limits {
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(length + MAX_METADATA_BYTES);
    limits
}

/// What [`decode_with_image`] will ask for, from the beginning of a file. Nothing much larger than that is allocated.
pub(super) fn foresee_with_image(reader: impl BufRead + Seek, format: ImageFormat) -> Option<Need> {
    let decoder = header_by_image(reader, format, 0).ok()?;
    Some(Need::of(decoder.dimensions(), decoder.color_type()))
}

/// Checks a picture's header against the limits.
pub(super) fn check(name: &str, (width, height): (u32, u32), bytes: u64, limits: Limits) -> Result<(), Failure> {
    let pixels = u64::from(width) * u64::from(height);
    if width == 0 || height == 0 {
        return Err(Failure::new(
            ErrorKind::Decode,
            format!("{name} is damaged: it says that it is {width}×{height} pixels"),
        ));
    }
    let too_much = |amount: String| {
        let sentence = format!("{name} is too large: {width}×{height} is {amount}");
        Err(Failure::new(ErrorKind::Limit, sentence))
    };
    if pixels > limits.pixels {
        return too_much(format!("{} megapixels, of at most {}", pixels / 1_000_000, limits.pixels / 1_000_000));
    }
    if bytes > limits.decoded_bytes {
        return too_much(format!("{} MiB once unpacked, of at most {}", bytes >> 20, limits.decoded_bytes >> 20));
    }
    Ok(())
}

/// A size as it is once turned upright.
pub(super) fn upright((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    match orientation {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// What a decoder of the image crate says, told of a file.
pub(super) fn failure(name: &str, error: &ImageError) -> Failure {
    let details = format!("{error:?}");
    let failure = match error {
        ImageError::Unsupported(unsupported) => match unsupported.kind() {
            // Where width times height is more than there are numbers.
            UnsupportedErrorKind::GenericFeature(words) if words.starts_with("Image dimensions (") => {
                let size = words.split(['(', ')']).nth(1).unwrap_or_default().replace('x', "×");
                Failure::new(ErrorKind::Limit, format!("{name} is too large: it says that it is {size} pixels"))
            }
            UnsupportedErrorKind::GenericFeature(words) => unread(name, &words),
            _ => unread(name, &error.to_string()),
        },
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::InsufficientMemory => {
                Failure::new(ErrorKind::Limit, format!("{name} would take more memory than a picture may"))
            }
            _ => Failure::new(ErrorKind::Limit, format!("{name} is too large: {error}")),
        },
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => too_short(name),
        // What the format's decoder says, without the name of the format in front.
        ImageError::Decoding(decoding) => {
            let words = decoding.source().map_or_else(|| error.to_string(), ToString::to_string);
            if words.starts_with("Image too large") {
                let sentence = format!("{name} is too large: it says that it has more pixels than any picture may");
                return Failure::new(ErrorKind::Limit, sentence).with_details(details);
            }
            let is_number = words.starts_with("Overflow when parsing integer");
            let why = if is_number { "a number in its header is larger than any size" } else { &words };
            Failure::new(ErrorKind::Decode, format!("{name} is damaged: {why}"))
        }
        _ => Failure::new(ErrorKind::Decode, format!("{name} is damaged: {error}")),
    };
    failure.with_details(details)
}

fn unread(name: &str, why: &str) -> Failure {
    Failure::new(ErrorKind::Unsupported, format!("{name} is of a kind that Millrace does not read: {why}"))
}
