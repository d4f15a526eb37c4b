//! Runs that never were, for tests.

use crate::model::lab::{Answer, Detail, Figure, LabMode, LabRun, Side, Span, Workload};

/// A run with one span of two seconds, half of it computed.
pub(crate) fn run(mode: LabMode, workers: u16, run: u32, detail: Detail) -> LabRun {
    LabRun {
        event: "lab_run",
        side: Side::Millrace,
        workload: Workload::Squares,
        mode,
        workers,
        run,
        wall_ms: 2000.0 / f64::from(workers),
        cpu_ms: 1000.0,
        startup_ms: 1.0,
        peak_rss_bytes: 20 << 20,
        private_bytes: 8 << 20,
        shared_bytes: 12 << 20,
        task_count: 1,
        busy_ms: 2000.0,
        wait_share: Some(0.5),
        core_wait_ms: 0.0,
        lock_wait_ms: 0.0,
        handovers: 0,
        overhead_us: 20.0,
        longest_ms: 2000.0,
        python_version: None,
        start_method: None,
        detail,
        spans: vec![span("C1", 0, 2_000_000)],
    }
}

pub(crate) fn span(lane: &str, start_us: u64, end_us: u64) -> Span {
    let (lane, name) = (lane.to_owned(), "a task".to_owned());
    Span { lane, pid: 1, name, job: 0, attempt: 1, start_us, end_us, cpu_us: (end_us - start_us) / 2, done: true }
}

/// These outputs, for the numbers from 0 on.
pub(crate) fn of_numbers(outputs: &[u64]) -> Detail {
    let answer = |(input, output): (usize, &u64)| Answer { input: input as u64, output: Figure::Number(*output) };
    Detail::Results { results: outputs.iter().enumerate().map(answer).collect() }
}
