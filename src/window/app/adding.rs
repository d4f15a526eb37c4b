//! What the app does about how things get in: it has texts, paths and pictures read, looks at the clipboard, and notes what is
//! done.

use super::App;
use crate::model::{BatchOptions, Event, HandOver, HandedAnswer, HandedInput, JobId, JobSpec, Outcome};
use crate::window::adding::{Add, AddEffect, DoneHere, Goal, Scales};
use crate::window::clipboard::{Clipboard, Seen};
use crate::window::dialogs::Question;
use crate::window::errands::Errand;
use crate::window::format;
use crate::window::handover::Listener;
use crate::window::intent::Intent;
use crate::window::model::Row;
use crate::window::overlay::Tone;
use crate::window::reduce::reduce;
use crate::window::waker::Waker;
use egui::{Context, Event as Input, Key, OutputCommand, RawInput, UserAttentionType, ViewportCommand};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What of the app is about adding.
pub(super) struct AddLink {
    clipboard: Clipboard,
    done_here: DoneHere,
    /// What was on the clipboard, for the next frame.
    pasted: Vec<Input>,
}

impl AddLink {
    pub(super) fn new(waker: &Waker) -> AddLink {
        AddLink { clipboard: Clipboard::new(waker.clone()), done_here: DoneHere::default(), pasted: Vec::new() }
    }
}

impl App {
    fn scales(&self) -> Scales {
        Scales { done_here: self.adding.done_here.clone(), state_dir: self.state_dir.clone() }
    }

    pub(super) fn take_text(&mut self, text: String) {
        // It need not be offered any more.
        self.adding.clipboard.know(&text);
        self.state.adding.was_pasted(&text);
        let errand = Errand::Text(text, self.batch_options(), self.scales());
        self.send_errand(errand);
    }

    pub(super) fn take_paths(&mut self, paths: Vec<PathBuf>) {
        let errand = Errand::Paths(paths, self.batch_options(), self.scales());
        self.send_errand(errand);
    }

    pub(super) fn picture_was_kept(&mut self, path: &Path, options: Arc<BatchOptions>) {
        let job = JobSpec::file(path.to_string_lossy(), path.to_owned(), PathBuf::new());
        self.submit(options, vec![job]);
        self.toasts.push(Tone::Good, format!("The picture is kept as {}", format::path(path)));
    }

    pub(super) fn type_instead(&mut self, goal: Goal, why: &str) {
        self.state.adding.ask(goal, why.to_owned());
    }

    pub(super) fn perform_adding(&mut self, effect: AddEffect) {
        match effect {
            AddEffect::PickFolder => self.ask(Question::FilesOfFolder),
            AddEffect::PickFolderOfSheet(from) => self.ask(Question::FolderOfSheet(from)),
            AddEffect::KeepPicture(picture) => {
                let errand = Errand::Picture(picture, self.state_dir.clone(), self.batch_options());
                self.send_errand(errand);
            }
            AddEffect::Queue(sheet) => {
                let folder = sheet.output_dir().unwrap_or_else(|| self.state.output_dir.clone());
                let options = self.batch_into(folder, sheet.recipe.clone());
                self.send_errand(Errand::Chosen(sheet, options));
            }
            AddEffect::LetGo(sheet) => self.send_errand(Errand::LetGo(sheet)),
            AddEffect::Watch(watch) => {
                if let Err(sentence) = self.adding.clipboard.watch(watch) {
                    self.toasts.push(Tone::Bad, sentence);
                }
            }
        }
    }

    pub(super) fn watch_as_set(&mut self) {
        self.perform_adding(AddEffect::Watch(self.state.settings.clipboard.watch));
    }

    /// Notes which links are done, for the sheet that says so.
    pub(super) fn note_done(&self, event: &Event) {
        match event {
            Event::JobFinished(report) if matches!(report.outcome, Outcome::Done(_)) => self.note(report.job),
            Event::Undone(Ok(Some(undone))) => {
                let files: HashSet<&Path> = undone.files.iter().map(|file| file.path.as_path()).collect();
                let is_gone = |row: &&Row| row.output().is_some_and(|output| files.contains(output));
                self.state.model.made_rows().filter(is_gone).for_each(|row| self.adding.done_here.forget(&row.spec));
            }
            _ => {}
        }
    }

    fn note(&self, job: JobId) {
        if let Some(row) = self.state.model.row(job) {
            self.adding.done_here.note(&row.spec);
        }
    }

    /// Offers a field where a dialog is open that nobody may see.
    pub(super) fn look_at_dialogs(&mut self, ctx: &Context) {
        let unseen = self.dialogs.unseen();
        self.state.adding.unseen = unseen.and_then(Result::ok);
        if let Some(Err(left)) = unseen {
            ctx.request_repaint_after(left + Duration::from_millis(10));
        }
    }

    /// Has it found out what is held over the window.
    pub(super) fn look_at_hovered(&mut self, ctx: &Context) {
        let count = ctx.input(|input| input.raw.hovered_files.len());
        if self.state.adding.hovered.see(count) {
            let paths =
                ctx.input(|input| input.raw.hovered_files.iter().filter_map(|file| file.path.clone()).collect());
            // It is only nice to know: no complaint.
            self.errands.send(Errand::Kinds(paths)).ok();
        }
    }

    /// Takes in what second programs hand over, and comes to the front.
    pub(super) fn take_handed(&mut self, ctx: &Context) {
        while let Some(handed) = self.handover.as_ref().and_then(Listener::take) {
            if handed.is_overdue() {
                continue;
            }
            for command in [
                ViewportCommand::Minimized(false),
                ViewportCommand::Focus,
                ViewportCommand::RequestUserAttention(UserAttentionType::Informational),
            ] {
                ctx.send_viewport_cmd(command);
            }
            let HandOver { inputs, recipe, deadline_ms } = handed.hand_over;
            let count = inputs.len();
            let answer = if count == 0 {
                HandedAnswer::Raised
            } else {
                let options =
                    self.batch_into(self.state.output_dir.clone(), recipe.or_else(|| self.state.recipe.clone()));
                let deadline_ms = deadline_ms.or(options.deadline_ms);
                let options = Arc::new(BatchOptions { deadline_ms, ..(*options).clone() });
                let inputs = inputs.into_iter().map(|input| match input {
                    HandedInput::Link(link) => link.into(),
                    HandedInput::Path(path) => path.into_os_string(),
                });
                match self.errands.send(Errand::Inputs(inputs.collect(), options)) {
                    Ok(()) => HandedAnswer::Taken(count),
                    Err(sentence) => HandedAnswer::Refused(sentence),
                }
            };
            // Whoever asked may have given up.
            handed.answer.try_send(answer).ok();
        }
    }

    /// Takes in what was seen on the clipboard.
    pub(super) fn look_at_clipboard(&mut self, ctx: &Context) {
        while let Some(seen) = self.adding.clipboard.take() {
            match seen {
                Seen::Text(text) => self.adding.pasted.push(Input::Paste(text)),
                Seen::Picture(picture) => {
                    for effect in reduce(&mut self.state, Intent::Adding(Add::Picture(picture))) {
                        self.perform(ctx, effect);
                    }
                }
                Seen::Nothing(sentence) => self.toasts.push(Tone::Bad, sentence),
                Seen::Links(links) => self.state.adding.offer = links,
            }
        }
        if !self.adding.pasted.is_empty() {
            ctx.request_repaint();
        }
        if let Some(wait) = self.adding.clipboard.wait() {
            ctx.request_repaint_after(wait);
        }
    }

    /// Makes of the keys for the clipboard what egui's controls expect. Not by eframe, which would wait for whoever owns the
    /// clipboard in the middle of a frame.
    pub(in crate::window) fn take_clipboard_keys(&mut self, input: &mut RawInput) {
        for event in &mut input.events {
            let Input::Key { key, pressed: true, modifiers, .. } = event else { continue };
            match (*key, modifiers.command && !modifiers.alt) {
                (Key::Copy, _) | (Key::C, true) => *event = Input::Copy,
                (Key::Cut, _) | (Key::X, true) => *event = Input::Cut,
                (Key::Paste, _) | (Key::V, true) => {
                    if let Err(sentence) = self.adding.clipboard.paste() {
                        self.toasts.push(Tone::Bad, sentence);
                    }
                }
                _ => {}
            }
        }
        input.events.append(&mut self.adding.pasted);
    }

    /// What is copied here is not offered here.
    pub(super) fn know_copies(&mut self, ctx: &Context) {
        if !self.state.settings.clipboard.watch {
            return;
        }
        let is_text = |command: &OutputCommand| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        };
        let copies: Vec<String> = ctx.output(|output| output.commands.iter().filter_map(is_text).collect());
        for text in copies {
            self.adding.clipboard.know(&text);
        }
    }
}
