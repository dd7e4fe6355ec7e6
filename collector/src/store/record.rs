//! Turns records into stored bodies and back.
//!
//! In: records. Out: JSON, and the number of its form. The number stands in a
//! column beside the body, not in it: what a newer version wrote is recognised
//! before anything of it is parsed, and a migration finds old rows without
//! opening any. Knows nothing of tables but their names in messages.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use vedette_triage::{Change, Decision, Reason};

use super::{Batch, StoreError};

/// The form of every body this version writes; raised when any of them changes
/// in a way that older versions cannot read.
pub(super) const FORM: u32 = 1;

/// A body as it lies in the store.
pub(super) struct Stored<'a> {
    /// The table it was found in.
    pub(super) table: &'static str,
    /// Its key there.
    pub(super) key: &'a dyn Display,
    /// The number of its form.
    pub(super) form: u32,
    /// The JSON.
    pub(super) body: &'a str,
}

/// The body of a record, in form [`FORM`].
pub(super) fn encode<T: Serialize>(record: &T) -> Result<String, StoreError> {
    serde_json::to_string(record)
        .map_err(|error| StoreError::Refused(format!("a record cannot be written: {error}")))
}

/// The record in a body. Everything that is wrong with it is [`StoreError::Broken`].
pub(super) fn decode<T: DeserializeOwned>(stored: &Stored<'_>) -> Result<T, StoreError> {
    let Stored {
        table,
        key,
        form,
        body,
    } = stored;
    if *form > FORM {
        return Err(StoreError::Broken(format!(
            "{table} {key} has form {form}, written by a newer version; \
             this one reads forms up to {FORM}: start the newer version again"
        )));
    }
    serde_json::from_str(body).map_err(|error| {
        StoreError::Broken(format!(
            "{table} {key} (form {form}) is unreadable: {error}"
        ))
    })
}

/// Refuses what could be written but never read back: JSON has no infinity and
/// no not-a-number, and a store that cannot be loaded is worse than a lost change.
pub(super) fn admit(batch: &Batch) -> Result<(), StoreError> {
    for decision in batch.decisions.iter() {
        if let Some((what, name, value)) =
            numbers(decision).find(|(_, _, value)| !value.is_finite())
        {
            return Err(StoreError::Refused(format!(
                "{what} has the value {value} for {name}, which cannot be stored; correct whoever measured it"
            )));
        }
    }
    Ok(())
}

/// A number that was measured: of what, its name, its value.
type Measured<'a> = (&'static str, &'a str, f64);

/// Every floating-point number in a decision.
fn numbers(decision: &Decision) -> impl Iterator<Item = Measured<'_>> {
    let of_changes = decision.changes.iter().flat_map(|change| match change {
        Change::PutAlert(alert) => named("an alert", &alert.about.values),
        Change::AddDelivery(delivery) => named("a delivery", &delivery.facts.values),
        Change::PutHost(host) => vec![("a host", "interval_s", host.interval_s)],
        Change::DropAlert(_)
        | Change::PutIncident(_)
        | Change::ArchiveIncident(_)
        | Change::PutTicket(_)
        | Change::DropTicket(_, _)
        | Change::DropHost(_)
        | Change::PutSilence(_)
        | Change::DropSilence(_)
        | Change::PutAccount(_)
        | Change::DropAccount(_)
        | Change::PutRecurrence(_)
        | Change::DropRecurrence(_)
        | Change::PutDigest(_)
        | Change::DropDigest(_)
        | Change::PutRuling(_)
        | Change::DropRuling(_)
        | Change::TakeBackDelivery(_)
        | Change::SettleDelivery(_, _) => Vec::new(),
    });
    let of_entries = decision.entries.iter().flat_map(|entry| {
        // Only these reasons carry measured values.
        if let Reason::Fired { values, .. }
        | Reason::FiredAgain { values, .. }
        | Reason::SeverityChanged { values, .. }
        | Reason::Ended { values, .. } = &entry.reason
        {
            named("a reason", values)
        } else {
            Vec::new()
        }
    });
    of_changes.chain(of_entries)
}

fn named<'a>(what: &'static str, values: &'a [(String, f64)]) -> Vec<Measured<'a>> {
    let measured = |(name, value): &'a (String, f64)| (what, name.as_str(), *value);
    values.iter().map(measured).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_newer_form_says_what_to_do_and_is_not_parsed() {
        check(2, "{what no parser knows", "incidents 7 has form 2");
        check(2, "{what no parser knows", "start the newer version");
    }

    #[test]
    fn an_unreadable_body_names_its_table_and_key() {
        check(1, "{\"torn", "incidents 7 (form 1) is unreadable");
        check(1, "\"a text\"", "incidents 7 (form 1) is unreadable");
    }

    #[track_caller]
    fn check(form: u32, body: &str, expected: &str) {
        let stored = Stored {
            table: "incidents",
            key: &7,
            form,
            body,
        };
        match decode::<u64>(&stored) {
            Err(StoreError::Broken(message)) => {
                assert!(message.contains(expected), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
}
