//! The files of a job on their way to their final names: brought down to the disk, divided where one holds several, and
//! renamed, all or none.

use super::names::Slot;
use super::{Order, Ready};
use crate::engine::workspace::unusable;
use crate::model::record::FileIdentity;
use crate::model::{ErrorKind, Failure};
use crate::store::queue::identity;
use std::fs::{self, File, FileTimes};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// A file that is brought down to the disk.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) temporary: PathBuf,
    pub(super) file: Option<FileIdentity>,
}

/// Brings a job's files down to the disk and makes their folder.
pub(super) fn prepare(order: Order) -> Result<Ready, Failure> {
    let folder = order.root.join(&order.subfolder);
    let name = order.names.first().map_or("", String::as_str);
    let unsaved = |error: &io::Error| Failure::from_io("save", &folder.join(name), error);
    let times = order.rule.input.as_deref().filter(|_| order.keep_times).and_then(times_of);
    let temporaries = if order.lengths.is_empty() {
        vec![order.temporary.clone()]
    } else {
        divide(&order).map_err(|error| unsaved(&error))?
    };
    let mut files = Vec::with_capacity(temporaries.len());
    for temporary in temporaries {
        let file = bring_down(&temporary, times).and_then(|()| identity(&temporary));
        files.push(Finished { file: file.map_err(|error| unsaved(&error))?, temporary });
    }
    let folders = make_folder(&order.root, &order.subfolder)?;
    Ok(Ready { order, files, folder, folders })
}

fn times_of(input: &Path) -> Option<FileTimes> {
    let metadata = fs::metadata(input).ok()?;
    let times = FileTimes::new().set_modified(metadata.modified().ok()?);
    Some(metadata.accessed().map_or(times, |accessed| times.set_accessed(accessed)))
}

fn bring_down(path: &Path, times: Option<FileTimes>) -> io::Result<()> {
    // Opened for writing: some systems bring nothing down otherwise.
    let file = File::options().write(true).open(path)?;
    match times {
        Some(times) => file.set_times(times).and_then(|()| file.sync_all()),
        None => file.sync_data(),
    }
}

/// Divides the file of an attempt into those that it holds.
fn divide(order: &Order) -> io::Result<Vec<PathBuf>> {
    let mut whole = File::open(&order.temporary)?;
    if order.lengths.len() != order.names.len() || order.lengths.iter().sum::<u64>() != whole.metadata()?.len() {
        return Err(io::Error::other("what was written is not what was told"));
    }
    let mut parts = Vec::with_capacity(order.lengths.len());
    for (number, length) in order.lengths.iter().enumerate() {
        let part = order.temporary.with_extension(format!("{number}.part"));
        let mut file = File::create_new(&part)?;
        if io::copy(&mut whole.by_ref().take(*length), &mut file)? != *length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        parts.push(part);
    }
    drop(whole);
    fs::remove_file(&order.temporary)?;
    Ok(parts)
}

/// Removes the files that an output was divided into. What cannot be removed lies among the hidden files.
pub(super) fn discard_pieces(temporary: &Path, pieces: usize) {
    for number in 0..pieces {
        fs::remove_file(temporary.with_extension(format!("{number}.part"))).ok();
    }
}

/// Why files did not get their names.
pub(super) struct Refused {
    /// Whose fault it was.
    pub(super) place: usize,
    /// Somebody else has that name by now.
    pub(super) is_taken: bool,
    pub(super) error: io::Error,
}

/// Gives the files of a job their names. Where one is refused, the others lose theirs again.
pub(super) fn rename_all(ready: &Ready, slots: &[Slot]) -> Result<(), Refused> {
    let replaces = |place: &usize| matches!(slots[*place], Slot::Replace(_));
    // What is replaced cannot be brought back: that comes last.
    let (last, first): (Vec<usize>, Vec<usize>) = (0..slots.len()).partition(replaces);
    let mut done: Vec<usize> = Vec::new();
    for place in first.into_iter().chain(last) {
        let (slot, temporary) = (&slots[place], &ready.files[place].temporary);
        let path = ready.folder.join(slot.name());
        let renamed = match slot {
            Slot::Keep(_) => Ok(()),
            Slot::Replace(_) => fs::rename(temporary, &path),
            Slot::Free(..) => rename(temporary, &path),
        };
        if let Err(error) = renamed {
            for place in done {
                fs::rename(ready.folder.join(slots[place].name()), &ready.files[place].temporary).ok();
            }
            let is_taken = error.kind() == io::ErrorKind::AlreadyExists && matches!(slot, Slot::Free(..));
            return Err(Refused { place, is_taken, error });
        }
        if matches!(slot, Slot::Free(..)) {
            done.push(place);
        }
    }
    Ok(())
}

/// Gives a file a name that nothing has.
fn rename(temporary: &Path, path: &Path) -> io::Result<()> {
    match TempPath::try_from_path(temporary.to_owned())?.persist_noclobber(path) {
        Ok(()) => Ok(()),
        Err(refused) => {
            // Dropped, it would take the file with it.
            refused.path.keep()?;
            Err(refused.error)
        }
    }
}

/// Makes a folder below the output folder. A link there that leads out of it is not followed. Answers which folders were
/// not there, outermost first.
fn make_folder(root: &Path, subfolder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !root.is_dir() {
        fs::create_dir_all(root).map_err(|error| unusable(root, &error))?;
    }
    let (mut folder, mut made) = (root.to_owned(), Vec::new());
    for component in subfolder.components() {
        folder.push(component);
        match fs::create_dir(&folder) {
            Ok(()) => made.push(folder.clone()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => stay(root, &folder)?,
            Err(error) => return Err(unusable(&folder, &error)),
        }
    }
    Ok(made)
}

/// Fails for a folder that is a link out of the output folder.
fn stay(root: &Path, folder: &Path) -> Result<(), Failure> {
    if folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
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
