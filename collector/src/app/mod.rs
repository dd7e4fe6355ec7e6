//! Joins everything into one program that starts, serves and stops.
//!
//! In: [`Options`]. Out: an [`App`] that answers, until it is told to stop. A start
//! that cannot succeed fails with one sentence before anything is half-started:
//! policy, state directory, store and listener come first, and the listener
//! answers only when the shards are seeded with what is committed.

mod chores;
mod command;
mod lock;
mod observers;
mod reloader;
mod revision;
mod serve;
mod state_dir;
mod titles;

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::civil::Date;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use vedette_config::Findings;
use vedette_policy::{Anonymous, Loaded, Settings};
use vedette_triage::{Input, Policy, Timestamp};

use self::lock::Lock;
use self::observers::Observers;
use self::reloader::{Reloader, fingerprint, one_lines, standing_of};
use self::revision::Revisions;
use self::state_dir::StateDir;
use self::titles::{in_force, words_of};
use crate::access::{self, Access, HostName};
use crate::api::{self, Shared};
use crate::clock::{Clock, CollectorClock, SystemClock};
use crate::drill::{Drills, Runner};
use crate::engine_loop::{Busy, Ended, EngineHandle, EngineLoop, Rejection, Reserve, Verdict};
use crate::health;
use crate::ingest::skew::Skews;
use crate::meters::{self, Meters};
use crate::outbox::{self, Bell, DeliveryMeters, EngineLedger, Outbox, Parts};
use crate::receiver::{Receivers, Site};
use crate::reserve::FileReserve;
use crate::shard::Shards;
use crate::store::sqlite::Sqlite;
use crate::store::{self, StoreError, StoreHandle};

pub use command::main;

/// The store in the state directory.
const DATABASE: &str = "vedette.db";
/// The file that names this installation in ticket keys.
const INSTALLATION: &str = "installation";
/// Requests to reload that may wait.
const RELOADS_WAITING_MAX: usize = 16;
/// Open connections get this long to end at a stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// How to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `collector.toml`; none = everything by default.
    pub config: Option<PathBuf>,
    /// Where state is kept; none = `STATE_DIRECTORY`, else `/var/lib/vedette-collector`.
    pub state_dir: Option<PathBuf>,
}

/// Why it cannot start: one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// Why it ended though nobody told it to: one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EndError(pub String);

/// A running collector.
pub struct App {
    address: SocketAddr,
    ready: Arc<AtomicBool>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    /// Ended by `stop`, each when it has done what it must.
    chores: Vec<JoinHandle<()>>,
    /// Ended by hand, because they wait for others for ever.
    helpers: Vec<JoinHandle<()>>,
    outbox: Arc<Outbox>,
    engine: JoinHandle<Ended>,
    /// Held for their locks.
    _locks: (StateDir, Lock),
}

impl App {
    /// Starts a collector; it answers when this returns.
    ///
    /// # Errors
    /// One sentence: the configuration has errors, the state directory is not ours, the store
    /// cannot be opened, the address is taken.
    pub async fn start(options: Options) -> Result<App, StartError> {
        let machine = SystemClock::default();
        let (loaded, findings) = read_policy(&options, machine.now())?;
        let settings = loaded.settings.clone();
        let state_dir = StateDir::take(options.state_dir.as_deref())?;
        let listener = listen(settings.server.listen).await?;
        let address = listener.local_addr().map_err(|error| {
            StartError(format!("the listener has no address: {error}; start again"))
        })?;
        let access = access(&settings, &state_dir, address)?;
        let installation = installation(&state_dir)?;
        let (store, store_lock) = open_store(&settings, &state_dir)?;
        let mut reserve = FileReserve::new(state_dir.path(), settings.store.reserve.bytes);
        let stored = load(&store, &mut reserve).await?;
        let clock = Arc::new(CollectorClock::resume(machine, stored.now));
        let started_at = clock.now();
        say_time(&*clock);

        let mut revisions = Revisions::open(state_dir.path(), stored.revision);
        let revision = revisions.of(&format!("{:016x}", loaded.content_hash));
        let policy = Arc::new(loaded.numbered(revision, &installation));
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
        catch_up(&engine, &policy, down_since).await?;

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
                epoch,
                seed: seed(),
            },
            receivers(&loaded)?,
        );
        let outbox = Arc::new(outbox);

        let in_force = in_force(&loaded, policy);
        let judged_by = in_force.judged_by();
        let shards = Shards::seeded(engine.clone(), view.clone(), clock.now(), judged_by);
        let shards = Arc::new(shards);
        let in_force = Arc::new(ArcSwap::from_pointee(in_force));
        let standing = Arc::new(ArcSwap::from_pointee(api::PolicyStanding {
            since: started_at,
            ..standing_of(true, &findings, one_lines(&findings))
        }));
        let clock: Arc<dyn Clock> = clock;
        let (reload, reloads) = mpsc::channel(RELOADS_WAITING_MAX);
        let reloader = Reloader {
            config: options.config.clone(),
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
            follower: follower(Arc::clone(&outbox)),
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
        let keep = settings.other_timers.keep.timeline;
        let chores = vec![
            tokio::spawn(chores::sweep(hot.clone(), engine_reloads, stopping.clone())),
            tokio::spawn(chores::write_ends(hot.clone(), stopping.clone())),
            tokio::spawn(chores::forget(hot, keep, stopping.clone())),
        ];
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
        let shared = Shared {
            view,
            engine,
            store,
            shards,
            policy: in_force,
            standing,
            reload,
            meters,
            skews: Arc::new(Skews::default()),
            receivers: outbox.standings().clone(),
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
        Ok(App {
            address,
            ready,
            stop,
            serving,
            chores,
            helpers,
            outbox,
            engine: engine_loop,
            _locks: (state_dir, store_lock),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until SIGTERM or SIGINT, then stops cleanly.
    ///
    /// # Errors
    /// It ended without having been told: another run has taken the store, or the engine failed.
    pub async fn until_told_to_stop(mut self) -> Result<(), EndError> {
        let terminated = async {
            match signal(SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                // Without it, Ctrl-C remains.
                Err(_) => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            () = terminated => Ok(Ended::Done),
            _ = tokio::signal::ctrl_c() => Ok(Ended::Done),
            ended = &mut self.engine => ended,
        };
        self.stop().await;
        match ended {
            Ok(Ended::Done) => Ok(()),
            Ok(Ended::Ousted(why)) => Err(EndError(format!(
                "{why}; that one goes on, this one has stopped: give each collector a store of its own"
            ))),
            Err(error) => Err(EndError(format!(
                "the engine failed: {error}; what was answered is stored, start it again"
            ))),
        }
    }

    /// Takes nothing more, finishes what was taken, and ends.
    pub async fn stop(self) {
        tracing::info!("stopping: nothing more is taken, what was taken is finished");
        self.ready.store(false, Ordering::Release);
        // Everybody may have ended already.
        let _ = self.stop.send(true);
        if tokio::time::timeout(STOP_LIMIT, self.serving)
            .await
            .is_err()
        {
            tracing::warn!("connections were still open after {STOP_LIMIT:?}; they are closed");
        }
        for chore in self.chores {
            let _ = chore.await;
        }
        self.outbox.shut_down().await;
        for helper in self.helpers {
            helper.abort();
            let _ = helper.await;
        }
        drop(self.outbox);
        // The last handles are gone: the loop commits what waits and ends.
        if !self.engine.is_finished()
            && tokio::time::timeout(STOP_LIMIT, self.engine).await.is_err()
        {
            tracing::warn!(
                "the engine did not end within {STOP_LIMIT:?}; what was answered is stored"
            );
        }
        tracing::info!("stopped");
    }
}

fn read_policy(options: &Options, now: Timestamp) -> Result<(Loaded, Findings), StartError> {
    let (loaded, findings) = vedette_policy::read(options.config.as_deref(), today(now));
    if !findings.is_empty() {
        // All of it, with places: this is what the person who starts it needs.
        let _ = writeln!(std::io::stderr(), "{findings}");
    }
    let loaded = loaded.ok_or_else(|| {
        StartError(format!(
            "the configuration has errors ({}); nothing was started",
            findings.summary()
        ))
    })?;
    Ok((loaded, findings))
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

/// The day in UTC; exceptions end by days.
fn today(now: Timestamp) -> Date {
    jiff::Timestamp::from_millisecond(now.as_millis())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program listens there; end it, or set [server] listen to another port"
            }
            std::io::ErrorKind::PermissionDenied => {
                "this user may not listen there; choose a port above 1023"
            }
            _ => "set [server] listen to an address of this machine",
        };
        StartError(format!("cannot listen on {address}: {error}; {advice}"))
    })
}

fn access(
    settings: &Settings,
    state_dir: &StateDir,
    address: SocketAddr,
) -> Result<Access, StartError> {
    let fault = |error: &dyn std::fmt::Display| StartError(error.to_string());
    let anonymous = match settings.anonymous {
        Anonymous::None => access::Anonymous::None,
        Anonymous::Viewer => access::Anonymous::Viewer,
        Anonymous::Operator => access::Anonymous::Operator,
    };
    let names = settings.server.names.iter();
    let names = names.filter_map(|name| HostName::of(name)).collect();
    let (admin, path) = access::token_in(state_dir.path(), access::ADMIN_TOKEN_FILE)
        .map_err(|error| fault(&error))?;
    tracing::info!("the administrator's token is in {}", path.display());
    let (agent, _) = access::token_in(state_dir.path(), access::AGENT_TOKEN_FILE)
        .map_err(|error| fault(&error))?;
    Ok(Access::new(anonymous, address.ip(), names)
        .map_err(|error| fault(&error))?
        .admin(admin)
        .agent(agent))
}

fn open_store(
    settings: &Settings,
    state_dir: &StateDir,
) -> Result<(StoreHandle, Lock), StartError> {
    let file = settings.store.file.clone();
    let file = file.unwrap_or_else(|| state_dir.join(DATABASE));
    let fault = |error: &dyn std::fmt::Display| {
        StartError(format!(
            "the store {} cannot be used: {error}",
            file.display()
        ))
    };
    let lock = Lock::of_store(&file)?;
    let writer = Sqlite::open(&file).map_err(|error| fault(&error))?;
    let reader = Sqlite::open_reader(&file).map_err(|error| fault(&error))?;
    let store = store::spawn(Box::new(writer), Box::new(reader)).map_err(|error| fault(&error))?;
    Ok((store, lock))
}

/// Everything that is stored. A load writes its epoch: on a full disk that takes the reserve.
async fn load(store: &StoreHandle, reserve: &mut FileReserve) -> Result<store::Loaded, StartError> {
    let loaded = match store.load().await {
        Err(StoreError::Full(_)) if reserve.release() => store.load().await,
        loaded => loaded,
    };
    loaded.map_err(|error| StartError(format!("the store cannot be loaded: {error}")))
}

/// A few random characters, made once: ticket keys of two installations never meet.
fn installation(state_dir: &StateDir) -> Result<String, StartError> {
    let file = state_dir.join(INSTALLATION);
    let fault = |error: std::io::Error| {
        StartError(format!(
            "{} cannot be used: {error}; ticket keys are made of it",
            file.display()
        ))
    };
    match std::fs::read_to_string(&file) {
        Ok(text) if is_installation(text.trim()) => Ok(text.trim().to_owned()),
        Ok(_) => Err(StartError(format!(
            "{} does not hold this installation's name (K- and six letters or digits); restore it, \
             or find the name in front of the key of any ticket: another one makes new tickets of \
             all that is open",
            file.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = format!("K-{}", &uuid::Uuid::new_v4().simple().to_string()[..6]);
            write_whole(&file, &format!("{made}\n")).map_err(fault)?;
            Ok(made)
        }
        Err(error) => Err(fault(error)),
    }
}

fn is_installation(name: &str) -> bool {
    name.strip_prefix("K-").is_some_and(|rest| {
        rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Whole or not at all, also if the power goes: half a name would be another name.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    let mut new = File::create(&beside)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    std::fs::rename(&beside, file)?;
    File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// The engine learns that time has passed and which policy is in force before anybody else speaks.
async fn catch_up(
    engine: &EngineHandle,
    policy: &Arc<Policy>,
    down_since: Option<Timestamp>,
) -> Result<(), StartError> {
    let busy = |busy: Busy| StartError(busy.to_string());
    let mut queued = Vec::new();
    if let Some(down_since) = down_since {
        let started = engine.submit(Input::Started { down_since });
        queued.push(started.map_err(busy)?);
    }
    // Rules may have been renamed or removed while it was down.
    let changed = engine.change_policy(Arc::clone(policy), Arc::clone(policy));
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

fn receivers(loaded: &Loaded) -> Result<Receivers, StartError> {
    let destinations: Vec<_> = loaded
        .settings
        .receivers
        .iter()
        .filter_map(|receiver| receiver.destination.clone())
        .collect();
    let site = Site {
        zone: loaded.settings.time_zone(),
        public_url: loaded.settings.server.public_url.clone(),
    };
    Receivers::from_policy(&destinations, &site).map_err(StartError)
}

/// The outbox sends to the receivers of a new policy.
fn follower(outbox: Arc<Outbox>) -> reloader::Follower {
    Box::new(move |loaded| match receivers(loaded) {
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
