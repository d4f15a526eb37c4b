//! The system's file dialogs, each on a thread of its own: a dialog, or a portal that never answers, must not halt the
//! window. One at a time; whoever sees none can paste paths instead.

use super::waker::Waker;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// After this long the answer of a dialog is no longer waited for.
const PATIENCE: Duration = Duration::from_mins(10);

/// What a person picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Picked {
    Files(Vec<PathBuf>),
    Folder(PathBuf),
}

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    Files,
    /// A folder, with the place to begin.
    Folder(PathBuf),
}

/// The dialogs.
pub(crate) struct Dialogs {
    waker: Waker,
    open: Arc<AtomicBool>,
    answer: Sender<Picked>,
    answers: Receiver<Picked>,
}

impl Dialogs {
    pub(crate) fn new(waker: Waker) -> Dialogs {
        let (answer, answers) = bounded(1);
        Dialogs { waker, open: Arc::default(), answer, answers }
    }

    /// Opens a dialog. The error is a sentence for the person.
    pub(crate) fn ask(&self, question: Question) -> Result<(), String> {
        if self.open.swap(true, Ordering::AcqRel) {
            return Err("A file dialog is open already. If you see none, paste the path instead.".to_owned());
        }
        let (open, answer, waker) = (Arc::clone(&self.open), self.answer.clone(), self.waker.clone());
        let spawned = thread::Builder::new().name("file-dialog".to_owned()).spawn(move || {
            if let Ok(Some(picked)) = pick(question) {
                answer.try_send(picked).ok();
            }
            open.store(false, Ordering::Release);
            waker.wake();
        });
        spawned.map(drop).map_err(|error| {
            self.open.store(false, Ordering::Release);
            format!("Cannot open a file dialog: {error}")
        })
    }

    /// What was picked since the last call.
    pub(crate) fn picked(&self) -> Option<Picked> {
        self.answers.try_recv().ok()
    }
}

fn pick(question: Question) -> io::Result<Option<Picked>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let paths = |handles: Vec<rfd::FileHandle>| handles.iter().map(|handle| handle.path().to_path_buf()).collect();
    runtime.block_on(async {
        let picked = match question {
            Question::Files => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Add files");
                tokio::time::timeout(PATIENCE, dialog.pick_files()).await.ok().flatten().map(paths).map(Picked::Files)
            }
            Question::Folder(from) => {
                let start = from.ancestors().find(|folder| folder.is_dir()).map(PathBuf::from).unwrap_or_default();
                let dialog = rfd::AsyncFileDialog::new().set_title("Output folder").set_directory(start);
                let picked = tokio::time::timeout(PATIENCE, dialog.pick_folder()).await.ok().flatten();
                picked.map(|handle| Picked::Folder(handle.path().to_path_buf()))
            }
        };
        Ok(picked)
    })
}
