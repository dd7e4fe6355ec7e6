//! An outbox with one receiver of a shipped profile, or of a test's own, and a clock
//! that moves only when everybody waits.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;
use vedette_collector::access::LinkKey;
use vedette_collector::clock::Clock;
use vedette_collector::outbox::{self, Bell, DeliveryMeters, Outbox, Parts, Pauses, Standing};
use vedette_collector::receiver::{Receiver, Receivers, Site};
use vedette_config::{Document, Entry, Findings, Place, Source, Spanned};
use vedette_policy::profile::{Address, Destination, Profile, sample_deliveries, shipped};
use vedette_triage::{
    Action, Change, Decision, Delivery, Fate, IncidentId, TicketReference, Timestamp,
};

use crate::books::{Books, EPOCH};
use crate::desk::Desk;

/// Where the receiver is, as the policy says.
pub(crate) struct Setup {
    pub(crate) profile: Profile,
    pub(crate) url: &'static str,
    /// What is in its `token_file`.
    pub(crate) secret: &'static str,
    /// Its keys, as they stand in collector.toml.
    pub(crate) keys: &'static str,
}

impl Setup {
    /// A receiver of a shipped profile.
    pub(crate) fn shipped(name: &str, url: &'static str, keys: &'static str) -> Setup {
        // Reading a profile tries all of it: once for all tests of this program.
        static SHIPPED: OnceLock<BTreeMap<String, Arc<Profile>>> = OnceLock::new();
        let shipped = SHIPPED.get_or_init(|| shipped(&mut Findings::new()));
        let profile = shipped.get(name);
        Setup {
            profile: Profile::clone(profile.unwrap_or_else(|| panic!("no profile {name}"))),
            url,
            secret: "s3cret-token",
            keys,
        }
    }

    /// A receiver of a profile that a test writes.
    pub(crate) fn of(profile: &str, keys: &'static str) -> Setup {
        let mut findings = Findings::new();
        let profile = Profile::read(&Source::new("mine.toml", profile), &mut findings).unwrap();
        assert!(findings.is_empty(), "{findings}");
        Setup {
            profile,
            url: "https://desk.example.org/base",
            secret: "s3cret-token",
            keys,
        }
    }

    pub(crate) fn secret(mut self, secret: &'static str) -> Setup {
        self.secret = secret;
        self
    }

    /// The receiver, reached by a desk.
    pub(crate) fn receiver(&self, desk: &Desk, folder: &TempDir) -> Receiver {
        let (destination, site) = self.destination(folder);
        Receiver::new(destination, site, Arc::new(desk.clone()))
    }

    /// How it is reached, and what its texts are worded by.
    pub(crate) fn destination(&self, folder: &TempDir) -> (Destination, Site) {
        let token = folder.path().join("token");
        std::fs::write(&token, self.secret).unwrap();
        let mut findings = Findings::new();
        let address = Address {
            name: Spanned::new("desk".into(), Place::whole(&Source::new("x", ""))),
            url: self.url.to_owned(),
            token_file: Some(token),
            secret_file: None,
        };
        let keys = entries(self.keys);
        let profile = Arc::new(self.profile.clone());
        let destination = Destination::new(&profile, address, &keys, &mut findings);
        let destination = destination.unwrap_or_else(|| panic!("{findings}"));
        let site = Site {
            zone: jiff::tz::TimeZone::UTC,
            public_url: "https://vedette.example.org".into(),
            links: LinkKey::of("the key of the tests"),
            users: [("ops2".to_owned(), "operator".to_owned())].into(),
        };
        (destination, site)
    }
}

fn entries(keys: &str) -> Vec<Entry> {
    let mut findings = Findings::new();
    let source = Source::new("collector.toml", keys);
    let document = Document::parse(&source, &mut findings).unwrap();
    document.read(&mut findings, |reader| {
        let keys = reader.keys();
        keys.into_iter()
            .map(|key| {
                let value = reader.optional(&key.value).unwrap();
                Entry { key, value }
            })
            .collect()
    })
}

/// An outbox and its one receiver.
pub(crate) struct World {
    pub(crate) desk: Desk,
    books: Books,
    outbox: Outbox,
    bell: Bell,
    clock: Arc<TokioClock>,
    _folder: TempDir,
}

struct TokioClock {
    started: Instant,
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        NOW.after(self.started.elapsed())
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap()
    }
}

/// 14:33 in Vienna on Tuesday, 24 November 2026.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_527_180_000);

impl World {
    pub(crate) fn start(setup: &Setup, desk: &Desk) -> World {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TokioClock {
            started: Instant::now(),
        });
        let (books, bell) = (Books::default(), Bell::default());
        let receivers: Receivers = [setup.receiver(desk, &folder)].into_iter().collect();
        let parts = Parts {
            ledger: books.clone(),
            clock: Arc::clone(&clock),
            bell: bell.clone(),
            meters: DeliveryMeters::new().unwrap(),
            pauses: Pauses::default(),
            epoch: EPOCH,
            seed: 42,
        };
        World {
            desk: desk.clone(),
            books,
            outbox: outbox::start(parts, receivers),
            bell,
            clock,
            _folder: folder,
        }
    }

    /// Commits deliveries of an incident, the first of them numbered `from`.
    pub(crate) fn decide(&self, incident: u64, from: u32, actions: &[Action]) {
        let mut decision = Decision::default();
        for (seq, action) in (from..).zip(actions) {
            let delivery = Delivery {
                id: self.books.next_id(),
                incident: IncidentId(incident),
                receiver: "desk".into(),
                seq,
                ticket_key: format!("K-{incident}"),
                created_at: self.clock.now(),
                ..sample_deliveries(*action).remove(0)
            };
            self.commit(delivery, &mut decision);
        }
        self.bell.committed(&[decision]);
    }

    /// The same for one delivery that a test has changed.
    pub(crate) fn decide_this(&self, delivery: Delivery) {
        let mut decision = Decision::default();
        let delivery = Delivery {
            id: self.books.next_id(),
            created_at: self.clock.now(),
            ..delivery
        };
        self.commit(delivery, &mut decision);
        self.bell.committed(&[decision]);
    }

    fn commit(&self, delivery: Delivery, decision: &mut Decision) {
        decision
            .changes
            .push(Change::AddDelivery(Arc::new(delivery.clone())));
        self.books.add(delivery, EPOCH);
    }

    pub(crate) fn settled(&self) -> usize {
        self.books.settled()
    }

    pub(crate) async fn until_settled(&self, count: usize) {
        let started = Instant::now();
        while self.books.settled() < count {
            assert!(
                started.elapsed() < Duration::from_secs(86_400),
                "waited a day in vain; settled {}, asked {:#?}, failure {:?}",
                self.books.settled(),
                self.desk.lines(),
                self.failure(),
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Lets time pass until the receiver is held; gives the reason.
    pub(crate) async fn until_held(&self) -> String {
        let started = Instant::now();
        loop {
            let all = self.outbox.standings().all();
            let standing = all.get("desk").map(|known| known.standing);
            if let (Some(Standing::Held { .. }), Some(why)) = (standing, self.failure()) {
                return why;
            }
            assert!(
                started.elapsed() < Duration::from_secs(3600),
                "it is never held"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn failure(&self) -> Option<String> {
        let all = self.outbox.standings().all();
        Some(all.get("desk")?.failure.clone()?.why)
    }

    #[track_caller]
    pub(crate) fn fate(&self, incident: u64, action: Action) -> Fate {
        self.books.fate(incident, action)
    }

    pub(crate) fn reference(&self, incident: u64) -> TicketReference {
        self.books.reference(incident).unwrap()
    }
}
