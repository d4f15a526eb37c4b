//! What the chosen rows are together. Counted when a person chooses, and from then on kept in step with what happens to
//! them: a million chosen rows are not walked again.

use super::facts::Fact;
use super::{Bucket, Counts, Model, Row};
use crate::model::JobId;
use std::cell::OnceCell;

/// Of so many chosen rows the sizes are added up.
const LOOKED_AT: usize = 20_000;

/// What the chosen rows are together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) counts: Counts,
    /// Of those that are done, unless too many rows are chosen.
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Whether the sizes are added up.
    has_sizes: bool,
    /// Which selection it is about.
    version: u64,
}

impl Chosen {
    fn add(&mut self, fact: &Fact, row: Option<&Row>) {
        self.counts.add(fact);
        if let Some(row) = row.filter(|_| self.has_sizes && fact.bucket == Bucket::Done) {
            self.bytes_in += row.bytes_in;
            self.bytes_out += row.bytes_out;
        }
    }

    fn take_off(&mut self, fact: &Fact, row: Option<&Row>) {
        self.counts.take_off(fact);
        if let Some(row) = row.filter(|_| self.has_sizes && fact.bucket == Bucket::Done) {
            self.bytes_in = self.bytes_in.saturating_sub(row.bytes_in);
            self.bytes_out = self.bytes_out.saturating_sub(row.bytes_out);
        }
    }
}

impl Model {
    /// What the chosen rows are together.
    pub(crate) fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Counts anew where a person chose others, or where so few are left that their sizes can be added up.
    pub(super) fn count_chosen_if_due(&mut self) {
        let is_few = self.view.selected_count() <= LOOKED_AT;
        if self.chosen.version != self.view.version() || is_few && !self.chosen.has_sizes {
            self.chosen = self.count_chosen();
        }
    }

    pub(super) fn count_chosen(&self) -> Chosen {
        let has_sizes = self.view.selected_count() <= LOOKED_AT;
        let mut chosen = Chosen { version: self.view.version(), has_sizes, ..Chosen::default() };
        for job in self.view.chosen() {
            if let Some(fact) = self.facts.get(job) {
                chosen.add(fact, made(&self.rows, job));
            }
        }
        chosen
    }

    /// A row is not what it was.
    pub(super) fn chosen_changed(&mut self, job: JobId, before: &Fact, after: &Fact) {
        if self.is_counted(job) {
            let row = made(&self.rows, job);
            self.chosen.take_off(before, row);
            self.chosen.add(after, row);
        }
    }

    /// A row is not chosen any more, nor is the keyboard there. To be called while what it was is known still.
    pub(super) fn unchoose(&mut self, job: JobId) {
        if self.is_counted(job)
            && let Some(fact) = self.facts.get(job)
        {
            let row = made(&self.rows, job);
            self.chosen.take_off(fact, row);
        }
        self.view.forget(job);
    }

    fn is_counted(&self, job: JobId) -> bool {
        self.chosen.version == self.view.version() && self.view.is_selected(job)
    }
}

/// A row, if it was made already.
pub(super) fn made(rows: &[OnceCell<Box<Row>>], job: JobId) -> Option<&Row> {
    rows.get(job.0 as usize)?.get().map(|row| &**row)
}
