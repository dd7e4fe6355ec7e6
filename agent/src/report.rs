//! Makes a round of what the probes saw, and the last round of all.
//!
//! In: a [`Sight`] or a reason to leave, and the time. Out: a [`Round`] without a number,
//! which the uplink gives it.

use std::time::Duration;

use uuid::Uuid;
use vedette_wire::{Event, EventKind, Goodbye, Round};

use crate::board::Board;
use crate::clock::Stamp;
use crate::probe::Sight;

/// The round of one look at the host that began at `begun`, with what waits on the board.
pub fn round(sight: Sight, board: &Board, begun: Stamp, interval: Duration) -> Round {
    let mut sight = sight;
    let waited = board.take(sight.samples.len(), sight.events.len());
    if waited.given_up > 0 {
        tracing::warn!(
            waited.given_up,
            "more happened between two rounds than is kept"
        );
    }
    sight.samples.extend(waited.samples);
    sight.events.extend(waited.events);
    Round {
        checks: waited.checks,
        probes: sight.runs,
        samples: sight.samples,
        events: sight.events,
        ..empty(begun, interval)
    }
}

/// The last round: nothing was looked at, so nothing is concluded from it but that the
/// agent left on purpose.
pub fn goodbye(reason: Goodbye, now: Stamp, interval: Duration) -> Round {
    let event = Event {
        id: Uuid::new_v4().to_string(),
        wall_ms: now.wall_ms,
        kind: EventKind::Goodbye { reason },
    };
    happened(vec![event], now, interval)
}

/// A round between the others, of what cannot wait for the next.
pub fn happened(events: Vec<Event>, now: Stamp, interval: Duration) -> Round {
    Round {
        events,
        ..empty(now, interval)
    }
}

fn empty(now: Stamp, interval: Duration) -> Round {
    Round {
        seq: 0,
        wall_ms: now.wall_ms,
        mono_ms: now.mono_ms,
        interval_s: interval.as_secs_f64(),
        probes: Vec::new(),
        samples: Vec::new(),
        checks: Vec::new(),
        events: Vec::new(),
    }
}
