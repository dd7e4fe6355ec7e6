//! Tells everybody of a commit: who counts and logs, who delivers, who watches the disk;
//! and of a reload: the shards.

use tokio::sync::watch;

use crate::engine_loop::{Observer, Published};
use crate::meters;
use crate::outbox::Bell;
use crate::store::StoreError;

/// Everybody who is told.
pub(super) struct Observers {
    pub(super) meters: meters::Committed,
    pub(super) bell: Bell,
    pub(super) tight: watch::Sender<bool>,
    /// Marked as changed when the shards have to go back to what is stored.
    pub(super) reloaded: watch::Sender<()>,
}

impl Observer for Observers {
    fn committed(&mut self, published: &Published<'_>) {
        self.meters.committed(published);
        self.bell.committed(published.decisions);
    }

    fn failed(&mut self, error: &StoreError) {
        self.meters.failed(error);
    }

    fn tight(&mut self, tight: bool) {
        self.meters.tight(tight);
        self.tight.send_replace(tight);
    }

    fn reloaded(&mut self) {
        self.meters.reloaded();
        self.reloaded.send_replace(());
    }
}
