//! The ticket as it reads, in every situation it is written in.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use crate::access::LinkKey;
use vedette_triage::{
    Action, Close, Delivery, DeliveryId, Drill, End, Facts, Fingerprint, Handling, HostBrief,
    HostChange, Impact, IncidentId, Labels, Member, NextStep, OtherIncident, Phase, Previous,
    Priority, PriorityWhy, Revision, SetPriority, Severity, SiteFacts, TicketReference, Timestamp,
    TogetherFacts, TogetherOf, Urgency, Waiting, WindowReport,
};

use super::*;

/// 14:33 in Vienna on Tuesday, 24 November 2026.
const NOW: Timestamp = Timestamp::from_millis(1_795_527_180_000);

#[test]
fn a_critical_server_with_values_reads_so() {
    check("open_critical", Action::Open, |_| {});
}

#[test]
fn a_warning_nobody_knows_much_about_has_no_empty_line_and_no_null() {
    check("open_warning_from_outside", Action::Open, |facts| {
        *facts = bare(facts.clone());
    });
}

#[test]
fn an_alert_from_outside_is_about_the_host_in_its_labels() {
    check("open_from_prometheus", Action::Open, |facts| {
        *facts = bare(facts.clone());
        facts.labels = [("instance", "db-7:9100")].into_iter().collect();
        facts.annotations = [
            ("description", "The nightly job failed with exit code 3"),
            ("runbook_url", "https://wiki.example.org/batch"),
        ]
        .into_iter()
        .collect();
    });
}

#[test]
fn alerts_from_outside_say_by_their_labels_what_they_are_about() {
    check("open_by_labels", Action::Open, |facts| {
        let one = facts.members[0].clone();
        *facts = bare(facts.clone());
        let member = |queue: &str| {
            let labels = [
                ("alertname", "QueueFull"),
                ("cluster", "k1"),
                ("queue", queue),
            ];
            Member {
                title: "QueueFull".into(),
                labels: labels.into_iter().collect(),
                ..one.clone()
            }
        };
        facts.title = "QueueFull".into();
        facts.members = vec![member("mail"), member(&"x".repeat(100))];
        (facts.members_total, facts.members_firing) = (2, 2);
        facts.labels = Labels::common(facts.members.iter().map(|member| &member.labels));
    });
}

#[test]
fn what_people_know_of_a_host_and_its_service_is_said() {
    check("open_with_plain_name", Action::Open, |facts| {
        facts.service_name = "ERP database".into();
        facts.labels = facts.labels.with("site", "graz").with("tier", "1");
    });
}

#[test]
fn an_update_of_several_lists_which_fire() {
    check("update_several", Action::Update, |facts| {
        many(facts);
        facts.news = vec!["40 alerts instead of 20.".into()];
    });
}

#[test]
fn the_report_of_a_window_is_about_the_window_also_where_one_host_is_not_well() {
    let mut facts = critical();
    facts.title =
        "window patch: of 10 hosts 9 are well; 1 check-failing that did not fire before".into();
    facts.report = Some(Box::new(WindowReport {
        window: "patch".into(),
        title: "of 10 hosts 9 are well".into(),
        lines: vec!["check-failing, not before: db-7.".into()],
    }));
    let words = Words::of(&delivery(Action::Open, facts), &site());
    assert!(
        words.subject.starts_with("[P2] window patch: of 10"),
        "{}",
        words.subject
    );
    assert!(
        words.text.starts_with("WHAT     window patch: of"),
        "{}",
        words.text
    );
}

#[test]
fn a_drill_says_first_that_it_is_one() {
    check("open_drill", Action::Open, |facts| {
        facts.drill = Some(Drill::Quiet);
    });
}

#[test]
fn an_incident_of_many_members_names_a_few_and_counts_the_rest() {
    check("open_many_members", Action::Open, many);
}

#[test]
fn a_hypervisor_that_has_failed_lists_the_guests_it_took_along() {
    check("open_with_hit", Action::Open, |facts| {
        facts.hit = (1..=20).map(|guest| format!("vm-{guest:02}")).collect();
        facts.hit_total = 25;
        facts.dependents = 30;
    });
    check("update_with_hit", Action::Update, |facts| {
        facts.news = vec!["3 that need it are hit instead of 1.".into()];
        facts.hit = ["vm-01", "vm-02", "vm-03"].map(String::from).to_vec();
        facts.hit_total = 3;
        facts.dependents = 30;
    });
}

#[test]
fn a_ticket_whose_host_needs_what_has_failed_names_the_suspected_cause() {
    check("open_with_suspected_cause", Action::Open, |facts| {
        facts.suspected = Some("esx-07".into());
    });
}

#[test]
fn a_successor_tells_how_the_last_time_ended() {
    check("open_with_predecessor", Action::Open, |facts| {
        facts.previous = Some(Previous {
            incident: IncidentId(4001),
            closed_at: NOW.before(hours(24 * 113)),
            close: Close::ByPerson {
                by: "ops2".into(),
                why: "old logs removed.".into(),
            },
            lasted_s: 360,
            ticket: Some(TicketReference {
                id: "48112".into(),
                url: String::new(),
            }),
        });
    });
}

#[test]
fn what_is_left_of_something_about_many_names_its_ticket() {
    check("open_rest_of_many", Action::Open, |facts| {
        facts.part_of = Some(OtherIncident {
            incident: IncidentId(4700),
            title: "2 hosts: /var fills up (first: web-03)".into(),
            ticket: Some(TicketReference {
                id: "48110".into(),
                url: String::new(),
            }),
        });
    });
}

#[test]
fn a_storm_that_is_over_says_what_has_tickets_of_its_own() {
    check("resolve_storm", Action::Resolve, |facts| {
        facts.members_total = 4_812;
        facts.close = Some(Close::Divided { rest: 17 });
        facts.together = Some(storm());
    });
}

#[test]
fn what_comes_again_and_again_says_how_often_and_at_what_time_of_the_day() {
    check("open_again", Action::Open, |facts| {
        // 14:31 today, and each time at about two o'clock.
        let days = [12, 9, 5, 2];
        facts.openings = days
            .map(|days| NOW.before(hours(24 * days) + minutes(8)))
            .into();
    });
}

#[test]
fn what_is_always_at_the_same_time_of_the_day_is_said_in_whole_hours() {
    let zone = jiff::tz::TimeZone::UTC;
    let at = |minutes: [u64; 3]| {
        let day = hours(24).as_secs() / 60;
        let moment = |(number, minute)| {
            Timestamp::from_millis(0).after(self::minutes(day * (number + 1) + minute))
        };
        phrase::always((0_u64..).zip(minutes).map(moment), &zone)
    };
    assert_eq!(at([125, 170, 150]).as_deref(), Some("02:00-03:00"));
    assert_eq!(at([110, 170, 150]).as_deref(), Some("01:00-03:00"));
    assert_eq!(at([1430, 5, 1439]).as_deref(), Some("23:00-01:00"));
    assert_eq!(at([1430, 600, 1439]), None);
    assert_eq!(phrase::always([NOW, NOW], &zone), None);
}

#[test]
fn an_update_says_what_is_news_and_where_it_stands() {
    check("update", Action::Update, |facts| {
        many(facts);
        facts.news = vec![
            "severity: warning -> critical".into(),
            "members: 6 -> 40".into(),
        ];
    });
}

#[test]
fn what_people_said_of_it_is_told() {
    check("update_waiting", Action::Update, |facts| {
        facts.news = vec!["It waits for vendor.".into(), "It is ops2's now.".into()];
        facts.assigned_to = Some("ops2".into());
        facts.waiting = Some(Waiting {
            waits_for: "vendor".into(),
            by: "ops2".into(),
            at: NOW,
            until: NOW.after(hours(24 * 5)),
            severity: Severity::Critical,
        });
    });
}

#[test]
fn what_would_raise_its_priority_is_told() {
    check("open_hours_left", Action::Open, |facts| {
        facts.priority_why = PriorityWhy {
            impact: Impact::High,
            impact_from: "tier 1".into(),
            urgency: Urgency::Medium,
            urgency_from: "critical, 4 hours left".into(),
            raised: "P1 when less than 2 hours are left".into(),
        };
    });
}

#[test]
fn a_person_s_priority_is_told_beside_the_computed_one() {
    check("open_priority_set", Action::Open, |facts| {
        facts.assigned_to = Some("ops2".into());
        facts.priority = Priority::P4;
        facts.set_priority = Some(SetPriority {
            to: Priority::P4,
            by: "ops2".into(),
            why: "nobody uses it before Monday".into(),
            at: NOW.before(minutes(20)),
            severity: Severity::Critical,
        });
    });
}

#[test]
fn a_note_is_what_the_person_wrote() {
    check("note", Action::Note, |facts| {
        facts.note = Some(("ops2".into(), "I look at it.\n  second line\n".into()));
    });
}

#[test]
fn who_has_taken_it_is_said() {
    check("acknowledge", Action::Acknowledge, |facts| {
        facts.acknowledged_by = Some("ops2".into());
    });
}

#[test]
fn a_recovery_says_since_when_and_how_long_it_took() {
    check("resolve_recovered", Action::Resolve, over(End::Recovered));
}

#[test]
fn a_recovery_of_what_was_taken_says_by_whom() {
    check("resolve_taken", Action::Resolve, |facts| {
        over(End::Recovered)(facts);
        facts.acknowledged_by = Some("ops2".into());
    });
}

#[test]
fn what_is_no_longer_reported_is_not_called_well() {
    let end = End::Expired {
        sender: "prometheus-1".into(),
    };
    check("resolve_expired", Action::Resolve, over(end));
}

#[test]
fn what_is_not_there_any_more_is_not_called_well() {
    check(
        "resolve_gone",
        Action::Resolve,
        over(End::Gone { after_s: 86_400 }),
    );
}

#[test]
fn what_a_person_closed_while_it_held_says_so() {
    check("resolve_by_hand", Action::Resolve, |facts| {
        facts.close = Some(Close::ByPerson {
            by: "ops3".into(),
            why: "it is meant to be so".into(),
        });
    });
}

#[test]
fn one_rule_on_many_hosts_reads_so() {
    check("open_same_rule", Action::Open, |facts| {
        let rule = "filesystem-space".into();
        facts.title = "/var fills up".into();
        facts.host = None;
        facts.members_total = 40;
        facts.members_firing = 40;
        facts.together = Some(TogetherFacts {
            of: TogetherOf::SameRule { rule, thing: None },
            places: 40,
            first: Some(("web-03".into(), NOW.before(minutes(323)))),
            common: vec!["site hq".into()],
            changes: vec![HostChange {
                id: "c".into(),
                at: NOW.before(minutes(400)),
                what: "package".into(),
                name: "logrotate".into(),
                before: "3.20".into(),
                after: "3.21".into(),
            }],
            others: Some("all 40 have site hq; 12 others that have it are not affected".into()),
            site: None,
        });
    });
}

#[test]
fn a_silent_site_reads_so() {
    check("open_silent_site", Action::Open, |facts| {
        facts.title = "silent for 2 min".into();
        facts.host = None;
        facts.members_total = 38;
        facts.members_firing = 38;
        facts.together = Some(TogetherFacts {
            of: TogetherOf::Silence,
            places: 38,
            first: Some(("sw-graz-1".into(), NOW.before(minutes(3)))),
            common: vec!["site graz".into()],
            changes: Vec::new(),
            others: Some("all 38 have site graz, and nobody else has".into()),
            site: Some(SiteFacts {
                name: "graz".into(),
                well: 0,
                sites_well: 6,
            }),
        });
    });
}

#[test]
fn a_storm_reads_so() {
    check("open_storm", Action::Open, |facts| {
        facts.host = None;
        facts.members_total = 4_812;
        facts.members_firing = 4_812;
        facts.together = Some(storm());
    });
}

fn storm() -> TogetherFacts {
    TogetherFacts {
        of: TogetherOf::Storm,
        places: 912,
        first: Some(("web-03".into(), NOW.before(minutes(2)))),
        common: Vec::new(),
        changes: Vec::new(),
        others: None,
        site: None,
    }
}

#[test]
fn what_was_many_and_is_over_does_not_call_itself_none() {
    for (of, expected) in [
        (TogetherOf::Storm, "Storm: 68 alerts on many hosts since"),
        (TogetherOf::Silence, "68 hosts silent since"),
    ] {
        let mut facts = critical();
        facts.together = Some(TogetherFacts {
            of,
            places: 0,
            ..storm()
        });
        (facts.members_total, facts.members_firing) = (68, 0);
        let subject = Words::of(&delivery(Action::Resolve, facts), &site()).subject;
        assert!(subject.contains(expected), "{subject}");
    }
}

#[test]
fn many_of_which_nearly_all_are_well_end_so() {
    check("resolve_divided", Action::Resolve, |facts| {
        facts.members_total = 40;
        facts.close = Some(Close::Divided { rest: 4 });
    });
}

#[test]
fn what_was_merged_says_where_it_goes_on() {
    check("resolve_merged", Action::Resolve, |facts| {
        goes_on(facts, Close::merged(IncidentId(4712)));
    });
}

#[test]
fn what_a_person_merged_says_who_and_why() {
    check("resolve_merged_by_person", Action::Resolve, |facts| {
        let close = Close::Merged {
            into: IncidentId(4712),
            by: "ops2".into(),
            why: "the log rotation of web-* is broken\neverywhere".into(),
        };
        goes_on(facts, close);
    });
}

fn goes_on(facts: &mut Facts, close: Close) {
    facts.close = Some(close);
    facts.merged_into = Some(OtherIncident {
        incident: IncidentId(4712),
        title: "40 hosts: /var fills up".into(),
        ticket: Some(TicketReference {
            id: "48119".into(),
            url: "https://rt.example.org/48119".into(),
        }),
    });
}

#[test]
fn the_end_of_a_drill_is_said() {
    check("resolve_drill", Action::Resolve, |facts| {
        over(End::DrillOver)(facts);
        facts.drill = Some(Drill::Quiet);
    });
}

#[test]
fn what_comes_back_says_how_often() {
    check("reopen", Action::Reopen, |facts| facts.reopened = 2);
}

#[test]
fn a_subject_fits_where_subjects_are_kept() {
    let mut facts = critical();
    facts.title = "x".repeat(2000);
    facts.members_total = 12;
    let words = Words::of(&delivery(Action::Open, facts), &site());
    assert_eq!(words.subject.chars().count(), 200);
    assert!(
        words.subject.ends_with("… (and 11 more)"),
        "{}",
        words.subject
    );
}

#[test]
fn every_text_keeps_to_its_columns_and_has_no_gap() {
    for action in [
        Action::Open,
        Action::Update,
        Action::Note,
        Action::Acknowledge,
        Action::Escalate,
        Action::Resolve,
        Action::Reopen,
    ] {
        for sample in vedette_policy::profile::sample_deliveries(action) {
            let words = Words::of(&sample, &site());
            for line in words.text.lines() {
                assert!(
                    line.chars().count() <= COLUMNS || !line.trim_start().contains(' '),
                    "{line}"
                );
                assert_eq!(line, line.trim_end(), "{action:?}");
            }
            assert!(
                !words.text.contains("\n\n\n") && !words.text.contains("null"),
                "{}",
                words.text
            );
        }
    }
}

#[test]
fn every_shipped_rule_reads_as_a_ticket() {
    let today = jiff::civil::Date::constant(2026, 11, 22);
    let findings = vedette_config::Findings::new();
    let (loaded, _) = vedette_policy::load(&vedette_policy::Sources::default(), today, findings);
    let vedette_policy::Loaded { policy, titles, .. } = loaded.unwrap();
    let of_metrics = vedette_wire::metric::METRICS
        .iter()
        .flat_map(|metric| metric.attributes.iter().chain(metric.describing));
    let of_events = vedette_triage::detect::EVENTS.iter();
    let of_events = of_events.flat_map(|form| form.all_attributes());
    let named = of_metrics.copied().chain(of_events).chain(["text"]);
    let attributes: Labels = named.map(|name| (name, "x")).collect();
    for rule in policy.detection.iter() {
        let names = rule.names();
        let mut values: Vec<(String, f64)> =
            names.iter().map(|name| (name.to_owned(), 2.0)).collect();
        for (name, value) in [
            ("time_to_breach", 4_000.0),
            ("lately", 2.0),
            ("usually", 1.0),
        ] {
            values.insert(0, (name.to_owned(), value));
        }
        let sighting = vedette_policy::Sighting {
            rule: &rule.name,
            host: "db-7",
            values: &values,
            attributes: &attributes,
        };
        let facts = Facts {
            rule: rule.name.to_string(),
            title: titles.title(&sighting),
            means: titles.means(&sighting),
            first: titles.first(&sighting),
            values: values.clone(),
            ..critical()
        };
        let words = Words::of(&delivery(Action::Open, facts.clone()), &site());
        assert!(words.subject.contains(&facts.title), "{}", words.subject);
        let text = words.text.replace('\n', " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&facts.means), "{}: {}", rule.name, words.text);
        for command in &facts.first {
            let is_whole = words.text.lines().any(|line| line.trim() == *command);
            assert!(is_whole, "{}: {command} in {}", rule.name, words.text);
        }
        assert!(!words.text.contains("unknown"), "{}", words.text);
        let left =
            words.text.contains("time left") && words.text.contains("1 h 6 min, at this rate");
        assert!(left, "{}", words.text);
    }
}

#[test]
fn lengths_of_time_are_said_as_people_say_them() {
    for (seconds, expected) in [
        (0, "0 s"),
        (45, "45 s"),
        (360, "6 min"),
        (375, "6 min"),
        (5460, "1 h 31 min"),
        (86_400, "1 d"),
        (100_000, "1 d 3 h"),
    ] {
        assert_eq!(phrase::length(seconds), expected);
    }
}

#[test]
fn numbers_are_said_with_the_digits_that_count() {
    for (value, expected) in [
        (0.964_2, "0.9642"),
        (0.5, "0.5"),
        (12.345, "12.35"),
        (3_328_599_654.0, "3 328 599 654"),
        (-1500.0, "-1 500"),
        (7.0, "7"),
        (f64::NAN, "unknown"),
    ] {
        assert_eq!(phrase::number(value), expected);
    }
}

fn site() -> Site {
    Site {
        // Central Europe by its rules, so that no file of this machine is needed.
        zone: jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap(),
        public_url: "https://vedette.example.org:9720".into(),
        links: LinkKey::of("the key of the tests"),
        users: std::collections::BTreeMap::new(),
    }
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(3600 * hours)
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

fn critical() -> Facts {
    let labels: Labels = [
        ("alertname", "filesystem-space"),
        ("host", "db-7"),
        ("mountpoint", "/var"),
        ("service", "erp"),
    ]
    .into_iter()
    .collect();
    Facts {
        incident: IncidentId(4711),
        group: "linux host=db-7 component=storage".into(),
        phase: Phase::Open,
        title: "/var is 96 % full, 3.1 GiB left".into(),
        drill: None,
        flaps: false,
        severity: Severity::Critical,
        priority: Priority::P2,
        priority_why: PriorityWhy {
            impact: Impact::Medium,
            impact_from: "server".into(),
            urgency: Urgency::High,
            urgency_from: "critical".into(),
            raised: String::new(),
        },
        handling: Handling::Ticket,
        team: "linux".into(),
        acknowledged_by: None,
        assigned_to: None,
        waiting: None,
        set_priority: None,
        host: Some(HostBrief {
            id: "0f5e".into(),
            name: "db-7".into(),
            class: "server".into(),
            labels: [("service", "erp"), ("env", "prod"), ("site", "hq")]
                .into_iter()
                .collect(),
        }),
        component: "storage".into(),
        rule: "filesystem-space".into(),
        means: "At 100 % every program that writes there fails; databases and mail stop.".into(),
        first: vec![
            "du -xh --max-depth=2 /var | sort -h | tail -15".into(),
            "journalctl --disk-usage".into(),
        ],
        runbook_url: "https://wiki.example.org/runbooks/filesystem-space".into(),
        values: vec![("value".into(), 0.964), ("free".into(), 3_328_599_654.0)],
        labels: labels.clone(),
        annotations: Labels::none(),
        members: vec![Member {
            fingerprint: Fingerprint::of(&labels),
            title: "/var is 96 % full, 3.1 GiB left".into(),
            labels,
            annotations: Labels::none(),
            severity: Severity::Critical,
            starts_at: NOW.before(minutes(2)),
            ended_at: None,
            generator_url: String::new(),
        }],
        members_total: 1,
        members_firing: 1,
        started_at: NOW.before(minutes(2)),
        opened_at: Some(NOW),
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
        service_name: String::new(),
        suspected: None,
        revision: Revision(3),
        at: NOW,
    }
}

/// An alert from outside that came with nothing but a name.
fn bare(facts: Facts) -> Facts {
    Facts {
        title: "BatchJobFailed".into(),
        severity: Severity::Warning,
        priority: Priority::P4,
        priority_why: PriorityWhy {
            impact: Impact::Medium,
            impact_from: "alert from outside".into(),
            urgency: Urgency::Low,
            urgency_from: "warning".into(),
            raised: String::new(),
        },
        host: None,
        component: String::new(),
        rule: String::new(),
        means: String::new(),
        first: Vec::new(),
        runbook_url: String::new(),
        values: Vec::new(),
        labels: Labels::none(),
        members: Vec::new(),
        started_at: NOW.before(hours(20)),
        ..facts
    }
}

fn many(facts: &mut Facts) {
    facts.host = None;
    facts.title = "/var fills up".into();
    facts.labels = [("mountpoint", "/var")].into_iter().collect();
    facts.members = (1..=20)
        .map(|number| {
            let host = format!("web-{number:02}");
            let labels: Labels = [("host", host.as_str()), ("mountpoint", "/var")]
                .into_iter()
                .collect();
            Member {
                fingerprint: Fingerprint::of(&labels),
                title: format!("/var is {} % full", 80 + number),
                labels,
                starts_at: NOW.before(minutes(5 + number)),
                ended_at: (number == 2).then_some(NOW),
                ..facts.members[0].clone()
            }
        })
        .collect();
    facts.members_total = 40;
    facts.members_firing = 39;
}

/// It cleared 91 minutes after it began, and was closed five minutes later.
fn over(end: End) -> impl Fn(&mut Facts) {
    move |facts| {
        facts.phase = Phase::Resolved;
        facts.started_at = NOW.before(minutes(96));
        facts.cleared_at = Some(NOW.before(minutes(5)));
        facts.members_firing = 0;
        facts.close = Some(Close::Cleared);
        facts.end = Some(end.clone());
        facts.next = NextStep::ReopensUntil {
            at: NOW.after(hours(4)),
        };
    }
}

fn delivery(action: Action, facts: Facts) -> Delivery {
    Delivery {
        id: DeliveryId(1),
        incident: facts.incident,
        receiver: "desk".into(),
        seq: 1,
        action,
        ticket_key: "K-3f2a-4711-1".into(),
        created_at: NOW,
        facts: Arc::new(facts),
    }
}

#[track_caller]
fn check(name: &str, action: Action, change: impl FnOnce(&mut Facts)) {
    let mut facts = critical();
    change(&mut facts);
    let words = Words::of(&delivery(action, facts), &site());
    insta::assert_snapshot!(name, format!("{}\n\n{}", words.subject, words.text));
}
