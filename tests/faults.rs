//! `millrace get` against every fault of the catalogue. One thing must never happen: a file under its final name that is not
//! exactly the right one. `cargo test --test faults -- --nocapture` prints a table; `MILLRACE_FAULTS=cut,gzip` runs those
//! whose names begin like this. To try the faults by hand:
//! `MILLRACE_FAULTS_PORT=8080 cargo test --test faults serve_by_hand -- --ignored --nocapture`
//! prints their links, such as `http://127.0.0.1:8080/cut-half-once/a/file.bin`.
#![allow(clippy::print_stdout, reason = "the table is of interest")]

#[path = "support/faults/mod.rs"]
mod faults;

use faults::files::Files;
use faults::truth::{base64, hex, sha256};
use faults::{Catalogue, Fault, FaultServer, Must, Named, Tally};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const MODES: [&str; 4] = ["serial", "threads", "processes", "mixed"];

/// Most of the time is spent waiting.
const AT_A_TIME: usize = 24;

/// What runs in every mode.
const IN_EVERY_MODE: [&str; 14] = [
    "good-ranges",
    "good-chunked",
    "cut-half-once",
    "reset-half-once-plain",
    "cut-half-always-plain",
    "stall-half-once",
    "length-two-different",
    "range-ignored",
    "changed",
    "gzip",
    "redirect-other-port",
    "status-503-once",
    "name-traversal",
    "repr-digest-wrong",
];

/// One run of one fault.
struct Row {
    name: String,
    mode: &'static str,
    must: Must,
    told: Told,
    took: Duration,
    tally: Tally,
    miss: Option<String>,
}

/// What the program said.
#[derive(Debug, Default)]
struct Told {
    state: String,
    kind: String,
    error: String,
    output: Option<PathBuf>,
    attempts: u64,
}

struct Runner {
    catalogue: Arc<Catalogue>,
    server: FaultServer,
    folder: tempfile::TempDir,
    /// What the program says about its options.
    help: String,
}

impl Runner {
    fn new() -> Runner {
        let catalogue = Arc::new(Catalogue::whole());
        let server = FaultServer::start(Arc::clone(&catalogue), 0).expect("a port");
        let help = Command::new(env!("CARGO_BIN_EXE_millrace")).args(["get", "--help"]).output().expect("started");
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        Runner { catalogue, server, folder: tempfile::tempdir().expect("a folder"), help }
    }

    /// Runs them, many at a time, and answers in their order.
    fn run_all(&self, runs: &[(&Fault, &'static str)]) -> Vec<Row> {
        let next = AtomicUsize::new(0);
        let rows: Mutex<Vec<(usize, Row)>> = Mutex::default();
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME.min(runs.len()) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::SeqCst);
                        let Some((fault, mode)) = runs.get(at) else { return };
                        let row = self.run(fault, mode);
                        rows.lock().unwrap_or_else(PoisonError::into_inner).push((at, row));
                    }
                });
            }
        });
        let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        rows.sort_by_key(|(at, _)| *at);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn run(&self, fault: &Fault, mode: &'static str) -> Row {
        let around = self.folder.path().join(format!("{}-{mode}", fault.name));
        let out = around.join("out");
        fs::create_dir_all(&out).expect("a folder");
        let started = Instant::now();
        let mut child = self.start(fault, mode, &around);
        let ended = wait(&mut child, fault.limit);
        let took = started.elapsed();
        let tally = self.server.tally(fault, mode);
        let judged = if ended {
            read(child).map(|told| (judge(fault, &told, &out, &tally), told))
        } else {
            Err(format!("still at it after {:?}", fault.limit))
        };
        let (mut miss, told) = judged.unwrap_or_else(|why| (Some(why), Told::default()));
        if let Err(why) = nothing_else(&around, told.output.as_deref()) {
            miss = Some(why);
        }
        // A few hundred files of some size add up.
        fs::remove_dir_all(&around).ok();
        Row { name: fault.name.clone(), mode, must: fault.must, told, took, tally, miss }
    }

    fn start(&self, fault: &Fault, mode: &str, around: &Path) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
        command.args(["get", &self.server.link(fault, mode), "--json", "--mode", mode, "--retries", "3"]);
        command.args(["--idle-timeout", "1", "--connect-timeout", "1"]);
        command.arg("-d").arg(around.join("out")).arg("--state").arg(around.join("state"));
        for pair in fault.options.chunks(2) {
            // Options that are still to come are left out; what they are for cannot go right then.
            if self.help.contains(pair[0]) {
                let value = match pair[1] {
                    "RIGHT" => hex(&sha256(&fault.file.bytes())),
                    "WRONG" => hex(&sha256(b"another file")),
                    value => value.to_owned(),
                };
                command.args([pair[0], &value]);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
    }
}

/// Whether it ended in time. If not, it is killed.
fn wait(child: &mut Child, limit: Duration) -> bool {
    let until = Instant::now() + limit;
    while Instant::now() < until {
        if child.try_wait().expect("a status").is_some() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().expect("killed");
    child.wait().expect("a status");
    false
}

/// The one line of the job, if the lines and the exit status are as they should be.
fn read(child: Child) -> Result<Told, String> {
    let output = child.wait_with_output().expect("its output");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines: Result<Vec<Value>, _> = stdout.lines().map(serde_json::from_str).collect();
    let lines = lines.map_err(|error| format!("not JSON ({error}): {stdout}"))?;
    let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    if events != ["job_finished", "batch_finished"] {
        return Err(format!("exit {:?}, events {events:?}, stderr {}", output.status.code(), stderr.trim()));
    }
    let text = |field: &str| lines[0][field].as_str().unwrap_or_default().to_owned();
    let told = Told {
        state: text("state"),
        kind: text("error_kind"),
        error: text("error"),
        output: lines[0]["output"].as_str().map(PathBuf::from),
        attempts: lines[0]["attempts"].as_u64().unwrap_or_default(),
    };
    let status = i32::from(told.state != "done");
    if output.status.code() != Some(status) {
        return Err(format!("exit {:?} and {told:?}", output.status.code()));
    }
    Ok(told)
}

fn judge(fault: &Fault, told: &Told, out: &Path, tally: &Tally) -> Option<String> {
    let kinds = match fault.must {
        Must::Succeed => &[],
        Must::Fail(kinds) | Must::Either(kinds) => kinds,
    };
    match &told.output {
        Some(path) if told.state == "done" => {
            let bytes = fs::read(path).unwrap_or_default();
            if !fault.is_right(&bytes) {
                return Some(format!("other bytes: {} of them", bytes.len()));
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.parent() != Some(out) || !is_safe(&name) {
                return Some(format!("the name {name:?} in {:?}", path.parent()));
            }
            match (&fault.named, fault.must) {
                (Named::Exactly(expected), _) if *expected != name => Some(format!("{name:?}, not {expected:?}")),
                (_, Must::Fail(_)) => Some("it should have been refused".to_owned()),
                _ => fault.look.as_ref().and_then(|look| look(tally).err()),
            }
        }
        None if told.state == "failed" && told.error.len() > 15 => {
            (!kinds.contains(&told.kind.as_str())).then(|| format!("it failed ({}): {}", told.kind, told.error))
        }
        _ => Some(format!("{told:?}")),
    }
}

/// Only the file that was told of stands in the folder, and nothing around it.
fn nothing_else(around: &Path, output: Option<&Path>) -> Result<(), String> {
    let names = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
    };
    let mut left = names(&around.join("out"));
    left.retain(|path| Some(path.as_path()) != output);
    left.extend(names(around).into_iter().filter(|path| !path.ends_with("out") && !path.ends_with("state")));
    if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left:?}")) }
}

/// Whether a name is safe on every system.
fn is_safe(name: &str) -> bool {
    let is_bad = |c: char| {
        c.is_control()
            || matches!(c, '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_device = ["CON", "PRN", "AUX", "NUL", "COM1", "LPT1"].contains(&stem.as_str());
    let is_trimmed = !name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']);
    !name.is_empty() && name.len() <= 255 && is_trimmed && !is_device && !name.contains(is_bad)
}

/// Prints every row, and fails where one misses.
fn report(rows: &[Row], took: Duration) {
    let mut bad = Vec::new();
    println!("{:42} {:9} {:8} {:7} {:12} tries asked   sent      s", "fault", "mode", "must", "is", "kind");
    for row in rows {
        let verdict = row.miss.clone().unwrap_or_default();
        let must = match row.must {
            Must::Succeed => "succeed",
            Must::Fail(_) => "fail",
            Must::Either(_) => "either",
        };
        let (told, tally) = (&row.told, &row.tally);
        let line = format!(
            "{:42} {:9} {must:8} {:7} {:12} {:5} {:5} {:8} {:5.1}  {verdict}",
            row.name,
            row.mode,
            told.state,
            told.kind,
            told.attempts,
            tally.asked.len(),
            tally.body_bytes,
            row.took.as_secs_f64(),
        );
        println!("{line}");
        if !verdict.is_empty() {
            bad.push(line);
        }
    }
    let missing = rows.iter().filter(|row| row.miss.is_some()).count();
    println!("{} runs, {missing} not as they should be, in {:.1} s", rows.len(), took.as_secs_f64());
    assert!(bad.is_empty(), "\n{}\n", bad.join("\n"));
}

#[test]
fn every_fault_ends_with_the_right_file_or_none() {
    let runner = Runner::new();
    assert!(runner.catalogue.faults().len() >= 70, "a catalogue worth its name");
    let only = std::env::var("MILLRACE_FAULTS").unwrap_or_default();
    let is_asked_for = |fault: &&Fault| only.split(',').any(|start| fault.name.starts_with(start));
    let started = Instant::now();
    let faults = runner.catalogue.faults().iter().filter(is_asked_for);
    let rows = runner.run_all(&faults.map(|fault| (fault, "mixed")).collect::<Vec<_>>());
    report(&rows, started.elapsed());
}

#[test]
fn faults_of_each_kind_end_the_same_in_every_mode() {
    let runner = Runner::new();
    let started = Instant::now();
    let of_mode =
        |mode| IN_EVERY_MODE.map(|name| (runner.catalogue.find(name).expect("a fault of the catalogue"), mode));
    let rows = runner.run_all(&MODES.map(of_mode).concat());
    report(&rows, started.elapsed());
    for name in IN_EVERY_MODE {
        let states: Vec<&str> = rows.iter().filter(|row| row.name == name).map(|row| row.told.state.as_str()).collect();
        assert!(states.len() == 4 && states.iter().all(|state| *state == states[0]), "{name}: {states:?}");
    }
}

#[test]
#[ignore = "serves until it is ended"]
fn serve_by_hand() {
    let port = std::env::var("MILLRACE_FAULTS_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(0);
    let catalogue = Arc::new(Catalogue::whole());
    let server = FaultServer::start(Arc::clone(&catalogue), port).expect("the port is free");
    println!("A fault begins anew under another name than a, such as b:");
    for fault in catalogue.faults() {
        println!("{}", server.link(fault, "a"));
    }
    loop {
        thread::park();
    }
}

/// What comes back for a request, up to the end of the connection.
fn asked(link: &str, headers: &str) -> Vec<u8> {
    let (address, path) = link.trim_start_matches("http://").split_once('/').expect("a path");
    let mut stream = TcpStream::connect(address).expect("connected");
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n").expect("asked");
    stream.shutdown(std::net::Shutdown::Write).expect("no more");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}

#[test]
fn files_are_served_in_ranges_and_counted() {
    let files = Files::serve(&[("/a", 1, 300_001), ("/b", 2, 10)]);
    let (link, bytes) = (files.link("/a"), files.bytes("/a"));
    assert_eq!(bytes.len(), 300_001);
    assert!(asked(&link, "").ends_with(&bytes));
    let part = asked(&link, "Range: bytes=100001-\r\n");
    let head = String::from_utf8_lossy(&part[..part.len() - 200_000]).into_owned();
    assert!(
        head.starts_with("HTTP/1.1 206 ") && head.contains("Content-Range: bytes 100001-300000/300001\r\n"),
        "{head}"
    );
    assert!(part.ends_with(&bytes[100_001..]));
    assert!(asked(&link, "Range: bytes=5-6\r\nIf-Range: \"other\"\r\n").ends_with(&bytes), "another file");
    assert!(asked(&link, "Range: bytes=300001-\r\n").starts_with(b"HTTP/1.1 416 "));
    assert!(asked(&files.link("/c"), "").starts_with(b"HTTP/1.1 404 "));
    let counts = files.counts("/a");
    assert_eq!((counts.body_bytes, counts.now, counts.peak), (300_001 * 2 + 200_000, 0, 1));
    assert_eq!(counts.ranges[..2], [None, Some("bytes=100001-".to_owned())]);
    files.pace(50);
    let started = Instant::now();
    asked(&files.link("/b"), "");
    assert!(started.elapsed() >= Duration::from_millis(150), "10 bytes at 50 a second");
}

#[test]
fn sums_are_those_of_the_standard() {
    assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(hex(&sha256(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_eq!(hex(&sha256(long.as_bytes())), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!(base64(bytes.as_bytes()), text);
    }
}
