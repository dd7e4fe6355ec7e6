//! Keeps what was measured of one host in a while, and packs it small.
//!
//! In: rounds. Out: a [`Block`] with the times of the rounds, and a row for each series; packed
//! it is a head, which says what there is, and a body with the numbers. Both are deflated: rows of
//! one host are too short for a coder that needs a table for each, and together they are not.
//! Knows nothing of files.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use vedette_triage::Timestamp;
use vedette_triage::detect::Summary;

use super::number::{Bytes, push_bytes, push_column, push_ints, push_spread, push_uint};
use super::point::{Key, Track};

/// A while that counts as one once it is over for long.
pub(super) const MINUTE_MS: i64 = 60_000;
/// Bytes of a head or body that is unpacked; nothing that was packed is larger.
const UNPACKED_MAX: u64 = 64 << 20;
/// How hard it is packed: more takes three times as long, and saves a hundredth.
const LEVEL: Compression = Compression::new(6);
/// Minutes know their least and greatest value; where these are the last it is not written.
const FLAT: u8 = 0;
const SPREAD: u8 = 1;

/// What was measured of one host in a while.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Block {
    /// When, in milliseconds, in order of time: of rounds, or of the last round of each minute.
    pub(super) times: Vec<i64>,
    pub(super) rows: Vec<Row>,
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) known_for_s: u32,
    /// Which of the times each value has, ascending.
    pub(super) at: Vec<usize>,
    pub(super) last: Vec<f64>,
    /// Of minutes only.
    pub(super) of_minute: Option<OfMinute>,
}

/// What is known of a minute besides its last value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OfMinute {
    pub(super) min: Vec<f64>,
    pub(super) max: Vec<f64>,
    pub(super) count: Vec<i64>,
}

/// A block as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Packed {
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// From when a metric is wanted; none: not at all.
pub(super) type Wanted<'a> = dyn Fn(&str) -> Option<Timestamp> + Sync + 'a;

impl Block {
    pub(super) fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// When the first and the last of it were measured.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        Some((*self.times.first()?, *self.times.last()?))
    }

    /// The same by minutes: the last value of each, the least and the greatest, and how many.
    pub(super) fn by_minute(all: &[Block]) -> Block {
        let minute = |time: i64| time.div_euclid(MINUTE_MS);
        let mut ends: BTreeMap<i64, i64> = BTreeMap::new();
        for time in all.iter().flat_map(|block| &block.times) {
            let end = ends.entry(minute(*time)).or_insert(*time);
            *end = (*end).max(*time);
        }
        let mut rows: BTreeMap<&Key, (u32, Vec<Summary>)> = BTreeMap::new();
        for block in all {
            for row in &block.rows {
                let (known_for_s, points) = rows.entry(&row.key).or_default();
                *known_for_s = row.known_for_s;
                points.extend(row.points(&block.times));
            }
        }
        let place: BTreeMap<i64, usize> = ends.keys().copied().zip(0..).collect();
        let fold = |(key, (known_for_s, mut points)): (&Key, (u32, Vec<Summary>))| {
            points.sort_by_key(|point| point.at);
            let mut by_minute: Vec<(usize, Summary)> = Vec::new();
            for point in points {
                let at = place[&minute(point.at.as_millis())];
                match by_minute.last_mut() {
                    Some((known, sum)) if *known == at => sum.take(&point),
                    Some(_) | None => by_minute.push((at, point)),
                }
            }
            Row::of_minutes(key.clone(), known_for_s, &by_minute)
        };
        Block {
            rows: rows.into_iter().map(fold).collect(),
            times: ends.into_values().collect(),
        }
    }

    pub(super) fn pack(&self) -> Packed {
        let (mut head, mut body) = (Vec::new(), Vec::new());
        push_uint(&mut head, self.times.len() as u64);
        push_ints(&mut head, &self.times);
        push_uint(&mut head, self.rows.len() as u64);
        for row in &self.rows {
            let before = body.len();
            row.pack(&mut body);
            push_bytes(&mut head, row.key.0.as_bytes());
            push_uint(&mut head, u64::from(row.known_for_s));
            push_uint(&mut head, row.at.len() as u64);
            if row.at.len() < self.times.len() {
                let mut next = 0;
                for at in &row.at {
                    push_uint(&mut head, (*at - next) as u64);
                    next = at + 1;
                }
            }
            push_uint(&mut head, (body.len() - before) as u64);
        }
        Packed {
            head: deflate(&head),
            body: deflate(&body),
        }
    }

    /// What of it is wanted. Nothing where its bytes are not those of a block.
    pub(super) fn unpack(packed: &Packed, by_minute: bool, wanted: &Wanted<'_>) -> Option<Block> {
        let head = inflate(&packed.head)?;
        let mut head = Bytes(&head);
        let count = head.size()?;
        let times = head.ints(count)?;
        let newest = times.iter().max().copied().unwrap_or(i64::MIN);
        let is_wanted =
            |key: &Key| wanted(key.name()).is_some_and(|from| newest >= from.as_millis());
        let mut body: Option<Vec<u8>> = None;
        let mut rows = Vec::new();
        let mut begin = 0_usize;
        for _ in 0..head.size()? {
            let key = Key(std::str::from_utf8(head.bytes()?).ok()?.into());
            let known_for_s = u32::try_from(head.uint()?).ok()?;
            let at = places(&mut head, times.len())?;
            let end = begin.checked_add(head.size()?)?;
            if is_wanted(&key) {
                if body.is_none() {
                    body = Some(inflate(&packed.body)?);
                }
                let mut bytes = Bytes(body.as_ref()?.get(begin..end)?);
                rows.push(Row::unpack((key, known_for_s, at), &mut bytes, by_minute)?);
            }
            begin = end;
        }
        Some(Block { times, rows })
    }

    /// Adds its values to the tracks of its series, as far as they are wanted.
    pub(super) fn add_to(&self, tracks: &mut BTreeMap<Key, Track>, wanted: &Wanted<'_>) {
        for row in &self.rows {
            let Some(from) = wanted(row.key.name()) else {
                continue;
            };
            let known_for = Duration::from_secs(u64::from(row.known_for_s));
            let track = tracks
                .entry(row.key.clone())
                .or_insert_with(|| Track::new(&row.key, known_for));
            track.known_for = known_for;
            let points = row.points(&self.times);
            track.points.extend(points.filter(|point| point.at >= from));
        }
    }
}

impl Row {
    fn points(&self, times: &[i64]) -> impl Iterator<Item = Summary> {
        self.at
            .iter()
            .zip(&self.last)
            .enumerate()
            .map(|(place, (at, last))| {
                let single = Summary::of(Timestamp::from_millis(times[*at]), *last);
                match &self.of_minute {
                    None => single,
                    Some(of) => Summary {
                        min: of.min[place],
                        max: of.max[place],
                        count: u32::try_from(of.count[place]).unwrap_or(1),
                        ..single
                    },
                }
            })
    }

    fn of_minutes(key: Key, known_for_s: u32, minutes: &[(usize, Summary)]) -> Row {
        let column = |of: fn(&Summary) -> f64| minutes.iter().map(|(_, sum)| of(sum)).collect();
        let count = minutes.iter().map(|(_, sum)| i64::from(sum.count));
        Row {
            key,
            known_for_s,
            at: minutes.iter().map(|(at, _)| *at).collect(),
            last: column(|sum| sum.last),
            of_minute: Some(OfMinute {
                min: column(|sum| sum.min),
                max: column(|sum| sum.max),
                count: count.collect(),
            }),
        }
    }

    fn pack(&self, body: &mut Vec<u8>) {
        let Some(of) = &self.of_minute else {
            return push_column(body, &self.last);
        };
        if of.min == self.last && of.max == self.last {
            body.push(FLAT);
            push_column(body, &self.last);
        } else {
            body.push(SPREAD);
            push_spread(body, [&self.last, &of.min, &of.max]);
        }
        push_ints(body, &of.count);
    }

    fn unpack(
        (key, known_for_s, at): (Key, u32, Vec<usize>),
        bytes: &mut Bytes<'_>,
        by_minute: bool,
    ) -> Option<Row> {
        let count = at.len();
        let (last, of_minute) = if by_minute {
            let [last, min, max] = match bytes.byte()? {
                FLAT => {
                    let last = bytes.column(count)?;
                    [last.clone(), last.clone(), last]
                }
                SPREAD => bytes.spread(count)?,
                _ => return None,
            };
            let count = bytes.ints(count)?;
            (last, Some(OfMinute { min, max, count }))
        } else {
            (bytes.column(count)?, None)
        };
        Some(Row {
            key,
            known_for_s,
            at,
            last,
            of_minute,
        })
    }
}

/// Which of so many times a row has a value at.
fn places(head: &mut Bytes<'_>, times: usize) -> Option<Vec<usize>> {
    let count = head.size()?;
    if count == times {
        return Some((0..times).collect());
    }
    let mut at = Vec::with_capacity(count.min(times));
    let mut next = 0_usize;
    for _ in 0..count {
        let place = next.checked_add(head.size()?)?;
        if place >= times {
            return None;
        }
        at.push(place);
        next = place + 1;
    }
    Some(at)
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), LEVEL);
    encoder
        .write_all(bytes)
        .expect("memory takes what is written");
    encoder.finish().expect("memory takes what is written")
}

/// Nothing where it is damaged.
pub(super) fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    let mut decoder = DeflateDecoder::new(bytes).take(UNPACKED_MAX);
    decoder.read_to_end(&mut unpacked).ok()?;
    Some(unpacked)
}
