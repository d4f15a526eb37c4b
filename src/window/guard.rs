//! A view that panics costs its picture and nothing else: the engine and the queue go on, and the window says so.

use super::widgets::{self, Face, Kind};
use super::{fonts, theme};
use egui::{Key, Modifiers, RichText, Ui, vec2};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Draws, or tells what the panic said. Intents that were collected until then are lost with it.
pub(crate) fn guarded<R>(draw: impl FnOnce() -> R) -> Result<R, String> {
    // Views keep nothing half-changed: they read the state, and what they change of the pixels is each a value.
    catch_unwind(AssertUnwindSafe(draw)).map_err(|panic| {
        let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
        words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
    })
}

/// What stands in the place of a view that panicked.
pub(crate) fn fault_ui(ui: &mut Ui, fault: &str) -> Answer {
    let t = theme::tokens(ui);
    let quits = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Q));
    let mut answer = if quits { Answer::Quit } else { Answer::Wait };
    ui.painter().rect_filled(ui.max_rect(), 0, t.bg);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() / 2.0 - 90.0).max(16.0));
        ui.set_max_width((ui.available_width() - 48.0).min(520.0));
        let title = "The window could not be drawn";
        ui.label(RichText::new(title).font(fonts::semibold(16.0)).color(t.text));
        let words = "That is a mistake in Millrace. The work goes on and the queue is kept.";
        ui.label(RichText::new(words).font(fonts::regular(13.0)).color(t.text2));
        ui.label(RichText::new(fault).font(fonts::mono(11.0)).color(t.error_text));
        ui.add_space(8.0);
        for (label, kind, meant) in
            [("Draw it again", Kind::Accent, Answer::Again), ("Finish in background later", Kind::Plain, Answer::Quit)]
        {
            if widgets::button_ui(ui, vec2(220.0, 34.0), Face { icon: None, label, name: label, kind }).clicked() {
                answer = meant;
            }
        }
    });
    answer
}

/// What a person does about it.
pub(crate) enum Answer {
    Wait,
    Again,
    /// Without a question, which could not be drawn.
    Quit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_panic_in_the_middle_of_a_view_the_next_frame_is_whole() {
        let ctx = egui::Context::default();
        super::super::fonts::install(&ctx);
        let mut told = None;
        let mut frame = |panics: bool| {
            let mut drawn = 0;
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                told = guarded(|| {
                    ui.horizontal(|ui| {
                        ui.label("before");
                        assert!(!panics, "the {} is broken", "view");
                        ui.label("after");
                    });
                })
                .err();
                if let Some(fault) = &told {
                    fault_ui(ui, fault);
                }
                drawn += 1;
            });
            output.textures_delta.clear();
            (output.shapes.len(), drawn, told.clone())
        };
        let (whole, ..) = frame(false);
        let (_, drawn, told) = frame(true);
        assert!(drawn > 0 && told.as_deref() == Some("the view is broken"), "{told:?}");
        let (again, _, told) = frame(false);
        assert_eq!((again, told), (whole, None));
    }
}
