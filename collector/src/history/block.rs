//! Keeps what was measured of one host in a while, and packs it small.
//!
//! In: rounds. Out: a [`Block`] with the times of the rounds, and a row for each series; packed
//! it is a head, which says what there is, and a body with the numbers, in parts. All are deflated:
//! rows of one host are too short for a coder that needs a table for each, and together they are not.
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
use super::point::{Key, Track, metric_of};

/// A while that counts as one once it is over for long.
pub(super) const MINUTE_MS: i64 = 60_000;
/// Bytes of a head or body that is unpacked; nothing that was packed is larger.
const UNPACKED_MAX: u64 = 64 << 20;
/// Bytes of a part before another begins: less is not worth a table of its own.
const PART_MIN: usize = 1_500;
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
        let mut parts = Parts::default();
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        let mut of_rows = Vec::new();
        for row in rows {
            let next_part = parts.begin(&row.key);
            let before = parts.open.len();
            row.pack(&mut parts.open);
            push_bytes(&mut of_rows, row.key.0.as_bytes());
            push_uint(&mut of_rows, u64::from(row.known_for_s));
            push_uint(&mut of_rows, row.at.len() as u64);
            if row.at.len() < self.times.len() {
                let mut next = 0;
                for at in &row.at {
                    push_uint(&mut of_rows, (*at - next) as u64);
                    next = at + 1;
                }
            }
            push_uint(&mut of_rows, u64::from(next_part));
            push_uint(&mut of_rows, (parts.open.len() - before) as u64);
        }
        parts.close();
        let mut head = Vec::new();
        push_uint(&mut head, self.times.len() as u64);
        push_ints(&mut head, &self.times);
        push_uint(&mut head, parts.lengths.len() as u64);
        for length in &parts.lengths {
            push_uint(&mut head, *length);
        }
        push_uint(&mut head, self.rows.len() as u64);
        head.extend_from_slice(&of_rows);
        Packed {
            head: deflate(&head),
            body: parts.packed,
        }
    }

    /// What of it is wanted; only the parts it is in are unpacked. Nothing where its bytes are not
    /// those of a block.
    pub(super) fn unpack(packed: &Packed, by_minute: bool, wanted: &Wanted<'_>) -> Option<Block> {
        let head = inflate(&packed.head)?;
        let mut head = Bytes(&head);
        let count = head.size()?;
        let times = head.ints(count)?;
        let newest = times.iter().max().copied().unwrap_or(i64::MIN);
        let mut body = Bytes(&packed.body);
        let mut parts = Vec::new();
        for _ in 0..head.size()? {
            let length = head.size()?;
            parts.push(body.take(length)?);
        }
        let mut parts = parts.into_iter();
        let mut part: &[u8] = &[];
        let mut unpacked: Option<Vec<u8>> = None;
        let mut rows = Vec::new();
        let mut begin = 0_usize;
        for _ in 0..head.size()? {
            let name = std::str::from_utf8(head.bytes()?).ok()?;
            let known_for_s = u32::try_from(head.uint()?).ok()?;
            let is_wanted = wanted(metric_of(name)).is_some_and(|from| newest >= from.as_millis());
            let at = places(&mut head, times.len(), is_wanted)?;
            if head.uint()? > 0 {
                part = parts.next()?;
                (unpacked, begin) = (None, 0);
            }
            let end = begin.checked_add(head.size()?)?;
            if is_wanted {
                if unpacked.is_none() {
                    unpacked = Some(inflate(part)?);
                }
                let mut bytes = Bytes(unpacked.as_ref()?.get(begin..end)?);
                let key = Key(name.into());
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

/// The parts of a body: numbers of metrics that belong together, so that whoever wants some of them
/// need not unpack all.
#[derive(Default)]
struct Parts {
    packed: Vec<u8>,
    lengths: Vec<u64>,
    open: Vec<u8>,
    group: Option<String>,
}

impl Parts {
    /// Begins another part where this row belongs to other metrics than the one before, and that
    /// part is worth a table of its own. Says whether it did.
    fn begin(&mut self, key: &Key) -> bool {
        let group = group_of(key.name());
        let is_other = self.group.as_deref() != Some(group);
        let begins = self.group.is_none() || (is_other && self.open.len() >= PART_MIN);
        if begins {
            self.close();
        }
        if is_other {
            self.group = Some(group.to_owned());
        }
        begins
    }

    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let part = deflate(&std::mem::take(&mut self.open));
        self.lengths.push(part.len() as u64);
        self.packed.extend_from_slice(&part);
    }
}

/// `system.filesystem` of `system.filesystem.utilization`.
fn group_of(metric: &str) -> &str {
    let mut dots = metric.match_indices('.');
    let second = dots.nth(1).map_or(metric.len(), |(at, _)| at);
    &metric[..second]
}

/// Which of so many times a row has a value at; not looked at where it is not wanted.
fn places(head: &mut Bytes<'_>, times: usize, is_wanted: bool) -> Option<Vec<usize>> {
    let count = head.size()?;
    if count == times {
        return Some(if is_wanted {
            (0..times).collect()
        } else {
            Vec::new()
        });
    }
    if !is_wanted {
        for _ in 0..count {
            head.uint()?;
        }
        return Some(Vec::new());
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
