//! One program for each state folder: a file in it is locked as long as the program runs. The system lets go of the lock
//! when the program ends, however it ends.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The file that is locked.
const FILE_NAME: &str = "lock";

/// A program that is just ending gets this long to do so.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often the lock is tried.
const EVERY: Duration = Duration::from_millis(50);

/// Held as long as it lives.
#[derive(Debug)]
pub struct StateLock(#[expect(dead_code, reason = "the lock goes with the file")] File);

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another program has it.
    #[error("another Millrace is using the folder {0}; close it, or choose another folder with --state DIR")]
    InUse(String),
    /// The folder cannot be written to.
    #[error("cannot use the folder {folder}: {error}")]
    Unusable {
        /// Which.
        folder: String,
        /// Why.
        error: io::Error,
    },
}

impl StateLock {
    /// Takes the lock of a state folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Fails where another program does not let go of it within two seconds, and where the folder or the file in it
    /// cannot be made or locked.
    pub fn take(state_dir: &Path) -> Result<StateLock, LockError> {
        let unusable = |error| LockError::Unusable { folder: state_dir.display().to_string(), error };
        fs::create_dir_all(state_dir).map_err(unusable)?;
        let path = state_dir.join(FILE_NAME);
        let file = File::options().create(true).truncate(false).write(true).open(path).map_err(unusable)?;
        let until = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(StateLock(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(EVERY),
                Err(TryLockError::WouldBlock) => return Err(LockError::InUse(state_dir.display().to_string())),
                // Some network file systems have no locks: then there is none to hold.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(StateLock(file));
                }
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_until_the_first_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = StateLock::take(folder.path()).expect("the lock");
        let refused = StateLock::take(folder.path()).expect_err("in use").to_string();
        assert!(refused.contains(&folder.path().display().to_string()), "{refused}");
        drop(first);
        StateLock::take(folder.path()).expect("free again");
    }
}
