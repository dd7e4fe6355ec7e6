//! GitLab issues: numbers that are not ids, states changed by events.

use serde_json::{Value, json as value};

use super::{SECRET, of_id};
use crate::desk::{Asked, Held, Reply, System, json};

#[derive(Default)]
pub(crate) struct GitLab {
    pub(crate) issues: Vec<Held>,
    labels: Vec<Vec<String>>,
}

impl System for GitLab {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if !asked.origin.is_empty() && asked.header("private-token") != SECRET {
            return json(401, &value!({ "message": "401 Unauthorized" }));
        }
        match (asked.method, asked.parts()[2..].to_vec().as_slice()) {
            ("GET", ["users"]) => match asked.query("username") {
                "operator" => json(200, &value!([{ "id": 42, "username": "operator" }])),
                _ => json(200, &value!([])),
            },
            ("GET", ["projects", "acme%2Fops"]) => json(200, &value!({ "issues_enabled": true })),
            ("POST", ["projects", _, "issues"]) => self.create(asked),
            ("GET", ["projects", _, "issues"]) => {
                let shown: Vec<Value> = (0..self.issues.len())
                    .filter(|at| {
                        self.labels[*at]
                            .iter()
                            .any(|label| label == asked.query("labels"))
                    })
                    .map(|at| self.shown(at))
                    .collect();
                json(200, &Value::Array(shown))
            }
            (method, ["projects", _, "issues", id, rest @ ..]) => {
                let id = (*id).to_owned();
                let is_note = !rest.is_empty();
                self.one(method, &id, is_note, asked)
            }
            (method, parts) => panic!("nobody asks {method} {parts:?}"),
        }
    }

    fn tickets(&self) -> Vec<Held> {
        self.issues.clone()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.method == "POST" && asked.path.ends_with("/issues")
    }
}

impl GitLab {
    fn create(&mut self, asked: &Asked) -> Reply {
        if asked.text("/title").is_empty() {
            return json(400, &value!({ "message": { "title": ["can't be blank"] } }));
        }
        let labels: Vec<String> = asked
            .text("/labels")
            .split(',')
            .map(str::to_owned)
            .collect();
        self.issues.push(Held {
            id: (self.issues.len() + 1).to_string(),
            key: labels
                .iter()
                .find(|label| label.starts_with("K-"))
                .cloned()
                .unwrap_or_default(),
            title: asked.text("/title"),
            status: "opened".into(),
            priority: labels.last().cloned().unwrap_or_default(),
            texts: vec![asked.text("/description")],
            ..Held::default()
        });
        self.labels.push(labels);
        json(201, &self.shown(self.issues.len() - 1))
    }

    fn one(&mut self, method: &str, id: &str, is_note: bool, asked: &Asked) -> Reply {
        let Some(issue) = of_id(&mut self.issues, id) else {
            return json(404, &value!({ "message": "404 Not found" }));
        };
        let at = id.parse::<usize>().unwrap() - 1;
        if is_note {
            issue.texts.push(asked.text("/body"));
            return json(201, &value!({ "id": 1 }));
        }
        if method == "PUT" {
            match asked.text("/state_event").as_str() {
                "close" => issue.status = "closed".into(),
                "reopen" => issue.status = "opened".into(),
                _ => {}
            }
            let title = asked.text("/title");
            if !title.is_empty() {
                issue.title = title;
            }
            if asked.text("/assignee_ids/0") == "42" {
                issue.owner = "operator".into();
            }
            let removed = asked.text("/remove_labels");
            self.labels[at].retain(|label| *label != removed);
            let added = asked.text("/add_labels");
            if !added.is_empty() && !self.labels[at].contains(&added) {
                self.labels[at].push(added);
            }
        }
        json(200, &self.shown(at))
    }

    fn shown(&self, at: usize) -> Value {
        let issue = &self.issues[at];
        let assignees = match issue.owner.as_str() {
            "" => value!([]),
            name => value!([{ "username": name }]),
        };
        value!({
            "id": 90_000 + at, "iid": at + 1, "state": issue.status, "labels": self.labels[at], "assignees": assignees,
            "web_url": format!("https://gitlab.example.org/acme/ops/-/issues/{}", at + 1), "updated_at": "2026-11-24T13:33:00.000Z",
        })
    }
}
