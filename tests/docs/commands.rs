//! Commands that the pages name: those of `millrace` are ones that the program takes, those of `make` and of the folder
//! `scripts` are there.

use crate::generated::{read, root};
use crate::pages::{PAGES, code_blocks, inline_code};
use crate::reference::{all_commands, program};
use clap::Parser;
use clap::error::ErrorKind;
use millrace::cli::Cli;
use std::collections::BTreeSet;

/// The words of a line as a shell takes them, divided where another command begins. Comments are left out, redirections too.
fn commands_of(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words) = (Vec::new(), Vec::new());
    let mut word: Option<String> = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => word.get_or_insert_default().extend(chars.by_ref().take_while(|inner| *inner != c)),
            '#' if word.is_none() => break,
            '|' | ';' | '&' => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
            }
            // What follows is the name of a file.
            '<' | '>' if word.is_none() => {
                while chars.next_if(|next| next.is_whitespace()).is_some() {}
                while chars.next_if(|next| !next.is_whitespace()).is_some() {}
            }
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    commands.push(words);
    commands.retain(|words| !words.is_empty());
    commands
}

/// Why the program would not take these words. `whole` ones have all that is needed; a name in the text may be short for
/// more, or hold words in capitals for values.
fn refusal(words: &[String], whole: bool) -> Option<String> {
    // The window takes any word for a file.
    if let Some(word) = words.get(1).filter(|word| !word.contains(['-', '/', '.', '~', ':']))
        && !program().get_subcommands().any(|command| command.get_name() == word)
    {
        return Some(format!("there is no command {word}"));
    }
    let error = Cli::try_parse_from(words).err()?;
    let is_short = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument
            | ErrorKind::MissingSubcommand
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let stands_for_values = error.kind() == ErrorKind::ValueValidation;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => None,
        _ if !whole && (is_short || stands_for_values) => None,
        _ => Some(error.to_string()),
    }
}

fn is_call(words: &[String]) -> bool {
    words.first().is_some_and(|first| first == "millrace")
}

#[test]
fn every_command_of_the_pages_is_one_that_the_program_takes() {
    let mut found = 0;
    for page in PAGES {
        let text = read(page);
        for block in code_blocks(&text).iter().filter(|block| matches!(&*block.language, "" | "sh" | "console")) {
            for words in block.text.lines().flat_map(commands_of).filter(|words| is_call(words)) {
                found += 1;
                let refusal = refusal(&words, true);
                assert!(refusal.is_none(), "{page}: {}: {}", words.join(" "), refusal.unwrap_or_default());
            }
        }
        for words in inline_code(&text).iter().flat_map(|code| commands_of(code)).filter(|words| is_call(words)) {
            found += 1;
            let refusal = refusal(&words, false);
            assert!(refusal.is_none(), "{page}: {}: {}", words.join(" "), refusal.unwrap_or_default());
        }
    }
    assert!(found > 40, "the commands were found: {found}");
}

/// Options of other programs, which the pages name too.
const FOREIGN: &[&str] = &["--release", "--no-default-features", "--features", "--locked", "--version", "--help"];

#[test]
fn every_option_of_the_pages_is_one_of_the_program() {
    let program = program();
    let commands = all_commands(&program);
    let known: BTreeSet<String> = commands
        .iter()
        .flat_map(|(_, command)| command.get_arguments())
        .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
        .collect();
    for page in PAGES {
        for code in inline_code(&read(page)).iter().filter(|code| code.starts_with("--")) {
            let option = code.split([' ', '=']).next().unwrap_or_default();
            assert!(known.contains(option) || FOREIGN.contains(&option), "{page}: there is no option {option}");
        }
    }
}

#[test]
fn every_goal_of_make_and_every_script_is_there() {
    let makefile = read("Makefile");
    let is_goal = |goal: &str| makefile.lines().any(|line| line.split(':').next() == Some(goal) && line.contains(':'));
    let mut found = 0;
    for page in PAGES {
        let text = read(page);
        let lines =
            code_blocks(&text).into_iter().flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>());
        for words in lines.chain(inline_code(&text)).flat_map(|line| commands_of(&line)) {
            let words: Vec<&String> = words.iter().skip_while(|word| word.contains('=')).collect();
            match words.as_slice() {
                [make, goal, ..] if *make == "make" && goal.as_str() != "bench*" => {
                    found += 1;
                    assert!(is_goal(goal), "{page}: make {goal} is not in the Makefile");
                }
                [script, ..] if script.starts_with("scripts/") => {
                    assert!(root().join(script).is_file(), "{page}: there is no {script}");
                }
                _ => {}
            }
        }
    }
    assert!(found > 5, "the goals were found: {found}");
    let help =
        makefile.lines().filter_map(|line| line.trim().strip_prefix("@echo 'make ")).map(|line| line.split(' ').next());
    let explained: Vec<&str> = help.flatten().collect();
    for goal in makefile.lines().find_map(|line| line.strip_prefix(".PHONY: ")).expect("its goals").split(' ') {
        assert!(goal == "help" || explained.contains(&goal), "make help does not explain make {goal}");
    }
}

#[test]
fn lines_are_read_as_a_shell_reads_them() {
    let line = "millrace grab 'https://h/[1-2]' --match \"*.pdf\" | millrace get -i - -d papers < a.txt # why";
    let words: Vec<String> = commands_of(line).iter().map(|words| words.join(" ")).collect();
    assert_eq!(words, ["millrace grab https://h/[1-2] --match *.pdf", "millrace get -i - -d papers"]);
    assert!(refusal(&commands_of("millrace get --no-such-option")[0], false).is_some());
    assert!(refusal(&commands_of("millrace get -d out http://h/a --lanes 0")[0], true).is_some());
    assert!(refusal(&commands_of("millrace frobnicate --lanes 2")[0], true).is_some());
}
