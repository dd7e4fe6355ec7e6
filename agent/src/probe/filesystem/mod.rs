//! Measures file systems: space, inodes, read-only, and whether they answer at all.
//!
//! In: `/proc/1/mountinfo`, which shows the host's mounts even to a sandboxed agent,
//! with a fall-back to the agent's own; and one guarded question per mount. Out: the
//! `system.filesystem.*` metrics. Read-only comes from the mount table at every look,
//! never from memory: the flip is the news. Whatever becomes of file systems for which
//! others answer, those of this host are asked.

mod guard;
mod mounts;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::{Looked, limits, metric};

use self::guard::{ANSWER_WITHIN, Answer, Ask, Guard, PATIENCE, Space};
use self::mounts::{MOUNTS_MAX, Mount};
use super::source::Source;
use super::{Gaps, Notes, PROBE_DEADLINE, Probe, Surroundings};

/// A smaller tmpfs holds flags and sockets, not data.
const TMPFS_BYTES_MIN: f64 = 1024.0 * 1024.0;
struct Filesystem {
    source: Source,
    near: Guard,
    far: Guard,
    /// The first mount for which there was no time in the look before.
    left_out: Option<Vec<u8>>,
}

// Both guards at the end of their patience, and some air.
const _: () = assert!(4 * PATIENCE.as_millis() <= PROBE_DEADLINE.as_millis());

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    let source = Source::new(&surroundings.proc);
    Box::new(Filesystem::new(source, &guard::kernel(), ANSWER_WITHIN))
}

/// Whether a file system that can fill up is mounted at `path`, by the host's mount table.
pub(crate) fn is_mounted(proc: &Path, path: &Path) -> bool {
    let mut source = Source::new(proc);
    ["1/mountinfo", "self/mountinfo"].into_iter().any(|table| {
        let mounts = source.read(table).map(mounts::parse).unwrap_or_default();
        let is_there = |mount: &Mount| mount.mountpoint == path.as_os_str().as_bytes();
        mounts::real(mounts).iter().any(is_there)
    })
}

/// Every place at which anything is mounted, by the mount tables of the host and the agent.
pub(crate) fn mountpoints(proc: &Path) -> BTreeSet<PathBuf> {
    let mut source = Source::new(proc);
    let mut places = BTreeSet::new();
    for table in ["1/mountinfo", "self/mountinfo"] {
        let mounts = source.read(table).map(mounts::parse).unwrap_or_default();
        let place = |mount: Mount| PathBuf::from(OsStr::from_bytes(&mount.mountpoint));
        places.extend(mounts.into_iter().map(place));
    }
    places
}

impl Probe for Filesystem {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let mut gaps = Gaps::default();
        let mut mounts = match self.mounts(&mut gaps) {
            Ok(mounts) => mounts,
            Err(why) => return Looked::No { why },
        };
        if mounts.len() > MOUNTS_MAX {
            let more = mounts.len() - MOUNTS_MAX;
            gaps.push(format!("{more} mounts above {MOUNTS_MAX} not looked at"));
            mounts.truncate(MOUNTS_MAX);
        }
        self.near.begin();
        self.far.begin();
        // Who was left out is the first now: those that are slow leave out others each time.
        let left_out = self.left_out.take();
        let first = mounts
            .iter()
            .position(|mount| left_out.as_ref() == Some(&mount.mountpoint));
        mounts.rotate_left(first.unwrap_or(0));
        for mount in &mounts {
            self.look_at(mount, notes, &mut gaps);
        }
        gaps.looked()
    }
}

impl Filesystem {
    fn new(source: Source, ask: &Ask, stuck_after: Duration) -> Filesystem {
        Filesystem {
            source,
            near: Guard::new(Arc::clone(ask), stuck_after),
            far: Guard::new(Arc::clone(ask), stuck_after),
            left_out: None,
        }
    }

    /// The real mounts of the host, or of the agent's own view where the host's is hidden.
    fn mounts(&mut self, gaps: &mut Gaps) -> Result<Vec<Mount>, String> {
        let host = self.source.read("1/mountinfo").map(<[u8]>::to_vec);
        let own = self.source.read("self/mountinfo");
        match (host, own) {
            (Ok(host), Ok(own)) if host != own => {
                let own = mounts::parse(own);
                let host = mounts::real(mounts::parse(&host));
                Ok(visible(host, &own, gaps))
            }
            (Ok(host), _) => Ok(mounts::real(mounts::parse(&host))),
            (Err(why), Ok(own)) => {
                gaps.push(format!("{why}; looked at the agent's own mounts instead"));
                Ok(mounts::real(mounts::parse(own)))
            }
            (Err(why), Err(and)) => Err(format!("{why}; {and}")),
        }
    }

    fn look_at(&mut self, mount: &Mount, notes: &mut Notes, gaps: &mut Gaps) {
        let series = Series::of(mount);
        let path = PathBuf::from(OsStr::from_bytes(&mount.mountpoint));
        if series.mountpoint.len() > limits::VALUE_BYTES_MAX {
            gaps.push("a mount point has a name that is too long to report".to_owned());
            return;
        }
        let guard = match mount.is_far() {
            true => &mut self.far,
            false => &mut self.near,
        };
        let mountpoint = &series.mountpoint;
        match guard.ask(path) {
            Answer::Space(space) => series.measure(&space, notes),
            Answer::Stuck => {
                let within = ANSWER_WITHIN.as_secs();
                series.push(metric::FILESYSTEM_STUCK, 1.0, notes);
                series.push(metric::FILESYSTEM_READONLY, series.readonly(), notes);
                gaps.push(format!("{mountpoint} has not answered within {within} s"));
            }
            Answer::NotYet => gaps.push(format!("{mountpoint} has not answered yet")),
            Answer::Failed(error) => gaps.push(format!("{mountpoint}: {error}")),
            Answer::NotAsked => {
                gaps.push(format!(
                    "{mountpoint} not asked, because others do not answer"
                ));
                let mountpoint = || mount.mountpoint.clone();
                self.left_out.get_or_insert_with(mountpoint);
            }
        }
    }
}

/// The host's mounts that the agent can ask about: those it sees at the same place. In a
/// sandbox another file system may stand there, and its figures would be a lie.
fn visible(host: Vec<Mount>, own: &[Mount], gaps: &mut Gaps) -> Vec<Mount> {
    host.into_iter()
        .filter(|mount| {
            let here = own.iter().rfind(|own| own.mountpoint == mount.mountpoint);
            let same = here.is_some_and(|here| here.device_number == mount.device_number);
            if !same {
                let place = String::from_utf8_lossy(&mount.mountpoint);
                gaps.push(format!("{place} cannot be seen from the agent's sandbox"));
            }
            same
        })
        .collect()
}

/// The attributes of one file system's samples.
struct Series<'a> {
    mount: &'a Mount,
    mountpoint: String,
}

impl<'a> Series<'a> {
    fn of(mount: &'a Mount) -> Series<'a> {
        Series {
            mount,
            mountpoint: String::from_utf8_lossy(&mount.mountpoint).into_owned(),
        }
    }

    fn readonly(&self) -> f64 {
        f64::from(u8::from(self.mount.readonly))
    }

    fn push(&self, name: &str, value: f64, notes: &mut Notes) {
        let mode = if self.mount.readonly { "ro" } else { "rw" };
        let mut attributes = vec![
            ("mountpoint", self.mountpoint.as_str()),
            ("mode", mode),
            ("type", self.mount.kind.as_str()),
        ];
        // It only describes; too long for the wire is no reason to lose the measurement.
        if self.mount.device.len() <= limits::VALUE_BYTES_MAX {
            attributes.push(("device", self.mount.device.as_str()));
        }
        notes.push_with(name, &attributes, value);
    }

    fn measure(&self, space: &Space, notes: &mut Notes) {
        let bytes = |blocks: u64| blocks as f64 * space.block_bytes as f64;
        let limit = bytes(space.blocks);
        let is_small_tmpfs = self.mount.kind == "tmpfs" && limit < TMPFS_BYTES_MIN;
        if !space.is_directory || space.blocks == 0 || is_small_tmpfs {
            return;
        }
        self.push(metric::FILESYSTEM_LIMIT, limit, notes);
        let available = bytes(space.blocks_available);
        self.push(metric::FILESYSTEM_AVAILABLE, available, notes);
        let used = space.blocks.saturating_sub(space.blocks_free) as f64;
        let usable = used + space.blocks_available as f64;
        if usable > 0.0 {
            self.push(metric::FILESYSTEM_UTILIZATION, used / usable, notes);
        }
        if space.inodes > 0 {
            let free = space.inodes_free.min(space.inodes);
            let share = (space.inodes - free) as f64 / space.inodes as f64;
            self.push(metric::FILESYSTEM_INODES_UTILIZATION, share, notes);
            self.push(metric::FILESYSTEM_INODES_FREE, free as f64, notes);
        }
        self.push(metric::FILESYSTEM_READONLY, self.readonly(), notes);
        self.push(metric::FILESYSTEM_STUCK, 0.0, notes);
    }
}

/// Lets a fuzzer at the kernel's table of mounts.
#[cfg(fuzzing)]
pub(crate) fn fuzz(bytes: &[u8]) {
    mounts::real(mounts::parse(bytes));
}

#[cfg(test)]
mod tests;
