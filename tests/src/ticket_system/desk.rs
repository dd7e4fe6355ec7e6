//! The tickets, and what a well-behaved ticket system does with a request.
//!
//! In: method, path, query, body, idempotency key. Out: status and JSON.
//! Knows nothing of sockets or of misbehaving.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// One ticket, as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Its number here: `T-1`, `T-2`, ...
    pub id: String,
    /// The sender's key for it, as it was said when the ticket was made.
    pub key: Option<String>,
    /// Its fields: those of the latest message win.
    pub fields: serde_json::Map<String, Value>,
    /// Every message about it, the making first.
    pub messages: Vec<Value>,
}

impl Ticket {
    /// One of its fields, as text; empty when it has none.
    pub fn text(&self, field: &str) -> &str {
        self.fields
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// One field of every message in order, as text: how the ticket came to be what it is.
    pub fn texts(&self, field: &str) -> Vec<&str> {
        let values = self
            .messages
            .iter()
            .filter_map(|message| message.get(field));
        values.filter_map(Value::as_str).collect()
    }
}

/// What is answered: a status and a body.
pub(super) type Reply = (u16, Value);

#[derive(Debug, Default)]
pub(super) struct Desk {
    tickets: Vec<Ticket>,
    answered: BTreeMap<String, Reply>,
}

/// What one request asks of the desk.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a str,
    pub(super) idempotency_key: Option<&'a str>,
}

impl Desk {
    pub(super) fn tickets(&self) -> &[Ticket] {
        &self.tickets
    }

    /// Does what is asked, once per idempotency key.
    pub(super) fn handle(&mut self, asked: &Asked<'_>) -> Reply {
        if let Some(reply) = asked.idempotency_key.and_then(|key| self.answered.get(key)) {
            return reply.clone();
        }
        let reply = self.dispatch(asked);
        if let Some(key) = asked.idempotency_key {
            self.answered.insert(key.to_owned(), reply.clone());
        }
        reply
    }

    fn dispatch(&mut self, asked: &Asked<'_>) -> Reply {
        let parts: Vec<&str> = asked
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        if asked.method == "GET" {
            return match parts.as_slice() {
                [] => (200, json!({ "ready": true })),
                ["tickets"] => self.search(asked.query),
                ["tickets", id] => self.read(id),
                _ => not_found(asked.path),
            };
        }
        let Ok(Value::Object(body)) = serde_json::from_str(asked.body) else {
            return (400, json!({ "error": "the body is not a JSON object" }));
        };
        match (asked.method, parts.as_slice()) {
            ("POST", []) => self.told(body),
            ("POST", ["tickets"]) => (201, shown(self.create("key", body))),
            ("PATCH", ["tickets", id]) | ("POST", ["tickets", id, "comments"]) => {
                self.change(id, body)
            }
            _ => not_found(asked.path),
        }
    }

    /// The one-address language: the key says which ticket is meant.
    fn told(&mut self, body: serde_json::Map<String, Value>) -> Reply {
        let key = body.get("ticket_key").and_then(Value::as_str);
        let known = self
            .tickets
            .iter()
            .position(|ticket| key.is_some() && ticket.key.as_deref() == key);
        match known {
            Some(at) => {
                let ticket = &mut self.tickets[at];
                add(ticket, body);
                (200, shown(ticket))
            }
            None => (201, shown(self.create("ticket_key", body))),
        }
    }

    fn create(&mut self, key: &str, body: serde_json::Map<String, Value>) -> &Ticket {
        let at = self.tickets.len();
        self.tickets.push(Ticket {
            id: format!("T-{}", at + 1),
            key: body.get(key).and_then(Value::as_str).map(str::to_owned),
            fields: body.clone(),
            messages: vec![Value::Object(body)],
        });
        &self.tickets[at]
    }

    fn change(&mut self, id: &str, body: serde_json::Map<String, Value>) -> Reply {
        match self.tickets.iter_mut().find(|ticket| ticket.id == id) {
            Some(ticket) => {
                add(ticket, body);
                (200, shown(ticket))
            }
            None => not_found(id),
        }
    }

    fn read(&self, id: &str) -> Reply {
        match self.tickets.iter().find(|ticket| ticket.id == id) {
            Some(ticket) => (200, shown(ticket)),
            None => not_found(id),
        }
    }

    fn search(&self, query: &str) -> Reply {
        // Keys are letters, digits, `-` and `_`: nothing in them is ever encoded.
        let key = query.split('&').find_map(|pair| pair.strip_prefix("key="));
        let rows: Vec<Value> = self
            .tickets
            .iter()
            .filter(|ticket| ticket.key.as_deref() == key)
            .map(shown)
            .collect();
        (200, json!({ "tickets": rows }))
    }
}

fn add(ticket: &mut Ticket, body: serde_json::Map<String, Value>) {
    ticket.fields.extend(body.clone());
    ticket.messages.push(Value::Object(body));
}

fn shown(ticket: &Ticket) -> Value {
    let mut fields = ticket.fields.clone();
    fields.insert("id".to_owned(), json!(ticket.id));
    fields.insert("key".to_owned(), json!(ticket.key));
    Value::Object(fields)
}

fn not_found(what: &str) -> Reply {
    (404, json!({ "error": format!("{what} is not here") }))
}
