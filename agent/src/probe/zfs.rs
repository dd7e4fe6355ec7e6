//! Looks at the state of ZFS pools.
//!
//! In: `/proc/spl/kstat/zfs/*/state`, which the module keeps for everybody to read. Out:
//! one value for each pool. No command is run: `zpool` waits for a pool that is suspended.

use std::path::PathBuf;
use std::time::Duration;

use vedette_wire::{Looked, metric};

use super::{Gaps, Notes, Probe, Surroundings, sysfs};

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(60);
/// The pause where there is no pool.
const EVERY_WITHOUT: Duration = Duration::from_secs(600);
/// Pools that are looked at.
const POOLS_MAX: usize = 64;

struct Zfs {
    folder: PathBuf,
    is_absent: bool,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Zfs {
        folder: surroundings.proc.join("spl/kstat/zfs"),
        is_absent: false,
    })
}

impl Probe for Zfs {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let names = match sysfs::names(&self.folder) {
            Ok(names) => names,
            Err(why) => return Looked::No { why },
        };
        let mut gaps = Gaps::default();
        let is_pool = |name: &String| self.folder.join(name).is_dir();
        let mut pools: Vec<String> = names.into_iter().filter(is_pool).collect();
        self.is_absent = pools.is_empty();
        if pools.len() > POOLS_MAX {
            gaps.push(format!(
                "pools after the first {POOLS_MAX} were not looked at"
            ));
            pools.truncate(POOLS_MAX);
        }
        for pool in pools {
            match sysfs::read(&self.folder.join(&pool).join("state")) {
                Ok(state) => match value(&state) {
                    Some(value) => {
                        let state = state.to_lowercase();
                        let series = [("pool", pool.as_str()), ("state", &state)];
                        notes.push_with(metric::ZFS_POOL, &series, value);
                    }
                    None => gaps.push(format!("pool {pool} is in a state not known here")),
                },
                Err(error) => gaps.push(format!("pool {pool} does not say its state: {error}")),
            }
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

/// The words of `zpoolconcepts(7)`, and of the module for a pool that waits.
fn value(state: &str) -> Option<f64> {
    match state {
        "ONLINE" => Some(0.0),
        "DEGRADED" => Some(1.0),
        "FAULTED" | "UNAVAIL" | "SUSPENDED" | "OFFLINE" | "REMOVED" => Some(2.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::fixture::{Fixture, sees_nothing, spoil};

    const TREE: &str = "
        proc/spl/kstat/zfs/arcstats = 1
        proc/spl/kstat/zfs/rpool/state = ONLINE
        proc/spl/kstat/zfs/tank/state = DEGRADED
        proc/spl/kstat/zfs/old/state = SUSPENDED
    ";

    #[test]
    fn each_pool_has_a_state() {
        let seen = Fixture::new(TREE).look(build);
        assert_eq!(seen.looked, Looked::Yes);
        let expected = [
            "hw.zfs.pool.state pool=old state=suspended 2",
            "hw.zfs.pool.state pool=rpool state=online 0",
            "hw.zfs.pool.state pool=tank state=degraded 1",
        ];
        assert_eq!(seen.samples, expected);
    }

    #[test]
    fn a_state_not_known_here_is_a_gap_and_no_health() {
        let host = Fixture::new("proc/spl/kstat/zfs/rpool/state = GLOOMY");
        let seen = host.look(build);
        assert!(seen.why().contains("rpool") && seen.samples.is_empty());
        host.remove("proc/spl/kstat/zfs/rpool/state");
        assert!(host.look(build).why().contains("does not say"));
    }

    #[test]
    fn without_zfs_there_is_nothing_to_see_and_it_is_looked_for_rarely() {
        sees_nothing(&Fixture::new(""), build, EVERY_WITHOUT);
    }

    #[test]
    fn hostile_pools_do_no_harm() {
        spoil(&Fixture::new(TREE), build);
    }
}
