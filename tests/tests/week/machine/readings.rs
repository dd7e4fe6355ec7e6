//! Keeps what one machine measures: each series with its level, how much that trembles, and how
//! fast a counter counts.
//!
//! In: levels, time. Out: samples. Knows nothing of reports.

use std::time::Duration;

use vedette_wire::{Sample, metric as m};

use crate::dice::Dice;

pub(crate) const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// By their order; a sample and how it moves stand at the same place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readings {
    samples: Vec<Sample>,
    moves: Vec<Moves>,
    /// How often a series was added or lost.
    shape: u32,
}

/// How a series moves.
#[derive(Debug, Clone, Copy)]
struct Moves {
    level: f64,
    trembles: f64,
    per_second: f64,
}

/// Attributes of a series.
pub(crate) type Of<'a> = &'a [(&'a str, &'a str)];

impl Readings {
    /// A series has this level from now on, and trembles by so much around it.
    pub(crate) fn has(&mut self, name: &str, of: Of<'_>, level: f64, trembles: f64) {
        self.moves_by(
            name,
            of,
            Moves {
                level,
                trembles,
                per_second: 0.0,
            },
        );
    }

    /// A counter counts by so much a second from now on; where it was, it goes on.
    pub(crate) fn counts(&mut self, name: &str, of: Of<'_>, per_second: f64) {
        let level = self.at(name, of).map_or(0.0, |at| self.moves[at].level);
        self.moves_by(
            name,
            of,
            Moves {
                level,
                trembles: 0.0,
                per_second,
            },
        );
    }

    /// A series has this level from now on; what was said of it otherwise holds.
    pub(crate) fn set(&mut self, name: &str, of: Of<'_>, level: f64) {
        match self.at(name, of) {
            Some(at) => self.moves[at].level = level,
            None => self.has(name, of, level, 0.0),
        }
    }

    /// The level of a series.
    pub(crate) fn level(&self, name: &str, of: Of<'_>) -> f64 {
        self.at(name, of)
            .map_or(f64::NAN, |at| self.moves[at].level)
    }

    /// A series is not there any more.
    pub(crate) fn lose(&mut self, name: &str, of: Of<'_>) {
        if let Some(at) = self.at(name, of) {
            self.samples.remove(at);
            self.moves.remove(at);
            self.shape += 1;
        }
    }

    /// A file system is mounted, of that many bytes, and used to that share.
    pub(crate) fn mounts(&mut self, mountpoint: &str, size: f64, used: f64) {
        let of = mount(mountpoint);
        self.has(m::FILESYSTEM_LIMIT, &of, size, 0.0);
        self.has(m::FILESYSTEM_INODES_UTILIZATION, &of, used / 3.0, 0.0);
        self.has(m::FILESYSTEM_INODES_FREE, &of, 2e6, 0.0);
        self.has(m::FILESYSTEM_READONLY, &of, 0.0, 0.0);
        self.has(m::FILESYSTEM_STUCK, &of, 0.0, 0.0);
        self.fills(mountpoint, used);
    }

    /// A file system is used to that share.
    pub(crate) fn fills(&mut self, mountpoint: &str, used: f64) {
        let of = mount(mountpoint);
        let used = used.clamp(0.0, 1.0);
        let size = self.level(m::FILESYSTEM_LIMIT, &of);
        self.has(m::FILESYSTEM_UTILIZATION, &of, used, 0.0);
        self.has(m::FILESYSTEM_AVAILABLE, &of, size * (1.0 - used), 0.0);
    }

    /// The used share of a file system.
    pub(crate) fn used(&self, mountpoint: &str) -> f64 {
        self.level(m::FILESYSTEM_UTILIZATION, &mount(mountpoint))
    }

    /// So much memory is available, as a share.
    pub(crate) fn remembers(&mut self, available: f64) {
        let size = self.level(m::MEMORY_LIMIT, &[]);
        self.has(m::MEMORY_AVAILABLE_RATIO, &[], available, 0.001);
        self.has(m::MEMORY_UTILIZATION, &[], 1.0 - available, 0.001);
        self.has(m::MEMORY_AVAILABLE, &[], available * size, 0.001 * size);
    }

    /// A host that boots counts from nothing.
    pub(super) fn boots(&mut self) {
        for moves in &mut self.moves {
            if moves.per_second != 0.0 {
                moves.level = 0.0;
            }
        }
    }

    /// Writes what is measured after so long. `written`: what was written before, and in which
    /// shape; where that has not changed only the values are.
    pub(super) fn measure(
        &mut self,
        passed: Duration,
        (written, shape): (&mut Vec<Sample>, &mut u32),
        dice: &mut Dice,
    ) {
        if *shape != self.shape {
            written.clone_from(&self.samples);
            *shape = self.shape;
        }
        written.truncate(self.samples.len());
        for (sample, moves) in written.iter_mut().zip(&mut self.moves) {
            moves.level += moves.per_second * passed.as_secs_f64();
            sample.value = moves.level;
            if moves.trembles > 0.0 {
                let value = moves.level + moves.trembles * (2.0 * dice.share() - 1.0);
                sample.value = value.max(0.0);
            }
        }
    }

    fn moves_by(&mut self, name: &str, of: Of<'_>, moves: Moves) {
        match self.at(name, of) {
            Some(at) => self.moves[at] = moves,
            None => {
                self.samples.push(sample(name, of, moves.level));
                self.moves.push(moves);
                self.shape += 1;
            }
        }
    }

    fn at(&self, name: &str, of: Of<'_>) -> Option<usize> {
        self.samples.iter().position(|sample| {
            sample.name == name
                && sample.attributes.len() == of.len()
                && of
                    .iter()
                    .all(|(key, value)| sample.attributes.get(*key).is_some_and(|has| has == value))
        })
    }
}

fn sample(name: &str, of: Of<'_>, value: f64) -> Sample {
    Sample {
        name: name.to_owned(),
        attributes: of
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        value,
    }
}

/// The attributes of a file system.
pub(crate) fn mount(mountpoint: &str) -> [(&str, &str); 4] {
    let (device, kind) = match mountpoint {
        "/" => ("/dev/mapper/vg-root", "ext4"),
        "/boot" => ("/dev/sda1", "ext4"),
        "/mnt/nas" => ("nas:/srv", "nfs4"),
        _ => ("/dev/mapper/vg-data", "ext4"),
    };
    [
        ("mountpoint", mountpoint),
        ("device", device),
        ("type", kind),
        ("mode", "rw"),
    ]
}
