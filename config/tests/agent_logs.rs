//! What checks of logs and of drop-in files come to, and what people are told when they
//! are wrong.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use insta::assert_snapshot;
use vedette_config::check::{
    CheckKind, JournalSettings, LogSettings, TextfileSettings, log_pattern,
};
use vedette_config::{AgentConfig, Findings, Source};

fn read(text: &str) -> (Option<AgentConfig>, Findings) {
    AgentConfig::from_sources(&[Source::new("agent.toml", text)])
}

#[test]
fn every_key_of_a_log_and_of_a_folder_is_read() {
    let (config, findings) = read(
        r#"
        [[check]]
        name = "app"
        kind = "log"
        files = ["/var/log/app/*.log", "/var/log/syslog"]
        journal = true
        units = ["app.service"]
        priority = "warning"
        critical = ["panic", "^FATAL"]
        warning = ["timed? out"]
        ignore = ["health check"]
        clear_after = "1h"
        [[check]]
        name = "drop-ins"
        kind = "textfile"
        target = "/srv/drop"
        every = "30s"
        [[check]]
        name = "slow"
        kind = "textfile"
        target = "/srv/slow"
        stale_after = "2d"
        "#,
    );
    assert!(findings.is_empty(), "{findings}");
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let expected = [
        CheckKind::Log(LogSettings {
            files: texts(&["/var/log/app/*.log", "/var/log/syslog"]),
            journal: Some(JournalSettings {
                units: texts(&["app.service"]),
                priority: Some(4),
            }),
            critical: texts(&["panic", "^FATAL"]),
            warning: texts(&["timed? out"]),
            ignore: texts(&["health check"]),
            clear_after: Duration::from_secs(3_600),
        }),
        CheckKind::Textfile(TextfileSettings {
            folder: "/srv/drop".into(),
            stale_after: Duration::from_secs(90),
        }),
        CheckKind::Textfile(TextfileSettings {
            folder: "/srv/slow".into(),
            stale_after: Duration::from_secs(2 * 86_400),
        }),
    ];
    let kinds: Vec<CheckKind> = config
        .unwrap()
        .checks
        .into_iter()
        .map(|check| check.kind)
        .collect();
    assert_eq!(kinds, expected);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let (config, findings) = read(
        r#"
[[check]]
name = "nothing"
kind = "log"
[[check]]
name = "wrong"
kind = "log"
files = ["app.log", "/var/../etc/*", "/var/**/x"]
critical = ["(", ""]
warning = ["(a{999}){999}"]
clear_after = "1s"
[[check]]
name = "not-of-the-journal"
kind = "log"
files = ["/var/log/x"]
units = ["x.service"]
critical = ["x"]
[[check]]
name = "which"
kind = "log"
journal = true
units = ["x"]
priority = "bad"
critical = ["x"]
[[check]]
name = "where"
kind = "textfile"
[[check]]
name = "there"
kind = "textfile"
target = "drop"
"#,
    );
    assert_eq!(config, None);
    assert_snapshot!(findings.to_string());
}

#[test]
fn a_pattern_is_bounded_in_length_and_in_what_it_costs() {
    assert!(log_pattern("^ERROR .* [0-9]{3}$").is_ok());
    assert!(log_pattern(&"x".repeat(1_025)).is_err());
    assert!(log_pattern("(((a{99}){99}){99}){99}").is_err());
    assert!(log_pattern(&"(".repeat(500)).is_err());
}
