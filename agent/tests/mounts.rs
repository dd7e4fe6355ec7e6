//! File systems that really fail: inodes used up, turned read-only, and mounts of FUSE that
//! nobody answers for.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vedette_agent::probe::{PROBE_DEADLINE, Probes, Sight, Surroundings};
use vedette_wire::metric;

/// More than the agent has threads for mounts that hang.
const HUNG: usize = 6;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_file_system_without_inodes_and_one_that_turns_read_only_are_seen_as_they_are_now() {
    let dir = tempfile::tempdir().unwrap();
    let disk = dir.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let Some(mounted) = Mounted::tmpfs(&disk, "size=4m,nr_inodes=64") else {
        eprintln!("skipped: a tmpfs can be mounted by root only");
        return;
    };
    let mut probes = Probes::one(Surroundings::here(Default::default()), "filesystem").unwrap();
    let sight = probes.look().await;
    let before = value(&sight, metric::FILESYSTEM_INODES_UTILIZATION, &disk).unwrap();
    assert!(before < 0.2, "{before}");
    assert_eq!(value(&sight, metric::FILESYSTEM_READONLY, &disk), Some(0.0));

    let mut files = (0..).map(|number| fs::File::create(disk.join(format!("{number}"))));
    let refused = files.find_map(Result::err).unwrap();
    assert_eq!(refused.kind(), std::io::ErrorKind::StorageFull, "{refused}");
    let sight = probes.look().await;
    let used = value(&sight, metric::FILESYSTEM_INODES_UTILIZATION, &disk);
    assert_eq!(used, Some(1.0));
    let bytes = value(&sight, metric::FILESYSTEM_UTILIZATION, &disk).unwrap();
    assert!(
        bytes < 0.5,
        "there is space, and no name to use it: {bytes}"
    );

    for (options, expected) in [("remount,ro", 1.0), ("remount,rw", 0.0)] {
        mounted.remount(options);
        let sight = probes.look().await;
        let readonly = value(&sight, metric::FILESYSTEM_READONLY, &disk);
        assert_eq!(readonly, Some(expected), "{options}");
    }
}

#[tokio::test]
async fn mounts_that_hang_delay_no_round_and_hide_no_other_file_system() {
    let dir = tempfile::tempdir().unwrap();
    let disk = dir.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let Some(_mounted) = Mounted::tmpfs(&disk, "size=4m") else {
        eprintln!("skipped: a tmpfs can be mounted by root only");
        return;
    };
    let mut hung = Vec::new();
    for number in 0..HUNG {
        // Before the other one in every order.
        let at = dir.path().join(format!("a{number}"));
        fs::create_dir(&at).unwrap();
        let Some(mount) = Hung::mount(&at) else {
            eprintln!("skipped: this machine has no FUSE");
            return;
        };
        hung.push(mount);
    }
    let mut probes = Probes::all(Surroundings::here(Default::default()));
    let begun = Instant::now();
    let mut rounds = 0;
    loop {
        let round = Instant::now();
        let sight = probes.look().await;
        rounds += 1;
        let took = round.elapsed();
        assert!(took < PROBE_DEADLINE, "round {rounds} took {took:?}");
        assert!(
            value(&sight, metric::FILESYSTEM_LIMIT, &disk).is_some(),
            "{:?}",
            sight.runs
        );
        let is_stuck =
            |mount: &&Hung| value(&sight, metric::FILESYSTEM_STUCK, &mount.mounted.0) == Some(1.0);
        // Each that hangs costs a thread; the bound of those is what is told.
        if hung.iter().filter(is_stuck).count() >= 4 {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{:?}", sight.runs);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(rounds > 3, "rounds went on before anything was known");

    // The program behind the first one ends, and its place is an ordinary folder again.
    hung.remove(0);
    drop(hung);
    loop {
        let sight = probes.look().await;
        let stuck = sight.samples.iter().filter(|sample| {
            let place = &sample.attributes.get("mountpoint");
            sample.name == metric::FILESYSTEM_STUCK
                && place.is_some_and(|place| place.starts_with(&*dir.path().to_string_lossy()))
        });
        let values: Vec<f64> = stuck.map(|sample| sample.value).collect();
        if values == [0.0] {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{values:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What a look has seen of the file system at a place.
fn value(sight: &Sight, name: &str, at: &Path) -> Option<f64> {
    let at = at.to_string_lossy();
    let samples = sight.samples.iter().filter(|sample| sample.name == name);
    samples
        .filter(|sample| sample.attributes["mountpoint"] == at)
        .map(|sample| sample.value)
        .next()
}

/// Something mounted, until this is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn tmpfs(at: &Path, options: &str) -> Option<Mounted> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "vedette-test"])
            .arg(at)
            .output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        mounted.then(|| Mounted(at.to_owned()))
    }

    fn remount(&self, options: &str) {
        let mut command = Command::new("mount");
        let status = command.args(["-o", options]).arg(&self.0).status();
        assert!(status.unwrap().success(), "{options}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// A mount of FUSE behind which a program has stopped to answer: whoever asks waits until
/// this is dropped.
struct Hung {
    // First: with the program gone, nobody waits, and it can be unmounted.
    _program: Program,
    mounted: Mounted,
}

impl Hung {
    fn mount(at: &Path) -> Option<Hung> {
        let script = "exec 7<>/dev/fuse && \
            mount -i -t fuse -o fd=7,rootmode=40000,user_id=0,group_id=0 hung \"$0\" && \
            echo mounted && read -r _";
        let mut program = Command::new("bash")
            .args(["-c", script])
            .arg(at)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let out = program.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut said).unwrap();
        let program = Program(program);
        (said == "mounted\n").then(|| Hung {
            _program: program,
            mounted: Mounted(at.to_owned()),
        })
    }
}

/// A program that ends when its input does.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
