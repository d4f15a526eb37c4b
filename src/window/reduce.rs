//! What follows from an intent. The reducer is pure: it changes the window's own state and returns commands for the
//! engine and effects for the shell around it. Nothing here blocks.

use super::bin::Clear;
use super::effect::Effect;
use super::intent::{Intent, Reach};
use super::model::{Bucket, Fact, Glance};
use super::recipe_editor::{Edit, is_recipe_file};
use super::state::{Over, State};
use super::{adding, arrange, bin, grab, hints, lab, lane_acts, palette, recipe_editor, report};
use crate::intake::MAX_TEXT_BYTES;
use crate::model::{Command, Failure, JobId, LaneCounts, Pool, Selection};
use crate::store::settings::{Look, ThemeChoice};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Applies an intent.
pub(crate) fn reduce(state: &mut State, intent: Intent) -> Vec<Effect> {
    let unfinished = |fact: &Fact| !fact.bucket.is_final();
    let again = |fact: &Fact| matches!(fact.bucket, Bucket::Failed | Bucket::Cancelled);
    match intent {
        Intent::Paste(text) if text.len() > MAX_TEXT_BYTES => {
            let (size, most) = (super::format::bytes(text.len() as u64), super::format::bytes(MAX_TEXT_BYTES as u64));
            let words = format!(
                "{size} of text are too much to paste, {most} are the most: save it as a .txt file and drop that"
            );
            vec![Effect::Complain(words)]
        }
        Intent::Paste(text) if text.trim().is_empty() => vec![Effect::Complain("There is no text to paste".to_owned())],
        Intent::Paste(text) if state.editor.is_some() => take_in(state, vec![PathBuf::from(text.trim())]),
        Intent::Paste(text) => vec![Effect::IntakeText(text)],
        Intent::Add(paths) if paths.is_empty() => Vec::new(),
        Intent::Add(paths) if state.editor.is_some() => take_in(state, paths),
        Intent::Add(paths) => vec![Effect::IntakePaths(paths)],
        Intent::PickFiles => vec![Effect::PickFiles],
        Intent::PickOutputFolder => vec![Effect::PickFolder],
        Intent::StartDemo => vec![Effect::StartDemo],
        Intent::Adding(add) => adding::reduce(state, add),
        Intent::Grab(grab) => grab::reduce(state, grab),
        Intent::Lab(intent) => lab::reduce(state, intent),
        Intent::Report(intent) => report::reduce(state, intent),
        Intent::Edit(edit) => recipe_editor::reduce(state, edit),
        Intent::LookForRecipes => vec![Effect::LookForRecipes],
        Intent::Undo if state.editor.is_some() => recipe_editor::reduce(state, Edit::Undo),
        // What lies over the queue has no changes to take back.
        Intent::Undo if state.adding.covers() => Vec::new(),
        Intent::Undo if state.bin.newest().is_some() => {
            let newest = state.bin.newest().map(Clear::TakeBack);
            newest.map(|clear| bin::reduce(state, clear)).unwrap_or_default()
        }
        Intent::Undo if state.undoable == 0 => {
            let words = "This window has no batch to take back. Those of earlier runs: Settings, Undo the last batch";
            vec![Effect::Complain(words.to_owned())]
        }
        Intent::Undo | Intent::UndoBatch => vec![Effect::Send(Command::Undo)],
        Intent::SetMode(mode) => {
            // Shown at once; the engine's answer says what holds.
            state.model.toggle.switched(state.model.mode, mode, state.model.now());
            state.model.mode = mode;
            let seen = (!std::mem::replace(&mut state.settings.hints.modes, true)).then_some(Effect::SaveSettings);
            [Effect::Send(Command::SetMode(mode))].into_iter().chain(seen).collect()
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
            if state.model.paused {
                return vec![Effect::Send(Command::Pause(Selection::All))];
            }
            state.model.want_all_to_go_on();
            vec![Effect::Send(Command::Resume(bin::everything(state)))]
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
            if state.model.is_in_sight(job) {
                state.model.view.choose(job, how);
            }
            Vec::new()
        }
        Intent::Step(step, reach) => {
            state.model.view.step(step, reach == Reach::Extend);
            Vec::new()
        }
        Intent::ShowMenu => Vec::new(),
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
        Intent::Remove(target) => {
            let jobs = state.jobs(target);
            bin::remove(state, &jobs)
        }
        Intent::Clear(clear) => bin::reduce(state, clear),
        Intent::Arrange(arrange) => arrange::reduce(state, arrange),
        Intent::Pause(target) => {
            let jobs = state.kept(target, unfinished);
            state.model.want_paused(&jobs, true);
            for_jobs(jobs, Command::Pause)
        }
        Intent::Resume(target) => {
            let jobs = state.kept(target, unfinished);
            state.model.want_paused(&jobs, false);
            for_jobs(jobs, Command::Resume)
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
        Intent::SetRows(rows) => {
            state.settings.rows = rows;
            vec![Effect::SaveSettings]
        }
        Intent::SetPictures(pictures) => {
            state.settings.pictures = pictures;
            vec![Effect::SaveSettings]
        }
        Intent::SetLook(look) => set_look(state, look),
        Intent::ResizeText(larger) => {
            let look = state.settings.look;
            let usual = Look { text_percent: Look::default().text_percent, ..look };
            set_look(state, larger.map_or(usual, |larger| look.resized(larger)))
        }
        Intent::SetQuiet(quiet) => {
            state.settings.quiet = quiet;
            vec![Effect::SaveSettings]
        }
        Intent::Palette(_) if state.editor.is_some() => Vec::new(),
        Intent::Palette(choice) => palette::reduce_choice(state, choice),
        Intent::Hint(answer) => hints::reduce(state, answer),
        Intent::SetOutputDir(folder) => {
            state.settings.output_dir = Some(folder.clone());
            state.output_dir = folder;
            vec![Effect::SaveSettings]
        }
        Intent::ToggleSettings => {
            state.over = (state.over != Some(Over::Settings)).then_some(Over::Settings);
            Vec::new()
        }
        Intent::ToggleHelp => {
            state.over = (state.over != Some(Over::Help)).then_some(Over::Help);
            Vec::new()
        }
        Intent::ToggleDetails => {
            state.details_open = !state.details_open;
            Vec::new()
        }
        // From the top of what lies over the window down.
        Intent::Escape if state.palette.take().is_some() || state.over.take().is_some() => Vec::new(),
        Intent::Escape if state.adding.covers() => state.adding.escape(),
        Intent::Escape if state.editor.is_some() => {
            let asks = state.editor.as_ref().is_some_and(|editor| editor.pending.is_some());
            recipe_editor::reduce(state, if asks { Edit::Stay } else { Edit::Close })
        }
        Intent::Escape => {
            escape(state);
            Vec::new()
        }
        Intent::Quit if state.model.counts.running() > 0 && state.over != Some(Over::Quit) => {
            state.over = Some(Over::Quit);
            Vec::new()
        }
        Intent::Quit => vec![Effect::Quit],
    }
}

/// The most files that are opened, or shown in their folders, at once.
const MOST_OPENED: usize = 12;

/// What concerns rows and changes nothing.
fn about(state: &State, intent: &Intent) -> Vec<Effect> {
    let target = match intent {
        Intent::Open(target) | Intent::ShowInFolder(target) | Intent::CopyLink(target) | Intent::CopyError(target) => {
            *target
        }
        _ => return Vec::new(),
    };
    let jobs = state.in_order(target);
    let rows = || jobs.iter().filter_map(|job| state.model.glance(*job));
    let copy = |texts: Vec<String>, (one, more)| match texts.len() {
        0 => Vec::new(),
        count => vec![Effect::Copy { text: texts.join("\n"), what: if count == 1 { one } else { more } }],
    };
    let too_many =
        |what: &str| vec![Effect::Complain(format!("These are more {what} at once than {MOST_OPENED}: choose fewer"))];
    match intent {
        Intent::Open(_) => {
            let paths: Vec<PathBuf> =
                rows().filter_map(Glance::picture).take(MOST_OPENED + 1).map(PathBuf::from).collect();
            match (jobs.as_slice(), paths.len()) {
                ([job], 0) => {
                    let name = state.model.row(*job).map(|row| row.name.as_str()).unwrap_or_default();
                    vec![Effect::Complain(format!("{name} is not there yet"))]
                }
                ([_, ..], 0) => vec![Effect::Complain("None of these files is there yet".to_owned())],
                (_, count) if count > MOST_OPENED => too_many("files to open"),
                _ => paths.into_iter().map(Effect::Open).collect(),
            }
        }
        Intent::ShowInFolder(_) => {
            let mut folders = BTreeSet::new();
            for row in rows() {
                folders.insert(row.folder());
                if folders.len() > MOST_OPENED {
                    return too_many("folders to show");
                }
            }
            folders.into_iter().map(Effect::ShowInFolder).collect()
        }
        Intent::CopyLink(_) => {
            let is_link = rows().next().is_some_and(|row| row.link().contains("://"));
            let what = if is_link { ("Link", "Links") } else { ("Path", "Paths") };
            copy(rows().map(|row| row.link().to_owned()).collect(), what)
        }
        _ => {
            let words = |failure: &Failure| match failure.details.as_str() {
                "" => failure.sentence.clone(),
                details => format!("{}\n{details}", failure.sentence),
            };
            copy(rows().filter_map(|row| row.row?.failure.as_ref()).map(words).collect(), ("Error", "Errors"))
        }
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
    vec![Effect::ApplyLook, Effect::SaveSettings]
}

fn set_look(state: &mut State, look: Look) -> Vec<Effect> {
    state.settings.look = look;
    vec![Effect::ApplyLook, Effect::SaveSettings]
}

fn escape(state: &mut State) {
    if state.sheet.take().is_some() || state.report.open.take().is_some() {
        // That was on top.
    } else if lab::escape(&mut state.lab) {
        // One step back in the Lab.
    } else if !state.model.view.search().is_empty() {
        state.model.search("");
    } else {
        state.model.view.clear_selection();
    }
}

#[cfg(test)]
mod tests;
