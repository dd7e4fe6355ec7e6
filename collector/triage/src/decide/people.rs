//! Decides what follows when people say whose an incident is, who works on it, what they wait
//! for, or how urgent it is.
//!
//! In: such a command. Out: the incident as it is by now, told to its tickets at once. There is
//! exactly one owner team at every instant, and each of these ends (invariant 10). A move that
//! the table of moves does not have is a conflict.

use std::time::Duration;

use crate::{
    Acknowledgement, Actor, Answer, Assignment, Cue, Incident, IncidentId, Lasts, Phase, Policy,
    Priority, Reason, SetPriority, Timestamp, Waiting, limits, next,
};

use super::command::{find, is_not_over, is_sound};
use super::draft::Draft;
use super::suppress::Scope;
use super::{escalate, lifecycle, route, tell};

/// "I work on it."
pub(super) fn acknowledge(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    lasts: Option<Duration>,
) -> Result<Answer, Answer> {
    change(draft, id, |draft, incident| {
        is_not_over(incident, "there is nothing to acknowledge")?;
        work(draft, by, incident, lasts)?;
        tell::acknowledge(draft, incident);
        tell::updates(draft, incident);
        Ok(())
    })
}

/// "It is mine, and I work on it." A person of another team brings it to that team.
pub(super) fn take(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    lasts: Option<Duration>,
) -> Result<Answer, Answer> {
    change(draft, id, |draft, incident| {
        is_not_over(incident, "there is nothing to take")?;
        work(draft, by, incident, lasts)?;
        let team = team_of(draft.policy, &by.name).unwrap_or(&incident.team);
        let whose = Whose {
            person: Some(&by.name),
            team: team.to_owned(),
        };
        give(draft, incident, (by, ""), whose);
        tell::acknowledge(draft, incident);
        tell::at_once(draft, incident);
        Ok(())
    })
}

/// Gives it to a person or a team. Moving it to another team needs a reason.
pub(super) fn assign(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    (to, why): (&str, &str),
) -> Result<Answer, Answer> {
    change(draft, id, |draft, incident| {
        is_not_over(incident, "there is nothing to assign")?;
        is_sound(why, "a reason")?;
        let whose = whose(draft.policy, to)?;
        if whose.team != incident.team && why.trim().is_empty() {
            return Err(Answer::Invalid(format!(
                "this moves incident {id} from team {} to team {}; say why",
                incident.team, whose.team
            )));
        }
        let others = |ack: &mut Box<Acknowledgement>| whose.person != Some(ack.by.as_str());
        if incident.acknowledged.take_if(others).is_some() {
            let why = "given to somebody else".into();
            draft.note(id, Reason::AcknowledgementEnded { why });
        }
        give(draft, incident, (by, why), whose);
        is_alive(draft, incident);
        lifecycle::align(draft, incident);
        tell::at_once(draft, incident);
        Ok(())
    })
}

/// Waits for something outside people's reach. Whoever says so answers for it if nobody does.
pub(super) fn wait(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    (waits_for, until): (&str, Timestamp),
) -> Result<Answer, Answer> {
    change(draft, id, |draft, incident| {
        can_wait(incident)?;
        let waits_for = waits_for.trim();
        is_wait(draft, (waits_for, until))?;
        if incident.assigned.is_none() {
            let whose = Whose {
                person: Some(&by.name),
                team: incident.team.clone(),
            };
            give(draft, incident, (by, ""), whose);
        }
        incident.acted = true;
        incident.acknowledged = None;
        incident.waiting = Some(Box::new(Waiting {
            waits_for: waits_for.to_owned(),
            by: by.name.clone(),
            at: draft.now,
            until,
            severity: incident.worst,
        }));
        let (by, waits_for) = (by.name.clone(), waits_for.to_owned());
        let reason = Reason::Waits {
            by,
            waits_for,
            until,
        };
        draft.note(id, reason);
        lifecycle::align(draft, incident);
        tell::at_once(draft, incident);
        Ok(())
    })
}

fn can_wait(incident: &Incident) -> Result<(), Answer> {
    let why_not = match incident.phase {
        Phase::Waiting => return Ok(()),
        phase if next(phase, Cue::Wait).is_some() => return Ok(()),
        Phase::Pending => "nobody has been told of it yet",
        Phase::Resolving => "none of its alerts fires any more",
        Phase::Open | Phase::Acknowledged | Phase::Resolved | Phase::Closed => {
            "there is nothing to wait for"
        }
    };
    Err(Answer::Conflict(format!(
        "incident {} is {}; {why_not}",
        incident.id,
        incident.phase.as_str()
    )))
}

fn is_wait(draft: &Draft<'_>, (waits_for, until): (&str, Timestamp)) -> Result<(), Answer> {
    if waits_for.is_empty() || waits_for.len() > limits::WAITS_FOR_BYTES_MAX {
        let most = limits::WAITS_FOR_BYTES_MAX;
        return Err(Answer::Invalid(format!(
            "say what is waited for, as in vendor, parts, user, or other words of at most {most} bytes"
        )));
    }
    let latest = draft.now.after(draft.policy.wait_at_most);
    if until <= draft.now || until > latest {
        let days = draft.policy.wait_at_most.as_secs() / 86_400;
        return Err(Answer::Invalid(format!(
            "a wait ends in the future, and {days} days ahead at most; give another time"
        )));
    }
    Ok(())
}

/// What was waited for is there, or the ticket says something new.
pub(super) fn resume(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    why: &str,
) -> Result<Answer, Answer> {
    change(draft, id, |draft, incident| {
        is_sound(why, "a reason")?;
        if incident.waiting.is_none() {
            return Err(Answer::Conflict(format!(
                "incident {id} is {}; nobody waits for anything",
                incident.phase.as_str()
            )));
        }
        incident.acted = true;
        let why = match why.trim() {
            "" => format!("{} said so", by.name),
            why => format!("{} said so ({why})", by.name),
        };
        lifecycle::wait_no_more(draft, incident, &why);
        tell::at_once(draft, incident);
        Ok(())
    })
}

/// A person says how urgent it is, or leaves that to the matrix again.
pub(super) fn prioritise(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    (to, why): (Option<Priority>, &str),
) -> Result<Answer, Answer> {
    change(draft, id, |draft, incident| {
        is_not_over(incident, "its priority counts no more")?;
        is_sound(why, "a reason")?;
        match to {
            Some(to) => set_priority(draft, incident, (by, to, why.trim()))?,
            None => free_priority(draft, incident, by)?,
        }
        is_alive(draft, incident);
        if incident.firing == 0 {
            // Nothing fires that it could be computed from.
            let why = &incident.priority_why;
            let computed = draft.policy.matrix.priority(why.impact, why.urgency);
            incident.priority = to.unwrap_or(computed);
        }
        lifecycle::review(draft, incident, &Scope::All);
        tell::at_once(draft, incident);
        Ok(())
    })
}

fn set_priority(
    draft: &mut Draft<'_>,
    incident: &mut Incident,
    (by, to, why): (&Actor, Priority, &str),
) -> Result<(), Answer> {
    if why.is_empty() {
        return Err(Answer::Invalid(format!("say why it is {to}")));
    }
    let (by, why) = (by.name.clone(), why.to_owned());
    incident.set_priority = Some(Box::new(SetPriority {
        to,
        by: by.clone(),
        why: why.clone(),
        at: draft.now,
        severity: incident.worst,
    }));
    draft.note(incident.id, Reason::PrioritySet { by, to, why });
    Ok(())
}

fn free_priority(draft: &mut Draft<'_>, incident: &mut Incident, by: &Actor) -> Result<(), Answer> {
    if incident.set_priority.take().is_none() {
        return Err(Answer::Conflict(format!(
            "nobody said how urgent incident {} is; its priority is computed already",
            incident.id
        )));
    }
    let why = by.name.clone();
    draft.note(incident.id, Reason::PriorityFreed { why });
    Ok(())
}

/// Finds an incident, changes it unless that is refused, and puts it back.
fn change(
    draft: &mut Draft<'_>,
    id: IncidentId,
    change: impl FnOnce(&mut Draft<'_>, &mut Incident) -> Result<(), Answer>,
) -> Result<Answer, Answer> {
    let mut incident = find(draft, id)?;
    change(draft, &mut incident)?;
    draft.put_incident(incident);
    Ok(Answer::Done)
}

/// A sign of life: whoever works on it still does.
pub(super) fn is_alive(draft: &mut Draft<'_>, incident: &mut Incident) {
    incident.acted = true;
    let now = draft.now;
    let Some(ack) = &mut incident.acknowledged else {
        return;
    };
    let latest = now.after(limits::ACKNOWLEDGEMENT_AT_MOST);
    let until = ack.lasts().end(now, &draft.policy.working).min(latest);
    if until > ack.until {
        ack.until = until;
        draft.note(incident.id, Reason::AcknowledgementRenewed { until });
    }
}

/// Somebody works on it from now on, and nobody waits any more.
fn work(
    draft: &mut Draft<'_>,
    by: &Actor,
    incident: &mut Incident,
    lasts: Option<Duration>,
) -> Result<(), Answer> {
    let latest = draft.now.after(limits::ACKNOWLEDGEMENT_AT_MOST);
    let (lasts, until) = match lasts {
        Some(lasts) => (Lasts::For(lasts), draft.now.after(lasts)),
        None => {
            let timers = route::timers(draft.policy, incident);
            let known = timers.ack_expires.get(&incident.priority).copied();
            let lasts = known.unwrap_or(Lasts::For(limits::ACKNOWLEDGEMENT_AT_MOST));
            let until = lasts.end(draft.now, &draft.policy.working);
            (lasts, until.min(latest))
        }
    };
    if until <= draft.now || until > latest {
        return Err(Answer::Invalid(
            "an acknowledgement lasts longer than nothing and at most 30 days; give another time"
                .into(),
        ));
    }
    incident.acted = true;
    incident.acknowledged = Some(Box::new(Acknowledgement {
        by: by.name.clone(),
        at: draft.now,
        until,
        severity: incident.worst,
        lasts: Some(lasts),
    }));
    let name = by.name.clone();
    draft.note(incident.id, Reason::Acknowledged { by: name, until });
    lifecycle::wait_no_more(draft, incident, "taken");
    lifecycle::align(draft, incident);
    Ok(())
}

/// Whose an incident is to be.
struct Whose<'a> {
    person: Option<&'a str>,
    team: String,
}

/// A name is a person's before it is a team's.
fn whose<'a>(policy: &Policy, to: &'a str) -> Result<Whose<'a>, Answer> {
    if let Some(team) = team_of(policy, to) {
        return Ok(Whose {
            person: Some(to),
            team: team.to_owned(),
        });
    }
    if policy.teams.iter().any(|team| team.name == to) {
        return Ok(Whose {
            person: None,
            team: to.to_owned(),
        });
    }
    let teams: Vec<&str> = policy.teams.iter().map(|team| team.name.as_str()).collect();
    Err(Answer::Invalid(format!(
        "no person or team is called {to:?}; the teams are {}, and persons are those of [[person]]",
        teams.join(", ")
    )))
}

/// The team a person belongs to, if both are known.
fn team_of<'p>(policy: &'p Policy, person: &str) -> Option<&'p str> {
    let team = policy.persons.get(person)?;
    let known = policy.teams.iter().find(|known| known.name == *team);
    known.map(|team| team.name.as_str())
}

fn give(
    draft: &mut Draft<'_>,
    incident: &mut Incident,
    (by, why): (&Actor, &str),
    whose: Whose<'_>,
) {
    incident.acted = true;
    let before = incident.assigned.as_ref().map(|known| known.to.as_str());
    if before == whose.person && incident.team == whose.team {
        return;
    }
    let from_team = std::mem::replace(&mut incident.team, whose.team);
    incident.assigned = whose.person.map(|to| {
        Box::new(Assignment {
            to: to.to_owned(),
            by: by.name.clone(),
            at: draft.now,
        })
    });
    draft.note(
        incident.id,
        Reason::Assigned {
            by: by.name.clone(),
            to: whose.person.map(str::to_owned),
            from_team: from_team.clone(),
            team: incident.team.clone(),
            why: why.trim().to_owned(),
        },
    );
    if from_team != incident.team {
        escalate::handed(draft, incident, &from_team);
    }
}
