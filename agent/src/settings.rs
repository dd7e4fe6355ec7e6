//! Keeps the settings in force, for everybody who depends on them, and where they are from.
//!
//! In: files, what the command line says instead, and the settings that replace others.
//! Out: [`InForce`], which each part holds and reads when it needs to know: a change is
//! seen whole or not at all. Knows nothing of what a setting is for.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use vedette_config::{AgentConfig, Findings};

/// Files below `agent.d` that are looked at for changes; the rest is read all the same when
/// somebody asks for it.
const FILES_WATCHED_MAX: usize = 256;

/// The settings in force, as one part of the agent sees them.
#[derive(Debug, Clone)]
pub struct InForce(watch::Receiver<Arc<AgentConfig>>);

/// Puts other settings in force.
#[derive(Debug)]
pub struct Replace(watch::Sender<Arc<AgentConfig>>);

/// These settings are in force until others replace them.
pub fn begin(config: AgentConfig) -> (Replace, InForce) {
    let (replace, in_force) = watch::channel(Arc::new(config));
    (Replace(replace), InForce(in_force))
}

impl InForce {
    /// Settings that nobody will replace.
    pub fn for_ever(config: AgentConfig) -> InForce {
        begin(config).1
    }

    /// What is in force now.
    pub fn now(&self) -> Arc<AgentConfig> {
        Arc::clone(&self.0.borrow())
    }

    /// Waits until others are in force than this part has seen, and gives them. Never ends
    /// when nobody can replace them any more.
    pub async fn changed(&mut self) -> Arc<AgentConfig> {
        match self.0.changed().await {
            Ok(()) => Arc::clone(&self.0.borrow_and_update()),
            Err(_) => std::future::pending().await,
        }
    }
}

impl Replace {
    /// What is in force now.
    pub fn now(&self) -> Arc<AgentConfig> {
        Arc::clone(&self.0.borrow())
    }

    /// From now on these are in force, for all parts at once.
    pub fn with(&self, config: AgentConfig) {
        self.0.send_replace(Arc::new(config));
    }
}

/// Where settings are from: a file and the folder beside it, and what the command line says
/// instead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origin {
    /// The file, if not the usual one.
    pub file: Option<PathBuf>,
    /// Collectors to report to instead, the first choice first; none: those of the file.
    pub urls: Vec<String>,
    /// The pause between rounds instead.
    pub interval: Option<Duration>,
}

/// What the files of an [`Origin`] look like from outside; another one means that somebody
/// has changed them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<(PathBuf, u64, Option<SystemTime>, u64)>);

impl Origin {
    /// The settings, and what is to be said about the files; no settings when there are
    /// errors.
    pub fn read(&self) -> (Option<AgentConfig>, Findings) {
        let (config, findings) = AgentConfig::read(self.file.as_deref());
        let config = config.map(|mut config| {
            if !self.urls.is_empty() {
                config.collector.urls.clone_from(&self.urls);
            }
            config.report.interval = self.interval.or(config.report.interval);
            config
        });
        (config, findings)
    }

    /// What the files look like now. A file that cannot be looked at counts as not there.
    pub fn fingerprint(&self) -> Fingerprint {
        let (file, folder) = AgentConfig::places(self.file.as_deref());
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut added: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .take(FILES_WATCHED_MAX)
            .collect();
        added.sort();
        let files = std::iter::once(file).chain(added);
        Fingerprint(files.filter_map(look).collect())
    }
}

fn look(path: PathBuf) -> Option<(PathBuf, u64, Option<SystemTime>, u64)> {
    let facts = fs::metadata(&path).ok()?;
    Some((path, facts.len(), facts.modified().ok(), number(&facts)))
}

/// A file that was replaced by renaming has another number.
#[cfg(unix)]
fn number(facts: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(facts)
}

#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    fn origin(dir: &Path) -> Origin {
        Origin {
            file: Some(dir.join("agent.toml")),
            ..Origin::default()
        }
    }

    #[test]
    fn the_command_line_wins_over_the_file_each_time_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("agent.toml");
        let origin = Origin {
            urls: vec!["http://one:9720".to_owned()],
            interval: Some(Duration::from_secs(1)),
            ..origin(dir.path())
        };
        for name in ["a", "b"] {
            let text = format!(
                "[collector]\nurls = [\"http://two:9720\"]\n[report]\ninterval = \"9s\"\n[host]\nname = \"{name}\"\n"
            );
            fs::write(&file, text).unwrap();
            let config = origin.read().0.unwrap();
            assert_eq!(config.collector.urls, ["http://one:9720"]);
            assert_eq!(config.report.interval, Some(Duration::from_secs(1)));
            assert_eq!(config.host.name.as_deref(), Some(name));
        }
    }

    #[test]
    fn every_way_to_change_a_file_is_seen_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let origin = origin(dir.path());
        fs::create_dir(path("agent.d")).unwrap();
        let steps: [(&str, &dyn Fn()); 7] = [
            ("made", &|| fs::write(path("agent.toml"), "#").unwrap()),
            ("grown", &|| fs::write(path("agent.toml"), "##").unwrap()),
            ("replaced by one as long", &|| {
                fs::write(path("new"), "#!").unwrap();
                fs::rename(path("new"), path("agent.toml")).unwrap();
            }),
            ("added", &|| fs::write(path("agent.d/a.toml"), "").unwrap()),
            ("renamed", &|| {
                fs::rename(path("agent.d/a.toml"), path("agent.d/b.toml")).unwrap();
            }),
            ("taken away", &|| {
                fs::remove_file(path("agent.d/b.toml")).unwrap()
            }),
            ("all gone", &|| fs::remove_file(path("agent.toml")).unwrap()),
        ];
        for (what, step) in steps {
            let before = origin.fingerprint();
            assert_eq!(origin.fingerprint(), before, "before it was {what}");
            step();
            assert_ne!(origin.fingerprint(), before, "{what}");
        }
        let before = origin.fingerprint();
        fs::write(path("agent.d/README"), "not read").unwrap();
        assert_eq!(origin.fingerprint(), before);
    }

    #[tokio::test]
    async fn all_parts_see_a_change_once_and_whole() {
        let (replace, in_force) = begin(AgentConfig::default());
        let mut parts = [in_force.clone(), in_force];
        let mut other = AgentConfig::default();
        other.host.name = Some("erp".to_owned());
        replace.with(other.clone());
        for part in &mut parts {
            assert_eq!(*part.changed().await, other);
            assert_eq!(*part.now(), other);
            let again = tokio::time::timeout(Duration::ZERO, part.changed()).await;
            assert!(again.is_err(), "a change is told once");
        }
    }
}
