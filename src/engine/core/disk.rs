//! A full disk: the queue waits instead of failing, and tries again now and then whether there is room by now.

use super::Core;
use crate::model::{ErrorKind, Event, Failure, Moment, RetryHint};
use std::time::Duration;

/// How long nothing starts after the disk was found full.
const TRY_EVERY: Duration = Duration::from_secs(5);

/// What is known of a disk that was full.
#[derive(Debug)]
pub(super) struct FullDisk {
    /// Nothing starts before.
    try_at: Moment,
    sentence: String,
}

impl FullDisk {
    pub(super) fn holds_up(&self, now: Moment) -> Option<Moment> {
        Some(self.try_at).filter(|at| *at > now)
    }
}

/// Whether a failure says that there may be room later. What is larger than the whole disk never fits.
pub(super) fn may_fit_later(failure: &Failure) -> bool {
    failure.kind == ErrorKind::DiskFull && failure.retry != RetryHint::Never
}

impl Core {
    /// Something found the disk full.
    pub(super) fn disk_is_full(&mut self, failure: &Failure) {
        let sentence = format!("{}; the queue waits until there is room", failure.sentence);
        let try_at = self.now + TRY_EVERY;
        if self.full_disk.replace(FullDisk { try_at, sentence }).is_none() {
            self.tell_trouble();
        }
    }

    /// Something was written: there is room.
    pub(super) fn disk_has_room(&mut self) {
        // What was written a moment ago may have taken the last room.
        if self.full_disk.take_if(|full| full.holds_up(self.now).is_none()).is_some() {
            self.tell_trouble();
        }
    }

    /// Says why nothing starts, or that nothing stands in the way any more.
    pub(super) fn tell_trouble(&mut self) {
        let full = || self.full_disk.as_ref().map(|full| full.sentence.clone());
        let trouble = self.stalled.clone().or_else(full);
        self.emit(Event::Trouble(trouble));
    }
}
