//! A policy that cannot be meant so is refused with everything that is wrong with it, each with
//! its place; a running collector keeps the one it has.

use vedette_tests::collector::{Collector, Options};
use vedette_tests::wait::{PATIENCE, wait_until};

/// A rule that is right, for cases that change one line of it.
const RULE: &str = r#"[[rule]]
name = "disk"
component = "storage"
on = "system.filesystem.utilization"
warning = 'value > 0.9'
warning_clear = 'value < 0.8'
title = "{{ mountpoint }} is full"
"#;

/// One line of the rule is replaced; `at` is where the finding points to, and `says` part of it.
struct Case {
    from: &'static str,
    to: &'static str,
    at: &'static str,
    code: &'static str,
    says: &'static str,
}

const CASES: [Case; 8] = [
    Case {
        from: "warning = 'value > 0.9'",
        to: "warning = 'value >> 0.9'",
        at: "5:",
        code: "condition-syntax",
        says: "",
    },
    Case {
        from: "warning = 'value > 0.9'",
        to: "warning = 'value > 90'",
        at: "5:12",
        code: "condition-never-true",
        says: "did you mean 0.90?",
    },
    Case {
        from: "on = \"system.filesystem.utilization\"",
        to: "on = \"system.filesystem.utilisation\"",
        at: "4:6",
        code: "unknown-metric",
        says: "system.filesystem.utilization",
    },
    Case {
        from: "warning = 'value > 0.9'",
        to: "warning = 'valeu > 0.9'",
        at: "5:12",
        code: "condition-unknown-name",
        says: "did you mean",
    },
    Case {
        from: "warning_clear = 'value < 0.8'",
        to: "warning_clear = 'value < -1.0'",
        at: "6:18",
        code: "clear-never-reached",
        says: "",
    },
    Case {
        from: "component = \"storage\"",
        to: "componant = \"storage\"",
        at: "3:1",
        code: "unknown-key",
        says: "component",
    },
    Case {
        from: "component = \"storage\"",
        to: "component = \"storage",
        at: "3:",
        code: "syntax",
        says: "",
    },
    Case {
        from: "{{ mountpoint }} is full",
        to: "{{ mountpiont }} is full",
        at: "7:",
        code: "template-unknown-name",
        says: "mountpoint",
    },
];

impl Case {
    fn rule(&self) -> String {
        assert!(RULE.contains(self.from), "{} is not in the rule", self.from);
        RULE.replace(self.from, self.to)
    }

    /// Where the finding is, and what kind of finding it is.
    fn place(&self, file: &str) -> String {
        format!("{file}:{}", self.at)
    }
}

#[test]
fn each_fault_of_a_rule_is_told_with_its_place_and_help() {
    assert_eq!(
        Collector::check(&Options::default().file("rules/disk.toml", RULE)).code,
        Some(0)
    );
    for case in CASES {
        let options = Options::default().file("rules/disk.toml", &case.rule());
        let said = Collector::check(&options).expect(2).all();
        let line = said
            .lines()
            .find(|line| line.contains(&case.place("rules/disk.toml")));
        let line = line.unwrap_or_else(|| panic!("{} at {} in {said}", case.code, case.at));
        assert!(line.contains(&format!("error[{}]", case.code)), "{line}");
        assert!(said.contains(case.says), "{:?} in {said}", case.says);
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut options = Options::default()
        .settings("[alerts]\nresolve_timeout = \"soon\"\n")
        .file("rules/one.toml", RULE)
        .file("rules/two.toml", RULE)
        .file("exceptions.toml", "[[exception]]\nrule = \"dsik\"\n");
    let mut expected = vec![
        ("collector.toml:".to_owned(), "bad-duration"),
        ("rules/two.toml:2:8".to_owned(), "duplicate-name"),
        ("exceptions.toml:2:8".to_owned(), "unknown-name"),
    ];
    for (number, case) in CASES.iter().enumerate() {
        let file = format!("rules/r{number}.toml");
        let name = format!("name = \"r{number}\"");
        options = options.file(&file, &case.rule().replace("name = \"disk\"", &name));
        expected.push((case.place(&file), case.code));
    }
    let said = Collector::check(&options).expect(2).all();
    for (place, code) in expected {
        let is_told =
            |line: &str| line.contains(&place) && line.contains(&format!("error[{code}]"));
        assert!(said.lines().any(is_told), "{code} at {place} in {said}");
    }
}

#[test]
fn a_policy_that_is_in_order_is_told_as_who_gets_what() {
    let options = Options::default().tickets_to("http://127.0.0.1:9721/", "generic", "");
    let said = Collector::check(&options).expect(0).all();
    for word in ["it-ops", "desk"] {
        assert!(said.contains(word), "{word} in {said}");
    }
}

#[test]
fn a_running_collector_keeps_its_policy_when_a_new_one_is_wrong() {
    let collector = Collector::start(&Options::default().file("rules/disk.toml", RULE));
    let revision = |collector: &Collector| collector.metrics().sum("vedette_policy_revision", &[]);
    let worked = |collector: &Collector| {
        collector
            .metrics()
            .sum("vedette_policy_last_reload_successful", &[])
    };
    let first = revision(&collector);
    assert_eq!(worked(&collector), 1.0);
    for case in &CASES {
        collector.write_policy("rules/disk.toml", &case.rule());
        let told = |collector: &Collector| {
            let status = collector.http().get("/api/v1/status").expect(200).json();
            status["policy"]["findings"].to_string()
        };
        wait_until("the new policy to be refused", PATIENCE, || {
            told(&collector).contains(case.code)
        });
        assert!(
            told(&collector).contains(&case.place("disk.toml")),
            "{}",
            told(&collector)
        );
        assert_eq!((revision(&collector), worked(&collector)), (first, 0.0));
        let errors = [("severity", "error")];
        assert!(collector.metrics().sum("vedette_policy_findings", &errors) >= 1.0);
    }
    collector.write_policy("rules/disk.toml", &RULE.replace("0.9", "0.95"));
    wait_until("the mended policy to be in force", PATIENCE, || {
        revision(&collector) > first && worked(&collector) == 1.0
    });
}

#[test]
fn a_collector_does_not_start_with_a_policy_that_is_wrong() {
    let options = Options::default().file("rules/disk.toml", &CASES[1].rule());
    let said = Collector::refusal(&options).expect(2);
    assert!(said.err.contains("rules/disk.toml:5:12"), "{}", said.err);
}
