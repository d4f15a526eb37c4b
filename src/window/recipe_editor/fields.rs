//! One field of the table as a control: its name, what it takes, its unit, and below it what is wrong with it.

use crate::model::recipe::table::{Field, Takes};
use crate::model::recipe::{Colour, Value, Values};
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, icons, theme};
use egui::{ComboBox, DragValue, Id, Rect, Response, RichText, Stroke, TextEdit, Ui, UiBuilder, vec2};
use std::str::FromStr;

const ROW: f32 = 28.0;
const LABEL: f32 = 116.0;
const CONTROL: f32 = 128.0;

/// Where a field belongs to and what is wrong with it.
pub(super) struct Place<'a> {
    /// For screen readers: `Step 2, Blur`.
    pub(super) owner: &'a str,
    /// Tells the controls of one field from those of another.
    pub(super) id: Id,
    pub(super) fault: Option<&'a str>,
}

/// What a person did with a field.
pub(super) enum Did {
    Set(Value),
    /// Wants to pick a picture.
    Pick,
}

/// Draws a field, if it counts.
pub(super) fn field_ui(ui: &mut Ui, field: &Field, values: &Values, place: &Place<'_>) -> Option<Did> {
    let value = values.get(field.name).filter(|_| values.counts(field))?;
    let height = if matches!(field.takes, Takes::Lines) { 2.0 * ROW } else { ROW };
    let (_, row) = ui.allocate_space(vec2(ui.available_width(), height));
    let t = theme::tokens(ui);
    if !matches!(field.takes, Takes::Switch) {
        let ink = (fonts::regular(12.0), t.text2);
        let label = Rect::from_min_size(row.min, vec2(LABEL, ROW));
        widgets::cut_text(ui.painter(), label.left_center(), LABEL - 8.0, field.title, ink);
    }
    let inner = Rect::from_min_max(row.min + vec2(LABEL, 1.0), row.max - vec2(0.0, 1.0));
    let mut ui_of_row = ui.new_child(UiBuilder::new().max_rect(inner).scope_id(place.id.with(field.name)));
    let did = control_ui(&mut ui_of_row, field, value, inner, place);
    if let Some(fault) = place.fault {
        fault_ui(ui, fault);
    }
    did
}

/// What is wrong, in its words.
pub(super) fn fault_ui(ui: &mut Ui, sentence: &str) {
    let ink = theme::tokens(ui).error_text;
    ui.add(egui::Label::new(RichText::new(sentence).font(fonts::medium(12.0)).color(ink)).wrap());
}

fn control_ui(ui: &mut Ui, field: &Field, value: &Value, rect: Rect, place: &Place<'_>) -> Option<Did> {
    let name = format!("{}: {}", place.owner, field.title);
    let is_faulty = place.fault.is_some();
    if is_faulty {
        let error = theme::tokens(ui).error;
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, error);
    }
    match (field.takes, value) {
        (Takes::Number(..) | Takes::Whole(..) | Takes::WholeOr(..), Value::Number(number)) => {
            number_ui(ui, field, *number, rect, &name)
        }
        (Takes::Switch, Value::Switch(on)) => {
            let response = widgets::check_at_ui(ui, rect, "switch", (field.title, &name), *on);
            widgets::keep_in_sight(&response);
            response.clicked().then_some(Did::Set(Value::Switch(!on)))
        }
        (Takes::Choice(names), Value::Text(text)) => choice_ui(ui, names(), text, rect, &name),
        (Takes::ChoiceOr(none, names), Value::Text(text)) => {
            choice_ui(ui, [none].into_iter().chain(names()).collect(), text, rect, &name)
        }
        (Takes::Colour, Value::Text(text)) => colour_ui(ui, text, rect, (&name, is_faulty)),
        (Takes::Lines, Value::Text(text)) => {
            let mut now = text.clone();
            let edit =
                TextEdit::multiline(&mut now).desired_rows(2).font(fonts::regular(12.0)).desired_width(rect.width());
            widgets::keep_in_sight(&ui.put(rect, edit).accessible_name(name));
            (now != *text).then_some(Did::Set(Value::Text(now)))
        }
        (Takes::Picture, Value::Text(text)) => picture_ui(ui, text, rect, (&name, is_faulty)),
        (_, Value::Text(text)) => {
            words_ui(ui, text, Rect::from_min_size(rect.min, vec2(CONTROL, rect.height())), (&name, is_faulty))
        }
        _ => None,
    }
}

fn number_ui(ui: &mut Ui, field: &Field, number: f64, rect: Rect, name: &str) -> Option<Did> {
    let (least, most) = field.range();
    let is_whole = !matches!(field.takes, Takes::Number(..));
    let none = if let Takes::WholeOr(_, _, none) = field.takes { Some(none) } else { None };
    let speed = if is_whole { 1.0 } else { ((most - least) / 400.0).max(0.01) };
    let mut now = number;
    let mut drag = DragValue::new(&mut now).speed(speed).max_decimals(if is_whole { 0 } else { 3 });
    if let Some(none) = none {
        drag = drag
            .custom_formatter(move |value, _| if value == 0.0 { none.to_owned() } else { format!("{value}") })
            .custom_parser(move |text| {
                let text = text.trim();
                if text.eq_ignore_ascii_case(none) || text.is_empty() { Some(0.0) } else { text.parse().ok() }
            });
    }
    let place = Rect::from_min_size(rect.min, vec2(CONTROL, rect.height()));
    let response = ui.put(place, drag).accessible_name(name);
    widgets::keep_in_sight(&response);
    // What is typed may be wrong, and is said to be; what is dragged stays within the range.
    if response.dragged() {
        now =
            if none.is_some() && now < least { if now < number { 0.0 } else { least } } else { now.clamp(least, most) };
    }
    let t = theme::tokens(ui);
    let range = match none {
        Some(none) => format!("{least} to {most}, or 0: {none}"),
        None => format!("{least} to {most}"),
    };
    // Nobody wants to read how far a computer counts.
    let range = range.replace(&format!("{least} to {}", u32::MAX), &format!("from {least}"));
    let unit = widgets::cut_text(
        ui.painter(),
        place.right_center() + vec2(8.0, 0.0),
        60.0,
        field.unit,
        (fonts::regular(12.0), t.text2),
    );
    let left = unit + if field.unit.is_empty() { 0.0 } else { 10.0 };
    let room = rect.right() - left;
    if room > 60.0 {
        let at = egui::pos2(left, place.center().y);
        widgets::cut_text(ui.painter(), at, room, range.as_str(), (fonts::regular(11.0), t.text3));
    }
    response.on_hover_text(format!("{}: {range} {}", field.title, field.unit));
    // To the bit: what nobody touched stays as it was written.
    (now.to_bits() != number.to_bits()).then_some(Did::Set(Value::Number(now)))
}

fn choice_ui(ui: &mut Ui, names: Vec<&'static str>, now: &str, rect: Rect, name: &str) -> Option<Did> {
    let mut picked = None;
    let place = Rect::from_min_size(rect.min, vec2(CONTROL + 24.0, rect.height()));
    let mut child = ui.new_child(UiBuilder::new().max_rect(place));
    let combo =
        ComboBox::from_id_salt(ui.scope_id()).width(place.width()).selected_text(now).show_ui(&mut child, |ui| {
            for other in names {
                if ui.selectable_label(other == now, other).clicked() && other != now {
                    picked = Some(other);
                }
            }
        });
    widgets::keep_in_sight(&combo.response);
    widgets::focus_ring(&child, &combo.response, 8);
    combo.response.accessible_name(name);
    picked.map(|picked| Did::Set(Value::Text(picked.to_owned())))
}

fn words_ui(ui: &mut Ui, text: &str, rect: Rect, (name, is_faulty): (&str, bool)) -> Option<Did> {
    let mut now = text.to_owned();
    let response = edit_ui(ui, &mut now, rect, None, is_faulty);
    widgets::keep_in_sight(&response.accessible_name(name));
    (now != *text).then_some(Did::Set(Value::Text(now)))
}

/// The frame of a field for text.
fn frame_of(ui: &Ui, is_faulty: bool) -> egui::Frame {
    let t = theme::tokens(ui);
    let border = if is_faulty { t.error } else { t.border };
    egui::Frame::new()
        .fill(t.raised)
        .stroke(Stroke::new(1.0, border))
        .corner_radius(egui::CornerRadius::same(8))
        .inner_margin(egui::Margin::symmetric(8, 4))
}

/// A field for one line, in a frame.
pub(crate) fn edit_ui(ui: &mut Ui, text: &mut String, rect: Rect, hint: Option<RichText>, is_faulty: bool) -> Response {
    let edit = TextEdit::singleline(text)
        .frame(frame_of(ui, is_faulty))
        .align(egui::Align2::LEFT_CENTER)
        .font(fonts::regular(12.0))
        .hint_text(hint.unwrap_or_default())
        .desired_width(rect.width());
    ui.put(rect, edit)
}

fn colour_ui(ui: &mut Ui, text: &str, rect: Rect, (name, is_faulty): (&str, bool)) -> Option<Did> {
    let mut did = words_ui(ui, text, Rect::from_min_size(rect.min, vec2(CONTROL, rect.height())), (name, is_faulty));
    if let Ok(colour) = Colour::from_str(text) {
        let mut channels = colour.channels();
        let well = Rect::from_min_size(rect.min + vec2(CONTROL + 8.0, 1.0), vec2(36.0, rect.height() - 2.0));
        let mut child = ui.new_child(UiBuilder::new().max_rect(well));
        child.spacing_mut().interact_size = well.size();
        let response = child.color_edit_button_srgba_unmultiplied(&mut channels);
        widgets::keep_in_sight(&response.accessible_name(format!("{name}: choose")));
        if channels != colour.channels() {
            let [r, g, b, a] = channels;
            did = Some(Did::Set(Value::Text(Colour { r, g, b, a }.to_string())));
        }
    }
    did
}

fn picture_ui(ui: &mut Ui, text: &str, rect: Rect, (name, is_faulty): (&str, bool)) -> Option<Did> {
    let button = Rect::from_min_max(egui::pos2(rect.right() - 32.0, rect.top()), rect.max);
    let edit = Rect::from_min_max(rect.min, egui::pos2(button.left() - 6.0, rect.bottom()));
    let did = words_ui(ui, text, edit, (name, is_faulty));
    let choose = format!("{name}: choose…");
    let face = Face { icon: Some(icons::FOLDER), label: "", name: &choose, kind: Kind::Plain };
    if widgets::button_at_ui(ui, button, "choose", face).clicked() { Some(Did::Pick) } else { did }
}
