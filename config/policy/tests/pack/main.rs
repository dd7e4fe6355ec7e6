//! The shipped rules together: each fault opens its own alert and no other, and a day of ordinary
//! life opens nothing.

#![allow(clippy::unwrap_used)]

mod faults;
mod file;
mod host;
mod ordinary;
mod well;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use vedette_config::Findings;
use vedette_policy::{Loaded, Sighting, Sources, Titles, load};
use vedette_triage::Handling;
use vedette_triage::detect::{Found, Rule, RuleSet, SAYS_NOTHING, TEXT};
use vedette_wire::Class;

use self::host::{DAY, HOUR, Opened, Watched};

/// So long is watched before anything happens: the longest window of a rule has to be filled.
const BEFORE: u64 = 27 * HOUR;

#[test]
fn each_fault_opens_exactly_its_own_alert() {
    let Loaded { policy, titles, .. } = shipped();
    let rules = policy.detection;
    let watched = [Class::Server, Class::Workstation].map(|class| {
        let mut watched = Watched::new(class);
        let found = watched.live(0..BEFORE, Duration::from_secs(120), &rules, &host::nothing);
        assert_eq!(found, Opened::new(), "a quiet {class:?}");
        watched
    });
    let mut failures = Vec::new();
    for fault in faults::all() {
        let class = match fault.on {
            Class::Server => 0,
            Class::Workstation => 1,
        };
        let opened = fault.opened(&watched[class], BEFORE, &rules);
        let own = unexplained(&opened, &rules);
        if own != BTreeSet::from([fault.rule.to_owned()]) {
            failures.push(format!("{}: {own:?}, not {}", fault.name, fault.rule));
        } else if let Some(why) = speechless(&titles, &opened[fault.rule]) {
            failures.push(format!("{}: {why}", fault.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_shipped_rule_is_without_a_fault_that_opens_it() {
    let told: BTreeSet<&str> = faults::all().map(|fault| fault.rule).collect();
    let learned = ["load-unusual", "network-unusual"];
    for rule in shipped().policy.detection.iter() {
        // What is usual is learned for days: the faults of these are in tests/baselines.
        let is_told = told.contains(&*rule.name) || learned.contains(&&*rule.name);
        assert!(is_told, "{} has no fault", rule.name);
    }
}

#[test]
fn a_quiet_server_opens_nothing_in_a_day_of_backups_updates_and_dumps() {
    check_day(Class::Server, &ordinary::of_a_server);
}

#[test]
fn a_quiet_workstation_opens_nothing_in_a_day_of_docks_wifi_and_browsers() {
    check_day(Class::Workstation, &ordinary::of_a_workstation);
}

/// What is worth no more than watching may come and go.
#[track_caller]
fn check_day(class: Class, life: &host::Life) {
    let rules = shipped().policy.detection;
    let mut watched = Watched::new(class);
    let pause = Duration::from_secs(120);
    let mut found = watched.live(0..2 * DAY, pause, &rules, life);
    found.retain(|name, _| rules.get(name).unwrap().handling(class) != Handling::Watch);
    assert_eq!(found, Opened::new());
}

/// What is not said of an alert, or not well.
fn speechless(titles: &Titles, found: &Found) -> Option<String> {
    let text = found.first_line().unwrap_or(SAYS_NOTHING);
    let attributes = found.attributes.with(TEXT, text);
    let sighting = Sighting {
        rule: &found.rule,
        host: "db-7",
        values: &found.values,
        attributes: &attributes,
    };
    let (title, means, first) = (
        titles.title(&sighting),
        titles.means(&sighting),
        titles.first(&sighting),
    );
    let is_fallback = title.starts_with(&format!("{}:", found.rule)) || title == *found.rule;
    let is_bad = is_fallback
        || title.contains("unknown")
        || title.contains("{{")
        || means.is_empty()
        || first.len() != file::first_commands(&found.rule);
    is_bad.then(|| format!("{title:?}, {means:?}, {first:?}"))
}

/// What nothing else that is open explains.
fn unexplained(opened: &Opened, rules: &RuleSet) -> BTreeSet<String> {
    let is_explained = |name: &&String| {
        let rule: &Arc<Rule> = rules.get(name).unwrap();
        rule.depends_on
            .iter()
            .any(|other| opened.contains_key(&**other))
    };
    opened
        .keys()
        .filter(|name| !is_explained(name))
        .cloned()
        .collect()
}

fn shipped() -> Loaded {
    let today = Date::constant(2026, 11, 22);
    let (loaded, findings) = load(&Sources::default(), today, Findings::new());
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap()
}
