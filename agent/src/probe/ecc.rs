//! Counts memory errors that were corrected, and those that could not be.
//!
//! In: `/sys/devices/system/edac/mc`. Out: the `hw.errors` metric for each module, or each
//! row where the driver does not know modules, and for what belongs to none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vedette_wire::{Looked, metric};

use super::{Gaps, Notes, Probe, Surroundings, sysfs};

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(300);
/// The pause where there is no such memory; a driver may be loaded.
const EVERY_WITHOUT: Duration = Duration::from_secs(3_600);
/// Modules and rows that are looked at.
const ROWS_MAX: usize = 256;

struct Ecc {
    folder: PathBuf,
    is_absent: bool,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Ecc {
        folder: surroundings.sys.join("devices/system/edac/mc"),
        is_absent: false,
    })
}

impl Probe for Ecc {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let names = match sysfs::names(&self.folder) {
            Ok(names) => names,
            Err(why) => return Looked::No { why },
        };
        let mut gaps = Gaps::default();
        let mut left = ROWS_MAX;
        let is_controller = |name: &&String| is_numbered(name, "mc");
        let controllers: Vec<&String> = names.iter().filter(is_controller).collect();
        self.is_absent = controllers.is_empty();
        for controller in controllers {
            let counted = look_at(&self.folder.join(controller), controller, &mut left, notes);
            if let Err(why) = counted {
                gaps.push(why);
            }
        }
        if left == 0 {
            gaps.push(format!(
                "modules after the first {ROWS_MAX} were not looked at"
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

fn look_at(
    folder: &Path,
    controller: &str,
    left: &mut usize,
    notes: &mut Notes,
) -> Result<(), String> {
    let names = sysfs::names(folder)?;
    let has_modules = names.iter().any(|name| is_numbered(name, "dimm"));
    let (prefix, corrected, uncorrected) = match has_modules {
        true => ("dimm", "dimm_ce_count", "dimm_ue_count"),
        false => ("csrow", "ce_count", "ue_count"),
    };
    let rows = names.iter().filter(|name| is_numbered(name, prefix));
    for row in rows.take(*left) {
        let place = folder.join(row);
        let label = sysfs::said(&place.join("dimm_label")).unwrap_or_default();
        let of = Row {
            controller,
            row,
            label: &label,
        };
        of.count(&place.join(corrected), "corrected", notes);
        of.count(&place.join(uncorrected), "uncorrected", notes);
        *left -= 1;
    }
    let nowhere = Row {
        controller,
        row: "unknown",
        label: "",
    };
    nowhere.count(&folder.join("ce_noinfo_count"), "corrected", notes);
    nowhere.count(&folder.join("ue_noinfo_count"), "uncorrected", notes);
    Ok(())
}

struct Row<'a> {
    controller: &'a str,
    row: &'a str,
    label: &'a str,
}

impl Row<'_> {
    fn count(&self, file: &Path, kind: &str, notes: &mut Notes) {
        let Some(count) = sysfs::count(file) else {
            return;
        };
        let mut series = vec![
            ("controller", self.controller),
            ("row", self.row),
            ("type", kind),
        ];
        if !self.label.is_empty() {
            series.push(("label", self.label));
        }
        notes.push_with(metric::ECC_ERRORS, &series, count);
    }
}

fn is_numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::fixture::{Fixture, sees_nothing, spoil};

    const MODULES: &str = "
        sys/devices/system/edac/mc/mc0/mc_name = skx
        sys/devices/system/edac/mc/mc0/ce_noinfo_count = 1
        sys/devices/system/edac/mc/mc0/ue_noinfo_count = 0
        sys/devices/system/edac/mc/mc0/csrow0/ce_count = 5
        sys/devices/system/edac/mc/mc0/dimm0/dimm_label = CPU_A1
        sys/devices/system/edac/mc/mc0/dimm0/dimm_ce_count = 4
        sys/devices/system/edac/mc/mc0/dimm0/dimm_ue_count = 2
        sys/devices/system/edac/mc/power/control = auto
    ";

    #[test]
    fn errors_are_counted_by_module_and_what_belongs_to_none_beside_them() {
        let seen = Fixture::new(MODULES).look(build);
        assert_eq!(seen.looked, Looked::Yes);
        insta::assert_snapshot!(seen.text(), @"
        hw.errors controller=mc0 label=CPU_A1 row=dimm0 type=corrected 4
        hw.errors controller=mc0 label=CPU_A1 row=dimm0 type=uncorrected 2
        hw.errors controller=mc0 row=unknown type=corrected 1
        hw.errors controller=mc0 row=unknown type=uncorrected 0
        ");
    }

    #[test]
    fn where_the_driver_knows_no_modules_errors_are_counted_by_row() {
        let host = Fixture::new(MODULES);
        host.remove("sys/devices/system/edac/mc/mc0/dimm0");
        let seen = host.look(build);
        assert!(
            seen.has("hw.errors controller=mc0 row=csrow0 type=corrected 5"),
            "{seen:?}"
        );
    }

    #[test]
    fn without_such_memory_there_is_nothing_to_see_and_it_is_looked_for_rarely() {
        sees_nothing(&Fixture::new(""), build, EVERY_WITHOUT);
    }

    #[test]
    fn hostile_counters_do_no_harm() {
        spoil(&Fixture::new(MODULES), build);
    }
}
