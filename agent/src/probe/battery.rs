//! Looks at batteries, small UPSs, and whether the host is fed from outside.
//!
//! In: `/sys/class/power_supply`. Out: the `hw.battery.*` and `hw.mains.*` metrics.
//! Batteries of mice and headsets are nobody's business here. Where no mains supply is
//! shown, USB supplies stand for it together: an empty socket is no loss of power.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vedette_wire::{Looked, metric};

use super::{Gaps, Notes, Probe, Surroundings, sysfs};

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(60);
/// The pause where there is no supply; a UPS may be plugged in.
const EVERY_WITHOUT: Duration = Duration::from_secs(600);
/// Supplies that are looked at.
const SUPPLIES_MAX: usize = 64;

struct Battery {
    folder: PathBuf,
    is_absent: bool,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Battery {
        folder: surroundings.sys.join("class/power_supply"),
        is_absent: false,
    })
}

impl Probe for Battery {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let mut names = match sysfs::names(&self.folder) {
            Ok(names) => names,
            Err(why) => return Looked::No { why },
        };
        self.is_absent = names.is_empty();
        let mut gaps = Gaps::default();
        if names.len() > SUPPLIES_MAX {
            gaps.push(format!(
                "supplies after the first {SUPPLIES_MAX} were not looked at"
            ));
            names.truncate(SUPPLIES_MAX);
        }
        let mut mains: Vec<(String, bool)> = Vec::new();
        let mut usb = Vec::new();
        for name in names {
            let folder = self.folder.join(&name);
            let said = |file: &str| sysfs::said(&folder.join(file)).unwrap_or_default();
            let online = sysfs::count(&folder.join("online")).map(|online| online > 0.0);
            match (said("type").as_str(), online) {
                ("Battery" | "UPS", _) if said("scope") != "Device" => {
                    look_at(&folder, &name, notes, &mut gaps);
                }
                ("Mains", Some(online)) => mains.push((name, online)),
                ("USB", Some(online)) if said("scope") != "Device" => usb.push(online),
                _ => {}
            }
        }
        if mains.is_empty() && !usb.is_empty() {
            mains.push(("usb".to_owned(), usb.contains(&true)));
        }
        for (name, online) in mains {
            let online = f64::from(u8::from(online));
            notes.push_with(metric::MAINS_ONLINE, &[("supply", &name)], online);
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

fn look_at(folder: &Path, name: &str, notes: &mut Notes, gaps: &mut Gaps) {
    let count = |file: &str| sysfs::count(&folder.join(file));
    if count("present") == Some(0.0) {
        return;
    }
    let series = [("battery", name)];
    // A driver counts energy or charge, seldom both.
    let share = |part: &str, whole: &str| {
        ["energy", "charge"].iter().find_map(|kind| {
            let whole = count(&format!("{kind}_{whole}")).filter(|whole| *whole > 0.0)?;
            Some(count(&format!("{kind}_{part}"))? / whole)
        })
    };
    let charge = count("capacity").map(|percent| percent / 100.0);
    match charge.or_else(|| share("now", "full")) {
        Some(charge) => notes.push_with(metric::BATTERY_CHARGE, &series, charge.min(1.0)),
        None => gaps.push(format!("battery {name} does not say its charge")),
    }
    if let Some(health) = share("full", "full_design") {
        notes.push_with(metric::BATTERY_HEALTH, &series, health);
    }
    match sysfs::said(&folder.join("status")) {
        Some(status) => {
            let discharging = f64::from(u8::from(status == "Discharging"));
            notes.push_with(metric::BATTERY_DISCHARGING, &series, discharging);
        }
        None => gaps.push(format!("battery {name} does not say its status")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::fixture::{Fixture, sees_nothing, spoil};

    const LAPTOP: &str = "
        sys/class/power_supply/AC/type = Mains
        sys/class/power_supply/AC/online = 0
        sys/class/power_supply/BAT0/type = Battery
        sys/class/power_supply/BAT0/present = 1
        sys/class/power_supply/BAT0/capacity = 37
        sys/class/power_supply/BAT0/status = Discharging
        sys/class/power_supply/BAT0/energy_full = 40000000
        sys/class/power_supply/BAT0/energy_full_design = 50000000
        sys/class/power_supply/BAT1/type = Battery
        sys/class/power_supply/BAT1/present = 0
        sys/class/power_supply/hidpp_0/type = Battery
        sys/class/power_supply/hidpp_0/scope = Device
        sys/class/power_supply/hidpp_0/capacity = 5
        sys/class/power_supply/ucsi1/type = USB
        sys/class/power_supply/ucsi1/online = 0
    ";

    #[test]
    fn a_laptop_without_mains_is_discharged_and_its_mouse_does_not_matter() {
        let seen = Fixture::new(LAPTOP).look(build);
        assert_eq!(seen.looked, Looked::Yes);
        insta::assert_snapshot!(seen.text(), @"
        hw.battery.charge battery=BAT0 0.37
        hw.battery.health battery=BAT0 0.8
        hw.battery.discharging battery=BAT0 1
        hw.mains.online supply=AC 0
        ");
    }

    #[test]
    fn where_only_usb_feeds_the_host_one_fed_socket_is_enough() {
        let host = Fixture::new(
            "sys/class/power_supply/u1/type = USB
             sys/class/power_supply/u1/online = 0
             sys/class/power_supply/u2/type = USB
             sys/class/power_supply/u2/online = 1",
        );
        assert_eq!(host.look(build).samples, ["hw.mains.online supply=usb 1"]);
    }

    #[test]
    fn a_charge_can_be_counted_where_it_is_not_said() {
        let host = Fixture::new(
            "sys/class/power_supply/B/type = UPS
             sys/class/power_supply/B/charge_now = 30
             sys/class/power_supply/B/charge_full = 60",
        );
        let seen = host.look(build);
        assert_eq!(seen.samples, ["hw.battery.charge battery=B 0.5"]);
        assert!(seen.why().contains("status"));
    }

    #[test]
    fn without_supplies_there_is_nothing_to_see_and_they_are_looked_for_rarely() {
        sees_nothing(&Fixture::new(""), build, EVERY_WITHOUT);
    }

    #[test]
    fn hostile_batteries_do_no_harm() {
        spoil(&Fixture::new(LAPTOP), build);
    }
}
