//! What of a folder of pictures is read: `MILLRACE_CORPUS=FOLDER MILLRACE_CORPUS_OUT=FOLDER cargo test --test corpus -- --ignored`.
//! Writes a line of JSON for each file, and the picture as PNG, to compare with what another program reads.

use millrace::model::recipe::{Encoding, Format};
use millrace::model::task::NonPictures;
use millrace::model::{Assignment, AttemptId, Convert, Files, JobId, Recipe, Task};
use millrace::task::{self, Control, Net};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
#[ignore = "needs a folder of pictures"]
fn a_folder_is_measured() {
    let folder = std::env::var_os("MILLRACE_CORPUS").map(PathBuf::from).expect("MILLRACE_CORPUS names a folder");
    let out = std::env::var_os("MILLRACE_CORPUS_OUT").map(PathBuf::from).expect("MILLRACE_CORPUS_OUT names a folder");
    fs::create_dir_all(&out).expect("a folder");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    let next = AtomicUsize::new(0);
    let lines: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut lines = String::new();
            while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                line(path, &out, &mut lines);
            }
            lines
        };
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    fs::write(out.join("results.jsonl"), lines.concat()).expect("written");
}

fn line(path: &Path, out: &Path, lines: &mut String) {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let output = Encoding::to(Format::Png);
    let recipe = Recipe { name: "PNG".into(), output, ..Recipe::same_size() };
    let task = Task::Convert(Convert {
        recipe: Arc::new(recipe),
        name,
        non_pictures: NonPictures::Fail,
        existing: Vec::new(),
        threads: 2,
    });
    let flat = path.to_string_lossy().replace('/', "%");
    let picture = out.join(format!("{flat}.png"));
    fs::remove_file(&picture).ok();
    let files = Files { input: Some(path.to_owned()), output: picture.clone() };
    let assignment = Assignment { attempt: AttemptId { job: JobId(0), number: 1 }, task, files };
    let (result, timing) = task::attempt(&assignment, &Net::default(), &Control::default(), &|_| ());
    let (kind, words) = match &result {
        Ok(output) => ("ok", format!("{:?}", output.size_out)),
        Err(failure) => (failure.kind.as_str(), failure.sentence.clone()),
    };
    let (path, ms) = (path.to_string_lossy(), timing.wall_us / 1000);
    let line = serde_json::json!({ "path": path, "kind": kind, "words": words, "ms": ms, "picture": picture });
    writeln!(lines, "{line}").expect("in memory");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("readable").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
