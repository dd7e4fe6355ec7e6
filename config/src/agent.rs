//! Decides what an agent does: `agent.toml`, and what `agent.d/*.toml` adds to it.
//!
//! In: files. Out: every setting with its default filled in, or findings. Nothing
//! must be set. Knows nothing of whether the collector or the named files are there.

mod changes;
pub mod check;
mod job;
mod schedule;
mod settings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::Class;

pub use self::changes::{CHANGED_FILES_MAX, ChangesSettings};
pub use self::job::{JOB_NAME_BYTES_MAX, JOBS_MAX, JobSettings, START_WITHIN_DEFAULT, job_name};
pub use self::schedule::{CalendarMinute, Schedule};
use crate::file::{list_files, read_file, read_file_if_there};
use crate::finding::Findings;
use crate::size::Size;
use crate::source::Source;

/// Where the settings are looked for when nobody says where.
const USUAL_PLACE: &str = "/etc/vedette/agent.toml";
/// Pause between rounds of a server, and of what has not been told to be anything else.
const INTERVAL_SERVER: Duration = Duration::from_secs(15);
/// Pause between rounds of a workstation: it has a battery, and nobody is on call for it.
const INTERVAL_WORKSTATION: Duration = Duration::from_secs(60);

/// Everything that can be set for an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentConfig {
    /// Where to report to.
    pub collector: CollectorSettings,
    /// How often.
    pub report: ReportSettings,
    /// What this host is.
    pub host: HostSettings,
    /// What is kept while the collector is away.
    pub spool: SpoolSettings,
    /// Whose changes are told.
    pub changes: ChangesSettings,
    /// The jobs it waits for.
    pub jobs: Vec<JobSettings>,
    /// What it checks, in the order of the files.
    pub checks: Vec<check::CheckSettings>,
}

/// `[collector]`: where to report to, and how to be let in.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectorSettings {
    /// Base addresses without a slash at the end, the first choice first; at least one.
    pub urls: Vec<String>,
    /// A file that holds the agent's token and nothing else; an absolute path.
    pub token_file: Option<PathBuf>,
    /// Certificates (PEM) to trust besides those of the system; an absolute path.
    pub ca_file: Option<PathBuf>,
}

/// `[report]`: how often to look and report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSettings {
    /// The pause between rounds, if one was set; 1 s to 5 min. See
    /// [`AgentConfig::interval`].
    pub interval: Option<Duration>,
}

/// `[host]`: what this host is called and belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct HostSettings {
    /// Its name, if not the one the system gives.
    pub name: Option<String>,
    /// Server or workstation; to be guessed when it was not set.
    pub class: Option<Class>,
    /// Labels by name; none that the collector sets.
    pub labels: BTreeMap<String, String>,
}

/// `[spool]`: what is kept on disk while the collector is away.
#[derive(Debug, Clone, PartialEq)]
pub struct SpoolSettings {
    /// Where, if not in the agent's state directory; an absolute path.
    pub dir: Option<PathBuf>,
    /// The most it may take.
    pub bytes_max: Size,
    /// What is older is given up.
    pub age_max: Duration,
}

impl Default for AgentConfig {
    /// What an agent does that was told nothing. The only place with defaults.
    fn default() -> AgentConfig {
        AgentConfig {
            collector: CollectorSettings {
                urls: vec!["http://127.0.0.1:9720".to_owned()],
                token_file: None,
                ca_file: None,
            },
            report: ReportSettings { interval: None },
            host: HostSettings {
                name: None,
                class: None,
                labels: BTreeMap::new(),
            },
            spool: SpoolSettings {
                dir: None,
                bytes_max: Size::from_mib(32),
                age_max: Duration::from_secs(24 * 3_600),
            },
            changes: ChangesSettings::default(),
            jobs: Vec::new(),
            checks: Vec::new(),
        }
    }
}

impl AgentConfig {
    /// Reads `file`, then the files of the directory beside it that is called like it
    /// with `.d` instead of `.toml`, by name. Without `file`: `/etc/vedette/agent.toml`,
    /// which need not be there; a file that was asked for must be.
    ///
    /// `None` when there are errors; warnings come with settings.
    pub fn read(file: Option<&Path>) -> (Option<AgentConfig>, Findings) {
        let mut findings = Findings::new();
        let (path, folder) = AgentConfig::places(file);
        let main = match file {
            Some(path) => read_file(path, &mut findings),
            None => read_file_if_there(&path, &mut findings),
        };
        let added = list_files(&folder, "toml", &mut findings);
        let mut sources: Vec<Arc<Source>> = main.into_iter().collect();
        for path in added {
            sources.extend(read_file(&path, &mut findings));
        }
        settings::read(&sources, findings)
    }

    /// What [`AgentConfig::read`] reads: the file, and the directory of those that add to it.
    /// Whether they are there is not looked at.
    pub fn places(file: Option<&Path>) -> (PathBuf, PathBuf) {
        let path = file.unwrap_or(Path::new(USUAL_PLACE));
        (path.to_owned(), path.with_extension("d"))
    }

    /// As [`AgentConfig::read`], from texts at hand, in their order.
    pub fn from_sources(sources: &[Arc<Source>]) -> (Option<AgentConfig>, Findings) {
        settings::read(sources, Findings::new())
    }

    /// The pause between rounds on a host of this class.
    pub fn interval(&self, class: Class) -> Duration {
        self.report.interval.unwrap_or(match class {
            Class::Server => INTERVAL_SERVER,
            Class::Workstation => INTERVAL_WORKSTATION,
        })
    }
}
