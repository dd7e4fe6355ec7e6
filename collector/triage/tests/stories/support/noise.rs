//! What a rule is said to have cost.

use vedette_triage::{Noisy, Quieter, Remedy, Timestamp};

use super::hours;

/// A rule that cost 41 tickets in a week, and what would have helped if anything would.
pub fn noisy(rule: &str, now: Timestamp, helps: bool) -> Noisy {
    let measured = "what was measured since Saturday".to_owned();
    let quieter = match helps {
        true => Quieter::By(Remedy {
            words: "warn at 93 % instead of 90 %".into(),
            place: format!("the [[rule]] in rules/{rule}.toml"),
            toml: vec!["params = { warn_used = 0.93 }".into()],
            of: 41,
            fewer: 33,
            measured,
        }),
        false => Quieter::Nothing {
            tried: 12,
            measured,
        },
    };
    Noisy {
        rule: rule.into(),
        since: now.before(hours(7 * 24)),
        tickets: 41,
        unattended: 33,
        quieter,
    }
}
