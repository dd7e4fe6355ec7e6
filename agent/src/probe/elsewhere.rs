//! Looks at hosts that have no `/proc`, through sysinfo.
//!
//! In: what sysinfo knows of macOS, Windows and the BSDs. Out: the part of the metrics
//! that exists there; inodes, processor modes and a live read-only flag do not. Built in
//! tests on Linux too, so that it keeps compiling.

use sysinfo::{CpuRefreshKind, DiskRefreshKind, Disks, MemoryRefreshKind, System};
use vedette_wire::{Looked, metric};

use super::{Notes, Probe, Surroundings};

type Measure = fn(&mut System, &mut Notes) -> Result<Looked, sysinfo::Error>;

/// One value or group of values that sysinfo can give.
struct Elsewhere {
    system: Option<System>,
    measure: Measure,
}

impl Probe for Elsewhere {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let measured = match &mut self.system {
            Some(system) => (self.measure)(system, notes),
            None => System::new().and_then(|new| (self.measure)(self.system.insert(new), notes)),
        };
        measured.unwrap_or_else(|error| Looked::No {
            why: format!("this system does not say: {error}"),
        })
    }
}

fn probe(measure: Measure) -> Box<dyn Probe> {
    Box::new(Elsewhere {
        system: None,
        measure,
    })
}

pub(super) fn uptime(_: &Surroundings) -> Box<dyn Probe> {
    probe(|_, notes| {
        notes.push(metric::UPTIME, System::uptime()? as f64);
        Ok(Looked::Yes)
    })
}

pub(super) fn load(_: &Surroundings) -> Box<dyn Probe> {
    probe(|_, notes| {
        let load = System::load_average()?;
        notes.push(metric::LOAD_1M, load.one);
        notes.push(metric::LOAD_5M, load.five);
        notes.push(metric::LOAD_15M, load.fifteen);
        Ok(Looked::Yes)
    })
}

pub(super) fn cpu(_: &Surroundings) -> Box<dyn Probe> {
    probe(|system, notes| {
        let first = system.cpus().is_empty();
        system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
        notes.push(metric::CPU_COUNT, system.cpus().len() as f64);
        let why = match first {
            true => "the first look has nothing to compare processor time with",
            false => {
                let busy = f64::from(system.global_cpu_usage() / 100.0).clamp(0.0, 1.0);
                for (mode, share) in [("user", busy), ("idle", 1.0 - busy)] {
                    notes.push_with(metric::CPU_UTILIZATION, &[("cpu.mode", mode)], share);
                }
                "this system tells busy from idle only; busy is shown as user"
            }
        };
        Ok(Looked::Partly {
            why: why.to_owned(),
        })
    })
}

pub(super) fn memory(_: &Surroundings) -> Box<dyn Probe> {
    probe(|system, notes| {
        system.refresh_memory_specifics(MemoryRefreshKind::everything());
        let total = system.total_memory() as f64;
        let available = system.available_memory() as f64;
        notes.push(metric::MEMORY_LIMIT, total);
        notes.push(metric::MEMORY_AVAILABLE, available);
        if total > 0.0 {
            let share = (available / total).clamp(0.0, 1.0);
            notes.push(metric::MEMORY_AVAILABLE_RATIO, share);
            notes.push(metric::MEMORY_UTILIZATION, 1.0 - share);
        }
        let swap = system.total_swap() as f64;
        notes.push(metric::PAGING_LIMIT, swap);
        if swap > 0.0 {
            let share = (system.used_swap() as f64 / swap).clamp(0.0, 1.0);
            notes.push(metric::PAGING_UTILIZATION, share);
        }
        Ok(Looked::Yes)
    })
}

pub(super) fn filesystem(_: &Surroundings) -> Box<dyn Probe> {
    probe(|_, notes| {
        // Made anew each time: a long-lived list never notices a change to read-only.
        let kinds = DiskRefreshKind::nothing().with_storage();
        let disks = Disks::new_with_refreshed_list_specifics(kinds)?;
        for disk in &disks {
            let limit = disk.total_space() as f64;
            if limit <= 0.0 {
                continue;
            }
            let available = disk.available_space() as f64;
            let mountpoint = disk.mount_point().to_string_lossy();
            let device = disk.name().to_string_lossy();
            let kind = disk.file_system().to_string_lossy();
            let readonly = disk.is_read_only();
            let series = [
                ("mountpoint", mountpoint.as_ref()),
                ("device", device.as_ref()),
                ("type", kind.as_ref()),
                ("mode", if readonly { "ro" } else { "rw" }),
            ];
            let used: f64 = (1.0 - available / limit).clamp(0.0, 1.0);
            notes.push_with(metric::FILESYSTEM_LIMIT, &series, limit);
            notes.push_with(metric::FILESYSTEM_AVAILABLE, &series, available);
            notes.push_with(metric::FILESYSTEM_UTILIZATION, &series, used);
            let flag = f64::from(u8::from(readonly));
            notes.push_with(metric::FILESYSTEM_READONLY, &series, flag);
        }
        Ok(Looked::Yes)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::probe::Build;

    #[test]
    fn every_value_it_gives_is_in_the_table_of_metrics_and_in_range() {
        let table: [(&str, Build); 5] = [
            ("uptime", uptime),
            ("load", load),
            ("cpu", cpu),
            ("memory", memory),
            ("filesystem", filesystem),
        ];
        let surroundings = Surroundings::here(Default::default());
        for (name, build) in table {
            let mut notes = Notes::default();
            let looked = build(&surroundings).look(&mut notes);
            for sample in notes.samples() {
                let row = metric::find(&sample.name).unwrap();
                assert_eq!(row.probe, name);
                let range = row.min..=row.max;
                assert!(range.contains(&sample.value), "{sample:?} ({looked:?})");
            }
        }
    }
}
