//! How things get in: the sheet before a large paste, pictures from the clipboard, paths that are typed, and what is
//! offered.

use super::*;
use std::fs;

fn links(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|n| format!("http://host.example/picture-{n}.png")).collect::<Vec<_>>().join("\n")
}

fn submitted(stage: &mut Stage) -> Arc<Batch> {
    let mut found = None;
    stage.wait_for("a batch is submitted", |stage| {
        found = stage.sent().into_iter().find_map(|command| match command {
            Command::Submit(batch) => Some(batch),
            _ => None,
        });
        found.is_some()
    });
    found.expect("a batch")
}

fn done(job: u32) -> Vec<Event> {
    let [_, Event::JobFinished(report)] = failed(job) else { panic!("a report") };
    let report = JobReport { outcome: Outcome::Done(PathBuf::from("/tmp/out/a.png").into()), ..*report };
    vec![started(job), Event::JobFinished(Box::new(report))]
}

/// A file that was dropped.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        fs::read(&self.0).map_err(|error| error.to_string())
    }
}

impl Stage {
    fn drop_files(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        for path in paths {
            self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path)));
        }
        self.settle();
    }

    /// The same as `click`, and what was sent stays to be looked at.
    fn press_only(&mut self, name: &str) {
        self.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(name))).click();
        self.settle();
    }

    fn paste(&mut self, text: &str) {
        self.harness.event(egui::Event::Paste(text.to_owned()));
        self.settle();
    }

    fn names_are_told(&self) {
        let is_private = |c: char| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}');
        for control in self.harness.query_all_by(|node| {
            matches!(node.role(), Role::Button | Role::RadioButton | Role::TextInput | Role::CheckBox | Role::ComboBox)
        }) {
            let label = control.accesskit_node().label().unwrap_or_default();
            assert!(!label.trim().is_empty() && !label.contains(is_private), "{:?}", control.accesskit_node().role());
        }
    }
}

#[test]
fn a_large_paste_is_shown_first() {
    let mut stage = Stage::new();
    stage.tell(lanes());
    stage.tell([queued(3)]);
    stage.tell(done(0));
    stage.tell(done(1));
    assert!(stage.has("Done 2"), "two are done in this window");
    let text = format!(
        "> {}\nhttp://host.example/picture-7.png, again (and again: http://host.example/picture-8.png).",
        links(0..30).replace('\n', "\n> ")
    );
    stage.paste(&text);
    stage.wait_for("the sheet opens", |stage| stage.has("Add 28"));
    assert!(stage.has("32 links, 2 duplicates, 2 already done"));
    assert!(stage.has("http://host.example/picture-0.png, already done"));
    assert!(stage.sent().is_empty(), "nothing starts before somebody says so");
    stage.names_are_told();
    stage.click("Leave out duplicates");
    assert!(stage.has("Add 32"));
    stage.click("Leave out duplicates");
    assert_eq!(stage.key(Modifiers::NONE, Key::Delete), [], "keys do not reach what lies behind");
    stage.harness.get_by_label("Add 28").focus();
    stage.settle();
    stage.harness.key_press(Key::Enter);
    let batch = submitted(&mut stage);
    assert_eq!(batch.jobs.len(), 28);
    assert_eq!(batch.jobs[0].input(), "http://host.example/picture-2.png");
    assert!(!stage.has("Cancel adding"), "the sheet is gone");
}

#[test]
fn enter_adds_and_escape_leaves_it() {
    let mut stage = Stage::sized(900.0, 600.0);
    stage.harness.get_by_label("Paste links…").focus();
    stage.settle();
    stage.paste(&links(0..21));
    stage.wait_for("the sheet opens", |stage| stage.has("Add 21"));
    stage.settle();
    assert!(stage.harness.get_by_label("Add 21").is_focused(), "the keyboard is on the sheet");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.has("Add 21") && stage.sent().is_empty());
    stage.paste(&links(0..22));
    stage.wait_for("the sheet opens", |stage| stage.has("Add 22"));
    stage.settle();
    stage.harness.key_press(Key::Enter);
    assert_eq!(submitted(&mut stage).jobs.len(), 22);
    stage.paste(&links(0..23));
    stage.wait_for("the sheet opens", |stage| stage.has("Add 23"));
    stage.click("Cancel adding");
    assert!(!stage.has("Add 23"));
    stage.paste(&links(0..20));
    assert_eq!(submitted(&mut stage).jobs.len(), 20, "twenty start at once");
}

#[test]
fn a_batch_has_a_recipe_and_a_folder_of_its_own() {
    let mut stage = Stage::new();
    stage.paste(&links(0..21));
    stage.wait_for("the sheet opens", |stage| stage.has("Add 21"));
    stage.click("Recipe of this batch: None");
    stage.harness.get_by_label("Thumbnail 512, for this batch").click();
    stage.settle();
    assert!(stage.has("Recipe of this batch: Thumbnail 512"));
    let field = stage.harness.get_by_label("Output folder of this batch");
    assert_eq!(field.value().as_deref(), Some("/tmp/out"));
    field.focus();
    stage.settle();
    stage.key(Modifiers::COMMAND, Key::A);
    stage.harness.event(egui::Event::Text("nowhere".to_owned()));
    stage.settle();
    stage.click("Add 21");
    assert!(stage.told("\"nowhere\" is not a whole path") && stage.sent().is_empty());
    // There are no dialogs here: the path is typed.
    stage.click("Choose the output folder of this batch…");
    assert!(stage.told("No file dialog opens here"));
    stage.harness.get_by_label("Path").type_text("/tmp/elsewhere");
    stage.settle();
    stage.harness.key_press(Key::Enter);
    stage.settle();
    assert_eq!(stage.harness.get_by_label("Output folder of this batch").value().as_deref(), Some("/tmp/elsewhere"));
    stage.press_only("Add 21");
    assert!(!stage.has("Add 21"), "the sheet is gone");
    let batch = submitted(&mut stage);
    assert_eq!(batch.options.output_dir, PathBuf::from("/tmp/elsewhere"));
    assert_eq!(batch.options.recipe.as_ref().map(|recipe| recipe.name.as_str()), Some("Thumbnail 512"));
    stage.paste("http://h/next.png");
    let next = submitted(&mut stage);
    assert_eq!((next.options.output_dir.clone(), next.options.recipe.clone()), (PathBuf::from("/tmp/out"), None));
}

#[test]
fn a_list_that_is_dropped_is_shown_first_and_files_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("links.txt");
    fs::write(&list, links(0..300)).expect("written");
    let mut stage = Stage::new();
    stage.drop_files([list]);
    stage.wait_for("the sheet opens", |stage| stage.has("Add 300"));
    stage.key(Modifiers::NONE, Key::Escape);
    let files: Vec<_> = (0..30).map(|n| folder.path().join(format!("{n}.jpg"))).collect();
    for file in &files {
        fs::write(file, "x").expect("written");
    }
    stage.drop_files(files);
    assert_eq!(submitted(&mut stage).jobs.len(), 30);
}

#[test]
fn what_is_held_over_the_window_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = Stage::new();
    for name in ["a.jpg", "b.jpg", "c.jpg", "", "links.txt"] {
        let path = Some(folder.path().join(name));
        stage.harness.input_mut().hovered_files.push(egui::HoveredFile { path, mime: String::new() });
    }
    stage.wait_for("it is told", |stage| stage.told("Drop 3 files, 1 folder and 1 list"));
    stage.harness.input_mut().hovered_files.clear();
    stage.settle();
    assert!(!stage.told("Drop 3 files"));
}

#[test]
fn a_long_list_scrolls() {
    let mut stage = Stage::new();
    stage.paste(&links(0..5000));
    stage.wait_for("the sheet opens", |stage| stage.has("Add 5000"));
    let rows = stage.harness.query_all_by(|node| node.value().is_some_and(|words| words.starts_with("http://host")));
    assert!((5..60).contains(&rows.count()), "only what is in sight is drawn");
    stage.harness.get_by(|node| node.role() == Role::List && node.label().is_some()).focus();
    stage.settle();
    stage.key(Modifiers::NONE, Key::PageDown);
    assert!(!stage.has("http://host.example/picture-0.png"), "the keyboard scrolls it");
    stage.key(Modifiers::NONE, Key::End);
    assert!(stage.has("http://host.example/picture-4999.png"));
    stage.key(Modifiers::NONE, Key::Home);
    assert!(stage.has("http://host.example/picture-0.png"));
}

#[test]
fn text_without_links_gives_a_sentence() {
    let mut stage = Stage::new();
    stage.paste("Dear reader,\nhow are you?");
    stage.wait_for("it is said", |stage| stage.told("There is no link and no path in \"Dear reader,…\""));
    stage.paste(&"x".repeat((32 << 20) + 1));
    assert!(stage.told("are too much to paste"));
    assert!(stage.sent().is_empty());
}

#[test]
fn a_picture_from_the_clipboard_is_kept_and_queued() {
    let mut stage = Stage::new();
    let image = egui::ColorImage::from_rgb([2, 1], &[10, 20, 30, 40, 50, 60]);
    stage.harness.event(egui::Event::PasteImage(Arc::new(image)));
    let batch = submitted(&mut stage);
    let Source::File(path) = batch.jobs[0].source() else { panic!("a file") };
    assert!(path.starts_with(stage.state.path().join("pasted")), "{}", path.display());
    let kept = image::open(path).expect("a picture").into_rgb8();
    assert_eq!((kept.dimensions(), kept.into_raw()), ((2, 1), vec![10, 20, 30, 40, 50, 60]));
    assert!(stage.told("The picture is kept as"), "and it is said where");
}

#[test]
fn files_folders_and_the_output_folder_are_chosen_from_everywhere() {
    let empty = Stage::new();
    let lab = {
        let mut stage = Stage::sized(720.0, 480.0);
        stage.click("Lab");
        stage
    };
    for (state, mut stage) in [("empty", empty), ("busy", busy_stage()), ("lab", lab)] {
        for name in ["Add files…", "Add folder…", "Output folder…"] {
            assert!(stage.has(name), "{name} is missing: {state}");
            stage.click(name);
            assert!(stage.told("No file dialog opens here"), "{name}: {state}");
            stage.names_are_told();
            stage.click("Cancel typing a path");
            assert!(!stage.told("No file dialog opens here"));
        }
    }
    let mut stage = Stage::new();
    stage.click("Choose a folder…");
    assert!(stage.has("Type the path of a folder of pictures"));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.has("Type the path of a folder of pictures"));
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    assert!(stage.has("Type the path of a folder of pictures"));
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.jpg"), "x").expect("written");
    stage.harness.get_by_label("Path").type_text(&folder.path().display().to_string());
    stage.settle();
    stage.press_only("Add this path");
    assert_eq!(submitted(&mut stage).jobs.len(), 1);
}

#[test]
fn the_watch_of_the_clipboard_is_off_until_somebody_wants_it() {
    let mut stage = Stage::sized(1200.0, 1000.0);
    let is_on = |stage: &Stage| Settings::load(stage.state.path()).0.clipboard.watch;
    assert!(!is_on(&stage));
    stage.click("Settings");
    stage.click("Offer links that are copied");
    stage.wait_for("it is kept", |stage| is_on(stage));
    stage.click("Offer links that are copied");
    stage.wait_for("it is off again", |stage| !is_on(stage));
}
