//! A collector's side of a store: what it loaded, what it committed, what it
//! therefore holds to be true.
//!
//! Every test runs on every store there is: [`every_store`] is the only place that knows them.

use std::path::PathBuf;

use vedette_collector::store::memory::Memory;
use vedette_collector::store::postgres::Postgres;
use vedette_collector::store::sqlite::Sqlite;
use vedette_collector::store::{
    Answers, Backlog, DeliveryRow, Due, Limits, Line, Loaded, Question, Recording, Store,
    StoreError,
};
use vedette_triage::{
    Change, Decision, DeliveryId, EntityId, Entry, Fate, Incident, IncidentId, State, Ticket,
    Timestamp,
};

use crate::records::{at, batch, decision};
use crate::server;

/// Enough of everything.
pub(crate) const MANY: u32 = 1_000;

/// A store that is loaded, and the state that its commits made.
pub(crate) struct Site {
    open: Box<dyn Fn() -> Box<dyn Store>>,
    open_reader: Box<dyn Fn() -> Box<dyn Store>>,
    pub(crate) writer: Box<dyn Store>,
    pub(crate) reader: Box<dyn Store>,
    pub(crate) loaded: Loaded,
    pub(crate) state: State,
    directory: Option<tempfile::TempDir>,
}

/// Runs the same story on every store; says aloud where there is no PostgreSQL.
#[track_caller]
pub(crate) fn every_store(story: fn(&mut Site)) {
    for make in [Site::in_memory, Site::in_sqlite] {
        story(&mut make());
    }
    if let Some(mut site) = Site::in_postgres() {
        story(&mut site);
    }
}

/// Where a store is that outlives its programs.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(PathBuf),
    Database(String),
}

impl Place {
    /// Opens it for writing.
    pub(crate) fn open(&self) -> Box<dyn Store> {
        match self {
            Place::File(path) => Box::new(Sqlite::open(path).expect("it opens")),
            Place::Database(url) => {
                Box::new(Postgres::open(&server::parsed(url)).expect("it opens"))
            }
        }
    }

    /// Opens it for reading.
    pub(crate) fn open_reader(&self) -> Box<dyn Store> {
        match self {
            Place::File(path) => Box::new(Sqlite::open_reader(path).expect("it opens")),
            Place::Database(url) => {
                Box::new(Postgres::open_reader(&server::parsed(url)).expect("it opens"))
            }
        }
    }
}

impl Site {
    /// On a store in memory.
    pub(crate) fn in_memory() -> Site {
        let memory = Memory::default();
        let other = memory.clone();
        Site::on(
            Box::new(move || Box::new(memory.clone())),
            Box::new(move || Box::new(other.clone())),
            None,
        )
    }

    /// On a new file.
    pub(crate) fn in_sqlite() -> Site {
        let directory = tempfile::tempdir().expect("a temporary folder can be made");
        let path = directory.path().join("vedette.db");
        Site::at_path(path, Some(directory))
    }

    /// On a file that may be there already.
    pub(crate) fn at_path(path: PathBuf, directory: Option<tempfile::TempDir>) -> Site {
        Site::at(Place::File(path), directory)
    }

    /// On a new schema of a server that this process starts; none where PostgreSQL is not installed.
    pub(crate) fn in_postgres() -> Option<Site> {
        let url = server::new_schema()?;
        Some(Site::at(Place::Database(url), None))
    }

    /// On what may be there already.
    pub(crate) fn at(place: Place, directory: Option<tempfile::TempDir>) -> Site {
        let again = place.clone();
        Site::on(
            Box::new(move || place.open()),
            Box::new(move || again.open_reader()),
            directory,
        )
    }

    fn on(
        open: Box<dyn Fn() -> Box<dyn Store>>,
        open_reader: Box<dyn Fn() -> Box<dyn Store>>,
        directory: Option<tempfile::TempDir>,
    ) -> Site {
        let mut writer = open();
        let reader = open_reader();
        let loaded = writer.load().expect("it loads");
        let state = state_of(&loaded);
        Site {
            open,
            open_reader,
            writer,
            reader,
            loaded,
            state,
            directory,
        }
    }

    /// Its own file.
    pub(crate) fn path(&self) -> PathBuf {
        let directory = self.directory.as_ref().expect("it is on a file of its own");
        directory.path().join("vedette.db")
    }

    /// Commits one decision and takes it for true.
    #[track_caller]
    pub(crate) fn commit(&mut self, changes: Vec<Change>) {
        self.commit_with(changes, Vec::new());
    }

    /// Commits one decision with its timeline.
    #[track_caller]
    pub(crate) fn commit_with(&mut self, changes: Vec<Change>, entries: Vec<Entry>) {
        let now = self.state.now().max(at(0));
        self.commit_all(vec![decision(now, changes, entries)]);
    }

    /// Commits several decisions together.
    #[track_caller]
    pub(crate) fn commit_all(&mut self, decisions: Vec<Decision>) {
        let batch = batch(&self.loaded, &mut self.state, decisions);
        self.writer.commit(&batch).expect("it commits");
        self.loaded.number = batch.number;
    }

    /// Tries to commit one decision, for stores that should not take it.
    pub(crate) fn try_commit(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        let decisions = vec![decision(at(0), changes, Vec::new())];
        let batch = batch(&self.loaded, &mut self.state.clone(), decisions);
        self.writer.commit(&batch)
    }

    /// The collector ends without a word, another one begins.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        let epoch = self.loaded.epoch;
        self.writer = (self.open)();
        self.reader = (self.open_reader)();
        self.loaded = self.writer.load().expect("it loads");
        assert_eq!(self.loaded.epoch, epoch + 1, "every run has its own epoch");
    }

    /// Another collector loads while this one still holds its store, which is given back.
    #[track_caller]
    pub(crate) fn take_over(&mut self) -> (Box<dyn Store>, Loaded) {
        let new = (self.open)();
        let old = std::mem::replace(&mut self.writer, new);
        let loaded = self.writer.load().expect("it loads");
        (old, std::mem::replace(&mut self.loaded, loaded))
    }

    /// Restarts, and expects to find exactly what was committed.
    #[track_caller]
    pub(crate) fn restart_and_compare(&mut self) {
        let number = self.loaded.number;
        self.restart();
        let found = state_of(&self.loaded);
        assert_eq!(self.loaded.number, number);
        assert!(found == self.state, "{found:#?}\nis not\n{:#?}", self.state);
    }

    /// Deliveries that are due, by number.
    #[track_caller]
    pub(crate) fn due(&mut self, receiver: &str, now: Timestamp) -> Vec<u64> {
        let due = self.due_in_full(receiver, now);
        due.into_iter().map(|due| due.delivery.id.0).collect()
    }

    /// Deliveries that are due, with what is known of them.
    #[track_caller]
    pub(crate) fn due_in_full(&mut self, receiver: &str, now: Timestamp) -> Vec<Due> {
        self.reader.due(receiver, now, MANY).expect("it answers")
    }

    /// The timeline of an incident.
    #[track_caller]
    pub(crate) fn timeline(&mut self, incident: u64, at_most: u32) -> Vec<Line> {
        let incident = IncidentId(incident);
        self.lines(&Question::Timeline { incident, at_most })
    }

    /// The timeline of a host.
    #[track_caller]
    pub(crate) fn host_timeline(&mut self, host: &str, at_most: u32) -> Vec<Line> {
        let host = EntityId::new(host);
        self.lines(&Question::HostTimeline { host, at_most })
    }

    #[track_caller]
    fn lines(&mut self, question: &Question) -> Vec<Line> {
        match self.reader.ask(question).expect("it answers") {
            Answers::Timeline(lines) => lines,
            other => panic!("{question:?} was answered by {other:?}"),
        }
    }

    /// An incident with its tickets.
    #[track_caller]
    pub(crate) fn incident(&mut self, id: u64) -> Option<(Incident, Vec<Ticket>)> {
        match self
            .reader
            .ask(&Question::Incident(IncidentId(id)))
            .expect("it answers")
        {
            Answers::Incident(found) => found.map(|found| *found),
            other => panic!("an incident was answered by {other:?}"),
        }
    }

    /// Archived incidents, by number.
    #[track_caller]
    pub(crate) fn archived(&mut self, before: u64, at_most: u32) -> Vec<u64> {
        let before = IncidentId(before);
        match self
            .reader
            .ask(&Question::Archived { before, at_most })
            .expect("it answers")
        {
            Answers::Archived(found) => found.iter().map(|incident| incident.id.0).collect(),
            other => panic!("the archive was answered by {other:?}"),
        }
    }

    /// The deliveries of an incident.
    #[track_caller]
    pub(crate) fn deliveries(&mut self, incident: u64) -> Vec<DeliveryRow> {
        let question = Question::Deliveries {
            incident: IncidentId(incident),
            at_most: MANY,
        };
        match self.reader.ask(&question).expect("it answers") {
            Answers::Deliveries(rows) => rows,
            other => panic!("deliveries were answered by {other:?}"),
        }
    }

    /// The deliveries a question asks for.
    #[track_caller]
    pub(crate) fn listed(&mut self, question: &Question) -> Vec<DeliveryRow> {
        match self.reader.ask(question).expect("it answers") {
            Answers::Deliveries(rows) => rows,
            other => panic!("deliveries were answered by {other:?}"),
        }
    }

    /// What waits where.
    #[track_caller]
    pub(crate) fn backlog(&mut self) -> Vec<Backlog> {
        match self.reader.ask(&Question::Backlog).expect("it answers") {
            Answers::Backlog(backlog) => backlog,
            other => panic!("the backlog was answered by {other:?}"),
        }
    }

    /// What is recorded.
    #[track_caller]
    pub(crate) fn recording(&mut self) -> Recording {
        match self.reader.ask(&Question::Recording).expect("it answers") {
            Answers::Recording(recording) => recording,
            other => panic!("what is recorded was answered by {other:?}"),
        }
    }

    /// Forgets until nothing is left to forget; says how many calls that took.
    #[track_caller]
    pub(crate) fn forget(&mut self, limits: &Limits) -> u32 {
        let mut calls = 0;
        while self.writer.forget(limits).expect("it forgets") > 0 {
            calls += 1;
        }
        calls
    }
}

/// Forgets what was over before then, and nothing that was recorded.
pub(crate) fn timeline_before(limit: Timestamp) -> Limits {
    Limits {
        timeline: limit,
        inputs: Timestamp::MIN,
        inputs_bytes: u64::MAX,
    }
}

/// A delivery that the receiver carried out.
pub(crate) fn done(id: u64) -> Change {
    Change::SettleDelivery(DeliveryId(id), Fate::Done { ticket: None })
}

/// A delivery that the receiver will never carry out.
pub(crate) fn dead(id: u64, why: &str) -> Change {
    Change::SettleDelivery(DeliveryId(id), Fate::Dead { why: why.into() })
}

/// What a load makes of an engine.
pub(crate) fn state_of(loaded: &Loaded) -> State {
    let now = loaded.now.unwrap_or(Timestamp::MIN);
    let mut state = State::resume(now, loaded.counters);
    for change in &loaded.records {
        state.apply(change);
    }
    state
}
