//! The system's file dialogs, each on a thread of its own: a dialog, or a portal that never answers, must not halt the
//! window. One at a time; whoever sees none can paste paths instead.

use super::adding::Goal;
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

/// A dialog that is open for longer may be one that nobody sees: a portal that hangs.
const UNSEEN: Duration = Duration::from_secs(5);

/// What is said where no dialog opens.
pub(crate) const NO_DIALOG: &str = "No file dialog opens here. Type the path, paste it, or drop the file.";

pub(crate) const OPEN_ALREADY: &str = "A file dialog was asked for already. If you see none, type the path here.";

/// What a person picked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Picked {
    Files(Vec<PathBuf>),
    Folder(PathBuf),
    /// The output folder of the sheet's batch.
    FolderOfSheet(PathBuf),
    /// No dialog opens: the path is to be typed.
    NoDialog(Goal),
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
    /// A folder of pictures.
    FilesOfFolder,
    /// The output folder, with the place to begin.
    Folder(PathBuf),
    /// That of the sheet's batch, with the place to begin.
    FolderOfSheet(PathBuf),
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

impl Question {
    /// What a path can be typed for instead.
    pub(crate) fn goal(&self) -> Option<Goal> {
        match self {
            Question::Files => Some(Goal::Files),
            Question::FilesOfFolder => Some(Goal::Folder),
            Question::Folder(_) => Some(Goal::OutputFolder),
            Question::FolderOfSheet(_) => Some(Goal::FolderOfSheet),
            Question::TraceFile(_)
            | Question::ReportFile(..)
            | Question::Picture
            | Question::Recipe
            | Question::RecipeFile(..) => None,
        }
    }
}

/// The dialogs.
pub(crate) struct Dialogs {
    waker: Waker,
    /// Whether any may open.
    allowed: bool,
    open: Arc<AtomicBool>,
    /// The dialog that was asked for last: when, and what a path can be typed for instead.
    asked: Option<(Instant, Option<Goal>)>,
    answer: Sender<Picked>,
    answers: Receiver<Picked>,
}

impl Dialogs {
    pub(crate) fn new(waker: Waker, allowed: bool) -> Dialogs {
        let (answer, answers) = bounded(1);
        Dialogs { waker, allowed, open: Arc::default(), asked: None, answer, answers }
    }

    /// Opens a dialog. The error is a sentence for the person.
    pub(crate) fn ask(&mut self, question: Question) -> Result<(), String> {
        if !self.allowed {
            let picked = match question {
                Question::TraceFile(_) => Picked::NoDialogForTrace,
                Question::ReportFile(report, _) => Picked::NoDialogForReport(report),
                Question::RecipeFile(recipe, _) => Picked::NoDialogForRecipe(recipe),
                _ => {
                    return Err(NO_DIALOG.to_owned());
                }
            };
            self.answer.try_send(picked).ok();
            self.waker.wake();
            return Ok(());
        }
        if self.open.swap(true, Ordering::AcqRel) {
            return Err(OPEN_ALREADY.to_owned());
        }
        self.asked = Some((Instant::now(), question.goal()));
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

    /// What a path can be typed for, where a dialog is open so long that it may be one that nobody sees; or how long it is
    /// until then.
    pub(crate) fn unseen(&self) -> Option<Result<Goal, Duration>> {
        let (since, goal) = self.asked.filter(|_| self.open.load(Ordering::Acquire))?;
        let left = UNSEEN.saturating_sub(since.elapsed());
        goal.map(|goal| if left.is_zero() { Ok(goal) } else { Err(left) })
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
    let goal = question.goal();
    runtime.block_on(async {
        let picked = match question {
            Question::Files => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Add files");
                tokio::time::timeout(PATIENCE, dialog.pick_files()).await.ok().flatten().map(paths).map(Picked::Files)
            }
            Question::FilesOfFolder => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Add a folder");
                one(dialog.pick_folder()).await.map(|folder| Picked::Files(vec![folder]))
            }
            Question::Folder(from) => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Output folder").set_directory(start(from));
                one(dialog.pick_folder()).await.map(Picked::Folder)
            }
            Question::FolderOfSheet(from) => {
                let title = "Output folder of this batch";
                let dialog = rfd::AsyncFileDialog::new().set_title(title).set_directory(start(from));
                one(dialog.pick_folder()).await.map(Picked::FolderOfSheet)
            }
            Question::TraceFile(from) => {
                let dialog = rfd::AsyncFileDialog::new()
                    .set_title("Export trace")
                    .add_filter("Trace", &["json"])
                    .set_directory(start(from))
                    .set_file_name(format!("{}.json", trace::FILE_STEM));
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
        let none_opened = || goal.filter(|_| began.elapsed() < TOO_SOON).map(Picked::NoDialog);
        Ok(picked.or_else(none_opened))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_hangs_is_noticed_and_a_second_one_does_not_open() {
        let mut dialogs = Dialogs::new(Waker::default(), true);
        assert_eq!(dialogs.unseen(), None);
        dialogs.open.store(true, Ordering::Release);
        dialogs.asked = Some((Instant::now(), Some(Goal::Folder)));
        assert!(matches!(dialogs.unseen(), Some(Err(left)) if left <= UNSEEN));
        assert_eq!(dialogs.ask(Question::Files), Err(OPEN_ALREADY.to_owned()));
        let long_ago = Instant::now().checked_sub(UNSEEN * 2).expect("the machine runs longer");
        dialogs.asked = Some((long_ago, Some(Goal::Folder)));
        assert_eq!(dialogs.unseen(), Some(Ok(Goal::Folder)));
        dialogs.asked = Some((long_ago, None));
        assert_eq!(dialogs.unseen(), None, "there is nothing to type");
        dialogs.open.store(false, Ordering::Release);
        dialogs.asked = Some((long_ago, Some(Goal::Folder)));
        assert_eq!(dialogs.unseen(), None, "it was closed");
    }

    #[test]
    fn where_none_may_open_it_is_said() {
        let mut dialogs = Dialogs::new(Waker::default(), false);
        for question in [Question::Files, Question::FilesOfFolder, Question::Folder(PathBuf::new())] {
            assert!(question.goal().is_some());
            assert_eq!(dialogs.ask(question), Err(NO_DIALOG.to_owned()));
        }
    }
}
