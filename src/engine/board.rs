//! The newest progress of each job: a latest-value slot that writers overwrite and a reader empties. Nothing waits
//! for progress, and the last value of a job stays until it is taken.

use crate::model::{JobId, Progress};
use crate::sync::{Mutex, MutexGuard};
use std::collections::HashMap;
use std::mem;
use std::sync::PoisonError;

/// Latest-value slots, filled by lanes and emptied by a face. Holds at most one value for each job that reported
/// since the last [`Board::take`].
#[derive(Debug, Default)]
pub struct Board {
    fresh: Mutex<HashMap<JobId, Progress>>,
}

impl Board {
    /// Replaces the value of a job.
    pub fn put(&self, job: JobId, progress: Progress) {
        self.lock().insert(job, progress);
    }

    /// Takes every value put since the last call.
    pub fn take(&self) -> HashMap<JobId, Progress> {
        let mut fresh = self.lock();
        if fresh.is_empty() { HashMap::new() } else { mem::take(&mut *fresh) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Progress>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
