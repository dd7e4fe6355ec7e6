//! Says what is wrong with the collector itself, as signals like any other.
//!
//! In: what the engine loop notices. Out: signals about the entity `collector`,
//! which are grouped, silenced, ticketed and resolved as everybody's are.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use vedette_policy::STORE_FULL;
use vedette_triage::{
    About, AlertSignal, End, EntityId, Handling, Identity, Input, Labels, Says, Severity, Signal,
    State,
};

use crate::clock::Clock;
use crate::engine_loop::{EngineHandle, Verdict};
use crate::shard::Words;

/// Pause before what was refused is said again.
const SAY_AGAIN: Duration = Duration::from_secs(5);

/// What the signals of the collector about itself are made of.
pub struct Own {
    /// The way to the engine.
    pub engine: EngineHandle,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The name of the machine it runs on.
    pub host: String,
    /// What is said of a full disk.
    pub store_full: Words,
}

/// Whether the last word said of the store is that its disk is full.
pub fn is_said_full(state: &State) -> bool {
    let alert = state.alert_of(&store_full());
    alert.is_some_and(|alert| alert.is_firing())
}

/// Follows whether the store is short of space, and says so until nobody can change that any
/// more. `said`: what is said of it already, perhaps by the run before.
pub async fn watch_space(own: Own, mut tight: watch::Receiver<bool>, mut said: bool) {
    loop {
        let is_tight = *tight.borrow_and_update();
        if is_tight != said && own.say_full(is_tight).await {
            said = is_tight;
        }
        let changed = match said == is_tight {
            true => tight.changed().await,
            false => {
                let changed = tokio::time::timeout(SAY_AGAIN, tight.changed());
                changed.await.unwrap_or(Ok(()))
            }
        };
        if changed.is_err() {
            return;
        }
    }
}

fn store_full() -> Identity {
    Identity::of_rule(&EntityId::of_collector(), STORE_FULL, &Labels::none())
}

impl Own {
    /// Says that the disk is full, or no longer; whether that is on disk.
    async fn say_full(&self, is_full: bool) -> bool {
        let since = self.clock.now();
        let severity = Severity::Critical;
        let says = match is_full {
            true => Says::Firing {
                severity,
                since,
                valid_until: None,
            },
            false => Says::Ok {
                end: End::Recovered,
                since,
            },
        };
        let labels = [
            ("alertname", STORE_FULL),
            ("host", &self.host),
            ("component", "storage"),
            ("severity", severity.as_str()),
        ];
        let signal = AlertSignal {
            identity: store_full(),
            says,
            about: Arc::new(About {
                labels: labels.into_iter().collect(),
                title: self.store_full.title.clone(),
                means: self.store_full.means.clone(),
                first: self.store_full.first.clone(),
                component: "storage".into(),
                handling: Some(Handling::Ticket),
                ..About::default()
            }),
            drill: None,
        };
        match self.engine.submit(Input::Signal(Signal::Alert(signal))) {
            Ok(pending) => match pending.verdict().await {
                Verdict::Committed { .. } => true,
                Verdict::Rejected(_) => false,
            },
            Err(_) => false,
        }
    }
}
