//! Turns what becomes of deliveries into statements.
//!
//! In: the changes of a batch in order. Out: additions first, then settling and taking back as they
//! come: that is the same, for one that is new is never before one that waits.

use std::collections::{BTreeMap, BTreeSet};

use vedette_triage::{Change, Delivery, DeliveryId, Fate};

use super::commit::{Writes, of};
use super::text::kept;
use crate::store::record::FORM;
use crate::store::row::{DEAD, DONE, integer};
use crate::store::{Batch, StoreError};

impl<'a> Writes<'a> {
    pub(super) fn put_deliveries(&mut self, batch: &'a Batch) -> Result<(), StoreError> {
        let (mut added, mut ends) = (Vec::new(), Vec::new());
        let changes = batch
            .decisions
            .iter()
            .flat_map(|decision| &decision.changes);
        for change in changes {
            match change {
                Change::AddDelivery(delivery) => added.push(&**delivery),
                Change::TakeBackDelivery(id) => End::take_back(&mut ends, *id),
                Change::SettleDelivery(id, fate) => End::settle(&mut ends, *id, fate),
                Change::PutAlert(_)
                | Change::DropAlert(_)
                | Change::PutIncident(_)
                | Change::ArchiveIncident(_)
                | Change::PutTicket(_)
                | Change::DropTicket(_, _)
                | Change::PutHost(_)
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
                | Change::DropRuling(_) => {}
            }
        }
        if !added.is_empty() {
            self.add_deliveries(&added, batch)?;
        }
        for end in ends {
            match end {
                End::Settle(settled) => self.settle(settled, batch)?,
                End::TakeBack(ids) => {
                    let ids: Result<Vec<i64>, _> = ids.iter().map(|id| integer(id.0)).collect();
                    // The first of its ticket may have been sent.
                    self.add(
                        "DELETE FROM deliveries WHERE id = ANY($1::bigint[]) AND standing = 0 AND NOT head",
                        vec![of(ids?)],
                    );
                }
            }
        }
        Ok(())
    }

    /// One is first of its ticket unless an earlier one waits there (invariant 13), in the table or
    /// in this commit.
    fn add_deliveries(&mut self, added: &[&'a Delivery], batch: &Batch) -> Result<(), StoreError> {
        let (mut ids, mut incidents, mut receivers, mut seqs) = (vec![], vec![], vec![], vec![]);
        let (mut firsts, mut times, mut bodies) = (vec![], vec![], vec![]);
        let mut tickets = BTreeSet::new();
        for delivery in added {
            ids.push(integer(delivery.id.0)?);
            incidents.push(integer(delivery.incident.0)?);
            receivers.push(kept(&delivery.receiver));
            seqs.push(i64::from(delivery.seq));
            firsts.push(tickets.insert((delivery.incident, delivery.receiver.as_str())));
            times.push(delivery.created_at.as_millis());
            bodies.push(self.body(*delivery)?);
        }
        self.add(
            "INSERT INTO deliveries
             SELECT r.id, r.incident, r.receiver, r.seq, 0,
                    r.is_first AND NOT EXISTS (
                        SELECT 1 FROM deliveries d WHERE d.incident = r.incident
                            AND d.receiver = r.receiver AND d.standing = 0 AND d.id < r.id),
                    r.at, 0, $8::bigint, NULL, r.at, '', $9::bigint, r.body
             FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::boolean[],
                         $6::bigint[], $7::text[]) AS r (id, incident, receiver, seq, is_first, at, body)",
            vec![
                of(ids),
                of(incidents),
                of(receivers),
                of(seqs),
                of(firsts),
                of(times),
                of(bodies),
                of(integer(batch.epoch)?),
                of(i64::from(FORM)),
            ],
        );
        Ok(())
    }

    /// The next of each ticket becomes the first. It was never attempted while it was
    /// not, so its epoch is this run's: its outcome cannot be unknown.
    fn settle(
        &mut self,
        settled: BTreeMap<DeliveryId, &'a Fate>,
        batch: &Batch,
    ) -> Result<(), StoreError> {
        let (mut ids, mut standings, mut answers) = (vec![], vec![], vec![]);
        for (id, fate) in settled {
            let (standing, answer) = match fate {
                Fate::Done { .. } => (DONE, ""),
                Fate::Dead { why } => (DEAD, why.as_str()),
            };
            ids.push(integer(id.0)?);
            standings.push(i16::from(standing));
            answers.push(kept(answer));
        }
        self.add(
            "UPDATE deliveries d SET standing = r.standing, head = false, at = $4::bigint, answer = r.answer
             FROM unnest($1::bigint[], $2::smallint[], $3::text[]) AS r (id, standing, answer)
             WHERE d.id = r.id AND d.standing = 0",
            vec![of(ids.clone()), of(standings), of(answers), of(batch.now.as_millis())],
        );
        self.add(
            "UPDATE deliveries SET head = true, epoch = $2::bigint WHERE NOT head AND id IN (
                 SELECT min(next.id) FROM deliveries s JOIN deliveries next
                     ON next.incident = s.incident AND next.receiver = s.receiver AND next.standing = 0
                 WHERE s.id = ANY($1::bigint[]) GROUP BY next.incident, next.receiver)",
            vec![of(ids), of(integer(batch.epoch)?)],
        );
        Ok(())
    }
}

/// Deliveries that are settled or taken back one after the other, without the other in between:
/// the order of these two counts, within each it does not.
enum End<'a> {
    /// The first word on each counts.
    Settle(BTreeMap<DeliveryId, &'a Fate>),
    TakeBack(Vec<DeliveryId>),
}

impl<'a> End<'a> {
    fn settle(ends: &mut Vec<End<'a>>, id: DeliveryId, fate: &'a Fate) {
        if let Some(End::Settle(settled)) = ends.last_mut() {
            settled.entry(id).or_insert(fate);
        } else {
            ends.push(End::Settle([(id, fate)].into()));
        }
    }

    fn take_back(ends: &mut Vec<End<'a>>, id: DeliveryId) {
        if let Some(End::TakeBack(ids)) = ends.last_mut() {
            ids.push(id);
        } else {
            ends.push(End::TakeBack(vec![id]));
        }
    }
}
