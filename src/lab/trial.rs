//! One run: an engine is started for it, its lanes are made ready, and then the tasks are handed over all at once and
//! measured. What starting takes is measured apart from the work.

use super::LabEvent;
use super::core_wait::CoreWait;
use super::memory::{Peak, Watch};
use crate::engine::{Engine, EngineConfig, Interpreter};
use crate::model::lab::{LabMode, LabTask, Span};
use crate::model::message::TaskResult;
use crate::model::{
    AttemptId, Batch, BatchId, BatchOptions, Command, Event, FetchOptions, JobId, JobReport, JobSpec, Lane, LaneCounts,
    LaneId, Mode, Moment, Pool, Timing,
};
use crossbeam_channel::{Receiver, Sender, select};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Somebody cancelled it.
    Cancelled,
    /// It could not go on: a sentence.
    Failed(String),
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Stopped {
        Stopped::Failed(format!("The Lab cannot go on: {error}"))
    }
}

/// The session's end of the channels to whoever listens.
pub(super) struct Faces {
    pub(super) events: Sender<LabEvent>,
    /// Something arrives here, or it closes: cancelled.
    pub(super) cancel: Receiver<()>,
    pub(super) wake: Box<dyn Fn() + Send>,
}

impl Faces {
    pub(super) fn tell(&self, event: LabEvent) {
        // Nobody may listen any more; the end of `cancel` says so.
        self.events.send(event).ok();
        (self.wake)();
    }

    pub(super) fn check(&self) -> Result<(), Stopped> {
        match self.cancel.try_recv() {
            Err(crossbeam_channel::TryRecvError::Empty) => Ok(()),
            _ => Err(Stopped::Cancelled),
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) -> Result<(), Stopped> {
        match self.cancel.recv_timeout(time) {
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => Ok(()),
            _ => Err(Stopped::Cancelled),
        }
    }
}

/// How to run.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) config: EngineConfig,
    pub(super) mode: LabMode,
    pub(super) workers: u16,
    pub(super) pools: &'static [Pool],
    /// The engine's mode, where it is not that of the Lab's.
    pub(super) engine_mode: Option<Mode>,
}

/// What a run showed.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// In the order of the jobs; `None` for one that had not ended.
    pub(super) reports: Vec<Option<JobReport>>,
    /// In the order in which they ended: places among the jobs.
    pub(super) completed: Vec<usize>,
    pub(super) spans: Vec<Span>,
    pub(super) wall: Duration,
    pub(super) startup: Duration,
    pub(super) timing: Timing,
    pub(super) peak: Peak,
    pub(super) core_wait: Duration,
    pub(super) lock_wait: Duration,
    pub(super) handovers: u64,
    /// What the handing over of each task took, in microseconds.
    pub(super) overheads_us: Vec<f64>,
    pub(super) longest_us: u64,
}

impl Trial {
    /// An engine with its lanes ready.
    pub(super) fn start(&self, faces: &Faces) -> Result<Running, Stopped> {
        let (watch, core_wait) = (Watch::start(), CoreWait::new());
        let interpreter = (self.mode == LabMode::Gil).then(Arc::<Interpreter>::default);
        let config = EngineConfig {
            mode: self.engine_mode.unwrap_or(self.mode.engine_mode()),
            lanes: LaneCounts { fetch: self.workers, mill: self.workers },
            choosing: false,
            interpreter: interpreter.clone(),
            ..self.config.clone()
        };
        let began = Instant::now();
        let engine = Engine::start(config, None, || {})?;
        let mut running = Running {
            engine,
            interpreter,
            watch: Some(watch),
            core_wait,
            lanes: HashMap::new(),
            batches: Vec::new(),
            begun: HashMap::new(),
            first_at: None,
            measuring: false,
            ran: Ran::default(),
        };
        let lanes = if self.mode == LabMode::Serial { 1 } else { usize::from(self.workers) };
        for pool in self.pools {
            let jobs = vec![JobSpec::lab(LabTask::Ready(*pool)); lanes];
            running.submit(jobs, plain_options());
            running.until_done(faces, None)?;
        }
        running.ran = Ran { startup: began.elapsed(), ..Ran::default() };
        running.begun.clear();
        running.first_at = None;
        running.measuring = true;
        running.core_wait.begin();
        Ok(running)
    }

    /// Starts lanes, runs these to their end, and ends the lanes.
    pub(super) fn run(&self, jobs: Vec<JobSpec>, options: BatchOptions, faces: &Faces) -> Result<Ran, Stopped> {
        let mut running = self.start(faces)?;
        let began = Instant::now();
        running.submit(jobs, options);
        running.until_done(faces, None)?;
        running.ran.wall = began.elapsed();
        Ok(running.stop())
    }
}

/// Options of jobs that write no files.
pub(super) fn plain_options() -> BatchOptions {
    BatchOptions { fetch: Arc::new(fetch_options()), kept: false, ..BatchOptions::to(PathBuf::new()) }
}

/// One connection for each download, and as many of them at one host as there are lanes.
fn fetch_options() -> FetchOptions {
    let (connect_timeout_ms, per_host) = (5000, LaneCounts::MAX);
    FetchOptions { connect_timeout_ms, per_host, segments: Some(1), ..FetchOptions::default() }
}

/// An engine at work for the Lab.
pub(super) struct Running {
    pub(super) engine: Engine,
    interpreter: Option<Arc<Interpreter>>,
    watch: Option<Watch>,
    core_wait: CoreWait,
    lanes: HashMap<LaneId, (Lane, u32)>,
    /// The newest batch comes last.
    batches: Vec<(BatchId, JobId, Arc<Batch>)>,
    begun: HashMap<AttemptId, Moment>,
    first_at: Option<Moment>,
    /// The lanes are ready, and what happens now is what the run is about.
    measuring: bool,
    pub(super) ran: Ran,
}

impl Running {
    /// Hands jobs over.
    pub(super) fn submit(&mut self, jobs: Vec<JobSpec>, options: BatchOptions) {
        self.ran.reports = vec![None; jobs.len()];
        self.engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
    }

    /// The lock that the lanes compute under, if they do.
    pub(super) fn interpreter(&self) -> Option<&Arc<Interpreter>> {
        self.interpreter.as_ref()
    }

    /// Listens until every job handed over has ended, or until a moment. Says whether they have.
    pub(super) fn until_done(&mut self, faces: &Faces, until: Option<Instant>) -> Result<bool, Stopped> {
        let events = self.engine.events().clone();
        // Drops its sender only with the engine.
        let deadline = until.map_or_else(crossbeam_channel::never, crossbeam_channel::at);
        loop {
            select! {
                recv(events) -> event => {
                    let event = event.map_err(|_| Stopped::Failed("The engine ended by itself".to_owned()))?;
                    if self.see(event, faces)? {
                        return Ok(true);
                    }
                }
                recv(faces.cancel) -> _ => return Err(Stopped::Cancelled),
                recv(deadline) -> _ => return Ok(false),
            }
        }
    }

    /// Takes in what has happened by now, without waiting. Says whether every job has ended.
    pub(super) fn catch_up(&mut self, faces: &Faces) -> Result<bool, Stopped> {
        let events = self.engine.events().clone();
        for event in events.try_iter() {
            if self.see(event, faces)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn see(&mut self, event: Event, faces: &Faces) -> Result<bool, Stopped> {
        match event {
            Event::JobsQueued { id, first, batch } => self.batches.push((id, first, batch)),
            Event::LaneOpened(lane) => {
                self.lanes.insert(lane.id, (lane, std::process::id()));
                faces.tell(LabEvent::LaneOpened { lane: lane.label() });
            }
            Event::WorkerStarted { lane, pid, .. } => {
                if let Some((_, own)) = self.lanes.get_mut(&lane) {
                    *own = pid;
                }
                self.core_wait.add(pid);
                if let Some(watch) = &self.watch {
                    watch.add(pid);
                }
            }
            Event::TaskStarted { attempt, lane, at, .. } => {
                let first = *self.first_at.get_or_insert(at);
                self.begun.insert(attempt, at);
                if let Some((lane, _)) = self.lanes.get(&lane).filter(|_| self.measuring) {
                    let at_us = (at - first).as_micros() as u64;
                    faces.tell(LabEvent::TaskStarted { lane: lane.label(), name: self.name(attempt.job), at_us });
                }
            }
            Event::TaskFinished { attempt, lane, result, timing, at } => {
                if let Some(span) = self.span(attempt, lane, &result, timing, at) {
                    self.ran.spans.push(span.clone());
                    if self.measuring {
                        faces.tell(LabEvent::TaskEnded(span));
                    }
                }
            }
            Event::JobFinished(report) => {
                let (first, place) = (self.first(), report.job.0 as usize);
                let place = place.saturating_sub(first);
                if let Some(slot) = self.ran.reports.get_mut(place) {
                    *slot = Some(*report);
                    self.ran.completed.push(place);
                }
            }
            Event::BatchFinished(id) => return Ok(self.batches.last().is_some_and(|(last, ..)| *last == id)),
            Event::Trouble(Some(sentence)) => return Err(Stopped::Failed(sentence)),
            _ => {}
        }
        Ok(false)
    }

    fn span(
        &mut self,
        attempt: AttemptId,
        lane: LaneId,
        result: &TaskResult,
        timing: Timing,
        at: Moment,
    ) -> Option<Span> {
        let (start, first) = (self.begun.remove(&attempt)?, self.first_at?);
        let (lane, pid) = self.lanes.get(&lane)?;
        let took_us = (at - start).as_micros() as u64;
        self.ran.timing += timing;
        self.ran.longest_us = self.ran.longest_us.max(timing.wall_us);
        self.ran.overheads_us.push(took_us.saturating_sub(timing.wall_us) as f64);
        Some(Span {
            lane: lane.label(),
            pid: *pid,
            name: self.name(attempt.job),
            job: (attempt.job.0 as usize).saturating_sub(self.first()) as u32,
            attempt: attempt.number,
            start_us: (start - first).as_micros() as u64,
            end_us: (at - first).as_micros() as u64,
            cpu_us: timing.cpu_us,
            done: matches!(result, TaskResult::Done { .. }),
        })
    }

    fn first(&self) -> usize {
        self.batches.last().map_or(0, |(_, first, _)| first.0 as usize)
    }

    fn name(&self, job: JobId) -> String {
        let place = (job.0 as usize).wrapping_sub(self.first());
        let jobs = self.batches.last().map(|(_, _, batch)| &batch.jobs);
        jobs.and_then(|jobs| jobs.get(place)).map_or_else(String::new, JobSpec::file_name)
    }

    /// Ends the lanes.
    pub(super) fn stop(mut self) -> Ran {
        self.ran.core_wait = self.core_wait.end();
        self.engine.stop();
        self.ran.peak = self.watch.take().map(Watch::stop).unwrap_or_default();
        if let Some(interpreter) = &self.interpreter {
            (self.ran.lock_wait, self.ran.handovers) = (interpreter.waited(), interpreter.handovers());
        }
        self.ran
    }
}
