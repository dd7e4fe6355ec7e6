//! What is inside the program is right: it loads without findings, and its tests pass.

#![allow(clippy::unwrap_used)]

use jiff::civil::Date;
use vedette_config::Findings;
use vedette_policy::{DRILL, Loaded, STORE_FULL, Sighting, Sources, load, run_tests};
use vedette_triage::detect::{EVENTS, TEXT};
use vedette_wire::metric::METRICS;

#[test]
fn no_file_at_all_is_a_policy_without_findings() {
    let loaded = shipped();
    assert_eq!(loaded.policy.teams[0].name, "it-ops");
    assert!(loaded.policy.receivers.is_empty() && loaded.policy.routes.is_empty());
    let in_force = loaded.policy.detection.iter();
    let in_force: Vec<String> = in_force.map(|rule| rule.name.to_string()).collect();
    assert_eq!(
        in_force,
        files(),
        "a file of config/rules is not in shipped.rs"
    );
}

#[test]
fn every_shipped_rule_does_what_its_tests_say() {
    let tests = run_tests(&shipped(), None);
    assert!(tests.passed(), "{}", tests.findings);
    let tested: Vec<&str> = tests
        .results
        .iter()
        .map(|result| result.rule.as_str())
        .collect();
    for rule in shipped().policy.detection.iter() {
        assert!(tested.contains(&&*rule.name), "{} has no test", rule.name);
    }
}

#[test]
fn every_rule_the_engine_can_meet_has_a_meaning_and_first_commands() {
    let Loaded { policy, titles, .. } = shipped();
    let of_metrics = METRICS
        .iter()
        .flat_map(|metric| metric.attributes.iter().chain(metric.describing));
    let of_events = EVENTS.iter().flat_map(|form| form.all_attributes());
    let named = of_metrics.copied().chain(of_events).chain([TEXT]);
    let attributes = named.map(|name| (name, "x")).collect();
    for rule in policy.rules.keys() {
        let sighting = Sighting {
            rule,
            host: "db-7",
            values: &[],
            attributes: &attributes,
        };
        assert!(
            !titles.means(&sighting).is_empty() && !titles.first(&sighting).is_empty(),
            "{rule}"
        );
    }
    assert!(policy.rules.contains_key(DRILL) && policy.rules.contains_key(STORE_FULL));
}

/// The names of the files in `config/rules`.
fn files() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../rules");
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".toml").unwrap().to_owned()
    };
    let mut files: Vec<String> = std::fs::read_dir(folder).unwrap().map(file).collect();
    files.sort_unstable();
    files
}

fn shipped() -> Loaded {
    let today = Date::constant(2026, 11, 22);
    let (loaded, findings) = load(&Sources::default(), today, Findings::new());
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap()
}
