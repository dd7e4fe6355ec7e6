//! The short form of a report: what was said before is not said again.
//!
//! In: nothing. Out: plain data, whose JSON is the body of a request of [`crate::WIRE_FOLDED`].
//! A [`crate::Folding`] makes it of rounds, a [`crate::Table`] makes rounds of it again.
//!
//! Both sides keep a table: who speaks, each series with its last value, each thing a probe
//! has said of itself. A folded report names the table it builds on, adds what is new, and
//! says how the table is called from then on. Names are never given twice, so that two who
//! mean different things notice it: the collector refuses with `unknown_basis`, and the
//! agent begins with an empty table. A report that builds on nothing can be read by itself.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{CheckRun, Event, HostFacts, Looked, Stream};

/// A report in its short form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Folded {
    /// [`crate::WIRE_FOLDED`]; the first field, so that a reader knows what follows.
    pub wire: u32,
    /// As in [`crate::Report`].
    pub agent: String,
    /// As in [`crate::Report`].
    pub stream: Stream,
    /// As in [`crate::Report`].
    pub sent_wall_ms: i64,
    /// As in [`crate::Report`].
    pub sent_mono_ms: u64,
    /// The table it builds on; 0: an empty one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub basis: u64,
    /// How the table is called after this report; 0: nobody will build on it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub makes: u64,
    /// Who speaks: in a report that builds on nothing, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    /// What probes said of themselves and is not in the table yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// Series that are not in the table yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Series>,
    /// Rounds in ascending order of `seq`.
    pub rounds: Vec<FoldedRound>,
}

/// What is the same in every report of one start of an agent, or of one batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speaker {
    /// As in [`crate::Report`].
    pub boot: String,
    /// As in [`crate::Report`].
    pub epoch: String,
    /// As in [`crate::Report`].
    pub host: HostFacts,
    /// As in [`crate::Report`].
    pub version: String,
    /// The pause between rounds, in seconds, of all rounds that do not say another.
    pub interval_s: f64,
}

/// What a [`crate::ProbeRun`] says, but for the time it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The probe's name.
    pub probe: String,
    /// What became of it.
    #[serde(flatten)]
    pub looked: Looked,
    /// The pause between its looks, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_s: Option<f64>,
}

/// What a [`crate::Sample`] says, but for its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Series {
    /// Metric name.
    pub name: String,
    /// What of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// A round in its short form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldedRound {
    /// As in [`crate::Round`].
    pub seq: u64,
    /// How long before the report was written the round began, in milliseconds of the wall
    /// clock and of the monotonic one.
    pub ago_ms: (i64, i64),
    /// Where it is not the speaker's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_s: Option<f64>,
    /// Probes, by their places among the lines, with the milliseconds each took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Run>,
    /// Values, by the places of their series; none: as the last one of this series.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Run>,
    /// As in [`crate::Round`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRun>,
    /// As in [`crate::Round`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

/// Values of neighbours in a table. As JSON one array: the first one's place, then values.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The place of the first one.
    pub first: u32,
    /// Its value and those of its neighbours.
    pub values: Vec<Option<f64>>,
}

fn is_zero(name: &u64) -> bool {
    *name == 0
}

impl Serialize for Run {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Every whole number up to this one has a double of its own.
        const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
        let mut array = serializer.serialize_seq(Some(self.values.len() + 1))?;
        array.serialize_element(&self.first)?;
        for value in &self.values {
            match value {
                // `7` is shorter than `7.0`; a negative zero would lose its sign.
                Some(value)
                    if value.fract() == 0.0
                        && value.abs() < WHOLE_MAX
                        && (*value != 0.0 || value.is_sign_positive()) =>
                {
                    array.serialize_element(&(*value as i64))?;
                }
                Some(value) => array.serialize_element(value)?,
                None => array.serialize_element(&())?,
            }
        }
        array.end()
    }
}

impl<'de> Deserialize<'de> for Run {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Run, D::Error> {
        struct Places;

        impl<'de> Visitor<'de> for Places {
            type Value = Run;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array of a place and values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Run, A::Error> {
                let first = array.next_element()?;
                let first = first.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let mut values = Vec::new();
                while let Some(value) = array.next_element()? {
                    values.push(value);
                }
                Ok(Run { first, values })
            }
        }

        deserializer.deserialize_seq(Places)
    }
}
