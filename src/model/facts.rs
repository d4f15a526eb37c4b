//! What a picture's file says of itself, for somebody who looks at it.

use serde::{Deserialize, Serialize};

/// The facts of one file. What it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PictureFacts {
    /// The format, by its contents: `JPEG`.
    pub format: String,
    /// The colour profile's own name, or `unnamed`.
    pub profile: Option<String>,
    /// Maker and model.
    pub camera: Option<String>,
    /// When it was taken, as the camera wrote it.
    pub taken: Option<String>,
    /// How it lies, as EXIF counts: 1 is upright.
    pub orientation: Option<u8>,
    /// Whether it says where it was taken.
    pub has_place: bool,
}
