//! Keeps what agents have said and will not say again, so that their folded reports can be
//! read.
//!
//! In: the JSON of a folded report. Out: the report it was; or that it builds on what is
//! not known here, and the agent says all of it once more. So it is after a restart of the
//! collector: nothing here is worth a disk. Knows nothing of what a report must keep to.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vedette_wire::{Folded, Report, Series, Table, Unfoldable};

use super::refused::Unreadable;
use super::texts::check_id;

/// Agents whose table is kept; of one more, all are forgotten, and all agents say everything
/// once more.
const TABLES_MAX: usize = 20_000;
/// Series that are looked through for those that no table holds any more.
const SHARED_MIN: usize = 10_000;

/// One table for each agent.
#[derive(Debug, Default)]
pub struct Tables {
    by_agent: Mutex<BTreeMap<String, Table>>,
    shared: Mutex<Shared>,
}

/// Most hosts have the same series: each is held once.
#[derive(Debug, Default)]
struct Shared {
    series: HashSet<Arc<Series>>,
    /// Past so many they are looked through.
    most: usize,
}

impl Tables {
    /// Reads a folded report.
    ///
    /// # Errors
    /// `wrong_type` and `not_json` as of a plain one; `unknown_basis`: the agent sends it
    /// again with all it says; `too_large`: it unfolds to more than a report may have.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<Report, Unreadable> {
        let folded: Folded = serde_json::from_slice(bytes).map_err(|error| {
            let reason = if error.is_data() {
                "wrong_type"
            } else {
                "not_json"
            };
            let error =
                format!("the folded report cannot be read: {error}; nothing of it was kept");
            Unreadable::new(reason, error)
        })?;
        let agent = folded.agent.clone();
        let is_kept = folded.makes != 0 && check_id(&agent).is_ok();
        // Out of the map while it is worked on: of two reports at once, one says all again.
        let known = match is_kept || folded.basis != 0 {
            true => self.by_agent().remove(&agent),
            false => None,
        };
        let mut table = known.unwrap_or_default();
        let report = table.unfold(folded, |series| self.shared().share(series));
        let report = report.map_err(unreadable)?;
        if is_kept {
            let mut by_agent = self.by_agent();
            if by_agent.len() >= TABLES_MAX {
                by_agent.clear();
            }
            by_agent.insert(agent, table);
        }
        Ok(report)
    }

    fn by_agent(&self) -> MutexGuard<'_, BTreeMap<String, Table>> {
        self.by_agent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn share(&mut self, series: Series) -> Arc<Series> {
        if let Some(known) = self.series.get(&series) {
            return Arc::clone(known);
        }
        if self.series.len() >= self.most.max(SHARED_MIN) {
            self.series.retain(|series| Arc::strong_count(series) > 1);
            self.most = self.series.len() * 2;
        }
        let series = Arc::new(series);
        self.series.insert(Arc::clone(&series));
        series
    }
}

fn unreadable(why: Unfoldable) -> Unreadable {
    match why {
        Unfoldable::UnknownBasis => Unreadable::unknown_basis(),
        Unfoldable::TooLarge => Unreadable::too_large(),
        Unfoldable::Wrong { at, why } => Unreadable::at("wrong_type", &at, why),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn series_that_nobody_has_any_more_are_forgotten_and_the_others_held_once() {
        let mut shared = Shared::default();
        let series = |number: usize| Series {
            name: number.to_string(),
            attributes: BTreeMap::new(),
        };
        let held = shared.share(series(0));
        for number in 1..2 * SHARED_MIN {
            shared.share(series(number));
        }
        assert!(shared.series.len() <= SHARED_MIN + 1);
        assert!(Arc::ptr_eq(&held, &shared.share(series(0))));
    }
}
