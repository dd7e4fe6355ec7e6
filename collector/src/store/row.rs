//! Decides what stands in rows of every database: numbers, standings, lines of a timeline.
//!
//! In: values of the domain. Out: what a column holds, and back. Knows nothing of SQL.

use vedette_triage::{Decision, DeliveryId, Entry, IncidentId};

use super::{Standing, StoreError};

/// Of `deliveries.standing`.
pub(super) const PENDING: u8 = 0;
pub(super) const DONE: u8 = 1;
pub(super) const DEAD: u8 = 2;

/// A number as databases keep it: with a sign.
pub(super) fn integer(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number)
        .map_err(|_| StoreError::Refused(format!("the number {number} is beyond what is stored")))
}

/// Where a delivery stands.
pub(super) fn standing(code: u8, id: DeliveryId) -> Result<Standing, StoreError> {
    match code {
        PENDING => Ok(Standing::Pending),
        DONE => Ok(Standing::Done),
        DEAD => Ok(Standing::Dead),
        other => Err(StoreError::Broken(format!(
            "deliveries {} has standing {other}",
            id.0
        ))),
    }
}

/// Entries of one decision that share a row.
pub(super) struct Row<'a> {
    /// Whose timeline.
    pub(super) incident: Option<IncidentId>,
    /// The host that any of them names.
    pub(super) host: Option<&'a str>,
    /// In order.
    pub(super) entries: Vec<&'a Entry>,
}

/// One row per incident, in order; another one only where a second host begins,
/// so that a host's timeline is found by one column.
pub(super) fn rows_of(decision: &Decision) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for entry in &decision.entries {
        let host = entry.host.as_ref().map(|id| id.as_str());
        let open = rows
            .iter_mut()
            .rev()
            .find(|row| row.incident == entry.incident)
            .filter(|row| row.host.is_none() || host.is_none() || row.host == host);
        match open {
            Some(row) => {
                row.host = row.host.or(host);
                row.entries.push(entry);
            }
            None => rows.push(Row {
                incident: entry.incident,
                host,
                entries: vec![entry],
            }),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use vedette_triage::{EntityId, Reason};

    #[test]
    fn entries_of_one_decision_share_a_row_per_incident_and_keep_their_order() {
        check(&[(1, ""), (1, "a"), (1, "a")], &[3]);
        check(&[(1, "a"), (1, ""), (2, "a"), (1, "a")], &[3, 1]);
        check(&[(1, "a"), (1, "b"), (1, ""), (1, "a")], &[1, 2, 1]);
        check(&[], &[]);
    }

    #[track_caller]
    fn check(entries: &[(u64, &str)], expected: &[usize]) {
        let entry = |(incident, host): &(u64, &str)| Entry {
            incident: Some(IncidentId(*incident)),
            alert: None,
            host: (!host.is_empty()).then(|| EntityId::new(host)),
            reason: Reason::Redescribed,
        };
        let decision = Decision {
            entries: entries.iter().map(entry).collect(),
            ..Decision::default()
        };
        let sizes: Vec<usize> = rows_of(&decision)
            .iter()
            .map(|row| row.entries.len())
            .collect();
        assert_eq!(sizes, expected);
    }
}
