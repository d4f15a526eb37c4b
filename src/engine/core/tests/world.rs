//! The world around a core under test: it carries out effects, and checks each of them.

use super::super::disk::may_fit_later;
use super::super::{Core, CoreConfig, Effect, Input};
use crate::model::ledger::Ledger;
use crate::model::message::TaskResult;
use crate::model::{
    AttemptId, Batch, BatchOptions, Command, ErrorKind, Event, ExecutorKind, Failure, FetchOptions, JobId, JobReport,
    JobSpec, JobState, Lane, LaneCounts, LaneId, Light, Mode, Moment, Outcome, Output, Place, Pool, Recipe, Record,
    Selection, Source, Spot, Timing,
};
use crate::task::Signal;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What attempts may hold together.
const BUDGET: u64 = 100;

/// The most light jobs on a lane.
const MAX_LIGHT: usize = 256;

fn config(window: usize) -> CoreConfig {
    CoreConfig {
        mode: Mode::Mixed,
        lanes: LaneCounts { fetch: 2, mill: 2 },
        choosing: true,
        window,
        grace: Duration::from_secs(1),
        memory: BUDGET,
        program: "this".into(),
    }
}

pub(super) fn options(flavour: u8) -> Arc<BatchOptions> {
    Arc::new(BatchOptions {
        recipe: Some(Arc::new(Recipe::same_size())),
        fetch: Arc::new(FetchOptions { per_host: if flavour % 3 == 1 { 1 } else { 4 }, ..FetchOptions::default() }),
        retries: 2,
        deadline_ms: (flavour > 0).then(|| u64::from(flavour)),
        kept: flavour % 4 != 1,
        ..BatchOptions::to("/out")
    })
}

fn spec(kind: u8) -> JobSpec {
    match kind % 7 {
        0 | 1 => JobSpec::file("/in/a.jpg", PathBuf::from("/in/a.jpg"), PathBuf::new()),
        2 | 3 => JobSpec::link("http://host/a.jpg", "http://host/a.jpg", None),
        6 => JobSpec::page("http://host/", "http://host/".to_owned()),
        4 => JobSpec::refused("x", Failure::new(ErrorKind::Url, "no link")),
        _ => JobSpec::light(Light::Echo(7)),
    }
}

#[derive(Debug, Clone)]
pub(super) enum Op {
    /// Jobs of these kinds, with a deadline in milliseconds unless 0.
    Submit(Vec<u8>, u8),
    /// The n-th lane at work ends its first attempt in this way.
    Finish(usize, u8),
    /// The n-th lane with light jobs answers some.
    Compute(usize, u8),
    /// The n-th attempt at work asks for memory.
    Needs(usize, u8),
    /// The n-th lane loses its worker, which had begun some of what it was handed, or never came up.
    Lose(usize, u8),
    /// Something answers for an attempt that is not in flight any more.
    Late(usize),
    Command(u8, Vec<u32>),
    Wait(u16),
    /// The oldest open commit is answered: 0 the disk is full, 1 another failure, else well.
    Committed(u8),
    /// The journal cannot keep anything, or can again.
    Stall(bool),
    /// The journal takes its time to keep batches, or does no more.
    Dawdle(bool),
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (prop::collection::vec(any::<u8>(), 0..6), any::<u8>()).prop_map(|(kinds, flavour)| Op::Submit(kinds, flavour)),
        8 => (any::<usize>(), any::<u8>()).prop_map(|(which, how)| Op::Finish(which, how)),
        4 => (any::<usize>(), any::<u8>()).prop_map(|(which, how)| Op::Compute(which, how)),
        3 => (any::<usize>(), any::<u8>()).prop_map(|(which, bytes)| Op::Needs(which, bytes)),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(which, began)| Op::Lose(which, began)),
        1 => any::<usize>().prop_map(Op::Late),
        5 => (any::<u8>(), prop::collection::vec(0..30_u32, 0..4)).prop_map(|(what, jobs)| Op::Command(what, jobs)),
        3 => any::<u16>().prop_map(Op::Wait),
        4 => any::<u8>().prop_map(Op::Committed),
        1 => any::<bool>().prop_map(Op::Stall),
        1 => any::<bool>().prop_map(Op::Dawdle),
    ]
}

/// A lane as the world sees it.
#[derive(Debug)]
pub(super) struct Seen {
    lane: Lane,
    pub(super) inflight: VecDeque<AttemptId>,
    light: bool,
}

pub(super) struct World {
    pub(super) core: Core,
    now: Moment,
    pub(super) lanes: BTreeMap<LaneId, Seen>,
    told: HashMap<AttemptId, Signal>,
    past: Vec<(LaneId, AttemptId)>,
    commits: VecDeque<AttemptId>,
    pub(super) running: BTreeSet<AttemptId>,
    /// How long each running attempt worked, pauses and waits for memory not counted.
    spent: HashMap<AttemptId, Duration>,
    deadlines: Vec<Option<Duration>>,
    /// Jobs that a person cancelled or removed while they ran.
    cancelled: BTreeSet<JobId>,
    asked: BTreeSet<AttemptId>,
    pub(super) memory: HashMap<AttemptId, u64>,
    wanted: HashMap<AttemptId, u64>,
    /// How many tasks each job has, and which attempts were of the last one.
    stages: Vec<usize>,
    last_stages: BTreeSet<AttemptId>,
    pub(super) charged: HashMap<JobId, u32>,
    /// How many bytes the last attempt left.
    there: HashMap<JobId, u64>,
    pub(super) states: Vec<JobState>,
    pub(super) kept: Vec<bool>,
    halted: BTreeSet<JobId>,
    /// Where jobs were told to stand.
    pub(super) places: HashMap<JobId, Place>,
    pub(super) removed: BTreeSet<JobId>,
    /// Those that a person wanted to remove.
    to_remove: BTreeSet<JobId>,
    pub(super) disk_full: BTreeSet<JobId>,
    /// Jobs whose file an earlier program had finished.
    pub(super) restored_as_done: BTreeSet<JobId>,
    reports: HashMap<JobId, JobReport>,
    records: Vec<Record>,
    pub(super) ledger: Ledger,
    paused: bool,
    stalled: bool,
    dawdles: bool,
    /// Batches of which the core was not told yet that they are kept.
    unkept: usize,
    window: usize,
}

impl World {
    pub(super) fn new(window: usize) -> World {
        let (core, effects) = Core::new(config(window));
        let mut world = World {
            core,
            now: Moment(0),
            lanes: BTreeMap::new(),
            told: HashMap::new(),
            past: Vec::new(),
            commits: VecDeque::new(),
            running: BTreeSet::new(),
            spent: HashMap::new(),
            deadlines: Vec::new(),
            cancelled: BTreeSet::new(),
            asked: BTreeSet::new(),
            memory: HashMap::new(),
            wanted: HashMap::new(),
            stages: Vec::new(),
            last_stages: BTreeSet::new(),
            charged: HashMap::new(),
            there: HashMap::new(),
            states: Vec::new(),
            kept: Vec::new(),
            places: HashMap::new(),
            halted: BTreeSet::new(),
            removed: BTreeSet::new(),
            to_remove: BTreeSet::new(),
            disk_full: BTreeSet::new(),
            restored_as_done: BTreeSet::new(),
            reports: HashMap::new(),
            records: Vec::new(),
            ledger: Ledger::default(),
            paused: false,
            stalled: false,
            dawdles: false,
            unkept: 0,
            window,
        };
        world.carry_out(effects);
        world
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    pub(super) fn error(&self, job: JobId) -> Option<ErrorKind> {
        self.reports.get(&job)?.outcome.error().map(|(kind, _)| kind)
    }

    pub(super) fn attempts(&self, job: JobId) -> Option<u32> {
        Some(self.reports.get(&job)?.attempts)
    }

    pub(super) fn is_stopping(&self, job: JobId) -> bool {
        self.told.iter().any(|(attempt, signal)| attempt.job == job && *signal == Signal::Cancel)
    }

    pub(super) fn step(&mut self, input: Input) {
        if let Input::JournalStalled(trouble) = &input {
            self.stalled = trouble.is_some();
        }
        let effects = self.core.step(self.now, input);
        self.unkept += effects.iter().filter(|effect| matches!(effect, Effect::KeepBatch(_))).count();
        self.carry_out(effects);
        self.check();
        if self.unkept > 0 && !self.dawdles {
            let kept = std::mem::take(&mut self.unkept);
            self.step(Input::BatchesKept(kept));
        }
        for (job, place) in &self.core.places {
            assert_eq!(self.places.get(job), Some(place), "a new place is told");
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Record(record) | Effect::KeepBatch(record) => self.keep(record),
                Effect::KeepStage { attempt, output, job, .. } => {
                    assert!(job.source().has_file(), "a page leaves nothing to keep");
                    self.keep(Record::StageDone { attempt, output, part: PathBuf::from("/out/part") });
                }
                Effect::Open(lane) => {
                    let seen = Seen { lane, inflight: VecDeque::new(), light: false };
                    assert!(self.lanes.insert(lane.id, seen).is_none(), "a lane opens once");
                }
                Effect::Close(id) => {
                    let seen = self.lanes.remove(&id).expect("an open lane");
                    assert!(seen.inflight.is_empty(), "a lane closes empty");
                }
                Effect::Start { lane, attempt, .. } => {
                    self.start(lane, attempt, false);
                    assert!(self.lanes[&lane].inflight.len() <= self.window, "a lane's window holds");
                }
                Effect::Compute { lane, work } => {
                    for (attempt, _) in work {
                        self.start(lane, attempt, true);
                        self.states[attempt.job.0 as usize] = JobState::Running;
                    }
                    assert!(self.lanes[&lane].inflight.len() <= MAX_LIGHT, "a lane's window holds");
                }
                Effect::Signal { lane, attempt, signal } => {
                    assert!(self.lanes[&lane].inflight.contains(&attempt), "signals go to what is in flight");
                    let told = self.told.get_mut(&attempt).expect("started");
                    if signal == Signal::Cancel && *told != Signal::Cancel && !self.cancelled.contains(&attempt.job) {
                        let limit = self.deadlines[attempt.job.0 as usize].expect("a deadline");
                        assert!(self.spent[&attempt] >= limit, "nobody is ended before their time");
                    }
                    if *told != Signal::Cancel {
                        *told = signal;
                    }
                }
                Effect::Allow { lane, attempt, connections } => {
                    assert!(self.lanes[&lane].inflight.contains(&attempt), "only who is there is told");
                    assert!((1..=FetchOptions::PER_HOST).contains(&connections));
                }
                Effect::Admit { lane, attempt, admitted } => {
                    assert!(self.lanes[&lane].inflight.contains(&attempt), "only who is there is let in");
                    let bytes = self.wanted.remove(&attempt).expect("asked");
                    assert_eq!(admitted, bytes <= BUDGET, "only what never fits is refused");
                    if admitted {
                        self.memory.insert(attempt, bytes);
                    }
                    assert!(self.memory.values().sum::<u64>() <= BUDGET, "the budget holds");
                }
                Effect::End(lane, _) => {
                    let kind = self.lanes[&lane].lane.executor;
                    assert_eq!(kind, ExecutorKind::Processes, "only a process can be ended");
                }
                Effect::Commit { attempt, job, .. } => {
                    assert!(job.source().has_file(), "a page has no file");
                    assert!(
                        self.told[&attempt] != Signal::Cancel || !self.cancelled.contains(&attempt.job),
                        "nothing cancelled is committed"
                    );
                    self.commits.push_back(attempt);
                }
                Effect::Discard { attempt, job } => {
                    assert!(job.source().has_file(), "a page has no file");
                    assert!(!self.commits.contains(&attempt), "what is being committed is not discarded");
                }
                Effect::DropPart { job, .. } => assert!(job.source().has_file(), "a page has no part"),
                Effect::LimitSpeed { .. } | Effect::Tidy(_) | Effect::Load | Effect::Forget | Effect::Undo => {}
                Effect::Emit(event) => self.see(event),
            }
        }
    }

    fn keep(&mut self, record: Record) {
        self.ledger.keep(&record);
        self.records.push(record);
    }

    fn start(&mut self, lane: LaneId, attempt: AttemptId, light: bool) {
        assert!(!self.paused && !self.stalled, "nothing starts while paused");
        assert_eq!(self.unkept, 0, "nothing starts before its batch is kept");
        assert!(!self.halted.contains(&attempt.job), "nothing paused by itself starts");
        assert!(!self.states[attempt.job.0 as usize].is_final(), "nothing starts after a cancel");
        assert!(self.told.insert(attempt, Signal::Run).is_none(), "an attempt starts once");
        self.cancelled.remove(&attempt.job);
        let seen = self.lanes.get_mut(&lane).expect("an open lane");
        assert!(seen.inflight.is_empty() || seen.light == light, "light jobs and others do not mix");
        seen.light = light;
        seen.inflight.push_back(attempt);
    }

    fn see(&mut self, event: Event) {
        match event {
            Event::JobsQueued { first, batch, .. } => {
                assert_eq!(first.0 as usize, self.states.len());
                for place in 0..batch.jobs.len() {
                    let job = crate::model::JobRef::new(Arc::clone(&batch), place);
                    self.stages.push(job.stages().len());
                    let deadline = job.options().deadline_ms.filter(|_| !matches!(job.source(), Source::Light(_)));
                    self.deadlines.push(deadline.map(Duration::from_millis));
                    self.kept.push(job.options().kept);
                    self.states.push(JobState::Queued);
                }
            }
            Event::TaskStarted { attempt, stage, .. } => {
                assert!(self.running.insert(attempt), "a task starts once");
                self.spent.insert(attempt, Duration::ZERO);
                if stage + 1 == self.stages[attempt.job.0 as usize] {
                    self.last_stages.insert(attempt);
                }
                self.states[attempt.job.0 as usize] = JobState::Running;
            }
            Event::TaskFinished { attempt, result, .. } => {
                let was_running = self.running.remove(&attempt);
                let light = self.stages[attempt.job.0 as usize] == 1 && !self.last_stages.contains(&attempt);
                assert!(was_running || light, "exactly one finish for each start");
                let counts = match result {
                    TaskResult::Cancelled | TaskResult::Returned => false,
                    TaskResult::Failed { failure, will_retry } => {
                        let was = self.there.insert(attempt.job, failure.there);
                        let got_further = failure.there > was.unwrap_or(0);
                        !(may_fit_later(&failure) || got_further && will_retry)
                    }
                    TaskResult::Done { .. } => self.last_stages.contains(&attempt),
                };
                if counts {
                    *self.charged.entry(attempt.job).or_default() += 1;
                }
            }
            Event::Computed { answers, .. } => {
                for (job, _) in answers {
                    let state = &mut self.states[job.0 as usize];
                    assert_eq!(*state, JobState::Running, "one final state");
                    *state = JobState::Done;
                    self.halted.remove(&job);
                    self.charged.remove(&job);
                }
            }
            Event::JobFinished(report) => {
                let job = report.job;
                let state = &mut self.states[job.0 as usize];
                assert!(!state.is_final(), "one final state");
                *state = report.outcome.state();
                self.halted.remove(&job);
                self.there.remove(&job);
                let charged = self.charged.remove(&job).unwrap_or(u32::from(self.restored_as_done.contains(&job)));
                assert_eq!(report.attempts, charged);
                if let Outcome::Failed(failure) = &report.outcome
                    && failure.kind == ErrorKind::DiskFull
                {
                    self.disk_full.insert(job);
                }
                self.reports.insert(job, *report);
            }
            Event::JobChanged { job, state, paused, .. } => {
                if self.states[job.0 as usize].is_final() {
                    self.disk_full.remove(&job);
                }
                self.states[job.0 as usize] = state;
                if paused {
                    self.halted.insert(job);
                } else {
                    self.halted.remove(&job);
                }
            }
            Event::JobsRemoved(jobs) => {
                for job in jobs {
                    assert!(self.states[job.0 as usize].is_final() && self.removed.insert(job));
                }
            }
            Event::JobsMoved(jobs) => self.places.extend(jobs),
            Event::SettingsChanged { paused, .. } => self.paused = paused,
            Event::WentOn(_)
            | Event::Trouble(_)
            | Event::Warned(_)
            | Event::Undone(_)
            | Event::BatchFinished(_)
            | Event::LaneOpened(_)
            | Event::WorkerLost(_)
            | Event::LaneClosed(_)
            | Event::WorkerStarted { .. } => {}
        }
    }

    fn check(&self) {
        let mut jobs = BTreeSet::new();
        for (lane, attempt) in self.core.inflight() {
            assert!(self.lanes[&lane].inflight.contains(&attempt));
            assert!(jobs.insert(attempt.job), "at most one live attempt of a job");
        }
        assert_eq!(jobs.len(), self.inflight().len());
        assert_eq!(self.core.jobs.len(), self.states.len(), "queued, running and final jobs are all there are");
        // One that waits on a lane behind another is told of only when it runs.
        let told = |state: JobState| if state == JobState::Running { JobState::Queued } else { state };
        for (job, seen) in self.core.jobs.iter().zip(&self.states) {
            assert_eq!(told(job.state), told(*seen), "the events tell the state");
        }
        for (_, attempt) in self.inflight().into_iter().filter(|(_, attempt)| self.running.contains(attempt)) {
            if let Some(limit) = self.deadlines[attempt.job.0 as usize]
                && self.spent[&attempt] >= limit
            {
                assert_eq!(self.told[&attempt], Signal::Cancel, "who had their time is ended");
            }
        }
    }

    pub(super) fn inflight(&self) -> Vec<(LaneId, AttemptId)> {
        self.lanes.iter().flat_map(|(id, seen)| seen.inflight.iter().map(|attempt| (*id, *attempt))).collect()
    }

    /// The heads of the lanes that can end by themselves: not light ones, and not those that wait for memory.
    fn heads(&self) -> Vec<(LaneId, AttemptId)> {
        let heads = self.lanes.iter().filter(|(_, seen)| !seen.light);
        let heads = heads.filter_map(|(id, seen)| Some((*id, *seen.inflight.front()?)));
        heads
            .filter(|(_, attempt)| !self.wanted.contains_key(attempt) || self.told[attempt] == Signal::Cancel)
            .collect()
    }

    fn light_lanes(&self) -> Vec<LaneId> {
        self.lanes.iter().filter(|(_, seen)| seen.light && !seen.inflight.is_empty()).map(|(id, _)| *id).collect()
    }

    fn leave(&mut self, lane: LaneId, attempt: AttemptId) {
        self.lanes.get_mut(&lane).expect("open").inflight.retain(|other| *other != attempt);
        self.memory.remove(&attempt);
        self.wanted.remove(&attempt);
        self.past.push((lane, attempt));
    }

    pub(super) fn finish(&mut self, lane: LaneId, attempt: AttemptId, how: u8) {
        let result = match how % 9 {
            0 => Err(Failure::new(ErrorKind::Decode, "damaged")),
            1 if how > 200 => {
                Err(Failure { there: u64::from(how), ..Failure::new(ErrorKind::Connect, "lost").retryable() })
            }
            1 if how > 100 => {
                Err(Failure { retry: crate::model::RetryHint::AfterMs(30), ..Failure::new(ErrorKind::Http, "busy") })
            }
            1 => Err(Failure::new(ErrorKind::Connect, "lost").retryable()),
            2 => Err(Failure::cancelled()),
            3 if how > 60 => Err(Failure::new(ErrorKind::DiskFull, "larger than the disk")),
            3 => Err(Failure::new(ErrorKind::DiskFull, "no space left").retryable()),
            _ => Ok(Output { name: "a.jpg".into(), ..Output::default() }),
        };
        self.end(lane, attempt, result);
    }

    pub(super) fn end(&mut self, lane: LaneId, attempt: AttemptId, result: Result<Output, Failure>) {
        self.leave(lane, attempt);
        self.step(Input::Finished { lane, attempt, result, timing: Timing::default() });
    }

    /// A lane answers its first `count` light jobs, after so many microseconds.
    pub(super) fn compute(&mut self, lane: LaneId, count: usize, wall_us: u64) {
        let answers: Vec<(AttemptId, u64)> =
            self.lanes[&lane].inflight.iter().take(count).map(|attempt| (*attempt, 7)).collect();
        for (attempt, _) in &answers {
            self.leave(lane, *attempt);
        }
        self.step(Input::Computed { lane, answers, timing: Timing { wall_us, cpu_us: wall_us } });
    }

    pub(super) fn lose(&mut self, lane: LaneId, began: Option<usize>) {
        let most = if self.lanes[&lane].light { usize::MAX } else { 1 };
        let guilty = began.and_then(|began| self.lanes[&lane].inflight.get(began.min(most).checked_sub(1)?).copied());
        for attempt in self.lanes[&lane].inflight.clone() {
            self.leave(lane, attempt);
        }
        let (cause, details) = ("died".into(), String::new());
        let effects = self.core.step(self.now, Input::LaneLost { lane, cause, details, began, killed: false });
        for effect in &effects {
            if let Effect::Emit(Event::TaskFinished { attempt, result: TaskResult::Failed { failure, .. }, .. }) =
                effect
                && matches!(failure.kind, ErrorKind::Crashed | ErrorKind::Quarantined)
            {
                assert_eq!(Some(*attempt), guilty, "a crash is charged to the one that ran, and to nobody else");
            }
        }
        self.carry_out(effects);
        self.check();
    }

    pub(super) fn command(&mut self, what: u8, jobs: &[u32]) {
        let all = jobs.is_empty();
        let ids: Vec<JobId> = jobs.iter().copied().map(JobId).collect();
        let selection = || if all { Selection::All } else { Selection::Jobs(ids.clone()) };
        let command = match what % 16 {
            0 => Command::Cancel(selection()),
            1 | 2 => Command::Pause(selection()),
            3 => Command::Resume(selection()),
            4 => Command::Resume(Selection::Except(ids.clone())),
            5 => Command::Retry(selection()),
            6 => Command::Remove(selection()),
            7 | 8 => Command::SetMode(Mode::ALL[usize::from(what / 16) % 4]),
            9 => Command::SetLanes(Pool::Fetch, u16::from(what / 16) % 4),
            10 => Command::SetLanes(Pool::Mill, u16::from(what / 16) % 4),
            11 => Command::KillWorker(LaneId(u32::from(what / 16))),
            12 => Command::Prioritise(selection(), (what / 16) as i8 - 8),
            13 => Command::Move(ids.clone(), Spot::First),
            14 => Command::Move(ids.clone(), Spot::Last),
            _ => Command::Move(ids.clone(), Spot::Before(JobId(u32::from(what / 16)))),
        };
        if matches!(command, Command::Cancel(_) | Command::Remove(_)) {
            let named = |job: &JobId| all || ids.contains(job);
            let committing: Vec<JobId> = self.commits.iter().map(|attempt| attempt.job).collect();
            let running = self.inflight().into_iter().map(|(_, attempt)| attempt.job);
            self.cancelled.extend(running.filter(named).filter(|job| !committing.contains(job)));
            if matches!(command, Command::Remove(_)) {
                let all = (0..self.states.len() as u32).map(JobId);
                self.to_remove.extend(all.filter(named));
            }
        }
        self.step(Input::Command(command));
    }

    pub(super) fn apply(&mut self, op: Op) {
        match op {
            Op::Submit(kinds, flavour) => {
                let jobs = kinds.into_iter().map(spec).collect();
                let batch = Arc::new(Batch { options: options(flavour), jobs });
                self.step(Input::Command(Command::Submit(batch)));
            }
            Op::Finish(which, how) => {
                let heads = self.heads();
                if !heads.is_empty() {
                    let (lane, head) = heads[which % heads.len()];
                    self.finish(lane, head, how);
                }
            }
            Op::Compute(which, how) => {
                let lanes = self.light_lanes();
                if !lanes.is_empty() {
                    let lane = lanes[which % lanes.len()];
                    let count = usize::from(how) % self.lanes[&lane].inflight.len() + 1;
                    self.compute(lane, count, u64::from(how) * 100);
                }
            }
            Op::Needs(which, bytes) => {
                let heads: Vec<_> = self.heads().into_iter().filter(|(_, head)| !self.asked.contains(head)).collect();
                if !heads.is_empty() {
                    let (lane, attempt) = heads[which % heads.len()];
                    let bytes = u64::from(bytes) / 2;
                    self.asked.insert(attempt);
                    self.wanted.insert(attempt, bytes);
                    self.step(Input::Needs { lane, attempt, bytes });
                }
            }
            Op::Lose(which, began) => {
                let processes: Vec<LaneId> = self
                    .lanes
                    .values()
                    .filter(|seen| seen.lane.executor == ExecutorKind::Processes)
                    .map(|seen| seen.lane.id)
                    .collect();
                if !processes.is_empty() {
                    let lane = processes[which % processes.len()];
                    let most = self.lanes[&lane].inflight.len();
                    self.lose(lane, usize::from(began).checked_rem(most + 2).filter(|began| *began <= most));
                }
            }
            Op::Late(which) => self.late(which),
            Op::Command(what, jobs) => self.command(what, &jobs),
            Op::Wait(ms) => self.wait(Duration::from_millis(u64::from(ms))),
            Op::Committed(how) => {
                if let Some(attempt) = self.commits.pop_front() {
                    let result = match how {
                        0..10 => Err(Failure::new(ErrorKind::DiskFull, "no space left")),
                        10..20 => Err(Failure::new(ErrorKind::DiskFull, "no space left").retryable()),
                        20..40 => Err(Failure::new(ErrorKind::Io, "gone")),
                        _ => Ok(PathBuf::from("/out/a.jpg").into()),
                    };
                    let result = if how == 7 { Ok(PathBuf::from("/out/a.jpg").into()) } else { result };
                    self.step(Input::Committed { attempt, result });
                    if (10..20).contains(&how) && !self.states[attempt.job.0 as usize].is_final() {
                        // It will be made anew.
                        *self.charged.get_mut(&attempt.job).expect("charged") -= 1;
                    }
                }
            }
            Op::Stall(stalled) => {
                self.step(Input::JournalStalled(stalled.then(|| "no space left on the disk".to_owned())));
            }
            Op::Dawdle(dawdles) => {
                self.dawdles = dawdles;
                self.step(Input::Tick);
            }
        }
    }

    /// The program ends: what was cancelled or removed has ended, and no lane is heard of any more.
    pub(super) fn end_the_program(&mut self) {
        let (gone, left): (Vec<_>, Vec<_>) =
            self.inflight().into_iter().partition(|(_, attempt)| self.cancelled.contains(&attempt.job));
        for (lane, attempt) in &gone {
            self.leave(*lane, *attempt);
        }
        // Who gives names has ended before.
        self.commits.clear();
        self.step(Input::End);
        assert_eq!(self.inflight(), left, "nothing begins, and the others are left alone");
        assert!(gone.iter().all(|(_, attempt)| self.states[attempt.job.0 as usize] == JobState::Cancelled));
        assert!(self.to_remove.is_subset(&self.removed), "what was to be removed is");
    }

    fn late(&mut self, which: usize) {
        if self.past.is_empty() {
            return;
        }
        let (lane, attempt) = self.past[which % self.past.len()];
        let before = self.states.clone();
        let result = Ok(Output::default());
        self.step(Input::Finished { lane, attempt, result, timing: Timing::default() });
        self.step(Input::Computed { lane, answers: vec![(attempt, 1)], timing: Timing::default() });
        self.step(Input::Needs { lane, attempt, bytes: 1 });
        assert_eq!(before, self.states, "a late answer changes nothing");
    }

    /// Lets time go by, in steps that the core asks for.
    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            let next = self.core.next_tick().map_or(until, |tick| tick.clamp(self.now, until));
            self.tick(next);
            assert!(self.core.next_tick().is_none_or(|tick| tick > self.now), "the clock stands still");
        }
        self.tick(until);
    }

    fn tick(&mut self, to: Moment) {
        let passed = to - self.now;
        for (_, attempt) in self.inflight() {
            let waits = self.wanted.contains_key(&attempt);
            let halted = self.paused || self.halted.contains(&attempt.job);
            if let Some(spent) = self.spent.get_mut(&attempt).filter(|_| !waits && !halted) {
                *spent += passed;
            }
        }
        self.now = self.now.max(to);
        self.step(Input::Tick);
    }

    /// Lets everything run to its end.
    pub(super) fn drain(&mut self) {
        self.dawdles = false;
        self.step(Input::JournalStalled(None));
        self.step(Input::Command(Command::Resume(Selection::All)));
        for _ in 0..20_000 {
            if let Some((lane, attempt)) = self.heads().first().copied() {
                self.finish(lane, attempt, 7);
            } else if let Some(lane) = self.light_lanes().first().copied() {
                self.compute(lane, 1, 50);
            } else if !self.commits.is_empty() {
                self.apply(Op::Committed(7));
            } else if let Some(next) = self.core.next_tick() {
                self.tick(self.now.max(next));
            } else {
                return;
            }
        }
        panic!("it never ends");
    }
}
