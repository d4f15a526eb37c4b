//! The sheet with a field for a path, for where no dialog opens.

use super::{Add, Goal, Typed};
use crate::window::intent::Intent;
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, overlay, theme};
use egui::{Context, CornerRadius, Id, Key, Label, Rect, RichText, Stroke, StrokeKind, pos2, vec2};

impl Goal {
    fn title(self) -> &'static str {
        match self {
            Goal::Files => "Type the path of a file or a folder, or a link",
            Goal::Folder => "Type the path of a folder of pictures",
            Goal::OutputFolder => "Type the path of the output folder",
            Goal::FolderOfSheet => "Type the path of the output folder of this batch",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Goal::Files | Goal::Folder => "Add",
            Goal::OutputFolder | Goal::FolderOfSheet => "Use",
        }
    }
}

/// Draws the sheet over everything.
pub(crate) fn typed_ui(ctx: &Context, typed: &Typed, intents: &mut Vec<Intent>) {
    let width = (ctx.content_rect().width() - 120.0).clamp(300.0, 480.0);
    let response = overlay::modal(ctx, "type a path").show(ctx, |ui| {
        let t = theme::tokens(ui);
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        ui.label(RichText::new(typed.goal.title()).font(fonts::semibold(16.0)).color(t.text));
        ui.add(Label::new(RichText::new(&typed.why).font(fonts::regular(12.0)).color(t.text2)).wrap());
        let (_, field) = ui.allocate_space(vec2(width, 34.0));
        let border = if typed.complaint.is_some() { t.error } else { t.accent };
        ui.painter().rect(field, CornerRadius::same(8), t.bg, Stroke::new(1.0, border), StrokeKind::Inside);
        let inner = field.shrink2(vec2(10.0, 1.0));
        let mut text = typed.text.clone();
        let id = Id::unique("type a path");
        if ui.memory(|memory| memory.focused().is_none()) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let hint = RichText::new("/home/me/pictures").font(fonts::mono(12.0)).color(t.text2);
        let edit = widgets::bare_edit(&mut text, id, hint, inner.width(), (fonts::mono(12.0), t.text));
        let response = ui.place(inner, edit).accessible_name("Path");
        if response.changed() {
            intents.push(Intent::Adding(Add::Type(text)));
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            intents.push(Intent::Adding(Add::TypeDone));
        }
        if let Some(complaint) = &typed.complaint {
            ui.add(Label::new(RichText::new(complaint).font(fonts::regular(12.0)).color(t.error_text)).wrap());
        }
        let (_, rect) = ui.allocate_space(vec2(width, 34.0));
        let done = Rect::from_min_max(pos2(rect.right() - 120.0, rect.top()), rect.max);
        let cancel = Rect::from_min_max(pos2(done.left() - 108.0, rect.top()), pos2(done.left() - 8.0, rect.bottom()));
        let face = Face { icon: None, label: "Cancel", name: "Cancel typing a path", kind: Kind::Plain };
        if widgets::button_at_ui(ui, cancel, "cancel path", face).clicked() {
            intents.push(Intent::Adding(Add::TypeClose));
        }
        let verb = typed.goal.verb();
        let name = format!("{verb} this path");
        let face = Face { icon: None, label: verb, name: &name, kind: Kind::Accent };
        if widgets::button_at_ui(ui, done, "use path", face).clicked() {
            intents.push(Intent::Adding(Add::TypeDone));
        }
    });
    if response.should_close() {
        intents.push(Intent::Adding(Add::TypeClose));
    }
}
