//! Decides how urgent an incident is, and says why.
//!
//! Impact x urgency -> P1..P5, the matrix being data. Knows nothing of people.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// P1 is worked on first. P5 is never a ticket of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Priority {
    P1,
    P2,
    P3,
    P4,
    P5,
}

impl Priority {
    /// `P1` to `P5`.
    pub fn as_str(self) -> &'static str {
        match self {
            Priority::P1 => "P1",
            Priority::P2 => "P2",
            Priority::P3 => "P3",
            Priority::P4 => "P4",
            Priority::P5 => "P5",
        }
    }

    /// The next one that is less urgent; P5 stays.
    #[must_use]
    pub fn lower(self) -> Priority {
        match self {
            Priority::P1 => Priority::P2,
            Priority::P2 => Priority::P3,
            Priority::P3 => Priority::P4,
            Priority::P4 | Priority::P5 => Priority::P5,
        }
    }

    /// All of them, the worst first.
    pub const ALL: [Priority; 5] = [
        Priority::P1,
        Priority::P2,
        Priority::P3,
        Priority::P4,
        Priority::P5,
    ];
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much hangs on what is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// One workstation.
    Low,
    /// One server, or a workstation of tier 2.
    Medium,
    /// Five or more servers, a tier-1 service, or what such a one or five or more others need.
    High,
}

/// How soon something must be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Warning.
    Low,
    /// Critical, but with hours left or getting better; or a warning that will be critical soon.
    Medium,
    /// Critical.
    High,
}

/// Impact x urgency -> priority, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// Rows: impact low, medium, high; columns: urgency low, medium, high.
    pub rows: [[Priority; 3]; 3],
}

impl Default for Matrix {
    /// Contract section 4: a lone critical server is P2, a warning P4, a workstation P4 or P5, a site P1.
    fn default() -> Matrix {
        use Priority::{P1, P2, P3, P4, P5};
        Matrix {
            rows: [[P5, P4, P4], [P4, P3, P2], [P3, P2, P1]],
        }
    }
}

impl Matrix {
    /// The priority for an impact and an urgency.
    pub fn priority(&self, impact: Impact, urgency: Urgency) -> Priority {
        let row = match impact {
            Impact::Low => 0,
            Impact::Medium => 1,
            Impact::High => 2,
        };
        let column = match urgency {
            Urgency::Low => 0,
            Urgency::Medium => 1,
            Urgency::High => 2,
        };
        self.rows[row][column]
    }
}

/// From when on something counts as much, or as soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// So many servers are more than one server's trouble.
    pub many_servers: usize,
    /// So many others that need a place make it weigh more than itself.
    pub many_dependents: usize,
    /// Less time left than this is little.
    pub soon: Duration,
}

impl Default for Bounds {
    /// Contract section 4.
    fn default() -> Bounds {
        Bounds {
            many_servers: 5,
            many_dependents: 5,
            soon: Duration::from_secs(2 * 3600),
        }
    }
}

/// Each input of a priority, so that it can be explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorityWhy {
    /// How much hangs on it.
    pub impact: Impact,
    /// What made the impact: `server`, `workstation`, `tier 1`, `tier 2`, `7 servers`,
    /// `25 others need esx-07`, `erp-db of tier 1 needs esx-07`, `alert from outside`.
    pub impact_from: String,
    /// How soon.
    pub urgency: Urgency,
    /// What made the urgency: `critical`, `warning`, `critical, 4 hours left`, `critical, getting
    /// better`; and that it is over by now, where it was told
    /// late and is one priority lower for that.
    pub urgency_from: String,
    /// What would raise it: `P1 when less than 2 hours are left`; empty if nothing would.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub raised: String,
}
