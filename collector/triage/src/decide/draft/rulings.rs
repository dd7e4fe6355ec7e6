//! Keeps what people ruled by now, and says who is live by it.

use crate::{Ruling, RulingId};

use super::Draft;

impl Draft<'_> {
    pub(in crate::decide) fn ruling(&self, id: &RulingId) -> Option<&Ruling> {
        match self.rulings.get(id) {
            Some(changed) => changed.as_ref(),
            None => self.state.ruling(id).map(|ruling| &**ruling),
        }
    }

    pub(in crate::decide) fn put_ruling(&mut self, ruling: Ruling) {
        self.rulings.insert(ruling.id.clone(), Some(ruling));
    }

    pub(in crate::decide) fn drop_ruling(&mut self, id: RulingId) {
        self.rulings.insert(id, None);
    }

    /// Whether it is ruled of anything who is live.
    pub(in crate::decide) fn is_live_ruled(&self) -> bool {
        self.rulings.keys().any(RulingId::is_of_live) || self.state.is_live_ruled()
    }

    /// Whether people are told of what a rule found and a team owns.
    pub(in crate::decide) fn is_live(&self, team: &str, rule: &str) -> bool {
        crate::state::is_live(self.policy.mode, (team, rule), |id| self.ruling(id))
    }
}
