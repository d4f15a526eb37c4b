//! The engine's thread: it owns the core, the lanes and the files, carries out the core's effects, and sleeps until
//! a command, a report or the next tick.

use super::commit::{Committer, Order};
use super::core::{Core, CoreConfig, Effect, Input, InputFile, Record};
use super::executor::{Executor, ProcessLanes, Report, ThreadLanes};
use super::workspace::Workspace;
use super::{Board, EngineConfig};
use crate::model::{
    Assignment, AttemptId, Command, Event, ExecutorKind, Failure, Files, JobSpec, LaneId, Moment, Source, Task, Timing,
};
use crossbeam_channel::{Receiver, Sender, select_biased};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a worker process may take to heed a cancel before it is killed.
const CANCEL_GRACE: Duration = Duration::from_secs(1);

/// The core asks to be stepped again at the latest after this long, where it asks for nothing sooner.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

/// How often the end of the last commits is looked for.
const LAST_REPORTS_EVERY: Duration = Duration::from_millis(5);

/// How many messages are taken in one turn before the faces are woken.
const MESSAGES_A_TURN: usize = 256;

/// Keeps the core's records where they survive the program.
pub(super) trait Journal: Send {
    /// Keeps these. They are kept when this returns.
    fn append(&mut self, records: &[Record]) -> Result<(), Failure>;
}

/// A journal that keeps nothing: the queue ends with the program.
#[derive(Debug, Default, Clone, Copy)]
struct NoJournal;

impl Journal for NoJournal {
    fn append(&mut self, _: &[Record]) -> Result<(), Failure> {
        Ok(())
    }
}

pub(super) struct Shell {
    core: Core,
    /// Dropped before those who report: none of them may wait for a reader that is not there any more.
    reports: Receiver<Report>,
    threads: ThreadLanes,
    processes: ProcessLanes,
    /// Which executor each open lane belongs to.
    executors: HashMap<LaneId, ExecutorKind>,
    /// Dropped before the workspace: what it was given lies there.
    committer: Committer,
    workspace: Workspace,
    journal: Box<dyn Journal>,
    started: Instant,
    commands: Receiver<Command>,
    events: Sender<Event>,
    wake: Box<dyn Fn() + Send>,
    /// Events went out that no wake has announced yet.
    unannounced: bool,
}

/// The shell's end of the channels to the faces.
pub(super) struct Faces {
    pub(super) commands: Receiver<Command>,
    pub(super) events: Sender<Event>,
    pub(super) wake: Box<dyn Fn() + Send>,
}

impl Shell {
    pub(super) fn new(config: EngineConfig, board: Arc<Board>, faces: Faces) -> io::Result<Shell> {
        // Each lane has at most its window of reports under way, and the engine's thread never sends here: full
        // means that lanes wait a moment.
        let (sender, reports) = crossbeam_channel::bounded(1024);
        let core_config = CoreConfig { mode: config.mode, lanes: config.lanes, window: 1, grace: CANCEL_GRACE };
        let (core, effects) = Core::new(core_config);
        let mut shell = Shell {
            core,
            threads: ThreadLanes::new(sender.clone(), Arc::clone(&board)),
            processes: ProcessLanes::new(config.worker_program, sender.clone(), board),
            executors: HashMap::new(),
            committer: Committer::start(&sender)?,
            workspace: Workspace::default(),
            journal: Box::new(NoJournal),
            started: Instant::now(),
            commands: faces.commands,
            reports,
            events: faces.events,
            wake: faces.wake,
            unannounced: false,
        };
        shell.carry_out(effects);
        Ok(shell)
    }

    /// Runs until the last handle to the engine is dropped. Then every lane ends, and every work folder goes.
    pub(super) fn run(mut self) {
        while let Some(input) = self.wait() {
            self.step(input);
            for _ in 1..MESSAGES_A_TURN {
                match self.next_waiting() {
                    Some(input) => self.step(input),
                    None => break,
                }
            }
            if std::mem::take(&mut self.unannounced) {
                (self.wake)();
            }
        }
        self.tell_last_commits();
    }

    /// What is being given its final name gets it and is told; what still waits for that goes with the work folder.
    fn tell_last_commits(&mut self) {
        self.committer.stop();
        loop {
            // Asked before the channel is looked at: what the threads told before they ended is in it by then.
            let ended = self.committer.has_ended();
            match self.reports.recv_timeout(LAST_REPORTS_EVERY) {
                Ok(Report::Committed { attempt, result }) => self.tell_last_commit(attempt, result),
                Err(_) if ended => return,
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Nothing new starts any more, so only the end of the job is told.
    fn tell_last_commit(&mut self, attempt: AttemptId, result: Result<PathBuf, Failure>) {
        for effect in self.core.step(self.now(), Input::Committed { attempt, result }) {
            if let Effect::Emit(event @ Event::JobFinished(_)) = effect {
                self.events.send(event).ok();
            }
        }
    }

    /// The next input, or `None` once nobody can send commands any more.
    fn wait(&mut self) -> Option<Input> {
        let until = self.core.next_tick().map_or(LONGEST_SLEEP, |tick| tick - self.now());
        select_biased! {
            recv(self.commands) -> command => command.ok().map(Input::Command),
            recv(self.reports) -> report => Some(report.ok().and_then(|report| self.input_of(report)).unwrap_or(Input::Tick)),
            default(until) => Some(Input::Tick),
        }
    }

    fn next_waiting(&mut self) -> Option<Input> {
        if let Ok(command) = self.commands.try_recv() {
            return Some(Input::Command(command));
        }
        let report = self.reports.try_recv().ok()?;
        Some(self.input_of(report).unwrap_or(Input::Tick))
    }

    fn input_of(&mut self, report: Report) -> Option<Input> {
        Some(match report {
            Report::Finished { lane, attempt, result, timing } => Input::Finished { lane, attempt, result, timing },
            Report::WorkerStarted { lane, pid } => Input::WorkerStarted { lane, pid },
            Report::Committed { attempt, result } => Input::Committed { attempt, result },
            Report::WorkerGone { lane, worker, cause, greeted } => {
                let (cause, details, by_signal) = self.processes.bury(lane, worker, cause)?;
                Input::LaneLost { lane, cause, details, over_a_task: greeted || by_signal }
            }
        })
    }

    fn now(&self) -> Moment {
        Moment(self.started.elapsed().as_micros() as u64)
    }

    fn step(&mut self, input: Input) {
        let effects = self.core.step(self.now(), input);
        self.carry_out(effects);
    }

    /// Carries effects out in order. Some have an answer, which goes to the core once all are done.
    fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut open: VecDeque<Effect> = effects.into();
        let mut answers = VecDeque::new();
        loop {
            while let Some(effect) = open.pop_front() {
                answers.extend(self.carry_out_one(effect));
            }
            let Some(answer) = answers.pop_front() else { return };
            let now = self.now();
            open.extend(self.core.step(now, answer));
        }
    }

    fn carry_out_one(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Record(record) => {
                // Only a journal that keeps something can fail.
                self.journal.append(&[record]).ok();
            }
            Effect::Emit(event) => {
                // Without a face, the end of the commands ends the loop.
                self.events.send(event).ok();
                self.unannounced = true;
            }
            Effect::Open(lane) => {
                self.executors.insert(lane.id, lane.executor);
                self.executor(lane.executor).open(lane);
            }
            Effect::Close(lane) => {
                let executor = self.executors.remove(&lane)?;
                self.executor(executor).close(lane);
            }
            Effect::Start { lane, attempt, spec, task, input } => {
                let failure = self.start(lane, attempt, &spec, task, input).err()?;
                return Some(Input::Finished { lane, attempt, result: Err(failure), timing: Timing::default() });
            }
            Effect::Signal { lane, attempt, signal } => {
                let executor = *self.executors.get(&lane)?;
                self.executor(executor).signal(lane, attempt, signal);
            }
            Effect::Kill(lane) => {
                let executor = *self.executors.get(&lane)?;
                self.executor(executor).kill(lane);
            }
            Effect::Commit { attempt, spec, name } => match self.workspace.temporary(&spec.options, attempt) {
                Ok(temporary) => {
                    let (root, subfolder) = (spec.options.output_dir.clone(), spec.subfolder.clone());
                    self.committer.send(Order { attempt, temporary, root, subfolder, name });
                }
                Err(failure) => return Some(Input::Committed { attempt, result: Err(failure) }),
            },
            Effect::Discard { attempt, spec } => self.workspace.discard(&spec.options, attempt),
            Effect::Tidy(options) => {
                self.workspace.tidy(&options);
                self.committer.forget(&options.output_dir);
            }
        }
        None
    }

    fn start(
        &mut self,
        lane: LaneId,
        attempt: AttemptId,
        spec: &JobSpec,
        task: Task,
        input: InputFile,
    ) -> Result<(), Failure> {
        let output = self.workspace.temporary(&spec.options, attempt)?;
        let input = match input {
            InputFile::None => None,
            InputFile::OutputOf(earlier) => Some(self.workspace.temporary(&spec.options, earlier)?),
            InputFile::Original => match &spec.source {
                Source::File(path) => Some(path.clone()),
                Source::Link { .. } | Source::Refused(_) => None,
            },
        };
        let assignment = Assignment { attempt, task, files: Files { input, output } };
        match self.executors.get(&lane) {
            Some(executor) => self.executor(*executor).start(lane, assignment),
            None => Ok(()),
        }
    }

    fn executor(&mut self, kind: ExecutorKind) -> &mut dyn Executor {
        match kind {
            ExecutorKind::Serial | ExecutorKind::Threads => &mut self.threads,
            ExecutorKind::Processes => &mut self.processes,
        }
    }
}
