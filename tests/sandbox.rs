//! What a worker for pictures must not be able to do, tried by a real one.
#![cfg(target_os = "linux")]

use millrace::engine::{EngineConfig, WorkerPolicy, probe_sandbox};
use millrace::model::probe::Probe;
use std::path::PathBuf;

fn config(sandbox: bool) -> EngineConfig {
    EngineConfig {
        worker_program: PathBuf::from(env!("CARGO_BIN_EXE_millrace")),
        workers: WorkerPolicy { sandbox, ..WorkerPolicy::default() },
        ..EngineConfig::for_this_machine().expect("a config")
    }
}

#[test]
fn what_the_starter_left_open_is_not_inherited() {
    use std::os::fd::AsRawFd;
    let open = rustix::io::dup(std::fs::File::open("/dev/null").expect("a file")).expect("without close-on-exec");
    millrace::worker::inherit_nothing();
    let path = format!("/proc/self/fd/{}", open.as_raw_fd());
    let seen = std::process::Command::new("test").args(["-e", &path]).status().expect("started");
    assert!(!seen.success(), "{path} was inherited");
}

#[test]
fn a_worker_for_pictures_is_refused_everything() {
    let sandbox = probe_sandbox(&config(true)).expect("probed");
    if !sandbox.posture.seccomp {
        println!("this kernel has no seccomp filters: {:?}", sandbox.posture);
        assert!(sandbox.posture.badge.contains("not sandboxed") || sandbox.posture.badge.contains("partly"));
        return;
    }
    assert_eq!((sandbox.posture.files, sandbox.posture.network), ("descriptors", "none"));
    assert!(sandbox.posture.no_new_privs && sandbox.posture.rlimits);
    for probed in &sandbox.probes {
        println!("{:<20} {}", probed.probe.as_str(), probed.how);
        assert!(probed.denied, "{probed:?}");
        let expected = match probed.probe {
            Probe::Loop => "SIGXCPU",
            Probe::WriteWithoutEnd => "EFBIG",
            Probe::Allocate => "memory",
            _ => "EPERM",
        };
        assert!(probed.how.contains(expected), "{probed:?}");
    }
    assert_eq!(sandbox.probes.len(), Probe::ALL.len());
}

/// Without the sandbox each probe goes through: what stops them above is the sandbox and nothing else.
#[test]
fn without_the_sandbox_each_probe_goes_through() {
    let sandbox = probe_sandbox(&config(false)).expect("probed");
    assert!(!sandbox.posture.seccomp && sandbox.posture.badge.contains("not sandboxed"));
    for probed in &sandbox.probes {
        assert!(!probed.denied, "{probed:?}");
    }
}
