//! What `[[job]]` comes to, and what people are told when it is wrong.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use insta::assert_snapshot;
use vedette_config::{AgentConfig, Findings, JobSettings, START_WITHIN_DEFAULT, Schedule, Source};

fn read(text: &str) -> (Option<AgentConfig>, Findings) {
    AgentConfig::from_sources(&[Source::new("agent.toml", text)])
}

#[track_caller]
fn refused(text: &str) -> String {
    let (config, findings) = read(text);
    assert_eq!(config, None, "{findings}");
    findings.to_string()
}

#[test]
fn every_key_of_a_job_is_read() {
    let (config, findings) = read(
        r#"
        [[job]]
        name         = "backup-erp"
        schedule     = "0 2 * * *"
        start_within = "20m"
        max_runtime  = "4h"
        ok_exit      = [0, 1]
        quiet        = ["disk-io", "cpu", "network"]
        user         = "backup"
        [[job]]
        name = "by-hand"
        "#,
    );
    assert!(findings.is_empty(), "{findings}");
    let nightly = JobSettings {
        name: "backup-erp".to_owned(),
        schedule: Some(Schedule::parse("0 2 * * *").unwrap()),
        start_within: Duration::from_secs(20 * 60),
        max_runtime: Some(Duration::from_secs(4 * 3_600)),
        ok_exit: vec![0, 1],
        quiet: ["disk-io", "cpu", "network"].map(str::to_owned).into(),
        user: Some("backup".to_owned()),
    };
    let by_hand = JobSettings {
        name: "by-hand".to_owned(),
        schedule: None,
        start_within: START_WITHIN_DEFAULT,
        max_runtime: None,
        ok_exit: vec![0],
        quiet: Vec::new(),
        user: None,
    };
    assert_eq!(config.unwrap().jobs, [nightly, by_hand]);
}

#[test]
fn everything_that_is_wrong_with_jobs_is_said_at_once() {
    let text = r#"
[[job]]
schedule = "0 2 * *"
[[job]]
name = "back up"
quiet = ["disk"]
ok_exit = [256]
[[job]]
name = "twice"
start_within = "5m"
[[job]]
name = "twice"
quiet = ["cpu"]
maxruntime = "1h"
"#;
    assert_snapshot!(refused(text));
}
