//! The last step of a job: its file is brought down to the disk and gets its final name, by a rename that never
//! replaces anything. A few threads do it, since a disk takes its time, and takes no more of it for several files
//! than for one.

use super::executor::Report;
use super::journal::JournalSender;
use super::workspace::unusable;
use crate::model::filename::{collision_key, numbered};
use crate::model::record::FileIdentity;
use crate::model::{AttemptId, ErrorKind, Failure, OnExists, Record};
use crate::store::queue::identity;
use crossbeam_channel::Sender;
use std::collections::{HashMap, HashSet};
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
    keys: HashSet<String>,
    /// Those of them that were given here.
    given: HashSet<String>,
    /// Where to go on counting for a name that is taken often.
    next_number: HashMap<String, u32>,
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
        if order.on_exists == OnExists::Skip && is_skipped(&order) {
            fs::remove_file(&order.temporary).ok();
            report(attempt, Ok(order.root.join(&order.subfolder).join(&order.name)));
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
        for file in ready {
            match reserve(names, &file.folder, &file.order) {
                Ok(Name::Free(candidate, number)) => named.push((file, candidate, number)),
                Ok(Name::Skip) => {
                    // What was made is not wanted; should it stay, it lies among the hidden files.
                    fs::remove_file(&file.order.temporary).ok();
                    report(file.order.attempt, Ok(file.folder.join(&file.order.name)));
                }
                Err(failure) => report(file.order.attempt, Err(failure)),
            }
        }
        // Should the program die over a rename, this tells the next one what to look for. Whoever goes on makes the rest anew.
        if !announce(&named) || ending.load(Ordering::Acquire) {
            return;
        }
        ready = Vec::new();
        for (file, candidate, number) in named {
            let (attempt, path) = (file.order.attempt, file.folder.join(&candidate));
            match rename(&file.order, &path) {
                Ok(()) => report(attempt, Ok(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => ready.push(file),
                Err(error) => {
                    give_back(names, &file.folder, &file.order.name, &candidate, number);
                    report(attempt, Err(Failure::from_io("save", &path, &error)));
                }
            }
        }
    }
}

/// Whether a file that was there before stays, and nothing was made or is to be given its name.
fn is_skipped(order: &Order) -> bool {
    !order.temporary.exists() && order.root.join(&order.subfolder).join(&order.name).exists()
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
fn announce(named: &[(Ready, String, u32)]) -> bool {
    let intents = named.iter().filter(|(ready, ..)| ready.order.journal.is_some()).map(|(ready, candidate, _)| {
        let (part, path) = (ready.order.temporary.clone(), ready.folder.join(candidate));
        Record::Committing { job: ready.order.attempt.job, part, file: ready.file, path }
    });
    let intents: Vec<Record> = intents.collect();
    let journal = named.iter().find_map(|(ready, ..)| ready.order.journal.as_ref());
    journal.is_none_or(|journal| journal.keep_now(intents))
}

/// Gives a file its final name, where nothing has it, or where it is to take the place of a file.
fn rename(order: &Order, path: &Path) -> io::Result<()> {
    let replaces = matches!(order.on_exists, OnExists::Overwrite | OnExists::Resume)
        && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    if replaces {
        return fs::rename(&order.temporary, path);
    }
    match TempPath::try_from_path(order.temporary.clone())?.persist_noclobber(path) {
        Ok(()) => Ok(()),
        Err(refused) => {
            // Dropped, it would take the file with it.
            refused.path.keep()?;
            Err(refused.error)
        }
    }
}

/// What becomes of a name.
enum Name {
    /// This one, with this number, is the file's.
    Free(String, u32),
    /// The file that has it stays.
    Skip,
}

/// Takes the name wanted, or the first free one like it, and says which number it has.
fn reserve(names: &Mutex<Names>, folder: &Path, order: &Order) -> Result<Name, Failure> {
    let name = &*order.name;
    let mut names = lock(names);
    let taken = match names.get_mut(folder) {
        Some(taken) => taken,
        None => names.entry(folder.to_owned()).or_insert(Taken::read(folder)?),
    };
    let key = collision_key(name);
    // Two files of this engine never take each other's place.
    if !taken.given.contains(&key) && taken.keys.contains(&key) {
        let is_file = fs::symlink_metadata(folder.join(name)).is_ok_and(|metadata| metadata.is_file());
        match order.on_exists {
            OnExists::Skip if folder.join(name).exists() => return Ok(Name::Skip),
            OnExists::Overwrite | OnExists::Resume if is_file => {
                taken.given.insert(key);
                return Ok(Name::Free(name.to_owned(), 1));
            }
            _ => {}
        }
    }
    let first = taken.next_number.get(&collision_key(name)).copied().unwrap_or(1);
    for number in first..MAX_NUMBER {
        let candidate = if number == 1 { name.to_owned() } else { numbered(name, number) };
        if taken.keys.insert(collision_key(&candidate)) {
            taken.given.insert(collision_key(&candidate));
            taken.next_number.insert(collision_key(name), number + 1);
            return Ok(Name::Free(candidate, number));
        }
    }
    Err(Failure::new(ErrorKind::Name, format!("Every name like {name} is taken in {}", folder.display())))
}

/// Leaves a name free for another try.
fn give_back(names: &Mutex<Names>, folder: &Path, name: &str, candidate: &str, number: u32) {
    if let Some(taken) = lock(names).get_mut(folder) {
        taken.keys.remove(&collision_key(candidate));
        taken.given.remove(&collision_key(candidate));
        let next = taken.next_number.entry(collision_key(name)).or_insert(number);
        *next = number.min(*next);
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

impl Taken {
    fn read(folder: &Path) -> Result<Taken, Failure> {
        let entries = fs::read_dir(folder).map_err(|error| unusable(folder, &error))?;
        let keys = entries.flatten().map(|entry| collision_key(&entry.file_name().to_string_lossy())).collect();
        Ok(Taken { keys, given: HashSet::new(), next_number: HashMap::new() })
    }
}

fn lock(names: &Mutex<Names>) -> std::sync::MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}
