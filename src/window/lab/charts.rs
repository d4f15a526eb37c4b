//! The lanes of every kind of run on one axis of time. Threads stand in one frame, for they share one memory; every process
//! in a box of its own; serial is one tall lane. A span is filled as high as the share that it computed; for the
//! rest of it the task waited, be it for a core.

use super::Comparison;
use super::comparison::{Bar, Chart, Strip};
use super::controls::{heading_ui, mode_color, mode_text};
use crate::model::lab::LabMode;
use crate::model::lab::figures::time;
use crate::window::lane_group::rounded;
use crate::window::{fonts, theme, widgets};
use egui::{Align2, CornerRadius, Mesh, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

const TITLE: f32 = 20.0;
const GUTTER: f32 = 34.0;
const AXIS: f32 = 20.0;
/// Room for a label within a span.
const LABEL_FROM: f32 = 34.0;
/// How much of its colour waiting takes, and computing over that: both together are as strong as the spans of the queue,
/// on which labels are readable.
const FAINT: f32 = 0.28;
const FILLED: f32 = (0.62 - FAINT) / (1.0 - FAINT);

/// How a lane is drawn: the more there are, the lower.
#[derive(Debug, Clone, Copy)]
struct Pitch {
    row: f32,
    gap: f32,
}

fn pitch_of(chart: &Chart) -> Pitch {
    let row = match (chart.mode, chart.strips.len()) {
        (LabMode::Serial, _) => 24.0,
        (_, 0..=4) => 18.0,
        (_, 5..=8) => 14.0,
        (_, 9..=16) => 9.0,
        _ => 5.0,
    };
    let gap = if chart.mode == LabMode::Processes && row >= 9.0 { 3.0 } else { 1.0 };
    Pitch { row, gap }
}

fn height_of(chart: &Chart) -> f32 {
    let Pitch { row, gap } = pitch_of(chart);
    TITLE + chart.strips.len() as f32 * (row + gap) + 12.0
}

/// Time to pixels.
struct Scale {
    left: f32,
    per_us: f64,
}

impl Scale {
    fn x(&self, us: u64) -> f32 {
        self.left + (us as f64 * self.per_us) as f32
    }
}

/// Draws them, with their legend and axis.
pub(super) fn charts_ui(ui: &mut Ui, comparison: &Comparison) {
    let charts = comparison.charts();
    if charts.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        heading_ui(ui, "LANES");
        legend_ui(ui);
    });
    let width = ui.available_width();
    let axis_us = comparison.axis_us();
    for chart in charts {
        let (id, rect) = ui.allocate_space(vec2(width, height_of(chart)));
        let time = time_of(rect);
        let scale = Scale { left: time.left(), per_us: f64::from(time.width()) / axis_us as f64 };
        let live = comparison
            .live_us()
            .filter(|_| comparison.at_work().is_some_and(|words| words.starts_with(&caption(chart))));
        chart_ui(ui, rect, id, chart, &scale, live);
    }
    let (_, rect) = ui.allocate_space(vec2(width, AXIS));
    let time = time_of(rect);
    axis_ui(ui, time, axis_us);
}

fn time_of(rect: Rect) -> Rect {
    Rect::from_min_max(pos2(rect.left() + GUTTER, rect.top()), rect.max - vec2(8.0, 0.0))
}

fn caption(chart: &Chart) -> String {
    format!("{} × {}, run {}", chart.mode.title(), chart.workers, chart.run)
}

fn legend_ui(ui: &mut Ui) {
    let t = theme::tokens(ui);
    let words = [("computes", 0.62), ("waits, or has no core", FAINT)];
    for (word, share) in words {
        let (_, rect) = ui.allocate_space(vec2(12.0, 12.0));
        let square = Rect::from_center_size(rect.center(), vec2(10.0, 8.0));
        ui.painter().rect_filled(square, CornerRadius::same(3), t.thread.gamma_multiply(share));
        ui.label(egui::RichText::new(word).font(fonts::regular(11.0)).color(t.text2));
    }
    let (_, rect) = ui.allocate_space(vec2(12.0, 12.0));
    let square = Rect::from_center_size(rect.center(), vec2(10.0, 8.0));
    ui.painter().rect_filled(square, CornerRadius::same(3), t.error);
    ui.label(egui::RichText::new("failed").font(fonts::regular(11.0)).color(t.text2));
}

fn chart_ui(ui: &mut Ui, rect: Rect, id: egui::Id, chart: &Chart, scale: &Scale, live: Option<u64>) {
    let t = theme::tokens(ui);
    let color = mode_color(t, chart.mode);
    let part = if chart.part.is_empty() { String::new() } else { format!(" · {}", chart.part) };
    let end = live.unwrap_or_else(|| chart.end_us());
    let words = format!("{} × {}", chart.mode.title(), chart.workers);
    let place = pos2(rect.left(), rect.top() + TITLE / 2.0);
    let ink = (fonts::medium(12.0), mode_text(t, chart.mode));
    let right = widgets::text(ui.painter(), place, Align2::LEFT_CENTER, &words, ink).right();
    let more = format!("run {}{part} · {}", chart.run, time(end as f64 / 1e3));
    let ink = (fonts::mono(11.0), t.text2);
    widgets::text(ui.painter(), pos2(right + 8.0, place.y), Align2::LEFT_CENTER, &more, ink);
    let response = ui.interact(rect, id, Sense::hover());
    let tasks: usize = chart.strips.iter().map(|strip| strip.bars.len()).sum();
    let said = format!("Lanes of {words}: {more}, {} lanes, {tasks} tasks", chart.strips.len());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &said));

    // Out of sight its name is enough.
    if !ui.is_rect_visible(rect) {
        return;
    }
    let Pitch { row, gap } = pitch_of(chart);
    let top = rect.top() + TITLE;
    let frame = |place: Rect, radius: u8| {
        let border = Stroke::new(1.0, color.gamma_multiply(0.42));
        ui.painter().rect(place, CornerRadius::same(radius), color.gamma_multiply(0.05), border, StrokeKind::Inside);
    };
    if chart.mode != LabMode::Processes {
        let height = chart.strips.len() as f32 * (row + gap) + 4.0;
        frame(Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height)), 8);
    }
    let mut hovered = None;
    for (at, strip) in chart.strips.iter().enumerate() {
        let place =
            Rect::from_min_size(pos2(rect.left(), top + 2.0 + at as f32 * (row + gap)), vec2(rect.width(), row));
        if chart.mode == LabMode::Processes {
            frame(place, 4);
            let edge = Rect::from_min_size(place.min, vec2(4.0, row));
            ui.painter().rect_filled(edge, CornerRadius { nw: 4, sw: 4, ..CornerRadius::ZERO }, color);
        }
        if row >= 9.0 {
            let ink = (fonts::mono(if row >= 14.0 { 11.0 } else { 9.0 }), mode_text(t, chart.mode));
            widgets::text(
                ui.painter(),
                pos2(place.left() + 9.0, place.center().y),
                Align2::LEFT_CENTER,
                &strip.label,
                ink,
            );
        }
        hovered =
            strip_ui(ui, place.shrink2(vec2(0.0, 1.0)), strip, (color, scale), live, response.hover_pos()).or(hovered);
    }
    if let Some(words) = hovered {
        response.on_hover_text_at_pointer(words);
    }
}

fn strip_ui(
    ui: &Ui,
    place: Rect,
    strip: &Strip,
    (color, scale): (egui::Color32, &Scale),
    live: Option<u64>,
    pointer: Option<egui::Pos2>,
) -> Option<String> {
    let t = theme::tokens(ui);
    let (mut mesh, mut labels) = (Mesh::default(), Vec::new());
    let (mut painted_to, mut hit) = (f32::MIN, None);
    for bar in &strip.bars {
        let end_us = bar.end_us.unwrap_or_else(|| live.unwrap_or(bar.start_us)).max(bar.start_us);
        let (left, mut right) = (scale.x(bar.start_us), scale.x(end_us));
        let span = Rect::from_min_max(pos2(left, place.top()), pos2(right.max(left + 1.0), place.bottom()));
        if pointer.is_some_and(|pointer| span.contains(pointer)) {
            hit = Some(words_of(strip, bar, end_us));
        }
        // Neighbours within one pixel merge: nobody can tell them apart.
        if right - painted_to < 0.5 {
            continue;
        }
        right = if right - left > 3.0 { right - 1.0 } else { right.max(left + 1.0) };
        painted_to = right;
        let span = Rect::from_min_max(span.min, pos2(right, span.bottom()));
        let color = if bar.done { color } else { t.error };
        if bar.end_us.is_none() {
            // What it computes is known when it ends.
            rounded(&mut mesh, span, color.gamma_multiply(0.55));
        } else {
            rounded(&mut mesh, span, color.gamma_multiply(FAINT));
            let height = span.height() * share(bar, end_us);
            if height >= 0.5 {
                let filled = Rect::from_min_max(pos2(span.left(), span.bottom() - height), span.max);
                rounded(&mut mesh, filled, color.gamma_multiply(FILLED));
            }
        }
        if span.width() > LABEL_FROM && span.height() >= 11.0 {
            labels.push((span, &bar.name));
        }
    }
    ui.painter().add(mesh);
    for (span, words) in labels {
        let size = (span.height() - 4.0).clamp(8.0, 10.5);
        let place = pos2(span.left() + 4.0, span.center().y);
        widgets::cut_text(ui.painter(), place, span.width() - 8.0, words, (fonts::medium(size), t.on_span));
    }
    hit
}

/// The share of its time that a task computed.
fn share(bar: &Bar, end_us: u64) -> f32 {
    let took = end_us.saturating_sub(bar.start_us).max(1);
    (bar.cpu_us as f32 / took as f32).clamp(0.0, 1.0)
}

fn words_of(strip: &Strip, bar: &Bar, end_us: u64) -> String {
    let took_us = end_us.saturating_sub(bar.start_us);
    let took = time(took_us as f64 / 1e3);
    let how = match (bar.end_us, bar.done) {
        (None, _) => return format!("{}\n{} · running · {took}", bar.name, strip.label),
        (Some(_), true) => "done",
        (Some(_), false) => "failed",
    };
    let computed = bar.cpu_us.min(took_us);
    format!(
        "{}\n{} · process {} · {how} · {took}\nwaited, or had no core, {} · computed {}",
        bar.name,
        strip.label,
        bar.pid,
        time((took_us - computed) as f64 / 1e3),
        time(computed as f64 / 1e3)
    )
}

fn axis_ui(ui: &Ui, rect: Rect, axis_us: u64) {
    let t = theme::tokens(ui);
    let step = step_of(axis_us);
    let mut at = 0;
    while at <= axis_us {
        let x = rect.left() + (at as f64 / axis_us as f64) as f32 * rect.width();
        ui.painter().vline(x, rect.top()..=rect.top() + 4.0, Stroke::new(1.0, t.border));
        let align = if at == 0 { Align2::LEFT_CENTER } else { Align2::CENTER_CENTER };
        let words = time(at as f64 / 1e3).replace("0 µs", "0");
        // The last mark keeps clear of the edge.
        if x < rect.right() - 16.0 || at == 0 {
            widgets::text(ui.painter(), pos2(x, rect.top() + 12.0), align, words, (fonts::mono(11.0), t.text3));
        }
        at += step;
    }
}

/// A round number of microseconds, so that there are some marks and not many.
fn step_of(axis_us: u64) -> u64 {
    let powers = (0..12).map(|power| 10_u64.pow(power));
    let steps = powers.flat_map(|ten| [ten, 2 * ten, 5 * ten]);
    steps.into_iter().find(|step| axis_us / step <= 8).unwrap_or(axis_us.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_some_marks_and_not_many() {
        for axis_us in [1, 9, 17, 1_000, 48_000, 1_499_999, 6_000_000, 3_600_000_000] {
            let marks = axis_us / step_of(axis_us);
            assert!((1..=8).contains(&marks), "{axis_us}: {marks}");
        }
    }
}
