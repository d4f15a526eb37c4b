//! The window before there is anything to do: where to drop, and the two ways to begin.

use super::adding::Add;
use super::intent::Intent;
use super::widgets::{self, Face, Kind};
use super::{State, fonts, icons, settings_menu, theme};
use egui::{Align2, CornerRadius, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

const WHAT_HAPPENS: &str = "Threads fetch them, processes convert them, you watch every lane.";
const NO_DROPS: &str = "Wayland hands no drops over; started with env -u WAYLAND_DISPLAY it takes them.";

/// Draws the drop zone.
pub(crate) fn empty_ui(ui: &Ui, rect: Rect, state: &State, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let size = vec2(640.0, 340.0).min(rect.size() - vec2(32.0, 24.0));
    let zone = Rect::from_center_size(rect.center(), size);
    let painter = ui.painter();
    painter.rect_filled(zone, CornerRadius::same(16), t.surface);
    painter.extend(Shape::dashed_line(&outline(zone, 16.0), Stroke::new(1.5, t.border), 7.0, 6.0));

    // What stands above each other, and how much room it may take.
    let roomy = zone.height() > 300.0;
    let mut y = zone.top() + if roomy { 54.0 } else { 34.0 };
    for (color, left, width) in [(t.thread, -64.0, 120.0), (t.process, -38.0, 84.0), (t.serial, -52.0, 104.0)] {
        let bar = Rect::from_min_size(pos2(zone.center().x + left, y - 4.0), vec2(width, 9.0));
        painter.rect_filled(bar, CornerRadius::same(4), color);
        y += 16.0;
    }
    y += if roomy { 32.0 } else { 18.0 };
    let middle = zone.center().x;
    let title = (fonts::semibold(20.0), t.text);
    let verb = if state.takes_drops { "Drop" } else { "Choose" };
    let words = format!("{verb} images or paste links");
    widgets::text(painter, pos2(middle, y), Align2::CENTER_CENTER, words, title);
    y += 30.0;
    let words = if state.takes_drops { WHAT_HAPPENS } else { NO_DROPS };
    let ink = (fonts::regular(13.0), t.text2);
    let width = zone.width() - 32.0;
    let galley = widgets::cut(painter, words, ink.0, ink.1, width);
    painter.galley(pos2(middle, y) - galley.size() / 2.0, galley, ink.1);
    let line = Rect::from_center_size(pos2(middle, y), vec2(width, 20.0));
    widgets::say(ui, line, "what happens", words).on_hover_text(words);
    y += if roomy { 50.0 } else { 38.0 };

    let width = 140.0;
    let button = |left: f32| Rect::from_min_size(pos2(middle + left, y - 19.0), vec2(width, 38.0));
    let choose = Face { icon: None, label: "Choose files…", name: "Choose files…", kind: Kind::Accent };
    if widgets::button_at_ui(ui, button(-226.0), "choose files", choose).clicked() {
        intents.push(Intent::PickFiles);
    }
    let folder = Face { icon: None, label: "Choose a folder…", name: "Choose a folder…", kind: Kind::Plain };
    if widgets::button_at_ui(ui, button(-70.0), "choose a folder", folder).clicked() {
        intents.push(Intent::Adding(Add::PickFolder));
    }
    let demo = Face { icon: None, label: "Try a demo batch", name: "Try a demo batch", kind: Kind::Plain };
    if widgets::button_at_ui(ui, button(86.0), "demo", demo).clicked() {
        intents.push(Intent::StartDemo);
    }
    y += 42.0;
    let picker = Rect::from_center_size(pos2(middle, y + 4.0), vec2(200.0, 28.0));
    settings_menu::recipe_picker_ui(ui, picker, state, intents);
    y += 46.0;
    if y < zone.bottom() - 8.0 && zone.width() > 560.0 {
        let hints = [("Ctrl V", "paste"), ("Ctrl O", "open"), ("Space", "pause"), ("?", "all shortcuts")];
        for (at, (keys, words)) in hints.into_iter().enumerate() {
            let centre = middle + (at as f32 - 1.5) * 140.0;
            let words = format!("{keys}  {words}");
            widgets::text(painter, pos2(centre, y), Align2::CENTER_CENTER, words, (fonts::mono(12.0), t.text3));
        }
    }
}

/// A rounded rectangle as a closed line.
pub(crate) fn outline(rect: Rect, radius: f32) -> Vec<Pos2> {
    use std::f32::consts::FRAC_PI_2;
    let corners = [
        (rect.right_top() + vec2(-radius, radius), -FRAC_PI_2),
        (rect.right_bottom() - vec2(radius, radius), 0.0),
        (rect.left_bottom() + vec2(radius, -radius), FRAC_PI_2),
        (rect.left_top() + vec2(radius, radius), 2.0 * FRAC_PI_2),
    ];
    let mut line = Vec::with_capacity(37);
    for (centre, start) in corners {
        for step in 0..9 {
            let angle = start + FRAC_PI_2 * step as f32 / 8.0;
            line.push(centre + radius * vec2(angle.cos(), angle.sin()));
        }
    }
    line.push(line[0]);
    line
}

/// The icon of something to drop, shared with the overlay.
pub(crate) const DROP_ICON: &str = icons::DROP;
