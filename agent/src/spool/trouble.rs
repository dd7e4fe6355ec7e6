//! Decides when records go to memory because the disk takes none, and when they go back.
//!
//! In: a write that failed, the time. Out: the spool in an epoch that lives in memory; later
//! the same on disk again, with its places. Knows nothing of what is sent meanwhile.

use std::io;

use uuid::Uuid;

use super::Spool;
use crate::clock::Stamp;

/// How long a failing disk is left alone before it is tried again.
pub(super) const DISK_AGAIN_AFTER_MS: u64 = 30_000;
/// Why the disk takes nothing, and when it is asked again.
pub(super) struct Trouble {
    why: String,
    again_mono_ms: u64,
}

impl Spool {
    /// Why records are kept in memory instead of on disk, if they are.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_ref().map(|trouble| trouble.why.as_str())
    }

    pub(super) fn fail(&mut self, error: &io::Error, now: Stamp) {
        tracing::warn!(%error, "the spool cannot write; what waits is kept in memory");
        self.trouble = Some(Trouble {
            why: format!("the spool cannot write ({error}); what waits is kept in memory"),
            again_mono_ms: now.mono_ms + DISK_AGAIN_AFTER_MS,
        });
        self.epoch = Uuid::new_v4();
        self.last_seq = 0;
    }

    /// Moves what waits in memory to the disk as soon as it takes it again. The records
    /// keep their places, and their epoch goes on.
    pub(super) fn return_to_disk(&mut self, now: Stamp) {
        match &mut self.trouble {
            None => return,
            Some(trouble) if now.mono_ms < trouble.again_mono_ms => return,
            Some(trouble) => trouble.again_mono_ms = now.mono_ms + DISK_AGAIN_AFTER_MS,
        }
        if let Err(error) = self.disk.can_append((self.boot, now)) {
            tracing::debug!(%error, "the spool still cannot write");
            return;
        }
        while let Some(record) = self.ring.front() {
            if self.disk.append(record, (self.boot, now)).is_err() {
                return;
            }
            self.ring.pop();
            // From now on the disk must know that these numbers are given out.
            self.position.epoch = self.epoch;
            self.position.last_seq = self.last_seq;
            self.remember();
        }
        self.trouble = None;
        self.position.epoch = self.epoch;
        self.position.last_seq = self.last_seq;
        self.remember();
        tracing::info!("the spool can write again");
    }
}
