//! The bundled fonts: egui can load and draw each of them, and the icon font has every icon that its page names.

use egui::{Color32, FontData, FontDefinitions, FontFamily, FontId};
use std::collections::BTreeMap;
use std::sync::Arc;

const INTER_REGULAR: &[u8] = include_bytes!("../assets/fonts/Inter-Regular.otf");
const INTER_MEDIUM: &[u8] = include_bytes!("../assets/fonts/Inter-Medium.otf");
const INTER_SEMI_BOLD: &[u8] = include_bytes!("../assets/fonts/Inter-SemiBold.otf");
const MONO: &[u8] = include_bytes!("../assets/fonts/JetBrainsMono-Regular.ttf");
const ICONS: &[u8] = include_bytes!("../assets/fonts/millrace-icons.ttf");

/// A context in which the family `alone` has this font and no fallback.
fn context(font: &'static [u8]) -> (egui::Context, FontId) {
    let families = [FontFamily::Proportional, FontFamily::Monospace, FontFamily::Name("alone".into())];
    let definitions = FontDefinitions {
        font_data: BTreeMap::from([("alone".to_owned(), Arc::new(FontData::from_static(font)))]),
        families: families.into_iter().map(|family| (family, vec!["alone".to_owned()])).collect(),
    };
    let ctx = egui::Context::default();
    ctx.set_fonts(definitions);
    ctx.begin_pass(egui::RawInput::default());
    (ctx, FontId::new(20.0, FontFamily::Name("alone".into())))
}

fn draws(ctx: &egui::Context, font: &FontId, text: &str) -> bool {
    let galley = ctx.fonts_mut(|fonts| {
        assert!(text.chars().all(|c| fonts.has_glyph(font, c)), "missing in {font:?}: one of {text:?}");
        fonts.layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER)
    });
    galley.rows.iter().all(|row| row.glyphs.iter().all(|glyph| !glyph.uv_rect.is_nothing()))
}

#[test]
fn text_fonts_draw_latin_greek_and_cyrillic() {
    for font in [INTER_REGULAR, INTER_MEDIUM, INTER_SEMI_BOLD, MONO] {
        let (ctx, id) = context(font);
        assert!(draws(&ctx, &id, "AzÅéßŁΩжЯ0129−→·×…–%"));
    }
}

#[test]
fn icon_font_has_every_icon_of_its_page() {
    let page = include_str!("../assets/fonts/README.md");
    let icons: Vec<char> = page
        .lines()
        .filter_map(|line| line.split_once("`\\u{")?.1.split_once("}`"))
        .map(|(hex, _)| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32).expect("a codepoint"))
        .collect();
    assert!(icons.len() > 50, "the page's table was read: {}", icons.len());
    let (ctx, id) = context(ICONS);
    for icon in icons {
        assert!(draws(&ctx, &id, &icon.to_string()), "nothing is drawn for {icon:?}");
    }
}

#[test]
fn an_icon_fills_a_square_line() {
    let (ctx, id) = context(ICONS);
    let galley = ctx.fonts_mut(|fonts| fonts.layout_no_wrap("\u{e145}".to_owned(), id, Color32::PLACEHOLDER));
    assert!((galley.size() - egui::vec2(20.0, 20.0)).length() < 1.0, "{:?}", galley.size());
}
