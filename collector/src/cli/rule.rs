//! Runs the tests that come with rules, here: no collector is asked. Lists rules with what came
//! of what they found.
//!
//! In: rule files, or none for the shipped rules. Out: each test that fails, with its
//! place. A file is tried with the usual settings, whatever this machine's are.

use std::cmp::Reverse;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use vedette_config::{Document, Finding, Findings, Source, read_file};
use vedette_policy::{RuleTests, Sources, TestResult, load, run_tests};

use super::Desk;
use super::failure::{Standing, misused};
use super::paper::{Column, Mood};
use crate::api::Time;
use crate::api::v1::shapes::{Rule, Rules};

/// What is shown of each rule.
const COLUMNS: &[Column] = &[Column::Whole("RULE"), Column::Wraps("TESTS")];

/// What is shown of each rule's account.
const ACCOUNT: &[Column] = &[
    Column::Whole("RULE"),
    Column::Whole("OPENED"),
    Column::Whole("UNATTENDED"),
    Column::Whole("REOPENED"),
    Column::Whole("UNTOLD"),
    Column::Whole("USEFUL"),
    Column::Whole("NOISE"),
    Column::Wraps("REMARKS"),
];

/// The noisiest first: by what people say, then by what nobody had to do anything about.
pub(super) async fn list(desk: &mut Desk<'_>) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection.get(&["api", "v1", "rules"], &[]).await?;
    let mut rules: Vec<Rule> = answer.read::<Rules>()?.rules;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    rules.sort_by_key(|rule| {
        (
            Reverse((rule.noise, rule.unattended, rule.opened)),
            rule.name.clone(),
        )
    });
    desk.paper
        .table(ACCOUNT, rules.iter().map(account).collect())?;
    Ok(Standing::Well)
}

fn account(rule: &Rule) -> Vec<String> {
    let some = |count: u64| match count {
        0 => String::new(),
        count => count.to_string(),
    };
    let untold: u64 = rule.suppressed.values().sum();
    let shadow = rule.shadow.then(|| "shadow: opens nothing".to_owned());
    let exceptions = (rule.exceptions > 0).then(|| format!("exception {}", rule.exceptions));
    let causes = rule.suppressed.iter();
    let causes = causes.map(|(cause, count)| format!("{} {count}", cause.replace('_', " ")));
    let transient = (rule.transient > 0).then(|| format!("over at once {}", rule.transient));
    let remarks: Vec<String> = shadow
        .into_iter()
        .chain(exceptions)
        .chain(transient)
        .chain(causes)
        .collect();
    vec![
        match rule.name.as_str() {
            "" => "(from outside)".to_owned(),
            name => name.to_owned(),
        },
        some(rule.opened),
        some(rule.unattended),
        some(rule.reopened),
        some(untold + rule.transient),
        some(rule.useful),
        some(rule.noise),
        remarks.join(", "),
    ]
}

pub(super) fn test(desk: &mut Desk<'_>, files: &[PathBuf]) -> anyhow::Result<Standing> {
    let mut findings = Findings::new();
    let sources: Vec<Arc<Source>> = files
        .iter()
        .filter_map(|path| read_file(path, &mut findings))
        .collect();
    let meant = names(&sources);
    let look = desk.look();
    let today = Time(look.now).instant().to_zoned(look.zone).date();
    let sources = Sources {
        rules: sources,
        ..Sources::default()
    };
    let (loaded, findings) = load(&sources, today, findings);
    let Some(loaded) = loaded else {
        desk.say_findings(&findings)?;
        return Err(misused(format!(
            "The rules cannot be tried: {}",
            findings.summary()
        )));
    };
    let mut tests = run_tests(&loaded, None);
    if !files.is_empty() {
        tests.results.retain(|result| meant.contains(&result.rule));
    }
    report(desk, &tests, &meant)?;
    Ok(Standing::well_if(tests.passed()))
}

/// The rules that are in the files; what is wrong with these is said when they are loaded.
fn names(sources: &[Arc<Source>]) -> Vec<String> {
    let mut said_later = Findings::new();
    let mut names = Vec::new();
    for source in sources {
        if let Some(document) = Document::parse(source, &mut said_later) {
            names.extend(document.read(&mut said_later, |top| {
                top.tables("rule", |rule| rule.optional::<String>("name"))
            }));
        }
    }
    names.into_iter().flatten().collect()
}

fn report(desk: &mut Desk<'_>, tests: &RuleTests, meant: &[String]) -> anyhow::Result<()> {
    let results = &tests.results;
    let failed = results.iter().filter(|result| is_failed(result)).count();
    if desk.json {
        let results: Vec<serde_json::Value> = results
            .iter()
            .map(|result| {
                json!({ "rule": result.rule, "test": result.test, "failures": result.failures })
            })
            .collect();
        let findings: Vec<String> = tests
            .findings
            .sorted()
            .into_iter()
            .map(Finding::one_line)
            .collect();
        let text = json!({ "passed": failed == 0, "results": results, "findings": findings });
        desk.paper.verbatim(&text.to_string())?;
        return Ok(());
    }
    let (headline, mood) = match (failed, results.len()) {
        (0, 0) => ("There is no test".to_owned(), Mood::Plain),
        (0, 1) => ("The test passes".to_owned(), Mood::Good),
        (0, all) => (format!("All {all} tests pass"), Mood::Good),
        (failed, all) => (format!("{failed} of {all} tests fail"), Mood::Bad),
    };
    desk.paper.headline(&headline, mood)?;
    desk.paper.gap();
    desk.paper.table(COLUMNS, rows(results, meant))?;
    desk.say_findings(&tests.findings)?;
    Ok(())
}

fn rows(results: &[TestResult], meant: &[String]) -> Vec<Vec<String>> {
    let mut names: Vec<&str> = results.iter().map(|result| result.rule.as_str()).collect();
    names.dedup();
    let untested = meant.iter().map(String::as_str);
    let untested: Vec<&str> = untested.filter(|name| !names.contains(name)).collect();
    names.extend(untested);
    let row = |name: &str| {
        let of_rule = || results.iter().filter(|result| result.rule == name);
        let failed = of_rule().filter(|result| is_failed(result)).count();
        let said = match (failed, of_rule().count()) {
            (_, 0) => "none; say what it must do and, above all, when it must not fire".into(),
            (0, 1) => "1 passes".into(),
            (0, all) => format!("{all} pass"),
            (failed, all) => format!("{failed} of {all} fail"),
        };
        vec![name.to_owned(), said]
    };
    names.into_iter().map(row).collect()
}

fn is_failed(result: &TestResult) -> bool {
    !result.failures.is_empty()
}

impl Desk<'_> {
    /// Each finding with its place in the file, as `vedette-collector check` shows them.
    pub(super) fn say_findings(&mut self, findings: &Findings) -> anyhow::Result<()> {
        if self.json {
            return Ok(());
        }
        for finding in findings.sorted() {
            self.paper.gap();
            self.paper.block(&finding.to_string())?;
        }
        Ok(())
    }
}
