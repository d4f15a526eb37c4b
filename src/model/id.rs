//! Identities. Each is its own type, so that a job is never taken for a lane.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One drop, paste or command: the jobs that came in together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BatchId(pub u32);

/// One row of the queue. Ids are given in the order of submission, from 0, and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId(pub u32);

/// One slot of a pool. Ids are never reused, so an old lane's late answer names nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LaneId(pub u32);

impl LaneId {
    /// No lane: for what was done before this program.
    pub const NONE: LaneId = LaneId(u32::MAX);
}

/// One run of one task on a lane. Numbers grow with every run of the job, so that a late answer of an older
/// attempt is recognised and ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AttemptId {
    /// The job that the task belongs to.
    pub job: JobId,
    /// 1 for the first run of any of the job's tasks.
    pub number: u32,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.job.0, self.number)
    }
}
