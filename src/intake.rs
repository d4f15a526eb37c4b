//! What a person named becomes jobs: paths, folders, pasted text and lists of links. Whatever cannot be worked on
//! becomes a refused job with a sentence, so that every input is answered.

use crate::model::{BatchOptions, JobSpec};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Jobs for files and folders; folders are walked. Reads the disk: call it off the window's thread.
pub fn from_paths(paths: &[PathBuf], options: &Arc<BatchOptions>) -> Vec<JobSpec> {
    let _ = (paths, options);
    Vec::new()
}

/// Jobs for pasted text: links and existing paths, one a line or separated by white space.
pub fn from_text(text: &str, options: &Arc<BatchOptions>) -> Vec<JobSpec> {
    let _ = (text, options);
    Vec::new()
}

/// A job for one link, refused if it is none that can be fetched.
pub fn from_link(text: &str, options: &Arc<BatchOptions>) -> JobSpec {
    let source = crate::model::Source::Link { url: text.to_owned(), name: None };
    JobSpec { input: text.to_owned(), source, subfolder: PathBuf::new(), options: Arc::clone(options) }
}

/// Jobs for a list of links.
pub fn from_list(text: &str, options: &Arc<BatchOptions>) -> Vec<JobSpec> {
    text.lines().map(|line| from_link(line, options)).collect()
}

/// Whether a path is named like a picture that Millrace reads.
pub fn is_picture_name(path: &Path) -> bool {
    path.extension().is_some()
}
