//! What of a command line is handed to the window that runs already, and what is not.

use super::Cli;
use super::args::Common;
use crate::model::{HandOver, HandedInput};
use anyhow::{Context, bail};
use std::io::{self, Write};
use std::path::Path;

impl Cli {
    /// The inputs, and the options that are about them.
    ///
    /// # Errors
    ///
    /// Fails for an option that a window which runs already cannot follow, for a path that cannot be made absolute, and
    /// for a recipe that cannot be used.
    pub fn hand_over(&self, state_dir: &Path) -> anyhow::Result<HandOver> {
        if self.inputs.is_empty() {
            return Ok(HandOver::default());
        }
        if let Some(option) = self.only_at_the_start() {
            let folder = state_dir.display();
            bail!(
                "a window is running on the folder {folder}, and {option} holds from the start of one: leave it out, \
                 close that window, or choose another folder with --state DIR"
            );
        }
        let inputs = self.queued().into_iter().map(|input| match input.into_string() {
            // A link, unless a file is really called that.
            Ok(text) if text.contains("://") && !Path::new(&text).exists() => Ok(HandedInput::Link(text)),
            Ok(text) => absolute(Path::new(&text)),
            Err(bytes) => absolute(Path::new(&bytes)),
        });
        let inputs = inputs.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(HandOver { inputs, recipe: self.common.recipe()?, deadline_ms: self.common.deadline })
    }

    /// The first option given that changes a whole program and not a batch.
    fn only_at_the_start(&self) -> Option<&'static str> {
        let Common { mode, lanes, workers, memory, nice, pin, trace, json, .. } = &self.common;
        [
            ("--demo", self.demo),
            ("--lab", self.lab.is_some()),
            ("--screenshot", self.screenshot.is_some()),
            ("--exit-when-done", self.exit_when_done),
            ("--mode", mode.is_some()),
            ("--lanes", lanes.is_some()),
            ("--workers", workers.is_some()),
            ("--memory", memory.is_some()),
            ("--nice", nice.is_some()),
            ("--pin", *pin),
            ("--trace", trace.is_some()),
            ("--json", *json),
        ]
        .into_iter()
        .find_map(|(option, is_given)| is_given.then_some(option))
    }
}

fn absolute(path: &Path) -> anyhow::Result<HandedInput> {
    let path = std::path::absolute(path).with_context(|| format!("\"{}\" is no path", path.display()))?;
    Ok(HandedInput::Path(path))
}

/// Says on standard output that the window has the inputs.
///
/// # Errors
///
/// Fails where standard output cannot be written to.
pub fn tell_handed(count: usize, common: &Common) -> io::Result<()> {
    if common.quiet {
        return Ok(());
    }
    let inputs = if count == 1 { "input" } else { "inputs" };
    writeln!(io::stdout(), "Handed {count} {inputs} to the window that is running")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn handed(arguments: &[&str]) -> anyhow::Result<HandOver> {
        Cli::try_parse_from(["millrace"].iter().chain(arguments)).expect("parsed").hand_over(Path::new("/state"))
    }

    #[test]
    fn paths_become_absolute_and_options_of_the_batch_go_along() {
        let handed_over =
            handed(&["a b.jpg", "http://h/[1-2].jpg", "--fit", "64x64", "--deadline", "2"]).expect("handed");
        let here = std::env::current_dir().expect("a folder");
        let expected = [HandedInput::Path(here.join("a b.jpg")), HandedInput::Link("http://h/[1-2].jpg".to_owned())];
        assert_eq!(handed_over.inputs, expected);
        assert!(handed_over.recipe.is_some_and(|recipe| recipe.steps.len() == 1));
        assert_eq!(handed_over.deadline_ms, Some(2000));
    }

    #[cfg(unix)]
    #[test]
    fn paths_of_any_bytes_survive() {
        use std::os::unix::ffi::OsStringExt;
        use std::path::PathBuf;
        let name = std::ffi::OsString::from_vec(vec![b'/', 0xff, 0xfe, b'a']);
        let cli = Cli::try_parse_from([std::ffi::OsString::from("millrace"), name.clone()]).expect("parsed");
        let handed_over = cli.hand_over(Path::new("/state")).expect("handed");
        assert_eq!(handed_over.inputs, [HandedInput::Path(PathBuf::from(name))]);
        let json = serde_json::to_vec(&handed_over).expect("written");
        assert_eq!(serde_json::from_slice::<HandOver>(&json).expect("read"), handed_over);
    }

    #[test]
    fn options_of_a_whole_program_are_refused_by_name() {
        for option in ["--demo", "--exit-when-done", "--json", "--pin"] {
            let words = handed(&["a.jpg", option]).expect_err(option).to_string();
            assert!(words.contains(option) && words.contains("/state"), "{words}");
        }
        for options in [["--mode", "serial"], ["--lanes", "2"], ["--memory", "1G"], ["--trace", "t.json"]] {
            let words = handed(&["a.jpg", options[0], options[1]]).expect_err(options[0]).to_string();
            assert!(words.contains(options[0]), "{words}");
        }
        assert_eq!(handed(&["--mode", "serial"]).expect("nothing to hand"), HandOver::default());
    }
}
