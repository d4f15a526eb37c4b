//! What many runs come to: middle, spread, speed-up, the law of Amdahl, and what a machine could do at best.

use super::{Detail, LabMode, LabRun, Side, Summary};

/// From this share of waiting on, work is said to wait.
pub(super) const MOSTLY: f64 = 0.7;

/// The middle one; of an even number, half-way between the two. 0 for none at all.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

/// From the smallest to the largest.
pub fn spread(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    if values.is_empty() { 0.0 } else { largest - smallest }
}

/// The speed-up that Amdahl's law gives for a share of the work that goes side by side.
pub fn amdahl(parallel: f64, workers: f64) -> f64 {
    1.0 / ((1.0 - parallel) + parallel / workers.max(1.0))
}

/// The share that fits measured speed-ups best, by least squares; points are workers and speed-up. `None` where no point
/// has more than one worker.
pub fn parallel_share(points: &[(f64, f64)]) -> Option<f64> {
    // 1/S = 1 - p (1 - 1/n) is a line through the origin in x = 1 - 1/n and y = 1 - 1/S.
    let usable = points.iter().filter(|(workers, speedup)| *workers > 1.0 && *speedup > 0.0);
    let (mut xy, mut xx) = (0.0, 0.0);
    for (workers, speedup) in usable {
        let (x, y) = (1.0 - 1.0 / workers, 1.0 - 1.0 / speedup);
        (xy, xx) = (xy + x * y, xx + x * x);
    }
    (xx > 0.0).then(|| (xy / xx).clamp(0.0, 1.0))
}

/// The work of a serial run, as far as it decides what could be had at best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// The time that all tasks took, one after another.
    pub total_ms: f64,
    /// What they computed of that.
    pub cpu_ms: f64,
    /// The longest of them.
    pub longest_ms: f64,
}

/// The best speed-up that this work could have: no quicker than its longest task, than its lanes side by side, and than the
/// cores that its computing is shared among.
pub fn ideal(work: Work, workers: u16, cores: u16) -> f64 {
    let by_lanes = work.total_ms / f64::from(workers.max(1));
    let by_cores = work.cpu_ms / f64::from(cores.max(1));
    let least = by_lanes.max(by_cores).max(work.longest_ms);
    if least > 0.0 { (work.total_ms / least).max(1.0) } else { 1.0 }
}

/// A time as people say it.
pub fn time(ms: f64) -> String {
    match ms {
        ms if ms >= 1000.0 => format!("{:.2} s", ms / 1e3),
        ms if ms >= 10.0 => format!("{ms:.0} ms"),
        ms if ms >= 0.1 => format!("{ms:.1} ms"),
        ms => format!("{:.0} µs", ms * 1e3),
    }
}

/// The figures of one run, with all that it tried.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    wall_ms: f64,
    cpu_ms: f64,
    startup_ms: f64,
    busy_ms: f64,
    wait_ms: Option<f64>,
    core_wait_ms: f64,
    lock_wait_ms: f64,
    longest_ms: f64,
    overhead_us: f64,
    peak_rss_bytes: u64,
    private_bytes: u64,
}

impl Figures {
    fn of(run: &LabRun) -> Figures {
        Figures {
            wall_ms: run.wall_ms,
            cpu_ms: run.cpu_ms,
            startup_ms: run.startup_ms,
            busy_ms: run.busy_ms,
            wait_ms: run.wait_share.map(|share| share * run.busy_ms),
            core_wait_ms: run.core_wait_ms,
            lock_wait_ms: run.lock_wait_ms,
            longest_ms: run.longest_ms,
            overhead_us: run.overhead_us,
            peak_rss_bytes: run.peak_rss_bytes,
            private_bytes: run.private_bytes,
        }
    }

    /// One after the other: times add up, and of the most of both the larger counts.
    fn and(self, other: Figures) -> Figures {
        Figures {
            wall_ms: self.wall_ms + other.wall_ms,
            cpu_ms: self.cpu_ms + other.cpu_ms,
            startup_ms: self.startup_ms + other.startup_ms,
            busy_ms: self.busy_ms + other.busy_ms,
            wait_ms: self.wait_ms.zip(other.wait_ms).map(|(left, right)| left + right),
            core_wait_ms: self.core_wait_ms + other.core_wait_ms,
            lock_wait_ms: self.lock_wait_ms + other.lock_wait_ms,
            longest_ms: self.longest_ms.max(other.longest_ms),
            overhead_us: self.overhead_us.max(other.overhead_us),
            peak_rss_bytes: self.peak_rss_bytes.max(other.peak_rss_bytes),
            private_bytes: self.private_bytes.max(other.private_bytes),
        }
    }

    fn wait_share(&self) -> Option<f64> {
        self.wait_ms.map(|wait_ms| if self.busy_ms > 0.0 { wait_ms / self.busy_ms } else { 0.0 })
    }
}

/// Which of the things that a run tries this is; empty where it is the only one.
fn part(run: &LabRun) -> &'static str {
    match &run.detail {
        Detail::Counted(tally) => tally.lock.as_str(),
        Detail::Locked { order, .. } => order.as_str(),
        Detail::Crashed(crash) => crash.kind.as_str(),
        Detail::Ended { ending, .. } => ending,
        _ => "",
    }
}

/// Runs with how much each tried, and all of it together. Where two sides are compared, only what both tried counts.
fn wholes(runs: &[&LabRun], tried_by_both: impl Fn(&str) -> bool) -> Vec<(usize, Figures)> {
    let mut wholes: Vec<(u32, Vec<&str>, Figures)> = Vec::new();
    for run in runs.iter().filter(|run| tried_by_both(part(run))) {
        let (name, figures) = (part(run), Figures::of(run));
        let lacks_it = |(number, parts, _): &&mut (u32, Vec<&str>, Figures)| {
            *number == run.run && !name.is_empty() && !parts.contains(&name)
        };
        match wholes.iter_mut().find(lacks_it) {
            Some((_, parts, whole)) => {
                parts.push(name);
                *whole = whole.and(figures);
            }
            None => wholes.push((run.run, vec![name], figures)),
        }
    }
    wholes.into_iter().map(|(_, parts, whole)| (parts.len(), whole)).collect()
}

/// Side, mode and workers of runs, each once, in the order of the modes.
pub fn kinds(runs: &[LabRun]) -> Vec<(Side, LabMode, u16)> {
    let mut kinds: Vec<(Side, LabMode, u16)> = Vec::new();
    for run in runs {
        let kind = (run.side, run.mode, run.workers);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.sort_by_key(|(side, mode, workers)| (*side == Side::Python, *mode, *workers));
    kinds
}

/// What runs come to, by side, mode and workers, in the order of the modes.
pub fn summaries(runs: &[LabRun], cores: u16) -> Vec<Summary> {
    let kinds = kinds(runs);
    let side_tried = |side, name: &str| runs.iter().any(|run| run.side == side && part(run) == name);
    let are_both = kinds.iter().any(|(side, ..)| *side == Side::Python);
    let counts = |name: &str| !are_both || (side_tried(Side::Millrace, name) && side_tried(Side::Python, name));
    let of = |(side, mode, workers): (Side, LabMode, u16)| {
        let is_of = |run: &&LabRun| (run.side, run.mode, run.workers) == (side, mode, workers);
        wholes(&runs.iter().filter(is_of).collect::<Vec<_>>(), counts)
    };
    let tried: Vec<Vec<(usize, Figures)>> = kinds.iter().map(|kind| of(*kind)).collect();
    // A run that was stopped after the first of the things that it tries is no run of all of them.
    let all = tried.iter().flatten().map(|(parts, _)| *parts).max().unwrap_or(0);
    let whole = |group: Vec<(usize, Figures)>| group.into_iter().filter(|(parts, _)| *parts == all).map(|(_, it)| it);
    let groups: Vec<Vec<Figures>> = tried.into_iter().map(|group| whole(group).collect()).collect();
    let middle = |group: &[Figures], figure: fn(&Figures) -> f64| median(&group.iter().map(figure).collect::<Vec<_>>());
    let pools = runs.first().map_or(1, |run| run.workload.pools().len() as u16);
    let mut summaries = Vec::new();
    for ((side, mode, workers), group) in kinds.iter().copied().zip(&groups).filter(|(_, group)| !group.is_empty()) {
        let walls: Vec<f64> = group.iter().map(|run| run.wall_ms).collect();
        let is_serial = |kind: &(Side, LabMode, u16)| kind.0 == side && kind.1 == LabMode::Serial;
        let serial = kinds.iter().position(is_serial).map(|place| &groups[place]).filter(|serial| !serial.is_empty());
        let median_ms = median(&walls);
        let speedup = serial.filter(|_| median_ms > 0.0).map(|serial| middle(serial, |run| run.wall_ms) / median_ms);
        let work = serial.map(|serial| Work {
            total_ms: middle(serial, |run| run.busy_ms - run.core_wait_ms),
            cpu_ms: middle(serial, |run| run.cpu_ms),
            // As much of it as of all tasks together was no standing in line.
            longest_ms: middle(serial, |run| run.longest_ms * (1.0 - run.core_wait_ms / run.busy_ms.max(0.001))),
        });
        let is_locked = mode == LabMode::Gil || (side, mode) == (Side::Python, LabMode::Threads);
        let computing = if is_locked { 1 } else { cores };
        // Every pool has as many lanes.
        let lanes = if mode == LabMode::Serial { 1 } else { workers * pools };
        let work = work.filter(|work| work.total_ms > 0.0);
        let waits: Option<Vec<f64>> = group.iter().map(Figures::wait_share).collect();
        summaries.push(Summary {
            side,
            mode,
            workers,
            median_ms,
            spread_ms: spread(&walls),
            speedup,
            ideal: work.map(|work| ideal(work, lanes, computing)),
            startup_ms: middle(group, |run| run.startup_ms),
            cpu_ms: middle(group, |run| run.cpu_ms),
            wait_share: waits.map(|waits| median(&waits)),
            core_wait_ms: middle(group, |run| run.core_wait_ms),
            lock_wait_ms: middle(group, |run| run.lock_wait_ms),
            overhead_us: middle(group, |run| run.overhead_us),
            peak_rss_bytes: middle(group, |run| run.peak_rss_bytes as f64) as u64,
            private_bytes: middle(group, |run| run.private_bytes as f64) as u64,
        });
    }
    summaries
}

/// How many lanes can bring work forward at once: work that waits as many as there are, work that computes no more than
/// there are cores. `None` where nobody ran it one after another.
pub fn most_at_once(summaries: &[Summary], cores: u16) -> Option<u16> {
    let serial = of_millrace(summaries).find(|summary| summary.mode == LabMode::Serial)?;
    Some(if serial.wait_share.is_some_and(|share| share >= MOSTLY) { u16::MAX } else { cores })
}

/// The share of the work that goes side by side, by what a mode measured.
pub fn share_of(mode: LabMode, summaries: &[Summary], cores: u16) -> Option<f64> {
    let most = most_at_once(summaries, cores)?;
    let point = |summary: &Summary| Some((f64::from(summary.workers.min(most)), summary.speedup?));
    let of_mode = of_millrace(summaries).filter(|summary| summary.mode == mode);
    parallel_share(&of_mode.filter_map(point).collect::<Vec<_>>())
}

fn of_millrace(summaries: &[Summary]) -> impl Iterator<Item = &Summary> {
    summaries.iter().filter(|summary| summary.side == Side::Millrace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lab::{CounterLock, Tally, Workload};

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn the_middle_and_the_spread() {
        assert!(near(median(&[3.0, 1.0, 2.0]), 2.0));
        assert!(near(median(&[4.0, 1.0, 2.0, 3.0]), 2.5));
        assert!(near(median(&[]), 0.0));
        assert!(near(spread(&[3.0, 1.0, 2.0]), 2.0));
        assert!(near(spread(&[]), 0.0));
    }

    #[test]
    fn the_share_that_made_the_points_is_found_again() {
        for share in [0.0, 0.3, 0.75, 0.99, 1.0] {
            let points: Vec<(f64, f64)> = [1.0, 2.0, 4.0, 16.0].into_iter().map(|n| (n, amdahl(share, n))).collect();
            assert!(parallel_share(&points).is_some_and(|found| near(found, share)), "{share}");
        }
        assert_eq!(parallel_share(&[(1.0, 1.0)]), None);
        assert_eq!(parallel_share(&[(4.0, 0.5)]), Some(0.0), "slower than serial is nothing side by side");
        assert_eq!(parallel_share(&[(2.0, 4.0)]), Some(1.0));
    }

    fn run(side: Side, mode: LabMode, workers: u16, wall_ms: f64) -> LabRun {
        LabRun {
            event: "lab_run",
            side,
            workload: Workload::Both,
            mode,
            workers,
            run: 1,
            wall_ms,
            cpu_ms: 0.0,
            startup_ms: 1.0,
            peak_rss_bytes: 0,
            private_bytes: 0,
            shared_bytes: 0,
            task_count: 8,
            busy_ms: wall_ms * f64::from(workers),
            wait_share: Some(1.0),
            core_wait_ms: 0.0,
            lock_wait_ms: 0.0,
            handovers: 0,
            overhead_us: 0.0,
            longest_ms: 1.0,
            python_version: None,
            start_method: None,
            detail: Detail::Nothing {},
            spans: Vec::new(),
        }
    }

    #[test]
    fn two_pools_have_twice_the_lanes() {
        let runs = [run(Side::Millrace, LabMode::Serial, 1, 800.0), run(Side::Millrace, LabMode::Threads, 2, 210.0)];
        let summaries = summaries(&runs, 2);
        assert!(summaries[0].ideal.is_some_and(|ideal| near(ideal, 1.0)), "{summaries:?}");
        assert!(summaries[1].ideal.is_some_and(|ideal| near(ideal, 4.0)), "{summaries:?}");
    }

    #[test]
    fn what_a_run_tries_adds_up_before_the_middle_is_taken_and_both_sides_try_the_same() {
        let counted = |side, mode, number, lock, wall_ms| {
            let tally = Tally { lock, expected: 1, actual: 1, by_process: Vec::new() };
            let plain = run(side, mode, 1, wall_ms);
            LabRun { run: number, workload: Workload::Counter, detail: Detail::Counted(tally), ..plain }
        };
        let own = |number, lock, wall_ms| counted(Side::Millrace, LabMode::Threads, number, lock, wall_ms);
        use CounterLock::{Atomic, Mutex, None as Unlocked};
        let mut runs = vec![own(1, Unlocked, 10.0), own(1, Mutex, 100.0), own(1, Atomic, 1.0)];
        runs.extend([own(2, Unlocked, 12.0), own(2, Mutex, 120.0), own(2, Atomic, 1.0)]);
        let alone = summaries(&runs, 2);
        assert!(near(alone[0].median_ms, 122.0) && near(alone[0].spread_ms, 22.0), "{alone:?}");
        runs.push(counted(Side::Python, LabMode::Threads, 1, Unlocked, 50.0));
        runs.push(counted(Side::Python, LabMode::Threads, 1, Mutex, 500.0));
        let both = summaries(&runs, 2);
        assert!(near(both[0].median_ms, 121.0) && near(both[1].median_ms, 550.0), "{both:?}");
    }

    #[test]
    fn more_lanes_than_cores_are_no_reason_to_call_computing_serial() {
        let computing = |mode, workers, wall_ms| LabRun {
            workload: Workload::Primes,
            wait_share: Some(0.0),
            ..run(Side::Millrace, mode, workers, wall_ms)
        };
        let mut runs = vec![computing(LabMode::Serial, 1, 800.0), computing(LabMode::Threads, 2, 400.0)];
        runs.extend([4, 16].map(|workers| computing(LabMode::Threads, workers, 400.0)));
        let share = share_of(LabMode::Threads, &summaries(&runs, 2), 2);
        assert!(share.is_some_and(|share| near(share, 1.0)), "{share:?}");
        for run in &mut runs {
            run.wait_share = Some(1.0);
        }
        let share = share_of(LabMode::Threads, &summaries(&runs, 2), 2);
        assert!(share.is_some_and(|share| share < 0.7), "waits need no core: {share:?}");
    }

    #[test]
    fn what_could_be_had_follows_from_waiting_cores_and_the_longest_task() {
        let sleeping = Work { total_ms: 6000.0, cpu_ms: 0.0, longest_ms: 3000.0 };
        assert!(near(ideal(sleeping, 3, 1), 2.0), "as long as the longest");
        let computing = Work { total_ms: 8000.0, cpu_ms: 8000.0, longest_ms: 1000.0 };
        assert!(near(ideal(computing, 8, 2), 2.0), "as many as there are cores");
        assert!(near(ideal(computing, 4, 8), 4.0), "as many as there are lanes");
        let half = Work { total_ms: 8000.0, cpu_ms: 4000.0, longest_ms: 100.0 };
        assert!(near(ideal(half, 8, 1), 2.0), "while one waits another computes");
        assert!(near(ideal(Work { total_ms: 0.0, cpu_ms: 0.0, longest_ms: 0.0 }, 4, 4), 1.0));
    }
}
