//! One run: a site, some hundred steps, and a good end.

use std::collections::BTreeMap;
use std::time::Duration;

use vedette_triage::limits::LIST_GATHERS;
use vedette_triage::{
    Action, Actor, AlertSignal, Answer, Command, DeliverMode, End, EntityId, HostSays, HostSignal,
    IncidentId, Input, Labels, Matchers, Revision, Says, Severity, Signal, SilenceId,
    SilenceRequest, Timestamp, Via,
};

use crate::dice::Dice;
use crate::model::{About, Model};
use crate::shell::{Shell, Taken};
use crate::site::{Fault, RULES, SILENT, Site};
use crate::support::{World, hours, minutes, seconds};

/// Steps of one run at most.
const STEPS: u64 = 120;
/// How much later than the defaults say something may be told or closed: the open delay of a
/// warning, or the close delay, and what a failed commit takes; behind parents also how long one is
/// waited for, and the grace after its return.
const OPENS_WITHIN: Duration = Duration::from_secs(2 * 60 + 30);
const OPENS_BEHIND_WITHIN: Duration = Duration::from_secs(12 * 60);
const CLOSES_WITHIN: Duration = Duration::from_secs(5 * 60 + 30);

/// Plays the run of a seed; panics where the engine and the model differ.
pub(crate) fn run(seed: u64) {
    let mut dice = Dice::new(seed);
    let site = Site::new(&mut dice);
    let world = World::under(site.policy.clone());
    let mut run = Run {
        shell: Shell::new(world, &mut dice),
        model: Model::default(),
        site,
        faults: BTreeMap::new(),
        silences: 0,
        opened: 0,
        dice,
    };
    for host in 0..run.site.hosts {
        run.host(host);
    }
    run.plan();
    let steps = 20 + run.dice.below(STEPS);
    for _ in 0..steps {
        run.step();
        run.agrees();
    }
    run.ends_well();
}

struct Run {
    dice: Dice,
    site: Site,
    shell: Shell,
    model: Model,
    /// What detection would say again because it was not taken.
    faults: BTreeMap<Fault, Option<Severity>>,
    silences: u32,
    /// Deliveries looked at so far.
    opened: usize,
}

impl Run {
    fn now(&self) -> Timestamp {
        self.shell.world.now
    }

    /// True where it was committed; whoever sent it sends it again otherwise.
    fn submit(&mut self, input: &Input) -> Option<Answer> {
        match self.shell.submit(input, &mut self.dice) {
            Taken::Committed(decision) => {
                if self.dice.once_in(20) {
                    // It was not sure whether it had arrived. Only what is told apart by an id
                    // or a state may come twice.
                    if let Input::Signal(_) = input {
                        self.shell.submit(input, &mut self.dice);
                    }
                }
                Some(decision.answer)
            }
            Taken::Lost => {
                self.model.disturb(self.now());
                None
            }
        }
    }

    /// What the policy plans is known from its first moment; to the model, as silences.
    fn plan(&mut self) {
        while !self.policy(|_| ()) {}
        for window in self.site.policy.windows.iter() {
            let matcher = window.matchers.0.first().unwrap();
            for (at, interval) in window.intervals.iter().enumerate() {
                let name = format!("{} {at}", window.name);
                let about = About::Host(matcher.value().to_owned());
                let span = (interval.starts_at, interval.ends_at);
                self.model.silences.insert(name, (about, span));
            }
        }
    }

    fn step(&mut self) {
        match self.dice.below(41) {
            0..=13 => self.fault(),
            14..=21 => {
                let by = self.dice.below(900);
                self.pass(seconds(by));
            }
            22 => {
                let by = self.dice.below(10);
                self.pass(hours(by));
            }
            23..=28 => self.shell.answer_one(&mut self.dice),
            29..=31 => self.silence(),
            32 => self.expire(),
            33 => self.hold(),
            34 => self.observe(),
            35 => self.down(),
            36 => self.clock_steps(),
            37 => self.person(),
            38 => self.reload(),
            39 => self.flap(),
            _ => self.shell.reload(),
        }
        self.report();
        self.resend();
    }

    /// Comes and goes, ten times at most.
    fn flap(&mut self) {
        let fault = self.site.a_fault(&mut self.dice);
        for turn in 0..self.dice.below(20) {
            let severity = turn.is_multiple_of(2).then_some(Severity::Critical);
            self.faults.insert(fault, severity);
            self.resend();
            let by = self.dice.below(500);
            self.pass(seconds(by));
        }
    }

    /// Every host that is not silent has reported in the meantime; the shards say so where
    /// somebody waits for it.
    fn report(&mut self) {
        if !self.shell.world.engine.state().is_listening() {
            return;
        }
        for host in 0..self.site.hosts {
            if self.model.firing.contains_key(&Fault::of(SILENT, host)) {
                continue;
            }
            let (at, looked) = (self.now(), Vec::new());
            let name = Fault { rule: 0, host }.host();
            self.host_says(&name, HostSays::Observed { at, looked });
        }
    }

    fn pass(&mut self, by: Duration) {
        let until = self.now().after(by);
        if let Some(at) = self.shell.pass(until, &mut self.dice) {
            self.model.disturb(at);
        }
    }

    /// Something begins, changes or ends; some of it late, or both of two in another order.
    fn fault(&mut self) {
        let mut changed = vec![self.site.a_fault(&mut self.dice)];
        if self.dice.once_in(4) {
            changed.push(self.site.a_fault(&mut self.dice));
        }
        for fault in changed {
            let severity = match self.dice.below(5) {
                0 | 1 => None,
                2 => Some(Severity::Warning),
                _ => Some(Severity::Critical),
            };
            self.faults.insert(fault, severity);
        }
    }

    /// Detection says what is not taken yet, in any order of identities.
    fn resend(&mut self) {
        let mut waiting: Vec<(Fault, Option<Severity>)> =
            std::mem::take(&mut self.faults).into_iter().collect();
        while !waiting.is_empty() {
            let at = self.dice.below(waiting.len() as u64);
            let (fault, severity) = waiting.remove(usize::try_from(at).unwrap());
            // Of a silent host nothing is heard but that.
            let silence = Fault::of(SILENT, fault.host);
            let is_silent = self.model.firing.contains_key(&silence) && !fault.is_silence();
            if is_silent || !self.say(fault, severity) {
                self.faults.insert(fault, severity);
            }
        }
    }

    fn say(&mut self, fault: Fault, severity: Option<Severity>) -> bool {
        if fault.is_silence() && !self.say_of_host(fault, severity.is_some()) {
            return false;
        }
        let condition = fault.condition(severity.unwrap_or(Severity::Critical));
        let late = seconds(self.dice.below(40));
        let since = self.now().before(late);
        let says = match severity {
            Some(severity) => Says::Firing {
                severity,
                since,
                valid_until: None,
            },
            None => Says::Ok {
                end: End::Recovered,
                since,
            },
        };
        let now = self.now();
        let taken = self.submit(&Input::Signal(Signal::Alert(AlertSignal {
            identity: condition.identity(),
            says,
            about: condition.about(),
            drill: None,
        })));
        match (taken, severity) {
            (None, _) => return false,
            (Some(_), Some(severity)) => self.model.fires(fault, severity, now),
            (Some(_), None) => self.model.clears(fault, now),
        }
        true
    }

    /// That it fell silent, or reports again.
    fn say_of_host(&mut self, fault: Fault, is_silent: bool) -> bool {
        let name = fault.host();
        let says = match is_silent {
            true => HostSays::Silent {
                last_seen: self.now(),
            },
            false => self.seen(fault),
        };
        self.host_says(&name, says).is_some()
    }

    fn seen(&self, fault: Fault) -> HostSays {
        let class = match fault.is_workstation() {
            true => vedette_wire::Class::Workstation,
            false => vedette_wire::Class::Server,
        };
        crate::support::seen(&fault.host(), class, "boot-1")
    }

    fn host(&mut self, host: usize) {
        let fault = Fault { rule: 0, host };
        let name = fault.host();
        let says = self.seen(fault);
        while self.host_says(&name, says.clone()).is_none() {}
    }

    fn host_says(&mut self, name: &str, says: HostSays) -> Option<Answer> {
        self.submit(&Input::Signal(Signal::Host(HostSignal {
            id: EntityId::new(&format!("id-of-{name}")),
            says,
        })))
    }

    fn silence(&mut self) {
        self.silences += 1;
        let name = format!("silence-{}", self.silences);
        let fault = self.site.a_fault(&mut self.dice);
        let (about, matcher) = match self.dice.once_in(2) {
            true => (
                About::Rule(fault.rule().into()),
                format!("alertname=\"{}\"", fault.rule()),
            ),
            false => (
                About::Host(fault.host()),
                format!("host=\"{}\"", fault.host()),
            ),
        };
        let now = self.now();
        let starts_at = now.after(minutes(self.dice.below(3) * 10));
        let ends_at = starts_at.after(minutes(1 + self.dice.below(90)));
        let wish = SilenceRequest {
            new_id: SilenceId::new(&name),
            replaces: None,
            matchers: Matchers::parse(&[matcher.as_str()]).unwrap(),
            starts_at,
            ends_at,
            created_by: "ops1".into(),
            comment: "planned".into(),
            annotations: Labels::none(),
            until_clear: false,
        };
        let by = actor();
        let command = Command::SetSilence { by, silence: wish };
        if self.submit(&Input::Command(command)).is_some() {
            self.model
                .silences
                .insert(name, (about, (starts_at, ends_at)));
        }
    }

    fn expire(&mut self) {
        let name = format!("silence-{}", 1 + self.dice.below(8));
        let (by, id) = (actor(), SilenceId::new(&name));
        let command = Command::ExpireSilence { by, id };
        let now = self.now();
        if self.submit(&Input::Command(command)).is_some()
            && let Some((_, (from, until))) = self.model.silences.get_mut(&name)
        {
            *until = (*until).min(now);
            *from = (*from).min(*until);
        }
    }

    fn hold(&mut self) {
        let fault = self.site.a_fault(&mut self.dice);
        let now = self.now();
        let until = now.after(minutes(self.dice.below(60)));
        let (why, by) = ("CHG0012345".to_owned(), "ops1 (root)".to_owned());
        let name = fault.host();
        let says = HostSays::Holds { until, why, by };
        if self.host_says(&name, says).is_some() {
            // One hold a host: a new one takes the place of the old one.
            let hold = format!("hold of {name}");
            if let Some((_, (_, before))) = self.model.silences.get_mut(&hold) {
                let ended = (*before).min(now);
                let kept = self.model.silences.remove(&hold).unwrap();
                let past = format!("{hold} until {ended:?}");
                self.model
                    .silences
                    .insert(past, (kept.0, (kept.1.0, ended)));
            }
            let about = About::Host(name);
            self.model.silences.insert(hold, (about, (now, until)));
        }
    }

    fn observe(&mut self) {
        let on = self.dice.once_in(2);
        let mode = match on {
            true => DeliverMode::Observe,
            false => DeliverMode::Live,
        };
        let now = self.now();
        if self.policy(|policy| policy.mode = mode) {
            self.model.observes(on, now);
        }
    }

    fn reload(&mut self) {
        let now = self.now();
        if self.policy(|_| ()) {
            self.model.disturb(now);
        }
    }

    fn policy(&mut self, change: impl FnOnce(&mut vedette_triage::Policy)) -> bool {
        let before = self.shell.world.policy.clone();
        change(&mut self.shell.world.policy);
        let after = Revision(before.revision.0 + 1);
        self.shell.world.policy.revision = after;
        let input = Input::PolicyChanged {
            before: before.revision,
            after,
        };
        let taken = self.submit(&input).is_some();
        if !taken {
            self.shell.world.policy = before;
        }
        taken
    }

    fn down(&mut self) {
        let down_since = self.now();
        self.shell.reload();
        let by = seconds(self.dice.below(2000));
        self.shell.world.now = down_since.after(by);
        let input = Input::Started { down_since };
        while self.submit(&input).is_none() {}
        self.model.disturb(self.now());
        self.pass(Duration::ZERO);
    }

    fn clock_steps(&mut self) {
        let by = self.dice.below(4000);
        self.shell.world.now = self.now().after(seconds(by));
        let by_ms = i64::try_from(by * 1000).unwrap();
        while self.submit(&Input::ClockStepped { by_ms }).is_none() {}
        self.model.disturb(self.now());
        self.pass(Duration::ZERO);
    }

    fn person(&mut self) {
        let state = self.shell.world.engine.state();
        let known: Vec<IncidentId> = state.incidents().map(|incident| incident.id).collect();
        if known.is_empty() {
            return;
        }
        let incident = *self.dice.one(&known);
        let by = actor();
        let command = match self.dice.below(3) {
            0 => Command::Acknowledge {
                by,
                incident,
                lasts: None,
            },
            1 => Command::Note {
                by,
                incident,
                text: "looked at it".into(),
            },
            _ => Command::Resolve {
                by,
                incident,
                why: "it is meant to be so".into(),
            },
        };
        let closes = matches!(command, Command::Resolve { .. });
        if self.submit(&Input::Command(command)) == Some(Answer::Done) && closes {
            self.model.closed_by_person.insert(incident);
        }
    }

    /// The engine and the model say the same.
    fn agrees(&mut self) {
        let now = self.now();
        self.what_fires_is_the_same();
        self.what_was_opened_was_free();
        for fault in self.model.firing.keys() {
            let Some(since) = self.model.free_since(&self.site, *fault, now) else {
                continue;
            };
            let within = match self.site.parents_of(fault.host) {
                [] => OPENS_WITHIN,
                _ => OPENS_BEHIND_WITHIN,
            };
            if now > since.after(within) {
                self.is_told(*fault, since);
            }
        }
        self.what_is_over_is_closed();
    }

    fn what_fires_is_the_same(&self) {
        let state = self.shell.world.engine.state();
        // The report of a window is an alert of the engine's own.
        let is_fault = |rule: &str| RULES.contains(&rule);
        let faults = state
            .alerts()
            .filter(|alert| alert.identity.rule().is_some_and(is_fault));
        let firing = faults.filter(|alert| alert.is_firing()).count();
        assert_eq!(firing, self.model.firing.len(), "so many fire");
        for (fault, (_, severity, _)) in &self.model.firing {
            let identity = fault.condition(*severity).identity();
            let alert = state.alert_of(&identity).expect("it fires");
            assert!(
                alert.is_firing() && alert.severity == *severity,
                "{alert:?}"
            );
        }
    }

    /// Whoever was told, was told of something that nothing kept from being told then.
    fn what_was_opened_was_free(&mut self) {
        let told: Vec<_> = self
            .shell
            .world
            .told
            .iter()
            .skip(self.opened)
            .cloned()
            .collect();
        self.opened = self.shell.world.told.len();
        let state = self.shell.world.engine.state();
        for delivery in told {
            if !matches!(delivery.action, Action::Open | Action::Reopen) {
                continue;
            }
            let at = delivery.created_at;
            let members: Vec<Fault> = self.members(delivery.incident);
            let free = members
                .iter()
                .any(|fault| !self.model.is_held(&self.site, *fault, at));
            // Nor does the model know what a window's report is told of.
            let known = state.incident(delivery.incident).is_some() && !members.is_empty();
            assert!(
                free || !known,
                "told under a suppression: {delivery:?} {members:?}"
            );
        }
    }

    /// A fault that has long been free to be told has a ticket that is open.
    fn is_told(&self, fault: Fault, since: Timestamp) {
        let state = self.shell.world.engine.state();
        let identity = fault.condition(Severity::Critical).identity();
        let alert = state.alert_of(&identity).expect("it fires");
        let incident = alert.incident.expect("it is worth an incident");
        if self.model.closed_by_person.contains(&incident) {
            return;
        }
        // Found at enrolment: its list gathers first.
        let is_listed = state
            .incident(incident)
            .is_some_and(|known| known.list.is_some());
        if is_listed && self.now() <= since.after(OPENS_BEHIND_WITHIN + LIST_GATHERS) {
            return;
        }
        assert!(
            self.shell.is_told_open(incident),
            "{fault:?} is free since {since:?} and nobody is told: {:?}",
            state.incident(incident)
        );
    }

    /// No ticket stays open for longer than the close delay after everything it is about was over.
    fn what_is_over_is_closed(&self) {
        let now = self.now();
        let state = self.shell.world.engine.state();
        for incident in state.incidents() {
            let members = self.members(incident.id);
            let may_stay = |fault: &Fault| {
                self.model.firing.contains_key(fault) || self.model.may_flap(*fault, now)
            };
            // A window's report alone is about nothing that the model knows.
            if members.is_empty() || members.iter().any(may_stay) {
                continue;
            }
            // A list is over when its last firing member is, or leaves it for being critical.
            let left_at = incident.list.and(incident.cleared_at);
            let over_at = self
                .model
                .quiet_since(&members)
                .max(left_at.unwrap_or_default());
            if now > over_at.after(CLOSES_WITHIN) {
                let open = self.shell.is_told_open(incident.id);
                assert!(!open, "its faults are long over: {incident:?}");
            }
        }
    }

    fn members(&self, incident: IncidentId) -> Vec<Fault> {
        let state = self.shell.world.engine.state();
        let all = (0..self.site.hosts)
            .flat_map(|host| (0..RULES.len()).map(move |rule| Fault { rule, host }));
        let is_member = |fault: &Fault| {
            let identity = fault.condition(Severity::Critical).identity();
            let alert = state.alert_of(&identity);
            alert.is_some_and(|alert| alert.incident == Some(incident))
        };
        all.filter(is_member).collect()
    }

    /// Everything is well, everybody answers: every ticket is closed, and in the end nothing is left.
    fn ends_well(&mut self) {
        while !self.model.firing.is_empty() || !self.faults.is_empty() {
            let firing: Vec<Fault> = self.model.firing.keys().copied().collect();
            self.faults
                .extend(firing.into_iter().map(|fault| (fault, None)));
            self.resend();
        }
        self.settle();
        self.pass(hours(1));
        self.settle();
        for (ticket, last) in self.shell.world.last_turns() {
            assert_eq!(last, Action::Resolve, "{ticket} stays open for ever");
        }
        self.pass(hours(24 * 7));
        self.settle();
        self.pass(hours(24 * 7));
        let state = self.shell.world.engine.state();
        assert_eq!(state.incidents().len(), 0);
        assert_eq!(state.alerts().len(), 0);
        assert_eq!(state.silences().len(), 0);
    }

    fn settle(&mut self) {
        while !self.shell.world.unanswered.is_empty() {
            self.shell.answer_one(&mut self.dice);
        }
    }
}

fn actor() -> Actor {
    Actor {
        name: "ops1".into(),
        via: Via::Api,
    }
}
