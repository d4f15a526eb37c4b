//! The window's own state, apart from pixels, and which rows an intent is about.

use super::grab::Sheet;
use super::intent::Target;
use super::lab::Lab;
use super::lane_acts::Asked;
use super::model::{Bucket, Model, Row};
use super::recipe_editor::{Editor, Known};
use super::report::Shown;
use crate::model::{JobId, Recipe};
use crate::store::Settings;
use std::path::PathBuf;

/// The window's own state, apart from pixels.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) model: Model,
    pub(crate) settings: Settings,
    /// The recipe that new jobs get.
    pub(crate) recipe: Option<Recipe>,
    /// The folder that new jobs write to.
    pub(crate) output_dir: PathBuf,
    pub(crate) help_open: bool,
    /// Whether the inspector is shown where the window is too narrow for it to be there always.
    pub(crate) details_open: bool,
    /// Whether quitting was asked for once while work runs.
    pub(crate) asks_to_quit: bool,
    /// How many jobs earlier programs left unfinished, as long as nobody decided what is to become of them.
    pub(crate) unfinished: u64,
    /// A link that was pasted and looks like a page.
    pub(crate) offer: Option<String>,
    /// The links of a page that was read.
    pub(crate) sheet: Option<Sheet>,
    pub(crate) lab: Lab,
    /// What was asked of lanes.
    pub(crate) asked: Asked,
    /// The report of a batch: whether it lies open.
    pub(crate) report: Shown,
    /// The recipes to choose from.
    pub(crate) recipes: Known,
    /// The recipe editor, where it is open.
    pub(crate) editor: Option<Editor>,
    /// How many batches of this window can be taken back.
    pub(crate) undoable: usize,
}

impl State {
    pub(crate) fn new(model: Model, settings: Settings, output_dir: PathBuf) -> State {
        let recipe = settings.recipe.clone();
        let (help_open, details_open, asks_to_quit) = (false, false, false);
        State {
            model,
            settings,
            recipe,
            output_dir,
            help_open,
            details_open,
            asks_to_quit,
            unfinished: 0,
            offer: None,
            sheet: None,
            lab: Lab::new(crate::lab::cores()),
            asked: Asked::default(),
            report: Shown::default(),
            recipes: Known::default(),
            editor: None,
            undoable: 0,
        }
    }

    pub(super) fn jobs(&self, target: Target) -> Vec<JobId> {
        match target {
            Target::Selected => self.model.view.selected(),
            Target::Job(job) => vec![job],
            Target::Failed => {
                let failed = |job: &JobId| self.model.row(*job).is_some_and(|row| row.bucket() == Bucket::Failed);
                let chosen: Vec<JobId> = self.model.view.selected().into_iter().filter(failed).collect();
                if chosen.is_empty() {
                    self.model.rows().filter(|row| row.bucket() == Bucket::Failed).map(|row| row.id).collect()
                } else {
                    chosen
                }
            }
        }
    }

    pub(super) fn kept(&self, target: Target, keep: impl Fn(&Row) -> bool) -> Vec<JobId> {
        let mut jobs = self.jobs(target);
        jobs.retain(|job| self.model.row(*job).is_some_and(&keep));
        jobs
    }

    /// The links of the page that a row stands for, if it does and they are there.
    pub(super) fn page(&self, target: Target) -> Option<Sheet> {
        let row = self.row(target)?;
        row.page().map(|page| Sheet::new(row.spec.input(), page))
    }

    /// The row that an intent about one row means.
    pub(super) fn row(&self, target: Target) -> Option<&Row> {
        let job = match target {
            Target::Job(job) => Some(job),
            Target::Selected | Target::Failed => {
                self.model.view.cursor().or_else(|| self.model.view.selected().first().copied())
            }
        };
        self.model.row(job?)
    }
}
