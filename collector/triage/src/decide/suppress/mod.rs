//! Decides whether people may be told about an incident now, and if not, why.
//!
//! In: an incident whose open delay is over, or one alert that would reopen one. Out: a
//! [`Suppression`], or none. Asked before opening only: whatever was opened is closed
//! without asking here (invariant 7). What keeps one alert from opening is asked in the
//! order of [`of_alert`]; each has a file of its own.

mod explained;
pub(super) mod parent;
mod silence;
mod subscribe;

use crate::{Alert, Cause, Handling, Incident, IncidentId, ListOf, Priority, Suppression, limits};

pub(super) use explained::{after, counted_as, explains_no_more};

use super::draft::Draft;
use super::group::is_shadow;
use super::lifecycle;
use super::prioritise;
use super::route::Destination;
use super::{flap, live, together};

/// Why an incident is not told, and whose end is worth another look.
pub(super) struct Held {
    pub(super) suppression: Suppression,
    pub(super) causes: Vec<Cause>,
}

impl Held {
    pub(super) fn by(suppression: Suppression) -> Held {
        Held {
            causes: suppression.causes(),
            suppression,
        }
    }

    /// Another member is held as well: until the first is free.
    fn and(mut self, other: Suppression) -> Held {
        for cause in other.causes() {
            if self.causes.contains(&cause) || self.causes.contains(&Cause::Many) {
                continue;
            }
            match self.causes.len() < limits::CAUSES_MAX {
                true => self.causes.push(cause),
                false => self.causes = vec![Cause::Many],
            }
        }
        self.suppression = sooner(self.suppression, other);
        self
    }
}

/// Which members' mutes have to be looked at. Looking at all of 20,000 with each joiner
/// would make joining quadratic (invariant 15).
pub(super) enum Scope<'a> {
    /// All: a silence, the policy or the time changed.
    All,
    /// One that fires now, or is described otherwise; the others are as they were.
    One(&'a Alert),
    /// None: a member cleared, the others are as they were.
    Unchanged,
}

/// Why an incident is not told.
pub(super) fn of_incident(
    draft: &Draft<'_>,
    incident: &Incident,
    scope: &Scope<'_>,
) -> Option<Held> {
    let basic = of_worth(incident.handling, incident.priority);
    // A drill shows what a ticket looks like, also where the real fault would be none; a window's
    // report was asked for.
    let basic = match (basic, incident.drill) {
        (Some(Suppression::NotATicket), Some(_)) => None,
        (Some(Suppression::NotATicket), None) if is_asked_for(incident) => None,
        (basic, _) => basic,
    };
    if let Some(basic) = basic {
        return Some(Held::by(basic));
    }
    let has_nobody = incident.receivers.is_empty();
    let nobody = || Held::by(Suppression::NoReceiver);
    // What is only observed is shown as that, whoever would be told.
    if has_nobody && !live::may_observe(draft) {
        return Some(nobody());
    }
    let held = match incident.suppressed.as_deref() {
        Some(known) if known.is_of_members() => {
            let known = || Held {
                suppression: known.clone(),
                causes: incident.causes.clone(),
            };
            match scope {
                Scope::All => all_held(draft, incident),
                Scope::One(alert) => match of_member(draft, incident, alert) {
                    Some(Suppression::NotATicket) => Some(known()),
                    other => other.map(|other| known().and(other)),
                },
                Scope::Unchanged => Some(known()),
            }
        }
        Some(_) | None => all_held(draft, incident),
    };
    held.or_else(|| has_nobody.then(nobody))
}

/// Whether it is told whatever little it is worth: a window's report, and a digest.
fn is_asked_for(incident: &Incident) -> bool {
    incident.report.is_some() || incident.list == Some(ListOf::Digest)
}

/// Why an alert that fires again does not reopen its ticket.
pub(super) fn of_reopening(
    draft: &Draft<'_>,
    alert: &Alert,
    destination: &Destination<'_>,
) -> Option<Suppression> {
    let priority = prioritise::of_alert(draft, alert);
    let basic = of_worth(destination.handling, priority);
    let basic = basic.filter(|basic| *basic != Suppression::NotATicket || alert.drill.is_none());
    basic.or_else(|| of_alert(draft, alert))
}

fn of_worth(handling: Handling, priority: Priority) -> Option<Suppression> {
    let little = match handling {
        Handling::Watch | Handling::Digest => true,
        Handling::Ticket | Handling::Page => priority == Priority::P5,
    };
    little.then_some(Suppression::NotATicket)
}

/// What keeps one alert from opening anything.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Option<Suppression> {
    is_shadow(draft.policy, alert)
        .then_some(Suppression::Shadow)
        .or_else(|| silence::of_alert(draft, alert))
        .or_else(|| explained::of_alert(draft, alert))
        .or_else(|| flap::of_alert(draft, alert))
        .or_else(|| parent::of_alert(draft, alert))
        .or_else(|| together::gathering(draft, alert))
        .or_else(|| live::of_alert(draft, alert))
}

/// What keeps a member from opening its incident: beside what is worth a ticket and is held, what
/// is worth less opens nothing.
fn of_member(draft: &Draft<'_>, incident: &Incident, alert: &Alert) -> Option<Suppression> {
    // What is many together, or a list, has its worth from that.
    let is_of_one_place =
        incident.together.is_none() && incident.list.is_none() && incident.report.is_none();
    let is_little = || {
        is_of_one_place
            && incident.drill.is_none()
            && Destination::of_alert(draft.policy, alert).handling < Handling::Ticket
    };
    of_alert(draft, alert).or_else(|| is_little().then_some(Suppression::NotATicket))
}

/// What ends first, if every firing member is held by something.
fn all_held(draft: &Draft<'_>, incident: &Incident) -> Option<Held> {
    let mut first: Option<Held> = None;
    let mut has_little = false;
    for alert in draft.firing(incident.id) {
        let held = of_member(draft, incident, alert)?;
        // What holds the others is what is waited for: this never ends by itself.
        if held == Suppression::NotATicket {
            has_little = true;
            continue;
        }
        first = Some(match first {
            Some(first) => first.and(held),
            None => Held::by(held),
        });
    }
    first.or_else(|| has_little.then(|| Held::by(Suppression::NotATicket)))
}

/// What ends first; what would be told if it were live counts before all that holds others.
fn sooner(one: Suppression, other: Suppression) -> Suppression {
    let until = [one.until(), other.until()].into_iter().flatten().min();
    if let (Suppression::Observe { .. }, _) | (_, Suppression::Observe { .. }) = (&one, &other) {
        return Suppression::Observe { until };
    }
    match (one.until(), other.until()) {
        (Some(first), Some(second)) if second < first => other,
        (None, Some(_)) => other,
        (_, _) => one,
    }
}

/// Looks again at everything that this keeps from opening.
pub(super) fn look_again(draft: &mut Draft<'_>, cause: &Cause) {
    let held: Vec<IncidentId> = draft.state.held_by(cause).collect();
    for id in held {
        lifecycle::review_by_id(draft, id, &Scope::All);
    }
}
