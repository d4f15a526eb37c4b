//! The Lab in the window: comparisons that really run, started and stopped by their controls.

use super::*;
use std::time::{Duration, Instant};

/// How long a comparison may take on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_mins(2);

impl Stage {
    /// With workers that are real processes.
    fn for_lab(width: f32, height: f32) -> Stage {
        let output = tempfile::tempdir().expect("a folder");
        let mut stage = Stage::with(width, height, |options| {
            options.engine.worker_program = PathBuf::from(env!("CARGO_BIN_EXE_millrace"));
            options.output_dir = Some(output.keep());
        });
        stage.click("Lab");
        stage
    }

    /// A control that is called exactly this.
    fn press(&mut self, name: &str) {
        self.harness.get_by_label(name).click_accesskit();
        self.settle();
    }

    fn is_there(&self, name: &str) -> bool {
        self.harness.query_by_label(name).is_some()
    }

    fn type_over(&mut self, name: &str, text: &str) {
        self.harness.get_by_label(name).focus();
        self.settle();
        self.key(Modifiers::COMMAND, Key::A);
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.settle();
    }

    fn wait_long(&mut self, what: &str, mut reached: impl FnMut(&mut Stage) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !reached(self) {
            assert!(Instant::now() < deadline, "never: {what}");
            std::thread::sleep(Duration::from_millis(20));
            self.settle();
        }
    }

    /// The names of all controls, and whether each has one.
    fn audit(&self) -> usize {
        let is_private = |c: char| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}');
        let controls = self.harness.query_all_by(|node| {
            matches!(node.role(), Role::Button | Role::RadioButton | Role::TextInput | Role::CheckBox | Role::ComboBox)
        });
        let mut count = 0;
        for control in controls {
            let label = control.accesskit_node().label().unwrap_or_default();
            assert!(!label.trim().is_empty(), "a {:?} has no name", control.accesskit_node().role());
            assert!(!label.contains(is_private), "an icon is the name of a {label:?}");
            count += 1;
        }
        count
    }
}

#[test]
fn two_clicks_lead_to_a_finished_comparison_of_all_modes() {
    let mut stage = Stage::for_lab(1200.0, 800.0);
    stage.click("Squares: ");
    stage.press("Run");
    stage.wait_long("the report", |stage| stage.told("Advice: "));
    for mode in ["Serial × 1", "Threads × ", "Threads + interpreter lock × ", "Processes × "] {
        assert!(stage.has(&format!("Measured, {mode}")), "{mode} has a line of the table");
        assert!(stage.has(&format!("Lanes of {mode}")), "{mode} has its lanes");
    }
    assert!(stage.told("The results were the same in every run."));
    assert!(stage.has("Speed-up by workers: Serial with 1: 1.00 times"));
    assert!(stage.told("500 → 250000") || stage.told("24 → 576"), "the results are there");
    assert!(!stage.is_there("Stop") && stage.has("Export as CSV"));
    assert_eq!(stage.sent(), [], "the queue was left alone");
    assert!(stage.audit() > 15);
    // The results stay, and the queue is one click away.
    stage.click("Lab");
    assert!(stage.has("Choose files…"));
    stage.click("Lab");
    assert!(stage.told("Advice: "));
    stage.click("Back to the examples");
    assert!(stage.has("Freeze: "));
}

#[test]
fn a_comparison_is_stopped_and_says_so() {
    let mut stage = Stage::for_lab(1200.0, 800.0);
    stage.press("Run sleep");
    stage.wait_long("a lane at work", |stage| stage.has("Lanes of Serial × 1"));
    assert!(stage.told("Under way: Serial × 1, run 1 of 2"));
    stage.press("Stop");
    stage.wait_long("its end", |stage| stage.told("Stopped. What was measured until then stays below."));
    assert!(stage.is_there("Run") && !stage.is_there("Stop"));
}

#[test]
fn what_makes_no_sense_is_said_at_its_field() {
    let mut stage = Stage::for_lab(1200.0, 800.0);
    stage.click("Primes: ");
    stage.type_over("Workers", "1, 99");
    assert!(stage.told("99 workers are not possible; choose 1 to 64"));
    stage.press("Run");
    assert!(stage.told("Workers: 99 workers are not possible"), "and when it is to run");
    assert!(!stage.is_there("Stop"));
    stage.type_over("Workers", "1,2");
    assert!(stage.told("Run starts 7 kinds of runs"));
    for mode in ["Serial", "Threads", "Threads + interpreter lock", "Processes"] {
        stage.press(&format!("Mode: {mode}"));
    }
    assert!(stage.told("Choose at least one mode"));
    stage.press("Take back what was typed");
    assert!(!stage.told("Choose at least one mode"));
}

#[test]
fn figures_are_exported_into_the_output_folder() {
    let mut stage = Stage::for_lab(1200.0, 800.0);
    stage.click("Counter: ");
    stage.type_over("Additions of each task", "2000");
    stage.type_over("Runs of each", "1");
    stage.press("Run");
    stage.wait_long("the report", |stage| stage.told("Advice: "));
    assert!(stage.told("expected 8000, found "));
    for what in ["CSV", "JSON", "Trace"] {
        stage.press(&format!("Export as {what}"));
    }
    stage.wait_long("three files", |stage| stage.told("millrace-lab-counter.trace.json"));
    let folder = stage.output_dir();
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect(name);
    let csv = text("millrace-lab-counter.csv");
    assert!(csv.starts_with("side,workload,mode") && csv.lines().count() == 1 + 4 * 3, "{csv}");
    let runs: serde_json::Value = serde_json::from_str(&text("millrace-lab-counter.json")).expect("JSON");
    let runs = runs.as_array().expect("a list");
    assert_eq!((runs.len(), &runs[12]["event"]), (13, &"lab_finished".into()));
    let trace: serde_json::Value = serde_json::from_str(&text("millrace-lab-counter.trace.json")).expect("JSON");
    assert!(trace["traceEvents"].as_array().is_some_and(|events| events.len() > 12));
    std::fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn the_window_freezes_only_after_a_question_and_shows_its_frames() {
    let mut stage = Stage::for_lab(1200.0, 800.0);
    stage.click("Freeze: ");
    stage.type_over("Frozen for seconds", "0.4");
    for mode in ["Threads + interpreter lock", "Processes"] {
        stage.press(&format!("Mode: {mode}"));
    }
    stage.press("Run");
    assert!(stage.told("For 0.4 s this window will not move"));
    stage.press("Leave the window alone");
    assert!(!stage.is_there("Stop"), "nothing ran");
    stage.press("Run");
    stage.press("Freeze the window");
    let longest = std::cell::Cell::new(Duration::ZERO);
    stage.wait_long("the report", |stage| {
        let began = Instant::now();
        stage.harness.run_steps(1);
        longest.set(longest.get().max(began.elapsed()));
        stage.told("Advice: ")
    });
    assert!(stage.told("This window showed nothing new for "));
    assert!(stage.told("With the same work on lanes the longest gap was "));
    assert!(stage.has("Measured, Serial × 1") && stage.has("Measured, Threads × 2"));
}

#[test]
fn keys_of_the_queue_rest_while_the_lab_is_in_its_place() {
    let mut stage = busy_stage();
    stage.click("picture-0.png");
    stage.sent();
    stage.key(Modifiers::COMMAND, Key::L);
    assert!(stage.has("Primes: "));
    for key in [Key::Delete, Key::Space, Key::ArrowDown, Key::Enter] {
        assert_eq!(stage.key(Modifiers::NONE, key), [], "{key:?}");
    }
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.has("picture-0.png"), "Escape leads back");
    stage.key(Modifiers::NONE, Key::Delete);
    assert!(stage.has("1 file removed"));
}

#[test]
fn escape_leaves_a_field_before_it_leaves_the_example() {
    let mut stage = Stage::for_lab(1200.0, 800.0);
    stage.click("Sleep: ");
    stage.type_over("Waits in seconds", "2, 1");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.is_there("Waits in seconds"), "the field gave up the keyboard, and no more");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.has("Sleep: Waits of 3, 2 and 1 s"));
}

#[test]
fn results_are_scrolled_by_the_keyboard() {
    let mut stage = Stage::for_lab(900.0, 600.0);
    stage.click("Print: ");
    stage.press("Run");
    stage.wait_long("the report", |stage| stage.told("Advice: "));
    let top = |stage: &Stage| stage.harness.get_by(|node| starts(node.value(), "Lanes of Serial")).rect().top();
    let before = top(&stage);
    stage.key(Modifiers::NONE, Key::PageDown);
    stage.harness.run_steps(30);
    assert!(top(&stage) < before - 50.0, "{before} to {}", top(&stage));
    stage.key(Modifiers::NONE, Key::Home);
    stage.harness.run_steps(30);
    assert!((top(&stage) - before).abs() < 1.0);
}

#[test]
fn every_control_of_the_lab_is_named_and_in_sight_in_a_small_window() {
    for (width, height) in [(1200.0, 800.0), (900.0, 600.0), (720.0, 480.0)] {
        let mut stage = Stage::for_lab(width, height);
        assert!(stage.audit() > 20, "all cards");
        for name in ["Lab", "Back to the queue", "Print: ", "Run print"] {
            stage.in_sight(name, width, height);
        }
        for workload in ["Print", "Sleep", "Primes", "Fetch", "Crash", "Freeze"] {
            stage.harness.get_by(|node| starts(node.label(), &format!("{workload}: "))).click_accesskit();
            stage.settle();
            assert!(stage.audit() > 10);
            for name in ["Back to the examples", "Mode: Serial", "Workers"] {
                stage.in_sight(name, width, height);
            }
            stage.click("Back to the examples");
        }
    }
}

fn starts(text: Option<String>, name: &str) -> bool {
    text.is_some_and(|text| text.starts_with(name))
}

impl Stage {
    fn in_sight(&self, name: &str, width: f32, height: f32) {
        let rect = self.harness.get_by(|node| starts(node.label(), name)).rect();
        let inside = rect.min.x >= 0.0 && rect.max.x <= width && rect.max.y <= height && rect.width() > 10.0;
        assert!(inside, "{width}×{height}: {name} is at {rect:?}");
    }

    fn output_dir(&self) -> PathBuf {
        let node = self.harness.get_by(|node| starts(node.label(), "Output folder… "));
        let label = node.accesskit_node().label().unwrap_or_default();
        PathBuf::from(label.trim_start_matches("Output folder… "))
    }
}
