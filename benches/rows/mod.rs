//! A window without a screen, and an engine of a benchmark's own making that feeds it: rows, and work that never ends.

#![allow(dead_code, reason = "each benchmark takes what it needs")]

use crossbeam_channel::{Receiver, Sender};
use egui::{Context, RawInput, Rect, Shape, ViewportId, pos2, vec2};
use millrace::engine::{Board, EngineConfig, WorkerPolicy, cpu_time};
use millrace::model::message::TaskResult;
use millrace::model::task::NonPictures;
use millrace::model::{
    AttemptId, BatchId, BatchOptions, Command, ErrorKind, Event, ExecutorKind, Failure, JobId, JobReport, JobSpec,
    Lane, LaneCounts, LaneId, Mode, Moment, Outcome, Pool, Posture, Progress, Recipe, Timing,
};
use millrace::window::{App, EngineLink, WindowOptions};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const DROPPED: u32 = 10_000;
pub(crate) const LANES: u32 = 64;
pub(crate) const UPDATES_PER_FRAME: u32 = 333;
pub(crate) const FRAME: Duration = Duration::from_micros(16_667);

struct Feed {
    events: Receiver<Event>,
    board: Arc<Board>,
    /// Batches that were submitted.
    submitted: Sender<Arc<millrace::model::Batch>>,
}

impl EngineLink for Feed {
    fn send(&self, command: Command) {
        if let Command::Submit(batch) = command {
            self.submitted.try_send(batch).ok();
        }
    }
    fn events(&self) -> &Receiver<Event> {
        &self.events
    }
    fn board(&self) -> &Board {
        &self.board
    }
}

/// A window without a screen.
pub(crate) struct Window {
    pub(crate) ctx: Context,
    pub(crate) app: App,
    pub(crate) time: f64,
    pub(crate) frames: u32,
    /// What the last frame wrote.
    pub(crate) written: Vec<String>,
    pub(crate) reads: bool,
    /// What is dropped on it in the next frame.
    pub(crate) dropped: Vec<Arc<dyn egui::DroppedFile + Send + Sync>>,
    pub(crate) batches: Receiver<Arc<millrace::model::Batch>>,
}

impl Window {
    pub(crate) fn open() -> (Window, Sender<Event>, Arc<Board>) {
        let folder = std::env::temp_dir().join(format!("millrace-bench-{}", std::process::id()));
        #[expect(clippy::disallowed_methods, reason = "emptied every frame")]
        let (sender, events) = crossbeam_channel::unbounded();
        let board = Arc::new(Board::default());
        let (submitted, batches) = crossbeam_channel::bounded(1);
        let link = Feed { events, board: Arc::clone(&board), submitted };
        let engine = EngineConfig {
            bytes_per_s: None,
            interpreter: None,
            mode: Mode::Mixed,
            lanes: LaneCounts { fetch: 56, mill: 8 },
            choosing: false,
            memory: 1 << 30,
            workers: WorkerPolicy::default(),
            worker_program: PathBuf::new(),
        };
        let options =
            WindowOptions { output_dir: Some(folder.join("out")), retries: 0, ..WindowOptions::new(engine, folder) };
        let app = App::new(Box::new(link), options).expect("the window's threads");
        let (ctx, written, dropped) = (Context::default(), Vec::new(), Vec::new());
        let window = Window { ctx, app, time: 0.0, frames: 0, written, reads: false, dropped, batches };
        (window, sender, board)
    }

    /// One frame with everything but the graphics card; its CPU time and the wish for the next one.
    pub(crate) fn frame(&mut self, after: Duration, events: Vec<egui::Event>) -> (Duration, Duration) {
        self.time += after.as_secs_f64();
        let began = cpu_time::of_this_thread();
        let screen_rect = Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1200.0, 800.0)));
        let dropped_files = std::mem::take(&mut self.dropped);
        let input = RawInput { screen_rect, time: Some(self.time), events, dropped_files, ..RawInput::default() };
        let app = &mut self.app;
        let mut output = self.ctx.run_ui(input, |ui| {
            app.logic(ui.ctx());
            app.ui(ui);
        });
        if self.reads {
            self.written.clear();
            output.shapes.iter().for_each(|shape| texts(&shape.shape, &mut self.written));
        }
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        std::hint::black_box(primitives.len());
        let delay =
            output.viewport_output.get(&ViewportId::ROOT).map_or(Duration::MAX, |viewport| viewport.repaint_delay);
        output.textures_delta.clear();
        (cpu_time::of_this_thread().saturating_sub(began), delay)
    }

    /// A frame while work goes on; its CPU time in milliseconds.
    pub(crate) fn pass(&mut self, events: Vec<egui::Event>, batch: &mut Batch, board: &Board) -> f64 {
        self.frames += 1;
        batch.pass(self.frames, board);
        self.frame(FRAME, events).0.as_secs_f64() * 1e3
    }
}

/// What a shape writes.
fn texts(shape: &Shape, written: &mut Vec<String>) {
    match shape {
        Shape::Text(text) => written.push(text.galley.text().to_owned()),
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, written)),
        _ => {}
    }
}

/// A batch that never ends: jobs start and finish on the lanes all the time.
pub(crate) struct Batch {
    events: Sender<Event>,
    rows: u32,
    next: u32,
    running: Vec<JobId>,
    options: Arc<BatchOptions>,
}

impl Batch {
    pub(crate) fn new(events: Sender<Event>, rows: u32) -> Batch {
        let [recipe, ..] = Recipe::built_in();
        let options = Arc::new(BatchOptions {
            recipe: Some(Arc::new(recipe)),
            non_pictures: NonPictures::Keep,
            ..BatchOptions::to("/tmp/out")
        });
        let link = |n: u32| format!("https://images.example.org/holiday/picture-{n}.png");
        let jobs = (0..rows).map(link).map(|url| JobSpec::link(url.as_str(), &url, None)).collect();
        let send = |event| events.send(event).expect("the window listens");
        for lane in 0..LANES {
            let (executor, pool) =
                if lane < 56 { (ExecutorKind::Threads, Pool::Fetch) } else { (ExecutorKind::Processes, Pool::Mill) };
            let number = lane as u16 + 1;
            send(Event::LaneOpened(Lane { id: LaneId(lane), executor, pool: Some(pool), number }));
        }
        let queued = Arc::new(millrace::model::Batch { options: Arc::clone(&options), jobs });
        send(Event::JobsQueued { id: BatchId(0), first: JobId(0), batch: queued });
        let mut batch = Batch { events, rows, next: 0, running: Vec::new(), options };
        for lane in 0..LANES {
            batch.start(lane, Moment(0));
        }
        batch
    }

    fn start(&mut self, lane: u32, at: Moment) {
        let job = JobId(self.next % self.rows);
        self.next += 1;
        self.running.push(job);
        let attempt = AttemptId { job, number: self.next / self.rows + 1 };
        let event = Event::TaskStarted { attempt, stage: 0, pool: Pool::Fetch, lane: LaneId(lane), at };
        self.events.send(event).expect("the window listens");
    }

    /// So many attempts that have ended, for the lanes.
    pub(crate) fn fill_lanes(&mut self, spans: u32) {
        let timing = Timing { wall_us: 10_000, cpu_us: 1000 };
        for span in 0..spans {
            // Of rows far from those that run.
            let attempt = AttemptId { job: JobId(self.rows - 1 - span), number: 1 };
            let (lane, at) = (LaneId(span % LANES), Moment(u64::from(span / LANES) * 10_000));
            let result = TaskResult::Failed { failure: Failure::new(ErrorKind::Http, "503"), will_retry: true };
            let end = at + Duration::from_millis(9);
            let begin = Event::TaskStarted { attempt, stage: 0, pool: Pool::Fetch, lane, at };
            for event in [begin, Event::TaskFinished { attempt, lane, result, timing, at: end }] {
                self.events.send(event).expect("the window listens");
            }
        }
    }

    /// Files come in.
    pub(crate) fn drop_files(&self) {
        let file = |n: u32| format!("/home/somebody/Pictures/holiday/IMG_{n:05}.jpg");
        let jobs =
            (0..DROPPED).map(file).map(|path| JobSpec::file(path.as_str(), PathBuf::from(&path), PathBuf::new()));
        let batch = Arc::new(millrace::model::Batch { options: Arc::clone(&self.options), jobs: jobs.collect() });
        let event = Event::JobsQueued { id: BatchId(1), first: JobId(self.rows), batch };
        self.events.send(event).expect("the window listens");
    }

    /// What happens in one frame: progress, and a few jobs end and others begin.
    pub(crate) fn pass(&mut self, frame: u32, board: &Board) {
        let at = Moment(u64::from(frame) * FRAME.as_micros() as u64);
        for update in 0..UPDATES_PER_FRAME {
            let job = self.running[update as usize % self.running.len()];
            let done = u64::from(frame % 100) * 10_000 + u64::from(update);
            board.put(job, Progress { done, total: Some(1_500_000) });
        }
        for nth in 0..4 {
            let lane = (frame * 4 + nth) % LANES;
            let job = self.running.remove(0);
            let attempt = AttemptId { job, number: self.next.saturating_sub(LANES) / self.rows + 1 };
            let timing = Timing { wall_us: 266_000, cpu_us: 20_000 };
            let result = TaskResult::Done { name: format!("picture-{}.png", job.0), bytes_in: 1_500_000, bytes_out: 9 };
            let finished = Event::TaskFinished { attempt, lane: LaneId(lane), result, timing, at };
            self.events.send(finished).expect("the window listens");
            let outcome = Outcome::Done(PathBuf::from("/tmp/none.jpg").into());
            let report = JobReport {
                mode: Some(Mode::Threads),
                lane: Some("T1".to_owned()),
                bytes_in: 1_500_000,
                bytes_out: 180_000,
                size_in: Some((4000, 3000)),
                size_out: Some((1920, 1440)),
                timing,
                posture: Some(Posture::THREAD),
                ..JobReport::new(job, outcome)
            };
            self.events.send(Event::JobFinished(Box::new(report))).expect("the window listens");
            self.start(lane, at);
        }
    }
}
