//! What a run showed, as the lines and the window tell it.

use super::part::{Turn, answer};
use super::trial::{Ran, Stopped};
use crate::model::lab::figures::median;
use crate::model::lab::{
    Answer, CounterLock, Detail, Figure, LabAnswer, LabRun, LockEnd, LockOrder, PageRead, Parameters, Share, Side,
    Tally, Workload,
};
use crate::model::{JobReport, Made, Outcome};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So many changes of hand are shown of printed lines.
const PATTERN: usize = 200;

/// The figures of a run, with what it showed beyond them.
pub(super) fn run_of(workload: Workload, turn: Turn, ran: Ran, detail: Detail, side: Side) -> LabRun {
    let (busy_ms, cpu_ms) = (us(ran.timing.wall_us), us(ran.timing.cpu_us));
    let core_wait_ms = ms(ran.core_wait).min((busy_ms - cpu_ms).max(0.0));
    let waited_ms = busy_ms - cpu_ms - core_wait_ms - ms(ran.lock_wait);
    LabRun {
        event: "lab_run",
        side,
        workload,
        mode: turn.mode,
        workers: turn.workers,
        run: turn.run,
        wall_ms: ms(ran.wall),
        cpu_ms,
        startup_ms: ms(ran.startup),
        peak_rss_bytes: ran.peak.rss_bytes,
        private_bytes: ran.peak.private_bytes,
        shared_bytes: ran.peak.shared_bytes,
        task_count: ran.reports.len() as u32,
        busy_ms,
        wait_share: Some(if busy_ms > 0.0 { rounded((waited_ms / busy_ms).clamp(0.0, 1.0)) } else { 0.0 }),
        core_wait_ms,
        lock_wait_ms: ms(ran.lock_wait),
        handovers: ran.handovers,
        overhead_us: median(&ran.overheads_us),
        longest_ms: us(ran.longest_us),
        python_version: None,
        start_method: None,
        detail,
        spans: ran.spans,
    }
}

/// In milliseconds, with no more digits than the clocks have.
pub(super) fn ms(time: Duration) -> f64 {
    us(time.as_micros() as u64)
}

fn us(us: u64) -> f64 {
    us as f64 / 1e3
}

fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

/// What follows from the answers alone.
pub(super) fn of_answers(workload: Workload, parameters: &Parameters, ran: &Ran) -> Detail {
    match workload {
        Workload::Squares | Workload::Primes => {
            let outputs = outcomes(ran).filter_map(answer).flat_map(|answer| match answer {
                LabAnswer::Numbers(numbers) => numbers.clone(),
                _ => Vec::new(),
            });
            let figure =
                |number| if workload == Workload::Primes { Figure::Truth(number == 1) } else { Figure::Number(number) };
            answered(&parameters.numbers, outputs.map(figure))
        }
        Workload::Fetch | Workload::Titles => {
            Detail::Pages { results: ran.reports.iter().flatten().map(page).collect() }
        }
        Workload::Sleep => in_order(&parameters.waits_ms, &ran.completed),
        Workload::Queries | Workload::Heavy => {
            let mut hash = Sha256::new();
            let mut items = 0;
            for answer in outcomes(ran).filter_map(answer) {
                match answer {
                    LabAnswer::Rows { count, digest } => {
                        items += count;
                        hash.update(digest.to_le_bytes());
                    }
                    LabAnswer::Numbers(numbers) => {
                        items += numbers.len() as u64;
                        for number in numbers {
                            hash.update(number.to_le_bytes());
                        }
                    }
                    _ => {}
                }
            }
            checksum(hash, items)
        }
        _ => Detail::Nothing {},
    }
}

/// What came out for each number.
pub(super) fn answered(numbers: &[u64], outputs: impl Iterator<Item = Figure>) -> Detail {
    let answers = numbers.iter().zip(outputs).map(|(input, output)| Answer { input: *input, output });
    Detail::Results { results: answers.collect() }
}

/// Waits, and the places of those that were done, one after another.
pub(super) fn in_order(waits_ms: &[u64], completed: &[usize]) -> Detail {
    let seconds = |ms: &u64| *ms as f64 / 1e3;
    Detail::Order {
        completion_order: completed.iter().filter_map(|place| waits_ms.get(*place).map(seconds)).collect(),
        submission_order: waits_ms.iter().map(seconds).collect(),
    }
}

fn outcomes(ran: &Ran) -> impl Iterator<Item = &Outcome> {
    ran.reports.iter().flatten().map(|report| &report.outcome)
}

fn page(report: &JobReport) -> PageRead {
    let title = match &report.outcome {
        Outcome::Read(page) => Some(page.title.clone()),
        _ => None,
    };
    let error = report.outcome.error().map(|(_, sentence)| sentence.to_owned());
    PageRead { url: report.input.clone(), bytes: report.bytes_in, title, error }
}

/// The files that a run made, in the order of its jobs.
pub(super) fn made(ran: &Ran) -> impl Iterator<Item = &Path> {
    outcomes(ran)
        .filter_map(|outcome| if let Outcome::Done(made) = outcome { Some(made) } else { None })
        .flat_map(Made::all)
}

/// The files of a folder, boiled down: names and bytes.
pub(super) fn files(folder: &Path) -> Result<Detail, Stopped> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    let mut hash = Sha256::new();
    for path in &paths {
        hash.update(path.file_name().unwrap_or_default().as_encoded_bytes());
        hash.update([0]);
        hash.update(Sha256::digest(fs::read(path)?));
    }
    Ok(checksum(hash, paths.len() as u64))
}

fn checksum(hash: Sha256, items: u64) -> Detail {
    let checksum = data_encoding::HEXLOWER.encode(&hash.finalize());
    Detail::Checksum { checksum, items, fetch_ms: None, process_ms: None }
}

/// What became of a number that all added to. `value` is where the program looks.
pub(super) fn counted(ran: &Ran, lock: CounterLock, expected: u64, value: u64) -> Detail {
    let mut by_process: BTreeMap<u32, u64> = BTreeMap::new();
    for answer in outcomes(ran).filter_map(answer) {
        if let LabAnswer::Counted { value, process } = answer {
            let newest = by_process.entry(*process).or_default();
            *newest = (*newest).max(*value);
        }
    }
    // In this program it is one number for all, and what it came to in the end counts.
    if let Some(own) = by_process.get_mut(&std::process::id()) {
        *own = value;
    }
    let by_process = by_process.into_iter().map(|(pid, value)| Share { pid, value }).collect();
    Detail::Counted(Tally { lock, expected, actual: value, by_process })
}

/// Whether two tasks got past each other.
pub(super) fn locked(ran: &Ran, order: LockOrder) -> Detail {
    let gave_up =
        |report: &JobReport| matches!(answer(&report.outcome), Some(LabAnswer::Locks(LockEnd::Deadlock { .. })));
    let first = ran.completed.iter().find_map(|place| {
        let report = ran.reports.get(*place)?.as_ref()?;
        gave_up(report).then_some(*place)
    });
    match first {
        Some(place) => {
            // The jobs of a run end in the order of its spans.
            let ended = ran.completed.iter().position(|other| *other == place).and_then(|number| ran.spans.get(number));
            Detail::Locked { order, outcome: "deadlock", detected_ms: ended.map(|span| us(span.end_us)) }
        }
        None => Detail::Locked { order, outcome: "finished", detected_ms: None },
    }
}

/// How the lines of several authors lie.
pub(super) fn printed(paper: &Path) -> Result<Detail, Stopped> {
    let text = fs::read_to_string(paper)?;
    let (mut lines, mut pattern) = (0, Vec::<(String, u64)>::new());
    for line in text.lines() {
        lines += 1;
        let author = line.split(' ').next().unwrap_or_default();
        match pattern.last_mut() {
            Some((last, count)) if last == author => *count += 1,
            _ => pattern.push((author.to_owned(), 1)),
        }
    }
    let switches = pattern.len().saturating_sub(1) as u64;
    let pattern = pattern.into_iter().take(PATTERN).map(|(author, count)| format!("{author}×{count}")).collect();
    Ok(Detail::Printed { lines, switches, pattern })
}

/// What must be the same in every run, as text; `None` where nothing must. Of pages, Python's and the Lab's have fewer
/// things in common: they read titles and write addresses in ways of their own.
pub(super) fn result_of(detail: &Detail, side: Side) -> Option<String> {
    match detail {
        Detail::Results { results } => serde_json::to_string(results).ok(),
        Detail::Checksum { checksum, .. } => Some(checksum.clone()),
        Detail::Pages { results } if side == Side::Python => {
            let results: Vec<_> = results.iter().map(|page| (page.bytes, page.error.is_some())).collect();
            serde_json::to_string(&results).ok()
        }
        Detail::Pages { results } => {
            let results: Vec<_> =
                results.iter().map(|page| (&page.url, page.bytes, &page.title, page.error.is_some())).collect();
            serde_json::to_string(&results).ok()
        }
        _ => None,
    }
}
