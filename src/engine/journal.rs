//! The journal: a thread that owns the queue's file and keeps records there. What waits while it writes goes into the
//! next transaction together, so that keeping many costs little more than keeping one.

use super::executor::Report;
use crate::model::{Record, Undone};
use crate::store::{KeepError, Queue};
use crate::task::boot;
use crossbeam_channel::{Receiver, Sender};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often a write that failed is tried again.
const AGAIN_EVERY: Duration = Duration::from_millis(250);

/// How long more orders are waited for, where one comes so soon after the last.
const GATHER_FOR: Duration = Duration::from_millis(1);

/// The most orders that go into one transaction.
const MAX_ORDERS: usize = 4096;

/// Hands records to the journal. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct JournalSender {
    orders: Sender<Order>,
}

/// The running journal, which ends when this is dropped, with everything kept that can be.
#[derive(Debug)]
pub(super) struct Journal {
    sender: Option<JournalSender>,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    /// Keep these, and tell so by this number.
    Keep(Vec<Record>, u64),
    /// Keep these and answer.
    KeepAndAnswer(Vec<Record>, Sender<()>),
    /// Read what earlier programs left.
    Load,
    /// Give up what earlier programs left.
    Forget,
    /// Take the newest batch back.
    Undo,
}

impl Order {
    fn records(&self) -> &[Record] {
        match self {
            Order::Keep(records, _) | Order::KeepAndAnswer(records, _) => records,
            Order::Load | Order::Forget | Order::Undo => &[],
        }
    }
}

impl Journal {
    pub(super) fn start(queue: Queue, reports: Sender<Report>) -> io::Result<Journal> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a job has a bounded number of records, so the queue bounds them; the engine must not wait"
        )]
        let (orders, received) = crossbeam_channel::unbounded();
        let ending = Arc::new(AtomicBool::new(false));
        let queue = Some(queue.in_boot(boot::id()));
        let keeper = Keeper { queue, orders: received, reports, ending: Arc::clone(&ending) };
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || guarded(&keeper.reports.clone(), || keeper.run()))?;
        Ok(Journal { sender: Some(JournalSender { orders }), ending, thread: Some(thread) })
    }

    pub(super) fn sender(&self) -> Option<JournalSender> {
        self.sender.clone()
    }

    pub(super) fn keep(&self, records: Vec<Record>, number: u64) {
        self.order(Order::Keep(records, number));
    }

    pub(super) fn load(&self) {
        self.order(Order::Load);
    }

    pub(super) fn forget(&self) {
        self.order(Order::Forget);
    }

    pub(super) fn undo(&self) {
        self.order(Order::Undo);
    }

    fn order(&self, order: Order) {
        if let Some(sender) = &self.sender {
            // The thread ends only after the senders are gone.
            sender.orders.send(order).ok();
        }
    }

    /// From now on nothing that fails is tried again: the program ends.
    pub(super) fn give_up(&self) {
        self.ending.store(true, Ordering::Release);
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.give_up();
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been told.
            thread.join().ok();
        }
    }
}

impl JournalSender {
    /// Keeps records and waits until they are kept. `false` where they never will be: the program ends, or the journal broke
    /// off.
    pub(super) fn keep_now(&self, records: Vec<Record>) -> bool {
        let (answer, answered) = crossbeam_channel::bounded(1);
        self.orders.send(Order::KeepAndAnswer(records, answer)).is_ok() && answered.recv().is_ok()
    }
}

struct Keeper {
    /// None once it turned out to be damaged.
    queue: Option<Queue>,
    orders: Receiver<Order>,
    reports: Sender<Report>,
    ending: Arc<AtomicBool>,
}

impl Keeper {
    fn run(mut self) {
        let mut last = Instant::now();
        while let Ok(first) = self.orders.recv() {
            let mut group = vec![first];
            if last.elapsed() < GATHER_FOR {
                // Much goes on: one transaction for what comes in a moment costs less than one for each.
                thread::sleep(GATHER_FOR);
            }
            group.extend(self.orders.try_iter().take(MAX_ORDERS));
            if !self.carry_out(group) {
                return;
            }
            last = Instant::now();
        }
    }

    /// Carries orders out. `false` where the program ends before that is possible.
    fn carry_out(&mut self, group: Vec<Order>) -> bool {
        let all: Vec<&Record> = group.iter().flat_map(Order::records).collect();
        if !self.keep(&all) {
            return false;
        }
        let newest =
            group.iter().filter_map(|order| if let Order::Keep(_, number) = order { Some(*number) } else { None });
        if let Some(number) = newest.max() {
            self.report(Report::Kept(number));
        }
        for order in group {
            match order {
                Order::Keep(..) => {}
                // Who asked may have gone.
                Order::KeepAndAnswer(_, answer) => drop(answer.send(())),
                Order::Load => match self.queue.as_mut().map(Queue::load).transpose() {
                    Ok(leftovers) => {
                        if let Some(complaint) = self.queue.as_mut().and_then(Queue::complaint) {
                            self.report(Report::Warned(complaint));
                        }
                        self.report(Report::Loaded(leftovers.unwrap_or_default()));
                    }
                    Err(error) => {
                        let sentence = self.failed(error);
                        self.report(Report::Unread(sentence));
                    }
                },
                Order::Forget => {
                    if let Some(Err(error)) = self.queue.as_mut().map(Queue::forget) {
                        self.fail(error);
                    }
                }
                Order::Undo => {
                    let undone = self.undo();
                    self.report(Report::Undone(undone));
                }
            }
        }
        true
    }

    /// Takes the newest batch back. A sentence where that cannot be.
    fn undo(&mut self) -> Result<Option<Arc<Undone>>, String> {
        let Some(queue) = &mut self.queue else {
            return Err("The queue is not kept any more, so there is nothing to take back".to_owned());
        };
        let undone = match queue.unfinished_in_last() {
            Ok(0) => queue.undo(),
            Ok(1) => return Err("A job of the last batch has not ended: wait for it, or cancel it first".to_owned()),
            Ok(jobs) => {
                return Err(format!(
                    "{jobs} jobs of the last batch have not ended: wait for them, or cancel them first"
                ));
            }
            Err(error) => Err(error),
        };
        undone.map(|undone| undone.map(Arc::new)).map_err(|error| self.failed(error))
    }

    /// Keeps records, however often that has to be tried.
    fn keep(&mut self, records: &[&Record]) -> bool {
        let mut stalled = false;
        while let Some(queue) = self.queue.as_mut().filter(|_| !records.is_empty()) {
            match queue.keep(records.iter().copied()) {
                Ok(()) => break,
                Err(KeepError::Later(why)) => {
                    if self.ending.load(Ordering::Acquire) {
                        return false;
                    }
                    if !stalled {
                        self.report(Report::Stalled(Some(format!("{why}. The queue waits until that is mended"))));
                        stalled = true;
                    }
                    thread::sleep(AGAIN_EVERY);
                }
                Err(error @ KeepError::Damaged(_)) => self.fail(error),
            }
        }
        if stalled {
            self.report(Report::Stalled(None));
        }
        true
    }

    fn fail(&mut self, error: KeepError) {
        let sentence = self.failed(error);
        self.report(Report::Warned(sentence));
    }

    /// What went wrong, in a sentence. A damaged file is put aside, and nothing is kept any more: what runs goes on.
    fn failed(&mut self, error: KeepError) -> String {
        match (error, self.queue.take()) {
            (KeepError::Damaged(path), Some(queue)) => match queue.put_aside() {
                Ok(aside) => format!(
                    "The queue {path} is damaged; it was kept aside as {}. What this program has queued goes on, but is not kept any more",
                    aside.display()
                ),
                Err(error) => format!("The queue {path} is damaged, and cannot be kept aside: {error}"),
            },
            (error, queue) => {
                self.queue = queue;
                error.to_string()
            }
        }
    }

    fn report(&self, report: Report) {
        // Nobody listens any more once the engine has ended.
        self.reports.send(report).ok();
    }
}

/// Keeps what comes until it ends. Should it break off, that is told: whatever is to start waits for it.
fn guarded(reports: &Sender<Report>, keep: impl FnOnce()) {
    if panic::catch_unwind(AssertUnwindSafe(keep)).is_err() {
        let sentence = "The queue cannot be kept any more, since its thread broke off. Start Millrace again to go on";
        // Nobody listens any more once the engine has ended.
        reports.send(Report::Stalled(Some(sentence.to_owned()))).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_broke_off_says_so() {
        let (reports, told) = crossbeam_channel::bounded(1);
        guarded(&reports, || panic!("on purpose"));
        assert!(matches!(told.try_recv(), Ok(Report::Stalled(Some(sentence))) if sentence.contains("queue")));
        guarded(&reports, || ());
        assert!(told.try_recv().is_err(), "it ended as it should");
    }
}
