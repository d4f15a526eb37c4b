//! The end of the engine: what is nearly done is done and told, and nothing new begins.

use super::Shell;
use crate::engine::core::{Effect, Input};
use crate::engine::executor::Report;
use crate::model::{Event, JobRef, Record};
use std::time::{Duration, Instant};

/// How often the end of the last commits is looked for.
const LAST_REPORTS_EVERY: Duration = Duration::from_millis(5);

/// How long the journal may take to keep the last records.
const LAST_RECORDS_WITHIN: Duration = Duration::from_secs(2);

impl Shell {
    /// What is being given its final name gets it and is told; what still waits for that goes with the work folder. What
    /// a person cancelled or removed has ended, although its attempt may not have. Answers with the parts that nobody goes
    /// on with: their lanes may write to them still.
    pub(super) fn tell_the_end(&mut self) -> Vec<(JobRef, String)> {
        let mut parts = Vec::new();
        self.committer.stop();
        // A commit may wait for a journal that cannot keep anything at the moment: it does not wait any more.
        if let Some(journal) = &self.journal {
            journal.give_up();
        }
        loop {
            // Asked before the channel is looked at: what the threads told before they ended is in it by then.
            let ended = self.committer.has_ended();
            match self.reports.recv_timeout(LAST_REPORTS_EVERY) {
                Ok(Report::Committed { attempt, result }) => {
                    self.last_step(Input::Committed { attempt, result }, &mut parts);
                }
                Ok(Report::Kept(number)) => drop(self.outbox.kept(number)),
                Err(_) if ended => break,
                Ok(_) | Err(_) => {}
            }
        }
        self.last_step(Input::End, &mut parts);
        self.end_turn();
        let until = Instant::now() + LAST_RECORDS_WITHIN;
        while self.outbox.is_waiting() && self.journal.is_some() && Instant::now() < until {
            if let Ok(Report::Kept(number)) = self.reports.recv_timeout(LAST_REPORTS_EVERY) {
                self.outbox.kept(number);
            }
        }
        parts
    }

    /// Nothing new starts any more, so only the end of jobs is kept and told.
    fn last_step(&mut self, input: Input, parts: &mut Vec<(JobRef, String)>) {
        for effect in self.core.step(self.now(), input) {
            match effect {
                Effect::Record(record @ (Record::Finished { .. } | Record::Removed(_))) => self.record(record),
                Effect::Emit(event @ (Event::TaskFinished { .. } | Event::JobFinished(_) | Event::JobsRemoved(_))) => {
                    self.outbox.send(event);
                }
                Effect::DropPart { job, part } => parts.push((job, part)),
                _ => {}
            }
        }
    }
}
