//! What goes into the core and what comes out: the whole of its contact with the world.

use crate::model::{
    AttemptId, BatchId, BatchOptions, Command, Event, Failure, JobId, JobSpec, Lane, LaneId, Outcome, Output, Task,
    Timing,
};
use crate::task::Signal;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that can happen to the core.
#[derive(Debug, Clone)]
pub enum Input {
    /// Somebody wants something.
    Command(Command),
    /// A lane ended an attempt, one way or the other.
    Finished {
        /// Where it ran.
        lane: LaneId,
        /// Which.
        attempt: AttemptId,
        /// How it ended.
        result: Result<Output, Failure>,
        /// What it took.
        timing: Timing,
    },
    /// A lane's worker process came up.
    WorkerStarted {
        /// Whose.
        lane: LaneId,
        /// Its process id.
        pid: u32,
    },
    /// A lane's worker process died. Whatever it was handed will not come back.
    LaneLost {
        /// Whose.
        lane: LaneId,
        /// How, as the end of a sentence: "was killed by signal 9 (SIGKILL)".
        cause: String,
        /// The last words of its standard error.
        details: String,
        /// Whether it had begun to work. One that never came up says nothing about its task.
        over_a_task: bool,
    },
    /// The answer to [`Effect::Commit`].
    Committed {
        /// Whose output.
        attempt: AttemptId,
        /// Its final path.
        result: Result<PathBuf, Failure>,
    },
    /// Time went by.
    Tick,
}

/// Everything that the core wants done, to be carried out in order.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Write this to the journal before any later effect.
    Record(Record),
    /// Tell the faces.
    Emit(Event),
    /// Make a lane ready.
    Open(Lane),
    /// End a lane. Nothing is in flight on it.
    Close(LaneId),
    /// Run an attempt.
    Start {
        /// On this lane.
        lane: LaneId,
        /// Under this identity.
        attempt: AttemptId,
        /// For this job.
        spec: Arc<JobSpec>,
        /// This work.
        task: Task,
        /// Reading this.
        input: InputFile,
    },
    /// Tell a running attempt to halt, go on or end.
    Signal {
        /// Where it runs.
        lane: LaneId,
        /// Which.
        attempt: AttemptId,
        /// What it is told.
        signal: Signal,
    },
    /// Kill a lane's worker process. Its end comes back as [`Input::LaneLost`].
    Kill(LaneId),
    /// Give the output of an attempt its final name; answer with [`Input::Committed`].
    Commit {
        /// Whose output.
        attempt: AttemptId,
        /// The job, for its folder.
        spec: Arc<JobSpec>,
        /// The file name wanted.
        name: String,
    },
    /// Remove the temporary file of an attempt, if it is there.
    Discard {
        /// Whose.
        attempt: AttemptId,
        /// The job, for its folder.
        spec: Arc<JobSpec>,
    },
    /// Nothing under way writes to this batch's output folder any more: take the work folder away.
    Tidy(Arc<BatchOptions>),
}

/// What an attempt reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFile {
    /// Nothing: it fetches.
    None,
    /// The person's own file, never written to.
    Original,
    /// The output of the job's earlier attempt.
    OutputOf(AttemptId),
}

/// What the journal keeps. Replaying all of it gives the queue as it stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A batch came in.
    Submitted {
        /// The batch.
        batch: BatchId,
        /// The id of its first job; the others follow.
        first: JobId,
        /// Its jobs.
        jobs: Vec<Arc<JobSpec>>,
    },
    /// One of a job's tasks succeeded and another follows.
    StageDone {
        /// Whose output the next task reads.
        attempt: AttemptId,
        /// What it made.
        output: Output,
    },
    /// A job reached its final state.
    Finished {
        /// Which.
        job: JobId,
        /// How.
        outcome: Outcome,
    },
    /// A job that had ended was queued anew, from its first task.
    Requeued(JobId),
    /// A job was taken out of the queue.
    Removed(JobId),
}
