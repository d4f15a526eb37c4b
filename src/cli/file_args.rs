//! What `millrace convert` takes about the files that it writes.

use super::one_of::on_exists;
use crate::model::recipe::{Frames, Recipe};
use crate::model::template::{Field, Template};
use crate::model::{BatchOptions, JobSpec, OnExists};
use clap::Args;
use std::sync::Arc;

/// What the results are called, and what becomes of those that are there already.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// What the results are called, without the extension: text with {name}, {index} or {index:03}, {width}, {height},
    /// {date} (of the input, in UTC), {format}, {ext} and {recipe}. A / makes folders, {{ is a brace.
    #[arg(long, value_name = "TEMPLATE")]
    pub name: Option<Template>,
    /// What becomes of a result whose name is taken: rename, skip, overwrite or newer, which overwrites what is older than
    /// the input and skips the rest. An input is never overwritten.
    #[arg(long, value_name = "RULE", default_value = "rename", hide_possible_values = true, value_parser = on_exists(RULES))]
    pub on_exists: OnExists,
    /// Give each result the times of its input.
    #[arg(long)]
    pub keep_times: bool,
    /// Write each frame of an animation to a file of its own.
    #[arg(long)]
    pub extract_frames: bool,
    /// Only print what would be written and what is there already. Writes nothing. Where the names need the size of the
    /// results, or several inputs want the same name, the pictures are converted and thrown away.
    #[arg(long)]
    pub dry_run: bool,
}

impl FileArgs {
    pub(super) fn change_recipe(&self, recipe: &mut Recipe) {
        if self.extract_frames {
            recipe.output.frames = Frames::Extract;
        }
    }

    pub(super) fn options(&self, options: BatchOptions) -> BatchOptions {
        let name = self.name.clone().map(Arc::new);
        BatchOptions { name, on_exists: self.on_exists, keep_times: self.keep_times, ..options }
    }

    /// The jobs with their places, where names are made of them.
    pub(super) fn jobs(&self, jobs: Vec<JobSpec>) -> Vec<JobSpec> {
        if !self.name.as_ref().is_some_and(|template| template.has(&[Field::Index])) {
            return jobs;
        }
        jobs.into_iter().zip(1..).map(|(job, place)| job.with_index(place)).collect()
    }
}

const RULES: [OnExists; 4] = [OnExists::Rename, OnExists::Skip, OnExists::Overwrite, OnExists::Newer];
