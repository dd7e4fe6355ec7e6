//! What holds whatever happens: random stories, checked after every step by `support::check`
//! (invariants 1, 4, 5, 8, 10, 13), and in the end by what was told (7, 15).

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};
use vedette_triage::{
    Action, Actor, Command, DeliverMode, Drill, Handling, HostSays, IncidentId, Inhibition, Input,
    Interval, LiveOf, Matchers, Place, Priority, Severity, SilenceId, TicketPer, Topology, Window,
    WindowRequest,
};

use vedette_wire::Class;

use crate::places_at_random::{OfPlace, of_place, take_place};
use crate::support::places::place;
use crate::support::*;

/// One thing that can happen.
#[derive(Debug, Clone)]
enum Step {
    Fire(Which),
    Clear(Which),
    Post(u8, u8),
    PostEnd(u8, u8),
    Pass(u16),
    Silence(u8, u8),
    Expire(u8),
    Acknowledge(u8),
    Note(u8),
    Resolve(u8),
    Merge(u8, u8),
    Take(u8, u8),
    Assign(u8, u8),
    Wait(u8, u16),
    Resume(u8),
    Prioritise(u8, u8),
    Judge(u8, bool),
    Noise(bool, bool),
    Answer(u8, bool),
    Observe(bool),
    Live(u8, bool),
    TicketPer(u8),
    RemoveRule(u8),
    Known(u8),
    Place(u8, OfPlace),
    Explain(bool),
    Plan(u8, u8, bool),
    UntilClear(u8),
    AddWindow(u8, u8),
    EndWindow(u8),
    Silent(u8),
    Reports(u8, u8),
    Down(u16),
    SetClock(i32),
    Back(u8),
}

/// Which condition, in numbers.
#[derive(Debug, Clone, Copy)]
struct Which {
    rule: u8,
    host: u8,
    critical: bool,
    worth: u8,
    drill: u8,
    /// Quarters of an hour until its limit; many = not known.
    left: u8,
}

const RULES: [&str; 5] = ["disk", "inodes", "memory", "shadowed", "host-silent"];
const HOSTS: u8 = 7;

impl Which {
    fn condition(self) -> Condition {
        let rule = RULES[usize::from(self.rule) % RULES.len()];
        let mut condition = condition(rule, &format!("h-{}", self.host % HOSTS));
        if self.host % HOSTS == 2 {
            condition = condition.with("class", "workstation");
        }
        condition.severity = if self.critical {
            Severity::Critical
        } else {
            Severity::Warning
        };
        condition.handling = [
            Some(Handling::Ticket),
            Some(Handling::Page),
            Some(Handling::Digest),
            Some(Handling::Watch),
            None,
        ][usize::from(self.worth) % 5];
        if self.left < 20 {
            let left_s = f64::from(self.left) * 900.0;
            condition = condition.measured(vedette_triage::About::TIME_TO_BREACH, left_s);
        }
        condition.drill = match self.drill {
            0 => Some(Drill::Quiet),
            1 => Some(Drill::Paging),
            _ => None,
        };
        condition
    }
}

fn a_condition() -> impl Strategy<Value = Which> {
    let worth = prop_oneof![6 => Just(0_u8), 4 => 0_u8..5];
    let left = prop_oneof![2 => Just(u8::MAX), 1 => 0_u8..20];
    (0_u8..5, 0_u8..HOSTS, any::<bool>(), worth, 0_u8..12, left).prop_map(
        |(rule, host, critical, worth, drill, left)| Which {
            rule,
            host,
            critical,
            worth,
            drill,
            left,
        },
    )
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => a_condition().prop_map(Step::Fire),
        6 => a_condition().prop_map(Step::Clear),
        3 => (0_u8..2, 0_u8..4).prop_map(|(host, severity)| Step::Post(host, severity)),
        2 => (0_u8..2, 0_u8..4).prop_map(|(host, severity)| Step::PostEnd(host, severity)),
        8 => (0_u16..900).prop_map(Step::Pass),
        1 => (3600_u16..40_000).prop_map(Step::Pass),
        2 => (0_u8..4, 1_u8..90).prop_map(|(rule, minutes)| Step::Silence(rule, minutes)),
        1 => any::<u8>().prop_map(Step::Expire),
        1 => any::<u8>().prop_map(Step::Acknowledge),
        1 => any::<u8>().prop_map(Step::Note),
        1 => any::<u8>().prop_map(Step::Resolve),
        2 => (0_u8..8, 0_u8..8).prop_map(|(one, other)| Step::Merge(one, other)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(which, who)| Step::Take(which, who)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(which, to)| Step::Assign(which, to)),
        1 => (any::<u8>(), any::<u16>()).prop_map(|(which, lasts)| Step::Wait(which, lasts)),
        1 => any::<u8>().prop_map(Step::Resume),
        1 => (any::<u8>(), 0_u8..6).prop_map(|(which, to)| Step::Prioritise(which, to)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(which, useful)| Step::Judge(which, useful)),
        1 => any::<(bool, bool)>().prop_map(|(linux, helps)| Step::Noise(linux, helps)),
        8 => (0_u8..4, prop::bool::weighted(0.9)).prop_map(|(at, well)| Step::Answer(at, well)),
        1 => any::<bool>().prop_map(Step::Observe),
        1 => (0..4_u8, any::<bool>()).prop_map(|(of, live)| Step::Live(of, live)),
        1 => (0_u8..3).prop_map(Step::TicketPer),
        1 => (0_u8..4).prop_map(Step::RemoveRule),
        1 => (0_u8..4).prop_map(Step::Known),
        2 => prop::bool::weighted(0.7).prop_map(Step::Explain),
        2 => (0_u8..60, 1_u8..90, prop::bool::weighted(0.7))
            .prop_map(|(from, lasts, report)| Step::Plan(from, lasts, report)),
        2 => (0_u8..4).prop_map(Step::UntilClear),
        1 => (0_u8..60, 1_u8..90).prop_map(|(from, lasts)| Step::AddWindow(from, lasts)),
        1 => (0_u8..3).prop_map(Step::EndWindow),
        2 => (0_u8..3).prop_map(Step::Silent),
        2 => (0_u8..3, 0_u8..3).prop_map(|(host, kernel)| Step::Reports(host, kernel)),
        6 => (0_u8..3, of_place()).prop_map(|(host, what)| Step::Place(host, what)),
        1 => (0_u16..2000).prop_map(Step::Down),
        1 => (-4000_i32..4000).prop_map(Step::SetClock),
        1 => any::<u8>().prop_map(Step::Back),
    ]
}

/// `PROPTEST_CASES` runs more of them, `PROPTEST_RNG_SEED` the same ones again.
#[test]
fn whatever_happens_the_promises_hold() {
    let mut config = ProptestConfig::default();
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => {
            let mut runner = TestRunner::default();
            any::<u64>().new_tree(&mut runner).unwrap().current()
        }
    };
    config.rng_seed = RngSeed::Fixed(seed);
    config.failure_persistence = None;
    let stories = prop::collection::vec(a_step(), 1..80);
    let outcome = TestRunner::new(config).run(&stories, |steps| {
        let mut world = World::under(gathering());
        for host in ["h-0", "h-1", "h-2"] {
            world.host(host, seen(host, Class::Server, "boot-1"));
        }
        for (person, team) in [("ops1", "it-ops"), ("lin1", "linux")] {
            world.policy.persons.insert(person.into(), team.into());
        }
        world.answers_itself = false;
        for step in &steps {
            take(&mut world, step);
        }
        end_well(&mut world);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("PROPTEST_RNG_SEED={seed} repeats it: {failure}");
    }
}

/// Few are many here, so that short stories have all of it.
fn gathering() -> vedette_triage::Policy {
    let mut policy = policy();
    policy.rollup.same_rule_hosts = 3;
    policy.rollup.mass_entities = 3;
    policy.rollup.storm_per_minute = 6;
    let every = |hour: u64| vedette_triage::Timestamp::from_millis(START).after(hours(3 * hour));
    let moments: Vec<vedette_triage::Timestamp> = (1..200).map(every).collect();
    let teams = policy.teams.iter();
    let digests = teams.map(|team| (team.name.clone(), moments.clone()));
    policy.digests = Arc::new(digests.collect());
    policy
}

fn take(world: &mut World, step: &Step) {
    match step {
        Step::Fire(of) => drop(world.fire(&of.condition())),
        Step::Clear(of) => drop(world.clear(&of.condition())),
        Step::Post(host, severity) => drop(world.post(&posted(*host, *severity))),
        Step::PostEnd(host, severity) => {
            let end = vedette_triage::End::SaidBySender;
            drop(world.post_end(&posted(*host, *severity), end));
        }
        Step::Pass(by) => world.pass(seconds(u64::from(*by))),
        Step::Silence(rule, lasts) => {
            let matcher = format!("alertname=\"{}\"", RULES[usize::from(*rule)]);
            world.silence(&[&matcher], minutes(u64::from(*lasts)));
        }
        Step::Expire(which) => {
            let id = format!("silence-{}", which % 8);
            world.expire(&SilenceId::new(&id));
        }
        Step::Acknowledge(which) => drop(world.acknowledge(u64::from(which % 8), None)),
        Step::Note(which) => drop(world.note(u64::from(which % 8), "seen")),
        Step::Resolve(which) => drop(world.resolve(u64::from(which % 8))),
        Step::Merge(one, other) => {
            drop(world.merge(u64::from(*one), u64::from(*other)));
        }
        Step::Take(..)
        | Step::Assign(..)
        | Step::Wait(..)
        | Step::Resume(_)
        | Step::Judge(..)
        | Step::Prioritise(..) => say(world, step),
        Step::Noise(linux, helps) => {
            let team = if *linux { "linux" } else { "it-ops" };
            let noisy = vec![noisy("disk", world.now, *helps)];
            let team = team.to_owned();
            drop(world.input(&Input::NoiseFound { team, noisy }));
        }
        Step::Answer(at, well) => answer(world, usize::from(*at), *well),
        Step::Observe(observe) => drop(world.change_policy(|policy| {
            policy.mode = if *observe {
                DeliverMode::Observe
            } else {
                DeliverMode::Live
            };
        })),
        Step::Live(of, live) => {
            let of = match of {
                0 => LiveOf::Everything,
                1 => LiveOf::Team("linux".into()),
                which => LiveOf::Rule(RULES[usize::from(*which) % RULES.len()].into()),
            };
            drop(world.command(Command::RuleLive {
                by: actor(),
                of,
                live: *live,
                why: String::new(),
            }));
        }
        Step::TicketPer(which) => drop(world.change_policy(|policy| {
            policy.timers.ticket_per = match which {
                0 => TicketPer::Alert,
                1 => TicketPer::Route,
                _ => TicketPer::Labels(vec!["host".into(), "component".into()]),
            };
        })),
        Step::RemoveRule(which) => {
            let name = RULES[usize::from(*which)];
            world.change_policy(|policy| drop(policy.rules.remove(name)));
            world.change_policy(|policy| drop(policy.rules.insert(name.into(), rule(name))));
        }
        Step::Explain(explains) => drop(world.change_policy(|policy| {
            let mut child = rule("inodes");
            let mut inhibitions = Vec::new();
            if *explains {
                child.depends_on = vec!["memory".into()];
                inhibitions.push(Inhibition {
                    name: "disk".into(),
                    source: Matchers::parse(&["severity=\"critical\""]).unwrap(),
                    target: Matchers::parse(&["alertname=~\"Down|memory\""]).unwrap(),
                    equal: vec!["site".into()],
                });
            }
            policy.rules.insert("inodes".into(), child);
            policy.inhibitions = Arc::new(inhibitions);
        })),
        Step::Plan(from, lasts, report) => plan(world, (*from, *lasts), *report),
        Step::UntilClear(rule) => {
            let matcher = format!("alertname=\"{}\"", RULES[usize::from(*rule)]);
            let mut wish = world.wish(&[&matcher], hours(2));
            wish.until_clear = true;
            world.set_silence(wish);
        }
        Step::AddWindow(from, lasts) => {
            let starts_at = world.now.after(minutes(u64::from(*from)));
            let window = WindowRequest {
                name: format!("by hand {}", from % 3),
                matchers: Matchers::parse(&["host=~\"h-[01]\""]).unwrap(),
                starts_at,
                ends_at: starts_at.after(minutes(u64::from(*lasts))),
                why: "planned".into(),
                report: true,
            };
            let by = actor();
            world.command(Command::AddWindow { by, window });
        }
        Step::EndWindow(which) => {
            let name = ["planned", "by hand 0", "by hand 1"][usize::from(*which)].to_owned();
            let by = actor();
            world.command(Command::EndWindow { by, name });
        }
        Step::Silent(host) => {
            let last_seen = world.now;
            world.host(&format!("h-{host}"), HostSays::Silent { last_seen });
        }
        Step::Reports(host, kernel) => {
            let name = format!("h-{host}");
            let mut says = seen(&name, Class::Server, "boot-2");
            if let HostSays::Seen { facts, .. } = &mut says {
                facts.kernel = format!("6.{kernel}");
            }
            world.host(&name, says);
        }
        Step::Known(which) => drop(world.change_policy(|policy| {
            let known = [
                labels([]),
                labels([("team", "linux"), ("tier", "1")]),
                labels([("class", "workstation")]),
                labels([("site", "graz")]),
            ];
            let known = known[usize::from(*which)].clone();
            let first = Place {
                name: "h-0".into(),
                labels: known,
                ..Place::default()
            };
            let places = vec![
                first,
                place("sw", &[&["h-1"]]),
                place("h-1", &[&["h-0", "sw"], &["h-0"]]),
                place("h-2", &[&["h-1", "h-0"], &["sw"]]),
            ];
            let places = places.into_iter().take(usize::from(*which) + 1);
            policy.topology = Arc::new(Topology::new(places.collect(), Vec::new()));
        })),
        Step::Place(host, what) => take_place(world, &format!("h-{host}"), *what),
        Step::Down(by) => {
            let down_since = world.now;
            world.now = world.now.after(seconds(u64::from(*by)));
            world.input(&Input::Started { down_since });
            world.tick();
        }
        Step::SetClock(by) => {
            let by_ms = i64::from(*by) * 1000;
            if by_ms > 0 {
                world.now = world.now.after(seconds(by.unsigned_abs().into()));
            }
            world.input(&Input::ClockStepped { by_ms });
            world.tick();
        }
        Step::Back(by) => {
            let now = world.now;
            world.now = now.before(seconds(u64::from(*by)));
            world.input(&Input::Tick);
            world.now = now;
        }
    }
}

/// What people say about incidents that may be there.
fn say(world: &mut World, step: &Step) {
    let which = |which: &u8| IncidentId(u64::from(which % 8));
    let by = actor;
    let why = || "for a reason".to_owned();
    let command = match step {
        Step::Take(of, who) => Command::Take {
            by: Actor {
                name: ["ops1", "lin1", "guest"][usize::from(*who) % 3].into(),
                ..actor()
            },
            incident: which(of),
            lasts: None,
        },
        Step::Assign(of, to) => Command::Assign {
            by: by(),
            incident: which(of),
            to: ["ops1", "lin1", "linux", "it-ops", "nobody"][usize::from(*to) % 5].into(),
            why: why(),
        },
        Step::Wait(of, lasts) => Command::Wait {
            by: by(),
            incident: which(of),
            waits_for: "vendor".into(),
            until: world.now.after(seconds(u64::from(*lasts))),
        },
        Step::Resume(of) => Command::Resume {
            by: by(),
            incident: which(of),
            why: why(),
        },
        Step::Prioritise(of, to) => Command::Prioritise {
            by: by(),
            incident: which(of),
            to: Priority::ALL.get(usize::from(*to)).copied(),
            why: why(),
        },
        Step::Judge(of, useful) => Command::Judge {
            by: by(),
            incident: which(of),
            rule: None,
            useful: *useful,
        },
        other => panic!("nobody says {other:?}"),
    };
    world.command(command);
}

/// A window twice, an hour apart.
fn plan(world: &mut World, (from, lasts): (u8, u8), report: bool) {
    let interval = |more: u64| {
        let starts_at = world.now.after(minutes(u64::from(from) + more));
        Interval {
            starts_at,
            ends_at: starts_at.after(minutes(u64::from(lasts))),
        }
    };
    let window = Window {
        name: "planned".into(),
        matchers: Matchers::parse(&["class=\"server\""]).unwrap(),
        intervals: vec![interval(0), interval(u64::from(lasts) + 60)],
        why: "planned".into(),
        owner: "linux".into(),
        report,
    };
    world.change_policy(|policy| policy.windows = Arc::new(vec![window]));
}

/// The receiver answers the oldest delivery of one of its tickets, in order per ticket.
fn answer(world: &mut World, at: usize, well: bool) {
    let Some(candidate) = world.unanswered.get(at).cloned() else {
        return;
    };
    let of_ticket = |other: &std::sync::Arc<vedette_triage::Delivery>| {
        (other.incident, &other.receiver) == (candidate.incident, &candidate.receiver)
    };
    let first = world.unanswered.iter().position(of_ticket).unwrap();
    let delivery = world.unanswered.remove(first).unwrap();
    let fate = if well { done(&delivery) } else { dead() };
    world.answer(&delivery, fate);
}

fn posted(host: u8, severity: u8) -> vedette_triage::Labels {
    let severity = ["critical", "warning", "info", ""][usize::from(severity) % 4];
    labels([
        ("alertname", "Down"),
        ("instance", &format!("h-{host}:9100")),
        ("severity", severity),
    ])
}

/// Everything clears and everybody answers: then every ticket is closed, whatever was silenced
/// or observed (invariant 7), and in the end nothing is left (invariant 15).
fn end_well(world: &mut World) {
    world.change_policy(|policy| {
        policy.windows = Arc::default();
        // A digest is closed where none is planned any more.
        policy.digests = Arc::default();
    });
    // Planned by hand: what is to come is taken back, what lasts is ended.
    for name in 0..6 {
        let name = format!("by hand {}", name % 3);
        let by = actor();
        world.command(Command::EndWindow { by, name });
    }
    for host in ["h-0", "h-1", "h-2"] {
        let mut says = seen(host, Class::Server, "boot-9");
        if let HostSays::Seen { facts, .. } = &mut says {
            facts.kernel = "6.9".into();
        }
        world.host(host, says);
    }
    world.silence(&["alertname!=\"\""], hours(1));
    let firing: Vec<_> = world.engine.state().alerts().cloned().collect();
    for alert in firing.iter().filter(|alert| alert.is_firing()) {
        let since = world.now;
        world.input(&Input::Signal(vedette_triage::Signal::Alert(
            vedette_triage::AlertSignal {
                identity: alert.identity.clone(),
                says: vedette_triage::Says::Ok {
                    end: vedette_triage::End::Recovered,
                    since,
                },
                about: alert.about.clone(),
                drill: alert.drill,
            },
        )));
    }
    world.answers_itself = true;
    world.answer_all();
    // The close delay, or for what comes and goes until that is over.
    world.pass(minutes(40));
    for incident in world.engine.state().incidents() {
        assert!(incident.phase.is_over(), "{incident:?}");
    }
    for (ticket, last) in world.last_turns() {
        assert_eq!(last, Action::Resolve, "{ticket} stays open for ever");
    }
    world.pass(hours(24 * 6));
    let state = world.engine.state();
    assert_eq!(state.incidents().len(), 0);
    assert_eq!(state.alerts().len(), 0);
    assert_eq!(state.silences().len(), 0);
    world.pass(vedette_triage::limits::OPENINGS_KEPT);
    let state = world.engine.state();
    assert_eq!(state.recurrences().len(), 0);
    assert!(state.accounts().len() <= world.policy.rules.len() + 1);
    assert_eq!(state.next_due(), None);
}
