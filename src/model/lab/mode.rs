//! The ways in which the Lab runs a workload.

use crate::model::Mode;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How a workload is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabMode {
    /// One task after another, on one lane.
    Serial,
    /// On threads.
    Threads,
    /// On threads that share an interpreter lock, as those of Python do.
    Gil,
    /// In child processes.
    Processes,
}

impl LabMode {
    /// In the order in which they are shown.
    pub const ALL: [LabMode; 4] = [LabMode::Serial, LabMode::Threads, LabMode::Gil, LabMode::Processes];

    /// The name on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            LabMode::Serial => "serial",
            LabMode::Threads => "threads",
            LabMode::Gil => "gil",
            LabMode::Processes => "processes",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            LabMode::Serial => "Serial",
            LabMode::Threads => "Threads",
            LabMode::Gil => "Threads + interpreter lock",
            LabMode::Processes => "Processes",
        }
    }

    /// The engine's mode behind it.
    pub fn engine_mode(self) -> Mode {
        match self {
            LabMode::Serial => Mode::Serial,
            LabMode::Threads | LabMode::Gil => Mode::Threads,
            LabMode::Processes => Mode::Processes,
        }
    }

    /// The modes of a list such as `serial,threads`, or of `all`: each once, in the order of [`LabMode::ALL`].
    ///
    /// # Errors
    ///
    /// Fails for a name that no mode has. The error lists those there are.
    pub fn parse_list(text: &str) -> Result<Vec<LabMode>, String> {
        if text == "all" {
            return Ok(LabMode::ALL.to_vec());
        }
        let mut modes = text.split(',').map(|name| name.trim().parse()).collect::<Result<Vec<LabMode>, _>>()?;
        modes.sort_unstable();
        modes.dedup();
        Ok(modes)
    }
}

impl fmt::Display for LabMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for LabMode {
    type Err = String;
    fn from_str(text: &str) -> Result<LabMode, String> {
        LabMode::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| {
            format!("the Lab has no mode \"{text}\"; choose all, or some of serial, threads, gil, processes")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_modes_have_each_once_and_in_order() {
        assert_eq!(LabMode::parse_list("processes, serial,processes"), Ok(vec![LabMode::Serial, LabMode::Processes]));
        assert_eq!(LabMode::parse_list("all").map(|all| all.len()), Ok(4));
        for wrong in ["", "mixed", "serial,", "Serial"] {
            let sentence = LabMode::parse_list(wrong).expect_err(wrong);
            assert!(sentence.contains("choose all"), "{sentence}");
        }
    }
}
