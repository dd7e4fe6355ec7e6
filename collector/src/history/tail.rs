//! Keeps what was measured last in a file that grows, until it is made a segment.
//!
//! In: rounds as they come. Out: blocks. Each record has a length and a checksum; what a crash left
//! half-written at the end is left out when the file is opened again. A record holds one round of
//! one host, each value as what differs from the one before, in bytes. Whatever is appended waits
//! in memory until [`TailWriter::flush`]; readers see what is written. Knows nothing of segments.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vedette_triage::EntityId;

use super::block::{Block, Row};
use super::number::{Bytes, push_bytes, push_int, push_uint};
use super::point::Key;
use super::segment::checksum;

/// Length and checksum of a record.
const RECORD_HEAD: usize = 8;
/// A record names a host.
const HOST: u8 = 1;
/// A record holds a round.
const ROUND: u8 = 2;
/// In the first byte of a value: it is not of the series after the one before.
const SKIPS: u8 = 0x80;

/// A file that grows, as its readers see it.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) path: PathBuf,
    file: File,
    written: Mutex<Written>,
}

/// What is in the file.
#[derive(Debug, Default)]
struct Written {
    bytes: u64,
    hosts: BTreeMap<EntityId, Vec<Place>>,
    span: Option<(i64, i64)>,
}

/// Where a round is.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    length: u32,
}

/// Whoever appends to it.
#[derive(Debug)]
pub(super) struct TailWriter {
    tail: Arc<Tail>,
    /// By host: its number in the file, and its series.
    hosts: BTreeMap<EntityId, Host>,
    waiting: Vec<u8>,
    /// What of `waiting` holds rounds: whose, when, where.
    rounds: Vec<(EntityId, i64, Place)>,
    /// Series of all hosts.
    series: usize,
}

#[derive(Debug, Default)]
struct Host {
    number: u64,
    series: Vec<Series>,
}

#[derive(Debug)]
struct Series {
    key: Key,
    last: u64,
}

/// One value of a round that is to be appended.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// The place of its series among those of the host.
    at: usize,
    value: f64,
}

impl Tail {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.written().bytes
    }

    /// When the first and the last of it were measured, in milliseconds; none while it is empty.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        self.written().span
    }

    pub(super) fn hosts(&self) -> Vec<EntityId> {
        self.written().hosts.keys().cloned().collect()
    }

    /// What was measured of a host.
    pub(super) fn read(&self, host: &EntityId) -> io::Result<Block> {
        let places = self.written().hosts.get(host).cloned().unwrap_or_default();
        let mut rounds = Vec::with_capacity(places.len());
        let mut known: Vec<(Key, u32, u64)> = Vec::new();
        for place in places {
            let mut bytes = vec![0; place.length as usize];
            self.file.read_exact_at(&mut bytes, place.offset)?;
            let damaged = || io::Error::from(io::ErrorKind::InvalidData);
            let (head, record) = bytes.split_at_checked(RECORD_HEAD).ok_or_else(damaged)?;
            let is_whole = head.get(4..).and_then(<[u8]>::as_array::<4>);
            if is_whole.map(|sum| u32::from_le_bytes(*sum)) != Some(checksum(&[record])) {
                return Err(damaged());
            }
            rounds.push(read_round(&mut Bytes(record), &mut known).ok_or_else(damaged)?);
        }
        Ok(block(rounds, known))
    }

    /// Opens one that a run before left. Says how many bytes at its end are left out because they
    /// are damaged or half-written.
    pub(super) fn open(path: &Path) -> io::Result<(Tail, u64)> {
        let mut file = File::open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut written = Written::default();
        let mut numbers = BTreeMap::new();
        let mut rest = Bytes(&bytes);
        while let Some((record, place)) = next_record(&mut rest, bytes.len()) {
            let mut record = Bytes(record);
            if note(&mut record, place, &mut numbers, &mut written).is_none() {
                break;
            }
            written.bytes = place.offset + u64::from(place.length);
        }
        let left_out = bytes.len() as u64 - written.bytes;
        let tail = Tail {
            path: path.to_owned(),
            file,
            written: Mutex::new(written),
        };
        Ok((tail, left_out))
    }
}

impl Written {
    fn add(&mut self, host: EntityId, at: i64, place: Place) {
        self.hosts.entry(host).or_default().push(place);
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }
}

impl TailWriter {
    pub(super) fn create(path: &Path) -> io::Result<TailWriter> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        let tail = Tail {
            path: path.to_owned(),
            file,
            written: Mutex::default(),
        };
        Ok(TailWriter {
            tail: Arc::new(tail),
            hosts: BTreeMap::new(),
            waiting: Vec::new(),
            rounds: Vec::new(),
            series: 0,
        })
    }

    /// The file as its readers see it.
    pub(super) fn tail(&self) -> &Arc<Tail> {
        &self.tail
    }

    /// Bytes that wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Series of all hosts.
    pub(super) fn series(&self) -> usize {
        self.series
    }

    /// A round of a host, to be filled.
    pub(super) fn round(&mut self, host: &EntityId, at: i64) -> Round<'_> {
        if !self.hosts.contains_key(host) {
            let number = self.hosts.len() as u64;
            let mut record = vec![HOST];
            push_uint(&mut record, number);
            push_bytes(&mut record, host.as_str().as_bytes());
            self.record(&record);
            let new = Host {
                number,
                ..Host::default()
            };
            self.hosts.insert(host.clone(), new);
        }
        Round {
            writer: self,
            host: host.clone(),
            at,
            next: 0,
            new: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Writes what waits. If it cannot, nothing of it counts as written, and it waits no more:
    /// the file goes on with a new round of everybody only as [`TailWriter::create`].
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        let rounds = std::mem::take(&mut self.rounds);
        let mut written = self.tail.written();
        let base = written.bytes;
        if let Err(error) = self.tail.file.write_all_at(&waiting, base) {
            // What was written of it is no record, and must not be taken for one.
            let _ = self.tail.file.set_len(base);
            return Err(error);
        }
        written.bytes += waiting.len() as u64;
        for (host, at, place) in rounds {
            let offset = base + place.offset;
            written.add(host, at, Place { offset, ..place });
        }
        Ok(())
    }

    fn record(&mut self, record: &[u8]) -> Place {
        let offset = self.waiting.len() as u64;
        let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
        self.waiting.extend_from_slice(&length.to_le_bytes());
        self.waiting
            .extend_from_slice(&checksum(&[record]).to_le_bytes());
        self.waiting.extend_from_slice(record);
        Place {
            offset,
            length: length.saturating_add(RECORD_HEAD as u32),
        }
    }
}

/// A round of a host that is being appended.
pub(super) struct Round<'a> {
    writer: &'a mut TailWriter,
    host: EntityId,
    at: i64,
    /// Where the next series is expected.
    next: usize,
    new: Vec<u8>,
    values: Vec<Value>,
}

impl Round<'_> {
    /// Whether there is a series of that kind; the one after the last that was found comes first.
    pub(super) fn find(&mut self, is_it: impl Fn(&Key) -> bool) -> Option<usize> {
        let series = &self.writer.hosts.get(&self.host)?.series;
        let found = (self.next..series.len())
            .chain(0..self.next.min(series.len()))
            .find(|at| is_it(&series[*at].key))?;
        self.next = found + 1;
        Some(found)
    }

    /// Adds a series, known for so many seconds.
    pub(super) fn begin(&mut self, key: Key, known_for_s: u32) -> usize {
        push_bytes(&mut self.new, key.0.as_bytes());
        push_uint(&mut self.new, u64::from(known_for_s));
        let host = self.writer.hosts.entry(self.host.clone()).or_default();
        host.series.push(Series { key, last: 0 });
        self.writer.series += 1;
        self.next = host.series.len();
        self.next - 1
    }

    /// How many series the host has.
    pub(super) fn series(&self) -> usize {
        let host = self.writer.hosts.get(&self.host);
        host.map_or(0, |host| host.series.len())
    }

    pub(super) fn push(&mut self, at: usize, value: f64) {
        self.values.push(Value { at, value });
    }

    /// Appends it; says how many values it has.
    pub(super) fn end(mut self) -> usize {
        self.values.sort_by_key(|value| value.at);
        // Of two values of one series the later counts.
        self.values.reverse();
        self.values.dedup_by_key(|value| value.at);
        self.values.reverse();
        let Some(host) = self.writer.hosts.get_mut(&self.host) else {
            return 0;
        };
        let mut record = vec![ROUND];
        push_uint(&mut record, host.number);
        push_int(&mut record, self.at);
        push_bytes(&mut record, &self.new);
        let mut next = 0;
        for value in &self.values {
            let last = &mut host.series[value.at].last;
            let bits = value.value.to_bits();
            push_value(&mut record, value.at - next, bits ^ *last);
            *last = bits;
            next = value.at + 1;
        }
        let place = self.writer.record(&record);
        self.writer.rounds.push((self.host, self.at, place));
        self.values.len()
    }
}

/// One byte that says which bytes follow, then those that differ.
fn push_value(record: &mut Vec<u8>, skip: usize, differs: u64) {
    let bytes = differs.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0);
    let last = bytes.iter().rposition(|byte| *byte != 0);
    let (first, end) = first
        .zip(last)
        .map_or((0, 0), |(first, last)| (first, last + 1));
    let form = (first << 4 | (end - first)) as u8;
    record.push(form | if skip > 0 { SKIPS } else { 0 });
    if skip > 0 {
        push_uint(record, skip as u64);
    }
    record.extend_from_slice(&bytes[first..end]);
}

fn read_value(record: &mut Bytes<'_>) -> Option<(usize, u64)> {
    let form = record.byte()?;
    let skip = if form & SKIPS > 0 { record.size()? } else { 0 };
    let (first, length) = (usize::from(form >> 4 & 0x7), usize::from(form & 0xf));
    let mut bytes = [0; 8];
    let differs = record.take(length)?;
    bytes
        .get_mut(first..first + length)?
        .copy_from_slice(differs);
    Some((skip, u64::from_be_bytes(bytes)))
}

/// When, and which values its series had.
type ReadRound = (i64, Vec<(usize, f64)>);

/// A round after those before it, which made `known`: keys, how long a value stays known, and the
/// last values.
fn read_round(record: &mut Bytes<'_>, known: &mut Vec<(Key, u32, u64)>) -> Option<ReadRound> {
    if record.byte()? != ROUND {
        return None;
    }
    record.uint()?;
    let at = record.int()?;
    let mut new = Bytes(record.bytes()?);
    while !new.is_empty() {
        let key = Key(std::str::from_utf8(new.bytes()?).ok()?.into());
        known.push((key, u32::try_from(new.uint()?).ok()?, 0));
    }
    let mut values = Vec::new();
    let mut next = 0_usize;
    while !record.is_empty() {
        let (skip, differs) = read_value(record)?;
        let place = next.checked_add(skip)?;
        let (_, _, last) = known.get_mut(place)?;
        *last ^= differs;
        values.push((place, f64::from_bits(*last)));
        next = place + 1;
    }
    Some((at, values))
}

/// Rounds in the order they came, as one block in order of time.
fn block(mut rounds: Vec<ReadRound>, known: Vec<(Key, u32, u64)>) -> Block {
    rounds.sort_by_key(|(at, _)| *at);
    rounds.dedup_by_key(|(at, _)| *at);
    let row = |(key, known_for_s, _)| Row {
        key,
        known_for_s,
        at: Vec::new(),
        last: Vec::new(),
        of_minute: None,
    };
    let mut rows: Vec<Row> = known.into_iter().map(row).collect();
    for (at, (_, values)) in rounds.iter().enumerate() {
        for (place, value) in values {
            rows[*place].at.push(at);
            rows[*place].last.push(*value);
        }
    }
    rows.retain(|row| !row.at.is_empty());
    Block {
        times: rounds.iter().map(|(at, _)| *at).collect(),
        rows,
    }
}

/// The next record and where it is; none where the rest is none.
fn next_record<'a>(rest: &mut Bytes<'a>, whole: usize) -> Option<(&'a [u8], Place)> {
    let offset = (whole - rest.0.len()) as u64;
    let length = u32::from_le_bytes(*rest.take(4)?.as_array()?);
    let expected = u32::from_le_bytes(*rest.take(4)?.as_array()?);
    let record = rest.take(length as usize)?;
    let length = length.checked_add(RECORD_HEAD as u32)?;
    (checksum(&[record]) == expected).then_some((record, Place { offset, length }))
}

/// Takes note of a record; none where it is not one.
fn note(
    record: &mut Bytes<'_>,
    place: Place,
    numbers: &mut BTreeMap<u64, EntityId>,
    written: &mut Written,
) -> Option<()> {
    match record.byte()? {
        HOST => {
            let number = record.uint()?;
            let host = std::str::from_utf8(record.bytes()?).ok()?;
            numbers.insert(number, EntityId::new(host));
        }
        ROUND => {
            let host = numbers.get(&record.uint()?)?.clone();
            written.add(host, record.int()?, place);
        }
        _ => return None,
    }
    Some(())
}
