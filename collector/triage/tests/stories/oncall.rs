//! Whose turn it is: by a schedule, by what people took over it; and the simulator, which must say
//! what the engine does.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use vedette_triage::oncall::{Simulation, on_call, simulate};
use vedette_triage::{
    Answer, Command, Escalation, Handling, Interval, Ladder, Reason, Repeat, Schedule, Shift,
    Target, Timestamp, Wakes, WorkingTime,
};

use crate::escalation::{ladder, person, staffed, step, urgent};
use crate::support::*;

const NOTHING: [&str; 0] = [];

fn at(hours: u64) -> Timestamp {
    Timestamp::from_millis(START).after(minutes(60 * hours))
}

fn shift(name: &str, from: u64, until: u64) -> Shift {
    Shift {
        when: Interval {
            starts_at: at(from),
            ends_at: at(until),
        },
        person: name.into(),
    }
}

/// anna for eight hours, then ben; nobody from 16 on.
fn turns() -> Schedule {
    Schedule {
        team: Some("it-ops".into()),
        shifts: vec![shift("anna", 0, 8), shift("ben", 8, 16)],
        known: None,
    }
}

fn scheduled(escalations: Vec<Escalation>) -> World {
    let mut policy = staffed(escalations);
    let oncall = Arc::make_mut(&mut policy.oncall);
    oncall.schedules.insert("turns".into(), turns());
    urgent(policy)
}

impl World {
    fn takes(&mut self, who: &str, from: Option<u64>, until: u64) -> Answer {
        self.command(Command::TakeOnCall {
            by: actor(),
            schedule: "turns".into(),
            person: who.into(),
            from: from.map(at),
            until: at(until),
            why: "anna is ill".into(),
        })
    }

    fn duty(&self, hour: u64) -> Option<String> {
        let duty = on_call(self.engine.state(), &self.policy, "turns", at(hour))?;
        Some(duty.person.to_string())
    }
}

#[test]
fn whoever_is_on_call_is_told_and_with_the_team_as_well() {
    let by_schedule = ladder(
        "up",
        Ladder::Functional,
        vec![
            step(minutes(0), &[Target::Schedule("turns".into())]),
            step(minutes(9 * 60), &[Target::Team(None)]),
        ],
    );
    let mut world = scheduled(vec![by_schedule]);
    world.fire(&condition("disk", "db-7"));
    world.wakes(&["anna-phone open 0"]);
    world.pass(hours(9));
    world.wakes(&["ben-phone open 0", "oncall open 0"]);
}

#[test]
fn a_turn_that_is_taken_counts_until_its_end_and_the_newest_word_first() {
    let mut world = scheduled(Vec::new());
    assert_eq!(world.takes("ben", None, 6), Answer::Done);
    assert_eq!(world.takes("lena", Some(2), 4), Answer::Done);
    let duties = [0, 2, 3, 4, 6, 8].map(|hour| world.duty(hour).unwrap());
    assert_eq!(duties, ["ben", "lena", "lena", "ben", "anna", "ben"]);
    assert_eq!(world.engine.state().rulings().len(), 2);
    world.pass(hours(7));
    assert_eq!(
        world.engine.state().rulings().len(),
        0,
        "what is over is forgotten"
    );
    let is_over =
        |entry: &&vedette_triage::Entry| matches!(entry.reason, Reason::OnCallOver { .. });
    assert_eq!(world.entries.iter().filter(is_over).count(), 2);
}

#[test]
fn a_turn_needs_a_schedule_a_person_and_an_end_that_is_near() {
    let mut world = scheduled(Vec::new());
    assert!(matches!(
        world.takes("nobody", None, 6),
        Answer::NotFound(_)
    ));
    assert!(matches!(world.takes("ben", None, 0), Answer::Invalid(_)));
    assert!(matches!(
        world.takes("ben", None, 24 * 91),
        Answer::Invalid(_)
    ));
    let other = Command::TakeOnCall {
        by: actor(),
        schedule: "trains".into(),
        person: "ben".into(),
        from: None,
        until: at(6),
        why: String::new(),
    };
    let Answer::NotFound(why) = world.command(other) else {
        panic!("there is no such schedule")
    };
    assert_eq!(why, "there is no schedule \"trains\"; there are turns");
    for hour in 1..=200 {
        assert_eq!(world.takes("ben", Some(hour), hour + 1), Answer::Done);
    }
    assert!(matches!(
        world.takes("ben", Some(300), 301),
        Answer::Full(_)
    ));
}

#[test]
fn turns_of_a_schedule_that_is_gone_are_none() {
    let mut world = scheduled(Vec::new());
    world.takes("ben", None, 6);
    world.change_policy(|policy| Arc::make_mut(&mut policy.oncall).schedules.clear());
    assert_eq!(world.engine.state().rulings().len(), 0);
}

#[test]
fn gaps_and_double_turns_are_found_with_what_people_took() {
    let all = Interval {
        starts_at: at(0),
        ends_at: at(20),
    };
    let known = turns();
    assert_eq!(known.gaps(all), [shift("", 16, 20).when]);
    let taken = known.with(&[shift("lena", 14, 18), shift("lena", 1, 2)]);
    assert_eq!(taken.gaps(all), [shift("", 18, 20).when]);
    let names: Vec<&str> = taken.shifts.iter().map(|shift| &*shift.person).collect();
    assert_eq!(names, ["anna", "lena", "anna", "ben", "lena"]);
    let other = Schedule {
        shifts: vec![shift("lena", 0, 15)],
        ..Schedule::default()
    };
    assert_eq!(
        taken.doubles(&other, all),
        [shift("lena", 1, 2), shift("lena", 14, 15)]
    );
}

#[test]
fn nobody_is_told_by_a_turn_that_is_over() {
    let by_schedule = ladder(
        "up",
        Ladder::Functional,
        vec![step(minutes(0), &[Target::Schedule("turns".into())])],
    );
    let mut world = scheduled(vec![by_schedule]);
    world.pass(hours(17));
    world.fire(&condition("disk", "db-7"));
    // Nobody has the turn: all there are.
    assert_eq!(world.woken().len(), 4);
    world.pass(hours(17));
    world.wakes(&NOTHING);
}

// --- the simulator against the engine

fn targets() -> impl Strategy<Value = Vec<Target>> {
    let one = prop_oneof![
        Just(person("anna")),
        Just(person("ben")),
        Just(person("nobody")),
        Just(Target::Schedule("turns".into())),
        Just(Target::Team(None)),
        Just(Target::Everybody(Some("linux".into()))),
        Just(Target::Receiver("oncall".into())),
    ];
    prop::collection::vec(one, 1..4)
}

type Written = (Vec<(u64, Vec<Target>)>, Repeat, Wakes);

fn written() -> impl Strategy<Value = Written> {
    let steps = prop::collection::vec((0..120_u64, targets()), 1..5);
    let repeat = prop_oneof![
        Just(Repeat::Never),
        Just(Repeat::AsReminders),
        (5..200_u64).prop_map(|pause| Repeat::Every(minutes(pause))),
    ];
    let urgency = prop_oneof![
        Just(Wakes::Always),
        Just(Wakes::InHours),
        Just(Wakes::ByWorth)
    ];
    (steps, repeat, urgency)
}

fn policies() -> impl Strategy<Value = Vec<Escalation>> {
    let made = |(mut steps, repeat, urgency): Written, name: &str, of: Ladder| {
        steps.sort_by_key(|(after, _)| *after);
        let steps = steps.into_iter();
        let steps = steps
            .map(|(after, tells)| step(minutes(after), &tells))
            .collect();
        Escalation {
            repeat,
            urgency,
            ..ladder(name, of, steps)
        }
    };
    (written(), written()).prop_map(move |(one, two)| {
        vec![
            made(one, "one", Ladder::Functional),
            made(two, "two", Ladder::Hierarchical),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_simulator_says_what_the_engine_does(
        policies in policies(),
        works in prop::collection::vec((0..20_u64, 1..4_u64), 0..4),
        taken in prop::option::of((0..10_u64, 1..6_u64)),
        is_page in any::<bool>(),
        begins in 0..10_u64,
    ) {
        let mut world = scheduled(policies);
        let mut from = 0;
        let mut hours_of_work = Vec::new();
        for (pause, lasts) in works {
            let (starts, ends) = (from + pause, from + pause + lasts);
            hours_of_work.push(shift("", starts, ends).when);
            from = ends + 1;
        }
        let oncall = Arc::make_mut(&mut world.policy.oncall);
        oncall.contacts.get_mut("ben").unwrap().working = Arc::new(WorkingTime(hours_of_work));
        if let Some((from, lasts)) = taken {
            world.takes("lena", Some(from), from + lasts);
        }
        world.pass(minutes(60 * begins));
        world.told.clear();
        let handling = if is_page { Handling::Page } else { Handling::Ticket };
        let lasts: Duration = hours(20);
        world.fire(&condition("disk", "db-7").worth(handling));
        let expected = simulate(world.engine.state(), &world.policy, &Simulation {
            team: "it-ops".into(),
            priority: world.incident(0).priority,
            handling,
            labels: labels([("host", "db-7")]),
            at: world.now,
            lasts,
        });
        let begun = world.now;
        let mut known = 0;
        let mut done = Vec::new();
        loop {
            for entry in &world.entries[known..] {
                if let Reason::Escalated { ladder, policy, step, told, .. } = &entry.reason {
                    done.push((world.now, *ladder, policy.clone(), *step, told.clone()));
                }
            }
            known = world.entries.len();
            let Some(next) = world.engine.next_wake().filter(|at| *at <= begun.after(lasts)) else {
                break;
            };
            world.now = world.now.max(next);
            world.input(&vedette_triage::Input::Tick);
        }
        let words = |(receiver, person): (String, Option<String>)| match person {
            Some(person) => format!("{person} by {receiver}"),
            None => receiver,
        };
        let mut expected: Vec<_> = expected
            .into_iter()
            .map(|one| {
                let told: Vec<String> = one.told.into_iter().map(words).collect();
                (one.at, one.ladder, one.policy, one.step, told)
            })
            .collect();
        // Steps of two ladders that fall due in one instant have no order between them.
        done.sort();
        expected.sort();
        prop_assert_eq!(done, expected);
    }
}
