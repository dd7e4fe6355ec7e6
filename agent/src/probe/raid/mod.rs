//! Looks for md arrays that lack disks, do not work, or are being rebuilt.
//!
//! In: `/proc/mdstat` for their names, `/sys/block/*/md` for their state. Out: the
//! `hw.raid.*` metrics. A container of firmware RAID is no array: it is always inactive,
//! and the arrays in it are listed by themselves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, sysfs, text};

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(30);
/// The pause where the kernel has no md: it is loaded with the first array.
const EVERY_WITHOUT: Duration = Duration::from_secs(300);
/// Arrays that are looked at.
const ARRAYS_MAX: usize = 64;

struct Raid {
    mdstat: PathBuf,
    source: Source,
    block: PathBuf,
    is_absent: bool,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Raid {
        mdstat: surroundings.proc.join("mdstat"),
        source: Source::new(&surroundings.proc),
        block: surroundings.sys.join("block"),
        is_absent: false,
    })
}

impl Probe for Raid {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        self.is_absent = !self.mdstat.exists();
        if self.is_absent {
            return Looked::Yes;
        }
        let mut arrays = match self.source.read("mdstat") {
            Ok(bytes) => arrays(bytes),
            Err(why) => return Looked::No { why },
        };
        self.is_absent = arrays.is_empty();
        let mut gaps = Gaps::default();
        if arrays.len() > ARRAYS_MAX {
            gaps.push(format!(
                "arrays after the first {ARRAYS_MAX} were not looked at"
            ));
            arrays.truncate(ARRAYS_MAX);
        }
        for name in arrays {
            let folder = self.block.join(&name).join("md");
            if let Err(why) = look_at(&name, &folder, notes) {
                gaps.push(why);
            }
        }
        gaps.looked()
    }

    fn every(&self) -> Duration {
        match self.is_absent {
            true => EVERY_WITHOUT,
            false => EVERY,
        }
    }
}

/// The names of `/proc/mdstat`: `md0 : active raid1 sdb1[1] sda1[0]`.
fn arrays(bytes: &[u8]) -> Vec<String> {
    let names = text::lines(bytes).filter_map(|line| {
        let mut words = text::words(line);
        let name = std::str::from_utf8(words.next()?).ok()?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        let is_array = words.next()? == b":" && name.bytes().all(is_name);
        (is_array && name != "Personalities").then(|| name.to_owned())
    });
    names.collect()
}

/// How many disks of an array are in which state.
#[derive(Default)]
struct Disks {
    active: f64,
    failed: f64,
    spare: f64,
}

fn look_at(name: &str, folder: &Path, notes: &mut Notes) -> Result<(), String> {
    let said = |file: &str| sysfs::said(&folder.join(file));
    let state = said("array_state")
        .ok_or_else(|| format!("{} does not say the state of the array", folder.display()))?;
    let metadata = said("metadata_version").unwrap_or_default();
    // An array inside a container names it: `external:/md127/0`.
    let is_container = metadata.starts_with("external:") && !metadata.starts_with("external:/");
    let disks = disks(folder)?;
    let required = sysfs::count(&folder.join("raid_disks")).unwrap_or(0.0);
    let is_empty = required == 0.0 && disks.active + disks.failed + disks.spare == 0.0;
    if is_container || (state == "clear" && is_empty) {
        return Ok(());
    }
    let level = said("level").unwrap_or_default();
    let sync = said("sync_action").filter(|action| !["idle", "frozen"].contains(&action.as_str()));
    let sync = sync.unwrap_or_default();
    let mut series = vec![("array", name)];
    if !level.is_empty() {
        series.push(("level", level.as_str()));
    }
    for (state, count) in [
        ("active", disks.active),
        ("required", required),
        ("failed", disks.failed),
        ("spare", disks.spare),
    ] {
        notes.push_with(
            metric::RAID_DISKS,
            &[&series[..], &[("state", state)]].concat(),
            count,
        );
    }
    if let Some(sectors) = sysfs::count(&folder.join("mismatch_cnt")) {
        notes.push_with(metric::RAID_MISMATCHES, &series, sectors);
    }
    if !sync.is_empty() {
        series.push(("sync", &sync));
    }
    // RAID 0 and linear have no such file: they have no disk to spare.
    let lacks = sysfs::count(&folder.join("degraded")).unwrap_or(0.0);
    notes.push_with(
        metric::RAID_DEGRADED,
        &series,
        f64::from(u8::from(lacks > 0.0)),
    );
    let is_inactive = ["inactive", "clear", "broken"].contains(&state.as_str());
    notes.push_with(
        metric::RAID_INACTIVE,
        &series,
        f64::from(u8::from(is_inactive)),
    );
    if let Some(share) = said("sync_completed").as_deref().and_then(share) {
        notes.push_with(metric::RAID_SYNC, &series, share);
    }
    Ok(())
}

fn disks(folder: &Path) -> Result<Disks, String> {
    let mut disks = Disks::default();
    for name in sysfs::names(folder)? {
        if !name.starts_with("dev-") {
            continue;
        }
        let state = sysfs::said(&folder.join(name).join("state")).unwrap_or_default();
        let is = |word: &str| state.split(',').any(|part| part.trim() == word);
        if is("faulty") {
            disks.failed += 1.0;
        } else if is("in_sync") {
            disks.active += 1.0;
        } else if is("spare") {
            disks.spare += 1.0;
        }
    }
    Ok(disks)
}

/// `1234 / 5678` as a share; none for `none` and `delayed`.
fn share(text: &str) -> Option<f64> {
    let (done, all) = text.split_once('/')?;
    let done = text::whole(done.trim().as_bytes())? as f64;
    let all = text::whole(all.trim().as_bytes())? as f64;
    (all > 0.0).then(|| (done / all).min(1.0))
}

#[cfg(test)]
mod tests;
