//! The last step of a job: its file is brought down to the disk and gets its final name, by a rename that replaces nothing
//! unless the person wants that, and then only a file that no job of this program made. A few threads do it, since a disk takes its time, and takes no more of it for several files
//! than for one.

use super::executor::Report;
use super::journal::JournalSender;
use super::workspace::unusable;
use crate::model::filename::{collision_key, numbered};
use crate::model::{AttemptId, ErrorKind, Failure, OnExists, Record};
use crate::store::queue::identity;
use crossbeam_channel::Sender;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tempfile::TempPath;

/// How many files are brought down at the same time.
const THREADS: usize = 8;

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
    /// The name wanted. Where it is taken, the first free one like it, or as the person wants.
    pub(super) name: String,
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

/// Who made a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// It was there.
    Theirs,
    /// A job of this program.
    Ours,
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
                for order in orders {
                    commit_one(order, &names, &ending, &reports);
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

    /// Whether a file of this name is there that no job of this program made.
    pub(super) fn is_there(&self, folder: &Path, name: &str) -> bool {
        let is_ours = lock(&self.names).get(folder).is_some_and(|taken| taken.is_ours(name));
        !is_ours && fs::symlink_metadata(folder.join(name)).is_ok_and(|metadata| metadata.is_file())
    }

    /// Takes a file for one that a job of this program made: an earlier one made it for the same batch.
    pub(super) fn claim(&self, path: &Path) {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
        let mut names = lock(&self.names);
        if let Entry::Vacant(unread) = names.entry(folder.to_owned()) {
            // What cannot be read has nothing that could be replaced.
            let Ok(taken) = Taken::read(folder) else { return };
            unread.insert(taken);
        }
        if let Some(taken) = names.get_mut(folder) {
            taken.keys.insert(collision_key(&name.to_string_lossy()), Whose::Ours);
        }
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

fn commit_one(order: Order, names: &Mutex<Names>, ending: &AtomicBool, reports: &Sender<Report>) {
    let attempt = order.attempt;
    if let Some(result) = commit(order, names, ending).transpose() {
        // Nobody listens any more once the engine has ended.
        reports.send(Report::Committed { attempt, result }).ok();
    }
}

/// Answers the final path, or `None` where the program ends before the rename.
fn commit(order: Order, names: &Mutex<Names>, ending: &AtomicBool) -> Result<Option<PathBuf>, Failure> {
    let Order { attempt, temporary, root, subfolder, name, on_exists, existing, journal } = order;
    if ending.load(Ordering::Acquire) {
        return Ok(None);
    }
    let folder = root.join(&subfolder);
    if existing {
        return kept(&folder.join(name), &temporary).map(Some);
    }
    let unsaved = |error: &io::Error| Failure::from_io("save", &folder.join(&name), error);
    // Opened for writing: some systems bring nothing down otherwise.
    let file = File::options().write(true).open(&temporary);
    file.and_then(|file| file.sync_data()).map_err(|error| unsaved(&error))?;
    make_folder(&root, &folder)?;
    let file = identity(&temporary).map_err(|error| unsaved(&error))?;
    let mut temporary = TempPath::try_from_path(temporary).map_err(|error| unsaved(&error))?;
    loop {
        let slot = reserve(names, &folder, &name, on_exists)?;
        let path = match &slot {
            Slot::Keep => return Ok(Some(folder.join(&name))),
            Slot::Replace => folder.join(&name),
            Slot::Free(candidate, _) => folder.join(candidate),
        };
        // Should the program die over the rename, this tells the next one what to look for.
        let intent = Record::Committing { job: attempt.job, part: temporary.to_path_buf(), file, path: path.clone() };
        let kept = journal.as_ref().is_none_or(|journal| journal.keep_now(intent));
        if !kept || ending.load(Ordering::Acquire) {
            // Whoever goes on with the job makes it anew.
            return Ok(None);
        }
        let renamed = match &slot {
            // A link in its place is replaced itself, and a folder is not.
            Slot::Replace => temporary.persist(&path),
            _ => temporary.persist_noclobber(&path),
        };
        match (renamed, slot) {
            (Ok(()), _) => return Ok(Some(path)),
            (Err(refused), Slot::Free(..)) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                temporary = refused.path;
            }
            (Err(refused), slot) => {
                give_back(names, &folder, &name, &slot);
                return Err(Failure::from_io("save", &path, &refused.error));
            }
        }
    }
}

/// The file that a download was not fetched for. What was begun of it goes.
fn kept(path: &Path, temporary: &Path) -> Result<PathBuf, Failure> {
    // Mostly it was never made.
    fs::remove_file(temporary).ok();
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let sentence = format!("{} was there and is gone by now; fetch it again", path.display());
    Err(Failure::new(ErrorKind::Io, sentence))
}

/// Finds a name like `name` in a folder, and keeps it for one job.
fn reserve(names: &Mutex<Names>, folder: &Path, name: &str, on_exists: OnExists) -> Result<Slot, Failure> {
    let mut names = lock(names);
    let taken = match names.get_mut(folder) {
        Some(taken) => taken,
        None => names.entry(folder.to_owned()).or_insert(Taken::read(folder)?),
    };
    if on_exists != OnExists::Rename
        && !taken.is_ours(name)
        && let Some(slot) = slot_of_existing(&folder.join(name), on_exists)?
    {
        if matches!(slot, Slot::Replace) {
            taken.keys.insert(collision_key(name), Whose::Ours);
        }
        return Ok(slot);
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

/// What becomes of what stands at a path, where the person does not want a number. `None` where a number is right still.
fn slot_of_existing(path: &Path, on_exists: OnExists) -> Result<Option<Slot>, Failure> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(None) };
    let kind = metadata.file_type();
    let in_its_place = |what: &str| {
        let sentence = format!("Cannot save {}: {what} is in its place", path.display());
        Err(Failure::new(ErrorKind::Io, sentence))
    };
    match on_exists {
        _ if kind.is_dir() => in_its_place("a folder"),
        OnExists::Skip => Ok(path.is_file().then_some(Slot::Keep)),
        OnExists::Overwrite | OnExists::Resume if kind.is_file() || kind.is_symlink() => Ok(Some(Slot::Replace)),
        OnExists::Overwrite | OnExists::Resume => in_its_place("something that is no file"),
        OnExists::Rename => Ok(None),
    }
}

/// Leaves a name as it was, for another try.
fn give_back(names: &Mutex<Names>, folder: &Path, name: &str, slot: &Slot) {
    let mut names = lock(names);
    let Some(taken) = names.get_mut(folder) else { return };
    match slot {
        Slot::Free(candidate, number) => {
            taken.keys.remove(&collision_key(candidate));
            let next = taken.next_number.entry(collision_key(name)).or_insert(*number);
            *next = (*number).min(*next);
        }
        Slot::Replace | Slot::Keep => drop(taken.keys.insert(collision_key(name), Whose::Theirs)),
    }
}

/// Makes a folder below the output folder. A link there that leads out of it is not followed.
fn make_folder(root: &Path, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
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
        let key = |name: OsString| collision_key(&name.to_string_lossy());
        let keys = entries.flatten().map(|entry| (key(entry.file_name()), Whose::Theirs)).collect();
        Ok(Taken { keys, next_number: HashMap::new() })
    }

    fn is_ours(&self, name: &str) -> bool {
        self.keys.get(&collision_key(name)) == Some(&Whose::Ours)
    }
}

fn lock(names: &Mutex<Names>) -> std::sync::MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}
