//! Jira Cloud: documents as structures, statuses reached by transitions, a search that
//! lags.

use serde_json::{Value, json as value};

use super::{is_basic, of_id};
use crate::desk::{Asked, Held, Reply, System, json, text};

#[derive(Default)]
pub(crate) struct Jira {
    pub(crate) issues: Vec<Held>,
    /// So many searches do not find the newest issue yet.
    pub(crate) lag: usize,
    /// The workflow has no status "On Hold".
    pub(crate) no_hold: bool,
}

const STATUSES: [(&str, &str, &str); 4] = [
    ("11", "To Do", "new"),
    ("21", "In Progress", "indeterminate"),
    ("41", "On Hold", "indeterminate"),
    ("31", "Done", "done"),
];

impl System for Jira {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if !asked.origin.is_empty() && !is_basic(asked, "bot@example.org") {
            return json(401, &value!({ "message": "Client must be authenticated" }));
        }
        match (asked.method, asked.parts()[3..].to_vec().as_slice()) {
            ("GET", ["project", "OPS"]) => json(200, &value!({ "key": "OPS" })),
            ("GET", ["project", _]) => json(
                404,
                &value!({ "errorMessages": ["No project could be found"] }),
            ),
            ("POST", ["issue"]) => self.create(asked),
            ("GET", ["search", "jql"]) => self.search(asked),
            (method, ["issue", id, rest @ ..]) => {
                let id = (*id).to_owned();
                let rest = rest.first().copied().unwrap_or_default().to_owned();
                self.one(method, &id, &rest, asked)
            }
            (method, parts) => panic!("nobody asks {method} {parts:?}"),
        }
    }

    fn tickets(&self) -> Vec<Held> {
        self.issues.clone()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.method == "POST" && asked.path == "/rest/api/3/issue"
    }
}

impl Jira {
    fn create(&mut self, asked: &Asked) -> Reply {
        let labels = asked
            .json
            .pointer("/fields/labels")
            .and_then(Value::as_array);
        let Some(labels) = labels.filter(|labels| {
            labels
                .iter()
                .all(|label| label.as_str().is_some_and(|text| !text.contains(' ')))
        }) else {
            return refused("The label contains spaces which is invalid.");
        };
        if !is_document(asked.json.pointer("/fields/description")) {
            return refused("Operation value must be an Atlassian Document");
        }
        if asked.text("/fields/project/key") != "OPS"
            || asked.text("/fields/issuetype/name").is_empty()
        {
            return refused("valid project is required");
        }
        let summary = asked.text("/fields/summary");
        if summary.is_empty() || summary.chars().count() > 255 {
            return refused("Summary must be less than 255 characters.");
        }
        let number = self.issues.len() + 1;
        let issue = Held {
            id: format!("OPS-{number}"),
            key: labels[1].as_str().unwrap().to_owned(),
            title: summary,
            status: "To Do".into(),
            priority: asked.text("/fields/priority/name"),
            texts: vec![words(&asked.json["fields"]["description"])],
            ..Held::default()
        };
        let site = "https://example.atlassian.net/rest/api/3/issue";
        let answer = value!({ "id": (10_000 + number).to_string(), "key": issue.id, "self": format!("{site}/{number}") });
        self.issues.push(issue);
        json(201, &answer)
    }

    fn search(&mut self, asked: &Asked) -> Reply {
        assert!(
            !asked.query("fields").is_empty(),
            "without `fields` only ids come back"
        );
        let known = match self.lag {
            0 => self.issues.as_slice(),
            _ => {
                self.lag -= 1;
                &self.issues[..self.issues.len() - 1]
            }
        };
        let jql = asked.query("jql");
        let found: Vec<Value> = known
            .iter()
            .filter(|issue| {
                jql.contains(&format!("labels = \"{}\"", issue.key)) || jql.contains("updated")
            })
            .map(shown)
            .collect();
        json(200, &value!({ "issues": found, "isLast": true }))
    }

    fn one(&mut self, method: &str, id: &str, rest: &str, asked: &Asked) -> Reply {
        let no_hold = self.no_hold;
        let Some(issue) = of_id(&mut self.issues, id) else {
            return json(
                404,
                &value!({ "errorMessages": ["Issue does not exist or you do not have permission to see it."] }),
            );
        };
        match (method, rest) {
            ("GET", "") => json(200, &shown(issue)),
            ("PUT", "") => {
                issue.title = asked.text("/fields/summary");
                issue.priority = asked.text("/fields/priority/name");
                text(204, "")
            }
            ("PUT", "assignee") => {
                issue.owner = asked.text("/accountId");
                text(204, "")
            }
            ("POST", "comment") if is_document(asked.json.get("body")) => {
                issue.texts.push(words(&asked.json["body"]));
                json(201, &value!({ "id": "1" }))
            }
            ("POST", "comment") => refused("Comment body is not valid!"),
            ("GET", "transitions") => {
                let ways: Vec<Value> = STATUSES
                    .iter()
                    .filter(|(_, name, _)| *name != issue.status && !(no_hold && *name == "On Hold"))
                    .map(|(id, name, _)| value!({ "id": id, "name": format!("to {name}"), "to": { "name": name } }))
                    .collect();
                json(200, &value!({ "transitions": ways }))
            }
            ("POST", "transitions") => {
                let way = asked.text("/transition/id");
                let Some((_, name, _)) = STATUSES.iter().find(|(id, _, _)| *id == way) else {
                    return refused("Transition id is not valid for this issue.");
                };
                issue.status = (*name).into();
                text(204, "")
            }
            (method, rest) => panic!("nobody asks {method} {rest:?}"),
        }
    }
}

fn shown(issue: &Held) -> Value {
    let category = STATUSES
        .iter()
        .find(|(_, name, _)| *name == issue.status)
        .unwrap()
        .2;
    let assignee = match issue.owner.as_str() {
        "" => Value::Null,
        id => value!({ "accountId": id }),
    };
    value!({ "key": issue.id, "fields": {
        "labels": ["vedette", issue.key], "updated": "2026-11-24T13:33:00.417+0000", "assignee": assignee,
        "status": { "name": issue.status, "statusCategory": { "key": category } },
    } })
}

fn is_document(value: Option<&Value>) -> bool {
    value.is_some_and(|value| {
        value["type"] == "doc" && value["version"] == 1 && value["content"].is_array()
    })
}

/// Every text in a document, one after another.
fn words(document: &Value) -> String {
    match document {
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) if name == "text" => text.clone(),
                other => words(other),
            })
            .collect(),
        Value::Array(values) => values.iter().map(words).collect(),
        _ => String::new(),
    }
}

fn refused(why: &str) -> Reply {
    json(400, &value!({ "errorMessages": [why], "errors": {} }))
}
