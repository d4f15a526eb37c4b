//! The heads of the queue's columns: buttons that sort by them, and edges that make them wider.

use super::arrange::Arrange;
use super::intent::Intent;
use super::queue_row::Columns;
use super::widgets;
use super::{fonts, icons, theme};
use crate::store::rows::{Column, Rows, Widths};
use egui::{
    Align2, CornerRadius, CursorIcon, Key, Modifiers, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2,
};

/// The glyph of the direction and what is around it.
const ARROW: f32 = 14.0;
/// How far from an edge it can be taken hold of.
const GRIP: f32 = 5.0;
/// So far before its words the edge of a column stands.
const BEFORE: f32 = 8.0;
/// By how much a key changes a width.
const STEP: f32 = 8.0;

/// Draws the heads.
pub(crate) fn head_ui(ui: &Ui, rect: Rect, columns: &Columns, rows: Rows, intents: &mut Vec<Intent>) {
    for edges in columns.edges() {
        edge_ui(ui, rect, columns, edges, rows.widths, intents);
    }
    let order = rows.order;
    for (column, edge, align) in columns.heads() {
        let (words, name) = words_of(column);
        let direction = order.filter(|order| order.by == column).map(|order| order.descending);
        let response = one_ui(ui, (rect, edge, align), column, (words, name), direction, intents);
        let shown = columns.edges().find(|(each, ..)| *each == column);
        if let Some((_, left, right)) = shown.filter(|_| response.has_focus()) {
            let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::ALT, key));
            let steps = f32::from(i8::from(pressed(Key::ArrowRight)) - i8::from(pressed(Key::ArrowLeft)));
            if steps != 0.0 {
                let widths = columns.resized(rows.widths, column, right - left + steps * STEP);
                intents.extend([Arrange::Resize(widths), Arrange::Resized].map(Intent::Arrange));
            }
        }
    }
}

/// What the head of a column says, and what its button does.
fn words_of(column: Column) -> (&'static str, &'static str) {
    match column {
        Column::Name => ("Name", "Sort by name"),
        Column::Stage => ("Stage", "Sort by stage"),
        Column::Progress => ("Progress", "Sort by progress"),
        Column::Rate => ("Rate · ETA", "Sort by rate"),
        Column::Size => ("In → Out", "Sort by size"),
    }
}

/// The left edge of a column, to be dragged; a double click gives the usual width back.
fn edge_ui(
    ui: &Ui,
    rect: Rect,
    columns: &Columns,
    (column, left, right): (Column, f32, f32),
    stored: Widths,
    intents: &mut Vec<Intent>,
) {
    // Columns of numbers stand at their right edge: their left one is where the column before them ends.
    let x = left - BEFORE;
    let grip = Rect::from_min_max(pos2(x - GRIP, rect.top()), pos2(x + GRIP, rect.bottom()));
    let response = ui.interact(grip, ui.scope_id().with(("width", column)), Sense::drag() | Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, format!("Width of {}", words_of(column).0)));
    if response.hovered() || response.dragged() {
        let t = theme::tokens(ui);
        let color = if response.dragged() { t.accent } else { t.border };
        ui.painter().vline(x, grip.y_range().shrink(3.0), Stroke::new(1.5, color));
    }
    if response.double_clicked() {
        intents.extend([Arrange::Resize(stored.with(column, None)), Arrange::Resized].map(Intent::Arrange));
    } else if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let widths = columns.resized(stored, column, right - pointer.x - BEFORE);
        intents.push(Intent::Arrange(Arrange::Resize(widths)));
    } else if response.drag_stopped() {
        intents.push(Intent::Arrange(Arrange::Resized));
    }
    response.on_hover_cursor(CursorIcon::ResizeHorizontal);
}

fn one_ui(
    ui: &Ui,
    (rect, edge, align): (Rect, f32, Align2),
    column: Column,
    (words, name): (&str, &str),
    descending: Option<bool>,
    intents: &mut Vec<Intent>,
) -> Response {
    let t = theme::tokens(ui);
    let font = fonts::medium(11.0);
    let arrow = if descending.is_some() { ARROW } else { 0.0 };
    let width = widgets::width_of(ui.painter(), words, font.clone()) + arrow;
    let left = if align == Align2::LEFT_CENTER { edge } else { edge - width };
    let y = rect.top() + 10.0;
    let place = Rect::from_min_max(pos2(left - 6.0, rect.top() - 1.0), pos2(left + width + 6.0, rect.bottom() - 3.0));
    let (said, hint) = match descending {
        None => (name.to_owned(), "Click to sort, again to turn it round. Alt+← → change the width"),
        Some(false) => (format!("{name}: ascending"), "Ascending. Click for descending"),
        Some(true) => (format!("{name}: descending"), "Descending. Click for the order of the queue"),
    };
    let response = widgets::control(ui, place, ("sort", column), Role::Button, &said);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(place, CornerRadius::same(5), t.hover);
    }
    let ink = if descending.is_some() || response.hovered() { t.text } else { t.text3 };
    let right = widgets::text(ui.painter(), pos2(left, y), Align2::LEFT_CENTER, words, (font, ink)).right();
    if let Some(descending) = descending {
        let glyph = if descending { icons::DOWN } else { icons::UP };
        widgets::icon(ui.painter(), pos2(right + 8.0, y), glyph, 12.0, t.accent_text);
    }
    widgets::focus_ring(ui, &response, 5);
    let response = response.on_hover_text(hint);
    if response.clicked() {
        intents.push(Intent::Arrange(Arrange::SortBy(column)));
    }
    response
}
