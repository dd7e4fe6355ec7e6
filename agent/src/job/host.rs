//! Asks the operating system what a folder that anybody writes to needs to be safe.
//!
//! In: paths and files. Out: owners, times, modes. Where there are no owners, the folder is
//! as safe as its parent.

#[cfg(unix)]
pub(super) use unix::*;

#[cfg(not(unix))]
pub(super) use simple::*;

/// How long the host has slept since it booted, in milliseconds.
#[cfg(target_os = "linux")]
pub(super) fn slept_ms() -> u64 {
    use rustix::time::{ClockId, clock_gettime};

    let ms = |clock| {
        let now = clock_gettime(clock);
        now.tv_sec.saturating_mul(1_000) + now.tv_nsec / 1_000_000
    };
    u64::try_from(ms(ClockId::Boottime) - ms(ClockId::Monotonic)).unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn slept_ms() -> u64 {
    0
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::path::Path;

    use rustix::fs::{Mode, OFlags};

    /// Write and enter for all, list for the owner only, remove for a file's owner only.
    const FOLDER_MODE: u32 = 0o1733;
    /// Nobody but the agent can find out the name.
    const FILE_MODE: u32 = 0o644;

    /// Who leaves a report must come by here, whatever this process's umask is.
    pub(in crate::job) fn open_to_passers(path: &Path) -> io::Result<()> {
        fs::set_permissions(path, Permissions::from_mode(0o755))
    }

    pub(in crate::job) fn open_to_writers(path: &Path) -> io::Result<()> {
        fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))
    }

    /// That a folder which is there already is one, is ours, and is open to writers.
    pub(in crate::job) fn own_folder(path: &Path) -> io::Result<()> {
        let facts = fs::symlink_metadata(path)?;
        let us = rustix::process::geteuid().as_raw();
        if !facts.is_dir() {
            return Err(io::Error::other("it is not a folder"));
        }
        if facts.uid() != us {
            let owner = facts.uid();
            let why = format!("it belongs to user {owner}, and this agent is user {us}");
            return Err(io::Error::other(why));
        }
        match facts.mode() & 0o7777 {
            FOLDER_MODE => Ok(()),
            _ => open_to_writers(path),
        }
    }

    pub(in crate::job) fn let_others_read(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(FILE_MODE))
    }

    /// Opens what somebody else has put there: no link is followed, no pipe waited for.
    pub(in crate::job) fn open(path: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
    }

    pub(in crate::job) fn owner(facts: &Metadata) -> Option<u32> {
        Some(facts.uid())
    }

    /// A file that lies elsewhere as well may be somebody else's secret.
    pub(in crate::job) fn has_other_names(facts: &Metadata) -> bool {
        facts.nlink() != 1
    }

    /// Not the time of the content, which its owner can set.
    pub(in crate::job) fn changed_wall_ms(facts: &Metadata) -> i64 {
        facts
            .ctime()
            .saturating_mul(1_000)
            .saturating_add(facts.ctime_nsec() / 1_000_000)
    }
}

#[cfg(not(unix))]
mod simple {
    use std::fs::{File, Metadata};
    use std::io;
    use std::path::Path;
    use std::time::UNIX_EPOCH;

    pub(in crate::job) fn open_to_passers(_: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(in crate::job) fn open_to_writers(_: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(in crate::job) fn own_folder(path: &Path) -> io::Result<()> {
        match path.is_dir() {
            true => Ok(()),
            false => Err(io::Error::other("it is not a folder")),
        }
    }

    pub(in crate::job) fn let_others_read(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(in crate::job) fn open(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    pub(in crate::job) fn owner(_: &Metadata) -> Option<u32> {
        None
    }

    pub(in crate::job) fn has_other_names(_: &Metadata) -> bool {
        false
    }

    pub(in crate::job) fn changed_wall_ms(facts: &Metadata) -> i64 {
        let changed = facts.modified().ok();
        let since = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
        since.map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }
}
