//! The system's file dialogs, each on a thread of its own: a dialog, or a portal that never answers, must not halt the
//! window. One at a time; whoever sees none can paste paths instead.

use super::model::report::BatchReport;
use super::report;
use super::waker::Waker;
use crate::model::Recipe;
use crate::store::recipes;
use crate::trace;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// After this long the answer of a dialog is no longer waited for.
const PATIENCE: Duration = Duration::from_mins(10);

/// Nobody dismisses a dialog within this time: an answer that comes sooner means that none could open.
const TOO_SOON: Duration = Duration::from_millis(400);

/// What a person picked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Picked {
    Files(Vec<PathBuf>),
    Folder(PathBuf),
    /// Where to write the trace.
    TraceFile(PathBuf),
    /// There is no dialog to ask where the trace should go.
    NoDialogForTrace,
    /// Where to write the report.
    ReportFile(Arc<BatchReport>, PathBuf),
    /// There is no dialog to ask where the report should go.
    NoDialogForReport(Arc<BatchReport>),
    /// A picture to try a recipe on, or for a watermark.
    Picture(PathBuf),
    /// A recipe to import.
    Recipe(PathBuf),
    /// Where to write the recipe.
    RecipeFile(Box<Recipe>, PathBuf),
    /// There is no dialog to ask where the recipe should go.
    NoDialogForRecipe(Box<Recipe>),
}

/// What to ask for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    Files,
    /// A folder, with the place to begin.
    Folder(PathBuf),
    /// A file to write the trace to, with the folder to begin in.
    TraceFile(PathBuf),
    /// A file to write this report to, with the folder to begin in.
    ReportFile(Arc<BatchReport>, PathBuf),
    Picture,
    /// A recipe to import.
    Recipe,
    /// A file to write this recipe to, with the folder to begin in.
    RecipeFile(Box<Recipe>, PathBuf),
}

/// The dialogs.
pub(crate) struct Dialogs {
    waker: Waker,
    /// Whether any may open.
    allowed: bool,
    open: Arc<AtomicBool>,
    answer: Sender<Picked>,
    answers: Receiver<Picked>,
}

impl Dialogs {
    pub(crate) fn new(waker: Waker, allowed: bool) -> Dialogs {
        let (answer, answers) = bounded(1);
        Dialogs { waker, allowed, open: Arc::default(), answer, answers }
    }

    /// Opens a dialog. The error is a sentence for the person.
    pub(crate) fn ask(&self, question: Question) -> Result<(), String> {
        if !self.allowed {
            let picked = match question {
                Question::TraceFile(_) => Picked::NoDialogForTrace,
                Question::ReportFile(report, _) => Picked::NoDialogForReport(report),
                Question::RecipeFile(recipe, _) => Picked::NoDialogForRecipe(recipe),
                Question::Files | Question::Folder(_) | Question::Picture | Question::Recipe => {
                    return Err("There are no file dialogs here: paste the path.".to_owned());
                }
            };
            self.answer.try_send(picked).ok();
            self.waker.wake();
            return Ok(());
        }
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

/// The file that somebody picks in time.
async fn one(asked: impl Future<Output = Option<rfd::FileHandle>>) -> Option<PathBuf> {
    let picked = tokio::time::timeout(PATIENCE, asked).await.ok().flatten();
    picked.map(|handle| handle.path().to_path_buf())
}

fn pick(question: Question) -> io::Result<Option<Picked>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let began = Instant::now();
    let start = |from: PathBuf| from.ancestors().find(|folder| folder.is_dir()).map(PathBuf::from).unwrap_or_default();
    let paths = |handles: Vec<rfd::FileHandle>| handles.iter().map(|handle| handle.path().to_path_buf()).collect();
    runtime.block_on(async {
        let picked = match question {
            Question::Files => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Add files");
                tokio::time::timeout(PATIENCE, dialog.pick_files()).await.ok().flatten().map(paths).map(Picked::Files)
            }
            Question::Folder(from) => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Output folder").set_directory(start(from));
                let picked = tokio::time::timeout(PATIENCE, dialog.pick_folder()).await.ok().flatten();
                picked.map(|handle| Picked::Folder(handle.path().to_path_buf()))
            }
            Question::TraceFile(from) => {
                let dialog = rfd::AsyncFileDialog::new()
                    .set_title("Export trace")
                    .add_filter("Trace", &["json"])
                    .set_directory(start(from))
                    .set_file_name(trace::FILE_NAME);
                match tokio::time::timeout(PATIENCE, dialog.save_file()).await {
                    Ok(Some(handle)) => Some(Picked::TraceFile(handle.path().to_path_buf())),
                    Ok(None) if began.elapsed() < TOO_SOON => Some(Picked::NoDialogForTrace),
                    _ => None,
                }
            }
            Question::ReportFile(report, from) => {
                let dialog = rfd::AsyncFileDialog::new()
                    .set_title("Save report")
                    .add_filter("Web page", &["html"])
                    .set_directory(start(from))
                    .set_file_name(format!("{}.html", report::FILE_STEM));
                match one(dialog.save_file()).await {
                    Some(path) => Some(Picked::ReportFile(report, path)),
                    None if began.elapsed() < TOO_SOON => Some(Picked::NoDialogForReport(report)),
                    None => None,
                }
            }
            Question::Picture => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Choose a picture");
                one(dialog.pick_file()).await.map(Picked::Picture)
            }
            Question::Recipe => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Import a recipe").add_filter("Recipe", &["toml"]);
                one(dialog.pick_file()).await.map(Picked::Recipe)
            }
            Question::RecipeFile(recipe, from) => {
                let dialog = rfd::AsyncFileDialog::new()
                    .set_title("Share this recipe")
                    .add_filter("Recipe", &["toml"])
                    .set_directory(start(from))
                    .set_file_name(recipes::file_name(&recipe.name));
                match one(dialog.save_file()).await {
                    Some(path) => Some(Picked::RecipeFile(recipe, path)),
                    None if began.elapsed() < TOO_SOON => Some(Picked::NoDialogForRecipe(recipe)),
                    None => None,
                }
            }
        };
        Ok(picked)
    })
}
