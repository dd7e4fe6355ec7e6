//! Tells the machine an id was made on from another that was copied from it.
//!
//! In: what the system calls the machine (`machine-id`, the firmware's product number).
//! Out: whether two are different machines. Only hashes are kept: they tell same from
//! other, and nothing else. A machine that has neither number is never another.

use std::fs;
use std::path::Path;

/// Hashes of what the machine is called; each is missing where it cannot be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Machine {
    /// Of the installation: `/etc/machine-id`. An image that is prepared well has none.
    system: Option<u64>,
    /// Of the hardware, or of what plays it; usually only root can read it.
    product: Option<u64>,
}

/// Longer than any such number.
const NUMBER_BYTES_MAX: usize = 256;

impl Machine {
    /// The machine whose files are below `root`.
    pub fn look(root: &Path) -> Machine {
        Machine {
            system: hash_of(&root.join("etc/machine-id")),
            product: hash_of(&root.join("sys/class/dmi/id/product_uuid")),
        }
    }

    /// Whether both are known to differ in one of the two numbers.
    pub fn is_other_than(&self, other: &Machine) -> bool {
        let differ = |one: Option<u64>, other: Option<u64>| {
            one.zip(other).is_some_and(|(one, other)| one != other)
        };
        differ(self.system, other.system) || differ(self.product, other.product)
    }

    /// As it is kept beside the id.
    pub(crate) fn to_text(self) -> String {
        let word = |hash: Option<u64>| hash.map_or("-".to_owned(), |hash| format!("{hash:016x}"));
        format!("{} {}\n", word(self.system), word(self.product))
    }

    /// The machine in such a text; what cannot be read is not known.
    pub(crate) fn from_text(text: &str) -> Machine {
        let mut words = text.split_whitespace();
        let mut next = || u64::from_str_radix(words.next()?, 16).ok();
        Machine {
            system: next(),
            product: next(),
        }
    }
}

fn hash_of(path: &Path) -> Option<u64> {
    let bytes = fs::read(path).ok()?;
    let number = bytes.trim_ascii();
    // An image before its first boot says so in words.
    let is_number = !number.is_empty()
        && number.len() <= NUMBER_BYTES_MAX
        && number != b"uninitialized"
        && number.iter().any(|byte| !b"0-".contains(byte));
    is_number.then(|| fnv1a(number))
}

/// FNV-1a of 64 bits: the same in every build, unlike the standard library's hashes.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_machine_is_another_when_a_number_that_both_have_differs() {
        let cases = [
            ("a", "1", "a", "1", false),
            ("a", "1", "b", "1", true),
            ("a", "1", "a", "2", true),
            ("a", "", "a", "2", false),
            ("", "", "b", "2", false),
            ("a", "1", "", "", false),
            ("uninitialized", "1", "b", "1", false),
            ("a", "0000-00", "a", "2", false),
        ];
        for (system, product, other_system, other_product, expected) in cases {
            let one = machine(system, product);
            let other = machine(other_system, other_product);
            assert_eq!(one.is_other_than(&other), expected, "{system} {product}");
            assert_eq!(Machine::from_text(&one.to_text()), one);
        }
    }

    #[test]
    fn a_text_that_is_none_makes_no_machine_another() {
        for text in ["", "\n", "zz zz", "- -", "\u{0}", "99999999999999999999 x"] {
            assert!(
                !Machine::from_text(text).is_other_than(&machine("a", "1")),
                "{text:?}"
            );
        }
    }

    fn machine(system: &str, product: &str) -> Machine {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{text}\n")).unwrap();
        };
        put("etc/machine-id", system);
        put("sys/class/dmi/id/product_uuid", product);
        Machine::look(dir.path())
    }
}
