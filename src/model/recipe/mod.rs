//! Recipes: what to do with a picture, as an ordered list of steps and an output.

mod colour;
mod file;
mod output;
mod packed;
mod size;
mod step;
pub mod table;

pub use colour::Colour;
pub use file::{At, Draft, DraftStep, Fault, Value, Values};
pub use output::{Chroma, ColourRule, Encoding, Format, Frames, Metadata, PngEffort};
pub use size::{FitBox, Gravity, Scaling, Size};
pub use step::{Axis, Crop, Filter, PictureMark, Placement, Resize, Sharpen, Step, TextMark};

use serde::{Deserialize, Serialize};

/// An ordered list of steps and an output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The name it is chosen by.
    pub name: String,
    /// Whether the picture is turned upright before the first step. Where it is not, the result says like the input how
    /// it is to be turned.
    #[serde(default = "yes")]
    pub auto_orient: bool,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What to write.
    pub output: Encoding,
}

fn yes() -> bool {
    true
}

impl Recipe {
    /// The most steps that a recipe may have.
    pub const MAX_STEPS: usize = 100;

    /// The longest name, in characters.
    pub const MAX_NAME_CHARS: usize = 100;

    /// The most that all its watermarks may have together, in bytes: a task goes to its worker in one piece.
    pub const MAX_MARKS_BYTES: u64 = 8 << 20;

    /// Upright, with these steps and this output.
    pub fn new(name: &str, steps: Vec<Step>, output: Encoding) -> Recipe {
        Recipe { name: name.to_owned(), auto_orient: true, steps, output }
    }

    /// Keeps size and format: turned upright and encoded anew.
    pub fn same_size() -> Recipe {
        Recipe::new("Same size", Vec::new(), Encoding::SAME)
    }

    /// The recipes that are always there.
    pub fn built_in() -> [Recipe; 3] {
        let longest = |side| vec![Step::Resize(Resize::to(Size::Longest(side)))];
        let jpeg = Encoding { quality: Some(85), ..Encoding::to(Format::Jpeg) };
        let lossless = Encoding { lossless: true, ..Encoding::to(Format::Webp) };
        [
            Recipe::new("Web 1920", longest(1920), jpeg),
            Recipe::new("Thumbnail 512", longest(512), jpeg),
            Recipe::new("WebP lossless", Vec::new(), lossless),
        ]
    }

    /// The built-in recipe of this name, whatever its case.
    ///
    /// # Errors
    ///
    /// Fails where none is called so. The error lists the names there are.
    pub fn named(name: &str) -> Result<Recipe, String> {
        let known = Recipe::built_in();
        let names = known.iter().map(|recipe| format!("\"{}\"", recipe.name)).collect::<Vec<_>>().join(", ");
        known
            .into_iter()
            .find(|recipe| recipe.is_called(name))
            .ok_or_else(|| format!("there is no recipe \"{name}\"; the recipes are {names}"))
    }

    /// The pictures that it lays onto others, with the numbers of their steps, from 1.
    pub fn marks_mut(&mut self) -> impl Iterator<Item = (usize, &mut PictureMark)> {
        self.steps.iter_mut().zip(1..).filter_map(|(step, number)| match step {
            Step::Watermark(mark) => Some((number, mark)),
            _ => None,
        })
    }

    /// What it does, in a few words: `resize, blur → JPEG 85`.
    pub fn summary(&self) -> String {
        let ops: Vec<&str> = self.steps.iter().map(Step::op).collect();
        if ops.is_empty() { self.output.to_string() } else { format!("{} → {}", ops.join(", "), self.output) }
    }

    /// Whether somebody who writes `name` means this recipe.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.trim().to_lowercase() == name.trim().to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_recipe_names_the_known_ones() {
        assert_eq!(Recipe::named("web 1920").map(|recipe| recipe.name), Ok("Web 1920".to_owned()));
        let message = Recipe::named("Sepia").unwrap_err();
        assert!(message.contains("\"Sepia\"") && message.contains("\"Thumbnail 512\""), "{message}");
    }
}
