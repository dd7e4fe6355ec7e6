//! A ticket system that keeps what it is told, and misbehaves on command.
//!
//! In: HTTP requests on a loopback port; [`Behaviour`]s a test puts in its way.
//! Out: every [`Request`] as it came, every [`Ticket`] as it stands.
//!
//! It speaks two languages at once:
//! * *one address*: `POST /` with any JSON object. `ticket_key` in it says which ticket
//!   is meant; the first makes it, later ones are added to it.
//! * *one address per thing*: `POST /tickets {"key", ..}` makes one (201), whatever the
//!   key; `GET /tickets?key=K` and `GET /tickets/T-1` read; `PATCH /tickets/T-1` and
//!   `POST /tickets/T-1/comments` change one (404 for one that is not there).
//!
//! A repeated `Idempotency-Key` gets the first answer again and changes nothing.
//! Knows nothing of collectors, profiles or incidents.

mod desk;
mod door;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;

use crate::scratch::free_port;
use crate::wait::PATIENCE;
use desk::Desk;
pub use desk::Ticket;
use door::Door;

/// What the ticket system does with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// What it should.
    Well,
    /// Answers with this status and does nothing.
    Refuse {
        /// The status: 503, 429, 400.
        status: u16,
        /// The value of a `Retry-After` header: seconds or a date.
        retry_after: Option<String>,
    },
    /// Does nothing and never answers.
    Hang,
    /// Does what it should and never answers: for the sender, a timeout after creating.
    DoneButHang,
    /// Does what it should and answers with this status: 500 after creating.
    DoneButSays(u16),
    /// Answers 200 without doing anything.
    SaysDone,
}

impl Behaviour {
    /// Answers 503 and does nothing.
    pub fn unavailable() -> Behaviour {
        Behaviour::Refuse {
            status: 503,
            retry_after: None,
        }
    }
}

/// One request, as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, undecoded; empty without one.
    pub query: String,
    /// The headers, names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
    /// What was done with it.
    pub behaviour: Behaviour,
}

impl Request {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; panics and shows it when it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {:?}", self.body))
    }
}

/// A ticket system on a port of its own.
#[derive(Debug)]
pub struct TicketSystem {
    shared: Arc<Shared>,
    port: u16,
    door: Option<Door>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Told after every request: whoever waits for one need not look again and again.
    came: Condvar,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<Request>,
    /// What happens to the next requests, in order; then `standing`.
    scripted: VecDeque<Behaviour>,
    standing: Option<Behaviour>,
    desk: Desk,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it was held is the test's failure already.
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    fn next_behaviour(&mut self) -> Behaviour {
        let scripted = self.scripted.pop_front();
        scripted
            .or_else(|| self.standing.clone())
            .unwrap_or(Behaviour::Well)
    }
}

impl TicketSystem {
    /// Opens one that behaves well.
    pub fn start() -> TicketSystem {
        let mut system = TicketSystem {
            shared: Arc::new(Shared::default()),
            port: free_port(),
            door: None,
        };
        system.come_back();
        system
    }

    /// Where it is, with a slash at the end: the address of the one-address language.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The port of 127.0.0.1 it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next `count` requests are treated so, after those already scripted.
    pub fn next(&self, count: usize, behaviour: &Behaviour) {
        let more = std::iter::repeat_n(behaviour.clone(), count);
        self.shared.state().scripted.extend(more);
    }

    /// Every request that is not scripted is treated so, until said otherwise.
    pub fn from_now_on(&self, behaviour: Behaviour) {
        self.shared.state().standing = Some(behaviour);
    }

    /// Nobody listens any more: connections are refused.
    pub fn go_away(&mut self) {
        self.door = None;
    }

    /// Listens again, on the same port, with everything it knew.
    pub fn come_back(&mut self) {
        self.door = Some(Door::open(self.port, Arc::clone(&self.shared)));
    }

    /// Every request so far, in the order they came.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// Every ticket, in the order they were made.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.shared.state().desk.tickets().to_vec()
    }

    /// Waits for at least `count` requests, and gives all there are.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) -> Vec<Request> {
        let what = format!("{count} requests to the ticket system");
        self.wait_for(&what, |system| system.len() >= count);
        self.requests()
    }

    /// Waits until the requests so far satisfy `enough`; panics after [`PATIENCE`].
    #[track_caller]
    pub fn wait_for(&self, what: &str, enough: impl Fn(&[Request]) -> bool) {
        self.wait(what, PATIENCE, |state| enough(&state.requests));
    }

    /// Waits until the tickets satisfy `enough`, and gives them; panics after `limit`.
    #[track_caller]
    pub fn wait_for_tickets(
        &self,
        what: &str,
        limit: Duration,
        enough: impl Fn(&[Ticket]) -> bool,
    ) -> Vec<Ticket> {
        self.wait(what, limit, |state| enough(state.desk.tickets()));
        self.tickets()
    }

    #[track_caller]
    fn wait(&self, what: &str, limit: Duration, enough: impl Fn(&State) -> bool) {
        let state = self.shared.state();
        let waited = self
            .shared
            .came
            .wait_timeout_while(state, limit, |state| !enough(state));
        let (state, timeout) = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
        let came = state.requests.len();
        drop(state);
        assert!(
            !timeout.timed_out(),
            "waited {limit:?} in vain for {what}; {came} requests came"
        );
    }
}
