//! Folders: the pictures in them, and the folders that results are mirrored into.

use super::link::refused;
use super::path::file_job;
use crate::model::{ErrorKind, Failure, JobSpec, filename};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Pictures that cannot be read are taken too: they become failed rows that say so, where silence would look like success.
fn is_for_a_recipe(path: &Path) -> bool {
    filename::is_picture(path) || filename::is_foreign_picture(path)
}

/// The pictures of a folder and its subfolders, by name. Results of an earlier run, hidden files and folders, and folders
/// that are reached through links are left out.
pub(super) fn from_folder(folder: &Path, output_dir: &Path) -> Vec<JobSpec> {
    let mut jobs = Vec::new();
    let mut subfolders = Subfolders::default();
    let output_dir = output_dir.canonicalize().ok();
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry, output_dir.as_deref())) {
        match entry {
            Ok(entry) if entry.depth() > 0 && !entry.path().is_dir() && is_for_a_recipe(entry.path()) => {
                let below = entry.path().parent().and_then(|parent| parent.strip_prefix(folder).ok());
                jobs.push(file_job(entry.path(), subfolders.safe(below.unwrap_or(Path::new("")))));
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let failure = match error.io_error() {
                    Some(error) => Failure::from_io("read the folder", &path, error),
                    None => Failure::new(ErrorKind::Io, format!("Cannot read the folder {}: {error}", path.display())),
                };
                jobs.push(refused(&path.to_string_lossy(), failure));
            }
        }
    }
    if jobs.is_empty() {
        let shown = folder.display();
        let sentence =
            format!("The folder {shown} holds no pictures that Millrace reads, such as JPEG, PNG, WebP or TIFF");
        jobs.push(refused(&folder.to_string_lossy(), Failure::new(ErrorKind::Unsupported, sentence)));
    }
    jobs
}

/// The names of mirrored folders: safe on every system, like those of files, and one for all that differ only in case.
#[derive(Debug, Default)]
pub(super) struct Subfolders {
    by_key: HashMap<String, PathBuf>,
}

impl Subfolders {
    /// The safe folder for one.
    pub(super) fn safe(&mut self, below: &Path) -> PathBuf {
        let mut safe = PathBuf::new();
        for component in below.components() {
            let name = filename::sanitized(&filename::one_part(&component.as_os_str().to_string_lossy()));
            let next = safe.join(name);
            let key = filename::collision_key(&next.to_string_lossy());
            safe.clone_from(self.by_key.entry(key).or_insert(next));
        }
        safe
    }
}

fn is_left_out(entry: &DirEntry, output_dir: Option<&Path>) -> bool {
    let is_dir = entry.file_type().is_dir();
    let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
    is_hidden || is_dir && output_dir.is_some_and(|dir| entry.path().canonicalize().is_ok_and(|own| own == dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_mirrored_folders_are_safe_and_differ_in_more_than_case() {
        let mut subfolders = Subfolders::default();
        for (below, safe) in [
            ("Sub/a", "Sub/a"),
            ("sub", "Sub"),
            ("SUB/A", "Sub/a"),
            ("CON", "_CON"),
            ("trail. ", "trail"),
            ("bid\u{202e}i/ctl\n", "bidi/ctl"),
            ("", ""),
        ] {
            assert_eq!(subfolders.safe(Path::new(below)), Path::new(safe), "{below:?}");
        }
    }
}
