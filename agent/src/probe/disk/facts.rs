//! Decides which names of `/proc/diskstats` are whole, real disks, and what they are.
//!
//! In: a name, and `/sys/block`, which lists whole disks only. Out: [`Facts`]. Where `/sys`
//! cannot be read, the name decides.

use crate::probe::source::Source;
use crate::probe::text;

/// Names of what is no disk of its own: memory, files, drives for removable media.
const LEFT_OUT: [&str; 6] = ["loop", "ram", "zram", "fd", "sr", "scd"];

/// What is known of a disk besides its counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    /// Whether it is a whole, real disk; all others are left out.
    pub(super) is_whole: bool,
    /// Whether it has parts that turn; unknown where `/sys` does not say.
    pub(super) rotational: Option<bool>,
    /// What its administrator calls it, for device-mapper disks.
    pub(super) name: Option<String>,
}

impl Facts {
    /// Asks `/sys` about a disk.
    pub(super) fn of(name: &str, sys: &mut Source) -> Facts {
        let none = Facts {
            is_whole: false,
            rotational: None,
            name: None,
        };
        if is_left_out(name) {
            return none;
        }
        // A slash in a device's name is an exclamation mark in /sys.
        let folder = format!("block/{}", name.replace('/', "!"));
        if !sys.path("block").is_dir() {
            return Facts {
                is_whole: !has_name_of_partition(name),
                ..none
            };
        }
        // A drive without a medium, or a network disk that is not connected, has no size.
        let size = number(sys, &format!("{folder}/size"));
        if !sys.path(&folder).is_dir() || size == Some(0) {
            return none;
        }
        let rotational = number(sys, &format!("{folder}/queue/rotational"));
        let named = sys.read(&format!("{folder}/dm/name")).ok();
        let named = named.and_then(|bytes| text::name(bytes.trim_ascii()));
        Facts {
            is_whole: true,
            rotational: rotational.map(|number| number != 0),
            name: named.map(str::to_owned),
        }
    }
}

fn number(sys: &mut Source, file: &str) -> Option<u64> {
    text::whole(sys.read(file).ok()?.trim_ascii())
}

fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|kind| {
        name.strip_prefix(kind)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// `sda1`, `nvme0n1p2`, `mmcblk0p1`: letters and a number where the disk has letters only, or
/// a `p` and a number after a number.
fn has_name_of_partition(name: &str) -> bool {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if stem.len() == name.len() {
        return false;
    }
    let numbered = stem.strip_suffix('p');
    let ends_with_digit = |text: &str| text.ends_with(|letter: char| letter.is_ascii_digit());
    if numbered.is_some_and(ends_with_digit) {
        return true;
    }
    let lettered = ["sd", "hd", "vd", "xvd"];
    lettered.iter().any(|kind| {
        stem.strip_prefix(kind)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn without_sys_the_name_tells_a_disk_from_its_partitions() {
        let nowhere = tempfile::tempdir().unwrap();
        let mut sys = Source::new(nowhere.path());
        let cases = [
            ("sda", true),
            ("sda1", false),
            ("sdab12", false),
            ("vda", true),
            ("xvda1", false),
            ("nvme0n1", true),
            ("nvme0n1p3", false),
            ("mmcblk0", true),
            ("mmcblk0p1", false),
            ("dm-0", true),
            ("md127", true),
            ("md0p1", false),
            ("loop7", false),
            ("ram0", false),
            ("zram0", false),
            ("sr0", false),
            ("rambo", true),
            ("p1", true),
        ];
        for (name, is_whole) in cases {
            assert_eq!(Facts::of(name, &mut sys).is_whole, is_whole, "{name}");
        }
    }

    #[test]
    fn sys_knows_which_disks_are_whole_and_what_they_are_called() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join("block").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("sda/queue/rotational", "1\n");
        write("sda/size", "1953525168\n");
        write("nvme0n1/queue/rotational", "0\n");
        write("dm-0/dm/name", "vg0-data\n");
        write("cciss!c0d0/size", "8\n");
        write("nbd0/size", "0\n");
        write("odd/queue/rotational", "perhaps\n");
        let mut sys = Source::new(root.path());
        let cases = [
            ("sda", true, Some(true), None),
            ("sda1", false, None, None),
            ("nvme0n1", true, Some(false), None),
            ("dm-0", true, None, Some("vg0-data")),
            ("cciss/c0d0", true, None, None),
            ("nbd0", false, None, None),
            ("odd", true, None, None),
            ("../block/sda", false, None, None),
        ];
        for (name, is_whole, rotational, named) in cases {
            let facts = Facts::of(name, &mut sys);
            let seen = (facts.is_whole, facts.rotational, facts.name.as_deref());
            assert_eq!(seen, (is_whole, rotational, named), "{name}");
        }
    }
}
