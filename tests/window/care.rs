//! The command palette, the settings sheet, the size of text, hints, and the question before quitting.

use super::{Stage, busy_stage, failed, lanes, queued, started};
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use millrace::model::{Command, Mode};
use millrace::store::Settings;

fn settings(stage: &Stage) -> Settings {
    Settings::load(stage.state.path()).0
}

#[test]
fn a_command_is_found_by_typing_and_done_by_enter() {
    let mut stage = busy_stage();
    stage.key(Modifiers::COMMAND, Key::K);
    assert!(stage.has("Search commands"));
    stage.harness.event(egui::Event::Text("mode thr".to_owned()));
    stage.settle();
    assert!(stage.has("Mode: Threads") && !stage.has("Mode: Serial"));
    assert_eq!(stage.key(Modifiers::NONE, Key::Enter), [Command::SetMode(Mode::Threads)]);
    assert!(!stage.has("Search commands"), "it closes");
    assert!(stage.key(Modifiers::NONE, Key::Enter).is_empty());
}

#[test]
fn the_palette_has_all_keys_while_it_is_open() {
    let mut stage = busy_stage();
    stage.key(Modifiers::COMMAND, Key::K);
    assert!(stage.key(Modifiers::NONE, Key::Space).is_empty(), "it is typed, and pauses nothing");
    assert!(stage.key(Modifiers::COMMAND, Key::Num1).is_empty());
    assert!(stage.key(Modifiers::NONE, Key::Delete).is_empty());
    stage.harness.event(egui::Event::Text("zzz".to_owned()));
    stage.settle();
    assert!(stage.has("No command matches"));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.has("Search commands"));
    stage.key(Modifiers::COMMAND, Key::K);
    stage.key(Modifiers::NONE, Key::ArrowDown);
    assert_eq!(stage.click("Pause everything").len(), 1);
}

#[test]
fn the_settings_open_by_key_and_a_field_keeps_escape() {
    let mut stage = Stage::new();
    stage.key(Modifiers::COMMAND, Key::Comma);
    assert!(stage.has("Close settings"));
    stage.harness.get_by_label("Speed limit").focus();
    stage.settle();
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.has("Close settings"), "the first leaves the field");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.has("Close settings"));
}

#[test]
fn text_grows_by_keys_and_settings_and_stays_so() {
    let mut stage = Stage::new();
    stage.key(Modifiers::COMMAND, Key::Equals);
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Plus);
    assert!((stage.harness.ctx.zoom_factor() - 1.25).abs() < 0.001);
    stage.key(Modifiers::COMMAND, Key::Minus);
    assert!((stage.harness.ctx.zoom_factor() - 1.1).abs() < 0.001);
    stage.wait_for("it is kept", |stage| settings(stage).look.text_percent == 110);
    stage.key(Modifiers::COMMAND, Key::Num0);
    stage.click("Settings");
    stage.click("Text size 80 %");
    stage.click("Reduced motion");
    stage.click("Tell the desktop when a batch has ended");
    stage.wait_for("all of it is kept", |stage| {
        let kept = settings(stage);
        kept.look.text_percent == 80 && kept.look.reduced_motion && kept.quiet
    });
    assert!(stage.harness.ctx.style_of(egui::Theme::Dark).animation_time.abs() < f32::EPSILON);
}

#[test]
fn hints_come_when_they_are_of_use_and_go_for_good() {
    let mut stage = busy_stage();
    assert!(stage.has("Switch the mode while it runs"));
    let rect_of = |stage: &Stage, name: &str| {
        stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(name))).rect()
    };
    let (hint, lanes, below) =
        (rect_of(&stage, "Got it"), rect_of(&stage, "Worker lanes"), rect_of(&stage, "Shortcuts"));
    assert!(lanes.max.y <= hint.min.y && hint.max.y <= below.min.y, "{lanes:?}, {hint:?}, {below:?}");
    stage.click("Got it");
    assert!(!stage.has("Switch the mode while it runs") && stage.has("What failed stays in the queue"));
    stage.click("No more hints");
    assert!(!stage.has("Got it"));
    stage.wait_for("it is kept", |stage| settings(stage).hints.commands);
}

#[test]
fn nobody_is_shown_hints_where_nobody_watches() {
    let mut stage = Stage::with(1200.0, 800.0, |options| options.exit_when_done = true);
    stage.tell(lanes());
    stage.tell([queued(40), started(0), started(1)]);
    stage.tell(failed(0));
    assert!(!stage.has("Got it"));
}

#[test]
fn where_nothing_can_be_dropped_it_is_said_with_the_way_round() {
    assert!(Stage::new().has("Threads fetch them"));
    let stage = Stage::with(1200.0, 800.0, |options| options.takes_drops = false);
    assert!(stage.has("Wayland hands no drops over") && stage.has("Choose files…") && stage.has("Paste links…"));
}

#[test]
fn at_twice_the_size_every_control_of_the_header_is_in_sight() {
    for (width, height) in [(600.0, 400.0), (450.0, 300.0), (360.0, 240.0)] {
        let mut stage = Stage::sized(width, height);
        stage.tell(lanes());
        stage.tell([queued(40), started(0), started(1)]);
        for name in ["Serial", "Mixed", "Paste links…", "Add files…", "Lab", "Pause", "Theme", "Settings", "Shortcuts"]
        {
            let node = stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(name)));
            let rect = node.rect();
            assert!(rect.min.x >= 0.0 && rect.max.x <= width && rect.width() > 10.0, "{width}: {name} is at {rect:?}");
        }
        stage.key(Modifiers::COMMAND, Key::Comma);
        assert!(stage.has("Close settings"));
    }
}

#[test]
fn quitting_says_what_becomes_of_the_queue() {
    let mut stage = busy_stage();
    stage.key(Modifiers::COMMAND, Key::Q);
    assert!(stage.has("Finish in background later") && stage.has("Keep working"));
    assert!(stage.has("2 files in progress") || stage.has("1 file in progress"));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.has("Keep working"));
    stage.tell([millrace::model::Event::Trouble(Some("The disk is full".to_owned()))]);
    stage.key(Modifiers::COMMAND, Key::Q);
    assert!(stage.has("Quit all the same"), "it cannot be kept");
}
