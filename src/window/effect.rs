//! What follows from an intent beyond the window's own state.

use super::lab::LabEffect;
use super::model::report::BatchReport;
use super::recipe_editor::Ask;
use crate::model::{Command, Recipe};
use std::path::PathBuf;
use std::sync::Arc;

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    Send(Command),
    IntakeText(String),
    IntakePaths(Vec<PathBuf>),
    PickFiles,
    PickFolder,
    PickTraceFile,
    /// Ask where to, and write the report there.
    PickReportFile(Arc<BatchReport>),
    StartDemo,
    /// Read this page for its links.
    ReadPage(String),
    /// Something for the Lab.
    Lab(LabEffect),
    QueueLinks(Vec<String>),
    LookForRecipes,
    SaveRecipe(Box<Recipe>),
    ImportRecipe(PathBuf),
    RemoveRecipe(String),
    PickRecipe,
    PickPicture,
    /// Ask where to, and write a recipe there.
    ShareRecipe(Box<Recipe>),
    /// Try a recipe on a picture.
    Preview(Box<Ask>),
    /// Try nothing any more.
    ShowNothing,
    Open(PathBuf),
    ShowInFolder(PathBuf),
    Copy {
        text: String,
        what: &'static str,
    },
    FocusSearch,
    ApplyTheme,
    SaveSettings,
    Complain(String),
    Quit,
}
