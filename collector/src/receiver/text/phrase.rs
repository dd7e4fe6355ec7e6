//! Keeps the small phrases texts are made of: moments, lengths of time, numbers, lines.

use jiff::Timestamp as Instant;
use jiff::Zoned;
use jiff::tz::TimeZone;
use vedette_config::one_line;
use vedette_triage::{Facts, Labels, Member, Timestamp, names};

use super::COLUMNS;

/// Fewer times are no habit.
const ALWAYS_AT_LEAST: usize = 3;
/// What is spread over more minutes of the day is not always at the same time.
const ALWAYS_WITHIN_MIN: i32 = 90;

/// `db-7: /var is 96 % full`: the host first; of several, that of the alert which all of it is
/// spoken of by. Alerts from outside name it in a label. A window's report is about a window.
pub(super) fn about(facts: &Facts) -> String {
    let title = one_line(&facts.title);
    let spoken_of = |member: &&Member| member.title == facts.title;
    let host = match &facts.host {
        _ if facts.report.is_some() => None,
        Some(host) => Some(host.name.as_str()),
        None => host_in(&facts.labels).or_else(|| {
            let front = facts.members.iter().find(spoken_of);
            front.and_then(|front| host_in(&front.labels))
        }),
    };
    match host.map(one_line) {
        Some(host) if !names(&title, &host) => format!("{host}: {title}"),
        Some(_) | None => title,
    }
}

/// The host that labels name.
pub(super) fn host_in(labels: &Labels) -> Option<&str> {
    labels.get("host").or_else(|| labels.get("instance"))
}

/// A point in time where people live.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    let instant = Instant::from_millisecond(at.as_millis()).unwrap_or(Instant::UNIX_EPOCH);
    instant.to_zoned(zone.clone())
}

/// `14:31`
pub(super) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).strftime("%H:%M").to_string()
}

/// `today`, `yesterday`, `on 3 August`, `on 3 August 2025`; by the day of `now`.
pub(super) fn day(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (local(at, zone), local(now, zone));
    if at.date() == now.date() {
        return "today".to_owned();
    }
    if at.date().tomorrow().is_ok_and(|next| next == now.date()) {
        return "yesterday".to_owned();
    }
    date(&at, &now)
}

/// `14:31` today, else with its day: `22:14 yesterday`.
pub(super) fn clock_and_day(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    match day(at, now, zone).as_str() {
        "today" => clock(at, zone),
        day => format!("{} {day}", clock(at, zone)),
    }
}

/// `3 August`, with its year if that is another.
pub(super) fn date_of(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (local(at, zone), local(now, zone));
    date(&at, &now).trim_start_matches("on ").to_owned()
}

fn date(at: &Zoned, now: &Zoned) -> String {
    let format = match at.year() == now.year() {
        true => "on %-d %B",
        false => "on %-d %B %Y",
    };
    at.strftime(format).to_string()
}

/// `14:31 CET today (13:31 UTC)`; without the bracket where it would say the same.
pub(super) fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let here = local(at, zone);
    let day = day(at, now, zone);
    if here.offset().seconds() == 0 {
        return format!("{} UTC {day}", here.strftime("%H:%M"));
    }
    let utc = local(at, &TimeZone::UTC);
    format!(
        "{} {day} ({} UTC)",
        here.strftime("%H:%M %Z"),
        utc.strftime("%H:%M")
    )
}

/// `1 h 31 min`, `2 d 3 h`, `45 s`: the two largest units.
pub(super) fn length(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let Some(first) = parts.iter().position(|(count, _)| *count > 0) else {
        return "0 s".to_owned();
    };
    // Nobody reads seconds beside minutes.
    let last = if first >= 2 { first + 1 } else { first + 2 };
    parts[first..last.min(parts.len())]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The time between two moments, in words.
pub(super) fn between(from: Timestamp, to: Timestamp) -> String {
    length(to.since(from).as_secs())
}

/// The first letter large.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// `02:00-03:00`, if several moments are all at about the same time of the day where people live;
/// whole hours. Nothing for less than three.
pub(super) fn always(
    moments: impl IntoIterator<Item = Timestamp>,
    zone: &TimeZone,
) -> Option<String> {
    const DAY_MIN: i32 = 24 * 60;
    let minute = |at: Timestamp| {
        let at = local(at, zone);
        i32::from(at.hour()) * 60 + i32::from(at.minute())
    };
    let mut minutes: Vec<i32> = moments.into_iter().map(minute).collect();
    minutes.sort_unstable();
    if minutes.len() < ALWAYS_AT_LEAST {
        return None;
    }
    // The day is a circle: what is left of it beside its longest gap holds all of them.
    let next = minutes.iter().skip(1).copied();
    let next = next.chain(minutes.first().map(|first| first + DAY_MIN));
    let gaps = minutes.iter().zip(next);
    let (last, first) = gaps.max_by_key(|(from, to)| to - **from)?;
    let (from, to) = (
        first % DAY_MIN,
        *last + if *last < first % DAY_MIN { DAY_MIN } else { 0 },
    );
    if to - from > ALWAYS_WITHIN_MIN {
        return None;
    }
    let (from, to) = (from / 60, to / 60 + 1);
    Some(format!("{:02}:00-{:02}:00", from % 24, to % 24))
}

/// `3 328 599 654`, `0.964`: whole numbers in groups, others with four digits that count.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    if value.abs() >= 1000.0 || value.fract() == 0.0 {
        let digits = format!("{:.0}", value.abs());
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{grouped}");
    }
    let places = if value.abs() >= 1.0 { 2 } else { 4 };
    let text = format!("{value:.places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// At most so many characters, the last an ellipsis if something was cut.
pub(super) fn cut(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let kept: String = text
        .chars()
        .take(characters_max.saturating_sub(1))
        .collect();
    format!("{}…", kept.trim_end())
}

/// Sentences end with a full stop, once.
pub(super) fn sentence(text: &str) -> String {
    let text = one_line(text);
    match text.chars().last() {
        None | Some('.' | '!' | '?' | '…') => text,
        Some(_) => format!("{text}."),
    }
}

/// Units that stay on the line of their number.
const UNITS: [&str; 14] = [
    "%", "B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "d", "h", "min", "s",
];

/// Words that may stand on lines of their own: a number keeps its unit.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let unit = word.trim_end_matches(['.', ',', ';', ':']);
        match words.last_mut() {
            Some(last)
                if UNITS.contains(&unit) && last.ends_with(|end: char| end.is_ascii_digit()) =>
            {
                last.push(' ');
                last.push_str(word);
            }
            Some(_) | None => words.push(word.to_owned()),
        }
    }
    words
}

/// Fills lines up to [`COLUMNS`], the first after `head`, the others below its text. A word that is
/// longer than a line stays whole: it is a path or an address.
pub(super) fn filled(head: &str, text: &str) -> String {
    let indent = head.chars().count();
    let mut lines = vec![head.to_owned()];
    let mut column = indent;
    for word in words(text) {
        let length = word.chars().count();
        if column > indent && column + 1 + length > COLUMNS {
            lines.push(" ".repeat(indent));
            column = indent;
        }
        let gap = usize::from(column > indent);
        if let Some(line) = lines.last_mut() {
            line.push_str(&" ".repeat(gap));
            line.push_str(&word);
        }
        column += gap + length;
    }
    lines.join("\n")
}
