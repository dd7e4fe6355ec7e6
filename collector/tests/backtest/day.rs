//! A day as a collector records it: an engine, and what it was told minute by minute.

use std::sync::Arc;

use vedette_collector::backtest::{BackTest, Flow, Report};
use vedette_collector::recording::{Recorder, Row, Snapshot, day as day_of};
use vedette_collector::store::{CommitNumber, Record, RecordRow};
use vedette_config::{Findings, Source};
use vedette_policy::{Sources, load};
use vedette_triage::detect::RuleSet;
use vedette_triage::{
    About, Actor, AlertSignal, Command, Counters, End, Engine, EntityId, Fate, Handling, Identity,
    IncidentId, Input, Labels, Matchers, Policy, Revision, Says, Severity, Signal, SilenceId,
    SilenceRequest, State, Timestamp, Via,
};

const BEGIN: i64 = 1_750_000_000_000;
const COLLECTOR: &str = r#"
[site]
zone = "UTC"

[timers]
open_delay = "0s"
close_delay = "2m"
reopen_within = "10m"

[[receiver]]
name = "desk"
profile = "generic"
url = "https://desk.example.org"

[[team]]
name = "it-ops"
ticket = "desk"
"#;

/// So many minutes into the day.
pub(crate) fn minute(minute: u32) -> Timestamp {
    Timestamp::from_millis(BEGIN + i64::from(minute) * 60_000)
}

/// The minute of a time, the seconds rounded away.
pub(crate) fn minute_of(at: Timestamp) -> u32 {
    u32::try_from((at.as_millis() - BEGIN) / 60_000).unwrap()
}

pub(crate) fn ada() -> Actor {
    Actor {
        name: "ada".into(),
        via: Via::Api,
    }
}

/// Everything that fires is worth a ticket, after no delay.
pub(crate) fn policy() -> Policy {
    loaded("ticket")
}

/// Nothing is worth one.
pub(crate) fn watched() -> Policy {
    Policy {
        detection: rules(Handling::Watch),
        ..policy()
    }
}

/// Rules whose alerts are worth that.
pub(crate) fn rules(worth: Handling) -> Arc<RuleSet> {
    match worth {
        Handling::Watch => loaded("watch").detection,
        Handling::Digest | Handling::Ticket | Handling::Page => loaded("ticket").detection,
    }
}

fn loaded(handling: &str) -> Policy {
    let (loaded, findings) = load(&sources(handling), day_of(minute(0)), Findings::new());
    let loaded = loaded.unwrap_or_else(|| panic!("{findings}"));
    loaded.numbered(Revision(1), "test")
}

/// The files of a policy in which everything is worth that.
pub(crate) fn sources(handling: &str) -> Sources {
    let rule = |name: &str| {
        format!(
            "[[rule]]\nname = \"{name}\"\ncomponent = \"storage\"\n\
             handling = {{ server = \"{handling}\", workstation = \"{handling}\" }}\n\
             on = \"system.filesystem.utilization\"\ncritical = \"value > 0.9\"\ntitle = \"full\"\n"
        )
    };
    let text = [rule("disk"), rule("fan")].concat();
    Sources {
        collector: Some(Source::new("collector.toml", COLLECTOR)),
        rules: vec![Source::new("rules/own.toml", text)],
        ..Sources::default()
    }
}

/// Three disks are almost full: for five minutes, for two hours, and for ten minutes while somebody
/// works on it.
pub(crate) fn three_disks() -> Day {
    let mut day = Day::begin();
    day.fires(10, "disk-1");
    day.clears(15, "disk-1");
    day.fires(30, "disk-2");
    day.fires(60, "disk-3");
    day.command(61, |day| Command::Acknowledge {
        by: ada(),
        incident: day.incident("disk-3"),
        lasts: None,
    });
    day.clears(70, "disk-3");
    day.clears(150, "disk-2");
    day.quiet_until(400);
    day
}

/// A day that is recorded.
pub(crate) struct Day {
    engine: Engine,
    policy: Arc<Policy>,
    pub(crate) rows: Vec<Row>,
}

impl Day {
    pub(crate) fn begin() -> Day {
        Day::by(policy())
    }

    pub(crate) fn by(policy: Policy) -> Day {
        Day {
            engine: Engine::resume(State::resume(minute(0), Counters::FIRST)),
            policy: Arc::new(policy),
            rows: Vec::new(),
        }
    }

    /// `disk-7` is a rule and a host.
    pub(crate) fn fires(&mut self, at: u32, what: &str) {
        let since = minute(at);
        let severity = Severity::Critical;
        let valid_until = None;
        self.signal(
            at,
            what,
            Says::Firing {
                severity,
                since,
                valid_until,
            },
        );
    }

    pub(crate) fn clears(&mut self, at: u32, what: &str) {
        let (end, since) = (End::Recovered, minute(at));
        self.signal(at, what, Says::Ok { end, since });
    }

    /// The incident its alert is in.
    pub(crate) fn incident(&self, what: &str) -> IncidentId {
        let alert = self.engine.state().alert_of(&identity(what)).unwrap();
        alert.incident.unwrap()
    }

    pub(crate) fn command(&mut self, at: u32, command: impl FnOnce(&Day) -> Command) {
        let command = command(self);
        self.told(at, Input::Command(command));
    }

    pub(crate) fn silence(&mut self, at: u32, what: &str, lasts: u32) {
        let silence = SilenceRequest {
            new_id: SilenceId::new("s-1"),
            replaces: None,
            matchers: Matchers::parse(&[&format!("host=\"{what}\"")]).unwrap(),
            starts_at: minute(at),
            ends_at: minute(at + lasts),
            created_by: "ada".into(),
            comment: "moving disks".into(),
            annotations: Labels::none(),
            until_clear: false,
        };
        self.told(
            at,
            Input::Command(Command::SetSilence { by: ada(), silence }),
        );
    }

    /// Receivers do what waits.
    pub(crate) fn answer(&mut self, at: u32) {
        self.wait_until(minute(at));
        let state = self.engine.state().clone();
        for incident in state.incidents() {
            for ticket in state.tickets(incident.id) {
                for (delivery, _, _) in &ticket.outstanding {
                    let outcome = Input::Outcome {
                        delivery: *delivery,
                        incident: incident.id,
                        receiver: ticket.receiver.clone(),
                        fate: Fate::Done { ticket: None },
                    };
                    self.told(at, outcome);
                }
            }
        }
    }

    /// It does not run from one minute to the other.
    pub(crate) fn down(&mut self, from: u32, to: u32) {
        self.wait_until(minute(from));
        let down_since = minute(from);
        self.decide(minute(to), Input::Started { down_since });
    }

    pub(crate) fn quiet_until(&mut self, at: u32) {
        self.wait_until(minute(at));
    }

    /// The whole of it, by another policy.
    pub(crate) fn try_from_begin(&self, changed: Policy) -> Report {
        self.try_from(minute(0), minute(10_000), changed)
    }

    /// Before it began.
    pub(crate) fn snapshot() -> Snapshot {
        Snapshot {
            number: 0,
            now: minute(0),
            counters: Counters::FIRST,
            records: Vec::new(),
        }
    }

    /// A span of it.
    pub(crate) fn try_from(&self, from: Timestamp, to: Timestamp, changed: Policy) -> Report {
        let begin = Day::snapshot();
        let changed = Policy {
            revision: Revision(2),
            ..changed
        };
        let mut test = BackTest::new(&begin, Arc::new(changed), (from, to));
        for row in &self.rows {
            let played = test.play(row, &mut |_| Some(Arc::clone(&self.policy)));
            if played.unwrap() == Flow::Over {
                break;
            }
        }
        test.report()
    }

    fn signal(&mut self, at: u32, what: &str, says: Says) {
        let labels = [("alertname", "disk"), ("host", what), ("class", "server")];
        let signal = AlertSignal {
            identity: identity(what),
            says,
            about: Arc::new(About {
                labels: labels.into_iter().collect(),
                title: format!("{what} is almost full"),
                component: "storage".into(),
                handling: Some(Handling::Ticket),
                ..About::default()
            }),
            drill: None,
        };
        self.told(at, Input::Signal(Signal::Alert(signal)));
    }

    fn told(&mut self, at: u32, input: Input) {
        self.wait_until(minute(at));
        self.decide(minute(at), input);
    }

    fn wait_until(&mut self, until: Timestamp) {
        while let Some(due) = self.engine.next_wake().filter(|due| *due <= until) {
            let now = due.max(self.engine.state().now());
            self.decide(now, Input::Tick);
        }
    }

    /// One commit each, as a collector records it.
    fn decide(&mut self, now: Timestamp, input: Input) {
        let decision = self.engine.decide(now, &input, &self.policy);
        self.engine.apply(&decision);
        let mut recorder = Recorder::default();
        recorder.take(&input, &decision);
        if decision.changes.is_empty() && decision.entries.is_empty() {
            return;
        }
        let kept = RecordRow {
            number: CommitNumber(self.rows.len() as u64 + 1),
            at: now,
            record: Record {
                policy: self.policy.revision,
                body: recorder.seal(&[]),
            },
        };
        self.rows.push(Row::open(&kept).unwrap());
    }
}

fn identity(what: &str) -> Identity {
    let (rule, _) = what.split_once('-').unwrap();
    Identity::of_rule(&EntityId::new(what), rule, &Labels::none())
}
