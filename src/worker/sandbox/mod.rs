//! Confines a worker process. Confining goes in two halves around the start of the helper threads, because Landlock
//! binds only the thread that asks for it and those started later, while the system call filter has to leave room
//! for what starting up needs. Every layer is best effort: where the kernel lacks one, the worker goes on, and
//! [`InForce`] says so. Nothing here can be undone, so only a process that was made to be a worker calls it.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod seccomp;

#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

use crate::model::probe::Probe;
use crate::model::{Confinement, InForce, Task};
use std::time::Duration;

pub(in crate::worker) use system::Limits;

/// What the next task may use, on top of what the process uses when the task starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::worker) struct Allowance {
    /// Address space. An allocation beyond it fails.
    pub(in crate::worker) memory_bytes: u64,
    /// Time on the processor, all threads together. The process ends by SIGXCPU after it, at whole seconds.
    pub(in crate::worker) cpu: Duration,
    /// The size of any one file. A write beyond it fails.
    pub(in crate::worker) file_bytes: u64,
}

impl Allowance {
    /// Room for what no estimate counts: the codecs' buffers, and what the allocator keeps in reserve.
    const SPARE_BYTES: u64 = 384 << 20;

    /// What a task may use until it says what it needs. `input` is the length of its input.
    pub(in crate::worker) fn to_begin(task: &Task, input: u64) -> Allowance {
        let cpu = match task {
            Task::Probe(probing) if probing.probe == Probe::Loop => Duration::from_secs(1),
            _ => Duration::from_mins(1),
        };
        let bytes = input + Allowance::SPARE_BYTES;
        Allowance { memory_bytes: bytes, cpu, file_bytes: bytes }
    }

    /// What a picture may use whose conversion needs so many bytes by its header. No format takes more room than the
    /// pixels, and the slowest encoder makes a megabyte of them in a fraction of a second.
    pub(in crate::worker) fn for_picture(needs: u64) -> Allowance {
        Allowance {
            memory_bytes: needs + needs / 4 + Allowance::SPARE_BYTES,
            cpu: Duration::from_secs(60 + needs / (1 << 20)),
            file_bytes: needs + Allowance::SPARE_BYTES,
        }
    }

    /// The same for an animation of so many frames, each of which may become a file behind the last one.
    pub(in crate::worker) fn for_frames(needs: u64, frames: u64) -> Allowance {
        let work = needs.saturating_mul(frames);
        Allowance {
            cpu: Duration::from_secs(60 + work / (1 << 20)),
            file_bytes: work.saturating_add(Allowance::SPARE_BYTES),
            ..Allowance::for_picture(needs)
        }
    }

    /// What light jobs may use together.
    pub(in crate::worker) fn for_light() -> Allowance {
        let bytes = Allowance::SPARE_BYTES;
        Allowance { memory_bytes: bytes, cpu: Duration::from_mins(10), file_bytes: bytes }
    }
}

/// The first half, while the process has one thread: no new privileges, Landlock, the fixed limits.
pub(in crate::worker) fn before_threads(what: Confinement) -> InForce {
    match what {
        Confinement::None => InForce::default(),
        Confinement::Descriptors | Confinement::Network => system::before_threads(what),
    }
}

/// The second half, once the helper threads exist: the system call filter, for all of them.
pub(in crate::worker) fn after_threads(what: Confinement, so_far: InForce) -> InForce {
    match what {
        Confinement::None => so_far,
        Confinement::Descriptors | Confinement::Network => system::after_threads(what, so_far),
    }
}
