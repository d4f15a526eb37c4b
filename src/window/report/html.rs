//! The report as one HTML file: no script, nothing from elsewhere, light or dark as its reader has it, and every name
//! written so that it is nothing but text.

use super::{svg, words};
use crate::window::format;
use crate::window::model::report::BatchReport;
use crate::window::theme::{self, Tokens};
use egui::Color32;
use std::fmt::Write;

/// The whole file. `when` says when the report was written, in words.
pub(crate) fn page(report: &BatchReport, when: &str) -> String {
    let title = words::sentence(report);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Millrace: {title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n<p class=\"quiet\">Written by Millrace, {}</p>\n",
        style(),
        text(when),
    );
    table(
        &mut page,
        "Figures",
        &[],
        words::figures(report).into_iter().map(|(name, value)| vec![text(name), text(&value)]),
    );
    if !report.picture.lanes.is_empty() {
        page += "<section aria-labelledby=\"lanes\">\n<h2 id=\"lanes\">What ran where</h2>\n";
        svg::lanes(&mut page, &report.picture);
        page += "</section>\n";
    }
    if !report.reasons.is_empty() {
        let lines = report.reasons.iter().map(|reason| {
            let names = words::names(reason, |name| format!("<bdi>{}</bdi>", text(name)));
            vec![text(&reason.sentence), text(reason.kind.as_str()), format::count(reason.count), names]
        });
        table(&mut page, "What failed", &["Reason", "Kind", "#Files", "Which"], lines);
    }
    if !report.slowest.is_empty() {
        let lines = report.slowest.iter().map(|slow| {
            vec![format!("<bdi>{}</bdi>", text(&slow.name)), words::took(slow), words::state(slow.state).to_owned()]
        });
        table(&mut page, "The slowest files", &["File", "#Time", "Ended"], lines);
    }
    if !report.work.is_empty() {
        let lines = report.work.iter().map(|work| {
            let (executor, pool) = words::place(work);
            let attempts = format::count(work.attempts);
            vec![format!("{executor}, {pool}"), attempts, words::waited(work), words::computed(work)]
        });
        table(&mut page, "Where the time went", &["Ran as", "#Attempts", "#Waited", "#Computed"], lines);
    }
    page += "</main>\n</body>\n</html>\n";
    page
}

/// A table whose first column names its lines. A heading with `#` is one of numbers. The cells are markup already.
fn table(page: &mut String, title: &str, heads: &[&str], lines: impl Iterator<Item = Vec<String>>) {
    let end_of =
        |at: usize| if heads.get(at).is_some_and(|head| head.starts_with('#')) { " class=\"number\"" } else { "" };
    // Writing to a string does not fail.
    write!(page, "<table>\n<caption>{title}</caption>\n").ok();
    if !heads.is_empty() {
        *page += "<thead><tr>";
        for (at, head) in heads.iter().enumerate() {
            write!(page, "<th scope=\"col\"{}>{}</th>", end_of(at), head.trim_start_matches('#')).ok();
        }
        *page += "</tr></thead>\n";
    }
    *page += "<tbody>\n";
    for line in lines {
        *page += "<tr>";
        for (at, cell) in line.iter().enumerate() {
            match at {
                0 => write!(page, "<th scope=\"row\">{cell}</th>").ok(),
                _ => write!(page, "<td{}>{cell}</td>", end_of(at)).ok(),
            };
        }
        *page += "</tr>\n";
    }
    *page += "</tbody>\n</table>\n";
}

/// Text as markup that shows it and does nothing else.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in words::visible(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            _ => out.push(c),
        }
    }
    out
}

/// The window's own colours.
fn style() -> String {
    let colours = |t: &Tokens| {
        let named = [
            ("bg", t.bg),
            ("surface", t.surface),
            ("border", t.border),
            ("text", t.text),
            ("quiet", t.text2),
            ("download", t.thread),
            ("convert", t.process),
            ("serial", t.serial),
            ("again", t.warn),
            ("failed", t.error),
            ("cancelled", t.text3),
        ];
        let lines: Vec<String> = named.iter().map(|(name, colour)| format!("--{name}:{};", css(*colour))).collect();
        lines.concat()
    };
    let (light, dark) = (colours(&theme::LIGHT), colours(&theme::DARK));
    format!(
        ":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{}",
        include_str!("report.css")
    )
}

fn css(colour: Color32) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.r(), colour.g(), colour.b())
}

#[cfg(test)]
mod tests;
