//! The header: who this is, where links go in, how work runs, and pause.

use super::intent::Intent;
use super::widgets::{self, Face, Kind};
use super::{Pixels, fonts, icons, theme};
use crate::model::{ExecutorKind, LaneCounts, Mode, Pool};
use crate::store::settings::ThemeChoice;
use egui::{Align2, CornerRadius, Id, Key, Rect, Role, Stroke, StrokeKind, Ui, pos2, vec2};

/// One row of the header.
const ROW: f32 = 56.0;
/// Below this width it takes two rows.
const TWO_ROWS_BELOW: f32 = 700.0;

/// What the header takes in a window of this width.
pub(crate) fn height(width: f32) -> f32 {
    if width < TWO_ROWS_BELOW { 2.0 * ROW - 10.0 } else { ROW }
}
/// Below this its second row is packed: the smallest window with the largest text.
const PACKED_BELOW: f32 = 440.0;
/// A stepper, one where the row is packed, and each of its buttons.
const STEPPER: f32 = 82.0;
const SMALL_STEPPER: f32 = 60.0;
const STEP: f32 = 25.0;
const SMALL_STEP: f32 = 18.0;
/// The toggle at the right of the fetch stepper.
const AUTO: f32 = 40.0;
/// The way to the Lab, where its name has room.
const LAB: f32 = 62.0;

/// What there is room for.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// Beside it, those of the Lab and of the pause button.
    wordmark: bool,
    mode_icons: bool,
    /// Of the modes.
    labels: bool,
    /// The widths of a stepper and of a mode without its label, and what is between controls.
    stepper: f32,
    mode: f32,
    gap: f32,
}

impl Room {
    fn of(width: f32) -> Room {
        let (stepper, mode, gap) =
            if width < PACKED_BELOW { (SMALL_STEPPER, 30.0, 5.0) } else { (STEPPER, 38.0, 10.0) };
        let mode_icons = !(860.0..1120.0).contains(&width);
        Room { wordmark: width >= 1040.0, mode_icons, labels: width >= 860.0, stepper, mode, gap }
    }
}

/// The id of the field that submits whatever is pasted into it.
pub(crate) fn paste_field_id() -> Id {
    Id::unique("paste links")
}

/// Draws the header.
pub(crate) fn header_ui(ui: &mut Ui, state: &super::State, pixels: &mut Pixels, intents: &mut Vec<Intent>) {
    let rect = ui.max_rect();
    let t = theme::tokens(ui);
    ui.painter().rect_filled(rect, 0, t.surface);
    widgets::hairline_below(ui, rect);
    let room = Room::of(rect.width());
    let two_rows = rect.width() < TWO_ROWS_BELOW;
    let middle = rect.top() + ROW / 2.0;
    let left = brand_ui(ui, pos2(rect.left() + 16.0, middle), room);

    // From the right edge inwards; the paste field takes what is left.
    let mut first = RightToLeft { right: rect.right() - 12.0, middle };
    let mut second = RightToLeft { right: rect.right() - 12.0, middle: rect.bottom() - 26.0 };
    let settings = first.take(34.0, 2.0);
    let theme_button = first.take(34.0, 10.0);
    let running = if two_rows { &mut second } else { &mut first };
    let pause = running.take(if room.wordmark { 90.0 } else { 38.0 }, room.gap);
    let mill = running.take(room.stepper, 4.0);
    // Only mixed mode chooses.
    let auto = if state.model.mode == Mode::Mixed { AUTO } else { 0.0 };
    let fetch = running.take(room.stepper + auto, room.gap);
    let modes = running.take(modes_width(ui, room), 8.0);
    let lab = first.take(if room.wordmark { LAB } else { 34.0 }, 10.0);
    let add = first.take(34.0, 8.0);
    let field = Rect::from_min_max(pos2(left, middle - 17.0), pos2(first.right, middle + 17.0));

    paste_field_ui(ui, field, state.takes_drops, pixels, intents);
    let face = Face { icon: Some(icons::FOLDER), label: "", name: "Add files…", kind: Kind::Plain };
    if widgets::button_at_ui(ui, add, "add files", face).on_hover_text("Add files… (Ctrl O)").clicked() {
        intents.push(Intent::PickFiles);
    }
    lab_button_ui(ui, lab, state.lab.is_open, intents);
    modes_ui(ui, modes, state.model.mode, room, intents);
    let (fetch, auto) = fetch.split_left_right_at_x(fetch.left() + room.stepper);
    stepper_ui(ui, fetch, Pool::Fetch, state, intents);
    if auto.width() > 0.0 {
        auto_ui(ui, auto, state.model.choosing, intents);
    }
    stepper_ui(ui, mill, Pool::Mill, state, intents);
    pause_ui(ui, pause, state, room, intents);
    theme_ui(ui, theme_button, state.settings.theme, intents);
    let face = Face { icon: Some(icons::SETTINGS), label: "", name: "Settings", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, settings, "settings", face).on_hover_text("Settings (Ctrl ,)").clicked() {
        intents.push(Intent::ToggleSettings);
    }
}

/// Places of controls in a row, from its right end inwards.
struct RightToLeft {
    right: f32,
    middle: f32,
}

impl RightToLeft {
    fn take(&mut self, width: f32, gap: f32) -> Rect {
        let half = 17.0;
        let left_top = pos2(self.right - width, self.middle - half);
        let taken = Rect::from_min_max(left_top, pos2(self.right, self.middle + half));
        self.right -= width + gap;
        taken
    }
}

fn brand_ui(ui: &Ui, left: egui::Pos2, room: Room) -> f32 {
    let t = theme::tokens(ui);
    let tile = Rect::from_min_size(pos2(left.x, left.y - 15.0), vec2(30.0, 30.0));
    ui.painter().rect_filled(tile, CornerRadius::same(8), t.accent);
    for (row, (from, to)) in [(7.0, 20.0), (11.0, 21.0), (8.0, 23.0)].into_iter().enumerate() {
        let y = tile.top() + 8.0 + row as f32 * 5.5;
        let bar = Rect::from_min_max(pos2(tile.left() + from, y), pos2(tile.left() + to, y + 3.0));
        ui.painter().rect_filled(bar, CornerRadius::same(1), t.on_accent);
    }
    if !room.wordmark {
        return tile.right() + 12.0;
    }
    let place = pos2(tile.right() + 10.0, left.y);
    let ink = (fonts::semibold(16.0), t.text);
    widgets::text(ui.painter(), place, Align2::LEFT_CENTER, "Millrace", ink).right() + 16.0
}

fn paste_field_ui(ui: &mut Ui, rect: Rect, takes_drops: bool, pixels: &mut Pixels, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let id = paste_field_id();
    let focused = ui.memory(|memory| memory.has_focus(id));
    let border = if focused { t.accent } else { t.border };
    ui.painter().rect(rect, CornerRadius::same(8), t.bg, Stroke::new(1.0, border), StrokeKind::Inside);
    // Where there is hardly room to write, the icon gives way to what is written.
    let is_tight = rect.width() < 90.0;
    if !is_tight || pixels.paste.is_empty() && !focused {
        widgets::icon(ui.painter(), pos2(rect.left() + 18.0, rect.center().y), icons::ADD_LINK, 16.0, t.text2);
    }
    let mut right = rect.right() - 8.0;
    if rect.width() > 150.0 {
        let chip = (t.text2, t.raised);
        let place = pos2(right, rect.center().y);
        right = widgets::tag(ui.painter(), place, Align2::RIGHT_CENTER, "Ctrl V", chip).left() - 6.0;
    }
    let left = rect.left() + if is_tight { 8.0 } else { 32.0 };
    let inner = Rect::from_min_max(pos2(left, rect.top() + 1.0), pos2(right, rect.bottom() - 1.0));
    let hint = match rect.width() {
        310.0.. if takes_drops => "Paste links or drop files anywhere",
        250.0.. if takes_drops => "Paste links or drop files",
        140.0.. => "Paste links",
        90.0.. => "Paste",
        _ => "",
    };
    let hint = egui::RichText::new(hint).font(fonts::regular(13.0)).color(t.text3);
    let edit = widgets::bare_edit(&mut pixels.paste, id, hint, inner.width(), (fonts::regular(13.0), t.text));
    let response = ui.place(inner, edit).accessible_name("Paste links…");
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && !pixels.paste.trim().is_empty() {
        intents.push(Intent::Paste(std::mem::take(&mut pixels.paste)));
        response.request_focus();
    }
}

const MODES: [(Mode, &str, &str, &str); 4] = [
    (Mode::Serial, Mode::Serial.title(), icons::SERIAL, "One lane for everything: one thing at a time. Ctrl 1"),
    (Mode::Threads, Mode::Threads.title(), icons::THREADS, "Threads download and convert, in one memory. Ctrl 2"),
    (
        Mode::Processes,
        Mode::Processes.title(),
        icons::PROCESSES,
        "A child process for each lane: memories apart. Ctrl 3",
    ),
    (Mode::Mixed, Mode::Mixed.title(), icons::MIXED, "Threads download, processes convert. Ctrl 4"),
];

fn mode_width(ui: &Ui, label: &str, room: Room) -> f32 {
    let label = if room.labels { widgets::width_of(ui.painter(), label, fonts::medium(13.0)) } else { 0.0 };
    match (room.labels, room.mode_icons) {
        (true, true) => label + 16.0 + 6.0 + 22.0,
        (true, false) => label + 20.0,
        _ => room.mode,
    }
}

fn modes_width(ui: &Ui, room: Room) -> f32 {
    MODES.iter().map(|(_, label, ..)| mode_width(ui, label, room)).sum::<f32>() + 6.0
}

fn modes_ui(ui: &Ui, rect: Rect, chosen: Mode, room: Room, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    ui.painter().rect(rect, CornerRadius::same(9), t.bg, Stroke::new(1.0, t.border), StrokeKind::Inside);
    let mut left = rect.left() + 3.0;
    for (mode, label, glyph, hint) in MODES {
        let width = mode_width(ui, label, room);
        let place = Rect::from_min_max(pos2(left, rect.top() + 3.0), pos2(left + width, rect.bottom() - 3.0));
        left += width;
        let selected = mode == chosen;
        let response = widgets::toggle(ui, place, ("mode", mode), Role::RadioButton, (label, selected));
        let ink = if selected {
            let (fill, border) = (t.mode(mode).gamma_multiply(0.2), t.mode(mode).gamma_multiply(0.65));
            ui.painter().rect(place, CornerRadius::same(7), fill, Stroke::new(1.0, border), StrokeKind::Inside);
            t.mode_text(mode)
        } else {
            if response.hovered() {
                ui.painter().rect_filled(place, CornerRadius::same(7), t.hover);
            }
            t.text2
        };
        let label = if room.labels { label } else { "" };
        let face = Face { icon: room.mode_icons.then_some(glyph), label, name: "", kind: Kind::Quiet };
        widgets::face_ui(ui.painter(), place, face, (fonts::medium(13.0), ink));
        widgets::focus_ring(ui, &response, 7);
        if response.on_hover_text(hint).clicked() && !selected {
            intents.push(Intent::SetMode(mode));
        }
    }
}

fn stepper_ui(ui: &Ui, rect: Rect, pool: Pool, state: &super::State, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let serial = state.model.mode.executor_of(pool) == ExecutorKind::Serial;
    let count = state.model.lanes.of(pool);
    let (title, word) = match pool {
        Pool::Fetch => ("Fetch lanes", "fetch"),
        Pool::Mill => ("Mill lanes", "mill"),
    };
    ui.painter().rect(rect, CornerRadius::same(8), t.raised, Stroke::new(1.0, t.border), StrokeKind::Inside);
    let step = if rect.width() < STEPPER { SMALL_STEP } else { STEP };
    let side = |left: f32| Rect::from_min_size(pos2(left, rect.top() + 1.0), vec2(step, rect.height() - 2.0));
    let mut button = |place: Rect, glyph: &str, verb: &str, to: Option<u16>| {
        let name = format!("{title}: {verb}");
        let response = widgets::control(ui, place, (title, verb), Role::Button, &name);
        let ink = if to.is_none() {
            t.text3.gamma_multiply(0.5)
        } else if response.hovered() || response.has_focus() {
            t.text
        } else {
            t.text2
        };
        widgets::icon(ui.painter(), place.center(), glyph, 16.0, ink);
        widgets::focus_ring(ui, &response, 6);
        if response.clicked()
            && let Some(to) = to
        {
            intents.push(Intent::SetLanes(pool, to));
        }
    };
    button(side(rect.left() + 1.0), icons::REMOVE, "fewer", count.checked_sub(1).filter(|fewer| *fewer >= 1));
    button(
        side(rect.right() - step - 1.0),
        icons::ADD,
        "more",
        Some(count + 1).filter(|more| *more <= LaneCounts::MAX),
    );
    let ink = if serial { t.text3 } else { t.text };
    let centre = rect.center();
    let number = (fonts::semibold(13.0), ink);
    widgets::text(ui.painter(), centre - vec2(0.0, 6.0), Align2::CENTER_CENTER, count, number);
    widgets::text(ui.painter(), centre + vec2(0.0, 8.0), Align2::CENTER_CENTER, word, (fonts::regular(10.0), t.text3));
    let inner = rect.shrink2(vec2(step + 1.0, 0.0));
    let note = match (serial, pool) {
        (true, _) => ", not used in serial mode",
        (false, Pool::Fetch) if state.model.choosing => ", chosen by what is measured",
        _ => "",
    };
    let purpose = match pool {
        Pool::Fetch => "Downloads at the same time. They wait for the network, so many lanes pay off.",
        Pool::Mill => "Conversions at the same time. They compute, so about as many lanes as cores pay off.",
    };
    widgets::say(ui, inner, title, &format!("{title}: {count}{note}")).on_hover_text(purpose);
}

/// Whether the number of fetch lanes follows what is measured.
fn auto_ui(ui: &Ui, rect: Rect, choosing: bool, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let place = Rect::from_min_max(pos2(rect.left() + 3.0, rect.top()), rect.max);
    let name = ("Auto: choose the number of fetch lanes", choosing);
    let response = widgets::toggle(ui, place, "auto", Role::CheckBox, name);
    let ink = if choosing {
        let (fill, border) = (t.accent.gamma_multiply(0.2), t.accent.gamma_multiply(0.65));
        ui.painter().rect(place, CornerRadius::same(8), fill, Stroke::new(1.0, border), StrokeKind::Inside);
        t.accent_text
    } else {
        let fill = if response.hovered() { t.hover } else { t.raised };
        ui.painter().rect(place, CornerRadius::same(8), fill, Stroke::new(1.0, t.border), StrokeKind::Inside);
        t.text2
    };
    let font = fonts::medium(11.0);
    widgets::text(ui.painter(), place.center(), Align2::CENTER_CENTER, "Auto", (font, ink));
    widgets::focus_ring(ui, &response, 8);
    let hint = if choosing {
        "The number of fetch lanes follows what is measured. + and − end that."
    } else {
        "Let the number of fetch lanes follow what is measured."
    };
    if response.on_hover_text(hint).clicked() && !choosing {
        intents.push(Intent::ChooseFetchLanes);
    }
}

/// Leads to the Lab and back.
fn lab_button_ui(ui: &Ui, rect: Rect, open: bool, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let response = widgets::toggle(ui, rect, "lab", Role::Button, ("Lab: compare modes", open));
    let hot = response.hovered() || response.has_focus();
    let (fill, border, ink) = match (open, hot) {
        (true, _) => (t.accent.gamma_multiply(0.2), t.accent.gamma_multiply(0.65), t.accent_text),
        (false, true) => (t.hover, t.border, t.text),
        (false, false) => (t.raised, t.border, t.text),
    };
    ui.painter().rect(rect, CornerRadius::same(8), fill, Stroke::new(1.0, border), StrokeKind::Inside);
    let label = if rect.width() > 50.0 { "Lab" } else { "" };
    let face = Face { icon: Some(icons::LAB), label, name: "", kind: Kind::Plain };
    widgets::face_ui(ui.painter(), rect, face, (fonts::medium(13.0), ink));
    widgets::focus_ring(ui, &response, 8);
    let hint = if open { "Back to the queue (Ctrl L)" } else { "Run examples in every mode and compare them (Ctrl L)" };
    if response.on_hover_text(hint).clicked() {
        intents.push(Intent::Lab(super::lab::LabIntent::Toggle));
    }
}

fn pause_ui(ui: &Ui, rect: Rect, state: &super::State, room: Room, intents: &mut Vec<Intent>) {
    let (glyph, label) = if state.model.paused { (icons::PLAY, "Resume") } else { (icons::PAUSE, "Pause") };
    let shown = if room.wordmark { label } else { "" };
    let face = Face { icon: Some(glyph), label: shown, name: label, kind: Kind::Accent };
    if widgets::button_at_ui(ui, rect, "pause", face).on_hover_text(format!("{label} everything (Space)")).clicked() {
        intents.push(Intent::TogglePause);
    }
}

fn theme_ui(ui: &Ui, rect: Rect, theme: ThemeChoice, intents: &mut Vec<Intent>) {
    let glyph = match theme {
        ThemeChoice::System => icons::SYSTEM,
        ThemeChoice::Dark => icons::DARK,
        ThemeChoice::Light => icons::LIGHT,
    };
    let name = format!("Theme: {}", theme.title());
    let face = Face { icon: Some(glyph), label: "", name: &name, kind: Kind::Quiet };
    let hint = format!("{name}. Click for {}.", theme.next().title());
    if widgets::button_at_ui(ui, rect, "theme", face).on_hover_text(hint).clicked() {
        intents.push(Intent::NextTheme);
    }
}
