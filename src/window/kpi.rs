//! The strip of large numbers: the batch, both rates, the speed-up, the processors.

use super::model::{Bucket, Model};
use super::{fonts, format, theme, widgets};
use crate::model::Pool;
use egui::{Align2, CornerRadius, Rect, Stroke, Ui, pos2, vec2};

pub(crate) const HEIGHT: f32 = 72.0;

/// Draws the strip. `cpu` is the load of each core, 0 to 1; empty while nothing is measured.
pub(crate) fn kpi_ui(ui: &Ui, rect: Rect, model: &Model, cpu: &[f32]) {
    let t = theme::tokens(ui);
    ui.painter().rect_filled(rect, 0, t.surface);
    widgets::hairline_below(ui, rect);
    // Shares of the width; what is narrow loses its sparkline before it loses its number.
    let shares = [290.0, 254.0, 254.0, 166.0, 236.0];
    let total: f32 = shares.iter().sum();
    let mut left = rect.left();
    let mut cell = |at: usize| {
        let right = left + rect.width() * shares[at] / total;
        let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        if at > 0 {
            let line = Stroke::new(1.0, t.soft);
            ui.painter().vline(left, (rect.top() + 14.0)..=(rect.bottom() - 8.0), line);
        }
        left = right;
        Rect::from_min_max(cell.min + vec2(if at == 0 { 16.0 } else { 18.0 }, 0.0), cell.max - vec2(14.0, 0.0))
    };
    batch_ui(ui, cell(0), model);
    let headline = &model.headline;
    let known = model.counts.total() > 0;
    let (number, unit) = format::rate_parts(headline.download_bytes_per_s);
    let download = Rate { title: "DOWNLOAD", number, unit: if known { unit } else { "MB/s".to_owned() }, known };
    rate_ui(ui, cell(1), &download, model, Pool::Fetch);
    let convert = Rate {
        title: "CONVERT",
        number: format!("{:.1}", headline.converts_per_s),
        unit: "images/s".to_owned(),
        known,
    };
    rate_ui(ui, cell(2), &convert, model, Pool::Mill);
    speed_up_ui(ui, cell(3), model);
    cpu_ui(ui, cell(4), model, cpu);
}

fn title_ui(ui: &Ui, cell: Rect, title: &str) {
    let ink = (fonts::medium(10.5), theme::tokens(ui).text3);
    widgets::text(ui.painter(), cell.left_top() + vec2(0.0, 21.0), Align2::LEFT_CENTER, title, ink);
}

/// A large number with a small unit; returns the right edge.
fn number_ui(ui: &Ui, cell: Rect, number: &str, unit: &str, color: egui::Color32) -> f32 {
    let t = theme::tokens(ui);
    let place = pos2(cell.left(), cell.top() + 45.0);
    let right = widgets::text(ui.painter(), place, Align2::LEFT_CENTER, number, (fonts::semibold(20.0), color)).right();
    let place = pos2(right + 6.0, cell.top() + 47.0);
    let font = fonts::regular(13.0);
    if place.x + widgets::width_of(ui.painter(), unit, font.clone()) > cell.right() + 8.0 {
        return right;
    }
    widgets::text(ui.painter(), place, Align2::LEFT_CENTER, unit, (font, t.text2)).right()
}

fn batch_ui(ui: &Ui, cell: Rect, model: &Model) {
    let t = theme::tokens(ui);
    title_ui(ui, cell, "BATCH");
    let counts = &model.counts;
    let ([done, failed, cancelled], total) = model.stretch_counts();
    let bar = Rect::from_min_max(pos2(cell.left(), cell.bottom() - 14.0), pos2(cell.right(), cell.bottom() - 9.0));
    if total == 0 {
        number_ui(ui, cell, "–", "", t.text);
        widgets::stacked_bar(ui.painter(), bar, t.soft, &[]);
        widgets::say(ui, cell, "batch", "Batch: nothing queued");
        return;
    }
    let unit = format!("of {}{}", format::count(total), if cell.width() > 210.0 { " done" } else { "" });
    number_ui(ui, cell, &format::count(done), &unit, t.text);
    let left = match model.headline.time_left {
        Some(left) if !model.paused => format!("{} left", format::clock(left)),
        _ if model.paused && counts.unfinished() > 0 => "paused".to_owned(),
        _ if counts.unfinished() == 0 => format!("in {}", format::span(model.stretch.elapsed(model.now()))),
        _ => String::new(),
    };
    let top_right = cell.right_top() + vec2(0.0, 21.0);
    widgets::text(ui.painter(), top_right, Align2::RIGHT_CENTER, &left, (fonts::mono(11.0), t.text2));
    if failed > 0 {
        let place = cell.right_top() + vec2(0.0, 46.0);
        let words = format!("{} failed", format::count(failed));
        widgets::text(ui.painter(), place, Align2::RIGHT_CENTER, words, (fonts::medium(12.0), t.error_text));
    }
    let share = |count: usize| count as f32 / total as f32;
    let parts = [
        (share(done), t.ok),
        (share(failed + cancelled), t.error),
        (share(counts.of(Bucket::Milling)), t.process),
        (share(counts.of(Bucket::Fetching)), t.thread),
    ];
    widgets::stacked_bar(ui.painter(), bar, t.soft, &parts);
    let end = if left.is_empty() { String::new() } else { format!(", {left}") };
    let words = format!("Batch: {done} of {total} done, {failed} failed{end}");
    widgets::say(ui, cell, "batch", &words).on_hover_ui(|ui| {
        ui.label(format!(
            "{done} done, {failed} failed, {cancelled} cancelled\n{} downloading, {} converting, {} queued",
            counts.of(Bucket::Fetching),
            counts.of(Bucket::Milling),
            counts.of(Bucket::Queued) + counts.of(Bucket::Fetched),
        ));
    });
}

struct Rate {
    title: &'static str,
    number: String,
    unit: String,
    known: bool,
}

fn rate_ui(ui: &Ui, cell: Rect, rate: &Rate, model: &Model, pool: Pool) {
    let t = theme::tokens(ui);
    title_ui(ui, cell, rate.title);
    let number = if rate.known { rate.number.as_str() } else { "–" };
    number_ui(ui, cell, number, &rate.unit, t.text);
    let left = cell.left() + 124.0;
    if rate.known && cell.right() - left > 40.0 {
        let place = Rect::from_min_max(pos2(left, cell.top() + 18.0), pos2(cell.right(), cell.bottom() - 12.0));
        let points = match pool {
            Pool::Fetch => &model.downloads,
            Pool::Mill => &model.converts,
        };
        widgets::sparkline(ui.painter(), place, points.points(), t.pool(pool));
    }
    widgets::say(ui, cell, rate.title, &format!("{}: {number} {}", rate.title, rate.unit)).on_hover_text(
        "The mean of the last seconds, and of the whole batch once it has ended. The curve shows 20 seconds.",
    );
}

fn speed_up_ui(ui: &Ui, cell: Rect, model: &Model) {
    let t = theme::tokens(ui);
    title_ui(ui, cell, "SPEED-UP");
    let ratio = model.headline.speed_up;
    let number = ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.1}×"));
    let unit = if ratio.is_some() { "vs serial" } else { "" };
    number_ui(ui, cell, &number, unit, t.mode_text(model.mode));
    let (work, busy) = (format::span(model.stretch.work()), format::span(model.stretch.busy()));
    let cores = format::counted(model.stretch.cores(), "core");
    let rule = format!(
        "Downloads wait, so each of them counts in full. Conversions compute, so no more of them count at once than there \
         are cores: {cores} here."
    );
    let (name, explained) = match ratio {
        Some(_) => (
            format!("Speed-up: {number} against serial, {work} of work in {busy}"),
            format!(
                "{number} = {work} / {busy}\nOne lane alone is estimated to take {work}: the sum of what all attempts took. \
                 It was done in {busy} in which anything ran.\n{rule}"
            ),
        ),
        None => (
            format!("Speed-up: {number} against serial"),
            format!(
                "The sum of what all attempts took, which is what one lane alone is estimated to take, by the time in which \
                 anything ran. Not measured yet.\n{rule}"
            ),
        ),
    };
    widgets::say(ui, cell, "speed-up", &name).on_hover_text(explained);
}

fn cpu_ui(ui: &Ui, cell: Rect, model: &Model, cpu: &[f32]) {
    let t = theme::tokens(ui);
    title_ui(ui, cell, "CPU");
    let sum: f32 = cpu.iter().sum();
    let number = if cpu.is_empty() { "–".to_owned() } else { format!("{:.0} %", sum * 100.0) };
    number_ui(ui, cell, &number, "", t.text);
    let shown = if cpu.is_empty() { vec![0.0; 8] } else { cpu.to_vec() };
    let room = cell.width() - 84.0;
    let pitch = (room / shown.len() as f32).clamp(2.0, 9.0);
    let mut left = cell.left() + 84.0;
    for load in shown {
        let ground = Rect::from_min_max(pos2(left, cell.top() + 16.0), pos2(left + pitch * 0.67, cell.bottom() - 14.0));
        left += pitch;
        if ground.right() > cell.right() + 1.0 {
            break;
        }
        ui.painter().rect_filled(ground, CornerRadius::same(2), t.soft);
        let bar =
            Rect::from_min_max(pos2(ground.left(), ground.bottom() - ground.height() * load.min(1.0)), ground.max);
        let color = if load > 0.3 { t.mode(model.mode) } else { t.text3.gamma_multiply(0.7) };
        ui.painter().rect_filled(bar, CornerRadius::same(2), color);
    }
    let words =
        if cpu.is_empty() { "CPU: not measured".to_owned() } else { format!("CPU: {number} of {} cores", cpu.len()) };
    widgets::say(ui, cell, "cpu", &words)
        .on_hover_text("The load of each core of this machine, by all programs. 100 % is one core.");
}
