//! What can be chosen about a workload, and what it is unless somebody chooses.

use super::Workload;

/// The numbers of the documentation of Python's `concurrent.futures`.
const DOCUMENTED_PRIMES: [u64; 6] = [
    112_272_535_095_293,
    112_582_705_942_171,
    112_272_535_095_293,
    115_280_095_190_773,
    115_797_848_077_099,
    1_099_726_899_285_419,
];

/// How much there is to do. A workload looks at what concerns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// How many tasks.
    pub tasks: u32,
    /// Waits, in milliseconds: those of the sleepers, or how long one heavy task or one freeze takes.
    pub waits_ms: Vec<u64>,
    /// Numbers to square or to test. Empty: the workload's own.
    pub numbers: Vec<u64>,
    /// Addresses to fetch. Empty: those of the embedded server.
    pub urls: Vec<String>,
    /// How many numbers one task takes.
    pub chunk: u32,
    /// How long something is waited for, in milliseconds.
    pub timeout_ms: u64,
    /// How long the embedded server takes to answer, in milliseconds.
    pub latency_ms: u64,
    /// The lines of each loop.
    pub lines: u32,
    /// How often each task adds one.
    pub times: u64,
}

impl Parameters {
    /// What a workload does unless somebody says otherwise.
    pub fn of(workload: Workload) -> Parameters {
        let tasks = match workload {
            Workload::Print | Workload::Deadlock => 2,
            Workload::Freeze => 1,
            Workload::Sleep | Workload::Timeout => 3,
            Workload::Heavy | Workload::Counter => 4,
            Workload::Fetch
            | Workload::Titles
            | Workload::Download
            | Workload::Queries
            | Workload::Images
            | Workload::Both => 8,
            Workload::Frames => 24,
            Workload::Crash | Workload::Primes => 6,
            Workload::Squares => 500,
        };
        let waits_ms = match workload {
            Workload::Sleep => vec![3000, 2000, 1000],
            Workload::Heavy => vec![1000],
            Workload::Freeze => vec![1500],
            _ => Vec::new(),
        };
        let numbers = match workload {
            Workload::Squares => (1..=u64::from(tasks)).collect(),
            Workload::Primes => DOCUMENTED_PRIMES.to_vec(),
            _ => Vec::new(),
        };
        let timeout_ms = if workload == Workload::Deadlock { 2000 } else { 1000 };
        Parameters {
            tasks,
            waits_ms,
            numbers,
            urls: Vec::new(),
            chunk: 1,
            timeout_ms,
            latency_ms: 150,
            lines: 1000,
            times: 1_000_000,
        }
    }
}
