//! The settings, in a sheet; and the recipe picker that the queue and the empty window show too.

use super::adding::Add;
use super::intent::Intent;
use super::recipe_editor::{Edit, Known};
use super::widgets::{self, Face, Kind};
use super::{State, download_settings, fonts, format, icons, overlay, picture_settings, theme};
use crate::model::Recipe;
use crate::store::rows::{Density, Rows};
use crate::store::settings::{Look, ThemeChoice};
use egui::{
    Align, Align2, Context, CornerRadius, Id, Layout, Popup, PopupCloseBehavior, Rect, RichText, Role, ScrollArea, Ui,
    UiBuilder, pos2, vec2,
};

/// What the picker says where downloads are left as they are.
pub(super) const NO_RECIPE: &str = "None – keep as downloaded";

const WIDTH: f32 = 296.0;

/// What the sheet and the room around it take at least, beside its columns.
const MARGIN: f32 = 100.0;

/// Between the columns of the sheet, and what the scroll bar gets.
const GAP: f32 = 20.0;

/// Draws the settings over everything.
pub(crate) fn settings_ui(ctx: &Context, state: &State, template: &mut Option<String>, intents: &mut Vec<Intent>) {
    let screen = ctx.content_rect().size();
    let columns = (((screen.x - MARGIN) / (WIDTH + GAP)) as usize).clamp(1, 3);
    let width = columns as f32 * (WIDTH + GAP);
    let response = overlay::modal(ctx, "settings").show(ctx, |ui| {
        ui.set_width(width);
        head_ui(ui, width, intents);
        // A low window scrolls it.
        let height = (screen.y - 150.0).max(120.0);
        ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
            let (_, top) = ui.allocate_space(vec2(width, 0.0));
            let mut ends = [top.top(); 3];
            for section in [Section::Look, Section::Pictures, Section::Downloads] {
                let column = (section as usize).min(columns - 1);
                let place = pos2(top.left() + column as f32 * (WIDTH + GAP), ends[column]);
                let place = Rect::from_min_size(place, vec2(WIDTH, f32::INFINITY));
                let drawn = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
                    ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
                    match section {
                        Section::Look => {
                            look_ui(ui, state, intents);
                            files_ui(ui, state, intents);
                        }
                        Section::Pictures => {
                            heading_ui(ui, "PICTURES, WHATEVER THE RECIPE");
                            picture_settings::pictures_ui(ui, WIDTH, &state.settings.pictures, template, intents);
                        }
                        Section::Downloads => {
                            heading_ui(ui, "DOWNLOADS");
                            download_settings::downloads_ui(ui, WIDTH, state.settings.downloads, intents);
                            more_ui(ui, intents);
                        }
                    }
                });
                ends[column] = drawn.response.rect.bottom();
            }
        });
        // Nothing behind the sheet is to get the keys.
        if ui.memory(|memory| memory.focused().is_none()) {
            ui.memory_mut(|memory| memory.request_focus(close_id(ui)));
        }
    });
    // Escape is among the shortcuts: within a field it only leaves that.
    if response.backdrop_response.clicked() {
        intents.push(Intent::ToggleSettings);
    }
}

/// What stands together in a column.
#[derive(Clone, Copy)]
enum Section {
    Look,
    Pictures,
    Downloads,
}

fn close_id(ui: &Ui) -> Id {
    ui.scope_id().with("close settings")
}

fn head_ui(ui: &mut Ui, width: f32, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(width, 28.0));
    let title = (fonts::semibold(16.0), t.text);
    widgets::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, "Settings", title);
    let close = Rect::from_min_max(rect.right_top() - vec2(28.0, 0.0), rect.right_bottom());
    let face = Face { icon: Some(icons::CLOSE), label: "", name: "Close settings", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, close, "close settings", face).clicked() {
        intents.push(Intent::ToggleSettings);
    }
}

fn look_ui(ui: &mut Ui, state: &State, intents: &mut Vec<Intent>) {
    heading_ui(ui, "THEME");
    ui.horizontal(|ui| {
        for theme in ThemeChoice::ALL {
            let chosen = state.settings.theme == theme;
            if choice_ui(ui, 93.0, theme.title(), &format!("{} theme", theme.title()), chosen) {
                intents.push(Intent::SetTheme(theme));
            }
        }
    });
    let look = state.settings.look;
    heading_ui(ui, "SIZE OF TEXT AND CONTROLS");
    for sizes in Look::SIZES.chunks(4) {
        ui.horizontal(|ui| {
            for size in sizes {
                let label = format!("{size} %");
                if choice_ui(ui, 68.0, &label, &format!("Text size {label}"), look.text_percent == *size) {
                    intents.push(Intent::SetLook(Look { text_percent: *size, ..look }));
                }
            }
        });
    }
    heading_ui(ui, "ROWS OF THE QUEUE");
    ui.horizontal(|ui| {
        for density in Density::ALL {
            let chosen = state.settings.rows.density == density;
            if choice_ui(ui, 144.0, density.title(), &format!("{} rows", density.title()), chosen) {
                intents.push(Intent::SetRows(Rows { density, ..state.settings.rows }));
            }
        }
    });
    let motion = "Reduced motion";
    if widgets::check_ui(ui, WIDTH, (motion, motion), look.reduced_motion) {
        intents.push(Intent::SetLook(Look { reduced_motion: !look.reduced_motion, ..look }));
    }
    let notify = "Tell the desktop when a batch has ended";
    if widgets::check_ui(ui, WIDTH, (notify, notify), !state.settings.quiet) {
        intents.push(Intent::SetQuiet(!state.settings.quiet));
    }
}

fn files_ui(ui: &mut Ui, state: &State, intents: &mut Vec<Intent>) {
    heading_ui(ui, "WHAT PICTURES BECOME");
    if recipes_ui(ui, state, intents) == Picked::Editor {
        intents.push(Intent::ToggleSettings);
    }
    heading_ui(ui, "OUTPUT FOLDER");
    let label = format::path(&state.output_dir);
    let folder = (icons::FOLDER, &*label, "Choose the output folder…", Intent::PickOutputFolder);
    action_ui(ui, folder, "", intents);
    heading_ui(ui, "CLIPBOARD");
    let words = "Offer links that are copied";
    let watches = state.settings.clipboard.watch;
    if widgets::check_ui(ui, WIDTH, (words, words), watches) {
        intents.push(Intent::Adding(Add::Watch(!watches)));
    }
}

fn more_ui(ui: &mut Ui, intents: &mut Vec<Intent>) {
    heading_ui(ui, "THE LAST BATCH");
    let undo = "Undo the last batch";
    let hint = "Removes what it wrote, as far as nobody has touched it since (Ctrl Z)";
    action_ui(ui, (icons::UNDO, undo, undo, Intent::UndoBatch), hint, intents);
    heading_ui(ui, "TO SEE HOW IT WORKS");
    let demo = "Try a demo batch";
    action_ui(ui, (icons::PLAY, demo, demo, Intent::StartDemo), "", intents);
    let export = "Export trace…";
    let hint = "What ran where and when, as a file that Perfetto and Chrome read";
    action_ui(ui, (icons::TIMELINE, export, export, Intent::ExportTrace), hint, intents);
}

/// A button that does something and closes the settings.
fn action_ui(
    ui: &mut Ui,
    (icon, label, name, intent): (&str, &str, &str, Intent),
    hint: &str,
    intents: &mut Vec<Intent>,
) {
    let face = Face { icon: Some(icon), label, name, kind: Kind::Plain };
    let mut response = widgets::button_ui(ui, vec2(WIDTH, 32.0), face);
    if !hint.is_empty() {
        response = response.on_hover_text(hint);
    }
    if response.clicked() {
        intents.extend([Intent::ToggleSettings, intent]);
    }
}

fn heading_ui(ui: &mut Ui, words: &str) {
    let t = theme::tokens(ui);
    ui.add_space(4.0);
    ui.label(RichText::new(words).font(fonts::medium(10.5)).color(t.text3));
}

/// One of several that exclude each other; returns whether it was just chosen.
pub(super) fn choice_ui(ui: &mut Ui, width: f32, label: &str, name: &str, chosen: bool) -> bool {
    let t = theme::tokens(ui);
    let (id, rect) = ui.allocate_space(vec2(width, 30.0));
    let response = widgets::toggle(ui, rect, id, Role::RadioButton, (name, chosen));
    widgets::keep_in_sight(&response);
    let fill = match (chosen, response.hovered()) {
        (true, _) => t.selection,
        (false, true) => t.hover,
        (false, false) => t.raised,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(7), fill);
    let ink = if chosen { t.accent_text } else { t.text };
    let place = pos2(rect.left() + 12.0, rect.center().y);
    widgets::cut_text(ui.painter(), place, width - 20.0, label, (fonts::medium(13.0), ink));
    widgets::focus_ring(ui, &response, 7);
    response.clicked() && !chosen
}

/// A line for no recipe and for each that is known; `pick` gets what was chosen. `of` follows their names.
pub(crate) fn recipe_choices_ui(
    ui: &mut Ui,
    width: f32,
    recipes: &Known,
    chosen: Option<&Recipe>,
    of: &str,
    mut pick: impl FnMut(Option<Recipe>),
) {
    let known = || recipes.all().map(|(recipe, _)| recipe);
    // A recipe of the command line or of an older program need not be among those that are kept.
    let other = chosen.filter(|chosen| known().all(|known| known != **chosen)).cloned();
    for recipe in std::iter::once(None).chain(known().chain(other).map(Some)) {
        let label = recipe.as_ref().map_or(NO_RECIPE, |recipe| recipe.name.as_str());
        if choice_ui(ui, width, label, &format!("{label}{of}"), chosen == recipe.as_ref()) {
            pick(recipe);
        }
    }
}

/// What a person did among the recipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Picked {
    Nothing,
    Recipe,
    /// The editor, which lies over everything.
    Editor,
}

fn recipes_ui(ui: &mut Ui, state: &State, intents: &mut Vec<Intent>) -> Picked {
    let mut picked = Picked::Nothing;
    recipe_choices_ui(ui, WIDTH, &state.recipes, state.recipe.as_ref(), "", |recipe| {
        intents.push(Intent::SetRecipe(recipe));
        picked = Picked::Recipe;
    });
    for sentence in &state.recipes.unread {
        let ink = theme::tokens(ui).error_text;
        let words = RichText::new(sentence).font(fonts::regular(11.0)).color(ink);
        ui.with_layout(Layout::top_down(Align::LEFT), |ui| ui.add(egui::Label::new(words).wrap()));
    }
    ui.horizontal(|ui| {
        let width = (WIDTH - 8.0) / 2.0;
        let edit = state.recipe.clone().or_else(|| Recipe::built_in().into_iter().next()).map(Box::new);
        for (icon, label, recipe) in [(icons::CONVERT, "Edit recipes…", edit), (icons::ADD, "New recipe…", None)] {
            let face = Face { icon: Some(icon), label, name: label, kind: Kind::Plain };
            if widgets::button_ui(ui, vec2(width, 30.0), face).clicked() {
                intents.push(Intent::Edit(Edit::Open(recipe)));
                picked = Picked::Editor;
            }
        }
    });
    picked
}

/// The button that says what pictures become and lets it be changed.
pub(crate) fn recipe_picker_ui(ui: &Ui, rect: Rect, state: &State, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    let chosen = state.recipe.as_ref().map_or("None", |recipe| recipe.name.as_str());
    let response = widgets::control(ui, rect, "recipe", Role::ComboBox, &format!("Recipe: {chosen}"));
    let fill = if response.hovered() || response.has_focus() { t.hover } else { t.raised };
    let border = egui::Stroke::new(1.0, t.border);
    ui.painter().rect(rect, CornerRadius::same(8), fill, border, egui::StrokeKind::Inside);
    let place = pos2(rect.left() + 10.0, rect.center().y);
    let quiet = (fonts::regular(12.0), t.text3);
    let left = widgets::cut_text(ui.painter(), place, 50.0, "Recipe", quiet) + 6.0;
    let width = rect.right() - 26.0 - left;
    widgets::cut_text(ui.painter(), pos2(left, rect.center().y), width, chosen, (fonts::medium(12.0), t.text));
    widgets::icon(ui.painter(), pos2(rect.right() - 14.0, rect.center().y), icons::EXPAND, 14.0, t.text2);
    widgets::focus_ring(ui, &response, 8);
    if response.clicked() {
        // The command line may have imported some meanwhile.
        intents.push(Intent::LookForRecipes);
    }
    let menu = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    menu.width(WIDTH).accessible_name("Recipes").show(|ui| {
        ui.set_width(WIDTH);
        let room = ui.ctx().content_rect().height() * 0.6;
        ScrollArea::vertical().max_height(room).show(ui, |ui| {
            if recipes_ui(ui, state, intents) != Picked::Nothing {
                ui.close();
            }
        });
    });
    response.on_hover_text("What pictures become. It holds for what is added from now on.");
}
