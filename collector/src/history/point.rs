//! Keeps what history gives back: a host's series, each with what was measured.
//!
//! In: names and attributes as reports have them. Out: a [`Key`] that is cheap to keep and to
//! compare, and a [`Track`] for each. Knows nothing of files.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::detect::{Recalled, Summary};
use vedette_wire::Sample;

/// Stands between the parts of a key; nothing that has it in a name is kept.
const BETWEEN: char = '\0';

/// A metric and its attributes, as one piece of text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key(pub(super) Arc<str>);

impl Key {
    /// None where a name cannot be kept.
    pub(super) fn of(sample: &Sample) -> Option<Key> {
        let mut text = sample.name.clone();
        for (name, value) in &sample.attributes {
            for part in [name, value] {
                text.push(BETWEEN);
                text.push_str(part);
            }
        }
        let parts = 2 * sample.attributes.len();
        (text.matches(BETWEEN).count() == parts).then(|| Key(text.into()))
    }

    /// Whether it is that of a sample; makes nothing, for it is asked about each of them.
    pub(super) fn is_of(&self, sample: &Sample) -> bool {
        let mut rest = self.0.strip_prefix(&*sample.name);
        for (name, value) in &sample.attributes {
            for part in [name, value] {
                rest = rest
                    .and_then(|rest| rest.strip_prefix(BETWEEN))
                    .and_then(|rest| rest.strip_prefix(&**part));
            }
        }
        rest.is_some_and(str::is_empty)
    }

    pub(super) fn name(&self) -> &str {
        metric_of(&self.0)
    }

    fn attributes(&self) -> BTreeMap<String, String> {
        let mut parts = self.0.split(BETWEEN).skip(1).map(str::to_owned);
        let mut attributes = BTreeMap::new();
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            attributes.insert(name, value);
        }
        attributes
    }
}

/// The metric in the text of a key.
pub(super) fn metric_of(key: &str) -> &str {
    key.split(BETWEEN).next().unwrap_or_default()
}

/// One series of a host and what was measured of it, in order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its metric and attributes, with the newest value.
    pub series: Sample,
    /// How long a value of it stays known.
    pub known_for: Duration,
    /// What was measured: single values, or the last, least and greatest of a minute.
    pub points: Vec<Summary>,
}

impl Track {
    pub(super) fn new(key: &Key, known_for: Duration) -> Track {
        Track {
            series: Sample {
                name: key.name().to_owned(),
                attributes: key.attributes(),
                value: f64::NAN,
            },
            known_for,
            points: Vec::new(),
        }
    }

    /// As detection takes it.
    pub fn recalled(&self) -> Recalled<'_> {
        Recalled {
            series: &self.series,
            known_for: self.known_for,
            values: &self.points,
        }
    }

    /// In order of time, each time once, and the newest value with the series.
    pub(super) fn finish(&mut self) {
        self.points.sort_by_key(|point| point.at);
        self.points.dedup_by_key(|point| point.at);
        self.series.value = self.points.last().map_or(f64::NAN, |point| point.last);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_is_of_the_same_name_and_attributes_and_of_no_other() {
        let used = sample("used", &[("device", "sda"), ("mountpoint", "/var")]);
        let key = Key::of(&used).unwrap();
        assert_eq!(key.name(), "used");
        assert_eq!(
            Track::new(&key, Duration::ZERO).series.attributes,
            used.attributes
        );
        assert!(key.is_of(&used));
        let others = [
            sample("use", &[("device", "sda"), ("mountpoint", "/var")]),
            sample("used", &[("device", "sda")]),
            sample("used", &[("device", "sda"), ("mountpoint", "/va")]),
            sample("used", &[("device", "sda"), ("mountpoint", "/var/log")]),
            sample(
                "used",
                &[("device", "sda"), ("mountpoint", "/var"), ("type", "xfs")],
            ),
        ];
        for other in others {
            assert!(!key.is_of(&other), "{other:?}");
        }
    }

    #[test]
    fn what_could_be_taken_for_another_is_not_kept() {
        assert_eq!(Key::of(&sample("used", &[("device", "a\0b")])), None);
    }

    fn sample(name: &str, attributes: &[(&str, &str)]) -> Sample {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Sample {
            name: name.to_owned(),
            attributes: attributes.iter().map(owned).collect(),
            value: 1.0,
        }
    }
}
