//! What was measured, a line for each kind of run: the middle of its runs, with Python's beside ours.

use super::Comparison;
use super::controls::{mode_color, mode_text, quiet_ui};
use crate::model::lab::figures::{kinds, time};
use crate::model::lab::{LabMode, Side, Summary, is_about_speed};
use crate::window::theme::{self, Tokens};
use crate::window::{fonts, widgets};
use egui::{Align2, Color32, CornerRadius, Rect, ScrollArea, Stroke, StrokeKind, Ui, pos2, vec2};
use std::collections::BTreeSet;

const ROW: f32 = 26.0;
const HEAD: f32 = 24.0;

/// Narrower than this the table scrolls sideways.
const LEAST_WIDTH: f32 = 690.0;

/// What each column is for, and the share of the width that it takes.
const COLUMNS: [(&str, &str, f32); 10] = [
    ("mode", "How it was run, and with how many workers", 0.175),
    ("time", "From handing over the first task to the last answer: the middle of the runs", 0.165),
    ("spread", "From the shortest run to the longest", 0.085),
    ("speed-up", "How many times as fast as serial", 0.085),
    ("at best", "The most that could be had here, by what the serial run waited and computed", 0.075),
    ("CPU", "Processor time of all tasks", 0.08),
    ("start", "Until every lane was ready", 0.08),
    ("a task", "What the handing over of one task costs", 0.075),
    ("waits", "The share of their time in which tasks waited for something else than a core or the lock", 0.06),
    ("memory", "The most that was held at once / what of it each process has for itself", 0.12),
];

/// Draws it.
pub(super) fn table_ui(ui: &mut Ui, comparison: &Comparison, cores: u16) {
    let rows = rows(&comparison.summary);
    let about_speed = is_about_speed(comparison.request.workload);
    let longest = rows.iter().map(|row| row.median_ms).fold(0.0, f64::max);
    let table = |ui: &mut Ui, width: f32| {
        ui.spacing_mut().item_spacing.y = 0.0;
        head_ui(ui, width);
        for row in &rows {
            row_ui(ui, width, row, (longest, about_speed));
        }
        ui.add_space(6.0);
    };
    let width = ui.available_width();
    if width < LEAST_WIDTH {
        let area = ScrollArea::horizontal().id_salt("lab table").auto_shrink([false, true]);
        area.show(ui, |ui| table(ui, LEAST_WIDTH));
    } else {
        ui.scope(|ui| table(ui, width));
    }
    let machine = if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
    let python = comparison.runs.iter().find_map(|run| run.python_version.as_deref());
    let python = python.map_or_else(String::new, |version| format!(" Python is {version}."));
    quiet_ui(ui, &format!("On {machine}, {} of each.{python}", runs(comparison)));
}

/// How many runs the lines are of, by those that there are: somebody may have stopped it.
fn runs(comparison: &Comparison) -> String {
    let of_kind = |(side, mode, workers)| {
        let numbers = comparison.runs.iter().filter(|run| (run.side, run.mode, run.workers) == (side, mode, workers));
        numbers.map(|run| run.run).collect::<BTreeSet<u32>>().len()
    };
    let counts: Vec<usize> = kinds(&comparison.runs).into_iter().map(of_kind).collect();
    match (counts.iter().min(), counts.iter().max()) {
        (_, None | Some(1)) => "one run".to_owned(),
        (Some(least), Some(most)) if least != most => format!("the middle of {least} to {most} runs"),
        (_, Some(most)) => format!("the middle of {most} runs"),
    }
}

/// Python's right below ours of the same mode.
fn rows(summary: &[Summary]) -> Vec<&Summary> {
    let mut rows: Vec<&Summary> = summary.iter().collect();
    rows.sort_by_key(|row| (row.mode, row.workers, row.side == Side::Python));
    rows
}

/// Where the column of this number begins, and how wide it is.
fn column(rect: Rect, number: usize) -> Rect {
    let before: f32 = COLUMNS[..number].iter().map(|(.., share)| share).sum();
    let left = rect.left() + rect.width() * before;
    Rect::from_min_size(pos2(left, rect.top()), vec2(rect.width() * COLUMNS[number].2, rect.height()))
}

fn head_ui(ui: &mut Ui, width: f32) {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(width, HEAD));
    for (number, (title, purpose, _)) in COLUMNS.into_iter().enumerate() {
        let place = column(rect, number);
        let ink = (fonts::regular(11.0), t.text3);
        if number < 2 {
            widgets::text(ui.painter(), place.left_center(), Align2::LEFT_CENTER, title, ink);
        } else {
            widgets::text(ui.painter(), place.right_center(), Align2::RIGHT_CENTER, title, ink);
        }
        widgets::say(ui, place, (id, number), &format!("{title}: {purpose}")).on_hover_text(purpose);
    }
    widgets::hairline_below(ui, rect);
}

fn row_ui(ui: &mut Ui, width: f32, row: &Summary, (longest_ms, about_speed): (f64, bool)) {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(width, ROW));
    widgets::hairline_below(ui, rect);
    let name = name_of(row);
    let first = column(rect, 0);
    let mut left = first.left();
    if row.side == Side::Python {
        let tag = widgets::tag(ui.painter(), first.left_center(), Align2::LEFT_CENTER, "py", (t.text2, t.raised));
        left = tag.right() + 6.0;
    }
    let short = format!("{} × {}", short(row.mode), row.workers);
    let ink = (fonts::medium(12.0), mode_text(t, row.mode));
    widgets::cut_text(ui.painter(), pos2(left, rect.center().y), first.right() - left - 6.0, short, ink);
    time_ui(ui, column(rect, 1), row, longest_ms, t);
    let cells = cells(row, about_speed);
    for (number, words) in cells.iter().enumerate() {
        let place = column(rect, number + 2);
        let ink = if number == 1 { t.text } else { t.text2 };
        let ink = (fonts::mono(11.0), ink);
        widgets::text(ui.painter(), place.right_center(), Align2::RIGHT_CENTER, words, ink);
    }
    let figures: Vec<String> =
        COLUMNS.iter().skip(2).zip(&cells).map(|((title, ..), words)| format!("{title} {words}")).collect();
    let said = format!("Measured, {name}: {}, {}", time(row.median_ms), figures.join(", "));
    widgets::say(ui, rect, id, &said);
}

/// A bar as long as the time, and the time at its side.
fn time_ui(ui: &Ui, place: Rect, row: &Summary, longest_ms: f64, t: &Tokens) {
    let words = time(row.median_ms);
    let text = 58.0;
    let room = (place.width() - text - 12.0).max(8.0);
    let length = (room * (row.median_ms / longest_ms.max(1e-9)) as f32).max(2.0);
    let bar = Rect::from_min_size(pos2(place.left(), place.center().y - 5.0), vec2(length, 10.0));
    let color = mode_color(t, row.mode);
    let (fill, border) = match row.side {
        Side::Millrace => (color.gamma_multiply(0.8), Color32::TRANSPARENT),
        Side::Python => (color.gamma_multiply(0.22), color),
    };
    ui.painter().rect(bar, CornerRadius::same(3), fill, Stroke::new(1.0, border), StrokeKind::Inside);
    let at = pos2(place.right(), place.center().y);
    widgets::text(ui.painter(), at, Align2::RIGHT_CENTER, words, (fonts::mono(11.0), t.text));
}

fn cells(row: &Summary, about_speed: bool) -> [String; 8] {
    let none = || "–".to_owned();
    let factor =
        |factor: Option<f64>| factor.filter(|_| about_speed).map_or_else(none, |factor| format!("{factor:.2}×"));
    // What was not measured is not nothing: a program of its own tells no times of its tasks.
    let some = |ms: f64| if ms > 0.0 { time(ms) } else { none() };
    let is_measured = row.cpu_ms > 0.0 || row.overhead_us > 0.0;
    let mib = |bytes: u64| (bytes + (1 << 19)) >> 20;
    let memory = match (row.peak_rss_bytes, row.private_bytes) {
        (0, _) => none(),
        // Nobody told.
        (all, 0) => format!("{} MiB", mib(all)),
        (all, own) => format!("{} / {} MiB", mib(all), mib(own)),
    };
    [
        // One run has none.
        some(row.spread_ms),
        factor(row.speedup),
        factor(row.ideal),
        some(row.cpu_ms),
        some(row.startup_ms),
        some(row.overhead_us / 1e3),
        row.wait_share.filter(|_| is_measured).map_or_else(none, |share| format!("{:.0} %", share * 100.0)),
        memory,
    ]
}

/// In a table the long name of the lock is too long.
pub(super) fn short(mode: LabMode) -> &'static str {
    match mode {
        LabMode::Gil => "Threads + lock",
        other => other.title(),
    }
}

/// Who ran it, how, and with how many workers.
pub(super) fn name_of(row: &Summary) -> String {
    let side = if row.side == Side::Python { "Python, " } else { "" };
    format!("{side}{} × {}", row.mode.title(), row.workers)
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{of_numbers, run};
    use super::*;
    use crate::model::lab::figures::summaries;

    #[test]
    fn python_stands_below_its_like() {
        let own = |mode, workers| run(mode, workers, 1, of_numbers(&[1]));
        let python = |mode, workers| crate::model::lab::LabRun { side: Side::Python, ..own(mode, workers) };
        let runs = [
            own(LabMode::Serial, 1),
            own(LabMode::Threads, 2),
            python(LabMode::Serial, 1),
            python(LabMode::Threads, 2),
        ];
        let summary = summaries(&runs, 2);
        let names: Vec<String> = rows(&summary).into_iter().map(name_of).collect();
        assert_eq!(names, ["Serial × 1", "Python, Serial × 1", "Threads × 2", "Python, Threads × 2"]);
    }

    #[test]
    fn the_columns_fill_the_width() {
        let all: f32 = COLUMNS.iter().map(|(.., share)| share).sum();
        assert!((all - 1.0).abs() < 1e-6, "{all}");
    }
}
