//! Reads the small files in which the kernel shows devices.
//!
//! In: folders and files below `/sys`, `/proc` or a fixture. Out: names, texts and
//! numbers; nothing where there is nothing to read. Knows nothing of what they mean.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::text;

/// The most that is read of one file; the kernel's own are at most a page.
const FILE_BYTES_MAX: u64 = 4 * 1024;
/// Entries of one folder that are looked at.
const ENTRIES_MAX: usize = 4_096;

/// The names in a folder, in order; none when it is not there.
///
/// # Errors
/// It is there and cannot be read, as a sentence.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{} cannot be read: {error}", folder.display())),
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .take(ENTRIES_MAX)
        .collect();
    names.sort();
    Ok(names)
}

/// What a file says, without the blanks around it.
///
/// # Errors
/// As the system says it; what is no text has no meaning here.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.trim_matches(['\0', ' ', '\n', '\t']).to_owned()),
        Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "not a text")),
    }
}

/// What a file says, if it says something.
pub(crate) fn said(path: &Path) -> Option<String> {
    read(path).ok().filter(|text| !text.is_empty())
}

/// A whole number without a sign.
pub(crate) fn count(path: &Path) -> Option<f64> {
    let text = said(path)?;
    text::whole(text.as_bytes()).map(|count| count as f64)
}

/// A whole number that may be below zero.
pub(crate) fn integer(path: &Path) -> Option<f64> {
    let text = said(path)?;
    text.parse::<i64>().ok().map(|value| value as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_not_there_is_nothing_and_what_is_no_number_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(names(&folder.path().join("none")), Ok(Vec::new()));
        let file = folder.path().join("file");
        assert!(names(&file).is_ok() && said(&file).is_none());
        let cases: [(&[u8], Option<f64>, Option<f64>); 6] = [
            (b"42\n", Some(42.0), Some(42.0)),
            (b"-5000\n", None, Some(-5000.0)),
            (b"\n", None, None),
            (b"1.5", None, None),
            (b"\xff\xfe", None, None),
            (b"99999999999999999999", None, None),
        ];
        for (bytes, expected, signed) in cases {
            fs::write(&file, bytes).unwrap();
            assert_eq!((count(&file), integer(&file)), (expected, signed));
        }
        assert!(names(&file).unwrap_err().contains("cannot be read"));
    }
}
