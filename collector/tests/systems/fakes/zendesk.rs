//! Zendesk: recognises a repeated key, and closes for good.

use std::collections::BTreeMap;

use serde_json::{Value, json as value};

use super::{is_basic, of_id};
use crate::desk::{Asked, Held, Reply, System, json};

#[derive(Default)]
pub(crate) struct Zendesk {
    pub(crate) held: Vec<Held>,
    /// What was created by which key: body and ticket.
    pub(crate) keys: BTreeMap<String, (String, String)>,
    /// Keys are forgotten: two hours are over.
    pub(crate) forgets: bool,
}

impl System for Zendesk {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if !asked.origin.is_empty() && !is_basic(asked, "bot@example.org/token") {
            return json(401, &value!({ "error": "Couldn't authenticate you" }));
        }
        match (asked.method, asked.parts()[2..].to_vec().as_slice()) {
            ("GET", ["users", "me.json"]) => json(200, &value!({ "user": { "role": "agent" } })),
            ("POST", ["tickets.json"]) => self.create(asked),
            ("GET", ["tickets.json"]) => {
                let key = asked.query("external_id");
                let found = self.held.iter().filter(|held| held.key == key);
                let found: Vec<Value> = found.map(shown).collect();
                json(200, &value!({ "tickets": found, "count": found.len() }))
            }
            (method, ["tickets", id]) => {
                let id = id.trim_end_matches(".json").to_owned();
                self.one(method, &id, asked)
            }
            (method, parts) => panic!("nobody asks {method} {parts:?}"),
        }
    }

    fn tickets(&self) -> Vec<Held> {
        self.held.clone()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.method == "POST"
    }
}

impl Zendesk {
    fn create(&mut self, asked: &Asked) -> Reply {
        let key = asked.header("idempotency-key").to_owned();
        if let Some((body, id)) = self.keys.get(&key).filter(|_| !self.forgets) {
            if *body != asked.body {
                return json(400, &value!({ "error": "IdempotentRequestError" }));
            }
            let held = self.held.iter().find(|held| held.id == *id).unwrap();
            return json(201, &value!({ "ticket": shown(held) }))
                .with("x-idempotency-lookup", "hit");
        }
        if asked.text("/ticket/comment/body").is_empty() {
            return json(
                422,
                &value!({ "error": "RecordInvalid", "description": "Description: cannot be blank" }),
            );
        }
        let held = Held {
            id: (self.held.len() + 1).to_string(),
            key: asked.text("/ticket/external_id"),
            title: asked.text("/ticket/subject"),
            status: "new".into(),
            priority: asked.text("/ticket/priority"),
            owner: asked.text("/ticket/via_followup_source_id"),
            texts: vec![asked.text("/ticket/comment/body")],
        };
        self.keys.insert(key, (asked.body.clone(), held.id.clone()));
        let answer = value!({ "ticket": shown(&held) });
        self.held.push(held);
        json(201, &answer).with("x-idempotency-lookup", "miss")
    }

    fn one(&mut self, method: &str, id: &str, asked: &Asked) -> Reply {
        let Some(held) = of_id(&mut self.held, id) else {
            return json(404, &value!({ "error": "RecordNotFound" }));
        };
        if method == "PUT" {
            if held.status == "closed" {
                let why = "Status: closed prevents ticket update";
                return json(
                    422,
                    &value!({ "error": "RecordInvalid", "description": why }),
                );
            }
            let take = |name: &str, into: &mut String| {
                let new = asked.text(&format!("/ticket/{name}"));
                if !new.is_empty() {
                    *into = new;
                }
            };
            take("status", &mut held.status);
            take("subject", &mut held.title);
            take("priority", &mut held.priority);
            take("assignee_email", &mut held.owner);
            held.texts.push(asked.text("/ticket/comment/body"));
        }
        json(200, &value!({ "ticket": shown(held) }))
    }
}

fn shown(held: &Held) -> Value {
    value!({
        "id": held.id.parse::<u64>().unwrap(), "external_id": held.key, "status": held.status,
        "updated_at": "2026-11-24T13:33:00Z", "assignee_id": null, "tags": ["vedette"],
    })
}
