//! Which row of the queue's file a job of this program is. Jobs are numbered anew by every program; rows are not.
//! Stretches are kept in the order of their first jobs, in whatever order they are added.

use crate::model::JobId;

/// Stretches of jobs, by their first.
#[derive(Debug, Default)]
pub(super) struct Rows {
    stretches: Vec<Stretch>,
}

#[derive(Debug)]
struct Stretch {
    first: JobId,
    rows: Numbers,
    /// The batch's own row.
    batch: i64,
}

#[derive(Debug)]
enum Numbers {
    /// One after another, from this one on.
    From(i64),
    /// One by one: what was left of a batch.
    Listed(Vec<i64>),
}

impl Rows {
    /// Jobs from `first` on have the rows from `row` on.
    pub(super) fn add(&mut self, first: JobId, row: i64, batch: i64) {
        self.insert(Stretch { first, rows: Numbers::From(row), batch });
    }

    /// Jobs from `first` on have these rows.
    pub(super) fn add_listed(&mut self, first: JobId, rows: Vec<i64>, batch: i64) {
        self.insert(Stretch { first, rows: Numbers::Listed(rows), batch });
    }

    fn insert(&mut self, stretch: Stretch) {
        let place = self.stretches.partition_point(|other| other.first <= stretch.first);
        self.stretches.insert(place, stretch);
    }

    /// The row of a job and that of its batch.
    pub(super) fn of(&self, job: JobId) -> Option<(i64, i64)> {
        let after = self.stretches.partition_point(|stretch| stretch.first <= job);
        let stretch = self.stretches.get(after.checked_sub(1)?)?;
        let place = (job.0 - stretch.first.0) as usize;
        let row = match &stretch.rows {
            Numbers::From(row) => row + place as i64,
            Numbers::Listed(rows) => *rows.get(place)?,
        };
        Some((row, stretch.batch))
    }
}
