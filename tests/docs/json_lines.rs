//! The lines of JSON that docs/command-line.md shows have the fields that the program prints.

use crate::generated::read;
use crate::pages::code_blocks;
use millrace::model::json;
use millrace::model::page::{LinkKind, PageLink};
use millrace::model::probe::Probe;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// The names of the fields of an object, those of objects in it behind theirs.
fn fields(value: &Value) -> Vec<String> {
    let Value::Object(object) = value else { return Vec::new() };
    let of = |(name, value): (&String, &Value)| {
        let inner = fields(value).into_iter().map(move |inner| format!("{name}.{inner}"));
        std::iter::once(name.clone()).chain(inner).collect::<Vec<_>>()
    };
    object.iter().flat_map(of).collect()
}

/// The fields of lines by the name of their event.
fn by_event(lines: impl Iterator<Item = String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut events = BTreeMap::new();
    for line in lines {
        let value: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let event = value["event"].as_str().expect("an event").to_owned();
        events.insert(event, fields(&value).into_iter().collect());
    }
    events
}

/// Runs the program and gives its lines.
fn lines_of(state: &Path, arguments: &[&str]) -> Vec<String> {
    let run = Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(arguments)
        .arg("--json")
        .env("MILLRACE_STATE", state)
        .output()
        .expect("started");
    let text = String::from_utf8(run.stdout).expect("text");
    assert!(!text.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_lines_on_the_page_have_the_fields_that_are_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    image::RgbImage::from_pixel(8, 8, image::Rgb([9, 9, 9])).save(path("a.png")).expect("a picture");
    let (state, picture, output) = (folder.path().join("state"), path("a.png"), path("out"));
    let mut printed = lines_of(&state, &["convert", &picture, "-o", &output, "--mode", "processes"]);
    printed.extend(lines_of(&state, &["convert", &picture, "-o", &output, "--dry-run"]));
    printed.extend(lines_of(&state, &["undo"]));
    printed.extend(lines_of(&state, &["recipes", "list"]));
    // A port on which nobody listens: a page that fails has the fields of one that does not.
    printed.extend(lines_of(&state, &["grab", "http://127.0.0.1:9/", "--retries", "0"]));
    let link = PageLink { url: "http://h/a".to_owned(), kind: LinkKind::Picture };
    printed.push(json::link_line(&link, "http://h/"));
    let printed = by_event(printed.into_iter());

    let page = read("docs/command-line.md");
    let shown = code_blocks(&page).into_iter().filter(|block| block.language == "json");
    assert_eq!(by_event(shown.map(|block| block.text)), printed);
}

#[test]
fn the_doctor_prints_what_the_page_says() {
    let page = read("docs/command-line.md");
    let state = tempfile::tempdir().expect("a folder");
    let sentence = page.split("`millrace doctor --json` prints one object with ").nth(1).expect("the sentence");
    let named: BTreeSet<&str> =
        sentence.split("`millrace history").next().unwrap_or_default().split('`').skip(1).step_by(2).collect();
    let report = &lines_of(state.path(), &["doctor"])[0];
    let report: Value = serde_json::from_str(report).expect("an object");
    let printed: BTreeSet<&str> = report.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(named, printed);
}

#[test]
fn every_probe_of_the_doctor_is_explained() {
    let page = read("docs/security.md");
    let table = page.split("| probe | what is tried | what stops it |").nth(1).expect("the table of probes");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let explained: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(explained, Probe::ALL.map(Probe::as_str));
}
