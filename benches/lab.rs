//! What the Lab's own measuring costs with tasks of 10 ms. In processor time: what the whole program takes beyond the
//! tasks, by the difference between a run of many tasks and one of few, so that preparing and starting are not in it. In
//! time on the clock: what lies between the tasks of one lane, which only a quiet machine tells.

mod figures;

use figures::{is_quick, tell};
use millrace::engine::{EngineConfig, cpu_time};
use millrace::lab::{self, LabEvent, Session};
use millrace::model::lab::{LabMode, LabRun, Request, Workload};
use std::path::PathBuf;
use std::time::Duration;

const FEW: u32 = 20;
const MANY: u32 = 220;
const TASK_MS: u64 = 10;

fn main() {
    let tries = if is_quick() { 3 } else { 9 };
    for mode in LabMode::ALL {
        let (mut beyond, mut between) = (Vec::new(), Vec::new());
        for _ in 0..tries {
            let (few, few_ms) = in_the_lab(mode, FEW);
            let (many, many_ms) = in_the_lab(mode, MANY);
            let tasks_ms = many.cpu_ms - few.cpu_ms;
            beyond.push((many_ms - few_ms - tasks_ms) / tasks_ms * 100.0);
            between.push(many.overhead_us / 1e3 / TASK_MS as f64 * 100.0);
        }
        let who = format!("millrace {mode}");
        // Elsewhere what ended workers computed is not known.
        if cfg!(target_os = "linux") || mode != LabMode::Processes {
            tell("lab_more_cpu", &who, beyond, "%");
        }
        tell("lab_between_tasks", &who, between, "%");
    }
}

/// The run, and the processor time of the whole program and its workers from its preparation to its end.
fn in_the_lab(mode: LabMode, tasks: u32) -> (LabRun, f64) {
    let mut request = Request { modes: vec![mode], workers: vec![2], runs: 1, ..lab::request(Workload::Heavy) };
    (request.parameters.tasks, request.parameters.waits_ms) = (tasks, vec![TASK_MS]);
    let worker_program = PathBuf::from(env!("CARGO_BIN_EXE_millrace"));
    let config = EngineConfig { worker_program, ..EngineConfig::for_this_machine().expect("a config") };
    let before = cpu_time::of_this_process() + of_ended_children();
    let session = Session::start(request, config, || {}).expect("a request that makes sense");
    let run = session.events().iter().find_map(|event| match event {
        LabEvent::RunFinished(run) => Some(*run),
        _ => None,
    });
    session.join();
    let took = (cpu_time::of_this_process() + of_ended_children()).saturating_sub(before);
    (run.expect("a run"), took.as_secs_f64() * 1e3)
}

/// The kernel tells it in steps of 10 ms.
fn of_ended_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ').skip(13).take(2);
    Duration::from_millis(fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10)
}
