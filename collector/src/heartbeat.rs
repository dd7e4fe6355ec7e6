//! Says to a dead-man service, again and again, that the collector is alive and delivers.
//!
//! In: how the engine, the store and the receivers are. Out: a request as long as all is well; none
//! otherwise, and the service tells people by ways that are not ours. Knows nothing of who that is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use vedette_policy::HeartbeatSettings;
use vedette_policy::profile::Method;
use vedette_triage::{Input, Timestamp};

use crate::clock::Clock;
use crate::engine_loop::{EngineHandle, Verdict};
use crate::outbox::{Standing, Standings};
use crate::receiver::Carrier;
use crate::receiver::render::Outgoing;
use crate::receiver::sender::{Arrival, Bounds, Sender};
use crate::store::{Answers, Backlog, Question, StoreHandle};

/// How long each part may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// What waits for longer is not delivered.
const DELIVERS_WITHIN: Duration = Duration::from_secs(180);
/// How long a request may take.
const BOUNDS: Bounds = Bounds {
    connect_timeout: Duration::from_secs(5),
    timeout: Duration::from_secs(10),
    answer_bytes_max: 64 * 1024,
};

/// What has to be well.
pub struct Parts {
    /// Decides.
    pub engine: EngineHandle,
    /// Remembers.
    pub store: StoreHandle,
    /// How the receivers are.
    pub receivers: Standings,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Why nothing is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwell {
    /// The engine does not decide, or what it decides is not stored.
    Engine,
    /// The store does not answer.
    Store,
    /// Something waits, and no receiver takes anything.
    Delivers,
}

/// Says that all is well every so often, until told to stop.
pub async fn beat(parts: Parts, settings: HeartbeatSettings, mut stop: watch::Receiver<bool>) {
    let sender = match Sender::new(settings.url.url.as_str(), BOUNDS) {
        Ok(sender) => sender,
        Err(why) => {
            tracing::error!("there is no heartbeat: {why}");
            return;
        }
    };
    let mut ticks = interval(settings.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_well = true;
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        let is_well = match parts.unwell().await {
            Some(why) => {
                if was_well {
                    tracing::warn!(?why, "no heartbeat is sent: not all is well");
                }
                false
            }
            None => said(&sender, &settings, was_well).await,
        };
        was_well = is_well;
    }
}

/// Whether the service heard it.
async fn said(sender: &Sender, settings: &HeartbeatSettings, was_well: bool) -> bool {
    let Ok(url) = settings.url.url.parse() else {
        return false;
    };
    let outgoing = Outgoing {
        method: Method::Get,
        url,
        headers: Vec::new(),
        body: Vec::new(),
        mail: None,
    };
    let why = match sender.carry(&outgoing).await {
        Arrival::Answered(answer) if answer.status < 300 => return true,
        Arrival::Answered(answer) => format!("HTTP {}", answer.status),
        Arrival::Unsendable { why } | Arrival::NotSent { why } | Arrival::Lost { why } => why,
    };
    if was_well {
        tracing::warn!("the heartbeat was not heard: {why}");
    }
    false
}

impl Parts {
    /// What is not well, if anything is.
    pub async fn unwell(&self) -> Option<Unwell> {
        if !self.decides().await {
            return Some(Unwell::Engine);
        }
        let now = self.clock.now();
        let asked = timeout(ANSWERS_WITHIN, self.store.ask(Question::Backlog)).await;
        let Ok(Ok(Answers::Backlog(backlog))) = asked else {
            return Some(Unwell::Store);
        };
        let standings = self.receivers.all();
        let is_working = |name: &str| {
            standings
                .get(name)
                .is_some_and(|known| known.standing == Standing::Well)
        };
        (!delivers(&backlog, now, is_working)).then_some(Unwell::Delivers)
    }

    async fn decides(&self) -> bool {
        let Ok(pending) = self.engine.submit(Input::Tick) else {
            return false;
        };
        let verdict = timeout(ANSWERS_WITHIN, pending.verdict()).await;
        matches!(verdict, Ok(Verdict::Committed { .. }))
    }
}

/// Whether nothing waits for long, or what does waits for some receivers only: others take what
/// they are told, that these do not among it.
fn delivers(backlog: &[Backlog], now: Timestamp, is_working: impl Fn(&str) -> bool) -> bool {
    let is_late = |one: &&Backlog| {
        one.oldest
            .is_some_and(|oldest| now.since(oldest) > DELIVERS_WITHIN)
    };
    let late: Vec<&Backlog> = backlog.iter().filter(is_late).collect();
    let others = backlog.iter().filter(|one| !is_late(one));
    late.is_empty() || others.into_iter().any(|one| is_working(&one.receiver))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_delivers_as_long_as_anything_that_waits_is_taken_by_somebody() {
        let now = Timestamp::from_millis(10_000_000);
        let waits = |receiver: &str, minutes: Option<u64>| Backlog {
            receiver: receiver.to_owned(),
            pending: 1,
            dead: 0,
            oldest: minutes.map(|minutes| now.before(Duration::from_secs(60 * minutes))),
        };
        let check = |backlog: &[Backlog], well: &[&str], expected: bool| {
            assert_eq!(
                delivers(backlog, now, |name| well.contains(&name)),
                expected,
                "{backlog:?}"
            );
        };
        check(&[], &[], true);
        check(&[waits("desk", Some(2))], &[], true);
        check(&[waits("desk", Some(4))], &["desk"], false);
        check(
            &[waits("desk", Some(4)), waits("pager", None)],
            &["pager"],
            true,
        );
        check(&[waits("desk", Some(4)), waits("pager", None)], &[], false);
        check(
            &[waits("desk", Some(4)), waits("pager", Some(9))],
            &["pager"],
            false,
        );
    }
}
