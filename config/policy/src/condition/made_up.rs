//! Tries whole conditions with made-up values of every kind they can meet.
//!
//! In: trees, and which values each name can have. Out: findings: a condition that never
//! holds or always does, a clear that is never reached, that holds while the alert fires,
//! or that leaves an alert standing at the end of a scale. Knows nothing of time: every
//! window, and every question about the host, can be worth anything at any moment.

use vedette_config::{Code, Finding, Findings};

use super::world::World;
use super::{Checked, Sight};

/// A condition that ends what others begin.
pub(crate) struct Clears<'a> {
    /// The conditions that hold the alert at this severity.
    pub(crate) fires: Vec<&'a Checked>,
    /// The condition at the same severity, which must not hold together with `clear`.
    pub(crate) begins: &'a Checked,
    /// The one that ends it.
    pub(crate) clear: &'a Checked,
    /// Others that end it as well.
    pub(crate) others: Vec<&'a Checked>,
}

/// Whether a condition that fires can hold, and can not hold. False after an error.
pub(crate) fn check_fires(condition: &Checked, sight: &Sight, findings: &mut Findings) -> bool {
    if condition.is_doubtful {
        return false;
    }
    let world = World::of(sight, &[condition]);
    let outcome = world.try_all(|case| case.holds(&condition.tree));
    let place = &condition.written.place;
    if outcome.is_proof && !outcome.ever {
        findings.push(
            Finding::error(Code::ConditionNeverTrue, "this condition is never true")
                .at(place, "no value makes all of it hold")
                .help("its parts contradict each other"),
        );
        return false;
    }
    if outcome.is_proof && !outcome.ever_not {
        findings.push(
            Finding::warning(Code::ConditionAlwaysTrue, "this condition is always true")
                .at(place, "every value makes it hold"),
        );
    }
    true
}

/// Whether a clear is reached, and ends what it should.
pub(crate) fn check_clears(level: &Clears<'_>, sight: &Sight, findings: &mut Findings) {
    let clear = level.clear;
    let place = &clear.written.place;
    let alone = World::of(sight, &[clear]);
    let outcome = alone.try_all(|case| case.holds(&clear.tree));
    if outcome.is_proof && !outcome.ever {
        if !clear.is_doubtful {
            findings.push(
                Finding::error(Code::ClearNeverReached, "this clear is never reached")
                    .at(
                        place,
                        "no value makes it hold: the alert would stay for ever",
                    )
                    .help("leave it out to clear as soon as the condition no longer holds"),
            );
        }
        return;
    }
    let both = World::of(sight, &[level.begins, clear]);
    let overlap = both.find(|case| case.holds(&level.begins.tree) && case.holds(&clear.tree));
    if let Some(values) = overlap {
        findings.push(
            Finding::warning(
                Code::ConflictingKeys,
                "this clear holds while the alert fires",
            )
            .at(place, both.described(sight, &values))
            .at(&level.begins.written.place, "this fires there")
            .help("leave room between them, or the alert comes and goes"),
        );
    }
    let all: Vec<&Checked> = level
        .fires
        .iter()
        .chain(&level.others)
        .copied()
        .chain([clear])
        .collect();
    let world = World::of(sight, &all);
    let stuck = world.stuck_corner(|case| all.iter().any(|condition| case.holds(&condition.tree)));
    if let Some(values) = stuck {
        findings.push(
            Finding::warning(
                Code::ClearNeverReached,
                "an alert of this rule could stay for ever",
            )
            .at(place, world.described(sight, &values))
            .help("there it neither fires nor is clear; is that end of the scale well?"),
        );
    }
}
