//! Pictures of the window, held against those that are kept in tests/snapshots: empty, at work, failed, finished, in the
//! dark and in the light, at twice the size, and with names in other scripts. `UPDATE_SNAPSHOTS=1` writes them anew.

use super::{Stage, failed, lanes, queued, started};
use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{FontData, FontFamily, Key, Modifiers};
use egui_kittest::SnapshotOptions;
use millrace::model::message::TaskResult;
use millrace::model::{AttemptId, Event, JobId, JobReport, LaneId, Made, Moment, Outcome, Pool, Timing};
use millrace::store::Settings;
use millrace::store::settings::{HintsSeen, Look, ThemeChoice};
use std::path::PathBuf;

const NOW: Moment = Moment(12_000_000);

/// A few glyphs of Noto Sans CJK, for the names below.
const CJK: &[u8] = include_bytes!("../snapshots/cjk.otf");

/// A window of this size in points, whose time stands still.
fn stage(width: f32, height: f32, settings: Settings) -> Stage {
    let kept = Settings { hints: HintsSeen::ALL, output_dir: Some("/pictures/millrace".into()), ..settings };
    Stage::held_at(NOW, width, height, |options| {
        options.output_dir = None;
        kept.save(&options.state_dir).expect("saved");
    })
}

fn dark() -> Settings {
    Settings { theme: ThemeChoice::Dark, ..Settings::default() }
}

fn light() -> Settings {
    Settings { theme: ThemeChoice::Light, ..Settings::default() }
}

fn done(job: u32, lane: u32, from: u64, to: u64) -> [Event; 3] {
    let attempt = AttemptId { job: JobId(job), number: 1 };
    let timing = Timing { wall_us: to - from, cpu_us: (to - from) / 8 };
    let path = PathBuf::from(format!("/pictures/millrace/picture-{job}.jpg"));
    let outcome = Outcome::Done(Made::of([path.clone()]).expect("a file"));
    let Event::JobFinished(report) = failed(job).into_iter().nth(1).expect("a report") else { panic!() };
    let size = (3840, 2160);
    let report = JobReport {
        outcome,
        bytes_in: 4_200_000 + u64::from(job) * 130_000,
        bytes_out: 610_000 + u64::from(job) * 9_000,
        size_in: Some(size),
        size_out: Some((1920, 1080)),
        timing,
        ..*report
    };
    let result = TaskResult::Done { name: format!("picture-{job}.jpg"), bytes_in: 4_200_000, bytes_out: 610_000 };
    let (lane, pool) = (LaneId(lane), Pool::Mill);
    [
        Event::TaskStarted { attempt, stage: 0, pool, lane, at: Moment(from) },
        Event::TaskFinished { attempt, lane, result, timing, at: Moment(to) },
        Event::JobFinished(Box::new(report)),
    ]
}

/// Some done, one failed, some at work, many waiting.
fn at_work(stage: &mut Stage) {
    stage.tell(lanes());
    stage.tell([queued(24), started(0)]);
    stage.tell(failed(0));
    for (job, from) in [(1, 2_000_000), (2, 4_500_000), (3, 7_000_000)] {
        stage.tell(done(job, 2, from, from + 2_200_000));
    }
    stage.tell([started(4)]);
}

fn all_done(stage: &mut Stage) {
    stage.tell(lanes());
    stage.tell([queued(3)]);
    for (job, from) in [(0, 2_000_000), (1, 4_500_000), (2, 7_000_000)] {
        stage.tell(done(job, 2, from, from + 2_200_000));
    }
}

#[track_caller]
fn check(stage: &mut Stage, name: &str) {
    stage.settle();
    // A letter more or less is seen; how a machine rounds is not.
    let options = SnapshotOptions::new().threshold(0.6).max_failed_pixels(40);
    stage.harness.snapshot_options(name, &options);
}

#[test]
fn the_empty_window_in_the_dark() {
    check(&mut stage(1200.0, 800.0, dark()), "empty-dark");
}

#[test]
fn the_empty_window_in_the_light_and_small() {
    check(&mut stage(900.0, 600.0, light()), "empty-light-900");
}

#[test]
fn the_window_at_work_in_the_dark() {
    let mut stage = stage(1200.0, 800.0, dark());
    at_work(&mut stage);
    stage.click("picture-2.jpg");
    check(&mut stage, "at-work-dark");
}

#[test]
fn the_window_at_work_in_the_light() {
    let mut stage = stage(1200.0, 800.0, light());
    at_work(&mut stage);
    stage.click("picture-2.jpg");
    check(&mut stage, "at-work-light");
}

#[test]
fn the_window_at_work_and_small() {
    let mut stage = stage(900.0, 600.0, dark());
    at_work(&mut stage);
    check(&mut stage, "at-work-dark-900");
}

#[test]
fn what_failed() {
    let mut stage = stage(1200.0, 800.0, light());
    at_work(&mut stage);
    stage.click("picture-0.png");
    check(&mut stage, "failed-light");
}

#[test]
fn the_finished_batch() {
    let mut stage = stage(1200.0, 800.0, dark());
    all_done(&mut stage);
    check(&mut stage, "finished-dark");
}

#[test]
fn text_at_twice_the_size() {
    let look = Look { text_percent: 200, ..Look::default() };
    // The harness counts in points of the usual size.
    let mut stage = stage(1200.0, 800.0, Settings { look, ..dark() });
    at_work(&mut stage);
    check(&mut stage, "at-work-dark-200-percent");
}

#[test]
fn names_in_other_scripts() {
    let mut stage = stage(1200.0, 800.0, light());
    let family = |family| InsertFontFamily { family, priority: FontPriority::Lowest };
    let families =
        [FontFamily::Proportional, FontFamily::Monospace, FontFamily::Name("inter-medium".into())].map(family);
    stage.harness.ctx.add_font(FontInsert::new("cjk", FontData::from_static(CJK), families.to_vec()));
    stage.settle();
    stage.tell(lanes());
    let names = ["市場の朝・京都.jpg", "한국어사진.png", "中文图片.webp", "写真集 日本語.jpg", "Ålesund – ñandú.jpg"];
    stage.tell([super::queued_links(names.map(|name| format!("http://host.example/{name}")).into_iter())]);
    check(&mut stage, "other-scripts-light");
}

#[test]
fn the_settings() {
    let mut stage = stage(1200.0, 800.0, dark());
    at_work(&mut stage);
    stage.key(Modifiers::COMMAND, Key::Comma);
    check(&mut stage, "settings-dark");
}

#[test]
fn the_palette() {
    let mut stage = stage(1200.0, 800.0, dark());
    at_work(&mut stage);
    stage.key(Modifiers::COMMAND, Key::K);
    check(&mut stage, "palette-dark");
}
