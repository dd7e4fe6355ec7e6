//! What is only observed, going live, and going back.

use vedette_triage::{
    Action, Answer, Close, Command, DeliverMode, Handling, Incident, ListOf, LiveOf, Observed,
    Outcome, Phase, Reason, Severity, Suppression,
};

use crate::support::*;

fn observing() -> World {
    let mut policy = policy();
    policy.mode = DeliverMode::Observe;
    World::under(policy)
}

fn rules(world: &mut World, of: LiveOf, live: bool) -> Answer {
    world.command(Command::RuleLive {
        by: actor(),
        of,
        live,
        why: "tried for a week".into(),
    })
}

fn team(name: &str) -> LiveOf {
    LiveOf::Team(name.into())
}

fn warning(rule: &str, host: &str) -> Condition {
    condition(rule, host).severity(Severity::Warning)
}

fn observed(world: &World, of: LiveOf) -> Observed {
    Observed::of((world.engine.state(), &world.policy), world.now, &of)
}

#[test]
fn whoever_goes_live_is_told_what_holds_and_never_what_has_cleared() {
    let mut world = observing();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("disk", "db-8"));
    world.clear(&condition("disk", "db-7"));
    assert_eq!(rules(&mut world, LiveOf::Everything, true), Answer::Done);
    world.tells(&["desk open 1"]);
    world.clear(&condition("disk", "db-8"));
    world.pass(minutes(5));
    world.tells(&["desk resolve 1"]);
    let said = world.entries.iter().any(
        |entry| matches!(&entry.reason, Reason::LiveRuled { by, live: true, .. } if by == "ops1"),
    );
    assert!(said, "it is in the timeline");
}

#[test]
fn many_that_hold_are_one_list_and_what_is_critical_or_pages_is_told_by_itself() {
    let mut world = observing();
    for n in 0..40 {
        let rule = ["disk", "inodes", "memory"][n % 3];
        world.fire(&warning(rule, &format!("web-{n}")));
        world.pass(minutes(20));
    }
    world.fire(&condition("disk", "db-1"));
    world.fire(&warning("memory", "db-2").worth(Handling::Page));
    world.pass(minutes(20));
    let before = observed(&world, LiveOf::Everything);
    assert_eq!((before.apart, before.listed), (2, 40));
    assert_eq!(before.total(), 42);
    rules(&mut world, LiveOf::Everything, true);
    let opened: Vec<_> = world.told.iter().map(|told| &told.facts).collect();
    let lists = opened.iter().filter(|facts| facts.list.is_some()).count();
    let desk = world
        .told
        .iter()
        .filter(|told| told.receiver == "desk")
        .count();
    assert_eq!((lists, desk), (1, 3));
    let list = list(&world);
    assert_eq!((list.firing, list.phase), (40, Phase::Open));
    assert_eq!(list.title, "Found before going live: 40 alerts");
    // What was one of the list is closed as part of it, and nobody heard of it.
    let first = world.incident(0).close.clone();
    assert_eq!(first.as_deref(), Some(&Close::merged(list.id)));
    world.told.clear();
    // What begins now is told as always; what worsens leaves the list.
    world.fire(&warning("disk", "new-1"));
    world.fire(&condition("disk", "web-0"));
    world.pass(minutes(2));
    let told = world.told();
    assert_eq!(told.iter().filter(|told| told.contains("open")).count(), 2);
}

#[test]
fn four_that_hold_are_tickets_as_always() {
    let mut world = observing();
    for n in 0..4 {
        world.fire(&warning("disk", &format!("web-{n}")));
    }
    world.pass(minutes(2));
    assert_eq!(observed(&world, LiveOf::Everything).apart, 4);
    rules(&mut world, LiveOf::Everything, true);
    let mut told = world.told();
    told.sort();
    assert_eq!(
        told,
        ["desk open 0", "desk open 1", "desk open 2", "desk open 3"]
    );
}

#[test]
fn a_team_goes_live_alone_and_back() {
    let mut world = observing();
    let linux = |host: &str| condition("disk", host).with("team", "linux");
    world.fire(&condition("disk", "db-1"));
    world.fire(&linux("db-2"));
    rules(&mut world, team("linux"), true);
    world.tells(&["linux-desk open 1"]);
    world.fire(&linux("db-3"));
    world.tells(&["linux-desk open 2"]);
    world.fire(&condition("disk", "db-4"));
    world.tells(&[]);
    rules(&mut world, team("linux"), false);
    world.fire(&linux("db-5"));
    world.clear(&linux("db-2"));
    world.pass(minutes(5));
    // What is open is closed; nothing new opens.
    world.tells(&["linux-desk resolve 1"]);
}

#[test]
fn a_rule_counts_before_its_team_and_the_team_before_everything() {
    let mut world = observing();
    rules(&mut world, LiveOf::Rule("disk".into()), true);
    world.fire(&condition("disk", "db-1"));
    world.fire(&condition("memory", "db-2"));
    world.tells(&["desk open 0"]);
    rules(&mut world, LiveOf::Everything, true);
    world.tells(&["desk open 1"]);
    rules(&mut world, LiveOf::Rule("memory".into()), false);
    rules(&mut world, team("it-ops"), true);
    world.fire(&condition("memory", "db-3"));
    world.tells(&[]);
    assert_eq!(
        world.incident(2).suppressed.as_deref(),
        Some(&Suppression::Observe { until: None })
    );
}

#[test]
fn one_live_member_frees_its_incident() {
    let mut world = observing();
    rules(&mut world, LiveOf::Rule("inodes".into()), true);
    world.fire(&condition("disk", "db-1"));
    world.tells(&[]);
    world.fire(&condition("inodes", "db-1"));
    world.tells(&["desk open 0"]);
}

#[test]
fn what_something_else_holds_is_not_what_would_be_told() {
    let mut world = observing();
    world.silence(&["host=\"db-1\""], hours(1));
    world.fire(&condition("disk", "db-1"));
    world.fire(&condition("shadowed", "db-2"));
    world.fire(&condition("disk", "db-3").worth(Handling::Digest));
    world.fire(&condition("disk", "db-4").worth(Handling::Watch));
    world.fire(&warning("disk", "db-5"));
    world.clear(&warning("disk", "db-5"));
    world.pass(minutes(10));
    assert_eq!(observed(&world, LiveOf::Everything).total(), 0);
    let held = |id: u64| world.incident(id).suppressed.as_ref().unwrap().code();
    assert_eq!(
        (held(0), held(1), held(2)),
        ("silence", "shadow", "not_a_ticket")
    );
    assert_eq!(world.tally(Outcome::Transient), 1);
    // After the silence it is.
    world.pass(hours(1));
    let now = observed(&world, LiveOf::Everything);
    assert_eq!((now.total(), now.apart), (1, 1));
}

#[test]
fn a_silence_of_a_part_ends_and_frees_nothing_while_it_is_only_observed() {
    let mut world = observing();
    world.silence(&["alertname=\"inodes\""], hours(1));
    rules(&mut world, LiveOf::Rule("inodes".into()), true);
    world.fire(&condition("disk", "db-1"));
    world.fire(&condition("inodes", "db-1"));
    world.pass(minutes(30));
    world.tells(&[]);
    assert_eq!(
        world.incident(0).suppressed.as_ref().unwrap().code(),
        "observe"
    );
    // When the silence of the live one ends it is told.
    world.pass(minutes(31));
    world.tells(&["desk open 0"]);
}

#[test]
fn what_would_be_one_ticket_is_counted_as_one() {
    let mut world = observing();
    for n in 0..12 {
        world.fire(&warning("disk", &format!("web-{n}")));
    }
    world.pass(minutes(10));
    let report = observed(&world, LiveOf::Everything);
    assert_eq!(report.by_rule, [("disk".to_owned(), 1)]);
    assert_eq!(report.by_team, [("it-ops".to_owned(), 1)]);
    rules(&mut world, LiveOf::Everything, true);
    let opens = world.told.iter().filter(|told| told.action == Action::Open);
    assert_eq!(opens.count(), 1);
}

#[test]
fn the_report_counts_a_day_by_rule_and_team() {
    let mut world = observing();
    for n in 0..30_u64 {
        let of = if n.is_multiple_of(3) {
            "linux"
        } else {
            "it-ops"
        };
        let rule = if n.is_multiple_of(2) {
            "disk"
        } else {
            "memory"
        };
        let condition = condition(rule, &format!("web-{n}")).with("team", of);
        world.fire(&condition);
        world.pass(minutes(5));
        world.clear(&condition);
        world.pass(minutes(55));
    }
    // The hours that are over a day ago do not count; what was archived does.
    let all = observed(&world, LiveOf::Everything);
    assert_eq!(all.total(), 24);
    assert_eq!(observed(&world, team("linux")).total(), 8);
    let disk = observed(&world, LiveOf::Rule("disk".into()));
    assert_eq!(disk.by_rule, [("disk".to_owned(), 12)]);
    assert_eq!((all.apart, all.listed), (0, 0));
}

#[test]
fn a_team_without_a_receiver_is_named_before_it_goes_live() {
    let mut policy = policy();
    policy.mode = DeliverMode::Observe;
    policy.teams[0].ticket = None;
    let mut world = World::under(policy);
    world.fire(&condition("disk", "db-1"));
    let report = observed(&world, LiveOf::Everything);
    assert_eq!((report.total(), report.apart), (1, 1));
    assert_eq!(report.without_receiver, ["it-ops"]);
    rules(&mut world, LiveOf::Everything, true);
    world.tells(&[]);
    assert_eq!(
        world.incident(0).suppressed.as_deref(),
        Some(&Suppression::NoReceiver)
    );
}

#[test]
fn what_is_ruled_stands_until_the_policy_has_another_mode() {
    let mut world = observing();
    rules(&mut world, LiveOf::Everything, true);
    world.change_policy(|policy| policy.timers.close_delay = minutes(9));
    world.fire(&condition("disk", "db-1"));
    world.tells(&["desk open 0"]);
    world.change_policy(|policy| policy.mode = DeliverMode::Live);
    assert_eq!(world.engine.state().ruling(&LiveOf::Everything.id()), None);
    // Whoever writes observe into the file means it.
    world.change_policy(|policy| policy.mode = DeliverMode::Observe);
    world.fire(&condition("disk", "db-2"));
    world.tells(&[]);
}

#[test]
fn a_file_that_goes_live_makes_no_flood_either() {
    let mut world = observing();
    for n in 0..20 {
        world.fire(&warning(["disk", "memory"][n % 2], &format!("web-{n}")));
        world.pass(minutes(31));
    }
    world.change_policy(|policy| policy.mode = DeliverMode::Live);
    assert_eq!(list(&world).firing, 20);
    world.tells(&[&format!("desk open {}", list(&world).id)]);
}

#[test]
fn what_is_so_already_or_unknown_is_refused() {
    let mut world = World::new();
    let refused = [
        (LiveOf::Everything, true, "everything is live already"),
        (
            team("nobody"),
            true,
            "there is no team nobody; there are it-ops, linux",
        ),
        (
            LiveOf::Rule("nothing".into()),
            true,
            "there is no rule nothing",
        ),
    ];
    for (of, live, words) in refused {
        match rules(&mut world, of, live) {
            Answer::Conflict(said) | Answer::NotFound(said) => {
                assert!(said.contains(words), "{said}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.engine.state().rulings().len(), 0);
}

#[test]
fn a_ticket_that_was_closed_before_going_back_is_reopened_only_when_it_is_live_again() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-1"));
    world.clear(&condition("disk", "db-1"));
    world.pass(minutes(5));
    world.tells(&["desk open 0", "desk resolve 0"]);
    rules(&mut world, LiveOf::Everything, false);
    world.fire(&condition("disk", "db-1"));
    world.pass(minutes(5));
    world.tells(&[]);
    rules(&mut world, LiveOf::Everything, true);
    world.tells(&["desk reopen 0"]);
}

fn list(world: &World) -> Incident {
    let incidents = world.engine.state().incidents();
    let mut lists = incidents.filter(|incident| incident.list == Some(ListOf::GoLive));
    Incident::clone(lists.next().expect("there is a list"))
}
