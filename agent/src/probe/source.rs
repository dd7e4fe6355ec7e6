//! Reads the kernel's files into one buffer that is used again and again.
//!
//! In: a root (`/proc`, or a fixture) and a name below it. Out: bytes, as they are.
//! Knows nothing of their form.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest file a probe reads; `mountinfo` of a host with 10,000 mounts is 2 MiB.
pub(crate) const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// One probe's view of the kernel's files.
#[derive(Debug)]
pub(crate) struct Source {
    root: PathBuf,
    buffer: Vec<u8>,
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
        let path = self.root.join(name);
        self.buffer.clear();
        let read = File::open(&path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut self.buffer));
        match read {
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
            Ok(length) if length as u64 > FILE_BYTES_MAX => Err(format!(
                "{} is longer than {FILE_BYTES_MAX} bytes",
                path.display()
            )),
            Ok(_) => Ok(&self.buffer),
        }
    }
}
