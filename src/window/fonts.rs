//! The bundled fonts: Inter for words, a monospaced one for numbers that change, Material Symbols for icons. Whatever
//! they lack comes from the system's fonts.

use egui::{FontData, FontDefinitions, FontFamily, FontId};
use std::sync::Arc;

const MEDIUM: &str = "inter-medium";
const SEMIBOLD: &str = "inter-semibold";
const ICONS: &str = "icons";

/// Installs the fonts.
pub(crate) fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 5] = [
        ("inter", include_bytes!("../../assets/fonts/Inter-Regular.otf")),
        (MEDIUM, include_bytes!("../../assets/fonts/Inter-Medium.otf")),
        (SEMIBOLD, include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
        ("mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
        (ICONS, include_bytes!("../../assets/fonts/millrace-icons.ttf")),
    ];
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let chains: [(FontFamily, &[&str]); 5] = [
        (FontFamily::Proportional, &["inter", ICONS]),
        (FontFamily::Monospace, &["mono", "inter", ICONS]),
        (FontFamily::Name(MEDIUM.into()), &[MEDIUM, ICONS]),
        (FontFamily::Name(SEMIBOLD.into()), &[SEMIBOLD, ICONS]),
        (FontFamily::Name(ICONS.into()), &[ICONS, "inter"]),
    ];
    for (family, chain) in chains {
        fonts.families.insert(family, chain.iter().map(|name| (*name).to_owned()).collect());
    }
    ctx.set_fonts(fonts);
}

pub(crate) fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

pub(crate) fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(MEDIUM.into()))
}

pub(crate) fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

/// For numbers that change: every digit is equally wide.
pub(crate) fn mono(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

pub(crate) fn icon(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(ICONS.into()))
}
