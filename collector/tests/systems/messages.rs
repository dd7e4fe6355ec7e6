//! The shipped profiles of what has no ticket: alerts with a key of ours, and messages.

use serde_json::json as value;
use vedette_triage::{Action, Fate};

use crate::desk::{Desk, Trouble, json, text};
use crate::fakes::messages::{Kind, Messages};
use crate::fakes::pagerduty::PagerDuty;
use crate::world::{Setup, World};

const LIFE: [Action; 6] = [
    Action::Open,
    Action::Update,
    Action::Note,
    Action::Acknowledge,
    Action::Resolve,
    Action::Reopen,
];

fn pagerduty() -> World {
    let setup = Setup::shipped("pagerduty", "https://events.pagerduty.com", "");
    World::start(&setup, &Desk::of(PagerDuty::default()))
}

#[tokio::test(start_paused = true)]
async fn pagerduty_has_one_alert_for_each_key_through_its_whole_life() {
    let world = pagerduty();
    let mut seen = Vec::new();
    for (number, action) in LIFE.into_iter().enumerate() {
        world.decide(1, u32::try_from(number).unwrap() + 1, &[action]);
        world.until_settled(number + 1).await;
        seen.push(world.desk.tickets()[0].status.clone());
    }
    // A note has no form there.
    assert_eq!(
        seen,
        [
            "triggered",
            "triggered",
            "triggered",
            "acknowledged",
            "resolved",
            "triggered"
        ]
    );
    let alerts = world.desk.tickets();
    assert_eq!((alerts.len(), alerts[0].priority.as_str()), (1, "critical"));
    assert!(
        world
            .desk
            .asked()
            .iter()
            .all(|asked| asked.header("authorization").is_empty())
    );
}

#[tokio::test(start_paused = true)]
async fn pagerduty_gets_the_same_again_when_the_outcome_is_unknown_and_makes_one_alert() {
    let world = pagerduty();
    world.desk.when_creating(Trouble::DoneAndLost);
    world
        .desk
        .when_creating(Trouble::Says(json(429, &value!({}))));
    world.decide(1, 1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(world.desk.tickets().len(), 1);
    let bodies: Vec<String> = world
        .desk
        .asked()
        .into_iter()
        .map(|asked| asked.body)
        .collect();
    assert!(
        bodies.len() == 3 && bodies.iter().all(|body| *body == bodies[0]),
        "{bodies:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn pagerduty_without_the_right_key_is_held() {
    let setup = Setup::shipped("pagerduty", "https://events.pagerduty.com", "").secret("another");
    let world = World::start(&setup, &Desk::of(PagerDuty::default()));
    world.decide(1, 1, &[Action::Open]);
    let why = world.until_held().await;
    assert!(why.contains("does not know the routing key"), "{why}");
}

struct Case {
    name: &'static str,
    kind: Kind,
    url: &'static str,
    keys: &'static str,
    secret: &'static str,
    wrong: &'static str,
}

const CASES: [Case; 4] = [
    Case {
        name: "slack",
        kind: Kind::Slack,
        url: "https://hooks.slack.com",
        keys: "",
        secret: "https://hooks.slack.com/services/T0/B0/s3cret",
        wrong: "https://hooks.slack.com/services/T0/B0/another",
    },
    Case {
        name: "mattermost",
        kind: Kind::Mattermost,
        url: "https://chat.example.org",
        keys: "",
        secret: "https://chat.example.org/hooks/s3cret",
        wrong: "https://chat.example.org/hooks/another",
    },
    Case {
        name: "teams",
        kind: Kind::Teams,
        url: "https://prod-7.westeurope.logic.azure.com",
        keys: "",
        secret: "https://prod-7.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=s3cret",
        wrong: "https://prod-7.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=another",
    },
    Case {
        name: "ntfy",
        kind: Kind::Ntfy,
        url: "https://ntfy.example.org",
        keys: "topic = \"ops\"",
        secret: "s3cret-token",
        wrong: "another",
    },
];

impl Case {
    fn start(&self, secret: &'static str) -> World {
        let setup = Setup::shipped(self.name, self.url, self.keys).secret(secret);
        World::start(&setup, &Desk::of(Messages::of(self.kind)))
    }
}

#[tokio::test(start_paused = true)]
async fn everything_that_is_told_is_a_message_in_order() {
    for case in CASES {
        let world = case.start(case.secret);
        world.decide(1, 1, &LIFE);
        world.until_settled(LIFE.len()).await;
        let posted = world.desk.tickets();
        assert_eq!(posted.len(), LIFE.len(), "{}", case.name);
        assert!(
            posted[0].texts[0].contains("/var"),
            "{}: {}",
            case.name,
            posted[0].texts[0]
        );
        for action in LIFE {
            assert!(
                matches!(world.fate(1, action), Fate::Done { .. }),
                "{} {action:?}",
                case.name
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_doubtful_message_is_sent_again_and_one_that_was_throttled_later() {
    for case in CASES {
        let world = case.start(case.secret);
        world.desk.when_creating(Trouble::Lost);
        world
            .desk
            .when_creating(Trouble::Says(text(429, "").with("retry-after", "30")));
        let started = tokio::time::Instant::now();
        world.decide(1, 1, &[Action::Open]);
        world.until_settled(1).await;
        assert_eq!(world.desk.tickets().len(), 1, "{}", case.name);
        assert!(started.elapsed().as_secs() >= 30, "{}", case.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_not_there_holds_the_receiver_and_is_told_without_its_secret() {
    for case in CASES {
        let world = case.start(case.wrong);
        world.decide(1, 1, &[Action::Open]);
        let why = world.until_held().await;
        assert!(!why.contains("another"), "{}: {why}", case.name);
        assert!(world.desk.tickets().is_empty(), "{}", case.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_address_of_another_origin_is_not_posted_to() {
    let world = CASES[0].start("https://evil.example.net/services/T0/B0/s3cret");
    world.decide(1, 1, &[Action::Open]);
    let why = world.until_held().await;
    assert!(why.contains("which is not the receiver"), "{why}");
    assert!(world.desk.lines().is_empty(), "{:?}", world.desk.lines());
}
