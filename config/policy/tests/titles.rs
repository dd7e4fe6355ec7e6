//! What alerts say, whatever hosts are called and whatever was measured.

#![allow(clippy::unwrap_used)]

use jiff::civil::Date;
use vedette_config::{Findings, Source};
use vedette_policy::{DRILL, Sighting, Sources, Titles, load};
use vedette_triage::Labels;

#[test]
fn a_title_says_what_was_seen() {
    check(
        (
            "filesystem-space",
            &[("value", 0.97), ("free", 1_073_741_824.0)],
            &[("mountpoint", "/var")],
        ),
        "/var is 97 % full, 1.0 GiB left",
    );
    check(
        ("host-silent", &[("silent", 130.0)], &[]),
        "silent for 2 min 10 s",
    );
    check(
        ("cores", &[("value", 0.5)], &[("cpu.mode", "iowait")]),
        "iowait at 50 % on db-7, above 90 %",
    );
}

#[test]
fn a_value_nobody_knows_is_said_to_be_unknown() {
    check(
        (
            "filesystem-space",
            &[("value", 0.97)],
            &[("mountpoint", "/var")],
        ),
        "/var is 97 % full, unknown left",
    );
}

#[test]
fn a_title_that_fails_gives_way_to_the_rule_and_its_value() {
    check(
        ("filesystem-space", &[("value", 0.97)], &[]),
        "filesystem-space: 0.97",
    );
    check(("nobody-knows-it", &[], &[]), "nobody-knows-it");
}

#[test]
fn a_title_is_one_line_of_bounded_length() {
    let long = format!("/{}", "ü".repeat(2_000));
    let title = titles().title(&sighting(
        "filesystem-read-only",
        &[],
        &labels(&[("mountpoint", &long)]),
    ));
    assert!(title.len() <= 512 && title.ends_with('…'), "{title}");
    check(
        (
            "filesystem-read-only",
            &[],
            &[("mountpoint", "/a\nb\u{1b}[31m")],
        ),
        "/a b [31m has become read-only",
    );
}

#[test]
fn first_commands_are_safe_to_copy_whatever_a_mount_point_is_called() {
    let first = |mountpoint: &str| {
        let attributes = labels(&[("mountpoint", mountpoint)]);
        titles().first(&sighting("filesystem-inodes", &[], &attributes))
    };
    assert_eq!(
        first("/var"),
        ["du --inodes -x --max-depth=2 /var | sort -n | tail -15"]
    );
    assert_eq!(
        first("/mnt/$(reboot); '\n"),
        ["du --inodes -x --max-depth=2 $'/mnt/$(reboot); \\'\\x0a' | sort -n | tail -15"]
    );
    assert_eq!(
        first("/mnt/a b"),
        ["du --inodes -x --max-depth=2 '/mnt/a b' | sort -n | tail -15"]
    );
}

#[test]
fn a_host_is_quoted_in_commands_as_well() {
    let none = Labels::none();
    let mut hostile = sighting("host-silent", &[], &none);
    hostile.host = "x;reboot";
    assert_eq!(titles().first(&hostile)[0], "ping -c3 'x;reboot'");
}

#[test]
fn a_drill_speaks_for_itself() {
    let none = Labels::none();
    let drill = sighting(DRILL, &[], &none);
    assert!(titles().title(&drill).starts_with("nothing is wrong"));
    assert!(!titles().means(&drill).is_empty() && !titles().first(&drill).is_empty());
}

/// A rule, the values it saw, the attributes of the series.
type Case<'a> = (&'a str, &'a [(&'a str, f64)], &'a [(&'a str, &'a str)]);

#[track_caller]
fn check((rule, values, attributes): Case<'_>, expected: &str) {
    let values: Vec<(String, f64)> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    let attributes = labels(attributes);
    let title = titles().title(&sighting(rule, &values, &attributes));
    assert_eq!(title, expected);
}

fn sighting<'a>(
    rule: &'a str,
    values: &'a [(String, f64)],
    attributes: &'a Labels,
) -> Sighting<'a> {
    Sighting {
        rule,
        host: "db-7",
        values,
        attributes,
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().copied().collect()
}

/// The shipped texts, and those of a rule whose attribute has a dot in its name.
fn titles() -> Titles {
    let rule = "[[rule]]\nname = \"cores\"\ncomponent = \"cpu\"\non = \"system.cpu.utilization\"\n\
                params = { warn = 0.90 }\nwarning = 'value > warn'\n\
                title = \"{{ cpu.mode }} at {{ value | percent }} on {{ host }}, above {{ warn | percent }}\"\n";
    let sources = Sources {
        rules: vec![Source::new("cores.toml", rule)],
        ..Sources::default()
    };
    let (loaded, findings) = load(&sources, Date::constant(2026, 11, 22), Findings::new());
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap().titles
}
