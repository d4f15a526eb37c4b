//! Where a worker notes how much it began, in a file without a name that the program holds too. It tells whose doing the
//! worker's death was: a pipe could not, since what was written last may not have gone out.

use std::fs::File;
use std::io;

/// A new file for the note.
#[cfg(target_os = "linux")]
pub fn create() -> io::Result<File> {
    let memory = rustix::fs::memfd_create("millrace mark", rustix::fs::MemfdFlags::CLOEXEC)?;
    Ok(File::from(memory))
}

/// A new file for the note.
#[cfg(not(target_os = "linux"))]
pub fn create() -> io::Result<File> {
    tempfile::tempfile()
}

/// What was noted last; 0 before there is anything.
#[cfg(unix)]
pub fn read(file: &File) -> io::Result<u64> {
    use std::os::unix::fs::FileExt;
    let mut bytes = [0; 8];
    match file.read_exact_at(&mut bytes, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        read => read.map(|()| u64::from_le_bytes(bytes)),
    }
}

/// What was noted last; 0 before there is anything.
#[cfg(not(unix))]
pub fn read(_: &File) -> io::Result<u64> {
    Ok(0)
}

/// The worker's side of the note.
#[derive(Debug)]
pub(super) struct Mark {
    file: Option<File>,
    began: u64,
}

impl Mark {
    /// Notes go into this file; without one, nowhere.
    pub(super) fn new(file: Option<File>) -> Mark {
        Mark { file, began: 0 }
    }

    /// Notes that one more is begun.
    pub(super) fn begin(&mut self) {
        self.began += 1;
        #[cfg(unix)]
        if let Some(file) = &self.file {
            use std::os::unix::fs::FileExt;
            // Without the note a crash is held against the wrong one at worst.
            file.write_all_at(&self.began.to_le_bytes(), 0).ok();
        }
    }
}
