//! Makes up deliveries to try profiles with: one with everything in it, one with
//! hardly anything, one drill, one of many alerts that are one thing.
//!
//! Knows nothing of profiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use vedette_triage::{
    Action, Close, Delivery, DeliveryId, Drill, End, Facts, Fingerprint, Handling, HostBrief,
    HostChange, Impact, IncidentId, Labels, Ladder, Member, NextStep, Notice, OtherIncident, Phase,
    Previous, Priority, PriorityWhy, Revision, Severity, SiteFacts, TicketReference, Timestamp,
    TogetherFacts, TogetherOf, ToldNext, Urgency,
};

use super::model::Profile;

/// A Sunday morning in November 2026.
const NOW: Timestamp = Timestamp::from_millis(1_795_300_000_000);

/// One delivery of each kind that a profile must be able to tell.
pub fn sample_deliveries(action: Action) -> Vec<Delivery> {
    [full(action), bare(), drill(action), many(action)]
        .into_iter()
        .map(|facts| Delivery {
            id: DeliveryId(1),
            incident: facts.incident,
            receiver: "desk".into(),
            seq: 1,
            action,
            ticket_key: "K-3f2a-4711-1".into(),
            created_at: NOW,
            facts: Arc::new(facts),
        })
        .collect()
}

/// Made-up values for everything a profile asks of its receivers.
pub fn sample_settings(profile: &Profile) -> BTreeMap<String, Json> {
    profile
        .settings
        .iter()
        .map(|(key, setting)| (key.clone(), setting.sample()))
        .collect()
}

fn minutes_ago(minutes: u64) -> Timestamp {
    NOW.before(std::time::Duration::from_secs(60 * minutes))
}

/// Nothing that can be absent is there, and what can be empty is.
fn bare() -> Facts {
    Facts {
        incident: IncidentId(1),
        group: String::new(),
        phase: Phase::Open,
        title: "something is wrong".into(),
        drill: None,
        flaps: false,
        severity: Severity::Warning,
        priority: Priority::P4,
        priority_why: PriorityWhy {
            impact: Impact::Medium,
            impact_from: "alert from outside".into(),
            urgency: Urgency::Low,
            urgency_from: "warning".into(),
            raised: "P2 when it is critical".into(),
        },
        handling: Handling::Ticket,
        team: "it-ops".into(),
        acknowledged_by: None,
        assigned_to: None,
        waiting: None,
        set_priority: None,
        host: None,
        component: String::new(),
        rule: String::new(),
        means: String::new(),
        first: Vec::new(),
        runbook_url: String::new(),
        values: Vec::new(),
        labels: Labels::none(),
        annotations: Labels::none(),
        members: Vec::new(),
        members_total: 1,
        members_firing: 1,
        started_at: minutes_ago(3),
        opened_at: None,
        cleared_at: None,
        close: None,
        end: None,
        next: NextStep::Nothing,
        reopened: 0,
        previous: None,
        openings: Vec::new(),
        merged_into: None,
        part_of: None,
        report: None,
        list: None,
        together: None,
        note: None,
        notice: None,
        told_next: None,
        news: Vec::new(),
        came_and_went: 0,
        evidence: Vec::new(),
        changes: Vec::new(),
        changes_more: 0,
        hit: Vec::new(),
        hit_total: 0,
        dependents: 0,
        service_name: String::new(),
        suspected: None,
        revision: Revision(1),
        at: NOW,
    }
}

fn full(action: Action) -> Facts {
    let is_over = action == Action::Resolve;
    let labels: Labels = [
        ("alertname", "filesystem-space"),
        ("host", "db-7"),
        ("mountpoint", "/var"),
        ("severity", "critical"),
        ("service", "erp"),
    ]
    .into_iter()
    .collect();
    let annotations: Labels = [("summary", "it's \"nearly\" full & hot")]
        .into_iter()
        .collect();
    Facts {
        incident: IncidentId(4711),
        group: "it-ops host=db-7 component=storage".into(),
        phase: if is_over {
            Phase::Resolved
        } else {
            Phase::Open
        },
        title: "/var is 96 % full, 3.1 GiB left".into(),
        severity: Severity::Critical,
        priority: Priority::P2,
        acknowledged_by: Some("ops2".into()),
        host: Some(HostBrief {
            id: "0f5e".into(),
            name: "db-7".into(),
            class: "server".into(),
            labels: [("service", "erp")].into_iter().collect(),
        }),
        component: "storage".into(),
        rule: "filesystem-space".into(),
        means: "At 100 % every program that writes there fails.".into(),
        first: vec!["journalctl --disk-usage".into()],
        runbook_url: "https://wiki.example.org/runbooks/filesystem-space".into(),
        values: vec![("value".into(), 0.96), ("free".into(), 3.3e9)],
        labels: labels.clone(),
        annotations: annotations.clone(),
        members: vec![Member {
            fingerprint: Fingerprint::of(&labels),
            title: "/var is 96 % full, 3.1 GiB left".into(),
            labels,
            annotations,
            severity: Severity::Critical,
            starts_at: minutes_ago(40),
            ended_at: is_over.then(|| minutes_ago(6)),
            generator_url: "https://vedette.example.org/g".into(),
        }],
        members_total: 3,
        members_firing: u32::from(!is_over),
        started_at: minutes_ago(40),
        opened_at: Some(minutes_ago(40)),
        cleared_at: is_over.then(|| minutes_ago(6)),
        close: is_over.then(|| Close::ByPerson {
            by: "ops3".into(),
            why: "cleaned up".into(),
        }),
        end: is_over.then_some(End::Recovered),
        next: NextStep::ClosesWhenWell { after_s: 300 },
        reopened: 1,
        previous: Some(Previous {
            incident: IncidentId(4001),
            closed_at: minutes_ago(3000),
            close: Close::Cleared,
            lasted_s: 360,
            ticket: Some(TicketReference {
                id: "48112".into(),
                url: "https://rt.example.org/48112".into(),
            }),
        }),
        note: Some(("ops2".into(), "I look at it".into())),
        notice: Some(Box::new(Notice {
            person: Some("ops3".into()),
            why: "nobody works on it since 15 minutes".into(),
            ladder: Some(Ladder::Functional),
        })),
        told_next: Some(ToldNext {
            at: NOW,
            who: "all of team it-ops".into(),
            ladder: Ladder::Functional,
        }),
        news: vec!["severity: warning -> critical".into()],
        ..bare()
    }
}

/// Forty hosts with one fault, which a place they need may have caused, out of a storm.
fn many(action: Action) -> Facts {
    let ticket = || TicketReference {
        id: "48110".into(),
        url: "https://rt.example.org/48110".into(),
    };
    let other = |incident| OtherIncident {
        incident: IncidentId(incident),
        title: "Storm on 912 hosts".into(),
        ticket: Some(ticket()),
    };
    Facts {
        host: None,
        together: Some(TogetherFacts {
            of: TogetherOf::SameRule {
                rule: "check-failing".into(),
                thing: Some("login".into()),
            },
            places: 40,
            first: Some(("web-03".into(), minutes_ago(60))),
            common: vec!["site hq".into()],
            changes: vec![HostChange {
                id: "change-1".into(),
                at: minutes_ago(400),
                what: "package".into(),
                name: "logrotate".into(),
                before: "3.20".into(),
                after: "3.21".into(),
            }],
            others: Some("all 40 have site hq; 12 others that have it are not affected".into()),
            site: Some(SiteFacts {
                name: "hq".into(),
                well: 12,
                sites_well: 6,
            }),
        }),
        hit: vec!["vm-01".into(), "vm-02".into()],
        hit_total: 2,
        dependents: 30,
        service_name: "ERP database".into(),
        suspected: Some("sw-hq-3".into()),
        part_of: Some(other(4700)),
        merged_into: (action == Action::Resolve).then(|| other(4712)),
        close: (action == Action::Resolve).then(|| Close::Merged {
            into: IncidentId(4712),
            by: "alice".into(),
            why: "one fault".into(),
        }),
        ..full(action)
    }
}

fn drill(action: Action) -> Facts {
    Facts {
        drill: Some(Drill::Quiet),
        ..full(action)
    }
}
