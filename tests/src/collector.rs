//! A real collector: `vedette-collector run` with a configuration and state of its own.
//!
//! In: [`Options`]. Out: [`Collector`], ready to be asked and told; it can be stopped,
//! killed and started again on the same state and port.
//! Knows only the contract: commands, files and HTTP paths.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use vedette_wire::Report;

use crate::command::{Said, finish};
use crate::http::{Answer, Http};
use crate::metrics::Metrics;
use crate::program::{Program, built};
use crate::scratch::{Scratch, free_port};

/// What a collector is started with. The default: loopback, anonymous operator, no receiver.
#[derive(Debug, Clone)]
pub struct Options {
    anonymous: &'static str,
    settings: String,
    files: Vec<(String, String)>,
    port: Option<u16>,
    state_dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            anonymous: "operator",
            settings: String::new(),
            files: Vec::new(),
            port: None,
            state_dir: None,
        }
    }
}

impl Options {
    /// Nobody without a token may do anything.
    #[must_use]
    pub fn closed(mut self) -> Options {
        self.anonymous = "none";
        self
    }

    /// Adds tables to `collector.toml`.
    #[must_use]
    pub fn settings(mut self, toml: &str) -> Options {
        self.settings.push_str(toml);
        self.settings.push('\n');
        self
    }

    /// Adds a file of the policy: `rules/mine.toml`, `exceptions.toml`.
    #[must_use]
    pub fn file(mut self, name: &str, text: &str) -> Options {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Listens on this port of 127.0.0.1, whoever has it.
    #[must_use]
    pub fn port(mut self, port: u16) -> Options {
        self.port = Some(port);
        self
    }

    /// Keeps its state there, in place of a folder of its own.
    #[must_use]
    pub fn state_dir(mut self, path: &Path) -> Options {
        self.state_dir = Some(path.to_owned());
        self
    }

    /// One team whose tickets go to `url` by the named profile; `more` are further keys of the receiver.
    #[must_use]
    pub fn tickets_to(self, url: &str, profile: &str, more: &str) -> Options {
        self.settings(&format!(
            "[[team]]\nname = \"it-ops\"\nticket = \"desk\"\n\n\
             [[receiver]]\nname = \"desk\"\nprofile = \"{profile}\"\nurl = \"{url}\"\n{more}\n"
        ))
    }
}

/// A running collector.
#[derive(Debug)]
pub struct Collector {
    // First, so that the program has ended before its folder is removed.
    program: Program,
    home: Home,
}

/// Where a collector lives: its configuration, its state, its port.
#[derive(Debug)]
struct Home {
    scratch: Scratch,
    state_dir: PathBuf,
    port: u16,
}

impl Collector {
    /// Starts one and waits until it says that it is ready.
    pub fn start(options: &Options) -> Collector {
        let home = Home::new(options);
        let program = home.launch();
        let mut collector = Collector { program, home };
        collector.wait_ready();
        collector
    }

    /// Starts one that cannot start, and gives what it says of that.
    pub fn refusal(options: &Options) -> Said {
        finish(&mut Home::new(options).run())
    }

    /// What `vedette-collector check` says of such a configuration.
    pub fn check(options: &Options) -> Said {
        let home = Home::new(options);
        let mut command = Command::new(built("vedette-collector"));
        finish(command.arg("check").arg(home.config()))
    }

    /// Its base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.home.port)
    }

    /// The port of 127.0.0.1 it listens on.
    pub fn port(&self) -> u16 {
        self.home.port
    }

    /// The administrator's token, from `admin-token` in the state directory.
    pub fn token(&self) -> String {
        let path = self.state_dir().join("admin-token");
        let text = std::fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.trim().to_owned()
    }

    /// A client with the administrator's token.
    pub fn http(&self) -> Http {
        self.anonymous()
            .authorized(format!("Bearer {}", self.token()))
    }

    /// A client without any token.
    pub fn anonymous(&self) -> Http {
        Http::new(self.url())
    }

    /// Where it keeps its state.
    pub fn state_dir(&self) -> PathBuf {
        self.home.state_dir.clone()
    }

    /// Writes a file of the policy while it runs; it notices by itself.
    pub fn write_policy(&self, name: &str, text: &str) -> PathBuf {
        self.home.scratch.write(&format!("etc/{name}"), text)
    }

    /// Removes a file of the policy while it runs; it notices by itself.
    pub fn remove_policy(&self, name: &str) {
        let path = self.home.scratch.join(&format!("etc/{name}"));
        std::fs::remove_file(path).expect("a file of the policy can be removed");
    }

    /// Its process, for its log and its id.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// What it says at `/metrics`.
    pub fn metrics(&self) -> Metrics {
        Metrics::parse(&self.http().get("/metrics").expect(200).body)
    }

    /// Every incident it remembers, the newest first, whatever its phase.
    pub fn incidents(&self) -> Vec<Value> {
        let answer = self
            .http()
            .get("/api/v1/incidents?state=all&limit=500")
            .expect(200);
        rows(&answer.json()["incidents"])
    }

    /// The values of one label of every alert that fires, sorted.
    pub fn firing(&self, label: &str) -> Vec<String> {
        let alerts = self.http().get("/api/v2/alerts").expect(200).json();
        let value = |alert: &Value| alert["labels"][label].as_str().map(str::to_owned);
        let mut values: Vec<String> = rows(&alerts).iter().filter_map(value).collect();
        values.sort();
        values
    }

    /// Posts alerts as Prometheus does.
    pub fn post_alerts(&self, alerts: &[Value]) -> Answer {
        self.http().post("/api/v2/alerts", &Value::from(alerts))
    }

    /// Posts a report as an agent does, without compression.
    pub fn post_report(&self, report: &Report) -> Answer {
        let body = serde_json::to_value(report).expect("a report can be written as JSON");
        self.http().post("/api/v1/reports", &body)
    }

    /// Silences everything with these labels for some minutes; gives the silence's id.
    pub fn silence(&self, labels: &[(&str, &str)], minutes: i64) -> String {
        let matcher = |(name, value): &(&str, &str)| json!({ "name": name, "value": value, "isRegex": false, "isEqual": true });
        let now = jiff::Timestamp::now();
        let end = now + jiff::SignedDuration::from_mins(minutes);
        let body = json!({
            "matchers": labels.iter().map(matcher).collect::<Vec<_>>(),
            "startsAt": now.to_string(),
            "endsAt": end.to_string(),
            "createdBy": "tests",
            "comment": "silenced by a test",
        });
        let answer = self
            .http()
            .post("/api/v2/silences", &body)
            .expect(200)
            .json();
        answer["silenceID"]
            .as_str()
            .expect("a new silence has an id")
            .to_owned()
    }

    /// Asks it to leave, and waits until it has; panics unless it ends with 0.
    pub fn stop(&mut self) {
        let status = self.program.stop();
        assert!(
            status.success(),
            "a collector asked to leave ends with 0, not {status}"
        );
    }

    /// Ends it as a power cut would. It stays down until [`Collector::start_again`].
    pub fn kill_9(&mut self) {
        self.program.kill_9();
    }

    /// Starts it on the same state and port, and waits until it is ready.
    pub fn start_again(&mut self) {
        self.program = self.home.launch();
        self.wait_ready();
    }

    /// A power cut and a new start.
    pub fn restart_with_kill_9(&mut self) {
        self.kill_9();
        self.start_again();
    }

    fn wait_ready(&mut self) {
        let http = self.anonymous();
        self.program.wait_ready(|| {
            let answer = http.attempt(reqwest::Method::GET, "/-/ready", &[], None);
            answer.is_ok_and(|answer| answer.status == 200)
        });
    }
}

/// An alert as Prometheus posts it: these labels, no annotations, no end.
pub fn alert(labels: &[(&str, &str)]) -> Value {
    let labels: serde_json::Map<String, Value> = labels
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    json!({ "labels": labels })
}

/// The same alert, over since now.
pub fn resolved(labels: &[(&str, &str)]) -> Value {
    let mut alert = alert(labels);
    alert["endsAt"] = json!(jiff::Timestamp::now().to_string());
    alert
}

fn rows(list: &Value) -> Vec<Value> {
    list.as_array().expect("a list is answered").clone()
}

impl Home {
    fn new(options: &Options) -> Home {
        let scratch = Scratch::new();
        let port = options.port.unwrap_or_else(free_port);
        configure(&scratch, port, options);
        let own = || scratch.join("state");
        let state_dir = options.state_dir.clone().unwrap_or_else(own);
        Home {
            scratch,
            state_dir,
            port,
        }
    }

    fn config(&self) -> PathBuf {
        self.scratch.join("collector.toml")
    }

    fn run(&self) -> Command {
        let mut command = Command::new(built("vedette-collector"));
        command.arg("run").arg("--config").arg(self.config());
        command.arg("--state-dir").arg(&self.state_dir);
        command
    }

    fn launch(&self) -> Program {
        let log = self.scratch.join("collector.log");
        Program::start("vedette-collector", &mut self.run(), &log)
    }
}

fn configure(scratch: &Scratch, port: u16, options: &Options) {
    let policy = scratch.join("etc");
    std::fs::create_dir_all(&policy).expect("folders in the scratch folder can be made");
    let toml = format!(
        "[server]\nlisten = \"127.0.0.1:{port}\"\n\n[policy]\ndir = \"{}\"\n\n\
         [access]\nanonymous = \"{}\"\n\n{}",
        policy.display(),
        options.anonymous,
        options.settings,
    );
    scratch.write("collector.toml", &toml);
    for (name, text) in &options.files {
        scratch.write(&format!("etc/{name}"), text);
    }
}
