//! Shows checks: which will run, and what they came to.
//!
//! In: settings, or results. Out: lines for people, or JSON. Never a secret: settings hold
//! none but what somebody writes into a command's arguments, and those are only counted.

use serde_json::{Value, json};
use vedette_config::check::CheckSettings;
use vedette_config::duration;
use vedette_wire::{CheckRun, Sample, metric};

use super::show;

/// One line for each check that will run.
pub(super) fn list(checks: &[CheckSettings]) -> String {
    if checks.is_empty() {
        return String::new();
    }
    let mut text = match checks.len() {
        1 => "    and runs one check\n".to_owned(),
        count => format!("    and runs {count} checks\n"),
    };
    let wide = |part: fn(&CheckSettings) -> String| {
        let widths = checks.iter().map(|check| part(check).chars().count());
        widths.max().unwrap_or(0)
    };
    let (names, kinds) = (wide(name), wide(kind));
    let targets = wide(|check| check.kind.target());
    for check in checks {
        let (every, timeout) = (duration::show(check.every), duration::show(check.timeout));
        text.push_str(&format!(
            "      {:names$}  {:kinds$}  {:targets$}  every {every}, at most {timeout}\n",
            name(check),
            kind(check),
            check.kind.target(),
        ));
    }
    text
}

/// The same as JSON.
pub(super) fn list_json(checks: &[CheckSettings]) -> Vec<Value> {
    let one = |check: &CheckSettings| {
        json!({
            "check": check.name,
            "about": check.about,
            "kind": kind(check),
            "target": check.kind.target(),
            "every_s": check.every.as_secs_f64(),
            "timeout_s": check.timeout.as_secs_f64(),
        })
    };
    checks.iter().map(one).collect()
}

/// Each check with its state and what it says, and below it what it measured.
pub(super) fn outcomes(runs: &[CheckRun], samples: &[Sample]) -> String {
    let mut text = String::new();
    for run in runs {
        let name = full_name(&run.check, run.about.as_deref());
        let state = run.state.as_str();
        text.push_str(&format!(
            "{name} ({}, {state}, {} ms)\n",
            run.kind, run.took_ms
        ));
        for line in run.text.lines() {
            text.push_str(&format!("  {line}\n"));
        }
        let is_own = |sample: &&Sample| {
            let attribute = |key: &str| sample.attributes.get(key).map(String::as_str);
            metric::find(&sample.name).is_some_and(|row| row.probe == "check")
                && attribute("check") == Some(&run.check)
                && attribute("about") == run.about.as_deref()
        };
        let rows: Vec<[String; 3]> = samples.iter().filter(is_own).map(row).collect();
        text.push_str(&show::columns(&rows));
    }
    text
}

/// A check's name, behind the device it is about.
pub(super) fn full_name(check: &str, about: Option<&str>) -> String {
    match about {
        Some(about) => format!("{about} {check}"),
        None => check.to_owned(),
    }
}

fn row(sample: &Sample) -> [String; 3] {
    let attribute = |key: &str| sample.attributes.get(key).cloned().unwrap_or_default();
    let value = match (metric::find(&sample.name), attribute("unit").as_str()) {
        (Some(row), _) if sample.name != metric::CHECK_VALUE => show::value(sample.value, row),
        (_, unit) => format!("{}{unit}", sample.value),
    };
    let what = match attribute("label") {
        label if label.is_empty() => attribute("subject"),
        label => label,
    };
    [sample.name.clone(), what, value]
}

fn name(check: &CheckSettings) -> String {
    full_name(&check.name, check.about.as_deref())
}

fn kind(check: &CheckSettings) -> String {
    check.kind.as_str().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use vedette_config::{AgentConfig, Source};
    use vedette_wire::CheckState;

    use super::*;
    use crate::check::Subject;

    #[test]
    fn every_check_that_will_run_is_listed_without_secrets() {
        let source = Source::new(
            "agent.toml",
            r#"
            [[check]]
            name = "load"
            kind = "plugin"
            command = ["/usr/lib/nagios/plugins/check_load", "-w", "hush"]
            [[check]]
            about = "sw-hq-3"
            name = "ping"
            kind = "icmp"
            target = "192.0.2.3"
            every = "30s"
            timeout = "5s"
            [[check]]
            name = "shop"
            kind = "http"
            target = "https://shop.example/health?key=hush"
            "#,
        );
        let (config, findings) = AgentConfig::from_sources(&[source]);
        let config = config.ok_or(findings.to_string()).unwrap();
        let text = list(&config.checks);
        insta::assert_snapshot!(text, @"
            and runs 3 checks
              load          plugin  check_load with 2 arguments  every 1m, at most 10s
              sw-hq-3 ping  icmp    192.0.2.3                    every 30s, at most 5s
              shop          http    https://shop.example/health  every 1m, at most 10s
        ");
        let json = serde_json::to_string(&list_json(&config.checks)).unwrap();
        assert!(!text.contains("hush") && !json.contains("hush"));
    }

    #[test]
    fn what_checks_came_to_is_a_table_that_can_be_read() {
        let subject = Subject {
            check: "ping".to_owned(),
            about: Some("sw-hq-3".to_owned()),
        };
        let run = CheckRun {
            check: subject.check.clone(),
            kind: "icmp".to_owned(),
            about: subject.about.clone(),
            state: CheckState::Warning,
            text: "one\ntwo".to_owned(),
            took_ms: 7,
            every_s: None,
        };
        let samples = [
            subject.value("loss", "%", 40.0),
            subject.sample(metric::TLS_EXPIRY, &[("subject", "www")], 93_784.0),
        ];
        insta::assert_snapshot!(outcomes(&[run], &samples), @"
        sw-hq-3 ping (icmp, warning, 7 ms)
          one
          two
          agent.check.value       loss    40%
          agent.check.tls_expiry  www   1d 2h
        ");
    }
}
