//! What is removed, and comes back.

use super::*;
use crate::model::{Batch, BatchId, Event, JobReport, JobSpec, JobState, LaneCounts, Mode, Outcome};
use crate::store::Settings;
use crate::window::arrange::Arrange;
use crate::window::intent::Target;
use crate::window::model::{Choose, Filter, Model, Row};
use crate::window::reduce::reduce;
use crate::window::report::ReportIntent;
use std::path::PathBuf;
use std::sync::Arc;

/// Jobs from `first` on, that wait.
fn queued(first: u32, count: u32) -> Event {
    let options = crate::window::made_up::batch_options();
    let link = |n: u32| format!("http://host/{n}.png");
    let jobs = (first..first + count).map(link).map(|url| JobSpec::link(url.as_str(), &url, None)).collect();
    Event::JobsQueued { id: BatchId(first), first: JobId(first), batch: Arc::new(Batch { options, jobs }) }
}

fn ended(job: u32, outcome: Outcome) -> Event {
    Event::JobFinished(Box::new(JobReport::new(JobId(job), outcome)))
}

fn done(job: u32) -> Event {
    ended(job, Outcome::Done(PathBuf::from(format!("/out/{job}.png")).into()))
}

fn changed(job: u32, paused: bool) -> Event {
    Event::JobChanged { job: JobId(job), state: JobState::Queued, stage: 0, paused, stopping: false }
}

fn state(count: u32) -> State {
    let model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
    let mut state = State::new(model, Settings::default(), PathBuf::from("/out"));
    state.model.apply(queued(0, count));
    state.model.tick(Moment(1));
    state
}

fn sent(effects: &[Effect]) -> Vec<&Command> {
    effects.iter().filter_map(|effect| if let Effect::Send(command) = effect { Some(command) } else { None }).collect()
}

fn jobs(ids: &[u32]) -> Selection {
    Selection::Jobs(ids.iter().copied().map(JobId).collect())
}

fn ids(state: &mut State) -> Vec<u32> {
    let next = state.model.now() + Duration::from_secs(1);
    state.model.tick(next);
    state.model.view.shown().iter().map(|job| job.0).collect()
}

/// Chooses these and presses Delete.
fn remove(state: &mut State, ids: &[u32]) -> Vec<Effect> {
    reduce(state, Intent::Deselect);
    for id in ids {
        reduce(state, Intent::Choose(JobId(*id), Choose::Toggle));
    }
    reduce(state, Intent::Remove(Target::Selected))
}

#[test]
fn what_is_removed_is_out_of_sight_and_waits_in_the_bin() {
    let mut state = state(5);
    state.model.apply(done(1));
    state.model.apply(changed(2, true));
    let effects = remove(&mut state, &[1, 2, 3]);
    assert_eq!(
        sent(&effects),
        [&Command::Pause(jobs(&[2, 3]))],
        "those that are not final, and nothing is removed yet"
    );
    let offer = Effect::Offer {
        words: "3 files removed".to_owned(),
        label: "Undo",
        intent: Box::new(Intent::Clear(Clear::TakeBack(0))),
    };
    assert!(effects.contains(&offer));
    assert_eq!(ids(&mut state), [0, 4]);
    let counts = &state.model.counts;
    assert_eq!((counts.total(), counts.of(Bucket::Done), counts.halted()), (2, 0, 0));
    assert_eq!(state.model.view.selected_count(), 0);
    assert_eq!(state.model.view.cursor(), Some(JobId(4)), "the keyboard is at the next one that stays");
    // The engine goes on telling of them.
    state.model.apply(changed(3, true));
    state.model.apply(done(3));
    assert_eq!((state.model.counts.total(), state.model.counts.of(Bucket::Done)), (2, 0));
    for filter in Filter::ALL {
        state.model.view.set_filter(filter);
        assert_eq!(ids(&mut state).len(), state.model.counts.of_filter(filter), "{filter:?}");
    }
}

#[test]
fn undo_brings_the_rows_back_as_they_were() {
    let mut state = state(5);
    state.model.apply(changed(2, true));
    remove(&mut state, &[2, 3]);
    state.model.apply(changed(3, true));
    let effects = reduce(&mut state, Intent::Undo);
    assert_eq!(sent(&effects), [&Command::Resume(jobs(&[3]))], "the other one was paused before");
    assert!(effects.contains(&Effect::Withdraw(Box::new(Intent::Clear(Clear::TakeBack(0))))));
    assert_eq!(ids(&mut state), [0, 1, 2, 3, 4]);
    assert_eq!((state.model.counts.total(), state.model.counts.halted()), (5, 2));
    assert_eq!(state.model.view.selected(), [JobId(2), JobId(3)]);
    assert!(reduce(&mut state, Intent::Clear(Clear::TakeBack(0))).is_empty(), "only once");
}

#[test]
fn what_is_removed_is_paused_whatever_was_told_of_it_last() {
    let mut state = state(3);
    remove(&mut state, &[1]);
    state.model.apply(changed(1, true));
    assert!(sent(&reduce(&mut state, Intent::Undo)).contains(&&Command::Resume(jobs(&[1]))));
    // The engine has not yet told that it goes on.
    assert_eq!(sent(&remove(&mut state, &[1])), [&Command::Pause(jobs(&[1]))]);
    state.model.apply(changed(1, false));
    state.model.apply(changed(1, true));
    assert!(sent(&reduce(&mut state, Intent::Undo)).contains(&&Command::Resume(jobs(&[1]))), "it was not paused");
}

#[test]
fn what_a_person_paused_stays_paused_when_it_comes_back() {
    let mut state = state(3);
    let pause = |state: &mut State, job| reduce(state, Intent::Pause(Target::Job(JobId(job))));
    pause(&mut state, 1);
    pause(&mut state, 2);
    // The engine has not yet told that they are.
    remove(&mut state, &[1]);
    assert!(sent(&reduce(&mut state, Intent::Undo)).is_empty());
    // Having everything go on is about what is in sight.
    remove(&mut state, &[1]);
    reduce(&mut state, Intent::TogglePause);
    reduce(&mut state, Intent::TogglePause);
    assert!(sent(&reduce(&mut state, Intent::Undo)).is_empty());
    remove(&mut state, &[2]);
    assert!(sent(&reduce(&mut state, Intent::Undo)).contains(&&Command::Resume(jobs(&[2]))));
}

#[test]
fn undo_takes_the_newest_removal_and_only_then_a_batch() {
    let mut state = state(5);
    state.undoable = 1;
    remove(&mut state, &[0]);
    remove(&mut state, &[1]);
    reduce(&mut state, Intent::Undo);
    assert_eq!(ids(&mut state), [1, 2, 3, 4]);
    reduce(&mut state, Intent::Undo);
    assert_eq!(ids(&mut state), [0, 1, 2, 3, 4]);
    assert_eq!(sent(&reduce(&mut state, Intent::Undo)), [&Command::Undo]);
}

#[test]
fn the_bin_is_emptied_when_its_time_is_over() {
    let mut state = state(5);
    remove(&mut state, &[0]);
    let due = state.bin.due_at().expect("something is in it");
    assert_eq!(due, state.model.now() + TIME);
    state.model.tick(Moment(due.0 - 1));
    assert!(empty_due(&mut state).is_empty());
    state.model.tick(due);
    assert_eq!(sent(&empty_due(&mut state)), [&Command::Remove(jobs(&[0]))]);
    state.model.apply(Event::JobsRemoved(vec![JobId(0)]));
    assert_eq!(state.model.counts.total(), 4);
    assert_eq!(ids(&mut state), [1, 2, 3, 4]);
    assert_eq!(state.bin.newest(), None);
}

#[test]
fn the_bin_holds_no_more_than_its_bound_and_nothing_once_the_window_closes() {
    let mut state = state(10);
    for id in 0..MOST as u32 {
        assert!(!sent(&remove(&mut state, &[id])).contains(&&Command::Remove(jobs(&[id]))));
    }
    let effects = remove(&mut state, &[9]);
    assert!(sent(&effects).contains(&&Command::Remove(jobs(&[0]))), "the oldest gives way");
    let effects = empty(&mut state);
    let removed = sent(&effects);
    assert_eq!(removed.len(), MOST);
    assert_eq!(removed.last(), Some(&&Command::Remove(jobs(&[9]))));
    assert!(empty(&mut state).is_empty());
}

#[test]
fn clearing_takes_what_is_finished_and_leaves_what_failed() {
    let mut state = state(5);
    assert!(matches!(reduce(&mut state, Intent::Clear(Clear::Finished)).as_slice(), [Effect::Complain(_)]));
    let failure = crate::model::Failure::new(crate::model::ErrorKind::Http, "404");
    for event in [done(0), ended(1, Outcome::Cancelled), ended(2, Outcome::Failed(failure)), done(4)] {
        state.model.apply(event);
    }
    let effects = reduce(&mut state, Intent::Clear(Clear::Finished));
    assert!(sent(&effects).is_empty(), "what is final needs no pause");
    assert!(matches!(&effects[..], [Effect::Offer { words, .. }] if words == "3 files cleared"));
    assert_eq!(ids(&mut state), [2, 3]);
    reduce(&mut state, Intent::Undo);
    assert_eq!(ids(&mut state), [0, 1, 2, 3, 4]);
}

#[test]
fn resuming_everything_leaves_the_bin_alone() {
    let mut state = state(3);
    remove(&mut state, &[1]);
    reduce(&mut state, Intent::TogglePause);
    let effects = reduce(&mut state, Intent::TogglePause);
    assert_eq!(sent(&effects), [&Command::Resume(Selection::Except(vec![JobId(1)]))]);
}

#[test]
fn nobody_acts_on_what_is_in_the_bin() {
    let mut state = state(3);
    remove(&mut state, &[1]);
    reduce(&mut state, Intent::Choose(JobId(1), Choose::Only));
    assert_eq!(state.model.view.selected_count(), 0, "as by a click on its span");
    assert!(reduce(&mut state, Intent::Cancel(Target::Job(JobId(1)))).is_empty());
    assert!(reduce(&mut state, Intent::Remove(Target::Job(JobId(1)))).is_empty(), "it is there already");
}

#[test]
fn acting_on_many_rows_makes_none_of_them() {
    let mut state = state(900);
    reduce(&mut state, Intent::SelectAll);
    let all = Target::Selected;
    for intent in [
        Intent::Pause(all),
        Intent::Resume(all),
        Intent::Retry(all),
        Intent::Retry(Target::Failed),
        Intent::Cancel(all),
        Intent::Arrange(Arrange::ToTop(all)),
        Intent::Arrange(Arrange::Up),
        Intent::ShowInFolder(all),
        Intent::CopyLink(all),
        Intent::CopyError(all),
        Intent::Report(ReportIntent::RetryFailed),
        Intent::Remove(all),
    ] {
        reduce(&mut state, intent.clone());
        assert_eq!(state.model.made_rows().count(), 0, "{intent:?}");
    }
    reduce(&mut state, Intent::Undo);
    (0..900).for_each(|job| state.model.apply(changed(job, true)));
    assert_eq!((state.model.counts.halted(), state.model.made_rows().count()), (900, 0));
    assert_eq!(state.model.row(JobId(7)).map(Row::state_word), Some("Paused"), "which is known once it is looked at");
}
