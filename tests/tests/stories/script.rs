//! Reads a story: its files, and its lines with their times.
//!
//! Knows nothing of what the words mean.

use jiff::{ToSpan, Zoned, civil};

/// A story as it is written.
pub(crate) struct Script {
    /// Files of the policy directory, by name, in order.
    pub(crate) files: Vec<(String, String)>,
    /// When it begins.
    pub(crate) begins: Zoned,
    /// What happens, in order.
    pub(crate) lines: Vec<Line>,
}

/// One line of a story.
pub(crate) struct Line {
    /// Its number in the file, for whoever mends it.
    pub(crate) number: usize,
    /// When.
    pub(crate) at: Zoned,
    /// What, word by word; quoted words have lost their quotes.
    pub(crate) words: Vec<String>,
    /// As it is written.
    pub(crate) text: String,
}

/// When a story begins that does not say: a Monday.
const BEGINS: &str = "2026-03-02T00:00[UTC]";

impl Script {
    /// Reads a story, or says what is wrong in which line.
    pub(crate) fn parse(text: &str) -> Result<Script, String> {
        let mut script = Script {
            files: Vec::new(),
            begins: BEGINS.parse().expect("a time"),
            lines: Vec::new(),
        };
        let mut section = Section::Head;
        let mut now: Option<Zoned> = None;
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let wrong = |what: String| format!("line {number}: {what}\n    {line}");
            if let Some(name) = line.strip_prefix("--- ") {
                section = match name.trim() {
                    "story" => Section::Story,
                    file => {
                        script.files.push((file.to_owned(), String::new()));
                        Section::File
                    }
                };
                continue;
            }
            match section {
                Section::Head => match line.split_once("begins ") {
                    Some(("", when)) => script.begins = moment(when).map_err(wrong)?,
                    _ if line.is_empty() || line.starts_with('#') => {}
                    _ => return Err(wrong("neither a comment nor `begins`".into())),
                },
                Section::File => {
                    let (_, text) = script.files.last_mut().expect("it has begun");
                    text.push_str(line);
                    text.push('\n');
                }
                Section::Story => {
                    let words = line.split(" # ").next().unwrap_or("");
                    if words.trim().is_empty() || words.starts_with('#') {
                        continue;
                    }
                    let before = now.as_ref().unwrap_or(&script.begins);
                    let (at, words) = time(words, before).map_err(wrong)?;
                    now = Some(at.clone());
                    script.lines.push(Line {
                        number,
                        at,
                        words: split(words).map_err(wrong)?,
                        text: line.trim().to_owned(),
                    });
                }
            }
        }
        Ok(script)
    }
}

#[derive(Clone, Copy)]
enum Section {
    Head,
    File,
    Story,
}

/// `2026-03-28 21:00 Europe/Vienna`
fn moment(text: &str) -> Result<Zoned, String> {
    let mut parts = text.split_whitespace();
    let (date, time, zone) = (parts.next(), parts.next(), parts.next());
    let written = format!(
        "{}T{}[{}]",
        date.unwrap_or_default(),
        time.unwrap_or_default(),
        zone.unwrap_or("UTC")
    );
    written
        .parse()
        .map_err(|error| format!("{text:?} is no time: {error}"))
}

/// The time a line begins with, and the rest. Without one it happens when the line before did.
fn time<'l>(line: &'l str, before: &Zoned) -> Result<(Zoned, &'l str), String> {
    if line.starts_with(' ') {
        return Ok((before.clone(), line));
    }
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (days, first, rest) = match first.strip_prefix('+') {
        Some(days) => {
            let days = days.trim_end_matches('d');
            let days: i64 = days.parse().map_err(|_| format!("{first:?} is no +Nd"))?;
            let rest = rest.trim_start();
            let (first, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            (days, first, rest)
        }
        None => (0, first, rest),
    };
    let clock: civil::Time = match first.len() {
        5 => civil::Time::strptime("%H:%M", first),
        _ => civil::Time::strptime("%H:%M:%S", first),
    }
    .map_err(|_| format!("{first:?} is no time of the day"))?;
    let day = before.date().saturating_add(days.days());
    let on = |day: civil::Date| {
        let zone = before.time_zone().clone();
        day.to_datetime(clock)
            .to_zoned(zone)
            .map_err(|error| error.to_string())
    };
    let at = on(day)?;
    match at < *before {
        true => Ok((on(day.saturating_add(1.day()))?, rest)),
        false => Ok((at, rest)),
    }
}

/// Words by blanks; a quoted piece may hold some, and stays quoted within a word (`host="a b"`).
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                word.push(character);
            }
            ' ' if !quoted => words.extend(finished(&mut word)),
            other => word.push(other),
        }
    }
    words.extend(finished(&mut word));
    match quoted {
        true => Err("a quote is not closed".into()),
        false => Ok(words),
    }
}

fn finished(word: &mut String) -> Option<String> {
    let word = std::mem::take(word);
    let bare = word
        .strip_prefix('"')
        .and_then(|word| word.strip_suffix('"'));
    match bare {
        Some(bare) => Some(bare.to_owned()),
        None => (!word.is_empty()).then_some(word),
    }
}
