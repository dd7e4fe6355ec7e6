//! Sees whether files were changed, without keeping or telling what is in them.
//!
//! In: paths. Out: for each file that was touched its size and a digest of its content.
//! A file whose times and size are as before is not read again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

use crate::probe::Gaps;

/// Bytes of a file that are read; what differs only behind them differs by its times.
const READ_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Digits of a digest that are told: enough to tell two versions apart.
const DIGITS: usize = 16;

/// SHA-256, while it is made.
pub(super) struct Digest(Context);

impl Digest {
    pub(super) fn new() -> Digest {
        Digest(Context::new(&SHA256))
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Its first digits.
    pub(super) fn text(self) -> String {
        let bytes = self.0.finish();
        let digits = bytes
            .as_ref()
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .take(DIGITS)
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }
}

/// The files that are watched, as they were last seen.
#[derive(Default)]
pub(super) struct Files {
    seen: BTreeMap<PathBuf, Touch>,
}

/// What differs when a file was touched; nothing of it when there is no file.
type Touch = Option<(u64, u64, i64, i64, i64, i64)>;

/// A file that was touched.
#[derive(Debug, PartialEq)]
pub(super) struct Touched {
    pub(super) path: PathBuf,
    /// What it is now: `812 bytes, sha256 9f86d081884c7d65`; empty when it is not there.
    pub(super) now: String,
    /// When it was touched, in milliseconds of the wall clock, if that is known.
    pub(super) wall_ms: Option<i64>,
}

impl Files {
    /// Those of `paths` that were touched since the last look, or are looked at for the
    /// first time.
    pub(super) fn look(&mut self, paths: &[PathBuf], gaps: &mut Gaps) -> Vec<Touched> {
        self.seen.retain(|path, _| paths.contains(path));
        let mut touched = Vec::new();
        for path in paths {
            match look_at(path, self.seen.get(path)) {
                Ok(None) => {}
                Ok(Some((touch, file))) => {
                    self.seen.insert(path.clone(), touch);
                    touched.push(file);
                }
                Err(error) => gaps.push(format!("{} cannot be read: {error}", path.display())),
            }
        }
        touched
    }
}

fn look_at(path: &Path, before: Option<&Touch>) -> io::Result<Option<(Touch, Touched)>> {
    let touched = |now: String, wall_ms| Touched {
        path: path.to_owned(),
        now,
        wall_ms,
    };
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let is_known = before == Some(&None);
            return Ok((!is_known).then(|| (None, touched(String::new(), None))));
        }
        Err(error) => return Err(error),
    };
    // A pipe would be waited for.
    if !about.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let touch = Some((
        about.len(),
        about.ino(),
        about.mtime(),
        about.mtime_nsec(),
        about.ctime(),
        about.ctime_nsec(),
    ));
    if before == Some(&touch) {
        return Ok(None);
    }
    let mut digest = Digest::new();
    let mut file = File::open(path)?.take(READ_BYTES_MAX);
    let mut piece = [0; 8 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            length => digest.add(&piece[..length]),
        }
    }
    let now = format!("{} bytes, sha256 {}", about.len(), digest.text());
    let seconds_ms = about.ctime().saturating_mul(1_000);
    let wall_ms = seconds_ms.saturating_add(about.ctime_nsec() / 1_000_000);
    Ok(Some((touch, touched(now, Some(wall_ms)))))
}
