//! What `enrichment.toml` and `inhibitions.toml` come to, and what people are told when they
//! are wrong, or when a label cannot be what was meant.

#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use jiff::civil::Date;
use vedette_config::{Findings, Source};
use vedette_policy::{Loaded, Sources, describe, load};
use vedette_triage::{Labels, enriched};

const ENRICHMENT: &str = r#"
[[enrichment]]
name    = "cluster by name"
match   = ['host=~".+-.+"']
from    = "host"
pattern = '^(..)-'
set     = { cluster = "$1", place = "{site}/{rack}" }
[[enrichment]]
name = "the web team"
match = ['cluster="we"']
set  = { team = "web", rack = "" }
"#;
const INHIBITIONS: &str = r#"
[[inhibition]]
name   = "a failed array explains its file systems"
source = ['alertname="array-failed"', 'severity="critical"']
target = ['component="storage"', 'alertname!="array-failed"']
equal  = ["host"]
why    = "file systems on a failed array are read-only"
"#;

// --- what is right

#[test]
fn labels_are_set_from_labels_in_order() {
    let loaded = accepted("", ENRICHMENT, "");
    let labels: Labels = [("host", "we-7"), ("site", "hq"), ("rack", "r1")]
        .into_iter()
        .collect();
    let policy = &loaded.policy;
    let set = enriched(&policy.topology, &policy.enrichments, Some("we-7"), &labels);
    let found: Vec<String> = set
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        found.join(" "),
        "cluster=we host=we-7 place=hq/r1 site=hq team=web"
    );
}

#[test]
fn an_inhibition_is_told_to_the_core_and_described() {
    let loaded = accepted("", ENRICHMENT, INHIBITIONS);
    let inhibition = &loaded.policy.inhibitions[0];
    assert_eq!(inhibition.equal, ["host"]);
    assert_eq!(
        inhibition.target.to_string(),
        r#"{component="storage", alertname!="array-failed"}"#
    );
    let text = describe(&loaded);
    let (from, to) = (
        text.find("Alerts that").unwrap(),
        text.find("Exceptions").unwrap(),
    );
    assert_snapshot!(&text[from..to], @r#"
        Alerts that explain others
          a failed array explains its file systems: {alertname="array-failed", severity="critical"} explains {component="storage", alertname!="array-failed"} with the same host
             file systems on a failed array are read-only

        Labels that are added
          cluster by name: cluster, place on {host=~".+-.+"}
          the web team: team, rack on {cluster="we"}
    "#);
}

#[test]
fn the_shipped_files_are_empty_and_their_examples_are_right() {
    let [enrichment, inhibitions] = [
        include_str!("../../enrichment.toml"),
        include_str!("../../inhibitions.toml"),
    ];
    let shipped = accepted("", enrichment, inhibitions).policy;
    assert!(shipped.enrichments.is_empty() && shipped.inhibitions.is_empty());
    let team = "[[team]]\nname = \"db\"\nticket = \"desk\"\n";
    let loaded = accepted(team, &uncommented(enrichment), &uncommented(inhibitions));
    assert_eq!(loaded.policy.enrichments.len(), 2);
    assert_eq!(loaded.policy.inhibitions.len(), 2);
}

// --- what is wrong

#[test]
fn what_an_alert_is_cannot_be_set() {
    let set = "host = \"x\", severity = \"info\", \"a-b\" = \"x\", team = \"wbe\"";
    let text = ENRICHMENT.replace("team = \"web\", rack = \"\"", set);
    assert_snapshot!(findings("", &text, ""), @r#"
        enrichment.toml:11:10: error[reserved-name]: "host" cannot be set
          11 | set  = { host = "x", severity = "info", "a-b" = "x", team = "wbe" }
             |          ^^^^ it says which alert it is
          help: set a label of another name

        enrichment.toml:11:22: error[reserved-name]: "severity" cannot be set
          11 | set  = { host = "x", severity = "info", "a-b" = "x", team = "wbe" }
             |                      ^^^^^^^^ it says which alert it is
          help: set a label of another name

        enrichment.toml:11:41: error[bad-name]: "a-b" cannot be the name of a label
          11 | set  = { host = "x", severity = "info", "a-b" = "x", team = "wbe" }
             |                                         ^^^^^ a label's name has letters a to z, digits and _ only

        enrichment.toml:11:61: error[unknown-name]: there is no team "wbe"
          11 | set  = { host = "x", severity = "info", "a-b" = "x", team = "wbe" }
             |                                                             ^^^^^
          help: did you mean "web"?

        4 errors
    "#);
}

#[test]
fn a_value_uses_what_is_there() {
    let text = ENRICHMENT
        .replace("$1", "$2 {sit} {site")
        .replace("rack = \"\"", "rack = \"$1 {Cluster}\"");
    assert_snapshot!(findings("", &text, ""), @r#"
        enrichment.toml:7:24: error[template-syntax]: "$2" is no part of a value
          7 | set     = { cluster = "$2 {sit} {site", place = "{site}/{rack}" }
            |                        ^^ the pattern has groups up to $1

        enrichment.toml:7:28: warning[unknown-label]: no alert has a label "sit" that we know of
          7 | set     = { cluster = "$2 {sit} {site", place = "{site}/{rack}" }
            |                            ^^^
          help: did you mean site?

        enrichment.toml:7:33: error[template-syntax]: "{" is no part of a value
          7 | set     = { cluster = "$2 {sit} {site", place = "{site}/{rack}" }
            |                                 ^ write {site} for a label, {{ for a brace

        enrichment.toml:11:32: error[template-syntax]: "$1" is no part of a value
          11 | set  = { team = "web", rack = "$1 {Cluster}" }
             |                                ^^ there is no `pattern` with groups

        3 errors, 1 warning
    "#);
}

#[test]
fn an_enrichment_sets_something_of_something() {
    let all = [
        ENRICHMENT.replace("'^(..)-'", "'^(..-'"),
        ENRICHMENT.replace("from    = \"host\"\n", ""),
        "[[enrichment]]\nname = \"a\"\nfrom = \"hots\"\nmatch = ['a=\"b\"', 'a=\"c\"']\n"
            .to_owned(),
    ];
    let all = all.map(|text| findings("", &text, ""));
    assert_snapshot!(all.join("\n"), @r#"
        enrichment.toml:6:11: error[bad-matcher]: this pattern cannot be read
          6 | pattern = '^(..-'
            |           ^^^^^^^ error: unclosed group

        enrichment.toml:7:24: error[template-syntax]: "$1" is no part of a value
          7 | set     = { cluster = "$1", place = "{site}/{rack}" }
            |                        ^^ there is no `pattern` with groups

        2 errors

        enrichment.toml:5:11: error[missing-key]: `pattern` needs a label: `from`
          5 | pattern = '^(..)-'
            |           ^^^^^^^^
          help: write from = "host" and pattern = '^(..)-'

        1 error

        enrichment.toml:1:1: error[missing-key]: this enrichment sets nothing
          1 | [[enrichment]]
            | ^^^^^^^^^^^^^^
          help: write set = { cluster = "$1" }

        enrichment.toml:3:8: error[missing-key]: `from` needs a `pattern`
          3 | from = "hots"
            |        ^^^^^^
          help: write from = "host" and pattern = '^(..)-'

        enrichment.toml:4:10: error[condition-never-true]: no alert is like this
          4 | match = ['a="b"', 'a="c"']
            |          ^^^^^^^ this
         enrichment.toml:4:19:
          4 | match = ['a="b"', 'a="c"']
            |                   ^^^^^^^ and this cannot both hold

        3 errors
    "#);
}

#[test]
fn an_inhibition_that_can_never_hold_or_explains_itself_is_told() {
    let all = [
        INHIBITIONS.replace("'component=\"storage\"', 'alertname!=\"array-failed\"'", "'severity=\"critical\"', 'alertname=\"array-failed\"'"),
        INHIBITIONS.replace("[\"host\"]", "[\"alertname\"]"),
        INHIBITIONS.replace("'component=\"storage\"'", "'component=\"storage\"', 'component=\"cpu\"'"),
        INHIBITIONS.replace("equal  = [\"host\"]\n", ""),
        "[[inhibition]]\nname = \"a\"\nsource = []\nequal = [\"hots\", \"a-b\"]\nwhy = \"because\"\n".to_owned(),
    ];
    let all = all.map(|text| findings("", "", &text));
    assert_snapshot!(all.join("\n"), @r#"
        inhibitions.toml:5:11: error[circular]: these alerts would explain themselves
          5 | target = ['severity="critical"', 'alertname="array-failed"']
            |           ^^^^^^^^^^^^^^^^^^^^^ what is explained
         inhibitions.toml:4:11:
          4 | source = ['alertname="array-failed"', 'severity="critical"']
            |           ^^^^^^^^^^^^^^^^^^^^^^^^^^ is the same as what explains
          help: one ticket for many alerts is `ticket_per` or [rollup]

        1 error

        inhibitions.toml:6:11: error[condition-never-true]: source and target never agree on "alertname"
          6 | equal  = ["alertname"]
            |           ^^^^^^^^^^^ they have to
         inhibitions.toml:4:11:
          4 | source = ['alertname="array-failed"', 'severity="critical"']
            |           ^^^^^^^^^^^^^^^^^^^^^^^^^^ this
         inhibitions.toml:5:34:
          5 | target = ['component="storage"', 'alertname!="array-failed"']
            |                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ and this cannot both hold

        1 error

        inhibitions.toml:5:11: error[condition-never-true]: no alert is like this
          5 | target = ['component="storage"', 'component="cpu"', 'alertname!="array-failed"']
            |           ^^^^^^^^^^^^^^^^^^^^^ this
         inhibitions.toml:5:34:
          5 | target = ['component="storage"', 'component="cpu"', 'alertname!="array-failed"']
            |                                  ^^^^^^^^^^^^^^^^^ and this cannot both hold

        1 error

        inhibitions.toml:2:1: error[missing-key]: `inhibition` has no `equal`
          2 | [[inhibition]]
            | ^^^^^^^^^^^^^^ `equal` is required here
          help: add equal = ...

        1 error

        inhibitions.toml:1:1: error[missing-key]: this does not say which alerts explain others
          1 | [[inhibition]]
            | ^^^^^^^^^^^^^^ `source` needs at least one matcher
          help: write source = ['alertname="array-failed"'] and target = ['component="storage"']

        inhibitions.toml:1:1: error[missing-key]: this does not say which alerts are explained
          1 | [[inhibition]]
            | ^^^^^^^^^^^^^^ `target` needs at least one matcher
          help: write source = ['alertname="array-failed"'] and target = ['component="storage"']

        inhibitions.toml:4:10: warning[unknown-label]: no alert has a label "hots" that we know of
          4 | equal = ["hots", "a-b"]
            |          ^^^^^^
          help: did you mean host?

        inhibitions.toml:4:18: error[bad-name]: "a-b" cannot be the name of a label
          4 | equal = ["hots", "a-b"]
            |                  ^^^^^ a label's name has letters a to z, digits and _ only

        inhibitions.toml:5:7: error[bad-value]: a reason has 8 to 1000 characters
          5 | why = "because"
            |       ^^^^^^^^^
          help: say it so that it is still understood in a year

        4 errors, 1 warning
    "#);
}

#[test]
fn a_matcher_on_a_label_that_looks_like_a_slip_is_told() {
    let route = "[[route]]\nname = \"r\"\nmatch = ['Severity=\"critical\"', 'sites=\"hq\"', 'env=\"prod\"']\n[[route]]\nname = \"rest\"\n";
    assert_snapshot!(findings(route, "", ""), @r#"
        collector.toml:13:10: warning[unknown-label]: no alert has a label "Severity" that we know of
          13 | match = ['Severity="critical"', 'sites="hq"', 'env="prod"']
             |          ^^^^^^^^^^^^^^^^^^^^^
          help: did you mean severity?

        collector.toml:13:33: warning[unknown-label]: no alert has a label "sites" that we know of
          13 | match = ['Severity="critical"', 'sites="hq"', 'env="prod"']
             |                                 ^^^^^^^^^^^^
          help: did you mean site?

        2 warnings
    "#);
    // What enrichment sets is no slip.
    let set = "[[enrichment]]\nname = \"a\"\nmatch = ['site=\"hq\"']\nset = { sites = \"hq\" }\n";
    assert!(
        !findings(route, set, "").contains("sites\" that"),
        "{}",
        findings(route, set, "")
    );
}

/// The file with every example in force.
fn uncommented(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest)
            if rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '[') =>
        {
            format!("{rest}\n")
        }
        Some(_) | None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn findings(collector: &str, enrichment: &str, inhibitions: &str) -> String {
    read(collector, enrichment, inhibitions).1.to_string()
}

#[track_caller]
fn accepted(collector: &str, enrichment: &str, inhibitions: &str) -> Loaded {
    let (loaded, findings) = read(collector, enrichment, inhibitions);
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap()
}

fn read(collector: &str, enrichment: &str, inhibitions: &str) -> (Option<Loaded>, Findings) {
    const COLLECTOR: &str = "[[team]]\nname = \"it-ops\"\nticket = \"desk\"\n[[team]]\nname = \"web\"\nticket = \"desk\"\n[[receiver]]\nname = \"desk\"\nprofile = \"generic\"\nurl = \"http://127.0.0.1:9721/\"\n";
    let source = |name: &str, text: &str| (!text.is_empty()).then(|| Source::new(name, text));
    let sources = Sources {
        collector: Some(Source::new(
            "collector.toml",
            format!("{COLLECTOR}{collector}"),
        )),
        enrichment: source("enrichment.toml", enrichment),
        inhibitions: source("inhibitions.toml", inhibitions),
        ..Sources::default()
    };
    load(&sources, Date::constant(2026, 11, 22), Findings::new())
}
