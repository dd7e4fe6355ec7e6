//! What the probe reports for a made-up `/proc` and made-up answers.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use super::*;

const ROOT: &str = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
const DATA: &str = "23 22 8:2 / /data ro - xfs /dev/sdb1 rw\n";
const TMP: &str = "24 22 0:30 / /tmp rw - tmpfs tmpfs rw\n";

const HALF: Space = Space {
    is_directory: true,
    block_bytes: 4096,
    blocks: 1000,
    blocks_free: 500,
    blocks_available: 300,
    inodes: 100,
    inodes_free: 25,
};

#[test]
fn the_used_share_is_what_df_prints() {
    let (looked, seen) = check(&[("1/mountinfo", ROOT)], |_| Ok(HALF));
    assert_eq!(looked, Looked::Yes);
    assert_eq!(seen["/ limit"], 4096.0 * 1000.0);
    assert_eq!(seen["/ available"], 4096.0 * 300.0);
    assert_eq!(seen["/ utilization"], 500.0 / 800.0);
    assert_eq!(seen["/ inodes.utilization"], 0.75);
    assert_eq!(seen["/ inodes.free"], 25.0);
    assert_eq!(seen["/ readonly"], 0.0);
    assert_eq!(seen["/ stuck"], 0.0);
}

#[test]
fn a_file_system_without_an_inode_limit_has_no_share_of_it() {
    let (_, seen) = check(&[("1/mountinfo", ROOT)], |_| {
        Ok(Space { inodes: 0, ..HALF })
    });
    assert!(!seen.keys().any(|name| name.contains("inodes")));
}

#[test]
fn a_read_only_file_system_says_so() {
    let (_, seen) = check(&[("1/mountinfo", DATA)], |_| Ok(HALF));
    assert_eq!(seen["/data readonly"], 1.0);
}

#[test]
fn a_tiny_tmpfs_a_file_and_a_file_system_without_blocks_are_not_reported() {
    let mountinfo = format!("{ROOT}{DATA}{TMP}");
    let (looked, seen) = check(&[("1/mountinfo", &mountinfo)], |place| {
        Ok(match place {
            "/" => Space {
                is_directory: false,
                ..HALF
            },
            "/tmp" => Space {
                blocks: 100,
                ..HALF
            },
            _ => Space { blocks: 0, ..HALF },
        })
    });
    assert_eq!(looked, Looked::Yes);
    assert_eq!(seen, BTreeMap::new());
}

#[test]
fn the_hosts_mounts_come_before_the_agents_own() {
    let own = "22 1 8:1 / / ro - ext4 /dev/sda1 rw\n";
    let (looked, seen) = check(&[("1/mountinfo", ROOT), ("self/mountinfo", own)], |_| {
        Ok(HALF)
    });
    assert_eq!(looked, Looked::Yes);
    assert_eq!(seen["/ readonly"], 0.0);
}

#[test]
fn where_the_hosts_mounts_are_hidden_the_agents_own_are_looked_at_and_said_to_be() {
    let (looked, seen) = check(&[("self/mountinfo", ROOT)], |_| Ok(HALF));
    assert!(
        matches!(&looked, Looked::Partly { why } if why.contains("own mounts")),
        "{looked:?}"
    );
    assert_eq!(seen["/ stuck"], 0.0);
}

#[test]
fn a_mount_that_the_sandbox_replaces_is_not_measured_by_what_stands_there() {
    let host = format!("{ROOT}24 22 8:9 / /tmp rw - ext4 /dev/sdc1 rw\n");
    let own = format!("{ROOT}{TMP}");
    let (looked, seen) = check(&[("1/mountinfo", &host), ("self/mountinfo", &own)], |_| {
        Ok(HALF)
    });
    assert!(
        matches!(&looked, Looked::Partly { why } if why.contains("/tmp")),
        "{looked:?}"
    );
    assert!(!seen.contains_key("/tmp limit"));
    assert!(seen.contains_key("/ limit"));
}

#[test]
fn without_any_mount_table_the_probe_could_not_look() {
    let (looked, seen) = check(&[], |_| Ok(HALF));
    assert!(matches!(looked, Looked::No { .. }));
    assert_eq!(seen, BTreeMap::new());
}

#[test]
fn a_file_system_that_refuses_makes_the_look_partial() {
    let mountinfo = format!("{ROOT}{DATA}");
    let (looked, seen) = check(&[("1/mountinfo", &mountinfo)], |place| match place {
        "/" => Ok(HALF),
        _ => Err(io::ErrorKind::PermissionDenied.into()),
    });
    assert!(
        matches!(&looked, Looked::Partly { why } if why.contains("/data")),
        "{looked:?}"
    );
    assert!(seen.contains_key("/ limit") && !seen.contains_key("/data limit"));
}

#[test]
fn a_stuck_file_system_is_reported_as_stuck_and_the_others_as_ever() {
    let host = Host::new(&[("1/mountinfo", &format!("{ROOT}{DATA}"))]);
    let (mut probe, release) = host.with_dead("/data");
    let (looked, seen) = look(&mut probe);
    assert!(
        matches!(&looked, Looked::Partly { why } if why.contains("/data has not answered yet")),
        "{looked:?}"
    );
    assert!(!seen.contains_key("/data stuck"), "nobody knows yet");
    assert_eq!(seen["/ stuck"], 0.0);
    let (looked, seen) = look(&mut probe);
    assert!(
        matches!(&looked, Looked::Partly { why } if why.contains("/data has not answered within")),
        "{looked:?}"
    );
    assert_eq!(seen["/data stuck"], 1.0);
    assert_eq!(seen["/data readonly"], 1.0);
    assert!(!seen.contains_key("/data limit"));
    assert_eq!(seen["/ stuck"], 0.0);
    drop(release);
}

#[test]
fn however_many_mounts_of_others_are_dead_the_hosts_own_are_measured_each_time() {
    let dead = (0..9).map(|n| format!("{n} 1 0:{n} / /a/dead{n} rw - nfs4 nas:/{n} rw\n"));
    let mountinfo = format!("{}{ROOT}{DATA}", dead.collect::<String>());
    let host = Host::new(&[("1/mountinfo", &mountinfo)]);
    let (mut probe, release) = host.with_dead("dead");
    for round in 0..8 {
        let (_, seen) = look(&mut probe);
        for place in ["/", "/data"] {
            assert_eq!(seen.get(&format!("{place} stuck")), Some(&0.0), "{round}");
        }
    }
    let (_, seen) = look(&mut probe);
    let stuck = seen.iter().filter(|(name, value)| {
        let is_stuck = name.ends_with("stuck") && **value == 1.0;
        is_stuck && name.contains("dead")
    });
    assert_eq!(stuck.count(), guard::STUCK_THREADS_MAX);
    drop(release);
}

#[test]
fn slow_mounts_leave_out_others_in_turn_and_not_always_the_same() {
    let slow = (0..4).map(|n| format!("{n} 1 0:{n} / /a/slow{n} rw - nfs nas:/{n} rw\n"));
    let mountinfo = format!(
        "{}9 1 0:9 / /z rw - nfs nas:/z rw\n",
        slow.collect::<String>()
    );
    let host = Host::new(&[("1/mountinfo", &mountinfo)]);
    let mut probe = host.probe(|place| {
        if place.contains("slow") {
            std::thread::sleep(guard::PATIENCE * 2 / 3);
        }
        Ok(HALF)
    });
    let mut measured = std::collections::BTreeSet::new();
    for _ in 0..6 {
        let (_, seen) = look(&mut probe);
        measured.extend(seen.into_keys().filter(|name| name.ends_with("limit")));
    }
    assert_eq!(measured.len(), 5, "{measured:?}");
}

#[test]
fn a_device_name_too_long_for_the_wire_does_not_cost_the_measurement() {
    let mountinfo = format!("22 1 8:1 / / rw - ext4 /dev/{} rw\n", "x".repeat(2000));
    let (looked, seen) = check(&[("1/mountinfo", &mountinfo)], |_| Ok(HALF));
    assert_eq!(looked, Looked::Yes);
    assert!(seen.contains_key("/ limit"));
}

/// One look at a made-up `/proc`: the verdict, and values by "mountpoint metric".
fn check(
    files: &[(&str, &str)],
    answer: impl Fn(&str) -> io::Result<Space> + Send + Sync + 'static,
) -> (Looked, BTreeMap<String, f64>) {
    look(&mut Host::new(files).probe(answer))
}

fn look(probe: &mut Filesystem) -> (Looked, BTreeMap<String, f64>) {
    let mut notes = Notes::default();
    let looked = probe.look(&mut notes);
    let seen = notes
        .into_samples()
        .into_iter()
        .map(|sample| {
            let name = sample.name.trim_start_matches("system.filesystem.");
            (
                format!("{} {name}", sample.attributes["mountpoint"]),
                sample.value,
            )
        })
        .collect();
    (looked, seen)
}

/// A made-up `/proc`.
struct Host(tempfile::TempDir);

impl Host {
    fn new(files: &[(&str, &str)]) -> Host {
        let proc = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = proc.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Host(proc)
    }

    /// A probe that calls stuck at once what has not answered in the look before.
    fn probe(
        &self,
        answer: impl Fn(&str) -> io::Result<Space> + Send + Sync + 'static,
    ) -> Filesystem {
        let ask: Ask = Arc::new(move |path: &PathBuf| answer(&path.to_string_lossy()));
        Filesystem::new(Source::new(self.0.path()), &ask, Duration::ZERO)
    }

    /// As above; places with `dead` in their name hang until what comes with it is dropped.
    fn with_dead(&self, dead: &'static str) -> (Filesystem, Sender<()>) {
        let (release, wait) = channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let probe = self.probe(move |place| {
            if place.contains(dead) {
                let _ = wait.lock().unwrap().recv();
            }
            Ok(HALF)
        });
        (probe, release)
    }
}
