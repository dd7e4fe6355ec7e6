//! Decides about silences: made, changed, ended, as Alertmanager's API promises.
//!
//! In: a wanted silence, or the id of one to end. Out: the silence's id, or what is wrong
//! in Alertmanager's words; and what was suppressed by it is looked at again.

use crate::{
    Actor, Answer, Cause, Origin, Reason, Silence, SilenceId, SilenceRequest, SilenceState, limits,
};

use super::command::is_sound;
use super::draft::Draft;
use super::suppress::look_again;

/// Makes or changes a silence.
pub(super) fn set(
    draft: &mut Draft<'_>,
    by: &Actor,
    request: &SilenceRequest,
) -> Result<Answer, Answer> {
    check(draft, request)?;
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
