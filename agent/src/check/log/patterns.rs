//! Decides what a line means.
//!
//! In: a line, and the patterns of the settings. Out: warning, critical, or nothing. What
//! is to be ignored is nothing, whatever else it matches.

use regex_lite::Regex;
use vedette_config::check::{LogSettings, log_pattern};

/// What a line can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    Warning,
    Critical,
}

/// The patterns of one check.
pub(super) struct Patterns {
    ignore: Vec<Pattern>,
    warning: Vec<Pattern>,
    critical: Vec<Pattern>,
}

/// A plain word is found many times faster than what stands for many.
enum Pattern {
    Word(String),
    Many(Regex),
}

impl Patterns {
    /// The settings were read with the same eyes; a pattern that cannot be used is a
    /// sentence all the same.
    pub(super) fn new(settings: &LogSettings) -> Result<Patterns, String> {
        Ok(Patterns {
            ignore: all(&settings.ignore)?,
            warning: all(&settings.warning)?,
            critical: all(&settings.critical)?,
        })
    }

    /// What a line means.
    pub(super) fn judge(&self, line: &str) -> Option<Severity> {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(line));
        let severity = if any(&self.critical) {
            Severity::Critical
        } else if any(&self.warning) {
            Severity::Warning
        } else {
            return None;
        };
        (!any(&self.ignore)).then_some(severity)
    }
}

impl Pattern {
    fn matches(&self, line: &str) -> bool {
        match self {
            Pattern::Word(word) => line.contains(word.as_str()),
            Pattern::Many(regex) => regex.is_match(line),
        }
    }
}

fn all(written: &[String]) -> Result<Vec<Pattern>, String> {
    let pattern = |text: &String| match regex_lite::escape(text) == *text {
        true => Ok(Pattern::Word(text.clone())),
        false => log_pattern(text).map(Pattern::Many),
    };
    written.iter().map(pattern).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_worst_pattern_counts_unless_the_line_is_to_be_ignored() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let patterns = Patterns::new(&LogSettings {
            files: Vec::new(),
            journal: None,
            warning: texts(&["(?i)warn", "a.c"]),
            critical: texts(&["panic", "^ERROR [0-9]+$"]),
            ignore: texts(&["test panic"]),
            clear_after: std::time::Duration::ZERO,
        })
        .unwrap();
        let cases = [
            ("all is well", None),
            ("WARNING: low", Some(Severity::Warning)),
            ("abc", Some(Severity::Warning)),
            ("a.c is not only a word", Some(Severity::Warning)),
            ("panic, I warn you", Some(Severity::Critical)),
            ("ERROR 42", Some(Severity::Critical)),
            ("an ERROR 42", None),
            ("a test panic, I warn you", None),
        ];
        for (line, expected) in cases {
            assert_eq!(patterns.judge(line), expected, "{line}");
        }
    }
}
