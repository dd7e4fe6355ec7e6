//! A systemd that is a script in a folder: well, unwell, hung and hostile.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::probe::fixture::{Fixture, look};

const HEALTHY: &str = "NFailedUnits=0\nSystemState=running\n";
const DEGRADED: &str = "NFailedUnits=1\nSystemState=degraded\n";
const FAILED: &str =
    "Id=nginx.service\nResult=exit-code\nInvocationID=aa\nInactiveEnterTimestampMonotonic=11\n";
const FAILED_AGAIN: &str =
    "Id=nginx.service\nResult=oom-kill\nInvocationID=bb\nInactiveEnterTimestampMonotonic=22\n";
const RESTARTS: &str = "Id=cron.service\nNRestarts=4\nRestart=on-failure\n\n\
    Id=once.service\nNRestarts=0\nRestart=no\n\nId=ssh.service\nNRestarts=0\nRestart=always\n";

/// A host whose systemd says what stands in files.
struct Host(Fixture);

impl Host {
    fn new() -> Host {
        let host = Host(Fixture::new("run/systemd/system/none ="));
        let says = host.0.path("says");
        let says = says.display();
        host.0.program(
            "systemctl",
            &format!(
                "case \"$*\" in\n*NFailedUnits*) f=manager;;\nlist-units*) f=listed;;\n\
                 *NRestarts*) f=restarts;;\n*Result*) f=failed;;\n*) exit 9;;\nesac\n\
                 while IFS= read -r line; do printf '%s\\n' \"$line\"; done < {says}/$f\n"
            ),
        );
        host.0.program(
            "journalctl",
            "echo first; echo \"asked $*\"; echo 'it broke'",
        );
        host.says(
            "listed",
            "nginx.service loaded failed failed A web server\n",
        );
        host.says("restarts", RESTARTS);
        host
    }

    fn says(&self, file: &str, text: &str) {
        self.0.write(&format!("says/{file}"), text.as_bytes());
    }

    fn fails(&self, failed: &str) {
        self.says("manager", DEGRADED);
        self.says("failed", failed);
    }

    fn agent(&self) -> Unit {
        Unit::new(&self.0.surroundings())
    }
}

#[test]
fn a_host_without_systemd_has_no_units_and_is_asked_rarely() {
    let host = Fixture::new("");
    let mut unit = Unit::new(&host.surroundings());
    assert_eq!(unit.every(), EVERY);
    let seen = look(&mut unit);
    assert_eq!((seen.looked, seen.samples.len()), (Looked::Yes, 0));
    assert_eq!(unit.every(), EVERY_WITHOUT);
}

#[test]
fn a_healthy_host_has_no_failed_unit_and_counts_restarts_of_what_is_restarted() {
    let host = Host::new();
    host.says("manager", HEALTHY);
    let seen = look(&mut host.agent());
    assert_eq!((seen.looked, seen.events), (Looked::Yes, Vec::new()));
    let expected = [
        "agent.services.failed 0",
        "agent.services.state state=running 1",
        "agent.service.restarts unit=cron.service 4",
        "agent.service.restarts unit=ssh.service 0",
    ];
    assert_eq!(seen.samples, expected);
}

#[test]
fn a_unit_that_newly_fails_is_told_once_with_its_last_lines() {
    let host = Host::new();
    host.says("manager", HEALTHY);
    let mut unit = host.agent();
    look(&mut unit);
    host.fails(FAILED);
    let seen = look(&mut unit);
    assert_eq!(seen.looked, Looked::Yes);
    let failed = "agent.service.failed result=exit-code unit=nginx.service 1";
    assert!(seen.has(failed), "{seen:?}");
    let [event] = &seen.events[..] else {
        panic!("{seen:?}")
    };
    let EventKind::UnitFailed {
        unit: name,
        result,
        lines,
    } = &event.kind
    else {
        panic!("{event:?}")
    };
    assert_eq!(
        (name.as_str(), result.as_str()),
        ("nginx.service", "exit-code")
    );
    assert_eq!(lines.last().map(String::as_str), Some("it broke"));
    assert!(lines[1].contains("--unit=nginx.service"), "{lines:?}");
    assert_eq!(look(&mut unit).events, []);

    // The same unit, started and failed again.
    host.fails(FAILED_AGAIN);
    assert_eq!(look(&mut unit).events.len(), 1);
}

#[test]
fn a_restart_of_the_agent_neither_loses_nor_repeats_a_failure() {
    let host = Host::new();
    host.says("manager", HEALTHY);
    look(&mut host.agent());
    // It failed while the agent was away.
    host.fails(FAILED);
    let first = look(&mut host.agent()).events;
    // Nobody acknowledged it: it is told again, as the same event.
    let second = look(&mut host.agent()).events;
    assert_eq!((first.len(), &first), (1, &second));
}

#[test]
fn what_had_failed_before_the_first_look_is_no_event() {
    let host = Host::new();
    host.fails(FAILED);
    let mut unit = host.agent();
    let seen = look(&mut unit);
    assert!(seen.has("agent.services.failed 1"), "{seen:?}");
    assert_eq!(seen.events, []);
    // Well again, and failed again.
    host.says("manager", HEALTHY);
    look(&mut unit);
    host.fails(FAILED_AGAIN);
    assert_eq!(look(&mut unit).events.len(), 1);
}

#[test]
fn a_systemd_that_does_not_answer_is_not_a_healthy_one() {
    let host = Host::new();
    for (script, said) in [
        ("exit 1", "systemctl ended with 1"),
        (
            "echo 'Failed to connect to bus' >&2; exit 1",
            "Failed to connect",
        ),
        ("echo garbage", "does not say"),
        ("kill -9 $$", "signal 9"),
    ] {
        host.0.program("systemctl", script);
        let seen = look(&mut host.agent());
        assert!(matches!(seen.looked, Looked::No { .. }), "{seen:?}");
        assert!(seen.why().contains(said), "{seen:?}");
        assert_eq!((seen.samples.len(), seen.events.len()), (0, 0));
    }
}

#[test]
fn a_list_that_cannot_be_had_is_a_gap_and_forgets_no_failure() {
    let host = Host::new();
    host.says("manager", HEALTHY);
    let mut unit = host.agent();
    look(&mut unit);
    host.says("manager", DEGRADED);
    host.0.remove("says/listed");
    let seen = look(&mut unit);
    assert!(matches!(seen.looked, Looked::Partly { .. }), "{seen:?}");
    assert!(seen.has("agent.services.failed 1"), "{seen:?}");
    assert_eq!(seen.events, []);
}

#[test]
fn names_that_no_unit_can_have_are_left_out() {
    let listed = parse::listed(
        "-.mount loaded failed\n* a.service x\n\u{25cf} b@1\\x2d.timer\nnodot x\n\
         $(reboot).service\n\u{e4}.service\n\n"
            .as_bytes(),
    );
    assert_eq!(listed, ["-.mount", "a.service", "b@1\\x2d.timer"]);
}

#[test]
fn lines_of_the_journal_are_readable_and_bounded() {
    let mut out = b"old\n\x1b[31mred\xff\n".to_vec();
    out.extend([b'x'; 100_000]);
    let lines = parse::lines(&out, 2);
    assert_eq!(lines[0], " [31mred\u{fffd}");
    assert_eq!(lines[1].len(), 400);
}

proptest! {
    #[test]
    fn nothing_systemctl_writes_makes_it_panic(bytes: Vec<u8>, text in "(Id|NRestarts|Restart|NFailedUnits|=|\n|\\PC|-){0,60}") {
        for input in [&bytes[..], text.as_bytes()] {
            let _ = parse::manager(input);
            for failure in parse::failures(input) {
                assert!(failure.unit.len() <= 255);
            }
            parse::listed(input);
            parse::restarts(input);
            assert!(parse::lines(input, 3).len() <= 3);
        }
    }
}

/// A scope of this test alone: only where systemd runs and this test is root.
#[test]
fn a_unit_that_fails_on_this_host_is_found() {
    let here = Surroundings::here(Default::default());
    let mut unit = Unit::new(&here);
    if !Path::new("/run/systemd/system").is_dir() || !rustix::process::geteuid().is_root() {
        eprintln!("skipped: needs root and a running systemd");
        return;
    }
    let name = format!("vedette-test-{}.service", std::process::id());
    let bounds = Bounds {
        within: ANSWER_WITHIN,
        bytes_max: 1024,
    };
    let flag = format!("--unit={name}");
    let _ = here
        .programs
        .run("systemd-run", &["--wait", &flag, "false"], bounds);
    let samples = look(&mut unit).samples;
    let _ = here
        .programs
        .run("systemctl", &["reset-failed", &name], bounds);
    let found = samples.iter().any(|series| series.contains(&name));
    assert!(found, "{samples:?}");
}
