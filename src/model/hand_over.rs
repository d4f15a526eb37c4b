//! What a second program hands to the window that runs already.

use super::{Recipe, os_path};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Inputs of a command line, and those of its options that are about them. Without inputs it only asks the window to come to
/// the front.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HandOver {
    /// Links and paths, in their order.
    pub inputs: Vec<HandedInput>,
    /// What their pictures become; otherwise as the window has it.
    pub recipe: Option<Recipe>,
    /// How long one attempt may take, in milliseconds; otherwise as the window has it.
    pub deadline_ms: Option<u64>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandedInput {
    /// A link, which may have patterns in it.
    Link(String),
    /// An absolute path of any bytes.
    Path(#[serde(with = "os_path")] PathBuf),
}

/// What the window answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandedAnswer {
    /// It has so many inputs now, and queues them.
    Taken(usize),
    /// It came to the front.
    Raised,
    /// It cannot take them; a sentence says why.
    Refused(String),
}
