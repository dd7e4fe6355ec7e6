//! A small world for detection tests: rules by text-like builders, one host, its reports.

#![allow(dead_code, unreachable_pub)] // each test binary uses its part

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::detect::{
    Admission, Aggregate, Comparison, Condition, Expression, HostWatch, Names, Observed, On, Rule,
    RuleSet, Settled, Variable,
};
use vedette_triage::{
    About, Alert, AlertId, AlertState, Away, End, EntityId, Host, HostSays, Identity, Labels,
    Matchers, Says, Severity, Timestamp,
};
use vedette_wire::{
    CheckRun, CheckState, Class, Event, EventKind, Goodbye, HostFacts, Looked, ProbeRun, Report,
    Round, Sample, Stream, metric,
};

pub const MINUTE: Duration = Duration::from_secs(60);
pub const DISK: &str = metric::FILESYSTEM_UTILIZATION;
pub const START_MS: i64 = 1_700_000_000_000;

pub fn start() -> Timestamp {
    Timestamp::from_millis(START_MS)
}

/// `name comparison number` over the names of the rule.
pub fn compare(names: &Names, name: &str, comparison: Comparison, limit: f64) -> Expression {
    let variable = names.find(name).expect("the rule has this name");
    Expression::Compare(
        comparison,
        Box::new(Expression::Variable(variable)),
        Box::new(Expression::Number(limit)),
    )
}

pub fn condition(expression: &Expression) -> Option<Arc<Condition>> {
    let condition = Condition::compile(expression, &format!("{expression:?}"));
    Some(Arc::new(condition.expect("it compiles")))
}

pub fn rule(name: &str, on: On) -> Rule {
    Rule {
        name: Arc::from(name),
        component: "storage".into(),
        handling: BTreeMap::new(),
        on,
        matchers: Matchers::default(),
        with: Vec::new(),
        params: Vec::new(),
        exceptions: Vec::new(),
        warning: None,
        critical: None,
        warning_for: Duration::ZERO,
        critical_for: Duration::ZERO,
        warning_clear: None,
        critical_clear: None,
        depends_on: Vec::new(),
        trend: None,
        evidence: Vec::new(),
        shadow: false,
    }
}

/// Warning above 0.90 for five minutes, critical above 0.95 for two; clear below 0.85, 0.93.
pub fn disk_rule() -> Rule {
    let rule = rule("disk", On::Metric(DISK.into()));
    let names = rule.names();
    let above = |limit| condition(&compare(&names, "value", Comparison::Greater, limit));
    let below = |limit| condition(&compare(&names, "value", Comparison::Less, limit));
    Rule {
        matchers: Matchers::parse(&[r#"mode="rw""#]).expect("matchers"),
        warning: above(0.90),
        critical: above(0.95),
        warning_for: 5 * MINUTE,
        critical_for: 2 * MINUTE,
        warning_clear: below(0.85),
        critical_clear: below(0.93),
        ..rule
    }
}

/// Silent for three intervals, at least 90 s; workstations never.
pub fn silent_rule() -> Rule {
    let rule = rule("host-silent", On::Host);
    let names = rule.names();
    let server = Expression::HostIs {
        label: "class".into(),
        value: "server".into(),
    };
    let silent = compare(&names, "silent", Comparison::Greater, 90.0);
    Rule {
        critical: condition(&Expression::And(Box::new(server), Box::new(silent))),
        ..rule
    }
}

pub fn overdue_rule() -> Rule {
    let rule = rule("host-did-not-come-back", On::Host);
    let overdue = compare(&rule.names(), "overdue", Comparison::Greater, 0.0);
    Rule {
        critical: condition(&overdue),
        ..rule
    }
}

/// An unplanned reboot within the last 15 minutes.
pub fn reboot_rule() -> Rule {
    let rule = rule("unplanned-reboot", On::Event("reboot".into()));
    let count = Expression::Aggregate {
        function: Aggregate::Count,
        of: Variable::OWN,
        over: 15 * MINUTE,
    };
    let some = Expression::Compare(
        Comparison::Greater,
        Box::new(count),
        Box::new(Expression::Number(0.0)),
    );
    Rule {
        matchers: Matchers::parse(&[r#"planned="false""#, r#"noticed!="true""#]).expect("matchers"),
        warning: condition(&some),
        ..rule
    }
}

pub fn rules(rules: Vec<Rule>) -> RuleSet {
    RuleSet::new(rules, 5 * MINUTE, 24 * 60 * MINUTE).expect("the rules are sound")
}

pub fn all_rules() -> RuleSet {
    rules(vec![
        disk_rule(),
        silent_rule(),
        overdue_rule(),
        reboot_rule(),
    ])
}

/// One host under watch, its clock, and what is firing there by what was committed.
pub struct World {
    pub rules: RuleSet,
    pub watch: HostWatch,
    pub now: Timestamp,
    pub class: Class,
    pub boot: String,
    pub stream: Stream,
    pub seq: u64,
    /// What happens to every change.
    pub fate: Settled,
    /// The committed host, as the engine would keep it.
    pub host: Option<Host>,
    pub firing: BTreeMap<String, Severity>,
    /// What was committed of each alert there ever was: identity, event, text.
    pub known: BTreeMap<String, (Identity, Option<String>, String)>,
    pub log: Vec<String>,
    /// What the host said besides how it is.
    pub says: Vec<HostSays>,
    /// The titles' words of everything found.
    pub texts: Vec<String>,
}

impl World {
    pub fn new(rules: RuleSet) -> World {
        World {
            rules,
            watch: HostWatch::new(&EntityId::new("h"), start()),
            now: start(),
            class: Class::Server,
            boot: "boot-1".into(),
            stream: Stream::Live,
            seq: 0,
            fate: Settled::Committed,
            host: None,
            firing: BTreeMap::new(),
            known: BTreeMap::new(),
            log: Vec::new(),
            says: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// The collector is down for so long, then starts from what was committed.
    pub fn restart(&mut self, down: Duration) {
        self.now = self.now.after(down);
        let alerts: Vec<Alert> = self.alerts();
        let host = self.host.as_ref().expect("the host is known");
        self.watch = HostWatch::seeded(host, alerts.iter(), self.now);
    }

    fn alerts(&self) -> Vec<Alert> {
        self.known
            .iter()
            .map(|(what, (identity, event, text))| {
                let severity = self.firing.get(what);
                let about = About {
                    event: event.clone(),
                    text: text.clone(),
                    ..About::default()
                };
                let is_bad = severity.copied().unwrap_or(Severity::Warning);
                let (id, about) = (AlertId(1), Arc::new(about));
                Alert {
                    state: match severity {
                        Some(_) => AlertState::Firing,
                        None => AlertState::Resolved {
                            at: start(),
                            end: End::Recovered,
                        },
                    },
                    ..Alert::begins(id, identity.clone(), about, is_bad, start())
                }
            })
            .collect()
    }

    pub fn facts(&self) -> HostFacts {
        HostFacts {
            name: "db-7".into(),
            class: self.class,
            ..HostFacts::default()
        }
    }

    pub fn mono(&self) -> u64 {
        u64::try_from(self.now.as_millis() - START_MS + 1_000_000).expect("after the start")
    }

    pub fn round(&mut self) -> Round {
        self.seq += 1;
        Round {
            seq: self.seq,
            wall_ms: self.now.as_millis(),
            mono_ms: self.mono(),
            interval_s: 15.0,
            probes: vec![probe(Looked::Yes)],
            samples: Vec::new(),
            checks: Vec::new(),
            events: Vec::new(),
        }
    }

    pub fn report(&mut self, round: Round) -> Observed {
        let report = Report {
            rounds: vec![round],
            ..self.said()
        };
        let observed = self
            .watch
            .observe(self.now, &report, &report.rounds[0], &self.rules);
        self.settle(&observed);
        observed
    }

    /// A report without a round.
    fn said(&self) -> Report {
        Report {
            wire: 1,
            agent: "h".into(),
            boot: self.boot.clone(),
            epoch: "e".into(),
            stream: self.stream,
            host: self.facts(),
            version: "1".into(),
            sent_wall_ms: self.now.as_millis(),
            sent_mono_ms: self.mono(),
            rounds: Vec::new(),
        }
    }

    /// One report of this boot, up for so long, if it is admitted.
    pub fn hear(&mut self, boot: &str, up: Duration) -> Admission {
        let mono_ms = u64::try_from(up.as_millis()).unwrap();
        let mut round = self.round();
        round.mono_ms = mono_ms;
        let report = Report {
            boot: boot.into(),
            sent_mono_ms: mono_ms,
            rounds: vec![round],
            ..self.said()
        };
        let admission = self.watch.admit(self.now, &report);
        let observed = match admission {
            Admission::Known => {
                let round = &report.rounds[0];
                self.watch.observe(self.now, &report, round, &self.rules)
            }
            Admission::Clone => self.watch.refuse_clone(self.now, &report, &self.rules),
            Admission::Straggler | Admission::Doubled { .. } => Observed::default(),
        };
        self.settle(&observed);
        admission
    }

    /// One report with these file systems.
    pub fn disks(&mut self, disks: &[(&str, f64)]) -> Observed {
        let mut round = self.round();
        round.samples = disks.iter().map(|(at, used)| disk(at, *used)).collect();
        self.report(round)
    }

    /// A report every 15 s for so long.
    pub fn disks_for(&mut self, long: Duration, disks: &[(&str, f64)]) {
        let end = self.now.after(long);
        while self.now < end {
            self.disks(disks);
            self.time();
            self.now = self.now.after(Duration::from_secs(15));
        }
    }

    pub fn goodbye(&mut self, reason: Goodbye) {
        let mut round = self.round();
        round.events.push(Event {
            id: format!("bye-{}", self.seq),
            wall_ms: round.wall_ms,
            kind: EventKind::Goodbye { reason },
        });
        self.report(round);
    }

    /// One report, a second later, with an event that happened so long ago.
    pub fn event(&mut self, id: &str, ago: Duration, kind: EventKind) -> Observed {
        self.now = self.now.after(Duration::from_secs(1));
        let mut round = self.round();
        let ago = i64::try_from(ago.as_millis()).expect("not so long");
        round.events.push(Event {
            id: id.to_owned(),
            wall_ms: round.wall_ms - ago,
            kind,
        });
        self.report(round)
    }

    /// One report with what a check came to; the time goes on by its pause.
    pub fn check(&mut self, run: CheckRun) {
        let pause = Duration::from_secs_f64(run.every_s.unwrap_or(15.0));
        let mut round = self.round();
        round.checks.push(run);
        self.report(round);
        let end = self.now.after(pause);
        while self.now < end {
            self.time();
            self.now = self.now.after(Duration::from_secs(5));
        }
        self.now = end;
    }

    pub fn time(&mut self) -> Observed {
        let observed = self.watch.on_time(self.now, &self.rules);
        self.settle(&observed);
        observed
    }

    /// Nothing is heard for so long.
    pub fn silence(&mut self, long: Duration) {
        let end = self.now.after(long);
        while self.now < end {
            self.time();
            self.now = self.now.after(Duration::from_secs(5));
        }
    }

    /// Does what the engine would, then says what became of it.
    pub fn settle(&mut self, observed: &Observed) {
        if self.fate == Settled::Committed {
            for says in &observed.host {
                self.engine(says);
            }
            for found in &observed.found {
                let attributes = found.identity.attributes();
                let thing: Vec<&str> = attributes.iter().map(|(_, value)| value).collect();
                let what = format!("{} {}", found.rule, thing.join(" "));
                let what = what.trim_end().to_owned();
                self.texts.push(found.text.clone());
                let known = (
                    found.identity.clone(),
                    found.event.clone(),
                    found.text.clone(),
                );
                self.known.insert(what.clone(), known);
                match &found.says {
                    Says::Firing { severity, .. } => {
                        self.log.push(format!("{what} {}", severity.as_str()));
                        self.firing.insert(what, *severity);
                    }
                    Says::Ok { end, .. } => {
                        self.log.push(format!("{what} ok {end:?}"));
                        self.firing.remove(&what);
                    }
                }
            }
        }
        for found in &observed.found {
            self.watch.settle(&found.identity, self.fate);
        }
        self.watch.settle_host(self.fate, self.host.as_ref());
    }

    fn engine(&mut self, says: &HostSays) {
        match says {
            HostSays::Seen {
                facts,
                boot,
                version,
                interval_s,
            } => {
                let (id, run) = (EntityId::new("h"), (boot.as_str(), version.as_str()));
                let host = Host::appears(id, facts.clone(), run, *interval_s, start());
                self.host = Some(host);
            }
            HostSays::Left { reason } => {
                let away = Away {
                    since: self.now,
                    reason: *reason,
                    until: match (self.class, reason) {
                        (Class::Workstation, Goodbye::Suspend | Goodbye::PowerOff) => None,
                        (_, Goodbye::AgentStop | Goodbye::AgentUpgrade) => {
                            Some(self.now.after(5 * MINUTE))
                        }
                        (_, _) => Some(self.now.after(20 * MINUTE)),
                    },
                };
                self.host.as_mut().expect("it was seen").away = Some(away);
            }
            HostSays::Silent { last_seen } => {
                self.host.as_mut().expect("it was seen").silent_since = Some(*last_seen);
            }
            HostSays::Holds { .. }
            | HostSays::JobRuns { .. }
            | HostSays::JobEnded { .. }
            | HostSays::Changed { .. }
            | HostSays::Looks { .. }
            | HostSays::Observed { .. }
            | HostSays::Found { .. } => self.says.push(says.clone()),
        }
    }
}

pub fn probe(looked: Looked) -> ProbeRun {
    ProbeRun {
        probe: "filesystem".into(),
        looked,
        took_ms: 1,
        every_s: None,
    }
}

pub fn disk(mountpoint: &str, used: f64) -> Sample {
    let attributes = [("mountpoint", mountpoint), ("mode", "rw"), ("type", "ext4")];
    Sample {
        name: DISK.into(),
        attributes: attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        value: used,
    }
}

pub fn none() -> Labels {
    Labels::none()
}

/// A check that looks at this host every 30 s.
pub fn run(check: &str, state: CheckState, text: &str) -> CheckRun {
    CheckRun {
        check: check.to_owned(),
        kind: "tcp".to_owned(),
        about: None,
        state,
        text: text.to_owned(),
        took_ms: 1,
        every_s: Some(30.0),
    }
}
