//! Keeps everything that is counted since the start.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};
use vedette_triage::{Action, Ladder, Outcome, Tally};

use crate::ingest::report::Kept;

/// Seconds; a commit on a good disk takes less than one millisecond, on a bad one a second.
const COMMIT_BUCKETS_S: &[f64] = &[
    0.000_25, 0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0,
    5.0,
];
/// Seconds; from a report that changes nothing to one that waits for a slow disk.
const REQUEST_BUCKETS_S: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
];

/// Seconds; from a tick that was on time to a collector that was down over a night.
const LATE_BUCKETS_S: &[f64] = &[0.1, 1.0, 5.0, 60.0, 300.0, 1_800.0, 7_200.0, 43_200.0];

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// All of it was taken.
    Taken,
    /// Some places were refused, the rest was taken.
    Partly(&'static str),
    /// Nothing of it was taken, and the same will never be.
    Refused(&'static str),
    /// Nothing of it was taken; the agent keeps its data.
    Later(&'static str),
}

/// Everything that is counted since the start. Each counter is written by one method.
#[derive(Debug)]
pub struct Meters {
    pub(super) registry: Registry,
    reports: IntCounterVec,
    places: IntCounterVec,
    samples: IntCounter,
    checks: IntCounter,
    events: IntCounter,
    over_bound: IntCounter,
    clocks_off: IntCounter,
    posted: IntCounterVec,
    posted_invalid: IntCounterVec,
    signals_received: IntCounterVec,
    signals: IntCounterVec,
    deliveries: IntCounterVec,
    commit: Histogram,
    commits_failed: IntCounterVec,
    tight: IntGauge,
    away: IntGauge,
    silences_reminded: IntCounter,
    escalations: IntCounterVec,
    escalation_late: Histogram,
    requests: HistogramVec,
    requests_denied: IntCounterVec,
}

impl Default for Meters {
    fn default() -> Meters {
        Meters::new()
    }
}

impl Meters {
    /// Counters that stand at zero.
    pub fn new() -> Meters {
        let registry = Registry::new();
        let made = Making(&registry);
        Meters {
            reports: made.counters("vedette_reports_total", "Reports of agents by what became of them", &["outcome", "reason"]),
            places: made.counters("vedette_report_places_refused_total", "Samples, events, probes, names and labels that were refused within reports, by reason", &["reason"]),
            samples: made.counter("vedette_samples_total", "Samples that were taken"),
            checks: made.counter("vedette_checks_total", "Results of checks that were taken"),
            events: made.counter("vedette_events_total", "Events of hosts that were taken"),
            over_bound: made.counter(
                "vedette_series_over_bound_total",
                "Series and conditions that were not looked at because their host has too many",
            ),
            clocks_off: made.counter("vedette_reports_clock_off_total", "Reports from hosts whose wall clock was more than 30 seconds off"),
            posted: made.counters("alertmanager_alerts_received_total", "Alerts posted to the Alertmanager API by what they say", &["status", "version"]),
            posted_invalid: made.counters("alertmanager_alerts_invalid_total", "Alerts posted to the Alertmanager API that were refused, by reason", &["reason", "version"]),
            signals_received: made.counters("vedette_signals_received_total", "Signals that were decided: each ends in vedette_signals_total, or waits in vedette_signals_waiting", &["drill"]),
            signals: made.counters("vedette_signals_total", "Signals by how they ended; cause says why for suppressed and rejected ones", &["outcome", "cause", "drill"]),
            deliveries: made.counters("vedette_deliveries_total", "Deliveries that are over for good: sent, or dead", &["receiver", "action", "outcome"]),
            commit: made.histogram("vedette_commit_duration_seconds", "How long the store took for one commit", COMMIT_BUCKETS_S),
            commits_failed: made.counters("vedette_commits_failed_total", "Commits the store did not take, by why", &["reason"]),
            silences_reminded: made.counter(
                "vedette_silence_reminders_total",
                "Silences whose end was near while what they mute still fired",
            ),
            escalations: made.counters("vedette_escalation_steps_total", "Steps of escalation policies that were taken, by ladder and whether anybody could be told", &["ladder", "outcome"]),
            escalation_late: made.histogram("vedette_escalation_late_seconds", "How much later than it was due each step was taken", LATE_BUCKETS_S),
            tight: made.gauge("vedette_openings_refused", "1 while the disk is so full that nothing new is opened; what is open still closes"),
            away: made.gauge("vedette_store_away", "1 while the store takes no changes: nothing is decided, and senders are told to come back"),
            requests: made.histograms("vedette_http_request_duration_seconds", "Requests by endpoint and status, and how long they took", REQUEST_BUCKETS_S, &["endpoint", "code"]),
            requests_denied: made.counters("vedette_http_requests_denied_total", "Requests that were turned away before anything was read, by why", &["reason"]),
            registry,
        }
    }

    /// Where others register what they count themselves.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A report came, and this became of it.
    pub fn report(&self, taking: Taking) {
        let (outcome, reason) = match taking {
            Taking::Taken => ("taken", ""),
            Taking::Partly(reason) => ("partly", reason),
            Taking::Refused(reason) => ("refused", reason),
            Taking::Later(reason) => ("later", reason),
        };
        self.reports.with_label_values(&[outcome, reason]).inc();
    }

    /// So many places of reports were refused for this reason.
    pub fn places_refused(&self, reason: &str, count: u64) {
        self.places.with_label_values(&[reason]).inc_by(count);
    }

    /// So much of a report was taken.
    pub fn measured(&self, kept: Kept) {
        self.samples.inc_by(kept.samples);
        self.checks.inc_by(kept.checks);
        self.events.inc_by(kept.events);
    }

    /// So many series and conditions of a host were over a bound, and not looked at.
    pub fn over_bound(&self, count: u64) {
        self.over_bound.inc_by(count);
    }

    /// A report came from a host whose clock is far off.
    pub fn clock_off(&self) {
        self.clocks_off.inc();
    }

    /// So many posted alerts said that they fire, and so many that they are over.
    pub fn posted(&self, firing: u64, resolved: u64) {
        self.posted
            .with_label_values(&["firing", "v2"])
            .inc_by(firing);
        self.posted
            .with_label_values(&["resolved", "v2"])
            .inc_by(resolved);
    }

    /// So many posted alerts were refused for this reason.
    pub fn posted_invalid(&self, reason: &str, count: u64) {
        self.posted_invalid
            .with_label_values(&[reason, "v2"])
            .inc_by(count);
    }

    /// So many signals were decided.
    pub fn signals_received(&self, drill: bool, count: u64) {
        self.signals_received
            .with_label_values(&[yes_no(drill)])
            .inc_by(count);
    }

    /// So many signals said nothing new, and never reached the engine.
    pub fn signals_repeated(&self, count: u64) {
        self.signals_received(false, count);
        self.signals
            .with_label_values(&["repeated", "", "no"])
            .inc_by(count);
    }

    /// Signals ended so.
    pub fn signals_ended(&self, tally: &Tally) {
        let (outcome, cause) = words(&tally.outcome);
        self.signals
            .with_label_values(&[outcome, cause, yes_no(tally.drill)])
            .inc_by(u64::from(tally.count));
    }

    /// A receiver did it.
    pub fn delivered(&self, receiver: &str, action: Action) {
        self.deliveries
            .with_label_values(&[receiver, action.as_str(), "sent"])
            .inc();
    }

    /// A receiver will never do it.
    pub fn delivery_dead(&self, receiver: &str, action: Action) {
        self.deliveries
            .with_label_values(&[receiver, action.as_str(), "dead"])
            .inc();
    }

    /// The store took a commit in this time.
    pub fn committed(&self, took: Duration) {
        self.commit.observe(took.as_secs_f64());
    }

    /// The store did not take a commit, for a reason with a stable word.
    pub fn commit_failed(&self, reason: &str) {
        self.commits_failed.with_label_values(&[reason]).inc();
    }

    /// A silence ends soon, and what it mutes still fires.
    pub fn silence_reminded(&self) {
        self.silences_reminded.inc();
    }

    /// People were told because nobody works on an incident, or nobody could be.
    pub fn escalated(&self, ladder: Ladder, was_anybody: bool, late_ms: u64) {
        let outcome = if was_anybody { "told" } else { "nobody" };
        let by = [ladder.as_str(), outcome];
        self.escalations.with_label_values(&by).inc();
        let late = Duration::from_millis(late_ms).as_secs_f64();
        self.escalation_late.observe(late);
    }

    /// Whether openings are refused for want of space.
    pub fn tight(&self, tight: bool) {
        self.tight.set(i64::from(tight));
    }

    /// Whether openings are refused for want of space, as last said.
    pub fn is_tight(&self) -> bool {
        self.tight.get() != 0
    }

    /// Whether the store takes no changes.
    pub fn away(&self, away: bool) {
        self.away.set(i64::from(away));
    }

    /// Whether the store takes no changes, as last said.
    pub fn is_away(&self) -> bool {
        self.away.get() != 0
    }

    /// A request was answered.
    pub fn request(&self, endpoint: &str, status: u16, took: Duration) {
        self.requests
            .with_label_values(&[endpoint, &status.to_string()])
            .observe(took.as_secs_f64());
    }

    /// A request was turned away for a reason with a stable word.
    pub fn request_denied(&self, reason: &str) {
        self.requests_denied.with_label_values(&[reason]).inc();
    }

    /// How many signals were received and ended so far, drills or not: the two sides of invariant 8.
    pub fn conservation(&self, drill: bool) -> (u64, u64) {
        let received = self
            .signals_received
            .with_label_values(&[yes_no(drill)])
            .get();
        let ended = self
            .signals
            .collect()
            .iter()
            .flat_map(|family| family.get_metric())
            .filter(|metric| {
                let of_kind = |pair: &prometheus::proto::LabelPair| {
                    pair.name() == "drill" && pair.value() == yes_no(drill)
                };
                metric.get_label().iter().any(of_kind)
            })
            .map(|metric| metric.get_counter().get_value())
            .sum::<f64>();
        (received, ended as u64)
    }
}

pub(super) fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn words(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Opened => ("opened", ""),
        Outcome::Joined => ("joined", ""),
        Outcome::Updated => ("updated", ""),
        Outcome::Repeated => ("repeated", ""),
        Outcome::Resolved => ("resolved", ""),
        Outcome::Transient => ("transient", ""),
        Outcome::Suppressed(cause) => ("suppressed", cause),
        Outcome::Watched => ("watched", ""),
        Outcome::Rejected(cause) => ("rejected", cause),
    }
}

/// Makes metrics in one registry. Names are constants; a wrong one fails every test.
pub(super) struct Making<'a>(pub(super) &'a Registry);

const SOUND: &str = "names of metrics are constants, sound and used once";

impl Making<'_> {
    fn add<M: Collector + Clone + 'static>(&self, metric: M) -> M {
        self.0.register(Box::new(metric.clone())).expect(SOUND);
        metric
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.add(IntCounter::new(name, help).expect(SOUND))
    }

    pub(super) fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.add(IntCounterVec::new(Opts::new(name, help), labels).expect(SOUND))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.add(IntGauge::new(name, help).expect(SOUND))
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.add(Histogram::with_opts(options).expect(SOUND))
    }

    fn histograms(&self, name: &str, help: &str, buckets: &[f64], labels: &[&str]) -> HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.add(HistogramVec::new(options, labels).expect(SOUND))
    }

    pub(super) fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::GaugeVec {
        self.add(prometheus::GaugeVec::new(Opts::new(name, help), labels).expect(SOUND))
    }
}
