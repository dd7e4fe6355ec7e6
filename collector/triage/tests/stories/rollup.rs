//! The same rule on many hosts is one incident.

use vedette_triage::{
    Action, Close, Drill, IncidentId, Input, Outcome, Phase, Priority, Severity, TogetherOf,
};

use crate::support::*;

#[test]
fn the_fifth_host_makes_one_incident_of_all_and_the_tickets_go_on_in_it() {
    let mut world = World::new();
    for n in 0..4 {
        world.fire(&disk(n));
        world.pass(minutes(1));
    }
    world.told();
    world.fire(&disk(4));
    let told = world.told.iter().cloned().collect::<Vec<_>>();
    for closed in &told[..4] {
        assert_eq!(closed.action, Action::Resolve);
        let on = closed.facts.merged_into.as_ref().unwrap();
        assert_eq!(on.incident, IncidentId(4));
        assert_eq!(on.title, "5 hosts: disk is bad (first: web-0)");
    }
    world.tells(&[
        "desk resolve 0",
        "desk resolve 1",
        "desk resolve 2",
        "desk resolve 3",
        "desk open 4",
    ]);
    let all = world.incident(4);
    assert_eq!((all.members, all.firing), (5, 5));
    assert_eq!(all.priority, Priority::P1, "five servers, critical");
    assert_eq!(all.title, "5 hosts: disk is bad (first: web-0)");
}

#[test]
fn what_nobody_was_told_of_yet_is_told_as_one_at_once() {
    let mut world = World::new();
    for n in 0..40 {
        world.fire(&disk(n).severity(Severity::Warning));
    }
    world.pass(minutes(2));
    world.tells(&["desk open 4"]);
    assert_eq!(world.incident(4).firing, 40);
    assert_eq!(world.tally(Outcome::Opened), 1);
    assert_eq!(world.tally(Outcome::Joined), 39);
}

#[test]
fn four_hosts_or_five_in_more_than_half_an_hour_stay_apart() {
    for (hosts, every) in [(4, 1), (8, 8)] {
        let mut world = World::new();
        for n in 0..hosts {
            world.fire(&disk(n));
            world.pass(minutes(every));
        }
        let together = world.engine.state().incidents();
        let together = together.filter(|incident| incident.together.is_some());
        assert_eq!(together.count(), 0, "{hosts} hosts");
    }
}

#[test]
fn many_of_one_host_are_not_many_hosts() {
    let mut world = World::new();
    for n in 0..9 {
        world.fire(&condition("disk", "web-0").with("mountpoint", &format!("/{n}")));
    }
    world.tells(&["desk open 0"]);
    assert!(world.incident(0).together.is_none());
}

#[test]
fn two_teams_are_never_one() {
    let mut world = World::new();
    for n in 0..4 {
        world.fire(&disk(n));
        world.fire(&disk(n + 10).with("team", "linux"));
    }
    let together = world.engine.state().incidents();
    assert_eq!(
        together
            .filter(|incident| incident.together.is_some())
            .count(),
        0
    );
    world.fire(&disk(4));
    let all = world.incident(8);
    assert_eq!((all.team.as_str(), all.members), ("it-ops", 5));
}

#[test]
fn drills_shadows_what_is_off_and_what_comes_from_outside_stand_alone() {
    let mut world = World::new();
    for n in 0..6 {
        world.fire(&disk(n).drill(Drill::Quiet));
        world.fire(&condition("shadowed", &format!("web-{n}")));
        world.post(&labels([
            ("alertname", "Down"),
            ("instance", &format!("web-{n}")),
            ("severity", "critical"),
        ]));
    }
    world.change_policy(|policy| policy.rollup.same_rule_hosts = 0);
    for n in 0..6 {
        world.fire(&condition("memory", &format!("web-{n}")));
    }
    let together = world.engine.state().incidents();
    assert_eq!(
        together
            .filter(|incident| incident.together.is_some())
            .count(),
        0
    );
}

#[test]
fn alerts_from_outside_are_rolled_up_where_the_policy_says_so() {
    let mut policy = policy();
    policy
        .rollup
        .sources
        .insert(vedette_triage::Kind::Alertmanager);
    let mut world = World::under(policy);
    for n in 0..6 {
        world.post(&labels([
            ("alertname", "Down"),
            ("instance", &format!("web-{n}")),
            ("severity", "critical"),
        ]));
    }
    assert_eq!(world.incident(4).members, 6);
}

#[test]
fn later_ones_join_and_those_that_are_well_leave_the_list() {
    let mut world = World::new();
    (0..5).for_each(|n| drop(world.fire(&disk(n))));
    world.pass(minutes(20));
    world.fire(&disk(5));
    assert_eq!(world.incident(4).firing, 6);
    world.clear(&disk(0));
    world.clear(&disk(1));
    assert_eq!(world.incident(4).firing, 4);
    assert_eq!(
        world.incident(4).title,
        "4 hosts: disk is bad (first: web-0)"
    );
    world.told();
    // One that fails again is on the list again, and is no news.
    world.fire(&disk(1));
    assert_eq!(
        (world.incident(4).firing, world.incident(4).members),
        (5, 6)
    );
    (1..6).for_each(|n| drop(world.clear(&disk(n))));
    world.pass(minutes(5));
    world.tells(&["desk resolve 4"]);
}

#[test]
fn the_rest_has_incidents_of_its_own_when_nine_of_ten_are_well() {
    let mut world = World::new();
    (0..20).for_each(|n| drop(world.fire(&disk(n))));
    world.pass(minutes(20));
    world.told();
    (2..20).for_each(|n| drop(world.clear(&disk(n))));
    world.pass(minutes(5));
    let news = ["desk update 4", "desk open 5", "desk open 6"];
    world.tells(&[&news[..], &["desk resolve 4"]].concat());
    let all = world.incident(4);
    assert_eq!(all.close.as_deref(), Some(&Close::Divided { rest: 2 }));
    assert_eq!(all.phase, Phase::Closed);
    assert_eq!(world.incident(5).predecessor, Some(IncidentId(4)));
    assert_eq!(world.incident(5).title, "web-0: disk is bad");
    world.clear(&disk(0));
    world.pass(minutes(5));
    world.tells(&["desk resolve 5"]);
}

#[test]
fn the_ticket_of_the_rest_names_the_one_it_was_part_of() {
    let mut world = World::new();
    (0..20).for_each(|n| drop(world.fire(&disk(n))));
    world.pass(minutes(20));
    (1..20).for_each(|n| drop(world.clear(&disk(n))));
    world.told.clear();
    world.pass(minutes(5));
    let opened = |world: &World| {
        let told = world.told.iter();
        let mut opened = told.filter(|told| told.action == Action::Open);
        opened.next().unwrap().facts.clone()
    };
    let facts = opened(&world);
    let part_of = facts.part_of.clone().unwrap();
    assert_eq!(part_of.incident, IncidentId(4));
    assert_eq!(part_of.ticket.as_ref().unwrap().id, "T4");
    assert_eq!(facts.previous, None, "it is the same fault");
    // What the host has next time is another fault, after this one.
    world.clear(&disk(0));
    world.pass(hours(5));
    world.told.clear();
    world.fire(&disk(0));
    let facts = opened(&world);
    assert_eq!(facts.part_of, None);
    assert_eq!(facts.previous.clone().unwrap().incident, IncidentId(5));
}

#[test]
fn a_rest_that_is_well_in_time_has_none() {
    let mut world = World::new();
    (0..20).for_each(|n| drop(world.fire(&disk(n))));
    world.told();
    world.pass(minutes(20));
    (1..20).for_each(|n| drop(world.clear(&disk(n))));
    world.pass(minutes(4));
    world.clear(&disk(0));
    world.told();
    world.pass(minutes(5));
    world.tells(&["desk resolve 4"]);
    assert_eq!(world.incident(4).close.as_deref(), Some(&Close::Cleared));
}

#[test]
fn a_host_that_fails_again_alone_does_not_open_the_ticket_of_all_again() {
    let mut world = World::new();
    (0..6).for_each(|n| drop(world.fire(&disk(n))));
    (0..6).for_each(|n| drop(world.clear(&disk(n))));
    world.pass(minutes(6));
    world.told();
    world.fire(&disk(3));
    world.tells(&["desk open 5"]);
    assert_eq!(world.incident(5).title, "web-3: disk is bad");
}

#[test]
fn many_that_fail_again_open_the_ticket_of_all_again() {
    let mut world = World::new();
    (0..6).for_each(|n| drop(world.fire(&disk(n).severity(Severity::Warning))));
    world.pass(minutes(5));
    (0..6).for_each(|n| drop(world.clear(&disk(n))));
    world.pass(minutes(35));
    world.tells(&["desk open 4", "desk resolve 4"]);
    (0..6).for_each(|n| drop(world.fire(&disk(n).severity(Severity::Warning))));
    world.pass(minutes(5));
    world.tells(&["desk reopen 4"]);
}

#[test]
fn what_else_a_host_has_keeps_its_own_ticket() {
    let mut world = World::new();
    let inodes = condition("inodes", "web-0");
    world.fire(&inodes);
    (0..5).for_each(|n| drop(world.fire(&disk(n))));
    let (own, all) = (world.incident(0), world.incident(4));
    assert_eq!((own.firing, own.members, own.phase), (1, 1, Phase::Open));
    assert_eq!(own.title, "web-0: inodes is bad");
    assert_eq!(all.firing, 5);
    world.told();
    world.clear(&inodes);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn what_else_a_host_has_and_is_held_stays_held_when_its_neighbour_leaves() {
    let mut world = World::new();
    world.silence(&["alertname=\"disk\""], hours(1));
    world.silence(&["alertname=\"inodes\""], hours(3));
    world.fire(&condition("inodes", "web-0"));
    (0..5).for_each(|n| drop(world.fire(&disk(n))));
    world.tells(&[]);
    world.pass(hours(1));
    let told = world.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(world.incident(0).suppressed.is_some());
    world.pass(hours(2));
    world.tells(&["desk open 0"]);
}

#[test]
fn what_a_silence_holds_is_not_counted_and_joins_when_that_ends() {
    let mut world = World::new();
    world.silence(&["host=\"web-0\""], hours(1));
    (0..5).for_each(|n| drop(world.fire(&disk(n))));
    let together = |world: &World| {
        let incidents = world.engine.state().incidents();
        incidents
            .filter(|incident| incident.together.is_some())
            .count()
    };
    assert_eq!(together(&world), 0, "four, and one nobody wants to hear of");
    world.fire(&disk(5));
    assert_eq!(together(&world), 1);
    world.told();
    assert_eq!(world.incident(5).firing, 5);
    world.pass(minutes(25));
    world.fire(&disk(6));
    world.pass(minutes(25));
    world.fire(&disk(7));
    world.pass(minutes(10));
    assert_eq!(world.incident(5).firing, 8);
    let open = world
        .told()
        .iter()
        .filter(|told| told.contains("open"))
        .count();
    assert_eq!(open, 0);
}

#[test]
fn what_a_window_held_on_many_hosts_is_one_when_it_ends() {
    let mut world = World::new();
    world.silence(&["alertname=\"disk\""], hours(4));
    (0..40).for_each(|n| drop(world.fire(&disk(n))));
    world.pass(hours(3));
    world.tells(&[]);
    world.pass(hours(1));
    let told = world.told();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn a_restart_in_the_middle_forgets_nothing() {
    let mut world = World::new();
    (0..4).for_each(|n| drop(world.fire(&disk(n).severity(Severity::Warning))));
    let down_since = world.now;
    world.now = world.now.after(minutes(3));
    world.input(&Input::Started { down_since });
    world.tick();
    world.fire(&disk(4).severity(Severity::Warning));
    world.pass(minutes(3));
    world.tells(&["desk open 4"]);
}

#[test]
fn a_receiver_that_is_away_hears_it_in_order_later() {
    let mut world = World::new();
    world.answers_itself = false;
    (0..6).for_each(|n| drop(world.fire(&disk(n))));
    world.pass(hours(1));
    let told = world.told();
    assert_eq!(
        told[..4],
        ["desk open 0", "desk open 1", "desk open 2", "desk open 3"]
    );
    assert_eq!(told[8..], ["desk open 4"]);
    world.answers_itself = true;
    world.answer_all();
    (0..6).for_each(|n| drop(world.clear(&disk(n))));
    world.pass(minutes(5));
    world.told();
    for (ticket, last) in world.last_turns() {
        assert_eq!(last, Action::Resolve, "{ticket}");
    }
}

#[test]
fn a_new_policy_neither_divides_nor_reopens_it() {
    let mut world = World::new();
    (0..6).for_each(|n| drop(world.fire(&disk(n))));
    world.told();
    world.change_policy(|policy| policy.rollup.same_rule_hosts = 50);
    assert_eq!(world.incident(4).firing, 6);
    world.tells(&[]);
    (0..6).for_each(|n| drop(world.clear(&disk(n))));
    world.pass(minutes(5));
    world.tells(&["desk resolve 4"]);
}

#[test]
fn checks_jobs_and_units_that_are_not_the_same_stay_apart() {
    for thing in ["check", "job", "unit"] {
        let mut world = World::new();
        for n in 0..9 {
            let others = condition("failing", &format!("web-{n}"));
            world.fire(&others.with(thing, &format!("thing-{n}")));
        }
        let together = world.engine.state().incidents();
        let together = together.filter(|incident| incident.together.is_some());
        assert_eq!(together.count(), 0, "{thing}");
    }
}

#[test]
fn the_same_check_on_five_hosts_is_one_whatever_else_fails_there() {
    let mut world = World::new();
    let check = |n: u32, name: &str| condition("failing", &format!("web-{n}")).with("check", name);
    for n in 0..5 {
        world.fire(&check(n, &format!("own-{n}")));
        world.fire(&check(n, "ssh"));
    }
    let together = world.engine.state().incidents();
    let together: Vec<_> = together
        .filter_map(|incident| Some((incident.firing, incident.together.as_ref()?.of.clone())))
        .collect();
    let of = TogetherOf::SameRule {
        rule: "failing".into(),
        thing: Some("ssh".into()),
    };
    assert_eq!(together, [(5, of)]);
}

fn disk(n: u32) -> Condition {
    condition("disk", &format!("web-{n}"))
}
