//! Templates for the names of results: `{date}/{name}-{index:03}`. A template gives the name without its extension, which
//! is always that of what is written. Nothing that it is filled with leaves the output folder.

use super::filename::{one_part, sanitized, split};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

/// A name with fields in it. `/` puts a result into a folder below the output folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
    /// The folders, then the name.
    components: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A field, and how many digits a number has at least.
    Field(Field, usize),
}

/// What a template can be filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The input's name without its extension.
    Name,
    /// The extension of what is written.
    Ext,
    /// The place of the input in the batch, from 1.
    Index,
    /// The width of the result.
    Width,
    /// The height of the result.
    Height,
    /// The day on which the input was last written to, in UTC: the same on every machine.
    Date,
    /// The format of what is written.
    Format,
    /// The name of the recipe.
    Recipe,
}

/// What the fields of one result come to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The input's name, with its extension.
    pub input: &'a str,
    /// The name that the result would have without a template: its extension counts.
    pub output: &'a str,
    /// The place of the input in the batch, from 1.
    pub index: u32,
    /// Width and height of the result. `None` leaves them out.
    pub size: Option<(u32, u32)>,
    /// The day of the input. Empty leaves it out.
    pub date: &'a str,
    /// The name of the recipe.
    pub recipe: &'a str,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nothing is in it.
    #[error("a template for names must not be empty; write for example {{name}}-{{index:03}}")]
    Empty,
    /// A field that there is not.
    #[error(
        "there is no field {{{0}}} for names; the fields are {{name}}, {{ext}}, {{index}}, {{width}}, {{height}}, {{date}}, {{format}} and {{recipe}}"
    )]
    Unknown(String),
    /// A brace that nothing closes.
    #[error("the brace that opens \"{0}\" is not closed; write {{{{ for a brace in a name")]
    Unclosed(String),
    /// A brace that nothing opened.
    #[error("a brace is closed that was not opened; write }}}} for a brace in a name")]
    Unopened,
    /// Digits for something that is no number, or too many.
    #[error("\"{0}\" does not say how many digits a number has; write 1 to 9, as in {{index:03}}")]
    Digits(String),
    /// A folder without a name.
    #[error("\"{0}\" has a folder in it that has no name, or leads out of the output folder")]
    Folder(String),
    /// A backslash, which some systems take for a slash.
    #[error("a name must not have a backslash in it; write / for a folder")]
    Backslash,
}

impl Field {
    const ALL: [(&'static str, Field); 8] = [
        ("name", Field::Name),
        ("ext", Field::Ext),
        ("index", Field::Index),
        ("width", Field::Width),
        ("height", Field::Height),
        ("date", Field::Date),
        ("format", Field::Format),
        ("recipe", Field::Recipe),
    ];

    fn is_number(self) -> bool {
        matches!(self, Field::Index | Field::Width | Field::Height)
    }
}

impl Template {
    /// Whether one of these is in it.
    pub fn has(&self, fields: &[Field]) -> bool {
        let mut pieces = self.components.iter().flatten();
        pieces.any(|piece| matches!(piece, Piece::Field(field, _) if fields.contains(field)))
    }

    /// Whether it takes the finished picture to fill it.
    pub fn needs_size(&self) -> bool {
        self.has(&[Field::Width, Field::Height])
    }

    /// The folder below the output folder, and the name with its extension. Both are safe.
    pub fn fill(&self, facts: &Facts<'_>) -> (PathBuf, String) {
        let mut parts: Vec<String> = self.components.iter().map(|pieces| facts.fill(pieces)).collect();
        let name = parts.pop().unwrap_or_default();
        let folder = parts.iter().map(|part| sanitized(&one_part(part))).collect();
        (folder, with_extension_of(&one_part(&name), facts.output))
    }
}

/// A name with the extension of another: not twice, where it has that already.
fn with_extension_of(name: &str, output: &str) -> String {
    let Some(extension) = split(output).1 else { return sanitized(name) };
    let has_it = |end: &str| end.eq_ignore_ascii_case(extension);
    let stem = match name.rsplit_once('.') {
        Some((stem, end)) if has_it(end) && !stem.is_empty() => stem,
        _ => name,
    };
    // An empty name becomes one that is none before the extension is added to it.
    let stem = sanitized(&format!("{}.{extension}", sanitized(stem)));
    if split(&stem).1.is_some_and(has_it) { stem } else { sanitized(&format!("{stem}.{extension}")) }
}

impl Facts<'_> {
    fn fill(&self, pieces: &[Piece]) -> String {
        let mut filled = String::new();
        for piece in pieces {
            // Writing to a string cannot fail.
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Field(field, digits) => self.write(*field, *digits, &mut filled).unwrap_or_default(),
            }
        }
        filled
    }

    fn write(&self, field: Field, digits: usize, filled: &mut String) -> fmt::Result {
        let extension = split(self.output).1.unwrap_or_default();
        match field {
            Field::Name => filled.write_str(split(self.input).0),
            Field::Ext => filled.write_str(extension),
            Field::Index => write!(filled, "{:0digits$}", self.index),
            Field::Width => self.size.map_or(Ok(()), |(width, _)| write!(filled, "{width:0digits$}")),
            Field::Height => self.size.map_or(Ok(()), |(_, height)| write!(filled, "{height:0digits$}")),
            Field::Date => filled.write_str(self.date),
            Field::Format => filled.write_str(&match extension.to_ascii_lowercase().as_str() {
                "jpg" => "jpeg".to_owned(),
                "tif" => "tiff".to_owned(),
                other => other.to_owned(),
            }),
            Field::Recipe => filled.write_str(self.recipe),
        }
    }
}

impl FromStr for Template {
    type Err = TemplateError;
    fn from_str(text: &str) -> Result<Template, TemplateError> {
        if text.trim().is_empty() {
            return Err(TemplateError::Empty);
        }
        let components = text_and_fields(text)?;
        let is_nameless = |pieces: &Vec<Piece>| match pieces.as_slice() {
            [] => true,
            [Piece::Text(text)] => text.trim().is_empty() || text.chars().all(|c| c == '.'),
            _ => false,
        };
        if components.iter().any(is_nameless) {
            return Err(TemplateError::Folder(text.to_owned()));
        }
        Ok(Template { text: text.to_owned(), components })
    }
}

fn text_and_fields(text: &str) -> Result<Vec<Vec<Piece>>, TemplateError> {
    let (mut components, mut pieces, mut plain) = (Vec::new(), Vec::new(), String::new());
    let end_text = |plain: &mut String, pieces: &mut Vec<Piece>| {
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(plain)));
        }
    };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '{' | '}' if after.starts_with(c) => {
                plain.push(c);
                rest = &after[1..];
                continue;
            }
            '{' => {
                let (inside, after) = after.split_once('}').ok_or_else(|| TemplateError::Unclosed(rest.to_owned()))?;
                end_text(&mut plain, &mut pieces);
                pieces.push(field(inside)?);
                rest = after;
                continue;
            }
            '}' => return Err(TemplateError::Unopened),
            '\\' => return Err(TemplateError::Backslash),
            '/' => {
                end_text(&mut plain, &mut pieces);
                components.push(std::mem::take(&mut pieces));
            }
            _ => plain.push(c),
        }
        rest = after;
    }
    end_text(&mut plain, &mut pieces);
    components.push(pieces);
    Ok(components)
}

/// What stands between braces: a field, and digits where it is a number.
fn field(inside: &str) -> Result<Piece, TemplateError> {
    let (name, digits) = inside.split_once(':').map_or((inside, None), |(name, digits)| (name, Some(digits)));
    let known = Field::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
    let field = known.ok_or_else(|| TemplateError::Unknown(inside.to_owned()))?;
    let Some(digits) = digits else { return Ok(Piece::Field(field, 1)) };
    let count = digits.parse().ok().filter(|count| field.is_number() && (1..=9).contains(count) && digits.len() <= 2);
    count.map(|count| Piece::Field(field, count)).ok_or_else(|| TemplateError::Digits(inside.to_owned()))
}

impl TryFrom<String> for Template {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Template, TemplateError> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        template.text
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The day of a time in seconds since 1970, in UTC: `2024-02-29`.
pub fn day(seconds: i64) -> String {
    // Years are taken to begin in March, so that a leap day is the last of its year.
    let days = seconds.div_euclid(86_400) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::super::filename::{MAX_BYTES, UNNAMED};
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    const FACTS: Facts<'static> = Facts {
        input: "IMG_1.CR2.png",
        output: "IMG_1.CR2.jpg",
        index: 7,
        size: Some((640, 48)),
        date: "2024-02-29",
        recipe: "Web 1920",
    };

    fn filled(template: &str) -> String {
        let (folder, name) = template.parse::<Template>().expect(template).fill(&FACTS);
        folder.join(name).to_string_lossy().into_owned()
    }

    #[test]
    fn templates_are_filled() {
        for (template, path) in [
            ("{name}", "IMG_1.CR2.jpg"),
            ("{name}-{index:03}", "IMG_1.CR2-007.jpg"),
            ("{index:3}_{index}", "007_7.jpg"),
            ("{date}/{name}@{width}x{height:04}", "2024-02-29/IMG_1.CR2@640x0048.jpg"),
            ("{recipe}/{format}/{name}.{ext}", "Web 1920/jpeg/IMG_1.CR2.jpg"),
            ("{{{name}}}", "{IMG_1.CR2}.jpg"),
            ("all", "all.jpg"),
            ("all.jpg", "all.jpg"),
            ("all.png", "all.png.jpg"),
            ("a:b?/..c", "a_b_/_c.jpg"),
            ("CON", "_CON.jpg"),
            ("tail. ", "tail.jpg"),
        ] {
            assert_eq!(filled(template), path, "{template}");
        }
        let template: Template = "{width}x{height}{date}".parse().expect("a template");
        assert!(template.needs_size() && !template.has(&[Field::Index]));
        let facts = Facts { size: None, date: "", output: "noextension", ..FACTS };
        assert_eq!(template.fill(&facts), (PathBuf::new(), "x".to_owned()));
        let nothing: Template = "{ext}".parse().expect("a template");
        assert_eq!(nothing.fill(&facts).1, UNNAMED);
    }

    #[test]
    fn bad_templates_are_refused_with_a_sentence() {
        for (template, words) in [
            ("", "must not be empty"),
            ("{nmae}", "no field {nmae}"),
            ("{name", "\"{name\" is not closed"),
            ("name}", "not opened"),
            ("{index:0}", "how many digits"),
            ("{index:99}", "how many digits"),
            ("{name:3}", "how many digits"),
            ("/{name}", "no name"),
            ("a//b", "no name"),
            ("a/", "no name"),
            ("../{name}", "leads out"),
            ("a\\b", "backslash"),
        ] {
            let error = template.parse::<Template>().expect_err(template).to_string();
            assert!(error.contains(words), "{template}: {error}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
            (1_709_164_800, "2024-02-29"),
        ] {
            assert_eq!(day(seconds), date);
        }
    }

    proptest! {
        #[test]
        fn whatever_fills_it_a_name_stays_in_its_folder(
            template in "(\\{(name|ext|index|index:03|width|date|format|recipe)\\}|\\{\\{|[a-zA-Z./ :é]){1,8}",
            input in "\\PC{0,300}|[./\\\\ a]{0,9}", output in "[a-z.]{0,12}", recipe in "\\PC{0,30}|\\.\\.",
        ) {
            let Ok(template) = template.parse::<Template>() else { return Ok(()) };
            let facts = Facts { input: &input, output: &output, recipe: &recipe, ..FACTS };
            let (folder, name) = template.fill(&facts);
            prop_assert!(folder.components().all(|part| matches!(part, Component::Normal(_))), "{folder:?}");
            prop_assert_eq!(Path::new(&name).components().count(), 1);
            prop_assert!(name.len() <= MAX_BYTES && sanitized(&name) == name, "{}", name);
            let extension = split(&output).1;
            prop_assert!(extension.is_none_or(|extension| name.ends_with(&format!(".{extension}"))), "{}", name);
        }

        #[test]
        fn a_template_is_read_or_refused(text in "[{}:/\\\\a-z0-9]{0,30}|\\PC{0,40}") {
            if let Ok(template) = text.parse::<Template>() {
                prop_assert_eq!(template.to_string(), text);
                prop_assert_eq!(Template::try_from(String::from(template.clone())), Ok(template));
            }
        }
    }
}
