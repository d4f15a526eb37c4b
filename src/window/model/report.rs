//! What a stretch of work came to. Counted job by job as they end, so that the report at its end costs the same after
//! ten jobs and after a million: nothing ever walks the rows.
//!
//! Rows that are removed stay counted: those that had ended as what they were, those that had not as cancelled, for that
//! is what became of them. A job that is tried again leaves the count until it ends once more.

use super::picture::Picture;
use super::row::Row;
use super::{Stretch, Tracks};
use crate::model::link::masked;
use crate::model::{ErrorKind, ExecutorKind, Failure, JobId, JobState, Pool, Source, Timing};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How many of the slowest files are told.
const SLOWEST: usize = 5;
/// How many names a reason is told with.
const NAMES: usize = 3;
/// How many reasons are told apart; what comes after them is told by its kind alone.
const REASONS: usize = 50;

/// What a stretch of work came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BatchReport {
    /// Of which stretch of this window it is. Goes up with every one, and with every time that one is taken up again.
    pub(crate) number: u32,
    pub(crate) stretch: u32,
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) cancelled: usize,
    /// Of the jobs that are done: what was received or read, and what was written.
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// The same of those that were converted.
    pub(crate) converted_in: u64,
    pub(crate) converted_out: u64,
    /// From the first job to the last, without the rest in between.
    pub(crate) wall: Duration,
    /// What one lane alone is estimated to take, and how many times longer that is.
    pub(crate) serial: Option<(Duration, f64)>,
    pub(crate) slowest: Vec<Slow>,
    /// The most frequent first.
    pub(crate) reasons: Vec<Reason>,
    pub(crate) work: Vec<Work>,
    /// The lanes of the stretch.
    pub(crate) picture: Picture,
}

/// A file that took long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slow {
    pub(crate) job: JobId,
    pub(crate) name: String,
    pub(crate) timing: Timing,
    pub(crate) state: JobState,
}

/// Failures with one and the same cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) kind: ErrorKind,
    /// What is said of each, without its name.
    pub(crate) sentence: String,
    pub(crate) count: usize,
    /// The first few.
    pub(crate) names: Vec<String>,
}

/// What the attempts of one kind took at one kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) executor: ExecutorKind,
    pub(crate) pool: Pool,
    pub(crate) attempts: usize,
    /// Without the attempts whose worker died, which tell no computing time.
    pub(crate) timing: Timing,
}

impl BatchReport {
    pub(crate) fn jobs(&self) -> usize {
        self.done + self.failed + self.cancelled
    }

    /// What all attempts computed.
    pub(crate) fn computed(&self) -> Duration {
        Duration::from_micros(self.work.iter().map(|work| work.timing.cpu_us).sum())
    }
}

/// The count of the stretch under way.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    number: u32,
    done: usize,
    failed: usize,
    cancelled: usize,
    bytes: [u64; 4],
    /// The slowest first.
    slowest: Vec<Slow>,
    reasons: HashMap<(ErrorKind, String), (usize, Vec<String>)>,
    work: BTreeMap<(ExecutorKind, Pool), (usize, Timing)>,
}

impl Tally {
    /// How many ended as done, failed and cancelled.
    pub(crate) fn ended(&self) -> [usize; 3] {
        [self.done, self.failed, self.cancelled]
    }

    /// A stretch begins.
    pub(crate) fn begin(&mut self) {
        *self = Tally { number: self.number, ..Tally::default() };
    }

    /// An attempt ended.
    pub(crate) fn attempt(&mut self, executor: ExecutorKind, pool: Pool, timing: Timing) {
        let (attempts, sum) = self.work.entry((executor, pool)).or_default();
        *attempts += 1;
        if timing.cpu_us > 0 {
            *sum += timing;
        }
    }

    /// A job ended.
    pub(crate) fn job(&mut self, row: &Row) {
        match row.state {
            JobState::Done => {
                self.done += 1;
                let converted = u64::from(row.spec.stages().contains(&Pool::Mill));
                let (read, written) = (row.bytes_in, row.bytes_out);
                let counted = [read, written, read * converted, written * converted];
                for (sum, bytes) in self.bytes.iter_mut().zip(counted) {
                    *sum += bytes;
                }
            }
            JobState::Failed => {
                self.failed += 1;
                let (count, names) = self.reasons.entry(self.reason_of(row)).or_default();
                *count += 1;
                if names.len() < NAMES {
                    names.push(row.name.clone());
                }
            }
            JobState::Cancelled => self.cancelled += 1,
            JobState::Queued | JobState::Running => return,
        }
        self.see_slow(row);
    }

    /// A job that had ended badly is tried again.
    pub(crate) fn again(&mut self, row: &Row) {
        match row.state {
            JobState::Failed => {
                self.failed = self.failed.saturating_sub(1);
                let key = self.reason_of(row);
                if let Some((count, names)) = self.reasons.get_mut(&key) {
                    *count -= 1;
                    names.retain(|name| *name != row.name);
                    if *count == 0 {
                        self.reasons.remove(&key);
                    }
                }
            }
            JobState::Cancelled => self.cancelled = self.cancelled.saturating_sub(1),
            JobState::Queued | JobState::Running | JobState::Done => {}
        }
        self.slowest.retain(|slow| slow.job != row.id);
    }

    fn see_slow(&mut self, row: &Row) {
        let timing = row.timing();
        let place = self.slowest.partition_point(|slow| slow.timing.wall_us >= timing.wall_us);
        if place < SLOWEST && timing.wall_us > 0 {
            self.slowest.insert(place, Slow { job: row.id, name: row.name.clone(), timing, state: row.state });
            self.slowest.truncate(SLOWEST);
        }
    }

    fn reason_of(&self, row: &Row) -> (ErrorKind, String) {
        let Some(failure) = &row.failure else { return (ErrorKind::Io, String::new()) };
        let key = (failure.kind, without_name(failure, row));
        let is_told = self.reasons.len() < REASONS || self.reasons.contains_key(&key);
        if is_told { key } else { (failure.kind, "Other reasons of this kind".to_owned()) }
    }

    /// The report, if more than one job ended. `stretch` is counted to its end.
    pub(crate) fn report(&mut self, stretch: &Stretch, tracks: &Tracks) -> Option<BatchReport> {
        if self.done + self.failed + self.cancelled < 2 {
            return None;
        }
        self.number += 1;
        let (began, ended) = stretch.bounds();
        let [bytes_in, bytes_out, converted_in, converted_out] = self.bytes;
        let work = self.work.iter().map(|((executor, pool), (attempts, timing))| {
            let (executor, pool, attempts, timing) = (*executor, *pool, *attempts, *timing);
            Work { executor, pool, attempts, timing }
        });
        Some(BatchReport {
            number: self.number,
            stretch: stretch.number,
            done: self.done,
            failed: self.failed,
            cancelled: self.cancelled,
            bytes_in,
            bytes_out,
            converted_in,
            converted_out,
            wall: stretch.elapsed(ended),
            serial: stretch.speed_up().filter(|_| self.done > 0).map(|speed_up| (stretch.work(), speed_up)),
            slowest: self.slowest.clone(),
            reasons: self.reasons(),
            work: work.collect(),
            picture: Picture::of(tracks, began, ended),
        })
    }

    /// Counts in the report what ended in the bin since it was made.
    pub(crate) fn amend(&self, report: &mut BatchReport) {
        if report.failed != self.failed {
            report.reasons = self.reasons();
        }
        (report.done, report.failed, report.cancelled) = (self.done, self.failed, self.cancelled);
        [report.bytes_in, report.bytes_out, report.converted_in, report.converted_out] = self.bytes;
    }

    fn reasons(&self) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self
            .reasons
            .iter()
            .map(|((kind, sentence), (count, names))| Reason {
                kind: *kind,
                sentence: sentence.clone(),
                count: *count,
                names: names.clone(),
            })
            .collect();
        reasons.sort_by(|a, b| (b.count, &a.sentence).cmp(&(a.count, &b.sentence)));
        reasons
    }
}

/// What a failure says, with `…` for the file's own name, path or link: what is left is the same for every file that
/// failed alike.
fn without_name(failure: &Failure, row: &Row) -> String {
    let mut names = vec![row.name.clone(), row.spec.file_name(), row.spec.input().to_owned()];
    match row.spec.source() {
        Source::Link { url, .. } | Source::Page(url) => names.extend([url.to_owned(), masked(url)]),
        Source::File(path) => names.push(path.display().to_string()),
        Source::Refused(_) | Source::Light(_) | Source::Lab(_) => {}
    }
    // A path before the name that it ends with.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    names.iter().filter(|name| !name.is_empty()).fold(failure.sentence.clone(), |words, name| cut_out(&words, name))
}

/// `words` with `…` for every `name` that stands for itself and is not a part of a longer word.
fn cut_out(words: &str, name: &str) -> String {
    let mut rest = words;
    let mut out = String::with_capacity(words.len());
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_apart = !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        out += before;
        out += if is_apart { "…" } else { name };
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests;
