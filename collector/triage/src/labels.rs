//! Keeps label sets: sorted by name, cheap to copy, compared as a whole.
//!
//! In: names and values. Out: look-ups in order of name. Knows nothing of what
//! a label means.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A set of labels, sorted by name; empty values are not kept, as in Prometheus.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Labels(Arc<[(Arc<str>, Arc<str>)]>);

impl Labels {
    /// No labels at all.
    pub fn none() -> Labels {
        Labels(Arc::from([]))
    }

    /// The value of a label; a label that is absent has no value (matchers read it as empty).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .binary_search_by(|(known, _)| (**known).cmp(name))
            .ok()
            .map(|at| &*self.0[at].1)
    }

    /// Names and values in order of name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same labels with one set; an empty value removes it.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Labels {
        let mut labels: Vec<_> = self.0.to_vec();
        let at = labels.binary_search_by(|(known, _)| (**known).cmp(name));
        match (at, value.is_empty()) {
            (Ok(at), true) => drop(labels.remove(at)),
            (Ok(at), false) => labels[at].1 = Arc::from(value),
            (Err(_), true) => return self.clone(),
            (Err(at), false) => labels.insert(at, (Arc::from(name), Arc::from(value))),
        }
        Labels(Arc::from(labels))
    }

    /// The same labels with all of the others set as well. What is kept of either is shared, not
    /// copied.
    #[must_use]
    pub fn overlaid(&self, others: &Labels) -> Labels {
        if others.is_empty() {
            return self.clone();
        }
        let own = self.0.iter().filter(|(name, _)| others.get(name).is_none());
        let mut labels: Vec<_> = own.chain(others.0.iter()).cloned().collect();
        labels.sort_by(|(one, _), (other, _)| one.cmp(other));
        Labels(Arc::from(labels))
    }

    /// What all of these sets have in common.
    pub fn common<'a>(mut sets: impl Iterator<Item = &'a Labels>) -> Labels {
        let Some(first) = sets.next() else {
            return Labels::none();
        };
        let mut shared: Vec<(&str, &str)> = first.iter().collect();
        for set in sets {
            shared.retain(|(name, value)| set.get(name) == Some(value));
        }
        shared.into_iter().collect()
    }
}

impl Default for Labels {
    fn default() -> Labels {
        Labels::none()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    /// The last value of a name wins.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Labels {
        let sorted: BTreeMap<Arc<str>, Arc<str>> = pairs
            .into_iter()
            .map(|(name, value)| (Arc::from(name.as_ref()), Arc::from(value.as_ref())))
            .collect();
        Labels(
            sorted
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        )
    }
}

impl From<BTreeMap<String, String>> for Labels {
    fn from(map: BTreeMap<String, String>) -> Labels {
        map.into_iter().collect()
    }
}

impl From<Labels> for BTreeMap<String, String> {
    fn from(labels: Labels) -> BTreeMap<String, String> {
        labels
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Labels {
    /// As Prometheus writes them: `{host="db-7", mountpoint="/var"}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, (name, value)) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{name}={value:?}")?;
        }
        f.write_str("}")
    }
}
