//! What a collector of a small company would say.

use std::collections::BTreeMap;

use vedette_collector::api::v1::shapes::{
    Acknowledged, Alert, Delivery, Device, Drill, Explained, Host, HostCounts, Hosts, Incident,
    IncidentCount, IncidentDetail, PolicyStatus, ReceiverBacklog, Status, Ticket, TimelineLine,
};
use vedette_collector::api::v2::shapes::{
    AlertStatus, GettableAlert, GettableSilence, SilenceMatcher, SilenceStatus,
};

use crate::world::{at, on};

/// Nothing is wrong.
pub(crate) fn well() -> Status {
    Status {
        version: "0.1.0".into(),
        now: at("12:31:30"),
        started_at: at("07:00:00"),
        ready: true,
        mode: "live".into(),
        live: Vec::new(),
        hosts: HostCounts {
            well: 12,
            ..HostCounts::default()
        },
        incidents: Vec::new(),
        drills: 0,
        alerts_firing: 0,
        silences_active: 0,
        receivers: Some(vec![backlog("desk", 0, 0)]),
        policy: PolicyStatus {
            revision: 3,
            since: on("2026-09-28", "08:00:00"),
            last_reload_worked: true,
            findings: Vec::new(),
        },
        history: None,
        openings_refused: false,
        troubles: Vec::new(),
    }
}

/// Much is wrong.
pub(crate) fn troubled() -> Status {
    let count = |phase: &str, priority: &str, count| IncidentCount {
        phase: phase.into(),
        priority: priority.into(),
        count,
    };
    Status {
        mode: "observe".into(),
        hosts: HostCounts {
            well: 9,
            silent: 2,
            away: 1,
            clock_off: 1,
        },
        incidents: vec![
            count("open", "P2", 1),
            count("open", "P4", 3),
            count("resolving", "P4", 1),
            count("pending", "P4", 2),
            count("closed", "P3", 7),
        ],
        alerts_firing: 9,
        silences_active: 1,
        drills: 1,
        receivers: Some(vec![backlog("desk", 4, 0), backlog("oncall", 0, 2)]),
        policy: PolicyStatus {
            revision: 3,
            since: at("11:00:00"),
            last_reload_worked: false,
            findings: vec![
                "/etc/vedette/rules/mine.toml:4:1: error[unknown-key]: `warnign` is not known here (help: did you mean `warning`?)".into(),
            ],
        },
        troubles: vec![
            "The policy could not be read again: revision 3 stays in force. Run `vedette-collector check`.".into(),
            "4 deliveries wait for receiver desk, the oldest for 11 min.".into(),
        ],
        ..well()
    }
}

fn backlog(receiver: &str, pending: u64, dead: u64) -> ReceiverBacklog {
    ReceiverBacklog {
        state: "well".into(),
        held_until: None,
        failure: None,
        receiver: receiver.into(),
        pending,
        dead,
        oldest: (pending > 0).then(|| at("12:20:00")),
    }
}

/// A full disk of a database server.
pub(crate) fn incident() -> Incident {
    Incident {
        id: 12,
        phase: "open".into(),
        priority: "P2".into(),
        severity: "critical".into(),
        title: "db-7: /var is 96 % full, 3.1 GiB left".into(),
        host: Some("db-7".into()),
        team: "it-ops".into(),
        route: String::new(),
        alerts: 2,
        firing: 1,
        drill: None,
        started_at: at("12:19:00"),
        opened_at: Some(at("12:19:00")),
        cleared_at: None,
        closed_at: None,
        closed_because: None,
        acknowledged: Some(Acknowledged {
            by: "ops1".into(),
            at: at("12:25:00"),
            until: at("16:25:00"),
        }),
        assigned_to: None,
        waits: None,
        priority_set: None,
        suppressed: None,
        reopened: 1,
        predecessor: Some(7),
        tickets: vec![ticket("open", 1)],
    }
}

/// Three more, each in another state.
pub(crate) fn incidents() -> Vec<Incident> {
    let other = Incident {
        acknowledged: None,
        reopened: 0,
        predecessor: None,
        tickets: Vec::new(),
        ..incident()
    };
    vec![
        Incident {
            id: 15,
            phase: "pending".into(),
            priority: "P4".into(),
            title: "web-03: memory is short: 3 % available".into(),
            host: Some("web-03".into()),
            started_at: at("12:31:00"),
            opened_at: None,
            ..other.clone()
        },
        Incident {
            id: 14,
            phase: "pending".into(),
            priority: "P4".into(),
            title: "nas-1: /srv is 93 % full, 14 GiB left".into(),
            host: Some("nas-1".into()),
            suppressed: Some("silence".into()),
            started_at: at("09:00:00"),
            opened_at: None,
            ..other.clone()
        },
        Incident {
            id: 13,
            phase: "resolving".into(),
            priority: "P1".into(),
            title: "Site graz: all 38 hosts are silent".into(),
            host: None,
            team: "network".into(),
            started_at: on("2026-10-02", "21:00:00"),
            tickets: vec![Ticket {
                id: None,
                ..ticket("opening", 1)
            }],
            ..other
        },
        incident(),
    ]
}

pub(crate) fn ticket(state: &str, outstanding: u64) -> Ticket {
    Ticket {
        receiver: "desk".into(),
        key: "K-3f2a-12-1".into(),
        state: state.into(),
        id: Some("48112".into()),
        url: "https://rt.example.org/Ticket/Display.html?id=48112".into(),
        outstanding,
    }
}

fn alert(host: &str, title: &str) -> Alert {
    let labels = [
        ("alertname", "filesystem-space"),
        ("host", host),
        ("severity", "critical"),
    ];
    Alert {
        fingerprint: "8a07086b74f3ba78".into(),
        title: title.into(),
        severity: "critical".into(),
        firing: true,
        starts_at: at("12:19:00"),
        ended_at: None,
        source: "rules".into(),
        labels: owned(&labels),
        values: BTreeMap::new(),
        incident: Some(12),
        series: None,
    }
}

pub(crate) fn detail() -> IncidentDetail {
    IncidentDetail {
        incident: incident(),
        sentences: vec![
            "It is open since 14:19 and belongs to team it-ops; ops1 works on it until 18:25."
                .into(),
            "It closes by itself 5 min after it is well.".into(),
        ],
        alerts: vec![
            alert("db-7", "/var is 96 % full, 3.1 GiB left"),
            Alert {
                firing: false,
                ended_at: Some(at("12:28:00")),
                ..alert("db-7", "/var/log is 98 % full, 0.2 GiB left")
            },
        ],
        deliveries: vec![
            Delivery {
                at: at("12:19:01"),
                ..delivery(31, "open", "done", 0)
            },
            delivery(32, "acknowledge", "pending", 2),
        ],
    }
}

pub(crate) fn delivery(id: u64, action: &str, standing: &str, attempts: u32) -> Delivery {
    Delivery {
        id,
        receiver: "desk".into(),
        action: action.into(),
        standing: standing.into(),
        attempts,
        at: at(if standing == "pending" {
            "12:32:00"
        } else {
            "12:31:31"
        }),
        answer: match (standing, attempts) {
            ("pending", 0) => "",
            ("pending", _) => "503 Service Unavailable",
            _ => "201 Created",
        }
        .into(),
    }
}

pub(crate) fn explained() -> Explained {
    let line = |clock: &str, sentence: &str| TimelineLine {
        at: at(clock),
        revision: 3,
        sentence: sentence.into(),
        reason: serde_json::json!({ "code": "fired" }),
    };
    Explained {
        incident: 12,
        sentences: detail().sentences,
        timeline: vec![
            line(
                "12:19:00",
                "filesystem-space fires on db-7, critical: value 0.96, free 3.1 GiB.",
            ),
            line(
                "12:19:00",
                "Impact medium (server) and urgency high (critical) make P2; it is told at once.",
            ),
            line("12:19:01", "Ticket 48112 was opened at desk."),
            line("12:25:00", "ops1 took it, until 18:25."),
        ],
    }
}

pub(crate) fn hosts() -> Hosts {
    let host = |name: &str, state: &str| Host {
        id: format!("id-of-{name}"),
        name: name.into(),
        class: "server".into(),
        state: state.into(),
        last_seen: Some(at("12:31:20")),
        since: None,
        back_by: None,
        labels: owned(&[("site", "hq")]),
        os: "Debian GNU/Linux 13".into(),
        kernel: "6.12".into(),
        agent_version: "0.1.0".into(),
        interval_s: 15.0,
        clock_skew_ms: Some(3),
        first_seen: on("2026-09-01", "08:00:00"),
        firing: 0,
        name_also_claimed_by: None,
    };
    Hosts {
        hosts: vec![
            Host {
                firing: 2,
                ..host("db-7", "well")
            },
            host("mail-1", "well"),
            Host {
                back_by: Some(at("12:45:00")),
                since: Some(at("12:25:00")),
                last_seen: Some(at("12:25:00")),
                ..host("nas-1", "away")
            },
            Host {
                class: "workstation".into(),
                last_seen: Some(on("2026-10-01", "16:00:00")),
                since: Some(on("2026-10-01", "16:00:00")),
                ..host("pc-114", "silent")
            },
        ],
        devices: vec![Device {
            name: "sw-hq-3".into(),
            kind: "switch".into(),
            state: "down".into(),
            looked_at_from: vec!["db-7".into(), "mail-1".into()],
            labels: owned(&[("site", "hq")]),
            firing: 1,
        }],
        next: None,
    }
}

pub(crate) fn posted_alerts(count: usize) -> Vec<GettableAlert> {
    let alert = |number: usize| GettableAlert {
        labels: owned(&[
            ("alertname", "filesystem-space"),
            ("host", &format!("db-{number}")),
            ("severity", "warning"),
        ]),
        annotations: BTreeMap::new(),
        starts_at: at("12:19:00"),
        ends_at: at("12:36:00"),
        updated_at: at("12:31:00"),
        fingerprint: format!("{number:016x}"),
        receivers: Vec::new(),
        status: AlertStatus {
            state: "active".into(),
            silenced_by: Vec::new(),
            inhibited_by: Vec::new(),
            muted_by: Vec::new(),
        },
        generator_url: String::new(),
    };
    (1..=count).map(alert).collect()
}

pub(crate) fn silences() -> Vec<GettableSilence> {
    let silence = |id: &str, state: &str| GettableSilence {
        id: id.into(),
        status: SilenceStatus {
            state: state.into(),
        },
        updated_at: at("12:00:00"),
        matchers: vec![SilenceMatcher {
            name: "host".into(),
            value: "db-.*".into(),
            is_regex: true,
            is_equal: true,
        }],
        starts_at: at("12:00:00"),
        ends_at: at("16:00:00"),
        created_by: "ops1".into(),
        comment: "moving the databases to the new storage, CHG0012345".into(),
        annotations: BTreeMap::new(),
        until_clear: false,
        still_muted: None,
    };
    vec![
        silence("5f0c7a52-3b1d-4a70-9a3f-0d6a3d6f0001", "active"),
        GettableSilence {
            starts_at: at("20:00:00"),
            ends_at: at("22:00:00"),
            ..silence("5f0c9b11-77aa-4f0e-8f55-0d6a3d6f0002", "pending")
        },
        GettableSilence {
            until_clear: true,
            ..silence("5f0cb000-77aa-4f0e-8f55-0d6a3d6f0003", "active")
        },
        GettableSilence {
            ends_at: at("12:50:00"),
            still_muted: Some(3),
            ..silence("5f0cc000-77aa-4f0e-8f55-0d6a3d6f0004", "active")
        },
    ]
}

/// A drill that was just sent.
pub(crate) fn drill() -> Drill {
    Drill {
        fingerprint: "00000000000000d1".into(),
        rule: "filesystem-space".into(),
        host: "db-7".into(),
        started_at: at("12:31:30"),
        ends_at: Some(at("12:31:38")),
        firing: true,
        incident: None,
        deliveries: Vec::new(),
    }
}

/// The incident of a drill.
pub(crate) fn drilled(phase: &str, tickets: Vec<Ticket>) -> Incident {
    Incident {
        id: 16,
        phase: phase.into(),
        title: "db-7: a harmless fault to try the way to the ticket (rule filesystem-space)".into(),
        drill: Some("quiet".into()),
        started_at: at("12:31:30"),
        opened_at: Some(at("12:31:30")),
        acknowledged: None,
        reopened: 0,
        predecessor: None,
        tickets,
        ..incident()
    }
}

fn owned(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = labels.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
