//! Decides what makes two signals speak of the same condition.
//!
//! Identity is (source, identity labels): never severity, host name, host
//! labels, enrichment or routing, which describe and may change (design section 3).

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Labels;

/// The random id of a host, as its agent made it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntityId(Arc<str>);

impl EntityId {
    /// The id of the collector itself. No agent can have it.
    pub const COLLECTOR: &str = "collector";
    /// The id of what a drill is about when no host reports. No agent can have it.
    pub const DRILL: &str = "drill";

    /// Wraps the id an agent sent.
    pub fn new(id: &str) -> EntityId {
        EntityId(Arc::from(id))
    }

    /// The collector itself, as far as it says what is wrong with itself.
    pub fn of_collector() -> EntityId {
        EntityId::new(EntityId::COLLECTOR)
    }

    /// A device that agents look at from outside. No agent can have such an id: none holds a colon.
    pub fn of_device(name: &str) -> EntityId {
        EntityId::new(&format!("{DEVICE}{name}"))
    }

    /// The name of the device, if it is one.
    pub fn device(&self) -> Option<&str> {
        self.0.strip_prefix(DEVICE)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for EntityId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who says so. Sources never touch each other's alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Our own detection rules.
    Rules,
    /// Alerts posted to the Alertmanager API.
    Alertmanager,
}

impl Source {
    /// The word used in metrics, explanations and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Rules => "rules",
            Source::Alertmanager => "alertmanager",
        }
    }
}

/// What makes an alert this one and no other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Who says so.
    pub source: Source,
    /// The labels that identify.
    pub labels: Labels,
}

/// Begins the ids of devices.
const DEVICE: &str = "device:";
/// Attribute of a check: the device it looks at; absent when it looks at its own host.
const ABOUT: &str = "about";
/// Attribute of a condition of a device: the id of the host that looked.
const FROM: &str = "from";
/// Attribute of a check: its name.
const CHECK: &str = "check";

/// Identity labels of our own; `@` keeps them apart from a series' attributes.
const ENTITY: &str = "@entity";
const RULE: &str = "@rule";
const DRILL: &str = "@drill";

impl Identity {
    /// Of a condition that one of our rules found on one series of one entity.
    pub fn of_rule(entity: &EntityId, rule: &str, attributes: &Labels) -> Identity {
        let own = [(ENTITY, entity.as_str()), (RULE, rule)];
        Identity {
            source: Source::Rules,
            labels: attributes.iter().chain(own).collect(),
        }
    }

    /// Of a condition that one of our rules found on one series of what `host` measured: of the
    /// host itself, or of the device that a check there looks at.
    pub fn found_by(host: &EntityId, rule: &str, attributes: &Labels) -> Identity {
        let about = attributes.get(CHECK).and(attributes.get(ABOUT));
        match about {
            None => Identity::of_rule(host, rule, attributes),
            Some(device) => {
                let seen_from = attributes.with(ABOUT, "").with(FROM, host.as_str());
                Identity::of_rule(&EntityId::of_device(device), rule, &seen_from)
            }
        }
    }

    /// The attributes of the series where it was measured: the inverse of [`Identity::found_by`].
    pub fn measured_attributes(&self) -> Labels {
        let attributes = self.attributes();
        match self.entity().as_ref().and_then(EntityId::device) {
            Some(device) => attributes.with(FROM, "").with(ABOUT, device),
            None => attributes,
        }
    }

    /// The host that measured it, if one of ours: itself, or the one that looked at the device.
    pub fn measured_by(&self) -> Option<EntityId> {
        let entity = self.entity()?;
        match entity.device() {
            Some(_) => self.labels.get(FROM).map(EntityId::new),
            None => Some(entity),
        }
    }

    /// Whether it is what one agent sees of a device; what the device is comes to is
    /// [`Identity::of_the_device`].
    pub fn is_view(&self) -> bool {
        let device = self.entity_id().is_some_and(|id| id.starts_with(DEVICE));
        device && self.labels.get(FROM).is_some()
    }

    /// The same condition of the device, whoever looks.
    #[must_use]
    pub fn of_the_device(&self) -> Identity {
        Identity {
            source: self.source,
            labels: self.labels.with(FROM, ""),
        }
    }

    /// The name of the check, if it is a condition of one.
    pub fn check(&self) -> Option<&str> {
        match self.source {
            Source::Rules => self.labels.get(CHECK),
            Source::Alertmanager => None,
        }
    }

    /// The rule of what the engine itself finds at the end of a window. No file can name a rule so.
    pub const REPORT: &str = "window-report";

    /// The rule of what stands for a team's digest. No file can name a rule so.
    pub const DIGEST: &str = "digest";

    /// Whether the engine itself found it; detection knows nothing of it.
    pub fn is_of_engine(&self) -> bool {
        matches!(self.rule(), Some(Identity::REPORT | Identity::DIGEST))
    }

    /// Of an alert posted from outside: all its labels.
    pub fn of_alertmanager(labels: &Labels) -> Identity {
        Identity {
            source: Source::Alertmanager,
            labels: labels.clone(),
        }
    }

    /// The same condition as a drill, which is never the real one.
    #[must_use]
    pub fn as_drill(&self) -> Identity {
        Identity {
            source: self.source,
            labels: self.labels.with(DRILL, "true"),
        }
    }

    /// The same condition under the rule's new name.
    #[must_use]
    pub fn renamed(&self, rule: &str) -> Identity {
        Identity {
            source: self.source,
            labels: self.labels.with(RULE, rule),
        }
    }

    /// The rule, if one of ours.
    pub fn rule(&self) -> Option<&str> {
        match self.source {
            Source::Rules => self.labels.get(RULE),
            Source::Alertmanager => None,
        }
    }

    /// The entity, if one of ours.
    pub fn entity(&self) -> Option<EntityId> {
        self.entity_id().map(EntityId::new)
    }

    /// The id of the entity as text, if one of ours.
    pub fn entity_id(&self) -> Option<&str> {
        match self.source {
            Source::Rules => self.labels.get(ENTITY),
            Source::Alertmanager => None,
        }
    }

    /// The attributes of the series, if one of ours.
    pub fn attributes(&self) -> Labels {
        self.labels
            .iter()
            .filter(|(name, _)| !name.starts_with('@'))
            .collect()
    }

    /// What it is about by the name people know it by, as far as its labels tell: a device's; of an
    /// alert from outside its `host`, else its `instance` without the port. None for a host, whose
    /// name identifies nothing.
    pub fn named_place(&self) -> Option<&str> {
        match self.source {
            Source::Rules => self.entity_id()?.strip_prefix(DEVICE),
            Source::Alertmanager => {
                let instance = || self.labels.get("instance").map(without_port);
                self.labels.get("host").or_else(instance)
            }
        }
    }

    /// Where it is: the entity's id; of an alert from outside its `host`, else its `instance`
    /// without the port, else its `alertname`; may be empty.
    pub fn place(&self) -> &str {
        let name = || self.labels.get("alertname");
        match self.source {
            Source::Rules => self.labels.get(ENTITY),
            Source::Alertmanager => self.named_place().or_else(name),
        }
        .unwrap_or("")
    }

    /// Tells its place apart from others.
    pub fn place_mark(&self) -> PlaceMark {
        PlaceMark::of(self.place())
    }

    /// The Alertmanager fingerprint of the identity labels.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.labels)
    }
}

/// `db-7:9100` and `[::1]:9100` without `:9100`; a bare IPv6 address stays whole.
fn without_port(instance: &str) -> &str {
    match instance.rsplit_once(':') {
        Some((host, port))
            if port.bytes().all(|byte| byte.is_ascii_digit())
                && (!host.contains(':') || host.ends_with(']')) =>
        {
            host
        }
        Some(_) | None => instance,
    }
}

/// Stands for a place where only their number counts, in eight bytes; two places have the same one
/// once in some trillion installations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlaceMark(u64);

impl PlaceMark {
    /// Before all others.
    pub(crate) const FIRST: PlaceMark = PlaceMark(0);

    /// Of a place by name.
    pub(crate) fn of(place: &str) -> PlaceMark {
        PlaceMark(hash([place].into_iter()))
    }
}

/// Alertmanager's fingerprint of a label set: FNV-1a over names and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// FNV-1a 64 over name, 0xFF, value, 0xFF in order of name, as in
    /// prometheus/common `model.LabelSet.Fingerprint`.
    pub fn of(labels: &Labels) -> Fingerprint {
        let pairs = labels.iter();
        Fingerprint(hash(pairs.flat_map(|(name, value)| [name, value])))
    }
}

/// FNV-1a 64 over each text and 0xFF.
fn hash<'a>(texts: impl Iterator<Item = &'a str>) -> u64 {
    const OFFSET: u64 = 14_695_981_039_346_656_037;
    const PRIME: u64 = 1_099_511_628_211;
    let mut hash = OFFSET;
    for text in texts {
        for byte in text.bytes().chain([0xFF]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    hash
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_one_alertmanager_prints() {
        let none: [(&str, &str); 0] = [];
        check(none, "cbf29ce484222325");
        check([("foo", "bar")], "3fff2c2d7595e046");
        check(
            [
                ("severity", "critical"),
                ("alertname", "DemoAlert"),
                ("server", "ni3"),
            ],
            "8a07086b74f3ba78",
        );
    }

    #[test]
    fn a_drill_is_never_the_real_condition() {
        let real = Identity::of_rule(&EntityId::new("e"), "host-silent", &Labels::none());
        assert_ne!(real, real.as_drill());
        assert_eq!(real.as_drill().rule(), Some("host-silent"));
        assert_eq!(real.as_drill().attributes(), Labels::none());
    }

    #[test]
    fn an_alert_from_outside_is_at_its_host_or_at_its_instance_without_the_port() {
        for (labels, expected) in [
            ([("host", "db-7"), ("instance", "x:1")], "db-7"),
            ([("alertname", "Down"), ("instance", "db-7:9100")], "db-7"),
            ([("alertname", "Down"), ("instance", "[::1]:9100")], "[::1]"),
            ([("alertname", "Down"), ("instance", "fe80::1")], "fe80::1"),
            ([("alertname", "Down"), ("job", "node")], "Down"),
        ] {
            let labels: Labels = labels.into_iter().collect();
            assert_eq!(Identity::of_alertmanager(&labels).place(), expected);
        }
    }

    #[track_caller]
    fn check<const N: usize>(labels: [(&str, &str); N], expected: &str) {
        let labels: Labels = labels.into_iter().collect();
        assert_eq!(Fingerprint::of(&labels).to_string(), expected);
    }
}
