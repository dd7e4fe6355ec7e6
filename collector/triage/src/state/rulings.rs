//! Keeps rulings, and says who is live by them.

use std::sync::Arc;

use crate::{DeliverMode, LiveOf, Policy, Ruled, Ruling, RulingId};

use super::{State, timers};

impl State {
    /// A ruling by what it is about.
    pub fn ruling(&self, id: &RulingId) -> Option<&Arc<Ruling>> {
        self.records.rulings.get(id)
    }

    pub(super) fn put_ruling(&mut self, ruling: &Arc<Ruling>) {
        self.drop_ruling(&ruling.id);
        self.timers.extend(timers::of_ruling(ruling));
        let id = ruling.id.clone();
        self.records.rulings.insert(id, Arc::clone(ruling));
    }

    pub(super) fn drop_ruling(&mut self, id: &RulingId) {
        let known = self.records.rulings.remove(id);
        if let Some(timer) = known.and_then(|known| timers::of_ruling(&known)) {
            self.timers.remove(&timer);
        }
    }

    /// All rulings, in order of what they are about.
    pub fn rulings(&self) -> impl ExactSizeIterator<Item = &Arc<Ruling>> + Clone {
        self.records.rulings.values()
    }

    /// The rulings whose ids begin with this, in order.
    pub(crate) fn rulings_of(&self, begins: &RulingId) -> impl Iterator<Item = &Arc<Ruling>> {
        let from = self.records.rulings.range(begins.clone()..);
        let begins = begins.clone();
        let of = from.take_while(move |(id, _)| id.as_str().starts_with(begins.as_str()));
        of.map(|(_, ruling)| ruling)
    }

    /// Whether it is ruled of anything who is live.
    pub fn is_live_ruled(&self) -> bool {
        let from = LiveOf::Everything.id();
        let mut from = self.records.rulings.range(from..);
        from.next().is_some_and(|(id, _)| id.is_of_live())
    }

    /// Whether people are told of what a rule found and a team owns; an empty rule is that of alerts
    /// from outside.
    pub fn is_live(&self, policy: &Policy, team: &str, rule: &str) -> bool {
        is_live(policy.mode, (team, rule), |id| {
            self.ruling(id).map(|ruling| &**ruling)
        })
    }
}

/// What is ruled of the rule counts before what is ruled of the team, that before what is ruled of
/// everything, and that before what the policy says.
pub(crate) fn is_live<'r>(
    mode: DeliverMode,
    (team, rule): (&str, &str),
    ruling: impl Fn(&RulingId) -> Option<&'r Ruling>,
) -> bool {
    let of_rule = (!rule.is_empty()).then(|| LiveOf::Rule(Arc::from(rule)));
    let of_team = Some(LiveOf::Team(Arc::from(team)));
    let ruled = |of: LiveOf| {
        let ruling = ruling(&of.id())?;
        let Ruled::Live { live, over, .. } = ruling.says else {
            return None;
        };
        let stands = of != LiveOf::Everything || over == mode;
        stands.then_some(live)
    };
    let mut all = [of_rule, of_team, Some(LiveOf::Everything)]
        .into_iter()
        .flatten();
    all.find_map(ruled).unwrap_or(mode == DeliverMode::Live)
}
