//! Finds the files that make a policy.
//!
//! In: the path of `collector.toml`, or nothing; single files to look at instead. Out:
//! their texts. No file at all is a policy, too. Knows nothing of what they mean beyond
//! `[policy] dir`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vedette_config::{Document, Findings, Source, list_files, read_file, read_file_if_there};

use crate::settings::POLICY_DIR;

/// Where the settings are looked for when nobody says where.
const USUAL_PLACE: &str = "/etc/vedette/collector.toml";
/// The file of exceptions in the policy's directory.
const EXCEPTIONS: &str = "exceptions.toml";
/// Planned work in it.
const WINDOWS: &str = "windows.toml";
/// Alerts that explain others, and what is added to labels.
const INHIBITIONS: &str = "inhibitions.toml";
const ENRICHMENT: &str = "enrichment.toml";
/// Tables of places and services in it.
const HOSTS: &str = "hosts.csv";
const TOPOLOGY: &str = "topology.csv";
const SERVICES: &str = "services.csv";

/// The texts that make a policy.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `collector.toml`.
    pub collector: Option<Arc<Source>>,
    /// `rules/*.toml`, in order.
    pub rules: Vec<Arc<Source>>,
    /// `receivers/*.toml`, in order.
    pub receivers: Vec<Arc<Source>>,
    /// `exceptions.toml`.
    pub exceptions: Option<Arc<Source>>,
    /// `hosts.csv`.
    pub hosts: Option<Arc<Source>>,
    /// `topology.csv`.
    pub topology: Option<Arc<Source>>,
    /// `services.csv`.
    pub services: Option<Arc<Source>>,
    /// `windows.toml`.
    pub windows: Option<Arc<Source>>,
    /// `inhibitions.toml`.
    pub inhibitions: Option<Arc<Source>>,
    /// `enrichment.toml`.
    pub enrichment: Option<Arc<Source>>,
    /// The calendar `[site] holidays` names.
    pub holidays: Option<Arc<Source>>,
    /// Where rules, receivers and exceptions were looked for.
    pub dir: PathBuf,
}

impl Sources {
    /// Reads `collector.toml` (without a path: the usual one, which need not be there) and the
    /// directory it names.
    pub fn gather(config: Option<&Path>, findings: &mut Findings) -> Sources {
        Sources::with_files(config, &[], findings)
    }

    /// As [`Sources::gather`], and looks at single files as if they stood where they belong: a rule,
    /// a receiver's profile, exceptions, or another `collector.toml`. A folder among them is the
    /// policy directory.
    pub fn with_files(
        config: Option<&Path>,
        files: &[PathBuf],
        findings: &mut Findings,
    ) -> Sources {
        let read: Vec<(Belongs, Arc<Source>)> = files
            .iter()
            .filter(|path| !path.is_dir())
            .filter_map(|path| {
                let source = read_file(path, findings)?;
                Some((belongs(path, &source), source))
            })
            .collect();
        let folder = files.iter().find(|path| path.is_dir());
        let collector = read
            .iter()
            .find(|(place, _)| *place == Belongs::Collector)
            .map(|(_, source)| Arc::clone(source));
        let collector = match (collector, config) {
            (Some(source), _) => Some(source),
            (None, Some(path)) => read_file(path, findings),
            (None, None) => read_file_if_there(Path::new(USUAL_PLACE), findings),
        };
        let mut sources = Sources::beside(collector, folder.map(PathBuf::as_path), findings);
        for (place, source) in read {
            match place {
                Belongs::Collector => {}
                Belongs::Rules => put(&mut sources.rules, source),
                Belongs::Receivers => put(&mut sources.receivers, source),
                Belongs::Exceptions => sources.exceptions = Some(source),
                Belongs::Hosts => sources.hosts = Some(source),
                Belongs::Topology => sources.topology = Some(source),
                Belongs::Services => sources.services = Some(source),
                Belongs::Windows => sources.windows = Some(source),
                Belongs::Inhibitions => sources.inhibitions = Some(source),
                Belongs::Enrichment => sources.enrichment = Some(source),
                Belongs::Holidays => sources.holidays = Some(source),
            }
        }
        sources
    }

    /// The same number for the same texts under the same names.
    pub fn content_hash(&self) -> u64 {
        let single = [
            &self.collector,
            &self.exceptions,
            &self.hosts,
            &self.topology,
            &self.services,
            &self.windows,
            &self.inhibitions,
            &self.enrichment,
            &self.holidays,
        ];
        let mut hash = Fnv::default();
        let single = single.into_iter().flatten();
        for source in single.chain(&self.rules).chain(&self.receivers) {
            hash.take(source.name().as_bytes());
            hash.take(source.text().as_bytes());
        }
        hash.value()
    }

    /// What is in a policy directory, under a `collector.toml` at hand.
    pub fn of_folder(
        collector: Option<Arc<Source>>,
        folder: &Path,
        findings: &mut Findings,
    ) -> Sources {
        Sources::beside(collector, Some(folder), findings)
    }

    /// `folder`: the policy directory, instead of the one `collector.toml` names.
    fn beside(
        collector: Option<Arc<Source>>,
        folder: Option<&Path>,
        findings: &mut Findings,
    ) -> Sources {
        let dir = folder
            .map(Path::to_owned)
            .or_else(|| {
                collector
                    .as_ref()
                    .and_then(|source| setting(source, "policy", "dir"))
            })
            .unwrap_or_else(|| PathBuf::from(POLICY_DIR));
        let mut folder = |name: &str| -> Vec<Arc<Source>> {
            list_files(&dir.join(name), "toml", findings)
                .iter()
                .filter_map(|path| read_file(path, findings))
                .collect()
        };
        let rules = folder("rules");
        let receivers = folder("receivers");
        let mut file = |name: &str| read_file_if_there(&dir.join(name), findings);
        let exceptions = file(EXCEPTIONS);
        let [hosts, topology, services] = [HOSTS, TOPOLOGY, SERVICES].map(&mut file);
        let [windows, inhibitions, enrichment] = [WINDOWS, INHIBITIONS, ENRICHMENT].map(&mut file);
        let holidays = collector
            .as_ref()
            .and_then(|source| setting(source, "site", "holidays"));
        let holidays = holidays.and_then(|path| read_file(&dir.join(path), findings));
        Sources {
            collector,
            rules,
            receivers,
            exceptions,
            hosts,
            topology,
            services,
            windows,
            inhibitions,
            enrichment,
            holidays,
            dir,
        }
    }
}

/// FNV-1a 64 over texts one after the other: the same number on every machine and version.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        // What ends a text is no byte of any.
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

/// Where a single file belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    Collector,
    Rules,
    Receivers,
    Exceptions,
    Hosts,
    Topology,
    Services,
    Windows,
    Inhibitions,
    Enrichment,
    Holidays,
}

/// By its folder, else by its name or what is in it.
fn belongs(path: &Path, source: &Arc<Source>) -> Belongs {
    if path.extension().is_some_and(|extension| extension == "csv") {
        return table(path, source);
    }
    if path.extension().is_some_and(|extension| extension == "ics") {
        return Belongs::Holidays;
    }
    let folder = path.parent().and_then(Path::file_name);
    if folder.is_some_and(|name| name == "rules") {
        return Belongs::Rules;
    }
    if folder.is_some_and(|name| name == "receivers") {
        return Belongs::Receivers;
    }
    // What is not TOML is told when the file is read in earnest.
    let mut ignored = Findings::new();
    let Some(document) = Document::parse(source, &mut ignored) else {
        return Belongs::Collector;
    };
    document.read(&mut ignored, |top| {
        if top.has("rule") {
            Belongs::Rules
        } else if top.has("exception") {
            Belongs::Exceptions
        } else if top.has("window") {
            Belongs::Windows
        } else if top.has("inhibition") {
            Belongs::Inhibitions
        } else if top.has("enrichment") {
            Belongs::Enrichment
        } else if top.has("idempotency") || top.has("open") {
            Belongs::Receivers
        } else {
            Belongs::Collector
        }
    })
}

/// A table: by its name, else by the columns only one of them has.
fn table(path: &Path, source: &Arc<Source>) -> Belongs {
    match path.file_name().and_then(|name| name.to_str()) {
        Some(HOSTS) => return Belongs::Hosts,
        Some(TOPOLOGY) => return Belongs::Topology,
        Some(SERVICES) => return Belongs::Services,
        Some(_) | None => {}
    }
    let is_content = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let header = source.text().lines().find(is_content).unwrap_or("");
    let columns = header.split([',', ';', '\t']);
    let columns: Vec<&str> = columns
        .map(|name| name.trim_matches([' ', '"', '\r']))
        .collect();
    if columns.contains(&"plain_name") || !columns.contains(&"name") {
        Belongs::Services
    } else if columns.contains(&"kind") {
        Belongs::Topology
    } else {
        Belongs::Hosts
    }
}

/// A file given on its own stands for the one of the same name.
fn put(sources: &mut Vec<Arc<Source>>, source: Arc<Source>) {
    sources.retain(|known| known.name() != source.name());
    sources.push(source);
}

/// A path that must be known before anything else is read, such as `[policy] dir`.
fn setting(source: &Arc<Source>, table: &str, key: &str) -> Option<PathBuf> {
    // What is wrong is told when the file is read in earnest.
    let mut ignored = Findings::new();
    let document = Document::parse(source, &mut ignored)?;
    let path = document.read(&mut ignored, |top| {
        top.table(table, |table| table.optional::<String>(key))
    });
    path.flatten().map(PathBuf::from)
}
