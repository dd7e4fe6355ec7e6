//! Keeps the recent events of one host: each counts once, for a day at most.
//!
//! In: events as they arrive, early or late. Out: those of a kind and a thing that match.
//! One that came late counts from when it came; what it had to say then is still news
//! (invariant 17).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::boots::Unmasked;
use super::liveness::Reboot;
use crate::detect::event_kind::{EventForm, REBOOT, Told};
use crate::detect::limits;
use crate::detect::window::Events;
use crate::{Labels, Matchers, Timestamp};

/// Attribute of a reboot: whether a goodbye preceded it.
const PLANNED: &str = "planned";
/// The same: whether the silence before it was an alert of its own.
const NOTICED: &str = "noticed";
/// A goodbye this long before a reboot announced it.
const ANNOUNCED_WITHIN: Duration = Duration::from_secs(3600);

/// The recent events of one host.
#[derive(Debug, Clone, Default)]
pub(super) struct EventLog {
    /// In order of arrival.
    kept: VecDeque<Kept>,
    /// Until when the effect of a kind of event on a thing is known to be over.
    settled: BTreeMap<(&'static str, Labels), Timestamp>,
}

#[derive(Debug, Clone)]
struct Kept {
    id: Arc<str>,
    /// Empty for one that is only remembered by its id.
    kind: Arc<str>,
    happened: Timestamp,
    /// When it came, if that was late.
    came: Option<Timestamp>,
    identity: Labels,
    attributes: Labels,
    times: u32,
    text: String,
}

/// When an event happened and came.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    pub(super) now: Timestamp,
    pub(super) happened: Timestamp,
    pub(super) late: bool,
}

/// Events of a kind about one thing.
pub(super) struct Matching<'a> {
    /// The newest.
    newest: &'a Kept,
    /// Those whose effect is not known to be over.
    lasting: Vec<&'a Kept>,
}

impl EventLog {
    /// Takes an event; one that is known, or older than a day, changes nothing.
    pub(super) fn take(&mut self, when: When, id: &str, told: &Told) {
        if self.is_known(id) || when.now.since(when.happened) > limits::EVENT_AGE_MAX {
            return;
        }
        self.settle(when.happened, told);
        let identity = EventForm::find(told.kind).map(|form| form.identity(&told.attributes));
        self.keep(
            when.now,
            Kept {
                id: Arc::from(id),
                kind: Arc::from(told.kind),
                happened: when.happened,
                came: when.late.then_some(when.now),
                identity: identity.unwrap_or_default(),
                attributes: told.attributes.clone(),
                times: told.times,
                text: told.text.clone(),
            },
        );
    }

    /// Takes a reboot; the boot id makes it this one.
    pub(super) fn reboots(&mut self, at: Timestamp, boot: &str, reboot: Reboot) {
        let (planned, noticed) = match reboot {
            Reboot::Planned => ("true", "false"),
            Reboot::Unplanned => ("false", "false"),
            Reboot::AfterSilence => ("false", "true"),
        };
        let told = Told {
            kind: REBOOT,
            attributes: [(NOTICED, noticed), (PLANNED, planned)]
                .into_iter()
                .collect(),
            times: 1,
            text: String::new(),
            settles: &[],
        };
        let when = When {
            now: at,
            happened: at,
            late: false,
        };
        self.take(when, &of_boot(boot), &told);
    }

    /// What was taken for a reboot was a copy that spoke: it is forgotten, and so is that the one we
    /// know seems to boot now that it speaks again.
    pub(super) fn never_rebooted(&mut self, now: Timestamp, unmasked: &Unmasked) {
        for boot in [&unmasked.other, &unmasked.ours] {
            let id = of_boot(boot);
            self.kept.retain(|kept| *kept.id != *id);
            self.remember(now, &id);
        }
    }

    /// A goodbye that came late, after the reboot it announced.
    pub(super) fn announced(&mut self, goodbye: Timestamp) {
        let reboot = self.kept.iter_mut().rev().find(|kept| {
            &*kept.kind == REBOOT
                && kept.happened >= goodbye
                && kept.happened.since(goodbye) <= ANNOUNCED_WITHIN
        });
        if let Some(reboot) = reboot {
            reboot.attributes = reboot.attributes.with(PLANNED, "true");
        }
    }

    /// Of an event that was told before a restart only its id is known: should it come again, it
    /// is the same.
    pub(super) fn remember(&mut self, now: Timestamp, id: &str) {
        if self.is_known(id) {
            return;
        }
        self.keep(
            now,
            Kept {
                id: Arc::from(id),
                kind: Arc::from(""),
                happened: now,
                came: None,
                identity: Labels::none(),
                attributes: Labels::none(),
                times: 0,
                text: String::new(),
            },
        );
    }

    /// Forgets events older than a day.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let is_recent = |at: Timestamp| now.since(at) <= limits::EVENT_AGE_MAX;
        self.kept.retain(|kept| is_recent(kept.counts_from()));
        self.settled.retain(|_, at| is_recent(*at));
    }

    /// Whether there are any of a kind.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.kept.iter().any(|kept| &*kept.kind == kind)
    }

    /// The things of which there are events of a kind that match, or whose effect is known to be
    /// over.
    pub(super) fn things(&self, kind: &str, matchers: &Matchers) -> BTreeSet<Labels> {
        self.kept
            .iter()
            .filter(|kept| kept.is(kind, matchers))
            .map(|kept| kept.identity.clone())
            .collect()
    }

    /// The events of a kind about one thing that match, if there are any.
    pub(super) fn matching(
        &self,
        kind: &str,
        matchers: &Matchers,
        thing: &Labels,
    ) -> Option<Matching<'_>> {
        let mut all: Vec<&Kept> = self
            .kept
            .iter()
            .filter(|kept| kept.identity == *thing && kept.is(kind, matchers))
            .collect();
        all.sort_by_key(|kept| kept.counts_from());
        let newest = *all.last()?;
        let settled = self.settled(kind, thing);
        all.retain(|kept| settled.is_none_or(|settled| settled < kept.happened));
        Some(Matching {
            newest,
            lasting: all,
        })
    }

    /// When the effect of this kind of event on a thing ended last, as far as is known.
    pub(super) fn settled(&self, kind: &str, thing: &Labels) -> Option<Timestamp> {
        let form = EventForm::find(kind)?;
        self.settled.get(&(form.kind, thing.clone())).copied()
    }

    fn settle(&mut self, at: Timestamp, told: &Told) {
        for kind in told.settles {
            let Some(form) = EventForm::find(kind) else {
                continue;
            };
            let key = (form.kind, form.identity(&told.attributes));
            if self.settled.len() >= limits::EVENTS_PER_HOST_MAX && !self.settled.contains_key(&key)
            {
                // The one that is over longest is of the least use.
                let oldest = self.settled.iter().min_by_key(|(_, at)| **at);
                if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                    self.settled.remove(&oldest);
                }
            }
            let settled = self.settled.entry(key).or_insert(at);
            *settled = at.max(*settled);
        }
    }

    fn is_known(&self, id: &str) -> bool {
        self.kept.iter().any(|kept| &*kept.id == id)
    }

    fn keep(&mut self, now: Timestamp, event: Kept) {
        self.forget(now);
        if self.kept.len() >= limits::EVENTS_PER_HOST_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(event);
    }
}

/// The id of the reboot into a boot.
fn of_boot(boot: &str) -> String {
    format!("{REBOOT}:{boot}")
}

impl Kept {
    fn counts_from(&self) -> Timestamp {
        self.came.unwrap_or(self.happened)
    }

    fn is(&self, kind: &str, matchers: &Matchers) -> bool {
        &*self.kind == kind && matchers.match_all(&self.attributes)
    }
}

impl<'a> Matching<'a> {
    /// The attributes of the newest.
    pub(super) fn attributes(&self) -> &'a Labels {
        &self.newest.attributes
    }

    /// The id of the newest.
    pub(super) fn id(&self) -> &'a str {
        &self.newest.id
    }

    /// The lines of the newest.
    pub(super) fn text(&self) -> &'a str {
        &self.newest.text
    }

    /// When the newest happened.
    pub(super) fn happened(&self) -> Timestamp {
        self.newest.happened
    }

    /// Whether the newest came late.
    pub(super) fn is_late(&self) -> bool {
        self.newest.came.is_some()
    }

    /// Whether the effect of all of them is known to be over.
    pub(super) fn is_over(&self) -> bool {
        self.lasting.is_empty()
    }
}

/// From which time on an event counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CountsFrom {
    /// When it came, if that was late.
    Came,
    /// When it happened.
    Happened,
}

/// These events, watched since then.
pub(super) fn counted(
    matching: Option<&Matching<'_>>,
    since: Option<Timestamp>,
    from: CountsFrom,
) -> Events {
    let lasting = matching.map_or(&[][..], |matching| &matching.lasting);
    let times = lasting.iter().map(|kept| match from {
        CountsFrom::Came => (kept.counts_from(), kept.times),
        CountsFrom::Happened => (kept.happened, kept.times),
    });
    Events::new(since, times.collect())
}
