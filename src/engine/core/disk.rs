//! A full disk: the queue waits instead of failing, and tries again now and then whether there is room by now. Jobs that
//! found none are tried behind those that wait at that moment: what is large must not keep out what would fit. Once there
//! is room, they do not wait for those whose host has none.

use super::Core;
use crate::model::{ErrorKind, Event, Failure, JobId, Moment, Pool, RetryHint};
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
    fn disk_is_full(&mut self, failure: &Failure) {
        let sentence = format!("{}; the queue waits until there is room", failure.sentence);
        let try_at = self.now + TRY_EVERY;
        if self.full_disk.replace(FullDisk { try_at, sentence }).is_none() {
            self.tell_trouble();
        }
    }

    /// An attempt found no room. Its job waits behind those that wait at this moment.
    pub(super) fn found_no_room(&mut self, id: JobId, failure: &Failure) {
        if let Some(run) = self.job_mut(id).and_then(|job| job.run.as_mut()) {
            run.found_no_room = true;
        }
        self.disk_is_full(failure);
        self.queue_again(id);
    }

    /// Lets those wait for a lane again that found no room, where nobody else does. While the disk is full, those whose host
    /// has none count as waiting. Answers whether there were any.
    pub(super) fn try_for_room_again(&mut self) -> bool {
        if self.without_room.is_empty() {
            return false;
        }
        let fetches = self.ready_fetch.is_empty() && (self.full_disk.is_none() || !self.hosts.has_aside(self.now));
        let mills = self.ready_mill.is_empty();
        let may = |id: &JobId| match self.pool(*id) {
            Some(Pool::Fetch) => fetches,
            _ => mills,
        };
        let again: Vec<JobId> = self.without_room.iter().copied().filter(may).collect();
        for id in &again {
            self.without_room.remove(id);
            if let Some(run) = self.job_mut(*id).and_then(|job| job.run.as_mut()) {
                run.found_no_room = false;
            }
            self.enqueue(*id);
        }
        !again.is_empty()
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
