//! The sheet in which the links of a page are chosen.

use super::grab::{Grab, Sheet};
use super::intent::Intent;
use super::settings_menu::choice_ui;
use super::widgets::{self, Face, Kind};
use super::{fonts, format, icons, overlay, theme};
use crate::model::page::LinkKind;
use egui::{
    Align2, Context, CornerRadius, Id, Rect, RichText, Role, ScrollArea, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2,
};

const ROW: f32 = 28.0;
/// The kinds, as people call them, in the order of the buttons.
const KINDS: [(Option<LinkKind>, &str); 4] = [
    (None, "Every kind"),
    (Some(LinkKind::Picture), "Pictures"),
    (Some(LinkKind::Link), "Links"),
    (Some(LinkKind::Media), "Media"),
];

/// Draws the sheet over everything.
pub(crate) fn sheet_ui(ctx: &Context, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let screen = ctx.content_rect().size();
    let width = (screen.x - 120.0).clamp(320.0, 720.0);
    let list_height = (screen.y - 340.0).clamp(84.0, 420.0);
    let response = overlay::modal(ctx, "grab").show(ctx, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        head_ui(ui, width, sheet, intents);
        filter_ui(ui, width, sheet, intents);
        kinds_ui(ui, width, sheet, intents);
        counts_ui(ui, width, sheet, intents);
        list_ui(ui, list_height, sheet, intents);
        actions_ui(ui, width, sheet, intents);
    });
    if response.should_close() {
        intents.push(Intent::Grab(Grab::Close));
    }
}

fn head_ui(ui: &mut Ui, width: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(width, 40.0));
    let title = if sheet.page.title.is_empty() { "Links of a page" } else { &sheet.page.title };
    let room = width - 44.0;
    let first = pos2(rect.left(), rect.top() + 10.0);
    widgets::cut_text(ui.painter(), first, room, title, (fonts::semibold(16.0), t.text));
    let second = pos2(rect.left(), rect.top() + 31.0);
    widgets::cut_text(ui.painter(), second, room, &*sheet.input, (fonts::regular(12.0), t.text2));
    widgets::say(ui, rect, id, &format!("{title}, {}", sheet.input));
    let close = Rect::from_min_size(pos2(rect.right() - 28.0, rect.top()), vec2(28.0, 28.0));
    let face = Face { icon: Some(icons::CLOSE), label: "", name: "Close links", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, close, "close links", face).clicked() {
        intents.push(Intent::Grab(Grab::Close));
    }
}

fn filter_ui(ui: &mut Ui, width: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(width, 32.0));
    let id = Id::unique("grab filter");
    // Nothing behind the sheet is to get the keys.
    if ui.memory(|memory| memory.focused().is_none()) {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let border = if sheet.complaint.is_some() { t.error } else { t.border };
    ui.painter().rect(rect, CornerRadius::same(8), t.raised, Stroke::new(1.0, border), StrokeKind::Inside);
    widgets::icon(ui.painter(), pos2(rect.left() + 16.0, rect.center().y), icons::SEARCH, 16.0, t.text2);
    let inner = Rect::from_min_max(pos2(rect.left() + 32.0, rect.top() + 1.0), rect.max - vec2(8.0, 1.0));
    let mut pattern = sheet.pattern.clone();
    let hint = RichText::new("Filter, such as *.jpg or a word").font(fonts::regular(12.0)).color(t.text2);
    let edit = widgets::bare_edit(&mut pattern, id, hint, inner.width(), (fonts::regular(12.0), t.text));
    if ui.place(inner, edit).accessible_name("Filter links").changed() {
        intents.push(Intent::Grab(Grab::Match(pattern)));
    }
}

fn kinds_ui(ui: &mut Ui, width: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let each = (width - 24.0) / KINDS.len() as f32;
    ui.horizontal(|ui| {
        for (kind, title) in KINDS {
            let name = format!("{title}: {}", format::count(sheet.of(kind)));
            if choice_ui(ui, each, &name, &name, sheet.kind == kind) {
                intents.push(Intent::Grab(Grab::Kind(kind)));
            }
        }
    });
}

fn counts_ui(ui: &mut Ui, width: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(width, 28.0));
    let (words, ink) = if let Some(complaint) = &sheet.complaint {
        (complaint.clone(), t.error_text)
    } else {
        let (taken, all) = (format::count(sheet.count()), format::counted(sheet.page.links.len(), "link"));
        let more = if sheet.page.partial { "; the page has more" } else { "" };
        (format!("{taken} of {all} chosen{more}"), t.text2)
    };
    let button = |right: f32| Rect::from_min_size(pos2(right - 100.0, rect.top()), vec2(100.0, 28.0));
    let (none, all) = (button(rect.right()), button(rect.right() - 108.0));
    widgets::cut_text(ui.painter(), rect.left_center(), width - 224.0, &*words, (fonts::regular(12.0), ink));
    widgets::say(ui, Rect::from_min_max(rect.min, pos2(all.left(), rect.bottom())), id, &words);
    for (rect, label, takes) in [(all, "Select all", true), (none, "Select none", false)] {
        let face = Face { icon: None, label, name: label, kind: Kind::Plain };
        if widgets::button_at_ui(ui, rect, label, face).clicked() {
            intents.push(Intent::Grab(Grab::All(takes)));
        }
    }
}

fn list_ui(ui: &mut Ui, height: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    if sheet.shown().is_empty() {
        let (id, rect) = ui.allocate_space(vec2(ui.available_width(), height));
        let words = if sheet.page.links.is_empty() { "This page links to nothing" } else { "No link matches" };
        let ink = (fonts::regular(13.0), t.text2);
        widgets::text(ui.painter(), rect.center(), Align2::CENTER_CENTER, words, ink);
        widgets::say(ui, rect, id, words);
        return;
    }
    let shown = sheet.shown();
    let area = ScrollArea::vertical().id_salt("grab links").max_height(height).min_scrolled_height(height);
    ui.spacing_mut().item_spacing.y = 0.0;
    area.auto_shrink([false, false]).show_rows(ui, ROW, shown.len(), |ui, rows| {
        for number in &shown[rows] {
            row_ui(ui, *number, sheet, intents);
        }
    });
    ui.spacing_mut().item_spacing.y = 8.0;
}

fn row_ui(ui: &mut Ui, number: usize, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
    let (link, taken) = (&sheet.page.links[number], sheet.takes(number));
    let response = widgets::toggle(ui, rect, ("grab link", number), Role::CheckBox, (&link.url, taken));
    let painter = ui.painter();
    if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, CornerRadius::same(7), t.hover);
    }
    let mark = Rect::from_center_size(pos2(rect.left() + 16.0, rect.center().y), vec2(16.0, 16.0));
    widgets::tick(painter, mark, taken, t);
    let glyph = match link.kind {
        LinkKind::Picture => icons::PICTURE,
        LinkKind::Link => icons::ADD_LINK,
        LinkKind::Media => icons::PLAY,
    };
    widgets::icon(painter, pos2(rect.left() + 42.0, rect.center().y), glyph, 15.0, t.text2);
    let place = pos2(rect.left() + 58.0, rect.center().y);
    let shown = link.url.split_once("://").map_or(&*link.url, |(_, rest)| rest);
    widgets::cut_text(painter, place, rect.right() - 16.0 - place.x, shown, (fonts::regular(12.0), t.text));
    widgets::focus_ring(ui, &response, 7);
    if response.clicked() {
        intents.push(Intent::Grab(Grab::Toggle(number)));
    }
    response.on_hover_text(&*link.url);
}

fn actions_ui(ui: &mut Ui, width: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let (_, rect) = ui.allocate_space(vec2(width, 34.0));
    let count = sheet.count();
    let label = format!("Queue {}", format::counted(count, "link"));
    let queue = Rect::from_min_max(pos2(rect.right() - 180.0, rect.top()), rect.max);
    let cancel = Rect::from_min_max(pos2(queue.left() - 108.0, rect.top()), pos2(queue.left() - 8.0, rect.bottom()));
    let face = Face { icon: None, label: "Cancel", name: "Cancel grabbing", kind: Kind::Plain };
    if widgets::button_at_ui(ui, cancel, "cancel grabbing", face).clicked() {
        intents.push(Intent::Grab(Grab::Close));
    }
    let mut place = ui.new_child(UiBuilder::new().max_rect(queue).id_salt("queue"));
    if count == 0 {
        place.disable();
    }
    let face = Face { icon: None, label: &label, name: &label, kind: Kind::Accent };
    if widgets::button_at_ui(&place, queue, "queue links", face).clicked() {
        intents.push(Intent::Grab(Grab::Queue));
    }
}
