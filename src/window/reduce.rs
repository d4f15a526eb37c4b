//! What follows from an intent. The reducer is pure: it changes the window's own state and returns commands for the
//! engine and effects for the shell around it. Nothing here blocks.

use super::effect::Effect;
use super::intent::{Intent, Reach};
use super::model::Row;
use super::recipe_editor::{Edit, is_recipe_file};
use super::state::State;
use super::{grab, lab, lane_acts, recipe_editor, report};
use crate::model::{Command, JobId, JobState, LaneCounts, Pool, Selection, Spot};
use crate::store::settings::ThemeChoice;
use std::path::PathBuf;

/// Applies an intent.
pub(crate) fn reduce(state: &mut State, intent: Intent) -> Vec<Effect> {
    let unfinished = |row: &Row| !row.state.is_final();
    let again = |row: &Row| matches!(row.state, JobState::Failed | JobState::Cancelled);
    match intent {
        Intent::Paste(text) if text.trim().is_empty() => vec![Effect::Complain("There is no text to paste".to_owned())],
        Intent::Paste(text) if state.editor.is_some() => take_in(state, vec![PathBuf::from(text.trim())]),
        Intent::Paste(text) => vec![Effect::IntakeText(text)],
        Intent::Add(paths) if paths.is_empty() => Vec::new(),
        Intent::Add(paths) if state.editor.is_some() => take_in(state, paths),
        Intent::Add(paths) => vec![Effect::IntakePaths(paths)],
        Intent::PickFiles => vec![Effect::PickFiles],
        Intent::PickOutputFolder => vec![Effect::PickFolder],
        Intent::StartDemo => vec![Effect::StartDemo],
        Intent::Grab(grab) => grab::reduce(state, grab),
        Intent::Lab(intent) => lab::reduce(state, intent),
        Intent::Report(intent) => report::reduce(state, intent),
        Intent::Edit(edit) => recipe_editor::reduce(state, edit),
        Intent::LookForRecipes => vec![Effect::LookForRecipes],
        Intent::Undo if state.editor.is_some() => recipe_editor::reduce(state, Edit::Undo),
        Intent::Undo if state.undoable == 0 => {
            let words = "This window has no batch to take back. Those of earlier runs: Settings, Undo the last batch";
            vec![Effect::Complain(words.to_owned())]
        }
        Intent::Undo | Intent::UndoBatch => vec![Effect::Send(Command::Undo)],
        Intent::SetMode(mode) => {
            // Shown at once; the engine's answer says what holds.
            state.model.toggle.switched(state.model.mode, mode, state.model.now());
            state.model.mode = mode;
            vec![Effect::Send(Command::SetMode(mode))]
        }
        Intent::SetLanes(pool, count) => {
            let count = count.min(LaneCounts::MAX);
            state.model.lanes.set(pool, count);
            state.model.choosing &= pool != Pool::Fetch;
            let count = state.model.lanes.of(pool);
            state.settings.lanes.set(pool, Some(count));
            vec![Effect::Send(Command::SetLanes(pool, count)), Effect::SaveSettings]
        }
        Intent::ChooseFetchLanes => {
            state.model.choosing = true;
            state.settings.lanes.set(Pool::Fetch, None);
            vec![Effect::Send(Command::ChooseFetchLanes), Effect::SaveSettings]
        }
        Intent::GoOn => decide(state, Command::GoOn),
        Intent::Forget => decide(state, Command::Forget),
        Intent::KillWorker(lane) => lane_acts::kill(state, lane),
        Intent::Lane(intent) => lane_acts::reduce(state, intent),
        Intent::ExportTrace => vec![Effect::PickTraceFile],
        Intent::TogglePause => {
            state.model.paused = !state.model.paused;
            let command = if state.model.paused { Command::Pause } else { Command::Resume };
            vec![Effect::Send(command(Selection::All))]
        }
        Intent::Filter(filter) => {
            state.model.view.set_filter(filter);
            Vec::new()
        }
        Intent::Search(text) => {
            state.model.search(&text);
            Vec::new()
        }
        Intent::FocusSearch => {
            // The search is in the queue.
            state.lab.is_open = false;
            vec![Effect::FocusSearch]
        }
        Intent::Choose(job, how) => {
            state.model.view.choose(job, how);
            Vec::new()
        }
        Intent::Step(step, reach) => {
            state.model.view.step(step, reach == Reach::Extend);
            Vec::new()
        }
        Intent::SelectAll => {
            state.model.view.select_all();
            Vec::new()
        }
        Intent::Deselect => {
            state.model.view.clear_selection();
            Vec::new()
        }
        Intent::Retry(target) => for_jobs(state.kept(target, again), Command::Retry),
        Intent::Cancel(target) => for_jobs(state.kept(target, unfinished), Command::Cancel),
        Intent::Remove(target) => for_jobs(state.jobs(target), Command::Remove),
        Intent::Pause(target) => for_jobs(state.kept(target, unfinished), Command::Pause),
        Intent::Resume(target) => for_jobs(state.kept(target, unfinished), Command::Resume),
        Intent::MoveToTop(target) => {
            let jobs = state.kept(target, unfinished);
            if jobs.is_empty() { Vec::new() } else { vec![Effect::Send(Command::Move(jobs, Spot::First))] }
        }
        Intent::Open(target) if state.page(target).is_some() => {
            state.sheet = state.page(target);
            Vec::new()
        }
        Intent::Open(_) | Intent::ShowInFolder(_) | Intent::CopyLink(_) | Intent::CopyError(_) => about(state, &intent),
        Intent::SetTheme(theme) => set_theme(state, theme),
        Intent::NextTheme => set_theme(state, state.settings.theme.next()),
        Intent::SetRecipe(recipe) => {
            state.settings.recipe.clone_from(&recipe);
            state.recipe = recipe;
            vec![Effect::SaveSettings]
        }
        Intent::SetDownloads(downloads) => {
            let old = std::mem::replace(&mut state.settings.downloads, downloads);
            let limit = downloads.bytes_per_s;
            let send = (old.bytes_per_s != limit).then_some(Effect::Send(Command::LimitSpeed(limit)));
            send.into_iter().chain([Effect::SaveSettings]).collect()
        }
        Intent::SetPictures(pictures) => {
            state.settings.pictures = pictures;
            vec![Effect::SaveSettings]
        }
        Intent::SetOutputDir(folder) => {
            state.settings.output_dir = Some(folder.clone());
            state.output_dir = folder;
            vec![Effect::SaveSettings]
        }
        Intent::ToggleHelp => {
            state.help_open = !state.help_open;
            Vec::new()
        }
        Intent::ToggleDetails => {
            state.details_open = !state.details_open;
            Vec::new()
        }
        Intent::Escape if state.editor.is_some() => {
            let asks = state.editor.as_ref().is_some_and(|editor| editor.pending.is_some());
            recipe_editor::reduce(state, if asks { Edit::Stay } else { Edit::Close })
        }
        Intent::Escape => {
            escape(state);
            Vec::new()
        }
        Intent::Quit if state.model.counts.running() > 0 && !state.asks_to_quit => {
            state.asks_to_quit = true;
            Vec::new()
        }
        Intent::Quit => vec![Effect::Quit],
    }
}

/// What concerns one row and changes nothing.
fn about(state: &State, intent: &Intent) -> Vec<Effect> {
    match intent {
        Intent::Open(target) => match state.row(*target).map(|row| (row, row.picture())) {
            Some((_, Some(path))) => vec![Effect::Open(path.to_path_buf())],
            Some((row, None)) => vec![Effect::Complain(format!("{} is not there yet", row.name))],
            None => Vec::new(),
        },
        Intent::ShowInFolder(target) => state
            .row(*target)
            .map(|row| {
                let original = row.original().and_then(|path| path.parent()).filter(|_| row.output().is_none());
                vec![Effect::ShowInFolder(original.map_or_else(|| row.folder(), PathBuf::from))]
            })
            .unwrap_or_default(),
        Intent::CopyLink(target) => state
            .row(*target)
            .map(|row| vec![Effect::Copy { text: row.link().to_owned(), what: "Link" }])
            .unwrap_or_default(),
        Intent::CopyError(target) => state
            .row(*target)
            .and_then(|row| row.failure.as_ref())
            .map(|failure| {
                let text = match failure.details.as_str() {
                    "" => failure.sentence.clone(),
                    details => format!("{}\n{details}", failure.sentence),
                };
                vec![Effect::Copy { text, what: "Error" }]
            })
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// What is dropped or pasted onto the editor: recipes are imported, anything else is the picture to try them on.
fn take_in(state: &mut State, paths: Vec<PathBuf>) -> Vec<Effect> {
    let edit = |path: PathBuf| if is_recipe_file(&path) { Edit::Import(path) } else { Edit::UsePicture(path) };
    paths.into_iter().flat_map(|path| recipe_editor::reduce(state, edit(path))).collect()
}

fn for_jobs(jobs: Vec<JobId>, command: impl Fn(Selection) -> Command) -> Vec<Effect> {
    if jobs.is_empty() { Vec::new() } else { vec![Effect::Send(command(Selection::Jobs(jobs)))] }
}

/// What becomes of the unfinished jobs of an earlier run is decided once.
fn decide(state: &mut State, command: Command) -> Vec<Effect> {
    if std::mem::take(&mut state.unfinished) == 0 { Vec::new() } else { vec![Effect::Send(command)] }
}

fn set_theme(state: &mut State, theme: ThemeChoice) -> Vec<Effect> {
    state.settings.theme = theme;
    vec![Effect::ApplyTheme, Effect::SaveSettings]
}

fn escape(state: &mut State) {
    if state.sheet.take().is_some() || state.report.open.take().is_some() {
        // That was on top.
    } else if state.help_open || state.asks_to_quit {
        (state.help_open, state.asks_to_quit) = (false, false);
    } else if lab::escape(&mut state.lab) {
        // One step back in the Lab.
    } else if !state.model.view.search().is_empty() {
        state.model.search("");
    } else {
        state.model.view.clear_selection();
    }
}

#[cfg(test)]
#[path = "reduce_tests.rs"]
mod tests;
