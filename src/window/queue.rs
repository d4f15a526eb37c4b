//! The queue: filter chips, search, and the virtual table. Rows are painted by hand and only where they can be seen.
//! The table is one Tab stop; arrows move within it.

use super::bin::Clear;
use super::intent::{Intent, Target};
use super::model::{Bucket, Choose, Filter, Step};
use super::queue_menu::{self, Menu};
use super::widgets::{self, Face, Kind};
use super::{Pixels, State, fonts, format, icons, queue_drag, queue_head, queue_row, settings_menu, theme};
use egui::{
    Align2, CornerRadius, Id, PointerButton, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

const BAR_HEIGHT: f32 = 52.0;
const HEAD_HEIGHT: f32 = 24.0;
/// Below this width the chips above the rows are names alone.
const TIGHT: f32 = 560.0;
/// Below this they stand closer together and are written smaller: the smallest window with the largest text.
const TINY: f32 = 420.0;
/// From here on there is room for more words.
const WIDE: f32 = 1040.0;

/// Where the table stands: the first row as an integer and a fraction of a row, for with a million rows a pixel
/// offset in f32 moves in steps of several pixels.
#[derive(Debug, Default)]
pub(crate) struct Scroll {
    pub(crate) first: usize,
    /// 0 to 1, in rows.
    pub(crate) fraction: f32,
    /// The row that the keyboard was at when it was last brought into view.
    followed: Option<crate::model::JobId>,
    /// Where in the handle of the scrollbar it was taken, as a share of the bar.
    grip: f32,
}

impl Scroll {
    /// Moves by a number of pixels, within `rows` of which `visible` (with a fraction) fit.
    fn by(&mut self, (pixels, row_height): (f32, f32), rows: usize, visible: f32) {
        let position = self.first as f64 + f64::from(self.fraction) + f64::from(pixels / row_height);
        self.go_to(position.max(0.0));
        self.clamp(rows, visible);
    }

    fn clamp(&mut self, rows: usize, visible: f32) {
        let last = rows as f64 - f64::from(visible);
        if last <= 0.0 {
            self.go_to(0.0);
        } else if self.first as f64 + f64::from(self.fraction) > last {
            self.go_to(last);
        }
    }

    fn go_to(&mut self, position: f64) {
        (self.first, self.fraction) = (position.floor() as usize, (position - position.floor()) as f32);
    }

    /// Scrolls as little as needed to see `row` in full.
    fn show(&mut self, row: usize, rows: usize, visible: f32) {
        let (row_f, first) = (row as f64, self.first as f64 + f64::from(self.fraction));
        if row_f < first {
            (self.first, self.fraction) = (row, 0.0);
        } else if row_f + 1.0 > first + f64::from(visible) {
            self.go_to((row_f + 1.0 - f64::from(visible)).max(0.0));
        }
        self.clamp(rows, visible);
    }

    /// Goes to a share of the way, 0 to 1.
    fn go_to_share(&mut self, share: f64, rows: usize, visible: f32) {
        self.go_to(share.clamp(0.0, 1.0) * (rows as f64 - f64::from(visible)).max(0.0));
    }
}

/// The id under which the table has the keyboard.
pub(crate) fn table_id() -> Id {
    Id::unique("queue table")
}

/// The id of the search field.
pub(crate) fn search_id() -> Id {
    Id::unique("search")
}

/// Draws chips, search and table.
pub(crate) fn queue_ui(ui: &mut Ui, rect: Rect, state: &State, pixels: &mut Pixels, intents: &mut Vec<Intent>) {
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), BAR_HEIGHT));
    bar_ui(ui, bar, state, pixels, intents);
    let rows = state.settings.rows;
    let columns = queue_row::Columns::of(rect, rows.widths);
    let head = Rect::from_min_size(bar.left_bottom(), vec2(rect.width(), HEAD_HEIGHT));
    queue_head::head_ui(ui, head, &columns, rows, intents);
    let body = Rect::from_min_max(head.left_bottom(), rect.max);
    table_ui(ui, body, &columns, state, pixels, intents);
}

fn bar_ui(ui: &mut Ui, rect: Rect, state: &State, pixels: &mut Pixels, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let middle = rect.center().y;
    let mut left = rect.left() + 10.0;
    for filter in Filter::ALL {
        left = chip_ui(ui, pos2(left, middle), filter, rect.width(), state, intents) + 4.0;
    }
    left = clear_ui(ui, pos2(left, middle), rect.width(), state, intents);
    let mut right = rect.right() - 16.0;
    if pixels.inspector_collapses {
        let place = Rect::from_min_max(pos2(right - 32.0, middle - 15.0), pos2(right, middle + 15.0));
        right = place.left() - 6.0;
        let face = Face { icon: Some(icons::INFO), label: "", name: "Details", kind: Kind::Plain };
        if widgets::button_at_ui(ui, place, "details", face).on_hover_text("Details of the chosen file").clicked() {
            intents.push(Intent::ToggleDetails);
        }
    }
    let width = (right - left - 12.0).min(216.0);
    let search = Rect::from_min_max(pos2(right - width.max(44.0), middle - 14.0), pos2(right, middle + 14.0));
    search_ui(ui, search, state, pixels, intents);
    let room = search.left() - 8.0 - left;
    if room > 130.0 {
        let width = room.min(176.0);
        let picker =
            Rect::from_min_max(pos2(search.left() - 8.0 - width, middle - 14.0), search.left_bottom() - vec2(8.0, 0.0));
        settings_menu::recipe_picker_ui(ui, picker, state, intents);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() + HEAD_HEIGHT, Stroke::new(1.0, t.soft));
}

/// The button that clears what is finished, where something is; returns its right edge.
fn clear_ui(ui: &Ui, left: egui::Pos2, room: f32, state: &State, intents: &mut Vec<Intent>) -> f32 {
    let counts = &state.model.counts;
    if counts.of(Bucket::Done) + counts.of(Bucket::Cancelled) == 0 {
        return left.x;
    }
    let label = if room >= WIDE { "Clear finished" } else { "" };
    let width = if label.is_empty() { 30.0 } else { 128.0 };
    let place = Rect::from_min_size(pos2(left.x, left.y - 13.0), vec2(width, 26.0));
    let face = Face { icon: Some(icons::DELETE), label, name: "Clear finished", kind: Kind::Quiet };
    let hint =
        "Takes what is done or cancelled out of the list; files stay, and so does what failed (Ctrl Shift Delete)";
    if widgets::button_at_ui(ui, place, "clear finished", face).on_hover_text(hint).clicked() {
        intents.push(Intent::Clear(Clear::Finished));
    }
    place.right() + 4.0
}

fn chip_ui(ui: &Ui, left: egui::Pos2, filter: Filter, room: f32, state: &State, intents: &mut Vec<Intent>) -> f32 {
    let is_tight = room < TIGHT;
    let (size, around) = if room < TINY { (11.0, 8.0) } else { (12.0, 14.0) };
    let t = theme::tokens(ui);
    let count = format::count(state.model.counts.of_filter(filter));
    let chosen = state.model.view.filter() == filter;
    let painter = ui.painter();
    let color = match filter {
        Filter::All => None,
        Filter::Active => Some(t.thread),
        Filter::Queued => Some(t.text3),
        Filter::Done => Some(t.ok),
        Filter::Failed => Some(t.error),
    };
    let title_ink = if chosen { t.text } else { t.text2 };
    let title = painter.layout_no_wrap(filter.title().to_owned(), fonts::medium(size), title_ink);
    // Where there is hardly room, the name stays.
    let shown = if is_tight { String::new() } else { count.clone() };
    let number = painter.layout_no_wrap(shown, fonts::regular(12.0), t.text3);
    let color = color.filter(|_| !is_tight);
    let dot = if color.is_some() { 14.0 } else { 0.0 };
    let width = around + dot + title.size().x + if is_tight { 0.0 } else { 12.0 + number.size().x };
    let rect = Rect::from_min_size(pos2(left.x, left.y - 13.0), vec2(width, 26.0));
    let name = format!("{} {count}", filter.title());
    let response = widgets::toggle(ui, rect, ("filter", filter), Role::RadioButton, (&name, chosen));
    if chosen || response.hovered() {
        painter.rect_filled(rect, CornerRadius::same(13), if chosen { t.hover } else { t.raised });
    }
    let mut at = rect.left() + if is_tight { around / 2.0 } else { 10.0 };
    if let Some(color) = color {
        widgets::dot(painter, pos2(at + 3.5, left.y), color);
        at += dot;
    }
    let title_width = title.size().x;
    painter.galley(pos2(at, left.y - title.size().y / 2.0), title, title_ink);
    painter.galley(pos2(at + title_width + 6.0, left.y - number.size().y / 2.0), number, t.text3);
    widgets::focus_ring(ui, &response, 13);
    if response.clicked() {
        intents.push(Intent::Filter(filter));
    }
    rect.right()
}

fn search_ui(ui: &mut Ui, rect: Rect, state: &State, pixels: &mut Pixels, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let id = search_id();
    let focused = ui.memory(|memory| memory.has_focus(id));
    let border = Stroke::new(1.0, if focused { t.accent } else { t.border });
    ui.painter().rect(rect, CornerRadius::same(8), t.surface, border, StrokeKind::Inside);
    widgets::icon(ui.painter(), pos2(rect.left() + 15.0, rect.center().y), icons::SEARCH, 15.0, t.text2);
    let mut right = rect.right() - 6.0;
    if rect.width() > 190.0 && pixels.search.is_empty() {
        let chip = (t.text3, t.raised);
        let place = pos2(right, rect.center().y);
        right = widgets::tag(ui.painter(), place, Align2::RIGHT_CENTER, "Ctrl F", chip).left() - 4.0;
    }
    if !focused && pixels.search != state.model.view.search() {
        state.model.view.search().clone_into(&mut pixels.search);
    }
    let inner = Rect::from_min_max(pos2(rect.left() + 28.0, rect.top() + 1.0), pos2(right, rect.bottom() - 1.0));
    let hint = egui::RichText::new("Filter by name or host").font(fonts::regular(12.0)).color(t.text3);
    let edit = widgets::bare_edit(&mut pixels.search, id, hint, inner.width(), (fonts::regular(12.0), t.text));
    if ui.place(inner, edit).accessible_name("Search").changed() {
        intents.push(Intent::Search(pixels.search.clone()));
    }
}

fn table_ui(
    ui: &mut Ui,
    rect: Rect,
    columns: &queue_row::Columns,
    state: &State,
    pixels: &mut Pixels,
    intents: &mut Vec<Intent>,
) {
    let view = &state.model.view;
    let rows = view.shown().len();
    let row_height = queue_row::height(state.settings.rows.density);
    let visible = rect.height() / row_height;
    for intent in intents.iter_mut() {
        if let Intent::Step(step @ Step::Page(_), _) = intent
            && let Step::Page(pages) = *step
        {
            *step = Step::By(pages * (visible as isize - 1).max(1));
        }
    }
    let response = ui.interact(rect, table_id(), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Table, true, format!("Queue: {}", format::counted(rows, "file"))));
    if response.has_focus() {
        widgets::keeps_arrows(ui, &response);
        if view.cursor().is_none() {
            // Once a row is chosen, its tint shows where the keyboard is.
            let ring = Stroke::new(1.0, theme::tokens(ui).accent.gamma_multiply(0.6));
            ui.painter().rect_stroke(rect.shrink(1.0), CornerRadius::same(4), ring, StrokeKind::Inside);
        }
    }
    if response.clicked() {
        // Below the last row.
        response.request_focus();
        intents.push(Intent::Deselect);
    }
    if ui.rect_contains_pointer(rect) {
        let wheel = ui.input(egui::InputState::smooth_scroll_delta).y;
        if wheel != 0.0 {
            pixels.scroll.by((-wheel, row_height), rows, visible);
        }
    }
    if pixels.scroll.followed != view.cursor() {
        pixels.scroll.followed = view.cursor();
        if let Some(place) = view.cursor().and_then(|job| view.place_of(job)) {
            pixels.scroll.show(place, rows, visible);
        }
    }
    pixels.scroll.clamp(rows, visible);

    let table = queue_drag::Table { rect, row_height, rows };
    let scrolls = queue_drag::drag_ui(ui, table, state, pixels, intents);
    if scrolls != 0.0 {
        pixels.scroll.by((scrolls, row_height), rows, visible);
    }
    if intents.contains(&Intent::ShowMenu)
        && let Some((job, place)) = view.cursor().and_then(|job| Some((job, view.place_of(job)?)))
    {
        pixels.scroll.show(place, rows, visible);
        let nth = place as f64 - pixels.scroll.first as f64 - f64::from(pixels.scroll.fraction);
        let at = pos2(rect.left() + 64.0, rect.top() + (nth as f32 + 1.0) * row_height - 6.0);
        if !view.is_selected(job) {
            intents.push(Intent::Choose(job, Choose::Only));
        }
        pixels.menu = Some(Menu::by_keyboard(job, at));
    }
    rows_ui(ui, table, columns, state, pixels, intents);
    queue_menu::menu_ui(&response, state, pixels, intents);
    if rows == 0 {
        let words = match view.search().trim() {
            _ if view.is_looking() => "Looking…".to_owned(),
            "" => format!("No file is {}", view.filter().title().to_lowercase()),
            search => format!("No file matches \"{search}\""),
        };
        let ink = (fonts::regular(13.0), theme::tokens(ui).text3);
        widgets::text(ui.painter(), rect.center(), Align2::CENTER_CENTER, words, ink);
    }
    scrollbar_ui(ui, rect, rows, visible, &mut pixels.scroll);
}

/// How many rows may be gone in a row before the rest has to wait for the next list.
const MOST_GONE: usize = 1000;

fn rows_ui(
    ui: &mut Ui,
    table: queue_drag::Table,
    columns: &queue_row::Columns,
    state: &State,
    pixels: &mut Pixels,
    intents: &mut Vec<Intent>,
) {
    let view = &state.model.view;
    let queue_drag::Table { rect, row_height, .. } = table;
    let mut clipped = ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt("rows"));
    clipped.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut top = rect.top() - pixels.scroll.fraction * row_height;
    let from = pixels.scroll.first.min(view.shown().len());
    let most = (rect.height() / row_height) as usize + MOST_GONE;
    for job in view.shown()[from..].iter().take(most) {
        if top >= rect.bottom() {
            break;
        }
        let Some(row) = state.model.row(*job).filter(|row| state.model.is_in_sight(row.id)) else { continue };
        let place = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), row_height));
        top += row_height;
        let response = queue_row::row_ui(&mut clipped, place, columns, row, state, pixels, intents);
        let secondary = response.clicked_by(PointerButton::Secondary);
        if response.clicked_by(PointerButton::Primary) || secondary {
            let modifiers = ui.input(|input| input.modifiers);
            ui.memory_mut(|memory| memory.request_focus(table_id()));
            pixels.scroll.followed = Some(*job);
            match (secondary, modifiers.command, modifiers.shift) {
                (true, ..) if view.is_selected(*job) => {}
                (false, true, _) => intents.push(Intent::Choose(*job, Choose::Toggle)),
                (false, _, true) => intents.push(Intent::Choose(*job, Choose::Range)),
                _ => intents.push(Intent::Choose(*job, Choose::Only)),
            }
            if secondary {
                let at = response.interact_pointer_pos().unwrap_or(place.center());
                pixels.menu = Some(Menu::by_pointer(*job, at));
            }
        }
        if response.double_clicked() {
            intents.push(Intent::Open(Target::Job(*job)));
        }
        queue_drag::begin(&response, *job, state, pixels, intents);
    }
}

fn scrollbar_ui(ui: &Ui, rect: Rect, rows: usize, visible: f32, scroll: &mut Scroll) {
    let overflow = rows as f64 - f64::from(visible);
    if overflow <= 0.0 {
        return;
    }
    let t = theme::tokens(ui);
    let bar = Rect::from_min_max(pos2(rect.right() - 10.0, rect.top() + 2.0), rect.max - vec2(1.0, 2.0));
    let response = ui.interact(bar, ui.scope_id().with("scrollbar"), Sense::DRAG | Sense::CLICK);
    let length = (bar.height() * visible / rows as f32).max(28.0).min(bar.height());
    let way = bar.height() - length;
    let share = (scroll.first as f64 + f64::from(scroll.fraction)) / overflow;
    let top = bar.top() + way * share as f32;
    if let Some(pointer) = response.interact_pointer_pos() {
        if response.drag_started() || response.clicked() {
            let within = (top..top + length).contains(&pointer.y);
            scroll.grip = if within { pointer.y - top } else { length / 2.0 };
        }
        scroll.go_to_share(f64::from((pointer.y - scroll.grip - bar.top()) / way.max(1.0)), rows, visible);
    }
    let wide = response.hovered() || response.dragged();
    let width = if wide { 7.0 } else { 4.0 };
    let handle = Rect::from_min_size(pos2(bar.right() - width - 1.0, top), vec2(width, length));
    let color = if wide { t.text3 } else { t.border };
    ui.painter().rect_filled(handle, CornerRadius::same(3), color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrolling_keeps_pixels_exact_at_a_million_rows() {
        let mut scroll = Scroll { first: 900_000, ..Scroll::default() };
        for _ in 0..46 {
            scroll.by((1.0, 46.0), 1_000_000, 7.0);
        }
        assert_eq!(scroll.first + usize::from(scroll.fraction > 0.5), 900_001, "{scroll:?}");
        scroll.by((1e9, 46.0), 1_000_000, 7.5);
        assert_eq!((scroll.first, scroll.fraction), (999_992, 0.5));
        scroll.by((-1e12, 46.0), 1_000_000, 7.5);
        assert_eq!((scroll.first, scroll.fraction), (0, 0.0));
    }

    #[test]
    fn a_row_is_brought_into_view_and_no_further() {
        let mut scroll = Scroll::default();
        scroll.show(3, 100, 5.0);
        assert_eq!((scroll.first, scroll.fraction), (0, 0.0));
        scroll.show(9, 100, 5.5);
        assert_eq!((scroll.first, scroll.fraction), (4, 0.5));
        scroll.show(2, 100, 5.5);
        assert_eq!((scroll.first, scroll.fraction), (2, 0.0));
    }
}
