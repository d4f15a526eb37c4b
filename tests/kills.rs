//! The program is killed again and again while it downloads in segments, and each time another goes on. Every file is
//! right in the end, no job is lost, and little is fetched twice.
//!
//! `make kills` runs it in full: 300 kills during 20 downloads of 64 MiB.
#![cfg(unix)]

#[path = "support/faults/mod.rs"]
mod faults;

use faults::files::Files;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

struct Plan {
    files: u64,
    bytes: u64,
    kills: u32,
    /// Of each connection.
    bytes_per_s: u64,
    /// The longest that a program lives.
    life: Duration,
    /// Bytes received, of those in the files.
    most: f64,
}

fn plan() -> Plan {
    if std::env::var("MILLRACE_KILLS").is_ok_and(|size| size == "full") {
        let life = Duration::from_millis(800);
        Plan { files: 20, bytes: 64 << 20, kills: 300, bytes_per_s: 700_000, life, most: 1.05 }
    } else {
        let life = Duration::from_millis(500);
        // Of a small file a joint is a larger share.
        Plan { files: 4, bytes: 12 << 20, kills: 12, bytes_per_s: 1_500_000, life, most: 1.08 }
    }
}

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn start(folder: &Path, arguments: &[&str]) -> (Child, thread::JoinHandle<Vec<String>>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(arguments)
        .args(["--json", "--lanes", "4"])
        .env("MILLRACE_STATE", folder.join("state"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let output = child.stdout.take().expect("a pipe");
    let reader = thread::Builder::new().spawn(move || done(output));
    (child, reader.expect("a thread"))
}

/// The inputs that were told as done.
fn done(output: ChildStdout) -> Vec<String> {
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    let values = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
    let done = values.filter(|value| value["event"] == "job_finished" && value["state"] == "done");
    done.map(|value| value["input"].as_str().expect("an input").to_owned()).collect()
}

/// Stops the program; then, what the server has sent and the program has not read: it lies in the buffers of their
/// connections. Nothing more is sent until the server is let go on.
#[cfg(target_os = "linux")]
fn bytes_unread(child: &Child, server: &Files) -> u64 {
    let process = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(process, rustix::process::Signal::STOP).expect("stopped");
    server.hold(true);
    thread::sleep(Duration::from_millis(20));
    let link = server.link("/");
    let port = link.split([':', '/']).find_map(|part| part.parse::<u16>().ok());
    // "sl local remote state sent:received …", addresses as "address:port", all in hexadecimal.
    let table = fs::read_to_string("/proc/net/tcp").expect("the table of connections");
    let port_of = |address: &str| u16::from_str_radix(address.split_once(':')?.1, 16).ok();
    let unread = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, local, remote, _, queues, ..] = words[..] else { return None };
        let (sent, received) = queues.split_once(':')?;
        let (is_from, is_to) = (port_of(local) == port, port_of(remote) == port);
        let queue = if is_from { Some(sent) } else { Some(received).filter(|_| is_to) };
        u64::from_str_radix(queue?, 16).ok()
    };
    table.lines().filter_map(unread).sum()
}

#[cfg(not(target_os = "linux"))]
fn bytes_unread(_: &Child, _: &Files) -> u64 {
    0
}

#[test]
fn downloads_outlive_any_number_of_kills() {
    let Plan { files, bytes, kills, bytes_per_s, life, most } = plan();
    let paths: Vec<String> = (0..files).map(|number| format!("/{number:02}.bin")).collect();
    let served: Vec<(&str, u64, u64)> =
        paths.iter().zip(1..).map(|(path, seed)| (path.as_str(), seed, bytes)).collect();
    let server = Files::serve(&served);
    server.pace(bytes_per_s);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let links: Vec<String> = paths.iter().map(|path| server.link(path)).collect();
    let list = folder.path().join("list");
    fs::write(&list, links.join("\n")).expect("written");

    let started = Instant::now();
    let mut random = Random(2026);
    let mut told = Vec::new();
    let (out_text, list_text) = (out.to_str().expect("text"), list.to_str().expect("text"));
    let first = ["get", "-i", list_text, "-d", out_text, "--segments", "4", "--per-host", "16"];
    let mut arguments: &[&str] = &first;
    let (mut killed, mut unread) = (0, 0);
    for _ in 0..kills {
        let (mut child, lines) = start(folder.path(), arguments);
        let lives = Duration::from_millis(60 + random.below(life.as_millis() as u64));
        let until = Instant::now() + lives;
        // The first one must have queued its jobs: what nobody was told of cannot be lost.
        while Instant::now() < until || arguments.len() == first.len() && server.counts(&paths[0]).ranges.is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        let has_ended = child.try_wait().expect("a child").is_some();
        killed += u32::from(!has_ended);
        if !has_ended {
            unread += bytes_unread(&child, &server);
        }
        child.kill().ok();
        child.wait().expect("ended");
        server.hold(false);
        told.extend(lines.join().expect("lines"));
        arguments = &["resume"];
        if has_ended {
            break;
        }
    }
    server.pace(0);
    let (mut child, lines) = start(folder.path(), &["resume"]);
    assert!(child.wait().expect("ended").success(), "the last one ends well");
    told.extend(lines.join().expect("lines"));

    let sent: u64 = paths.iter().map(|path| server.counts(path).body_bytes).sum();
    let asked: usize = paths.iter().map(|path| server.counts(path).ranges.len()).sum();
    let ranged: usize = paths.iter().map(|path| server.counts(path).ranges.iter().flatten().count()).sum();
    let share_of = |bytes_there: u64| bytes_there as f64 / (files * bytes) as f64;
    let (share, received) = (share_of(sent), share_of(sent - unread));
    println!(
        "{killed} kills during {files} downloads of {} MiB: {share:.3} times their bytes on the wire, {received:.3} without what the system still held at a kill, {asked} requests, {ranged} of them for parts, in {:.0} s",
        bytes >> 20,
        started.elapsed().as_secs_f64()
    );
    for path in &paths {
        let file = out.join(path.trim_start_matches('/'));
        assert!(fs::read(&file).expect("the file") == server.bytes(path), "{path} has other bytes");
    }
    let names: BTreeSet<String> = fs::read_dir(&out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    assert_eq!(names.len() as u64, files, "nothing else is there: {names:?}");
    let different: BTreeSet<&String> = told.iter().collect();
    assert_eq!(different.len(), told.len(), "nothing is told as done twice: {told:?}");
    assert!(ranged > asked / 2, "it went in parts");
    // A kill between the last byte of a file and the record of it costs the whole of it. On a busy machine one may hit that.
    let begun_anew = (asked - ranged).saturating_sub(files as usize).min(1);
    let most = most + begun_anew as f64 / files as f64;
    // How much the system holds depends on how long a busy machine leaves the program waiting.
    assert!(received <= most, "{received:.3} times the bytes were received");
}
