//! Where reports and posted alerts go, as far as this side needs to know.

use vedette_triage::{AlertSignal, EntityId, Identity, Timestamp};
use vedette_wire::Report;

use crate::engine_loop::Busy;
use crate::shard::{PostedAlert, Taken};

/// Takes reports and alerts, and knows what is hot.
pub trait Intake: Send + Sync + 'static {
    /// Takes a sound report.
    fn report(&self, received: Timestamp, report: &Report) -> Result<Taken, Busy>;
    /// Takes a sound alert from outside.
    fn alert(&self, received: Timestamp, alert: PostedAlert) -> Result<Taken, Busy>;
    /// Takes what a drill says, where detection's findings go.
    fn drill(&self, received: Timestamp, signal: AlertSignal) -> Result<Taken, Busy>;
    /// Until when the sender of an alert vouches for it, as last said.
    fn valid_until(&self, identity: &Identity) -> Option<Timestamp>;
    /// When a host was last heard of.
    fn last_seen(&self, host: &EntityId) -> Option<Timestamp>;
}
