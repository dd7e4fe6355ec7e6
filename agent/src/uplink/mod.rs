//! Brings rounds to the collector, and forgets them only when it acknowledges them.
//!
//! In: one round after the other. Out: reports. Its cast: `body` writes a report; `backlog`
//! sends what waits; `copy` notices a host that is not who it was; `collectors` tries one
//! after the other; `transport` carries it, with
//! `names` for when they cannot be looked up; `verdict` says what the
//! answer means; `backoff` how long to wait after a failure; `aside` keeps what is refused
//! for good; `losses` tells what the spool gave up; the `audience` hears what an answer says
//! to the rest of the agent; `renew` brings other settings into force; `standing` is what the
//! status says of all this. Knows nothing of what is measured.
//!
//! # The order of things
//!
//! The newest round is sent first, at once, as `live`. A round that could not be sent goes
//! to the spool, from which it is sent as `backlog`, oldest first and at a limited rate,
//! whenever no live round is waiting. What happened in a round is in the spool before it
//! is sent at all; when it is then acknowledged live, the spool is told so. The newest
//! unsent round stays `live` until the next one comes: after an outage the collector hears
//! what is so now before it hears what was. A round without events that is under way when
//! the process is killed is the only one that is nowhere else.

mod aside;
mod audience;
mod backlog;
mod backoff;
mod body;
mod collectors;
mod copy;
mod losses;
mod names;
mod renew;
mod standing;
mod token;
mod transport;
mod verdict;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;
use vedette_config::CollectorSettings;
use vedette_wire::{Acknowledged, Round, Stream};

use self::aside::Aside;
pub use self::audience::{ASKS_WAITING_MAX, Audience};
use self::backlog::BATCH_ITEMS_MAX;
use self::backoff::{Backoff, Chance};
pub use self::body::Identity;
use self::body::Letter;
use self::collectors::{Collectors, Heard};
use self::copy::Jumps;
use self::losses::Losses;
pub use self::names::Names;
pub use self::renew::{Renewal, Terms};
use self::standing::Standing;
pub use self::transport::{Http, Transport, Unreachable};
pub use self::verdict::Reply;
use self::verdict::{Obstacle, Verdict};
use crate::clock::Clock;
use crate::pulse::{Lane, Pulse};
use crate::spool::{Kept, Spool};
use crate::state::Copies;
use crate::tally::Tally;

/// A collector of another version is asked again after this long, give or take a half.
const OTHER_WIRE_PAUSE: Duration = Duration::from_secs(300);
/// Added by chance to what `Retry-After` says, for it says the same to everybody.
const RETRY_AFTER_SPREAD: Duration = Duration::from_secs(2);
/// How long a goodbye may take.
pub const GOODBYE_WITHIN: Duration = Duration::from_secs(3);

/// The way to the collectors.
pub struct Uplink<T> {
    collectors: Collectors<T>,
    identity: Identity,
    spool: Spool,
    aside: Aside,
    clock: Arc<dyn Clock>,
    chance: Chance,
    tally: Arc<Tally>,
    audience: Audience,
    standing: Standing,
    current: Option<Current>,
    live_seq: u64,
    /// Whether there was a round at all since the start.
    has_looked: bool,
    backoff: Backoff,
    not_before: Instant,
    backlog_not_before: Instant,
    batch_items: usize,
    losses: Losses,
    is_heard: bool,
    renewals: mpsc::Receiver<Renewal<T>>,
    pulse: Arc<Pulse>,
    copies: Copies,
    jumps: Jumps,
}

/// The newest round, while it is not acknowledged.
struct Current {
    round: Round,
    /// What of it is in the spool.
    kept: Kept,
}

/// What an [`Uplink`] works with.
pub struct Parts<T> {
    /// The way to the collectors.
    pub transport: T,
    /// Where they are and how to be let in.
    pub collector: CollectorSettings,
    /// Who speaks.
    pub identity: Identity,
    /// What waits from before.
    pub spool: Spool,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Who listens to what the collector says.
    pub audience: Audience,
    /// The pause between rounds, for the status.
    pub interval: Duration,
    /// Other settings, as they come.
    pub renewals: mpsc::Receiver<Renewal<T>>,
    /// Where it says that sending gets on.
    pub pulse: Arc<Pulse>,
    /// What makes another id for a copied machine.
    pub copies: Copies,
}

impl<T: Transport> Uplink<T> {
    /// Puts the parts together. Sends nothing yet.
    pub fn new(parts: Parts<T>, state_dir: &Path) -> Uplink<T> {
        let now = parts.clock.now();
        let standing = Standing::new(&parts.identity, parts.interval, state_dir, now);
        Uplink {
            collectors: Collectors::new(parts.transport, parts.collector),
            identity: parts.identity,
            spool: parts.spool,
            aside: Aside::new(&state_dir.join("set-aside")),
            clock: parts.clock,
            chance: backoff::chance,
            tally: Arc::clone(&parts.audience.tally),
            audience: parts.audience,
            standing,
            current: None,
            live_seq: 0,
            has_looked: false,
            backoff: Backoff::default(),
            not_before: Instant::now(),
            backlog_not_before: Instant::now(),
            batch_items: BATCH_ITEMS_MAX,
            losses: Losses::new(now),
            // What the spool found broken at the start goes out with the first round.
            is_heard: true,
            renewals: parts.renewals,
            pulse: parts.pulse,
            copies: parts.copies,
            jumps: Jumps::default(),
        }
    }

    /// Sends what comes until the last round, the `farewell`, is sent or
    /// [`GOODBYE_WITHIN`] is over; then it is in the spool. Ends without one when both
    /// senders are gone.
    pub async fn run(
        mut self,
        mut rounds: mpsc::Receiver<Round>,
        mut farewell: oneshot::Receiver<Round>,
    ) {
        loop {
            self.promise();
            let due = self.due();
            tokio::select! {
                biased;
                last = &mut farewell => return self.say_farewell(rounds, last.ok()).await,
                Some(renewal) = self.renewals.recv() => self.renew(renewal),
                round = rounds.recv() => match round {
                    Some(round) => self.take(round),
                    None => return self.say_farewell(rounds, farewell.await.ok()).await,
                },
                () = until(self.standing.due()) => self.standing.write(self.clock.now()),
                () = until(due) => {
                    tokio::select! {
                        biased;
                        last = &mut farewell => return self.say_farewell(rounds, last.ok()).await,
                        () = self.send() => {}
                    }
                }
            }
            self.publish();
        }
    }

    async fn say_farewell(mut self, mut rounds: mpsc::Receiver<Round>, last: Option<Round>) {
        while let Ok(round) = rounds.try_recv() {
            self.take(round);
        }
        if let Some(round) = last {
            self.take(round);
        }
        if self.current.is_some() {
            let sent = tokio::time::timeout(GOODBYE_WITHIN, self.send_live()).await;
            if sent.is_err() {
                self.supersede();
            }
        }
        self.publish();
        self.standing.write(self.clock.now());
    }

    /// Makes a round the current one. It is in the spool afterwards if it has events or
    /// cannot be sent at once.
    fn take(&mut self, mut round: Round) {
        self.supersede();
        let now = self.clock.now();
        self.collect_loss();
        round.events.extend(self.losses.event(self.is_heard, now));
        if self.jumps.see(now) {
            self.begin_anew("the wall clock jumped; this may be a machine put back to a snapshot");
        }
        self.has_looked = true;
        self.live_seq += 1;
        round.seq = self.live_seq;
        self.standing.round(&round);
        let mut kept = Kept::default();
        if self.not_before > Instant::now() {
            self.spool.keep(&round, &mut kept, now);
        } else if !round.events.is_empty() {
            self.spool.keep_state(&round, &mut kept, now);
        }
        if kept.state.is_some() && self.spool.trouble().is_none() {
            self.audience.is_kept(&round);
        }
        self.current = Some(Current { round, kept });
    }

    /// The current round is no longer what is so now.
    fn supersede(&mut self) {
        if let Some(Current { round, mut kept }) = self.current.take() {
            self.spool.keep(&round, &mut kept, self.clock.now());
        }
    }

    /// When the next thing may be sent; `None` while there is nothing.
    fn due(&self) -> Option<Instant> {
        match (&self.current, self.spool.depth().records()) {
            (Some(_), _) => Some(self.not_before),
            // Before the first round, nothing is known of what is so now.
            (None, _) if !self.has_looked => None,
            (None, 0) => None,
            (None, _) => Some(self.not_before.max(self.backlog_not_before)),
        }
    }

    async fn send(&mut self) {
        match self.current {
            Some(_) => self.send_live().await,
            None => self.send_backlog().await,
        }
    }

    /// Until an answer is there this changes nothing, so that it can be broken off.
    async fn send_live(&mut self) {
        let Some(current) = &self.current else { return };
        let seq = current.round.seq;
        let letter = Letter::live(&self.identity, &current.round, self.clock.now());
        let heard = self.collectors.post(&letter, self.clock.as_ref()).await;
        let json = heard.is_refused_for_good().then(|| letter.plain());
        let verdict = self.hear(heard);
        let epoch = self.identity.epoch;
        match verdict {
            Verdict::Acknowledged { acknowledged, .. } => {
                match reach(&acknowledged, Stream::Live, epoch) {
                    Some(reached) if reached > seq => {
                        self.begin_anew("the collector knows more than was ever sent");
                    }
                    Some(reached) if reached == seq => {
                        self.standing.acknowledged(self.clock.now());
                        self.finish_current();
                    }
                    Some(_) | None => self.not_acknowledged(&acknowledged),
                }
            }
            Verdict::SetAside { why } => {
                self.set_aside(&why, &json.unwrap_or_default());
                self.finish_current();
            }
            Verdict::Keep {
                obstacle,
                why,
                retry_after,
            } => {
                self.keep(obstacle, &why, retry_after);
            }
        }
    }

    /// The current round has reached its end.
    fn finish_current(&mut self) {
        if let Some(Current { round, kept }) = self.current.take() {
            self.audience.is_safe(&round);
            self.spool.settle(kept);
        }
        self.reached();
    }

    fn set_aside(&mut self, why: &str, json: &[u8]) {
        tracing::warn!(
            why,
            "the collector refused a round for good; it is set aside"
        );
        self.tally.set_aside.add(1);
        self.aside.keep(self.clock.now().wall_ms, why, json);
    }

    /// The collector took a report, or refused it for good; either way it is there.
    fn reached(&mut self) {
        self.backoff.reset();
        self.not_before = Instant::now();
        if !std::mem::replace(&mut self.is_heard, true) {
            tracing::info!(
                collector = self.standing.collector(),
                "the collector answers again"
            );
        }
    }

    fn not_acknowledged(&mut self, acknowledged: &Acknowledged) {
        let stream = acknowledged.stream;
        let seq = acknowledged.seq;
        let why = format!("it acknowledged {stream:?} {seq}, which is not what was sent");
        self.keep(Obstacle::NotAcknowledged, &why, None);
    }

    /// What was sent is still ours. The current round goes to the spool as well, and is
    /// tried again as live unless a newer one comes first.
    fn keep(&mut self, obstacle: Obstacle, why: &str, retry_after: Option<Duration>) {
        let chance = (self.chance)();
        let pause = match (obstacle, retry_after) {
            (Obstacle::Clone, _) => self.is_copy(why),
            (_, Some(asked)) => asked + RETRY_AFTER_SPREAD.mul_f64(chance),
            (Obstacle::OtherWire, None) => OTHER_WIRE_PAUSE.mul_f64(0.5 + chance),
            (_, None) => self.backoff.next(chance),
        };
        self.not_before = Instant::now() + pause;
        if self.is_heard {
            tracing::warn!(
                collector = self.standing.collector(),
                why,
                "rounds are kept and sent later"
            );
        }
        self.is_heard = false;
        let now = self.clock.now();
        if let Some(Current { round, kept }) = &mut self.current {
            self.spool.keep(round, kept, now);
        }
        self.standing.next_try(now, pause);
    }

    /// Tells everybody who wants to know what was heard.
    fn hear(&mut self, mut heard: Heard) -> Verdict {
        self.standing.heard(&heard, self.clock.now());
        if let Some(skew_ms) = heard.skew_ms {
            self.audience.skew(skew_ms);
        }
        if let Verdict::Acknowledged { asks, .. } = &mut heard.verdict {
            self.audience.asked(std::mem::take(asks));
        }
        heard.verdict
    }

    fn collect_loss(&mut self) {
        let loss = self.spool.take_loss();
        self.tally.dropped.add(loss.records());
        self.standing.thinned(loss.thinned);
        self.losses.add(loss);
    }

    /// Makes what is known visible: to the `self` probe, and in the status file.
    fn publish(&mut self) {
        self.collect_loss();
        self.tally.spool_bytes.set(self.spool.depth().bytes);
        let trouble = u64::from(self.spool.trouble().is_some());
        self.tally.spool_trouble.set(trouble);
        let sentence = self
            .standing
            .publish(&self.spool, &self.tally, self.clock.now());
        self.pulse.say(sentence);
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Up to where this stream and epoch are acknowledged, if it is these that are.
fn reach(acknowledged: &Acknowledged, stream: Stream, epoch: Uuid) -> Option<u64> {
    let is_this = acknowledged.stream == stream && acknowledged.epoch == epoch.to_string();
    is_this.then_some(acknowledged.seq)
}

#[cfg(test)]
mod tests;
