//! Keeps label sets: sorted by name, cheap to copy, compared as a whole, small.
//!
//! In: names and values. Out: look-ups in order of name. A set is one piece of text, because
//! there are millions of them: how many labels, then for each the bytes of its name and value,
//! and both. No labels are no text at all: most annotations are. Knows nothing of what a label means.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A set of labels, sorted by name; empty values are not kept, as in Prometheus.
///
/// Their order among each other is the same in each run, and means nothing.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Labels(Option<Arc<str>>);

/// Below the first number that is no character.
const DIGIT: usize = 0x8000;

/// Names and values in order of name.
#[derive(Clone)]
struct Unpacked<'a> {
    left: usize,
    text: &'a str,
}

impl<'a> Iterator for Unpacked<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let (name, text) = number(self.text);
        let (value, text) = number(text);
        let (name, text) = text.split_at(name);
        let (value, text) = text.split_at(value);
        self.text = text;
        Some((name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Unpacked<'_> {}

/// The number a text begins with, and the rest.
fn number(text: &str) -> (usize, &str) {
    let mut characters = text.chars();
    let mut digit = || characters.next().map_or(0, |digit| digit as usize);
    let number = digit() * DIGIT + digit();
    (number, characters.as_str())
}

fn push_number(text: &mut String, number: usize) {
    for digit in [number / DIGIT, number % DIGIT] {
        let digit = u32::try_from(digit).ok().and_then(char::from_u32);
        text.push(digit.expect("a label is shorter than a gigabyte"));
    }
}

/// From names and values in order of name, each name once.
fn packed(pairs: &[(&str, &str)]) -> Labels {
    if pairs.is_empty() {
        return Labels(None);
    }
    let bytes = |(name, value): &(&str, &str)| name.len() + value.len() + 6;
    let mut text = String::with_capacity(2 + pairs.iter().map(bytes).sum::<usize>());
    push_number(&mut text, pairs.len());
    for (name, value) in pairs {
        push_number(&mut text, name.len());
        push_number(&mut text, value.len());
        text.push_str(name);
        text.push_str(value);
    }
    Labels(Some(Arc::from(text)))
}

impl Labels {
    /// No labels at all.
    pub fn none() -> Labels {
        Labels(None)
    }

    /// The value of a label; a label that is absent has no value (matchers read it as empty).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.unpacked()
            .take_while(|(known, _)| *known <= name)
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Names and values in order of name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        self.unpacked()
    }

    fn unpacked(&self) -> Unpacked<'_> {
        let (left, text) = self.0.as_deref().map_or((0, ""), number);
        Unpacked { left, text }
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.unpacked().left
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same labels with one set; an empty value removes it.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Labels {
        let mut labels: Vec<(&str, &str)> = self.iter().collect();
        let at = labels.binary_search_by(|(known, _)| (*known).cmp(name));
        match (at, value.is_empty()) {
            (Ok(at), true) => drop(labels.remove(at)),
            (Ok(at), false) => labels[at].1 = value,
            (Err(_), true) => return self.clone(),
            (Err(at), false) => labels.insert(at, (name, value)),
        }
        packed(&labels)
    }

    /// The same labels with all of the others set as well.
    #[must_use]
    pub fn overlaid(&self, others: &Labels) -> Labels {
        if others.is_empty() {
            return self.clone();
        }
        self.iter().chain(others.iter()).collect()
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

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    /// The last value of a name wins.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Labels {
        let pairs: Vec<(N, V)> = pairs.into_iter().collect();
        let mut sorted: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
            .collect();
        // Stable: of two with one name the later one stays behind, and is kept.
        sorted.sort_by_key(|(name, _)| *name);
        let mut kept: Vec<(&str, &str)> = Vec::with_capacity(sorted.len());
        for (name, value) in sorted {
            match kept.last_mut() {
                Some(last) if last.0 == name => last.1 = value,
                Some(_) | None => kept.push((name, value)),
            }
        }
        kept.retain(|(_, value)| !value.is_empty());
        packed(&kept)
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
