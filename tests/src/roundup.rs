//! A real Roundup on a loopback port, and what a person would read in it.
//!
//! In: how many calls it allows. Out: [`Roundup`] with users `collector` and `operator`,
//! and a property `alert_key` that an auditor keeps unique; nothing, said aloud, where it
//! is not installed. Knows nothing of collectors.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::http::{Answer, Http};
use crate::program::Program;
use crate::scratch::{Scratch, free_port};
use crate::skip::skip;
use crate::wait::{PATIENCE, wait_for};

/// A running Roundup, fresh and empty.
#[derive(Debug)]
pub struct Roundup {
    // First, so that the program has ended before its folder is removed.
    program: Program,
    /// As the administrator, who has calls of his own.
    admin: Http,
    base: String,
    scratch: Scratch,
}

/// One issue, as Roundup shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Roundup's number.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `unread`, `chatting`, `resolved`, ...
    pub status: String,
    /// `critical`, `urgent`, ...
    pub priority: String,
    /// Whose it is; empty when nobody's.
    pub assigned_to: String,
    /// Our key.
    pub alert_key: String,
    /// Its messages, the oldest first.
    pub messages: Vec<String>,
}

impl Roundup {
    /// Starts one that allows any number of calls, or says that the test is skipped.
    pub fn start() -> Option<Roundup> {
        Roundup::with_rate("0/3600")
    }

    /// Starts one that allows each user so many calls in so many seconds: `5/10`.
    pub fn with_rate(rate: &str) -> Option<Roundup> {
        let venv = venv();
        if !venv.join("bin/roundup-server").exists() {
            skip("Roundup is not installed");
            return None;
        }
        let scratch = Scratch::new();
        let port = free_port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("roundup/roundup-up.sh");
        let mut command = Command::new(script);
        command
            .arg(venv)
            .arg(scratch.path())
            .arg(port.to_string())
            .arg(rate);
        let log = scratch.join("roundup.log");
        let mut program = Program::start("roundup-up.sh", &mut command, &log);
        let base = format!("http://127.0.0.1:{port}/tests/rest");
        let anonymous = Http::new(base.clone());
        program.wait_ready(|| {
            let answer = anonymous.attempt(reqwest::Method::GET, "/", &[], None);
            answer.is_ok_and(|answer| answer.status < 500)
        });
        Some(Roundup {
            program,
            admin: as_user(&base, "admin"),
            base,
            scratch,
        })
    }

    /// The base URL of its REST interface, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// What it printed: each request it answered is a line.
    pub fn log(&self) -> String {
        self.program.log()
    }

    /// A file with the password of `collector`, as a receiver's `token_file` names one.
    pub fn password_file(&self) -> PathBuf {
        let path = self.scratch.write("password", "collector");
        let private = Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, private).expect("a file just written can be made private");
        path
    }

    /// Every issue, the oldest first.
    pub fn issues(&self) -> Vec<Issue> {
        let fields = "title,status,priority,assignedto,alert_key,messages";
        let path = format!("/data/issue?@verbose=2&@sort=id&@fields={fields}");
        let found = self.read(&path);
        rows(&found).iter().map(|row| self.issue(row)).collect()
    }

    fn issue(&self, row: &Value) -> Issue {
        let named = |name: &str, of: &str| text(&row[name][of]);
        let messages = row["messages"].as_array().cloned().unwrap_or_default();
        Issue {
            id: text(&row["id"]),
            title: text(&row["title"]),
            status: named("status", "name"),
            priority: named("priority", "name"),
            assigned_to: named("assignedto", "username"),
            alert_key: text(&row["alert_key"]),
            messages: messages
                .iter()
                .map(|message| self.message(message))
                .collect(),
        }
    }

    fn message(&self, reference: &Value) -> String {
        let path = format!(
            "/data/msg/{}?@fields=content&@verbose=3",
            text(&reference["id"])
        );
        let found = self.read(&path);
        text(&found["data"]["attributes"]["content"])
    }

    /// Reads, and reads again where it was too much at a time.
    fn read(&self, path: &str) -> Value {
        wait_for("Roundup to let the test read", 2 * PATIENCE, || {
            let answer = self.admin.get(path);
            (answer.status != 429).then(|| answer.expect(200).json())
        })
    }

    /// What a person does: `operator` changes an issue.
    pub fn operator_changes(&self, id: &str, change: &Value) -> Answer {
        let operator = as_user(&self.base, "operator");
        let path = format!("/data/issue/{id}");
        let found = operator.get(&path).expect(200);
        let etag = found.headers["etag"]
            .to_str()
            .expect("an etag is ASCII")
            .to_owned();
        let (origin, _) = self
            .base
            .split_once("/tests/")
            .expect("the tracker is called tests");
        let headers = [
            ("Content-Type", "application/json"),
            ("If-Match", etag.as_str()),
            ("X-Requested-With", "tests"),
            ("Origin", origin),
            ("Referer", &format!("{origin}/tests/")),
        ];
        let body = change.to_string().into_bytes();
        let attempt = operator.attempt(reqwest::Method::PATCH, &path, &headers, Some(body));
        attempt
            .unwrap_or_else(|error| panic!("{error}"))
            .expect(200)
    }

    /// The same for its status, by name.
    pub fn operator_sets_status(&self, id: &str, status: &str) {
        let _ = self.operator_changes(id, &json!({ "status": status }));
    }
}

fn as_user(base: &str, user: &str) -> Http {
    let pair = STANDARD.encode(format!("{user}:{user}"));
    Http::new(base).authorized(format!("Basic {pair}"))
}

/// Where `need.sh` keeps it: with the other things cargo makes.
fn venv() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let target = test
        .ancestors()
        .nth(3)
        .expect("tests lie three folders deep in target");
    target.join("roundup")
}

fn rows(found: &Value) -> Vec<Value> {
    let rows = found["data"]["collection"].as_array();
    rows.cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
