//! Decides whether a receiver is sent to now, and how much at a time.
//!
//! Pure. A receiver that fails is left alone for a while, then tried with one delivery
//! before the others follow: those that wait lose no attempt and no time of their own.
//! One that was refused, or is new, is verified first.

use std::time::Duration;

use vedette_policy::profile::Judgement;
use vedette_triage::Timestamp;

/// How one receiver is doing.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    failures: u32,
    held_until: Option<Timestamp>,
    is_verified: bool,
    /// Raised by each failure that counts: what was under way then says nothing new.
    round: u64,
}

impl Gate {
    /// Of a receiver nothing is known of.
    pub(super) fn new() -> Gate {
        Gate {
            failures: 0,
            held_until: None,
            is_verified: false,
            round: 0,
        }
    }

    /// Whether it must be verified before anything is sent.
    pub(super) fn wants_verifying(&self, now: Timestamp) -> bool {
        !self.is_verified && !self.is_held(now)
    }

    /// How many more deliveries may be sent now.
    pub(super) fn room(&self, now: Timestamp, in_flight: usize, concurrency: usize) -> usize {
        if self.is_held(now) || !self.is_verified {
            return 0;
        }
        let at_most = if self.failures > 0 { 1 } else { concurrency };
        at_most.saturating_sub(in_flight)
    }

    /// Until when nothing is sent, if so.
    pub(super) fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.held_until.filter(|until| *until > now)
    }

    /// What a delivery that starts now belongs to.
    pub(super) fn round(&self) -> u64 {
        self.round
    }

    /// Failures in a row, the next one counted.
    pub(super) fn next_failure(&self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// It answered as it should.
    pub(super) fn went_well(&mut self) {
        self.failures = 0;
        self.held_until = None;
        self.is_verified = true;
    }

    /// It failed. Of several that were under way together only the first counts.
    pub(super) fn failed(&mut self, judgement: Judgement, round: u64, until: Timestamp) {
        if round != self.round {
            return;
        }
        self.round += 1;
        self.failures = self.failures.saturating_add(1);
        self.held_until = Some(until);
        if judgement == Judgement::Auth {
            self.is_verified = false;
        }
    }

    fn is_held(&self, now: Timestamp) -> bool {
        self.held_until(now).is_some()
    }
}

/// Whether a judgement speaks of the receiver, and not only of one delivery.
pub(super) fn is_receivers(judgement: Judgement) -> bool {
    match judgement {
        Judgement::Auth | Judgement::Throttled | Judgement::Transient | Judgement::Unknown => true,
        Judgement::Done
        | Judgement::AlreadyDone
        | Judgement::Gone
        | Judgement::Conflict
        | Judgement::Refused => false,
    }
}

/// When that pause is over.
pub(super) fn until(now: Timestamp, pause: Duration) -> Timestamp {
    now.after(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn later(seconds: u64) -> Timestamp {
        NOW.after(Duration::from_secs(seconds))
    }

    fn verified() -> Gate {
        let mut gate = Gate::new();
        gate.went_well();
        gate
    }

    #[test]
    fn nothing_is_sent_to_a_receiver_that_was_not_verified() {
        let gate = Gate::new();
        assert!(gate.wants_verifying(NOW));
        assert_eq!(gate.room(NOW, 0, 64), 0);
    }

    #[test]
    fn a_receiver_that_failed_is_tried_with_one_delivery_before_the_others_follow() {
        let mut gate = verified();
        gate.failed(Judgement::Transient, gate.round(), later(10));
        assert_eq!(gate.room(NOW, 0, 64), 0);
        assert_eq!(gate.room(later(10), 0, 64), 1);
        assert_eq!(gate.room(later(10), 1, 64), 0);
        gate.went_well();
        assert_eq!(gate.room(later(10), 1, 64), 63);
    }

    #[test]
    fn sixty_four_that_fail_together_are_one_failure() {
        let mut gate = verified();
        let round = gate.round();
        for _ in 0..64 {
            gate.failed(Judgement::Unknown, round, later(1));
        }
        assert_eq!(gate.next_failure(), 2);
    }

    #[test]
    fn a_receiver_that_refuses_us_is_verified_again_before_anything_is_sent() {
        let mut gate = verified();
        gate.failed(Judgement::Auth, gate.round(), later(30));
        assert!(!gate.wants_verifying(NOW));
        assert!(gate.wants_verifying(later(30)));
        assert_eq!(gate.room(later(30), 0, 64), 0);
    }
}
