//! Makes a site up: hosts, and the policy under which they are watched.

use vedette_triage::{Handling, Policy, Severity, TicketPer};

use crate::dice::Dice;
use crate::support::{Condition, condition, policy};

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
}

/// Rules that faults are of; the last one is a shadow.
pub(crate) const RULES: [&str; 4] = ["disk", "inodes", "memory", "shadowed"];

impl Site {
    pub(crate) fn new(dice: &mut Dice) -> Site {
        let mut policy = policy();
        policy.timers.ticket_per = match dice.below(4) {
            0 => TicketPer::Alert,
            1 => TicketPer::Labels(vec!["component".into()]),
            _ => TicketPer::Labels(vec!["host".into(), "component".into()]),
        };
        Site {
            hosts: 2 + usize::try_from(dice.below(5)).unwrap(),
            policy,
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
    pub(crate) fn host(self) -> String {
        format!("h-{}", self.host)
    }

    pub(crate) fn rule(self) -> &'static str {
        RULES[self.rule]
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
        condition.severity = severity;
        condition.handling = Some(Handling::Ticket);
        condition
    }
}
