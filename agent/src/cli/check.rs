//! `vedette-agent check`: every finding at once, then what the agent will do.
//!
//! In: a file. Out: findings with their places, the settings that result, and the checks
//! that will run.

use serde_json::json;
use vedette_config::{AgentConfig, duration};

use super::{CheckArgs, Outcome, checks, jobs, print};
use crate::facts;

pub(super) fn check(args: CheckArgs) -> Outcome {
    let file = args.file.or(args.config);
    let (config, findings) = AgentConfig::read(file.as_deref());
    if args.json {
        let list: Vec<_> = findings
            .sorted()
            .into_iter()
            .map(|finding| {
                json!({
                    "severity": finding.severity.as_str(),
                    "code": finding.code.to_string(),
                    "finding": finding.one_line(),
                })
            })
            .collect();
        let checks = config
            .as_ref()
            .map(|config| checks::list_json(&config.checks));
        let jobs = config.as_ref().map(|config| jobs::list_json(&config.jobs));
        let ok = config.is_some();
        let outcome = json!({ "ok": ok, "findings": list, "checks": checks, "jobs": jobs });
        print(&format!("{outcome:#}\n"));
    } else {
        if !findings.is_empty() {
            print(&format!("{findings}\n"));
        }
        if let Some(config) = &config {
            print(&describe(config));
        }
    }
    match config {
        Some(_) => Outcome::Well,
        None => Outcome::Refused,
    }
}

fn describe(config: &AgentConfig) -> String {
    let host = facts::host(&config.host);
    let interval = duration::show(config.interval(host.class));
    let guessed = match config.host.class {
        Some(_) => "",
        None => " (guessed)",
    };
    let token = match &config.collector.token_file {
        Some(file) => format!("with the token in {}", file.display()),
        None => "without a token".to_owned(),
    };
    let mut text = format!(
        "ok: {} reports as a {}{guessed} every {interval}\n    to {}, {token}\n",
        host.name,
        host.class.as_str(),
        config.collector.urls.join(", then "),
    );
    for (name, value) in &config.host.labels {
        text.push_str(&format!("    label {name} = {value}\n"));
    }
    let age = duration::show(config.spool.age_max);
    text.push_str(&format!(
        "    and keeps at most {} or {age} while no collector answers\n",
        config.spool.bytes_max,
    ));
    text.push_str(&checks::list(&config.checks));
    text.push_str(&jobs::list(&config.jobs));
    text
}
