//! Gets texts from the disk, within bounds.
//!
//! In: paths. Out: [`Source`]s under the path's name. What cannot be read is a
//! finding. Knows nothing of what the files say.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::code::Code;
use crate::finding::{Finding, Findings};
use crate::source::{Place, Source};

/// Bytes of one file; larger ones are refused unread.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Files of one directory; more are refused.
pub const FILES_MAX: usize = 1_000;

/// The text of a file. `None` after pushing an error.
pub fn read_file(path: &Path, findings: &mut Findings) -> Option<Arc<Source>> {
    match read(path) {
        Ok(bytes) => text(path, bytes, findings),
        Err(error) => {
            findings.push(unreadable(path, &error));
            None
        }
    }
}

/// As [`read_file`], but that the file is not there is fine, and `None`.
pub fn read_file_if_there(path: &Path, findings: &mut Findings) -> Option<Arc<Source>> {
    match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            findings.push(unreadable(path, &error));
            None
        }
        Ok(bytes) => text(path, bytes, findings),
    }
}

/// The files of a directory with this extension, by name. Hidden files and
/// directories are not among them. That the directory is not there is fine.
pub fn list_files(directory: &Path, extension: &str, findings: &mut Findings) -> Vec<PathBuf> {
    let mut paths = match matching(directory, extension) {
        Ok(paths) => paths,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            findings.push(unreadable(directory, &error));
            Vec::new()
        }
    };
    paths.sort();
    if paths.len() > FILES_MAX {
        let count = paths.len();
        let name = directory.display();
        findings.push(
            Finding::error(Code::TooLarge, format!("{name} holds {count} files"))
                .help(format!("keep at most {FILES_MAX} in one directory")),
        );
        paths.truncate(FILES_MAX);
    }
    paths
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe or a device would be waited for, perhaps for ever.
    if !fs::metadata(path)?.is_file() {
        let error = "this is not a file; a text file is needed";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    }
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file at the bound from one over it.
    fs::File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(path: &Path, bytes: Vec<u8>, findings: &mut Findings) -> Option<Arc<Source>> {
    let name = path.display().to_string();
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let size = crate::Size::from_bytes(FILE_BYTES_MAX);
        findings.push(
            Finding::error(Code::TooLarge, format!("the file is larger than {size}"))
                .at(&Place::whole(&Source::new(name, "")), "")
                .help("split it"),
        );
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(Source::new(name, text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
            findings.push(
                Finding::error(Code::UnreadableFile, "the file is not UTF-8 text")
                    .at(&Place::new(&source, valid..valid + 1), "not a character")
                    .help(if path.extension().is_some_and(|end| end == "csv") {
                        "save it as UTF-8; Excel calls it \"CSV UTF-8\""
                    } else {
                        "save it as UTF-8"
                    }),
            );
            None
        }
    }
}

fn matching(directory: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let fits = path.extension().is_some_and(|found| found == extension);
        // Asked of the target, so that links into a shared checkout are read.
        if fits && !hidden && !path.is_dir() {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn unreadable(path: &Path, error: &io::Error) -> Finding {
    let source = Source::new(path.display().to_string(), "");
    let finding = Finding::error(Code::UnreadableFile, format!("cannot be read: {error}"))
        .at(&Place::whole(&source), "");
    match error.kind() {
        io::ErrorKind::NotFound => finding.help("check the path"),
        io::ErrorKind::PermissionDenied => finding.help("let the user of this program read it"),
        _ => finding,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_no_file_is_a_finding_and_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("rule.toml");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/zero")] {
            let mut findings = Findings::new();
            assert!(read_file(path, &mut findings).is_none(), "{path:?}");
            assert_eq!(findings.errors(), 1, "{findings}");
        }
    }
}
