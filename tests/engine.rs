//! The engine with real threads, real worker processes and real files, in every mode.

use image::{ImageBuffer, Rgb};
use millrace::engine::{Engine, EngineConfig, Previewer, WorkerPolicy};
use millrace::model::message::TaskResult;
use millrace::model::recipe::{Encoding, Format, Frames};
use millrace::model::{
    AttemptId, Batch, BatchOptions, Command, ErrorKind, Event, ExecutorKind, FetchOptions, JobId, JobReport, JobSpec,
    JobState, LaneCounts, LaneId, Mode, Outcome, Pool, Recipe, Selection, Spot,
};
use millrace::store::Queue;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const WORKER: &str = env!("CARGO_BIN_EXE_millrace");
const PATIENCE: Duration = Duration::from_mins(1);

struct Bench {
    engine: Engine,
    seen: Vec<Event>,
    reports: BTreeMap<JobId, JobReport>,
    executors: HashMap<LaneId, ExecutorKind>,
}

impl Bench {
    fn new(mode: Mode) -> Bench {
        Bench::with_worker(mode, WORKER)
    }

    fn with_worker(mode: Mode, worker: &str) -> Bench {
        let lanes = LaneCounts { fetch: 2, mill: 2 };
        let worker_program = PathBuf::from(worker);
        let config =
            EngineConfig { mode, lanes, worker_program, ..EngineConfig::for_this_machine().expect("a config") };
        Bench::start(config, None)
    }

    fn start(config: EngineConfig, queue: Option<Queue>) -> Bench {
        let engine = Engine::start(config, queue, || {}).expect("an engine");
        Bench { engine, seen: Vec::new(), reports: BTreeMap::new(), executors: HashMap::new() }
    }

    fn submit(&self, files: &[PathBuf], out: &Path, recipe: &str) {
        let jobs = files.iter().map(|file| job(file)).collect();
        self.engine.send(Command::Submit(Arc::new(Batch { options: options(out, recipe), jobs })));
    }

    /// Takes events until one is as wanted.
    fn until(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> bool) -> Event {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let event =
                self.engine.events().recv_deadline(deadline).unwrap_or_else(|_| panic!("no {what}: {:#?}", self.seen));
            if let Event::JobFinished(report) = &event {
                let earlier = self.reports.insert(report.job, report.as_ref().clone());
                assert!(
                    earlier.is_none_or(|earlier| earlier.outcome.state() != JobState::Done),
                    "done twice: {report:?}"
                );
            }
            if let Event::LaneOpened(lane) = &event {
                self.executors.insert(lane.id, lane.executor);
            }
            self.seen.push(event.clone());
            if wanted(&event) {
                return event;
            }
        }
    }

    fn until_batch_ends(&mut self) {
        self.until("end of the batch", |event| matches!(event, Event::BatchFinished(_)));
    }

    fn state(&self, job: u32) -> JobState {
        self.reports[&JobId(job)].outcome.state()
    }

    /// Every attempt that started ended exactly once.
    fn check_attempts(&self) {
        let mut open: Vec<AttemptId> = Vec::new();
        for event in &self.seen {
            match event {
                Event::TaskStarted { attempt, .. } => {
                    assert!(
                        !open.iter().any(|other| other.job == attempt.job),
                        "{attempt} runs beside another of its job"
                    );
                    open.push(*attempt);
                }
                Event::TaskFinished { attempt, .. } => {
                    let at = open.iter().position(|other| other == attempt);
                    open.remove(at.unwrap_or_else(|| panic!("{attempt} ended twice or never began")));
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "never ended: {open:?}");
    }
}

fn options(out: &Path, recipe: &str) -> Arc<BatchOptions> {
    Arc::new(BatchOptions {
        recipe: Some(Arc::new(Recipe::named(recipe).expect("a built-in recipe"))),
        fetch: Arc::new(FetchOptions { per_host: 64, ..FetchOptions::default() }),
        ..BatchOptions::to(out)
    })
}

fn job(file: &Path) -> JobSpec {
    JobSpec::file(file.to_string_lossy(), file.to_owned(), PathBuf::new())
}

/// A picture that takes a moment to convert.
fn picture(path: &Path, side: u32) -> PathBuf {
    let pixels = ImageBuffer::from_fn(side, side * 3 / 4, |x, y| {
        let noise = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 28;
        Rgb([(x * 255 / side) as u8, (y * 255 / side) as u8, (noise * 8) as u8])
    });
    pixels.save(path).expect("a picture");
    path.to_owned()
}

fn pictures(folder: &Path, count: usize, side: u32) -> Vec<PathBuf> {
    let first = picture(&folder.join("0.png"), side);
    let copy = |n: usize| {
        let path = folder.join(format!("{n}.png"));
        fs::copy(&first, &path).expect("a copy");
        path
    };
    std::iter::once(first.clone()).chain((1..count).map(copy)).collect()
}

fn visible_files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap_or_default()))
        .collect()
}

#[test]
fn every_mode_gives_the_same_bytes_and_the_same_failures() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = pictures(folder.path(), 5, 600);
    let damaged = folder.path().join("damaged.png");
    let whole = fs::read(&files[0]).expect("bytes");
    fs::write(&damaged, &whole[..whole.len() / 2]).expect("written");
    files.extend([damaged, folder.path().join("missing.png")]);

    let mut results = Vec::new();
    for mode in Mode::ALL {
        let out = folder.path().join(mode.as_str());
        let mut bench = Bench::new(mode);
        bench.submit(&files, &out, "Thumbnail 512");
        bench.until_batch_ends();
        bench.check_attempts();
        assert_eq!(bench.state(5), JobState::Failed, "{mode}: the damaged one");
        let kinds: Vec<_> = bench.reports.values().map(|report| report.outcome.error().map(|(kind, _)| kind)).collect();
        let expected_mode = mode.executor_of(Pool::Mill).as_mode();
        assert!(bench.reports.values().all(|report| report.mode == Some(expected_mode)), "{mode}");
        assert!(bench.reports.values().all(|report| report.attempts == 1), "{mode}");
        assert!(bench.reports[&JobId(0)].timing.cpu_us > 0, "{mode}: computing takes CPU time");
        drop(bench);
        results.push((kinds, visible_files(&out)));
    }
    assert_eq!(results[0].1.len(), 5, "five pictures and no left-overs: {:?}", results[0].1.keys());
    assert!(results.iter().all(|result| result == &results[0]), "the modes differ");
}

#[cfg(unix)]
#[test]
fn a_worker_killed_in_the_middle_costs_its_own_task_one_attempt() {
    use rustix::process::{Pid, Signal, kill_process};
    let folder = tempfile::tempdir().expect("a folder");
    let files = pictures(folder.path(), 12, 1500);
    let mut bench = Bench::new(Mode::Processes);
    bench.submit(&files, &folder.path().join("out"), "WebP lossless");
    let mut pids = HashMap::new();
    let mut victim = None;
    // The fifth task to start is under way on a worker that is known by then.
    let mut started = 0;
    bench.until("a task to kill", |event| {
        match event {
            Event::WorkerStarted { lane, pid, .. } => {
                pids.insert(*lane, *pid);
            }
            Event::TaskStarted { attempt, lane, .. } => {
                started += 1;
                victim = (started >= 5).then_some((*attempt, *lane));
            }
            _ => {}
        }
        victim.is_some()
    });
    let (attempt, lane) = victim.expect("a victim");
    std::thread::sleep(Duration::from_millis(20));
    let pid = Pid::from_raw(pids[&lane].cast_signed()).expect("a pid");
    kill_process(pid, Signal::KILL).expect("killed");
    bench.until_batch_ends();
    bench.check_attempts();
    let sentence =
        bench.seen.iter().find_map(|event| match event {
            Event::TaskFinished {
                attempt: ended, result: TaskResult::Failed { failure, will_retry: true }, ..
            } if *ended == attempt => Some(failure.sentence.clone()),
            _ => None,
        });
    assert!(sentence.expect("a failed attempt").contains("signal 9 (SIGKILL)"));
    for (job, report) in &bench.reports {
        assert_eq!(report.outcome.state(), JobState::Done, "{report:?}");
        assert_eq!(report.attempts, if *job == attempt.job { 2 } else { 1 }, "{report:?}");
    }
    assert_eq!(bench.reports.len(), 12);
}

#[test]
fn switching_modes_and_lanes_while_work_runs_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = pictures(folder.path(), 150, 300);
    let out = folder.path().join("out");
    let mut bench = Bench::new(Mode::Mixed);
    bench.submit(&files, &out, "Thumbnail 512");
    let mut finished = 0;
    while finished < 150 {
        bench.until("a finished job", |event| matches!(event, Event::JobFinished(_)));
        finished += 1;
        bench.engine.send(Command::SetMode(Mode::ALL[finished % 4]));
        bench.engine.send(Command::SetLanes(Pool::Mill, (finished % 3 + 1) as u16));
    }
    bench.until_batch_ends();
    bench.check_attempts();
    assert!(bench.reports.values().all(|report| report.outcome.state() == JobState::Done && report.attempts == 1));
    let ran_in: std::collections::HashSet<_> = bench
        .seen
        .iter()
        .filter_map(|event| match event {
            Event::TaskStarted { lane, .. } => bench.executors.get(lane).copied(),
            _ => None,
        })
        .collect();
    assert_eq!(ran_in.len(), 3, "it really ran in every way: {ran_in:?}");
    drop(bench);
    assert_eq!(visible_files(&out).len(), 150);
}

#[test]
fn pause_holds_everything_and_cancel_ends_it() {
    for mode in Mode::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let files = pictures(folder.path(), 6, 900);
        let out = folder.path().join("out");
        let mut bench = Bench::new(mode);
        bench.engine.send(Command::Pause(Selection::All));
        bench.submit(&files, &out, "WebP lossless");
        bench.until("the queue", |event| matches!(event, Event::JobsQueued { .. }));
        let quiet = bench.engine.events().recv_timeout(Duration::from_millis(150));
        assert!(quiet.is_err(), "{mode}: nothing starts while paused: {quiet:?}");
        bench.engine.send(Command::Cancel(Selection::Jobs(vec![JobId(1), JobId(4)])));
        bench.engine.send(Command::Resume(Selection::All));
        bench.until("a running task", |event| matches!(event, Event::TaskStarted { .. }));
        bench.engine.send(Command::Remove(Selection::Jobs(vec![JobId(5)])));
        bench.until_batch_ends();
        bench.check_attempts();
        let states: Vec<_> = (0..6).map(|job| bench.state(job)).collect();
        use JobState::{Cancelled, Done};
        assert_eq!(states, [Done, Cancelled, Done, Done, Cancelled, Cancelled], "{mode}");
        bench.engine.send(Command::Retry(Selection::Jobs(vec![JobId(1), JobId(5)])));
        bench.until_batch_ends();
        assert_eq!(bench.state(1), Done, "{mode}: a cancelled job can be tried again");
        assert_eq!(bench.state(5), Cancelled, "{mode}: a removed one cannot");
        drop(bench);
        assert_eq!(visible_files(&out).len(), 4, "{mode}");
    }
}

#[test]
fn what_is_held_back_while_everything_goes_on_can_be_removed() {
    for mode in Mode::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let files = pictures(folder.path(), 4, 64);
        let out = folder.path().join("out");
        let mut bench = Bench::new(mode);
        bench.engine.send(Command::Pause(Selection::All));
        bench.submit(&files, &out, "WebP lossless");
        bench.engine.send(Command::Pause(Selection::Jobs(vec![JobId(1)])));
        bench.engine.send(Command::Move(vec![JobId(3)], Spot::First));
        let moved = bench.until("the new place", |event| matches!(event, Event::JobsMoved(_)));
        assert!(matches!(moved, Event::JobsMoved(jobs) if jobs.len() == 1 && jobs[0].0 == JobId(3)), "{mode}");
        bench.engine.send(Command::Resume(Selection::Except(vec![JobId(1)])));
        let first = bench.until("a running task", |event| matches!(event, Event::TaskStarted { .. }));
        assert!(
            matches!(first, Event::TaskStarted { attempt, .. } if attempt.job == JobId(3)),
            "{mode}: moved to the top"
        );
        while bench.reports.len() < 3 {
            bench.until("the others", |event| matches!(event, Event::JobFinished(_)));
        }
        assert!(!bench.reports.contains_key(&JobId(1)), "{mode}");
        bench.engine.send(Command::Remove(Selection::Jobs(vec![JobId(1)])));
        bench.until("its end", |event| *event == Event::JobsRemoved(vec![JobId(1)]));
        bench.check_attempts();
        assert_eq!(bench.state(1), JobState::Cancelled, "{mode}");
        drop(bench);
        assert_eq!(visible_files(&out).len(), 3, "{mode}");
    }
}

#[test]
fn nothing_is_ever_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    fs::create_dir(&one).expect("a folder");
    fs::create_dir(&two).expect("a folder");
    let files = [picture(&one.join("a.png"), 64), picture(&two.join("A.PNG"), 64), picture(&one.join("b.png"), 64)];
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    fs::write(out.join("b.jpg"), "mine").expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), out.join("a (2).jpg")).expect("a link");
    let mut bench = Bench::new(Mode::Threads);
    bench.submit(&files, &out, "Thumbnail 512");
    bench.until_batch_ends();
    let names: Vec<String> = bench
        .reports
        .values()
        .map(|report| match &report.outcome {
            Outcome::Done(made) => made.first().file_name().unwrap_or_default().to_string_lossy().to_lowercase(),
            other => panic!("{other:?}"),
        })
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), 3, "no two names are alike, whatever their case: {names:?}");
    assert_eq!(fs::read(out.join("b.jpg")).expect("still there"), b"mine");
    assert!(names.contains(&"b (2).jpg".to_owned()), "{names:?}");
    assert!(!folder.path().join("elsewhere").exists(), "nothing is written through a link");
    assert!(files.iter().all(|file| file.exists()), "the originals stay");
}

#[test]
fn an_output_folder_that_vanishes_is_made_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = pictures(folder.path(), 10, 64);
    let out = folder.path().join("out");
    let mut bench = Bench::new(Mode::Serial);
    bench.submit(&files[..1], &out, "Thumbnail 512");
    bench.submit(&[picture(&folder.path().join("big.png"), 1500)], &out, "WebP lossless");
    bench.until("the first end", |event| matches!(event, Event::BatchFinished(_)));
    fs::remove_dir_all(&out).ok();
    bench.submit(&files[1..], &out, "Thumbnail 512");
    bench.until_batch_ends();
    bench.until_batch_ends();
    let late = (2..11).map(|job| bench.state(job)).collect::<Vec<_>>();
    assert!(late.iter().all(|state| *state == JobState::Done), "{late:?}");
}

#[cfg(unix)]
#[test]
fn a_linked_subfolder_is_not_followed_out_of_the_output_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, elsewhere) = (folder.path().join("out"), folder.path().join("elsewhere"));
    fs::create_dir(&out).expect("a folder");
    fs::create_dir(&elsewhere).expect("a folder");
    std::os::unix::fs::symlink(&elsewhere, out.join("sub")).expect("a link");
    let spec = JobSpec::file("a.png", picture(&folder.path().join("a.png"), 32), PathBuf::from("sub"));
    let mut bench = Bench::new(Mode::Threads);
    let options = options(&out, "Thumbnail 512");
    bench.engine.send(Command::Submit(Arc::new(Batch { options, jobs: vec![spec] })));
    bench.until_batch_ends();
    let error = bench.reports[&JobId(0)].outcome.error().expect("an error").1.to_owned();
    assert!(error.contains("leads out of the output folder"), "{error}");
    assert!(visible_files(&elsewhere).is_empty());
}

#[test]
fn what_cannot_start_is_a_failed_row_with_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = pictures(folder.path(), 2, 32);
    let blocked = folder.path().join("file");
    fs::write(&blocked, "in the way").expect("written");
    let mut bench = Bench::new(Mode::Mixed);
    bench.submit(&files, &blocked, "Thumbnail 512");
    bench.until_batch_ends();
    let error = bench.reports[&JobId(0)].outcome.error().map(|(_, sentence)| sentence.to_owned()).expect("an error");
    assert!(error.contains("file is in its place") && error.contains("choose another output folder"), "{error}");

    let mut bench = Bench::with_worker(Mode::Processes, "/nowhere/millrace");
    bench.submit(&files, &folder.path().join("out"), "Thumbnail 512");
    bench.until_batch_ends();
    let (kind, error) = bench.reports[&JobId(1)].outcome.error().expect("an error");
    assert!(kind == ErrorKind::Io && error.contains("/nowhere/millrace"), "{error}");

    // A program that is no worker breaks the protocol or ends at once, which is not the picture's fault.
    let mut bench = Bench::with_worker(Mode::Processes, "/bin/echo");
    bench.submit(&files[..1], &folder.path().join("out"), "Thumbnail 512");
    bench.until_batch_ends();
    let (kind, error) = bench.reports[&JobId(0)].outcome.error().expect("an error");
    assert!(kind == ErrorKind::Io && error.contains("did not come up"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn no_worker_outlives_the_program_and_its_left_overs_go() {
    let folder = tempfile::tempdir().expect("a folder");
    pictures(folder.path(), 60, 1500);
    let out = folder.path().join("out");
    let mut program = std::process::Command::new(WORKER)
        .args(["convert", "--mode", "processes", "--workers", "2", "--recipe", "WebP lossless", "--state"])
        .arg(folder.path().join(".state"))
        .arg("-o")
        .arg(&out)
        .arg(folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("started");
    let children = || {
        let path = format!("/proc/{0}/task", program.id());
        let tasks = fs::read_dir(path).map(|tasks| tasks.flatten().collect::<Vec<_>>()).unwrap_or_default();
        let of = |task: &fs::DirEntry| fs::read_to_string(task.path().join("children")).unwrap_or_default();
        tasks
            .iter()
            .flat_map(|task| of(task).split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let deadline = Instant::now() + PATIENCE;
    while children().len() < 2 || !out.exists() {
        assert!(Instant::now() < deadline, "workers start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let workers = children();
    program.kill().expect("killed");
    program.wait().expect("gone");
    while workers
        .iter()
        .any(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.starts_with("millrace")))
    {
        assert!(Instant::now() < deadline, "a worker outlives the program");
        std::thread::sleep(Duration::from_millis(5));
    }
    let hidden = |out: &Path| visible_files(out).into_keys().filter(|name| name.starts_with('.')).collect::<Vec<_>>();
    let left_over = hidden(&out);
    assert_eq!(left_over.len(), 1, "a killed program leaves its work folder");
    let unfinished = |name: &String| Path::new(name).extension().is_none_or(|extension| extension != "webp");
    assert!(visible_files(&out).keys().filter(|name| !name.starts_with('.')).all(|name| !unfinished(name)));
    // The next program takes it away once it is old enough.
    let long_ago = std::time::SystemTime::now() - Duration::from_mins(1);
    fs::File::open(out.join(&left_over[0])).and_then(|folder| folder.set_modified(long_ago)).expect("aged");
    millrace::engine::check_output_dir(&out).expect("usable");
    assert!(hidden(&out).is_empty(), "left-overs go");
}

fn with_policy(workers: WorkerPolicy) -> EngineConfig {
    EngineConfig {
        mode: Mode::Processes,
        lanes: LaneCounts { fetch: 1, mill: 1 },
        workers,
        worker_program: PathBuf::from(WORKER),
        ..EngineConfig::for_this_machine().expect("a config")
    }
}

fn workers_of(bench: &Bench) -> Vec<u32> {
    let started = bench.seen.iter().filter_map(|event| match event {
        Event::WorkerStarted { pid, .. } => Some(*pid),
        _ => None,
    });
    started.collect()
}

#[test]
fn a_worker_is_replaced_after_so_many_tasks_and_nothing_is_lost_by_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = pictures(folder.path(), 10, 48);
    let mut bench = Bench::start(with_policy(WorkerPolicy { recycle_after: 3, ..WorkerPolicy::default() }), None);
    bench.submit(&files, &folder.path().join("out"), "Thumbnail 512");
    bench.until_batch_ends();
    assert!(bench.reports.values().all(|report| report.outcome.state() == JobState::Done && report.attempts == 1));
    let mut pids = workers_of(&bench);
    assert_eq!(pids.len(), 4, "ten tasks by threes: {pids:?}");
    pids.dedup();
    assert_eq!(pids.len(), 4, "each is another process");
}

#[cfg(target_os = "linux")]
#[test]
fn workers_give_way_to_other_programs_and_keep_to_their_core() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = pictures(folder.path(), 1, 48);
    let policy = WorkerPolicy { nice: Some(7), pin: true, ..WorkerPolicy::default() };
    let mut bench = Bench::start(with_policy(policy), None);
    bench.submit(&files, &folder.path().join("out"), "Thumbnail 512");
    bench.until_batch_ends();
    let pid = workers_of(&bench)[0];
    // The thread that runs the attempts.
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("a process").flatten();
    for task in tasks {
        let stat = fs::read_to_string(task.path().join("stat")).expect("its state");
        let fields: Vec<&str> = stat.rsplit_once(") ").expect("well-formed").1.split(' ').collect();
        assert_eq!(fields[16], "7", "{stat}");
        let status = fs::read_to_string(task.path().join("status")).expect("its state");
        let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("cores").trim();
        assert!(!cores.contains([',', '-']), "one core: {cores}");
    }
}

#[test]
fn fetch_lanes_grow_while_that_brings_more() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = |mut stream: std::net::TcpStream| {
        // The head of a request comes in one piece, and what it says does not matter.
        let _read = stream.read(&mut [0; 2048]);
        std::thread::sleep(Duration::from_millis(60));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok").ok();
    };
    let thread = std::thread::Builder::new;
    let serve = move || {
        for stream in listener.incoming().flatten() {
            thread().spawn(move || answer(stream)).expect("a thread");
        }
    };
    thread().spawn(serve).expect("a thread");
    let folder = tempfile::tempdir().expect("a folder");
    let config = EngineConfig {
        worker_program: PathBuf::from(WORKER),
        lanes: LaneCounts { fetch: 4, mill: 1 },
        ..EngineConfig::for_this_machine().expect("a config")
    };
    let mut bench = Bench::start(config, None);
    let link = |number| format!("http://{address}/{number}.bin");
    let jobs = (0..400).map(|number| JobSpec::link(link(number), &link(number), None)).collect();
    let mut options = options(&folder.path().join("out"), "Thumbnail 512").as_ref().clone();
    options.recipe = None;
    bench.engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
    bench.until_batch_ends();
    let most = bench.seen.iter().filter_map(|event| match event {
        Event::SettingsChanged { lanes, choosing: true, .. } => Some(lanes.fetch),
        _ => None,
    });
    assert!(most.max() > Some(8), "a server that only waits is asked for more at once");
}

#[test]
fn the_last_batch_is_taken_back_once_all_of_it_has_ended() {
    for mode in Mode::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let (out, state) = (folder.path().join("out"), folder.path().join("state"));
        let inputs = pictures(folder.path(), 3, 64);
        fs::create_dir(&state).expect("a folder");
        let (queue, _) = Queue::open(&state).expect("a queue");
        let worker_program = PathBuf::from(WORKER);
        let config = EngineConfig { mode, worker_program, ..EngineConfig::for_this_machine().expect("a config") };
        let mut bench = Bench::start(config, Some(queue));
        let undo = |bench: &mut Bench| {
            bench.engine.send(Command::Undo);
            match bench.until("an answer", |event| matches!(event, Event::Undone(_))) {
                Event::Undone(undone) => undone,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(undo(&mut bench), Ok(None), "{mode}");
        bench.engine.send(Command::Pause(Selection::All));
        bench.submit(&inputs, &out, "Thumbnail 512");
        let refused = undo(&mut bench).expect_err("nothing has ended");
        assert!(refused.contains("3 jobs of the last batch have not ended"), "{refused}");
        bench.engine.send(Command::Resume(Selection::All));
        bench.until_batch_ends();
        fs::write(out.join("1.jpg"), "touched").expect("written");
        let undone = undo(&mut bench).expect("an answer").expect("a batch");
        assert_eq!(undone.summary(), "2 removed, 1 left as they are", "{mode}");
        assert_eq!(visible_files(&out).into_keys().collect::<Vec<_>>(), ["1.jpg"], "{mode}");
        assert!(inputs.iter().all(|input| input.exists()));
        assert_eq!(undo(&mut bench), Ok(None));
    }
}

#[test]
fn what_was_removed_or_cancelled_does_not_come_back_when_the_engine_ends_first() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    // Each file begins and never ends.
    let answer = |mut stream: std::net::TcpStream| {
        let _read = stream.read(&mut [0; 2048]);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").ok();
        stream.write_all(&vec![7; 100_000]).ok();
        let _read = stream.read(&mut [0; 2048]);
    };
    let serve = move || {
        for stream in listener.incoming().flatten() {
            std::thread::Builder::new().spawn(move || answer(stream)).expect("a thread");
        }
    };
    std::thread::Builder::new().spawn(serve).expect("a thread");
    for mode in [Mode::Threads, Mode::Processes] {
        let folder = tempfile::tempdir().expect("a folder");
        let (out, state) = (folder.path().join("out"), folder.path().join("state"));
        fs::create_dir(&state).expect("a folder");
        let config = EngineConfig {
            mode,
            lanes: LaneCounts { fetch: 4, mill: 1 },
            worker_program: PathBuf::from(WORKER),
            ..EngineConfig::for_this_machine().expect("a config")
        };
        let (queue, _) = Queue::open(&state).expect("a queue");
        let mut bench = Bench::start(config, Some(queue));
        let link = |number| format!("http://{address}/{number}.bin");
        let jobs = (0..3).map(|number| JobSpec::link(link(number), &link(number), None)).collect();
        let mut options = options(&out, "Thumbnail 512").as_ref().clone();
        options.recipe = None;
        bench.engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
        for _ in 0..3 {
            bench.until("a start", |event| matches!(event, Event::TaskStarted { .. }));
        }
        let parts = || {
            let found = fs::read_dir(out.join(".millrace-parts")).into_iter().flatten().flatten();
            found.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        let deadline = Instant::now() + PATIENCE;
        while parts().len() < 3 {
            assert!(Instant::now() < deadline, "{mode}: parts appear, {:?}", parts());
            std::thread::sleep(Duration::from_millis(5));
        }
        bench.engine.send(Command::Remove(Selection::Jobs(vec![JobId(0)])));
        bench.engine.send(Command::Cancel(Selection::Jobs(vec![JobId(1)])));
        bench.engine.stop();
        let last: Vec<Event> = bench.engine.events().try_iter().collect();
        let ended = last.iter().filter_map(|event| match event {
            Event::JobFinished(report) => Some((report.job.0, report.outcome.state())),
            _ => None,
        });
        assert_eq!(ended.collect::<Vec<_>>(), [(0, JobState::Cancelled), (1, JobState::Cancelled)], "{mode}: {last:?}");
        assert!(last.contains(&Event::JobsRemoved(vec![JobId(0)])), "{mode}: {last:?}");
        assert!(parts().iter().all(|part| part.ends_with("-2.part")), "{mode}: {:?}", parts());
        let (mut queue, _) = Queue::open(&state).expect("a queue");
        let left = queue.load().expect("read");
        let left: Vec<_> = left.iter().flat_map(|left| &left.batch.jobs).map(|job| job.input().to_owned()).collect();
        assert_eq!(left, [link(2)], "{mode}: only what nobody ended goes on");
    }
}

#[test]
fn a_preview_is_what_the_queue_would_make_and_ends_when_nobody_wants_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, input) = (folder.path().join("out"), picture(&folder.path().join("a.png"), 900));
    let mut bench = Bench::new(Mode::Threads);
    bench.submit(std::slice::from_ref(&input), &out, "Thumbnail 512");
    bench.until_batch_ends();
    let worker_program = PathBuf::from(WORKER);
    let config = EngineConfig { worker_program, ..EngineConfig::for_this_machine().expect("a config") };
    let mut previewer = Previewer::new(&config).expect("a place");
    let recipe = || Recipe::named("Thumbnail 512").expect("a recipe");
    let gone = previewer.show(&input, recipe(), &|| true).expect_err("nobody wants it");
    assert_eq!(gone.kind, ErrorKind::Cancelled);
    for _ in 0..2 {
        let sides = previewer.show(&input, recipe(), &|| false).expect("another worker does it");
        assert_eq!((sides.before.size, sides.after.size), ((900, 675), (512, 384)));
        let bytes = |path: &Path| fs::metadata(path).expect("a file").len();
        assert_eq!((sides.before.bytes, sides.after.bytes), (bytes(&input), bytes(&out.join("a.jpg"))));
        let png = sides.after.png.expect("a picture");
        assert_eq!(image::load_from_memory(&png).map(|png| (png.width(), png.height())).ok(), Some((512, 384)));
    }
    let text = folder.path().join("text.png");
    fs::write(&text, "no picture").expect("written");
    let failure = previewer.show(&text, recipe(), &|| false).expect_err("no picture");
    assert!(failure.sentence.contains("text.png"), "{failure}");
    let failure = previewer.facts(&text, &|| false).expect_err("no picture");
    assert!(failure.sentence.contains("text.png"), "{failure}");
    let failure = previewer.show(&folder.path().join("gone.png"), recipe(), &|| false).expect_err("no file");
    assert!(failure.sentence.contains("gone.png"), "{failure}");
}

#[test]
fn a_preview_of_frames_shows_the_first_and_one_of_what_is_not_read_tells_its_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("a.gif");
    let mut gif = image::codecs::gif::GifEncoder::new(fs::File::create(&input).expect("made"));
    let frame = |grey| image::Frame::new(image::RgbaImage::from_pixel(60, 40, image::Rgba([grey, grey, grey, 255])));
    gif.encode_frames([250, 130, 10].map(frame)).expect("written");
    drop(gif);
    let config = EngineConfig { worker_program: WORKER.into(), ..EngineConfig::for_this_machine().expect("a config") };
    let mut previewer = Previewer::new(&config).expect("a place");
    let mut show = |output| {
        let recipe = Recipe { output, ..Recipe::same_size() };
        previewer.show(&input, recipe, &|| false).expect("it is shown").after
    };
    let frames = show(Encoding { frames: Frames::Extract, ..Encoding::to(Format::Png) });
    assert_eq!((frames.size, frames.files), ((60, 40), 3));
    let first = image::load_from_memory(&frames.png.expect("a picture")).expect("a PNG").to_luma8();
    assert_eq!(first.get_pixel(30, 20).0, [250]);
    if cfg!(feature = "avif") {
        let avif = show(Encoding::to(Format::Avif));
        assert_eq!((avif.png, avif.size, avif.files), (None, (60, 40), 1));
    }
}
