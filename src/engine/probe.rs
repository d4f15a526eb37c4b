//! Whether a worker's sandbox holds: a real worker tries what it must not be able to do.

use super::executor::{LaneReport, Report, Worker};
use super::{Board, EngineConfig};
use crate::model::probe::{Bait, Probe, Probing};
use crate::model::{Assignment, AttemptId, Confinement, ErrorKind, Files, InForce, JobId, Posture, Task};
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a worker may take over one probe. The longest is ended by a limit of a second of CPU, which a busy machine takes
/// its time to give.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a probe takes before it gives up on being stopped.
const MOST_MEMORY: u64 = 640 << 20;
const MOST_TIME: Duration = Duration::from_secs(4);

/// What came of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// What was tried.
    pub probe: Probe,
    /// Whether it was prevented.
    pub denied: bool,
    /// How: the system's answer, or how the worker ended.
    pub how: String,
}

/// What a worker for pictures has, and what came of each probe.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// What keeps it apart.
    pub posture: Posture,
    /// In the order of [`Probe::ALL`].
    pub probes: Vec<Probed>,
}

/// Has real workers try everything that a sandbox is to prevent, on things that are there: a file, a folder, a
/// listening port, this process.
///
/// # Errors
///
/// Fails where one of these things cannot be had, or a worker cannot start.
pub fn probe_sandbox(config: &EngineConfig) -> io::Result<Sandbox> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    std::fs::write(&file, "bait")?;
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let secret = Box::new(*b"a secret");
    let bait = Bait {
        file,
        folder: folder.path().to_owned(),
        program: program_that_ends_well(),
        tcp: tcp.local_addr()?.port(),
        udp: udp.local_addr()?.port(),
        process: std::process::id(),
        address: std::ptr::from_ref(&*secret).addr() as u64,
        memory_bytes: MOST_MEMORY,
        compute: MOST_TIME,
    };
    let confinement = if config.workers.sandbox { Confinement::Descriptors } else { Confinement::None };
    let mut sandbox = Sandbox { posture: Posture::process(confinement, InForce::default()), probes: Vec::new() };
    for (number, probe) in Probe::ALL.into_iter().enumerate() {
        let output = folder.path().join(format!("{}.part", probe.as_str()));
        let assignment = Assignment {
            attempt: AttemptId { job: JobId(number as u32), number: 1 },
            task: Task::Probe(Box::new(Probing { probe, bait: bait.clone() })),
            files: Files { input: None, output },
        };
        let (posture, denied, how) = try_one(&config.worker_program, confinement, assignment)?;
        sandbox.posture = posture.unwrap_or(sandbox.posture);
        sandbox.probes.push(Probed { probe, denied, how });
    }
    Ok(sandbox)
}

/// Runs one probe in a worker of its own. Answers what that had, whether the probe was prevented, and how.
fn try_one(
    program: &Path,
    confinement: Confinement,
    assignment: Assignment,
) -> io::Result<(Option<Posture>, bool, String)> {
    let (sender, reports) = crossbeam_channel::bounded(64);
    let mut worker = Worker::spawn(program, 0, confinement, &sender, &Arc::new(Board::default()))?;
    worker.run(assignment);
    let until = Instant::now() + PATIENCE;
    let mut posture = None;
    loop {
        match reports.recv_deadline(until) {
            Ok(Report::WorkerUp { in_force, .. }) => posture = Some(Posture::process(confinement, in_force)),
            Ok(Report::Worker(_, LaneReport::Finished { result, .. })) => {
                let (denied, how) = match result {
                    Ok(output) => (false, output.name),
                    Err(failure) => (failure.kind == ErrorKind::Permission, failure.sentence),
                };
                return Ok((posture, denied, how));
            }
            Ok(Report::WorkerGone { cause, .. }) => {
                let death = worker.bury(cause);
                return Ok((posture, death.by_signal, format!("the worker {}", death.cause)));
            }
            Ok(_) => {}
            Err(_) => return Ok((posture, false, format!("no answer within {} s", PATIENCE.as_secs()))),
        }
    }
}

fn program_that_ends_well() -> std::path::PathBuf {
    let usual = ["/bin/true", "/usr/bin/true"].map(Path::new);
    usual.into_iter().find(|path| path.exists()).unwrap_or(Path::new("true")).to_owned()
}
