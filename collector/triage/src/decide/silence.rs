//! Decides about silences: made, changed, ended, as Alertmanager's API promises.
//!
//! In: a wanted silence, or the id of one to end; the end of what it mutes, and of its time.
//! Out: the silence's id, or what is wrong in Alertmanager's words; what was suppressed by it is
//! looked at again, and its author is reminded of what will be. Nobody can be told by name yet: a
//! reminder is a line in the timelines of what is muted, and a comment on tickets that are open.

use std::collections::BTreeSet;

use crate::{
    Actor, Alert, Answer, Cause, Origin, Reason, Reminded, Silence, SilenceId, SilenceRequest,
    SilenceState, limits,
};

use super::command::is_sound;
use super::draft::Draft;
use super::suppress::look_again;
use super::tell;

/// In whose name a ticket is told of a silence that ends.
const REMINDER: &str = "vedette";

/// Makes or changes a silence.
pub(super) fn set(
    draft: &mut Draft<'_>,
    by: &Actor,
    request: &SilenceRequest,
) -> Result<Answer, Answer> {
    check(draft, request)?;
    let mut fires = draft.state.firing_labelled(&request.matchers);
    if request.until_clear && fires.next().is_none() {
        return Err(Answer::Invalid(
            "Failed to create silence: nothing that it matches fires, so there is nothing to wait for; give a time instead"
                .into(),
        ));
    }
    let replaced = match &request.replaces {
        Some(id) => Some(find(draft, id)?),
        None => None,
    };
    let kept = replaced
        .as_ref()
        .filter(|silence| keeps_its_id(draft, silence, request));
    let silence = match kept {
        Some(silence) => wanted(draft, request, silence.id.clone()),
        None if draft.state.silences().len() >= limits::SILENCES_MAX => {
            return Err(Answer::Full(format!(
                "{} silences are kept already, those that ended within 5 days among them; try again later",
                limits::SILENCES_MAX
            )));
        }
        None => wanted(draft, request, request.new_id.clone()),
    };
    let before = replaced.clone();
    if kept.is_none()
        && let Some(old) = replaced
    {
        end(draft, by, old);
    }
    let id = silence.id.clone();
    draft.note_host(
        None,
        Reason::SilenceSet {
            id: id.clone(),
            by: by.name.clone(),
            until: silence.ends_at,
        },
    );
    let shortened = before.filter(|old| old.id != id || silence.ends_at < old.ends_at);
    draft.put_silence(silence);
    if let Some(old) = shortened {
        look_again(draft, &Cause::Silence(old.id));
    }
    Ok(Answer::Silence(id))
}

/// Ends a silence now; one that is over already stays so.
pub(super) fn expire(draft: &mut Draft<'_>, by: &Actor, id: &SilenceId) -> Result<Answer, Answer> {
    let silence = find(draft, id)?;
    end(draft, by, silence);
    look_again(draft, &Cause::Silence(id.clone()));
    Ok(Answer::Done)
}

fn check(draft: &Draft<'_>, request: &SilenceRequest) -> Result<(), Answer> {
    let wrong = |what: String| Err(Answer::Invalid(format!("Failed to create silence: {what}")));
    if request.starts_at >= request.ends_at {
        return wrong("start time must be before end time".into());
    }
    if request.ends_at < draft.now {
        return wrong("end time can't be in the past".into());
    }
    let matchers = request.matchers.0.len();
    if matchers > limits::MATCHERS_MAX {
        let most = limits::MATCHERS_MAX;
        return wrong(format!(
            "it has {matchers} matchers, at most {most} are taken"
        ));
    }
    if !request.matchers.select_something() {
        return wrong("at least one matcher must not match the empty string".into());
    }
    is_sound(&request.comment, "a silence's comment")?;
    is_sound(&request.created_by, "a silence's author")
}

fn find(draft: &Draft<'_>, id: &SilenceId) -> Result<Silence, Answer> {
    let is_silence = |silence: &&Silence| silence.origin != Origin::Window;
    draft
        .silence(id)
        .filter(is_silence)
        .cloned()
        .ok_or_else(|| Answer::NotFound(format!("silence {id} not found")))
}

/// Whether a change is still the same silence, by Alertmanager's rules.
fn keeps_its_id(draft: &Draft<'_>, silence: &Silence, request: &SilenceRequest) -> bool {
    let same_second = || {
        let second = |at: crate::Timestamp| at.as_millis().div_euclid(1000);
        second(silence.starts_at) == second(request.starts_at)
    };
    silence.matchers == request.matchers
        && match silence.state(draft.now) {
            SilenceState::Active => same_second(),
            SilenceState::Pending => request.starts_at >= draft.now,
            SilenceState::Expired => false,
        }
}

fn wanted(draft: &Draft<'_>, request: &SilenceRequest, id: SilenceId) -> Silence {
    let known = draft.silence(&id).map(|silence| silence.starts_at);
    let is_active = known.is_some_and(|starts_at| starts_at <= draft.now);
    Silence {
        id,
        matchers: request.matchers.clone(),
        starts_at: match known {
            Some(starts_at) if is_active => starts_at,
            Some(_) | None => request.starts_at.max(draft.now),
        },
        ends_at: request.ends_at,
        created_by: request.created_by.clone(),
        comment: request.comment.clone(),
        annotations: request.annotations.clone(),
        updated_at: draft.now,
        origin: Origin::Person,
        entity: None,
        until_clear: request.until_clear,
        look_at: None,
        reminded: None,
        planned: None,
    }
}

fn end(draft: &mut Draft<'_>, by: &Actor, mut silence: Silence) {
    match silence.state(draft.now) {
        SilenceState::Expired => return,
        SilenceState::Pending => silence.starts_at = draft.now,
        SilenceState::Active => {}
    }
    silence.ends_at = draft.now;
    silence.updated_at = draft.now;
    draft.note_host(
        None,
        Reason::SilenceExpired {
            id: silence.id.clone(),
            by: by.name.clone(),
        },
    );
    draft.put_silence(silence);
}

/// What it was about has ended: what mutes until all is clear may have nothing left to mute. That
/// is looked at a little later, once for all that ends together.
pub(super) fn alert_ended(draft: &mut Draft<'_>, alert: &Alert) {
    let waiting = draft
        .silences_of(alert)
        .filter(|silence| silence.until_clear && silence.look_at.is_none());
    let waiting: Vec<Silence> = waiting.cloned().collect();
    for mut silence in waiting {
        silence.look_at = Some(draft.now.after(limits::CLEAR_FOR));
        draft.put_silence(silence);
    }
}

/// Ends a silence that waits until all is clear, if all is. Asked only after one that it mutes has
/// ended, and not more often than [`limits::CLEAR_FOR`].
pub(super) fn look_whether_clear(draft: &mut Draft<'_>, id: &SilenceId) {
    let Some(mut silence) = draft.silence(id).cloned() else {
        return;
    };
    if silence.look_at.is_none_or(|at| at > draft.now) {
        return;
    }
    silence.look_at = None;
    let holds = silence.state(draft.now) == SilenceState::Active;
    let is_clear = muted(draft, &silence).next().is_none();
    if holds && is_clear {
        silence.ends_at = draft.now;
        silence.updated_at = draft.now;
        draft.note_host(None, Reason::SilenceCleared { id: id.clone() });
    }
    draft.put_silence(silence);
    if holds && is_clear {
        look_again(draft, &Cause::Silence(id.clone()));
    }
}

/// Says what a silence still mutes shortly before its end.
pub(super) fn remind(draft: &mut Draft<'_>, id: &SilenceId) {
    let Some(mut silence) = draft.silence(id).cloned() else {
        return;
    };
    if silence.reminds_at().is_none_or(|at| at > draft.now) {
        return;
    }
    let (mut incidents, mut alerts) = (BTreeSet::new(), 0);
    for alert in muted(draft, &silence) {
        alerts += 1;
        incidents.extend(alert.incident);
    }
    let (by, until) = (silence.created_by.clone(), silence.ends_at);
    silence.reminded = Some(Reminded {
        at: draft.now,
        alerts,
    });
    draft.put_silence(silence.clone());
    if alerts == 0 {
        return;
    }
    let reason = Reason::SilenceEndsSoon {
        id: id.clone(),
        by: by.clone(),
        until,
        alerts,
    };
    draft.note_host(None, reason.clone());
    let left = until.since(draft.now).as_secs().div_ceil(60);
    let text = format!(
        "The silence of {by} ends in {left} minutes, and it still fires ({}).",
        silence.comment
    );
    for id in incidents.into_iter().take(limits::REMINDED_MAX) {
        let Some(incident) = draft.incident(id).cloned() else {
            continue;
        };
        draft.note(id, reason.clone());
        if incident.is_open() && tell::full_ticket(draft, &incident).is_none() {
            tell::note(draft, &incident, REMINDER, &text);
        }
    }
}

/// What fires and is muted by it now.
fn muted<'d>(draft: &'d Draft<'_>, silence: &'d Silence) -> impl Iterator<Item = &'d Alert> {
    let now = draft.now;
    let firing = draft.state.firing_labelled(&silence.matchers);
    firing
        .map(|alert| &**alert)
        .filter(move |alert| silence.mutes(now, alert))
}
