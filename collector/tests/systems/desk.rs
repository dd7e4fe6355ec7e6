//! A ticket system in memory that is told what to be: the wire of one vendor, and the
//! troubles a test puts in its way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use vedette_collector::receiver::render::Outgoing;
use vedette_collector::receiver::sender::Carried;
use vedette_collector::receiver::{Arrival, Carrier, Response};

/// One request, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// Null where the body is no JSON.
    pub(crate) json: Value,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn query(&self, name: &str) -> &str {
        let mut query = self.query.iter();
        let found = query.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The parts of the path, none of them empty.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.path
            .split('/')
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// A text in the JSON body; empty where it is not there.
    pub(crate) fn text(&self, pointer: &str) -> String {
        match self.json.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }

    /// The parameters of a form.
    pub(crate) fn form(&self, name: &str) -> String {
        let url = reqwest::Url::parse(&format!("http://x/?{}", self.body)).unwrap();
        let mut pairs = url.query_pairs();
        let found = pairs.find(|(known, _)| known == name);
        found.map_or(String::new(), |(_, value)| value.into_owned())
    }
}

/// What it answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// An answer in JSON.
pub(crate) fn json(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        headers: vec![("content-type", "application/json".into())],
        body: body.to_string(),
    }
}

/// An answer in text.
pub(crate) fn text(status: u16, body: &str) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

impl Reply {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }
}

/// One vendor's wire.
pub(crate) trait System: Send + 'static {
    /// Does what is asked, as the documentation says.
    fn answer(&mut self, asked: &Asked) -> Reply;
    /// The tickets it has, in the order they were made.
    fn tickets(&self) -> Vec<Held>;
    /// Whether a request makes a ticket: what is in the way of creating applies to these.
    fn makes(&self, asked: &Asked) -> bool;
}

/// A ticket as a person would see it there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) status: String,
    pub(crate) priority: String,
    pub(crate) owner: String,
    /// What it was made with, then every comment.
    pub(crate) texts: Vec<String>,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// Answers so, and does nothing.
    Says(Reply),
    /// Does it, and nobody says so.
    DoneAndLost,
    /// Does it, and says this.
    DoneAndSays(Reply),
    /// Nothing arrives, and nobody says so.
    Lost,
    /// The connection cannot be made.
    Away,
}

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Desk {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    system: Box<dyn System>,
    asked: Vec<Asked>,
    in_the_way: VecDeque<(When, Trouble)>,
}

/// Which requests a trouble is for.
#[derive(Debug, Clone)]
enum When {
    Creating,
    /// The line of the request begins so.
    Line(String),
}

impl Desk {
    pub(crate) fn of(system: impl System) -> Desk {
        Desk {
            inner: Arc::new(Mutex::new(Inner {
                system: Box::new(system),
                asked: Vec::new(),
                in_the_way: VecDeque::new(),
            })),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// What happens to the next creating.
    pub(crate) fn when_creating(&self, trouble: Trouble) {
        self.lock().in_the_way.push_back((When::Creating, trouble));
    }

    /// What happens to the next request whose line (`PUT /issue/1`) begins so.
    pub(crate) fn when_asked(&self, line: &str, trouble: Trouble) {
        self.lock()
            .in_the_way
            .push_back((When::Line(line.into()), trouble));
    }

    /// Everything it was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.lock().asked.clone()
    }

    /// The same, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(line_of).collect()
    }

    pub(crate) fn tickets(&self) -> Vec<Held> {
        self.lock().system.tickets()
    }

    /// Every ticket is gone: what is asked of one is answered with 404.
    pub(crate) fn forget_tickets(&self) {
        let gone = json(404, &Value::Null);
        // More than anything will ask.
        for _ in 0..64 {
            self.when_asked("", Trouble::Says(gone.clone()));
        }
    }

    /// As somebody else would ask it.
    pub(crate) fn ask(&self, method: &'static str, path: &str, json: Value) -> Reply {
        let asked = Asked {
            method,
            origin: String::new(),
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: json.to_string(),
            json,
        };
        self.lock().system.answer(&asked)
    }

    fn arrival(&self, outgoing: &Outgoing) -> Arrival {
        let asked = taken_apart(outgoing);
        let mut inner = self.lock();
        let inner = &mut *inner;
        inner.asked.push(asked.clone());
        let line = line_of(&asked);
        let is_meant = |(when, _): &(When, Trouble)| match when {
            When::Creating => inner.system.makes(&asked),
            When::Line(beginning) => line.starts_with(beginning.as_str()),
        };
        let at = inner.in_the_way.iter().position(is_meant);
        let trouble = at
            .and_then(|at| inner.in_the_way.remove(at))
            .map(|(_, trouble)| trouble);
        let lost = Arrival::Lost {
            why: "it did not answer in time".into(),
        };
        match trouble {
            None => answered(inner.system.answer(&asked)),
            Some(Trouble::Says(reply)) => answered(reply),
            Some(Trouble::DoneAndLost) => {
                inner.system.answer(&asked);
                lost
            }
            Some(Trouble::DoneAndSays(reply)) => {
                inner.system.answer(&asked);
                answered(reply)
            }
            Some(Trouble::Lost) => lost,
            Some(Trouble::Away) => Arrival::NotSent {
                why: "it cannot be reached".into(),
            },
        }
    }
}

fn line_of(asked: &Asked) -> String {
    format!("{} {}", asked.method, asked.path)
}

fn answered(reply: Reply) -> Arrival {
    let headers = reply.headers.into_iter();
    Arrival::Answered(Response {
        status: reply.status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body: reply.body.into_bytes(),
    })
}

fn taken_apart(outgoing: &Outgoing) -> Asked {
    let body = String::from_utf8(outgoing.body.clone()).unwrap();
    Asked {
        method: outgoing.method.as_str(),
        origin: outgoing.url.origin().ascii_serialization(),
        path: outgoing.url.path().to_owned(),
        query: outgoing.url.query_pairs().into_owned().collect(),
        headers: outgoing.headers.clone(),
        json: serde_json::from_str(&body).unwrap_or(Value::Null),
        body,
    }
}

impl Carrier for Desk {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing) -> Carried<'a> {
        Box::pin(async move { self.arrival(outgoing) })
    }
}
