//! What follows from an intent beyond the window's own state.

use super::adding::AddEffect;
use super::intent::Intent;
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
    /// Something about how things get in.
    Adding(AddEffect),
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
    /// Theme, size of text, and motion are to be as the settings say.
    ApplyLook,
    SaveSettings,
    Complain(String),
    /// Say this for a while, with a button that does something.
    Offer {
        words: String,
        label: &'static str,
        intent: Box<Intent>,
    },
    /// Offer this no longer.
    Withdraw(Box<Intent>),
    Quit,
}
