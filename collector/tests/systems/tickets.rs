//! Each shipped profile of a ticket system through the whole life of a ticket, at a
//! fake that behaves as the documentation says: made once whatever is lost, brought up
//! to date, put on hold, taken, closed, opened again; and how it refuses.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json as value;
use vedette_policy::profile::{TheirState, sample_deliveries};
use vedette_triage::{Action, Delivery, Fate, IncidentId, Waiting};

use crate::desk::{Desk, Held, Reply, System, Trouble, json};
use crate::fakes::github::GitHub;
use crate::fakes::gitlab::GitLab;
use crate::fakes::jira::Jira;
use crate::fakes::redmine::Redmine;
use crate::fakes::servicenow::ServiceNow;
use crate::fakes::zendesk::Zendesk;
use crate::world::{NOW, Setup, World};

/// One system: how its receiver is set up, and what a person sees at each turn of a ticket.
struct Case {
    name: &'static str,
    url: &'static str,
    keys: &'static str,
    system: fn() -> Desk,
    /// Status after: made, put on hold, taken, closed, opened again.
    statuses: [&'static str; 5],
    /// Its word for our priority P2.
    priority: &'static str,
    /// Who has it once `ops2`, there called `operator`, has taken it.
    owner: &'static str,
    /// How it says that there is too much, and for how long.
    throttled: fn() -> (Reply, u64),
}

fn retry_after(seconds: u64) -> Reply {
    json(429, &value!({})).with("retry-after", seconds.to_string())
}

const CASES: [Case; 6] = [
    Case {
        name: "redmine",
        url: "https://redmine.example.org",
        keys: "project = \"infra\"\nkey_field = 7\nusers = { operator = 5 }",
        system: || Desk::of(Redmine::default()),
        statuses: ["1", "4", "2", "3", "2"],
        priority: "4",
        owner: "5",
        throttled: || (retry_after(40), 40),
    },
    Case {
        name: "jira",
        url: "https://example.atlassian.net",
        keys: "user = \"bot@example.org\"\nproject = \"OPS\"\nusers = { operator = \"5b10a2\" }",
        system: || Desk::of(Jira::default()),
        statuses: ["To Do", "On Hold", "In Progress", "Done", "To Do"],
        priority: "High",
        owner: "5b10a2",
        throttled: || {
            // Jira says when in its own form, too.
            let reply = json(429, &value!({}))
                .with("x-ratelimit-remaining", "0")
                .with("x-ratelimit-reset", "2026-11-24T13:34:00Z");
            (reply, 60)
        },
    },
    Case {
        name: "servicenow",
        url: "https://example.service-now.com",
        keys: "user = \"vedette\"",
        system: || Desk::of(ServiceNow::default()),
        statuses: ["1", "3", "2", "6", "2"],
        priority: "2/1",
        owner: "operator",
        throttled: || (retry_after(35), 35),
    },
    Case {
        name: "zendesk",
        url: "https://example.zendesk.com",
        keys: "user = \"bot@example.org\"",
        system: || Desk::of(Zendesk::default()),
        statuses: ["new", "hold", "open", "solved", "open"],
        priority: "high",
        owner: "operator",
        throttled: || (retry_after(93), 93),
    },
    Case {
        name: "github",
        url: "https://api.github.com",
        keys: "repository = \"acme/ops\"",
        system: || Desk::of(GitHub::default()),
        statuses: ["open", "open", "open", "closed", "open"],
        priority: "P2",
        owner: "operator",
        throttled: || {
            let reply = json(403, &value!({ "message": "API rate limit exceeded" }))
                .with("x-ratelimit-remaining", "0")
                .with(
                    "x-ratelimit-reset",
                    (NOW.as_millis() / 1000 + 50).to_string(),
                );
            (reply, 50)
        },
    },
    Case {
        name: "gitlab",
        url: "https://gitlab.example.org",
        keys: "project = \"acme/ops\"",
        system: || Desk::of(GitLab::default()),
        statuses: ["opened", "opened", "opened", "closed", "opened"],
        priority: "priority::2",
        owner: "operator",
        throttled: || (retry_after(20), 20),
    },
];

impl Case {
    fn setup(&self) -> Setup {
        Setup::shipped(self.name, self.url, self.keys)
    }

    fn start(&self) -> World {
        World::start(&self.setup(), &(self.system)())
    }

    /// The one ticket there is.
    #[track_caller]
    fn only(&self, world: &World) -> Held {
        let mut tickets = world.desk.tickets();
        assert_eq!(
            tickets.len(),
            1,
            "{}: {tickets:#?}\n{:#?}",
            self.name,
            world.desk.lines()
        );
        tickets.remove(0)
    }
}

/// An update of an incident that waits for a vendor.
fn on_hold(incident: u64, seq: u32) -> Delivery {
    let mut delivery = Delivery {
        incident: IncidentId(incident),
        seq,
        ticket_key: format!("K-{incident}"),
        ..sample_deliveries(Action::Update).remove(0)
    };
    let facts = Arc::make_mut(&mut delivery.facts);
    facts.waiting = Some(Waiting {
        waits_for: "vendor".into(),
        by: "ops2".into(),
        at: facts.at,
        until: facts.at,
        severity: facts.severity,
    });
    delivery
}

#[tokio::test(start_paused = true)]
async fn a_ticket_is_made_updated_put_on_hold_taken_closed_and_opened_again() {
    for case in CASES {
        let world = case.start();
        let mut seen = Vec::new();
        world.decide(1, 1, &[Action::Open]);
        world.until_settled(1).await;
        seen.push(case.only(&world).status);
        world.decide(1, 2, &[Action::Update, Action::Note]);
        world.until_settled(3).await;
        world.decide_this(on_hold(1, 4));
        world.until_settled(4).await;
        seen.push(case.only(&world).status);
        for (number, action) in [Action::Acknowledge, Action::Resolve, Action::Reopen]
            .into_iter()
            .enumerate()
        {
            let number = u32::try_from(number).unwrap();
            world.decide(1, 5 + number, &[action]);
            world.until_settled(5 + number as usize).await;
            seen.push(case.only(&world).status);
        }
        let ticket = case.only(&world);
        assert_eq!(seen, case.statuses, "{}", case.name);
        assert_eq!(ticket.key, "K-1", "{}", case.name);
        assert_eq!(ticket.priority, case.priority, "{}", case.name);
        assert_eq!(ticket.owner, case.owner, "{}", case.name);
        assert!(
            ticket.title.contains("/var is 96 % full"),
            "{}: {}",
            case.name,
            ticket.title
        );
        // Made, updated, noted, put on hold, taken, closed, opened again: seven texts, each once.
        assert_eq!(ticket.texts.len(), 7, "{}: {:#?}", case.name, ticket.texts);
        assert!(
            ticket.texts[0].contains("please leave this line"),
            "{}",
            ticket.texts[0]
        );
        let reference = world.reference(1);
        assert_eq!(reference.id, ticket.id, "{}", case.name);
        assert!(
            reference.url.starts_with("https://"),
            "{}: {}",
            case.name,
            reference.url
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_whose_making_was_cut_off_is_made_once() {
    for case in CASES {
        for trouble in [
            Trouble::DoneAndLost,
            Trouble::DoneAndSays(json(500, &value!({}))),
            Trouble::DoneAndSays(json(502, &value!({}))),
        ] {
            let world = case.start();
            world.desk.when_creating(trouble.clone());
            world.decide(1, 1, &[Action::Open]);
            world.until_settled(1).await;
            let ticket = case.only(&world);
            assert_eq!(
                world.reference(1).id,
                ticket.id,
                "{} {trouble:?}",
                case.name
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_whose_making_never_arrived_is_made_after_a_look() {
    for case in CASES {
        for trouble in [
            Trouble::Lost,
            Trouble::Away,
            Trouble::Says(json(503, &value!({}))),
        ] {
            let world = case.start();
            world.desk.when_creating(trouble);
            world.decide(1, 1, &[Action::Open]);
            world.until_settled(1).await;
            case.only(&world);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_comes_back_before_the_system_says_so() {
    for case in CASES {
        let world = case.start();
        let (reply, seconds) = (case.throttled)();
        world.desk.when_creating(Trouble::Says(reply));
        let started = tokio::time::Instant::now();
        world.decide(1, 1, &[Action::Open]);
        world.until_settled(1).await;
        // The clock of these tests may have moved before the request was made.
        let (least, most) = (seconds - 2, seconds * 2 + 10);
        let took = started.elapsed().as_secs();
        assert!((least..most).contains(&took), "{}: {took} s", case.name);
        case.only(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_holds_the_receiver_and_loses_nothing() {
    for case in CASES {
        let setup = case.setup().secret("another");
        let world = World::start(&setup, &(case.system)());
        world.decide(1, 1, &[Action::Open]);
        let why = world.until_held().await;
        assert!(why.contains("401"), "{}: {why}", case.name);
        assert!(!why.contains("another"), "{}: {why}", case.name);
        assert!(world.desk.tickets().is_empty(), "{}", case.name);
        assert!(
            world.desk.lines().len() <= 2,
            "{}: {:?}",
            case.name,
            world.desk.lines()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_is_gone_is_closed_and_can_no_longer_be_told() {
    for case in CASES {
        let world = case.start();
        world.decide(1, 1, &[Action::Open]);
        world.until_settled(1).await;
        world.desk.forget_tickets();
        world.decide(1, 2, &[Action::Note, Action::Resolve]);
        world.until_settled(3).await;
        assert!(
            matches!(world.fate(1, Action::Note), Fate::Dead { .. }),
            "{}",
            case.name
        );
        assert!(
            matches!(world.fate(1, Action::Resolve), Fate::Done { .. }),
            "{}",
            case.name
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_is_read_as_a_person_left_it() {
    for case in CASES {
        let world = case.start();
        let mut states = Vec::new();
        world.decide(1, 1, &[Action::Open]);
        world.until_settled(1).await;
        let folder = tempfile::tempdir().unwrap();
        let receiver = case.setup().receiver(&world.desk, &folder);
        let read = async || {
            let reading =
                vedette_collector::receiver::changes::read(&receiver, &world.reference(1), NOW)
                    .await;
            let seen = reading
                .seen
                .unwrap_or_else(|| panic!("{}: {}", case.name, reading.why));
            assert!(
                case.name == "jira" || case.name == "zendesk" || seen.at.is_some(),
                "{}",
                case.name
            );
            seen.state
        };
        states.push(read().await);
        world.decide_this(on_hold(1, 2));
        world.until_settled(2).await;
        states.push(read().await);
        world.decide(1, 3, &[Action::Acknowledge, Action::Resolve]);
        world.until_settled(4).await;
        states.push(read().await);
        let expected = [TheirState::Open, TheirState::Waiting, TheirState::Resolved];
        assert_eq!(states, expected.map(Some), "{}", case.name);
    }
}

async fn made(name: &str, system: impl System) -> World {
    let case = CASES.iter().find(|case| case.name == name).unwrap();
    let world = World::start(&case.setup(), &Desk::of(system));
    world.decide(1, 1, &[Action::Open]);
    world.until_settled(1).await;
    world
}

#[tokio::test(start_paused = true)]
async fn a_search_that_lags_is_asked_again_before_a_second_ticket_is_made() {
    let case = CASES.iter().find(|case| case.name == "jira").unwrap();
    let jira = Jira {
        lag: 1,
        ..Jira::default()
    };
    let world = World::start(&case.setup(), &Desk::of(jira));
    world.desk.when_creating(Trouble::DoneAndLost);
    let started = tokio::time::Instant::now();
    world.decide(1, 1, &[Action::Open]);
    world.until_settled(1).await;
    assert!(
        started.elapsed() >= Duration::from_secs(300),
        "{:?}",
        started.elapsed()
    );
    case.only(&world);
}

#[tokio::test(start_paused = true)]
async fn a_workflow_without_a_status_to_wait_in_keeps_the_comment() {
    let jira = Jira {
        no_hold: true,
        ..Jira::default()
    };
    let world = made("jira", jira).await;
    world.decide_this(on_hold(1, 2));
    world.until_settled(2).await;
    let ticket = world.desk.tickets().remove(0);
    assert_eq!((ticket.status.as_str(), ticket.texts.len()), ("To Do", 2));
}

#[tokio::test(start_paused = true)]
async fn a_field_that_is_dropped_is_found_out_before_a_second_ticket_could_be_made() {
    for name in ["redmine", "servicenow"] {
        let world = match name {
            "redmine" => {
                let redmine = Redmine {
                    drops_field: true,
                    ..Redmine::default()
                };
                made(name, redmine).await
            }
            _ => {
                let servicenow = ServiceNow {
                    drops_key: true,
                    ..ServiceNow::default()
                };
                made(name, servicenow).await
            }
        };
        let Fate::Dead { why } = world.fate(1, Action::Open) else {
            panic!("{name}: a ticket without our key cannot be found again");
        };
        assert!(why.contains("made without our key"), "{name}: {why}");
    }
}

#[tokio::test(start_paused = true)]
async fn everybodys_tickets_are_not_taken_for_ours() {
    let foreign = |key: &str| Held {
        id: "1".into(),
        key: key.into(),
        status: "1".into(),
        ..Held::default()
    };
    let redmine = Redmine {
        issues: vec![foreign("K-foreign")],
        ignores_filter: true,
        ..Redmine::default()
    };
    let servicenow = ServiceNow {
        incidents: vec![foreign("K-foreign")],
        ignores_query: true,
        ..ServiceNow::default()
    };
    for (name, desk) in [
        ("redmine", Desk::of(redmine)),
        ("servicenow", Desk::of(servicenow)),
    ] {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        let world = World::start(&case.setup(), &desk);
        world.desk.when_creating(Trouble::Lost);
        world.decide(1, 1, &[Action::Open]);
        world.until_settled(1).await;
        let keys: Vec<String> = desk.tickets().into_iter().map(|held| held.key).collect();
        assert_eq!(keys, ["K-foreign", "K-1"], "{name}");
        assert_ne!(world.reference(1).id, "1", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_204_that_did_nothing_is_not_done() {
    let redmine = Redmine {
        stuck: Some("1"),
        ..Redmine::default()
    };
    let world = made("redmine", redmine).await;
    world.decide(1, 2, &[Action::Resolve]);
    tokio::time::sleep(Duration::from_secs(600)).await;
    // It is tried again until somebody sets the workflow right; its note stands there once.
    let ticket = world.desk.tickets().remove(0);
    assert_eq!((ticket.status.as_str(), ticket.texts.len()), ("1", 2));
    assert!(world.settled() == 1 && world.desk.lines().len() > 8);
}

#[tokio::test(start_paused = true)]
async fn what_a_data_policy_wants_is_waited_for() {
    let servicenow = ServiceNow {
        wants_more: true,
        ..ServiceNow::default()
    };
    let world = made("servicenow", servicenow).await;
    world.decide(1, 2, &[Action::Resolve]);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(world.settled(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_closed_for_good_comes_back_as_a_follow_up() {
    let world = made("zendesk", Zendesk::default()).await;
    world.desk.ask(
        "PUT",
        "/api/v2/tickets/1.json",
        value!({ "ticket": { "status": "closed" } }),
    );
    world.decide(1, 2, &[Action::Resolve, Action::Reopen]);
    world.until_settled(3).await;
    assert!(matches!(world.fate(1, Action::Resolve), Fate::Done { .. }));
    let tickets = world.desk.tickets();
    assert_eq!(
        (tickets.len(), tickets[1].owner.as_str()),
        (2, "1"),
        "a follow-up of the first"
    );
    assert_eq!(world.reference(1).id, "2", "and told from now on");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_no_longer_recognised_is_looked_for() {
    let case = CASES.iter().find(|case| case.name == "zendesk").unwrap();
    let zendesk = Zendesk {
        forgets: true,
        ..Zendesk::default()
    };
    let world = World::start(&case.setup(), &Desk::of(zendesk));
    world.desk.when_creating(Trouble::DoneAndLost);
    world.decide(1, 1, &[Action::Open]);
    // Away for longer than their memory of the key.
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..200 {
        world.desk.when_creating(Trouble::Away);
    }
    world.until_settled(1).await;
    case.only(&world);
    assert!(
        world
            .desk
            .lines()
            .contains(&"GET /api/v2/tickets.json".to_owned())
    );
}
