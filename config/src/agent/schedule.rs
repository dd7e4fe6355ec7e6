//! Keeps when a job should begin: the five fields of a line of crontab(5).
//!
//! In: `0 2 * * *`, `@daily`. Out: a [`Schedule`] that says whether it names a minute of
//! the calendar. Knows nothing of zones, of summer time or of what time it is.

use std::fmt;

/// Bytes of an expression; crontab has no longer ones that mean anything.
const BYTES_MAX: usize = 256;

/// Minutes of the calendar, as crontab(5) writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    written: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    is_either_day: bool,
    is_every_hour: bool,
}

/// One minute of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarMinute {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 is Sunday, 6 Saturday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// What one field counts.
struct Field {
    name: &'static str,
    from: u8,
    to: u8,
    /// Words for values, the first for `from`.
    words: &'static [&'static str],
}

const MINUTE: Field = Field {
    name: "minute",
    from: 0,
    to: 59,
    words: &[],
};
const HOUR: Field = Field {
    name: "hour",
    from: 0,
    to: 23,
    words: &[],
};
const DAY: Field = Field {
    name: "day",
    from: 1,
    to: 31,
    words: &[],
};
const MONTH: Field = Field {
    name: "month",
    from: 1,
    to: 12,
    words: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
/// 7 is Sunday as well.
const WEEKDAY: Field = Field {
    name: "weekday",
    from: 0,
    to: 7,
    words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// Short words and the lines they stand for.
const WORDS: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Schedule {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(written: &str) -> Result<Schedule, String> {
        if written.len() > BYTES_MAX {
            return Err(format!("it is longer than {BYTES_MAX} bytes"));
        }
        let text = written.trim().to_ascii_lowercase();
        let word = WORDS.iter().find(|(word, _)| *word == text);
        if text.starts_with('@') && word.is_none() {
            return Err("the words are @hourly, @daily, @weekly, @monthly and @yearly".to_owned());
        }
        let line = word.map_or(text.as_str(), |(_, line)| line);
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            let count = fields.len();
            return Err(format!(
                "it has {count} fields, not the five: minute, hour, day, month, weekday"
            ));
        };
        let schedule = Schedule {
            written: written.trim().to_owned(),
            minutes: MINUTE.read(minutes)?,
            hours: HOUR.read(hours)?,
            days: DAY.read(days)?,
            months: MONTH.read(months)?,
            weekdays: one_sunday(WEEKDAY.read(weekdays)?),
            // As cron has it: a field that begins with a star does not choose.
            is_either_day: !days.starts_with('*') && !weekdays.starts_with('*'),
            is_every_hour: minutes.starts_with('*') || hours.starts_with('*'),
        };
        match schedule.can_happen() {
            true => Ok(schedule),
            false => Err("there is no such day in any year".to_owned()),
        }
    }

    /// Whether this minute is one of them.
    pub fn names(&self, minute: CalendarMinute) -> bool {
        self.names_hour(minute) && has(self.minutes, minute.minute)
    }

    /// Whether there may be one of them in the hour of this minute.
    pub fn names_hour(&self, minute: CalendarMinute) -> bool {
        has(self.hours, minute.hour)
            && has(self.months, minute.month)
            && self.names_day(minute.day, minute.weekday)
    }

    /// Whether it is kept by time that passes: `*/5 * * * *` begins as often on a day on
    /// which the clocks change. Other schedules are kept by what the clock shows: once
    /// when it shows 02:30 twice, and just after the change when it skips it.
    pub fn is_every_hour(&self) -> bool {
        self.is_every_hour
    }

    fn names_day(&self, day: u8, weekday: u8) -> bool {
        let (by_day, by_weekday) = (has(self.days, day), has(self.weekdays, weekday));
        match self.is_either_day {
            true => by_day || by_weekday,
            false => by_day && by_weekday,
        }
    }

    fn can_happen(&self) -> bool {
        const DAYS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let has_date = (1..=12).zip(DAYS).any(|(month, last)| {
            has(self.months, month) && (1..=last).any(|day| has(self.days, day))
        });
        has_date || self.is_either_day
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

impl Field {
    /// The values of a list such as `1,5-9/2,*/15`, a bit each.
    fn read(&self, list: &str) -> Result<u64, String> {
        let mut values = 0;
        for part in list.split(',') {
            values |= self.part(part)?;
        }
        Ok(values)
    }

    fn part(&self, part: &str) -> Result<u64, String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, self.step(step)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.from, self.to),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None if part.contains('/') => {
                let name = self.name;
                return Err(format!("the {name} `{part}` steps through a single value"));
            }
            None => (self.value(range)?, self.value(range)?),
        };
        if from > to {
            return Err(format!("the {} `{range}` runs backwards", self.name));
        }
        let values = (from..=to).step_by(step.into());
        Ok(values.fold(0, |bits, value| bits | 1 << value))
    }

    fn step(&self, step: &str) -> Result<u8, String> {
        match number(step) {
            Some(step) if step >= 1 && step <= self.to => Ok(step),
            Some(_) | None => Err(format!("the {} cannot step by `{step}`", self.name)),
        }
    }

    fn value(&self, text: &str) -> Result<u8, String> {
        let word = self.words.iter().position(|word| *word == text);
        let word = word.and_then(|place| u8::try_from(place).ok());
        let value = word.map(|place| self.from + place).or_else(|| number(text));
        let Field { name, from, to, .. } = self;
        value
            .filter(|value| (from..=to).contains(&value))
            .ok_or_else(|| format!("the {name} `{text}` is not {from} to {to}"))
    }
}

/// Digits only; `parse` alone would take a sign.
fn number(text: &str) -> Option<u8> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn one_sunday(weekdays: u64) -> u64 {
    match has(weekdays, 7) {
        true => weekdays | 1,
        false => weekdays,
    }
}

fn has(bits: u64, value: u8) -> bool {
    value < 64 && bits & 1 << value != 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// Sunday, 1 November, 02:30, unless changed.
    const SUNDAY: CalendarMinute = CalendarMinute {
        month: 11,
        day: 1,
        weekday: 0,
        hour: 2,
        minute: 30,
    };

    fn check(written: &str, minute: CalendarMinute) -> bool {
        Schedule::parse(written).unwrap().names(minute)
    }

    #[test]
    fn the_five_fields_name_minutes() {
        let named = [
            "30 2 * * *",
            "*/15 * * * *",
            "0-59/10 1-3 * * *",
            "30 2 1 11 *",
            "30 2 * nov sun",
            "30 2 * * 7",
            "0,30 2,4 * 10-12 *",
            "* * * * *",
        ];
        for written in named {
            assert!(check(written, SUNDAY), "{written}");
        }
        let not_named = ["31 2 * * *", "30 3 * * *", "30 2 2 * *", "30 2 * 12 *"];
        for written in not_named {
            assert!(!check(written, SUNDAY), "{written}");
        }
    }

    #[test]
    fn a_day_and_a_weekday_are_either_and_with_a_star_both() {
        let second = CalendarMinute { day: 2, ..SUNDAY };
        assert!(check("30 2 1 * 3", SUNDAY), "the day");
        assert!(check("30 2 9 * 0", second), "the weekday");
        assert!(!check("30 2 * * 3", SUNDAY));
        assert!(!check("30 2 */2 * 3", SUNDAY), "a step is a star, too");
    }

    #[test]
    fn only_a_star_makes_a_schedule_follow_time_that_passes() {
        let by_time = ["*/5 * * * *", "0 * * * *", "* 3 * * *", "@hourly"];
        for written in by_time {
            assert!(
                Schedule::parse(written).unwrap().is_every_hour(),
                "{written}"
            );
        }
        assert!(!Schedule::parse("@daily").unwrap().is_every_hour());
    }

    #[test]
    fn what_cron_would_not_take_is_refused_with_the_reason() {
        let cases = [
            ("", "0 fields"),
            ("0 2 * *", "4 fields"),
            ("0 2 * * * *", "6 fields"),
            ("60 2 * * *", "minute `60` is not 0 to 59"),
            ("0 24 * * *", "hour"),
            ("0 2 0 * *", "day"),
            ("0 2 * 13 *", "month"),
            ("0 2 * * 8", "weekday"),
            ("0 2 * * someday", "someday"),
            ("5-1 2 * * *", "backwards"),
            ("*/0 2 * * *", "step"),
            ("5/2 2 * * *", "single value"),
            ("+5 2 * * *", "+5"),
            ("0, 2 * * *", "minute ``"),
            ("0 0 31 2 *", "no such day"),
            ("@reboot", "@hourly"),
        ];
        for (written, part) in cases {
            let why = Schedule::parse(written).unwrap_err();
            assert!(why.contains(part), "{written:?}: {why}");
        }
        assert!(Schedule::parse(&"1,".repeat(200)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(written in "[0-9*/, @a-z-]{0,40}|.{0,40}") {
            let _ = Schedule::parse(&written);
        }
    }
}
