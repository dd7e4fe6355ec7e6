//! Decides what a person's command changes about an incident, and what that person is told.
//!
//! In: note, merge, resolve (what people say of who works on it, and silences, have files of
//! their own). Out: the incident as it is by now, and an [`Answer`] in a sentence.

use std::sync::Arc;

use crate::{Actor, Answer, Close, Command, Cue, Incident, IncidentId, Reason, Vote, limits};

use super::draft::Draft;
use super::merge::{self, Refusal};
use super::suppress::Scope;
use super::{by_hand, ledger, lifecycle, live, oncall, people, retire, silence, tell, window};

/// Says what follows from a command.
pub(super) fn decide(draft: &mut Draft<'_>, command: &Command) {
    let answer = match command {
        Command::SetSilence { by, silence } => silence::set(draft, by, silence),
        Command::ExpireSilence { by, id } => silence::expire(draft, by, id),
        Command::AddWindow { by, window: wanted } => window::add(draft, by, wanted),
        Command::EndWindow { by, name } => window::end(draft, by, name),
        Command::RuleLive { by, of, live, why } => live::rule(draft, by, (of, *live), why),
        Command::TakeOnCall {
            by,
            schedule,
            person,
            from,
            until,
            why,
        } => oncall::take(draft, by, (schedule, person), (*from, *until, why)),
        Command::RetireHost { by, host, why } => retire::retire(draft, by, (host, why)),
        Command::ReviveHost { by, host, why } => retire::revive(draft, by, (host, why)),
        Command::Acknowledge {
            by,
            incident,
            lasts,
        } => people::acknowledge(draft, by, *incident, *lasts),
        Command::Note { by, incident, text } => note(draft, by, *incident, text),
        Command::Merge {
            by,
            incident,
            into,
            why,
        } => merge(draft, by, *incident, (*into, why)),
        Command::Resolve { by, incident, why } => resolve(draft, by, *incident, why),
        Command::TicketClosed {
            by,
            incident,
            receiver,
            at,
        } => by_hand::closed(draft, by, *incident, (receiver, *at)),
        Command::Take {
            by,
            incident,
            lasts,
        } => people::take(draft, by, *incident, *lasts),
        Command::Assign {
            by,
            incident,
            to,
            why,
        } => people::assign(draft, by, *incident, (to, why)),
        Command::Wait {
            by,
            incident,
            waits_for,
            until,
        } => people::wait(draft, by, *incident, (waits_for, *until)),
        Command::Resume { by, incident, why } => people::resume(draft, by, *incident, why),
        Command::Judge {
            by,
            incident,
            rule,
            useful,
        } => judge(draft, by, *incident, (rule.as_deref(), *useful)),
        Command::Prioritise {
            by,
            incident,
            to,
            why,
        } => people::prioritise(draft, by, *incident, (*to, why)),
    };
    draft.answer(match answer {
        Ok(answer) | Err(answer) => answer,
    });
}

fn note(draft: &mut Draft<'_>, by: &Actor, id: IncidentId, text: &str) -> Result<Answer, Answer> {
    let mut incident = find(draft, id)?;
    is_sound(text, "a note")?;
    if text.trim().is_empty() {
        return Err(Answer::Invalid("the note is empty; write something".into()));
    }
    if let Some(ticket) = tell::full_ticket(draft, &incident) {
        return Err(Answer::Full(format!(
            "{} messages wait for receiver {:?} about incident {id} already; try again when it answers",
            ticket.outstanding.len(),
            ticket.receiver
        )));
    }
    let (name, text) = (by.name.clone(), text.to_owned());
    tell::note(draft, &incident, &name, &text);
    draft.note(id, Reason::Noted { by: name, text });
    people::is_alive(draft, &mut incident);
    draft.put_incident(incident);
    Ok(Answer::Done)
}

/// Members that still fire keep their state; they open nothing again until they were well.
fn resolve(draft: &mut Draft<'_>, by: &Actor, id: IncidentId, why: &str) -> Result<Answer, Answer> {
    let mut incident = find(draft, id)?;
    is_not_over(&incident, "there is nothing to resolve")?;
    is_sound(why, "a reason")?;
    incident.acted = true;
    let close = Close::ByPerson {
        by: by.name.clone(),
        why: why.to_owned(),
    };
    lifecycle::close(draft, &mut incident, (Cue::CloseByHand, close));
    lifecycle::review(draft, &mut incident, &Scope::Unchanged);
    draft.put_incident(incident);
    Ok(Answer::Done)
}

fn merge(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    (into, why): (IncidentId, &str),
) -> Result<Answer, Answer> {
    is_sound(why, "a reason")?;
    let (by, why) = (by.name.clone(), why.trim().to_owned());
    merge::merge(draft, (id, into), (&by, &why)).map_err(|refusal| match &refusal {
        Refusal::Unknown(_) => Answer::NotFound(refusal.words()),
        Refusal::Itself => Answer::Invalid(refusal.words()),
        Refusal::Over(_, _)
        | Refusal::OtherTeam(_, _)
        | Refusal::NotAlike
        | Refusal::TooMany(_) => Answer::Conflict(refusal.words()),
    })?;
    draft.note(id, Reason::MergedBy { by, into, why });
    if let Some(mut stays) = draft.incident(into).cloned() {
        stays.acted = true;
        draft.put_incident(stays);
    }
    Ok(Answer::Done)
}

/// Whoever judges does nothing about it. What is archived is still worth a vote.
fn judge(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    (rule, useful): (Option<&str>, bool),
) -> Result<Answer, Answer> {
    is_sound(&by.name, "a name")?;
    let vote = Vote {
        incident: id,
        by: by.name.clone(),
        useful,
    };
    match (draft.incident(id).cloned(), rule) {
        (Some(incident), _) => ledger::count(draft, &incident, |account| account.vote(vote)),
        (None, Some(rule)) => {
            let rule = Arc::from(rule);
            ledger::count_of(draft, &rule, |account| account.vote(vote));
        }
        (None, None) => drop(find(draft, id)?),
    }
    let by = by.name.clone();
    draft.note(id, Reason::Judged { by, useful });
    Ok(Answer::Done)
}

pub(super) fn find(draft: &Draft<'_>, id: IncidentId) -> Result<Incident, Answer> {
    draft.incident(id).cloned().ok_or_else(|| {
        Answer::NotFound(format!(
            "no incident has the number {id}, or it was archived long after its end"
        ))
    })
}

pub(super) fn is_not_over(incident: &Incident, so: &str) -> Result<(), Answer> {
    match incident.phase.is_over() {
        false => Ok(()),
        true => Err(Answer::Conflict(format!(
            "incident {} is {} already; {so}",
            incident.id,
            incident.phase.as_str()
        ))),
    }
}

pub(super) fn is_sound(text: &str, what: &str) -> Result<(), Answer> {
    let most = limits::NOTE_BYTES_MAX;
    if text.len() <= most {
        return Ok(());
    }
    Err(Answer::Invalid(format!(
        "{what} has at most {most} bytes, this one has {}; shorten it",
        text.len()
    )))
}
