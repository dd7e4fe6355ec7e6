//! Says where rules are different, by whom, until when and why.

use crate::detect::{Exception, Rule};
use crate::{Alert, Host, Labels, Reason};

use super::Explain;

impl Explain<'_> {
    /// A line of the timeline about an exception.
    pub(super) fn of_exception(&self, reason: &Reason) -> String {
        match reason {
            Reason::ExceptionSet {
                about,
                words,
                owner,
                until,
                why,
                is_made,
            } => {
                let by = if *is_made { "made" } else { "in the files" };
                format!(
                    "Exception of {owner} ({by}): {about} is {words} until {} ({why}).",
                    self.at(*until)
                )
            }
            Reason::ExceptionEnded {
                about,
                owner,
                is_over,
            } => {
                let how = if *is_over {
                    "is over"
                } else {
                    "was taken back"
                };
                format!("The exception of {owner} on {about} {how}; the rule is as it was.")
            }
            Reason::ExceptionEndsSoon {
                about,
                owner,
                until,
                why,
            } => format!(
                "The exception of {owner} on {about} ends at {} ({why}); add it again, or see to it.",
                self.at(*until)
            ),
            _ => String::new(),
        }
    }

    /// Where rules are different on a host, whatever it is there.
    pub(super) fn exceptions_of_host(&self, host: &Host) -> Vec<String> {
        let labels = host.labels();
        let rules = self.policy.detection.iter();
        let all = rules.flat_map(|rule| {
            let of_rule = rule
                .exceptions
                .iter()
                .map(move |exception| (rule, exception));
            of_rule.filter(|(_, exception)| self.can_concern(exception, &labels))
        });
        all.map(|(rule, exception)| self.excepted(rule, exception))
            .collect()
    }

    /// That a rule is different for this alert.
    pub(super) fn exception_of(&self, alert: &Alert) -> Option<String> {
        let rule = self.policy.detection.get(alert.identity.rule()?)?;
        let labels = &alert.about.labels;
        let holds = |exception: &&Exception| {
            self.now < exception.until && exception.matchers.match_all(labels)
        };
        let exception = rule.exceptions.iter().find(holds)?;
        Some(self.excepted(rule, exception))
    }

    /// Whether all it asks of the host holds; what it asks of attributes may hold there.
    fn can_concern(&self, exception: &Exception, labels: &Labels) -> bool {
        let matchers = exception.matchers.0.iter();
        let known = matchers.filter(|matcher| labels.get(matcher.name()).is_some());
        let mut known = known.peekable();
        self.now < exception.until
            && known.peek().is_some()
            && known.all(|matcher| matcher.matches(labels))
    }

    fn excepted(&self, rule: &Rule, exception: &Exception) -> String {
        format!(
            "Rule {} is {} by an exception of {} until {} ({}).",
            exception.about(rule),
            exception.words(rule),
            exception.owner,
            self.at(exception.until),
            exception.why
        )
    }
}
