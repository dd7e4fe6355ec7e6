//! Counts the errors of devices of btrfs file systems, and finds those that are missing.
//!
//! In: `/sys/fs/btrfs/*/devinfo/*` (Linux 5.14). Out: the `hw.btrfs.*` metrics.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vedette_wire::{Looked, metric};

use super::{Gaps, Notes, Probe, Surroundings, sysfs, text};

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(60);
/// The pause where there is no btrfs.
const EVERY_WITHOUT: Duration = Duration::from_secs(600);
/// Devices that are looked at.
const DEVICES_MAX: usize = 128;
/// The kernel's words, and ours.
const KINDS: [(&str, &str); 5] = [
    ("write_errs", "write"),
    ("read_errs", "read"),
    ("flush_errs", "flush"),
    ("corruption_errs", "corruption"),
    ("generation_errs", "generation"),
];

struct Btrfs {
    folder: PathBuf,
    is_absent: bool,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Btrfs {
        folder: surroundings.sys.join("fs/btrfs"),
        is_absent: false,
    })
}

impl Probe for Btrfs {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let names = match sysfs::names(&self.folder) {
            Ok(names) => names,
            Err(why) => return Looked::No { why },
        };
        self.is_absent = true;
        let mut gaps = Gaps::default();
        let mut left = DEVICES_MAX;
        for name in names {
            let folder = self.folder.join(&name);
            // `features` and `debug` are no file systems.
            if !folder.join("devices").is_dir() {
                continue;
            }
            self.is_absent = false;
            let infos = folder.join("devinfo");
            match sysfs::names(&infos) {
                Ok(devices) if devices.is_empty() => {
                    gaps.push(format!("this kernel does not count the errors of {name}"));
                }
                Ok(devices) => {
                    let label = sysfs::said(&folder.join("label")).unwrap_or_default();
                    for device in devices.iter().take(left) {
                        let mut series = vec![("filesystem", name.as_str()), ("device", device)];
                        if !label.is_empty() {
                            series.push(("label", &label));
                        }
                        look_at(&infos.join(device), &series, notes, &mut gaps);
                    }
                    left = left.saturating_sub(devices.len());
                }
                Err(why) => gaps.push(why),
            }
        }
        if left == 0 {
            gaps.push(format!(
                "devices after the first {DEVICES_MAX} were not looked at"
            ));
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

fn look_at(folder: &Path, series: &[(&str, &str)], notes: &mut Notes, gaps: &mut Gaps) {
    if let Some(missing) = sysfs::count(&folder.join("missing")) {
        notes.push_with(metric::BTRFS_MISSING, series, missing.min(1.0));
    }
    let stats = sysfs::read(&folder.join("error_stats")).unwrap_or_default();
    let mut found = 0;
    for line in stats.lines() {
        let mut words = line.split_ascii_whitespace();
        let kind = words
            .next()
            .and_then(|word| KINDS.iter().find(|(kernel, _)| *kernel == word));
        let count = words.next().and_then(|word| text::whole(word.as_bytes()));
        if let (Some((_, kind)), Some(count)) = (kind, count) {
            let series = [series, &[("type", kind)]].concat();
            notes.push_with(metric::BTRFS_ERRORS, &series, count as f64);
            found += 1;
        }
    }
    if found < KINDS.len() {
        gaps.push(format!("{} does not count all errors", folder.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::fixture::{Fixture, sees_nothing, spoil};

    const TREE: &str = "
        sys/fs/btrfs/features/raid1c34 = 0
        sys/fs/btrfs/aaaa-bbbb/label = data
        sys/fs/btrfs/aaaa-bbbb/devices/sda/size = 1
        sys/fs/btrfs/aaaa-bbbb/devinfo/1/missing = 0
        sys/fs/btrfs/aaaa-bbbb/devinfo/1/error_stats = write_errs 0\\nread_errs 3\\nflush_errs 0\\ncorruption_errs 7\\ngeneration_errs 0
    ";

    #[test]
    fn errors_of_each_device_are_counted_by_kind() {
        let seen = Fixture::new(TREE).look(build);
        assert_eq!(seen.looked, Looked::Yes);
        insta::assert_snapshot!(seen.text(), @"
        hw.btrfs.device.missing device=1 filesystem=aaaa-bbbb label=data 0
        hw.btrfs.errors device=1 filesystem=aaaa-bbbb label=data type=write 0
        hw.btrfs.errors device=1 filesystem=aaaa-bbbb label=data type=read 3
        hw.btrfs.errors device=1 filesystem=aaaa-bbbb label=data type=flush 0
        hw.btrfs.errors device=1 filesystem=aaaa-bbbb label=data type=corruption 7
        hw.btrfs.errors device=1 filesystem=aaaa-bbbb label=data type=generation 0
        ");
    }

    #[test]
    fn a_device_that_is_missing_is_told() {
        let host = Fixture::new(TREE);
        host.add("sys/fs/btrfs/aaaa-bbbb/devinfo/1/missing = 1");
        let seen = host.look(build);
        let told = "hw.btrfs.device.missing device=1 filesystem=aaaa-bbbb label=data 1";
        assert!(seen.has(told), "{seen:?}");
    }

    #[test]
    fn a_kernel_that_does_not_count_is_a_gap() {
        let host = Fixture::new(TREE);
        host.remove("sys/fs/btrfs/aaaa-bbbb/devinfo/1/error_stats");
        assert!(host.look(build).why().contains("devinfo/1"));
        host.remove("sys/fs/btrfs/aaaa-bbbb/devinfo");
        assert!(host.look(build).why().contains("aaaa-bbbb"));
    }

    #[test]
    fn without_btrfs_there_is_nothing_to_see_and_it_is_looked_for_rarely() {
        sees_nothing(
            &Fixture::new("sys/fs/btrfs/features/raid1c34 = 0"),
            build,
            EVERY_WITHOUT,
        );
    }

    #[test]
    fn hostile_counters_do_no_harm() {
        spoil(&Fixture::new(TREE), build);
    }
}
