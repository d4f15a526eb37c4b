//! The log: one line for each thing that happened, with the job and the lane, in a file of the state folder that is
//! rotated by size. What goes in is chosen by `MILLRACE_LOG`, as `info` (the usual) or `debug`.

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// The folder in the state folder.
const FOLDER: &str = "log";

/// The newest file. Older ones have numbers after their names.
const FILE_NAME: &str = "millrace.log";

/// A file grows to this size, and so many older ones are kept.
const FILE_BYTES: usize = 4 << 20;
const OLDER_FILES: usize = 4;

/// Where the log of a state folder is.
pub fn path(state_dir: &Path) -> PathBuf {
    state_dir.join(FOLDER).join(FILE_NAME)
}

/// Sends what the program logs from now on to the log of a state folder. Only the first call in a program counts.
///
/// # Errors
///
/// Fails where the folder of the log cannot be made, or its file cannot be written to.
pub fn start(state_dir: &Path) -> io::Result<()> {
    let path = path(state_dir);
    fs::create_dir_all(state_dir.join(FOLDER))?;
    // The crate panics where it cannot write: found out before.
    fs::File::options().create(true).append(true).open(&path)?;
    let limit = ContentLimit::BytesSurpassed(FILE_BYTES);
    let file = FileRotate::new(path, AppendCount::new(OLDER_FILES), limit, Compression::None, None);
    let filter = EnvFilter::try_from_env("MILLRACE_LOG").unwrap_or_else(|_| EnvFilter::new("millrace=info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .log_internal_errors(false)
        .with_writer(Mutex::new(file))
        .finish();
    // A second log in one program, as in tests, changes nothing.
    tracing::subscriber::set_global_default(subscriber).ok();
    Ok(())
}
