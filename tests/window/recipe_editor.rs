//! The recipe editor, the picker and what else the window does about recipes and their results.

use super::*;
use millrace::model::recipe::Metadata;
use millrace::model::recipe::table::SHAPES;
use millrace::model::{Made, Taken, Undone, UndoneFile};
use std::path::Path;

impl Stage {
    fn open_new_recipe(&mut self) {
        self.click("Recipe: ");
        self.click("New recipe…");
        assert!(self.has("Recipe name"));
    }

    fn add_step(&mut self, title: &str) {
        self.click("Add a step");
        // As a screen reader presses it: in a low window the menu scrolls.
        self.harness.get_by_label(&format!("Add {title}")).click_accesskit();
        self.settle();
    }

    /// Types into a field, whatever was in it.
    fn type_into(&mut self, name: &str, text: &str) {
        self.harness.get_by_label(name).focus();
        self.settle();
        self.key(Modifiers::COMMAND, Key::A);
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.settle();
    }

    fn recipe_file(&self, name: &str) -> PathBuf {
        self.state.path().join("recipes").join(name)
    }
}

#[test]
fn a_recipe_is_written_saved_and_used() {
    let mut stage = Stage::new();
    stage.open_new_recipe();
    stage.add_step("Blur");
    stage.add_step("Rotate");
    stage.type_into("Recipe name", "Soft");
    stage.type_into("Step 1, Blur: Sigma", "999");
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(stage.told("sigma must be from 0.1 to 250, not 999"), "at its field");
    assert!(stage.told("step 1 (blur): sigma must be from 0.1 to 250, not 999"), "and as it is told about files");
    stage.click("Save and use");
    stage.harness.run_steps(20);
    assert!(!stage.recipe_file("Soft.toml").exists(), "what is wrong is not saved");
    stage.type_into("Step 1, Blur: Sigma", "3");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.click("Step 2, Rotate: move up");
    assert!(stage.has("Step 1, Rotate: Clockwise") && stage.has("Step 2, Blur: Sigma"));
    stage.click("Save and use");
    stage.wait_for("it is saved", |stage| stage.told("\"Soft\" saved"));
    let text = std::fs::read_to_string(stage.recipe_file("Soft.toml")).expect("a file");
    let recipe = Recipe::from_toml(&text).expect("a recipe");
    assert_eq!(recipe.summary(), "rotate, blur → same format");
    stage.click("Close recipes");
    assert!(!stage.has("Recipe name") && stage.has("Recipe: Soft"));
    let settings = || Settings::load(stage.state.path()).0.recipe;
    for _ in 0..200 {
        if settings().is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(settings(), Some(recipe));
}

#[test]
fn steps_move_and_go_by_keyboard_and_changes_are_taken_back() {
    let mut stage = Stage::new();
    stage.open_new_recipe();
    for title in ["Blur", "Border", "Gamma"] {
        stage.add_step(title);
    }
    stage.harness.get_by_label("Step 3, Gamma: move up").focus();
    stage.settle();
    stage.key(Modifiers::ALT, Key::ArrowUp);
    stage.key(Modifiers::ALT, Key::ArrowUp);
    assert!(stage.has("Step 1, Gamma: Gamma") && stage.has("Step 3, Border: Width"), "it keeps the keyboard");
    stage.key(Modifiers::ALT, Key::Delete);
    assert!(!stage.has("Step 1, Gamma") && stage.has("Step 1, Blur: Sigma"));
    stage.harness.get_by_label("Close recipes").focus();
    stage.settle();
    assert!(stage.key(Modifiers::COMMAND, Key::Z).is_empty(), "no batch is taken back from here");
    assert!(stage.has("Step 1, Gamma: Gamma"));
    assert!(stage.key(Modifiers::NONE, Key::Space).is_empty(), "nothing pauses");
    assert!(stage.has("Close, and lose the changes?"), "Space pressed the button that had the keyboard");
    stage.click("Keep editing");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.has("Close, and lose the changes?"));
    stage.click("Discard changes");
    assert!(!stage.has("Recipe name"));
}

#[test]
fn recipes_are_copied_deleted_imported_and_shared() {
    let out = tempfile::tempdir().expect("a folder");
    let output_dir = out.path().to_path_buf();
    let mut stage = Stage::with(1200.0, 800.0, |options| options.output_dir = Some(output_dir));
    stage.click("Recipe: ");
    stage.click("Edit recipes…");
    assert!(stage.has("This one is built in"));
    stage.click("Duplicate this recipe");
    stage.harness.get_by_label("Save").click();
    stage.settle();
    stage.wait_for("it is saved", |stage| stage.told("\"Web 1920 2\" saved"));
    stage.click("Share this recipe as a file…");
    stage.wait_for("it is written", |stage| stage.told("Recipe written to"));
    let shared = out.path().join("Web 1920 2.toml");
    assert!(std::fs::read_to_string(&shared).is_ok_and(|text| Recipe::from_toml(&text).is_ok()));
    stage.click("Delete this recipe");
    stage.wait_for("it is deleted", |stage| stage.told("\"Web 1920 2\" deleted"));
    assert!(!stage.recipe_file("Web 1920 2.toml").exists());
    let renamed = out.path().join("given.toml");
    let text = std::fs::read_to_string(&shared).expect("text").replace("Web 1920 2", "Given");
    std::fs::write(&renamed, text).expect("written");
    stage.harness.get_by_label("Close recipes").focus();
    stage.settle();
    stage.harness.event(egui::Event::Paste(renamed.display().to_string()));
    stage.wait_for("it is imported", |stage| stage.told("\"Given\" imported"));
    assert_eq!(stage.harness.get_by_label("Recipe name").value().as_deref(), Some("Given"));
    std::fs::write(stage.recipe_file("bad.toml"), "name = \"x\"\n[[step]]\nop = \"blur\"").expect("written");
    stage.click("Close recipes");
    stage.click("Recipe: ");
    stage.wait_for("the picker has both", |stage| {
        stage.has("Given") && stage.told("bad.toml: step 1 (blur): sigma is missing")
    });
    stage.click("Given");
    assert!(stage.has("Recipe: Given"));
}

#[test]
fn every_control_of_the_editor_has_a_name_and_is_in_sight() {
    for (width, height) in [(1200.0, 800.0), (900.0, 600.0), (720.0, 480.0)] {
        let mut stage = Stage::sized(width, height);
        stage.open_new_recipe();
        for name in ["New recipe", "Duplicate this recipe", "Import a recipe…", "Close recipes", "Save", "Save and use"]
        {
            let rect = stage.harness.get_by_label(name).rect();
            let inside = rect.min.x >= 0.0 && rect.min.y >= 0.0 && rect.max.x <= width && rect.max.y <= height;
            assert!(inside && rect.width() > 10.0, "{width}×{height}: {name} is at {rect:?}");
        }
        for shape in SHAPES {
            stage.add_step(shape.title);
        }
        let count = SHAPES.len();
        assert!(stage.has(&format!("Step {count}, Auto-contrast: Lost at each end")));
        assert!(stage.told("path must name a picture, and is empty"));
        let is_control = |role| {
            matches!(
                role,
                Role::Button
                    | Role::TextInput
                    | Role::MultilineTextInput
                    | Role::CheckBox
                    | Role::ComboBox
                    | Role::SpinButton
                    | Role::ColorWell
                    | Role::Slider
            )
        };
        let controls = stage.harness.query_all_by(|node| is_control(node.role()));
        let mut seen = 0;
        for control in controls {
            let label = control.accesskit_node().label().unwrap_or_default();
            let role = control.accesskit_node().role();
            assert!(!label.trim().is_empty(), "a {role:?} has no name at {:?}", control.rect());
            seen += 1;
        }
        assert!(seen > 80, "{seen} controls");
    }
}

#[test]
fn the_preview_is_what_a_worker_makes_of_the_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("a.png");
    image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([x as u8, y as u8, 9])).save(&picture).expect("saved");
    let mut stage = Stage::with(1200.0, 800.0, |options| {
        options.engine.worker_program = PathBuf::from(env!("CARGO_BIN_EXE_millrace"));
    });
    stage.open_new_recipe();
    stage.add_step("Resize");
    stage.type_into("Step 1, Resize: Side", "64");
    stage.key(Modifiers::NONE, Key::Enter);
    let show = |stage: &mut Stage, path: &Path| {
        stage.type_into("Picture to try the recipe on", &path.display().to_string());
        stage.key(Modifiers::NONE, Key::Enter);
    };
    show(&mut stage, &picture);
    stage.wait_for_long("it is shown", |stage| stage.has("Before: 640 × 480 px"));
    assert!(stage.has("After: 64 × 48 px"), "by the recipe");
    stage.type_into("Step 1, Resize: Side", "32");
    stage.wait_for_long("it follows", |stage| stage.has("After: 32 × 24 px"));
    let bytes = std::fs::metadata(&picture).expect("a file").len();
    assert!(stage.told(&format!("640 × 480 px · {:.1} KB", bytes as f64 / 1000.0)), "the file's own size");
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, &std::fs::read(&picture).expect("read")[..400]).expect("written");
    show(&mut stage, &broken);
    stage.wait_for_long("it is told", |stage| stage.has("After: –"));
    assert!(stage.told("broken.png is"), "in a sentence");
    show(&mut stage, Path::new("/nowhere/at all.png"));
    stage.wait_for_long("it is told", |stage| stage.told("annot read /nowhere/at all.png"));
}

impl Stage {
    /// Waits for a worker, which takes its time where much else goes on.
    fn wait_for_long(&mut self, what: &str, mut reached: impl FnMut(&mut Stage) -> bool) {
        for _ in 0..1500 {
            self.settle();
            if reached(self) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("never: {what}");
    }
}

#[test]
fn the_last_batch_is_taken_back_and_its_rows_say_so() {
    let mut stage = Stage::new();
    assert!(stage.key(Modifiers::COMMAND, Key::Z).is_empty(), "there is nothing of this window");
    assert!(stage.has("This window has no batch to take back"));
    stage.click("Settings");
    assert_eq!(stage.click("Undo the last batch"), [Command::Undo], "somebody who asks for it means it");
    stage.tell(lanes());
    stage.tell([queued(2), started(0)]);
    let path = PathBuf::from("/tmp/out/picture-0.png");
    let Event::JobFinished(report) = failed(0).into_iter().nth(1).expect("a report") else { panic!() };
    let outcome = Outcome::Done(Made::of([path.clone()]).expect("a file"));
    stage.tell([Event::JobFinished(Box::new(JobReport { outcome, ..*report }))]);
    assert_eq!(stage.key(Modifiers::COMMAND, Key::Z), [Command::Undo]);
    stage.tell([Event::Undone(Err("2 jobs of the last batch have not ended".to_owned()))]);
    assert!(stage.has("2 jobs of the last batch have not ended"));
    let file = |path: PathBuf, taken| UndoneFile { input: String::new(), path, taken, why: None };
    let files = vec![file(path, Taken::Removed), file(PathBuf::from("/tmp/out/other.png"), Taken::Changed)];
    let undone = Undone { output_dir: Some(PathBuf::from("/tmp/out")), files, dropped: 0 };
    stage.tell([Event::Undone(Ok(Some(Arc::new(undone))))]);
    assert!(stage.told("The last batch is taken back: 1 removed, 1 left as they are"));
    assert!(stage.told("other.png: it was changed since"));
    assert!(stage.has("picture-0.png, Taken back"));
}

#[test]
fn names_times_and_metadata_of_pictures_are_set_in_the_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("a.png");
    image::RgbImage::new(2, 2).save(&picture).expect("saved");
    let mut stage = Stage::new();
    stage.click("Recipe: ");
    stage.click("Web 1920");
    stage.click("Settings");
    stage.type_into("Names of results", "{name}-{indx}");
    assert!(stage.told("there is no field {indx}"));
    stage.type_into("Names of results", "{name}-{index:03}");
    stage.click("Pictures: where the name is taken, replace a file that is older");
    stage.click("Remove the place (GPS)");
    stage.click("Keep the times of the originals");
    stage.click("Metadata: none");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::NONE, Key::Escape);
    stage.harness.event(egui::Event::Paste(picture.display().to_string()));
    let mut sent = Vec::new();
    stage.wait_for("it is submitted", |stage| {
        sent.extend(stage.sent());
        !sent.is_empty()
    });
    let [Command::Submit(batch)] = sent.as_slice() else { panic!("{sent:?}") };
    let options = &batch.options;
    assert_eq!(options.name.as_deref().map(ToString::to_string).as_deref(), Some("{name}-{index:03}"));
    assert_eq!((options.on_exists, options.keep_times), (OnExists::Newer, true));
    let output = options.recipe.as_ref().expect("a recipe").output;
    assert_eq!((output.metadata, output.strip_gps), (Metadata::None, true));
    assert_eq!(batch.jobs[0].index(), Some(1), "the template counts");
}
