//! The command palette: everything that can be done, found by typing. No egui.

use super::adding::Add;
use super::arrange::Arrange;
use super::bin::Clear;
use super::effect::Effect;
use super::intent::{Intent, Target};
use super::lab::LabIntent;
use super::lane_acts::LaneIntent;
use super::model::Filter;
use super::recipe_editor::Edit;
use super::reduce::reduce;
use super::report::ReportIntent;
use super::state::State;
use crate::model::lab::Workload;
use crate::model::{ExecutorKind, Mode};
use crate::store::settings::{Look, ThemeChoice};

/// What a person does in the palette.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Choice {
    /// Open it, or close it.
    Toggle,
    /// Look for this.
    Type(String),
    /// Go so many lines down, or up.
    Step(isize),
    /// Do what the line of this number says; without a number the one that the keyboard is at.
    Take(Option<usize>),
}

/// A command and what it is called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) title: String,
    pub(crate) intent: Intent,
}

/// The open palette.
#[derive(Debug)]
pub(crate) struct Palette {
    pub(crate) text: String,
    entries: Vec<Entry>,
    found: Vec<usize>,
    /// The line that the keyboard is at.
    pub(crate) line: usize,
}

impl Palette {
    fn new(state: &State) -> Palette {
        let entries = entries(state);
        let found = (0..entries.len()).collect();
        Palette { text: String::new(), entries, found, line: 0 }
    }

    /// What matches, best first.
    pub(crate) fn found(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.found.iter().map(|at| &self.entries[*at])
    }

    fn look_for(&mut self, text: String) {
        let ranked = self.entries.iter().enumerate().filter_map(|(at, entry)| Some((rank(&entry.title, &text)?, at)));
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_unstable();
        self.found = ranked.into_iter().map(|(_, at)| at).collect();
        (self.text, self.line) = (text, 0);
    }
}

/// How well a title matches what was typed, the best first. Each word must be somewhere; at the beginning of a word of
/// the title it counts most.
fn rank(title: &str, text: &str) -> Option<usize> {
    let title = title.to_lowercase();
    let of_word = |word: &str| {
        let starts = |title: &str| title.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word));
        match title.contains(word) {
            _ if title.starts_with(word) => Some(0),
            _ if starts(&title) => Some(1),
            true => Some(2),
            false => None,
        }
    };
    text.to_lowercase().split_whitespace().map(of_word).sum()
}

/// All commands, in the order in which they stand while nothing is typed.
fn entries(state: &State) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |title: &str, intent: Intent| entries.push(Entry { title: title.to_owned(), intent });
    add("Add files…", Intent::PickFiles);
    add("Add folder…", Intent::Adding(Add::PickFolder));
    add(if state.model.paused { "Resume everything" } else { "Pause everything" }, Intent::TogglePause);
    add("Retry what failed", Intent::Retry(Target::Failed));
    if state.unfinished > 0 {
        add("Go on with what an earlier run left unfinished", Intent::GoOn);
        add("Forget what an earlier run left unfinished", Intent::Forget);
    }
    if state.model.report.is_some() {
        add("Report of the last batch", Intent::Report(ReportIntent::Open));
    }
    for (lane, job) in state.model.tracks.at_work() {
        add(&format!("Stop this task: {}", lane.label()), Intent::Lane(LaneIntent::Stop(lane.id, job)));
        if lane.executor == ExecutorKind::Processes {
            add(&format!("Kill this worker: {}", lane.label()), Intent::KillWorker(lane.id));
        }
    }
    for mode in Mode::ALL {
        add(&format!("Mode: {}", mode.title()), Intent::SetMode(mode));
    }
    add("Search", Intent::FocusSearch);
    for filter in Filter::ALL {
        add(&format!("Show: {}", filter.title()), Intent::Filter(filter));
    }
    add("Output folder…", Intent::PickOutputFolder);
    add("Recipe: none, keep as downloaded", Intent::SetRecipe(None));
    for (recipe, _) in state.recipes.all() {
        add(&format!("Recipe: {}", recipe.name), Intent::SetRecipe(Some(recipe)));
    }
    add("Edit recipes…", Intent::Edit(Edit::Open(state.recipe.clone().map(Box::new))));
    if state.model.view.selected_count() > 0 {
        let target = Target::Selected;
        add("Chosen files: open", Intent::Open(target));
        add("Chosen files: show in folder", Intent::ShowInFolder(target));
        add("Chosen files: copy link or path", Intent::CopyLink(target));
        add("Chosen files: copy error", Intent::CopyError(target));
        add("Chosen files: retry", Intent::Retry(target));
        add("Chosen files: pause", Intent::Pause(target));
        add("Chosen files: resume", Intent::Resume(target));
        add("Chosen files: move to top", Intent::Arrange(Arrange::ToTop(target)));
        add("Chosen files: move to bottom", Intent::Arrange(Arrange::ToBottom(target)));
        add("Chosen files: cancel", Intent::Cancel(target));
        add("Chosen files: remove", Intent::Remove(target));
    }
    add("Select all", Intent::SelectAll);
    add("Clear what is finished", Intent::Clear(Clear::Finished));
    add("Undo", Intent::Undo);
    add("Undo the last batch", Intent::UndoBatch);
    add("Let the number of fetch lanes follow what is measured", Intent::ChooseFetchLanes);
    add("Export trace…", Intent::ExportTrace);
    add("Try a demo batch", Intent::StartDemo);
    add("Lab: compare modes", Intent::Lab(LabIntent::Toggle));
    for workload in Workload::ALL {
        add(&format!("Lab: {}", workload.as_str()), Intent::Lab(LabIntent::Choose(workload)));
    }
    add("Settings", Intent::ToggleSettings);
    for theme in ThemeChoice::ALL {
        add(&format!("Theme: {}", theme.title()), Intent::SetTheme(theme));
    }
    add("Larger text", Intent::ResizeText(Some(true)));
    add("Smaller text", Intent::ResizeText(Some(false)));
    add("Usual size of text", Intent::ResizeText(None));
    let look = state.settings.look;
    let motion = if look.reduced_motion { "Motion: as usual" } else { "Motion: reduced" };
    add(motion, Intent::SetLook(Look { reduced_motion: !look.reduced_motion, ..look }));
    add("Shortcuts", Intent::ToggleHelp);
    add("Quit", Intent::Quit);
    entries
}

/// Applies a choice.
pub(super) fn reduce_choice(state: &mut State, choice: Choice) -> Vec<Effect> {
    match (choice, &mut state.palette) {
        (Choice::Toggle, Some(_)) => state.palette = None,
        (Choice::Toggle, None) => {
            let is_news = !std::mem::replace(&mut state.settings.hints.commands, true);
            state.over = None;
            state.palette = Some(Palette::new(state));
            return is_news.then_some(Effect::SaveSettings).into_iter().collect();
        }
        (Choice::Type(text), Some(palette)) => palette.look_for(text),
        (Choice::Step(by), Some(palette)) => {
            let last = palette.found.len().saturating_sub(1);
            palette.line = palette.line.saturating_add_signed(by).min(last);
        }
        (Choice::Take(line), Some(palette)) => {
            let entry = palette.found().nth(line.unwrap_or(palette.line)).map(|entry| entry.intent.clone());
            if let Some(intent) = entry {
                state.palette = None;
                return reduce(state, intent);
            }
        }
        _ => {}
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LaneCounts;
    use crate::store::Settings;
    use crate::window::keys;
    use crate::window::model::Model;
    use std::path::PathBuf;

    fn state() -> State {
        let model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
        State::new(model, Settings::default(), PathBuf::from("/out"))
    }

    fn typed(state: &mut State, text: &str) -> Vec<String> {
        reduce(state, Intent::Palette(Choice::Type(text.to_owned())));
        state.palette.as_ref().expect("open").found().map(|entry| entry.title.clone()).collect()
    }

    #[test]
    fn every_word_must_match_and_beginnings_come_first() {
        let mut state = state();
        reduce(&mut state, Intent::Palette(Choice::Toggle));
        let found = typed(&mut state, "the");
        assert_eq!(found[0], "Theme: System", "{found:?}");
        assert!(found.iter().any(|title| title == "Undo the last batch"), "{found:?}");
        assert_eq!(typed(&mut state, "DARK the"), ["Theme: Dark"]);
        assert!(typed(&mut state, "no such thing").is_empty());
        assert!(reduce(&mut state, Intent::Palette(Choice::Take(None))).is_empty());
        assert!(state.palette.is_some(), "there is nothing to do, so it stays");
    }

    #[test]
    fn a_command_is_done_and_closes_the_palette() {
        let mut state = state();
        reduce(&mut state, Intent::Palette(Choice::Toggle));
        typed(&mut state, "mode");
        reduce(&mut state, Intent::Palette(Choice::Step(1)));
        let effects = reduce(&mut state, Intent::Palette(Choice::Take(None)));
        assert!(effects.contains(&Effect::Send(crate::model::Command::SetMode(Mode::Threads))), "{effects:?}");
        assert!(state.palette.is_none());
    }

    #[test]
    fn the_keyboard_stays_on_the_lines() {
        let mut state = state();
        reduce(&mut state, Intent::Palette(Choice::Toggle));
        reduce(&mut state, Intent::Palette(Choice::Step(-3)));
        assert_eq!(state.palette.as_ref().expect("open").line, 0);
        reduce(&mut state, Intent::Palette(Choice::Step(10_000)));
        let palette = state.palette.as_ref().expect("open");
        assert_eq!(palette.line, palette.found().len() - 1);
    }

    #[test]
    fn whatever_has_a_key_of_its_own_is_a_command_too() {
        let entries = entries(&state());
        let not_here = |intent: &Intent| {
            matches!(
                intent,
                Intent::Step(..)
                    | Intent::Escape
                    | Intent::Palette(_)
                    | Intent::Arrange(_)
                    | Intent::ShowMenu
                    | Intent::Open(_)
                    | Intent::Remove(_)
            )
        };
        for shortcut in keys::SHORTCUTS.iter().filter(|shortcut| !not_here(&shortcut.intent())) {
            let intent = shortcut.intent();
            assert!(entries.iter().any(|entry| entry.intent == intent), "{intent:?} is missing");
        }
    }
}
