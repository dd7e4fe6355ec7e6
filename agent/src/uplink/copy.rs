//! Notices that this host is a copy: of its own past, or of another host.
//!
//! In: acknowledgements of more than was ever sent, jumps of the wall clock, the refusal
//! `clone`. Out: other epochs, another id, or silence.
//!
//! A machine put back to a snapshot with its memory goes on with numbers that the collector
//! knows already, and what is new would be taken for a repeat. The first live answer shows
//! it. Until there is one, a jump of the wall clock does: the clock since boot went on from
//! the snapshot, the other one was set right. A machine put back without its memory boots,
//! and each boot has epochs of its own anyway.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::transport::Transport;
use super::{Current, Uplink};
use crate::clock::Stamp;

/// How often somebody who is a copy asks whether the other one has gone.
pub(super) const CLONE_PAUSE: Duration = Duration::from_secs(3_600);
/// A wall clock that was only corrected seldom jumps further.
const JUMP_MS: i64 = 30_000;

/// The difference between the clocks, from one round to the next.
#[derive(Debug, Default)]
pub(super) struct Jumps {
    offset_ms: Option<i64>,
}

impl Jumps {
    /// Whether the wall clock jumped forward against the one that counts from the boot.
    pub(super) fn see(&mut self, now: Stamp) -> bool {
        let mono_ms = i64::try_from(now.mono_ms).unwrap_or(i64::MAX);
        let offset_ms = now.wall_ms.saturating_sub(mono_ms);
        let before = self.offset_ms.replace(offset_ms);
        before.is_some_and(|before| offset_ms.saturating_sub(before) > JUMP_MS)
    }
}

impl<T: Transport> Uplink<T> {
    /// The collector knows more than was ever sent, or may: all numbers begin anew. The
    /// current round is sent once more.
    pub(super) fn begin_anew(&mut self, why: &str) {
        tracing::warn!(why, "numbers begin in new epochs");
        self.identity.epoch = Uuid::new_v4();
        self.live_seq = 0;
        if let Some(Current { round, .. }) = &mut self.current {
            self.live_seq = 1;
            round.seq = 1;
        }
        self.spool.begin_epoch();
        if let Some(Current { kept, .. }) = &mut self.current {
            self.spool.renamed(kept);
        }
    }

    /// Another host reports under this id. A machine that is not the one the id was made on
    /// becomes a host of its own; what waits belongs to the other one. Says how long to
    /// leave the collector alone.
    pub(super) fn is_copy(&mut self, why: &str) -> Duration {
        match self.copies.another_id() {
            Ok(Some(agent)) => {
                tracing::warn!(%agent, why, "this machine is a copy of another; it reports under an id of its own from now on");
                self.identity.agent = agent;
                self.standing.becomes(agent);
                self.spool.clear();
                if let Some(Current { kept, .. }) = &mut self.current {
                    *kept = Default::default();
                }
                self.begin_anew("a new host begins");
                self.not_before = Instant::now();
                Duration::ZERO
            }
            Ok(None) => {
                tracing::error!(why, "nothing is sent for an hour");
                CLONE_PAUSE
            }
            Err(error) => {
                tracing::error!(%error, why, "this machine is a copy of another and cannot write down an id of its own");
                CLONE_PAUSE
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_wall_clock_that_jumps_forward_is_a_jump() {
        let mut jumps = Jumps::default();
        let cases = [
            (1_000_000, 1_000, false),
            (1_015_000, 16_000, false),
            // A night's sleep passes on both clocks.
            (30_015_000, 29_016_000, false),
            (30_046_000, 29_017_000, false),
            (30_091_000, 29_018_000, true),
            (30_092_000, 29_019_000, false),
            (5_000, 29_020_000, false),
            (i64::MAX, 29_021_000, true),
        ];
        for (wall_ms, mono_ms, expected) in cases {
            assert_eq!(jumps.see(Stamp { wall_ms, mono_ms }), expected, "{wall_ms}");
        }
    }
}
