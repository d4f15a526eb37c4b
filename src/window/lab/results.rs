//! What a workload shows beyond times: its findings, painted.

use super::Comparison;
use super::bars;
use super::controls::mode_text;
use super::findings::{Finding, Ink, Show};
use super::table::short;
use crate::model::lab::{LabMode, Side};
use crate::window::theme::{self, Tokens};
use crate::window::{fonts, widgets};
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, CornerRadius, Frame, Mesh, Rect, RichText, Stroke, Ui, pos2, vec2};

/// Draws them below each other.
pub(super) fn results_ui(ui: &mut Ui, comparison: &Comparison) {
    for (at, finding) in comparison.findings.iter().enumerate() {
        finding_ui(ui, at, finding);
    }
}

fn finding_ui(ui: &mut Ui, at: usize, finding: &Finding) {
    let t = theme::tokens(ui);
    let frame = Frame::new()
        .fill(t.surface)
        .stroke(Stroke::new(1.0, t.soft))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(10);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        let (title, ink) = match finding.kind {
            Some((Side::Python, mode, workers)) => {
                (format!("Python · {} × {workers}", mode.title()), mode_text(t, mode))
            }
            Some((Side::Millrace, mode, workers)) => (format!("{} × {workers}", mode.title()), mode_text(t, mode)),
            None => ("In every mode".to_owned(), t.text),
        };
        ui.label(RichText::new(title).font(fonts::medium(12.0)).color(ink));
        for (number, show) in finding.shows.iter().enumerate() {
            match show {
                Show::Line(pieces) => line_ui(ui, pieces, t),
                Show::Ribbon(pieces) => ribbon_ui(ui, (at, number), pieces, t),
                Show::Gaps(gaps) => {
                    let (id, rect) = ui.allocate_space(vec2(ui.available_width(), 64.0));
                    let color = finding.kind.map_or(t.serial, |(_, mode, _)| super::controls::mode_color(t, mode));
                    bars::gaps_ui(ui, rect, gaps.iter().map(|gap| (*gap, color)), gaps.iter().sum());
                    let of = finding.kind.map_or("", |(_, mode, _)| short(mode));
                    widgets::say(ui, rect, id, &format!("The times between {} ticks, {of}", gaps.len()));
                }
            }
        }
    });
}

fn line_ui(ui: &mut Ui, pieces: &[(String, Ink)], t: &Tokens) {
    let mut job = LayoutJob::default();
    for (words, ink) in pieces {
        // Words of the Lab in its letters, what was measured and found in those of numbers.
        let font = if *ink == Ink::Quiet { fonts::regular(12.0) } else { fonts::mono(11.0) };
        job.append(words, 0.0, TextFormat::simple(font, color_of(*ink, t)));
    }
    ui.label(job);
}

/// The lines of a paper from left to right, each in the colour of its author.
fn ribbon_ui(ui: &mut Ui, salt: (usize, usize), pieces: &[(usize, u64)], t: &Tokens) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 18.0));
    let all: u64 = pieces.iter().map(|(_, lines)| lines).sum();
    let per_line = rect.width() / all.max(1) as f32;
    let (mut mesh, mut left) = (Mesh::default(), rect.left());
    for (author, lines) in pieces {
        let right = left + *lines as f32 * per_line;
        let place = Rect::from_min_max(pos2(left, rect.top() + 2.0), pos2(right, rect.bottom() - 2.0));
        mesh.add_colored_rect(place, color_of(Ink::Author(*author), t));
        left = right;
    }
    ui.painter().add(mesh);
    widgets::say(ui, rect, ("ribbon", salt), &format!("Who wrote which of {all} lines: {} pieces", pieces.len()));
}

fn color_of(ink: Ink, t: &Tokens) -> Color32 {
    match ink {
        Ink::Plain => t.text,
        Ink::Quiet => t.text2,
        Ink::Good => t.ok_text,
        Ink::Bad => t.error_text,
        Ink::Author(number) => {
            let authors = [LabMode::Threads, LabMode::Processes, LabMode::Gil, LabMode::Serial];
            mode_text(t, authors[number % authors.len()])
        }
    }
}
