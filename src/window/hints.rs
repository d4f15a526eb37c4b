//! What newcomers are told once, when it is of use: one hint at a time, in a bar above the status line.

use super::effect::Effect;
use super::intent::Intent;
use super::model::Bucket;
use super::state::State;
use super::widgets::{self, Face, Kind};
use super::{fonts, icons, notices, theme};
use crate::store::settings::HintsSeen;
use egui::{Galley, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2};
use std::sync::Arc;

/// Something worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    Modes,
    Retry,
    Commands,
}

/// What becomes of hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This one was read.
    Read(Hint),
    /// No more of them.
    Enough,
}

impl Hint {
    fn words(self) -> &'static str {
        match self {
            Hint::Modes => {
                "Switch the mode while it runs, with Ctrl 1 to 4, and see in the lanes what each costs and buys."
            }
            Hint::Retry => "What failed stays in the queue. Its row says why, and Ctrl R tries it again.",
            Hint::Commands => "Ctrl K finds every command by its name; ? shows all keys.",
        }
    }
}

/// The hint that is of use now.
pub(crate) fn due(state: &State) -> Option<Hint> {
    let (counts, seen) = (&state.model.counts, state.settings.hints);
    if !state.hints || state.lab.is_open || counts.total() == 0 {
        return None;
    }
    let due = [
        // Also between two jobs, and in a pause: the bar neither comes nor goes then.
        (Hint::Modes, !seen.modes && counts.unfinished() > 0 && counts.running() + counts.of(Bucket::Done) > 0),
        (Hint::Retry, !seen.retry && counts.of(Bucket::Failed) > 0),
        (Hint::Commands, !seen.commands && counts.unfinished() == 0),
    ];
    due.into_iter().find(|(_, due)| *due).map(|(hint, _)| hint)
}

/// Applies an answer.
pub(super) fn reduce(state: &mut State, answer: Answer) -> Vec<Effect> {
    let seen = &mut state.settings.hints;
    match answer {
        Answer::Read(Hint::Modes) => seen.modes = true,
        Answer::Read(Hint::Retry) => seen.retry = true,
        Answer::Read(Hint::Commands) => seen.commands = true,
        Answer::Enough => *seen = HintsSeen::ALL,
    }
    vec![Effect::SaveSettings]
}

const BUTTON: f32 = 28.0;
const READ: f32 = 76.0;
const ENOUGH: f32 = 116.0;
const PADDING: f32 = 8.0;
/// Below this the words would take too many lines.
const NARROW: f32 = 440.0;
/// The icon before the words.
const ICON: f32 = 40.0;

/// What the hint takes of the window's height.
pub(crate) fn height(ui: &Ui, state: &State) -> f32 {
    // A low or narrow window needs the room for rows.
    let size = ui.max_rect().size();
    let due = due(state).filter(|_| size.y >= super::LOW && size.x >= NARROW);
    due.map_or(0.0, |hint| words(ui, hint).size().y.max(BUTTON) + 2.0 * PADDING)
}

fn words(ui: &Ui, hint: Hint) -> Arc<Galley> {
    let room = ui.max_rect().width() - ICON - READ - ENOUGH - 4.0 * PADDING;
    let ink = theme::tokens(ui).text;
    ui.painter().layout(hint.words().to_owned(), fonts::regular(12.0), ink, room)
}

/// Draws the hint that is due.
pub(crate) fn hint_ui(ui: &mut Ui, rect: Rect, state: &State, intents: &mut Vec<Intent>) {
    let Some(hint) = due(state).filter(|_| rect.height() > 0.0) else { return };
    let t = theme::tokens(ui);
    let said = ui.interact(rect, Id::unique("hint"), Sense::hover());
    said.widget_info(|| WidgetInfo::labeled(Role::Status, true, hint.words()));
    ui.painter().rect_filled(rect, 0, t.raised);
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, t.accent));
    let middle = rect.center().y;
    widgets::icon(ui.painter(), pos2(rect.left() + 22.0, middle), icons::INFO, 16.0, t.accent_text);
    let words = words(ui, hint);
    ui.painter().galley(pos2(rect.left() + ICON, middle - words.size().y / 2.0), words, t.text);
    let place = |right: f32, width: f32| notices::button_in(rect, right, width);
    let read = place(rect.right() - PADDING, READ);
    let face = Face { icon: None, label: "Got it", name: "Got it", kind: Kind::Accent };
    if widgets::button_at_ui(ui, read, "read", face).clicked() {
        intents.push(Intent::Hint(Answer::Read(hint)));
    }
    let enough = place(read.left() - PADDING, ENOUGH);
    let face = Face { icon: None, label: "No more hints", name: "No more hints", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, enough, "enough", face).clicked() {
        intents.push(Intent::Hint(Answer::Enough));
    }
}
