//! What becomes of pictures whatever the recipe, in the settings: names, names that are taken, times and metadata.

use super::download_settings::words;
use super::intent::Intent;
use super::recipe_editor::edit_ui;
use super::settings_menu::choice_ui;
use super::{fonts, theme, widgets};
use crate::model::recipe::Metadata;
use crate::model::{OnExists, Template};
use crate::store::settings::Pictures;
use egui::{Align, Layout, RichText, Ui};

const METADATA: [(Option<Metadata>, &str); 4] = [
    (None, "As the recipe says"),
    (Some(Metadata::All), "All"),
    (Some(Metadata::Essential), "Essential"),
    (Some(Metadata::None), "None"),
];

/// Draws the settings. `typed` is a template that is none yet.
pub(super) fn pictures_ui(
    ui: &mut Ui,
    width: f32,
    now: &Pictures,
    typed: &mut Option<String>,
    intents: &mut Vec<Intent>,
) {
    let mut wanted = now.clone();
    name_ui(ui, width, &mut wanted, typed);
    let t = theme::tokens(ui);
    ui.label(RichText::new("Where the name is taken").font(fonts::regular(13.0)).color(t.text2));
    let each = (width - 8.0) / 2.0;
    for pair in [[OnExists::Rename, OnExists::Skip], [OnExists::Overwrite, OnExists::Newer]] {
        ui.horizontal(|ui| {
            for rule in pair {
                let name = format!("Pictures: {}", words(rule).1.to_lowercase());
                if choice_ui(ui, each, words(rule).0, &name, now.on_exists == rule) {
                    wanted.on_exists = rule;
                }
            }
        });
    }
    ui.label(RichText::new("Metadata that is kept").font(fonts::regular(13.0)).color(t.text2));
    for pair in METADATA.chunks(2) {
        ui.horizontal(|ui| {
            for (what, label) in pair {
                let name = format!("Metadata: {}", label.to_lowercase());
                if choice_ui(ui, each, label, &name, now.metadata == *what) {
                    wanted.metadata = *what;
                }
            }
        });
    }
    let (place, times) = ("Remove the place (GPS)", "Keep the times of the originals");
    wanted.strip_gps ^= widgets::check_ui(ui, width, (place, place), now.strip_gps);
    wanted.keep_times ^= widgets::check_ui(ui, width, (times, times), now.keep_times);
    if wanted != *now {
        intents.push(Intent::SetPictures(wanted));
    }
}

fn name_ui(ui: &mut Ui, width: f32, wanted: &mut Pictures, typed: &mut Option<String>) {
    let t = theme::tokens(ui);
    let kept = wanted.name.as_ref().map(Template::to_string).unwrap_or_default();
    let mut text = typed.clone().unwrap_or_else(|| kept.clone());
    let hint = RichText::new("Names, such as {name}-{index:03}").font(fonts::regular(12.0)).color(t.text2);
    let fields = "Fields: {name}, {ext}, {index}, {width}, {height}, {date}, {format} and {recipe}; / makes folders";
    let (_, rect) = ui.allocate_space(egui::vec2(width, 30.0));
    let is_faulty = text.parse::<Template>().is_err() && !text.trim().is_empty();
    let response = edit_ui(ui, &mut text, rect, Some(hint), is_faulty).accessible_name("Names of results");
    let response = response.on_hover_text(fields);
    if response.changed() {
        *typed = Some(text.clone());
    }
    let Some(now) = typed.as_ref() else { return };
    match now.parse::<Template>() {
        _ if now.trim().is_empty() => wanted.name = None,
        Ok(template) => wanted.name = Some(template),
        Err(error) => {
            let words = RichText::new(format!("{error}; names stay as they were"))
                .font(fonts::medium(12.0))
                .color(t.error_text);
            ui.with_layout(Layout::top_down(Align::LEFT), |ui| ui.add(egui::Label::new(words).wrap()));
            return;
        }
    }
    if !response.has_focus() {
        *typed = None;
    }
}
