//! What a person wants, as plain data: made by the keyboard, the controls and drops, applied by the reducer.

use super::adding::Add;
use super::arrange::Arrange;
use super::bin::Clear;
use super::grab::Grab;
use super::hints::Answer;
use super::lab::LabIntent;
use super::lane_acts::LaneIntent;
use super::model::{Choose, Filter, Step};
use super::palette;
use super::recipe_editor::Edit;
use super::report::ReportIntent;
use crate::model::{JobId, LaneId, Mode, Pool, Recipe};
use crate::store::rows::Rows;
use crate::store::settings::{Downloads, Look, Pictures, ThemeChoice};
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
    /// Something about how things get in.
    Adding(Add),
    /// Something in the Lab.
    Lab(LabIntent),
    /// Something with the report of a batch.
    Report(ReportIntent),
    /// Something in the recipe editor.
    Edit(Edit),
    /// Look which recipes there are now.
    LookForRecipes,
    /// Take back what was done last: in the editor a change, elsewhere the last removal or the last batch of this window.
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
    /// Show the menu of the row that the keyboard is at. The table does.
    ShowMenu,
    Deselect,
    Retry(Target),
    Cancel(Target),
    /// Out of sight at once, and for good after a while.
    Remove(Target),
    /// Clear what is finished, or take a removal back.
    Clear(Clear),
    /// Sort the rows, or move them in the queue.
    Arrange(Arrange),
    Pause(Target),
    Resume(Target),
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
    SetLook(Look),
    /// Makes everything larger (`true`) or smaller, or as large as usual.
    ResizeText(Option<bool>),
    /// Whether the desktop is not to be told of the end of a batch.
    SetQuiet(bool),
    /// Something in the command palette.
    Palette(palette::Choice),
    /// What becomes of the hint in sight.
    Hint(Answer),
    ToggleSettings,
    SetRows(Rows),
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
