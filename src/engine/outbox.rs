//! What goes out: events, in order, and none before the records that came before it are kept. Who reads that a job is done
//! can rely on it, whatever happens to the program.

use crate::model::{Event, Record};
use crossbeam_channel::Sender;
use std::collections::VecDeque;

pub(super) struct Outbox {
    events: Sender<Event>,
    /// Records of this turn.
    records: Vec<Record>,
    /// The number of the last records handed over, and of the last kept.
    handed: u64,
    kept: u64,
    /// The numbers of the records that have a batch each, as long as it is not kept.
    batches: VecDeque<u64>,
    /// Events that wait for the records with this number to be kept.
    waiting: VecDeque<(u64, Event)>,
    /// Events went out that no wake has announced yet.
    unannounced: bool,
}

impl Outbox {
    pub(super) fn new(events: Sender<Event>) -> Outbox {
        Outbox {
            events,
            records: Vec::new(),
            handed: 0,
            kept: 0,
            batches: VecDeque::new(),
            waiting: VecDeque::new(),
            unannounced: false,
        }
    }

    pub(super) fn record(&mut self, record: Record) {
        self.records.push(record);
    }

    /// The same for a batch, of which [`Outbox::kept`] tells.
    pub(super) fn record_batch(&mut self, record: Record) {
        self.record(record);
        self.batches.push_back(self.handed + 1);
    }

    /// Sends an event once all records before it are kept. That the journal is in trouble is told at once.
    pub(super) fn send(&mut self, event: Event) {
        let after = self.handed + u64::from(!self.records.is_empty());
        if after <= self.kept || matches!(event, Event::Trouble(_) | Event::Warned(_) | Event::Undone(_)) {
            self.send_now(event);
        } else {
            self.waiting.push_back((after, event));
        }
    }

    /// The records of this turn and their number, if there are any.
    pub(super) fn take_records(&mut self) -> Option<(Vec<Record>, u64)> {
        if self.records.is_empty() {
            return None;
        }
        self.handed += 1;
        Some((std::mem::take(&mut self.records), self.handed))
    }

    /// Everything up to this number is kept. Answers how many batches more are.
    pub(super) fn kept(&mut self, number: u64) -> usize {
        self.kept = self.kept.max(number);
        while let Some((_, event)) = self.waiting.pop_front_if(|(after, _)| *after <= self.kept) {
            self.send_now(event);
        }
        std::iter::from_fn(|| self.batches.pop_front_if(|batch| *batch <= self.kept)).count()
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn take_unannounced(&mut self) -> bool {
        std::mem::take(&mut self.unannounced)
    }

    fn send_now(&mut self, event: Event) {
        // Without a face, the end of the commands ends the loop.
        self.events.send(event).ok();
        self.unannounced = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, JobId};

    #[test]
    fn events_wait_for_the_records_before_them() {
        #[expect(clippy::disallowed_methods, reason = "a handful in a test")]
        let (sender, events) = crossbeam_channel::unbounded();
        let mut outbox = Outbox::new(sender);
        let finished = |number| Event::BatchFinished(BatchId(number));
        let seen = || events.try_iter().collect::<Vec<_>>();
        outbox.send(finished(0));
        assert_eq!(seen(), [finished(0)], "nothing to wait for");
        outbox.record(Record::Requeued(JobId(0)));
        outbox.send(finished(1));
        let (_, first) = outbox.take_records().expect("a record");
        outbox.send(finished(2));
        outbox.record(Record::Requeued(JobId(1)));
        outbox.send(finished(3));
        let (_, second) = outbox.take_records().expect("a record");
        outbox.send(Event::Trouble(None));
        assert_eq!(seen(), [Event::Trouble(None)]);
        assert_eq!(outbox.kept(first), 0);
        assert_eq!(seen(), [finished(1), finished(2)]);
        assert_eq!(outbox.kept(second), 0);
        assert_eq!(seen(), [finished(3)]);
        outbox.send(finished(4));
        assert_eq!(seen(), [finished(4)]);
        for _ in 0..2 {
            outbox.record_batch(Record::Requeued(JobId(2)));
        }
        let (_, both) = outbox.take_records().expect("records");
        outbox.record_batch(Record::Requeued(JobId(3)));
        assert_eq!([outbox.kept(second), outbox.kept(both), outbox.kept(both)], [0, 2, 0]);
        let (_, last) = outbox.take_records().expect("a record");
        assert_eq!(outbox.kept(last), 1);
    }
}
