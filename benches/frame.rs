//! What a frame of the window costs: 10 000 rows and then a million with 50 000 spans, 20 000 progress messages a second,
//! at 60 frames a second, with tessellation and without a screen; also sorted, searched and while 10 000 files are added.
//! What a million rows take of the memory. And that a window at rest asks for no frames. `QUICK=1` for a short run.

mod figures;
mod rows;

use egui::{Key, Modifiers, pos2};
use figures::{is_quick, percentile, say, tell};
use millrace::engine::Board;
use millrace::model::{BatchId, Event, JobId};
use rows::{Batch, DROPPED, FRAME, LANES, UPDATES_PER_FRAME, Window};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROWS: u32 = 10_000;
const MANY_ROWS: u32 = 1_000_000;
const MANY_SPANS: u32 = 50_000;
const TARGET_P99_MS: f64 = 4.0;
const TARGET_P99_MANY_MS: f64 = 2.0;
const TARGET_LONGEST_MS: f64 = 16.0;
/// How long a list may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_mins(1);

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

fn main() {
    let frames = if is_quick() { 300 } else { 3000 };
    let (mut window, sender, board) = Window::open();
    // The empty window first: it must come to rest.
    for _ in 0..20 {
        window.frame(Duration::from_millis(100), Vec::new());
    }
    let idle = window.frame(Duration::from_millis(100), Vec::new()).1;
    let rest = if idle == Duration::MAX { "no further frame".to_owned() } else { format!("a frame after {idle:?}") };
    say(&format!("at rest, the window asks for {rest}"));
    assert!(idle > Duration::from_secs(1), "a window at rest must not ask for frames");

    let mut batch = Batch::new(sender, ROWS);
    say(&format!("{ROWS} rows, {} progress messages/s, {LANES} lanes, {frames} frames", UPDATES_PER_FRAME * 60));
    window.measure(("frame_10k", "in the order of the queue"), frames, TARGET_P99_MS, &mut batch, &board);
    drop(window);
    add_files();
    many(frames);
}

/// Drops many files at once, real ones; the longest frame until all their rows are there.
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
    tell("frame_empty_dropped_longest", "millrace", vec![longest], "ms");
    let verdict = if longest <= TARGET_LONGEST_MS { "within" } else { "ABOVE" };
    say(&format!("{DROPPED} files are dropped: the longest frame until their rows are there {longest:.2} ms"));
    say(&format!("    it is {verdict} the target of {TARGET_LONGEST_MS} ms"));
}

/// A million rows.
fn many(frames: usize) {
    let (mut window, sender, board) = Window::open();
    window.frame(FRAME, Vec::new());
    let before = resident();
    let mut batch = Batch::new(sender, MANY_ROWS);
    let queued = resident();
    batch.fill_lanes(MANY_SPANS);
    say(&format!("{MANY_ROWS} rows, {MANY_SPANS} spans, {} progress messages/s", UPDATES_PER_FRAME * 60));
    window.longest(("frame_1m_taken_in", "taking a million rows in"), &mut batch, &board, 30, f64::MAX);
    // Nothing moves while the memory is looked at.
    window.measure(("frame_1m", "in the order of the queue"), frames, TARGET_P99_MANY_MS, &mut batch, &board);
    let mib = |bytes: u64| bytes / (1 << 20);
    let all = resident().saturating_sub(before);
    tell("frame_1m_memory", "millrace", vec![all as f64], "bytes");
    say(&format!(
        "  memory: {} MiB for the jobs themselves, {} MiB more with the window's rows, lists and spans",
        mib(queued.saturating_sub(before)),
        mib(resident().saturating_sub(queued)),
    ));

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
    window.until(("frame_1m_sort", "sorting by name"), click(name.0, name.1), "picture-0.png", &mut batch, &board);
    let last = format!("picture-{}.png", MANY_ROWS - 1);
    window.until(("frame_1m_turn", "turning that round"), click(name.0, name.1), &last, &mut batch, &board);
    window.measure(("frame_1m_sorted", "sorted by name"), frames, TARGET_P99_MANY_MS, &mut batch, &board);
    window.frame(FRAME, vec![key(Modifiers::COMMAND, Key::F)]);
    for text in ["p", "i", "c", "t", "u", "r", "e", "-", "77", "77", "77"] {
        let typed = vec![egui::Event::Text(text.to_owned())];
        let what = format!("a keystroke in the search: {text}");
        let shown = if text.len() == 2 { "picture-77" } else { "picture-" };
        window.until(("frame_1m_key", &what), typed, shown, &mut batch, &board);
    }
    window.frame(FRAME, vec![key(Modifiers::COMMAND, Key::A)]);
    window.frame(FRAME, vec![egui::Event::Text("picture-1".to_owned())]);
    window.frame(FRAME, click(progress.0, progress.1));
    window.measure(
        ("frame_1m_searched", "sorted by progress, with a search text"),
        frames,
        TARGET_P99_MANY_MS,
        &mut batch,
        &board,
    );
    batch.drop_files();
    window.longest(("frame_1m_dropped", "adding 10 000 dropped files"), &mut batch, &board, 60, TARGET_LONGEST_MS);
    window.frame(FRAME, vec![key(Modifiers::NONE, Key::Escape)]);
    window.frame(FRAME, vec![key(Modifiers::COMMAND, Key::A)]);
    window.longest(("frame_1m_chosen", "choosing every row found"), &mut batch, &board, 30, TARGET_LONGEST_MS);
}

/// What this program holds of the memory.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

impl Window {
    fn measure(&mut self, (name, what): (&str, &str), frames: usize, target: f64, batch: &mut Batch, board: &Board) {
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
        let (p50, p99, most) = (percentile(&costs, 0.5), percentile(&costs, 0.99), percentile(&costs, 1.0));
        for (share, value) in [("p50", p50), ("p99", p99), ("most", most)] {
            tell(&format!("{name}_{share}"), "millrace", vec![value], "ms");
        }
        let verdict = if p99 <= target { "within" } else { "ABOVE" };
        say(&format!("  {what}: CPU time of a frame p50 {p50:.2} ms, p99 {p99:.2} ms, most {most:.2} ms"));
        say(&format!("    p99 is {verdict} the target of {target} ms"));
    }

    /// The longest of some frames.
    fn longest(&mut self, (name, what): (&str, &str), batch: &mut Batch, board: &Board, frames: usize, target: f64) {
        let costs = (0..frames).map(|_| self.pass(Vec::new(), batch, board));
        let longest = costs.fold(0.0, f64::max);
        tell(&format!("{name}_longest"), "millrace", vec![longest], "ms");
        let verdict = match target {
            f64::MAX => String::new(),
            target if longest <= target => format!(", within the target of {target} ms"),
            target => format!(", ABOVE the target of {target} ms"),
        };
        say(&format!("  {what}: the longest frame {longest:.2} ms{verdict}"));
    }

    /// Does something, and goes on until the first row says what it should: the longest frame, and the time until then.
    fn until(
        &mut self,
        (name, what): (&str, &str),
        events: Vec<egui::Event>,
        shown: &str,
        batch: &mut Batch,
        board: &Board,
    ) {
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
        tell(&format!("{name}_longest"), "millrace", vec![longest], "ms");
        tell(&format!("{name}_shown"), "millrace", vec![took as f64], "ms");
        say(&format!(
            "  {what}: there after {took} ms, the longest frame {longest:.2} ms, {verdict} {TARGET_LONGEST_MS} ms"
        ));
    }
}
