//! Plain data and legal state transitions. No I/O, no threads, no clock: everything here can be compared,
//! copied, serialised and replayed.

pub mod charset;
pub mod checksum;
pub mod credentials;
pub mod existing;
pub mod facts;
pub mod failure;
pub mod filename;
mod hand_over;
pub mod id;
pub mod job;
pub mod json;
pub mod lab;
pub mod lane;
#[cfg(test)]
pub(crate) mod ledger;
pub mod link;
pub mod message;
mod os_path;
pub mod page;
pub mod posture;
pub mod probe;
pub mod recipe;
pub mod record;
mod report;
pub mod size;
pub mod task;
pub mod template;
pub mod time;
mod undo;
pub(crate) mod xml;

pub use checksum::Checksum;
pub use credentials::{Cookie, Login};
pub use existing::OnExists;
pub use facts::PictureFacts;
pub use failure::{ErrorKind, Failure, RetryHint};
pub use hand_over::{HandOver, HandedAnswer, HandedInput};
pub use id::{AttemptId, BatchId, JobId, LaneId};
pub use job::{Batch, BatchOptions, JobRef, JobSpec, Source};
pub use lab::{LabAnswer, LabTask};
pub use lane::{ExecutorKind, Lane, LaneCounts, Mode, Pool};
pub use link::LinkDetails;
pub use message::{Command, Event, Selection, Spot};
pub use posture::{Confinement, InForce, Posture};
pub use probe::Probe;
pub use recipe::Recipe;
pub use record::{Leftover, Place, Reached, Record};
pub use report::{JobReport, JobState, Made, Outcome};
pub use task::{
    Assignment, Convert, Download, Existing, FetchOptions, Files, Light, Output, PageTask, Piece, Progress, Task,
    Timing,
};
pub use template::Template;
pub use time::Moment;
pub use undo::{Taken, Undone, UndoneFile};
