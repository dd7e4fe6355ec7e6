//! Keeps the files of the history in one folder: which there are, which go.
//!
//! In: time, and how much may be kept. Out: tails and segments for whoever reads; tails become
//! segments, an hour of old ones becomes one by minutes, the oldest go first. Each file has a
//! number, the later the higher; one by minutes names the first and last of those it is made of, so
//! that a crash between writing it and removing them counts nothing twice. Knows nothing of who
//! measures or asks.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vedette_triage::{EntityId, Timestamp};

use super::block::{Block, Wanted};
use super::counts::Counts;
use super::point::{Key, Track};
use super::segment::{Resolution, Segment, SegmentWriter, Unreadable};
use super::tail::{Tail, TailWriter};

/// For so long every value is kept.
pub(super) const FULL_FOR: Duration = Duration::from_secs(3_600);
/// So much becomes one segment by minutes.
const FOLDED_TOGETHER: Duration = Duration::from_secs(3_600);
/// The part of what may be kept that is left for what is being written: one in so many.
const ROOM: u64 = 8;
/// Files may go while they are read; then it is read again, this often at most.
const READ_AGAIN_MAX: u32 = 3;
/// A tail is made a segment when it takes more than one in so many of what may be kept.
const TAIL_SHARE: u64 = 16;

/// How much may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// For how long.
    pub keep: Duration,
    /// Bytes of all files.
    pub bytes_max: u64,
    /// Bytes of the disk that are left to others: while less is free nothing is written.
    pub leave_free: u64,
}

/// The folder.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
    pub(super) bounds: Bounds,
    pub(super) counts: Arc<Counts>,
    files: Mutex<Files>,
    tidying: Mutex<()>,
}

/// By number.
#[derive(Debug, Default)]
struct Files {
    next: u64,
    /// Raised when a segment goes, whose values are elsewhere then or nowhere.
    generation: u64,
    /// Those that are written no more, and the one that is.
    tails: BTreeMap<u64, Arc<Tail>>,
    growing: Option<u64>,
    full: BTreeMap<u64, Arc<Segment>>,
    /// By the last number they are made of.
    minutes: BTreeMap<u64, Arc<Segment>>,
}

/// How far it reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// Bytes of all files.
    pub bytes: u64,
    /// How many files there are.
    pub files: u64,
    /// When the oldest value was measured.
    pub since: Option<Timestamp>,
    /// From when on every value is kept.
    pub full_since: Option<Timestamp>,
}

impl Shelf {
    /// Takes over what is in the folder, which is made if it is missing. What is damaged is named
    /// once and removed; what was half-written is recovered as far as it is whole.
    pub(super) fn open(folder: &Path, bounds: Bounds, counts: Arc<Counts>) -> io::Result<Shelf> {
        fs::create_dir_all(folder)?;
        let shelf = Shelf {
            folder: folder.to_owned(),
            bounds,
            counts,
            files: Mutex::default(),
            tidying: Mutex::default(),
        };
        let mut names: Vec<String> = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.extend(entry?.file_name().into_string().ok());
        }
        names.sort();
        {
            let mut files = shelf.files();
            for name in &names {
                shelf.take_over(name, &mut files);
            }
            files.drop_replaced();
        }
        Ok(shelf)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_over(&self, name: &str, files: &mut Files) {
        let path = self.folder.join(name);
        let Some((first, last, kind)) = parts(name) else {
            // A segment whose writing a crash ended; its sources are still there.
            if name.ends_with(".new") {
                remove(&path);
            }
            return;
        };
        files.next = files.next.max(last + 1);
        let opened = match kind {
            "tail" => Tail::open(&path).map_err(Unreadable::from).map(|(tail, left_out)| {
                if left_out > 0 {
                    self.counts.damaged();
                    tracing::warn!(file = %path.display(), bytes = left_out, "the end of a file of the history was half-written or damaged and is left out; what is before it is kept");
                }
                files.tails.insert(last, Arc::new(tail));
            }),
            "full" | "minute" => Segment::open(&path).map(|segment| {
                let segment = Arc::new(segment);
                match segment.resolution {
                    Resolution::Full => files.full.insert(last, segment),
                    Resolution::Minute => {
                        files.drop_between(first, last);
                        files.minutes.insert(last, segment)
                    }
                };
            }),
            _ => return,
        };
        if let Err(error) = opened {
            self.counts.damaged();
            tracing::warn!(file = %path.display(), %error, "a file of the history cannot be read and is removed; the rest is kept");
            remove(&path);
        }
    }

    /// Begins a new tail; the one before is written no more.
    pub(super) fn begin_tail(&self) -> io::Result<TailWriter> {
        let mut files = self.files();
        let number = files.next;
        let writer = TailWriter::create(&self.folder.join(format!("{number:08}.tail")))?;
        files.next += 1;
        files.growing = Some(number);
        files.tails.insert(number, Arc::clone(writer.tail()));
        Ok(writer)
    }

    /// The tail is written no more.
    pub(super) fn end_tail(&self) {
        self.files().growing = None;
    }

    /// Bytes beyond which a tail is made a segment.
    pub(super) fn tail_bytes_max(&self) -> u64 {
        self.bounds.bytes_max / TAIL_SHARE
    }

    /// Makes files smaller, and lets the oldest go.
    pub(super) fn tidy(&self, now: Timestamp) -> io::Result<()> {
        let _one_at_a_time = self.tidying.lock().unwrap_or_else(PoisonError::into_inner);
        let tidied = self.seal().and_then(|()| self.fold(now));
        self.limit(now);
        tidied
    }

    /// Makes a segment of each tail that is written no more.
    pub(super) fn seal(&self) -> io::Result<()> {
        loop {
            let ripe = {
                let files = self.files();
                let mut tails = files.tails.iter();
                tails
                    .find(|(number, _)| Some(**number) != files.growing)
                    .map(|(number, tail)| (*number, Arc::clone(tail)))
            };
            let Some((number, tail)) = ripe else {
                return Ok(());
            };
            let path = self.folder.join(format!("{number:08}.full"));
            let read = |host: &EntityId| match tail.read(host) {
                Ok(block) => block,
                Err(error) => {
                    self.say_damaged(&tail.path, &error);
                    Block::default()
                }
            };
            let segment = written(&path, Resolution::Full, &tail.hosts(), read)?;
            let mut files = self.files();
            files
                .full
                .extend(segment.map(|segment| (number, Arc::new(segment))));
            files.tails.remove(&number);
            remove(&tail.path);
        }
    }

    /// Makes one segment by minutes of what is so old that not every value is kept, an hour of it
    /// at once.
    pub(super) fn fold(&self, now: Timestamp) -> io::Result<()> {
        let old = now.before(FULL_FOR).as_millis();
        let due = now.before(FULL_FOR + FOLDED_TOGETHER).as_millis();
        let group: Vec<(u64, Arc<Segment>)> = {
            let files = self.files();
            let full = files.full.iter();
            let group = full.take_while(|(_, segment)| segment.span.1 < old);
            group
                .map(|(number, segment)| (*number, Arc::clone(segment)))
                .collect()
        };
        let Some(((first, oldest), (last, _))) = group.first().zip(group.last()) else {
            return Ok(());
        };
        if oldest.span.1 >= due {
            return Ok(());
        }
        let path = self.folder.join(format!("{first:08}-{last:08}.minute"));
        let mut hosts: Vec<EntityId> = group
            .iter()
            .flat_map(|(_, one)| one.hosts().cloned())
            .collect();
        hosts.sort();
        hosts.dedup();
        let everything = |_: &str| Some(Timestamp::MIN);
        let read = |host: &EntityId| {
            let of_host = group.iter().filter_map(|(_, segment)| {
                self.read_segment(segment, host, (i64::MIN, i64::MAX), &everything)
            });
            Block::by_minute(&of_host.collect::<Vec<_>>())
        };
        let segment = written(&path, Resolution::Minute, &hosts, read)?;
        let mut files = self.files();
        files
            .minutes
            .extend(segment.map(|segment| (*last, Arc::new(segment))));
        files.drop_between(*first, *last);
        Ok(())
    }

    /// Removes the oldest until the rest is young and small enough.
    pub(super) fn limit(&self, now: Timestamp) {
        let oldest = now.before(self.bounds.keep).as_millis();
        let most = self.bounds.bytes_max - self.bounds.bytes_max / ROOM;
        let mut files = self.files();
        while files.bytes() > most && files.drop_oldest(|_| true) {}
        while files.drop_oldest(|newest| newest < oldest) {}
    }

    /// What was measured of a host in a span, as far as it is wanted, series by series.
    pub(super) fn read(
        &self,
        host: &EntityId,
        (from, to): (i64, i64),
        wanted: &Wanted<'_>,
    ) -> Vec<Track> {
        for _ in 1..READ_AGAIN_MAX {
            let before = self.files().generation;
            let tracks = self.read_once(host, (from, to), wanted);
            if self.files().generation == before {
                return tracks;
            }
        }
        self.read_once(host, (from, to), wanted)
    }

    fn read_once(
        &self,
        host: &EntityId,
        (from, to): (i64, i64),
        wanted: &Wanted<'_>,
    ) -> Vec<Track> {
        let (segments, tails): (Vec<_>, Vec<_>) = {
            let files = self.files();
            let segments = files.minutes.values().chain(files.full.values());
            (
                segments.cloned().collect(),
                files.tails.values().cloned().collect(),
            )
        };
        let mut tracks: BTreeMap<Key, Track> = BTreeMap::new();
        for segment in segments {
            if let Some(block) = self.read_segment(&segment, host, (from, to), wanted) {
                block.add_to(&mut tracks, wanted);
            }
        }
        let overlaps = |(first, last): (i64, i64)| first <= to && from <= last;
        for tail in tails
            .iter()
            .filter(|tail| tail.span().is_some_and(overlaps))
        {
            match tail.read(host) {
                Ok(block) => block.add_to(&mut tracks, wanted),
                Err(error) => self.say_damaged(&tail.path, &error),
            }
        }
        let within = from..=to;
        let mut tracks: Vec<Track> = tracks.into_values().collect();
        for track in &mut tracks {
            track
                .points
                .retain(|point| within.contains(&point.at.as_millis()));
            track.finish();
        }
        tracks.retain(|track| !track.points.is_empty());
        tracks
    }

    pub(super) fn extent(&self) -> Extent {
        let files = self.files();
        let full = files.full.values().map(|segment| segment.span.0);
        let tails = files.tails.values().filter_map(|tail| tail.span());
        let full_since = full.chain(tails.map(|span| span.0)).min();
        let minutes = files.minutes.values().map(|segment| segment.span);
        let since = minutes.clone().map(|span| span.0).chain(full_since).min();
        // What an agent sent late is full, too, among what is not.
        let folded = minutes.map(|span| span.1 + 1).max();
        Extent {
            bytes: files.bytes(),
            files: (files.tails.len() + files.full.len() + files.minutes.len()) as u64,
            since: since.map(Timestamp::from_millis),
            full_since: full_since.max(folded).map(Timestamp::from_millis),
        }
    }

    fn read_segment(
        &self,
        segment: &Segment,
        host: &EntityId,
        span: (i64, i64),
        wanted: &Wanted<'_>,
    ) -> Option<Block> {
        match segment.read(host, span, wanted) {
            Ok(block) => block,
            Err(error) => {
                self.say_damaged(&segment.path, &error);
                None
            }
        }
    }

    /// Once for each file.
    fn say_damaged(&self, path: &Path, error: &dyn std::fmt::Display) {
        if self.counts.damaged_in(path) {
            tracing::warn!(file = %path.display(), %error, "a part of a file of the history cannot be read and is passed over; the rest is kept");
        }
    }
}

impl Files {
    fn bytes(&self) -> u64 {
        let segments = self.minutes.values().chain(self.full.values());
        let tails = self.tails.values().map(|tail| tail.bytes());
        segments.map(|segment| segment.bytes).chain(tails).sum()
    }

    /// Removes the oldest file if its newest value says so; never the one that grows.
    fn drop_oldest(&mut self, goes: impl Fn(i64) -> bool) -> bool {
        self.generation += 1;
        if let Some(first) = self.minutes.first_entry() {
            return goes(first.get().span.1) && remove(&first.remove().path);
        }
        if let Some(first) = self.full.first_entry() {
            return goes(first.get().span.1) && remove(&first.remove().path);
        }
        match self.tails.first_entry() {
            Some(first) if Some(*first.key()) != self.growing => {
                let newest = first.get().span().map_or(i64::MIN, |span| span.1);
                goes(newest) && remove(&first.remove().path)
            }
            Some(_) | None => false,
        }
    }

    /// What a segment by minutes is made of.
    fn drop_between(&mut self, first: u64, last: u64) {
        self.generation += 1;
        self.full.retain(|number, segment| {
            let stays = !(first..=last).contains(number);
            stays || !remove(&segment.path)
        });
    }

    /// Tails of which there is a segment.
    fn drop_replaced(&mut self) {
        let newest_minute = self.minutes.keys().max().copied();
        let full = &self.full;
        self.tails.retain(|number, tail| {
            let is_replaced =
                full.contains_key(number) || newest_minute.is_some_and(|newest| *number <= newest);
            !is_replaced || !remove(&tail.path)
        });
        let stale = |number: &u64| newest_minute.is_some_and(|newest| *number <= newest);
        self.full
            .retain(|number, segment| !stale(number) || !remove(&segment.path));
    }
}

/// Writes a segment host by host, so that no more than one is in memory.
fn written(
    path: &Path,
    resolution: Resolution,
    hosts: &[EntityId],
    read: impl Fn(&EntityId) -> Block,
) -> io::Result<Option<Segment>> {
    let write = || {
        let mut writer = SegmentWriter::begin(path, resolution)?;
        for host in hosts {
            let block = read(host);
            if !block.is_empty() {
                writer.add(host, &block)?;
            }
        }
        writer.finish()
    };
    let segment = write();
    if segment.is_err() {
        remove(&path.with_extension("new"));
    }
    segment
}

/// True also where it is gone already; what cannot be removed is tried again at the next start.
fn remove(path: &Path) -> bool {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(file = %path.display(), %error, "a file of the history cannot be removed");
        }
    }
    true
}

/// The numbers and the kind in a name.
fn parts(name: &str) -> Option<(u64, u64, &str)> {
    let (numbers, kind) = name.split_once('.')?;
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let is_known = matches!(kind, "tail" | "full" | "minute");
    is_known.then_some((first.parse().ok()?, last.parse().ok()?, kind))
}
