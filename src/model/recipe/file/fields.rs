//! The fields of one table: each is asked for once, and what nobody asked for is a mistake.

use super::Names;
use crate::model::recipe::Colour;
use crate::model::recipe::table::{Field, Start, Takes};
use std::str::FromStr;
use toml::{Table, Value};

/// A table that is being read.
pub(super) struct Fields {
    table: Table,
    asked: Vec<&'static str>,
}

impl Fields {
    pub(super) fn of(table: Table) -> Fields {
        Fields { table, asked: Vec::new() }
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.asked.push(name);
        self.table.remove(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// A number, which has to be there.
    pub(super) fn number(&mut self, field: &Field) -> Result<f64, String> {
        self.number_or(field, None)
    }

    /// A number, or what the field begins with where it is left out.
    pub(super) fn usual_number(&mut self, field: &Field) -> Result<f64, String> {
        self.number_or(field, field.usual_number())
    }

    fn number_or(&mut self, field: &Field, usual: Option<f64>) -> Result<f64, String> {
        match self.take(field.name) {
            Some(Value::Integer(number)) => Ok(number as f64),
            Some(Value::Float(number)) => Ok(number),
            Some(other) => Err(not(field.name, "a number", &other)),
            None => usual.ok_or_else(|| missing(field.name)),
        }
    }

    /// A whole number within the field's range, which has to be there.
    pub(super) fn whole(&mut self, field: &Field) -> Result<u32, String> {
        self.whole_if_any(field)?.ok_or_else(|| missing(field.name))
    }

    /// The same, or what the field begins with where it is left out.
    pub(super) fn usual_whole(&mut self, field: &Field) -> Result<u32, String> {
        let number = self.whole_if_any(field)?.or(field.usual_number().map(|number| number as u32));
        number.ok_or_else(|| missing(field.name))
    }

    /// The same, where it is not left out.
    pub(super) fn whole_if_any(&mut self, field: &Field) -> Result<Option<u32>, String> {
        let (Takes::Whole(least, most) | Takes::WholeOr(least, most, _)) = field.takes else {
            return Err(missing(field.name));
        };
        match self.take(field.name) {
            Some(Value::Integer(number)) => u32::try_from(number)
                .ok()
                .filter(|number| (least..=most).contains(number))
                .map(Some)
                .ok_or_else(|| format!("{} must be from {least} to {most}, not {number}", field.name)),
            Some(other) => Err(not(field.name, "a whole number", &other)),
            None => Ok(None),
        }
    }

    pub(super) fn switch(&mut self, name: &'static str, usual: bool) -> Result<bool, String> {
        match self.take(name) {
            Some(Value::Boolean(on)) => Ok(on),
            Some(other) => Err(not(name, "true or false", &other)),
            None => Ok(usual),
        }
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, String> {
        match self.take(name) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(not(name, "text in quotes", &other)),
            None => Ok(None),
        }
    }

    pub(super) fn needed_text(&mut self, name: &'static str) -> Result<String, String> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// One of several names. A number is as good as the text of it: `chroma = 444`.
    pub(super) fn choice<T: Copy>(&mut self, name: &'static str, names: Names<T>) -> Result<Option<T>, String> {
        let text = match self.take(name) {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => return Ok(None),
        };
        super::named(names, name, &text).map(Some)
    }

    /// A colour, or the one that the field begins with where it is left out.
    pub(super) fn colour(&mut self, field: &Field) -> Result<Colour, String> {
        let usual = if let Start::Text(text) = field.start { text } else { "" };
        let text = self.text(field.name)?.unwrap_or_else(|| usual.to_owned());
        Colour::from_str(&text).map_err(|error| format!("{}: {error}", field.name))
    }

    /// Fails where a field is left that nobody asked for.
    pub(super) fn end(self) -> Result<(), String> {
        match self.table.keys().next() {
            None => Ok(()),
            Some(unknown) if self.asked.is_empty() => {
                Err(format!("there is no field \"{unknown}\" here, and no other either"))
            }
            Some(unknown) => Err(format!("there is no field \"{unknown}\" here; there are {}", self.asked.join(", "))),
        }
    }
}

fn missing(name: &str) -> String {
    format!("{name} is missing")
}

fn not(name: &str, wanted: &str, found: &Value) -> String {
    let found = match found {
        Value::Table(_) => "a table".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => other.to_string(),
    };
    format!("{name} must be {wanted}, not {found}")
}
