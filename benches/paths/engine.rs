//! The core without its shell, the journal, and the frames that go to workers and back.

use super::twice;
use millrace::engine::core::{Core, CoreConfig, Effect, Input};
use millrace::model::record::{FileIdentity, Naming};
use millrace::model::task::NonPictures;
use millrace::model::{
    Assignment, AttemptId, Batch, BatchOptions, Command, Convert, Files, JobId, JobSpec, LaneCounts, Light, Made, Mode,
    Moment, Outcome, Output, Posture, Recipe, Record, Task, Timing,
};
use millrace::store::Queue;
use millrace::worker::protocol::{FromWorker, ToWorker, frame_in, frame_of};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(crate) const TINY_TASKS: u64 = 20_000;
pub(crate) const DOWNLOADS: u64 = 1000;
pub(crate) const KEPT_JOBS: u64 = 200;
pub(crate) const FRAMES: u64 = 1000;

fn options() -> Arc<BatchOptions> {
    Arc::new(BatchOptions { retries: 3, ..BatchOptions::to("/out") })
}

fn links(count: u64) -> Vec<JobSpec> {
    let link = |number: u64| format!("https://images.example.org/holiday/picture-{number:05}.png");
    (0..count).map(link).map(|url| JobSpec::link(url.as_str(), &url, None)).collect()
}

/// A core in a world where everything goes well and takes as long as it always does.
struct World {
    core: Core,
    now: Moment,
    todo: VecDeque<Effect>,
    events: u64,
}

impl World {
    fn new(mode: Mode) -> World {
        let config = CoreConfig {
            mode,
            lanes: LaneCounts { fetch: 16, mill: 2 },
            choosing: false,
            window: 1,
            grace: Duration::from_secs(1),
            memory: 1 << 30,
            program: "this".into(),
        };
        let (core, effects) = Core::new(config);
        let mut world = World { core, now: Moment(0), todo: effects.into(), events: 0 };
        world.carry_out();
        world
    }

    /// Until all is done; how many events that told.
    fn submit(&mut self, jobs: Vec<JobSpec>) -> u64 {
        self.events = 0;
        self.step(Input::Command(Command::Submit(Arc::new(Batch { options: options(), jobs }))));
        self.carry_out();
        self.events
    }

    fn step(&mut self, input: Input) {
        self.now.0 += 100;
        self.todo.extend(self.core.step(self.now, input));
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.todo.pop_front() {
            match effect {
                Effect::Emit(_) => self.events += 1,
                Effect::KeepBatch(_) => self.step(Input::BatchesKept(1)),
                Effect::Open(lane) => {
                    let started =
                        Input::WorkerStarted { lane: lane.id, pid: 7, posture: Posture::THREAD, start_us: 1000 };
                    self.step(started);
                }
                Effect::Compute { lane, work } => {
                    let timing = Timing { wall_us: work.len() as u64, cpu_us: work.len() as u64 };
                    let answers = work.into_iter().map(|(attempt, _)| (attempt, 7)).collect();
                    self.step(Input::Computed { lane, answers, timing });
                }
                Effect::Start { lane, attempt, .. } => {
                    let output =
                        Output { name: "picture.png".to_owned(), bytes_in: 9, bytes_out: 9, ..Output::default() };
                    let timing = Timing { wall_us: 10_000, cpu_us: 1000 };
                    self.step(Input::Finished { lane, attempt, result: Ok(output), timing });
                }
                Effect::Commit { attempt, .. } => {
                    let result = Ok(PathBuf::from("/out/picture.png").into());
                    self.step(Input::Committed { attempt, result });
                }
                _ => {}
            }
        }
    }
}

pub(crate) fn tiny_tasks() {
    let mut world = World::new(Mode::Processes);
    twice(|| world.submit((0..TINY_TASKS).map(|number| JobSpec::light(Light::Echo(number))).collect()));
    assert!(world.events > 1, "the tasks were computed");
}

pub(crate) fn downloads() {
    let mut world = World::new(Mode::Threads);
    twice(|| world.submit(links(DOWNLOADS)));
    assert!(world.events >= DOWNLOADS * 2, "the jobs were done: {} events", world.events);
}

/// From a batch that comes in until all of it has ended.
pub(crate) fn journal() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counts-journal");
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder");
    let (mut queue, complaint) = Queue::open(&folder).expect("a queue");
    assert_eq!(complaint, None);
    let mut first = 0;
    twice(|| {
        let batch = Arc::new(Batch { options: options(), jobs: links(KEPT_JOBS) });
        queue.keep([&Record::Submitted { program: "this".into(), first: JobId(first), batch }]).expect("kept");
        for job in first..first + KEPT_JOBS as u32 {
            let path = PathBuf::from(format!("/out/picture-{job:05}.png"));
            let file = Some(FileIdentity { device: 1, inode: 70_000 + u64::from(job), length: 9, modified_ns: 5 });
            let naming =
                Naming { part: PathBuf::from("/out/.millrace/part"), file, path: path.clone(), replaces: false };
            let committing = Record::Committing { job: JobId(job), files: vec![naming], folders: Vec::new() };
            let outcome = Outcome::Done(Made::from(path));
            queue.keep([&committing, &Record::Finished { job: JobId(job), outcome, attempts: 1 }]).expect("kept");
        }
        first += KEPT_JOBS as u32;
    });
    drop(queue);
    std::fs::remove_dir_all(&folder).expect("removed");
}

fn assignment() -> ToWorker {
    let [recipe, ..] = Recipe::built_in();
    let task = Task::Convert(Convert {
        recipe: Arc::new(recipe),
        name: "IMG_20260711_142355.jpg".to_owned(),
        non_pictures: NonPictures::Fail,
        existing: Vec::new(),
        threads: 1,
    });
    let files =
        Files { input: Some(PathBuf::from("/pictures/IMG_20260711_142355.jpg")), output: PathBuf::from("/out/part") };
    ToWorker::Run(Box::new(Assignment { attempt: AttemptId { job: JobId(3), number: 1 }, task, files }))
}

fn finished() -> FromWorker {
    let output = Output {
        name: "IMG_20260711_142355.jpg".to_owned(),
        bytes_in: 4_500_000,
        bytes_out: 230_000,
        size_in: Some((4000, 3000)),
        size_out: Some((1920, 1440)),
        ..Output::default()
    };
    let timing = Timing { wall_us: 61_000, cpu_us: 60_000 };
    let attempt = AttemptId { job: JobId(3), number: 1 };
    FromWorker::Finished { attempt, result: Ok(output), timing, peak_bytes: 50_000_000 }
}

/// A task to a worker and its answer.
pub(crate) fn encoded() {
    let (assignment, finished) = (assignment(), finished());
    twice(|| {
        (0..FRAMES)
            .map(|_| frame_of(&assignment).expect("a frame").len() + frame_of(&finished).expect("a frame").len())
            .sum::<usize>()
    });
}

pub(crate) fn decoded() {
    let (assignment, finished) = (frame_of(&assignment()).expect("a frame"), frame_of(&finished()).expect("a frame"));
    twice(|| {
        for _ in 0..FRAMES {
            assert!(frame_in::<ToWorker>(&assignment).is_ok_and(|read| read.is_some()));
            assert!(frame_in::<FromWorker>(&finished).is_ok_and(|read| read.is_some()));
        }
    });
}
