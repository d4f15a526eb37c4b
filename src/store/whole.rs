//! Files that are there whole or not at all: written beside their place and then into it, so that no crash leaves half of
//! one. And places for them, where nothing is in the way.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes a file of Millrace's own, which its person alone can read, down to the disk.
pub(super) fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Writes a file that a person asked for, which is as any other of theirs.
///
/// # Errors
///
/// Fails where `write` does, where the folder is not there or cannot be written to, and where a folder has this name.
/// What was there before stays then.
pub fn save(path: &Path, write: impl FnOnce(&mut BufWriter<&mut NamedTempFile>) -> io::Result<()>) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let mut file = as_others().tempfile_in(folder_of(&path))?;
    let mut out = BufWriter::new(&mut file);
    write(&mut out)?;
    out.flush()?;
    drop(out);
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// A place in a folder where nothing is: `stem.ending`, or the first with a number behind the stem.
pub fn free_place(folder: &Path, stem: &str, ending: &str) -> PathBuf {
    let plain = folder.join(format!("{stem}.{ending}"));
    let numbered = (2..).map(|number| folder.join(format!("{stem}-{number}.{ending}")));
    std::iter::once(plain.clone()).chain(numbered).find(|path| path.symlink_metadata().is_err()).unwrap_or(plain)
}

/// Files that have the permissions which the person's other files get.
#[cfg(unix)]
fn as_others() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn as_others() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_behind_the_stem() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["lab.trace.json", "lab-2.trace.json", "lab-3.trace.json"] {
            let place = free_place(folder.path(), "lab", "trace.json");
            assert_eq!(place, folder.path().join(name));
            save(&place, |out| out.write_all(b"{}")).expect("saved");
        }
        assert_eq!(free_place(folder.path(), "a", "csv"), folder.path().join("a.csv"));
    }
}
