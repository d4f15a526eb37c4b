//! Lanes that are child processes: this program, started as a worker. A worker starts with its lane's first
//! attempt and is replaced when it dies, or has done so much that a fresh one is better. One is kept ready, so that a
//! lane that lost its worker goes on at once.
//!
//! Workers are always started from the engine's thread, which lives as long as the engine: on Linux a worker dies
//! with the thread that started it.

use super::worker::{Death, Worker};
use super::{Executor, LaneReport, Report};
use crate::engine::core::{Force, Input};
use crate::engine::{Board, WorkerPolicy};
use crate::model::{
    Assignment, AttemptId, Confinement, ErrorKind, Failure, InForce, Lane, LaneId, Light, Pool, Posture,
};
use crate::task::Signal;
use crate::worker::protocol::ToWorker;
use crossbeam_channel::Sender;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(in crate::engine) struct ProcessLanes {
    program: PathBuf,
    policy: WorkerPolicy,
    lanes: HashMap<LaneId, ProcessLane>,
    /// A worker that waits for a lane to lose its own.
    spare: Option<Worker>,
    /// Spares that did not live to be used: after a few there are no more.
    lost_spares: u32,
    reports: Sender<Report>,
    board: Arc<Board>,
    /// Numbers the workers, so that a late word of a dead one is recognised.
    next_worker: u32,
    /// Workers that came up, for the core.
    news: VecDeque<Input>,
    /// What all downloads together may bring, in bytes a second.
    bytes_per_s: Option<u64>,
    /// Some worker's answers are polled for.
    polls: bool,
    /// What was polled for and is not taken yet.
    polled: VecDeque<Report>,
}

struct ProcessLane {
    lane: Lane,
    worker: Option<Worker>,
}

/// How often a spare may die unused.
const MAX_LOST_SPARES: u32 = 3;

impl ProcessLanes {
    pub(in crate::engine) fn new(
        program: PathBuf,
        policy: WorkerPolicy,
        reports: Sender<Report>,
        board: Arc<Board>,
    ) -> ProcessLanes {
        ProcessLanes {
            program,
            policy,
            lanes: HashMap::new(),
            spare: None,
            lost_spares: 0,
            reports,
            board,
            next_worker: 0,
            news: VecDeque::new(),
            bytes_per_s: None,
            polls: false,
            polled: VecDeque::new(),
        }
    }

    /// What a worker with few light jobs has answered by now. Others send their reports; what this one sent before must have
    /// been taken from there.
    pub(in crate::engine) fn next_polled(&mut self) -> Option<Report> {
        if self.polled.is_empty() && std::mem::take(&mut self.polls) {
            for worker in self.lanes.values().filter_map(|lane| lane.worker.as_ref()) {
                self.polls |= worker.poll(&mut self.polled);
            }
        }
        self.polled.pop_front()
    }

    /// To be called before the engine's thread sleeps: from now on every answer comes as a report of its own.
    pub(in crate::engine) fn poll_no_more(&mut self) {
        if std::mem::take(&mut self.polls) {
            for worker in self.lanes.values().filter_map(|lane| lane.worker.as_ref()) {
                worker.poll_no_more();
            }
        }
    }

    /// The lane that a worker speaks for, if it still serves one.
    pub(in crate::engine) fn hear(&mut self, worker: u32, report: &LaneReport) -> Option<LaneId> {
        let lane = self.lane_of(worker)?;
        let ended = match report {
            LaneReport::Finished { .. } => 1,
            LaneReport::Computed { answers, .. } => answers.len(),
            LaneReport::Needs { .. } => 0,
        };
        if let Some(own) = self.own(lane) {
            own.in_flight = own.in_flight.saturating_sub(ended);
        }
        Some(lane)
    }

    fn lane_of(&self, worker: u32) -> Option<LaneId> {
        let serves = |lane: &ProcessLane| lane.worker.as_ref().is_some_and(|own| own.number == worker);
        self.lanes.iter().find(|(_, lane)| serves(lane)).map(|(id, _)| *id)
    }

    /// A worker came up.
    pub(in crate::engine) fn came_up(&mut self, worker: u32, pid: u32, in_force: InForce) {
        if let Some(lane) = self.lane_of(worker) {
            let own = self.lanes.get_mut(&lane).and_then(|lane| lane.worker.as_mut());
            if let Some(own) = own {
                own.come_up(pid, in_force);
                let posture = Posture::process(own.confinement, in_force);
                let start_us = own.start_us;
                self.news.push_back(Input::WorkerStarted { lane, pid, posture, start_us });
            }
        } else if let Some(spare) = self.spare.as_mut().filter(|spare| spare.number == worker) {
            spare.come_up(pid, in_force);
        }
    }

    /// A lane's worker that came up and was not told of yet.
    pub(in crate::engine) fn next_news(&mut self) -> Option<Input> {
        self.news.pop_front()
    }

    /// Takes leave of a worker that closed its pipe. Answers what that is to the core, if it served a lane.
    pub(in crate::engine) fn bury(&mut self, worker: u32, cause: Option<String>, greeted: bool) -> Option<Input> {
        if let Some(spare) = self.spare.take_if(|spare| spare.number == worker) {
            self.lost_spares += 1;
            spare.bury(cause);
            return None;
        }
        let id = self.lane_of(worker)?;
        let dead = self.lanes.get_mut(&id)?.worker.take()?;
        let began = greeted.then(|| dead.began());
        let Death { cause, details, by_signal } = dead.bury(cause);
        Some(Input::LaneLost { lane: id, cause, details, began, killed: by_signal })
    }

    /// Makes sure that a spare is there where one may be wanted: of the kind that computes, which is the one that
    /// hostile pictures kill.
    pub(in crate::engine) fn tend(&mut self) {
        self.share_speed();
        let at_work = self
            .lanes
            .values()
            .any(|lane| mills(lane.lane) && lane.worker.as_ref().is_some_and(|own| own.up.is_some()));
        if !at_work {
            self.spare = self.spare.take().filter(|_| self.lanes.values().any(|lane| mills(lane.lane)));
        } else if self.spare.is_none() && self.lost_spares < MAX_LOST_SPARES {
            // Without one, a lane starts its next worker when it comes to that.
            self.spare = self.spawn(self.confinement_of(Pool::Mill)).ok();
            self.lost_spares += u32::from(self.spare.is_none());
        }
    }

    /// Each worker that downloads gets an equal share of the speed. Processes share no clock to take it from.
    fn share_speed(&mut self) {
        let mut downloading: Vec<&mut Worker> = self
            .lanes
            .values_mut()
            .filter(|lane| !mills(lane.lane))
            .filter_map(|lane| lane.worker.as_mut().filter(|own| own.in_flight > 0))
            .collect();
        let count = downloading.len().max(1) as u64;
        let share = self.bytes_per_s.map(|all| (all / count).max(1));
        for worker in downloading.iter_mut().filter(|worker| worker.bytes_per_s != share) {
            worker.bytes_per_s = share;
            worker.tell(ToWorker::LimitSpeed(share));
        }
    }

    fn confinement_of(&self, pool: Pool) -> Confinement {
        match pool {
            _ if !self.policy.sandbox => Confinement::None,
            Pool::Fetch => Confinement::Network,
            Pool::Mill => Confinement::Descriptors,
        }
    }

    fn spawn(&mut self, confinement: Confinement) -> io::Result<Worker> {
        let number = self.next_worker;
        self.next_worker += 1;
        Worker::spawn(&self.program, number, confinement, &self.reports, &self.board)
    }

    /// The worker of a lane, alive as far as can be told: its own, the spare, or a new one.
    fn worker(&mut self, id: LaneId) -> Result<&mut Worker, Failure> {
        let closed = || Failure::new(ErrorKind::Io, "The lane is closed");
        let lane = self.lanes.get_mut(&id).ok_or_else(closed)?.lane;
        let policy = self.policy;
        let serves_on = |own: &mut Worker| {
            let is_spent =
                own.served >= policy.recycle_after || own.peak.load(Ordering::Relaxed) > policy.recycle_above;
            // The end of one that died over work comes as a report; until then it keeps its lane.
            own.in_flight > 0 || !is_spent && own.is_alive()
        };
        let mut own = self.lanes.get_mut(&id).and_then(|lane| lane.worker.take());
        let worker = match own.take_if(serves_on) {
            Some(own) => own,
            None => self.fresh(lane)?,
        };
        let lane = self.lanes.get_mut(&id).ok_or_else(closed)?;
        Ok(lane.worker.insert(worker))
    }

    fn fresh(&mut self, lane: Lane) -> Result<Worker, Failure> {
        let confinement = self.confinement_of(lane.pool.unwrap_or(Pool::Mill));
        let spare = self.spare.take_if(|spare| spare.confinement == confinement && spare.is_alive());
        let worker = match spare {
            Some(spare) => {
                self.lost_spares = 0;
                spare
            }
            None => self.spawn(confinement).map_err(|error| {
                let (label, program) = (lane.label(), self.program.display());
                let sentence = format!("Cannot start a worker process for lane {label} from {program}: {error}");
                Failure::new(ErrorKind::Io, sentence)
            })?,
        };
        place::put(worker.pid(), lane, self.policy);
        if let Some((pid, in_force)) = worker.up {
            let posture = Posture::process(confinement, in_force);
            let start_us = worker.start_us;
            self.news.push_back(Input::WorkerStarted { lane: lane.id, pid, posture, start_us });
        }
        Ok(worker)
    }

    fn own(&mut self, lane: LaneId) -> Option<&mut Worker> {
        self.lanes.get_mut(&lane)?.worker.as_mut()
    }
}

fn mills(lane: Lane) -> bool {
    lane.pool == Some(Pool::Mill)
}

impl Executor for ProcessLanes {
    fn open(&mut self, lane: Lane) {
        self.lanes.insert(lane.id, ProcessLane { lane, worker: None });
    }

    fn close(&mut self, lane: LaneId) {
        self.lanes.remove(&lane);
    }

    fn start(&mut self, id: LaneId, assignment: Assignment) -> Result<(), Failure> {
        self.worker(id)?.run(assignment);
        Ok(())
    }

    fn compute(&mut self, id: LaneId, work: Vec<(AttemptId, Light)>) -> Result<(), Failure> {
        self.worker(id)?.compute(work);
        self.polls = true;
        Ok(())
    }

    fn signal(&mut self, lane: LaneId, attempt: AttemptId, signal: Signal) {
        if let Some(worker) = self.own(lane) {
            worker.tell(ToWorker::Signal(attempt, signal));
        }
    }

    fn admit(&mut self, lane: LaneId, attempt: AttemptId, admitted: bool) {
        if let Some(worker) = self.own(lane) {
            worker.tell(ToWorker::Admit(attempt, admitted));
        }
    }

    fn allow(&mut self, lane: LaneId, attempt: AttemptId, connections: u16) {
        if let Some(worker) = self.own(lane) {
            worker.tell(ToWorker::Allow(attempt, connections));
        }
    }

    fn limit_speed(&mut self, bytes_per_s: Option<u64>) {
        self.bytes_per_s = bytes_per_s;
    }

    fn end(&mut self, lane: LaneId, force: Force) {
        if let Some(worker) = self.own(lane) {
            worker.end(force);
        }
    }
}

/// Where and how readily the system runs a worker. Both are wishes: what is refused changes nothing else.
#[cfg(target_os = "linux")]
mod place {
    use super::{Lane, WorkerPolicy};
    use crate::task::threads;
    use rustix::process::{Pid, setpriority_process};
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub(super) fn put(pid: u32, lane: Lane, policy: WorkerPolicy) {
        if policy.nice.is_none() && !policy.pin {
            return;
        }
        // Both are set for one thread at a time, and a spare has all of its threads already.
        for thread in threads::of(pid).into_iter().filter_map(|thread| Pid::from_raw(thread.cast_signed())) {
            if let Some(nice) = policy.nice {
                setpriority_process(Some(thread), nice).ok();
            }
            if policy.pin {
                pin(thread, usize::from(lane.number) - 1).ok();
            }
        }
    }

    /// Ties a worker to one of the cores that this program may use, by the number of its lane.
    fn pin(pid: Pid, number: usize) -> rustix::io::Result<()> {
        let allowed = sched_getaffinity(None)?;
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        if let Some(core) = cores.get(number % cores.len().max(1)) {
            let mut one = CpuSet::new();
            one.set(*core);
            sched_setaffinity(Some(pid), &one)?;
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod place {
    use super::{Lane, WorkerPolicy};

    pub(super) fn put(_: u32, _: Lane, _: WorkerPolicy) {}
}
