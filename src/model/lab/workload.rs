//! What the Lab can run: the examples of the tutorials, each for real.

use crate::model::Pool;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// One of the Lab's examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Workload {
    /// Two loops that print at once.
    Print,
    /// Waits of different lengths.
    Sleep,
    /// A square for each number: hardly any work at all.
    Squares,
    /// A second of computing for each task.
    Heavy,
    /// Whether large numbers are prime.
    Primes,
    /// Pages fetched, one of them from a host that does not exist.
    Fetch,
    /// Pages fetched and read for their titles.
    Titles,
    /// Files downloaded over a slow line.
    Download,
    /// Pictures through a recipe.
    Images,
    /// The frames of an animation through a recipe.
    Frames,
    /// Questions to a database.
    Queries,
    /// Pictures downloaded and then converted.
    Both,
    /// A number that everybody adds to.
    Counter,
    /// Two locks that two tasks take.
    Deadlock,
    /// A task that takes too long, and workers that the program leaves behind.
    Timeout,
    /// A task that takes everything down with it.
    Crash,
    /// Work on the thread that should be drawing.
    Freeze,
}

/// What a workload is by its nature, before anything is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// It mostly waits: for time, or for a network.
    Waits,
    /// It mostly computes.
    Computes,
    /// It does both.
    Mixes,
    /// It shows what goes wrong, and speed is beside the point.
    Shows,
}

impl Workload {
    /// In the order of the list.
    pub const ALL: [Workload; 17] = [
        Workload::Print,
        Workload::Sleep,
        Workload::Squares,
        Workload::Heavy,
        Workload::Primes,
        Workload::Fetch,
        Workload::Titles,
        Workload::Download,
        Workload::Images,
        Workload::Frames,
        Workload::Queries,
        Workload::Both,
        Workload::Counter,
        Workload::Deadlock,
        Workload::Timeout,
        Workload::Crash,
        Workload::Freeze,
    ];

    /// The name on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Workload::Print => "print",
            Workload::Sleep => "sleep",
            Workload::Squares => "squares",
            Workload::Heavy => "heavy",
            Workload::Primes => "primes",
            Workload::Fetch => "fetch",
            Workload::Titles => "titles",
            Workload::Download => "download",
            Workload::Images => "images",
            Workload::Frames => "frames",
            Workload::Queries => "queries",
            Workload::Both => "both",
            Workload::Counter => "counter",
            Workload::Deadlock => "deadlock",
            Workload::Timeout => "timeout",
            Workload::Crash => "crash",
            Workload::Freeze => "freeze",
        }
    }

    /// What it does, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Workload::Print => "two loops of 1,000 lines at once, written to one place: how they mix",
            Workload::Sleep => "waits of 3, 2 and 1 s: in order of completion and of submission",
            Workload::Squares => "the square of each number: tasks too small to be worth handing over",
            Workload::Heavy => "a second of computing for each task",
            Workload::Primes => "whether large numbers are prime, those of Python's documentation first",
            Workload::Fetch => "pages read at once, one from a host that does not exist",
            Workload::Titles => "pages fetched and read for their titles, by the code of the link grabber",
            Workload::Download => "files over a line with latency",
            Workload::Images => "generated pictures through a recipe",
            Workload::Frames => "the frames of a generated animation through a recipe",
            Workload::Queries => "questions to a generated SQLite database, a connection for each lane",
            Workload::Both => "pictures downloaded and then converted: the whole way, and each half alone",
            Workload::Counter => "a number that all add to: without a lock, with one, and as an atomic",
            Workload::Deadlock => "two locks taken in opposite order, in the same order, and by a re-entrant lock",
            Workload::Timeout => "waiting with a limit, and what becomes of workers when the program ends",
            Workload::Crash => "a task that panics, aborts, hangs or eats memory, among others that do not",
            Workload::Freeze => "work on the thread that draws, and beside it",
        }
    }

    /// What it is by its nature.
    pub fn nature(self) -> Nature {
        match self {
            Workload::Sleep | Workload::Fetch | Workload::Titles | Workload::Download => Nature::Waits,
            Workload::Squares
            | Workload::Heavy
            | Workload::Primes
            | Workload::Images
            | Workload::Frames
            | Workload::Queries => Nature::Computes,
            Workload::Both => Nature::Mixes,
            Workload::Print
            | Workload::Counter
            | Workload::Deadlock
            | Workload::Timeout
            | Workload::Crash
            | Workload::Freeze => Nature::Shows,
        }
    }

    /// The pools whose lanes its tasks need.
    pub fn pools(self) -> &'static [Pool] {
        match self {
            Workload::Sleep | Workload::Timeout | Workload::Fetch | Workload::Titles | Workload::Download => {
                &[Pool::Fetch]
            }
            Workload::Both => &[Pool::Fetch, Pool::Mill],
            _ => &[Pool::Mill],
        }
    }

    /// Whether its worker processes have to open files by name, which the sandbox would keep from them.
    pub fn opens_files(self) -> bool {
        matches!(self, Workload::Print | Workload::Queries | Workload::Deadlock | Workload::Timeout)
    }

    /// Whether there is a Python program for the same.
    pub fn has_python(self) -> bool {
        matches!(
            self,
            Workload::Print
                | Workload::Sleep
                | Workload::Squares
                | Workload::Heavy
                | Workload::Primes
                | Workload::Fetch
                | Workload::Download
                | Workload::Counter
        )
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Workload {
    type Err = String;
    fn from_str(text: &str) -> Result<Workload, String> {
        let found = Workload::ALL.into_iter().find(|workload| workload.as_str() == text);
        found.ok_or_else(|| {
            let names = Workload::ALL.map(Workload::as_str).join(", ");
            format!("the Lab has no workload \"{text}\"; choose one of {names}")
        })
    }
}

impl Serialize for Workload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
