//! Writes the body of a request, in the form its reader knows.
//!
//! In: who speaks, and rounds; those that waited are JSON already. Out: the JSON of a report,
//! plain or folded, gzipped. For the plain form rounds are not parsed again on their way out
//! of the spool.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use uuid::Uuid;
use vedette_wire::{Folding, HostFacts, Report, Round, Stream, WIRE_VERSION};

use crate::clock::Stamp;
use crate::spool::{Batch, Item};

/// Who speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The agent's id.
    pub agent: Uuid,
    /// The present boot of the host.
    pub boot: Uuid,
    /// The epoch of the live stream: this start of the agent.
    pub epoch: Uuid,
    /// What the host says of itself.
    pub host: HostFacts,
}

/// A report that is not written yet.
pub(super) struct Letter<'a> {
    head: Report,
    rounds: Rounds<'a>,
}

enum Rounds<'a> {
    Live(&'a Round),
    Waited(&'a [Item]),
}

impl<'a> Letter<'a> {
    /// The report of one live round.
    pub(super) fn live(identity: &Identity, round: &'a Round, now: Stamp) -> Letter<'a> {
        Letter {
            head: head(identity, Stream::Live, identity.epoch, identity.boot, now),
            rounds: Rounds::Live(round),
        }
    }

    /// The report of a batch of the backlog.
    ///
    /// The age of a round is the time of sending minus its own, both on the monotonic clock.
    /// For rounds of an earlier boot that clock is gone; it is continued by the wall clock,
    /// so that the same subtraction yields the same age.
    pub(super) fn backlog(identity: &Identity, batch: &'a Batch, now: Stamp) -> Letter<'a> {
        let sent = match batch.boot == identity.boot {
            true => now,
            false => {
                let since = now.wall_ms.saturating_sub(batch.last_stamp.wall_ms);
                let since = u64::try_from(since).unwrap_or(0);
                Stamp {
                    wall_ms: now.wall_ms,
                    mono_ms: batch.last_stamp.mono_ms.saturating_add(since),
                }
            }
        };
        let epoch = batch.last.epoch;
        Letter {
            head: head(identity, Stream::Backlog, epoch, batch.boot, sent),
            rounds: Rounds::Waited(&batch.items),
        }
    }

    /// The form that everybody reads.
    pub(super) fn plain(&self) -> Vec<u8> {
        match self.rounds {
            Rounds::Live(round) => splice(&self.head, std::iter::once(&json(round))),
            Rounds::Waited(items) => splice(&self.head, items.iter().map(|item| &item.json)),
        }
    }

    /// The short form. A live round builds on `folding`; what waited stands by itself, for
    /// it is read at some time by whoever is there. `None`: it cannot be said so.
    pub(super) fn folded(&self, folding: &mut Folding) -> Option<Vec<u8>> {
        let folded = match self.rounds {
            Rounds::Live(round) => {
                if folding.is_overgrown(round.samples.len()) {
                    folding.reset();
                }
                let mut folded = folding.begin(&self.head, round.interval_s, true);
                folding.add(round, &mut folded)?;
                folded
            }
            Rounds::Waited(items) => {
                let mut folding = Folding::default();
                let mut folded = None;
                // One after the other: unpacked, sixty rounds are a megabyte.
                for item in items {
                    let round: Round = serde_json::from_slice(&item.json).ok()?;
                    let folded = folded
                        .get_or_insert_with(|| folding.begin(&self.head, round.interval_s, false));
                    folding.add(&round, folded)?;
                }
                folded?
            }
        };
        Some(json(&folded))
    }
}

/// The same bytes, gzipped.
pub(super) fn gzip(json: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(json)
        .and_then(|()| encoder.finish())
        .unwrap_or_else(|error| impossible(&error))
}

fn head(identity: &Identity, stream: Stream, epoch: Uuid, boot: Uuid, sent: Stamp) -> Report {
    Report {
        wire: WIRE_VERSION,
        agent: identity.agent.to_string(),
        boot: boot.to_string(),
        epoch: epoch.to_string(),
        stream,
        host: identity.host.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sent_wall_ms: sent.wall_ms,
        sent_mono_ms: sent.mono_ms,
        rounds: Vec::new(),
    }
}

/// `rounds` is the last field of a report, and the head has none: they go in before the
/// last two brackets.
fn splice<'a>(head: &Report, rounds: impl Iterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut json = json(head);
    let end = json.len() - b"]}".len();
    assert_eq!(&json[end..], b"]}", "rounds are the last field of a report");
    json.truncate(end);
    for (index, round) in rounds.enumerate() {
        if index > 0 {
            json.push(b',');
        }
        json.extend_from_slice(round);
    }
    json.extend_from_slice(b"]}");
    json
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|error| impossible(&error))
}

/// The sink is memory and the data are plain: there is nothing that could fail.
fn impossible(error: &dyn std::fmt::Display) -> ! {
    unreachable!("a report cannot be written to memory: {error}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use super::*;
    use crate::spool::Place;

    #[test]
    fn a_live_report_reads_back_as_what_it_was() {
        let round = round(5, 900);
        let now = Stamp {
            wall_ms: 50,
            mono_ms: 1_000,
        };
        let report: Report =
            serde_json::from_slice(&Letter::live(&identity(), &round, now).plain()).unwrap();
        assert_eq!(report.rounds, [round]);
        assert_eq!((report.stream, report.sent_mono_ms), (Stream::Live, 1_000));
        assert_eq!(report.epoch, identity().epoch.to_string());
    }

    #[test]
    fn a_backlog_report_has_its_own_epoch_and_all_its_rounds() {
        let batch = batch(identity().boot, 0, 900);
        let now = Stamp {
            wall_ms: 50,
            mono_ms: 1_000,
        };
        let report: Report =
            serde_json::from_slice(&Letter::backlog(&identity(), &batch, now).plain()).unwrap();
        assert_eq!(report.rounds, [round(1, 900), round(2, 900)]);
        assert_eq!(report.stream, Stream::Backlog);
        assert_eq!(report.epoch, batch.last.epoch.to_string());
        assert_eq!(report.sent_mono_ms, 1_000);
    }

    #[test]
    fn the_age_of_an_earlier_boots_rounds_is_told_by_the_wall_clock() {
        let earlier = Uuid::from_u128(77);
        let batch = batch(earlier, 10_000, 900_000);
        let now = Stamp {
            wall_ms: 70_000,
            mono_ms: 5,
        };
        let report: Report =
            serde_json::from_slice(&Letter::backlog(&identity(), &batch, now).plain()).unwrap();
        assert_eq!(report.boot, earlier.to_string());
        assert_eq!(report.sent_mono_ms - report.rounds[1].mono_ms, 60_000);
    }

    #[test]
    fn a_folded_backlog_says_the_same_as_the_plain_one_and_needs_nothing_before_it() {
        let batch = batch(identity().boot, 0, 900);
        let identity = identity();
        let letter = Letter::backlog(&identity, &batch, Stamp::default());
        let plain: Report = serde_json::from_slice(&letter.plain()).unwrap();
        let folded = letter.folded(&mut Folding::new(3)).unwrap();
        let folded: vedette_wire::Folded = serde_json::from_slice(&folded).unwrap();
        assert_eq!((folded.basis, folded.makes), (0, 0));
        let mut unfolded = vedette_wire::Table::default()
            .unfold(folded, Arc::new)
            .unwrap();
        unfolded.wire = plain.wire;
        assert_eq!(unfolded, plain);
    }

    fn identity() -> Identity {
        Identity {
            agent: Uuid::from_u128(1),
            boot: Uuid::from_u128(2),
            epoch: Uuid::from_u128(3),
            host: HostFacts::default(),
        }
    }

    fn batch(boot: Uuid, wall_ms: i64, mono_ms: u64) -> Batch {
        let item = |seq| Item {
            seq,
            has_events: false,
            json: serde_json::to_vec(&round(seq, mono_ms)).unwrap(),
        };
        Batch {
            last: Place {
                epoch: Uuid::from_u128(4),
                seq: 2,
            },
            boot,
            last_stamp: Stamp { wall_ms, mono_ms },
            items: vec![item(1), item(2)],
        }
    }

    fn round(seq: u64, mono_ms: u64) -> Round {
        Round {
            seq,
            wall_ms: 0,
            mono_ms,
            interval_s: 15.0,
            probes: Vec::new(),
            samples: Vec::new(),
            checks: Vec::new(),
            events: Vec::new(),
        }
    }
}
