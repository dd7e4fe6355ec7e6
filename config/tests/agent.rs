//! What the agent's settings come to, and what people are told when they are wrong.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use vedette_config::{
    AgentConfig, ChangesSettings, CollectorSettings, Findings, HostSettings, ReportSettings, Size,
    Source, SpoolSettings,
};
use vedette_wire::Class;

const SHIPPED: &str = include_str!("../agent.toml");

// --- what is right

#[test]
fn the_shipped_file_changes_nothing() {
    assert_eq!(accepted(&[SHIPPED]), AgentConfig::default());
}

#[test]
fn every_setting_stands_in_the_shipped_file_with_its_default() {
    let default = AgentConfig::default();
    // No `..` below: a new setting does not compile until it is looked at here.
    let AgentConfig {
        collector:
            CollectorSettings {
                urls,
                token_file,
                ca_file,
            },
        report: ReportSettings { interval },
        host: HostSettings {
            name,
            class,
            labels,
        },
        spool:
            SpoolSettings {
                dir,
                bytes_max,
                age_max,
            },
        changes: ChangesSettings { files },
        jobs,
        checks: _,
    } = accepted(&[&uncommented(SHIPPED)]);

    assert_eq!(urls, default.collector.urls);
    assert_eq!(interval, Some(default.interval(Class::Server)));
    assert_eq!(jobs, default.jobs);
    assert_eq!(bytes_max, default.spool.bytes_max);
    assert_eq!(age_max, default.spool.age_max);
    // These have no default to be equal to: the file shows an example.
    assert!(token_file.is_some() && ca_file.is_some() && name.is_some());
    assert!(class.is_some() && !labels.is_empty() && dir.is_some());
    assert!(!files.is_empty());
}

#[test]
fn a_workstation_is_looked_at_less_often_unless_told_otherwise() {
    let config = AgentConfig::default();
    assert_eq!(config.interval(Class::Server), Duration::from_secs(15));
    assert_eq!(config.interval(Class::Workstation), Duration::from_secs(60));

    let config = accepted(&["[report]\ninterval = \"1s\""]);
    assert_eq!(config.interval(Class::Workstation), Duration::from_secs(1));
}

#[test]
fn every_setting_is_read() {
    let config = accepted(&[r#"
        [collector]
        urls = ["https://one.example.org:9720/", "https://two.example.org"]
        token_file = "/etc/vedette/token"
        ca_file = "/etc/vedette/ca.pem"
        [report]
        interval = "1m30s"
        [host]
        name = "db-7.example.org"
        class = "workstation"
        labels = { site = "hq", "service" = "erp" }
        [spool]
        dir = "/var/spool/vedette"
        bytes_max = "1.5GiB"
        age_max = "2d"
    "#]);
    let expected = AgentConfig {
        collector: CollectorSettings {
            urls: vec![
                "https://one.example.org:9720".to_owned(),
                "https://two.example.org".to_owned(),
            ],
            token_file: Some("/etc/vedette/token".into()),
            ca_file: Some("/etc/vedette/ca.pem".into()),
        },
        report: ReportSettings {
            interval: Some(Duration::from_secs(90)),
        },
        host: HostSettings {
            name: Some("db-7.example.org".to_owned()),
            class: Some(Class::Workstation),
            labels: [("service", "erp"), ("site", "hq")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        },
        spool: SpoolSettings {
            dir: Some("/var/spool/vedette".into()),
            bytes_max: Size::from_mib(1536),
            age_max: Duration::from_secs(2 * 86_400),
        },
        changes: ChangesSettings::default(),
        jobs: Vec::new(),
        checks: Vec::new(),
    };
    assert_eq!(config, expected);
}

#[test]
fn files_add_to_each_other_down_to_single_labels() {
    let config = accepted(&[
        "[host]\nlabels = { site = \"hq\" }",
        "[host.labels]\nservice = \"erp\"\n[report]\ninterval = \"30s\"",
    ]);
    assert_eq!(config.host.labels.len(), 2);
    assert_eq!(config.report.interval, Some(Duration::from_secs(30)));
}

// --- what is wrong

#[test]
fn an_unknown_key_names_the_one_that_was_meant() {
    assert_snapshot!(refused(&["[report]\nintervall = \"15s\"\n"]), @r#"
        agent.toml:2:1: error[unknown-key]: `intervall` is not a key of `report`
          2 | intervall = "15s"
            | ^^^^^^^^^
          help: did you mean `interval`?

        1 error
    "#);
}

#[test]
fn an_unknown_key_that_resembles_none_lists_those_there_are() {
    assert_snapshot!(refused(&["interval = \"15s\"\n"]), @r#"
        agent.toml:1:1: error[unknown-key]: `interval` is not a key here
          1 | interval = "15s"
            | ^^^^^^^^
          help: keys here are changes, check, collector, host, job, report, spool

        1 error
    "#);
}

#[test]
fn a_value_of_another_type_is_shown_as_it_should_be_written() {
    assert_snapshot!(refused(&["[collector]\nurls = \"http://127.0.0.1:9720\"\n[host]\nname = 7\n"]), @r#"
        agent.toml:2:8: error[wrong-type]: expected a list, found a text
          2 | urls = "http://127.0.0.1:9720"
            |        ^^^^^^^^^^^^^^^^^^^^^^^ this is a text
          help: write ["http://127.0.0.1:9720"]

        agent.toml:4:8: error[wrong-type]: expected a text, found a whole number
          4 | name = 7
            |        ^ this is a whole number
          help: write "7"

        2 errors
    "#);
}

#[test]
fn a_duration_without_a_unit_is_not_guessed() {
    assert_snapshot!(refused(&["[report]\ninterval = 15\n"]), @r#"
        agent.toml:2:12: error[bad-duration]: a duration needs a unit
          2 | interval = 15
            |            ^^ this is a bare number
          help: write "15s" if these are seconds

        1 error
    "#);
}

#[test]
fn a_duration_that_is_none_says_why() {
    assert_snapshot!(refused(&["[report]\ninterval = \"1.5h\"\n"]), @r#"
        agent.toml:2:12: error[bad-duration]: "1.5h" is not a duration
          2 | interval = "1.5h"
            |            ^^^^^^ fractions are not read; 1h30m is one hour and a half
          help: write a number and a unit, such as "15s", "5m", "1h30m" or "2d"

        1 error
    "#);
}

#[test]
fn a_duration_outside_its_bounds_names_them() {
    assert_snapshot!(refused(&["[report]\ninterval = \"10m\"\n"]), @r#"
        agent.toml:2:12: error[out-of-range]: `interval` cannot be 10m
          2 | interval = "10m"
            |            ^^^^^
          help: it can be from 1s to 5m

        1 error
    "#);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    assert_snapshot!(refused(&[r#"
[collector]
urls  = ["vedette.example.org:9720", "https://a.example", "https://a.example/"]
token = "hunter2"

[host]
clas   = "server"
labels = { severity = "critical", "patch-group" = "A", rack = 7, note = "" }

[spool]
bytes_max = "32MB "
dir = "spool"
"#]), @r#"
        agent.toml:3:10: error[bad-url]: this address cannot be used
          3 | urls  = ["vedette.example.org:9720", "https://a.example", "https://a.example/"]
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^^ it must begin with http:// or https://
          help: write it like "https://vedette.example.org:9720"

        agent.toml:3:59: error[duplicate-name]: this collector is named twice
          3 | urls  = ["vedette.example.org:9720", "https://a.example", "https://a.example/"]
            |                                                           ^^^^^^^^^^^^^^^^^^^^ named again here
         agent.toml:3:38:
          3 | urls  = ["vedette.example.org:9720", "https://a.example", "https://a.example/"]
            |                                      ^^^^^^^^^^^^^^^^^^^ named first here
          help: keep one of them

        agent.toml:4:1: error[unknown-key]: `token` is not a key of `collector`
          4 | token = (hidden)
            | ^^^^^
          help: keys here are ca_file, token_file, urls

        agent.toml:7:1: error[unknown-key]: `clas` is not a key of `host`
          7 | clas   = "server"
            | ^^^^
          help: did you mean `class`?

        agent.toml:8:12: error[reserved-name]: label `severity` is set by the collector
          8 | labels = { severity = "critical", "patch-group" = "A", rack = 7, note = "" }
            |            ^^^^^^^^ an agent cannot set it
          help: give it another name

        agent.toml:8:35: error[bad-name]: "patch-group" cannot be the name of a label
          8 | labels = { severity = "critical", "patch-group" = "A", rack = 7, note = "" }
            |                                   ^^^^^^^^^^^^^ a label's name has letters a to z, digits and _ only

        agent.toml:8:63: error[wrong-type]: expected a text, found a whole number
          8 | labels = { severity = "critical", "patch-group" = "A", rack = 7, note = "" }
            |                                                               ^ this is a whole number
          help: write "7"

        agent.toml:8:73: error[bad-value]: label `note` cannot have this value
          8 | labels = { severity = "critical", "patch-group" = "A", rack = 7, note = "" }
            |                                                                         ^^ an empty label is no label

        agent.toml:11:13: error[bad-size]: "32MB " is not a size
          11 | bytes_max = "32MB "
             |             ^^^^^^^ there are no spaces in a size
          help: write a number and a unit, such as "512MiB", "20GiB" or "1kB"

        agent.toml:12:7: error[bad-value]: `dir` cannot be "spool"
          12 | dir = "spool"
             |       ^^^^^^^ an absolute path is needed: the agent may be started anywhere

        10 errors
    "#);
}

#[test]
fn a_word_that_is_none_of_the_few_names_the_nearest() {
    assert_snapshot!(refused(&["[host]\nclass = \"sever\"\n"]), @r#"
        agent.toml:2:9: error[unknown-word]: "sever" is not a word `class` can have
          2 | class = "sever"
            |         ^^^^^^^
          help: did you mean `server`?

        1 error
    "#);
}

#[test]
fn mistakes_of_form_are_said_together_and_nothing_else() {
    assert_snapshot!(refused(&["[report]\ninterval = 15s\ninterval = \"15s\"\n[host\nname = \"db-7\nunknown = 1\n"]), @r#"
        agent.toml:2:12: error[syntax]: string values must be quoted, expected literal string
          2 | interval = 15s
            |            ^^^

        agent.toml:3:1: error[duplicate-key]: `interval` is set twice
          3 | interval = "15s"
            | ^^^^^^^^ set again here
          help: keep one of them

        agent.toml:4:6: error[syntax]: unclosed table, expected `]`
          4 | [host
            |      ^

        3 errors
    "#);
}

#[test]
fn a_setting_in_two_files_is_pointed_at_in_both() {
    assert_snapshot!(refused(&[
        "# ours\n[report]\ninterval = \"15s\"\n",
        "[report]\ninterval = \"60s\"\n",
    ]), @r#"
        agent.d/1.toml:2:1: error[duplicate-key]: `report.interval` is set twice
          2 | interval = "60s"
            | ^^^^^^^^ set again here
         agent.toml:3:1:
          3 | interval = "15s"
            | ^^^^^^^^ set first here
          help: keep one of them

        1 error
    "#);
}

#[test]
fn a_table_in_one_file_and_a_value_in_another_do_not_mix() {
    assert_snapshot!(refused(&["[host]\nname = \"db-7\"\n", "host = \"db-7\"\n"]), @r#"
        agent.d/1.toml:1:1: error[duplicate-key]: `host` is set twice
          1 | host = "db-7"
            | ^^^^ set again here
         agent.toml:1:2:
          1 | [host]
            |  ^^^^ set first here
          help: keep one of them

        1 error
    "#);
}

#[test]
fn a_long_line_is_shown_around_the_place_only() {
    let labels: String = (0..12).map(|n| format!("a_label_{n} = \"x\", ")).collect();
    let long = format!("[host]\nlabels = {{ {labels}severity = \"x\", {labels} }}\n");
    assert_snapshot!(refused(&[&long.replacen("a_label_", "another_", 12)]), @r#"
        agent.toml:2:218: error[reserved-name]: label `severity` is set by the collector
          2 | ...x", another_10 = "x", another_11 = "x", severity = "x", a_label_0 = "x", a_label_1 = "x", a_label_2 = "x", a_label_3 = "...
            |                                            ^^^^^^^^ an agent cannot set it
          help: give it another name

        1 error
    "#);
}

#[test]
fn columns_count_characters_and_tabs_are_drawn_as_wide_as_they_look() {
    assert_snapshot!(refused(&["[host]\n\t\"süß\" = 1\n"]), @r#"
        agent.toml:2:2: error[unknown-key]: `süß` is not a key of `host`
          2 |     "süß" = 1
            |     ^^^^^
          help: keys here are class, labels, name

        1 error
    "#);
}

#[test]
fn a_token_that_would_travel_in_clear_text_is_a_warning() {
    let (config, findings) = read(&[
        "[collector]\nurls = [\"http://10.0.0.5:9720\", \"http://[::1]:9720\"]\ntoken_file = \"/etc/vedette/token\"\n",
    ]);
    assert!(config.is_some());
    assert_snapshot!(findings, @r#"
        agent.toml:2:9: warning[clear-text]: the token would travel unencrypted
          2 | urls = ["http://10.0.0.5:9720", "http://[::1]:9720"]
            |         ^^^^^^^^^^^^^^^^^^^^^^
          help: use https://

        1 warning
    "#);
}

#[test]
fn one_line_holds_everything_but_the_source() {
    let (_, findings) = read(&[
        "[report]\ninterval = \"15s\"\n",
        "[report]\ninterval = \"60s\"\n",
    ]);
    let lines: Vec<String> = findings
        .sorted()
        .iter()
        .map(|finding| finding.one_line())
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
        agent.d/1.toml:2:1: error[duplicate-key]: `report.interval` is set twice; agent.toml:2:1 set first here (help: keep one of them)
    "#);
}

// --- files

#[test]
fn files_of_the_directory_beside_it_are_read_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let main = write(folder.path(), "agent.toml", "[host]\nname = \"db-7\"\n");
    write(
        folder.path(),
        "agent.d/20-site.toml",
        "[host.labels]\nsite = \"hq\"\n",
    );
    write(
        folder.path(),
        "agent.d/10-pace.toml",
        "[report]\ninterval = \"5s\"\n",
    );
    write(folder.path(), "agent.d/.hidden.toml", "not read");
    write(folder.path(), "agent.d/10-pace.toml~", "not read");
    write(folder.path(), "agent.d/README", "not read");

    let (config, findings) = AgentConfig::read(Some(&main));
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    assert_eq!(config.host.name.as_deref(), Some("db-7"));
    assert_eq!(config.host.labels.len(), 1);
    assert_eq!(config.report.interval, Some(Duration::from_secs(5)));

    write(
        folder.path(),
        "agent.d/30-again.toml",
        "[report]\ninterval = \"6s\"\n",
    );
    let (config, findings) = AgentConfig::read(Some(&main));
    assert_eq!(config, None);
    let line = findings.sorted()[0].one_line();
    assert!(
        line.contains("30-again.toml:2:1: error[duplicate-key]"),
        "{line}"
    );
    assert!(line.contains("10-pace.toml:2:1 set first here"), "{line}");
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let (config, findings) = AgentConfig::read(Some(&folder.path().join("agent.toml")));
    assert_eq!(config, None);
    let line = findings.sorted()[0].one_line();
    assert!(
        line.contains("agent.toml: error[unreadable-file]: cannot be read"),
        "{line}"
    );
}

#[test]
fn a_file_that_is_not_text_is_refused_at_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.toml");
    fs::write(&path, b"[host]\nname = \"gr\xfc\xdfe\"\n").unwrap();
    let (config, findings) = AgentConfig::read(Some(&path));
    assert_eq!(config, None);
    let line = findings.sorted()[0].one_line();
    assert!(
        line.contains("agent.toml:2:11: error[unreadable-file]"),
        "{line}"
    );
}

#[test]
fn a_file_over_the_bound_is_refused_and_one_at_the_bound_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let at_bound = "#".repeat(usize::try_from(vedette_config::FILE_BYTES_MAX).unwrap());
    let path = write(folder.path(), "agent.toml", &at_bound);
    assert!(AgentConfig::read(Some(&path)).0.is_some());

    write(folder.path(), "agent.toml", &format!("{at_bound}#"));
    let (config, findings) = AgentConfig::read(Some(&path));
    assert_eq!(config, None);
    let line = findings.sorted()[0].one_line();
    assert!(
        line.contains("error[too-large]: the file is larger than 4MiB"),
        "{line}"
    );
}

// --- how

/// Reads texts as the files `agent.toml`, `agent.d/1.toml`, `agent.d/2.toml`, ...
fn read(texts: &[&str]) -> (Option<AgentConfig>, Findings) {
    let sources: Vec<Arc<Source>> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| match number {
            0 => Source::new("agent.toml", *text),
            number => Source::new(format!("agent.d/{number}.toml"), *text),
        })
        .collect();
    AgentConfig::from_sources(&sources)
}

#[track_caller]
fn accepted(texts: &[&str]) -> AgentConfig {
    let (config, findings) = read(texts);
    assert!(findings.is_empty(), "{findings}");
    config.unwrap()
}

#[track_caller]
fn refused(texts: &[&str]) -> String {
    let (config, findings) = read(texts);
    assert_eq!(config, None, "{findings}");
    assert!(findings.has_errors());
    findings.to_string()
}

/// The file with every setting switched on: `#key = value` without the `#`.
fn uncommented(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if setting.starts_with(|first: char| first.is_ascii_lowercase()) => {
                setting
            }
            _ => line,
        })
        .collect();
    lines.join("\n")
}

fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}
