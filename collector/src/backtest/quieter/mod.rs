//! Searches for the change of a rule that would have avoided most tickets without missing one that
//! mattered.
//!
//! In: a rule, what was measured, what people did something about. Out: a [`Quieter`]: the change
//! and what it comes to, or that there is none, or why none could be tried. Tried are the rule's own
//! parameters, a bounded list of steps of each, everywhere; the same only where most of its tickets
//! come from; and no such rule there at all, if that alone does most ([`candidates`]).
//!
//! A change is good that avoids tickets, opens none, and misses none: see
//! [`account`](super::account). The best avoids most; of those that avoid as many, the narrowest and
//! smallest. Bounded: the rule as it is looks at every host, changes only at those where it found
//! something, [`AT_ONCE`] of them at a time, and whoever asks says when it takes too long.
//!
//! For whoever tells people of noise: the digest now, a report later. Decides nothing; sends nothing.

mod candidates;
mod cost;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use vedette_policy::Loaded;
use vedette_triage::detect::Rule;
use vedette_triage::{Host, Policy, Quieter, Remedy, Timestamp};

use self::candidates::{Candidate, Source};
pub use self::cost::{Cost, Costs};
use super::Kind;
use super::attended::Attended;
use super::book::Book;
use super::measured::{NotTried, Told, Tried, Within, compared, live, tickets as tickets_of};
use crate::history::History;
use crate::shard::Titles;

/// Rules that are lived through at a time: so many hold what they found in memory.
const AT_ONCE: usize = 8;
/// A change that avoids fewer tickets is not worth a line ...
const FEWER_MIN: u64 = 2;
/// ... nor one that avoids less than this share of them.
const FEWER_SHARE_MIN: f64 = 0.2;

/// What is asked.
pub struct Search<'a> {
    /// The policy as its files say.
    pub loaded: &'a Loaded,
    /// The same, as it is in force.
    pub policy: &'a Policy,
    /// Its titles.
    pub titles: Arc<dyn Titles>,
    /// The rule.
    pub rule: &'a str,
    /// From when to when.
    pub span: (Timestamp, Timestamp),
    /// All hosts.
    pub hosts: &'a [Arc<Host>],
    /// What people did something about.
    pub attended: &'a [Attended],
    /// How it is told.
    pub telling: Telling<'a>,
    /// Whether to go on; asked after every host.
    pub goes_on: &'a dyn Fn() -> bool,
}

/// How a change is told.
#[derive(Clone)]
pub struct Telling<'a> {
    /// Where the readers are.
    pub zone: TimeZone,
    /// Who answers for an exception.
    pub owner: &'a str,
    /// Until when one would last.
    pub until: Date,
}

/// Searches. Reads the disk, and takes its time: not for a thread that others wait for.
pub fn search(history: &History, search: &Search<'_>) -> Quieter {
    searched(history, search).unwrap_or_else(|not| Quieter::Untried {
        why: not.to_string(),
    })
}

fn searched(history: &History, search: &Search<'_>) -> Result<Quieter, NotTried> {
    let untried = |why: &str| {
        let why = why.to_owned();
        Ok(Quieter::Untried { why })
    };
    let Some(rule) = search.policy.detection.get(search.rule) else {
        return untried("the policy has no such rule any more");
    };
    let extent = history.extent();
    let Some(since) = extent.since else {
        return untried("nothing is measured yet on which it could be tried");
    };
    let span = (search.span.0.max(since), search.span.1);
    let base = search.tried(rule)?;
    let within = Within::of(&[&base], span);
    let lived = live(history, &[&base], (search.hosts, within), &|_| {
        (search.goes_on)()
    })?;
    let seen = lived.seen;
    let found: Vec<Told> = lived.told.into_iter().flatten().collect();
    let hosts = hosts_of(search.hosts, &found);
    let mut then = tickets_of(&base, found, (search.hosts, within));
    then.acted_meanwhile(search.attended, span.1);
    let trial = Trial {
        search,
        history,
        then,
        hosts,
        within,
    };
    let of = trial.tickets();
    let measured = words::measured((&seen, within, extent.full_since), &search.telling.zone);
    if of < FEWER_MIN {
        let made = words::tickets(of);
        return untried(&format!(
            "it makes {made} by itself of {measured}, too few to try anything on"
        ));
    }
    let (best, tried) = trial.best(rule)?;
    Ok(match best {
        Some((best, fewer)) => {
            let remedy = words::Told {
                rule: search.rule,
                loaded: search.loaded,
                telling: &search.telling,
                tickets: (of, fewer),
            };
            Quieter::By(Remedy {
                measured,
                ..remedy.remedy(&best)
            })
        }
        None => Quieter::Nothing { tried, measured },
    })
}

impl Search<'_> {
    fn tried(&self, rule: &Rule) -> Result<Tried, NotTried> {
        let meta = self.policy.rules.get(&*rule.name);
        let meta = meta.cloned().unwrap_or_default();
        Tried::new(self.policy, (rule, &meta), Arc::clone(&self.titles))
    }
}

/// What changes are tried on.
struct Trial<'a> {
    search: &'a Search<'a>,
    history: &'a History,
    then: Book,
    /// Where the rule as it is found anything.
    hosts: Vec<Arc<Host>>,
    within: Within,
}

impl Trial<'_> {
    fn tickets(&self) -> u64 {
        let counted = compared(&self.then, &Book::default(), self.within);
        counted.before.len() as u64
    }

    /// The best change, how many tickets it avoids, and how many changes were tried.
    fn best(&self, rule: &Rule) -> Result<(Option<(Candidate, u64)>, u32), NotTried> {
        let source = Source::of(&self.then, &self.hosts, self.within);
        let steps = self.search.loaded.steps(&rule.name);
        // The largest step each way says whether any that way avoids anything.
        let probes = candidates::largest(&steps);
        let probed = self.try_all(rule, &probes)?;
        let helps = probes
            .iter()
            .zip(&probed)
            .filter(|(_, came)| came.avoids > 0);
        let ways: Vec<&Candidate> = helps.map(|(probe, _)| probe).collect();
        let mut all = candidates::of(&steps, &ways, source.as_ref());
        let results = self.try_all(rule, &all)?;
        let tried = u32::try_from(all.len() + probes.len()).unwrap_or(u32::MAX);
        let of = self.tickets();
        let worth = FEWER_MIN.max((of as f64 * FEWER_SHARE_MIN).ceil() as u64);
        let good = |came: &Came| came.is_harmless && came.avoids >= worth;
        let mut best: Option<(usize, u64)> = None;
        for (at, came) in results.iter().enumerate().filter(|(_, came)| good(came)) {
            // To take a rule away is the last resort.
            let counts = match all[at].takes_away() {
                true => came.avoids / 2,
                false => came.avoids,
            };
            if best.is_none_or(|(_, known)| counts > known) {
                best = Some((at, counts));
            }
        }
        let best = best.map(|(at, _)| (all.swap_remove(at), results[at].avoids));
        Ok((best, tried))
    }

    /// What comes of each, in order.
    fn try_all(&self, rule: &Rule, all: &[Candidate]) -> Result<Vec<Came>, NotTried> {
        let mut came = Vec::with_capacity(all.len());
        for some in all.chunks(AT_ONCE) {
            let changed = some.iter().map(|candidate| {
                let changed = candidate.changed(rule);
                self.search.tried(&changed)
            });
            let changed: Vec<Tried> = changed.collect::<Result<_, _>>()?;
            let sides: Vec<&Tried> = changed.iter().collect();
            let hosts = (&*self.hosts, self.within);
            let lived = live(self.history, &sides, hosts, &|_| (self.search.goes_on)())?;
            for (tried, told) in sides.into_iter().zip(lived.told) {
                // Every host is there: what is many, and what is high, is counted among all.
                let now = tickets_of(tried, told, (self.search.hosts, self.within));
                came.push(self.came(&now));
                if !(self.search.goes_on)() {
                    return Err(NotTried::TooLong);
                }
            }
        }
        Ok(came)
    }

    fn came(&self, now: &Book) -> Came {
        let report = compared(&self.then, now, self.within);
        let avoids = report.lines.iter().filter(|line| match line.kind {
            // What is in another ticket now is no less noise.
            Kind::Avoided => !line.elsewhere,
            Kind::Opened | Kind::Missed => false,
        });
        let is_harmless = report.lines.iter().all(|line| line.kind == Kind::Avoided);
        Came {
            avoids: avoids.count() as u64,
            is_harmless,
        }
    }
}

/// What came of a change.
#[derive(Debug, Clone, Copy)]
struct Came {
    /// Tickets that there would not have been, in no other one either.
    avoids: u64,
    /// Nothing would have been missed, and nothing opened.
    is_harmless: bool,
}

/// The hosts on which anything was found.
fn hosts_of(hosts: &[Arc<Host>], found: &[Told]) -> Vec<Arc<Host>> {
    let ids: BTreeSet<_> = found
        .iter()
        .filter_map(|told| told.found.identity.measured_by())
        .collect();
    let found = hosts.iter().filter(|host| ids.contains(&host.id));
    found.cloned().collect()
}
