//! What a recipe writes: the format and everything that belongs to it.

use super::table::{self, LEAST_TARGET_BYTES};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A file format that Millrace writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JPEG, always lossy, without transparency.
    Jpeg,
    /// PNG, lossless.
    Png,
    /// WebP, lossy or lossless.
    Webp,
    /// TIFF, lossless.
    Tiff,
    /// GIF, at most 256 colours.
    Gif,
    /// BMP, lossless and not compressed.
    Bmp,
    /// AVIF, lossy.
    Avif,
}

impl Format {
    /// What a build without AVIF says of it.
    pub const NO_AVIF: &str =
        "this Millrace was built without AVIF; build it with --features avif, or choose another format";

    /// Every format, in the order of the help text.
    pub const ALL: [Format; 7] =
        [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff, Format::Gif, Format::Bmp, Format::Avif];

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::Webp => "webp",
            Format::Tiff => "tiff",
            Format::Gif => "gif",
            Format::Bmp => "bmp",
            Format::Avif => "avif",
        }
    }

    /// As people write it.
    pub fn title(self) -> &'static str {
        match self {
            Format::Jpeg => "JPEG",
            Format::Png => "PNG",
            Format::Webp => "WebP",
            Format::Tiff => "TIFF",
            Format::Gif => "GIF",
            Format::Bmp => "BMP",
            Format::Avif => "AVIF",
        }
    }

    /// As options and recipes write it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Jpeg => "jpeg",
            _ => self.extension(),
        }
    }

    /// Whether it has a quality.
    pub fn has_quality(self) -> bool {
        matches!(self, Format::Jpeg | Format::Webp | Format::Avif)
    }
}

impl FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Format, String> {
        let text_lower = text.to_ascii_lowercase();
        match text_lower.as_str() {
            "jpg" => Ok(Format::Jpeg),
            "tif" => Ok(Format::Tiff),
            _ => Format::ALL.into_iter().find(|format| format.name() == text_lower).ok_or_else(|| {
                format!("Millrace does not write \"{text}\"; choose jpeg, png, webp, tiff, gif, bmp or avif")
            }),
        }
    }
}

/// How finely colour is kept beside brightness in a JPEG or AVIF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Chroma {
    /// As finely.
    Full,
    /// Half as finely across.
    Half,
    /// Half as finely across and down.
    #[default]
    Quarter,
}

/// How hard a PNG is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PngEffort {
    /// Quickly.
    #[default]
    Fast,
    /// Slower and smaller.
    Small,
    /// As small as many tries make it; slow.
    Optimised,
}

/// What is kept of a picture's metadata. Its orientation and colour profile follow other rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Metadata {
    /// Everything that the format can hold.
    All,
    /// What the picture needs and who made it: resolution, author and copyright. The default: results are most often
    /// published, and what a camera notes of place, time and its own serial number is not for everybody, while a
    /// copyright must not get lost.
    #[default]
    Essential,
    /// Nothing.
    None,
}

/// What becomes of the colours' meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ColourRule {
    /// The pixels stay as they are, and their profile goes along. Where it cannot, they become sRGB by it.
    #[default]
    Keep,
    /// Pixels are converted to sRGB.
    Srgb,
}

/// What becomes of an animation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Frames {
    /// All frames and their timing stay, where the format can be animated; elsewhere the first.
    #[default]
    All,
    /// The first frame.
    First,
    /// Each frame becomes a file.
    Extract,
}

/// The output of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Encoding {
    /// The format; `None` keeps the input's where Millrace can write it, and takes PNG where it cannot.
    pub format: Option<Format>,
    /// 1 (smallest) to 100 (best), for the lossy formats. `None` means [`Encoding::default_quality`].
    pub quality: Option<u8>,
    /// JPEG: in several scans, each finer than the one before.
    pub progressive: bool,
    /// JPEG and AVIF: how finely colour is kept.
    pub chroma: Chroma,
    /// PNG: how hard it is packed.
    pub png: PngEffort,
    /// PNG: a picture of at most 256 colours gets a palette. GIF always has one.
    pub palette: bool,
    /// WebP: exactly the pixels. A WebP file that was lossless stays so where neither format nor quality is given.
    pub lossless: bool,
    /// The largest size that the file may have, in bytes: the quality follows from it. Lossy formats only, and no
    /// animations.
    pub target_size: Option<u64>,
    /// Whether the original's bytes are the result where the new file would be larger, and neither the pixels nor the
    /// format were to change. What is not to be kept of the metadata goes from them.
    pub keep_original_if_larger: bool,
    /// What is kept of the metadata.
    pub metadata: Metadata,
    /// Whether the place goes from the metadata whatever else is kept.
    pub strip_gps: bool,
    /// What becomes of the colour profile.
    pub color: ColourRule,
    /// Whether 16 bits a channel stay where the format can hold them.
    pub keep_16_bit: bool,
    /// What becomes of an animation.
    pub frames: Frames,
}

impl Encoding {
    /// The input's format, and for everything else what people most often want.
    pub const SAME: Encoding = Encoding {
        format: None,
        quality: None,
        progressive: false,
        chroma: Chroma::Quarter,
        png: PngEffort::Fast,
        palette: true,
        lossless: false,
        target_size: None,
        keep_original_if_larger: false,
        metadata: Metadata::Essential,
        strip_gps: false,
        color: ColourRule::Keep,
        keep_16_bit: true,
        frames: Frames::All,
    };

    /// The same for this format.
    pub const fn to(format: Format) -> Encoding {
        Encoding { format: Some(format), ..Encoding::SAME }
    }

    /// The quality of a format where none is given.
    pub const fn default_quality(format: Format) -> u8 {
        match format {
            Format::Avif => 60,
            Format::Webp => 80,
            _ => 85,
        }
    }

    /// Whether its parts go together.
    ///
    /// # Errors
    ///
    /// Fails for a quality out of its range, for a target size that is too small, for either of them beside lossless or
    /// in a format without quality, and for lossless in a format that is always lossy. The error is a sentence.
    pub fn check(&self) -> Result<(), String> {
        if let Some(quality) = self.quality {
            table::QUALITY.check(f64::from(quality))?;
            if let Some(format) = self.format.filter(|format| !format.has_quality()) {
                return Err(format!("quality does not go with {}, which is lossless or has none", format.title()));
            }
        }
        if self.lossless {
            if self.quality.is_some() || self.target_size.is_some() {
                return Err("lossless does not go with quality or target_size".to_owned());
            }
            if let Some(format) = self.format.filter(|format| matches!(format, Format::Jpeg | Format::Avif)) {
                return Err(format!("lossless does not go with {}, which is always lossy here", format.title()));
            }
        }
        match (self.target_size, self.format) {
            (Some(bytes), _) if bytes < LEAST_TARGET_BYTES => {
                Err(format!("target_size must be at least {LEAST_TARGET_BYTES} bytes"))
            }
            (Some(_), Some(format)) if !format.has_quality() => {
                Err(format!("target_size does not go with {}, which has no quality to lower", format.title()))
            }
            _ => Ok(()),
        }
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Encoding::SAME
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.format, self.quality) {
            (None, None) => f.write_str("same format"),
            (None, Some(quality)) => write!(f, "same format, quality {quality}"),
            (Some(Format::Webp), None) if self.lossless => f.write_str("WebP lossless"),
            (Some(format), None) => f.write_str(format.title()),
            (Some(format), Some(quality)) => write!(f, "{} {quality}", format.title()),
        }
    }
}
