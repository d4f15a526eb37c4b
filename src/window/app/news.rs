//! What happened: taken in from the engine within a time budget, and told to whoever is concerned.

use super::App;
use crate::model::{ErrorKind, Event, Outcome};
use crate::window::format;
use crate::window::grab::Sheet;
use crate::window::notify::notify;
use crate::window::overlay::Tone;
use egui::{Context, ViewportCommand};
use std::time::{Duration, Instant};

/// How long taking in events may hold up a frame.
const DRAIN_BUDGET: Duration = Duration::from_millis(4);
/// How often the progress in the title changes at most, and after how many frames where these are dear.
const TITLE_EVERY: Duration = Duration::from_secs(1);
const TITLE_GAPS: u32 = 16;

impl App {
    pub(super) fn drain(&mut self) {
        let began = Instant::now();
        // The clock is read once in a while only: an event costs less than a look at it.
        for at in 1u32.. {
            let Ok(event) = self.engine.events().try_recv() else { break };
            self.take_in(event);
            if at.is_multiple_of(64) && began.elapsed() > DRAIN_BUDGET {
                // However seldom the window is drawn: what waits takes memory.
                self.waker.wake_soon();
                break;
            }
        }
        self.state.model.advance(self.engine.board().take());
    }

    /// The window is gone: what was removed is so for good, the engine ends, and all that it still had to tell is told.
    pub fn close(&mut self) {
        self.empty_bin();
        self.engine.stop();
        while let Ok(event) = self.engine.events().try_recv() {
            self.take_in(event);
        }
        self.save_trace();
    }

    fn take_in(&mut self, event: Event) {
        if let Some(listener) = &self.listener {
            // Whoever reads the lines may have gone; the window goes on.
            listener.send(event.clone()).ok();
        }
        if let Event::JobFinished(report) = &event
            && let Outcome::Failed(failure) = &report.outcome
            && matches!(failure.kind, ErrorKind::Permission | ErrorKind::DiskFull)
        {
            self.complain_now_and_then(failure.sentence.clone());
        }
        if let Event::JobFinished(report) = &event
            && let Outcome::Read(page) = &report.outcome
        {
            self.state.sheet = Some(Sheet::new(&report.input, page));
        }
        if let Event::WentOn(jobs) = event {
            self.toasts.push(Tone::Good, format!("{} taken up again", format::counted(jobs, "job")));
        }
        if let Event::Warned(sentence) = &event {
            self.toasts.push(Tone::Bad, sentence.clone());
        }
        self.note_done(&event);
        match &event {
            Event::JobsQueued { batch, .. } if batch.options.kept => self.state.undoable += 1,
            Event::Undone(undone) => self.tell_undone(undone),
            _ => {}
        }
        if let Some((tone, words)) = self.state.asked.told(&event) {
            self.toasts.push(tone, words);
        }
        self.trace.see(&event);
        self.state.model.apply(event);
    }

    /// A full disk fails every file; one toast is enough for a while.
    fn complain_now_and_then(&mut self, sentence: String) {
        if self.last_complaint.is_none_or(|last| last.elapsed() > Duration::from_secs(10)) {
            self.last_complaint = Some(Instant::now());
            self.toasts.push(Tone::Bad, sentence);
        }
    }

    pub(super) fn set_title(&mut self, ctx: &Context) {
        let counts = &self.state.model.counts;
        let title = if counts.unfinished() == 0 {
            "Millrace".to_owned()
        } else {
            let percent = (self.state.model.headline.share * 100.0).floor().min(99.0);
            let (ended, total) = self.state.model.stretch_counts();
            format!("{percent:.0} % · {}/{total} – Millrace", ended.iter().sum::<usize>())
        };
        let now = Instant::now();
        let is_progress = counts.unfinished() > 0 && self.title != "Millrace";
        if title != self.title && (!is_progress || now >= self.title_due) {
            // egui draws two frames more for it.
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
            self.title_due = now + TITLE_EVERY.max(self.waker.gap() * TITLE_GAPS);
        } else if title != self.title {
            ctx.request_repaint_after(self.title_due.saturating_duration_since(now));
        }
    }

    /// Tells the desktop of the end of a batch that nobody watches.
    pub(super) fn tell_end(&mut self, ctx: &Context) {
        let has_work = self.state.model.counts.unfinished() > 0;
        let has_ended = std::mem::replace(&mut self.had_work, has_work) && !has_work;
        // Of a window that is hidden only this half is called, and what egui knows of its focus is old.
        let is_seen = ctx.input(|input| input.focused) && self.undrawn < 2;
        if has_ended && !self.state.settings.quiet && !is_seen {
            let ([done, failed, cancelled], _) = self.state.model.stretch_counts();
            let words = [(done, "done"), (failed, "failed"), (cancelled, "cancelled")];
            let words = words.into_iter().filter(|(count, word)| *count > 0 || *word == "done");
            let words: Vec<String> = words.map(|(count, word)| format!("{} {word}", format::count(count))).collect();
            notify("Millrace has finished", words.join(", "));
            ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(egui::UserAttentionType::Informational));
        }
    }
}
