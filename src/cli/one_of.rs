//! Options that take a word out of a few: shells complete them, and what is none of them has a sentence of its own.

use crate::model::OnExists;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, Error};
use std::ffi::OsStr;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

/// The words of an option, and what reads them.
#[derive(Clone)]
pub(super) struct OneOf<T> {
    words: Vec<&'static str>,
    read: Arc<Read<T>>,
}

type Read<T> = dyn Fn(&str) -> Result<T, String> + Send + Sync;

impl<T> OneOf<T> {
    pub(super) fn new(
        words: impl IntoIterator<Item = &'static str>,
        read: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> OneOf<T> {
        OneOf { words: words.into_iter().collect(), read: Arc::new(read) }
    }
}

/// The words of a type that reads them itself.
pub(super) fn one_of<T: FromStr<Err: Display>>(words: impl IntoIterator<Item = &'static str>) -> OneOf<T> {
    OneOf::new(words, |text| text.parse().map_err(|error: T::Err| error.to_string()))
}

/// The rules for names that are taken which a command knows.
pub(super) fn on_exists(rules: [OnExists; 4]) -> OneOf<OnExists> {
    let [first, second, third, last] = rules.map(OnExists::as_str);
    OneOf::new([first, second, third, last], move |text| {
        rules.into_iter().find(|rule| rule.as_str() == text).ok_or_else(|| {
            let words = format!("{first}, {second}, {third} or {last}");
            format!("\"{text}\" is no rule for names that are taken; it can be {words}")
        })
    })
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for OneOf<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let read = Arc::clone(&self.read);
        (move |text: &str| read(text)).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    #[test]
    fn shells_are_told_the_words_and_every_word_is_taken() {
        let mut told = 0;
        let cli = Cli::command();
        for command in cli.get_subcommands().chain([&cli]) {
            let own = Some(command.get_name()).filter(|name| *name != cli.get_name());
            for arg in command.get_arguments().filter(|arg| !arg.get_possible_values().is_empty()) {
                for word in arg.get_possible_values() {
                    let option = arg.get_long().map(|long| format!("--{long}"));
                    let words = ["millrace"].into_iter().chain(own).map(str::to_owned).chain(option);
                    let answer = Cli::command().try_get_matches_from(words.chain([word.get_name().to_owned()]));
                    // Something else may be missing.
                    let kind = answer.err().map(|error| error.kind());
                    let is_refused = matches!(kind, Some(ErrorKind::ValueValidation | ErrorKind::InvalidValue));
                    assert!(!is_refused, "{} {arg}: {}", command.get_name(), word.get_name());
                    told += 1;
                }
            }
        }
        assert!(told > 60, "only {told}");
    }
}
