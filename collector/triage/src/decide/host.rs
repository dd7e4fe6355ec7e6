//! Decides what is remembered of a host: its facts, whether it left on purpose, since
//! when it is silent.
//!
//! In: what changed about a host. Out: its record. Touches no alert: host names and
//! labels describe, they do not identify. Knows nothing of how silence is measured.

use std::collections::BTreeSet;
use std::sync::Arc;

use vedette_wire::{Class, Goodbye, HostFacts};

use crate::{
    Answer, Away, EntityId, Host, HostChange, HostSays, HostSignal, Look, Reason, Timestamp, limits,
};

use super::draft::Draft;
use super::list::enrolment;
use super::plans::{Hold, Job};
use super::suppress::parent;
use super::{evidence, plans, retire, view, window};

/// Says what follows from a host's signal. New hosts are refused from `hosts_max` on.
pub(super) fn decide(draft: &mut Draft<'_>, signal: &HostSignal, hosts_max: usize) {
    let known = draft.state.host(&signal.id).map(|host| Host::clone(host));
    match (&signal.says, known) {
        (
            HostSays::Seen {
                facts,
                boot,
                version,
                interval_s,
            },
            known,
        ) => {
            let seen = Seen {
                facts,
                boot,
                version,
                interval_s: *interval_s,
            };
            match known {
                Some(host) => returns(draft, &seen, host),
                None => appears(draft, &seen, signal, hosts_max),
            }
        }
        (HostSays::Left { reason }, Some(host)) => leaves(draft, *reason, host),
        (HostSays::Silent { last_seen }, Some(host)) => falls_silent(draft, *last_seen, host),
        (HostSays::Holds { until, why, by }, Some(host)) => {
            let until = *until;
            plans::hold(draft, &host, &Hold { until, why, by });
        }
        (
            HostSays::JobRuns {
                job,
                run,
                until,
                quiet,
            },
            Some(host),
        ) => {
            let job = Job {
                name: job,
                run,
                until: *until,
                quiet,
            };
            plans::job_runs(draft, &host, &job);
        }
        (HostSays::JobEnded { job, run }, Some(host)) => {
            plans::job_ended(draft, &host, (job, run));
        }
        (HostSays::Changed { changes }, Some(host)) => changed(draft, changes, host),
        (HostSays::Found { alert, what, lines }, Some(host)) => {
            evidence::take(draft, &host, *alert, (*what, lines));
        }
        (HostSays::Observed { at, looked }, Some(host)) => {
            parent::observed(draft, &host, (*at, looked));
        }
        (HostSays::Looks { at }, Some(host)) => looks(draft, at, host),
        (
            HostSays::Left { .. }
            | HostSays::Silent { .. }
            | HostSays::Holds { .. }
            | HostSays::JobRuns { .. }
            | HostSays::JobEnded { .. }
            | HostSays::Changed { .. }
            | HostSays::Found { .. }
            | HostSays::Looks { .. }
            | HostSays::Observed { .. },
            None,
        ) => {
            let id = &signal.id;
            draft.answer(Answer::NotFound(format!(
                "no host has the id {id}; it is known from its first report on"
            )));
        }
    }
}

/// What a reporting host says of itself.
struct Seen<'a> {
    facts: &'a HostFacts,
    boot: &'a str,
    version: &'a str,
    interval_s: f64,
}

fn appears(draft: &mut Draft<'_>, seen: &Seen<'_>, signal: &HostSignal, hosts_max: usize) {
    if draft.state.hosts().len() >= hosts_max {
        draft.answer(Answer::Full(format!(
            "{hosts_max} hosts are known already; host {:?} is refused until others are forgotten",
            seen.facts.name
        )));
        return;
    }
    let (id, facts) = (signal.id.clone(), seen.facts.clone());
    let run = (seen.boot, seen.version);
    let mut host = Host {
        enrols_until: Some(enrolment::lasts_until(draft.now, seen.interval_s)),
        ..Host::appears(id, facts, run, seen.interval_s, draft.now)
    };
    draft.note_host(Some(&host.id), Reason::HostAppeared);
    claim_name(draft, &mut host);
    draft.put_host(host);
}

fn returns(draft: &mut Draft<'_>, seen: &Seen<'_>, before: Host) {
    let mut host = Host {
        facts: seen.facts.clone(),
        boot: seen.boot.to_owned(),
        version: seen.version.to_owned(),
        interval_s: seen.interval_s,
        ..before.clone()
    };
    if host != before {
        draft.note_host(Some(&host.id), Reason::HostChanged);
    }
    if host.boot != before.boot {
        host.booted_at = Some(draft.now);
    }
    let is_back = host.away.take().is_some() | host.silent_since.take().is_some();
    if is_back {
        host.back_at = Some(draft.now);
        draft.note_host(Some(&host.id), Reason::HostBack);
    }
    retire::reports(draft, &mut host);
    if !host.reported.is_empty() {
        window::host_reports(draft, &mut host);
    }
    if host.facts.name != before.facts.name {
        claim_name(draft, &mut host);
    } else if let Some(other) = &host.name_also_claimed_by {
        let other = draft.state.host(other);
        if other.is_none_or(|other| other.facts.name != host.facts.name) {
            host.name_also_claimed_by = None;
        }
    }
    let (name, id) = (host.facts.name.clone(), host.id.clone());
    draft.put_host(host);
    if is_back {
        stands_otherwise(draft, &id);
        parent::recovered(draft, &name);
        parent::is_back(draft, &name);
    }
}

/// It looks at other devices than before.
fn looks(draft: &mut Draft<'_>, at: &[Look], mut host: Host) {
    let before = std::mem::take(&mut host.looks);
    host.looks = at.to_vec();
    host.looks.truncate(limits::LOOKS_PER_HOST_MAX);
    let looks = before.iter().chain(&host.looks);
    let devices: BTreeSet<Arc<str>> = looks.map(|look| Arc::clone(&look.device)).collect();
    draft.put_host(host);
    for device in devices {
        view::review(draft, &device);
    }
}

/// It can look at devices again, or no longer.
fn stands_otherwise(draft: &mut Draft<'_>, id: &EntityId) {
    let looks = draft.host(id).map_or(&[][..], |host| &host.looks);
    let devices: BTreeSet<Arc<str>> = looks.iter().map(|look| Arc::clone(&look.device)).collect();
    for device in devices {
        view::review(draft, &device);
    }
}

/// A host name belongs to one host id; whoever comes second is marked.
fn claim_name(draft: &mut Draft<'_>, host: &mut Host) {
    let name = &host.facts.name;
    let other = draft
        .state
        .hosts_named(name)
        .find(|other| other.id != host.id)
        .map(|other| other.id.clone());
    if let Some(other) = &other {
        let (name, by) = (name.clone(), other.to_string());
        draft.note_host(Some(&host.id), Reason::NameClaimedTwice { name, by });
    }
    host.name_also_claimed_by = other;
}

fn leaves(draft: &mut Draft<'_>, reason: Goodbye, mut host: Host) {
    if host.away.as_ref().map(|away| away.reason) == Some(reason) {
        return;
    }
    let policy = draft.policy;
    let grace = match (reason, host.facts.class) {
        (Goodbye::Suspend | Goodbye::PowerOff, Class::Workstation) => None,
        (Goodbye::Suspend | Goodbye::PowerOff, Class::Server) | (Goodbye::Reboot, _) => {
            Some(policy.reboot_grace)
        }
        (Goodbye::AgentStop | Goodbye::AgentUpgrade, _) => Some(policy.agent_grace),
    };
    let until = grace.map(|grace| draft.now.after(grace));
    host.away = Some(Away {
        since: draft.now,
        reason,
        until,
    });
    let reason = reason.as_str().to_owned();
    draft.note_host(Some(&host.id), Reason::HostLeft { reason, until });
    let (name, id) = (host.facts.name.clone(), host.id.clone());
    draft.put_host(host);
    stands_otherwise(draft, &id);
    parent::failed(draft, &name);
}

/// Remembers what was changed, each change once.
fn changed(draft: &mut Draft<'_>, changes: &[HostChange], mut host: Host) {
    let mut words = Vec::new();
    for change in changes {
        if host.changes.iter().any(|known| known.id == change.id) {
            continue;
        }
        words.push(change.words());
        host.changes.push(change.clone());
    }
    if words.is_empty() {
        return;
    }
    host.changes.sort_by_key(|change| change.at);
    let surplus = host
        .changes
        .len()
        .saturating_sub(limits::CHANGES_PER_HOST_MAX);
    host.changes.drain(..surplus);
    words.reverse();
    let more = words.len().saturating_sub(limits::CHANGES_TOLD_MAX);
    words.truncate(limits::CHANGES_TOLD_MAX);
    let reason = Reason::HostChangedSomething {
        changes: words,
        more: u32::try_from(more).unwrap_or(u32::MAX),
    };
    draft.note_host(Some(&host.id), reason);
    draft.put_host(host);
}

fn falls_silent(draft: &mut Draft<'_>, last_seen: Timestamp, mut host: Host) {
    if host.silent_since != Some(last_seen) {
        host.silent_since = Some(last_seen);
        draft.note_host(Some(&host.id), Reason::HostSilent { last_seen });
        let id = host.id.clone();
        draft.put_host(host);
        stands_otherwise(draft, &id);
    }
}
