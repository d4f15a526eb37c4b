//! The form of an example: modes, workers, runs and whatever the example takes. What makes no sense says so below its field.

use super::{Field, Form, LabIntent};
use crate::model::lab::LabMode;
use crate::window::fonts;
use crate::window::intent::Intent;
use crate::window::theme::{self, Tokens};
use crate::window::widgets::{self, Face, Kind};
use egui::{Color32, CornerRadius, Id, Key, Rect, RichText, Role, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

/// Draws the form. `locked` says that it is running as it stands.
pub(super) fn controls_ui(ui: &mut Ui, form: &Form, locked: bool, intents: &mut Vec<Intent>) {
    let width = ui.available_width();
    ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
    if locked {
        ui.disable();
    }
    heading_ui(ui, "MODES");
    for mode in LabMode::ALL {
        let wanted = form.modes.contains(&mode);
        let color = mode_color(theme::tokens(ui), mode);
        let name = format!("Mode: {}", mode.title());
        if check_ui(ui, width, (mode.title(), &name), wanted, color) {
            intents.push(Intent::Lab(LabIntent::Want(mode, !wanted)));
        }
    }
    if let Some(complaint) = form.modes_complaint() {
        complaint_ui(ui, complaint);
    }
    ui.add_space(4.0);
    heading_ui(ui, "HOW MUCH");
    for field in [Field::Workers, Field::Runs].iter().chain(Field::of(form.workload)) {
        field_ui(ui, width, form, *field, intents);
    }
    ui.add_space(4.0);
    heading_ui(ui, "BESIDE IT");
    let accent = theme::tokens(ui).accent;
    let name = ("Compare with Python", "Compare with Python");
    if form.workload.has_python() {
        if check_ui(ui, width, name, form.python, accent) {
            intents.push(Intent::Lab(LabIntent::Python(!form.python)));
        }
    } else {
        quiet_ui(ui, "Python has no program for this example");
    }
    ui.add_space(6.0);
    let face = Face { icon: None, label: "As it was", name: "Take back what was typed", kind: Kind::Plain };
    if widgets::button_ui(ui, vec2(width, 30.0), face).clicked() {
        intents.push(Intent::Lab(LabIntent::Reset));
    }
    ui.add_space(12.0);
}

/// The colour of a mode of the Lab. The interpreter lock warns: nobody would choose it.
pub(super) fn mode_color(t: &Tokens, mode: LabMode) -> Color32 {
    match mode {
        LabMode::Serial => t.serial,
        LabMode::Threads => t.thread,
        LabMode::Gil => t.warn,
        LabMode::Processes => t.process,
    }
}

/// The same where it is text.
pub(super) fn mode_text(t: &Tokens, mode: LabMode) -> Color32 {
    match mode {
        LabMode::Serial => t.serial_text,
        LabMode::Threads => t.thread_text,
        LabMode::Gil => t.warn_text,
        LabMode::Processes => t.process_text,
    }
}

/// The small capitals above a part.
pub(super) fn heading_ui(ui: &mut Ui, words: &str) {
    let t = theme::tokens(ui);
    ui.label(RichText::new(words).font(fonts::medium(10.5)).color(t.text3));
}

/// A sentence in small letters.
pub(super) fn quiet_ui(ui: &mut Ui, words: &str) {
    let t = theme::tokens(ui);
    ui.label(RichText::new(words).font(fonts::regular(12.0)).color(t.text2));
}

fn complaint_ui(ui: &mut Ui, words: &str) {
    let t = theme::tokens(ui);
    ui.label(RichText::new(words).font(fonts::regular(11.0)).color(t.error_text));
}

/// A box to tick; returns whether it was.
fn check_ui(ui: &mut Ui, width: f32, (label, name): (&str, &str), ticked: bool, color: Color32) -> bool {
    let t = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(width, 26.0));
    let response = widgets::toggle(ui, rect, ("lab check", name.to_owned()), Role::CheckBox, (name, ticked));
    let painter = ui.painter();
    if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, CornerRadius::same(7), t.hover);
    }
    let faint = if ui.is_enabled() { 1.0 } else { 0.6 };
    let mark = Rect::from_center_size(pos2(rect.left() + 14.0, rect.center().y), vec2(16.0, 16.0));
    let (fill, border) = if ticked { (color.gamma_multiply(faint), color) } else { (t.raised, t.text2) };
    painter.rect(mark, CornerRadius::same(4), fill, Stroke::new(1.0, border), StrokeKind::Inside);
    if ticked {
        let tick = [(-4.0, 0.0), (-1.0, 3.0), (4.0, -3.5)].map(|(x, y)| mark.center() + vec2(x, y));
        painter.add(Shape::line(tick.to_vec(), Stroke::new(2.0, t.on_accent)));
    }
    let place = pos2(rect.left() + 30.0, rect.center().y);
    widgets::cut_text(painter, place, rect.right() - 4.0 - place.x, label, (fonts::regular(13.0), t.text));
    widgets::focus_ring(ui, &response, 7);
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    response.clicked()
}

fn field_ui(ui: &mut Ui, width: f32, form: &Form, field: Field, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let title = field.title(form.workload);
    // The field itself is called so.
    let (_, place) = ui.allocate_space(vec2(width, 16.0));
    widgets::cut_text(ui.painter(), place.left_center(), width, title, (fonts::regular(12.0), t.text2));
    let complaint = form.complaint(field);
    let (_, rect) = ui.allocate_space(vec2(width, 30.0));
    let id = Id::unique(("lab field", format!("{field:?}")));
    let border = match (&complaint, ui.memory(|memory| memory.has_focus(id))) {
        (Some(_), _) => t.error,
        (None, true) => t.accent,
        (None, false) => t.border,
    };
    ui.painter().rect(rect, CornerRadius::same(8), t.bg, Stroke::new(1.0, border), StrokeKind::Inside);
    let inner = rect.shrink2(vec2(10.0, 1.0));
    let mut text = form.text(field).to_owned();
    let hint = RichText::new(field.example()).font(fonts::regular(12.0)).color(t.text3);
    let ink = if ui.is_enabled() { t.text } else { t.text2 };
    let edit = widgets::bare_edit(&mut text, id, hint, inner.width(), (fonts::mono(12.0), ink));
    let response = ui.place(inner, edit).accessible_name(title);
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    if response.changed() {
        intents.push(Intent::Lab(LabIntent::Type(field, text)));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        intents.push(Intent::Lab(LabIntent::Run));
    }
    if let Some(complaint) = complaint {
        complaint_ui(ui, &complaint);
    }
    ui.add_space(2.0);
}
