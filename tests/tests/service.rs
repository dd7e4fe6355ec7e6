//! The agent as a package and a service of a Debian system that has really booted: it is
//! installed, started, reloaded, hangs, is stopped, upgraded, removed and purged; and what
//! its unit forbids does not blind it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use vedette_tests::booted::{Booted, package, workspace};
use vedette_tests::collector::{Collector, Options};
use vedette_tests::command::finish;
use vedette_tests::program::is_installed;
use vedette_tests::scratch::Scratch;
use vedette_tests::skip::skip;
use vedette_tests::wait::{PATIENCE, wait_for, wait_until};

const UNIT: &str = "vedette-agent.service";
/// What `systemd-analyze security` may say of the unit at most.
const EXPOSURE_MAX: f64 = 2.5;

/// A booted system with the package installed and reporting to `collector`.
fn installed(scratch: &Scratch, collector: &Collector) -> Option<Booted> {
    let first = package(scratch.path(), "0.1.0-1")?;
    let system = Booted::boot()?;
    system.install(&first);
    system.write(
        "/etc/vedette/agent.toml",
        &reporting_to(&collector.url(), ""),
    );
    system.done(&["systemctl", "reload", UNIT]);
    wait_well(&system);
    Some(system)
}

fn reporting_to(url: &str, more: &str) -> String {
    format!("[collector]\nurls = [\"{url}\"]\n[report]\ninterval = \"1s\"\n{more}")
}

/// Waits until the agent itself says that all is well.
#[track_caller]
fn wait_well(system: &Booted) {
    wait_until("the agent to be well", PATIENCE, || {
        system.run(&["vedette-agent", "status"]).code == Some(0)
    });
}

fn status(system: &Booted) -> Value {
    let said = system.run(&["vedette-agent", "status", "--json"]);
    let whole: Value = serde_json::from_str(&said.out).unwrap_or_default();
    whole["status"].clone()
}

fn property(system: &Booted, name: &str) -> String {
    let said = system.done(&["systemctl", "show", "--value", "--property", name, UNIT]);
    said.trim().to_owned()
}

#[track_caller]
fn wait_property(system: &Booted, name: &str, is: impl Fn(&str) -> bool) -> String {
    wait_for(&format!("{name} of the unit"), PATIENCE, || {
        let value = property(system, name);
        is(&value).then_some(value)
    })
}

#[test]
fn the_service_starts_reloads_is_restarted_when_it_hangs_and_stops() {
    let collector = Collector::start(&Options::default());
    let scratch = Scratch::new();
    let Some(system) = installed(&scratch, &collector) else {
        return;
    };
    assert_eq!(property(&system, "ActiveState"), "active");
    assert_eq!(property(&system, "UnitFileState"), "enabled");
    assert_eq!(property(&system, "User"), "vedette-agent");
    wait_property(&system, "StatusText", |text| {
        text == format!("reporting to {} every 1 s", collector.url())
    });
    let modes = [
        "/var/lib/vedette-agent",
        "/run/vedette-agent",
        "/run/vedette-agent/jobs",
    ];
    let modes = modes.map(|path| system.done(&["stat", "--format", "%a %U", path]));
    let ours = |mode: &str| format!("{mode} vedette-agent\n");
    assert_eq!(modes, [ours("700"), ours("755"), ours("1733")]);

    // Bad settings change nothing; the agent does not even blink.
    let process = property(&system, "MainPID");
    let good = reporting_to(&collector.url(), "[host]\nname = \"renamed\"\n");
    system.write(
        "/etc/vedette/agent.toml",
        &good.replace("interval", "intervall"),
    );
    system.done(&["systemctl", "reload", UNIT]);
    wait_property(&system, "StatusText", |text| {
        text.contains("agent.toml:4:1") && text.contains("stay in force")
    });
    let log = system.done(&["journalctl", "--unit", UNIT, "--output", "cat"]);
    assert!(log.contains("did you mean `interval`"), "{log}");
    system.write("/etc/vedette/agent.toml", &good);
    system.done(&["systemctl", "reload", UNIT]);
    wait_until("the new name to be in force", PATIENCE, || {
        status(&system)["host"] == "renamed"
    });
    assert_eq!(property(&system, "MainPID"), process);
    assert_eq!(property(&system, "ActiveState"), "active");

    // It hangs: the watchdog ends it, and systemd starts another.
    system.done(&[
        "mkdir",
        "--parents",
        "/run/systemd/system/vedette-agent.service.d",
    ]);
    system.done(&[
        "sh",
        "-c",
        "printf '[Service]\\nWatchdogSec=3\\nRestartSec=100ms\\n' >/run/systemd/system/vedette-agent.service.d/quick.conf",
    ]);
    system.done(&["systemctl", "daemon-reload"]);
    system.done(&["systemctl", "restart", UNIT]);
    wait_well(&system);
    let before = property(&system, "MainPID");
    system.done(&[
        "systemctl",
        "kill",
        "--kill-whom=main",
        "--signal=STOP",
        UNIT,
    ]);
    wait_property(&system, "NRestarts", |count| count == "1");
    wait_property(&system, "ActiveState", |state| state == "active");
    assert_ne!(property(&system, "MainPID"), before);
    wait_well(&system);

    system.done(&["systemctl", "stop", UNIT]);
    assert_eq!(property(&system, "Result"), "success");
    let log = system.done(&["journalctl", "--unit", UNIT, "--output", "cat"]);
    assert!(
        log.contains("reason=\"agent_stop\""),
        "it says goodbye:\n{log}"
    );
    let said = system.run(&["vedette-agent", "status"]).expect(1);
    assert!(said.out.contains("not running"), "{}", said.out);
    system.done(&["systemctl", "start", UNIT]);
    wait_well(&system);
}

#[test]
fn an_upgrade_keeps_settings_and_id_a_removal_keeps_both_and_a_purge_nothing() {
    let collector = Collector::start(&Options::default());
    let scratch = Scratch::new();
    let Some(system) = installed(&scratch, &collector) else {
        return;
    };
    let id = system.done(&["cat", "/var/lib/vedette-agent/agent-id"]);
    let settings = system.done(&["cat", "/etc/vedette/agent.toml"]);
    let process = property(&system, "MainPID");
    let second = package(scratch.path(), "0.1.1-1").expect("the first could be made");
    system.install(&second);
    let version = system.done(&[
        "dpkg-query",
        "--show",
        "--showformat=${Version}",
        "vedette-agent",
    ]);
    assert_eq!(version, "0.1.1-1");
    assert_ne!(
        property(&system, "MainPID"),
        process,
        "the new program runs"
    );
    wait_well(&system);
    assert_eq!(system.done(&["cat", "/var/lib/vedette-agent/agent-id"]), id);
    assert_eq!(system.done(&["cat", "/etc/vedette/agent.toml"]), settings);

    system.done(&["dpkg", "--remove", "vedette-agent"]);
    assert_eq!(property(&system, "ActiveState"), "inactive");
    assert_eq!(system.done(&["cat", "/etc/vedette/agent.toml"]), settings);
    system.install(&second);
    wait_well(&system);
    assert_eq!(system.done(&["cat", "/var/lib/vedette-agent/agent-id"]), id);

    system.done(&["dpkg", "--purge", "vedette-agent"]);
    for path in [
        "/var/lib/vedette-agent",
        "/run/vedette-agent",
        "/run/vedette-smart",
        "/etc/vedette",
    ] {
        assert_eq!(system.run(&["find", path]).out, "");
    }
    let user = system.run(&["getent", "passwd", "vedette-agent"]);
    assert_eq!(user.code, Some(2), "{}", user.out);
    let left = system.run(&["systemctl", "list-unit-files", "--no-legend", "vedette*"]);
    assert_eq!(left.out, "");
}

#[test]
fn what_the_unit_forbids_does_not_blind_the_probes() {
    let scratch = Scratch::new();
    let Some(first) = package(scratch.path(), "0.1.0-1") else {
        return;
    };
    let Some(system) = Booted::boot() else { return };
    system.install(&first);
    // What a unit hides first: other users' homes, /tmp, and what is mounted later.
    for (path, options) in [
        ("/home", "size=9m"),
        ("/tmp", "size=8m"),
        ("/srv", "size=7m,ro"),
    ] {
        system.done(&["mount", "-t", "tmpfs", "-o", options, "vedette-test", path]);
    }
    system.done(&[
        "sh",
        "-c",
        "head -c 4M /dev/zero >/home/full; head -c 4M /dev/zero >/tmp/full",
    ]);
    system.write(
        "/etc/systemd/system/broken.service",
        "[Service]\nExecStart=/bin/false\n",
    );
    system.run(&["systemctl", "start", "broken.service"]);

    let unit = fs::read_to_string(workspace().join("agent/packaging").join(UNIT))
        .expect("the unit is there");
    system.write("/etc/systemd/system/once.service", &once(&unit));
    system.done(&["systemctl", "daemon-reload"]);
    system.run(&["systemctl", "start", "once.service"]);
    let inside = fs::read_to_string(system.path("/var/inside.json")).unwrap_or_default();
    let inside: Value = serde_json::from_str(&inside).unwrap_or_else(|error| {
        let log = system.run(&["journalctl", "--unit", "once", "--output", "cat"]);
        panic!("{error}: {inside}\n{}", log.out)
    });
    let outside = system.run(&["vedette-agent", "once", "--json"]).out;
    let outside: Value = serde_json::from_str(&outside).expect("once prints JSON");

    assert_eq!(looked(&inside), looked(&outside));
    let (seen, there) = (samples(&inside), samples(&outside));
    // Told only of a disk that had something to do between the two looks.
    let comes_and_goes = |series: &str| series.contains("disk.await");
    let blind: Vec<_> = there
        .keys()
        .filter(|series| !seen.contains_key(*series) && !comes_and_goes(series))
        .collect();
    assert!(
        blind.is_empty(),
        "not seen from inside the unit: {blind:#?}"
    );
    // What stands still has the same value on both sides.
    let still = [
        "filesystem.limit",
        "filesystem.readonly",
        "service.failed",
        "memory.limit",
    ];
    for (series, value) in &there {
        if still.iter().any(|name| series.contains(name)) {
            assert_eq!(&seen[series], value, "{series}");
        }
    }
    let sees = |part: &str| seen.keys().any(|series| series.contains(part));
    for part in [
        "\"/home\"",
        "\"/tmp\"",
        "\"/srv\"",
        "broken.service",
        "pressure",
    ] {
        assert!(sees(part), "{part} in {:#?}", seen.keys());
    }

    // The journal, which log checks read.
    let by_hand = |command: &str| {
        system.write(
            "/etc/systemd/system/once.service",
            &once(&unit).replace("/usr/bin/vedette-agent once --json", command),
        );
        system.done(&["systemctl", "daemon-reload"]);
        system.done(&["systemctl", "start", "once.service"]);
        fs::read_to_string(system.path("/var/inside.json")).unwrap_or_default()
    };
    let journal = by_hand("/usr/bin/journalctl --quiet --lines 1 --unit broken --output cat");
    assert!(!journal.trim().is_empty(), "the journal is read");
}

/// The shipped unit, running one command to its end instead of the agent.
fn once(unit: &str) -> String {
    let kept = unit.lines().filter(|line| {
        let other = [
            "Type=",
            "ExecReload=",
            "Restart",
            "Watchdog",
            "RuntimeDirectory",
            "StateDirectory",
        ];
        !other.iter().any(|key| line.starts_with(key))
    });
    let lines = kept.map(|line| match line.strip_prefix("ExecStart=") {
        Some(_) => "Type=oneshot\nSuccessExitStatus=1\nExecStart=/usr/bin/vedette-agent once --json\nStandardOutput=truncate:/var/inside.json",
        None => line,
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// Whether each probe could look, and why not.
fn looked(round: &Value) -> BTreeMap<String, String> {
    let runs = round["probes"]
        .as_array()
        .expect("a round lists its probes");
    let runs = runs.iter().map(|run| {
        let probe = run["probe"].as_str().unwrap_or_default().to_owned();
        (probe, run["looked"].to_string())
    });
    runs.collect()
}

/// Every sample by its name and attributes.
fn samples(round: &Value) -> BTreeMap<String, Value> {
    let samples = round["samples"]
        .as_array()
        .expect("a round lists its samples");
    let samples = samples.iter().map(|sample| {
        let series = format!("{} {}", sample["name"], sample["attributes"]);
        (series, sample["value"].clone())
    });
    samples.collect()
}

#[test]
fn the_unit_is_in_order_and_closes_what_the_agent_does_not_need() {
    if !is_installed("systemd-analyze") {
        return skip("systemd-analyze is missing (Debian: apt-get install systemd)");
    }
    let packaging = workspace().join("agent/packaging");
    let unit = packaging.join(UNIT);
    let analyze = |arguments: &[&str], unit: &Path| {
        finish(Command::new("systemd-analyze").args(arguments).arg(unit))
    };
    // It looks for the program, too, which is not installed here.
    let scratch = Scratch::new();
    let mut said = String::new();
    for name in [
        UNIT,
        "smart/vedette-agent-smart.service",
        "smart/vedette-agent-smart.timer",
        "sleep/vedette-agent-sleep.service",
    ] {
        let text = fs::read_to_string(packaging.join(name)).expect("the unit is there");
        let text = text.replace("/usr/bin/vedette-agent", "/bin/true");
        let text = text.replace("/usr/lib/vedette-agent/smart", "/bin/true");
        let here = scratch.write(name, &text);
        said.push_str(&analyze(&["verify", "--man=no"], &here).all());
    }
    let ours: BTreeSet<&str> = said
        .lines()
        .filter(|line| line.contains("vedette"))
        .collect();
    assert!(ours.is_empty(), "{ours:#?}");

    let said = analyze(&["security", "--offline=yes"], &unit).expect(0);
    let exposure = said.out.lines().find_map(|line| {
        let (_, rest) = line.split_once("Overall exposure level for ")?;
        rest.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    let exposure = exposure.unwrap_or_else(|| panic!("no figure in {}", said.out));
    assert!(
        exposure <= EXPOSURE_MAX,
        "{exposure} is more than {EXPOSURE_MAX}"
    );
}

#[test]
fn the_package_is_as_debian_wants_packages() {
    if !is_installed("lintian") {
        return skip("lintian is missing (Debian: apt-get install lintian)");
    }
    let scratch = Scratch::new();
    let Some(path) = package(scratch.path(), "0.1.0-1") else {
        return;
    };
    let mut command = Command::new("lintian");
    command.args(["--fail-on", "error,warning", "--allow-root"]);
    // A first upload to Debian closes a bug there; this is none.
    command.args(["--suppress-tags", "initial-upload-closes-no-bugs"]);
    let said = finish(command.arg(path));
    assert_eq!(said.code, Some(0), "{}", said.all());
}
