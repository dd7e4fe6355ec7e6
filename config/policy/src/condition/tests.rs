//! No text makes reading a condition panic, and what is called impossible is impossible to
//! the core, too.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use vedette_config::{Code, Findings, Place, Severity, Source, Spanned};
use vedette_triage::Labels;
use vedette_triage::detect::{Names, On, Scope, Truth};

use super::{Checked, Interval, Role, Sight, check_fires, read};

/// Words that conditions are made of, and some that they are not.
const WORDS: &[&str] = &[
    "value",
    "free",
    "warn",
    "host",
    "host.class",
    "host.labels",
    "avg",
    "count(\"5m\")",
    "n_of",
    "forecast(",
    "\"5m\"",
    "'x'",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "<",
    "<=",
    ">",
    ">=",
    "==",
    "!=",
    "?",
    ":",
    "1",
    "0.9",
    "9e9",
    "1u",
    "0x1f",
    "true",
    "null",
    "in",
    "has(value.x)",
    "[1].all(x, x > 0)",
    "b\"x\"",
    "r\"x\"",
    "\"\"\"",
    "//",
    "{",
    "}",
    "`",
    "\\",
    "é",
    "\u{0}",
    " ",
    "\n",
    "=",
    "&",
    "|",
    "and",
    "99999999999999999999",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}|[ -~\\n]{0,1024}") {
        let _ = found(&text);
    }

    #[test]
    fn no_sentence_of_its_own_words_makes_it_panic(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        let _ = found(&words.concat());
        let _ = found(&words.join(" "));
    }

    #[test]
    fn what_is_called_impossible_never_holds(
        text in condition(),
        cases in prop::collection::vec((0.0..=1.0_f64, 0.0..=10.0_f64), 50),
    ) {
        let (checked, findings) = found(&text);
        let checked = checked.unwrap();
        let says = |code| findings.of(Severity::Error).chain(findings.of(Severity::Warning)).any(|finding| finding.code == code);
        // A single comparison is called so, too, and then the rest may still hold.
        if checked.is_doubtful || !says(Code::ConditionNeverTrue) {
            return Ok(());
        }
        let sight = sight();
        let host = Labels::none();
        for (value, free) in cases.into_iter().chain([(0.0, 0.0), (1.0, 0.0), (0.5, 1.0)]) {
            let values = values(&sight, value, free);
            let holds = checked.compiled.holds(&Scope::made_up(&values, &host, 0.0));
            prop_assert_eq!(holds, Truth::False, "{} at {} {}", text, value, free);
        }
    }
}

#[test]
fn a_chain_as_long_as_is_let_through_is_read_or_refused_in_time() {
    for text in [
        "value > 0.9 || ".repeat(60) + "value > 0.9",
        "(".repeat(16) + "value > 0.9" + &")".repeat(16),
        "value + ".repeat(120) + "1 > 0.9",
        "true ? ".repeat(60) + "true" + &" : false".repeat(60),
        "!".repeat(120) + "true",
        "-".repeat(120) + "1 > value",
        "host.labels[\"a\"] == \"b\" || ".repeat(30) + "true",
    ] {
        let _ = found(&text);
    }
}

/// Conditions over two names, of comparisons with constants on a small grid, so that they meet.
fn condition() -> impl Strategy<Value = String> {
    let name = prop::sample::select(
        &[
            "value",
            "free",
            "value * 2",
            "free - 1",
            "1 - value",
            "value + free",
        ][..],
    );
    let comparison = prop::sample::select(&["<", "<=", ">", ">=", "==", "!="][..]);
    let limit = prop::sample::select(&["0", "0.25", "0.5", "warn", "warn - 0.05", "1", "2"][..]);
    let leaf =
        (name, comparison, limit, any::<bool>()).prop_map(|(name, comparison, limit, flipped)| {
            match flipped {
                false => format!("{name} {comparison} {limit}"),
                true => format!("{limit} {comparison} {name}"),
            }
        });
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            4 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) && ({right})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) || ({right})")),
            1 => inner.prop_map(|inner| format!("!({inner})")),
        ]
    })
}

fn found(text: &str) -> (Option<Checked>, Findings) {
    let mut findings = Findings::new();
    let source = Source::new("x", text);
    let written = Spanned::new(text.to_owned(), Place::new(&source, 0..text.len()));
    let sight = sight();
    let checked = read(&written, Role::Fires, &sight, &mut findings);
    if let Some(checked) = &checked {
        check_fires(checked, &sight, &mut findings);
    } else {
        assert!(findings.has_errors(), "{text:?} is refused without a word");
    }
    (checked, findings)
}

/// A share `value`, an amount `free` and a parameter `warn` of 0.9.
fn sight() -> Sight {
    let on = On::Metric("m".into());
    let names = Names::of(&on, ["free"], ["warn"]);
    let within = [
        (
            "value",
            Interval {
                low: 0.0,
                high: 1.0,
            },
        ),
        ("free", Interval::POSITIVE),
        ("warn", Interval::point(0.9)),
    ];
    Sight {
        within: within
            .into_iter()
            .map(|(name, within)| (names.find(name).unwrap(), within))
            .collect(),
        on,
        names,
        params: BTreeMap::new(),
        attributes: vec!["mountpoint".to_owned()],
    }
}

/// In the order of the names.
fn values(sight: &Sight, value: f64, free: f64) -> Vec<f64> {
    let worth = |name: &str| match name {
        "value" => value,
        "free" => free,
        _ => 0.9,
    };
    sight.names.iter().map(worth).collect()
}
