//! Keeps what handlers need. Made once by the app.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot};
use vedette_policy::SilenceBounds;
use vedette_triage::{Policy, Revision, Timestamp};

use crate::access::Access;
use crate::api::v1::Trials;
use crate::clock::Clock;
use crate::drill::Drills;
use crate::engine_loop::{EngineHandle, View};
use crate::history::History;
use crate::history::fill::Filling;
use crate::ingest::report::Tables;
use crate::ingest::skew::Skews;
use crate::meters::Meters;
use crate::outbox::{self, Standings};
use crate::shard::{InForce, Shards, Titles};
use crate::store::StoreHandle;

/// What handlers need.
pub struct Shared {
    /// The committed state.
    pub view: View,
    /// The way to the engine, for commands.
    pub engine: EngineHandle,
    /// The past: timelines, archived incidents, deliveries.
    pub store: StoreHandle,
    /// What was measured.
    pub history: History,
    /// Windows that are still to be filled with it.
    pub filling: Filling,
    /// Where reports and posted alerts go.
    pub shards: Arc<Shards>,
    /// The policy in force.
    pub policy: Arc<ArcSwap<PolicyInForce>>,
    /// How the last try to read it went.
    pub standing: Arc<ArcSwap<PolicyStanding>>,
    /// Asks for it to be read again.
    pub reload: mpsc::Sender<ReloadRequest>,
    /// What is counted.
    pub meters: Arc<Meters>,
    /// Whose clock is off.
    pub skews: Arc<Skews>,
    /// What agents have said and do not say again.
    pub tables: Arc<Tables>,
    /// How every receiver is doing.
    pub receivers: Standings,
    /// The receivers themselves, and how they are left alone.
    pub outbox: outbox::Handle,
    /// The back-test that runs.
    pub trials: Trials,
    /// The drills that run.
    pub drills: Drills,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who may ask what.
    pub access: Access,
    /// Set while changes are taken: after the state is loaded, until the program stops.
    pub ready: Arc<AtomicBool>,
    /// When this run began.
    pub started_at: Timestamp,
}

impl Shared {
    /// Whether changes are taken.
    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }
}

/// The policy in force, and what renders its titles; swapped whole.
#[derive(Clone)]
pub struct PolicyInForce {
    /// Everything is decided by it.
    pub policy: Arc<Policy>,
    /// Its titles.
    pub titles: Arc<dyn Titles>,
    /// How long silences may last.
    pub silence: SilenceBounds,
}

impl PolicyInForce {
    /// What the shards judge by.
    pub fn judged_by(&self) -> InForce {
        InForce {
            policy: Arc::clone(&self.policy),
            titles: Arc::clone(&self.titles),
        }
    }
}

/// How the last try to read the policy went.
#[derive(Debug, Clone, Default)]
pub struct PolicyStanding {
    /// When the policy in force came into force.
    pub since: Timestamp,
    /// Whether the last try worked; if not, the policy before it stays in force.
    pub worked: bool,
    /// What the last try found, each as `file:line:column: severity[code]: text`.
    pub findings: Vec<String>,
    /// Of these, errors.
    pub errors: u64,
    /// Of these, warnings.
    pub warnings: u64,
}

/// Somebody wants the policy to be read again.
#[derive(Debug)]
pub struct ReloadRequest {
    /// After this exception was made or ended.
    pub exception: Option<ExceptionWanted>,
    /// Whoever reads it answers here.
    pub answer: oneshot::Sender<ReloadOutcome>,
}

/// An exception that somebody makes or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionWanted {
    /// Of which rule.
    pub rule: String,
    /// Where.
    pub matchers: Vec<String>,
    /// What is different.
    pub what: Wanted,
    /// Who answers for it.
    pub owner: String,
    /// Its last day.
    pub until: String,
    /// Why.
    pub why: String,
}

/// What an exception makes different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// These parameters, as they are written.
    Set(Vec<(String, String)>),
    /// The rule does not exist there.
    Off,
    /// Nothing any more.
    End,
}

/// What became of reading the policy again: the revision now in force, or what is wrong.
pub type ReloadOutcome = Result<Revision, Vec<String>>;
