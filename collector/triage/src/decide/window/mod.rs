//! Decides when windows begin and end: those that files name, and those that people make.
//!
//! In: the policy, the time, a person's wish. Out: for each window the occurrence that lasts and
//! the next one, kept as silences, so that they mute, end and are explained as any other. A file
//! that says otherwise changes them; what a person made or ended stays so. [`report`] says what is
//! not as it was before, [`own`] what no rule says of that.

mod own;
mod report;

use std::collections::BTreeSet;

use crate::{
    Actor, Answer, Cause, Interval, Labels, Matchers, Origin, Planned, Reason, Silence, SilenceId,
    SilenceState, Stage, Window, WindowRequest, limits,
};

use super::command::is_sound;
use super::draft::Draft;
use super::suppress::look_again;
pub(super) use own::{begins_on_reported, host_reports};

/// Brings what is kept in line with a new policy.
pub(super) fn follow(draft: &mut Draft<'_>) {
    let (now, policy) = (draft.now, draft.policy);
    let mut wanted = BTreeSet::new();
    for window in policy.windows.iter() {
        wanted.extend(keep(draft, window));
    }
    for (silence, planned) in of_files(draft) {
        if silence.ends_at <= now {
            finish(draft, &silence.id);
        } else if !wanted.contains(&silence.id) {
            withdraw(draft, silence, planned);
        }
    }
}

/// The occurrence that is due begins or ends.
pub(super) fn turn(draft: &mut Draft<'_>, id: &SilenceId) {
    let Some(silence) = draft.silence(id).cloned() else {
        return;
    };
    let Some(planned) = &silence.planned else {
        return;
    };
    match planned.stage {
        Stage::Coming if silence.starts_at <= draft.now => begin(draft, silence.clone()),
        Stage::Running if silence.ends_at <= draft.now => {
            // After a step of the clock the next may have begun: nothing opens between the two.
            let windows = &draft.policy.windows;
            let named = |window: &&Window| window.name == planned.window;
            if !planned.by_hand
                && let Some(window) = windows.iter().find(named)
            {
                keep(draft, window);
            }
            finish(draft, id);
        }
        Stage::Coming | Stage::Running | Stage::Over => {}
    }
}

/// A person plans work.
pub(super) fn add(
    draft: &mut Draft<'_>,
    by: &Actor,
    request: &WindowRequest,
) -> Result<Answer, Answer> {
    let wrong = |what: &str| Err(Answer::Invalid(what.to_owned()));
    if request.ends_at <= draft.now || request.starts_at >= request.ends_at {
        return wrong("a window ends after it begins, and in the future");
    }
    if request.ends_at > request.starts_at.after(limits::WINDOW_AT_MOST) {
        return wrong("a window lasts 90 days at most; what is longer belongs into an exception");
    }
    if request.matchers.0.is_empty() || request.matchers.0.len() > limits::MATCHERS_MAX {
        return wrong(
            "a window says for what it is, as in host=\"db-7\", with 64 matchers at most",
        );
    }
    if !request.matchers.select_something() {
        return wrong(
            "at least one matcher must not match the empty text: this window would mute everything",
        );
    }
    if request.name.trim().is_empty() {
        return wrong("a window has a name, so that it can be ended by it");
    }
    is_sound(&request.name, "a window's name")?;
    is_sound(&request.why, "a window's reason")?;
    let same = |name: &str| *name == request.name;
    let is_known = draft.policy.windows.iter().any(|window| same(&window.name))
        || named(draft, &request.name).next().is_some();
    if is_known {
        return Err(Answer::Conflict(format!(
            "there is a window {:?} already; give this one another name",
            request.name
        )));
    }
    let interval = Interval {
        starts_at: request.starts_at.max(draft.now),
        ends_at: request.ends_at,
    };
    let wanted = Wanted {
        name: &request.name,
        matchers: &request.matchers,
        why: &request.why,
        owner: &by.name,
        report: request.report,
        by_hand: true,
    };
    match put(draft, &wanted, interval) {
        Some(id) => Ok(Answer::Silence(id)),
        None => Err(Answer::Full(format!(
            "{} silences and windows are kept already; try again later",
            limits::SILENCES_MAX
        ))),
    }
}

/// A person ends a window that lasts, or takes back one that was made by hand.
pub(super) fn end(draft: &mut Draft<'_>, by: &Actor, name: &str) -> Result<Answer, Answer> {
    let all: Vec<Silence> = named(draft, name).cloned().collect();
    let lasts = |silence: &&Silence| silence.state(draft.now) == SilenceState::Active;
    let by_hand = |silence: &&Silence| {
        let planned = silence.planned.as_ref();
        planned.is_some_and(|planned| planned.by_hand)
    };
    let Some(silence) = all.iter().find(lasts).or_else(|| all.iter().find(by_hand)) else {
        return Err(match all.first() {
            Some(_) => Answer::Conflict(format!(
                "window {name:?} does not last now; the file that names it says when it is"
            )),
            None => Answer::NotFound(format!("there is no window {name:?}")),
        });
    };
    let mut silence = silence.clone();
    let id = silence.id.clone();
    draft.note_host(
        None,
        Reason::WindowEnded {
            window: name.to_owned(),
            by: Some(by.name.clone()),
        },
    );
    if silence.state(draft.now) == SilenceState::Pending {
        draft.drop_silence(id);
        return Ok(Answer::Done);
    }
    silence.ends_at = draft.now;
    draft.put_silence(silence);
    finish(draft, &id);
    Ok(Answer::Done)
}

/// What is kept of the windows that files name and that are not over.
fn of_files(draft: &Draft<'_>) -> Vec<(Silence, Planned)> {
    let kept = draft.state.silences();
    let kept = kept.filter_map(|silence| draft.silence(&silence.id));
    let kept = kept.filter_map(|silence| Some((silence, silence.planned.as_ref()?)));
    kept.filter(|(_, planned)| !planned.by_hand && planned.stage != Stage::Over)
        .map(|(silence, planned)| (silence.clone(), planned.clone()))
        .collect()
}

/// The occurrences of a window that are not over.
fn named<'d>(draft: &'d Draft<'_>, name: &'d str) -> impl Iterator<Item = &'d Silence> {
    draft
        .state
        .silences()
        .filter_map(|silence| draft.silence(&silence.id))
        .filter(move |silence| {
            let planned = silence.planned.as_ref();
            planned.is_some_and(|planned| planned.window == name && planned.stage != Stage::Over)
        })
}

/// What an occurrence is to be.
struct Wanted<'a> {
    name: &'a str,
    matchers: &'a Matchers,
    why: &'a str,
    owner: &'a str,
    report: bool,
    by_hand: bool,
}

/// Keeps the occurrence of a window that lasts, and the next.
fn keep(draft: &mut Draft<'_>, window: &Window) -> Vec<SilenceId> {
    let wanted = Wanted {
        name: &window.name,
        matchers: &window.matchers,
        why: &window.why,
        owner: &window.owner,
        report: window.report,
        by_hand: false,
    };
    let coming: Vec<Interval> = window.coming(draft.now).collect();
    let kept = coming.into_iter();
    kept.filter_map(|interval| put(draft, &wanted, interval))
        .collect()
}

/// Makes or changes an occurrence; none where there is no room. One that is over stays over: a
/// person ended it.
fn put(draft: &mut Draft<'_>, wanted: &Wanted<'_>, interval: Interval) -> Option<SilenceId> {
    let id = Planned::id(wanted.name, interval.starts_at);
    let before = draft.silence(&id).cloned();
    let known = before.as_ref().and_then(|silence| silence.planned.as_ref());
    if known.is_some_and(|planned| planned.stage == Stage::Over) {
        return Some(id);
    }
    if before.is_none() && draft.state.silences().len() >= limits::SILENCES_MAX {
        let bound = "SILENCES_MAX".to_owned();
        draft.note_host(None, Reason::OverBound { bound });
        return None;
    }
    let silence = Silence {
        id: id.clone(),
        matchers: wanted.matchers.clone(),
        starts_at: interval.starts_at,
        ends_at: interval.ends_at,
        created_by: wanted.owner.to_owned(),
        comment: wanted.why.to_owned(),
        annotations: Labels::none(),
        updated_at: before
            .as_ref()
            .map_or(draft.now, |before| before.updated_at),
        origin: Origin::Window,
        entity: None,
        until_clear: false,
        look_at: None,
        reminded: None,
        planned: Some(Planned {
            window: wanted.name.to_owned(),
            owner: wanted.owner.to_owned(),
            by_hand: wanted.by_hand,
            report: wanted.report,
            stage: known.map_or(Stage::Coming, |planned| planned.stage),
            before: known.and_then(|planned| planned.before.clone()),
        }),
    };
    if before.as_ref() == Some(&silence) {
        return Some(id);
    }
    let is_less = before.as_ref().is_some_and(|before| {
        silence.ends_at < before.ends_at || silence.matchers != before.matchers
    });
    draft.note_host(
        None,
        Reason::WindowSet {
            window: wanted.name.to_owned(),
            from: silence.starts_at,
            until: silence.ends_at,
        },
    );
    let silence = Silence {
        updated_at: draft.now,
        ..silence
    };
    draft.put_silence(silence.clone());
    if is_less {
        look_again(draft, &Cause::Silence(id.clone()));
    }
    let is_new = known.is_none_or(|planned| planned.stage == Stage::Coming);
    if is_new && interval.contains(draft.now) {
        begin(draft, silence);
    }
    Some(id)
}

/// No file names it any more, or says another time: it ends, and there is nothing to report.
fn withdraw(draft: &mut Draft<'_>, mut silence: Silence, mut planned: Planned) {
    let id = silence.id.clone();
    match planned.stage {
        Stage::Coming | Stage::Over => draft.drop_silence(id),
        Stage::Running => {
            draft.note_host(
                None,
                Reason::WindowEnded {
                    window: planned.window.clone(),
                    by: None,
                },
            );
            planned.stage = Stage::Over;
            planned.before = None;
            silence.ends_at = draft.now;
            silence.updated_at = draft.now;
            silence.planned = Some(planned);
            draft.put_silence(silence);
            look_again(draft, &Cause::Silence(id));
        }
    }
}

fn begin(draft: &mut Draft<'_>, mut silence: Silence) {
    let before = silence
        .planned
        .as_ref()
        .filter(|planned| planned.report)
        .map(|_| report::remember(draft, &silence));
    if let Some(planned) = &mut silence.planned {
        planned.stage = Stage::Running;
        planned.before = before;
        let window = planned.window.clone();
        draft.note_host(None, Reason::WindowBegan { window });
    }
    draft.put_silence(silence);
}

/// It is over: what is not as it was before is reported, and the rest opens by itself.
fn finish(draft: &mut Draft<'_>, id: &SilenceId) {
    let Some(mut silence) = draft.silence(id).cloned() else {
        return;
    };
    let Some(planned) = &mut silence.planned else {
        return;
    };
    let window = planned.window.clone();
    let before = planned.before.take();
    planned.stage = Stage::Over;
    silence.updated_at = draft.now;
    draft.put_silence(silence.clone());
    if let Some(before) = before {
        report::make(draft, &silence, &before);
    }
    draft.note_host(None, Reason::WindowEnded { window, by: None });
    look_again(draft, &Cause::Silence(id.clone()));
}
