//! The engine's own costs: `cargo bench --bench engine`, or `make bench-engine` for the same beside Python's executors.
//! One JSON line for each figure on standard output. `--only a,b` names measures; QUICK=1 takes fewer rounds.

mod figures;

use figures::{is_quick, percentile, say, tell};
use millrace::engine::{Engine, EngineConfig};
use millrace::model::message::TaskResult;
use millrace::model::{
    Batch, BatchOptions, Command, Event, JobId, JobSpec, JobState, LaneCounts, Light, Mode, Selection,
};
use millrace::store::Queue;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Workers, as on the other side of the comparison.
const WORKERS: u16 = 2;

/// The numbers in the documentation of Python's `concurrent.futures`.
const PRIMES: [u64; 6] = [
    112_272_535_095_293,
    112_582_705_942_171,
    112_272_535_095_293,
    115_280_095_190_773,
    115_797_848_077_099,
    1_099_726_899_285_419,
];

/// A prime that takes minutes to be told as one.
const LONG: u64 = 18_446_744_073_709_551_557;

/// Rounds of arithmetic that take about 20 ms.
const ROUNDS: u32 = 15_000_000;

/// A measure, and what makes it.
type Measure = (&'static str, fn());

fn main() {
    let measures: [Measure; 8] = [
        ("tiny_tasks_per_second", tiny_tasks),
        ("round_trip", round_trip),
        ("crash", crash),
        ("bytes_per_queued_task", bytes_per_queued_task),
        ("queue_1m_journalled_s", journalled),
        ("resume_1m_s", || ()),
        ("innocents_lost", innocents_lost),
        ("primes_s", primes),
    ];
    let arguments: Vec<String> = std::env::args().collect();
    let only = arguments.iter().position(|argument| argument == "--only").and_then(|at| arguments.get(at + 1));
    let wanted =
        |name: &str| only.is_none_or(|only| only.split(',').any(|one| one.starts_with(name) || name.starts_with(one)));
    for (name, measure) in measures.into_iter().filter(|(name, _)| wanted(name)) {
        say(&format!("{name} …"));
        measure();
    }
}

fn start(mode: Mode, workers: u16, queue: Option<Queue>) -> Engine {
    let config = EngineConfig {
        mode,
        lanes: LaneCounts { fetch: 1, mill: workers },
        worker_program: PathBuf::from(env!("CARGO_BIN_EXE_millrace")),
        ..EngineConfig::for_this_machine().expect("a config")
    };
    Engine::start(config, queue, || {}).expect("an engine")
}

fn batch(jobs: Vec<JobSpec>, kept: bool) -> Command {
    let options = BatchOptions { kept, ..BatchOptions::to(std::env::temp_dir()) };
    Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs }))
}

fn light(light: impl IntoIterator<Item = Light>) -> Command {
    batch(light.into_iter().map(JobSpec::light).collect(), false)
}

/// Waits for an event that gives something.
fn until<T>(engine: &Engine, mut find: impl FnMut(&Event) -> Option<T>) -> T {
    loop {
        let event = engine.events().recv_timeout(Duration::from_mins(5)).expect("an event in time");
        if let Some(found) = find(&event) {
            return found;
        }
    }
}

/// Waits for the answers of `count` light jobs.
fn answers(engine: &Engine, mut count: usize) {
    while count > 0 {
        count -= until(engine, |event| match event {
            Event::Computed { answers, .. } => Some(answers.len()),
            _ => None,
        });
    }
}

fn warm_up(engine: &Engine) {
    let count = 20_000;
    engine.send(light((0..count).map(Light::Echo)));
    answers(engine, count as usize);
}

fn tiny_tasks() {
    let (count, rounds): (u64, _) = if is_quick() { (1_000_000, 3) } else { (4_000_000, 5) };
    let engine = start(Mode::Processes, WORKERS, None);
    warm_up(&engine);
    let rate = |_| {
        let started = Instant::now();
        engine.send(light((0..count).map(Light::Echo)));
        answers(&engine, count as usize);
        count as f64 / started.elapsed().as_secs_f64()
    };
    tell("tiny_tasks_per_second", "millrace", (0..rounds).map(rate).collect(), "1/s");
}

fn round_trip() {
    let engine = start(Mode::Processes, WORKERS, None);
    warm_up(&engine);
    let rounds = if is_quick() { 2_000 } else { 20_000 };
    let mut figures: Vec<f64> = (0..rounds)
        .map(|number| {
            let started = Instant::now();
            engine.send(light([Light::Echo(number)]));
            answers(&engine, 1);
            started.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    tell("round_trip_p50_us", "millrace", vec![percentile(&figures, 0.5)], "us");
    tell("round_trip_p99_us", "millrace", vec![percentile(&figures, 0.99)], "us");
}

/// A worker is killed over a task that nobody wants any more, while another waits behind it.
fn crash() {
    let rounds = if is_quick() { 11 } else { 51 };
    let (mut noticed, mut next_done) = (Vec::new(), Vec::new());
    let engine = start(Mode::Processes, 1, None);
    engine.send(light([Light::Echo(0)]));
    let mut pid = until(&engine, worker_pid);
    answers(&engine, 1);
    for round in 0..rounds {
        // The worker that is ready to take over has time to come up.
        std::thread::sleep(Duration::from_millis(30));
        engine.send(light([Light::IsPrime(LONG)]));
        let first = until(&engine, |event| match event {
            Event::JobsQueued { first, .. } => Some(*first),
            _ => None,
        });
        std::thread::sleep(Duration::from_millis(5));
        engine.send(Command::Cancel(Selection::Jobs(vec![first])));
        engine.send(light([Light::Echo(round)]));
        std::thread::sleep(Duration::from_millis(5));
        let killed = Instant::now();
        kill(pid);
        let ended = |event: &Event| matches!(event, Event::JobFinished(report) if report.job == first).then_some(());
        until(&engine, ended);
        noticed.push(killed.elapsed().as_secs_f64() * 1e3);
        let mut new_pid = None;
        until(&engine, |event| {
            new_pid = worker_pid(event).or(new_pid);
            matches!(event, Event::Computed { .. }).then_some(())
        });
        next_done.push(killed.elapsed().as_secs_f64() * 1e3);
        pid = new_pid.expect("another worker");
    }
    tell("crash_noticed_ms", "millrace", noticed, "ms");
    tell("crash_next_task_done_ms", "millrace", next_done, "ms");
}

fn worker_pid(event: &Event) -> Option<u32> {
    match event {
        Event::WorkerStarted { pid, .. } => Some(*pid),
        _ => None,
    }
}

#[cfg(unix)]
fn kill(pid: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    kill_process(Pid::from_raw(pid.cast_signed()).expect("a pid"), Signal::KILL).expect("killed");
}

#[cfg(not(unix))]
fn kill(_: u32) {
    unimplemented!("killing by number")
}

fn links(count: u32) -> Vec<JobSpec> {
    let link = |number: u32| {
        let url = format!("http://host.example/photos/of/the/year/2026/{number:07}.jpg");
        JobSpec::link(url.clone(), &url, None)
    };
    (0..count).map(link).collect()
}

/// What a million links that wait take in memory, by what the process holds before and after. This must run in a process
/// of its own: memory that an earlier measure gave back would be used again.
fn bytes_per_queued_task() {
    let count = 1_000_000;
    let engine = start(Mode::Mixed, WORKERS, None);
    engine.send(Command::Pause(Selection::All));
    let paused = |event: &Event| matches!(event, Event::SettingsChanged { paused: true, .. }).then_some(());
    until(&engine, paused);
    let before = resident_bytes();
    let jobs = links(count);
    let of_links: usize = jobs.iter().map(|job| job.input().len()).sum();
    engine.send(batch(jobs, false));
    until(&engine, |event| matches!(event, Event::JobsQueued { .. }).then_some(()));
    // Whatever the engine does after telling has an end when it answers the next command.
    engine.send(Command::Pause(Selection::Jobs(vec![JobId(0)])));
    until(&engine, |event| matches!(event, Event::JobChanged { .. }).then_some(()));
    let taken = resident_bytes().saturating_sub(before).saturating_sub(of_links as u64);
    tell("bytes_per_queued_task", "millrace", vec![taken as f64 / f64::from(count)], "bytes");
}

fn resident_bytes() -> u64 {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
    let pid = Pid::from_u32(std::process::id());
    let mut system = System::new().expect("the system's figures");
    let refresh = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, refresh);
    system.process(pid).map_or(0, sysinfo::Process::memory)
}

/// A million links queued until the journal has them, and taken up again by the next program.
fn journalled() {
    let rounds = if is_quick() { 1 } else { 5 };
    let (mut queued, mut resumed) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        queued.push(queue_a_million(folder.path()));
        resumed.push(resume_a_million(folder.path()));
    }
    tell("queue_1m_journalled_s", "millrace", queued, "s");
    tell("resume_1m_s", "millrace", resumed, "s");
}

fn queue_a_million(folder: &Path) -> f64 {
    let (queue, _) = Queue::open(folder).expect("a queue");
    let engine = start(Mode::Mixed, WORKERS, Some(queue));
    engine.send(Command::Pause(Selection::All));
    let jobs = links(1_000_000);
    let started = Instant::now();
    engine.send(batch(jobs, true));
    // Events go out only once what came before them is kept.
    until(&engine, |event| matches!(event, Event::JobsQueued { .. }).then_some(()));
    started.elapsed().as_secs_f64()
}

fn resume_a_million(folder: &Path) -> f64 {
    let started = Instant::now();
    let (queue, complaint) = Queue::open(folder).expect("a queue");
    assert_eq!(complaint, None);
    assert_eq!(queue.unfinished().expect("read"), 1_000_000);
    let engine = start(Mode::Mixed, WORKERS, Some(queue));
    engine.send(Command::Pause(Selection::All));
    engine.send(Command::GoOn);
    let jobs = until(&engine, |event| match event {
        Event::JobsQueued { batch, .. } => Some(batch.jobs.len()),
        _ => None,
    });
    assert_eq!(jobs, 1_000_000);
    started.elapsed().as_secs_f64()
}

/// 200 tasks of 20 ms on two workers. When 49 are done, the worker that runs the next is killed. How many others have no
/// answer in the end?
fn innocents_lost() {
    let engine = start(Mode::Processes, WORKERS, None);
    engine.send(light((0..200).map(|number| Light::Busy { number, rounds: ROUNDS })));
    let (mut workers, mut done, mut failed, mut charged) = (HashMap::new(), 0, 0, 0);
    while done + failed < 200 {
        until(&engine, |event| {
            match event {
                Event::WorkerStarted { lane, pid, .. } => {
                    workers.insert(*lane, *pid);
                }
                Event::Computed { lane, answers, .. } => {
                    let before = done;
                    done += answers.len();
                    if before < 49 && done >= 49 {
                        // It begins its next task now.
                        std::thread::sleep(Duration::from_millis(5));
                        kill(workers[lane]);
                    }
                }
                Event::TaskFinished { result: TaskResult::Failed { .. }, .. } => charged += 1,
                Event::JobFinished(report) if report.outcome.state() != JobState::Done => failed += 1,
                _ => {}
            }
            Some(())
        });
    }
    assert_eq!(charged, 1, "the crash is charged to the task that ran, and to no other");
    tell("innocents_lost", "millrace", vec![failed as f64], "tasks");
}

fn primes() {
    let rounds = if is_quick() { 1 } else { 3 };
    for mode in [Mode::Serial, Mode::Threads, Mode::Processes] {
        // With the start and the end of the lanes, as on the other side.
        let seconds = |_| {
            let started = Instant::now();
            let engine = start(mode, WORKERS, None);
            engine.send(light(PRIMES.map(Light::IsPrime)));
            answers(&engine, PRIMES.len());
            drop(engine);
            started.elapsed().as_secs_f64()
        };
        tell("primes_s", &format!("millrace {mode}"), (0..rounds).map(seconds).collect(), "s");
    }
}
