//! Dragging rows to another place in the queue: a line shows where they go.

use super::arrange::{self, Arrange};
use super::intent::{Intent, Target};
use super::model::Choose;
use super::{Pixels, State, fonts, format, theme, widgets};
use crate::model::JobId;
use egui::{CornerRadius, CursorIcon, Rect, Response, Stroke, StrokeKind, Ui, pos2, vec2};

/// How near to the edge of the table the rows move along, and how fast: in pixels, and in rows a second.
const EDGE: f32 = 24.0;
const ROWS_PER_S: f32 = 14.0;

/// Rows that are being dragged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drag {
    /// The one under the pointer.
    job: JobId,
    target: Target,
    /// Why they stay, where they do.
    stays: Option<&'static str>,
}

/// Takes note where a drag begins on a row.
pub(crate) fn begin(response: &Response, job: JobId, state: &State, pixels: &mut Pixels, intents: &mut Vec<Intent>) {
    if !response.drag_started_by(egui::PointerButton::Primary) {
        return;
    }
    let Some(row) = state.model.row(job) else { return };
    let chosen = state.model.view.is_selected(job);
    if !chosen {
        intents.push(Intent::Choose(job, Choose::Only));
    }
    let target = if chosen { Target::Selected } else { Target::Job(job) };
    let stays = arrange::obstacle(state).or(arrange::stays(row.bucket()));
    pixels.drag = Some(Drag { job, target, stays });
}

/// Where the table and its rows are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    pub(crate) rect: Rect,
    pub(crate) row_height: f32,
    pub(crate) rows: usize,
}

/// Shows where the dragged rows go, and moves them there once they are let go. Returns by how many pixels the table is
/// to scroll.
pub(crate) fn drag_ui(ui: &Ui, table: Table, state: &State, pixels: &mut Pixels, intents: &mut Vec<Intent>) -> f32 {
    let Some(drag) = pixels.drag else { return 0.0 };
    if intents.contains(&Intent::Escape) {
        intents.retain(|intent| *intent != Intent::Escape);
        pixels.drag = None;
        return 0.0;
    }
    let (pointer, is_down, released, dt) = ui.input(|input| {
        let pointer = &input.pointer;
        (pointer.latest_pos(), pointer.primary_down(), pointer.primary_released(), input.stable_dt)
    });
    let Some(pointer) = pointer else {
        pixels.drag = None;
        return 0.0;
    };
    let t = theme::tokens(ui);
    let Table { rect, row_height, rows } = table;
    let top = rect.top() - pixels.scroll.fraction * row_height;
    let nth = ((pointer.y.clamp(rect.top(), rect.bottom()) - top) / row_height).round().max(0.0) as usize;
    let place = (pixels.scroll.first + nth).min(rows);
    if !is_down {
        pixels.drag = None;
        // Where it was let go while the queue was out of sight, nothing moves.
        if released && drag.stays.is_none() && rect.expand(EDGE).contains(pointer) {
            let before = state.model.view.shown().get(place).copied();
            if before != Some(drag.job) {
                intents.push(Intent::Arrange(Arrange::Before(drag.target, before)));
            }
        }
        return 0.0;
    }
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Tooltip, ui.scope_id().with("drag")));
    let words = match (drag.stays, drag.target) {
        (Some(sentence), _) => {
            ui.set_cursor_icon(CursorIcon::NotAllowed);
            sentence.to_owned()
        }
        (None, target) => {
            ui.set_cursor_icon(CursorIcon::Grabbing);
            let y =
                (top + (place - pixels.scroll.first) as f32 * row_height).clamp(rect.top() + 1.0, rect.bottom() - 1.0);
            painter.hline(rect.left() + 10.0..=rect.right() - 14.0, y, Stroke::new(2.0, t.accent));
            painter.circle_filled(pos2(rect.left() + 10.0, y), 4.0, t.accent);
            let count = if target == Target::Selected { state.model.view.selected_count() } else { 1 };
            format!("Move {}", format::counted(count, "file"))
        }
    };
    // A card beside the pointer, within the window.
    let galley = painter.layout(words.clone(), fonts::regular(12.0), t.text, 300.0);
    let size = galley.size() + vec2(20.0, 12.0);
    let screen = ui.ctx().content_rect().shrink(4.0);
    let at = (pointer + vec2(14.0, 12.0)).min(screen.max - size).max(screen.min);
    let card = Rect::from_min_size(at, size);
    painter.rect(card, CornerRadius::same(8), t.raised, Stroke::new(1.0, t.border), StrokeKind::Inside);
    painter.galley(card.min + vec2(10.0, 6.0), galley, t.text);
    widgets::say(ui, Rect::from_center_size(pointer, vec2(1.0, 1.0)), "drag", &words);
    ui.ctx().request_repaint();
    if drag.stays.is_some() {
        return 0.0;
    }
    let step = ROWS_PER_S * row_height * dt.min(0.1);
    match pointer.y {
        y if y < rect.top() + EDGE => -step,
        y if y > rect.bottom() - EDGE => step,
        _ => 0.0,
    }
}
