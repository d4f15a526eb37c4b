//! Painting groups of lanes: frames, names, and the spans as one mesh of rectangles for each group.

use super::intent::Intent;
use super::model::bars::{Bar, Sighted, bars, pointed_at as pointed_at_in};
use super::model::{Model, Span, SpanEnd, Track};
use super::{card, fonts, icons, lane_name, theme, widgets};
use crate::model::{ExecutorKind, JobId, Moment, Pool};
use egui::{Color32, CornerRadius, Mesh, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

/// Room for a label within a span.
const LABEL_FROM: f32 = 34.0;
/// Room for the sign of how it ended.
const SIGN_FROM: f32 = 13.0;
/// How wide a mark is at least.
const MARK: f32 = 2.0;

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

/// What all groups are drawn from.
pub(crate) struct Scene<'a> {
    /// Clipped to where lanes may be seen.
    pub(crate) ui: &'a Ui,
    pub(crate) model: &'a Model,
    pub(crate) scale: Scale,
    /// What the lanes' names take.
    pub(crate) gutter: f32,
    pub(crate) now: Moment,
    pub(crate) pointer: Option<egui::Pos2>,
}

/// What lies under the pointer.
pub(crate) struct Hit {
    pub(crate) job: JobId,
    pub(crate) words: String,
}

/// Draws a group; returns what is under the pointer.
pub(crate) fn group_ui(
    scene: &Scene<'_>,
    place: Rect,
    group: &Group<'_>,
    pitch: &Pitch,
    intents: &mut Vec<Intent>,
) -> Option<Hit> {
    let (painter, t) = (scene.ui.painter(), theme::tokens(scene.ui));
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
        let name = Rect::from_min_size(row.min, vec2(scene.gutter, row.height()));
        lane_name::name_ui(scene.ui, name, track, scene.model, intents);
        if !row.intersects(painter.clip_rect()) {
            // Screen readers and keys find it nevertheless.
            continue;
        }
        let margin = if group.executor == ExecutorKind::Serial { 4.0 } else { 2.0 };
        let strip = row.shrink2(vec2(0.0, margin));
        hit = spans_ui(scene, t, strip, track, (&mut mesh, &mut labels)).or(hit);
    }
    painter.add(mesh);
    for Label { place, words, sign, ink, size } in labels {
        let mut left = place.left() + 4.0;
        if let Some(sign) = sign {
            widgets::icon(painter, pos2(place.left() + 2.0 + size / 2.0, place.center().y), sign, size, ink);
            left += size;
        }
        if !words.is_empty() {
            let width = place.right() - 4.0 - left;
            widgets::cut_text(painter, pos2(left, place.center().y), width, words, (fonts::medium(size), ink));
        }
    }
    hit
}

struct Label<'a> {
    place: Rect,
    words: &'a str,
    sign: Option<&'static str>,
    ink: Color32,
    size: f32,
}

fn spans_ui<'a>(
    scene: &Scene<'_>,
    t: &theme::Tokens,
    strip: Rect,
    track: &'a Track,
    (mesh, labels): (&mut Mesh, &mut Vec<Label<'a>>),
) -> Option<Hit> {
    let Scene { scale, now, pointer, .. } = scene;
    let from = Moment(scale.from_us.max(0.0) as u64);
    let to = Moment((scale.from_us + f64::from(scale.right - scale.left) / scale.per_us).max(0.0) as u64);
    let pixel_us = 1.0 / scale.per_us;
    let mut hit = None;
    bars(track, Sighted { from, to, now: *now, pixel_us }, |bar| {
        let (start, end) = match &bar {
            Bar::One(span) => (span.start, span.end.min(*now)),
            Bar::Run { start, end, .. } => (*start, *end),
            Bar::Mark(span, end) => {
                let place = Rect::from_x_y_ranges(scale.x(span.start)..=scale.x(*end), strip.y_range());
                return mark(t, mesh, place, span.how);
            }
        };
        let (left, mut right) = (scale.x(start), scale.x(end));
        // A hairline between spans that follow one another at once.
        right = if right - left > 3.0 { right - 1.0 } else { right.max(left + 1.0) };
        let place = Rect::from_min_max(pos2(left, strip.top()), pos2(right, strip.bottom()));
        let pointed_at = pointer.filter(|pointer| place.expand2(vec2(1.0, 0.0)).contains(*pointer));
        match bar {
            Bar::One(span) => {
                one_ui(t, place, span, mesh, labels);
                if pointed_at.is_some() {
                    hit = Some(Hit { job: span.job, words: card::words(scene.model, track, span, *now) });
                }
            }
            Bar::Run { spans, pool, busy, .. } => {
                mesh.add_colored_rect(place, t.pool(pool).gamma_multiply(0.24 + 0.38 * busy));
                if let Some(pointer) = pointed_at {
                    let at = Moment((scale.from_us + f64::from(pointer.x - scale.left) * pixel_us).max(0.0) as u64);
                    let near = pointed_at_in(track, spans.clone(), at, (4.0 * pixel_us) as u64);
                    hit = near.map(|span| Hit {
                        job: span.job,
                        words: card::run_words(scene.model, track, (spans, span), *now),
                    });
                }
            }
            Bar::Mark(..) => {}
        }
    });
    hit
}

/// The colour and the sign of an end. Done and running have the colour of their pool, and no sign.
fn look(t: &theme::Tokens, how: SpanEnd) -> Option<(Color32, &'static str)> {
    match how {
        SpanEnd::Failed => Some((t.error, icons::FAILED)),
        SpanEnd::Again => Some((t.warn, icons::RETRY)),
        SpanEnd::Cancelled => Some((t.text3, icons::CANCEL)),
        SpanEnd::Running | SpanEnd::Done => None,
    }
}

fn one_ui<'a>(t: &theme::Tokens, place: Rect, span: &'a Span, mesh: &mut Mesh, labels: &mut Vec<Label<'a>>) {
    let running = span.how == SpanEnd::Running;
    let look = look(t, span.how);
    let color = look.map_or(t.pool(span.pool), |look| look.0);
    if look.is_some() && place.width() < SIGN_FROM {
        return mark(t, mesh, place, span.how);
    }
    let fill = color.gamma_multiply(if running { 0.95 } else { 0.62 });
    if place.width() < 6.0 {
        mesh.add_colored_rect(place, fill);
    } else {
        rounded(mesh, place, fill);
    }
    let (wide, high) = (place.width() > LABEL_FROM, place.height() >= 10.0);
    if look.is_some() || wide && high {
        let ink = if running { t.on_accent } else { t.on_span };
        let size = (place.height() - 4.0).clamp(8.0, 10.5);
        let words = if wide && high { &*span.label } else { "" };
        labels.push(Label { place, words, sign: look.map(|look| look.1), ink, size });
    }
}

/// A narrow span that did not end well, told by its shape as well: a flag above for failed, below for tried again, and
/// half as high for cancelled.
fn mark(t: &theme::Tokens, mesh: &mut Mesh, place: Rect, how: SpanEnd) {
    let Some((color, _)) = look(t, how) else { return };
    let place = Rect::from_min_max(place.min, pos2(place.right().max(place.left() + MARK), place.bottom()));
    if how == SpanEnd::Cancelled {
        return mesh.add_colored_rect(place.shrink2(vec2(0.0, place.height() * 0.27)), color);
    }
    mesh.add_colored_rect(place, color);
    let side = (place.height() * 0.55).clamp(4.0, 7.0);
    let (y, down) = if how == SpanEnd::Failed { (place.top(), side) } else { (place.bottom(), -side) };
    let first = mesh.vertices.len() as u32;
    for corner in [pos2(place.left(), y), pos2(place.right() + side, y), pos2(place.right(), y + down)] {
        mesh.colored_vertex(corner, color);
    }
    mesh.add_triangle(first, first + 1, first + 2);
}

/// A rectangle with its corners taken off, in eight vertices of a shared mesh: at this size it looks round.
pub(super) fn rounded(mesh: &mut Mesh, rect: Rect, color: Color32) {
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
