//! Does what must be done every so often: sweeps, ends written behind, forgetting.
//!
//! Each chore is a loop of its own that ends when the program stops. A chore that
//! fails says so once and comes again; nothing waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use vedette_policy::Keep;
use vedette_triage::Timestamp;

use crate::clock::Clock;
use crate::shard::Shards;
use crate::store::{Limits, StoreHandle};

/// Silence and ends of alerts from outside are noticed this late at most.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Being ahead of the machine's clock is said again when it changed by more.
const CLOCK_NEWS_MIN: Duration = Duration::from_secs(30);
/// Ends are written behind this often; a crash in between costs nothing but a longer end.
const WRITE_ENDS_EVERY: Duration = Duration::from_secs(30);
/// What is over for good is forgotten this often.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// Bytes of recorded inputs beyond which the oldest go, however young.
pub(super) const RECORDS_BYTES_MAX: u64 = 4 << 30;

/// What chores look after.
#[derive(Clone)]
pub(super) struct Hot {
    pub(super) shards: Arc<Shards>,
    pub(super) store: StoreHandle,
    pub(super) clock: Arc<dyn Clock>,
}

/// Does what time alone brings, until told to stop: silence, running times, ends of alerts from
/// outside. After a reload of the engine the shards first go back to what is stored.
pub(super) async fn sweep(
    hot: Hot,
    mut reloads: watch::Receiver<()>,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_ahead = hot.clock.ahead();
    let mut left = 0;
    while next(&mut ticks, &mut stop).await {
        follow_clock(&hot, &mut was_ahead);
        let now = hot.clock.now();
        if left > 0 || reloads.has_changed().unwrap_or(false) {
            reloads.mark_unchanged();
            left = hot.shards.reseed(now);
        }
        let hosts = hot.shards.on_time(now);
        let alerts = hot.shards.expire(now);
        let put_off = hosts.put_off + alerts.put_off;
        if put_off > 0 {
            tracing::warn!(
                put_off,
                "the engine is behind; these changes are found again in a second"
            );
        }
    }
}

/// Follows the machine's clock where it was set forward, and says aloud where it was set back.
fn follow_clock(hot: &Hot, was_ahead: &mut Duration) {
    if let Some(by) = hot.shards.follow(&*hot.clock) {
        tracing::warn!(
            by_s = by.as_secs(),
            "the machine's clock was set forward; whatever waits keeps the time it had left"
        );
    }
    let ahead = hot.clock.ahead();
    if ahead.abs_diff(*was_ahead) > CLOCK_NEWS_MIN {
        match ahead.is_zero() {
            true => tracing::info!("the machine's clock has caught up with the collector's time"),
            false => tracing::warn!(
                ahead_s = ahead.as_secs(),
                "the machine's clock was set back; the collector's time goes on, ahead of it"
            ),
        }
        *was_ahead = ahead;
    }
}

/// Writes behind until told to stop, and once more then: ends, and that the collector runs, which
/// tells the next start how long it was down.
pub(super) async fn write_ends(hot: Hot, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(WRITE_ENDS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let goes_on = next(&mut ticks, &mut stop).await;
        let ends = hot.shards.take_changed_ends();
        if let Err(error) = hot.store.extend(hot.clock.now(), ends).await {
            tracing::warn!(%error, "that the collector runs, and ends of alerts from outside, were not written; delays and ends are longer after a restart");
        }
        if !goes_on {
            return;
        }
    }
}

/// Forgets what was over longer than `keep` ago, until told to stop.
pub(super) async fn forget(hot: Hot, keep: Keep, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(FORGET_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while next(&mut ticks, &mut stop).await {
        // A call forgets a bounded number of rows, so that commits come in between.
        loop {
            let now = believed(&*hot.clock);
            let limits = Limits {
                timeline: now.before(keep.timeline),
                inputs: now.before(keep.inputs),
                inputs_bytes: RECORDS_BYTES_MAX,
            };
            match hot.store.forget(limits).await {
                Ok(0) => break,
                Ok(rows) => tracing::info!(rows, "forgot what was over long ago"),
                Err(error) => {
                    tracing::warn!(%error, "cannot forget what was over long ago");
                    break;
                }
            }
        }
    }
}

/// The earliest time that may be right: what a clock that was wrong for a moment makes look old is
/// not forgotten for it.
fn believed(clock: &dyn Clock) -> Timestamp {
    let jumped = Duration::from_millis(u64::try_from(clock.stepped_ms()).unwrap_or(0));
    clock.now().before(jumped).min(clock.wall())
}

/// Waits for the next tick; false when it is time to stop.
pub(super) async fn next(
    ticks: &mut tokio::time::Interval,
    stop: &mut watch::Receiver<bool>,
) -> bool {
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => false,
        _ = ticks.tick() => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{CollectorClock, SetClock};

    #[test]
    fn nothing_is_forgotten_because_a_clock_was_wrong() {
        let begin = Timestamp::from_millis(1_750_000_000_000);
        let machine = SetClock::at(begin);
        let ahead = begin.after(Duration::from_secs(3_600));
        let was_wrong = CollectorClock::resume(machine.clone(), Some(ahead));
        assert_eq!(believed(&was_wrong), begin);
        let is_wrong = CollectorClock::resume(machine.clone(), None);
        machine.set_wall_by(3_600_000);
        is_wrong.follow();
        assert_eq!((is_wrong.now(), believed(&is_wrong)), (ahead, begin));
        machine.pass(Duration::from_secs(60));
        assert_eq!(
            believed(&is_wrong),
            begin.after(Duration::from_secs(60)),
            "it grows old all the same"
        );
    }
}
