//! Painting groups of lanes: frames, names, and the spans as one mesh of rectangles for each group.

use super::model::{Span, SpanEnd, Track};
use super::{fonts, format, theme, widgets};
use crate::model::{ExecutorKind, JobId, Moment, Pool};
use egui::{Align2, Color32, CornerRadius, Mesh, Rect, Stroke, StrokeKind, pos2, vec2};

/// What the lanes' names take.
pub(crate) const GUTTER: f32 = 118.0;
/// Room for a label within a span.
const LABEL_FROM: f32 = 34.0;

/// How lanes that belong together are drawn.
pub(crate) struct Group<'a> {
    pub(crate) executor: ExecutorKind,
    pub(crate) pool: Option<Pool>,
    pub(crate) closed: bool,
    pub(crate) tracks: Vec<&'a Track>,
}

/// The heights of everything, chosen so that all lanes fit if they can.
pub(crate) struct Pitch {
    pub(crate) row: f32,
    pub(crate) gap: f32,
}

impl Group<'_> {
    pub(crate) fn height(&self, pitch: &Pitch) -> f32 {
        let rows = self.tracks.len() as f32;
        match self.executor {
            ExecutorKind::Serial => 42.0,
            ExecutorKind::Threads => rows * pitch.row + 8.0,
            ExecutorKind::Processes => rows * (pitch.row + 2.0 + pitch.gap) - pitch.gap,
        }
    }
}

/// Time to pixels.
pub(crate) struct Scale {
    pub(crate) from_us: f64,
    pub(crate) per_us: f64,
    pub(crate) left: f32,
    pub(crate) right: f32,
}

impl Scale {
    fn x(&self, at: Moment) -> f32 {
        (self.left + ((at.0 as f64 - self.from_us) * self.per_us) as f32).clamp(self.left, self.right)
    }
}

/// What lies under the pointer.
pub(crate) struct Hit {
    pub(crate) job: JobId,
    pub(crate) words: String,
}

/// Draws a group; returns what is under the pointer.
pub(crate) fn group_ui(
    painter: &egui::Painter,
    t: &theme::Tokens,
    place: Rect,
    group: &Group<'_>,
    pitch: &Pitch,
    scale: &Scale,
    (now, pointer): (Moment, Option<egui::Pos2>),
) -> Option<Hit> {
    let color = t.executor(group.executor);
    let faint = if group.closed { 0.5 } else { 1.0 };
    let frame = |rect: Rect, radius: u8| {
        let border = Stroke::new(1.0, color.gamma_multiply(0.42 * faint));
        painter.rect(rect, CornerRadius::same(radius), color.gamma_multiply(0.05), border, StrokeKind::Inside);
    };
    if group.executor != ExecutorKind::Processes {
        frame(place, 8);
    }
    let (height, step, inset) = match group.executor {
        ExecutorKind::Serial => (place.height(), place.height(), 4.0),
        ExecutorKind::Threads => (pitch.row, pitch.row, 4.0),
        ExecutorKind::Processes => (pitch.row + 2.0, pitch.row + 2.0 + pitch.gap, 0.0),
    };
    let mut mesh = Mesh::default();
    let mut labels = Vec::new();
    let mut hit = None;
    for (at, track) in group.tracks.iter().enumerate() {
        let top =
            if group.executor == ExecutorKind::Serial { place.top() } else { place.top() + inset + at as f32 * step };
        let row = Rect::from_min_size(pos2(place.left(), top), vec2(place.width(), height));
        match group.executor {
            ExecutorKind::Processes => {
                frame(row, 4);
                let edge = Rect::from_min_size(row.min, vec2(4.0, row.height()));
                painter.rect_filled(
                    edge,
                    CornerRadius { nw: 4, sw: 4, ..CornerRadius::ZERO },
                    color.gamma_multiply(faint),
                );
            }
            ExecutorKind::Threads if at > 0 => {
                painter.hline(row.x_range().shrink(8.0), row.top(), Stroke::new(1.0, color.gamma_multiply(0.12)));
            }
            _ => {}
        }
        gutter_ui(painter, t, row, track);
        let margin = if group.executor == ExecutorKind::Serial { 4.0 } else { 2.0 };
        let strip = row.shrink2(vec2(0.0, margin));
        hit = spans_ui(t, strip, track, scale, (now, pointer), (&mut mesh, &mut labels)).or(hit);
    }
    painter.add(mesh);
    for Label { place, words, ink, size } in labels {
        let width = place.width() - 8.0;
        widgets::cut_text(
            painter,
            pos2(place.left() + 4.0, place.center().y),
            width,
            words,
            (fonts::medium(size), ink),
        );
    }
    hit
}

fn gutter_ui(painter: &egui::Painter, t: &theme::Tokens, row: Rect, track: &Track) {
    let size = (row.height() - 2.5).clamp(7.5, 11.0);
    let closed = track.closed_at.is_some();
    let lane = &track.lane;
    let (name, note) = match (lane.executor, lane.pool, track.pid) {
        (ExecutorKind::Serial, ..) => ("main".to_owned(), "one at a time".to_owned()),
        (ExecutorKind::Processes, _, Some(pid)) => (lane.label(), format!("pid {pid}")),
        (ExecutorKind::Processes, _, None) => (lane.label(), "process".to_owned()),
        (ExecutorKind::Threads, Some(Pool::Fetch), _) => (lane.label(), "net thread".to_owned()),
        (ExecutorKind::Threads, ..) => (lane.label(), "cpu thread".to_owned()),
    };
    let note = if closed { "closed".to_owned() } else { note };
    let y = row.center().y;
    let ink = if closed { t.text3 } else { t.executor_text(lane.executor) };
    widgets::text(painter, pos2(row.left() + 10.0, y), Align2::LEFT_CENTER, name, (fonts::mono(size), ink));
    let place = pos2(row.left() + GUTTER - 9.0, y);
    widgets::text(painter, place, Align2::RIGHT_CENTER, note, (fonts::regular(size), t.text3));
}

struct Label<'a> {
    place: Rect,
    words: &'a str,
    ink: Color32,
    size: f32,
}

fn spans_ui<'a>(
    t: &theme::Tokens,
    strip: Rect,
    track: &'a Track,
    scale: &Scale,
    (now, pointer): (Moment, Option<egui::Pos2>),
    (mesh, labels): (&mut Mesh, &mut Vec<Label<'a>>),
) -> Option<Hit> {
    let from = Moment(scale.from_us.max(0.0) as u64);
    let to = Moment((scale.from_us + f64::from(scale.right - scale.left) / scale.per_us).max(0.0) as u64);
    let mut hit = None;
    let mut painted_to = f32::MIN;
    for span in track.spans.range(track.visible(from, to)) {
        let end = span.end.min(now);
        let (left, mut right) = (scale.x(span.start), scale.x(end));
        // Neighbours within one pixel merge: nobody can tell them apart.
        if right - painted_to < 0.5 {
            continue;
        }
        // A hairline between spans that follow one another at once.
        right = if right - left > 3.0 { right - 1.0 } else { right.max(left + 1.0) };
        painted_to = right;
        let running = span.how == SpanEnd::Running;
        let color = match span.how {
            SpanEnd::Failed => t.error,
            SpanEnd::Again => t.warn,
            SpanEnd::Cancelled => t.text3,
            SpanEnd::Running | SpanEnd::Done => t.pool(span.pool),
        };
        let place = Rect::from_min_max(pos2(left, strip.top()), pos2(right, strip.bottom()));
        rounded(mesh, place, color.gamma_multiply(if running { 0.95 } else { 0.62 }));
        if place.width() > LABEL_FROM && strip.height() >= 10.0 {
            let ink = if running { t.on_accent } else { t.on_span };
            let size = (strip.height() - 4.0).clamp(8.0, 10.5);
            labels.push(Label { place, words: &span.label, ink, size });
        }
        if pointer.is_some_and(|pointer| place.contains(pointer)) {
            hit = Some(Hit { job: span.job, words: span_words(track, span, end) });
        }
    }
    hit
}

fn span_words(track: &Track, span: &Span, end: Moment) -> String {
    let verb = match span.pool {
        Pool::Fetch => "download",
        Pool::Mill => "convert",
    };
    let how = match span.how {
        SpanEnd::Running => "running",
        SpanEnd::Done => "done",
        SpanEnd::Failed => "failed",
        SpanEnd::Again => "tried again",
        SpanEnd::Cancelled => "cancelled",
    };
    let took = end - span.start;
    let mut words = format!("{}\n{} · {verb} · {how} · {}", span.label, track.lane.label(), format::span(took));
    if span.how != SpanEnd::Running {
        let computed = took.mul_f32(span.compute_share.clamp(0.0, 1.0));
        words +=
            &format!("\nwaited {} · computed {}", format::span(took.saturating_sub(computed)), format::span(computed));
    }
    words
}

/// A rectangle with its corners taken off, in eight vertices of a shared mesh: at this size it looks round.
fn rounded(mesh: &mut Mesh, rect: Rect, color: Color32) {
    let cut = 2.0_f32.min(rect.width() / 2.0).min(rect.height() / 2.0);
    if cut < 1.0 {
        mesh.add_colored_rect(rect, color);
        return;
    }
    let first = mesh.vertices.len() as u32;
    let (l, r, t, b) = (rect.left(), rect.right(), rect.top(), rect.bottom());
    for corner in [
        pos2(l + cut, t),
        pos2(r - cut, t),
        pos2(r, t + cut),
        pos2(r, b - cut),
        pos2(r - cut, b),
        pos2(l + cut, b),
        pos2(l, b - cut),
        pos2(l, t + cut),
    ] {
        mesh.colored_vertex(corner, color);
    }
    for at in 1..7 {
        mesh.add_triangle(first, first + at, first + at + 1);
    }
}
