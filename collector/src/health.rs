//! Says what is wrong with the collector itself, as signals like any other.
//!
//! In: what the engine loop notices. Out: signals about the entity `collector`,
//! which are grouped, silenced, ticketed and resolved as everybody's are.

use std::sync::Arc;

use tokio::sync::watch;
use vedette_triage::{
    About, AlertSignal, End, EntityId, Handling, Identity, Input, Labels, Says, Severity, Signal,
};

use crate::clock::Clock;
use crate::engine_loop::{EngineHandle, Verdict};

/// The rule under which a full disk of the store is known; see `vedette_policy` for its words.
pub const STORE_FULL: &str = "collector-store-full";

/// Follows whether the store is short of space, and says so until everybody stops asking.
///
/// Only a change that is committed counts as said; what was refused is said again at the next change
/// or after the pause the sender of `tight` makes.
pub async fn watch_space(
    engine: EngineHandle,
    mut tight: watch::Receiver<bool>,
    clock: Arc<dyn Clock>,
    host: String,
) {
    let mut said = false;
    loop {
        let is_tight = *tight.borrow_and_update();
        if is_tight != said && say(&engine, clock.as_ref(), &host, is_tight).await {
            said = is_tight;
        }
        if tight.changed().await.is_err() {
            return;
        }
    }
}

async fn say(engine: &EngineHandle, clock: &dyn Clock, host: &str, is_tight: bool) -> bool {
    let severity = Severity::Critical;
    let since = clock.now();
    let says = if is_tight {
        Says::Firing {
            severity,
            since,
            valid_until: None,
        }
    } else {
        Says::Ok {
            end: End::Recovered,
            since,
        }
    };
    let signal = AlertSignal {
        identity: Identity::of_rule(&EntityId::of_collector(), STORE_FULL, &Labels::none()),
        says,
        about: Arc::new(About {
            labels: [
                ("alertname", STORE_FULL),
                ("host", host),
                ("component", "storage"),
                ("severity", severity.as_str()),
            ]
            .into_iter()
            .collect(),
            title: "the disk of the collector's store is full; new faults open no tickets".into(),
            component: "storage".into(),
            handling: Some(Handling::Ticket),
            ..About::default()
        }),
        drill: None,
    };
    match engine.submit(Input::Signal(Signal::Alert(signal))) {
        Ok(pending) => match pending.verdict().await {
            Verdict::Committed { .. } => true,
            Verdict::Rejected(_) => false,
        },
        Err(_) => false,
    }
}
