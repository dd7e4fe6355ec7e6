//! Tries a changed rule on what was measured, and says which tickets there would have been.
//!
//! In: the history, the rule as it is and as it would be, a span. Out: an [`Answer`]. Each host is
//! lived through once more by both rules ([`relive`]); what they find is told to two engines that
//! differ in nothing else ([`play`]), and [`compare`](super::account::compare) sets their tickets
//! against each other: a ticket of one has a counterpart in the other that is about the same alert
//! at the same time.
//!
//! Both begin without silences, windows made by hand and other rules' alerts, and nobody
//! acknowledges anything: the baseline is what the rule as it is would have opened by itself. What
//! is worth no ticket is counted as if it were.

mod play;
mod relive;

use std::sync::Arc;
use std::time::Duration;

use vedette_triage::detect::{On, Rule, RuleFault, RuleSet};
use vedette_triage::{
    DeliverMode, Handling, Host, Identity, OnClear, Policy, Receiver, RuleMeta, State, Timestamp,
};

use super::account::{By, Report, compare};
use crate::history::History;
use crate::shard::{InForce, Titles};
use play::Player;
use relive::{Lives, Told};

/// Changes that both rules find, at most: a rule that finds more is noise, whatever its threshold.
const FOUND_MAX: usize = 200_000;
/// So much before the span is lived through as well, and the longest window: what holds at its
/// beginning began before.
const WARM_UP: Duration = Duration::from_secs(3_600);
/// The receiver of teams that have none, so that what they own is counted.
const NOBODY: &str = "backtest";

/// What is tried.
pub struct Question {
    /// The rule as it is.
    pub then: Tried,
    /// The rule as it would be.
    pub now: Tried,
    /// From when to when tickets are counted.
    pub span: (Timestamp, Timestamp),
    /// Whose history is looked at.
    pub hosts: Vec<Arc<Host>>,
    /// What people did something about: which alert, from when to when.
    pub acted: Vec<(Identity, Timestamp, Timestamp)>,
}

/// A rule with all that is decided by besides.
pub struct Tried {
    in_force: InForce,
}

/// Why a rule cannot be tried on what was measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTried {
    /// It looks at something else.
    #[error(
        "rule {0} is on {1}; only samples and what checks come to are kept, so only rules on a metric or a check can be tried on them"
    )]
    NotMeasured(String, &'static str),
    /// It asks for what is not there.
    #[error(
        "rule {0} asks whether something is absent; what was looked for and not found is not kept, so it cannot be tried on what was measured"
    )]
    Absence(String),
    /// It asks what is usual.
    #[error(
        "rule {0} asks what is usual by `anomaly`, which takes longer to learn than samples are kept, so it cannot be tried on what was measured; try it as a shadow"
    )]
    Usual(String),
    /// No rule set takes it.
    #[error("{0}")]
    Fault(RuleFault),
    /// It found more than [`FOUND_MAX`] changes.
    #[error(
        "it would have fired and cleared more than {FOUND_MAX} times, which nobody can use; try a shorter span, or a condition that lasts"
    )]
    TooMuch,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The tickets on both sides.
    pub report: Report,
    /// Hosts of which anything was measured that the rule looks at.
    pub hosts: u64,
    /// Series of these.
    pub series: u64,
    /// When the first of it was measured.
    pub since: Option<Timestamp>,
}

impl Tried {
    /// A rule under a policy of which nothing else is left that finds anything.
    ///
    /// # Errors
    /// It cannot be tried on what was measured.
    pub fn new(
        policy: &Policy,
        (rule, meta): (&Rule, &RuleMeta),
        titles: Arc<dyn Titles>,
    ) -> Result<Tried, NotTried> {
        let name = || rule.name.to_string();
        match rule.on {
            On::Metric(_) => {}
            On::Event(_) => return Err(NotTried::NotMeasured(name(), "events")),
            On::Host => return Err(NotTried::NotMeasured(name(), "the host itself")),
        }
        let close_delay = policy.detection.close_delay();
        let gone_after = policy.detection.gone_after();
        let detection = RuleSet::new(vec![as_ticket(rule)], close_delay, gone_after);
        let detection = detection.map_err(NotTried::Fault)?;
        if detection.looks_for_absence() {
            return Err(NotTried::Absence(name()));
        }
        if detection.looks_at_baselines() {
            return Err(NotTried::Usual(name()));
        }
        let mut policy = Policy {
            mode: DeliverMode::Live,
            detection: Arc::new(detection),
            ..policy.clone()
        };
        let meta = RuleMeta {
            shadow: false,
            depends_on: Vec::new(),
            ..meta.clone()
        };
        policy.rules.insert(Arc::clone(&rule.name), meta);
        for team in &mut policy.teams {
            team.ticket.get_or_insert_with(|| NOBODY.to_owned());
        }
        let nobody = Receiver {
            name: NOBODY.to_owned(),
            on_clear: OnClear::Resolve,
        };
        policy.receivers.insert(nobody.name.clone(), nobody);
        let policy = Arc::new(policy);
        Ok(Tried {
            in_force: InForce { policy, titles },
        })
    }

    fn rules(&self) -> &RuleSet {
        &self.in_force.policy.detection
    }
}

/// Lives through it once more. `progress` is told the share that is done; reads the disk, and takes
/// its time: not for a thread that others wait for.
///
/// # Errors
/// See [`NotTried`].
pub fn run(
    history: &History,
    question: &Question,
    progress: &dyn Fn(f64),
) -> Result<Answer, NotTried> {
    let (from, to) = question.span;
    let warm_up = WARM_UP + longest(&question.then).max(longest(&question.now));
    let lives = Lives {
        sides: [question.then.rules(), question.now.rules()],
        span: (from.before(warm_up), to),
    };
    let mut told: [Vec<Told>; 2] = [Vec::new(), Vec::new()];
    let mut answer = Answer {
        report: Report::default(),
        hosts: 0,
        series: 0,
        since: None,
    };
    let share = 1.0 / question.hosts.len().max(1) as f64;
    for (at, host) in question.hosts.iter().enumerate() {
        let seen = lives.relive(history, host, &mut told);
        answer.hosts += u64::from(seen.series > 0);
        answer.series += seen.series;
        let firsts = [answer.since, seen.since].into_iter().flatten();
        answer.since = firsts.min();
        if told.iter().any(|told| told.len() > FOUND_MAX) {
            return Err(NotTried::TooMuch);
        }
        progress(at as f64 * share * 0.9);
    }
    let [then, now] = told;
    let mut books = [(&question.then, then), (&question.now, now)].map(|(tried, told)| {
        let player = Player::begin(&tried.in_force, &question.hosts, from.before(warm_up));
        player.play(told, to)
    });
    books[0].acted_meanwhile(&question.acted, to);
    progress(1.0);
    let mut report = compare(&books[0], &books[1], (to, By::Time));
    // What was open before is a counterpart, and not counted.
    report.before.retain(|(at, _)| *at >= from);
    report.after.retain(|(at, _)| *at >= from);
    report.lines.retain(|line| line.at >= from);
    report.span = Some((answer.since.map_or(from, |since| since.max(from)), to));
    answer.report = report;
    Ok(answer)
}

/// What people did something about, as far as it is remembered: alerts of a rule in incidents that
/// somebody took, judged urgent, waited with or closed.
pub fn acted_on(
    state: &State,
    rule: &str,
    now: Timestamp,
) -> Vec<(Identity, Timestamp, Timestamp)> {
    let of_rule = state
        .alerts()
        .filter(|alert| alert.drill.is_none() && alert.identity.rule() == Some(rule));
    let acted = of_rule.filter_map(|alert| {
        let incident = state.incident(alert.incident?)?;
        let by_person = matches!(incident.close, Some(vedette_triage::Close::ByPerson { .. }));
        let is_acted = by_person
            || incident.acknowledged.is_some()
            || incident.assigned.is_some()
            || incident.waiting.is_some()
            || incident.set_priority.is_some();
        let end = incident.closed_at.unwrap_or(now);
        is_acted.then(|| (alert.identity.clone(), incident.started_at, end))
    });
    acted.collect()
}

/// As if everything it finds were worth a ticket.
fn as_ticket(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    rule.shadow = false;
    for handling in rule.handling.values_mut() {
        match handling {
            Handling::Page | Handling::Ticket => {}
            Handling::Digest | Handling::Watch => *handling = Handling::Ticket,
        }
    }
    rule
}

/// Whether any class of hosts gets no tickets by it.
pub fn is_worth_less(rule: &Rule) -> bool {
    rule.shadow
        || rule.handling.values().any(|handling| match handling {
            Handling::Page | Handling::Ticket => false,
            Handling::Digest | Handling::Watch => true,
        })
}

/// The longest window of the rule.
fn longest(tried: &Tried) -> Duration {
    let windows = tried.rules().longest_windows().map(|(_, over)| over);
    windows.max().unwrap_or_default()
}
