//! Makes a site up: hosts, and the policy under which they are watched.

use std::sync::Arc;

use vedette_triage::{
    Handling, Inhibition, Interval, Labels, Matchers, Parents, Place, Policy, RuleMeta, Severity,
    TicketPer, Timestamp, Topology, Window,
};

use crate::dice::Dice;
use crate::support::{Condition, START, condition, minutes, policy};

/// One thing that can be wrong somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    pub(crate) rule: usize,
    pub(crate) host: usize,
}

/// What there is.
pub(crate) struct Site {
    pub(crate) hosts: usize,
    pub(crate) policy: Policy,
    /// Places that the hosts behind them need, one of which is enough; none: nobody needs anybody.
    pub(crate) parents: Vec<usize>,
    /// By what a fault of the first kind is explained while one of the second fires on its host.
    pub(crate) explained: Vec<(&'static str, &'static str)>,
}

/// Rules that faults are of.
pub(crate) const RULES: [&str; 5] = ["disk", "inodes", "memory", "shadowed", SILENT];
/// The one that says that nothing is heard of a host.
pub(crate) const SILENT: &str = "host-silent";

impl Site {
    pub(crate) fn new(dice: &mut Dice) -> Site {
        let mut policy = policy();
        policy.timers.ticket_per = match dice.below(4) {
            0 => TicketPer::Alert,
            1 => TicketPer::Labels(vec!["component".into()]),
            _ => TicketPer::Labels(vec!["host".into(), "component".into()]),
        };
        policy.rollup.storm_per_minute = *dice.one(&[0, 4, 10]);
        policy.rollup.same_rule_hosts = *dice.one(&[0, 2, 3, 5]);
        policy.rollup.mass_entities = *dice.one(&[0, 2, 3, 5]);
        let silent = RuleMeta {
            name: SILENT.into(),
            component: "liveness".into(),
            ..RuleMeta::default()
        };
        policy.rules.insert(SILENT.into(), silent);
        let hosts = 2 + usize::try_from(dice.below(5)).unwrap();
        let parents = match dice.below(4) {
            0 => vec![0],
            1 if hosts > 2 => vec![0, 1],
            _ => Vec::new(),
        };
        policy.topology = Arc::new(topology(hosts, &parents));
        let explained = explained(&mut policy, dice);
        policy.windows = Arc::new(windows(hosts, dice));
        Site {
            hosts,
            policy,
            parents,
            explained,
        }
    }

    /// What a host needs to be seen, if it needs anything.
    pub(crate) fn parents_of(&self, host: usize) -> &[usize] {
        match self.parents.contains(&host) {
            true => &[],
            false => &self.parents,
        }
    }

    pub(crate) fn a_fault(&self, dice: &mut Dice) -> Fault {
        Fault {
            rule: usize::try_from(dice.below(RULES.len() as u64)).unwrap(),
            host: usize::try_from(dice.below(self.hosts as u64)).unwrap(),
        }
    }
}

impl Fault {
    /// Of this rule, which is one of [`RULES`].
    pub(crate) fn of(rule: &str, host: usize) -> Fault {
        let rule = RULES.iter().position(|known| *known == rule);
        Fault {
            rule: rule.expect("a rule of faults"),
            host,
        }
    }

    pub(crate) fn host(self) -> String {
        format!("h-{}", self.host)
    }

    pub(crate) fn rule(self) -> &'static str {
        RULES[self.rule]
    }

    /// Whether it is that nothing is heard of its host.
    pub(crate) fn is_silence(self) -> bool {
        self.rule() == SILENT
    }

    /// Every third host is a workstation, of which a warning is worth no ticket.
    pub(crate) fn is_workstation(self) -> bool {
        self.host % 3 == 2
    }

    /// As detection would say it.
    pub(crate) fn condition(self, severity: Severity) -> Condition {
        let mut condition = condition(self.rule(), &self.host());
        if self.is_workstation() {
            condition.labels = vec![("class".into(), "workstation".into())];
        }
        if self.is_silence() {
            condition.component = "liveness".into();
        }
        condition.severity = severity;
        condition.handling = Some(Handling::Ticket);
        condition
    }
}

fn topology(hosts: usize, parents: &[usize]) -> Topology {
    let name = |host: usize| Fault { rule: 0, host }.host();
    let place = |host: usize| Place {
        name: name(host),
        kind: "host".into(),
        labels: Labels::none(),
        parents: match parents.contains(&host) || parents.is_empty() {
            true => Vec::new(),
            false => vec![Parents(parents.iter().copied().map(name).collect())],
        },
        notes: String::new(),
    };
    Topology::new((0..hosts).map(place).collect(), Vec::new())
}

/// Planned work on some hosts during the first day.
fn windows(hosts: usize, dice: &mut Dice) -> Vec<Window> {
    let window = |number: u64, dice: &mut Dice| {
        let host = usize::try_from(dice.below(hosts as u64)).unwrap();
        let host = Fault { rule: 0, host }.host();
        let mut at = Timestamp::from_millis(START);
        let intervals = (0..1 + dice.below(3)).map(|_| {
            let starts_at = at.after(minutes(1 + dice.below(400)));
            at = starts_at.after(minutes(1 + dice.below(120)));
            Interval {
                starts_at,
                ends_at: at,
            }
        });
        Window {
            name: format!("patch night {number}"),
            matchers: Matchers::parse(&[format!("host=\"{host}\"")]).unwrap(),
            intervals: intervals.collect(),
            why: "CHG0012345".into(),
            owner: "it-ops".into(),
            report: dice.once_in(3),
        }
    };
    (0..dice.below(3))
        .map(|number| window(number, dice))
        .collect()
}

/// Sometimes a rule depends on another, sometimes an inhibition says so.
fn explained(policy: &mut Policy, dice: &mut Dice) -> Vec<(&'static str, &'static str)> {
    let mut explained = Vec::new();
    if dice.once_in(2) {
        let inodes = policy.rules.get_mut("inodes").unwrap();
        inodes.depends_on = vec!["disk".into()];
        explained.push(("inodes", "disk"));
    }
    if dice.once_in(2) {
        let matching = |rule: &str| Matchers::parse(&[format!("alertname=\"{rule}\"")]).unwrap();
        policy.inhibitions = Arc::new(vec![Inhibition {
            name: "disk explains memory".into(),
            source: matching("disk"),
            target: matching("memory"),
            equal: vec!["host".into()],
        }]);
        explained.push(("memory", "disk"));
    }
    explained
}
