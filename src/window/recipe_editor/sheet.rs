//! The editor as a sheet over the window: which recipe, its draft beside the preview, and what to do with it.

use super::preview_ui::{Look, preview_ui};
use super::{Edit, Editor, Known, Then, steps};
use crate::model::recipe::At;
use crate::window::intent::Intent;
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, icons, overlay, theme};
use egui::{ComboBox, Context, CornerRadius, Rect, ScrollArea, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

const HEAD: f32 = 34.0;
const FOOT: f32 = 36.0;
const GAP: f32 = 12.0;
/// Below this the buttons of the head are icons alone.
const LABELS_FROM: f32 = 900.0;

/// Draws the editor over everything.
pub(crate) fn sheet_ui(ctx: &Context, editor: &Editor, known: &Known, look: &mut Look, intents: &mut Vec<Intent>) {
    let screen = ctx.content_rect().size();
    let size = vec2((screen.x - 84.0).clamp(480.0, 1120.0), (screen.y - 84.0).clamp(300.0, 720.0));
    overlay::modal(ctx, "recipes").show(ctx, |ui| {
        let (_, rect) = ui.allocate_space(size);
        let (head, rest) = rect.split_top_bottom_at_y(rect.top() + HEAD);
        let (body, foot) = rest.split_top_bottom_at_y(rest.bottom() - FOOT);
        head_ui(ui, head, editor, known, intents);
        let body = body.shrink2(vec2(0.0, GAP));
        let preview_width = (body.width() * 0.42).clamp(200.0, 460.0);
        let (left, right) = body.split_left_right_at_x(body.right() - preview_width);
        let left = Rect::from_min_max(left.min, left.max - vec2(GAP, 0.0));
        let (top, left) = left.split_top_bottom_at_y(left.top() + top_height(editor));
        steps::top_ui(&mut ui.new_child(UiBuilder::new().max_rect(top).id_salt("top")), editor, intents);
        let mut draft = ui.new_child(UiBuilder::new().max_rect(left).id_salt("draft"));
        draft.set_clip_rect(left.expand(2.0).intersect(ui.clip_rect()));
        ScrollArea::vertical().id_salt("draft").auto_shrink(false).show(&mut draft, |ui| {
            // The scroll bar lies beside the fields and not over them.
            ui.set_width(left.width() - 12.0);
            steps::draft_ui(ui, editor, &mut look.newest, intents);
        });
        let mut preview = ui.new_child(UiBuilder::new().max_rect(right).id_salt("preview"));
        preview_ui(&mut preview, right, editor, look, intents);
        foot_ui(ui, foot, editor, intents);
        // Nothing behind the sheet is to get the keys.
        if ui.memory(|memory| memory.focused().is_none()) {
            ui.memory_mut(|memory| memory.request_focus(steps::name_id()));
        }
    });
}

/// The name, a line below it where there is something to say about it, and the line of more steps.
fn top_height(editor: &Editor) -> f32 {
    if editor.fault(At::Name).is_some() { 104.0 } else { 82.0 }
}

fn head_ui(ui: &mut Ui, rect: Rect, editor: &Editor, known: &Known, intents: &mut Vec<Intent>) {
    let close = Rect::from_min_size(pos2(rect.right() - 30.0, rect.top()), vec2(30.0, 30.0));
    let face = Face { icon: Some(icons::CLOSE), label: "", name: "Close recipes", kind: Kind::Quiet };
    let labels = rect.width() >= LABELS_FROM;
    let is_own = editor.own_name.is_some();
    let actions = [
        (icons::ADD, "New", "New recipe", true, Edit::Open(None)),
        (icons::COPY, "Duplicate", "Duplicate this recipe", true, Edit::Duplicate),
        (icons::DELETE, "Delete", "Delete this recipe", is_own, Edit::Delete),
        (icons::DROP, "Import…", "Import a recipe…", true, Edit::PickImport),
        (icons::OPEN, "Share…", "Share this recipe as a file…", true, Edit::Share),
    ];
    let width = if labels { 104.0 } else { 34.0 };
    let all = actions.len() as f32 * (width + 6.0);
    let combo_width = (close.left() - 8.0 - rect.left() - all).clamp(90.0, 300.0);
    let combo = Rect::from_min_size(rect.min, vec2(combo_width, 30.0));
    which_ui(ui, combo, editor, known, intents);
    let mut left = combo.right() + 8.0;
    for (icon, label, name, enabled, edit) in actions {
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, 30.0));
        left += width + 6.0;
        let face = Face { icon: Some(icon), label: if labels { label } else { "" }, name, kind: Kind::Plain };
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt(name));
        if !enabled {
            child.disable();
        }
        let response = widgets::button_at_ui(&child, place, name, face);
        let hint = if enabled { name } else { "Only recipes of your own can be deleted" };
        if response.on_hover_text(hint).on_disabled_hover_text(hint).clicked() {
            intents.push(Intent::Edit(edit));
        }
    }
    if widgets::button_at_ui(ui, close, "close recipes", face).clicked() {
        intents.push(Intent::Edit(Edit::Close));
    }
}

/// Which recipe is in the editor, and the others to choose.
fn which_ui(ui: &mut Ui, rect: Rect, editor: &Editor, known: &Known, intents: &mut Vec<Intent>) {
    let mark = if editor.is_changed() { " •" } else { "" };
    let shown = format!("{}{mark}", editor.draft.name);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("which"));
    child.spacing_mut().interact_size.y = rect.height();
    let t = theme::tokens(ui);
    let combo = ComboBox::from_id_salt("which recipe").width(rect.width()).truncate().selected_text(shown);
    let shown = combo.show_ui(&mut child, |ui| {
        for (recipe, built_in) in known.all() {
            let is_it = editor.own_name.as_deref() == Some(recipe.name.as_str())
                || (built_in && recipe.is_called(&editor.draft.name));
            let whose = if built_in { "built in" } else { "your own" };
            let label = ui
                .selectable_label(is_it, recipe.name.as_str())
                .on_hover_text(format!("{whose}: {}", recipe.summary()));
            if label.clicked() && !is_it {
                intents.push(Intent::Edit(Edit::Open(Some(Box::new(recipe)))));
            }
        }
        for sentence in &known.unread {
            let words = egui::RichText::new(sentence).font(fonts::regular(11.0)).color(t.error_text);
            ui.add(egui::Label::new(words).wrap());
        }
    });
    shown.response.accessible_name("Recipe to edit");
}

fn foot_ui(ui: &mut Ui, rect: Rect, editor: &Editor, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    if let Some(pending) = &editor.pending {
        return pending_ui(ui, rect, pending, intents);
    }
    let button = |right: f32, width: f32| Rect::from_min_size(pos2(right - width, rect.top() + 2.0), vec2(width, 34.0));
    let save_and_use = button(rect.right(), 122.0);
    let save = button(save_and_use.left() - 8.0, 84.0);
    let undo = button(save.left() - 8.0, 38.0);
    let good = editor.faults.is_empty() && editor.saving.is_none();
    let actions = [
        (undo, Some(icons::UNDO), "", "Undo the last change (Ctrl Z)", Kind::Plain, editor.can_undo(), Edit::Undo),
        (
            save,
            None,
            "Save",
            "Save",
            Kind::Plain,
            good && (editor.is_changed() || editor.own_name.is_none()),
            Edit::Save(Then::Stay),
        ),
        (save_and_use, None, "Save and use", "Save and use", Kind::Accent, good, Edit::Save(Then::Use)),
    ];
    for (place, icon, label, name, kind, enabled, edit) in actions {
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt(name));
        if !enabled {
            child.disable();
        }
        if widgets::button_at_ui(&child, place, name, Face { icon, label, name, kind }).on_hover_text(name).clicked() {
            intents.push(Intent::Edit(edit));
        }
    }
    let (words, ink) = match editor.faults.first() {
        Some(fault) if editor.is_changed() => (editor.draft.told(fault), t.error_text),
        Some(_) => (editor.summary_of_opened(), t.text2),
        None => (editor.summary(), t.text2),
    };
    let room = undo.left() - 12.0 - rect.left();
    let y = save.center().y;
    widgets::cut_text(ui.painter(), pos2(rect.left(), y), room, words.as_str(), (fonts::regular(12.0), ink));
    let said = Rect::from_min_size(rect.min, vec2(room, rect.height()));
    widgets::say(ui, said, "recipe summary", &words).on_hover_text(&words);
}

/// Asks before changes are lost.
fn pending_ui(ui: &Ui, rect: Rect, pending: &super::Pending, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    ui.painter().rect(rect, CornerRadius::same(8), t.raised, Stroke::new(1.0, t.warn), StrokeKind::Inside);
    let words = match pending {
        super::Pending::Close => "Close, and lose the changes?",
        super::Pending::Open(_) => "Open another, and lose the changes?",
    };
    let y = rect.center().y;
    let button = |right: f32, width: f32| Rect::from_center_size(pos2(right - width / 2.0, y), vec2(width, 28.0));
    let stay = button(rect.right() - 6.0, 106.0);
    let discard = button(stay.left() - 8.0, 128.0);
    let room = discard.left() - 20.0 - rect.left();
    widgets::cut_text(ui.painter(), pos2(rect.left() + 12.0, y), room, words, (fonts::medium(13.0), t.warn_text));
    let said = Rect::from_min_max(rect.min, pos2(discard.left(), rect.bottom()));
    widgets::say(ui, said, "pending", words);
    for (place, label, kind, edit) in
        [(discard, "Discard changes", Kind::Plain, Edit::Discard), (stay, "Keep editing", Kind::Accent, Edit::Stay)]
    {
        let face = Face { icon: None, label, name: label, kind };
        if widgets::button_at_ui(ui, place, label, face).clicked() {
            intents.push(Intent::Edit(edit));
        }
    }
}
