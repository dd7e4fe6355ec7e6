//! Redmine: answers 204 to what it does not do, ignores filters it does not know, drops
//! custom fields it does not have.

use serde_json::{Value, json as value};

use super::{SECRET, of_id};
use crate::desk::{Asked, Held, Reply, System, json, text};

#[derive(Default)]
pub(crate) struct Redmine {
    pub(crate) issues: Vec<Held>,
    /// The custom field is not one of the tracker's: it is dropped.
    pub(crate) drops_field: bool,
    /// The id of the custom field has changed: the filter is not known.
    pub(crate) ignores_filter: bool,
    /// The workflow allows no status but this.
    pub(crate) stuck: Option<&'static str>,
}

impl System for Redmine {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if asked.header("x-redmine-api-key") != SECRET && !asked.origin.is_empty() {
            return text(401, "");
        }
        match (asked.method, asked.parts().as_slice()) {
            ("GET", ["projects", "infra.json"]) => json(
                200,
                &value!({ "project": { "id": 1, "issue_custom_fields": [{ "id": 7, "name": "alert_key" }] } }),
            ),
            ("POST", ["issues.json"]) => self.create(asked),
            ("GET", ["issues.json"]) => {
                let key = asked.query("cf_7");
                let found: Vec<Value> = self
                    .issues
                    .iter()
                    .filter(|issue| self.ignores_filter || issue.key == key)
                    .map(shown)
                    .collect();
                json(
                    200,
                    &value!({ "issues": found, "total_count": found.len() }),
                )
            }
            (method, ["issues", id]) => {
                let id = id.trim_end_matches(".json").to_owned();
                self.one(method, &id, asked)
            }
            (method, parts) => panic!("nobody asks {method} {parts:?}"),
        }
    }

    fn tickets(&self) -> Vec<Held> {
        self.issues.clone()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.method == "POST"
    }
}

impl Redmine {
    fn create(&mut self, asked: &Asked) -> Reply {
        let is_whole = asked.text("/issue/project_id") == "infra"
            && !asked.text("/issue/subject").is_empty()
            && asked
                .json
                .pointer("/issue/priority_id")
                .is_some_and(Value::is_i64);
        if !is_whole {
            return json(422, &value!({ "errors": ["Subject cannot be blank"] }));
        }
        let is_ours = asked.text("/issue/custom_fields/0/id") == "7" && !self.drops_field;
        let issue = Held {
            id: (self.issues.len() + 1).to_string(),
            key: if is_ours {
                asked.text("/issue/custom_fields/0/value")
            } else {
                String::new()
            },
            title: asked.text("/issue/subject"),
            status: asked.text("/issue/status_id"),
            priority: asked.text("/issue/priority_id"),
            texts: vec![asked.text("/issue/description")],
            ..Held::default()
        };
        let answer = value!({ "issue": shown(&issue) });
        self.issues.push(issue);
        json(201, &answer)
    }

    fn one(&mut self, method: &str, id: &str, asked: &Asked) -> Reply {
        let stuck = self.stuck;
        let Some(issue) = of_id(&mut self.issues, id) else {
            return text(404, "");
        };
        if method == "GET" {
            return json(200, &value!({ "issue": shown(issue) }));
        }
        let take = |name: &str, into: &mut String| {
            let new = asked.text(&format!("/issue/{name}"));
            if !new.is_empty() {
                *into = new;
            }
        };
        take("subject", &mut issue.title);
        take("priority_id", &mut issue.priority);
        take("assigned_to_id", &mut issue.owner);
        let mut status = issue.status.clone();
        take("status_id", &mut status);
        if stuck.is_none_or(|only| only == status) {
            issue.status = status;
        }
        let note = asked.text("/issue/notes");
        if !note.is_empty() {
            issue.texts.push(note);
        }
        // Whatever it did.
        text(204, "")
    }
}

fn shown(issue: &Held) -> Value {
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    let mut shown = value!({
        "id": number(&issue.id),
        "subject": issue.title,
        "status": { "id": number(&issue.status) },
        "custom_fields": [{ "id": 7, "name": "alert_key", "value": issue.key }],
        "updated_on": "2026-11-24T13:33:00Z",
    });
    if !issue.owner.is_empty() {
        shown["assigned_to"] = value!({ "id": number(&issue.owner) });
    }
    shown
}
