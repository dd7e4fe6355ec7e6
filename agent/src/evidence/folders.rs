//! Finds the largest folders of one file system.
//!
//! In: where it is mounted, and where others are. Out: a few lines, the largest first. Bounded
//! in time, in entries and in what waits to be looked into; where a bound was met, the sizes
//! are said to be at least that. Stays on the one device, does not even touch what is mounted
//! below, for it may hang, and follows no link. A file with several names counts for each.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::size;

/// Folders named.
const NAMED_MAX: usize = 15;
/// Folders with a size of their own are at most this deep; what is deeper counts for them.
const DEPTH_MAX: usize = 3;
/// Folders with a size of their own.
const FOLDERS_MAX: usize = 4_096;
/// Folders that wait to be looked into.
const WAITING_MAX: usize = 10_000;
/// Files and folders looked at.
const ENTRIES_MAX: u64 = 2_000_000;
/// How long all of it may take.
const LOOK_FOR: Duration = Duration::from_secs(10);
/// The kernel counts blocks of this size, whatever the file system's own are.
const BLOCK_BYTES: f64 = 512.0;

/// How far the look may go.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    entries: u64,
    waiting: usize,
    until: Instant,
}

struct Folder {
    path: PathBuf,
    /// Its place among the folders; none for the root.
    parent: Option<usize>,
    blocks: u64,
}

/// A folder to be looked into.
struct Waiting {
    path: PathBuf,
    depth: usize,
    /// The folder that what it holds counts for.
    counts_for: usize,
}

/// The largest folders below `root`, the root itself first. What is `mounted` below it is left
/// alone.
pub(super) fn largest(root: &Path, mounted: &BTreeSet<PathBuf>) -> Vec<String> {
    let bounds = Bounds {
        entries: ENTRIES_MAX,
        waiting: WAITING_MAX,
        until: Instant::now() + LOOK_FOR,
    };
    match walk(root, mounted, bounds) {
        Ok((folders, is_all)) => lines(folders, is_all),
        Err(error) => vec![format!("could not be looked into: {error}")],
    }
}

/// Every folder with its own blocks, and whether everything was looked at.
fn walk(
    root: &Path,
    mounted: &BTreeSet<PathBuf>,
    bounds: Bounds,
) -> std::io::Result<(Vec<Folder>, bool)> {
    let device = fs::symlink_metadata(root)?.dev();
    let mut folders = vec![Folder {
        path: root.to_owned(),
        parent: None,
        blocks: 0,
    }];
    let mut waiting = vec![Waiting {
        path: root.to_owned(),
        depth: 0,
        counts_for: 0,
    }];
    let mut entries = 0;
    let mut is_all = true;
    while let Some(Waiting {
        path,
        depth,
        counts_for,
    }) = waiting.pop()
    {
        // What may not be read, or is gone, is somebody's secret or nobody's problem.
        let Ok(listed) = fs::read_dir(&path) else {
            is_all &= depth > 0;
            continue;
        };
        for entry in listed.flatten() {
            entries += 1;
            if entries > bounds.entries || Instant::now() > bounds.until {
                return Ok((folders, false));
            }
            if mounted.contains(&entry.path()) {
                continue;
            }
            // Of a link this is the link itself.
            let Ok(found) = entry.metadata() else {
                continue;
            };
            if found.dev() != device {
                continue;
            }
            folders[counts_for].blocks += found.blocks();
            if !found.is_dir() {
                continue;
            }
            if waiting.len() >= bounds.waiting {
                is_all = false;
                continue;
            }
            let has_own = depth < DEPTH_MAX && folders.len() < FOLDERS_MAX;
            if has_own {
                folders.push(Folder {
                    path: entry.path(),
                    parent: Some(counts_for),
                    blocks: 0,
                });
            }
            waiting.push(Waiting {
                path: entry.path(),
                depth: depth + 1,
                counts_for: if has_own {
                    folders.len() - 1
                } else {
                    counts_for
                },
            });
        }
    }
    Ok((folders, is_all))
}

fn lines(mut folders: Vec<Folder>, is_all: bool) -> Vec<String> {
    // A folder stands behind the one it is in, so that from the last one on all are complete.
    for place in (1..folders.len()).rev() {
        if let Some(parent) = folders[place].parent {
            folders[parent].blocks += folders[place].blocks;
        }
    }
    folders.sort_by(|one, other| (other.blocks, &one.path).cmp(&(one.blocks, &other.path)));
    let mut lines: Vec<String> = folders
        .iter()
        .take(NAMED_MAX)
        .filter(|folder| folder.blocks > 0)
        .map(|folder| {
            let bytes = size(folder.blocks as f64 * BLOCK_BYTES);
            format!("{bytes:>10}  {}", folder.path.display())
        })
        .collect();
    match (lines.is_empty(), is_all) {
        (true, true) => lines.push("nothing is there".to_owned()),
        (_, false) => {
            lines.push("not everything was looked at: sizes are at least these".to_owned())
        }
        (false, true) => {}
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_folder_counts_what_is_below_it_and_not_what_links_lead_to() {
        let root = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        write(&elsewhere.path().join("huge"), 4 << 20);
        write(&root.path().join("log/big"), 1 << 20);
        write(&root.path().join("a/b/c/d/e/deep"), 2 << 20);
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("link")).unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("a/circle")).unwrap();
        let (folders, is_all) = walk(root.path(), &BTreeSet::new(), bounds()).unwrap();
        assert!(is_all);
        let lines = lines(folders, is_all);
        let place = |name: &str| {
            let path = root.path().join(name);
            let shown = format!("  {}", path.display());
            lines.iter().position(|line| line.ends_with(&shown))
        };
        assert_eq!(place("a"), Some(1), "{lines:#?}");
        assert_eq!((place("a/b"), place("a/b/c")), (Some(2), Some(3)));
        assert_eq!(place("log"), Some(4));
        assert_eq!(place("a/b/c/d"), None, "too deep to be named");
        assert!(
            lines[0].contains("3.") && lines[0].contains("MiB"),
            "{lines:#?}"
        );
    }

    #[test]
    fn what_is_mounted_below_is_not_touched() {
        let root = tempfile::tempdir().unwrap();
        write(&root.path().join("own/file"), 1 << 20);
        write(&root.path().join("nas/file"), 4 << 20);
        let mounted = BTreeSet::from([root.path().join("nas")]);
        let lines = largest(root.path(), &mounted);
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(!lines.iter().any(|line| line.contains("nas")), "{lines:#?}");
    }

    #[test]
    fn every_bound_ends_the_look_and_is_said() {
        let root = tempfile::tempdir().unwrap();
        for folder in 0..20 {
            write(&root.path().join(format!("{folder}/file")), 10_000);
        }
        let all = bounds();
        let cases = [
            Bounds { entries: 5, ..all },
            Bounds { waiting: 3, ..all },
            Bounds {
                until: Instant::now(),
                ..all
            },
        ];
        for bounds in cases {
            let (folders, is_all) = walk(root.path(), &BTreeSet::new(), bounds).unwrap();
            assert!(!is_all, "{bounds:?}");
            let last = lines(folders, is_all).pop().unwrap();
            assert!(last.contains("at least"), "{last}");
        }
        assert!(walk(root.path(), &BTreeSet::new(), all).unwrap().1);
    }

    #[test]
    fn an_empty_file_system_and_none_at_all_are_said() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(largest(root.path(), &BTreeSet::new()), ["nothing is there"]);
        let gone = largest(&root.path().join("gone"), &BTreeSet::new());
        assert!(gone[0].contains("could not be looked into"));
    }

    fn bounds() -> Bounds {
        Bounds {
            entries: 1_000,
            waiting: 1_000,
            until: Instant::now() + Duration::from_secs(60),
        }
    }

    fn write(path: &Path, bytes: usize) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![b'x'; bytes]).unwrap();
    }
}
