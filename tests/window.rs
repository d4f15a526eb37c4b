//! The window without a screen: every control is found by its accessible name, does what it says, and no control is
//! without a name. The engine is a fake one that is told what to report.

use crossbeam_channel::{Receiver, Sender, unbounded};
use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use millrace::engine::{Board, EngineConfig, WorkerPolicy};
use millrace::model::message::TaskResult;
use millrace::model::page::{LinkKind, Page, PageLink};
use millrace::model::task::NonPictures;
use millrace::model::{
    AttemptId, Batch, BatchId, BatchOptions, Command, Confinement, ErrorKind, Event, ExecutorKind, Failure,
    FetchOptions, InForce, JobId, JobReport, JobSpec, JobState, Lane, LaneCounts, LaneId, Mode, Moment, OnExists,
    Outcome, Place, Pool, Posture, Recipe, Selection, Source, Spot, Timing,
};
use millrace::store::Settings;
use millrace::store::settings::Downloads;
use millrace::window::{App, EngineLink, WindowOptions};
use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

#[path = "window/adding.rs"]
mod adding;
#[path = "window/care.rs"]
mod care;
#[path = "window/handover.rs"]
mod handover;
#[path = "window/inspector.rs"]
mod inspector;
#[path = "window/lab.rs"]
mod lab;
#[path = "window/lanes.rs"]
mod lanes_view;
#[path = "window/pictures.rs"]
mod pictures;
#[path = "window/queue.rs"]
mod queue;
#[path = "window/raster.rs"]
mod raster;
#[path = "window/recipe_editor.rs"]
mod recipe_editor;
#[path = "window/report.rs"]
mod report;

/// An engine that only remembers.
struct FakeEngine {
    events: Receiver<Event>,
    board: Arc<Board>,
    commands: Arc<Mutex<Vec<Command>>>,
}

impl EngineLink for FakeEngine {
    fn send(&self, command: Command) {
        self.commands.lock().expect("unpoisoned").push(command);
    }
    fn events(&self) -> &Receiver<Event> {
        &self.events
    }
    fn board(&self) -> &Board {
        &self.board
    }
}

struct Stage {
    harness: Harness<'static>,
    events: Sender<Event>,
    commands: Arc<Mutex<Vec<Command>>>,
    state: tempfile::TempDir,
    /// Where time stands still, if it does.
    clock: Rc<Cell<Option<Moment>>>,
}

impl Stage {
    fn new() -> Stage {
        Stage::sized(1200.0, 800.0)
    }

    fn sized(width: f32, height: f32) -> Stage {
        Stage::with(width, height, |_| {})
    }

    fn with(width: f32, height: f32, change: impl FnOnce(&mut WindowOptions)) -> Stage {
        Stage::built(Harness::builder().with_size([width, height]), None, change)
    }

    /// One whose time stands still, and that can be drawn.
    fn held_at(now: Moment, width: f32, height: f32, change: impl FnOnce(&mut WindowOptions)) -> Stage {
        let builder = Harness::builder().with_size([width, height]).with_pixels_per_point(1.0);
        Stage::built(builder.renderer(raster::Raster::default()), Some(now), change)
    }

    #[expect(clippy::disallowed_methods, reason = "a test makes few events")]
    fn built(builder: HarnessBuilder, now: Option<Moment>, change: impl FnOnce(&mut WindowOptions)) -> Stage {
        let (events, receiver) = unbounded();
        let commands: Arc<Mutex<Vec<Command>>> = Arc::default();
        let engine = FakeEngine { events: receiver, board: Arc::default(), commands: Arc::clone(&commands) };
        let state = tempfile::tempdir().expect("a folder");
        let engine_config = EngineConfig {
            bytes_per_s: None,
            interpreter: None,
            mode: Mode::Mixed,
            lanes: LaneCounts { fetch: 4, mill: 2 },
            choosing: false,
            memory: 1 << 30,
            workers: WorkerPolicy::default(),
            worker_program: PathBuf::from("/nowhere"),
        };
        let mut options = WindowOptions {
            dialogs: false,
            output_dir: Some(PathBuf::from("/tmp/out")),
            retries: 1,
            ..WindowOptions::new(engine_config, state.path().to_path_buf())
        };
        change(&mut options);
        let mut app = App::new(Box::new(engine), options).expect("threads");
        let clock = Rc::new(Cell::new(now));
        let held = Rc::clone(&clock);
        let harness = builder.with_step_dt(0.05).build_ui(move |ui| {
            if let Some(now) = held.get() {
                app.hold_time(now);
            }
            app.logic(ui.ctx());
            app.ui(ui);
        });
        let mut stage = Stage { harness, events, commands, state, clock };
        stage.settle();
        stage
    }

    /// It is this moment now, until another is told.
    fn hold(&mut self, now: Moment) {
        self.clock.set(Some(now));
        self.settle();
    }

    fn settle(&mut self) {
        // Running work asks for frames without end.
        self.harness.run_steps(6);
    }

    fn tell(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.events.send(event).expect("the window listens");
        }
        self.settle();
    }

    fn click(&mut self, name: &str) -> Vec<Command> {
        self.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(name))).click();
        self.settle();
        self.sent()
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) -> Vec<Command> {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
        self.sent()
    }

    fn sent(&mut self) -> Vec<Command> {
        std::mem::take(&mut *self.commands.lock().expect("unpoisoned"))
    }

    fn has(&self, name: &str) -> bool {
        // A sentence that is only read is a node's value, the name of a control its label.
        let starts = |text: Option<String>| text.is_some_and(|text| text.starts_with(name));
        self.harness.query_all_by(|node| starts(node.label()) || starts(node.value())).next().is_some()
    }

    /// Whether this occurs in what is written anywhere.
    fn told(&self, words: &str) -> bool {
        let contains = |text: Option<String>| text.is_some_and(|text| text.contains(words));
        self.harness.query_all_by(|node| contains(node.label()) || contains(node.value())).next().is_some()
    }

    /// Waits for what another thread does.
    fn wait_for(&mut self, what: &str, mut reached: impl FnMut(&mut Stage) -> bool) {
        for _ in 0..200 {
            self.settle();
            if reached(self) {
                // What came with the last frame finds its place in the next.
                self.settle();
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("never: {what}");
    }
}

fn queued(count: u32) -> Event {
    let link = |n: u32| format!("http://host.example/picture-{n}.png");
    queued_links((0..count).map(link))
}

fn queued_links(links: impl Iterator<Item = String>) -> Event {
    let options = Arc::new(BatchOptions {
        recipe: Some(Arc::new(Recipe::same_size())),
        non_pictures: NonPictures::Keep,
        retries: 1,
        ..BatchOptions::to("/tmp/out")
    });
    let jobs = links.map(|url| JobSpec::link(url.as_str(), &url, None)).collect();
    Event::JobsQueued { id: BatchId(0), first: JobId(0), batch: Arc::new(Batch { options, jobs }) }
}

/// What a kernel enforces that can do everything.
const ALL: InForce = InForce { seccomp: true, no_new_privs: true, rlimits: true, landlock: 6 };

fn lanes() -> Vec<Event> {
    let lane = |id, executor, pool, number| Event::LaneOpened(Lane { id: LaneId(id), executor, pool, number });
    vec![
        lane(1, ExecutorKind::Threads, Some(Pool::Fetch), 1),
        lane(2, ExecutorKind::Processes, Some(Pool::Mill), 1),
        Event::WorkerStarted {
            lane: LaneId(2),
            pid: 4242,
            posture: Posture::process(Confinement::Descriptors, ALL),
            start_us: 9000,
        },
    ]
}

fn started(job: u32) -> Event {
    let attempt = AttemptId { job: JobId(job), number: 1 };
    Event::TaskStarted { attempt, stage: 0, pool: Pool::Fetch, lane: LaneId(1), at: Moment(1000) }
}

fn failed(job: u32) -> [Event; 2] {
    let failure = Failure::new(ErrorKind::Http, "The server answered 404 for picture").with_details("GET /picture");
    let attempt = AttemptId { job: JobId(job), number: 1 };
    let result = TaskResult::Failed { failure: failure.clone(), will_retry: false };
    let (lane, timing, at) = (LaneId(1), Timing { wall_us: 900, cpu_us: 100 }, Moment(2000));
    let report = JobReport {
        mode: Some(Mode::Threads),
        lane: Some("T1".to_owned()),
        timing,
        ..JobReport::new(JobId(job), Outcome::Failed(failure))
    };
    [Event::TaskFinished { attempt, lane, result, timing, at }, Event::JobFinished(Box::new(report))]
}

/// Running, queued and failed rows.
fn busy_stage() -> Stage {
    let mut stage = Stage::new();
    stage.tell(lanes());
    stage.tell([queued(40), started(0), started(1)]);
    stage.tell(failed(0));
    stage
}

#[test]
fn every_control_of_the_empty_window_has_its_name() {
    let stage = Stage::new();
    for name in [
        "Serial",
        "Threads",
        "Processes",
        "Mixed",
        "Paste links…",
        "Add files…",
        "Choose files…",
        "Output folder…",
        "Try a demo batch",
        "Settings",
        "Theme",
        "Pause",
        "Shortcuts",
        "Recipe",
    ] {
        assert!(stage.has(name), "{name} is missing");
    }
}

#[test]
fn the_chosen_mode_is_the_selected_one() {
    let mut stage = Stage::new();
    let toggled =
        |stage: &Stage, name: &str| stage.harness.get_by_label(name).accesskit_node().toggled() == Some(Toggled::True);
    assert!(toggled(&stage, "Mixed") && !toggled(&stage, "Serial"));
    assert_eq!(stage.click("Processes"), [Command::SetMode(Mode::Processes)]);
    assert!(toggled(&stage, "Processes") && !toggled(&stage, "Mixed"));
    assert!(stage.click("Processes").is_empty(), "it is chosen already");
}

#[test]
fn keys_choose_modes_and_pause() {
    let mut stage = Stage::new();
    for (key, mode) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4].into_iter().zip(Mode::ALL) {
        assert_eq!(stage.key(Modifiers::COMMAND, key), [Command::SetMode(mode)]);
    }
    assert_eq!(stage.key(Modifiers::NONE, Key::Space), [Command::Pause(Selection::All)]);
    assert!(stage.has("Resume"));
    assert_eq!(stage.click("Resume"), [Command::Resume(Selection::All)]);
}

#[test]
fn space_presses_a_focused_button_and_does_not_pause() {
    let mut stage = Stage::new();
    stage.harness.get_by_label("Serial").focus();
    stage.settle();
    assert_eq!(stage.key(Modifiers::NONE, Key::Space), [Command::SetMode(Mode::Serial)]);
}

#[test]
fn both_pools_have_a_stepper() {
    let mut stage = Stage::new();
    assert_eq!(stage.click("Fetch lanes: more"), [Command::SetLanes(Pool::Fetch, 5)]);
    assert_eq!(stage.click("Mill lanes: fewer"), [Command::SetLanes(Pool::Mill, 1)]);
    assert!(stage.click("Mill lanes: fewer").is_empty(), "one is the least");
    assert!(stage.has("Fetch lanes: 5"));
}

#[test]
fn pasted_text_is_submitted_anywhere_and_in_the_field() {
    let mut stage = Stage::new();
    let submitted = |stage: &mut Stage, count: usize| {
        stage.sent().iter().any(|command| matches!(command, Command::Submit(batch) if batch.jobs.len() == count))
    };
    stage.harness.event(egui::Event::Paste("http://h/a.png\nhttp://h/b.png".to_owned()));
    stage.wait_for("two links are submitted", |stage| submitted(stage, 2));
    stage.harness.get_by_label("Paste links…").focus();
    stage.settle();
    stage.harness.event(egui::Event::Paste("http://h/c.png".to_owned()));
    stage.wait_for("the field submits what is pasted", |stage| submitted(stage, 1));
    stage.harness.get_by_label("Paste links…").type_text("http://h/d.png");
    stage.settle();
    assert_eq!(stage.harness.get_by_label("Paste links…").value().as_deref(), Some("http://h/d.png"));
    stage.harness.key_press(Key::Enter);
    stage.wait_for("the field submits what is typed", |stage| submitted(stage, 1));
}

#[test]
fn a_paste_into_the_search_searches() {
    let mut stage = busy_stage();
    stage.key(Modifiers::COMMAND, Key::F);
    stage.harness.event(egui::Event::Paste("picture-7".to_owned()));
    stage.settle();
    let rows = stage.harness.get_all_by_role(Role::Row).count();
    assert_eq!(rows, 1);
    assert!(stage.sent().is_empty(), "nothing is submitted");
}

#[test]
fn a_running_batch_fills_the_window() {
    let stage = busy_stage();
    for name in ["All 40", "Active 1", "Queued 38", "Done 0", "Failed 1", "Search", "Live", "Queue: 40 files"] {
        assert!(stage.has(name), "{name} is missing");
    }
    assert!(stage.has("picture-0.png, Failed: The server answered 404"), "a row says its file and its state");
    assert!(stage.has("picture-1.png, Download"));
    assert!(stage.has("Running · 4 download threads, 2 convert processes"));
}

#[test]
fn a_failed_row_is_retried_by_its_button_and_by_key() {
    let mut stage = busy_stage();
    let retry = [Command::Retry(Selection::Jobs(vec![JobId(0)]))];
    assert_eq!(stage.click("Retry picture-0.png"), retry);
    assert_eq!(stage.key(Modifiers::COMMAND, Key::R), retry);
}

#[test]
fn filters_show_what_they_say() {
    let mut stage = busy_stage();
    stage.click("Failed 1");
    assert_eq!(stage.harness.get_all_by_role(Role::Row).count(), 1);
    stage.click("Active 1");
    assert!(stage.has("picture-1.png, Download"));
    assert!(!stage.has("picture-0.png, Failed"));
}

#[test]
fn rows_are_chosen_by_clicks_and_keys_and_removed() {
    let mut stage = busy_stage();
    stage.click("picture-2.png");
    assert_eq!(
        stage.key(Modifiers::NONE, Key::Delete),
        [Command::Pause(Selection::Jobs(vec![JobId(2)]))],
        "the chosen one"
    );
    stage.click("picture-3.png");
    stage.key(Modifiers::SHIFT, Key::ArrowDown);
    let two = Selection::Jobs(vec![JobId(3), JobId(4)]);
    assert_eq!(stage.key(Modifiers::NONE, Key::Delete), [Command::Pause(two)]);
    stage.key(Modifiers::NONE, Key::End);
    assert!(stage.has("picture-39.png"), "the last row is in sight");
    stage.key(Modifiers::NONE, Key::Home);
    assert!(stage.has("picture-0.png"));
    stage.key(Modifiers::COMMAND, Key::A);
    match stage.key(Modifiers::NONE, Key::Delete).as_slice() {
        [Command::Pause(Selection::Jobs(jobs))] => assert_eq!(jobs.len(), 36, "not the failed one"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_inspector_acts_on_the_chosen_row() {
    let mut stage = busy_stage();
    stage.click("picture-1.png");
    assert!(stage.has("Worker: T1"));
    assert_eq!(stage.click("Cancel"), [Command::Cancel(Selection::Jobs(vec![JobId(1)]))]);
    assert_eq!(stage.click("Pause file"), [Command::Pause(Selection::Jobs(vec![JobId(1)]))]);
    stage.click("picture-0.png");
    stage.click("Copy error");
    assert!(stage.has("Error copied"));
}

#[test]
fn help_and_settings_open_and_close() {
    let mut stage = Stage::new();
    stage.key(Modifiers::SHIFT, Key::Questionmark);
    assert!(stage.has("Retry what failed: Ctrl R"), "the help shows the table of keys");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.has("Retry what failed"));
    stage.click("Settings");
    assert!(stage.has("Light theme"));
    stage.click("Light theme");
    assert!(stage.has("Theme: Light"));
}

#[test]
fn how_downloads_go_is_set_in_the_settings() {
    let mut stage = Stage::new();
    stage.click("Settings");
    stage.click("Where the name is taken, skip the download");
    stage.harness.get_by_label("Connections per host").focus();
    stage.settle();
    stage.harness.key_press(Key::ArrowUp);
    stage.settle();
    stage.harness.get_by_label("Speed limit").focus();
    stage.settle();
    stage.harness.key_press(Key::ArrowUp);
    stage.settle();
    let limited = |command: &Command| matches!(command, Command::LimitSpeed(Some(1..)));
    assert!(stage.sent().iter().any(limited), "the limit holds at once");
    // The first leaves the field, the second the settings.
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::NONE, Key::Escape);
    stage.harness.event(egui::Event::Paste("http://h/a.bin".to_owned()));
    stage.wait_for("a link is submitted as was set", |stage| {
        stage.sent().iter().any(|command| match command {
            Command::Submit(batch) => {
                let fetch = &batch.options.fetch;
                batch.options.on_exists == OnExists::Skip && fetch.per_host == FetchOptions::PER_HOST + 1
            }
            _ => false,
        })
    });
}

#[test]
fn a_speed_limit_is_typed_with_its_unit_and_stays_unless_it_is_changed() {
    let downloads = Downloads { bytes_per_s: Some(1500), ..Downloads::default() };
    let mut stage = Stage::with(1200.0, 800.0, |options| {
        let settings = Settings { downloads, ..Settings::default() };
        settings.save(&options.state_dir).expect("saved");
    });
    let mut sent = stage.sent();
    sent.extend(stage.click("Settings"));
    stage.harness.get_by_label("Speed limit").focus();
    stage.settle();
    sent.extend(stage.key(Modifiers::NONE, Key::Escape));
    let other = |command: &Command| matches!(command, Command::LimitSpeed(limit) if *limit != Some(1500));
    assert!(!sent.iter().any(other), "looking changes nothing: {sent:?}");
    stage.harness.get_by_label("Speed limit").focus();
    stage.settle();
    stage.harness.event(egui::Event::Text("2 MiB/s".to_owned()));
    stage.settle();
    let sent = stage.key(Modifiers::NONE, Key::Enter);
    assert!(
        sent.iter().any(|command| matches!(command, Command::LimitSpeed(Some(limit)) if *limit == 2 << 20)),
        "{sent:?}"
    );
}

#[test]
fn unfinished_jobs_of_an_earlier_run_go_on_or_are_forgotten() {
    let leave = |options: &mut WindowOptions| options.unfinished = 412;
    let mut stage = Stage::with(1200.0, 800.0, leave);
    assert!(stage.has("412 jobs of an earlier run are unfinished."));
    assert_eq!(stage.click("Go on"), [Command::GoOn]);
    assert!(!stage.has("412 jobs"), "it was decided");
    stage.tell([Event::WentOn(40), queued(40)]);
    assert!(stage.has("40 jobs taken up again") && stage.has("Queue: 40 files"));

    let mut stage = Stage::with(720.0, 480.0, leave);
    stage.tell([queued(3)]);
    assert!(stage.has("412 jobs"), "beside a queue too");
    stage.harness.get_by_label("Forget them").focus();
    stage.settle();
    assert_eq!(stage.key(Modifiers::NONE, Key::Enter), [Command::Forget]);
    assert!(!stage.has("412 jobs"));
}

#[test]
fn trouble_stays_in_sight_until_it_is_over() {
    let mut stage = busy_stage();
    let sentence = "The queue cannot be kept: no space left on the disk";
    stage.tell([Event::Trouble(Some(sentence.to_owned()))]);
    stage.harness.run_steps(400);
    assert!(stage.has(sentence), "it is no toast");
    assert!(stage.harness.query_by_role(Role::Alert).is_some());
    stage.tell([Event::Trouble(None)]);
    assert!(!stage.has(sentence));
}

#[test]
fn a_cancelled_job_that_still_runs_is_stopping() {
    let mut stage = busy_stage();
    let (job, state) = (JobId(1), JobState::Running);
    stage.tell([Event::JobChanged { job, state, stage: 0, paused: false, stopping: true }]);
    assert!(stage.has("picture-1.png, Stopping…"));
    stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("picture-1.png"))).hover();
    let words = "A thread cannot be stopped from outside: it ends at its next step";
    stage.wait_for("the hint", |stage| stage.has(words));
    // On a process.
    let attempt = AttemptId { job: JobId(2), number: 1 };
    let (pool, lane, at) = (Pool::Mill, LaneId(2), Moment(3000));
    stage.tell([
        Event::TaskStarted { attempt, stage: 1, pool, lane, at },
        Event::JobChanged { job: JobId(2), state, stage: 1, paused: false, stopping: true },
    ]);
    stage.click("picture-2.png");
    assert!(stage.has("Asked to stop; ended by force after a second"), "the inspector says it too");
    assert!(!stage.has("Pause file"));
}

#[test]
fn the_number_of_fetch_lanes_can_be_left_to_the_program() {
    let mut stage = Stage::new();
    let settings = |mode, fetch, choosing| {
        let lanes = LaneCounts { fetch, mill: 2 };
        Event::SettingsChanged { mode, lanes, paused: false, choosing }
    };
    let chosen = |stage: &Stage| {
        let auto = stage.harness.get_by_label("Auto: choose the number of fetch lanes");
        auto.accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(!chosen(&stage));
    assert_eq!(stage.click("Auto"), [Command::ChooseFetchLanes]);
    assert!(chosen(&stage));
    stage.tell([settings(Mode::Mixed, 12, true)]);
    assert!(stage.has("Fetch lanes: 12, chosen by what is measured"));
    let saved = |stage: &Stage| std::fs::read_to_string(stage.state.path().join("settings.json")).unwrap_or_default();
    stage.click("Mill lanes: more");
    stage.wait_for("the lanes that were set are saved", |stage| saved(stage).contains("\"mill\": 3"));
    assert!(saved(&stage).contains("\"fetch\": null"), "a chosen number is not kept: {}", saved(&stage));
    assert_eq!(stage.click("Fetch lanes: more"), [Command::SetLanes(Pool::Fetch, 13)]);
    assert!(!chosen(&stage) && stage.has("Fetch lanes: 13"));
    stage.wait_for("that one is", |stage| saved(stage).contains("\"fetch\": 13"));
    stage.tell([settings(Mode::Threads, 13, false)]);
    assert!(!stage.has("Auto"), "only mixed mode chooses");
}

#[test]
fn a_trace_is_exported_without_a_dialog_too() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().join("not there yet");
    let output_dir = folder.clone();
    let mut stage = Stage::with(1200.0, 800.0, |options| options.output_dir = Some(output_dir));
    stage.tell(lanes());
    stage.tell([queued(2), started(0)]);
    stage.tell(failed(0));
    let mut export = |told: &str| {
        stage.click("Settings");
        stage.click("Export trace…");
        stage.wait_for("it is told", |stage| stage.told(told));
    };
    export("millrace-trace.json");
    export("millrace-trace-2.json");
    let bytes = std::fs::read(folder.join("millrace-trace.json")).expect("a trace");
    let trace: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    let spans: Vec<_> =
        trace["traceEvents"].as_array().expect("events").iter().filter(|event| event["ph"] == "X").collect();
    assert_eq!(spans.len(), 1);
    assert_eq!((&spans[0]["name"], &spans[0]["args"]["end"]), (&"picture-0.png".into(), &"failed".into()));
}

#[test]
fn lanes_say_what_keeps_them_apart_and_workers_can_be_killed() {
    let mut stage = busy_stage();
    assert!(stage.has("T1 · net thread, shares the program's memory"));
    assert!(stage.has("P1 · pid 4242, sandboxed: no files, no network"));
    assert!(!stage.has("Kill this worker"), "it is not at work");
    let attempt = AttemptId { job: JobId(5), number: 1 };
    let (pool, lane, at) = (Pool::Mill, LaneId(2), Moment(3000));
    stage.tell([Event::TaskStarted { attempt, stage: 1, pool, lane, at }]);
    assert_eq!(stage.click("Kill this worker: P1"), [Command::KillWorker(LaneId(2))]);
    stage.click("picture-5.png");
    assert!(stage.has("Isolation: sandboxed: no files, no network"));
    assert!(stage.has("Downloads waited 89 % of their time: more lanes help, cores do not."));
}

#[test]
fn quitting_asks_while_work_runs() {
    let mut stage = busy_stage();
    stage.key(Modifiers::COMMAND, Key::Q);
    assert!(stage.has("Keep working"));
    stage.click("Keep working");
    assert!(!stage.has("Keep working"));
}

#[test]
fn no_control_is_without_a_name_in_any_state() {
    let mut states = vec![Stage::new(), busy_stage(), Stage::sized(900.0, 600.0), Stage::sized(720.0, 480.0)];
    for stage in &mut states[2..] {
        stage.tell(lanes());
        stage.tell([queued(40), started(0), started(1)]);
        stage.tell(failed(0));
    }
    let mut chosen = busy_stage();
    chosen.click("picture-0.png");
    states.push(chosen);
    let mut settings = Stage::new();
    settings.click("Settings");
    states.push(settings);
    let opened = |open: &dyn Fn(&mut Stage)| {
        let mut stage = busy_stage();
        open(&mut stage);
        stage
    };
    states.extend([
        opened(&|stage| drop(stage.key(Modifiers::COMMAND, Key::K))),
        opened(&|stage| drop(stage.key(Modifiers::SHIFT, Key::Questionmark))),
        opened(&|stage| drop(stage.key(Modifiers::COMMAND, Key::Q))),
        opened(&|stage| drop(stage.key(Modifiers::COMMAND, Key::L))),
        opened(&|stage| drop(stage.key(Modifiers::COMMAND, Key::Comma))),
        opened(&|stage| drop(stage.key(Modifiers::COMMAND, Key::A))),
    ]);
    let mut finished = Stage::new();
    finished.tell(lanes());
    finished.tell([queued(2)]);
    (0..2).for_each(|job| finished.tell([started(job)].into_iter().chain(failed(job))));
    finished.click("Report of the last batch");
    states.push(finished);
    states.push(Stage::sized(450.0, 300.0));
    let is_private = |c: char| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}');
    for (at, stage) in states.iter().enumerate() {
        let controls = stage.harness.query_all_by(|node| {
            matches!(
                node.role(),
                Role::Button
                    | Role::RadioButton
                    | Role::TextInput
                    | Role::CheckBox
                    | Role::Row
                    | Role::Table
                    | Role::ComboBox
                    | Role::Slider
            )
        });
        let mut count = 0;
        for control in controls {
            let label = control.accesskit_node().label().unwrap_or_default();
            assert!(!label.trim().is_empty(), "state {at}: a {:?} has no name", control.accesskit_node().role());
            assert!(!label.contains(is_private), "state {at}: an icon is the name of a {label:?}");
            count += 1;
        }
        assert!(count > 10, "state {at} has only {count} controls");
    }
}

#[test]
fn a_small_window_keeps_every_control_in_sight() {
    for (width, height) in [(900.0, 600.0), (720.0, 480.0)] {
        let mut stage = Stage::sized(width, height);
        stage.tell(lanes());
        stage.tell([queued(40), started(0), started(1)]);
        stage.tell(failed(0));
        for name in [
            "Serial",
            "Mixed",
            "Paste links…",
            "Add files…",
            "Lab",
            "Pause",
            "Theme",
            "Settings",
            "Search",
            "All 40",
            "Failed 1",
            "Details",
            "Output folder…",
            "Shortcuts",
            "Live",
            "Retry picture-0.png",
        ] {
            let node = stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(name)));
            let rect = node.rect();
            assert!(
                rect.min.x >= 0.0 && rect.max.x <= width && rect.max.y <= height && rect.width() > 10.0,
                "{width}×{height}: {name} is at {rect:?}"
            );
        }
        stage.click("Details");
        assert!(stage.has("Picture of") || stage.harness.query_by_role(Role::Image).is_none());
    }
}

/// A page that was pasted, grabbed and read: job 0 of the window.
fn stage_with_links(width: f32, height: f32) -> Stage {
    let mut stage = Stage::sized(width, height);
    stage.harness.event(egui::Event::Paste("http://me:secret@host.example/gallery".to_owned()));
    stage.wait_for("the page is offered", |stage| {
        stage.has("This link looks like a page: http://***@host.example/gallery")
    });
    assert!(matches!(stage.sent().as_slice(), [Command::Submit(_)]), "the link is downloaded all the same");
    let sent = stage.click("Grab its links…");
    let [Command::Submit(batch)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(batch.jobs[0].source(), Source::Page("http://me:secret@host.example/gallery"));
    assert!(!batch.options.kept && !stage.has("This link looks like"));
    stage.tell(lanes());
    stage.tell([Event::JobsQueued { id: BatchId(0), first: JobId(0), batch: Arc::clone(batch) }, started(0)]);
    let link = |name: &str, kind| PageLink { url: format!("http://host.example/{name}"), kind };
    let mut links: Vec<PageLink> = (0..40).map(|n| link(&format!("photo-{n}.jpg"), LinkKind::Picture)).collect();
    links.extend([link("about.html", LinkKind::Link), link("film.mp4", LinkKind::Media)]);
    let page = Arc::new(Page { title: "Harbour at night".to_owned(), links, partial: false });
    let timing = Timing { wall_us: 900, cpu_us: 100 };
    let done = TaskResult::Done { name: "Harbour at night".to_owned(), bytes_in: 900, bytes_out: 0 };
    let attempt = AttemptId { job: JobId(0), number: 1 };
    let Event::JobFinished(report) = failed(0).into_iter().nth(1).expect("a report") else { panic!() };
    let report =
        JobReport { outcome: Outcome::Read(page), input: "http://***@host.example/gallery".to_owned(), ..*report };
    stage.tell([
        Event::TaskFinished { attempt, lane: LaneId(1), result: done, timing, at: Moment(2000) },
        Event::JobFinished(Box::new(report)),
    ]);
    stage
}

#[test]
fn the_links_of_a_page_are_chosen_and_queued() {
    let mut stage = stage_with_links(1200.0, 800.0);
    for name in ["Harbour at night", "Filter links", "Every kind: 42", "Pictures: 40", "Links: 1", "Media: 1"] {
        assert!(stage.has(name), "{name} is missing");
    }
    assert!(stage.has("42 of 42 links chosen") && stage.has("Queue 42 links") && stage.has("Cancel grabbing"));
    stage.click("Pictures: 40");
    assert!(stage.has("Queue 40 links"));
    stage.harness.get_by_label("Filter links").type_text("photo-1");
    stage.settle();
    assert!(stage.has("Queue 11 links"), "photo-1 and photo-10 to photo-19");
    stage.click("http://host.example/photo-11.jpg");
    assert!(stage.has("10 of 42 links chosen"));
    stage.click("Select none");
    assert!(stage.click("Queue 0 links").is_empty(), "there is nothing to queue");
    stage.click("http://host.example/photo-12.jpg");
    let mut sent = stage.click("Queue 1 link");
    stage.wait_for("the link is queued", |stage| {
        sent.extend(stage.sent());
        !sent.is_empty()
    });
    let [Command::Submit(batch)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(batch.jobs.iter().map(JobSpec::input).collect::<Vec<_>>(), ["http://host.example/photo-12.jpg"]);
    assert!(!stage.has("Filter links"), "the sheet is gone");
}

#[test]
fn the_sheet_of_links_obeys_the_keyboard_and_opens_again() {
    let mut stage = stage_with_links(900.0, 600.0);
    assert!(stage.harness.get_by_label("Filter links").is_focused(), "keys do not reach what lies behind");
    stage.harness.event(egui::Event::Paste("*.[".to_owned()));
    stage.settle();
    assert!(stage.has("This is no pattern yet") && stage.sent().is_empty());
    assert!(stage.key(Modifiers::NONE, Key::Space).is_empty(), "nothing pauses");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.has("Filter links"));
    stage.click("Harbour at night");
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(stage.has("Every kind: 42"), "the row of a page opens its links");
    stage.click("Close links");
    assert!(!stage.has("Every kind"));
}

#[test]
fn a_page_may_stay_as_it_is() {
    let mut stage = Stage::new();
    for (text, is_offered) in [("http://h/a.jpg", false), ("http://h/ http://h/b", false), ("http://h/a.php", true)] {
        stage.harness.event(egui::Event::Paste(text.to_owned()));
        stage.wait_for("it is submitted", |stage| !stage.sent().is_empty());
        assert_eq!(stage.has("This link looks like a page"), is_offered, "{text}");
    }
    assert!(stage.click("Leave the page as it is").is_empty());
    assert!(!stage.has("This link looks like a page"));
}
