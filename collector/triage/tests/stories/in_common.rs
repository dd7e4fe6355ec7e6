//! What is said of many alerts as one: what the members have in common that separates them from
//! the others, and nothing else.

use vedette_triage::{
    EntityId, HostChange, HostSays, HostSignal, Input, Severity, Signal, TogetherFacts, TogetherOf,
};
use vedette_wire::HostFacts;

use crate::support::*;

#[test]
fn it_says_what_they_share_and_who_shares_it_and_is_well() {
    let mut world = World::new();
    for n in 0..12 {
        let site = if n < 7 { "hq" } else { "graz" };
        appears(&mut world, n, site);
        if n < 6 {
            let changes = vec![logrotate(&world, n)];
            host_says(&mut world, n, HostSays::Changed { changes });
        }
    }
    world.pass(hours(1));
    (0..5).for_each(|n| drop(world.fire(&disk(n).severity(Severity::Warning).with("site", "hq"))));
    world.pass(minutes(2));
    let facts = &world.told.back().unwrap().facts;
    let together = facts.together.clone().unwrap();
    assert_eq!(
        together.of,
        TogetherOf::SameRule {
            rule: "disk".into(),
            thing: None,
        }
    );
    assert_eq!(together.places, 5);
    assert_eq!(together.common, ["site hq"]);
    assert_eq!(
        together.changes[0].words(),
        "logrotate 3.21 instead of 3.20"
    );
    assert_eq!(together.changes.len(), 1);
    assert_eq!(
        together.others.as_deref(),
        Some("all 5 have site hq; 2 others that have it are not affected")
    );
}

/// Five of these hosts, of which it is told as one.
fn five_of(hosts: u32, labels: impl Fn(u32) -> Vec<(&'static str, String)>) -> TogetherFacts {
    let mut world = World::new();
    (0..hosts).for_each(|n| appears_with(&mut world, n, &labels(n)));
    world.pass(hours(1));
    for n in 0..5 {
        let var = disk(n)
            .severity(Severity::Warning)
            .with("mountpoint", "/var");
        world.fire(&var.with("check", "df"));
    }
    world.pass(minutes(2));
    world.told.back().unwrap().facts.together.clone().unwrap()
}

#[test]
fn where_an_alert_is_on_its_host_is_nothing_they_share() {
    let together = five_of(12, |_| Vec::new());
    assert_eq!(together.common, Vec::<String>::new());
    assert_eq!(together.others, None);
}

#[test]
fn what_most_others_have_too_says_nothing() {
    let site = |n| if n < 16 { "hq" } else { "graz" };
    let together = five_of(20, |n| vec![("site", site(n).into())]);
    assert_eq!((together.common, together.others), (Vec::new(), None));
}

#[test]
fn what_half_of_few_others_have_may_be_chance() {
    let site = |n| if n < 7 { "hq" } else { "graz" };
    let together = five_of(9, |n| vec![("site", site(n).into())]);
    assert_eq!((together.common, together.others), (Vec::new(), None));
}

#[test]
fn where_there_are_no_others_nothing_separates_them() {
    let together = five_of(5, |_| vec![("site", "hq".into())]);
    assert_eq!((together.common, together.others), (Vec::new(), None));
}

#[test]
fn of_what_separates_as_well_the_site_comes_before_the_kernel() {
    let of_members = |n| n < 5;
    let together = five_of(15, |n| {
        let (site, kernel) = match of_members(n) {
            true => ("graz", "6.1.0-28"),
            false => ("hq", "6.1.0-27"),
        };
        vec![
            ("@kernel", kernel.into()),
            ("site", site.into()),
            ("env", "prod".into()),
        ]
    });
    assert_eq!(together.common, ["site graz", "kernel 6.1.0-28"]);
    assert_eq!(
        together.others.as_deref(),
        Some("all 5 have site graz; the other 10 of env prod are not affected")
    );
}

#[test]
fn a_kernel_is_no_crowd_that_others_belong_to() {
    let together = five_of(15, |n| {
        let site = if n < 5 { "graz" } else { "hq" };
        vec![("@kernel", "6.1".into()), ("site", site.into())]
    });
    assert_eq!(
        together.others.as_deref(),
        Some("all 5 have site graz, and nobody else has")
    );
}

#[test]
fn one_that_is_left_shares_nothing_with_anybody() {
    let mut world = World::new();
    for n in 0..12 {
        appears(&mut world, n, if n < 5 { "graz" } else { "hq" });
    }
    (0..5).for_each(|n| drop(world.fire(&disk(n))));
    (1..5).for_each(|n| drop(world.clear(&disk(n))));
    world.told();
    world.note(4, "one to go");
    let facts = &world.told.back().unwrap().facts;
    let together = facts.together.clone().unwrap();
    assert_eq!(together.places, 1);
    assert_eq!((together.common, together.others), (Vec::new(), None));
}

#[test]
fn a_host_with_two_of_them_is_one_host() {
    let mut world = World::new();
    for n in 0..15 {
        appears(&mut world, n, if n < 5 { "graz" } else { "hq" });
    }
    for n in 0..5 {
        world.fire(&disk(n).with("mountpoint", "/var"));
        world.fire(&disk(n).with("mountpoint", "/srv"));
    }
    let facts = &world.told.back().unwrap().facts;
    assert_eq!(
        facts.together.clone().unwrap().others.as_deref(),
        Some("all 5 have site graz, and nobody else has")
    );
}

#[test]
fn a_change_that_nearly_everybody_had_is_not_theirs() {
    let mut world = World::new();
    (0..15).for_each(|n| appears(&mut world, n, "hq"));
    for n in 0..14 {
        let changes = vec![logrotate(&world, n)];
        host_says(&mut world, n, HostSays::Changed { changes });
    }
    (0..5).for_each(|n| drop(world.fire(&disk(n))));
    let facts = &world.told.back().unwrap().facts;
    assert_eq!(facts.together.clone().unwrap().changes, []);
}

#[test]
fn who_is_silent_is_not_said_to_be_well() {
    let mut world = World::new();
    for n in 0..15 {
        appears(&mut world, n, if n < 7 { "graz" } else { "hq" });
    }
    for n in 5..7 {
        let last_seen = world.now;
        host_says(&mut world, n, HostSays::Silent { last_seen });
    }
    (0..5).for_each(|n| drop(world.fire(&disk(n))));
    let facts = &world.told.back().unwrap().facts;
    assert_eq!(
        facts.together.clone().unwrap().others.as_deref(),
        Some("all 5 have site graz, and nobody else has")
    );
}

fn logrotate(world: &World, n: u32) -> HostChange {
    HostChange {
        id: format!("change-{n}"),
        at: world.now,
        what: "package".into(),
        name: "logrotate".into(),
        before: "3.20".into(),
        after: "3.21".into(),
    }
}

fn disk(n: u32) -> Condition {
    condition("disk", &format!("web-{n}"))
}

fn appears(world: &mut World, n: u32, site: &str) {
    appears_with(world, n, &[("site", site.into())]);
}

/// A kernel is no label, and is said as `@kernel`.
fn appears_with(world: &mut World, n: u32, labels: &[(&str, String)]) {
    let known = |name: &str| labels.iter().find(|(known, _)| *known == name);
    let labels = labels.iter().filter(|(name, _)| !name.starts_with('@'));
    let facts = HostFacts {
        name: format!("web-{n}"),
        labels: labels
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect(),
        os: "Debian 12".into(),
        kernel: known("@kernel").map_or_else(String::new, |(_, kernel)| kernel.clone()),
        ..HostFacts::default()
    };
    let says = HostSays::Seen {
        facts,
        boot: "b".into(),
        version: "1".into(),
        interval_s: 15.0,
    };
    host_says(world, n, says);
}

fn host_says(world: &mut World, n: u32, says: HostSays) {
    world.input(&Input::Signal(Signal::Host(HostSignal {
        id: EntityId::new(&format!("id-of-web-{n}")),
        says,
    })));
}
