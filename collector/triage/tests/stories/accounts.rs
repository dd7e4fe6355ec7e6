//! What came of what each rule found: the account of its noise.

use vedette_triage::{Account, Actor, Answer, Command, IncidentId, Severity, limits};

use crate::support::*;

impl World {
    fn account(&self, rule: &str) -> Account {
        let known = self.engine.state().account(rule);
        known.map(|known| Account::clone(known)).unwrap_or_default()
    }

    fn judge(&mut self, by: &str, incident: u64, useful: bool) -> Answer {
        self.command(Command::Judge {
            by: Actor {
                name: by.into(),
                ..actor()
            },
            incident: IncidentId(incident),
            rule: None,
            useful,
        })
    }
}

fn fire_and_clear(world: &mut World, condition: &Condition) {
    world.fire(condition);
    world.pass(minutes(3));
    world.clear(condition);
    world.pass(minutes(6));
}

#[test]
fn what_was_well_again_before_anybody_acted_is_counted() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    fire_and_clear(&mut world, &disk);
    fire_and_clear(&mut world, &disk);
    let account = world.account("disk");
    assert_eq!((account.opened, account.reopened), (1, 1));
    assert_eq!(account.unattended, 2);
    world.fire(&disk);
    world.note(0, "old logs removed");
    world.clear(&disk);
    world.pass(minutes(6));
    assert_eq!(world.account("disk").unattended, 2, "somebody acted");
}

#[test]
fn what_a_person_closed_was_not_unattended() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.resolve(0);
    assert_eq!(world.account("disk").unattended, 0);
}

#[test]
fn what_was_over_untold_is_counted_by_its_cause() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").severity(Severity::Warning);
    world.fire(&disk);
    world.clear(&disk);
    world.silence(&["alertname=\"disk\""], hours(1));
    fire_and_clear(&mut world, &disk);
    let account = world.account("disk");
    assert_eq!((account.opened, account.transient), (0, 1));
    assert_eq!(account.suppressed, [("silence".to_owned(), 1)].into());
}

#[test]
fn each_rule_has_its_own_and_drills_have_none() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("memory", "db-7").drill(vedette_triage::Drill::Quiet));
    world.post(&labels([("alertname", "Down"), ("severity", "critical")]));
    let state = world.engine.state();
    let kept: Vec<(&str, u64)> = state
        .accounts()
        .map(|account| (&*account.rule, account.opened))
        .collect();
    assert_eq!(kept, [("", 1), ("disk", 1)]);
}

#[test]
fn people_say_whether_it_was_useful_and_each_has_one_vote() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    fire_and_clear(&mut world, &disk);
    world.judge("ops1", 0, false);
    world.judge("ops2", 0, true);
    world.judge("ops1", 0, true);
    let account = world.account("disk");
    assert_eq!((account.useful, account.noise), (2, 0));
    assert_eq!(account.unattended, 1, "a vote is no act");
    assert!(matches!(world.judge("ops1", 7, true), Answer::NotFound(_)));
}

#[test]
fn what_is_archived_is_judged_by_its_rule() {
    let mut world = World::new();
    fire_and_clear(&mut world, &condition("disk", "db-7"));
    world.pass(hours(5));
    assert!(matches!(world.judge("ops1", 0, false), Answer::NotFound(_)));
    for _ in 0..2 {
        let answer = world.command(Command::Judge {
            by: actor(),
            incident: IncidentId(0),
            rule: Some("disk".into()),
            useful: false,
        });
        assert_eq!(answer, Answer::Done);
    }
    assert_eq!(world.account("disk").noise, 1);
}

#[test]
fn no_more_votes_are_kept_than_are_worth_it() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    for number in 0..100 {
        world.judge(&format!("ops{number}"), 0, true);
    }
    let account = world.account("disk");
    assert_eq!(account.useful, 100);
    assert_eq!(account.votes.len(), limits::VOTES_KEPT_MAX);
}

#[test]
fn an_account_follows_its_rule_to_a_new_name_and_goes_with_it() {
    let mut world = World::new();
    fire_and_clear(&mut world, &condition("disk", "db-7"));
    world.change_policy(|policy| {
        policy.rules.remove("disk");
        policy.rules.insert("storage".into(), rule("storage"));
        policy.renamed.insert("disk".into(), "storage".into());
    });
    assert_eq!(world.account("storage").opened, 1);
    world.change_policy(|policy| {
        policy.rules.remove("storage");
    });
    assert_eq!(world.engine.state().accounts().len(), 0);
}
