//! What becomes of a download whose name is taken already in its folder.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What to do about a file of the same name. Files that the same batch made are never touched: theirs are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExists {
    /// The new one gets a number.
    #[default]
    Rename,
    /// The old one stays and counts as the result.
    Skip,
    /// The new one replaces it.
    Overwrite,
    /// It is taken for the beginning of the new one, which replaces it.
    Resume,
}

impl FromStr for OnExists {
    type Err = String;
    fn from_str(text: &str) -> Result<OnExists, String> {
        match text {
            "rename" => Ok(OnExists::Rename),
            "skip" => Ok(OnExists::Skip),
            "overwrite" => Ok(OnExists::Overwrite),
            "resume" => Ok(OnExists::Resume),
            _ => Err(format!("\"{text}\" is not known here; choose rename, skip, overwrite or resume")),
        }
    }
}
