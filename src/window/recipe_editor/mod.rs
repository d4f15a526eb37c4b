//! The recipe editor: what it shows, and what follows from each thing that a person does there. No egui here. It edits a
//! draft, which becomes a recipe by the way that files take.

mod fields;
mod preview;
mod preview_ui;
mod sheet;
mod steps;

pub(crate) use fields::edit_ui;
pub(crate) use preview::{Ask, Measures, Previews, Seen};
pub(crate) use preview_ui::{Look, is_recipe_file};
pub(crate) use sheet::sheet_ui;

use super::effect::Effect;
use super::model::Row;
use super::state::State;
use crate::model::Recipe;
use crate::model::recipe::{At, Draft, DraftStep, Fault, Value};
use crate::store::recipes;
use std::path::PathBuf;

/// How many rows are looked at for a picture.
const FIRST_ROWS: usize = 100;

/// How many changes can be taken back.
const MOST_CHANGES: usize = 200;

/// The recipes of the state folder, as they were when somebody last looked.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Known {
    /// Those that can be used, by name.
    pub(crate) own: Vec<Recipe>,
    /// A sentence for each file that cannot.
    pub(crate) unread: Vec<String>,
}

impl Known {
    /// Every recipe there is, the built-in ones first, and whether it is one of those.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Recipe, bool)> + '_ {
        let built_in = Recipe::built_in().into_iter().map(|recipe| (recipe, true));
        built_in.chain(self.own.iter().map(|recipe| (recipe.clone(), false)))
    }

    fn has(&self, name: &str) -> bool {
        self.own.iter().any(|recipe| recipe.is_called(name))
    }
}

/// What a person does in the editor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Edit {
    /// Open the editor with this recipe, or with a new one.
    Open(Option<Box<Recipe>>),
    Name(String),
    AutoOrient(bool),
    /// Add a step of the kind that stands there in the table.
    Add(usize),
    Remove(usize),
    /// Move a step up or down by so many places.
    Move(usize, isize),
    /// Change a field of a step.
    Step(usize, &'static str, Value),
    /// Change a field of the output.
    Output(&'static str, Value),
    /// Ask for the picture of the watermark in this step.
    PickMark(usize),
    /// That picture was picked.
    Mark(PathBuf),
    Save(Then),
    /// Go on with a copy under another name.
    Duplicate,
    Delete,
    /// Ask for a file to import.
    PickImport,
    Import(PathBuf),
    /// Write the recipe to a file.
    Share,
    PickPicture,
    /// Show what the recipe makes of this picture.
    UsePicture(PathBuf),
    /// Take the last change back.
    Undo,
    /// Close it; asks first where changes would be lost.
    Close,
    /// Close it, or open what was asked for, whatever is lost.
    Discard,
    /// Do neither.
    Stay,
}

/// What follows a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Stay,
    /// New pictures become this.
    Use,
}

/// What would lose changes, and waits for an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pending {
    Close,
    Open(Option<Box<Recipe>>),
}

/// The open editor.
#[derive(Debug)]
pub(crate) struct Editor {
    pub(crate) draft: Draft,
    /// A number for each step that stays with it when it moves.
    pub(crate) keys: Vec<u32>,
    next_key: u32,
    pub(crate) faults: Vec<Fault>,
    /// What the draft was when it was opened or saved.
    saved: Draft,
    /// The name of the recipe in the state folder that it changes. `None` for a new one.
    pub(crate) own_name: Option<String>,
    history: Vec<(Draft, Vec<u32>)>,
    /// What the last change was of: more of the same is one change.
    last: Option<At>,
    pub(crate) pending: Option<Pending>,
    /// What is being saved.
    sent: Option<Draft>,
    /// A save is under way, and what follows.
    pub(crate) saving: Option<Then>,
    /// The step that a picture is picked for, by its key.
    mark_for: Option<u32>,
    pub(crate) picture: Option<PathBuf>,
    pub(crate) seen: Seen,
}

impl Editor {
    fn new(draft: Draft, own_name: Option<String>, picture: Option<PathBuf>) -> Editor {
        let keys: Vec<u32> = (0..draft.steps.len() as u32).collect();
        let mut editor = Editor {
            next_key: keys.len() as u32,
            keys,
            faults: Vec::new(),
            saved: draft.clone(),
            draft,
            own_name,
            history: Vec::new(),
            last: None,
            pending: None,
            sent: None,
            saving: None,
            mark_for: None,
            picture,
            seen: Seen::default(),
        };
        editor.check();
        editor
    }

    /// Whether there is something to lose.
    pub(crate) fn is_changed(&self) -> bool {
        self.draft != self.saved
    }

    pub(crate) fn can_undo(&self) -> bool {
        !self.history.is_empty()
    }

    /// What is wrong there.
    pub(crate) fn fault(&self, at: At) -> Option<&str> {
        self.faults.iter().find(|fault| fault.at == at).map(|fault| fault.sentence.as_str())
    }

    /// What it does, in a few words.
    pub(crate) fn summary(&self) -> String {
        self.draft.recipe().map_or_else(|sentence| sentence, |recipe| recipe.summary())
    }

    /// The same for a recipe whose name is not one's own.
    pub(crate) fn summary_of_opened(&self) -> String {
        self.recipe_to_try().map(|recipe| recipe.summary()).unwrap_or_default()
    }

    fn check(&mut self) {
        self.faults = self.draft.faults();
        if self.fault(At::Name).is_none()
            && let Err(error) = recipes::check_name(&self.draft.name)
        {
            self.faults.insert(0, Fault { at: At::Name, sentence: error.to_string() });
        }
    }

    /// What new pictures would become. The name does not matter for that.
    pub(crate) fn recipe_to_try(&self) -> Option<Recipe> {
        let name = "Preview".to_owned();
        Draft { name, ..self.draft.clone() }.recipe().ok()
    }

    fn change(&mut self, at: Option<At>, change: impl FnOnce(&mut Editor)) {
        let before = (self.draft.clone(), self.keys.clone());
        change(self);
        if self.draft == before.0 {
            return;
        }
        if at.is_none() || at != self.last {
            self.history.push(before);
            let over = self.history.len().saturating_sub(MOST_CHANGES);
            self.history.drain(..over);
        }
        self.last = at;
        self.check();
    }

    fn undo(&mut self) {
        if let Some((draft, keys)) = self.history.pop() {
            (self.draft, self.keys, self.last) = (draft, keys, None);
            self.check();
        }
    }

    /// The recipe is kept under this name.
    pub(in crate::window) fn was_saved(&mut self, recipe: &Recipe) {
        let kept = Draft::of(recipe);
        // Its pictures have other paths now. What was changed meanwhile is not lost.
        if self.sent.take().as_ref() == Some(&self.draft) {
            self.draft = kept.clone();
        }
        self.saved = kept;
        self.own_name = Some(recipe.name.clone());
        self.last = None;
        self.check();
    }
}

/// Applies what a person did.
pub(super) fn reduce(state: &mut State, edit: Edit) -> Vec<Effect> {
    if let Edit::Open(recipe) = edit {
        return match &mut state.editor {
            Some(editor) if editor.is_changed() => {
                editor.pending = Some(Pending::Open(recipe));
                Vec::new()
            }
            _ => open(state, recipe.as_deref()),
        };
    }
    let Some(editor) = &mut state.editor else { return Vec::new() };
    let before = editor.recipe_to_try();
    let mut effects = Vec::new();
    match edit {
        Edit::Open(_) => {}
        Edit::Name(name) => editor.change(Some(At::Name), |editor| editor.draft.name = name),
        Edit::AutoOrient(on) => editor.change(None, |editor| editor.draft.auto_orient = on),
        Edit::Add(shape) => editor.change(None, |editor| {
            editor.draft.steps.push(DraftStep::new(shape));
            editor.keys.push(editor.next_key);
            editor.next_key += 1;
        }),
        Edit::Remove(at) => editor.change(None, |editor| {
            if at < editor.keys.len() {
                editor.draft.steps.remove(at);
                editor.keys.remove(at);
            }
        }),
        Edit::Move(at, by) => editor.change(None, |editor| {
            let to = at.saturating_add_signed(by);
            if at.max(to) < editor.keys.len() {
                let (step, key) = (editor.draft.steps.remove(at), editor.keys.remove(at));
                editor.draft.steps.insert(to, step);
                editor.keys.insert(to, key);
            }
        }),
        Edit::Step(at, field, value) => editor.change(Some(At::Step(at, Some(field))), |editor| {
            if let Some(step) = editor.draft.steps.get_mut(at) {
                step.values.set(field, value);
            }
        }),
        Edit::Output(field, value) => {
            editor.change(Some(At::Output(Some(field))), |editor| editor.draft.output.set(field, value));
        }
        Edit::PickMark(at) => {
            editor.mark_for = editor.keys.get(at).copied();
            effects.push(Effect::PickPicture);
        }
        Edit::Mark(path) => {
            let place = editor.mark_for.take().and_then(|key| editor.keys.iter().position(|known| *known == key));
            if let Some(at) = place {
                let path = Value::Text(path.to_string_lossy().into_owned());
                editor.change(None, |editor| editor.draft.steps[at].values.set("path", path));
            } else {
                editor.picture = Some(path);
                effects.extend(ask(editor));
            }
        }
        Edit::Save(then) => effects.extend(save(editor, then)),
        Edit::Duplicate => {
            let name = free_name(&editor.draft.name, &state.recipes);
            editor.own_name = None;
            editor.change(None, |editor| editor.draft.name = name);
        }
        Edit::Delete => effects.extend(editor.own_name.clone().map(Effect::RemoveRecipe)),
        Edit::PickImport => effects.push(Effect::PickRecipe),
        Edit::Import(path) => effects.push(Effect::ImportRecipe(path)),
        Edit::Share => effects.push(match editor.draft.recipe() {
            Ok(recipe) => Effect::ShareRecipe(Box::new(recipe)),
            Err(sentence) => Effect::Complain(sentence),
        }),
        Edit::PickPicture => {
            editor.mark_for = None;
            effects.push(Effect::PickPicture);
        }
        Edit::UsePicture(path) => {
            editor.picture = Some(path);
            effects.extend(ask(editor));
        }
        Edit::Undo => editor.undo(),
        Edit::Close if editor.is_changed() && editor.pending.is_none() => editor.pending = Some(Pending::Close),
        Edit::Stay => editor.pending = None,
        Edit::Close | Edit::Discard => {
            let pending = editor.pending.take();
            return match pending {
                Some(Pending::Open(recipe)) => open(state, recipe.as_deref()),
                Some(Pending::Close) | None => {
                    state.editor = None;
                    vec![Effect::ShowNothing]
                }
            };
        }
    }
    if editor.recipe_to_try() != before {
        effects.extend(ask(editor));
    }
    effects
}

/// What the preview is to show now.
fn ask(editor: &mut Editor) -> Option<Effect> {
    let (picture, recipe) = (editor.picture.clone()?, editor.recipe_to_try()?);
    editor.seen.begin();
    Some(Effect::Preview(Box::new(Ask { picture, recipe })))
}

fn open(state: &mut State, recipe: Option<&Recipe>) -> Vec<Effect> {
    // The picture of the chosen row, or else of the first that has one.
    let picture_of = |row: &Row| row.original().or_else(|| row.preview()).map(PathBuf::from);
    let row = state.model.view.cursor().and_then(|job| state.model.row(job));
    let of_row = row.and_then(picture_of).or_else(|| state.model.first_rows(FIRST_ROWS).find_map(picture_of));
    let picture = state.editor.take().and_then(|editor| editor.picture).or(of_row);
    let own = recipe.filter(|recipe| state.recipes.has(&recipe.name)).map(|recipe| recipe.name.clone());
    let draft = match recipe {
        Some(recipe) => Draft::of(recipe),
        None => Draft { name: free_name("My recipe", &state.recipes), ..Draft::empty() },
    };
    let editor = state.editor.insert(Editor::new(draft, own, picture));
    [Effect::LookForRecipes].into_iter().chain(ask(editor)).collect()
}

fn save(editor: &mut Editor, then: Then) -> Option<Effect> {
    if editor.saving.is_some() || !editor.faults.is_empty() {
        return None;
    }
    let recipe = editor.draft.recipe().ok()?;
    (editor.saving, editor.sent) = (Some(then), Some(editor.draft.clone()));
    Some(Effect::SaveRecipe(Box::new(recipe)))
}

/// A name like this one that no recipe has.
fn free_name(name: &str, known: &Known) -> String {
    let is_free = |name: &str| recipes::check_name(name).is_ok() && !known.has(name);
    let name = name.trim();
    if is_free(name) && name == "My recipe" {
        return name.to_owned();
    }
    let base = if name.is_empty() { "My recipe" } else { name };
    let numbered = (2..).map(|number| format!("{base} {number}"));
    numbered.take(10_000).find(|name| is_free(name)).unwrap_or_else(|| base.to_owned())
}

#[cfg(test)]
mod tests;
