//! Any bytes as a picture: a conversion ends, with a file or with a failure and none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::model::task::NonPictures;
use millrace::model::{Assignment, AttemptId, Convert, Files, JobId, Recipe, Task};
use millrace::task::{self, Control, Net};
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("input"), folder.path().join("output"));
    std::fs::write(&input, bytes).expect("written");
    let recipe = Arc::new(Recipe::named("Thumbnail 512").expect("a built-in recipe"));
    let task = Task::Convert(Convert { recipe, name: "input.tga".into(), non_pictures: NonPictures::Fail, existing: Vec::new(), threads: 1 });
    let files = Files { input: Some(input), output: output.clone() };
    let assignment = Assignment { attempt: AttemptId { job: JobId(0), number: 1 }, task, files };
    let (result, _) = task::attempt(&assignment, &Net::default(), &Control::default(), &|_| ());
    assert_eq!(result.is_ok(), output.exists());
});
