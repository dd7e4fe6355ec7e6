//! Which lines of a `mountinfo` become file systems, as data.

#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_server_has_its_disks_and_nothing_else() {
    let mountinfo = "\
        22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n\
        23 22 0:5 / /dev rw shared:2 - devtmpfs udev rw\n\
        24 22 0:21 / /proc rw shared:3 - proc proc rw\n\
        25 22 0:22 / /sys rw shared:4 - sysfs sysfs rw\n\
        26 22 0:23 / /run rw shared:5 - tmpfs tmpfs rw,size=800k\n\
        27 26 0:24 / /run/lock rw shared:6 - tmpfs tmpfs rw\n\
        28 22 8:2 / /var rw shared:7 - xfs /dev/sda2 rw\n\
        29 22 0:30 / /tmp rw shared:8 - tmpfs tmpfs rw\n\
        30 22 7:1 / /snap/core/1 ro shared:9 - squashfs /dev/loop1 ro\n\
        31 28 0:40 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw\n\
        32 22 0:41 / /mnt/nas rw shared:10 - nfs4 nas:/export rw\n";
    check(
        mountinfo,
        &[
            "/ ext4 rw",
            "/mnt/nas nfs4 rw",
            "/tmp tmpfs rw",
            "/var xfs rw",
        ],
    );
}

#[test]
fn a_bind_mount_is_the_same_file_system_at_its_shortest_place() {
    let mountinfo = "\
        40 1 8:1 /srv/data /exports/data rw - ext4 /dev/sda1 rw\n\
        41 1 8:1 / /srv rw - ext4 /dev/sda1 rw\n\
        42 1 8:1 / /longer rw - ext4 /dev/sda1 rw\n";
    check(mountinfo, &["/srv ext4 rw"]);
}

#[test]
fn what_is_mounted_over_a_place_hides_what_was_there() {
    let mountinfo = "\
        40 1 8:1 / /data rw - ext4 /dev/sda1 rw\n\
        41 1 8:2 / /data rw - xfs /dev/sdb1 rw\n";
    check(mountinfo, &["/data xfs rw"]);
}

#[test]
fn overlay_is_a_file_system_only_as_the_root() {
    let mountinfo = "\
        40 1 0:50 / / rw - overlay overlay rw,lowerdir=/l\n\
        41 1 0:51 / /merged rw - overlay overlay rw\n";
    check(mountinfo, &["/ overlay rw"]);
}

#[test]
fn read_only_is_seen_in_all_three_places() {
    let mountinfo = "\
        40 1 8:1 / /a ro,relatime - ext4 /dev/sda1 rw\n\
        41 1 8:2 / /b rw,relatime - ext4 /dev/sda2 ro,errors=remount-ro\n\
        42 1 8:3 / /c rw,relatime - ext4 /dev/sda3 rw,emergency_ro\n\
        43 1 8:4 / /d rw,relatime - ext4 /dev/sda4 rw,errors=remount-ro\n";
    check(
        mountinfo,
        &["/a ext4 ro", "/b ext4 ro", "/c ext4 ro", "/d ext4 rw"],
    );
}

#[test]
fn escaped_bytes_of_a_mount_point_are_its_own_bytes() {
    let line = b"40 1 8:1 / /my\\040disk\\134x\\09 rw - ext4 /dev/sda1 rw";
    let mounts = parse(line);
    assert_eq!(mounts[0].mountpoint, b"/my disk\\x\\09");
}

#[test]
fn any_number_of_optional_fields_is_read() {
    let mountinfo = "\
        40 1 8:1 / /a rw - ext4 /dev/sda1 rw\n\
        41 1 8:2 / /b rw shared:1 master:2 propagate_from:3 - ext4 /dev/sda2 rw\n";
    check(mountinfo, &["/a ext4 rw", "/b ext4 rw"]);
}

#[test]
fn lines_that_are_not_mounts_are_left_out() {
    let mountinfo = "\n40\n40 1 8:1 / /a rw\n40 1 8:1 / relative rw - ext4 d rw\n\
        40 1 nonumber / /a rw - ext4 d rw\n40 1 8:1 / /a rw -\n40 1 8:1 / /a rw - ext4\n";
    check(mountinfo, &[]);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, place: Vec<u8>) {
        let _ = real(parse(&bytes));
        let mut line = b"40 1 8:1 / /".to_vec();
        line.extend(place);
        line.extend(b" rw - ext4 /dev/sda1 rw");
        let _ = real(parse(&line));
    }
}

/// Each file system as "place type mode".
#[track_caller]
fn check(mountinfo: &str, expected: &[&str]) {
    let found: Vec<String> = real(parse(mountinfo.as_bytes()))
        .iter()
        .map(|mount| {
            let place = String::from_utf8_lossy(&mount.mountpoint);
            let mode = if mount.readonly { "ro" } else { "rw" };
            format!("{place} {} {mode}", mount.kind)
        })
        .collect();
    assert_eq!(found, expected);
}
