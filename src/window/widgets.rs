//! The small pieces that everything is painted from: text that is cut with an ellipsis, buttons, tags, chips, bars.
//! Controls painted by hand say their name and role to screen readers here, in plain words.

use super::{fonts, theme};
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, CornerRadius, EventFilter, FontId, Galley, Id, Painter, Pos2, Rect, Response, RichText, Role,
    Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The one thing to do.
    Accent,
    /// With a fill and a border.
    Plain,
    /// Nothing until the pointer is over it.
    Quiet,
}

/// What a control shows and how it is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Face<'a> {
    pub(crate) icon: Option<&'a str>,
    /// Empty for a button that is only an icon.
    pub(crate) label: &'a str,
    /// What screen readers say.
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
}

/// Text on one line, cut with an ellipsis where it is wider than `width`.
pub(crate) fn cut(painter: &Painter, text: impl Into<String>, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.into(), font, color);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

/// Paints cut text, its left edge at `left_centre`; returns the right edge.
pub(crate) fn cut_text(
    painter: &Painter,
    left_centre: Pos2,
    width: f32,
    text: impl Into<String>,
    (font, color): (FontId, Color32),
) -> f32 {
    let galley = cut(painter, text, font, color, width);
    let right = left_centre.x + galley.size().x;
    let top = left_centre.y - galley.size().y / 2.0;
    painter.galley(pos2(left_centre.x, top), galley, color);
    right
}

/// Paints text; returns where.
pub(crate) fn text(
    painter: &Painter,
    pos: Pos2,
    align: Align2,
    text: impl ToString,
    (font, color): (FontId, Color32),
) -> Rect {
    painter.text(pos, align, text, font, color)
}

/// Paints an icon around `centre`.
pub(crate) fn icon(painter: &Painter, centre: Pos2, glyph: &str, size: f32, color: Color32) {
    painter.text(centre, Align2::CENTER_CENTER, glyph, fonts::icon(size), color);
}

/// A field for one line of text, whose frame is painted by whoever shows it.
pub(crate) fn bare_edit(
    text: &mut String,
    id: Id,
    hint: RichText,
    width: f32,
    (font, ink): (FontId, Color32),
) -> TextEdit<'_> {
    TextEdit::singleline(text)
        .id(id)
        .frame(egui::Frame::NONE)
        .font(font)
        .text_color(ink)
        .hint_text(hint)
        .align(Align2::LEFT_CENTER)
        .margin(0)
        .desired_width(width)
}

/// A control at `rect`, with its role and its name for screen readers.
pub(crate) fn control(ui: &Ui, rect: Rect, salt: impl egui::AsIdSalt, role: Role, name: &str) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(salt), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(role, enabled, name));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A control that is on or off.
pub(crate) fn toggle(
    ui: &Ui,
    rect: Rect,
    salt: impl egui::AsIdSalt,
    role: Role,
    (name, selected): (&str, bool),
) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(salt), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(role, enabled, selected, name));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// The ring of the control that has the keyboard.
pub(crate) fn focus_ring(ui: &Ui, response: &Response, radius: u8) {
    if response.has_focus() {
        let ring = Stroke::new(1.5, theme::tokens(ui).accent);
        ui.painter().rect_stroke(response.rect.expand(2.0), CornerRadius::same(radius + 2), ring, StrokeKind::Inside);
    }
}

/// A button at `rect`.
pub(crate) fn button_at_ui(ui: &Ui, rect: Rect, salt: impl egui::AsIdSalt, face: Face<'_>) -> Response {
    let t = theme::tokens(ui);
    let response = control(ui, rect, salt, Role::Button, face.name);
    let hot = response.hovered() || response.has_focus();
    let down = response.is_pointer_button_down_on();
    let (fill, border, ink) = match face.kind {
        Kind::Accent => (t.accent, Color32::TRANSPARENT, t.on_accent),
        Kind::Plain => (if hot { t.hover } else { t.raised }, t.border, t.text),
        Kind::Quiet => (if hot { t.hover } else { Color32::TRANSPARENT }, Color32::TRANSPARENT, t.text2),
    };
    let fill = match (face.kind, down, hot) {
        (Kind::Accent, true, _) => fill.gamma_multiply(0.8),
        (Kind::Accent, _, true) => fill.gamma_multiply(0.9),
        _ => fill,
    };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(8), fill, Stroke::new(1.0, border), StrokeKind::Inside);
    let ink = if ui.is_enabled() { ink } else { ink.gamma_multiply(0.5) };
    face_ui(painter, rect, face, (fonts::medium(13.0), ink));
    focus_ring(ui, &response, 8);
    response
}

/// Icon and label, centred together.
pub(crate) fn face_ui(painter: &Painter, rect: Rect, face: Face<'_>, (font, ink): (FontId, Color32)) {
    let icon_size = if face.label.is_empty() { 18.0 } else { 16.0 };
    let Some(glyph) = face.icon else {
        let galley = cut(painter, face.label, font, ink, rect.width() - 8.0);
        painter.galley(rect.center() - galley.size() / 2.0, galley, ink);
        return;
    };
    if face.label.is_empty() {
        icon(painter, rect.center(), glyph, icon_size, ink);
        return;
    }
    let gap = 6.0;
    let galley = cut(painter, face.label, font, ink, rect.width() - icon_size - gap - 8.0);
    let left = rect.center().x - (icon_size + gap + galley.size().x) / 2.0;
    icon(painter, pos2(left + icon_size / 2.0, rect.center().y), glyph, icon_size, ink);
    painter.galley(pos2(left + icon_size + gap, rect.center().y - galley.size().y / 2.0), galley, ink);
}

/// A button in the flow of a layout.
pub(crate) fn button_ui(ui: &mut Ui, size: Vec2, face: Face<'_>) -> Response {
    let (id, rect) = ui.allocate_space(size);
    let response = button_at_ui(ui, rect, id, face);
    keep_in_sight(&response);
    response
}

/// A box to tick with its label beside it, in the flow of a layout; returns whether it was clicked.
pub(crate) fn check_ui(ui: &mut Ui, width: f32, (label, name): (&str, &str), on: bool) -> bool {
    let (id, rect) = ui.allocate_space(vec2(width, 26.0));
    check_at_ui(ui, rect, id, (label, name), on).clicked()
}

/// The same at `rect`.
pub(crate) fn check_at_ui(
    ui: &Ui,
    rect: Rect,
    salt: impl egui::AsIdSalt,
    (label, name): (&str, &str),
    on: bool,
) -> Response {
    let t = theme::tokens(ui);
    let response = toggle(ui, rect, salt, Role::CheckBox, (name, on));
    keep_in_sight(&response);
    let mark = Rect::from_center_size(pos2(rect.left() + 9.0, rect.center().y), vec2(16.0, 16.0));
    tick(ui.painter(), mark, on, t);
    let ink = if response.hovered() { t.text } else { t.text2 };
    let place = pos2(rect.left() + 26.0, rect.center().y);
    cut_text(ui.painter(), place, rect.width() - 28.0, label, (fonts::regular(12.0), ink));
    focus_ring(ui, &response, 6);
    response
}

/// Scrolls to a control that was just given the keyboard. Only for those that lie in something that scrolls.
pub(crate) fn keep_in_sight(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
}

/// The box of a thing that is on or off.
pub(crate) fn tick(painter: &Painter, mark: Rect, on: bool, t: &theme::Tokens) {
    let (fill, border) = if on { (t.accent, t.accent) } else { (t.raised, t.text2) };
    painter.rect(mark, CornerRadius::same(4), fill, Stroke::new(1.0, border), StrokeKind::Inside);
    if on {
        let tick = [(-4.0, 0.0), (-1.0, 3.0), (4.0, -3.5)].map(|(x, y)| mark.center() + vec2(x, y));
        painter.add(egui::Shape::line(tick.to_vec(), Stroke::new(2.0, t.on_accent)));
    }
}

/// The width that a label takes.
pub(crate) fn width_of(painter: &Painter, text: &str, font: FontId) -> f32 {
    painter.layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x
}

/// A key or a lane's label in a small box, its right or left edge at `pos`; returns the box.
pub(crate) fn tag(painter: &Painter, pos: Pos2, align: Align2, label: &str, (ink, fill): (Color32, Color32)) -> Rect {
    let galley = painter.layout_no_wrap(label.to_owned(), fonts::mono(11.0), ink);
    let size = vec2(galley.size().x + 10.0, 17.0);
    let rect = align.anchor_size(pos, size);
    painter.rect_filled(rect, CornerRadius::same(5), fill);
    painter.galley(rect.center() - galley.size() / 2.0, galley, ink);
    rect
}

/// A bar of several parts on a ground: shares and colours from left to right.
pub(crate) fn stacked_bar(painter: &Painter, rect: Rect, ground: Color32, parts: &[(f32, Color32)]) {
    let radius = CornerRadius::same((rect.height() / 2.0) as u8);
    painter.rect_filled(rect, radius, ground);
    let mut left = rect.left();
    for (share, color) in parts.iter().filter(|(share, _)| *share > 0.0) {
        let width = (rect.width() * share).max(2.0);
        let right = (left + width).min(rect.right());
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        painter.rect_filled(part, radius, *color);
        left = right + 1.0;
    }
}

/// A line over its filled area, the newest point at the right.
pub(crate) fn sparkline(painter: &Painter, rect: Rect, points: impl Iterator<Item = f64>, color: Color32) {
    let points: Vec<f64> = points.collect();
    let top = points.iter().copied().fold(0.0, f64::max);
    let base = Stroke::new(1.0, color.gamma_multiply(0.35));
    if top <= 0.0 || points.len() < 2 {
        painter.hline(rect.x_range(), rect.bottom() - 0.5, base);
        return;
    }
    let step = rect.width() / (points.len() - 1) as f32;
    let line: Vec<Pos2> = points
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let height = (value / top) as f32 * (rect.height() - 3.0);
            pos2(rect.left() + at as f32 * step, rect.bottom() - 1.0 - height)
        })
        .collect();
    let mut area = egui::Mesh::default();
    for point in &line {
        area.colored_vertex(*point, color.gamma_multiply(0.32));
        area.colored_vertex(pos2(point.x, rect.bottom()), color.gamma_multiply(0.02));
    }
    for at in 0..(line.len() as u32 - 1) * 2 {
        area.add_triangle(at, at + 1, at + 2);
    }
    painter.add(area);
    painter.line(line, Stroke::new(1.5, color));
}

/// A small round mark.
pub(crate) fn dot(painter: &Painter, centre: Pos2, color: Color32) {
    painter.circle_filled(centre, 3.5, color);
}

/// A hairline across the bottom of a region.
pub(crate) fn hairline_below(ui: &Ui, rect: Rect) {
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme::tokens(ui).soft));
}

/// Tells screen readers a number or a sentence that is only painted.
pub(crate) fn say(ui: &Ui, rect: Rect, salt: impl egui::AsIdSalt, words: &str) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(salt), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    response
}

/// Leaves the arrow keys to what has the keyboard: they move it, and not the focus.
pub(crate) fn keeps_arrows(ui: &Ui, response: &Response) {
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
}
