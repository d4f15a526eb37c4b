//! The shortcuts: one table that is read from the keyboard and drawn as the help.

use super::adding::Add;
use super::arrange::Arrange;
use super::bin::Clear;
use super::clipboard::Picture;
use super::intent::{Intent, Reach, Target};
use super::lab::LabIntent;
use super::model::Step;
use super::palette;
use crate::model::Mode;
use egui::{Context, Event, Key, Modifiers};
use std::sync::Arc;

/// When a shortcut holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// Always.
    Always,
    /// Unless somebody is typing.
    NotTyping,
    /// Unless somebody is typing, a control other than the queue has the keyboard, which may use the key itself, or the
    /// queue is out of sight.
    InQueue,
    /// Unless somebody is typing or the queue is out of sight.
    OnQueue,
}

/// What is in sight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Something lies over everything: only what concerns that is taken.
    pub(crate) covered: bool,
    /// Escape within a field of what is in sight leaves that, and closes nothing.
    pub(crate) fields_first: bool,
    /// The Lab is in the place of the queue.
    pub(crate) queue_hidden: bool,
}

/// Where the keyboard is.
#[derive(Debug, Clone, Copy)]
struct Focus {
    typing: bool,
    in_queue: bool,
    /// The Lab is in the place of the queue.
    queue_hidden: bool,
}

/// A shortcut.
pub(crate) struct Shortcut {
    modifiers: Modifiers,
    key: Key,
    when: When,
    make: fn() -> Intent,
    /// As the help writes it. Empty where another entry speaks for this one too.
    pub(crate) keys: &'static str,
    pub(crate) says: &'static str,
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const ALT: Modifiers = Modifiers::ALT;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

const fn shortcut(
    (modifiers, key): (Modifiers, Key),
    when: When,
    make: fn() -> Intent,
    (keys, says): (&'static str, &'static str),
) -> Shortcut {
    Shortcut { modifiers, key, when, make, keys, says }
}

const SILENT: (&str, &str) = ("", "");

/// Every shortcut. Paste comes as an event of its own and is listed for the help only.
pub(crate) const SHORTCUTS: &[Shortcut] = {
    use When::{Always, InQueue, NotTyping, OnQueue};
    &[
        shortcut((CTRL, Key::O), Always, || Intent::PickFiles, ("Ctrl O", "Add files")),
        shortcut((CTRL_SHIFT, Key::O), Always, || Intent::Adding(Add::PickFolder), ("Ctrl Shift O", "Add a folder")),
        shortcut((CTRL, Key::F), Always, || Intent::FocusSearch, ("Ctrl F", "Search")),
        shortcut((NONE, Key::Space), InQueue, || Intent::TogglePause, ("Space", "Pause and resume")),
        shortcut((CTRL, Key::Num1), Always, || Intent::SetMode(Mode::Serial), ("Ctrl 1 – 4", "Choose a mode")),
        shortcut((CTRL, Key::Num2), Always, || Intent::SetMode(Mode::Threads), SILENT),
        shortcut((CTRL, Key::Num3), Always, || Intent::SetMode(Mode::Processes), SILENT),
        shortcut((CTRL, Key::Num4), Always, || Intent::SetMode(Mode::Mixed), SILENT),
        shortcut((CTRL, Key::L), Always, || Intent::Lab(LabIntent::Toggle), ("Ctrl L", "The Lab, and back")),
        shortcut((CTRL, Key::K), Always, || Intent::Palette(palette::Choice::Toggle), ("Ctrl K", "All commands")),
        shortcut((CTRL, Key::R), Always, || Intent::Retry(Target::Failed), ("Ctrl R", "Retry what failed")),
        shortcut((CTRL, Key::A), OnQueue, || Intent::SelectAll, ("Ctrl A", "Select all")),
        shortcut((NONE, Key::ArrowUp), InQueue, || step(Step::By(-1)), ("↑ ↓", "Move; with Shift select")),
        shortcut((NONE, Key::ArrowDown), InQueue, || step(Step::By(1)), SILENT),
        shortcut((SHIFT, Key::ArrowUp), InQueue, || extend(Step::By(-1)), SILENT),
        shortcut((SHIFT, Key::ArrowDown), InQueue, || extend(Step::By(1)), SILENT),
        shortcut((NONE, Key::PageUp), InQueue, || step(Step::Page(-1)), SILENT),
        shortcut((NONE, Key::PageDown), InQueue, || step(Step::Page(1)), SILENT),
        shortcut((SHIFT, Key::PageUp), InQueue, || extend(Step::Page(-1)), SILENT),
        shortcut((SHIFT, Key::PageDown), InQueue, || extend(Step::Page(1)), SILENT),
        shortcut((NONE, Key::Home), InQueue, || step(Step::First), ("Home  End", "First and last")),
        shortcut((NONE, Key::End), InQueue, || step(Step::Last), SILENT),
        shortcut((SHIFT, Key::Home), InQueue, || extend(Step::First), SILENT),
        shortcut((SHIFT, Key::End), InQueue, || extend(Step::Last), SILENT),
        shortcut((NONE, Key::Enter), InQueue, || Intent::Open(Target::Selected), ("Enter", "Open the file")),
        shortcut(
            (NONE, Key::Delete),
            OnQueue,
            || Intent::Remove(Target::Selected),
            ("Delete", "Remove from the queue"),
        ),
        shortcut((CTRL, Key::Comma), Always, || Intent::ToggleSettings, ("Ctrl ,", "Settings")),
        shortcut((CTRL, Key::Plus), Always, || Intent::ResizeText(Some(true)), ("Ctrl + − 0", "Size of text")),
        // Where plus needs Shift, people press it without.
        shortcut((CTRL, Key::Equals), Always, || Intent::ResizeText(Some(true)), SILENT),
        shortcut((CTRL, Key::Minus), Always, || Intent::ResizeText(Some(false)), SILENT),
        shortcut((CTRL, Key::Num0), Always, || Intent::ResizeText(None), SILENT),
        shortcut(
            (CTRL_SHIFT, Key::Delete),
            OnQueue,
            || Intent::Clear(Clear::Finished),
            ("Ctrl Shift Delete", "Clear what is finished"),
        ),
        shortcut((ALT, Key::ArrowUp), InQueue, || Intent::Arrange(Arrange::Up), ("Alt ↑ ↓", "Start earlier or later")),
        shortcut((ALT, Key::ArrowDown), InQueue, || Intent::Arrange(Arrange::Down), SILENT),
        shortcut((SHIFT, Key::F10), InQueue, || Intent::ShowMenu, ("Shift F10", "Menu of the chosen files")),
        shortcut((NONE, Key::Menu), InQueue, || Intent::ShowMenu, SILENT),
        shortcut((CTRL, Key::Z), OnQueue, || Intent::Undo, ("Ctrl Z", "Take back the last removal, batch or change")),
        shortcut((NONE, Key::Questionmark), NotTyping, || Intent::ToggleHelp, ("?", "This help")),
        shortcut((NONE, Key::Escape), Always, || Intent::Escape, ("Esc", "Close, then deselect")),
        shortcut((CTRL, Key::Q), Always, || Intent::Quit, ("Ctrl Q", "Quit")),
    ]
};

/// The help's first line: paste is no key of this table.
pub(crate) const PASTE: (&str, &str) = ("Ctrl V", "Paste links, paths or a picture");

fn step(step: Step) -> Intent {
    Intent::Step(step, Reach::Move)
}

fn extend(step: Step) -> Intent {
    Intent::Step(step, Reach::Extend)
}

/// Takes this frame's shortcuts and pastes out of the input. `queue` is the queue's own focus id, `paste_field` the
/// field that submits whatever is pasted into it. `view` says what is in the place of the queue, or over everything.
pub(crate) fn taken(ctx: &Context, queue: egui::Id, paste_field: egui::Id, view: View) -> Vec<Intent> {
    let View { covered, fields_first, queue_hidden } = view;
    let focused = ctx.memory(egui::Memory::focused);
    let typing = ctx.text_edit_focused();
    let popup = egui::Popup::is_any_open(ctx);
    // The field that Escape leaves has given up the keyboard already: what is around it stays open.
    let was_typing = ctx.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(typing_id()), typing));
    let leaves_field = was_typing && !typing;
    let in_queue = !typing && focused.is_none_or(|id| id == queue) && !popup;
    let focus = Focus { typing, in_queue, queue_hidden };
    let pastes = !typing || focused == Some(paste_field);
    let mut intents = Vec::new();
    ctx.input_mut(|input| {
        input.events.retain_mut(|event| match event {
            Event::Paste(text) if pastes => {
                intents.push(Intent::Paste(std::mem::take(text)));
                false
            }
            Event::PasteImage(picture) if pastes => {
                intents.push(Intent::Adding(Add::Picture(Picture::Egui(Arc::clone(picture)))));
                false
            }
            Event::Key { key: Key::Escape, .. } if (popup || fields_first) && leaves_field => false,
            // An open popover takes it, and so does a field of the editor.
            Event::Key { key: Key::Escape, .. } if popup || covered && typing => true,
            Event::Key { key, modifiers, .. } if covered && !is_over_all(*key, *modifiers) => true,
            Event::Key { key, pressed: true, modifiers, .. } => {
                match SHORTCUTS.iter().find(|shortcut| shortcut.is(*key, *modifiers, focus)) {
                    Some(shortcut) => {
                        intents.push(shortcut.intent());
                        // A text field needs Escape too, to give up the keyboard.
                        *key == Key::Escape && typing
                    }
                    None => true,
                }
            }
            _ => true,
        });
    });
    intents
}

/// Where it is kept whether somebody was typing in the frame before.
fn typing_id() -> egui::Id {
    egui::Id::unique("was typing")
}

/// Whether a shortcut holds while something lies over everything.
fn is_over_all(key: Key, modifiers: Modifiers) -> bool {
    let sizes = [Key::Plus, Key::Equals, Key::Minus, Key::Num0];
    matches!(key, Key::Escape | Key::Questionmark)
        || modifiers.command && (matches!(key, Key::Z | Key::Q | Key::K | Key::Comma) || sizes.contains(&key))
}

impl Shortcut {
    /// What it does.
    pub(crate) fn intent(&self) -> Intent {
        (self.make)()
    }

    /// Its keys, as people write them.
    pub(crate) fn chord(&self) -> String {
        let Modifiers { command, shift, alt, .. } = self.modifiers;
        let names = [(command, "Ctrl "), (alt, "Alt "), (shift, "Shift ")];
        let modifiers: String = names.into_iter().filter(|(held, _)| *held).map(|(_, name)| name).collect();
        modifiers + self.key.symbol_or_name()
    }

    fn is(&self, key: Key, modifiers: Modifiers, focus: Focus) -> bool {
        let Focus { typing, in_queue, queue_hidden } = focus;
        let holds = match self.when {
            When::Always => true,
            When::NotTyping => !typing,
            When::InQueue => in_queue && !queue_hidden,
            When::OnQueue => !typing && !queue_hidden,
        };
        // Which keys give a question mark or a plus depends on the keyboard; Shift is part of it on most.
        let modifiers_match = if self.key == Key::Questionmark {
            !modifiers.command && !modifiers.alt
        } else if self.key == Key::Plus {
            modifiers.command && !modifiers.alt
        } else {
            modifiers.matches_exact(self.modifiers)
        };
        holds && self.key == key && modifiers_match
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_shortcuts_share_their_keys() {
        let mut seen = HashSet::new();
        for shortcut in SHORTCUTS {
            assert!(seen.insert((shortcut.modifiers, shortcut.key)), "{:?} twice", shortcut.key);
        }
    }

    /// What a key press leads to, through egui's own input.
    fn pressed(shortcut: &Shortcut, view: View) -> Vec<Intent> {
        let ctx = Context::default();
        let (key, modifiers) = (shortcut.key, shortcut.modifiers);
        let event = Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        let input = egui::RawInput { events: vec![event], ..egui::RawInput::default() };
        let mut intents = Vec::new();
        let mut output = ctx.run_ui(input, |ui| {
            intents.extend(taken(ui.ctx(), egui::Id::unique("queue"), egui::Id::unique("paste"), view));
        });
        output.textures_delta.clear();
        intents
    }

    #[test]
    fn every_key_of_the_table_does_what_the_table_says() {
        let view = |covered, queue_hidden| View { covered, fields_first: false, queue_hidden };
        for shortcut in SHORTCUTS {
            let intent = shortcut.intent();
            assert_eq!(pressed(shortcut, view(false, false)), std::slice::from_ref(&intent), "{}", shortcut.chord());
            let without_queue = match shortcut.when {
                When::Always | When::NotTyping => vec![intent.clone()],
                When::InQueue | When::OnQueue => Vec::new(),
            };
            assert_eq!(pressed(shortcut, view(false, true)), without_queue, "{}", shortcut.chord());
            let over_all = is_over_all(shortcut.key, shortcut.modifiers);
            let covered = if over_all { vec![intent] } else { Vec::new() };
            assert_eq!(pressed(shortcut, view(true, false)), covered, "{}", shortcut.chord());
        }
    }

    #[test]
    fn the_help_tells_every_kind_of_key() {
        let told: String =
            SHORTCUTS.iter().map(|shortcut| shortcut.keys).chain([PASTE.0]).collect::<Vec<_>>().join(" ");
        for key in ["Ctrl 1", "Ctrl V", "Ctrl O", "Ctrl F", "Ctrl A", "Ctrl R", "Ctrl Q", "Delete", "Space", "Enter"] {
            assert!(told.contains(key), "{key} is missing");
        }
        for shortcut in SHORTCUTS {
            assert_eq!(shortcut.keys.is_empty(), shortcut.says.is_empty());
        }
    }

    #[test]
    fn typing_keeps_its_letters() {
        let hit = |key, modifiers, typing, in_queue| {
            SHORTCUTS
                .iter()
                .any(|shortcut| shortcut.is(key, modifiers, Focus { typing, in_queue, queue_hidden: false }))
        };
        assert!(!hit(Key::Space, NONE, true, false));
        assert!(!hit(Key::A, CTRL, true, false));
        assert!(!hit(Key::Delete, NONE, true, false));
        assert!(!hit(Key::Questionmark, SHIFT, true, false));
        assert!(hit(Key::Questionmark, SHIFT, false, true));
        assert!(hit(Key::Num3, CTRL, true, false));
        assert!(!hit(Key::Space, NONE, false, false), "a focused button takes it");
        assert!(hit(Key::Space, NONE, false, true));
    }
}
