//! The pages as text: links lead somewhere, figures are those of the benchmarks.

use crate::generated::{read, root};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What people read.
pub(crate) const PAGES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/benchmarks.md",
    "docs/command-line.md",
    "docs/coverage.md",
    "docs/dependencies.md",
    "docs/downloads.md",
    "docs/lab.md",
    "docs/recipes.md",
    "docs/security.md",
    "docs/threads-and-processes.md",
];

/// A block of code between fences.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The blocks of code of a page.
pub(crate) fn code_blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut parts = page.split("\n```");
    while let (Some(_), Some(block)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').unwrap_or((block, ""));
        blocks.push(Block { language: language.trim().to_owned(), text: text.to_owned() });
    }
    blocks
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    page.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// What stands between backticks in the text.
pub(crate) fn inline_code(page: &str) -> Vec<String> {
    prose(page)
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The goals of links and pictures, of `[text](goal)`.
fn links(page: &str) -> Vec<String> {
    // Code in backticks may look like a link.
    let text: String = prose(page).split('`').step_by(2).collect();
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// The anchors of a page's headings, as they are made where such pages are shown.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let of = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    };
    headings.map(of).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut found = 0;
    for page in PAGES {
        let text = read(page);
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            found += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(page).parent().unwrap_or(Path::new(""));
            let goal = if path.is_empty() { root().join(page) } else { root().join(folder).join(path) };
            assert!(goal.exists(), "{page} links to {link}, which is not there");
            if !anchor.is_empty() {
                let known = anchors(&std::fs::read_to_string(&goal).expect("a page"));
                assert!(known.contains(anchor), "{page} links to {link}; the headings there are {known:?}");
            }
        }
    }
    assert!(found > 20, "the links were found: {found}");
}

#[test]
fn every_page_is_checked() {
    let folder = std::fs::read_dir(root().join("docs")).expect("a folder");
    let files = folder.map(|entry| entry.expect("an entry").path());
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let page = format!("docs/{}", path.file_name().unwrap_or_default().to_string_lossy());
        assert!(PAGES.contains(&&*page), "{page} is not in PAGES");
    }
    let readme = read("README.md");
    for page in PAGES.iter().filter(|page| **page != "README.md") {
        assert!(
            links(&readme).iter().any(|link| link.split('#').next() == Some(page)),
            "the README does not link to {page}"
        );
    }
}

/// The map names files and folders by what their paths end in.
#[test]
fn every_file_that_the_architecture_names_is_there() {
    let mut paths = Vec::new();
    let mut waiting: Vec<PathBuf> =
        ["src", "tests", "benches", "docs", "scripts"].map(|folder| root().join(folder)).into();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
        paths.push(path);
    }
    let text = read("ARCHITECTURE.md");
    let map = code_blocks(&text).into_iter().find(|block| block.text.contains("src/main.rs")).expect("the map");
    let of_map = map.text.lines().filter_map(|line| line.split(' ').next()).filter(|word| word.contains('/'));
    let named = inline_code(&text).into_iter().filter(|code| !code.contains(' ') && code.contains('/'));
    let named: Vec<String> = named.chain(of_map.map(str::to_owned)).collect();
    assert!(named.len() > 15, "the names were found: {named:?}");
    for name in named {
        let name = name.trim_end_matches('/');
        let is_it = |path: &PathBuf| path.ends_with(name) || path.ends_with(format!("{name}.rs"));
        assert!(paths.iter().any(is_it), "ARCHITECTURE.md names {name}, which is not there");
    }
}

/// The numbers of a text that are measured and not counted: those with a decimal point or a separator of thousands, and those
/// before a unit of time.
fn measured(text: &str) -> Vec<String> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || "|()×".contains(c)).filter(|word| !word.is_empty()).collect();
    let number = |word: &str| {
        let number = word.trim_end_matches(['.', ',', ':', ';', '%']).to_owned();
        let is_number = number.starts_with(|c: char| c.is_ascii_digit());
        (is_number && number.chars().all(|c| c.is_ascii_digit() || ".,".contains(c))).then_some(number)
    };
    let units = ["ms", "s", "µs", "bytes"];
    let pairs = words.iter().zip(words.iter().skip(1).copied().chain([""]));
    let found = pairs.filter_map(|(word, next)| {
        let number = number(word)?;
        let has_unit = units.contains(&next.trim_end_matches(['.', ',', ';', ':']));
        (number.contains(['.', ',']) || has_unit).then_some(number)
    });
    found.collect()
}

/// A whole run of the benchmarks writes both from the same figures.
#[test]
fn every_figure_of_the_readme_is_in_a_row_of_the_benchmarks() {
    let readme = read("README.md");
    let section = readme.split("\n## ").find(|section| section.starts_with("Benchmarks")).expect("the section");
    assert!(section.contains("<!-- bench -->\n") && section.contains("\n<!-- end -->"), "the table has its place");
    let page = read("docs/benchmarks.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with('|')).collect();
    let known: BTreeSet<String> = measured(&rows.join("\n")).into_iter().collect();
    let figures = measured(section);
    assert!(figures.len() > 10, "the figures were found: {figures:?}");
    for figure in figures {
        assert!(known.contains(&figure), "{figure} is in the README and in no row of docs/benchmarks.md");
    }
}

#[test]
fn the_reader_of_pages_reads_them() {
    let page =
        "# A b: `c`\n\n[one](x.md#d) and `code [no](link)` here.\n\n```sh\nmillrace [no](link)\n```\n\n`two\nlines`\n";
    assert_eq!(links(page), ["x.md#d"]);
    assert!(anchors(page).contains("a-b-c"));
    assert_eq!(inline_code(page), ["c", "code [no](link)", "two lines"]);
    assert_eq!(code_blocks(page)[0].text, "millrace [no](link)");
    assert_eq!(measured("12.20 s (14.7 ×), 64 files, 3,070,000 and 73 ms."), ["12.20", "14.7", "3,070,000", "73"]);
}
