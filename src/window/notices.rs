//! What stays in sight until it is over or decided: that the queue cannot be kept, that an earlier run left jobs
//! unfinished, that a link may be a page, that the clipboard has links, that a dialog does not show, and that a batch
//! has ended. Strips between the numbers and the queue.

use super::grab::Grab;
use super::intent::Intent;
use super::widgets::{self, Face, Kind};
use super::{State, adding, fonts, format, icons, report, theme};
use crate::model::link::masked;
use egui::{Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

const STRIP: f32 = 40.0;

/// What all strips take together.
pub(crate) fn height(state: &State) -> f32 {
    let clipboard = !state.adding.offer.is_empty();
    let dialog = state.adding.unseen.is_some();
    let strips = [
        state.model.trouble.is_some(),
        state.unfinished > 0,
        dialog,
        clipboard,
        state.offer.is_some(),
        report::is_shown(state),
    ];
    STRIP * strips.into_iter().filter(|strip| *strip).count() as f32
}

/// Draws the strips.
pub(crate) fn notices_ui(ui: &Ui, rect: Rect, state: &State, intents: &mut Vec<Intent>) {
    let mut rest = rect;
    let mut take = || {
        let (strip, below) = rest.split_top_bottom_at_y(rest.top() + STRIP);
        rest = below;
        strip
    };
    if let Some(sentence) = &state.model.trouble {
        trouble_ui(ui, take(), sentence);
    }
    if state.unfinished > 0 {
        unfinished_ui(ui, take(), state.unfinished, intents);
    }
    if state.adding.unseen.is_some() {
        adding::unseen_ui(ui, take(), intents);
    }
    if !state.adding.offer.is_empty() {
        adding::offer_ui(ui, take(), &state.adding.offer, intents);
    }
    if let Some(url) = &state.offer {
        offer_ui(ui, take(), url, intents);
    }
    if report::is_shown(state) {
        report::strip_ui(ui, take(), state, intents);
    }
}

fn trouble_ui(ui: &Ui, strip: Rect, sentence: &str) {
    let t = theme::tokens(ui);
    ground_ui(ui, strip, t.warn, (icons::WARNING, t.warn_text));
    let left = pos2(strip.left() + 44.0, strip.center().y);
    let ink = (fonts::medium(13.0), t.warn_text);
    widgets::cut_text(ui.painter(), left, strip.right() - 16.0 - left.x, sentence, ink);
    let response = ui.interact(strip, ui.scope_id().with("trouble"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, sentence));
    response.on_hover_text(sentence);
}

fn unfinished_ui(ui: &Ui, strip: Rect, unfinished: u64, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    ground_ui(ui, strip, t.accent, (icons::QUEUED, t.accent_text));
    let count = usize::try_from(unfinished).unwrap_or(usize::MAX);
    let verb = if unfinished == 1 { "is" } else { "are" };
    let words = format!("{} of an earlier run {verb} unfinished.", format::counted(count, "job"));

    let place = |right: f32, width: f32| button_in(strip, right, width);
    let forget = place(strip.right() - 12.0, 104.0);
    let go_on = place(forget.left() - 8.0, 84.0);
    let face = Face { icon: None, label: "Go on", name: "Go on", kind: Kind::Accent };
    let hint = "They are queued again. What was downloaded already is used.";
    if widgets::button_at_ui(ui, go_on, "go on", face).on_hover_text(hint).clicked() {
        intents.push(Intent::GoOn);
    }
    let face = Face { icon: None, label: "Forget them", name: "Forget them", kind: Kind::Plain };
    let hint = "They are given up. Files that are done stay.";
    if widgets::button_at_ui(ui, forget, "forget", face).on_hover_text(hint).clicked() {
        intents.push(Intent::Forget);
    }
    words_ui(ui, strip, go_on.left(), &words);
}

fn offer_ui(ui: &Ui, strip: Rect, url: &str, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    ground_ui(ui, strip, t.accent, (icons::ADD_LINK, t.accent_text));
    let place = |right: f32, width: f32| button_in(strip, right, width);
    let close = place(strip.right() - 12.0, 28.0);
    let grab = place(close.left() - 8.0, 136.0);
    let face = Face { icon: None, label: "Grab its links…", name: "Grab its links…", kind: Kind::Accent };
    let hint = "The page is read, and you choose among its links.";
    if widgets::button_at_ui(ui, grab, "grab", face).on_hover_text(hint).clicked() {
        intents.push(Intent::Grab(Grab::Read(url.to_owned())));
    }
    let face = Face { icon: Some(icons::CLOSE), label: "", name: "Leave the page as it is", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, close, "decline", face).clicked() {
        intents.push(Intent::Grab(Grab::Decline));
    }
    let words = format!("This link looks like a page: {}", masked(url));
    words_ui(ui, strip, grab.left(), &words);
}

/// The place of a button in a strip, by its right edge.
pub(super) fn button_in(strip: Rect, right: f32, width: f32) -> Rect {
    Rect::from_center_size(pos2(right - width / 2.0, strip.center().y), vec2(width, 28.0))
}

/// Writes what a strip says as far as its buttons, and says it to those who do not see it.
pub(super) fn words_ui(ui: &Ui, strip: Rect, right: f32, words: &str) {
    let ink = theme::tokens(ui).text;
    let left = pos2(strip.left() + 44.0, strip.center().y);
    widgets::cut_text(ui.painter(), left, right - 8.0 - left.x, words, (fonts::medium(13.0), ink));
    let said = Rect::from_min_max(strip.min, pos2(right, strip.bottom()));
    let response = ui.interact(said, ui.scope_id().with(("words", strip.min.y as i32)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, words));
}

/// The ground of a strip, and its sign.
pub(super) fn ground_ui(ui: &Ui, strip: Rect, color: Color32, (glyph, ink): (&str, Color32)) {
    let painter = ui.painter();
    painter.rect_filled(strip, 0, theme::tokens(ui).surface);
    painter.rect_filled(strip, 0, color.gamma_multiply(theme::TINT));
    painter.rect_filled(Rect::from_min_size(strip.min, vec2(3.0, strip.height())), 0, color);
    widgets::hairline_below(ui, strip);
    widgets::icon(painter, pos2(strip.left() + 26.0, strip.center().y), glyph, 18.0, ink);
}
