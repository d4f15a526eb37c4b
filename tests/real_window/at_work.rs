//! What a person does while work runs: by the keyboard alone, by a click on a lane, and over the end of the program.

use crate::screen::{CONTROL, Program, Screen, key};
use crate::support::{Act, Server, whole};
use crate::{MILLRACE, PATIENCE, jpeg, text};
use image::{ImageBuffer, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where things are, and what the settings say of it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(settings: &Value) -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place { folder };
        fs::create_dir(place.state()).expect("a folder");
        let mut all = json!({"output_dir": place.out(), "theme": "dark", "hints": {"modes": true, "retry": true, "commands": true}});
        for (name, value) in settings.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        fs::write(place.state().join("settings.json"), all.to_string()).expect("written");
        place
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn launch(&self, screen: &Screen, arguments: &[&str], environment: &[(&str, &Path)]) -> Program {
        let state = self.state();
        let own = ["--state", text(&state), "--json"];
        screen.launch_with(MILLRACE, &[&own, arguments].concat(), &self.folder.path().join("stdout"), environment)
    }
}

/// A picture that takes a while to convert.
fn large(seed: u32) -> Vec<u8> {
    let (width, height) = (2600, 2000);
    let pixels: RgbImage = ImageBuffer::from_fn(width, height, |x, y| {
        let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503) ^ seed.wrapping_mul(97)) >> 7;
        Rgb([(x / 8) as u8, (y / 8) as u8, noise as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Jpeg).expect("encoded");
    bytes.into_inner()
}

/// Does the command that the palette finds by these words.
fn chooses(screen: &mut Screen, words: &str) {
    screen.press(&[CONTROL, 'k'.into()]);
    screen.write(words);
    screen.pass(Duration::from_millis(300));
    screen.press(&[key::RETURN]);
}

fn ends_by_ctrl_q(screen: &mut Screen, program: &mut Program) {
    screen.press(&[CONTROL, 'q'.into()]);
    screen.until("it closes", PATIENCE, |_| program.child.try_wait().expect("a child").is_some());
}

#[test]
fn a_batch_is_done_from_start_to_end_without_a_mouse() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let place = Place::new(&json!({}));
    let server = Server::start();
    let (good, bad) = (server.file("/harbour.jpg", &jpeg()), server.link("/nothing-there.jpg"));
    // What opens files here only notes which.
    let (programs, opened) = (place.folder.path().join("programs"), place.folder.path().join("opened"));
    fs::create_dir(&programs).expect("a folder");
    let opener = programs.join("xdg-open");
    fs::write(&opener, format!("#!/bin/sh\nprintf %s \"$1\" > {}\n", text(&opened))).expect("written");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("set");
    let path = format!("{}:{}", text(&programs), std::env::var("PATH").unwrap_or_default());
    let mut program = place.launch(&screen, &[], &[("PATH", Path::new(&path))]);
    let window = screen.window("Millrace");

    // The recipe from the palette, the links from the clipboard.
    chooses(&mut screen, "recipe thumb");
    screen.copy(&format!("{good}\n{bad}"));
    screen.press(&[CONTROL, 'v'.into()]);
    screen.until("both have ended", PATIENCE, |_| program.lines().len() >= 2);
    screen.until("the title is plain again", PATIENCE, |screen| screen.title(window) == "Millrace");
    let lines = program.lines();
    let of = |lines: &[Value], input: &str| lines.iter().rfind(|line| line["input"] == input).cloned();
    let done = of(&lines, &good).expect("a line");
    assert_eq!((&done["state"], of(&lines, &bad).expect("a line")["state"].as_str()), (&json!("done"), Some("failed")));
    let made = PathBuf::from(done["output"].as_str().expect("a path"));
    assert_eq!(image::image_dimensions(&made).expect("a picture"), (512, 384), "the recipe of the palette");

    // Search, and open what is found.
    screen.press(&[CONTROL, 'f'.into()]);
    screen.write("harbour");
    screen.press(&[key::ESCAPE]);
    screen.press(&[key::HOME]);
    screen.press(&[key::RETURN]);
    screen.until("it is opened", PATIENCE, |_| fs::read_to_string(&opened).is_ok_and(|path| Path::new(&path) == made));

    // What failed is there now, and is tried again.
    server.file("/nothing-there.jpg", &jpeg());
    screen.press(&[CONTROL, 'f'.into()]);
    screen.press(&[CONTROL, 'a'.into()]);
    screen.press(&[key::DELETE]);
    screen.press(&[key::ESCAPE]);
    screen.press(&[CONTROL, 'r'.into()]);
    screen.until("the retry is done", PATIENCE, |_| {
        of(&program.lines(), &bad).is_some_and(|line| line["state"] == "done")
    });
    ends_by_ctrl_q(&mut screen, &mut program);
    assert_eq!(program.child.wait().expect("ended").code(), Some(0));
}

#[test]
fn links_on_the_clipboard_are_offered_and_fetched_once_somebody_says_so() {
    let Some(mut screen) = Screen::start(1200, 800) else { return };
    let place = Place::new(&json!({"clipboard": {"watch": true}}));
    let server = Server::start();
    let links: Vec<String> = (0..2).map(|n| server.file(&format!("/{n}.jpg"), &jpeg())).collect();
    let program = place.launch(&screen, &[], &[]);
    let window = screen.window("Millrace");
    screen.pass(Duration::from_secs(1));
    screen.copy(&format!("Look at {} and {}!", links[0], links[1]));
    screen.pass(Duration::from_secs(3));
    assert!(server.requests().is_empty(), "an offer fetches nothing");
    // *Add* of the strip below the large numbers: its place does not depend on the words.
    screen.point(window, 1110, 150);
    screen.click();
    screen.until("both are done", PATIENCE, |_| program.lines().len() >= 2);
    let lines = program.lines();
    assert!(lines.iter().all(|line| line["state"] == "done"), "{lines:?}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn the_mode_is_switched_while_work_runs() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let place = Place::new(&json!({}));
    let folder = place.folder.path().join("album");
    fs::create_dir(&folder).expect("a folder");
    for number in 0..12 {
        fs::write(folder.join(format!("{number}.jpg")), large(number)).expect("written");
    }
    let arguments = ["--mode", "processes", "--workers", "1", "--recipe", "Thumbnail 512", text(&folder)];
    let mut program = place.launch(&screen, &arguments, &[]);
    screen.window("Millrace");
    for (number, digit) in [(2, '2'), (5, '1'), (8, '4')] {
        screen.until("some are done", PATIENCE, |_| program.lines().len() >= number);
        screen.press(&[CONTROL, digit.into()]);
    }
    screen.until("all are done", PATIENCE * 2, |_| program.lines().len() >= 12);
    let lines = program.lines();
    assert!(lines.iter().all(|line| line["state"] == "done" && line["attempts"] == 1), "{lines:?}");
    let in_mode = |mode: &str| lines.iter().filter(|line| line["mode"] == mode).count();
    assert!(in_mode("processes") >= 2 && in_mode("threads") >= 1 && in_mode("serial") >= 1, "{lines:?}");
    ends_by_ctrl_q(&mut screen, &mut program);
}

/// The child processes of a program.
fn workers(program: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{program}/task")).into_iter().flatten().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    children.flat_map(|line| line.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// How the process of a worker is painted in the dark: the thick edge of its lane.
const EDGE: Rgb<u8> = Rgb([0xa4, 0x8b, 0xfa]);

#[test]
fn a_worker_is_killed_from_its_lane_and_its_file_is_done_all_the_same() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let place = Place::new(&json!({}));
    let folder = place.folder.path().join("album");
    fs::create_dir(&folder).expect("a folder");
    for number in 0..10 {
        fs::write(folder.join(format!("{number}.jpg")), large(number)).expect("written");
    }
    let arguments =
        ["--mode", "processes", "--workers", "1", "--lanes", "1", "--recipe", "Thumbnail 512", text(&folder)];
    let mut program = place.launch(&screen, &arguments, &[]);
    let window = screen.window("Millrace");
    screen.until("the worker works", PATIENCE, |_| program.lines().len() >= 2);
    let picture = screen.picture(window);
    // Two lanes, the fetching one above: the middle of the lower edge.
    let edge: Vec<u32> = (0..picture.height()).filter(|y| *picture.get_pixel(18, *y) == EDGE).collect();
    let bottom = *edge.last().expect("the edge of a worker's lane");
    let top = edge.iter().rev().zip((0..=bottom).rev()).take_while(|(edge, y)| **edge == *y).count() as u32;
    let middle = (bottom - top / 2) as i16;
    // The button stands at the end of the lane's name.
    let before = workers(program.child.id());
    assert!(!before.is_empty());
    for x in [60, 180] {
        screen.point(window, x, middle);
        screen.pass(Duration::from_millis(150));
    }
    screen.click();
    screen.until("a worker is gone", PATIENCE, |_| {
        let now = workers(program.child.id());
        before.iter().any(|worker| !now.contains(worker))
    });
    assert!(program.lines().len() < 10, "it was at work");
    screen.until("all are done", PATIENCE * 2, |_| program.lines().len() >= 10);
    let lines = program.lines();
    assert!(lines.iter().all(|line| line["state"] == "done"), "{lines:?}");
    let again = lines.iter().filter(|line| line["attempts"] == 2).count();
    assert_eq!(again, 1, "one file was in the worker that was killed: {lines:?}");
    ends_by_ctrl_q(&mut screen, &mut program);
    assert_eq!(program.child.wait().expect("ended").code(), Some(0));
}

#[test]
fn the_window_is_closed_at_work_and_the_queue_is_there_when_it_opens_again() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let place = Place::new(&json!({}));
    let server = Server::start();
    let slow =
        |name: &str| server.on(name, vec![vec![Act::Wait(Duration::from_secs(15)), Act::Send(whole(&jpeg(), ""))]]);
    let (quick, slow) = (server.file("/quick.jpg", &jpeg()), ["/one.jpg", "/two.jpg"].map(slow));
    let mut program = place.launch(&screen, &[], &[]);
    screen.window("Millrace");
    screen.copy(&format!("{quick}\n{}\n{}", slow[0], slow[1]));
    screen.press(&[CONTROL, 'v'.into()]);
    screen.until("the quick one is done", PATIENCE, |_| program.lines().iter().any(|line| line["state"] == "done"));
    // The first asks, the second is the answer.
    screen.press(&[CONTROL, 'q'.into()]);
    screen.pass(Duration::from_millis(500));
    assert!(program.child.try_wait().expect("a child").is_none(), "it asks, for work runs");
    ends_by_ctrl_q(&mut screen, &mut program);

    for name in ["/one.jpg", "/two.jpg"] {
        server.file(name, &jpeg());
    }
    let mut program = place.launch(&screen, &[], &[]);
    screen.window("Millrace");
    chooses(&mut screen, "go on");
    screen.until("the rest is done", PATIENCE, |_| program.lines().len() >= 2);
    let lines = program.lines();
    let mut inputs: Vec<&str> = lines.iter().filter_map(|line| line["input"].as_str()).collect();
    inputs.sort_unstable();
    let mut wanted = slow.each_ref().map(String::as_str);
    wanted.sort_unstable();
    assert_eq!(inputs, wanted, "what was done is not done again: {lines:?}");
    assert!(lines.iter().all(|line| line["state"] == "done"), "{lines:?}");
    assert_eq!(fs::read_dir(place.out()).expect("a folder").count(), 3);
    ends_by_ctrl_q(&mut screen, &mut program);
}

#[test]
fn what_was_removed_while_it_ran_is_told_and_gone_although_the_window_closes_at_once() {
    let Some(mut screen) = Screen::start(1280, 860) else { return };
    let place = Place::new(&json!({}));
    let server = Server::start();
    let slow = |name: &str| server.on(name, vec![vec![Act::Wait(PATIENCE)]]);
    let (quick, kept, removed) = (server.file("/quick.jpg", &jpeg()), slow("/kept.jpg"), slow("/removed.jpg"));
    let mut program = place.launch(&screen, &[], &[]);
    screen.window("Millrace");
    screen.copy(&format!("{quick}\n{kept}\n{removed}"));
    screen.press(&[CONTROL, 'v'.into()]);
    screen.until("the quick one is done", PATIENCE, |_| !program.lines().is_empty());
    screen.until("the others run", PATIENCE, |_| server.requests().len() >= 3);
    screen.press(&[key::END]);
    screen.press(&[key::DELETE]);
    screen.pass(Duration::from_millis(300));
    // The first asks, for the other one runs.
    screen.press(&[CONTROL, 'q'.into()]);
    screen.pass(Duration::from_millis(300));
    ends_by_ctrl_q(&mut screen, &mut program);
    let told = |program: &Program| -> Vec<(String, String)> {
        let word = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let lines = program.lines();
        let ended = lines.iter().filter(|line| line["event"] == "job_finished");
        ended.map(|line| (word(line, "input"), word(line, "state"))).collect()
    };
    assert_eq!(told(&program), [(quick, "done".to_owned()), (removed, "cancelled".to_owned())]);

    for name in ["/kept.jpg", "/removed.jpg"] {
        server.file(name, &jpeg());
    }
    let mut program = place.launch(&screen, &[], &[]);
    screen.window("Millrace");
    chooses(&mut screen, "go on");
    screen.until("the rest is done", PATIENCE, |_| !program.lines().is_empty());
    screen.pass(Duration::from_millis(500));
    ends_by_ctrl_q(&mut screen, &mut program);
    assert_eq!(told(&program), [(kept, "done".to_owned())], "what was removed does not come back");
}
