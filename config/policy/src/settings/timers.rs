//! Reads `[timers]`: every default of time and grouping, by name.
//!
//! In: the table, and the same keys of a route. Out: the core's [`Timers`], and
//! [`OtherTimers`] for the shell. Knows nothing of when a timer starts.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use vedette_config::{Code, Finding, Kind, Place, Reader, Spanned, label_name, quoted};
use vedette_triage::{Lasts, Priority, TicketPer, Timers, limits};

use super::span::{Allowed, Span, by_priority, length, lengths_by_priority, span};

/// Labels that together make one ticket.
const TICKET_PER_LABELS_MAX: usize = 8;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// Working days that an acknowledgement can last: past that a month with holidays is over.
const WORKING_DAYS_MAX: u32 = 20;
/// How long something may be put off before anybody is told, or before it is over.
const DELAY: RangeInclusive<Duration> = Duration::ZERO..=DAY;
/// How long things may belong together.
const BELONGS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(30 * 86_400);
/// How long something may be kept: ten years is for ever.
const KEPT: RangeInclusive<Duration> = DAY..=Duration::from_secs(3_652 * 86_400);
/// How long samples may be kept: they are worth less the older they are.
const KEPT_SAMPLES: RangeInclusive<Duration> =
    Duration::from_secs(6 * 3_600)..=Duration::from_secs(90 * 86_400);

/// How long the first of a mass may wait: longer, and a single host is told of late.
const MASS_WINDOW: RangeInclusive<Duration> = SECOND..=Duration::from_secs(600);

/// Timers that the core does not keep per route.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherTimers {
    /// Until when a server that said it reboots or goes off must be back.
    pub reboot_grace: Duration,
    /// How long a thing must not be there before its alert ends.
    pub gone_after: Duration,
    /// How long silences last.
    pub silence: SilenceBounds,
    /// How long an incident may wait for somebody at most.
    pub wait_at_most: Duration,
    /// How long the first of many that fall silent waits for the others.
    pub mass_window: Duration,
    /// How long things are kept.
    pub keep: Keep,
}

/// How long silences last.
#[derive(Debug, Clone, PartialEq)]
pub struct SilenceBounds {
    /// Without a wish.
    pub default: Duration,
    /// At most, for an operator.
    pub operator_at_most: Duration,
    /// At most, for an administrator.
    pub admin_at_most: Duration,
}

/// How long things are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Keep {
    /// Closed incidents with their timelines.
    pub timeline: Duration,
    /// What the engine was told, for replay.
    pub inputs: Duration,
    /// Samples.
    pub history: Duration,
}

impl Default for OtherTimers {
    /// The defaults of the contract.
    fn default() -> OtherTimers {
        OtherTimers {
            reboot_grace: 20 * MINUTE,
            gone_after: DAY,
            silence: SilenceBounds {
                default: 4 * 60 * MINUTE,
                operator_at_most: 7 * DAY,
                admin_at_most: 90 * DAY,
            },
            wait_at_most: 30 * DAY,
            mass_window: 30 * SECOND,
            keep: Keep {
                timeline: 400 * DAY,
                inputs: 35 * DAY,
                history: 2 * DAY,
            },
        }
    }
}

pub(super) fn read(
    top: &mut Reader<'_>,
    default: Timers,
    others: OtherTimers,
) -> (Timers, OtherTimers) {
    let unchanged = (default.clone(), others.clone());
    top.table("timers", |table| {
        let timers = of_a_route(table, &default);
        let others = other(table, others);
        later(table);
        (timers, others)
    })
    .unwrap_or(unchanged)
}

/// The timers a route can set for itself; what it does not set is `default`.
pub(super) fn of_a_route(table: &mut Reader<'_>, default: &Timers) -> Timers {
    let update = length(table, "update_interval", SECOND..=DAY).unwrap_or(default.update_interval);
    Timers {
        remind_every: reminders(table, &default.remind_every),
        open_delay: lengths_by_priority(table, "open_delay", DELAY, &default.open_delay),
        close_delay: length(table, "close_delay", DELAY).unwrap_or(default.close_delay),
        ticket_per: ticket_per(table).unwrap_or_else(|| default.ticket_per.clone()),
        join_gap: length(table, "join_gap", BELONGS).unwrap_or(default.join_gap),
        join_at_most: length(table, "join_at_most", BELONGS).unwrap_or(default.join_at_most),
        reopen_within: length(table, "reopen_within", BELONGS).unwrap_or(default.reopen_within),
        update_interval: update,
        // The first update never waits longer than the following ones.
        first_update: default.first_update.min(update),
        ack_expires: acknowledged(table, &default.ack_expires),
    }
}

/// How long an acknowledgement lasts.
fn acknowledged(
    table: &mut Reader<'_>,
    default: &BTreeMap<Priority, Lasts>,
) -> BTreeMap<Priority, Lasts> {
    let allowed = Allowed {
        working_days: WORKING_DAYS_MAX,
        ..Allowed::within(MINUTE..=limits::ACKNOWLEDGEMENT_AT_MOST)
    };
    let span = |lasts: &Lasts| match lasts {
        Lasts::For(length) => Span::For(*length),
        Lasts::WorkingDays(days) => Span::WorkingDays(*days),
    };
    let default = default
        .iter()
        .map(|(priority, lasts)| (*priority, span(lasts)))
        .collect();
    by_priority(table, "ack_expires", &allowed, &default)
        .into_iter()
        .filter_map(|(priority, span)| match span {
            Span::For(length) => Some((priority, Lasts::For(length))),
            Span::WorkingDays(days) => Some((priority, Lasts::WorkingDays(days))),
            // Refused above.
            Span::Never | Span::Intervals(_) => None,
        })
        .collect()
}

fn other(table: &mut Reader<'_>, default: OtherTimers) -> OtherTimers {
    let at_most = table.table("silence_at_most", |table| {
        let mut role = |key, default| length(table, key, MINUTE..=366 * DAY).unwrap_or(default);
        (
            role("operator", default.silence.operator_at_most),
            role("admin", default.silence.admin_at_most),
        )
    });
    let (operator_at_most, admin_at_most) = at_most.unwrap_or((
        default.silence.operator_at_most,
        default.silence.admin_at_most,
    ));
    OtherTimers {
        reboot_grace: length(table, "reboot_grace", MINUTE..=DAY).unwrap_or(default.reboot_grace),
        gone_after: length(table, "gone_after", 10 * MINUTE..=30 * DAY)
            .unwrap_or(default.gone_after),
        silence: SilenceBounds {
            default: length(table, "silence_default", MINUTE..=operator_at_most)
                .unwrap_or(default.silence.default),
            operator_at_most,
            admin_at_most,
        },
        wait_at_most: length(table, "wait_at_most", MINUTE..=366 * DAY)
            .unwrap_or(default.wait_at_most),
        mass_window: length(table, "mass_window", MASS_WINDOW).unwrap_or(default.mass_window),
        keep: keep(table, &default.keep),
    }
}

fn keep(table: &mut Reader<'_>, default: &Keep) -> Keep {
    let read = |table: &mut Reader<'_>| Keep {
        timeline: length(table, "timeline", KEPT).unwrap_or(default.timeline),
        inputs: length(table, "inputs", KEPT).unwrap_or(default.inputs),
        history: length(table, "history", KEPT_SAMPLES).unwrap_or(default.history),
    };
    table.table("keep", read).unwrap_or_else(|| default.clone())
}

/// Whoever asks for something else than the default of a timer that this version does not run is
/// told.
fn later(table: &mut Reader<'_>) {
    let usual = Span::Intervals(3);
    let allowed = Allowed {
        intervals: true,
        ..Allowed::within(SECOND..=366 * DAY)
    };
    if span(table, "no_data", &allowed).is_some_and(|span| span != usual) {
        no_effect(table, "no_data", "rule host-silent decides");
    }
}

/// How often people are reminded of what nobody works on.
fn reminders(
    table: &mut Reader<'_>,
    default: &BTreeMap<Priority, Duration>,
) -> BTreeMap<Priority, Duration> {
    let allowed = Allowed {
        never: true,
        ..Allowed::within(MINUTE..=30 * DAY)
    };
    let span_of = |priority: Priority| match default.get(&priority) {
        Some(pause) => (priority, Span::For(*pause)),
        None => (priority, Span::Never),
    };
    let usual = Priority::ALL.into_iter().map(span_of).collect();
    by_priority(table, "remind_every", &allowed, &usual)
        .into_iter()
        .filter_map(|(priority, span)| match span {
            Span::For(pause) => Some((priority, pause)),
            // The others are refused above.
            Span::Never | Span::Intervals(_) | Span::WorkingDays(_) => None,
        })
        .collect()
}

/// Warns that this version does nothing with a key that was read for its form.
pub(super) fn no_effect(table: &mut Reader<'_>, key: &str, consequence: &str) {
    let place = table.key_place(key).unwrap_or(table.place()).clone();
    let message = format!("`{key}` has no effect in this version");
    table.push(Finding::warning(Code::NotSupported, message).at(&place, consequence));
}

pub(crate) fn ticket_per(table: &mut Reader<'_>) -> Option<TicketPer> {
    if table.kind("ticket_per")? == Kind::String {
        let words = [("alert", TicketPer::Alert), ("route", TicketPer::Route)];
        return Some(table.word("ticket_per", &words)?.value);
    }
    let place = table.key_place("ticket_per").cloned();
    let labels: Vec<Spanned<String>> = table.optional("ticket_per")?;
    if labels.is_empty() || labels.len() > TICKET_PER_LABELS_MAX {
        let message = format!("`ticket_per` takes 1 to {TICKET_PER_LABELS_MAX} labels");
        let help = "write \"route\" for one ticket of everything, \"alert\" for one of each";
        table.push(at(Finding::error(Code::BadValue, message), place.as_ref()).help(help));
        return None;
    }
    for label in &labels {
        if let Err(why) = label_name(&label.value) {
            let message = format!("{} cannot be the name of a label", quoted(&label.value));
            table.push(Finding::error(Code::BadName, message).at(&label.place, why));
        }
    }
    let labels = labels.into_iter().map(|label| label.value).collect();
    Some(TicketPer::Labels(labels))
}

fn at(finding: Finding, place: Option<&Place>) -> Finding {
    match place {
        Some(place) => finding.at(place, ""),
        None => finding,
    }
}
