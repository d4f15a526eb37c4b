//! What the Lab's own measuring costs with tasks of 10 ms. In processor time: what the whole program takes beyond the
//! tasks, by the difference between a run of many tasks and one of few, so that preparing and starting are not in it. In
//! time on the clock: what lies between the tasks of one lane, which only a quiet machine tells.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use millrace::engine::{EngineConfig, cpu_time};
use millrace::lab::{self, LabEvent, Session};
use millrace::model::lab::figures::median;
use millrace::model::lab::{LabMode, LabRun, Request, Workload};

const FEW: u32 = 20;
const MANY: u32 = 120;
const TASK_MS: u64 = 10;
const TRIES: usize = 9;

fn main() {
    for mode in [LabMode::Serial, LabMode::Threads, LabMode::Gil] {
        let (mut beyond, mut between) = (Vec::new(), Vec::new());
        for _ in 0..TRIES {
            let (few, few_ms) = in_the_lab(mode, FEW);
            let (many, many_ms) = in_the_lab(mode, MANY);
            let tasks_ms = many.cpu_ms - few.cpu_ms;
            beyond.push((many_ms - few_ms - tasks_ms) / tasks_ms);
            between.push(many.overhead_us / 1e3 / TASK_MS as f64);
        }
        let percent = |shares: &[f64]| median(shares) * 100.0;
        println!(
            "{mode:10} tasks of {TASK_MS} ms: {:.2} % more processor time, {:.2} % of the time between two tasks",
            percent(&beyond),
            percent(&between)
        );
    }
}

/// The run, and the processor time of the whole program from its preparation to its end.
fn in_the_lab(mode: LabMode, tasks: u32) -> (LabRun, f64) {
    let mut request = Request { modes: vec![mode], workers: vec![2], runs: 1, ..lab::request(Workload::Heavy) };
    (request.parameters.tasks, request.parameters.waits_ms) = (tasks, vec![TASK_MS]);
    let config = EngineConfig::for_this_machine().expect("a config");
    let before = cpu_time::of_this_process();
    let session = Session::start(request, config, || {}).expect("a request that makes sense");
    let run = session.events().iter().find_map(|event| match event {
        LabEvent::RunFinished(run) => Some(*run),
        _ => None,
    });
    session.join();
    let took = cpu_time::of_this_process().saturating_sub(before);
    (run.expect("a run"), took.as_secs_f64() * 1e3)
}
