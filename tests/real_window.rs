//! The real program in a real window on a virtual screen: started, dropped on, pasted into, looked at and closed.

#![cfg(target_os = "linux")]

#[path = "real_window/at_work.rs"]
mod at_work;
mod screen;
mod support;

use image::{ImageBuffer, ImageFormat, Rgb};
use screen::{CONTROL, Screen, key};
use std::collections::HashSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::Server;

const MILLRACE: &str = env!("CARGO_BIN_EXE_millrace");
const PATIENCE: Duration = Duration::from_mins(1);

fn jpeg() -> Vec<u8> {
    let pixels = ImageBuffer::from_fn(640, 480, |x, y| Rgb([(x / 3) as u8, (y / 2) as u8, (x ^ y) as u8]));
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Jpeg).expect("encoded");
    bytes.into_inner()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Where pictures are left for people to look at.
fn picture_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn assert_shows_something(picture: &image::RgbImage) {
    let colours: HashSet<_> = picture.pixels().collect();
    assert!(colours.len() > 100, "{} colours are no window", colours.len());
}

#[test]
fn files_and_a_folder_are_dropped_a_link_is_pasted_and_all_of_it_is_done() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (out, state, album) = (folder.path().join("out"), folder.path().join("state"), folder.path().join("album"));
    fs::create_dir_all(album.join("inner")).expect("a folder");
    fs::create_dir(&state).expect("a folder");
    fs::write(state.join("settings.json"), serde_json::json!({"output_dir": out}).to_string()).expect("written");
    let (one, two) = (folder.path().join("one ü.jpg"), folder.path().join("two.jpg"));
    for file in [&one, &two, &album.join("three.jpg"), &album.join("inner/four.jpg")] {
        fs::write(file, jpeg()).expect("written");
    }
    let server = Server::start();
    let link = server.file("/five.jpg", &jpeg());

    let stdout = folder.path().join("stdout");
    let arguments = ["--state", text(&state), "--recipe", "Thumbnail 512", "--json"];
    let mut program = screen.launch(MILLRACE, &arguments, &stdout);
    let window = screen.window("Millrace");
    screen.drop_files(window, &[&one, &two, &album]);
    screen.until("four files are done", PATIENCE, |_| program.lines().len() >= 4);
    // Ctrl+1: one at a time from here on.
    screen.press(&[CONTROL, '1'.into()]);
    screen.copy(&link);
    screen.press(&[CONTROL, 'v'.into()]);
    screen.until("the link is done", PATIENCE, |_| program.lines().len() >= 5);
    screen.until("the title is plain again", PATIENCE, |screen| screen.title(window) == "Millrace");
    screen.pass(Duration::from_millis(500));
    let picture = screen.picture(window);
    picture.save(picture_path("dropped.png")).expect("saved");
    assert_shows_something(&picture);

    let lines = program.lines();
    assert!(lines.iter().all(|line| line["state"] == "done"), "{lines:?}");
    let of_link = lines.iter().find(|line| line["input"] == link.as_str()).expect("the link's line");
    assert_eq!(of_link["mode"], "serial", "the toggle went through");
    let mut names: Vec<String> = walkdir::WalkDir::new(&out)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(&out).expect("below").display().to_string())
        .collect();
    names.sort();
    assert_eq!(names, ["five.jpg", "inner/four.jpg", "one ü.jpg", "three.jpg", "two.jpg"]);
    screen.press(&[CONTROL, 'q'.into()]);
    screen.until("it closes", PATIENCE, |_| program.child.try_wait().expect("a child").is_some());
    assert_eq!(program.child.wait().expect("ended").code(), Some(0));
}

#[test]
fn links_files_and_pictures_are_pasted_and_a_second_program_hands_over() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (out, state) = (folder.path().join("out"), folder.path().join("state"));
    fs::create_dir(&state).expect("a folder");
    fs::write(state.join("settings.json"), serde_json::json!({"output_dir": out}).to_string()).expect("written");
    let (copied, handed, dropped) =
        (folder.path().join("copied ü.jpg"), folder.path().join("handed.jpg"), folder.path().join("dropped.jpg"));
    for file in [&copied, &handed, &dropped] {
        fs::write(file, jpeg()).expect("written");
    }
    let server = Server::start();
    let links: Vec<String> = (0..25).map(|n| server.file(&format!("/{n}.jpg"), &jpeg())).collect();

    let stdout = folder.path().join("stdout");
    let arguments = ["--state", text(&state), "--recipe", "Thumbnail 512", "--json"];
    let mut program = screen.launch(MILLRACE, &arguments, &stdout);
    let window = screen.window("Millrace");
    // A large paste is looked at first: nothing happens until Enter.
    screen.copy(&format!("The pictures:\n* {}\n* {}", links.join("\n* "), links[0]));
    screen.press(&[CONTROL, 'v'.into()]);
    screen.pass(Duration::from_secs(2));
    screen.picture(window).save(picture_path("sheet.png")).expect("saved");
    assert!(program.lines().is_empty());
    screen.press(&[key::RETURN]);
    screen.until("25 links are done", PATIENCE, |_| program.lines().len() >= 25);
    // Files that were copied in a file manager, and a picture.
    screen.copy_files(&[&copied]);
    screen.press(&[CONTROL, 'v'.into()]);
    screen.until("the copied file is done", PATIENCE, |_| program.lines().len() >= 26);
    let mut png = Cursor::new(Vec::new());
    ImageBuffer::from_pixel(300, 200, Rgb([10u8, 120, 90])).write_to(&mut png, ImageFormat::Png).expect("encoded");
    screen.copy_as(Some(("image/png", png.into_inner())));
    screen.press(&[CONTROL, 'v'.into()]);
    screen.until("the picture is done", PATIENCE, |_| program.lines().len() >= 27);
    assert_eq!(fs::read_dir(state.join("pasted")).expect("kept").count(), 1);
    // Somebody owns the clipboard and never answers: the window goes on all the same.
    screen.copy_as(None);
    screen.press(&[CONTROL, 'v'.into()]);
    let began = Instant::now();
    screen.drop_files(window, &[&dropped]);
    screen.until("the dropped file is done", PATIENCE, |_| program.lines().len() >= 28);
    assert!(began.elapsed() < Duration::from_secs(10), "it waited {:?} for the clipboard", began.elapsed());
    // A second program on the same folder.
    let said = folder.path().join("said");
    let mut second = screen.launch(MILLRACE, &["--state", text(&state), text(&handed)], &said);
    screen.until("it ends", PATIENCE, |_| second.child.try_wait().expect("a child").is_some());
    assert_eq!(second.child.wait().expect("ended").code(), Some(0));
    assert_eq!(fs::read_to_string(&said).expect("words"), "Handed 1 input to the window that is running\n");
    screen.until("the handed file is done", PATIENCE, |_| program.lines().len() >= 29);
    let lines = program.lines();
    assert!(lines.iter().all(|line| line["state"] == "done"), "{lines:?}");
    // Killed, it leaves its place behind; that hinders nobody.
    program.child.kill().expect("killed");
    program.child.wait().expect("ended");
    assert!(state.join("window.json").exists());
    let mut next = screen.launch(MILLRACE, &["--state", text(&state), "--json", text(&handed)], &stdout);
    screen.window("Millrace");
    screen.until("the next window works", PATIENCE, |_| !next.lines().is_empty());
    screen.press(&[CONTROL, 'q'.into()]);
    screen.until("it closes", PATIENCE, |_| next.child.try_wait().expect("a child").is_some());
    assert!(!state.join("window.json").exists(), "and takes its place with it");
}

#[test]
fn the_demo_shows_every_state_and_leaves_a_picture() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let shot = picture_path("demo.png");
    fs::remove_file(&shot).ok();
    let stdout = folder.path().join("stdout");
    let state = folder.path().join("state");
    let arguments = ["--demo", "--screenshot", text(&shot), "--exit-when-done", "--state", text(&state), "--json"];
    let mut program = screen.launch(MILLRACE, &arguments, &stdout);
    let deadline = Instant::now() + Duration::from_secs(150);
    screen.until("it ends by itself", Duration::from_secs(160), |_| {
        Instant::now() > deadline || program.child.try_wait().expect("a child").is_some()
    });
    assert_eq!(program.child.wait().expect("ended").code(), Some(1), "two of the demo's files fail");
    let lines = program.lines();
    let count = |state: &str| lines.iter().filter(|line| line["state"] == state).count();
    assert_eq!((count("done"), count("failed")), (34, 2), "{lines:?}");
    let picture = image::open(&shot).expect("a picture").to_rgb8();
    assert!(picture.width() >= 1200 && picture.height() >= 800);
    assert_shows_something(&picture);
}

#[test]
fn the_lab_compares_beside_the_queue_and_leaves_a_picture() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let shot = picture_path("lab.png");
    fs::remove_file(&shot).ok();
    let (stdout, state) = (folder.path().join("stdout"), folder.path().join("state"));
    let (picture, out) = (folder.path().join("one.jpg"), folder.path().join("out"));
    fs::write(&picture, jpeg()).expect("written");
    fs::create_dir(&state).expect("a folder");
    fs::write(state.join("settings.json"), serde_json::json!({"output_dir": out}).to_string()).expect("written");
    let options = ["--lab", "squares", "--screenshot", text(&shot), "--exit-when-done", "--state", text(&state)];
    let queue = ["--json", "--recipe", "Thumbnail 512", text(&picture)];
    let mut program = screen.launch(MILLRACE, &[options.as_slice(), &queue].concat(), &stdout);
    screen.until("it ends by itself", Duration::from_mins(3), |_| program.child.try_wait().expect("a child").is_some());
    assert_eq!(program.child.wait().expect("ended").code(), Some(0));
    let lines = program.lines();
    assert!(lines.iter().any(|line| line["state"] == "done"), "the queue went on: {lines:?}");
    assert_shows_something(&image::open(&shot).expect("a picture").to_rgb8());
}

#[test]
fn without_a_display_there_is_a_sentence() {
    let output = Command::new(MILLRACE)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .stdin(Stdio::null())
        .output()
        .expect("started");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("window cannot open") && words.contains("millrace get"), "{words}");
}

#[test]
fn without_opengl_there_is_a_sentence_and_a_way_round() {
    let Some(screen) = Screen::start(800, 600) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(MILLRACE)
        .args(["--state", text(folder.path())])
        .env("DISPLAY", screen.display())
        .env("LIBGL_DRIVERS_PATH", "/nonexistent")
        .env("GBM_BACKENDS_PATH", "/nonexistent")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .stdin(Stdio::null())
        .output()
        .expect("started");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("LIBGL_ALWAYS_SOFTWARE=1") && words.contains("millrace get"), "{words}");
}
