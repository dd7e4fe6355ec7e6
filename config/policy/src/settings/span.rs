//! Reads the ways people write "how long" in `[timers]`: durations, words, and one
//! for each priority.
//!
//! In: `"5m"`, `"never"`, `"3 intervals"`, `"1 working day"`, or a table
//! `{ P1 = ..., else = ... }` of them. Knows nothing of which timer it is.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use vedette_config::{Code, Finding, Kind, Reader, Spanned, duration, quoted};
use vedette_triage::Priority;

/// Working days or intervals that can be written.
const COUNT_MAX: u32 = 1_000;

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// So long.
    For(Duration),
    /// So many days of work.
    WorkingDays(u32),
    /// For ever.
    Never,
    /// So many pauses between reports.
    Intervals(u32),
}

/// Which of the ways make sense for one timer.
#[derive(Debug, Clone)]
pub(super) struct Allowed {
    pub(super) within: RangeInclusive<Duration>,
    pub(super) never: bool,
    pub(super) intervals: bool,
    /// At most so many; 0: none.
    pub(super) working_days: u32,
}

impl Allowed {
    /// Durations only.
    pub(super) fn within(within: RangeInclusive<Duration>) -> Allowed {
        Allowed {
            within,
            never: false,
            intervals: false,
            working_days: 0,
        }
    }

    fn refusal(&self, span: Span) -> Option<String> {
        let [low, high] = [*self.within.start(), *self.within.end()].map(duration::show);
        match span {
            Span::For(length) if !self.within.contains(&length) => {
                Some(format!("it can be from {low} to {high}"))
            }
            Span::Never if !self.never => Some(format!("it needs an end, at most {high}")),
            Span::Intervals(_) if !self.intervals => {
                Some("it does not depend on who reports".to_owned())
            }
            Span::WorkingDays(_) if self.working_days == 0 => {
                Some("it is not counted in days of work; 24h is a day".to_owned())
            }
            Span::WorkingDays(days) if days > self.working_days => Some(format!(
                "it can be at most {} working days",
                self.working_days
            )),
            Span::For(_) | Span::Never | Span::Intervals(_) | Span::WorkingDays(_) => None,
        }
    }
}

/// The span under `key`.
pub(super) fn span(table: &mut Reader<'_>, key: &str, allowed: &Allowed) -> Option<Span> {
    let written = table.optional::<Spanned<String>>(key)?;
    let refuse = |code, why: String| {
        let message = format!("`{key}` cannot be {}", quoted(&written.value));
        Finding::error(code, message).at(&written.place, why)
    };
    match parse(&written.value) {
        Ok(span) => match allowed.refusal(span) {
            None => Some(span),
            Some(why) => {
                table.push(refuse(Code::OutOfRange, why));
                None
            }
        },
        Err(why) => {
            table.push(refuse(Code::BadDuration, why));
            None
        }
    }
}

/// The duration under `key`, without words.
pub(super) fn length(
    table: &mut Reader<'_>,
    key: &str,
    within: RangeInclusive<Duration>,
) -> Option<Duration> {
    match span(table, key, &Allowed::within(within))? {
        Span::For(length) => Some(length),
        // Refused above.
        Span::Never | Span::Intervals(_) | Span::WorkingDays(_) => None,
    }
}

/// One span for every priority: a text for all, or a table by priority with `else`. A priority
/// that is not mentioned keeps its default.
pub(super) fn by_priority(
    table: &mut Reader<'_>,
    key: &str,
    allowed: &Allowed,
    default: &BTreeMap<Priority, Span>,
) -> BTreeMap<Priority, Span> {
    let mut spans = default.clone();
    if table.kind(key) == Some(Kind::Table) {
        table.table(key, |table| {
            if let Some(others) = span(table, "else", allowed) {
                spans.values_mut().for_each(|span| *span = others);
            }
            for priority in Priority::ALL {
                if let Some(span) = span(table, priority.as_str(), allowed) {
                    spans.insert(priority, span);
                }
            }
        });
    } else if let Some(all) = span(table, key, allowed) {
        spans.values_mut().for_each(|span| *span = all);
    }
    spans
}

/// As [`by_priority`], without words.
pub(super) fn lengths_by_priority(
    table: &mut Reader<'_>,
    key: &str,
    within: RangeInclusive<Duration>,
    default: &BTreeMap<Priority, Duration>,
) -> BTreeMap<Priority, Duration> {
    let spans = default
        .iter()
        .map(|(priority, length)| (*priority, Span::For(*length)))
        .collect();
    by_priority(table, key, &Allowed::within(within), &spans)
        .into_iter()
        .filter_map(|(priority, span)| match span {
            Span::For(length) => Some((priority, length)),
            Span::Never | Span::Intervals(_) | Span::WorkingDays(_) => None,
        })
        .collect()
}

fn parse(text: &str) -> Result<Span, String> {
    if text == "never" {
        return Ok(Span::Never);
    }
    if let Some((number, words)) = text.split_once(' ')
        && let Ok(count) = number.parse::<u32>()
    {
        return match words {
            _ if count == 0 || count > COUNT_MAX => {
                Err(format!("the number can be from 1 to {COUNT_MAX}"))
            }
            "working day" | "working days" => Ok(Span::WorkingDays(count)),
            "interval" | "intervals" => Ok(Span::Intervals(count)),
            _ => Err("only working days and intervals are written with a space".to_owned()),
        };
    }
    duration::parse(text)
        .map(Span::For)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn how_long_is_written_as_people_say_it() {
        check("15m", Span::For(Duration::from_secs(900)));
        check("never", Span::Never);
        check("3 intervals", Span::Intervals(3));
        check("1 working day", Span::WorkingDays(1));
        check("2 working days", Span::WorkingDays(2));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for text in [
            "",
            "soon",
            "0 intervals",
            "3 weeks",
            "5 m",
            "9999999 intervals",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Span) {
        assert_eq!(parse(text).unwrap(), expected);
    }
}
