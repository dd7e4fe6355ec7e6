//! Keeps what is known beside rules and receivers: places, planned work, days of work, what
//! is added to labels, which alerts explain others.
//!
//! In: texts, settings, the day. Out: what the core knows of each, and a number that changes
//! with them: on another day the same files mean other intervals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use vedette_config::{Findings, Source};
use vedette_triage::{Enrichment, Interval, OnCall, Policy, Timestamp, Topology, WorkingTime};

use crate::calendar::{Calendar, digest, holidays, working};
use crate::enrichment;
use crate::inhibition::{self, Explains};
use crate::label::KnownLabels;
use crate::oncall;
use crate::places;
use crate::settings::Settings;
use crate::sources::{Fnv, Sources};
use crate::window::{self, Planned};

/// What is known beside rules and receivers.
pub(crate) struct Known {
    topology: Topology,
    enrichments: Vec<Enrichment>,
    pub(crate) inhibitions: Vec<Explains>,
    pub(crate) windows: Vec<Planned>,
    working: WorkingTime,
    digests: BTreeMap<String, Vec<Timestamp>>,
    oncall: OnCall,
    pub(crate) labels: KnownLabels,
}

impl Known {
    pub(crate) fn read(
        sources: &Sources,
        settings: &Settings,
        calendar: &Calendar,
        findings: &mut Findings,
    ) -> Known {
        let topology = places::read(sources, settings, findings);
        let teams: Vec<&str> = settings
            .teams
            .iter()
            .map(|team| team.name.as_str())
            .collect();
        let (enrichments, labels) = read_if_there(&sources.enrichment, |source| {
            enrichment::read(source, &teams, findings)
        });
        for route in &settings.routes {
            labels.check_matchers(&route.matchers, findings);
        }
        for policy in &settings.escalations {
            let steps = policy.steps.iter().map(|step| &step.matchers);
            for matchers in steps.chain([&policy.matchers]) {
                labels.check_matchers(matchers, findings);
            }
        }
        let inhibitions = read_if_there(&sources.inhibitions, |source| {
            inhibition::read(source, &labels, findings)
        });
        let windows = read_if_there(&sources.windows, |source| {
            window::read(source, calendar, &labels, findings)
        });
        let holidays: BTreeSet<Date> = read_if_there(&sources.holidays, |source| {
            holidays::read(source, calendar, findings)
        });
        Known {
            topology,
            enrichments,
            inhibitions,
            windows,
            labels,
            working: working::intervals(settings.site.hours.as_ref(), &holidays, calendar),
            digests: digest::moments(settings, calendar),
            oncall: oncall::read(settings, &holidays, calendar, findings),
        }
    }

    /// A policy with all of it.
    pub(crate) fn put_into(self, policy: Policy) -> Policy {
        let windows = self.windows.into_iter().map(|planned| planned.window);
        let inhibitions = self.inhibitions.into_iter().map(|one| one.inhibition);
        Policy {
            topology: Arc::new(self.topology),
            enrichments: Arc::new(self.enrichments),
            windows: Arc::new(windows.collect()),
            inhibitions: Arc::new(inhibitions.collect()),
            working: Arc::new(self.working),
            digests: Arc::new(self.digests),
            oncall: Arc::new(self.oncall),
            ..policy
        }
    }

    /// The number of the files, and of the intervals that come of them.
    pub(crate) fn content_hash(&self, of_files: u64) -> u64 {
        let mut hash = Fnv::default();
        hash.take(&of_files.to_le_bytes());
        let windows = self.windows.iter().map(|planned| &planned.window.intervals);
        for intervals in windows.chain([&self.working.0]) {
            for Interval { starts_at, ends_at } in intervals {
                hash.take(&starts_at.as_millis().to_le_bytes());
                hash.take(&ends_at.as_millis().to_le_bytes());
            }
        }
        for shift in self.oncall.schedules.values().flat_map(|one| &one.shifts) {
            hash.take(&shift.when.starts_at.as_millis().to_le_bytes());
            hash.take(&shift.when.ends_at.as_millis().to_le_bytes());
        }
        for at in self.digests.values().flatten() {
            hash.take(&at.as_millis().to_le_bytes());
        }
        hash.value()
    }
}

/// What a file says; nothing where there is none.
pub(crate) fn read_if_there<T: Default>(
    source: &Option<Arc<Source>>,
    read: impl FnOnce(&Arc<Source>) -> T,
) -> T {
    source.as_ref().map(read).unwrap_or_default()
}
