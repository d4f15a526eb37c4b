//! What many runs come to: middle, spread, speed-up, the law of Amdahl, and what a machine could do at best.

use super::{LabMode, LabRun, Side, Summary};

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

/// What runs come to, by side, mode and workers, in the order of the modes.
pub fn summaries(runs: &[LabRun], cores: u16) -> Vec<Summary> {
    let mut kinds: Vec<(Side, LabMode, u16)> = Vec::new();
    for run in runs {
        let kind = (run.side, run.mode, run.workers);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.sort_by_key(|(side, mode, workers)| (*side == Side::Python, *mode, *workers));
    let of = |(side, mode, workers): (Side, LabMode, u16)| {
        runs.iter().filter(move |run| (run.side, run.mode, run.workers) == (side, mode, workers))
    };
    let middle = |kind, figure: fn(&LabRun) -> f64| median(&of(kind).map(figure).collect::<Vec<_>>());
    let mut summaries = Vec::new();
    for kind in &kinds {
        let (side, mode, workers) = *kind;
        let walls: Vec<f64> = of(*kind).map(|run| run.wall_ms).collect();
        let serial = kinds.iter().find(|(other, mode, _)| *other == side && *mode == LabMode::Serial).copied();
        let median_ms = median(&walls);
        let speedup = serial.filter(|_| median_ms > 0.0).map(|serial| middle(serial, |run| run.wall_ms) / median_ms);
        let work = serial.map(|serial| Work {
            total_ms: middle(serial, |run| run.busy_ms - run.core_wait_ms),
            cpu_ms: middle(serial, |run| run.cpu_ms),
            // As much of it as of all tasks together was no standing in line.
            longest_ms: middle(serial, |run| run.longest_ms * (1.0 - run.core_wait_ms / run.busy_ms.max(0.001))),
        });
        let computing = if mode == LabMode::Gil { 1 } else { cores };
        let work = work.filter(|work| work.total_ms > 0.0);
        summaries.push(Summary {
            side,
            mode,
            workers,
            median_ms,
            spread_ms: spread(&walls),
            speedup,
            ideal: work.map(|work| ideal(work, workers, computing)),
            startup_ms: middle(*kind, |run| run.startup_ms),
            cpu_ms: middle(*kind, |run| run.cpu_ms),
            wait_share: middle(*kind, |run| run.wait_share),
            core_wait_ms: middle(*kind, |run| run.core_wait_ms),
            lock_wait_ms: middle(*kind, |run| run.lock_wait_ms),
            overhead_us: middle(*kind, |run| run.overhead_us),
            peak_rss_bytes: middle(*kind, |run| run.peak_rss_bytes as f64) as u64,
            private_bytes: middle(*kind, |run| run.private_bytes as f64) as u64,
        });
    }
    summaries
}

/// The share of the work that goes side by side, by what threads measured.
pub fn share_of_threads(summaries: &[Summary]) -> Option<f64> {
    let threads = summaries.iter().filter(|summary| summary.side == Side::Millrace && summary.mode == LabMode::Threads);
    let points: Vec<(f64, f64)> =
        threads.filter_map(|summary| Some((f64::from(summary.workers), summary.speedup?))).collect();
    parallel_share(&points)
}

#[cfg(test)]
mod tests {
    use super::*;

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
