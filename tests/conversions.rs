//! The files of conversions, from the command line: names by template, what becomes of files that are there, dry runs, times
//! and undo. Originals stay as they are whatever happens.

mod support;

use image::codecs::gif::GifEncoder;
use image::{Frame, ImageFormat, RgbImage, RgbaImage};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use support::Server;
use tempfile::TempDir;

const MODES: [&str; 4] = ["serial", "threads", "processes", "mixed"];

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn picture(&self, name: &str, width: u32, height: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let format = ImageFormat::from_path(&path).expect("a format");
        let shade = name.bytes().fold(0, u8::wrapping_add);
        RgbImage::from_pixel(width, height, image::Rgb([shade, 90, 200]))
            .save_with_format(&path, format)
            .expect("saved");
        path
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, text).expect("written");
        path
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
        command.current_dir(self.folder.path()).args(line).arg("--json").env("MILLRACE_STATE", self.path("state"));
        command
    }

    fn run(&self, line: &str) -> Output {
        self.run_all(&line.split(' ').collect::<Vec<_>>())
    }

    fn run_all(&self, line: &[&str]) -> Output {
        self.command(line).output().expect("started")
    }

    /// The lines of a run that goes well.
    fn lines(&self, line: &str) -> Vec<Value> {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {output:?}");
        values(&output)
    }

    /// The names below a folder, and what is in the files.
    fn tree(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(&self.path(folder), &self.path(folder), &mut found);
        found
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.tree(folder).into_keys().collect()
    }

    fn set_time(&self, name: &str, seconds: u64) {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let file = File::options().append(true).open(self.path(name)).expect(name);
        file.set_times(FileTimes::new().set_modified(at).set_accessed(at)).expect("set");
    }

    fn time(&self, name: &str) -> u64 {
        let modified = fs::metadata(self.path(name)).and_then(|metadata| metadata.modified()).expect(name);
        modified.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs()
    }
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            match fs::read(&path) {
                Ok(bytes) => drop(found.insert(name, bytes)),
                // The workers of a killed program end a moment after it, and take what they were writing with them.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
}

fn values(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The output of each input, of jobs or of a plan.
fn outputs(lines: &[Value], event: &str) -> BTreeMap<String, Value> {
    let of_event = lines.iter().filter(|line| line["event"] == event);
    of_event.map(|line| (line["input"].as_str().expect("an input").to_owned(), line["output"].clone())).collect()
}

#[test]
fn templates_name_the_results_in_every_mode() {
    for mode in MODES {
        let bench = Bench::new();
        bench.picture("in/b/one.png", 40, 20);
        bench.picture("in/two.jpg", 30, 60);
        bench.set_time("in/two.jpg", 1_709_164_800);
        let line = format!(
            "convert in -o out --mode {mode} --fit 10x10 --format jpeg --name {{name}}_{{index:03}}_{{width}}x{{height}}"
        );
        bench.lines(&line);
        assert_eq!(bench.names("out"), ["b/one_001_10x5.jpg", "two_002_5x10.jpg"], "{mode}");
        let line = format!(
            "convert in/two.jpg -o dated --mode {mode} --format png --name {{date}}/{{format}}/{{{{{{ext}}}}}}"
        );
        bench.lines(&line);
        assert_eq!(bench.names("dated"), ["2024-02-29/png/{png}.png"], "{mode}");
    }
    let bench = Bench::new();
    bench.picture("a.png", 4, 4);
    bench.picture("b.png", 4, 4);
    bench.lines("convert a.png b.png -o out --name all");
    assert_eq!(bench.names("out"), ["all (2).png", "all.png"]);
    for template in ["{nonsense}", "{name", "", "../x", "{index:77}"] {
        let output = bench.run_all(&["convert", "a.png", "-o", "out2", "--name", template]);
        assert_eq!(output.status.code(), Some(2), "{template}: {output:?}");
        assert!(!output.stderr.is_empty() && !bench.path("out2").exists(), "{template}");
    }
}

/// A batch in which names are taken in every way.
fn crowded(rule: &str) -> Bench {
    let bench = Bench::new();
    for name in
        ["in/a.png", "in/a.jpg", "in/A.webp", "in/b.png", "in/c.png", "in/sub/a.png", "in/a (2).png", "other/a.png"]
    {
        bench.picture(name, 20, 12);
    }
    bench.write("in/bad.png", "no picture");
    bench.write("in/bad.jpg", "none either");
    bench.picture("in/bad.webp", 9, 9);
    bench.write("out/a.jpg", "old");
    bench.write("out/b.jpg", "old");
    bench.write("out/sub/a.jpg", "old");
    bench.write("out/b.png", "old");
    bench.set_time("out/a.jpg", 1_600_000_000);
    bench.set_time("in/b.png", 1_500_000_000);
    assert!(!rule.is_empty());
    bench
}

#[test]
fn a_dry_run_tells_what_the_run_does() {
    let templates: [&[&str]; 4] =
        [&[], &["--name", "{width}"], &["--name", "x/{name}"], &["--name", "{index}-{format}"]];
    for (number, rule) in ["rename", "skip", "overwrite", "newer"].into_iter().enumerate() {
        for (template, mode) in templates.iter().zip(MODES.into_iter().cycle().skip(number)) {
            for format in [&["--format", "jpeg"][..], &[]] {
                let bench = crowded(rule);
                let before = bench.tree(".");
                let first =
                    ["convert", "in", "other/a.png", "missing.png", "-o", "out", "--on-exists", rule, "--mode", mode];
                let line: Vec<&str> = first.iter().chain(*template).chain(format).copied().collect();
                let plan = bench.run_all(&[&line[..], &["--dry-run"]].concat());
                assert_eq!(plan.status.code(), Some(1), "what cannot be planned is told: {plan:?}");
                assert_eq!(bench.tree("."), before, "nothing is written");
                let run = bench.run_all(&line);
                assert_eq!(run.status.code(), Some(1), "{run:?}");
                let (planned, done) = (outputs(&values(&plan), "planned"), outputs(&values(&run), "job_finished"));
                assert_eq!(planned, done, "{line:?}");
                for (input, output) in done {
                    assert_eq!(
                        output.is_null(),
                        input.contains("bad.png") || input.contains("bad.jpg") || input == "missing.png"
                    );
                }
                let originals = bench.tree("in");
                assert!(before.iter().all(|(name, bytes)| {
                    name.strip_prefix("in/").is_none_or(|name| originals.get(name) == Some(bytes))
                }));
            }
        }
    }
}

#[test]
fn a_dry_run_makes_no_folder_and_says_what_is_there() {
    let bench = Bench::new();
    bench.picture("a.png", 4, 4);
    bench.picture("b.png", 4, 4);
    bench.lines("convert a.png b.png -o out --dry-run");
    assert!(!bench.path("out").exists() && !bench.path("state").exists());
    bench.write("out/a.png", "old");
    for (rule, action, path) in
        [("rename", "rename", "a (2).png"), ("skip", "skip", "a.png"), ("overwrite", "overwrite", "a.png")]
    {
        let lines = bench.lines(&format!("convert a.png b.png -o out --on-exists {rule} --dry-run"));
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0]["action"].as_str(), lines[0]["exists"].as_bool()), (Some(action), Some(true)));
        assert_eq!(lines[0]["output"].as_str(), bench.path("out").join(path).to_str());
        assert_eq!((lines[1]["action"].as_str(), lines[1]["exists"].as_bool()), (Some("new"), Some(false)));
    }
    let words = Command::new(env!("CARGO_BIN_EXE_millrace"))
        .current_dir(bench.folder.path())
        .args(["convert", "a.png", "-o", "out", "--dry-run"])
        .output()
        .expect("started");
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    assert!(words.contains("a (2).png") && words.contains("a.png exists already"), "{words}");
}

#[test]
fn what_is_done_is_skipped_without_a_look_at_the_picture() {
    for mode in MODES {
        let bench = Bench::new();
        let input = bench.picture("in/a.png", 4, 4);
        bench.picture("in/sub/b.jpg", 4, 4);
        let line = format!("convert in -o out --mode {mode} --on-exists skip");
        bench.lines(&line);
        let before = bench.tree("out");
        // By the header alone it is a picture still.
        let bytes = fs::read(&input).expect("read");
        fs::write(&input, &bytes[..30]).expect("cut");
        let lines = bench.lines(&line);
        assert_eq!(bench.tree("out"), before);
        assert_eq!(outputs(&lines, "job_finished").len(), 2);
        let undone = bench.lines("undo");
        assert_eq!(undone.len(), 1, "nothing was made: {undone:?}");
        assert_eq!(bench.tree("out"), before);
        let lines = bench.lines(&format!("{line} --format png"));
        assert_eq!(bench.names("out"), ["a.png", "sub/b.jpg", "sub/b.png"], "{lines:?}");
    }
}

#[test]
fn only_newer_inputs_are_done_again() {
    for mode in MODES {
        let bench = Bench::new();
        for name in ["in/old.png", "in/new.png"] {
            bench.picture(name, 4, 4);
            bench.set_time(name, 1_700_000_000);
        }
        for (name, time) in [("out/old.png", 1_700_000_001), ("out/new.png", 1_699_999_999)] {
            bench.write(name, "there");
            bench.set_time(name, time);
        }
        let line = format!("convert in -o out --mode {mode} --on-exists newer --keep-times");
        bench.lines(&line);
        assert_eq!(fs::read(bench.path("out/old.png")).expect("read"), b"there");
        assert_ne!(fs::read(bench.path("out/new.png")).expect("read"), b"there");
        assert_eq!(bench.time("out/new.png"), 1_700_000_000, "{mode}");
        let before = bench.tree("out");
        bench.set_time("out/new.png", 1_700_000_000);
        bench.write("in/new.png", "no picture any more");
        bench.set_time("in/new.png", 1_700_000_000);
        let output = bench.run(&line);
        // Its header does not tell the format any more, so this one fails; the file of the other is not newer.
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(bench.tree("out"), before);
        assert_eq!(bench.run(&format!("{line} --format png")).status.code(), Some(0), "told by the names alone");
    }
}

#[cfg(unix)]
#[test]
fn overwriting_never_touches_an_original() {
    for mode in MODES {
        let bench = Bench::new();
        for name in ["in/a.png", "in/b.jpg", "in/sub/c.png"] {
            bench.picture(name, 30, 30);
        }
        bench.picture("elsewhere.png", 7, 7);
        fs::hard_link(bench.path("elsewhere.png"), bench.path("in/d.png")).expect("a link");
        fs::create_dir(bench.path("in/loose")).expect("a folder");
        std::os::unix::fs::symlink(bench.path("elsewhere.png"), bench.path("in/loose/e.png")).expect("a link");
        let before = bench.tree("in");
        for _ in 0..2 {
            let lines =
                bench.lines(&format!("convert in -o in --fit 8x8 --mode {mode} --on-exists overwrite --name {{name}}"));
            let after = bench.tree("in");
            assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "{mode}: {:?}", after.keys());
            assert!(
                lines.iter().all(|line| line["event"] == "batch_finished"
                    || line["output"].as_str().is_some_and(|path| path.contains(" (2)"))),
                "{lines:?}"
            );
            // Only originals are inputs the second time as well.
            let made: Vec<String> = after.into_keys().filter(|name| name.contains(" (2)")).collect();
            assert_eq!(made.len(), 5);
            bench.lines("undo");
            for name in made {
                fs::remove_file(bench.path("in").join(name)).ok();
            }
        }
        assert_eq!(bench.tree("in"), before);
    }
}

#[test]
fn results_get_the_times_of_their_inputs() {
    for mode in MODES {
        let bench = Bench::new();
        bench.picture("a.png", 4, 4);
        bench.set_time("a.png", 1_234_567_890);
        bench.lines(&format!("convert a.png -o out --mode {mode} --keep-times"));
        assert_eq!(bench.time("out/a.png"), 1_234_567_890, "{mode}");
        bench.lines(&format!("convert a.png -o plain --mode {mode}"));
        assert!(bench.time("plain/a.png") > 1_234_567_890);
        // Undo knows the file by the times that it got.
        bench.lines("undo");
        bench.lines("undo");
        assert!(bench.names("out").is_empty() && bench.names("plain").is_empty(), "{mode}");
    }
}

fn undone(lines: &[Value]) -> BTreeMap<String, String> {
    let of = |line: &Value| {
        let output = PathBuf::from(line["output"].as_str().expect("a path"));
        let name = output.file_name().expect("a name").to_string_lossy().into_owned();
        (name, line["state"].as_str().expect("a state").to_owned())
    };
    lines.iter().filter(|line| line["event"] == "undone").map(of).collect()
}

#[test]
fn undo_removes_what_the_last_batch_wrote_and_nobody_touched() {
    for mode in MODES {
        let bench = Bench::new();
        for name in ["in/a.png", "in/b.png", "in/c.png", "in/d.png", "in/deep/er/e.png", "in/deep/f.png"] {
            bench.picture(name, 4, 4);
        }
        bench.write("out/d.png", "old");
        bench.write("out/mine.txt", "mine");
        bench.lines(&format!("convert in/a.png -o out --mode {mode}"));
        let first = bench.tree("out");
        bench.lines(&format!("convert in -o out --mode {mode} --on-exists overwrite"));
        bench.write("out/b.png", "changed");
        fs::remove_file(bench.path("out/c.png")).expect("removed");
        bench.write("out/deep/mine.txt", "mine");
        let lines = bench.lines("undo");
        let told: Vec<(String, String)> = undone(&lines).into_iter().collect();
        let expected = [
            ("a.png", "replaced"),
            ("b.png", "changed"),
            ("c.png", "gone"),
            ("d.png", "replaced"),
            ("e.png", "removed"),
            ("f.png", "removed"),
        ];
        assert_eq!(told, expected.map(|(name, state)| (name.to_owned(), state.to_owned())), "{mode}");
        let last = lines.last().expect("a last line");
        assert_eq!(
            (last["event"].as_str(), last["removed"].as_u64(), last["replaced"].as_u64()),
            (Some("undo_finished"), Some(2), Some(2))
        );
        assert_eq!(bench.names("out"), ["a.png", "b.png", "d.png", "deep/mine.txt", "mine.txt"]);
        assert!(!bench.path("out/deep/er").exists(), "empty folders that the batch made go");
        // The batch before it: its file was replaced since.
        assert_eq!(undone(&bench.lines("undo")).into_values().collect::<Vec<_>>(), ["changed"]);
        assert_eq!(first.len(), 3);
        let lines = bench.lines("undo");
        assert_eq!((lines.len(), lines[0]["removed"].as_u64()), (1, Some(0)), "nothing is left to take back");
        let words =
            Command::new(env!("CARGO_BIN_EXE_millrace")).arg("undo").arg("--state").arg(bench.path("state")).output();
        assert!(String::from_utf8_lossy(&words.expect("started").stdout).contains("nothing to take back"));
    }
}

#[cfg(unix)]
#[test]
fn undo_gives_up_what_is_unfinished_and_waits_for_no_other_program() {
    let bench = Bench::new();
    for number in 0..40 {
        bench.picture(&format!("in/{number:02}.png"), 1200, 900);
    }
    let mut child = bench
        .command(&["convert", "in", "-o", "out/deep", "--mode", "serial"])
        .stdout(Stdio::null())
        .spawn()
        .expect("started");
    let until = Instant::now() + Duration::from_mins(1);
    while bench.names("out/deep").iter().filter(|name| !name.starts_with(".millrace")).count() < 3
        && Instant::now() < until
    {
        thread::sleep(Duration::from_millis(5));
    }
    // It holds still, so that it does not end by itself meanwhile.
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).expect("stopped");
    let refused = bench.run("undo");
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    child.kill().expect("killed");
    child.wait().expect("ended");
    let before = bench.tree("in");
    let lines = bench.lines("undo");
    let last = lines.last().expect("a line");
    assert!(
        last["removed"].as_u64().is_some_and(|removed| removed >= 3) && last["dropped"].as_u64() > Some(0),
        "{last}"
    );
    assert_eq!(bench.names("out"), Vec::<String>::new());
    assert_eq!(bench.tree("in"), before);
    let lines = bench.lines("resume");
    assert_eq!(lines.len(), 1, "nothing is left to go on with: {lines:?}");
}

#[test]
fn undo_takes_back_downloads_too() {
    let server = Server::start();
    for mode in MODES {
        let bench = Bench::new();
        let links = [server.file("/a.bin", b"one"), server.file("/b.bin", b"two")];
        bench.write("got/b.bin", "mine");
        bench.lines(&format!("get {} {} -d got --mode {mode}", links[0], links[1]));
        assert_eq!(bench.names("got"), ["a.bin", "b (2).bin", "b.bin"]);
        assert_eq!(undone(&bench.lines("undo")).len(), 2, "{mode}");
        assert_eq!(bench.names("got"), ["b.bin"]);
    }
}

/// An animation of so many frames.
fn animation(bench: &Bench, name: &str, frames: u8) -> PathBuf {
    let path = bench.path(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let mut encoder = GifEncoder::new(File::create(&path).expect("made"));
    for shade in 0..frames {
        let pixels = RgbaImage::from_pixel(60, 40, image::Rgba([shade * 5, 90, 200, 255]));
        encoder.encode_frame(Frame::new(pixels)).expect("encoded");
    }
    path
}

#[test]
fn each_frame_becomes_a_file() {
    for mode in MODES {
        let bench = Bench::new();
        animation(&bench, "in/a.gif", 12);
        bench.picture("in/still.png", 4, 4);
        bench.write("out/a-0003.png", "old");
        let line = format!("convert in -o out --format png --extract-frames --mode {mode}");
        let plan = bench.lines(&format!("{line} --dry-run"));
        assert_eq!(bench.names("out"), ["a-0003.png"]);
        let done = bench.lines(&line);
        assert_eq!(outputs(&plan, "planned"), outputs(&done, "job_finished"), "{mode}");
        let output = &outputs(&done, "job_finished")["in/a.gif"];
        let paths: Vec<&str> = output.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert_eq!(paths.len(), 12);
        assert!(paths[2].ends_with("a-0003 (2).png"), "{paths:?}");
        for (number, path) in paths.iter().enumerate() {
            let pixels = image::open(path).expect("a picture").to_rgb8();
            assert!(pixels.get_pixel(5, 5)[0].abs_diff(number as u8 * 5) < 4, "{mode}: {path}");
        }
        assert_eq!(bench.names("out").len(), 14);
        let again = bench.lines(&format!("{line} --on-exists skip --name {{name}}"));
        assert!(outputs(&again, "job_finished")["in/a.gif"].is_array());
        bench.lines("undo");
        assert_eq!(undone(&bench.lines("undo")).len(), 13, "{mode}");
        assert_eq!(bench.names("out"), ["a-0003.png"]);
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

#[cfg(unix)]
#[test]
fn frames_are_all_there_or_none_after_any_kill() {
    let bench = Bench::new();
    for number in 0..6 {
        animation(&bench, &format!("in/{number}.gif"), 40);
    }
    let mut random = Random(11);
    let mut told = BTreeMap::new();
    let mut line: &[&str] = &["convert", "in", "-o", "out", "--format", "png", "--extract-frames", "--mode", "threads"];
    for round in 0..14 {
        let child = bench.command(line).stdout(Stdio::piped()).spawn().expect("started");
        let until = Instant::now() + Duration::from_millis(10 + random.below(120));
        let pid = rustix::process::Pid::from_child(&child);
        while Instant::now() < until || round == 0 && bench.names("out").len() < 41 {
            thread::sleep(Duration::from_millis(1));
        }
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
        let output = child.wait_with_output().expect("ended");
        let complete = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines = complete.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        told.extend(outputs(&lines.collect::<Vec<_>>(), "job_finished"));
        line = &["resume"];
    }
    told.extend(outputs(&bench.lines("resume"), "job_finished"));
    // A file that was left by half a job would have made the next try take other names.
    let expected = (0..6).flat_map(|job| (1..=40).map(move |frame| format!("{job}-{frame:04}.png")));
    assert_eq!(bench.names("out"), expected.collect::<Vec<_>>());
    for paths in told.values() {
        assert_eq!(paths.as_array().map(Vec::len), Some(40));
    }
}

#[cfg(unix)]
#[test]
fn originals_outlive_any_number_of_kills() {
    let mut random = Random(7);
    for (mode, rule) in MODES.into_iter().zip(["overwrite", "newer", "overwrite", "rename"]) {
        let bench = Bench::new();
        for number in 0..24 {
            bench.picture(&format!("in/{number:02}.png"), 500, 400);
            bench.picture(&format!("in/{number:02}.bmp"), 300, 200);
        }
        let before = bench.tree("in");
        let first =
            ["convert", "in", "-o", "in", "--format", "png", "--on-exists", rule, "--mode", mode, "--keep-times"];
        let mut line: &[&str] = &first;
        let mut told = BTreeMap::new();
        let mut kills = 0;
        for _ in 0..12 {
            let child = bench.command(line).stdout(Stdio::piped()).spawn().expect("started");
            let until = Instant::now() + Duration::from_millis(40 + random.below(250));
            let pid = rustix::process::Pid::from_child(&child);
            // The first one must have queued its jobs: what nobody was told of cannot be lost. A result is there only then.
            let results = || bench.names("in").iter().filter(|name| !name.starts_with('.')).count() - before.len();
            while Instant::now() < until || line.len() > 1 && results() == 0 && kills == 0 {
                thread::sleep(Duration::from_millis(5));
            }
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
            let output = child.wait_with_output().expect("ended");
            kills += u32::from(!output.status.success());
            let complete = String::from_utf8_lossy(&output.stdout).into_owned();
            let lines = complete.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            told.extend(outputs(&lines.collect::<Vec<_>>(), "job_finished"));
            line = &["resume"];
            let after = bench.tree("in");
            assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "{mode}: an original changed");
            for (name, bytes) in after.iter().filter(|(name, _)| !name.starts_with('.')) {
                assert!(image::load_from_memory(bytes).is_ok(), "{mode}: {name} is half written");
            }
        }
        assert!(kills > 0);
        told.extend(outputs(&bench.lines("resume"), "job_finished"));
        // A line may be lost with a program that is killed before it prints it; the queue knows the file all the same.
        let past = bench.lines("history --most 1000");
        assert_eq!(past.len(), before.len());
        let named: Vec<PathBuf> =
            past.iter().map(|job| PathBuf::from(job["output"].as_str().expect("a path"))).collect();
        let path = |output: &Value| PathBuf::from(output.as_str().expect("a path"));
        assert!(told.values().all(|output| named.contains(&path(output))));
        let after = bench.names("in");
        let unnamed: Vec<&String> = after
            .iter()
            .filter(|name| !before.contains_key(*name) && !named.contains(&bench.path("in").join(name)))
            .collect();
        assert!(unnamed.is_empty(), "{mode}: no line names {unnamed:?}");
        bench.lines("undo");
        assert_eq!(bench.tree("in"), before, "{mode}: all of it can be taken back");
    }
}
