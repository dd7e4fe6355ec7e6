//! Decides what follows when people say that a host is not there any more, or is there again.
//!
//! In: such a command; later what is said of the host. Out: its alerts are over, by that person's
//! word (one of the three statements that may end an alert), and with them its incidents, each once
//! it stayed so. Nothing of it opens while it is retired; what is known of it is kept. One that
//! reports all the same is a finding, said once. What it saw of devices counts no more.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{
    Actor, Alert, AlertId, Answer, End, EntityId, Host, Identity, IncidentId, Reason, Retired,
    Standing,
};

use super::command::is_sound;
use super::draft::Draft;
use super::suppress::{self, Scope, parent};
use super::{alert, lifecycle, view};

/// A person says that a host is not there any more.
pub(super) fn retire(
    draft: &mut Draft<'_>,
    by: &Actor,
    (name, why): (&str, &str),
) -> Result<Answer, Answer> {
    let mut host = find(draft, name)?;
    let why = reason(why, "its alerts end by this")?;
    if let Some(retired) = &host.retired {
        return Err(Answer::Conflict(format!(
            "host {name:?} was retired by {} already",
            retired.by
        )));
    }
    let (id, of) = (host.id.clone(), host.facts.name.clone());
    host.retired = Some(Box::new(Retired {
        by: by.name.clone(),
        at: draft.now,
        why: why.clone(),
        reports_since: None,
    }));
    draft.put_host(host);
    let said = Reason::HostRetired {
        by: by.name.clone(),
        why,
    };
    draft.note_host(Some(&id), said);
    end_all(draft, (&id, &of), &by.name);
    look_again(draft, &id);
    parent::recovered(draft, &of);
    Ok(Answer::Done)
}

/// A person says that it is there again: what holds on it then opens as ever.
pub(super) fn revive(
    draft: &mut Draft<'_>,
    by: &Actor,
    (name, why): (&str, &str),
) -> Result<Answer, Answer> {
    let mut host = find(draft, name)?;
    let why = reason(why, "others look here why it is watched again")?;
    if host.retired.take().is_none() {
        return Err(Answer::Conflict(format!("host {name:?} is not retired")));
    }
    let id = host.id.clone();
    draft.put_host(host);
    let by = by.name.clone();
    draft.note_host(Some(&id), Reason::HostRevived { by, why });
    look_again(draft, &id);
    Ok(Answer::Done)
}

/// Whether a condition was found by a host that is retired: it opens nothing.
pub(super) fn is_of_retired(draft: &Draft<'_>, identity: &Identity) -> bool {
    let by = identity.measured_by();
    let host = by.and_then(|id| draft.host(&id));
    host.is_some_and(|host| host.retired.is_some())
}

/// Takes note that a retired host reports.
pub(super) fn reports(draft: &mut Draft<'_>, host: &mut Host) {
    let now = draft.now;
    let Some(retired) = &mut host.retired else {
        return;
    };
    if retired.reports_since.is_none() {
        retired.reports_since = Some(now);
        let (by, at) = (retired.by.clone(), retired.at);
        draft.note_host(Some(&host.id), Reason::RetiredHostReports { by, at });
    }
}

fn find(draft: &Draft<'_>, name: &str) -> Result<Host, Answer> {
    let by_id = || draft.host(&EntityId::new(name));
    draft
        .host_named(name)
        .or_else(by_id)
        .cloned()
        .ok_or_else(|| {
            Answer::NotFound(format!(
                "no host is called {name:?}; `vedette host list` shows them"
            ))
        })
}

fn reason(why: &str, for_whom: &str) -> Result<String, Answer> {
    is_sound(why, "a reason")?;
    match why.trim() {
        "" => Err(Answer::Invalid(format!("say why: {for_whom}"))),
        why => Ok(why.to_owned()),
    }
}

/// Ends what fires on a host, and what it sees of devices.
fn end_all(draft: &mut Draft<'_>, (id, name): (&EntityId, &str), by: &str) {
    let at = |standing| draft.alerts_at(name, standing).into_iter();
    let own = at(Standing::Failed).chain(at(Standing::Fires));
    let devices = draft.host(id).map_or(&[][..], |host| &host.looks);
    let devices: BTreeSet<Arc<str>> = devices
        .iter()
        .map(|look| Arc::clone(&look.device))
        .collect();
    let views = devices
        .iter()
        .flat_map(|device| draft.alerts_at(device, Standing::View));
    let of_host = |alert: &&Alert| alert.identity.measured_by().as_ref() == Some(id);
    let all: Vec<AlertId> = own
        .chain(views)
        .filter(of_host)
        .map(|alert| alert.id)
        .collect();
    let mut incidents: BTreeSet<IncidentId> = BTreeSet::new();
    for id in all {
        let Some(known) = draft.alert(id).cloned() else {
            continue;
        };
        let end = End::EntityRetired { by: by.to_owned() };
        let about = Arc::clone(&known.about);
        let before = known.clone();
        incidents.extend(alert::ended(draft, known, (draft.now, end), &about));
        suppress::explains_no_more(draft, &before);
    }
    for incident in incidents {
        lifecycle::review_by_id(draft, incident, &Scope::Unchanged);
    }
}

/// It looks at devices no longer, or again.
fn look_again(draft: &mut Draft<'_>, id: &EntityId) {
    let looks = draft.host(id).map_or(&[][..], |host| &host.looks);
    let devices: BTreeSet<Arc<str>> = looks.iter().map(|look| Arc::clone(&look.device)).collect();
    for device in devices {
        view::review(draft, &device);
    }
}
