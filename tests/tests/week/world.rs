//! The week as it passes: who reports when, what happens when, what the collector is woken for.
//!
//! In: deeds, each at its time. Out: a collector with a journal of the whole week. The parts of
//! the world plan their deeds before it begins; nothing looks at what the collector makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use vedette_triage::{EntityId, Heard, Timestamp};
use vedette_wire::{CheckState, Class, EventKind, Goodbye};

use crate::collector::Collector;
use crate::dice::Dice;
use crate::estate::{Estate, Post, Role};
use crate::machine::{Machine, Pace};
use crate::policy;
use crate::time::{begins, minutes, seconds};
use crate::truth::Truth;

/// Time alone is told to detection this often where anything may come of it.
const SWEEP: Duration = Duration::from_secs(10);
/// A machine that is not heard of is looked after for so long.
const MISSED_FOR: Duration = Duration::from_secs(30 * 60);
/// Before anything happens on it a machine reports at its true pace for so long.
const LEAD: Duration = Duration::from_secs(12 * 60);

type Deed = Box<dyn FnOnce(&mut World)>;

/// Everything there is.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) now: Timestamp,
    pub(crate) estate: Estate,
    pub(crate) machines: Vec<Machine>,
    pub(crate) collector: Collector,
    pub(crate) truth: Truth,
    ids: Vec<EntityId>,
    deeds: BTreeMap<(Timestamp, u64), Deed>,
    planned: u64,
    reports: BTreeSet<(Timestamp, usize)>,
    due: Vec<Option<Timestamp>>,
    /// To whom something happens already.
    taken: BTreeSet<usize>,
    /// Whom time alone may bring something, and until when.
    attended: BTreeMap<usize, Timestamp>,
    swept: Timestamp,
    dice: Dice,
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let estate = Estate::new(seed);
        let loaded = policy::load(&estate);
        let now = begins();
        let machines: Vec<Machine> = estate
            .posts
            .iter()
            .map(|post| Machine::new(post, &estate.devices, now, seed))
            .collect();
        let ids = estate.posts.iter().map(|post| id_of(&post.name)).collect();
        let mut world = World {
            seed,
            now,
            due: vec![None; machines.len()],
            machines,
            collector: Collector::new(&loaded, now),
            truth: Truth::default(),
            estate,
            ids,
            deeds: BTreeMap::new(),
            planned: 0,
            reports: BTreeSet::new(),
            taken: BTreeSet::new(),
            attended: BTreeMap::new(),
            swept: now,
            dice: Dice::of(seed, "world"),
        };
        world.enrol();
        world
    }

    /// Dice for one part of the world.
    pub(crate) fn dice(&self, part: &str) -> Dice {
        Dice::of(self.seed, part)
    }

    /// All of whom it is true and to whom nothing happens yet.
    pub(crate) fn free(&self, is: impl Fn(&Post) -> bool) -> Vec<usize> {
        let mut all = self.estate.that(is);
        all.retain(|who| !self.taken.contains(who));
        all
    }

    /// Something happens to these, and nothing else that would hide it.
    pub(crate) fn take(&mut self, whom: &[usize]) {
        self.taken.extend(whom);
    }

    /// Plans a deed. What is planned for the past is done at once.
    pub(crate) fn at(&mut self, when: Timestamp, deed: impl FnOnce(&mut World) + 'static) {
        self.planned += 1;
        self.deeds.insert((when, self.planned), Box::new(deed));
    }

    /// Plans a deed on a machine; it reports at its true pace before it and until `lasts` after.
    pub(crate) fn at_near(
        &mut self,
        who: usize,
        when: Timestamp,
        lasts: Duration,
        deed: impl FnOnce(&mut World) + 'static,
    ) {
        self.near(who, when.before(LEAD), when.after(lasts));
        self.at(when, deed);
    }

    /// From then until then it reports at its true pace.
    pub(crate) fn near(&mut self, who: usize, from: Timestamp, until: Timestamp) {
        self.machines[who].near(from, until, Pace::True);
        self.at(from, move |world| {
            world.attend(who, until);
            world.report_soon(who);
        });
    }

    /// From then until then it reports every other minute.
    pub(crate) fn busy(&mut self, who: usize, from: Timestamp, until: Timestamp) {
        self.machines[who].near(from, until, Pace::Busy);
    }

    /// Plans the steps of something that goes on: from then until then, in this pause.
    pub(crate) fn steps(
        &mut self,
        (from, until, pause): (Timestamp, Timestamp, Duration),
        step: impl Fn(&mut World, f64) + Clone + 'static,
    ) {
        let whole = until.since(from).as_secs_f64().max(1.0);
        let mut when = from;
        while when <= until {
            let share = when.since(from).as_secs_f64() / whole;
            let step = step.clone();
            self.at(when, move |world| step(world, share));
            when = when.after(pause);
        }
    }

    /// Lets the week pass.
    pub(crate) fn pass(&mut self, until: Timestamp) {
        while let Some(next) = self.next().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.turn();
        }
        self.now = until;
    }

    fn next(&self) -> Option<Timestamp> {
        let deed = self.deeds.first_key_value().map(|((when, _), _)| *when);
        let report = self.reports.first().map(|(when, _)| *when);
        let is_swept = !self.attended.is_empty() || self.collector.engine.state().is_listening();
        let sweep = is_swept.then(|| self.swept.after(SWEEP));
        let answer = self
            .collector
            .desk
            .next()
            .filter(|_| !self.collector.is_stopped());
        let wake = self.collector.next_wake();
        [deed, report, sweep, answer, wake]
            .into_iter()
            .flatten()
            .min()
    }

    fn turn(&mut self) {
        let now = self.now;
        if self.collector.next_wake().is_some_and(|wake| wake <= now) {
            self.collector.tick(now);
        }
        while let Some(entry) = self
            .deeds
            .first_entry()
            .filter(|entry| entry.key().0 <= now)
        {
            let deed = entry.remove();
            deed(self);
        }
        while let Some((when, who)) = self.reports.first().copied().filter(|due| due.0 <= now) {
            self.reports.remove(&(when, who));
            self.due[who] = None;
            self.report(who);
        }
        if self.swept.after(SWEEP) <= now {
            self.sweep();
        }
        self.collector.answer(now);
    }

    fn report(&mut self, who: usize) {
        let now = self.now;
        let machine = &mut self.machines[who];
        let next = machine.next(now);
        self.plan_report(who, next);
        let machine = &mut self.machines[who];
        if !machine.is_heard() || self.collector.is_stopped() {
            return;
        }
        // Lost on the radio and sent again.
        let is_late = self.estate.posts[who].role == Role::Workstation && self.dice.once_in(110);
        let late = match is_late {
            true => self.dice.lasts(seconds(1), seconds(20)),
            false => Duration::ZERO,
        };
        let report = machine.live(now, late);
        let changed = self.collector.take(now, report);
        if let Some(kept) = self.machines[who].kept(now) {
            self.collector.take(now, &kept);
        }
        let is_attended = self.attended.contains_key(&who);
        if !is_attended {
            self.collector.on_time(now, &self.ids[who]);
        }
        // What nobody planned is looked at closely.
        if changed && !self.machines[who].is_near(now) {
            self.machines[who].near(now, now.after(MISSED_FOR), Pace::True);
            self.attend(who, now.after(MISSED_FOR));
            self.report_soon(who);
        }
    }

    fn sweep(&mut self) {
        let now = self.now;
        self.swept = now;
        self.attended.retain(|_, until| *until > now);
        let attended: Vec<usize> = self.attended.keys().copied().collect();
        for who in attended {
            self.collector.on_time(now, &self.ids[who]);
        }
        if self.collector.engine.state().is_listening() {
            self.let_the_awaited_report();
        }
    }

    /// Whoever is waited for reports at its true pace: the report that is waited for is one of
    /// those that need not be written else.
    fn let_the_awaited_report(&mut self) {
        let now = self.now;
        for heard in self.collector.awaited() {
            let whom = match &heard {
                Heard::Host(id) => self
                    .ids
                    .iter()
                    .position(|known| known == id)
                    .into_iter()
                    .collect(),
                Heard::Place(name) | Heard::Device(name) => self.seen_by(name),
                Heard::Repeat => Vec::new(),
            };
            for who in whom {
                if self.machines[who].is_heard() && !self.machines[who].is_near(now) {
                    self.machines[who].near(now, now.after(minutes(2)), Pace::True);
                    self.report_soon(who);
                }
            }
        }
    }

    /// Whose reports show that a place can be seen: its own, or those of who looks at it.
    fn seen_by(&self, name: &str) -> Vec<usize> {
        let own = self
            .machines
            .iter()
            .position(|machine| machine.name == name);
        own.map_or_else(|| self.lookers(name), |who| vec![who])
    }

    fn attend(&mut self, who: usize, until: Timestamp) {
        let known = self.attended.entry(who).or_insert(until);
        *known = (*known).max(until);
        if self.swept.after(SWEEP) < self.now {
            self.swept = self.now;
        }
    }

    fn report_soon(&mut self, who: usize) {
        let splay = self.dice.lasts(seconds(0), seconds(15));
        let soon = self.now.after(splay);
        if self.due[who].is_none_or(|due| due > soon) {
            self.plan_report(who, soon);
        }
    }

    fn plan_report(&mut self, who: usize, when: Timestamp) {
        if let Some(before) = self.due[who].replace(when) {
            self.reports.remove(&(before, who));
        }
        self.reports.insert((when, who));
    }

    /// A machine is not heard of: time alone may bring something of it.
    fn missed(&mut self, who: usize) {
        let missed_for = match self.estate.posts[who].class() {
            Class::Server => MISSED_FOR,
            Class::Workstation => MISSED_FOR / 3,
        };
        self.attend(who, self.now.after(missed_for));
    }

    /// Everybody enrolled in the week before, and is well; workstations went off for Sunday.
    fn enrol(&mut self) {
        for who in self.estate.that(|_| true) {
            let splay = self.dice.lasts(seconds(0), minutes(5));
            let when = self.now.after(splay);
            let is_workstation = self.estate.posts[who].role == Role::Workstation;
            self.at(when, move |world| {
                world.switch_on(who);
                if is_workstation {
                    world.goodbye(who, Goodbye::PowerOff);
                }
            });
        }
    }
}

/// What can happen to a machine.
impl World {
    /// It boots, its agent starts and reports.
    pub(crate) fn switch_on(&mut self, who: usize) {
        self.boot(who, None);
    }

    /// It boots, perhaps with another kernel.
    pub(crate) fn boot(&mut self, who: usize, kernel: Option<&str>) {
        let now = self.now;
        self.machines[who].boots(now, kernel);
        self.report_now(who);
    }

    /// Its agent goes on in the same boot: it wakes, or was started again.
    pub(crate) fn wake(&mut self, who: usize) {
        let now = self.now;
        self.machines[who].starts(now);
        self.report_now(who);
    }

    /// It says goodbye and is gone.
    pub(crate) fn goodbye(&mut self, who: usize, reason: Goodbye) {
        let now = self.now;
        self.machines[who].event(now, EventKind::Goodbye { reason });
        self.report_now(who);
        match (self.estate.posts[who].class(), reason) {
            // Nobody waits for these.
            (Class::Workstation, Goodbye::PowerOff | Goodbye::Suspend) => {
                self.machines[who].is_up = false;
            }
            (Class::Server | Class::Workstation, _) => self.vanish(who),
        }
    }

    /// It is gone without a word.
    pub(crate) fn vanish(&mut self, who: usize) {
        self.machines[who].is_up = false;
        self.missed(who);
    }

    /// It says goodbye, and is back after so long, perhaps with another kernel.
    pub(crate) fn reboot(&mut self, who: usize, takes: Duration, kernel: Option<&'static str>) {
        self.goodbye(who, Goodbye::Reboot);
        let back = self.now.after(takes);
        self.at(back, move |world| world.boot(who, kernel));
    }

    /// Nothing of these reaches the collector any more.
    pub(crate) fn cut(&mut self, whom: &[usize]) {
        for who in whom {
            self.machines[*who].cuts += 1;
            self.missed(*who);
        }
    }

    /// It does again: each reports within its pause.
    pub(crate) fn mend(&mut self, whom: &[usize]) {
        for who in whom {
            let machine = &mut self.machines[*who];
            machine.cuts = machine.cuts.saturating_sub(1);
            if machine.is_heard() {
                self.report_soon(*who);
            }
        }
    }

    /// A copy of it runs from then until then, with its agent's state and a name of its own.
    pub(crate) fn clones(&mut self, who: usize, from: Timestamp, until: Timestamp) {
        let post = Post {
            is_new: true,
            looks: Vec::new(),
            ..self.estate.posts[who].clone()
        };
        let mut copy = Machine::new(&post, &self.estate.devices, from, self.seed + 1);
        copy.facts().name = format!("{}-copy", post.name);
        copy.near(from, until, Pace::True);
        let number = self.machines.len();
        self.machines.push(copy);
        self.ids.push(id_of(&post.name));
        self.estate.posts.push(post);
        self.due.push(None);
        self.near(who, from.before(LEAD), until.after(MISSED_FOR));
        self.at(from, move |world| world.switch_on(number));
        self.at(until, move |world| world.vanish(number));
    }

    /// The collector is back: whoever could not send tries again.
    pub(crate) fn everybody_tries_again(&mut self) {
        for who in 0..self.machines.len() {
            if self.machines[who].is_heard() {
                self.report_soon(who);
            }
        }
    }

    /// Something happens on it, and is told with its next report.
    pub(crate) fn event(&mut self, who: usize, kind: EventKind) {
        let now = self.now;
        self.machines[who].event(now, kind);
    }

    /// Whoever looks at a device finds it so from now on.
    pub(crate) fn device_is(&mut self, device: &str, state: CheckState, text: &str) {
        for who in self.lookers(device) {
            let check = match device.starts_with("www-") {
                true => "web",
                false => "ping",
            };
            self.machines[who].finds(check, Some(device), state, text);
        }
    }

    /// Those who look at a device.
    pub(crate) fn lookers(&self, device: &str) -> Vec<usize> {
        let looking = |who: &usize| self.machines[*who].looks_at(device);
        (0..self.machines.len()).filter(looking).collect()
    }

    fn report_now(&mut self, who: usize) {
        if let Some(before) = self.due[who].take() {
            self.reports.remove(&(before, who));
        }
        self.report(who);
    }
}

pub(crate) fn id_of(name: &str) -> EntityId {
    EntityId::new(&format!("id-of-{name}"))
}
