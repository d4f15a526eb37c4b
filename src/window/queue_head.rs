//! The heads of the queue's columns: buttons that sort by them.

use super::arrange::Arrange;
use super::intent::Intent;
use super::model::{Column, Order};
use super::queue_row::Columns;
use super::widgets;
use super::{fonts, icons, theme};
use egui::{Align2, CornerRadius, Rect, Role, Ui, pos2};

/// The glyph of the direction and what is around it.
const ARROW: f32 = 14.0;

/// Draws the heads.
pub(crate) fn head_ui(ui: &Ui, rect: Rect, columns: &Columns, order: Option<Order>, intents: &mut Vec<Intent>) {
    for (column, edge, align) in columns.heads() {
        let (words, name) = match column {
            Column::Name => ("Name", "Sort by name"),
            Column::Stage => ("Stage", "Sort by stage"),
            Column::Progress => ("Progress", "Sort by progress"),
            Column::Rate => ("Rate · ETA", "Sort by rate"),
            Column::Size => ("In → Out", "Sort by size"),
        };
        let direction = order.filter(|order| order.by == column).map(|order| order.descending);
        one_ui(ui, (rect, edge, align), column, (words, name), direction, intents);
    }
}

fn one_ui(
    ui: &Ui,
    (rect, edge, align): (Rect, f32, Align2),
    column: Column,
    (words, name): (&str, &str),
    descending: Option<bool>,
    intents: &mut Vec<Intent>,
) {
    let t = theme::tokens(ui);
    let font = fonts::medium(11.0);
    let arrow = if descending.is_some() { ARROW } else { 0.0 };
    let width = widgets::width_of(ui.painter(), words, font.clone()) + arrow;
    let left = if align == Align2::LEFT_CENTER { edge } else { edge - width };
    let y = rect.top() + 10.0;
    let place = Rect::from_min_max(pos2(left - 6.0, rect.top() - 1.0), pos2(left + width + 6.0, rect.bottom() - 3.0));
    let (said, hint) = match descending {
        None => (name.to_owned(), "Click to sort, again to turn it round"),
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
    if response.on_hover_text(hint).clicked() {
        intents.push(Intent::Arrange(Arrange::SortBy(column)));
    }
}
