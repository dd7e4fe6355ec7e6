//! Reads what others left in a folder: files of Prometheus' text format, as node_exporter's
//! textfile collector does.
//!
//! In: a folder's `*.prom`. Out: their series under their own names, with the file's name
//! as an attribute, and how old each file is. A file that is broken is critical and named
//! with its line; one that is stale, or has values nobody can keep, is a warning; all
//! others go on.
//!
//! Files are written beside and renamed, as everybody does who writes for node_exporter;
//! so names with another ending, or a dot in front, are somebody's unfinished work. Only
//! plain files are read: whoever may write here must not have other files read.

pub(super) mod exposition;

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use vedette_config::check::TextfileSettings;
use vedette_wire::{CheckState, Sample, limits, metric};

use self::exposition::{Series, parse};
use super::{Check, Found, Lane, Running, Tools};

/// Files read in one run.
const FILES_MAX: usize = 256;
/// Names looked at in one folder.
const NAMES_MAX: usize = 10_000;
/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Series of one folder; as many again are left to the rest of a round.
const SERIES_MAX: usize = limits::SAMPLES_PER_ROUND_MAX / 2;
/// Files named in what the check says; the rest is counted.
const NAMED_MAX: usize = 10;

/// A folder of drop-in files.
pub(super) struct Textfile {
    settings: TextfileSettings,
}

/// What one run has seen.
#[derive(Debug, Default)]
struct Seen {
    samples: Vec<Sample>,
    broken: Vec<String>,
    doubtful: Vec<String>,
    files: usize,
}

impl Textfile {
    pub(super) fn new(settings: TextfileSettings) -> Textfile {
        Textfile { settings }
    }
}

impl Check for Textfile {
    fn lane(&self) -> Lane {
        Lane::Blocking
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        let settings = self.settings.clone();
        Box::pin(async move {
            let work = move || look(&settings.folder, settings.stale_after, SystemTime::now());
            tools.block(work).await.unwrap_or_else(Found::unknown)
        })
    }
}

fn look(folder: &Path, stale_after: Duration, now: SystemTime) -> Found {
    let (names, left_out) = match list(folder) {
        Ok(listed) => listed,
        Err(error) => {
            return Found::unknown(format!("{} cannot be read: {error}", folder.display()));
        }
    };
    let mut seen = Seen::default();
    for path in names {
        seen.look(&path, stale_after, now);
    }
    if left_out > 0 {
        let why = format!("{left_out} files above {FILES_MAX} are not read");
        seen.broken.push(why);
    }
    seen.found()
}

/// The files to read, by name, and how many there are above the bound.
fn list(folder: &Path) -> io::Result<(Vec<PathBuf>, usize)> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)?.take(NAMES_MAX) {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        if name.ends_with(b".prom") && !name.starts_with(b".") {
            paths.push(path);
        }
    }
    paths.sort();
    let left_out = paths.len().saturating_sub(FILES_MAX);
    paths.truncate(FILES_MAX);
    Ok((paths, left_out))
}

impl Seen {
    fn look(&mut self, path: &Path, stale_after: Duration, now: SystemTime) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = &name.replace(char::is_control, "\u{fffd}");
        let name = &name[..name.floor_char_boundary(limits::VALUE_BYTES_MAX)];
        let (bytes, facts) = match read(path) {
            Ok(read) => read,
            // It was there a moment ago; its writer has taken it away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.broken.push(format!("{name}: {error}")),
        };
        self.files += 1;
        self.age(name, &facts, (stale_after, now));
        match parse(&bytes) {
            Ok(series) => self.take(name, series),
            Err(mistake) => {
                let (line, why) = (mistake.line, mistake.why);
                self.broken.push(format!("{name}:{line}: {why}"));
            }
        }
    }

    fn age(&mut self, name: &str, facts: &Metadata, (stale_after, now): (Duration, SystemTime)) {
        let Ok(written) = facts.modified() else {
            return;
        };
        // A file of the future is new: some clock was wrong.
        let age = now.duration_since(written).unwrap_or_default();
        self.samples.push(Sample {
            name: metric::TEXTFILE_AGE.to_owned(),
            attributes: [("file".to_owned(), name.to_owned())].into(),
            value: age.as_secs_f64(),
        });
        if age > stale_after {
            let (age, limit) = (age.as_secs(), stale_after.as_secs());
            let why = format!("{name}: stale, written {age} s ago and not within {limit} s");
            self.doubtful.push(why);
        }
    }

    fn take(&mut self, name: &str, series: Vec<Series>) {
        if self.samples.len() + series.len() > SERIES_MAX {
            let why = format!("{name}: it would be more than {SERIES_MAX} series together");
            return self.broken.push(why);
        }
        let is_fit = |one: &Series| one.labels.values().all(|text| is_fit(text));
        let unfit = series.iter().filter(|one| !is_fit(one)).count();
        if unfit > 0 {
            let most = limits::VALUE_BYTES_MAX;
            let why = "have a label with a control character or more than";
            self.doubtful
                .push(format!("{name}: {unfit} series {why} {most} bytes"));
        }
        let fit = series.into_iter().filter(is_fit);
        // What is not finite cannot be kept; a writer says so on purpose: not known now.
        let finite = fit.filter(|one| one.value.is_finite());
        self.samples.extend(finite.map(|one| {
            Sample {
                name: one.name,
                attributes: one
                    .labels
                    .into_iter()
                    .chain([("textfile".to_owned(), name.to_owned())])
                    .collect(),
                value: one.value,
            }
        }));
    }

    fn found(self) -> Found {
        let state = match (self.broken.is_empty(), self.doubtful.is_empty()) {
            (false, _) => CheckState::Critical,
            (true, false) => CheckState::Warning,
            (true, true) => CheckState::Ok,
        };
        let files = self.files;
        let wrong: Vec<String> = self.broken.into_iter().chain(self.doubtful).collect();
        let mut text = match wrong.len() {
            0 => format!("{files} files"),
            1 => wrong[0].clone(),
            count => format!("{count} things are wrong with {files} files"),
        };
        if wrong.len() > 1 {
            for line in wrong.iter().take(NAMED_MAX) {
                text.push('\n');
                text.push_str(line);
            }
            if wrong.len() > NAMED_MAX {
                text.push_str(&format!("\nand {} more", wrong.len() - NAMED_MAX));
            }
        }
        Found::of(state, text).with(self.samples)
    }
}

fn is_fit(text: &str) -> bool {
    text.len() <= limits::VALUE_BYTES_MAX && !text.contains(char::is_control)
}

/// The bytes of a plain file. What is longer than the bound is not read.
fn read(path: &Path) -> io::Result<(Vec<u8>, Metadata)> {
    let file = open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > FILE_BYTES_MAX {
        true => Err(io::Error::other(format!(
            "it is longer than {FILE_BYTES_MAX} bytes"
        ))),
        false => Ok((bytes, facts)),
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(all(test, unix))]
mod tests;
