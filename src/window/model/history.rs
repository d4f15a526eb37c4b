//! The attempts of a job, one after another. A row keeps its own list only once an attempt of it did not end well: of a
//! million rows that simply get done none does. What such a row tried is read from the lanes, as far back as those go.

use super::track::{Span, SpanEnd, Track};
use super::{Model, STILL_RUNNING};
use crate::model::{ExecutorKind, JobId, Moment, Pool, Timing};
use std::time::Duration;

/// The most attempts a row keeps: the first ones, and the newest after them.
const MOST: usize = 24;
const FIRST: usize = 4;

/// One attempt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tried {
    pub(crate) number: u32,
    pub(crate) pool: Pool,
    pub(crate) executor: ExecutorKind,
    /// The lane's label.
    pub(crate) lane: Box<str>,
    pub(crate) pid: Option<u32>,
    pub(crate) start: Moment,
    /// `u64::MAX` while it runs.
    pub(crate) end: Moment,
    pub(crate) how: SpanEnd,
    pub(crate) timing: Timing,
    /// Why it failed.
    pub(crate) error: Option<Box<str>>,
}

impl Tried {
    pub(crate) fn of(track: &Track, span: &Span) -> Tried {
        let wall_us = if span.end == STILL_RUNNING { 0 } else { (span.end - span.start).as_micros() as u64 };
        let cpu_us = (wall_us as f64 * f64::from(span.compute_share)) as u64;
        Tried {
            number: span.attempt,
            pool: span.pool,
            executor: track.lane.executor,
            lane: track.lane.label().into(),
            pid: span.pid,
            start: span.start,
            end: span.end,
            how: span.how,
            timing: Timing { wall_us, cpu_us },
            error: None,
        }
    }

    /// How long it took, or takes so far.
    pub(crate) fn took(&self, now: Moment) -> Duration {
        self.end.min(now) - self.start
    }
}

/// The attempts that a row keeps.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct History {
    tried: Vec<Tried>,
    /// How many are not kept any more, after the first ones.
    pub(crate) left_out: u32,
}

impl History {
    pub(crate) fn push(&mut self, tried: Tried) {
        if self.tried.len() >= MOST {
            self.tried.remove(FIRST);
            self.left_out += 1;
        }
        self.tried.push(tried);
    }

    /// Why an attempt failed.
    pub(crate) fn error(&self, number: u32) -> Option<&str> {
        self.tried.iter().find(|tried| tried.number == number)?.error.as_deref()
    }
}

impl Model {
    /// What is known of a job's attempts, the first one first, and how many are left out. Looks through all spans, so it
    /// is for one job that somebody looks at, and its answer worth keeping.
    pub(crate) fn attempts_of(&self, job: JobId) -> (Vec<Tried>, u32) {
        let kept = self.row(job).and_then(|row| row.history.as_deref());
        let mut all = kept.map(|history| history.tried.clone()).unwrap_or_default();
        for track in self.tracks.all() {
            for span in track.spans.iter().filter(|span| span.job == job) {
                if !all.iter().any(|tried| tried.number == span.attempt) {
                    all.push(Tried::of(track, span));
                }
            }
        }
        all.sort_by_key(|tried| (tried.number, tried.start));
        (all, kept.map_or(0, |history| history.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_newest_attempts_are_kept() {
        let mut history = History::default();
        for number in 1..=100 {
            history.push(Tried {
                number,
                pool: Pool::Fetch,
                executor: ExecutorKind::Threads,
                lane: "T1".into(),
                pid: None,
                start: Moment(u64::from(number)),
                end: Moment(u64::from(number) + 1),
                how: SpanEnd::Again,
                timing: Timing::default(),
                error: Some(format!("error {number}").into()),
            });
        }
        let numbers: Vec<u32> = history.tried.iter().map(|tried| tried.number).collect();
        assert_eq!((numbers.len(), numbers[..5].to_vec(), numbers.last()), (24, vec![1, 2, 3, 4, 81], Some(&100)));
        assert_eq!(history.left_out, 76);
        assert_eq!((history.error(100), history.error(50)), (Some("error 100"), None));
    }
}
