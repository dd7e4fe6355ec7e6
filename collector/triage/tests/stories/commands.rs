//! What people may do with an incident, and what they are told.

use vedette_triage::{Action, Answer, Close, Outcome, Phase, Reason, Severity, limits};

use crate::support::*;

#[test]
fn an_acknowledgement_is_told_and_ends_by_itself() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    assert_eq!(world.acknowledge(0, None), Answer::Done);
    world.tells(&["desk open 0", "desk acknowledge 0"]);
    let ack = world.incident(0).acknowledged.clone().unwrap();
    assert_eq!(
        ack.until,
        world.now.after(hours(4)),
        "a P2 is kept for four hours"
    );
    world.pass(hours(4));
    assert_eq!(world.incident(0).acknowledged, None);
    let update = world.told.pop_back().unwrap();
    assert_eq!(update.facts.news, ["ops1 no longer works on it."]);
}

#[test]
fn an_acknowledgement_is_lifted_when_it_becomes_worse_and_not_when_better() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    let warning = disk.clone().severity(Severity::Warning);
    world.fire(&warning);
    world.pass(minutes(2));
    world.acknowledge(0, None);
    world.fire(&disk);
    assert_eq!(world.incident(0).acknowledged, None);
    world.acknowledge(0, None);
    world.fire(&warning);
    world.fire(&disk);
    assert!(
        world.incident(0).acknowledged.is_some(),
        "not worse than it was"
    );
    let lifted = world.entries.iter().filter(
        |entry| matches!(&entry.reason, Reason::AcknowledgementEnded { why } if why == "worse"),
    );
    assert_eq!(lifted.count(), 1);
}

#[test]
fn an_acknowledgement_has_an_end_of_at_most_thirty_days() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    for lasts in [hours(0), hours(30 * 24 + 1)] {
        let answer = world.acknowledge(0, Some(lasts));
        assert!(matches!(answer, Answer::Invalid(_)), "{lasts:?}");
    }
    assert_eq!(world.acknowledge(0, Some(hours(720))), Answer::Done);
}

#[test]
fn a_note_goes_to_every_ticket() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.told();
    assert_eq!(world.note(0, "old logs removed"), Answer::Done);
    let note = world.told.pop_front().unwrap();
    assert_eq!(note.action, Action::Note);
    let words = ("ops1".to_owned(), "old logs removed".to_owned());
    assert_eq!(note.facts.note, Some(words));
    assert!(matches!(world.note(0, "  "), Answer::Invalid(_)));
    let long = "x".repeat(limits::NOTE_BYTES_MAX + 1);
    assert!(matches!(world.note(0, &long), Answer::Invalid(_)));
}

#[test]
fn notes_are_refused_when_too_many_wait_and_a_resolve_is_not() {
    let mut world = World::new();
    world.answers_itself = false;
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    let mut taken = 0;
    while world.note(0, "again") == Answer::Done {
        taken += 1;
    }
    let room = limits::OUTSTANDING_PER_TICKET_MAX - limits::TURNS_PER_TICKET_MAX;
    assert_eq!(taken, room - 1);
    assert!(matches!(world.note(0, "again"), Answer::Full(_)));
    assert_eq!(world.acknowledge(0, None), Answer::Done);
    world.told();
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn resolved_by_hand_it_stays_closed_while_it_keeps_firing() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    assert_eq!(world.resolve(0), Answer::Done);
    world.tells(&["desk open 0", "desk resolve 0"]);
    assert!(matches!(
        world.incident(0).close.as_deref(),
        Some(Close::ByPerson { .. })
    ));
    world.fire(&disk);
    world.fire(&disk.clone().severity(Severity::Warning));
    world.pass(hours(1));
    world.tells(&[]);
    world.clear(&disk);
    world.fire(&disk);
    world.tells(&["desk reopen 0"]);
}

#[test]
fn resolved_by_hand_and_archived_it_opens_anew_only_after_it_was_well() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.resolve(0);
    world.pass(hours(5));
    world.told();
    let state = world.engine.state();
    assert_eq!((state.incidents().len(), state.alerts().len()), (0, 1));
    world.fire(&disk.clone().with("note", "x"));
    world.tells(&[]);
    world.clear(&disk);
    world.fire(&disk);
    world.tells(&["desk open 1"]);
}

#[test]
fn resolving_what_nobody_was_told_tells_nobody() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    assert_eq!(world.resolve(0), Answer::Done);
    world.pass(hours(1));
    world.tells(&[]);
    assert_eq!(world.incident(0).phase, Phase::Closed);
    assert_eq!(world.tally(Outcome::Transient), 1);
}

#[test]
fn what_is_over_or_unknown_cannot_be_taken_or_resolved() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.resolve(0);
    assert!(matches!(world.resolve(0), Answer::Conflict(_)));
    assert!(matches!(world.acknowledge(0, None), Answer::Conflict(_)));
    assert!(matches!(world.resolve(7), Answer::NotFound(_)));
    assert!(matches!(world.acknowledge(7, None), Answer::NotFound(_)));
    assert!(matches!(world.note(7, "x"), Answer::NotFound(_)));
}
