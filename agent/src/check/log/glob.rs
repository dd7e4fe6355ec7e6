//! Finds the files a pattern stands for.
//!
//! In: an absolute path in whose parts `*` and `?` may stand. Out: paths that are there,
//! bounded. Knows nothing of what is in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Names looked at for one pattern.
const NAMES_MAX: usize = 10_000;

/// The paths a pattern stands for; of more than `at_most`, those written last.
pub(super) fn expand(pattern: &str, at_most: usize) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    let mut names_left = NAMES_MAX;
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        found = match is_wild(part) {
            false => found.into_iter().map(|path| path.join(part)).collect(),
            true => found
                .iter()
                .flat_map(|folder| matching(folder, part, &mut names_left))
                .collect(),
        };
    }
    found.retain(|path| path.is_file());
    if found.len() > at_most {
        let written = |path: &PathBuf| {
            let facts = fs::metadata(path);
            facts
                .and_then(|facts| facts.modified())
                .unwrap_or(SystemTime::UNIX_EPOCH)
        };
        found.sort_by_cached_key(|path| std::cmp::Reverse(written(path)));
        found.truncate(at_most);
    }
    found.sort();
    found
}

/// Whether a pattern can stand for other paths than itself.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

fn matching(folder: &Path, part: &str, names_left: &mut usize) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths = Vec::new();
    for entry in entries.flatten() {
        let Some(left) = names_left.checked_sub(1) else {
            break;
        };
        *names_left = left;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        // As in a shell, what is hidden must be asked for.
        let is_hidden = name.starts_with(b".") && !part.starts_with('.');
        if !is_hidden && fits(part.as_bytes(), name) {
            paths.push(entry.path());
        }
    }
    paths
}

/// Whether a name is one of those a part stands for. Takes no more steps than the product
/// of both lengths, whatever they hold.
fn fits(part: &[u8], name: &[u8]) -> bool {
    let (mut at, mut within) = (0, 0);
    // The last star, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while within < name.len() {
        match part.get(at) {
            Some(b'*') => {
                star = Some((at, within));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[within] => {
                at += 1;
                within += 1;
            }
            Some(_) | None => {
                let Some((place, taken)) = star else {
                    return false;
                };
                star = Some((place, taken + 1));
                at = place + 1;
                within = taken + 1;
            }
        }
    }
    part[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_any_part_of_a_name_and_a_question_mark_one_letter() {
        let cases = [
            ("*.log", "app.log", true),
            ("*.log", "app.log.1", false),
            ("a*p*.log", "app.log", true),
            ("app.lo?", "app.log", true),
            ("app.lo?", "app.lo", false),
            ("*", "", true),
            ("", "x", false),
            ("**a", "bba", true),
        ];
        for (part, name, expected) in cases {
            assert_eq!(
                fits(part.as_bytes(), name.as_bytes()),
                expected,
                "{part} {name}"
            );
        }
    }

    #[test]
    fn folders_in_between_may_be_wild_and_what_is_hidden_is_not_found() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["a/x.log", "b/x.log", "b/.x.log", "b/y.txt"] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let pattern = format!("{}/*/*.log", dir.path().display());
        let found = expand(&pattern, 9);
        assert_eq!(
            found,
            [dir.path().join("a/x.log"), dir.path().join("b/x.log")]
        );
        assert_eq!(expand(&pattern, 1).len(), 1);
        assert!(expand("/nowhere/*", 9).is_empty());
    }

    proptest! {
        #[test]
        fn no_pattern_takes_for_ever(part in "[*?ab]{0,40}", name in "[ab]{0,200}") {
            fits(part.as_bytes(), name.as_bytes());
            prop_assert!(fits(b"*", name.as_bytes()));
        }
    }
}
