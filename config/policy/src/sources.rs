//! Finds the files that make a policy.
//!
//! In: the path of `collector.toml`, or nothing; single files to look at instead. Out:
//! their texts. No file at all is a policy, too. Knows nothing of what they mean beyond
//! `[policy] dir`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
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

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadAs {
    /// `collector.toml`.
    Collector,
    /// One of `rules/`.
    Rules,
    /// One of `receivers/`.
    Receivers,
    /// `exceptions.toml`.
    Exceptions,
    /// Exceptions that people made.
    MadeExceptions,
    /// `hosts.csv`.
    Hosts,
    /// `topology.csv`.
    Topology,
    /// `services.csv`.
    Services,
    /// `windows.toml`.
    Windows,
    /// `inhibitions.toml`.
    Inhibitions,
    /// `enrichment.toml`.
    Enrichment,
    /// The calendar of holidays.
    Holidays,
}

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
    /// Exceptions that people made with the command; they lie with the collector's state.
    pub made_exceptions: Option<Arc<Source>>,
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
        let read: Vec<(ReadAs, Arc<Source>)> = files
            .iter()
            .filter(|path| !path.is_dir())
            .filter_map(|path| {
                let source = read_file(path, findings)?;
                Some((read_as(path, &source), source))
            })
            .collect();
        let folder = files.iter().find(|path| path.is_dir());
        let collector = read
            .iter()
            .find(|(read_as, _)| *read_as == ReadAs::Collector)
            .map(|(_, source)| Arc::clone(source));
        let collector = match (collector, config) {
            (Some(source), _) => Some(source),
            (None, Some(path)) => read_file(path, findings),
            (None, None) => read_file_if_there(Path::new(USUAL_PLACE), findings),
        };
        let mut sources = Sources::beside(collector, folder.map(PathBuf::as_path), findings);
        // Which `collector.toml` it is was decided above.
        let others = read
            .into_iter()
            .filter(|(read_as, _)| *read_as != ReadAs::Collector);
        for (read_as, source) in others {
            sources.put(read_as, source);
        }
        sources
    }

    /// Every text, with what it is read as; rules and receivers in order.
    pub(crate) fn each(&self) -> impl Iterator<Item = (ReadAs, &Arc<Source>)> {
        // By name: a kind of file that is added is one here, too.
        let Sources {
            collector,
            rules,
            receivers,
            exceptions,
            made_exceptions,
            hosts,
            topology,
            services,
            windows,
            inhibitions,
            enrichment,
            holidays,
            dir: _,
        } = self;
        let single = [
            (ReadAs::Collector, collector),
            (ReadAs::Exceptions, exceptions),
            (ReadAs::MadeExceptions, made_exceptions),
            (ReadAs::Hosts, hosts),
            (ReadAs::Topology, topology),
            (ReadAs::Services, services),
            (ReadAs::Windows, windows),
            (ReadAs::Inhibitions, inhibitions),
            (ReadAs::Enrichment, enrichment),
            (ReadAs::Holidays, holidays),
        ];
        let single = single
            .into_iter()
            .filter_map(|(read_as, source)| Some((read_as, source.as_ref()?)));
        let rules = rules.iter().map(|source| (ReadAs::Rules, source));
        let receivers = receivers.iter().map(|source| (ReadAs::Receivers, source));
        single.chain(rules).chain(receivers)
    }

    /// Takes a text as what it is read as, instead of one that stands there.
    pub(crate) fn put(&mut self, read_as: ReadAs, source: Arc<Source>) {
        let place = match read_as {
            ReadAs::Rules => return put(&mut self.rules, source),
            ReadAs::Receivers => return put(&mut self.receivers, source),
            ReadAs::Collector => &mut self.collector,
            ReadAs::Exceptions => &mut self.exceptions,
            ReadAs::MadeExceptions => &mut self.made_exceptions,
            ReadAs::Hosts => &mut self.hosts,
            ReadAs::Topology => &mut self.topology,
            ReadAs::Services => &mut self.services,
            ReadAs::Windows => &mut self.windows,
            ReadAs::Inhibitions => &mut self.inhibitions,
            ReadAs::Enrichment => &mut self.enrichment,
            ReadAs::Holidays => &mut self.holidays,
        };
        *place = Some(source);
    }

    /// The same number for the same texts under the same names.
    pub fn content_hash(&self) -> u64 {
        let mut hash = Fnv::default();
        for (_, source) in self.each() {
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
            made_exceptions: None,
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

    /// And these exceptions that people made, if that file is there.
    #[must_use]
    pub fn and_made(mut self, file: &Path, findings: &mut Findings) -> Sources {
        self.made_exceptions = read_file_if_there(file, findings);
        self
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

/// By its folder, else by its name or what is in it.
fn read_as(path: &Path, source: &Arc<Source>) -> ReadAs {
    if path.extension().is_some_and(|extension| extension == "csv") {
        return table(path, source);
    }
    if path.extension().is_some_and(|extension| extension == "ics") {
        return ReadAs::Holidays;
    }
    let folder = path.parent().and_then(Path::file_name);
    if folder.is_some_and(|name| name == "rules") {
        return ReadAs::Rules;
    }
    if folder.is_some_and(|name| name == "receivers") {
        return ReadAs::Receivers;
    }
    // What is not TOML is told when the file is read in earnest.
    let mut ignored = Findings::new();
    let Some(document) = Document::parse(source, &mut ignored) else {
        return ReadAs::Collector;
    };
    document.read(&mut ignored, |top| {
        if top.has("rule") {
            ReadAs::Rules
        } else if top.has("exception") {
            ReadAs::Exceptions
        } else if top.has("window") {
            ReadAs::Windows
        } else if top.has("inhibition") {
            ReadAs::Inhibitions
        } else if top.has("enrichment") {
            ReadAs::Enrichment
        } else if top.has("idempotency") || top.has("open") {
            ReadAs::Receivers
        } else {
            ReadAs::Collector
        }
    })
}

/// A table: by its name, else by the columns only one of them has.
fn table(path: &Path, source: &Arc<Source>) -> ReadAs {
    match path.file_name().and_then(|name| name.to_str()) {
        Some(HOSTS) => return ReadAs::Hosts,
        Some(TOPOLOGY) => return ReadAs::Topology,
        Some(SERVICES) => return ReadAs::Services,
        Some(_) | None => {}
    }
    let is_content = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let header = source.text().lines().find(is_content).unwrap_or("");
    let columns = header.split([',', ';', '\t']);
    let columns: Vec<&str> = columns
        .map(|name| name.trim_matches([' ', '"', '\r']))
        .collect();
    if columns.contains(&"plain_name") || !columns.contains(&"name") {
        ReadAs::Services
    } else if columns.contains(&"kind") {
        ReadAs::Topology
    } else {
        ReadAs::Hosts
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
