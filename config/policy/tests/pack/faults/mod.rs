//! The faults the shipped rules are for, as an agent sees them on a host that is otherwise well.
//!
//! One for each rule at least; what the ordinary week of a fleet has is among them.

mod machine;
mod services;
mod storage;

use std::time::Duration;

use vedette_triage::Timestamp;
use vedette_triage::detect::{Admission, RuleSet};
use vedette_wire::Class;

use super::host::{HOUR, MINUTE, Opened, Seen, Watched};

/// One fault.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The rule whose alert it opens.
    pub(crate) rule: &'static str,
    pub(crate) on: Class,
    /// For so many seconds.
    lasts: u64,
    happens: Happens,
}

enum Happens {
    /// This is seen, by the seconds since it began.
    Seen(fn(u64, &mut Seen)),
    /// The host starts again without a word.
    Reboot,
    /// Another machine reports as this one.
    Clone,
}

impl Fault {
    /// The rules that begin to fire while it lasts.
    pub(crate) fn opened(&self, before: &Watched, at: u64, rules: &RuleSet) -> Opened {
        let mut watched = before.clone();
        let pause = if self.lasts > 2 * HOUR { 120 } else { 30 };
        let pause = Duration::from_secs(pause);
        let during = at..at + self.lasts;
        match self.happens {
            Happens::Seen(happens) => {
                let life = move |second: u64, seen: &mut Seen| happens(second - at, seen);
                watched.live(during, pause, rules, &life)
            }
            Happens::Reboot => {
                watched.boot = "second".to_owned();
                watched.live(during, pause, rules, &super::host::nothing)
            }
            Happens::Clone => clone_of(&mut watched, at, rules),
        }
    }
}

fn clone_of(watched: &mut Watched, at: u64, rules: &RuleSet) -> Opened {
    let mut opened = Opened::new();
    let pause = Duration::from_secs(15);
    for second in (at..at + 5 * MINUTE).step_by(15) {
        let report = watched.report(second, pause, Seen::empty());
        let received = Timestamp::from_millis(report.sent_wall_ms);
        watched.watch.admit(received, &report);
        let mut other = report.clone();
        other.boot = "another".to_owned();
        other.epoch = "another".to_owned();
        if watched.watch.admit(received, &other) == Admission::Clone {
            let observed = watched.watch.refuse_clone(received, &other, rules);
            watched.settle(&observed, &mut opened);
        }
    }
    opened
}

const fn seen(
    name: &'static str,
    rule: &'static str,
    lasts: u64,
    happens: fn(u64, &mut Seen),
) -> Fault {
    Fault {
        name,
        rule,
        on: Class::Server,
        lasts,
        happens: Happens::Seen(happens),
    }
}

const fn on_a_workstation(fault: Fault) -> Fault {
    Fault {
        on: Class::Workstation,
        ..fault
    }
}

const fn of_host(name: &'static str, rule: &'static str, happens: Happens) -> Fault {
    Fault {
        name,
        rule,
        on: Class::Server,
        lasts: 5 * MINUTE,
        happens,
    }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Fault> {
    let parts = [machine::FAULTS, storage::FAULTS, services::FAULTS];
    parts.into_iter().flatten()
}
