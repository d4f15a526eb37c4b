//! What somebody wants the Lab to compare.

use super::{LabMode, Nature, Parameters, Workload};
use crate::model::LaneCounts;
use thiserror::Error;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Of what.
    pub workload: Workload,
    /// With how much of it.
    pub parameters: Parameters,
    /// In which modes, each once.
    pub modes: Vec<LabMode>,
    /// With how many lanes. In serial mode there is always one.
    pub workers: Vec<u16>,
    /// How often each.
    pub runs: u32,
    /// Whether Python shows the same.
    pub python: bool,
}

/// Why a request makes no sense: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unfit(String);

/// The most runs of each kind: a coffee, not a night.
const MAX_RUNS: u32 = 100;

/// The longest that a single task may wait or compute, in milliseconds.
const MAX_WAIT_MS: u64 = 60_000;

/// The most tasks of one run: a lane of processes does some thousands a second.
const MAX_TASKS: u32 = 100_000;

/// The most tasks of all runs together: each is remembered until the end.
const MAX_TASKS_OF_ALL: u64 = 1_000_000;

/// The most lines that one run prints.
const MAX_LINES: u64 = 2_000_000;

/// The most tasks of a run of each workload: as many as have room in memory and on a disk, with what they work on.
fn most_tasks(workload: Workload) -> u32 {
    match workload {
        Workload::Frames => 200,
        Workload::Images | Workload::Both | Workload::Download => 400,
        Workload::Print => 64,
        Workload::Fetch | Workload::Titles | Workload::Crash => 2000,
        Workload::Queries | Workload::Counter | Workload::Heavy => 10_000,
        _ => MAX_TASKS,
    }
}

/// The largest number whose square goes into 64 bits.
const LARGEST_ROOT: u64 = u32::MAX as u64;

impl Request {
    /// Every mode, with what fits a machine with so many cores.
    pub fn new(workload: Workload, cores: u16) -> Request {
        let parameters = Parameters::of(workload);
        let workers = match workload.nature() {
            Nature::Waits => 8.min(parameters.tasks as u16),
            Nature::Computes | Nature::Mixes => cores.clamp(2, 8),
            Nature::Shows if matches!(workload, Workload::Print | Workload::Deadlock | Workload::Freeze) => 2,
            Nature::Shows => cores.clamp(2, 4),
        };
        let runs = match workload {
            Workload::Sleep | Workload::Heavy | Workload::Both => 2,
            Workload::Timeout | Workload::Crash | Workload::Freeze => 1,
            _ => 3,
        };
        Request { workload, parameters, modes: LabMode::ALL.to_vec(), workers: vec![workers], runs, python: false }
    }

    /// Whether it can be run.
    ///
    /// # Errors
    ///
    /// Fails for the first thing that cannot be, with a sentence about it: modes, workers or times that are missing,
    /// counts and times that are 0 or too large, and what the workload does not take.
    pub fn check(&self) -> Result<(), Unfit> {
        let unfit = |sentence: String| Err(Unfit(sentence));
        let Parameters { tasks, waits_ms, chunk, timeout_ms, lines, times, .. } = &self.parameters;
        let workload = self.workload;
        if self.modes.is_empty() {
            return unfit("name a mode: all, or some of serial, threads, gil, processes".into());
        }
        if let Some(wrong) = self.workers.iter().find(|workers| !(1..=LaneCounts::MAX).contains(*workers)) {
            return unfit(format!("{wrong} workers are not possible; choose 1 to {}", LaneCounts::MAX));
        }
        if self.workers.is_empty() {
            return unfit("name how many workers, such as 4 or 1,2,4".into());
        }
        if !(1..=MAX_RUNS).contains(&self.runs) {
            return unfit(format!("{} runs are not possible; choose 1 to {MAX_RUNS}", self.runs));
        }
        let most = most_tasks(workload);
        let given = [self.parameters.numbers.len(), self.parameters.urls.len(), waits_ms.len()];
        if !(1..=most).contains(tasks) || given.iter().any(|given| *given > most as usize) {
            return unfit(format!("choose 1 to {most} tasks for {workload}"));
        }
        let all = u64::from(*tasks) * u64::from(self.runs) * self.round().len() as u64;
        if all > MAX_TASKS_OF_ALL {
            return unfit(format!(
                "{all} tasks in all runs together are too many; choose fewer tasks, runs or workers, so that it is no more \
                 than {MAX_TASKS_OF_ALL}"
            ));
        }
        if matches!(workload, Workload::Sleep | Workload::Heavy | Workload::Freeze) && waits_ms.is_empty() {
            return unfit("name how long, such as --seconds 1 or --seconds 3,2,1".into());
        }
        if matches!(workload, Workload::Heavy | Workload::Freeze) && waits_ms.len() > 1 {
            return unfit(format!("{workload} takes one time for all its tasks, such as --seconds 1"));
        }
        let longest = waits_ms.iter().copied().max().unwrap_or(0);
        if longest > MAX_WAIT_MS || *timeout_ms > MAX_WAIT_MS || *timeout_ms == 0 {
            return unfit(format!("choose times above 0 and up to {} s", MAX_WAIT_MS / 1000));
        }
        if workload == Workload::Freeze && longest > 5000 {
            return unfit("a window is frozen for at most 5 s; choose a shorter time".into());
        }
        let has_square = |number: &u64| *number <= LARGEST_ROOT;
        if workload == Workload::Squares && !self.parameters.numbers.iter().all(has_square) {
            return unfit(format!("choose numbers up to {LARGEST_ROOT}, whose squares have room"));
        }
        if *chunk == 0 {
            return unfit("a chunk has at least one number".into());
        }
        if !(1..=1_000_000).contains(lines) {
            return unfit(format!("{lines} lines cannot be printed; choose 1 to 1000000 lines"));
        }
        if !(1..=1_000_000_000).contains(times) {
            return unfit(format!("{times} times cannot be added; choose 1 to 1000000000 times"));
        }
        if workload == Workload::Print && u64::from(*tasks) * u64::from(*lines) > MAX_LINES {
            return unfit(format!("all loops together print at most {MAX_LINES} lines; choose fewer lines or tasks"));
        }
        if workload == Workload::Deadlock && !self.workers.iter().all(|workers| *workers >= 2) {
            return unfit("two tasks that wait for each other take two workers; choose at least 2".into());
        }
        Ok(())
    }

    /// What is run in each round: mode and workers.
    pub fn round(&self) -> Vec<(LabMode, u16)> {
        let mut round = Vec::new();
        let mut workers = self.workers.clone();
        workers.sort_unstable();
        workers.dedup();
        for mode in &self.modes {
            match mode {
                LabMode::Serial => round.push((*mode, 1)),
                _ => round.extend(workers.iter().map(|workers| (*mode, *workers))),
            }
        }
        round
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl Fn(&mut Request)) -> String {
        let mut request = Request::new(Workload::Sleep, 4);
        change(&mut request);
        request.check().expect_err("refused").to_string()
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_sentence() {
        assert!(refused(|request| request.workers = vec![0]).contains("0 workers"));
        assert!(refused(|request| request.workers = vec![1, 65]).contains("65 workers"));
        assert!(refused(|request| request.runs = 0).contains("0 runs"));
        assert!(refused(|request| request.modes.clear()).contains("name a mode"));
        assert!(refused(|request| request.parameters.waits_ms.clear()).contains("--seconds"));
        assert!(refused(|request| request.parameters.chunk = 0).contains("chunk"));
        assert!(refused(|request| request.parameters.tasks = 100_001).contains("1 to 100000 tasks"));
        let pictures = |tasks| Parameters { tasks, ..Parameters::of(Workload::Download) };
        let many = Request { parameters: pictures(100_000), ..Request::new(Workload::Download, 2) };
        assert!(many.check().is_err_and(|unfit| unfit.to_string().contains("400 tasks for download")));
        let often = |request: &mut Request| (request.runs, request.parameters.tasks) = (100, 90_000);
        assert!(refused(often).contains("36000000 tasks in all runs together"));
        assert!(refused(|request| request.parameters.timeout_ms = 0).contains("above 0"));
        for workload in Workload::ALL {
            for cores in [1, 2, 64] {
                assert_eq!(Request::new(workload, cores).check(), Ok(()), "{workload}");
            }
        }
    }

    #[test]
    fn serial_is_run_once_however_many_workers_are_compared() {
        let request = Request { workers: vec![4, 1, 2, 1], ..Request::new(Workload::Primes, 2) };
        let round = request.round();
        assert_eq!(round.iter().filter(|(mode, _)| *mode == LabMode::Serial).count(), 1);
        assert_eq!(round.len(), 10);
    }
}
