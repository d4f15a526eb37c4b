//! Where a job stands, and all there is to say once it ended.

use super::lab::LabAnswer;
use super::page::Page;
use super::{ErrorKind, Failure, JobId, Mode, Posture, Timing, os_path};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a lane.
    #[default]
    Queued,
    /// On a lane.
    Running,
    /// Its file stands under its final name, or its page was read.
    Done,
    /// It ended without a file.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl JobState {
    /// Whether nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        matches!(self, JobState::Done | JobState::Failed | JobState::Cancelled)
    }

    /// Whether a job may go from this state to `next`. A final state is left only by a person's retry.
    pub fn may_become(self, next: JobState) -> bool {
        use JobState::{Cancelled, Done, Failed, Queued, Running};
        matches!(
            (self, next),
            // A queued job is done at once where an earlier program had given its file the final name.
            (Queued, Running | Done | Failed | Cancelled)
                | (Running, Queued | Done | Failed | Cancelled)
                | (Failed | Cancelled, Queued)
        )
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The files stand here.
    Done(Made),
    /// The page was read, and this is what it offers. There is no file.
    Read(Arc<Page>),
    /// A task of the Lab ran to its end, and this came out. There is no file.
    Answered(LabAnswer),
    /// There is no file, and this is why.
    Failed(Failure),
    /// Somebody cancelled it.
    Cancelled,
}

/// The files of a job that is done: one, or several that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The first, or only one.
    #[serde(with = "os_path")]
    first: PathBuf,
    /// Those after it.
    #[serde(with = "os_path::list")]
    more: Vec<PathBuf>,
}

impl Made {
    /// Several files. `None` for no file at all.
    pub fn of(files: impl IntoIterator<Item = PathBuf>) -> Option<Made> {
        let mut files = files.into_iter();
        Some(Made { first: files.next()?, more: files.collect() })
    }

    /// The first, or only one.
    pub fn first(&self) -> &Path {
        &self.first
    }

    /// How many there are beside the first.
    pub fn more(&self) -> usize {
        self.more.len()
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.first()).chain(self.more.iter().map(PathBuf::as_path))
    }
}

impl From<PathBuf> for Made {
    fn from(first: PathBuf) -> Made {
        Made { first, more: Vec::new() }
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.more() {
            0 => write!(f, "{}", self.first.display()),
            more => write!(f, "{} and {more} more", self.first.display()),
        }
    }
}

impl Outcome {
    /// The final state of a job that ended so.
    pub fn state(&self) -> JobState {
        match self {
            Outcome::Done(_) | Outcome::Read(_) | Outcome::Answered(_) => JobState::Done,
            Outcome::Failed(_) => JobState::Failed,
            Outcome::Cancelled => JobState::Cancelled,
        }
    }

    /// The kind and the sentence of what went wrong, if it did.
    pub fn error(&self) -> Option<(ErrorKind, &str)> {
        match self {
            Outcome::Done(_) | Outcome::Read(_) | Outcome::Answered(_) => None,
            Outcome::Failed(failure) => Some((failure.kind, &failure.sentence)),
            Outcome::Cancelled => Some((ErrorKind::Cancelled, "Cancelled")),
        }
    }
}

/// Everything there is to say about a job that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct JobReport {
    /// Which job.
    pub job: JobId,
    /// The input as given.
    pub input: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Attempts charged to the job: every one that failed by its own doing and got no further, or was slower than a person
    /// asked for, and the one that ended it.
    /// 1 for a job that went well at once, however many tasks it has.
    pub attempts: u32,
    /// What it really ran in; `None` where it never ran.
    pub mode: Option<Mode>,
    /// The label of the last lane that ran it.
    pub lane: Option<String>,
    /// Bytes received or read from the original.
    pub bytes_in: u64,
    /// Bytes of the final file.
    pub bytes_out: u64,
    /// Width and height of the original, upright.
    pub size_in: Option<(u32, u32)>,
    /// Width and height of the result.
    pub size_out: Option<(u32, u32)>,
    /// What its attempts took, all told.
    pub timing: Timing,
    /// What kept the last attempt apart.
    pub posture: Option<Posture>,
}

impl JobReport {
    /// A job that ended with its first attempt, of which nothing was measured.
    pub fn new(job: JobId, outcome: Outcome) -> JobReport {
        JobReport {
            job,
            input: String::new(),
            outcome,
            attempts: 1,
            mode: None,
            lane: None,
            bytes_in: 0,
            bytes_out: 0,
            size_in: None,
            size_out: None,
            timing: Timing::default(),
            posture: None,
        }
    }
}
