//! Recipes: what to do with a picture, as an ordered list of steps and an output format.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An ordered list of steps and an output. Every recipe turns the picture upright first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// The name it is chosen by.
    pub name: String,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What to write.
    pub output: Encoding,
}

/// One step of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Make the picture fit a box: the aspect ratio stays, and it is never enlarged.
    Fit(FitBox),
}

/// A box in pixels, at least 1×1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitBox {
    /// The largest width.
    pub width: u32,
    /// The largest height.
    pub height: u32,
}

impl FitBox {
    /// The largest side that a picture may be asked to have.
    pub const MAX_SIDE: u32 = 65_535;

    /// The size of a picture of `width`×`height` made to fit. At least 1×1, never larger than it was.
    pub fn apply(self, width: u32, height: u32) -> (u32, u32) {
        if width <= self.width && height <= self.height {
            return (width, height);
        }
        let scale = (f64::from(self.width) / f64::from(width)).min(f64::from(self.height) / f64::from(height));
        let side = |length: u32, most: u32| ((f64::from(length) * scale).round() as u32).clamp(1, most);
        (side(width, self.width), side(height, self.height))
    }
}

impl FromStr for FitBox {
    type Err = String;
    /// Reads `1920x1080`.
    fn from_str(text: &str) -> Result<FitBox, String> {
        let side = |part: &str| part.parse::<u32>().ok().filter(|side| (1..=FitBox::MAX_SIDE).contains(side));
        text.split_once(['x', 'X', '×'])
            .and_then(|(width, height)| Some(FitBox { width: side(width)?, height: side(height)? }))
            .ok_or_else(|| {
                format!(
                    "\"{text}\" is not a size; write WIDTHxHEIGHT with sides of 1 to {}, such as 1920x1080",
                    FitBox::MAX_SIDE
                )
            })
    }
}

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
}

impl Format {
    /// Every format, in the order of the help text.
    pub const ALL: [Format; 3] = [Format::Jpeg, Format::Png, Format::Webp];

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::Webp => "webp",
        }
    }

    /// As people write it.
    pub fn title(self) -> &'static str {
        match self {
            Format::Jpeg => "JPEG",
            Format::Png => "PNG",
            Format::Webp => "WebP",
        }
    }
}

impl FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Format, String> {
        match text.to_ascii_lowercase().as_str() {
            "jpeg" | "jpg" => Ok(Format::Jpeg),
            "png" => Ok(Format::Png),
            "webp" => Ok(Format::Webp),
            _ => Err(format!("Millrace does not write \"{text}\"; choose jpeg, png or webp")),
        }
    }
}

/// The output of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoding {
    /// The format; `None` keeps the input's where Millrace can write it, and takes PNG where it cannot.
    pub format: Option<Format>,
    /// 1 (smallest) to 100 (best), for the lossy formats. `None` means [`Encoding::DEFAULT_QUALITY`] for JPEG and
    /// lossless for WebP. PNG has no quality.
    pub quality: Option<u8>,
}

impl Encoding {
    /// The quality of a JPEG where none is given.
    pub const DEFAULT_QUALITY: u8 = 85;
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.format, self.quality) {
            (None, _) => f.write_str("same format"),
            (Some(Format::Webp), None) => f.write_str("WebP lossless"),
            (Some(format), None) => f.write_str(format.title()),
            (Some(format), Some(quality)) => write!(f, "{} {quality}", format.title()),
        }
    }
}

impl Recipe {
    /// Keeps size and format: turned upright and encoded anew.
    pub fn same_size() -> Recipe {
        Recipe { name: "Same size".to_owned(), steps: Vec::new(), output: Encoding { format: None, quality: None } }
    }

    /// The recipes that are always there.
    pub fn built_in() -> [Recipe; 3] {
        let fit = |side| vec![Step::Fit(FitBox { width: side, height: side })];
        let jpeg = Encoding { format: Some(Format::Jpeg), quality: Some(85) };
        [
            Recipe { name: "Web 1920".to_owned(), steps: fit(1920), output: jpeg },
            Recipe { name: "Thumbnail 512".to_owned(), steps: fit(512), output: jpeg },
            Recipe {
                name: "WebP lossless".to_owned(),
                steps: Vec::new(),
                output: Encoding { format: Some(Format::Webp), quality: None },
            },
        ]
    }

    /// The built-in recipe of this name, whatever its case. The error lists the names there are.
    pub fn named(name: &str) -> Result<Recipe, String> {
        let known = Recipe::built_in();
        let names = known.iter().map(|recipe| format!("\"{}\"", recipe.name)).collect::<Vec<_>>().join(", ");
        known
            .into_iter()
            .find(|recipe| recipe.name.eq_ignore_ascii_case(name.trim()))
            .ok_or_else(|| format!("there is no recipe \"{name}\"; the recipes are {names}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_keeps_the_ratio_and_never_enlarges() {
        let fit = FitBox { width: 1920, height: 1920 };
        assert_eq!(fit.apply(4000, 3000), (1920, 1440));
        assert_eq!(fit.apply(3000, 4000), (1440, 1920));
        assert_eq!(fit.apply(800, 600), (800, 600));
        assert_eq!(fit.apply(100_000, 3), (1920, 1));
    }

    #[test]
    fn sizes_are_read_and_nonsense_is_refused() {
        assert_eq!("640x480".parse(), Ok(FitBox { width: 640, height: 480 }));
        for bad in ["0x0", "640", "x", "-1x5", "640x", "70000x1", "1e3x5", ""] {
            assert!(bad.parse::<FitBox>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_recipe_names_the_known_ones() {
        assert_eq!(Recipe::named("web 1920").map(|recipe| recipe.name), Ok("Web 1920".to_owned()));
        let message = Recipe::named("Sepia").unwrap_err();
        assert!(message.contains("\"Sepia\"") && message.contains("\"Thumbnail 512\""), "{message}");
    }
}
