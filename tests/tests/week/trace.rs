//! Prints what was decided about one place while a week is played: `VEDETTE_WEEK_WHY=vm-017`.
//!
//! For whoever wants to know why a ticket was opened, or was not. Changes nothing.

use std::env;

use vedette_triage::{Decision, Entry, State};

use crate::time::clock;

/// The place that is asked about.
#[derive(Debug, Default)]
pub(crate) struct Trace(Option<String>);

impl Trace {
    /// As it is asked for.
    pub(crate) fn asked() -> Trace {
        Trace(env::var("VEDETTE_WEEK_WHY").ok())
    }

    /// Prints what of a decision, made true already, is about the place.
    pub(crate) fn print(&self, state: &State, decision: &Decision) {
        let Some(place) = &self.0 else {
            return;
        };
        for entry in &decision.entries {
            if is_about(state, entry, place) {
                let incident = entry.incident.map(|id| format!("#{id} "));
                let (when, incident) = (clock(decision.at), incident.unwrap_or_default());
                let alert = entry.alert.and_then(|id| state.alert(id));
                let alert = alert.map_or(String::new(), |alert| {
                    let (rule, title) = (alert.identity.rule(), &alert.about.title);
                    format!("[{} {title:?}] ", rule.unwrap_or(""))
                });
                println!("{when} {incident}{alert}{:?}", entry.reason);
            }
        }
    }
}

fn is_about(state: &State, entry: &Entry, place: &str) -> bool {
    let at_place = |id| {
        state
            .alert(id)
            .is_some_and(|alert| alert.place() == Some(place))
    };
    let of_host = entry.host.as_ref().and_then(|id| state.host(id));
    let of_incident = || {
        let incident = entry.incident.and_then(|id| state.incident(id));
        incident.is_some_and(|incident| at_place(incident.leader))
    };
    entry.alert.is_some_and(at_place)
        || of_host.is_some_and(|host| host.facts.name == place)
        || of_incident()
}
