//! A second program, as a real process, on the state folder of a window that runs.

use super::*;
use std::path::Path;
use std::process::{Child, Output, Stdio};

fn start(state: &Path, arguments: &[&str]) -> Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(arguments)
        .env("MILLRACE_STATE", state)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started")
}

impl Stage {
    fn submitted(&mut self) -> Vec<Arc<Batch>> {
        let batch = |command| if let Command::Submit(batch) = command { Some(batch) } else { None };
        self.sent().into_iter().filter_map(batch).collect()
    }
}

/// What a program says, with the window running beside it, and what the window then submits.
fn run(stage: &mut Stage, arguments: &[&str]) -> (Output, Vec<Arc<Batch>>) {
    let mut child = start(stage.state.path(), arguments);
    let mut batches = Vec::new();
    stage.wait_for("the program ends", |stage| {
        batches.extend(stage.submitted());
        child.try_wait().expect("a child").is_some()
    });
    let output = child.wait_with_output().expect("its words");
    if output.status.success() {
        stage.wait_for("what was handed over is queued", |stage| {
            batches.extend(stage.submitted());
            !batches.is_empty()
        });
    }
    (output, batches)
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn listening() -> Stage {
    Stage::with(1200.0, 800.0, |options| options.listens = true)
}

#[test]
fn inputs_of_a_second_program_are_queued_here() {
    let mut stage = listening();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a b.jpg");
    std::fs::write(&file, "x").expect("written");
    let path = file.display().to_string();
    let arguments =
        [path.as_str(), "http://h/[1-2].png", "nowhere.jpg", "--recipe", "Thumbnail 512", "--deadline", "9"];
    let (output, batches) = run(&mut stage, &arguments);
    assert_eq!(words(&output.stdout), "Handed 3 inputs to the window that is running\n");
    assert_eq!((output.status.code(), words(&output.stderr)), (Some(0), String::new()));
    let [batch] = batches.as_slice() else { panic!("{batches:?}") };
    let inputs: Vec<&str> = batch.jobs.iter().map(JobSpec::input).collect();
    assert_eq!(inputs[..3], [path.as_str(), "http://h/1.png", "http://h/2.png"]);
    assert!(inputs[3].ends_with("/nowhere.jpg") && matches!(batch.jobs[3].source(), Source::Refused(_)));
    assert_eq!(batch.options.recipe.as_ref().map(|recipe| recipe.name.as_str()), Some("Thumbnail 512"));
    assert_eq!(batch.options.deadline_ms, Some(9000));
    let (output, batches) = run(&mut stage, &["-q", "http://h/c.png"]);
    assert_eq!((output.status.code(), words(&output.stdout)), (Some(0), String::new()));
    assert_eq!((batches.len(), batches[0].options.deadline_ms), (1, None), "the next has options of its own");
}

#[cfg(unix)]
#[test]
fn paths_of_any_bytes_are_handed_over() {
    use std::os::unix::ffi::OsStringExt;
    let mut stage = listening();
    let folder = tempfile::tempdir().expect("a folder");
    let mut name = folder.path().as_os_str().to_owned().into_vec();
    name.extend(b"/\xff\xfe.jpg");
    let file = PathBuf::from(std::ffi::OsString::from_vec(name));
    std::fs::write(&file, "x").expect("written");
    let hand_over = millrace::model::HandOver {
        inputs: vec![millrace::model::HandedInput::Path(file.clone())],
        ..millrace::model::HandOver::default()
    };
    let state = stage.state.path().to_owned();
    let client = std::thread::Builder::new()
        .spawn(move || millrace::window::find_running(&state).expect("a window").hand_over(&hand_over))
        .expect("a thread");
    let mut source = None;
    stage.wait_for("it is queued", |stage| {
        for command in stage.sent() {
            if let Command::Submit(batch) = command {
                source = Some(batch);
            }
        }
        source.is_some()
    });
    assert_eq!(client.join().expect("ended").expect("handed"), 1);
    assert_eq!(source.expect("a batch").jobs[0].source(), Source::File(&file));
}

#[test]
fn what_cannot_be_handed_over_is_said() {
    let mut stage = listening();
    for (arguments, said) in [
        (["a.jpg", "--mode", "serial"], "--mode holds from the start"),
        (["a.jpg", "--workers", "2"], "--workers holds from the start"),
        (["a.jpg", "--recipe", "Sepia"], "\"Sepia\""),
    ] {
        let (output, batches) = run(&mut stage, &arguments);
        assert_eq!((output.status.code(), batches.len()), (Some(2), 0), "{arguments:?}");
        assert!(words(&output.stderr).contains(said), "{}", words(&output.stderr));
    }
}

#[test]
fn without_inputs_the_folder_is_in_use() {
    let mut stage = listening();
    let lock = millrace::store::StateLock::take(stage.state.path()).expect("the window has it");
    let folder = stage.state.path().display().to_string();
    let (output, batches) = run(&mut stage, &[]);
    assert_eq!((output.status.code(), batches.len()), (Some(2), 0));
    assert!(words(&output.stderr).contains(&folder), "{}", words(&output.stderr));
    let (output, _) = run(&mut stage, &["get", "http://127.0.0.1:1/a", "-d", &folder]);
    assert_eq!(output.status.code(), Some(2), "the command line does not hand over");
    assert!(words(&output.stderr).contains(&folder), "{}", words(&output.stderr));
    drop(lock);
}

#[test]
fn what_a_killed_window_left_behind_hinders_nobody() {
    let stage = Stage::new();
    let file = stage.state.path().join("window.json");
    std::fs::write(&file, "{\"port\": 9, \"token\": \"00112233445566778899aabbccddeeff\"}").expect("written");
    let output = start(stage.state.path(), &["a.jpg"]).wait_with_output().expect("its words");
    // It goes on to open a window of its own, for which there is no screen here.
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output.stderr).contains("there is no display"), "{}", words(&output.stderr));
}
