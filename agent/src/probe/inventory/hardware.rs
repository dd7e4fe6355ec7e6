//! Collects what the host is made of.
//!
//! In: `/sys/class/dmi/id`, `/proc/cpuinfo`, `/sys/block`, `/sys/class/net`, os-release.
//! Out: an [`Inventory`] without packages. Only what stays: no device that is plugged in
//! and out, no address that is made up anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vedette_wire::{Inventory, limits};

use crate::probe::source::Source;
use crate::probe::{Surroundings, sysfs, text};
use crate::program::{Bounds, Programs};

/// Bytes of each text that are kept.
const TEXT_BYTES_MAX: usize = 200;
/// What makers leave in place of a name.
const PLACEHOLDERS: [&str; 8] = [
    "to be filled by o.e.m.",
    "default string",
    "system manufacturer",
    "system product name",
    "system serial number",
    "not specified",
    "not applicable",
    "none",
];

/// Where to look.
pub(super) struct Hardware {
    sys: PathBuf,
    root: PathBuf,
    proc: PathBuf,
    source: Source,
    programs: Programs,
}

impl Hardware {
    pub(super) fn new(surroundings: &Surroundings) -> Hardware {
        Hardware {
            sys: surroundings.sys.clone(),
            root: surroundings.root.clone(),
            proc: surroundings.proc.clone(),
            source: Source::new(&surroundings.proc),
            programs: surroundings.programs.clone(),
        }
    }

    pub(super) fn look(&mut self) -> Result<Inventory, String> {
        let release = self.proc.join("sys/kernel/osrelease");
        let kernel =
            sysfs::said(&release).ok_or_else(|| format!("{} cannot be read", release.display()))?;
        let (processor, is_guest) = self.processor();
        Ok(Inventory {
            machine: self.machine(),
            serial: self.dmi("product_serial").unwrap_or_default(),
            firmware: self.all(&["bios_vendor", "bios_version", "bios_date"]),
            virtualization: self.virtualization(is_guest),
            processor,
            os: self.os(),
            kernel: short(&kernel),
            disks: self.disks()?,
            interfaces: self.interfaces()?,
            packages: Default::default(),
        })
    }

    fn dmi(&self, name: &str) -> Option<String> {
        let text = sysfs::said(&self.sys.join("class/dmi/id").join(name))?;
        let is_named = !PLACEHOLDERS.contains(&text.to_lowercase().as_str());
        is_named.then(|| short(&text))
    }

    fn all(&self, names: &[&str]) -> String {
        let said: Vec<String> = names.iter().filter_map(|name| self.dmi(name)).collect();
        said.join(" ")
    }

    /// Boards without DMI name themselves in their device tree.
    fn machine(&self) -> String {
        let machine = self.all(&["sys_vendor", "product_name"]);
        if !machine.is_empty() {
            return machine;
        }
        let board = sysfs::said(&self.proc.join("device-tree/model"));
        board.map(|board| short(&board)).unwrap_or_default()
    }

    /// How many processors of which model, and whether one of them says that it is a guest.
    fn processor(&mut self) -> (String, bool) {
        let Ok(bytes) = self.source.read("cpuinfo") else {
            return (String::new(), false);
        };
        let (mut count, mut model, mut is_guest) = (0, None, false);
        for line in text::lines(bytes) {
            let line = String::from_utf8_lossy(line);
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            match key.trim() {
                "processor" => count += 1,
                "model name" if model.is_none() => model = Some(short(value)),
                "flags" => is_guest |= value.split(' ').any(|flag| flag == "hypervisor"),
                _ => {}
            }
        }
        let model = model.unwrap_or_default();
        let processor = format!("{count} x {model}");
        match (count, model.is_empty()) {
            (0, _) => (model, is_guest),
            (_, true) => (format!("{count} processors"), is_guest),
            (_, false) => (processor, is_guest),
        }
    }

    fn virtualization(&self, is_guest: bool) -> String {
        if let Some(container) = sysfs::said(&self.root.join("run/systemd/container")) {
            return short(&container);
        }
        let bounds = Bounds {
            within: Duration::from_secs(5),
            bytes_max: TEXT_BYTES_MAX,
        };
        // It ends with 1 where there is none.
        let ran = self.programs.run("systemd-detect-virt", &[""; 0], bounds);
        let said = ran.map(|ran| short(&String::from_utf8_lossy(&ran.out)));
        match said.unwrap_or_default().as_str() {
            "" if is_guest => "a hypervisor".to_owned(),
            "" | "none" => String::new(),
            name => name.to_owned(),
        }
    }

    fn os(&self) -> String {
        let files = ["etc/os-release", "usr/lib/os-release"];
        let text = files
            .iter()
            .find_map(|file| sysfs::said(&self.root.join(file)));
        let text = text.unwrap_or_default();
        let name = text
            .lines()
            .find_map(|line| line.strip_prefix("PRETTY_NAME="));
        short(name.unwrap_or_default().trim_matches(['"', '\'']))
    }

    /// `sda: Samsung SSD 860, serial S3Z9, 500 GB`, for what is built in.
    fn disks(&self) -> Result<Vec<String>, String> {
        let folder = self.sys.join("block");
        let names = sysfs::names(&folder)?;
        let disks = names.iter().filter_map(|name| {
            let place = folder.join(name);
            let is = |file: &str| sysfs::count(&place.join(file)) == Some(1.0);
            let is_disk = place.join("device").exists() && !is("removable") && !is("hidden");
            let is_part =
                name.starts_with("mmcblk") && (name.contains("boot") || name.contains("rpmb"));
            // The kernel counts sectors of 512 bytes, whatever the disk's are.
            let size = sysfs::count(&place.join("size"))? * 512.0;
            if !is_disk || is_part || size <= 0.0 {
                return None;
            }
            let said =
                |files: &[&str]| files.iter().find_map(|file| sysfs::said(&place.join(file)));
            let model = said(&["device/model", "device/name"]).map(|model| short(&model));
            let serial = said(&["device/serial", "serial", "device/wwid", "wwid"]);
            let serial = serial.map(|serial| format!("serial {}", short(&serial)));
            let parts = [model, serial, Some(capacity(size))];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            Some(format!("{name}: {}", parts.join(", ")))
        });
        Ok(disks.take(limits::INVENTORY_LIST_MAX).collect())
    }

    /// `eth0: 52:54:00:12:34:56, virtio_net`, for hardware and bonds.
    fn interfaces(&self) -> Result<Vec<String>, String> {
        let folder = self.sys.join("class/net");
        let names = sysfs::names(&folder)?;
        let interfaces = names.iter().filter_map(|name| {
            let place = folder.join(name);
            let is_bond = place.join("bonding").is_dir();
            if !place.join("device").exists() && !is_bond {
                return None;
            }
            // One that was set, or made up, may be another tomorrow.
            let is_own = sysfs::count(&place.join("addr_assign_type")).unwrap_or(0.0) == 0.0;
            let address = sysfs::said(&place.join("address")).filter(|_| is_own);
            let driver = match is_bond {
                true => Some("bonding".to_owned()),
                false => linked(&place.join("device/driver")),
            };
            let parts: Vec<String> = [address, driver].into_iter().flatten().collect();
            let parts: Vec<String> = parts.iter().map(|part| short(part)).collect();
            Some(format!("{name}: {}", parts.join(", ")))
        });
        Ok(interfaces.take(limits::INVENTORY_LIST_MAX).collect())
    }
}

/// The last name of where a link leads.
fn linked(path: &Path) -> Option<String> {
    let target = fs::read_link(path).ok()?;
    Some(target.file_name()?.to_string_lossy().into_owned())
}

/// Bytes as disks are sold.
fn capacity(bytes: f64) -> String {
    match bytes {
        bytes if bytes >= 1e12 => format!("{:.1} TB", bytes / 1e12),
        bytes if bytes >= 1e9 => format!("{:.0} GB", bytes / 1e9),
        bytes => format!("{:.0} MB", bytes / 1e6),
    }
}

/// One line of bounded length, with single blanks.
fn short(text: &str) -> String {
    let text = text.replace(|letter: char| letter.is_control(), " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut line = words.join(" ");
    let mut end = TEXT_BYTES_MAX.min(line.len());
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    line
}
