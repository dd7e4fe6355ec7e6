//! The bounds at which openings are refused, with the bound as an argument.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::HostFacts;

use super::draft::Draft;
use super::{alert, host};
use crate::detect::RuleSet;
use crate::{
    About, AlertSignal, Answer, Decision, DeliverMode, End, Engine, EntityId, Handling, HostSays,
    HostSignal, Identity, Labels, Matrix, Outcome, Policy, Revision, Says, Severity, Tally, Team,
    Timers, Timestamp,
};

const NOW: Timestamp = Timestamp::from_millis(1_000);

#[test]
fn openings_are_refused_at_ninety_percent_and_resolves_never() {
    let (mut engine, policy) = (Engine::default(), policy());
    let mut say = |host: u32, says: Says| {
        let mut draft = Draft::new(engine.state(), NOW, &policy);
        alert::decide(&mut draft, &signal(host, says), 20);
        let decision = draft.finish();
        engine.apply(&decision);
        decision
    };
    for host in 0..18 {
        assert_eq!(say(host, firing()).answer, Answer::Done);
    }
    let refused = say(18, firing());
    assert!(matches!(refused.answer, Answer::Full(_)));
    assert!(refused.changes.is_empty());
    assert_eq!(outcome(&refused), Outcome::Rejected("alerts"));
    let end = End::Recovered;
    let resolved = say(3, Says::Ok { end, since: NOW });
    assert_eq!(outcome(&resolved), Outcome::Resolved);
    let again = say(3, firing());
    assert_eq!(again.answer, Answer::Done, "what is known needs no room");
}

#[test]
fn more_hosts_than_the_bound_are_refused_and_known_ones_are_not() {
    let (mut engine, policy) = (Engine::default(), policy());
    let mut see = |host: u32, boot: &str| {
        let mut draft = Draft::new(engine.state(), NOW, &policy);
        host::decide(&mut draft, &seen(host, boot), 2);
        let decision = draft.finish();
        engine.apply(&decision);
        decision
    };
    for host in 0..2 {
        assert_eq!(see(host, "one").answer, Answer::Done);
    }
    assert!(matches!(see(2, "one").answer, Answer::Full(_)));
    assert_eq!(see(1, "two").changes.len(), 1);
}

fn outcome(decision: &Decision) -> Outcome {
    let [Tally { outcome, .. }] = &decision.tallies[..] else {
        panic!("not one outcome: {decision:?}");
    };
    outcome.clone()
}

fn firing() -> Says {
    Says::Firing {
        severity: Severity::Critical,
        since: NOW,
        valid_until: None,
    }
}

fn signal(host: u32, says: Says) -> AlertSignal {
    let entity = EntityId::new(&format!("host-{host}"));
    AlertSignal {
        identity: Identity::of_rule(&entity, "disk", &Labels::none()),
        says,
        about: Arc::new(About {
            title: "disk is full".into(),
            handling: Some(Handling::Ticket),
            ..About::default()
        }),
        drill: None,
    }
}

fn seen(host: u32, boot: &str) -> HostSignal {
    HostSignal {
        id: EntityId::new(&format!("host-{host}")),
        says: HostSays::Seen {
            facts: HostFacts::default(),
            boot: boot.into(),
            version: "1".into(),
            interval_s: 15.0,
        },
    }
}

fn policy() -> Policy {
    Policy {
        revision: Revision(1),
        installation: "test".into(),
        mode: DeliverMode::Live,
        teams: vec![Team {
            name: "it-ops".into(),
            ticket: Some("desk".into()),
            page: Vec::new(),
        }],
        receivers: BTreeMap::new(),
        routes: Vec::new(),
        timers: Timers::default(),
        matrix: Matrix::default(),
        resolve_timeout: Duration::from_secs(300),
        reboot_grace: Duration::from_secs(1200),
        agent_grace: Duration::from_secs(300),
        rules: BTreeMap::new(),
        renamed: BTreeMap::new(),
        detection: Arc::new(RuleSet::default()),
        ..Policy::default()
    }
}
