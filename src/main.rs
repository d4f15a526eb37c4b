//! Which face: window, command line or worker. Nothing else.

use anyhow::Context;
use clap::Parser;
use millrace::cli::args::Subcommands;
use millrace::cli::{self, Cli};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == millrace::worker::SUBCOMMAND) {
        return match millrace::worker::main() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.into()),
        };
    }
    let cli = Cli::parse();
    let ended = match &cli.command {
        Some(Subcommands::Get(get)) => cli::get(get),
        Some(Subcommands::Convert(convert)) => cli::convert(convert),
        None => Err(anyhow::anyhow!("no window yet")).context("cannot open a window"),
    };
    ended.unwrap_or_else(|error| fail(&error))
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // With standard error gone there is nobody left to tell.
    writeln!(std::io::stderr(), "millrace: {error:#}").ok();
    ExitCode::from(cli::WRONG_USAGE)
}
