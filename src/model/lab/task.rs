//! The pieces of work that the Lab hands to lanes, beside real downloads and conversions: plain data, like every task.

use crate::model::{Pool, os_path};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// One piece of work of the Lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabTask {
    /// Nothing: shows that a lane of this pool is up.
    Ready(Pool),
    /// Waits.
    Sleep {
        /// So long, in milliseconds.
        ms: u64,
    },
    /// The square of each number.
    Squares(Vec<u64>),
    /// Whether each number is prime.
    Primes(Vec<u64>),
    /// Arithmetic, each round of which needs the one before it.
    Heavy {
        /// How many.
        rounds: u64,
    },
    /// Writes lines, one by one.
    Print {
        /// Begins each line.
        author: String,
        /// How many.
        lines: u32,
        /// The file that they are appended to.
        #[serde(with = "os_path")]
        paper: PathBuf,
        /// How many of them begin together, as far as there are lanes.
        together: u32,
    },
    /// Adds one to a number, many times.
    Count {
        /// Which number: one of this process.
        cell: u64,
        /// How often.
        times: u64,
        /// What keeps two from adding at the same time.
        lock: CounterLock,
    },
    /// Takes two locks and lets go of them.
    Locks(Locking),
    /// Asks a database.
    Queries {
        /// Its file.
        #[serde(with = "os_path")]
        database: PathBuf,
        /// Decides which questions.
        seed: u64,
        /// How many.
        count: u32,
    },
    /// Writes a line every so often: a background worker.
    Beat {
        /// Begins each line.
        author: String,
        /// The file that they are appended to.
        #[serde(with = "os_path")]
        paper: PathBuf,
        /// How long until it has done its work, in milliseconds.
        ms: u64,
    },
    /// Goes wrong.
    Fault(Fault),
}

impl LabTask {
    /// Whose lanes it runs on.
    pub fn pool(&self) -> Pool {
        match self {
            LabTask::Ready(pool) => *pool,
            LabTask::Sleep { .. } | LabTask::Beat { .. } => Pool::Fetch,
            _ => Pool::Mill,
        }
    }
}

impl fmt::Display for LabTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = |f: &mut fmt::Formatter<'_>, what: &str, numbers: &[u64]| match numbers {
            [number] => write!(f, "{what} {number}"),
            [first, ..] => write!(f, "{what} {first} and {} more", numbers.len() - 1),
            [] => write!(f, "{what} nothing"),
        };
        match self {
            LabTask::Ready(_) => f.write_str("ready"),
            LabTask::Sleep { ms } => write!(f, "sleep {} s", *ms as f64 / 1e3),
            LabTask::Squares(list) => numbers(f, "square", list),
            LabTask::Primes(list) => numbers(f, "prime", list),
            LabTask::Heavy { rounds } => write!(f, "{rounds} rounds"),
            LabTask::Print { author, lines, .. } => write!(f, "print {author} × {lines}"),
            LabTask::Count { times, .. } => write!(f, "count to {times}"),
            LabTask::Locks(locking) => write!(f, "locks {}", locking.order.as_str()),
            LabTask::Queries { count, .. } => write!(f, "{count} queries"),
            LabTask::Beat { author, .. } => write!(f, "worker {author}"),
            LabTask::Fault(fault) => f.write_str(fault.kind.as_str()),
        }
    }
}

/// What keeps two from adding to a number at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CounterLock {
    /// Nothing: the number is read, and the next one written.
    None,
    /// A lock around both.
    Mutex,
    /// The processor, in one step.
    Atomic,
}

impl CounterLock {
    /// In the order in which they are run.
    pub const ALL: [CounterLock; 3] = [CounterLock::None, CounterLock::Mutex, CounterLock::Atomic];

    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            CounterLock::None => "none",
            CounterLock::Mutex => "mutex",
            CounterLock::Atomic => "atomic",
        }
    }
}

/// In which order a task takes its locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockOrder {
    /// The one task the first lock first, the other one the second.
    Opposite,
    /// Both the same.
    Consistent,
    /// Both the same, and the first once more while it is held.
    Reentrant,
}

impl LockOrder {
    /// In the order in which they are run.
    pub const ALL: [LockOrder; 3] = [LockOrder::Opposite, LockOrder::Consistent, LockOrder::Reentrant];

    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            LockOrder::Opposite => "opposite",
            LockOrder::Consistent => "consistent",
            LockOrder::Reentrant => "reentrant",
        }
    }
}

/// What a task does with two locks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locking {
    /// Where the locks are.
    pub place: LockPlace,
    /// In which order they are taken.
    pub order: LockOrder,
    /// Which of the two tasks this is, 0 or 1.
    pub task: u8,
    /// How long the first lock is held before the second is asked for, in milliseconds. In opposite order less, once
    /// somebody has the second.
    pub hold_ms: u64,
    /// How long a lock is waited for, in milliseconds.
    pub limit_ms: u64,
}

/// Where locks are that several tasks can take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockPlace {
    /// In the memory of this process, by a number.
    Memory(u64),
    /// Locks on two files of a folder, which processes can share.
    Folder(#[serde(with = "os_path")] PathBuf),
}

/// How it ended with the locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockEnd {
    /// It had both.
    Finished,
    /// It gave up the second after so many microseconds, since whoever had it wanted the first.
    Deadlock {
        /// From asking for the second lock to giving up.
        waited_us: u64,
    },
}

/// Something that goes wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// How.
    pub kind: FaultKind,
    /// How much memory it takes at most, where nothing else stops it.
    pub most_bytes: u64,
}

/// How a task goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// It panics, as a bug in Rust does.
    Panic,
    /// It ends its process at once, as a bug in C does.
    Abort,
    /// It computes for ever and heeds nobody.
    Hang,
    /// It takes memory without end.
    Memory,
}

impl FaultKind {
    /// In the order in which they are run.
    pub const ALL: [FaultKind; 4] = [FaultKind::Panic, FaultKind::Abort, FaultKind::Hang, FaultKind::Memory];

    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FaultKind::Panic => "panic",
            FaultKind::Abort => "abort",
            FaultKind::Hang => "hang",
            FaultKind::Memory => "memory",
        }
    }
}

/// What came out of a task of the Lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabAnswer {
    /// Nothing but that it is done.
    Done,
    /// A number for each of the task's.
    Numbers(Vec<u64>),
    /// The number as this process sees it at the end.
    Counted {
        /// The number.
        value: u64,
        /// The process.
        process: u32,
    },
    /// How it ended with the locks.
    Locks(LockEnd),
    /// What a database answered.
    Rows {
        /// How many rows were read.
        count: u64,
        /// All of them, boiled down to one number.
        digest: u64,
    },
}
