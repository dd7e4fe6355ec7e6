//! GitHub issues: closed ones only when asked for, refusals by rate as 403.

use serde_json::{Value, json as value};

use super::{SECRET, of_id};
use crate::desk::{Asked, Held, Reply, System, json, text};

#[derive(Default)]
pub(crate) struct GitHub {
    pub(crate) issues: Vec<Held>,
    pub(crate) labels: Vec<Vec<String>>,
}

impl System for GitHub {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if !asked.origin.is_empty() {
            if asked.header("user-agent").is_empty() {
                return text(403, "Request forbidden by administrative rules");
            }
            if asked.header("authorization") != format!("Bearer {SECRET}") {
                return json(401, &value!({ "message": "Bad credentials" }));
            }
        }
        match (asked.method, asked.parts()[3..].to_vec().as_slice()) {
            ("GET", []) => json(200, &value!({ "has_issues": true, "archived": false })),
            ("POST", ["issues"]) => self.create(asked),
            ("GET", ["issues"]) => {
                let shown: Vec<Value> = (0..self.issues.len())
                    .filter(|at| {
                        self.labels[*at]
                            .iter()
                            .any(|label| label == asked.query("labels"))
                    })
                    // The default is open ones only.
                    .filter(|at| self.issues[*at].status == "open" || asked.query("state") == "all")
                    .map(|at| self.shown(at))
                    .collect();
                json(200, &Value::Array(shown))
            }
            (method, ["issues", id, rest @ ..]) => {
                let id = (*id).to_owned();
                let is_comment = !rest.is_empty();
                self.one(method, &id, is_comment, asked)
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

impl GitHub {
    fn create(&mut self, asked: &Asked) -> Reply {
        let labels = strings(asked.json.get("labels"));
        if asked.text("/title").is_empty() || labels.iter().any(|label| label.chars().count() > 50)
        {
            return json(422, &value!({ "message": "Validation Failed" }));
        }
        self.issues.push(Held {
            id: (self.issues.len() + 1).to_string(),
            key: labels
                .iter()
                .find(|label| label.starts_with("K-"))
                .cloned()
                .unwrap_or_default(),
            title: asked.text("/title"),
            status: "open".into(),
            priority: labels.last().cloned().unwrap_or_default(),
            texts: vec![asked.text("/body")],
            ..Held::default()
        });
        self.labels.push(labels);
        json(201, &self.shown(self.issues.len() - 1))
    }

    fn one(&mut self, method: &str, id: &str, is_comment: bool, asked: &Asked) -> Reply {
        let Some(issue) = of_id(&mut self.issues, id) else {
            return json(410, &value!({ "message": "This issue was deleted" }));
        };
        let at = id.parse::<usize>().unwrap() - 1;
        if is_comment {
            issue.texts.push(asked.text("/body"));
            return json(201, &value!({ "id": 1 }));
        }
        if method == "PATCH" {
            let take = |name: &str, into: &mut String| {
                let new = asked.text(name);
                if !new.is_empty() {
                    *into = new;
                }
            };
            take("/state", &mut issue.status);
            take("/title", &mut issue.title);
            take("/assignees/0", &mut issue.owner);
            if asked.json.get("labels").is_some() {
                self.labels[at] = strings(asked.json.get("labels"));
            }
        }
        json(200, &self.shown(at))
    }

    fn shown(&self, at: usize) -> Value {
        let issue = &self.issues[at];
        let assignee = match issue.owner.as_str() {
            "" => Value::Null,
            login => value!({ "login": login }),
        };
        let labels: Vec<Value> = self.labels[at]
            .iter()
            .map(|name| value!({ "name": name }))
            .collect();
        value!({
            "number": at + 1, "state": issue.status, "labels": labels, "assignee": assignee,
            "html_url": format!("https://github.com/acme/ops/issues/{}", at + 1), "updated_at": "2026-11-24T13:33:00Z",
        })
    }
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).cloned().unwrap_or_default();
    list.iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}
