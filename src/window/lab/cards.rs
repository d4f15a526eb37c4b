//! The examples as cards: what each does, what it is by its nature, and a button that runs it at once.

use super::comparison::Stage;
use super::{Lab, LabIntent, title};
use crate::model::lab::figures::time;
use crate::model::lab::{Nature, Workload, capital};
use crate::window::intent::Intent;
use crate::window::theme::{self, Tokens};
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, icons};
use egui::{Align2, Color32, CornerRadius, Rect, Role, ScrollArea, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

const HEAD: f32 = 58.0;
const HEIGHT: f32 = 104.0;
const LEAST_WIDTH: f32 = 268.0;
const GAP: f32 = 12.0;

/// Draws all cards.
pub(super) fn cards_ui(ui: &mut Ui, rect: Rect, lab: &Lab, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let (head, body) = rect.split_top_bottom_at_y(rect.top() + HEAD);
    let left = head.left() + 16.0;
    let back = Rect::from_min_size(pos2(head.right() - 144.0, head.top() + 12.0), vec2(128.0, 34.0));
    let room = back.left() - 12.0 - left;
    let ink = (fonts::semibold(16.0), t.text);
    widgets::cut_text(ui.painter(), pos2(left, head.top() + 20.0), room, "Feel the difference", ink);
    let words = "Each example runs in every mode, is measured, and says why. Choose one, then Run.";
    widgets::cut_text(ui.painter(), pos2(left, head.top() + 41.0), room, words, (fonts::regular(12.0), t.text2));
    widgets::say(ui, Rect::from_min_max(head.min, pos2(back.left(), head.bottom())), "lab head", words);
    let face = Face { icon: None, label: "Back to queue", name: "Back to the queue", kind: Kind::Plain };
    if widgets::button_at_ui(ui, back, "back to queue", face).clicked() {
        intents.push(Intent::Lab(LabIntent::Toggle));
    }

    let mut inner = ui.new_child(UiBuilder::new().max_rect(body.shrink2(vec2(16.0, 0.0))).id_salt("lab cards"));
    ScrollArea::vertical().id_salt("lab cards").auto_shrink([false, false]).show(&mut inner, |ui| {
        super::page::scroll_by_keys(ui, body.height());
        let width = ui.available_width() - 8.0;
        let columns = (((width + GAP) / (LEAST_WIDTH + GAP)) as usize).clamp(1, 4);
        let each = (width - GAP * (columns - 1) as f32) / columns as f32;
        let rows = Workload::ALL.len().div_ceil(columns);
        let (_, all) = ui.allocate_space(vec2(width, rows as f32 * (HEIGHT + GAP) + 4.0));
        for (at, workload) in Workload::ALL.into_iter().enumerate() {
            let (column, row) = ((at % columns) as f32, (at / columns) as f32);
            let corner = all.min + vec2(column * (each + GAP), row * (HEIGHT + GAP) + 2.0);
            card_ui(ui, Rect::from_min_size(corner, vec2(each, HEIGHT)), lab, workload, intents);
        }
    });
}

fn card_ui(ui: &mut Ui, rect: Rect, lab: &Lab, workload: Workload, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let about = capital(workload.about());
    let name = format!("{}: {about}", title(workload));
    let response = widgets::control(ui, rect, ("lab card", workload.as_str()), Role::Button, &name);
    let hot = response.hovered() || response.has_focus();
    let fill = if hot { t.hover } else { t.surface };
    let border = Stroke::new(1.0, if hot { t.accent } else { t.border });
    ui.painter().rect(rect, CornerRadius::same(10), fill, border, StrokeKind::Inside);

    let inner = rect.shrink2(vec2(14.0, 12.0));
    let painter = ui.painter();
    let (word, ink, ground) = nature(t, workload);
    let tag = widgets::tag(painter, inner.right_top(), Align2::RIGHT_TOP, word, (ink, ground));
    let place = pos2(inner.left(), inner.top() + 8.0);
    let room = tag.left() - 8.0 - place.x;
    widgets::cut_text(painter, place, room, title(workload), (fonts::semibold(14.0), t.text));
    let run = Rect::from_min_max(inner.right_bottom() - vec2(70.0, 28.0), inner.right_bottom());
    let mut job = egui::text::LayoutJob::simple(about, fonts::regular(12.0), t.text2, inner.width());
    job.wrap.max_rows = 2;
    let galley = painter.layout_job(job);
    painter.galley(pos2(inner.left(), inner.top() + 21.0), galley, t.text2);
    if let Some((words, ink)) = last(lab, workload, t) {
        let place = pos2(inner.left(), run.center().y);
        widgets::cut_text(painter, place, run.left() - 8.0 - place.x, words, (fonts::mono(11.0), ink));
    }
    widgets::focus_ring(ui, &response, 10);
    if response.clicked() {
        intents.push(Intent::Lab(LabIntent::Choose(workload)));
    }
    // The scroll area follows the keyboard.
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    let name = format!("Run {workload}");
    let face = Face { icon: Some(icons::PLAY), label: "Run", name: &name, kind: Kind::Plain };
    let pressed = widgets::button_at_ui(ui, run, ("lab run", workload.as_str()), face);
    if pressed.on_hover_text("Run it in every mode, as it is").clicked() {
        intents.push(Intent::Lab(LabIntent::RunOf(workload)));
    }
}

fn nature(t: &Tokens, workload: Workload) -> (&'static str, Color32, Color32) {
    match workload.nature() {
        Nature::Waits => ("waits", t.thread_text, t.thread.gamma_multiply(theme::TINT)),
        Nature::Computes => ("computes", t.process_text, t.process.gamma_multiply(theme::TINT)),
        Nature::Mixes => ("waits and computes", t.accent_text, t.accent.gamma_multiply(theme::TINT)),
        Nature::Shows => ("shows", t.text2, t.raised),
    }
}

/// What came of it the last time, in few words.
fn last(lab: &Lab, workload: Workload, t: &Tokens) -> Option<(String, Color32)> {
    let comparison = lab.comparison(workload)?;
    Some(match &comparison.stage {
        Stage::Running => ("running…".to_owned(), t.accent_text),
        Stage::Stopped => ("stopped".to_owned(), t.text2),
        Stage::Failed(_) => ("failed".to_owned(), t.error_text),
        Stage::Finished => {
            let advice = &comparison.report.as_ref()?.advice;
            let row = comparison.summary.iter().find(|row| (row.mode, row.workers) == (advice.mode, advice.workers));
            let took = row.map_or_else(String::new, |row| format!(" · {}", time(row.median_ms)));
            (format!("{} × {}{took}", advice.mode, advice.workers), t.ok_text)
        }
    })
}
