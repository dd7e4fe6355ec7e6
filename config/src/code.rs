//! Names every kind of thing that can be wrong in a configuration file.
//!
//! Codes are API: scripts match on them, the manual explains them. A word is
//! never changed or reused. Serves the agent's file and the collector's policy.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $word:literal, $about:literal;)*) => {
        /// What kind of thing a finding is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $about] $variant,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// The stable word: lower case, words joined by hyphens.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$variant => $word,)*
                }
            }

            /// What the code means, in one sentence.
            pub fn about(self) -> &'static str {
                match self {
                    $(Code::$variant => $about,)*
                }
            }
        }
    };
}

// A macro so that a code, its word, its sentence and its place in the list cannot drift apart.
codes! {
    // --- files
    UnreadableFile = "unreadable-file", "A file or directory cannot be read, or is not text.";
    TooLarge = "too-large", "A file, table, list or text is over its bound.";
    Syntax = "syntax", "The text is not TOML, or a row is not CSV.";
    // --- keys
    UnknownKey = "unknown-key", "Nobody reads this key.";
    MissingKey = "missing-key", "A required key is not there.";
    DuplicateKey = "duplicate-key", "A key that holds one value is set twice.";
    ConflictingKeys = "conflicting-keys", "Two keys contradict each other.";
    DeprecatedKey = "deprecated-key", "A key has a new name or place; the old one is still read.";
    NotSupported = "not-supported", "This version does not do what is asked for here.";
    // --- values
    WrongType = "wrong-type", "A value has another type than the key takes.";
    BadValue = "bad-value", "A value has the right type and cannot be used.";
    OutOfRange = "out-of-range", "A number, duration or size lies outside its bounds.";
    UnknownWord = "unknown-word", "A word is not one of the few that the key takes.";
    BadDuration = "bad-duration", "A text is not a duration.";
    BadSize = "bad-size", "A text is not a size in bytes.";
    BadDate = "bad-date", "A date, time of day, zone or recurrence cannot be used.";
    BadUrl = "bad-url", "A text is not a URL that can be used here.";
    BadMatcher = "bad-matcher", "A text is not a label matcher.";
    // --- names
    BadName = "bad-name", "A name has a form that is not allowed here.";
    ReservedName = "reserved-name", "A name belongs to the collector.";
    DuplicateName = "duplicate-name", "Two things of the same kind have the same name.";
    UnknownName = "unknown-name", "Nothing of that name exists.";
    UnknownMetric = "unknown-metric", "No agent measures this metric.";
    UnknownAttribute = "unknown-attribute", "The metric has no such attribute.";
    UnknownLabel = "unknown-label", "A label looks like a slip of one that alerts have.";
    Circular = "circular", "Things depend on each other in a circle.";
    // --- rules
    ConditionSyntax = "condition-syntax", "A condition is not an expression.";
    ConditionType = "condition-type", "A condition compares or combines what does not fit together.";
    ConditionUnknownName = "condition-unknown-name", "A condition names what it cannot see.";
    ConditionTooLarge = "condition-too-large", "A condition is longer or deeper than its bound.";
    ConditionNeverTrue = "condition-never-true", "No value the metric can have makes the condition true.";
    ConditionAlwaysTrue = "condition-always-true", "Every value the metric can have makes the condition true.";
    ClearNeverReached = "clear-never-reached", "An alert of this rule could stay for ever, neither firing nor clear.";
    AnomalyAlone = "anomaly-alone", "A rule opens tickets for what is only unusual.";
    RuleTestFailed = "rule-test-failed", "A test in a rule file expects something else than the rule does.";
    // --- text
    TemplateSyntax = "template-syntax", "A template cannot be read.";
    TemplateUnknownName = "template-unknown-name", "A template uses a name it is not given.";
    TemplateFailed = "template-failed", "A template failed on an example.";
    // --- who gets what
    UnreachableRoute = "unreachable-route", "An earlier route takes everything this one would.";
    MissingCatchAll = "missing-catch-all", "No route takes everything that is left.";
    NobodyTold = "nobody-told", "A team, route or page leads to nobody.";
    ScheduleGap = "schedule-gap", "Nobody is on call at times.";
    DoubleBooked = "double-booked", "A person is on call by two schedules at once.";
    ExceptionExpired = "exception-expired", "An exception's end has passed.";
    ExceptionTooLong = "exception-too-long", "An exception lasts longer than is allowed.";
    WindowOver = "window-over", "A maintenance window has ended for good.";
    WindowNever = "window-never", "A maintenance window does not come in the time that is looked at.";
    WindowOverlaps = "window-overlaps", "A maintenance window lasts until it begins again.";
    // --- safety
    ClearText = "clear-text", "A secret would travel unencrypted.";
    OpenSecret = "open-secret", "A file with a secret can be read by others.";
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_codes_share_a_word() {
        let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
    }

    #[test]
    fn every_word_is_lower_case_with_hyphens_and_every_code_has_a_sentence() {
        for code in Code::ALL {
            let word = code.as_str();
            assert!(
                word.split('-')
                    .all(|part| !part.is_empty()
                        && part.bytes().all(|byte| byte.is_ascii_lowercase())),
                "{word}"
            );
            assert!(code.about().ends_with('.'), "{word}");
        }
    }

    /// A word that disappears from here breaks somebody's script.
    #[test]
    fn the_words_are_these() {
        let words: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        insta::assert_snapshot!(words.join("\n"));
    }
}
