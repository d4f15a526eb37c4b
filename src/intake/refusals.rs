//! Refused lines of a text: each is answered, but not more of them than a person reads.

use super::link::{neither_link_nor_file, parse, refused};
use crate::model::{ErrorKind, Failure, JobSpec};

/// A text of prose becomes at most this many refused jobs, and one for the rest.
pub(super) const MAX_LINES: usize = 20;

/// Counts the lines that are refused.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    lines: usize,
}

impl Refusals {
    /// The job of a line that is neither a link nor a file, unless there were too many.
    pub(super) fn line(&mut self, line: &str) -> Option<JobSpec> {
        self.lines += 1;
        (self.lines <= MAX_LINES).then(|| {
            // What is wrong with it as a link tells more, where it could be one.
            let failure = parse(line).err().unwrap_or_else(|| neither_link_nor_file(line));
            refused(line, failure)
        })
    }

    /// One job for all those that got none.
    pub(super) fn rest(self) -> Option<JobSpec> {
        let more = self.lines.checked_sub(MAX_LINES).filter(|more| *more > 0)?;
        let sentence = format!("{more} more lines are neither links nor files");
        Some(refused(&format!("{more} lines"), Failure::new(ErrorKind::Url, sentence)))
    }
}
