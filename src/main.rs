//! Which face: window, command line or worker. Nothing else.

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
        None => window(&cli),
    };
    ended.unwrap_or_else(|error| fail(&error))
}

fn window(cli: &Cli) -> anyhow::Result<ExitCode> {
    let lines = cli.common.json.then(cli::JsonLines::start).transpose()?;
    let (reports, lines) = lines.unzip();
    let options = millrace::window::WindowOptions {
        engine: cli.common.engine()?,
        inputs: cli.inputs.clone(),
        output_dir: None,
        recipe: cli.common.recipe()?,
        fetch: millrace::model::FetchOptions::default(),
        retries: 3,
        state_dir: cli::state_dir(cli.common.state.as_deref())?,
        demo: cli.demo,
        screenshot: cli.screenshot.clone(),
        exit_when_done: cli.exit_when_done,
        reports,
    };
    let all_done = millrace::window::run(options)?;
    drop(lines);
    Ok(if all_done { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // With standard error gone there is nobody left to tell.
    writeln!(std::io::stderr(), "millrace: {error:#}").ok();
    ExitCode::from(cli::WRONG_USAGE)
}
