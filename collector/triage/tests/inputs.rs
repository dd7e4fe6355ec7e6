//! Whatever the engine can be told can be written down and read again: it is recorded.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{
    About, Actor, AlertId, AlertSignal, Command, DeliveryId, Drill, End, EntityId, EvidenceKind,
    Fate, HostSays, HostSignal, Identity, IncidentId, Input, Labels, Matcher, Matchers, Priority,
    Revision, Says, Severity, Signal, SilenceId, SilenceRequest, TicketReference, Timestamp, Via,
};
use vedette_wire::{Goodbye, HostFacts};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

#[track_caller]
fn check(input: &Input) {
    let text = serde_json::to_string(input).unwrap();
    let read: Input = serde_json::from_str(&text).unwrap();
    assert_eq!(&read, input, "{text}");
}

#[test]
fn signals_are_read_as_they_were_written() {
    let attributes = [("mountpoint", "/srv")].into_iter().collect();
    let identity = Identity::of_rule(&EntityId::new("host-1"), "disk", &attributes);
    let firing = Says::Firing {
        severity: Severity::Critical,
        since: at(-7),
        valid_until: Some(at(9)),
    };
    let over = |end| Says::Ok { end, since: at(8) };
    let sender = "prometheus".to_owned();
    for says in [firing, over(End::Recovered), over(End::Expired { sender })] {
        check(&Input::Signal(Signal::Alert(AlertSignal {
            identity: identity.clone(),
            says,
            about: Arc::new(About {
                labels: [("host", "db \"7\"\n")].into_iter().collect(),
                title: "/srv is 93 % full".into(),
                values: vec![
                    ("used".into(), 0.1 + 0.2),
                    ("free".into(), f64::MIN_POSITIVE),
                ],
                ..About::default()
            }),
            drill: Some(Drill::Paging),
        })));
    }
    let outside: Labels = [("alertname", "Down")].into_iter().collect();
    let from_outside = Identity::of_alertmanager(&outside);
    check(&Input::Signal(Signal::Alert(AlertSignal {
        identity: from_outside,
        says: over(End::SaidBySender),
        about: Arc::default(),
        drill: None,
    })));
}

#[test]
fn what_hosts_say_is_read_as_it_was_written() {
    let says = [
        HostSays::Seen {
            facts: HostFacts::default(),
            boot: "b".into(),
            version: "0.1.0".into(),
            interval_s: 14.999_999_999_999_998,
        },
        HostSays::Left {
            reason: Goodbye::Reboot,
        },
        HostSays::JobEnded {
            job: "backup".into(),
            run: "1".into(),
        },
        HostSays::Changed {
            changes: Vec::new(),
        },
        HostSays::Found {
            alert: AlertId(u64::MAX),
            what: EvidenceKind::TopProcesses,
            lines: vec!["a".into()],
        },
        HostSays::Silent { last_seen: at(1) },
    ];
    for says in says {
        let id = EntityId::new("host-1");
        check(&Input::Signal(Signal::Host(HostSignal { id, says })));
    }
}

#[test]
fn commands_are_read_as_they_were_written() {
    let by = || Actor {
        name: "ada".into(),
        via: Via::Alertmanager,
    };
    let incident = IncidentId(7);
    let matchers = [r#"env=~"prod|stage""#, r#"host!="db-7""#].map(|text| {
        Matcher::parse(text).unwrap() // a pattern is compiled again when it is read
    });
    check(&Input::Command(Command::SetSilence {
        by: by(),
        silence: SilenceRequest {
            new_id: SilenceId::new("new"),
            replaces: Some(SilenceId::new("old")),
            matchers: Matchers(matchers.to_vec()),
            starts_at: at(1),
            ends_at: at(2),
            created_by: "ada".into(),
            comment: "because".into(),
            annotations: Labels::none(),
            until_clear: false,
        },
    }));
    check(&Input::Command(Command::Acknowledge {
        by: by(),
        incident,
        lasts: Some(Duration::new(5, 999_999_999)),
    }));
    check(&Input::Command(Command::Note {
        by: by(),
        incident,
        text: "\u{1f525}".into(),
    }));
    let why = || "because".to_owned();
    check(&Input::Command(Command::Assign {
        by: by(),
        incident,
        to: "linux".into(),
        why: why(),
    }));
    check(&Input::Command(Command::Wait {
        by: by(),
        incident,
        waits_for: "vendor".into(),
        until: at(i64::MAX),
    }));
    for to in [Some(Priority::P3), None] {
        check(&Input::Command(Command::Prioritise {
            by: by(),
            incident,
            to,
            why: why(),
        }));
    }
}

#[test]
fn what_the_collector_tells_itself_is_read_as_it_was_written() {
    let ticket = Some(TicketReference {
        id: "4711".into(),
        url: String::new(),
    });
    for fate in [Fate::Done { ticket }, Fate::Dead { why: "gone".into() }] {
        check(&Input::Outcome {
            delivery: DeliveryId(1),
            incident: IncidentId(2),
            receiver: "desk".into(),
            fate,
        });
    }
    check(&Input::PolicyChanged {
        before: Revision(1),
        after: Revision(2),
    });
    check(&Input::Started { down_since: at(5) });
    check(&Input::NoiseFound {
        team: "it-ops".into(),
        noisy: vec![vedette_triage::Noisy {
            rule: "disk".into(),
            since: at(1),
            tickets: 3,
            unattended: 1,
            quieter: vedette_triage::Quieter::By(vedette_triage::Remedy {
                words: "warn at 93 % instead of 90 %".into(),
                place: "exceptions.toml".into(),
                toml: vec!["[[exception]]".into()],
                of: 3,
                fewer: 2,
                measured: "what was measured".into(),
            }),
        }],
    });
    check(&Input::ClockStepped { by_ms: -3 });
    check(&Input::Tick);
}
