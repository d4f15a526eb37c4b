//! The map of ARCHITECTURE.md, enforced: which room names which, what stays pure, how long a file may be. Reads the
//! source as text, without comments, strings and test code. The checker itself is tested on made-up sources below.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Who may name whom. A room is a top-level module; it may always name itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["window", "cli", "lab", "worker"]),
    ("window", &["lab", "engine", "store", "intake", "demo", "trace", "model"]),
    ("cli", &["lab", "engine", "store", "intake", "demo", "trace", "model"]),
    ("lab", &["engine", "task", "demo", "model"]),
    ("engine", &["worker", "task", "store", "sync", "model"]),
    ("worker", &["task", "model"]),
    ("task", &["model"]),
    ("store", &["model"]),
    ("intake", &["model"]),
    ("trace", &["model"]),
    ("sync", &[]),
    ("demo", &[]),
    ("model", &[]),
];

/// Parts that decide without touching the world: by folder or file, without the ending.
const PURE: &[&str] = &["src/model", "src/engine/core"];
const IMPURE_STD: &[&str] = &["fs", "net", "thread", "process", "env"];
const IMPURE_NAMES: &[&str] = &["Instant", "SystemTime"];

/// Crates that only the window may name.
const WINDOW_CRATES: &[&str] = &["egui", "eframe", "rfd"];
/// Crates that the demo may name: it stays out of the way of what it demonstrates.
const DEMO_CRATES: &[&str] = &["std", "image", "fast_image_resize", "percent_encoding"];

const LONGEST_FILE: usize = 400;
/// Files that may be longer, each with its reason.
const LONGER_FILES: &[(&str, &str)] = &[];

const COLOURS: &str = "src/window/theme.rs";
/// What `Color32` offers that is no colour.
const NO_COLOURS: &[&str] = &["TRANSPARENT", "PLACEHOLDER"];

#[test]
fn the_source_keeps_to_its_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = rust_files(&root.join("src"));
    assert!(files.len() > 10, "the source was found: {} files", files.len());
    let mut faults = Vec::new();
    for file in files {
        let name = file.strip_prefix(root).expect("a file of this crate").to_string_lossy().replace('\\', "/");
        let source = std::fs::read_to_string(&file).expect("a readable source file");
        faults.extend(check(&name, &source).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What is wrong with one file. `name` is its path from the root of the crate, with `/`.
fn check(name: &str, source: &str) -> Vec<String> {
    // A file of tests is declared behind `#[cfg(test)]` by its parent, which is not seen here.
    if name.ends_with("/tests.rs") || name.contains("/tests/") {
        return Vec::new();
    }
    let plain = without_comments_and_strings(source);
    let (code, lines) = without_test_code(&plain);
    let words = words(&code);
    let module = module_of(name);
    let mut faults = Vec::new();
    check_arrows(&module, &code, &mut faults);
    check_crates(&module, &code, &words, &mut faults);
    check_purity(name, &code, &words, &mut faults);
    check_colours(name, &code, &mut faults);
    if lines > LONGEST_FILE && !LONGER_FILES.iter().any(|(file, _)| *file == name) {
        faults.push(format!("{lines} lines without tests, more than {LONGEST_FILE}: divide it"));
    }
    faults
}

/// `src/task/image/mod.rs` is `[task, image]`; `src/lib.rs` is empty.
fn module_of(name: &str) -> Vec<String> {
    let inside = name.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib") {
        module.pop();
    }
    module
}

fn check_arrows(module: &[String], code: &str, faults: &mut Vec<String>) {
    // lib.rs only declares the rooms.
    let Some(room) = module.first() else { return };
    let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| from == room) else {
        faults.push(format!("{room} is not on the map: add the room to ARCHITECTURE.md and to tests/architecture.rs"));
        return;
    };
    let mut named = BTreeSet::new();
    named.extend(children(code, "crate"));
    named.extend(children(code, "millrace"));
    // `super` often enough is the crate as well.
    named.extend(children(code, &vec!["super"; module.len()].join("::")));
    for target in named {
        let is_room = ARROWS.iter().any(|(room, _)| *room == target);
        if is_room && target != *room && !allowed.contains(&target.as_str()) {
            faults.push(format!("{room} names {target}, which ARCHITECTURE.md does not allow"));
        }
    }
}

fn check_crates(module: &[String], code: &str, words: &BTreeSet<&str>, faults: &mut Vec<String>) {
    let Some(room) = module.first() else { return };
    if room != "window" {
        for name in WINDOW_CRATES.iter().filter(|name| words.contains(*name)) {
            faults.push(format!("{room} names {name}: only the window draws"));
        }
    }
    if room == "demo" {
        for root in roots_of_use(code) {
            let own = ["crate", "super", "self"].contains(&root.as_str()) || code.contains(&format!("mod {root}"));
            if !own && !DEMO_CRATES.contains(&root.as_str()) {
                faults
                    .push(format!("the demo names {root}: it gets by with std, the image crates and percent-encoding"));
            }
        }
    }
}

fn check_purity(name: &str, code: &str, words: &BTreeSet<&str>, faults: &mut Vec<String>) {
    let is_within = |part: &str| name.strip_prefix(part).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'));
    let Some(part) = PURE.iter().find(|part| is_within(part)) else { return };
    for child in children(code, "std").iter().filter(|child| IMPURE_STD.contains(&child.as_str())) {
        faults.push(format!("std::{child} in {part}, which does no I/O, starts no threads and has no clock"));
    }
    for word in IMPURE_NAMES.iter().filter(|word| words.contains(*word)) {
        faults.push(format!("{word} in {part}, which has no clock: take the time as an argument"));
    }
}

fn check_colours(name: &str, code: &str, faults: &mut Vec<String>) {
    if name == COLOURS {
        return;
    }
    for item in children(code, "Color32") {
        let is_constant = item.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if item.starts_with("from_") || (is_constant && !NO_COLOURS.contains(&item.as_str())) {
            faults.push(format!("Color32::{item}: colours live in {COLOURS}"));
        }
    }
    if code.contains("hex_color!") {
        faults.push(format!("hex_color!: colours live in {COLOURS}"));
    }
}

/// The names that directly follow `path::` anywhere in the code, those in braces included.
fn children(code: &str, path: &str) -> BTreeSet<String> {
    let dense: String = code.split_whitespace().collect::<Vec<_>>().join(" ").replace(" :: ", "::");
    let dense = dense.replace(":: ", "::").replace(" ::", "::");
    let start = format!("{path}::");
    let mut found = BTreeSet::new();
    for (at, _) in dense.match_indices(&start) {
        // Not the end of a longer name, nor of a longer chain: `my_crate::`, `super::super::`.
        let is_longer = dense[..at].ends_with(is_name) || dense[..at].ends_with("super::");
        if is_longer {
            continue;
        }
        let rest = &dense[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_heads(group)),
            None => found.extend(first_name(rest)),
        }
    }
    found
}

/// The first name of every entry of a brace group whose `{` was just read.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut at_head, mut heads) = (1, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => at_head = true,
            _ if depth == 1 && at_head && is_name(c) => {
                heads.extend(first_name(&group[at..]));
                at_head = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

fn first_name(text: &str) -> Option<String> {
    let name: String = text.trim_start_matches("r#").chars().take_while(|&c| is_name(c)).collect();
    (!name.is_empty()).then_some(name)
}

/// The first name of every `use`.
fn roots_of_use(code: &str) -> BTreeSet<String> {
    let starts = code.match_indices("use ").filter(|(at, _)| !code[..*at].ends_with(is_name));
    starts.filter_map(|(at, word)| first_name(code[at + word.len()..].trim_start_matches([':', ' ']))).collect()
}

fn words(code: &str) -> BTreeSet<&str> {
    code.split(|c| !is_name(c)).filter(|word| !word.is_empty()).collect()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The code with comments and the insides of strings and characters blanked. Line ends stay.
fn without_comments_and_strings(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let length = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => chars[at..].iter().take_while(|&&c| c != '\n').count(),
            ('/', Some('*')) => block_comment(&chars[at..]),
            ('"', _) => quoted(&chars[at..]),
            ('r', Some('"' | '#')) if at == 0 || !is_name(chars[at - 1]) || chars[at - 1] == 'b' => {
                raw_string(&chars[at..])
            }
            ('\'', _) => character(&chars[at..]),
            _ => 0,
        };
        if length == 0 {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..at + length].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at += length;
        }
    }
    out
}

fn block_comment(chars: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(chars: &[char]) -> usize {
    let mut at = 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// `r"…"`, `r#"…"#`; 0 for a raw name such as `r#type`.
fn raw_string(chars: &[char]) -> usize {
    let hashes = chars[1..].iter().take_while(|&&c| c == '#').count();
    if chars.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let inside = &chars[hashes + 2..];
    inside.windows(end.len()).position(|window| window == end).map_or(chars.len(), |at| hashes + 2 + at + end.len())
}

/// `'x'` or `'\…'`; 0 for a lifetime.
fn character(chars: &[char]) -> usize {
    match chars {
        // Whatever follows the backslash belongs to it, a quote too.
        ['\'', '\\', _, rest @ ..] => rest.iter().position(|&c| c == '\'').map_or(0, |at| at + 4),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

/// The code without its `#[cfg(test)]` items, and how many lines are left. Expects comments and strings to be blanked.
fn without_test_code(plain: &str) -> (String, usize) {
    let mut code = String::new();
    let mut test_lines = 0;
    let mut rest = plain;
    while let Some(at) = rest.find("#[cfg(test)]").into_iter().chain(rest.find("#[cfg(all(test")).min() {
        let item = &rest[at..];
        let end = item_end(item);
        code.push_str(&rest[..at]);
        test_lines += item[..end].matches('\n').count() + 1;
        rest = &item[end..];
    }
    code.push_str(rest);
    let lines = plain.lines().count().saturating_sub(test_lines);
    (code, lines)
}

/// Where an item ends: at the `;` or at the closing brace, whichever belongs to it.
fn item_end(item: &str) -> usize {
    let mut depth = 0;
    for (at, c) in item.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 && (c == ';' || c == '}') {
            return at + 1;
        }
    }
    item.len()
}

#[cfg(test)]
mod the_checker {
    use super::check;

    fn faults(name: &str, source: &str) -> String {
        check(name, source).join("; ")
    }

    #[test]
    fn finds_forbidden_arrows_however_they_are_written() {
        for source in [
            "use crate::engine::Engine;",
            "use crate::{model::Job, engine::Engine};",
            "use crate::{\n    model::{Job, Task},\n    engine,\n};",
            "pub(crate) use ::millrace::engine as other;",
            "use super::super::engine::Engine;",
            "fn f() -> crate :: engine :: Engine { loop {} }",
            "const X: char = '\"'; use crate::engine::Engine; // \"",
            "const X: char = '\\''; use crate::engine::Engine;",
            "const X: &str = r#\"\"\"#; fn f<'a>(e: &'a crate::engine::Engine) {}",
        ] {
            let found = faults("src/task/page.rs", source);
            assert!(found.contains("task names engine"), "{source:?}: {found:?}");
        }
    }

    #[test]
    fn lets_allowed_arrows_pass() {
        for source in [
            "use crate::model::Job; use crate::task::run; use super::control;",
            "/// [`crate::engine::Engine`] runs it, */ crate::engine\nfn f() {}",
            "/* outer /* crate::engine */ crate::engine */ fn f() {}",
            "const X: &str = \"crate::engine \\\" crate::engine\";",
            "const X: &str = r##\"crate::engine \"# crate::engine\"##;",
            "#[cfg(test)]\nmod tests {\n    use crate::engine::Engine;\n    fn f() { if true {} }\n}\nfn g() {}",
            "#[cfg(test)] use crate::engine::Engine;",
            "use my_crate::engine; use super::engine;",
        ] {
            assert_eq!(faults("src/task/page.rs", source), "", "{source:?}");
        }
    }

    #[test]
    fn code_after_the_tests_still_counts() {
        let source = "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::window::App;";
        assert_eq!(faults("src/engine/mod.rs", source), "engine names window, which ARCHITECTURE.md does not allow");
        assert_eq!(faults("src/engine/tests.rs", "use crate::window::App;"), "");
    }

    #[test]
    fn finds_a_room_that_is_not_on_the_map() {
        assert!(faults("src/utils.rs", "").contains("not on the map"));
        assert_eq!(faults("src/lib.rs", "pub mod utils;"), "");
    }

    #[test]
    fn finds_impure_code_in_pure_parts() {
        for source in ["use std::fs;", "use std::{io, net::TcpStream};", "fn f() { ::std::thread::yield_now() }"] {
            assert!(faults("src/model/job.rs", source).contains("does no I/O"), "{source:?}");
            assert!(faults("src/engine/core/step.rs", source).contains("does no I/O"), "{source:?}");
            assert_eq!(faults("src/engine/shell.rs", source), "");
        }
        assert!(faults("src/engine/core.rs", "use std::time::{Duration, Instant};").contains("has no clock"));
        assert_eq!(faults("src/model/time.rs", "use std::time::Duration; use std::path::Path;"), "");
    }

    #[test]
    fn finds_crates_in_the_wrong_room() {
        assert!(faults("src/engine/mod.rs", "fn f(ctx: &egui::Context) {}").contains("only the window draws"));
        assert_eq!(faults("src/window/mod.rs", "use egui::Context;"), "");
        assert!(faults("src/demo/mod.rs", "use reqwest::Client;").contains("gets by with std"));
        assert_eq!(
            faults("src/demo/mod.rs", "mod server; use std::io; use image::RgbImage; pub use server::Server;"),
            ""
        );
    }

    #[test]
    fn finds_colours_outside_the_theme() {
        for source in ["fn f() { Color32::from_rgb(1, 2, 3); }", "const X: Color32 = egui::Color32::RED;"] {
            assert!(faults("src/window/queue.rs", source).contains("colours live in"), "{source:?}");
            assert_eq!(faults("src/window/theme.rs", source), "");
        }
        assert_eq!(
            faults("src/window/queue.rs", "fn f(c: Color32) { c.gamma_multiply(0.5); Color32::TRANSPARENT; }"),
            ""
        );
    }

    #[test]
    fn counts_lines_without_tests() {
        let code = "fn f() {}\n".repeat(400);
        assert_eq!(faults("src/cli/mod.rs", &code), "");
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    fn f() {}\n".repeat(300));
        assert_eq!(faults("src/cli/mod.rs", &format!("{code}{tests}")), "");
        assert!(faults("src/cli/mod.rs", &format!("{code}{code}{tests}")).contains("800 lines"));
    }
}
