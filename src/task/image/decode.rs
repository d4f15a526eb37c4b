//! From bytes to pixels, within limits that are checked before anything is allocated.

use super::fault::too_short;
use super::kind::Kind;
use super::meta::Meta;
use super::meta::gather::gather;
use super::{Limits, bmp, ico, jpeg, jxl, pfm, tga, tiff, whole};
use crate::model::recipe::FitBox;
use crate::model::{ErrorKind, Failure};
use image::error::{ImageError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;

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
    /// Waits until there is memory for a picture of this width and height, decoded in so many bytes, and what is made
    /// of it.
    pub(super) reserve: &'a dyn Fn((u32, u32), u64) -> Result<(), Failure>,
}

/// Decodes a picture; of an animation, its first frame. `fit` lets a decoder skip detail that would not be seen.
pub(super) fn decode(
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
        Kind::Jpeg => return jpeg::decode(bytes, name, fit, allowed),
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
    let meta = gather(bytes, kind);
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
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut header_limits = image::Limits::default();
    header_limits.max_alloc = Some(bytes.len() as u64 + MAX_METADATA_BYTES);
    reader.limits(header_limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    check(name, (width, height), decoder.total_bytes(), allowed.limits)?;
    (allowed.reserve)((width, height), decoder.total_bytes())?;
    let mut own_limits = image::Limits::default();
    own_limits.max_alloc = Some(allowed.limits.decoded_bytes);
    decoder.set_limits(own_limits).map_err(failed)?;
    // Metadata that cannot be read must not cost the picture.
    let icc = decoder.icc_profile().ok().flatten().filter(|icc| !icc.is_empty());
    let pixels = DynamicImage::from_decoder(decoder).map_err(failed)?;
    Ok(Picture::new(pixels, icc))
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
    if pixels > limits.pixels || bytes > limits.decoded_bytes {
        let (megapixels, most) = (pixels / 1_000_000, limits.pixels / 1_000_000);
        let sentence = format!("{name} is too large: {width}×{height} is {megapixels} megapixels, of at most {most}");
        return Err(Failure::new(ErrorKind::Limit, sentence));
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

fn failure(name: &str, error: &ImageError) -> Failure {
    let details = format!("{error:?}");
    let failure = match error {
        ImageError::Unsupported(_) => {
            Failure::new(ErrorKind::Unsupported, format!("{name} is of a kind that Millrace does not read: {error}"))
        }
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::InsufficientMemory => {
                Failure::new(ErrorKind::Limit, format!("{name} would take more memory than a picture may"))
            }
            _ => Failure::new(ErrorKind::Limit, format!("{name} is too large: {error}")),
        },
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => too_short(name),
        _ => Failure::new(ErrorKind::Decode, format!("{name} is damaged: {error}")),
    };
    failure.with_details(details)
}
