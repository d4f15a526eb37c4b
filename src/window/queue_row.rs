//! One row of the queue: picture, two lines of name, stage, progress, rate, sizes.

use super::intent::{Intent, Target};
use super::model::{Bucket, Model, Row};
use super::widgets::{self, Face, Kind};
use super::{Pixels, State, fonts, format, icons, theme};
use crate::model::{ExecutorKind, Moment, Pool};
use crate::store::rows::{Column, Density, Widths};
use egui::{Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Where the columns stand: left edges, and right edges of those that are aligned to the right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    name: f32,
    stage: f32,
    progress: f32,
    bar: f32,
    /// The right edge; `None` where there is no room for the column.
    rate: Option<f32>,
    sizes: Option<f32>,
    right: f32,
}

/// What the name keeps of the room in which others can be wider than usual.
const LEAST_NAME: f32 = 220.0;
/// What the percentage takes beside the bar.
const PERCENT: f32 = 36.0;

impl Columns {
    pub(crate) fn of(rect: Rect, widths: Widths) -> Columns {
        let (left, right) = (rect.left() + 20.0, rect.right() - 24.0);
        let shown = |column| match column {
            Column::Name => false,
            Column::Stage | Column::Progress => true,
            Column::Rate => rect.width() >= 800.0,
            Column::Size => rect.width() >= 600.0,
        };
        let usual = |column| f32::from(Widths::default().of(column));
        let more = |column| if shown(column) { f32::from(widths.of(column)) - usual(column) } else { 0.0 };
        let movable = [Column::Stage, Column::Progress, Column::Rate, Column::Size];
        let needed: f32 = movable.into_iter().filter(|column| shown(*column)).map(usual).sum();
        let wanted: f32 = movable.into_iter().map(|column| more(column).max(0.0)).sum();
        // In a narrow window the name comes first.
        let granted = ((right - left - LEAST_NAME - needed).max(0.0) / wanted.max(1.0)).min(1.0);
        let width = |column| match more(column) {
            _ if !shown(column) => 0.0,
            more if more > 0.0 => usual(column) + more * granted,
            less => usual(column) + less,
        };
        let rate = right - width(Column::Size);
        let progress = rate - width(Column::Rate) - width(Column::Progress);
        Columns {
            name: left,
            stage: progress - width(Column::Stage),
            progress,
            bar: width(Column::Progress) - PERCENT,
            rate: shown(Column::Rate).then_some(rate),
            sizes: shown(Column::Size).then_some(right),
            right,
        }
    }

    /// Where the columns meet that can be made wider and narrower: the column, its left edge and its right one.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (Column, f32, f32)> {
        let end = self.progress + self.bar + PERCENT;
        let rate = self.rate.map(|right| (Column::Rate, end, right));
        let sizes = self.sizes.map(|right| (Column::Size, self.rate.unwrap_or(end), right));
        let stage = (Column::Stage, self.stage, self.progress);
        [Some(stage), Some((Column::Progress, self.progress, end)), rate, sizes].into_iter().flatten()
    }

    /// The widths with another one of a column, as far as there is room for it now; those in sight become what they are.
    pub(crate) fn resized(&self, stored: Widths, column: Column, width: f32) -> Widths {
        let spare = (self.stage - self.name - LEAST_NAME).max(0.0);
        self.edges().fold(stored, |widths, (each, left, right)| {
            let width = if each == column { width.clamp(0.0, right - left + spare) } else { right - left };
            widths.with(each, Some(width.round() as u16))
        })
    }

    /// Where the heads of the columns stand: at which edge, and on which side of it.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (Column, f32, Align2)> {
        let left = |column, edge| Some((column, edge, Align2::LEFT_CENTER));
        let right = |column, edge: Option<f32>| edge.map(|edge| (column, edge, Align2::RIGHT_CENTER));
        let heads = [
            left(Column::Name, self.name),
            left(Column::Stage, self.stage),
            left(Column::Progress, self.progress),
            right(Column::Rate, self.rate),
            right(Column::Size, self.sizes),
        ];
        heads.into_iter().flatten()
    }
}

/// How high a row is.
pub(crate) fn height(density: Density) -> f32 {
    match density {
        Density::Comfortable => 46.0,
        Density::Compact => 30.0,
    }
}

/// Draws a row; the response is that of the row, without its Retry button.
pub(crate) fn row_ui(
    ui: &mut Ui,
    rect: Rect,
    columns: &Columns,
    row: &Row,
    state: &State,
    pixels: &mut Pixels,
    intents: &mut Vec<Intent>,
) -> Response {
    let t = theme::tokens(ui);
    let model = &state.model;
    // No Tab stop of its own: the table is one.
    let response = ui.interact(rect, ui.scope_id().with(row.id), Sense::CLICK | Sense::DRAG);
    let selected = model.view.is_selected(row.id);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, spoken(row)));
    let ground = Rect::from_min_max(rect.min + vec2(8.0, 1.0), rect.max - vec2(8.0, 1.0));
    if selected {
        ui.painter().rect_filled(ground, CornerRadius::same(7), t.selection);
        let margin = ground.height() * 0.22;
        let edge = Rect::from_min_size(ground.min + vec2(0.0, margin), vec2(3.0, ground.height() - 2.0 * margin));
        ui.painter().rect_filled(edge, CornerRadius::same(2), t.accent);
    } else if response.hovered() {
        ui.painter().rect_filled(ground, CornerRadius::same(7), t.surface);
    }
    name_ui(ui, rect, columns, row, (state.settings.rows.density, pixels));
    stage_ui(ui, rect, columns, row, model);
    if row.bucket() == Bucket::Failed {
        failure_ui(ui, rect, columns, row, intents);
    } else {
        progress_ui(ui, rect, columns, row);
        rate_ui(ui, rect, columns, row, model.now());
        sizes_ui(ui, rect, columns, row);
    }
    if response.hovered() && row.is_stopping() {
        return response.on_hover_text_at_pointer(stopping_words(row, model));
    }
    if response.hovered()
        && let Some(failure) = &row.failure
    {
        return response.on_hover_text_at_pointer(&failure.sentence);
    }
    response
}

/// What becomes of a job that was told to stop.
pub(crate) fn stopping_words(row: &Row, model: &Model) -> &'static str {
    let executor = row.lane.and_then(|lane| model.tracks.get(lane)).map(|track| track.lane.executor);
    match executor {
        Some(ExecutorKind::Processes) => "Asked to stop; ended by force after a second",
        _ => "A thread cannot be stopped from outside: it ends at its next step",
    }
}

/// The row as screen readers say it.
fn spoken(row: &Row) -> String {
    let mut words = format!("{}, {}", row.name, row.state_word());
    match (&row.failure, row.bucket()) {
        (Some(failure), _) => words += &format!(": {}", failure.sentence),
        (None, Bucket::Fetching | Bucket::Milling) => words += &format!(", {:.0} %", row.share() * 100.0),
        (None, Bucket::Done) => {
            if let Some((_, saving)) = format::saving(row.bytes_in, row.bytes_out) {
                words += &format!(", {}, {saving}", format::bytes(row.bytes_out));
            }
        }
        _ => {}
    }
    words
}

fn name_ui(ui: &Ui, rect: Rect, columns: &Columns, row: &Row, (density, pixels): (Density, &mut Pixels)) {
    let t = theme::tokens(ui);
    let size = match density {
        Density::Comfortable => vec2(36.0, 32.0),
        Density::Compact => vec2(27.0, 24.0),
    };
    let picture = Rect::from_min_size(pos2(columns.name, rect.center().y - size.y / 2.0), size);
    let texture = row.preview().and_then(|path| pixels.thumbs.small(path));
    if let Some(texture) = texture {
        texture.paint(ui.painter(), picture, CornerRadius::same(5));
    } else {
        ui.painter().rect_filled(picture, CornerRadius::same(5), t.raised);
        let glyph = if row.bucket() == Bucket::Failed { icons::BROKEN } else { icons::PICTURE };
        widgets::icon(ui.painter(), picture.center(), glyph, size.y / 2.0, t.text3.gamma_multiply(0.7));
    }
    // The columns of both densities are the same.
    let left = columns.name + 48.0;
    let left = if density == Density::Compact { left - 9.0 } else { left };
    let width = columns.stage - 12.0 - left;
    let painter = ui.painter();
    let title = (fonts::medium(13.0), t.text);
    let second = (fonts::regular(11.0), t.text3);
    match density {
        Density::Comfortable => {
            widgets::cut_text(painter, pos2(left, rect.top() + 16.0), width, row.name.as_str(), title);
            widgets::cut_text(painter, pos2(left, rect.top() + 32.0), width, second_line(row), second);
        }
        Density::Compact => {
            // The name comes first; what is left of the line says where it is from.
            let y = rect.center().y;
            let from = widgets::cut_text(painter, pos2(left, y), width, row.name.as_str(), title) + 12.0;
            let rest = left + width - from;
            if rest > 60.0 {
                widgets::cut_text(painter, pos2(from, y), rest, second_line(row), second);
            }
        }
    }
}

/// Where it is from, and what becomes of it.
fn second_line(row: &Row) -> String {
    let mut parts: Vec<String> = Vec::with_capacity(3);
    if !row.place.is_empty() {
        parts.push(row.place.clone());
    }
    if row.more_files() > 0 {
        parts.push(format!("and {} more", row.more_files()));
    }
    let target = row.target();
    match (row.size_in, row.size_out) {
        (Some((width, height)), Some(to)) if (width, height) != to => {
            parts.push(format!("{width}×{height}  →  {}×{}", to.0, to.1));
        }
        (Some((width, height)), _) => parts.push(format!("{width}×{height}")),
        _ if !target.is_empty() => parts.push(format!("→  {target}")),
        _ => {}
    }
    parts.join("  ·  ")
}

fn stage_ui(ui: &Ui, rect: Rect, columns: &Columns, row: &Row, model: &Model) {
    let t = theme::tokens(ui);
    let (glyph, color) = match row.bucket() {
        _ if row.is_stopping() => (icons::STOP, t.warn_text),
        _ if row.paused && !row.state.is_final() => (icons::PAUSE, t.text2),
        Bucket::Queued | Bucket::Fetched if row.failure.is_some() => (icons::RETRY, t.warn_text),
        Bucket::Queued | Bucket::Fetched => (icons::QUEUED, t.text3),
        Bucket::Fetching => (icons::DOWNLOAD, t.thread_text),
        Bucket::Milling => (icons::CONVERT, t.process_text),
        Bucket::Done if row.taken_back => (icons::UNDO, t.text2),
        Bucket::Done => (icons::DONE, t.ok_text),
        Bucket::Failed => (icons::FAILED, t.error_text),
        Bucket::Cancelled => (icons::CANCEL, t.text3),
    };
    let y = rect.center().y;
    widgets::icon(ui.painter(), pos2(columns.stage + 8.0, y), glyph, 15.0, color);
    let ink = (fonts::medium(12.0), color);
    let right = widgets::cut_text(
        ui.painter(),
        pos2(columns.stage + 20.0, y),
        columns.progress - columns.stage - 52.0,
        row.state_word(),
        ink,
    );
    if let Some(track) = row.lane.and_then(|lane| model.tracks.get(lane)) {
        let executor = track.lane.executor;
        let ground = executor_tint(t, executor);
        let place = pos2(right + 6.0, y);
        widgets::tag(ui.painter(), place, Align2::LEFT_CENTER, &row.lane_tag, (t.executor_text(executor), ground));
    }
}

fn executor_tint(t: &theme::Tokens, executor: ExecutorKind) -> Color32 {
    t.executor(executor).gamma_multiply(0.18)
}

/// One segment for each stage: what waits for the network in teal, what computes in violet.
pub(crate) fn segments_ui(ui: &Ui, bar: Rect, row: &Row) {
    let t = theme::tokens(ui);
    let painter = ui.painter();
    let radius = CornerRadius::same(3);
    let (shares, stages) = row.stage_shares();
    let pools = row.spec.stages();
    if row.bucket() == Bucket::Done {
        painter.rect_filled(bar, radius, t.ok.gamma_multiply(0.62));
        return;
    }
    let width = (bar.width() - 2.0 * (stages - 1) as f32) / stages as f32;
    for (stage, share) in shares[..stages].iter().enumerate() {
        let left = bar.left() + stage as f32 * (width + 2.0);
        let ground = Rect::from_min_size(pos2(left, bar.top()), vec2(width, bar.height()));
        painter.rect_filled(ground, radius, t.soft);
        let pool = pools.get(stage).copied().unwrap_or(Pool::Mill);
        let running = row.bucket() != Bucket::Cancelled && *share < 1.0;
        let color = if running { t.pool(pool) } else { t.pool(pool).gamma_multiply(0.55) };
        if *share > 0.0 {
            let done = vec2((width * share).max(bar.height()), bar.height());
            painter.rect_filled(Rect::from_min_size(ground.min, done), radius, color);
        }
    }
}

fn progress_ui(ui: &Ui, rect: Rect, columns: &Columns, row: &Row) {
    let t = theme::tokens(ui);
    let bar = Rect::from_min_size(pos2(columns.progress, rect.center().y - 3.0), vec2(columns.bar, 6.0));
    segments_ui(ui, bar, row);
    let running = matches!(row.bucket(), Bucket::Fetching | Bucket::Milling);
    let known = row.progress.total.is_some() || row.stage > 0;
    if running && known {
        let words = format!("{:.0}%", row.share() * 100.0);
        let place = pos2(columns.progress + columns.bar + 32.0, rect.center().y);
        widgets::text(ui.painter(), place, Align2::RIGHT_CENTER, words, (fonts::mono(11.0), t.text2));
    }
}

fn rate_ui(ui: &Ui, rect: Rect, columns: &Columns, row: &Row, now: Moment) {
    let Some(right) = columns.rate else { return };
    let t = theme::tokens(ui);
    let words = match row.bucket() {
        // Padded, so that the rate stands still while the time left gets shorter.
        Bucket::Fetching if row.rate() > 1.0 => match row.time_left() {
            Some(left) => format!("{} · {:>5}", format::rate(row.rate()), format::clock(left)),
            None => format::rate(row.rate()),
        },
        Bucket::Milling => row.started.map(|started| format::span(now - started)).unwrap_or_default(),
        Bucket::Done => format::span(std::time::Duration::from_micros(row.timing().wall_us)),
        _ => String::new(),
    };
    let ink = (fonts::mono(11.0), t.text2);
    widgets::text(ui.painter(), pos2(right, rect.center().y), Align2::RIGHT_CENTER, words, ink);
}

fn sizes_ui(ui: &Ui, rect: Rect, columns: &Columns, row: &Row) {
    let Some(mut right) = columns.sizes else { return };
    let t = theme::tokens(ui);
    let y = rect.center().y;
    let mono = fonts::mono(11.0);
    if row.bucket() != Bucket::Done {
        let bytes = row.progress.total.filter(|_| row.bucket() == Bucket::Fetching).unwrap_or(row.bytes_in);
        if bytes > 0 {
            widgets::text(ui.painter(), pos2(right, y), Align2::RIGHT_CENTER, format::bytes(bytes), (mono, t.text2));
        }
        return;
    }
    let converted = row.spec.stages().contains(&Pool::Mill) && row.bytes_in > 0;
    if let Some((change, words)) = format::saving(row.bytes_in, row.bytes_out).filter(|_| converted) {
        let color = if change < 0 { t.ok_text } else { t.warn_text };
        widgets::text(ui.painter(), pos2(right, y), Align2::RIGHT_CENTER, words, (mono.clone(), color));
        right -= 50.0;
    }
    let words = if let Some(page) = row.page() {
        format::counted(page.links.len(), "link")
    } else if converted {
        format!("{} → {}", format::bytes(row.bytes_in), format::bytes(row.bytes_out))
    } else {
        format::bytes(row.bytes_out)
    };
    widgets::text(ui.painter(), pos2(right, y), Align2::RIGHT_CENTER, words, (mono, t.text2));
}

fn failure_ui(ui: &Ui, rect: Rect, columns: &Columns, row: &Row, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let high = (rect.height() - 4.0).min(26.0);
    let button = Rect::from_min_size(pos2(columns.right - 72.0, rect.center().y - high / 2.0), vec2(72.0, high));
    let width = button.left() - 12.0 - columns.progress;
    if let Some(failure) = &row.failure {
        let ink = (fonts::regular(12.0), t.error_text);
        widgets::cut_text(ui.painter(), pos2(columns.progress, rect.center().y), width, &failure.sentence, ink);
    }
    let response = ui.interact(button, ui.scope_id().with(("retry", row.id)), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Retry {}", row.name)));
    let fill = if response.hovered() { t.hover } else { t.raised };
    let border = egui::Stroke::new(1.0, t.border);
    ui.painter().rect(button, CornerRadius::same(8), fill, border, egui::StrokeKind::Inside);
    let face = Face { icon: Some(icons::RETRY), label: "Retry", name: "", kind: Kind::Plain };
    widgets::face_ui(ui.painter(), button, face, (fonts::medium(12.0), t.text));
    if response.clicked() {
        intents.push(Intent::Retry(Target::Job(row.id)));
    }
}
