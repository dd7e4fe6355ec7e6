//! Keeps the reports a collector refused for good, so that somebody can look at them.
//!
//! In: refused reports. Out: files in `set-aside/`, the oldest removed first above
//! [`FILES_MAX`] and [`BYTES_MAX`]. Nothing here is ever sent again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files that are kept.
const FILES_MAX: usize = 32;
/// Bytes of all of them; a larger report is counted but not kept.
const BYTES_MAX: u64 = 1024 * 1024;

/// The directory of refused reports.
#[derive(Debug)]
pub(super) struct Aside {
    dir: PathBuf,
}

impl Aside {
    /// Uses `dir`, which is made when first needed.
    pub(super) fn new(dir: &Path) -> Aside {
        Aside {
            dir: dir.to_owned(),
        }
    }

    /// Keeps the JSON of a report under a name that sorts by time, with the reason.
    pub(super) fn keep(&self, wall_ms: i64, why: &str, report: &[u8]) {
        if let Err(error) = self.write(wall_ms, why, report) {
            tracing::warn!(%error, "a refused report cannot be kept for inspection");
        }
    }

    fn write(&self, wall_ms: i64, why: &str, report: &[u8]) -> io::Result<()> {
        let mut json = br#"{"refused":"#.to_vec();
        json.extend(serde_json::to_vec(why)?);
        json.extend(br#","report":"#);
        json.extend(report);
        json.push(b'}');
        fs::create_dir_all(&self.dir)?;
        let mut files = self.files()?;
        let mut bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();
        while let Some((path, oldest)) = files.first()
            && (files.len() >= FILES_MAX || bytes + json.len() as u64 > BYTES_MAX)
        {
            fs::remove_file(path)?;
            bytes -= oldest;
            files.remove(0);
        }
        if json.len() as u64 > BYTES_MAX {
            return Err(io::Error::other("it is larger than everything kept here"));
        }
        // Two within a millisecond are told apart by a count.
        let mut path = self.dir.join(format!("{wall_ms:015}.json"));
        for again in 1.. {
            if !path.exists() {
                break;
            }
            path = self.dir.join(format!("{wall_ms:015}-{again:03}.json"));
        }
        fs::write(path, json)
    }

    fn files(&self) -> io::Result<Vec<(PathBuf, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            files.push((entry.path(), entry.metadata()?.len()));
        }
        files.sort();
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_refused_report_can_be_read_with_its_reason() {
        let dir = tempfile::tempdir().unwrap();
        let aside = Aside::new(&dir.path().join("set-aside"));
        aside.keep(5, "bad \"name\"", br#"{"wire":1}"#);
        let (path, _) = aside.files().unwrap().remove(0);
        let kept: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert_eq!(kept["refused"], "bad \"name\"");
        assert_eq!(kept["report"]["wire"], 1);
    }

    #[test]
    fn only_so_many_files_and_bytes_are_kept_and_the_newest_of_them() {
        let dir = tempfile::tempdir().unwrap();
        let aside = Aside::new(dir.path());
        for wall_ms in 0..100 {
            aside.keep(wall_ms, "no", b"1");
        }
        let files = aside.files().unwrap();
        assert_eq!(files.len(), FILES_MAX);
        assert!(files[FILES_MAX - 1].0.ends_with("000000000000099.json"));

        let large = vec![b'1'; 600 * 1024];
        aside.keep(200, "no", &large);
        aside.keep(200, "no", &large);
        let bytes: u64 = aside.files().unwrap().iter().map(|(_, bytes)| bytes).sum();
        assert!(bytes <= BYTES_MAX);
        aside.keep(300, "no", &vec![b'1'; 2 * 1024 * 1024]);
        assert!(aside.files().unwrap().is_empty());
    }
}
