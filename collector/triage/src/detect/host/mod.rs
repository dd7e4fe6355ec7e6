//! Keeps everything detection knows of one host, and finds what changed.
//!
//! In: one round at a time, and the time. Out: [`Observed`]: changes only, each
//! pending until it is settled. A cache of committed state: what is not
//! committed falls back and is found again. Knows nothing of locks, the engine
//! or the other hosts.

mod beside;
mod boots;
pub(super) mod checks;
mod events;
mod judge;
mod liveness;
mod looks;
pub(crate) mod near;
pub(crate) mod past;
pub(crate) mod says;
mod undecided;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::{EventKind, Goodbye, Report, Round, Stream};

pub use self::boots::Admission;
use self::boots::Boots;
use self::checks::looked_at;
use self::events::{EventLog, When};
use self::liveness::Liveness;
use self::looks::Looks;
use self::undecided::Undecided;
use super::event_kind::{self, EventForm, Told};
use super::series::AllSeries;
use super::states::States;
use super::{KeptBaseline, Names, Observed, RuleSet, Settled, limits};
use crate::{Alert, EntityId, Host, Identity, Labels, Timestamp};

/// Rules on the host itself are looked at this often.
const CHECK_PAUSE: Duration = Duration::from_secs(5);
/// Attribute of an event about a clone: its boot.
const CLONE_BOOT: &str = "boot";
/// The same: the live epoch of its newest report, which tells it from the first where they share
/// the boot.
const CLONE_EPOCH: &str = "epoch";
/// One event about a clone in so long.
const CLONE_TOLD_EVERY_MS: i64 = 10 * 60 * 1000;
/// What was not seen for so long is forgotten unless it fires.
const FORGET_PAUSE: Duration = Duration::from_secs(3600);

/// Everything detection knows of one host.
#[derive(Debug, Clone)]
pub struct HostWatch {
    liveness: Liveness,
    /// The labels every alert about it carries.
    labels: Labels,
    events: EventLog,
    /// Since when its events are known.
    events_since: Option<Timestamp>,
    series: AllSeries,
    states: States,
    undecided: Undecided,
    /// The newest live round.
    round_at: Option<Timestamp>,
    checked: Timestamp,
    forgot: Timestamp,
    boots: Boots,
    looks: Looks,
    /// When the newest hold was told, by the host's wall clock in milliseconds.
    newest_hold: i64,
    /// Events of a trial so far.
    tried: u32,
}

impl HostWatch {
    /// A host nobody has heard of before its first report.
    pub fn new(id: &EntityId, started: Timestamp) -> HostWatch {
        HostWatch {
            liveness: Liveness::new(started),
            labels: Labels::none(),
            events: EventLog::default(),
            events_since: None,
            series: AllSeries::default(),
            states: States::new(id.clone()),
            undecided: Undecided::default(),
            round_at: None,
            checked: started,
            forgot: started,
            boots: Boots::default(),
            looks: Looks::default(),
            newest_hold: i64::MIN,
            tried: 0,
        }
    }

    /// A known host with its committed alerts; what fires keeps firing until its `clear` is
    /// measured. `started`: since when the collector listens.
    pub fn seeded<'a>(
        host: &Host,
        alerts: impl Iterator<Item = &'a Alert>,
        started: Timestamp,
    ) -> HostWatch {
        let mut watch = HostWatch::new(&host.id, started);
        watch.reseed(host, alerts, started);
        watch
    }

    /// Goes back to what is committed: pending changes fall back, what was measured is kept.
    pub fn reseed<'a>(
        &mut self,
        host: &Host,
        alerts: impl Iterator<Item = &'a Alert>,
        now: Timestamp,
    ) {
        self.liveness.seed(host);
        self.looks.seed(host, self.liveness.interval(), now);
        self.labels = host.labels();
        let events = &mut self.events;
        let mut refused = Vec::new();
        let alerts = alerts.inspect(|alert| {
            if let Some(event) = &alert.about.event {
                events.remember(now, event);
            }
            let boot = alert.identity.labels.get(CLONE_BOOT);
            if let Some(boot) = boot.filter(|_| alert.is_firing()) {
                let epoch = alert.about.labels.get(CLONE_EPOCH).map(str::to_owned);
                refused.push((boot.to_owned(), epoch));
            }
        });
        self.states.seed(&self.labels, alerts, now);
        let refused = refused
            .iter()
            .map(|(boot, epoch)| (boot.as_str(), epoch.as_deref()));
        self.boots.seed(&host.boot, refused, now);
    }

    /// Takes one round. Rounds of one stream come in order; one that comes again finds again what
    /// was not committed, and nothing else.
    ///
    /// `received`: when the report came; the age of the round is that on the agent's own clock.
    /// A round of the backlog opens nothing by its samples; its events count for a day
    /// (invariant 17).
    pub fn observe(
        &mut self,
        received: Timestamp,
        report: &Report,
        round: &Round,
        rules: &RuleSet,
    ) -> Observed {
        let mut observed = Observed::default();
        self.events_since.get_or_insert(received);
        match report.stream {
            Stream::Live => self.take_live(received, report, round, rules, &mut observed),
            Stream::Backlog => self.take_backlog(received, report, round, &mut observed),
        }
        self.judge_events(received, rules, &mut observed);
        self.judge_host(received, rules, &mut observed);
        observed
    }

    /// Whether a report is of the machine that is known under its id. What is not admitted must not
    /// be observed.
    pub fn admit(&mut self, received: Timestamp, report: &Report) -> Admission {
        let admission = self.boots.admit(received, report);
        if let Some(unmasked) = self.boots.unmasked() {
            self.events.never_rebooted(received, &unmasked);
        }
        admission
    }

    /// Takes note that a report was refused because it is of another machine under the same id.
    pub fn refuse_clone(
        &mut self,
        received: Timestamp,
        report: &Report,
        rules: &RuleSet,
    ) -> Observed {
        let mut observed = Observed::default();
        self.events_since.get_or_insert(received);
        let boot = report.boot.as_str();
        let attributes = [
            (CLONE_BOOT, boot),
            (CLONE_EPOCH, &report.epoch),
            ("name", &report.host.name),
        ];
        let told = Told {
            kind: event_kind::CLONE,
            attributes: attributes.into_iter().collect(),
            times: 1,
            text: String::new(),
            settles: &[],
        };
        let when = When {
            now: received,
            happened: received,
            late: false,
        };
        // Told again now and then while it goes on, not with every report.
        let period = received.as_millis().div_euclid(CLONE_TOLD_EVERY_MS);
        self.events
            .take(when, &format!("clone:{boot}:{period}"), &told);
        self.judge_events(received, rules, &mut observed);
        observed
    }

    /// Does what time alone brings: silence, absence, running times, the end of an event.
    pub fn on_time(&mut self, now: Timestamp, rules: &RuleSet) -> Observed {
        let mut observed = Observed::default();
        self.checked = now;
        if now.since(self.forgot) >= FORGET_PAUSE {
            self.forgot = now;
            let before = now.before(rules.gone_after() + FORGET_PAUSE);
            self.series.forget((before, now), rules);
            self.states.forget(before);
            self.events.forget(now);
        }
        observed.host.extend(self.liveness.falls_silent(now));
        self.states.on_time(now, rules, &mut observed);
        self.judge_events(now, rules, &mut observed);
        self.judge_host(now, rules, &mut observed);
        observed
    }

    /// When [`HostWatch::on_time`] should be called next.
    pub fn next_check(&self, rules: &RuleSet) -> Timestamp {
        let pause = self.checked.after(CHECK_PAUSE);
        self.states
            .due(rules)
            .map_or(pause, |due| due.max(self.checked).min(pause))
    }

    /// Says what became of a condition that was found.
    pub fn settle(&mut self, identity: &Identity, settled: Settled) {
        self.states.settle(identity, settled);
    }

    /// Says what became of what was found about the host itself; `host` is what is committed of
    /// it now.
    pub fn settle_host(&mut self, settled: Settled, host: Option<&Host>) {
        self.liveness.settle(settled, host);
        self.looks.settle(settled);
        if let Some(host) = host {
            self.labels = host.labels();
        }
    }

    /// Follows rules to their new names.
    pub fn rename_rules(&mut self, renamed: &BTreeMap<Arc<str>, Arc<str>>) {
        self.states.rename(renamed);
    }

    /// The labels every alert about it carries: its own, then `host`, `class`.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// What is to be kept of what is usual on it, for [`HostWatch::remember`].
    pub fn baselines(&self) -> Vec<KeptBaseline> {
        self.series.baselines().collect()
    }

    /// Takes over what was usual on it before the program started.
    pub fn remember(&mut self, kept: &[KeptBaseline]) {
        self.series.remember(kept);
    }

    /// When it was last heard of since the collector started.
    pub fn last_heard(&self) -> Option<Timestamp> {
        self.liveness.heard()
    }

    /// For a trial: as if the host's own variables were worth this.
    pub(super) fn try_host(
        &mut self,
        now: Timestamp,
        values: [f64; Names::OF_HOST.len()],
        rules: &RuleSet,
    ) -> Observed {
        let mut observed = Observed::default();
        self.judge_host_by(values, now, rules, &mut observed);
        observed
    }

    /// For a trial: an event of a kind, whether a report can carry it or not.
    pub(super) fn try_event(
        &mut self,
        at: Timestamp,
        kind: &str,
        (attributes, text): (Labels, &str),
    ) {
        let Some(form) = EventForm::find(kind) else {
            return;
        };
        let when = When {
            now: at,
            happened: at,
            late: false,
        };
        let told = Told {
            kind: form.kind,
            attributes,
            times: 1,
            text: text.to_owned(),
            settles: &[],
        };
        self.tried += 1;
        self.events.take(when, &self.tried.to_string(), &told);
    }

    fn take_live(
        &mut self,
        received: Timestamp,
        report: &Report,
        round: &Round,
        rules: &RuleSet,
        observed: &mut Observed,
    ) {
        let age = Duration::from_millis(report.sent_mono_ms.saturating_sub(round.mono_ms));
        let at = received.before(age);
        let news = self.liveness.reports(at, report, round);
        if let Some(reboot) = news.rebooted {
            self.events.reboots(at, &report.boot, reboot);
        }
        if news.seen.is_some() {
            self.relabel();
        }
        observed.host.extend(news.seen);
        self.take_events(received, at, report, round);
        let happened = |wall_ms| at.before(wall_age(round.wall_ms, wall_ms));
        let says = says::of(received, report, round, happened, &mut self.newest_hold);
        observed.host.extend(says);
        let goodbye = round.events.iter().find_map(|event| match &event.kind {
            EventKind::Goodbye { reason } => Some(*reason),
            _ => None,
        });

        let fresh = self.round_at.is_none_or(|before| at > before);
        if fresh {
            self.round_at = Some(at);
            let interval = self.liveness.interval();
            let looks = self.looks.take(at, round, interval);
            observed.host.extend(looks);
            let of_checks = checks::samples(&round.checks);
            let of_rules = self.undecided.samples(at, rules);
            let measured = checks::measured(round, &of_checks, interval)
                .chain(checks::own(&of_rules, interval));
            observed.over_bound += self.series.take(at, round, measured, rules);
        }
        self.judge_metrics(fresh, rules, observed);
        if fresh {
            let looked = |metric: &str| looked_at(round, metric);
            self.states.miss(at, rules, looked, observed);
        }
        if let Some(reason) = goodbye {
            observed.host.push(self.liveness.leaves(reason));
        }
    }

    /// Levels of the past are for the history; its events still count.
    fn take_backlog(
        &mut self,
        received: Timestamp,
        report: &Report,
        round: &Round,
        observed: &mut Observed,
    ) {
        self.liveness.spoke(received);
        let at = received.before(wall_age(report.sent_wall_ms, round.wall_ms));
        self.take_events(received, at, report, round);
        // The engine knows nothing of a host before its first live report.
        if self.liveness.facts().is_some() {
            let happened = |wall_ms| at.before(wall_age(round.wall_ms, wall_ms));
            let says = says::of(received, report, round, happened, &mut self.newest_hold);
            observed.host.extend(says);
        }
    }

    fn take_events(&mut self, received: Timestamp, at: Timestamp, report: &Report, round: &Round) {
        for event in &round.events {
            let before_round = wall_age(round.wall_ms, event.wall_ms);
            let happened = at.before(before_round);
            let late = match report.stream {
                Stream::Live => false,
                Stream::Backlog => true,
            };
            if late && let EventKind::Goodbye { reason } = event.kind {
                match reason {
                    Goodbye::Reboot | Goodbye::PowerOff => self.events.announced(happened),
                    Goodbye::Suspend | Goodbye::AgentStop | Goodbye::AgentUpgrade => {}
                }
            }
            if let Some(told) = event_kind::told(&event.kind) {
                let when = When {
                    now: received,
                    happened,
                    late,
                };
                self.events.take(when, &event.id, &told);
            }
        }
    }

    /// The labels of what it says of itself now, committed or pending.
    fn relabel(&mut self) {
        if let Some(facts) = self.liveness.facts() {
            let own = facts.labels.iter();
            self.labels = own
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .chain([
                    ("host", facts.name.as_str()),
                    ("class", facts.class.as_str()),
                ])
                .collect();
        }
    }
}

/// How much earlier `then` is, on one and the same wall clock; at most a day, and a little.
fn wall_age(now_ms: i64, then_ms: i64) -> Duration {
    let age = u64::try_from(now_ms.saturating_sub(then_ms)).unwrap_or(0);
    Duration::from_millis(age).min(limits::EVENT_AGE_MAX + Duration::from_secs(1))
}
