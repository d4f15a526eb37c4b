//! What a run of a workload consists of: one thing for most, one after another for those that try several.

use super::setup::Setup;
use super::trial::{Faces, Stopped, Trial, plain_options};
use super::{crash, detail, freeze, leave};
use crate::engine::EngineConfig;
use crate::model::lab::{
    CounterLock, Detail, FaultKind, LabAnswer, LabMode, LabRun, LabTask, LockOrder, LockPlace, Locking, Request, Side,
    Workload,
};
use crate::model::{BatchOptions, JobSpec, Mode, Outcome};
use crate::task;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One of the things that a run tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    Lock(CounterLock),
    Order(LockOrder),
    Fault(FaultKind),
    Ending(leave::Ending),
}

impl Part {
    /// The parts of a workload, in order.
    pub(super) fn of(workload: Workload) -> Vec<Part> {
        match workload {
            Workload::Counter => CounterLock::ALL.map(Part::Lock).to_vec(),
            Workload::Deadlock => LockOrder::ALL.map(Part::Order).to_vec(),
            Workload::Crash => FaultKind::ALL.map(Part::Fault).to_vec(),
            Workload::Timeout => leave::Ending::ALL.map(Part::Ending).to_vec(),
            _ => vec![Part::Whole],
        }
    }
}

/// What every run of a session is made from.
pub(super) struct Stage<'a> {
    pub(super) request: &'a Request,
    pub(super) setup: &'a Setup,
    pub(super) config: &'a EngineConfig,
    pub(super) faces: &'a Faces,
}

/// Which run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub(super) mode: LabMode,
    pub(super) workers: u16,
    pub(super) run: u32,
}

/// How long the first lock is held at most before the second is wanted: until the other task has its own first, where
/// there is a lane for it.
const HOLD_MS: u64 = 1000;

/// The same where nobody comes.
const HOLD_ALONE_MS: u64 = 50;

/// So many questions are one task.
const QUESTIONS: u32 = 25;

/// Names what only one run may have.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Stage<'_> {
    /// Runs one part.
    pub(super) fn run(&self, part: Part, turn: Turn) -> Result<LabRun, Stopped> {
        let run = match part {
            Part::Fault(kind) => crash::run(self, kind, turn)?,
            Part::Ending(ending) => leave::run(self, ending, turn)?,
            Part::Whole if self.request.workload == Workload::Freeze => freeze::run(self, turn)?,
            Part::Whole if self.request.workload == Workload::Both => self.both(turn)?,
            _ => self.plain(part, turn)?,
        };
        Ok(LabRun { run: turn.run, ..run })
    }

    /// How this session's trials are run.
    pub(super) fn trial(&self, turn: Turn) -> Trial {
        let workload = self.request.workload;
        let mut config = self.config.clone();
        config.workers.sandbox &= !workload.opens_files();
        Trial { config, mode: turn.mode, workers: turn.workers, pools: workload.pools(), engine_mode: None }
    }

    /// The figures of a run.
    pub(super) fn figures(&self, turn: Turn, ran: super::trial::Ran, detail: Detail) -> LabRun {
        detail::run_of(self.request.workload, turn, ran, detail, Side::Millrace)
    }

    fn plain(&self, part: Part, turn: Turn) -> Result<LabRun, Stopped> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let paper = self.setup.paper(number)?;
        let (jobs, options) = self.jobs(part, turn, number);
        let folder = options.output_dir.clone();
        let ran = self.trial(turn).run(jobs, options, self.faces)?;
        self.no_surprises(&ran)?;
        let detail = match part {
            Part::Lock(lock) => {
                let (value, tasks) = (task::lab::value(number), u64::from(self.request.parameters.tasks));
                task::lab::forget(number);
                detail::counted(&ran, lock, tasks * self.request.parameters.times, value)
            }
            Part::Order(order) => detail::locked(&ran, order),
            _ => match self.request.workload {
                Workload::Print => detail::printed(&paper)?,
                Workload::Download | Workload::Images | Workload::Frames => detail::files(&folder)?,
                workload => detail::of_answers(workload, &self.request.parameters, &ran),
            },
        };
        Setup::forget(&folder);
        Ok(self.figures(turn, ran, detail))
    }

    /// The tasks of a run, and what they share.
    fn jobs(&self, part: Part, turn: Turn, number: u64) -> (Vec<JobSpec>, BatchOptions) {
        let (parameters, setup) = (&self.request.parameters, self.setup);
        let each =
            |task: &dyn Fn(u32) -> LabTask| (0..parameters.tasks).map(|place| JobSpec::lab(task(place))).collect();
        let chunks = |task: fn(Vec<u64>) -> LabTask| {
            let chunks = parameters.numbers.chunks(parameters.chunk as usize);
            chunks.map(|numbers| JobSpec::lab(task(numbers.to_vec()))).collect()
        };
        let links = |job: fn(&str) -> JobSpec| setup.links.iter().map(|url| job(url)).collect();
        let jobs: Vec<JobSpec> = match self.request.workload {
            Workload::Print => {
                let (lines, paper) = (parameters.lines, setup.paper_of(number));
                let lanes = if turn.mode == LabMode::Serial { 1 } else { u32::from(turn.workers) };
                let together = lanes.min(parameters.tasks);
                each(&|place| LabTask::Print { author: author(place), lines, paper: paper.clone(), together })
            }
            Workload::Sleep => parameters.waits_ms.iter().map(|ms| JobSpec::lab(LabTask::Sleep { ms: *ms })).collect(),
            Workload::Squares => chunks(LabTask::Squares),
            Workload::Primes => chunks(LabTask::Primes),
            Workload::Heavy => each(&|_| LabTask::Heavy { rounds: setup.rounds }),
            Workload::Fetch | Workload::Titles => links(|url| JobSpec::page(url, url.to_owned())),
            Workload::Download | Workload::Both => links(|url| JobSpec::link(url, url, None)),
            Workload::Images | Workload::Frames => {
                let job = |path: &std::path::PathBuf| {
                    let shown = path.to_string_lossy().into_owned();
                    JobSpec::file(shown, path.clone(), std::path::PathBuf::new())
                };
                setup.pictures.iter().map(job).collect()
            }
            Workload::Queries => each(&|place| LabTask::Queries {
                database: setup.database.clone(),
                seed: u64::from(place),
                count: QUESTIONS,
            }),
            Workload::Counter => {
                let lock = if let Part::Lock(lock) = part { lock } else { CounterLock::None };
                each(&|_| LabTask::Count { cell: number, times: parameters.times, lock })
            }
            Workload::Deadlock => {
                let order = if let Part::Order(order) = part { order } else { LockOrder::Opposite };
                let place = match turn.mode {
                    // Processes share no memory, but files.
                    LabMode::Processes => LockPlace::Folder(setup.lock_folder()),
                    _ => LockPlace::Memory(number),
                };
                let locking = |task| Locking {
                    place: place.clone(),
                    order,
                    task,
                    hold_ms: if turn.mode == LabMode::Serial { HOLD_ALONE_MS } else { HOLD_MS },
                    limit_ms: parameters.timeout_ms,
                };
                [0, 1].map(|task| JobSpec::lab(LabTask::Locks(locking(task)))).to_vec()
            }
            Workload::Timeout | Workload::Crash | Workload::Freeze => Vec::new(),
        };
        let options = plain_options();
        let recipe = match self.request.workload {
            Workload::Images | Workload::Frames => Some(Arc::clone(&setup.recipe)),
            _ => None,
        };
        (jobs, BatchOptions { output_dir: setup.output(number), recipe, ..options })
    }

    /// The whole way of pictures, from a server through a recipe, and each half of it alone.
    fn both(&self, turn: Turn) -> Result<LabRun, Stopped> {
        // Where processes are asked for, they convert, and threads fetch: what Millrace does unless somebody says otherwise.
        let engine_mode = (turn.mode == LabMode::Processes).then_some(Mode::Mixed);
        let trial = Trial { engine_mode, ..self.trial(turn) };
        let number = NEXT.fetch_add(3, Ordering::Relaxed);
        let (links, options) = self.jobs(Part::Whole, turn, number);
        let fetched = trial.run(links.clone(), options.clone(), self.faces)?;
        self.no_surprises(&fetched)?;
        let files: Vec<JobSpec> = detail::made(&fetched)
            .map(|path| JobSpec::file(path.to_string_lossy().into_owned(), path.to_owned(), std::path::PathBuf::new()))
            .collect();
        let with_recipe = |place| BatchOptions {
            output_dir: self.setup.output(number + place),
            recipe: Some(Arc::clone(&self.setup.recipe)),
            ..options.clone()
        };
        let (alone, whole) = (with_recipe(1), with_recipe(2));
        let (alone_folder, whole_folder) = (alone.output_dir.clone(), whole.output_dir.clone());
        let processed = trial.run(files, alone, self.faces)?;
        self.no_surprises(&processed)?;
        let ran = trial.run(links, whole, self.faces)?;
        self.no_surprises(&ran)?;
        let Detail::Checksum { checksum, items, .. } = detail::files(&whole_folder)? else {
            return Err(Stopped::Failed("The results have no checksum".to_owned()));
        };
        if !matches!(detail::files(&alone_folder)?, Detail::Checksum { checksum: other, .. } if other == checksum) {
            let sentence = "The pictures came out otherwise when they were converted apart from their downloads";
            return Err(Stopped::Failed(sentence.to_owned()));
        }
        let alone = |ran: &super::trial::Ran| Some(detail::ms(ran.wall));
        let detail = Detail::Checksum { checksum, items, fetch_ms: alone(&fetched), process_ms: alone(&processed) };
        for folder in [options.output_dir, alone_folder, whole_folder] {
            Setup::forget(&folder);
        }
        Ok(self.figures(turn, ran, detail))
    }

    /// Fails where a task failed that has no reason to. Addresses may be wrong, and then say so by themselves.
    fn no_surprises(&self, ran: &super::trial::Ran) -> Result<(), Stopped> {
        if matches!(self.request.workload, Workload::Fetch | Workload::Titles) {
            return Ok(());
        }
        for report in ran.reports.iter().flatten() {
            if let Outcome::Failed(failure) = &report.outcome {
                return Err(Stopped::Failed(format!("{} failed: {failure}", report.input)));
            }
        }
        Ok(())
    }
}

/// A letter for each of the first, and numbers after them.
pub(super) fn author(place: u32) -> String {
    let letter = u8::try_from(place).ok().filter(|place| *place < 26).map(|place| char::from(b'A' + place));
    letter.map_or_else(|| format!("L{place}"), String::from)
}

/// The answer of a task of the Lab.
pub(super) fn answer(outcome: &Outcome) -> Option<&LabAnswer> {
    match outcome {
        Outcome::Answered(answer) => Some(answer),
        _ => None,
    }
}
