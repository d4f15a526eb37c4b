//! Executors run attempts on lanes and report how they ended. They talk to the engine's shell and to nobody else.

mod guard;
mod processes;
mod reader;
mod threads;
mod worker;

pub(super) use processes::ProcessLanes;
pub(super) use threads::ThreadLanes;
pub(super) use worker::Worker;

use super::core::{Force, Input};
use crate::model::{
    Assignment, AttemptId, Failure, InForce, Lane, LaneId, Leftover, Light, Made, Output, Timing, Undone,
};
use crate::task::Signal;
use std::sync::Arc;

/// What lanes, the committer and the journal tell the shell.
#[derive(Debug)]
pub(super) enum Report {
    /// From a thread lane.
    Lane(LaneId, LaneReport),
    /// From a worker process, by its number: the processes know whose it is.
    Worker(u32, LaneReport),
    /// A worker process is up.
    WorkerUp { worker: u32, pid: u32, in_force: InForce },
    /// A worker process closed its pipe: it is dead or about to be. The cause is there where it broke the protocol.
    WorkerGone { worker: u32, cause: Option<String>, greeted: bool },
    /// The output of an attempt has its final name, or could not get one.
    Committed { attempt: AttemptId, result: Result<Made, Failure> },
    /// The journal has kept everything up to this number.
    Kept(u64),
    /// The journal read what an earlier program left.
    Loaded(Vec<Leftover>),
    /// It could not, and why.
    Unread(String),
    /// The journal keeps nothing at the moment, and why; or it can again.
    Stalled(Option<String>),
    /// The journal took a batch back, or could not, and why.
    Undone(Result<Option<Arc<Undone>>, String>),
    /// The journal has something to say that stops nothing.
    Warned(String),
}

/// What a lane has to tell.
#[derive(Debug)]
pub(super) enum LaneReport {
    /// An attempt ended: exactly one for every one started, unless the worker died.
    Finished { attempt: AttemptId, result: Result<Output, Failure>, timing: Timing },
    /// Light jobs were computed.
    Computed { answers: Vec<(AttemptId, u64)>, timing: Timing },
    /// An attempt knows what memory it needs.
    Needs { attempt: AttemptId, bytes: u64 },
}

impl LaneReport {
    /// As the core takes it.
    pub(super) fn on(self, lane: LaneId) -> Input {
        match self {
            LaneReport::Finished { attempt, result, timing } => Input::Finished { lane, attempt, result, timing },
            LaneReport::Computed { answers, timing } => Input::Computed { lane, answers, timing },
            LaneReport::Needs { attempt, bytes } => Input::Needs { lane, attempt, bytes },
        }
    }
}

/// A way of running attempts. Every call returns at once.
pub(super) trait Executor {
    /// Makes a lane ready.
    fn open(&mut self, lane: Lane);
    /// Ends a lane on which nothing is in flight.
    fn close(&mut self, lane: LaneId);
    /// Hands an attempt to a lane. A failure means that it never started.
    fn start(&mut self, lane: LaneId, assignment: Assignment) -> Result<(), Failure>;
    /// Hands light jobs to a lane. A failure means that none of them started.
    fn compute(&mut self, lane: LaneId, work: Vec<(AttemptId, Light)>) -> Result<(), Failure>;
    /// Tells a started attempt to halt, go on or end.
    fn signal(&mut self, lane: LaneId, attempt: AttemptId, signal: Signal);
    /// Tells a started attempt whether there is memory for it.
    fn admit(&mut self, lane: LaneId, attempt: AttemptId, admitted: bool);
    /// Tells a started download how many connections it may have.
    fn allow(&mut self, lane: LaneId, attempt: AttemptId, connections: u16);
    /// Holds the downloads of all lanes together to so many bytes a second.
    fn limit_speed(&mut self, bytes_per_s: Option<u64>);
    /// Ends the lane's worker by force, where it has one.
    fn end(&mut self, lane: LaneId, force: Force);
}
