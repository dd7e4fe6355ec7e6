//! Decides what is not as it was before a window, and makes one incident of it.
//!
//! In: what was so when the window began, and what is so at its end. Out: nothing, or an incident
//! of the window's owner. Its members are the alerts that the window kept quiet and that did not
//! fire before, and one alert of our own for each host that is not back or still runs the old
//! kernel: so it closes when all of them are well, and none of them opens a ticket of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{
    Alert, Before, EntityId, GroupKey, Host, Incident, IncidentId, Labels, Phase, Planned, Reason,
    Silence, Team, WindowReport, limits, scope,
};

use super::super::draft::Draft;
use super::super::merge::absorb;
use super::super::suppress::{self, Scope};
use super::super::{enrich, lifecycle, list, prioritise};
use super::own::{self, NOT_BACK, OLD_KERNEL};

/// What is so now, of what a window is about.
pub(super) fn remember(draft: &Draft<'_>, window: &Silence) -> Arc<Before> {
    let most = limits::WINDOW_REMEMBERS_MAX;
    let mut before = Before::default();
    for host in scope::hosts((draft.state, draft.policy), window).take(most) {
        if is_gone(host) {
            before.away.insert(host.id.clone());
        }
        if !host.facts.kernel.is_empty() {
            let kernel = host.facts.kernel.clone();
            before.kernels.insert(host.id.clone(), kernel);
        }
    }
    let firing = draft.state.firing_labelled(&window.matchers).take(most);
    before.firing = firing.map(|alert| alert.id).collect();
    Arc::new(before)
}

/// Makes an incident of what is not as it was; the window mutes no more.
pub(super) fn make(draft: &mut Draft<'_>, window: &Silence, before: &Before) {
    let Some(planned) = &window.planned else {
        return;
    };
    let found = Found::at_end(draft, (window, planned), before);
    if found.is_nothing() {
        return;
    }
    let says = found.report(draft, planned);
    let mut incident = found_incident(draft, planned, says.clone());
    for (host, what) in found.of_our_own() {
        let alert = own::about_host(draft, &incident, &host, (what, planned));
        own::admit(draft, &mut incident, alert, host);
    }
    let of_owner = incident.receivers.clone();
    for id in &found.incidents {
        if let Some(mut gone) = draft.incident(*id).cloned() {
            absorb(draft, &mut gone, &mut incident);
        }
    }
    // One ticket: who made the window answers for what it broke.
    if !of_owner.is_empty() {
        incident.receivers = of_owner;
    }
    let Some(front) = draft.firing(incident.id).next().cloned() else {
        return;
    };
    incident.leader = front.id;
    if let Some(weighed) = prioritise::of_report(draft, incident.id) {
        let to = weighed.priority;
        (incident.priority, incident.priority_why) = (to, weighed.why);
        draft.note(incident.id, Reason::Prioritised { from: None, to });
    }
    draft.note(
        incident.id,
        Reason::WindowReported {
            window: planned.window.clone(),
            says: says.title.clone(),
        },
    );
    lifecycle::review(draft, &mut incident, &Scope::All);
    draft.put_incident(incident);
}

/// What is not as it was.
#[derive(Default)]
struct Found {
    hosts: usize,
    /// Silent, or away; the flag: an alert of its own says so already.
    not_back: Vec<(Host, bool)>,
    old_kernel: Vec<Host>,
    /// Alerts that did not fire before, by name: where.
    failed: BTreeMap<String, Vec<String>>,
    /// Hosts that such alerts are about.
    troubled: BTreeSet<EntityId>,
    /// What becomes part of the report.
    incidents: Vec<IncidentId>,
}

impl Found {
    fn at_end(
        draft: &Draft<'_>,
        (window, planned): (&Silence, &Planned),
        before: &Before,
    ) -> Found {
        let hosts: Vec<Host> = scope::hosts((draft.state, draft.policy), window)
            .take(limits::WINDOW_REMEMBERS_MAX)
            .map(|host| Host::clone(host))
            .collect();
        let mut found = Found {
            hosts: hosts.len(),
            old_kernel: on_old_kernels(&hosts, before),
            ..Found::default()
        };
        let is_told = |host: &Host| {
            let identity = own::identity(host, (OLD_KERNEL, &planned.window));
            draft.alert_of(&identity).is_some_and(Alert::is_firing)
        };
        found.old_kernel.retain(|host| !is_told(host));
        let told_silent = found.take_incidents(draft, window, before);
        for host in hosts {
            if is_gone(&host) && !before.away.contains(&host.id) {
                let is_said = told_silent.contains(&host.id);
                found.not_back.push((host, is_said));
            }
        }
        let gone = |host: &Host| found.not_back.iter().any(|(gone, _)| gone.id == host.id);
        found.old_kernel.retain(|host| !gone(host));
        found.not_back.truncate(limits::REPORTED_MAX);
        found.old_kernel.truncate(limits::REPORTED_MAX);
        found
    }

    /// Takes what the window alone kept quiet, if all that fires of it began in the window; says of
    /// which hosts that tells that they have failed.
    fn take_incidents(
        &mut self,
        draft: &Draft<'_>,
        window: &Silence,
        before: &Before,
    ) -> BTreeSet<EntityId> {
        let mut silent = BTreeSet::new();
        let mut taken = 0;
        let began = |alert: &Alert| {
            !before.firing.contains(&alert.id) && window.matchers.match_all(&alert.about.labels)
        };
        let firing = draft.state.firing_labelled(&window.matchers);
        let incidents: BTreeSet<IncidentId> = firing
            .filter(|alert| began(alert))
            .filter_map(|alert| alert.incident)
            .collect();
        for id in incidents {
            let Some(incident) = draft.incident(id) else {
                continue;
            };
            let is_free = incident.phase == Phase::Pending
                && incident.drill.is_none()
                && incident.list.is_none()
                && draft.firing(id).all(&began)
                && suppress::of_incident(draft, incident, &Scope::All).is_none();
            let members = usize::try_from(incident.members).unwrap_or(usize::MAX);
            if !is_free || taken + members > limits::REPORTED_MAX {
                continue;
            }
            taken += members;
            self.incidents.push(id);
            for alert in draft.firing(id) {
                let entity = alert.identity.entity();
                if own::is_liveness(alert) {
                    silent.extend(entity);
                    continue;
                }
                let label = |name: &str| alert.about.labels.get(name).unwrap_or("").to_owned();
                let of_name = self.failed.entry(label("alertname")).or_default();
                of_name.push(
                    enrich::place(draft, &alert.identity).map_or_else(String::new, str::to_owned),
                );
                self.troubled.extend(entity);
            }
        }
        silent
    }

    fn is_nothing(&self) -> bool {
        self.not_back.is_empty() && self.old_kernel.is_empty() && self.incidents.is_empty()
    }

    /// What no alert says already: of which host, and what.
    fn of_our_own(&self) -> Vec<(Host, &'static str)> {
        let gone = self.not_back.iter().filter(|(_, is_said)| !is_said);
        let gone = gone.map(|(host, _)| (host.clone(), NOT_BACK));
        let old = self
            .old_kernel
            .iter()
            .map(|host| (host.clone(), OLD_KERNEL));
        gone.chain(old).collect()
    }

    fn report(&self, draft: &Draft<'_>, planned: &Planned) -> WindowReport {
        let gone = self.not_back.iter().map(|(host, _)| host);
        let wrong: BTreeSet<&EntityId> = gone
            .clone()
            .chain(&self.old_kernel)
            .map(|host| &host.id)
            .chain(&self.troubled)
            .collect();
        let of_window = |id: &&&EntityId| draft.state.host(id).is_some();
        let well = self
            .hosts
            .saturating_sub(wrong.iter().filter(of_window).count());
        let mut parts = Vec::new();
        let mut lines = Vec::new();
        if !self.not_back.is_empty() {
            parts.push(format!("{} not back", self.not_back.len()));
            lines.push(format!(
                "Not back: {}.",
                names(gone.map(|host| &*host.facts.name))
            ));
        }
        for (name, places) in &self.failed {
            parts.push(format!("{} {name} that did not fire before", places.len()));
            let places = places.iter().map(String::as_str);
            lines.push(format!("{name}, not before: {}.", names(places)));
        }
        if !self.old_kernel.is_empty() {
            parts.push(format!("{} still on the old kernel", self.old_kernel.len()));
            let old = self.old_kernel.iter();
            let old: Vec<String> = old
                .map(|host| format!("{} ({})", host.facts.name, host.facts.kernel))
                .collect();
            let old = names(old.iter().map(String::as_str));
            lines.push(format!("Still on the old kernel: {old}."));
        }
        let hosts = match self.hosts {
            0 | 1 => String::new(),
            many => format!("of {many} hosts {well} are well; "),
        };
        WindowReport {
            window: planned.window.clone(),
            title: format!("{hosts}{}", parts.join(", ")),
            lines,
        }
    }
}

/// The first few, and how many more.
fn names<'n>(all: impl Iterator<Item = &'n str> + Clone) -> String {
    let most = limits::REPORT_NAMES_MAX;
    let named: Vec<&str> = all.clone().take(most).collect();
    let more = all.count() - named.len();
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Silent, or gone on purpose with a return that is expected.
fn is_gone(host: &Host) -> bool {
    let is_expected = host.away.as_ref().is_some_and(|away| away.until.is_some());
    host.silent_since.is_some() || is_expected
}

/// Those that run a kernel that another of them ran before and runs no more.
fn on_old_kernels(hosts: &[Host], before: &Before) -> Vec<Host> {
    let had = |host: &Host| {
        before
            .kernels
            .get(&host.id)
            .filter(|kernel| !kernel.is_empty())
    };
    let left = hosts.iter().filter_map(|host| {
        let had = had(host)?;
        (*had != host.facts.kernel).then_some(had)
    });
    let left: BTreeSet<&String> = left.collect();
    let stayed = |host: &&Host| had(host) == Some(&host.facts.kernel);
    let old = hosts.iter().filter(stayed);
    let old = old.filter(|host| left.contains(&host.facts.kernel));
    old.cloned().collect()
}

/// The incident, without members yet.
fn found_incident(draft: &mut Draft<'_>, planned: &Planned, says: WindowReport) -> Incident {
    let policy = draft.policy;
    let person = policy.persons.get(&planned.owner);
    let team = person.unwrap_or(&planned.owner);
    let named = policy.teams.iter().find(|known| known.name == *team);
    let team: &Team = named.unwrap_or(&policy.teams[0]);
    let group = [
        ("@window", planned.window.clone()),
        ("@report", draft.next_incident_id().to_string()),
    ];
    let group: Labels = group.into_iter().collect();
    let mut incident = list::of_team(draft, team, GroupKey(Arc::from(group.to_string())));
    incident.report = Some(Box::new(says));
    incident
}
