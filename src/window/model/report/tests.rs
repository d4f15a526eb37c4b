//! What the report of a batch comes to.

use super::*;
use crate::model::message::TaskResult;
use crate::model::task::NonPictures;
use crate::model::{
    AttemptId, Batch, BatchId, BatchOptions, Event, JobReport, JobSpec, Lane, LaneCounts, LaneId, Mode, Moment,
    Outcome, Recipe,
};
use crate::window::model::Model;
use std::path::PathBuf;
use std::sync::Arc;

fn model(links: &[&str]) -> Model {
    let mut model = Model::new(Mode::Mixed, LaneCounts { fetch: 2, mill: 1 });
    let pool = Some(Pool::Fetch);
    model.apply(Event::LaneOpened(Lane { id: LaneId(1), executor: ExecutorKind::Threads, pool, number: 1 }));
    queue(&mut model, 0, links);
    model
}

fn queue(model: &mut Model, first: u32, links: &[&str]) {
    let options = Arc::new(BatchOptions {
        recipe: Some(Arc::new(Recipe::same_size())),
        non_pictures: NonPictures::Keep,
        retries: 2,
        ..BatchOptions::to("/out")
    });
    let jobs = links.iter().map(|url| JobSpec::link(*url, url, None)).collect();
    let batch = Arc::new(Batch { options, jobs });
    model.apply(Event::JobsQueued { id: BatchId(first), first: JobId(first), batch });
}

/// Runs a job from `start` to `end` milliseconds. `None` is done.
fn run(model: &mut Model, job: u32, (start, end): (u64, u64), failure: Option<Failure>) {
    let attempt = AttemptId { job: JobId(job), number: 1 };
    let (lane, pool) = (LaneId(1), Pool::Fetch);
    model.apply(Event::TaskStarted { attempt, stage: 0, pool, lane, at: Moment(start * 1000) });
    let timing = Timing { wall_us: (end - start) * 1000, cpu_us: 100 };
    let (result, outcome) = match failure {
        None => {
            let result = TaskResult::Done { name: String::new(), bytes_in: 1000, bytes_out: 1000 };
            (result, Outcome::Done(PathBuf::from("/out/a.jpg").into()))
        }
        Some(failure) => (TaskResult::Failed { failure: failure.clone(), will_retry: false }, Outcome::Failed(failure)),
    };
    model.apply(Event::TaskFinished { attempt, lane, result, timing, at: Moment(end * 1000) });
    finish(model, job, outcome);
}

fn finish(model: &mut Model, job: u32, outcome: Outcome) {
    model.apply(Event::JobFinished(Box::new(JobReport {
        mode: Some(Mode::Threads),
        lane: Some("T1".to_owned()),
        bytes_in: 1000,
        bytes_out: 250,
        ..JobReport::new(JobId(job), outcome)
    })));
}

fn retry(model: &mut Model, job: u32) {
    let (state, stage) = (JobState::Queued, 0);
    model.apply(Event::JobChanged { job: JobId(job), state, stage, paused: false, stopping: false });
}

fn not_found(url: &str) -> Failure {
    Failure::new(ErrorKind::Http, format!("The server answered 404 Not Found for {url}"))
}

const LINKS: [&str; 4] =
    ["http://h.example/a.png", "http://h.example/b.png", "http://h.example/c.png", "http://o/d.png"];

#[test]
fn a_report_comes_with_the_last_job_and_not_before() {
    let mut model = model(&LINKS[..2]);
    run(&mut model, 0, (0, 400), None);
    assert_eq!(model.report, None);
    run(&mut model, 1, (400, 1000), None);
    let report = model.report.clone().expect("a report");
    assert_eq!((report.done, report.failed, report.cancelled, report.jobs()), (2, 0, 0, 2));
    assert_eq!((report.bytes_in, report.bytes_out, report.converted_in, report.converted_out), (2000, 500, 2000, 500));
    assert_eq!((report.wall, report.computed()), (Duration::from_secs(1), Duration::from_micros(200)));
    assert_eq!(report.work.len(), 1);
    assert_eq!((report.work[0].executor, report.work[0].attempts), (ExecutorKind::Threads, 2));
    assert_eq!(report.slowest.iter().map(|slow| slow.name.as_str()).collect::<Vec<_>>(), ["b.png", "a.png"]);
    let lanes: Vec<_> = report.picture.lanes.iter().map(|lane| (lane.label.as_str(), lane.blocks.len())).collect();
    assert_eq!(lanes, [("T1", 2)]);
}

#[test]
fn one_job_alone_needs_no_report() {
    let mut model = model(&LINKS[..1]);
    run(&mut model, 0, (0, 400), None);
    assert_eq!(model.report, None);
}

#[test]
fn failures_are_grouped_by_what_they_have_in_common() {
    let mut model = model(&LINKS);
    for (job, url) in LINKS[..3].iter().enumerate() {
        run(&mut model, job as u32, (0, 10), Some(not_found(url)));
    }
    run(&mut model, 3, (10, 20), Some(Failure::new(ErrorKind::Timeout, "d.png took more than 30 s")));
    let report = model.report.clone().expect("a report");
    let reasons: Vec<_> = report.reasons.iter().map(|reason| (reason.count, reason.sentence.as_str())).collect();
    assert_eq!(reasons, [(3, "The server answered 404 Not Found for …"), (1, "… took more than 30 s")]);
    assert_eq!(report.reasons[0].names, ["a.png", "b.png", "c.png"]);
    assert_eq!(report.failed, 4);
}

#[test]
fn a_name_within_a_longer_word_stays() {
    assert_eq!(cut_out("Cannot read a: a damaged a", "a"), "Cannot read …: … damaged …");
    assert_eq!(cut_out("damaged data", "a"), "damaged data");
    assert_eq!(cut_out("ünd ü", "ü"), "ünd …");
}

#[test]
fn what_is_tried_again_is_counted_once_and_the_rest_between_is_no_time_of_work() {
    let mut model = model(&LINKS[..3]);
    run(&mut model, 0, (0, 1000), None);
    run(&mut model, 1, (1000, 2000), Some(not_found(LINKS[1])));
    finish(&mut model, 2, Outcome::Cancelled);
    let report = model.report.clone().expect("a report");
    assert_eq!((report.done, report.failed, report.cancelled), (1, 1, 1));
    // An hour later somebody tries it again.
    model.tick(Moment(3_600_000_000));
    retry(&mut model, 1);
    run(&mut model, 1, (3_600_000, 3_600_500), None);
    let again = model.report.clone().expect("a report");
    assert_eq!((again.done, again.failed, again.cancelled), (2, 0, 1));
    assert_eq!(again.wall, Duration::from_millis(2500));
    assert!(again.reasons.is_empty());
    assert!(again.number > report.number);
}

#[test]
fn removed_rows_stay_counted() {
    let mut model = model(&LINKS[..3]);
    run(&mut model, 0, (0, 1000), None);
    model.apply(Event::JobsRemoved(vec![JobId(0)]));
    finish(&mut model, 1, Outcome::Cancelled);
    model.apply(Event::JobsRemoved(vec![JobId(1)]));
    run(&mut model, 2, (1000, 2000), None);
    let report = model.report.clone().expect("a report");
    assert_eq!((report.done, report.cancelled), (2, 1));
}

/// Four done within a second, and three that wait removed for now.
fn with_a_bin() -> Model {
    let mut model = model(&[&LINKS[..], &LINKS[..3]].concat());
    for job in 0..4 {
        run(&mut model, job, (0, 1000), None);
    }
    model.bin(&[JobId(4), JobId(5), JobId(6)]);
    model
}

#[test]
fn removing_many_rows_makes_no_report_for_each() {
    let mut model = with_a_bin();
    model.tick(Moment(11_000_000));
    for job in 4..7 {
        finish(&mut model, job, Outcome::Cancelled);
        model.apply(Event::JobsRemoved(vec![JobId(job)]));
    }
    let report = model.report.clone().expect("all that is left has ended");
    assert_eq!(report.number, 1, "the one that was made when the others had ended");
    assert_eq!((report.done, report.cancelled), (4, 3), "they are counted");
}

#[test]
fn the_bin_being_emptied_changes_no_end() {
    let mut model = with_a_bin();
    let wall = Duration::from_secs(1);
    let told = |model: &Model| model.report.as_ref().map(|report| (report.number, report.wall));
    assert_eq!(told(&model), Some((1, wall)));
    model.tick(Moment(11_000_000));
    // One had begun before it heard that it was to wait.
    run(&mut model, 4, (11_000, 11_100), None);
    finish(&mut model, 5, Outcome::Cancelled);
    finish(&mut model, 6, Outcome::Cancelled);
    model.tick(Moment(12_000_000));
    assert_eq!(told(&model), Some((1, wall)), "a strip that was closed stays closed");
    assert_eq!((model.stretch.ended, model.stretch.elapsed(model.now())), (Some(Moment(1_000_000)), wall));
}

#[test]
fn what_is_taken_out_of_the_bin_goes_on_after_a_rest() {
    let mut model = with_a_bin();
    model.tick(Moment(8_000_000));
    model.unbin(&[JobId(4)]);
    run(&mut model, 4, (8000, 9000), None);
    assert_eq!(model.report.as_ref().map(|report| (report.number, report.wall)), Some((2, Duration::from_secs(2))));
}

#[test]
fn every_stretch_has_its_own_report() {
    let mut model = model(&LINKS[..2]);
    run(&mut model, 0, (0, 10), Some(not_found(LINKS[0])));
    run(&mut model, 1, (10, 20), None);
    queue(&mut model, 2, &LINKS[2..]);
    run(&mut model, 2, (30, 40), None);
    run(&mut model, 3, (40, 50), None);
    let report = model.report.clone().expect("a report");
    assert_eq!((report.done, report.failed, report.stretch), (2, 0, 2));
    // One of the first stretch joins what goes on now.
    retry(&mut model, 0);
    run(&mut model, 0, (60, 70), None);
    assert_eq!(model.report.as_ref().map(|report| (report.done, report.failed)), Some((3, 0)));
}

#[test]
fn reasons_and_names_are_bounded() {
    let links: Vec<String> = (0..400).map(|n| format!("http://h.example/{n}.png")).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let mut model = model(&links);
    for job in 0..400 {
        let failure = Failure::new(ErrorKind::Io, format!("Error number {job} of the disk"));
        run(&mut model, job, (0, 1), Some(failure));
    }
    let report = model.report.clone().expect("a report");
    assert_eq!(report.reasons.len(), REASONS + 1);
    assert_eq!(report.reasons.iter().map(|reason| reason.count).sum::<usize>(), 400);
    assert!(report.reasons.iter().all(|reason| reason.names.len() <= NAMES));
}

#[test]
#[ignore = "measures: run it with --release --nocapture"]
fn the_report_of_a_million_jobs() {
    let links: Vec<String> = (0..1_000_000).map(|n| format!("http://h.example/{n}.png")).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let mut model = model(&links);
    for job in 0..999_999_u32 {
        let failure = job.is_multiple_of(10).then(|| not_found(links[job as usize]));
        run(&mut model, job, (u64::from(job), u64::from(job) + 1), failure);
    }
    let began = std::time::Instant::now();
    run(&mut model, 999_999, (999_999, 1_000_000), None);
    println!("the last job of a million, with the report: {:?}", began.elapsed());
    assert!(model.report.is_some());
}

#[test]
fn what_only_failed_was_not_faster_than_anything() {
    let links = ["http://a.example/1", "http://a.example/2"];
    let mut model = model(&links);
    for job in 0..2 {
        run(&mut model, job, (0, 1000), Some(not_found(links[job as usize])));
    }
    model.tick(Moment(2_000_000));
    let report = model.report.clone().expect("a report");
    assert_eq!((report.failed, report.serial, model.headline.speed_up), (2, None, None));
}
