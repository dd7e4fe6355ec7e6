//! What closes, reopens, or is a new incident; and what is forgotten when.

use vedette_triage::{
    Change, Close, DeliverMode, Drill, End, Fate, Handling, IncidentId, OnClear, Outcome, Phase,
    Severity,
};

use crate::support::*;

#[test]
fn it_resolves_its_ticket_after_it_stayed_clear() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    assert_eq!(world.incident(0).phase, Phase::Resolving);
    world.pass(seconds(299));
    world.tells(&["desk open 0"]);
    world.pass(seconds(1));
    world.tells(&["desk resolve 0"]);
    assert_eq!(world.incident(0).close.as_deref(), Some(&Close::Cleared));
}

#[test]
fn firing_again_within_the_close_delay_is_told_to_nobody() {
    let mut world = World::under(believing());
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.told();
    for _ in 0..3 {
        world.clear(&disk);
        world.pass(minutes(4));
        world.fire(&disk);
        world.pass(minutes(4));
    }
    world.tells(&[]);
    assert_eq!(world.incident(0).phase, Phase::Open);
    assert_eq!(world.incident(0).members, 1);
    assert_eq!(world.tally(Outcome::Joined), 3);
}

#[test]
fn firing_again_within_reopen_within_reopens_the_same_ticket() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(4));
    world.told();
    world.fire(&disk);
    world.tells(&["desk reopen 0"]);
    assert_eq!(world.incident(0).reopened, 1);
    assert_eq!(world.ticket(0, "desk").key, "test-0-1");
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn firing_again_later_is_a_new_incident_that_names_the_one_before() {
    let mut world = World::new();
    world.answers_itself = false; // so that the old one is still remembered
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(5));
    world.fire(&disk);
    world.tells(&["desk open 0", "desk resolve 0", "desk open 1"]);
    assert_eq!(world.incident(1).predecessor, Some(IncidentId(0)));
}

#[test]
fn all_clear_under_a_silence_closes_every_ticket() {
    let mut world = World::under(apart());
    let hosts: Vec<_> = (0..100)
        .map(|n| condition("disk", &format!("db-{n}")))
        .collect();
    for disk in &hosts {
        world.fire(disk);
    }
    assert_eq!(world.told().len(), 100);
    world.silence(&["host=~\"db-.*\""], hours(8));
    for disk in &hosts {
        world.clear(disk);
    }
    world.pass(minutes(6));
    let mut told = world.told();
    told.sort();
    let mut expected: Vec<_> = (0..100).map(|n| format!("desk resolve {n}")).collect();
    expected.sort();
    assert_eq!(told, expected);
}

#[test]
fn resolves_flow_also_while_observing() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.change_policy(|policy| policy.mode = DeliverMode::Observe);
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk open 0", "desk resolve 0"]);
    world.fire(&disk);
    world.tells(&[]);
    assert_eq!(world.incident(0).phase, Phase::Pending);
    world.change_policy(|policy| policy.mode = DeliverMode::Live);
    world.tells(&["desk reopen 0"]);
}

#[test]
fn what_fires_and_clears_while_the_receiver_is_away_is_told_in_order() {
    let mut world = World::under(apart());
    world.answers_itself = false;
    let hosts: Vec<_> = (0..20)
        .map(|n| condition("disk", &format!("db-{n}")))
        .collect();
    for disk in &hosts {
        world.fire(disk);
    }
    world.pass(minutes(1));
    for disk in &hosts {
        world.clear(disk);
    }
    world.pass(minutes(30));
    for id in 0..20 {
        let waiting: Vec<_> = world.ticket(id, "desk").outstanding.clone();
        let actions: Vec<_> = waiting
            .iter()
            .map(|(_, _, action)| action.as_str())
            .collect();
        assert_eq!(actions, ["open", "resolve"]);
    }
    world.answer_all();
    for id in 0..20 {
        let ticket = world.ticket(id, "desk");
        assert!(ticket.outstanding.is_empty());
        assert_eq!(ticket.state, vedette_triage::TicketState::Resolved);
    }
}

#[test]
fn what_comes_and_goes_while_the_receiver_is_away_is_told_once_and_counted() {
    let mut world = World::under(believing());
    world.answers_itself = false;
    let disk = condition("disk", "db-7");
    for _ in 0..300 {
        world.fire(&disk);
        world.clear(&disk);
        world.pass(minutes(6));
        assert!(world.ticket(0, "desk").outstanding.len() <= 2);
    }
    let told: Vec<_> = world.told.iter().cloned().collect();
    world.tells(&["desk open 0", "desk resolve 0"]);
    assert_eq!((told[0].facts.came_and_went, told[0].seq), (0, 1));
    assert_eq!(told[1].facts.came_and_went, 299);
    assert_eq!(told[1].facts.news, ["It came and went 299 more times."]);
    assert_eq!(world.incident(0).reopened, 299);
}

#[test]
fn what_came_and_went_and_is_there_again_is_told_by_the_next_update() {
    let mut world = World::under(believing());
    world.answers_itself = false;
    let disk = condition("disk", "db-7");
    for _ in 0..3 {
        world.fire(&disk);
        world.clear(&disk);
        world.pass(minutes(6));
    }
    world.fire(&disk);
    world.tells(&["desk open 0"]);
    world.answer_all();
    world.pass(minutes(15));
    let update = world.told[0].clone();
    world.tells(&["desk update 0"]);
    assert_eq!(update.facts.news, ["It came and went 3 more times."]);
    assert_eq!(world.ticket(0, "desk").came_and_went, 0);
}

#[test]
fn a_close_that_may_be_on_its_way_is_not_taken_back() {
    let mut world = World::under(believing());
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.answers_itself = false;
    for _ in 0..10 {
        world.clear(&disk);
        world.pass(minutes(6));
        world.fire(&disk);
    }
    world.tells(&["desk open 0", "desk resolve 0", "desk reopen 0"]);
    world.clear(&disk);
    world.pass(minutes(6));
    let resolve = world.told[0].clone();
    world.tells(&["desk resolve 0"]);
    assert_eq!(resolve.facts.came_and_went, 9);
}

#[test]
fn a_comment_that_it_is_well_is_taken_back_like_a_resolve() {
    let mut policy = believing();
    policy.receivers.get_mut("desk").unwrap().on_clear = OnClear::Comment;
    let mut world = World::under(policy);
    world.answers_itself = false;
    let disk = condition("disk", "db-7");
    for _ in 0..5 {
        world.fire(&disk);
        world.clear(&disk);
        world.pass(minutes(6));
    }
    let told: Vec<_> = world.told.iter().cloned().collect();
    world.tells(&["desk open 0", "desk update 0"]);
    assert_eq!(told[1].facts.news, ["It came and went 4 more times."]);
}

#[test]
fn what_a_close_that_was_taken_back_would_have_told_is_told_later() {
    let mut world = World::new();
    world.answers_itself = false;
    let disk = condition("disk", "db-7").severity(Severity::Critical);
    world.fire(&disk);
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    world.clear(&disk);
    world.pass(minutes(6));
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    world.pass(minutes(6));
    world.clear(&disk);
    world.pass(minutes(6));
    let resolve = world.told[1].clone();
    world.tells(&["desk open 0", "desk resolve 0"]);
    let severity = "Severity warning instead of critical.";
    assert!(
        resolve.facts.news.iter().any(|news| news == severity),
        "{resolve:?}"
    );
}

#[test]
fn an_incident_whose_ticket_waits_for_an_answer_is_not_archived() {
    let mut world = World::new();
    world.answers_itself = false;
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(10));
    assert_eq!(world.engine.state().incidents().len(), 1);
    world.answer_all();
    world.pass(hours(2));
    let state = world.engine.state();
    assert_eq!((state.incidents().len(), state.alerts().len()), (0, 0));
    assert_eq!(state.tickets(IncidentId(0)).count(), 0);
}

#[test]
fn after_reopen_within_it_is_archived_and_a_new_one_opens() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(5));
    world.told();
    assert_eq!(world.engine.state().incidents().len(), 0);
    world.fire(&disk);
    world.tells(&["desk open 1"]);
}

#[test]
fn a_large_incident_is_archived_in_steps() {
    let mut policy = policy();
    policy.timers.ticket_per = vedette_triage::TicketPer::Route;
    let mut world = World::under(policy);
    let disks: Vec<_> = (0..2500)
        .map(|n| condition("disk", &format!("db-{n}")))
        .collect();
    disks.iter().for_each(|disk| drop(world.fire(disk)));
    disks.iter().for_each(|disk| drop(world.clear(disk)));
    world.pass(minutes(5));
    let due = world.incident(0).due.unwrap();
    world.now = due;
    let decision = world.input(&vedette_triage::Input::Tick);
    let drops = decision
        .changes
        .iter()
        .filter(|change| matches!(change, Change::DropAlert(_)));
    assert_eq!(drops.count(), 1000);
    world.tick();
    let state = world.engine.state();
    assert_eq!((state.incidents().len(), state.alerts().len()), (0, 0));
}

#[test]
fn drills_and_alerts_from_outside_close_at_once() {
    let mut world = World::new();
    let down = labels([("alertname", "Down"), ("severity", "critical")]);
    world.post(&down);
    let sender = "prometheus".to_owned();
    world.post_end(&down, End::Expired { sender });
    world.tells(&["desk open 0", "desk resolve 0"]);
    let drill = condition("disk", "db-7").drill(Drill::Quiet);
    world.fire(&drill);
    world.clear(&drill);
    world.tells(&["desk open 1", "desk resolve 1"]);
}

#[test]
fn a_receiver_that_only_wants_a_comment_gets_an_update_instead() {
    check_on_clear(OnClear::Comment, false, "desk update 0");
    check_on_clear(OnClear::ResolveUnlessOwned, false, "desk resolve 0");
    check_on_clear(OnClear::ResolveUnlessOwned, true, "desk update 0");
    check_on_clear(OnClear::Resolve, true, "desk resolve 0");
}

#[test]
fn a_refused_ticket_is_never_spoken_of_again() {
    let mut world = World::new();
    world.answers_itself = false;
    let disk = condition("disk", "db-7").worth(Handling::Page);
    world.fire(&disk);
    world.note(0, "look at this");
    let open = world.unanswered.pop_front().unwrap();
    let decision = world.answer(&open, dead());
    let dead = decision
        .changes
        .iter()
        .filter(|change| matches!(change, Change::SettleDelivery(_, Fate::Dead { .. })));
    assert_eq!(dead.count(), 2, "the note is over, too");
    world.answer_all();
    world.told();
    world.clear(&disk);
    world.pass(minutes(5));
    world.fire(&disk);
    world.tells(&["oncall resolve 0", "oncall reopen 0"]);
}

#[test]
fn an_answer_that_comes_twice_changes_nothing() {
    let mut world = World::new();
    world.answers_itself = false;
    world.fire(&condition("disk", "db-7"));
    let open = world.unanswered.pop_front().unwrap();
    world.answer(&open, done(&open));
    let reference = world.ticket(0, "desk").reference.clone().unwrap();
    assert_eq!(reference.id, "T0");
    let again = world.answer(&open, done(&open));
    assert!(again.changes.is_empty() && again.entries.is_empty());
}

#[test]
fn an_answer_for_an_archived_incident_only_settles_its_delivery() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    let open = world.told[0].clone();
    world.clear(&disk);
    world.pass(hours(6));
    let decision = world.answer(&open, done(&open));
    assert!(matches!(
        decision.changes[..],
        [Change::SettleDelivery(_, _)]
    ));
}

#[track_caller]
fn check_on_clear(on_clear: OnClear, owned: bool, expected: &str) {
    let mut policy = policy();
    policy.receivers.get_mut("desk").unwrap().on_clear = on_clear;
    let mut world = World::under(policy);
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    if owned {
        world.acknowledge(0, None);
    }
    world.told();
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&[expected]);
}

/// A policy that believes whatever comes and goes, however often.
fn believing() -> vedette_triage::Policy {
    let mut policy = policy();
    policy.flapping.changes = 0;
    policy
}
