//! The last step of a job: its file is brought down to the disk and gets its final name, by a rename that replaces
//! nothing unless the person wants that, and then only a file that no job of this batch made. A few threads do it, since a
//! disk takes its time, and takes no more of it for several files than for one.

use super::executor::Report;
use super::journal::JournalSender;
use super::workspace::unusable;
use crate::model::filename::{collision_key, numbered};
use crate::model::record::FileIdentity;
use crate::model::{AttemptId, ErrorKind, Failure, OnExists, Record};
use crate::store::queue::identity;
use crossbeam_channel::Sender;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tempfile::TempPath;

/// How many files are brought down at the same time.
const THREADS: usize = 8;

/// How many files a thread takes at once.
const MOST_AT_ONCE: usize = 32;

/// How many numbers are tried for a name that is taken.
const MAX_NUMBER: u32 = 1_000_000;

/// What becomes of an accepted attempt's output.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) attempt: AttemptId,
    /// Where the attempt wrote.
    pub(super) temporary: PathBuf,
    /// The output folder.
    pub(super) root: PathBuf,
    /// The folder below it to put the file in; made if it is not there.
    pub(super) subfolder: PathBuf,
    /// The name wanted.
    pub(super) name: String,
    /// What to do where it is taken.
    pub(super) on_exists: OnExists,
    /// Nothing was written: the file of this name that is there is the result.
    pub(super) existing: bool,
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

/// The names taken in each folder, as a case-insensitive file system sees them.
type Names = HashMap<PathBuf, Taken>;

#[derive(Debug, Default)]
struct Taken {
    keys: HashMap<String, Whose>,
    /// Where to go on counting for a name that is taken often.
    next_number: HashMap<String, u32>,
}

/// Who made the file that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// It was there.
    Theirs,
    /// A job of this program, or an earlier one of the same batch.
    Ours,
}

impl Committer {
    pub(super) fn start(reports: &Sender<Report>) -> io::Result<Committer> {
        #[expect(
            clippy::disallowed_methods,
            reason = "one order a job, so the queue bounds them; the engine must not wait"
        )]
        let (orders, received) = crossbeam_channel::unbounded();
        let (names, ending) = (Arc::new(Mutex::new(Names::new())), Arc::new(AtomicBool::new(false)));
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

    /// Whether a job of this program made the file at a path.
    pub(super) fn made(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        lock(&self.names).get(folder).is_some_and(|taken| taken.is_ours(&name.to_string_lossy()))
    }

    /// Takes a file for one that a job of this program made: an earlier program made it for the same batch.
    pub(super) fn claim(&self, path: &Path) {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
        // A folder that cannot be read has nothing that could be replaced.
        if let Ok(taken) = taken_in(&mut lock(&self.names), folder) {
            taken.keys.insert(collision_key(&name.to_string_lossy()), Whose::Ours);
        }
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
        lock(&self.names).retain(|taken_in, _| !taken_in.starts_with(folder));
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

/// A file that is brought down and about to get a name.
struct Ready {
    order: Order,
    file: Option<FileIdentity>,
    folder: PathBuf,
}

/// A name for a file.
struct Named {
    ready: Ready,
    path: PathBuf,
    /// The number that the name has. `None` where it is that of a file which is to be replaced.
    number: Option<u32>,
}

/// What becomes of a name.
enum Slot {
    /// A free one, and the number it has.
    Free(String, u32),
    /// That of a file which is to be replaced.
    Replace,
    /// That of a file which stays.
    Keep,
}

/// Commits several files: what is about to be done with them is kept together.
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
        let attempt = order.attempt;
        if order.existing {
            report(attempt, kept(&order));
            continue;
        }
        match prepare(order) {
            Ok(file) => ready.push(file),
            Err(failure) => report(attempt, Err(failure)),
        }
    }
    // Again and again for those whose name turned out to be taken.
    while !ready.is_empty() {
        let mut named = Vec::new();
        for ready in ready {
            let (path, number) = match reserve(names, &ready) {
                Ok(Slot::Free(candidate, number)) => (ready.folder.join(candidate), Some(number)),
                Ok(Slot::Replace) => (ready.folder.join(&ready.order.name), None),
                Ok(Slot::Keep) => {
                    report(ready.order.attempt, kept(&ready.order));
                    continue;
                }
                Err(failure) => {
                    report(ready.order.attempt, Err(failure));
                    continue;
                }
            };
            named.push(Named { ready, path, number });
        }
        // Should the program die over a rename, this tells the next one what to look for. Whoever goes on makes the rest anew.
        if !announce(&named) || ending.load(Ordering::Acquire) {
            return;
        }
        ready = Vec::new();
        for named in named {
            let attempt = named.ready.order.attempt;
            match rename(&named) {
                Ok(()) => report(attempt, Ok(named.path)),
                Err(error) => {
                    let is_taken = error.kind() == io::ErrorKind::AlreadyExists && named.number.is_some();
                    give_back(names, &named, is_taken);
                    if is_taken {
                        ready.push(named.ready);
                    } else {
                        report(attempt, Err(Failure::from_io("save", &named.path, &error)));
                    }
                }
            }
        }
    }
}

/// The file that is there already and stays. What was made instead of it goes.
fn kept(order: &Order) -> Result<PathBuf, Failure> {
    // Mostly it was never made; should it stay, it lies among the hidden files.
    fs::remove_file(&order.temporary).ok();
    let path = order.root.join(&order.subfolder).join(&order.name);
    if path.is_file() {
        return Ok(path);
    }
    let sentence = format!("{} was there and is gone by now; fetch it again", path.display());
    Err(Failure::new(ErrorKind::Io, sentence))
}

/// Brings a file down to the disk and makes its folder.
fn prepare(order: Order) -> Result<Ready, Failure> {
    let folder = order.root.join(&order.subfolder);
    let unsaved = |error: &io::Error| Failure::from_io("save", &folder.join(&order.name), error);
    // Opened for writing: some systems bring nothing down otherwise.
    let file = File::options().write(true).open(&order.temporary);
    file.and_then(|file| file.sync_data()).map_err(|error| unsaved(&error))?;
    make_folder(&order.root, &folder)?;
    let file = identity(&order.temporary).map_err(|error| unsaved(&error))?;
    Ok(Ready { order, file, folder })
}

/// Keeps what is about to be done, for jobs that are kept. `false` where the program ends before that is possible.
fn announce(named: &[Named]) -> bool {
    let is_kept = |named: &&Named| named.ready.order.journal.is_some();
    let intents = named.iter().filter(is_kept).map(|Named { ready, path, .. }| {
        let (part, path) = (ready.order.temporary.clone(), path.clone());
        Record::Committing { job: ready.order.attempt.job, part, file: ready.file, path }
    });
    let intents: Vec<Record> = intents.collect();
    let journal = named.iter().find_map(|named| named.ready.order.journal.as_ref());
    journal.is_none_or(|journal| journal.keep_now(intents))
}

/// Gives a file its final name, where nothing has it, or where it is to take the place of a file.
fn rename(Named { ready, path, number }: &Named) -> io::Result<()> {
    let temporary = &ready.order.temporary;
    if number.is_none() {
        return fs::rename(temporary, path);
    }
    match TempPath::try_from_path(temporary.clone())?.persist_noclobber(path) {
        Ok(()) => Ok(()),
        Err(refused) => {
            // Dropped, it would take the file with it.
            refused.path.keep()?;
            Err(refused.error)
        }
    }
}

/// Finds a name in a file's folder, and keeps it for that file: the one wanted, or the first free one like it.
fn reserve(names: &Mutex<Names>, Ready { order, folder, .. }: &Ready) -> Result<Slot, Failure> {
    let name = &*order.name;
    let mut names = lock(names);
    let taken = taken_in(&mut names, folder)?;
    let path = folder.join(name);
    // Two files of one batch never take each other's place.
    if !taken.is_ours(name) {
        match order.on_exists {
            OnExists::Skip if path.is_file() => return Ok(Slot::Keep),
            // A link is not replaced, nor what it leads to, nor a folder.
            OnExists::Overwrite | OnExists::Resume
                if path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) =>
            {
                taken.keys.insert(collision_key(name), Whose::Ours);
                return Ok(Slot::Replace);
            }
            _ => {}
        }
    }
    let first = taken.next_number.get(&collision_key(name)).copied().unwrap_or(1);
    for number in first..MAX_NUMBER {
        let candidate = if number == 1 { name.to_owned() } else { numbered(name, number) };
        if let Entry::Vacant(free) = taken.keys.entry(collision_key(&candidate)) {
            free.insert(Whose::Ours);
            taken.next_number.insert(collision_key(name), number + 1);
            return Ok(Slot::Free(candidate, number));
        }
    }
    Err(Failure::new(ErrorKind::Name, format!("Every name like {name} is taken in {}", folder.display())))
}

/// Leaves a name to whoever has it by now, or for another try.
fn give_back(names: &Mutex<Names>, named: &Named, is_taken: bool) {
    let mut names = lock(names);
    let Some(taken) = names.get_mut(&named.ready.folder) else { return };
    let key = named.path.file_name().map_or_else(String::new, |name| collision_key(&name.to_string_lossy()));
    match named.number {
        Some(number) if !is_taken => {
            taken.keys.remove(&key);
            let next = taken.next_number.entry(collision_key(&named.ready.order.name)).or_insert(number);
            *next = number.min(*next);
        }
        _ => drop(taken.keys.insert(key, Whose::Theirs)),
    }
}

/// Makes a folder below the output folder. A link there that leads out of it is not followed.
fn make_folder(root: &Path, folder: &Path) -> Result<(), Failure> {
    if !folder.is_dir() {
        fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
    }
    if folder == root {
        return Ok(());
    }
    let real = |path: &Path| path.canonicalize().map_err(|error| unusable(path, &error));
    if real(folder)?.starts_with(real(root)?) {
        return Ok(());
    }
    let sentence =
        format!("{} is a link that leads out of the output folder; nothing is written there", folder.display());
    Err(Failure::new(ErrorKind::Io, sentence))
}

fn taken_in<'a>(names: &'a mut Names, folder: &Path) -> Result<&'a mut Taken, Failure> {
    match names.entry(folder.to_owned()) {
        Entry::Occupied(taken) => Ok(taken.into_mut()),
        Entry::Vacant(unread) => Ok(unread.insert(Taken::read(folder)?)),
    }
}

impl Taken {
    fn read(folder: &Path) -> Result<Taken, Failure> {
        let entries = fs::read_dir(folder).map_err(|error| unusable(folder, &error))?;
        let keys = entries.flatten().map(|entry| collision_key(&entry.file_name().to_string_lossy()));
        Ok(Taken { keys: keys.map(|key| (key, Whose::Theirs)).collect(), next_number: HashMap::new() })
    }

    fn is_ours(&self, name: &str) -> bool {
        self.keys.get(&collision_key(name)) == Some(&Whose::Ours)
    }
}

fn lock(names: &Mutex<Names>) -> std::sync::MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}
