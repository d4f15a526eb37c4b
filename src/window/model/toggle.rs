//! What a switch of the mode costs and buys, in one line made of what was measured: how long its workers took to start,
//! how much memory each holds, and what keeps them apart.

use super::super::format;
use crate::model::{ExecutorKind, LaneId, Mode, Moment, Pool};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long the line waits for workers that are starting.
const PATIENCE: Duration = Duration::from_secs(3);
/// And how long for more of them, once one is there.
const SETTLE: Duration = Duration::from_millis(600);

/// A worker process that came up.
#[derive(Debug, Clone, Copy)]
struct Worker {
    pid: u32,
    start_us: u64,
    is_confined: bool,
    /// What it held when that was looked at; 0 where the system does not tell.
    bytes: Option<u64>,
}

/// What is known of workers, and whether a line is owed.
#[derive(Debug, Default)]
pub(crate) struct Toggle {
    workers: BTreeMap<LaneId, Worker>,
    /// Those of the last mode with workers: how many, what each took to start and holds, and whether they are confined.
    measured: Option<Measured>,
    owed: Option<(Mode, Mode, Moment)>,
    came_up_at: Option<Moment>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Measured {
    count: usize,
    start_us: u64,
    bytes: Option<u64>,
    is_confined: bool,
}

/// What else the line is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// Whether work goes on, so that workers start.
    pub(crate) is_active: bool,
    pub(crate) speed_up: Option<f64>,
    pub(crate) cores: usize,
}

impl Toggle {
    /// Somebody switched.
    pub(crate) fn switched(&mut self, from: Mode, to: Mode, at: Moment) {
        if from != to {
            self.measured = self.measure().or(self.measured);
            (self.owed, self.came_up_at) = (Some((from, to, at)), None);
        }
    }

    pub(crate) fn came_up(&mut self, lane: LaneId, (pid, start_us, is_confined): (u32, u64, bool), at: Moment) {
        self.workers.insert(lane, Worker { pid, start_us, is_confined, bytes: None });
        self.came_up_at = Some(at);
    }

    pub(crate) fn closed(&mut self, lane: LaneId) {
        self.measured = self.measure().or(self.measured);
        self.workers.remove(&lane);
    }

    /// The workers whose memory is worth looking at now.
    pub(crate) fn unweighed(&self) -> Vec<u32> {
        let of = |worker: &Worker| worker.bytes.is_none().then_some(worker.pid);
        self.workers.values().filter_map(of).collect()
    }

    /// Takes in what processes hold. One of which the system tells nothing is not asked about again.
    pub(crate) fn weighed(&mut self, bytes: &[(u32, Option<u64>)]) {
        for worker in self.workers.values_mut() {
            let own = bytes.iter().find(|(pid, _)| *pid == worker.pid);
            worker.bytes = own.map(|own| own.1.unwrap_or(0)).or(worker.bytes);
        }
    }

    fn measure(&self) -> Option<Measured> {
        let count = self.workers.len();
        let mut starts: Vec<u64> = self.workers.values().map(|worker| worker.start_us).collect();
        starts.sort_unstable();
        let weighed: Vec<u64> =
            self.workers.values().filter_map(|worker| worker.bytes.filter(|bytes| *bytes > 0)).collect();
        let bytes = (!weighed.is_empty()).then(|| weighed.iter().sum::<u64>() / weighed.len() as u64);
        let is_confined = self.workers.values().all(|worker| worker.is_confined);
        Some(Measured { count, start_us: *starts.get(count / 2)?, bytes, is_confined })
    }

    /// The line, once there is enough to make it of. It is told once.
    pub(crate) fn line(&mut self, now: Moment, known: Known) -> Option<String> {
        let (from, to, at) = self.owed?;
        if has_workers(to) && now - at < PATIENCE {
            let is_settled = self.came_up_at.is_some_and(|up| now - up >= SETTLE);
            if known.is_active && !is_settled || !self.unweighed().is_empty() {
                return None;
            }
        }
        self.owed = None;
        Some(self.words(from, to, known))
    }

    /// Whether a line is owed and something may still be measured for it.
    pub(crate) fn is_waiting(&self) -> bool {
        self.owed.is_some()
    }

    fn words(&self, from: Mode, to: Mode, known: Known) -> String {
        let workers = |measured: Measured| {
            let memory = measured.bytes.map(|bytes| format!(" and {}", format::bytes(bytes))).unwrap_or_default();
            let start = format::span(Duration::from_micros(measured.start_us));
            let confined = if measured.is_confined { "sandboxed" } else { "not fully sandboxed" };
            (format::counted(measured.count, "worker"), format!("started in {start}{memory} each, {confined}"))
        };
        let now = self.measure();
        let given_back = || {
            let was = self.measured.filter(|_| has_workers(from))?;
            let bytes = was.bytes? * was.count as u64;
            Some(format!("; the {} of {} are given back", format::bytes(bytes), format::counted(was.count, "worker")))
        };
        match to {
            Mode::Serial => {
                let given_up = known.speed_up.filter(|ratio| *ratio >= 1.1);
                let cost = given_up.map(|ratio| format!(", so the {ratio:.1}× of before are given up"));
                format!("Switched to Serial: one thing at a time{}", cost.unwrap_or_default())
            }
            Mode::Threads => format!(
                "Switched to Threads: nothing to start, all {} cores, one memory: a decoder that crashes costs the whole program{}",
                known.cores,
                given_back().unwrap_or_default()
            ),
            Mode::Processes | Mode::Mixed => {
                let (name, costs) = match to {
                    Mode::Mixed => (
                        "Switched to Mixed: downloads on threads, conversions in processes",
                        "a crash costs one picture",
                    ),
                    _ => ("Switched to Processes", "a crash costs one file"),
                };
                match now.or(self.measured).map(workers) {
                    Some((count, each)) if now.is_some() => format!("{name}: {count} {each}: {costs}"),
                    Some((_, each)) => {
                        format!("{name}: workers start with their first task; the last ones {each}: {costs}")
                    }
                    None => format!("{name}: a worker starts with the first task of its lane: {costs}"),
                }
            }
        }
    }
}

/// Whether a mode has lanes that are processes.
fn has_workers(mode: Mode) -> bool {
    [Pool::Fetch, Pool::Mill].into_iter().any(|pool| mode.executor_of(pool) == ExecutorKind::Processes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: Known = Known { is_active: true, speed_up: Some(3.84), cores: 2 };
    const IDLE: Known = Known { is_active: false, ..BUSY };

    fn at(ms: u64) -> Moment {
        Moment(ms * 1000)
    }

    #[test]
    fn the_line_waits_for_its_workers_and_tells_what_they_took() {
        let mut toggle = Toggle::default();
        toggle.switched(Mode::Threads, Mode::Processes, at(0));
        assert_eq!(toggle.line(at(10), BUSY), None, "nothing is measured yet");
        toggle.came_up(LaneId(1), (11, 9_000, true), at(20));
        toggle.came_up(LaneId(2), (12, 9_400, true), at(30));
        assert_eq!(toggle.unweighed(), [11, 12]);
        toggle.weighed(&[(11, Some(10_000_000)), (12, Some(12_000_000))]);
        assert_eq!(toggle.line(at(200), BUSY), None, "more may come");
        let line =
            "Switched to Processes: 2 workers started in 9.4 ms and 11.0 MB each, sandboxed: a crash costs one file";
        assert_eq!(toggle.line(at(700), BUSY).as_deref(), Some(line));
        assert_eq!(toggle.line(at(800), BUSY), None, "told once");
    }

    #[test]
    fn the_line_changes_with_what_is_measured() {
        let mut toggle = Toggle::default();
        toggle.switched(Mode::Threads, Mode::Mixed, at(0));
        toggle.came_up(LaneId(1), (11, 250_000, false), at(20));
        toggle.weighed(&[(11, None)]);
        assert!(toggle.unweighed().is_empty(), "asked once");
        let line = "Switched to Mixed: downloads on threads, conversions in processes: 1 worker started in 250 ms each, not fully \
                    sandboxed: a crash costs one picture";
        assert_eq!(toggle.line(at(3000), BUSY).as_deref(), Some(line), "memory that nobody tells is not made up");
    }

    #[test]
    fn at_rest_nothing_is_waited_for() {
        let mut toggle = Toggle::default();
        toggle.switched(Mode::Mixed, Mode::Processes, at(0));
        let line = "Switched to Processes: a worker starts with the first task of its lane: a crash costs one file";
        assert_eq!(toggle.line(at(0), IDLE).as_deref(), Some(line));
        toggle.switched(Mode::Processes, Mode::Processes, at(0));
        assert!(!toggle.is_waiting(), "it was that already");
    }

    #[test]
    fn threads_and_serial_say_what_is_given_up() {
        let mut toggle = Toggle::default();
        toggle.came_up(LaneId(1), (11, 9_000, true), at(0));
        toggle.weighed(&[(11, Some(20_000_000))]);
        toggle.switched(Mode::Mixed, Mode::Threads, at(10));
        toggle.closed(LaneId(1));
        let line = toggle.line(at(10), BUSY).expect("at once");
        assert!(line.contains("all 2 cores, one memory") && line.ends_with("the 20.0 MB of 1 worker are given back"));
        toggle.switched(Mode::Threads, Mode::Serial, at(20));
        let line = "Switched to Serial: one thing at a time, so the 3.8× of before are given up";
        assert_eq!(toggle.line(at(20), BUSY).as_deref(), Some(line));
        toggle.switched(Mode::Serial, Mode::Mixed, at(30));
        let line = toggle.line(at(30), IDLE).expect("at once");
        assert!(line.contains("the last ones started in 9.0 ms and 20.0 MB each"), "{line}");
    }
}
