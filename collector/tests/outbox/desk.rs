//! A ticket system in memory that speaks two languages and misbehaves on command.
//!
//! One address (`POST /`, with an idempotency key), or one for each thing (`/tickets`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use vedette_collector::receiver::render::Outgoing;
use vedette_collector::receiver::sender::Carried;
use vedette_collector::receiver::{Arrival, Carrier, Response};

/// What it does with one request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Does {
    /// Answers with this status (and `Retry-After`) and does nothing.
    Refuse(u16, Option<&'static str>),
    /// The connection cannot be made.
    CannotBeReached,
    /// Nothing arrives, and nobody says so.
    Lose,
    /// Does it, and nobody says so.
    DoAndLose,
    /// Does it so much later, and nobody says so.
    DoLaterAndLose(Duration),
    /// Does it and answers with this status.
    DoAndSay(u16),
    /// Answers 201 with the id of a ticket that is not there.
    SayDone,
    /// Never answers.
    Hang,
    /// Does it, slowly.
    Slow(Duration),
}

/// Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Desk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    told: Vec<String>,
    bodies: Vec<String>,
    scripted: VecDeque<Does>,
    after_verifying: VecDeque<Does>,
    standing: Option<Does>,
    tickets: Vec<Ticket>,
    token: Option<&'static str>,
    filters_ignored: bool,
    closing_refused: bool,
    closings_failing: u32,
}

struct Ticket {
    key: String,
    status: &'static str,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// The next so many requests are treated so.
    pub(crate) fn next(&self, count: usize, does: &Does) {
        let more = std::iter::repeat_n(does.clone(), count);
        self.lock().scripted.extend(more);
    }

    /// The same, but for the verifying before them.
    pub(crate) fn after_verifying(&self, count: usize, does: &Does) {
        let more = std::iter::repeat_n(does.clone(), count);
        self.lock().after_verifying.extend(more);
    }

    /// Every request is treated so, until said otherwise.
    pub(crate) fn always(&self, does: Option<Does>) {
        self.lock().standing = does;
    }

    pub(crate) fn wants_token(&self, token: &'static str) {
        self.lock().token = Some(token);
    }

    pub(crate) fn ignore_filters(&self) {
        self.lock().filters_ignored = true;
    }

    pub(crate) fn refuse_to_close(&self) {
        self.lock().closing_refused = true;
    }

    pub(crate) fn fail_closing(&self, times: u32) {
        self.lock().closings_failing = times;
    }

    pub(crate) fn lose_tickets(&self) {
        self.lock().tickets.clear();
    }

    pub(crate) fn make(&self, key: &str) {
        self.lock().make(key);
    }

    /// What it was asked, a line each.
    pub(crate) fn told(&self) -> Vec<String> {
        self.lock().told.clone()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.lock().bodies.clone()
    }

    /// The keys of its tickets.
    pub(crate) fn tickets(&self) -> Vec<String> {
        self.lock()
            .tickets
            .iter()
            .map(|ticket| ticket.key.clone())
            .collect()
    }

    async fn carried(&self, outgoing: &Outgoing) -> Arrival {
        let path = outgoing.url.path().to_owned();
        let does = {
            let mut inner = self.lock();
            inner
                .bodies
                .push(String::from_utf8_lossy(&outgoing.body).into_owned());
            let scripted = match path.as_str() {
                "/verify" => None,
                _ => inner.after_verifying.pop_front(),
            };
            let scripted = scripted.or_else(|| inner.scripted.pop_front());
            scripted.or_else(|| inner.standing.clone())
        };
        let answered = |(status, body): (u16, Value)| {
            Arrival::Answered(Response {
                status,
                headers: Vec::new(),
                body: body.to_string().into_bytes(),
            })
        };
        let lost = Arrival::Lost {
            why: "it did not answer in time".into(),
        };
        match does {
            None => answered(self.lock().handle(outgoing)),
            Some(Does::Refuse(status, retry_after)) => {
                self.lock().told.push("refused".into());
                let headers = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned()));
                Arrival::Answered(Response {
                    status,
                    headers: headers.into_iter().collect(),
                    body: Vec::new(),
                })
            }
            Some(Does::CannotBeReached) => Arrival::NotSent {
                why: "it cannot be reached".into(),
            },
            Some(Does::Lose) => {
                self.lock().told.push("lost".into());
                lost
            }
            Some(Does::DoAndLose) => {
                self.lock().handle(outgoing);
                lost
            }
            Some(Does::DoLaterAndLose(after)) => {
                let (desk, outgoing) = (self.clone(), outgoing.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    desk.lock().handle(&outgoing);
                });
                lost
            }
            Some(Does::DoAndSay(status)) => {
                let (_, body) = self.lock().handle(outgoing);
                answered((status, body))
            }
            Some(Does::SayDone) => answered((201, json!({ "id": "T-99" }))),
            Some(Does::Hang) => {
                self.lock().told.push("hangs".into());
                std::future::pending().await
            }
            Some(Does::Slow(time)) => {
                let reply = self.lock().handle(outgoing);
                tokio::time::sleep(time).await;
                answered(reply)
            }
        }
    }
}

impl Inner {
    fn make(&mut self, key: &str) -> String {
        self.tickets.push(Ticket {
            key: key.to_owned(),
            status: "open",
        });
        format!("T-{}", self.tickets.len())
    }

    fn handle(&mut self, outgoing: &Outgoing) -> (u16, Value) {
        let header = |name: &str| {
            let mut headers = outgoing.headers.iter();
            let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let authorization = header("authorization");
        if self
            .token
            .is_some_and(|token| authorization != format!("token {token}"))
        {
            let body = json!({ "message": format!("not you: {authorization}") });
            return (401, body);
        }
        let body: Value = serde_json::from_slice(&outgoing.body).unwrap_or(Value::Null);
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let path: Vec<&str> = outgoing
            .url
            .path()
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        match (outgoing.method.as_str(), path.as_slice()) {
            ("GET", ["verify"]) => {
                self.told.push("verify".into());
                (200, json!({}))
            }
            ("POST", []) => {
                self.told
                    .push(format!("told {}", header("idempotency-key")));
                (200, json!({}))
            }
            ("GET", ["tickets"]) => {
                let mut pairs = outgoing.url.query_pairs();
                let key = pairs
                    .find(|(name, _)| name == "key")
                    .unwrap()
                    .1
                    .into_owned();
                self.told.push(format!("find {key}"));
                self.found(&key)
            }
            ("POST", ["tickets"]) => {
                let key = text("key");
                self.told.push(format!("create {key}"));
                let id = self.make(&key);
                (201, json!({ "id": id }))
            }
            (method, ["tickets", id, rest @ ..]) => self.one(method, id, rest),
            (method, path) => panic!("nobody asks {method} {path:?}"),
        }
    }

    fn found(&self, key: &str) -> (u16, Value) {
        let rows: Vec<Value> = self
            .tickets
            .iter()
            .enumerate()
            .filter(|(_, ticket)| self.filters_ignored || ticket.key == key)
            .map(|(at, ticket)| json!({ "id": format!("T-{}", at + 1), "key": ticket.key }))
            .collect();
        (200, json!({ "tickets": rows }))
    }

    fn one(&mut self, method: &str, id: &str, rest: &[&str]) -> (u16, Value) {
        let number: usize = id.trim_start_matches("T-").parse().unwrap();
        let Some(ticket) = self.tickets.get_mut(number - 1) else {
            return (404, json!({ "message": "no such ticket" }));
        };
        match (method, rest) {
            ("GET", []) => {
                self.told.push(format!("read {id}"));
                (
                    200,
                    json!({ "id": id, "key": ticket.key, "status": ticket.status }),
                )
            }
            ("POST", ["comments"]) => {
                self.told.push(format!("comment {id}"));
                (201, json!(["Comments added"]))
            }
            ("PATCH", []) if self.closings_failing > 0 => {
                self.closings_failing -= 1;
                (503, json!({}))
            }
            ("PATCH", []) if self.closing_refused => {
                (200, json!(["Status 'closed' isn't a valid status"]))
            }
            ("PATCH", []) => {
                self.told.push(format!("close {id}"));
                ticket.status = "closed";
                (200, json!(["Status changed"]))
            }
            (method, rest) => panic!("nobody asks {method} {rest:?}"),
        }
    }
}

impl Carrier for Desk {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing) -> Carried<'a> {
        Box::pin(self.carried(outgoing))
    }
}
