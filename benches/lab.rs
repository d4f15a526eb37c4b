//! What the Lab's own measuring costs: tasks of 10 ms in a run of the Lab, beside the same work in a bare loop.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use millrace::engine::EngineConfig;
use millrace::lab::{self, LabEvent, Session};
use millrace::model::lab::figures::median;
use millrace::model::lab::{LabMode, LabRun, Request, Workload};
use millrace::task::Stopwatch;
use millrace::task::lab::rounds;

const TASKS: u32 = 50;
const TASK_MS: u64 = 10;
const TRIES: usize = 15;

fn main() {
    let work = rounds_of_a_task();
    let mut shares = Vec::new();
    for _ in 0..TRIES {
        let bare = bare_loop(work);
        let run = in_the_lab();
        // The lanes' own time: what other programs take of the cores is no cost of the Lab.
        let lab_ms = run.wall_ms - run.core_wait_ms;
        let tasks_ms = run.busy_ms - run.core_wait_ms;
        let share = (lab_ms - tasks_ms) / tasks_ms;
        println!(
            "bare {bare:.1} ms CPU, in the Lab {:.1} ms CPU, around the tasks {:.3} % of {tasks_ms:.1} ms",
            run.cpu_ms,
            share * 100.0
        );
        shares.push((share, run.cpu_ms / f64::from(TASKS), bare / f64::from(TASKS)));
    }
    let middle = |pick: fn(&(f64, f64, f64)) -> f64| median(&shares.iter().map(pick).collect::<Vec<_>>());
    let (around, lab, bare) = (middle(|one| one.0), middle(|one| one.1), middle(|one| one.2));
    println!("around tasks of {TASK_MS} ms: {:.3} %", around * 100.0);
    println!("CPU of one task: {lab:.3} ms in the Lab, {bare:.3} ms for as many rounds in a bare loop");
}

/// As many as the Lab takes for a task of this length, as near as a machine measures twice the same.
fn rounds_of_a_task() -> u64 {
    const TRIED: u64 = 1 << 18;
    let quickest = (0..40).map(|_| {
        let watch = Stopwatch::start();
        std::hint::black_box(rounds(1, TRIED));
        watch.stop().cpu_us.max(1)
    });
    let quickest = quickest.min().unwrap_or(1);
    TRIED * TASK_MS * 1000 / quickest
}

/// Processor time in milliseconds.
fn bare_loop(work: u64) -> f64 {
    let watch = Stopwatch::start();
    for _ in 0..TASKS {
        std::hint::black_box(rounds(1, work));
    }
    watch.stop().cpu_us as f64 / 1e3
}

fn in_the_lab() -> LabRun {
    let mut request = Request { modes: vec![LabMode::Serial], runs: 1, ..lab::request(Workload::Heavy) };
    (request.parameters.tasks, request.parameters.waits_ms) = (TASKS, vec![TASK_MS]);
    let config = EngineConfig::for_this_machine().expect("a config");
    let session = Session::start(request, config, || {}).expect("a request that makes sense");
    let run = session.events().iter().find_map(|event| match event {
        LabEvent::RunFinished(run) => Some(*run),
        _ => None,
    });
    session.join();
    run.expect("a run")
}
