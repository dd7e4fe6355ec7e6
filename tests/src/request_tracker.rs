//! A real Request Tracker 5 on a loopback port, and what a person would read in it.
//!
//! In: nothing. Out: [`RequestTracker`] with the queue `Alerts`, its custom field
//! `alert_key` and a user who works there by token; nothing, said aloud, where it is
//! not installed. Reads go through its own REST 2.0, the way a collector's do, so that
//! what a test sees is what RT keeps. Knows nothing of collectors.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::http::Http;
use crate::program::Program;
use crate::scratch::{Scratch, free_port};
use crate::skip::skip;

/// RT's own server, where Debian puts it; rt-up.sh starts it.
const SERVER: &str = "/usr/share/request-tracker5/libexec/rt-server";

/// A running Request Tracker, fresh and empty.
#[derive(Debug)]
pub struct RequestTracker {
    // First, so that the program has ended before its folder is removed.
    _program: Program,
    http: Http,
    port: u16,
    token: String,
    scratch: Scratch,
}

/// One ticket, as RT shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// RT's number.
    pub id: u64,
    /// `new`, `open`, `resolved`, ...
    pub status: String,
    /// Its title.
    pub subject: String,
    /// 0 to 100 in RT's own scale.
    pub priority: i64,
    /// Our key; empty when the custom field is.
    pub alert_key: String,
}

/// One line of a ticket's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// `Create`, `Comment`, `Correspond`, `Status`, `Set`, ...
    pub kind: String,
    /// What was changed: `Status`, `Priority`; empty for messages.
    pub field: String,
    /// The value before; empty for messages.
    pub old: String,
    /// The value after; empty for messages.
    pub new: String,
    /// The text of a message; empty for changes.
    pub content: String,
}

impl RequestTracker {
    /// Starts one, or says that the test is skipped.
    pub fn start() -> Option<RequestTracker> {
        if !Path::new(SERVER).exists() {
            skip("Request Tracker is not installed");
            return None;
        }
        let scratch = Scratch::new();
        let port = free_port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("rt/rt-up.sh");
        let mut command = Command::new(script);
        command
            .arg(scratch.path())
            .arg(port.to_string())
            .env("RT_TEMPLATES", templates());
        let mut program = Program::start("rt-up.sh", &mut command, &scratch.join("rt.log"));
        let http = Http::new(format!("http://127.0.0.1:{port}/REST/2.0"));
        program.wait_ready(|| {
            let answer = http.attempt(reqwest::Method::GET, "/rt", &[], None);
            // Nobody has said who asks: to be refused is to be answered.
            answer.is_ok_and(|answer| answer.status == 401)
        });
        let token = token(&scratch.join("rt.env"));
        let http = http.authorized(format!("token {token}"));
        Some(RequestTracker {
            _program: program,
            http,
            port,
            token,
            scratch,
        })
    }

    /// The base URL of its REST 2.0, without a slash at the end.
    pub fn url(&self) -> &str {
        self.http.base()
    }

    /// The port of 127.0.0.1 it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The token of the user who may work in the queue `Alerts`.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A file with the token, as a receiver's `token_file` names one: nobody else's to read.
    pub fn token_file(&self) -> PathBuf {
        let path = self.scratch.write("token", &self.token);
        let private = Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, private).expect("a file just written can be made private");
        path
    }

    /// A client with the token, to act as a person in RT would.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Reads one ticket; panics when there is none of that number.
    pub fn ticket(&self, id: u64) -> Ticket {
        let found = self.http.get(&format!("/ticket/{id}")).expect(200).json();
        Ticket {
            id,
            status: text(&found["Status"]),
            subject: text(&found["Subject"]),
            priority: text(&found["Priority"]).parse().unwrap_or_default(),
            alert_key: alert_key(&found),
        }
    }

    /// Every ticket in the queue, the oldest first.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.search("Queue='Alerts'")
    }

    /// The tickets with this key, the oldest first: more than one is a duplicate.
    pub fn tickets_of(&self, key: &str) -> Vec<Ticket> {
        assert!(!key.contains('\''), "a key that needs quoting: {key}");
        self.search(&format!("Queue='Alerts' AND CF.{{alert_key}}='{key}'"))
    }

    /// What happened to a ticket, the making first; mails and other side effects left out.
    pub fn history(&self, id: u64) -> Vec<Transaction> {
        let fields = "fields=Type,Field,OldValue,NewValue&per_page=100&orderby=id&order=ASC";
        let found = self
            .http
            .get(&format!("/ticket/{id}/history?{fields}"))
            .expect(200)
            .json();
        items(&found)
            .iter()
            .filter(|row| !text(&row["Type"]).contains("Email"))
            .map(|row| Transaction {
                kind: text(&row["Type"]),
                field: text(&row["Field"]),
                old: text(&row["OldValue"]),
                new: text(&row["NewValue"]),
                content: self.content(row),
            })
            .collect()
    }

    /// The texts of a ticket in order: what it was made with, then every comment.
    pub fn messages(&self, id: u64) -> Vec<String> {
        let history = self.history(id).into_iter();
        history
            .map(|line| line.content)
            .filter(|text| !text.is_empty())
            .collect()
    }

    fn content(&self, row: &Value) -> String {
        let is_message = matches!(
            row["Type"].as_str(),
            Some("Create" | "Comment" | "Correspond")
        );
        if !is_message {
            return String::new();
        }
        let found = self
            .http
            .get(&format!(
                "/transaction/{}/attachments?fields=Content,ContentType",
                text(&row["id"])
            ))
            .expect(200)
            .json();
        items(&found)
            .iter()
            .map(|part| text(&part["Content"]))
            .collect()
    }

    fn search(&self, query: &str) -> Vec<Ticket> {
        let query = query
            .replace('%', "%25")
            .replace(' ', "%20")
            .replace('=', "%3D");
        let path = format!("/tickets?query={query}&per_page=100&orderby=id&order=ASC");
        let found = self.http.get(&path).expect(200).json();
        let id = |row: &Value| text(&row["id"]).parse().expect("a ticket's id is a number");
        items(&found)
            .iter()
            .map(|row| self.ticket(id(row)))
            .collect()
    }
}

/// Where the empty database is kept between tests: with the other things cargo makes.
fn templates() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    test.ancestors()
        .nth(2)
        .expect("tests lie two folders deep")
        .join("request-tracker")
}

fn token(env: &Path) -> String {
    let text = std::fs::read_to_string(env).expect("rt-up.sh writes rt.env before it serves");
    let token = text.lines().find_map(|line| line.strip_prefix("RT_TOKEN="));
    token.expect("rt.env names a token").to_owned()
}

fn items(found: &Value) -> &[Value] {
    found["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn alert_key(ticket: &Value) -> String {
    let fields = ticket["CustomFields"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ours = fields.iter().find(|field| field["name"] == "alert_key");
    ours.map(|field| text(&field["values"][0]))
        .unwrap_or_default()
}

/// RT writes the same thing as text here and as a number there; nothing is null.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
