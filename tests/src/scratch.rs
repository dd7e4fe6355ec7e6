//! Gives a test a folder and a port that nobody else uses.
//!
//! Out: [`Scratch`], removed with its content when it is dropped; a free port of
//! 127.0.0.1. Knows nothing of what is put there.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Ports are taken below the range from which the kernel gives ports to outgoing
/// connections, so that none of those can come between choosing and listening.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

/// A temporary folder of one test.
#[derive(Debug)]
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// Makes an empty folder.
    pub fn new() -> Scratch {
        Scratch(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path in it; nothing is created.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file in it, making the folders on the way; gives its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.join(name);
        let folder = path
            .parent()
            .expect("a file in the scratch folder has a parent");
        fs::create_dir_all(folder).expect("folders in the scratch folder can be made");
        fs::write(&path, text).expect("files in the scratch folder can be written");
        path
    }
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch::new()
    }
}

/// A port of 127.0.0.1 on which nobody listens now.
pub fn free_port() -> u16 {
    // Tests run side by side in processes of their own, so each starts to look somewhere else.
    let start = RandomState::new().hash_one(std::process::id());
    (0..u64::from(PORTS))
        .map(|step| FIRST_PORT + ((start.wrapping_add(step)) % u64::from(PORTS)) as u16)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of twelve thousand ports is free")
}
