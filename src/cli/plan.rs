//! `millrace convert --dry-run`: what would be written, a line for each input.

use super::args::Common;
use super::batch::{SOME_FAILED, print, printable};
use crate::engine::{Action, EngineConfig, Planned, PlannedFile, plan};
use crate::model::Batch;
use anyhow::Context;
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// What would become of an input.
#[derive(Debug, Serialize)]
struct Line<'a> {
    event: &'static str,
    input: &'a str,
    output: Option<Vec<String>>,
    /// Where the results would stand if nothing were in their way.
    wanted: Option<Vec<String>>,
    /// Whether anything is there already.
    exists: bool,
    /// `new`, `rename`, `skip`, `overwrite`, or `mixed` where there are several files.
    action: Option<&'static str>,
    error: Option<&'a str>,
    error_kind: Option<&'static str>,
}

/// Prints the plan of a batch.
pub(super) fn run(common: &Common, config: EngineConfig, batch: &Arc<Batch>) -> anyhow::Result<ExitCode> {
    let planned = plan(config, batch).context("cannot try out the conversions")?;
    for planned in &planned {
        match &planned.result {
            _ if common.json => print(&json(planned)?)?,
            Ok(files) if !common.quiet => files.iter().try_for_each(|file| print(&words(planned, file)))?,
            Ok(_) => {}
            Err(failure) => {
                writeln!(io::stderr(), "{}", printable(&format!("failed    {}: {failure}", planned.input)))?;
            }
        }
    }
    let failed = planned.iter().any(|planned| planned.result.is_err());
    Ok(if failed { ExitCode::from(SOME_FAILED) } else { ExitCode::SUCCESS })
}

fn json(planned: &Planned) -> anyhow::Result<String> {
    let files = planned.result.as_deref().ok();
    let failure = planned.result.as_ref().err();
    let actions: Vec<&str> = files.unwrap_or_default().iter().map(|file| name_of(file.action)).collect();
    let action = match actions.as_slice() {
        [] => None,
        [first, rest @ ..] if rest.iter().all(|action| action == first) => {
            Some(name_of(files.unwrap_or_default()[0].action))
        }
        _ => Some("mixed"),
    };
    let paths = |path: fn(&PlannedFile) -> &Path| {
        files.map(|files| files.iter().map(|file| path(file).to_string_lossy().into_owned()).collect::<Vec<String>>())
    };
    let line = Line {
        event: "planned",
        input: &planned.input,
        output: paths(|file| &file.path),
        wanted: paths(|file| &file.wanted),
        exists: files.unwrap_or_default().iter().any(|file| file.exists),
        action,
        error: failure.map(|failure| &*failure.sentence),
        error_kind: failure.map(|failure| failure.kind.as_str()),
    };
    let mut value = serde_json::to_value(line)?;
    // A list only where there are several, as for jobs that ended.
    for field in ["output", "wanted"] {
        if let Some([one]) = value[field].as_array().map(Vec::as_slice) {
            value[field] = one.clone();
        }
    }
    Ok(value.to_string())
}

fn name_of(action: Action) -> &'static str {
    match action {
        Action::New => "new",
        Action::Rename => "rename",
        Action::Skip => "skip",
        Action::Overwrite => "overwrite",
    }
}

fn words(planned: &Planned, file: &PlannedFile) -> String {
    let (input, path) = (&planned.input, file.path.display());
    let wanted = file.wanted.file_name().unwrap_or_default().to_string_lossy();
    let line = match file.action {
        Action::New => format!("write     {input} → {path}"),
        Action::Rename if file.exists => format!("rename    {input} → {path} ({wanted} exists already)"),
        Action::Rename => format!("rename    {input} → {path} (another result is called {wanted})"),
        Action::Skip => format!("skip      {input} → {path} (exists already)"),
        Action::Overwrite => format!("overwrite {input} → {path} (exists already)"),
    };
    printable(&line)
}
