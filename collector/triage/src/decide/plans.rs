//! Decides what a host's own plans keep from opening: root holds it, or a job is known to
//! make noise.
//!
//! In: what the host says it plans. Out: a silence about this host alone, with an end
//! (invariant 10), kept and released like any other. Agents never touch a silence of a
//! person or of another host: the ids and the entity are made here.

use std::time::Duration;

use crate::matcher::Operator;
use crate::{
    Cause, EntityId, Fingerprint, Host, Labels, Matcher, Matchers, Origin, Reason, Silence,
    SilenceId, SilenceState, Timestamp, limits,
};

use super::draft::Draft;
use super::suppress::look_again;

/// Annotation of a job's silence: the run it is for.
const RUN: &str = "run";

/// Root on the host plans its own work until then; a time that is over ends it.
pub(super) struct Hold<'a> {
    pub(super) until: Timestamp,
    pub(super) why: &'a str,
    pub(super) by: &'a str,
}

/// A job that runs on the host.
pub(super) struct Job<'a> {
    pub(super) name: &'a str,
    pub(super) run: &'a str,
    /// Until when it may take at most.
    pub(super) until: Timestamp,
    /// The components it keeps quiet.
    pub(super) quiet: &'a [String],
}

/// Holds a host, changes until when, or ends it.
pub(super) fn hold(draft: &mut Draft<'_>, host: &Host, hold: &Hold<'_>) {
    let id = SilenceId::new(&format!("hold-{}", host.id));
    if hold.until <= draft.now {
        end(draft, host, &id);
        return;
    }
    let wanted = Wanted {
        id,
        origin: Origin::Hold,
        until: hold.until.min(draft.now.after(limits::HOLD_AT_MOST)),
        // Whatever is about this host has a name.
        matchers: matchers("alertname", ".+"),
        by: format!("{} on {}", hold.by, host.facts.name),
        comment: hold.why.to_owned(),
        annotations: Labels::none(),
    };
    put(draft, host, wanted);
}

/// Keeps the components of a job quiet while it runs.
pub(super) fn job_runs(draft: &mut Draft<'_>, host: &Host, job: &Job<'_>) {
    let mut quiet: Vec<&str> = job
        .quiet
        .iter()
        .map(String::as_str)
        .filter(|component| is_component(component))
        .collect();
    quiet.truncate(limits::QUIET_COMPONENTS_MAX);
    if quiet.is_empty() || job.until <= draft.now {
        return;
    }
    let wanted = Wanted {
        id: of_job(&host.id, job.name),
        origin: Origin::Job,
        until: job.until.min(draft.now.after(limits::JOB_QUIET_AT_MOST)),
        matchers: matchers("component", &quiet.join("|")),
        by: format!("job {} on {}", job.name, host.facts.name),
        comment: format!("job {} runs and keeps {} busy", job.name, quiet.join(", ")),
        annotations: [(RUN, job.run)].into_iter().collect(),
    };
    put(draft, host, wanted);
}

/// A run of a job is over; what it kept quiet is not any more. Another run of the same job that
/// began later goes on.
pub(super) fn job_ended(draft: &mut Draft<'_>, host: &Host, (name, run): (&str, &str)) {
    let id = of_job(&host.id, name);
    let is_this = |silence: &Silence| silence.annotations.get(RUN) == Some(run);
    if draft.silence(&id).is_some_and(is_this) {
        end(draft, host, &id);
    }
}

/// A silence as the host's plans want it.
struct Wanted {
    id: SilenceId,
    origin: Origin,
    until: Timestamp,
    matchers: Option<Matchers>,
    by: String,
    comment: String,
    annotations: Labels,
}

fn put(draft: &mut Draft<'_>, host: &Host, wanted: Wanted) {
    let Some(matchers) = wanted.matchers else {
        return;
    };
    let before = draft.silence(&wanted.id).cloned();
    let active = before
        .as_ref()
        .filter(|silence| silence.state(draft.now) == SilenceState::Active);
    if before.is_none() && !has_room(draft, &host.id) {
        let bound = "SILENCES_PER_HOST_MAX".to_owned();
        draft.note_host(Some(&host.id), Reason::OverBound { bound });
        return;
    }
    let silence = Silence {
        id: wanted.id,
        matchers,
        starts_at: active.map_or(draft.now, |silence| silence.starts_at),
        ends_at: wanted.until,
        created_by: wanted.by,
        comment: wanted.comment,
        annotations: wanted.annotations,
        updated_at: draft.now,
        origin: wanted.origin,
        entity: Some(host.id.clone()),
        until_clear: false,
        look_at: None,
        reminded: None,
        planned: None,
    };
    let as_told = |before: &Silence| {
        *before
            == Silence {
                updated_at: before.updated_at,
                ..silence.clone()
            }
    };
    if before.as_ref().is_some_and(as_told) {
        return;
    }
    let is_less = active.is_some_and(|before| {
        silence.ends_at < before.ends_at || silence.matchers != before.matchers
    });
    draft.note_host(
        Some(&host.id),
        Reason::SilenceSet {
            id: silence.id.clone(),
            by: silence.created_by.clone(),
            until: silence.ends_at,
        },
    );
    let id = silence.id.clone();
    draft.put_silence(silence);
    if is_less {
        look_again(draft, &Cause::Silence(id));
    }
}

fn end(draft: &mut Draft<'_>, host: &Host, id: &SilenceId) {
    let Some(mut silence) = draft.silence(id).cloned() else {
        return;
    };
    if silence.state(draft.now) == SilenceState::Expired {
        return;
    }
    silence.ends_at = draft.now;
    silence.updated_at = draft.now;
    draft.note_host(
        Some(&host.id),
        Reason::SilenceExpired {
            id: silence.id.clone(),
            by: silence.created_by.clone(),
        },
    );
    draft.put_silence(silence);
    look_again(draft, &Cause::Silence(id.clone()));
}

/// What is over may give way to what is new; what holds may not.
fn has_room(draft: &Draft<'_>, host: &EntityId) -> bool {
    let of_host = draft.state.silences_about(host).count();
    of_host < limits::SILENCES_PER_HOST_MAX && draft.state.silences().len() < limits::SILENCES_MAX
}

/// One for each job of a host, so that a job every five minutes does not leave a thousand.
fn of_job(host: &EntityId, name: &str) -> SilenceId {
    let name = Fingerprint::of(&[("job", name)].into_iter().collect());
    SilenceId::new(&format!("job-{host}-{name}"))
}

fn matchers(label: &str, pattern: &str) -> Option<Matchers> {
    let matcher = Matcher::new(label, Operator::Regex, pattern).ok()?;
    Some(Matchers(vec![matcher]))
}

/// Words only: what an agent sends becomes part of a pattern.
fn is_component(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_letter)
}

// A job may take longer than a person's hold, and neither is without an end.
const _: () = assert!(
    limits::HOLD_AT_MOST.as_secs() <= limits::JOB_QUIET_AT_MOST.as_secs()
        && limits::JOB_QUIET_AT_MOST.as_secs() <= Duration::from_secs(24 * 3600).as_secs()
);
