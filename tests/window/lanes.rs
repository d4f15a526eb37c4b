//! The lanes: stopping what runs on one, killing its worker, and looking at what happened when.

use super::*;

const SERIAL: LaneId = LaneId(3);

/// A thread and a process at work.
fn at_work() -> Stage {
    let mut stage = Stage::new();
    stage.tell(lanes());
    stage.tell([queued(40), started(1), milling(2)]);
    stage
}

fn milling(job: u32) -> Event {
    let attempt = AttemptId { job: JobId(job), number: 2 };
    Event::TaskStarted { attempt, stage: 1, pool: Pool::Mill, lane: LaneId(2), at: Moment(1000) }
}

fn finished(job: u32, number: u32, lane: LaneId, result: TaskResult) -> Event {
    let attempt = AttemptId { job: JobId(job), number };
    Event::TaskFinished { attempt, lane, result, timing: Timing { wall_us: 900, cpu_us: 0 }, at: Moment(2000) }
}

fn crashed(will_retry: bool) -> TaskResult {
    let sentence = "The worker of picture-2.png was killed by signal 9 (SIGKILL)";
    let kind = if will_retry { ErrorKind::Crashed } else { ErrorKind::Quarantined };
    TaskResult::Failed { failure: Failure::new(kind, sentence), will_retry }
}

#[test]
fn every_busy_lane_has_a_button_that_stops_its_task() {
    let mut stage = at_work();
    assert!(!stage.has("Kill this worker: T1"), "a thread cannot be killed");
    assert_eq!(stage.click("Stop this task: T1"), [Command::Cancel(Selection::Jobs(vec![JobId(1)]))]);
    stage.tell([finished(1, 1, LaneId(1), TaskResult::Cancelled)]);
    assert!(stage.told("T1 stopped: picture-1.png is cancelled"));
    assert!(!stage.has("Stop this task: T1"), "nothing runs there any more");
    assert_eq!(stage.click("Stop this task: P1"), [Command::Cancel(Selection::Jobs(vec![JobId(2)]))]);
    stage.tell([finished(2, 2, LaneId(2), TaskResult::Done { name: String::new(), bytes_in: 1, bytes_out: 1 })]);
    assert!(stage.told("picture-2.png was done before P1 could stop"));
}

#[test]
fn the_serial_lane_is_stopped_too() {
    let mut stage = Stage::new();
    let lane = Lane { id: SERIAL, executor: ExecutorKind::Serial, pool: None, number: 1 };
    let attempt = AttemptId { job: JobId(0), number: 1 };
    let event = Event::TaskStarted { attempt, stage: 0, pool: Pool::Fetch, lane: SERIAL, at: Moment(1000) };
    stage.tell([Event::LaneOpened(lane), queued(2), event]);
    assert_eq!(stage.click("Stop this task: S1"), [Command::Cancel(Selection::Jobs(vec![JobId(0)]))]);
}

#[test]
fn a_killed_worker_is_told_with_what_became_of_its_file() {
    let mut stage = at_work();
    assert_eq!(stage.click("Kill this worker: P1"), [Command::KillWorker(LaneId(2))]);
    stage.tell([finished(2, 2, LaneId(2), crashed(true)), Event::WorkerLost(LaneId(2))]);
    assert!(stage.told("P1 was killed: picture-2.png is tried again"));
    stage.tell([milling(3)]);
    assert!(!stage.has("Kill this worker: P1"), "the next one is not up yet");
    let worker = lanes().into_iter().filter(|event| matches!(event, Event::WorkerStarted { .. }));
    stage.tell(worker.collect::<Vec<_>>());
    stage.click("Kill this worker: P1");
    stage.tell([finished(3, 2, LaneId(2), crashed(false))]);
    assert!(stage.told("P1 was killed: picture-3.png failed and is not tried again"));
}

#[test]
fn a_worker_that_dies_by_itself_is_no_answer_to_anything() {
    let mut stage = at_work();
    stage.tell([finished(2, 2, LaneId(2), crashed(true))]);
    assert!(!stage.told("P1 was killed:"));
}

#[test]
fn both_buttons_are_reached_by_keyboard() {
    let mut stage = at_work();
    let mut reached = Vec::new();
    for _ in 0..120 {
        stage.harness.key_press(Key::Tab);
        stage.harness.run_steps(2);
        let focused = stage.harness.query_all_by(|node| node.is_focused() && !node.is_hidden()).next();
        if let Some(name) = focused.and_then(|node| node.accesskit_node().label()) {
            reached.push(name);
        }
    }
    for name in
        ["Stop this task: T1", "Stop this task: P1", "Kill this worker: P1", "Zoom in", "Zoom out", "Worker lanes"]
    {
        assert!(reached.iter().any(|reached| reached.starts_with(name)), "{name} is not among {reached:?}");
    }
    stage.harness.get_by_label("Stop this task: T1").focus();
    stage.settle();
    assert_eq!(stage.key(Modifiers::NONE, Key::Enter), [Command::Cancel(Selection::Jobs(vec![JobId(1)]))]);
}

#[test]
fn the_lanes_zoom_and_move_by_buttons_and_keys() {
    let mut stage = at_work();
    assert!(stage.has("30 s window"));
    stage.click("Zoom out");
    assert!(stage.has("45 s window"));
    stage.click("Zoom in");
    assert!(stage.has("30 s window"));
    stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("Worker lanes"))).focus();
    stage.settle();
    assert!(stage.key(Modifiers::NONE, Key::Minus).is_empty());
    assert!(stage.has("45 s window"));
    stage.key(Modifiers::SHIFT, Key::Plus);
    stage.key(Modifiers::NONE, Key::Plus);
    assert!(stage.has("20 s window"));
    let live = |stage: &Stage| stage.harness.get_by_label("Live").accesskit_node().toggled() == Some(Toggled::True);
    assert!(live(&stage));
    stage.key(Modifiers::NONE, Key::ArrowLeft);
    assert!(!live(&stage), "the past is in sight");
    stage.key(Modifiers::NONE, Key::End);
    assert!(live(&stage) && stage.has("30 s window"));
    for _ in 0..40 {
        stage.key(Modifiers::NONE, Key::Minus);
    }
    assert!(stage.has("24 h 00 min window"));
}

#[test]
fn a_click_on_a_span_chooses_its_row_through_any_filter() {
    let mut stage = at_work();
    stage.click("Done 0");
    stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("Worker lanes"))).focus();
    for _ in 0..12 {
        stage.key(Modifiers::NONE, Key::Plus);
    }
    let is_lane = |text: Option<String>| text.is_some_and(|text| text.starts_with("T1 · "));
    let lane = stage.harness.get_by(|node| is_lane(node.label()) || is_lane(node.value())).rect();
    let place = egui::pos2(1100.0, lane.center().y);
    stage.harness.hover_at(place);
    stage.settle();
    for _ in 0..10 {
        stage.settle();
    }
    assert!(stage.told("attempt 1"), "a card says what it is");
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        stage.harness.event(egui::Event::PointerButton { pos: place, button, pressed, modifiers: Modifiers::NONE });
    }
    stage.settle();
    assert!(stage.has("picture-1.png"), "the inspector shows it");
    assert!(stage.has("Pause file"));
}

#[test]
fn switching_the_mode_says_what_it_costs_and_buys() {
    let mut stage = Stage::new();
    stage.click("Processes");
    assert!(
        stage.told("Switched to Processes: a worker starts with the first task of its lane: a crash costs one file")
    );
    stage.click("Serial");
    assert!(stage.told("Switched to Serial: one thing at a time"));
    stage.click("Threads");
    assert!(stage.told("Switched to Threads: nothing to start, all "));
    // Work goes on, and a worker comes up.
    stage.tell([queued(3), started(0)]);
    stage.click("Mixed");
    assert!(!stage.told("Switched to Mixed: downloads on threads"), "nothing is measured yet");
    let posture = Posture::process(Confinement::Descriptors, ALL);
    let lane = Lane { id: LaneId(2), executor: ExecutorKind::Processes, pool: Some(Pool::Mill), number: 1 };
    // This test's own process stands for a worker: it holds memory that can be looked at.
    let pid = std::process::id();
    stage.tell([Event::LaneOpened(lane), Event::WorkerStarted { lane: LaneId(2), pid, posture, start_us: 9000 }]);
    stage.wait_for("the line", |stage| {
        stage.told("Switched to Mixed: downloads on threads, conversions in processes: 1 worker started in 9.0 ms and ")
    });
    assert!(stage.told(" MB each, sandboxed: a crash costs one picture"));
}

#[test]
fn the_speed_up_says_what_it_is_made_of() {
    let mut stage = at_work();
    stage.wait_for("a measure", |stage| stage.has("Speed-up: 2.0× against serial, "));
    assert!(stage.told(" of work in "));
}
