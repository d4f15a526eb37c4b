//! What newcomers are told once, when it is of use: one hint at a time, in a card that covers nothing for long.

use super::effect::Effect;
use super::intent::Intent;
use super::model::Bucket;
use super::state::State;
use super::widgets::{self, Face, Kind};
use super::{fonts, icons, status, theme};
use crate::store::settings::HintsSeen;
use egui::{Area, Context, CornerRadius, Id, Order, Rect, Role, Sense, Stroke, StrokeKind, WidgetInfo, pos2, vec2};

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
    if !state.hints || state.covers_all() || state.lab.is_open || counts.total() == 0 {
        return None;
    }
    let due = [
        (Hint::Modes, !seen.modes && counts.running() > 0),
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

const WIDTH: f32 = 340.0;
const BUTTON: f32 = 28.0;
const PADDING: f32 = 12.0;

/// Draws the hint that is due, at the bottom right.
pub(crate) fn hint_ui(ctx: &Context, state: &State, intents: &mut Vec<Intent>) {
    let Some(hint) = due(state) else { return };
    let t = theme::tokens_of(ctx.theme());
    let screen = ctx.content_rect();
    if screen.height() < super::LOW {
        // It would cover what it is about.
        return;
    }
    let width = WIDTH.min(screen.width() - 2.0 * PADDING);
    let words =
        ctx.fonts_mut(|fonts| fonts.layout(hint.words().to_owned(), fonts::regular(12.0), t.text, width - 54.0));
    let size = vec2(width, words.size().y + BUTTON + 3.0 * PADDING);
    let corner = screen.max - vec2(PADDING, PADDING + status::HEIGHT);
    let card = Rect::from_min_max(corner - size, corner);
    Area::new(Id::unique("hint")).order(Order::Middle).fixed_pos(card.min).constrain(false).show(ctx, |ui| {
        let (_, said) = ui.allocate_exact_size(size, Sense::hover());
        said.widget_info(|| WidgetInfo::labeled(Role::Status, true, hint.words()));
        ui.painter().rect(card, CornerRadius::same(10), t.raised, Stroke::new(1.0, t.accent), StrokeKind::Inside);
        widgets::icon(ui.painter(), card.min + vec2(22.0, 20.0), icons::INFO, 16.0, t.accent_text);
        let bottom = card.max - vec2(PADDING, PADDING);
        ui.painter().galley(card.min + vec2(40.0, PADDING), words, t.text);
        let read = Rect::from_min_max(bottom - vec2(76.0, BUTTON), bottom);
        let enough = Rect::from_min_max(pos2(read.left() - 8.0 - 116.0, read.top()), pos2(read.left() - 8.0, bottom.y));
        let face = Face { icon: None, label: "Got it", name: "Got it", kind: Kind::Accent };
        if widgets::button_at_ui(ui, read, "read", face).clicked() {
            intents.push(Intent::Hint(Answer::Read(hint)));
        }
        let face = Face { icon: None, label: "No more hints", name: "No more hints", kind: Kind::Quiet };
        if widgets::button_at_ui(ui, enough, "enough", face).clicked() {
            intents.push(Intent::Hint(Answer::Enough));
        }
    });
}
