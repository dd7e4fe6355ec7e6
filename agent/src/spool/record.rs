//! The form of one record of the spool, and how good records are found among bad bytes.
//!
//! In: rounds, or the bytes of a segment in whatever state a crash left them. Out: the
//! other of the two. Each record carries all that is needed to send it, so that one good
//! record is of use even where everything around it is lost. Knows nothing of files.
//!
//! ```text
//! "VDR2"  length u32  crc32 u32 | epoch 16  boot 16  seq u64  wall i64  mono u64  flags u8  JSON, deflated
//! ```
//! Numbers are little-endian; length and checksum cover what stands right of the bar. A
//! round of 30 samples is 2.8 kB as JSON and 0.65 kB deflated, one of 65 samples 8.0 and
//! 1.2 kB; a better deflating than the fastest saves another 6 %.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use uuid::Uuid;
use vedette_wire::{Round, limits};

use crate::clock::Stamp;

const MAGIC: &[u8; 4] = b"VDR2";
const FRAME_BYTES: usize = 12;
const HEAD_BYTES: usize = 16 + 16 + 8 + 8 + 8 + 1;
/// Something happened in it: given up last.
const EVENTS: u8 = 1;
/// It is of the queue of samples.
const SAMPLES: u8 = 2;
/// How much of it is left, in two bits.
const GRAIN_SHIFT: u8 = 2;
/// A longer record was not written by us.
pub(super) const RECORD_BYTES_MAX: usize = limits::REPORT_BYTES_MAX;

/// Where a round stands in the backlog stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Sequence numbers count within it.
    pub epoch: Uuid,
    /// Ascending, from 1.
    pub seq: u64,
}

/// The two kinds of what is kept; each has its own bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Checks and events: small, and given up last.
    State,
    /// What was measured, and which probes looked: large, and given up first.
    Samples,
}

/// How much of a record is left, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grain {
    /// All of it.
    Whole,
    /// What no earlier round of the same minute has.
    Minute,
    /// What happened.
    Events,
}

/// One part of a round as it lies in the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) place: Place,
    /// The boot of the host in which the round was made; its `mono_ms` counts from there.
    pub(super) boot: Uuid,
    /// When the round was made.
    pub(super) stamp: Stamp,
    pub(super) queue: Queue,
    pub(super) grain: Grain,
    /// Something happened in it.
    pub(super) has_events: bool,
    /// The JSON of the round, deflated.
    pub(super) payload: Vec<u8>,
}

/// What of a round belongs into a queue; `None` when nothing does. A round with nothing in
/// it at all counts as one that measured nothing.
pub(super) fn part(round: &Round, queue: Queue) -> Option<Round> {
    let empty = Round {
        seq: round.seq,
        wall_ms: round.wall_ms,
        mono_ms: round.mono_ms,
        interval_s: round.interval_s,
        probes: Vec::new(),
        samples: Vec::new(),
        checks: Vec::new(),
        events: Vec::new(),
    };
    let has_state = !round.checks.is_empty() || !round.events.is_empty();
    let has_samples = !round.samples.is_empty() || !round.probes.is_empty();
    match queue {
        Queue::State => has_state.then(|| Round {
            checks: round.checks.clone(),
            events: round.events.clone(),
            ..empty
        }),
        Queue::Samples => (has_samples || !has_state).then(|| Round {
            probes: round.probes.clone(),
            samples: round.samples.clone(),
            ..empty
        }),
    }
}

impl Record {
    /// A record of this part of a round at this place, whatever its number was before.
    pub(super) fn new(part: Round, queue: Queue, place: Place, boot: Uuid) -> Record {
        let round = Round {
            seq: place.seq,
            ..part
        };
        Record {
            place,
            boot,
            stamp: Stamp {
                wall_ms: round.wall_ms,
                mono_ms: round.mono_ms,
            },
            queue,
            grain: Grain::Whole,
            has_events: !round.events.is_empty(),
            payload: deflate(&round),
        }
    }

    /// The same record with less in it.
    pub(super) fn reduced(&self, part: Round, grain: Grain) -> Record {
        Record {
            grain,
            ..Record::new(part, self.queue, self.place, self.boot)
        }
    }

    /// The same record in another epoch, under the same number.
    pub(super) fn renamed(&self, epoch: Uuid) -> Record {
        let place = Place {
            epoch,
            ..self.place
        };
        Record {
            place,
            ..self.clone()
        }
    }

    /// The round. An error means that the record is damaged after all.
    pub(super) fn round(&self) -> io::Result<Round> {
        Ok(serde_json::from_slice(&self.json()?)?)
    }

    /// The round's JSON. An error means that the record is damaged after all.
    pub(super) fn json(&self) -> io::Result<Vec<u8>> {
        let most = limits::REPORT_BYTES_MAX as u64;
        let mut json = Vec::new();
        DeflateDecoder::new(&self.payload[..])
            .take(most)
            .read_to_end(&mut json)?;
        Ok(json)
    }

    /// Bytes that [`Record::write`] adds.
    pub(super) fn bytes(&self) -> u64 {
        (FRAME_BYTES + HEAD_BYTES + self.payload.len()) as u64
    }

    fn flags(&self) -> u8 {
        let events = if self.has_events { EVENTS } else { 0 };
        let queue = match self.queue {
            Queue::State => 0,
            Queue::Samples => SAMPLES,
        };
        let grain = match self.grain {
            Grain::Whole => 0,
            Grain::Minute => 1,
            Grain::Events => 2,
        };
        events | queue | grain << GRAIN_SHIFT
    }

    /// Adds the record to `segment`.
    pub(super) fn write(&self, segment: &mut Vec<u8>) {
        let begin = segment.len();
        segment.extend_from_slice(MAGIC);
        segment.extend_from_slice(&[0; FRAME_BYTES - 4]);
        let body = segment.len();
        segment.extend_from_slice(self.place.epoch.as_bytes());
        segment.extend_from_slice(self.boot.as_bytes());
        segment.extend_from_slice(&self.place.seq.to_le_bytes());
        segment.extend_from_slice(&self.stamp.wall_ms.to_le_bytes());
        segment.extend_from_slice(&self.stamp.mono_ms.to_le_bytes());
        segment.push(self.flags());
        segment.extend_from_slice(&self.payload);
        let length = u32::try_from(segment.len() - body).unwrap_or(u32::MAX);
        let checksum = crc32fast::hash(&segment[body..]);
        segment[begin + 4..begin + 8].copy_from_slice(&length.to_le_bytes());
        segment[begin + 8..begin + 12].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// What stands at one place of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A good record; the next one begins at `end`.
    Record { record: Record, end: usize },
    /// Bytes that are no record, up to `end`.
    Damage { end: usize },
    /// The beginning of what may be a record; its end is not among these bytes, which
    /// would have to be at least `needed`.
    Cut { needed: usize },
}

/// Whether more bytes follow those at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// They reach to the end of the segment; a record cut here is damage.
    End,
    /// More follow.
    More,
}

/// Looks at a segment from `at` on. `None` at its end.
pub(super) fn find(segment: &[u8], at: usize, until: Until) -> Option<Found> {
    let rest = segment.get(at..).filter(|rest| !rest.is_empty())?;
    match (frame(rest), until) {
        (Frame::Good { record, length }, _) => Some(Found::Record {
            record,
            end: at + length,
        }),
        (Frame::Short { needed }, Until::More) => Some(Found::Cut {
            needed: at + needed,
        }),
        (Frame::Short { .. }, Until::End) | (Frame::Bad, _) => {
            let next = (1..rest.len()).find(|&skip| match frame(&rest[skip..]) {
                Frame::Good { .. } => true,
                Frame::Short { .. } => until == Until::More,
                Frame::Bad => false,
            });
            Some(Found::Damage {
                end: at + next.unwrap_or(rest.len()),
            })
        }
    }
}

enum Frame {
    Good { record: Record, length: usize },
    Short { needed: usize },
    Bad,
}

fn frame(bytes: &[u8]) -> Frame {
    let magic = bytes.len().min(MAGIC.len());
    if bytes[..magic] != MAGIC[..magic] {
        return Frame::Bad;
    }
    let (Some(length), Some(checksum)) = (number(bytes, 4), number(bytes, 8)) else {
        return Frame::Short {
            needed: FRAME_BYTES,
        };
    };
    let length = length as usize;
    if !(HEAD_BYTES..=RECORD_BYTES_MAX).contains(&length) {
        return Frame::Bad;
    }
    let needed = FRAME_BYTES + length;
    let Some(body) = bytes.get(FRAME_BYTES..needed) else {
        return Frame::Short { needed };
    };
    if crc32fast::hash(body) != checksum {
        return Frame::Bad;
    }
    match parse(body) {
        Some(record) => Frame::Good {
            record,
            length: needed,
        },
        None => Frame::Bad,
    }
}

fn parse(body: &[u8]) -> Option<Record> {
    let (epoch, rest) = body.split_first_chunk::<16>()?;
    let (boot, rest) = rest.split_first_chunk::<16>()?;
    let (seq, rest) = rest.split_first_chunk::<8>()?;
    let (wall_ms, rest) = rest.split_first_chunk::<8>()?;
    let (mono_ms, rest) = rest.split_first_chunk::<8>()?;
    let (flags, payload) = rest.split_first()?;
    let grain = match flags >> GRAIN_SHIFT {
        0 => Grain::Whole,
        1 => Grain::Minute,
        2 => Grain::Events,
        _ => return None,
    };
    Some(Record {
        place: Place {
            epoch: Uuid::from_bytes(*epoch),
            seq: u64::from_le_bytes(*seq),
        },
        boot: Uuid::from_bytes(*boot),
        stamp: Stamp {
            wall_ms: i64::from_le_bytes(*wall_ms),
            mono_ms: u64::from_le_bytes(*mono_ms),
        },
        queue: match flags & SAMPLES {
            0 => Queue::State,
            _ => Queue::Samples,
        },
        grain,
        has_events: flags & EVENTS != 0,
        payload: payload.to_vec(),
    })
}

/// A record with this body and a good checksum, for a fuzzer that would never find one.
#[cfg(fuzzing)]
fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let checksum = crc32fast::hash(body);
    [
        &MAGIC[..],
        &length.to_le_bytes(),
        &checksum.to_le_bytes(),
        body,
    ]
    .concat()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn deflate(round: &Round) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    // Neither can fail: the sink is memory, and a round is made of plain data.
    let written = serde_json::to_writer(&mut encoder, round).map_err(io::Error::from);
    match written
        .and_then(|()| encoder.flush())
        .and_then(|()| encoder.finish())
    {
        Ok(payload) => payload,
        Err(error) => unreachable!("a round cannot be written to memory: {error}"),
    }
}

/// Lets a fuzzer at a segment, and at the body of a record in it.
#[cfg(fuzzing)]
pub(crate) fn fuzz(bytes: &[u8]) {
    for segment in [bytes, &framed(bytes)] {
        let mut at = 0;
        while let Some(found) = find(segment, at, Until::End) {
            at = match found {
                Found::Record { record, end } => {
                    let _ = record.round();
                    end
                }
                Found::Damage { end } => end,
                Found::Cut { .. } => return,
            };
        }
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
