//! What becomes of a file whose name is taken.

use serde::{Deserialize, Serialize};

/// What becomes of a file whose name another one has that was there before the batch. Two files of one batch never take
/// each other's place: the second gets a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExists {
    /// It gets the first free name like it.
    #[default]
    Rename,
    /// The one that is there stays, and the job is done with it.
    Skip,
    /// It takes the place of the other, once it is whole. A link or a folder is never replaced.
    Overwrite,
    /// As `Overwrite`, and a download goes on from what is there, as far as that turns out to be its beginning.
    Resume,
    /// As `Overwrite` where the input was written to after the file that is there; otherwise as `Skip`.
    Newer,
}

impl OnExists {
    /// Its word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            OnExists::Rename => "rename",
            OnExists::Skip => "skip",
            OnExists::Overwrite => "overwrite",
            OnExists::Resume => "resume",
            OnExists::Newer => "newer",
        }
    }

    /// Whether a file may take the place of another.
    pub fn replaces(self) -> bool {
        matches!(self, OnExists::Overwrite | OnExists::Resume | OnExists::Newer)
    }
}
