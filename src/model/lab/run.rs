//! What the Lab measured: one run, and what many of them come to. The field names are those of the JSON lines.

use super::{CounterLock, FaultKind, LabMode, LockOrder, Workload};
use serde::Serialize;

/// Who ran it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// This program.
    Millrace,
    /// A Python program that does the same.
    Python,
}

/// One measured run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabRun {
    /// Always `lab_run`.
    pub event: &'static str,
    /// Who ran it.
    pub side: Side,
    /// What.
    pub workload: Workload,
    /// How.
    pub mode: LabMode,
    /// On how many lanes.
    pub workers: u16,
    /// Which of its like, from 1.
    pub run: u32,
    /// From handing over the first task to the last answer, in milliseconds.
    pub wall_ms: f64,
    /// Processor time of the tasks, in milliseconds.
    pub cpu_ms: f64,
    /// Until every lane was ready, before the first task was handed over, in milliseconds.
    pub startup_ms: f64,
    /// The most memory that the program and its workers held together, in bytes; 0 where it cannot be told.
    pub peak_rss_bytes: u64,
    /// Of that, what each process has for itself.
    pub private_bytes: u64,
    /// Of that, what they share: the program's own file and libraries, counted once.
    pub shared_bytes: u64,
    /// How many tasks there were.
    pub task_count: u32,
    /// The time that tasks had lanes, all added up, in milliseconds.
    pub busy_ms: f64,
    /// The share of that time in which they waited for something else than a core or the interpreter lock, 0 to 1.
    pub wait_share: f64,
    /// The time that they could have computed and had no core, in milliseconds; 0 where it cannot be told.
    pub core_wait_ms: f64,
    /// The time that tasks waited for the interpreter lock, in milliseconds.
    pub lock_wait_ms: f64,
    /// How often the interpreter lock went from one lane to another.
    pub handovers: u64,
    /// What the handing over of one task costs, in microseconds: half of the tasks took more.
    pub overhead_us: f64,
    /// The longest task, in milliseconds.
    pub longest_ms: f64,
    /// The version of Python, where that ran it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python_version: Option<String>,
    /// What the workload shows beyond times.
    #[serde(flatten)]
    pub detail: Detail,
    /// What ran where.
    #[serde(skip)]
    pub spans: Vec<Span>,
}

/// A task on its lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The lane's label, such as `C1`.
    pub lane: String,
    /// The process that ran it.
    pub pid: u32,
    /// What it was.
    pub name: String,
    /// Since the first task of the run began, in microseconds.
    pub start_us: u64,
    /// The same for its end.
    pub end_us: u64,
    /// What it computed of that.
    pub cpu_us: u64,
    /// Whether it went well.
    pub done: bool,
}

/// What a workload shows beyond times.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Detail {
    /// Numbers in, numbers out.
    Results {
        /// In the order of the numbers.
        results: Vec<Answer>,
    },
    /// Pages.
    Pages {
        /// In the order of the addresses.
        results: Vec<PageRead>,
    },
    /// Waits.
    Order {
        /// How long each waited, in seconds, in the order in which they were done.
        completion_order: Vec<f64>,
        /// The same in the order in which they were handed over.
        submission_order: Vec<f64>,
    },
    /// Files or rows, boiled down.
    Checksum {
        /// The same whenever the results are.
        checksum: String,
        /// How many results it is of.
        items: u64,
        /// How long the downloads alone took, in milliseconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        fetch_ms: Option<f64>,
        /// How long the conversions alone took, in milliseconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        process_ms: Option<f64>,
    },
    /// Printed lines.
    Printed {
        /// How many there are.
        lines: u64,
        /// How often the next line was of another author.
        switches: u64,
        /// Who wrote how many, one after another: `A×17`.
        pattern: Vec<String>,
    },
    /// A number that all added to.
    Counted(Tally),
    /// Two locks.
    Locked {
        /// In which order they were taken.
        order: LockOrder,
        /// `deadlock` or `finished`.
        outcome: &'static str,
        /// From the start of the tasks to noticing it, in milliseconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        detected_ms: Option<f64>,
    },
    /// Waiting with a limit, and background workers.
    Ended {
        /// Whether the limit was reached before the task was done.
        timed_out: bool,
        /// How long it was waited for, in milliseconds.
        waited_ms: f64,
        /// How the main program ended: `abandoned` (at once) or `joined` (it waited for its workers).
        ending: &'static str,
        /// Background workers that still worked when the main program was gone.
        survivors: u32,
        /// Background workers that did all of their work.
        finished: u32,
        /// How long the main program took to end, in milliseconds.
        exit_ms: f64,
    },
    /// A task that takes others with it.
    Crashed(Crash),
    /// Work beside or on the thread that draws.
    Frozen {
        /// Whether the work was on the very thread that draws.
        own_thread: bool,
        /// The longest time between two frames, in milliseconds.
        longest_gap_ms: f64,
        /// Frames drawn.
        frames: u32,
        /// Frames that should have been drawn.
        frames_due: u32,
        /// Every gap between two frames, in milliseconds.
        gaps_ms: Vec<f64>,
    },
    /// Nothing.
    Nothing {},
}

/// What came out for a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The number.
    pub input: u64,
    /// What came out.
    pub output: Figure,
}

/// A number, or whether something is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// A number.
    Number(u64),
    /// Whether it is so.
    Truth(bool),
}

/// What came of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageRead {
    /// The address.
    pub url: String,
    /// The bytes of the page.
    pub bytes: u64,
    /// Its title.
    pub title: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
}

/// What became of a number that all added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// What kept two from adding at the same time.
    pub lock: CounterLock,
    /// What the number must be.
    pub expected: u64,
    /// What it is, where the program looks.
    pub actual: u64,
    /// What each process has in its own memory.
    pub by_process: Vec<Share>,
}

/// The number as one process has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Which process.
    pub pid: u32,
    /// Its number.
    pub value: u64,
}

/// What a task that goes wrong did to the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crash {
    /// How it goes wrong.
    pub kind: FaultKind,
    /// All of them, with the one.
    pub tasks: u32,
    /// Those that were done.
    pub done: u32,
    /// Those that were not.
    pub failed: u32,
    /// Whether it ran in a program of its own, so that this one lives to tell.
    pub sacrificial: bool,
    /// What became of the program that ran them: `lives`, `died` or `stuck`.
    pub program: &'static str,
    /// How that, or the task, ended: a sentence.
    pub how: String,
}

/// What the runs of one mode and number of workers come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Who ran them.
    pub side: Side,
    /// How.
    pub mode: LabMode,
    /// On how many lanes.
    pub workers: u16,
    /// The middle one of their times, in milliseconds.
    pub median_ms: f64,
    /// From the shortest to the longest, in milliseconds.
    pub spread_ms: f64,
    /// How many times as fast as serial, where that was run.
    pub speedup: Option<f64>,
    /// The most that could be had on this machine, by what the serial run measured.
    pub ideal: Option<f64>,
    /// The middle ones of the other figures.
    pub startup_ms: f64,
    /// Processor time of the tasks.
    pub cpu_ms: f64,
    /// The share of their time in which tasks waited for something else than a core or the lock.
    pub wait_share: f64,
    /// The time that tasks could have computed and had no core.
    pub core_wait_ms: f64,
    /// The time that tasks waited for the interpreter lock.
    pub lock_wait_ms: f64,
    /// What the handing over of one task costs, in microseconds.
    pub overhead_us: f64,
    /// The most memory held together.
    pub peak_rss_bytes: u64,
    /// Of that, what each process has for itself.
    pub private_bytes: u64,
}

/// Which mode is to be taken for this work on this machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The mode.
    pub mode: LabMode,
    /// How many lanes.
    pub workers: u16,
    /// A sentence.
    pub because: String,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabReport {
    /// Always `lab_finished`.
    pub event: &'static str,
    /// Of what.
    pub workload: Workload,
    /// The cores of this machine that the program may use.
    pub cores: u16,
    /// Whether the results were the same in every run. `None` where there is nothing to compare.
    pub same_results: Option<bool>,
    /// By mode and workers.
    pub summary: Vec<Summary>,
    /// The share of the work that goes side by side, by Amdahl's law through the measured points of threads.
    pub parallel_share: Option<f64>,
    /// Why it came out so: a paragraph.
    pub why: String,
    /// What follows.
    pub advice: Advice,
}
