//! What a person wants, as plain data: made by the keyboard, the controls and drops, applied by the reducer.

use super::grab::Grab;
use super::lab::LabIntent;
use super::lane_acts::LaneIntent;
use super::model::{Choose, Filter, Step};
use super::recipe_editor::Edit;
use super::report::ReportIntent;
use crate::model::{JobId, LaneId, Mode, Pool, Recipe};
use crate::store::settings::{Downloads, Pictures, ThemeChoice};
use std::path::PathBuf;

/// What a person wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Intent {
    /// Queue the links and paths of this text.
    Paste(String),
    /// Queue these files and folders.
    Add(Vec<PathBuf>),
    PickFiles,
    PickOutputFolder,
    StartDemo,
    Grab(Grab),
    /// Something in the Lab.
    Lab(LabIntent),
    /// Something with the report of a batch.
    Report(ReportIntent),
    /// Something in the recipe editor.
    Edit(Edit),
    /// Look which recipes there are now.
    LookForRecipes,
    /// Take back what was done last: in the editor a change, elsewhere the last batch of this window.
    Undo,
    /// Take back the last batch, whoever queued it.
    UndoBatch,
    SetMode(Mode),
    SetLanes(Pool, u16),
    /// Let the number of fetch lanes follow what is measured.
    ChooseFetchLanes,
    /// Take up what an earlier run left unfinished.
    GoOn,
    /// Give up what an earlier run left unfinished.
    Forget,
    KillWorker(LaneId),
    Lane(LaneIntent),
    ExportTrace,
    TogglePause,
    Filter(Filter),
    Search(String),
    FocusSearch,
    Choose(JobId, Choose),
    Step(Step, Reach),
    SelectAll,
    Deselect,
    Retry(Target),
    Cancel(Target),
    Remove(Target),
    Pause(Target),
    Resume(Target),
    /// Before all others that wait.
    MoveToTop(Target),
    Open(Target),
    ShowInFolder(Target),
    CopyLink(Target),
    CopyError(Target),
    SetTheme(ThemeChoice),
    NextTheme,
    SetRecipe(Option<Recipe>),
    SetOutputDir(PathBuf),
    SetDownloads(Downloads),
    SetPictures(Pictures),
    ToggleHelp,
    ToggleDetails,
    /// Closes what lies on top, then clears the search, then the selection.
    Escape,
    Quit,
}

/// Whether a step of the keyboard takes the selection along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Move,
    Extend,
}

/// Which rows an intent is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The chosen ones.
    Selected,
    /// This one, chosen or not.
    Job(JobId),
    /// The chosen failed ones, or every failed one where none is chosen.
    Failed,
}
