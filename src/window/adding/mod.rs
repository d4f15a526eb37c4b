//! How things get in: the sheet in which a large paste or list is looked at before it is queued, the field for a path
//! where no dialog opens, and what is offered from the clipboard. No egui.

mod hover;
mod offer_ui;
mod picture;
mod sheet_ui;
mod typed_ui;
mod weigh;

pub(crate) use hover::{Hovered, Kinds};
pub(crate) use offer_ui::{offer_ui, unseen_ui};
pub(crate) use picture::keep as keep_picture;
pub(crate) use sheet_ui::sheet_ui;
pub(crate) use typed_ui::typed_ui;
pub(crate) use weigh::{DoneHere, Mark, Scales, Weighed};

use super::clipboard::Picture;
use super::dialogs::OPEN_ALREADY;
use super::effect::Effect;
use super::intent::Intent;
use super::reduce::reduce as reduce_any;
use super::state::State;
use crate::intake;
use crate::model::Recipe;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// So many links and paths start at once; more are shown first.
pub(crate) const AT_ONCE: usize = 20;

/// A longer paste takes an offer with it, whatever it holds: it is not looked through in a frame.
const LOOKED_THROUGH: usize = 4096;

/// What a person does about what gets in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Add {
    /// Pick a folder whose pictures are queued.
    PickFolder,
    /// Queue this picture, which was on the clipboard.
    Picture(Picture),
    /// Leave duplicates and what is done out of the sheet's batch.
    LeaveOut(bool),
    /// What the pictures of the sheet's batch become.
    Recipe(Option<Recipe>),
    /// The folder of the sheet's batch, as typed.
    Folder(String),
    PickFolderOfSheet,
    /// The folder of the sheet's batch, as picked.
    FolderPicked(PathBuf),
    /// Queue what the sheet shows.
    Queue,
    /// Close the sheet of this number.
    Close(u64),
    /// Type a path instead of looking for a dialog.
    TypeInstead,
    /// The path as typed.
    Type(String),
    TypeDone,
    TypeClose,
    /// Queue the links that are offered.
    TakeOffer,
    LeaveOffer,
    /// Look at the clipboard now and then, or no more.
    Watch(bool),
}

/// What follows for the shell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AddEffect {
    PickFolder,
    /// Ask for a folder for the sheet's batch, beginning at this one.
    PickFolderOfSheet(PathBuf),
    KeepPicture(Picture),
    /// Queue what was chosen in a sheet.
    Queue(Box<Sheet>),
    /// A sheet is closed. A million links take longer to let go of than a frame may.
    LetGo(Box<Sheet>),
    Watch(bool),
}

/// What a path is typed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    Files,
    Folder,
    OutputFolder,
    /// The output folder of the sheet's batch.
    FolderOfSheet,
}

/// A path that is being typed because no dialog opens.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) goal: Goal,
    /// Why it is typed.
    pub(crate) why: String,
    pub(crate) text: String,
    pub(crate) complaint: Option<String>,
}

/// The sheet for a large paste.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) number: u64,
    pub(crate) weighed: Weighed,
    pub(crate) leave_out: bool,
    pub(crate) recipe: Option<Recipe>,
    /// The output folder, as people read it.
    pub(crate) folder: String,
    /// The same as it was given, which need not be text. `None` once somebody typed.
    given: Option<PathBuf>,
    /// What is wrong with the folder.
    pub(crate) complaint: Option<String>,
}

/// The part of the window's state that is about adding.
#[derive(Debug, Default)]
pub(crate) struct Adding {
    /// The first is in sight.
    sheets: VecDeque<Sheet>,
    opened: u64,
    pub(crate) typed: Option<Typed>,
    /// New links on the clipboard.
    pub(crate) offer: Vec<String>,
    /// A dialog is open that nobody may see; what a path can be typed for instead.
    pub(crate) unseen: Option<Goal>,
    /// What is held over the window.
    pub(crate) hovered: Hovered,
}

impl Adding {
    /// The sheet in sight.
    pub(crate) fn sheet(&self) -> Option<&Sheet> {
        self.sheets.front()
    }

    /// Whether something of this lies over everything.
    pub(crate) fn covers(&self) -> bool {
        self.typed.is_some() || !self.sheets.is_empty()
    }

    /// Opens a sheet, or has it wait behind the one that is open.
    pub(crate) fn open(&mut self, weighed: Weighed, recipe: Option<Recipe>, folder: &Path) {
        self.opened += 1;
        self.sheets.push_back(Sheet {
            number: self.opened,
            weighed,
            leave_out: true,
            recipe,
            folder: folder.display().to_string(),
            given: Some(folder.to_owned()),
            complaint: None,
        });
    }

    /// What was pasted is not offered any more.
    pub(crate) fn was_pasted(&mut self, text: &str) {
        if text.len() > LOOKED_THROUGH {
            self.offer.clear();
        }
        self.offer.retain(|link| !text.contains(link.as_str()));
    }

    /// No dialog opens: a path is typed instead.
    pub(crate) fn ask(&mut self, goal: Goal, why: String) {
        self.typed = Some(Typed { goal, why, text: String::new(), complaint: None });
    }

    /// Closes what lies on top.
    pub(super) fn escape(&mut self) -> Vec<Effect> {
        if self.typed.take().is_some() { Vec::new() } else { close(self) }
    }
}

fn close(adding: &mut Adding) -> Vec<Effect> {
    let let_go = |sheet| Effect::Adding(AddEffect::LetGo(Box::new(sheet)));
    adding.sheets.pop_front().map(let_go).into_iter().collect()
}

impl Sheet {
    /// How many would be queued.
    pub(crate) fn wanted(&self) -> usize {
        self.weighed.wanted(self.leave_out)
    }

    /// What there is, in words.
    pub(crate) fn words(&self) -> String {
        use super::format::{count, counted};
        let weighed = &self.weighed;
        let mut parts = Vec::new();
        if weighed.links > 0 || weighed.files == 0 {
            parts.push(counted(weighed.links, "link"));
        }
        if weighed.files > 0 {
            parts.push(counted(weighed.files, "file"));
        }
        if weighed.twice > 0 {
            parts.push(counted(weighed.twice, "duplicate"));
        }
        if weighed.done > 0 {
            parts.push(format!("{} already done", count(weighed.done)));
        }
        if weighed.refused > 0 {
            parts.push(format!("{} refused", count(weighed.refused)));
        }
        parts.join(", ")
    }

    /// The folder that is meant, if it is one that can be.
    pub(crate) fn output_dir(&self) -> Option<PathBuf> {
        self.given.clone().or_else(|| intake::path_named(self.folder.trim()))
    }
}

/// Applies a wish.
pub(super) fn reduce(state: &mut State, add: Add) -> Vec<Effect> {
    let adding = &mut state.adding;
    match (add, adding.sheets.front_mut()) {
        (Add::PickFolder, _) => return vec![Effect::Adding(AddEffect::PickFolder)],
        (Add::Picture(picture), _) => return vec![Effect::Adding(AddEffect::KeepPicture(picture))],
        (Add::LeaveOut(leave_out), Some(sheet)) => sheet.leave_out = leave_out,
        (Add::Recipe(recipe), Some(sheet)) => sheet.recipe = recipe,
        (Add::Folder(folder), Some(sheet)) => {
            (sheet.folder, sheet.given, sheet.complaint) = (folder, None, None);
        }
        (Add::FolderPicked(folder), Some(sheet)) => {
            sheet.folder = folder.display().to_string();
            (sheet.given, sheet.complaint) = (Some(folder), None);
        }
        (Add::PickFolderOfSheet, Some(sheet)) => {
            let from = sheet.output_dir().unwrap_or_else(|| state.output_dir.clone());
            return vec![Effect::Adding(AddEffect::PickFolderOfSheet(from))];
        }
        (Add::Queue, Some(sheet)) if sheet.output_dir().is_none() => {
            sheet.complaint = Some(not_whole(&sheet.folder));
        }
        (Add::Queue, Some(sheet)) if sheet.wanted() > 0 => {
            let queue = |sheet| Effect::Adding(AddEffect::Queue(Box::new(sheet)));
            return adding.sheets.pop_front().map(queue).into_iter().collect();
        }
        (Add::Close(number), Some(sheet)) if sheet.number == number => return close(adding),
        (Add::TypeInstead, _) => {
            if let Some(goal) = adding.unseen {
                adding.ask(goal, OPEN_ALREADY.to_owned());
            }
        }
        (Add::Type(text), _) => {
            if let Some(typed) = &mut adding.typed {
                (typed.text, typed.complaint) = (text, None);
            }
        }
        (Add::TypeDone, _) => return typed(state),
        (Add::TypeClose, _) => adding.typed = None,
        (Add::TakeOffer, _) => {
            let links = std::mem::take(&mut adding.offer);
            return if links.is_empty() { Vec::new() } else { vec![Effect::IntakeText(links.join("\n"))] };
        }
        (Add::LeaveOffer, _) => adding.offer.clear(),
        (Add::Watch(watch), _) => {
            state.settings.clipboard.watch = watch;
            if !watch {
                adding.offer.clear();
            }
            return vec![Effect::Adding(AddEffect::Watch(watch)), Effect::SaveSettings];
        }
        (
            Add::LeaveOut(_)
            | Add::Recipe(_)
            | Add::Folder(_)
            | Add::FolderPicked(_)
            | Add::PickFolderOfSheet
            | Add::Queue
            | Add::Close(_),
            _,
        ) => {}
    }
    Vec::new()
}

/// A path was typed to its end.
fn typed(state: &mut State) -> Vec<Effect> {
    let Some(typed) = &mut state.adding.typed else { return Vec::new() };
    let text = typed.text.trim().to_owned();
    let path = intake::path_named(&text);
    // Whoever types a link here means it.
    if path.is_none() && (text.is_empty() || !text.contains("://") || typed.goal != Goal::Files) {
        typed.complaint = Some(not_whole(&text));
        return Vec::new();
    }
    let goal = typed.goal;
    state.adding.typed = None;
    match (goal, path) {
        (_, None) => vec![Effect::IntakeText(text)],
        (Goal::Files | Goal::Folder, Some(path)) => vec![Effect::IntakePaths(vec![path])],
        (Goal::OutputFolder, Some(path)) => reduce_any(state, Intent::SetOutputDir(path)),
        (Goal::FolderOfSheet, Some(path)) => reduce(state, Add::FolderPicked(path)),
    }
}

fn not_whole(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        "Type a path, such as /home/me/pictures or ~/pictures".to_owned()
    } else {
        format!("\"{text}\" is not a whole path; write it from the beginning, such as /home/me/pictures or ~/pictures")
    }
}

#[cfg(test)]
mod tests;
