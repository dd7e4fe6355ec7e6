//! Reads the kernel's files into one buffer that is used again and again.
//!
//! In: a root (`/proc`, `/sys`, or a fixture) and a name below it. Out: bytes, as they are.
//! Knows nothing of their form.
//!
//! A source may keep its files open: the kernel shows the present state to whoever reads from
//! the beginning, and finding and opening a file of `/proc` costs as much as reading it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The longest file a probe reads; `mountinfo` of a host with 10,000 mounts is 2 MiB.
pub(crate) const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// One probe's view of the kernel's files.
#[derive(Debug)]
pub(crate) struct Source {
    root: PathBuf,
    buffer: Vec<u8>,
    /// Files that stay open, if any do.
    kept: Option<Vec<(String, File)>>,
}

/// Why a file was not read: a sentence that names it.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct Unread {
    /// What the system says.
    pub(crate) kind: ErrorKind,
    why: String,
}

impl Source {
    /// A view of the files below `root`. Reads nothing yet.
    pub(crate) fn new(root: &Path) -> Source {
        Source {
            root: root.to_owned(),
            buffer: Vec::new(),
            kept: None,
        }
    }

    /// The same, for a few files that are there from boot to shutdown and read in every round:
    /// each stays open. One that can no longer be read is looked for anew.
    pub(crate) fn keeping(root: &Path) -> Source {
        Source {
            kept: Some(Vec::new()),
            ..Source::new(root)
        }
    }

    /// The bytes of a file below the root. The error is a sentence that names the file.
    pub(crate) fn read(&mut self, name: &str) -> Result<&[u8], String> {
        self.open(name).map_err(|error| error.to_string())
    }

    /// The bytes of a file that need not be there.
    pub(crate) fn read_if_there(&mut self, name: &str) -> Result<Option<&[u8]>, String> {
        match self.open(name) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The bytes of a file below the root, for whoever asks why there are none.
    pub(crate) fn open(&mut self, name: &str) -> Result<&[u8], Unread> {
        let read = match self.read_kept(name) {
            Some(length) => Ok(length),
            None => self.read_anew(name),
        };
        let shown = self.root.join(name);
        let shown = shown.display();
        match read {
            Err(error) => Err(Unread {
                kind: error.kind(),
                why: format!("{shown} cannot be read: {error}"),
            }),
            Ok(length) if length as u64 > FILE_BYTES_MAX => Err(Unread {
                kind: ErrorKind::FileTooLarge,
                why: format!("{shown} is longer than {FILE_BYTES_MAX} bytes"),
            }),
            Ok(_) => Ok(&self.buffer),
        }
    }

    /// What the file says now, if it is open and can still be read.
    fn read_kept(&mut self, name: &str) -> Option<usize> {
        let kept = self.kept.as_mut()?;
        let place = kept.iter().position(|(known, _)| known == name)?;
        self.buffer.clear();
        let read = FromStart(&kept[place].1, 0)
            .take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut self.buffer);
        if read.is_err() {
            kept.swap_remove(place);
        }
        read.ok()
    }

    fn read_anew(&mut self, name: &str) -> io::Result<usize> {
        self.buffer.clear();
        let mut file = File::open(self.root.join(name))?;
        let mut start = Read::by_ref(&mut file).take(FILE_BYTES_MAX + 1);
        let length = start.read_to_end(&mut self.buffer)?;
        if let Some(kept) = &mut self.kept {
            kept.push((name.to_owned(), file));
        }
        Ok(length)
    }

    /// Where a file below the root is, for what is not read but looked for.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Reads a file from its start, wherever the last reader stopped.
struct FromStart<'a>(&'a File, u64);

impl Read for FromStart<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(self.0, bytes, self.1)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(self.0, bytes, self.1)?;
        self.1 += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_that_stays_open_says_what_is_so_now() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("stat");
        let mut source = Source::keeping(root.path());
        assert!(source.read("stat").is_err(), "it is not there yet");
        for text in ["first", "", "the third and longest"] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(source.read("stat").unwrap(), text.as_bytes());
        }
        std::fs::write(root.path().join("other"), "2").unwrap();
        assert_eq!(source.read("other").unwrap(), b"2");
        assert_eq!(source.read("stat").unwrap(), b"the third and longest");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_says_what_is_so_now_to_whoever_reads_again() {
        let mut source = Source::keeping(Path::new("/proc"));
        let before = source.read("self/stat").unwrap().to_vec();
        let long = source.read("self/mountinfo").unwrap().to_vec();
        assert_eq!(std::fs::read("/proc/self/mountinfo").unwrap(), long);
        let mut turns = 0_u64;
        while source.read("self/stat").unwrap() == before {
            turns += 1;
            assert!(turns < 50_000_000, "processor time does not go on");
        }
        assert_eq!(source.read("self/mountinfo").unwrap(), long);
    }
}
