//! Measures temperatures and fans, and how far they are from limits of their own.
//!
//! In: `/sys/class/hwmon`. Out: the `hw.temperature*`, `hw.fan.*` and `hw.sensor.alarm`
//! metrics. Reading a sensor can block, or fail for as long as its device sleeps; the
//! others are read all the same. A chip is named by its device, because the numbers of
//! `hwmon` change from boot to boot.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vedette_wire::{Looked, metric};

use super::{Gaps, Notes, Probe, Surroundings, sysfs};

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(60);
/// The pause where there is no sensor: one may be plugged in.
const EVERY_WITHOUT: Duration = Duration::from_secs(900);
/// Sensors that are read in one look.
const SENSORS_MAX: usize = 256;
/// Degrees Celsius between which a measured value, or a limit, can be meant: chips give
/// 65,261 for "no limit", and -128 or -273 for "no sensor".
const SANE: std::ops::RangeInclusive<f64> = -100.0..=250.0;

struct Sensor {
    folder: PathBuf,
    /// Fans that were seen turning. One that never did is a socket without a fan, whose
    /// alarm means nothing.
    turned: BTreeSet<String>,
    is_absent: bool,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Sensor {
        folder: surroundings.sys.join("class/hwmon"),
        turned: BTreeSet::new(),
        is_absent: false,
    })
}

impl Probe for Sensor {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let chips = match sysfs::names(&self.folder) {
            Ok(chips) => chips,
            Err(why) => return Looked::No { why },
        };
        self.is_absent = chips.is_empty();
        let mut gaps = Gaps::default();
        let mut left = SENSORS_MAX;
        for chip in chips {
            let folder = self.folder.join(&chip);
            match sysfs::names(&folder) {
                Ok(files) => {
                    let chip = chip_name(&folder).unwrap_or(chip);
                    self.look_at_chip(
                        &Chip {
                            folder,
                            files,
                            name: chip,
                        },
                        &mut left,
                        notes,
                        &mut gaps,
                    );
                }
                Err(why) => gaps.push(why),
            }
        }
        if left == 0 {
            gaps.push(format!(
                "sensors after the first {SENSORS_MAX} were not read"
            ));
        }
        gaps.looked()
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn every(&self) -> Duration {
        match self.is_absent {
            true => EVERY_WITHOUT,
            false => EVERY,
        }
    }
}

struct Chip {
    folder: PathBuf,
    files: Vec<String>,
    name: String,
}

impl Chip {
    fn file(&self, sensor: &str, what: &str) -> PathBuf {
        self.folder.join(format!("{sensor}_{what}"))
    }

    fn flag(&self, sensor: &str, what: &str) -> Option<bool> {
        sysfs::count(&self.file(sensor, what)).map(|flag| flag > 0.0)
    }

    /// Thousandths of a degree, if they can be meant.
    fn degrees(&self, sensor: &str, what: &str) -> Option<f64> {
        let value = sysfs::integer(&self.file(sensor, what))? / 1000.0;
        SANE.contains(&value).then_some(value)
    }

    /// A limit, if one is set.
    fn limit(&self, sensor: &str, what: &str) -> Option<f64> {
        self.degrees(sensor, what).filter(|limit| *limit > 0.0)
    }
}

impl Sensor {
    fn look_at_chip(&mut self, chip: &Chip, left: &mut usize, notes: &mut Notes, gaps: &mut Gaps) {
        for file in &chip.files {
            let Some(sensor) = file.strip_suffix("_input") else {
                continue;
            };
            let is_fan = sensor.starts_with("fan");
            if !is_fan && !sensor.starts_with("temp") {
                continue;
            }
            if *left == 0 {
                return;
            }
            *left -= 1;
            let label = sysfs::said(&chip.file(sensor, "label")).unwrap_or_default();
            let mut series = vec![("chip", chip.name.as_str()), ("sensor", sensor)];
            if !label.is_empty() {
                series.push(("label", &label));
            }
            if chip.flag(sensor, "fault") == Some(true) {
                gaps.push(format!("{} {sensor} says that it is broken", chip.name));
                continue;
            }
            let measured = match is_fan {
                true => self.look_at_fan(chip, sensor, &series, notes),
                false => look_at_temperature(chip, sensor, &series, notes),
            };
            if let Err(why) = measured {
                gaps.push(why);
            }
        }
    }

    fn look_at_fan(
        &mut self,
        chip: &Chip,
        sensor: &str,
        series: &[(&str, &str)],
        notes: &mut Notes,
    ) -> Result<(), String> {
        let speed = read(&chip.file(sensor, "input"))?;
        let name = format!("{} {sensor}", chip.name);
        if speed > 0.0 && self.turned.len() < SENSORS_MAX {
            self.turned.insert(name.clone());
        }
        if !self.turned.contains(&name) {
            return Ok(());
        }
        notes.push_with(metric::FAN_SPEED, series, speed.max(0.0));
        if let Some(limit) = sysfs::count(&chip.file(sensor, "min")).filter(|limit| *limit > 0.0) {
            notes.push_with(metric::FAN_LIMIT, series, limit);
        }
        if let Some(alarm) = chip.flag(sensor, "alarm") {
            notes.push_with(metric::SENSOR_ALARM, series, f64::from(u8::from(alarm)));
        }
        Ok(())
    }
}

fn look_at_temperature(
    chip: &Chip,
    sensor: &str,
    series: &[(&str, &str)],
    notes: &mut Notes,
) -> Result<(), String> {
    let value = read(&chip.file(sensor, "input"))? / 1000.0;
    if !SANE.contains(&value) {
        // A socket without a sensor; nobody will repair it.
        return Ok(());
    }
    notes.push_with(metric::TEMPERATURE, series, value);
    let critical = chip.limit(sensor, "crit");
    for (limit, degrees) in [("high", chip.limit(sensor, "max")), ("critical", critical)] {
        if let Some(degrees) = degrees {
            let series = [series, &[("limit", limit)]].concat();
            notes.push_with(metric::TEMPERATURE_LIMIT, &series, degrees);
        }
    }
    if let Some(critical) = critical {
        notes.push_with(metric::TEMPERATURE_HEADROOM, series, critical - value);
    }
    let alarms = ["crit_alarm", "emergency_alarm"].map(|alarm| chip.flag(sensor, alarm));
    if alarms.iter().any(Option::is_some) {
        let is_raised = alarms.contains(&Some(true));
        notes.push_with(metric::SENSOR_ALARM, series, f64::from(u8::from(is_raised)));
    }
    Ok(())
}

fn read(path: &Path) -> Result<f64, String> {
    let cannot = |why: &str| format!("{} cannot be read: {why}", path.display());
    let text = sysfs::read(path).map_err(|error| cannot(&error.to_string()))?;
    let value = text.parse::<i64>().map_err(|_| cannot("it is no number"))?;
    Ok(value as f64)
}

/// What the chip calls itself and which device it belongs to: `nvme0`, `coretemp.0`,
/// `k10temp-0000:00:18.3`.
fn chip_name(folder: &Path) -> Option<String> {
    let name = sysfs::said(&folder.join("name"))?;
    let device = fs::read_link(folder.join("device")).ok();
    let device = device.as_deref().and_then(Path::file_name);
    Some(match device.map(|device| device.to_string_lossy()) {
        None => name,
        Some(device) if device.starts_with(&name) => device.into_owned(),
        Some(device) => format!("{name}-{device}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::fixture::{Fixture, look, sees_nothing, spoil};

    const TREE: &str = "
        sys/class/hwmon/hwmon0/name = coretemp
        sys/class/hwmon/hwmon0/device -> ../../../devices/platform/coretemp.0
        sys/class/hwmon/hwmon0/temp1_input = 45000
        sys/class/hwmon/hwmon0/temp1_label = Package id 0
        sys/class/hwmon/hwmon0/temp1_max = 80000
        sys/class/hwmon/hwmon0/temp1_crit = 100000
        sys/class/hwmon/hwmon0/temp1_crit_alarm = 0
        sys/class/hwmon/hwmon1/name = nvme
        sys/class/hwmon/hwmon1/device -> ../../nvme0
        sys/class/hwmon/hwmon1/temp1_input = 90850
        sys/class/hwmon/hwmon1/temp1_max = 65261850
        sys/class/hwmon/hwmon1/temp1_crit = 84850
        sys/class/hwmon/hwmon1/temp1_crit_alarm = 1
        sys/class/hwmon/hwmon2/name = nct6775
        sys/class/hwmon/hwmon2/fan1_input = 1200
        sys/class/hwmon/hwmon2/fan1_min = 300
        sys/class/hwmon/hwmon2/fan1_alarm = 0
        sys/class/hwmon/hwmon2/fan2_input = 0
        sys/class/hwmon/hwmon2/fan2_min = 300
        sys/class/hwmon/hwmon2/fan2_alarm = 1
        sys/class/hwmon/hwmon2/temp1_input = -128000
        sys/class/hwmon/hwmon2/in0_input = 1000
        sys/class/hwmon/hwmon2/in0_alarm = 1
    ";

    #[test]
    fn sensors_are_measured_with_their_own_limits_and_alarms() {
        let host = Fixture::new(TREE);
        let seen = host.look(build);
        assert_eq!(seen.looked, Looked::Yes);
        insta::assert_snapshot!(seen.text(), @"
        hw.temperature chip=coretemp.0 label=Package id 0 sensor=temp1 45
        hw.temperature.limit chip=coretemp.0 label=Package id 0 limit=high sensor=temp1 80
        hw.temperature.limit chip=coretemp.0 label=Package id 0 limit=critical sensor=temp1 100
        hw.temperature.headroom chip=coretemp.0 label=Package id 0 sensor=temp1 55
        hw.sensor.alarm chip=coretemp.0 label=Package id 0 sensor=temp1 0
        hw.temperature chip=nvme0 sensor=temp1 90.85
        hw.temperature.limit chip=nvme0 limit=critical sensor=temp1 84.85
        hw.temperature.headroom chip=nvme0 sensor=temp1 -6
        hw.sensor.alarm chip=nvme0 sensor=temp1 1
        hw.fan.speed chip=nct6775 sensor=fan1 1200
        hw.fan.speed.limit chip=nct6775 sensor=fan1 300
        hw.sensor.alarm chip=nct6775 sensor=fan1 0
        ");
    }

    #[test]
    fn a_fan_that_was_seen_turning_and_stops_is_told() {
        let host = Fixture::new(TREE);
        let mut probe = host.probe(build);
        look(probe.as_mut());
        host.add("sys/class/hwmon/hwmon2/fan1_input = 0\nsys/class/hwmon/hwmon2/fan1_alarm = 1");
        let seen = look(probe.as_mut());
        assert!(
            seen.has("hw.fan.speed chip=nct6775 sensor=fan1 0"),
            "{seen:?}"
        );
        assert!(
            seen.has("hw.sensor.alarm chip=nct6775 sensor=fan1 1"),
            "{seen:?}"
        );
    }

    #[test]
    fn a_sensor_that_cannot_be_read_is_a_gap_and_the_others_are_measured() {
        let host = Fixture::new(TREE);
        host.add("sys/class/hwmon/hwmon3/name = iwlwifi\nsys/class/hwmon/hwmon3/temp1_input =");
        host.add("sys/class/hwmon/hwmon0/temp2_input = 1\nsys/class/hwmon/hwmon0/temp2_fault = 1");
        let seen = host.look(build);
        assert!(seen.why().contains("hwmon3/temp1_input") && seen.why().contains("broken"));
        assert!(
            seen.has("hw.temperature chip=nvme0 sensor=temp1 90.85"),
            "{seen:?}"
        );
    }

    #[test]
    fn without_sensors_there_is_nothing_to_see_and_it_is_looked_for_rarely() {
        sees_nothing(&Fixture::new(""), build, EVERY_WITHOUT);
    }

    #[test]
    fn no_more_sensors_are_read_than_the_bound_says() {
        let host = Fixture::new("");
        for number in 0..SENSORS_MAX + 10 {
            host.add(&format!("sys/class/hwmon/hwmon0/temp{number}_input = 1000"));
        }
        let seen = host.look(build);
        assert_eq!(seen.samples.len(), SENSORS_MAX);
        assert!(seen.why().contains("256"));
    }

    #[test]
    fn hostile_sensors_do_no_harm() {
        spoil(&Fixture::new(TREE), build);
    }
}
