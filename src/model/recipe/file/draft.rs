//! A recipe that somebody is writing: its fields may be wrong. It becomes a recipe by the way that files take, so the rules
//! are the same, and so are the sentences.

use super::{read, write};
use crate::model::recipe::Recipe;
use crate::model::recipe::table::{Field, OUTPUT, SHAPES, Shape, Start, Takes};
use std::collections::BTreeMap;
use std::fmt;
use toml::{Table, Value as Toml};

/// A recipe that may be wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What it is to be called.
    pub name: String,
    /// Whether the picture is turned upright first.
    pub auto_orient: bool,
    /// What to do, in order.
    pub steps: Vec<DraftStep>,
    /// The output, by [`OUTPUT`].
    pub output: Values,
}

/// A step of a draft.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftStep {
    /// Its kind: its place in [`SHAPES`].
    shape: usize,
    /// Its fields. Those that do not count at the moment are there as well.
    pub values: Values,
}

/// The values of fields, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values(BTreeMap<&'static str, Value>);

/// What a field of a draft has.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number. 0 where the field may be left out and is.
    Number(f64),
    /// Yes or no.
    Switch(bool),
    /// Words, a name, a colour or a path.
    Text(String),
}

/// Something wrong in a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub at: At,
    /// What: a sentence that begins with the field's name.
    pub sentence: String,
}

/// Where something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// In the name.
    Name,
    /// In the number of steps.
    Steps,
    /// In a step, from 0, and which of its fields where it is one.
    Step(usize, Option<&'static str>),
    /// In the output.
    Output(Option<&'static str>),
}

impl Draft {
    /// Keeps everything as it is, and has no name yet.
    pub fn empty() -> Draft {
        Draft { name: String::new(), auto_orient: true, steps: Vec::new(), output: Values::of(OUTPUT) }
    }

    /// A recipe to change.
    pub fn of(recipe: &Recipe) -> Draft {
        let table = write::recipe(recipe).parse::<Table>().unwrap_or_default();
        let steps = table.get("step").and_then(Toml::as_array).into_iter().flatten().filter_map(Toml::as_table);
        let output = table.get("output").and_then(Toml::as_table);
        Draft {
            name: recipe.name.clone(),
            auto_orient: recipe.auto_orient,
            steps: steps.filter_map(DraftStep::read).collect(),
            output: Values::read(OUTPUT, output.unwrap_or(&Table::new())),
        }
    }

    /// The recipe. Watermarks have no bytes yet.
    ///
    /// # Errors
    ///
    /// Fails for the first thing that is wrong, with a sentence that says where.
    pub fn recipe(&self) -> Result<Recipe, String> {
        if let Some(fault) = self.faults().first() {
            return Err(self.told(fault));
        }
        let steps = self.steps.iter().zip(1..).map(|(step, number)| step.read_at(number));
        let recipe = Recipe {
            name: self.name.trim().to_owned(),
            auto_orient: self.auto_orient,
            steps: steps.collect::<Result<_, _>>()?,
            output: read::output(self.output.table(OUTPUT))?,
        };
        recipe.check().map(|()| recipe)
    }

    /// Everything that is wrong: at most one thing for each step.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut note = |at, result: Result<(), String>| {
            if let Err(sentence) = result {
                faults.push(Fault { at, sentence });
            }
        };
        note(At::Name, Recipe::check_name(&self.name));
        note(At::Steps, Recipe::check_count(self.steps.len()));
        for (at, step) in self.steps.iter().enumerate() {
            let result = step.check();
            let field = result.as_ref().err().and_then(|sentence| named_in(sentence, step.shape().fields));
            note(At::Step(at, field), result);
        }
        let result = read::output(self.output.table(OUTPUT)).and_then(|output| output.check());
        let field = result.as_ref().err().and_then(|sentence| named_in(sentence, OUTPUT));
        note(At::Output(field), result);
        faults
    }

    /// A fault as it is told about a file.
    pub fn told(&self, fault: &Fault) -> String {
        match fault.at {
            At::Name | At::Steps => fault.sentence.clone(),
            At::Step(at, _) => super::at_step(at + 1, self.steps.get(at).map_or("", DraftStep::op), &fault.sentence),
            At::Output(_) => format!("output: {}", fault.sentence),
        }
    }
}

/// The field that a sentence begins with.
fn named_in(sentence: &str, fields: &[Field]) -> Option<&'static str> {
    let first = sentence.split([' ', ':']).next().unwrap_or_default();
    fields.iter().find(|field| field.name == first).map(|field| field.name)
}

impl DraftStep {
    /// A new step of the kind that stands there in [`SHAPES`].
    pub fn new(shape: usize) -> DraftStep {
        let shape = shape.min(SHAPES.len() - 1);
        DraftStep { shape, values: Values::of(SHAPES[shape].fields) }
    }

    /// Its kind.
    pub fn shape(&self) -> &'static Shape {
        &SHAPES[self.shape]
    }

    /// What a recipe calls it.
    pub fn op(&self) -> &'static str {
        self.shape().op
    }

    fn read(table: &Table) -> Option<DraftStep> {
        let op = table.get("op")?.as_str()?;
        // Of two kinds with the same op it is the one that has every field of the file.
        let has_all =
            |shape: &Shape| table.keys().all(|key| key == "op" || shape.fields.iter().any(|field| field.name == key));
        let shape = SHAPES.iter().position(|shape| shape.op == op && has_all(shape))?;
        Some(DraftStep { shape, values: Values::read(SHAPES[shape].fields, table) })
    }

    fn read_at(&self, number: usize) -> Result<crate::model::recipe::Step, String> {
        let mut table = self.values.table(self.shape().fields);
        table.insert("op".to_owned(), Toml::String(self.op().to_owned()));
        read::one_step((Toml::Table(table), number))
    }

    /// Whether it is a good step. The sentence is without its place.
    fn check(&self) -> Result<(), String> {
        let place = super::at_step(1, self.op(), "");
        let step = self.read_at(1).map_err(|sentence| sentence.trim_start_matches(&place).to_owned())?;
        step.check()
    }
}

impl Values {
    /// What the fields begin with.
    pub fn of(fields: &[Field]) -> Values {
        Values(fields.iter().map(|field| (field.name, Value::from(field.start))).collect())
    }

    /// What a file says, and for the rest what the fields begin with. What may be left out and is, counts as left out.
    fn read(fields: &'static [Field], table: &Table) -> Values {
        let mut values = Values::of(fields);
        // The first of a file decide which others count.
        for field in fields {
            if !values.counts(field) && !table.contains_key(field.name) {
                continue;
            }
            let value = match (table.get(field.name), field.takes) {
                (Some(Toml::Integer(number)), _) => Value::Number(*number as f64),
                (Some(Toml::Float(number)), _) => Value::Number(*number),
                (Some(Toml::Boolean(on)), _) => Value::Switch(*on),
                (Some(Toml::String(text)), _) => Value::Text(text.clone()),
                (_, Takes::WholeOr(..)) => Value::Number(0.0),
                _ => continue,
            };
            values.0.insert(field.name, value);
        }
        values
    }

    /// Changes a field.
    pub fn set(&mut self, name: &'static str, value: Value) {
        self.0.insert(name, value);
    }

    /// A field's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whether a field counts, given what the others have.
    pub fn counts(&self, field: &Field) -> bool {
        field
            .when
            .iter()
            .all(|(other, values)| self.get(other).is_some_and(|value| values.contains(&value.to_string().as_str())))
    }

    /// As a file has them: only those that count, and of the ones that may be left out only those that are not.
    fn table(&self, fields: &[Field]) -> Table {
        let mut table = Table::new();
        for field in fields.iter().filter(|field| self.counts(field)) {
            let value = match (self.get(field.name), field.takes) {
                (Some(Value::Number(0.0)), Takes::WholeOr(..)) | (None, _) => continue,
                (Some(Value::Text(text)), Takes::ChoiceOr(none, _)) if text == none => continue,
                (Some(Value::Number(number)), Takes::Whole(..) | Takes::WholeOr(..)) if number.fract() == 0.0 => {
                    Toml::Integer(*number as i64)
                }
                (Some(Value::Number(number)), _) => Toml::Float(*number),
                (Some(Value::Switch(on)), _) => Toml::Boolean(*on),
                (Some(Value::Text(text)), _) => Toml::String(text.clone()),
            };
            table.insert(field.name.to_owned(), value);
        }
        table
    }
}

impl From<Start> for Value {
    fn from(start: Start) -> Value {
        match start {
            Start::Number(number) => Value::Number(number),
            Start::Switch(on) => Value::Switch(on),
            Start::Text(text) => Value::Text(text.to_owned()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Switch(on) => write!(f, "{on}"),
            Value::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recipe::{Encoding, Step};

    fn faults(draft: &Draft) -> Vec<(At, String)> {
        draft.faults().into_iter().map(|fault| (fault.at, fault.sentence)).collect()
    }

    fn shape(title: &str) -> DraftStep {
        DraftStep::new(SHAPES.iter().position(|shape| shape.title == title).expect(title))
    }

    #[test]
    fn every_new_step_is_good_but_a_watermark_without_a_picture() {
        for at in 0..SHAPES.len() {
            let step = DraftStep::new(at);
            let draft = Draft { name: "x".to_owned(), steps: vec![step.clone()], ..Draft::empty() };
            if step.op() == "watermark" {
                let sentence = "path must name a picture, and is empty".to_owned();
                assert_eq!(faults(&draft), [(At::Step(0, Some("path")), sentence)]);
                continue;
            }
            let recipe = draft.recipe().unwrap_or_else(|sentence| panic!("{}: {sentence}", step.op()));
            assert_eq!(recipe.steps.len(), 1);
            assert_eq!(Draft::of(&recipe).recipe(), Ok(recipe), "{}", step.op());
        }
    }

    #[test]
    fn what_a_field_begins_with_in_the_output_is_what_it_means_to_leave_it_out() {
        let draft = Draft { name: "x".to_owned(), ..Draft::empty() };
        assert_eq!(draft.recipe().map(|recipe| recipe.output), Ok(Encoding::SAME));
        for recipe in Recipe::built_in() {
            assert_eq!(Draft::of(&recipe).recipe(), Ok(recipe));
        }
    }

    #[test]
    fn the_fields_of_the_table_are_those_of_files() {
        for shape in SHAPES {
            for field in shape.fields {
                let mut table = Table::new();
                table.insert("op".to_owned(), Toml::String(shape.op.to_owned()));
                let values = Values::of(shape.fields);
                for other in shape.fields.iter().filter(|other| values.counts(other)) {
                    table.extend(values.table(&[*other]));
                }
                // Of no kind that any field takes: the sentence must be about the kind.
                table.insert(field.name.to_owned(), Toml::Array(Vec::new()));
                for (other, wanted) in field.when {
                    table.insert((*other).to_owned(), Toml::String(wanted[0].to_owned()));
                }
                let error = read::one_step((Toml::Table(table), 1)).expect_err(field.name);
                assert!(!error.contains("there is no field"), "{error}");
            }
        }
        for field in OUTPUT {
            let table = Table::from_iter([(field.name.to_owned(), Toml::Array(Vec::new()))]);
            let error = read::output(table).expect_err(field.name);
            assert!(!error.contains("there is no field"), "{error}");
        }
    }

    #[test]
    fn faults_are_told_at_their_fields_as_they_are_told_about_files() {
        let mut draft = Draft { steps: vec![shape("Blur"), shape("Rotate"), shape("Resize")], ..Draft::empty() };
        draft.steps[0].values.set("sigma", Value::Number(300.0));
        draft.steps[1].values.set("background", Value::Text("reddish".to_owned()));
        draft.steps[2].values.set("mode", Value::Text("fit".to_owned()));
        draft.steps[2].values.set("width", Value::Number(0.0));
        draft.steps[2].values.set("height", Value::Number(0.0));
        draft.output.set("format", Value::Text("webp".to_owned()));
        draft.output.set("target_size", Value::Number(7.0));
        let places: Vec<At> = draft.faults().into_iter().map(|fault| fault.at).collect();
        assert_eq!(
            places,
            [
                At::Name,
                At::Step(0, Some("sigma")),
                At::Step(1, Some("background")),
                At::Step(2, Some("width")),
                At::Output(Some("target_size"))
            ]
        );
        draft.name = "x".to_owned();
        for (at, words) in [(0, "sigma must be"), (1, "\"reddish\" is not a colour"), (2, "height is missing")] {
            let fault = draft.faults()[at].clone();
            assert!(draft.told(&fault).contains(words), "{fault:?}");
        }
        let text = "name = \"x\"\n[[step]]\nop = \"blur\"\nsigma = 300";
        assert_eq!(draft.recipe().err(), Recipe::from_toml(text).err());
    }

    #[test]
    fn what_does_not_count_is_kept_and_not_written() {
        let mut draft = Draft { name: "x".to_owned(), steps: vec![shape("Resize")], ..Draft::empty() };
        draft.output.set("quality", Value::Number(40.0));
        draft.output.set("format", Value::Text("png".to_owned()));
        assert_eq!(draft.recipe().map(|recipe| recipe.output.quality), Ok(None));
        draft.output.set("format", Value::Text("jpeg".to_owned()));
        let recipe = draft.recipe().expect("a recipe");
        assert_eq!(recipe.output.quality, Some(40));
        assert!(matches!(recipe.steps.as_slice(), [Step::Resize(_)]));
    }
}
