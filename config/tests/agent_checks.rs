//! What `[[check]]` comes to, and what people are told when it is wrong.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use insta::assert_snapshot;
use vedette_config::check::{
    CHECK_KINDS, CHECKS_MAX, CheckKind, Endpoint, SnmpAccess, SnmpAuth, SnmpPrivacy,
};
use vedette_config::{AgentConfig, Findings, Source};

const SHIPPED: &str = include_str!("../agent.toml");

// --- what is right

#[test]
fn a_check_needs_little_and_has_defaults() {
    let checks = accepted(&[r#"
        [[check]]
        name = "ssh"
        kind = "tcp"
        target = "127.0.0.1:22"
    "#]);
    let ssh = &checks[0];
    assert_eq!((ssh.every, ssh.timeout), (seconds(60), seconds(10)));
    assert_eq!(
        (ssh.about.as_ref(), ssh.kind.target().as_str()),
        (None, "127.0.0.1:22")
    );
}

#[test]
fn a_check_that_runs_often_has_less_time() {
    let checks =
        accepted(&["[[check]]\nname = \"x\"\nkind = \"icmp\"\ntarget = \"::1\"\nevery = \"5s\""]);
    assert_eq!(checks[0].timeout, seconds(4));
}

#[test]
fn every_kind_is_read_with_all_of_its_keys() {
    let checks = accepted(&[r#"
        [[check]]
        name = "load"
        kind = "plugin"
        command = ["/usr/lib/nagios/plugins/check_load", "-w", "5,4,3"]
        environment = { LANG = "C" }
        environment_files = { PASSWORD = "/etc/vedette/secrets/db" }
        [[check]]
        name = "shop"
        kind = "http"
        target = "https://shop.example.org/health?deep=1"
        status = [200, 204]
        expect = "ready"
        method = "GET"
        redirects = 0
        slow = "2s"
        headers = { Accept = "text/html" }
        user = "monitor"
        password_file = "/etc/vedette/secrets/shop"
        verify = true
        ca_file = "/etc/ssl/own.pem"
        warn_before = "30d"
        critical_before = "10d"
        [[check]]
        name = "mail"
        kind = "tcp"
        target = "[2001:db8::1]:25"
        send = "QUIT\r\n"
        expect = "220"
        slow = "1s"
        [[check]]
        name = "ping"
        kind = "icmp"
        target = "sw-hq-3.example.org"
        count = 3
        loss_warning = 0.1
        loss_critical = 0.5
        rtt_warning = "50ms"
        rtt_critical = "500ms"
        [[check]]
        name = "names"
        kind = "dns"
        target = "www.example.org."
        record = "AAAA"
        servers = ["192.0.2.53", "[2001:db8::53]:5353"]
        expect = ["2001:db8::1"]
        slow = "200ms"
        [[check]]
        name = "imap"
        kind = "tls"
        target = "mail.example.org:143"
        starttls = "imap"
        server_name = "mail"
        file = "/etc/ssl/mail.pem"
        verify = false
        [[check]]
        name = "switch"
        about = "sw-hq-3"
        kind = "snmp"
        target = "192.0.2.3"
        version = "3"
        user = "monitor"
        auth = "sha256"
        auth_file = "/etc/vedette/secrets/auth"
        privacy = "aes128"
        privacy_file = "/etc/vedette/secrets/privacy"
        values = [{ oid = ".1.3.6.1.2.1.1.3.0", label = "uptime", unit = "s", warning = "600:", critical = "@0:60" }]
        [[check]]
        name = "nginx"
        kind = "process"
        target = "nginx"
        command_line = "master"
        at_least = 1
        at_most = 2
        [[check]]
        name = "nginx-unit"
        kind = "unit"
        target = "nginx.service"
        state = "not-failed"
        [[check]]
        name = "dump"
        kind = "file"
        target = "/srv/dump.sql.gz"
        age_warning = "26h"
        age_critical = "50h"
        size_min = "10MiB"
        size_max = "10GiB"
    "#]);
    let kinds: Vec<&str> = checks.iter().map(|check| check.kind.as_str()).collect();
    assert_eq!(kinds, CHECK_KINDS[..10]);
    let CheckKind::Snmp(snmp) = &checks[6].kind else {
        panic!("{:?}", checks[6]);
    };
    let target = Endpoint {
        host: "192.0.2.3".to_owned(),
        port: 161,
    };
    assert_eq!((&snmp.target, snmp.values[0].oid.len()), (&target, 9));
    let access = SnmpAccess::V3 {
        user: "monitor".to_owned(),
        auth: Some((SnmpAuth::Sha256, "/etc/vedette/secrets/auth".into())),
        privacy: Some((SnmpPrivacy::Aes128, "/etc/vedette/secrets/privacy".into())),
    };
    assert_eq!(snmp.access, access);
}

#[test]
fn files_add_checks_and_the_same_name_is_another_check_about_another_thing() {
    let checks = accepted(&[
        "[[check]]\nname = \"ping\"\nkind = \"icmp\"\ntarget = \"::1\"",
        "[[check]]\nname = \"ping\"\nabout = \"sw-1\"\nkind = \"icmp\"\ntarget = \"192.0.2.1\"",
    ]);
    assert_eq!(checks.len(), 2);
}

#[test]
fn the_shipped_files_example_can_be_used() {
    let example = SHIPPED.lines().skip_while(|line| *line != "# [[check]]");
    let example = example.take_while(|line| *line != "#");
    let example: Vec<&str> = example.map(|line| line.trim_start_matches("# ")).collect();
    let checks = accepted(&[&example.join("\n")]);
    assert_eq!(checks[0].about.as_deref(), Some("sw-hq-3"));
    let defaults = accepted(&["[[check]]\nname = \"x\"\nkind = \"icmp\"\ntarget = \"::1\""]);
    assert_eq!(
        (checks[0].every, checks[0].timeout),
        (defaults[0].every, defaults[0].timeout)
    );
    for kind in CHECK_KINDS.iter().take(10) {
        assert!(
            SHIPPED.contains(&format!("\n# {kind:8}")),
            "{kind} is not explained"
        );
    }
}

// --- what is wrong

#[test]
fn everything_that_is_wrong_with_checks_is_said_at_once() {
    assert_snapshot!(refused(
        r#"[[check]]
name = "two words"
kind = "tpc"
target = "x:1"
[[check]]
kind = "tcp"
targte = "127.0.0.1:22"
[[check]]
name = "load"
kind = "plugin"
command = "/usr/lib/nagios/plugins/check_load -w 5"
[[check]]
name = "load"
kind = "plugin"
command = ["check_load"]
every = "1s"
[[check]]
name = "slow"
kind = "icmp"
target = "a b"
every = "30s"
timeout = "30s"
[[check]]
name = "web"
kind = "http"
target = "http://user:hush@web.example.org/"
user = "monitor"
[[check]]
name = "switch"
kind = "snmp"
target = "192.0.2.3"
version = "3"
privacy = "aes128"
values = [{ oid = "sysUpTime", label = "x", warning = "20:10" }]
[[check]]
name = "gone"
kind = "file"
target = "dump.sql"
exists = false
age_warning = "1d"
[[check]]
name = "nobody"
kind = "process"
at_least = 3
at_most = 2
[[check]]
name = "unit"
kind = "unit"
target = "nginx"
"#
    ));
}

#[test]
fn there_is_a_bound_to_the_number_of_checks() {
    let many: String = (0..=CHECKS_MAX)
        .map(|number| {
            format!("[[check]]\nname = \"c{number}\"\nkind = \"icmp\"\ntarget = \"::1\"\n")
        })
        .collect();
    assert!(refused(&many).contains("more than 512 checks"));
}

#[test]
fn a_password_that_would_travel_in_clear_text_is_a_warning() {
    let text = "[[check]]\nname = \"web\"\nkind = \"http\"\ntarget = \"http://web.example.org/\"\ntoken_file = \"/etc/token\"";
    let (config, findings) = read(&[text]);
    assert!(config.is_some());
    assert!(
        findings.to_string().contains("warning[clear-text]"),
        "{findings}"
    );
}

#[test]
fn a_password_in_an_address_is_hidden_whatever_else_is_on_the_line() {
    for target in [
        "http://ops:swordfish@web.example.org/",
        "http://ops:swordfish@web.example.org/?token=swordfish",
        "http://ops:swordfish@web.example.org/?a=b&password=swordfish",
    ] {
        let text = format!("[[check]]\nname = \"web\"\nkind = \"http\"\ntarget = \"{target}\"");
        let said = refused(&text);
        assert!(said.contains("does not belong here"), "{said}");
        assert!(!said.contains("swordfish"), "{said}");
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn read(texts: &[&str]) -> (Option<AgentConfig>, Findings) {
    let sources: Vec<_> = texts
        .iter()
        .map(|text| Source::new("agent.toml", *text))
        .collect();
    AgentConfig::from_sources(&sources)
}

#[track_caller]
fn accepted(texts: &[&str]) -> Vec<vedette_config::check::CheckSettings> {
    let (config, findings) = read(texts);
    assert!(findings.is_empty(), "{findings}");
    config.unwrap().checks
}

#[track_caller]
fn refused(text: &str) -> String {
    let (config, findings) = read(&[text]);
    assert_eq!(config, None, "{findings}");
    findings.to_string()
}
