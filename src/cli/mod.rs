//! The same engine without a window: what the command line asks for, run to its end and told line by line.

pub mod args;
mod batch;
mod doctor;
mod file_args;
mod get_args;
mod grab;
mod hand_over;
mod json_lines;
mod lab;
mod lab_args;
mod lab_words;
mod one_of;
mod plan;
mod progress;
mod recipe_args;
mod recipes;
mod state;
mod undo;
mod usage;

pub use args::Cli;
pub use doctor::doctor;
pub use get_args::logins;
pub use grab::grab;
pub use hand_over::tell_handed;
pub use json_lines::JsonLines;
pub use lab::lab;
pub use recipes::recipes;
pub use state::{open_state, state_dir};
pub use undo::undo;

use crate::engine::{EngineConfig, check_output_dir};
use crate::intake;
use crate::model::{Batch, BatchOptions, ErrorKind, Failure, JobSpec, Recipe, json};
use crate::store::{self, Past};
use anyhow::{Context, bail};
use args::{Common, Convert, Get, History, Resume};
use batch::{Work, printable};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// The exit status of wrong usage.
pub const WRONG_USAGE: u8 = 2;

/// Says on standard error what ended the program.
pub fn tell_error(error: &anyhow::Error) {
    let sentence = format!("{error:#}");
    let lines: Vec<String> = sentence.lines().map(printable).collect();
    // With standard error gone there is nobody left to tell.
    writeln!(io::stderr(), "millrace: {}", lines.join("\n")).ok();
}

/// Runs `millrace get`.
///
/// # Errors
///
/// Fails where there is nothing to fetch, a list, the recipe or the cookies cannot be read, a pattern or an option
/// makes no sense, the output folder or the trace cannot be written to, the state folder cannot be taken, the engine
/// cannot start, or its lines cannot be printed. What becomes of the jobs is told by the exit status.
pub fn get(get: &Get) -> anyhow::Result<ExitCode> {
    if get.urls.is_empty() && get.input.is_none() {
        bail!("there is nothing to fetch: name links, or a list of them with -i FILE");
    }
    let jobs = jobs_to_get(get)?;
    let recipe = get.common.recipe()?;
    get_args::check_on_exists(get.on_exists, recipe.as_ref())?;
    let mut options = batch_options(&get.common, &get.dir, recipe)?;
    options.fetch = Arc::new(get.fetch.options()?);
    options.on_exists = get.on_exists;
    options.retries = get.fetch.retries;
    let config = EngineConfig { bytes_per_s: get.fetch.limit, ..get.common.engine()? };
    let work = Work::New(Batch { options: Arc::new(options), jobs });
    batch::run(&get.common, config, Some(open_state(&get.common)?), work)
}

/// Jobs for the links of a command line and of a list.
fn read_links(urls: &[String], input: Option<&Path>) -> anyhow::Result<Vec<JobSpec>> {
    let mut jobs = Vec::new();
    for url in urls {
        if intake::is_metalink(Path::new(url)) && !url.contains("://") {
            jobs.extend(read_list(Path::new(url))?);
        } else if !url.contains("://") && Path::new(url).is_file() {
            let sentence = format!(
                "\"{url}\" is a file, not a link: -i {url} takes the links in it, and millrace convert converts pictures"
            );
            jobs.push(JobSpec::refused(url.as_str(), Failure::new(ErrorKind::Url, sentence)));
        } else {
            jobs.extend(intake::from_pattern(url)?);
        }
    }
    if let Some(list) = input {
        jobs.extend(read_list(list)?);
    }
    if let (true, Some(list)) = (jobs.is_empty(), input) {
        writeln!(io::stderr(), "There are no links in {}", shown(list))?;
    }
    Ok(jobs)
}

fn jobs_to_get(get: &Get) -> anyhow::Result<Vec<JobSpec>> {
    let mut jobs = read_links(&get.urls, get.input.as_deref())?;
    if let Some(checksum) = &get.sha256 {
        if jobs.len() != 1 {
            bail!("--sha256 goes with one link, and here are {}; write checksums into a list instead", jobs.len());
        }
        jobs = jobs.into_iter().map(|job| job.with_checksum(checksum.clone())).collect();
    }
    Ok(jobs)
}

/// Runs `millrace convert`.
///
/// # Errors
///
/// Fails where the recipe cannot be read or makes no sense with the options, the output folder or the trace cannot be
/// written to, the state folder cannot be taken, the engine cannot start, or its lines cannot be printed. What becomes
/// of the jobs is told by the exit status.
pub fn convert(convert: &Convert) -> anyhow::Result<ExitCode> {
    let mut recipe = convert.common.recipe_with(&convert.pictures)?;
    convert.files.change_recipe(&mut recipe);
    let options = convert.files.options(options_for(&convert.common, &convert.output, Some(recipe))?);
    if convert.files.dry_run {
        return dry_run(convert, options);
    }
    check_output_dir(&options.output_dir)?;
    let jobs = convert.files.jobs(intake::from_paths(&convert.paths, &options.output_dir));
    let (config, state) = (convert.common.engine()?, open_state(&convert.common)?);
    batch::run(&convert.common, config, Some(state), Work::New(Batch { options: Arc::new(options), jobs }))
}

/// Says what a conversion would do. Makes no folder, and keeps nothing.
fn dry_run(convert: &Convert, options: BatchOptions) -> anyhow::Result<ExitCode> {
    let folder = &options.output_dir;
    if folder.symlink_metadata().is_ok() && !folder.is_dir() {
        bail!("{} is no folder; choose another output folder", folder.display());
    }
    let jobs = convert.files.jobs(intake::from_paths(&convert.paths, folder));
    let batch = Arc::new(Batch { options: Arc::new(options), jobs });
    plan::run(&convert.common, convert.common.engine()?, &batch)
}

/// Runs `millrace resume`.
///
/// # Errors
///
/// Fails where the state folder cannot be taken or has no queue that can be opened, the trace cannot be written, the
/// engine cannot start, or its lines cannot be printed. What becomes of the jobs is told by the exit status.
pub fn resume(resume: &Resume) -> anyhow::Result<ExitCode> {
    let state = open_state(&resume.common)?;
    if state.queue.is_none() {
        bail!("without its queue there is nothing to go on with");
    }
    batch::run(&resume.common, resume.common.engine()?, Some(state), Work::Unfinished)
}

/// Runs `millrace history`.
///
/// # Errors
///
/// Fails where no state folder can be named, the queue in it cannot be read, or a line cannot be printed.
pub fn history(history: &History) -> anyhow::Result<ExitCode> {
    let state_dir = state_dir(history.common.state.as_deref())?;
    let mut out = io::stdout().lock();
    for past in store::history(&state_dir, &history.words.join(" "), history.most)? {
        let line = if history.common.json { json::line(&past) } else { past_line(&past) };
        writeln!(out, "{line}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn past_line(past: &Past) -> String {
    let ended = past.ended_ms.and_then(|ms| u64::try_from(ms).ok());
    let when = ended.map_or_else(String::new, |ms| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(ms)));
    let more = if past.more > 0 { format!(" and {} more", past.more) } else { String::new() };
    let how = past.output.as_deref().map(|path| format!(" → {path}{more}"));
    let how = how.or_else(|| past.error.as_deref().map(|error| format!(": {error}"))).unwrap_or_default();
    printable(&format!("{when:29}  {:9} {}{how}", past.state, past.input))
}

fn batch_options(common: &Common, output_dir: &Path, recipe: Option<Recipe>) -> anyhow::Result<BatchOptions> {
    let options = options_for(common, output_dir, recipe)?;
    check_output_dir(&options.output_dir)?;
    Ok(options)
}

/// The same without a look at the folder.
fn options_for(common: &Common, output_dir: &Path, recipe: Option<Recipe>) -> anyhow::Result<BatchOptions> {
    let output_dir = std::path::absolute(output_dir)
        .with_context(|| format!("\"{}\" is not the name of a folder", output_dir.display()))?;
    let recipe = recipe.map(Arc::new);
    Ok(BatchOptions { recipe, deadline_ms: common.deadline, ..BatchOptions::to(output_dir) })
}

/// The list that is read from standard input.
const STANDARD_INPUT: &str = "-";

/// A list as sentences name it.
fn shown(list: &Path) -> String {
    if list == Path::new(STANDARD_INPUT) { "standard input".to_owned() } else { list.display().to_string() }
}

/// The jobs of a list in a file, or on standard input.
fn read_list(path: &Path) -> anyhow::Result<Vec<JobSpec>> {
    let shown = shown(path);
    let read = if path == Path::new(STANDARD_INPUT) {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = read.with_context(|| format!("cannot read the list {shown}; check its name"))?;
    Ok(intake::from_list(&bytes, &shown)?)
}
