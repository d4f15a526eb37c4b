//! The inspector's part on what was tried: a line for each attempt with its lane, its time and its error, and the log of
//! the job in the order of time.

use super::model::{Model, Row, SpanEnd, Tried};
use super::{State, card, fonts, format, theme, widgets};
use crate::model::{JobId, Moment};
use egui::{Align2, RichText, Sense, Ui, WidgetInfo, pos2, vec2};

/// The attempts of the row that is looked at. Looked up again only when something became of it.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    of: Option<(JobId, u32, Option<Moment>, bool)>,
    tried: Vec<Tried>,
    left_out: u32,
}

impl Cache {
    fn look(&mut self, row: &Row, model: &Model) {
        let key = (row.id, row.attempts, row.started, row.state.is_final());
        if self.of != Some(key) {
            (self.tried, self.left_out) = model.attempts_of(row.id);
            self.of = Some(key);
        }
    }
}

/// Draws both lists.
pub(crate) fn tried_ui(ui: &mut Ui, row: &Row, state: &State, cache: &mut Cache) {
    cache.look(row, &state.model);
    if cache.tried.is_empty() {
        return;
    }
    let now = state.model.now();
    title_ui(ui, "Attempts");
    for (at, tried) in cache.tried.iter().enumerate() {
        attempt_ui(ui, tried, now);
        if cache.left_out > 0 && cache.tried.get(at + 1).is_some_and(|next| next.number > tried.number + 1) {
            let words = format!("{} are not kept", format::counted(cache.left_out as usize, "attempt"));
            small_ui(ui, &words);
        }
    }
    title_ui(ui, "Log");
    for line in log(&cache.tried) {
        small_ui(ui, &line);
    }
}

fn title_ui(ui: &mut Ui, title: &str) {
    let t = theme::tokens(ui);
    ui.add_space(2.0);
    let response = ui.label(RichText::new(title).font(fonts::medium(12.0)).color(t.text));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Heading, true, title));
}

fn small_ui(ui: &mut Ui, words: &str) {
    let t = theme::tokens(ui);
    ui.add(egui::Label::new(RichText::new(words).font(fonts::mono(11.0)).color(t.text2)).wrap());
}

fn attempt_ui(ui: &mut Ui, tried: &Tried, now: Moment) {
    let t = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let ink = match tried.how {
        SpanEnd::Failed => t.error_text,
        SpanEnd::Again => t.warn_text,
        SpanEnd::Cancelled | SpanEnd::Running => t.text2,
        SpanEnd::Done => t.ok_text,
    };
    let y = rect.center().y;
    let took = format::span(tried.took(now));
    let lane = (fonts::mono(11.0), t.executor_text(tried.executor));
    widgets::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, &*tried.lane, lane);
    let place = pos2(rect.left() + 36.0, y);
    let words = format!("{} {}", card::pool(tried.pool), card::end(tried.how));
    widgets::cut_text(ui.painter(), place, rect.width() - 120.0, words.as_str(), (fonts::regular(12.0), ink));
    widgets::text(ui.painter(), rect.right_center(), Align2::RIGHT_CENTER, &took, (fonts::mono(11.0), t.text));
    let mut said = format!(
        "Attempt {}: {words} on {}, {}, {took}",
        tried.number,
        tried.lane,
        card::place(tried.executor, tried.pid)
    );
    if tried.how != SpanEnd::Running && tried.timing.wall_us > 0 {
        let share = tried.timing.cpu_us as f32 / tried.timing.wall_us as f32;
        said += &format!(", {}", card::shares(tried.took(now), share));
    }
    if let Some(error) = &tried.error {
        said += &format!(". {error}");
    }
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &said));
    response.on_hover_text(said);
}

/// What happened to the job, a line for everything, in the order of time.
fn log(tried: &[Tried]) -> Vec<String> {
    let mut lines: Vec<(Moment, String)> = Vec::new();
    for attempt in tried {
        let place = card::place(attempt.executor, attempt.pid);
        let what = format!("{} begins on {}, {place}", card::pool(attempt.pool), attempt.lane);
        lines.push((attempt.start, format!("attempt {}: {what}", attempt.number)));
        if attempt.how == SpanEnd::Running {
            continue;
        }
        let mut end = format!("attempt {}: {}", attempt.number, card::end(attempt.how));
        if let Some(error) = &attempt.error {
            end += &format!(". {error}");
        }
        lines.push((attempt.end, end));
    }
    lines.sort_by_key(|line| line.0);
    lines.into_iter().map(|(at, words)| format!("{} {words}", clock(at))).collect()
}

/// Time since the start of the program: `00:12.345`, `1:02:03.004`.
fn clock(at: Moment) -> String {
    let ms = at.0 / 1000;
    let (hours, minutes, seconds, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}.{ms:03}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}.{ms:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ExecutorKind, Pool, Timing};

    #[test]
    fn the_log_is_in_the_order_of_time_and_names_errors() {
        let tried = |number, start, end, how, error: Option<&str>| Tried {
            number,
            pool: Pool::Fetch,
            executor: ExecutorKind::Threads,
            lane: "T1".into(),
            pid: None,
            start: Moment(start),
            end: Moment(end),
            how,
            timing: Timing::default(),
            error: error.map(Into::into),
        };
        let running = tried(2, 3_000_000, u64::MAX, SpanEnd::Running, None);
        let lines = log(&[running, tried(1, 0, 2_500_000, SpanEnd::Again, Some("Timed out"))]);
        assert_eq!(
            lines,
            [
                "00:00.000 attempt 1: download begins on T1, thread",
                "00:02.500 attempt 1: tried again. Timed out",
                "00:03.000 attempt 2: download begins on T1, thread",
            ]
        );
        assert_eq!(clock(Moment(3_723_004_000)), "1:02:03.004");
    }
}
