//! Tries every operation of a profile with made-up deliveries, before anybody needs it.
//!
//! In: a profile just read. Out: findings. What passes here can be rendered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use vedette_config::{Code, Finding, Findings, Place};
use vedette_triage::{Delivery, TicketReference};

use super::changes::{Asked, CursorKind};
use super::expect::Test;
use super::model::{Profile, Step, Take};
use super::operation::Operation;
use super::sample::{sample_deliveries, sample_settings};
use super::scene::{Scene, Told};

/// Tries all of it. One finding for each sentence, however many deliveries it is true of.
pub(super) fn check(
    profile: &Profile,
    places: &BTreeMap<Operation, Place>,
    findings: &mut Findings,
) {
    let settings = sample_settings(profile);
    let users = BTreeMap::from([("ops2".to_owned(), "operator".to_owned())]);
    try_setup(profile, &settings, findings);
    for (operation, steps) in &profile.operations {
        let mut wrong = BTreeSet::new();
        let mut tried = BTreeSet::new();
        let deliveries: Vec<Option<Delivery>> = match operation.action() {
            Some(action) => sample_deliveries(action).into_iter().map(Some).collect(),
            None => vec![None],
        };
        for delivery in &deliveries {
            let told = delivery.as_ref().map(|delivery| Told {
                delivery,
                subject: "[P2] db-7: /var is 96 % full",
                text: "WHAT     /var on db-7 is 96 % full.",
                first: &delivery.facts.first,
            });
            let known = TicketReference {
                id: "48113".into(),
                url: String::new(),
            };
            let ticket = operation.needs_ticket().then_some(&known);
            let scene = Scene {
                receiver: "desk",
                url: "https://tickets.example.org",
                settings: &settings,
                public_url: "https://vedette.example.org:9720",
                told,
                ticket,
                asked: (*operation == Operation::ChangedSince).then(|| first_page(profile)),
                users: &users,
                captured: &BTreeMap::new(),
                secret: Some("made-up"),
            };
            try_steps(steps, scene, &mut tried, &mut wrong);
        }
        for (code, sentence) in wrong {
            let finding = Finding::error(code, format!("`{}`: {sentence}", operation.as_str()));
            findings.push(match places.get(operation) {
                Some(place) => finding.at(place, "tried with a made-up delivery"),
                None => finding,
            });
        }
    }
}

/// What the other side's people are told must be there, too.
fn try_setup(profile: &Profile, settings: &BTreeMap<String, Json>, findings: &mut Findings) {
    let scene = Scene {
        receiver: "desk",
        url: "https://tickets.example.org",
        settings,
        public_url: "https://vedette.example.org:9720",
        told: None,
        ticket: None,
        asked: None,
        users: &BTreeMap::new(),
        captured: &BTreeMap::new(),
        secret: None,
    };
    for template in &profile.setup {
        if let Err(error) = template.render(&scene.context()) {
            let message = format!("`setup`: {error}");
            findings.push(Finding::error(Code::TemplateFailed, message));
        }
    }
}

/// Where a poll begins, by the kind of the profile's cursor.
fn first_page(profile: &Profile) -> Asked<'static> {
    let since = match profile.cursor.map(|cursor| cursor.kind) {
        Some(CursorKind::Time) | None => "2026-11-22T01:23:32.000Z",
        Some(CursorKind::Number) => "48113",
        Some(CursorKind::Next) => "",
    };
    Asked {
        since,
        page: 1,
        next: None,
    }
}

/// Tries the steps that are wanted. What no delivery so far wanted is tried all the same: its
/// condition may need an answer that nobody can make up.
fn try_steps(
    steps: &[Step],
    scene: Scene<'_>,
    tried: &mut BTreeSet<usize>,
    wrong: &mut BTreeSet<(Code, String)>,
) {
    let mut captured = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        let scene = Scene {
            captured: &captured,
            ..scene
        };
        let context = scene.context();
        match step.is_wanted(&context) {
            Ok(true) => {}
            Ok(false) if !tried.contains(&number) => {}
            Ok(false) => continue,
            Err(error) => {
                wrong.insert((Code::TemplateFailed, error.to_string()));
            }
        }
        tried.insert(number);
        match step.render(&context, "") {
            Ok(request) => wrong.extend(
                request
                    .replaced
                    .into_iter()
                    .map(|sentence| (Code::TemplateFailed, sentence)),
            ),
            Err(error) => {
                wrong.insert((Code::TemplateFailed, error.to_string()));
            }
        }
        try_rules(step, scene, wrong);
        let names: Vec<(String, String)> = step
            .capture
            .iter()
            .map(|capture| (capture.name.clone(), "48113".to_owned()))
            .collect();
        captured.extend(names);
    }
}

/// What is compared with answers must be there, too.
fn try_rules(step: &Step, scene: Scene<'_>, wrong: &mut BTreeSet<(Code, String)>) {
    let mut fail = |part: &str, why: String| {
        let sentence = format!("`{part}` of step \"{}\": {why}", step.name);
        wrong.insert((Code::TemplateFailed, sentence));
    };
    let mut captured = scene.captured.clone();
    for capture in &step.capture {
        if let Take::Text(template) = &capture.take {
            let scene = Scene {
                captured: &captured,
                ..scene
            };
            if let Err(error) = template.render(&scene.context()) {
                fail(&format!("capture.{}", capture.name), error.to_string());
            }
        }
        captured.insert(capture.name.clone(), "48113".to_owned());
    }
    let scene = Scene {
        captured: &captured,
        ..scene
    };
    for rule in &step.expect {
        if let Some((_, Test::Equals(shape))) = &rule.look {
            let mut failed = None;
            shape.render(&scene.context(), &mut |_, error| {
                failed = Some(error.to_string());
                None
            });
            if let Some(why) = failed {
                fail("expect.equals", why);
            }
        }
    }
}
