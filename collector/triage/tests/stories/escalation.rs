//! Who is told when nobody works on an incident: when, how often, and when not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{
    Answer, Command, Contact, Drill, Escalation, Handling, Hours, IncidentId, Input, Interval,
    Ladder, Matchers, OnCall, Policy, Priority, Reason, Receiver, Repeat, Step, Target, Timestamp,
    Wakes, When, WorkingTime,
};

use crate::support::*;

const NOTHING: [&str; 0] = [];

/// Two teams with their people: anna, ben and lena, who leads it-ops; lin1, who leads linux.
pub(crate) fn staffed(escalations: Vec<Escalation>) -> Policy {
    let mut policy = apart();
    let people = [
        ("anna", "it-ops"),
        ("ben", "it-ops"),
        ("lena", "it-ops"),
        ("lin1", "linux"),
    ];
    let owned = |(name, team): (&str, &str)| (name.to_owned(), team.to_owned());
    policy.persons = people.into_iter().map(owned).collect();
    let mut contacts = BTreeMap::new();
    for (name, _) in people {
        let phone = format!("{name}-phone");
        let receiver = Receiver {
            name: phone.clone(),
            ..policy.receivers["desk"].clone()
        };
        policy.receivers.insert(phone.clone(), receiver);
        let contact = Contact {
            receivers: vec![phone],
            working: Arc::default(),
        };
        contacts.insert(name.to_owned(), contact);
    }
    let leads = [("it-ops", "lena-phone"), ("linux", "lin1-phone")];
    let told_by = |(team, lead): (&str, &str)| (team.to_owned(), vec![lead.to_owned()]);
    policy.leads = leads.into_iter().map(told_by).collect();
    policy.oncall = Arc::new(OnCall {
        escalations,
        contacts,
        ..OnCall::default()
    });
    policy
}

/// A critical server is P1.
pub(crate) fn urgent(mut policy: Policy) -> World {
    for row in &mut policy.matrix.rows {
        row[2] = Priority::P1;
    }
    World::under(policy)
}

pub(crate) fn step(after: Duration, tells: &[Target]) -> Step {
    Step {
        after,
        when: When::default(),
        tells: tells.to_vec(),
    }
}

pub(crate) fn person(name: &str) -> Target {
    Target::Person(name.into())
}

pub(crate) fn ladder(name: &str, ladder: Ladder, steps: Vec<Step>) -> Escalation {
    Escalation {
        name: name.into(),
        ladder,
        teams: Vec::new(),
        when: When::default(),
        urgency: Wakes::Always,
        steps,
        repeat: Repeat::Never,
    }
}

fn functional(steps: Vec<Step>) -> Escalation {
    ladder("up", Ladder::Functional, steps)
}

impl World {
    /// Who was told since the last time, but for the desk, notes and updates.
    pub(crate) fn woken(&mut self) -> Vec<String> {
        let mut told = self.told();
        let is_for_people = |line: &String| {
            let is_desk = line.starts_with("desk ") || line.starts_with("linux-desk ");
            !is_desk && !line.contains(" note ") && !line.contains(" update ")
        };
        told.retain(is_for_people);
        told
    }

    #[track_caller]
    pub(crate) fn wakes(&mut self, expected: &[&str]) {
        assert_eq!(self.woken(), expected);
    }

    fn assign_to(&mut self, to: &str) -> Answer {
        self.command(Command::Assign {
            by: actor(),
            incident: IncidentId(0),
            to: to.into(),
            why: "theirs".into(),
        })
    }

    fn reasons(&self, wanted: impl Fn(&Reason) -> bool) -> usize {
        self.entries
            .iter()
            .filter(|entry| wanted(&entry.reason))
            .count()
    }

    fn late_ms(&self) -> Vec<u64> {
        let late = self.entries.iter().filter_map(|entry| match entry.reason {
            Reason::Escalated { late_ms, .. } => Some(late_ms),
            _ => None,
        });
        late.collect()
    }
}

// --- the usual policy

#[test]
fn of_a_p1_the_team_is_told_now_and_again_then_all_of_it_every_half_hour() {
    let mut world = urgent(staffed(Escalation::usual()));
    world.fire(&condition("disk", "db-7"));
    assert_eq!(world.incident(0).priority, Priority::P1);
    world.wakes(&["oncall open 0"]);
    world.pass(minutes(14));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["oncall escalate 0"]);
    world.pass(minutes(15));
    let all = [
        "anna-phone open 0",
        "ben-phone open 0",
        "lena-phone open 0",
        "oncall escalate 0",
    ];
    world.wakes(&all);
    world.pass(minutes(30));
    let again = all.map(|line| line.replace("open", "escalate"));
    assert_eq!(world.woken(), again);
    world.pass(minutes(30));
    assert_eq!(world.woken(), again);
}

#[test]
fn of_a_p2_the_team_is_told_now_and_after_an_hour_then_as_it_is_reminded() {
    let mut world = World::under(staffed(Escalation::usual()));
    world.fire(&condition("disk", "db-7").worth(Handling::Page));
    assert_eq!(world.incident(0).priority, Priority::P2);
    world.wakes(&["oncall open 0"]);
    world.pass(minutes(60));
    world.wakes(&["oncall escalate 0"]);
    world.pass(minutes(119));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["oncall escalate 0"]);
}

#[test]
fn of_what_is_less_urgent_nobody_is_told_beside_its_ticket() {
    let mut world = World::under(staffed(Escalation::usual()));
    world.fire(&condition("disk", "db-7").severity(vedette_triage::Severity::Warning));
    world.pass(hours(5));
    world.wakes(&NOTHING);
    assert_eq!(world.incident(0).escalation, None);
}

// --- what stops it

#[test]
fn an_acknowledgement_stops_it_and_where_that_ends_it_goes_on_where_it_stood() {
    let mut world = urgent(staffed(Escalation::usual()));
    world.fire(&condition("disk", "db-7"));
    world.pass(minutes(15));
    world.wakes(&["oncall open 0", "oncall escalate 0"]);
    world.acknowledge(0, Some(minutes(40)));
    world.wakes(&["oncall acknowledge 0"]);
    world.pass(minutes(39));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    let all = [
        "anna-phone open 0",
        "ben-phone open 0",
        "lena-phone open 0",
        "oncall escalate 0",
    ];
    world.wakes(&all);
    assert_eq!(
        world.late_ms(),
        [0, 0, 0],
        "it was not late: somebody worked on it"
    );
}

#[test]
fn whoever_was_told_is_told_that_it_is_over_and_of_a_reopening_it_begins_anew() {
    let mut world = urgent(staffed(vec![functional(vec![
        step(minutes(0), &[person("anna")]),
        step(minutes(10), &[person("ben")]),
    ])]));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.pass(minutes(10));
    world.wakes(&["anna-phone open 0", "ben-phone open 0"]);
    world.clear(&disk);
    world.pass(minutes(5));
    world.wakes(&["anna-phone resolve 0", "ben-phone resolve 0"]);
    assert_eq!(world.incident(0).escalation, None);
    world.pass(minutes(30));
    world.fire(&disk);
    world.wakes(&[
        "anna-phone reopen 0",
        "ben-phone reopen 0",
        "anna-phone escalate 0",
    ]);
    world.pass(minutes(10));
    world.wakes(&["ben-phone escalate 0"]);
}

#[test]
fn nobody_is_told_while_all_is_clear_or_people_wait() {
    let mut world = urgent(staffed(vec![functional(vec![step(
        minutes(3),
        &[person("anna")],
    )])]));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.pass(minutes(2));
    world.clear(&disk);
    world.pass(minutes(2));
    world.wakes(&NOTHING);
    world.fire(&disk);
    world.wakes(&["anna-phone open 0"]);
}

#[test]
fn a_silence_stops_it_and_at_its_end_it_goes_on() {
    let mut world = urgent(staffed(vec![functional(vec![
        step(minutes(0), &[person("anna")]),
        step(minutes(10), &[person("ben")]),
        step(minutes(20), &[person("lena")]),
    ])]));
    world.fire(&condition("disk", "db-7"));
    world.wakes(&["anna-phone open 0"]);
    world.pass(minutes(5));
    world.silence(&["host=\"db-7\""], minutes(60));
    world.pass(minutes(59));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["ben-phone open 0"]);
    world.pass(minutes(9));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["lena-phone open 0"]);
    assert_eq!(world.late_ms(), [0, 0, 0]);
}

#[test]
fn a_quiet_drill_wakes_nobody() {
    let mut world = urgent(staffed(Escalation::usual()));
    world.fire(&condition("disk", "db-7").drill(Drill::Quiet));
    world.pass(hours(2));
    world.wakes(&NOTHING);
}

// --- ladders

#[test]
fn both_ladders_are_climbed_each_at_its_own_pace() {
    let mut world = urgent(staffed(vec![
        functional(vec![
            step(minutes(0), &[person("anna")]),
            step(minutes(10), &[person("ben")]),
        ]),
        ladder(
            "who decides",
            Ladder::Hierarchical,
            vec![
                step(minutes(5), &[person("lena")]),
                step(minutes(10), &[person("lin1")]),
            ],
        ),
    ]));
    world.fire(&condition("disk", "db-7"));
    world.pass(minutes(7));
    world.wakes(&["anna-phone open 0", "lena-phone open 0"]);
    world.pass(minutes(3));
    world.wakes(&["ben-phone open 0", "lin1-phone open 0"]);
    world.pass(hours(9));
    world.wakes(&NOTHING);
}

#[test]
fn a_person_is_told_once_by_a_step_however_often_it_names_that_person() {
    let mut world = urgent(staffed(vec![
        functional(vec![step(
            minutes(0),
            &[
                person("anna"),
                person("anna"),
                Target::Everybody(None),
                Target::Receiver("anna-phone".into()),
            ],
        )]),
        ladder(
            "who decides",
            Ladder::Hierarchical,
            vec![step(minutes(0), &[person("anna")])],
        ),
    ]));
    world.fire(&condition("disk", "db-7"));
    world.wakes(&[
        "anna-phone open 0",
        "ben-phone open 0",
        "lena-phone open 0",
        "oncall open 0",
    ]);
}

#[test]
fn a_notice_names_whom_it_is_for_and_who_is_told_next() {
    let mut world = urgent(staffed(vec![functional(vec![
        step(minutes(0), &[person("anna")]),
        step(minutes(10), &[person("anna"), Target::Team(None)]),
    ])]));
    world.fire(&condition("disk", "db-7"));
    let phone = |world: &mut World| {
        let told = world
            .told
            .drain(..)
            .find(|one| one.receiver == "anna-phone")
            .unwrap();
        let notice = told.facts.notice.clone().unwrap();
        let next = told.facts.told_next.clone();
        (
            notice.person,
            notice.why,
            next.map(|next| (next.at, next.who)),
        )
    };
    let anna: Option<Arc<str>> = Some("anna".into());
    let next = (world.now.after(minutes(10)), "anna, team it-ops".to_owned());
    let why = "nobody works on it yet".to_owned();
    assert_eq!(phone(&mut world), (anna.clone(), why, Some(next)));
    world.pass(minutes(10));
    let why = "nobody works on it since 10 minutes".to_owned();
    assert_eq!(phone(&mut world), (anna, why, None));
}

#[test]
fn a_step_whose_conditions_do_not_hold_is_left_out_and_the_next_keeps_its_time() {
    let when = |priority, matcher: &str| When {
        priorities: vec![priority],
        matchers: Matchers::parse(&[matcher]).unwrap(),
        hours: Hours::Any,
    };
    let only = |when: When, name: &str| Step {
        when,
        ..step(minutes(5), &[person(name)])
    };
    let mut world = urgent(staffed(vec![functional(vec![
        only(when(Priority::P2, "host=~\".*\""), "anna"),
        only(when(Priority::P1, "host=\"other\""), "anna"),
        only(when(Priority::P1, "host=\"db-7\""), "ben"),
        step(minutes(20), &[person("lena")]),
    ])]));
    world.fire(&condition("disk", "db-7"));
    world.pass(minutes(5));
    world.wakes(&["ben-phone open 0"]);
    world.pass(minutes(14));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["lena-phone open 0"]);
}

#[test]
fn a_policy_is_for_its_teams_and_priorities_and_the_first_that_is_counts() {
    let of_linux = Escalation {
        teams: vec!["linux".into()],
        ..ladder(
            "linux",
            Ladder::Functional,
            vec![step(minutes(0), &[person("lin1")])],
        )
    };
    let mut world = urgent(staffed(vec![
        of_linux,
        functional(vec![step(minutes(0), &[person("anna")])]),
    ]));
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("memory", "web-1").with("team", "linux"));
    world.wakes(&["anna-phone open 0", "lin1-phone open 1"]);
}

#[test]
fn what_becomes_more_urgent_begins_to_climb_and_what_is_no_longer_so_stops() {
    let mut world = World::under(staffed(Escalation::usual()));
    world.fire(&condition("disk", "db-7").severity(vedette_triage::Severity::Warning));
    world.pass(minutes(10));
    world.wakes(&NOTHING);
    let prioritise = |world: &mut World, to| {
        world.command(Command::Prioritise {
            by: actor(),
            incident: IncidentId(0),
            to: Some(to),
            why: "the board is here".into(),
        })
    };
    prioritise(&mut world, Priority::P1);
    world.wakes(&["oncall open 0"]);
    prioritise(&mut world, Priority::P4);
    world.woken();
    world.pass(hours(3));
    world.wakes(&NOTHING);
}

// --- nobody there

#[test]
fn where_nobody_can_be_told_the_next_in_the_policy_is_and_in_the_end_all_there_are() {
    let nobody = Target::Schedule("nights".into());
    let mut world = urgent(staffed(vec![functional(vec![
        step(minutes(0), &[nobody.clone(), person("nobody-knows")]),
        step(minutes(30), &[person("ben")]),
        step(minutes(60), &[nobody]),
    ])]));
    world.fire(&condition("disk", "db-7"));
    world.wakes(&["ben-phone open 0"]);
    world.pass(minutes(30));
    world.wakes(&[
        "anna-phone open 0",
        "ben-phone escalate 0",
        "lena-phone open 0",
        "oncall open 0",
    ]);
}

#[test]
fn that_nobody_at_all_can_be_told_is_said_and_its_ticket_is_there_all_the_same() {
    let mut policy = staffed(vec![functional(vec![step(minutes(0), &[person("anna")])])]);
    policy.teams[0].page.clear();
    let oncall = Arc::make_mut(&mut policy.oncall);
    oncall.contacts.clear();
    let mut world = urgent(policy);
    world.fire(&condition("disk", "db-7"));
    world.tells(&["desk open 0"]);
    let is_untold =
        |reason: &Reason| matches!(reason, Reason::Escalated { told, .. } if told.is_empty());
    assert_eq!(world.reasons(is_untold), 1);
}

// --- working hours

fn office(world: &World, from: u64, until: u64) -> Arc<WorkingTime> {
    let day = |days: u64| Interval {
        starts_at: world.now.after(hours(24 * days + from)),
        ends_at: world.now.after(hours(24 * days + until)),
    };
    Arc::new(WorkingTime((0..5).map(day).collect()))
}

/// It is midnight; anna works from 7 to 15, ben, further east, from 3 to 11.
fn at_night(urgency: Wakes) -> World {
    let steps = vec![step(minutes(0), &[person("anna"), person("ben")])];
    let mut policy = staffed(vec![Escalation {
        urgency,
        ..functional(steps)
    }]);
    let world = World::new();
    let oncall = Arc::make_mut(&mut policy.oncall);
    // Work that ended yesterday makes the night one outside of it.
    let with_yesterday = |hours: Arc<WorkingTime>| {
        let mut hours = WorkingTime::clone(&hours);
        let ended = Interval {
            starts_at: Timestamp::from_millis(START - 10),
            ends_at: Timestamp::from_millis(START - 5),
        };
        hours.0.insert(0, ended);
        Arc::new(hours)
    };
    oncall.contacts.get_mut("anna").unwrap().working = with_yesterday(office(&world, 7, 15));
    oncall.contacts.get_mut("ben").unwrap().working = with_yesterday(office(&world, 3, 11));
    World::under(policy)
}

#[test]
fn what_is_not_urgent_waits_until_somebody_who_is_told_works() {
    let mut world = at_night(Wakes::ByWorth);
    world.fire(&condition("disk", "db-7"));
    assert_eq!(world.incident(0).priority, Priority::P2);
    world.pass(minutes(179));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["ben-phone open 0"]);
}

#[test]
fn what_waited_for_working_hours_is_dropped_if_it_has_cleared() {
    let mut world = at_night(Wakes::InHours);
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.pass(minutes(60));
    world.clear(&disk);
    world.pass(hours(20));
    world.wakes(&NOTHING);
}

#[test]
fn what_is_worth_a_page_wakes_people_at_night() {
    let mut world = at_night(Wakes::ByWorth);
    world.fire(&condition("disk", "db-7").worth(Handling::Page));
    world.wakes(&["anna-phone open 0", "ben-phone open 0", "oncall open 0"]);
}

// --- time that did not pass

#[test]
fn after_a_downtime_steps_are_taken_in_order_one_at_a_time_and_how_late_is_measured() {
    let mut world = urgent(staffed(vec![functional(vec![
        step(minutes(0), &[person("anna")]),
        step(minutes(10), &[person("ben")]),
        step(minutes(20), &[person("lena")]),
    ])]));
    world.fire(&condition("disk", "db-7"));
    world.pass(minutes(5));
    world.wakes(&["anna-phone open 0"]);
    let down_since = world.now;
    world.now = world.now.after(hours(2));
    world.input(&Input::Started { down_since });
    world.tick();
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["ben-phone open 0"]);
    world.pass(minutes(9));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["lena-phone open 0"]);
    assert_eq!(world.late_ms(), [0, 116 * 60_000, 0]);
}

#[test]
fn what_cleared_during_a_downtime_wakes_nobody_after_it() {
    let mut world = urgent(staffed(vec![functional(vec![step(
        minutes(10),
        &[person("anna")],
    )])]));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    let down_since = world.now;
    world.now = world.now.after(hours(2));
    world.input(&Input::Started { down_since });
    world.pass(seconds(30));
    world.clear(&disk);
    world.pass(hours(1));
    world.wakes(&NOTHING);
}

#[test]
fn a_step_of_the_clock_brings_nobody_nearer() {
    let mut world = urgent(staffed(vec![functional(vec![step(
        minutes(10),
        &[person("anna")],
    )])]));
    world.fire(&condition("disk", "db-7"));
    world.now = world.now.after(hours(1));
    world.input(&Input::ClockStepped { by_ms: 3_600_000 });
    world.pass(minutes(9));
    world.wakes(&NOTHING);
    world.pass(minutes(1));
    world.wakes(&["anna-phone open 0"]);
    assert_eq!(world.late_ms(), [0]);
}

// --- teams that hand it to each other

#[test]
fn another_team_is_told_from_the_beginning() {
    let mut world = urgent(staffed(vec![functional(vec![step(
        minutes(0),
        &[Target::Everybody(None)],
    )])]));
    world.fire(&condition("disk", "db-7"));
    world.woken();
    world.assign_to("linux");
    world.tick();
    let woken = world.woken();
    assert!(woken.contains(&"lin1-phone open 0".to_owned()), "{woken:?}");
}

#[test]
fn teams_that_hand_it_back_and_forth_are_named_and_their_leads_told() {
    let mut world = urgent(staffed(vec![functional(vec![step(
        hours(9),
        &[person("anna")],
    )])]));
    world.fire(&condition("disk", "db-7"));
    world.assign_to("linux");
    let is_ping_pong = |reason: &Reason| matches!(reason, Reason::PingPong { .. });
    assert_eq!(world.reasons(is_ping_pong), 0, "once is no ping-pong");
    world.assign_to("it-ops");
    assert_eq!(world.reasons(is_ping_pong), 1);
    let named = world.entries.iter().find_map(|entry| match &entry.reason {
        Reason::PingPong { teams, leads } => Some((teams.join(" "), leads.join(" "))),
        _ => None,
    });
    assert_eq!(
        named,
        Some(("it-ops linux it-ops".into(), "lena-phone lin1-phone".into()))
    );
    let woken = world.woken();
    for lead in ["lena-phone open 0", "lin1-phone open 0"] {
        assert!(woken.contains(&lead.to_owned()), "{woken:?}");
    }
}

#[test]
fn how_often_teams_hand_it_to_each_other_is_what_the_list_of_owners_says() {
    let names = ["it-ops", "linux", "windows"];
    let mut policy = staffed(Vec::new());
    policy.teams.push(vedette_triage::Team {
        name: "windows".into(),
        ..policy.teams[0].clone()
    });
    let mut world = urgent(policy);
    world.fire(&condition("disk", "db-7"));
    let mut owners = vec![0];
    let mut expected = 0;
    let mut number = 7_u32;
    for _ in 0..12 {
        number = number.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let to = usize::try_from(number >> 16).unwrap() % names.len();
        world.assign_to(names[to]);
        if owners.last() == Some(&to) {
            continue;
        }
        let was_before = owners.contains(&to);
        owners.push(to);
        let distinct: std::collections::BTreeSet<_> = owners.iter().collect();
        expected += usize::from(was_before || distinct.len() >= 3);
    }
    assert!(expected > 3);
    assert_eq!(
        world.reasons(|reason| matches!(reason, Reason::PingPong { .. })),
        expected
    );
}

// --- said in sentences

#[test]
fn every_step_has_its_sentence_and_who_is_told_next_is_said() {
    let mut world = urgent(staffed(vec![functional(vec![
        step(minutes(0), &[Target::Schedule("nights".into())]),
        step(minutes(1), &[person("anna")]),
        step(minutes(11), &[person("ben")]),
    ])]));
    world.fire(&condition("disk", "db-7"));
    let time = |at: Timestamp| format!("{} min", (at.as_millis() - START) / 60_000);
    let explain = vedette_triage::explain::Explain {
        state: world.engine.state(),
        policy: &world.policy,
        now: world.now,
        time: &time,
    };
    let said: Vec<String> = world
        .entries
        .iter()
        .filter(|entry| matches!(entry.reason, Reason::Escalated { .. }))
        .map(|entry| explain.sentence(entry))
        .collect();
    assert_eq!(
        said,
        [
            "Nobody works on it: told anna by anna-phone (step 2 of \"up\", functional). There was no way to tell nobody on call by nights, so the next was."
        ]
    );
    let sentences = explain.explain(vedette_triage::explain::Subject::Incident(IncidentId(0)));
    let next = "Unless somebody takes it, told at 10 min: ben.";
    assert!(
        sentences.iter().any(|sentence| sentence == next),
        "{sentences:#?}"
    );
}
