//! `rule test`: the tests in rule files, run here, with nobody asked. `rule list`: what came of
//! each rule.

use std::fs;

use serde_json::Value;
use vedette_collector::api::v1::shapes::{Rule, Rules};

use crate::world::World;

/// One test that passes, one that does not.
const HALF_RIGHT: &str = r#"
[[rule]]
name      = "spool-full"
component = "storage"
on        = "system.filesystem.utilization"
where     = ['mountpoint="/var/spool"']
critical  = 'value > 0.9'
for       = "5m"
title     = "{{ mountpoint }} is {{ value | percent }} full"
means     = "Mail is refused."

[[rule.test]]
name   = "opens after five minutes"
series = { mountpoint = "/var/spool" }
given  = [{ from = "0m", to = "20m", value = 0.97 }]
expect = [{ at = "4m", state = "ok" }, { at = "6m", state = "critical" }]

[[rule.test]]
name   = "opens at once"
series = { mountpoint = "/var/spool" }
given  = [{ from = "0m", to = "20m", value = 0.97 }]
expect = [{ at = "1m", state = "critical" }]
"#;

/// The same without its tests.
fn untested() -> &'static str {
    HALF_RIGHT.split("\n[[rule.test]]").next().unwrap()
}

/// A file of this text, and its path.
fn file(world: &World, text: &str) -> String {
    let path = world.state().join("spool-full.toml");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test]
async fn the_shipped_rules_do_what_their_tests_say() {
    let world = World::new().await;
    let ran = world.run(None, &["rule", "test"]).await;
    assert_eq!((ran.code, ran.error.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.starts_with("All "), "{}", ran.out);
    assert!(ran.out.contains("filesystem-space"), "{}", ran.out);
    assert_eq!(world.asked(), []);
}

#[tokio::test]
async fn a_test_that_fails_is_shown_in_its_file_and_only_files_rules_are_tried() {
    let world = World::new().await;
    let path = file(&world, HALF_RIGHT);
    let ran = world.run(Some(80), &["rule", "test", &path]).await;
    assert_eq!((ran.code, ran.error.as_str()), (1, ""));
    insta::assert_snapshot!(ran.out);
}

#[tokio::test]
async fn a_rule_without_tests_is_named_and_no_failure() {
    let world = World::new().await;
    let path = file(&world, untested());
    let ran = world.run(None, &["rule", "test", &path]).await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert!(ran.out.starts_with("There is no test\n"), "{}", ran.out);
    assert!(ran.out.contains("spool-full  none"), "{}", ran.out);
}

#[tokio::test]
async fn a_file_that_cannot_be_a_rule_is_a_configuration_error_with_its_place() {
    for (text, place) in [
        (untested().replace("0.9'", "90'"), "spool-full.toml:7:"),
        (
            untested().replace("critical", "critcal"),
            "spool-full.toml:7:",
        ),
        ("[[rule".to_owned(), "spool-full.toml:1:"),
    ] {
        let world = World::new().await;
        let path = file(&world, &text);
        let ran = world.run(None, &["rule", "test", &path]).await;
        assert_eq!(ran.code, 2, "{text}");
        assert!(ran.out.contains(place), "{text}: {}", ran.out);
        assert!(
            ran.error.starts_with("The rules cannot be tried: "),
            "{}",
            ran.error
        );
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_said() {
    let world = World::new().await;
    let ran = world
        .run(None, &["rule", "test", "no-such-file.toml"])
        .await;
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("no-such-file.toml"), "{}", ran.out);
}

#[tokio::test]
async fn tests_are_told_as_json_for_programs() {
    let world = World::new().await;
    let path = file(&world, HALF_RIGHT);
    let ran = world.run(None, &["rule", "test", "--json", &path]).await;
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["passed"], false);
    let failed = |result: &Value| result["failures"] != Value::Array(Vec::new());
    let failed: Vec<bool> = told["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(failed)
        .collect();
    assert_eq!(failed, [false, true]);
}

#[tokio::test]
async fn the_noisiest_rule_comes_first() {
    let rule = |name: &str| Rule {
        name: name.into(),
        ..Rule::default()
    };
    let rules = Rules {
        rules: vec![
            rule("clock-off"),
            Rule {
                opened: 14,
                unattended: 3,
                useful: 4,
                ..rule("filesystem-space")
            },
            Rule {
                opened: 61,
                unattended: 58,
                reopened: 40,
                transient: 120,
                suppressed: [("silence".to_owned(), 7), ("parent".to_owned(), 2)].into(),
                noise: 5,
                ..rule("load-high")
            },
            Rule {
                shadow: true,
                exceptions: 2,
                suppressed: [("shadow".to_owned(), 9)].into(),
                ..rule("tried-out")
            },
            Rule {
                opened: 1,
                ..rule("")
            },
        ],
    };
    let world = World::new().await.answers("GET /api/v1/rules", &rules);
    insta::assert_snapshot!(world.page(&["rule", "list"]).await);
}
