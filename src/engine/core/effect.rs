//! What goes into the core and what comes out: the whole of its contact with the world.

use crate::model::{
    AttemptId, BatchOptions, Command, Event, Failure, JobRef, Lane, LaneId, Leftover, Light, Made, Output, Posture,
    Record, Task, Timing,
};
use crate::task::Signal;
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
    /// A lane computed light jobs, in the order in which it was handed them.
    Computed {
        /// Where.
        lane: LaneId,
        /// What came out.
        answers: Vec<(AttemptId, u64)>,
        /// What they took together.
        timing: Timing,
    },
    /// An attempt knows how much memory it needs, and waits for [`Effect::Admit`].
    Needs {
        /// Where it runs.
        lane: LaneId,
        /// Which.
        attempt: AttemptId,
        /// In bytes.
        bytes: u64,
    },
    /// A lane's worker process came up.
    WorkerStarted {
        /// Whose.
        lane: LaneId,
        /// Its process id.
        pid: u32,
        /// What keeps it apart.
        posture: Posture,
        /// From its start until it could work, in microseconds.
        start_us: u64,
    },
    /// A lane's worker process died. Whatever it was handed will not come back.
    LaneLost {
        /// Whose.
        lane: LaneId,
        /// How, as the end of a sentence: "was killed by signal 9 (SIGKILL)".
        cause: String,
        /// The last words of its standard error.
        details: String,
        /// How many of those in flight it had begun: the last of these is the one to charge. `None` where it never came
        /// up, which says nothing about any of them.
        began: Option<usize>,
        /// Whether a signal ended it, as when somebody kills it.
        killed: bool,
    },
    /// The answer to [`Effect::Commit`].
    Committed {
        /// Whose output.
        attempt: AttemptId,
        /// Where its files stand.
        result: Result<Made, Failure>,
    },
    /// The answer to [`Effect::Load`].
    Loaded(Vec<Leftover>),
    /// So many batches of [`Effect::KeepBatch`] are kept.
    BatchesKept(usize),
    /// The journal cannot keep anything at the moment, and why; or it can again.
    JournalStalled(Option<String>),
    /// Time went by.
    Tick,
    /// The program ends. No attempt is heard of any more, and nothing is to begin.
    End,
}

/// Everything that the core wants done, to be carried out in order.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Write this to the journal. Later events go out only once it is kept.
    Record(Record),
    /// The same for a batch. Nothing starts until [`Input::BatchesKept`] answers: what a program leaves that dies before
    /// could not be found again.
    KeepBatch(Record),
    /// Write to the journal that a job's task is done and where its output lies.
    KeepStage {
        /// Whose output the next task reads.
        attempt: AttemptId,
        /// The job, for its folder.
        job: JobRef,
        /// The name of its part.
        part: String,
        /// What it made.
        output: Output,
    },
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
        job: JobRef,
        /// This work.
        task: Box<Task>,
        /// The name of the part that the job's download writes, or has written.
        part: String,
        /// Reading this.
        input: InputFile,
    },
    /// Compute light jobs, one after another.
    Compute {
        /// On this lane.
        lane: LaneId,
        /// These.
        work: Vec<(AttemptId, Light)>,
    },
    /// Answer an attempt that said what memory it needs.
    Admit {
        /// Where it runs.
        lane: LaneId,
        /// Which.
        attempt: AttemptId,
        /// Whether it may go on. Otherwise it needs more than the whole budget.
        admitted: bool,
    },
    /// Tell a running download how many connections it may have from now on.
    Allow {
        /// Where it runs.
        lane: LaneId,
        /// Which.
        attempt: AttemptId,
        /// So many.
        connections: u16,
    },
    /// Hold all downloads together to a speed.
    LimitSpeed {
        /// In bytes a second; `None` for no limit.
        bytes_per_s: Option<u64>,
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
    /// End a lane's worker process by force. Its end comes back as [`Input::LaneLost`].
    End(LaneId, Force),
    /// Give the files of an attempt their final names; answer with [`Input::Committed`].
    Commit {
        /// Whose output.
        attempt: AttemptId,
        /// The job, for its folder.
        job: JobRef,
        /// The name of the part that becomes the file; otherwise it is the attempt's own output.
        part: Option<String>,
        /// What it made.
        output: Output,
    },
    /// Remove the part of a job's download, if it is there: nobody goes on with it.
    DropPart {
        /// The job, for its folder.
        job: JobRef,
        /// Its name.
        part: String,
    },
    /// Remove the temporary file of an attempt, if it is there. The part of a download stays.
    Discard {
        /// Whose.
        attempt: AttemptId,
        /// The job, for its folder.
        job: JobRef,
    },
    /// Nothing under way writes to this batch's output folder any more: take the work folder away.
    Tidy(Arc<BatchOptions>),
    /// Read what an earlier program left unfinished; answer with [`Input::Loaded`].
    Load,
    /// What an earlier program left unfinished is given up.
    Forget,
    /// Take the newest batch back.
    Undo,
}

/// How a worker process is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// It is told to by a signal that it could heed.
    Terminate,
    /// It is killed.
    Kill,
}

/// What an attempt reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFile {
    /// Nothing: it fetches.
    None,
    /// The person's own file, never written to.
    Original,
    /// What the job's download fetched.
    Part,
}
