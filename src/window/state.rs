//! The window's own state, apart from pixels, and which rows an intent is about.

use super::adding::Adding;
use super::bin::Bin;
use super::grab::Sheet;
use super::intent::Target;
use super::lab::Lab;
use super::lane_acts::Asked;
use super::model::{Bucket, Fact, Model, Row};
use super::palette::Palette;
use super::recipe_editor::{Editor, Known};
use super::report::Shown;
use crate::model::{JobId, Recipe};
use crate::store::Settings;
use std::path::PathBuf;

/// A sheet over the window that has no state of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Help,
    Settings,
    /// Quitting was asked for while work runs.
    Quit,
}

/// The window's own state, apart from pixels.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) model: Model,
    pub(crate) settings: Settings,
    /// The recipe that new jobs get.
    pub(crate) recipe: Option<Recipe>,
    /// The folder that new jobs write to.
    pub(crate) output_dir: PathBuf,
    /// The sheet that lies over the window.
    pub(crate) over: Option<Over>,
    /// The command palette, where it is open.
    pub(crate) palette: Option<Palette>,
    /// Whether files can be dropped onto the window.
    pub(crate) takes_drops: bool,
    /// Whether hints are shown: not where nobody sits before the window.
    pub(crate) hints: bool,
    /// Whether the inspector is shown where the window is too narrow for it to be there always.
    pub(crate) details_open: bool,
    /// How many jobs earlier programs left unfinished, as long as nobody decided what is to become of them.
    pub(crate) unfinished: u64,
    /// A link that was pasted and looks like a page.
    pub(crate) offer: Option<String>,
    /// The links of a page that was read.
    pub(crate) sheet: Option<Sheet>,
    /// How things get in.
    pub(crate) adding: Adding,
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
    /// What was removed and can be taken back.
    pub(crate) bin: Bin,
}

impl State {
    pub(crate) fn new(mut model: Model, settings: Settings, output_dir: PathBuf) -> State {
        let recipe = settings.recipe.clone();
        model.view.set_order(settings.rows.order);
        State {
            model,
            settings,
            recipe,
            output_dir,
            over: None,
            palette: None,
            takes_drops: true,
            hints: true,
            details_open: false,
            unfinished: 0,
            offer: None,
            sheet: None,
            adding: Adding::default(),
            lab: Lab::new(crate::lab::cores()),
            asked: Asked::default(),
            report: Shown::default(),
            recipes: Known::default(),
            editor: None,
            undoable: 0,
            bin: Bin::default(),
        }
    }

    /// Whether something lies over the window that all keys are for.
    pub(super) fn covers_all(&self) -> bool {
        let sheets = [self.editor.is_some(), self.sheet.is_some(), self.report.open.is_some(), self.adding.covers()];
        self.palette.is_some() || self.over.is_some() || sheets.contains(&true)
    }

    pub(super) fn jobs(&self, target: Target) -> Vec<JobId> {
        match target {
            Target::Selected => self.model.view.selected(),
            Target::Job(job) => Some(job).filter(|job| self.model.is_in_sight(*job)).into_iter().collect(),
            Target::Failed => {
                let failed = |job: &JobId| self.is(*job, |fact| fact.bucket == Bucket::Failed);
                let chosen: Vec<JobId> = self.model.view.chosen().filter(failed).collect();
                if chosen.is_empty() { self.model.jobs_in(Bucket::Failed) } else { chosen }
            }
        }
    }

    /// Those that are as wanted. No row is made to find out.
    pub(super) fn kept(&self, target: Target, keep: impl Fn(&Fact) -> bool) -> Vec<JobId> {
        let mut jobs = self.jobs(target);
        jobs.retain(|job| self.is(*job, &keep));
        jobs
    }

    fn is(&self, job: JobId, what: impl Fn(&Fact) -> bool) -> bool {
        self.model.fact(job).is_some_and(what)
    }

    /// The links of the page that a row stands for, if it does and they are there.
    pub(super) fn page(&self, target: Target) -> Option<Sheet> {
        let row = self.row(target)?;
        row.page().map(|page| Sheet::new(row.spec.input(), page))
    }

    /// The rows that an intent means, in their order; where none is chosen, the one that the keyboard is at.
    pub(super) fn in_order(&self, target: Target) -> Vec<JobId> {
        let mut jobs = self.jobs(target);
        if jobs.is_empty() {
            return self.row(target).map(|row| row.id).into_iter().collect();
        }
        jobs.sort_by_key(|job| self.model.view.place_of(*job));
        jobs
    }

    /// The row that an intent about one row means.
    pub(super) fn row(&self, target: Target) -> Option<&Row> {
        let job = match target {
            Target::Job(job) => Some(job),
            Target::Selected | Target::Failed => self.model.view.cursor().or_else(|| self.model.view.chosen().next()),
        };
        self.model.row(job?)
    }
}
