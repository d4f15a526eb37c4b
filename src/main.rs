//! Which face: window, command line, worker, or a program that the Lab looks at. Nothing else.

use millrace::cli::args::Subcommands;
use millrace::cli::{self, Cli};
use millrace::window::{self, WindowOptions};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    millrace::worker::survive_file_limit();
    if std::env::args_os().nth(1).is_some_and(|argument| argument == millrace::worker::SUBCOMMAND) {
        return match millrace::worker::main() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.into()),
        };
    }
    millrace::worker::inherit_nothing();
    if std::env::args_os().nth(1).is_some_and(|argument| argument == millrace::lab::child::SUBCOMMAND) {
        return millrace::lab::child::main().map_or_else(|error| fail(&error.into()), |()| ExitCode::SUCCESS);
    }
    let cli = match Cli::of_this_program() {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let ended = match &cli.command {
        Some(Subcommands::Get(get)) => cli::get(get),
        Some(Subcommands::Grab(grab)) => cli::grab(grab),
        Some(Subcommands::Convert(convert)) => cli::convert(convert),
        Some(Subcommands::Resume(resume)) => cli::resume(resume),
        Some(Subcommands::History(history)) => cli::history(history),
        Some(Subcommands::Recipes(recipes)) => cli::recipes(recipes),
        Some(Subcommands::Undo(undo)) => cli::undo(undo),
        Some(Subcommands::Lab(lab)) => cli::lab(lab),
        Some(Subcommands::Doctor(doctor)) => cli::doctor(doctor),
        None => open_window(&cli),
    };
    ended.unwrap_or_else(|error| fail(&error))
}

fn open_window(cli: &Cli) -> anyhow::Result<ExitCode> {
    cli.check_inputs()?;
    let state_dir = cli::state_dir(cli.common.state.as_deref())?;
    if let Some(ended) = hand_over(cli, &state_dir)? {
        return Ok(ended);
    }
    let options = WindowOptions {
        inputs: cli.queued(),
        recipe: cli.common.recipe()?,
        demo: cli.demo,
        lab: cli.lab,
        screenshot: cli.screenshot.clone(),
        exit_when_done: cli.exit_when_done,
        trace: cli.common.trace.clone(),
        deadline_ms: cli.common.deadline,
        logins: cli::logins(),
        listens: true,
        ..WindowOptions::new(cli.common.window_engine(&state_dir)?, state_dir.clone())
    };
    let folder = match cli::open_state(&cli.common) {
        Ok(folder) => folder,
        // A window that was just opening may take them now.
        Err(error) if !cli.inputs.is_empty() => return hand_over(cli, &state_dir)?.ok_or(error),
        Err(error) => return Err(error),
    };
    let all_done = if cli.common.json {
        let (events, lines) = cli::JsonLines::start()?;
        let all_done = window::run(WindowOptions { events: Some(events), ..options }, folder);
        lines.finish();
        all_done?
    } else {
        window::run(options, folder)?
    };
    Ok(if all_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Hands the inputs to the window that runs on the state folder, if there is one. Without inputs it only comes to the front.
fn hand_over(cli: &Cli, state_dir: &Path) -> anyhow::Result<Option<ExitCode>> {
    let Some(running) = window::find_running(state_dir) else { return Ok(None) };
    let hand_over = cli.hand_over(state_dir)?;
    let handed = match running.hand_over(&hand_over) {
        Ok(handed) => handed,
        // There was nothing to hand over: what is wrong is that the folder is in use.
        Err(_) if hand_over.inputs.is_empty() => 0,
        Err(error) => return Err(error.context(format!("nothing was handed to the window on {}", state_dir.display()))),
    };
    if handed > 0 {
        cli::tell_handed(handed, &cli.common)?;
        return Ok(Some(ExitCode::SUCCESS));
    }
    Ok(None)
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // Whoever read the lines has seen enough, as `head` does.
    if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) {
        return ExitCode::FAILURE;
    }
    cli::tell_error(error);
    ExitCode::from(cli::WRONG_USAGE)
}
