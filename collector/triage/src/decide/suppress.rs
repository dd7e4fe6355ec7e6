//! Decides whether people may be told about an incident now, and if not, why.
//!
//! In: an incident whose open delay is over, or one alert that would reopen one.
//! Out: a [`Suppression`], or none. Asked before opening only: whatever was opened is
//! closed without asking here (invariant 7).

use crate::{
    Alert, DeliverMode, Handling, Incident, Origin, Priority, SilenceId, Suppression, Timestamp,
};

use super::draft::Draft;
use super::group::is_shadow;
use super::prioritise;
use super::route::Destination;

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
) -> Option<Suppression> {
    let basic = of_policy(draft, incident.handling, incident.priority);
    // A drill shows what a ticket looks like, also where the real fault would be none.
    let basic = match (basic, incident.drill) {
        (Some(Suppression::NotATicket), Some(_)) => None,
        (basic, _) => basic,
    };
    if basic.is_some() {
        return basic;
    }
    if incident.receivers.is_empty() {
        return Some(Suppression::NoReceiver);
    }
    match &incident.suppressed {
        Some(known @ (Suppression::Silence { .. } | Suppression::Shadow)) => match scope {
            Scope::All => all_muted(draft, incident),
            Scope::One(alert) => {
                mute(draft, alert).map(|mute| sooner(known.clone(), mute.suppression()))
            }
            Scope::Unchanged => Some(known.clone()),
        },
        Some(Suppression::NotATicket | Suppression::Observe | Suppression::NoReceiver) | None => {
            all_muted(draft, incident)
        }
    }
}

/// Why an alert that fires again does not reopen its ticket.
pub(super) fn of_reopening(
    draft: &Draft<'_>,
    alert: &Alert,
    destination: &Destination<'_>,
) -> Option<Suppression> {
    let priority = prioritise::of_alert(draft, alert);
    let basic = of_policy(draft, destination.handling, priority);
    let basic = basic.filter(|basic| *basic != Suppression::NotATicket || alert.drill.is_none());
    basic.or_else(|| mute(draft, alert).map(Mute::suppression))
}

fn of_policy(draft: &Draft<'_>, handling: Handling, priority: Priority) -> Option<Suppression> {
    match draft.policy.mode {
        DeliverMode::Observe => return Some(Suppression::Observe),
        DeliverMode::Live => {}
    }
    let little = match handling {
        Handling::Watch | Handling::Digest => true,
        Handling::Ticket | Handling::Page => priority == Priority::P5,
    };
    little.then_some(Suppression::NotATicket)
}

/// What keeps one alert from opening anything.
enum Mute {
    Shadow,
    Silence(SilenceId, Timestamp, Origin),
}

impl Mute {
    fn suppression(self) -> Suppression {
        match self {
            Mute::Shadow => Suppression::Shadow,
            Mute::Silence(id, until, origin) => Suppression::Silence { id, until, origin },
        }
    }
}

fn mute(draft: &Draft<'_>, alert: &Alert) -> Option<Mute> {
    if is_shadow(draft.policy, alert) {
        return Some(Mute::Shadow);
    }
    // The one that lasts longest decides how long this alert is muted.
    draft
        .silences_of(alert)
        .max_by(|one, other| (one.ends_at, &one.id).cmp(&(other.ends_at, &other.id)))
        .map(|silence| Mute::Silence(silence.id.clone(), silence.ends_at, silence.origin))
}

/// The mute that ends first, if every firing member is muted.
fn all_muted(draft: &Draft<'_>, incident: &Incident) -> Option<Suppression> {
    let mut first: Option<Suppression> = None;
    for alert in draft.firing(incident.id) {
        let mute = mute(draft, alert)?.suppression();
        first = Some(match first {
            Some(first) => sooner(first, mute),
            None => mute,
        });
    }
    first
}

fn sooner(one: Suppression, other: Suppression) -> Suppression {
    match (until(&one), until(&other)) {
        (Some(first), Some(second)) if second < first => other,
        (None, Some(_)) => other,
        (_, _) => one,
    }
}

/// When a suppression ends by itself, if that is known.
pub(super) fn until(suppression: &Suppression) -> Option<Timestamp> {
    match suppression {
        Suppression::Silence { until, .. } => Some(*until),
        Suppression::NotATicket
        | Suppression::Observe
        | Suppression::Shadow
        | Suppression::NoReceiver => None,
    }
}
