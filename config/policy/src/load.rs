//! Joins everything that was read into the policy the core decides by.
//!
//! In: texts, and the day. Out: a [`Loaded`] policy, or findings that say why there is
//! none: all of them at once. Changes nothing; whoever loads keeps the policy in force
//! when there are errors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use vedette_config::{Code, Document, Finding, Findings, Source, quoted};
use vedette_triage::detect::RuleSet;
use vedette_triage::{Policy, Revision};

use crate::calendar::Calendar;
use crate::depends::{self, DependsOn};
use crate::exception::{self, Around, ByRule};
use crate::inhibition::Explains;
use crate::known::{Known, read_if_there};
use crate::profile::{self, Profile};
use crate::rule::{self, Compiled, Written, compile};
use crate::settings::{Settings, TeamSettings};
use crate::shipped;
use crate::sources::Sources;
use crate::text::{Titles, TitlesBuilder};
use crate::window::Planned;
use crate::wiring;

/// How long an agent that stops or is upgraded may take (invariant 6).
const AGENT_GRACE: Duration = Duration::from_secs(5 * 60);

/// A policy, and what the shell needs beside it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What `collector.toml` says.
    pub settings: Settings,
    /// What the core decides by. Its revision is 0 and its installation empty until the shell
    /// numbers it: see [`Loaded::numbered`].
    pub policy: Policy,
    /// What alerts say.
    pub titles: Titles,
    /// How receivers are spoken to, by name: the shipped ones and those of `receivers/`.
    pub profiles: BTreeMap<String, Arc<Profile>>,
    /// The texts it was made of.
    pub sources: Sources,
    /// The same number as long as no file has changed, and what comes of its dates is the same.
    pub content_hash: u64,
    /// Where rules, receivers and exceptions were looked for.
    pub dir: PathBuf,
    /// The rules as they are written, in the order they are looked at.
    pub(crate) rules: Vec<Written>,
    /// Windows, with what is told of them.
    pub(crate) windows: Vec<Planned>,
    /// Inhibitions, with why they are there.
    pub(crate) inhibitions: Vec<Explains>,
}

/// Reads `collector.toml` (without a path: `/etc/vedette/collector.toml`, which need not be there)
/// and the policy directory it names. `today` is the day exceptions are measured by.
///
/// `None` when there are errors; warnings come with a policy.
pub fn read(config: Option<&Path>, today: Date) -> (Option<Loaded>, Findings) {
    let mut findings = Findings::new();
    let sources = Sources::gather(config, &mut findings);
    load(&sources, today, findings)
}

/// As [`read`], with the exceptions that people made.
pub fn read_with(
    config: Option<&Path>,
    made_exceptions: &Path,
    today: Date,
) -> (Option<Loaded>, Findings) {
    let mut findings = Findings::new();
    let sources = Sources::gather(config, &mut findings);
    let sources = sources.and_made(made_exceptions, &mut findings);
    load(&sources, today, findings)
}

/// What is wrong with exceptions that somebody wants to make, as it would be said of a file; the
/// files themselves are not judged.
pub fn judge_exceptions(config: Option<&Path>, wanted: &str, today: Date) -> Vec<String> {
    let mut findings = Findings::new();
    let sources = Sources {
        exceptions: Some(Source::new(WANTED, wanted)),
        ..Sources::gather(config, &mut findings)
    };
    let (_, findings) = load(&sources, today, findings);
    let of_wanted = |finding: &&&Finding| {
        let place = finding.place();
        place.is_some_and(|place| place.file() == WANTED)
    };
    let all = findings.sorted();
    let of_wanted = all.iter().filter(of_wanted);
    let said = of_wanted.map(|finding| match &finding.help {
        Some(help) => format!("{} ({help})", finding.message),
        None => finding.message.clone(),
    });
    said.collect()
}

/// How findings call what somebody wants.
const WANTED: &str = "exception";

/// Who can answer for an exception: people and teams; nobody is named where nobody is configured.
fn owners(settings: &Settings) -> BTreeSet<String> {
    if settings.people.is_empty() {
        return BTreeSet::new();
    }
    let people = settings.people.iter().map(|person| &person.name);
    let teams = settings.teams.iter().map(|team| &team.name);
    people.chain(teams).cloned().collect()
}

/// As [`read`], from texts at hand, on top of what was found while gathering them.
pub fn load(sources: &Sources, today: Date, mut findings: Findings) -> (Option<Loaded>, Findings) {
    let profiles = profiles(sources, &mut findings);
    let settings = settings(sources, &profiles, &mut findings);
    wiring::check(&settings, &mut findings);
    let calendar = Calendar {
        today,
        zone: settings.time_zone(),
        owners: owners(&settings),
    };
    let known = Known::read(sources, &settings, &calendar, &mut findings);
    let rules = rules(sources, &mut findings);
    let exceptions = read_if_there(&sources.exceptions, |source| {
        let around = Around {
            rules: &rules,
            calendar: &calendar,
            labels: &known.labels,
        };
        exception::read(source, around, &mut findings)
    });
    let mut exceptions = exceptions;
    read_if_there(&sources.made_exceptions, |source| {
        let around = Around {
            rules: &rules,
            calendar: &calendar,
            labels: &known.labels,
        };
        exception::add_made(&mut exceptions, source, around, &mut findings);
    });
    let mut titles = TitlesBuilder::new();
    rule::texts(&mut titles);
    let compiled: Vec<Compiled> = rules
        .iter()
        .filter_map(|rule| compile(rule, &mut titles, &mut findings))
        .collect();
    let renamed = renamed(&rules, &mut findings);
    let across = Across {
        depends_on: depends::read(&rules, &renamed, &mut findings),
        renamed,
        exceptions,
    };
    let policy = policy(&settings, compiled, across, &mut findings);
    let loaded = match policy {
        Some(policy) if !findings.has_errors() => Some(Loaded {
            settings,
            content_hash: known.content_hash(sources.content_hash()),
            windows: known.windows.clone(),
            inhibitions: known.inhibitions.clone(),
            policy: known.put_into(policy),
            titles: titles.build(),
            profiles,
            sources: sources.clone(),
            dir: sources.dir.clone(),
            rules,
        }),
        Some(_) | None => None,
    };
    (loaded, findings)
}

impl Loaded {
    /// The policy under its number, for this installation (its name in ticket keys).
    pub fn numbered(&self, revision: Revision, installation: &str) -> Policy {
        Policy {
            revision,
            installation: installation.to_owned(),
            ..self.policy.clone()
        }
    }
}

fn profiles(sources: &Sources, findings: &mut Findings) -> BTreeMap<String, Arc<Profile>> {
    let mut profiles = profile::shipped(findings);
    for source in &sources.receivers {
        if let Some(profile) = Profile::read(source, findings) {
            profiles.insert(profile.name.clone(), Arc::new(profile));
        }
    }
    profiles
}

fn settings(
    sources: &Sources,
    profiles: &BTreeMap<String, Arc<Profile>>,
    findings: &mut Findings,
) -> Settings {
    let document = sources
        .collector
        .as_ref()
        .and_then(|source| Document::parse(source, findings));
    match document {
        Some(document) => document.read(findings, |top| Settings::read(top, profiles)),
        None => Settings::default(),
    }
}

/// The shipped rules, each replaced by a file's of the same name, then what files add.
fn rules(sources: &Sources, findings: &mut Findings) -> Vec<Written> {
    let mut rules: Vec<Written> = shipped::rules()
        .flat_map(|source| rule::read_file(&source, true, findings))
        .collect();
    for source in &sources.rules {
        for rule in rule::read_file(source, false, findings) {
            if rule::is_builtin(&rule.name.value) {
                let message = format!("rule {} belongs to the program", quoted(&rule.name.value));
                findings.push(
                    Finding::error(Code::ReservedName, message)
                        .at(&rule.name.place, "")
                        .help("give it another name"),
                );
                continue;
            }
            let known = rules
                .iter_mut()
                .find(|known| known.name.value == rule.name.value);
            match known {
                Some(known) if known.is_shipped => *known = rule,
                Some(known) => findings.push(
                    Finding::error(
                        Code::DuplicateName,
                        format!("two rules are called {}", quoted(&rule.name.value)),
                    )
                    .at(&rule.name.place, "named again here")
                    .at(&known.name.place, "named first here")
                    .help("rename or remove one of them"),
                ),
                None => rules.push(rule),
            }
        }
    }
    rules
}

/// Former names of rules -> names now.
fn renamed(rules: &[Written], findings: &mut Findings) -> BTreeMap<Arc<str>, Arc<str>> {
    let mut renamed: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    for rule in rules {
        let Some(was) = &rule.was else { continue };
        let message = format!("{} is not a former name", quoted(&was.value));
        let finding = Finding::error(Code::DuplicateName, message).at(&was.place, "");
        if let Some(other) = rules.iter().find(|other| other.name.value == was.value) {
            findings.push(finding.at(&other.name.place, "this rule is called so now"));
        } else if renamed
            .insert(was.value.as_str().into(), rule.name.value.as_str().into())
            .is_some()
        {
            findings.push(finding.help("another rule says that it was called so"));
        }
    }
    renamed
}

/// What is set in rules once all are known.
struct Across {
    renamed: BTreeMap<Arc<str>, Arc<str>>,
    depends_on: DependsOn,
    exceptions: ByRule,
}

fn policy(
    settings: &Settings,
    compiled: Vec<Compiled>,
    mut across: Across,
    findings: &mut Findings,
) -> Option<Policy> {
    let mut metas: BTreeMap<_, _> = rule::metas()
        .map(|meta| (Arc::clone(&meta.name), meta))
        .collect();
    let mut detection = Vec::new();
    for Compiled { mut rule, mut meta } in compiled {
        rule.exceptions = across.exceptions.remove(&*rule.name).unwrap_or_default();
        meta.depends_on = across.depends_on.remove(&*rule.name).unwrap_or_default();
        rule.depends_on.clone_from(&meta.depends_on);
        metas.insert(Arc::clone(&meta.name), meta);
        detection.push(rule);
    }
    let close_delay = settings.timers.close_delay;
    let gone_after = settings.other_timers.gone_after;
    let detection = match RuleSet::new(detection, close_delay, gone_after) {
        Ok(detection) => detection,
        // What is wrong with one rule was said with its place; this is about all together.
        Err(fault) => {
            findings.push(Finding::error(Code::TooLarge, fault.to_string()));
            return None;
        }
    };
    Some(Policy {
        revision: Revision(0),
        installation: String::new(),
        mode: settings.mode,
        teams: settings.teams.iter().map(|team| team.to_team()).collect(),
        receivers: settings
            .receivers
            .iter()
            .map(|receiver| (receiver.name.value.clone(), receiver.to_receiver()))
            .collect(),
        routes: settings
            .routes
            .iter()
            .map(|route| route.to_route())
            .collect(),
        timers: settings.timers.clone(),
        matrix: settings.matrix.clone(),
        bounds: settings.bounds,
        resolve_timeout: settings.resolve_timeout,
        reboot_grace: settings.other_timers.reboot_grace,
        agent_grace: AGENT_GRACE,
        wait_at_most: settings.other_timers.wait_at_most,
        rules: metas,
        renamed: across.renamed,
        detection: Arc::new(detection),
        flapping: settings.flapping,
        rollup: settings.rollup.clone(),
        persons: settings
            .people
            .iter()
            .map(|person| (person.name.clone(), person.team.value.clone()))
            .collect(),
        leads: leads(&settings.teams),
        ..Policy::default()
    })
}

/// By which receivers the lead of each team is told, where it has one.
fn leads(teams: &[TeamSettings]) -> BTreeMap<String, Vec<String>> {
    let names = |team: &TeamSettings| team.lead.iter().map(|lead| lead.value.clone()).collect();
    let with_lead = teams.iter().filter(|team| !team.lead.is_empty());
    with_lead
        .map(|team| (team.name.clone(), names(team)))
        .collect()
}
