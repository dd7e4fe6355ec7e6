//! Decides what is said of a host that is not as it was before a window, where no rule says it: an
//! alert of our own, that ends when the host reports and is well.
//!
//! In: a host, and what is wrong with it; a host that reports. Out: the alert, a member of the
//! window's report; its end. No file can name a rule as these are called.

use std::sync::Arc;

use crate::{
    About, Alert, End, Handling, Host, Identity, Incident, IncidentId, Labels, Planned, Reason,
    Severity,
};

use super::super::alert::LIVENESS;
use super::super::draft::Draft;
use super::super::suppress::Scope;
use super::super::{alert, enrich, lifecycle};

/// Label of our own alerts: the window.
const WINDOW: &str = "window";
/// Label of our own alerts: what is wrong with the host.
const WHAT: &str = "what";
/// It is silent, or said goodbye and did not return.
pub(super) const NOT_BACK: &str = "not-back";
/// It runs the kernel that others have left.
pub(super) const OLD_KERNEL: &str = "old-kernel";
/// Label of our own alerts: the kernel that ran.
const KERNEL: &str = "kernel";

/// What no rule says: that a host is not as it was before the window.
pub(super) fn about_host(
    draft: &mut Draft<'_>,
    incident: &Incident,
    host: &Host,
    (what, planned): (&str, &Planned),
) -> Alert {
    let identity = identity(host, (what, &planned.window));
    let attributes = identity.attributes();
    let title = match what {
        NOT_BACK => format!("not back since window {}", planned.window),
        _ => format!(
            "still runs kernel {}, others of window {} do not",
            host.facts.kernel, planned.window
        ),
    };
    let own = [
        ("alertname", Identity::REPORT),
        ("component", "agent"),
        ("severity", Severity::Warning.as_str()),
        (KERNEL, &host.facts.kernel),
    ];
    let labels = host.labels();
    let said = Arc::new(About {
        labels: attributes.iter().chain(labels.iter()).chain(own).collect(),
        title,
        component: "agent".into(),
        handling: Some(Handling::Ticket),
        ..About::default()
    });
    let mut alert = Alert {
        incident: Some(incident.id),
        ..alert::of_our_own(draft, identity, Arc::clone(&said))
    };
    enrich::describe(draft, &mut alert, &said);
    alert
}

/// What makes it this one: host, window, and what is wrong.
pub(super) fn identity(host: &Host, (what, window): (&str, &str)) -> Identity {
    let attributes: Labels = [(WINDOW, window), (WHAT, what)].into_iter().collect();
    Identity::of_rule(&host.id, Identity::REPORT, &attributes)
}

/// Whether it says that a host itself has failed.
pub(super) fn is_liveness(alert: &Alert) -> bool {
    alert.about.component == LIVENESS
}

/// Makes it a member of the report, and known to its host.
pub(super) fn admit(draft: &mut Draft<'_>, incident: &mut Incident, alert: Alert, mut host: Host) {
    incident.firing += 1;
    incident.members += 1;
    let severity = alert.severity;
    let values = Vec::new();
    draft.note_alert(&alert, Reason::Fired { severity, values });
    if let Some(known) = draft.host(&host.id) {
        host = known.clone();
    }
    host.reported.push(alert.id);
    draft.put_host(host);
    draft.put_alert(alert);
}

/// A host reports: what a window's report says of it may be over.
pub(in super::super) fn host_reports(draft: &mut Draft<'_>, host: &mut Host) {
    let reported = std::mem::take(&mut host.reported);
    for id in reported {
        let Some(known) = draft.alert(id).filter(|alert| alert.is_firing()).cloned() else {
            continue;
        };
        let same_kernel = known.about.labels.get(KERNEL) == Some(&host.facts.kernel);
        if known.identity.labels.get(WHAT) == Some(OLD_KERNEL) && same_kernel {
            host.reported.push(id);
            continue;
        }
        let about = Arc::clone(&known.about);
        let now = draft.now;
        if let Some(incident) = alert::ended(draft, known, (now, End::Recovered), &about) {
            lifecycle::review_by_id(draft, incident, &Scope::Unchanged);
        }
    }
}

/// The incident that says already that this host is not back; an alert that says so too belongs
/// there.
pub(in super::super) fn begins_on_reported(draft: &Draft<'_>, alert: &Alert) -> Option<IncidentId> {
    if !is_liveness(alert) || alert.drill.is_some() {
        return None;
    }
    let host = draft.state.host(&alert.identity.entity()?)?;
    let reported = host.reported.iter().filter_map(|id| draft.alert(*id));
    let mut not_back = reported
        .filter(|alert| alert.is_firing() && alert.identity.labels.get(WHAT) == Some(NOT_BACK));
    let incident = draft.incident(not_back.next()?.incident?)?;
    (!incident.phase.is_over()).then_some(incident.id)
}
