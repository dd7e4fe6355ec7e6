//! Looks at a file: whether it is there, how old it is, how large.

use std::fs::Metadata;
use std::io;
use std::time::{Duration, SystemTime};

use vedette_config::check::FileSettings;
use vedette_config::{Size, duration};
use vedette_wire::CheckState;

use super::{Check, Found, Lane, Running, Subject, Tools};

pub(super) struct File(FileSettings);

impl File {
    pub(super) fn new(settings: FileSettings) -> File {
        File(settings)
    }
}

impl Check for File {
    fn lane(&self) -> Lane {
        Lane::Blocking
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        let path = self.0.path.clone();
        Box::pin(async move {
            match tools.block(move || std::fs::metadata(path)).await {
                Ok(found) => judge(&self.0, found, SystemTime::now(), &tools.subject),
                Err(why) => Found::unknown(why),
            }
        })
    }

    fn too_late(&self, within: Duration) -> Found {
        let path = self.0.path.display();
        Found::unknown(format!(
            "{path} does not answer within {within:?}: what it lies on may be stuck"
        ))
    }
}

fn judge(
    settings: &FileSettings,
    found: io::Result<Metadata>,
    now: SystemTime,
    subject: &Subject,
) -> Found {
    let path = settings.path.display();
    let metadata = match (found, settings.exists) {
        (Ok(_), false) => return Found::critical(format!("{path} is there")),
        (Ok(metadata), true) => metadata,
        (Err(error), false) if error.kind() == io::ErrorKind::NotFound => {
            return Found::ok(format!("{path} is not there"));
        }
        (Err(error), true) if error.kind() == io::ErrorKind::NotFound => {
            return Found::critical(format!("{path} is not there"));
        }
        (Err(error), _) => return Found::unknown(format!("{path} cannot be looked at: {error}")),
    };
    // A file from the future is as new as can be; the clock may have been put back.
    let written = metadata.modified().unwrap_or(now);
    let age = now.duration_since(written).unwrap_or_default();
    let size = metadata.len();
    let (state, why) = verdict(settings, age, size);
    let shown = duration::show(Duration::from_secs(age.as_secs()));
    let mut text = format!(
        "{path} was written {shown} ago and has {}",
        Size::from_bytes(size)
    );
    if let Some(why) = why {
        text.push_str(&format!(": {why}"));
    }
    // Exact up to 2^53 bytes.
    #[allow(clippy::cast_precision_loss)]
    let bytes = size as f64;
    Found::of(state, text).with([
        subject.value("age", "s", age.as_secs_f64()),
        subject.value("size", "B", bytes),
    ])
}

fn verdict(settings: &FileSettings, age: Duration, size: u64) -> (CheckState, Option<String>) {
    let size_min = settings.size_min.filter(|least| size < least.bytes);
    let size_max = settings.size_max.filter(|most| size > most.bytes);
    let is_older = |most: &Duration| age > *most;
    if let Some(most) = settings.age_critical.filter(is_older) {
        let why = format!("older than {}", duration::show(most));
        (CheckState::Critical, Some(why))
    } else if let Some(least) = size_min {
        (CheckState::Critical, Some(format!("smaller than {least}")))
    } else if let Some(most) = size_max {
        (CheckState::Critical, Some(format!("larger than {most}")))
    } else if let Some(most) = settings.age_warning.filter(is_older) {
        let why = format!("older than {}", duration::show(most));
        (CheckState::Warning, Some(why))
    } else {
        (CheckState::Ok, None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_file_is_judged_by_its_age_and_size() {
        // (change, age, state, part of the text)
        type Change = fn(&mut FileSettings);
        let cases: [(Change, Duration, CheckState, &str); 6] = [
            (|_| {}, HOUR, CheckState::Ok, "1h ago"),
            (
                |file| file.age_warning = Some(HOUR),
                HOUR * 2,
                CheckState::Warning,
                "older than 1h",
            ),
            (
                |file| {
                    file.age_warning = Some(HOUR);
                    file.age_critical = Some(HOUR * 2);
                },
                HOUR * 3,
                CheckState::Critical,
                "older than 2h",
            ),
            (
                |file| file.size_min = Some(Size::from_bytes(6)),
                HOUR,
                CheckState::Critical,
                "smaller than 6B",
            ),
            (
                |file| file.size_max = Some(Size::from_bytes(4)),
                HOUR,
                CheckState::Critical,
                "larger than 4B",
            ),
            (
                |file| file.exists = false,
                HOUR,
                CheckState::Critical,
                "is there",
            ),
        ];
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dump");
        std::fs::write(&path, "12345").unwrap();
        for (change, age, state, part) in cases {
            let mut settings = settings(&path);
            change(&mut settings);
            let metadata = std::fs::metadata(&path).unwrap();
            let now = metadata.modified().unwrap() + age;
            let found = judge(&settings, Ok(metadata), now, &subject());
            assert_eq!(found.state, state, "{}", found.text);
            assert!(found.text.contains(part), "{}", found.text);
        }
    }

    #[test]
    fn a_file_from_the_future_is_new() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dump");
        std::fs::write(&path, "").unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        let before = metadata.modified().unwrap() - HOUR;
        let found = judge(&settings(&path), Ok(metadata), before, &subject());
        assert_eq!((found.state, found.samples[0].value), (CheckState::Ok, 0.0));
    }

    #[test]
    fn a_file_that_is_not_there_is_not_one_that_cannot_be_looked_at() {
        let path = Path::new("/nowhere/dump");
        let gone = |kind| {
            judge(
                &settings(path),
                Err(io::Error::from(kind)),
                SystemTime::now(),
                &subject(),
            )
        };
        assert_eq!(gone(io::ErrorKind::NotFound).state, CheckState::Critical);
        assert_eq!(
            gone(io::ErrorKind::PermissionDenied).state,
            CheckState::Unknown
        );
        let mut unwanted = settings(path);
        unwanted.exists = false;
        let error = Err(io::Error::from(io::ErrorKind::NotFound));
        let found = judge(&unwanted, error, SystemTime::now(), &subject());
        assert_eq!(found.state, CheckState::Ok);
    }

    fn settings(path: &Path) -> FileSettings {
        FileSettings {
            path: path.to_owned(),
            exists: true,
            age_warning: None,
            age_critical: None,
            size_min: None,
            size_max: None,
        }
    }

    fn subject() -> Subject {
        Subject {
            check: "dump".to_owned(),
            about: None,
        }
    }
}
