//! A job as the core keeps it: small while it waits, with a box for what only a started job needs.

use crate::model::{
    ExecutorKind, JobId, JobRef, JobReport, JobState, LaneId, Mode, Moment, Outcome, Output, Posture, Timing,
};
use std::time::Duration;

/// One row of the queue. What it is to do lies in its batch.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// Attempts begun: the number of the newest one. Goes on through a retry, so that no identity comes twice.
    pub(super) begun: u32,
    pub(super) state: JobState,
    /// Paused by itself, apart from the general pause.
    pub(super) paused: bool,
    /// Taken out of the queue; its slot stays so that ids keep their meaning.
    pub(super) removed: bool,
    pub(super) run: Option<Box<Run>>,
}

/// What a job gathers once it has started.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Which of the job's tasks is next or under way, from 0.
    pub(super) stage: usize,
    /// Attempts charged to the job: every one that failed by its own doing and got no further, or was slower than a person
    /// asked for, and the one that ended it.
    pub(super) charged: u32,
    /// How many bytes of its file the last attempt left to go on from, and the most that any did.
    pub(super) there: u64,
    pub(super) most_there: u64,
    /// Attempts of this task that failed and were tried again.
    pub(super) retried: u32,
    /// How often this task took its worker down.
    pub(super) crashes: u32,
    /// How often a worker for this task did not come up, weighed by why.
    pub(super) no_shows: u32,
    /// What is in flight. A light job has none: its lane alone knows it.
    pub(super) live: Option<Live>,
    /// What is to become of a light job in flight that somebody cancelled.
    pub(super) light_fate: Option<Fate>,
    /// Not before this moment, after a failure.
    pub(super) not_before: Option<Moment>,
    /// The disk was full at its last attempt, and those that have not tried yet go first.
    pub(super) found_no_room: bool,
    /// What was fetched was found by an earlier program's records, not fetched by this one.
    pub(super) adopted: bool,
    /// What the tasks so far made.
    pub(super) output: Output,
    pub(super) timing: Timing,
    pub(super) executors: Vec<ExecutorKind>,
    pub(super) lane_label: Option<String>,
    pub(super) posture: Option<Posture>,
}

/// The attempt in flight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Live {
    pub(super) lane: LaneId,
    /// Since when it is at the head of its lane; `None` while it waits there behind another.
    pub(super) since: Option<Moment>,
    /// What is to become of it.
    pub(super) fate: Fate,
    /// What counts towards its deadline.
    pub(super) clock: Clock,
}

impl Live {
    pub(super) fn new(lane: LaneId) -> Live {
        Live { lane, since: None, fate: Fate::Open, clock: Clock::default() }
    }
}

/// Counts the time that an attempt may work.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    spent: Duration,
    running_since: Option<Moment>,
}

impl Clock {
    /// Runs from now on, or stands still.
    pub(super) fn set(&mut self, now: Moment, runs: bool) {
        if let Some(since) = self.running_since.take() {
            self.spent += now - since;
        }
        self.running_since = runs.then_some(now);
    }

    /// When it will have counted so far, if it runs.
    pub(super) fn reaches(&self, limit: Duration) -> Option<Moment> {
        Some(self.running_since? + limit.saturating_sub(self.spent))
    }
}

/// What is to become of the attempt in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It may end as it will.
    Open,
    /// It was told to stop, and the job ends cancelled.
    Cancelling,
    /// As `Cancelling`, and the row goes away afterwards.
    Removing,
    /// It took longer than its deadline and was told to stop.
    TimedOut,
    /// It succeeded, and its file is being given its final name: too late to cancel.
    Committing,
    /// As `Committing`, and the row goes away afterwards. The file stays.
    CommittingToRemove,
}

impl Fate {
    pub(super) fn is_committing(self) -> bool {
        matches!(self, Fate::Committing | Fate::CommittingToRemove)
    }

    /// Whether it was told to stop.
    pub(super) fn is_stopping(self) -> bool {
        matches!(self, Fate::Cancelling | Fate::Removing | Fate::TimedOut)
    }
}

impl Job {
    /// Moves to another state, which must be a legal one.
    pub(super) fn become_state(&mut self, next: JobState) {
        debug_assert!(self.state.may_become(next), "{:?} to {next:?}", self.state);
        self.state = next;
    }

    pub(super) fn run_mut(&mut self) -> &mut Run {
        self.run.get_or_insert_default()
    }

    pub(super) fn stage(&self) -> usize {
        self.run.as_ref().map_or(0, |run| run.stage)
    }

    pub(super) fn live(&self) -> Option<Live> {
        self.run.as_ref().and_then(|run| run.live)
    }

    pub(super) fn live_mut(&mut self) -> Option<&mut Live> {
        self.run.as_mut().and_then(|run| run.live.as_mut())
    }

    /// What is to become of the attempt in flight.
    pub(super) fn fate(&self) -> Option<Fate> {
        let run = self.run.as_ref()?;
        run.live.map(|live| live.fate).or(run.light_fate)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.fate().is_some_and(Fate::is_stopping)
    }

    /// The file name as far as it is known.
    pub(super) fn name(&self, spec: &JobRef) -> String {
        match &self.run {
            Some(run) if !run.output.name.is_empty() => run.output.name.clone(),
            _ => spec.file_name(),
        }
    }

    pub(super) fn report(&self, id: JobId, spec: &JobRef, outcome: Outcome) -> JobReport {
        let empty = Run::default();
        let run = self.run.as_deref().unwrap_or(&empty);
        let done = matches!(outcome, Outcome::Done(_));
        JobReport {
            job: id,
            input: spec.input().to_owned(),
            outcome,
            attempts: run.charged,
            mode: mode_of(&run.executors),
            lane: run.lane_label.clone(),
            bytes_in: run.output.bytes_in,
            bytes_out: if done { run.output.bytes_out } else { 0 },
            size_in: run.output.size_in,
            size_out: run.output.size_out,
            timing: run.timing,
            posture: run.posture,
        }
    }
}

impl Run {
    /// Adds what another task of the job made. Bytes in are those of the first task, which brought them here.
    pub(super) fn merge(&mut self, output: Output) {
        if self.stage == 0 {
            self.output = output;
        } else {
            let bytes_in = self.output.bytes_in;
            self.output = Output { bytes_in, ..output };
        }
    }
}

/// The mode that a job really ran in: one name where all its attempts agree, else mixed.
fn mode_of(executors: &[ExecutorKind]) -> Option<Mode> {
    let first = executors.first()?;
    if executors.iter().all(|executor| executor == first) { Some(first.as_mode()) } else { Some(Mode::Mixed) }
}
