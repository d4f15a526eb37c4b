//! What can be done with rows: the menu of the right mouse button, which the keyboard opens too. It is about the chosen
//! rows where the one under the pointer is among them.

use super::arrange::{Arrange, stays};
use super::grab::Grab;
use super::intent::{Intent, Target};
use super::model::{Bucket, Row};
use super::{Pixels, State, fonts, theme, widgets};
use crate::model::{JobId, Source};
use egui::{CornerRadius, Id, Popup, Pos2, Response, Role, SetOpenCommand, Stroke, StrokeKind, Ui, vec2};

/// The menu in sight.
#[derive(Debug)]
pub(crate) struct Menu {
    job: JobId,
    at: Pos2,
    /// The keyboard goes to its first item.
    takes_focus: bool,
    opens: bool,
}

impl Menu {
    pub(crate) fn by_pointer(job: JobId, at: Pos2) -> Menu {
        Menu { job, at, takes_focus: false, opens: true }
    }

    pub(crate) fn by_keyboard(job: JobId, at: Pos2) -> Menu {
        Menu { job, at, takes_focus: true, opens: true }
    }
}

const WIDTH: f32 = 184.0;
const ITEM: f32 = 27.0;

fn menu_id() -> Id {
    Id::unique("queue menu")
}

/// What the rows in question have in common.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct About {
    target: Target,
    count: usize,
    /// Some may run again.
    again: bool,
    /// Some are neither final nor told to stop.
    unfinished: bool,
    /// Some of those are not paused.
    live: bool,
    waits: bool,
    failed: bool,
}

fn about(state: &State, row: &Row) -> About {
    let view = &state.model.view;
    if view.is_selected(row.id) && view.selected_count() > 1 {
        let counts = &state.model.chosen().counts;
        let failed = counts.of(Bucket::Failed) > 0;
        return About {
            target: Target::Selected,
            count: counts.total(),
            again: failed || counts.of(Bucket::Cancelled) > 0,
            unfinished: counts.unfinished() > 0,
            live: counts.unfinished() > counts.halted(),
            waits: counts.of(Bucket::Queued) + counts.of(Bucket::Fetched) > 0,
            failed,
        };
    }
    let unfinished = !row.state.is_final() && !row.is_stopping();
    About {
        target: Target::Job(row.id),
        count: 1,
        again: matches!(row.bucket(), Bucket::Failed | Bucket::Cancelled),
        unfinished,
        live: unfinished && !row.paused,
        waits: stays(row.bucket()).is_none(),
        failed: row.failure.is_some(),
    }
}

/// Draws the menu, if there is one.
pub(crate) fn menu_ui(table: &Response, state: &State, pixels: &mut Pixels, intents: &mut Vec<Intent>) {
    let Some(menu) = &mut pixels.menu else { return };
    let Some(row) = state.model.row(menu.job).filter(|row| state.model.is_in_sight(row.id)) else {
        Popup::close_id(&table.ctx, menu_id());
        pixels.menu = None;
        return;
    };
    let open = std::mem::take(&mut menu.opens).then_some(SetOpenCommand::Bool(true));
    let about = about(state, row);
    let mut takes_focus = std::mem::take(&mut menu.takes_focus);
    let by_keyboard = takes_focus;
    Popup::menu(table).id(menu_id()).open_memory(open).at_position(menu.at).accessible_name("Files").show(|ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing.y = 1.0;
        let mut item = |ui: &mut Ui, enabled: bool, words: &str, intent: Intent| {
            let response = ui.add_enabled_ui(enabled, |ui| item_ui(ui, words)).inner;
            if enabled && std::mem::take(&mut takes_focus) {
                response.request_focus();
            }
            if response.clicked() {
                intents.push(intent);
                ui.close();
            }
        };
        items_ui(ui, row, about, &mut item);
    });
    if takes_focus {
        // Menus are measured before they are drawn.
        menu.takes_focus = true;
    } else if by_keyboard {
        table.ctx.request_repaint();
    }
    if !Popup::is_id_open(&table.ctx, menu_id()) {
        pixels.menu = None;
        // Unless a click beside it went into a field.
        if !table.ctx.text_edit_focused() {
            table.request_focus();
        }
    }
}

/// One item: its words, on a ground while the pointer or the keyboard is there.
fn item_ui(ui: &mut Ui, words: &str) -> Response {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(ui.available_width(), ITEM));
    let response = widgets::control(ui, rect, id, Role::MenuItem, words);
    if ui.is_enabled() && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, CornerRadius::same(5), t.hover);
    }
    let ink = if ui.is_enabled() { t.text } else { t.text3.gamma_multiply(0.7) };
    widgets::cut_text(ui.painter(), rect.left_center() + vec2(10.0, 0.0), WIDTH, words, (fonts::medium(13.0), ink));
    if response.has_focus() {
        let ring = Stroke::new(1.5, t.accent);
        ui.painter().rect_stroke(rect, CornerRadius::same(5), ring, StrokeKind::Inside);
    }
    response
}

fn items_ui(ui: &mut Ui, row: &Row, about: About, item: &mut dyn FnMut(&mut Ui, bool, &str, Intent)) {
    let About { target, count, again, unfinished, live, waits, failed } = about;
    let one = count == 1;
    if row.page().is_some() && one {
        item(ui, true, "Choose links…", Intent::Open(target));
    } else {
        item(ui, row.picture().is_some() || !one, "Open", Intent::Open(target));
    }
    if let Source::Link { url, .. } = row.spec.source()
        && one
    {
        item(ui, true, "Grab its links…", Intent::Grab(Grab::Read(url.to_owned())));
    }
    item(ui, true, "Show in folder", Intent::ShowInFolder(target));
    let copy = if row.link().contains("://") { "Copy URL" } else { "Copy path" };
    item(ui, true, copy, Intent::CopyLink(target));
    item(ui, failed, "Copy error", Intent::CopyError(target));
    ui.separator();
    item(ui, again, "Retry", Intent::Retry(target));
    if unfinished && !live {
        item(ui, true, "Resume", Intent::Resume(target));
    } else {
        item(ui, unfinished, "Pause", Intent::Pause(target));
    }
    item(ui, waits, "Move to top", Intent::Arrange(Arrange::ToTop(target)));
    item(ui, waits, "Move to bottom", Intent::Arrange(Arrange::ToBottom(target)));
    ui.separator();
    item(ui, unfinished, "Cancel", Intent::Cancel(target));
    item(ui, true, "Remove", Intent::Remove(target));
}
