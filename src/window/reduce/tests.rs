//! What intents make of the state of the window.

use super::*;
use crate::model::{Batch, BatchId, ErrorKind, Event, Failure, JobReport, JobSpec, LaneCounts};
use crate::model::{Mode, Outcome, Recipe};
use crate::store::Settings;
use crate::window::intent::Target;
use crate::window::model::{Choose, Model, Step};
use crate::window::state::Over;
use std::sync::Arc;

fn state(refused: u32) -> State {
    let model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
    let mut state = State::new(model, Settings::default(), PathBuf::from("/out"));
    let options = crate::window::made_up::batch_options();
    let file = |n: u32| JobSpec::file(format!("/in/{n}.png"), PathBuf::from(format!("/in/{n}.png")), PathBuf::new());
    let batch = Arc::new(Batch { options, jobs: (0..3).map(file).collect() });
    state.model.apply(Event::JobsQueued { id: BatchId(0), first: JobId(0), batch });
    for job in 0..refused {
        state.model.apply(failed(job));
    }
    state.model.tick(crate::model::Moment(1));
    state
}

fn failed(job: u32) -> Event {
    let failure = Failure::new(ErrorKind::Decode, "It is damaged").with_details("at byte 7");
    Event::JobFinished(Box::new(JobReport::new(JobId(job), Outcome::Failed(failure))))
}

fn sent(effects: &[Effect]) -> Vec<&Command> {
    effects.iter().filter_map(|effect| if let Effect::Send(command) = effect { Some(command) } else { None }).collect()
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
    let unfinished = Selection::Jobs(vec![JobId(1), JobId(2)]);
    assert_eq!(sent(&reduce(&mut state, Intent::Cancel(Target::Selected))), [&Command::Cancel(unfinished.clone())]);
    // Into the bin first: what could start stays paused there.
    assert_eq!(sent(&reduce(&mut state, Intent::Remove(Target::Selected))), [&Command::Pause(unfinished)]);
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
fn too_many_pictures_are_not_opened_at_once() {
    let mut state = state(0);
    let many = JobSpec::file("/in/x.png", PathBuf::from("/in/x.png"), PathBuf::new());
    let options = state.model.row(JobId(0)).map(|row| Arc::clone(row.spec.options())).expect("a row");
    let batch = Arc::new(Batch { options, jobs: vec![many; MOST_OPENED - 2] });
    state.model.apply(Event::JobsQueued { id: BatchId(3), first: JobId(3), batch });
    state.model.tick(crate::model::Moment(2));
    reduce(&mut state, Intent::SelectAll);
    let effects = reduce(&mut state, Intent::Open(Target::Selected));
    assert!(matches!(&effects[..], [Effect::Complain(words)] if words.contains("more files to open at once than 12")));
    assert_eq!(reduce(&mut state, Intent::ShowInFolder(Target::Selected)), [Effect::ShowInFolder("/in".into())]);
    reduce(&mut state, Intent::Choose(JobId(3), Choose::Toggle));
    assert_eq!(reduce(&mut state, Intent::Open(Target::Selected)).len(), MOST_OPENED);
}

#[test]
fn escape_closes_one_thing_at_a_time() {
    let mut state = state(0);
    reduce(&mut state, Intent::SelectAll);
    reduce(&mut state, Intent::Search("png".to_owned()));
    reduce(&mut state, Intent::ToggleHelp);
    reduce(&mut state, Intent::Escape);
    assert!(state.over.is_none() && state.model.view.search() == "png");
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
    assert!(reduce(&mut state, Intent::Quit).is_empty() && state.over == Some(Over::Quit));
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

#[test]
fn only_lanes_that_were_set_are_saved() {
    let mut state = state(0);
    state.model.choosing = true;
    reduce(&mut state, Intent::SetLanes(Pool::Mill, 3));
    assert_eq!((state.settings.lanes.fetch, state.settings.lanes.mill), (None, Some(3)));
    assert!(state.model.choosing, "the other pool still chooses");
    reduce(&mut state, Intent::SetLanes(Pool::Fetch, 9));
    assert_eq!((state.settings.lanes.fetch, state.model.choosing), (Some(9), false));
    let effects = reduce(&mut state, Intent::ChooseFetchLanes);
    assert_eq!(sent(&effects), [&Command::ChooseFetchLanes]);
    assert!(effects.contains(&Effect::SaveSettings));
    assert_eq!((state.settings.lanes.fetch, state.model.choosing), (None, true));
}

#[test]
fn what_becomes_of_unfinished_jobs_is_decided_once() {
    let mut state = state(0);
    assert!(reduce(&mut state, Intent::GoOn).is_empty(), "there are none");
    state.unfinished = 412;
    assert_eq!(sent(&reduce(&mut state, Intent::GoOn)), [&Command::GoOn]);
    assert_eq!(state.unfinished, 0);
    assert!(reduce(&mut state, Intent::Forget).is_empty());
}

#[test]
fn a_hint_is_shown_when_it_is_of_use_and_once() {
    use crate::window::hints::{Answer, Hint, due};
    let mut state = state(0);
    assert_eq!(due(&state), None, "nothing runs, nothing ended");
    state.model.apply(failed(0));
    assert_eq!(due(&state), Some(Hint::Retry));
    let effects = reduce(&mut state, Intent::Hint(Answer::Read(Hint::Retry)));
    assert_eq!((effects, due(&state)), (vec![Effect::SaveSettings], None));
    for job in 1..3 {
        state.model.apply(failed(job));
    }
    assert_eq!(due(&state), Some(Hint::Commands), "everything ended");
    reduce(&mut state, Intent::Palette(crate::window::palette::Choice::Toggle));
    reduce(&mut state, Intent::Escape);
    assert_eq!(due(&state), None, "the palette was found");
    assert!(!state.settings.hints.modes);
    assert!(reduce(&mut state, Intent::SetMode(Mode::Serial)).contains(&Effect::SaveSettings));
    assert_eq!(reduce(&mut state, Intent::SetMode(Mode::Threads)).len(), 1, "known already");
    state.settings.hints = crate::store::settings::HintsSeen::default();
    reduce(&mut state, Intent::Hint(Answer::Enough));
    assert_eq!(due(&state), None);
}

#[test]
fn the_size_of_text_is_applied_and_kept() {
    let mut state = state(0);
    let effects = reduce(&mut state, Intent::ResizeText(Some(true)));
    assert_eq!(effects, [Effect::ApplyLook, Effect::SaveSettings]);
    assert_eq!(state.settings.look.text_percent, 110);
    reduce(&mut state, Intent::ResizeText(None));
    assert_eq!(state.settings.look.text_percent, 100);
}

#[test]
fn escape_answers_the_question_before_it_closes_the_sheet_below() {
    let mut state = state(0);
    reduce(&mut state, Intent::Edit(crate::window::recipe_editor::Edit::Open(None)));
    state.over = Some(Over::Quit);
    reduce(&mut state, Intent::Palette(crate::window::palette::Choice::Toggle));
    reduce(&mut state, Intent::Escape);
    assert!(state.over.is_none() && state.editor.is_some());
    reduce(&mut state, Intent::Escape);
    assert!(state.editor.is_none());
}

#[test]
fn a_palette_that_is_known_saves_nothing_more() {
    let mut state = state(0);
    let toggle = || Intent::Palette(crate::window::palette::Choice::Toggle);
    assert_eq!(reduce(&mut state, toggle()), [Effect::SaveSettings]);
    reduce(&mut state, toggle());
    assert_eq!(reduce(&mut state, toggle()), []);
}
