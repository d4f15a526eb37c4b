//! What workers that die leave in the program: nothing. A file of its own, since other tests of the same program would open
//! and close descriptors meanwhile.
#![cfg(target_os = "linux")]

use millrace::engine::{Engine, EngineConfig};
use millrace::model::{Batch, BatchOptions, Command, Event, JobSpec, LaneCounts, Light, Mode};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("descriptors").count()
}

/// Runs light jobs while every worker that comes up is killed, up to eight of them.
fn run_and_kill() {
    let config = EngineConfig {
        mode: Mode::Processes,
        lanes: LaneCounts { fetch: 1, mill: 1 },
        worker_program: PathBuf::from(env!("CARGO_BIN_EXE_millrace")),
        ..EngineConfig::for_this_machine().expect("a config")
    };
    let engine = Engine::start(config, None, || {}).expect("an engine");
    let options = BatchOptions { kept: false, ..BatchOptions::to(std::env::temp_dir()) };
    let jobs = (0..60).map(|number| JobSpec::light(Light::Busy { number, rounds: 3_000_000 })).collect();
    engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
    let (mut kills, until) = (0, Instant::now() + Duration::from_mins(1));
    loop {
        match engine.events().recv_deadline(until).expect("an event in time") {
            Event::WorkerStarted { pid, .. } if kills < 8 => {
                kills += 1;
                // It may have died of the last one.
                kill_process(Pid::from_raw(pid.cast_signed()).expect("a pid"), Signal::KILL).ok();
            }
            Event::BatchFinished(_) => break,
            _ => {}
        }
    }
    assert_eq!(kills, 8, "workers were killed");
}

#[test]
fn no_descriptor_is_left_by_workers_that_die() {
    run_and_kill();
    let after_one = open_descriptors();
    run_and_kill();
    run_and_kill();
    // Threads that read a dead worker's last words may end a moment later.
    let until = Instant::now() + Duration::from_secs(5);
    while open_descriptors() > after_one && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(
        open_descriptors() <= after_one,
        "{after_one} descriptors after one run, {} after three",
        open_descriptors()
    );
}
