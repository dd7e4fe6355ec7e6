//! What was measured, as charts want it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::Time;

/// Which host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRef {
    /// Its agent's id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Everything measured of a host lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesList {
    /// The host.
    pub host: HostRef,
    /// How far the history reaches.
    pub since: Option<Time>,
    /// From when on it has every value, and not only minutes.
    pub full_since: Option<Time>,
    /// By metric and attributes; measured within the last 25 hours.
    pub series: Vec<SeriesNow>,
}

/// The newest value of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesNow {
    /// Its name.
    pub metric: String,
    /// `1` is a ratio, `By` bytes, `s` seconds; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What of it.
    pub attributes: BTreeMap<String, String>,
    /// When.
    pub at: Time,
    /// The value.
    pub value: f64,
}

/// One metric of a host over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesChart {
    /// The host.
    pub host: HostRef,
    /// The metric.
    pub metric: String,
    /// `1` is a ratio, `By` bytes, `s` seconds; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// The length of a step, in seconds: as asked for, or longer where there would be too many.
    pub step_s: f64,
    /// From when on the history has every value, and not only minutes.
    pub full_since: Option<Time>,
    /// One for each set of attributes.
    pub series: Vec<ChartSeries>,
    /// Series that are not in this answer because there are too many.
    pub left_out: u64,
}

/// One series over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChartSeries {
    /// What of the metric.
    pub attributes: BTreeMap<String, String>,
    /// In order of time; a step without a value is not there.
    pub points: Vec<ChartPoint>,
}

/// The values of one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChartPoint {
    /// When the last of them was measured.
    pub at: Time,
    /// The last of them.
    pub last: f64,
    /// The least of them.
    pub min: f64,
    /// The greatest of them.
    pub max: f64,
}
