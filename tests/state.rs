//! The state folder as people meet it: programs that are killed, started twice, starved and given garbage, and what comes
//! of their queue.

mod support;

use image::{ImageBuffer, ImageFormat, Rgb};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Cursor};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{Act, Server};

const MODES: [&str; 4] = ["serial", "threads", "processes", "mixed"];
const PATIENCE: Duration = Duration::from_mins(1);

fn start(state: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(arguments)
        .arg("--state")
        .arg(state)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started")
}

fn millrace(state: &Path, arguments: &[&str]) -> Output {
    start(state, arguments).wait_with_output().expect("ended")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json_lines(text: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(text);
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect()
}

/// The inputs of the jobs that were told as done.
fn done(lines: &[Value]) -> Vec<String> {
    let of_jobs = lines.iter().filter(|line| line["event"] == "job_finished" && line["state"] == "done");
    of_jobs.map(|line| line["input"].as_str().expect("an input").to_owned()).collect()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap_or_default()))
        .collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn picture(width: u32) -> Vec<u8> {
    let pixels = ImageBuffer::from_fn(width, width * 3 / 4, |x, y| Rgb([(x * 255 / width) as u8, y as u8, 90]));
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Jpeg).expect("encoded");
    bytes.into_inner()
}

/// Reads lines until so many jobs are told as done, then kills the program as nothing else can.
fn kill_after(mut program: Child, count: usize) -> Vec<Value> {
    let mut output = BufReader::new(program.stdout.take().expect("a pipe"));
    let mut lines = Vec::new();
    while done(&lines).len() < count {
        let mut line = String::new();
        assert!(output.read_line(&mut line).expect("a line") > 0, "it ended early");
        lines.push(serde_json::from_str(&line).expect("JSON"));
    }
    program.kill().expect("killed");
    program.wait().expect("gone");
    // What it had told before it died counts; a line that it had not finished does not.
    lines.extend(output.lines().map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok()));
    lines
}

#[test]
fn a_killed_program_loses_no_job_and_the_next_repeats_none() {
    for mode in MODES {
        let server = Server::start();
        let folder = tempfile::tempdir().expect("a folder");
        let (state, out) = (folder.path().join("state"), folder.path().join("out"));
        let body = |number: usize| format!("file {number}\n").repeat(2000).into_bytes();
        let links: Vec<String> = (0..60)
            .map(|number| {
                let wait = Act::Wait(Duration::from_millis(30));
                server.on(&format!("/{number}.bin"), vec![vec![wait, Act::Send(support::whole(&body(number), ""))]])
            })
            .collect();
        let mut arguments = vec!["get", "-d", text(&out), "--mode", mode, "--json"];
        arguments.extend(links.iter().map(String::as_str));
        let first = done(&kill_after(start(&state, &arguments), 15));
        let output = millrace(&state, &["resume", "--json"]);
        assert_eq!(output.status.code(), Some(0), "{mode}: {}", stderr(&output));
        let second = done(&json_lines(&output.stdout));
        let twice: Vec<&String> = second.iter().filter(|input| first.contains(input)).collect();
        assert!(twice.is_empty(), "{mode}: told twice: {twice:?}");
        let expected: BTreeMap<String, Vec<u8>> =
            (0..60).map(|number| (format!("{number}.bin"), body(number))).collect();
        assert!(files(&out) == expected, "{mode}: {:?}", files(&out).keys());
        // One that was kept right before the kill may not have been told; it is done all the same.
        assert!(first.len() + second.len() >= 60 - 8, "{mode}: {} and {}", first.len(), second.len());
        let again = millrace(&state, &["resume", "--json"]);
        assert_eq!(again.status.code(), Some(0));
        assert!(done(&json_lines(&again.stdout)).is_empty(), "{mode}: nothing is left");
    }
}

#[test]
fn a_download_that_waits_for_its_conversion_is_not_fetched_again() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    let small = server.file("/small.jpg", &picture(64));
    // Large enough to keep the only worker busy while the others are fetched.
    let links: Vec<String> = (0..8).map(|number| server.file(&format!("/{number}.jpg"), &picture(4000))).collect();
    let mut arguments =
        vec!["get", "-d", text(&out), "--recipe", "WebP lossless", "--workers", "1", "--lanes", "8", "--json", &small];
    arguments.extend(links.iter().map(String::as_str));
    let program = start(&state, &arguments);
    let deadline = Instant::now() + PATIENCE;
    while server.requests().len() < 9 {
        assert!(Instant::now() < deadline, "everything is fetched");
        std::thread::sleep(Duration::from_millis(5));
    }
    let first = done(&kill_after(program, 1));
    let output = millrace(&state, &["resume", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(files(&out).len(), 9, "{:?}", files(&out).keys());
    let again = server.requests().len() - 9;
    assert!(again <= 2, "{again} were fetched again, of {} that were left", 9 - first.len());
}

#[test]
fn a_second_program_on_a_state_folder_says_so_and_a_killed_one_leaves_no_lock() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    let link = server.on("/slow.bin", vec![vec![Act::Wait(PATIENCE)]]);
    let mut first = start(&state, &["get", &link, "-d", text(&out)]);
    let deadline = Instant::now() + PATIENCE;
    while server.requests().is_empty() {
        assert!(Instant::now() < deadline, "it runs");
        std::thread::sleep(Duration::from_millis(5));
    }
    let asked = Instant::now();
    let second = millrace(&state, &["resume"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert!(stderr(&second).contains(text(&state)), "{}", stderr(&second));
    first.kill().expect("killed");
    first.wait().expect("gone");
    server.file("/slow.bin", b"now");
    let third = millrace(&state, &["resume", "--json"]);
    assert_eq!(third.status.code(), Some(0), "{}", stderr(&third));
    assert_eq!(done(&json_lines(&third.stdout)), [link]);
}

#[test]
fn an_interrupted_batch_is_gone_on_with() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    let quick = server.file("/quick.bin", b"quick");
    let slow = server.on("/slow.bin", vec![vec![Act::Wait(PATIENCE)], vec![Act::Send(support::whole(b"slow", ""))]]);
    let mut program = start(&state, &["get", &quick, &slow, "-d", text(&out), "--json"]);
    let mut output = BufReader::new(program.stdout.take().expect("a pipe"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    let pid = program.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("asked").success());
    assert_eq!(program.wait().expect("ended").code(), Some(130));
    assert_eq!(files(&out).into_keys().collect::<Vec<_>>(), ["quick.bin"], "nothing half-written is left");
    let output = millrace(&state, &["resume", "--json"]);
    assert_eq!(done(&json_lines(&output.stdout)), [slow], "{}", stderr(&output));
    assert_eq!(files(&out).len(), 2);
}

#[test]
fn a_damaged_queue_is_kept_aside_and_work_goes_on() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    let link = server.file("/a.bin", b"a");
    let arguments = ["get", &link, "-d", text(&out), "--json"];
    assert_eq!(millrace(&state, &arguments).status.code(), Some(0));
    let queue = state.join("queue.sqlite");
    let garbage = b"this is no database at all, however long one looks at it".repeat(100);
    fs::write(&queue, &garbage).expect("written");
    let output = millrace(&state, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains(text(&queue)) && said.contains("damaged") && said.contains("kept aside"), "{said}");
    assert!(files(&state).values().any(|bytes| *bytes == garbage), "its bytes stay");
    assert_eq!(files(&out).len(), 2);
    let quiet = millrace(&state, &["resume"]);
    assert!(quiet.status.success() && !stderr(&quiet).contains("damaged"), "{}", stderr(&quiet));
}

#[test]
fn a_state_folder_that_cannot_be_written_to_costs_the_queue_and_not_the_work() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    fs::write(&state, "a file in its place").expect("written");
    let link = server.file("/a.bin", b"a");
    let output = millrace(&state, &["get", &link, "-d", text(&out), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("queue is not kept"), "{}", stderr(&output));
    assert_eq!(millrace(&state, &["resume"]).status.code(), Some(2), "there is nothing to go on with");
}

#[test]
fn a_trace_has_a_span_for_each_attempt() {
    let server = Server::start();
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let trace = folder.path().join("trace.json");
        let good = server.file("/good.jpg", &picture(64));
        let bad = server.link("/missing.jpg");
        let out = folder.path().join("out");
        let arguments = ["get", &good, &bad, "-d", text(&out), "--recipe", "Thumbnail 512", "--mode", mode];
        millrace(&folder.path().join("state"), &[&arguments[..], &["--trace", text(&trace)]].concat());
        let trace: Value = serde_json::from_slice(&fs::read(&trace).expect("a trace")).expect("JSON");
        let events = trace["traceEvents"].as_array().expect("events");
        let spans: Vec<&Value> = events.iter().filter(|event| event["cat"] == "attempt").collect();
        assert_eq!(spans.len(), 3, "{mode}: two downloads, one of them failed, and a conversion");
        for span in spans {
            assert!(span["ph"] == "X" && span["ts"].is_u64() && span["dur"].is_u64(), "{span}");
            let args = &span["args"];
            assert!(args["job"].is_u64() && args["attempt"].is_u64() && args["worker_pid"].is_u64(), "{span}");
            assert!(args["wait_ms"].is_f64() && args["cpu_ms"].is_f64() && args["mode"].is_string(), "{span}");
            let named = |name: &str| {
                events.iter().any(|event| {
                    let tid = name != "thread_name" || event["tid"] == span["tid"];
                    event["ph"] == "M" && event["name"] == name && event["pid"] == span["pid"] && tid
                })
            };
            assert!(named("process_name") && named("thread_name"), "{span}");
        }
        let own = u64::from(std::process::id());
        assert!(events.iter().all(|event| event["pid"] != own));
    }
}

#[test]
fn memory_is_shared_out_and_what_never_fits_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("in");
    fs::create_dir(&input).expect("a folder");
    for number in 0..6 {
        fs::write(input.join(format!("{number}.jpg")), picture(3000)).expect("written");
    }
    for mode in MODES {
        let out = folder.path().join(mode);
        let arguments = ["convert", text(&input), "-o", text(&out), "--mode", mode, "--workers", "4", "--json"];
        let state = folder.path().join("state");
        // Each needs 50 MiB: one after another they fit.
        let output = millrace(&state, &[&arguments[..], &["--memory", "60MiB"]].concat());
        assert_eq!(output.status.code(), Some(0), "{mode}: {}", stderr(&output));
        assert_eq!(files(&out).len(), 6);
        let output = millrace(&state, &[&arguments[..], &["--memory", "20MiB"]].concat());
        assert_eq!(output.status.code(), Some(1), "{mode}");
        let line = &json_lines(&output.stdout)[0];
        assert_eq!(line["error_kind"], "memory", "{line}");
        assert!(line["error"].as_str().is_some_and(|error| error.contains("--memory")), "{line}");
    }
}

#[test]
fn a_deadline_ends_what_takes_too_long() {
    let server = Server::start();
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let link = server.on("/slow.bin", vec![vec![Act::Wait(PATIENCE)]]);
        let out = folder.path().join("out");
        let began = Instant::now();
        let arguments = ["get", &link, "-d", text(&out), "--mode", mode, "--deadline", "0.5", "--json"];
        let output = millrace(&folder.path().join("state"), &arguments);
        assert_eq!(output.status.code(), Some(1), "{mode}: {}", stderr(&output));
        assert!(began.elapsed() < Duration::from_secs(15), "{mode}: {:?}", began.elapsed());
        let line = &json_lines(&output.stdout)[0];
        assert!(line["error_kind"] == "timeout" && line["attempts"] == 1, "{mode}: {line}");
    }
}

#[test]
fn downloads_in_processes_have_the_network_and_write_nowhere_else() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let link = server.file("/a.bin", b"a");
    let out = folder.path().join("out");
    let arguments = ["get", &link, "-d", text(&out), "--mode", "processes", "--json"];
    let output = millrace(&folder.path().join("state"), &arguments);
    let posture = &json_lines(&output.stdout)[0]["posture"];
    assert_eq!((&posture["isolation"], &posture["network"]), (&"process".into(), &"all".into()), "{posture}");
    if cfg!(target_os = "linux") && posture["landlock"].as_u64() > Some(0) {
        assert_eq!(posture["files"], "folders", "{posture}");
    }
}

#[test]
fn the_doctor_says_what_there_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = millrace(folder.path(), &["doctor", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(report["cores"].as_u64() > Some(0) && report["memory"]["total_bytes"].as_u64() > Some(0), "{report}");
    assert_eq!(report["paths"]["state"], text(folder.path()));
    assert!(report["display"].is_object() && report["fonts"].is_object() && report["limits"].is_object());
    let probes = report["sandbox"]["probes"].as_array().expect("probes");
    assert!(probes.len() >= 6);
    let names: BTreeSet<&str> = probes.iter().filter_map(|probe| probe["name"].as_str()).collect();
    assert_eq!(names.len(), probes.len());
    assert!(probes.iter().all(|probe| probe["denied"].is_boolean() && probe["how"].is_string()), "{probes:?}");
    let plain = millrace(folder.path(), &["doctor"]);
    assert!(String::from_utf8_lossy(&plain.stdout).contains("sandbox.probes"));
}

#[test]
fn history_and_the_log_tell_what_was() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    let links = [server.file("/first.bin", b"1"), server.link("/second.bin")];
    millrace(&state, &["get", &links[0], &links[1], "-d", text(&out)]);
    let past = json_lines(&millrace(&state, &["history", "--json"]).stdout);
    let states: Vec<_> = past.iter().map(|past| (past["input"].as_str(), past["state"].as_str())).collect();
    assert_eq!(states, [(Some(&*links[1]), Some("failed")), (Some(&*links[0]), Some("done"))]);
    let found = millrace(&state, &["history", "first"]);
    assert_eq!(String::from_utf8_lossy(&found.stdout).lines().count(), 1);
    let log = fs::read_to_string(state.join("log/millrace.log")).expect("a log");
    let line = log.lines().find(|line| line.contains("job done")).expect("a line");
    assert!(line.contains("job=") && line.contains("lane=") && line.contains("first.bin"), "{line}");
}
