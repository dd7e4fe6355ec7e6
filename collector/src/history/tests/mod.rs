//! The history as a whole: what is read is what was written, whatever is lost in between.

#![allow(clippy::unwrap_used)]

mod crash;
mod full_disk;
mod kept;
mod properties;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{EntityId, Timestamp};
use vedette_wire::{HostFacts, Report, Round, Sample, Stream, WIRE_VERSION};

use super::point::Track;
use super::scribe::Scribe;
use super::shelf::{Bounds, Shelf};

/// A full hour, so that minutes are easy to follow.
const BEGIN: Timestamp = Timestamp::from_millis(1_760_000_400_000);
const HOST: &str = "11111111-1111-4111-8111-111111111111";
const HOUR: Duration = Duration::from_secs(3_600);
const ROUND: Duration = Duration::from_secs(15);

/// A history without threads: time passes when a test says so.
struct World {
    folder: tempfile::TempDir,
    bounds: Bounds,
    shelf: Arc<Shelf>,
    scribe: Scribe,
    now: Timestamp,
    seq: u64,
}

impl World {
    fn new() -> World {
        World::within(Bounds {
            keep: 48 * HOUR,
            bytes_max: 64 << 20,
            leave_free: 0,
        })
    }

    fn within(bounds: Bounds) -> World {
        let folder = tempfile::tempdir().unwrap();
        let (shelf, scribe) = opened(folder.path(), bounds);
        World {
            folder,
            bounds,
            shelf,
            scribe,
            now: BEGIN,
            seq: 0,
        }
    }

    /// A round of a host with these values, now; then time passes to the next.
    fn round(&mut self, host: &str, values: &[(&str, f64)]) {
        self.seq += 1;
        let report = report(host, self.seq, values);
        self.scribe.take(self.now, &report, 1);
        self.now = self.now.after(ROUND);
    }

    /// What is done every so often.
    fn tidy(&mut self) {
        self.scribe.on_time(self.now);
        self.shelf.tidy(self.now).unwrap();
    }

    /// A number of rounds of one value that rises, tidied after each.
    fn rise(&mut self, rounds: u32) {
        for _ in 0..rounds {
            let value = f64::from(u32::try_from(self.seq).unwrap()) / 100.0;
            self.round(HOST, &[("used", value)]);
            self.tidy();
        }
    }

    /// The program is gone, and another one begins; what waited to be written is lost.
    fn killed(&mut self) {
        (self.shelf, self.scribe) = opened(self.folder.path(), self.bounds);
    }

    fn read(&self, host: &str) -> Vec<Track> {
        let everything = |_: &str| Some(Timestamp::MIN);
        self.shelf
            .read(&EntityId::new(host), (i64::MIN, i64::MAX), &everything)
    }

    /// The values of the one series of the host.
    fn values(&self) -> Vec<f64> {
        let tracks = self.read(HOST);
        let points = tracks.iter().flat_map(|track| &track.points);
        points.map(|point| point.last).collect()
    }

    fn files(&self, kind: &str) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|end| end == kind))
            .collect();
        paths.sort();
        paths
    }
}

fn opened(folder: &Path, bounds: Bounds) -> (Arc<Shelf>, Scribe) {
    let shelf = Arc::new(Shelf::open(folder, bounds, Arc::default()).unwrap());
    let scribe = Scribe::new(Arc::clone(&shelf));
    (shelf, scribe)
}

fn report(host: &str, seq: u64, values: &[(&str, f64)]) -> Report {
    let sample = |(name, value): &(&str, f64)| Sample {
        name: (*name).to_owned(),
        attributes: [("mountpoint".to_owned(), "/var".to_owned())].into(),
        value: *value,
    };
    Report {
        wire: WIRE_VERSION,
        agent: host.to_owned(),
        boot: "boot".to_owned(),
        epoch: "epoch".to_owned(),
        stream: Stream::Live,
        host: HostFacts::default(),
        version: String::new(),
        sent_wall_ms: 0,
        sent_mono_ms: seq,
        rounds: vec![Round {
            seq,
            wall_ms: 0,
            mono_ms: seq,
            interval_s: ROUND.as_secs_f64(),
            probes: Vec::new(),
            samples: values.iter().map(sample).collect(),
            checks: Vec::new(),
            events: Vec::new(),
        }],
    }
}
