//! The messages between the engine and the faces: one enum per direction. Progress is not among them: it goes
//! through latest-value slots, so that nothing ever waits for it.

use super::{
    AttemptId, Batch, BatchId, Failure, JobId, JobReport, JobState, Lane, LaneCounts, LaneId, Mode, Moment, Place,
    Pool, Posture, Timing, Undone,
};
use std::sync::Arc;

/// Towards the engine. Every command is accepted at any time; one that does not apply does nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Put these into the queue, in this order.
    Submit(Arc<Batch>),
    /// Take up what an earlier program left unfinished.
    GoOn,
    /// Give up what an earlier program left unfinished.
    Forget,
    /// Take back the newest batch that was not taken back yet, once all of it has ended.
    Undo,
    /// End these without a result.
    Cancel(Selection),
    /// Start nothing more of these, and halt what runs.
    Pause(Selection),
    /// Go on with these.
    Resume(Selection),
    /// Queue these again if they failed or were cancelled, with a fresh count of attempts.
    Retry(Selection),
    /// Take these out of the queue. What still runs is cancelled first. Files stay.
    Remove(Selection),
    /// Start these before all that have a lower priority, whatever their order. 0 is the usual one.
    Prioritise(Selection, i8),
    /// Start these, in this order, earlier or later among their like.
    Move(Vec<JobId>, Spot),
    /// Start whatever starts next in this mode.
    SetMode(Mode),
    /// Change how many lanes a pool has. For the fetch pool that ends the choosing by measure.
    SetLanes(Pool, u16),
    /// Let the number of fetch lanes follow what is measured, in mixed mode.
    ChooseFetchLanes,
    /// Hold all downloads together to so many bytes a second. `None`: there is no limit. Holds at once.
    LimitSpeed(Option<u64>),
    /// Kill the worker process of a lane; its task fails with the signal's name. Nothing happens to a thread.
    KillWorker(LaneId),
}

/// Which jobs a command is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Every job there is; a pause holds for later ones too.
    All,
    /// These.
    Jobs(Vec<JobId>),
    /// Every job there is but these. A resume ends the general pause.
    Except(Vec<JobId>),
}

/// Where to put jobs among those that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Before all others.
    First,
    /// After all others that are there now.
    Last,
    /// Before this one.
    Before(JobId),
}

/// From the engine, in the order in which things happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A batch came in. Ids follow one another from `first`.
    JobsQueued {
        /// The batch's id.
        id: BatchId,
        /// The id of the first job.
        first: JobId,
        /// The jobs.
        batch: Arc<Batch>,
    },
    /// Everything that an earlier program left unfinished was queued again: so many jobs.
    WentOn(usize),
    /// A lane began an attempt.
    TaskStarted {
        /// Which attempt.
        attempt: AttemptId,
        /// Which of the job's tasks, from 0.
        stage: usize,
        /// What kind of work it is.
        pool: Pool,
        /// Where.
        lane: LaneId,
        /// When.
        at: Moment,
    },
    /// An attempt ended: exactly one for every `TaskStarted`.
    TaskFinished {
        /// Which attempt.
        attempt: AttemptId,
        /// Where.
        lane: LaneId,
        /// How it ended.
        result: TaskResult,
        /// What it took.
        timing: Timing,
        /// When.
        at: Moment,
    },
    /// Light jobs were computed on a lane, one after another: their answers.
    Computed {
        /// Where.
        lane: LaneId,
        /// What came out for each.
        answers: Vec<(JobId, u64)>,
        /// What they took together.
        timing: Timing,
        /// When the last was done.
        at: Moment,
    },
    /// A job changed its state without ending: queued again, paused, resumed or told to stop.
    JobChanged {
        /// Which job.
        job: JobId,
        /// Its state.
        state: JobState,
        /// Which of its tasks is next or under way, from 0.
        stage: usize,
        /// Whether it is paused by itself.
        paused: bool,
        /// Whether it was told to stop and has not stopped yet. A thread stops at its next step; a process is made to.
        stopping: bool,
    },
    /// A job reached its final state.
    JobFinished(Box<JobReport>),
    /// Jobs were taken out of the queue.
    JobsRemoved(Vec<JobId>),
    /// Jobs have other places in the queue than before. All others stand where their numbers say.
    JobsMoved(Vec<(JobId, Place)>),
    /// Every job of a batch reached its final state.
    BatchFinished(BatchId),
    /// A lane opened.
    LaneOpened(Lane),
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
    /// A lane's worker process died, after the ends of what it had. Another comes up when there is work.
    WorkerLost(LaneId),
    /// A lane closed. Its id is not used again.
    LaneClosed(LaneId),
    /// Mode, lane counts or the general pause changed.
    SettingsChanged {
        /// The mode of whatever starts next.
        mode: Mode,
        /// The lanes of each pool.
        lanes: LaneCounts,
        /// Whether everything is paused.
        paused: bool,
        /// Whether the number of fetch lanes follows what is measured.
        choosing: bool,
    },
    /// The queue cannot be kept, and nothing starts until it can: a sentence that says why. `None` once it is over.
    Trouble(Option<String>),
    /// Something is wrong that stops nothing: a sentence for the person.
    Warned(String),
    /// A batch was taken back, or there was none; or why none was, in a sentence.
    Undone(Result<Option<Arc<Undone>>, String>),
}

/// How an attempt ended, as far as the lanes view cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskResult {
    /// Its output was accepted.
    Done {
        /// The file name that the output has, or will have.
        name: String,
        /// Bytes read.
        bytes_in: u64,
        /// Bytes written.
        bytes_out: u64,
    },
    /// It failed. `will_retry` says whether the job is queued again by itself.
    Failed {
        /// Why.
        failure: Failure,
        /// Whether another attempt follows.
        will_retry: bool,
    },
    /// It was told to stop.
    Cancelled,
    /// Its worker was lost by no doing of its own, or what it was to work on is gone: it goes back to its place, and
    /// nothing is held against it.
    Returned,
}
