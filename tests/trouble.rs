//! What fails beside the work: the queue's file, what lies in its folder, worker programs that are none, and folders that
//! cannot be made. Each has its sentence, and what can go on does.

mod support;

use millrace::engine::{Engine, EngineConfig, Previewer};
use millrace::model::task::Light;
use millrace::model::{
    Batch, BatchOptions, Command, ErrorKind, Event, Failure, JobId, JobReport, JobSpec, JobState, LaneCounts, Mode,
    Recipe, Selection, Undone,
};
use millrace::store::Queue;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use support::Server;

const PATIENCE: Duration = Duration::from_mins(1);

fn millrace(state: &Path, arguments: &[&str]) -> Output {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_millrace"));
    program.args(arguments).arg("--state").arg(state).stdin(std::process::Stdio::null()).output().expect("it ran")
}

/// A program that does not outlive the test.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Has a program fetch the links of a list into a folder, in the background.
fn fetching(mut program: std::process::Command, [list, out, state]: [&Path; 3]) -> Running {
    program.args(["get", "--mode", "threads", "--per-host", "64", "--input"]).arg(list).arg("-d").arg(out);
    program.arg("--state").arg(state).stdout(std::process::Stdio::null());
    program.spawn().map(Running).expect("started")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn engine(mode: Mode, worker_program: &Path, queue: Option<Queue>) -> Engine {
    let (lanes, worker_program) = (LaneCounts { fetch: 2, mill: 2 }, worker_program.to_owned());
    let config = EngineConfig { mode, lanes, worker_program, ..EngineConfig::for_this_machine().expect("a config") };
    Engine::start(config, queue, || {}).expect("an engine")
}

fn worker() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_millrace"))
}

/// The events until one is as wanted.
fn until(engine: &Engine, what: &str, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let (deadline, mut seen) = (Instant::now() + PATIENCE, Vec::new());
    loop {
        let event = engine.events().recv_deadline(deadline).unwrap_or_else(|_| panic!("no {what}: {seen:#?}"));
        let is_it = wanted(&event);
        seen.push(event);
        if is_it {
            return seen;
        }
    }
}

fn reports(events: Vec<Event>) -> Vec<JobReport> {
    let report = |event| if let Event::JobFinished(report) = event { Some(*report) } else { None };
    events.into_iter().filter_map(report).collect()
}

/// Runs a batch to its end.
fn run(engine: &Engine, options: BatchOptions, jobs: Vec<JobSpec>) -> Vec<Event> {
    engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
    until(engine, "end of the batch", |event| matches!(event, Event::BatchFinished(_)))
}

#[test]
fn light_work_comes_to_the_same_in_every_mode() {
    let numbers = [0, 1, 2, 97, 561, 7919, 1_000_003, 999_999_999_989];
    let jobs = || numbers.iter().flat_map(|number| [Light::IsPrime(*number), Light::Echo(*number)]).map(JobSpec::light);
    let mut answers: Vec<BTreeMap<u32, u64>> = Vec::new();
    for mode in Mode::ALL {
        let engine = engine(mode, &worker(), None);
        let events = run(&engine, BatchOptions { kept: false, ..BatchOptions::to("/nowhere") }, jobs().collect());
        let computed = |event| if let Event::Computed { answers, .. } = event { Some(answers) } else { None };
        let told = events.into_iter().filter_map(computed).flatten();
        answers.push(told.map(|(job, answer)| (job.0, answer)).collect());
    }
    let primes: Vec<u64> = (0..numbers.len() as u32).map(|at| answers[0][&(2 * at)]).collect();
    assert_eq!(primes, [0, 0, 1, 1, 0, 1, 1, 1]);
    assert!(answers.iter().all(|of_mode| *of_mode == answers[0] && of_mode.len() == 16), "{answers:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn where_the_queue_finds_no_room_work_waits_and_goes_on_when_there_is_some() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    use std::io::{BufRead, BufReader};
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    // More than a file may hold there, before one of them is begun.
    let padding = "x".repeat(1500);
    let link = |n: u32| format!("{}\n", server.file(&format!("/{n}.bin?{padding}"), b"a"));
    let list = folder.path().join("links.txt");
    fs::write(&list, (0..1000).map(link).collect::<String>()).expect("written");
    // What a file may hold is told in blocks of 512 bytes; a program that is not told of it by a signal is by an error.
    let limited = "trap '' XFSZ; ulimit -S -f 2000; exec \"$@\"";
    let mut limited_program = std::process::Command::new("sh");
    limited_program.args(["-c", limited, "sh", env!("CARGO_BIN_EXE_millrace")]).stderr(std::process::Stdio::piped());
    let mut program = fetching(limited_program, [&list, &out, &state]);
    let mut said = String::new();
    let mut told = BufReader::new(program.0.stderr.take().expect("a pipe"));
    while !said.contains("The queue waits until that is mended") {
        assert!(told.read_line(&mut said).expect("a line") > 0, "it ended: {said}");
    }
    thread::sleep(Duration::from_millis(500));
    assert_eq!(server.requests().len(), 0, "nothing begins that is not kept");
    assert_eq!(fs::read_dir(&out).expect("a folder").count(), 0, "nothing of it would be found again");
    let pid = Pid::from_raw(program.0.id().cast_signed());
    prlimit(pid, Resource::Fsize, Rlimit { current: None, maximum: None }).expect("there is room");
    let status = program.0.wait().expect("it ends");
    assert!(status.success(), "{status}: {said}");
    assert_eq!(fs::read_dir(&out).expect("a folder").count(), 1000);
    let rest = millrace(&state, &["resume"]);
    assert!(rest.status.success() && server.requests().len() == 1000, "nothing is left: {}", stderr(&rest));
}

#[test]
fn what_lies_in_the_place_of_a_state_file_is_told_and_left_alone() {
    let server = Server::start();
    let link = server.file("/a.bin", b"a");
    for (name, is_folder, sentence) in
        [("queue.sqlite", true, "The queue is not kept"), ("log", false, "There is no log")]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let (state, out) = (folder.path().join("state"), folder.path().join("out"));
        let place = state.join(name);
        fs::create_dir_all(if is_folder { &place } else { &state }).expect("made");
        if !is_folder {
            fs::write(&place, "a file").expect("written");
        }
        let output = millrace(&state, &["get", &link, "-d", out.to_str().expect("UTF-8")]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        assert!(stderr(&output).contains(sentence), "{name}: {}", stderr(&output));
        assert!(place.is_dir() == is_folder && out.join("a.bin").is_file(), "{name}");
    }
}

#[test]
fn the_queue_of_a_newer_version_is_not_touched() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    let link = server.file("/a.bin", b"a");
    let arguments = ["get", &link, "-d", out.to_str().expect("UTF-8")];
    assert!(millrace(&state, &arguments).status.success());
    let file = state.join("queue.sqlite");
    let queue = rusqlite::Connection::open(&file).expect("a database");
    queue.pragma_update(None, "user_version", 9999).expect("a newer version");
    drop(queue);
    let before = fs::read(&file).expect("the queue");
    let output = millrace(&state, &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("newer version"), "{}", stderr(&output));
    assert_eq!((fs::read(&file).expect("the queue"), fs::read_dir(&out).expect("a folder").count()), (before, 1));
}

/// Damage that is found only when the queue is read, not when it is opened.
#[test]
fn a_queue_that_turns_out_to_be_damaged_is_kept_aside_and_work_goes_on() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    let (padding, rules) = ("x".repeat(1500), vec![vec![support::Act::Wait(Duration::from_mins(1))]]);
    let links: Vec<String> = (0..400).map(|n| server.on(&format!("/{n}.bin?{padding}"), rules.clone())).collect();
    let list = folder.path().join("links.txt");
    fs::write(&list, links.join("\n")).expect("written");
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_millrace"));
    program.stderr(std::process::Stdio::null());
    let program = fetching(program, [&list, &out, &state]);
    let file = state.join("queue.sqlite");
    let kept = || rusqlite::Connection::open(&file)?.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0));
    let deadline = Instant::now() + PATIENCE;
    while !file.exists() || kept().unwrap_or(0) < 400 {
        assert!(Instant::now() < deadline, "nothing is kept");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(program);
    let queue = rusqlite::Connection::open(&file).expect("a database");
    queue.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("all in one file");
    drop(queue);
    let mut bytes = fs::read(&file).expect("the queue");
    assert!(bytes.len() > 300_000, "{}", bytes.len());
    let half = bytes.len() / 2;
    bytes[half..].fill(0xA5);
    fs::write(&file, &bytes).expect("damaged");
    let link = server.file("/new.bin", b"new");
    let output = millrace(&state, &["get", &link, "-d", out.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let rest = millrace(&state, &["resume"]);
    let said = stderr(&output) + &stderr(&rest);
    assert!(said.contains("damaged") && said.contains("kept aside"), "{said}");
    assert_eq!(fs::read(out.join("new.bin")).expect("the file"), b"new");
    let aside = fs::read_dir(&state).expect("a folder").flatten();
    let is_damaged = |path: PathBuf| fs::read(path).is_ok_and(|kept| kept.ends_with(&[0xA5; 4096]));
    assert!(aside.into_iter().any(|entry| is_damaged(entry.path())), "its bytes stay");
}

fn undone(engine: &Engine) -> Result<Option<Arc<Undone>>, String> {
    engine.send(Command::Undo);
    match until(engine, "answer", |event| matches!(event, Event::Undone(_))).pop() {
        Some(Event::Undone(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

fn warned(engine: &Engine) -> String {
    match until(engine, "warning", |event| matches!(event, Event::Warned(_))).pop() {
        Some(Event::Warned(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

fn open(state: &Path) -> Queue {
    let (queue, damage) = Queue::open(state).expect("a queue");
    assert_eq!(damage, None);
    queue
}

#[test]
fn undoing_says_why_it_cannot_be() {
    let sentence = undone(&engine(Mode::Threads, &worker(), None)).expect_err("there is no queue");
    assert!(sentence.contains("not kept"), "{sentence}");

    let server = Server::start();
    let link = server.on("/slow.bin", vec![vec![support::Act::Wait(Duration::from_mins(1))]; 4]);
    for (jobs, wanted) in [(1, "A job of the last batch has not ended"), (3, "3 jobs of the last batch")] {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = engine(Mode::Threads, &worker(), Some(open(folder.path())));
        assert!(undone(&engine).expect("there is a queue").is_none(), "nothing was done yet");
        let jobs = vec![JobSpec::link(link.as_str(), &link, None); jobs];
        let options = Arc::new(BatchOptions::to(folder.path().join("out")));
        engine.send(Command::Submit(Arc::new(Batch { options, jobs })));
        until(&engine, "start", |event| matches!(event, Event::TaskStarted { .. }));
        let sentence = undone(&engine).expect_err("it runs");
        assert!(sentence.contains(wanted), "{sentence}");
    }
}

/// Spoils an open queue: another program writes to it, so that nothing of it counts as known, and then the disk fails.
fn spoil(state: &Path) {
    use std::io::Write;
    let file = state.join("queue.sqlite");
    let other = rusqlite::Connection::open(&file).expect("a database");
    let version: i64 = other.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version");
    other.pragma_update(None, "user_version", version).expect("written");
    let busy: i64 = other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).expect("an answer");
    assert_eq!(busy, 0, "all is in one file");
    let length = fs::metadata(&file).expect("the queue").len();
    let mut damaged = fs::File::options().write(true).open(&file).expect("the queue");
    damaged.write_all(&vec![0xA5; length as usize]).expect("damaged");
}

/// Damage that happens while the program runs.
#[test]
fn a_queue_that_becomes_damaged_is_kept_aside_and_work_goes_on() {
    let server = Server::start();
    let link = server.file("/a.bin", b"a");
    type Told = fn(&Engine) -> String;
    let told_by: [Told; 3] = [
        |engine| {
            engine.send(Command::Forget);
            warned(engine)
        },
        |engine| {
            engine.send(Command::GoOn);
            warned(engine)
        },
        |engine| undone(engine).expect_err("it cannot be read"),
    ];
    for told in told_by {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = engine(Mode::Threads, &worker(), Some(open(folder.path())));
        spoil(folder.path());
        let sentence = told(&engine);
        assert!(sentence.contains("damaged") && sentence.contains("kept aside"), "{sentence}");
        let sentence = undone(&engine).expect_err("nothing is kept any more");
        assert!(sentence.contains("not kept any more"), "{sentence}");
        let jobs = vec![JobSpec::link(link.as_str(), &link, None)];
        let ended = reports(run(&engine, BatchOptions::to(folder.path().join("out")), jobs));
        assert_eq!(ended[0].outcome.state(), JobState::Done, "{:?}", ended[0].outcome);
    }
}

#[test]
fn a_queue_that_another_program_holds_is_told_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = engine(Mode::Threads, &worker(), Some(open(folder.path())));
    let other = rusqlite::Connection::open(folder.path().join("queue.sqlite")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM jobs").expect("held");
    engine.send(Command::Forget);
    let sentence = warned(&engine);
    assert!(sentence.contains("queue.sqlite") && !sentence.contains("damaged"), "{sentence}");
    other.execute_batch("ROLLBACK").expect("let go");
    assert!(undone(&engine).expect("the queue is still there").is_none());
}

#[test]
fn light_work_without_a_worker_program_fails_with_its_name() {
    let engine = engine(Mode::Processes, Path::new("/nowhere/millrace"), None);
    let options = BatchOptions { kept: false, retries: 0, ..BatchOptions::to("/nowhere") };
    let ended = reports(run(&engine, options, vec![JobSpec::light(Light::IsPrime(7))]));
    let (kind, sentence) = ended[0].outcome.error().expect("it failed");
    assert!(kind == ErrorKind::Io && sentence.contains("/nowhere/millrace"), "{sentence}");
}

#[test]
fn a_plan_says_of_what_it_cannot_tell_beforehand() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("a.png");
    image::RgbImage::new(40, 30).save(&picture).expect("a picture");
    let options = BatchOptions { recipe: Some(Arc::new(Recipe::same_size())), ..BatchOptions::to(folder.path()) };
    let jobs = vec![
        JobSpec::link("http://127.0.0.1:1/b.png", "http://127.0.0.1:1/b.png", None),
        JobSpec::refused("c", Failure::new(ErrorKind::Unsupported, "c is nothing")),
        JobSpec::file("a.png", picture, PathBuf::new()),
    ];
    let config = EngineConfig { worker_program: worker(), ..EngineConfig::for_this_machine().expect("a config") };
    let batch = Arc::new(Batch { options: Arc::new(options), jobs });
    let planned = millrace::engine::plan(config, &batch).expect("a plan");
    let told = |place: usize| planned[place].result.as_ref().expect_err("not to be told").sentence.clone();
    assert!(told(0).contains("http://127.0.0.1:1/b.png cannot be told"), "{}", told(0));
    assert_eq!(told(1), "c is nothing");
    assert_eq!(planned[2].result.as_ref().map(Vec::len), Ok(1));
}

#[test]
fn a_folder_that_cannot_be_made_fails_the_job_with_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let (picture, file) = (folder.path().join("a.png"), folder.path().join("file"));
    image::RgbImage::new(40, 30).save(&picture).expect("a picture");
    fs::write(&file, "no folder").expect("written");
    for mode in Mode::ALL {
        let recipe = Some(Arc::new(Recipe::same_size()));
        let options = BatchOptions { recipe, ..BatchOptions::to(file.join("below")) };
        let job = JobSpec::file(picture.to_string_lossy(), picture.clone(), PathBuf::new());
        let ended = reports(run(&engine(mode, &worker(), None), options, vec![job]));
        let (_, sentence) = ended[0].outcome.error().expect("it failed");
        assert!(sentence.contains(&*file.to_string_lossy()), "{mode}: {sentence}");
    }
    assert_eq!(fs::read(&file).expect("the file"), b"no folder");
}

/// What is done and waits until another has its name can be kept no more.
#[test]
fn a_result_that_waits_for_its_name_does_not_hold_up_the_end() {
    for mode in Mode::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let picture = |below: &str| {
            let path = folder.path().join(below).join("same.png");
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            image::RgbImage::new(40, 30).save(&path).expect("a picture");
            JobSpec::file(path.to_string_lossy(), path.clone(), PathBuf::new())
        };
        let engine = engine(mode, &worker(), Some(open(folder.path())));
        engine.send(Command::Pause(Selection::All));
        let options = BatchOptions { recipe: Some(Arc::new(Recipe::same_size())), ..BatchOptions::to(&out) };
        let jobs = vec![picture("a"), picture("b")];
        engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
        until(&engine, "queue", |event| matches!(event, Event::JobsQueued { .. }));
        engine.send(Command::Pause(Selection::Jobs(vec![JobId(0)])));
        engine.send(Command::Resume(Selection::Except(vec![JobId(0)])));
        until(&engine, "second result", |event| matches!(event, Event::TaskFinished { .. }));
        let (ended, has_ended) = crossbeam_channel::bounded(1);
        thread::Builder::new()
            .spawn(move || {
                drop(engine);
                ended.send(())
            })
            .expect("a thread");
        has_ended.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{mode}: it never ends"));
        let left: Vec<PathBuf> = fs::read_dir(&out).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        assert!(left.is_empty(), "{mode}: {left:?}");
    }
}

#[cfg(unix)]
#[test]
fn programs_that_are_no_workers_are_told_and_end() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("a.png");
    image::RgbImage::new(40, 30).save(&picture).expect("a picture");
    let script = folder.path().join("worker");
    for lines in ["echo this is no protocol; cat >/dev/null", "exit 7", "head -c 65536 /dev/zero; cat >/dev/null"] {
        fs::write(&script, format!("#!/bin/sh\n{lines}\n")).expect("written");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("to be run");
        let recipe = Some(Arc::new(Recipe::same_size()));
        let options = BatchOptions { recipe, ..BatchOptions::to(folder.path().join("out")) };
        let job = JobSpec::file(picture.to_string_lossy(), picture.clone(), PathBuf::new());
        let engine = engine(Mode::Processes, &script, None);
        let ended = reports(run(&engine, options, vec![job]));
        assert_eq!(ended[0].outcome.state(), JobState::Failed, "{lines}");
        let (kind, sentence) = ended[0].outcome.error().expect("it failed");
        assert_eq!(kind, ErrorKind::Io, "{lines}: {sentence}");

        let config = EngineConfig { worker_program: script.clone(), ..EngineConfig::for_this_machine().expect("one") };
        let mut previewer = Previewer::new(&config).expect("a place");
        let failure = previewer.show(&picture, Recipe::same_size(), &|| false).expect_err("no worker");
        assert_eq!(failure.kind, ErrorKind::Crashed, "{lines}: {failure}");
    }
    let config = EngineConfig { worker_program: script.join("gone"), ..EngineConfig::for_this_machine().expect("one") };
    let mut previewer = Previewer::new(&config).expect("a place");
    let failure = previewer.show(&picture, Recipe::same_size(), &|| false).expect_err("no program");
    assert!(failure.to_string().contains("cannot start"), "{failure}");
    let failure = previewer.facts(folder.path(), &|| false).expect_err("a folder");
    assert_eq!(failure.kind, ErrorKind::Unsupported, "{failure}");
}
