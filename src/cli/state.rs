//! The state folder as the command line uses it.

use super::args::Common;
use super::batch::printable;
use crate::store::StateFolder;
use anyhow::Context;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Takes the state folder that the options name, and says on standard error what is wrong with it.
///
/// # Errors
///
/// Fails where no state folder can be named, and where [`StateFolder::open`] does.
pub fn open_state(common: &Common) -> anyhow::Result<StateFolder> {
    let folder = StateFolder::open(&state_dir(common.state.as_deref())?)?;
    for complaint in &folder.complaints {
        // With standard error gone there is nobody left to tell.
        writeln!(io::stderr(), "{}", printable(complaint)).ok();
    }
    Ok(folder)
}

/// The folder for Millrace's own files, made when first written to: the one asked for, or the system's place for it.
///
/// # Errors
///
/// Fails where the one asked for cannot be made absolute, or none is asked for and the system names no home folder.
pub fn state_dir(asked: Option<&OsStr>) -> anyhow::Result<PathBuf> {
    // An empty variable is as good as none.
    if let Some(asked) = asked.filter(|asked| !asked.is_empty()).map(Path::new) {
        return std::path::absolute(asked)
            .with_context(|| format!("\"{}\" is not the name of a folder", asked.display()));
    }
    let dirs = directories::ProjectDirs::from("", "", "millrace")
        .context("this system names no home folder; choose a folder for Millrace's own files with --state DIR")?;
    Ok(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
}
