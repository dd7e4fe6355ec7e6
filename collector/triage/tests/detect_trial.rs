//! Tests that come with a rule: what they see.

#![allow(clippy::unwrap_used)]

mod detect_world;

use std::time::Duration;

use detect_world::*;
use vedette_triage::Severity;
use vedette_triage::detect::Rule;
use vedette_triage::detect::trial::{self, Given, Trial};

#[test]
fn a_disk_opens_after_its_for_and_closes_when_space_is_made() {
    let trial = Trial {
        attributes: [("mountpoint".to_owned(), "/var".to_owned())].into(),
        given: vec![
            given(0, 10, &[("value", 0.97)]),
            given(10, 30, &[("value", 0.6)]),
        ],
        expect: vec![
            (MINUTE, None),
            (3 * MINUTE, Some(Severity::Critical)),
            (20 * MINUTE, None),
        ],
        ..Trial::default()
    };
    check(
        &disk_rule(),
        &trial,
        &[None, Some(Severity::Critical), None],
    );
}

#[test]
fn what_is_not_as_expected_says_what_was_found() {
    let trial = Trial {
        given: vec![given(0, 10, &[("value", 0.97)])],
        expect: vec![(3 * MINUTE, None)],
        ..Trial::default()
    };
    let seen = trial::run(&disk_rule(), &trial, 5 * MINUTE, 24 * 60 * MINUTE).unwrap();
    assert!(!seen[0].is_met());
    assert_eq!(seen[0].values, [("value".to_owned(), 0.97)]);
}

#[test]
fn a_rule_on_the_host_is_given_its_variables() {
    let values = |silent: f64| vec![("silent", silent), ("interval", 15.0), ("overdue", 0.0)];
    let trial = Trial {
        given: vec![
            given(0, 5, &values(10.0)),
            given(5, 10, &values(300.0)),
            given(10, 15, &values(1.0)),
        ],
        expect: vec![
            (4 * MINUTE, None),
            (6 * MINUTE, Some(Severity::Critical)),
            (12 * MINUTE, None),
        ],
        ..Trial::default()
    };
    check(
        &silent_rule(),
        &trial,
        &[None, Some(Severity::Critical), None],
    );
    let workstation = Trial {
        class: vedette_wire::Class::Workstation,
        ..trial
    };
    check(&silent_rule(), &workstation, &[None, None, None]);
}

#[test]
fn a_rule_on_an_event_is_given_when_it_happens() {
    let happens = |planned: &str| Given {
        from: 20 * MINUTE,
        to: 20 * MINUTE,
        values: Vec::new(),
        attributes: [("planned".to_owned(), planned.to_owned())].into(),
        text: String::new(),
    };
    let trial = |planned| Trial {
        given: vec![happens(planned)],
        expect: vec![
            (19 * MINUTE, None),
            (21 * MINUTE, Some(Severity::Warning)),
            (36 * MINUTE, None),
        ],
        ..Trial::default()
    };
    check(
        &reboot_rule(),
        &trial("false"),
        &[None, Some(Severity::Warning), None],
    );
    check(&reboot_rule(), &trial("true"), &[None, None, None]);
}

fn given(from: u32, to: u32, values: &[(&str, f64)]) -> Given {
    Given {
        from: from * MINUTE,
        to: to * MINUTE,
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect(),
        ..Given::default()
    }
}

#[track_caller]
fn check(rule: &Rule, trial: &Trial, expected: &[Option<Severity>]) {
    let seen = trial::run(rule, trial, 5 * MINUTE, Duration::from_secs(86_400)).unwrap();
    let found: Vec<Option<Severity>> = seen.iter().map(|seen| seen.found).collect();
    assert_eq!(found, expected);
}
