//! The inspector: the chosen file before and after, its facts, and what can be done with it.

use super::intent::{Intent, Target};
use super::model::{Bucket, Model, Row};
use super::widgets::{self, Face, Kind};
use super::{Pixels, State, compare, fonts, format, icons, queue_row, theme, tried};
use crate::model::{PictureFacts, Pool, Source, Timing};
use egui::{Align2, Color32, CornerRadius, Mesh, Rect, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use std::path::Path;
use std::time::Duration;

pub(crate) const WIDTH: f32 = 316.0;
const MARGIN: f32 = 16.0;
const PICTURE_HEIGHT: f32 = 148.0;
/// What the rest takes: with a picture, without one yet, and with a reason and more buttons.
const BESIDE_PICTURE: f32 = 258.0;
const BESIDE_PROGRESS: f32 = 240.0;
const BESIDE_REASON: f32 = 325.0;

/// Draws the inspector.
pub(crate) fn inspect_ui(ui: &mut Ui, rect: Rect, state: &State, pixels: &mut Pixels, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    ui.painter().rect_filled(rect, 0, t.surface);
    ui.painter().vline(rect.left() + 0.5, rect.y_range(), Stroke::new(1.0, t.border));
    let inner = rect.shrink2(vec2(MARGIN, 12.0));
    let chosen = state.model.view.selected_count();
    let row = state.model.view.cursor().and_then(|job| state.model.row(job)).filter(|_| chosen > 0);
    let mut content = ui.new_child(egui::UiBuilder::new().max_rect(inner).id_salt("inspector"));
    content.set_clip_rect(rect.intersect(ui.clip_rect()));
    ScrollArea::vertical().auto_shrink(false).show(&mut content, |ui| {
        ui.set_width(inner.width());
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        match (row, chosen) {
            (Some(_), 2..) => many_ui(ui, state, intents),
            (Some(row), _) => one_ui(ui, row, inner.height(), (state, pixels), intents),
            (None, _) => {
                ui.add_space((inner.height() / 2.0 - 40.0).max(8.0));
                ui.vertical_centered(|ui| {
                    let words = "Choose a file to see it before and after";
                    ui.label(RichText::new(words).font(fonts::regular(12.0)).color(t.text3));
                });
            }
        }
    });
}

fn one_ui(ui: &mut Ui, row: &Row, height: f32, (state, pixels): (&State, &mut Pixels), intents: &mut Vec<Intent>) {
    let model = &state.model;
    let t = theme::tokens(ui);
    let target = Target::Job(row.id);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, &row.name));
    let title = (fonts::semibold(14.0), t.text);
    widgets::cut_text(ui.painter(), rect.left_center(), rect.width() - 34.0, row.name.as_str(), title);
    response.on_hover_text(&row.name);
    let corner = Rect::from_min_size(pos2(rect.right() - 28.0, rect.top() - 3.0), vec2(28.0, 28.0));
    let face = Face { icon: Some(icons::DELETE), label: "", name: "Remove", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, corner, "remove", face).on_hover_text("Remove from the queue (Delete)").clicked() {
        intents.push(Intent::Remove(target));
    }

    // The picture gives way first, so that the buttons stay in sight.
    let (rest, least) = match (row.preview(), &row.failure) {
        (Some(_), _) => (BESIDE_PICTURE, 96.0),
        (None, None) => (BESIDE_PROGRESS, 48.0),
        (None, Some(_)) => (BESIDE_REASON, 48.0),
    };
    let picture_height = (height - rest).clamp(least, PICTURE_HEIGHT);
    compare::compare_ui(ui, row, picture_height, (&mut pixels.compare, &mut pixels.thumbs));
    if row.bucket() == Bucket::Done {
        saving_ui(ui, row);
    } else if let Some(failure) =
        row.failure.as_ref().filter(|_| !matches!(row.bucket(), Bucket::Fetching | Bucket::Milling))
    {
        ui.add(egui::Label::new(RichText::new(&failure.sentence).font(fonts::medium(12.0)).color(t.error_text)).wrap());
        if !failure.details.is_empty() {
            ui.add(egui::Label::new(RichText::new(&failure.details).font(fonts::mono(11.0)).color(t.text2)).wrap());
        }
    } else {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
        queue_row::segments_ui(ui, rect, row);
        if row.is_stopping() {
            let words = queue_row::stopping_words(row, model);
            ui.add(egui::Label::new(RichText::new(words).font(fonts::regular(12.0)).color(t.warn_text)).wrap());
        }
    }
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, t.soft));
    facts_ui(ui, row);
    timing_ui(ui, row, model);
    ui.add_space(2.0);
    buttons_ui(ui, row, target, intents);
    said_ui(ui, row, pixels);
    tried::tried_ui(ui, row, state, &mut pixels.tried);
}

fn many_ui(ui: &mut Ui, state: &State, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let chosen = state.model.chosen();
    let counts = &chosen.counts;
    let title = format!("{} chosen", format::counted(counts.total(), "file"));
    ui.label(RichText::new(title).font(fonts::semibold(14.0)).color(t.text));
    let (bytes_in, bytes_out) = (chosen.bytes_in, chosen.bytes_out);
    fact_ui(ui, "Done", &format::count(counts.of(Bucket::Done)));
    fact_ui(ui, "Running", &format::count(counts.running()));
    fact_ui(ui, "Failed", &format::count(counts.of(Bucket::Failed)));
    if let Some((_, words)) = format::saving(bytes_in, bytes_out) {
        fact_ui(ui, "Size", &format!("{} → {}, {words}", format::bytes(bytes_in), format::bytes(bytes_out)));
    }
    ui.add_space(4.0);
    let unfinished = counts.unfinished() > 0;
    let again = counts.of(Bucket::Failed) + counts.of(Bucket::Cancelled) > 0;
    let mut actions = vec![];
    if again {
        actions.push((icons::RETRY, "Retry", Intent::Retry(Target::Selected)));
    }
    if unfinished {
        actions.push((icons::CANCEL, "Cancel", Intent::Cancel(Target::Selected)));
    }
    actions.push((icons::DELETE, "Remove", Intent::Remove(Target::Selected)));
    actions_ui(ui, actions, intents);
}

pub(super) fn split_ui(ui: &Ui, rect: Rect, x: f32) {
    let t = theme::tokens(ui);
    let mut line = Mesh::default();
    line.add_colored_rect(Rect::from_min_max(pos2(x - 1.0, rect.top()), pos2(x + 1.0, rect.bottom())), t.on_scrim);
    ui.painter().add(line);
    ui.painter().circle_filled(pos2(x, rect.center().y), 12.0, t.on_scrim);
    widgets::icon(ui.painter(), pos2(x, rect.center().y), icons::COMPARE, 16.0, t.handle_ink);
}

pub(super) fn pill_ui(ui: &Ui, pos: egui::Pos2, align: Align2, words: &str) {
    let t = theme::tokens(ui);
    let galley = ui.painter().layout_no_wrap(words.to_owned(), fonts::medium(10.5), t.on_scrim);
    let rect = align.anchor_size(pos, galley.size() + vec2(16.0, 7.0));
    ui.painter().rect_filled(rect, CornerRadius::same(10), t.scrim);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, t.on_scrim);
}

fn saving_ui(ui: &mut Ui, row: &Row) {
    let t = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    let converted = row.spec.stages().contains(&Pool::Mill);
    let (number, words, color) = match format::saving(row.bytes_in, row.bytes_out).filter(|_| converted) {
        Some((change, words)) if change < 0 => (words, "smaller", t.ok_text),
        Some((change, words)) if change > 0 => (words, "larger", t.warn_text),
        _ => (format::bytes(row.bytes_out), if converted { "as large as before" } else { "downloaded" }, t.text),
    };
    let middle = rect.left_center();
    let right =
        widgets::text(ui.painter(), middle, Align2::LEFT_CENTER, &number, (fonts::semibold(20.0), color)).right();
    let place = pos2(right + 9.0, rect.center().y + 2.0);
    widgets::text(ui.painter(), place, Align2::LEFT_CENTER, words, (fonts::regular(12.0), t.text2));
    widgets::say(ui, rect, ("saving", row.id), &format!("{number} {words}"));
}

fn fact_ui(ui: &mut Ui, name: &str, value: &str) {
    let ink = theme::tokens(ui).text;
    toned_fact_ui(ui, name, value, ink);
}

fn toned_fact_ui(ui: &mut Ui, name: &str, value: &str, ink: Color32) {
    let t = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{name}: {value}")));
    let left = (fonts::regular(12.0), t.text3);
    widgets::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, name, left);
    let place = rect.left_center() + vec2(62.0, 0.0);
    widgets::cut_text(ui.painter(), place, rect.width() - 62.0, value, (fonts::regular(12.0), ink));
    response.on_hover_text(value);
}

fn facts_ui(ui: &mut Ui, row: &Row) {
    let source = match row.spec.source() {
        Source::Link { url, .. } | Source::Page(url) => url.split_once("://").map_or(url, |(_, rest)| rest).to_owned(),
        Source::File(path) => format::path(path),
        Source::Refused(_) | Source::Light(_) | Source::Lab(_) => row.spec.input().to_owned(),
    };
    fact_ui(ui, "Source", &source);
    let size = |(width, height): (u32, u32)| format!("{width} × {height}");
    match (row.size_in, row.size_out) {
        (Some(before), Some(after)) => fact_ui(ui, "Size", &format!("{}  →  {}", size(before), size(after))),
        (Some(before), None) => fact_ui(ui, "Size", &size(before)),
        _ if row.bytes_in > 0 => fact_ui(ui, "Size", &format::bytes(row.bytes_in)),
        _ => fact_ui(ui, "Size", "–"),
    }
    let worker = match (row.lane_tag.as_str(), row.pid) {
        ("", _) => "–".to_owned(),
        (lane, Some(pid)) => format!("{lane} · pid {pid}"),
        (lane, None) => lane.to_owned(),
    };
    // One for each stage is what it takes.
    let attempts = if row.attempts as usize > row.spec.stages().len().max(1) {
        format!(" · {} attempts", row.attempts)
    } else {
        String::new()
    };
    fact_ui(ui, "Worker", &(worker + &attempts));
    if let Some(posture) = &row.posture {
        let t = theme::tokens(ui);
        let lacks = posture.isolation == "process" && !posture.is_full();
        toned_fact_ui(ui, "Isolation", posture.badge, if lacks { t.warn_text } else { t.text });
    }
}

/// What the files say of themselves: before, and after where it differs.
fn said_ui(ui: &mut Ui, row: &Row, pixels: &mut Pixels) {
    let mut facts = |path: Option<&Path>, bytes| pixels.facts.of(&(path?.to_path_buf(), bytes)).cloned();
    let before = facts(row.original(), row.bytes_in);
    let after = facts(row.output(), row.bytes_out);
    let (Some(first), last) = (before.as_ref().or(after.as_ref()), after.as_ref()) else { return };
    let last = last.unwrap_or(first);
    let t = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, t.soft));
    let mut change = |name: &str, value: &dyn Fn(&PictureFacts) -> String| {
        let (first, last) = (value(first), value(last));
        fact_ui(ui, name, &if first == last { first } else { format!("{first} → {last}") });
    };
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    change("Format", &|facts| facts.format.clone());
    change("Profile", &|facts| or_none(&facts.profile));
    change("Camera", &|facts| or_none(&facts.camera));
    change("Taken", &|facts| or_none(&facts.taken));
    change("Lies", &|facts| match facts.orientation {
        None | Some(1) => "upright".to_owned(),
        Some(3) => "upside down".to_owned(),
        Some(6) => "to be turned right".to_owned(),
        Some(8) => "to be turned left".to_owned(),
        Some(_) => "mirrored".to_owned(),
    });
    change("Place", &|facts| if facts.has_place { "GPS position" } else { "none" }.to_owned());
}

/// Waiting against computing: the number that explains why threads are enough for downloads and cores decide about
/// pictures.
fn timing_ui(ui: &mut Ui, row: &Row, model: &Model) {
    let t = theme::tokens(ui);
    let mut timing = row.timing();
    if let (Some(started), Some(pool)) = (row.started, row.pool()) {
        let elapsed = (model.now() - started).as_micros() as u64;
        timing += Timing { wall_us: elapsed, cpu_us: if pool == Pool::Mill { elapsed } else { 0 } };
    }
    if timing.wall_us == 0 {
        fact_ui(ui, "Timing", "–");
        return;
    }
    let (wait, compute) = (Duration::from_micros(timing.wait_us()), Duration::from_micros(timing.cpu_us));
    fact_ui(ui, "Timing", &format!("{} waiting  +  {} CPU", format::span(wait), format::span(compute)));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    // Several threads of one job may compute at the same time.
    let share = (timing.cpu_us as f32 / timing.wall_us as f32).min(1.0);
    widgets::stacked_bar(ui.painter(), rect, t.soft, &[(1.0 - share, t.thread), (share, t.process)]);
    let words = format!("{:.0} % waiting, {:.0} % computing", (1.0 - share) * 100.0, share * 100.0);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    response.on_hover_text(format!("{words}. Threads can wait side by side; computing needs a core each."));
}

fn buttons_ui(ui: &mut Ui, row: &Row, target: Target, intents: &mut Vec<Intent>) {
    let mut actions = vec![];
    if row.page().is_some() {
        actions.push((icons::ADD_LINK, "Choose links…", Intent::Open(target)));
    }
    if row.picture().is_some() {
        actions.push((icons::OPEN, "Open file", Intent::Open(target)));
    }
    if row.output().is_some() || row.original().is_some() {
        actions.push((icons::FOLDER, "Show in folder", Intent::ShowInFolder(target)));
    }
    if matches!(row.bucket(), Bucket::Failed | Bucket::Cancelled) {
        actions.push((icons::RETRY, "Retry", Intent::Retry(target)));
    }
    if row.failure.is_some() {
        actions.push((icons::COPY, "Copy error", Intent::CopyError(target)));
    }
    if !row.state.is_final() && !row.is_stopping() {
        let (glyph, words, intent) = if row.paused {
            (icons::PLAY, "Resume file", Intent::Resume(target))
        } else {
            (icons::PAUSE, "Pause file", Intent::Pause(target))
        };
        actions.push((glyph, words, intent));
        actions.push((icons::CANCEL, "Cancel", Intent::Cancel(target)));
    }
    actions_ui(ui, actions, intents);
}

/// Buttons in two columns.
fn actions_ui(ui: &mut Ui, actions: Vec<(&str, &str, Intent)>, intents: &mut Vec<Intent>) {
    let width = (ui.available_width() - 8.0) / 2.0;
    let mut actions = actions.into_iter().peekable();
    while actions.peek().is_some() {
        ui.horizontal(|ui| {
            for (glyph, words, intent) in actions.by_ref().take(2) {
                let face = Face { icon: Some(glyph), label: words, name: words, kind: Kind::Plain };
                if widgets::button_ui(ui, vec2(width, 32.0), face).clicked() {
                    intents.push(intent);
                }
            }
        });
    }
}
