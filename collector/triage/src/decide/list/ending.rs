//! Says in a digest which exceptions end soon, for the team of whoever answers for each.
//!
//! In: what is ruled, and until when it is looked ahead. Out: a line for each that ends, the first
//! first. It stands in every digest from the last one on that is at least two weeks before the end.

use crate::{Fingerprint, Labels, Listed, Policy, Ruled, Ruling, Timestamp, limits};

use super::super::draft::Draft;

/// An exception that ends.
pub(super) struct Ending {
    /// By what it is known again in the next digest.
    pub(super) known_by: Fingerprint,
    /// Which, and whose.
    pub(super) line: String,
    until: Timestamp,
    why: String,
}

/// Those of a team of which the end is less than two weeks away by then.
pub(super) fn of_team(draft: &Draft<'_>, team: &str, by: Timestamp) -> Vec<Ending> {
    let soon = by.after(limits::EXCEPTION_REMINDED_BEFORE);
    let mut all: Vec<Ending> = draft
        .state
        .rulings()
        .filter_map(|ruling| ending(draft.policy, ruling, team))
        .filter(|ending| draft.now < ending.until && ending.until <= soon)
        .collect();
    all.sort_by(|one, other| (one.until, &one.line).cmp(&(other.until, &other.line)));
    all
}

fn ending(policy: &Policy, ruling: &Ruling, team: &str) -> Option<Ending> {
    let Ruled::Exception {
        about,
        words,
        owner,
        until,
        ..
    } = &ruling.says
    else {
        return None;
    };
    let person = policy.persons.get(owner).unwrap_or(owner);
    let whose = policy.teams.iter().find(|known| known.name == *person);
    let whose = whose.unwrap_or(&policy.teams[0]);
    let id: Labels = [("@exception", ruling.id.as_str())].into_iter().collect();
    (whose.name == team).then(|| Ending {
        known_by: Fingerprint::of(&id),
        line: format!("{about}: {words}, of {owner}"),
        until: *until,
        why: ruling.why.clone(),
    })
}

/// What is said of them.
pub(super) fn group(
    draft: &Draft<'_>,
    all: &[Ending],
    is_new: impl Fn(Fingerprint) -> bool,
) -> Option<Listed> {
    let line = |ending: &Ending| {
        let mark = if is_new(ending.known_by) { "+ " } else { "" };
        let days = ending.until.since(draft.now).as_secs().div_ceil(24 * 3600);
        let days = match days {
            1 => "within a day".to_owned(),
            many => format!("in {many} days"),
        };
        // When comes first: a line is cut where it does not fit.
        format!("{mark}{days}: {} ({})", ending.line, ending.why)
    };
    let told = all.iter().take(limits::ENDING_TOLD_MAX);
    let more = all.len().saturating_sub(limits::ENDING_TOLD_MAX);
    (!all.is_empty()).then(|| Listed {
        heading: count(all.len()),
        says: vec!["Then the rule is as it was. Add it again, or see to what it was for.".into()],
        lines: told.map(line).collect(),
        paste: Vec::new(),
        more: u32::try_from(more).unwrap_or(u32::MAX),
    })
}

/// `1 exception that ends soon`
pub(super) fn count(many: usize) -> String {
    match many {
        1 => "1 exception that ends soon".to_owned(),
        many => format!("{many} exceptions that end soon"),
    }
}
