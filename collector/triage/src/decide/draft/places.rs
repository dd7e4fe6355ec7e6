//! Keeps what is at which place by now: alerts by the names of places, hosts, who looks at what.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Alert, AlertId, EntityId, Host, Standing};

use super::Draft;

impl Draft<'_> {
    /// The alerts at a place, by its name, that say so much of it, in order of appearance.
    pub(in crate::decide) fn alerts_at<'s>(
        &'s self,
        name: &str,
        standing: Standing,
    ) -> Vec<&'s Alert> {
        let known = self.state.alerts_at(name, standing);
        let mut at: Vec<&Alert> = known
            .map(|alert| &**alert)
            .filter(|alert| !self.alerts.contains_key(&alert.id))
            .collect();
        let place: Arc<str> = Arc::from(name);
        let from = (Arc::clone(&place), AlertId(0));
        let changed = self.placed.range(from..=(place, AlertId(u64::MAX)));
        let changed = changed.filter_map(|(_, id)| self.alerts.get(id)?.as_ref());
        at.extend(
            changed.filter(|alert| {
                Standing::of(alert) == Some(standing) && alert.place() == Some(name)
            }),
        );
        at.sort_by_key(|alert| alert.id);
        at
    }

    /// The alerts that wait for this place to be seen or to be back, in order of appearance.
    pub(in crate::decide) fn awaiting(&self, place: &str) -> Vec<&Alert> {
        let known = self.state.awaiting(place).map(|alert| &**alert);
        let known = known.filter(|alert| !self.alerts.contains_key(&alert.id));
        let changed = self.alerts.values().flatten().filter(|alert| {
            let awaits = alert.awaits.as_ref();
            awaits.is_some_and(|awaits| awaits.places().iter().any(|known| **known == *place))
        });
        let mut awaiting: Vec<&Alert> = known.chain(changed).collect();
        awaiting.sort_by_key(|alert| alert.id);
        awaiting
    }

    pub(in crate::decide) fn host(&self, id: &EntityId) -> Option<&Host> {
        let changed = self.hosts.get(id);
        changed.or_else(|| self.state.host(id).map(|host| &**host))
    }

    /// The hosts whose agents look at a device, in order of id.
    pub(in crate::decide) fn lookers(&self, device: &str) -> Vec<&Host> {
        let known = self.state.lookers(device).map(|host| &host.id);
        let changed = self.hosts.keys();
        let ids: BTreeSet<&EntityId> = known.chain(changed).collect();
        let hosts = ids.into_iter().filter_map(|id| self.host(id));
        hosts
            .filter(|host| host.looks_at(device).next().is_some())
            .collect()
    }

    /// The host a name belongs to: not one that came second.
    pub(in crate::decide) fn host_named(&self, name: &str) -> Option<&Host> {
        let known = self.state.hosts_named(name).map(|host| &host.id);
        let of_name = known.chain(self.hosts.keys());
        let mut of_name: Vec<&Host> = of_name
            .filter_map(|id| self.host(id))
            .filter(|host| host.facts.name == name)
            .collect();
        of_name.sort_by_key(|host| (host.name_also_claimed_by.is_some(), &host.id));
        of_name.into_iter().next()
    }
}
