//! Lanes that are threads of this program: `Serial` and `Threads`, which differ only in how many there are.

use super::guard::FinishGuard;
use super::{Executor, LaneReport, Report};
use crate::engine::Board;
use crate::engine::core::Force;
use crate::model::{Assignment, AttemptId, ErrorKind, Failure, Lane, LaneId, Light, Output, Progress, Timing};
use crate::task::{self, Control, Handles, Host, Interpreter, Net, Signal, Stopwatch};
use crossbeam_channel::{Receiver, Sender};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Answers of light jobs go out at the latest after this long.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1);

/// The most attempts that may wait in a lane; the core's windows are smaller.
const MAX_WAITING: usize = 256;

/// How long a lane may take to end with the program. A decoder that does not look up is left behind.
const END_WITHIN: Duration = Duration::from_secs(2);

pub(in crate::engine) struct ThreadLanes {
    lanes: HashMap<LaneId, ThreadLane>,
    /// Threads that were told to end and may not have yet.
    ending: Vec<JoinHandle<()>>,
    reports: Sender<Report>,
    board: Arc<Board>,
    net: Arc<Net>,
    /// The lock that the lanes compute under, where they are to be like those of Python.
    interpreter: Option<Arc<Interpreter>>,
}

struct ThreadLane {
    label: String,
    thread: Option<(Sender<Work>, JoinHandle<()>)>,
    /// The attempts that this lane was handed last, newest last.
    controls: Vec<(AttemptId, Arc<Control>)>,
}

enum Work {
    Attempt(Assignment, Arc<Control>),
    Light(Vec<(AttemptId, Light)>),
}

impl ThreadLanes {
    pub(in crate::engine) fn new(
        reports: Sender<Report>,
        board: Arc<Board>,
        interpreter: Option<Arc<Interpreter>>,
    ) -> ThreadLanes {
        ThreadLanes { lanes: HashMap::new(), ending: Vec::new(), reports, board, net: Arc::default(), interpreter }
    }
}

impl ThreadLanes {
    /// Puts work into a lane, whose thread starts with its first.
    fn hand(&mut self, id: LaneId, work: Work) -> Result<(), Failure> {
        let lane = self.lanes.get_mut(&id).ok_or_else(|| Failure::new(ErrorKind::Io, "The lane is closed"))?;
        let (sender, _) = if let Some(thread) = &mut lane.thread {
            thread
        } else {
            let (sender, receiver) = crossbeam_channel::bounded(MAX_WAITING);
            let lane_loop = LaneLoop {
                id,
                work: receiver,
                reports: self.reports.clone(),
                board: Arc::clone(&self.board),
                net: Arc::clone(&self.net),
                interpreter: self.interpreter.clone(),
            };
            let thread = thread::Builder::new()
                .name(format!("lane {}", lane.label))
                .spawn(move || lane_loop.run())
                .map_err(|error| Failure::new(ErrorKind::Io, format!("Cannot start a thread: {error}")))?;
            lane.thread.insert((sender, thread))
        };
        sender.try_send(work).map_err(|_| {
            Failure::new(ErrorKind::Crashed, format!("The lane {} does not take work any more", lane.label))
        })
    }
}

impl Executor for ThreadLanes {
    fn open(&mut self, lane: Lane) {
        self.lanes.insert(lane.id, ThreadLane { label: lane.label(), thread: None, controls: Vec::new() });
    }

    fn close(&mut self, lane: LaneId) {
        self.ending.retain(|thread| !thread.is_finished());
        if let Some((work, thread)) = self.lanes.remove(&lane).and_then(|lane| lane.thread) {
            drop(work);
            self.ending.push(thread);
        }
    }

    fn start(&mut self, id: LaneId, assignment: Assignment) -> Result<(), Failure> {
        let control = Arc::new(Control::default());
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.controls.retain(|(_, control)| Arc::strong_count(control) > 1);
            lane.controls.push((assignment.attempt, Arc::clone(&control)));
        }
        self.hand(id, Work::Attempt(assignment, control))
    }

    fn compute(&mut self, id: LaneId, work: Vec<(AttemptId, Light)>) -> Result<(), Failure> {
        self.hand(id, Work::Light(work))
    }

    fn signal(&mut self, lane: LaneId, attempt: AttemptId, signal: Signal) {
        let Some(lane) = self.lanes.get(&lane) else { return };
        if let Some((_, control)) = lane.controls.iter().find(|(id, _)| *id == attempt) {
            control.set(signal);
        }
    }

    fn admit(&mut self, lane: LaneId, attempt: AttemptId, admitted: bool) {
        let Some(lane) = self.lanes.get(&lane) else { return };
        if let Some((_, control)) = lane.controls.iter().find(|(id, _)| *id == attempt) {
            control.admit(admitted);
        }
    }

    fn allow(&mut self, lane: LaneId, attempt: AttemptId, connections: u16) {
        let Some(lane) = self.lanes.get(&lane) else { return };
        if let Some((_, control)) = lane.controls.iter().find(|(id, _)| *id == attempt) {
            control.allow_connections(connections);
        }
    }

    fn limit_speed(&mut self, bytes_per_s: Option<u64>) {
        self.net.throttle().set(bytes_per_s);
    }

    /// A thread cannot be ended from outside: it heeds a cancel at its next step.
    fn end(&mut self, _: LaneId, _: Force) {}
}

impl Drop for ThreadLanes {
    fn drop(&mut self) {
        for (_, lane) in self.lanes.drain() {
            for (_, control) in &lane.controls {
                control.set(Signal::Cancel);
            }
            self.ending.extend(lane.thread.map(|(_, thread)| thread));
        }
        let deadline = Instant::now() + END_WITHIN;
        for thread in self.ending.drain(..) {
            while !thread.is_finished() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                // A panic of a lane was reported by its guard already.
                thread.join().ok();
            }
        }
    }
}

/// What a lane's thread owns.
struct LaneLoop {
    id: LaneId,
    work: Receiver<Work>,
    reports: Sender<Report>,
    board: Arc<Board>,
    net: Arc<Net>,
    interpreter: Option<Arc<Interpreter>>,
}

impl LaneLoop {
    fn run(self) {
        for work in &self.work {
            match work {
                Work::Attempt(assignment, control) => self.attempt(&assignment, &control),
                Work::Light(work) => self.compute(work),
            }
        }
    }

    fn attempt(&self, assignment: &Assignment, control: &Control) {
        let attempt = assignment.attempt;
        let finish = FinishGuard::new(|ended: Option<(Result<Output, Failure>, Timing)>| {
            let (result, timing) = ended.unwrap_or_else(|| (Err(panicked()), Timing::default()));
            self.report(LaneReport::Finished { attempt, result, timing });
        });
        let host = LaneHost { lane: self, attempt };
        finish.ended(task::attempt_for(&host, assignment, &Handles::default(), &self.net, control));
    }

    fn compute(&self, work: Vec<(AttemptId, Light)>) {
        let (mut watch, mut answers) = (Stopwatch::start(), Vec::with_capacity(work.len()));
        let mut since = Instant::now();
        for (attempt, light) in work {
            if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| task::light::run(light))) {
                answers.push((attempt, answer));
            } else {
                let timing = Timing::default();
                self.report(LaneReport::Finished { attempt, result: Err(panicked()), timing });
            }
            if since.elapsed() >= ANSWERS_WITHIN {
                let answers = std::mem::take(&mut answers);
                self.report(LaneReport::Computed { answers, timing: watch.stop() });
                (watch, since) = (Stopwatch::start(), Instant::now());
            }
        }
        if !answers.is_empty() {
            self.report(LaneReport::Computed { answers, timing: watch.stop() });
        }
    }

    fn report(&self, report: LaneReport) {
        // Nobody listens any more once the engine has ended.
        self.reports.send(Report::Lane(self.id, report)).ok();
    }
}

fn panicked() -> Failure {
    Failure::new(ErrorKind::Crashed, "The lane's thread panicked outside of its task")
}

/// A thread lane as the attempt on it sees it.
struct LaneHost<'a> {
    lane: &'a LaneLoop,
    attempt: AttemptId,
}

impl Host for LaneHost<'_> {
    fn progress(&self, progress: Progress) {
        self.lane.board.put(self.attempt.job, progress);
    }

    fn needs(&self, bytes: u64) {
        self.lane.report(LaneReport::Needs { attempt: self.attempt, bytes });
    }

    fn interpreter(&self) -> Option<&Interpreter> {
        self.lane.interpreter.as_deref()
    }
}
