//! What every shipped rule file must have, so that none is half done.

use std::fs;

use toml::{Table, Value};

#[test]
fn every_shipped_rule_says_what_it_is_worth_what_it_means_and_what_to_do() {
    for (name, rule) in rules() {
        let text = |key: &str| rule.get(key).and_then(Value::as_str).unwrap_or_default();
        assert_eq!(text("name"), name, "the file is named like its rule");
        for key in ["component", "title", "means"] {
            assert!(!text(key).is_empty(), "{name} has no `{key}`");
        }
        for class in ["server", "workstation"] {
            let is_said = handling(&rule, class).is_some();
            assert!(is_said, "{name}: handling of a {class}");
        }
        let first = rule["first"].as_array().unwrap();
        assert!(!first.is_empty(), "{name} has no first command");
    }
}

#[test]
fn every_shipped_rule_has_tests_of_opening_of_waiting_and_of_ending() {
    for (name, rule) in rules() {
        let tests = rule["test"].as_array().unwrap();
        let expected = tests
            .iter()
            .flat_map(|test| test["expect"].as_array().unwrap());
        let mut fires = false;
        let mut titled = false;
        let mut ends = false;
        let mut before = false;
        for expected in expected {
            let is_ok = expected["state"].as_str().unwrap() == "ok";
            titled |= !is_ok && expected.get("title").is_some();
            before |= is_ok && !fires;
            ends |= is_ok && fires;
            fires |= !is_ok;
        }
        assert!(fires, "{name}: no test opens it");
        assert!(titled, "{name}: no test says its title");
        assert!(before, "{name}: no test says when it is not open yet");
        assert!(ends || is_ended_by_others(&name), "{name}: no test ends it");
        assert!(tests.len() > 1 || is_simple(&name), "{name}: no near miss");
    }
}

#[test]
fn what_is_worth_a_ticket_on_a_workstation_can_be_counted_on_one_hand() {
    let mut tickets = Vec::new();
    for (name, rule) in rules() {
        let handling = handling(&rule, "workstation");
        assert_ne!(handling, Some("page"), "{name}");
        if handling == Some("ticket") {
            tickets.push(name);
        }
    }
    let expected = [
        "disk-failing",
        "filesystem-read-only",
        "host-cloned",
        "workstation-system-disk",
    ];
    assert_eq!(tickets, expected);
}

/// What a rule is worth on a class of hosts: one word for all, or one for each.
fn handling<'a>(rule: &'a Table, class: &str) -> Option<&'a str> {
    match rule.get("handling")? {
        Value::String(word) => Some(word),
        of_classes => of_classes.get(class)?.as_str(),
    }
}

/// A job is well again when it has run well, which a test in a file cannot say.
fn is_ended_by_others(name: &str) -> bool {
    ["job-failed", "job-missed"].contains(&name)
}

/// One that is on a state or an event of its own: there is nothing near it that it must not be
/// opened by.
fn is_simple(name: &str) -> bool {
    let of_states = [
        "disk-failing",
        "disk-worn",
        "btrfs-device-missing",
        "reboot-required",
        "rule-undecided",
        "security-updates",
    ];
    let of_events = [
        "agent-lost-data",
        "host-cloned",
        "host-did-not-return",
        "job-failed",
        "job-missed",
        "unplanned-reboot",
    ];
    of_states.contains(&name) || of_events.contains(&name)
}

/// How many first commands a rule has.
pub(crate) fn first_commands(name: &str) -> usize {
    let rules = rules();
    let (_, rule) = rules.iter().find(|(known, _)| known == name).unwrap();
    rule["first"].as_array().unwrap().len()
}

/// Each file's rule by the file's name, in order.
fn rules() -> Vec<(String, Table)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../rules");
    let mut rules: Vec<(String, Table)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let file: Table = text.parse().unwrap();
            let all = file["rule"].as_array().unwrap();
            assert_eq!(all.len(), 1, "one rule in {}", path.display());
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, all[0].as_table().unwrap().clone())
        })
        .collect();
    rules.sort_by(|one, other| one.0.cmp(&other.0));
    rules
}
