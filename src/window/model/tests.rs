//! The read model, fed with events.

mod list;

use super::*;
use crate::model::message::TaskResult;
use crate::model::task::NonPictures;
use crate::model::{
    AttemptId, Batch, BatchId, BatchOptions, Confinement, ErrorKind, Event, Failure, InForce, JobReport, JobSpec, Lane,
    LaneId, Outcome, Posture, Recipe, Timing,
};
use crate::store::rows::{Column, Order};
use std::path::PathBuf;
use std::sync::Arc;

const LANES: LaneCounts = LaneCounts { fetch: 2, mill: 1 };

pub(super) fn batch(count: u32, recipe: Option<Recipe>) -> Arc<Batch> {
    let options = Arc::new(BatchOptions {
        recipe: recipe.map(Arc::new),
        non_pictures: NonPictures::Keep,
        retries: 2,
        ..BatchOptions::to("/out")
    });
    let link = |n: u32| format!("http://host{}.example/picture-{n}.png", n % 2);
    let jobs = (0..count).map(link).map(|url| JobSpec::link(url.as_str(), &url, None)).collect();
    Arc::new(Batch { options, jobs })
}

pub(super) fn changed(job: u32, state: JobState, stage: usize) -> Event {
    Event::JobChanged { job: JobId(job), state, stage, paused: false, stopping: false }
}

pub(super) fn model(count: u32) -> Model {
    let mut model = Model::new(Mode::Mixed, LANES);
    let (executor, pool) = (ExecutorKind::Threads, Some(Pool::Fetch));
    model.apply(Event::LaneOpened(Lane { id: LaneId(1), executor, pool, number: 1 }));
    let batch = batch(count, Some(Recipe::same_size()));
    model.apply(Event::JobsQueued { id: BatchId(0), first: JobId(0), batch });
    model.tick(Moment(0));
    model
}

pub(super) fn start(model: &mut Model, job: u32, stage: usize, at: u64) {
    let attempt = AttemptId { job: JobId(job), number: 1 + stage as u32 };
    let pool = if stage == 0 { Pool::Fetch } else { Pool::Mill };
    model.apply(Event::TaskStarted { attempt, stage, pool, lane: LaneId(1), at: Moment(at) });
}

pub(super) fn finish(model: &mut Model, job: u32, stage: usize, result: TaskResult, at: u64) {
    let attempt = AttemptId { job: JobId(job), number: 1 + stage as u32 };
    let timing = Timing { wall_us: 1000, cpu_us: 400 };
    model.apply(Event::TaskFinished { attempt, lane: LaneId(1), result, timing, at: Moment(at) });
}

pub(super) fn done(name: &str) -> TaskResult {
    TaskResult::Done { name: name.to_owned(), bytes_in: 100, bytes_out: 60 }
}

pub(super) fn report(job: u32, outcome: Outcome) -> Event {
    Event::JobFinished(Box::new(JobReport {
        attempts: 2,
        mode: Some(Mode::Threads),
        lane: Some("C1".to_owned()),
        bytes_in: 100,
        bytes_out: 12,
        size_in: Some((400, 300)),
        size_out: Some((40, 30)),
        ..JobReport::new(JobId(job), outcome)
    }))
}

#[test]
fn a_job_goes_through_the_buckets() {
    let mut model = model(1);
    let bucket = |model: &Model| model.row(JobId(0)).map(Row::bucket);
    assert_eq!(bucket(&model), Some(Bucket::Queued));
    start(&mut model, 0, 0, 10);
    assert_eq!(bucket(&model), Some(Bucket::Fetching));
    assert!(model.is_active());
    finish(&mut model, 0, 0, done("better name.png"), 20);
    assert_eq!(bucket(&model), Some(Bucket::Fetched));
    model.apply(changed(0, JobState::Queued, 1));
    assert_eq!(bucket(&model), Some(Bucket::Fetched), "the engine counts the stages alike");
    assert_eq!(model.row(JobId(0)).map(|row| row.name.as_str()), Some("better name.png"));
    start(&mut model, 0, 1, 30);
    assert_eq!(bucket(&model), Some(Bucket::Milling));
    finish(&mut model, 0, 1, done("better name.jpg"), 40);
    model.apply(report(0, Outcome::Done(PathBuf::from("/out/better name.jpg").into())));
    assert_eq!(bucket(&model), Some(Bucket::Done));
    assert_eq!(model.counts.total(), 1);
    assert_eq!(model.counts.ended(), 1);
    assert!(!model.is_active());
    let row = model.row(JobId(0)).expect("the row");
    assert_eq!((row.bytes_in, row.bytes_out, row.lane_tag.as_str()), (100, 12, "C1"));
    assert_eq!(row.timing().wait_us(), 1200);
}

#[test]
fn a_window_whose_rows_are_all_paused_is_at_rest() {
    let mut model = model(2);
    start(&mut model, 0, 0, 10);
    assert!(model.is_active());
    let pause = |job, state, paused| Event::JobChanged { job: JobId(job), state, stage: 0, paused, stopping: false };
    model.apply(pause(0, JobState::Running, true));
    assert!(model.is_active(), "the other one may start");
    model.apply(pause(1, JobState::Queued, true));
    assert!(!model.is_active());
    model.apply(pause(1, JobState::Queued, false));
    assert!(model.is_active());
    model.apply(Event::JobsRemoved(vec![JobId(1)]));
    assert!(!model.is_active());
}

#[test]
fn counts_always_add_up_and_chips_agree_with_lists() {
    let mut model = model(10);
    for job in 0..6 {
        start(&mut model, job, 0, 10);
    }
    finish(&mut model, 0, 0, done("a.png"), 20);
    let failure = Failure::new(ErrorKind::Http, "The server answered 404");
    finish(&mut model, 1, 0, TaskResult::Failed { failure: failure.clone(), will_retry: false }, 20);
    model.apply(report(1, Outcome::Failed(failure)));
    finish(&mut model, 2, 0, TaskResult::Cancelled, 20);
    model.apply(report(2, Outcome::Cancelled));
    assert_eq!(model.counts.total(), 10);
    for filter in Filter::ALL {
        model.view.set_filter(filter);
        model.tick(Moment(30));
        assert_eq!(model.view.shown().len(), model.counts.of_filter(filter), "{filter:?}");
    }
    model.apply(Event::JobsRemoved(vec![JobId(1), JobId(2)]));
    model.tick(Moment(40));
    assert_eq!((model.counts.total(), model.counts.of(Bucket::Failed)), (8, 0));
    assert!(model.row(JobId(1)).is_none());
}

#[test]
fn search_finds_names_and_hosts_and_follows_a_new_name() {
    let mut model = model(10);
    model.search("HOST1");
    model.tick(Moment(1));
    assert_eq!(model.view.shown().len(), 5);
    model.search("picture-3");
    model.tick(Moment(2));
    assert_eq!(model.view.shown(), [JobId(3)]);
    start(&mut model, 3, 0, 10);
    finish(&mut model, 3, 0, done("harbour.png"), 20);
    model.search("harbour");
    model.tick(Moment(30));
    assert_eq!(model.view.shown(), [JobId(3)]);
    model.search("  ");
    model.tick(Moment(40));
    assert_eq!(model.view.shown().len(), 10);
}

#[test]
fn selection_follows_keys_and_clicks() {
    let mut model = model(10);
    let view = &mut model.view;
    view.step(Step::By(1), false);
    assert_eq!(view.selected(), [JobId(0)]);
    view.step(Step::By(2), true);
    assert_eq!(view.selected(), [JobId(0), JobId(1), JobId(2)]);
    view.step(Step::Last, false);
    assert_eq!(view.cursor(), Some(JobId(9)));
    view.choose(JobId(7), Choose::Toggle);
    assert_eq!(view.selected(), [JobId(7), JobId(9)]);
    view.choose(JobId(4), Choose::Range);
    assert_eq!(view.selected(), [JobId(4), JobId(5), JobId(6), JobId(7)]);
    view.step(Step::By(-100), false);
    assert_eq!(view.selected(), [JobId(0)]);
    view.select_all();
    assert_eq!(view.selected_count(), 10);
    model.apply(Event::JobsRemoved(vec![JobId(0)]));
    assert_eq!((model.view.selected_count(), model.view.cursor()), (9, None));
}

#[test]
fn a_persons_retry_starts_over() {
    let mut model = model(1);
    start(&mut model, 0, 0, 10);
    let failure = Failure::new(ErrorKind::Http, "404");
    finish(&mut model, 0, 0, TaskResult::Failed { failure: failure.clone(), will_retry: false }, 20);
    model.apply(report(0, Outcome::Failed(failure)));
    model.apply(changed(0, JobState::Queued, 0));
    let row = model.row(JobId(0)).expect("the row");
    assert_eq!((row.bucket(), row.failure.is_none(), row.outcome.is_none()), (Bucket::Queued, true, true));
    assert_eq!(row.state_word(), "Queued");
}

#[test]
fn progress_of_a_row_that_does_not_run_is_ignored() {
    let mut model = model(2);
    start(&mut model, 0, 0, 10);
    let progress = Progress { done: 50, total: Some(200) };
    model.tick(Moment(1_000_000));
    model.advance([(JobId(0), progress), (JobId(1), progress), (JobId(77), progress)]);
    assert_eq!(model.row(JobId(0)).map(Row::share), Some(0.125));
    assert_eq!(model.row(JobId(1)).map(Row::share), Some(0.0));
}

#[test]
fn spans_name_the_lane_they_ran_on() {
    let mut model = model(2);
    start(&mut model, 0, 0, 10);
    finish(&mut model, 0, 0, done("x.png"), 20);
    let track = model.tracks.get(LaneId(1)).expect("the lane");
    assert_eq!(track.spans.len(), 1);
    assert_eq!((track.spans[0].end, track.spans[0].how), (Moment(20), SpanEnd::Done));
    assert_eq!(&*track.spans[0].label, "picture-0");
    assert!((track.spans[0].compute_share - 0.4).abs() < 1e-6);
}

#[test]
fn the_stage_of_a_job_is_the_engines() {
    let mut model = model(2);
    // Taken up again from an earlier run: its download is done already.
    model.apply(changed(0, JobState::Queued, 1));
    assert_eq!(model.row(JobId(0)).map(Row::bucket), Some(Bucket::Fetched));
    start(&mut model, 0, 1, 10);
    let again = TaskResult::Failed { failure: Failure::new(ErrorKind::Crashed, "killed"), will_retry: true };
    finish(&mut model, 0, 1, again, 20);
    model.apply(changed(0, JobState::Queued, 1));
    assert_eq!(model.row(JobId(0)).map(Row::bucket), Some(Bucket::Fetched), "it is not downloaded anew");
    assert_eq!(model.row(JobId(0)).map(Row::state_word), Some("Retrying"));
}

#[test]
fn a_job_that_is_to_stop_says_so_until_it_has() {
    let mut model = model(1);
    start(&mut model, 0, 0, 10);
    let stopping = |state| Event::JobChanged { job: JobId(0), state, stage: 0, paused: false, stopping: true };
    model.apply(stopping(JobState::Running));
    assert_eq!(model.row(JobId(0)).map(Row::state_word), Some("Stopping…"));
    finish(&mut model, 0, 0, TaskResult::Cancelled, 20);
    model.apply(report(0, Outcome::Cancelled));
    assert_eq!(model.row(JobId(0)).map(Row::state_word), Some("Cancelled"));
}

#[test]
fn a_row_knows_what_keeps_its_worker_apart() {
    let mut model = model(2);
    start(&mut model, 0, 0, 10);
    assert_eq!(model.row(JobId(0)).and_then(|row| row.posture), Some(Posture::THREAD));
    let (executor, pool) = (ExecutorKind::Processes, Some(Pool::Mill));
    model.apply(Event::LaneOpened(Lane { id: LaneId(2), executor, pool, number: 1 }));
    let attempt = AttemptId { job: JobId(1), number: 1 };
    let (stage, pool) = (0, Pool::Fetch);
    model.apply(Event::TaskStarted { attempt, stage, pool, lane: LaneId(2), at: Moment(20) });
    assert_eq!(model.row(JobId(1)).and_then(|row| row.posture), None, "the worker has not come up yet");
    let posture = Posture::process(Confinement::Network, InForce::default());
    model.apply(Event::WorkerStarted { lane: LaneId(2), pid: 77, posture, start_us: 9000 });
    let row = model.row(JobId(1)).expect("the row");
    assert_eq!((row.pid, row.posture), (Some(77), Some(posture)));
    // A panic costs no worker, and the next attempt may begin before another worker is up.
    for pid in [Some(77), None] {
        let failure = Failure::new(ErrorKind::Crashed, "it");
        let (result, timing) =
            (TaskResult::Failed { failure, will_retry: true }, Timing { wall_us: 1000, cpu_us: 400 });
        model.apply(Event::TaskFinished { attempt, lane: LaneId(2), result, timing, at: Moment(40) });
        if pid.is_none() {
            model.apply(Event::WorkerLost(LaneId(2)));
        }
        model.apply(Event::TaskStarted { attempt, stage, pool, lane: LaneId(2), at: Moment(50) });
        assert_eq!(model.row(JobId(1)).and_then(|row| row.pid), pid);
    }
}

#[test]
fn the_advice_comes_from_finished_attempts() {
    let mut model = model(1);
    assert_eq!(model.advice(Pool::Fetch), None);
    start(&mut model, 0, 0, 10);
    assert_eq!(model.advice(Pool::Fetch), None, "nothing is measured yet");
    finish(&mut model, 0, 0, done("a.png"), 20);
    assert!(model.advice(Pool::Fetch).is_some_and(|words| words.starts_with("Downloads computed 40 %")));
    assert_eq!(model.advice(Pool::Mill), None);
}

#[test]
fn what_follows_from_changed_rows_is_listed_now_and_then() {
    let mut model = model(500);
    model.view.set_order(Some(Order { by: Column::Progress, descending: true }));
    model.tick(Moment(10));
    assert_eq!(model.view.shown()[0], JobId(0), "what a person wants is there at once");
    start(&mut model, 7, 0, 20);
    model.advance([(JobId(7), Progress { done: 50, total: Some(100) })]);
    model.tick(Moment(30));
    assert_eq!(model.view.shown()[0], JobId(0), "no list for every message");
    model.tick(Moment(5030));
    assert_eq!(model.view.shown()[0], JobId(7), "but soon");
}

#[test]
fn a_list_of_many_rows_is_made_elsewhere_and_the_old_one_stays_until_then() {
    let count = AT_ONCE as u32 + 500;
    let mut model = model(count);
    let serve = |model: &mut Model, took: Duration| {
        let ask = model.take_ask().expect("a list is due");
        let listing = arrange(&ask);
        model.arranged(listing, took);
    };
    model.search("picture-7");
    model.tick(Moment(10));
    assert!(model.view.is_looking() && model.view.shown().len() == count as usize);
    let ask = model.take_ask().expect("a list is due");
    // Meanwhile a row comes to its end and another comes in.
    model.apply(report(7, Outcome::Cancelled));
    model.apply(Event::JobsQueued { id: BatchId(1), first: JobId(count), batch: batch(8, None) });
    model.tick(Moment(20));
    assert!(model.take_ask().is_none(), "one at a time");
    let listing = arrange(&ask);
    model.arranged(listing, Duration::from_millis(50));
    let found = (0..count).filter(|id| id.to_string().starts_with('7')).count();
    assert_eq!(model.view.shown().len(), found);
    model.tick(Moment(30));
    serve(&mut model, Duration::from_millis(50));
    assert_eq!(model.view.shown().len(), found + 1, "the one that came in meanwhile");
    assert!(!model.view.is_looking());
    // Making lists takes no more than a tenth of the time.
    model.view.set_filter(Filter::Active);
    model.tick(Moment(40));
    serve(&mut model, Duration::from_secs(1));
    start(&mut model, 70, 0, 50);
    model.tick(Moment(9_000_000));
    assert!(model.take_ask().is_none());
    model.tick(Moment(11_000_000));
    serve(&mut model, Duration::ZERO);
    assert_eq!(model.view.shown(), [JobId(70)]);
}

#[test]
fn a_job_that_is_tried_again_stands_in_its_old_place() {
    let mut model = model(3);
    let last = crate::model::Place { priority: 0, rank: crate::model::Place::usual(JobId(9)).rank };
    model.apply(Event::JobsMoved(vec![(JobId(0), last)]));
    model.tick(Moment(10));
    assert_eq!(model.view.shown(), [JobId(1), JobId(2), JobId(0)]);
    model.apply(report(0, Outcome::Cancelled));
    model.apply(changed(0, JobState::Queued, 0));
    model.tick(Moment(1_000_000));
    assert_eq!(model.view.shown(), [JobId(0), JobId(1), JobId(2)]);
}

#[test]
fn numbers_of_rows_change_four_times_a_second_by_turns() {
    let mut model = Model::new(Mode::Mixed, LaneCounts { fetch: 8, mill: 1 });
    let (executor, pool) = (ExecutorKind::Threads, Some(Pool::Fetch));
    for lane in 1..=8 {
        model.apply(Event::LaneOpened(Lane { id: LaneId(lane), executor, pool, number: 1 }));
    }
    model.apply(Event::JobsQueued { id: BatchId(0), first: JobId(0), batch: batch(8, None) });
    for job in 0..8 {
        let (attempt, lane) = (AttemptId { job: JobId(job), number: 1 }, LaneId(job + 1));
        model.apply(Event::TaskStarted { attempt, stage: 0, pool: Pool::Fetch, lane, at: Moment(0) });
    }
    let mut changes = [0; 8];
    let mut most = 0;
    for turn in 1..=60_u64 {
        let rates = |model: &Model| (0..8).map(|job| model.row(JobId(job)).map(Row::rate)).collect::<Vec<_>>();
        let before = rates(&model);
        let progress = Progress { done: turn * turn * 1000, total: Some(1 << 30) };
        model.advance((0..8).map(|job| (JobId(job), progress)));
        model.tick(Moment(turn * 50_000));
        let now = rates(&model);
        let changed: Vec<usize> = (0..8).filter(|job| before[*job] != now[*job]).collect();
        most = most.max(changed.len());
        // The last second.
        changed.into_iter().filter(|_| turn > 40).for_each(|job| changes[job] += 1);
    }
    assert_eq!((changes, most), ([4; 8], 2));
}
