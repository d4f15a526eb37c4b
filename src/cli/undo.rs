//! `millrace undo`: takes back the last batch of the state folder.

use super::args::Undo;
use super::batch::{print, printable};
use super::state::open_state;
use crate::engine::remove_work_folders;
use crate::model::{Taken, UndoneFile};
use anyhow::bail;
use serde::Serialize;
use std::borrow::Cow;
use std::process::ExitCode;

/// A file of the batch.
#[derive(Debug, Serialize)]
struct Line<'a> {
    event: &'static str,
    input: &'a str,
    output: &'a str,
    state: Taken,
    /// Why it stays, where it does.
    error: Option<Cow<'a, str>>,
}

/// What it came to.
#[derive(Debug, Default, Serialize)]
struct Finished {
    event: &'static str,
    removed: usize,
    changed: usize,
    gone: usize,
    replaced: usize,
    stuck: usize,
    /// Jobs that had not ended.
    dropped: u64,
}

/// Runs `millrace undo`. Files that stay are no failure, unless it is the system that keeps them: they are told.
///
/// # Errors
///
/// Fails where the state folder cannot be taken, its queue cannot be opened, read or written to, or a line cannot be
/// printed.
pub fn undo(undo: &Undo) -> anyhow::Result<ExitCode> {
    let mut state = open_state(&undo.common)?;
    let Some(queue) = &mut state.queue else { bail!("without its queue there is nothing to take back") };
    let undone = queue.undo()?;
    let (json, quiet) = (undo.common.json, undo.common.quiet);
    let mut finished = Finished { event: "undo_finished", ..Finished::default() };
    let files = undone.as_ref().map_or(&[][..], |undone| &undone.files);
    for file in files {
        let output = file.path.to_string_lossy();
        if json {
            let error = file.reason().filter(|_| file.taken.stays());
            let line = Line { event: "undone", input: &file.input, output: &output, state: file.taken, error };
            print(&serde_json::to_string(&line)?)?;
        } else if !quiet || file.taken != Taken::Removed {
            print(&words(file))?;
        }
        *match file.taken {
            Taken::Removed => &mut finished.removed,
            Taken::Changed => &mut finished.changed,
            Taken::Gone => &mut finished.gone,
            Taken::Replaced => &mut finished.replaced,
            Taken::Stuck => &mut finished.stuck,
        } += 1;
    }
    if let Some(undone) = &undone {
        finished.dropped = undone.dropped;
        if let Some(folder) = &undone.output_dir {
            remove_work_folders(folder);
        }
    }
    if json {
        print(&serde_json::to_string(&finished)?)?;
    } else if !quiet {
        print(&undone.map_or_else(|| "There is nothing to take back".to_owned(), |undone| undone.summary()))?;
    }
    Ok(if finished.stuck > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn words(file: &UndoneFile) -> String {
    let path = file.path.display();
    let line = match (file.taken, file.reason()) {
        (_, None) => format!("removed   {path}"),
        (Taken::Gone, Some(why)) => format!("gone      {path}: {why}"),
        (_, Some(why)) => format!("stays     {path}: {why}"),
    };
    printable(&line)
}
