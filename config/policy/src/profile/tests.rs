//! Profiles as people write them, and what they are told about their mistakes.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use vedette_config::{Findings, Place, Source, Spanned};

use super::*;

#[test]
fn every_shipped_profile_is_without_a_finding() {
    let mut findings = Findings::new();
    let profiles = shipped(&mut findings);
    assert!(findings.is_empty(), "{findings}");
    let names: Vec<&str> = profiles.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "alertmanager",
            "email",
            "generic",
            "github",
            "gitlab",
            "jira",
            "mattermost",
            "ntfy",
            "pagerduty",
            "redmine",
            "roundup",
            "rt",
            "servicenow",
            "slack",
            "teams",
            "zendesk"
        ]
    );
}

#[test]
fn a_profile_that_cannot_open_a_ticket_is_refused() {
    check(
        "idempotency = \"none\"\n[[note]]\njson = { text = \"{{ text }}\" }\n",
        &["error[missing-key]: the profile cannot open a ticket"],
    );
}

#[test]
fn a_profile_that_cannot_resolve_is_used_and_somebody_should_look() {
    check(
        "[[open]]\njson = { text = \"{{ text }}\" }\n",
        &["warning[missing-key]: the profile cannot resolve a ticket"],
    );
}

#[test]
fn a_lookup_that_believes_whatever_comes_back_is_refused() {
    check(
        &whole(
            "idempotency = \"lookup\"",
            "[[lookup]]\nurl = \"/find\"\ncapture = { id = \"/0/id\" }",
        ),
        &["error[missing-key]: `lookup` believes whatever comes back"],
    );
}

#[test]
fn a_name_that_no_delivery_has_is_found_before_one_is_sent() {
    check(
        &whole("", "[[note]]\njson = { text = \"{{ txt }}\" }"),
        &["`note`: `json` of step \"note 1\": undefined value"],
    );
}

#[test]
fn a_name_that_only_some_deliveries_have_is_found_too() {
    check(
        &whole("", "[[note]]\njson = { about = \"{{ host.name }}\" }"),
        &["`note`: `json` of step \"note 1\": undefined value"],
    );
}

#[test]
fn an_address_that_needs_the_id_of_a_ticket_not_yet_made_is_found() {
    check(
        "resolve = \"open\"\n[[open]]\nurl = \"/ticket/{{ ticket.id }}\"\njson = {}\n",
        &["`open`: `url` of step \"open 1\" cannot be made"],
    );
}

#[test]
fn what_is_not_a_template_is_shown_where_it_stands() {
    check(
        &whole("", "[[note]]\njson = { text = \"{{ text \" }"),
        &["profile.toml:8:17: error[template-syntax]: this is not a template"],
    );
}

#[test]
fn a_key_nobody_reads_is_named_with_the_nearest_one() {
    check(
        &whole("", "[[note]]\nmethods = \"PUT\"\njson = {}"),
        &["`methods` is not a key of `note`", "did you mean `method`?"],
    );
}

#[test]
fn a_condition_that_cannot_be_read_does_not_become_always() {
    let text = whole("", "[[note]]\nwhen = \"priority ==\"\njson = {}");
    let mut findings = Findings::new();
    let profile = Profile::read(&Source::new("x.toml", text), &mut findings).unwrap();
    assert!(findings.has_errors());
    assert!(profile.steps(Operation::Note).is_empty());
}

#[test]
fn an_operation_can_take_the_steps_of_another_but_not_of_none() {
    check(
        "resolve = \"reopen\"\n[[open]]\njson = {}\n",
        &["`resolve` takes the steps of `reopen`, which has none"],
    );
}

#[test]
fn a_profile_cannot_ask_for_a_key_that_every_receiver_has() {
    check(
        &whole("", "[settings.url]\ntype = \"text\""),
        &["error[reserved-name]: `url` is a key every receiver has already"],
    );
}

#[test]
fn a_receiver_gets_the_defaults_of_its_profile_and_its_own_over_them() {
    let destination =
        destination("queue = \"Alerts\"\npriority = { P1 = 7 }\nsettle_time = \"1s\"").unwrap();
    assert_eq!(destination.settings["queue"], "Alerts");
    assert_eq!(destination.settings["key_field"], "alert_key");
    assert_eq!(destination.settings["priority"]["P1"], 7);
    assert_eq!(destination.settings["priority"]["P2"], 75);
    assert_eq!(destination.settle_time.as_secs(), 1);
    assert_eq!(destination.url, "https://rt.example.org/REST/2.0");
}

#[test]
fn a_receiver_without_a_key_its_profile_needs_is_told_what_it_is_for() {
    let told = destination("").unwrap_err();
    assert!(told.contains("profile `rt` needs `queue`"), "{told}");
    assert!(told.contains("the queue tickets are made in"), "{told}");
}

#[test]
fn a_receiver_with_a_key_its_profile_does_not_ask_for_is_told_the_nearest() {
    let told = destination("queue = \"Alerts\"\nkeyfield = \"x\"").unwrap_err();
    assert!(
        told.contains("profile `rt` asks for no `keyfield`"),
        "{told}"
    );
    assert!(told.contains("did you mean `key_field`?"), "{told}");
}

#[test]
fn a_setting_of_another_type_is_refused() {
    let told = destination("queue = 7").unwrap_err();
    assert!(told.contains("`queue` must be a text"), "{told}");
}

const CHANGES: &str = "[[changed_since]]\nurl = \"/changes\"\n\
    query = { since = \"{{ since | time('%Y-%m-%d %H:%M:%S') }}\", page = \"{{ page }}\" }\n\
    [changed_since.list]\nat = \"/items\"\nfull = 50\n\
    each = { ticket = \"row.id\", at = \"row.updated | moment\", state = \"row.status\" }\n";

#[test]
fn changes_are_listed_from_a_cursor_on() {
    let text = whole("[cursor]\nkind = \"time\"\noverlap = \"5m\"", CHANGES);
    let profile = read(&text).unwrap_or_else(|findings| panic!("{findings}"));
    let cursor = profile.cursor.unwrap();
    assert_eq!(
        (cursor.kind, cursor.overlap.as_secs()),
        (CursorKind::Time, 300)
    );
    let listing = profile.steps(Operation::ChangedSince)[0]
        .list
        .as_ref()
        .unwrap();
    assert_eq!(listing.full, Some(50));
    let names: Vec<&str> = listing.each.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["ticket", "at", "state"]);
}

#[test]
fn changes_without_a_cursor_to_ask_from_are_refused() {
    check(
        &whole("", CHANGES),
        &["`changed_since` needs a cursor to ask from"],
    );
    check(
        &whole("[cursor]\nkind = \"number\"", CHANGES),
        &["the cursor is a number, and no change says one"],
    );
    check(
        &whole("[cursor]\nkind = \"next\"", CHANGES),
        &["`list` does not say where"],
    );
    check(
        &whole("[cursor]\nkind = \"numbre\"", CHANGES),
        &["profile.toml:2:8", "did you mean `number`?"],
    );
    check(
        &whole("[cursor]\nkind = \"number\"\noverlap = \"1m\"", CHANGES),
        &["profile.toml:3:1: error[conflicting-keys]: only a time overlaps"],
    );
}

#[test]
fn a_change_says_what_a_change_can_say() {
    let changes = CHANGES.replace("state =", "status =");
    check(
        &whole("[cursor]\nkind = \"time\"", &changes),
        &[
            "a change or a ticket that is read has no `status`",
            "did you mean `state`?",
        ],
    );
    let changes = CHANGES.replace("ticket = \"row.id\", ", "");
    check(
        &whole("[cursor]\nkind = \"time\"", &changes),
        &["a change says neither which `ticket` it is of"],
    );
}

#[test]
fn reading_a_ticket_says_how_it_stands() {
    let read_it = "[[read]]\nurl = \"/ticket/{{ ticket.id | component }}\"\n";
    check(
        &whole("", &format!("{read_it}capture = {{ owner = \"/owner\" }}")),
        &[
            "`read` does not say how the ticket stands",
            "capture `state`",
        ],
    );
    let state = "capture = { status = \"/status\", state = { text = \"{{ captured.status | mapped(settings.states, 'open') }}\" } }\n\
        [settings.states]\ntype = \"map\"\ndefault = { stalled = \"waiting\" }";
    let profile = read(&whole("", &format!("{read_it}{state}")));
    assert!(profile.is_ok(), "{}", profile.unwrap_err());
}

#[test]
fn an_incident_that_waits_is_put_on_hold_where_the_profile_knows_how() {
    let mut update = sample_deliveries(vedette_triage::Action::Update).remove(0);
    let with = read(&whole("", "[[wait]]\njson = { status = \"{{ state }}\" }")).unwrap();
    let without = read(&whole("", "")).unwrap();
    assert_eq!(Operation::of(&update, &with), Operation::Update);
    let facts = Arc::make_mut(&mut update.facts);
    facts.waiting = Some(vedette_triage::Waiting {
        waits_for: "vendor".into(),
        by: "ops2".into(),
        at: facts.at,
        until: facts.at,
        severity: facts.severity,
    });
    assert_eq!(Operation::of(&update, &with), Operation::Wait);
    assert_eq!(Operation::of(&update, &without), Operation::Update);
}

#[test]
fn a_step_goes_to_one_place() {
    check(
        &whole(
            "",
            "[[note]]\nurl = \"/a\"\nfollow = \"{{ ticket.url }}\"\njson = {}",
        ),
        &["a step goes to one place, not `url` and `follow`"],
    );
}

#[test]
fn every_kind_of_credentials_is_read_and_none_travels_unencrypted_to_strangers() {
    for (auth, expected) in [
        (
            "by = \"basic\"\nuser = \"{{ secret }}\"\npassword = \"X\"",
            "Basic",
        ),
        ("by = \"query\"\nparameter = \"token\"", "Query(\"token\")"),
        (
            "by = \"client-credentials\"\ntoken_url = \"https://login.example.org/token\"\nclient_id = \"vedette\"",
            "ClientCredentials",
        ),
    ] {
        let profile = read(&whole(&format!("[auth]\n{auth}"), "")).unwrap();
        let read = format!("{:?}", profile.auth);
        assert!(read.starts_with(expected), "{read}");
    }
    check(
        &whole(
            "[auth]\nby = \"client-credentials\"\ntoken_url = \"http://login.example.org/token\"\nclient_id = \"x\"",
            "",
        ),
        &["profile.toml:3:1: error[clear-text]: the secret would travel unencrypted"],
    );
    check(
        &whole("[auth]\nby = \"client_credentials\"", ""),
        &["did you mean `client-credentials`?"],
    );
}

#[test]
fn a_key_that_is_recognised_for_a_while_is_looked_up_afterwards() {
    check(
        &whole("idempotency = \"key\"\nkey_for = \"90m\"", ""),
        &["the profile looks a ticket up before it makes it again, but cannot"],
    );
    check(
        &whole("idempotency = \"none\"\nkey_for = \"90m\"", ""),
        &["`key_for` is for idempotency = \"key\""],
    );
}

/// A profile, or what is wrong with it.
fn read(text: &str) -> Result<Profile, String> {
    let mut findings = Findings::new();
    let profile = Profile::read(&Source::new("profile.toml", text), &mut findings);
    match findings.has_errors() {
        true => Err(findings.to_string()),
        false => profile.ok_or_else(|| findings.to_string()),
    }
}

/// A profile that is sound but for what is put in.
fn whole(head: &str, tail: &str) -> String {
    format!("{head}\n[[open]]\njson = {{}}\n[[resolve]]\njson = {{}}\n\n{tail}\n")
}

/// Every expected text is somewhere in the findings, and there are findings.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let mut findings = Findings::new();
    Profile::read(&Source::new("profile.toml", text), &mut findings);
    let shown = findings.to_string();
    for part in expected {
        assert!(shown.contains(part), "no {part:?} in\n{shown}");
    }
}

/// A receiver of profile `rt` with these further keys; the findings when it is refused.
fn destination(extra: &str) -> Result<Destination, String> {
    let mut findings = Findings::new();
    let profile = shipped(&mut findings).remove("rt").unwrap();
    let source = Source::new("collector.toml", extra);
    let document = vedette_config::Document::parse(&source, &mut findings).unwrap();
    let extra: Vec<vedette_config::Entry> = document.read(&mut findings, |reader| {
        reader
            .keys()
            .into_iter()
            .map(|key| {
                let value = reader.optional(&key.value).unwrap();
                vedette_config::Entry { key, value }
            })
            .collect()
    });
    let address = Address {
        name: Spanned::new("desk".into(), Place::whole(&source)),
        url: "https://rt.example.org/REST/2.0/".into(),
        token_file: None,
        secret_file: None,
    };
    Destination::new(&Arc::clone(&profile), address, &extra, &mut findings)
        .ok_or_else(|| findings.to_string())
}
