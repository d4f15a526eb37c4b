//! The left side of the editor: name, steps in their order, output.

use super::fields::{self, Did, Place, field_ui};
use super::{Edit, Editor};
use crate::model::recipe::At;
use crate::model::recipe::table::{OUTPUT, SHAPES};
use crate::window::intent::Intent;
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, icons, theme};
use egui::{
    CornerRadius, Frame, Id, Key, Margin, Modifiers, Popup, Rect, RichText, ScrollArea, Stroke, Ui, pos2, vec2,
};

const BUTTON: f32 = 26.0;

pub(super) fn name_id() -> Id {
    Id::unique("recipe name")
}

/// Draws what stays in sight above the steps: the name, and the menu of more steps.
pub(super) fn top_ui(ui: &mut Ui, editor: &Editor, intents: &mut Vec<Intent>) {
    ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
    name_ui(ui, editor, intents);
    ui.horizontal(|ui| {
        add_ui(ui, intents);
        let (title, upright) = ("Turn the picture upright first", editor.draft.auto_orient);
        let width = ui.available_width();
        if widgets::check_ui(ui, width, (title, title), upright) {
            intents.push(Intent::Edit(Edit::AutoOrient(!upright)));
        }
    });
}

/// Draws the steps and the output. `newest` is the last step that was seen here: a newer one is brought into sight.
pub(super) fn draft_ui(ui: &mut Ui, editor: &Editor, newest: &mut Option<u32>, intents: &mut Vec<Intent>) {
    ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
    let last = editor.keys.iter().max().copied();
    for (at, key) in editor.keys.iter().enumerate() {
        let rect = step_ui(ui, editor, at, intents);
        if newest.is_some_and(|newest| newest < *key) && Some(*key) == last {
            ui.scroll_to_rect(rect, Some(egui::Align::Max));
        }
    }
    *newest = last.max(Some(0));
    if editor.draft.steps.is_empty() {
        let words = "No step yet: the picture keeps its size and its looks.";
        ui.label(RichText::new(words).font(fonts::regular(12.0)).color(theme::tokens(ui).text2));
    }
    if let Some(sentence) = editor.fault(At::Steps) {
        fields::fault_ui(ui, sentence);
    }
    heading_ui(ui, "OUTPUT");
    let is_faulty = editor.faults.iter().any(|fault| matches!(fault.at, At::Output(_)));
    card(ui, is_faulty).show(ui, |ui| {
        ui.set_width(ui.available_width());
        output_ui(ui, editor, intents);
    });
}

/// The frame around a step and around the output.
fn card(ui: &Ui, is_faulty: bool) -> Frame {
    let t = theme::tokens(ui);
    Frame::new()
        .fill(t.bg)
        .stroke(Stroke::new(1.0, if is_faulty { t.error } else { t.border }))
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::symmetric(10, 8))
}

fn output_ui(ui: &mut Ui, editor: &Editor, intents: &mut Vec<Intent>) {
    let owner = Id::unique("recipe output");
    for field in OUTPUT {
        let fault = editor.fault(At::Output(Some(field.name)));
        let place = Place { owner: "Output", id: owner, fault };
        if let Some(Did::Set(value)) = field_ui(ui, field, &editor.draft.output, &place) {
            intents.push(Intent::Edit(Edit::Output(field.name, value)));
        }
    }
    if let Some(sentence) = editor.fault(At::Output(None)) {
        fields::fault_ui(ui, sentence);
    }
}

fn heading_ui(ui: &mut Ui, words: &str) {
    ui.add_space(4.0);
    ui.label(RichText::new(words).font(fonts::medium(10.5)).color(theme::tokens(ui).text3));
}

fn name_ui(ui: &mut Ui, editor: &Editor, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let fault = editor.fault(At::Name);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 32.0));
    // That it is built in is no mistake as long as nobody changed it.
    let is_wrong = fault.is_some() && editor.is_changed();
    let border = if is_wrong { t.error } else { t.border };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(8), t.raised, Stroke::new(1.0, border), egui::StrokeKind::Inside);
    let inner = rect.shrink2(vec2(10.0, 1.0));
    let mut name = editor.draft.name.clone();
    let hint = RichText::new("A name for this recipe").font(fonts::regular(13.0)).color(t.text2);
    let edit = widgets::bare_edit(&mut name, name_id(), hint, inner.width(), (fonts::medium(13.0), t.text));
    if ui.place(inner, edit).accessible_name("Recipe name").changed() {
        intents.push(Intent::Edit(Edit::Name(name)));
    }
    match fault {
        Some(fault) if is_wrong => fields::fault_ui(ui, fault),
        Some(_) => {
            let words = "This one is built in: give it another name to change it.";
            ui.label(RichText::new(words).font(fonts::regular(12.0)).color(t.text2));
        }
        None => {}
    }
}

fn step_ui(ui: &mut Ui, editor: &Editor, at: usize, intents: &mut Vec<Intent>) -> Rect {
    let (step, key) = (&editor.draft.steps[at], editor.keys[at]);
    let shape = step.shape();
    let owner = format!("Step {}, {}", at + 1, shape.title);
    let is_faulty = editor.faults.iter().any(|fault| matches!(fault.at, At::Step(step, _) if step == at));
    let id = Id::unique(("recipe step", key));
    let shown = card(ui, is_faulty).show(ui, |ui| {
        ui.set_width(ui.available_width());
        head_ui(ui, editor, at, &owner, intents);
        for field in shape.fields {
            let fault = editor.fault(At::Step(at, Some(field.name)));
            let place = Place { owner: &owner, id, fault };
            match field_ui(ui, field, &step.values, &place) {
                Some(Did::Set(value)) => intents.push(Intent::Edit(Edit::Step(at, field.name, value))),
                Some(Did::Pick) => intents.push(Intent::Edit(Edit::PickMark(at))),
                None => {}
            }
        }
        if let Some(sentence) = editor.fault(At::Step(at, None)) {
            fields::fault_ui(ui, sentence);
        }
    });
    keys_ui(ui, editor, at, shown.response.rect, intents);
    shown.response.rect
}

fn button_id(key: u32, what: &str) -> Id {
    Id::unique(("recipe step", key, what.to_owned()))
}

/// At an end of the list one of the two buttons that move a step is of no use: the other takes the keyboard over.
fn hand_over_keyboard(ui: &Ui, editor: &Editor, edit: &Edit) {
    let Edit::Move(at, by) = edit else { return };
    let to = at.saturating_add_signed(*by);
    let what = match to {
        0 => "down",
        _ if to + 1 == editor.keys.len() => "up",
        _ => return,
    };
    let id = button_id(editor.keys[*at], what).with(what);
    ui.memory_mut(|memory| memory.request_focus(id));
}

fn head_ui(ui: &mut Ui, editor: &Editor, at: usize, owner: &str, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let key = editor.keys[at];
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), BUTTON));
    let number = format!("{}", at + 1);
    let left = rect.left() + 2.0;
    let y = rect.center().y;
    widgets::cut_text(ui.painter(), pos2(left, y), 20.0, number.as_str(), (fonts::mono(11.0), t.text2));
    let title = (fonts::medium(13.0), t.text);
    let room = rect.width() - 24.0 - 3.0 * (BUTTON + 2.0);
    widgets::cut_text(ui.painter(), pos2(left + 22.0, y), room, editor.draft.steps[at].shape().title, title);
    let last = editor.draft.steps.len() - 1;
    let buttons = [
        ("remove", icons::CLOSE, true, Edit::Remove(at)),
        ("down", icons::DOWN, at < last, Edit::Move(at, 1)),
        ("up", icons::UP, at > 0, Edit::Move(at, -1)),
    ];
    let mut right = rect.right();
    // From the right edge inwards, but for the keyboard in the order of reading.
    let places: Vec<Rect> = buttons
        .iter()
        .map(|_| {
            let place = Rect::from_min_max(pos2(right - BUTTON, rect.top()), pos2(right, rect.bottom()));
            right -= BUTTON + 2.0;
            place
        })
        .collect();
    for ((what, icon, enabled, edit), place) in buttons.into_iter().zip(places).rev() {
        let name = format!("{owner}: {}", if what == "remove" { what.to_owned() } else { format!("move {what}") });
        let face = Face { icon: Some(icon), label: "", name: &name, kind: Kind::Quiet };
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place).scope_id(button_id(key, what)));
        if !enabled {
            child.disable();
        }
        let response = widgets::button_at_ui(&child, place, what, face);
        widgets::keep_in_sight(&response);
        let hint = match what {
            "up" => "Earlier (Alt ↑)",
            "down" => "Later (Alt ↓)",
            _ => "Remove this step (Alt Delete)",
        };
        if response.on_hover_text(hint).clicked() {
            hand_over_keyboard(ui, editor, &edit);
            intents.push(Intent::Edit(edit));
        }
    }
}

/// Alt with an arrow moves the step that has the keyboard anywhere in it, Alt with Delete removes it.
fn keys_ui(ui: &Ui, editor: &Editor, at: usize, rect: Rect, intents: &mut Vec<Intent>) {
    let focused = ui.memory(egui::Memory::focused).and_then(|id| ui.ctx().read_response(id));
    if !focused.is_some_and(|response| rect.contains(response.rect.center())) {
        return;
    }
    let last = editor.draft.steps.len() - 1;
    let keys = [
        (Key::ArrowUp, at > 0, Edit::Move(at, -1)),
        (Key::ArrowDown, at < last, Edit::Move(at, 1)),
        (Key::Delete, true, Edit::Remove(at)),
    ];
    for (key, applies, edit) in keys {
        if ui.input_mut(|input| input.consume_key(Modifiers::ALT, key)) && applies {
            hand_over_keyboard(ui, editor, &edit);
            intents.push(Intent::Edit(edit));
        }
    }
}

/// The menu of all kinds of steps.
fn add_ui(ui: &mut Ui, intents: &mut Vec<Intent>) {
    let face = Face { icon: Some(icons::ADD), label: "Add a step", name: "Add a step", kind: Kind::Plain };
    let response = widgets::button_ui(ui, vec2(130.0, 30.0), face);
    Popup::menu(&response).width(180.0).accessible_name("Kinds of steps").show(|ui| {
        let room = (ui.ctx().content_rect().height() - 80.0).max(120.0);
        ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (at, shape) in SHAPES.iter().enumerate() {
                let name = format!("Add {}", shape.title);
                let button = egui::Button::new(shape.title).frame(false).min_size(vec2(160.0, 24.0));
                if ui.add(button).accessible_name(name).clicked() {
                    intents.push(Intent::Edit(Edit::Add(at)));
                    ui.close();
                }
            }
        });
    });
}
