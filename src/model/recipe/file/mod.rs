//! A recipe as a TOML file: `name`, a `[[step]]` table for each step, one `[output]`. What is written here is read here
//! as the same recipe. Pictures of watermarks are named and not contained: whoever reads the file reads them too.

mod draft;
mod fields;
pub(super) mod names;
mod read;
mod write;

pub use draft::{At, Draft, DraftStep, Fault, Value, Values};

use super::output::{Chroma, ColourRule, Encoding, Format, Frames, Metadata, PngEffort};
use super::{Recipe, Step};

use names::{AXES, CHROMAS, COLOUR_RULES, FILTERS, FORMATS, FRAMES, METADATA, Names, PNG_EFFORTS, name_of, named};

macro_rules! read_by_name {
    ($($type:ty: $names:ident, $what:literal;)*) => {$(
        impl std::str::FromStr for $type {
            type Err = String;
            /// Reads the name that recipes and options use.
            fn from_str(text: &str) -> Result<$type, String> {
                named($names, $what, text)
            }
        }
    )*};
}

read_by_name! {
    Chroma: CHROMAS, "chroma";
    PngEffort: PNG_EFFORTS, "the effort for PNG";
    Metadata: METADATA, "metadata";
    ColourRule: COLOUR_RULES, "color";
    Frames: FRAMES, "frames";
}

impl Recipe {
    /// Reads a recipe. Watermarks have their path as it is written, and no bytes yet.
    ///
    /// # Errors
    ///
    /// Fails for what is no TOML, for fields and values that no recipe has, and where [`Recipe::check`] does. The error
    /// is a sentence that says where: line and column of what is no TOML, otherwise the number and the op of the step.
    pub fn from_toml(text: &str) -> Result<Recipe, String> {
        let recipe = read::recipe(text)?;
        recipe.check()?;
        Ok(recipe)
    }

    /// Writes a recipe for [`Recipe::from_toml`].
    pub fn to_toml(&self) -> String {
        write::recipe(self)
    }

    /// Whether its numbers make sense and go together.
    ///
    /// # Errors
    ///
    /// Fails for a name that is empty, too long or has control characters, for too many steps, for a step or an output
    /// that makes no sense, and for AVIF where this Millrace was built without it. The error is a sentence that names
    /// the step, where it is in one.
    pub fn check(&self) -> Result<(), String> {
        Recipe::check_name(&self.name)?;
        Recipe::check_count(self.steps.len())?;
        for (step, number) in self.steps.iter().zip(1..) {
            step.check().map_err(|error| at_step(number, step.op(), &error))?;
        }
        self.output.check().map_err(|error| format!("output: {error}"))?;
        if self.output.format == Some(Format::Avif) && !cfg!(feature = "avif") {
            return Err(format!("output: {}", Format::NO_AVIF));
        }
        Ok(())
    }

    fn check_name(name: &str) -> Result<(), String> {
        let is_name = !name.trim().is_empty() && name.chars().count() <= Recipe::MAX_NAME_CHARS;
        if is_name && !name.chars().any(char::is_control) {
            return Ok(());
        }
        Err(format!("name must have 1 to {} characters that can be seen, not {name:?}", Recipe::MAX_NAME_CHARS))
    }

    fn check_count(steps: usize) -> Result<(), String> {
        if steps <= Recipe::MAX_STEPS {
            return Ok(());
        }
        Err(format!("a recipe has at most {} steps, not {steps}", Recipe::MAX_STEPS))
    }
}

/// A sentence about a step.
pub(super) fn at_step(number: usize, op: &str, error: &str) -> String {
    format!("step {number} ({op}): {error}")
}

#[cfg(test)]
mod tests;
