//! Looks into what rules cost each team lately, and what would have made them quieter: once a day,
//! and once more within a quarter of an hour before a digest.
//!
//! In: the incidents of a week, and what was measured. Out: one input for each team, so that the
//! digest says it and a replay says the same. The search runs on a thread of its own, for
//! [`TAKES_AT_MOST`] at the longest; nothing waits for it, and a digest without it lacks a few lines.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::ToSpan as _;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval_at};
use vedette_config::Findings;
use vedette_policy::{Loaded, load};
use vedette_triage::{Digest, Host, Input, Noisy, Quieter, Timestamp};

use super::chores::next;
use crate::api::PolicyInForce;
use crate::backtest::quieter::{Cost, Costs, Search, Telling, search};
use crate::backtest::{Attended, attended, told_since};
use crate::clock::Clock;
use crate::engine_loop::{EngineHandle, Rejection, Verdict, View};
use crate::history::History;
use crate::recording::{PolicyFiles, day};
use crate::store::StoreHandle;

/// How often it is asked whether it is time.
const ASKED_EVERY: Duration = Duration::from_secs(60);
/// It is looked into again after so long ...
const AGAIN_AFTER: Duration = Duration::from_secs(24 * 3600);
/// ... and within this before a digest.
const BEFORE_DIGEST: Duration = Duration::from_secs(15 * 60);
/// Tickets are counted so far back.
const COUNTED: Duration = Duration::from_secs(7 * 24 * 3600);
/// All searches of one look together.
const TAKES_AT_MOST: Duration = Duration::from_secs(180);
/// Rules that are searched, those that cost most; of others only the cost is said.
const SEARCHED_MAX: usize = 6;
/// How long a proposed exception lasts: long enough to be worth it, and then somebody looks again.
const EXCEPTION_DAYS: i64 = 180;

/// Where everything is.
#[derive(Clone)]
pub(super) struct Around {
    pub(super) history: History,
    pub(super) store: StoreHandle,
    pub(super) view: View,
    pub(super) engine: EngineHandle,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) policy: Arc<ArcSwap<PolicyInForce>>,
}

/// Looks whenever it is time, until told to stop.
pub(super) async fn look(around: Around, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval_at(tokio::time::Instant::now() + ASKED_EVERY, ASKED_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failed = false;
    while next(&mut ticks, &mut stop).await {
        let now = around.clock.now();
        let is_due = around
            .view
            .read()
            .digests()
            .any(|digest| is_due(digest, now));
        if !is_due {
            continue;
        }
        let done = around.look_once(now, &stop).await;
        if let (Err(error), false) = (&done, failed) {
            tracing::warn!(%error, "what rules cost is not known now; digests lack it until it is");
        }
        failed = done.is_err();
    }
}

fn is_due(digest: &Digest, now: Timestamp) -> bool {
    let Some(last) = digest.noisy_at else {
        return true;
    };
    let before = digest.next.map(|next| next.before(BEFORE_DIGEST));
    now >= last.after(AGAIN_AFTER) || before.is_some_and(|before| last < before && before <= now)
}

/// What is searched with, on a thread of its own.
struct Searcher {
    history: History,
    in_force: Arc<PolicyInForce>,
    loaded: Loaded,
    hosts: Vec<Arc<Host>>,
    attended: Vec<Attended>,
    span: (Timestamp, Timestamp),
}

impl Around {
    async fn look_once(&self, now: Timestamp, stop: &watch::Receiver<bool>) -> Result<(), String> {
        let since = now.before(COUNTED);
        let (teams, hosts, live) = {
            let state = self.view.read();
            let teams: Vec<String> = state.digests().map(|digest| digest.team.clone()).collect();
            let hosts: Vec<_> = state.hosts().cloned().collect();
            let live: Vec<_> = state.incidents().cloned().collect();
            (teams, hosts, live)
        };
        let incidents = told_since(&self.store, live, since)
            .await
            .map_err(|error| error.to_string())?;
        let costs = Costs::since(&incidents, since);
        let rules: Vec<(Arc<str>, String)> = costs
            .rules()
            .into_iter()
            .map(|(rule, team)| (rule, team.to_owned()))
            .collect();
        let found = if rules.is_empty() {
            BTreeMap::new()
        } else {
            let in_force = self.policy.load_full();
            let searcher = Searcher {
                history: self.history.clone(),
                loaded: self.loaded(&in_force).await?,
                in_force,
                hosts,
                attended: attended(&self.view.read(), &incidents, now),
                span: (since, now),
            };
            let stop = stop.clone();
            let found = tokio::task::spawn_blocking(move || searcher.search_all(&rules, &stop));
            found.await.map_err(|error| error.to_string())?
        };
        if *stop.borrow() {
            return Ok(());
        }
        let known_since = |rule: &str| {
            let state = self.view.read();
            // A rule that is younger than a week cost that in less.
            let known = state.account(rule).map(|account| account.since);
            known.map_or(since, |known| known.max(since))
        };
        for team in teams {
            let of_team = costs.0.get(&team).map_or(&[][..], Vec::as_slice);
            let noisy = of_team
                .iter()
                .map(|cost| noisy(cost, known_since(&cost.rule), &found))
                .collect();
            self.tell(Input::NoiseFound { team, noisy }).await?;
        }
        Ok(())
    }

    async fn loaded(&self, in_force: &PolicyInForce) -> Result<Loaded, String> {
        let files = PolicyFiles::kept(&self.store, in_force.policy.revision);
        let files = files.await.map_err(|error| error.to_string())?;
        let (loaded, _) = load(&files.kept.sources(), day(files.read_at), Findings::new());
        loaded.ok_or_else(|| "the files of the policy in force have errors".to_owned())
    }

    async fn tell(&self, input: Input) -> Result<(), String> {
        let pending = self.engine.submit(input).map_err(|busy| busy.to_string())?;
        match pending.verdict().await {
            Verdict::Committed { .. } => Ok(()),
            Verdict::Rejected(Rejection::Later(why) | Rejection::Never(why)) => Err(why),
        }
    }
}

fn noisy(cost: &Cost, since: Timestamp, found: &BTreeMap<Arc<str>, Quieter>) -> Noisy {
    let unsearched = || Quieter::Untried {
        why: "other rules cost more and were looked into first".to_owned(),
    };
    Noisy {
        rule: Arc::clone(&cost.rule),
        since,
        tickets: cost.tickets,
        unattended: cost.unattended,
        quieter: found.get(&cost.rule).cloned().unwrap_or_else(unsearched),
    }
}

impl Searcher {
    fn search_all(
        &self,
        rules: &[(Arc<str>, String)],
        stop: &watch::Receiver<bool>,
    ) -> BTreeMap<Arc<str>, Quieter> {
        let deadline = Instant::now() + TAKES_AT_MOST;
        let goes_on = || !*stop.borrow() && Instant::now() < deadline;
        let searched = rules.iter().take(SEARCHED_MAX).map(|(rule, owner)| {
            let began = Instant::now();
            let found = self.search(rule, owner, &goes_on);
            let took_ms = began.elapsed().as_millis();
            tracing::debug!(%rule, took_ms, ?found, "looked for what would make it quieter");
            (Arc::clone(rule), found)
        });
        searched.collect()
    }

    fn search(&self, rule: &str, owner: &str, goes_on: &dyn Fn() -> bool) -> Quieter {
        if !self.history.is_kept() {
            return Quieter::Untried {
                why: "no samples are kept here on which it could be tried".to_owned(),
            };
        }
        let zone = self.loaded.settings.time_zone();
        let today = jiff::Timestamp::from_millisecond(self.span.1.as_millis());
        let today = today.unwrap_or_default().to_zoned(zone.clone()).date();
        search(
            &self.history,
            &Search {
                loaded: &self.loaded,
                policy: &self.in_force.policy,
                titles: Arc::clone(&self.in_force.titles),
                rule,
                span: self.span,
                hosts: &self.hosts,
                attended: &self.attended,
                telling: Telling {
                    zone,
                    owner,
                    until: today.saturating_add(EXCEPTION_DAYS.days()),
                },
                goes_on,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_into_once_a_day_and_once_more_before_a_digest() {
        let hour = |hour: u64| Timestamp::from_millis(0).after(Duration::from_secs(hour * 3600));
        let check = |last: Option<u64>, next: Option<u64>, now: u64, expected: bool| {
            let digest = Digest {
                next: next.map(hour),
                noisy_at: last.map(hour),
                ..Digest::planned("ops", hour(0))
            };
            assert_eq!(
                is_due(&digest, hour(now)),
                expected,
                "{last:?} {next:?} {now}"
            );
        };
        check(None, None, 0, true);
        check(Some(0), None, 23, false);
        check(Some(0), None, 24, true);
        check(Some(0), Some(10), 9, false);
        check(Some(0), Some(10), 10, true);
        check(Some(10), Some(10), 10, false);
        check(Some(9), Some(177), 32, false);
    }
}
