//! The right side of the editor: the picture before and after, and its numbers.

use super::fields::edit_ui;
use super::{Edit, Editor, Measures, Previews};
use crate::model::recipe::At;
use crate::window::intent::Intent;
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, format, icons, inspect, theme};
use egui::{
    Align2, CornerRadius, Key, Rect, RichText, Role, Sense, Stroke, StrokeKind, TextureHandle, Ui, WidgetInfo, pos2,
    vec2,
};
use std::path::{Path, PathBuf};

const LINE: f32 = 20.0;

/// What of the preview belongs to the screen alone.
pub(crate) struct Look {
    pub(crate) previews: Previews,
    /// The path of the picture as it is being typed.
    pub(crate) typed: Option<String>,
    /// The newest step that was drawn, by its key. `None` while the editor is closed.
    pub(crate) newest: Option<u32>,
    /// Where before and after meet, 0 to 1.
    pub(crate) split: f32,
}

/// Draws the right side into `rect`.
pub(super) fn preview_ui(ui: &mut Ui, rect: Rect, editor: &Editor, look: &mut Look, intents: &mut Vec<Intent>) {
    let (path, rest) = rect.split_top_bottom_at_y(rect.top() + 30.0);
    path_ui(ui, path, editor, look, intents);
    let (picture, measures) = rest.split_top_bottom_at_y(rest.bottom() - 3.0 * LINE - 8.0);
    picture_ui(ui, picture.shrink2(vec2(0.0, 8.0)), editor, look);
    measures_ui(ui, measures, editor);
}

fn path_ui(ui: &mut Ui, rect: Rect, editor: &Editor, look: &mut Look, intents: &mut Vec<Intent>) {
    let button = Rect::from_min_max(pos2(rect.right() - 34.0, rect.top()), rect.max);
    let edit = Rect::from_min_max(rect.min, pos2(button.left() - 6.0, rect.bottom()));
    let shown = editor.picture.as_deref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let mut text = look.typed.clone().unwrap_or_else(|| shown.clone());
    let hint = RichText::new("A picture to try it on").font(fonts::regular(12.0)).color(theme::tokens(ui).text2);
    let response = edit_ui(ui, &mut text, edit, Some(hint), false).accessible_name("Picture to try the recipe on");
    if response.changed() {
        look.typed = Some(text.clone());
    }
    if response.lost_focus() {
        let is_given_up = ui.input(|input| input.key_pressed(Key::Escape));
        let typed = look.typed.take().filter(|typed| !is_given_up && *typed != shown && !typed.trim().is_empty());
        intents.extend(typed.map(|typed| Intent::Edit(Edit::UsePicture(PathBuf::from(typed.trim())))));
    }
    let face = Face { icon: Some(icons::FOLDER), label: "", name: "Choose a picture…", kind: Kind::Plain };
    if widgets::button_at_ui(ui, button, "choose picture", face).on_hover_text("Choose a picture…").clicked() {
        intents.push(Intent::Edit(Edit::PickPicture));
    }
}

fn picture_ui(ui: &mut Ui, rect: Rect, editor: &Editor, look: &mut Look) {
    let t = theme::tokens(ui);
    let response = ui.interact(
        rect,
        ui.scope_id().with("preview"),
        Sense::CLICK | Sense::DRAG | Sense::focusable_noninteractive(),
    );
    ui.painter().rect(rect, CornerRadius::same(8), t.raised, Stroke::new(1.0, t.soft), StrokeKind::Inside);
    let percent = (look.split * 100.0).round();
    response.widget_info(|| WidgetInfo::slider(true, f64::from(percent), "Where before and after meet, in percent"));
    let seen = &editor.seen;
    let words = match (&seen.failed, &editor.picture) {
        (Some(sentence), _) => Some((sentence.as_str(), t.error_text)),
        (None, None) => Some(("Choose a picture to see it before and after", t.text2)),
        (None, Some(_)) if seen.measures.is_none() && seen.is_running => Some(("Trying it…", t.text2)),
        (None, Some(_)) if seen.measures.is_none() => Some(("What is wrong comes first: then it is tried", t.text2)),
        _ => None,
    };
    if let Some((words, ink)) = words {
        let mut job = egui::text::LayoutJob::simple(words.to_owned(), fonts::regular(12.0), ink, rect.width() - 32.0);
        job.halign = egui::Align::Center;
        let galley = ui.painter().layout_job(job);
        let top = rect.center().y - galley.size().y / 2.0;
        ui.painter().galley(pos2(rect.center().x, top), galley, ink);
        widgets::say(ui, rect, "preview words", words);
        return;
    }
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        look.split = ((pointer.x - rect.left()) / rect.width()).clamp(0.02, 0.98);
        response.request_focus();
    }
    if response.has_focus() {
        let by = ui.input(|input| {
            let steps = |key| if input.key_pressed(key) { 0.05 } else { 0.0 };
            steps(Key::ArrowRight) - steps(Key::ArrowLeft)
        });
        look.split = (look.split + by).clamp(0.02, 0.98);
        let filter = egui::EventFilter { horizontal_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
    let x = rect.left() + rect.width() * look.split;
    let inner = rect.shrink(1.0);
    let (left, right) = inner.split_left_right_at_x(x);
    let [before, after] = &look.previews.textures;
    side_ui(ui, inner, right, after.as_ref());
    side_ui(ui, inner, left, before.as_ref());
    inspect::split_ui(ui, inner, x);
    let bottom = vec2(8.0, -8.0);
    inspect::pill_ui(ui, inner.left_bottom() + bottom, Align2::LEFT_BOTTOM, "Before");
    let is_wrong = editor.faults.iter().any(|fault| fault.at != At::Name);
    let words = match (seen.is_running, is_wrong) {
        (_, true) => "After · before the mistake",
        (true, false) => "After · trying…",
        (false, false) => "After",
    };
    inspect::pill_ui(ui, inner.right_bottom() - vec2(8.0, 8.0), Align2::RIGHT_BOTTOM, words);
    widgets::focus_ring(ui, &response, 8);
    response.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
}

/// The part of a picture that lies within `clip`, where the whole lies in the middle of `rect`.
fn side_ui(ui: &Ui, rect: Rect, clip: Rect, texture: Option<&TextureHandle>) {
    let Some(texture) = texture else { return };
    let size = texture.size_vec2();
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    let place = Rect::from_center_size(rect.center(), size * scale);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter_at(clip).image(texture.id(), place, whole, theme::UNTINTED);
}

/// Always the same lines, so that nothing jumps.
fn measures_ui(ui: &mut Ui, rect: Rect, editor: &Editor) {
    let t = theme::tokens(ui);
    let measures = editor.seen.measures;
    let line = |number: f32| Rect::from_min_size(rect.min + vec2(0.0, 4.0 + number * LINE), vec2(rect.width(), LINE));
    for (number, name, side) in
        [(0.0, "Before", measures.map(|measures| measures.0)), (1.0, "After", measures.map(|measures| measures.1))]
    {
        let words = side.map_or_else(|| "–".to_owned(), words_of);
        fact_ui(ui, line(number), name, &words, t.text);
    }
    let (words, ink) = match measures.map(|(before, after)| (after, format::saving(before.bytes, after.bytes))) {
        Some((after, _)) if !after.is_shown => ("Millrace writes this format and cannot show it".to_owned(), t.text2),
        Some((_, Some((change, words)))) if change < 0 => (format!("{words} smaller"), t.ok_text),
        Some((_, Some((change, words)))) if change > 0 => (format!("{words} larger"), t.warn_text),
        Some(_) => ("as large as before".to_owned(), t.text2),
        None => ("–".to_owned(), t.text2),
    };
    fact_ui(ui, line(2.0), "File", &words, ink);
}

fn words_of(measures: Measures) -> String {
    let (width, height) = measures.size;
    let files =
        if measures.files > 1 { format!(" in {}", format::counted(measures.files, "file")) } else { String::new() };
    format!("{width} × {height} px · {}{files}", format::bytes(measures.bytes))
}

fn fact_ui(ui: &Ui, rect: Rect, name: &str, value: &str, ink: egui::Color32) {
    let t = theme::tokens(ui);
    let y = rect.center().y;
    widgets::cut_text(ui.painter(), pos2(rect.left(), y), 56.0, name, (fonts::regular(12.0), t.text3));
    let room = rect.width() - 60.0;
    widgets::cut_text(ui.painter(), pos2(rect.left() + 60.0, y), room, value, (fonts::mono(11.0), ink));
    let response = ui.interact(rect, ui.scope_id().with(("preview fact", name)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {value}")));
}

/// Whether this looks like the file of a recipe.
pub(crate) fn is_recipe_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}
