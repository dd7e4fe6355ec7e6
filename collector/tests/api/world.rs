//! A collector on a port of its own, and clients with each role.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use arc_swap::ArcSwap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use vedette_collector::access::{Access, Anonymous, Digest, HostName, LinkKey};
use vedette_collector::api::{PolicyInForce, PolicyStanding, Shared, Trials, router};
use vedette_collector::clock::{Clock, CollectorClock, SetClock};
use vedette_collector::drill::{Drills, Runner};
use vedette_collector::engine_loop::{EngineLoop, Reserve, View};
use vedette_collector::history::History;
use vedette_collector::history::fill::Filling;
use vedette_collector::ingest::skew::Skews;
use vedette_collector::meters::{Committed, Meters};
use vedette_collector::outbox::{Handle, Standing, Standings};
use vedette_collector::receiver::Receivers;
use vedette_collector::shard::{SeenBy, Shards, Titles, Words};
use vedette_collector::store::memory::Memory;
use vedette_collector::store::{self, Store, StoreHandle};
use vedette_config::Findings;
use vedette_policy::OtherTimers;
use vedette_policy::Sources;
use vedette_triage::detect::{Rule, RuleSet};
use vedette_triage::{
    DeliverMode, Inhibition, Matchers, Matrix, OnClear, Policy, Receiver, Revision, RuleMeta, Team,
    Timers, Timestamp,
};

pub(crate) const NOW_MS: i64 = 1_760_000_000_000;

/// What a world is made with.
pub(crate) struct Made {
    pub(crate) anonymous: Anonymous,
    pub(crate) ready: bool,
    /// By how much the last time in the store is ahead of the machine's clock.
    pub(crate) ahead: Duration,
    /// What is otherwise in its policy.
    pub(crate) policy: fn(&mut Policy),
}

impl Default for Made {
    fn default() -> Made {
        Made {
            anonymous: Anonymous::None,
            ready: true,
            ahead: Duration::ZERO,
            policy: |_| {},
        }
    }
}

/// A collector that listens.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) machine: SetClock,
    pub(crate) store: Memory,
    /// As the collector writes to it.
    pub(crate) writer: StoreHandle,
    pub(crate) policy: Arc<Policy>,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) view: View,
    pub(crate) drills: Drills,
    pub(crate) receivers: Standings,
    pub(crate) runner: Runner,
    client: reqwest::Client,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// The same, if its status is `status`.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Said {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }
}

/// The roles by the tokens that have them.
pub(crate) const ADMIN: &str = "admin's token";
pub(crate) const OPERATOR: &str = "operator's token";
pub(crate) const VIEWER: &str = "viewer's token";
pub(crate) const AGENT: &str = "agent's token";
pub(crate) const LINKS: &str = "signs links";

impl World {
    pub(crate) async fn start() -> World {
        World::made(Made::default()).await
    }

    pub(crate) async fn made(made: Made) -> World {
        let now = Timestamp::from_millis(NOW_MS);
        let machine = SetClock::at(now);
        let remembered = Some(now.after(made.ahead));
        let clock = Arc::new(CollectorClock::resume(machine.clone(), remembered));
        let memory = Memory::default();
        let mut loading = memory.clone();
        let loaded = loading.load().unwrap();
        let store = store::spawn(Box::new(loading), Box::new(memory.clone())).unwrap();
        let meters = Arc::new(Meters::new());
        let observer = Committed::new(Arc::clone(&meters));
        let mut wanted = policy();
        (made.policy)(&mut wanted);
        let policy = Arc::new(wanted);
        let (engine_loop, engine, view) = EngineLoop::resume(
            loaded,
            Arc::clone(&policy),
            store.clone(),
            Arc::clone(&clock),
            (observer, NoReserve),
        );
        tokio::spawn(engine_loop.run());
        let ready = Arc::new(AtomicBool::new(made.ready));
        let receivers = Standings::default();
        receivers.stand("desk", Standing::Well);
        let decides = Arc::clone(&policy);
        let writer = store.clone();
        let in_force = PolicyInForce {
            policy,
            titles: Arc::new(NoTitles),
            silence: OtherTimers::default().silence,
        };
        let judged_by = in_force.judged_by();
        let shards = Shards::seeded(engine.clone(), view.clone(), clock.now(), judged_by);
        let runner = Runner {
            view: view.clone(),
            shards: Arc::new(shards),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        };
        let drills = Drills::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared {
            history: History::none(),
            filling: Filling::default(),
            trials: Trials::default(),
            view: view.clone(),
            engine,
            store,
            shards: Arc::clone(&runner.shards),
            policy: Arc::new(ArcSwap::from_pointee(in_force)),
            standing: Arc::new(ArcSwap::from_pointee(PolicyStanding {
                worked: true,
                ..PolicyStanding::default()
            })),
            reload: reloader(),
            meters: Arc::clone(&meters),
            skews: Arc::new(Skews::default()),
            tables: Arc::default(),
            receivers: receivers.clone(),
            outbox: Handle::of(Receivers::default()),
            drills: drills.clone(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            access: access(made.anonymous),
            ready: Arc::clone(&ready),
            started_at: clock.now(),
        };
        let service = router(shared).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let _ = rustls::crypto::ring::default_provider().install_default();
        World {
            address,
            machine,
            store: memory,
            writer,
            policy: decides,
            ready,
            view,
            drills,
            receivers,
            runner,
            client: reqwest::Client::new(),
        }
    }

    /// Asks anything, with these headers and nothing that is not said.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Said {
        let url = format!("http://{}{path}", self.address);
        let mut request = self.client.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        Said {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Said {
        let token = format!("Bearer {ADMIN}");
        self.ask(Method::GET, path, &[("authorization", &token)], Vec::new())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Said {
        self.post_text(path, &body.to_string()).await
    }

    pub(crate) async fn post_text(&self, path: &str, body: &str) -> Said {
        let token = format!("Bearer {ADMIN}");
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        self.ask(Method::POST, path, &headers, body.as_bytes().to_vec())
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Said {
        let token = format!("Bearer {ADMIN}");
        self.ask(
            Method::DELETE,
            path,
            &[("authorization", &token)],
            Vec::new(),
        )
        .await
    }

    /// A critical alert from outside fires, and its incident is told.
    pub(crate) async fn fire(&self, name: &str) -> Said {
        let alert = json!([{ "labels": { "alertname": name, "instance": "db-7:9100", "severity": "critical" } }]);
        self.post("/api/v2/alerts", &alert).await.expect(200)
    }

    /// Moves the clock.
    pub(crate) fn later(&self, by: Duration) {
        self.machine.pass(by);
    }

    /// A number out of `/metrics`, summed over all series of that name with that text in them.
    pub(crate) async fn metric(&self, name: &str, with: &str) -> f64 {
        let text = self.get("/metrics").await.expect(200).body;
        let of_name = |line: &&str| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with(['{', ' '])) && line.contains(with)
        };
        text.lines()
            .filter(of_name)
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}

/// A report of one host with one sample.
pub(crate) fn report(seq: u64) -> Value {
    json!({
        "wire": 1, "agent": "0b8f9d2e-3f55-4d0a-9a1c-7b2f64f1c001", "boot": "b-1", "epoch": "e-1",
        "stream": "live", "host": { "name": "db-7", "labels": { "site": "hq" } },
        "version": "0.1.0", "sent_wall_ms": NOW_MS, "sent_mono_ms": 500,
        "rounds": [{
            "seq": seq, "wall_ms": NOW_MS, "mono_ms": 500, "interval_s": 15.0,
            "probes": [{ "probe": "uptime", "looked": "yes" }],
            "samples": [{ "name": "system.uptime", "value": 7.0 }],
        }],
    })
}

fn access(anonymous: Anonymous) -> Access {
    let names = vec![HostName::of("vedette.example.org").unwrap()];
    Access::new(anonymous, IpAddr::V4(Ipv4Addr::LOCALHOST), names)
        .unwrap()
        .admin(Digest::of(ADMIN))
        .operator(Digest::of(OPERATOR))
        .viewer(Digest::of(VIEWER))
        .agent(Digest::of(AGENT))
        .links(LinkKey::of(LINKS))
}

/// Whoever asks for a reload is told that revision 8 is in force.
fn reloader() -> mpsc::Sender<vedette_collector::api::ReloadRequest> {
    let (sender, mut requests) = mpsc::channel::<vedette_collector::api::ReloadRequest>(1);
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let _ = request.answer.send(Ok(Revision(8)));
        }
    });
    sender
}

fn policy() -> Policy {
    let rule = |name: &str| {
        let meta = RuleMeta {
            name: name.into(),
            component: "storage".into(),
            runbook_url: String::new(),
            shadow: false,
            ..RuleMeta::default()
        };
        (Arc::from(name), meta)
    };
    let desk = Receiver {
        name: "desk".into(),
        on_clear: OnClear::Resolve,
        on_human_close: vedette_triage::HumanClose::default(),
    };
    Policy {
        revision: Revision(7),
        installation: "test".into(),
        mode: DeliverMode::Live,
        teams: vec![Team {
            name: "it-ops".into(),
            ticket: Some("desk".into()),
            page: Vec::new(),
        }],
        receivers: BTreeMap::from([("desk".into(), desk)]),
        routes: Vec::new(),
        timers: Timers::default(),
        matrix: Matrix::default(),
        resolve_timeout: Duration::from_secs(300),
        reboot_grace: Duration::from_secs(1200),
        agent_grace: Duration::from_secs(300),
        rules: BTreeMap::from([rule("filesystem-space"), rule("host-silent")]),
        renamed: BTreeMap::new(),
        detection: Arc::new(detection()),
        inhibitions: Arc::new(vec![Inhibition {
            name: "job".into(),
            source: Matchers::parse(&["alertname=\"JobDown\""]).unwrap(),
            target: Matchers::parse(&["alertname=\"InstanceDown\""]).unwrap(),
            equal: vec!["job".into()],
        }]),
        ..Policy::default()
    }
}

/// Of the shipped rules the one on full file systems.
fn detection() -> RuleSet {
    let today = jiff::civil::date(2025, 10, 9);
    let (loaded, findings) = vedette_policy::load(&Sources::default(), today, Findings::new());
    let shipped = loaded.unwrap_or_else(|| panic!("{findings:?}")).policy;
    let rule = shipped.detection.get("filesystem-space").unwrap();
    RuleSet::new(
        vec![Rule::clone(rule)],
        Duration::from_secs(300),
        Duration::from_secs(86_400),
    )
    .unwrap()
}

struct NoReserve;

impl Reserve for NoReserve {
    fn release(&mut self) -> bool {
        false
    }

    fn restore(&mut self) -> bool {
        false
    }
}

/// Rules of these worlds find nothing.
struct NoTitles;

impl Titles for NoTitles {
    fn words(&self, _rule: &str, _seen: &SeenBy<'_>) -> Words {
        Words::default()
    }
}
