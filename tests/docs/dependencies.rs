//! docs/dependencies.md has every direct dependency once, with a reason and the licence that the crate itself names, and none
//! that is gone.

use crate::generated::{read, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use toml::Table;

/// What the page says of a crate: its row, cell by cell.
fn rows() -> BTreeMap<String, Vec<String>> {
    let page = read("docs/dependencies.md");
    let mut rows = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        // Crates of one family share a row.
        for name in cells[0].split('`').skip(1).step_by(2) {
            assert!(rows.insert(name.to_owned(), cells.clone()).is_none(), "{name} is there twice");
        }
    }
    rows
}

/// The names of all direct dependencies, whatever they are for.
fn direct() -> BTreeSet<String> {
    fn add(table: &Table, found: &mut BTreeSet<String>) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            found.extend(table.get(kind).and_then(toml::Value::as_table).into_iter().flat_map(Table::keys).cloned());
        }
    }
    let manifest: Table = toml::from_str(&read("Cargo.toml")).expect("a manifest");
    let mut found = BTreeSet::new();
    add(&manifest, &mut found);
    let targets = manifest["target"].as_table().into_iter().flat_map(Table::values);
    targets.filter_map(toml::Value::as_table).for_each(|target| add(target, &mut found));
    found
}

#[test]
fn every_dependency_has_its_reason_and_none_is_stale() {
    let rows = rows();
    let explained: BTreeSet<String> = rows.keys().cloned().collect();
    let direct = direct();
    let unexplained: Vec<_> = direct.difference(&explained).collect();
    assert!(unexplained.is_empty(), "docs/dependencies.md says nothing of {unexplained:?}");
    let stale: Vec<_> = explained.difference(&direct).collect();
    assert!(stale.is_empty(), "docs/dependencies.md explains {stale:?}, which nothing uses");
    for (name, cells) in &rows {
        assert_eq!(cells.len(), 5, "{name}: {cells:?}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{name} has an empty cell");
    }
}

#[test]
fn the_licences_are_those_that_the_crates_name() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // What other systems need may not be here.
    let host = Command::new(&cargo).args(["-vV"]).output().expect("started");
    let host =
        String::from_utf8_lossy(&host.stdout).lines().find_map(|line| line.strip_prefix("host: ").map(str::to_owned));
    let run = Command::new(&cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"])
        .arg(host.expect("the name of this system"))
        .current_dir(root())
        .output()
        .expect("started");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let metadata: Value = serde_json::from_slice(&run.stdout).expect("what cargo says");
    let mut licences: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let licence = package["license"].as_str().unwrap_or("none").replace('/', " OR ");
        licences.entry(package["name"].as_str().unwrap_or_default()).or_default().insert(licence);
    }
    let mut compared = 0;
    for (name, cells) in rows() {
        // A feature that is off, or another system.
        let Some(known) = licences.get(&*name) else { continue };
        assert!(known.contains(&cells[3]), "{name} is under {known:?}, and not {}", cells[3]);
        compared += 1;
    }
    assert!(compared > 60, "the crates were found: {compared}");
}
