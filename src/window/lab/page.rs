//! One example: its form at the left, and what its comparison shows at the right.

use super::controls::{controls_ui, heading_ui, quiet_ui};
use super::{Comparison, ExportAs, Form, Lab, LabIntent, Stage, bars, cards, charts, plot, results, table, title};
use crate::model::lab::{LabReport, capital, is_about_speed};
use crate::window::intent::Intent;
use crate::window::state::State;
use crate::window::widgets::{self, Face, Kind};
use crate::window::{fonts, icons, overlay, theme};
use egui::{Context, CornerRadius, Frame, Key, Rect, RichText, ScrollArea, Stroke, Ui, UiBuilder, pos2, vec2};

const HEAD: f32 = 58.0;

/// What belongs to the screen alone.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Where the results were drawn last.
    pub(crate) results: Option<Rect>,
}

/// Draws the Lab.
pub(crate) fn lab_ui(ui: &mut Ui, rect: Rect, state: &State, look: &mut Look, intents: &mut Vec<Intent>) {
    let (t, lab) = (theme::tokens(ui), &state.lab);
    ui.painter().rect_filled(rect, 0, t.bg);
    look.results = None;
    let Some(form) = &lab.form else {
        cards::cards_ui(ui, rect, lab, intents);
        return;
    };
    let (head, body) = rect.split_top_bottom_at_y(rect.top() + HEAD);
    head_ui(ui, head, lab, form, intents);
    let width = if rect.width() < 1000.0 { 220.0 } else { 260.0 };
    let (left, right) = body.split_left_right_at_x(body.left() + width);
    ui.painter().vline(left.right(), body.y_range(), Stroke::new(1.0, t.soft));
    let inner = Rect::from_min_max(left.min + vec2(16.0, 12.0), left.max - vec2(6.0, 0.0));
    let mut panel = ui.new_child(UiBuilder::new().max_rect(inner).id_salt("lab controls"));
    let locked = lab.running() == Some(form.workload);
    ScrollArea::vertical().id_salt("lab controls").auto_shrink([false, false]).show(&mut panel, |ui| {
        ui.set_width(ui.available_width() - 8.0);
        controls_ui(ui, form, locked, intents);
    });
    look.results = Some(right);
    let inner = Rect::from_min_max(right.min + vec2(16.0, 0.0), right.max - vec2(6.0, 0.0));
    let mut panel = ui.new_child(UiBuilder::new().max_rect(inner).id_salt("lab results"));
    let salt = ("lab results", form.workload.as_str());
    ScrollArea::vertical().id_salt(salt).auto_shrink([false, false]).show(&mut panel, |ui| {
        ui.set_width(ui.available_width() - 10.0);
        scroll_by_keys(ui, right.height());
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.add_space(12.0);
        if state.model.is_active() {
            quiet_ui(
                ui,
                "The queue is working, and takes of the cores that are measured on. Pause it for clean figures.",
            );
        }
        match lab.shown() {
            Some(comparison) => comparison_ui(ui, comparison, lab.cores),
            None => nothing_yet_ui(ui, form),
        }
        ui.add_space(12.0);
    });
}

/// Page up and down, and the first and last line, for whoever has no wheel.
pub(super) fn scroll_by_keys(ui: &Ui, height: f32) {
    if ui.ctx().text_edit_focused() {
        return;
    }
    for (key, pages) in [(Key::PageUp, 0.9), (Key::PageDown, -0.9), (Key::Home, 1e4), (Key::End, -1e4)] {
        if ui.input(|input| input.key_pressed(key)) {
            ui.scroll_with_delta(vec2(0.0, height * pages));
        }
    }
}

fn head_ui(ui: &mut Ui, head: Rect, lab: &Lab, form: &Form, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    ui.painter().rect_filled(head, 0, t.surface);
    widgets::hairline_below(ui, head);
    let middle = head.center().y;
    let back = Rect::from_min_size(pos2(head.left() + 16.0, middle - 16.0), vec2(104.0, 32.0));
    let face = Face { icon: None, label: "← Examples", name: "Back to the examples", kind: Kind::Plain };
    if widgets::button_at_ui(ui, back, "back to examples", face).clicked() {
        intents.push(Intent::Lab(LabIntent::Back));
    }
    let run = Rect::from_min_size(pos2(head.right() - 116.0, middle - 17.0), vec2(100.0, 34.0));
    let is_running = lab.running() == Some(form.workload);
    let (glyph, label, intent) =
        if is_running { (icons::STOP, "Stop", LabIntent::Stop) } else { (icons::PLAY, "Run", LabIntent::Run) };
    let face = Face { icon: Some(glyph), label, name: label, kind: Kind::Accent };
    if widgets::button_at_ui(ui, run, "lab run", face).clicked() {
        intents.push(Intent::Lab(intent));
    }
    let mut right = run.left() - 10.0;
    if lab.shown().is_some_and(|comparison| !comparison.runs.is_empty() && !comparison.is_running()) {
        for what in ExportAs::ALL.into_iter().rev() {
            let place = Rect::from_min_max(pos2(right - 54.0, middle - 16.0), pos2(right, middle + 16.0));
            right -= 58.0;
            let name = format!("Export as {}", what.label());
            let face = Face { icon: None, label: what.label(), name: &name, kind: Kind::Plain };
            let salt = ("lab export", what.label());
            if widgets::button_at_ui(ui, place, salt, face).on_hover_text(what.hint()).clicked() {
                intents.push(Intent::Lab(LabIntent::Export(what)));
            }
        }
    }
    let (left, room) = (back.right() + 14.0, right - 10.0 - (back.right() + 14.0));
    let ink = (fonts::semibold(16.0), t.text);
    widgets::cut_text(ui.painter(), pos2(left, middle - 9.0), room, title(form.workload), ink);
    let about = capital(form.workload.about());
    let ink = (fonts::regular(12.0), t.text2);
    widgets::cut_text(ui.painter(), pos2(left, middle + 11.0), room, &*about, ink);
    let said = Rect::from_min_max(pos2(left, head.top()), pos2(right - 10.0, head.bottom()));
    widgets::say(ui, said, "lab title", &format!("{}: {about}", title(form.workload))).on_hover_text(about);
}

fn nothing_yet_ui(ui: &mut Ui, form: &Form) {
    let t = theme::tokens(ui);
    ui.add_space(40.0);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new("Nothing measured yet").font(fonts::semibold(16.0)).color(t.text));
        let words = match form.request() {
            Ok(request) => {
                let (kinds, runs) = (request.round().len(), request.runs);
                let of = if runs == 1 { "once".to_owned() } else { format!("{runs} times each, in turn") };
                format!("Run starts {kinds} kinds of runs, {of}.")
            }
            Err(sentence) => sentence,
        };
        ui.label(RichText::new(words).font(fonts::regular(13.0)).color(t.text2));
    });
}

fn comparison_ui(ui: &mut Ui, comparison: &Comparison, cores: u16) {
    stage_ui(ui, comparison);
    for note in &comparison.notes {
        notice_ui(ui, note, theme::tokens(ui).warn, theme::tokens(ui).warn_text);
    }
    if let Some(report) = &comparison.report {
        report_ui(ui, report);
    }
    if let Some(frames) = &comparison.frames {
        heading_ui(ui, "THE FRAMES OF THIS WINDOW");
        bars::frames_ui(ui, frames);
    }
    charts::charts_ui(ui, comparison);
    if !comparison.summary.is_empty() {
        heading_ui(ui, "MEASURED");
        table::table_ui(ui, comparison, cores);
    }
    if is_about_speed(comparison.request.workload) && !comparison.summary.is_empty() {
        heading_ui(ui, "SPEED-UP AGAINST SERIAL");
        plot::plot_ui(ui, comparison, cores);
    }
    if !comparison.findings.is_empty() {
        heading_ui(ui, "RESULTS");
        results::results_ui(ui, comparison);
    }
}

/// How far it is, or how it ended where it did not end well.
fn stage_ui(ui: &mut Ui, comparison: &Comparison) {
    let t = theme::tokens(ui);
    match &comparison.stage {
        Stage::Running => {
            let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 34.0));
            let words = match (&comparison.frames, comparison.at_work()) {
                (_, Some(words)) => words,
                (Some(frames), None) if frames.sentence().is_empty() => "The window freezes in a moment".to_owned(),
                _ => "Getting ready".to_owned(),
            };
            let place = pos2(rect.left(), rect.top() + 9.0);
            widgets::cut_text(ui.painter(), place, rect.width(), &*words, (fonts::medium(13.0), t.text));
            let bar =
                Rect::from_min_max(pos2(rect.left(), rect.bottom() - 10.0), pos2(rect.right(), rect.bottom() - 4.0));
            widgets::stacked_bar(ui.painter(), bar, t.raised, &[(comparison.share(), t.accent)]);
            widgets::say(ui, rect, "lab stage", &format!("Under way: {words}"));
        }
        Stage::Finished => {}
        Stage::Stopped => notice_ui(ui, "Stopped. What was measured until then stays below.", t.warn, t.warn_text),
        Stage::Failed(sentence) => notice_ui(ui, sentence, t.error, t.error_text),
    }
}

fn notice_ui(ui: &mut Ui, words: &str, tint: egui::Color32, ink: egui::Color32) {
    let frame =
        Frame::new().fill(tint.gamma_multiply(theme::TINT)).corner_radius(CornerRadius::same(8)).inner_margin(10);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(words).font(fonts::regular(12.0)).color(ink));
    });
}

fn report_ui(ui: &mut Ui, report: &LabReport) {
    let t = theme::tokens(ui);
    let frame = Frame::new()
        .fill(t.surface)
        .stroke(Stroke::new(1.0, t.border))
        .corner_radius(CornerRadius::same(10))
        .inner_margin(14);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let advice = &report.advice;
        let workers = if advice.workers == 1 { "1 worker".to_owned() } else { format!("{} workers", advice.workers) };
        let words = format!("Advice: {}, {workers}", advice.mode.title());
        ui.label(RichText::new(words).font(fonts::semibold(14.0)).color(t.accent_text));
        ui.label(RichText::new(format!("{}.", advice.because)).font(fonts::regular(13.0)).color(t.text));
        ui.add_space(4.0);
        ui.label(RichText::new("WHY").font(fonts::medium(10.5)).color(t.text3));
        ui.label(RichText::new(&report.why).font(fonts::regular(13.0)).color(t.text2));
        let (words, ink) = match report.same_results {
            Some(true) => ("The results were the same in every run.", t.ok_text),
            Some(false) => ("The results were not the same in every run.", t.error_text),
            None => return,
        };
        ui.label(RichText::new(words).font(fonts::regular(12.0)).color(ink));
    });
}

/// Asks before the window freezes.
pub(crate) fn freeze_ui(ctx: &Context, ms: u64, intents: &mut Vec<Intent>) {
    let response = overlay::modal(ctx, "freeze").show(ctx, |ui| {
        let t = theme::tokens(ui);
        ui.set_width(380.0);
        ui.label(RichText::new("Freeze this window?").font(fonts::semibold(16.0)).color(t.text));
        let words = format!(
            "For {} s this window will not move, draw or answer, because it computes on its own thread. The queue goes \
             on meanwhile. Then the same work is done on lanes.",
            ms as f64 / 1e3
        );
        ui.label(RichText::new(words).font(fonts::regular(13.0)).color(t.text2));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let stay = Face { icon: None, label: "Leave it alone", name: "Leave the window alone", kind: Kind::Plain };
            if widgets::button_ui(ui, vec2(186.0, 34.0), stay).clicked() {
                intents.push(Intent::Escape);
            }
            let label = "Freeze it";
            let face = Face { icon: None, label, name: "Freeze the window", kind: Kind::Accent };
            if widgets::button_ui(ui, vec2(186.0, 34.0), face).clicked() {
                intents.push(Intent::Lab(LabIntent::Freeze));
            }
        });
    });
    if response.should_close() {
        intents.push(Intent::Escape);
    }
}
