//! Decides which points in time a record waits for.
//!
//! Derived from the records alone, never stored. Every timer that is handled must
//! change its record, or a tick would find it due for ever.

use std::time::Duration;

use crate::decide::due;
use crate::{
    Alert, AlertId, AlertState, Digest, GroupKey, Incident, IncidentId, Phase, Recurrence, Ruling,
    RulingId, Silence, SilenceId, Stage, Ticket, Timestamp, limits,
};

/// What a point in time can be for. Derived from the records, never stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// An occurrence of a window begins or ends. First of what is due at a time: what it reports
    /// must not be told by what it kept quiet.
    Window(SilenceId),
    /// An alert no longer comes and goes; before its incident's own, which then closes it.
    Flap(AlertId),
    /// [`Alert::awaits`] is over. First, so that an incident that is due at the same time is looked
    /// at when it is.
    Awaits(AlertId),
    /// [`ClosedByHand::again_at`](crate::ClosedByHand::again_at); before the incident's own, with
    /// which it is forgotten.
    ClosedByHand(IncidentId),
    /// [`Together::look_at`](crate::Together::look_at).
    Together(IncidentId),
    /// [`Incident::due`].
    Incident(IncidentId),
    /// The end of an acknowledgement.
    Acknowledgement(IncidentId),
    /// The end of a wait.
    Waiting(IncidentId),
    /// Somebody is told because nobody works on it. After what ends by itself at the same time.
    Escalation(IncidentId),
    /// [`Incident::weigh_at`].
    Priority(IncidentId),
    /// What is remembered of a group is forgotten.
    Recurrence(GroupKey),
    /// [`Digest::next`], or [`Digest::look_at`].
    Digest(String),
    /// [`Ticket::update_due`].
    Update(IncidentId, String),
    /// It is looked at whether a silence still mutes anything.
    Clear(SilenceId),
    /// The author of a silence is reminded.
    Reminder(SilenceId),
    /// The owner of an exception is told that it ends soon, or a turn on call that was taken is over.
    Ruling(RulingId),
    /// A silence is long over and is forgotten. (Its start decides nothing; at its end the
    /// incidents it suppresses are due themselves.)
    Silence(SilenceId),
    /// An alert that belongs to no incident is over and is forgotten.
    Alert(AlertId),
}

pub(super) fn of_alert(alert: &Alert) -> impl Iterator<Item = (Timestamp, Timer)> + use<> {
    let forgotten = match (&alert.state, alert.incident) {
        (AlertState::Resolved { .. }, None) => Some((
            alert.updated_at.after(limits::WATCHED_KEPT),
            Timer::Alert(alert.id),
        )),
        (AlertState::Resolved { .. }, Some(_)) | (AlertState::Firing, _) => None,
    };
    let flap = alert.turns.flap;
    let flap = flap.map(|flap| (flap.until, Timer::Flap(alert.id)));
    let until = alert.awaits.as_ref().and_then(|awaits| awaits.until);
    let awaits = until.map(|at| (at, Timer::Awaits(alert.id)));
    forgotten.into_iter().chain(flap).chain(awaits)
}

pub(super) fn of_incident(incident: &Incident) -> impl Iterator<Item = (Timestamp, Timer)> + use<> {
    let phase = incident.due.map(|at| (at, Timer::Incident(incident.id)));
    let acknowledgement = incident
        .acknowledged
        .as_ref()
        .map(|ack| (ack.until, Timer::Acknowledgement(incident.id)));
    let waiting = incident.waiting.as_ref();
    let waiting = waiting.map(|waiting| (waiting.until, Timer::Waiting(incident.id)));
    let look_at = incident
        .together
        .as_ref()
        .and_then(|together| together.look_at);
    let look = look_at.map(|at| (at, Timer::Together(incident.id)));
    let by_hand = incident.closed_by_hand.as_ref();
    let again_at = by_hand.and_then(|by_hand| by_hand.again_at);
    let again = again_at.map(|at| (at, Timer::ClosedByHand(incident.id)));
    let priority = incident.weigh_at;
    let priority = priority.map(|at| (at, Timer::Priority(incident.id)));
    let escalates = incident.phase == Phase::Open && incident.suppressed.is_none();
    let step = due(incident).filter(|_| escalates);
    let step = step.map(|at| (at, Timer::Escalation(incident.id)));
    let decided = look.into_iter().chain(phase).chain(priority);
    let decided = decided.chain(acknowledgement).chain(waiting);
    decided.chain(again).chain(step)
}

pub(super) fn of_ticket(ticket: &Ticket) -> Option<(Timestamp, Timer)> {
    let timer = || Timer::Update(ticket.incident, ticket.receiver.clone());
    ticket.update_due.map(|at| (at, timer()))
}

pub(super) fn of_silence(silence: &Silence) -> impl Iterator<Item = (Timestamp, Timer)> + use<> {
    let id = || silence.id.clone();
    let clear = silence.look_at.map(|at| (at, Timer::Clear(id())));
    let reminder = silence.reminds_at().map(|at| (at, Timer::Reminder(id())));
    let turn = turn_of_silence(silence);
    clear.into_iter().chain(reminder).chain([turn])
}

fn turn_of_silence(silence: &Silence) -> (Timestamp, Timer) {
    let id = silence.id.clone();
    match silence.planned.as_ref().map(|planned| planned.stage) {
        Some(Stage::Coming) => (silence.starts_at, Timer::Window(id)),
        Some(Stage::Running) => (silence.ends_at, Timer::Window(id)),
        Some(Stage::Over) | None => {
            let kept: Duration = limits::SILENCE_KEPT;
            (silence.ends_at.after(kept), Timer::Silence(id))
        }
    }
}

pub(super) fn of_ruling(ruling: &Ruling) -> Option<(Timestamp, Timer)> {
    let at = ruling.reminds_at().or(ruling.ends_at())?;
    Some((at, Timer::Ruling(ruling.id.clone())))
}

pub(super) fn of_recurrence(recurrence: &Recurrence) -> (Timestamp, Timer) {
    let group = recurrence.group.clone();
    (recurrence.until(), Timer::Recurrence(group))
}

pub(super) fn of_digest(digest: &Digest) -> Option<(Timestamp, Timer)> {
    let at = digest.next.into_iter().chain(digest.look_at).min();
    at.map(|at| (at, Timer::Digest(digest.team.clone())))
}
