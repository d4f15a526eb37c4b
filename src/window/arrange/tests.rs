//! The order and the choice of rows, as the mouse and the keyboard change them.

use super::*;
use crate::model::{AttemptId, Batch, BatchId, Event, JobSpec, LaneCounts, LaneId, Mode, Moment, Place, Pool};
use crate::store::Settings;
use crate::window::intent::Intent;
use crate::window::model::{Choose, Model};
use crate::window::reduce::reduce;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Six that wait, of which the one in `running` does not.
fn state(running: Option<u32>) -> State {
    let model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
    let mut state = State::new(model, Settings::default(), PathBuf::from("/out"));
    let options = crate::window::made_up::batch_options();
    let link = |name: char| format!("http://host/{name}.png");
    let jobs = "fbdace".chars().map(link).map(|url| JobSpec::link(url.as_str(), &url, None)).collect();
    let batch = Arc::new(Batch { options, jobs });
    state.model.apply(Event::JobsQueued { id: BatchId(0), first: JobId(0), batch });
    if let Some(job) = running {
        let attempt = AttemptId { job: JobId(job), number: 1 };
        let (stage, pool, lane, at) = (0, Pool::Fetch, LaneId(1), Moment(5));
        state.model.apply(Event::TaskStarted { attempt, stage, pool, lane, at });
    }
    shown(&mut state);
    state
}

fn shown(state: &mut State) -> Vec<u32> {
    let next = state.model.now() + Duration::from_secs(1);
    state.model.tick(next);
    state.model.view.shown().iter().map(|job| job.0).collect()
}

fn choose(state: &mut State, ids: &[u32]) {
    reduce(state, Intent::Deselect);
    for id in ids {
        reduce(state, Intent::Choose(JobId(*id), Choose::Toggle));
    }
}

/// What is sent, as the engine would do it: which jobs, and where to.
fn moves(state: &mut State, arrange: Arrange) -> Option<(Vec<u32>, Spot)> {
    match reduce(state, Intent::Arrange(arrange)).as_slice() {
        [Effect::Send(Command::Move(jobs, spot))] => Some((jobs.iter().map(|job| job.0).collect(), *spot)),
        [] => None,
        other => panic!("{other:?}"),
    }
}

fn before(job: u32) -> Spot {
    Spot::Before(JobId(job))
}

#[test]
fn a_column_sorts_turns_round_and_gives_the_queue_back() {
    let mut state = state(None);
    let sort = Intent::Arrange(Arrange::SortBy(Column::Name));
    let mut orders = Vec::new();
    for _ in 0..3 {
        reduce(&mut state, sort.clone());
        orders.push(shown(&mut state));
    }
    assert_eq!(orders, [vec![3, 1, 4, 2, 5, 0], vec![0, 5, 2, 4, 1, 3], vec![0, 1, 2, 3, 4, 5]]);
}

#[test]
fn the_keyboard_and_ranges_follow_the_order_in_sight() {
    let mut state = state(None);
    reduce(&mut state, Intent::Arrange(Arrange::SortBy(Column::Name)));
    shown(&mut state);
    let view = &mut state.model.view;
    view.choose(JobId(1), Choose::Only);
    view.choose(JobId(2), Choose::Range);
    assert_eq!(view.selected(), [JobId(1), JobId(2), JobId(4)]);
    view.step(crate::window::model::Step::By(1), false);
    assert_eq!(view.selected(), [JobId(5)]);
    view.step(crate::window::model::Step::First, true);
    assert_eq!(view.selected(), [JobId(1), JobId(2), JobId(3), JobId(4), JobId(5)]);
}

#[test]
fn what_a_filter_hides_is_not_chosen_any_more() {
    let mut state = state(Some(2));
    choose(&mut state, &[1, 2]);
    reduce(&mut state, Intent::Filter(Filter::Active));
    assert_eq!(shown(&mut state), [2]);
    assert_eq!(state.model.view.selected(), [JobId(2)]);
    reduce(&mut state, Intent::Search("nothing".to_owned()));
    assert!(shown(&mut state).is_empty() && state.model.view.selected_count() == 0);
}

#[test]
fn only_what_is_queued_moves_and_in_the_order_of_the_queue() {
    let mut state = state(Some(2));
    choose(&mut state, &[4, 2, 1]);
    assert_eq!(moves(&mut state, Arrange::ToTop(Target::Selected)), Some((vec![1, 4], Spot::First)));
    assert_eq!(moves(&mut state, Arrange::ToBottom(Target::Selected)), Some((vec![1, 4], Spot::Last)));
    assert_eq!(moves(&mut state, Arrange::ToTop(Target::Job(JobId(2)))), None, "it runs");
}

#[test]
fn one_up_and_one_down_pass_one_that_waits() {
    let mut state = state(Some(2));
    choose(&mut state, &[3]);
    assert_eq!(moves(&mut state, Arrange::Up), Some((vec![3], before(1))), "the running one does not count");
    assert_eq!(moves(&mut state, Arrange::Down), Some((vec![3], before(5))));
    choose(&mut state, &[4]);
    assert_eq!(moves(&mut state, Arrange::Down), Some((vec![4], Spot::Last)));
    choose(&mut state, &[5]);
    assert_eq!(moves(&mut state, Arrange::Down), None, "it is the last");
    choose(&mut state, &[0, 1]);
    assert_eq!(moves(&mut state, Arrange::Up), None, "they are the first");
}

#[test]
fn rows_go_where_they_are_let_go() {
    let mut state = state(None);
    choose(&mut state, &[1, 3]);
    let to = |job: Option<u32>| Arrange::Before(Target::Selected, job.map(JobId));
    assert_eq!(moves(&mut state, to(Some(5))), Some((vec![1, 3], before(5))));
    assert_eq!(moves(&mut state, to(Some(3))), Some((vec![1, 3], before(4))), "the next that stays");
    assert_eq!(moves(&mut state, to(None)), Some((vec![1, 3], Spot::Last)));
}

#[test]
fn the_order_that_the_engine_tells_is_shown() {
    let mut state = state(None);
    let first = Place { priority: 0, rank: Place::usual(JobId(0)).rank - 9 };
    state.model.apply(Event::JobsMoved(vec![(JobId(4), first)]));
    assert_eq!(shown(&mut state), [4, 0, 1, 2, 3, 5]);
    choose(&mut state, &[0]);
    assert_eq!(moves(&mut state, Arrange::Up), Some((vec![0], before(4))));
}

#[test]
fn moving_says_why_it_cannot_be_done() {
    let told = |state: &mut State| match reduce(state, Intent::Arrange(Arrange::Up)).as_slice() {
        [Effect::Complain(sentence)] => sentence.clone(),
        other => panic!("{other:?}"),
    };
    let mut state = state(None);
    choose(&mut state, &[3]);
    reduce(&mut state, Intent::Search("png".to_owned()));
    assert!(told(&mut state).contains("clear the search"));
    reduce(&mut state, Intent::Search(String::new()));
    reduce(&mut state, Intent::Arrange(Arrange::SortBy(Column::Size)));
    assert!(told(&mut state).contains("in the order of the queue"));
}
