//! Reads on which days nobody works, from a calendar file as countries and programs publish it.
//!
//! In: an `.ics` file. Out: days. Of RFC 5545 it takes whole days, from DTSTART to before
//! DTEND, and those that come back every year; what else there is, it does not pretend to
//! understand.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use vedette_config::{Code, Finding, Findings, Place, Source, Spanned, quoted};

use super::{Calendar, DAYS_LOOKED_AT, Frequency, Recurrence};

/// Entries of one file.
const ENTRIES_MAX: usize = 5_000;
/// Days of one entry: company holidays, not a career.
const DAYS_MAX: i32 = 60;

/// The days of a file, from some before today to [`DAYS_LOOKED_AT`] after it.
pub(crate) fn read(
    source: &Arc<Source>,
    calendar: &Calendar,
    findings: &mut Findings,
) -> BTreeSet<Date> {
    let from = calendar.today.saturating_sub(DAYS_MAX.days());
    let to = calendar.today.saturating_add(DAYS_LOOKED_AT.days());
    let mut days = BTreeSet::new();
    for entry in entries(source, findings) {
        entry.days(from, to, &mut days, findings);
    }
    if !days.iter().any(|day| *day >= calendar.today) {
        let message = format!("this calendar has no day in the next {DAYS_LOOKED_AT} days");
        findings.push(
            Finding::warning(Code::BadDate, message)
                .at(&Place::whole(source), "")
                .help("get the holidays of this year and the next"),
        );
    }
    days
}

/// A `VEVENT`: what is written of it.
struct Entry {
    begin: Place,
    starts: Option<Spanned<String>>,
    ends: Option<Spanned<String>>,
    rule: Option<Spanned<String>>,
    is_cancelled: bool,
}

fn entries(source: &Arc<Source>, findings: &mut Findings) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut open: Option<Entry> = None;
    for line in lines(source) {
        let (name, value) = line.split();
        match (name.as_str(), value.value.as_str()) {
            ("BEGIN", "VEVENT") => {
                open = Some(Entry {
                    begin: value.place,
                    starts: None,
                    ends: None,
                    rule: None,
                    is_cancelled: false,
                });
            }
            ("END", "VEVENT") => entries.extend(open.take()),
            _ => {
                if let Some(entry) = &mut open {
                    entry.take(&name, value, findings);
                }
            }
        }
    }
    if entries.is_empty() {
        let finding = Finding::error(Code::Syntax, "there is no entry in this calendar");
        findings.push(
            finding
                .at(&Place::whole(source), "")
                .help("a calendar in the form of iCalendar (.ics) is needed, with BEGIN:VEVENT"),
        );
    }
    if entries.len() > ENTRIES_MAX {
        let message = format!("more than {ENTRIES_MAX} entries");
        let finding = Finding::error(Code::TooLarge, message);
        findings.push(finding.at(&entries[ENTRIES_MAX].begin, "this one is too many"));
        entries.truncate(ENTRIES_MAX);
    }
    entries
}

impl Entry {
    fn take(&mut self, name: &str, value: Spanned<String>, findings: &mut Findings) {
        match name {
            "DTSTART" => self.starts = Some(value),
            "DTEND" => self.ends = Some(value),
            "RRULE" => self.rule = Some(value),
            "STATUS" => self.is_cancelled = value.value == "CANCELLED",
            "DURATION" | "RDATE" | "EXDATE" | "EXRULE" => findings.push(
                Finding::warning(Code::NotSupported, format!("{name} is not looked at"))
                    .at(&value.place, "")
                    .help("write each such day as an entry of its own"),
            ),
            // A name for people, when it was made, and the like.
            _ => {}
        }
    }

    fn days(&self, from: Date, to: Date, days: &mut BTreeSet<Date>, findings: &mut Findings) {
        let Some(written) = &self.starts else {
            let finding = Finding::error(Code::MissingKey, "this entry has no DTSTART");
            findings.push(finding.at(&self.begin, ""));
            return;
        };
        if self.is_cancelled {
            return;
        }
        let Some(starts) = day(written, findings) else {
            return;
        };
        let ends = match &self.ends {
            Some(ends) => match day(ends, findings) {
                Some(ends) => ends,
                None => return,
            },
            None => starts.saturating_add(1.day()),
        };
        let length = starts.until(ends).map_or(0, |span| span.get_days());
        if !(1..=DAYS_MAX).contains(&length) {
            let message = format!("an entry is 1 to {DAYS_MAX} days long");
            let finding = Finding::error(Code::BadDate, message);
            let place = self.ends.as_ref().unwrap_or(written);
            findings.push(finding.at(&place.place, "DTEND is the day after the last"));
            return;
        }
        for first in self.firsts(starts, (from, to), findings) {
            days.extend((0..length).map(|into| first.saturating_add(into.days())));
        }
    }

    /// The first day of each time it is.
    fn firsts(&self, starts: Date, (from, to): (Date, Date), findings: &mut Findings) -> Vec<Date> {
        let Some(rule) = &self.rule else {
            return vec![starts];
        };
        let midnight = starts.at(0, 0, 0, 0);
        match super::read(rule, Some(midnight), findings) {
            Some(Recurrence {
                frequency: Frequency::Daily | Frequency::Weekly | Frequency::Monthly,
                ..
            }) => {
                findings.push(
                    Finding::warning(
                        Code::NotSupported,
                        "only what comes every year is a holiday",
                    )
                    .at(&rule.place, "this entry is left out")
                    .help("days of the week belong into [site] hours"),
                );
                Vec::new()
            }
            Some(yearly) => {
                let times = yearly.occurrences(&TimeZone::UTC, from, to);
                times.into_iter().map(|at| at.date()).collect()
            }
            None => Vec::new(),
        }
    }
}

/// A whole day; what has a time is told and left out.
fn day(written: &Spanned<String>, findings: &mut Findings) -> Option<Date> {
    if written.value.contains('T') {
        findings.push(
            Finding::warning(Code::NotSupported, "only whole days are holidays")
                .at(&written.place, "this entry is left out")
                .help("write DTSTART;VALUE=DATE:20261224"),
        );
        return None;
    }
    let day = Date::strptime("%Y%m%d", &written.value).ok();
    if day.is_none() {
        let message = format!("{} is not a day", quoted(&written.value));
        let finding = Finding::error(Code::BadDate, message).at(&written.place, "");
        findings.push(finding.help("write it like 20261224"));
    }
    day
}

/// A line of the calendar, put together where it was folded.
struct Line {
    text: String,
    place: Place,
}

impl Line {
    /// `DTSTART` and `20261224` of `DTSTART;VALUE=DATE:20261224`.
    fn split(self) -> (String, Spanned<String>) {
        let colon = self.text.find(':').unwrap_or(self.text.len());
        let name = self.text[..colon].split(';').next().unwrap_or("");
        let value = self.text.get(colon + 1..).unwrap_or("").trim();
        (
            name.trim().to_ascii_uppercase(),
            Spanned::new(value.to_owned(), self.place),
        )
    }
}

/// A line that begins with a space belongs to the one before (RFC 5545, section 3.1).
fn lines(source: &Arc<Source>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut at = 0;
    for written in source.text().split_inclusive('\n') {
        let text = written.trim_end_matches(['\n', '\r']);
        match (lines.last_mut(), text.strip_prefix([' ', '\t'])) {
            (Some(last), Some(rest)) => last.text.push_str(rest),
            (_, _) => lines.push(Line {
                text: text.to_owned(),
                place: Place::new(source, at..at + text.len()),
            }),
        }
        at += written.len();
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_holiday_is_one_day_or_several_once_or_every_year() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Weih\r\n nachten\r\nDTSTART;VALUE=DATE:20201224\r\n\
                    DTEND;VALUE=DATE:20201227\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n\
                    DTSTART:20270326\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20270401\r\n\
                    STATUS:CANCELLED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let (days, findings) = read_at(text);
        assert!(findings.is_empty(), "{findings}");
        let christmas = [24, 25, 26].map(|day| date(2026, 12, day));
        let mut expected: BTreeSet<Date> = christmas.into();
        expected.extend([24, 25, 26].map(|day| date(2027, 12, day)));
        expected.insert(date(2027, 3, 26));
        assert_eq!(days, expected);
    }

    #[test]
    fn what_is_not_understood_is_told_and_not_guessed() {
        let entry = |lines: &str| {
            let text = format!(
                "BEGIN:VEVENT\nDTSTART:20261224\nEND:VEVENT\nBEGIN:VEVENT\n{lines}END:VEVENT\n"
            );
            read_at(&text).1.to_string()
        };
        let all = [
            entry("DTSTART;TZID=Europe/Vienna:20261231T120000\n"),
            entry("DTSTART:20261224\nRRULE:FREQ=WEEKLY\n"),
            entry("DTSTART:24.12.2026\n"),
            entry("DTSTART:20261224\nDTEND:20261224\n"),
            entry("SUMMARY:sometime\n"),
            read_at("name,site\n").1.to_string(),
            read_at("BEGIN:VEVENT\nDTSTART:20251224\nEND:VEVENT\n")
                .1
                .to_string(),
        ];
        insta::assert_snapshot!(all.join("\n"), @r#"
            holidays.ics:5:1: warning[not-supported]: only whole days are holidays
              5 | DTSTART;TZID=Europe/Vienna:20261231T120000
                | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this entry is left out
              help: write DTSTART;VALUE=DATE:20261224

            1 warning

            holidays.ics:6:1: warning[not-supported]: only what comes every year is a holiday
              6 | RRULE:FREQ=WEEKLY
                | ^^^^^^^^^^^^^^^^^ this entry is left out
              help: days of the week belong into [site] hours

            1 warning

            holidays.ics:5:1: error[bad-date]: "24.12.2026" is not a day
              5 | DTSTART:24.12.2026
                | ^^^^^^^^^^^^^^^^^^
              help: write it like 20261224

            1 error

            holidays.ics:6:1: error[bad-date]: an entry is 1 to 60 days long
              6 | DTEND:20261224
                | ^^^^^^^^^^^^^^ DTEND is the day after the last

            1 error

            holidays.ics:4:1: error[missing-key]: this entry has no DTSTART
              4 | BEGIN:VEVENT
                | ^^^^^^^^^^^^

            1 error

            holidays.ics: error[syntax]: there is no entry in this calendar
              help: a calendar in the form of iCalendar (.ics) is needed, with BEGIN:VEVENT

            holidays.ics: warning[bad-date]: this calendar has no day in the next 400 days
              help: get the holidays of this year and the next

            1 error, 1 warning

            holidays.ics: warning[bad-date]: this calendar has no day in the next 400 days
              help: get the holidays of this year and the next

            1 warning
        "#);
    }

    fn read_at(text: &str) -> (BTreeSet<Date>, Findings) {
        let mut findings = Findings::new();
        let calendar = Calendar {
            today: date(2026, 11, 22),
            zone: TimeZone::UTC,
            owners: BTreeSet::new(),
        };
        let days = read(&Source::new("holidays.ics", text), &calendar, &mut findings);
        (days, findings)
    }
}
