//! Reads and runs the tests that come with a rule.
//!
//! In: `[[rule.test]]`: what is measured when, what is expected when. Out: for each test
//! whether the rule does what it says, titles included. They are run on demand
//! (`vedette rule test`, `check`), not when a policy is loaded.

use std::collections::BTreeMap;
use std::time::Duration;

use vedette_config::{Code, Finding, Findings, Kind, Reader, Spanned, duration, quoted};
use vedette_triage::Severity;
use vedette_triage::detect::trial::{self, Given, STEP, Seen, Trial};
use vedette_triage::detect::{Names, On, TEXT, limits};
use vedette_wire::Class;

use super::{Expected, Test, on, quantity};
use crate::load::Loaded;
use crate::text::Sighting;

/// Tests of one rule.
const TESTS_MAX: usize = 100;
/// Intervals, or expectations, of one test.
const ROWS_MAX: usize = 200;
/// Events in one interval.
const EVENTS_MAX: i64 = 100;
/// The name of the host in titles of tests.
const HOST: &str = "db-7";

/// What became of the tests of a policy.
#[derive(Debug, Default)]
pub struct RuleTests {
    /// Each test, in the order of the rules.
    pub results: Vec<TestResult>,
    /// What failed, with its place in the file.
    pub findings: Findings,
}

/// What became of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The rule.
    pub rule: String,
    /// The test.
    pub test: String,
    /// What was not as expected, in sentences; empty when all was.
    pub failures: Vec<String>,
}

impl RuleTests {
    /// Whether all was as expected.
    pub fn passed(&self) -> bool {
        self.results.iter().all(|result| result.failures.is_empty())
    }
}

/// Runs the tests of one rule, or of all.
pub fn run_tests(loaded: &Loaded, only: Option<&str>) -> RuleTests {
    let mut tests = RuleTests::default();
    let rules = loaded
        .rules
        .iter()
        .filter(|rule| only.is_none_or(|only| rule.name.value == only));
    for rule in rules {
        for test in &rule.tests {
            let failures = run(loaded, &rule.name.value, test, &mut tests.findings);
            tests.results.push(TestResult {
                rule: rule.name.value.clone(),
                test: test.name.value.clone(),
                failures,
            });
        }
    }
    tests
}

fn run(loaded: &Loaded, rule: &str, test: &Test, findings: &mut Findings) -> Vec<String> {
    let detection = &loaded.policy.detection;
    let Some(compiled) = detection.get(rule) else {
        return vec!["the rule is not in force".to_owned()];
    };
    let (close_delay, gone_after) = (detection.close_delay(), detection.gone_after());
    let seen = match trial::run(compiled, &test.trial, close_delay, gone_after) {
        Ok(seen) => seen,
        Err(fault) => return vec![fault.to_string()],
    };
    let mut failures = Vec::new();
    for (seen, expected) in seen.iter().zip(&test.expect) {
        for (place, failure) in differences(loaded, rule, seen, expected) {
            findings.push(
                Finding::error(Code::RuleTestFailed, format!("{rule}: {failure}"))
                    .at(&place, "")
                    .at(&test.name.place, "in this test"),
            );
            failures.push(failure);
        }
    }
    failures
}

fn differences(
    loaded: &Loaded,
    rule: &str,
    seen: &Seen,
    expected: &Expected,
) -> Vec<(vedette_config::Place, String)> {
    let at = duration::show(seen.at);
    let mut differences = Vec::new();
    if !seen.is_met() {
        let [found, wanted] = [seen.found, seen.expected].map(word);
        let failure = format!("at {at} it is {found}, not {wanted}");
        differences.push((expected.place.clone(), failure));
    } else if let Some(title) = &expected.title {
        let found = loaded.titles.title(&Sighting {
            rule,
            host: HOST,
            values: &seen.values,
            attributes: &seen.attributes,
        });
        if found != title.value {
            let failure = format!("at {at} its title is {}", quoted(&found));
            differences.push((title.place.clone(), failure));
        }
    }
    differences
}

/// The tests of a rule. `names` are those that are measured; none when the rule is unclear.
pub(super) fn read(table: &mut Reader<'_>, on: Option<&On>, names: Option<&Names>) -> Vec<Test> {
    let (Some(on), Some(names)) = (on, names) else {
        // Whatever its tests say was meant for another rule than can be read.
        table.kind("test");
        return Vec::new();
    };
    let place = table.key_place("test").unwrap_or(table.place()).clone();
    let tests: Vec<Test> = table
        .tables("test", |table| test(table, on, names))
        .into_iter()
        .flatten()
        .collect();
    if tests.len() > TESTS_MAX {
        let message = format!("more than {TESTS_MAX} tests of one rule");
        table.push(Finding::error(Code::TooLarge, message).at(&place, ""));
    }
    tests
}

fn test(table: &mut Reader<'_>, on: &On, names: &Names) -> Option<Test> {
    let name = table.required::<Spanned<String>>("name");
    let attributes = table.table("series", |table| series(table, on));
    let host = table.table("host", |table| {
        let classes = [Class::Server, Class::Workstation].map(|class| (class.as_str(), class));
        let class = table.word("class", &classes).map(|word| word.value);
        let labels = table.table("labels", texts).unwrap_or_default();
        (class.unwrap_or_default(), labels)
    });
    let (class, labels) = host.unwrap_or_default();
    let usual = match on {
        On::Metric(_) => quantity(table, "usual").map(|usual| usual.value.value),
        On::Event(_) | On::Host => None,
    };
    let given = table.tables("given", |table| given(table, on, names));
    let given: Vec<Given> = given.into_iter().flatten().flatten().collect();
    let expected = table.tables("expect", expect);
    let mut expected: Vec<_> = expected.into_iter().flatten().collect();
    expected.sort_by_key(|(at, ..)| *at);
    for (key, rows) in [("given", given.len()), ("expect", expected.len())] {
        if rows > ROWS_MAX {
            let place = table.key_place(key).unwrap_or(table.place()).clone();
            let message = format!("more than {ROWS_MAX} rows in `{key}`");
            table.push(Finding::error(Code::TooLarge, message).at(&place, ""));
        }
    }
    if expected.is_empty() {
        let place = table.place().clone();
        let message = "this test expects nothing";
        table.push(Finding::error(Code::MissingKey, message).at(&place, ""));
    }
    let trial = Trial {
        class,
        labels,
        attributes: attributes.unwrap_or_default(),
        usual,
        given,
        expect: expected
            .iter()
            .map(|(at, state, _)| (*at, *state))
            .collect(),
    };
    Some(Test {
        name: name?,
        trial,
        expect: expected
            .into_iter()
            .map(|(.., expected)| expected)
            .collect(),
    })
}

fn series(table: &mut Reader<'_>, on: &On) -> BTreeMap<String, String> {
    let known = on::attributes(on);
    let names = table.keys();
    let series = texts(table);
    if let Some(known) = known {
        for name in names.iter().filter(|name| !known.contains(&name.value)) {
            let of = "what this rule is on";
            let (code, message, help) = super::read::unknown_attribute(&name.value, of, &known);
            let finding = Finding::error(code, message).at(&name.place, "");
            table.push(match help {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
    }
    series
}

fn texts(table: &mut Reader<'_>) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for name in table.keys() {
        if let Some(text) = table.optional::<String>(&name.value) {
            texts.insert(name.value, text);
        }
    }
    texts
}

/// One interval; of a rule on events, one for each event.
fn given(table: &mut Reader<'_>, on: &On, names: &Names) -> Option<Vec<Given>> {
    let from = time(table, "from");
    let to = time(table, "to");
    let mut given = Given::default();
    let mut events = 1;
    match on {
        On::Event(_) => {
            events = table.within::<i64>("events", 0..=EVENTS_MAX).unwrap_or(0);
            for name in on::attributes(on).unwrap_or_default() {
                if let Some(text) = table.optional::<String>(&name) {
                    given.attributes.insert(name, text);
                }
            }
        }
        On::Metric(_) | On::Host => {
            for name in names.iter() {
                if let Some(value) = quantity(table, name) {
                    given.values.push((name.to_owned(), value.value.value));
                }
            }
        }
    }
    if on::has_text(on) {
        given.text = table.or(TEXT, String::new());
    }
    let (from, to) = (from?, to?);
    if from.value >= to.value {
        table.push(
            Finding::error(Code::BadValue, "this interval ends before it begins")
                .at(&to.place, "")
                .at(&from.place, "it begins here"),
        );
        return None;
    }
    given.from = from.value;
    given.to = to.value;
    let count = usize::try_from(events).unwrap_or(0);
    Some(vec![given; count])
}

fn expect(table: &mut Reader<'_>) -> Option<(Duration, Option<Severity>, Expected)> {
    const STATES: [(&str, Option<Severity>); 3] = [
        ("ok", None),
        ("warning", Some(Severity::Warning)),
        ("critical", Some(Severity::Critical)),
    ];
    let at = time(table, "at");
    let state = match table.kind("state") {
        Some(Kind::String) => table.word("state", &STATES),
        Some(_) | None => table
            .required::<Spanned<String>>("state")
            .map(|word| word.map(|_| None)),
    };
    let title = table.optional("title");
    let (at, state) = (at?, state?);
    let expected = Expected {
        place: state.place,
        title,
    };
    Some((at.value, state.value, expected))
}

/// A time since the test began.
fn time(table: &mut Reader<'_>, key: &str) -> Option<Spanned<Duration>> {
    let time = table.required::<Spanned<Duration>>(key)?;
    if time.value > limits::TRIAL_MAX {
        let longest = duration::show(limits::TRIAL_MAX);
        let message = format!("a test lasts at most {longest}");
        table.push(Finding::error(Code::OutOfRange, message).at(&time.place, ""));
        return None;
    }
    let is_step = time.value.as_millis().is_multiple_of(STEP.as_millis());
    if !is_step {
        let step = duration::show(STEP);
        let message = format!("a test goes in steps of {step}");
        table.push(Finding::warning(Code::BadValue, message).at(&time.place, "between two steps"));
    }
    Some(time)
}

fn word(state: Option<Severity>) -> &'static str {
    state.map_or("ok", Severity::as_str)
}
