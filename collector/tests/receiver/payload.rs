//! What the shipped profiles send, as a snapshot and against the published schema.

use std::collections::BTreeMap;

use serde_json::Value;
use vedette_collector::access::LinkKey;
use vedette_config::Findings;
use vedette_policy::profile::{
    Operation, RequestBody, Scene, Told, sample_deliveries, sample_settings, shipped,
};
use vedette_triage::{Action, Delivery, TicketReference};

use vedette_collector::receiver::{Site, Words};

const ACTIONS: [Action; 6] = [
    Action::Open,
    Action::Update,
    Action::Note,
    Action::Acknowledge,
    Action::Resolve,
    Action::Reopen,
];

#[test]
fn everything_generic_sends_is_as_its_schema_says() {
    let schema = include_str!("../../../config/receivers/generic.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for action in ACTIONS {
        for delivery in sample_deliveries(action) {
            for body in bodies("generic", &delivery) {
                let wrong: Vec<String> = validator
                    .iter_errors(&body)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(wrong.is_empty(), "{action:?}: {wrong:#?}\n{body:#}");
            }
        }
    }
}

#[test]
fn the_schema_refuses_what_is_not_sent() {
    let schema = include_str!("../../../config/receivers/generic.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut body = bodies("generic", &sample_deliveries(Action::Open)[0]).remove(0);
    assert!(validator.is_valid(&body));
    body["acknowledged_by"] = Value::Null;
    assert!(!validator.is_valid(&body));
}

#[test]
fn generic_sends_an_opening_so() {
    check("generic_open", "generic", Action::Open, 0);
}

#[test]
fn generic_sends_what_is_known_of_a_bare_alert_and_no_null() {
    check("generic_open_bare", "generic", Action::Open, 1);
}

#[test]
fn generic_sends_what_many_alerts_share_so() {
    check("generic_open_many", "generic", Action::Open, 3);
}

#[test]
fn alertmanager_receivers_get_a_firing_group_so() {
    check("alertmanager_open", "alertmanager", Action::Open, 0);
}

#[test]
fn alertmanager_receivers_get_a_resolved_group_so() {
    check("alertmanager_resolve", "alertmanager", Action::Resolve, 0);
}

#[test]
fn alertmanager_receivers_see_that_it_is_a_drill() {
    let body = bodies("alertmanager", &sample_deliveries(Action::Open)[2]).remove(0);
    assert_eq!(body["commonLabels"]["drill"], "true");
    assert_eq!(body["alerts"][0]["labels"]["drill"], "true");
}

#[test]
fn alertmanager_receivers_are_not_sent_what_has_no_form_there() {
    for action in [Action::Note, Action::Acknowledge] {
        let delivery = &sample_deliveries(action)[0];
        assert_eq!(bodies("alertmanager", delivery), Vec::<Value>::new());
    }
}

#[test]
fn rt_gets_a_ticket_so() {
    check("rt_open", "rt", Action::Open, 0);
}

#[track_caller]
fn check(name: &str, profile: &str, action: Action, sample: usize) {
    let body = bodies(profile, &sample_deliveries(action)[sample]).remove(0);
    insta::assert_snapshot!(name, format!("{body:#}"));
}

/// The JSON bodies of an operation's steps.
fn bodies(profile: &str, delivery: &Delivery) -> Vec<Value> {
    let mut findings = Findings::new();
    let profile = shipped(&mut findings).remove(profile).unwrap();
    let settings = sample_settings(&profile);
    let site = Site {
        zone: jiff::tz::TimeZone::UTC,
        public_url: "https://vedette.example.org:9720".into(),
        links: LinkKey::of("the key of the tests"),
        users: std::collections::BTreeMap::new(),
    };
    let words = Words::of(delivery, &site);
    let known = TicketReference {
        id: "48113".into(),
        url: String::new(),
    };
    let captured = BTreeMap::from([("id".to_owned(), "48113".to_owned())]);
    let scene = Scene {
        receiver: "web.hook",
        url: "https://tickets.example.org",
        settings: &settings,
        public_url: &site.public_url,
        told: Some(Told {
            delivery,
            subject: &words.subject,
            text: &words.text,
            first: &words.first,
        }),
        ticket: (delivery.action != Action::Open).then_some(&known),
        asked: None,
        users: &site.users,
        captured: &captured,
        secret: None,
    };
    let context = scene.context();
    let steps = profile.steps(Operation::of(delivery, &profile)).iter();
    steps
        .map(|step| step.render(&context, "").unwrap())
        .inspect(|request| assert_eq!(request.replaced, Vec::<String>::new()))
        .filter_map(|request| match request.body {
            RequestBody::Empty | RequestBody::Mail(_) => None,
            RequestBody::Bytes { bytes, .. } => Some(serde_json::from_slice(&bytes).unwrap()),
        })
        .collect()
}
