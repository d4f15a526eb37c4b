//! The engine's thread: it owns the core, the lanes and the files, carries out the core's effects, and sleeps until
//! a command, a report or the next tick.

mod commits;
mod ending;
mod start;
mod waiting;

use super::commit::Committer;
use super::core::{Core, CoreConfig, Effect, Input};
use super::executor::{Executor, ProcessLanes, Report, ThreadLanes};
use super::journal::Journal;
use super::log::Log;
use super::naming::Turns;
use super::outbox::Outbox;
use super::workspace::Workspace;
use super::{Board, EngineConfig};
use crate::model::{AttemptId, Command, Event, ExecutorKind, LaneId, Moment, Record, Timing, Undone};
use crate::store::Queue;
use commits::Inputs;
use crossbeam_channel::{Receiver, Sender};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a worker process may take to heed a cancel before it is killed.
const CANCEL_GRACE: Duration = Duration::from_secs(1);

/// How many messages are taken in one turn before the faces are woken.
const MESSAGES_A_TURN: usize = 256;

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
    /// Who gets a name before whom. Dropped before the journal: what waits for its turn has a sender of it.
    turns: Turns,
    /// Dropped after the committer, which keeps what it is about to do.
    journal: Option<Journal>,
    inputs: Inputs,
    workspace: Workspace,
    outbox: Outbox,
    log: Log,
    started: Instant,
    commands: Receiver<Command>,
    wake: Box<dyn Fn() + Send>,
    /// Light work was handed over.
    awaits_light: bool,
}

/// The shell's end of the channels to the faces.
pub(super) struct Faces {
    pub(super) commands: Receiver<Command>,
    pub(super) events: Sender<Event>,
    pub(super) wake: Box<dyn Fn() + Send>,
}

impl Shell {
    pub(super) fn new(
        config: EngineConfig,
        queue: Option<Queue>,
        board: Arc<Board>,
        faces: Faces,
    ) -> io::Result<Shell> {
        // Each lane has at most its window of reports under way, and the engine's thread never sends here: full
        // means that lanes wait a moment.
        let (sender, reports) = crossbeam_channel::bounded(1024);
        let program: Arc<str> =
            format!("{:08x}", std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), ()) as u32).into();
        let core_config = CoreConfig {
            mode: config.mode,
            lanes: config.lanes,
            choosing: config.choosing,
            window: 1,
            grace: CANCEL_GRACE,
            memory: config.memory,
            program: Arc::clone(&program),
        };
        let keeps = queue.is_some();
        let (core, effects) = Core::new(core_config);
        let mut shell = Shell {
            core,
            threads: ThreadLanes::new(sender.clone(), Arc::clone(&board), config.interpreter),
            processes: ProcessLanes::new(config.worker_program, config.workers, sender.clone(), board),
            executors: HashMap::new(),
            committer: Committer::start(&sender)?,
            journal: queue.map(|queue| Journal::start(queue, sender.clone())).transpose()?,
            turns: Turns::default(),
            inputs: Inputs::default(),
            workspace: Workspace::new(keeps, program),
            outbox: Outbox::new(faces.events),
            log: Log::default(),
            started: Instant::now(),
            commands: faces.commands,
            reports,
            wake: faces.wake,
            awaits_light: false,
        };
        shell.carry_out(effects);
        shell.carry_out(vec![Effect::LimitSpeed { bytes_per_s: config.bytes_per_s }]);
        Ok(shell)
    }

    /// Runs until the last handle to the engine is dropped. Then every lane ends, and every work folder goes. Jobs that
    /// have not ended stay in the journal, unless they were told to.
    pub(super) fn run(mut self) {
        while let Some(input) = self.wait() {
            self.step(input);
            for _ in 1..MESSAGES_A_TURN {
                match self.next_waiting() {
                    Some(input) => self.step(input),
                    None => break,
                }
            }
            // Told first: to start the next worker takes longer than all else in a turn.
            self.end_turn();
            self.processes.tend();
        }
        let parts = self.tell_the_end();
        drop((self.reports, self.threads, self.processes));
        for (job, part) in parts {
            self.workspace.drop_part(job.options(), &part);
        }
    }

    /// Sends what this turn brought: records to the journal, events to the faces.
    fn end_turn(&mut self) {
        self.hand_over_records();
        if self.outbox.take_unannounced() {
            (self.wake)();
        }
    }

    fn hand_over_records(&mut self) {
        if let Some((records, number)) = self.outbox.take_records()
            && let Some(journal) = &self.journal
        {
            journal.keep(records, number);
        }
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
                self.carry_out_one(effect, &mut answers);
            }
            let Some(answer) = answers.pop_front() else { return };
            let now = self.now();
            open.extend(self.core.step(now, answer));
        }
    }

    fn carry_out_one(&mut self, effect: Effect, answers: &mut VecDeque<Input>) {
        match effect {
            Effect::Record(record) => self.record(record),
            Effect::KeepBatch(record) => match self.journal {
                Some(_) => self.outbox.record_batch(record),
                None => answers.push_back(Input::BatchesKept(1)),
            },
            Effect::KeepStage { attempt, job, part, output } => {
                // Without a folder there is no part either, and the next task will say so.
                if let Ok(part) = self.workspace.part(job.options(), &part) {
                    self.record(Record::StageDone { attempt, output, part });
                }
            }
            Effect::Emit(event) => {
                self.see(&event);
                self.log.write(&event);
                self.outbox.send(event);
            }
            Effect::Open(lane) => {
                self.executors.insert(lane.id, lane.executor);
                self.executor(lane.executor).open(lane);
            }
            Effect::Close(lane) => {
                if let Some(executor) = self.executors.remove(&lane) {
                    self.executor(executor).close(lane);
                }
            }
            Effect::Start { lane, attempt, job, task, part, input } => {
                if let Some(result) = self.start(lane, attempt, &job, *task, &part, input).transpose() {
                    let timing = Timing::default();
                    answers.push_back(Input::Finished { lane, attempt, result, timing });
                }
            }
            Effect::Compute { lane, work } => {
                self.awaits_light = true;
                let attempts: Vec<AttemptId> = work.iter().map(|(attempt, _)| *attempt).collect();
                if let Some(Err(failure)) = self.on(lane, |executor| executor.compute(lane, work)) {
                    answers.extend(attempts.into_iter().map(|attempt| {
                        let (result, timing) = (Err(failure.clone()), Timing::default());
                        Input::Finished { lane, attempt, result, timing }
                    }));
                }
            }
            Effect::Signal { lane, attempt, signal } => {
                self.on(lane, |executor| executor.signal(lane, attempt, signal));
            }
            Effect::Admit { lane, attempt, admitted } => {
                self.on(lane, |executor| executor.admit(lane, attempt, admitted));
            }
            Effect::Allow { lane, attempt, connections } => {
                self.on(lane, |executor| executor.allow(lane, attempt, connections));
            }
            Effect::LimitSpeed { bytes_per_s } => {
                self.threads.limit_speed(bytes_per_s);
                self.processes.limit_speed(bytes_per_s);
            }
            Effect::End(lane, force) => {
                self.on(lane, |executor| executor.end(lane, force));
            }
            Effect::Commit { attempt, job, part, output } => {
                answers.extend(self.commit(attempt, &job, part.as_deref(), &output));
            }
            Effect::Discard { attempt, job } => self.workspace.discard(job.options(), attempt),
            Effect::DropPart { job, part } => self.workspace.drop_part(job.options(), &part),
            Effect::Tidy(options) => {
                self.workspace.tidy(&options);
                self.committer.forget(&options.output_dir);
            }
            Effect::Load => {
                self.hand_over_records();
                match &self.journal {
                    Some(journal) => journal.load(),
                    None => answers.push_back(Input::Loaded(Vec::new())),
                }
            }
            Effect::Forget => {
                self.hand_over_records();
                if let Some(journal) = &self.journal {
                    journal.forget();
                }
            }
            Effect::Undo => {
                // What ended just now is part of the batch.
                self.hand_over_records();
                match &self.journal {
                    Some(journal) => journal.undo(),
                    None => self.tell_undone(Err("The queue is not kept, so there is nothing to take back".to_owned())),
                }
            }
        }
    }

    pub(super) fn tell_undone(&mut self, undone: Result<Option<Arc<Undone>>, String>) {
        let event = Event::Undone(undone);
        self.log.write(&event);
        self.outbox.send(event);
    }

    fn record(&mut self, record: Record) {
        if self.journal.is_some() {
            self.outbox.record(record);
        }
    }

    /// Has the executor of a lane do something, as long as the lane is open.
    fn on<T>(&mut self, lane: LaneId, act: impl FnOnce(&mut dyn Executor) -> T) -> Option<T> {
        let kind = *self.executors.get(&lane)?;
        Some(act(self.executor(kind)))
    }

    fn executor(&mut self, kind: ExecutorKind) -> &mut dyn Executor {
        match kind {
            ExecutorKind::Serial | ExecutorKind::Threads => &mut self.threads,
            ExecutorKind::Processes => &mut self.processes,
        }
    }
}
