//! The sheet in which a large paste or list is looked at before it is queued.

use super::{Add, Mark, Sheet};
use crate::model::{JobSpec, Source};
use crate::window::intent::Intent;
use crate::window::recipe_editor::Known;
use crate::window::settings_menu::{NO_RECIPE, recipe_choices_ui};
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, format, icons, overlay, theme};
use egui::{
    Align2, Context, CornerRadius, EventFilter, Id, Key, Popup, PopupCloseBehavior, Rect, RichText, Role, ScrollArea,
    Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

const ROW: f32 = 26.0;
/// So many are listed: beyond that places of scrolling lose their precision, and nobody reads on.
const LISTED: usize = 100_000;

/// Draws the sheet over everything.
pub(crate) fn sheet_ui(ctx: &Context, sheet: &Sheet, recipes: &Known, intents: &mut Vec<Intent>) {
    let screen = ctx.content_rect().size();
    let width = (screen.x - 120.0).clamp(320.0, 720.0);
    let list_height = (screen.y - 360.0).clamp(84.0, 400.0);
    let response = overlay::modal(ctx, "adding").show(ctx, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        head_ui(ui, width, sheet, intents);
        list_ui(ui, list_height, sheet);
        let words = "Leave out duplicates and what is already done";
        if widgets::check_ui(ui, width, (words, words), sheet.leave_out) {
            intents.push(Intent::Adding(Add::LeaveOut(!sheet.leave_out)));
        }
        recipe_ui(ui, width, sheet, recipes, intents);
        folder_ui(ui, width, sheet, intents);
        actions_ui(ui, width, sheet, intents);
    });
    if response.should_close() {
        intents.push(Intent::Adding(Add::Close(sheet.number)));
    }
}

fn head_ui(ui: &mut Ui, width: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(width, 40.0));
    let first = pos2(rect.left(), rect.top() + 10.0);
    widgets::cut_text(ui.painter(), first, width - 44.0, "Add these?", (fonts::semibold(16.0), t.text));
    let words = sheet.words();
    let second = pos2(rect.left(), rect.top() + 31.0);
    widgets::cut_text(ui.painter(), second, width - 44.0, &*words, (fonts::mono(12.0), t.text2));
    widgets::say(ui, rect, id, &words);
    let close = Rect::from_min_size(pos2(rect.right() - 28.0, rect.top()), vec2(28.0, 28.0));
    let face = Face { icon: Some(icons::CLOSE), label: "", name: "Close the preview", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, close, "close adding", face).clicked() {
        intents.push(Intent::Adding(Add::Close(sheet.number)));
    }
}

fn list_ui(ui: &mut Ui, height: f32, sheet: &Sheet) {
    let jobs = &sheet.weighed.jobs;
    let over = jobs.len() > LISTED;
    let rows = jobs.len().min(LISTED) + usize::from(over);
    let scroll = keys_ui(ui, height, sheet, rows);
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt(("adding", sheet.number)).max_height(height);
    area.auto_shrink([false, false]).min_scrolled_height(height.min(ROW * 3.0)).show_rows(ui, ROW, rows, |ui, rows| {
        if scroll != 0.0 {
            ui.scroll_with_delta(vec2(0.0, scroll));
        }
        for number in rows {
            let (id, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
            match jobs.get(number).filter(|_| number < LISTED) {
                Some(job) => row_ui(ui, rect, id, job, (sheet.weighed.marks[number], sheet.leave_out)),
                None => more_ui(ui, rect, id, jobs.len() - LISTED),
            }
        }
    });
    ui.spacing_mut().item_spacing.y = 8.0;
}

/// Lets the keyboard scroll the list: how far it is to move.
fn keys_ui(ui: &Ui, height: f32, sheet: &Sheet, rows: usize) -> f32 {
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
    let response = ui.interact(rect, Id::unique("list of what is added"), Sense::focusable_noninteractive());
    let words = format!("List: {}", sheet.words());
    response.widget_info(|| WidgetInfo::labeled(Role::List, true, &words));
    widgets::focus_ring(ui, &response, 6);
    if !response.has_focus() {
        return 0.0;
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let all = rows as f32 * ROW;
    let steps = [
        (Key::ArrowDown, -ROW),
        (Key::ArrowUp, ROW),
        (Key::PageDown, -height),
        (Key::PageUp, height),
        (Key::End, -all),
        (Key::Home, all),
    ];
    ui.input(|input| steps.iter().filter(|(key, _)| input.key_pressed(*key)).map(|(_, step)| step).sum())
}

fn row_ui(ui: &Ui, rect: Rect, id: Id, job: &JobSpec, (mark, leave_out): (Mark, bool)) {
    let t = theme::tokens(ui);
    let (glyph, shown) = match job.source() {
        Source::Link { url, .. } => (icons::ADD_LINK, url.split_once("://").map_or(url, |(_, rest)| rest)),
        Source::File(_) => (icons::PICTURE, job.input()),
        _ => (icons::WARNING, job.input()),
    };
    let (tag, ink) = match mark {
        Mark::New => ("", t.text),
        Mark::Twice => ("duplicate", t.text2),
        Mark::Done => ("already done", t.ok_text),
        Mark::Refused => ("refused", t.error_text),
    };
    let is_out = leave_out && matches!(mark, Mark::Twice | Mark::Done);
    let painter = ui.painter();
    let y = rect.center().y;
    widgets::icon(painter, pos2(rect.left() + 12.0, y), glyph, 15.0, t.text2);
    let mut right = rect.right() - 14.0;
    if !tag.is_empty() {
        let words = if is_out { format!("{tag}, left out") } else { tag.to_owned() };
        right = widgets::text(painter, pos2(right, y), Align2::RIGHT_CENTER, words, (fonts::regular(11.0), ink)).left();
    }
    let place = pos2(rect.left() + 28.0, y);
    let ink = if is_out { t.text2 } else { t.text };
    // Credentials of a link stay out of sight.
    let shown = crate::model::link::masked(shown);
    let end = widgets::cut_text(painter, place, right - 10.0 - place.x, &*shown, (fonts::mono(11.0), ink));
    if is_out {
        painter.hline(place.x..=end, y, Stroke::new(1.0, t.text2));
    }
    let said = if tag.is_empty() { job.input().to_owned() } else { format!("{}, {tag}", job.input()) };
    let response = widgets::say(ui, rect, id, &said);
    match job.source() {
        Source::Refused(failure) => {
            response.on_hover_text(&failure.sentence);
        }
        // Where it does not fit.
        _ if end > right - 24.0 => {
            response.on_hover_text(job.input());
        }
        _ => {}
    }
}

fn more_ui(ui: &Ui, rect: Rect, id: Id, more: usize) {
    let t = theme::tokens(ui);
    let words = format!("and {} more", format::count(more));
    let place = pos2(rect.left() + 28.0, rect.center().y);
    widgets::text(ui.painter(), place, Align2::LEFT_CENTER, &words, (fonts::regular(12.0), t.text2));
    widgets::say(ui, rect, id, &words);
}

/// A line of the form: what it is about at the left, the control at the right.
fn labelled(ui: &mut Ui, width: f32, label: &str) -> Rect {
    let t = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(width, 30.0));
    let ink = (fonts::regular(12.0), t.text2);
    widgets::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, label, ink);
    Rect::from_min_max(pos2(rect.left() + 112.0, rect.top()), rect.max)
}

fn recipe_ui(ui: &mut Ui, width: f32, sheet: &Sheet, recipes: &Known, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let rect = labelled(ui, width, "Pictures become");
    let chosen = sheet.recipe.as_ref().map_or(NO_RECIPE, |recipe| recipe.name.as_str());
    let name = format!("Recipe of this batch: {chosen}");
    let response = widgets::control(ui, rect, "recipe of this batch", Role::ComboBox, &name);
    let fill = if response.hovered() || response.has_focus() { t.hover } else { t.raised };
    ui.painter().rect(rect, CornerRadius::same(8), fill, Stroke::new(1.0, t.border), StrokeKind::Inside);
    let place = pos2(rect.left() + 10.0, rect.center().y);
    widgets::cut_text(ui.painter(), place, rect.width() - 40.0, chosen, (fonts::medium(12.0), t.text));
    widgets::icon(ui.painter(), pos2(rect.right() - 16.0, rect.center().y), icons::EXPAND, 14.0, t.text2);
    widgets::focus_ring(ui, &response, 8);
    let menu = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    menu.width(rect.width()).accessible_name("Recipes of this batch").show(|ui| {
        ui.set_width(rect.width());
        let room = ui.ctx().content_rect().height() * 0.4;
        ScrollArea::vertical().max_height(room).show(ui, |ui| {
            let chosen = sheet.recipe.as_ref();
            let mut picked = None;
            recipe_choices_ui(ui, rect.width(), recipes, chosen, ", for this batch", |recipe| {
                picked = Some(Intent::Adding(Add::Recipe(recipe)));
            });
            if let Some(intent) = picked {
                intents.push(intent);
                ui.close();
            }
        });
    });
}

fn folder_ui(ui: &mut Ui, width: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let rect = labelled(ui, width, "Output folder");
    let (field, button) = rect.split_left_right_at_x(rect.right() - 96.0);
    let field = Rect::from_min_max(field.min, field.max - vec2(8.0, 0.0));
    let border = if sheet.complaint.is_some() { t.error } else { t.border };
    ui.painter().rect(field, CornerRadius::same(8), t.raised, Stroke::new(1.0, border), StrokeKind::Inside);
    let mut folder = sheet.folder.clone();
    let inner = field.shrink2(vec2(10.0, 1.0));
    let id = Id::unique("folder of this batch");
    let edit = widgets::bare_edit(&mut folder, id, RichText::new(""), inner.width(), (fonts::mono(11.0), t.text));
    let response = ui.place(inner, edit).accessible_name("Output folder of this batch");
    if response.changed() {
        intents.push(Intent::Adding(Add::Folder(folder)));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
        intents.push(Intent::Adding(Add::Queue));
    }
    let face =
        Face { icon: None, label: "Choose…", name: "Choose the output folder of this batch…", kind: Kind::Plain };
    if widgets::button_at_ui(ui, button, "choose folder of batch", face).clicked() {
        intents.push(Intent::Adding(Add::PickFolderOfSheet));
    }
    if let Some(complaint) = &sheet.complaint {
        ui.add(egui::Label::new(RichText::new(complaint).font(fonts::regular(12.0)).color(t.error_text)).wrap());
    }
}

fn actions_ui(ui: &mut Ui, width: f32, sheet: &Sheet, intents: &mut Vec<Intent>) {
    let (_, rect) = ui.allocate_space(vec2(width, 34.0));
    let wanted = sheet.wanted();
    let add = Rect::from_min_max(pos2(rect.right() - 150.0, rect.top()), rect.max);
    let cancel = Rect::from_min_max(pos2(add.left() - 108.0, rect.top()), pos2(add.left() - 8.0, rect.bottom()));
    let face = Face { icon: None, label: "Cancel", name: "Cancel adding", kind: Kind::Plain };
    if widgets::button_at_ui(ui, cancel, "cancel adding", face).clicked() {
        intents.push(Intent::Adding(Add::Close(sheet.number)));
    }
    let mut place = ui.new_child(UiBuilder::new().max_rect(add).id_salt("add"));
    if wanted == 0 {
        place.disable();
    }
    let label = format!("Add {}", format::count(wanted));
    let face = Face { icon: None, label: &label, name: &label, kind: Kind::Accent };
    let response = widgets::button_at_ui(&place, add, "add all", face);
    if response.clicked() {
        intents.push(Intent::Adding(Add::Queue));
    }
    // Enter adds. Also where a click into nothing took the keyboard away: nothing behind the sheet is to have it.
    let id = Id::unique("adding: the sheet that had the keyboard");
    let is_new = ui.data_mut(|data| data.get_temp(id).replace(sheet.number) != Some(sheet.number));
    ui.data_mut(|data| data.insert_temp(id, sheet.number));
    if is_new || ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
}
