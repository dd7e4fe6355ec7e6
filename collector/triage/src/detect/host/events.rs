//! Keeps the recent events of one host: each counts once, for a day at most.
//!
//! In: events as they arrive, early or late. Out: those of a kind that match.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::EventKind;

use crate::detect::limits;
use crate::detect::window::Window;
use crate::{Labels, Matchers, Timestamp};

/// The kind of event that a change of the boot id makes.
pub const REBOOT: &str = "reboot";
/// Its attribute: whether a goodbye preceded it.
const PLANNED: &str = "planned";
/// A goodbye this long before a reboot announced it.
const ANNOUNCED_WITHIN: Duration = Duration::from_secs(3600);

/// The recent events of one host.
#[derive(Debug, Clone, Default)]
pub(super) struct EventLog {
    /// In order of arrival.
    kept: VecDeque<Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    id: Arc<str>,
    kind: Arc<str>,
    at: Timestamp,
    attributes: Labels,
    late: bool,
}

/// Events of a kind that match.
pub(super) struct Matching {
    /// The attributes of the newest.
    pub(super) attributes: Labels,
    /// Whether the newest came late.
    pub(super) late: bool,
    at: Vec<Timestamp>,
}

impl EventLog {
    /// Takes an event; one that is known, or older than a day, changes nothing.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        at: Timestamp,
        late: bool,
        id: &str,
        (kind, attributes): (&str, Labels),
    ) {
        if now.since(at) > limits::EVENT_AGE_MAX || self.kept.iter().any(|kept| &*kept.id == id) {
            return;
        }
        self.forget(now);
        if self.kept.len() >= limits::EVENTS_PER_HOST_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(Kept {
            id: Arc::from(id),
            kind: Arc::from(kind),
            at,
            attributes,
            late,
        });
    }

    /// Takes a reboot; the boot id makes it this one.
    pub(super) fn reboots(&mut self, at: Timestamp, boot: &str, planned: bool) {
        let planned = if planned { "true" } else { "false" };
        let attributes = [(PLANNED, planned)].into_iter().collect();
        self.take(
            at,
            at,
            false,
            &format!("{REBOOT}:{boot}"),
            (REBOOT, attributes),
        );
    }

    /// A goodbye that came late, after the reboot it announced.
    pub(super) fn announced(&mut self, goodbye: Timestamp) {
        let reboot = self.kept.iter_mut().rev().find(|kept| {
            &*kept.kind == REBOOT
                && kept.at >= goodbye
                && kept.at.since(goodbye) <= ANNOUNCED_WITHIN
        });
        if let Some(reboot) = reboot {
            reboot.attributes = reboot.attributes.with(PLANNED, "true");
        }
    }

    /// Forgets events older than a day.
    pub(super) fn forget(&mut self, now: Timestamp) {
        self.kept
            .retain(|kept| now.since(kept.at) <= limits::EVENT_AGE_MAX);
    }

    /// The events of a kind that match, if there are any.
    pub(super) fn matching(&self, kind: &str, matchers: &Matchers) -> Option<Matching> {
        let mut matching: Vec<&Kept> = self
            .kept
            .iter()
            .filter(|kept| &*kept.kind == kind && matchers.match_all(&kept.attributes))
            .collect();
        matching.sort_by_key(|kept| kept.at);
        let newest = matching.last()?;
        Some(Matching {
            attributes: newest.attributes.clone(),
            late: newest.late,
            at: matching.iter().map(|kept| kept.at).collect(),
        })
    }
}

/// The windows of a rule over these events, watched since then.
pub(super) fn windows(
    matching: Option<&Matching>,
    needed: &[Duration],
    since: Option<Timestamp>,
) -> Vec<Window> {
    let at = matching.map_or(&[][..], |matching| &matching.at);
    needed
        .iter()
        .map(|over| {
            let mut window = Window::of_events(*over, since);
            for at in at {
                window.push_event(*at);
            }
            window
        })
        .collect()
}

/// The word for a kind of event, and its attributes; none for kinds that no rule can name.
pub(super) fn kind(event: &EventKind) -> Option<(&'static str, Labels)> {
    match event {
        EventKind::Goodbye { reason } => Some((
            "goodbye",
            [("reason", reason.as_str())].into_iter().collect(),
        )),
        EventKind::SpoolLoss { records, why } => {
            let records = records.to_string();
            let attributes = [("records", records.as_str()), ("why", why.as_str())];
            Some(("spool_loss", attributes.into_iter().collect()))
        }
        _ => None,
    }
}
