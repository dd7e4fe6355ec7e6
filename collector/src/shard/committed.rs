//! Decides what shards take over of the committed state: which alerts fire where, and until when.
//!
//! In: the state. Out: ids, to be looked up again under the lock of their shard.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{Alert, AlertId, EntityId, Identity, Source, State, Timestamp};

/// What fires by what is committed.
pub(super) struct Committed {
    /// By host; each host is here, also if nothing fires there.
    pub(super) hosts: BTreeMap<EntityId, Vec<AlertId>>,
    /// From outside.
    pub(super) entries: Vec<(Identity, AlertId)>,
}

impl Committed {
    pub(super) fn of(state: &State) -> Committed {
        let hosts = state.hosts().map(|host| (host.id.clone(), Vec::new()));
        let mut committed = Committed {
            hosts: hosts.collect(),
            entries: Vec::new(),
        };
        // Of what an event caused the id must be known even when it is over.
        let counts = |alert: &&Arc<Alert>| {
            let is_detected = alert.drill.is_none() && !alert.identity.is_of_engine();
            is_detected && (alert.is_firing() || alert.about.event.is_some())
        };
        for alert in state.alerts().filter(counts) {
            match alert.identity.source {
                Source::Rules => {
                    let measured_by = alert.identity.measured_by();
                    if let Some(of_host) = measured_by.and_then(|id| committed.hosts.get_mut(&id)) {
                        of_host.push(alert.id);
                    }
                }
                Source::Alertmanager => {
                    committed.entries.push((alert.identity.clone(), alert.id));
                }
            }
        }
        committed
    }
}

/// The end of an alert from outside at a start of the collector: at least as long as its sender
/// vouched for it, so that a restart never ends what is still reported.
pub(super) fn end_after_start(alert: &Alert, started: Timestamp) -> Timestamp {
    let validity = Duration::from_millis(alert.validity_ms.unwrap_or(0));
    let at_least = started.after(validity);
    alert
        .valid_until
        .map_or(at_least, |until| until.max(at_least))
}
