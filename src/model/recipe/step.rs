//! The steps of a recipe as plain data, and which numbers make sense in them.

use super::colour::Colour;
use super::size::{FitBox, Gravity, Size};
use super::table;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One step of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Another size.
    Resize(Resize),
    /// A part of the picture.
    Crop(Crop),
    /// Cut off borders of one colour.
    Trim {
        /// How far a border's colour may differ from that of the corner, 0 to 255 a channel.
        tolerance: u8,
    },
    /// Turn it clockwise.
    Rotate {
        /// By how much: −360 to 360.
        degrees: f64,
        /// What fills the corners where it is not a multiple of 90.
        background: Colour,
    },
    /// Mirror it.
    Flip(Axis),
    /// Take its colours away.
    Grayscale,
    /// Add to every channel: −100 to 100 percent of the whole range.
    Brightness(f64),
    /// Draw values away from the middle: −100 (gray) to 100 (twice as far) percent.
    Contrast(f64),
    /// Draw colours away from gray: −100 (gray) to 100 (twice as far) percent.
    Saturation(f64),
    /// Raise values to the power of 1 / gamma: 0.1 to 10. Above 1 the picture becomes lighter.
    Gamma(f64),
    /// Gaussian blur.
    Blur {
        /// The standard deviation, in pixels: 0.1 to 250.
        sigma: f64,
    },
    /// Unsharp mask.
    Sharpen(Sharpen),
    /// Text on the picture.
    Text(TextMark),
    /// Another picture on the picture.
    Watermark(PictureMark),
    /// A border around it.
    Border {
        /// Pixels on each side: 1 to 10,000.
        width: u32,
        /// Of what colour.
        colour: Colour,
    },
    /// Lay it onto a colour: nothing is transparent after that.
    Flatten(Colour),
    /// Stretch the values to the whole range.
    AutoContrast {
        /// How much may be lost at each end, in percent of the pixels: 0 to 49.
        clip: f64,
    },
}

/// How to resize.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Resize {
    /// To what.
    pub size: Size,
    /// Whether a picture may grow.
    pub enlarge: bool,
    /// How to interpolate.
    pub filter: Filter,
    /// Whether light is averaged and not its sRGB encoding: slower, and fine bright detail stays as bright as it was.
    pub linear: bool,
}

impl Resize {
    /// To this size as most people want it: never larger, Lanczos3, not in linear light.
    pub const fn to(size: Size) -> Resize {
        Resize { size, enlarge: false, filter: Filter::Lanczos3, linear: false }
    }
}

/// How pixels are interpolated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "these are their names")]
pub enum Filter {
    #[default]
    Lanczos3,
    Mitchell,
    Bilinear,
    Nearest,
}

/// Which part of a picture stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Crop {
    /// A rectangle, in pixels. What of it lies outside of the picture is left out.
    Pixels {
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The largest part of this ratio.
    Ratio {
        /// Width and height, in any unit.
        ratio: FitBox,
        /// Which part.
        gravity: Gravity,
    },
}

/// What a mirror exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// Left and right.
    Horizontal,
    /// Top and bottom.
    Vertical,
}

/// An unsharp mask: what blurring takes away is added once more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sharpen {
    /// The standard deviation of the blur, in pixels: 0.1 to 250.
    pub sigma: f64,
    /// How much of the difference is added: 0 to 10, 1 for all of it.
    pub amount: f64,
    /// Differences up to this stay as they are: 0 to 255.
    pub threshold: u8,
}

/// Text on a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextMark {
    /// What it says; lines end in `\n`. At most [`TextMark::MAX_CHARS`].
    pub text: String,
    /// The colour of the letters.
    pub colour: Colour,
    /// Where. Its scale is the height of a line.
    pub placement: Placement,
}

impl TextMark {
    /// The longest text.
    pub const MAX_CHARS: usize = 500;
}

/// A picture on a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureMark {
    /// Where the picture was read from.
    pub path: String,
    /// The picture's file, read when the recipe was: a worker opens nothing. At most [`PictureMark::MAX_BYTES`].
    #[serde(with = "super::packed")]
    pub bytes: Arc<[u8]>,
    /// Where. Its scale is the longer side.
    pub placement: Placement,
}

impl PictureMark {
    /// The largest file, in bytes.
    pub const MAX_BYTES: u64 = 4 << 20;

    /// What is said of a file of another format, behind its name.
    pub const NOT_READ: &str = "is not a picture that Millrace lays onto others; \
        it lays JPEG, PNG, WebP, GIF, TIFF, BMP, ICO, PNM, QOI and HDR";
}

/// Where a mark goes and how it looks there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// In which corner, at which side.
    pub gravity: Gravity,
    /// How far from the sides, and between tiles, in pixels: 0 to 10,000. Less where the picture has no room.
    pub margin: u32,
    /// 0 (not to be seen) to 1.
    pub opacity: f64,
    /// How large, as a share of the picture's shorter side: above 0, up to 1. A mark always fits the picture.
    pub scale: f64,
    /// Whether it is repeated all over the picture, beginning at the upper left.
    pub tile: bool,
}

impl Step {
    /// What a recipe calls it.
    pub fn op(&self) -> &'static str {
        match self {
            Step::Resize(_) => "resize",
            Step::Crop(_) => "crop",
            Step::Trim { .. } => "trim",
            Step::Rotate { .. } => "rotate",
            Step::Flip(_) => "flip",
            Step::Grayscale => "grayscale",
            Step::Brightness(_) => "brightness",
            Step::Contrast(_) => "contrast",
            Step::Saturation(_) => "saturation",
            Step::Gamma(_) => "gamma",
            Step::Blur { .. } => "blur",
            Step::Sharpen(_) => "sharpen",
            Step::Text(_) => "text",
            Step::Watermark(_) => "watermark",
            Step::Border { .. } => "border",
            Step::Flatten(_) => "flatten",
            Step::AutoContrast { .. } => "auto-contrast",
        }
    }

    /// Whether its numbers make sense.
    ///
    /// # Errors
    ///
    /// Fails for a number out of its range, for a text that is empty, too long or has control characters, for a
    /// watermark without a path, and for flattening onto a colour that is not solid. The error is a sentence that
    /// begins with the field's name.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Step::Resize(resize) => check_resize(resize),
            Step::Crop(crop) => check_crop(*crop),
            Step::Rotate { degrees, .. } => table::DEGREES.check(*degrees),
            Step::Brightness(amount) | Step::Contrast(amount) | Step::Saturation(amount) => {
                table::AMOUNT.check(*amount)
            }
            Step::Gamma(gamma) => table::GAMMA.check(*gamma),
            Step::Blur { sigma } => table::BLUR_SIGMA.check(*sigma),
            Step::Sharpen(sharpen) => {
                table::SHARPEN_SIGMA.check(sharpen.sigma)?;
                table::SHARPEN_AMOUNT.check(sharpen.amount)
            }
            Step::Text(mark) => {
                check_text(&mark.text)?;
                mark.placement.check()
            }
            Step::Watermark(mark) => {
                if mark.path.is_empty() {
                    return Err("path must name a picture, and is empty".to_owned());
                }
                mark.placement.check()
            }
            Step::Border { width, .. } => table::BORDER_WIDTH.check(f64::from(*width)),
            Step::Flatten(colour) if !colour.is_solid() => {
                Err(format!("color must be a solid colour, not {colour}: nothing is transparent after this step"))
            }
            Step::AutoContrast { clip } => table::CLIP.check(*clip),
            Step::Trim { .. } | Step::Flip(_) | Step::Grayscale | Step::Flatten(_) => Ok(()),
        }
    }
}

impl Placement {
    fn check(&self) -> Result<(), String> {
        table::MARGIN.check(f64::from(self.margin))?;
        table::MARK_OPACITY.check(self.opacity)?;
        table::MARK_SCALE.check(self.scale)
    }
}

fn check_resize(resize: &Resize) -> Result<(), String> {
    match resize.size {
        Size::Fit(goal) | Size::Fill(goal, _) | Size::Exact(goal) => {
            table::WIDTH.check(f64::from(goal.width))?;
            table::HEIGHT.check(f64::from(goal.height))
        }
        Size::Longest(side) | Size::Shortest(side) => table::SIDE.check(f64::from(side)),
        Size::Percent(percent) => {
            table::PERCENT.check(percent)?;
            if percent > 100.0 && !resize.enlarge {
                return Err(format!("percent must be at most 100 unless enlarge = true, not {percent}"));
            }
            Ok(())
        }
    }
}

fn check_crop(crop: Crop) -> Result<(), String> {
    match crop {
        Crop::Pixels { width, height, .. } => {
            table::CROP_WIDTH.check(f64::from(width))?;
            table::CROP_HEIGHT.check(f64::from(height))
        }
        Crop::Ratio { ratio, .. } => {
            let is_sane = [ratio.width, ratio.height].iter().all(|side| (1..=FitBox::MAX_SIDE).contains(side));
            let (width, height) = (ratio.width, ratio.height);
            is_sane.then_some(()).ok_or_else(|| format!("ratio must be of numbers above 0, not \"{width}:{height}\""))
        }
    }
}

fn check_text(text: &str) -> Result<(), String> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        return Err("text must say something, and is empty".to_owned());
    }
    if chars > TextMark::MAX_CHARS {
        return Err(format!("text must have at most {} characters, not {chars}", TextMark::MAX_CHARS));
    }
    match text.chars().find(|c| c.is_control() && *c != '\n') {
        Some(control) => Err(format!("text must not have control characters such as {control:?}")),
        None => Ok(()),
    }
}
