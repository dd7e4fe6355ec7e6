//! Finds out once what this host is: name, system, size, class, boot.
//!
//! In: the operating system, and what the configuration says instead. Out:
//! [`HostFacts`] and the boot id. Nothing here is measured again.

use std::path::Path;

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, System};
use uuid::Uuid;
use vedette_config::HostSettings;
use vedette_wire::{Class, HostFacts};

/// What the host says of itself. Settings win over what is found.
pub fn host(settings: &HostSettings) -> HostFacts {
    let mut facts = HostFacts {
        name: settings
            .name
            .clone()
            .or_else(|| System::host_name().ok())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "unnamed".to_owned()),
        class: class(settings),
        labels: settings.labels.clone(),
        os: os(),
        kernel: System::kernel_version().unwrap_or_default(),
        cpus: 0,
        memory_bytes: 0,
    };
    if let Ok(mut system) = System::new() {
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        system.refresh_cpu_list(CpuRefreshKind::nothing());
        facts.cpus = u32::try_from(system.cpus().len()).unwrap_or(u32::MAX);
        facts.memory_bytes = system.total_memory();
    }
    facts
}

/// Server or workstation, as set or as it seems.
pub fn class(settings: &HostSettings) -> Class {
    settings.class.unwrap_or_else(guess_class)
}

/// Whether the host lives on its battery, by the power supplies below `sys`: a battery is
/// discharged and nothing feeds the host from outside.
pub fn on_battery(sys: &Path) -> bool {
    let Ok(supplies) = std::fs::read_dir(sys.join("class/power_supply")) else {
        return false;
    };
    let (mut discharging, mut fed) = (false, false);
    for supply in supplies.flatten() {
        let text =
            |name: &str| std::fs::read_to_string(supply.path().join(name)).unwrap_or_default();
        match text("type").trim() {
            // A mouse has a battery, too.
            "Battery" => {
                discharging |=
                    text("scope").trim() != "Device" && text("status").trim() == "Discharging"
            }
            _ => fed |= text("online").trim() == "1",
        }
    }
    discharging && !fed
}

fn os() -> String {
    let name = System::name().unwrap_or_default();
    let version = System::os_version().unwrap_or_default();
    format!("{name} {version}").trim().to_owned()
}

/// The boot id below `proc`. Where the kernel has none, one is made of the time of the
/// boot, to the minute, for that time is not exact.
pub fn boot(proc: &Path) -> Uuid {
    std::fs::read_to_string(proc.join("sys/kernel/random/boot_id"))
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or_else(|| {
            let minute = System::boot_time().unwrap_or(0) / 60;
            Uuid::from_u64_pair(0x7665_6465_7474_6500, minute)
        })
}

#[cfg(target_os = "linux")]
fn guess_class() -> Class {
    let chassis = std::fs::read_to_string("/sys/class/dmi/id/chassis_type").unwrap_or_default();
    let display = Path::new("/etc/systemd/system/display-manager.service").exists();
    class_of(chassis.trim(), display)
}

#[cfg(not(target_os = "linux"))]
fn guess_class() -> Class {
    match System::name() {
        Ok(name) if name.contains("Darwin") || name.contains("mac") => Class::Workstation,
        Ok(_) | Err(_) => match System::long_os_version() {
            Ok(version) if version.contains("Windows") && !version.contains("Server") => {
                Class::Workstation
            }
            Ok(_) | Err(_) => Class::Server,
        },
    }
}

/// The chassis types of the SMBIOS specification (7.4.1): portable ones are carried about;
/// a desktop case is a workstation if somebody logs in at its screen.
#[cfg(target_os = "linux")]
fn class_of(chassis: &str, has_display_manager: bool) -> Class {
    const PORTABLE: &[&str] = &["8", "9", "10", "11", "14", "30", "31", "32"];
    const DESKTOP: &[&str] = &["3", "4", "5", "6", "7", "13", "15", "16", "24", "35", "36"];
    let is_desktop = DESKTOP.contains(&chassis) && has_display_manager;
    match PORTABLE.contains(&chassis) || is_desktop {
        true => Class::Workstation,
        false => Class::Server,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_host_is_a_server_unless_its_case_says_otherwise() {
        let cases = [
            ("23", false, Class::Server),
            ("1", true, Class::Server),
            ("", false, Class::Server),
            ("3", false, Class::Server),
            ("3", true, Class::Workstation),
            ("10", false, Class::Workstation),
        ];
        for (chassis, display, expected) in cases {
            assert_eq!(
                class_of(chassis, display),
                expected,
                "{chassis:?} {display}"
            );
        }
    }

    #[test]
    fn settings_win_over_what_is_found() {
        let settings = HostSettings {
            name: Some("erp".to_owned()),
            class: Some(Class::Workstation),
            labels: [("site".to_owned(), "hq".to_owned())].into(),
        };
        let facts = host(&settings);
        assert_eq!(
            (facts.name.as_str(), facts.class),
            ("erp", Class::Workstation)
        );
        assert_eq!(facts.labels["site"], "hq");
        assert!(facts.cpus >= 1 && facts.memory_bytes > 0);
    }

    #[test]
    fn a_host_lives_on_its_battery_when_that_is_discharged_and_nothing_feeds_it() {
        let check = |supplies: &[&[(&str, &str)]], expected: bool| {
            let dir = tempfile::tempdir().unwrap();
            for (number, files) in supplies.iter().enumerate() {
                let supply = dir.path().join(format!("class/power_supply/{number}"));
                std::fs::create_dir_all(&supply).unwrap();
                for (name, text) in *files {
                    std::fs::write(supply.join(name), format!("{text}\n")).unwrap();
                }
            }
            assert_eq!(on_battery(dir.path()), expected, "{supplies:?}");
        };
        let battery = |status| [("type", "Battery"), ("status", status)];
        let mains = |online| [("type", "Mains"), ("online", online)];
        check(&[], false);
        check(&[&battery("Discharging")], true);
        check(&[&battery("Full")], false);
        check(&[&battery("Discharging"), &mains("0")], true);
        check(&[&battery("Discharging"), &mains("1")], false);
        let mouse = [
            ("type", "Battery"),
            ("status", "Discharging"),
            ("scope", "Device"),
        ];
        check(&[&mouse], false);
        check(&[&[("status", "Discharging")]], false);
    }

    #[test]
    fn the_boot_id_is_the_kernels() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("sys/kernel/random");
        std::fs::create_dir_all(&place).unwrap();
        let id = "0b4bd5b5-47bb-4f07-9a0a-2f0b5bd3a001";
        std::fs::write(place.join("boot_id"), format!("{id}\n")).unwrap();
        assert_eq!(boot(dir.path()).to_string(), id);
        std::fs::write(place.join("boot_id"), "garbage").unwrap();
        assert_eq!(boot(dir.path()), boot(dir.path()));
    }
}
