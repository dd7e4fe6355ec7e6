//! Starts a collector: every part in its order, nothing half-started.
//!
//! In: [`Options`]. Out: an [`App`] that answers, or one sentence. Policy, state directory,
//! store and listener come first; the listener answers only when the shards are seeded with
//! what is committed.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};
use vedette_config::Findings;
use vedette_policy::{Loaded, Settings};
use vedette_triage::{Input, Policy, Revision, Timestamp};

use super::observers::Observers;
use super::open::{installation, listen, load, open_store};
use super::reloader::{Reloader, fingerprint, one_lines, standing_of};
use super::revision::{Revisions, content_of};
use super::state_dir::StateDir;
use super::titles::{in_force, words_of};
use super::{
    App, Options, StartError, chores, exceptions, keepsakes, noise, open, past, reloader, serve,
};
use crate::access::LinkKey;
use crate::api::{self, Shared};
use crate::clock::{Clock, CollectorClock, SystemClock};
use crate::drill::{Drills, Runner};
use crate::engine_loop::{Busy, EngineHandle, EngineLoop, Rejection, Verdict};
use crate::faults;
use crate::health;
use crate::heartbeat;
use crate::ingest::skew::Skews;
use crate::meters::{self, Meters};
use crate::outbox::{self, Bell, DeliveryMeters, EngineLedger, Outbox, Parts, Pauses};
use crate::receiver::{Receivers, Site};
use crate::recording::day;
use crate::reserve::FileReserve;
use crate::shard::{Shards, Words};

/// Requests to reload that may wait.
const RELOADS_WAITING_MAX: usize = 16;

impl App {
    /// Starts a collector; it answers when this returns.
    ///
    /// # Errors
    /// One sentence: the configuration has errors, the state directory is not ours, the store
    /// cannot be opened, the address is taken.
    pub async fn start(options: Options) -> Result<App, StartError> {
        let machine = SystemClock::default();
        let read_at = machine.now();
        let read = read_policy(&options, None, read_at)?;
        let state_dir = StateDir::take(options.state_dir.as_deref())?;
        let made = state_dir.join(exceptions::FILE);
        let (loaded, findings) = match made.is_file() {
            true => read_policy(&options, Some(&made), read_at)?,
            false => read,
        };
        say(&findings);
        let settings = loaded.settings.clone();
        let listener = listen(settings.server.listen).await?;
        let address = listener.local_addr().map_err(|error| {
            StartError(format!("the listener has no address: {error}; start again"))
        })?;
        let links = open::link_key(&state_dir)?;
        let access = open::access(&settings, &state_dir, (address, links.clone()))?;
        let installation = installation(&state_dir)?;
        let (store, store_lock) = open_store(&settings, &state_dir).await?;
        let mut reserve = FileReserve::new(state_dir.path(), open::reserve_bytes(&settings));
        let stored = load(&store, &mut reserve).await?;
        let clock = Arc::new(CollectorClock::resume(machine, stored.now));
        let started_at = clock.now();
        say_time(&*clock);

        let mut revisions = Revisions::open(state_dir.path(), stored.revision);
        let revision = revisions.of(&content_of(&loaded));
        let policy = Arc::new(loaded.numbered(revision, &installation));
        keepsakes::keep_files(&store, (&loaded, &policy), read_at).await;
        let meters = Arc::new(Meters::new());
        let bell = Bell::default();
        let (tight, is_tight) = watch::channel(false);
        let (reloaded, engine_reloads) = watch::channel(());
        let observer = Observers {
            meters: meters::Committed::new(Arc::clone(&meters)),
            bell: bell.clone(),
            tight,
            reloaded,
        };
        let (down_since, epoch) = (stored.now, stored.epoch);
        let before = stored.revision;
        let (mut engine_loop, engine, view) = EngineLoop::resume(
            stored,
            Arc::clone(&policy),
            store.clone(),
            Arc::clone(&clock),
            (observer, reserve),
        );
        let said_full = health::is_said_full(&view.read());
        if said_full {
            engine_loop.stay_tight();
        }
        let engine_loop = tokio::spawn(engine_loop.run());
        catch_up(&engine, (before, &policy), down_since).await?;

        let delivery_meters = delivery_meters(&meters)?;
        let outbox = outbox::start(
            Parts {
                ledger: EngineLedger {
                    store: store.clone(),
                    engine: engine.clone(),
                    view: view.clone(),
                },
                clock: Arc::clone(&clock),
                bell,
                meters: delivery_meters,
                pauses: Pauses::of(state_dir.path()).map_err(StartError)?,
                epoch,
                seed: seed(),
            },
            receivers(&loaded, &links)?,
        );
        let outbox = Arc::new(outbox);

        let in_force = in_force(&loaded, policy);
        let judged_by = in_force.judged_by();
        let shards = Shards::seeded(engine.clone(), view.clone(), clock.now(), judged_by);
        let shards = Arc::new(shards);
        // Before what was measured makes the series that these are of.
        let baselines = state_dir.join(super::baselines::FILE);
        super::baselines::recall(&baselines, &shards);
        let history = past::open(&settings, &state_dir, Arc::clone(&clock) as Arc<dyn Clock>);
        let filling = past::fill(&history, &shards, &in_force.policy, started_at).await;
        let in_force = Arc::new(ArcSwap::from_pointee(in_force));
        let standing = Arc::new(ArcSwap::from_pointee(api::PolicyStanding {
            since: started_at,
            ..standing_of(true, &findings, one_lines(&findings))
        }));
        let clock: Arc<dyn Clock> = clock;
        let (reload, reloads) = mpsc::channel(RELOADS_WAITING_MAX);
        let reloader = Reloader {
            config: options.config.clone(),
            exceptions: state_dir.join(exceptions::FILE),
            installation,
            revisions,
            in_force: Arc::clone(&in_force),
            standing: Arc::clone(&standing),
            engine: engine.clone(),
            clock: Arc::clone(&clock),
            seen: Some(fingerprint(Some(&loaded), &findings)),
            reading: None,
            settings: settings.clone(),
            shards: Arc::clone(&shards),
            store: store.clone(),
            follower: follower(Arc::clone(&outbox), links),
        };
        let drills = Drills::default();
        drills.resume(&view.read());
        let runner = Runner {
            view: view.clone(),
            shards: Arc::clone(&shards),
            clock: Arc::clone(&clock),
        };
        let (stop, stopping) = watch::channel(false);
        let hot = chores::Hot {
            shards: Arc::clone(&shards),
            store: store.clone(),
            clock: Arc::clone(&clock),
        };
        let keep = settings.other_timers.keep.clone();
        let chores = vec![
            tokio::spawn(chores::sweep(hot.clone(), engine_reloads, stopping.clone())),
            tokio::spawn(chores::write_ends(hot.clone(), stopping.clone())),
            tokio::spawn(chores::forget(hot.clone(), keep, stopping.clone())),
            tokio::spawn(keepsakes::snapshots(hot, view.clone(), stopping.clone())),
            tokio::spawn(super::baselines::write_behind(
                Arc::clone(&shards),
                baselines,
                stopping.clone(),
            )),
            tokio::spawn(noise::look(
                noise::Around {
                    history: history.clone(),
                    store: store.clone(),
                    view: view.clone(),
                    engine: engine.clone(),
                    clock: Arc::clone(&clock),
                    policy: Arc::clone(&in_force),
                },
                stopping.clone(),
            )),
        ];
        let beats = settings.heartbeat.clone().map(|settings| {
            let parts = heartbeat::Parts {
                engine: engine.clone(),
                store: store.clone(),
                receivers: outbox.standings().clone(),
                clock: Arc::clone(&clock),
            };
            tokio::spawn(heartbeat::beat(parts, settings, stopping.clone()))
        });
        let own_faults = faults::Around {
            engine: engine.clone(),
            view: view.clone(),
            store: store.clone(),
            receivers: outbox.standings().clone(),
            clock: Arc::clone(&clock),
            host: host_name(),
            words: own_words(&in_force.load()),
        };
        let own_faults = tokio::spawn(faults::look(own_faults, stopping.clone()));
        let chores = chores
            .into_iter()
            .chain(beats)
            .chain([own_faults])
            .collect();
        let helpers = vec![
            tokio::spawn(reloader.run(reloads)),
            tokio::spawn(drills.clone().run(runner)),
            tokio::spawn(health::watch_space(
                health::Own {
                    engine: engine.clone(),
                    clock: Arc::clone(&clock),
                    store_full: words_of(&in_force.load(), vedette_policy::STORE_FULL),
                    host: host_name(),
                },
                is_tight,
                said_full,
            )),
        ];
        let ready = Arc::new(AtomicBool::new(true));
        let is_live = view.read().is_live(&in_force.load().policy, "", "");
        let shared = Shared {
            history: history.clone(),
            filling,
            trials: api::Trials::default(),
            view,
            engine,
            store,
            shards,
            policy: in_force,
            standing,
            reload,
            meters,
            skews: Arc::new(Skews::default()),
            tables: Arc::default(),
            receivers: outbox.standings().clone(),
            outbox: outbox.handle(),
            drills,
            clock,
            access,
            ready: Arc::clone(&ready),
            started_at,
        };
        let bounds = serve::Bounds::of_this_process();
        let serving = tokio::spawn(serve::serve(
            listener,
            api::router(shared),
            bounds,
            stopping,
        ));
        say_where(&settings, &state_dir, address);
        if !is_live {
            tracing::warn!(
                "observe mode: everything is decided and shown, nothing is sent; `vedette golive` shows what that would have opened"
            );
        }
        Ok(App {
            address,
            ready,
            stop,
            serving,
            chores,
            helpers,
            history,
            outbox,
            engine: engine_loop,
            _locks: (state_dir, store_lock),
        })
    }
}

/// What is said of the collector's own faults.
fn own_words(in_force: &api::PolicyInForce) -> BTreeMap<&'static str, Words> {
    let rules = [
        vedette_policy::RECEIVER_DOWN,
        vedette_policy::DELIVERIES_DEAD,
        vedette_policy::ENGINE_LATE,
        vedette_policy::STORE_SLOW,
    ];
    rules
        .into_iter()
        .map(|rule| (rule, words_of(in_force, rule)))
        .collect()
}

fn read_policy(
    options: &Options,
    made: Option<&Path>,
    now: Timestamp,
) -> Result<(Loaded, Findings), StartError> {
    let config = options.config.as_deref();
    let (loaded, findings) = match made {
        Some(made) => vedette_policy::read_with(config, made, day(now)),
        None => vedette_policy::read(config, day(now)),
    };
    let loaded = loaded.ok_or_else(|| {
        say(&findings);
        StartError(format!(
            "the configuration has errors ({}); nothing was started",
            findings.summary()
        ))
    })?;
    Ok((loaded, findings))
}

/// All of it, with places: this is what the person who starts it needs.
fn say(findings: &Findings) {
    if !findings.is_empty() {
        let _ = writeln!(std::io::stderr(), "{findings}");
    }
}

/// Time that is far ahead of the machine's clock is right to the second and wrong on the wall.
fn say_time(clock: &dyn Clock) {
    let ahead = clock.ahead();
    if !ahead.is_zero() {
        tracing::error!(
            ahead_s = ahead.as_secs(),
            "the last time in the store is ahead of this machine's clock: one of the two was wrong. Time never goes back here: \
             everything moves at real speed, and the times shown are ahead. If the clock is wrong now, set it right"
        );
    }
}

/// The engine learns that time has passed and which policy is in force before anybody else speaks.
async fn catch_up(
    engine: &EngineHandle,
    (before, policy): (Revision, &Arc<Policy>),
    down_since: Option<Timestamp>,
) -> Result<(), StartError> {
    let busy = |busy: Busy| StartError(busy.to_string());
    let mut queued = Vec::new();
    if let Some(down_since) = down_since {
        let started = engine.submit(Input::Started { down_since });
        queued.push(started.map_err(busy)?);
    }
    // Rules may have been renamed or removed while it was down.
    let changed = engine.change_policy(before, Arc::clone(policy));
    queued.push(changed.map_err(busy)?);
    for pending in queued {
        let verdict = pending.verdict().await;
        if let Verdict::Rejected(Rejection::Later(why) | Rejection::Never(why)) = verdict {
            return Err(StartError(format!(
                "the store does not take the start: {why}"
            )));
        }
    }
    Ok(())
}

fn receivers(loaded: &Loaded, links: &LinkKey) -> Result<Receivers, StartError> {
    let destinations: Vec<_> = loaded
        .settings
        .receivers
        .iter()
        .filter_map(|receiver| receiver.destination.clone())
        .collect();
    let site = Site {
        zone: loaded.settings.time_zone(),
        public_url: loaded.settings.server.public_url.clone(),
        links: links.clone(),
        users: loaded.settings.users_there(),
    };
    Receivers::from_policy(&destinations, &site).map_err(StartError)
}

/// The outbox sends to the receivers of a new policy.
fn follower(outbox: Arc<Outbox>, links: LinkKey) -> reloader::Follower {
    Box::new(move |loaded| match receivers(loaded, &links) {
        Ok(receivers) => outbox.replace(receivers),
        Err(error) => tracing::error!(%error, "the receivers stay as they were"),
    })
}

fn delivery_meters(meters: &Meters) -> Result<DeliveryMeters, StartError> {
    let fault = |error: prometheus::Error| StartError(format!("cannot count deliveries: {error}"));
    let delivery_meters = DeliveryMeters::new().map_err(fault)?;
    delivery_meters.register(meters.registry()).map_err(fault)?;
    Ok(delivery_meters)
}

/// For jitter, so that two collectors do not retry in step.
fn seed() -> u64 {
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    high ^ low
}

fn say_where(settings: &Settings, state_dir: &StateDir, address: SocketAddr) {
    tracing::info!(
        "listening on http://{address}, state in {}, policy from {}",
        state_dir.path().display(),
        settings.policy_dir.display()
    );
    if settings.receivers.is_empty() {
        tracing::warn!("no receiver is configured: tickets are decided and shown, and go nowhere");
    }
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() {
        "collector".to_owned()
    } else {
        name.to_owned()
    }
}
