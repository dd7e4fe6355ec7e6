//! What a silence keeps from opening, when it opens after all, and how silences are kept.

use vedette_triage::{
    Answer, Close, Handling, Origin, Outcome, Phase, Severity, SilenceState, Suppression,
};

use crate::support::*;

#[test]
fn a_silenced_alert_opens_nothing_and_opens_when_the_silence_ends() {
    let mut world = World::new();
    let id = world.silence(&["host=\"db-7\""], hours(1));
    world.fire(&condition("disk", "db-7"));
    world.pass(minutes(59));
    world.tells(&[]);
    let until = world.engine.state().silence(&id).unwrap().ends_at;
    let origin = Origin::Person;
    let suppressed = Suppression::Silence { id, until, origin };
    assert_eq!(world.incident(0).suppressed.as_deref(), Some(&suppressed));
    world.pass(minutes(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn what_clears_under_a_silence_is_told_to_nobody() {
    let mut world = World::new();
    world.silence(&["host=\"db-7\""], hours(1));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(2));
    world.tells(&[]);
    assert_eq!(
        world.incident(0).close.as_deref(),
        Some(&Close::ClearedWhileSuppressed)
    );
    assert_eq!(world.tally(Outcome::Suppressed("silence")), 1);
}

#[test]
fn it_opens_as_soon_as_its_silence_is_expired() {
    let mut world = World::new();
    let id = world.silence(&["alertname=~\"d.*\""], hours(8));
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("disk", "db-8"));
    world.tells(&[]);
    assert_eq!(world.expire(&id), Answer::Done);
    world.tells(&["desk open 0", "desk open 1"]);
    assert_eq!(world.expire(&id), Answer::Done, "twice is no mistake");
    let silence = world.engine.state().silence(&id).unwrap();
    assert_eq!(silence.state(world.now), SilenceState::Expired);
}

#[test]
fn one_member_that_is_not_silenced_opens_all() {
    let mut world = World::new();
    world.silence(&["alertname=\"disk\""], hours(8));
    world.fire(&condition("disk", "db-7"));
    world.tells(&[]);
    world.fire(&condition("inodes", "db-7"));
    world.tells(&["desk open 0"]);
    assert_eq!(world.tally(Outcome::Opened), 1);
    assert_eq!(world.tally(Outcome::Joined), 1);
}

#[test]
fn members_may_be_silenced_by_different_silences() {
    let mut world = World::new();
    world.silence(&["alertname=\"disk\""], hours(8));
    let second = world.silence(&["alertname=\"inodes\""], hours(2));
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("inodes", "db-7"));
    assert!(matches!(
        world.incident(0).suppressed.as_deref(),
        Some(Suppression::Silence { id, .. }) if *id == second
    ));
    world.pass(hours(2));
    world.tells(&["desk open 0"]);
}

#[test]
fn ending_a_silence_that_is_not_the_first_to_end_opens_as_well() {
    let mut world = World::new();
    let long = world.silence(&["alertname=\"disk\""], hours(8));
    world.silence(&["alertname=\"inodes\""], hours(2));
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("inodes", "db-7"));
    world.expire(&long);
    world.tells(&["desk open 0"]);
}

#[test]
fn a_second_silence_takes_over_when_the_first_ends() {
    let mut world = World::new();
    world.silence(&["host=\"db-7\""], hours(1));
    world.fire(&condition("disk", "db-7"));
    world.silence(&["alertname=\"disk\""], hours(3));
    world.pass(hours(2));
    world.tells(&[]);
    world.pass(hours(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_silenced_alert_reopens_its_ticket_when_the_silence_ends_and_it_still_fires() {
    let mut world = World::new();
    let disk = closed_and_silenced(&mut world);
    world.fire(&disk);
    world.pass(minutes(59));
    world.tells(&[]);
    assert_eq!(world.incident(0).phase, Phase::Pending);
    world.pass(minutes(1));
    world.tells(&["desk reopen 0"]);
    assert_eq!(world.incident(0).reopened, 1);
    assert_eq!(world.tally(Outcome::Opened), 2);
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn it_reopens_its_ticket_as_soon_as_the_silence_is_expired_however_late() {
    let mut world = World::new();
    let disk = closed_and_silenced(&mut world);
    let longer = world.silence(&["host=\"db-7\""], hours(24));
    world.fire(&disk);
    world.pass(hours(12));
    world.tells(&[]);
    world.expire(&longer);
    world.tells(&["desk reopen 0"]);
}

#[test]
fn a_ticket_is_told_nothing_of_what_fires_again_and_clears_under_a_silence() {
    let mut world = World::new();
    let disk = closed_and_silenced(&mut world);
    for _ in 0..3 {
        world.fire(&disk);
        world.pass(minutes(10));
        world.clear(&disk);
    }
    world.pass(hours(1));
    world.tells(&[]);
    let incident = world.incident(0);
    assert_eq!(
        incident.close.as_deref(),
        Some(&Close::ClearedWhileSuppressed)
    );
    assert_eq!(incident.reopened, 0);
    assert_eq!(world.tally(Outcome::Suppressed("silence")), 3);
    world.fire(&disk);
    world.tells(&["desk reopen 0"]);
}

#[test]
fn what_a_person_does_to_an_incident_that_fires_again_under_a_silence_is_not_told_either() {
    let mut world = World::new();
    let disk = closed_and_silenced(&mut world);
    world.fire(&disk);
    world.acknowledge(0, None);
    world.tells(&[]);
    world.resolve(0);
    world.pass(hours(2));
    world.tells(&[]);
    assert_eq!(world.incident(0).phase, Phase::Resolved);
}

/// Its ticket was resolved, then a silence of an hour began.
fn closed_and_silenced(world: &mut World) -> Condition {
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(minutes(5));
    world.told();
    world.silence(&["host=\"db-7\""], hours(1));
    disk
}

#[test]
fn a_silence_keeps_an_open_incident_from_paging_and_not_from_closing() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.told();
    world.silence(&["host=\"db-7\""], hours(1));
    let page = condition("inodes", "db-7").worth(Handling::Page);
    world.fire(&page);
    world.pass(minutes(30));
    let paged = world.told().iter().any(|line| line.starts_with("oncall"));
    assert!(!paged, "nobody is woken under a silence");
    world.pass(minutes(30));
    world.tells(&["oncall open 0"]);
}

#[test]
fn a_person_closes_its_tickets_also_while_others_are_silenced() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.silence(&["host=\"db-7\""], hours(1));
    world.fire(&condition("inodes", "db-7").worth(Handling::Page));
    assert!(world.incident(0).suppressed.is_some());
    world.resolve(0);
    world.pass(hours(2));
    world.tells(&["desk open 0", "desk resolve 0"]);
    assert_eq!(world.incident(0).suppressed, None);
}

#[test]
fn a_silence_of_the_past_or_of_everything_is_refused_in_alertmanagers_words() {
    let mut world = World::new();
    let mut wish = world.wish(&["host=\"db-7\""], hours(1));
    wish.ends_at = wish.starts_at;
    let order = "Failed to create silence: start time must be before end time";
    assert_eq!(world.set_silence(wish), Answer::Invalid(order.into()));
    let mut wish = world.wish(&["host=\"db-7\""], hours(1));
    wish.starts_at = world.now.before(hours(2));
    wish.ends_at = world.now.before(hours(1));
    let past = "Failed to create silence: end time can't be in the past";
    assert_eq!(world.set_silence(wish), Answer::Invalid(past.into()));
    for matchers in [&["host=~\".*\""][..], &["host!=\"x\""], &[]] {
        let wish = world.wish(matchers, hours(1));
        assert!(matches!(world.set_silence(wish), Answer::Invalid(_)));
    }
    let mut wish = world.wish(&["host=\"db-7\""], hours(1));
    wish.replaces = Some(vedette_triage::SilenceId::new("nobody's"));
    assert!(matches!(world.set_silence(wish), Answer::NotFound(_)));
}

#[test]
fn a_silence_that_began_in_the_past_begins_now() {
    let mut world = World::new();
    let mut wish = world.wish(&["host=\"db-7\""], hours(1));
    wish.starts_at = world.now.before(hours(1));
    let id = wish.new_id.clone();
    world.set_silence(wish);
    assert_eq!(
        world.engine.state().silence(&id).unwrap().starts_at,
        world.now
    );
}

#[test]
fn a_silence_ended_before_it_began_never_holds() {
    let mut world = World::new();
    let mut wish = world.wish(&["host=\"db-7\""], hours(2));
    wish.starts_at = world.now.after(hours(1));
    let id = wish.new_id.clone();
    world.set_silence(wish);
    world.fire(&condition("disk", "db-7"));
    world.tells(&["desk open 0"]);
    world.expire(&id);
    let silence = world.engine.state().silence(&id).unwrap();
    assert!(silence.starts_at <= silence.ends_at);
    world.pass(minutes(90));
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    assert_eq!(world.incident(0).suppressed, None);
}

#[test]
fn a_longer_or_shorter_silence_keeps_its_id_and_another_matcher_does_not() {
    let mut world = World::new();
    let first = world.silence(&["host=\"db-7\""], hours(8));
    world.fire(&condition("disk", "db-7"));
    let mut longer = world.wish(&["host=\"db-7\""], hours(9));
    longer.replaces = Some(first.clone());
    assert_eq!(world.set_silence(longer), Answer::Silence(first.clone()));
    let mut other = world.wish(&["host=\"db-8\""], hours(9));
    other.replaces = Some(first.clone());
    other.starts_at = world.now;
    let Answer::Silence(second) = world.set_silence(other) else {
        panic!("refused");
    };
    assert_ne!(first, second);
    world.tells(&["desk open 0"]);
    let old = world.engine.state().silence(&first).unwrap();
    assert_eq!(old.state(world.now), SilenceState::Expired);
}

#[test]
fn a_silence_is_forgotten_five_days_after_its_end() {
    let mut world = World::new();
    world.silence(&["host=\"db-7\""], hours(1));
    world.pass(hours(5 * 24));
    assert_eq!(world.engine.state().silences().len(), 1);
    world.pass(hours(1));
    assert_eq!(world.engine.state().silences().len(), 0);
}
