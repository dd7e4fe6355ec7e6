//! The shape of the source tree is what the design says: who may know whom, what the
//! core may link, how every file begins, how large it may be.
//!
//! In: manifests, the lock file, the sources. Each test names everything that is wrong,
//! not only the first.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Every crate of ours, where it lies, and which of ours it may know.
const ARROWS: [(&str, &str, &[&str]); 7] = [
    ("vedette-wire", "agent/wire", &[]),
    ("vedette-triage", "collector/triage", &["vedette-wire"]),
    ("vedette-config", "config", &["vedette-wire"]),
    (
        "vedette-policy",
        "config/policy",
        &["vedette-config", "vedette-triage", "vedette-wire"],
    ),
    (
        "vedette-agent",
        "agent",
        &["vedette-config", "vedette-wire"],
    ),
    (
        "vedette-collector",
        "collector",
        &[
            "vedette-config",
            "vedette-policy",
            "vedette-triage",
            "vedette-wire",
        ],
    ),
    (
        "vedette-tests",
        "tests",
        &[
            "vedette-agent",
            "vedette-collector",
            "vedette-config",
            "vedette-policy",
            "vedette-triage",
            "vedette-wire",
        ],
    ),
];

/// What the pure core links besides the standard library.
const CORE_LINKS: [&str; 3] = ["regex", "serde", "vedette-wire"];

/// What must never reach the machines of other people through the agent: parsers of
/// conditions and templates, stores, listeners.
const NOT_IN_THE_AGENT: [&str; 7] = [
    "axum",
    "cel",
    "libsqlite3-sys",
    "minijinja",
    "prometheus",
    "rusqlite",
    "tokio-postgres",
];

/// Lines of one file, its tests not counted.
const LINES_MAX: usize = 600;

#[test]
fn every_crate_knows_only_those_the_design_lets_it_know() {
    let mut wrong = Vec::new();
    for (name, folder, allowed) in ARROWS {
        let manifest = manifest(folder);
        assert_eq!(
            manifest["package"]["name"].as_str(),
            Some(name),
            "in {folder}"
        );
        // Tests of a crate obey the arrows, too: the core's do not need a collector.
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for known in names(&manifest, section) {
                if known.starts_with("vedette-") && !allowed.contains(&known.as_str()) {
                    wrong.push(format!(
                        "{name} must not know {known} ({folder}, {section})"
                    ));
                }
            }
        }
    }
    none("arrows against the design", &wrong);
}

#[test]
fn every_member_of_the_workspace_has_its_place_in_the_design() {
    let members = &manifest("")["workspace"]["members"];
    let members = members.as_array().expect("the workspace lists its members");
    let members: BTreeSet<&str> = members.iter().filter_map(Value::as_str).collect();
    let designed: BTreeSet<&str> = ARROWS.iter().map(|(_, folder, _)| *folder).collect();
    assert_eq!(members, designed);
}

#[test]
fn the_core_links_nothing_but_the_wire_serde_and_regex() {
    let links = names(&manifest("collector/triage"), "dependencies");
    assert_eq!(links, CORE_LINKS.map(str::to_owned).into());
}

#[test]
fn the_agent_links_no_condition_parser_no_store_and_no_listener() {
    let linked = linked_by("vedette-agent");
    assert!(
        linked.contains("reqwest"),
        "the walk through the lock file finds what is there"
    );
    let wrong: Vec<String> = NOT_IN_THE_AGENT
        .iter()
        .filter(|name| linked.contains(**name))
        .map(|name| format!("vedette-agent links {name}"))
        .collect();
    none("crates that do not belong into the agent", &wrong);
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    let wrong: Vec<String> = ARROWS
        .iter()
        .filter(|(_, folder, _)| {
            let manifest = manifest(folder);
            let lints = manifest
                .get("lints")
                .and_then(|lints| lints.get("workspace"));
            lints.and_then(Value::as_bool) != Some(true)
        })
        .map(|(name, ..)| format!("{name}: [lints] workspace = true is missing"))
        .collect();
    none("crates without the workspace's lints", &wrong);
}

#[test]
fn every_dependency_is_declared_once_and_says_why() {
    let text = read(&root().join("Cargo.toml"));
    let section = text
        .split("[workspace.dependencies]")
        .nth(1)
        .expect("it is there");
    let section = section.split("\n[").next().unwrap_or_default();
    let mut wrong: Vec<String> = section
        .lines()
        .filter(|line| line.contains(" = ") && !line.starts_with("vedette-"))
        .filter(|line| !line.trim_start().starts_with('#') && !line.contains(" # "))
        .map(|line| format!("no reason: {line}"))
        .collect();
    for (name, folder, _) in ARROWS {
        let manifest = manifest(folder);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (dependency, how) in manifest
                .get(section)
                .and_then(Value::as_table)
                .into_iter()
                .flatten()
            {
                if how.get("workspace").and_then(Value::as_bool) != Some(true) {
                    wrong.push(format!("{name} declares {dependency} itself"));
                }
            }
        }
    }
    none("dependencies without a reason", &wrong);
}

#[test]
fn every_source_file_says_first_what_it_decides_or_keeps() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|path| !read(path).starts_with("//! "))
        .map(|path| shown(&path))
        .collect();
    none(
        "files whose first line does not say what they are for",
        &wrong,
    );
}

#[test]
fn no_source_file_is_longer_than_a_reader_can_hold() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|path| !is_test(path))
        .map(|path| (lines_outside_tests(&read(&path)), path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, path)| format!("{} has {lines} lines", shown(&path)))
        .collect();
    none(&format!("files of more than {LINES_MAX} lines"), &wrong);
}

#[test]
fn no_file_names_a_path_of_the_machine_it_was_written_on() {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let places = [Some(root().display().to_string()), home.ok()];
    let mut wrong = Vec::new();
    for path in files(
        &root(),
        &[
            "rs", "toml", "md", "sh", "pl", "json", "lock", "yml", "snap",
        ],
    ) {
        let text = read(&path);
        for place in places
            .iter()
            .flatten()
            .filter(|place| text.contains(place.as_str()))
        {
            wrong.push(format!("{} contains {place}", shown(&path)));
        }
    }
    none("files with paths of this machine", &wrong);
}

/// Fails with every finding on a line of its own.
fn none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n  {}", wrong.join("\n  "));
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the tests lie in the workspace")
        .to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

fn manifest(folder: &str) -> Table {
    let path = root().join(folder).join("Cargo.toml");
    read(&path)
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names(manifest: &Table, section: &str) -> BTreeSet<String> {
    let table = manifest.get(section).and_then(Value::as_table);
    table
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

/// Every crate that is linked into one of ours: our manifests say what it asks for, the
/// lock file what that brings. (The lock file alone would count what only tests need.)
fn linked_by(ours: &str) -> BTreeSet<String> {
    let lock = locked();
    let mut linked = BTreeSet::new();
    let mut todo = vec![ours.to_owned()];
    while let Some(name) = todo.pop() {
        if !linked.insert(name.clone()) {
            continue;
        }
        match ARROWS.iter().find(|(our, ..)| *our == name) {
            Some((_, folder, _)) => todo.extend(names(&manifest(folder), "dependencies")),
            None => todo.extend(lock.get(&name).cloned().unwrap_or_default()),
        }
    }
    linked
}

/// What each crate of the lock file asks for, all its versions together.
fn locked() -> BTreeMap<String, BTreeSet<String>> {
    let lock: Table = read(&root().join("Cargo.lock"))
        .parse()
        .expect("the lock file is TOML");
    let mut asks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock["package"]
        .as_array()
        .expect("the lock file lists packages")
    {
        let name = package["name"].as_str().expect("a package has a name");
        let wanted = package.get("dependencies").and_then(Value::as_array);
        // "name", or "name version" where there are several.
        let wanted = wanted.into_iter().flatten().filter_map(Value::as_str);
        let wanted = wanted
            .filter_map(|entry| entry.split(' ').next())
            .map(str::to_owned);
        asks.entry(name.to_owned()).or_default().extend(wanted);
    }
    asks
}

fn sources() -> Vec<PathBuf> {
    let found = files(&root(), &["rs"]);
    assert!(
        found.len() > ARROWS.len(),
        "the sources are where they are looked for"
    );
    found
}

/// Every file with one of these endings, below the folders that are ours.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        let entries = fs::read_dir(&folder).expect("folders of the source tree can be read");
        for path in entries.map(|entry| entry.expect("its entries, too").path()) {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let ending = path
                .extension()
                .and_then(|ending| ending.to_str())
                .unwrap_or_default();
            if path.is_dir() && name != "target" && name != ".git" {
                todo.push(path);
            } else if path.is_file() && endings.contains(&ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_test(path: &Path) -> bool {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    let in_tests = inside.components().any(|part| part.as_os_str() == "tests");
    in_tests
        || path
            .file_stem()
            .is_some_and(|stem| stem.to_string_lossy().ends_with("tests"))
}

/// Lines before a module of tests in the same file, which stands last.
fn lines_outside_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{');
    lines.windows(2).position(begins).unwrap_or(lines.len())
}
