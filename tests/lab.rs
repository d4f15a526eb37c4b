//! The Lab from the command line: every workload in every mode, and what must hold between the modes on any machine. Only
//! one comparison runs at a time here, since they measure; what is measured is repeated before it counts as wrong.

use millrace::engine::EngineConfig;
use millrace::lab::{self, LabEvent, Session};
use millrace::model::lab::{LabMode, Request, Workload};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How often a relation of times may fail before it is wrong: other programs want the cores, too.
const TRIES: usize = 6;

const MODES: [&str; 4] = ["serial", "threads", "gil", "processes"];

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
    command.arg("lab").args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("started")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What a comparison printed.
struct Compared {
    runs: Vec<Value>,
    finished: Value,
    notes: Vec<Value>,
}

impl Compared {
    fn of(output: &Output) -> Compared {
        assert!(output.status.success(), "{:?}: {}", output.status, stderr(output));
        let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")));
        let mut compared = Compared { runs: Vec::new(), finished: Value::Null, notes: Vec::new() };
        for line in lines {
            let line: Value = line;
            assert!(compared.finished.is_null(), "nothing comes after the last line");
            match line["event"].as_str() {
                Some("lab_run") => compared.runs.push(line),
                Some("lab_note") => compared.notes.push(line),
                Some("lab_finished") => compared.finished = line,
                other => panic!("an unknown event {other:?}"),
            }
        }
        assert!(!compared.finished.is_null(), "the last line is there");
        compared
    }

    fn of_mode<'a>(&'a self, mode: &'a str) -> impl Iterator<Item = &'a Value> {
        self.runs.iter().filter(move |run| run["mode"] == mode && run["side"] == "millrace")
    }

    fn speedup(&self, mode: &str) -> f64 {
        let summary = self.finished["summary"].as_array().expect("a summary");
        let of_mode = summary.iter().find(|row| row["mode"] == mode && row["side"] == "millrace");
        of_mode.and_then(|row| row["speedup"].as_f64()).expect("a speed-up")
    }
}

/// Runs a workload with these options in all modes.
fn compare(arguments: &[&str]) -> Compared {
    Compared::of(&run(&[arguments, &["--json"]].concat()))
}

/// Repeats a comparison until what must hold does, and fails if it never did.
fn until(arguments: &[&str], what: &str, holds: impl Fn(&Compared) -> bool) {
    let mut last = String::new();
    for _ in 0..TRIES {
        let compared = compare(arguments);
        if holds(&compared) {
            return;
        }
        last = compared.finished["summary"].to_string();
    }
    panic!("{what}: {last}");
}

/// Small, so that all of them take seconds.
const SMALL: [&[&str]; 15] = [
    &["print", "--lines", "200"],
    &["sleep", "--seconds", "0.09,0.06,0.03"],
    &["squares", "--tasks", "20", "--chunk", "6"],
    &["heavy", "--seconds", "0.05", "--tasks", "3"],
    &["primes", "--numbers", "1,2,9,1000003,1000005,1099726899285419"],
    &["fetch", "--tasks", "3", "--latency", "0.05"],
    &["titles", "--tasks", "3", "--latency", "0.05"],
    &["download", "--tasks", "3", "--latency", "0.05"],
    &["images", "--tasks", "2"],
    &["frames", "--tasks", "4"],
    &["queries", "--tasks", "3"],
    &["both", "--tasks", "2", "--latency", "0.05"],
    &["counter", "--times", "20000"],
    &["deadlock", "--timeout", "0.6"],
    &["freeze", "--seconds", "0.3"],
];

#[test]
fn every_workload_runs_in_every_mode_and_says_what_it_found() {
    let _alone = alone();
    for small in SMALL {
        let (workload, compared) = (small[0], compare(&[small, &["--runs", "1"]].concat()));
        for run in &compared.runs {
            assert_eq!((&run["side"], &run["workload"]), (&"millrace".into(), &workload.into()));
            for field in ["workers", "run", "wall_ms", "cpu_ms", "startup_ms", "peak_rss_bytes"] {
                assert!(run[field].as_f64().is_some_and(|figure| figure >= 0.0), "{workload}: {field} in {run}");
            }
            assert!(run["wall_ms"].as_f64().is_some_and(|wall| wall > 0.0), "{run}");
            check_shown(workload, run);
        }
        let modes: BTreeSet<&str> = compared.runs.iter().filter_map(|run| run["mode"].as_str()).collect();
        assert_eq!(modes, BTreeSet::from(MODES), "{workload}");
        check_finished(workload, &compared);
    }
}

fn check_finished(workload: &str, compared: &Compared) {
    let finished = &compared.finished;
    assert_eq!(finished["workload"], workload);
    assert_ne!(finished["same_results"], Value::Bool(false), "{workload}: {finished}");
    assert!(finished["why"].as_str().is_some_and(|why| why.len() > 40), "{finished}");
    assert!(finished["advice"]["workers"].is_number() && finished["advice"]["mode"].is_string(), "{finished}");
    let summary = finished["summary"].as_array().expect("a summary");
    assert_eq!(summary.len(), 4, "{finished}");
    for row in summary {
        for field in ["workers", "median_ms", "spread_ms", "speedup"] {
            assert!(row[field].is_number(), "{workload}: {field} in {row}");
        }
    }
    for field in ["checksum", "results"] {
        let found: Vec<&Value> = compared.runs.iter().filter_map(|run| run.get(field)).collect();
        let plain = |value: &&Value| without_ports(value);
        let all: BTreeSet<String> = found.iter().map(plain).collect();
        assert!(all.len() <= 1, "{workload}: {field} differs: {all:?}");
    }
}

/// What a page's error says may differ in its last words.
fn without_ports(value: &Value) -> String {
    match value.as_array() {
        Some(results) if results.iter().any(|result| result.get("url").is_some()) => {
            let page = |page: &Value| format!("{} {} {}", page["bytes"], page["title"], page["error"].is_null());
            results.iter().map(page).collect::<Vec<_>>().join("; ")
        }
        _ => value.to_string(),
    }
}

/// What the workload shows beyond times.
fn check_shown(workload: &str, run: &Value) {
    let (mode, shown) = (run["mode"].as_str().unwrap_or_default(), run.to_string());
    match workload {
        "print" => {
            assert_eq!(run["lines"], 400, "{shown}");
            let turns = run["pattern"].as_array().map_or(0, Vec::len) as u64;
            assert_eq!(run["switches"].as_u64().map(|switches| (switches + 1).min(200)), Some(turns), "{shown}");
            assert!(mode != "serial" || run["switches"] == 1, "{shown}");
        }
        "sleep" => {
            let sorted = |order: &Value| {
                let mut order: Vec<f64> = order.as_array().expect("a list").iter().filter_map(Value::as_f64).collect();
                order.sort_by(f64::total_cmp);
                order
            };
            assert_eq!(run["submission_order"], serde_json::json!([0.09, 0.06, 0.03]));
            assert_eq!(sorted(&run["completion_order"]), [0.03, 0.06, 0.09], "{shown}");
        }
        "squares" => {
            let results = run["results"].as_array().expect("results");
            assert_eq!(results.len(), 20);
            assert!(results.iter().zip(1_u64..).all(|(result, n)| result["input"] == n && result["output"] == n * n));
        }
        "primes" => {
            let outputs: Vec<bool> =
                run["results"].as_array().expect("results").iter().filter_map(|r| r["output"].as_bool()).collect();
            assert_eq!(outputs, [false, true, false, true, false, false], "{shown}");
        }
        "fetch" | "titles" => {
            let pages = run["results"].as_array().expect("results");
            assert_eq!(pages.len(), 3, "{shown}");
            let failed = pages.iter().filter(|page| page["error"].is_string()).count();
            assert_eq!(failed, usize::from(workload == "fetch"), "{shown}");
            for page in pages.iter().filter(|page| page["error"].is_null()) {
                assert!(page["bytes"].as_u64().is_some_and(|bytes| bytes > 300), "{page}");
                assert!(page["title"].as_str().is_some_and(|title| title.starts_with("Part ")), "{page}");
            }
        }
        "download" | "images" | "frames" | "queries" | "both" => {
            assert!(run["checksum"].as_str().is_some_and(|checksum| checksum.len() == 64), "{shown}");
            assert!(run["items"].as_u64().is_some_and(|items| items >= 2), "{shown}");
        }
        "deadlock" => {
            let expected = match (run["order"].as_str(), mode) {
                (Some("opposite"), "threads" | "gil" | "processes") => "deadlock",
                _ => "finished",
            };
            assert_eq!(run["outcome"], expected, "{shown}");
            if expected == "deadlock" {
                let detected_ms = run["detected_ms"].as_f64().expect("when it was noticed");
                assert!(detected_ms > 0.0 && detected_ms < 5000.0, "{shown}");
            }
        }
        "freeze" => assert!(run["longest_gap_ms"].is_number() && run["frames"].is_number(), "{shown}"),
        _ => {}
    }
}

#[test]
fn waits_lie_side_by_side_on_threads_under_the_lock_and_in_processes() {
    let _alone = alone();
    until(&["sleep", "--seconds", "0.3,0.2,0.1", "--runs", "2"], "sleeping speeds up", |compared| {
        MODES[1..].iter().all(|mode| compared.speedup(mode) > 1.5)
    });
    let compared = compare(&["sleep", "--seconds", "0.4,0.2,0.05", "--runs", "1"]);
    let order = |mode| compared.of_mode(mode).next().map(|run| run["completion_order"].clone());
    assert_eq!(order("serial"), Some(serde_json::json!([0.4, 0.2, 0.05])));
    assert_eq!(order("threads"), Some(serde_json::json!([0.05, 0.2, 0.4])));
}

#[test]
fn lines_of_threads_and_of_processes_lie_among_each_other() {
    let _alone = alone();
    until(&["print", "--lines", "20000", "--runs", "1"], "lines change hands", |compared| {
        let switches = |mode| compared.of_mode(mode).next().and_then(|run| run["switches"].as_u64()).unwrap_or(0);
        assert_eq!(switches("serial"), 1, "one after the other");
        switches("threads") > 1 && switches("processes") > 1
    });
}

#[test]
fn computing_gains_nothing_under_the_lock_and_does_without() {
    if cores() < 2 {
        return;
    }
    let _alone = alone();
    let arguments = ["heavy", "--seconds", "0.15", "--tasks", "4", "--workers", "2", "--runs", "3"];
    let (mut last, mut wanted_two) = (String::new(), false);
    for _ in 0..TRIES {
        let compared = compare(&arguments);
        // Whether it got them or not: without the lock the lanes want two cores.
        let wanted = |run: &Value| {
            let figure = |name: &str| run[name].as_f64().unwrap_or(0.0);
            figure("cpu_ms") + figure("core_wait_ms") > figure("wall_ms") * 1.4
        };
        wanted_two |= compared.of_mode("threads").any(wanted) && compared.of_mode("processes").any(wanted);
        // Whatever else the machine does: under the lock one computes at a time.
        for run in compared.of_mode("gil") {
            let (cpu, wall) = (run["cpu_ms"].as_f64().unwrap_or(0.0), run["wall_ms"].as_f64().unwrap_or(0.0));
            assert!(cpu <= wall * 1.1 && run["lock_wait_ms"].as_f64() > Some(0.0), "{run}");
        }
        let gil = compared.speedup("gil");
        let (threads, processes) = (compared.speedup("threads"), compared.speedup("processes"));
        if threads > 1.3 && processes > 1.3 && gil < 1.25 && gil < threads * 0.85 {
            return;
        }
        // Where other programs have the cores, nothing can be said about two of them.
        let is_disturbed = |run: &Value| run["core_wait_ms"].as_f64() > run["cpu_ms"].as_f64().map(|cpu| cpu * 0.1);
        if !compared.runs.iter().any(is_disturbed) {
            last = compared.finished["summary"].to_string();
        }
    }
    assert!(last.is_empty(), "computing speeds up without the lock, and not with it: {last}");
    assert!(wanted_two || cfg!(not(target_os = "linux")), "lanes that compute want two cores");
    eprintln!("NOT MEASURED: other programs had the cores in each of {TRIES} tries, so no speed-up could be seen");
}

#[test]
fn an_unlocked_counter_loses_updates_and_a_locked_one_does_not() {
    let _alone = alone();
    let lost = |compared: &Compared, mode| {
        let mut unlocked = compared.of_mode(mode).filter(|run| run["lock"] == "none");
        unlocked.any(|run| run["actual"].as_u64() < run["expected"].as_u64())
    };
    until(&["counter", "--times", "400000", "--runs", "2"], "updates are lost", |compared| {
        for run in compared.runs.iter().filter(|run| run["mode"] != "processes") {
            if run["lock"] != "none" || run["mode"] == "serial" {
                assert_eq!(run["actual"], run["expected"], "{run}");
            }
        }
        for run in compared.of_mode("processes") {
            assert_eq!(run["actual"], 0, "nothing is shared: {run}");
            let shares = run["by_process"].as_array().expect("what each has");
            let all: u64 = shares.iter().filter_map(|share| share["value"].as_u64()).sum();
            assert_eq!(run["expected"], all, "{run}");
        }
        lost(compared, "threads")
    });
}

#[test]
fn a_task_that_goes_wrong_costs_one_task_in_processes() {
    let _alone = alone();
    let compared = compare(&["crash", "--timeout", "0.5", "--tasks", "5", "--workers", "2"]);
    assert_eq!(compared.of_mode("processes").count(), 4);
    for run in compared.of_mode("processes") {
        assert_eq!((&run["done"], &run["failed"], &run["sacrificial"]), (&4.into(), &1.into(), &false.into()), "{run}");
        assert_eq!(run["program"], "lives");
    }
    for mode in &MODES[..3] {
        for run in compared.of_mode(mode) {
            assert_eq!(run["sacrificial"], true, "{run}");
            let (done, failed) = (run["done"].as_u64(), run["failed"].as_u64());
            assert_eq!(done.zip(failed).map(|(done, failed)| done + failed), Some(5), "{run}");
            let expected = match run["kind"].as_str() {
                Some("panic") => "lives",
                Some("hang") => "stuck",
                // What takes memory without end is stopped by a limit that only Linux has.
                Some("memory") if cfg!(not(target_os = "linux")) => continue,
                _ => "died",
            };
            assert_eq!(run["program"], expected, "{run}");
        }
        // The first of its lane was done before, and nothing behind it.
        if *mode == "serial" {
            let hang = compared.of_mode(mode).find(|run| run["kind"] == "hang").expect("a hang");
            assert_eq!(hang["done"], 1, "{hang}");
        }
    }
    assert_eq!(compared.finished["advice"]["mode"], "processes");
}

#[test]
fn a_wait_has_a_limit_and_nobody_outlives_the_program() {
    let _alone = alone();
    let compared = compare(&["timeout", "--timeout", "0.1", "--workers", "2"]);
    assert_eq!(compared.runs.len(), 8);
    for run in &compared.runs {
        assert_eq!((&run["timed_out"], &run["survivors"]), (&true.into(), &0.into()), "{run}");
        assert!(run["waited_ms"].as_f64().is_some_and(|waited| waited >= 100.0), "{run}");
        let workers = if run["mode"] == "serial" { 1 } else { 2 };
        match run["ending"].as_str() {
            Some("joined") => assert_eq!(run["finished"], workers, "{run}"),
            _ => assert!(run["finished"].as_u64().is_some_and(|finished| finished < workers), "{run}"),
        }
    }
}

#[test]
fn work_on_the_thread_that_draws_stops_the_frames() {
    let _alone = alone();
    until(&["freeze", "--seconds", "0.5", "--modes", "serial,threads,processes"], "frames stop", |compared| {
        let gap = |mode| compared.of_mode(mode).next().and_then(|run| run["longest_gap_ms"].as_f64()).unwrap_or(0.0);
        gap("serial") > 400.0 && gap("threads") < gap("serial") / 2.0 && gap("processes") < gap("serial") / 2.0
    });
}

#[test]
fn a_mode_that_is_named_is_run_alone() {
    let _alone = alone();
    let compared = compare(&["squares", "--modes", "processes", "--workers", "1,2", "--runs", "2", "--tasks", "10"]);
    assert_eq!(compared.runs.len(), 4);
    assert!(compared.runs.iter().all(|run| run["mode"] == "processes"));
    let summary = compared.finished["summary"].as_array().expect("a summary");
    assert!(summary.len() == 2 && summary.iter().all(|row| row["speedup"].is_null()), "{summary:?}");
}

#[test]
fn nonsense_ends_with_status_2_and_a_sentence() {
    for (arguments, words) in [
        (&["nothing"][..], "no workload \"nothing\"; choose one of print"),
        (&["primes", "--modes", "fast"], "no mode \"fast\"; choose all"),
        (&["primes", "--modes", ""], "choose all"),
        (&["primes", "--workers", "0"], "0 workers"),
        (&["primes", "--workers", "2,65"], "65 workers"),
        (&["primes", "--workers", "two"], "two"),
        (&["primes", "--runs", "0"], "0 runs"),
        (&["primes", "--chunk", "0"], "chunk"),
        (&["primes", "--seconds", "1"], "--seconds means nothing for primes"),
        (&["deadlock", "--tasks", "3"], "--tasks means nothing"),
        (&["sleep", "--seconds", "-1"], "-1"),
        (&["sleep", "--seconds", "100"], "60 s"),
        (&["freeze", "--seconds", "20"], "at most 5 s"),
        (&["squares", "--numbers", "4294967296"], "up to 4294967295"),
        (&["fetch", "--urls", "ftp://host/"], "ftp://host/"),
        (&["deadlock", "--workers", "1"], "at least 2"),
        (&["heavy", "--seconds", "1,2"], "heavy takes one time"),
        (&["download", "--tasks", "100000"], "1 to 400 tasks for download"),
        (&["primes", "-q", "-v"], "cannot be used with"),
        (&[], "WORKLOAD"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn the_list_names_every_workload() {
    let output = run(&["list"]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, Workload::ALL.map(Workload::as_str));
    assert!(output.status.success());
}

#[test]
fn without_python_the_comparison_says_so_and_goes_on() {
    let _alone = alone();
    let nowhere = tempfile::tempdir().expect("a folder");
    let small = ["squares", "--tasks", "5", "--runs", "1", "--compare-python", "--json"];
    let output = command(&small).env("PATH", nowhere.path()).output().expect("started");
    let compared = Compared::of(&output);
    assert!(compared.notes[0]["note"].as_str().is_some_and(|note| note.contains("Python 3 was not found")));
    assert_eq!(compared.runs.len(), 4);
}

#[test]
fn python_does_the_same_beside_it() {
    let _alone = alone();
    if !Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return;
    }
    for small in SMALL {
        let workload: Workload = small[0].parse().expect("a workload");
        if !workload.has_python() {
            continue;
        }
        let compared = compare(&[small, &["--runs", "1", "--compare-python"]].concat());
        let python: Vec<&Value> = compared.runs.iter().filter(|run| run["side"] == "python").collect();
        let modes: BTreeSet<&str> = python.iter().filter_map(|run| run["mode"].as_str()).collect();
        assert_eq!(modes, BTreeSet::from(["serial", "threads", "processes"]), "{workload}");
        let own = compared.of_mode("serial").next().expect("a run");
        for run in python {
            assert!(run["wait_share"].is_null() && run["start_method"].is_string() == (run["mode"] == "processes"));
            assert!(run["python_version"].as_str().is_some_and(|version| version.starts_with("3.")), "{run}");
            let figure = |name: &str| run[name].as_f64().unwrap_or(0.0);
            let same = match workload {
                // Three tasks of 50 ms each, in its own measure, wherever they ran.
                Workload::Heavy => figure("cpu_ms") > 40.0 && figure("wall_ms") > 25.0,
                Workload::Counter if run["mode"] == "processes" => run["actual"] == 0,
                Workload::Counter => run["lock"] == "none" || run["actual"] == run["expected"],
                Workload::Squares | Workload::Primes => run["results"] == own["results"],
                Workload::Download => run["checksum"] == own["checksum"],
                Workload::Print => run["lines"] == own["lines"],
                Workload::Fetch => without_ports(&run["results"]) == without_ports(&own["results"]),
                _ => run["wall_ms"].as_f64().is_some_and(|wall| wall > 0.0),
            };
            assert!(same, "{workload}: {run}");
        }
    }
}

/// Something that calls itself Python, and fails.
#[cfg(unix)]
#[test]
fn a_python_that_fails_costs_the_comparison_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let python = folder.path().join("python3");
    std::fs::write(&python, "#!/bin/sh\n[ \"$1\" = -c ] && exit 0\necho 'no such luck' >&2\nexit 3\n")
        .expect("written");
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let small = ["squares", "--tasks", "5", "--runs", "1", "--compare-python", "--json"];
    let compared = Compared::of(&command(&small).env("PATH", folder.path()).output().expect("started"));
    let note = compared.notes[0]["note"].as_str().expect("a sentence");
    assert!(note.contains("The comparison with Python ends here"), "{note}");
    assert_eq!((compared.runs.len(), &compared.finished["same_results"]), (4, &Value::Bool(true)));

    let only_gil = compare(&["squares", "--tasks", "5", "--runs", "1", "--modes", "gil", "--compare-python"]);
    let words = only_gil.notes.first().and_then(|note| note["note"].as_str()).unwrap_or_default();
    assert!(words.contains("add the mode threads") || words.contains("was not found"), "{words}");
}

/// The processes that have this in their environment and are Python's.
#[cfg(target_os = "linux")]
fn pythons_with(mark: &str) -> usize {
    let processes = std::fs::read_dir("/proc").expect("a list").flatten().map(|entry| entry.path());
    let has = |path: &PathBuf, file: &str, words: &str| {
        let bytes = std::fs::read(path.join(file)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).contains(words)
    };
    processes.filter(|path| has(path, "environ", mark) && has(path, "cmdline", "python")).count()
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_of_python_outlives_the_lab() {
    use rustix::process::{Pid, Signal, kill_process};
    let _alone = alone();
    if !Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return;
    }
    for signal in [Signal::INT, Signal::KILL] {
        let mark = format!("MILLRACE_LAB_MARK={}-{}", std::process::id(), signal.as_raw());
        let (name, value) = mark.split_once('=').expect("a name");
        let temporary = tempfile::tempdir().expect("a folder");
        let arguments = ["counter", "--tasks", "2", "--times", "15000000", "--modes", "processes", "--compare-python"];
        let mut child = command(&[&arguments[..], &["--runs", "1", "--workers", "2", "-q"]].concat())
            .env(name, value)
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("started");
        let began = Instant::now();
        while pythons_with(&mark) < 3 {
            assert!(began.elapsed() < Duration::from_mins(2), "Python and its two workers are there");
            assert!(child.try_wait().expect("a child").is_none(), "it goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
        kill_process(Pid::from_child(&child), signal).expect("told");
        child.wait().expect("ended");
        let ended = Instant::now();
        while pythons_with(&mark) > 0 {
            assert!(ended.elapsed() < Duration::from_secs(20), "{signal:?} leaves nobody behind");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn pages_of_others_may_change_between_two_readings() {
    use std::io::{BufRead, BufReader, Write};
    let _alone = alone();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/news", listener.local_addr().expect("an address"));
    // Ends with the test's program.
    let serve = move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let asked = BufReader::new(&stream).lines().map_while(Result::ok).find(String::is_empty);
            let page = format!("<html><head><title>News {number} &amp; more</title></head></html>");
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close";
            let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
            assert!(asked.is_some() && (&stream).write_all(answer.as_bytes()).is_ok());
        }
    };
    std::thread::Builder::new().name("news".into()).spawn(serve).expect("a thread");
    let compared = compare(&["titles", "--urls", &url, "--modes", "serial,threads", "--runs", "2"]);
    assert!(compared.finished["same_results"].is_null(), "{}", compared.finished);
    assert!(compared.notes[0]["note"].as_str().is_some_and(|note| note.contains("may change")), "{:?}", compared.notes);
}

#[test]
fn many_tasks_before_one_that_panics_are_not_taken_for_being_stuck() {
    let _alone = alone();
    let compared = compare(&["crash", "--tasks", "150", "--timeout", "0.2", "--modes", "serial"]);
    let panic = compared.runs.iter().find(|run| run["kind"] == "panic").expect("a panic");
    assert_eq!((&panic["program"], &panic["done"]), (&"lives".into(), &149.into()), "{panic}");
}

#[test]
fn what_was_measured_can_be_written_to_files() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let (csv, trace) = (folder.path().join("runs.csv"), folder.path().join("trace.json"));
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let (csv_path, trace_path) = (path(&csv), path(&trace));
    let arguments = ["primes", "--numbers", "97,98", "--runs", "2", "--csv", &csv_path, "--trace", &trace_path];
    let compared = compare(&arguments);
    let table = std::fs::read_to_string(csv).expect("a table");
    assert_eq!(table.lines().count(), 1 + compared.runs.len());
    assert!(table.starts_with("side,workload,mode,workers,run,wall_ms"), "{table}");
    let trace: Value = serde_json::from_slice(&std::fs::read(trace).expect("a trace")).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events").iter();
    let spans: Vec<&Value> = events.filter(|event| event["ph"] == "X").collect();
    assert_eq!(spans.len(), 2 * compared.runs.len(), "each task of each run");
    assert!(spans.iter().all(|span| span["args"]["attempt"] == 1 && span["args"]["job"].as_u64() < Some(2)));
    assert!(table.lines().next().is_some_and(|names| names.contains(",core_wait_ms,")), "{table}");
    let nowhere = run(&["squares", "--tasks", "2", "--runs", "1", "--csv", "/nowhere/at/all.csv"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).contains("/nowhere/at/all.csv"), "{}", stderr(&nowhere));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_soon_and_leaves_nothing() {
    use rustix::process::{Pid, Signal, kill_process};
    let _alone = alone();
    let temporary = tempfile::tempdir().expect("a folder");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let trace = elsewhere.path().join("trace.json");
    let mut child = command(&["sleep", "--seconds", "20", "--modes", "processes", "--json", "--trace"])
        .arg(&trace)
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let began = Instant::now();
    while std::fs::read_dir(temporary.path()).expect("a folder").next().is_none() {
        assert!(began.elapsed() < Duration::from_secs(30), "it began");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(300));
    // What cannot be written then does not change how it ended.
    drop(elsewhere);
    let told = Instant::now();
    kill_process(Pid::from_child(&child), Signal::INT).expect("told");
    let status = child.wait().expect("ended");
    assert_eq!(status.code(), Some(130));
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    assert!(std::fs::read_dir(temporary.path()).expect("a folder").next().is_none(), "its folder is gone");
}

#[cfg(unix)]
#[test]
fn the_folder_of_a_killed_program_goes_with_the_next() {
    let _alone = alone();
    let temporary = tempfile::tempdir().expect("a folder");
    let folders = || std::fs::read_dir(temporary.path()).expect("a folder").count();
    let mut child = command(&["sleep", "--seconds", "20", "--modes", "threads", "--json"])
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let began = Instant::now();
    while folders() == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "it began");
        std::thread::sleep(Duration::from_millis(10));
    }
    let live = command(&["squares", "--tasks", "2", "--runs", "1"]).env("TMPDIR", temporary.path()).output();
    assert!(live.expect("started").status.success());
    assert_eq!(folders(), 1, "that of a program that runs stays");
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(folders(), 1, "nobody was there to take it away");
    let next = command(&["squares", "--tasks", "2", "--runs", "1"]).env("TMPDIR", temporary.path()).output();
    assert!(next.expect("started").status.success());
    assert_eq!(folders(), 0);
}

#[cfg(unix)]
#[test]
fn a_python_that_never_answers_is_none() {
    use std::os::unix::fs::PermissionsExt;
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["python3", "python"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "#!/bin/sh\nexec /bin/sleep 600\n").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    }
    let began = Instant::now();
    let output = command(&["squares", "--tasks", "2", "--runs", "1", "--compare-python"])
        .env("PATH", folder.path())
        .output()
        .expect("started");
    assert!(output.status.success());
    assert!(stderr(&output).contains("Python 3 was not found"), "{}", stderr(&output));
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
}

#[test]
fn a_session_tells_everything_in_order_and_can_be_cancelled() {
    let _alone = alone();
    let config = EngineConfig {
        worker_program: PathBuf::from(env!("CARGO_BIN_EXE_millrace")),
        ..EngineConfig::for_this_machine().expect("a config")
    };
    let mut request =
        Request { modes: vec![LabMode::Serial, LabMode::Threads], runs: 1, ..lab::request(Workload::Sleep) };
    request.parameters.waits_ms = vec![40, 20];
    let session = Session::start(request.clone(), config.clone(), || {}).expect("a request that makes sense");
    let events: Vec<LabEvent> = session.events().iter().collect();
    session.join();
    let is = |event: &LabEvent, wanted: &str| format!("{event:?}").starts_with(wanted);
    assert!(is(&events[0], "Planned") && is(events.last().expect("events"), "Finished"), "{events:?}");
    let place = |wanted| events.iter().position(|event| is(event, wanted)).expect(wanted);
    let order =
        ["Planned", "RunStarted", "LaneOpened", "TaskStarted", "TaskEnded", "RunFinished", "Finished"].map(place);
    assert!(order.is_sorted(), "{order:?}");
    let count = |wanted| events.iter().filter(|event| is(event, wanted)).count();
    assert_eq!((count("TaskStarted"), count("TaskEnded"), count("RunFinished")), (4, 4, 2));

    request.parameters.waits_ms = vec![30_000];
    let session = Session::start(request.clone(), config.clone(), || {}).expect("a request that makes sense");
    let began = Instant::now();
    while !matches!(session.events().recv(), Ok(LabEvent::TaskStarted { .. })) {}
    session.cancel();
    let last = session.events().iter().last();
    assert_eq!(last, Some(LabEvent::Cancelled));
    session.join();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());

    let refused = Session::start(Request { workers: vec![0], ..request }, config, || {});
    assert!(refused.is_err_and(|unfit| unfit.to_string().contains("0 workers")));
}
