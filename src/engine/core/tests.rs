//! The core's invariants under random inputs: lanes that answer well, badly, late and twice, workers that die, and
//! a person who changes their mind.

use super::{Core, CoreConfig, Effect, Input, Record};
use crate::model::message::TaskResult;
use crate::model::{
    AttemptId, BatchOptions, Command, ErrorKind, Event, ExecutorKind, Failure, FetchOptions, JobId, JobSpec, JobState,
    Lane, LaneCounts, LaneId, Mode, Moment, Output, Pool, Recipe, Selection, Source, Timing, task::NonPictures,
};
use crate::task::Signal;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const WINDOW: usize = 3;

fn config(window: usize) -> CoreConfig {
    CoreConfig { mode: Mode::Mixed, lanes: LaneCounts { fetch: 2, mill: 2 }, window, grace: Duration::from_secs(1) }
}

fn options() -> Arc<BatchOptions> {
    Arc::new(BatchOptions {
        output_dir: PathBuf::from("/out"),
        recipe: Some(Arc::new(Recipe::same_size())),
        non_pictures: NonPictures::Fail,
        fetch: Arc::new(FetchOptions::default()),
        retries: 2,
    })
}

fn spec(kind: u8, options: &Arc<BatchOptions>) -> JobSpec {
    let source = match kind % 5 {
        0 | 1 => Source::File(PathBuf::from("/in/a.jpg")),
        2 | 3 => Source::Link { url: "http://host/a.jpg".into(), name: None },
        _ => Source::Refused(Failure::new(ErrorKind::Url, "no link")),
    };
    JobSpec { input: "a.jpg".into(), source, subfolder: PathBuf::new(), options: Arc::clone(options) }
}

#[derive(Debug, Clone)]
enum Op {
    Submit(Vec<u8>),
    /// The n-th attempt in flight ends in this way.
    Finish(usize, u8),
    /// The n-th lane loses its worker.
    Lose(usize),
    /// Something answers for an attempt that is not in flight any more.
    Late(usize),
    Command(u8, Vec<u32>),
    Wait(u16),
    /// The oldest open commit is answered.
    Committed(bool),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 0..5).prop_map(Op::Submit),
        8 => (any::<usize>(), any::<u8>()).prop_map(|(which, how)| Op::Finish(which, how)),
        2 => any::<usize>().prop_map(Op::Lose),
        1 => any::<usize>().prop_map(Op::Late),
        4 => (any::<u8>(), prop::collection::vec(0..30_u32, 0..4)).prop_map(|(what, jobs)| Op::Command(what, jobs)),
        2 => any::<u16>().prop_map(Op::Wait),
        4 => prop::bool::weighted(0.9).prop_map(Op::Committed),
    ]
}

/// The world around a core: it carries out effects, and checks each of them.
struct World {
    core: Core,
    now: Moment,
    lanes: BTreeMap<LaneId, (Lane, VecDeque<AttemptId>)>,
    told: HashMap<AttemptId, Signal>,
    past: Vec<(LaneId, AttemptId)>,
    commits: VecDeque<AttemptId>,
    running: BTreeSet<AttemptId>,
    /// How many tasks each job has, and which attempts were of the last one.
    stages: Vec<usize>,
    last_stages: BTreeSet<AttemptId>,
    charged: HashMap<JobId, u32>,
    states: Vec<JobState>,
    removed: BTreeSet<JobId>,
    records: Vec<Record>,
    paused: bool,
    window: usize,
}

impl World {
    fn new(window: usize) -> World {
        let (core, effects) = Core::new(config(window));
        let mut world = World {
            core,
            now: Moment(0),
            lanes: BTreeMap::new(),
            told: HashMap::new(),
            past: Vec::new(),
            commits: VecDeque::new(),
            running: BTreeSet::new(),
            stages: Vec::new(),
            last_stages: BTreeSet::new(),
            charged: HashMap::new(),
            states: Vec::new(),
            removed: BTreeSet::new(),
            records: Vec::new(),
            paused: false,
            window,
        };
        world.carry_out(effects);
        world
    }

    fn step(&mut self, input: Input) {
        let effects = self.core.step(self.now, input);
        self.carry_out(effects);
        self.check();
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Record(record) => self.records.push(record),
                Effect::Open(lane) => {
                    assert!(self.lanes.insert(lane.id, (lane, VecDeque::new())).is_none(), "a lane opens once");
                }
                Effect::Close(id) => {
                    let (_, inflight) = self.lanes.remove(&id).expect("an open lane");
                    assert!(inflight.is_empty(), "a lane closes empty");
                }
                Effect::Start { lane, attempt, .. } => {
                    assert!(!self.paused, "nothing starts while paused");
                    assert!(!self.told.contains_key(&attempt), "an attempt starts once");
                    self.told.insert(attempt, Signal::Run);
                    let (_, inflight) = self.lanes.get_mut(&lane).expect("an open lane");
                    inflight.push_back(attempt);
                    assert!(inflight.len() <= self.window, "a lane's window holds");
                }
                Effect::Signal { lane, attempt, signal } => {
                    assert!(self.lanes[&lane].1.contains(&attempt), "signals go to what is in flight");
                    let told = self.told.get_mut(&attempt).expect("started");
                    if *told != Signal::Cancel {
                        *told = signal;
                    }
                }
                Effect::Kill(lane) => {
                    assert_eq!(self.lanes[&lane].0.executor, ExecutorKind::Processes, "only a process can be killed");
                }
                Effect::Commit { attempt, .. } => {
                    assert_ne!(self.told[&attempt], Signal::Cancel, "nothing cancelled is committed");
                    self.commits.push_back(attempt);
                }
                Effect::Discard { attempt, .. } => assert!(!self.commits.contains(&attempt)),
                Effect::Tidy(_) => {}
                Effect::Emit(event) => self.see(event),
            }
        }
    }

    fn see(&mut self, event: Event) {
        match event {
            Event::JobsQueued { first, jobs, .. } => {
                assert_eq!(first.0 as usize, self.states.len());
                self.stages.extend(jobs.iter().map(|spec| spec.stages().len()));
                self.states.extend(jobs.iter().map(|_| JobState::Queued));
            }
            Event::TaskStarted { attempt, stage, .. } => {
                assert!(self.running.insert(attempt), "a task starts once");
                if stage + 1 == self.stages[attempt.job.0 as usize] {
                    self.last_stages.insert(attempt);
                }
                self.states[attempt.job.0 as usize] = JobState::Running;
            }
            Event::TaskFinished { attempt, result, .. } => {
                assert!(self.running.remove(&attempt), "exactly one finish for each start");
                let counts = match result {
                    TaskResult::Cancelled => false,
                    TaskResult::Failed { .. } => true,
                    TaskResult::Done { .. } => self.last_stages.contains(&attempt),
                };
                if counts {
                    *self.charged.entry(attempt.job).or_default() += 1;
                }
            }
            Event::JobFinished(report) => {
                let state = &mut self.states[report.job.0 as usize];
                assert!(!state.is_final(), "one final state");
                *state = report.outcome.state();
                assert_eq!(report.attempts, self.charged.remove(&report.job).unwrap_or(0));
            }
            Event::JobChanged { job, state, .. } => {
                self.states[job.0 as usize] = state;
            }
            Event::JobsRemoved(jobs) => {
                for job in jobs {
                    assert!(self.states[job.0 as usize].is_final() && self.removed.insert(job));
                }
            }
            Event::SettingsChanged { paused, .. } => self.paused = paused,
            Event::BatchFinished(_) | Event::LaneOpened(_) | Event::LaneClosed(_) | Event::WorkerStarted { .. } => {}
        }
    }

    fn check(&self) {
        let mut jobs = BTreeSet::new();
        for (lane, attempt) in self.core.inflight() {
            assert!(self.lanes[&lane].1.contains(&attempt));
            assert!(jobs.insert(attempt.job), "at most one live attempt of a job");
        }
        assert_eq!(jobs.len(), self.inflight().len());
        let live: Vec<_> = self.core.durable();
        assert_eq!(live.len(), self.states.len());
        for (durable, seen) in live.iter().zip(&self.states) {
            let seen = if *seen == JobState::Running { JobState::Queued } else { *seen };
            assert_eq!(durable.state, seen, "the events tell the state");
        }
    }

    fn inflight(&self) -> Vec<(LaneId, AttemptId)> {
        self.lanes.iter().flat_map(|(id, (_, inflight))| inflight.iter().map(|attempt| (*id, *attempt))).collect()
    }

    fn finish(&mut self, lane: LaneId, attempt: AttemptId, how: u8) {
        self.lanes.get_mut(&lane).expect("open").1.retain(|other| *other != attempt);
        self.past.push((lane, attempt));
        let result = match how % 8 {
            0 => Err(Failure::new(ErrorKind::Decode, "damaged")),
            1 => Err(Failure::new(ErrorKind::Connect, "lost").retryable()),
            2 => Err(Failure::cancelled()),
            _ => Ok(Output { name: "a.jpg".into(), ..Output::default() }),
        };
        self.step(Input::Finished { lane, attempt, result, timing: Timing::default() });
    }

    fn lose(&mut self, lane: LaneId) {
        let inflight = std::mem::take(&mut self.lanes.get_mut(&lane).expect("open").1);
        self.past.extend(inflight.iter().map(|attempt| (lane, *attempt)));
        let effects = self
            .core
            .step(self.now, Input::LaneLost { lane, cause: "died".into(), details: String::new(), over_a_task: true });
        let charges = effects.iter().filter(|effect| {
            matches!(effect, Effect::Emit(Event::TaskFinished { result: TaskResult::Failed { .. }, .. }))
        });
        assert!(charges.count() <= 1, "a crash is charged to the head alone");
        self.carry_out(effects);
        self.check();
    }

    fn command(&mut self, what: u8, jobs: &[u32]) {
        let all = jobs.is_empty();
        let selection =
            || if all { Selection::All } else { Selection::Jobs(jobs.iter().copied().map(JobId).collect()) };
        let command = match what % 12 {
            0 => Command::Cancel(selection()),
            1 | 2 => Command::Pause(selection()),
            3 | 4 => Command::Resume(selection()),
            5 => Command::Retry(selection()),
            6 => Command::Remove(selection()),
            7 | 8 => Command::SetMode(Mode::ALL[usize::from(what / 12) % 4]),
            9 => Command::SetLanes(Pool::Fetch, u16::from(what / 12) % 4),
            10 => Command::SetLanes(Pool::Mill, u16::from(what / 12) % 4),
            _ => Command::KillWorker(LaneId(u32::from(what / 12))),
        };
        self.step(Input::Command(command));
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Submit(kinds) => {
                let options = options();
                let jobs = kinds.iter().map(|kind| spec(*kind, &options)).collect();
                self.step(Input::Command(Command::Submit { options, jobs }));
            }
            Op::Finish(which, how) => {
                let inflight = self.inflight();
                if !inflight.is_empty() {
                    // A lane answers in its own order: the first of it.
                    let (lane, _) = inflight[which % inflight.len()];
                    let head = self.lanes[&lane].1[0];
                    self.finish(lane, head, how);
                }
            }
            Op::Lose(which) => {
                let processes: Vec<LaneId> = self
                    .lanes
                    .values()
                    .filter(|(lane, _)| lane.executor == ExecutorKind::Processes)
                    .map(|(lane, _)| lane.id)
                    .collect();
                if !processes.is_empty() {
                    self.lose(processes[which % processes.len()]);
                }
            }
            Op::Late(which) => {
                if !self.past.is_empty() {
                    let (lane, attempt) = self.past[which % self.past.len()];
                    let result = Ok(Output::default());
                    let before = self.core.durable();
                    self.step(Input::Finished { lane, attempt, result, timing: Timing::default() });
                    assert_eq!(before, self.core.durable(), "a late answer changes nothing");
                }
            }
            Op::Command(what, jobs) => self.command(what, &jobs),
            Op::Wait(ms) => {
                self.now = self.now + Duration::from_millis(u64::from(ms));
                self.step(Input::Tick);
            }
            Op::Committed(well) => {
                if let Some(attempt) = self.commits.pop_front() {
                    let result = if well {
                        Ok(PathBuf::from("/out/a.jpg"))
                    } else {
                        Err(Failure::new(ErrorKind::DiskFull, "no space left"))
                    };
                    self.step(Input::Committed { attempt, result });
                }
            }
        }
    }

    /// Lets everything run to its end.
    fn drain(&mut self) {
        self.step(Input::Command(Command::Resume(Selection::All)));
        for _ in 0..10_000 {
            if let Some((lane, attempt)) = self.inflight().first().copied() {
                self.finish(lane, attempt, 7);
            } else if !self.commits.is_empty() {
                self.apply(Op::Committed(true));
            } else if let Some(next) = self.core.next_tick() {
                self.now = self.now.max(next);
                self.step(Input::Tick);
            } else {
                return;
            }
        }
        panic!("it never ends");
    }
}

fn check(ops: Vec<Op>, window: usize) {
    let mut world = World::new(window);
    for op in ops {
        world.apply(op);
    }
    let (replayed, _) = Core::replay(config(window), world.records.clone());
    assert_eq!(replayed.durable(), world.core.durable(), "replaying the journal gives the live state");
    world.drain();
    assert!(world.states.iter().all(|state| state.is_final()), "every job reaches a final state: {:?}", world.states);
    assert!(world.running.is_empty(), "every started task finished");
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_invariants_hold_under_random_inputs(ops in prop::collection::vec(op(), 0..80)) {
        check(ops, WINDOW);
    }

    #[test]
    fn the_invariants_hold_with_one_attempt_a_lane(ops in prop::collection::vec(op(), 0..80)) {
        check(ops, 1);
    }
}

#[test]
fn a_worker_that_dies_costs_its_task_one_attempt_and_a_second_death_ends_it() {
    let mut world = World::new(WINDOW);
    world.apply(Op::Submit(vec![0, 0, 0, 0, 0, 0]));
    let lane = world.inflight()[0].0;
    let (head, others) = {
        let inflight = &world.lanes[&lane].1;
        (inflight[0], inflight.len() - 1)
    };
    assert_eq!(others, 2, "two wait behind the head");
    world.lose(lane);
    assert_eq!(world.charged.get(&head.job), Some(&1));
    assert_eq!(world.charged.len(), 1, "nobody else is charged");
    let lane = world.inflight().iter().find(|(_, attempt)| attempt.job == head.job).expect("tried again").0;
    world.lose(lane);
    let outcome = world.records.iter().find_map(|record| match record {
        Record::Finished { job, outcome } if *job == head.job => Some(outcome.clone()),
        _ => None,
    });
    assert_eq!(outcome.and_then(|outcome| outcome.error().map(|(kind, _)| kind)), Some(ErrorKind::Quarantined));
}

#[test]
fn a_process_that_does_not_heed_a_cancel_is_killed_after_the_grace() {
    let mut world = World::new(1);
    world.apply(Op::Submit(vec![0]));
    world.step(Input::Command(Command::Cancel(Selection::All)));
    assert_eq!(world.core.next_tick(), Some(Moment(1_000_000)));
    let effects = world.core.step(Moment(1_000_000), Input::Tick);
    let lane = world.inflight()[0].0;
    assert!(matches!(effects[..], [Effect::Kill(id)] if id == lane), "{effects:?}");
    world.lose(lane);
    assert_eq!(world.states, [JobState::Cancelled], "and it is a cancel, not a crash");
}

#[test]
fn a_download_is_converted_in_its_own_place() {
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetMode(Mode::Serial)));
    world.apply(Op::Submit(vec![2, 2]));
    let order: Vec<u32> = (0..4)
        .map(|_| {
            let (lane, attempt) = world.inflight()[0];
            world.finish(lane, attempt, 7);
            world.apply(Op::Committed(true));
            attempt.job.0
        })
        .collect();
    assert_eq!(order, [0, 0, 1, 1], "the serial lane ends one job before it begins the next");
}

#[test]
fn a_paused_attempt_does_not_block_its_pool() {
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetLanes(Pool::Mill, 1)));
    world.apply(Op::Submit(vec![0, 0]));
    world.step(Input::Command(Command::Pause(Selection::Jobs(vec![JobId(0)]))));
    let running: Vec<u32> = world.inflight().iter().map(|(_, attempt)| attempt.job.0).collect();
    assert_eq!(running, [0, 1], "another lane stands in");
    world.drain();
}
