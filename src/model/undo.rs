//! What came of taking a batch back.

use serde::Serialize;
use std::borrow::Cow;
use std::path::PathBuf;

/// What became of a file of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// It is removed.
    Removed,
    /// It is not as the batch left it, and stays.
    Changed,
    /// It was not there any more.
    Gone,
    /// It took the place of another file, which cannot be brought back: it stays.
    Replaced,
    /// The system does not let it be looked at or removed just now, so it stays until the batch is taken back again.
    Stuck,
}

impl Taken {
    /// Whether the file is there still.
    pub fn stays(self) -> bool {
        matches!(self, Taken::Changed | Taken::Replaced | Taken::Stuck)
    }
}

/// A file of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoneFile {
    /// The input of its job, as given.
    pub input: String,
    /// Where it is, or was.
    pub path: PathBuf,
    /// What became of it.
    pub taken: Taken,
    /// Why it stays, where something else than its state stands in the way.
    pub why: Option<String>,
}

impl UndoneFile {
    /// Why it was not removed, as the end of a sentence. `None` where it was.
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        match (self.taken, &self.why) {
            (Taken::Removed, _) => None,
            (Taken::Changed | Taken::Stuck, Some(why)) => Some(why.into()),
            (Taken::Stuck, None) => Some("it cannot be removed just now".into()),
            (Taken::Changed, None) => Some("it was changed since".into()),
            (Taken::Gone, _) => Some("it is not there any more".into()),
            (Taken::Replaced, _) => Some("it took the place of another file, which cannot be brought back".into()),
        }
    }
}

/// What came of taking a batch back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The batch's output folder. `None` where that cannot be read any more.
    pub output_dir: Option<PathBuf>,
    /// Its files, in order.
    pub files: Vec<UndoneFile>,
    /// Jobs that had not ended and are given up.
    pub dropped: u64,
}

impl Undone {
    /// How many of its files this became of.
    pub fn count(&self, taken: Taken) -> usize {
        self.files.iter().filter(|file| file.taken == taken).count()
    }

    /// It in a few words: `3 removed, 1 left as they are`.
    pub fn summary(&self) -> String {
        let stay = self.files.iter().filter(|file| file.taken.stays()).count();
        let mut words = format!("{} removed", self.count(Taken::Removed));
        for (count, what) in [(stay, "left as they are"), (self.count(Taken::Gone), "gone before")] {
            if count > 0 {
                words += &format!(", {count} {what}");
            }
        }
        if self.dropped > 0 {
            words += &format!(", {} jobs given up", self.dropped);
        }
        words
    }
}
