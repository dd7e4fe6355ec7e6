//! Entities that fall silent at once are one incident.

use vedette_triage::{Close, Outcome, Suppression, TogetherOf};
use vedette_wire::Class;

use crate::support::places::{self, falls_silent, hypervisor, place};
use crate::support::*;

#[test]
fn the_first_waits_for_the_others_and_then_all_are_told_as_one() {
    let mut world = World::new();
    for n in 0..38 {
        world.fire(&silent(n));
        world.pass(seconds(1) / 2);
    }
    world.tells(&[]);
    world.pass(seconds(12));
    let facts = world.told.front().unwrap().facts.clone();
    world.tells(&["desk open 4"]);
    let together = facts.together.clone().unwrap();
    assert_eq!(together.of, TogetherOf::Silence);
    assert_eq!((together.places, facts.members_firing), (38, 38));
    assert_eq!(world.incident(4).title, "38 hosts silent (first: srv-0)");
}

#[test]
fn one_that_falls_silent_alone_is_told_after_that_wait() {
    let mut world = World::new();
    world.fire(&silent(0));
    assert_eq!(
        world.incident(0).suppressed.as_deref(),
        Some(&Suppression::Gathering {
            until: world.now.after(seconds(30))
        })
    );
    world.pass(seconds(29));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn one_that_is_back_within_that_wait_is_never_told() {
    let mut world = World::new();
    world.fire(&silent(0));
    world.pass(seconds(20));
    world.clear(&silent(0));
    world.pass(hours(1));
    world.tells(&[]);
    assert_eq!(world.tally(Outcome::Suppressed("gathering")), 1);
}

#[test]
fn those_that_were_told_before_the_fifth_are_merged() {
    let mut world = World::new();
    for n in 0..4 {
        world.fire(&silent(n));
        world.pass(seconds(25));
    }
    world.tells(&["desk open 0", "desk open 1", "desk open 2"]);
    world.fire(&silent(4));
    world.pass(minutes(1));
    world.tells(&[
        "desk resolve 0",
        "desk resolve 1",
        "desk resolve 2",
        "desk open 4",
    ]);
}

#[test]
fn four_or_five_in_more_than_two_minutes_stay_apart() {
    for (hosts, every) in [(4, 1), (7, 40)] {
        let mut world = World::new();
        for n in 0..hosts {
            world.fire(&silent(n));
            world.pass(seconds(every));
        }
        world.pass(minutes(1));
        let together = world.engine.state().incidents();
        let together = together.filter(|incident| incident.together.is_some());
        assert_eq!(together.count(), 0, "{hosts} hosts");
    }
}

#[test]
fn those_still_gone_when_nine_of_ten_are_back_have_their_own() {
    let mut world = World::new();
    (0..20).for_each(|n| drop(world.fire(&silent(n))));
    world.pass(minutes(5));
    world.told();
    (1..20).for_each(|n| drop(world.clear(&silent(n))));
    world.pass(minutes(5));
    world.tells(&["desk update 4", "desk open 5", "desk resolve 4"]);
    assert_eq!(
        world.incident(4).close.as_deref(),
        Some(&Close::Divided { rest: 1 })
    );
    assert_eq!(world.incident(5).title, "srv-0: host-silent is bad");
}

#[test]
fn each_owner_team_has_its_own() {
    let mut world = World::new();
    for n in 0..6 {
        world.fire(&silent(n));
        world.fire(&silent(n + 100).with("team", "linux"));
    }
    world.pass(minutes(1));
    let told = world.told();
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn a_site_is_named_when_all_of_them_are_there() {
    let mut world = World::new();
    for n in 0..6 {
        world.host(&format!("srv-{n}"), at_site(&format!("srv-{n}"), "graz"));
    }
    for (n, site) in ["hq", "hq", "linz", "wien"].iter().enumerate() {
        world.host(&format!("other-{n}"), at_site(&format!("other-{n}"), site));
    }
    (0..6).for_each(|n| drop(world.fire(&silent(n).with("site", "graz"))));
    world.pass(seconds(30));
    let facts = world.told.front().unwrap().facts.clone();
    let site = facts.together.clone().unwrap().site.unwrap();
    assert_eq!(
        (site.name.as_str(), site.well, site.sites_well),
        ("graz", 0, 3)
    );
    let others = facts.together.clone().unwrap().others;
    assert_eq!(
        others.as_deref(),
        Some("all 6 have site graz, and nobody else has")
    );
}

#[test]
fn guests_of_a_hypervisor_that_has_failed_open_nothing() {
    let mut world = hypervisor(25);
    world.policy.rollup.mass_entities = 5;
    falls_silent(&mut world, "esx-07");
    for number in 1..=25 {
        falls_silent(&mut world, &format!("vm-{number:02}"));
    }
    world.pass(minutes(10));
    let opened = world.told();
    let opened = opened.iter().filter(|told| told.contains("open"));
    assert_eq!(opened.count(), 1);
    let together = world.engine.state().incidents();
    assert_eq!(
        together
            .filter(|incident| incident.together.is_some())
            .count(),
        0
    );
}

#[test]
fn guests_of_what_nobody_watches_say_what_they_hang_on_and_who_does_not() {
    let guest = |number: u32, parent: &str| vedette_triage::Place {
        labels: labels([("cluster", "a")]),
        ..place(&format!("vm-{number:02}"), &[&[parent]])
    };
    let on = |number: u32| if number < 30 { "esx-07" } else { "esx-08" };
    let mut world = places::world((0..42).map(|number| guest(number, on(number))).collect());
    world.policy.rollup.mass_entities = 5;
    for number in 0..30 {
        falls_silent(&mut world, &format!("vm-{number:02}"));
    }
    world.pass(minutes(5));
    let opened = world.told.front().unwrap().facts.clone();
    let told = world.told();
    let opens = told.iter().filter(|told| told.contains("open"));
    assert_eq!(opens.count(), 1, "{told:?}");
    let together = opened.together.clone().unwrap();
    assert_eq!(together.common, ["parent esx-07"]);
    assert_eq!(
        together.others.as_deref(),
        Some("all 30 have parent esx-07; the other 12 of cluster a report")
    );
}

fn silent(n: u32) -> Condition {
    let mut condition = condition("host-silent", &format!("srv-{n}"));
    condition.component = "liveness".into();
    condition
}

fn at_site(name: &str, site: &str) -> vedette_triage::HostSays {
    let mut says = seen(name, Class::Server, "boot-1");
    if let vedette_triage::HostSays::Seen { facts, .. } = &mut says {
        facts.labels.insert("site".into(), site.into());
    }
    says
}
