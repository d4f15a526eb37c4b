//! Plain data and legal state transitions. No I/O, no threads, no clock: everything here can be compared,
//! copied, serialised and replayed.

pub mod failure;
pub mod filename;
pub mod id;
pub mod job;
pub mod json;
pub mod lane;
pub mod message;
mod os_path;
pub mod recipe;
pub mod task;
pub mod time;

pub use failure::{ErrorKind, Failure, RetryHint};
pub use id::{AttemptId, BatchId, JobId, LaneId};
pub use job::{BatchOptions, JobReport, JobSpec, JobState, Outcome, Source};
pub use lane::{ExecutorKind, Lane, LaneCounts, Mode, Pool, Posture};
pub use message::{Command, Event, Selection};
pub use recipe::Recipe;
pub use task::{Assignment, Convert, Download, FetchOptions, Files, Output, Progress, Task, Timing};
pub use time::Moment;
