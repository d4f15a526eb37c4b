//! What the engine's thread does next: it takes what is there, polls a moment for light work, and sleeps.

use super::Shell;
use crate::engine::core::Input;
use crate::engine::executor::Report;
use crate::model::Event;
use crossbeam_channel::{TryRecvError, select_biased};
use std::thread;
use std::time::{Duration, Instant};

/// The core asks to be stepped again at the latest after this long, where it asks for nothing sooner.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

/// How long the answer to light work is polled for.
const POLL_FOR: Duration = Duration::from_micros(200);

impl Shell {
    /// The next input, or `None` once nobody can send commands any more.
    pub(super) fn wait(&mut self) -> Option<Input> {
        if let Some(input) = self.processes.next_news() {
            return Some(input);
        }
        if let Some(input) = self.poll_for_light() {
            return Some(input);
        }
        self.processes.poll_no_more();
        let until = self.core.next_tick().map_or(LONGEST_SLEEP, |tick| tick - self.now());
        select_biased! {
            recv(self.commands) -> command => command.ok().map(Input::Command),
            recv(self.reports) -> report => Some(report.ok().and_then(|report| self.input_of(report)).unwrap_or(Input::Tick)),
            default(until) => Some(Input::Tick),
        }
    }

    /// Looks again and again for a moment after light work was handed over: its answer is nearer than a sleep and a
    /// waking up. At least once, so that nothing that was polled for is left lying.
    fn poll_for_light(&mut self) -> Option<Input> {
        if !std::mem::take(&mut self.awaits_light) {
            return None;
        }
        let until = Instant::now() + POLL_FOR;
        loop {
            let input = self.next_waiting();
            self.awaits_light = input.is_some();
            if input.is_some() || Instant::now() >= until {
                return input;
            }
            thread::yield_now();
        }
    }

    /// What is there by now. Nothing once nobody can send commands any more: reports may never stop coming.
    pub(super) fn next_waiting(&mut self) -> Option<Input> {
        if let Some(input) = self.processes.next_news() {
            return Some(input);
        }
        match self.commands.try_recv() {
            Ok(command) => return Some(Input::Command(command)),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        // What is polled for was told after what the same worker sent before.
        let report = self.reports.try_recv().ok().or_else(|| self.processes.next_polled())?;
        Some(self.input_of(report).unwrap_or(Input::Tick))
    }

    fn input_of(&mut self, report: Report) -> Option<Input> {
        match report {
            Report::Lane(lane, report) => Some(report.on(lane)),
            Report::Worker(worker, report) => {
                let lane = self.processes.hear(worker, &report)?;
                Some(report.on(lane))
            }
            Report::WorkerUp { worker, pid, in_force } => {
                self.processes.came_up(worker, pid, in_force);
                None
            }
            Report::WorkerGone { worker, cause, greeted } => self.processes.bury(worker, cause, greeted),
            Report::Committed { attempt, result } => Some(Input::Committed { attempt, result }),
            Report::Kept(number) => Some(self.outbox.kept(number)).filter(|more| *more > 0).map(Input::BatchesKept),
            Report::Loaded(leftovers) => {
                self.claim_what_was_made(&leftovers);
                Some(Input::Loaded(leftovers))
            }
            Report::Unread(sentence) => {
                self.outbox.send(Event::Warned(sentence));
                Some(Input::Loaded(Vec::new()))
            }
            Report::Stalled(trouble) => Some(Input::JournalStalled(trouble)),
            Report::Undone(undone) => {
                self.tell_undone(undone);
                None
            }
            Report::Warned(sentence) => {
                let event = Event::Warned(sentence);
                self.log.write(&event);
                self.outbox.send(event);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineConfig;
    use crate::engine::shell::Faces;
    use std::sync::Arc;

    #[test]
    fn an_engine_that_nobody_holds_ends_however_much_is_reported() {
        // An event for each lane and a few more: nobody receives them here.
        let (commands, events) = (crossbeam_channel::bounded(1), crossbeam_channel::bounded(1024));
        let faces = Faces { commands: commands.1, events: events.0, wake: Box::new(|| ()) };
        let config = EngineConfig::for_this_machine().expect("a config");
        let mut shell = Shell::new(config, None, Arc::default(), faces).expect("a shell");
        let (sender, reports) = crossbeam_channel::bounded(8);
        shell.reports = reports;
        for number in 0..8 {
            sender.send(Report::Kept(number)).expect("sent");
        }
        shell.awaits_light = true;
        assert!(matches!(shell.wait(), Some(Input::Tick)));
        drop(commands.0);
        shell.awaits_light = true;
        assert!(shell.next_waiting().is_none());
        assert!(shell.wait().is_none());
        assert_eq!(sender.len(), 7);
    }
}
