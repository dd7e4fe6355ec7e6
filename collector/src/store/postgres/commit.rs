//! Turns a batch into statements: one for each table and kind of change, whatever its size.
//!
//! In: a [`Batch`]. Out: [`Write`]s, the first of which fails unless the batch is the next one.
//! Of several puts of the same key only the last is written.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio_postgres::types::ToSql;
use vedette_triage::IncidentId;

use super::session::{Value, Write};
use super::text::kept;
use crate::store::last_word::{Kept, LastWords, Place};
use crate::store::record::{FORM, encode};
use crate::store::row::{integer, rows_of};
use crate::store::{Batch, StoreError};

/// Bytes of bodies that one commit writes at most: a server that is sent more ends the connection.
const BODIES_BYTES_MAX: usize = 256 << 20;

/// Fails on a column that cannot be empty unless the batch follows the last one and this run still
/// has the store. Counters and time never go back, whatever the batch says.
const TAKE_NUMBER: &str = "
UPDATE meta SET number = CASE WHEN number = $1::bigint - 1 AND epoch = $2::bigint THEN $1::bigint END,
    now = greatest(now, $3::bigint), next_alert = greatest(next_alert, $4::bigint),
    next_incident = greatest(next_incident, $5::bigint),
    next_delivery = greatest(next_delivery, $6::bigint), revision = $7::bigint,
    records_bytes = records_bytes + $8::bigint";

/// Holds the store for a change that is no commit; fails like the one above. $2 may be nothing.
const HOLD: &str = "
UPDATE meta SET epoch = CASE WHEN epoch = $1::bigint THEN epoch END, now = greatest(now, $2::bigint)";

/// See [`crate::store::Store::commit`].
pub(super) fn writes(batch: &Batch) -> Result<Vec<Write<'_>>, StoreError> {
    let mut writes = Writes::default();
    let counters = &batch.counters;
    writes.add(
        TAKE_NUMBER,
        vec![
            of(integer(batch.number.0)?),
            of(integer(batch.epoch)?),
            of(batch.now.as_millis()),
            of(integer(counters.alert)?),
            of(integer(counters.incident)?),
            of(integer(counters.delivery)?),
            of(integer(batch.revision.0)?),
            of(integer(batch.record.body.bytes.len() as u64)?),
        ],
    );
    writes.put_records(batch)?;
    writes.put_deliveries(batch)?;
    writes.put_timeline(batch)?;
    writes.add(
        "INSERT INTO records VALUES ($1, $2, $3, $4, $5)",
        vec![
            of(integer(batch.number.0)?),
            of(batch.now.as_millis()),
            of(integer(batch.record.policy.0)?),
            of(i64::from(batch.record.body.form)),
            of(batch.record.body.bytes.as_slice()),
        ],
    );
    writes.bytes += batch.record.body.bytes.len();
    match writes.bytes {
        ..=BODIES_BYTES_MAX => Ok(writes.made),
        bytes => Err(StoreError::Refused(format!(
            "a commit of {bytes} bytes is beyond what is stored at once ({BODIES_BYTES_MAX})"
        ))),
    }
}

/// What stands before changes that are no commit.
pub(super) fn hold<'a>(epoch: u64, now: Option<i64>) -> Result<Write<'a>, StoreError> {
    Ok(Write {
        sql: HOLD.into(),
        values: vec![of(integer(epoch)?), of(now)],
    })
}

pub(super) fn of<'a>(value: impl ToSql + Sync + 'a) -> Value<'a> {
    Box::new(value)
}

/// What is to be written, in order.
#[derive(Default)]
pub(super) struct Writes<'a> {
    made: Vec<Write<'a>>,
    /// Of all bodies.
    bytes: usize,
}

impl<'a> Writes<'a> {
    pub(super) fn add(
        &mut self,
        sql: impl Into<std::borrow::Cow<'static, str>>,
        values: Vec<Value<'a>>,
    ) {
        let sql = sql.into();
        self.made.push(Write { sql, values });
    }

    pub(super) fn body(&mut self, record: &impl Serialize) -> Result<String, StoreError> {
        let body = encode(record)?;
        self.bytes += body.len();
        Ok(body)
    }

    fn put_records(&mut self, batch: &'a Batch) -> Result<(), StoreError> {
        // Taken apart, so that no kind of record is forgotten here.
        let LastWords {
            alerts,
            incidents,
            tickets,
            hosts,
            silences,
            accounts,
            recurrences,
            digests,
            rulings,
        } = LastWords::of(&batch.decisions);
        self.put_alerts(alerts)?;
        self.put_incidents(incidents, batch)?;
        self.put_tickets(tickets)?;
        let hosts = hosts.into_iter().map(|(id, host)| (id.as_str(), host));
        self.put_by_id("hosts", hosts)?;
        let silences = silences.into_iter();
        self.put_by_id(
            "silences",
            silences.map(|(id, silence)| (id.as_str(), silence)),
        )?;
        self.put_by_id("accounts", accounts.into_iter())?;
        self.put_by_id("recurrences", recurrences.into_iter())?;
        self.put_by_id("digests", digests.into_iter())?;
        self.put_by_id("rulings", rulings.into_iter())
    }

    fn put_alerts(
        &mut self,
        alerts: BTreeMap<vedette_triage::AlertId, Option<&'a vedette_triage::Alert>>,
    ) -> Result<(), StoreError> {
        let (mut ids, mut ends, mut bodies, mut dropped) = (vec![], vec![], vec![], vec![]);
        for (id, alert) in alerts {
            let id = integer(id.0)?;
            match alert {
                Some(alert) => {
                    ids.push(id);
                    ends.push(alert.valid_until.map(|at| at.as_millis()));
                    bodies.push(self.body(alert)?);
                }
                None => dropped.push(id),
            }
        }
        if !ids.is_empty() {
            self.add(
                "INSERT INTO alerts SELECT id, until, $4::bigint, body
                 FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS r (id, until, body)
                 ON CONFLICT (id) DO UPDATE SET valid_until = excluded.valid_until,
                     form = excluded.form, body = excluded.body",
                vec![of(ids), of(ends), of(bodies), of(i64::from(FORM))],
            );
        }
        if !dropped.is_empty() {
            self.add(
                "DELETE FROM alerts WHERE id = ANY($1::bigint[])",
                vec![of(dropped)],
            );
        }
        Ok(())
    }

    fn put_incidents(
        &mut self,
        incidents: BTreeMap<IncidentId, Kept<'a, vedette_triage::Incident>>,
        batch: &Batch,
    ) -> Result<(), StoreError> {
        let (mut ids, mut closed, mut bodies, mut over) = (vec![], vec![], vec![], vec![]);
        for (id, (incident, place)) in incidents {
            let id = integer(id.0)?;
            if let Some(incident) = incident {
                ids.push(id);
                closed.push(incident.closed_at.map(|at| at.as_millis()));
                bodies.push(self.body(incident)?);
            }
            match place {
                Place::Engine => {}
                Place::Archive => over.push(id),
            }
        }
        if !ids.is_empty() {
            self.add(
                "INSERT INTO incidents SELECT id, closed_at, $4::bigint, body
                 FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS r (id, closed_at, body)
                 ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at,
                     form = excluded.form, body = excluded.body",
                vec![of(ids), of(closed), of(bodies), of(i64::from(FORM))],
            );
        }
        if !over.is_empty() {
            self.add(
                "INSERT INTO archived_incidents
                 SELECT id, coalesce(closed_at, $2::bigint), form, body
                 FROM incidents WHERE id = ANY($1::bigint[])
                 ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at,
                     form = excluded.form, body = excluded.body",
                vec![of(over.clone()), of(batch.now.as_millis())],
            );
            self.add(
                "DELETE FROM incidents WHERE id = ANY($1::bigint[])",
                vec![of(over)],
            );
        }
        Ok(())
    }

    fn put_tickets(
        &mut self,
        tickets: BTreeMap<(IncidentId, &'a str), Kept<'a, vedette_triage::Ticket>>,
    ) -> Result<(), StoreError> {
        let (mut incidents, mut receivers, mut bodies) = (vec![], vec![], vec![]);
        let (mut over, mut over_at) = (vec![], vec![]);
        for ((incident, receiver), (ticket, place)) in tickets {
            let incident = integer(incident.0)?;
            if let Some(ticket) = ticket {
                incidents.push(incident);
                receivers.push(kept(receiver));
                bodies.push(self.body(ticket)?);
            }
            match place {
                Place::Engine => {}
                Place::Archive => {
                    over.push(incident);
                    over_at.push(kept(receiver));
                }
            }
        }
        if !incidents.is_empty() {
            self.add(
                "INSERT INTO tickets SELECT incident, receiver, $4::bigint, body
                 FROM unnest($1::bigint[], $2::text[], $3::text[]) AS r (incident, receiver, body)
                 ON CONFLICT (incident, receiver) DO UPDATE SET form = excluded.form, body = excluded.body",
                vec![of(incidents), of(receivers), of(bodies), of(i64::from(FORM))],
            );
        }
        if !over.is_empty() {
            self.add(
                "INSERT INTO archived_tickets SELECT t.incident, t.receiver, t.form, t.body
                 FROM tickets t JOIN unnest($1::bigint[], $2::text[]) AS r (incident, receiver)
                     ON t.incident = r.incident AND t.receiver = r.receiver
                 ON CONFLICT (incident, receiver) DO UPDATE SET form = excluded.form, body = excluded.body",
                vec![of(over.clone()), of(over_at.clone())],
            );
            self.add(
                "DELETE FROM tickets t USING unnest($1::bigint[], $2::text[]) AS r (incident, receiver)
                 WHERE t.incident = r.incident AND t.receiver = r.receiver",
                vec![of(over), of(over_at)],
            );
        }
        Ok(())
    }

    /// Records that have a text for a key.
    fn put_by_id<T: Serialize + 'a>(
        &mut self,
        table: &'static str,
        records: impl Iterator<Item = (&'a str, Option<&'a T>)>,
    ) -> Result<(), StoreError> {
        let (mut ids, mut bodies, mut dropped) = (vec![], vec![], vec![]);
        for (id, record) in records {
            match record {
                Some(record) => {
                    ids.push(kept(id));
                    bodies.push(self.body(record)?);
                }
                None => dropped.push(kept(id)),
            }
        }
        if !ids.is_empty() {
            self.add(
                format!(
                    "INSERT INTO {table} SELECT id, $3::bigint, body
                     FROM unnest($1::text[], $2::text[]) AS r (id, body)
                     ON CONFLICT (id) DO UPDATE SET form = excluded.form, body = excluded.body"
                ),
                vec![of(ids), of(bodies), of(i64::from(FORM))],
            );
        }
        if !dropped.is_empty() {
            let sql = format!("DELETE FROM {table} WHERE id = ANY($1::text[])");
            self.add(sql, vec![of(dropped)]);
        }
        Ok(())
    }

    fn put_timeline(&mut self, batch: &'a Batch) -> Result<(), StoreError> {
        let (mut nths, mut times, mut incidents) = (vec![], vec![], vec![]);
        let (mut hosts, mut bodies) = (vec![], vec![]);
        for decision in batch.decisions.iter() {
            for row in rows_of(decision) {
                nths.push(integer(nths.len() as u64)?);
                times.push(decision.at.as_millis());
                incidents.push(row.incident.map(|id| integer(id.0)).transpose()?);
                hosts.push(row.host.map(kept));
                bodies.push(self.body(&row.entries)?);
            }
        }
        if nths.is_empty() {
            return Ok(());
        }
        self.add(
            "INSERT INTO timeline SELECT $6::bigint, nth, at, incident, host, $7::bigint, $8::bigint, body
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
                 AS r (nth, at, incident, host, body)",
            vec![
                of(nths),
                of(times),
                of(incidents),
                of(hosts),
                of(bodies),
                of(integer(batch.number.0)?),
                of(integer(batch.revision.0)?),
                of(i64::from(FORM)),
            ],
        );
        Ok(())
    }
}
