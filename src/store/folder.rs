//! The state folder in use: locked for this program, with its log started and its queue open.

use super::{LockError, OpenError, Queue, StateLock, log};
use std::path::Path;

/// A state folder that this program uses until the value goes.
#[derive(Debug)]
pub struct StateFolder {
    /// The queue. None where it cannot be opened: then nothing is kept.
    pub queue: Option<Queue>,
    /// How many jobs earlier programs left unfinished.
    pub unfinished: u64,
    /// What is wrong, in sentences. Work goes on all the same.
    pub complaints: Vec<String>,
    /// Held as long as the folder is used.
    lock: Option<StateLock>,
}

/// Why a state folder must not be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FolderError(String);

impl StateFolder {
    /// Takes a state folder, which is made if it is not there. Whatever else is wrong with it, work can go on.
    ///
    /// # Errors
    ///
    /// Fails where another program uses the folder, and where its queue is a later version's.
    pub fn open(state_dir: &Path) -> Result<StateFolder, FolderError> {
        let mut folder = StateFolder { queue: None, unfinished: 0, complaints: Vec::new(), lock: None };
        match StateLock::take(state_dir) {
            Ok(lock) => folder.lock = Some(lock),
            Err(error @ LockError::InUse(_)) => return Err(FolderError(error.to_string())),
            Err(error) => {
                folder.complaints.push(format!("The queue is not kept: {error}"));
                return Ok(folder);
            }
        }
        if let Err(error) = log::start(state_dir) {
            folder.complaints.push(format!("There is no log: {error}"));
        }
        match Queue::open(state_dir) {
            Ok((queue, damage)) => {
                match queue.unfinished() {
                    Ok(unfinished) => folder.unfinished = unfinished,
                    Err(error) => folder.complaints.push(format!("What was left unfinished is not known: {error}")),
                }
                folder.complaints.extend(damage);
                folder.queue = Some(queue);
            }
            Err(error @ OpenError::Newer(_)) => return Err(FolderError(error.to_string())),
            Err(error) => folder.complaints.push(format!("The queue is not kept: {error}")),
        }
        Ok(folder)
    }
}
