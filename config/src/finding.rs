//! Keeps what is wrong in configuration files: all of it, not the first.
//!
//! In: findings, from whoever reads or checks. Out: text for people, in the order
//! of the files. Knows nothing of what was checked.

use std::fmt;

use crate::code::Code;
use crate::render::{clean, excerpt, gutter};
use crate::source::Place;

/// Findings that are kept; what is over it is counted only.
pub const FINDINGS_MAX: usize = 200;
/// Characters of a message, label or help; the rest is cut.
const TEXT_CHARS_MAX: usize = 500;

/// Whether a configuration can be used in spite of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// The configuration is used; somebody should look.
    Warning,
}

/// One thing that is wrong: what, where, and the way out.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Whether the configuration is refused for it.
    pub severity: Severity,
    /// What kind of thing is wrong; stable.
    pub code: Code,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where, and what is there. The first is what the finding is about.
    pub labels: Vec<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
}

/// Everything found so far. Bounded by [`FINDINGS_MAX`].
#[derive(Debug, Clone, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    errors: usize,
    warnings: usize,
}

impl Severity {
    /// The word used in text and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

impl Finding {
    /// Something for which the configuration is refused.
    pub fn error(code: Code, message: impl AsRef<str>) -> Finding {
        Finding::new(Severity::Error, code, message.as_ref())
    }

    /// Something that somebody should look at.
    pub fn warning(code: Code, message: impl AsRef<str>) -> Finding {
        Finding::new(Severity::Warning, code, message.as_ref())
    }

    /// Points at a place and says what is there; an empty text only underlines.
    #[must_use]
    pub fn at(mut self, place: &Place, text: impl AsRef<str>) -> Finding {
        self.labels.push((place.clone(), bounded(text.as_ref())));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl AsRef<str>) -> Finding {
        self.help = Some(bounded(help.as_ref()));
        self
    }

    /// What the finding is about, if it is about something in a file.
    pub fn place(&self) -> Option<&Place> {
        self.labels.first().map(|(place, _)| place)
    }

    /// Everything in one line, without the source: for logs. It repeats no line of
    /// a file, where a secret may have been written by mistake.
    pub fn one_line(&self) -> String {
        let mut line = self.headline();
        for (place, text) in self.labels.iter().skip(1) {
            line.push_str(&format!("; {place}"));
            if !text.is_empty() {
                line.push_str(&format!(" {text}"));
            }
        }
        if let Some(help) = &self.help {
            line.push_str(&format!(" (help: {help})"));
        }
        line
    }

    fn new(severity: Severity, code: Code, message: &str) -> Finding {
        Finding {
            severity,
            code,
            message: bounded(message),
            labels: Vec::new(),
            help: None,
        }
    }

    fn headline(&self) -> String {
        let place = self
            .place()
            .map_or_else(String::new, |place| format!("{place}: "));
        let severity = self.severity.as_str();
        format!("{place}{severity}[{}]: {}", self.code, self.message)
    }
}

impl Findings {
    /// Nothing found yet.
    pub fn new() -> Findings {
        Findings::default()
    }

    /// Adds a finding. When the bound is reached an error takes the place of the
    /// last warning, and anything else is counted only.
    pub fn push(&mut self, finding: Finding) {
        let severity = finding.severity;
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        if self.kept.len() >= FINDINGS_MAX {
            let last_warning = self
                .kept
                .iter()
                .rposition(|kept| kept.severity == Severity::Warning);
            match (severity, last_warning) {
                (Severity::Error, Some(index)) => {
                    self.kept.remove(index);
                }
                (Severity::Error, None) | (Severity::Warning, _) => return,
            }
        }
        self.kept.push(finding);
    }

    /// Adds everything another check found, and what it left out to the count.
    pub fn append(&mut self, other: Findings) {
        let kept = |severity| other.of(severity).count();
        self.errors += other.errors - kept(Severity::Error);
        self.warnings += other.warnings - kept(Severity::Warning);
        for finding in other.kept {
            self.push(finding);
        }
    }

    /// Whether the configuration is refused.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.errors + self.warnings == 0
    }

    /// How many errors were found, those left out included.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// How many warnings were found, those left out included.
    pub fn warnings(&self) -> usize {
        self.warnings
    }

    /// How many findings are counted only.
    pub fn left_out(&self) -> usize {
        self.errors + self.warnings - self.kept.len()
    }

    /// The kept findings, by file and place.
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut sorted: Vec<&Finding> = self.kept.iter().collect();
        sorted.sort_by_key(|finding| {
            finding
                .place()
                .map(|place| (place.file(), place.span().map(|(start, _)| start)))
        });
        sorted
    }

    /// The kept findings of one severity, in the order they were found.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.kept
            .iter()
            .filter(move |finding| finding.severity == severity)
    }

    /// The count in words: `2 errors, 1 warning`; `no findings` when there are none.
    pub fn summary(&self) -> String {
        let count = |number: usize, word: &str| match number {
            0 => None,
            1 => Some(format!("1 {word}")),
            many => Some(format!("{many} {word}s")),
        };
        let counts: Vec<String> = [count(self.errors, "error"), count(self.warnings, "warning")]
            .into_iter()
            .flatten()
            .collect();
        if counts.is_empty() {
            "no findings".to_owned()
        } else {
            counts.join(", ")
        }
    }
}

impl fmt::Display for Finding {
    /// Several lines: the headline, each place with its line underlined, the help.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.headline())?;
        let gutter = gutter(self.labels.iter().map(|(place, _)| place));
        for (index, (place, text)) in self.labels.iter().enumerate() {
            if index > 0 {
                writeln!(out, " {place}:")?;
            }
            excerpt(out, place, text, gutter)?;
        }
        match &self.help {
            Some(help) => writeln!(out, "  help: {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Findings {
    /// Every kept finding by file and place, an empty line after each, and the count.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self.sorted() {
            writeln!(out, "{finding}")?;
        }
        let left_out = match self.left_out() {
            0 => String::new(),
            many => format!(" ({many} not shown)"),
        };
        writeln!(out, "{}{left_out}", self.summary())
    }
}

/// Clean, and short enough to be read.
fn bounded(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((cut, _)) => format!("{}...", clean(&text[..cut])),
        None => clean(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn findings_beyond_the_bound_are_counted_and_not_kept() {
        let mut findings = Findings::new();
        for number in 0..FINDINGS_MAX + 30 {
            findings.push(Finding::warning(
                Code::BadValue,
                format!("warning {number}"),
            ));
        }
        assert_eq!(findings.sorted().len(), FINDINGS_MAX);
        assert_eq!(findings.left_out(), 30);
        assert_eq!(
            findings.summary(),
            format!("{} warnings", FINDINGS_MAX + 30)
        );
    }

    #[test]
    fn an_error_is_never_crowded_out_by_warnings() {
        let mut findings = Findings::new();
        for _ in 0..FINDINGS_MAX {
            findings.push(Finding::warning(Code::BadValue, "a warning"));
        }
        assert!(!findings.has_errors());
        findings.push(Finding::error(Code::Syntax, "an error"));
        assert!(findings.has_errors());
        assert_eq!(findings.of(Severity::Error).count(), 1);
        assert_eq!(findings.left_out(), 1);
    }

    #[test]
    fn what_another_check_left_out_stays_counted() {
        let mut many = Findings::new();
        for _ in 0..FINDINGS_MAX + 5 {
            many.push(Finding::error(Code::BadValue, "an error"));
        }
        let mut findings = Findings::new();
        findings.push(Finding::warning(Code::BadValue, "a warning"));
        findings.append(many);
        assert_eq!(findings.errors(), FINDINGS_MAX + 5);
        assert_eq!(findings.warnings(), 1);
        assert_eq!(findings.left_out(), 6);
    }

    #[test]
    fn findings_are_shown_in_the_order_of_the_files() {
        let first = Source::new("a.toml", "one\ntwo\n");
        let second = Source::new("b.toml", "three\n");
        let mut findings = Findings::new();
        for (source, at) in [(&second, 0), (&first, 4), (&first, 0)] {
            let place = Place::new(source, at..at + 3);
            findings.push(Finding::error(Code::BadValue, "bad").at(&place, ""));
        }
        let places: Vec<String> = findings
            .sorted()
            .iter()
            .filter_map(|finding| finding.place())
            .map(Place::to_string)
            .collect();
        assert_eq!(places, ["a.toml:1:1", "a.toml:2:1", "b.toml:1:1"]);
    }

    #[test]
    fn no_control_character_reaches_the_terminal() {
        let source = Source::new("e\u{1b}vil.toml", "x = \"\u{1b}[31m\"\t# \u{7}");
        let place = Place::new(&source, 4..11);
        let finding = Finding::error(Code::BadName, "a \u{1b}[2J name")
            .at(&place, "\u{9b}1m")
            .help("\r\u{0}");
        for text in [finding.to_string(), finding.one_line()] {
            assert!(
                !text
                    .chars()
                    .any(|character| character.is_control() && character != '\n'),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_endless_message_is_cut() {
        let finding = Finding::error(Code::BadName, "x".repeat(1_000_000));
        assert_eq!(finding.message.chars().count(), TEXT_CHARS_MAX + 3);
    }
}
