//! The last step of a job: its file is brought down to the disk and gets its final name, by a rename that never
//! replaces anything. A few threads do it, since a disk takes its time, and takes no more of it for several files
//! than for one.

use super::executor::Report;
use super::workspace::unusable;
use crate::model::filename::{collision_key, numbered};
use crate::model::{AttemptId, ErrorKind, Failure};
use crossbeam_channel::{Receiver, Sender};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
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
    /// The folder to put it in; made if it is not there.
    pub(super) folder: PathBuf,
    /// The name wanted. Where it is taken, the first free one like it.
    pub(super) name: String,
}

/// The threads. They finish what they were given before they end.
pub(super) struct Committer {
    orders: Option<Sender<Order>>,
    names: Arc<Mutex<Names>>,
    threads: Vec<JoinHandle<()>>,
}

/// The names taken in each folder, as a case-insensitive file system sees them.
type Names = HashMap<PathBuf, Taken>;

#[derive(Debug, Default)]
struct Taken {
    keys: HashSet<String>,
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
        let names = Arc::new(Mutex::new(Names::new()));
        let start = |number| {
            let (orders, names, reports) = (received.clone(), Arc::clone(&names), reports.clone());
            thread::Builder::new().name(format!("commit {number}")).spawn(move || commit_all(&orders, &names, &reports))
        };
        let threads = (1..=THREADS).map(start).collect::<io::Result<_>>()?;
        Ok(Committer { orders: Some(orders), names, threads })
    }

    /// Hands an order over. The answer is a report.
    pub(super) fn send(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The threads end only after this sender is gone.
            orders.send(order).ok();
        }
    }

    /// Forgets which names are taken below a folder: others may change that once nothing is under way there.
    pub(super) fn forget(&self, folder: &Path) {
        lock(&self.names).retain(|taken_in, _| !taken_in.starts_with(folder));
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.orders = None;
        for thread in self.threads.drain(..) {
            // A panic there has been printed, and there is nobody to hand it to.
            thread.join().ok();
        }
    }
}

fn commit_all(orders: &Receiver<Order>, names: &Mutex<Names>, reports: &Sender<Report>) {
    for order in orders {
        let attempt = order.attempt;
        let result = commit(order, names);
        // Nobody listens any more once the engine has ended.
        reports.send(Report::Committed { attempt, result }).ok();
    }
}

fn commit(order: Order, names: &Mutex<Names>) -> Result<PathBuf, Failure> {
    let Order { temporary, folder, name, .. } = order;
    let unsaved = |error: &io::Error| Failure::from_io("save", &folder.join(&name), error);
    File::open(&temporary).and_then(|file| file.sync_data()).map_err(|error| unsaved(&error))?;
    fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
    let mut temporary = TempPath::try_from_path(temporary).map_err(|error| unsaved(&error))?;
    let mut names = lock(names);
    let taken = match names.get_mut(&folder) {
        Some(taken) => taken,
        None => names.entry(folder.clone()).or_insert(Taken::read(&folder)?),
    };
    let first = taken.next_number.get(&collision_key(&name)).copied().unwrap_or(1);
    for number in first..MAX_NUMBER {
        let candidate = if number == 1 { name.clone() } else { numbered(&name, number) };
        if !taken.keys.insert(collision_key(&candidate)) {
            continue;
        }
        taken.next_number.insert(collision_key(&name), number + 1);
        let path = folder.join(&candidate);
        match temporary.persist_noclobber(&path) {
            Ok(()) => return Ok(path),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => temporary = refused.path,
            Err(refused) => return Err(Failure::from_io("save", &path, &refused.error)),
        }
    }
    Err(Failure::new(ErrorKind::Name, format!("Every name like {name} is taken in {}", folder.display())))
}

impl Taken {
    fn read(folder: &Path) -> Result<Taken, Failure> {
        let entries = fs::read_dir(folder).map_err(|error| unusable(folder, &error))?;
        let keys = entries.flatten().map(|entry| collision_key(&entry.file_name().to_string_lossy())).collect();
        Ok(Taken { keys, next_number: HashMap::new() })
    }
}

fn lock(names: &Mutex<Names>) -> std::sync::MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}
