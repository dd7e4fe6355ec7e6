//! What held already when a host was first seen is one list of its team; what is critical, and what
//! begins later, is told by itself.

use vedette_triage::{
    Action, Close, Drill, Handling, Incident, IncidentId, Input, ListOf, Listing, Outcome, Phase,
    Priority, Severity, TicketPer,
};
use vedette_wire::Class;

use crate::support::*;

#[test]
fn five_hundred_hosts_make_one_list_of_each_team_and_the_criticals_by_themselves() {
    let mut world = World::new();
    let host = |n: usize| format!("h-{n:03}");
    let team = |n: usize| {
        if n.is_multiple_of(2) {
            "it-ops"
        } else {
            "linux"
        }
    };
    // Fifty come each minute. A unit has failed after one minute, a disk is full after five.
    for minute in 0..20 {
        let come = |since: usize| (0..500).filter(move |n| n / 50 + since == minute);
        come(0).for_each(|n| enrol(&mut world, &host(n)));
        for n in come(1).filter(|n| n % 6 == 0 && *n < 480) {
            world.fire(&warning("memory", &host(n)).with("team", team(n)));
        }
        for n in come(5).filter(|n| n % 8 == 1 && *n < 480) {
            let disk = warning("disk", &host(n)).with("team", team(n));
            let is_critical = [1, 201].contains(&n);
            world.fire(&match is_critical {
                true => disk.severity(Severity::Critical),
                false => disk,
            });
        }
        world.pass(minutes(1));
    }
    world.pass(hours(1));
    let opened: Vec<_> = world
        .told
        .iter()
        .filter(|told| told.action == Action::Open)
        .collect();
    let lists: Vec<_> = opened
        .iter()
        .filter(|told| told.facts.list.is_some())
        .collect();
    let teams: Vec<&str> = lists.iter().map(|told| told.facts.team.as_str()).collect();
    assert_eq!(teams, ["it-ops", "linux"]);
    let criticals = opened
        .iter()
        .filter(|told| told.facts.severity == Severity::Critical);
    let criticals = criticals.count();
    assert_eq!((criticals, opened.len()), (2, 4));
    assert_eq!(
        (
            list_of(&world, "it-ops").firing,
            list_of(&world, "linux").firing
        ),
        (80, 58)
    );
    let told = world
        .told
        .iter()
        .rev()
        .find(|told| told.facts.team == "it-ops")
        .unwrap();
    let listing = told.facts.list.clone().unwrap();
    assert_eq!(listing.title, "80 hosts with memory");
    assert_eq!(listing.groups[0].lines.len(), 80);
    // Nothing of it is anything else.
    let together = world.engine.state().incidents();
    assert!(
        together
            .into_iter()
            .all(|incident| incident.together.is_none())
    );
    // Closed when all of it is gone.
    for n in 0..80 {
        world.clear(&warning("memory", &host(n * 6)).with("team", team(n * 6)));
    }
    world.pass(minutes(6));
    let closed = list_of(&world, "it-ops");
    assert_eq!(
        (closed.phase, closed.close.as_deref()),
        (Phase::Resolved, Some(&Close::Cleared))
    );
}

#[test]
fn a_list_gathers_before_it_is_told_and_says_what_is_on_which_hosts() {
    let mut world = World::new();
    for n in 0..3 {
        enrol(&mut world, &format!("h-{n}"));
        world.fire(&warning("disk", &format!("h-{n}")).with("mountpoint", "/var"));
        world.fire(&warning("disk", &format!("h-{n}")).with("mountpoint", "/srv"));
    }
    world.fire(&warning("memory", "h-1"));
    world.pass(minutes(9));
    world.tells(&[]);
    world.pass(minutes(1));
    let told = world.told.front().unwrap().clone();
    world.tells(&["desk open 0"]);
    let Listing { title, groups, .. } = told.facts.list.clone().unwrap();
    assert_eq!(title, "3 hosts with disk, 1 host with memory");
    assert_eq!(groups[0].heading, "disk on 3 hosts");
    assert_eq!(groups[0].lines.len(), 6);
    assert_eq!(groups[1].lines, ["h-1: memory is bad"]);
    assert!(told.facts.host.is_none() && told.facts.first.is_empty());
    assert_eq!(world.incident(0).title, "Found at enrolment: 7 alerts");
    assert_eq!(
        world.incident(0).priority,
        Priority::P4,
        "as the worst alone"
    );
    assert_eq!(world.tally(Outcome::Opened), 1);
    assert_eq!(world.tally(Outcome::Joined), 6);
}

#[test]
fn a_fault_that_begins_later_on_the_host_is_an_ordinary_ticket() {
    let mut world = World::new();
    enrol(&mut world, "h-1");
    world.pass(minutes(10) + seconds(1));
    world.fire(&warning("disk", "h-1"));
    world.pass(minutes(2));
    world.tells(&["desk open 0"]);
    assert_eq!(world.incident(0).list, None);
}

#[test]
fn what_began_in_the_first_rounds_and_is_said_later_was_found() {
    let mut world = World::new();
    enrol(&mut world, "h-1");
    let since = world.now.after(minutes(2));
    world.pass(minutes(25));
    world.fire_since(&warning("disk", "h-1"), since);
    assert_eq!(world.incident(0).list, Some(ListOf::Enrolment));
}

#[test]
fn what_is_critical_pages_is_less_than_a_ticket_or_a_drill_is_not_listed() {
    let mut world = World::new();
    let disk = || warning("disk", "h-1");
    let apart = [
        disk().severity(Severity::Critical),
        disk().worth(Handling::Page),
        disk().worth(Handling::Digest),
        disk().drill(Drill::Quiet),
        warning("shadowed", "h-1"),
        Condition {
            component: "liveness".into(),
            ..disk()
        },
        disk().with("class", "workstation"),
    ];
    for condition in apart {
        let mut world = world.clone();
        enrol(&mut world, "h-1");
        world.fire(&condition);
        assert_eq!(world.incident(0).list, None, "{:?}", condition.about());
    }
    // A host nobody has seen was not found either, and nothing that comes from outside.
    world.fire(&warning("disk", "h-2"));
    assert_eq!(world.incident(0).list, None);
}

#[test]
fn what_becomes_critical_leaves_the_list_and_is_told_at_once() {
    let mut world = World::new();
    enrol(&mut world, "h-1");
    enrol(&mut world, "h-2");
    world.fire(&warning("disk", "h-1"));
    world.fire(&warning("disk", "h-2"));
    world.pass(minutes(10));
    world.tells(&["desk open 0"]);
    world.fire(&condition("disk", "h-1"));
    world.tells(&["desk open 1"]);
    assert_eq!(
        (world.incident(0).firing, world.incident(0).members),
        (1, 1)
    );
    assert_eq!(world.incident(1).severity, Severity::Critical);
    // Better again it stays where it is.
    world.fire(&warning("disk", "h-1"));
    assert_eq!(world.incident(1).firing, 1);
    // The last one that leaves ends the list.
    world.fire(&condition("disk", "h-2"));
    let list = world.incident(0);
    assert_eq!(list.close.as_deref(), Some(&Close::Divided { rest: 1 }));
    world.pass(minutes(1));
    assert!(world.told().contains(&"desk resolve 0".to_owned()));
}

#[test]
fn five_that_become_critical_are_one_ticket_as_any_five_are() {
    let mut world = World::new();
    for n in 0..6 {
        enrol(&mut world, &format!("h-{n}"));
        world.fire(&warning("disk", &format!("h-{n}")));
    }
    world.pass(minutes(10));
    world.tells(&["desk open 0"]);
    for n in 0..5 {
        world.fire(&condition("disk", &format!("h-{n}")));
    }
    let together = world.engine.state().incidents();
    let together: Vec<u32> = together
        .filter(|incident| incident.together.is_some())
        .map(|incident| incident.firing)
        .collect();
    assert_eq!(together, [5]);
    assert_eq!(world.incident(0).firing, 1);
}

#[test]
fn hosts_that_come_days_later_are_in_the_same_list_until_it_is_a_week_old() {
    let mut world = World::new();
    let one = |world: &mut World, n: usize| {
        enrol(world, &format!("h-{n}"));
        world.fire(&warning("disk", &format!("h-{n}")));
    };
    one(&mut world, 0);
    for n in 1..4 {
        world.pass(hours(60));
        one(&mut world, n);
    }
    let members = |id: u64| world.incident(id).members;
    assert_eq!((members(0), members(1)), (3, 1));
    assert_eq!(world.incident(1).predecessor, Some(IncidentId(0)));
    // And not after three days in which nothing came.
    world.pass(hours(73));
    one(&mut world, 4);
    assert_eq!(world.incident(2).members, 1);
}

#[test]
fn a_list_is_updated_as_hosts_come() {
    let mut world = World::new();
    for n in 0..2 {
        enrol(&mut world, &format!("h-{n}"));
        world.fire(&warning("disk", &format!("h-{n}")));
    }
    world.pass(minutes(10));
    for n in 2..9 {
        enrol(&mut world, &format!("h-{n}"));
        world.fire(&warning("disk", &format!("h-{n}")));
    }
    world.pass(minutes(15));
    let update = world.told.back().unwrap().clone();
    world.tells(&["desk open 0", "desk update 0"]);
    assert_eq!(
        update.facts.list.clone().unwrap().title,
        "9 hosts with disk"
    );
}

#[test]
fn what_comes_back_soon_is_still_the_same_and_later_it_is_a_fault_of_its_own() {
    for (well_for, firing) in [(hours(3), 2), (hours(5), 1)] {
        let mut world = World::new();
        for name in ["h-1", "h-2"] {
            enrol(&mut world, name);
            world.fire(&warning("disk", name));
        }
        world.pass(minutes(10));
        world.clear(&warning("disk", "h-1"));
        world.pass(well_for);
        world.fire(&warning("disk", "h-1"));
        assert_eq!(world.incident(0).firing, firing);
        world.pass(minutes(2));
        let others = world.engine.state().incidents().len() - 1;
        assert_eq!(others, 2 - firing as usize);
    }
}

#[test]
fn a_list_that_was_closed_is_opened_again_for_a_host_that_comes_soon_after() {
    let mut world = World::new();
    enrol(&mut world, "h-1");
    world.fire(&warning("disk", "h-1"));
    world.pass(minutes(10));
    world.clear(&warning("disk", "h-1"));
    world.pass(minutes(5));
    world.tells(&["desk open 0", "desk resolve 0"]);
    enrol(&mut world, "h-2");
    world.fire(&warning("disk", "h-2"));
    world.tells(&["desk reopen 0"]);
    // Whoever was in it and fails anew after it was closed is no reason to.
    world.clear(&warning("disk", "h-2"));
    world.pass(minutes(20));
    world.told();
    world.fire(&warning("disk", "h-1"));
    world.pass(minutes(2));
    world.tells(&["desk open 1"]);
}

#[test]
fn what_clears_before_the_list_is_told_is_never_told() {
    let mut world = World::new();
    enrol(&mut world, "h-1");
    world.fire(&warning("disk", "h-1"));
    world.pass(minutes(5));
    world.clear(&warning("disk", "h-1"));
    world.pass(hours(1));
    world.tells(&[]);
    assert_eq!(world.tally(Outcome::Transient), 1);
}

#[test]
fn a_restart_while_hosts_are_enrolled_makes_no_flood() {
    let mut world = World::new();
    for n in 0..4 {
        enrol(&mut world, &format!("h-{n}"));
    }
    world.pass(minutes(3));
    let down_since = world.now;
    world.now = world.now.after(hours(1));
    world.input(&Input::Started { down_since });
    // What was measured before is measured anew.
    world.pass(minutes(6));
    for n in 0..4 {
        world.fire(&warning("disk", &format!("h-{n}")));
    }
    world.pass(minutes(10));
    world.tells(&["desk open 0"]);
    // A host that was enrolled long ago is not enrolled again by a restart.
    world.pass(hours(1));
    let down_since = world.now;
    world.now = world.now.after(minutes(1));
    world.input(&Input::Started { down_since });
    world.fire(&warning("memory", "h-1"));
    assert_eq!(world.incident(1).list, None);
}

#[test]
fn a_step_of_the_clock_does_not_end_an_enrolment() {
    let mut world = World::new();
    enrol(&mut world, "h-1");
    world.now = world.now.after(hours(2));
    world.input(&Input::ClockStepped {
        by_ms: 2 * 3_600_000,
    });
    world.pass(minutes(5));
    world.fire(&warning("disk", "h-1"));
    assert_eq!(world.incident(0).list, Some(ListOf::Enrolment));
}

#[test]
fn a_list_is_no_storm_and_no_roll_up_and_takes_nothing_from_one() {
    let mut world = World::new();
    for n in 0..200 {
        enrol(&mut world, &format!("h-{n}"));
        world.fire(&warning(
            ["disk", "inodes", "memory"][n % 3],
            &format!("h-{n}"),
        ));
    }
    world.pass(minutes(10));
    world.tells(&["desk open 0"]);
    // Faults of the same rule on hosts that were there before are what they always are.
    for n in 0..6 {
        world.fire(&warning("disk", &format!("old-{n}")));
    }
    world.pass(minutes(3));
    assert_eq!(world.incident(0).firing, 200);
    let of_many = world.engine.state().incidents();
    let of_many: Vec<u32> = of_many
        .filter(|incident| incident.together.is_some())
        .map(|incident| incident.firing)
        .collect();
    assert_eq!(of_many, [6]);
}

#[test]
fn what_is_silenced_in_a_list_keeps_it_from_opening_only_if_all_of_it_is() {
    let mut world = World::new();
    world.silence(&["host=\"h-1\""], hours(2));
    enrol(&mut world, "h-1");
    world.fire(&warning("disk", "h-1"));
    world.pass(minutes(20));
    world.tells(&[]);
    enrol(&mut world, "h-2");
    world.fire(&warning("disk", "h-2"));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_route_that_makes_one_ticket_of_each_alert_makes_one_list_all_the_same() {
    let mut policy = policy();
    policy.timers.ticket_per = TicketPer::Alert;
    let mut world = World::under(policy);
    for n in 0..3 {
        enrol(&mut world, &format!("h-{n}"));
        world.fire(&warning("disk", &format!("h-{n}")));
    }
    world.pass(minutes(10));
    world.tells(&["desk open 0"]);
    // An ordinary incident of the same host does not become part of it.
    world.pass(hours(1));
    world.fire(&warning("memory", "h-1"));
    world.pass(minutes(2));
    world.tells(&["desk open 1"]);
}

#[test]
fn a_list_that_a_person_closed_stays_closed_for_what_was_in_it() {
    let mut world = World::new();
    enrol(&mut world, "h-1");
    world.fire(&warning("disk", "h-1"));
    world.pass(minutes(10));
    world.resolve(0);
    world.tells(&["desk open 0", "desk resolve 0"]);
    world.pass(hours(48));
    world.tells(&[]);
}

fn enrol(world: &mut World, name: &str) {
    world.host(name, seen(name, Class::Server, "boot"));
}

fn warning(rule: &str, host: &str) -> Condition {
    condition(rule, host).severity(Severity::Warning)
}

fn list_of(world: &World, team: &str) -> Incident {
    let incidents = world.engine.state().incidents();
    let mut lists = incidents.filter(|incident| incident.list == Some(ListOf::Enrolment));
    Incident::clone(lists.find(|list| list.team == team).unwrap())
}
