//! Which files make a policy, and what `check` says of them.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use tempfile::TempDir;
use vedette_policy::{Loaded, check, read};

const TODAY: Date = Date::constant(2026, 11, 22);
const RULE: &str = "[[rule]]\nname = \"busy\"\ncomponent = \"cpu\"\non = \"system.cpu.load_average.1m\"\n\
                    warning = 'value > 100'\ntitle = \"busy\"\n";

#[test]
fn everything_in_the_policy_directory_is_read() {
    let files = Files::new();
    files.write("rules/busy.toml", RULE);
    files.write("rules/.hidden.toml", "not toml [");
    files.write("receivers/desk.toml", "about = \"our desk\"\nidempotency = \"key\"\n[[open]]\nname = \"open\"\nurl = \"/\"\njson = { key = \"{{ key }}\" }\n[[resolve]]\nname = \"resolve\"\nurl = \"/\"\njson = { key = \"{{ key }}\" }\n");
    files.write("exceptions.toml", "[[exception]]\nrule = \"busy\"\nmatch = ['host=\"x\"']\noff = true\nwhy = \"always busy\"\nowner = \"o\"\nuntil = 2026-12-24\n");
    files.write("hosts.csv", "name,parent,service\ndb-7,sw-1,erp\n");
    files.write("topology.csv", "name,kind\nsw-1,switch\n");
    files.write("services.csv", "service,tier\nerp,1\n");
    files.write("windows.toml", "[[window]]\nname = \"move\"\nmatch = ['site=\"hq\"']\nstarts = 2026-12-01T08:00:00\nends = 2026-12-01T18:00:00\nwhy = \"we move out\"\nowner = \"o\"\n");
    let loaded = files.accepted();
    assert_eq!(loaded.policy.windows[0].name, "move");
    let topology = &loaded.policy.topology;
    assert_eq!(
        topology.place("db-7").unwrap().labels.get("tier"),
        Some("1")
    );
    assert!(topology.dependents("sw-1").contains("db-7"));
    assert!(loaded.profiles.contains_key("desk") && loaded.profiles.contains_key("generic"));
    assert_eq!(
        loaded
            .policy
            .detection
            .get("busy")
            .unwrap()
            .exceptions
            .len(),
        1
    );
    assert_eq!(loaded.dir, files.path("etc"));
}

#[test]
fn nothing_changes_until_a_file_does() {
    let files = Files::new();
    files.write("rules/busy.toml", RULE);
    let before = files.accepted().content_hash;
    assert_eq!(files.accepted().content_hash, before);
    files.write("rules/busy.toml", &RULE.replace("100", "101"));
    assert_ne!(files.accepted().content_hash, before);
}

#[test]
fn a_wrong_file_is_no_policy_and_is_named() {
    let files = Files::new();
    files.write("rules/busy.toml", &RULE.replace("value", "valeu"));
    files.write("rules/broken.toml", "[[rule");
    let (loaded, findings) = read(Some(&files.path("collector.toml")), TODAY);
    assert!(loaded.is_none());
    let found = findings.to_string();
    assert!(
        found.contains("etc/rules/busy.toml:5:12: error[condition-unknown-name]"),
        "{found}"
    );
    assert!(
        found.contains("etc/rules/broken.toml:1:7: error[syntax]"),
        "{found}"
    );
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let (loaded, findings) = read(Some(Path::new("/nonexistent/collector.toml")), TODAY);
    assert!(loaded.is_none() && findings.has_errors());
}

#[test]
fn the_holidays_are_found_beside_the_other_files() {
    let files = Files::new();
    let config = files.path("collector.toml");
    let mut toml = fs::read_to_string(&config).unwrap();
    toml.push_str(
        "[site]\nzone = \"UTC\"\nhours = \"Mon-Fri 07:30-17:30\"\nholidays = \"holidays.ics\"\n",
    );
    fs::write(&config, toml).unwrap();
    let (loaded, findings) = read(Some(&config), TODAY);
    assert!(
        loaded.is_none() && findings.to_string().contains("holidays.ics"),
        "{findings}"
    );
    files.write(
        "holidays.ics",
        "BEGIN:VEVENT\nDTSTART:20261224\nEND:VEVENT\n",
    );
    let before = files.accepted();
    files.write(
        "holidays.ics",
        "BEGIN:VEVENT\nDTSTART:20261223\nEND:VEVENT\n",
    );
    let after = files.accepted();
    assert_eq!(before.policy.working.0.len(), after.policy.working.0.len());
    assert_ne!(before.policy.working, after.policy.working);
    assert_ne!(before.content_hash, after.content_hash);
}

#[test]
fn a_single_file_is_checked_as_if_it_stood_where_it_belongs() {
    let files = Files::new();
    files.write("rules/busy.toml", RULE);
    let rule = files.write("draft.toml", &RULE.replace("busy", "busier"));
    let exception = files.write("more.toml", "[[exception]]\nrule = \"busier\"\n");
    let config = files.path("collector.toml");

    let (findings, text) = check(Some(&config), std::slice::from_ref(&rule), TODAY);
    assert!(findings.is_empty(), "{findings}");
    assert!(text.contains("busier") && text.contains("busy "), "{text}");

    let (findings, text) = check(Some(&config), &[rule, exception], TODAY);
    assert!(findings.has_errors() && text.is_empty());
}

#[test]
fn a_test_that_fails_is_an_error_of_check_and_not_of_a_running_collector() {
    let files = Files::new();
    let test = "[[rule.test]]\nname = \"wrong\"\ngiven = [{ from = \"0m\", to = \"10m\", value = 5 }]\nexpect = [{ at = \"5m\", state = \"warning\" }]\n";
    files.write("rules/busy.toml", &format!("{RULE}{test}"));
    files.accepted();
    let (findings, _) = check(Some(&files.path("collector.toml")), &[], TODAY);
    assert!(
        findings.to_string().contains(
            "busy.toml:10:32: error[rule-test-failed]: busy: at 5m it is ok, not warning"
        ),
        "{findings}"
    );
}

#[test]
fn a_folder_is_checked_as_a_policy_directory() {
    let files = Files::new();
    files.write("rules/busy.toml", &RULE.replace("100", "-1"));
    let elsewhere = TempDir::new().unwrap();
    let config = elsewhere.path().join("collector.toml");
    fs::write(&config, "").unwrap();
    let (findings, _) = check(Some(&config), &[files.path("etc")], TODAY);
    assert!(
        findings.to_string().contains("condition-always-true"),
        "{findings}"
    );
}

/// A folder with a `collector.toml` that names a policy directory in it.
struct Files(TempDir);

impl Files {
    fn new() -> Files {
        let files = Files(TempDir::new().unwrap());
        let dir = files.path("etc");
        fs::create_dir(&dir).unwrap();
        let toml = format!("[policy]\ndir = \"{}\"\n", dir.display());
        fs::write(files.path("collector.toml"), toml).unwrap();
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into the policy directory.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path("etc").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    #[track_caller]
    fn accepted(&self) -> Loaded {
        let (loaded, findings) = read(Some(&self.path("collector.toml")), TODAY);
        assert!(findings.is_empty(), "{findings}");
        loaded.unwrap()
    }
}
