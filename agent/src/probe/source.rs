//! Reads the kernel's files into one buffer that is used again and again.
//!
//! In: a root (`/proc`, `/sys`, or a fixture) and a name below it. Out: bytes, as they are.
//! Knows nothing of their form.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The longest file a probe reads; `mountinfo` of a host with 10,000 mounts is 2 MiB.
pub(crate) const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// One probe's view of the kernel's files.
#[derive(Debug)]
pub(crate) struct Source {
    root: PathBuf,
    buffer: Vec<u8>,
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
        let path = self.root.join(name);
        self.buffer.clear();
        let read = File::open(&path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut self.buffer));
        let shown = path.display();
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

    /// Where a file below the root is, for what is not read but looked for.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}
