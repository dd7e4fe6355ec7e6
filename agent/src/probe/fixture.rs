//! Makes up hosts for tests: a tree of small files, and programs that are scripts.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vedette_wire::{Event, Looked, metric};

use super::{Build, Notes, Probe, Surroundings, is_fit};

/// A made-up host; it is gone with this value.
pub(crate) struct Fixture(tempfile::TempDir);

impl Fixture {
    /// One file a line: `path = text`, where `\n` begins another line of the text;
    /// `path -> target` is a link.
    pub(crate) fn new(files: &str) -> Fixture {
        let fixture = Fixture(tempfile::tempdir().unwrap());
        fixture.add(files);
        fixture
    }

    pub(crate) fn add(&self, files: &str) {
        for line in files.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some((path, target)) = line.split_once(" -> ") {
                let path = self.path(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::os::unix::fs::symlink(target, path).unwrap();
                continue;
            }
            let (path, text) = line.split_once(" =").unwrap();
            let text = text.strip_prefix(' ').unwrap_or(text).replace("\\n", "\n");
            self.write(path, format!("{text}\n").as_bytes());
        }
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.path(path);
        match path.is_dir() {
            true => fs::remove_dir_all(path).unwrap(),
            false => fs::remove_file(path).unwrap(),
        }
    }

    /// A program of this host: what a shell does when it is run.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Another thread may be between fork and exec with this file open for writing:
        // the kernel runs no such file, but it runs the shell that reads it.
        fs::write(path.with_extension("sh"), script).unwrap();
        let runs = format!(
            "#!/bin/sh\nexec /bin/sh {} \"$@\"\n",
            path.with_extension("sh").display()
        );
        if fs::read_to_string(&path).ok().as_deref() != Some(&runs) {
            fs::write(&path, runs).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings::fixture(self.0.path())
    }

    pub(crate) fn probe(&self, build: Build) -> Box<dyn Probe> {
        build(&self.surroundings())
    }

    /// One look of a new probe.
    pub(crate) fn look(&self, build: Build) -> Seen {
        look(self.probe(build).as_mut())
    }
}

/// What one look saw.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) looked: Looked,
    /// `name attribute=text value`, a line each.
    pub(crate) samples: Vec<String>,
    pub(crate) events: Vec<Event>,
}

impl Seen {
    /// Whether one of the samples is this line.
    pub(crate) fn has(&self, sample: &str) -> bool {
        self.samples.iter().any(|line| line == sample)
    }

    /// All samples, a line each.
    pub(crate) fn text(&self) -> String {
        self.samples.join("\n")
    }

    /// Why the look was not complete; empty if it was.
    pub(crate) fn why(&self) -> &str {
        match &self.looked {
            Looked::Yes => "",
            Looked::Partly { why } | Looked::No { why } => why,
        }
    }
}

/// One look; every sample is checked against the table of metrics.
#[track_caller]
pub(crate) fn look(probe: &mut dyn Probe) -> Seen {
    let mut notes = Notes::default();
    let looked = probe.look(&mut notes);
    let (samples, events) = notes.into_parts();
    let samples = samples.into_iter().map(|sample| {
        let row = metric::find(&sample.name).unwrap();
        assert!((row.min..=row.max).contains(&sample.value), "{sample:?}");
        for (key, text) in &sample.attributes {
            let key = key.as_str();
            let is_known = row.attributes.contains(&key) || row.describing.contains(&key);
            assert!(is_known && is_fit(text), "{sample:?}");
        }
        let named = |key: &&str| sample.attributes.contains_key(*key);
        assert!(row.attributes.iter().all(named), "{sample:?}");
        let texts = sample.attributes.iter();
        let texts: String = texts.map(|(key, text)| format!(" {key}={text}")).collect();
        format!("{}{texts} {}", sample.name, sample.value)
    });
    Seen {
        looked,
        samples: samples.collect(),
        events,
    }
}

/// Where there is nothing to look at the probe has looked, has seen nothing, and looks again
/// after this pause.
#[track_caller]
pub(crate) fn sees_nothing(host: &Fixture, build: Build, every: Duration) {
    let mut probe = host.probe(build);
    let seen = look(probe.as_mut());
    assert_eq!((seen.looked, seen.samples.len()), (Looked::Yes, 0));
    assert_eq!(probe.every(), every);
}

/// Every file below a folder, for tests that spoil them.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

/// Puts bytes that nobody expects into one file of this host after the other; whatever
/// the probe then sees is a value the collector takes.
#[track_caller]
pub(crate) fn spoil(fixture: &Fixture, build: Build) {
    const RUBBISH: &[&[u8]] = &[
        b"",
        b"\n",
        b"-1\n",
        b"99999999999999999999\n",
        b"-99999999999999\n",
        b"9223372036854775807\n",
        b"nan\n",
        b"1 / 0\n",
        b"5 / 3\n",
        b"\xff\xfe\0\0",
        "\u{e4}\u{f6}\u{fc} \u{1f600}\n".as_bytes(),
        b"= = = : [] () [/] [1/] (F)\n",
        &[b'x'; 9_000],
        b"a\0b",
    ];
    for path in files_below(&fixture.path("")) {
        let healthy = fs::read(&path).unwrap();
        for rubbish in RUBBISH {
            fs::write(&path, rubbish).unwrap();
            let mut probe = fixture.probe(build);
            look(probe.as_mut());
            look(probe.as_mut());
        }
        fs::write(&path, healthy).unwrap();
    }
}
