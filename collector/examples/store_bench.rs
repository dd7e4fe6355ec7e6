//! Measures the store: commits and decisions a second, by decisions per commit, and a load.
//!
//! `cargo run --release -p vedette-collector --example store_bench -- [SECONDS] [INCIDENTS] [PLACE]`:
//! how long each size is measured (3), how many incidents are loaded (100000), and where: a folder for
//! SQLite (the temporary one), or the `postgres://` URL of a database that is empty or was measured
//! before; what is in it is forgotten. Each decision opens an incident: alert, incident, ticket, delivery, timeline;
//! the signal it is decided on is recorded, which is counted, and told beside it: microseconds of a
//! decision, bytes of a signal.

#[allow(
    dead_code,
    reason = "the records of the store's tests, of which this needs some"
)]
#[path = "../tests/store/records.rs"]
mod records;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use vedette_collector::recording::Recorder;
use vedette_collector::store::postgres::Postgres;
use vedette_collector::store::sqlite::Sqlite;
use vedette_collector::store::{Loaded, Store, StoreError};
use vedette_policy::PostgresUrl;
use vedette_triage::{AlertSignal, Change, Decision, Input, Says, Signal, State, Timestamp};

use records::{alert, at, batch, decision, delivery, entry, incident, ticket};

const DECISIONS_PER_COMMIT: [u64; 4] = [1, 16, 128, 1024];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let incidents = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let place = Place::of(arguments.next())?;
    println!(
        "{:>10} {:>10} {:>12} {:>9} {:>9} {:>9}  log  recording",
        "a commit", "commits/s", "decisions/s", "p50 ms", "p99 ms", "max ms"
    );
    for size in DECISIONS_PER_COMMIT {
        commits(size, Duration::from_secs(seconds), &place)?;
    }
    load(incidents, &place)?;
    Ok(())
}

/// Where it is measured.
enum Place {
    Folder(PathBuf),
    Database(PostgresUrl),
}

impl Place {
    fn of(argument: Option<String>) -> Result<Place, String> {
        match argument {
            Some(url) if url.starts_with("postgres") => Ok(Place::Database(url.parse()?)),
            Some(folder) => Ok(Place::Folder(folder.into())),
            None => Ok(Place::Folder(std::env::temp_dir())),
        }
    }

    /// An empty store, and what must live as long.
    fn empty(&self) -> Result<Empty, Box<dyn std::error::Error>> {
        match self {
            Place::Folder(folder) => {
                let directory = tempfile::tempdir_in(folder)?;
                let path = directory.path().join("vedette.db");
                let open = move || -> Result<Box<dyn Store>, StoreError> {
                    Ok(Box::new(Sqlite::open(&path)?))
                };
                Ok((Box::new(open), Some(directory)))
            }
            Place::Database(url) => {
                clear(url)?;
                let url = url.clone();
                let open = move || -> Result<Box<dyn Store>, StoreError> {
                    Ok(Box::new(Postgres::open_alone(&url)?))
                };
                Ok((Box::new(open), None))
            }
        }
    }
}

type Empty = (
    Box<dyn Fn() -> Result<Box<dyn Store>, StoreError>>,
    Option<tempfile::TempDir>,
);

/// Forgets what an earlier measurement made; refuses what is not ours, as every opening does.
fn clear(url: &PostgresUrl) -> Result<(), Box<dyn std::error::Error>> {
    drop(Postgres::open_alone(url)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut config = tokio_postgres::Config::new();
        for (host, port) in &url.hosts {
            config.host(host).port(*port);
        }
        config.dbname(&url.database);
        if let Some(user) = &url.user {
            config.user(user);
        }
        if let Some(password) = &url.password {
            config.password(password.reveal());
        }
        if let Some(options) = &url.options {
            config.options(options);
        }
        let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client
            .batch_execute(
                "TRUNCATE alerts, incidents, archived_incidents, tickets, archived_tickets, hosts,
                     silences, accounts, recurrences, digests, rulings, deliveries, timeline,
                     records, snapshots, policies;
                 UPDATE meta SET number = 0, epoch = 0, now = NULL, next_alert = 0,
                     next_incident = 0, next_delivery = 0, revision = 0, records_bytes = 0",
            )
            .await?;
        Ok(())
    })
}

fn commits(size: u64, lasts: Duration, place: &Place) -> Result<(), Box<dyn std::error::Error>> {
    let (open, directory) = place.empty()?;
    let mut site = Site::open(open()?)?;
    let mut took = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < lasts {
        took.push(site.commit(size)?);
    }
    // Making the records is the engine's time, not the store's.
    let busy: f64 = took.iter().map(Duration::as_secs_f64).sum();
    took.sort();
    let commits = took.len() as f64;
    let milliseconds = |part: f64| {
        let nth = ((commits - 1.0) * part) as usize;
        took[nth].as_secs_f64() * 1_000.0
    };
    // That of a server is not ours to look at.
    let log = match &directory {
        Some(folder) => {
            let log = std::fs::metadata(folder.path().join("vedette.db-wal"))?;
            format!("{} MB", log.len() >> 20)
        }
        None => "-".to_owned(),
    };
    println!(
        "{size:>10} {:>10.0} {:>12.0} {:>9.2} {:>9.2} {:>9.2}  {log}  {:.1} µs, {} bytes",
        commits / busy,
        commits * size as f64 / busy,
        milliseconds(0.5),
        milliseconds(0.99),
        milliseconds(1.0),
        site.recording.as_secs_f64() * 1e6 / site.next as f64,
        site.recorded_bytes / site.next,
    );
    Ok(())
}

fn load(incidents: u64, place: &Place) -> Result<(), Box<dyn std::error::Error>> {
    let (open, _directory) = place.empty()?;
    let mut site = Site::open(open()?)?;
    while site.next < incidents {
        site.commit(1_024.min(incidents - site.next))?;
    }
    drop(site);
    let begun = Instant::now();
    let loaded = open()?.load()?;
    let read = begun.elapsed();
    let state = state_of(&loaded);
    println!(
        "\n{} incidents with alert and ticket: read in {:.2} s, indexed after {:.2} s",
        state.incidents().len(),
        read.as_secs_f64(),
        begun.elapsed().as_secs_f64(),
    );
    Ok(())
}

fn state_of(loaded: &Loaded) -> State {
    let mut state = State::resume(loaded.now.unwrap_or(Timestamp::MIN), loaded.counters);
    for change in &loaded.records {
        state.apply(change);
    }
    state
}

/// A store, and the state its commits made.
struct Site {
    store: Box<dyn Store>,
    loaded: Loaded,
    state: State,
    next: u64,
    /// What writing down the inputs took, and how much they are.
    recording: Duration,
    recorded_bytes: u64,
}

impl Site {
    fn open(mut store: Box<dyn Store>) -> Result<Site, StoreError> {
        let loaded = store.load()?;
        Ok(Site {
            store,
            loaded,
            state: State::default(),
            next: 0,
            recording: Duration::ZERO,
            recorded_bytes: 0,
        })
    }

    /// Commits so many openings together; says how long that took.
    fn commit(&mut self, size: u64) -> Result<Duration, StoreError> {
        let mut recorder = Recorder::default();
        let mut recording = Duration::ZERO;
        let mut decisions = Vec::new();
        for id in self.next..self.next + size {
            let (input, decision) = (signal(id), opening(id));
            // As in the loop: what was just decided is at hand.
            let begun = Instant::now();
            recorder.take(&input, &decision);
            recording += begun.elapsed();
            decisions.push(decision);
        }
        self.next += size;
        let mut batch = batch(&self.loaded, &mut self.state, decisions);
        let begun = Instant::now();
        batch.record.body = recorder.seal(&[]);
        recording += begun.elapsed();
        self.recording += recording;
        self.recorded_bytes += batch.record.body.bytes.len() as u64;
        let begun = Instant::now();
        self.store.commit(&batch)?;
        let took = begun.elapsed() + recording;
        self.loaded.number = batch.number;
        Ok(took)
    }
}

/// What an opening is decided on.
fn signal(id: u64) -> Input {
    let alert = alert(id, None, 0);
    Input::Signal(Signal::Alert(AlertSignal {
        identity: alert.identity.clone(),
        says: Says::Firing {
            severity: alert.severity,
            since: alert.starts_at,
            valid_until: None,
        },
        about: alert.about.clone(),
        drill: None,
    }))
}

fn opening(id: u64) -> Decision {
    let host = format!("7b1f0c6e-0000-4000-8000-{:012}", id % 600);
    decision(
        at(1),
        vec![
            Change::PutAlert(alert(id, Some(id), 0)),
            Change::PutIncident(incident(id, None, 0)),
            Change::PutTicket(ticket(id, "desk", 1)),
            Change::AddDelivery(delivery(id, (id, "desk"), 1)),
        ],
        vec![
            entry(Some(id), Some(&host), "fired"),
            entry(Some(id), Some(&host), "grouped by host and component"),
            entry(Some(id), None, "told desk"),
        ],
    )
}
