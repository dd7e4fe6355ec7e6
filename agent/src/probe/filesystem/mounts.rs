//! Decides which mounts are file systems that can fill up.
//!
//! In: the bytes of a `mountinfo`. Out: [`Mount`]s, one for each file system, in the
//! order of their mount points. Knows nothing of their size; tmpfs is judged by the
//! caller, who does.

use std::collections::BTreeMap;

use crate::probe::text;

/// The most mounts that are looked at; a container host has a few hundred.
pub(super) const MOUNTS_MAX: usize = 512;

/// One mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// Major and minor number, as the kernel prints them.
    pub(super) device_number: Vec<u8>,
    /// Where it is mounted, as it is on disk.
    pub(super) mountpoint: Vec<u8>,
    /// Its type: `ext4`, `nfs4`.
    pub(super) kind: String,
    /// What is mounted: `/dev/sda1`, `nas:/export`.
    pub(super) device: String,
    /// Whether nothing can be written there now, whoever decided so.
    pub(super) readonly: bool,
}

/// Types that hold no files of anybody, or are full by their nature (images).
const NOT_REAL: &[&str] = &[
    "autofs",
    "binder",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "cramfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "fuse.gvfsd-fuse",
    "fuse.lxcfs",
    "fuse.portal",
    "fuse.snapfuse",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "ramfs",
    "resctrl",
    "rootfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "smackfs",
    "squashfs",
    "sysfs",
    "tracefs",
];

/// Where a tmpfs is part of the system's plumbing and not of anybody's concern.
const PLUMBING: &[&[u8]] = &[b"/run", b"/dev", b"/sys", b"/proc"];

/// Types for which another host or a program answers, and may not; so do all of `fuse`.
const FAR: &[&str] = &[
    "9p",
    "acfs",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "fuse",
    "fuseblk",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "pvfs2",
    "smb3",
    "smbfs",
    "virtiofs",
];

impl Mount {
    /// Whether its answer may never come, because it is somebody else's.
    pub(super) fn is_far(&self) -> bool {
        FAR.contains(&self.kind.as_str()) || self.kind.starts_with("fuse.")
    }
}

/// Every mount of a `mountinfo`; lines that are not mounts are left out.
pub(super) fn parse(mountinfo: &[u8]) -> Vec<Mount> {
    text::lines(mountinfo).filter_map(parse_line).collect()
}

/// The mounts that can fill up: one for each file system, at its shortest mount point.
pub(super) fn real(mounts: Vec<Mount>) -> Vec<Mount> {
    // What is mounted later over the same place hides what was there.
    let mut visible: BTreeMap<Vec<u8>, Mount> = BTreeMap::new();
    for mount in mounts {
        visible.insert(mount.mountpoint.clone(), mount);
    }
    let mut by_device: BTreeMap<Vec<u8>, Mount> = BTreeMap::new();
    for mount in visible.into_values().filter(is_real) {
        match by_device.get(&mount.device_number) {
            Some(known) if known.mountpoint.len() <= mount.mountpoint.len() => {}
            Some(_) | None => {
                by_device.insert(mount.device_number.clone(), mount);
            }
        }
    }
    let mut mounts: Vec<Mount> = by_device.into_values().collect();
    mounts.sort_by(|a, b| a.mountpoint.cmp(&b.mountpoint));
    mounts
}

fn is_real(mount: &Mount) -> bool {
    match mount.kind.as_str() {
        // A container's root; elsewhere it repeats the file system below it.
        "overlay" | "fuse.fuse-overlayfs" => mount.mountpoint == b"/",
        "tmpfs" => !PLUMBING
            .iter()
            .any(|place| is_under(&mount.mountpoint, place)),
        kind => !NOT_REAL.contains(&kind),
    }
}

fn is_under(path: &[u8], place: &[u8]) -> bool {
    path.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`,
/// as in proc_pid_mountinfo(5).
fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut words = text::words(line).skip(2);
    let device_number = words.next()?.to_vec();
    let _root = words.next()?;
    let mountpoint = unescape(words.next()?);
    let options = words.next()?;
    words.find(|word| *word == b"-")?;
    let kind = words.next()?;
    let device = words.next()?;
    let super_options = words.next().unwrap_or_default();
    if mountpoint.first() != Some(&b'/') || !device_number.contains(&b':') {
        return None;
    }
    Some(Mount {
        device_number,
        mountpoint,
        kind: String::from_utf8_lossy(kind).into_owned(),
        device: String::from_utf8_lossy(&unescape(device)).into_owned(),
        readonly: is_readonly(options) || is_readonly(super_options),
    })
}

/// `errors=remount-ro` leaves the mount option `rw` and sets the super option `ro`; newer
/// kernels say `emergency_ro` instead.
fn is_readonly(options: &[u8]) -> bool {
    options
        .split(|byte| *byte == b',')
        .any(|option| option == b"ro" || option == b"emergency_ro")
}

/// The kernel writes space, tab, newline and backslash as `\040` and the like.
fn unescape(word: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&byte, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| byte == b'\\').and_then(octal);
        match octal {
            Some(escaped) => {
                plain.push(escaped);
                rest = &after[3..];
            }
            None => {
                plain.push(byte);
                rest = after;
            }
        }
    }
    plain
}

fn octal(digits: &[u8]) -> Option<u8> {
    let mut value = 0u8;
    for digit in digits {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 8)?;
        value = value.checked_mul(8)?.checked_add(digit)?;
    }
    Some(value)
}

#[cfg(test)]
#[path = "mounts_tests.rs"]
mod tests;
