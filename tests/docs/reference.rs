//! The command line as the program itself describes it: as tables in docs/command-line.md, as manual pages in assets/man, and
//! as completions in assets/completions.

use crate::generated::{hold_files, hold_part, read, row};
use clap::{Arg, Args, Command, CommandFactory, ValueHint};
use clap_complete::Shell;
use clap_mangen::Man;
use millrace::cli::Cli;
use millrace::cli::args::Common;
use millrace::model::ErrorKind;
use std::collections::BTreeSet;

/// The command line without what differs from build to build.
pub(crate) fn program() -> Command {
    let mut program = Cli::command().version(env!("CARGO_PKG_VERSION")).disable_help_subcommand(true);
    program.build();
    program
}

/// Every command, the window first, each with its whole name.
pub(crate) fn all_commands(program: &Command) -> Vec<(String, Command)> {
    fn add(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
        found.push((name.to_owned(), command.clone()));
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            add(below, &format!("{name} {}", below.get_name()), found);
        }
    }
    let mut found = Vec::new();
    add(program, "millrace", &mut found);
    found
}

/// The options of every face.
fn common() -> Vec<Arg> {
    let carrier = Common::augment_args(Command::new("carrier"));
    carrier.get_arguments().cloned().collect()
}

/// The arguments that belong in the table of a command: without those of every face, where it has all of them.
fn own<'a>(command: &'a Command, common: &'a [Arg]) -> impl Iterator<Item = &'a Arg> {
    let is_common = |argument: &Arg| common.iter().any(|common| common.get_id() == argument.get_id());
    let has_all = command.get_arguments().filter(|argument| is_common(argument)).count() == common.len();
    let arguments =
        command.get_arguments().filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"));
    arguments.filter(move |argument| !has_all || !is_common(argument))
}

#[test]
fn the_tables_of_the_command_line_are_what_the_program_says() {
    let program = program();
    let common = common();
    let mut text = String::new();
    for (name, mut command) in all_commands(&program) {
        let depth = if name.matches(' ').count() > 1 { "####" } else { "###" };
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let usage = command.render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").lines().map(str::trim).collect::<Vec<_>>().join("\n");
        text += &format!("{depth} {name}\n\n{}.\n\n```text\n{usage}\n```\n\n", about.trim_end_matches('.'));
        text += &table(own(&command, &common));
    }
    hold_part("docs/command-line.md", "commands", &text);
    hold_part("docs/command-line.md", "options of every command", &table(common.iter()));
}

fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: String = arguments.filter(|argument| !argument.is_hide_set()).map(table_row).collect();
    if rows.is_empty() { String::new() } else { format!("| option | meaning |\n| --- | --- |\n{rows}\n") }
}

fn table_row(argument: &Arg) -> String {
    let values = argument.get_value_names().unwrap_or_default().join(" ");
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let takes_value = argument.get_action().takes_values();
    let named = [short, long].into_iter().flatten().collect::<Vec<_>>().join("`, `");
    let what = match (named.is_empty(), takes_value) {
        (true, _) => format!("`{values}`"),
        (false, true) => format!("`{named} {values}`"),
        (false, false) => format!("`{named}`"),
    };
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut meaning = format!("{}.", help.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.'));
    let usual: Vec<String> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if takes_value && !usual.is_empty() {
        meaning += &format!(" Usually `{}`.", usual.join(" "));
    }
    if let Some(variable) = argument.get_env() {
        meaning += &format!(" Also by the variable `{}`.", variable.to_string_lossy());
    }
    if argument.is_required_set() {
        meaning += " Has to be there.";
    }
    row(&[&what, &meaning])
}

/// What the manual says beyond the options.
const MORE: &str = r#"
.SH "EXIT STATUS"
0 if every job was done, 1 if one failed, 2 for wrong usage, 130 if interrupted.
.SH ENVIRONMENT
.TP
MILLRACE_STATE
the folder for Millrace's own files, as \-\-state
.TP
MILLRACE_LOG
how much the log tells: error, warn, info or debug
.TP
http_proxy, https_proxy, all_proxy, no_proxy
which proxy is used, unless \-\-proxy names one
.TP
NETRC
the file with names and passwords of hosts, otherwise ~/.netrc
.SH FILES
The queue, its history, the settings, imported recipes and the log are in the state folder, by default
~/.local/state/millrace.
"#;

#[test]
fn the_manual_is_what_the_program_says() {
    let program = program();
    let names: Vec<String> =
        all_commands(&program).iter().map(|(name, _)| format!("{}(1)", name.replace(' ', "-"))).collect();
    let pages = all_commands(&program).into_iter().map(|(name, command)| {
        let name = name.replace(' ', "-");
        let others = names.iter().filter(|other| **other != format!("{name}(1)"));
        let see_also = others.map(|other| other.replace('-', "\\-")).collect::<Vec<_>>().join(", ");
        let source = format!("millrace {}", env!("CARGO_PKG_VERSION"));
        let mut page = Vec::new();
        let man = Man::new(command.display_name(&name)).title(&name).source(source).manual("Millrace");
        man.render(&mut page).expect("rendered");
        page.extend_from_slice(MORE.trim_start().as_bytes());
        page.extend_from_slice(format!(".SH \"SEE ALSO\"\n{see_also}\n").as_bytes());
        (format!("{name}.1"), page)
    });
    hold_files("assets/man", &pages.collect::<Vec<_>>());
}

#[test]
fn the_completions_are_what_the_program_says() {
    let files = [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh].map(|shell| {
        let mut script = Vec::new();
        let mut program = hinted(Cli::command().version(env!("CARGO_PKG_VERSION")).disable_help_subcommand(true));
        clap_complete::generate(shell, &mut program, "millrace", &mut script);
        let name = clap_complete::Generator::file_name(&shell, "millrace");
        (name, mended(shell, script))
    });
    hold_files("assets/completions", &files);
}

/// Says what stands for a value by what it is called, so that no shell offers files for a number.
fn hinted(program: Command) -> Command {
    let hint = |argument: Arg| {
        let called = argument.get_value_names().unwrap_or_default().join("|");
        let hint = match called.as_str() {
            "DIR" => ValueHint::DirPath,
            "FILE" => ValueHint::FilePath,
            _ if called.contains("FILE") || called.contains("PATH") => ValueHint::AnyPath,
            _ => ValueHint::Other,
        };
        if argument.get_action().takes_values() { argument.value_hint(hint) } else { argument }
    };
    program.mut_args(hint).mut_subcommands(hinted)
}

/// What the generated scripts do not know.
fn mended(shell: Shell, script: Vec<u8>) -> Vec<u8> {
    let script = String::from_utf8(script).expect("UTF-8");
    match shell {
        Shell::Zsh => commands_before_files(&script),
        Shell::Fish => values_before_commands(&script),
        _ => script,
    }
    .into_bytes()
}

/// An option that still waits for its value is no mistake: before a command, fish would offer files for every value.
fn values_before_commands(script: &str) -> String {
    let parsed = "argparse -s (__fish_millrace_global_optspecs) -- $cmd 2>/dev/null\n";
    assert_eq!(script.matches(parsed).count(), 1, "another script");
    let with_a_value = parsed.replace("$cmd", "$cmd ''");
    script.replace(parsed, &format!("{parsed}    or {with_a_value}"))
}

/// Where a file may stand as well, the generated script takes the name of a command for one, and offers nothing of that
/// command. Files are offered beside the commands instead, as the first word alone.
fn commands_before_files(script: &str) -> String {
    let file = script.lines().find(|line| line.starts_with("'::inputs")).expect("a place for files");
    let offered = "_describe -t commands 'millrace commands' commands \"$@\"";
    assert_eq!((script.matches("$line[2]").count(), script.matches(offered).count()), (3, 1), "another script");
    let script = script.replace(&format!("{file}\n"), "").replace("$line[2]", "$line[1]");
    script.replace(offered, &format!("{offered}\n    _files"))
}

#[test]
fn every_kind_of_error_is_explained_and_no_other() {
    let page = read("docs/command-line.md");
    let begin = page.find("| kind | what happened |").expect("the table of kinds");
    let rows = page[begin..].lines().skip(2).take_while(|line| line.starts_with('|'));
    let explained: Vec<&str> =
        rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let known: BTreeSet<&str> = ErrorKind::ALL.into_iter().map(ErrorKind::as_str).collect();
    assert_eq!(explained.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(explained.len(), known.len(), "each once: {explained:?}");
}
