//! Says a change in words, and as the text that is pasted into a file.
//!
//! In: the change, and what came of it. Out: a [`Remedy`]; on what it was tried, as part of a sentence.

use jiff::tz::TimeZone;
use vedette_policy::Loaded;
use vedette_triage::{Remedy, Timestamp};

use super::Telling;
use super::candidates::{Candidate, Source};
use crate::backtest::measured::{SeenOfAll, Within};

/// Everything that is said with a change.
pub(super) struct Told<'a> {
    pub(super) rule: &'a str,
    pub(super) loaded: &'a Loaded,
    pub(super) telling: &'a Telling<'a>,
    /// All of them, and how many fewer.
    pub(super) tickets: (u64, u64),
}

impl Told<'_> {
    /// What is told, but for on what it was tried.
    pub(super) fn remedy(&self, change: &Candidate) -> Remedy {
        let (of, fewer) = self.tickets;
        let of_own = || {
            let step = change.step.as_ref()?;
            let is_everywhere = change.only.is_none() && !self.loaded.is_shipped(self.rule);
            let line = self.loaded.params_line(self.rule, step);
            line.filter(|_| is_everywhere)
        };
        let (place, toml) = match of_own() {
            Some(line) => {
                let place = format!("the [[rule]] {} in place of its params", self.rule);
                (place, vec![line])
            }
            None => (place_of(change).to_owned(), self.exception(change)),
        };
        Remedy {
            words: self.words(change),
            place,
            toml,
            of,
            fewer,
            measured: String::new(),
        }
    }

    fn words(&self, change: &Candidate) -> String {
        let what = change.step.as_ref();
        let what = what.map_or_else(|| format!("no {}", self.rule), |step| step.words.clone());
        match &change.only {
            Some(source) => format!("on {}: {what}", place(source)),
            None => what,
        }
    }

    fn exception(&self, change: &Candidate) -> Vec<String> {
        let matchers = match &change.only {
            Some(source) => source.matchers(),
            None => vec!["host=~\".+\"".to_owned()],
        };
        let matchers: Vec<String> = matchers.iter().map(|one| quoted(one)).collect();
        let effect = match &change.step {
            Some(step) => format!("set   = {{ {} = {} }}", step.param, step.toml),
            None => "off   = true".to_owned(),
        };
        let (of, fewer) = self.tickets;
        let why = format!("tried on what was measured: {fewer} of {of} tickets fewer");
        vec![
            "[[exception]]".to_owned(),
            format!("rule  = {}", quoted(self.rule)),
            format!("match = [{}]", matchers.join(", ")),
            effect,
            format!("why   = {}", quoted(&why)),
            format!("owner = {}", quoted(self.telling.owner)),
            format!("until = {}", self.telling.until),
        ]
    }
}

/// The first exception that matches counts, so one about everything stands last.
fn place_of(change: &Candidate) -> &'static str {
    match change.only {
        Some(_) => "exceptions.toml",
        None => "exceptions.toml, at its end",
    }
}

/// `nas-1 (mountpoint /backup)`
fn place(source: &Source) -> String {
    let series = source.series.iter();
    let series: Vec<String> = series
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    match series.as_slice() {
        [] => source.host.clone(),
        series => format!("{} ({})", source.host, series.join(", ")),
    }
}

/// A text as TOML has it: as it stands where that can be.
fn quoted(text: &str) -> String {
    let is_odd = |letter: char| letter == '\'' || letter.is_control();
    match text.contains(is_odd) || !text.contains('"') {
        // What JSON has is a basic string of TOML, but for DEL.
        true => serde_json::Value::from(text.replace('\u{7f}', "")).to_string(),
        false => format!("'{text}'"),
    }
}

/// `what was measured on 12 hosts (34 series) from Sat 28 Nov 07:30 to Mon 30 Nov 07:00: every
/// value`
pub(super) fn measured(
    (seen, within, full_since): (&SeenOfAll, Within, Option<Timestamp>),
    zone: &TimeZone,
) -> String {
    let at = |at: Timestamp| {
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        let at = at.to_zoned(zone.clone());
        at.strftime("%a %-d %b %H:%M").to_string()
    };
    let from = seen
        .since
        .map_or(within.from, |since| since.max(within.from));
    let hosts = match seen.hosts {
        1 => "1 host".to_owned(),
        many => format!("{many} hosts"),
    };
    let resolution = match full_since {
        Some(full) if full <= from => "every value".to_owned(),
        Some(full) if full < within.to => format!(
            "every value since {}, before that the last, least and greatest of each minute",
            at(full)
        ),
        Some(_) | None => "the last, least and greatest of each minute".to_owned(),
    };
    format!(
        "what was measured on {hosts} ({} series) from {} to {} ({resolution})",
        seen.series,
        at(from),
        at(within.to)
    )
}

/// `1 ticket`, `41 tickets`
pub(super) fn tickets(count: u64) -> String {
    match count {
        1 => "1 ticket".to_owned(),
        many => format!("{many} tickets"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use vedette_config::{Findings, Source as Text};
    use vedette_policy::{Sources, load};

    use super::*;

    #[test]
    fn a_shipped_rule_is_changed_everywhere_by_an_exception_that_the_policy_reads() {
        let today = jiff::civil::date(2026, 11, 30);
        let mut sources = Sources::default();
        let (loaded, _) = load(&sources, today, Findings::new());
        let loaded = loaded.unwrap();
        let steps = loaded.steps("filesystem-space");
        let step = steps.iter().find(|step| step.text == "0.93").unwrap();
        let telling = Telling {
            zone: TimeZone::UTC,
            owner: "ops",
            until: jiff::civil::date(2027, 5, 29),
        };
        let told = Told {
            rule: "filesystem-space",
            loaded: &loaded,
            telling: &telling,
            tickets: (41, 33),
        };
        let remedy = told.remedy(&Candidate {
            only: None,
            step: Some(step.clone()),
        });
        assert_eq!(remedy.words, "warn at 93 % instead of 90 % (warn_used)");
        assert_eq!(remedy.place, "exceptions.toml, at its end");
        assert_eq!(
            remedy.toml[2..4],
            ["match = ['host=~\".+\"']", "set   = { warn_used = 0.93 }"]
        );
        sources.exceptions = Some(Text::new("exceptions.toml", remedy.toml.join("\n")));
        let (loaded, findings) = load(&sources, today, Findings::new());
        let loaded = loaded.unwrap();
        let rule = loaded.policy.detection.get("filesystem-space").unwrap();
        assert_eq!(rule.exceptions[0].words(rule), "warn_used 0.93");
        assert!(!findings.has_errors(), "{findings}");
    }

    #[test]
    fn texts_are_quoted_as_toml_has_them() {
        assert_eq!(quoted("space"), "\"space\"");
        assert_eq!(quoted("host=\"nas-1\""), "'host=\"nas-1\"'");
        assert_eq!(quoted("path=\"it's\""), "\"path=\\\"it's\\\"\"");
    }
}
