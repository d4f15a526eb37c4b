//! What a person wants, and what follows from it. The reducer is pure: it changes the window's own state and returns
//! commands for the engine and effects for the shell around it. Nothing here blocks.

pub(crate) use super::effect::Effect;
use super::grab::{self, Grab, Sheet};
use super::model::{Bucket, Choose, Filter, Model, Row, Step};
use super::recipe_editor::{self, Edit, Editor, Known, is_recipe_file};
use crate::model::{Command, JobId, JobState, LaneCounts, LaneId, Mode, Pool, Recipe, Selection, Spot};
use crate::store::settings::{Downloads, Pictures, Settings, ThemeChoice};
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

/// The window's own state, apart from pixels.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) model: Model,
    pub(crate) settings: Settings,
    /// The recipe that new jobs get.
    pub(crate) recipe: Option<Recipe>,
    /// The folder that new jobs write to.
    pub(crate) output_dir: PathBuf,
    pub(crate) help_open: bool,
    /// Whether the inspector is shown where the window is too narrow for it to be there always.
    pub(crate) details_open: bool,
    /// Whether quitting was asked for once while work runs.
    pub(crate) asks_to_quit: bool,
    /// How many jobs earlier programs left unfinished, as long as nobody decided what is to become of them.
    pub(crate) unfinished: u64,
    /// A link that was pasted and looks like a page.
    pub(crate) offer: Option<String>,
    /// The links of a page that was read.
    pub(crate) sheet: Option<Sheet>,
    /// The recipes to choose from.
    pub(crate) recipes: Known,
    /// The recipe editor, where it is open.
    pub(crate) editor: Option<Editor>,
    /// How many batches of this window can be taken back.
    pub(crate) undoable: usize,
}

impl State {
    pub(crate) fn new(model: Model, settings: Settings, output_dir: PathBuf) -> State {
        let recipe = settings.recipe.clone();
        let (help_open, details_open, asks_to_quit) = (false, false, false);
        State {
            model,
            settings,
            recipe,
            output_dir,
            help_open,
            details_open,
            asks_to_quit,
            unfinished: 0,
            offer: None,
            sheet: None,
            recipes: Known::default(),
            editor: None,
            undoable: 0,
        }
    }

    fn jobs(&self, target: Target) -> Vec<JobId> {
        match target {
            Target::Selected => self.model.view.selected(),
            Target::Job(job) => vec![job],
            Target::Failed => {
                let failed = |job: &JobId| self.model.row(*job).is_some_and(|row| row.bucket() == Bucket::Failed);
                let chosen: Vec<JobId> = self.model.view.selected().into_iter().filter(failed).collect();
                if chosen.is_empty() {
                    self.model.rows().filter(|row| row.bucket() == Bucket::Failed).map(|row| row.id).collect()
                } else {
                    chosen
                }
            }
        }
    }

    fn kept(&self, target: Target, keep: impl Fn(&Row) -> bool) -> Vec<JobId> {
        let mut jobs = self.jobs(target);
        jobs.retain(|job| self.model.row(*job).is_some_and(&keep));
        jobs
    }

    /// The links of the page that a row stands for, if it does and they are there.
    fn page(&self, target: Target) -> Option<Sheet> {
        let row = self.row(target)?;
        row.page().map(|page| Sheet::new(row.spec.input(), page))
    }

    /// The row that an intent about one row means.
    fn row(&self, target: Target) -> Option<&Row> {
        let job = match target {
            Target::Job(job) => Some(job),
            Target::Selected | Target::Failed => {
                self.model.view.cursor().or_else(|| self.model.view.selected().first().copied())
            }
        };
        self.model.row(job?)
    }
}

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
        Intent::KillWorker(lane) => vec![Effect::Send(Command::KillWorker(lane))],
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
        Intent::FocusSearch => vec![Effect::FocusSearch],
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
    if state.sheet.take().is_some() {
        // That was on top.
    } else if state.help_open || state.asks_to_quit {
        (state.help_open, state.asks_to_quit) = (false, false);
    } else if !state.model.view.search().is_empty() {
        state.model.search("");
    } else {
        state.model.view.clear_selection();
    }
}

#[cfg(test)]
#[path = "intent_tests.rs"]
mod tests;
