//! The last step of a job: its files are brought down to the disk and get their final names, by renames that replace
//! nothing unless the person wants that, and then only a file that no job of this batch made or reads. A few threads do it,
//! since a disk takes its time, and takes no more of it for several files than for one.

mod files;
mod names;
#[cfg(test)]
mod tests;

pub(super) use names::{Names, Originals, Rule, Slot};

use super::executor::Report;
use super::journal::JournalSender;
use crate::model::record::Naming;
use crate::model::{AttemptId, Batch, ErrorKind, Failure, Made, Record};
use crossbeam_channel::Sender;
use files::{Finished, Refused, discard_pieces, prepare, rename_all};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// How many files are brought down at the same time.
const THREADS: usize = 8;

/// How many files a thread takes at once.
const MOST_AT_ONCE: usize = 32;

/// What becomes of an accepted attempt's output.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) attempt: AttemptId,
    /// Where the attempt wrote.
    pub(super) temporary: PathBuf,
    /// The output folder.
    pub(super) root: PathBuf,
    /// The folder below it to put the files in; made if it is not there.
    pub(super) subfolder: PathBuf,
    /// The names wanted: one, unless the output holds several files.
    pub(super) names: Vec<String>,
    /// The lengths of the files that the output holds one after another. Empty for a single one.
    pub(super) lengths: Vec<u64>,
    /// What to do where a name is taken.
    pub(super) rule: Rule,
    /// Nothing was written: the file of this name that is there is the result.
    pub(super) existing: bool,
    /// The files get the times of the input.
    pub(super) keep_times: bool,
    /// Keeps what is about to be done, for jobs that are kept.
    pub(super) journal: Option<JournalSender>,
}

/// The threads, which end when this is dropped.
pub(super) struct Committer {
    orders: Option<Sender<Order>>,
    /// Whoever has not begun to rename does not begin any more.
    ending: Arc<AtomicBool>,
    names: Arc<Mutex<Names>>,
    threads: Vec<JoinHandle<()>>,
}

impl Committer {
    pub(super) fn start(reports: &Sender<Report>) -> io::Result<Committer> {
        #[expect(
            clippy::disallowed_methods,
            reason = "one order a job, so the queue bounds them; the engine must not wait"
        )]
        let (orders, received) = crossbeam_channel::unbounded();
        let (names, ending) = (Arc::new(Mutex::new(Names::default())), Arc::new(AtomicBool::new(false)));
        let start = |number| {
            let (orders, reports) = (received.clone(), reports.clone());
            let (names, ending) = (Arc::clone(&names), Arc::clone(&ending));
            thread::Builder::new().name(format!("commit {number}")).spawn(move || {
                for first in &orders {
                    let group = std::iter::once(first).chain(orders.try_iter().take(MOST_AT_ONCE - 1)).collect();
                    commit(group, &names, &ending, &reports);
                }
            })
        };
        let threads = (1..=THREADS).map(start).collect::<io::Result<_>>()?;
        Ok(Committer { orders: Some(orders), ending, names, threads })
    }

    /// Hands an order over. The answer is a report.
    pub(super) fn send(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The threads end only after this sender is gone.
            orders.send(order).ok();
        }
    }

    /// What a file of this name would become. Nothing is kept for it.
    pub(super) fn find(&self, folder: &Path, name: &str, rule: &Rule) -> Result<Slot, Failure> {
        lock(&self.names).find(folder, name, rule)
    }

    /// Whether a job under way, or one of this batch, made the file at a path.
    pub(super) fn made(&self, path: &Path, batch: &Arc<Batch>) -> bool {
        lock(&self.names).are_ours(path, &Arc::downgrade(batch))
    }

    /// Takes a file for one that this batch made: an earlier program did it.
    pub(super) fn claim(&self, path: &Path, batch: &Arc<Batch>) {
        lock(&self.names).claim(path, &Arc::downgrade(batch));
    }

    /// Begins no rename any more. Those that have begun end, and are reported.
    pub(super) fn stop(&mut self) {
        self.ending.store(true, Ordering::Release);
        self.orders = None;
    }

    /// Whether every thread has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Forgets which names are taken below a folder: others may change that once nothing is under way there.
    pub(super) fn forget(&self, folder: &Path) {
        lock(&self.names).forget(folder);
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.stop();
        for thread in self.threads.drain(..) {
            // A panic there has been printed, and there is nobody to hand it to.
            thread.join().ok();
        }
    }
}

/// The files of a job, brought down and about to get their names.
struct Ready {
    order: Order,
    files: Vec<Finished>,
    folder: PathBuf,
    /// The folders that were made for them.
    folders: Vec<PathBuf>,
}

/// The same with a name for each.
struct Named {
    ready: Ready,
    slots: Vec<Slot>,
}

/// Commits several jobs: what is about to be done with them is kept together.
fn commit(orders: Vec<Order>, names: &Mutex<Names>, ending: &AtomicBool, reports: &Sender<Report>) {
    let report = |attempt, result| {
        // Nobody listens any more once the engine has ended.
        reports.send(Report::Committed { attempt, result }).ok();
    };
    let mut ready = Vec::new();
    for order in orders {
        if ending.load(Ordering::Acquire) {
            return;
        }
        let (attempt, temporary, pieces) = (order.attempt, order.temporary.clone(), order.lengths.len());
        if order.existing {
            report(attempt, existing(&order, names));
            continue;
        }
        match prepare(order) {
            Ok(files) => ready.push(files),
            Err(failure) => {
                discard_pieces(&temporary, pieces);
                report(attempt, Err(failure));
            }
        }
    }
    // Again and again for those whose name turned out to be taken.
    while !ready.is_empty() {
        let mut named = Vec::new();
        for ready in ready {
            match reserve_all(names, &ready) {
                Ok(slots) => named.push(Named { ready, slots }),
                Err(failure) => {
                    discard_pieces(&ready.order.temporary, ready.order.lengths.len());
                    report(ready.order.attempt, Err(failure));
                }
            }
        }
        // Should the program die over a rename, this tells the next one what to look for. Whoever goes on makes the rest anew.
        if !announce(&named) || ending.load(Ordering::Acquire) {
            return;
        }
        ready = Vec::new();
        for Named { ready: files, slots } in named {
            let attempt = files.order.attempt;
            match rename_all(&files, &slots) {
                Ok(()) => {
                    for (_, file) in slots.iter().zip(&files.files).filter(|(slot, _)| matches!(slot, Slot::Keep(_))) {
                        // What was made instead of a file that stays; should it stay, it lies among the hidden files.
                        fs::remove_file(&file.temporary).ok();
                    }
                    report(attempt, made(slots.iter().map(|slot| files.folder.join(slot.name()))));
                }
                Err(Refused { place, is_taken, error }) => {
                    let mut names = lock(names);
                    for (number, (slot, wanted)) in slots.iter().zip(&files.order.names).enumerate() {
                        names.give_back(&files.folder, wanted, slot, is_taken && number == place);
                    }
                    if is_taken {
                        ready.push(files);
                    } else {
                        discard_pieces(&files.order.temporary, files.order.lengths.len());
                        let path = files.folder.join(slots[place].name());
                        report(attempt, Err(Failure::from_io("save", &path, &error)));
                    }
                }
            }
        }
    }
}

/// The file that is there already and stays, where nothing was made.
fn existing(order: &Order, names: &Mutex<Names>) -> Result<Made, Failure> {
    // Mostly it was never made; should it stay, it lies among the hidden files.
    fs::remove_file(&order.temporary).ok();
    let folder = order.root.join(&order.subfolder);
    let mut kept = Vec::new();
    for name in &order.names {
        let slot = if order.rule.ordered {
            lock(names).reserve(&folder, name, &order.rule)?
        } else {
            Slot::Keep(name.clone())
        };
        let path = folder.join(slot.name());
        if !path.is_file() {
            let sentence = format!("{} was there and is gone by now; try again", path.display());
            return Err(Failure::new(ErrorKind::Io, sentence));
        }
        kept.push(path);
    }
    made(kept)
}

fn made(files: impl IntoIterator<Item = PathBuf>) -> Result<Made, Failure> {
    Made::of(files).ok_or_else(|| Failure::new(ErrorKind::Io, "Nothing was made".to_owned()))
}

/// Finds a name for each file of a job, and keeps it.
fn reserve_all(names: &Mutex<Names>, Ready { order, folder, .. }: &Ready) -> Result<Vec<Slot>, Failure> {
    let mut names = lock(names);
    let mut slots: Vec<Slot> = Vec::with_capacity(order.names.len());
    for name in &order.names {
        match names.reserve(folder, name, &order.rule) {
            Ok(slot) => slots.push(slot),
            Err(failure) => {
                for (slot, wanted) in slots.iter().zip(&order.names) {
                    names.give_back(folder, wanted, slot, false);
                }
                return Err(failure);
            }
        }
    }
    Ok(slots)
}

/// Keeps what is about to be done, for jobs that are kept. `false` where that will never be: nothing is done then, and
/// whoever goes on makes it anew.
fn announce(named: &[Named]) -> bool {
    let is_kept = |named: &&Named| named.ready.order.journal.is_some();
    let intents: Vec<Record> = named.iter().filter(is_kept).filter_map(intent).collect();
    let journal = named.iter().find_map(|named| named.ready.order.journal.as_ref());
    intents.is_empty() || journal.is_none_or(|journal| journal.keep_now(intents))
}

/// What is about to be done with a job's files. `None` where they all stay as they are.
fn intent(Named { ready, slots }: &Named) -> Option<Record> {
    let naming = |(slot, file): (&Slot, &Finished)| {
        let (part, path) = (file.temporary.clone(), ready.folder.join(slot.name()));
        let replaces = match slot {
            Slot::Keep(_) => return None,
            Slot::Replace(_) => true,
            Slot::Free(..) => false,
        };
        Some(Naming { part, file: file.file, path, replaces })
    };
    let files: Vec<Naming> = slots.iter().zip(&ready.files).filter_map(naming).collect();
    let folders = ready.folders.clone();
    (!files.is_empty()).then_some(Record::Committing { job: ready.order.attempt.job, files, folders })
}

fn lock(names: &Mutex<Names>) -> std::sync::MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}
