//! Executors run attempts on lanes and report how they ended. They talk to the engine's shell and to nobody else.

mod death;
mod processes;
mod threads;

pub(super) use processes::ProcessLanes;
pub(super) use threads::ThreadLanes;

use crate::model::{Assignment, AttemptId, Failure, Lane, LaneId, Output, Timing};
use crate::task::Signal;
use std::path::PathBuf;

/// What lanes and the committer tell the shell.
#[derive(Debug)]
pub(super) enum Report {
    /// An attempt ended: exactly one for every one started, unless the worker died.
    Finished { lane: LaneId, attempt: AttemptId, result: Result<Output, Failure>, timing: Timing },
    /// A lane's worker process is up.
    WorkerStarted { lane: LaneId, pid: u32 },
    /// A lane's worker process closed its pipe: it is dead or about to be.
    WorkerGone { lane: LaneId, worker: u32, cause: Option<String>, greeted: bool },
    /// The output of an attempt has its final name, or could not get one.
    Committed { attempt: AttemptId, result: Result<PathBuf, Failure> },
}

/// A way of running attempts. Every call returns at once.
pub(super) trait Executor {
    /// Makes a lane ready.
    fn open(&mut self, lane: Lane);
    /// Ends a lane on which nothing is in flight.
    fn close(&mut self, lane: LaneId);
    /// Hands an attempt to a lane. A failure means that it never started.
    fn start(&mut self, lane: LaneId, assignment: Assignment) -> Result<(), Failure>;
    /// Tells a started attempt to halt, go on or end.
    fn signal(&mut self, lane: LaneId, attempt: AttemptId, signal: Signal);
    /// Kills the lane's worker, where it has one.
    fn kill(&mut self, lane: LaneId);
}
