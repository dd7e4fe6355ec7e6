//! Which files' changes an agent tells, and what people are told when that is wrong.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use insta::assert_snapshot;
use vedette_config::{AgentConfig, CHANGED_FILES_MAX, Findings, Source};

#[test]
fn nothing_is_watched_unless_it_is_named() {
    assert!(accepted("").is_empty() && accepted("[changes]\nfiles = []").is_empty());
    let files = accepted("[changes]\nfiles = [\"/etc/hosts\", \"/etc/nginx/nginx.conf\"]");
    assert_eq!(
        files,
        ["/etc/hosts", "/etc/nginx/nginx.conf"].map(PathBuf::from)
    );
}

#[test]
fn what_is_no_single_file_is_refused_with_its_place() {
    assert_snapshot!(refused(r#"
[changes]
files = ["etc/hosts", "/etc/hosts", "/etc/hosts", "/etc/nginx/", "/etc/*.conf"]
"#), @r#"
    agent.toml:3:10: error[bad-value]: "etc/hosts" cannot be watched
      3 | files = ["etc/hosts", "/etc/hosts", "/etc/hosts", "/etc/nginx/", "/etc/*.conf"]
        |          ^^^^^^^^^^^ an absolute path is needed: the agent may be started anywhere

    agent.toml:3:37: error[duplicate-name]: this file is named twice
      3 | files = ["etc/hosts", "/etc/hosts", "/etc/hosts", "/etc/nginx/", "/etc/*.conf"]
        |                                     ^^^^^^^^^^^^ named again here
     agent.toml:3:23:
      3 | files = ["etc/hosts", "/etc/hosts", "/etc/hosts", "/etc/nginx/", "/etc/*.conf"]
        |                       ^^^^^^^^^^^^ named first here
      help: keep one of them

    agent.toml:3:51: error[bad-value]: "/etc/nginx/" cannot be watched
      3 | files = ["etc/hosts", "/etc/hosts", "/etc/hosts", "/etc/nginx/", "/etc/*.conf"]
        |                                                   ^^^^^^^^^^^^^ this is a directory; name the files in it

    agent.toml:3:66: error[bad-value]: "/etc/*.conf" cannot be watched
      3 | files = ["etc/hosts", "/etc/hosts", "/etc/hosts", "/etc/nginx/", "/etc/*.conf"]
        |                                                                  ^^^^^^^^^^^^^ each file is named by itself; patterns are not known here

    4 errors
    "#);
}

#[test]
fn there_is_a_bound_to_what_is_watched() {
    let files = |count: usize| {
        let names = (0..count).map(|number| format!("\"/etc/{number}\""));
        let names: Vec<String> = names.collect();
        format!("[changes]\nfiles = [{}]", names.join(", "))
    };
    assert_eq!(accepted(&files(CHANGED_FILES_MAX)).len(), CHANGED_FILES_MAX);
    assert!(refused(&files(CHANGED_FILES_MAX + 1)).contains("more than 256 files"));
}

#[track_caller]
fn accepted(text: &str) -> Vec<PathBuf> {
    let (config, findings) = read(text);
    assert!(findings.is_empty(), "{findings}");
    config.unwrap().changes.files
}

#[track_caller]
fn refused(text: &str) -> String {
    let (config, findings) = read(text);
    assert!(config.is_none());
    findings.to_string()
}

fn read(text: &str) -> (Option<AgentConfig>, Findings) {
    AgentConfig::from_sources(&[Source::new("agent.toml", text)])
}
