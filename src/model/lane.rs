//! Lanes, pools and modes: where work runs.

use super::LaneId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What the toggle sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One lane for everything: one thing at a time.
    Serial,
    /// Both pools on threads.
    Threads,
    /// Both pools in child processes.
    Processes,
    /// Threads fetch, processes mill.
    #[default]
    Mixed,
}

impl Mode {
    /// In the order of the toggle.
    pub const ALL: [Mode; 4] = [Mode::Serial, Mode::Threads, Mode::Processes, Mode::Mixed];

    /// Which executor runs a pool's tasks in this mode.
    pub fn executor_of(self, pool: Pool) -> ExecutorKind {
        match (self, pool) {
            (Mode::Serial, _) => ExecutorKind::Serial,
            (Mode::Threads, _) | (Mode::Mixed, Pool::Fetch) => ExecutorKind::Threads,
            (Mode::Processes, _) | (Mode::Mixed, Pool::Mill) => ExecutorKind::Processes,
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Mode::Serial => "Serial",
            Mode::Threads => "Threads",
            Mode::Processes => "Processes",
            Mode::Mixed => "Mixed",
        }
    }

    /// The name used on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Serial => "serial",
            Mode::Threads => "threads",
            Mode::Processes => "processes",
            Mode::Mixed => "mixed",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = String;
    fn from_str(text: &str) -> Result<Mode, String> {
        Mode::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| format!("there is no mode \"{text}\"; choose serial, threads, processes or mixed"))
    }
}

/// A group of lanes for one kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// Work that waits for the network.
    Fetch,
    /// Work that computes.
    Mill,
}

/// Where attempts run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutorKind {
    /// One lane, one attempt at a time, whatever the pool.
    Serial,
    /// A named thread of this program for each lane.
    Threads,
    /// A child process for each lane.
    Processes,
}

impl ExecutorKind {
    /// The mode's name that this executor stands for.
    pub fn as_mode(self) -> Mode {
        match self {
            ExecutorKind::Serial => Mode::Serial,
            ExecutorKind::Threads => Mode::Threads,
            ExecutorKind::Processes => Mode::Processes,
        }
    }
}

/// One slot of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lane {
    /// Its identity, never reused.
    pub id: LaneId,
    /// Where it runs attempts.
    pub executor: ExecutorKind,
    /// Which pool it serves; `None` serves both (the serial lane).
    pub pool: Option<Pool>,
    /// Its place among its like, from 1: the number in its label. Reused when a lane closes.
    pub number: u16,
}

impl Lane {
    /// The tag shown in the window and in JSON: `T2` fetch thread, `C1` mill thread, `F1` fetch process, `P3` mill
    /// process, `S1` the serial lane.
    pub fn label(&self) -> String {
        let letter = match (self.executor, self.pool) {
            (ExecutorKind::Serial, _) | (_, None) => 'S',
            (ExecutorKind::Threads, Some(Pool::Fetch)) => 'T',
            (ExecutorKind::Threads, Some(Pool::Mill)) => 'C',
            (ExecutorKind::Processes, Some(Pool::Fetch)) => 'F',
            (ExecutorKind::Processes, Some(Pool::Mill)) => 'P',
        };
        format!("{letter}{}", self.number)
    }

    /// Whether this lane may run the tasks of `pool`.
    pub fn serves(&self, pool: Pool) -> bool {
        self.pool.is_none_or(|own| own == pool)
    }
}

/// How many lanes each pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneCounts {
    /// Lanes that download. At least 1.
    pub fetch: u16,
    /// Lanes that compute. At least 1.
    pub mill: u16,
}

impl LaneCounts {
    /// The most lanes that compute, and the most of a pool that the window asks for.
    pub const MAX: u16 = 64;
    /// The most fetch lanes that somebody may ask for: they mostly wait, so a thousand are no burden.
    pub const MAX_FETCH: u16 = 1024;

    /// The count of one pool.
    pub fn of(&self, pool: Pool) -> u16 {
        match pool {
            Pool::Fetch => self.fetch,
            Pool::Mill => self.mill,
        }
    }

    /// Sets the count of one pool, kept within what it may have.
    pub fn set(&mut self, pool: Pool, count: u16) {
        match pool {
            Pool::Fetch => self.fetch = count.clamp(1, LaneCounts::MAX_FETCH),
            Pool::Mill => self.mill = count.clamp(1, LaneCounts::MAX),
        }
    }
}
