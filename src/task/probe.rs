//! Attempts what a sandbox is there to prevent, so that what is claimed about it is what was seen.

use super::{Ctx, cpu_time};
use crate::model::probe::{Probe, Probing};
use crate::model::{ErrorKind, Failure, Output};
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The piece in which memory and disk are taken.
const PIECE_BYTES: usize = 4 << 20;

/// What came of an attempt.
#[derive(Debug)]
struct Tried {
    /// Whether the system refused it. An attempt that failed for another reason was not refused.
    denied: bool,
    went_through: bool,
    /// What happened: each step, and where it was refused how.
    how: String,
}

impl Tried {
    fn of<T>(step: &str, result: io::Result<T>) -> Tried {
        match result {
            Ok(_) => Tried { denied: false, went_through: true, how: format!("{step}: done") },
            Err(error) => {
                Tried { denied: is_refusal(&error), went_through: false, how: format!("{step}: {}", describe(&error)) }
            }
        }
    }

    /// Denied only if both were.
    #[cfg(unix)]
    fn and(mut self, other: &Tried) -> Tried {
        self.denied &= other.denied;
        self.went_through |= other.went_through;
        self.how = format!("{}; {}", self.how, other.how);
        self
    }
}

/// Makes one attempt in this process. A refusal is a failure with the kind `permission`; an attempt that went through
/// is a success; one that failed for another reason is a failure of another kind.
pub(super) fn run(probing: &Probing, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    let Probing { probe, bait } = probing;
    let tried = match probe {
        Probe::OpenFile => Tried::of("open", File::open(&bait.file)),
        Probe::WriteFile => Tried::of("create", create(&bait.folder)),
        Probe::Execute => Tried::of("run", execute(&bait.program)),
        Probe::Tcp => Tried::of("connect", TcpStream::connect_timeout(&here(bait.tcp), PATIENCE)),
        Probe::Udp => Tried::of("send", send(bait.udp)),
        Probe::SignalParent => signal(bait.process),
        Probe::ReadParentMemory => read_memory(bait.process, bait.address),
        Probe::Allocate => allocate(bait.memory_bytes),
        Probe::Loop => compute(bait.compute),
        Probe::WriteWithoutEnd => Tried::of("write", write_without_end(ctx, bait.memory_bytes)),
    };
    match tried {
        Tried { denied: false, went_through: true, how } => Ok(Output { name: how, ..Output::default() }),
        Tried { denied: true, how, .. } => Err(Failure::new(ErrorKind::Permission, how)),
        Tried { how, .. } => Err(Failure::new(ErrorKind::Io, how)),
    }
}

/// Writes to the output that the task was handed, which is a file that grows without bounds.
fn write_without_end(ctx: &Ctx<'_>, most: u64) -> io::Result<()> {
    let mut file = ctx.handles.output(&ctx.files.output)?;
    let piece = vec![1; PIECE_BYTES];
    for _ in 0..most / PIECE_BYTES as u64 {
        file.write_all(&piece)?;
    }
    Ok(())
}

fn create(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("probe-{}", std::process::id()));
    fs::write(&path, b"written")?;
    fs::remove_file(path)
}

fn execute(program: &Path) -> io::Result<()> {
    // With every stream inherited nothing is opened on the way, so what fails is starting the program.
    let status = Command::new(program).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

fn here(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn send(port: u16) -> io::Result<()> {
    UdpSocket::bind(here(0))?.send_to(b"probe", here(port))?;
    Ok(())
}

#[cfg(unix)]
fn signal(process: u32) -> Tried {
    use rustix::process::{Pid, Signal, kill_process, test_kill_process};
    let Some(target) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
        return Tried::of::<()>("signal", Err(io::ErrorKind::InvalidInput.into()));
    };
    let test = Tried::of("signal 0", test_kill_process(target).map_err(io::Error::from));
    test.and(&Tried::of("SIGURG", kill_process(target, Signal::URG).map_err(io::Error::from)))
}

#[cfg(not(unix))]
fn signal(_process: u32) -> Tried {
    Tried::of::<()>("signal", Err(io::ErrorKind::Unsupported.into()))
}

#[cfg(target_os = "linux")]
fn read_memory(process: u32, address: u64) -> Tried {
    use std::io::Read;
    use std::os::unix::fs::FileExt;
    let memory =
        File::open(format!("/proc/{process}/mem")).and_then(|memory| memory.read_exact_at(&mut [0; 8], address));
    let maps = File::open(format!("/proc/{process}/maps")).and_then(|mut maps| maps.read_exact(&mut [0; 8]));
    Tried::of("memory", memory).and(&Tried::of("maps", maps))
}

#[cfg(not(target_os = "linux"))]
fn read_memory(_process: u32, _address: u64) -> Tried {
    Tried::of::<()>("memory", Err(io::ErrorKind::Unsupported.into()))
}

fn allocate(most: u64) -> Tried {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    while (taken.len() * PIECE_BYTES) as u64 <= most {
        let mut piece = Vec::new();
        if let Err(error) = piece.try_reserve_exact(PIECE_BYTES) {
            let megabytes = (taken.len() * PIECE_BYTES) >> 20;
            return Tried {
                denied: true,
                went_through: false,
                how: format!("allocate: {error}, after {megabytes} MiB"),
            };
        }
        piece.resize(PIECE_BYTES, 1);
        taken.push(std::hint::black_box(piece));
    }
    Tried { denied: false, went_through: true, how: format!("allocate: {} MiB taken", most >> 20) }
}

fn compute(most: Duration) -> Tried {
    // Not the time on the wall: a busy machine lets others compute meanwhile.
    let start = cpu_time::of_this_thread();
    let mut state = 1_u64;
    while cpu_time::of_this_thread().saturating_sub(start) < most {
        for _ in 0..100_000 {
            state = std::hint::black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
    Tried { denied: false, went_through: true, how: format!("compute: {} ms went by", most.as_millis()) }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::FileTooLarge)
}

#[cfg(unix)]
fn describe(error: &io::Error) -> String {
    let Some(code) = error.raw_os_error() else { return error.to_string() };
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    match rustix::io::Errno::from_raw_os_error(code) {
        rustix::io::Errno::PERM => format!("{text} (EPERM)"),
        rustix::io::Errno::ACCESS => format!("{text} (EACCES)"),
        rustix::io::Errno::FBIG => format!("{text} (EFBIG)"),
        _ => format!("{text} ({code})"),
    }
}

#[cfg(not(unix))]
fn describe(error: &io::Error) -> String {
    error.to_string()
}
