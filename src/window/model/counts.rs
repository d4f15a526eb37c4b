//! How many rows are in which state. Those in the bin do not count.

use super::facts::Fact;
use super::{Bucket, Filter};

/// How many rows there are of each bucket.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    by_bucket: [usize; 7],
    /// Unfinished rows that are paused by themselves.
    halted: usize,
}

impl Counts {
    /// Counts a row, unless it is in the bin.
    pub(super) fn add(&mut self, fact: &Fact) {
        self.by_bucket[fact.bucket as usize] += usize::from(!fact.binned);
        self.halted += usize::from(fact.halted && !fact.binned);
    }

    pub(super) fn take_off(&mut self, fact: &Fact) {
        self.by_bucket[fact.bucket as usize] -= usize::from(!fact.binned);
        self.halted -= usize::from(fact.halted && !fact.binned);
    }

    pub(crate) fn of(&self, bucket: Bucket) -> usize {
        self.by_bucket[bucket as usize]
    }

    pub(crate) fn of_filter(&self, filter: Filter) -> usize {
        Bucket::ALL.into_iter().filter(|bucket| filter.keeps(*bucket)).map(|bucket| self.of(bucket)).sum()
    }

    pub(crate) fn total(&self) -> usize {
        self.by_bucket.iter().sum()
    }

    /// Those that nothing more happens to.
    pub(crate) fn ended(&self) -> usize {
        self.of(Bucket::Done) + self.of(Bucket::Failed) + self.of(Bucket::Cancelled)
    }

    pub(crate) fn unfinished(&self) -> usize {
        self.total() - self.ended()
    }

    /// Unfinished ones that are paused by themselves.
    pub(crate) fn halted(&self) -> usize {
        self.halted
    }

    pub(crate) fn running(&self) -> usize {
        self.of(Bucket::Fetching) + self.of(Bucket::Milling)
    }
}
