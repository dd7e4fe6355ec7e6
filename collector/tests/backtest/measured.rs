//! What a changed rule would have made of what was measured.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use vedette_collector::backtest::measured::{Answer, NotTried, Question, Tried, run};
use vedette_collector::backtest::{Attended, Kind, What};
use vedette_collector::clock::SetClock;
use vedette_collector::history::{Bounds, History};
use vedette_collector::recording::day as day_of;
use vedette_config::{Findings, Source};
use vedette_policy::{Loaded, Sources, load};
use vedette_triage::detect::Rule;
use vedette_triage::{
    Change, Decision, Engine, EntityId, Host, HostSays, HostSignal, Identity, Input, Labels,
    Signal, Timestamp,
};
use vedette_wire::{HostFacts, Report, Round, Sample, Stream, WIRE_VERSION};

const BEGIN: Timestamp = Timestamp::from_millis(1_760_000_400_000);
const MINUTE: Duration = Duration::from_secs(60);
const ROUND: Duration = Duration::from_secs(15);
/// Two hours and a half, so that some of it is by minutes.
const MINUTES: u32 = 240;

const COLLECTOR: &str =
    "[site]\nzone = \"UTC\"\n[timers]\nopen_delay = \"0s\"\nreopen_within = \"5m\"\n";
const RULE: &str = r#"
[[rule]]
name = "space"
component = "storage"
on = "system.filesystem.utilization"
params = { warn = 0.90, soon = "1h" }
warning = 'value > warn'
for = "2m"
title = "{{ mountpoint }} is {{ value | percent }} full"

[[rule]]
name = "quick"
component = "storage"
on = "system.filesystem.utilization"
warning = 'max("30m") > 0.95'
title = "it was full"

[[rule]]
name = "gone"
component = "storage"
on = "system.filesystem.utilization"
warning = 'absent("5m")'
title = "it is gone"

[[rule]]
name = "killed"
component = "memory"
on = 'event("oom_kill")'
warning = 'count("10m") > 0.0'
title = "killed"
"#;

pub(super) fn loaded() -> Loaded {
    let sources = Sources {
        collector: Some(Source::new("collector.toml", COLLECTOR)),
        rules: vec![Source::new("rules/own.toml", RULE)],
        ..Sources::default()
    };
    let (loaded, findings) = load(&sources, day_of(BEGIN), Findings::new());
    loaded.unwrap_or_else(|| panic!("{findings}"))
}

/// What is used of a disk by the minute.
pub(super) type Used = fn(u32) -> f64;

/// A history of hosts with a disk each.
pub(super) struct Past {
    _folder: tempfile::TempDir,
    pub(super) history: History,
    pub(super) hosts: Vec<Arc<Host>>,
    pub(super) end: Timestamp,
}

impl Past {
    pub(super) fn of(disks: &[(&str, Used)]) -> Past {
        let folder = tempfile::tempdir().unwrap();
        let clock = SetClock::at(BEGIN);
        let bounds = Bounds {
            keep: Duration::from_secs(48 * 3_600),
            bytes_max: 64 << 20,
            leave_free: 0,
        };
        let history = History::open(folder.path(), bounds, Arc::new(clock.clone())).unwrap();
        let mut now = BEGIN;
        for step in 0..MINUTES * 4 {
            for (host, used) in disks {
                history.keep(now, report(host, step, used(step / 4)), 1);
            }
            if step % 40 == 0 {
                while history.waiting() > 0 {
                    std::thread::yield_now();
                }
                history.tidy(now).unwrap();
            }
            now = now.after(ROUND);
            clock.set(now);
        }
        history.stop();
        Past {
            _folder: folder,
            history,
            hosts: disks.iter().map(|(host, _)| seen(host)).collect(),
            end: now,
        }
    }

    /// The same rule with this parameter, from that minute on.
    fn tried(&self, rule: &str, set: &[(&str, &str)], from: u32) -> Result<Answer, NotTried> {
        let loaded = loaded();
        let set: Vec<(String, String)> = set
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let now = loaded.rule_with(rule, &set).unwrap();
        let then = Rule::clone(loaded.policy.detection.get(rule).unwrap());
        let tried = |rule: &Rule| {
            let meta = &loaded.policy.rules[&rule.name];
            Tried::new(
                &loaded.policy,
                (rule, meta),
                Arc::new(loaded.titles.clone()),
            )
        };
        let question = Question {
            then: tried(&then)?,
            now: tried(&now)?,
            span: (minute(from), self.end),
            hosts: self.hosts.clone(),
            acted: vec![Attended {
                what: What::Alert(disk("db-3")),
                from: minute(20),
                to: minute(30),
            }],
        };
        let shares = Mutex::new(vec![0.0]);
        let answer = run(&self.history, &question, &|share| {
            shares.lock().unwrap().push(share)
        });
        assert!(shares.lock().unwrap().is_sorted(), "progress goes on");
        answer
    }
}

pub(super) fn minute(minute: u32) -> Timestamp {
    BEGIN.after(MINUTE * minute)
}

/// Almost full for five minutes, an hour and a half, and for ten minutes while somebody worked on it.
fn three_disks() -> Past {
    Past::of(&[
        ("db-1", |minute| {
            if (10..15).contains(&minute) {
                0.92
            } else {
                0.5
            }
        }),
        ("db-2", |minute| {
            if (30..120).contains(&minute) {
                0.92
            } else {
                0.5
            }
        }),
        ("db-3", |minute| {
            if (20..30).contains(&minute) {
                0.92
            } else {
                0.5
            }
        }),
        ("db-4", |minute| {
            if (150..200).contains(&minute) {
                0.97
            } else {
                0.5
            }
        }),
    ])
}

#[track_caller]
fn check(answer: &Answer, then: usize, now: usize, lines: &[(Kind, &str)]) {
    let report = &answer.report;
    let found: Vec<(Kind, &str)> = report
        .lines
        .iter()
        .map(|line| (line.kind, line.title.split(':').next().unwrap_or_default()))
        .collect();
    assert_eq!(found, lines, "{report:#?}");
    assert_eq!((report.before.len(), report.after.len()), (then, now));
}

#[test]
fn a_higher_threshold_avoids_what_was_short_and_misses_what_lasted_or_somebody_worked_on() {
    let past = three_disks();
    let same = past.tried("space", &[], 0).unwrap();
    check(&same, 4, 4, &[]);
    assert_eq!((same.hosts, same.series), (4, 4));

    let higher = past.tried("space", &[("warn", "0.95")], 0).unwrap();
    let lines = [
        (Kind::Avoided, "db-1"),
        (Kind::Missed, "db-3"),
        (Kind::Missed, "db-2"),
    ];
    check(&higher, 4, 1, &lines);
    let acted: Vec<bool> = higher.report.lines.iter().map(|line| line.acted).collect();
    assert_eq!(acted, [false, true, false]);
    // It fires when it has held for two minutes, whatever the resolution; the title is by its words.
    let at = higher.report.lines[0].at;
    assert!(at.since(minute(12)) <= MINUTE && minute(12) <= at, "{at:?}");
    assert_eq!(higher.report.lines[0].title, "db-1: /var is 92 % full");
}

#[test]
fn a_lower_threshold_is_about_the_same_where_it_fires_at_the_same_time() {
    let past = three_disks();
    let lower = past.tried("space", &[("warn", "0.4")], 5).unwrap();
    // They are over it all the time: opened before the span, and about the same.
    check(&lower, 4, 0, &[]);
    let lower = past.tried("space", &[("warn", "0.4")], 0).unwrap();
    check(&lower, 4, 4, &[]);
}

#[test]
fn a_lower_threshold_opens_what_there_was_not() {
    let past = Past::of(&[
        ("db-1", |minute| {
            if (50..90).contains(&minute) {
                0.85
            } else {
                0.5
            }
        }),
        ("db-2", |minute| {
            if (50..90).contains(&minute) {
                0.92
            } else {
                0.5
            }
        }),
    ]);
    let lower = past.tried("space", &[("warn", "0.8")], 0).unwrap();
    check(&lower, 1, 2, &[(Kind::Opened, "db-1")]);
}

#[test]
fn only_tickets_of_the_span_are_counted() {
    let past = three_disks();
    let late = past.tried("space", &[("warn", "0.95")], 140).unwrap();
    check(&late, 1, 1, &[]);
}

#[test]
fn windows_are_full_where_there_was_something_before_the_span() {
    let past = three_disks();
    let answer = past.tried("quick", &[], 160).unwrap();
    check(&answer, 0, 0, &[]);
    let answer = past.tried("quick", &[], 100).unwrap();
    check(&answer, 1, 1, &[]);
    let at = answer.report.before[0].0;
    assert!(
        at.since(minute(150)) <= MINUTE && minute(150) <= at,
        "{at:?}"
    );
}

#[test]
fn what_was_not_measured_cannot_be_tried() {
    let past = Past::of(&[]);
    for (rule, why) in [
        ("killed", "on events"),
        ("gone", "is absent"),
        ("host-silent", "the host itself"),
    ] {
        let refused = past.tried(rule, &[], 0).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn parameters_are_read_as_rules_write_them() {
    let loaded = loaded();
    let tried = |set: &[(&str, &str)]| {
        let set: Vec<(String, String)> = set
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        loaded.rule_with("space", &set).map(|rule| rule.params)
    };
    let expected = vec![("warn".to_owned(), 0.93), ("soon".to_owned(), 600.0)];
    let mut found = tried(&[("warn", "0.93"), ("soon", "10m")]).unwrap();
    found.sort_by(|one, other| other.0.cmp(&one.0));
    assert_eq!(found, expected);
    for (set, why) in [
        (("wran", "0.93"), "did you mean warn?"),
        (("warn", "lots"), "is a number such as 0.90"),
        (("warn", "10m"), "and not 10m"),
        (("warn", "1.5"), "would be wrong"),
    ] {
        let refused = tried(&[set]).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
}

pub(super) fn disk(host: &str) -> Identity {
    let attributes: Labels = [("mountpoint", "/var")].into_iter().collect();
    Identity::of_rule(&EntityId::new(host), "space", &attributes)
}

/// A host as it is committed after its first report.
fn seen(name: &str) -> Arc<Host> {
    let mut engine = Engine::default();
    let report = report(name, 0, 0.5);
    let says = HostSays::Seen {
        facts: report.host,
        boot: report.boot,
        version: report.version,
        interval_s: 15.0,
    };
    let id = EntityId::new(name);
    let signal = Signal::Host(HostSignal {
        id: id.clone(),
        says,
    });
    let decision: Decision = engine.decide(BEGIN, &Input::Signal(signal), &loaded().policy);
    engine.apply(&decision);
    let put = |change: &Change| match change {
        Change::PutHost(host) => Some(Arc::clone(host)),
        _ => None,
    };
    decision.changes.iter().find_map(put).unwrap()
}

fn report(host: &str, step: u32, used: f64) -> Report {
    let attributes = [("mountpoint", "/var"), ("device", "/dev/sda1")];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Report {
        wire: WIRE_VERSION,
        agent: host.to_owned(),
        boot: "boot".to_owned(),
        epoch: "epoch".to_owned(),
        stream: Stream::Live,
        host: HostFacts {
            name: host.to_owned(),
            ..HostFacts::default()
        },
        version: String::new(),
        sent_wall_ms: 0,
        sent_mono_ms: 0,
        rounds: vec![Round {
            seq: u64::from(step) + 1,
            wall_ms: 0,
            mono_ms: 0,
            interval_s: 15.0,
            probes: Vec::new(),
            samples: vec![Sample {
                name: "system.filesystem.utilization".to_owned(),
                attributes: attributes.into_iter().map(owned).collect(),
                value: used,
            }],
            checks: Vec::new(),
            events: Vec::new(),
        }],
    }
}
