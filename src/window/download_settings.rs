//! How downloads go, in the settings: the speed limit, connections, and what becomes of a file whose name is taken.

use super::intent::Intent;
use super::settings_menu::choice_ui;
use super::{fonts, theme, widgets};
use crate::model::{FetchOptions, OnExists, size};
use crate::store::settings::Downloads;
use egui::{Align, DragValue, Layout, RichText, Stroke, Ui, Vec2, vec2};

const FIELD: Vec2 = vec2(112.0, 26.0);

const KIB: u64 = 1024;

/// The most that can be chosen, in KiB a second: more is no limit.
const MAX_LIMIT_KIB: u64 = 10 << 20;

/// Below this a step of the speed limit is small, in KiB a second.
const STEP_KIB: f64 = 16.0;

pub(super) fn downloads_ui(ui: &mut Ui, width: f32, now: Downloads, intents: &mut Vec<Intent>) {
    let mut wanted = now;
    let shown = now.bytes_per_s.map_or(0, |bytes| bytes.div_ceil(KIB));
    let mut limit = shown;
    let field = DragValue::new(&mut limit)
        .range(0..=MAX_LIMIT_KIB)
        .speed(STEP_KIB)
        .custom_formatter(|kib, _| if kib == 0.0 { "No limit".to_owned() } else { format!("{kib} KiB/s") })
        .custom_parser(kib_of);
    number_ui(ui, "Speed limit", "Holds at once, for all downloads together. 0 is no limit.", field);
    // What was set to the byte elsewhere stays so unless somebody changes it here.
    if limit != shown {
        wanted.bytes_per_s = (limit > 0).then(|| limit * KIB);
    }

    let mut segments = now.segments.unwrap_or(0);
    let field = DragValue::new(&mut segments)
        .range(0..=FetchOptions::MAX_SEGMENTS)
        .speed(1)
        .custom_formatter(|count, _| if count == 0.0 { "By size".to_owned() } else { format!("{count}") });
    number_ui(
        ui,
        "Connections per file",
        "At most so many fetch one file at the same time. 0 goes by its size.",
        field,
    );
    wanted.segments = (segments > 0).then_some(segments);

    let mut per_host = now.per_host.unwrap_or(FetchOptions::PER_HOST);
    let field = DragValue::new(&mut per_host).range(1..=Downloads::MAX_PER_HOST).speed(1);
    number_ui(ui, "Connections per host", "At most so many to one host, all downloads together.", field);
    wanted.per_host = (per_host != FetchOptions::PER_HOST).then_some(per_host);

    ui.label(RichText::new("Where the name is taken").font(fonts::regular(13.0)).color(theme::tokens(ui).text2));
    let each = (width - 8.0) / 2.0;
    for pair in [[OnExists::Rename, OnExists::Skip], [OnExists::Overwrite, OnExists::Resume]] {
        ui.horizontal(|ui| {
            for rule in pair {
                let (label, name) = words(rule);
                if choice_ui(ui, each, label, name, now.on_exists == rule) {
                    wanted.on_exists = rule;
                }
            }
        });
    }
    if wanted != now {
        intents.push(Intent::SetDownloads(wanted));
    }
}

/// A speed limit as somebody types it, in KiB a second: a speed with its unit, or a number of KiB. 0 is no limit.
fn kib_of(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("no limit") {
        return Some(0.0);
    }
    let kib = text.parse::<f64>().ok().filter(|kib| kib.is_finite() && *kib >= 0.0);
    kib.or_else(|| Some(size::parsed_rate(text)?.div_ceil(KIB) as f64)).map(f64::ceil)
}

/// What a rule is called: on its button, and by screen readers.
pub(super) fn words(rule: OnExists) -> (&'static str, &'static str) {
    match rule {
        OnExists::Rename => ("Number it", "Where the name is taken, number the new file"),
        OnExists::Skip => ("Skip", "Where the name is taken, skip the download"),
        OnExists::Newer => ("Replace older", "Where the name is taken, replace a file that is older than its input"),
        OnExists::Overwrite => ("Replace it", "Where the name is taken, replace the old file"),
        OnExists::Resume => ("Go on with it", "Where the name is taken, go on with that file"),
    }
}

fn number_ui(ui: &mut Ui, label: &str, hint: &str, field: DragValue<'_>) {
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(label).font(fonts::regular(13.0)).color(theme::tokens(ui).text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let t = theme::tokens(ui);
            let inactive = &mut ui.visuals_mut().widgets.inactive;
            (inactive.weak_bg_fill, inactive.bg_stroke) = (t.raised, Stroke::new(1.0, t.border));
            let response = ui.add_sized(FIELD, field).labelled_by(label.id);
            widgets::keep_in_sight(&response);
            response.on_hover_text(hint);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_typed_with_or_without_its_unit() {
        for (text, kib) in [
            ("300", Some(300.0)),
            ("300 KiB/s", Some(300.0)),
            ("2 MiB/s", Some(2048.0)),
            ("2m", Some(2048.0)),
            ("1.5M", Some(1536.0)),
            ("0.2", Some(1.0)),
            ("1500 B/s", Some(2.0)),
            ("0", Some(0.0)),
            ("No limit", Some(0.0)),
            ("-3", None),
            ("inf", None),
            ("fast", None),
            ("", None),
        ] {
            assert_eq!(kib_of(text), kib, "{text}");
        }
    }
}
