//! Keeps who is on call when, and who is told when nobody does anything.
//!
//! Schedules were expanded to shifts where the files were read, for some weeks ahead, and are
//! renewed every day. Decides nothing but who has the turn at a moment; knows nothing of zones,
//! rotations or incidents.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Interval, Matchers, Priority, Timestamp, WorkingTime};

/// Who is on call when, and who is told when nobody does anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OnCall {
    /// By name.
    pub schedules: BTreeMap<String, Schedule>,
    /// In order; of each ladder the first that is for an incident counts. None: nobody is told
    /// beside the tickets.
    pub escalations: Vec<Escalation>,
    /// How people are reached, by name; of whoever has no way to be reached as well.
    pub contacts: BTreeMap<String, Contact>,
}

/// How a person is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// The receivers that tell this person; none where nobody can.
    pub receivers: Vec<String>,
    /// When this person works, in the person's own zone.
    pub working: Arc<WorkingTime>,
}

/// Who is on call when, for some weeks ahead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The team that is told by it.
    pub team: Option<String>,
    /// In order, without overlaps: one person has the turn.
    pub shifts: Vec<Shift>,
    /// From when until when it is known who is on call.
    pub known: Option<Interval>,
}

/// Somebody's turn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    /// When.
    pub when: Interval,
    /// Whose.
    pub person: Arc<str>,
}

impl Schedule {
    /// The turn at a moment.
    pub fn at(&self, at: Timestamp) -> Option<&Shift> {
        let after = self
            .shifts
            .partition_point(|shift| shift.when.ends_at <= at);
        self.shifts
            .get(after)
            .filter(|shift| shift.when.contains(at))
    }
}

/// Who is told when nobody does anything about an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Escalation {
    /// Its name.
    pub name: String,
    /// Which of the two ladders it is.
    pub ladder: Ladder,
    /// The owner teams it is for; none = all.
    pub teams: Vec<String>,
    /// What it is for.
    pub when: When,
    /// Whether it waits for working hours.
    pub urgency: Wakes,
    /// In order, by [`Step::after`].
    pub steps: Vec<Step>,
    /// Whether the last step is taken again.
    pub repeat: Repeat,
}

/// The two ways up. An incident climbs both, each at its own pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ladder {
    /// Who knows more: first line, second line, third line, vendor.
    Functional,
    /// Who may decide more: lead, manager, executive.
    Hierarchical,
}

impl Ladder {
    /// Both.
    pub const ALL: [Ladder; 2] = [Ladder::Functional, Ladder::Hierarchical];

    /// The word used in configuration and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Ladder::Functional => "functional",
            Ladder::Hierarchical => "hierarchical",
        }
    }
}

/// Whether the last step of a policy is taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Every so often.
    Every(Duration),
    /// As often as people are reminded of what is so urgent ([`crate::Timers::remind_every`]).
    AsReminders,
    /// It is the end.
    Never,
}

/// Whether telling waits for working hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wakes {
    /// It wakes people.
    Always,
    /// It waits until whoever is told works.
    InHours,
    /// What is P1 or worth a page wakes people, all else waits.
    ByWorth,
}

/// What a policy, or a step of it, is for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct When {
    /// Priorities; none = all.
    pub priorities: Vec<Priority>,
    /// What the labels of its worst alert must be.
    pub matchers: Matchers,
    /// Hours of the site.
    pub hours: Hours,
}

/// Hours of the site in which something counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hours {
    /// All.
    #[default]
    Any,
    /// Those of work.
    Working,
    /// The others.
    Outside,
}

/// One step of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How long after the beginning.
    pub after: Duration,
    /// When it is left out.
    pub when: When,
    /// Who is told.
    pub tells: Vec<Target>,
}

/// Who is told. A team is the owner team where none is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This receiver.
    Receiver(String),
    /// This person.
    Person(String),
    /// Whoever is on call by this schedule.
    Schedule(String),
    /// A team: what wakes it, and whoever is on call by its schedules.
    Team(Option<String>),
    /// All people of a team, and what wakes it.
    Everybody(Option<String>),
}

impl Escalation {
    /// What holds where none is written: P1 the team now, again after 15 minutes, all of it after
    /// 30 and then every 30; P2 now and after an hour.
    pub fn usual() -> Vec<Escalation> {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let step = |after: u64, target: Target| Step {
            after: minutes(after),
            when: When::default(),
            tells: vec![target],
        };
        let policy = |name: &str, priority: Priority, steps: Vec<Step>| Escalation {
            name: name.to_owned(),
            ladder: Ladder::Functional,
            teams: Vec::new(),
            when: When {
                priorities: vec![priority],
                ..When::default()
            },
            urgency: Wakes::ByWorth,
            steps,
            repeat: Repeat::AsReminders,
        };
        let first = Escalation {
            repeat: Repeat::Every(minutes(30)),
            ..policy(
                "usual for P1",
                Priority::P1,
                vec![
                    step(0, Target::Team(None)),
                    step(15, Target::Team(None)),
                    step(30, Target::Everybody(None)),
                ],
            )
        };
        let second = policy(
            "usual for P2",
            Priority::P2,
            vec![step(0, Target::Team(None)), step(60, Target::Team(None))],
        );
        vec![first, second]
    }
}

impl Schedule {
    /// The times within `reach` at which nobody has the turn.
    pub fn gaps(&self, reach: Interval) -> Vec<Interval> {
        let mut gaps = Vec::new();
        let mut from = reach.starts_at;
        for Shift { when, .. } in &self.shifts {
            if when.starts_at >= reach.ends_at {
                break;
            }
            if when.starts_at > from {
                gaps.push(Interval {
                    starts_at: from,
                    ends_at: when.starts_at,
                });
            }
            from = from.max(when.ends_at);
        }
        if from < reach.ends_at {
            gaps.push(Interval {
                starts_at: from,
                ends_at: reach.ends_at,
            });
        }
        gaps
    }

    /// The times within `reach` at which the same person has the turn here and there.
    pub fn doubles(&self, other: &Schedule, reach: Interval) -> Vec<Shift> {
        let (mut here, mut there) = (
            self.shifts.iter().peekable(),
            other.shifts.iter().peekable(),
        );
        let mut doubles = Vec::new();
        while let (Some(one), Some(two)) = (here.peek(), there.peek()) {
            let both = Interval {
                starts_at: one
                    .when
                    .starts_at
                    .max(two.when.starts_at)
                    .max(reach.starts_at),
                ends_at: one.when.ends_at.min(two.when.ends_at).min(reach.ends_at),
            };
            if one.person == two.person && both.starts_at < both.ends_at {
                doubles.push(Shift {
                    when: both,
                    person: Arc::clone(&one.person),
                });
            }
            match one.when.ends_at <= two.when.ends_at {
                true => here.next(),
                false => there.next(),
            };
        }
        doubles
    }

    /// With others' turns laid over it, as people took them.
    pub fn with(&self, taken: &[Shift]) -> Schedule {
        let mut shifts = self.shifts.clone();
        for over in taken {
            let under = std::mem::take(&mut shifts).into_iter();
            shifts = under.flat_map(|shift| beside(shift, over.when)).collect();
            shifts.push(over.clone());
            shifts.sort();
        }
        Schedule {
            shifts,
            ..self.clone()
        }
    }
}

/// What is left of a turn before and after another.
fn beside(shift: Shift, over: Interval) -> impl Iterator<Item = Shift> {
    let before = Interval {
        ends_at: shift.when.ends_at.min(over.starts_at),
        ..shift.when
    };
    let after = Interval {
        starts_at: shift.when.starts_at.max(over.ends_at),
        ..shift.when
    };
    let is_something = |when: &Interval| when.starts_at < when.ends_at;
    let left = [before, after].into_iter().filter(is_something);
    left.map(move |when| Shift {
        when,
        person: Arc::clone(&shift.person),
    })
}
