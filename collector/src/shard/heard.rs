//! Decides whether somebody waits for a word that a report is: then the engine is told of it,
//! although nothing changed.
//!
//! In: what is committed, and a report. Out: what the host and its looks at devices say. Asked
//! with every report: where nobody waits for anything it costs one comparison.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_triage::{EntityId, Heard, Identity, Looked, State};
use vedette_wire::{CheckState, Report, Stream};

/// What is said that somebody waits for; none if nobody does.
pub(super) fn of_report(state: &State, id: &EntityId, report: &Report) -> Option<Vec<Looked>> {
    match report.stream {
        Stream::Live if state.is_listening() => {}
        Stream::Live | Stream::Backlog => return None,
    }
    let host = state.host(id)?;
    let is_awaited = |heard: Heard| state.listening(heard).next().is_some();
    let of_host = is_awaited(Heard::Place(Arc::from(host.facts.name.as_str())))
        || is_awaited(Heard::Host(id.clone()));
    // Whatever it answers well shows that it can be reached.
    let mut looked: BTreeMap<Arc<str>, bool> = BTreeMap::new();
    for run in report.rounds.iter().flat_map(|round| &round.checks) {
        let Some(device) = &run.about else {
            continue;
        };
        let device: Arc<str> = Arc::from(device.as_str());
        let of_device = is_awaited(Heard::Place(Arc::clone(&device)))
            || is_awaited(Heard::Device(Arc::clone(&device)));
        if of_device {
            let well = run.state == CheckState::Ok;
            *looked.entry(device).or_default() |= well;
        }
    }
    let looked = looked.into_iter();
    let looked: Vec<Looked> = looked
        .map(|(device, well)| Looked { device, well })
        .collect();
    (of_host || !looked.is_empty()).then_some(looked)
}

/// Whether somebody waits for a sender to repeat this alert.
pub(super) fn is_repeat_awaited(state: &State, identity: &Identity) -> bool {
    state.is_listening()
        && state
            .alert_of(identity)
            .is_some_and(|alert| alert.listens_for().contains(&Heard::Repeat))
}
