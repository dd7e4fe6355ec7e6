//! Shards before a real engine loop, with a store that fails on request.

#![allow(clippy::unwrap_used)]

mod clock;
mod described;
mod places;
mod reload;

use std::collections::BTreeMap;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicBool, Ordering as AtomicOrdering};

use vedette_triage::detect::{
    Comparison, Condition, Expression, Names, On, Rule as DetectionRule, RuleSet,
};
use vedette_triage::{
    Alert, AlertState, Change, DeliverMode, End, EvidenceKind, Input, Matchers, Matrix, RuleMeta,
    Team, Timers,
};
use vedette_wire::{
    Class, Event, EventKind, HostFacts, Looked, ProbeRun, Round, Sample, Stream, Wanted, metric,
};

use super::*;
use crate::clock::{CollectorClock, SetClock};
use crate::engine_loop::{EngineLoop, Observer, Published, Reserve, Verdict};
use crate::store::{
    Answers, Batch, CommitNumber, Due, Keepsake, Limits, Loaded, Question, Retry, Store,
    StoreError, spawn,
};

const MINUTE: Duration = Duration::from_secs(60);
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

#[tokio::test]
async fn a_report_that_changes_something_is_acknowledged_when_that_is_on_disk() {
    let mut world = World::new();
    let first = world.report(0.5).await.unwrap();
    assert_eq!(first, Took::Committed(1), "the host itself is news");
    assert_eq!(world.report(0.5).await.unwrap(), Took::NothingNew);
    assert_eq!(world.report(0.97).await.unwrap(), Took::Committed(1));
    let alert = world.firing().pop().unwrap();
    let label = |name: &str| alert.about.labels.get(name).unwrap_or("").to_owned();
    assert_eq!(label("alertname"), "disk");
    assert_eq!(label("host"), "db-7");
    assert_eq!(label("site"), "hq");
    assert_eq!(label("severity"), "critical");
    assert_eq!(label("component"), "storage");
    assert_eq!(label("mountpoint"), "/var");
    assert_eq!(alert.about.title, "/var at 0.97");
    assert_eq!(world.report(0.98).await.unwrap(), Took::NothingNew);
    assert_eq!(world.report(0.5).await.unwrap(), Took::Committed(1));
    assert!(world.firing().is_empty());
}

#[tokio::test]
async fn an_agent_is_asked_once_about_an_alert_that_began_and_its_answer_finds_it() {
    let mut world = World::new();
    world.report(0.97).await.unwrap();
    world.wait(Duration::from_secs(15));
    let report = world.next_report(0.97);
    let asks = world.take(&report).await.unwrap().asks;
    let mountpoint = "/var".to_owned();
    assert_eq!(asks[0].what, Wanted::LargestFolders { mountpoint });
    assert_eq!(asks.len(), 1);
    world.wait(Duration::from_secs(15));
    let mut report = world.next_report(0.97);
    report.rounds[0].events.push(Event {
        id: "ev-1".into(),
        wall_ms: report.sent_wall_ms,
        kind: EventKind::Evidence {
            ask: asks[0].id.clone(),
            lines: vec!["18 GiB /var/log".into()],
        },
    });
    let taken = world.take(&report).await.unwrap();
    assert!(taken.asks.is_empty(), "{:?}", taken.asks);
    world.land(taken).await;
    let alert = world.firing().pop().unwrap();
    assert_eq!(alert.evidence[0].lines, ["18 GiB /var/log"]);
}

#[tokio::test]
async fn what_a_copy_of_a_machine_sends_is_never_mixed_with_what_the_first_one_says() {
    let mut world = World::new();
    world.report(0.5).await.unwrap();
    world.wait(Duration::from_secs(15));
    let mut copy = world.next_report(0.97);
    copy.boot = "boot-2".into();
    copy.sent_mono_ms += 3_600_000;
    assert_eq!(world.take(&copy).await.unwrap_err(), NotTaken::Clone);
    assert!(world.firing().is_empty());
    let boot = |world: &World| {
        let state = world.view.read();
        state.host(&EntityId::new("agent-1")).unwrap().boot.clone()
    };
    assert_eq!(boot(&world), "boot-1");
    assert_eq!(world.report(0.5).await.unwrap(), Took::NothingNew);
    // A sequence that begins again under a new epoch is a snapshot that was put back.
    world.wait(Duration::from_secs(15));
    world.seq = 0;
    let mut back = world.next_report(0.97);
    back.epoch = "epoch-2".into();
    let taken = world.take(&back).await.unwrap();
    assert_eq!((taken.known_rounds, taken.pending.len()), (0, 1));
    world.land(taken).await;
}

#[tokio::test]
async fn a_copy_in_the_same_boot_is_refused_as_soon_as_both_live_and_only_it() {
    let mut world = World::new();
    world.report(0.5).await.unwrap();
    // One is started again, or another begins: nobody can tell yet.
    world.wait(Duration::from_secs(1));
    let mut copy = world.next_report(0.5);
    copy.epoch = "epoch-2".into();
    let taken = world.take(&copy).await.unwrap();
    world.land(taken).await;
    assert_eq!(world.report(0.5).await.unwrap(), Took::NothingNew);
    for _ in 0..2 {
        world.wait(Duration::from_secs(1));
        let mut copy = world.next_report(0.97);
        copy.epoch = "epoch-2".into();
        assert_eq!(world.take(&copy).await.unwrap_err(), NotTaken::Clone);
        assert_eq!(world.report(0.5).await.unwrap(), Took::NothingNew);
    }
    assert!(world.firing().is_empty());
}

#[tokio::test]
async fn of_two_rounds_with_one_number_the_second_is_not_taken_and_its_agent_begins_anew() {
    let mut world = World::new();
    world.report(0.5).await.unwrap();
    world.seq -= 1;
    world.wait(Duration::from_secs(3));
    let mut doubled = world.next_report(0.97);
    let sent = doubled.rounds[0].seq;
    let taken = world.take(&doubled).await.unwrap();
    assert!(taken.pending.is_empty() && world.firing().is_empty());
    assert!(taken.acknowledged.unwrap().seq > sent);
    // So a machine that was put back to a snapshot sends it again, in a new epoch.
    doubled.epoch = "epoch-2".into();
    doubled.rounds[0].seq = 1;
    let taken = world.take(&doubled).await.unwrap();
    assert_eq!(taken.acknowledged.as_ref().unwrap().seq, 1);
    world.land(taken).await;
    assert_eq!(world.rules_firing(), ["disk"]);
}

#[tokio::test]
async fn an_agent_cannot_set_the_labels_of_the_collector() {
    let mut world = World::new();
    world.attributes = vec![("host", "other"), ("alertname", "x"), ("severity", "info")];
    world.report(0.97).await.unwrap();
    let alert = world.firing().pop().unwrap();
    assert_eq!(alert.about.labels.get("host"), Some("db-7"));
    assert_eq!(alert.about.labels.get("alertname"), Some("disk"));
    assert_eq!(alert.about.labels.get("severity"), Some("critical"));
}

#[tokio::test]
async fn a_round_that_comes_again_says_nothing_new() {
    let mut world = World::new();
    world.report(0.97).await.unwrap();
    world.seq -= 1;
    let report = world.next_report(0.5);
    let taken = world.take(&report).await.unwrap();
    assert_eq!(taken.known_rounds, 1);
    assert!(taken.pending.is_empty());
    assert_eq!(taken.acknowledged.unwrap().seq, 1);
    assert_eq!(world.firing().len(), 1);
}

#[tokio::test]
async fn a_report_whose_commit_failed_is_found_again_when_it_comes_again() {
    let mut world = World::new();
    world.report(0.5).await.unwrap();
    world.store.fails(true);
    world.wait(Duration::from_secs(15));
    let report = world.next_report(0.97);
    for pending in world.take(&report).await.unwrap().pending {
        assert!(matches!(pending.verdict().await, Verdict::Rejected(_)));
    }
    assert!(world.firing().is_empty());
    world.store.fails(false);
    world.engine_is_back().await;
    world.wait(Duration::from_secs(15));
    let taken = world.take(&report).await.unwrap();
    assert_eq!(taken.pending.len(), 1);
    world.land(taken).await;
    assert_eq!(world.firing().len(), 1);
}

#[tokio::test]
async fn a_restart_keeps_firing_and_silent_hosts_are_told() {
    let mut world = World::new();
    world.report(0.97).await.unwrap();
    world.restart(20 * MINUTE).await;
    world.on_time().await;
    assert_eq!(world.rules_firing(), ["disk"]);
    world.pass(2 * MINUTE).await;
    assert_eq!(world.rules_firing(), ["disk", "host-silent"]);
    assert!(world.host_silent());
    world.report(0.97).await.unwrap();
    assert_eq!(world.rules_firing(), ["disk"]);
    assert!(!world.host_silent());
}

#[tokio::test]
async fn two_senders_of_one_failing_commit_are_both_refused_and_the_next_opens_it() {
    let world = World::new();
    world.store.fails(true);
    let first = world.post("A", Some(MINUTE)).unwrap();
    let second = world.post("A", Some(MINUTE)).unwrap();
    assert_eq!(second.repeated, 1);
    for taken in [first, second] {
        for pending in taken.pending {
            assert!(matches!(pending.verdict().await, Verdict::Rejected(_)));
        }
    }
    world.store.fails(false);
    world.engine_is_back().await;
    let third = world.post("A", Some(MINUTE)).unwrap();
    assert_eq!(third.pending.len(), 1);
    world.land(third).await;
    assert_eq!(world.firing().len(), 1);
}

#[tokio::test]
async fn whoever_repeats_what_is_in_flight_waits_for_the_same_commit() {
    let world = World::new();
    let first = world.post("A", Some(MINUTE)).unwrap();
    let second = world.post("A", Some(MINUTE)).unwrap();
    let verdicts = [
        first.pending[0].clone().verdict().await,
        second.pending[0].clone().verdict().await,
    ];
    assert_eq!(verdicts[0], verdicts[1]);
    assert!(matches!(verdicts[0], Verdict::Committed { .. }));
    let later = world.post("A", Some(MINUTE)).unwrap();
    assert!(later.pending.is_empty(), "it is on disk already");
}

#[tokio::test]
async fn refreshed_alerts_outlive_a_restart_and_end_when_nobody_repeats_them() {
    let mut world = World::new();
    let names: Vec<String> = (0..20).map(|at| format!("A{at}")).collect();
    for _ in 0..12 {
        for name in &names {
            let taken = world.post(name, None).unwrap();
            world.land(taken).await;
        }
        world.pass(MINUTE / 2).await;
    }
    assert_eq!(world.firing().len(), 20);
    let ends = world.shards.take_changed_ends();
    assert_eq!(ends.len(), 20);
    assert!(world.shards.take_changed_ends().is_empty(), "told once");
    world.restart(60 * MINUTE).await;
    world.pass(4 * MINUTE).await;
    assert_eq!(world.firing().len(), 20);
    let taken = world.post("A0", None).unwrap();
    world.land(taken).await;
    world.pass(2 * MINUTE).await;
    assert_eq!(world.firing().len(), 1);
    world.pass(4 * MINUTE).await;
    assert!(world.firing().is_empty());
    let senders: Vec<String> = world
        .view
        .read()
        .alerts()
        .map(|alert| match &alert.state {
            AlertState::Resolved {
                end: End::Expired { sender },
                ..
            } => sender.clone(),
            state => panic!("{state:?}"),
        })
        .collect();
    assert_eq!(senders[0], "prometheus-1");
    assert_eq!(senders[1], "its sender");
}

#[tokio::test]
async fn an_end_in_the_past_resolves_and_a_stranger_s_end_is_nothing() {
    let world = World::new();
    let taken = world.post("A", Some(MINUTE)).unwrap();
    world.land(taken).await;
    let mut over = posted("A");
    over.ends_at = Some(world.now.before(MINUTE));
    let taken = world.shards.take_alert(world.now, &over, MINUTE).unwrap();
    world.land(taken).await;
    assert!(world.firing().is_empty());
    over.labels = [("alertname", "B")].into_iter().collect();
    let taken = world.shards.take_alert(world.now, &over, MINUTE).unwrap();
    assert_eq!((taken.pending.len(), taken.repeated), (0, 1));
}

#[tokio::test]
async fn firing_and_ending_in_flight_keep_their_order() {
    let world = World::new();
    let fires = world.post("A", Some(MINUTE)).unwrap();
    let mut over = posted("A");
    over.ends_at = Some(world.now);
    let ends = world.shards.take_alert(world.now, &over, MINUTE).unwrap();
    let again = world.post("A", Some(MINUTE)).unwrap();
    for taken in [fires, ends, again] {
        assert_eq!(taken.pending.len(), 1);
        world.land(taken).await;
    }
    assert_eq!(world.firing().len(), 1);
    assert_eq!(world.firing()[0].occurrences, 2);
}

#[tokio::test]
async fn an_engine_with_too_much_to_do_puts_off_and_loses_nothing() {
    let mut world = World::new();
    world.report(0.5).await.unwrap();
    // The loop does not run while this test does not await.
    while world.engine.submit(Input::Tick).is_ok() {}
    world.wait(MINUTE);
    let now = world.now;
    assert_eq!(
        world.shards.take_alert(now, &posted("A"), MINUTE).err(),
        Some(NotTaken::Busy)
    );
    let report = world.next_report(0.97);
    assert_eq!(world.take(&report).await.err(), Some(NotTaken::Busy));
    world.engine_is_back().await;
    let taken = world.take(&report).await.unwrap();
    assert_eq!(taken.pending.len(), 1);
    world.land(taken).await;
    assert_eq!(world.firing().len(), 1);
}

#[tokio::test]
async fn an_alert_whose_rule_is_renamed_goes_on_under_the_new_name_and_clears() {
    let mut world = World::new();
    world.report(0.97).await.unwrap();
    world.rename_disk("volume").await;
    assert_eq!(world.rules_firing(), ["volume"]);
    assert_eq!(world.report(0.98).await.unwrap(), Took::NothingNew);
    assert_eq!(world.report(0.5).await.unwrap(), Took::Committed(1));
    assert!(world.firing().is_empty());
}

#[tokio::test]
async fn a_host_that_was_never_committed_is_watched_no_more() {
    let mut world = World::new();
    world.store.fails(true);
    assert_eq!(world.report(0.97).await, Err(NotTaken::Busy));
    assert_eq!(world.shards.hosts(), 1);
    let id = EntityId::new("agent-1");
    assert_eq!(world.shards.last_heard(&id), Some(world.now));
    world.store.fails(false);
    world.engine_is_back().await;
    world.on_time().await;
    assert_eq!(world.shards.hosts(), 0);
    assert_eq!(world.report(0.97).await.unwrap(), Took::Committed(2));
}

/// What a report came to.
#[derive(Debug, PartialEq)]
enum Took {
    NothingNew,
    Committed(usize),
}

struct World {
    shards: Shards,
    engine: EngineHandle,
    view: View,
    store: KeptStore,
    machine: SetClock,
    clock: Arc<CollectorClock<SetClock>>,
    now: Timestamp,
    policy: Policy,
    attributes: Vec<(&'static str, &'static str)>,
    seq: u64,
}

impl World {
    fn new() -> World {
        World::under(policy("disk"))
    }

    fn under(policy: Policy) -> World {
        let store = KeptStore::default();
        let machine = SetClock::at(START);
        let clock = Arc::new(CollectorClock::resume(machine.clone(), None));
        let (shards, engine, view) = start(&store, &clock, &policy);
        World {
            shards,
            engine,
            view,
            store,
            machine,
            clock,
            now: START,
            policy,
            attributes: Vec::new(),
            seq: 0,
        }
    }

    async fn restart(&mut self, down: Duration) {
        let remembered = self.store.clone().load().unwrap().now;
        self.machine.pass(down);
        let clock = CollectorClock::resume(self.machine.clone(), remembered);
        self.clock = Arc::new(clock);
        self.now = self.clock.now();
        let (shards, engine, view) = start(&self.store, &self.clock, &self.policy);
        (self.shards, self.engine, self.view) = (shards, engine, view);
        tokio::task::yield_now().await;
    }

    /// The policy changes in nothing but the name of a rule.
    async fn rename_disk(&mut self, name: &str) {
        let renamed = BTreeMap::from([("disk".into(), name.into())]);
        let after = Policy {
            renamed: renamed.clone(),
            ..policy(name)
        };
        let before = std::mem::replace(&mut self.policy, after.clone());
        let told = self.shards.change_policy(in_force(&after), &renamed, || {
            self.engine.change_policy(before.revision, Arc::new(after))
        });
        // Time goes on before it is committed.
        self.shards.on_time(self.now);
        let changed = told.unwrap().verdict().await;
        assert!(matches!(changed, Verdict::Committed { .. }));
    }

    /// Time passes in steps of five seconds.
    async fn pass(&mut self, long: Duration) {
        let end = self.now.after(long);
        while self.now < end {
            self.wait(Duration::from_secs(5));
            self.on_time().await;
        }
    }

    fn wait(&mut self, long: Duration) {
        self.machine.pass(long);
        self.now = self.clock.now();
    }

    async fn on_time(&mut self) {
        self.shards.follow(&*self.clock);
        self.now = self.clock.now();
        let swept = self.shards.on_time(self.now);
        let expired = self.shards.expire(self.now);
        if swept.submitted + expired.submitted > 0 {
            self.engine_is_back().await;
        }
    }

    /// Waits until everything submitted so far is decided, and the engine takes more.
    async fn engine_is_back(&self) {
        loop {
            let Ok(pending) = self.engine.submit(Input::Tick) else {
                tokio::task::yield_now().await;
                continue;
            };
            match pending.verdict().await {
                Verdict::Committed { .. } => return,
                Verdict::Rejected(_) => tokio::task::yield_now().await,
            }
        }
    }

    fn next_report(&mut self, used: f64) -> Report {
        self.seq += 1;
        let millis = u64::try_from(self.now.as_millis() - START.as_millis()).unwrap();
        let attributes = [("mountpoint", "/var")];
        let attributes = attributes.iter().chain(&self.attributes);
        let sample = Sample {
            name: metric::FILESYSTEM_UTILIZATION.into(),
            attributes: attributes
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            value: used,
        };
        Report {
            wire: 1,
            agent: "agent-1".into(),
            boot: "boot-1".into(),
            epoch: "epoch-1".into(),
            stream: Stream::Live,
            host: HostFacts {
                name: "db-7".into(),
                class: Class::Server,
                labels: [("site".to_owned(), "hq".to_owned())].into(),
                ..HostFacts::default()
            },
            version: "1".into(),
            sent_wall_ms: self.now.as_millis(),
            sent_mono_ms: millis,
            rounds: vec![Round {
                seq: self.seq,
                wall_ms: self.now.as_millis(),
                mono_ms: millis,
                interval_s: 15.0,
                probes: vec![ProbeRun {
                    probe: "filesystem".into(),
                    looked: Looked::Yes,
                    took_ms: 1,
                    every_s: None,
                }],
                samples: vec![sample],
                checks: Vec::new(),
                events: Vec::new(),
            }],
        }
    }

    async fn take(&self, report: &Report) -> Result<Taken, NotTaken> {
        self.shards.take_report(self.now, report).await
    }

    /// One report, a quarter of a minute later; a rejection counts as busy.
    async fn report(&mut self, used: f64) -> Result<Took, NotTaken> {
        self.wait(Duration::from_secs(15));
        let report = self.next_report(used);
        let taken = self.take(&report).await?;
        let changes = taken.pending.len();
        for pending in taken.pending {
            match pending.verdict().await {
                Verdict::Committed { .. } => {}
                Verdict::Rejected(_) => return Err(NotTaken::Busy),
            }
        }
        Ok(match changes {
            0 => Took::NothingNew,
            changes => Took::Committed(changes),
        })
    }

    fn post(&self, name: &str, lasts: Option<Duration>) -> Result<Taken, NotTaken> {
        let mut alert = posted(name);
        alert.ends_at = lasts.map(|lasts| self.now.after(lasts));
        self.shards.take_alert(self.now, &alert, 5 * MINUTE)
    }

    async fn land(&self, taken: Taken) {
        for pending in taken.pending {
            let verdict = pending.verdict().await;
            assert!(matches!(verdict, Verdict::Committed { .. }), "{verdict:?}");
        }
    }

    fn firing(&self) -> Vec<Arc<Alert>> {
        let state = self.view.read();
        let firing = state.alerts().filter(|alert| alert.is_firing());
        firing.cloned().collect()
    }

    fn rules_firing(&self) -> Vec<String> {
        let mut rules: Vec<String> = self
            .firing()
            .iter()
            .filter_map(|alert| alert.identity.rule().map(str::to_owned))
            .collect();
        rules.sort();
        rules
    }

    fn host_silent(&self) -> bool {
        let state = self.view.read();
        let host = state.host(&EntityId::new("agent-1")).unwrap();
        host.silent_since.is_some()
    }
}

fn start(
    store: &KeptStore,
    clock: &Arc<CollectorClock<SetClock>>,
    policy: &Policy,
) -> (Shards, EngineHandle, View) {
    let handle = spawn(Box::new(store.clone()), Box::new(store.clone())).unwrap();
    let loaded = store.clone().load().unwrap();
    let (engine_loop, engine, view) = EngineLoop::resume(
        loaded,
        Arc::new(policy.clone()),
        handle,
        Arc::clone(clock),
        (Nobody, Nothing),
    );
    tokio::spawn(engine_loop.run());
    let shards = Shards::seeded(engine.clone(), view.clone(), clock.now(), in_force(policy));
    (shards, engine, view)
}

fn posted(name: &str) -> PostedAlert {
    let labels: Labels = [("alertname", name), ("severity", "critical")]
        .into_iter()
        .collect();
    PostedAlert {
        about: Arc::new(About {
            labels: labels.clone(),
            title: name.into(),
            ..About::default()
        }),
        labels,
        severity: Severity::Critical,
        starts_at: None,
        ends_at: None,
        sender: "prometheus-1".into(),
    }
}

struct PlainTitles;

impl Titles for PlainTitles {
    fn words(&self, rule: &str, seen: &SeenBy<'_>) -> Words {
        let title = match (seen.attributes.get("mountpoint"), seen.values.first()) {
            (Some(mountpoint), Some((_, value))) => format!("{mountpoint} at {value}"),
            (_, _) => rule.to_owned(),
        };
        Words {
            title,
            ..Words::default()
        }
    }
}

fn in_force(policy: &Policy) -> InForce {
    InForce {
        policy: Arc::new(policy.clone()),
        titles: Arc::new(PlainTitles),
    }
}

/// A rule on file systems of that name, and one on silent hosts.
fn policy(name: &str) -> Policy {
    let disk = On::Metric(metric::FILESYSTEM_UTILIZATION.into());
    let rules = vec![
        rule(name, disk, "value", 0.9),
        rule("host-silent", On::Host, "silent", 90.0),
    ];
    let meta = |name: &str| RuleMeta {
        name: name.into(),
        component: "storage".into(),
        runbook_url: String::new(),
        shadow: false,
        ..RuleMeta::default()
    };
    Policy {
        revision: vedette_triage::Revision(1),
        installation: "test".into(),
        mode: DeliverMode::Live,
        teams: vec![Team {
            name: "it-ops".into(),
            ticket: None,
            page: Vec::new(),
        }],
        receivers: BTreeMap::new(),
        routes: Vec::new(),
        timers: Timers::default(),
        matrix: Matrix::default(),
        resolve_timeout: 5 * MINUTE,
        reboot_grace: 20 * MINUTE,
        agent_grace: 5 * MINUTE,
        rules: [name, "host-silent"]
            .map(|name| (name.into(), meta(name)))
            .into(),
        renamed: BTreeMap::new(),
        detection: Arc::new(RuleSet::new(rules, 5 * MINUTE, 1440 * MINUTE).unwrap()),
        ..Policy::default()
    }
}

fn rule(name: &str, on: On, variable: &str, above: f64) -> DetectionRule {
    let names = Names::of(&on, [], []);
    let critical = Expression::Compare(
        Comparison::Greater,
        Box::new(Expression::Variable(names.find(variable).unwrap())),
        Box::new(Expression::Number(above)),
    );
    DetectionRule {
        name: name.into(),
        component: "storage".into(),
        handling: BTreeMap::new(),
        on,
        matchers: Matchers::default(),
        with: Vec::new(),
        params: Vec::new(),
        exceptions: Vec::new(),
        warning: None,
        critical: Some(Arc::new(Condition::compile(&critical, "text").unwrap())),
        warning_for: Duration::ZERO,
        critical_for: Duration::ZERO,
        warning_clear: None,
        critical_clear: None,
        depends_on: Vec::new(),
        trend: None,
        evidence: vec![EvidenceKind::LargestFolders],
        shadow: false,
    }
}

/// Keeps every change, in order; fails on request.
#[derive(Clone, Default)]
struct KeptStore {
    kept: Arc<StdMutex<(u64, u64, Vec<Batch>)>>,
    fails: Arc<AtomicBool>,
    mute: Arc<AtomicBool>,
}

impl KeptStore {
    fn fails(&self, fails: bool) {
        self.fails.store(fails, AtomicOrdering::SeqCst);
    }

    /// While it is, it writes and does not say so, and does not load.
    fn mute(&self, mute: bool) {
        self.mute.store(mute, AtomicOrdering::SeqCst);
    }
}

impl Store for KeptStore {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        if self.mute.load(AtomicOrdering::SeqCst) {
            return Err(StoreError::Away("it was asked to be mute".into()));
        }
        let mut kept = self.kept.lock().unwrap();
        kept.1 += 1;
        let records: Vec<Change> = kept
            .2
            .iter()
            .flat_map(|batch| batch.decisions.iter())
            .flat_map(|decision| decision.changes.clone())
            .collect();
        Ok(Loaded {
            number: CommitNumber(kept.0),
            epoch: kept.1,
            now: kept.2.last().map(|batch| batch.now),
            counters: kept
                .2
                .last()
                .map(|batch| batch.counters)
                .unwrap_or_default(),
            records,
            ..Loaded::default()
        })
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if self.fails.load(AtomicOrdering::SeqCst) {
            return Err(StoreError::Away("it was asked to fail".into()));
        }
        let mut kept = self.kept.lock().unwrap();
        kept.0 = batch.number.0;
        kept.2.push(batch.clone());
        match self.mute.load(AtomicOrdering::SeqCst) {
            true => Err(StoreError::Unknown("it was asked to be mute".into())),
            false => Ok(()),
        }
    }

    fn due(&mut self, _: &str, _: Timestamp, _: u32) -> Result<Vec<Due>, StoreError> {
        Ok(Vec::new())
    }

    fn retry(&mut self, _: &[Retry]) -> Result<(), StoreError> {
        Ok(())
    }

    fn extend(&mut self, _: Timestamp, _: &[(AlertId, Timestamp)]) -> Result<(), StoreError> {
        Ok(())
    }

    fn ask(&mut self, _: &Question) -> Result<Answers, StoreError> {
        Err(StoreError::Refused("nobody asks here".into()))
    }

    fn keep(&mut self, _: &Keepsake) -> Result<(), StoreError> {
        Ok(())
    }

    fn forget(&mut self, _: &Limits) -> Result<u64, StoreError> {
        Ok(0)
    }
}

struct Nobody;

impl Observer for Nobody {
    fn committed(&mut self, _: &Published<'_>) {}
    fn failed(&mut self, _: &StoreError) {}
    fn tight(&mut self, _: bool) {}
}

struct Nothing;

impl Reserve for Nothing {
    fn release(&mut self) -> bool {
        false
    }

    fn restore(&mut self) -> bool {
        true
    }
}
