//! What lies over everything: the frame while files are dragged, the help, the question before quitting, and toasts.

use super::adding::Kinds;
use super::empty;
use super::intent::Intent;
use super::keys;
use super::widgets::{self, Face, Kind};
use super::{fonts, format, icons, theme};
use egui::{
    Align2, Area, Context, CornerRadius, Id, Modal, Order, RichText, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2,
};
use std::time::{Duration, Instant};

/// How urgent a toast is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
}

/// A sentence that goes away by itself.
#[derive(Debug)]
pub(crate) struct Toast {
    words: String,
    tone: Tone,
    until: Instant,
    action: Option<Action>,
}

/// What can be done about a toast.
#[derive(Debug)]
struct Action {
    label: &'static str,
    intent: Intent,
}

/// The toasts in sight, newest last.
#[derive(Debug, Default)]
pub(crate) struct Toasts {
    toasts: Vec<Toast>,
}

const MOST_TOASTS: usize = 4;

impl Toasts {
    /// Shows a sentence; one that is in sight already only stays longer.
    pub(crate) fn push(&mut self, tone: Tone, words: impl Into<String>) {
        let words = words.into();
        let seconds = if tone == Tone::Bad { 8 } else { 4 };
        self.toasts.retain(|toast| toast.words != words || toast.action.is_some());
        let until = Instant::now() + Duration::from_secs(seconds);
        self.show(Toast { words, tone, until, action: None });
    }

    /// Shows a sentence with a button for something that can be done for so long.
    pub(crate) fn offer(&mut self, words: String, (label, intent): (&'static str, Intent), time: Duration) {
        let until = Instant::now() + time;
        self.show(Toast { words, tone: Tone::Good, until, action: Some(Action { label, intent }) });
    }

    /// Takes an offer away.
    pub(crate) fn withdraw(&mut self, intent: &Intent) {
        self.toasts.retain(|toast| toast.action.as_ref().is_none_or(|action| action.intent != *intent));
    }

    fn show(&mut self, toast: Toast) {
        self.toasts.push(toast);
        while self.toasts.len() > MOST_TOASTS {
            // What can still be done goes last.
            let last = self.toasts.len() - 1;
            let oldest = self.toasts[..last].iter().position(|toast| toast.action.is_none());
            self.toasts.remove(oldest.unwrap_or(0));
        }
    }
}

/// Draws the toasts, so much above the status line, and asks for the frame in which the next one goes.
pub(crate) fn toasts_ui(ui: &Ui, toasts: &mut Toasts, above: f32, intents: &mut Vec<Intent>) {
    let now = Instant::now();
    toasts.toasts.retain(|toast| toast.until > now);
    let Some(next) = toasts.toasts.iter().map(|toast| toast.until).min() else { return };
    ui.ctx().request_repaint_after(next - now);
    let t = theme::tokens(ui);
    let screen = ui.ctx().content_rect();
    let mut gone = None;
    let mut bottom = screen.bottom() - 42.0 - above;
    for (at, toast) in toasts.toasts.iter().enumerate().rev() {
        let label = toast.action.as_ref().map_or("", |action| action.label);
        let button = match label {
            "" => 0.0,
            label => widgets::width_of(ui.painter(), label, fonts::medium(13.0)) + 28.0,
        };
        let galley = {
            let width = 420.0_f32.min(screen.width() - 92.0 - button);
            let mut job = egui::text::LayoutJob::simple(toast.words.clone(), fonts::regular(12.0), t.text, width);
            job.wrap.max_rows = 4;
            ui.painter().layout_job(job)
        };
        let size = galley.size() + vec2(76.0 + button, 20.0);
        let rect = Align2::CENTER_BOTTOM.anchor_size(pos2(screen.center().x, bottom), size);
        bottom = rect.top() - 8.0;
        Area::new(Id::unique(("toast", at))).order(Order::Foreground).fixed_pos(rect.min).constrain(false).show(
            ui.ctx(),
            |ui| {
                let (color, glyph) = match toast.tone {
                    Tone::Good => (t.ok_text, icons::DONE),
                    Tone::Bad => (t.error_text, icons::FAILED),
                };
                let (_, said) = ui.allocate_exact_size(size, Sense::hover());
                said.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Status, true, &toast.words));
                let border = Stroke::new(1.0, t.border);
                ui.painter().rect(rect, CornerRadius::same(10), t.raised, border, StrokeKind::Inside);
                widgets::icon(ui.painter(), pos2(rect.left() + 20.0, rect.top() + 18.0), glyph, 16.0, color);
                ui.painter().galley(rect.min + vec2(36.0, 10.0), galley, t.text);
                let close = egui::Rect::from_min_size(pos2(rect.right() - 32.0, rect.top() + 5.0), vec2(26.0, 26.0));
                let close_name = format!("Close message: {}", toast.words);
                let face = Face { icon: Some(icons::CLOSE), label: "", name: &close_name, kind: Kind::Quiet };
                if widgets::button_at_ui(ui, close, "close", face).clicked() {
                    gone = Some(at);
                }
                if let Some(action) = &toast.action {
                    let place = pos2(close.left() - 4.0 - (button - 8.0), close.top());
                    let place = egui::Rect::from_min_size(place, vec2(button - 8.0, 26.0));
                    let name = format!("{}: {}", action.label, toast.words);
                    let face = Face { icon: None, label: action.label, name: &name, kind: Kind::Plain };
                    if widgets::button_at_ui(ui, place, "action", face).clicked() {
                        intents.push(action.intent.clone());
                        gone = Some(at);
                    }
                }
            },
        );
    }
    if let Some(at) = gone {
        toasts.toasts.remove(at);
    }
}

/// The frame that says what a drop will do. Nothing shines through.
pub(crate) fn drop_ui(ui: &Ui, kinds: Option<Kinds>) {
    let files = ui.input(|input| input.raw.hovered_files.len());
    if files == 0 {
        return;
    }
    let t = theme::tokens(ui);
    let screen = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Tooltip, Id::unique("drop overlay")));
    painter.rect_filled(screen, 0, t.bg.gamma_multiply(0.93));
    let frame = screen.shrink(14.0);
    painter.rect_stroke(frame, CornerRadius::same(16), Stroke::new(2.0, t.accent), StrokeKind::Inside);
    let zone = egui::Rect::from_center_size(screen.center(), vec2(460.0, 190.0).min(frame.size() - vec2(24.0, 24.0)));
    painter.rect_filled(zone, CornerRadius::same(16), t.surface);
    painter.extend(Shape::dashed_line(&empty::outline(zone, 16.0), Stroke::new(1.5, t.accent), 7.0, 6.0));
    widgets::icon(&painter, zone.center() - vec2(0.0, 38.0), empty::DROP_ICON, 40.0, t.accent_text);
    // Until somebody has looked they are only counted.
    let what = kinds.map_or_else(|| format::counted(files, "item"), Kinds::words);
    let words = format!("Drop {what}");
    widgets::say(ui, zone, "drop", &words);
    let title = (fonts::semibold(20.0), t.text);
    widgets::text(&painter, zone.center() + vec2(0.0, 12.0), Align2::CENTER_CENTER, words, title);
    let words = kinds.map_or_else(|| "Files are queued, folders are walked".to_owned(), Kinds::fate);
    let ink = (fonts::regular(13.0), t.text2);
    widgets::text(&painter, zone.center() + vec2(0.0, 42.0), Align2::CENTER_CENTER, words, ink);
}

/// The shortcuts, from the table that the keyboard is read by.
pub(crate) fn help_ui(ctx: &Context, intents: &mut Vec<Intent>) {
    let response = modal(ctx, "help").show(ctx, |ui| {
        let t = theme::tokens(ui);
        ui.set_width(430.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Shortcuts").font(fonts::semibold(16.0)).color(t.text));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let face = Face { icon: Some(icons::CLOSE), label: "", name: "Close help", kind: Kind::Quiet };
                if widgets::button_ui(ui, vec2(28.0, 28.0), face).clicked() {
                    intents.push(Intent::ToggleHelp);
                }
            });
        });
        ui.add_space(4.0);
        ui.spacing_mut().item_spacing.y = 3.0;
        // A low window scrolls them.
        let room = (ctx.content_rect().height() - 120.0).max(100.0);
        egui::ScrollArea::vertical().max_height(room).show(ui, shortcuts_ui);
    });
    if response.should_close() {
        intents.push(Intent::ToggleHelp);
    }
}

fn shortcuts_ui(ui: &mut Ui) {
    let t = theme::tokens(ui);
    let lines = keys::SHORTCUTS.iter().map(|shortcut| (shortcut.keys, shortcut.says));
    for (keys, says) in std::iter::once(keys::PASTE).chain(lines).filter(|(keys, _)| !keys.is_empty()) {
        let (rect, response) = ui.allocate_exact_size(vec2(430.0, 22.0), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{says}: {keys}")));
        let middle = rect.center().y;
        widgets::tag(ui.painter(), pos2(rect.left(), middle), Align2::LEFT_CENTER, keys, (t.text2, t.raised));
        let place = pos2(rect.left() + 130.0, middle);
        widgets::text(ui.painter(), place, Align2::LEFT_CENTER, says, (fonts::regular(13.0), t.text));
    }
}

const KEPT: &str = "What is unfinished is kept: the next start offers to go on with it, and so does millrace resume.";
const LOST: &str = "The queue cannot be kept at the moment: what is unfinished is lost.";

/// Asks before work is interrupted. `is_kept` says whether the queue can be kept.
pub(crate) fn quit_ui(ctx: &Context, running: usize, is_kept: bool, intents: &mut Vec<Intent>) {
    let response = modal(ctx, "quit").show(ctx, |ui| {
        let t = theme::tokens(ui);
        ui.set_width(340.0);
        ui.label(RichText::new("Quit while work runs?").font(fonts::semibold(16.0)).color(t.text));
        let words = format!("{} in progress. {}", format::counted(running, "file"), if is_kept { KEPT } else { LOST });
        ui.label(RichText::new(words).font(fonts::regular(13.0)).color(t.text2));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let stay = Face { icon: None, label: "Keep working", name: "Keep working", kind: Kind::Plain };
            if widgets::button_ui(ui, vec2(126.0, 34.0), stay).clicked() {
                intents.push(Intent::Escape);
            }
            let label = if is_kept { "Finish in background later" } else { "Quit all the same" };
            let quit = Face { icon: None, label, name: label, kind: Kind::Accent };
            if widgets::button_ui(ui, vec2(206.0, 34.0), quit).clicked() {
                intents.push(Intent::Quit);
            }
        });
    });
    if response.should_close() {
        intents.push(Intent::Escape);
    }
}

/// A frame over everything else.
pub(super) fn modal(ctx: &Context, name: &str) -> Modal {
    let t = theme::tokens_of(ctx.theme());
    let frame = egui::Frame::new()
        .fill(t.surface)
        .stroke(Stroke::new(1.0, t.border))
        .corner_radius(CornerRadius::same(14))
        .inner_margin(20);
    Modal::new(Id::unique(("modal", name.to_owned()))).backdrop_color(t.bg.gamma_multiply(0.7)).frame(frame)
}
