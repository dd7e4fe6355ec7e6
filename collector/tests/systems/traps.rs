//! Traps that were found by running real ticket systems, each with its test.
//!
//! | trap | test |
//! |---|---|
//! | 1. a 2xx is not "done" | `tickets::a_204_that_did_nothing_is_not_done`, and of a 200: outbox, `a_200_with_an_error_in_it_is_not_done` |
//! | 2. HTTP 200 for all outcomes | `trap_2_the_true_status_stands_in_the_first_line_of_the_body` |
//! | 3. a filter that is ignored | `tickets::everybodys_tickets_are_not_taken_for_ours` |
//! | 4. a field that is dropped | `tickets::a_field_that_is_dropped_is_found_out_before_a_second_ticket_could_be_made` |
//! | 5. a uniqueness that makes a ticket without the key | `trap_5_a_second_ticket_without_our_key_is_not_taken_for_made` |
//! | 6. a timeout does not mean "not created" | `tickets::a_ticket_whose_making_was_cut_off_is_made_once` |
//! | 7. two creates with one key are two tickets | `trap_7_one_ticket_is_written_by_one_delivery_at_a_time` |
//! | 8. a comment can reopen | `trap_8_the_comment_comes_before_the_closing` |
//! | 9. a comment takes two requests and an etag | `language::a_stale_etag_is_read_again_before_it_is_tried_again`, and against a real Roundup: tests/roundup |
//! | 10. own writes come back | where callbacks are taken |
//! | 11. callbacks get lost | `language::changes_*`: what a poll lists |
//! | 12. a 500 can mean "done" | `tickets::a_ticket_whose_making_was_cut_off_is_made_once` |
//! | 13. deadlock by a slow callback | where callbacks are taken |
//! | 14. ids as text and number, relative and absolute addresses | `trap_14_an_id_is_the_same_as_text_and_as_a_number`, `language::a_location_is_followed_from_the_receivers_origin` |

use std::time::Duration;

use serde_json::{Value, json as value};
use vedette_triage::{Action, Fate};

use crate::desk::{Asked, Desk, Held, Reply, System, Trouble, json, text};
use crate::world::{Setup, World};

/// RT's REST 1.0: forms in, text out, 200 for everything.
const OF_ONE: &str = r#"
idempotency = "none"
[settings.queue]
type = "text"
[[open]]
url = "/ticket/new"
form = { content = "id: ticket/new\nQueue: {{ settings.queue }}\nSubject: {{ subject }}\nCF.{alert_key}: {{ key }}\nText: {{ text | replace('\n', '\n ') }}" }
expect = [
    { matches = '^RT/\S+ 401', is = "auth" },
    { matches = '# Ticket \d+ created', is = "done" },
    { matches = '^RT/\S+ (409|400)', is = "refused" },
    { is = "unknown" },
]
capture = { id = { matches = '# Ticket (\d+) created' } }
[[resolve]]
url = "/ticket/{{ ticket.id }}/edit"
form = { content = "Status: resolved" }
expect = [
    { contains = "does not exist", is = "gone" },
    { matches = '^RT/\S+ 409', is = "conflict" },
    { matches = '# Ticket \d+ updated', is = "done" },
    { is = "unknown" },
]
"#;

/// Answers 200 whatever happens.
#[derive(Default)]
struct Ones {
    made: Vec<String>,
    wrong_password: bool,
}

impl System for Ones {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let said = match asked.path.as_str() {
            _ if self.wrong_password => "RT/5.0.3 401 Credentials required".to_owned(),
            "/base/ticket/new" if asked.form("content").contains("Queue: Alerts") => {
                self.made.push(asked.form("content"));
                format!("RT/5.0.3 200 Ok\n\n# Ticket {} created.", self.made.len())
            }
            "/base/ticket/new" => "RT/5.0.3 409 Syntax Error".to_owned(),
            "/base/ticket/1/edit" => "RT/5.0.3 200 Ok\n\n# Ticket 1 updated.".to_owned(),
            _ => "RT/5.0.3 200 Ok\n\n# Ticket 99999 does not exist.".to_owned(),
        };
        text(200, &said)
    }

    fn tickets(&self) -> Vec<Held> {
        Vec::new()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.path.ends_with("/new")
    }
}

#[tokio::test(start_paused = true)]
async fn trap_2_the_true_status_stands_in_the_first_line_of_the_body() {
    let desk = Desk::of(Ones::default());
    let world = World::start(&Setup::of(OF_ONE, "queue = \"Alerts\""), &desk);
    world.decide(1, 1, &[Action::Open, Action::Resolve]);
    world.until_settled(2).await;
    assert_eq!(world.reference(1).id, "1");
    assert!(matches!(world.fate(1, Action::Resolve), Fate::Done { .. }));

    let world = World::start(
        &Setup::of(OF_ONE, "queue = \"None\""),
        &Desk::of(Ones::default()),
    );
    world.decide(1, 1, &[Action::Open]);
    world.until_settled(1).await;
    let Fate::Dead { why } = world.fate(1, Action::Open) else {
        panic!("a syntax error is for ever");
    };
    assert!(why.contains("409 Syntax Error"), "{why}");

    let refusing = Ones {
        wrong_password: true,
        ..Ones::default()
    };
    let world = World::start(
        &Setup::of(OF_ONE, "queue = \"Alerts\""),
        &Desk::of(refusing),
    );
    world.decide(1, 1, &[Action::Open]);
    assert!(
        world
            .until_held()
            .await
            .contains("401 Credentials required")
    );
}

/// A desk with a field that must be unique, that comments and closes, and says what it did.
const UNIQUE: &str = r#"
idempotency = "lookup"
settle_time = "1s"
concurrency = 8
[[lookup]]
url = "/tickets"
query = { key = "{{ key }}" }
rows = { at = "/items", keep = "row.key == key" }
capture = { id = "/id" }
[[open]]
url = "/tickets"
json = { key = "{{ key }}" }
capture = { id = "/id" }
[[open]]
url = "/tickets/{{ captured.id }}"
expect = [
    { status = 200, at = "/id", equals = "{{ captured.id }}", is = "done" },
    { status = 200, is = "unknown" },
]
rows = { at = "/keys", keep = "row == key", none = "refused", why = "made without our key" }
[[note]]
url = "/tickets/{{ ticket.id }}/comments"
json = { text = "{{ text }}" }
[[resolve]]
url = "/tickets/{{ ticket.id }}/comments"
json = { text = "{{ text }}" }
[[resolve]]
method = "PUT"
url = "/tickets/{{ ticket.id }}"
json = { status = "closed" }
"#;

#[derive(Default)]
struct Unique {
    keys: Vec<String>,
    /// A ticket with the key is there already: the next is made without it.
    is_taken: bool,
}

impl System for Unique {
    fn answer(&mut self, asked: &Asked) -> Reply {
        match (asked.method, asked.parts()[1..].to_vec().as_slice()) {
            ("POST", ["tickets"]) => {
                let key = if self.is_taken {
                    String::new()
                } else {
                    asked.text("/key")
                };
                self.keys.push(key);
                // As text here, and as a number below.
                json(201, &value!({ "id": self.keys.len().to_string() }))
            }
            ("GET", ["tickets", id]) => {
                let number: usize = id.parse().unwrap();
                let keys: Vec<&String> = self.keys[number - 1..number].iter().collect();
                json(200, &value!({ "id": number, "keys": keys }))
            }
            ("GET", ["tickets"]) => json(200, &value!({ "items": [] })),
            (_, [..]) => json(200, &Value::Null),
        }
    }

    fn tickets(&self) -> Vec<Held> {
        Vec::new()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.method == "POST" && asked.path.ends_with("/tickets")
    }
}

#[tokio::test(start_paused = true)]
async fn trap_5_a_second_ticket_without_our_key_is_not_taken_for_made() {
    let taken = Unique {
        is_taken: true,
        ..Unique::default()
    };
    let world = World::start(&Setup::of(UNIQUE, ""), &Desk::of(taken));
    world.decide(1, 1, &[Action::Open]);
    world.until_settled(1).await;
    let Fate::Dead { why } = world.fate(1, Action::Open) else {
        panic!("it cannot be found again");
    };
    assert!(why.contains("made without our key"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn trap_7_one_ticket_is_written_by_one_delivery_at_a_time() {
    let world = World::start(&Setup::of(UNIQUE, ""), &Desk::of(Unique::default()));
    // The first create is in doubt; nothing else of this ticket moves before that is settled,
    // though eight may be under way.
    world.desk.when_creating(Trouble::Lost);
    world.decide(
        1,
        1,
        &[Action::Open, Action::Note, Action::Note, Action::Resolve],
    );
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.until_settled(4).await;
    let lines = world.desk.lines();
    let creates = lines
        .iter()
        .filter(|line| *line == "POST /base/tickets")
        .count();
    assert_eq!(creates, 2, "one lost, one after two looks: {lines:#?}");
    let last_create = lines
        .iter()
        .rposition(|line| line == "POST /base/tickets")
        .unwrap();
    let first_note = lines
        .iter()
        .position(|line| line.ends_with("/comments"))
        .unwrap();
    assert!(last_create < first_note, "{lines:#?}");
}

#[tokio::test(start_paused = true)]
async fn trap_8_the_comment_comes_before_the_closing() {
    let world = World::start(&Setup::of(UNIQUE, ""), &Desk::of(Unique::default()));
    world.decide(1, 1, &[Action::Open, Action::Resolve]);
    world.until_settled(2).await;
    let lines = world.desk.lines();
    assert_eq!(
        lines[2..],
        ["POST /base/tickets/1/comments", "PUT /base/tickets/1"]
    );
    // And so it is in every shipped profile: nothing is written to a ticket after it was closed.
    let mut findings = vedette_config::Findings::new();
    for (name, profile) in vedette_policy::profile::shipped(&mut findings) {
        let steps = profile.steps(vedette_policy::profile::Operation::Resolve);
        let comment = steps.iter().position(|step| {
            step.name.contains("comment")
                || step.name.contains("note")
                || step.name.contains("message")
        });
        let close = steps.iter().rposition(|step| {
            step.name.contains("status") || step.name == "close" || step.name == "pass it"
        });
        if let (Some(comment), Some(close)) = (comment, close) {
            assert!(comment <= close, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn trap_14_an_id_is_the_same_as_text_and_as_a_number() {
    let world = World::start(&Setup::of(UNIQUE, ""), &Desk::of(Unique::default()));
    world.decide(1, 1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(world.reference(1).id, "1");
}
