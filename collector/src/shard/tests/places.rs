//! Agents that look at devices, and words that somebody waits for.

use vedette_triage::{Incident, OnClear, Parents, Phase, Place, Receiver, RollUp, Topology};
use vedette_wire::{CheckRun, CheckState};

use super::*;

/// Rules on silent hosts and failing checks, a desk, and a guest that needs a hypervisor and a
/// switch.
fn policy() -> Policy {
    let check = On::Metric(metric::CHECK_STATE.into());
    let rules = vec![
        super::rule("check-failing", check, "value", 1.5),
        super::rule("host-silent", On::Host, "silent", 90.0),
    ];
    let meta = |name: &str, component: &str| RuleMeta {
        name: name.into(),
        component: component.into(),
        ..RuleMeta::default()
    };
    let rules = rules.into_iter().map(|rule| DetectionRule {
        component: match &*rule.name {
            "host-silent" => "liveness".into(),
            _ => "service".into(),
        },
        evidence: Vec::new(),
        ..rule
    });
    let needs = |name: &str, parents: &[&str]| Place {
        name: name.into(),
        parents: parents
            .iter()
            .map(|parent| Parents(vec![(*parent).into()]))
            .collect(),
        ..Place::default()
    };
    let guest = needs("vm-1", &["esx-7", "sw-1"]);
    let desk = Receiver {
        name: "desk".into(),
        on_clear: OnClear::Resolve,
        on_human_close: vedette_triage::HumanClose::default(),
    };
    Policy {
        teams: vec![Team {
            name: "it-ops".into(),
            ticket: Some("desk".into()),
            page: Vec::new(),
        }],
        receivers: [("desk".into(), desk)].into(),
        rules: [
            ("host-silent".into(), meta("host-silent", "liveness")),
            ("check-failing".into(), meta("check-failing", "service")),
        ]
        .into(),
        detection: Arc::new(RuleSet::new(rules.collect(), 5 * MINUTE, 1440 * MINUTE).unwrap()),
        topology: Arc::new(Topology::new(vec![guest], Vec::new())),
        // Whether many fall silent together is another question.
        rollup: RollUp {
            mass_entities: 0,
            ..RollUp::default()
        },
        ..super::policy("disk")
    }
}

impl World {
    /// A report of a host of this name, with what its ping of the switch came to, if it pings it.
    async fn says(&mut self, name: &str, ping: Option<CheckState>) -> usize {
        let mut report = self.next_report(0.1);
        report.agent = format!("agent-of-{name}");
        report.host.name = name.into();
        report.rounds[0].checks = ping
            .map(|state| CheckRun {
                check: "ping".into(),
                kind: "icmp".into(),
                about: Some("sw-1".into()),
                state,
                text: String::new(),
                took_ms: 1,
                every_s: Some(15.0),
            })
            .into_iter()
            .collect();
        let taken = self.take(&report).await.unwrap();
        let changes = taken.pending.len();
        self.land(taken).await;
        self.engine_is_back().await;
        changes
    }

    fn incidents(&self) -> Vec<Incident> {
        let state = self.view.read();
        state
            .incidents()
            .map(|incident| Incident::clone(incident))
            .collect()
    }

    #[track_caller]
    fn is_open(&self, title: &str) {
        let incidents = self.incidents();
        let found = incidents.iter().find(|incident| incident.title == title);
        let titles: Vec<&str> = incidents.iter().map(|incident| &*incident.title).collect();
        let found = found.unwrap_or_else(|| panic!("{title}: there are {titles:?}"));
        assert_eq!(found.phase, Phase::Open, "{found:?}");
    }
}

#[tokio::test]
async fn two_watchers_make_a_switch_unreachable_then_down_then_well() {
    let mut world = World::under(policy());
    for watcher in ["db-7", "web-1"] {
        world.says(watcher, Some(CheckState::Ok)).await;
    }
    world.wait(Duration::from_secs(15));
    world.says("db-7", Some(CheckState::Ok)).await;
    world.says("web-1", Some(CheckState::Critical)).await;
    let title = "sw-1 is unreachable from web-1; db-7 reaches it";
    assert_eq!(world.incidents()[0].title, title);
    assert_eq!(world.incidents()[0].severity, Severity::Warning);
    world.wait(Duration::from_secs(15));
    world.says("db-7", Some(CheckState::Critical)).await;
    world.is_open("sw-1 is down: ping fails from both agents that look");
    assert_eq!(world.incidents().len(), 1);
    world.wait(Duration::from_secs(15));
    world.says("db-7", Some(CheckState::Ok)).await;
    world.says("web-1", Some(CheckState::Ok)).await;
    assert_eq!(world.incidents()[0].phase, Phase::Resolving);
    assert!(world.firing().is_empty());
}

#[tokio::test]
async fn who_looks_is_known_after_a_restart() {
    let mut world = World::under(policy());
    for watcher in ["db-7", "web-1"] {
        world.says(watcher, Some(CheckState::Ok)).await;
    }
    world.restart(Duration::from_secs(30)).await;
    // In this round its check is not due.
    assert_eq!(world.says("db-7", None).await, 0);
    world.says("web-1", Some(CheckState::Critical)).await;
    let title = "sw-1 is unreachable from web-1; db-7 reaches it";
    assert_eq!(world.incidents()[0].title, title);
}

#[tokio::test]
async fn a_check_that_is_no_longer_made_is_no_look() {
    let mut world = World::under(policy());
    for watcher in ["db-7", "web-1"] {
        world.says(watcher, Some(CheckState::Ok)).await;
    }
    for _ in 0..7 {
        world.wait(Duration::from_secs(15));
        world.says("db-7", None).await;
        world.says("web-1", Some(CheckState::Ok)).await;
    }
    world.wait(Duration::from_secs(15));
    world.says("web-1", Some(CheckState::Critical)).await;
    world.is_open("sw-1 is down: ping fails from the only agent that looks");
}

#[tokio::test]
async fn a_guest_that_is_silent_waits_for_the_next_word_of_its_hypervisor_and_switch() {
    let mut world = World::under(policy());
    world.says("vm-1", None).await;
    world.says("web-1", Some(CheckState::Ok)).await;
    world.says("esx-7", None).await;
    let quiet = |world: &World| world.incidents()[0].phase == Phase::Pending;
    for _ in 0..6 {
        for _ in 0..3 {
            world.wait(Duration::from_secs(5));
            world.on_time().await;
        }
        world.says("web-1", Some(CheckState::Ok)).await;
        world.says("esx-7", None).await;
    }
    world.wait(Duration::from_secs(5));
    world.on_time().await;
    assert_eq!(world.rules_firing(), ["host-silent"]);
    assert!(quiet(&world));
    // A report that changes nothing is the word that is waited for.
    assert_eq!(world.says("esx-7", None).await, 0);
    assert!(quiet(&world), "nobody has looked at the switch since");
    assert_eq!(world.says("web-1", Some(CheckState::Ok)).await, 0);
    world.is_open("vm-1: host-silent");
}

#[tokio::test]
async fn a_hypervisor_and_its_guest_that_die_together_are_one_ticket() {
    let mut world = World::under(policy());
    world.says("web-1", Some(CheckState::Ok)).await;
    world.says("vm-1", None).await;
    world.wait(Duration::from_secs(4));
    world.says("esx-7", None).await;
    for _ in 0..8 {
        world.wait(Duration::from_secs(15));
        world.on_time().await;
        world.says("web-1", Some(CheckState::Ok)).await;
    }
    world.is_open("esx-7: host-silent");
    let open = world.incidents();
    let open = open.iter().filter(|incident| incident.phase == Phase::Open);
    assert_eq!(open.count(), 1);
    let state = world.view.read();
    let held = state.suppressed().next().unwrap();
    let code = held.suppressed.as_deref().unwrap().code();
    assert_eq!((&*held.title, code), ("vm-1: host-silent", "parent"));
}

#[tokio::test]
async fn a_repeat_from_outside_reaches_the_engine_only_where_it_is_waited_for() {
    let mut world = World::under(policy());
    world.says("esx-7", None).await;
    world.says("web-1", Some(CheckState::Ok)).await;
    for _ in 0..8 {
        world.wait(Duration::from_secs(15));
        world.on_time().await;
        world.says("web-1", Some(CheckState::Ok)).await;
    }
    world.is_open("esx-7: host-silent");
    let mut slow = posted("ErpSlow");
    slow.labels = slow.labels.with("host", "vm-1");
    slow.about = Arc::new(About {
        labels: slow.labels.clone(),
        title: "ErpSlow".into(),
        ..About::default()
    });
    let post = |world: &World| {
        world
            .shards
            .take_alert(world.now, &slow, 30 * MINUTE)
            .unwrap()
    };
    let taken = post(&world);
    world.land(taken).await;
    assert_eq!(post(&world).repeated, 1);
    world.says("esx-7", None).await;
    // The first repeat since then is told, those after it are not.
    let again = post(&world);
    assert_eq!((again.repeated, again.pending.len()), (0, 1));
    world.land(again).await;
    assert_eq!(post(&world).repeated, 1);
    for _ in 0..8 {
        world.wait(Duration::from_secs(15));
        world.says("esx-7", None).await;
        world.says("web-1", Some(CheckState::Ok)).await;
    }
    world.is_open("vm-1: ErpSlow");
}
