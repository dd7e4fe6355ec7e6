//! Arrays in a made-up `/sys`, and a real one where the kernel has md.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::probe::fixture::{Fixture, look, sees_nothing, spoil};

const MIRROR: &str = "
    proc/mdstat = Personalities : [raid1] [raid0]\\nmd0 : active raid1 sdb1[1] sda1[0]\\n      1046528 blocks super 1.2 [2/2] [UU]\\n\\nunused devices: <none>
    sys/block/md0/md/array_state = clean
    sys/block/md0/md/level = raid1
    sys/block/md0/md/metadata_version = 1.2
    sys/block/md0/md/raid_disks = 2
    sys/block/md0/md/degraded = 0
    sys/block/md0/md/sync_action = idle
    sys/block/md0/md/sync_completed = none
    sys/block/md0/md/mismatch_cnt = 0
    sys/block/md0/md/dev-sda1/state = in_sync
    sys/block/md0/md/dev-sdb1/state = in_sync
";

#[test]
fn a_healthy_array_has_all_its_disks() {
    let seen = Fixture::new(MIRROR).look(build);
    assert_eq!(seen.looked, Looked::Yes);
    insta::assert_snapshot!(seen.text(), @"
    hw.raid.disks array=md0 level=raid1 state=active 2
    hw.raid.disks array=md0 level=raid1 state=required 2
    hw.raid.disks array=md0 level=raid1 state=failed 0
    hw.raid.disks array=md0 level=raid1 state=spare 0
    hw.raid.mismatches array=md0 level=raid1 0
    hw.raid.degraded array=md0 level=raid1 0
    hw.raid.inactive array=md0 level=raid1 0
    ");
}

#[test]
fn an_array_without_one_of_its_disks_is_degraded_and_its_rebuilding_has_a_share() {
    let host = Fixture::new(MIRROR);
    host.add(
        "sys/block/md0/md/degraded = 1
         sys/block/md0/md/dev-sdb1/state = faulty
         sys/block/md0/md/dev-sdc1/state = spare
         sys/block/md0/md/sync_action = recover
         sys/block/md0/md/sync_completed = 512 / 2048",
    );
    insta::assert_snapshot!(host.look(build).text(), @"
    hw.raid.disks array=md0 level=raid1 state=active 1
    hw.raid.disks array=md0 level=raid1 state=required 2
    hw.raid.disks array=md0 level=raid1 state=failed 1
    hw.raid.disks array=md0 level=raid1 state=spare 1
    hw.raid.mismatches array=md0 level=raid1 0
    hw.raid.degraded array=md0 level=raid1 sync=recover 1
    hw.raid.inactive array=md0 level=raid1 sync=recover 0
    hw.raid.sync_progress array=md0 level=raid1 sync=recover 0.25
    ");
}

#[test]
fn an_array_that_was_not_assembled_is_inactive() {
    for state in ["inactive", "broken"] {
        let host = Fixture::new(MIRROR);
        host.add(&format!(
            "sys/block/md0/md/array_state = {state}\nsys/block/md0/md/degraded ="
        ));
        let seen = host.look(build);
        assert!(
            seen.has("hw.raid.inactive array=md0 level=raid1 1"),
            "{seen:?}"
        );
    }
}

#[test]
fn a_container_and_a_stopped_array_are_no_arrays() {
    let host = Fixture::new(MIRROR);
    host.add("sys/block/md0/md/metadata_version = external:imsm\nsys/block/md0/md/array_state = inactive");
    assert_eq!(host.look(build).text(), "");
    host.add("sys/block/md0/md/metadata_version = external:/md127/0");
    assert_ne!(host.look(build).text(), "");

    let stopped = Fixture::new("proc/mdstat = md9 : inactive");
    stopped.add("sys/block/md9/md/array_state = clear\nsys/block/md9/md/raid_disks = 0");
    assert_eq!(stopped.look(build).text(), "");
}

#[test]
fn an_array_that_does_not_say_its_state_is_a_gap() {
    let host = Fixture::new(MIRROR);
    host.remove("sys/block/md0/md/array_state");
    assert!(host.look(build).why().contains("md0"));
}

#[test]
fn without_md_there_is_nothing_to_see_and_it_is_looked_for_rarely() {
    sees_nothing(&Fixture::new(""), build, EVERY_WITHOUT);
}

#[test]
fn names_that_no_array_can_have_are_left_out() {
    let mdstat = b"Personalities : [raid1]\nmd0 : active\n../../etc : active\nmd_home : inactive\nmd1:\n\xff : x\n";
    assert_eq!(arrays(mdstat), ["md0", "md_home"]);
}

#[test]
fn hostile_arrays_do_no_harm() {
    spoil(&Fixture::new(MIRROR), build);
}

/// A mirror of two loop devices, one of which then fails.
#[test]
fn a_real_array_that_loses_a_disk_is_degraded() {
    let has = |program: &str| crate::program::Programs::of_this_host().has(program);
    if !rustix::process::geteuid().is_root() || !has("mdadm") || !has("losetup") {
        eprintln!("skipped: needs root, mdadm and losetup");
        return;
    }
    let Some(mirror) = Mirror::make() else {
        eprintln!("skipped: this kernel makes no md array");
        return;
    };
    let see = || {
        let mut probe = build(&Surroundings::here(Default::default()));
        look(probe.as_mut()).samples
    };
    let degraded = |value: &str| {
        let name = mirror.name.clone();
        see().iter().any(|line| {
            line.starts_with("hw.raid.degraded") && line.contains(&name) && line.ends_with(value)
        })
    };
    assert!(degraded(" 0"), "{:?}", see());
    run(
        "mdadm",
        &["--manage", &mirror.device, "--fail", &mirror.loops[1]],
    );
    assert!(degraded(" 1"), "{:?}", see());
}

struct Mirror {
    name: String,
    device: String,
    loops: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Mirror {
    fn make() -> Option<Mirror> {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("md{}", 200 + std::process::id() % 50);
        let mut mirror = Mirror {
            device: format!("/dev/{name}"),
            name,
            loops: Vec::new(),
            _folder: folder,
        };
        for number in 0..2 {
            let file = mirror._folder.path().join(format!("disk{number}"));
            std::fs::File::create(&file)
                .unwrap()
                .set_len(64 << 20)
                .unwrap();
            let out = Command::new("losetup")
                .args(["--find", "--show"])
                .arg(&file)
                .output()
                .ok()?;
            let device = String::from_utf8(out.stdout).ok()?.trim().to_owned();
            mirror.loops.push((!device.is_empty()).then_some(device)?);
        }
        let (one, two) = (mirror.loops[0].clone(), mirror.loops[1].clone());
        let made = run(
            "mdadm",
            &[
                "--create",
                &mirror.device,
                "--run",
                "--level=1",
                "--raid-devices=2",
                "--assume-clean",
                "--metadata=1.2",
                &one,
                &two,
            ],
        );
        (made && Path::new("/proc/mdstat").exists()).then_some(mirror)
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        run("mdadm", &["--stop", &self.device]);
        for device in &self.loops {
            run("losetup", &["--detach", device]);
        }
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    let quiet = || Stdio::null();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet());
    command.status().is_ok_and(|status| status.success())
}
