//! Temporary files. Everything under way lies in a hidden work folder inside the output folder, on the same file
//! system, so that a rename can take a finished file out of it.

use crate::model::record::{PARTS_FOLDER, is_part_of};
use crate::model::{AttemptId, BatchOptions, Failure};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What the names of work folders begin with.
const PREFIX: &str = ".millrace-";

/// The file in a work folder that its program holds locked. A work folder without it held is left over.
const LOCK: &str = "lock";

/// A work folder without a lock is taken away only at this age, so that one just being made is let alone.
const LEFT_OVER_AFTER: Duration = Duration::from_secs(10);

/// The work folders of one engine, by output folder. They go away with it.
#[derive(Debug)]
pub(super) struct Workspace {
    folders: HashMap<PathBuf, WorkFolder>,
    /// Somebody can go on with parts later.
    keeps_parts: bool,
    /// The folders for parts that were made.
    parts: HashSet<PathBuf>,
    /// What this program's parts are named for.
    program: Arc<str>,
}

#[derive(Debug)]
struct WorkFolder {
    path: PathBuf,
    /// Held as long as the folder is in use.
    lock: File,
}

impl Workspace {
    /// `keeps_parts` says whether a later program can go on with the parts of downloads.
    pub(super) fn new(keeps_parts: bool, program: Arc<str>) -> Workspace {
        Workspace { folders: HashMap::new(), keeps_parts, parts: HashSet::new(), program }
    }

    /// Where an attempt writes: the part of this name, if it is a download, or a file of its own.
    pub(super) fn output(
        &mut self,
        options: &BatchOptions,
        attempt: AttemptId,
        part: Option<&str>,
    ) -> Result<PathBuf, Failure> {
        match part {
            Some(part) => self.part(options, part),
            None => self.temporary(options, attempt),
        }
    }

    /// Where the part of a download lies. It outlives the engine, if somebody can go on with it.
    pub(super) fn part(&mut self, options: &BatchOptions, name: &str) -> Result<PathBuf, Failure> {
        if !self.keeps_parts || !options.kept {
            return Ok(self.folder(&options.output_dir)?.path.join(name));
        }
        let folder = options.output_dir.join(PARTS_FOLDER);
        let path = folder.join(name);
        if !self.parts.contains(&folder) || !folder.is_dir() {
            fs::create_dir_all(&folder).map_err(|error| unusable(&options.output_dir, &error))?;
            self.parts.insert(folder);
        }
        Ok(path)
    }

    /// Removes the part of a download that nobody goes on with.
    pub(super) fn drop_part(&mut self, options: &BatchOptions, name: &str) {
        // One that never began is not there. One that cannot be removed lies among the hidden files.
        if self.keeps_parts && options.kept {
            fs::remove_file(options.output_dir.join(PARTS_FOLDER).join(name)).ok();
        } else if let Some(folder) = self.folders.get(&options.output_dir) {
            fs::remove_file(folder.path.join(name)).ok();
        }
    }

    /// Where an attempt writes. Makes the output folder and its work folder if they are not there.
    fn temporary(&mut self, options: &BatchOptions, attempt: AttemptId) -> Result<PathBuf, Failure> {
        Ok(temporary_in(&self.folder(&options.output_dir)?.path, attempt))
    }

    /// Removes an attempt's temporary file, if it is there.
    pub(super) fn discard(&mut self, options: &BatchOptions, attempt: AttemptId) {
        if let Some(folder) = self.folders.get(&options.output_dir) {
            // What cannot be removed now goes with its folder.
            fs::remove_file(temporary_in(&folder.path, attempt)).ok();
        }
    }

    /// Takes the work folder of an output folder away, and those that killed programs left there: whatever lay in
    /// them is used by now.
    pub(super) fn tidy(&mut self, options: &BatchOptions) {
        self.folders.remove(&options.output_dir);
        remove_work_folders(&options.output_dir);
        // Stays as long as something is in it.
        fs::remove_dir(options.output_dir.join(PARTS_FOLDER)).ok();
    }

    fn folder(&mut self, output_dir: &Path) -> Result<&mut WorkFolder, Failure> {
        // Somebody may have taken the folder away while work runs.
        if self.folders.get(output_dir).is_some_and(|folder| !folder.path.exists()) {
            self.folders.remove(output_dir);
        }
        match self.folders.entry(output_dir.to_owned()) {
            Entry::Occupied(folder) => Ok(folder.into_mut()),
            Entry::Vacant(new) => {
                let folder = WorkFolder::create(output_dir).map_err(|error| unusable(output_dir, &error))?;
                Ok(new.insert(folder))
            }
        }
    }
}

impl Drop for Workspace {
    /// Parts in which nothing is are no use to a later program.
    fn drop(&mut self) {
        for folder in &self.parts {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let is_own = is_part_of(&entry.file_name().to_string_lossy(), &self.program);
                if is_own && entry.metadata().is_ok_and(|metadata| metadata.len() == 0) {
                    fs::remove_file(entry.path()).ok();
                }
            }
            // Stays as long as something is in it.
            fs::remove_dir(folder).ok();
        }
    }
}

/// Makes sure that files can be written to a folder, which is made if it is not there.
/// Takes away what killed programs left there.
///
/// # Errors
///
/// Fails where the folder cannot be made, or nothing can be written to it: permission denied, no space left, a file in
/// its place.
pub fn check_output_dir(output_dir: &Path) -> Result<(), Failure> {
    WorkFolder::create(output_dir).map(drop).map_err(|error| unusable(output_dir, &error))?;
    remove_work_folders(output_dir);
    Ok(())
}

pub(super) fn unusable(folder: &Path, error: &io::Error) -> Failure {
    let mut failure = Failure::from_io("write to the folder", folder, error);
    if matches!(error.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists) {
        failure.sentence = format!("Cannot write to the folder {}: a file is in its place", folder.display());
    }
    failure.sentence += "; choose another output folder";
    failure
}

fn temporary_in(work_folder: &Path, attempt: AttemptId) -> PathBuf {
    work_folder.join(format!("{attempt}.part"))
}

impl WorkFolder {
    fn create(output_dir: &Path) -> io::Result<WorkFolder> {
        fs::create_dir_all(output_dir)?;
        let path = tempfile::Builder::new().prefix(PREFIX).tempdir_in(output_dir)?.keep();
        match File::create_new(path.join(LOCK)) {
            Ok(lock) => {
                // Where a file system has no locks, no program can find this one free either.
                lock.try_lock().ok();
                Ok(WorkFolder { path, lock })
            }
            Err(error) => {
                fs::remove_dir_all(&path).ok();
                Err(error)
            }
        }
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        self.lock.unlock().ok();
        // A folder that cannot be removed is taken away the next time.
        fs::remove_dir_all(&self.path).ok();
    }
}

/// Takes away the work folders that a killed program left in an output folder.
pub fn remove_work_folders(output_dir: &Path) {
    let Ok(entries) = fs::read_dir(output_dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_work_folder = name.to_string_lossy().starts_with(PREFIX) && name != PARTS_FOLDER;
        let is_old = || {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFT_OVER_AFTER))
        };
        if !is_work_folder || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let is_free = match File::open(entry.path().join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound && is_old(),
        };
        if is_free {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}
