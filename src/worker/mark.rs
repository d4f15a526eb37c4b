//! Where a worker notes how much it began, in a file without a name that the program holds too. It tells whose doing the
//! worker's death was: a pipe could not, since what was written last may not have gone out.

use memmap2::{MmapMut, MmapOptions};
use std::fs::File;
use std::io;
use std::sync::atomic::{Ordering, compiler_fence};

/// The length of the note.
const BYTES: usize = 8;

/// A new file for the note.
///
/// # Errors
///
/// Fails where the system gives no file without a name.
pub fn create() -> io::Result<File> {
    #[cfg(target_os = "linux")]
    let file = File::from(rustix::fs::memfd_create("millrace mark", rustix::fs::MemfdFlags::CLOEXEC)?);
    #[cfg(not(target_os = "linux"))]
    let file = tempfile::tempfile()?;
    file.set_len(BYTES as u64)?;
    Ok(file)
}

/// What was noted last.
///
/// # Errors
///
/// Fails where the file cannot be read, or is too short for a note.
#[cfg(unix)]
pub fn read(file: &File) -> io::Result<u64> {
    use std::os::unix::fs::FileExt;
    let mut bytes = [0; BYTES];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(u64::from_le_bytes(bytes))
}

/// What was noted last.
///
/// # Errors
///
/// Never fails here.
#[cfg(not(unix))]
pub fn read(_: &File) -> io::Result<u64> {
    Ok(0)
}

/// The worker's side of the note. It is written before each piece of work, of which there may be millions a second, so it
/// is memory that both processes see.
#[derive(Debug)]
pub(super) struct Mark {
    note: Option<MmapMut>,
    began: u64,
}

impl Mark {
    /// Notes go into this file; without one, nowhere. A crash is held against the wrong one then at worst.
    pub(super) fn new(file: Option<&File>) -> Mark {
        Mark { note: file.and_then(map), began: 0 }
    }

    /// Notes that one more is begun.
    pub(super) fn begin(&mut self) {
        self.began += 1;
        if let Some(note) = &mut self.note {
            note.copy_from_slice(&self.began.to_le_bytes());
            // The work must not move before the note.
            compiler_fence(Ordering::SeqCst);
        }
    }
}

#[expect(unsafe_code, reason = "there is no other way to share memory between processes")]
fn map(file: &File) -> Option<MmapMut> {
    // SAFETY: the file has no name, and the only other holder, the program that made it, neither writes nor shortens it.
    unsafe { MmapOptions::new().len(BYTES).map_mut(file) }.ok()
}
