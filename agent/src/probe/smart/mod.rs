//! Asks disks how they are, once an hour, and never wakes one that sleeps.
//!
//! In: `smartctl --json`, or what a privileged helper wrote into `/run/vedette-smart`:
//! one file for each disk, as smartctl writes it. Out: the `hw.disk.failing` and
//! `hw.physical_disk.*` metrics. A disk that sleeps is shown as it last was, without its
//! temperature. Where there is neither smartctl nor such a folder there is nothing to see.

mod answer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use vedette_wire::{Looked, metric};

use super::{Gaps, Notes, Probe, Surroundings, sysfs};
use crate::program::{Bounds, Programs};
use answer::{Answer, Disk};

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(3_600);
/// How long one disk may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// How long all of them may take.
const LOOK_WITHIN: Duration = Duration::from_secs(300);
/// Bytes of one answer: a disk's attributes and logs are some 30 kB.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Disks that are asked.
const DISKS_MAX: usize = 64;
/// What a helper wrote longer ago says nothing about now.
const DROPPED_AGE_MAX: Duration = Duration::from_secs(3 * 3_600);

struct Smart {
    programs: Programs,
    dropped: PathBuf,
    /// As each disk last was, for while it sleeps.
    last: BTreeMap<String, Disk>,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Smart {
        programs: surroundings.programs.clone(),
        dropped: surroundings.root.join("run/vedette-smart"),
        last: BTreeMap::new(),
    })
}

impl Probe for Smart {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let mut gaps = Gaps::default();
        let answers = match self.dropped.is_dir() {
            true => self.dropped(&mut gaps),
            false if self.programs.has("smartctl") => self.asked(&mut gaps),
            false => Ok(Vec::new()),
        };
        let answers = match answers {
            Ok(answers) => answers,
            Err(why) => return Looked::No { why },
        };
        let names: Vec<&String> = answers.iter().map(|(name, _)| name).collect();
        self.last.retain(|name, _| names.contains(&name));
        let is_any = !answers.is_empty();
        let mut refused = Vec::new();
        for (name, answer) in answers {
            match answer {
                Answer::Disk(disk) => {
                    disk.measure(&name, notes);
                    self.last.insert(name, *disk);
                }
                Answer::Sleeps => match self.last.get_mut(&name) {
                    Some(disk) => {
                        disk.temperature = None;
                        disk.measure(&name, notes);
                    }
                    None => gaps.push(format!("{name} sleeps, and was never seen awake")),
                },
                Answer::Mute => {}
                Answer::Refused(why) => refused.push(format!("{name}: {why}")),
            }
        }
        let saw_nothing = notes.samples().is_empty();
        if is_any
            && saw_nothing
            && let Some(why) = refused.first()
        {
            let why = format!(
                "{why}; smartctl needs root: let a service of root write what it says of \
                 each disk to {}/DISK.json",
                self.dropped.display()
            );
            return Looked::No { why };
        }
        refused.into_iter().for_each(|why| gaps.push(why));
        gaps.looked()
    }

    fn deadline(&self) -> Duration {
        LOOK_WITHIN + ANSWER_WITHIN
    }

    fn every(&self) -> Duration {
        EVERY
    }
}

impl Smart {
    /// What smartctl says of each disk it finds.
    fn asked(&self, gaps: &mut Gaps) -> Result<Vec<(String, Answer)>, String> {
        let until = Instant::now() + LOOK_WITHIN;
        // Not `--scan-open`: to open a disk may wake it.
        let mut devices = answer::devices(&self.smartctl(&["--json=c", "--scan"], until)?)?;
        if devices.len() > DISKS_MAX {
            gaps.push(format!("disks after the first {DISKS_MAX} were not asked"));
            devices.truncate(DISKS_MAX);
        }
        let answers = devices.into_iter().map(|device| {
            let asked = [
                "--json=c",
                "-n",
                "standby",
                "-a",
                "-d",
                &device.kind,
                &device.path,
            ];
            let answer = match self.smartctl(&asked, until) {
                Ok(out) => answer::read(&out),
                Err(why) => Answer::Refused(why),
            };
            (device.name(), answer)
        });
        Ok(answers.collect())
    }

    fn smartctl(&self, asked: &[&str], until: Instant) -> Result<Vec<u8>, String> {
        let bounds = Bounds {
            within: until
                .saturating_duration_since(Instant::now())
                .min(ANSWER_WITHIN),
            bytes_max: ANSWER_BYTES_MAX,
        };
        // Its exit code tells of the disk's health, too; the answer says all of it better.
        let ran = self.programs.run("smartctl", asked, bounds);
        ran.map(|ran| ran.out).map_err(|error| error.to_string())
    }

    /// What a helper left behind of each disk.
    fn dropped(&self, gaps: &mut Gaps) -> Result<Vec<(String, Answer)>, String> {
        let mut files = sysfs::names(&self.dropped)?;
        files.retain(|name| name.ends_with(".json") && !name.starts_with('.'));
        if files.len() > DISKS_MAX {
            gaps.push(format!("files after the first {DISKS_MAX} were not read"));
            files.truncate(DISKS_MAX);
        }
        let answers = files.into_iter().map(|file| {
            let path = self.dropped.join(&file);
            match fresh(&path) {
                Ok(bytes) => {
                    let name = answer::device(&bytes).map(|device| device.name());
                    (name.unwrap_or(file), answer::read(&bytes))
                }
                Err(why) => (file, Answer::Refused(why)),
            }
        });
        Ok(answers.collect())
    }
}

/// A file that was written not long ago.
fn fresh(path: &Path) -> Result<Vec<u8>, String> {
    let cannot = |why: &str| format!("{} {why}", path.display());
    let file = File::open(path).map_err(|error| cannot(&format!("cannot be read: {error}")))?;
    let written = file.metadata().and_then(|about| about.modified());
    let age = written.map(|written| SystemTime::now().duration_since(written));
    if let Ok(Ok(age)) = age
        && age > DROPPED_AGE_MAX
    {
        return Err(cannot(&format!(
            "was written {} h ago",
            age.as_secs() / 3_600
        )));
    }
    let mut bytes = Vec::new();
    let most = ANSWER_BYTES_MAX as u64;
    match file.take(most).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(cannot(&format!("cannot be read: {error}"))),
    }
}

impl Disk {
    fn measure(&self, device: &str, notes: &mut Notes) {
        let mut series = vec![("device", device)];
        for (key, text) in [("model", &self.model), ("serial", &self.serial)] {
            if !text.is_empty() {
                series.push((key, text));
            }
        }
        if let Some(failing) = self.is_failing {
            notes.push_with(metric::DISK_HEALTH, &series, f64::from(u8::from(failing)));
        }
        for (attribute, value) in &self.attributes {
            let series = [&series[..], &[("attribute", attribute)]].concat();
            notes.push_with(metric::DISK_SMART, &series, *value);
        }
        if let Some(share) = self.endurance {
            notes.push_with(metric::DISK_ENDURANCE, &series, share);
        }
        if let Some(degrees) = self.temperature {
            notes.push_with(metric::DISK_TEMPERATURE, &series, degrees);
        }
    }
}
