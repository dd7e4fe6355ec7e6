//! Decides what several agents' views of one device come to: it is down, or cannot be reached
//! from some, or fails a check.
//!
//! In: what each agent's check says, who looks with which check, who is silent or away. Out: one
//! alert of the device for each check, whose title and severity say which. Down means that all
//! agents that can look say so by everything they ask it for an answer with. An agent that is
//! silent or away cannot look: its failing path does not make a device down. Views themselves
//! belong to no incident; each is counted as what it makes of the device's alert (invariant 8).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::explain::and;
use crate::{
    About, Alert, AlertSignal, AlertState, Answer, End, Host, Identity, Outcome, Reason, Says,
    Severity, Standing, limits,
};

use super::draft::Draft;
use super::{alert, enrich};

/// Takes what one agent sees of a device, and looks at the device again.
pub(super) fn decide(draft: &mut Draft<'_>, signal: &AlertSignal, alerts_max: usize) {
    let Some(device) = signal.identity.entity() else {
        return;
    };
    let Some(outcome) = take(draft, signal, alerts_max) else {
        return;
    };
    let identity = signal.identity.of_the_device();
    let is_told = match device.device() {
        Some(device) => settle(draft, device, Some(&identity)),
        None => false,
    };
    // What it makes of the device's alert is counted there.
    if !is_told {
        draft.tally(outcome, false, 1);
    }
}

/// Looks at a device again: who can look at it is not who could before.
pub(super) fn review(draft: &mut Draft<'_>, device: &str) {
    settle(draft, device, None);
}

/// Keeps the view as it is by now; says what that is where it changes nothing about the device.
fn take(draft: &mut Draft<'_>, signal: &AlertSignal, alerts_max: usize) -> Option<Outcome> {
    let known = draft.alert_now(&signal.identity).cloned();
    let (severity, since) = match (&signal.says, &known) {
        (
            Says::Firing {
                severity, since, ..
            },
            _,
        ) => (*severity, *since),
        (Says::Ok { end, since }, Some(alert)) if alert.is_firing() => {
            let at = (*since).min(draft.now);
            alert::ended(draft, alert.clone(), (at, end.clone()), &signal.about);
            return Some(Outcome::Resolved);
        }
        (Says::Ok { .. }, _) => return Some(Outcome::Repeated),
    };
    let (mut view, outcome) = match known {
        Some(view) if view.is_firing() => (view, Outcome::Updated),
        Some(mut view) => {
            view.occurrences = view.occurrences.saturating_add(1);
            view.starts_at = since;
            (view, Outcome::Joined)
        }
        None if draft.state.alerts().len() >= limits::openings_refused_at(alerts_max) => {
            draft.tally(Outcome::Rejected("alerts"), false, 1);
            let room = limits::openings_refused_at(alerts_max);
            draft.answer(Answer::Full(format!(
                "{room} alerts are kept already (90 % of the bound); new ones are refused until others end"
            )));
            return None;
        }
        None => (begun(draft, signal, severity), Outcome::Joined),
    };
    let values = signal.about.values.clone();
    let reason = match (&outcome, view.severity == severity) {
        (Outcome::Updated, true) if view.said() == signal.about => return Some(Outcome::Repeated),
        (Outcome::Updated, true) => Reason::Redescribed,
        (Outcome::Updated, false) => Reason::SeverityChanged {
            from: view.severity,
            to: severity,
            values,
        },
        (_, _) => Reason::Fired { severity, values },
    };
    view.state = AlertState::Firing;
    view.severity = severity;
    view.starts_at = view.starts_at.min(since);
    enrich::describe(draft, &mut view, &signal.about);
    draft.note_alert(&view, reason);
    draft.put_alert(view);
    Some(outcome)
}

fn begun(draft: &mut Draft<'_>, signal: &AlertSignal, severity: Severity) -> Alert {
    let (identity, about) = (signal.identity.clone(), Arc::clone(&signal.about));
    Alert::begins(draft.new_alert_id(), identity, about, severity, draft.now)
}

/// Brings the alerts of a device to what its views come to; says whether the one of `cause`
/// changed, which is then counted as its signal.
fn settle(draft: &mut Draft<'_>, device: &str, cause: Option<&Identity>) -> bool {
    let mut is_told = false;
    for signal in signals(draft, device) {
        let is_cause = cause == Some(&signal.identity);
        is_told |= is_cause;
        draft.uncounted(!is_cause, |draft| {
            alert::decide(draft, &signal, limits::ALERTS_MAX);
        });
    }
    is_told
}

/// What changes about the alerts of a device.
fn signals(draft: &Draft<'_>, device: &str) -> Vec<AlertSignal> {
    let sight = Sight::of(draft, device);
    let fired = [Standing::Fires, Standing::Failed].into_iter();
    let fired = fired.flat_map(|standing| draft.alerts_at(device, standing));
    let fired = fired.filter(|alert| alert.identity.check().is_some());
    let conditions: BTreeSet<Identity> = sight.views.keys().cloned().collect();
    let known = fired.filter(|alert| {
        alert
            .identity
            .entity()
            .is_some_and(|id| id.device().is_some())
    });
    let conditions = conditions
        .into_iter()
        .chain(known.map(|alert| alert.identity.clone()))
        .collect::<BTreeSet<Identity>>();
    conditions
        .into_iter()
        .filter_map(|identity| sight.signal(draft, identity))
        .collect()
}

/// Who can look at a device, and what they see.
struct Sight<'d> {
    device: &'d str,
    lookers: Vec<&'d Host>,
    /// The firing views by the device's condition.
    views: BTreeMap<Identity, Vec<&'d Alert>>,
}

/// What the views of one condition come to.
struct Verdict<'d> {
    /// The worst view that counts.
    worst: &'d Alert,
    /// Names of those who can look and see it fail.
    fails: Vec<&'d str>,
    /// Names of those who can look and see it well.
    well: Vec<&'d str>,
    /// How many more make this check but cannot look.
    blind: usize,
}

impl<'d> Sight<'d> {
    fn of(draft: &'d Draft<'_>, device: &'d str) -> Sight<'d> {
        let mut views: BTreeMap<Identity, Vec<&Alert>> = BTreeMap::new();
        for view in draft.alerts_at(device, Standing::View) {
            let condition = view.identity.of_the_device();
            views.entry(condition).or_default().push(view);
        }
        Sight {
            device,
            lookers: draft.lookers(device),
            views,
        }
    }

    /// What changes about the alert of one condition, if anything.
    fn signal(&self, draft: &Draft<'_>, identity: Identity) -> Option<AlertSignal> {
        let known = draft.alert_now(&identity).filter(|alert| alert.is_firing());
        let Some(verdict) = self.verdict(draft, &identity) else {
            // Nobody who can look sees it fail. If nobody can look at all, it stays as it was.
            let known = known?;
            let is_seen = self.able(&identity).next().is_some();
            let is_over = is_seen || !self.views.contains_key(&identity);
            return is_over.then(|| AlertSignal {
                identity,
                says: Says::Ok {
                    end: End::Recovered,
                    since: draft.now,
                },
                about: known.said(),
                drill: None,
            });
        };
        let is_down = self.is_down(draft, &identity);
        let (severity, said) = self.said(&verdict, is_down);
        if known.is_some_and(|known| known.severity == severity && *known.said() == said) {
            return None;
        }
        Some(AlertSignal {
            identity,
            says: Says::Firing {
                severity,
                since: verdict.worst.starts_at,
                valid_until: None,
            },
            about: Arc::new(said),
            drill: None,
        })
    }

    /// The hosts that make this check and can look.
    fn able(&self, identity: &Identity) -> impl Iterator<Item = &'d Host> {
        let check = identity.check().unwrap_or("").to_owned();
        let makes = move |host: &&&Host, device: &str| {
            host.looks_at(device).any(|look| *look.check == *check)
        };
        let device = self.device;
        let lookers = self.lookers.iter().filter(move |host| makes(host, device));
        let able: Vec<&Host> = lookers.copied().filter(|host| host.is_here()).collect();
        able.into_iter()
    }

    /// Nothing if nobody who can look sees it fail.
    fn verdict(&self, draft: &'d Draft<'_>, identity: &Identity) -> Option<Verdict<'d>> {
        let views = self.views.get(identity)?;
        let failing = |host: &&Host| {
            let by_host = |view: &&&Alert| view.identity.measured_by().as_ref() == Some(&host.id);
            views.iter().any(|view| by_host(&view))
        };
        let able: Vec<&Host> = self.able(identity).collect();
        let (fails, well): (Vec<&Host>, Vec<&Host>) = able.iter().copied().partition(failing);
        let name = |host: &&'d Host| host.facts.name.as_str();
        let by_able = |view: &&&'d Alert| {
            let by = view.identity.measured_by();
            fails.iter().any(|host| by.as_ref() == Some(&host.id))
        };
        let mut fails_by: Vec<&str> = fails.iter().map(name).collect();
        let mut counted: Vec<&Alert> = views.iter().filter(by_able).copied().collect();
        if able.is_empty()
            && draft
                .alert_now(identity)
                .is_none_or(|known| !known.is_firing())
        {
            // Whoever has just looked could, whatever else is known of it.
            counted.clone_from(views);
            let from = |view: &&'d Alert| view.about.labels.get(FROM);
            fails_by = counted.iter().filter_map(from).collect();
        }
        let worst = counted
            .into_iter()
            .max_by_key(|view| (view.severity, std::cmp::Reverse(view.id)))?;
        fails_by.sort_unstable();
        let mut well: Vec<&str> = well.iter().map(name).collect();
        well.sort_unstable();
        let check = identity.check().unwrap_or("");
        let makes = |host: &&&Host| host.looks_at(self.device).any(|look| *look.check == *check);
        Some(Verdict {
            worst,
            blind: self.lookers.iter().filter(makes).count() - able.len(),
            fails: fails_by,
            well,
        })
    }

    /// Whether all who can look say that it does not answer, by this and everything else that asks
    /// for no more than an answer.
    fn is_down(&self, draft: &'d Draft<'_>, identity: &Identity) -> bool {
        if !self.asks_for_an_answer(identity) {
            return false;
        }
        let from_all = |identity: &Identity| {
            self.verdict(draft, identity)
                .is_some_and(|verdict| verdict.well.is_empty())
        };
        let looks = self.lookers.iter().filter(|host| host.is_here());
        let looks = looks.flat_map(|host| host.looks_at(self.device));
        let asked: BTreeSet<&str> = looks
            .filter(|look| look.asks_for_an_answer())
            .map(|look| &*look.check)
            .collect();
        from_all(identity)
            && asked.into_iter().all(|check| {
                let mut same = self.views.keys().filter(|view| view.check() == Some(check));
                same.any(from_all)
            })
    }

    fn asks_for_an_answer(&self, identity: &Identity) -> bool {
        let check = identity.check().unwrap_or("");
        let looks = self
            .lookers
            .iter()
            .flat_map(|host| host.looks_at(self.device));
        let mut same = looks.filter(|look| *look.check == *check);
        same.any(crate::Look::asks_for_an_answer)
    }

    /// How bad it is, and what describes it.
    fn said(&self, verdict: &Verdict<'_>, is_down: bool) -> (Severity, About) {
        let worst = verdict.worst;
        let severity = match verdict.well.is_empty() {
            true => worst.severity,
            false => worst.severity.min(Severity::Warning),
        };
        let component = match is_down {
            true => alert::LIVENESS,
            // Whatever the rule says: as long as somebody reaches it, it has not failed itself.
            false if worst.is_liveness() => NETWORK,
            false => worst.about.component.as_str(),
        };
        let about = About::clone(&worst.said());
        let labels = about.labels.with(FROM, "").with("component", component);
        let labels = labels.with("severity", severity.as_str());
        let title = self.title(verdict, is_down);
        let about = About {
            labels,
            title,
            component: component.to_owned(),
            ..about
        };
        (severity, about)
    }

    fn title(&self, verdict: &Verdict<'_>, is_down: bool) -> String {
        let device = self.device;
        let check = verdict.worst.identity.check().unwrap_or("a check");
        let named = |names: &[&str]| {
            let (first, more) = names.split_at(names.len().min(limits::LOOKERS_NAMED_MAX));
            let more = (!more.is_empty()).then(|| format!("{} more", more.len()));
            let names: Vec<&str> = first.iter().copied().chain(more.as_deref()).collect();
            and(&names)
        };
        let asks = self.asks_for_an_answer(&verdict.worst.identity.of_the_device());
        let (fails, well) = (&verdict.fails, &verdict.well);
        if !well.is_empty() {
            let what = match asks {
                true => format!("unreachable from {}", named(fails)),
                false => format!("failing {check} from {}", named(fails)),
            };
            let reach = match (asks, well.len()) {
                (true, 1) => "reaches it",
                (true, _) => "reach it",
                (false, 1) => "sees it well",
                (false, _) => "see it well",
            };
            return format!("{device} is {what}; {} {reach}", named(well));
        }
        let from = match (fails.len(), verdict.blind) {
            (1, 0) => "the only agent that looks".to_owned(),
            (1, _) => format!("{}, the only agent that can look now", named(fails)),
            (2, 0) => "both agents that look".to_owned(),
            (all, 0) => format!("all {all} agents that look"),
            (all, _) => format!("all {all} agents that can look now"),
        };
        match is_down {
            true => format!("{device} is down: {check} fails from {from}"),
            false => format!("{device} fails {check} from {from}"),
        }
    }
}

/// The component of what has not failed itself.
const NETWORK: &str = "network";
/// Label of a view: the name of the host that looked.
const FROM: &str = "from";
