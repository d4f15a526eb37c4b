//! What a sandboxed worker tries in order to show that it cannot.

use super::os_path;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Something that image work must not be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// Open a file by its path, for reading.
    OpenFile,
    /// Create a file.
    WriteFile,
    /// Run a program.
    Execute,
    /// Connect over TCP.
    Tcp,
    /// Send a datagram.
    Udp,
    /// Send the program a signal that it ignores.
    SignalParent,
    /// Read the program's memory.
    ReadParentMemory,
    /// Take and touch memory. Ends early where a limit holds.
    Allocate,
    /// Compute without end. The process ends where a limit holds.
    Loop,
    /// Write a file that is larger than any result.
    WriteWithoutEnd,
}

impl Probe {
    /// All of them; those that may end the process come last.
    pub const ALL: [Probe; 10] = [
        Probe::OpenFile,
        Probe::WriteFile,
        Probe::Execute,
        Probe::Tcp,
        Probe::Udp,
        Probe::SignalParent,
        Probe::ReadParentMemory,
        Probe::Allocate,
        Probe::Loop,
        Probe::WriteWithoutEnd,
    ];

    /// The name used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Probe::OpenFile => "open_file",
            Probe::WriteFile => "write_file",
            Probe::Execute => "execute",
            Probe::Tcp => "tcp",
            Probe::Udp => "udp",
            Probe::SignalParent => "signal_parent",
            Probe::ReadParentMemory => "read_parent_memory",
            Probe::Allocate => "allocate",
            Probe::Loop => "loop",
            Probe::WriteWithoutEnd => "write_without_end",
        }
    }
}

/// A probe and what it reaches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probing {
    /// What to try.
    pub probe: Probe,
    /// On what.
    pub bait: Bait,
}

/// What the probes reach for. Everything in it exists, so that only a sandbox stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bait {
    /// A file to read.
    #[serde(with = "os_path")]
    pub file: PathBuf,
    /// A folder to create a file in.
    #[serde(with = "os_path")]
    pub folder: PathBuf,
    /// A program that ends at once and well.
    #[serde(with = "os_path")]
    pub program: PathBuf,
    /// A port of this machine that listens for TCP connections.
    pub tcp: u16,
    /// A port of this machine that datagrams can go to.
    pub udp: u16,
    /// A process of the same user.
    pub process: u32,
    /// The address of readable memory in that process.
    pub address: u64,
    /// How much memory to take before giving up on being stopped.
    pub memory_bytes: u64,
    /// How long to compute before giving up on being stopped.
    pub compute: Duration,
}
