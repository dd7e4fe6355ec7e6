//! Writes the body of a request.
//!
//! In: who speaks, and rounds that are JSON already. Out: the JSON of a report, gzipped.
//! Rounds are not parsed again on their way out of the spool.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use uuid::Uuid;
use vedette_wire::{HostFacts, Report, Round, Stream, WIRE_VERSION};

use crate::clock::Stamp;
use crate::spool::Batch;

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

/// The report of one live round.
pub(super) fn live(identity: &Identity, round: &Round, now: Stamp) -> Vec<u8> {
    let head = head(identity, Stream::Live, identity.epoch, identity.boot, now);
    let round = serde_json::to_vec(round).unwrap_or_else(|error| impossible(&error));
    splice(&head, std::iter::once(&round))
}

/// The report of a batch of the backlog.
///
/// The age of a round is the time of sending minus its own, both on the monotonic clock.
/// For rounds of an earlier boot that clock is gone; it is continued by the wall clock, so
/// that the same subtraction yields the same age.
pub(super) fn backlog(identity: &Identity, batch: &Batch, now: Stamp) -> Vec<u8> {
    let sent = match batch.boot == identity.boot {
        true => now,
        false => {
            let since = now.wall_ms.saturating_sub(batch.last_stamp.wall_ms);
            Stamp {
                wall_ms: now.wall_ms,
                mono_ms: batch
                    .last_stamp
                    .mono_ms
                    .saturating_add(u64::try_from(since).unwrap_or(0)),
            }
        }
    };
    let epoch = batch.last.epoch;
    let head = head(identity, Stream::Backlog, epoch, batch.boot, sent);
    splice(&head, batch.items.iter().map(|item| &item.json))
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
    let mut json = serde_json::to_vec(head).unwrap_or_else(|error| impossible(&error));
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

/// The sink is memory and the data are plain: there is nothing that could fail.
fn impossible(error: &dyn std::fmt::Display) -> ! {
    unreachable!("a report cannot be written to memory: {error}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::spool::{Item, Place};

    #[test]
    fn a_live_report_reads_back_as_what_it_was() {
        let round = round(5, 900);
        let now = Stamp {
            wall_ms: 50,
            mono_ms: 1_000,
        };
        let report: Report = serde_json::from_slice(&live(&identity(), &round, now)).unwrap();
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
        let report: Report = serde_json::from_slice(&backlog(&identity(), &batch, now)).unwrap();
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
        let report: Report = serde_json::from_slice(&backlog(&identity(), &batch, now)).unwrap();
        assert_eq!(report.boot, earlier.to_string());
        assert_eq!(report.sent_mono_ms - report.rounds[1].mono_ms, 60_000);
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
