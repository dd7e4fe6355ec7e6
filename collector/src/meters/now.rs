//! Shows what is so now: read from the committed state at each scrape, so that it
//! cannot drift from it.

use std::collections::BTreeMap;
use std::time::Duration;

use prometheus::{Encoder, Registry, TextEncoder};
use vedette_triage::{AlertState, State, Timestamp};

use super::counters::{Making, Meters, yes_no};
use crate::history::{Counted, Extent};
use crate::store::Backlog;

/// The version of the Alertmanager API that is served, as clients probe for it.
pub const ALERTMANAGER_VERSION: &str = "0.27.0";

/// What is so now besides the committed state.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Our time.
    pub now: Timestamp,
    /// When this run began.
    pub started_at: Timestamp,
    /// The revision of the policy in force.
    pub revision: u64,
    /// When it came into force.
    pub revision_since: Timestamp,
    /// Whether the last try to read it worked.
    pub reload_worked: bool,
    /// Findings of the last try, by severity.
    pub findings: Vec<(&'static str, u64)>,
    /// What waits at each receiver; none while the store cannot say.
    pub backlog: Option<Vec<Backlog>>,
    /// Hosts whose clock is far off, and the largest difference in milliseconds.
    pub clocks_off: (usize, i64),
    /// How far the history reaches, and what became of samples; none where it is not kept.
    pub history: Option<(Extent, Counted)>,
    /// By how much our time is ahead of the machine's clock.
    pub ahead: Duration,
}

/// The Prometheus text format of everything.
///
/// # Errors
/// The text could not be written; says why.
pub fn scrape(meters: &Meters, state: &State, standing: &Standing) -> Result<Vec<u8>, String> {
    let registry = Registry::new();
    let made = Making(&registry);
    hosts(&made, state, standing);
    triage(&made, state);
    accounts(&made, state);
    deliveries(&made, standing);
    history(&made, standing);
    program(&made, standing);
    let mut families = meters.registry.gather();
    families.extend(registry.gather());
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&families, &mut text)
        .map_err(|error| error.to_string())?;
    Ok(text)
}

fn hosts(made: &Making<'_>, state: &State, standing: &Standing) {
    let gauge = made.gauges(
        "vedette_hosts",
        "Hosts by state: well, silent, or away on purpose",
        &["state"],
    );
    let mut counts = BTreeMap::from([("well", 0.0), ("silent", 0.0), ("away", 0.0)]);
    for host in state.hosts() {
        let state = match (&host.silent_since, &host.away) {
            _ if host.retired.is_some() => "retired",
            (Some(_), _) => "silent",
            (None, Some(_)) => "away",
            (None, None) => "well",
        };
        *counts.entry(state).or_default() += 1.0;
    }
    for (state, count) in counts {
        gauge.with_label_values(&[state]).set(count);
    }
    let (off, largest_ms) = standing.clocks_off;
    set(
        made,
        "vedette_hosts_clock_off",
        "Hosts whose wall clock is more than 30 seconds off",
        off as f64,
    );
    set(
        made,
        "vedette_hosts_clock_skew_max_seconds",
        "The largest difference between a host's wall clock and ours, ahead positive",
        largest_ms as f64 / 1000.0,
    );
}

fn triage(made: &Making<'_>, state: &State) {
    let alerts = made.gauges(
        "vedette_alerts",
        "Alerts that are remembered, by state and source",
        &["state", "source", "drill"],
    );
    let mut counts: BTreeMap<[&str; 3], f64> = BTreeMap::new();
    for alert in state.alerts() {
        let standing = match alert.state {
            AlertState::Firing => "firing",
            AlertState::Resolved { .. } => "resolved",
        };
        let source = alert.identity.source.as_str();
        *counts
            .entry([standing, source, yes_no(alert.drill.is_some())])
            .or_default() += 1.0;
    }
    for (of, count) in &counts {
        alerts.with_label_values(of).set(*count);
    }
    let incidents = made.gauges(
        "vedette_incidents",
        "Incidents that are remembered, by phase and priority",
        &["phase", "priority", "drill"],
    );
    let waiting = made.gauges(
        "vedette_signals_waiting",
        "Signals whose outcome is not decided yet: their incident is not told",
        &["drill"],
    );
    let mut counts: BTreeMap<[&str; 3], f64> = BTreeMap::new();
    let mut waits = BTreeMap::from([("no", 0.0), ("yes", 0.0)]);
    let none = (0.0, 0.0);
    let mut many = BTreeMap::from([("same_rule", none), ("silence", none), ("storm", none)]);
    for incident in state.incidents() {
        if let Some(together) = incident
            .together
            .as_ref()
            .filter(|_| !incident.phase.is_over())
        {
            let of = many.entry(together.of.as_str()).or_default();
            of.0 += 1.0;
            of.1 += f64::from(incident.firing);
        }
        let drill = yes_no(incident.drill.is_some());
        let (phase, priority) = (incident.phase.as_str(), incident.priority.as_str());
        *counts.entry([phase, priority, drill]).or_default() += 1.0;
        *waits.entry(drill).or_default() += f64::from(incident.uncounted);
    }
    for (of, count) in &counts {
        incidents.with_label_values(of).set(*count);
    }
    together(made, &many);
    for (drill, count) in waits {
        waiting.with_label_values(&[drill]).set(count);
    }
    set(
        made,
        "vedette_alerts_flapping",
        "Alerts that come and go too often to be believed",
        state.flapping().count() as f64,
    );
    set(
        made,
        "vedette_silences",
        "Silences that are remembered",
        state.silences().len() as f64,
    );
}

/// Incidents about many alerts that are one thing, and how many fire in them.
fn together(made: &Making<'_>, many: &BTreeMap<&str, (f64, f64)>) {
    let incidents = made.gauges(
        "vedette_incidents_together",
        "Incidents that are not over and are about many alerts, by what makes them one",
        &["of"],
    );
    let alerts = made.gauges(
        "vedette_alerts_together",
        "Alerts that fire in incidents about many, by what makes them one",
        &["of"],
    );
    for (of, (count, firing)) in many {
        incidents.with_label_values(&[of]).set(*count);
        alerts.with_label_values(&[of]).set(*firing);
    }
}

/// What came of what each rule found; these go on where they stood before the start.
fn accounts(made: &Making<'_>, state: &State) {
    let incidents = made.counters(
        "vedette_rule_incidents_total",
        "Incidents by rule and what came of them: opened, reopened, unattended (well again before any person acted), transient (over before anybody was told); without a rule those of alerts from outside",
        &["rule", "outcome"],
    );
    let suppressed = made.counters(
        "vedette_rule_suppressed_total",
        "Incidents that were over and never told, by rule and cause",
        &["rule", "cause"],
    );
    let votes = made.counters(
        "vedette_rule_votes_total",
        "What people say of incidents, by rule: useful or noise",
        &["rule", "vote"],
    );
    for account in state.accounts() {
        let rule = &*account.rule;
        for (outcome, count) in [
            ("opened", account.opened),
            ("reopened", account.reopened),
            ("unattended", account.unattended),
            ("transient", account.transient),
        ] {
            incidents.with_label_values(&[rule, outcome]).inc_by(count);
        }
        for (cause, count) in &account.suppressed {
            suppressed.with_label_values(&[rule, cause]).inc_by(*count);
        }
        for (vote, count) in [("useful", account.useful), ("noise", account.noise)] {
            votes.with_label_values(&[rule, vote]).inc_by(count);
        }
    }
}

fn deliveries(made: &Making<'_>, standing: &Standing) {
    let Some(backlog) = &standing.backlog else {
        return;
    };
    let pending = made.gauges(
        "vedette_deliveries_pending",
        "Deliveries that wait to be sent",
        &["receiver"],
    );
    let dead = made.gauges(
        "vedette_deliveries_dead",
        "Deliveries a receiver will never do and nobody has retried",
        &["receiver"],
    );
    let oldest = made.gauges(
        "vedette_delivery_oldest_age_seconds",
        "How long the oldest undelivered delivery has waited; 0 when none waits",
        &["receiver"],
    );
    for row in backlog {
        let of = [row.receiver.as_str()];
        pending.with_label_values(&of).set(row.pending as f64);
        dead.with_label_values(&of).set(row.dead as f64);
        let age = row
            .oldest
            .map_or(0.0, |at| standing.now.since(at).as_secs_f64());
        oldest.with_label_values(&of).set(age);
    }
}

fn history(made: &Making<'_>, standing: &Standing) {
    let Some((extent, counted)) = &standing.history else {
        return;
    };
    set(
        made,
        "vedette_history_bytes",
        "Bytes of all files of the history of samples",
        extent.bytes as f64,
    );
    set(
        made,
        "vedette_history_files",
        "Files of the history of samples",
        extent.files as f64,
    );
    set(
        made,
        "vedette_history_since_timestamp_seconds",
        "When the oldest sample of the history was measured; 0 when there is none",
        extent.since.map_or(0.0, seconds),
    );
    set(
        made,
        "vedette_history_stopped",
        "1 while the history cannot be written, as on a full disk; nothing else waits for it",
        if counted.stopped.is_some() { 1.0 } else { 0.0 },
    );
    let none: [&str; 0] = [];
    let count = |name, help, value| {
        made.counters(name, help, &none)
            .with_label_values(&none)
            .inc_by(value);
    };
    count(
        "vedette_history_samples_written_total",
        "Samples that were written to the history since the start",
        counted.written,
    );
    count(
        "vedette_history_damaged_total",
        "Files of the history, or parts of them, that could not be read since the start",
        counted.damaged,
    );
    let dropped = made.counters(
        "vedette_history_samples_dropped_total",
        "Samples that are not in the history since the start, by reason: busy (more came than could be written), disk (it cannot be written), bound (too many series, too old, or no number)",
        &["reason"],
    );
    for (why, samples) in &counted.dropped {
        dropped.with_label_values(&[why.as_str()]).inc_by(*samples);
    }
}

fn program(made: &Making<'_>, standing: &Standing) {
    set(
        made,
        "vedette_policy_revision",
        "The revision of the policy in force",
        standing.revision as f64,
    );
    set(
        made,
        "vedette_policy_since_timestamp_seconds",
        "When the policy in force came into force",
        seconds(standing.revision_since),
    );
    set(
        made,
        "vedette_policy_last_reload_successful",
        "1 when the last try to read the policy worked; 0 when the one before it stays in force",
        if standing.reload_worked { 1.0 } else { 0.0 },
    );
    set(
        made,
        "vedette_clock_ahead_seconds",
        "By how much the collector's time, which never goes back, is ahead of its machine's clock; 0 below half a minute",
        standing.ahead.as_secs_f64(),
    );
    let findings = made.gauges(
        "vedette_policy_findings",
        "Findings of the last try to read the policy",
        &["severity"],
    );
    for (severity, count) in &standing.findings {
        findings.with_label_values(&[severity]).set(*count as f64);
    }
    set(
        made,
        "process_start_time_seconds",
        "When this program started, in seconds since 1970",
        seconds(standing.started_at),
    );
    let build = made.gauges(
        "vedette_build_info",
        "The version of this program",
        &["version"],
    );
    build
        .with_label_values(&[env!("CARGO_PKG_VERSION")])
        .set(1.0);
    let compatible = made.gauges(
        "alertmanager_build_info",
        "The version of the Alertmanager API that Vedette serves; this program is not Alertmanager",
        &["version", "implementation"],
    );
    compatible
        .with_label_values(&[ALERTMANAGER_VERSION, "vedette"])
        .set(1.0);
}

fn set(made: &Making<'_>, name: &str, help: &str, value: f64) {
    let none: [&str; 0] = [];
    made.gauges(name, help, &none)
        .with_label_values(&none)
        .set(value);
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millis() as f64 / 1000.0
}
