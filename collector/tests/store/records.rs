//! Makes records as a busy site has them, for stores to keep.
//!
//! In: keys, and a number that varies what is in them. Out: whole records.
//! Knows nothing of how they come about.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_collector::store::{Batch, Body, CommitNumber, Loaded, Record};
use vedette_triage::{
    About, Account, Action, Alert, AlertId, AlertState, Awaited, Awaits, Change, Climb, Close,
    ClosedByHand, Decision, DeliverMode, Delivery, DeliveryId, Digest, End, EntityId, Entry,
    Escalating, Facts, Fingerprint, GroupKey, Handling, Host, HostBrief, Identity, Impact,
    Incident, IncidentId, Labels, Ladder, LastDigest, LastTime, ListOf, Listed, Listing, LiveOf,
    Look, Matchers, Member, NextStep, Origin, Phase, Priority, PriorityWhy, Reason, Recurrence,
    Revision, Ruled, Ruling, Severity, Silence, SilenceId, State, Ticket, TicketReference,
    TicketState, Timestamp, Told, Turns, Urgency, Vote,
};
use vedette_wire::HostFacts;

/// When the stories begin, in milliseconds.
const BEGIN: i64 = 1_750_000_000_000;

/// So many seconds into the story.
pub(crate) fn at(second: u32) -> Timestamp {
    Timestamp::from_millis(BEGIN + i64::from(second) * 1_000)
}

fn labels(key: u64) -> Labels {
    [
        ("alertname", "filesystem-space".to_owned()),
        ("host", format!("db-{}", key % 600)),
        ("class", "server".to_owned()),
        ("severity", "critical".to_owned()),
        ("env", "prod".to_owned()),
        ("site", "vienna".to_owned()),
        ("mountpoint", format!("/srv/{key}")),
        ("device", "/dev/mapper/vg0-data".to_owned()),
    ]
    .into_iter()
    .collect()
}

/// A firing alert of one of our rules, or a resolved one when `variant` is odd.
pub(crate) fn alert(id: u64, incident: Option<u64>, variant: u32) -> Arc<Alert> {
    let host = EntityId::new(&format!("7b1f0c6e-0000-4000-8000-{:012}", id % 600));
    let attributes: Labels = [("mountpoint", format!("/srv/{id}"))].into_iter().collect();
    Arc::new(Alert {
        id: AlertId(id),
        identity: Identity::of_rule(&host, "filesystem-space", &attributes),
        about: Arc::new(About {
            labels: labels(id),
            annotations: Labels::none(),
            title: format!("/srv/{id} is {}% full, 2.1 GiB left", 90 + variant % 10),
            means: "At 100 % every program that writes there fails.".into(),
            first: vec!["df -h".into()],
            component: "storage".into(),
            handling: Some(Handling::Ticket),
            values: vec![
                ("used".into(), 0.9 + f64::from(variant) / 1000.0),
                ("free_bytes".into(), 2_254_857_830.0),
            ],
            generator_url: String::new(),
            ..About::default()
        }),
        enriched: vec![("site".into(), "".into())],
        severity: match variant % 3 {
            0 => Severity::Critical,
            1 => Severity::Warning,
            _ => Severity::Info,
        },
        state: match variant % 2 {
            0 => AlertState::Firing,
            _ => AlertState::Resolved {
                at: at(variant),
                end: End::Expired {
                    sender: "prometheus-1".into(),
                },
            },
        },
        starts_at: at(1),
        updated_at: at(variant),
        validity_ms: variant.is_multiple_of(4).then_some(300_000),
        valid_until: variant.is_multiple_of(4).then(|| at(variant + 300)),
        incident: incident.map(IncidentId),
        drill: None,
        breach_at: None,
        occurrences: variant + 1,
        fresh_at: at(1),
        explains: vec!["filesystem-space at db-7".into()],
        evidence: Vec::new(),
        begun: None,
        turns: Turns::default(),
        awaits: variant.is_multiple_of(5).then(|| {
            Box::new(Awaits {
                what: Awaited::Seen {
                    groups: vec![vec!["hv-1".into()], vec!["sw-1".into(), "sw-2".into()]],
                },
                since: at(variant),
                until: Some(at(variant + 200)),
            })
        }),
    })
}

/// An open incident, or a closed one when `closed_at` says so.
pub(crate) fn incident(id: u64, closed_at: Option<Timestamp>, variant: u32) -> Arc<Incident> {
    Arc::new(Incident {
        id: IncidentId(id),
        group: GroupKey(format!("it-ops/host={}/component=storage", id % 7).into()),
        phase: match closed_at {
            Some(_) => Phase::Closed,
            None => Phase::Open,
        },
        team: "it-ops".into(),
        route: "production".into(),
        receivers: vec!["desk".into(), "chat".into()],
        leader: AlertId(id),
        title: format!("/srv/{id} is almost full"),
        severity: Severity::Critical,
        worst: Severity::Critical,
        priority: Priority::P2,
        priority_why: priority_why(),
        handling: Handling::Ticket,
        drill: None,
        report: None,
        list: None,
        members: variant + 1,
        firing: variant % 2,
        uncounted: 0,
        started_at: at(1),
        joined_at: at(variant),
        opened_at: Some(at(2)),
        cleared_at: closed_at,
        closed_at,
        close: closed_at.map(|_| Box::new(Close::Cleared)),
        acknowledged: None,
        waiting: None,
        together: None,
        flaps: false,
        assigned: None,
        set_priority: None,
        closed_by_hand: variant.is_multiple_of(3).then(|| {
            Box::new(ClosedByHand {
                by: "ops3".into(),
                receiver: "desk".into(),
                at: at(variant),
                again_at: Some(at(variant + 900)),
                times: 1,
                first_at: at(variant),
            })
        }),
        weigh_at: None,
        rule: "filesystem-space".into(),
        openings: vec![at(1)],
        acted: false,
        suppressed: None,
        withheld_at: variant.is_multiple_of(2).then(|| at(variant)),
        causes: Vec::new(),
        escalation: variant
            .is_multiple_of(2)
            .then(|| Box::new(escalating(variant))),
        due: Some(at(variant + 60)),
        reopened: 0,
        suspected: variant.is_multiple_of(3).then(|| "hv-1".into()),
        hit: variant,
        predecessor: id.checked_sub(7).map(IncidentId),
        updated_at: at(variant),
    })
}

fn escalating(variant: u32) -> Escalating {
    Escalating {
        climbs: vec![Climb {
            ladder: Ladder::Functional,
            policy: "usual for P2".into(),
            team: "it-ops".into(),
            priority: Priority::P2,
            step: variant,
            told: 1,
            due: Some(at(variant + 9)),
            not_before: at(variant),
        }],
        owners: vec!["linux".into(), "it-ops".into()],
    }
}

fn priority_why() -> PriorityWhy {
    PriorityWhy {
        impact: Impact::Medium,
        impact_from: "server".into(),
        urgency: Urgency::High,
        urgency_from: "critical".into(),
        raised: String::new(),
    }
}

/// The ticket of an incident at a receiver.
pub(crate) fn ticket(incident: u64, receiver: &str, variant: u32) -> Arc<Ticket> {
    Arc::new(Ticket {
        incident: IncidentId(incident),
        receiver: receiver.into(),
        key: format!("v7-{incident}-1"),
        state: TicketState::Open,
        reference: variant.is_multiple_of(2).then(|| TicketReference {
            id: format!("{}", 4_000 + incident),
            url: format!("https://desk.example.org/ticket/{}", 4_000 + incident),
        }),
        last_seq: variant,
        outstanding: vec![(DeliveryId(u64::from(variant)), variant, Action::Update)],
        told: Told {
            severity: Severity::Critical,
            priority: Priority::P2,
            members: variant,
            team: "it-ops".into(),
            acknowledged_by: None,
            flaps: false,
            assigned_to: None,
            waits_for: None,
            suspected: None,
            hit: variant,
        },
        update_due: Some(at(variant + 90)),
        updated_at: at(variant),
        closing: None,
        came_and_went: 0,
    })
}

/// A server that reports.
pub(crate) fn host(id: &str, variant: u32) -> Arc<Host> {
    Arc::new(Host {
        id: EntityId::new(id),
        facts: HostFacts {
            name: format!("{id}.example.org"),
            labels: BTreeMap::from([("env".into(), "prod".into())]),
            os: "Debian GNU/Linux 13 (trixie)".into(),
            kernel: "6.12.38-amd64".into(),
            cpus: 8,
            memory_bytes: 33_554_432_000,
            ..HostFacts::default()
        },
        boot: format!("boot-{variant}"),
        version: "0.1.0".into(),
        interval_s: 10.0,
        first_seen: at(0),
        enrols_until: variant.is_multiple_of(2).then(|| at(600)),
        away: None,
        retired: variant.is_multiple_of(3).then(|| {
            Box::new(vedette_triage::Retired {
                by: "ops3".into(),
                at: at(variant),
                why: "deleted by change 12".into(),
                reports_since: None,
            })
        }),
        silent_since: variant.is_multiple_of(2).then(|| at(variant)),
        name_also_claimed_by: None,
        changes: Vec::new(),
        back_at: variant.is_multiple_of(3).then(|| at(variant)),
        booted_at: variant.is_multiple_of(2).then(|| at(variant)),
        looks: vec![Look {
            device: "sw-1".into(),
            check: "ping".into(),
            kind: "icmp".into(),
            every_s: 30.0,
        }],
        reported: vec![AlertId(3)],
    })
}

/// The account of a rule.
pub(crate) fn account(rule: &str, variant: u32) -> Arc<Account> {
    let mut account = Account::new(rule, at(1));
    account.opened = u64::from(variant);
    account.suppressed.insert("silence".into(), 3);
    account.vote(Vote {
        incident: IncidentId(7),
        by: "ada".into(),
        useful: variant.is_multiple_of(2),
    });
    Arc::new(account)
}

/// Something that was ruled of a rule.
pub(crate) fn ruling(rule: &str, variant: u32) -> Arc<Ruling> {
    let of = LiveOf::Rule(rule.into());
    Arc::new(Ruling {
        id: of.id(),
        by: format!("ops{variant}"),
        at: at(variant),
        why: String::new(),
        says: Ruled::Live {
            of,
            live: variant.is_multiple_of(2),
            over: DeliverMode::Observe,
        },
    })
}

/// What is remembered of a group.
pub(crate) fn recurrence(group: &str, variant: u32) -> Arc<Recurrence> {
    Arc::new(Recurrence {
        group: GroupKey(group.into()),
        openings: vec![at(1), at(2 + variant)],
        last: LastTime {
            incident: IncidentId(u64::from(variant)),
            closed_at: at(3 + variant),
            close: Close::Cleared,
            lasted_s: 60,
            tickets: vec![(
                "desk".into(),
                TicketReference {
                    id: "48112".into(),
                    url: String::new(),
                },
            )],
        },
    })
}

/// What stood in a team's digest.
pub(crate) fn digest(team: &str, variant: u32) -> Arc<Digest> {
    let entry = Identity::of_alertmanager(&[("host", "db-7")].into_iter().collect());
    Arc::new(Digest {
        team: team.into(),
        at: at(variant),
        next: Some(at(variant + 604_800)),
        entries: [(entry.fingerprint(), "db-7: 12 updates wait".into())].into(),
        last: Some(LastDigest {
            incident: IncidentId(u64::from(variant)),
            listing: Listing {
                of: ListOf::Digest,
                title: "1 host with updates; 1 new".into(),
                groups: vec![Listed {
                    heading: "updates on 1 host".into(),
                    says: vec!["$ apt upgrade".into()],
                    lines: vec!["+ db-7: 12 updates wait".into()],
                    paste: vec!["off = true".into()],
                    more: 0,
                }],
            },
        }),
        look_at: Some(at(variant + 86_400)),
        noisy: vec![vedette_triage::Noisy {
            rule: "updates".into(),
            since: at(variant),
            tickets: 41,
            unattended: 33,
            quieter: vedette_triage::Quieter::Untried {
                why: "nothing is measured yet".into(),
            },
        }],
        noisy_at: Some(at(variant)),
    })
}

/// A silence of an hour.
pub(crate) fn silence(id: &str, variant: u32) -> Arc<Silence> {
    Arc::new(Silence {
        id: SilenceId::new(id),
        matchers: Matchers::parse(&[r#"host=~"db-.*""#, r#"env="prod""#])
            .expect("these are matchers"),
        starts_at: at(variant),
        ends_at: at(variant + 3_600),
        created_by: "ada".into(),
        comment: "moving disks".into(),
        annotations: Labels::none(),
        updated_at: at(variant),
        origin: Origin::Person,
        entity: None,
        until_clear: false,
        look_at: None,
        reminded: None,
        planned: None,
    })
}

/// What is told of an incident, to a receiver, as the `seq`th thing.
pub(crate) fn delivery(id: u64, (incident, receiver): (u64, &str), seq: u32) -> Arc<Delivery> {
    let now = at(u32::try_from(id).unwrap_or(u32::MAX) % 10_000);
    Arc::new(Delivery {
        id: DeliveryId(id),
        incident: IncidentId(incident),
        receiver: receiver.into(),
        seq,
        action: match seq {
            1 => Action::Open,
            _ => Action::Update,
        },
        ticket_key: format!("v7-{incident}-1"),
        created_at: now,
        facts: Arc::new(facts(incident, now)),
    })
}

fn facts(incident: u64, now: Timestamp) -> Facts {
    Facts {
        incident: IncidentId(incident),
        group: "it-ops/host=db-7/component=storage".into(),
        phase: Phase::Open,
        title: format!("/srv/{incident} is almost full"),
        drill: None,
        flaps: false,
        severity: Severity::Critical,
        priority: Priority::P2,
        priority_why: priority_why(),
        handling: Handling::Ticket,
        team: "it-ops".into(),
        acknowledged_by: None,
        assigned_to: None,
        waiting: None,
        set_priority: None,
        host: Some(HostBrief {
            id: "7b1f0c6e-0000-4000-8000-000000000007".into(),
            name: "db-7".into(),
            class: "server".into(),
            labels: [("env", "prod"), ("site", "vienna")].into_iter().collect(),
        }),
        component: "storage".into(),
        rule: "filesystem-space".into(),
        means: "When it is full, whatever writes there stops, most likely the database.".into(),
        first: vec![
            "df -h /srv".into(),
            "du -xh --max-depth=2 /srv | sort -h | tail".into(),
        ],
        runbook_url: "https://wiki.example.org/runbooks/filesystem-space".into(),
        values: vec![("used".into(), 0.96)],
        labels: labels(incident),
        annotations: Labels::none(),
        members: vec![Member {
            fingerprint: Fingerprint(u64::MAX - incident),
            title: format!("/srv/{incident} is 96% full, 2.1 GiB left"),
            labels: labels(incident),
            annotations: Labels::none(),
            severity: Severity::Critical,
            starts_at: at(1),
            ended_at: None,
            generator_url: String::new(),
        }],
        members_total: 1,
        members_firing: 1,
        started_at: at(1),
        opened_at: Some(now),
        cleared_at: None,
        close: None,
        end: None,
        next: NextStep::ClosesWhenWell { after_s: 300 },
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
        service_name: "ERP database".into(),
        suspected: None,
        revision: Revision(3),
        at: now,
    }
}

/// A line of the timeline.
pub(crate) fn entry(incident: Option<u64>, host: Option<&str>, text: &str) -> Entry {
    Entry {
        incident: incident.map(IncidentId),
        alert: None,
        host: host.map(EntityId::new),
        reason: Reason::Noted {
            by: "ada".into(),
            text: text.into(),
        },
    }
}

/// One decision of these changes.
pub(crate) fn decision(now: Timestamp, changes: Vec<Change>, entries: Vec<Entry>) -> Decision {
    Decision {
        at: now,
        changes,
        entries,
        ..Decision::default()
    }
}

/// What was recorded of an input, as the store sees it.
pub(crate) fn record() -> Record {
    let bytes = (0..400_u32).map(|at| at.to_le_bytes()[0] ^ 0x5a).collect();
    Record {
        policy: Revision(3),
        body: Body { form: 1, bytes },
    }
}

/// The batch that follows what `state` and `loaded` say: its decisions are made true in `state`.
pub(crate) fn batch(loaded: &Loaded, state: &mut State, decisions: Vec<Decision>) -> Batch {
    for decision in &decisions {
        state.advance(decision.at);
        for change in &decision.changes {
            state.apply(change);
        }
    }
    Batch {
        number: CommitNumber(loaded.number.0 + 1),
        epoch: loaded.epoch,
        now: state.now(),
        counters: state.counters(),
        revision: Revision(3),
        decisions: Arc::new(decisions),
        record: record(),
    }
}
