//! What packages are made of: it is all there, and says the same everywhere.

use crate::generated::{read, root};
use std::collections::BTreeSet;
use toml::{Table, Value};

fn manifest() -> Table {
    toml::from_str(&read("Cargo.toml")).expect("a manifest")
}

fn deb() -> Table {
    manifest()["package"]["metadata"]["deb"].as_table().expect("a table").clone()
}

fn files_of(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn everything_that_goes_into_the_package_is_there() {
    let deb = deb();
    let assets = deb["assets"].as_array().expect("a list");
    let sources: Vec<&str> = assets.iter().filter_map(|asset| asset[0].as_str()).collect();
    for source in sources.iter().filter(|source| !source.starts_with("target/release/")) {
        let (folder, name) = source.rsplit_once('/').unwrap_or(("", source));
        let is_there = match name.strip_prefix('*') {
            Some(end) => files_of(folder).iter().any(|file| file.ends_with(end)),
            None => root().join(source).is_file(),
        };
        assert!(is_there, "there is no {source}");
    }
    let script = read("scripts/package");
    for source in sources {
        let named = source.strip_prefix("target/release/").unwrap_or(source);
        let named = named.strip_prefix("assets/package/").unwrap_or(named);
        assert!(script.contains(named), "the archive that scripts/package makes lacks {source}");
    }
}

/// What the window opens at run time is listed for `make run`; whoever installs the package needs the same.
#[test]
fn the_package_depends_on_what_the_window_needs() {
    let deb = deb();
    let names = |key: &str| deb[key].as_str().unwrap_or_default().split(", ").map(str::to_owned).collect::<Vec<_>>();
    let named: BTreeSet<String> = names("depends").into_iter().chain(names("recommends")).collect();
    let setup = read("scripts/setup");
    let needed = setup.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let needed: Vec<&str> = needed
        .filter_map(|words| match words.as_slice() {
            ["run" | "wayland", package, _, ..] => Some(*package),
            _ => None,
        })
        .collect();
    assert!(needed.len() > 10, "the list was found: {needed:?}");
    for package in needed {
        assert!(named.contains(package), "the package does not depend on {package}, which scripts/setup installs");
    }
}

#[test]
fn every_list_of_versions_has_this_one() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("assets/package/changelog").starts_with(&format!("millrace ({version}-1)")));
    assert!(read("CHANGELOG.md").contains(&format!("\n## {version}")));
    let releases = read("assets/package/org.millrace.millrace.metainfo.xml");
    let newest = releases.split("<release version=\"").nth(1).and_then(|rest| rest.split('"').next());
    assert_eq!(newest, Some(version));
    for (name, licence) in
        [("Cargo.toml", "license = \"MIT OR Apache-2.0\""), ("assets/package/copyright", "MIT License")]
    {
        assert!(read(name).contains(licence), "{name}");
    }
}

/// Where nobody chose a program, desktops take the first by name.
#[test]
fn nobody_gets_it_as_a_browser_or_a_viewer_unasked() {
    assert!(!read("assets/package/millrace.desktop").contains("\nMimeType="));
    let offered = read("assets/package/zz-millrace-open.desktop");
    let types = offered.lines().find_map(|line| line.strip_prefix("MimeType=")).expect("what it is offered for");
    assert!(types.contains("x-scheme-handler/https;") && types.contains("image/jpeg;") && !types.contains("magnet"));
    assert!(offered.contains("\nNoDisplay=true\n") && offered.contains("\nInitialPreference=0\n"));
}

/// `cargo install` builds of what `cargo package` takes along.
#[test]
fn what_the_build_reads_is_not_left_out() {
    let manifest = manifest();
    let excluded: Vec<&str> =
        manifest["package"]["exclude"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(excluded.contains(&"/tests"));
    let mut waiting = vec![root().join("src")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap_or_default();
        for included in source.split("include_bytes!(\"").skip(1).chain(source.split("include_str!(\"").skip(1)) {
            let named = included.split('"').next().unwrap_or_default();
            let file = path.parent().expect("a folder").join(named).canonicalize();
            let file = file.unwrap_or_else(|error| panic!("{}: {named}: {error}", path.display()));
            let inside = file.strip_prefix(root().canonicalize().expect("the root")).expect("inside the clone");
            let inside = format!("/{}", inside.to_string_lossy());
            assert!(!excluded.iter().any(|left_out| inside.starts_with(left_out)), "{inside} is left out");
        }
    }
}
