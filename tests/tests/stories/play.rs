//! Plays a story: each line is something that happens, or something that must be so.
//!
//! In: a [`Script`]. Out: nothing, or what was not as the story says, with its line.

mod conditions;
mod expect;
mod happen;
mod hosts;
mod people;
mod told;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Zoned;
use vedette_triage::{Change, Counters, Delivery, Engine, Input, SilenceId, State, Timestamp};

use crate::cast::Machine;
use crate::policy;
use crate::script::{Line, Script};
use crate::support::{World, dead, done};
use crate::words::Words;

/// A story on its way.
struct Play<'s> {
    script: &'s Script,
    world: World,
    machines: BTreeMap<String, Machine>,
    /// Receivers that do not do what they are told, for now.
    receivers: BTreeMap<String, Answers>,
    /// In the order they were made.
    silences: Vec<SilenceId>,
    /// Since when the collector does not run.
    stopped: Option<Timestamp>,
    /// Since when the collector runs, if it was started within the story.
    started: Option<Timestamp>,
    /// Told, and not named by the story yet.
    told: VecDeque<Arc<Delivery>>,
}

/// How a receiver answers that does not do what it is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// It is away.
    Nothing,
    /// It refuses for good.
    No,
}

/// The pause between two reports of a host.
const REPORTS_EVERY: Duration = Duration::from_secs(15);

/// Plays a story to its end.
pub(crate) fn play(script: &Script) -> Result<(), String> {
    let mut play = Play::new(script)?;
    for line in &script.lines {
        let result = play.line(line);
        result.map_err(|what| format!("line {}: {what}\n    {}", line.number, line.text))?;
    }
    play.nothing_is_told()
        .map_err(|what| format!("at the end: {what}"))
}

impl Play<'_> {
    fn new(script: &Script) -> Result<Play<'_>, String> {
        let files = now_files(script, None);
        let mut world = World::under(policy::read(&files, &script.begins, 1)?);
        world.now = timestamp(&script.begins);
        world.engine = Engine::resume(State::resume(world.now, Counters::FIRST));
        world.answers_itself = false;
        let before = world.policy.revision;
        // What a policy brings (windows, ...) is there from its first moment.
        let after = before;
        world.input(&Input::PolicyChanged { before, after });
        Ok(Play {
            script,
            world,
            machines: BTreeMap::new(),
            receivers: BTreeMap::new(),
            silences: Vec::new(),
            stopped: None,
            started: None,
            told: VecDeque::new(),
        })
    }

    fn line(&mut self, line: &Line) -> Result<(), String> {
        self.pass(timestamp(&line.at));
        let mut words = Words::new(&line.words);
        let verb = words.next("a word")?;
        match expect::check(self, verb, &mut words)? {
            true => {}
            false => happen::happen(self, verb, &mut words)?,
        }
        words.end()?;
        self.answer();
        Ok(())
    }

    /// Lets time pass; every timer on the way is handled when it is due, every receiver that is
    /// there answers at once, and hosts report and senders' alerts end as the shards would tell.
    fn pass(&mut self, until: Timestamp) {
        while self.stopped.is_none() {
            let wake = self.world.engine.next_wake();
            let expiry = conditions::next_expiry(self);
            let due = [wake, self.next_report(), expiry]
                .into_iter()
                .flatten()
                .min();
            let Some(due) = due.filter(|due| *due <= until) else {
                break;
            };
            self.world.now = self.world.now.max(due);
            if wake.is_some_and(|wake| wake <= self.world.now) {
                self.world.tick();
            }
            if expiry.is_some_and(|expiry| expiry <= self.world.now) {
                conditions::expire(self);
            }
            if self.is_time_to_report() {
                hosts::report(self);
            }
            self.answer();
        }
        self.world.now = self.world.now.max(until);
    }

    /// The next report that somebody waits for.
    fn next_report(&self) -> Option<Timestamp> {
        let every = i64::try_from(REPORTS_EVERY.as_millis()).expect("a few seconds");
        let now = self.world.now.as_millis();
        let next = Timestamp::from_millis((now.div_euclid(every) + 1) * every);
        self.world.engine.state().is_listening().then_some(next)
    }

    fn is_time_to_report(&self) -> bool {
        let every = i64::try_from(REPORTS_EVERY.as_millis()).expect("a few seconds");
        self.world.now.as_millis().rem_euclid(every) == 0
    }

    /// Every receiver that is there is told what waits for it; for one that is away it waits.
    fn answer(&mut self) {
        self.world.told.clear();
        let waiting = |play: &Self| {
            let here = |told: &Arc<Delivery>| {
                play.receivers.get(&told.receiver) != Some(&Answers::Nothing)
            };
            play.world.unanswered.iter().position(here)
        };
        while let Some(at) = waiting(self) {
            let delivery = self.world.unanswered.remove(at).expect("it is there");
            let fate = match self.receivers.get(&delivery.receiver) {
                Some(Answers::No) => dead(),
                Some(Answers::Nothing) | None => done(&delivery),
            };
            self.told.push_back(Arc::clone(&delivery));
            self.world.answer(&delivery, fate);
            self.world.told.clear();
        }
    }

    /// The collector goes on from what is stored, and from nothing else.
    fn restart(&mut self) {
        let state = self.world.engine.state();
        let mut loaded = State::resume(state.now(), state.counters());
        for record in records(state) {
            loaded.apply(&record);
        }
        self.world.engine = Engine::resume(loaded);
    }
}

/// Everything a store keeps of a state.
fn records(state: &State) -> Vec<Change> {
    state.records().collect()
}

/// The files of the story, those of a later policy instead where they are named so.
fn now_files(script: &Script, later: Option<&str>) -> Vec<(String, String)> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (name, text) in &script.files {
        match name.rsplit_once(" (") {
            Some((name, when)) if when != "added)" => {
                let is_due = Some(when.trim_end_matches(')')) == later;
                match is_due && text.trim().is_empty() {
                    true => files.remove(name),
                    false if is_due => files.insert(name.to_owned(), text.clone()),
                    false => None,
                };
            }
            Some(_) | None => {
                files.entry(name.clone()).or_insert_with(|| text.clone());
            }
        }
    }
    files.into_iter().collect()
}

fn timestamp(at: &Zoned) -> Timestamp {
    Timestamp::from_millis(at.timestamp().as_millisecond())
}
