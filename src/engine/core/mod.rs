//! The core: a pure state machine that decides who works on what, when and where. No I/O, no threads, no clock.
//!
//! [`Core::step`] takes the time and one [`Input`] and answers with the [`Effect`]s to carry out. What always holds:
//! 1. Every job reaches exactly one final state.
//! 2. At most one attempt of a job is in flight.
//! 3. Only the current attempt's output is committed.
//! 4. What is in flight on a lane never exceeds its window.
//! 5. A crash is charged only to the task at the head of the lane; the others go back uncharged, to their old places.
//! 6. Nothing starts after a cancel, or while paused.
//! 7. Queued, running and final jobs are all the jobs there are.
//! 8. Replaying the records gives the live state.

mod commands;
mod effect;
mod job;
mod lanes;
mod outcomes;
mod replay;
mod retry;
#[cfg(test)]
mod tests;

pub use effect::{Effect, Input, InputFile, Record};

use crate::model::{
    AttemptId, BatchId, BatchOptions, Event, JobId, JobReport, JobState, Lane, LaneCounts, LaneId, Mode, Moment,
    Outcome, Pool,
};
use job::{Fate, Job, Live};
use lanes::Lanes;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How a core starts.
#[derive(Debug, Clone, Copy)]
pub struct CoreConfig {
    /// The mode until a command changes it.
    pub mode: Mode,
    /// The lanes of each pool.
    pub lanes: LaneCounts,
    /// The most attempts in flight on one lane. 1 for work that takes long: nothing waits behind it in vain.
    pub window: usize,
    /// How long a worker process may take to heed a cancel before it is killed.
    pub grace: Duration,
}

/// The state machine. See the module's words for what always holds.
#[derive(Debug)]
pub struct Core {
    jobs: Vec<Job>,
    batches: Vec<Batch>,
    lanes: Lanes,
    /// Jobs that could start now, by pool. A job keeps its place by its id, however often it comes back.
    ready_fetch: BTreeSet<JobId>,
    ready_mill: BTreeSet<JobId>,
    /// Jobs that wait after a failure, by the moment they may start again.
    deferred: BTreeSet<(Moment, JobId)>,
    mode: Mode,
    counts: LaneCounts,
    paused: bool,
    window: usize,
    grace: Duration,
    now: Moment,
    out: Vec<Effect>,
}

#[derive(Debug)]
struct Batch {
    options: Arc<BatchOptions>,
    /// Jobs that have not reached a final state.
    unfinished: usize,
}

impl Core {
    /// An empty core, and the effects that open its lanes.
    pub fn new(config: CoreConfig) -> (Core, Vec<Effect>) {
        let mut core = Core::closed(config);
        core.reconcile_lanes();
        let effects = std::mem::take(&mut core.out);
        (core, effects)
    }

    fn closed(config: CoreConfig) -> Core {
        Core {
            jobs: Vec::new(),
            batches: Vec::new(),
            lanes: Lanes::default(),
            ready_fetch: BTreeSet::new(),
            ready_mill: BTreeSet::new(),
            deferred: BTreeSet::new(),
            mode: config.mode,
            counts: config.lanes,
            paused: false,
            window: config.window,
            grace: config.grace,
            now: Moment::default(),
            out: Vec::new(),
        }
    }

    /// Takes one input at the time `now` and answers with what is to be done, in order.
    pub fn step(&mut self, now: Moment, input: Input) -> Vec<Effect> {
        self.now = self.now.max(now);
        match input {
            Input::Command(command) => self.command(command),
            Input::Finished { lane, attempt, result, timing } => self.finished(lane, attempt, result, timing),
            Input::LaneLost { lane, cause, details, over_a_task } => {
                self.lane_lost(lane, &cause, &details, over_a_task);
            }
            Input::Committed { attempt, result } => self.committed(attempt, result),
            Input::WorkerStarted { lane, pid } => self.emit(Event::WorkerStarted { lane, pid }),
            Input::Tick => {}
        }
        self.kill_the_deaf();
        self.fill_lanes();
        std::mem::take(&mut self.out)
    }

    /// When to step with [`Input::Tick`] if nothing else happens before.
    pub fn next_tick(&self) -> Option<Moment> {
        let kill = self.lanes.iter().filter_map(|state| state.kill_at).min();
        let retry = self.deferred.first().map(|(moment, _)| *moment).filter(|_| !self.paused);
        kill.into_iter().chain(retry).min()
    }

    /// Every attempt in flight and where: for the shell to end them all.
    pub fn inflight(&self) -> impl Iterator<Item = (LaneId, AttemptId)> {
        self.lanes.iter().flat_map(|state| state.inflight.iter().map(|attempt| (state.lane.id, *attempt)))
    }

    fn emit(&mut self, event: Event) {
        self.out.push(Effect::Emit(event));
    }

    fn record(&mut self, record: Record) {
        self.out.push(Effect::Record(record));
    }

    fn job_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.get_mut(id.0 as usize)
    }

    fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(id.0 as usize)
    }

    fn ready(&mut self, pool: Pool) -> &mut BTreeSet<JobId> {
        match pool {
            Pool::Fetch => &mut self.ready_fetch,
            Pool::Mill => &mut self.ready_mill,
        }
    }

    /// Puts a queued job where it waits. A paused one waits nowhere: resuming it calls this again.
    fn enqueue(&mut self, id: JobId) {
        let Some(job) = self.job(id).filter(|job| !job.paused && job.state == JobState::Queued) else { return };
        let Some(pool) = job.pool() else { return };
        match job.run.as_ref().and_then(|run| run.not_before).filter(|moment| *moment > self.now) {
            Some(moment) => {
                self.deferred.insert((moment, id));
            }
            None => {
                self.ready(pool).insert(id);
            }
        }
    }

    /// Takes a job out of wherever it waits.
    fn dequeue(&mut self, id: JobId) {
        self.ready_fetch.remove(&id);
        self.ready_mill.remove(&id);
        if let Some(moment) = self.job(id).and_then(|job| job.run.as_ref()?.not_before) {
            self.deferred.remove(&(moment, id));
        }
    }

    /// Hands out whatever can start.
    fn fill_lanes(&mut self) {
        if self.paused {
            return;
        }
        while let Some((moment, id)) = self.deferred.first().copied().filter(|(moment, _)| *moment <= self.now) {
            self.deferred.remove(&(moment, id));
            self.enqueue(id);
        }
        while let Some(lane) = self.lanes.with_room(self.window, |lane| self.next_for(lane).is_some()) {
            let Some(id) = self.lanes.lane(lane).and_then(|lane| self.next_for(lane)) else { return };
            self.start(lane, id);
        }
    }

    /// The job that a lane should run next. The serial lane goes by the order of submission alone, so it ends one
    /// job before it begins the next.
    fn next_for(&self, lane: &Lane) -> Option<JobId> {
        let first = |pool, ready: &BTreeSet<JobId>| ready.first().copied().filter(|_| lane.serves(pool));
        [first(Pool::Fetch, &self.ready_fetch), first(Pool::Mill, &self.ready_mill)].into_iter().flatten().min()
    }

    fn start(&mut self, lane: LaneId, id: JobId) {
        self.dequeue(id);
        let Some(job) = self.job_mut(id) else { return };
        let name = job.run.as_ref().map(|run| run.output.name.clone()).filter(|name| !name.is_empty());
        let Some(task) = job.spec.task(job.stage(), name.as_deref()) else { return };
        job.begun += 1;
        job.become_state(JobState::Running);
        let attempt = AttemptId { job: id, number: job.begun };
        let spec = Arc::clone(&job.spec);
        let run = job.run_mut();
        run.live = Some(Live { lane, since: None, fate: Fate::Open });
        run.not_before = None;
        let input = match (&task, run.input) {
            (crate::model::Task::Download(_), _) => InputFile::None,
            (_, None) => InputFile::Original,
            (_, Some(earlier)) => InputFile::OutputOf(earlier),
        };
        if let Some(state) = self.lanes.get_mut(lane) {
            state.inflight.push_back(attempt);
        }
        self.out.push(Effect::Start { lane, attempt, spec, task, input });
        self.begin_head(lane);
    }

    /// Notes that the attempt at the head of a lane now runs, if it was not noted before.
    fn begin_head(&mut self, lane: LaneId) {
        let at = self.now;
        let Some(state) = self.lanes.get_mut(lane) else { return };
        let Some(attempt) = state.inflight.front().copied() else { return };
        let (executor, label) = (state.lane.executor, state.lane.label());
        let Some(job) = self.job_mut(attempt.job) else { return };
        let Some(pool) = job.pool() else { return };
        let run = job.run_mut();
        let Some(live) = run.live.as_mut().filter(|live| live.since.is_none()) else { return };
        live.since = Some(at);
        run.executors.push(executor);
        run.lane_label = Some(label);
        let stage = run.stage;
        self.emit(Event::TaskStarted { attempt, stage, pool, lane, at });
    }

    /// Ends a job for good.
    fn finish(&mut self, id: JobId, outcome: Outcome) {
        self.dequeue(id);
        let Some(job) = self.job_mut(id) else { return };
        let report: JobReport = job.report(id, outcome.clone());
        job.become_state(outcome.state());
        job.paused = false;
        let (batch, spec) = (job.batch, Arc::clone(&job.spec));
        let input = job.run.take().and_then(|run| run.input);
        self.record(Record::Finished { job: id, outcome });
        self.out.extend(input.map(|attempt| Effect::Discard { attempt, spec }));
        self.emit(Event::JobFinished(Box::new(report)));
        self.leave_batch(batch);
    }

    fn leave_batch(&mut self, id: BatchId) {
        let Some(batch) = self.batches.get_mut(id.0 as usize) else { return };
        batch.unfinished -= 1;
        if batch.unfinished > 0 {
            return;
        }
        let options = Arc::clone(&batch.options);
        let in_use = |other: &Batch| other.unfinished > 0 && other.options.output_dir == options.output_dir;
        if !self.batches.iter().any(in_use) {
            self.out.push(Effect::Tidy(options));
        }
        self.emit(Event::BatchFinished(id));
    }

    fn reconcile_lanes(&mut self) {
        let changes = self.lanes.reconcile(self.mode, self.counts);
        for id in changes.closed {
            self.out.push(Effect::Close(id));
            self.emit(Event::LaneClosed(id));
        }
        for lane in changes.opened {
            self.out.push(Effect::Open(lane));
            self.emit(Event::LaneOpened(lane));
        }
    }

    fn kill_the_deaf(&mut self) {
        let now = self.now;
        for state in self.lanes.iter_mut().filter(|state| state.kill_at.is_some_and(|at| at <= now)) {
            state.kill_at = None;
            self.out.push(Effect::Kill(state.lane.id));
        }
    }
}
