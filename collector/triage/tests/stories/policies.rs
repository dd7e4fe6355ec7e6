//! What a new policy does to what is there already, and what it leaves alone.

use vedette_triage::{
    AlertState, Change, End, IncidentId, Phase, Priority, Reason, Severity, Suppression, TicketPer,
};

use crate::support::*;

#[test]
fn a_renamed_rule_takes_its_alerts_with_it() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.told();
    world.change_policy(|policy| {
        policy.rules.remove("disk");
        policy.rules.insert("filesystem".into(), rule("filesystem"));
        policy.renamed.insert("disk".into(), "filesystem".into());
    });
    let renamed = condition("filesystem", "db-7");
    let alert = world.engine.state().alert_of(&renamed.identity()).unwrap();
    assert_eq!(alert.about.labels.get("alertname"), Some("filesystem"));
    assert_eq!(world.engine.state().alert_of(&disk.identity()), None);
    world.fire(&renamed);
    world.tells(&[]);
    world.clear(&renamed);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn alerts_of_a_rule_that_is_gone_end_and_say_so() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.fire(&condition("inodes", "db-7"));
    world.change_policy(|policy| drop(policy.rules.remove("disk")));
    let alert = world.engine.state().alert_of(&disk.identity()).unwrap();
    assert!(matches!(
        &alert.state,
        AlertState::Resolved {
            end: End::RuleRemoved,
            ..
        }
    ));
    assert_eq!(world.incident(0).phase, Phase::Open);
    world.change_policy(|policy| drop(policy.rules.remove("inodes")));
    world.pass(minutes(5));
    world.tells(&["desk open 0", "desk resolve 0"]);
}

#[test]
fn alerts_from_outside_have_no_rule_to_lose() {
    let mut world = World::new();
    world.post(&labels([("alertname", "Down"), ("severity", "critical")]));
    world.change_policy(|policy| policy.rules.clear());
    assert_eq!(world.incident(0).phase, Phase::Open);
}

#[test]
fn no_open_incident_moves_or_reopens() {
    let mut world = World::new();
    let (disk, memory) = (condition("disk", "db-7"), condition("memory", "db-9"));
    world.fire(&disk);
    world.fire(&memory);
    world.clear(&memory);
    world.pass(minutes(5));
    world.told();
    let decision = world.change_policy(|policy| {
        policy.teams[0].ticket = Some("linux-desk".into());
        policy.timers.ticket_per = TicketPer::Alert;
        policy.matrix.rows = [[Priority::P1; 3]; 3];
    });
    assert!(decision.changes.is_empty());
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn a_p5_that_is_a_p2_by_the_new_matrix_opens() {
    let mut world = World::new();
    let disk = condition("disk", "pc-1").with("class", "workstation");
    world.fire(&disk.severity(Severity::Warning));
    world.pass(minutes(3));
    assert_eq!(
        world.incident(0).suppressed.as_deref(),
        Some(&Suppression::NotATicket)
    );
    world.change_policy(|policy| policy.matrix.rows = [[Priority::P2; 3]; 3]);
    world.tells(&["desk open 0"]);
}

#[test]
fn a_shadow_that_becomes_real_opens_what_still_fires() {
    let mut world = World::new();
    world.fire(&condition("shadowed", "db-7"));
    world.change_policy(|policy| {
        policy.rules.get_mut("shadowed").unwrap().shadow = false;
    });
    world.tells(&["desk open 0"]);
}

#[test]
fn a_pending_incident_opens_where_the_new_policy_says() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    world.change_policy(|policy| {
        policy.receivers.remove("desk");
        policy.teams[0].ticket = Some("linux-desk".into());
    });
    world.pass(minutes(2));
    world.tells(&["linux-desk open 0"]);
}

#[test]
fn many_alerts_of_a_renamed_rule_are_one_line_each() {
    let mut world = World::new();
    for n in 0..50 {
        world.fire(&condition("disk", "db-7").with("mountpoint", &format!("/{n}")));
    }
    let decision = world.change_policy(|policy| {
        policy.rules.remove("disk");
        policy.renamed.insert("disk".into(), "inodes".into());
    });
    let alerts = decision
        .changes
        .iter()
        .filter(|change| matches!(change, Change::PutAlert(_)));
    assert_eq!(alerts.count(), 50);
    let lines = decision.entries.iter().filter(|entry| {
        entry.incident == Some(IncidentId(0)) && matches!(entry.reason, Reason::RuleRenamed { .. })
    });
    assert_eq!(lines.count(), 50);
}
