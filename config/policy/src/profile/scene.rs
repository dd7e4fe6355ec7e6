//! Decides which names a step can use, and what they stand for.
//!
//! In: a delivery with its text, the receiver, what was captured. Out: a template
//! context. Every name that is documented is there, with or without a value, so
//! that a misspelt one is found when the profile is tried at load.
//! Knows nothing of profiles.

use std::collections::BTreeMap;

use minijinja::Value;
use minijinja::value::Serde;
use serde_json::{Map, Value as Json, json};
use vedette_triage::{
    Action, Close, Delivery, End, Facts, Labels, Ladder, Member, NextStep, Notice, SetPriority,
    TicketReference, Timestamp, ToldNext, Waiting,
};

use super::around;
use super::changes::Asked;

/// Everything a step can speak of.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The receiver's name.
    pub receiver: &'a str,
    /// The receiver's URL, without slashes at its end.
    pub url: &'a str,
    /// The keys its profile asks for.
    pub settings: &'a BTreeMap<String, Json>,
    /// Where people find the collector; empty when nobody said so.
    pub public_url: &'a str,
    /// What is told; none while the receiver is only being tried.
    pub told: Option<Told<'a>>,
    /// How the ticket is known there, if it is.
    pub ticket: Option<&'a TicketReference>,
    /// From where on changes are asked for; none unless they are.
    pub asked: Option<Asked<'a>>,
    /// What people are called there, by our name.
    pub users: &'a BTreeMap<String, String>,
    /// What earlier steps took out of their answers.
    pub captured: &'a BTreeMap<String, String>,
    /// The receiver's secret, if it has one.
    pub secret: Option<&'a str>,
}

/// A delivery and its words.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The delivery.
    pub delivery: &'a Delivery,
    /// The ticket's title.
    pub subject: &'a str,
    /// The ticket's text, or that of the comment.
    pub text: &'a str,
    /// The first commands to try, with the labels of the alert in them.
    pub first: &'a [String],
}

impl Scene<'_> {
    /// The context for templates and expressions.
    pub fn context(&self) -> Value {
        let mut names = match &self.told {
            Some(told) => told_names(told, self.public_url),
            None => Map::new(),
        };
        if let Some(told) = &self.told {
            names.insert("owner".into(), json!(owner(told, self.users)));
        }
        if let Some(asked) = &self.asked {
            names.insert("since".into(), json!(asked.since));
            names.insert("page".into(), json!(asked.page));
            names.insert("after".into(), json!(asked.next));
        }
        names.insert(
            "receiver".into(),
            json!({ "name": self.receiver, "url": self.url, "origin": origin(self.url) }),
        );
        names.insert("settings".into(), json!(self.settings));
        names.insert("public_url".into(), json!(self.public_url));
        names.insert("ticket".into(), json!(self.ticket));
        names.insert("captured".into(), json!(self.captured));
        names.insert("secret".into(), json!(self.secret));
        names.insert("version".into(), json!(env!("CARGO_PKG_VERSION")));
        Value::from(Serde(&names))
    }

    /// The same with one more name.
    pub fn context_with(&self, name: &str, value: &Json) -> Value {
        let more = Value::from(Serde(BTreeMap::from([(name, value)])));
        minijinja::value::merge_maps([more, self.context()])
    }
}

/// The beginning of an address, for `Origin`: up to its path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..]
        .find(['/', '?'])
        .map_or(url.len(), |at| host + at);
    &url[..end]
}

/// Whose the ticket is, by the name that person has there.
fn owner<'a>(told: &Told<'_>, users: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let facts = &*told.delivery.facts;
    let by = facts
        .assigned_to
        .as_ref()
        .or(facts.acknowledged_by.as_ref())?;
    users.get(by).map(String::as_str)
}

/// How the incident stands, in the words that status maps are made of.
fn state(delivery: &Delivery) -> &'static str {
    let facts = &*delivery.facts;
    match delivery.action {
        Action::Resolve => "resolved",
        Action::Open
        | Action::Update
        | Action::Note
        | Action::Acknowledge
        | Action::Escalate
        | Action::Reopen => {
            if facts.waiting.is_some() {
                "waiting"
            } else if facts.acknowledged_by.is_some() {
                "acknowledged"
            } else {
                "open"
            }
        }
    }
}

fn told_names(told: &Told<'_>, public_url: &str) -> Map<String, Json> {
    let delivery = told.delivery;
    let facts = &*delivery.facts;
    let names = json!({
        "action": delivery.action.as_str(),
        "key": delivery.ticket_key,
        "idempotency_key": delivery.idempotency_key(),
        "sequence": delivery.seq,
        "subject": told.subject,
        "text": told.text,
        "incident": incident(facts, public_url),
        "title": facts.title,
        "drill": facts.drill.is_some(),
        "severity": facts.severity.as_str(),
        "priority": facts.priority.as_str(),
        "priority_why": facts.priority_why,
        "handling": facts.handling.as_str(),
        "team": facts.team,
        "acknowledged_by": facts.acknowledged_by,
        "host": facts.host,
        "component": facts.component,
        "rule": facts.rule,
        "means": facts.means,
        "first": told.first,
        "runbook_url": facts.runbook_url,
        "values": values(facts),
        "labels": facts.labels,
        "annotations": facts.annotations,
        "members": facts.members.iter().map(member).collect::<Vec<_>>(),
        "members_total": facts.members_total,
        "members_firing": facts.members_firing,
        "started_at": moment(facts.started_at),
        "opened_at": facts.opened_at.map(moment),
        "cleared_at": facts.cleared_at.map(moment),
        "close": facts.close.as_ref().map(close),
        "end": facts.end.as_ref().map(end),
        "next": next(&facts.next),
        "previous": previous(facts),
        "note": facts.note.as_ref().map(|(by, text)| json!({ "by": by, "text": text })),
        "news": facts.news,
        "revision": facts.revision.0,
        "at": moment(facts.at),
        "webhook": webhook(delivery),
    });
    let people = json!({
        "state": state(delivery),
        "assigned_to": facts.assigned_to,
        "notice": facts.notice.as_ref().map(|notice| notice_of(notice)),
        "told_next": facts.told_next.as_ref().map(told_next),
        "waiting": facts.waiting.as_ref().map(waiting),
        "waits_no_more": facts.waits_no_more(),
        "priority_set": facts.set_priority.as_ref().map(priority_set),
    });
    let names = object(names).into_iter().chain(object(people));
    names.chain(object(around::names(facts))).collect()
}

/// `json!` with braces makes an object.
fn object(names: Json) -> Map<String, Json> {
    match names {
        Json::Object(names) => names,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            Map::new()
        }
    }
}

fn incident(facts: &Facts, public_url: &str) -> Json {
    let url = match public_url {
        "" => None,
        base => Some(format!("{base}/i/{}", facts.incident)),
    };
    json!({
        "id": facts.incident.0,
        "url": url,
        "group": facts.group,
        "phase": facts.phase.as_str(),
        "reopened": facts.reopened,
    })
}

/// By name; what is not finite cannot be JSON and is left out.
fn values(facts: &Facts) -> Map<String, Json> {
    facts
        .values
        .iter()
        .filter(|(_, value)| value.is_finite())
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect()
}

fn member(member: &Member) -> Json {
    json!({
        "title": member.title,
        "fingerprint": member.fingerprint.to_string(),
        "severity": member.severity.as_str(),
        "labels": member.labels,
        "annotations": member.annotations,
        "started_at": moment(member.starts_at),
        "ended_at": member.ended_at.map(moment),
        "generator_url": member.generator_url,
    })
}

fn waiting(waiting: &Waiting) -> Json {
    json!({
        "for": waiting.waits_for,
        "by": waiting.by,
        "at": moment(waiting.at),
        "until": moment(waiting.until),
    })
}

fn notice_of(notice: &Notice) -> Json {
    json!({
        "person": notice.person,
        "why": notice.why,
        "ladder": notice.ladder.map(Ladder::as_str),
    })
}

fn told_next(next: &ToldNext) -> Json {
    json!({ "at": moment(next.at), "who": next.who, "ladder": next.ladder.as_str() })
}

fn priority_set(set: &SetPriority) -> Json {
    json!({ "by": set.by, "why": set.why, "at": moment(set.at) })
}

fn close(close: &Close) -> Json {
    match close {
        Close::Cleared => json!({ "how": "cleared" }),
        Close::Transient => json!({ "how": "transient" }),
        Close::ClearedWhileSuppressed => json!({ "how": "cleared_while_suppressed" }),
        Close::ByPerson { by, why } => json!({ "how": "by_person", "by": by, "why": why }),
        Close::Divided { rest } => json!({ "how": "divided", "rest": rest }),
        Close::Merged { into, by, why } => {
            json!({ "how": "merged", "into": into.0, "by": by, "why": why })
        }
    }
}

fn end(end: &End) -> Json {
    match end {
        End::Recovered => json!({ "how": "recovered" }),
        End::SaidBySender => json!({ "how": "said_by_sender" }),
        End::Expired { sender } => json!({ "how": "expired", "sender": sender }),
        End::Gone { after_s } => json!({ "how": "gone", "after_s": after_s }),
        End::RuleRemoved => json!({ "how": "rule_removed" }),
        End::EntityRetired { by } => json!({ "how": "entity_retired", "by": by }),
        End::ClosedByPerson { by } => json!({ "how": "closed_by_person", "by": by }),
        End::DrillOver => json!({ "how": "drill_over" }),
    }
}

fn next(next: &NextStep) -> Json {
    match next {
        NextStep::Opens { at } => json!({ "step": "opens", "at": moment(*at) }),
        NextStep::Suppressed { until } => {
            json!({ "step": "suppressed", "until": until.map(moment) })
        }
        NextStep::ClosesWhenWell { after_s } => {
            json!({ "step": "closes_when_well", "after_s": after_s })
        }
        NextStep::Closes { at } => json!({ "step": "closes", "at": moment(*at) }),
        NextStep::ReopensUntil { at } => json!({ "step": "reopens_until", "at": moment(*at) }),
        NextStep::Nothing => json!({ "step": "nothing" }),
    }
}

fn previous(facts: &Facts) -> Option<Json> {
    let previous = facts.previous.as_ref()?;
    Some(json!({
        "incident": previous.incident.0,
        "closed_at": moment(previous.closed_at),
        "close": close(&previous.close),
        "lasted_s": previous.lasted_s,
        "ticket": previous.ticket,
    }))
}

/// What Alertmanager's webhook (version 4) says differently from us.
fn webhook(delivery: &Delivery) -> Json {
    let facts = &*delivery.facts;
    // Whatever a person closed while it still fired is over for whoever is told so.
    let is_over = delivery.action == Action::Resolve;
    let mut members: Vec<&Member> = facts.members.iter().collect();
    members.sort_by(|one, other| order(one).cmp(&order(other)));
    let is_firing = |member: &Member| !is_over && member.ended_at.is_none();
    let any_fires = members.iter().any(|member| is_firing(member));
    let alerts: Vec<Json> = members
        .iter()
        .map(|member| {
            let ends_at = match (is_firing(member), member.ended_at) {
                (true, _) => "0001-01-01T00:00:00Z".to_owned(),
                (false, Some(at)) => moment(at),
                (false, None) => moment(facts.cleared_at.unwrap_or(facts.at)),
            };
            json!({
                "status": if is_firing(member) { "firing" } else { "resolved" },
                "labels": marked(&member.labels, facts),
                "annotations": member.annotations,
                "startsAt": moment(member.starts_at),
                "endsAt": ends_at,
                "generatorURL": member.generator_url,
                "fingerprint": member.fingerprint.to_string(),
            })
        })
        .collect();
    let reason = match delivery.action {
        Action::Open => "first notification",
        Action::Resolve => "all alerts resolved",
        Action::Update | Action::Reopen => "new alerts added",
        Action::Note | Action::Acknowledge | Action::Escalate => "unknown",
    };
    json!({
        "status": if any_fires { "firing" } else { "resolved" },
        "reason": reason,
        "truncated": (facts.members_total as usize).saturating_sub(alerts.len()),
        "alerts": alerts,
        "common_labels": marked(&facts.labels, facts),
    })
}

/// A drill is marked wherever it is seen, and there is nothing but labels here.
fn marked(labels: &Labels, facts: &Facts) -> Labels {
    match facts.drill {
        Some(_) => labels.with("drill", "true"),
        None => labels.clone(),
    }
}

/// Alertmanager sorts alerts by job, instance, then all labels.
fn order(member: &Member) -> (&str, &str, &Labels) {
    let label = |name| member.labels.get(name).unwrap_or_default();
    (label("job"), label("instance"), &member.labels)
}

/// RFC 3339 in UTC with milliseconds.
pub(super) fn moment(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.as_millis()) {
        Ok(at) => format!("{at:.3}"),
        // Further away than any calendar: only a broken clock gets here.
        Err(_) => "9999-12-31T23:59:59.999Z".to_owned(),
    }
}
