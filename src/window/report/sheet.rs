//! The sheet of the report: its figures and tables, and what can be done with it.

use super::{ReportIntent, words};
use crate::window::intent::Intent;
use crate::window::model::report::BatchReport;
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, format, icons, overlay, theme};
use egui::{Color32, Context, FontId, Rect, ScrollArea, Ui, pos2, vec2};

const LINE: f32 = 22.0;

/// A cell of a line: where it begins, how wide it is, what it says and in which ink.
struct Cell<'a> {
    at: f32,
    width: f32,
    words: &'a str,
    ink: (FontId, Color32),
}

/// Draws the sheet over everything.
pub(crate) fn sheet_ui(ctx: &Context, report: &BatchReport, intents: &mut Vec<Intent>) {
    let screen = ctx.content_rect().size();
    let width = (screen.x - 120.0).clamp(320.0, 720.0);
    let height = (screen.y - 230.0).clamp(90.0, 520.0);
    let response = overlay::modal(ctx, "report").show(ctx, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 10.0);
        head_ui(ui, width, report, intents);
        let area = ScrollArea::vertical().id_salt("report lines").max_height(height);
        area.auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let width = width - 10.0;
            figures_ui(ui, width, report);
            reasons_ui(ui, width, report);
            slowest_ui(ui, width, report);
            work_ui(ui, width, report);
        });
        actions_ui(ui, width, report, intents);
    });
    if response.should_close() {
        intents.push(Intent::Report(ReportIntent::Close));
    }
}

fn head_ui(ui: &mut Ui, width: f32, report: &BatchReport, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(width, 30.0));
    let words = words::sentence(report);
    widgets::cut_text(ui.painter(), rect.left_center(), width - 44.0, words.as_str(), (fonts::semibold(16.0), t.text));
    widgets::say(ui, Rect::from_min_max(rect.min, rect.max - vec2(36.0, 0.0)), id, &format!("Report: {words}"));
    let close = Rect::from_min_size(pos2(rect.right() - 28.0, rect.top() + 1.0), vec2(28.0, 28.0));
    let face = Face { icon: Some(icons::CLOSE), label: "", name: "Close report", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, close, "close report", face).clicked() {
        intents.push(Intent::Report(ReportIntent::Close));
    }
}

/// One line of a table, said as a whole.
fn line_ui(ui: &mut Ui, width: f32, cells: &[Cell<'_>], hint: &str) {
    let (id, rect) = ui.allocate_space(vec2(width, LINE));
    for cell in cells {
        let place = pos2(rect.left() + cell.at, rect.center().y);
        widgets::cut_text(ui.painter(), place, cell.width - 8.0, cell.words, cell.ink.clone());
    }
    let said: Vec<&str> = cells.iter().map(|cell| cell.words).filter(|words| !words.is_empty()).collect();
    let response = widgets::say(ui, rect, id, &said.join(", "));
    if !hint.is_empty() {
        response.on_hover_text(hint);
    }
}

fn title_ui(ui: &mut Ui, width: f32, title: &str) {
    let t = theme::tokens(ui);
    ui.add_space(10.0);
    let (id, rect) = ui.allocate_space(vec2(width, LINE));
    widgets::cut_text(ui.painter(), rect.left_center(), width, title, (fonts::medium(13.0), t.text));
    let response = widgets::say(ui, rect, id, title);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, title));
}

fn figures_ui(ui: &mut Ui, width: f32, report: &BatchReport) {
    let t = theme::tokens(ui);
    for (name, value) in words::figures(report) {
        let ink = match name {
            "Failed" => t.error_text,
            "Saved" => t.ok_text,
            _ => t.text,
        };
        let cells = [
            Cell { at: 0.0, width: 96.0, words: name, ink: (fonts::regular(12.0), t.text2) },
            Cell { at: 96.0, width: width - 96.0, words: &value, ink: (fonts::regular(12.0), ink) },
        ];
        line_ui(ui, width, &cells, &value);
    }
}

fn reasons_ui(ui: &mut Ui, width: f32, report: &BatchReport) {
    if report.reasons.is_empty() {
        return;
    }
    let t = theme::tokens(ui);
    title_ui(ui, width, "What failed");
    for reason in &report.reasons {
        let count = format!("{} ×", format::count(reason.count));
        let sentence = words::visible(&reason.sentence);
        let cells = [
            Cell { at: 0.0, width: 60.0, words: &count, ink: (fonts::mono(11.0), t.error_text) },
            Cell { at: 60.0, width: width - 150.0, words: &sentence, ink: (fonts::regular(12.0), t.text) },
            Cell { at: width - 90.0, width: 90.0, words: reason.kind.as_str(), ink: (fonts::mono(11.0), t.text2) },
        ];
        line_ui(ui, width, &cells, &sentence);
        let names = words::visible(&words::names(reason, str::to_owned));
        let ink = (fonts::regular(12.0), t.text2);
        line_ui(ui, width, &[Cell { at: 60.0, width: width - 60.0, words: &names, ink }], &names);
    }
}

fn slowest_ui(ui: &mut Ui, width: f32, report: &BatchReport) {
    if report.slowest.is_empty() {
        return;
    }
    let t = theme::tokens(ui);
    title_ui(ui, width, "The slowest files");
    for slow in &report.slowest {
        let (took, name) = (words::took(slow), words::visible(&slow.name));
        let cells = [
            Cell { at: 0.0, width: 96.0, words: &took, ink: (fonts::mono(11.0), t.text) },
            Cell { at: 96.0, width: width - 186.0, words: &name, ink: (fonts::regular(12.0), t.text) },
            Cell {
                at: width - 90.0,
                width: 90.0,
                words: words::state(slow.state),
                ink: (fonts::regular(12.0), t.text2),
            },
        ];
        line_ui(ui, width, &cells, &name);
    }
}

fn work_ui(ui: &mut Ui, width: f32, report: &BatchReport) {
    if report.work.is_empty() {
        return;
    }
    let t = theme::tokens(ui);
    title_ui(ui, width, "Where the time went");
    for work in &report.work {
        let (executor, pool) = words::place(work);
        let place = format!("{executor}, {pool}");
        let attempts = format::counted(work.attempts, "attempt");
        let waited = format!("{} waiting", words::waited(work));
        let computed = format!("{} computing", words::computed(work));
        let (quiet, number) = ((fonts::regular(12.0), t.text2), (fonts::mono(11.0), t.text));
        let column = width / 4.0;
        let cells = [
            Cell { at: 0.0, width: column, words: &place, ink: (fonts::regular(12.0), t.executor_text(work.executor)) },
            Cell { at: column, width: column, words: &attempts, ink: quiet },
            Cell { at: column * 2.0, width: column, words: &waited, ink: number.clone() },
            Cell { at: column * 3.0, width: column, words: &computed, ink: number },
        ];
        line_ui(ui, width, &cells, "All attempts of this kind together");
    }
}

fn actions_ui(ui: &mut Ui, width: f32, report: &BatchReport, intents: &mut Vec<Intent>) {
    let (_, rect) = ui.allocate_space(vec2(width, 34.0));
    let mut right = rect.right();
    let mut button = |label: &str, icon: &str, kind: Kind, width: f32, hint: &str, intent: ReportIntent| {
        let place = Rect::from_min_max(pos2(right - width, rect.top()), pos2(right, rect.bottom()));
        right = place.left() - 8.0;
        let face = Face { icon: Some(icon), label, name: label, kind };
        if widgets::button_at_ui(ui, place, label, face).on_hover_text(hint).clicked() {
            intents.push(Intent::Report(intent));
        }
    };
    let hint = "One HTML file with the picture of the lanes";
    button("Save report…", icons::DOWNLOAD, Kind::Accent, 136.0, hint, ReportIntent::Save);
    button("Copy report", icons::COPY, Kind::Plain, 126.0, "The tables as Markdown", ReportIntent::Copy);
    if report.failed > 0 {
        let hint = "Those that are still in the queue are queued again";
        button("Retry failed", icons::RETRY, Kind::Plain, 126.0, hint, ReportIntent::RetryFailed);
    }
}
