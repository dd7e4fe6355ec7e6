//! Decides what follows when a person takes a turn on call, and when that is over.
//!
//! In: such a command. Out: a record of the turn, which has an end (invariant 10). Over what the
//! schedule says the newest word counts.

use std::sync::Arc;

use crate::{Actor, Answer, Interval, Reason, Ruled, Ruling, RulingId, Timestamp, limits};

use super::command::is_sound;
use super::draft::Draft;

/// Somebody has the turn of a schedule from now or then on.
pub(super) fn take(
    draft: &mut Draft<'_>,
    by: &Actor,
    (schedule, person): (&str, &str),
    (from, until, why): (Option<Timestamp>, Timestamp, &str),
) -> Result<Answer, Answer> {
    is_sound(why, "a reason")?;
    is_known(draft, schedule, person)?;
    let from = from.unwrap_or(draft.now).max(draft.now);
    let latest = draft.now.after(limits::ONCALL_TAKEN_AT_MOST);
    if until <= from || until > latest {
        let days = limits::ONCALL_TAKEN_AT_MOST.as_secs() / 86_400;
        return Err(Answer::Invalid(format!(
            "a turn ends after it begins, and {days} days ahead at most; give another time"
        )));
    }
    let known = draft
        .state
        .rulings_of(&RulingId::of_schedule(schedule))
        .count();
    if known >= limits::ONCALL_TAKEN_MAX {
        return Err(Answer::Full(format!(
            "{known} turns of schedule {schedule:?} are taken already; change the schedule instead"
        )));
    }
    let when = Interval {
        starts_at: from,
        ends_at: until,
    };
    draft.put_ruling(Ruling {
        id: RulingId::of_turn(schedule, from, person),
        by: by.name.clone(),
        at: draft.now,
        why: why.trim().to_owned(),
        says: Ruled::OnCall {
            schedule: Arc::from(schedule),
            person: Arc::from(person),
            when,
        },
    });
    draft.note_host(
        None,
        Reason::OnCallTaken {
            by: by.name.clone(),
            schedule: schedule.to_owned(),
            person: person.to_owned(),
            from,
            until,
            why: why.trim().to_owned(),
        },
    );
    Ok(Answer::Done)
}

fn is_known(draft: &Draft<'_>, schedule: &str, person: &str) -> Result<(), Answer> {
    let policy = draft.policy;
    let listed = |names: Vec<&str>| match names.as_slice() {
        [] => "none is written".to_owned(),
        names => format!("there are {}", names.join(", ")),
    };
    if !policy.oncall.schedules.contains_key(schedule) {
        let names = policy.oncall.schedules.keys().map(String::as_str);
        let names = listed(names.collect());
        return Err(Answer::NotFound(format!(
            "there is no schedule {schedule:?}; {names}"
        )));
    }
    if !policy.persons.contains_key(person) {
        let names = listed(policy.persons.keys().map(String::as_str).collect());
        return Err(Answer::NotFound(format!(
            "there is no person {person:?}; {names}"
        )));
    }
    Ok(())
}

/// A turn that somebody took is over.
pub(super) fn over(draft: &mut Draft<'_>, id: &RulingId) {
    let Some(ruling) = draft.ruling(id).cloned() else {
        return;
    };
    let Ruled::OnCall {
        schedule,
        person,
        when,
    } = &ruling.says
    else {
        return;
    };
    if when.ends_at <= draft.now {
        let reason = Reason::OnCallOver {
            schedule: schedule.to_string(),
            person: person.to_string(),
        };
        draft.note_host(None, reason);
        draft.drop_ruling(id.clone());
    }
}

/// Turns of a schedule that is none any more are none.
pub(super) fn follow(draft: &mut Draft<'_>) {
    let schedules = &draft.policy.oncall.schedules;
    let is_gone = |ruling: &&Arc<Ruling>| match &ruling.says {
        Ruled::OnCall { schedule, .. } => !schedules.contains_key(&**schedule),
        Ruled::Live { .. } | Ruled::Exception { .. } => false,
    };
    let gone: Vec<RulingId> = draft
        .state
        .rulings()
        .filter(is_gone)
        .map(|ruling| ruling.id.clone())
        .collect();
    gone.into_iter().for_each(|id| draft.drop_ruling(id));
}
