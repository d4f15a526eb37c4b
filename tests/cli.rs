//! The command line as scripts use it: exit status, JSON lines, sentences, and what lies in the folder afterwards.

mod support;

use image::{ImageBuffer, ImageFormat, Rgb};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{Act, Server};

const MODES: [&str; 4] = ["serial", "threads", "processes", "mixed"];

/// Runs the program with a state folder of its own, unless the arguments name one.
fn millrace(arguments: &[&str]) -> Output {
    let state = tempfile::tempdir().expect("a folder");
    Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(arguments)
        .env("MILLRACE_STATE", state.path())
        .stdin(Stdio::null())
        .output()
        .expect("started")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Standard output as JSON lines; anything else in it fails.
fn json_lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect()
}

fn jpeg(width: u32, seed: u32) -> Vec<u8> {
    let pixels = ImageBuffer::from_fn(width, width * 3 / 4, |x, y| {
        let noise = (x ^ seed).wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 27;
        Rgb([(x * 255 / width) as u8, (y + seed * 16) as u8, (noise * 4) as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Jpeg).expect("encoded");
    bytes.into_inner()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap_or_default()))
        .collect()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn what_stands_in_the_wrong_place_is_told_with_the_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    };
    let (list, empty) = (file("links.txt", "http://127.0.0.1:1/a\n"), file("empty.txt", "# none\n"));
    let (out, nowhere) = (folder.path().join("out"), folder.path().join("no/a.png"));
    let cases: [(&[&str], i32, &str); 9] = [
        (&["get", "--trace", path(&nowhere), "http://127.0.0.1:1/a", "-d", path(&out)], 2, "its folder is not there"),
        (&["--mode", "threads", "resume"], 2, "a command comes first: millrace resume"),
        (&["a.jpg", "convert"], 2, "a command comes first: millrace convert"),
        (&["--json", "convert", "a.jpg", "-o", path(&out)], 2, "Options stand behind the command: millrace convert"),
        (&["--screenshot", path(&nowhere), "a.jpg"], 2, "its folder is not there"),
        (&["get", &list, "-d", path(&out)], 1, "-i "),
        (&["get", "-i", &empty, "-d", path(&out)], 0, "There are no links in "),
        (&["convert", "http://127.0.0.1:1/a.jpg", "-o", path(&out)], 1, "millrace get --recipe"),
        (&["convert", "no.jpg", "-o", path(&out)], 1, "there is no such file or folder"),
    ];
    for (arguments, status, sentence) in cases {
        let output = millrace(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(sentence), "{arguments:?}: {}", stderr(&output));
    }
    let steering = file("steering.toml", "name = \"a\"\n\"\\u001b[31mkey\" = 1\n");
    let told = stderr(&millrace(&["recipes", "check", &steering]));
    assert!(told.contains("[31mkey") && !told.contains('\u{1b}'), "{told:?}");
}

/// Found by feeding the decoder: it panics over such files.
#[test]
fn a_jpeg_xl_of_whose_colours_there_is_no_profile_is_told() {
    let unknown = [(8, 0x45), (11, 0x5c), (23, 0x01), (42, 0x75), (56, 0x01), (60, 0x0e), (62, 0x04), (63, 0x8d)];
    let xyb = [(8, 0x85), (11, 0x08), (12, 0xf3), (40, 0x67), (55, 0x44), (72, 0x10)];
    let folder = tempfile::tempdir().expect("a folder");
    let (picture, out) = (folder.path().join("a.jxl"), folder.path().join("out"));
    for (start, rest, words) in [
        ([0xff, 0x0a, 0x0c, 0, 0, 0], &unknown[..], "does not say what its colours are"),
        ([0xff, 0x0a, 0x60, 0x78, 0x78, 0x01], &xyb[..], "hands out its colours as XYB"),
    ] {
        let mut bytes = vec![0; 84];
        bytes[..start.len()].copy_from_slice(&start);
        for &(at, value) in rest {
            bytes[at] = value;
        }
        fs::write(&picture, bytes).expect("written");
        for mode in MODES {
            let output = millrace(&["convert", path(&picture), "-o", path(&out), "--mode", mode]);
            assert_eq!(output.status.code(), Some(1), "{mode}");
            assert!(stderr(&output).contains(words), "{mode}: {}", stderr(&output));
        }
    }
}

#[cfg(unix)]
#[test]
fn where_nobody_reads_what_is_printed_files_are_written_all_the_same() {
    for how in ["--json", "--verbose"] {
        let folder = tempfile::tempdir().expect("a folder");
        let (table, trace) = (folder.path().join("a.csv"), folder.path().join("a.json"));
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut program = Command::new(env!("CARGO_BIN_EXE_millrace"));
        program.args(["lab", "print", "--runs", "1", how, "--csv", path(&table), "--trace", path(&trace)]);
        let status = program.stdout(writer).stderr(Stdio::null()).status().expect("it ran");
        assert_eq!(status.code(), Some(1), "{how}");
        let rows = fs::read_to_string(&table).expect("the table").lines().count();
        assert!(rows > 1 && trace.is_file(), "{how}: {rows} rows");
    }
}

#[test]
fn a_list_with_good_and_bad_links_ends_the_same_in_every_mode() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let mut list = String::from("# a comment\n");
    for n in 0..8 {
        list += &format!("{}\n", server.file(&format!("/photo%20{n}.jpg"), &jpeg(2400, n)));
    }
    let whole = jpeg(800, 99);
    let free_port =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port();
    let bad = [
        (server.link("/missing.jpg"), "http"),
        (format!("http://127.0.0.1:{free_port}/refused.jpg"), "connect"),
        ("http://nosuch.invalid/name.jpg".to_owned(), "dns"),
        (server.file("/corrupt.jpg", &whole[..whole.len() / 2]), "decode"),
        (server.file("/page.jpg", b"<!DOCTYPE html><html></html>"), "verify"),
        ("ftp://host/a.jpg".to_owned(), "url"),
    ];
    for (link, _) in &bad {
        list += &format!("{link}\r\n");
    }
    let list_file = folder.path().join("list.txt");
    fs::write(&list_file, list).expect("written");
    let mut results = Vec::new();
    for mode in MODES {
        let out = folder.path().join(mode);
        let arguments = [
            "get",
            "-i",
            path(&list_file),
            "-d",
            path(&out),
            "--recipe",
            "Web 1920",
            "--mode",
            mode,
            "--retries",
            "1",
            "--json",
        ];
        let output = millrace(&arguments);
        assert_eq!(output.status.code(), Some(1), "{mode}: {}", stderr(&output));
        let mut lines = json_lines(&output);
        let last = lines.pop().expect("a last line");
        assert_eq!(
            (&last["event"], &last["done"], &last["failed"]),
            (&"batch_finished".into(), &8.into(), &6.into()),
            "{mode}"
        );
        assert!(last["cpu_ms"].as_f64() > Some(0.0) && last["peak_rss_bytes"].as_u64() > Some(1_000_000), "{last}");
        assert_eq!(lines.len(), 14, "{mode}: one line for each input");
        for (link, kind) in &bad {
            let line = lines.iter().find(|line| line["input"] == link.as_str()).expect("a line");
            assert_eq!((&line["state"], &line["error_kind"]), (&"failed".into(), &(*kind).into()), "{mode}: {line}");
            assert!(line["output"].is_null() && line["error"].as_str().is_some_and(|error| error.len() > 15), "{line}");
        }
        for line in lines.iter().filter(|line| line["state"] == "done") {
            assert!(Path::new(line["output"].as_str().expect("a path")).exists(), "{line}");
            assert_eq!(
                (&line["mode"], &line["attempts"]),
                (&mode.into(), &1.into()),
                "{mode}: fetched and converted at once: {line}"
            );
            assert!(
                line["bytes_in"].as_u64() > line["bytes_out"].as_u64() && line["cpu_ms"].as_f64() > Some(0.0),
                "{line}"
            );
        }
        results.push(files(&out));
    }
    let expected: Vec<String> = (0..8).map(|n| format!("photo {n}.jpg")).collect();
    assert_eq!(results[0].keys().cloned().collect::<Vec<_>>(), expected, "and nothing else");
    assert!(results.iter().all(|result| result == &results[0]), "the same bytes in every mode");
    let picture = image::load_from_memory(&results[0]["photo 0.jpg"]).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (1920, 1440));
}

#[test]
fn downloads_alone_keep_their_bytes_and_names() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("deep/out");
    let link = server.file("/archive.tar.gz", b"some bytes");
    for mode in MODES {
        let output = millrace(&["get", &link, &link, "-d", path(&out), "--mode", mode]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let files = files(&out);
    assert_eq!(files.len(), 8, "nothing is overwritten: {:?}", files.keys());
    assert!(files.contains_key("archive (8).tar.gz") && files.values().all(|bytes| bytes == b"some bytes"));
}

#[test]
fn convert_walks_folders_and_answers_every_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("in");
    fs::create_dir_all(input.join("sub")).expect("a folder");
    fs::write(input.join("a.jpg"), jpeg(900, 1)).expect("written");
    fs::write(input.join("sub/b.jpg"), jpeg(300, 2)).expect("written");
    fs::write(input.join("empty.png"), b"").expect("written");
    fs::create_dir(folder.path().join("bare")).expect("a folder");
    let out = folder.path().join("out");
    let (bare, missing) = (folder.path().join("bare"), folder.path().join("missing.jpg"));
    let arguments = [
        "convert",
        path(&input),
        path(&bare),
        path(&missing),
        "-o",
        path(&out),
        "--fit",
        "400x400",
        "--format",
        "webp",
        "--quality",
        "70",
        "--json",
    ];
    let output = millrace(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let lines = json_lines(&output);
    let told: BTreeMap<&str, &str> = lines
        .iter()
        .filter_map(|line| Some((line["input"].as_str()?, line["error_kind"].as_str().unwrap_or("none"))))
        .collect();
    assert_eq!(told[path(&input.join("a.jpg"))], "none");
    assert_eq!(told[path(&input.join("sub/b.jpg"))], "none");
    assert_eq!(told[path(&input.join("empty.png"))], "decode");
    assert_eq!(told[path(&bare)], "unsupported");
    assert_eq!(told[path(&missing)], "io");
    assert_eq!(files(&out).into_keys().collect::<Vec<_>>(), ["a.webp", "sub"], "folders are mirrored");
    let size = |file: &str| image::image_dimensions(out.join(file)).expect("a picture");
    assert_eq!((size("a.webp"), size("sub/b.webp")), ((400, 300), (300, 225)));
    // Into the input folder itself: the originals stay, and results of an earlier run are not taken again.
    let before = files(&input);
    let output = millrace(&["convert", path(&input.join("a.jpg")), "-o", path(&input)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(files(&input)["a.jpg"], before["a.jpg"]);
    assert!(files(&input).contains_key("a (2).jpg"));
}

#[test]
fn wrong_usage_ends_with_2_and_a_sentence_that_names_the_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file.jpg");
    fs::write(&file, jpeg(64, 1)).expect("written");
    let (out, inside_a_file) = (folder.path().join("out"), file.join("out"));
    let (out, file, inside) = (path(&out), path(&file), path(&inside_a_file));
    for (arguments, words) in [
        (vec!["convert", file, "-o", out, "--recipe", "Sepia"], "there is no recipe \"Sepia\""),
        (vec!["convert", file, "-o", out, "--fit", "0x0"], "\"0x0\" is not a size"),
        (vec!["convert", file, "-o", out, "--quality", "200"], "200"),
        (vec!["convert", file, "-o", out, "--lanes", "0"], "0"),
        (vec!["convert", file, "-o", out, "-q", "-v"], "cannot be used with"),
        (vec!["convert", file, "-o", out, "--format", "png", "--quality", "80"], "does not go with PNG"),
        (vec!["convert", file, "-o", inside], "file.jpg"),
        (vec!["convert", "-o", out], "PATH"),
        (vec!["get", "-d", out], "nothing to fetch"),
        (vec!["get", "-i", "/nowhere/list", "-d", out], "/nowhere/list"),
        (vec!["get", "http://h/a"], "--dir"),
        (vec!["get", "http://h/a", "-d", out, "--header", "RANGE: bytes=0-"], "the header RANGE cannot be set"),
        (vec!["get", "http://h/a", "-d", out, "--header", "X-A: \u{1}"], "the value of the header \"X-A\""),
        (vec!["get", "http://h/a", "-d", out, "--user-agent", "a\nb"], "User-Agent"),
        (vec!["convert", file, "-o", out, "--mode", "warp"], "there is no mode \"warp\""),
        (vec!["http://h/[9-1].jpg"], "\"[9-1]\" runs backwards"),
        (vec!["--json", "--recipe", "Nope"], "there is no recipe \"Nope\""),
    ] {
        let output = millrace(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(!Path::new(out).exists(), "nothing was made");
    let version = millrace(&["--version"]);
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("millrace 0."), "{version:?}");
}

#[test]
fn people_are_told_in_plain_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let (good, bad) = (folder.path().join("good.jpg"), folder.path().join("bad.jpg"));
    fs::write(&good, jpeg(64, 1)).expect("written");
    fs::write(&bad, b"nonsense").expect("written");
    let out = folder.path().join("out");
    let output = millrace(&["convert", path(&good), path(&bad), "-o", path(&out)]);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(stdout.contains("good.jpg → ") && stdout.contains("1 done, 1 failed in"), "{stdout}");
    assert!(stderr(&output).contains("bad.jpg: bad.jpg is not a picture"), "{}", stderr(&output));
    let output = millrace(&["convert", path(&good), "-o", path(&out), "-q"]);
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let output = millrace(&["convert", path(&good), "-o", path(&out), "-v"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("computed"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_130_within_5_seconds_and_leaves_nothing_half_written() {
    for mode in MODES {
        let server = Server::start();
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let mut half = support::whole(&vec![0; 1000], "");
        half.truncate(half.len() - 500);
        let link = server.on("/stalled.jpg", vec![vec![Act::Send(half), Act::Wait(Duration::from_mins(1))]]);
        let program = Command::new(env!("CARGO_BIN_EXE_millrace"))
            .args(["get", &link, "-d", path(&out), "--mode", mode, "--json"])
            .env("MILLRACE_STATE", folder.path().join("state"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let deadline = Instant::now() + Duration::from_secs(20);
        while server.requests().is_empty() {
            assert!(Instant::now() < deadline, "{mode}: it asks for the link");
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(100));
        let asked = Instant::now();
        let pid = rustix::process::Pid::from_raw(program.id().cast_signed()).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("asked to stop");
        let output = program.wait_with_output().expect("ended");
        assert!(asked.elapsed() < Duration::from_secs(5), "{mode}: it took {:?}", asked.elapsed());
        assert_eq!(output.status.code(), Some(130), "{mode}: {}", stderr(&output));
        // The queue is kept, and with it what was fetched so far.
        let half_written = |name: &&String| !name.starts_with(".millrace-parts");
        assert_eq!(files(&out).keys().find(half_written), None, "{mode}");
    }
}

/// Starts the program through a shell that does this before.
#[cfg(unix)]
fn after(before: &str, folder: &Path, arguments: &[&str]) -> std::process::Child {
    Command::new("sh")
        .args(["-c", &format!("{before}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_millrace")])
        .args(arguments)
        .args(["-d", path(&folder.join("out")), "--json"])
        .env("MILLRACE_STATE", folder.join("state"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started")
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_a_terminal_is_ignored_where_whoever_started_it_said_so() {
    // Where it is ignored already, no shell can change that.
    let status = fs::read_to_string("/proc/self/status").expect("read");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("told").trim();
    let is_ignored = u64::from_str_radix(ignored, 16).expect("a mask") & 1 == 1;
    for (before, status) in [("trap '' HUP", 0), ("true", if is_ignored { 0 } else { 130 })] {
        let server = Server::start();
        let folder = tempfile::tempdir().expect("a folder");
        let (begin, rest) = (support::whole(&vec![0; 1000], ""), Act::Wait(Duration::from_secs(1)));
        let (begin, end) = begin.split_at(begin.len() - 500);
        let link = server.on("/slow", vec![vec![Act::Send(begin.to_vec()), rest, Act::Send(end.to_vec())]]);
        let program = after(before, folder.path(), &["get", &link]);
        let deadline = Instant::now() + Duration::from_secs(20);
        while server.requests().is_empty() {
            assert!(Instant::now() < deadline, "it asks for the link");
            std::thread::sleep(Duration::from_millis(10));
        }
        let pid = rustix::process::Pid::from_raw(program.id().cast_signed()).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).expect("told");
        let output = program.wait_with_output().expect("ended");
        assert_eq!(output.status.code(), Some(status), "{before}: {}", stderr(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_files_fails_what_goes_beyond_it_and_nothing_else() {
    for mode in MODES {
        let server = Server::start();
        let folder = tempfile::tempdir().expect("a folder");
        let (large, small) = (server.file("/large.bin", &vec![1; 8 << 20]), server.file("/small.bin", &[2; 1000]));
        let program = after("ulimit -f 4096", folder.path(), &["get", &large, &small, "--mode", mode]);
        let output = program.wait_with_output().expect("ended");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{mode}: {told} {}", stderr(&output));
        assert!(told.contains("no file may become that large here") && told.contains("\"limit\""), "{told}");
        assert_eq!(files(&folder.path().join("out")).into_keys().collect::<Vec<_>>(), ["small.bin"], "{mode}");
    }
}
