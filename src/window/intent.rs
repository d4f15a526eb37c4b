//! What a person wants, and what follows from it. The reducer is pure: it changes the window's own state and returns
//! commands for the engine and effects for the shell around it. Nothing here blocks.

use super::model::{Bucket, Choose, Filter, Model, Row, Step};
use crate::model::{Command, JobId, JobState, Mode, Pool, Recipe, Selection};
use crate::store::settings::{Settings, ThemeChoice};
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
    SetMode(Mode),
    SetLanes(Pool, u16),
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
    Open(Target),
    ShowInFolder(Target),
    CopyLink(Target),
    CopyError(Target),
    SetTheme(ThemeChoice),
    NextTheme,
    SetRecipe(Option<Recipe>),
    SetOutputDir(PathBuf),
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

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    Send(Command),
    IntakeText(String),
    IntakePaths(Vec<PathBuf>),
    PickFiles,
    PickFolder,
    StartDemo,
    Open(PathBuf),
    ShowInFolder(PathBuf),
    Copy { text: String, what: &'static str },
    FocusSearch,
    ApplyTheme,
    SaveSettings,
    Complain(String),
    Quit,
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
}

impl State {
    pub(crate) fn new(model: Model, settings: Settings, output_dir: PathBuf) -> State {
        let recipe = settings.recipe.clone();
        let (help_open, details_open, asks_to_quit) = (false, false, false);
        State { model, settings, recipe, output_dir, help_open, details_open, asks_to_quit }
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
        Intent::Paste(text) => vec![Effect::IntakeText(text)],
        Intent::Add(paths) if paths.is_empty() => Vec::new(),
        Intent::Add(paths) => vec![Effect::IntakePaths(paths)],
        Intent::PickFiles => vec![Effect::PickFiles],
        Intent::PickOutputFolder => vec![Effect::PickFolder],
        Intent::StartDemo => vec![Effect::StartDemo],
        Intent::SetMode(mode) => {
            // Shown at once; the engine's answer says what holds.
            state.model.mode = mode;
            vec![Effect::Send(Command::SetMode(mode))]
        }
        Intent::SetLanes(pool, count) => {
            state.model.lanes.set(pool, count);
            state.settings.lanes = Some(state.model.lanes);
            vec![Effect::Send(Command::SetLanes(pool, state.model.lanes.of(pool))), Effect::SaveSettings]
        }
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
        Intent::Open(_) | Intent::ShowInFolder(_) | Intent::CopyLink(_) | Intent::CopyError(_) => about(state, &intent),
        Intent::SetTheme(theme) => set_theme(state, theme),
        Intent::NextTheme => set_theme(state, state.settings.theme.next()),
        Intent::SetRecipe(recipe) => {
            state.settings.recipe.clone_from(&recipe);
            state.recipe = recipe;
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

fn for_jobs(jobs: Vec<JobId>, command: impl Fn(Selection) -> Command) -> Vec<Effect> {
    if jobs.is_empty() { Vec::new() } else { vec![Effect::Send(command(Selection::Jobs(jobs)))] }
}

fn set_theme(state: &mut State, theme: ThemeChoice) -> Vec<Effect> {
    state.settings.theme = theme;
    vec![Effect::ApplyTheme, Effect::SaveSettings]
}

fn escape(state: &mut State) {
    if state.help_open || state.asks_to_quit {
        (state.help_open, state.asks_to_quit) = (false, false);
    } else if !state.model.view.search().is_empty() {
        state.model.search("");
    } else {
        state.model.view.clear_selection();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::job::{BatchOptions, JobSpec, Source};
    use crate::model::task::NonPictures;
    use crate::model::{BatchId, ErrorKind, Event, Failure, FetchOptions, LaneCounts};
    use std::sync::Arc;

    fn state(refused: u32) -> State {
        let model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
        let mut state = State::new(model, Settings::default(), PathBuf::from("/out"));
        let options = Arc::new(BatchOptions {
            output_dir: PathBuf::from("/out"),
            recipe: None,
            non_pictures: NonPictures::Keep,
            fetch: Arc::new(FetchOptions::default()),
            retries: 2,
        });
        let jobs = (0..3)
            .map(|n| {
                let input = format!("/in/{n}.png");
                let source = Source::File(PathBuf::from(&input));
                Arc::new(JobSpec { input, source, subfolder: PathBuf::new(), options: Arc::clone(&options) })
            })
            .collect();
        state.model.apply(Event::JobsQueued { batch: BatchId(0), first: JobId(0), jobs });
        for job in 0..refused {
            state.model.apply(failed(job));
        }
        state.model.tick(crate::model::Moment(1));
        state
    }

    fn failed(job: u32) -> Event {
        let failure = Failure::new(ErrorKind::Decode, "It is damaged").with_details("at byte 7");
        Event::JobFinished(Box::new(crate::model::JobReport {
            job: JobId(job),
            input: String::new(),
            outcome: crate::model::Outcome::Failed(failure),
            attempts: 1,
            mode: None,
            lane: None,
            bytes_in: 0,
            bytes_out: 0,
            size_in: None,
            size_out: None,
            timing: crate::model::Timing::default(),
            posture: None,
        }))
    }

    fn sent(effects: &[Effect]) -> Vec<&Command> {
        effects
            .iter()
            .filter_map(|effect| if let Effect::Send(command) = effect { Some(command) } else { None })
            .collect()
    }

    #[test]
    fn modes_lanes_and_pause_become_commands() {
        let mut state = state(0);
        assert_eq!(sent(&reduce(&mut state, Intent::SetMode(Mode::Serial))), [&Command::SetMode(Mode::Serial)]);
        let effects = reduce(&mut state, Intent::SetLanes(Pool::Fetch, 500));
        assert_eq!(sent(&effects), [&Command::SetLanes(Pool::Fetch, LaneCounts::MAX)]);
        assert_eq!(sent(&reduce(&mut state, Intent::TogglePause)), [&Command::Pause(Selection::All)]);
        assert_eq!(sent(&reduce(&mut state, Intent::TogglePause)), [&Command::Resume(Selection::All)]);
    }

    #[test]
    fn retry_takes_the_chosen_failed_ones_or_all_of_them() {
        let mut state = state(2);
        let effects = reduce(&mut state, Intent::Retry(Target::Failed));
        assert_eq!(sent(&effects), [&Command::Retry(Selection::Jobs(vec![JobId(0), JobId(1)]))]);
        reduce(&mut state, Intent::Choose(JobId(1), Choose::Only));
        let effects = reduce(&mut state, Intent::Retry(Target::Failed));
        assert_eq!(sent(&effects), [&Command::Retry(Selection::Jobs(vec![JobId(1)]))]);
        assert!(reduce(&mut state, Intent::Retry(Target::Job(JobId(2)))).is_empty(), "a queued job needs no retry");
    }

    #[test]
    fn remove_and_cancel_go_to_the_selection() {
        let mut state = state(1);
        assert!(reduce(&mut state, Intent::Remove(Target::Selected)).is_empty());
        reduce(&mut state, Intent::SelectAll);
        let all = Selection::Jobs(vec![JobId(0), JobId(1), JobId(2)]);
        assert_eq!(sent(&reduce(&mut state, Intent::Remove(Target::Selected))), [&Command::Remove(all)]);
        let unfinished = Selection::Jobs(vec![JobId(1), JobId(2)]);
        assert_eq!(sent(&reduce(&mut state, Intent::Cancel(Target::Selected))), [&Command::Cancel(unfinished)]);
    }

    #[test]
    fn one_row_opens_its_picture_and_copies_its_error() {
        let mut state = state(1);
        reduce(&mut state, Intent::Step(Step::First, Reach::Move));
        assert_eq!(
            reduce(&mut state, Intent::Open(Target::Selected)),
            [Effect::Open(PathBuf::from("/in/0.png"))],
            "the original, as there is no result"
        );
        assert_eq!(
            reduce(&mut state, Intent::CopyError(Target::Selected)),
            [Effect::Copy { text: "It is damaged\nat byte 7".to_owned(), what: "Error" }]
        );
    }

    #[test]
    fn escape_closes_one_thing_at_a_time() {
        let mut state = state(0);
        reduce(&mut state, Intent::SelectAll);
        reduce(&mut state, Intent::Search("png".to_owned()));
        reduce(&mut state, Intent::ToggleHelp);
        reduce(&mut state, Intent::Escape);
        assert!(!state.help_open && state.model.view.search() == "png");
        reduce(&mut state, Intent::Escape);
        assert!(state.model.view.search().is_empty() && state.model.view.selected_count() == 3);
        reduce(&mut state, Intent::Escape);
        assert_eq!(state.model.view.selected_count(), 0);
    }

    #[test]
    fn quit_asks_only_while_work_runs() {
        let mut state = state(0);
        assert_eq!(reduce(&mut state, Intent::Quit), [Effect::Quit]);
        state.model.apply(Event::TaskStarted {
            attempt: crate::model::AttemptId { job: JobId(0), number: 1 },
            stage: 0,
            pool: Pool::Mill,
            lane: crate::model::LaneId(1),
            at: crate::model::Moment(5),
        });
        assert!(reduce(&mut state, Intent::Quit).is_empty() && state.asks_to_quit);
        assert_eq!(reduce(&mut state, Intent::Quit), [Effect::Quit]);
    }

    #[test]
    fn settings_are_saved_when_they_change() {
        let mut state = state(0);
        assert!(reduce(&mut state, Intent::NextTheme).contains(&Effect::SaveSettings));
        assert_eq!(state.settings.theme, ThemeChoice::Dark);
        reduce(&mut state, Intent::SetOutputDir(PathBuf::from("/else")));
        reduce(&mut state, Intent::SetRecipe(Some(Recipe::same_size())));
        assert_eq!(state.settings.output_dir.as_deref(), Some(std::path::Path::new("/else")));
        assert_eq!(state.recipe, state.settings.recipe);
    }
}
