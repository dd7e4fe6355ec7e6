//! Words what a place needs to be seen.

use std::sync::Arc;

use crate::Timestamp;

use super::Explain;

impl Explain<'_> {
    /// Why what these places are needed for is not told.
    pub(super) fn parent(
        &self,
        places: &[&Arc<str>],
        on_purpose: bool,
        until: Option<Timestamp>,
    ) -> String {
        let names: Vec<&str> = places.iter().map(|place| &***place).collect();
        let names = and(&names);
        let what = match (places.len(), on_purpose) {
            (0 | 1, false) => format!("{names}, which it needs, has failed"),
            (0 | 1, true) => format!("{names}, which it needs, is down on purpose"),
            (_, false) => format!("none of {names}, of which it needs one, is available"),
            (_, true) => format!("{names}, of which it needs one, are down on purpose"),
        };
        match until {
            None => what,
            Some(until) => format!(
                "{what}; if it is seen until {} all the same it does not need that",
                self.at(until)
            ),
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}
