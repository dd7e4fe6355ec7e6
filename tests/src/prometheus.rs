//! A real Prometheus that scrapes one program, and its checker of metrics.
//!
//! In: an address to scrape. Out: [`Prometheus`], asked in PromQL; nothing, said
//! aloud, where it is not installed. Knows nothing of which metrics there are.

use std::process::Command;

use serde_json::Value;

use crate::http::Http;
use crate::program::{Program, is_installed};
use crate::scratch::{Scratch, free_port};
use crate::skip::skip;
use crate::wait::{PATIENCE, wait_for};

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    // First, so that the program has ended before its folder is removed.
    program: Program,
    http: Http,
    _scratch: Scratch,
}

impl Prometheus {
    /// Starts one that scrapes `127.0.0.1:port/metrics` every second with a bearer token,
    /// or says that the test is skipped.
    pub fn scraping(port: u16, token: &str) -> Option<Prometheus> {
        if !is_installed("prometheus") {
            skip("Prometheus is not installed");
            return None;
        }
        let scratch = Scratch::new();
        let config = scratch.write("prometheus.yml", &configuration(port, token));
        let listen = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!(
            "--storage.tsdb.path={}",
            scratch.join("data").display()
        ));
        command.arg(format!("--web.listen-address={listen}"));
        let program = Program::start("prometheus", &mut command, &scratch.join("prometheus.log"));
        let http = Http::new(format!("http://{listen}"));
        let mut prometheus = Prometheus {
            program,
            http,
            _scratch: scratch,
        };
        prometheus.wait_ready();
        Some(prometheus)
    }

    /// The value of a query that yields one series; nothing while it yields none.
    pub fn query(&self, expression: &str) -> Option<f64> {
        let form = format!("query={}", encoded(expression));
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = Some(form.into_bytes());
        let answer = self
            .http
            .request(reqwest::Method::POST, "/api/v1/query", &headers, body);
        let found = answer.expect(200).json();
        let rows = found["data"]["result"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        assert!(
            rows.len() <= 1,
            "{expression} yields {} series, not one",
            rows.len()
        );
        rows.first()?["value"][1].as_str()?.parse().ok()
    }

    /// Waits until a query yields a value that `enough` accepts, and gives it.
    #[track_caller]
    pub fn wait_for(&self, expression: &str, enough: impl Fn(f64) -> bool) -> f64 {
        let what = format!("Prometheus to see {expression} as wanted");
        wait_for(&what, PATIENCE, || {
            self.query(expression).filter(|value| enough(*value))
        })
    }

    /// The errors of its own scraping, in its words; empty when there are none.
    pub fn last_scrape_error(&self) -> String {
        let targets: Value = self.http.get("/api/v1/targets").expect(200).json();
        targets["data"]["activeTargets"][0]["lastError"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn wait_ready(&mut self) {
        let http = self.http.clone();
        self.program.wait_ready(|| {
            let answer = http.attempt(reqwest::Method::GET, "/-/ready", &[], None);
            answer.is_ok_and(|answer| answer.status == 200)
        });
    }
}

/// What `promtool check metrics` finds wrong with a scrape; nothing, said aloud, where
/// it is not installed.
pub fn findings(scrape: &str) -> Option<String> {
    if !is_installed("promtool") {
        skip("promtool is not installed");
        return None;
    }
    let scratch = Scratch::new();
    let file = std::fs::File::open(scratch.write("scrape", scrape));
    let output = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(file.expect("a file just written can be read"))
        .output()
        .expect("promtool can be started");
    let said = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&said).into_owned())
}

fn configuration(port: u16, token: &str) -> String {
    format!(
        "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n\
         scrape_configs:\n  - job_name: vedette\n\
         \x20   authorization: {{ credentials: '{token}' }}\n\
         \x20   static_configs: [{{ targets: ['127.0.0.1:{port}'] }}]\n"
    )
}

/// Percent-encodes everything but letters and digits.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
