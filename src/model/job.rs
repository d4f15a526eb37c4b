//! Jobs: one file's journey through the queue.

use super::task::NonPictures;
use super::{
    Convert, Download, ErrorKind, Failure, FetchOptions, JobId, Mode, Pool, Posture, Recipe, Task, Timing, os_path,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// The options that the jobs of a batch share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchOptions {
    /// The folder for the results.
    #[serde(with = "os_path")]
    pub output_dir: PathBuf,
    /// What to do with pictures. `None` leaves downloads as they are and is not possible for local files.
    pub recipe: Option<Arc<Recipe>>,
    /// What becomes of downloads that are no pictures where there is a recipe.
    pub non_pictures: NonPictures,
    /// How to fetch.
    pub fetch: Arc<FetchOptions>,
    /// How often a failed attempt is tried again where that can help.
    pub retries: u32,
}

/// Where a job's file comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// A link.
    Link {
        /// An absolute http or https address.
        url: String,
        /// The name that the person asked for.
        name: Option<String>,
    },
    /// A file on this machine. It is only ever read.
    File(#[serde(with = "os_path")] PathBuf),
    /// Something that cannot be worked on, refused at the door: it becomes a failed row, so that every input named
    /// is answered.
    Refused(Failure),
}

/// What came in: one input and what is to become of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// The input as the person gave it; bytes that are not UTF-8 are replaced.
    pub input: String,
    /// Where the file comes from.
    pub source: Source,
    /// Below the output folder: where the file lay within a dropped folder. Empty otherwise, always relative.
    #[serde(with = "os_path")]
    pub subfolder: PathBuf,
    /// The options of its batch.
    pub options: Arc<BatchOptions>,
}

impl JobSpec {
    /// The pools that the job's tasks go through, in order.
    pub fn stages(&self) -> &'static [Pool] {
        match (&self.source, &self.options.recipe) {
            (Source::Link { .. }, None) => &[Pool::Fetch],
            (Source::Link { .. }, Some(_)) => &[Pool::Fetch, Pool::Mill],
            (Source::File(_), _) => &[Pool::Mill],
            (Source::Refused(_), _) => &[],
        }
    }

    /// The task of one stage. `name` is the name that an earlier stage gave the file.
    pub fn task(&self, stage: usize, name: Option<&str>) -> Option<Task> {
        match (self.stages().get(stage)?, &self.source) {
            (Pool::Fetch, Source::Link { url, name }) => Some(Task::Download(Download {
                url: url.clone(),
                name: name.clone(),
                options: Arc::clone(&self.options.fetch),
            })),
            (Pool::Mill, source) => Some(Task::Convert(Convert {
                recipe: self.options.recipe.clone().unwrap_or_else(|| Arc::new(Recipe::same_size())),
                name: name.map_or_else(|| self.file_name(), str::to_owned),
                non_pictures: match source {
                    Source::Link { .. } => self.options.non_pictures,
                    _ => NonPictures::Fail,
                },
            })),
            _ => None,
        }
    }

    /// The name to show until the work gives a better one.
    pub fn file_name(&self) -> String {
        match &self.source {
            Source::File(path) => {
                path.file_name().map_or_else(|| self.input.clone(), |name| name.to_string_lossy().into_owned())
            }
            Source::Link { name: Some(name), .. } => name.clone(),
            Source::Link { url, .. } => super::filename::from_url(url),
            Source::Refused(_) => self.input.clone(),
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a lane.
    Queued,
    /// On a lane.
    Running,
    /// Its file stands under its final name.
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
            (Queued, Running | Failed | Cancelled)
                | (Running, Queued | Done | Failed | Cancelled)
                | (Failed | Cancelled, Queued)
        )
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The file stands here.
    Done(#[serde(with = "os_path")] PathBuf),
    /// There is no file, and this is why.
    Failed(Failure),
    /// Somebody cancelled it.
    Cancelled,
}

impl Outcome {
    /// The final state of a job that ended so.
    pub fn state(&self) -> JobState {
        match self {
            Outcome::Done(_) => JobState::Done,
            Outcome::Failed(_) => JobState::Failed,
            Outcome::Cancelled => JobState::Cancelled,
        }
    }

    /// The kind and the sentence of what went wrong, if it did.
    pub fn error(&self) -> Option<(ErrorKind, &str)> {
        match self {
            Outcome::Done(_) => None,
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
    /// Attempts charged to the job: every one that failed by its own doing, and the one that ended it. 1 for a job
    /// that went well at once, however many tasks it has.
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
