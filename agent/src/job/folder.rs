//! Keeps the folder in which runs of jobs leave their reports, also while no agent runs.
//!
//! Any user may leave a file (mode 1733: write, enter, not list), only the agent lists them,
//! only their owners and the agent remove them, and their names cannot be guessed. So
//! nobody reads or ends what another has left, and nobody needs a right for it.
//!
//! In: reports from `vedette-agent job`; files from anybody. Out: [`Dropped`] reports with
//! the user who wrote them. What is no report is removed and counted. Knows nothing of
//! what a report means.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::host;
use super::report::{REPORT_BYTES_MAX, Report, What};

/// Names looked at in one look; a folder with more is worked off look by look.
const NAMES_MAX: usize = 4_096;
/// A file that was begun and not finished is removed after this long.
const UNFINISHED_MAX: Duration = Duration::from_secs(3_600);

/// The folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    path: PathBuf,
}

/// A report as it lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dropped {
    /// The name of its file.
    pub(crate) name: String,
    /// The user who wrote it; none where files have no owner.
    pub(crate) owner: Option<u32>,
    /// When it was put there, by the file system, in milliseconds of the wall clock.
    pub(crate) written_wall_ms: i64,
    /// What it says.
    pub(crate) report: Report,
}

/// What one look into the folder found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Reports, in the order in which they were written, starts before ends.
    pub(crate) dropped: Vec<Dropped>,
    /// Reports that are left for the next look.
    pub(crate) left: usize,
    /// Files that were no reports and were removed.
    pub(crate) refused: u64,
    /// Why the last of them was none.
    pub(crate) why: String,
}

impl Folder {
    /// A folder of this name.
    pub(crate) fn at(path: &Path) -> Folder {
        Folder {
            path: path.to_owned(),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// It cannot be made, or belongs to somebody else.
    pub(crate) fn make(&self) -> io::Result<()> {
        if let Some(parent) = self.path.parent().filter(|parent| !parent.exists()) {
            fs::create_dir_all(parent)?;
            host::open_to_passers(parent)?;
        }
        match fs::create_dir(&self.path) {
            Ok(()) => host::open_to_writers(&self.path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                host::own_folder(&self.path)
            }
            Err(error) => Err(error),
        }
    }

    /// Leaves a report, whole or not at all.
    ///
    /// # Errors
    /// The folder is not there, or full, or not open to this user.
    pub(crate) fn leave(&self, report: &Report) -> io::Result<()> {
        // Nobody else can have made or guessed this name.
        let name = Uuid::new_v4();
        let begun = self.path.join(format!(".{name}"));
        let kind = match report.what {
            What::Started { .. } => "start",
            What::Ended(_) => "end",
        };
        let written = write_new(&begun, &report.to_bytes())
            .and_then(|()| fs::rename(&begun, self.path.join(format!("{name}.{kind}"))));
        if written.is_err() {
            let _ = fs::remove_file(&begun);
        }
        written
    }

    /// Reads at most `reports_max` reports that `is_new` has not seen, and removes what is
    /// none.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub(crate) fn look(
        &self,
        reports_max: usize,
        is_new: impl Fn(&str) -> bool,
    ) -> io::Result<Found> {
        let mut found = Found::default();
        let mut waiting = Vec::new();
        for entry in fs::read_dir(&self.path)?.take(NAMES_MAX) {
            let name = entry?.file_name();
            match name.to_str() {
                Some(name) if name.starts_with('.') => self.remove_unfinished(name),
                Some(name) if is_report(name) && !is_new(name) => {}
                Some(name) if is_report(name) => waiting.push(name.to_owned()),
                Some(_) | None => self.refuse(&name, "its name is none of a report", &mut found),
            }
        }
        let mut waiting: Vec<(i64, String)> = waiting
            .into_iter()
            .map(|name| (changed_wall_ms(&self.path.join(&name)), name))
            .collect();
        waiting.sort();
        found.left = waiting.len().saturating_sub(reports_max);
        for (_, name) in waiting.into_iter().take(reports_max) {
            match self.read(&name) {
                Ok(dropped) => found.dropped.push(dropped),
                Err(why) => self.refuse(name.as_ref(), &why, &mut found),
            }
        }
        let order = |dropped: &Dropped| {
            let is_end = matches!(dropped.report.what, What::Ended(_));
            (is_end, dropped.written_wall_ms)
        };
        found.dropped.sort_by_key(order);
        Ok(found)
    }

    /// Removes a report that is safe elsewhere.
    pub(crate) fn remove(&self, name: &str) {
        if let Err(error) = fs::remove_file(self.path.join(name))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the report of a job cannot be removed");
        }
    }

    fn read(&self, name: &str) -> Result<Dropped, String> {
        let file = host::open(&self.path.join(name)).map_err(|error| error.to_string())?;
        let facts = file.metadata().map_err(|error| error.to_string())?;
        if !facts.is_file() || host::has_other_names(&facts) {
            return Err("it is not a plain file of its own".to_owned());
        }
        let mut bytes = Vec::new();
        file.take(REPORT_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        if bytes.len() as u64 > REPORT_BYTES_MAX {
            return Err(format!("it is longer than {REPORT_BYTES_MAX} bytes"));
        }
        Ok(Dropped {
            name: name.to_owned(),
            owner: host::owner(&facts),
            written_wall_ms: host::changed_wall_ms(&facts),
            report: Report::from_bytes(&bytes)?,
        })
    }

    fn refuse(&self, name: &std::ffi::OsStr, why: &str, found: &mut Found) {
        let path = self.path.join(name);
        // A folder with something in it stays; it is as much in the way as an empty name.
        if fs::remove_file(&path).is_ok() || fs::remove_dir(&path).is_ok() {
            found.refused += 1;
            why.clone_into(&mut found.why);
        }
    }

    fn remove_unfinished(&self, name: &str) {
        let path = self.path.join(name);
        let age = fs::symlink_metadata(&path)
            .and_then(|facts| facts.modified())
            .ok()
            .and_then(|changed| SystemTime::now().duration_since(changed).ok());
        if age.is_some_and(|age| age > UNFINISHED_MAX) {
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
        }
    }
}

fn is_report(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(id, kind)| id.parse::<Uuid>().is_ok() && ["start", "end"].contains(&kind))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = options.open(path)?;
    // The agent is another user, and a job's umask may be anything.
    host::let_others_read(&file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn changed_wall_ms(path: &Path) -> i64 {
    fs::symlink_metadata(path).map_or(0, |facts| host::changed_wall_ms(&facts))
}
