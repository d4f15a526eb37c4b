//! The lanes: what each did when. Threads stand in one frame, for they share one memory; every process stands in a box
//! of its own; serial is one tall lane. Only visible spans are looked at, and those of a group are one mesh.

use super::intent::{Intent, Target};
use super::lane_acts::LaneIntent;
use super::lane_group::{Group, Pitch, Scale, Scene, group_ui};
use super::lane_name;
use super::model::{Model, Track};
use super::widgets::{self, Face, Kind};
use super::{axis, fonts, format, icons, theme};
use crate::model::{Moment, Pool};
use egui::{Align2, CornerRadius, Key, Modifiers, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use std::time::Duration;

const HEAD_HEIGHT: f32 = 40.0;
const AXIS_HEIGHT: f32 = 22.0;
const US: f64 = 1e6;
/// What the view shows at first, and the limits of zooming, in seconds.
const WINDOW: f64 = 30.0;
const WINDOW_RANGE: std::ops::RangeInclusive<f64> = 0.5..=86_400.0;
/// What one step of a button or a key zooms by, and which share of the view it moves by.
const ZOOM_STEP: f64 = 1.5;
const PAN_STEP: f64 = 0.1;
/// Marks of the axis stand so far apart that their words do not touch.
const MARK_PITCH: f64 = 78.0;

/// What screen readers call the view, with the keys that it takes.
const NAME: &str = "Worker lanes: arrows move, plus and minus zoom, Home shows everything, End the present";

/// Which part of time is in sight.
#[derive(Debug)]
pub(crate) struct Sight {
    /// Seconds from the left edge to the right one.
    window_s: f64,
    /// The right edge in seconds; `None` follows the present.
    held_at: Option<f64>,
    /// How far the lanes are scrolled down, in pixels.
    down: f32,
}

impl Default for Sight {
    fn default() -> Self {
        Sight { window_s: WINDOW, held_at: None, down: 0.0 }
    }
}

impl Sight {
    /// Whether the present is in sight and moves the picture.
    pub(crate) fn is_live(&self) -> bool {
        self.held_at.is_none()
    }

    fn end(&self, now: Moment) -> f64 {
        self.held_at.unwrap_or(now.as_secs_f64())
    }

    fn pan(&mut self, seconds: f64, now: Moment) {
        let now = now.as_secs_f64();
        let end = (self.held_at.unwrap_or(now) - seconds).max(0.0);
        // Dragged back to the present: follow it again.
        self.held_at = (end < now).then_some(end);
    }

    fn zoom(&mut self, factor: f64, at_share: f64, now: Moment) {
        let before = self.window_s;
        self.window_s = (before * factor).clamp(*WINDOW_RANGE.start(), *WINDOW_RANGE.end());
        if let Some(end) = self.held_at {
            // What is under the pointer stays there.
            let end = end + (self.window_s - before) * (1.0 - at_share);
            self.held_at = (end < now.as_secs_f64()).then_some(end);
        }
    }

    /// A step nearer, or with a factor above 1 further away, around the middle of what is in sight.
    fn zoom_by(&mut self, factor: f64, now: Moment) {
        self.zoom(factor, 0.5, now);
    }

    /// Everything from the first span on.
    fn show_all(&mut self, since: Moment, now: Moment) {
        *self = Sight::default();
        let seconds = (now - since).as_secs_f64() * 1.02;
        self.window_s = seconds.clamp(*WINDOW_RANGE.start(), *WINDOW_RANGE.end());
    }
}

fn groups<'a>(tracks: &[&'a Track]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for track in tracks {
        let (executor, pool, closed) = (track.lane.executor, track.lane.pool, track.closed_at.is_some());
        match groups.last_mut() {
            Some(group) if (group.executor, group.pool, group.closed) == (executor, pool, closed) => {
                group.tracks.push(track);
            }
            _ => groups.push(Group { executor, pool, closed, tracks: vec![track] }),
        }
    }
    groups
}

/// Draws the lanes view.
pub(crate) fn lanes_ui(ui: &mut Ui, rect: Rect, model: &Model, sight: &mut Sight, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    ui.painter().rect_filled(rect, 0, t.surface);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, t.border));
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD_HEIGHT));
    let body = Rect::from_min_max(pos2(rect.left() + 16.0, head.bottom()), rect.max - vec2(20.0, AXIS_HEIGHT));
    let gutter = lane_name::gutter(rect.width());
    let time = Rect::from_min_max(pos2(body.left() + gutter, body.top()), body.max - vec2(26.0, 0.0));
    let response = ui.interact(rect, ui.scope_id().with("lanes"), Sense::CLICK | Sense::DRAG | Sense::FOCUSABLE);
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, NAME));

    // At rest the picture stands still where the work ended.
    let (now, rests) = match model.stretch.ended {
        Some(ended) if !model.is_active() => (ended, true),
        _ => (model.now(), false),
    };
    let end = sight.end(now);
    let from = Moment(((end - sight.window_s) * US).max(0.0) as u64);
    let tracks = model.tracks.shown(from);
    let groups = groups(&tracks);
    let (pitch, height) = pitch_of(&groups, body.height());
    move_sight(ui, &response, time, sight, (now, height - body.height()));
    keys_ui(ui, &response, model, sight, now);
    head_ui(ui, head, model, sight, now);

    let per_us = f64::from(time.width()) / (sight.window_s * US);
    let scale = Scale { from_us: (end - sight.window_s) * US, per_us, left: time.left(), right: body.right() - 2.0 };
    axis_ui(ui, time, rect, (sight, now), &scale, if rests { "end" } else { "now" });
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(body).id_salt("groups"));
    inner.set_clip_rect(body.expand2(vec2(1.0, 2.0)).intersect(ui.clip_rect()));
    let scene = Scene { ui: &inner, model, scale, gutter, now, pointer: response.hover_pos() };
    let mut top = body.top() + 2.0 - sight.down;
    let mut hovered = None;
    for group in &groups {
        let height = group.height(&pitch);
        let place = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), height));
        if place.intersects(body) {
            hovered = group_ui(&scene, place, group, &pitch, intents).or(hovered);
        }
        top += height + 6.0;
    }
    if groups.is_empty() {
        let words = "The lanes appear here as soon as there is work";
        widgets::text(scene.ui.painter(), body.center(), Align2::CENTER_CENTER, words, (fonts::regular(12.0), t.text3));
    }
    now_ui(ui, time, now, &scene.scale, t);
    if let Some(hit) = hovered {
        if response.clicked() {
            intents.push(Intent::Lane(LaneIntent::Show(hit.job)));
        }
        if response.double_clicked() {
            intents.push(Intent::Open(Target::Job(hit.job)));
        }
        response.clone().on_hover_text_at_pointer(hit.words);
    }
    if response.has_focus() {
        let ring = Stroke::new(1.5, t.accent);
        ui.painter().rect_stroke(rect.shrink(1.0), CornerRadius::same(4), ring, egui::StrokeKind::Inside);
    }
}

/// While the lanes have the keyboard, its arrows move them, and plus and minus zoom.
fn keys_ui(ui: &Ui, response: &Response, model: &Model, sight: &mut Sight, now: Moment) {
    if !response.has_focus() {
        return;
    }
    widgets::keeps_arrows(ui, response);
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let step = sight.window_s * PAN_STEP;
    for (key, seconds) in [
        (Key::ArrowLeft, step),
        (Key::ArrowRight, -step),
        (Key::PageUp, sight.window_s),
        (Key::PageDown, -sight.window_s),
    ] {
        if pressed(key) {
            sight.pan(seconds, now);
        }
    }
    for (key, pixels) in [(Key::ArrowUp, -30.0), (Key::ArrowDown, 30.0)] {
        if pressed(key) {
            sight.down += pixels;
        }
    }
    // Which of them needs Shift depends on the keyboard.
    let zoomed = |keys: [Key; 2]| {
        ui.input_mut(|input| {
            let at = input.events.iter().position(|event| {
                matches!(event, egui::Event::Key { key, pressed: true, modifiers, .. }
                    if keys.contains(key) && !modifiers.command && !modifiers.alt)
            });
            at.map(|at| input.events.remove(at)).is_some()
        })
    };
    if zoomed([Key::Plus, Key::Equals]) {
        sight.zoom_by(1.0 / ZOOM_STEP, now);
    }
    if zoomed([Key::Minus, Key::Minus]) {
        sight.zoom_by(ZOOM_STEP, now);
    }
    if pressed(Key::Home) {
        sight.show_all(model.tracks.since().unwrap_or(now), now);
    }
    if pressed(Key::End) {
        *sight = Sight::default();
    }
}

/// How high the lanes are, and what all of them take. They shrink until they fit; for closed ones, which stand last and
/// can be scrolled to, not so far that the names of the open ones are hard to read.
fn pitch_of(groups: &[Group<'_>], room: f32) -> (Pitch, f32) {
    let height = |pitch: &Pitch, closed: bool| {
        let shown = groups.iter().filter(|group| closed || !group.closed);
        shown.map(|group| group.height(pitch) + 6.0).sum::<f32>() + 2.0
    };
    let mut pitch = Pitch { row: 18.0, gap: 4.0 };
    while pitch.row > 8.0 && height(&pitch, pitch.row > 12.0) > room {
        pitch.row -= 1.0;
        pitch.gap = if pitch.row < 14.0 { 2.0 } else { 4.0 };
    }
    let height = height(&pitch, true);
    (pitch, height)
}

fn move_sight(ui: &Ui, response: &Response, time: Rect, sight: &mut Sight, (now, overflow): (Moment, f32)) {
    if response.dragged() {
        let drag = response.drag_delta();
        sight.pan(f64::from(drag.x) / f64::from(time.width()) * sight.window_s, now);
        sight.down -= drag.y;
    }
    if let Some(pointer) = response.hover_pos() {
        let wheel = ui.input(egui::InputState::smooth_scroll_delta);
        // Over the lanes' names the wheel scrolls them, where they do not fit.
        if wheel.y != 0.0 && pointer.x < time.left() && overflow > 0.0 {
            sight.down -= wheel.y;
        } else if wheel.y != 0.0 {
            let share = f64::from((pointer.x - time.left()) / time.width()).clamp(0.0, 1.0);
            sight.zoom((f64::from(-wheel.y) / 200.0).exp(), share, now);
        }
        if wheel.x != 0.0 {
            sight.pan(f64::from(wheel.x / time.width()) * sight.window_s, now);
        }
    }
    sight.down = sight.down.clamp(0.0, overflow.max(0.0));
}

fn head_ui(ui: &Ui, head: Rect, model: &Model, sight: &mut Sight, now: Moment) {
    let t = theme::tokens(ui);
    let painter = ui.painter();
    let y = head.center().y;
    let pill = Rect::from_min_max(pos2(head.right() - 70.0, y - 11.0), pos2(head.right() - 16.0, y + 11.0));
    let mut room = pill.left() - 8.0;
    // From the right to the left; the keyboard takes them in this order too.
    for (glyph, name, hint) in [
        (icons::ADD, "Zoom in", "Zoom in on the lanes (plus, or the wheel)"),
        (icons::REMOVE, "Zoom out", "Zoom out of the lanes (minus, or the wheel)"),
        (icons::TIMELINE, "Show all lanes' history", "Everything since the first file (Home)"),
    ] {
        let place = Rect::from_min_max(pos2(room - 24.0, y - 12.0), pos2(room, y + 12.0));
        room = place.left() - 2.0;
        let face = Face { icon: Some(glyph), label: "", name, kind: Kind::Quiet };
        if widgets::button_at_ui(ui, place, name, face).on_hover_text(hint).clicked() {
            match name {
                "Zoom in" => sight.zoom_by(1.0 / ZOOM_STEP, now),
                "Zoom out" => sight.zoom_by(ZOOM_STEP, now),
                _ => sight.show_all(model.tracks.since().unwrap_or(now), now),
            }
        }
    }
    let ink = (fonts::semibold(14.0), t.text);
    let left =
        widgets::text(painter, pos2(head.left() + 16.0, y), Align2::LEFT_CENTER, "Worker lanes", ink).right() + 14.0;
    let left = legend_ui(ui, pos2(left, y), room - 10.0, model);
    let response = widgets::toggle(ui, pill, "live", Role::Button, ("Live", sight.is_live()));
    let (fill, ink) = match (sight.is_live(), response.hovered()) {
        (true, _) => (t.accent.gamma_multiply(0.2), t.accent_text),
        (false, true) => (t.hover, t.text2),
        (false, false) => (t.raised, t.text2),
    };
    painter.rect_filled(pill, CornerRadius::same(11), fill);
    painter.circle_filled(pos2(pill.left() + 13.0, y), 3.0, ink);
    widgets::text(painter, pos2(pill.left() + 22.0, y), Align2::LEFT_CENTER, "Live", (fonts::medium(11.0), ink));
    widgets::focus_ring(ui, &response, 11);
    if response.on_hover_text("Follow the present, 30 seconds wide (End)").clicked() {
        *sight = Sight::default();
    }
    let mut words = format!("{} window", axis_words(sight.window_s));
    for more in [" · scroll to zoom", " · drag to pan"] {
        if widgets::width_of(painter, &format!("{words}{more}"), fonts::regular(11.0)) < room - 10.0 - left {
            words += more;
        }
    }
    if widgets::width_of(painter, &words, fonts::regular(11.0)) < room - 10.0 - left {
        let ink = (fonts::regular(11.0), t.text3);
        let place = widgets::text(painter, pos2(room - 10.0, y), Align2::RIGHT_CENTER, words.as_str(), ink);
        widgets::say(ui, place, "window", &words);
    }
}

/// What the colours and the signs mean, as far as there is room up to `most`; returns the right edge.
fn legend_ui(ui: &Ui, at: egui::Pos2, most: f32, model: &Model) -> f32 {
    let t = theme::tokens(ui);
    let painter = ui.painter();
    let (mut left, y) = (at.x, at.y);
    let legend = [
        ("download", t.thread, Some(Pool::Fetch), ""),
        ("convert", t.process, Some(Pool::Mill), ""),
        ("tried again", t.warn, None, icons::RETRY),
        ("failed", t.error, None, icons::FAILED),
        ("cancelled", t.text3, None, icons::CANCEL),
    ];
    for (word, color, pool, sign) in legend {
        let measured = pool.and_then(|pool| model.spent.phrase(pool));
        let words = measured.map_or_else(|| word.to_owned(), |measured| format!("{word} · {measured}"));
        let right = left + 15.0 + widgets::width_of(painter, &words, fonts::regular(11.0));
        if right > most {
            break;
        }
        if sign.is_empty() {
            let chip = Rect::from_center_size(pos2(left + 5.0, y), vec2(10.0, 8.0));
            painter.rect_filled(chip, CornerRadius::same(3), color);
        } else {
            widgets::icon(painter, pos2(left + 5.0, y), sign, 12.0, color);
        }
        widgets::text(painter, pos2(left + 15.0, y), Align2::LEFT_CENTER, words, (fonts::regular(11.0), t.text2));
        if let Some(advice) = pool.and_then(|pool| model.advice(pool)) {
            let place = Rect::from_min_max(pos2(left, y - 10.0), pos2(right, y + 10.0));
            widgets::say(ui, place, word, &advice).on_hover_text(&advice);
        }
        left = right + 14.0;
    }
    left
}

fn axis_words(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format::clock(Duration::from_secs_f64(seconds)) }
}

/// Time marks a round time before the present, which also is where the work ended.
fn axis_ui(ui: &Ui, time: Rect, rect: Rect, (sight, now): (&Sight, Moment), scale: &Scale, present: &str) {
    let t = theme::tokens(ui);
    let step = axis::step(sight.window_s, f64::from(time.width()) / MARK_PITCH);
    let y = rect.bottom() - AXIS_HEIGHT / 2.0 - 1.0;
    let least = (now.as_secs_f64() - sight.end(now)).max(0.0);
    let mut nth = (least / step).ceil();
    while nth * step <= least + sight.window_s + 1e-6 {
        let ago = nth * step;
        let x = time.right() - ((ago - least) * US * scale.per_us) as f32;
        ui.painter().vline(x, time.y_range(), Stroke::new(1.0, t.soft));
        let (words, ink) = if nth == 0.0 {
            (present.to_owned(), t.accent_text)
        } else {
            (format!("\u{2212}{}", axis::words(ago, step)), t.text3)
        };
        widgets::text(ui.painter(), pos2(x, y), Align2::CENTER_CENTER, words, (fonts::mono(11.0), ink));
        nth += 1.0;
    }
}

fn now_ui(ui: &Ui, time: Rect, now: Moment, scale: &Scale, t: &theme::Tokens) {
    let x = scale.left + ((now.0 as f64 - scale.from_us) * scale.per_us) as f32;
    if x <= time.right() + 1.0 && x >= time.left() {
        ui.painter().vline(x, time.top() - 4.0..=time.bottom(), Stroke::new(1.5, t.accent));
        let tip = pos2(x, time.top() + 1.0);
        let marker = vec![tip + vec2(-4.5, -7.0), tip + vec2(4.5, -7.0), tip];
        ui.painter().add(egui::Shape::convex_polygon(marker, t.accent, Stroke::NONE));
    }
}

#[cfg(test)]
mod tests;
