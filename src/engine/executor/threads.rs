//! Lanes that are threads of this program: `Serial` and `Threads`, which differ only in how many there are.

use super::{Executor, Report};
use crate::engine::Board;
use crate::model::{Assignment, AttemptId, ErrorKind, Failure, Lane, LaneId, Output, Timing};
use crate::task::{self, Control, Net, Signal};
use crossbeam_channel::{Receiver, Sender};
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

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
}

struct ThreadLane {
    label: String,
    thread: Option<(Sender<Work>, JoinHandle<()>)>,
    /// The attempts that this lane was handed last, newest last.
    controls: Vec<(AttemptId, Arc<Control>)>,
}

struct Work {
    assignment: Assignment,
    control: Arc<Control>,
}

impl ThreadLanes {
    pub(in crate::engine) fn new(reports: Sender<Report>, board: Arc<Board>) -> ThreadLanes {
        ThreadLanes { lanes: HashMap::new(), ending: Vec::new(), reports, board, net: Arc::default() }
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
        let lane = self.lanes.get_mut(&id).ok_or_else(|| Failure::new(ErrorKind::Io, "The lane is closed"))?;
        let (work, _) = if let Some(thread) = &mut lane.thread {
            thread
        } else {
            let (sender, receiver) = crossbeam_channel::bounded(MAX_WAITING);
            let lane_loop = LaneLoop {
                id,
                work: receiver,
                reports: self.reports.clone(),
                board: Arc::clone(&self.board),
                net: Arc::clone(&self.net),
            };
            let thread = thread::Builder::new()
                .name(format!("lane {}", lane.label))
                .spawn(move || lane_loop.run())
                .map_err(|error| Failure::new(ErrorKind::Io, format!("Cannot start a thread: {error}")))?;
            lane.thread.insert((sender, thread))
        };
        let control = Arc::new(Control::default());
        lane.controls.retain(|(_, control)| Arc::strong_count(control) > 1);
        lane.controls.push((assignment.attempt, Arc::clone(&control)));
        work.try_send(Work { assignment, control }).map_err(|_| {
            Failure::new(ErrorKind::Crashed, format!("The lane {} does not take work any more", lane.label))
        })
    }

    fn signal(&mut self, lane: LaneId, attempt: AttemptId, signal: Signal) {
        let Some(lane) = self.lanes.get(&lane) else { return };
        if let Some((_, control)) = lane.controls.iter().find(|(id, _)| *id == attempt) {
            control.set(signal);
        }
    }

    fn kill(&mut self, _: LaneId) {}
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
}

impl LaneLoop {
    fn run(self) {
        for Work { assignment, control } in &self.work {
            let attempt = assignment.attempt;
            let mut finish = FinishGuard { reports: &self.reports, lane: self.id, attempt, ended: None };
            let on_progress = |progress| self.board.put(attempt.job, progress);
            finish.ended = Some(task::attempt(&assignment, &self.net, &control, &on_progress));
        }
    }
}

/// Reports the end of an attempt when dropped, so that there is exactly one report whatever happens.
struct FinishGuard<'a> {
    reports: &'a Sender<Report>,
    lane: LaneId,
    attempt: AttemptId,
    ended: Option<(Result<Output, Failure>, Timing)>,
}

impl Drop for FinishGuard<'_> {
    fn drop(&mut self) {
        let (result, timing) = self.ended.take().unwrap_or_else(|| {
            let failure = Failure::new(ErrorKind::Crashed, "The lane's thread panicked outside of its task");
            (Err(failure), Timing::default())
        });
        // Nobody listens any more once the engine has ended.
        self.reports.send(Report::Finished { lane: self.lane, attempt: self.attempt, result, timing }).ok();
    }
}
