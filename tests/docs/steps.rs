//! The tables of docs/recipes.md. What a step takes is found out by asking the reader of recipes: which fields it knows,
//! which it misses, which values it takes for them, and what it makes of a field that is left out.

use crate::generated::{hold_part, row};
use crate::words::{OUTPUT, STEPS, Words};
use millrace::model::Recipe;
use millrace::model::recipe::{Encoding, Format};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// What stands in a recipe around the fields that are asked about.
#[derive(Clone, Copy)]
enum Place {
    Step(&'static str),
    Output,
}

impl Place {
    /// Reads a recipe with these fields there.
    fn read(self, fields: &Table) -> Result<Recipe, String> {
        let fields = fields.to_string();
        Recipe::from_toml(&match self {
            Place::Step(op) => format!("name = \"a\"\n[[step]]\nop = \"{op}\"\n{fields}"),
            Place::Output => format!("name = \"a\"\n[output]\n{fields}"),
        })
    }

    /// The same with one field set otherwise, or left out.
    fn read_with(self, fields: &Table, name: &str, value: Option<Value>) -> Result<Recipe, String> {
        let mut fields = fields.clone();
        match value {
            Some(value) => drop(fields.insert(name.to_owned(), value)),
            None => drop(fields.remove(name)),
        }
        self.read(&fields)
    }

    fn error_with(self, fields: &Table, name: &str, value: impl Into<Value>) -> String {
        self.read_with(fields, name, Some(value.into())).err().unwrap_or_default()
    }

    /// The names of the fields that are known here, in the reader's order.
    fn fields(self, fields: &Table) -> Vec<String> {
        let error = self.error_with(fields, "no-such-field", true);
        let names = error.split_once("there are ").map_or("", |(_, names)| names);
        names.split(", ").filter(|name| !name.is_empty() && *name != "op").map(str::to_owned).collect()
    }
}

/// What the reader tells about a field in one kind of a step.
struct Told {
    takes: String,
    /// What it is where it is left out, unless this kind cannot be written without it.
    left_out: Option<String>,
}

fn ask(place: Place, fields: &Table, name: &str, words: &Words) -> Told {
    let takes = takes(place, fields, name).unwrap_or_else(|| "text".to_owned());
    let left_out = match place.read_with(fields, name, None) {
        Err(error) => error.contains(&format!("{name} is missing")).then(|| "needed".to_owned()),
        Ok(without) => Some(match usual(place, fields, name, &takes, &without) {
            Some(value) => format!("`{value}`"),
            None => words.left_out.unwrap_or_else(|| panic!("what {name} is where it is left out")).to_owned(),
        }),
    };
    Told { takes, left_out }
}

/// What the reader says of values that it does not take. `None`: it takes any text.
fn takes(place: Place, fields: &Table, name: &str) -> Option<String> {
    let error = place.error_with(fields, name, "zzz");
    if let Some(range) = range(place, fields, name) {
        let whole = if error.contains("a whole number") { "whole number" } else { "number" };
        return Some(format!("{whole}, {range}"));
    }
    if error.contains("true or false") {
        return Some("`true`, `false`".to_owned());
    }
    if error.contains("is not a colour") {
        return Some("colour".to_owned());
    }
    if error.contains("must be a number of bytes") {
        let least = place.error_with(fields, name, 0).split("at least ").nth(1)?.to_owned();
        return Some(format!("whole number, at least {}", least.split(' ').next()?));
    }
    if error.contains("such as \"16:9\"") {
        return Some("two whole numbers, such as `\"16:9\"` or `\"185:100\"`".to_owned());
    }
    let choices = error.split_once(" can be ")?.1.split_once(", not ")?.0.replace(" or ", ", ");
    Some(choices.split(", ").map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", "))
}

/// The least and the most of a number.
fn range(place: Place, fields: &Table, name: &str) -> Option<String> {
    let told = [Value::from(99_999_999_999_i64), Value::from(1e300), Value::from(-1)].map(|value| {
        let error = place.error_with(fields, name, value);
        let range = error.split_once(&format!("{name} must be from "))?.1.split_once(", not ")?.0;
        let (least, most) = range.split_once(" to ")?;
        Some(if most == u32::MAX.to_string() { format!("from {least}") } else { format!("{least} to {most}") })
    });
    told.into_iter().flatten().next()
}

/// What a field that is left out stands for.
fn usual(place: Place, fields: &Table, name: &str, takes: &str, without: &Recipe) -> Option<String> {
    let means = |value: Value| place.read_with(fields, name, Some(value)).is_ok_and(|recipe| recipe == *without);
    if matches!(place, Place::Step(_)) {
        let written: Table = toml::from_str(&without.to_toml()).expect("what is written is TOML");
        return written["step"][0].get(name).map(ToString::to_string);
    }
    let choices = takes.split('`').skip(1).step_by(2);
    choices.filter(|choice| means(choice.parse::<bool>().map_or(Value::from(*choice), Value::from))).map(quoted).next()
}

fn quoted(choice: &str) -> String {
    if choice.parse::<bool>().is_ok() || choice.parse::<u32>().is_ok() {
        choice.to_owned()
    } else {
        format!("\"{choice}\"")
    }
}

/// The several things that the kinds of a step say of a field, each with the kinds that say it.
fn together(told: &[(&str, String)]) -> String {
    let mut answers: Vec<(&String, Vec<&str>)> = Vec::new();
    for (kind, answer) in told {
        match answers.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, kinds)) => kinds.push(kind),
            None => answers.push((answer, vec![kind])),
        }
    }
    match answers.as_slice() {
        [(answer, _)] => (*answer).clone(),
        several => several
            .iter()
            .map(|(answer, kinds)| format!("{}: {answer}", kinds.join(", ")))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

fn parsed(fields: &str) -> Table {
    toml::from_str(fields).expect("an example is TOML")
}

#[test]
fn the_tables_of_steps_are_what_the_reader_takes() {
    let unknown = Place::Step("no-such-step").read(&Table::new()).expect_err("no step");
    let known: Vec<&str> = unknown.split_once("the steps are ").expect("their names").1.split(", ").collect();
    let described: Vec<&str> = STEPS.iter().map(|step| step.op).collect();
    assert_eq!(described, known, "words.rs has every step, in the reader's order");
    let text: String = STEPS.iter().map(step_text).collect();
    hold_part("docs/recipes.md", "steps", &text);
}

fn step_text(step: &crate::words::StepWords) -> String {
    let place = Place::Step(step.op);
    // The fields of all kinds of the step together.
    let mut names: Vec<String> = Vec::new();
    let mut kinds: Vec<(&str, Table, Vec<String>)> = Vec::new();
    for (kind, example) in step.kinds {
        let fields = parsed(example);
        place.read(&fields).unwrap_or_else(|error| panic!("{example}: {error}"));
        let known = place.fields(&fields);
        for name in &known {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        kinds.push((kind, fields, known));
    }
    let mut text = format!("### {}\n\n{}\n\n", step.op, step.does);
    let example = step.kinds[0].1.trim();
    text += &format!("```toml\n[[step]]\nop = \"{}\"\n{example}", step.op);
    text += if example.is_empty() { "```\n\n" } else { "\n```\n\n" };
    let worded: BTreeSet<&str> = step.fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(worded, names.iter().map(String::as_str).collect(), "words.rs has every field of {}", step.op);
    if names.is_empty() {
        return text + "It has no fields.\n\n";
    }
    text += "| field | takes | left out | meaning |\n| --- | --- | --- | --- |\n";
    for (name, words) in step.fields {
        let of: Vec<_> = kinds.iter().filter(|(_, _, known)| known.iter().any(|known| known == name)).collect();
        let told: Vec<(&str, Told)> =
            of.iter().map(|(kind, fields, _)| (*kind, ask(place, fields, name, words))).collect();
        let takes = together(&told.iter().map(|(kind, told)| (*kind, told.takes.clone())).collect::<Vec<_>>());
        let left_out = told.iter().filter_map(|(kind, told)| Some((*kind, told.left_out.clone()?)));
        let left_out = together(&left_out.collect::<Vec<_>>());
        let only = told.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join(", ");
        let only = if told.len() == kinds.len() { String::new() } else { format!("With {only}. ") };
        text += &row(&[&format!("`{name}`"), &takes, &left_out, &format!("{only}{}", words.meaning)]);
    }
    text + "\n"
}

#[test]
fn the_table_of_the_output_is_what_the_reader_takes() {
    let none = Table::new();
    let known: BTreeSet<String> = Place::Output.fields(&parsed("quality = 80")).into_iter().collect();
    let worded: BTreeSet<String> = OUTPUT.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(worded, known, "words.rs has every field of the output");
    let mut text = "| field | takes | left out | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    for (name, words) in OUTPUT {
        let Told { takes, left_out } = ask(Place::Output, &none, name, words);
        let mut left_out = left_out.expect("an output has no field that it needs");
        if *name == "quality" {
            let usual = Format::ALL.into_iter().filter(|format| format.has_quality());
            let usual = usual.map(|format| format!("{} for {}", Encoding::default_quality(format), format.title()));
            left_out = usual.collect::<Vec<_>>().join(", ");
        }
        text += &row(&[&format!("`{name}`"), &takes, &left_out, words.meaning]);
    }
    hold_part("docs/recipes.md", "output", &text);
}

#[test]
fn the_limits_of_recipes_are_what_the_code_says() {
    use millrace::model::recipe::{FitBox, PictureMark, TextMark};
    use millrace::task::image::LIMITS;
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let limits = [
        ("steps of a recipe", Recipe::MAX_STEPS.to_string()),
        ("characters of its name", Recipe::MAX_NAME_CHARS.to_string()),
        ("a side of a picture, in pixels", FitBox::MAX_SIDE.to_string()),
        ("a picture, as it comes and after each step", format!("{} megapixels", LIMITS.pixels / 1_000_000)),
        ("its file", mib(LIMITS.file_bytes)),
        ("its pixels, decoded", mib(LIMITS.decoded_bytes)),
        ("characters of a text", TextMark::MAX_CHARS.to_string()),
        ("the file of a watermark", mib(PictureMark::MAX_BYTES)),
        ("the files of all watermarks together", mib(Recipe::MAX_MARKS_BYTES)),
    ];
    let rows: String = limits.iter().map(|(what, most)| row(&[what, most])).collect();
    hold_part("docs/recipes.md", "limits", &format!("| what | at most |\n| --- | --- |\n{rows}"));
    let built_in =
        Recipe::built_in().map(|recipe| format!("`{}`:\n\n```toml\n{}```\n\n", recipe.name, recipe.to_toml()));
    let built_in = built_in.concat();
    hold_part("docs/recipes.md", "built-in recipes", &built_in);
}
