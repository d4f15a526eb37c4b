//! The strips that offer the new links of the clipboard, and a field where a dialog hangs.

use super::Add;
use crate::model::link::masked;
use crate::window::intent::Intent;
use crate::window::widgets::{self, Face, Kind};
use crate::window::{format, icons, notices, theme};
use egui::{Rect, Ui};

/// The strip that offers the new links of the clipboard.
pub(crate) fn offer_ui(ui: &Ui, strip: Rect, links: &[String], intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    notices::ground_ui(ui, strip, t.accent, (icons::ADD_LINK, t.accent_text));
    let place = |right: f32, width: f32| notices::button_in(strip, right, width);
    let close = place(strip.right() - 12.0, 28.0);
    let add = place(close.left() - 8.0, 84.0);
    let count = format::counted(links.len(), "link");
    let name = format!("Add {count} of the clipboard");
    let face = Face { icon: None, label: "Add", name: &name, kind: Kind::Accent };
    if widgets::button_at_ui(ui, add, "add offer", face).clicked() {
        intents.push(Intent::Adding(Add::TakeOffer));
    }
    let face =
        Face { icon: Some(icons::CLOSE), label: "", name: "Leave the links of the clipboard", kind: Kind::Quiet };
    if widgets::button_at_ui(ui, close, "leave offer", face).clicked() {
        intents.push(Intent::Adding(Add::LeaveOffer));
    }
    let first = links.first().map(|link| masked(link)).unwrap_or_default();
    let words = format!("{count} on the clipboard: {first}{}", if links.len() > 1 { " …" } else { "" });
    notices::words_ui(ui, strip, add.left(), &words);
}

/// The strip that helps where a dialog is open that nobody may see.
pub(crate) fn unseen_ui(ui: &Ui, strip: Rect, intents: &mut Vec<Intent>) {
    let t = theme::tokens(ui);
    notices::ground_ui(ui, strip, t.accent, (icons::INFO, t.accent_text));
    let button = notices::button_in(strip, strip.right() - 12.0, 124.0);
    let face = Face { icon: None, label: "Type the path…", name: "Type the path…", kind: Kind::Plain };
    if widgets::button_at_ui(ui, button, "type instead", face).clicked() {
        intents.push(Intent::Adding(Add::TypeInstead));
    }
    let words = "A file dialog is open. If you see none, type the path.";
    notices::words_ui(ui, strip, button.left(), words);
}
