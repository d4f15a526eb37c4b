//! The strip that says that all work has ended and offers the report. It takes nobody's screen.

use super::ReportIntent;
use super::words;
use crate::window::intent::Intent;
use crate::window::widgets::{self, Face, Kind};
use crate::window::{State, icons, notices, theme};
use egui::{Rect, Ui};

/// Whether there is something to tell.
pub(crate) fn is_shown(state: &State) -> bool {
    let model = &state.model;
    model.counts.unfinished() == 0
        && model
            .report
            .as_ref()
            .is_some_and(|report| report.stretch == model.stretch.number && report.number != state.report.dismissed)
}

/// Draws it.
pub(crate) fn strip_ui(ui: &Ui, strip: Rect, state: &State, intents: &mut Vec<Intent>) {
    let Some(report) = &state.model.report else { return };
    let t = theme::tokens(ui);
    let (color, ink, glyph) = match (report.failed, report.cancelled) {
        (0, 0) => (t.ok, t.ok_text, icons::DONE),
        (0, _) => (t.warn, t.warn_text, icons::CANCEL),
        _ => (t.error, t.error_text, icons::FAILED),
    };
    notices::ground_ui(ui, strip, color, (glyph, ink));
    let place = |right: f32, width: f32| notices::button_in(strip, right, width);
    let close = place(strip.right() - 12.0, 28.0);
    let open = place(close.left() - 8.0, 84.0);
    let mut left = open.left();
    let face = Face { icon: None, label: "Report", name: "Report of this batch", kind: Kind::Accent };
    let hint = "Counts, reasons, the slowest files and the lanes; to copy or to save";
    if widgets::button_at_ui(ui, open, "report", face).on_hover_text(hint).clicked() {
        intents.push(Intent::Report(ReportIntent::Open));
    }
    if report.failed > 0 {
        let retry = place(open.left() - 8.0, 108.0);
        left = retry.left();
        let face = Face { icon: Some(icons::RETRY), label: "Retry failed", name: "Retry failed", kind: Kind::Plain };
        if widgets::button_at_ui(ui, retry, "retry failed", face).clicked() {
            intents.push(Intent::Report(ReportIntent::RetryFailed));
        }
    }
    let face = Face { icon: Some(icons::CLOSE), label: "", name: "Close this message", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, close, "dismiss", face).clicked() {
        intents.push(Intent::Report(ReportIntent::Dismiss));
    }
    let words = words::sentence(report);
    notices::words_ui(ui, strip, left, &words);
}
