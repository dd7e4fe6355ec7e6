//! Two incidents become one.

use vedette_triage::{
    Action, Answer, Close, Drill, Handling, IncidentId, OtherIncident, Outcome, Phase, Reason,
    Severity, TicketReference, limits,
};

use crate::support::*;

/// What the merges of these stories are closed with.
fn by_ops1(into: IncidentId) -> Close {
    Close::Merged {
        into,
        by: "ops1".into(),
        why: "one fault".into(),
    }
}

#[test]
fn members_move_and_the_ticket_is_closed_with_a_link_to_the_other() {
    let mut world = World::new();
    let (disk, memory) = (condition("disk", "db-7"), condition("memory", "db-8"));
    world.fire(&disk);
    world.fire(&memory);
    world.told();
    assert_eq!(world.merge(1, 0), Answer::Done);
    let closed = world.told.front().unwrap().clone();
    assert_eq!(closed.action, Action::Resolve);
    let on = OtherIncident {
        incident: IncidentId(0),
        title: "db-7: disk is bad".into(),
        ticket: Some(TicketReference {
            id: "T0".into(),
            url: String::new(),
        }),
    };
    assert_eq!(closed.facts.merged_into, Some(on));
    assert_eq!(closed.facts.members.len(), 1, "what it was about");
    world.tells(&["desk resolve 1"]);
    let (gone, stays) = (world.incident(1), world.incident(0));
    let into = IncidentId(0);
    let close = by_ops1(into);
    assert_eq!(
        closed.facts.close.as_ref(),
        Some(&close),
        "the ticket has the reason"
    );
    assert_eq!(gone.close.as_deref(), Some(&close));
    assert_eq!((gone.phase, gone.firing), (Phase::Closed, 0));
    assert_eq!((stays.firing, stays.members), (2, 2));
    assert_eq!(stays.title, "db-7: disk is bad (and 1 more)");
}

#[test]
fn it_closes_when_the_members_of_both_are_well_and_not_before() {
    let mut world = World::new();
    let (disk, memory) = (condition("disk", "db-7"), condition("memory", "db-8"));
    world.fire(&disk);
    world.fire(&memory);
    world.merge(1, 0);
    world.clear(&disk);
    world.pass(hours(1));
    world.told();
    assert_eq!(world.incident(0).phase, Phase::Open);
    world.clear(&memory);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn both_timelines_say_so() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("memory", "db-8"));
    world.merge(1, 0);
    let said = |incident: u64, reason: &Reason| {
        let incident = Some(IncidentId(incident));
        world
            .entries
            .iter()
            .any(|entry| entry.incident == incident && entry.reason == *reason)
    };
    let into = IncidentId(0);
    let close = by_ops1(into);
    assert!(said(1, &Reason::Closed { close }));
    let (by, why) = ("ops1".to_owned(), "one fault".to_owned());
    assert!(said(1, &Reason::MergedBy { by, into, why }));
    let incident = IncidentId(1);
    assert!(said(
        0,
        &Reason::MergedFrom {
            incident,
            members: 1
        }
    ));
}

#[test]
fn a_pending_one_is_merged_without_a_word() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("memory", "db-8").severity(Severity::Warning));
    world.told();
    world.merge(1, 0);
    world.pass(hours(1));
    world.tells(&["desk update 0"]);
    assert_eq!(world.tally(Outcome::Opened), 1);
    assert_eq!(world.tally(Outcome::Joined), 1);
}

#[test]
fn what_has_a_ticket_and_goes_on_in_one_that_waits_has_one_at_once() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.fire(&condition("memory", "db-8").severity(Severity::Warning));
    world.told();
    world.merge(0, 1);
    world.tells(&["desk resolve 0", "desk open 1"]);
}

#[test]
fn what_has_a_ticket_and_goes_on_in_one_that_is_silenced_has_one_all_the_same() {
    let mut world = World::new();
    world.silence(&["host=\"db-8\""], hours(1));
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("memory", "db-8"));
    world.told();
    world.merge(0, 1);
    world.tells(&["desk resolve 0", "desk open 1"]);
}

#[test]
fn what_a_person_makes_part_of_many_is_counted_with_them() {
    let mut world = World::new();
    for n in 0..5 {
        world.fire(&condition("disk", &format!("web-{n}")));
    }
    world.fire(&condition("memory", "db-8"));
    let (many, other) = (4, 5);
    assert_eq!(world.merge(other, many), Answer::Done);
    let many = world.incident(many);
    let joined = many.together.as_ref().map(|together| together.joined);
    assert_eq!((many.members, joined), (6, Some(6)));
}

#[test]
fn what_nobody_was_told_of_is_counted_once_when_it_is() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    world.fire(&condition("memory", "db-8").severity(Severity::Warning));
    world.merge(1, 0);
    assert_eq!(world.incident(0).uncounted, 2);
    world.pass(minutes(2));
    world.tells(&["desk open 0"]);
    assert_eq!(world.tally(Outcome::Opened), 1);
    assert_eq!(world.tally(Outcome::Joined), 1);
}

#[test]
fn the_receivers_are_those_of_both() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("memory", "db-8").worth(Handling::Page));
    world.told();
    world.merge(1, 0);
    assert_eq!(world.incident(0).receivers, ["desk", "oncall"]);
    world.tells(&["desk resolve 1", "oncall resolve 1", "oncall open 0"]);
}

#[test]
fn a_member_that_fires_again_returns_to_the_incident_it_belongs_to_now() {
    let mut world = World::new();
    let (disk, memory) = (condition("disk", "db-7"), condition("memory", "db-8"));
    world.fire(&disk);
    world.fire(&memory);
    world.merge(1, 0);
    world.clear(&memory);
    world.pass(minutes(1));
    world.fire(&memory);
    assert_eq!(world.incident(0).firing, 2);
    assert_eq!(world.incident(0).members, 2);
    // Another of its group goes there, too, while anything may join.
    world.fire(&condition("inodes", "db-8"));
    assert_eq!(world.incident(0).members, 3);
    world.pass(hours(1));
    world.fire(&condition("disk", "db-8").with("mountpoint", "/home"));
    assert_eq!(world.incident(2).predecessor, Some(IncidentId(1)));
}

#[test]
fn what_is_not_alike_is_not_merged() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("disk", "db-8").with("team", "linux"));
    world.fire(&condition("disk", "db-9").drill(Drill::Quiet));
    world.fire(&condition("shadowed", "db-9"));
    let over = condition("memory", "db-10");
    world.fire(&over);
    world.clear(&over);
    world.pass(minutes(6));
    world.told();
    for (one, other) in [(1, 0), (2, 0), (3, 0), (0, 3), (4, 0), (0, 4)] {
        let answer = world.merge(one, other);
        assert!(matches!(answer, Answer::Conflict(_)), "{one} into {other}");
    }
    assert!(matches!(world.merge(0, 0), Answer::Invalid(_)));
    assert!(matches!(world.merge(77, 0), Answer::NotFound(_)));
    world.tells(&[]);
}

#[test]
fn one_with_more_members_than_move_at_once_is_not_merged_into_another() {
    let mut policy = apart();
    policy.timers.ticket_per = vedette_triage::TicketPer::Route;
    let mut world = World::under(policy);
    world.checks = false;
    for n in 0..=limits::MERGED_AT_ONCE_MAX {
        world.fire(&condition("disk", &format!("db-{n}")));
    }
    world.change_policy(|policy| policy.timers.ticket_per = vedette_triage::TicketPer::Alert);
    world.fire(&condition("memory", "db-7"));
    assert!(matches!(world.merge(0, 1), Answer::Conflict(_)));
    assert_eq!(world.merge(1, 0), Answer::Done);
    let members = u32::try_from(limits::MERGED_AT_ONCE_MAX).unwrap() + 2;
    assert_eq!(world.incident(0).members, members);
}

#[test]
fn a_merge_while_the_receiver_is_away_is_told_in_order_later() {
    let mut world = World::new();
    world.answers_itself = false;
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("memory", "db-8"));
    world.merge(1, 0);
    world.pass(hours(2));
    world.tells(&["desk open 0", "desk open 1", "desk resolve 1"]);
    world.answers_itself = true;
    world.answer_all();
    world.pass(hours(1));
    world.tells(&["desk update 0"]);
}
