//! ServiceNow: ignores the part of a query that it does not know, wants a close code.

use serde_json::{Value, json as value};

use super::{is_basic, of_id};
use crate::desk::{Asked, Held, Reply, System, json};

#[derive(Default)]
pub(crate) struct ServiceNow {
    pub(crate) incidents: Vec<Held>,
    /// An access rule keeps correlation_id from being written.
    pub(crate) drops_key: bool,
    pub(crate) ignores_query: bool,
    /// A data policy wants a field that the profile does not send.
    pub(crate) wants_more: bool,
}

impl System for ServiceNow {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if !asked.origin.is_empty() && !is_basic(asked, "vedette") {
            return json(
                401,
                &value!({ "error": { "message": "User Not Authenticated" } }),
            );
        }
        match (asked.method, asked.parts()[3..].to_vec().as_slice()) {
            ("GET", ["incident"]) => self.query(asked),
            ("POST", ["incident"]) => self.create(asked),
            (method, ["incident", id]) => {
                let id = (*id).to_owned();
                self.one(method, &id, asked)
            }
            (method, parts) => panic!("nobody asks {method} {parts:?}"),
        }
    }

    fn tickets(&self) -> Vec<Held> {
        self.incidents.clone()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.method == "POST"
    }
}

impl ServiceNow {
    fn query(&self, asked: &Asked) -> Reply {
        let query = asked.query("sysparm_query");
        let found: Vec<Value> = self
            .incidents
            .iter()
            .filter(|held| {
                self.ignores_query || query.contains(&format!("correlation_id={}^", held.key))
            })
            .map(shown)
            .collect();
        match found.is_empty() {
            true => json(404, &value!({ "error": { "message": "No Record found" } })),
            false => json(200, &value!({ "result": found })),
        }
    }

    fn create(&mut self, asked: &Asked) -> Reply {
        let number = self.incidents.len() + 1;
        let incident = Held {
            id: format!("{number:032x}"),
            key: if self.drops_key {
                String::new()
            } else {
                asked.text("/correlation_id")
            },
            title: asked.text("/short_description"),
            status: "1".into(),
            priority: format!("{}/{}", asked.text("/urgency"), asked.text("/impact")),
            texts: vec![asked.text("/description")],
            owner: asked.text("/assignment_group"),
        };
        let answer = value!({ "result": shown(&incident) });
        self.incidents.push(incident);
        json(201, &answer).with(
            "location",
            format!("https://x.service-now.com/api/now/table/incident/{number:032x}"),
        )
    }

    fn one(&mut self, method: &str, id: &str, asked: &Asked) -> Reply {
        let wants_more = self.wants_more;
        let Some(incident) = of_id(&mut self.incidents, id) else {
            return json(404, &value!({ "error": { "message": "No Record found" } }));
        };
        if method == "PATCH" {
            let is_closing = asked.text("/state") == "6";
            let is_whole =
                !asked.text("/close_code").is_empty() && !asked.text("/close_notes").is_empty();
            if is_closing && (!is_whole || wants_more) {
                let why = "Data Policy Exception: The following fields are mandatory";
                return json(
                    403,
                    &value!({ "error": { "message": "Operation Failed", "detail": why } }),
                );
            }
            let take = |name: &str, into: &mut String| {
                let new = asked.text(name);
                if !new.is_empty() {
                    *into = new;
                }
            };
            take("/state", &mut incident.status);
            take("/short_description", &mut incident.title);
            take("/assigned_to", &mut incident.owner);
            let note = asked.text("/work_notes");
            incident.texts.push(note);
        }
        json(200, &value!({ "result": shown(incident) }))
    }
}

fn shown(held: &Held) -> Value {
    value!({
        "sys_id": held.id, "number": "INC0010001", "state": held.status, "correlation_id": held.key,
        "assigned_to.user_name": held.owner, "sys_updated_by": "operator", "sys_updated_on": "2026-11-24 13:33:00",
    })
}
