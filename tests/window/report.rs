//! The report of a batch: offered at its end, opened, copied, saved, and what failed in it tried again.

use super::*;

/// A job that is done at once.
fn done(job: u32) -> [Event; 2] {
    let attempt = AttemptId { job: JobId(job), number: 1 };
    let name = format!("picture-{job}.png");
    let (lane, timing, at) = (LaneId(1), Timing { wall_us: 900_000, cpu_us: 100_000 }, Moment(1_000_000));
    let result = TaskResult::Done { name, bytes_in: 1000, bytes_out: 100 };
    let outcome = Outcome::Done(PathBuf::from("/tmp/out/picture.png").into());
    let report = JobReport {
        mode: Some(Mode::Threads),
        lane: Some("T1".to_owned()),
        bytes_in: 1000,
        bytes_out: 100,
        timing,
        ..JobReport::new(JobId(job), outcome)
    };
    [Event::TaskFinished { attempt, lane, result, timing, at }, Event::JobFinished(Box::new(report))]
}

/// Two jobs done and one failed.
fn ended(width: f32, height: f32, output: Option<PathBuf>) -> Stage {
    let mut stage = Stage::with(width, height, |options| {
        options.output_dir = output.or(options.output_dir.take());
    });
    stage.tell(lanes());
    stage.tell([queued(3), started(0), started(1), started(2)]);
    stage.tell(failed(0));
    stage.tell(done(1));
    assert!(!stage.has("Report of this batch"), "not before the end");
    stage.tell(done(2));
    stage
}

#[test]
fn the_end_of_a_batch_offers_its_report_and_takes_no_screen() {
    let mut stage = ended(1200.0, 800.0, None);
    assert!(stage.told("2 of 3 done in ") && stage.told(", 1 failed"));
    assert!(stage.has("Search"), "the queue stays in sight");
    assert!(!stage.has("Close report"));
    stage.click("Close this message");
    assert!(!stage.has("Report of this batch"));
    assert!(stage.has("Report of the last batch"), "it can still be had");
    stage.click("Report of the last batch");
    assert!(stage.has("Close report"));
}

#[test]
fn the_sheet_tells_figures_reasons_slowest_and_places() {
    for (width, height) in [(1200.0, 800.0), (900.0, 600.0), (720.0, 480.0)] {
        let mut stage = ended(width, height, None);
        stage.click("Report of this batch");
        for words in
            ["Done, 2 of 3", "Time, ", "Saved, ", "What failed", "1 ×, The server answered 404", "The slowest files"]
        {
            assert!(stage.told(words), "{words} at {width}x{height}");
        }
        assert!(stage.told("Threads, download, 3 attempts"));
        for name in ["Retry failed", "Copy report", "Save report…", "Close report"] {
            assert!(stage.has(name), "{name}");
        }
        // The queue behind it gets no keys.
        for key in [Key::ArrowDown, Key::Space, Key::Delete] {
            assert!(stage.key(Modifiers::NONE, key).is_empty(), "{key:?}");
        }
        stage.key(Modifiers::NONE, Key::Escape);
        assert!(!stage.has("Close report"), "Escape closes it");
    }
}

#[test]
fn what_failed_is_tried_again_and_leaves_the_report() {
    let mut stage = ended(1200.0, 800.0, None);
    assert_eq!(stage.click("Retry failed"), [Command::Retry(Selection::Jobs(vec![JobId(0)]))]);
    let (job, state) = (JobId(0), JobState::Queued);
    stage.tell([Event::JobChanged { job, state, stage: 0, paused: false, stopping: false }]);
    assert!(!stage.has("Report of this batch"), "work goes on");
    stage.tell([started(0)]);
    stage.tell(done(0));
    assert!(stage.told("3 of 3 done in "));
}

#[test]
fn the_report_is_copied_as_text() {
    let mut stage = ended(1200.0, 800.0, None);
    stage.click("Report of this batch");
    stage.harness.get_by_label("Copy report").click();
    stage.harness.step();
    let copied = stage.harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.or_else(|| {
        stage.harness.step();
        stage.harness.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    });
    let text = copied.expect("something is on the clipboard");
    assert!(text.starts_with("# 2 of 3 done in ") && text.contains("## What failed"), "{text}");
}

#[test]
fn the_report_is_saved_without_a_dialog_under_a_free_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = ended(1200.0, 800.0, Some(folder.path().join("new")));
    stage.click("Report of this batch");
    for name in ["millrace-report.html", "millrace-report-2.html"] {
        let path = folder.path().join("new").join(name);
        stage.click("Save report…");
        stage.wait_for("the file", |_| path.is_file());
        let page = std::fs::read_to_string(&path).expect("a page");
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
        assert!(page.contains("<svg") && page.contains("2 of 3 done"));
        stage.wait_for("the news", |stage| stage.told("Report saved as "));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a file");
    std::fs::write(&file, "x").expect("written");
    let mut stage = ended(1200.0, 800.0, Some(file));
    stage.click("Report of this batch");
    stage.click("Save report…");
    stage.wait_for("the sentence", |stage| stage.told("Cannot make the folder"));
}
