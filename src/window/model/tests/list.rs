//! The list of the shown rows and what is chosen of it, while things happen to them.

use super::*;
use crate::model::message::TaskResult;
use crate::model::{Event, Outcome};
use proptest::prelude::*;
use std::path::PathBuf;

/// Something that happens to a row, or that a person does with it.
fn happen(model: &mut Model, what: u8, job: u32) {
    let at = model.now().0 + 10;
    let is_running = |model: &Model| model.fact(JobId(job)).is_some_and(|fact| fact.bucket == Bucket::Fetching);
    let is_final = |model: &Model| model.fact(JobId(job)).is_none_or(|fact| fact.bucket.is_final());
    match what {
        0 => model.view.choose(JobId(job), Choose::Toggle),
        1 => model.view.select_all(),
        2 if !is_final(model) && !is_running(model) => start(model, job, 0, at),
        3 if is_running(model) => finish(model, job, 0, TaskResult::Cancelled, at),
        4 if !is_final(model) => model.apply(report(job, Outcome::Done(PathBuf::from("/out/a.jpg").into()))),
        5 if !is_final(model) => model.apply(report(job, Outcome::Cancelled)),
        6 if !is_running(model) && !is_final(model) => {
            model.apply(Event::JobChanged {
                job: JobId(job),
                state: JobState::Queued,
                stage: 0,
                paused: true,
                stopping: false,
            });
        }
        7 if model.fact(JobId(job)).is_some_and(|fact| fact.bucket == Bucket::Cancelled) => {
            model.apply(changed(job, JobState::Queued, 0));
        }
        8 => model.apply(Event::JobsRemoved(vec![JobId(job)])),
        9 => drop(model.bin(&[JobId(job)])),
        10 => model.unbin(&[JobId(job)]),
        _ => {}
    }
}

proptest! {
    #[test]
    fn what_is_chosen_is_counted_as_if_it_were_walked(ops in prop::collection::vec((0..12_u8, 0..8_u32), 0..120)) {
        let mut model = model(8);
        for (what, job) in ops {
            happen(&mut model, what, job);
            // A person's choice is counted with the next tick, what happens to the chosen at once.
            if matches!(what, 0 | 1 | 10) {
                model.tick(Moment(model.now().0 + 10));
            }
            prop_assert_eq!(*model.chosen(), model.count_chosen());
        }
    }
}

#[test]
fn the_chosen_rows_are_not_walked_again_while_things_happen_to_them() {
    let mut model = model(900);
    model.view.select_all();
    model.tick(Moment(10));
    model.chosen.bytes_in = 7;
    start(&mut model, 0, 0, 20);
    model.apply(report(1, Outcome::Done(PathBuf::from("/out/a.jpg").into())));
    model.apply(Event::JobsRemoved(vec![JobId(2)]));
    model.tick(Moment(5_000_000));
    let Chosen { counts, bytes_in, .. } = *model.chosen();
    assert_eq!((counts.total(), counts.running(), counts.of(Bucket::Done)), (899, 1, 1));
    assert_eq!(bytes_in, 107, "added to what was there");
}

#[test]
fn what_leaves_the_list_by_itself_is_not_chosen_any_more() {
    let mut model = model(3);
    (0..3).for_each(|job| start(&mut model, job, 0, 10));
    model.view.set_filter(Filter::Active);
    model.tick(Moment(20));
    model.view.select_all();
    model.tick(Moment(30));
    model.apply(report(0, Outcome::Done(PathBuf::from("/out/a.jpg").into())));
    model.tick(Moment(1_000_000));
    assert_eq!((model.view.shown(), model.view.selected().as_slice()), (&JOBS[1..], &JOBS[1..]));
    assert_eq!((model.view.cursor(), model.chosen().counts.total()), (None, 2));
}

const JOBS: [JobId; 3] = [JobId(0), JobId(1), JobId(2)];

#[test]
fn what_is_taken_back_while_a_list_is_made_stays_chosen() {
    let mut model = model(AT_ONCE as u32 + 500);
    let serve = |model: &mut Model, ask: Ask| drop(model.arranged(arrange(&ask), Duration::ZERO));
    model.bin(&JOBS);
    model.tick(Moment(10));
    let without = model.take_ask().expect("a list is due");
    model.unbin(&JOBS);
    serve(&mut model, without);
    assert_eq!(model.view.selected(), JOBS, "the list that shows them is on its way");
    model.tick(Moment(20));
    let with = model.take_ask().expect("a list is due");
    serve(&mut model, with);
    assert_eq!(model.view.selected(), JOBS);
}

#[test]
fn a_list_says_when_it_is_to_be_made_once_nothing_moves_any_more() {
    let count = 500;
    let mut model = model(count);
    model.view.set_filter(Filter::Queued);
    model.tick(Moment(1_000_000));
    assert_eq!(model.list_due_in(), None, "it is as it should be");
    (0..count).for_each(|job| model.apply(report(job, Outcome::Cancelled)));
    model.tick(Moment(1_000_100));
    assert!(!model.is_active() && model.view.shown().len() == count as usize);
    let due = model.list_due_in().expect("a frame is needed");
    assert_eq!(due, Duration::from_micros(4_900));
    model.tick(model.now() + due);
    assert!(model.view.shown().is_empty() && model.list_due_in().is_none());
}
