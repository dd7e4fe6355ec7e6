//! An outbox with its surroundings: books, a desk, a clock that stands still by itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;
use vedette_collector::access::LinkKey;
use vedette_collector::clock::Clock;
use vedette_collector::outbox::{self, Bell, DeliveryMeters, Outbox, Parts, Pauses, Standing};
use vedette_collector::receiver::{Receiver, Receivers, Site};
use vedette_config::{Findings, Place, Source, Spanned};
use vedette_policy::profile::{Address, Destination, Profile, sample_deliveries};
use vedette_triage::{Action, Decision, Delivery, IncidentId, Timestamp};

use crate::books::{Books, EPOCH};
use crate::desk::Desk;

/// A receiver that recognises a repeated key.
const BY_KEY: &str = r#"
idempotency = "key"
concurrency = 8
update = "open"
note = "open"
acknowledge = "open"
resolve = "open"
reopen = "open"
[[open]]
method = "POST"
headers = { Idempotency-Key = "{{ idempotency_key }}" }
json = { text = "{{ text }}" }
"#;

/// A receiver whose tickets are looked up.
const BY_LOOKUP: &str = r#"
idempotency = "lookup"
settle_time = "60s"
auth = { by = "scheme", scheme = "token" }
[[verify]]
url = "/verify"
[[lookup]]
url = "/tickets"
query = { key = "{{ key }}" }
rows = { at = "/tickets", keep = "row.key == key" }
capture = { id = "/id" }
[[open]]
url = "/tickets"
json = { key = "{{ key }}", text = "{{ text }}" }
capture = { id = "/id" }
[[open]]
url = "/tickets/{{ captured.id }}"
expect = [{ status = 404, is = "unknown" }]
[[note]]
url = "/tickets/{{ ticket.id }}/comments"
json = { text = "{{ text }}" }
expect = [{ status = 404, is = "gone" }]
[[resolve]]
url = "/tickets/{{ ticket.id }}/comments"
json = { text = "{{ text }}" }
expect = [{ status = 404, is = "gone" }]
[[resolve]]
method = "PATCH"
url = "/tickets/{{ ticket.id }}"
json = { status = "closed" }
expect = [{ contains = "isn't a valid status", is = "refused" }]
[[resolve]]
url = "/tickets/{{ ticket.id }}"
expect = [{ at = "/status", equals = "closed", is = "done" }, { status = 200, is = "refused" }]
"#;

/// An outbox and everything around it.
pub(crate) struct World {
    pub(crate) books: Books,
    pub(crate) desk: Desk,
    outbox: Option<Outbox>,
    bell: Bell,
    clock: Arc<TokioClock>,
    folder: TempDir,
    receivers: Vec<(&'static str, &'static str, Desk)>,
}

/// The time of a paused runtime.
pub(crate) struct TokioClock {
    started: Instant,
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_527_180_000).after(self.started.elapsed())
    }

    fn monotonic_ms(&self) -> i64 {
        self.started.elapsed().as_millis() as i64
    }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl World {
    /// One receiver that recognises a repeated key.
    pub(crate) fn by_key() -> World {
        let desk = Desk::default();
        World::start(desk.clone(), vec![("desk", BY_KEY, desk)])
    }

    /// One receiver whose tickets are looked up.
    pub(crate) fn by_lookup() -> World {
        let desk = Desk::default();
        World::start(desk.clone(), vec![("desk", BY_LOOKUP, desk)])
    }

    /// `desk`, and `other`, which always behaves.
    pub(crate) fn two() -> World {
        let desk = Desk::default();
        let receivers = vec![
            ("desk", BY_KEY, desk.clone()),
            ("other", BY_KEY, Desk::default()),
        ];
        World::start(desk, receivers)
    }

    fn start(desk: Desk, receivers: Vec<(&'static str, &'static str, Desk)>) -> World {
        let books = Books::default();
        let clock = Arc::new(TokioClock {
            started: Instant::now(),
        });
        let bell = Bell::default();
        let mut world = World {
            books,
            desk,
            outbox: None,
            bell,
            clock,
            folder: tempfile::tempdir().unwrap(),
            receivers,
        };
        world.write_token("first-token");
        let parts = Parts {
            ledger: world.books.clone(),
            clock: Arc::clone(&world.clock),
            bell: world.bell.clone(),
            meters: DeliveryMeters::new().unwrap(),
            pauses: Pauses::default(),
            epoch: EPOCH,
            seed: 42,
        };
        world.outbox = Some(outbox::start(parts, world.receivers()));
        world
    }

    fn receivers(&self) -> Receivers {
        let receivers = self.receivers.iter();
        receivers
            .map(|(name, profile, desk)| self.receiver(name, profile, desk))
            .collect()
    }

    fn receiver(&self, name: &str, profile: &str, desk: &Desk) -> Receiver {
        let mut findings = Findings::new();
        let source = Source::new("profile.toml", profile);
        let profile = Profile::read(&source, &mut findings).unwrap();
        assert!(findings.is_empty(), "{findings}");
        let address = Address {
            name: Spanned::new(name.to_owned(), Place::whole(&source)),
            url: "https://tickets.example.org/".into(),
            token_file: Some(self.token_file()),
            secret_file: None,
        };
        let destination =
            Destination::new(&Arc::new(profile), address, &[], &mut findings).unwrap();
        let site = Site {
            zone: jiff::tz::TimeZone::UTC,
            public_url: "https://vedette.example.org".into(),
            links: LinkKey::of("the key of the tests"),
            users: std::collections::BTreeMap::new(),
        };
        Receiver::new(destination, site, Arc::new(desk.clone()))
    }

    fn token_file(&self) -> PathBuf {
        self.folder.path().join("token")
    }

    pub(crate) fn write_token(&self, token: &str) {
        std::fs::write(self.token_file(), token).unwrap();
    }

    fn outbox(&self) -> &Outbox {
        self.outbox.as_ref().unwrap()
    }

    pub(crate) fn remove_receiver(&self) {
        self.outbox().replace(Receivers::default());
    }

    pub(crate) fn bring_receiver_back(&self) {
        self.outbox().replace(self.receivers());
    }

    pub(crate) async fn shut_down(mut self) -> World {
        self.outbox.take().unwrap().shut_down().await;
        self
    }

    /// Commits the first deliveries of an incident, and rings.
    pub(crate) fn decide(&self, incident: u64, actions: &[Action]) {
        self.commit("desk", incident, (1, EPOCH), actions);
    }

    pub(crate) fn decide_for(&self, receiver: &str, incident: u64, actions: &[Action]) {
        self.commit(receiver, incident, (1, EPOCH), actions);
    }

    /// Further deliveries, from this number on.
    pub(crate) fn decide_more(&self, incident: u64, from: u32, actions: &[Action]) {
        self.commit("desk", incident, (from, EPOCH), actions);
    }

    /// Deliveries that an earlier run of the collector decided, and perhaps sent.
    pub(crate) fn decide_before_restart(&self, incident: u64, actions: &[Action]) {
        self.commit("desk", incident, (1, EPOCH - 1), actions);
    }

    fn commit(&self, receiver: &str, incident: u64, (from, epoch): (u32, u64), actions: &[Action]) {
        let mut decision = Decision::default();
        for (seq, action) in (from..).zip(actions) {
            let delivery = Delivery {
                id: self.books.next_id(),
                incident: IncidentId(incident),
                receiver: receiver.to_owned(),
                seq,
                ticket_key: format!("K-{incident}"),
                created_at: self.clock.now(),
                ..sample_deliveries(*action).remove(0)
            };
            let change = vedette_triage::Change::AddDelivery(Arc::new(delivery.clone()));
            decision.changes.push(change);
            self.books.add(delivery, epoch);
        }
        self.bell.committed(&[decision]);
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        let all = self.outbox().standings().all();
        all.get("desk").map(|known| known.standing)
    }

    pub(crate) fn failure(&self) -> Option<String> {
        let all = self.outbox().standings().all();
        let failure = all.get("desk")?.failure.clone()?;
        Some(failure.why)
    }

    /// Lets time pass until so many deliveries have their fate.
    pub(crate) async fn until_settled(&self, count: usize) {
        self.until("deliveries are settled", |world| {
            world.books.settled() >= count
        })
        .await;
    }

    /// Lets time pass until something holds; panics after a simulated day.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&World) -> bool) {
        let started = Instant::now();
        while !holds(self) {
            assert!(
                started.elapsed() < seconds(86_400),
                "waited a day in vain: {what}; settled {}, told {:?}, failure {:?}",
                self.books.settled(),
                self.desk.told(),
                self.failure(),
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
