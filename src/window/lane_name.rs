//! The names of the lanes: the label, what keeps the lane's work apart, where it runs, and the buttons that stop
//! its task and kill its worker.

use super::intent::Intent;
use super::lane_acts::LaneIntent;
use super::model::{Model, Track};
use super::{fonts, icons, theme, widgets};
use crate::model::{ExecutorKind, Pool, Posture};
use egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

const WIDE: f32 = 190.0;
const NARROW: f32 = 122.0;
/// From this width of the view on there is room for words about what keeps lanes apart.
const WIDE_FROM: f32 = 1000.0;
const BADGE_AT: f32 = 34.0;
const KILL_WIDTH: f32 = 42.0;
/// With its word, and without where there is no room for that.
const STOP_WIDTH: f32 = 44.0;
const STOP_BARE: f32 = 22.0;

/// What the names take.
pub(crate) fn gutter(width: f32) -> f32 {
    if width >= WIDE_FROM { WIDE } else { NARROW }
}

/// Draws a name into `rect`, the left part of the lane's row.
pub(crate) fn name_ui(ui: &Ui, rect: Rect, track: &Track, model: &Model, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let lane = &track.lane;
    let closed = track.closed_at.is_some();
    let response = ui.interact(rect, ui.scope_id().with(("lane", lane.id)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words(track, model).replace('\n', ", ")));
    let (near, (stop, kill)) = (response.contains_pointer(), buttons_at(rect, track));
    // In the order of the keyboard, the milder one first.
    let stop = stop.and_then(|place| stop_ui(ui, place, track, near, intents));
    let kill = kill.and_then(|place| kill_ui(ui, place, track, near, intents));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter();
    let size = (rect.height() - 2.5).clamp(7.5, 11.0);
    let y = rect.center().y;
    let ink = if closed { t.text3 } else { t.executor_text(lane.executor) };
    let name = if lane.executor == ExecutorKind::Serial { "main".to_owned() } else { lane.label() };
    widgets::text(painter, pos2(rect.left() + 10.0, y), Align2::LEFT_CENTER, name, (fonts::mono(size), ink));
    if kill.is_none() && stop.is_none() {
        let place = pos2(rect.right() - 9.0, y);
        widgets::text(painter, place, Align2::RIGHT_CENTER, note(track), (fonts::regular(size), t.text3));
    }
    if lane.executor == ExecutorKind::Processes
        && !closed
        && kill.is_none()
        && stop.is_none()
        && let Some(posture) = &track.posture
    {
        let (color, ink) = if posture.is_full() { (t.ok, t.ok_text) } else { (t.warn, t.warn_text) };
        if rect.width() < WIDE {
            // It stands where most pids leave room; the words are in the hint.
            widgets::icon(painter, pos2(rect.left() + BADGE_AT + 6.0, y), icons::SHIELD, size + 2.0, ink);
        } else {
            badge_ui(ui, rect, short(posture), (color, ink));
        }
    }
    if !kill.into_iter().chain(stop).any(|button| button.hovered()) {
        response.on_hover_ui(|ui| {
            ui.label(words(track, model));
        });
    }
}

fn badge_ui(ui: &Ui, rect: Rect, word: &str, (color, ink): (Color32, Color32)) {
    let size = (rect.height() - 5.0).clamp(7.5, 10.0);
    let galley = ui.painter().layout_no_wrap(word.to_owned(), fonts::medium(size), ink);
    let left = rect.left() + BADGE_AT;
    let pill = Rect::from_center_size(
        pos2(left + galley.size().x / 2.0 + 6.0, rect.center().y),
        vec2(galley.size().x + 12.0, (rect.height() - 4.0).min(15.0)),
    );
    ui.painter().rect_filled(pill, CornerRadius::same(7), color.gamma_multiply(theme::TINT));
    ui.painter().galley(pill.center() - galley.size() / 2.0, galley, ink);
}

/// Where the buttons of a lane at work stand: one that stops its task, and for a worker process one that kills it.
fn buttons_at(rect: Rect, track: &Track) -> (Option<Rect>, Option<Rect>) {
    if track.closed_at.is_some() || track.running().is_none() {
        return (None, None);
    }
    let height = (rect.height() - 2.0).clamp(9.0, 16.0);
    let mut right = rect.right() - 6.0;
    let mut take = |width: f32| {
        let place = Rect::from_center_size(pos2(right - width / 2.0, rect.center().y), vec2(width, height));
        right = place.left() - 3.0;
        place
    };
    let has_worker = track.lane.executor == ExecutorKind::Processes && track.pid.is_some();
    let kill = has_worker.then(|| take(KILL_WIDTH));
    let stop = if rect.width() < WIDE && kill.is_some() { STOP_BARE } else { STOP_WIDTH };
    (Some(take(stop)), kill)
}

/// Stops what runs on a lane; returned where it is seen, under the pointer or with the keyboard.
fn stop_ui(ui: &Ui, place: Rect, track: &Track, near: bool, intents: &mut Vec<Intent>) -> Option<Response> {
    let span = track.running()?;
    let name = format!("Stop this task: {}", track.lane.label());
    let (look, ink) = (("Stop", icons::CANCEL), theme::tokens(ui).text);
    let (response, seen) = button_ui(ui, place, ("stop", track.lane.id), &name, (look, ink, near));
    let response = response.on_hover_text(format!("Stop this task: {} is cancelled, the lane goes on", span.label));
    if response.clicked() {
        intents.push(Intent::Lane(LaneIntent::Stop(track.lane.id, span.job)));
    }
    seen.then_some(response)
}

/// Kills the worker process of a lane at work; returned where it is seen.
fn kill_ui(ui: &Ui, place: Rect, track: &Track, near: bool, intents: &mut Vec<Intent>) -> Option<Response> {
    let name = format!("Kill this worker: {}", track.lane.label());
    let (look, ink) = (("Kill", icons::STOP), theme::tokens(ui).error_text);
    let (response, seen) = button_ui(ui, place, ("kill", track.lane.id), &name, (look, ink, near));
    let hint = "Kill this worker: a new one takes over, and its file is tried again or fails";
    let response = response.on_hover_text(hint);
    if response.clicked() {
        intents.push(Intent::KillWorker(track.lane.id));
    }
    seen.then_some(response)
}

/// A small button that shows itself under the pointer and with the keyboard; and whether it does.
fn button_ui(
    ui: &Ui,
    place: Rect,
    salt: impl egui::AsIdSalt,
    name: &str,
    ((label, glyph), ink, near): ((&str, &str), Color32, bool),
) -> (Response, bool) {
    let t = theme::tokens(ui);
    let response = widgets::control(ui, place, salt, Role::Button, name);
    let seen = near || response.has_focus();
    if seen {
        let fill = if response.hovered() { t.hover } else { t.raised };
        ui.painter().rect(place, CornerRadius::same(5), fill, Stroke::new(1.0, t.border), StrokeKind::Inside);
        let height = place.height();
        let y = place.center().y;
        let font = fonts::medium((height - 4.0).clamp(7.5, 10.5));
        widgets::icon(ui.painter(), pos2(place.left() + 11.0, y), glyph, height - 3.0, ink);
        if place.width() > STOP_BARE {
            widgets::text(ui.painter(), pos2(place.left() + 18.0, y), Align2::LEFT_CENTER, label, (font, ink));
        }
        widgets::focus_ring(ui, &response, 5);
    }
    (response, seen)
}

/// Where a lane runs.
fn note(track: &Track) -> String {
    if track.closed_at.is_some() {
        return "closed".to_owned();
    }
    match (track.lane.executor, track.lane.pool, track.pid) {
        (ExecutorKind::Serial, ..) => "one at a time".to_owned(),
        (ExecutorKind::Processes, _, Some(pid)) => format!("pid {pid}"),
        (ExecutorKind::Processes, _, None) => "process".to_owned(),
        (ExecutorKind::Threads, Some(Pool::Fetch), _) => "net thread".to_owned(),
        (ExecutorKind::Threads, ..) => "cpu thread".to_owned(),
    }
}

fn short(posture: &Posture) -> &'static str {
    match (posture.is_full(), posture.seccomp || posture.landlock > 0) {
        (true, _) => "sandboxed",
        (false, true) => "partly sandboxed",
        (false, false) => "not sandboxed",
    }
}

/// The lane, what keeps its work apart, and what is measured of such work.
fn words(track: &Track, model: &Model) -> String {
    let mut words = format!("{} · {}", track.lane.label(), note(track));
    if let Some(posture) = track.holds() {
        words += &format!("\n{}", posture.badge);
    }
    for pool in [Pool::Fetch, Pool::Mill].into_iter().filter(|pool| track.lane.serves(*pool)) {
        if let Some(advice) = model.advice(pool) {
            words += &format!("\n{advice}");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confinement, InForce};

    #[test]
    fn the_badge_tells_all_some_or_none() {
        let all = InForce { seccomp: true, no_new_privs: true, rlimits: true, landlock: 6 };
        let word = |in_force| short(&Posture::process(Confinement::Network, in_force));
        assert_eq!(word(all), "sandboxed");
        assert_eq!(word(InForce { landlock: 0, ..all }), "partly sandboxed");
        assert_eq!(word(InForce::default()), "not sandboxed");
    }
}
