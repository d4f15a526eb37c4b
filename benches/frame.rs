//! What a frame of the window costs: 10 000 rows and then a million with 50 000 spans, 20 000 progress messages a second,
//! at 60 frames a second, with tessellation and without a screen; also sorted, searched and while 10 000 files are added.
//! What a million rows take of the memory. And that a window at rest asks for no frames. `QUICK=1` for a short run.

use crossbeam_channel::{Receiver, Sender};
use egui::{Context, Key, Modifiers, RawInput, Rect, Shape, ViewportId, pos2, vec2};
use millrace::engine::{Board, EngineConfig, WorkerPolicy, cpu_time};
use millrace::model::message::TaskResult;
use millrace::model::task::NonPictures;
use millrace::model::{
    AttemptId, BatchId, BatchOptions, Command, ErrorKind, Event, ExecutorKind, Failure, FetchOptions, JobId, JobReport,
    JobSpec, Lane, LaneCounts, LaneId, Mode, Moment, Outcome, Pool, Posture, Progress, Recipe, Timing,
};
use millrace::window::{App, EngineLink, WindowOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROWS: u32 = 10_000;
const MANY_ROWS: u32 = 1_000_000;
const MANY_SPANS: u32 = 50_000;
const DROPPED: u32 = 10_000;
const LANES: u32 = 64;
const UPDATES_PER_FRAME: u32 = 333;
const FRAME: Duration = Duration::from_micros(16_667);
const TARGET_P99_MS: f64 = 4.0;
const TARGET_P99_MANY_MS: f64 = 2.0;
const TARGET_LONGEST_MS: f64 = 16.0;
/// How long a list may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_mins(1);

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

/// A file that was dropped.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("nobody reads it".to_owned())
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
fn main() {
    let quick = std::env::var_os("QUICK").is_some();
    let frames = if quick { 300 } else { 3000 };
    let (mut window, sender, board) = Window::open();
    // The empty window first: it must come to rest.
    for _ in 0..20 {
        window.frame(Duration::from_millis(100), Vec::new());
    }
    let idle = window.frame(Duration::from_millis(100), Vec::new()).1;
    let rest = if idle == Duration::MAX { "no further frame".to_owned() } else { format!("a frame after {idle:?}") };
    println!("at rest, the window asks for {rest}");
    assert!(idle > Duration::from_secs(1), "a window at rest must not ask for frames");

    let mut batch = Batch::new(sender, ROWS);
    println!("{ROWS} rows, {} progress messages/s, {LANES} lanes, {frames} frames", UPDATES_PER_FRAME * 60);
    window.measure("in the order of the queue", frames, TARGET_P99_MS, &mut batch, &board);
    drop(window);
    add_files();
    many(frames);
}

/// Drops many files at once, real ones; the longest frame until all their rows are there.
#[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
fn add_files() {
    let (mut window, events, _) = Window::open();
    for _ in 0..20 {
        window.frame(Duration::from_millis(100), Vec::new());
    }
    let folder = std::env::temp_dir().join(format!("millrace-bench-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = |n: u32| folder.join(format!("picture-{n}.jpg"));
    (0..DROPPED).for_each(|n| std::fs::write(path(n), "x").expect("written"));
    window.dropped = (0..DROPPED).map(|n| Arc::new(Dropped(path(n))) as _).collect();
    let (mut longest, mut rest) = (0.0, 60);
    while rest > 0 {
        let cost = window.frame(FRAME, Vec::new()).0.as_secs_f64() * 1e3;
        longest = f64::max(longest, cost);
        if let Ok(batch) = window.batches.try_recv() {
            assert_eq!(batch.jobs.len(), DROPPED as usize);
            let queued = Event::JobsQueued { id: BatchId(0), first: JobId(0), batch };
            events.send(queued).expect("the window listens");
            rest = 59;
        } else if rest < 60 {
            rest -= 1;
        } else {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    std::fs::remove_dir_all(&folder).ok();
    let verdict = if longest <= TARGET_LONGEST_MS { "within" } else { "ABOVE" };
    println!("{DROPPED} files are dropped: the longest frame until their rows are there {longest:.2} ms");
    println!("    it is {verdict} the target of {TARGET_LONGEST_MS} ms");
}

/// A million rows.
#[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
fn many(frames: usize) {
    let (mut window, sender, board) = Window::open();
    window.frame(FRAME, Vec::new());
    let before = resident();
    let mut batch = Batch::new(sender, MANY_ROWS);
    let queued = resident();
    batch.fill_lanes(MANY_SPANS);
    println!("{MANY_ROWS} rows, {MANY_SPANS} spans, {} progress messages/s", UPDATES_PER_FRAME * 60);
    window.longest("taking a million rows in", &mut batch, &board, 30, f64::MAX);
    // Nothing moves while the memory is looked at.
    window.measure("in the order of the queue", frames, TARGET_P99_MANY_MS, &mut batch, &board);
    let mib = |bytes: u64| bytes / (1 << 20);
    println!(
        "  memory: {} MiB for the jobs themselves, {} MiB more with the window's rows, lists and spans",
        mib(queued.saturating_sub(before)),
        mib(resident().saturating_sub(queued)),
    );

    let click = |x: f32, y: f32| {
        let pos = pos2(x, y);
        let button = |pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        vec![egui::Event::PointerMoved(pos), button(true), button(false), egui::Event::PointerGone]
    };
    let key = |modifiers, key| egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    // The heads of the columns in a window of this size.
    let (name, progress) = ((36.0, 190.0), (462.0, 190.0));
    window.until("sorting by name", click(name.0, name.1), "picture-0.png", &mut batch, &board);
    let last = format!("picture-{}.png", MANY_ROWS - 1);
    window.until("turning that round", click(name.0, name.1), &last, &mut batch, &board);
    window.measure("sorted by name", frames, TARGET_P99_MANY_MS, &mut batch, &board);
    window.frame(FRAME, vec![key(Modifiers::COMMAND, Key::F)]);
    for text in ["p", "i", "c", "t", "u", "r", "e", "-", "77", "77", "77"] {
        let typed = vec![egui::Event::Text(text.to_owned())];
        let what = format!("a keystroke in the search: {text}");
        let shown = if text.len() == 2 { "picture-77" } else { "picture-" };
        window.until(&what, typed, shown, &mut batch, &board);
    }
    window.frame(FRAME, vec![key(Modifiers::COMMAND, Key::A)]);
    window.frame(FRAME, vec![egui::Event::Text("picture-1".to_owned())]);
    window.frame(FRAME, click(progress.0, progress.1));
    window.measure("sorted by progress, with a search text", frames, TARGET_P99_MANY_MS, &mut batch, &board);
    batch.drop_files();
    window.longest("adding 10 000 dropped files", &mut batch, &board, 60, TARGET_LONGEST_MS);
    window.frame(FRAME, vec![key(Modifiers::NONE, Key::Escape)]);
    window.frame(FRAME, vec![key(Modifiers::COMMAND, Key::A)]);
    window.longest("choosing every row found", &mut batch, &board, 30, TARGET_LONGEST_MS);
}

/// What this program holds of the memory.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

/// A window without a screen.
struct Window {
    ctx: Context,
    app: App,
    time: f64,
    frames: u32,
    /// What the last frame wrote.
    written: Vec<String>,
    reads: bool,
    /// What is dropped on it in the next frame.
    dropped: Vec<Arc<dyn egui::DroppedFile + Send + Sync>>,
    batches: Receiver<Arc<millrace::model::Batch>>,
}

impl Window {
    fn open() -> (Window, Sender<Event>, Arc<Board>) {
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
    fn frame(&mut self, after: Duration, events: Vec<egui::Event>) -> (Duration, Duration) {
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
    fn pass(&mut self, events: Vec<egui::Event>, batch: &mut Batch, board: &Board) -> f64 {
        self.frames += 1;
        batch.pass(self.frames, board);
        self.frame(FRAME, events).0.as_secs_f64() * 1e3
    }

    #[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
    fn measure(&mut self, what: &str, frames: usize, target: f64, batch: &mut Batch, board: &Board) {
        for _ in 0..30 {
            self.pass(Vec::new(), batch, board);
        }
        let began = Instant::now();
        let mut costs: Vec<f64> = Vec::with_capacity(frames);
        for at in 0..frames as u32 {
            costs.push(self.pass(Vec::new(), batch, board));
            // As fast as a screen would ask for them: other threads have their time.
            std::thread::sleep((FRAME * (at + 1)).saturating_sub(began.elapsed()));
        }
        costs.sort_by(f64::total_cmp);
        let share = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize];
        let (p50, p99) = (share(0.5), share(0.99));
        let verdict = if p99 <= target { "within" } else { "ABOVE" };
        println!("  {what}: CPU time of a frame p50 {p50:.2} ms, p99 {p99:.2} ms, most {:.2} ms", share(1.0));
        println!("    p99 is {verdict} the target of {target} ms");
    }

    /// The longest of some frames.
    #[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
    fn longest(&mut self, what: &str, batch: &mut Batch, board: &Board, frames: usize, target: f64) {
        let costs = (0..frames).map(|_| self.pass(Vec::new(), batch, board));
        let longest = costs.fold(0.0, f64::max);
        let verdict = match target {
            f64::MAX => String::new(),
            target if longest <= target => format!(", within the target of {target} ms"),
            target => format!(", ABOVE the target of {target} ms"),
        };
        println!("  {what}: the longest frame {longest:.2} ms{verdict}");
    }

    /// Does something, and goes on until the first row says what it should: the longest frame, and the time until then.
    #[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
    fn until(&mut self, what: &str, events: Vec<egui::Event>, shown: &str, batch: &mut Batch, board: &Board) {
        let began = Instant::now();
        self.reads = true;
        let mut longest = self.pass(events, batch, board);
        loop {
            longest = longest.max(self.pass(Vec::new(), batch, board));
            let first = self.written.iter().find(|text| text.starts_with("picture-"));
            if first.is_some_and(|first| first.starts_with(shown)) {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: {first:?} and not {shown} stands first");
            std::thread::sleep(Duration::from_millis(4));
        }
        self.reads = false;
        let verdict = if longest <= TARGET_LONGEST_MS { "within" } else { "ABOVE" };
        let took = began.elapsed().as_millis();
        println!(
            "  {what}: there after {took} ms, the longest frame {longest:.2} ms, {verdict} {TARGET_LONGEST_MS} ms"
        );
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
struct Batch {
    events: Sender<Event>,
    rows: u32,
    next: u32,
    running: Vec<JobId>,
    options: Arc<BatchOptions>,
}

impl Batch {
    fn new(events: Sender<Event>, rows: u32) -> Batch {
        let [recipe, ..] = Recipe::built_in();
        let options = Arc::new(BatchOptions {
            output_dir: PathBuf::from("/tmp/out"),
            recipe: Some(Arc::new(recipe)),
            non_pictures: NonPictures::Keep,
            fetch: Arc::new(FetchOptions::default()),
            retries: 0,
            on_exists: millrace::model::OnExists::Rename,
            name: None,
            keep_times: false,
            deadline_ms: None,
            kept: true,
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
    fn fill_lanes(&mut self, spans: u32) {
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
    fn drop_files(&self) {
        let file = |n: u32| format!("/home/somebody/Pictures/holiday/IMG_{n:05}.jpg");
        let jobs =
            (0..DROPPED).map(file).map(|path| JobSpec::file(path.as_str(), PathBuf::from(&path), PathBuf::new()));
        let batch = Arc::new(millrace::model::Batch { options: Arc::clone(&self.options), jobs: jobs.collect() });
        let event = Event::JobsQueued { id: BatchId(1), first: JobId(self.rows), batch };
        self.events.send(event).expect("the window listens");
    }

    /// What happens in one frame: progress, and a few jobs end and others begin.
    fn pass(&mut self, frame: u32, board: &Board) {
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
            let report = JobReport {
                job,
                input: String::new(),
                outcome: Outcome::Done(PathBuf::from("/tmp/none.jpg").into()),
                attempts: 1,
                mode: Some(Mode::Threads),
                lane: Some("T1".to_owned()),
                bytes_in: 1_500_000,
                bytes_out: 180_000,
                size_in: Some((4000, 3000)),
                size_out: Some((1920, 1440)),
                timing,
                posture: Some(Posture::THREAD),
            };
            self.events.send(Event::JobFinished(Box::new(report))).expect("the window listens");
            self.start(lane, at);
        }
    }
}
