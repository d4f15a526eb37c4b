//! Which names are taken in each folder, and which one a file gets. Changes nothing on the disk, so that a plan can ask the
//! same questions.

use crate::engine::workspace::unusable;
use crate::model::filename::{collision_key, numbered};
use crate::model::{Batch, ErrorKind, Failure, OnExists, Source};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};

/// The highest number that is tried for a name that is taken.
pub(super) const LAST_NUMBER: u32 = 999_999;

/// The names taken in each folder, as a case-insensitive file system sees them.
#[derive(Debug, Default)]
pub(in crate::engine) struct Names {
    folders: HashMap<PathBuf, Taken>,
    /// Which batch made what lies in a folder, where that batch may replace files: its later jobs, such as those that are
    /// tried again once all is done, leave it.
    made: HashMap<PathBuf, HashMap<String, Weak<Batch>>>,
}

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

/// What becomes of a file whose name is taken, and what that depends on.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Rule {
    pub(in crate::engine) on_exists: OnExists,
    /// Files of the batch that want the same name come in the order of the batch. Then each has the same name every time,
    /// and the rule holds for numbered names too.
    pub(in crate::engine) ordered: bool,
    /// What the file was made of.
    pub(in crate::engine) input: Option<PathBuf>,
    /// Files that are never replaced.
    pub(in crate::engine) originals: Option<Arc<Originals>>,
    /// Whose files are never replaced either.
    pub(in crate::engine) batch: Weak<Batch>,
}

/// The files that a batch reads, by device and inode: whatever they are called, nothing takes their place.
#[derive(Debug)]
pub(in crate::engine) struct Originals {
    batch: Arc<Batch>,
    /// Those of jobs that an earlier program did.
    more: Vec<PathBuf>,
    files: OnceLock<HashSet<(u64, u64)>>,
}

/// What becomes of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) enum Slot {
    /// A free one, and the number it has.
    Free(String, u32),
    /// That of a file which is to be replaced.
    Replace(String),
    /// That of a file which stays.
    Keep(String),
}

impl Slot {
    pub(in crate::engine) fn name(&self) -> &str {
        match self {
            Slot::Free(name, _) | Slot::Replace(name) | Slot::Keep(name) => name,
        }
    }
}

impl Originals {
    pub(in crate::engine) fn new(batch: Arc<Batch>, more: Vec<PathBuf>) -> Originals {
        Originals { batch, more, files: OnceLock::new() }
    }

    /// Whether they are those of this batch.
    pub(in crate::engine) fn are_of(&self, batch: &Arc<Batch>) -> bool {
        Arc::ptr_eq(&self.batch, batch)
    }

    fn has(&self, path: &Path) -> bool {
        let files = self.files.get_or_init(|| {
            let inputs = self.batch.jobs.iter().filter_map(|job| match job.source() {
                Source::File(path) => Some(path),
                _ => None,
            });
            inputs.chain(self.more.iter().map(PathBuf::as_path)).filter_map(|path| who(path).ok()).collect()
        });
        // What cannot be looked at is not replaced either.
        who(path).map_or(true, |file| files.contains(&file))
    }
}

/// What a path leads to, whatever its names are.
#[cfg(unix)]
fn who(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// What a path leads to. The name behind all links stands for the file: a second name of its own is not seen through.
#[cfg(not(unix))]
fn who(path: &Path) -> io::Result<(u64, u64)> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    path.canonicalize()?.hash(&mut hasher);
    Ok((0, hasher.finish()))
}

impl Rule {
    /// What becomes of a file that is there and is not one of this batch's. `None`: another name is looked for.
    fn judge(&self, path: &Path, name: &str) -> Option<Slot> {
        match self.on_exists {
            OnExists::Skip => path.is_file().then(|| Slot::Keep(name.to_owned())),
            OnExists::Rename => None,
            OnExists::Overwrite | OnExists::Resume | OnExists::Newer => {
                // A link is not replaced, nor what it leads to, nor a folder.
                let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
                let is_original = || self.originals.as_ref().is_some_and(|originals| originals.has(path));
                if !is_file || is_original() {
                    return None;
                }
                let stays = self.on_exists == OnExists::Newer && !self.is_newer_than(path);
                Some(if stays { Slot::Keep(name.to_owned()) } else { Slot::Replace(name.to_owned()) })
            }
        }
    }

    /// Whether the input was written to after a file.
    fn is_newer_than(&self, path: &Path) -> bool {
        let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let (Some(input), Some(there)) = (self.input.as_deref().and_then(modified), modified(path)) else {
            return false;
        };
        input > there
    }
}

impl Names {
    /// Finds a name in a folder, and keeps it for the file that wants it: the one wanted, or the first like it that the
    /// rule allows.
    pub(in crate::engine) fn reserve(&mut self, folder: &Path, name: &str, rule: &Rule) -> Result<Slot, Failure> {
        let slot = self.find(folder, name, rule)?;
        let taken = self.taken_in(folder)?;
        let number = match &slot {
            Slot::Free(_, number) => Some(*number),
            // Two files of one batch never take each other's place, nor are they done with the same one.
            Slot::Keep(_) if !rule.ordered => return Ok(slot),
            Slot::Replace(_) | Slot::Keep(_) => None,
        };
        taken.keys.insert(collision_key(slot.name()), Whose::Ours);
        if let Some(number) = number {
            taken.next_number.insert(collision_key(name), number + 1);
        }
        if rule.on_exists != OnExists::Rename {
            self.keep_whose(folder, collision_key(slot.name()), &rule.batch);
        }
        Ok(slot)
    }

    /// The same, but the name is not kept for anybody.
    pub(in crate::engine) fn find(&mut self, folder: &Path, name: &str, rule: &Rule) -> Result<Slot, Failure> {
        let next = self.taken_in(folder)?.next_number.get(&collision_key(name)).copied().unwrap_or(2);
        for number in std::iter::once(1).chain(next.max(2)..=LAST_NUMBER) {
            let candidate = if number == 1 { name.to_owned() } else { numbered(name, number) };
            let key = collision_key(&candidate);
            match self.whose(folder, &key, &rule.batch) {
                None => return Ok(Slot::Free(candidate, number)),
                Some(Whose::Theirs) if number == 1 || rule.ordered => {
                    if let Some(slot) = rule.judge(&folder.join(&candidate), &candidate) {
                        return Ok(slot);
                    }
                }
                Some(_) => {}
            }
        }
        Err(Failure::new(ErrorKind::Name, format!("Every name like {name} is taken in {}", folder.display())))
    }

    /// Leaves a name to whoever has it by now, or for another try. `wanted` is the one it stands for.
    pub(super) fn give_back(&mut self, folder: &Path, wanted: &str, slot: &Slot, is_taken: bool) {
        let Some(taken) = self.folders.get_mut(folder) else { return };
        let key = collision_key(slot.name());
        match slot {
            Slot::Free(_, number) if !is_taken => {
                taken.keys.remove(&key);
                let next = taken.next_number.entry(collision_key(wanted)).or_insert(*number);
                *next = (*next).min(*number);
            }
            _ => drop(taken.keys.insert(key.clone(), Whose::Theirs)),
        }
        if let Some(made) = self.made.get_mut(folder) {
            made.remove(&key);
        }
    }

    /// Whether a job under way, or one of this batch, made the file at a path.
    pub(super) fn are_ours(&self, path: &Path, batch: &Weak<Batch>) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        let key = collision_key(&name.to_string_lossy());
        self.is_of(folder, &key, batch) || self.whose(folder, &key, batch) == Some(Whose::Ours)
    }

    /// Takes a file for one that this batch made: an earlier program did it.
    pub(super) fn claim(&mut self, path: &Path, batch: &Weak<Batch>) {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
        self.keep_whose(folder, collision_key(&name.to_string_lossy()), batch);
    }

    /// Forgets which names are taken below a folder: others may change that.
    pub(super) fn forget(&mut self, folder: &Path) {
        self.folders.retain(|taken_in, _| !taken_in.starts_with(folder));
        for made in self.made.values_mut() {
            made.retain(|_, batch| batch.strong_count() > 0);
        }
        self.made.retain(|_, made| !made.is_empty());
    }

    fn keep_whose(&mut self, folder: &Path, key: String, batch: &Weak<Batch>) {
        self.made.entry(folder.to_owned()).or_default().insert(key, Weak::clone(batch));
    }

    /// Whether a batch made the file that had a name.
    fn is_of(&self, folder: &Path, key: &str, batch: &Weak<Batch>) -> bool {
        self.made.get(folder).and_then(|made| made.get(key)).is_some_and(|made| Weak::ptr_eq(made, batch))
    }

    /// Who made the file that has a name, as a batch sees it, in a folder that was read.
    fn whose(&self, folder: &Path, key: &str, batch: &Weak<Batch>) -> Option<Whose> {
        let whose = *self.folders.get(folder)?.keys.get(key)?;
        Some(if self.is_of(folder, key, batch) { Whose::Ours } else { whose })
    }

    fn taken_in(&mut self, folder: &Path) -> Result<&mut Taken, Failure> {
        match self.folders.entry(folder.to_owned()) {
            Entry::Occupied(taken) => Ok(taken.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(Taken::read(folder)?)),
        }
    }
}

impl Taken {
    /// In a folder that is not there every name is free.
    fn read(folder: &Path) -> Result<Taken, Failure> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Taken::default()),
            Err(error) => return Err(unusable(folder, &error)),
        };
        let keys = entries.flatten().map(|entry| collision_key(&entry.file_name().to_string_lossy()));
        Ok(Taken { keys: keys.map(|key| (key, Whose::Theirs)).collect(), next_number: HashMap::new() })
    }
}
