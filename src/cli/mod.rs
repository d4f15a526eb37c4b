//! The same engine without a window: what the command line asks for, run to its end and told line by line.

pub mod args;
mod batch;
mod json_lines;
mod progress;
mod usage;

pub use args::Cli;
pub use json_lines::JsonLines;

use crate::engine::check_output_dir;
use crate::intake;
use crate::model::task::NonPictures;
use crate::model::{BatchOptions, FetchOptions, JobSpec, Recipe};
use anyhow::{Context, bail};
use args::{Convert, Get};
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The exit status of wrong usage.
pub const WRONG_USAGE: u8 = 2;

/// Runs `millrace get`.
pub fn get(get: &Get) -> anyhow::Result<ExitCode> {
    let list = get.input.as_deref().map(read_list).transpose()?;
    if get.urls.is_empty() && list.is_none() {
        bail!("there is nothing to fetch: name links, or a list of them with -i FILE");
    }
    let mut options = batch_options(&get.dir, get.common.recipe()?)?;
    options.fetch = Arc::new(get.fetch_options());
    options.retries = get.retries;
    let options = Arc::new(options);
    let mut jobs: Vec<JobSpec> = get.urls.iter().map(|url| intake::from_link(url, &options)).collect();
    if let Some(list) = list {
        jobs.extend(intake::from_list(&list, &options));
    }
    batch::run(&get.common, options, jobs)
}

/// Runs `millrace convert`.
pub fn convert(convert: &Convert) -> anyhow::Result<ExitCode> {
    let recipe = convert.common.recipe()?.unwrap_or_else(Recipe::same_size);
    let options = Arc::new(batch_options(&convert.output, Some(recipe))?);
    let jobs = intake::from_paths(&convert.paths, &options);
    batch::run(&convert.common, options, jobs)
}

fn batch_options(output_dir: &Path, recipe: Option<Recipe>) -> anyhow::Result<BatchOptions> {
    let output_dir = std::path::absolute(output_dir)
        .with_context(|| format!("\"{}\" is not the name of a folder", output_dir.display()))?;
    check_output_dir(&output_dir)?;
    Ok(BatchOptions {
        output_dir,
        recipe: recipe.map(Arc::new),
        non_pictures: NonPictures::Fail,
        fetch: Arc::new(FetchOptions::default()),
        retries: 0,
    })
}

fn read_list(path: &Path) -> anyhow::Result<String> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = read.with_context(|| format!("cannot read the list {}; check its name", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The folder for Millrace's own files, made when first written to: the one asked for, or the system's place for it.
pub fn state_dir(asked: Option<&OsStr>) -> anyhow::Result<PathBuf> {
    // An empty variable is as good as none.
    if let Some(asked) = asked.filter(|asked| !asked.is_empty()).map(Path::new) {
        return std::path::absolute(asked)
            .with_context(|| format!("\"{}\" is not the name of a folder", asked.display()));
    }
    let dirs = directories::ProjectDirs::from("", "", "millrace")
        .context("this system names no home folder; choose a folder for Millrace's own files with --state DIR")?;
    Ok(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
}
