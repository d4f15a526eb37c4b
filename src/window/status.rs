//! The bottom line: what is going on in one sentence, where results go, and the way to the help.

use super::adding::Add;
use super::intent::Intent;
use super::model::{Bucket, Model};
use super::report::ReportIntent;
use super::widgets;
use super::{State, fonts, format, icons, theme};
use egui::{CornerRadius, Rect, Role, Stroke, Ui, pos2};

pub(crate) const HEIGHT: f32 = 28.0;

/// The sentence for the state of everything.
pub(crate) fn sentence(model: &Model) -> String {
    let counts = &model.counts;
    if counts.unfinished() == 0 {
        if counts.total() == 0 {
            return if model.paused { "Paused".to_owned() } else { "Ready".to_owned() };
        }
        let mut words = format!("Done · {} done", format::count(counts.of(Bucket::Done)));
        for (bucket, word) in [(Bucket::Failed, "failed"), (Bucket::Cancelled, "cancelled")] {
            if counts.of(bucket) > 0 {
                words += &format!(", {} {word}", format::count(counts.of(bucket)));
            }
        }
        return words;
    }
    if model.paused {
        return format!("Paused · {} to go", format::counted(counts.unfinished(), "file"));
    }
    format!("Running · {}", model.lanes_phrase())
}

/// The most important of the large numbers, for where there is no room for them.
fn numbers(model: &Model) -> String {
    let headline = &model.headline;
    let mut words = String::new();
    if model.counts.unfinished() > 0 {
        words += &format!(" · {:.0} %", headline.share * 100.0);
        if headline.download_bytes_per_s >= 1.0 {
            words += &format!(" · {}", format::rate(headline.download_bytes_per_s));
        }
        if let Some(left) = headline.time_left {
            words += &format!(" · {} left", format::clock(left));
        }
    }
    if let Some(speed_up) = headline.speed_up {
        words += &format!(" · {speed_up:.1}× vs serial");
    }
    words
}

/// Below this width the controls are icons alone.
const TIGHT: f32 = 700.0;

/// Draws the line. `has_numbers` says whether the large numbers are in sight.
pub(crate) fn status_ui(ui: &Ui, rect: Rect, state: &State, has_numbers: bool, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let model = &state.model;
    ui.painter().rect_filled(rect, 0, t.surface);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, t.soft));
    let counts = &model.counts;
    let color = match (counts.unfinished() > 0, model.paused) {
        (true, true) => t.warn,
        (true, false) => t.ok,
        (false, _) if counts.of(Bucket::Failed) > 0 => t.error,
        (false, _) if counts.total() > 0 => t.ok,
        (false, _) => t.text3,
    };
    let y = rect.center().y;
    widgets::dot(ui.painter(), pos2(rect.left() + 20.0, y), color);

    let mut right = rect.right() - 8.0;
    let mut link = |glyph: &str, label: &str, salt: &str, name: &str, most: f32| {
        let width = (widgets::width_of(ui.painter(), label, fonts::regular(12.0)) + 36.0).min(most);
        let place = Rect::from_min_max(pos2(right - width, rect.top() + 3.0), pos2(right, rect.bottom() - 3.0));
        right -= width + 4.0;
        let response = widgets::control(ui, place, salt, Role::Button, name);
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(place, CornerRadius::same(6), t.hover);
        }
        widgets::icon(ui.painter(), pos2(place.left() + 14.0, y), glyph, 15.0, t.text2);
        let ink = (fonts::regular(12.0), t.text2);
        widgets::cut_text(ui.painter(), pos2(place.left() + 26.0, y), width - 30.0, label, ink);
        widgets::focus_ring(ui, &response, 6);
        response
    };
    // Where there is hardly room, the icons speak for themselves.
    let is_tight = rect.width() < TIGHT;
    let label = |label: &'static str| if is_tight { "" } else { label };
    let shortcuts = link(icons::KEYBOARD, label("? Shortcuts"), "shortcuts", "Shortcuts", 140.0);
    if shortcuts.clicked() {
        intents.push(Intent::ToggleHelp);
    }
    let folder = format::path(&state.output_dir);
    let name = format!("Output folder… {folder}");
    let output = link(icons::FOLDER, if is_tight { "" } else { &folder }, "output folder", &name, rect.width() * 0.4);
    if output.on_hover_text("Where results go. Click to choose another folder.").clicked() {
        intents.push(Intent::PickOutputFolder);
    }
    let folder = link(icons::ADD, label("Add folder…"), "add folder", "Add folder…", 120.0);
    if folder.on_hover_text("Queue the pictures of a folder (Ctrl Shift O)").clicked() {
        intents.push(Intent::Adding(Add::PickFolder));
    }
    if model.report.is_some() {
        let report = link(icons::INFO, label("Report"), "report", "Report of the last batch", 90.0);
        if report.on_hover_text("What the last batch came to").clicked() {
            intents.push(Intent::Report(ReportIntent::Open));
        }
    }
    let words = match (has_numbers, counts.unfinished() > 0 && !model.paused) {
        (true, _) => sentence(model),
        // Where there is room for little, how far it is says more than how many lanes there are.
        (false, true) => format!("Running{}", numbers(model)),
        (false, false) => sentence(model) + &numbers(model),
    };
    let place = pos2(rect.left() + 31.0, y);
    widgets::cut_text(ui.painter(), place, right - place.x - 8.0, words.as_str(), (fonts::regular(12.0), t.text2));
    let said = Rect::from_min_max(pos2(rect.left(), rect.top()), pos2(right, rect.bottom()));
    widgets::say(ui, said, "status", &words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LaneCounts, Mode};

    #[test]
    fn nothing_to_do_is_ready() {
        let mut model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
        assert_eq!(sentence(&model), "Ready");
        assert_eq!(model.lanes_phrase(), "4 download threads, 2 convert processes");
        model.mode = Mode::Serial;
        assert_eq!(model.lanes_phrase(), "one thing at a time");
        model.mode = Mode::Processes;
        model.lanes = LaneCounts { fetch: 1, mill: 1 };
        assert_eq!(model.lanes_phrase(), "1 download process, 1 convert process");
    }
}
