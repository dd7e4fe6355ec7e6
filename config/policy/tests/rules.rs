//! What people are told about rules that cannot do what they want.

#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use jiff::civil::Date;
use vedette_config::{Findings, Source};
use vedette_policy::{Loaded, Sources, load, run_tests};
use vedette_triage::detect::On;
use vedette_wire::Class;

/// A rule that is right, for tests that change one line of it.
const RULE: &str = r#"
[[rule]]
name = "disk"
component = "storage"
on = "system.filesystem.utilization"
with = { free = "system.filesystem.available" }
params = { warn = 0.90, left = "20GiB" }
warning = 'value > warn && free < left'
warning_clear = 'value < warn - 0.05 || free > 1.25 * left'
title = "{{ mountpoint }} is {{ value | percent }} full"
"#;

// --- conditions

#[test]
fn a_comparison_that_no_value_can_meet_names_the_range_and_what_was_meant() {
    assert_snapshot!(with("warning", "value > 90"), @r#"
        a.toml:8:12: error[condition-never-true]: this is never true: `value` is 0 to 1
          8 | warning = 'value > 90'
            |            ^^^^^^^^^^ it is never above 90
          help: did you mean 0.90?

        1 error
    "#);
    assert_snapshot!(with("params", "{ warn = 90, left = \"20GiB\" }"), @r#"
        a.toml:8:12: error[condition-never-true]: this is never true: `value` is 0 to 1
          8 | warning = 'value > warn && free < left'
            |            ^^^^^^^^^^^^ it is never above 90
         a.toml:7:19:
          7 | params = { warn = 90, left = "20GiB" }
            |                   ^^ `warn` is 90
          help: did you mean 0.90?

        a.toml:9:18: warning[condition-always-true]: this is always true: `value` is 0 to 1
          9 | warning_clear = 'value < warn - 0.05 || free > 1.25 * left'
            |                  ^^^^^^^^^^^^^^^^^^^
          help: did you mean 0.90?

        1 error, 1 warning
    "#);
    assert_snapshot!(with("warning", "90 < value && free < left"), @r#"
        a.toml:8:12: error[condition-never-true]: this is never true: `value` is 0 to 1
          8 | warning = '90 < value && free < left'
            |            ^^^^^^^^^^ it is never above 90
          help: did you mean 0.90?

        1 error
    "#);
    assert_snapshot!(with("warning", "free < 0"), @r#"
        a.toml:8:12: error[condition-never-true]: this is never true: `free` is at least 0
          8 | warning = 'free < 0'
            |            ^^^^^^^^ it is never below 0

        1 error
    "#);
}

#[test]
fn what_is_usual_is_told_from_whole_days() {
    assert_snapshot!(without_clear("anomaly(\"36h\") > 6 && value > warn"), @r#"
        a.toml:8:22: error[out-of-range]: what is usual cannot be told from 1d12h
          8 | warning = '''anomaly("36h") > 6 && value > warn'''
            |                      ^^^^^
          help: it can be 3 to 7 whole days

        1 error
    "#);
}

#[test]
fn what_is_only_unusual_opens_no_ticket_without_a_symptom() {
    let alone = "anomaly(\"7d\") > 6 || free.anomaly(\"7d\") < -6";
    assert!(without_clear(alone).contains("warning[anomaly-alone]"));
    let with_a_symptom = "anomaly(\"7d\") > 6 && free < left";
    assert!(!without_clear(with_a_symptom).contains("anomaly-alone"));
}

#[test]
fn a_comparison_that_every_value_meets_is_worth_a_look() {
    assert_snapshot!(with("warning", "value >= 0 && free < left"), @r#"
        a.toml:8:12: warning[condition-always-true]: this is always true: `value` is 0 to 1
          8 | warning = 'value >= 0 && free < left'
            |            ^^^^^^^^^^

        a.toml:9:17: warning[conflicting-keys]: this clear holds while the alert fires
          9 | warning_clear = 'value < warn - 0.05 || free > 1.25 * left'
            |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ for example with `value` 0, `free` 0
         a.toml:8:11:
          8 | warning = 'value >= 0 && free < left'
            |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^ this fires there
          help: leave room between them, or the alert comes and goes

        2 warnings
    "#);
}

#[test]
fn parts_that_contradict_each_other_never_fire() {
    assert_snapshot!(with("warning", "value > 0.9 && value < 0.5"), @r#"
        a.toml:8:11: error[condition-never-true]: this condition is never true
          8 | warning = 'value > 0.9 && value < 0.5'
            |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no value makes all of it hold
          help: its parts contradict each other

        1 error
    "#);
    assert_snapshot!(with("warning", "value > warn && !(value * 2 > warn)"), @r#"
        a.toml:8:11: error[condition-never-true]: this condition is never true
          8 | warning = 'value > warn && !(value * 2 > warn)'
            |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no value makes all of it hold
          help: its parts contradict each other

        1 error
    "#);
    assert_snapshot!(with("warning", "value == 0.5 && value != 0.5"), @r#"
        a.toml:8:11: error[condition-never-true]: this condition is never true
          8 | warning = 'value == 0.5 && value != 0.5'
            |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no value makes all of it hold
          help: its parts contradict each other

        1 error
    "#);
}

#[test]
fn what_is_only_unlikely_is_not_called_impossible() {
    for condition in [
        "value > warn && value < warn + 0.01 && free < left",
        "avg(\"5m\") > 0.9 && value < 0.5",
        "value > 0.9 && changed(\"10m\") && !absent(\"1h\")",
        "n_of(3, 5, value > 0.9)",
        "free.rate(\"1h\") > 0 && value > 0.5",
        "time_to(1.0, \"6h\") < 3600 && forecast(\"6h\", \"24h\") > 1.2",
        "host.class == \"server\" && host.labels[\"site\"] in [\"hq\", \"graz\"] && value > 0.9",
        "value == 1",
        "free > 5000000000000000 && value > 0.9",
        "value > warn ? free < left : free < 1000",
    ] {
        assert_eq!(without_clear(condition), "no findings\n", "{condition}");
    }
}

#[test]
fn a_clear_that_is_never_reached_or_ends_too_much_is_told() {
    assert_snapshot!(with("warning_clear", "value < -1"), @r#"
        a.toml:9:18: error[clear-never-reached]: this is never true: `value` is 0 to 1
          9 | warning_clear = 'value < -1'
            |                  ^^^^^^^^^^ it is never below -1

        1 error
    "#);
    assert_snapshot!(with("warning_clear", "value < 0.5 && value > 0.7"), @r#"
        a.toml:9:17: error[clear-never-reached]: this clear is never reached
          9 | warning_clear = 'value < 0.5 && value > 0.7'
            |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no value makes it hold: the alert would stay for ever
          help: leave it out to clear as soon as the condition no longer holds

        1 error
    "#);
    assert_snapshot!(with("warning_clear", "value < 0.95"), @r#"
        a.toml:9:17: warning[conflicting-keys]: this clear holds while the alert fires
          9 | warning_clear = 'value < 0.95'
            |                 ^^^^^^^^^^^^^^ for example with `value` 0.925, `free` 0
         a.toml:8:11:
          8 | warning = 'value > warn && free < left'
            |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this fires there
          help: leave room between them, or the alert comes and goes

        a.toml:9:17: warning[clear-never-reached]: an alert of this rule could stay for ever
          9 | warning_clear = 'value < 0.95'
            |                 ^^^^^^^^^^^^^^ for example with `value` 1, `free` very large
          help: there it neither fires nor is clear; is that end of the scale well?

        2 warnings
    "#);
    assert_snapshot!(with("warning_clear", "value < 0.85 && value > 0.1"), @r#"
        a.toml:9:17: warning[clear-never-reached]: an alert of this rule could stay for ever
          9 | warning_clear = 'value < 0.85 && value > 0.1'
            |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ for example with `value` 0, `free` 0
          help: there it neither fires nor is clear; is that end of the scale well?

        1 warning
    "#);
}

#[test]
fn a_name_nobody_gives_is_told_with_the_nearest() {
    assert_snapshot!(with("warning", "valeu > 0.9"), @r#"
        a.toml:8:12: error[condition-unknown-name]: "valeu" is not a name this condition can see
          8 | warning = 'valeu > 0.9'
            |            ^^^^^
          help: did you mean value?

        1 error
    "#);
    assert_snapshot!(with("warning", "mountpoint == \"/var\""), @r#"
        a.toml:8:12: error[condition-unknown-name]: "mountpoint" is not a name this condition can see
          8 | warning = 'mountpoint == "/var"'
            |            ^^^^^^^^^^
          help: choose series by attributes: where = ['mountpoint="..."']

        1 error
    "#);
    assert_snapshot!(with("warning", "system.filesystem.available < left"), @r#"
        a.toml:8:12: error[condition-unknown-name]: "system.filesystem.available" is not a name this condition can see
          8 | warning = 'system.filesystem.available < left'
            |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
          help: give the other metric a short name: with = { free = "system.filesystem.available" }

        1 error
    "#);
    assert_snapshot!(with("warning", "average(\"5m\") > 0.9 || host.name == \"x\" || avg > 1"), @r#"
        a.toml:8:12: error[condition-unknown-name]: there is no function "average"
          8 | warning = 'average("5m") > 0.9 || host.name == "x" || avg > 1'
            |            ^^^^^^^^^^^^^
          help: there are avg, min, max, rate, increase, count, last, forecast, time_to, anomaly, changed, absent, n_of, known

        a.toml:8:35: error[condition-unknown-name]: a host has no "host.name"
          8 | warning = 'average("5m") > 0.9 || host.name == "x" || avg > 1'
            |                                   ^^^^^^^^^
          help: there are host.class and host.labels["site"]

        a.toml:8:55: error[condition-unknown-name]: "avg" is not a name this condition can see
          8 | warning = 'average("5m") > 0.9 || host.name == "x" || avg > 1'
            |                                                       ^^^
          help: write avg("5m")

        3 errors
    "#);
}

#[test]
fn what_does_not_fit_together_is_told_where_it_stands() {
    assert_snapshot!(with("warning", "value"), @r#"
        a.toml:8:12: error[condition-type]: a number is neither true nor false
          8 | warning = 'value'
            |            ^^^^^
          help: compare it with something: value > 0.9

        1 error
    "#);
    assert_snapshot!(with("warning", "value > \"20GiB\""), @r#"
        a.toml:8:12: error[condition-type]: a number cannot be compared with a text
          8 | warning = 'value > "20GiB"'
            |            ^^^^^^^^^^^^^^^
          help: put sizes and durations into `params`: params = { limit = "20GiB" }

        1 error
    "#);
    assert_snapshot!(with("warning", "(value > 0.9) > 1 && -(value > 1) > 0"), @r#"
        a.toml:8:13: error[condition-type]: a true or false cannot be compared with a number
          8 | warning = '(value > 0.9) > 1 && -(value > 1) > 0'
            |             ^^^^^^^^^^^^^^^^
          help: a comparison is true or false already; join them with && and ||

        a.toml:8:35: error[condition-never-true]: this is never true: `value` is 0 to 1
          8 | warning = '(value > 0.9) > 1 && -(value > 1) > 0'
            |                                   ^^^^^^^^^ it is never above 1

        a.toml:8:35: error[condition-type]: a number must stand here, and this is true or false
          8 | warning = '(value > 0.9) > 1 && -(value > 1) > 0'
            |                                   ^^^^^^^^^

        3 errors
    "#);
    assert_snapshot!(with("warning", "host.class > \"a\" || host.class == 7"), @r#"
        a.toml:8:12: error[condition-type]: texts are compared with == and != only
          8 | warning = 'host.class > "a" || host.class == 7'
            |            ^^^^^^^^^^^^^^^^

        a.toml:8:32: error[condition-type]: a label of the host cannot be compared with a number
          8 | warning = 'host.class > "a" || host.class == 7'
            |                                ^^^^^^^^^^^^^^^

        2 errors
    "#);
    assert_snapshot!(with("warning", "avg(5) > 1 || avg(\"5x\") > 1 || avg() > 1 || avg(\"30d\") > 1"), @r#"
        a.toml:8:16: error[bad-duration]: a duration in quotes must stand here
          8 | warning = 'avg(5) > 1 || avg("5x") > 1 || avg() > 1 || avg("30d") > 1'
            |                ^
          help: write it like "5m"

        a.toml:8:30: error[bad-duration]: "5x" is not a duration
          8 | warning = 'avg(5) > 1 || avg("5x") > 1 || avg() > 1 || avg("30d") > 1'
            |                              ^^^^
          help: `x` is not a unit; there are d, h, m, s and ms

        a.toml:8:43: error[condition-type]: avg is not called like this
          8 | warning = 'avg(5) > 1 || avg("5x") > 1 || avg() > 1 || avg("30d") > 1'
            |                                           ^^^^^
          help: write avg("5m")

        a.toml:8:60: error[out-of-range]: a window cannot be 30d
          8 | warning = 'avg(5) > 1 || avg("5x") > 1 || avg() > 1 || avg("30d") > 1'
            |                                                            ^^^^^
          help: it can be up to 7d

        4 errors
    "#);
    assert_snapshot!(with("warning", "n_of(5, 3, value > 0.9) || left.avg(\"5m\") > 1"), @r#"
        a.toml:8:12: error[out-of-range]: 5 of 3 is not possible
          8 | warning = 'n_of(5, 3, value > 0.9) || left.avg("5m") > 1'
            |            ^^^^^^^^^^^^^^^^^^^^^^^
          help: write n_of(k, n, ...) with 1 <= k <= n <= 64

        a.toml:8:39: error[condition-type]: only what is measured has a window
          8 | warning = 'n_of(5, 3, value > 0.9) || left.avg("5m") > 1'
            |                                       ^^^^

        2 errors
    "#);
    assert_snapshot!(with("warning", "[1, 2].exists(x, x > value) || has(value.x) || {1: 2} == 3"), @r#"
        a.toml:8:59: error[condition-syntax]: this character does not belong into a condition
          8 | warning = '[1, 2].exists(x, x > value) || has(value.x) || {1: 2} == 3'
            |                                                           ^

        1 error
    "#);
}

#[test]
fn what_is_no_expression_is_told_where_it_ends() {
    assert_snapshot!(with("warning", "value >"), @r#"
        a.toml:8:19: error[condition-syntax]: the condition ends too early
          8 | warning = 'value >'
            |                   ^

        1 error
    "#);
    assert_snapshot!(with("warning", "value > > 0.9"), @r#"
        a.toml:8:20: error[condition-syntax]: `>` cannot stand here
          8 | warning = 'value > > 0.9'
            |                    ^

        1 error
    "#);
    assert_snapshot!(with("warning", "value > 0.9 free"), @r#"
        a.toml:8:24: error[condition-syntax]: `free` cannot stand here
          8 | warning = 'value > 0.9 free'
            |                        ^^^^

        1 error
    "#);
    assert_snapshot!(with("warning", "value > 90%"), @r#"
        a.toml:8:20: error[condition-syntax]: there are no percentages
          8 | warning = 'value > 90%'
            |                    ^^^
          help: shares are 0 to 1: write 0.90 for 90 %

        1 error
    "#);
    assert_snapshot!(with("warning", "free < 20GiB and value > 0.9"), @r#"
        a.toml:8:19: error[condition-syntax]: a number ends before a letter
          8 | warning = 'free < 20GiB and value > 0.9'
            |                   ^^^
          help: put sizes and durations into `params`: params = { limit = "20GiB" }

        1 error
    "#);
    assert_snapshot!(with("warning", "while > 1"), @r#"
        a.toml:8:12: error[condition-syntax]: `while` is a reserved word
          8 | warning = 'while > 1'
            |            ^^^^^

        1 error
    "#);
    assert_snapshot!(with("warning", ""), @r#"
        a.toml:8:12: error[condition-syntax]: this condition is empty
          8 | warning = ''
            |            ^
          help: leave the key out to have no condition

        1 error
    "#);
}

#[test]
fn a_hostile_condition_is_refused_and_does_not_end_the_process() {
    for condition in [
        "1+".repeat(500) + "1 > value",
        "1+".repeat(100_000) + "1",
        "(".repeat(1_000),
        "!".repeat(1_000) + "true",
        "-".repeat(1_000) + "value > 1",
        "a.".repeat(500),
        "a[".repeat(300),
        "f(".repeat(300),
        "value > 1 ? ".repeat(80) + "true",
        "true ? true : ".repeat(60) + "true",
        "value > 0.9 || ".repeat(80) + "value > 0.9",
        "value + ".repeat(60) + "value > 0.9",
        "[".repeat(1_000),
        "{".repeat(1_000),
        "\u{0}".to_owned(),
        "\"".to_owned() + &"x".repeat(2_000),
    ] {
        let found = without_clear(&condition);
        let shown: String = condition.chars().take(40).collect();
        assert!(found.contains("error["), "{shown}: {found}");
    }
}

#[test]
fn a_condition_at_its_bound_is_read() {
    let long = "value > 0.9 || ".repeat(60) + "value > 0.9";
    assert_eq!(without_clear(&long), "no findings\n");
}

#[test]
fn conditions_may_stand_on_several_lines() {
    let rule = RULE.replace(
        "'value > warn && free < left'",
        "'''\n  value > warn\n  && fre < left\n'''",
    );
    assert_snapshot!(findings(&rule), @r#"
        a.toml:10:6: error[condition-unknown-name]: "fre" is not a name this condition can see
          10 |   && fre < left
             |      ^^^
          help: did you mean free?

        1 error
    "#);
}

// --- what a rule is on

#[test]
fn a_metric_no_agent_measures_is_an_error_only_where_it_would_be_ours() {
    assert_snapshot!(with("on", "system.filesystem.utilisation"), @r#"
        a.toml:5:6: error[unknown-metric]: no agent measures "system.filesystem.utilisation"
          5 | on = 'system.filesystem.utilisation'
            |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          help: did you mean system.filesystem.utilization?

        1 error
    "#);
    let custom = "[[rule]]\nname = \"queue\"\ncomponent = \"service\"\non = \"acme.queue.length\"\n\
                  where = ['queue=\"in\"']\nwarning = 'value > 1000'\ntitle = \"{{ queue }}: {{ value | count }} waiting\"\n";
    assert_snapshot!(findings(custom), @r#"
        a.toml:4:6: warning[unknown-metric]: no agent measures "acme.queue.length"
          4 | on = "acme.queue.length"
            |      ^^^^^^^^^^^^^^^^^^^ it is looked at if somebody sends it

        1 warning
    "#);
}

#[test]
fn an_attribute_the_metric_does_not_have_matches_nothing() {
    let rule = RULE.replace(
        "params",
        "where = ['mount=\"/var\"', 'device=\"sda\"', 'nonsense']\nparams",
    );
    assert_snapshot!(findings(&rule), @r#"
        a.toml:7:10: error[unknown-attribute]: system.filesystem.utilization has no attribute "mount"
          7 | where = ['mount="/var"', 'device="sda"', 'nonsense']
            |          ^^^^^^^^^^^^^^
          help: there are mountpoint, device, type, mode

        a.toml:7:42: error[bad-matcher]: "nonsense" is not a matcher; write name="value", name!="value", name=~"regex" or name!~"regex"
          7 | where = ['mount="/var"', 'device="sda"', 'nonsense']
            |                                          ^^^^^^^^^^
          help: write it like 'env="prod"' or 'host=~"db-.*"'

        2 errors
    "#);
}

#[test]
fn other_metrics_must_be_of_the_same_thing_under_a_free_name() {
    let rule = RULE.replace(
        "free = \"system.filesystem.available\"",
        "free = \"system.cpu.utilization\", value = \"system.memory.limit\", type = \"system.memory.limit\", \
         Free = \"system.memory.limit\", avg = \"system.memory.limit\", total = \"system.memory.limit\"",
    );
    assert_snapshot!(findings(&rule), @r#"
        a.toml:6:17: error[unknown-attribute]: system.cpu.utilization is of another thing than system.filesystem.utilization
          6 | with = { free = "system.cpu.utilization", value = "system.memory.limit", type = "system.memory.limit", Free = "system.me...
            |                 ^^^^^^^^^^^^^^^^^^^^^^^^ this is told apart by cpu.mode
          help: the rule is on one told apart by mountpoint

        a.toml:6:43: error[reserved-name]: "value" cannot be given another meaning
          6 | ...th = { free = "system.cpu.utilization", value = "system.memory.limit", type = "system.memory.limit", Free = "system.memo...
            |                                            ^^^^^ it is what is measured

        a.toml:6:74: error[reserved-name]: "type" cannot be given another meaning
          6 | ...zation", value = "system.memory.limit", type = "system.memory.limit", Free = "system.memory.limit", avg = "system.memory...
            |                                            ^^^^ it is an attribute of the metric

        a.toml:6:104: error[bad-name]: "Free" cannot be a name in conditions
          6 | ...y.limit", type = "system.memory.limit", Free = "system.memory.limit", avg = "system.memory.limit", total = "system.memor...
            |                                            ^^^^
          help: use a to z, digits and _, beginning with a letter

        a.toml:6:134: error[reserved-name]: "avg" cannot be given another meaning
          6 | ...y.limit", Free = "system.memory.limit", avg = "system.memory.limit", total = "system.memory.limit" }
            |                                            ^^^ it means something else there

        a.toml:8:28: warning[condition-always-true]: this is always true: `free` is 0 to 1
          8 | warning = 'value > warn && free < left'
            |                            ^^^^^^^^^^^
         a.toml:7:32:
          7 | params = { warn = 0.90, left = "20GiB" }
            |                                ^^^^^^^ `left` is 21474800000

        a.toml:9:41: error[clear-never-reached]: this is never true: `free` is 0 to 1
          9 | warning_clear = 'value < warn - 0.05 || free > 1.25 * left'
            |                                         ^^^^^^^^^^^^^^^^^^ it is never above 26843500000

        6 errors, 1 warning
    "#);
}

#[test]
fn events_and_hosts_have_their_own_names() {
    let event = "[[rule]]\nname = \"e\"\ncomponent = \"liveness\"\non = 'event(\"rebot\")'\nwarning = 'count(\"1h\") > 0'\ntitle = \"x\"\n";
    assert_snapshot!(findings(event), @r#"
        a.toml:4:6: error[unknown-name]: no agent tells of an event "rebot"
          4 | on = 'event("rebot")'
            |      ^^^^^^^^^^^^^^^^
          help: did you mean event("reboot")?

        1 error
    "#);
    let event = "[[rule]]\nname = \"e\"\ncomponent = \"liveness\"\non = 'event(\"reboot\")'\nwith = { x = \"system.uptime\" }\nwarning = 'value > 0 || avg(\"1h\") > 0'\ntitle = \"x\"\n";
    assert_snapshot!(findings(event), @r#"
        a.toml:5:1: error[conflicting-keys]: only a rule on a metric can look at other metrics of the same thing
          5 | with = { x = "system.uptime" }
            | ^^^^

        a.toml:6:12: error[condition-unknown-name]: "value" is not a name this condition can see
          6 | warning = 'value > 0 || avg("1h") > 0'
            |            ^^^^^
          help: there are over, x and host

        a.toml:6:25: error[condition-type]: of events there is only count("15m")
          6 | warning = 'value > 0 || avg("1h") > 0'
            |                         ^^^^^^^^^

        3 errors
    "#);
    let host = "[[rule]]\nname = \"h\"\ncomponent = \"liveness\"\non = \"host\"\nwhere = ['site=\"hq\"']\nwarning = 'silence > 90 && max(\"1h\") > 1'\ntitle = \"x\"\n";
    assert_snapshot!(findings(host), @r#"
        a.toml:5:10: error[unknown-attribute]: a rule on the host has no attribute "site"
          5 | where = ['site="hq"']
            |          ^^^^^^^^^^^
          help: ask for the host in the condition: host.labels["site"] == "hq"

        a.toml:6:12: error[condition-unknown-name]: "silence" is not a name this condition can see
          6 | warning = 'silence > 90 && max("1h") > 1'
            |            ^^^^^^^
          help: did you mean silent?

        a.toml:6:28: error[condition-type]: a rule on the host has no window to look back on
          6 | warning = 'silence > 90 && max("1h") > 1'
            |                            ^^^^^^^^^

        3 errors
    "#);
    let check = "[[rule]]\nname = \"c\"\ncomponent = \"service\"\non = 'check(\"ssh\")'\nwarning = 'value > 0'\ntitle = \"x\"\n";
    assert_eq!(findings(check), "no findings\n");
}

// --- keys and names

#[test]
fn unknown_and_missing_keys_are_told_all_at_once() {
    assert_snapshot!(findings("[[rule]]\nname = \"x y\"\ncomponent = \"storge\"\nwaring = \"value > 1\"\nhandling = { server = \"tickets\", laptop = \"digest\" }\nparams = { a = \"much\", value = 1, B = 2 }\nfor = \"5 min\"\nrunbook_url = \"wiki\"\nshadow = 1\n"), @r#"
        a.toml:1:1: error[missing-key]: `rule` has no `on`
          1 | [[rule]]
            | ^^^^^^^^ `on` is required here
          help: add on = ...

        a.toml:1:1: error[missing-key]: `rule` has no `title`
          1 | [[rule]]
            | ^^^^^^^^ `title` is required here
          help: add title = ...

        a.toml:2:8: error[bad-name]: "x y" cannot be a name
          2 | name = "x y"
            |        ^^^^^ a name has letters a to z, digits, -, . and _ only

        a.toml:3:13: error[unknown-word]: "storge" is not a word `component` can have
          3 | component = "storge"
            |             ^^^^^^^^
          help: did you mean `storage`?

        a.toml:4:1: error[unknown-key]: `waring` is not a key of `rule`
          4 | waring = "value > 1"
            | ^^^^^^
          help: did you mean `warning`?

        a.toml:5:23: error[unknown-word]: "tickets" is not a word `server` can have
          5 | handling = { server = "tickets", laptop = "digest" }
            |                       ^^^^^^^^^
          help: did you mean `ticket`?

        a.toml:5:34: error[unknown-key]: `laptop` is not a key of `rule.handling`
          5 | handling = { server = "tickets", laptop = "digest" }
            |                                  ^^^^^^
          help: keys here are server, workstation

        a.toml:6:16: error[bad-value]: "much" is neither a size nor a duration
          6 | params = { a = "much", value = 1, B = 2 }
            |                ^^^^^^
          help: write a number, a size such as "20GiB" or a duration such as "5m"

        a.toml:6:24: error[reserved-name]: "value" cannot be given another meaning
          6 | params = { a = "much", value = 1, B = 2 }
            |                        ^^^^^ it is what is measured

        a.toml:6:35: error[bad-name]: "B" cannot be a name in conditions
          6 | params = { a = "much", value = 1, B = 2 }
            |                                   ^
          help: use a to z, digits and _, beginning with a letter

        a.toml:7:7: error[bad-duration]: "5 min" is not a duration
          7 | for = "5 min"
            |       ^^^^^^^ there are no spaces in a duration
          help: write a number and a unit, such as "15s", "5m", "1h30m" or "2d"

        a.toml:8:15: error[bad-url]: `runbook_url` cannot be "wiki"
          8 | runbook_url = "wiki"
            |               ^^^^^^ write it like "https://wiki.example.org/runbooks/..."

        a.toml:9:10: error[wrong-type]: expected true or false, found a whole number
          9 | shadow = 1
            |          ^ this is a whole number

        13 errors
    "#);
    assert_snapshot!(findings("[rule]\nname = \"x\"\n"), @r#"
        a.toml:1:1: error[wrong-type]: expected a list of tables, found a table
          1 | [rule]
            | ^^^^^^ this is a table
          help: write [[rule]] above each

        1 error
    "#);
    assert_snapshot!(findings("# nothing\n"), @r#"
        a.toml: error[missing-key]: this file holds no rule
          help: write [[rule]] above a rule, or remove the file

        1 error
    "#);
}

#[test]
fn a_rule_without_any_condition_can_never_fire() {
    let rule = RULE.replace(
        "warning = 'value > warn && free < left'\nwarning_clear = 'value < warn - 0.05 || free > 1.25 * left'\n",
        "",
    );
    assert_snapshot!(findings(&rule), @r#"
        a.toml:3:8: error[missing-key]: rule "disk" can never fire
          3 | name = "disk"
            |        ^^^^^^ it has neither `warning` nor `critical`

        1 error
    "#);
    let rule = RULE.replace("warning_clear", "critical_clear");
    assert_snapshot!(findings(&rule), @r#"
        a.toml:9:18: error[conflicting-keys]: `critical_clear` ends nothing
          9 | critical_clear = 'value < warn - 0.05 || free > 1.25 * left'
            |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ there is no `critical`

        1 error
    "#);
}

#[test]
fn two_rules_of_one_name_are_told_at_both_places_and_a_shipped_one_is_replaced() {
    let (loaded, findings) = read(&[RULE, &RULE.replace("0.90", "0.91")]);
    assert!(loaded.is_none());
    assert_snapshot!(findings.to_string(), @r#"
        b.toml:3:8: error[duplicate-name]: two rules are called "disk"
          3 | name = "disk"
            |        ^^^^^^ named again here
         a.toml:3:8:
          3 | name = "disk"
            |        ^^^^^^ named first here
          help: rename or remove one of them

        1 error
    "#);

    let replaced = RULE
        .replace("\"disk\"", "\"filesystem-space\"")
        .replace("on =", "handling = \"watch\"\non =");
    let (loaded, findings) = read(&[&replaced]);
    assert!(findings.is_empty(), "{findings}");
    let loaded = loaded.unwrap();
    let shipped = read(&[]).0.unwrap();
    let [count, as_shipped] =
        [&loaded, &shipped].map(|loaded| loaded.policy.detection.iter().len());
    assert_eq!(count, as_shipped);
    let rule = loaded.policy.detection.get("filesystem-space").unwrap();
    assert_eq!(rule.handling(Class::Server).as_str(), "watch");
}

#[test]
fn names_of_the_program_and_former_names_are_not_free() {
    assert_snapshot!(findings(&RULE.replace("\"disk\"", "\"drill\"")), @r#"
        a.toml:3:8: error[reserved-name]: rule "drill" belongs to the program
          3 | name = "drill"
            |        ^^^^^^^
          help: give it another name

        1 error
    "#);
    assert_snapshot!(findings(&RULE.replace("title", "was = \"load\"\ndepends_on = [\"lod\", \"disk\"]\ntitle")), @r#"
        a.toml:10:7: error[duplicate-name]: "load" is not a former name
          10 | was = "load"
             |       ^^^^^^
         shipped rules/load.toml:4:13:
           4 | name      = "load"
             |             ^^^^^^ this rule is called so now

        a.toml:11:15: error[unknown-name]: there is no rule "lod"
          11 | depends_on = ["lod", "disk"]
             |               ^^^^^
          help: did you mean "load"?

        a.toml:11:22: error[circular]: a rule cannot explain itself
          11 | depends_on = ["lod", "disk"]
             |                      ^^^^^^
          help: `depends_on` names what explains this rule; what is explained does not explain

        3 errors
    "#);
}

#[test]
fn a_rule_that_was_called_otherwise_is_known_by_both_names() {
    let loaded = accepted(&RULE.replace("title", "was = \"disk-space\"\ntitle"));
    assert_eq!(
        loaded.policy.renamed.get("disk-space").map(|name| &**name),
        Some("disk")
    );
}

// --- texts

#[test]
fn a_title_is_tried_when_it_is_loaded() {
    let titled = |title: &str| {
        findings(&RULE.replace("{{ mountpoint }} is {{ value | percent }} full", title))
    };
    assert_snapshot!(titled("{{ mountpiont }} is full"), @r#"
        a.toml:10:13: error[template-unknown-name]: this template is not given "mountpiont"
          10 | title = "{{ mountpiont }} is full"
             |             ^^^^^^^^^^
          help: did you mean mountpoint?

        1 error
    "#);
    assert_snapshot!(titled("{{ mountpoint"), @r#"
        a.toml:10:13: error[template-syntax]: this template fails: unexpected end of input, expected end of variable block
          10 | title = "{{ mountpoint"
             |             ^^^^^^^^^^

        1 error
    "#);
    assert_snapshot!(titled("{{ value | percentage }}"), @r#"
        a.toml:10:21: error[template-failed]: this template fails: filter percentage is unknown
          10 | title = "{{ value | percentage }}"
             |                     ^^^^^^^^^^
          help: filters for numbers are percent, bytes, count, number, duration

        1 error
    "#);
    assert_snapshot!(titled("{% for i in range(100000) %}{% endfor %}"), @r#"
        a.toml:10:9: error[template-failed]: this template fails: engine ran out of fuel
          10 | title = "{% for i in range(100000) %}{% endfor %}"
             |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        1 error
    "#);
    assert_snapshot!(titled("{{ mountpoint | percent }}"), @r#"
        a.toml:10:26: error[template-failed]: this template fails: cannot convert string to f64
          10 | title = "{{ mountpoint | percent }}"
             |                          ^^^^^^^

        1 error
    "#);
    assert_snapshot!(titled("  "), @r#"
        a.toml:10:9: error[template-failed]: this text is empty when it is rendered
          10 | title = "  "
             |         ^^^^

        1 error
    "#);
    assert_snapshot!(titled("{% include 'x' %}"), @r#"
        a.toml:10:13: error[template-syntax]: this template fails: unknown statement include
          10 | title = "{% include 'x' %}"
             |             ^^^^^^^

        1 error
    "#);
}

#[test]
fn a_command_must_not_put_quotes_around_what_is_quoted_already() {
    let rule = RULE.to_owned()
        + "means = \"{{ frre }}\"\nfirst = [\"du '{{ mountpoint }}'\", \"df {{ mountpoint }}\", \"a\\nb\"]\n";
    assert_snapshot!(findings(&rule), @r#"
        a.toml:11:13: error[template-unknown-name]: this template is not given "frre"
          11 | means = "{{ frre }}"
             |             ^^^^
          help: did you mean free?

        a.toml:12:15: error[template-failed]: a value stands inside quotes
          12 | first = ["du '{{ mountpoint }}'", "df {{ mountpoint }}", "a\nb"]
             |               ^^^^^^^^^^^^^^^^ it is quoted by the program
          help: take the quotes around it away; else its own would end them

        a.toml:12:58: error[bad-value]: a command stands on one line
          12 | first = ["du '{{ mountpoint }}'", "df {{ mountpoint }}", "a\nb"]
             |                                                          ^^^^^^

        3 errors
    "#);
}

// --- tests of rules

#[test]
fn a_test_that_expects_something_else_says_what_it_is() {
    let rule = RULE.to_owned()
        + r#"
[[rule.test]]
name = "two mistakes"
series = { mountpoint = "/var" }
given = [{ from = "0m", to = "10m", value = 0.95, free = "1GiB" }]
expect = [{ at = "5m", state = "ok" }, { at = "6m", state = "warning", title = "full" }, { at = "7m", state = "warning", title = "/var is 95 % full" }]
"#;
    let loaded = accepted(&rule);
    let tests = run_tests(&loaded, Some("disk"));
    assert!(!tests.passed());
    assert_snapshot!(tests.findings.to_string(), @r#"
        a.toml:16:32: error[rule-test-failed]: disk: at 5m it is warning, not ok
          16 | expect = [{ at = "5m", state = "ok" }, { at = "6m", state = "warning", title = "full" }, { at = "7m", state = "warning",...
             |                                ^^^^
         a.toml:13:8:
          13 | name = "two mistakes"
             |        ^^^^^^^^^^^^^^ in this test

        a.toml:16:80: error[rule-test-failed]: disk: at 6m its title is "/var is 95 % full"
          16 | ...{ at = "6m", state = "warning", title = "full" }, { at = "7m", state = "warning", title = "/var is 95 % full" }]
             |                                            ^^^^^^
         a.toml:13:8:
          13 | name = "two mistakes"
             |        ^^^^^^^^^^^^^^ in this test

        2 errors
    "#);
    assert!(run_tests(&loaded, Some("load")).passed());
}

#[test]
fn a_test_is_read_as_strictly_as_its_rule() {
    let rule = RULE.to_owned()
        + r#"
[[rule.test]]
series = { mountpiont = "/var" }
given = [{ from = "10m", to = "5m", valeu = 0.95, free = "much" }]
expect = [{ at = "7s", state = "criticla" }, { at = "90h" }]
[[rule.test]]
name = "expects nothing"
"#;
    assert_snapshot!(findings(&rule), @r#"
        a.toml:12:1: error[missing-key]: `rule.test` has no `name`
          12 | [[rule.test]]
             | ^^^^^^^^^^^^^ `name` is required here
          help: add name = ...

        a.toml:12:1: error[missing-key]: this test expects nothing
          12 | [[rule.test]]
             | ^^^^^^^^^^^^^

        a.toml:13:12: error[unknown-attribute]: what this rule is on has no attribute "mountpiont"
          13 | series = { mountpiont = "/var" }
             |            ^^^^^^^^^^
          help: did you mean mountpoint?

        a.toml:14:31: error[bad-value]: this interval ends before it begins
          14 | given = [{ from = "10m", to = "5m", valeu = 0.95, free = "much" }]
             |                               ^^^^
         a.toml:14:19:
          14 | given = [{ from = "10m", to = "5m", valeu = 0.95, free = "much" }]
             |                   ^^^^^ it begins here

        a.toml:14:37: error[unknown-key]: `valeu` is not a key of `rule.test.given`
          14 | given = [{ from = "10m", to = "5m", valeu = 0.95, free = "much" }]
             |                                     ^^^^^
          help: did you mean `value`?

        a.toml:14:58: error[bad-value]: "much" is neither a size nor a duration
          14 | given = [{ from = "10m", to = "5m", valeu = 0.95, free = "much" }]
             |                                                          ^^^^^^
          help: write a number, a size such as "20GiB" or a duration such as "5m"

        a.toml:15:18: warning[bad-value]: a test goes in steps of 15s
          15 | expect = [{ at = "7s", state = "criticla" }, { at = "90h" }]
             |                  ^^^^ between two steps

        a.toml:15:32: error[unknown-word]: "criticla" is not a word `state` can have
          15 | expect = [{ at = "7s", state = "criticla" }, { at = "90h" }]
             |                                ^^^^^^^^^^
          help: did you mean `critical`?

        a.toml:15:46: error[missing-key]: `rule.test.expect` has no `state`
          15 | expect = [{ at = "7s", state = "criticla" }, { at = "90h" }]
             |                                              ^^^^^^^^^^^^^^ `state` is required here
          help: add state = ...

        a.toml:15:53: error[out-of-range]: a test lasts at most 2d
          15 | expect = [{ at = "7s", state = "criticla" }, { at = "90h" }]
             |                                                     ^^^^^

        a.toml:16:1: error[missing-key]: this test expects nothing
          16 | [[rule.test]]
             | ^^^^^^^^^^^^^

        10 errors, 1 warning
    "#);
}

/// Everything that is found when one key of the rule says something else.
fn with(key: &str, value: &str) -> String {
    let quoted = match key {
        "params" => value.to_owned(),
        _ => format!("'{value}'"),
    };
    let line = RULE
        .lines()
        .find(|line| line.starts_with(&format!("{key} = ")))
        .unwrap();
    findings(&RULE.replace(line, &format!("{key} = {quoted}")))
}

/// Everything that is found when the rule fires under this condition, and has no clear.
fn without_clear(condition: &str) -> String {
    let rule = RULE
        .replace(
            "warning_clear = 'value < warn - 0.05 || free > 1.25 * left'\n",
            "",
        )
        .replace(
            "'value > warn && free < left'",
            &format!("'''{condition}'''"),
        );
    findings(&rule)
}

fn findings(rule: &str) -> String {
    read(&[rule]).1.to_string()
}

#[track_caller]
fn accepted(rule: &str) -> Loaded {
    let (loaded, findings) = read(&[rule]);
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap()
}

fn read(rules: &[&str]) -> (Option<Loaded>, Findings) {
    let sources = Sources {
        rules: rules
            .iter()
            .enumerate()
            .map(|(at, text)| Source::new(format!("{}.toml", ['a', 'b'][at]), *text))
            .collect(),
        ..Sources::default()
    };
    load(&sources, Date::constant(2026, 11, 22), Findings::new())
}

/// A rule on one check, with what follows `on`.
fn on_check(on: &str, rest: &str) -> String {
    format!(
        "[[rule]]\nname = \"c\"\ncomponent = \"service\"\non = '{on}'\nwarning = 'value > 1.5'\nwarning_clear = 'value < 0.5'\ntitle = \"{{{{ check }}}}: {{{{ text }}}}\"\n{rest}"
    )
}

#[test]
fn a_rule_on_a_check_is_on_the_state_of_that_check_alone() {
    let test = "[[rule.test]]\nname = \"t\"\nseries = { check = \"ssh\" }\ngiven = [{ from = \"0m\", to = \"2m\", value = 2, text = \"refused\" }]\nexpect = [{ at = \"1m\", state = \"warning\", title = \"ssh: refused\" }]\n";
    let (loaded, findings) = read(&[&on_check("check(\"ssh\")", test)]);
    assert!(findings.is_empty(), "{findings}");
    let loaded = loaded.unwrap();
    let rule = loaded.policy.detection.get("c").unwrap();
    assert_eq!(rule.on, On::Metric("agent.check.state".into()));
    let matches = |check| {
        rule.matchers
            .match_all(&[("check", check)].into_iter().collect())
    };
    assert!(matches("ssh") && !matches("web"));
    let tests = run_tests(&loaded, Some("c"));
    assert!(
        tests.passed() && tests.results.len() == 1,
        "{}",
        tests.findings
    );
    assert_snapshot!(findings_of_check("check(\"\")"), @r#"
        a.toml:4:6: error[bad-name]: this names no check
          4 | on = 'check("")'
            |      ^^^^^^^^^^^
          help: write check("ssh") for a check named ssh in agent.toml

        1 error
    "#);
}

fn findings_of_check(on: &str) -> String {
    findings(&on_check(on, ""))
}

#[test]
fn names_of_drop_in_files_are_nobodys_business() {
    let own = rule_on("node_backup_last_success_seconds");
    assert_eq!(findings(&own), "no findings\n");
}

fn rule_on(metric: &str) -> String {
    format!(
        "[[rule]]\nname = \"own\"\ncomponent = \"service\"\non = \"{metric}\"\nwarning = 'value > 90000'\ntitle = \"x\"\n"
    )
}
