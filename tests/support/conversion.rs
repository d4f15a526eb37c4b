//! One conversion, as a thread lane runs it.

use millrace::model::task::NonPictures;
use millrace::model::{Assignment, AttemptId, Convert, Failure, Files, JobId, Output, Recipe, Task};
use millrace::task::{self, Control, Net};
use std::fs;
use std::sync::Arc;

/// Runs a recipe over the bytes of a picture of this name. Answers what was told and what was written.
pub(crate) fn convert(name: &str, bytes: &[u8], recipe: Recipe) -> Result<(Output, Vec<u8>), Failure> {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join(name);
    fs::write(&input, bytes).expect("written");
    let (recipe, name) = (Arc::new(recipe), name.to_owned());
    let task =
        Task::Convert(Convert { recipe, name, non_pictures: NonPictures::Fail, existing: Vec::new(), threads: 2 });
    let files = Files { input: Some(input), output: folder.path().join("out") };
    let assignment = Assignment { attempt: AttemptId { job: JobId(0), number: 1 }, task, files };
    let (result, _) = task::attempt(&assignment, &Net::default(), &Control::default(), &|_| ());
    result.map(|output| (output, fs::read(folder.path().join("out")).expect("the output")))
}
