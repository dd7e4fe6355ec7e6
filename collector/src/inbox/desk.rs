//! Keeps the tickets of an inbox, and decides what a message does to them.
//!
//! Pure: messages in, numbers out. A repeated idempotency key changes nothing and gets
//! the first answer again. The oldest ticket makes room for the newest.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use vedette_triage::Timestamp;

/// Tickets that are kept; the oldest makes room.
const TICKETS_MAX: usize = 10_000;
/// Messages of one ticket that are kept; the oldest but the first make room.
const MESSAGES_MAX: usize = 200;
/// Idempotency keys that are remembered; the oldest makes room.
const KEYS_MAX: usize = 100_000;

/// What profile `generic` sends, as far as the inbox reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// `open`, `update`, `note`, `acknowledge`, `resolve`, `reopen`.
    pub action: String,
    /// Which ticket.
    pub ticket_key: String,
    /// Which message.
    pub idempotency_key: String,
    /// The title.
    pub subject: String,
    /// The text.
    pub text: String,
    /// All of it.
    pub whole: Value,
}

impl Message {
    /// Reads one.
    ///
    /// # Errors
    /// A sentence that says what is missing.
    pub fn parse(body: &[u8], idempotency_key: Option<&str>) -> Result<Message, String> {
        let whole: Value = serde_json::from_slice(body)
            .map_err(|error| format!("the body is not JSON: {error}"))?;
        let text = |name: &str| whole.get(name).and_then(Value::as_str).map(str::to_owned);
        let required = |name: &str| {
            text(name).ok_or_else(|| {
                format!(
                    "the body has no text `{name}`; the inbox takes what profile `generic` sends"
                )
            })
        };
        Ok(Message {
            action: required("action")?,
            ticket_key: required("ticket_key")?,
            idempotency_key: idempotency_key
                .map(str::to_owned)
                .or_else(|| text("idempotency_key"))
                .unwrap_or_default(),
            subject: required("subject")?,
            text: text("text").unwrap_or_default(),
            whole,
        })
    }
}

/// One ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Its number here, from 1.
    pub number: u64,
    /// The sender's key for it.
    pub key: String,
    /// Its title now.
    pub subject: String,
    /// Whether it is resolved.
    pub is_resolved: bool,
    /// When it came.
    pub at: Timestamp,
    /// Its messages, the first one first.
    pub messages: VecDeque<(Timestamp, Message)>,
}

/// What a message did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The ticket's number.
    pub number: u64,
    /// What it did to the ticket.
    pub did: Did,
}

/// What a message did to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// Made it.
    New,
    /// Was added to it.
    Added,
    /// Nothing: it had come before.
    Repeated,
}

/// The tickets.
#[derive(Debug, Default)]
pub struct Desk {
    tickets: BTreeMap<u64, Ticket>,
    numbers: BTreeMap<String, u64>,
    last: u64,
    answered: BTreeMap<String, u64>,
    answered_order: VecDeque<String>,
}

impl Desk {
    /// Takes a message.
    pub fn take(&mut self, message: &Message, at: Timestamp) -> Taken {
        if let Some(number) = self.answered.get(&message.idempotency_key) {
            return Taken {
                number: *number,
                did: Did::Repeated,
            };
        }
        let known = self.numbers.get(&message.ticket_key).copied();
        let (number, did) = match known {
            Some(number) => (number, Did::Added),
            // An inbox that was started again knows no older ticket; it is new here.
            None => (self.make(message, at), Did::New),
        };
        if let Some(ticket) = self.tickets.get_mut(&number) {
            ticket.subject.clone_from(&message.subject);
            ticket.is_resolved = match message.action.as_str() {
                "resolve" => true,
                "open" | "reopen" => false,
                _ => ticket.is_resolved,
            };
            ticket.messages.push_back((at, message.clone()));
            if ticket.messages.len() > MESSAGES_MAX {
                ticket.messages.remove(1);
            }
        }
        self.remember(&message.idempotency_key, number);
        Taken { number, did }
    }

    /// Whether a message has come before.
    pub fn knows(&self, message: &Message) -> bool {
        self.answered.contains_key(&message.idempotency_key)
    }

    /// A ticket by its number.
    pub fn ticket(&self, number: u64) -> Option<&Ticket> {
        self.tickets.get(&number)
    }

    /// All of them, the newest first.
    pub fn tickets(&self) -> impl ExactSizeIterator<Item = &Ticket> {
        self.tickets.values().rev()
    }

    fn make(&mut self, message: &Message, at: Timestamp) -> u64 {
        if self.tickets.len() >= TICKETS_MAX
            && let Some((_, oldest)) = self.tickets.pop_first()
        {
            self.numbers.remove(&oldest.key);
        }
        self.last += 1;
        let ticket = Ticket {
            number: self.last,
            key: message.ticket_key.clone(),
            subject: message.subject.clone(),
            is_resolved: false,
            at,
            messages: VecDeque::new(),
        };
        self.tickets.insert(self.last, ticket);
        self.numbers.insert(message.ticket_key.clone(), self.last);
        self.last
    }

    fn remember(&mut self, key: &str, number: u64) {
        if key.is_empty() {
            return;
        }
        if self.answered_order.len() >= KEYS_MAX
            && let Some(oldest) = self.answered_order.pop_front()
        {
            self.answered.remove(&oldest);
        }
        self.answered.insert(key.to_owned(), number);
        self.answered_order.push_back(key.to_owned());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn messages_with_the_same_key_are_one_ticket() {
        check(
            &[
                ("open", "K-1", "a"),
                ("update", "K-1", "b"),
                ("open", "K-2", "c"),
            ],
            &[(1, Did::New), (1, Did::Added), (2, Did::New)],
        );
    }

    #[test]
    fn a_repeated_message_changes_nothing() {
        check(
            &[
                ("open", "K-1", "a"),
                ("open", "K-1", "a"),
                ("resolve", "K-1", "b"),
                ("open", "K-1", "a"),
            ],
            &[
                (1, Did::New),
                (1, Did::Repeated),
                (1, Did::Added),
                (1, Did::Repeated),
            ],
        );
    }

    #[test]
    fn a_ticket_that_was_forgotten_is_new() {
        check(&[("resolve", "K-9", "a")], &[(1, Did::New)]);
    }

    #[test]
    fn a_ticket_is_resolved_and_comes_back() {
        let mut desk = Desk::default();
        for (action, is_resolved) in [
            ("open", false),
            ("resolve", true),
            ("note", true),
            ("reopen", false),
        ] {
            desk.take(&message(action, "K-1", action), Timestamp::default());
            assert_eq!(desk.ticket(1).unwrap().is_resolved, is_resolved, "{action}");
        }
    }

    #[test]
    fn the_oldest_ticket_makes_room() {
        let mut desk = Desk::default();
        for number in 0..TICKETS_MAX + 5 {
            let key = format!("K-{number}");
            desk.take(&message("open", &key, &key), Timestamp::default());
        }
        assert_eq!(desk.tickets().len(), TICKETS_MAX);
        assert!(desk.ticket(5).is_none());
        assert!(desk.ticket(6).is_some());
    }

    #[test]
    fn what_the_inbox_cannot_read_is_told_to_its_sender() {
        for (body, expected) in [
            ("{", "not JSON"),
            ("[]", "no text `action`"),
            (r#"{"action":"open"}"#, "no text `ticket_key`"),
        ] {
            let error = Message::parse(body.as_bytes(), None).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    fn message(action: &str, ticket_key: &str, idempotency_key: &str) -> Message {
        Message {
            action: action.into(),
            ticket_key: ticket_key.into(),
            idempotency_key: idempotency_key.into(),
            subject: "something".into(),
            text: String::new(),
            whole: Value::Null,
        }
    }

    #[track_caller]
    fn check(messages: &[(&str, &str, &str)], expected: &[(u64, Did)]) {
        let mut desk = Desk::default();
        let taken: Vec<(u64, Did)> = messages
            .iter()
            .map(|(action, ticket, key)| {
                let taken = desk.take(&message(action, ticket, key), Timestamp::default());
                (taken.number, taken.did)
            })
            .collect();
        assert_eq!(taken, expected);
    }
}
