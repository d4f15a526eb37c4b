//! The command palette as a sheet: a field, and the commands that match.

use super::intent::Intent;
use super::keys::SHORTCUTS;
use super::palette::{Choice, Entry, Palette};
use super::widgets;
use super::{fonts, icons, overlay, theme};
use egui::{
    Align, Align2, Context, CornerRadius, Id, Key, Modifiers, Rect, RichText, Role, ScrollArea, Stroke, StrokeKind, Ui,
    pos2, vec2,
};

const ROW: f32 = 30.0;

/// Draws the palette over everything.
pub(crate) fn palette_ui(ctx: &Context, palette: &Palette, intents: &mut Vec<Intent>) {
    let screen = ctx.content_rect().size();
    let width = (screen.x - 96.0).clamp(240.0, 560.0);
    let height = (screen.y - 200.0).clamp(90.0, 12.0 * ROW);
    let mut choose = |choice: Choice| intents.push(Intent::Palette(choice));
    let response = overlay::modal(ctx, "palette").show(ctx, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        // Before the field, which would move its own cursor by them.
        let moved = ui.input_mut(|input| {
            [(Key::ArrowDown, 1), (Key::ArrowUp, -1), (Key::PageDown, 8), (Key::PageUp, -8)]
                .map(|(key, by)| if input.consume_key(Modifiers::NONE, key) { by } else { 0 })
        });
        let moved: isize = moved.iter().sum();
        if moved != 0 {
            choose(Choice::Step(moved));
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter)) {
            choose(Choice::Take(None));
        }
        if let Some(text) = field_ui(ui, width, palette) {
            choose(Choice::Type(text));
        }
        if palette.found().len() == 0 {
            let (id, rect) = ui.allocate_space(vec2(width, height));
            let words = format!("No command matches \"{}\"", palette.text);
            let ink = (fonts::regular(13.0), theme::tokens(ui).text2);
            widgets::text(ui.painter(), rect.center(), Align2::CENTER_CENTER, &words, ink);
            widgets::say(ui, rect, id, &words);
            return;
        }
        let area = ScrollArea::vertical().id_salt("commands").max_height(height).min_scrolled_height(height);
        ui.spacing_mut().item_spacing.y = 0.0;
        area.auto_shrink([false, false]).show(ui, |ui| {
            for (line, entry) in palette.found().enumerate() {
                if entry_ui(ui, entry, line == palette.line, moved != 0) {
                    choose(Choice::Take(Some(line)));
                }
            }
        });
    });
    if response.should_close() {
        choose(Choice::Toggle);
    }
}

fn field_ui(ui: &mut Ui, width: f32, palette: &Palette) -> Option<String> {
    let t = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(width, 36.0));
    let id = Id::unique("command");
    // All keys are its own.
    if !ui.memory(|memory| memory.has_focus(id)) {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    ui.painter().rect(rect, CornerRadius::same(8), t.bg, Stroke::new(1.0, t.accent), StrokeKind::Inside);
    widgets::icon(ui.painter(), pos2(rect.left() + 18.0, rect.center().y), icons::SEARCH, 16.0, t.text2);
    let inner = Rect::from_min_max(pos2(rect.left() + 36.0, rect.top() + 1.0), rect.max - vec2(8.0, 1.0));
    let mut text = palette.text.clone();
    let hint = RichText::new("What do you want to do?").font(fonts::regular(13.0)).color(t.text2);
    let edit = widgets::bare_edit(&mut text, id, hint, inner.width(), (fonts::regular(13.0), t.text));
    let response = ui.place(inner, edit).accessible_name("Search commands");
    response.changed().then_some(text)
}

/// One command; returns whether it was chosen.
fn entry_ui(ui: &mut Ui, entry: &Entry, is_here: bool, has_moved: bool) -> bool {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
    let response = widgets::toggle(ui, rect, id, Role::Button, (&entry.title, is_here));
    if is_here && has_moved {
        response.scroll_to_me(Some(Align::Center));
    }
    if is_here || response.hovered() {
        let fill = if is_here { t.selection } else { t.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(7), fill);
    }
    if is_here {
        let edge = Rect::from_min_size(rect.min + vec2(0.0, 7.0), vec2(3.0, rect.height() - 14.0));
        ui.painter().rect_filled(edge, CornerRadius::same(2), t.accent);
    }
    let keys = SHORTCUTS.iter().find(|shortcut| shortcut.intent() == entry.intent);
    let mut right = rect.right() - 12.0;
    if let Some(shortcut) = keys {
        let place = pos2(right, rect.center().y);
        let ink = (t.text2, t.raised);
        right = widgets::tag(ui.painter(), place, Align2::RIGHT_CENTER, &shortcut.chord(), ink).left() - 8.0;
    }
    let place = pos2(rect.left() + 12.0, rect.center().y);
    let ink = (fonts::regular(13.0), t.text);
    widgets::cut_text(ui.painter(), place, right - place.x, entry.title.as_str(), ink);
    response.clicked()
}
