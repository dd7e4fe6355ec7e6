//! Whose an incident is, who works on it, what is waited for, and how urgent people say it is.

use vedette_triage::{
    Action, Actor, Answer, Command, IncidentId, Phase, Policy, Priority, Reason, Severity, Via,
};

use crate::support::*;

const NOTHING: [&str; 0] = [];

fn person(name: &str) -> Actor {
    Actor {
        name: name.into(),
        via: Via::Api,
    }
}

/// ops1 and ops2 of it-ops, lin1 of linux.
fn staffed() -> World {
    let persons = [("ops1", "it-ops"), ("ops2", "it-ops"), ("lin1", "linux")];
    World::under(Policy {
        persons: persons
            .into_iter()
            .map(|(name, team)| (name.into(), team.into()))
            .collect(),
        ..policy()
    })
}

impl World {
    fn take(&mut self, by: &str) -> Answer {
        self.command(Command::Take {
            by: person(by),
            incident: IncidentId(0),
            lasts: None,
        })
    }

    fn assign(&mut self, to: &str, why: &str) -> Answer {
        self.command(Command::Assign {
            by: actor(),
            incident: IncidentId(0),
            to: to.into(),
            why: why.into(),
        })
    }

    fn wait(&mut self, waits_for: &str, lasts: std::time::Duration) -> Answer {
        let until = self.now.after(lasts);
        self.command(Command::Wait {
            by: actor(),
            incident: IncidentId(0),
            waits_for: waits_for.into(),
            until,
        })
    }

    fn resume(&mut self) -> Answer {
        self.command(Command::Resume {
            by: actor(),
            incident: IncidentId(0),
            why: "the parts are here".into(),
        })
    }

    fn set_priority(&mut self, to: Option<Priority>, why: &str) -> Answer {
        self.command(Command::Prioritise {
            by: actor(),
            incident: IncidentId(0),
            to,
            why: why.into(),
        })
    }

    fn phase(&self) -> Phase {
        self.incident(0).phase
    }

    fn assignee(&self) -> Option<&str> {
        let whose = self.incident(0).assigned.as_ref();
        whose.map(|whose| whose.to.as_str())
    }

    /// What the tickets were told last.
    #[track_caller]
    fn last_news(&mut self) -> Vec<String> {
        let last = self.told.drain(..).next_back().unwrap();
        assert_eq!(last.action, Action::Update);
        last.facts.news.clone()
    }

    fn wait_ends(&self) -> Vec<&str> {
        let ends = self.entries.iter().filter_map(|entry| match &entry.reason {
            Reason::WaitEnded { why } => Some(why.as_str()),
            _ => None,
        });
        ends.collect()
    }
}

#[track_caller]
fn is_invalid(answer: &Answer, what: &str) {
    assert!(
        matches!(answer, Answer::Invalid(why) if why.contains(what)),
        "{answer:?}"
    );
}

#[track_caller]
fn is_conflict(answer: &Answer, what: &str) {
    assert!(
        matches!(answer, Answer::Conflict(why) if why.contains(what)),
        "{answer:?}"
    );
}

#[test]
fn an_acknowledgement_is_counted_from_the_last_sign_of_life() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.acknowledge(0, Some(hours(4)));
    world.pass(hours(3));
    world.note(0, "still at it");
    world.pass(hours(3));
    assert_eq!(world.phase(), Phase::Acknowledged, "six hours, one note");
    world.pass(hours(1));
    assert_eq!(world.phase(), Phase::Open);
}

#[test]
fn a_sign_of_life_does_not_shorten_an_acknowledgement_and_makes_none() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.note(0, "who looks at it?");
    assert_eq!(world.incident(0).acknowledged, None);
    world.acknowledge(0, Some(hours(4)));
    let until = world.now.after(hours(4));
    world.note(0, "me");
    let ack = world.incident(0).acknowledged.clone().unwrap();
    assert_eq!(ack.until, until);
}

#[test]
fn what_a_person_takes_is_theirs_and_worked_on() {
    let mut world = staffed();
    world.fire(&condition("disk", "db-7"));
    assert_eq!(world.take("ops2"), Answer::Done);
    world.tells(&["desk open 0", "desk acknowledge 0"]);
    assert_eq!(world.phase(), Phase::Acknowledged);
    assert_eq!(world.assignee(), Some("ops2"));
    world.pass(hours(5));
    assert_eq!(world.phase(), Phase::Open, "an acknowledgement ends");
    assert_eq!(world.assignee(), Some("ops2"), "whose it is does not");
}

#[test]
fn taken_by_another_team_it_is_that_team_s_and_its_ticket_stays_where_it_is() {
    let mut world = staffed();
    world.fire(&condition("disk", "db-7"));
    world.told();
    world.take("lin1");
    assert_eq!(world.incident(0).team, "linux");
    assert_eq!(
        world.last_news(),
        ["Owner team linux instead of it-ops."],
        "an update, and no ticket at linux-desk"
    );
    let tickets = world.engine.state().tickets(IncidentId(0));
    assert_eq!(tickets.count(), 1);
}

#[test]
fn given_to_a_person_of_the_team_it_needs_no_reason_and_to_another_team_it_does() {
    let mut world = staffed();
    world.fire(&condition("disk", "db-7"));
    world.told();
    assert_eq!(world.assign("ops2", ""), Answer::Done);
    assert_eq!(world.last_news(), ["It is ops2's now."]);
    assert_eq!(world.phase(), Phase::Open, "nobody said they work on it");
    is_invalid(&world.assign("linux", " "), "say why");
    assert_eq!(world.incident(0).team, "it-ops");
    assert_eq!(world.assign("linux", "it is their database"), Answer::Done);
    assert_eq!(
        (world.incident(0).team.as_str(), world.assignee()),
        ("linux", None)
    );
}

#[test]
fn given_to_nobody_known_it_stays_where_it_is() {
    let mut world = staffed();
    world.fire(&condition("disk", "db-7"));
    is_invalid(&world.assign("ops9", "because of that"), "it-ops, linux");
    assert_eq!(
        (world.incident(0).team.as_str(), world.assignee()),
        ("it-ops", None)
    );
}

#[test]
fn given_to_somebody_else_whoever_worked_on_it_does_so_no_more() {
    let mut world = staffed();
    world.fire(&condition("disk", "db-7"));
    world.take("ops1");
    world.assign("ops2", "");
    assert_eq!(world.incident(0).acknowledged, None);
    world.take("ops2");
    world.assign("ops2", "");
    assert_eq!(world.phase(), Phase::Acknowledged, "nothing changed");
}

#[test]
fn a_wait_is_told_at_once_and_ends_at_its_time() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.acknowledge(0, None);
    world.told();
    assert_eq!(world.wait("vendor", hours(24 * 5)), Answer::Done);
    assert_eq!(world.phase(), Phase::Waiting);
    assert_eq!(world.assignee(), Some("ops1"), "somebody answers for it");
    assert_eq!(
        world.last_news(),
        ["It waits for vendor.", "It is ops1's now."]
    );
    world.pass(hours(24 * 5 - 1));
    assert_eq!(world.told(), NOTHING, "no word meanwhile");
    world.pass(hours(1));
    assert_eq!(world.phase(), Phase::Open);
    assert_eq!(world.last_news(), ["It no longer waits for vendor."]);
    assert_eq!(world.wait_ends(), ["over"]);
}

#[test]
fn a_wait_ends_when_it_is_worse_and_not_when_it_is_as_bad_as_it_was() {
    let mut world = World::new();
    let critical = condition("disk", "db-7");
    let warning = critical.clone().severity(Severity::Warning);
    world.fire(&warning);
    world.pass(minutes(2));
    world.wait("parts", hours(48));
    world.fire(&warning.clone().with("note", "x"));
    assert_eq!(world.phase(), Phase::Waiting);
    world.fire(&critical);
    assert_eq!(world.phase(), Phase::Open);
    world.wait("parts", hours(48));
    world.fire(&warning);
    world.fire(&critical);
    assert_eq!(world.phase(), Phase::Waiting, "it was critical before");
    assert_eq!(world.wait_ends(), ["worse"]);
}

#[test]
fn a_wait_ends_when_it_clears_and_is_not_there_again_when_it_comes_back() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.wait("user", hours(48));
    world.clear(&disk);
    assert_eq!(world.phase(), Phase::Resolving);
    world.fire(&disk);
    assert_eq!(world.phase(), Phase::Open);
    assert_eq!(world.wait_ends(), ["clear"]);
}

#[test]
fn a_wait_ends_when_somebody_works_on_it() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.wait("user", hours(48));
    world.acknowledge(0, None);
    assert_eq!(world.phase(), Phase::Acknowledged);
    assert_eq!(world.wait_ends(), ["taken"]);
}

#[test]
fn a_wait_ends_when_what_was_waited_for_is_there() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    is_conflict(&world.resume(), "nobody waits");
    world.wait("parts", hours(48));
    world.told();
    assert_eq!(world.resume(), Answer::Done);
    assert_eq!(world.phase(), Phase::Open);
    assert_eq!(world.last_news(), ["It no longer waits for parts."]);
}

#[test]
fn a_wait_can_be_made_longer_and_keeps_its_time_while_the_collector_is_down() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.wait("parts", hours(24));
    world.pass(hours(23));
    world.wait("parts", hours(24));
    let until = world.now.after(hours(24));
    let down_since = world.now;
    world.now = world.now.after(hours(3));
    world.input(&vedette_triage::Input::Started { down_since });
    let waiting = world.incident(0).waiting.clone().unwrap();
    assert_eq!(waiting.until, until, "people gave it by the clock");
    world.pass(hours(21));
    assert_eq!(world.phase(), Phase::Open);
}

#[test]
fn nobody_waits_for_nothing_for_ever_or_for_what_is_past() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    is_invalid(&world.wait(" ", hours(1)), "vendor");
    is_invalid(&world.wait(&"x".repeat(201), hours(1)), "200 bytes");
    is_invalid(&world.wait("vendor", hours(0)), "30 days");
    is_invalid(&world.wait("vendor", hours(30 * 24 + 1)), "30 days");
    assert_eq!(world.wait("vendor", hours(30 * 24)), Answer::Done);
}

#[test]
fn nobody_waits_for_what_is_untold_clear_or_over() {
    let mut world = World::new();
    let warning = condition("disk", "db-7").severity(Severity::Warning);
    world.fire(&warning);
    is_conflict(&world.wait("vendor", hours(1)), "nobody has been told");
    world.pass(minutes(2));
    world.clear(&warning);
    is_conflict(&world.wait("vendor", hours(1)), "fires any more");
    world.pass(minutes(5));
    is_conflict(&world.wait("vendor", hours(1)), "resolved");
    is_conflict(&world.take("ops1"), "nothing to take");
    is_conflict(&world.assign("linux", "because"), "nothing to assign");
    let set = world.set_priority(Some(Priority::P1), "because");
    is_conflict(&set, "no more");
}

#[test]
fn a_person_s_priority_stands_and_is_told_with_its_reason() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.told();
    is_invalid(&world.set_priority(Some(Priority::P4), " "), "say why");
    let why = "nobody uses it before Monday";
    assert_eq!(world.set_priority(Some(Priority::P4), why), Answer::Done);
    assert_eq!(world.last_news(), ["Priority P4 instead of P2."]);
    world.fire(&disk.clone().with("tier", "1"));
    for number in 0..6 {
        world.fire(&condition("disk", "db-7").with("mountpoint", &format!("/{number}")));
    }
    assert_eq!(
        world.incident(0).priority,
        Priority::P4,
        "nothing overwrites it"
    );
    assert_eq!(world.set_priority(None, ""), Answer::Done);
    assert_eq!(world.incident(0).priority, Priority::P1);
    is_conflict(&world.set_priority(None, ""), "computed already");
}

#[test]
fn a_person_s_priority_ends_when_it_is_worse_than_it_ever_was_and_with_the_incident() {
    let mut world = World::new();
    let critical = condition("disk", "db-7");
    let warning = critical.clone().severity(Severity::Warning);
    world.fire(&warning);
    world.set_priority(Some(Priority::P3), "the auditor is here");
    world.fire(&critical);
    assert_eq!(
        world.incident(0).priority,
        Priority::P2,
        "worse than it ever was"
    );
    world.set_priority(Some(Priority::P3), "the auditor is gone");
    world.fire(&warning);
    world.fire(&critical);
    assert_eq!(
        world.incident(0).priority,
        Priority::P3,
        "it was critical before"
    );
    world.clear(&critical);
    world.pass(minutes(5));
    world.fire(&critical);
    assert_eq!(
        world.incident(0).priority,
        Priority::P2,
        "reopened, it is computed"
    );
}

#[test]
fn what_a_person_makes_urgent_waits_no_longer_than_that() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    world.tells(&[]);
    world.set_priority(Some(Priority::P1), "the whole shop stands still");
    world.tells(&["desk open 0"]);
}

#[test]
fn what_a_team_owned_that_is_gone_is_the_first_team_s() {
    let mut world = staffed();
    world.fire(&condition("disk", "db-7").with("team", "linux"));
    assert_eq!(world.incident(0).team, "linux");
    world.told();
    world.change_policy(|policy| policy.teams.retain(|team| team.name != "linux"));
    assert_eq!(world.incident(0).team, "it-ops");
    world.pass(minutes(3));
    assert_eq!(world.last_news(), ["Owner team it-ops instead of linux."]);
}

#[test]
fn what_is_owned_is_not_closed_where_only_the_unowned_is() {
    let mut world = staffed();
    let desk = world.policy.receivers.get_mut("desk").unwrap();
    desk.on_clear = vedette_triage::OnClear::ResolveUnlessOwned;
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.take("ops1");
    world.pass(hours(5));
    world.told();
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk update 0"]);
}
