//! Tells what the host is made of, and what is changed on it.
//!
//! In: hardware as the kernel shows it, the list of packages, files named in `agent.toml`.
//! Out: an inventory when it differs from the one that was told, and an event for each
//! change: packages, the kernel, files. What was told is remembered across restarts of the
//! agent. Most looks only see that nothing was touched; a list of packages that is being
//! written is read when it has come to rest.

mod changes;
mod digest;
mod hardware;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use vedette_wire::{EventKind, Inventory, Looked};

use super::packages::{Packages, Stamp};
use super::recall::{Happened, Recall};
use super::{Gaps, Notes, Probe, Surroundings};
use crate::settings::InForce;
use digest::{Digest, Files};
use hardware::Hardware;

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(60);
/// The pause between looks at all of it, whether it was touched or not.
const WHOLE_EVERY: Duration = Duration::from_secs(86_400);
/// How long one look may take: reading a slow disk, and rpm.
const LOOK_WITHIN: Duration = Duration::from_secs(90);

struct Contents {
    packages: Packages,
    hardware: Hardware,
    files: Files,
    /// Which files are watched can change.
    settings: InForce,
    recall: Recall<Known>,
    /// When all of it was looked at, and the packages then.
    whole: Option<(Instant, Stamp)>,
    /// The packages at the look before.
    last: Option<Stamp>,
    /// Why the last look at all of it was not complete.
    gaps: Vec<String>,
    /// Whether somebody waits for this one look, and none was before.
    is_once: bool,
}

/// What was told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Known {
    /// Of the inventory; empty when none was told.
    #[serde(default)]
    digest: String,
    /// None when they were never read.
    #[serde(default)]
    packages: Option<BTreeMap<String, String>>,
    #[serde(default)]
    kernel: String,
    /// What each file was; an empty text when it was not there.
    #[serde(default)]
    files: BTreeMap<PathBuf, String>,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Contents {
        packages: Packages::new(&surroundings.root, &surroundings.programs),
        hardware: Hardware::new(surroundings),
        files: Files::default(),
        settings: surroundings.settings.clone(),
        recall: Recall::new(surroundings, "inventory"),
        whole: None,
        last: None,
        gaps: Vec::new(),
        is_once: surroundings.memory.is_none(),
    })
}

impl Probe for Contents {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        self.recall.catch_up(notes);
        let stamp = self.packages.stamp();
        let is_whole_due = self.is_whole_due(&stamp);
        self.last = Some(stamp.clone());
        let mut gaps = Gaps::default();
        let settings = self.settings.now();
        let touched = self.files.look(&settings.changes.files, &mut gaps);
        if is_whole_due || !touched.is_empty() {
            let before = self.recall.known().unwrap_or_default();
            let mut known = before.clone();
            let mut happened = changes::of_files(&mut known.files, touched);
            if is_whole_due {
                self.look_at_whole(&stamp, &mut known, &mut happened);
                self.whole = Some((Instant::now(), stamp));
            }
            if self.is_once {
                happened.drain(..).for_each(|happened| {
                    notes.happened(happened.kind);
                });
            }
            if (known != before || !happened.is_empty())
                && let Err(why) = self.recall.remember_past(known, happened, notes)
            {
                gaps.push(why);
            }
        }
        self.gaps.iter().for_each(|why| gaps.push(why.clone()));
        gaps.looked()
    }

    fn deadline(&self) -> Duration {
        LOOK_WITHIN
    }

    fn every(&self) -> Duration {
        EVERY
    }
}

impl Contents {
    fn is_whole_due(&self, stamp: &Stamp) -> bool {
        match &self.whole {
            None => true,
            Some((at, of)) => {
                let is_at_rest = self.last.as_ref() == Some(stamp);
                (of != stamp && is_at_rest) || at.elapsed() >= WHOLE_EVERY
            }
        }
    }

    fn look_at_whole(&mut self, stamp: &Stamp, known: &mut Known, happened: &mut Vec<Happened>) {
        self.gaps.clear();
        match self.packages.installed() {
            Ok(packages) => {
                if let Some(before) = &known.packages {
                    happened.extend(changes::of_packages(before, &packages, stamp.wall_ms()));
                }
                known.packages = Some(packages);
            }
            Err(why) => self.gaps.push(why),
        }
        let mut inventory = match self.hardware.look() {
            Ok(inventory) => inventory,
            Err(why) => {
                self.gaps.push(why);
                return;
            }
        };
        if !known.kernel.is_empty() && known.kernel != inventory.kernel {
            happened.push(Happened::now(EventKind::Change {
                what: "kernel".to_owned(),
                name: "linux".to_owned(),
                before: known.kernel.clone(),
                after: inventory.kernel.clone(),
            }));
        }
        known.kernel.clone_from(&inventory.kernel);
        inventory.packages = known.packages.clone().unwrap_or_default();
        let digest = digest_of(&inventory);
        if known.digest != digest {
            known.digest = digest;
            happened.push(Happened::now(EventKind::Inventory(Box::new(inventory))));
        }
    }
}

fn digest_of(inventory: &Inventory) -> String {
    let text = serde_json::to_vec(inventory).unwrap_or_default();
    let mut digest = Digest::new();
    digest.add(&text);
    digest.text()
}
