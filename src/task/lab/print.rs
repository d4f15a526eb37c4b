//! Lines written one by one to a place that others write to as well, each by a call of the system, as a terminal gets them.

use super::super::Ctx;
use super::unusable;
use crate::model::Failure;
use crate::model::lab::LabAnswer;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a background worker writes.
const BEAT_EVERY: Duration = Duration::from_millis(25);

/// Others that have not begun by then come later.
const TOGETHER_WITHIN: Duration = Duration::from_millis(200);

/// Whatever is written goes to the end, wherever that is by then.
fn open(paper: &Path) -> Result<File, Failure> {
    OpenOptions::new().append(true).open(paper).map_err(|error| unusable("write to", paper, &error))
}

pub(super) fn run(author: &str, lines: u32, paper: &Path, together: u32, ctx: &Ctx<'_>) -> Result<LabAnswer, Failure> {
    let mut file = open(paper)?;
    ctx.waiting(|| begin_together(paper, together))?;
    for number in 1..=lines {
        ctx.checkpoint()?;
        let line = format!("{author} {number}\n");
        let written = ctx.waiting(|| {
            let written = file.write_all(line.as_bytes());
            // A terminal is slower than a file: whoever writes to one has to wait for it after each line.
            std::thread::yield_now();
            written
        });
        written.map_err(|error| unusable("write to", paper, &error))?;
    }
    Ok(LabAnswer::Done)
}

/// Waits a moment for the others: a thousand lines take less time than a lane takes to begin. Each puts a byte into a file
/// beside, which shows how many there are.
fn begin_together(paper: &Path, together: u32) -> Result<(), Failure> {
    let ready = paper.with_extension("ready");
    let unready = |error: std::io::Error| unusable("write to", &ready, &error);
    let mut file = OpenOptions::new().append(true).create(true).open(&ready).map_err(unready)?;
    file.write_all(b".").map_err(unready)?;
    let began = Instant::now();
    while began.elapsed() < TOGETHER_WITHIN {
        if file.metadata().map_err(unready)?.len() >= u64::from(together) {
            break;
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// Writes every so often until its time is over. The last line says so.
pub(super) fn beat(author: &str, paper: &Path, time: Duration, ctx: &Ctx<'_>) -> Result<LabAnswer, Failure> {
    let mut file = open(paper)?;
    let began = Instant::now();
    let mut write = |word: &str| {
        file.write_all(format!("{author} {word}\n").as_bytes()).map_err(|error| unusable("write to", paper, &error))
    };
    while began.elapsed() < time {
        write("works")?;
        ctx.waiting(|| ctx.control.pass(BEAT_EVERY.min(time)))?;
    }
    write("done")?;
    Ok(LabAnswer::Done)
}
