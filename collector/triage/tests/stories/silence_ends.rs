//! How silences end: when all is clear, and not before their author was reminded.

use vedette_triage::{Action, Answer, Reason, SilenceId, SilenceState, limits};

use crate::support::*;

fn until_clear(world: &mut World, matchers: &[&str]) -> Answer {
    let mut wish = world.wish(matchers, hours(8));
    wish.until_clear = true;
    world.set_silence(wish)
}

fn made(answer: Answer) -> SilenceId {
    match answer {
        Answer::Silence(id) => id,
        other => panic!("no silence: {other:?}"),
    }
}

fn state(world: &World, id: &SilenceId) -> SilenceState {
    let silence = world.engine.state().silence(id).unwrap();
    silence.state(world.now)
}

/// An alert of a host and component of its own.
fn of(rule: &str) -> Condition {
    let mut condition = condition(rule, "db-7");
    condition.component = rule.into();
    condition
}

fn reminded(world: &World) -> usize {
    let is_reminder = |reason: &Reason| matches!(reason, Reason::SilenceEndsSoon { .. });
    let entries = world.entries.iter();
    entries.filter(|entry| is_reminder(&entry.reason)).count()
}

#[test]
fn a_silence_until_all_is_clear_ends_when_the_last_that_it_matches_has_ended() {
    let mut world = World::new();
    let (disk, memory) = (of("disk"), of("memory"));
    world.fire(&disk);
    world.fire(&memory);
    let id = made(until_clear(&mut world, &["host=\"db-7\""]));
    world.clear(&disk);
    world.pass(minutes(10));
    assert_eq!(state(&world, &id), SilenceState::Active);
    world.clear(&memory);
    world.pass(limits::CLEAR_FOR);
    assert_eq!(state(&world, &id), SilenceState::Expired);
    world.told();
    world.fire(&of("inodes"));
    world.tells(&["desk open 2"]);
}

#[test]
fn whatever_it_matches_by_it_is_asked_of_all_that_fires() {
    for matchers in [
        &["host=\"db-7\""][..],
        &["host=~\"db-.*\""],
        &["host=~\"db-.*\"", "alertname=\"disk\""],
        &["host!=\"\""],
        &["alertname!=\"memory\"", "host=~\".+-7\""],
        &["alertname=~\"disk|inodes\""],
    ] {
        let mut world = World::new();
        let disk = of("disk");
        world.fire(&of("memory"));
        world.fire(&disk);
        let id = made(until_clear(&mut world, matchers));
        let other = made(until_clear(&mut world, &["alertname=\"disk\""]));
        world.clear(&disk);
        world.fire(&disk);
        world.pass(limits::CLEAR_FOR);
        assert_eq!(state(&world, &id), SilenceState::Active, "{matchers:?}");
        assert_eq!(state(&world, &other), SilenceState::Active);
        world.clear(&disk);
        world.clear(&of("memory"));
        world.pass(limits::CLEAR_FOR);
        assert_eq!(state(&world, &id), SilenceState::Expired, "{matchers:?}");
        let nothing = until_clear(&mut world, matchers);
        assert!(matches!(nothing, Answer::Invalid(_)), "{nothing:?}");
    }
}

#[test]
fn what_fires_again_at_once_is_still_muted() {
    let mut world = World::new();
    let disk = of("disk");
    world.fire(&disk);
    let id = made(until_clear(&mut world, &["host=\"db-7\""]));
    world.clear(&disk);
    world.pass(limits::CLEAR_FOR - seconds(1));
    world.fire(&disk);
    world.pass(minutes(10));
    assert_eq!(state(&world, &id), SilenceState::Active);
    world.clear(&disk);
    world.pass(limits::CLEAR_FOR);
    assert_eq!(state(&world, &id), SilenceState::Expired);
}

#[test]
fn what_keeps_firing_ends_the_silence_at_its_time_and_opens() {
    let mut world = World::new();
    world.silence(&["host=\"db-7\""], minutes(20));
    world.fire(&of("disk"));
    made(until_clear(&mut world, &["host=\"db-7\""]));
    world.pass(hours(8) - seconds(1));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn there_must_be_something_to_wait_for() {
    let mut world = World::new();
    world.fire(&of("disk"));
    let answer = until_clear(&mut world, &["host=\"db-8\""]);
    assert!(matches!(answer, Answer::Invalid(_)), "{answer:?}");
}

#[test]
fn an_alert_that_it_does_not_match_ends_nothing() {
    let mut world = World::new();
    let (disk, memory) = (of("disk"), of("memory"));
    world.fire(&disk);
    world.fire(&memory);
    let id = made(until_clear(&mut world, &["alertname=\"disk\""]));
    world.clear(&memory);
    world.pass(hours(1));
    assert_eq!(state(&world, &id), SilenceState::Active);
}

#[test]
fn a_silence_with_a_time_does_not_end_before_it() {
    let mut world = World::new();
    let disk = of("disk");
    world.fire(&disk);
    let id = world.silence(&["host=\"db-7\""], hours(2));
    world.clear(&disk);
    world.pass(hours(1));
    assert_eq!(state(&world, &id), SilenceState::Active);
}

#[test]
fn half_an_hour_before_the_end_what_still_fires_is_said_where_it_is_seen() {
    let mut world = World::new();
    world.fire(&of("disk"));
    let id = world.silence(&["host=\"db-7\""], hours(4));
    world.fire(&of("memory"));
    world.told();
    world.pass(hours(4) - limits::REMINDED_BEFORE - seconds(1));
    assert_eq!(reminded(&world), 0);
    world.pass(seconds(1));
    let told: Vec<_> = world.told.drain(..).collect();
    let [note] = &told[..] else {
        panic!("one comment on the ticket that is open: {told:?}");
    };
    assert_eq!((note.action, note.incident.0), (Action::Note, 0));
    let (by, text) = note.facts.note.as_ref().unwrap();
    assert_eq!(by, "vedette");
    assert_eq!(
        text,
        "The silence of ops1 ends in 30 minutes, and it still fires (planned)."
    );
    assert_eq!(reminded(&world), 3, "of the silence, and of both incidents");
    let silence = world.engine.state().silence(&id).unwrap();
    assert_eq!(silence.reminded.unwrap().alerts, 2);
    world.pass(hours(1));
    world.tells(&["desk open 1"]);
}

#[test]
fn nobody_is_reminded_where_nothing_fires_any_more_or_the_silence_was_ended() {
    let mut world = World::new();
    let disk = of("disk");
    world.silence(&["host=\"db-7\""], hours(4));
    world.fire(&disk);
    world.clear(&disk);
    world.fire(&condition("disk", "db-8"));
    let ended = world.silence(&["host=\"db-8\""], hours(4));
    world.expire(&ended);
    world.pass(hours(6));
    assert_eq!(reminded(&world), 0);
}

#[test]
fn a_silence_that_is_shorter_than_its_reminder_has_none() {
    let mut world = World::new();
    world.silence(&["host=\"db-7\""], limits::REMINDED_BEFORE);
    world.fire(&of("disk"));
    world.pass(hours(1));
    assert_eq!(reminded(&world), 0);
}

#[test]
fn a_silence_that_is_made_longer_after_its_reminder_has_another() {
    let mut world = World::new();
    let id = world.silence(&["host=\"db-7\""], hours(1));
    world.fire(&of("disk"));
    world.pass(minutes(40));
    assert_eq!(reminded(&world), 2);
    let mut longer = world.wish(&["host=\"db-7\""], hours(2));
    longer.replaces = Some(id.clone());
    longer.starts_at = world.engine.state().silence(&id).unwrap().starts_at;
    assert_eq!(world.set_silence(longer), Answer::Silence(id));
    world.pass(hours(2));
    assert_eq!(reminded(&world), 4);
}

#[test]
fn a_reminder_that_was_slept_through_is_no_more_than_its_end() {
    let mut world = World::new();
    world.silence(&["host=\"db-7\""], hours(1));
    world.fire(&of("disk"));
    let down_since = world.now;
    world.now = world.now.after(hours(2));
    world.input(&vedette_triage::Input::Started { down_since });
    world.tick();
    world.tells(&["desk open 0"]);
    assert_eq!(reminded(&world), 0);
}
