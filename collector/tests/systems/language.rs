//! The profile language at work: what follows an answer, what is read again, how a
//! secret becomes a token, how changes are listed.

use std::time::Duration;

use serde_json::{Value, json as value};
use vedette_collector::receiver::changes::{poll, read};
use vedette_policy::profile::{Judgement, TheirState};
use vedette_triage::{Action, TicketReference, Timestamp};

use crate::desk::{Asked, Desk, Held, Reply, System, Trouble, json};
use crate::world::{NOW, Setup, World};

/// A system with etags, tokens that end, and a list of changes.
#[derive(Default)]
struct Office {
    issues: Vec<Value>,
    etag: u32,
    tokens: u32,
    refuse_token: Option<&'static str>,
    changes: Vec<Value>,
}

impl System for Office {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let parts = asked.parts();
        if let Some(refused) = self.refuse_token
            && asked.header("authorization") == format!("Bearer {refused}")
        {
            return json(401, &value!({}));
        }
        match (asked.method, parts.as_slice()) {
            ("POST", ["login", "token"]) => {
                let is_right = asked.form("client_id") == "vedette"
                    && asked.form("client_secret") == "s3cret-token"
                    && asked.form("scope") == "tickets write";
                if !is_right {
                    return json(401, &value!({ "error": "invalid_client" }));
                }
                self.tokens += 1;
                let token = format!("token-{}", self.tokens);
                json(200, &value!({ "access_token": token, "expires_in": 600 }))
            }
            ("POST", ["base", "issues"]) => {
                self.issues.push(value!({ "comments": [] }));
                json(201, &value!({}))
                    .with("location", format!("/base/issues/{}", self.issues.len()))
            }
            ("GET", ["base", "issues", number]) => {
                let issue = self.issues[number.parse::<usize>().unwrap() - 1].clone();
                json(200, &issue).with("etag", format!("\"{}\"", self.etag))
            }
            ("PATCH", ["base", "issues", number]) => {
                if asked.header("if-match") != format!("\"{}\"", self.etag) {
                    return json(412, &value!({}));
                }
                self.etag += 1;
                let issue = &mut self.issues[number.parse::<usize>().unwrap() - 1];
                issue["state"] = asked.json["state"].clone();
                json(200, &value!({}))
            }
            ("GET", ["base", "changes"]) => self.list(asked),
            (method, parts) => panic!("nobody asks {method} {parts:?}"),
        }
    }

    fn tickets(&self) -> Vec<Held> {
        Vec::new()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.method == "POST" && asked.path == "/base/issues"
    }
}

impl Office {
    /// Two to a page, from a number or a time on.
    fn list(&self, asked: &Asked) -> Reply {
        let (since, page) = (asked.query("since"), asked.query("page"));
        let page: usize = page.parse().unwrap();
        let later: Vec<&Value> = self
            .changes
            .iter()
            .filter(|change| match since.parse::<u64>() {
                Ok(number) => change["id"].as_u64() > Some(number),
                Err(_) => change["at"].as_str() >= Some(since),
            })
            .collect();
        let rows: Vec<&Value> = later.into_iter().skip(2 * (page - 1)).take(2).collect();
        json(200, &value!({ "items": rows }))
    }
}

const FOLLOWS: &str = r#"
idempotency = "none"
[[open]]
url = "/issues"
json = { text = "{{ text }}" }
capture = { where = { header = "Location" } }
[[open]]
follow = "{{ captured.where }}"
capture = { id = { matches = '"comments":(\[\])' } }
[[resolve]]
url = "/issues/1"
capture = { etag = { header = "ETag" } }
[[resolve]]
method = "PATCH"
url = "/issues/1"
headers = { If-Match = "{{ captured.etag }}" }
json = { state = "closed" }
"#;

#[tokio::test(start_paused = true)]
async fn a_location_is_followed_from_the_receivers_origin() {
    let desk = Desk::of(Office::default());
    let world = World::start(&Setup::of(FOLLOWS, ""), &desk);
    world.decide(1, 1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(desk.lines(), ["POST /base/issues", "GET /base/issues/1"]);
    assert_eq!(world.reference(1).id, "[]");
}

#[tokio::test(start_paused = true)]
async fn a_location_elsewhere_is_not_followed_and_gets_no_secret() {
    let desk = Desk::of(Office::default());
    let world = World::start(&Setup::of(FOLLOWS, ""), &desk);
    let away = json(201, &value!({})).with("location", "https://evil.example.net/issues/1");
    desk.when_creating(Trouble::DoneAndSays(away));
    world.decide(1, 1, &[Action::Open]);
    let why = world.until_held().await;
    assert!(
        why.contains("leads to https://evil.example.net, which is not the receiver"),
        "{why}"
    );
    assert!(
        desk.asked()
            .iter()
            .all(|asked| asked.origin == "https://desk.example.org")
    );
}

#[tokio::test(start_paused = true)]
async fn a_stale_etag_is_read_again_before_it_is_tried_again() {
    let desk = Desk::of(Office::default());
    let world = World::start(&Setup::of(FOLLOWS, ""), &desk);
    world.decide(1, 1, &[Action::Open]);
    world.until_settled(1).await;
    desk.when_asked("PATCH", Trouble::Says(json(412, &value!({}))));
    world.decide(1, 2, &[Action::Resolve]);
    world.until_settled(2).await;
    assert_eq!(
        desk.lines()[2..],
        [
            "GET /base/issues/1",
            "PATCH /base/issues/1",
            "GET /base/issues/1",
            "PATCH /base/issues/1"
        ]
    );
}

const EXCHANGES: &str = r#"
idempotency = "none"
[auth]
by = "client-credentials"
token_url = "https://login.example.org/login/token"
client_id = "{{ settings.client }}"
scope = "tickets write"
[settings.client]
type = "text"
[[open]]
url = "/issues"
json = { text = "{{ text }}" }
[[resolve]]
url = "/issues"
json = { text = "{{ text }}" }
"#;

#[tokio::test(start_paused = true)]
async fn a_secret_is_exchanged_once_and_again_when_the_token_ends() {
    let desk = Desk::of(Office::default());
    let world = World::start(&Setup::of(EXCHANGES, "client = \"vedette\""), &desk);
    for incident in 1..=3 {
        world.decide(incident, 1, &[Action::Open]);
    }
    world.until_settled(3).await;
    tokio::time::sleep(Duration::from_secs(590)).await;
    world.decide(1, 2, &[Action::Resolve]);
    world.until_settled(4).await;
    let tokens: Vec<String> = desk
        .asked()
        .iter()
        .map(|asked| asked.header("authorization").to_owned())
        .collect();
    let (one, two) = ("Bearer token-1", "Bearer token-2");
    assert_eq!(tokens, ["", one, one, one, "", two]);
    // The secret itself goes to whoever gives out tokens, and to nobody else.
    assert!(desk.asked().iter().all(|asked| {
        asked.body.contains("s3cret-token") == (asked.origin == "https://login.example.org")
    }));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_before_its_end_is_replaced_at_once() {
    let office = Office {
        refuse_token: Some("token-1"),
        ..Office::default()
    };
    let desk = Desk::of(office);
    let world = World::start(&Setup::of(EXCHANGES, "client = \"vedette\""), &desk);
    world.decide(1, 1, &[Action::Open]);
    let started = tokio::time::Instant::now();
    world.until_settled(1).await;
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        desk.lines(),
        [
            "POST /login/token",
            "POST /base/issues",
            "POST /login/token",
            "POST /base/issues"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_nobody_exchanges_holds_the_receiver() {
    let desk = Desk::of(Office::default());
    let world = World::start(&Setup::of(EXCHANGES, "client = \"stranger\""), &desk);
    world.decide(1, 1, &[Action::Open]);
    let why = world.until_held().await;
    assert!(
        why.contains("no token was given out: HTTP 401 invalid_client"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn between_two_requests_is_the_gap_that_the_receiver_wants() {
    let desk = Desk::of(Office::default());
    let keys = "client = \"vedette\"\nmin_gap = \"2s\"\nconcurrency = 8";
    let world = World::start(&Setup::of(EXCHANGES, keys), &desk);
    let started = tokio::time::Instant::now();
    for incident in 1..=5 {
        world.decide(incident, 1, &[Action::Open]);
    }
    world.until_settled(5).await;
    assert_eq!(started.elapsed().as_secs(), 8);
}

const LISTS: &str = r#"
idempotency = "none"
[cursor]
kind = "KIND"
[settings.states]
type = "map"
default = { on_hold = "waiting", closed = "resolved" }
[[open]]
url = "/issues"
json = { text = "{{ text }}" }
[[resolve]]
url = "/issues"
json = { text = "{{ text }}" }
[[read]]
url = "/issues/{{ ticket.id }}"
expect = [{ status = 404, is = "gone" }]
capture = { status = "/state", state = { text = "{{ captured.status | mapped(settings.states, 'open') }}" } }
[[changed_since]]
url = "/changes"
query = { since = "{{ since or 0 }}", page = "{{ page }}" }
[changed_since.list]
at = "/items"
full = 2
keep = "row.kind != 'mail'"
[changed_since.list.each]
ticket = "row.issue"
cursor = "row.id"
at     = "row.at"
by     = "row.by"
state  = "row.state | mapped(settings.states)"
"#;

fn changed(id: u64, at: &str, state: &str) -> Value {
    value!({ "id": id, "issue": 40 + id, "at": at, "by": "anna", "state": state, "kind": "status" })
}

#[tokio::test]
async fn changes_are_read_page_by_page_from_a_number_on() {
    let mut office = Office::default();
    for id in 1..=5 {
        office
            .changes
            .push(changed(id, "2026-11-22T01:00:00Z", "on_hold"));
    }
    office.changes[3]["kind"] = value!("mail");
    let (desk, folder) = (Desk::of(office), tempfile::tempdir().unwrap());
    let setup = Setup::of(
        &LISTS.replace("KIND\"", "number\"").replace(
            "cursor = \"row.id\"\nat     = \"row.at\"",
            "cursor = \"row.id\"",
        ),
        "",
    );
    let receiver = setup.receiver(&desk, &folder);
    // The first only finds out from where to ask.
    let first = poll(&receiver, None, NOW).await;
    assert_eq!(
        (first.changes.len(), first.cursor.as_deref()),
        (0, Some("2"))
    );
    let second = poll(&receiver, Some("2"), NOW).await;
    assert_eq!(second.judgement, Judgement::Done, "{}", second.why);
    let seen: Vec<_> = second
        .changes
        .iter()
        .map(|seen| seen.ticket.clone().unwrap())
        .collect();
    assert_eq!(seen, ["43", "45"]);
    assert_eq!(second.changes[0].state, Some(TheirState::Waiting));
    assert_eq!(second.changes[0].by.as_deref(), Some("anna"));
    assert_eq!(
        (second.cursor.as_deref(), second.has_more),
        (Some("5"), false)
    );
    let third = poll(&receiver, Some("5"), NOW).await;
    assert_eq!(
        (third.changes.len(), third.cursor.as_deref()),
        (0, Some("5"))
    );
}

#[tokio::test]
async fn changes_from_a_time_on_overlap_and_the_cursor_never_goes_back() {
    let mut office = Office::default();
    for minute in 0..5 {
        office.changes.push(changed(
            minute,
            &format!("2026-11-22T01:0{minute}:00Z"),
            "closed",
        ));
    }
    let (desk, folder) = (Desk::of(office), tempfile::tempdir().unwrap());
    let setup = Setup::of(
        &LISTS
            .replace("KIND\"", "time\"\noverlap = \"90s\"")
            .replace("cursor = \"row.id\"\n", ""),
        "",
    );
    let receiver = setup.receiver(&desk, &folder);
    let polled = poll(&receiver, Some("2026-11-22T01:03:00Z"), NOW).await;
    assert_eq!(polled.judgement, Judgement::Done, "{}", polled.why);
    assert_eq!(desk.asked()[0].query("since"), "2026-11-22T01:01:30.000Z");
    let times: Vec<_> = polled.changes.iter().map(|seen| seen.at.unwrap()).collect();
    assert_eq!(times.len(), 3);
    assert_eq!(times[2], Timestamp::from_millis(1_795_309_440_000));
    assert_eq!(polled.cursor.as_deref(), Some("2026-11-22T01:04:00.000Z"));
    // Nothing new: it stays where it is.
    let quiet = poll(&receiver, Some("2026-11-22T09:00:00.000Z"), NOW).await;
    assert_eq!(quiet.cursor.as_deref(), Some("2026-11-22T09:00:00.000Z"));
    // Never asked before: from now on.
    let first = poll(&receiver, None, NOW).await;
    assert_eq!(first.cursor.as_deref(), Some("2026-11-24T13:31:30.000Z"));
}

#[tokio::test]
async fn a_poll_that_fails_half_way_keeps_what_it_has_and_goes_on_from_there() {
    let mut office = Office::default();
    for id in 1..=5 {
        office
            .changes
            .push(changed(id, "2026-11-22T01:00:00Z", "closed"));
    }
    let (desk, folder) = (Desk::of(office), tempfile::tempdir().unwrap());
    let setup = Setup::of(&LISTS.replace("KIND\"", "number\""), "");
    let receiver = setup.receiver(&desk, &folder);
    let full = json(
        200,
        &value!({ "items": [changed(1, "", "closed"), changed(2, "", "closed")] }),
    );
    let away = json(503, &value!({})).with("retry-after", "7");
    desk.when_asked("GET /base/changes", Trouble::Says(full));
    desk.when_asked("GET /base/changes", Trouble::Says(away));
    let polled = poll(&receiver, Some("0"), NOW).await;
    assert_eq!(polled.judgement, Judgement::Unknown);
    assert_eq!(
        (polled.changes.len(), polled.cursor.as_deref()),
        (2, Some("2"))
    );
    assert_eq!(polled.pace, [("retry-after".to_owned(), "7".to_owned())]);
    assert!(polled.has_more);
}

#[tokio::test]
async fn a_ticket_is_read_as_it_stands() {
    let office = Office {
        issues: vec![value!({ "state": "on_hold" }), value!({ "state": "new" })],
        ..Office::default()
    };
    let (desk, folder) = (Desk::of(office), tempfile::tempdir().unwrap());
    let receiver = Setup::of(&LISTS.replace("KIND", "number"), "").receiver(&desk, &folder);
    let ticket = |id: &str| TicketReference {
        id: id.into(),
        url: String::new(),
    };
    let on_hold = read(&receiver, &ticket("1"), NOW).await;
    assert_eq!(on_hold.seen.unwrap().state, Some(TheirState::Waiting));
    let new = read(&receiver, &ticket("2"), NOW).await;
    assert_eq!(new.seen.unwrap().state, Some(TheirState::Open));
    desk.when_asked("GET", Trouble::Says(json(404, &value!({}))));
    let gone = read(&receiver, &ticket("2"), NOW).await;
    assert_eq!((gone.judgement, gone.seen), (Judgement::Gone, None));
}
