//! The core: a pure state machine that decides who works on what, when and where. No I/O, no threads, no clock.
//!
//! [`Core::step`] takes the time and one [`Input`] and answers with the [`Effect`]s to carry out. What
//! always holds stands in ARCHITECTURE.md, under *A core that can be tested*.

mod batches;
mod commands;
mod disk;
mod effect;
mod end;
mod hosts;
mod job;
mod lanes;
mod light;
mod limits;
mod memory;
mod order;
mod outcomes;
mod restore;
mod retry;
#[cfg(test)]
mod tests;
mod tuning;

pub use effect::{Effect, Force, Input, InputFile};

use crate::model::{
    AttemptId, Event, JobId, JobReport, JobState, LaneCounts, LaneId, Mode, Moment, Outcome, Place, Pool, Record, Task,
};
use batches::BatchState;
use disk::FullDisk;
use hosts::Hosts;
use job::{Job, Live};
use lanes::{LaneState, Lanes, Wanted};
use memory::Memory;
use order::Ready;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tuning::Tuner;

/// How a core starts.
#[derive(Debug, Clone)]
pub struct CoreConfig {
    /// The mode until a command changes it.
    pub mode: Mode,
    /// The lanes of each pool.
    pub lanes: LaneCounts,
    /// Whether the number of fetch lanes follows what is measured, in mixed mode.
    pub choosing: bool,
    /// The most attempts in flight on one lane, light ones apart. 1 for work that takes long: nothing waits behind it
    /// in vain.
    pub window: usize,
    /// How long a worker process may take to heed a cancel before it is terminated, and then killed.
    pub grace: Duration,
    /// What attempts may hold together, in bytes.
    pub memory: u64,
    /// What no other program is called: it names the parts of downloads.
    pub program: Arc<str>,
}

/// The state machine. See the module's words for what always holds.
#[derive(Debug)]
pub struct Core {
    program: Arc<str>,
    hosts: Hosts,
    jobs: Vec<Job>,
    batches: Vec<BatchState>,
    /// How many unfinished batches write to each folder.
    folders: HashMap<PathBuf, usize>,
    lanes: Lanes,
    /// Jobs that could start now, by pool.
    ready_fetch: Ready,
    ready_mill: Ready,
    /// Where jobs were moved to, for those that were. The others keep the place of their number, however often they
    /// come back. One that has ended keeps its place too: it is seen there, and others are put before it.
    places: HashMap<JobId, Place>,
    /// Those that have another place since that was last told.
    moved: Vec<(JobId, Place)>,
    /// Jobs that wait after a failure, by the moment they may start again.
    deferred: BTreeSet<(Moment, JobId)>,
    /// Jobs that found the disk full, and wait behind those that could start now.
    without_room: BTreeSet<JobId>,
    memory: Memory,
    tuner: Tuner,
    mode: Mode,
    counts: LaneCounts,
    choosing: bool,
    paused: bool,
    /// Batches that the journal was handed and has not kept yet.
    unkept: usize,
    /// Why the journal keeps nothing at the moment.
    stalled: Option<String>,
    full_disk: Option<FullDisk>,
    /// The program ends.
    ending: bool,
    window: usize,
    grace: Duration,
    now: Moment,
    out: Vec<Effect>,
}

impl Core {
    /// An empty core, and the effects that open its lanes.
    pub fn new(config: CoreConfig) -> (Core, Vec<Effect>) {
        let mut core = Core {
            jobs: Vec::new(),
            batches: Vec::new(),
            folders: HashMap::new(),
            lanes: Lanes::default(),
            ready_fetch: Ready::default(),
            ready_mill: Ready::default(),
            places: HashMap::new(),
            moved: Vec::new(),
            deferred: BTreeSet::new(),
            without_room: BTreeSet::new(),
            memory: Memory::new(config.memory),
            hosts: Hosts::default(),
            program: config.program,
            tuner: Tuner::default(),
            mode: config.mode,
            counts: config.lanes,
            choosing: config.choosing,
            paused: false,
            unkept: 0,
            stalled: None,
            full_disk: None,
            ending: false,
            window: config.window,
            grace: config.grace,
            now: Moment::default(),
            out: Vec::new(),
        };
        core.reconcile_lanes();
        let effects = std::mem::take(&mut core.out);
        (core, effects)
    }

    /// Takes one input at the time `now` and answers with what is to be done, in order.
    pub fn step(&mut self, now: Moment, input: Input) -> Vec<Effect> {
        self.now = self.now.max(now);
        match input {
            Input::Command(command) => self.command(command),
            Input::Finished { lane, attempt, result, timing } => self.finished(lane, attempt, result, timing),
            Input::Computed { lane, answers, timing } => self.computed(lane, &answers, timing),
            Input::Needs { lane, attempt, bytes } => self.needs(lane, attempt, bytes),
            Input::LaneLost { lane, cause, details, began, killed } => {
                self.lane_lost(lane, &cause, &details, began, killed);
            }
            Input::Committed { attempt, result } => self.committed(attempt, result),
            Input::WorkerStarted { lane, pid, posture, start_us } => {
                if let Some(state) = self.lanes.get_mut(lane) {
                    state.posture = posture;
                    self.emit(Event::WorkerStarted { lane, pid, posture, start_us });
                }
            }
            Input::Loaded(leftovers) => self.restore(leftovers),
            Input::BatchesKept(count) => self.unkept -= count,
            Input::JournalStalled(trouble) => {
                self.stalled = trouble;
                self.tell_trouble();
            }
            Input::Tick => {}
            Input::End => self.end(),
        }
        self.end_the_overdue();
        self.press_the_deaf();
        self.fill_lanes();
        self.share_hosts();
        self.hand_over();
        std::mem::take(&mut self.out)
    }

    /// When to step with [`Input::Tick`] if nothing else happens before.
    pub fn next_tick(&self) -> Option<Moment> {
        let end = self.lanes.iter().filter_map(|state| state.end_at.map(|(at, _)| at)).min();
        let due = self.lanes.iter().filter_map(|state| self.due(state)).map(|(at, _)| at).min();
        let retry = self.deferred.first().map(|(moment, _)| *moment).filter(|_| self.may_start());
        let host = self.hosts.next(self.now).filter(|_| self.may_start());
        let room = self.full_disk.as_ref().and_then(|full| full.holds_up(self.now));
        end.into_iter().chain(due).chain(retry).chain(host).chain(room).min()
    }

    /// Every attempt in flight and where.
    pub fn inflight(&self) -> impl Iterator<Item = (LaneId, AttemptId)> {
        self.lanes.iter().flat_map(|state| state.inflight.iter().map(|attempt| (state.lane.id, *attempt)))
    }

    fn emit(&mut self, event: Event) {
        self.out.push(Effect::Emit(event));
    }

    /// Has something kept of a job, unless its batch is none that is kept.
    fn record(&mut self, job: JobId, record: Record) {
        if self.batch_of(job).is_some_and(|batch| batch.batch.options.kept) {
            self.out.push(Effect::Record(record));
        }
    }

    fn job_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.get_mut(id.0 as usize)
    }

    fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(id.0 as usize)
    }

    fn ready(&mut self, pool: Pool) -> &mut Ready {
        match pool {
            Pool::Fetch => &mut self.ready_fetch,
            Pool::Mill => &mut self.ready_mill,
        }
    }

    /// Puts a queued job where it waits. A paused one waits nowhere: resuming it calls this again.
    fn enqueue(&mut self, id: JobId) {
        let Some(job) = self.job(id).filter(|job| !job.paused && job.state == JobState::Queued) else { return };
        if let Some(moment) = job.run.as_ref().and_then(|run| run.not_before).filter(|moment| *moment > self.now) {
            self.deferred.insert((moment, id));
        } else if job.run.as_ref().is_some_and(|run| run.found_no_room) {
            self.without_room.insert(id);
        } else if let Some(pool) = self.pool(id) {
            let place = self.places.get(&id).copied();
            self.ready(pool).insert(id, place);
        }
    }

    /// Takes a job out of wherever it waits.
    fn dequeue(&mut self, id: JobId) {
        let place = self.places.get(&id).copied();
        self.ready_fetch.remove(id, place);
        self.ready_mill.remove(id, place);
        self.not_aside(id);
        self.without_room.remove(&id);
        if let Some(moment) = self.job(id).and_then(|job| job.run.as_ref()?.not_before) {
            self.deferred.remove(&(moment, id));
        }
    }

    fn may_start(&self) -> bool {
        let full = self.full_disk.as_ref().and_then(|full| full.holds_up(self.now));
        !self.paused && !self.ending && self.unkept == 0 && self.stalled.is_none() && full.is_none()
    }

    /// Hands out whatever can start.
    fn fill_lanes(&mut self) {
        if !self.may_start() {
            return;
        }
        while let Some((moment, id)) = self.deferred.first().copied().filter(|(moment, _)| *moment <= self.now) {
            self.deferred.remove(&(moment, id));
            self.enqueue(id);
        }
        self.ask_hosts_again();
        loop {
            if self
                .lanes
                .emptiest(|state| state.lane.serves(Pool::Fetch) && state.has_room(self.window, Wanted::Usual))
                .is_some()
            {
                self.set_aside();
            }
            match self.next_start() {
                Some((lane, id, Wanted::Usual)) => self.start(lane, id),
                Some((lane, id, Wanted::Light)) => self.start_light(lane, id),
                None if self.try_for_room_again() => {}
                None => break,
            }
        }
    }

    /// The next job and the lane for it. A lane takes the first job of its pool; the serial lane goes by place alone,
    /// so it ends one job before it begins the next.
    fn next_start(&self) -> Option<(LaneId, JobId, Wanted)> {
        let takes = |pool: Pool, wanted: Wanted| {
            move |state: &LaneState| state.lane.serves(pool) && state.has_room(self.window, wanted)
        };
        let fetch = self.ready_fetch.first().filter(|(_, id)| self.host_has_room(*id));
        let fetch = fetch.map(|(place, id)| (place, id, Pool::Fetch));
        let mill = self.ready_mill.first().map(|(place, id)| (place, id, Pool::Mill));
        let mut waiting: Vec<_> = fetch.into_iter().chain(mill).collect();
        waiting.sort_unstable();
        waiting.into_iter().find_map(|(_, id, pool)| {
            let light = pool == Pool::Mill && self.light(id).is_some();
            let wanted = if light { Wanted::Light } else { Wanted::Usual };
            Some((self.lanes.emptiest(takes(pool, wanted))?, id, wanted))
        })
    }

    fn start(&mut self, lane: LaneId, id: JobId) {
        self.dequeue(id);
        let Some(spec) = self.spec(id) else { return };
        let Some(job) = self.job_mut(id) else { return };
        let name = job.run.as_ref().map(|run| run.output.name.clone()).filter(|name| !name.is_empty());
        let Some(mut task) = spec.task(job.stage(), name.as_deref()) else { return };
        job.begun += 1;
        job.become_state(JobState::Running);
        let attempt = AttemptId { job: id, number: job.begun };
        let run = job.run_mut();
        run.live = Some(Live::new(lane));
        run.not_before = None;
        run.found_no_room = false;
        let input = match &task {
            Task::Download(_) | Task::Page(_) => InputFile::None,
            _ if spec.stages().len() > 1 => InputFile::Part,
            _ => InputFile::Original,
        };
        if let Some(state) = self.lanes.get_mut(lane) {
            state.inflight.push_back(attempt);
        }
        match &mut task {
            Task::Download(download) => download.connections = self.joins_host(lane, attempt, &spec),
            Task::Page(_) => {
                self.joins_host(lane, attempt, &spec);
            }
            Task::Convert(convert) => convert.threads = self.threads(),
            _ => {}
        }
        let part = self.part_of(id);
        self.out.push(Effect::Start { lane, attempt, job: spec, task: Box::new(task), part, input });
        self.begin_head(lane);
    }

    /// How many threads the conversion that starts now may use: its share of the lanes, while nobody else waits for them.
    fn threads(&self) -> u16 {
        if self.mode == Mode::Serial || !self.ready_mill.is_empty() {
            return 1;
        }
        let is_busy = |state: &&LaneState| state.lane.pool == Some(Pool::Mill) && !state.inflight.is_empty();
        let busy = self.lanes.iter().filter(is_busy).count() as u16;
        (self.counts.mill / busy.max(1)).max(1)
    }

    /// Notes that the attempt at the head of a lane now runs, if it was not noted before.
    fn begin_head(&mut self, lane: LaneId) {
        let at = self.now;
        let Some(state) = self.lanes.get_mut(lane).filter(|state| !state.light) else { return };
        let Some(attempt) = state.inflight.front().copied() else { return };
        let (executor, label) = (state.lane.executor, state.lane.label());
        let Some(pool) = self.pool(attempt.job) else { return };
        let Some(job) = self.job_mut(attempt.job) else { return };
        let run = job.run_mut();
        let Some(live) = run.live.as_mut().filter(|live| live.since.is_none()) else { return };
        live.since = Some(at);
        run.executors.push(executor);
        run.lane_label = Some(label);
        let stage = run.stage;
        self.set_clock(attempt.job);
        self.emit(Event::TaskStarted { attempt, stage, pool, lane, at });
    }

    /// Ends a job for good.
    fn finish(&mut self, id: JobId, outcome: Outcome) {
        self.dequeue(id);
        let Some(spec) = self.spec(id) else { return };
        let Some(job) = self.job_mut(id) else { return };
        let report: JobReport = job.report(id, &spec, outcome.clone());
        job.become_state(outcome.state());
        job.paused = false;
        job.run = None;
        // A file that is done was its part, unless another was made of it.
        let leaves_part = match spec.stages() {
            _ if !spec.source().has_file() => false,
            [Pool::Fetch] => !matches!(outcome, Outcome::Done(_)),
            stages => stages.first() == Some(&Pool::Fetch),
        };
        self.record(id, Record::Finished { job: id, outcome, attempts: report.attempts });
        self.emit(Event::JobFinished(Box::new(report)));
        if leaves_part {
            let part = self.part_of(id);
            self.out.push(Effect::DropPart { job: spec, part });
        }
        self.one_less(id);
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
}
