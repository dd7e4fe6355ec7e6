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
use vedette_triage::{DeliverMode, Handling, Host, OnClear, Policy, Receiver, RuleMeta, Timestamp};

use super::account::{By, Report, compare};
use super::attended::Attended;
use super::book::Book;
use crate::history::History;
use crate::shard::{InForce, Titles};
use play::Player;
use relive::Lives;
pub(super) use relive::Told;

/// Changes that all rules find together, at most: a rule that finds more is noise, whatever its threshold.
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
    /// What people did something about.
    pub acted: Vec<Attended>,
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
    /// Whoever asked waits no longer.
    #[error("it takes too long")]
    TooLong,
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
            on_human_close: vedette_triage::HumanClose::default(),
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
    let sides = [&question.then, &question.now];
    let within = Within::of(&sides, question.span);
    let each_host = |share: f64| {
        progress(share * 0.9);
        true
    };
    let lived = live(history, &sides, (&question.hosts, within), &each_host)?;
    let books = sides.iter().zip(lived.told);
    let mut books = books.map(|(tried, told)| tickets(tried, told, (&question.hosts, within)));
    let (mut then, now) = (
        books.next().unwrap_or_default(),
        books.next().unwrap_or_default(),
    );
    let (from, to) = question.span;
    then.acted_meanwhile(&question.acted, to);
    progress(1.0);
    let mut report = compared(&then, &now, within);
    report.span = Some((lived.seen.since.map_or(from, |since| since.max(from)), to));
    Ok(Answer {
        report,
        hosts: lived.seen.hosts,
        series: lived.seen.series,
        since: lived.seen.since,
    })
}

/// How much is lived through, and from when on tickets count.
#[derive(Clone, Copy)]
pub(super) struct Within {
    begin: Timestamp,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Within {
    pub(super) fn of(sides: &[&Tried], (from, to): (Timestamp, Timestamp)) -> Within {
        let longest = sides.iter().map(|tried| longest(tried)).max();
        let begin = from.before(WARM_UP + longest.unwrap_or_default());
        Within { begin, from, to }
    }
}

/// What rules find of what was measured, each by itself.
pub(super) struct Lived {
    pub(super) told: Vec<Vec<Told>>,
    pub(super) seen: SeenOfAll,
}

/// What there was of all hosts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SeenOfAll {
    pub(super) hosts: u64,
    pub(super) series: u64,
    pub(super) since: Option<Timestamp>,
}

/// Lives through it by some rules at once. `each_host` is told the share that is done, and says
/// whether to go on.
pub(super) fn live(
    history: &History,
    sides: &[&Tried],
    (hosts, within): (&[Arc<Host>], Within),
    each_host: &dyn Fn(f64) -> bool,
) -> Result<Lived, NotTried> {
    let lives = Lives {
        sides: sides.iter().map(|tried| tried.rules()).collect(),
        span: (within.begin, within.to),
    };
    let mut told: Vec<Vec<Told>> = sides.iter().map(|_| Vec::new()).collect();
    let mut all = SeenOfAll::default();
    let share = 1.0 / hosts.len().max(1) as f64;
    for (at, host) in hosts.iter().enumerate() {
        let seen = lives.relive(history, host, &mut told);
        all.hosts += u64::from(seen.series > 0);
        all.series += seen.series;
        all.since = [all.since, seen.since].into_iter().flatten().min();
        if told.iter().map(Vec::len).sum::<usize>() > FOUND_MAX {
            return Err(NotTried::TooMuch);
        }
        if !each_host(at as f64 * share) {
            return Err(NotTried::TooLong);
        }
    }
    Ok(Lived { told, seen: all })
}

/// The tickets that an engine makes of what a rule found.
pub(super) fn tickets(
    tried: &Tried,
    told: Vec<Told>,
    (hosts, within): (&[Arc<Host>], Within),
) -> Book {
    Player::begin(&tried.in_force, hosts, within.begin).play(told, within.to)
}

/// The tickets of the span on both sides. What was open before is a counterpart, and not counted.
pub(super) fn compared(then: &Book, now: &Book, within: Within) -> Report {
    let from = within.from;
    let mut report = compare(then, now, (within.to, By::Time));
    report.before.retain(|(at, _)| *at >= from);
    report.after.retain(|(at, _)| *at >= from);
    report.lines.retain(|line| line.at >= from);
    report
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
