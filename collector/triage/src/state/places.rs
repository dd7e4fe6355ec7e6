//! Decides which alerts are at which place by name, and which wait for what is heard of one.
//!
//! Derived from the alerts alone. Knows nothing of what hangs on what.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::awaits::Heard;
use crate::{Alert, AlertId, EntityId, Host, PlaceMark};

use super::State;
use super::packed::Packed;

/// What an alert says of its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It fires, and says that the place itself has failed.
    Failed,
    /// It fires.
    Fires,
    /// It fires, and is what one agent sees of a device.
    View,
    /// It is over, and said that the place itself had failed.
    Recovered,
}

impl Standing {
    /// What an alert says of its place; nothing if it is a drill, or over and was not about the
    /// place itself.
    pub fn of(alert: &Alert) -> Option<Standing> {
        match (alert.is_firing(), alert.is_liveness()) {
            _ if alert.drill.is_some() => None,
            (true, _) if alert.identity.is_view() => Some(Standing::View),
            (true, true) => Some(Standing::Failed),
            (true, false) => Some(Standing::Fires),
            (false, true) if !alert.identity.is_view() => Some(Standing::Recovered),
            (false, _) => None,
        }
    }
}

impl State {
    /// The hosts whose agents look at a device, in order of id.
    pub fn lookers(&self, device: &str) -> impl Iterator<Item = &Arc<Host>> {
        let device: Arc<str> = Arc::from(device);
        let from = (Arc::clone(&device), EntityId::new(""));
        let of_device = self.lookers.range(from..);
        let of_device = of_device.take_while(move |(of, _)| *of == device);
        of_device.filter_map(|(_, id)| self.hosts.get(id))
    }

    /// Every device that agents look at, in order of name.
    pub fn devices(&self) -> impl Iterator<Item = &Arc<str>> {
        let mut last: Option<&Arc<str>> = None;
        self.lookers
            .iter()
            .map(|(device, _)| device)
            .filter(move |device| last.replace(device) != Some(*device))
    }

    /// The alerts at a place, by its name, that say so much of it, in order of appearance.
    pub fn alerts_at(&self, place: &str, standing: Standing) -> impl Iterator<Item = &Arc<Alert>> {
        let ids = self.places.at(place, standing);
        ids.filter_map(|id| self.alerts.get(&id))
    }

    /// The alerts that wait for this place to be seen or to be back, in order of appearance.
    pub fn awaiting(&self, place: &str) -> impl Iterator<Item = &Arc<Alert>> {
        let ids = self.places.awaiting(place);
        ids.filter_map(|id| self.alerts.get(&id))
    }

    /// Every alert that waits because of what its place needs, in order of appearance.
    pub fn all_awaiting(&self) -> impl Iterator<Item = &Arc<Alert>> {
        let ids = self.places.all_awaiting().into_iter();
        ids.filter_map(|id| self.alerts.get(&id))
    }

    /// The alerts that wait for this word, in order of appearance.
    pub fn listening(&self, heard: Heard) -> impl Iterator<Item = &Arc<Alert>> {
        let ids = self.places.listening(heard);
        ids.filter_map(|id| self.alerts.get(&id))
    }

    /// Whether any alert waits for a word. Cheap: asked with every report.
    pub fn is_listening(&self) -> bool {
        self.places.is_listening()
    }
}

/// Alerts by the names of places.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PlaceIndex {
    at: Packed<(PlaceMark, Standing, AlertId)>,
    /// By what they wait for, to be seen or to be back.
    awaiting: Packed<(Arc<str>, AlertId)>,
    /// By whose word they wait for.
    listening: Packed<(Heard, AlertId)>,
}

impl PlaceIndex {
    pub(super) fn swap(&mut self, before: Option<&Alert>, now: Option<&Alert>) {
        self.at.swap(before.and_then(key), now.and_then(key));
        self.awaiting.swap(
            before.into_iter().flat_map(awaited),
            now.into_iter().flat_map(awaited),
        );
        self.listening.swap(
            before.into_iter().flat_map(listening),
            now.into_iter().flat_map(listening),
        );
    }

    pub(super) fn at(&self, place: &str, standing: Standing) -> impl Iterator<Item = AlertId> {
        let place = PlaceMark::of(place);
        let from = (place, standing, AlertId(0));
        let to = (place, standing, AlertId(u64::MAX));
        self.at.range(from..=to).map(|((_, _, id), ())| *id)
    }

    pub(super) fn awaiting(&self, place: &str) -> impl Iterator<Item = AlertId> {
        let place: Arc<str> = Arc::from(place);
        let from = (Arc::clone(&place), AlertId(0));
        let to = (place, AlertId(u64::MAX));
        self.awaiting.range(from..=to).map(|((_, id), ())| *id)
    }

    pub(super) fn all_awaiting(&self) -> BTreeSet<AlertId> {
        self.awaiting.keys().map(|(_, id)| *id).collect()
    }

    pub(super) fn listening(&self, heard: Heard) -> impl Iterator<Item = AlertId> {
        let from = (heard.clone(), AlertId(0));
        let to = (heard, AlertId(u64::MAX));
        self.listening.range(from..=to).map(|((_, id), ())| *id)
    }

    pub(super) fn is_listening(&self) -> bool {
        !self.listening.is_empty()
    }
}

fn key(alert: &Alert) -> Option<(PlaceMark, Standing, AlertId)> {
    let standing = Standing::of(alert)?;
    let place = alert.place()?;
    Some((PlaceMark::of(place), standing, alert.id))
}

fn awaited(alert: &Alert) -> impl Iterator<Item = (Arc<str>, AlertId)> + use<> {
    let id = alert.id;
    let places = alert.awaits.as_deref().map(crate::Awaits::places);
    places.into_iter().flatten().map(move |place| (place, id))
}

fn listening(alert: &Alert) -> impl Iterator<Item = (Heard, AlertId)> + use<> {
    let id = alert.id;
    let heard = alert.listens_for().into_iter();
    heard.map(move |heard| (heard, id))
}
