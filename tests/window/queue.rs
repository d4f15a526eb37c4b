//! The queue's rows: removed and taken back, sorted, moved, chosen, and their menu.

use super::*;
use millrace::store::Settings;
use millrace::store::rows::{Column, Order};

/// Waits that make a row of the queue.
fn rows(stage: &Stage) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = stage
        .harness
        .get_all_by_role(Role::Row)
        .map(|row| (row.rect().top(), row.accesskit_node().label().unwrap_or_default()))
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    rows.into_iter().map(|(_, label)| label.split([',', '.']).next().unwrap_or_default().to_owned()).collect()
}

fn stage(count: u32) -> Stage {
    let mut stage = Stage::new();
    stage.tell(lanes());
    stage.tell([queued(count)]);
    stage
}

fn finished(job: u32) -> Event {
    let outcome = Outcome::Done(PathBuf::from(format!("/tmp/none-{job}.jpg")).into());
    Event::JobFinished(Box::new(JobReport {
        bytes_in: 1000 * u64::from(job + 1),
        bytes_out: 500,
        timing: Timing { wall_us: 1000, cpu_us: 10 },
        ..JobReport::new(JobId(job), outcome)
    }))
}

fn only(job: u32) -> Selection {
    Selection::Jobs(vec![JobId(job)])
}

fn press(stage: &mut Stage, name: &str) -> Vec<Command> {
    stage.harness.get_by_label(name).click();
    stage.settle();
    stage.sent()
}

fn secondary(stage: &mut Stage, row: &str) {
    stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(row))).click_secondary();
    stage.settle();
}

#[test]
fn a_removed_row_is_gone_at_once_and_comes_back() {
    let mut stage = stage(5);
    stage.click("picture-2.png");
    assert_eq!(stage.key(Modifiers::NONE, Key::Delete), [Command::Pause(only(2))], "nothing is removed yet");
    assert_eq!(rows(&stage), ["picture-0", "picture-1", "picture-3", "picture-4"]);
    assert!(stage.has("All 4") && stage.has("Queue: 4 files") && stage.has("1 file removed"));
    assert_eq!(press(&mut stage, "Undo: 1 file removed"), [Command::Resume(only(2))]);
    assert_eq!(rows(&stage).len(), 5);
    assert!(stage.has("All 5") && !stage.has("Undo: "));
    // By the keyboard.
    stage.key(Modifiers::NONE, Key::Delete);
    assert_eq!(rows(&stage).len(), 4);
    assert_eq!(stage.key(Modifiers::COMMAND, Key::Z), [Command::Resume(only(2))]);
    assert_eq!(rows(&stage).len(), 5);
}

#[test]
fn a_removal_is_for_good_after_a_while() {
    let mut stage = stage(3);
    stage.hold(Moment(60_000_000));
    stage.click("picture-1.png");
    stage.key(Modifiers::NONE, Key::Delete);
    stage.hold(Moment(69_999_999));
    assert!(stage.sent().is_empty() && stage.has("Undo: "), "not yet");
    stage.hold(Moment(70_000_000));
    assert_eq!(stage.sent(), [Command::Remove(only(1))]);
    assert!(!stage.has("Undo: "), "and cannot be taken back");
    stage.tell([Event::JobsRemoved(vec![JobId(1)])]);
    assert_eq!(rows(&stage), ["picture-0", "picture-2"]);
}

#[test]
fn a_window_that_closes_empties_the_bin() {
    let mut stage = stage(3);
    stage.click("picture-1.png");
    stage.key(Modifiers::NONE, Key::Delete);
    let sent = stage.key(Modifiers::COMMAND, Key::Q);
    assert_eq!(sent, [Command::Remove(only(1))]);
}

#[test]
fn what_is_finished_is_cleared_by_button_and_by_key() {
    let mut stage = stage(6);
    assert!(!stage.has("Clear finished"), "nothing is");
    stage.tell([finished(1), finished(3)]);
    stage.tell(failed(4));
    press(&mut stage, "Clear finished");
    assert_eq!(rows(&stage), ["picture-0", "picture-2", "picture-4", "picture-5"]);
    assert!(stage.has("2 files cleared") && stage.has("Done 0") && stage.has("Failed 1"));
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!(stage.has("Done 2"));
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Delete);
    assert!(stage.has("Done 0"));
}

#[test]
fn all_rows_removed_leave_the_empty_window_and_come_back() {
    let mut stage = stage(4);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.key(Modifiers::NONE, Key::Delete);
    assert!(stage.has("Choose files…"));
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(rows(&stage).len(), 4);
}

#[test]
fn heads_sort_turn_round_and_give_the_queue_back() {
    let mut stage = stage(12);
    stage.tell([finished(3), finished(7)]);
    press(&mut stage, "Sort by size");
    assert_eq!(&rows(&stage)[..3], ["picture-3", "picture-7", "picture-0"]);
    press(&mut stage, "Sort by size: ascending");
    assert_eq!(&rows(&stage)[..3], ["picture-7", "picture-3", "picture-0"]);
    press(&mut stage, "Sort by size: descending");
    assert_eq!(&rows(&stage)[..3], ["picture-0", "picture-1", "picture-2"]);
    press(&mut stage, "Sort by name");
    press(&mut stage, "Sort by name: ascending");
    assert_eq!(&rows(&stage)[..3], ["picture-11", "picture-10", "picture-9"], "as people count");
    for name in ["Sort by stage", "Sort by progress", "Sort by rate"] {
        press(&mut stage, name);
        assert!(stage.has(&format!("{name}: ascending")));
    }
}

#[test]
fn rows_are_dragged_to_another_place() {
    let mut stage = stage(6);
    let middle = |stage: &Stage, row: &str| {
        stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(row))).rect().center()
    };
    let drag = |stage: &mut Stage, from: egui::Pos2, to: egui::Pos2| {
        let button = |pos, pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        stage.harness.event(egui::Event::PointerMoved(from));
        stage.harness.event(button(from, true));
        stage.settle();
        stage.harness.event(egui::Event::PointerMoved(from + (to - from) * 0.5));
        stage.settle();
        stage.harness.event(egui::Event::PointerMoved(to));
        stage.settle();
        let told = stage.told("Move 1 file") || stage.told("Only what is queued can be moved");
        stage.harness.event(button(to, false));
        stage.settle();
        assert!(told, "it is said what happens");
        stage.sent()
    };
    let (one, four) = (middle(&stage, "picture-1.png"), middle(&stage, "picture-4.png"));
    let sent = drag(&mut stage, one, four - egui::vec2(0.0, 12.0));
    assert_eq!(sent, [Command::Move(vec![JobId(1)], Spot::Before(JobId(4)))]);
    stage.tell([Event::JobsMoved(vec![(JobId(1), Place { priority: 0, rank: Place::usual(JobId(4)).rank - 1 })])]);
    assert_eq!(&rows(&stage)[..4], ["picture-0", "picture-2", "picture-3", "picture-1"]);
    stage.tell([started(0)]);
    let first = middle(&stage, "picture-0.png");
    assert!(drag(&mut stage, first, four).is_empty(), "what runs stays");
}

#[test]
fn the_keyboard_moves_rows() {
    let mut stage = stage(4);
    stage.click("picture-2.png");
    let moved = |job, before| [Command::Move(vec![JobId(job)], Spot::Before(JobId(before)))];
    assert_eq!(stage.key(Modifiers::ALT, Key::ArrowUp), moved(2, 1));
    stage.click("picture-1.png,");
    assert_eq!(stage.key(Modifiers::ALT, Key::ArrowDown), moved(1, 3));
    press(&mut stage, "Sort by name");
    stage.click("picture-1.png,");
    assert!(stage.key(Modifiers::ALT, Key::ArrowUp).is_empty());
    assert!(stage.told("Files are moved in the order of the queue"));
}

#[test]
fn the_menu_has_every_item_by_its_name() {
    let mut stage = stage(4);
    secondary(&mut stage, "picture-2.png");
    for name in [
        "Open",
        "Show in folder",
        "Copy URL",
        "Copy error",
        "Retry",
        "Move to top",
        "Move to bottom",
        "Cancel",
        "Remove",
    ] {
        assert!(stage.has(name), "{name} is missing");
    }
    assert_eq!(press(&mut stage, "Move to bottom"), [Command::Move(vec![JobId(2)], Spot::Last)]);
    secondary(&mut stage, "picture-3.png");
    assert_eq!(press(&mut stage, "Move to top"), [Command::Move(vec![JobId(3)], Spot::First)]);
    secondary(&mut stage, "picture-1.png");
    press(&mut stage, "Copy URL");
    assert!(stage.has("Link copied"));
}

#[test]
fn the_menu_is_about_the_selection_where_the_row_is_part_of_it() {
    let mut stage = stage(5);
    stage.click("picture-1.png");
    stage.key(Modifiers::SHIFT, Key::ArrowDown);
    secondary(&mut stage, "picture-2.png");
    let two = Selection::Jobs(vec![JobId(1), JobId(2)]);
    let pause = stage.harness.get_all_by_label("Pause").last().expect("an item");
    pause.click();
    stage.settle();
    assert_eq!(stage.sent(), [Command::Pause(two)]);
    secondary(&mut stage, "picture-1.png");
    press(&mut stage, "Copy URL");
    assert!(stage.has("Links copied"));
    secondary(&mut stage, "picture-4.png");
    stage.harness.get_all_by_label("Remove").last().expect("an item").click();
    stage.settle();
    assert_eq!(stage.sent(), [Command::Pause(only(4))], "that one alone");
}

#[test]
fn the_menu_opens_and_is_walked_by_the_keyboard() {
    for (modifiers, key) in [(Modifiers::SHIFT, Key::F10), (Modifiers::NONE, Key::Menu)] {
        let mut stage = stage(40);
        stage.click("picture-1.png");
        stage.key(Modifiers::NONE, Key::End);
        stage.key(modifiers, key);
        assert!(stage.has("Move to top"), "{key:?}");
        // Open is not possible yet, so the first is Grab its links.
        stage.key(Modifiers::NONE, Key::ArrowDown);
        stage.key(Modifiers::NONE, Key::ArrowDown);
        stage.key(Modifiers::NONE, Key::Enter);
        assert!(stage.has("Link copied"), "the third item, {key:?}");
        assert!(!stage.has("Move to top"), "it is closed");
        stage.key(Modifiers::NONE, Key::ArrowUp);
        stage.key(modifiers, key);
        stage.key(Modifiers::NONE, Key::Escape);
        assert!(!stage.has("Move to top"));
        assert_eq!(stage.key(Modifiers::NONE, Key::Delete), [Command::Pause(only(38))], "the queue has the keyboard");
    }
}

#[test]
fn compact_rows_show_more_and_stay_set() {
    let mut stage = stage(60);
    let before = rows(&stage).len();
    press(&mut stage, "Settings");
    press(&mut stage, "Compact rows");
    stage.key(Modifiers::NONE, Key::Escape);
    let after = rows(&stage).len();
    assert!(after as f32 > before as f32 * 1.4, "{before}, {after}");
    let saved = |stage: &Stage| std::fs::read_to_string(stage.state.path().join("settings.json")).unwrap_or_default();
    stage.wait_for("it is saved", |stage| saved(stage).contains("compact"));
    // A page is what is in sight.
    stage.click("picture-0.png,");
    stage.key(Modifiers::NONE, Key::PageDown);
    let chosen = stage
        .harness
        .get_all_by_role(Role::Row)
        .find(|row| row.accesskit_node().toggled() == Some(Toggled::True))
        .and_then(|row| row.accesskit_node().label());
    let expected = format!("picture-{}.png", after - 2);
    assert!(chosen.as_ref().is_some_and(|label| label.starts_with(&expected)), "{chosen:?}, {expected}");
}

#[test]
fn a_large_queue_is_searched_and_sorted_elsewhere() {
    let mut stage = stage(20_000);
    press(&mut stage, "Sort by name");
    press(&mut stage, "Sort by name: ascending");
    stage.wait_for("the last name stands first", |stage| rows(stage)[0] == "picture-19999");
    stage.key(Modifiers::COMMAND, Key::F);
    stage.harness.event(egui::Event::Text("picture-1777".to_owned()));
    stage.wait_for("what was searched for", |stage| stage.has("Queue: 11 files"));
    assert_eq!(rows(&stage)[0], "picture-17779");
}

#[test]
fn a_list_that_lags_gets_a_frame_when_nothing_moves_any_more() {
    let mut stage = stage(900);
    stage.hold(Moment(60_000_000));
    stage.click("Queued 900");
    stage.tell((0..900).map(finished));
    assert!(stage.has("Queued 0") && stage.told("picture-0.png"), "the old list, and nothing runs");
    // What fades in asks for frames of its own.
    for _ in 0..5 {
        stage.settle();
    }
    let delay = stage.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(delay <= std::time::Duration::from_millis(20), "{delay:?}");
    stage.hold(Moment(60_010_000));
    assert!(!stage.told("picture-"), "nothing is queued");
}

/// An engine that has something left to tell when it is stopped.
struct Ending {
    channel: (Sender<Event>, Receiver<Event>),
    board: Arc<Board>,
    last: Vec<Event>,
}

impl EngineLink for Ending {
    fn send(&self, _: Command) {}
    fn events(&self) -> &Receiver<Event> {
        &self.channel.1
    }
    fn board(&self) -> &Board {
        &self.board
    }
    fn stop(&mut self) {
        for event in self.last.drain(..) {
            self.channel.0.send(event).expect("the window holds it");
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test makes few events")]
fn every_end_is_told_once_also_one_that_comes_while_the_window_closes() {
    let stage = Stage::new();
    let channel = unbounded();
    for event in [queued(4), finished(0), finished(1)] {
        channel.0.send(event).expect("sent");
    }
    let last = vec![finished(2), Event::JobsRemoved(vec![JobId(2)]), finished(3)];
    let engine = Ending { channel, board: Arc::default(), last };
    let config = EngineConfig {
        worker_program: PathBuf::from("/nowhere"),
        ..EngineConfig::for_this_machine().expect("a config")
    };
    let (listener, told) = unbounded();
    let options = WindowOptions {
        dialogs: false,
        events: Some(listener),
        ..WindowOptions::new(config, stage.state.path().to_path_buf())
    };
    let mut app = App::new(Box::new(engine), options).expect("threads");
    app.close();
    assert!(app.all_done(), "the last ends count");
    drop(app);
    let ended = told.iter().filter_map(|event| match event {
        Event::JobFinished(report) => Some(report.job.0),
        _ => None,
    });
    assert_eq!(ended.collect::<Vec<_>>(), [0, 1, 2, 3]);
}

fn pressed(stage: &mut Stage, pos: egui::Pos2, pressed: bool) {
    let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
    stage.harness.event(egui::Event::PointerMoved(pos));
    stage.harness.event(egui::Event::PointerButton { pos, button, pressed, modifiers });
    stage.harness.step();
}

/// Where a column begins.
fn left_of(stage: &Stage, head: &str) -> f32 {
    stage.harness.get_by_label(head).rect().left()
}

#[test]
fn columns_are_made_wider_by_their_edges_and_keys_and_stay_so() {
    let mut stage = stage(6);
    let before = left_of(&stage, "Sort by progress");
    let edge = stage.harness.get_by_label("Width of Progress").rect().center();
    pressed(&mut stage, edge, true);
    let to = edge - egui::vec2(40.0, 0.0);
    stage.harness.event(egui::Event::PointerMoved(to));
    stage.harness.step();
    pressed(&mut stage, to, false);
    stage.settle();
    let after = left_of(&stage, "Sort by progress");
    assert!((before - after - 40.0).abs() < 2.0, "{before} and then {after}");
    // The keys change the column whose head has the keyboard, by a little.
    stage.harness.get_by_label("Sort by progress").focus();
    stage.settle();
    stage.key(Modifiers::ALT, Key::ArrowRight);
    let wider = left_of(&stage, "Sort by progress");
    assert!((after - wider - 8.0).abs() < 1.0, "{after} and then {wider}");
    stage.key(Modifiers::ALT, Key::ArrowLeft);
    assert!((left_of(&stage, "Sort by progress") - after).abs() < 1.0);
    press(&mut stage, "Sort by size");

    let folder = stage.state.path().to_path_buf();
    let order = Some(Order { by: Column::Size, descending: false });
    stage.wait_for("widths and order are kept", |_| {
        let rows = Settings::load(&folder).0.rows;
        rows.order == order && rows.widths.of(Column::Progress).abs_diff(168) <= 1
    });
    let mut next = Stage::with(1200.0, 800.0, |options| options.state_dir = folder.clone());
    next.tell(lanes());
    next.tell([queued(6)]);
    assert!((left_of(&next, "Sort by progress") - after).abs() < 1.0, "as it was left");
    assert!(next.has("Sort by size: ascending"));
    let edge = next.harness.get_by_label("Width of Progress").rect().center();
    for down in [true, false, true, false] {
        pressed(&mut next, edge, down);
    }
    next.settle();
    assert!((left_of(&next, "Sort by progress") - before).abs() < 1.0, "as at first");
}
